"""`gradspec matrix`: implementations by clauses, as data and as the files that are made of it."""

import html
import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from gradspec.oracle import GoldenOracle
from gradspec.report.matrix import collecting
from gradspec.report.matrix.cells import FIRST_LETTER, PHRASES, packed
from gradspec.report.matrix.collecting import Plan, collect
from gradspec.report.matrix.document import document
from gradspec.report.matrix.markdown import markdown
from gradspec.report.matrix.markup import css_string, data, fingerprint
from gradspec.report.matrix.model import STANDINGS, standing
from gradspec.report.matrix.page import page
from gradspec.results import OUTCOMES
from gradspec.suite import Suite

HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def tiny():
    return Suite(HERE / "tiny" / "chapters")


@pytest.fixture(scope="module")
def fakes(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(HERE))
        from made_up_peers import peers
    return peers(tmp_path_factory.mktemp("peers"))


@pytest.fixture(scope="module")
def compared(fakes, tiny):
    return collect(Plan(fakes), tiny, "gradspec matrix ...")


def column_named(matrix, name):
    return next(each for each in matrix.columns if each.name == name)


def cells(matrix, identifier):
    return [standing(each.results.get(identifier)) for each in matrix.columns]


def test_a_cell_says_what_became_of_a_clause(compared):
    names = [each.name for each in compared.columns]
    assert names == ["honest.py", "wrong.py", "named.py", "dying.py", "harmful.py", "modest"]
    # modest has no facet `grad_fn`, and claims no matmul
    assert cells(compared, "basics.product") == ["pass", "fail", "fidelity", "crash", "error", "pass"]
    assert cells(compared, "basics.unlucky") == ["pass"] * 6
    assert cells(compared, "basics.text") == ["pass"] * 5 + ["unsupported"]


def test_semantics_and_fidelity_are_counted_apart(compared):
    clauses = [each for each in compared.clauses if each.item.chapter == "basics"]
    for name, counted in {
        "honest.py": (4, 4, 4), "wrong.py": (4, 3, 4), "named.py": (4, 4, 3), "dying.py": (4, 2, 2),
        "harmful.py": (4, 3, 3), "modest": (3, 3, 3),
    }.items():  # fmt: skip
        tally = column_named(compared, name).tally(clauses)
        assert (tally.ran, tally.semantics, tally.fidelity) == counted, name
        assert tally.total == 4


def test_every_outcome_has_a_sign():
    assert set(STANDINGS) == {*OUTCOMES, "fidelity", "absent"}
    assert len({sign for sign, _ in STANDINGS.values()}) == len(STANDINGS)


def test_a_worker_that_dies_leaves_a_column(compared):
    dying = column_named(compared, "dying.py")
    assert dying.record.footer.counts["crash"] >= 1
    assert "exit code 7" in dying.results["basics.product"].reason


def test_an_implementation_that_loads_only_once_is_a_column_of_losses(fake, honest, tiny, tmp_path):
    source = f"import pathlib\nonce = pathlib.Path({str(tmp_path / 'once')!r})\nonce.exists() and 1 / 0\nonce.touch()"
    found = collect(Plan((fake(source), honest)), tiny, "")
    first, second = found.columns
    assert {each.outcome for each in first.record.results} == {"crash"}
    assert "ZeroDivisionError" in first.record.results[0].reason
    assert standing(second.results["basics.product"]) == "pass"


def test_what_is_not_installed_is_said_before_anything_runs(gradspec, tiny, honest, monkeypatch, tmp_path):
    monkeypatch.setattr(collecting, "find_spec", lambda name: None if name in ("jax", "tinygrad") else object())
    monkeypatch.setattr(collecting, "run_check", lambda *args, **kwargs: pytest.fail("something was run"))
    path = tmp_path / "page.html"
    code, _, said = gradspec("matrix", honest, "jax", "tinygrad", "--suite", tiny.root, "--html", path)
    assert (code, path.exists()) == (2, False)
    assert said == "gradspec: jax and tinygrad are not installed: `pip install jax tinygrad` brings what is missing.\n"
    code, _, said = gradspec("matrix", "jax", "--suite", tiny.root, "--html", path)
    assert said == "gradspec: jax is not installed: `pip install jax` brings what is missing.\n"


