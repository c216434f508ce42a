"""`gradspec spec`: the specification as text, and as a page."""

import re
from html import unescape
from html.parser import HTMLParser

import pytest

from gradspec.oracle import GoldenOracle
from gradspec.outline import outline, totals
from gradspec.pasting import as_source
from gradspec.report.page import beginning, highlight, page
from gradspec.report.specification import specification
from gradspec.selection import Selection
from gradspec.suite import find_suite

VOID = {"meta", "input"}
IMPLIED = {"tr", "th", "td", "tbody"}  # their end may be left out

NASTY = '''
"""Nasty: what <b>looks</b> like a page.

Not for the heading.
"""
from gradspec import attempt, scenario

LIMIT = "<limit>"


def helper(torch):
    return LIMIT


@scenario(cites="a \\"quoted\\" <source> & more", needs=("matmul",))
def nasty(torch):
    """`<script>alert(1)</script>` is a text & nothing else."""
    yield "</table>", "<img src=x onerror=alert(1)>"
    yield "two lines", helper(torch) + "\\n</code>"
'''
NASTY_GOLDEN = """{"format": 1, "provenance": {"torch": "2.13.0", "numpy": "2", "python": "3", "platform": "p"},
"scenarios": {"nasty": {"clause": "", "cites": "", "observations": [
{"label": "</table>", "value": {"kind": "text", "value": "<img src=x onerror=alert(1)>"},
 "warnings": [{"category": "UserWarning", "message": "<i>hm</i>"}]},
{"label": "two lines", "value": {"kind": "text", "value": "<limit>\\n</code>"}}]}}}"""


HEAD = '"""Long: a chapter of one."""\nfrom gradspec import scenario'
LONG = '{"long": {"clause": "", "cites": "", "observations": [%s]}}}'
PARTS = ["abc", "de", "fgh", "i"]


