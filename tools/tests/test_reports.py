"""Every form of a record: JUnit, Markdown, annotations, badges, JSON; from a run, and from its record later."""

import json
import re
import xml.etree.ElementTree as ET

import msgspec
import pytest

from gradspec.report.badge import words
from gradspec.report.github import command, github
from gradspec.report.jsonl import read_record
from gradspec.report.junit import junit
from gradspec.report.markdown import markdown
from gradspec.results import Expectation, Footer, Header, Record, Result, Stale, footer_for

NASTY = "<b>&\x00\x1b[31m]]> | `x` *y*\n::error::no %0A"
NO_GRADIENTS = "Tensor.backward = lambda self: None"
SHOUTING = f"def backward(self): raise RuntimeError({NASTY!r})\nTensor.backward = backward"
HEADER = Header(1, "0.1", "mylib", "3", "golden", "full", "Linux", {"python": "3.11.7"})


def record_of(*outcomes, stale=(), minimum=1):
    results = [Result(f"chapter.number_{i}", each, 0.5, clause=NASTY) for i, each in enumerate(outcomes)]
    header = msgspec.structs.replace(HEADER, minimum=minimum)
    return Record(header, tuple(results), footer_for(results, 1.0, stale))


STALE = Stale("chapter.gone", Expectation("why", "https://example.org/7", "xfails.toml", 4), "There is no scenario.")
RECORDS = {  # by exit code
    0: [record_of("pass", "xfail", "unsupported"), record_of("pass")],
    1: [
        *(record_of("pass", each) for each in ("fail", "error", "timeout", "crash", "xpass")),
        record_of("pass", stale=[STALE]),
        record_of("fail", minimum=5),
    ],
    2: [record_of("unsupported"), record_of(), record_of("pass", minimum=2)],
    3: [record_of("pass", "infrastructure"), record_of("fail", "infrastructure")],
}
ALL = [(code, each) for code, records in RECORDS.items() for each in records]


# What the consumers of JUnit XML agree on (the schema of Jenkins and that of Maven Surefire).
CHILDREN = {
    "testsuites": {"testsuite"},
    "testsuite": {"properties", "testcase"},
    "properties": {"property"},
    "testcase": {"failure", "error", "skipped"},
}
ATTRIBUTES = {  # needed
    "testsuites": {"name", "tests", "failures", "errors", "time"},
    "testsuite": {"name", "tests", "failures", "errors", "skipped", "time"},
    "property": {"name", "value"},
    "testcase": {"classname", "name", "time"},
    "failure": {"type", "message"},
    "error": {"type", "message"},
    "skipped": {"message"},
}
COUNTED = {"failures": "failure", "errors": "error", "skipped": "skipped"}


def validated(text):
    """The root of a JUnit file that is as it should be."""
    root = ET.fromstring(text.encode())
    assert root.tag == "testsuites"
    for element in root.iter():
        assert {each.tag for each in element} <= CHILDREN.get(element.tag, set())
        assert ATTRIBUTES.get(element.tag, set()) <= set(element.keys())
        assert element.tag in CHILDREN or element.tag in ATTRIBUTES
        assert element.tag != "testcase" or len(element) <= 1
    for suite in (root, *root.iter("testsuite")):
        assert int(suite.get("tests")) == len([*suite.iter("testcase")])
        assert float(suite.get("time")) >= 0
        for attribute, tag in COUNTED.items():
            assert int(suite.get(attribute)) == len([*suite.iter(tag)])
    names = [(each.get("classname"), each.get("name")) for each in root.iter("testcase")]
    assert len(set(names)) == len(names)
    return root


@pytest.mark.parametrize(("code", "record"), ALL)
def test_junit_fails_where_the_exit_code_says_so(code, record):
    assert record.exit_code == code
    root = validated(junit(record))
    assert (int(root.get("failures")) + int(root.get("errors")) > 0) == (code != 0)
    assert len([*root.iter("testcase")]) >= len(record.results)


@pytest.mark.parametrize(("code", "record"), ALL)
def test_annotations_are_a_line_each_and_errors_where_the_exit_code_says_so(code, record):
    lines = github(record).splitlines()
    assert all(re.match(r"::(error|notice|warning) [^:]+::.", line) for line in lines)
    assert any(line.startswith("::error") for line in lines) == (code != 0)
    assert lines[-1].startswith("::notice title=gradspec::mylib ")


