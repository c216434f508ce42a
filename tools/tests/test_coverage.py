"""COVERAGE.md and the citations of the scenarios say the same."""

import contextlib
import functools
import importlib
import importlib.util
import inspect
import re
import sys
from pathlib import Path

import pytest

from gradspec.suite import Suite, find_suite

PROJECT = Path(__file__).resolve().parents[2]
spec = importlib.util.spec_from_file_location("coverage_check", PROJECT / "tools" / "checks" / "coverage.py")
coverage = sys.modules[spec.name] = importlib.util.module_from_spec(spec)
spec.loader.exec_module(coverage)

CHAPTER = '''
"""A chapter."""
from gradspec import scenario
'''
SCENARIO = '''
@scenario(cites="{cites}")
def scenario_{number}(torch):
    """A clause."""
    yield "one", 1
'''
TABLE = """# Coverage

## A note

| section | clauses | left out |
| --- | ---: | --- |
| First steps | {first} |  |
| Threads | 0 | threads |
| `torch.thing` | {thing} |  |
| `torch.thing: part` | 1 |  |
| `torch.*` | 1 |  |

## A course

| section | clauses | scripts | left out |
| --- | ---: | --- | --- |
| Opening | 0 | `hello` |  |
"""
CITES = (
    "A note: First steps",
    "a note: First steps: Deeper; torch.thing: whole",
    "torch.thing: part",
    "torch.other: x",
)


@pytest.fixture
def suite(tmp_path):
    def write(cites=CITES, **table):
        root = tmp_path / "chapters"
        (root / "lectures").mkdir(parents=True)
        (root / "lectures" / "hello.py").write_text("")
        scenarios = (SCENARIO.format(cites=each, number=number) for number, each in enumerate(cites))
        (root / "one.py").write_text(CHAPTER + "".join(scenarios))
        (root / coverage.TABLE).write_text(TABLE.format(**{"first": 2, "thing": 1, **table}))
        return Suite(root)

    return write


def disagreements(suite):
    return list(coverage.disagreements(list(coverage.rows((suite.root / coverage.TABLE).read_text())), suite))


def test_table_and_citations_agree():
    found = disagreements(find_suite())
    assert not found, "\n".join(["", *found])


def test_a_table_that_is_right_is_right(suite, capsys):
    root = suite().root
    assert coverage.main([str(root)]) == 0
    assert capsys.readouterr().out == "6 rows, 0 disagreements\n"


def test_a_citation_without_row_is_named(suite):
    found = disagreements(suite((*CITES, "A note: Second steps", "torch.other.inner")))
    assert len(found) == 2
    assert re.fullmatch(r"one\.py:\d+: one\.scenario_4 cites 'A note: Second steps', which has no row .*", found[0])
    assert "one.scenario_5 cites 'torch.other.inner'" in found[1]


def test_a_wrong_number_is_named(suite):
    assert disagreements(suite(first=3)) == ["COVERAGE.md:7: 'A note: First steps' says 3, and 2 scenarios cite it."]


def test_a_row_without_clause_needs_a_reason(suite):
    found = disagreements(suite(CITES[:1] + CITES[2:], first=1, thing=0))
    assert found == ["COVERAGE.md:9: 'torch.thing' has no clause, and no reason why."]


def test_scripts_and_rows_name_each_other(suite):
    house = suite()
    (house.root / "lectures" / "hello.py").rename(house.root / "lectures" / "other.py")
    assert disagreements(house) == [
        "COVERAGE.md names the script 'hello', which does not exist.",
        "lectures/other.py stands in no row of COVERAGE.md.",
    ]


def test_a_row_stands_once(suite):
    house = suite()
    path = house.root / coverage.TABLE
    path.write_text(path.read_text().replace("| Threads |", "| `a note: first STEPS` |"))
    assert any("has 2 rows for 'a note: first steps'" in each for each in disagreements(house))


def test_numbers_are_written_anew_and_nothing_else(suite, capsys):
    house = suite(first=7, thing=0)
    assert coverage.main([str(house.root)]) == 1
    assert coverage.main([str(house.root), "--write"]) == 0
    assert (house.root / coverage.TABLE).read_text() == TABLE.format(first=2, thing=1)
    assert capsys.readouterr().out.endswith("6 rows, 0 disagreements\n")


SPOILED = {"| Threads | 0 | threads |": "| Threads | none | threads |", "| Threads | 0 |  |": "| Threads | 0 | a | b |"}


@pytest.mark.parametrize("row", SPOILED.values())
def test_what_is_no_table_is_a_sentence(row, suite, capsys):
    house = suite()
    path = house.root / coverage.TABLE
    path.write_text(path.read_text().replace("| Threads | 0 | threads |", row))
    assert coverage.main([str(house.root)]) == 2
    assert f"COVERAGE.md:8: {row!r} is no row" in capsys.readouterr().err
    path.unlink()
    assert coverage.main([str(house.root)]) == 2


def resolve(name):
    """What `name`, such as torch.autograd.grad, stands for. Raises AttributeError where it stands for nothing."""
    parts = re.sub("^FunctionCtx", "torch.autograd.function.FunctionCtx", name).split(".")
    for length in range(len(parts), 0, -1):
        with contextlib.suppress(ImportError):
            module = importlib.import_module(".".join(parts[:length]))
            return functools.reduce(getattr, parts[length:], module)
    raise AttributeError(name)


def references(citations):
    """The name and the section, which may be empty, of each citation of a reference page."""
    parts = (each.partition(": ") for each in citations)
    return [(name, section) for name, _, section in parts if re.fullmatch(r"(torch|FunctionCtx)[\w.]*", name)]


def rows():
    return list(coverage.rows((find_suite().root / coverage.TABLE).read_text(encoding="utf-8")))


def exists(name):
    try:
        resolve(name)
    except AttributeError:
        return False
    return True


def test_every_reference_exists():
    pytest.importorskip("torch")
    cited = {each for item in coverage.items(find_suite()) for each in coverage.citations(item)}
    names = {name for name, _ in references({row.citation for row in rows()} | cited)}
    assert len(names) > 100
    assert sorted(name for name in names if not exists(name)) == []


def says(name, word):
    """Whether the reference page of `name` has the word: as a parameter, or in its text."""
    thing = resolve(name)
    text = inspect.getdoc(thing) or ""
    with contextlib.suppress(TypeError, ValueError):
        text += str(inspect.signature(thing))
    return re.search(rf"\b{word}\b", text, re.IGNORECASE) is not None


def test_every_parameter_that_has_a_row_exists():
    pytest.importorskip("torch")
    cited = [(name, word) for name, word in references(row.citation for row in rows()) if word.isidentifier()]
    words = [(name, word) for name, word in cited if not inspect.ismodule(resolve(name))]
    assert len(words) > 80
    assert [f"{name}: {word}" for name, word in words if not says(name, word)] == []