class Page(HTMLParser):
    """What a browser would see: elements with their attributes, ids, links, and whether every tag is closed."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.ids, self.links, self.open = [], [], [], []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self.tags.append(tag)
        self.ids += [attributes["id"]] if "id" in attributes else []
        self.links += [attributes[name] for name in ("href", "src", "action") if name in attributes]
        if tag not in VOID | IMPLIED:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if tag not in IMPLIED:
            assert self.open.pop() == tag


@pytest.fixture
def nasty(own_tiny):
    (own_tiny.root / "nasty.py").write_text(NASTY)
    (own_tiny.golden / "nasty.json").write_text(NASTY_GOLDEN)
    return own_tiny


def test_the_specification_is_printed(tiny, gradspec):
    code, printed, complaint = gradspec("spec", "--suite", tiny.root)
    assert (code, complaint) == (0, "")
    assert printed.startswith("1  Basics: a chapter for testing the harness")
    assert "1.1  The gradient of a product is the other factor.\n     basics.product\n     cites the harness" in printed
    assert "\n     basics.text\n     cites the harness's own tests; needs matmul\n" in printed
    assert "\n2  Course examples: " in printed
    assert printed.endswith("\n2 chapters, 5 clauses: 4 scenarios and 1 course script.\n")


def test_a_selection_keeps_the_numbers(tiny, gradspec):
    code, printed, _ = gradspec("spec", "--suite", tiny.root, "--chapter", "lectures")
    assert (code, printed.startswith("2  Course examples")) == (0, True)
    assert "\n2.1  " in printed
    assert "basics" not in printed
    assert gradspec("spec", "--suite", tiny.root, "--profile", "lecture")[1] == printed
    assert gradspec("spec", "--suite", tiny.root, "--chapter", "nothing")[0] == 2


def test_long_clauses_are_wrapped(tiny):
    text = specification(outline(tiny, Selection()), width=40)
    assert max(map(len, text.splitlines()[:-1])) <= 40
    assert "1.1  The gradient of a product is the\n     other factor.\n" in text


def test_chapters_stand_in_reading_order():
    chapters = outline(find_suite(), Selection())
    assert [chapter.number for chapter in chapters] == list(range(1, len(chapters) + 1))
    names = [chapter.name for chapter in chapters]
    assert names[:2] == ["leaves", "accumulation"]
    assert names[-1] == "lectures"
    assert sorted(names) == sorted(find_suite().names())


def test_every_chapter_says_what_it_is_about():
    assert [each.name for each in outline(find_suite(), Selection()) if not (each.title and each.about)] == []


def test_the_page_stands_alone(tiny, gradspec, tmp_path):
    path = tmp_path / "spec.html"
    code, printed, _ = gradspec("spec", "--suite", tiny.root, "--html", path)
    assert (code, printed) == (0, f"wrote {path}: 2 chapters, 5 clauses: 4 scenarios and 1 course script.\n")
    text = path.read_text(encoding="utf-8")
    found = Page(text)
    assert found.open == []
    assert [link for link in found.links if not link.startswith("#")] == []
    assert "url(" not in text
    assert "@import" not in text
    assert {link[1:] for link in found.links} == set(found.ids)
    assert len(found.ids) == len(set(found.ids)) == 2 + 5
    assert "basics.product" in found.ids
    assert found.tags.count("details") == 2 * 5 + 1


def test_the_page_says_what_pytorch_does(tiny):
    text = unescape(re.sub(r"<[^>]*>", "", page(outline(tiny, Selection()), GoldenOracle(tiny))))
    assert 'yield "gradient", x.grad' in text
    assert "gradienttensor(2.0, shape=(), dtype=float32, requires_grad=False, is_leaf=True)" in text
    assert "gradient: 2.0" in text, "what the course script prints"
    assert "from the" not in text
    assert "the harness's own tests" in text


def test_everything_on_the_page_is_escaped(nasty):
    chapters = outline(nasty, Selection(chapters=("nasty",)))
    text = page(chapters, GoldenOracle(nasty))
    found = Page(text)
    assert found.open == []
    outside = Page(re.sub("<pre>.*?</pre>", "", text, flags=re.DOTALL))
    assert {"img", "i", "b"} & set(outside.tags) == {"i", "b"}, "the need, and the chapter's number"
    assert (outside.tags.count("i"), outside.tags.count("b"), found.tags.count("script")) == (1, 1, 1)
    assert "img" not in found.tags
    assert "&lt;img src=x onerror=alert(1)&gt;" in text
    assert "UserWarning: &lt;i&gt;hm&lt;/i&gt;" in text
    assert "<code>&lt;script&gt;alert(1)&lt;/script&gt;</code> is a text &amp; nothing else." in text
    assert "a &quot;quoted&quot; &lt;source&gt; &amp; more" in text
    assert "Not for the heading" not in text


def test_the_page_of_the_whole_suite_is_sound_and_soon_there():
    suite = find_suite()
    recorded = [name for name in suite.names() if name == "lectures" or (suite.golden / f"{name}.json").is_file()]
    chapters = outline(suite, Selection(chapters=tuple(recorded)))
    text = page(chapters, GoldenOracle(suite))
    assert len(text) < 4 << 20
    found = Page(text)
    assert found.open == []
    assert {link[1:] for link in found.links} == set(found.ids)
    assert len(found.ids) == len(set(found.ids)) == len(chapters) + sum(len(each.clauses) for each in chapters)


def test_a_source_brings_along_what_it_uses(nasty):
    source = as_source(nasty.items("nasty")[0])
    assert source.startswith('LIMIT = "<limit>"\n\n\ndef helper(torch):')
    assert "\n\n\n@scenario(cites=" in source


SOURCES = (
    "",
    "x = 1  # <one>\n",
    'f"{x!r:>{width}} {{<b>}} {"y" if x else None}" if True else """a\n<b>"""\n',
    "not python at all: <b> 'unclosed",
    "def f():\n\tpass\n  return <",
    "λ = 'ünï'; x <<= 2",
)


@pytest.mark.parametrize("source", SOURCES)
def test_highlighting_loses_nothing(source):
    marked = highlight(source)
    assert unescape(re.sub(r"</?span[^>]*>", "", marked)) == source
    assert set(re.findall(r"<(\w+)", marked)) <= {"span"}


def test_of_what_is_long_the_beginning_is_shown(own_tiny):
    rows = "".join(f"    yield 'number {i}', {i}  # a comment that takes some room\n" for i in range(100))
    (own_tiny.root / "long.py").write_text(f"{HEAD}\n\n@scenario(cites='a')\ndef long(torch):\n    'Counts.'\n{rows}")
    lines = ",".join(f'{{"label": "number {i}", "value": {{"kind": "number", "value": {i}}}}}' for i in range(100))
    (own_tiny.golden / "long.json").write_text(NASTY_GOLDEN.partition('{"nasty"')[0] + LONG % lines)
    text = page(outline(own_tiny, Selection(chapters=("long",))), GoldenOracle(own_tiny))
    found = Page(text)
    shown, more = found.tags.count("th"), int(re.search(r"<td colspan=2>and (\d+) more<", text)[1])
    assert 5 < shown < 30
    assert shown + more == 100
    lines, left = text.count("# a comment"), int(re.search(r"and (\d+) more lines", text)[1])
    assert 5 < lines < 30
    assert lines + left == 100


@pytest.mark.parametrize(
    ("most", "shown", "left"),
    [(0, ["abc", "de"], 2), (7, ["abc", "de"], 2), (8, ["abc", "de", "fgh"], 1), (99, [*PARTS], 0)],
)
def test_a_beginning_is_never_nothing(most, shown, left):
    assert beginning(PARTS, most) == (shown, left)
    assert beginning([], most) == ([], 0)


def test_of_a_long_program_its_own_part_comes_before_what_it_uses():
    assert beginning(PARTS, 4, "fg") == (["fgh", "i"], 2)
    assert beginning(PARTS, 4, "none") == (["abc", "de"], 2)
    assert beginning(PARTS, 99, "fg") == (PARTS, 0)


def test_words_of_the_language_are_marked():
    expected = '<span class="k">yield</span> <span class="s">"a"</span>, <span class="n">1</span>'
    assert highlight('yield "a", 1  # why') == f'{expected}  <span class="c"># why</span>'


@pytest.mark.parametrize("place", ["missing/spec.html", "taken", "file/spec.html"])
def test_a_page_that_cannot_be_written_leaves_nothing(place, tiny, gradspec, tmp_path):
    (tmp_path / "taken").mkdir()
    (tmp_path / "file").write_text("old")
    code, printed, complaint = gradspec("spec", "--suite", tiny.root, "--html", tmp_path / place)
    assert (code, printed) == (2, "")
    assert complaint.startswith(f"gradspec: {tmp_path / place} cannot be written: ")
    assert complaint.count("\n") == 1
    assert sorted(each.name for each in tmp_path.iterdir()) == ["file", "taken"]
    assert list((tmp_path / "taken").iterdir()) == []


def test_a_full_disk_is_a_sentence(tiny, gradspec):
    code, _, complaint = gradspec("spec", "--suite", tiny.root, "--html", "/dev/full")
    assert (code, "No space left" in complaint) == (2, True)


def test_a_link_stays_a_link(tiny, gradspec, tmp_path):
    (tmp_path / "real").write_text("old")
    (tmp_path / "link").symlink_to("real")
    assert gradspec("spec", "--suite", tiny.root, "--html", tmp_path / "link")[0] == 0
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").read_text().startswith("<!doctype html>")


def test_a_missing_golden_is_a_failure_of_the_harness(own_tiny, gradspec, tmp_path):
    (own_tiny.golden / "basics.json").unlink()
    code, _, complaint = gradspec("spec", "--suite", own_tiny.root, "--html", tmp_path / "spec.html")
    assert (code, "There is no golden" in complaint, list(tmp_path.glob("spec*"))) == (3, True, [])
    assert gradspec("spec", "--suite", own_tiny.root)[0] == 0, "the text needs none"


def test_one_of_anything_is_singular(tiny):
    chapters = outline(tiny, Selection(chapters=("lectures",)))
    assert totals(chapters) == "1 chapter, 1 clause: 0 scenarios and 1 course script."