@pytest.mark.parametrize(("code", "record"), ALL)
def test_a_badge_is_green_where_the_exit_code_says_so(code, record):
    assert (words(record)[1] in ("brightgreen", "green")) == (code == 0)


@pytest.mark.parametrize(("code", "record"), ALL)
def test_a_summary_begins_with_the_verdict(code, record):
    text = markdown(record)
    assert text.startswith("## ✅" if code == 0 else "## ❌" if code == 1 else "## ⚠️")
    assert text.count("<details>") == text.count("</details>")
    assert "<b>&" not in text
    assert "\x1b" not in text


def test_annotations_say_what_to_change_and_where():
    known = Expectation("why", "https://example.org/7", "ci/xfails.toml", 12)
    better = Result("basics.product", "xpass", 0.1, reason="It passes.", source="basics.py:6", expected=known)
    worse = Result("basics.text", "fail", 0.1, clause="Text, too.", source="basics.py:30")
    script = Result("lectures.hello", "fail", 0.1, clause="Hello.", source="hello.py:1")
    record = Record(HEADER, (better, worse, script), footer_for((better, worse, script), 1.0, [STALE]))
    lines = github(record).splitlines()
    assert lines[0].startswith("::error file=xfails.toml,line=4,title=stale%3A chapter.gone::xfails.toml:4: There is")
    assert lines[1] == "::error file=ci/xfails.toml,line=12,title=xpass%3A basics.product::It passes."
    assert lines[3].startswith("::error file=gradspec/spec_tests/lectures/hello.py,line=1,")
    assert lines[2].startswith(
        "::error file=gradspec/spec_tests/basics.py,line=30,title=fail%3A basics.text::Text, too."
    )


def test_what_an_implementation_says_ends_no_annotation():
    line = command("error", NASTY, title=NASTY)
    assert "\n" not in line
    assert line.count("::") == 2 + 2 * NASTY.count("::") - 2, "those in the title are escaped"
    assert "%250A" in line


def test_no_more_annotations_than_github_shows():
    lines = github(record_of(*["fail"] * 40)).splitlines()
    errors = [each for each in lines if each.startswith("::error")]
    assert len(errors) == 10
    assert "and 31 more" in errors[-1]


def test_a_large_summary_fits():
    text = markdown(record_of(*["fail"] * 3000))
    assert len(text.encode()) < 1 << 20
    assert "And 2950 more" in text
    assert "chapter.number_2999" in text


def heard(printed):
    """The lines that GitHub reads commands from."""
    token = ""
    for line in map(str.strip, printed.splitlines()):
        if token:
            token = "" if line == f"::{token}::" else token
        elif line.startswith("::stop-commands::"):
            token = line.rpartition("::")[2]
        else:
            yield line


def test_everything_is_written_by_one_run(fake, tiny, tmp_path, gradspec):
    files = {name: tmp_path / f"{name}.{end}" for name, end in (("junit", "xml"), ("markdown", "md"), ("badge", "svg"))}
    options = [each for name, path in files.items() for each in (f"--{name}", path)]
    code, printed, _ = gradspec("check", fake(SHOUTING), "--suite", tiny.root, *options, "--github")
    assert code == 1
    root = validated(files["junit"].read_text())
    (failure,) = [each for each in root.iter("testcase") if each.get("name") == "product"]
    assert "The gradient of a product is the other factor." in failure[0].text
    assert "\\u001b[31m" in failure[0].get("message") + failure[0].text
    assert "basics.product" in files["markdown"].read_text()
    picture = ET.fromstring(files["badge"].read_text())
    assert picture.tag.endswith("svg")
    assert "3 of 5 unexpected" in "".join(picture.itertext())
    errors = [line for line in heard(printed) if line.startswith("::error")]
    assert len(errors) == 3
    assert all("::error file=" in line for line in errors)
    assert [*tmp_path.glob(".*")] == []


