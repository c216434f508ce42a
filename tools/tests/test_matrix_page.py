"""The matrix as a browser shows it: Chromium without a window, real keys, a wide window and a phone's."""

import json
import re
import time
from importlib.util import find_spec
from pathlib import Path

import pytest

from gradspec.compare import Difference
from gradspec.oracle import GoldenOracle
from gradspec.outline import outline
from gradspec.report.matrix.collecting import PEERS, Plan, collect
from gradspec.report.matrix.model import Matrix, columns, standing
from gradspec.report.matrix.page import page
from gradspec.report.matrix.pictures import pictures
from gradspec.results import FORMAT, Header, Record, Result, footer_for
from gradspec.selection import Selection
from gradspec.suite import Suite, find_suite

HERE = Path(__file__).parent
# What JAX and tinygrad can run in seconds.
CHAPTERS = ("leaves", "accumulation", "choices")
SHOWN = """[...document.querySelectorAll("tbody[id] tr[id]")].filter((each) => each.checkVisibility()).map((each) => each.id)"""
FOCUS = """(() => {
  const each = document.activeElement;
  return each.localName + " " + (each.name || each.textContent.trim().slice(0, 40));
})()"""
PANEL = "document.querySelector('aside').hidden ? '' : document.querySelector('aside').innerText"
# What lies beyond the right edge though nothing lets it scroll there, and text too small to be read.
MISFITS = """(() => {
  const root = document.documentElement, width = root.clientWidth;
  const shown = [...document.querySelectorAll("body *")].filter((each) => each.checkVisibility());
  const all = shown.filter((each) => !each.closest("svg, .spoken, caption"));
  const beyond = all.filter((each) => each.getBoundingClientRect().right > width + 1 && !each.closest(".scroll, pre"));
  const speaks = (each) => [...each.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
  const small = all.filter((each) => speaks(each) && each.localName !== "td" && parseFloat(getComputedStyle(each).fontSize) < 10);
  const said = (each) => each.outerHTML.slice(0, 120);
  return { scroll: root.scrollWidth, width, beyond: beyond.map(said), small: small.map(said) };
})()"""
# Of all that is shown, the least contrast between a text and the paper, as WCAG counts it.
CONTRAST = """(() => {
  const part = (c) => ((c /= 255) <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
  const light = (colour) => {
    const [red, green, blue] = colour.match(/[\\d.]+/g).map((each) => part(Number(each)));
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05;
  };
  const paper = light(getComputedStyle(document.body).backgroundColor);
  const texts = [...document.querySelectorAll("h1, p, label, th span, th code, th small, td b, td u, td small, .legend span")];
  const inks = texts.filter((each) => each.checkVisibility()).map((each) => light(getComputedStyle(each).color));
  return Math.min(...inks.map((ink) => Math.max(ink, paper) / Math.min(ink, paper)));
})()"""
ROLES = """(() => {
  const all = document.querySelectorAll(".matrix, .matrix tr, .matrix tr > *");
  return [...new Set([...all].map((each) => each.getAttribute("role")))];
})()"""


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(HERE))
        from chromium import BROWSER, Chromium
    if BROWSER is None:
        pytest.skip("no Chromium is installed")
    made = Chromium(tmp_path_factory.mktemp("profile"))
    yield made
    made.close()