BAD_CALLS = {
    ("refgrad",): "Nothing would be written",
    ("--html", "{tmp}/page.html"): "There is nothing to compare",
    ("refgrad", "--html", "{tmp}/nowhere/page.html"): "there is no directory",
    ("refgrad", "refgrad", "--html", "{tmp}/page.html"): "refgrad is named twice",
    ("refgrad", "--html", "{tmp}/page", "--json", "{tmp}/../{name}/page"): "page is named twice",
    ("refgrad", "--html", "-"): "a file in the place of `-`",
    ("refgrad", "--html", "{tmp}"): "it is a directory",
    ("nosuchthing", "--html", "{tmp}/page.html"): "The implementation nosuchthing does not exist",
    ("--record", "{tmp}/none.jsonl", "--html", "{tmp}/page.html"): "none.jsonl cannot be read",
}


@pytest.mark.parametrize("arguments", BAD_CALLS, ids=" ".join)
def test_wrong_usage_is_one_sentence(gradspec, tmp_path, arguments):
    code, printed, said = gradspec("matrix", *(each.format(tmp=tmp_path, name=tmp_path.name) for each in arguments))
    assert (code, printed) == (2, "")
    assert BAD_CALLS[arguments] in said
    assert said.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_records_of_earlier_runs_are_columns(gradspec, tiny, fakes, tmp_path):
    paths = []
    for place, each in enumerate(fakes[:3]):
        paths += ["--record", tmp_path / f"{place}.jsonl"]
        gradspec("check", each, "--suite", tiny.root, "--json", paths[-1])
    written = [tmp_path / name for name in ("page.html", "table.md", "data.json")]
    outputs = [each for pair in zip(("--html", "--markdown", "--json"), written, strict=True) for each in pair]
    code, printed, said = gradspec("matrix", fakes[0], *paths, "--suite", tiny.root, *outputs)
    assert (code, said) == (0, "")
    assert all(path.stat().st_size and str(path) in printed for path in written)
    made = json.loads(written[2].read_text())
    assert [each["record"] is None for each in made["implementations"]] == [True, False, False, False]
    assert len({each["name"] for each in made["implementations"]}) == 4  # honest.py twice, told apart
    product = next(each for each in made["chapters"][0]["clauses"] if each["id"] == "basics.product")
    first, again, wrong, named = product["results"].values()
    assert (first, again) == ("pass", "pass")
    assert wrong["differences"] == [{"label": "gradient", "facet": "values", "expected": "2.0", "found": "5.0"}]
    assert (named["standing"], named["differences"][0]["found"]) == ("fidelity", "TimesBackward")


def test_a_record_that_does_not_belong_is_refused(gradspec, tiny, honest, tmp_path):
    path, page = tmp_path / "run.jsonl", tmp_path / "page.html"
    gradspec("check", honest, "--suite", tiny.root, "--json", path)
    lines = path.read_bytes().splitlines(keepends=True)

    def complaint(*changed, profile="full"):
        path.write_bytes(b"".join(changed))
        asked = ("matrix", "--record", path, "--suite", tiny.root, "--html", page, "--profile", profile)
        code, _, said = gradspec(*asked)
        assert (code, page.exists()) == (2, False)
        return said

    assert "was cut short" in complaint(*lines[:-1])
    assert "basics.quotient, which is not in the suite" in complaint(
        lines[0], lines[1].replace(b"basics.product", b"basics.quotient"), *lines[2:]
    )
    assert "say `--profile core`" in complaint(lines[0].replace(b'"full"', b'"core"'), *lines[1:])