def test_a_report_on_standard_output_has_it_for_itself(fake, tiny, gradspec):
    code, printed, complaint = gradspec(
        "check", fake(NO_GRADIENTS), "--suite", tiny.root, "--markdown", "-", "--github"
    )
    assert code == 1
    assert printed.startswith("## ❌ ")
    assert "::error" not in printed
    assert "::error" in complaint
    assert "fail  basics.product" in complaint


@pytest.mark.parametrize("form", ["text", "json", "junit", "markdown", "github", "badge"])
@pytest.mark.parametrize(("source", "code"), [("", 0), (NO_GRADIENTS, 1)])
def test_every_form_comes_from_the_record_later_with_its_exit_code(form, source, code, fake, tiny, tmp_path, gradspec):
    path, out = tmp_path / "run.jsonl", tmp_path / "out"
    assert gradspec("check", fake(source), "--suite", tiny.root, "--json", path)[0] == code
    assert gradspec("report", path, "--format", form, "--out", out if form != "badge" else "out.json")[0] == code
    found, printed, _ = gradspec("report", path, "--format", form)
    assert found == code
    assert printed == (out.read_text() if form != "badge" else (tmp_path / "out.json").read_text())
    assert printed.strip()


@pytest.fixture(autouse=True)
def in_a_directory_of_its_own(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def test_the_forms_for_programs(honest, tiny, tmp_path, gradspec):
    path = tmp_path / "run.jsonl"
    gradspec("check", honest, "--suite", tiny.root, "--json", path)
    whole = json.loads(gradspec("report", path, "--format", "json")[1])
    assert (whole["exit_code"], len(whole["results"]), whole["footer"]["counts"]) == (0, 5, {"pass": 5})
    badge = json.loads(gradspec("report", path, "--format", "badge")[1])
    assert badge == {
        "schemaVersion": 1,
        "label": "PyTorch's autograd",
        "message": "5 promises kept",
        "color": "brightgreen",
        "isError": False,
    }
    gradspec("report", path, "--format", "badge", "--out", "badge.svg")
    assert "5 promises kept" in (tmp_path / "badge.svg").read_text()


def test_a_record_that_was_cut_short_is_refused(honest, tiny, tmp_path, gradspec):
    path = tmp_path / "run.jsonl"
    gradspec("check", honest, "--suite", tiny.root, "--json", path)
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:-1]))
    code, printed, complaint = gradspec("report", path, "--format", "junit", "--out", "junit.xml")
    assert (code, printed, (tmp_path / "junit.xml").exists()) == (2, "", False)
    assert "was cut short" in complaint


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--junit", "/nowhere/at/all.xml"), "there is no directory /nowhere/at"),
        (("--markdown", "/"), "it is a directory"),
        (("--write-xfails", "/nowhere/at/all.toml"), "there is no directory /nowhere/at"),
        (("--badge", "badge.png"), "badge.png is neither"),
        (("--markdown", "-", "--junit", "-"), "Only one report can go to standard output"),
        (("--json", "-"), "give what else is written a file in the place of `-`"),
        (("--markdown", "summary", "--junit", "./summary"), "summary is named twice"),
        (("--json", "record", "--write-xfails", "record"), "record is named twice"),
        (("--junit", "x.xml", "--repeat", "2"), "leave out `--repeat`"),
    ],
)
def test_what_cannot_be_written_is_said_before_anything_is_run(arguments, words, honest, gradspec, monkeypatch):
    monkeypatch.setattr("gradspec.check.run_check", None)
    code, printed, complaint = gradspec("check", honest, *arguments)
    assert (code, printed, complaint.count("\n")) == (2, "", 1)
    assert words in complaint


def test_an_older_record_can_be_read(tmp_path):
    path = tmp_path / "run.jsonl"
    path.write_text(
        '{"record":"header","format":1,"gradspec":"0.1","implementation":"mylib","implementation_version":"","oracle":"golden",'
        '"profile":"full","platform":"Linux","versions":{}}\n'
        '{"record":"scenario","id":"a.b","outcome":"pass","seconds":0.1}\n'
        '{"record":"footer","counts":{"pass":1},"seconds":1.0}\n'
    )
    assert read_record(path).exit_code == 0
    assert read_record(path).footer == Footer({"pass": 1}, 1.0)