@pytest.fixture(autouse=True)
def quiet(browser):
    """Whatever a test does, the console has nothing to say."""
    browser.complaints.clear()
    yield
    assert browser.complaints == []


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """The page of implementations that break the tiny suite in one way each."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(HERE))
        from made_up_peers import peers
    folder = tmp_path_factory.mktemp("peers")
    tiny = Suite(HERE / "tiny" / "chapters")
    found, oracle = collect(Plan(peers(folder)), tiny, "gradspec matrix ..."), GoldenOracle(tiny)
    path = folder / "page.html"
    path.write_text(page(found, oracle, pictures(found, oracle)), encoding="utf-8")
    return path


def cell(identifier, column):
    return f"document.getElementById('{identifier}').cells[{column} + 1]"


def test_a_cell_opens_to_expected_found_and_the_script(browser, small):
    browser.open(small)
    assert browser.run("document.title") == "Who keeps which promise"
    assert browser.run(SHOWN) == []  # chapters are closed until they are asked for
    browser.run("document.querySelector('#basics .chapter th').click()")
    assert browser.run(SHOWN) == [f"basics.{each}" for each in ("product", "unlucky", "constant", "text")]
    browser.run(cell("basics.product", 1) + ".click()")
    said = browser.run(PANEL)
    for part in (
        "The gradient of a product",
        "wrong.py: fail",
        "gradient – values",
        "semantics",
        "2.0",
        "5.0",
        "import torch",
    ):
        assert part in said
    browser.run(cell("basics.product", 2) + ".click()")
    assert re.search(
        r"named.py: fidelity .*grad_fn.*fidelity.*MulBackward0.*TimesBackward", browser.run(PANEL), re.DOTALL
    )
    browser.run(cell("basics.product", 3) + ".click()")
    assert "exit code 7" in browser.run(PANEL)
    browser.run(cell("basics.text", 5) + ".click()")
    said = browser.run(PANEL)
    assert "modest: unsupported" in said
    assert "neither pass nor fail" in said
    assert "modest does not offer matmul" in said
    assert re.search(r"What this clause needs\s+matmul \w+", said)
    browser.run(cell("basics.product", 0) + ".click()")
    assert "What PyTorch leaves behind" in browser.run(PANEL)
    assert "tensor(6.0, shape=(), dtype=float32" in browser.run(PANEL)  # open where nothing differs


GRAPH = "[...document.querySelectorAll('aside .graph svg text')].map((each) => each.textContent)"


def test_a_cell_that_failed_shows_its_graph(browser, small):
    browser.open(small)
    browser.run("document.querySelector('#basics .chapter th').click()")
    browser.run(cell("basics.product", 1) + ".click()")
    browser.until("!!document.querySelector('aside .graph svg')")
    texts = browser.run(GRAPH)
    for part in ("PyTorch 2", "found 5", "leaf that requires grad"):
        assert part in texts
    assert "wrong.py" in browser.run("document.querySelector('aside .graph').getAttribute('aria-label')")
    stroke = "getComputedStyle(document.querySelector('aside .differs')).stroke"
    assert browser.run(stroke) == "rgb(194, 51, 28)"  # the page has the style that the drawing leaves out
    browser.run(cell("basics.product", 0) + ".click()")  # passes
    assert browser.run("document.querySelector('aside .graph')") is None
    browser.run(cell("basics.product", 3) + ".click()")  # there is no graph of a process that died
    assert browser.run("document.querySelector('aside .graph')") is None
    browser.open(small, width=360, height=740)
    browser.run("location.hash = '#basics.product/wrong.py'")
    browser.until("!!document.querySelector('aside .graph svg')")
    assert browser.run(MISFITS)["scroll"] == 360
    shown = "[...document.querySelectorAll('button')].find((each) => each.textContent === 'Show all of it')"
    browser.run(f"{shown}.focus()")
    browser.press("Enter")  # what is wider than its place can be seen as a whole
    assert browser.run("document.activeElement.textContent") == "Close"
    inside = "document.querySelector('dialog[open] svg').getBoundingClientRect()"
    assert browser.run(f"{inside}.left >= 0 && {inside}.right <= 360")
    browser.press("Escape")
    browser.until("!document.querySelector('dialog')")
    assert "wrong.py: fail" in browser.run(PANEL)  # the cell stays open


def test_nothing_that_an_implementation_says_is_markup(browser, small):
    browser.open(small)
    browser.run("document.querySelector('#basics .chapter th').click()")
    browser.run(cell("basics.product", 4) + ".click()")
    said = browser.run(PANEL)
    assert "</script><script>document.title='taken'</script><img src=x onerror=" in said
    assert "\\u0000\\u001b[31m \\u202e" in said
    assert browser.run("document.title") == "Who keeps which promise"
    assert browser.run("document.querySelectorAll('img, iframe, object, body script[src]').length") == 0
    browser.run("document.body.append(Object.assign(document.createElement('script'), { text: 'window.taken = 1' }))")
    browser.run("document.body.setAttribute('onclick', 'window.taken = 2'); document.body.click()")
    assert browser.run("window.taken ?? null") is None  # not even where it were: the policy names one script
    refused = [each for each in browser.complaints if "Content Security Policy" in each]
    assert len(refused) == len(browser.complaints) == 2
    browser.complaints.clear()


def choose(browser, name, value):
    field = f"document.querySelector('form').elements['{name}']"
    what = f"checked = {json.dumps(value)}" if isinstance(value, bool) else f"value = {json.dumps(value)}"
    browser.run(f"{field}.{what}; {field}.dispatchEvent(new Event('input', {{ bubbles: true }}))")


FILTERS = {
    (("standing", "fail"),): {"basics.product"},
    (("standing", "crash"),): {"basics.product", "basics.constant", "lectures.hello"},
    (("standing", "unsupported"),): {"basics.text", "lectures.hello"},
    (("column", "1"), ("standing", "fidelity")): {"lectures.hello"},
    (("column", "2"), ("standing", "fidelity")): {"basics.product"},
    (("column", "2"), ("standing", "fail")): set(),
    (("chapter", "lectures"),): {"lectures.hello"},
    (("column", "5"), ("chapter", "basics")): {"basics.product", "basics.unlucky", "basics.constant"},  # what it ran
}


@pytest.mark.parametrize("wanted", FILTERS, ids=str)
def test_filters(browser, small, wanted):
    browser.open(small)
    for name, value in wanted:
        choose(browser, name, value)
    count = f"{len(FILTERS[wanted])} of 5 clauses"
    browser.until(f"document.querySelector('output').textContent.startsWith('{count}')")
    assert set(browser.run(SHOWN)) == FILTERS[wanted]
    browser.run("document.querySelector('[type=reset]').click()")
    browser.until("document.querySelector('output').textContent === ''")
    assert browser.run(SHOWN) == []


def test_differs_between_implementations(browser, small):
    browser.open(small)
    choose(browser, "differs", True)
    browser.until("document.querySelector('output').textContent !== ''")
    # not what all keep, nor what is kept by all who offer it
    assert set(browser.run(SHOWN)) == {"basics.product", "basics.constant", "lectures.hello"}


def test_keys_alone_suffice(browser, small):
    browser.open(small)
    browser.ask("Browser.grantPermissions", permissions=["clipboardReadWrite", "clipboardSanitizedWrite"])
    browser.press("/")
    assert browser.run("document.activeElement.type") == "search"
    browser.type("OTHER factor")  # of a clause
    browser.until("document.querySelector('output').textContent === '1 of 5 clauses'")
    stops = []
    while not stops or not stops[-1].startswith(("th", "td")):
        browser.press("Tab")
        stops.append(browser.run(FOCUS))
        assert len(stops) < 10, stops
        assert browser.run("getComputedStyle(document.activeElement).outlineStyle") != "none", stops
    assert {"select chapter", "select column", "select standing", "input differs", "button unfold"} <= set(stops)
    browser.press("ArrowDown", "ArrowDown", "ArrowRight", "ArrowRight")
    assert (
        browser.run("document.activeElement.parentElement.id + document.activeElement.cellIndex") == "basics.product2"
    )
    browser.press("Enter")
    assert "wrong.py: fail" in browser.run(PANEL)
    browser.press("ArrowRight")  # the open cell follows
    assert "named.py: fidelity" in browser.run(PANEL)
    while browser.run(FOCUS) != "button Copy script":
        browser.press("Tab")
        assert browser.run("document.querySelector('aside').contains(document.activeElement)")
    browser.press("Enter")
    browser.until("document.querySelector('aside h3 [role=status]').textContent === 'Copied.'")
    copied = browser.run("navigator.clipboard.readText()")
    assert copied == browser.run("document.querySelector('aside pre').textContent")
    assert "import torch\n" in copied
    browser.press("Escape")
    assert browser.run(PANEL) == ""
    assert (
        browser.run("document.activeElement.parentElement.id + document.activeElement.cellIndex") == "basics.product3"
    )
    browser.press("Shift+Tab")
    assert browser.run(FOCUS) == "button Clear"
    browser.press("Enter")
    browser.until("document.querySelector('output').textContent === ''")
    browser.press("Tab")
    for key, count in ((" ", 5), ("Enter", 0), (" ", 5)):  # in the row of all chapters
        browser.press("Control+Home", key)
        assert len(browser.run(SHOWN)) == count
    for key, count in (("Enter", 1), (" ", 5)):  # in that of a chapter of four
        browser.press("Control+Home", "ArrowDown", key)
        assert len(browser.run(SHOWN)) == count
    browser.press("End", "ArrowDown")
    assert (
        browser.run("document.activeElement.parentElement.id + document.activeElement.cellIndex") == "basics.product6"
    )
    browser.press("Control+End", "PageUp", "Home")
    assert browser.run("document.activeElement.parentElement.className") == "chapter"
    assert browser.run("document.querySelectorAll('.matrix [tabindex=\"0\"]').length") == 1


def test_choices_can_be_made_with_keys(browser, small):
    browser.open(small)
    while browser.run(FOCUS) != "select standing":
        browser.press("Tab")
    browser.press("c")  # crash
    browser.until("document.querySelector('output').textContent === '3 of 5 clauses'")
    browser.press("Tab", " ")  # differs, too
    browser.until("document.querySelector('form').elements.differs.checked")


def test_a_link_opens_its_cell(browser, small):
    browser.open(f"{small.as_uri()}#basics.product/named.py")
    assert "named.py: fidelity" in browser.run(PANEL)
    assert browser.run("document.activeElement.parentElement?.id ?? ''") in ("", "basics.product")
    browser.run("location.hash = '#basics.text/modest'")
    browser.until("document.querySelector('aside').innerText.includes('modest: unsupported')")
    browser.run("location.hash = '#%zz/nothing'")  # no link of ours: nothing happens, and nothing is complained of
    browser.run("document.querySelectorAll('.strip button')[0].click()")
    assert browser.run("decodeURIComponent(location.hash)") == "#basics.text/honest.py"


def test_what_it_is_to_those_who_cannot_see(browser, small):
    browser.open(small)
    browser.run("document.querySelector('[name=unfold]').click()")
    assert browser.run(ROLES) == ["treegrid", "row", "columnheader", "rowheader", "gridcell"]
    assert browser.run("document.querySelector('#basics .chapter').getAttribute('aria-expanded')") == "true"
    assert browser.run(cell("basics.product", 1) + ".textContent") == "fail"  # a word, where others see a sign
    assert (
        browser.run("document.querySelector('#basics td .spoken').textContent") == "4 of 4 keep semantics, 4 fidelity"
    )
    unnamed = "[...document.querySelectorAll('input, select')].filter((each) => !each.labels.length).length"
    assert browser.run(unnamed) == 0


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_it_can_be_read_at_the_width_of_a_phone(browser, small, theme):
    browser.open(small, width=360, height=740, prefers_color_scheme=theme)
    browser.run("document.querySelector('[name=unfold]').click()")
    found = browser.run(MISFITS)
    assert found == {"scroll": 360, "width": 360, "beyond": [], "small": []}
    name = f"getComputedStyle({cell('basics.product', 1)}, '::after').content"
    assert browser.run(name) == '"wrong.py"'
    browser.run(cell("basics.product", 4) + ".click()")
    found = browser.run(MISFITS)
    assert (found["scroll"], found["beyond"], found["small"]) == (360, [], [])
    assert browser.run("document.querySelector('aside').getAttribute('aria-modal')") == "true"
    assert browser.run("document.querySelector('aside').contains(document.activeElement)")
    assert browser.run("document.querySelector('.matrix').inert")
    browser.press("Escape")
    assert not browser.run("document.querySelector('.matrix').inert")
    assert browser.run(PANEL) == ""


@pytest.mark.parametrize("width", [600, 820, 1024, 1280, 1900])
def test_it_fits_every_window(browser, small, width):
    browser.open(small, width=width)
    browser.run("document.querySelector('[name=unfold]').click()")
    for _ in range(2):
        found = browser.run(MISFITS)
        assert (found["scroll"], found["beyond"], found["small"]) == (width, [], [])
        assert browser.run("document.querySelector('.matrix tbody[id] th').getBoundingClientRect().width") >= 200
        browser.run(cell("basics.product", 1) + ".click()")  # and again with an open cell


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_texts_stand_out_from_the_paper(browser, small, theme):
    browser.open(small, prefers_color_scheme=theme)
    browser.run("document.querySelector('[name=unfold]').click()")
    assert browser.run(CONTRAST) >= 4.5
    assert (browser.run("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)") == (
        theme == "light"
    )


def test_it_can_be_printed(browser, small):
    browser.open(small)
    browser.run("document.querySelector('#basics .chapter th').click()")
    browser.ask("Emulation.setEmulatedMedia", media="print")
    assert not browser.run("document.querySelector('form').checkVisibility()")
    assert len(browser.run(SHOWN)) == 4
    browser.ask("Emulation.setEmulatedMedia", media="")


def test_it_can_be_read_without_scripts(browser, small):
    browser.ask("Emulation.setScriptExecutionDisabled", value=True)
    try:
        browser.open(small)
        assert len(browser.run(SHOWN)) == 5
        for _ in range(50):  # what is far down is laid out when the browser comes to it
            text = browser.run("document.body.innerText")
            if "expected 2.0" in text:
                break
            time.sleep(0.1)
        assert "wrong.py: gradient, values: expected 2.0, found 5.0" in text
        assert "The end of this page is missing" not in text
        assert not browser.run("document.querySelector('form').checkVisibility()")
    finally:
        browser.ask("Emulation.setScriptExecutionDisabled", value=False)


def test_a_page_that_was_cut_short_says_so(browser, small, tmp_path):
    path = tmp_path / "short.html"
    text = small.read_text(encoding="utf-8")
    path.write_text(text[: text.index('id="data-lectures"')], encoding="utf-8")
    browser.open(path)
    assert "The end of this page is missing" in browser.run("document.body.innerText")


def made_up(name, chapters, change):
    """A record of all chapters in which `change` says what becomes of each clause, by its number."""
    items = [clause.item for chapter in chapters for clause in chapter.clauses]
    results = tuple(change(place, item) for place, item in enumerate(items))
    header = Header(FORMAT, "0", name, "1.0", "golden", "full", "here", {"python": "3.11", "numpy": "2"})
    return Record(header, results, footer_for(results, 1.0)), ""


def often_unsupported(place, item):
    """As the records of libraries are: a tenth runs, a fifth of that differs."""
    if place % 10:
        return Result(
            item.id, "unsupported", 0.0, reason=f"the library does not offer {', '.join(item.needs)}, and more"
        )
    difference = Difference("after the second backward", "values", f"[{place}.0, 1.0]", f"[{place}.5, 1.0]")
    return Result(item.id, "fail", 0.0, (difference,)) if place % 50 == 0 else Result(item.id, "pass", 0.0)


def test_seven_implementations_of_the_whole_suite_fit(browser, tmp_path):
    suite = find_suite()
    chapters = tuple(outline(suite, Selection()))
    kept = [made_up(name, chapters, lambda place, item: Result(item.id, "pass", 0.0)) for name in "ab"]
    others = [made_up(name, chapters, often_unsupported) for name in "cdefg"]
    found = Matrix(chapters, columns([*kept, *others]), "full", "0", "2026-01-01", "gradspec matrix ...")
    text = page(found, GoldenOracle(suite))
    assert len(text.encode()) < 2_700 * len(found.clauses)  # six megabytes for a suite of 2,200
    path = tmp_path / "full.html"
    path.write_text(text, encoding="utf-8")
    browser.open(path)
    assert browser.run("document.querySelectorAll('.matrix td:not(.chapter td)').length") == 7 * len(found.clauses)
    assert browser.run("blocks.size") == 0  # nothing is read before it is asked for
    browser.run("location.hash = '#accumulation.second_backward_adds'")
    browser.until("!document.querySelector('aside').hidden")
    assert browser.run("[...blocks.keys()]") == ["accumulation"]
    browser.press("/")
    browser.type("second_backward_adds")
    browser.until("/^[1-9][0-9]* of /.test(document.querySelector('output').textContent)")
    assert "accumulation.second_backward_adds" in browser.run(SHOWN)
    browser.open(path, width=360, height=740)
    browser.run("document.querySelector('[name=unfold]').click()")
    assert browser.run("document.documentElement.scrollWidth") == 360


@pytest.fixture(scope="module")
def known(tmp_path_factory):
    """The matrix of those of the seven that are installed, and its page."""
    installed = tuple(each for each in PEERS if find_spec(each) is not None)
    suite = find_suite()
    found = collect(Plan(installed, selection=Selection(chapters=CHAPTERS), jobs=2), suite, "gradspec matrix --peers")
    path = tmp_path_factory.mktemp("known") / "page.html"
    path.write_text(page(found, GoldenOracle(suite)), encoding="utf-8")
    return found, path


@pytest.mark.parametrize("peer", PEERS)
def test_the_libraries_that_are_installed_side_by_side(browser, known, peer):
    found, path = known
    if find_spec(peer) is None:
        pytest.skip(f"{peer} is not installed")
    place, column = next((place, each) for place, each in enumerate(found.columns) if each.name == peer)
    results = list(column.results.values())
    assert (peer in ("torch", "refgrad")) == all(each.outcome == "pass" for each in results)
    browser.open(path)
    assert browser.run(f"document.querySelector('thead').rows[0].cells[{place} + 1].innerText").split()[0] == peer
    for result in {standing(each): each for each in results}.values():  # a cell of every standing
        browser.run(f"location.hash = '#{result.id}/{peer}'")
        browser.until(f"document.querySelector('aside').innerText.includes({json.dumps(result.id)})")
        said = browser.run(PANEL)
        assert f"{peer} {column.version}: {standing(result)}" in said
        assert "import torch" in said
        for each in result.differences[:1]:
            assert each.label in said
            assert each.found in said
    browser.press("Escape")
    choose(browser, "column", str(place))
    choose(browser, "standing", "pass")
    passed = [each.id for each in results if each.outcome == "pass"]
    browser.until(f"document.querySelector('output').textContent.startsWith('{len(passed)} of')")
    assert sorted(browser.run(SHOWN)) == sorted(passed)