class Outside(HTMLParser):
    """What of a page is markup: its elements, their attributes, and its text by the element that it stands in."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.blocks, self.cells, self.open, self.program = [], {}, [], None, False
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        self.open = dict(attributes).get("id", "program") if tag == "script" else tag
        self.program = tag == "script"
        if tag == "td":
            self.cells.append("")

    def handle_endtag(self, tag):
        self.program = False

    def handle_data(self, text):
        if self.program:
            self.blocks[self.open] = self.blocks.get(self.open, "") + text
        elif self.open == "td":
            self.cells[-1] += text.strip()


def test_the_page_needs_no_other_and_takes_no_text_for_markup(compared, tiny):
    text = page(compared, GoldenOracle(tiny))
    outside = Outside(text)
    assert not re.search(r"""(src|href|url)\s*[=(]\s*["']?(https?:)?//""", text)
    scripts = [attributes for tag, attributes in outside.tags if tag == "script"]
    assert [each for each in scripts if each.get("type") != "application/json"] == [{}]
    assert {tag for tag, _ in outside.tags}.isdisjoint({"img", "iframe", "link", "object", "a", "base"})
    assert not any(name.startswith("on") or name == "style" for _, each in outside.tags for name in each)
    assert not any(each in text for each in ("\u202e", "\u2028", "\x00", "\x1b"))
    policy = next(each["content"] for tag, each in outside.tags if each.get("http-equiv"))
    style = re.search(r"<style>(.*?)</style>", text, re.DOTALL)[1]
    assert policy == (
        f"default-src 'none'; style-src {fingerprint(style)}; script-src {fingerprint(outside.blocks['program'])}"
    )
    block = json.loads(outside.blocks["data-basics"])
    assert any("<script>document.title" in each and "\\u202e" in each for each in block["texts"])


def test_the_page_has_every_cell_and_can_be_read_without_scripts(compared, tiny):
    text = page(compared, GoldenOracle(tiny))
    outside = Outside(text)
    expected = [each for clause in compared.clauses for each in cells(compared, clause.item.id)]
    assert [each for each in outside.cells if each in STANDINGS] == expected
    for clause in compared.clauses:
        assert f'<tr id="{clause.item.id}">' in text
    assert "wrong.py: gradient, values: expected 2.0, found 5.0" in html.unescape(text)
    for part in ("modest", "3.1", compared.date, compared.command, "What ran", "neither pass nor fail"):
        assert part in text
    assert text.rindex("<footer>") > text.rindex('id="data-')  # a page that was cut short has no footer, and says so
    assert "body:has(> footer) .truncated { display: none; }" in text


def test_what_is_expected_stands_once_for_all(compared, tiny):
    blocks = Outside(page(compared, GoldenOracle(tiny))).blocks
    basics = json.loads(blocks["data-basics"])
    texts, product = basics["texts"], basics["clauses"]["product"]
    assert len(texts) == len(set(texts))
    assert "import torch" in [texts[each] for each in product["script"]]
    assert texts[product["cites"]] == "the harness's own tests"
    names = [each.name for each in compared.columns]
    wrong = product["cells"][str(names.index("wrong.py"))]
    asked = [[texts[each] for each in question] for question in product["asked"]]
    assert [(asked[place], texts[found]) for place, found in wrong["found"]] == [(["gradient", "values", "2.0"], "5.0")]
    unsupported = basics["clauses"]["text"]["cells"][str(names.index("modest"))]
    assert texts[unsupported["reason"]] == "modest does not offer matmul"
    assert str(names.index("honest.py")) not in product["cells"]  # of a pass there is nothing to say


def test_markdown_counts_what_the_cells_say(compared):
    text = markdown(compared)
    outcomes = text.split("## Outcomes")[1].split("## Semantics")[0]
    total = next(line for line in outcomes.splitlines() if line.startswith("| **all"))
    for shown, column in zip(total.split("|")[2:-1], compared.columns, strict=True):
        found = [standing(column.results[clause.item.id]) for clause in compared.clauses]
        silent = found.count("unsupported")
        assert shown.split() == [
            str(found.count("pass")),
            "/",
            str(len(found) - found.count("pass") - silent),
            "/",
            str(silent),
        ]
    rows = [line for line in text.splitlines() if line.startswith("|")]
    assert {line.replace("\\|", "").count("|") for line in rows} <= {14, len(compared.columns) + 2}
    assert "<script" not in text
    assert "<img" not in text


def test_the_document_counts_its_cells(compared):
    made = json.loads(document(compared))
    found = [each for chapter in made["chapters"] for clause in chapter["clauses"] for each in clause["results"]]
    assert made["cells"] == len(found) == len(compared.clauses) * len(compared.columns)


def test_letters_stand_for_phrases():
    text = "b = torch.add(torch.tensor(1.0, dtype=torch.float64), 2.0)"
    short = packed(text)
    assert len(short) < len(text) / 2
    for place, phrase in enumerate(PHRASES):
        short = short.replace(chr(FIRST_LETTER + place), phrase)
    assert short == text
    assert packed("a letter of its own: \ue001") == "a letter of its own: \\ue001"


def test_text_stays_text_in_data_and_style():
    element = data("a", {"text": "</script><!--\u2028"})
    assert element.count("<") == 2
    assert json.loads(element.partition(">")[2].rpartition("</")[0]) == {"text": "</script><!--\u2028"}
    assert css_string('a"}\\<\n') == '"a\\22 \\7d \\5c \\3c \\a "'
