"""Mutation testing: what is mutated, how a mutant is judged, and what is said of it."""

# ruff: noqa: E402 (whether the rest can be imported is what comes first)
import os
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

BENCH = Path(__file__).parents[1] / "bench"

pytest.importorskip("cosmic_ray", reason="mutants are made by cosmic-ray: `pip install 'gradspec[mutation]'`")
sys.path.append(str(BENCH))

from cosmic_ray.mutating import mutate_code
from mutation_testing import journal, judging, making, reporting, running, sampling
from mutation_testing.coverage import Kept
from mutation_testing.judging import Judge, Verdict
from mutation_testing.lines import changed_lines
from mutation_testing.making import Mutant, Source, compiled

from gradspec.faults.loading import package_root
from gradspec.selection import Selection, select
from gradspec.suite import find_suite

SMALL = '''
"""A docstring with 1 number."""
from __future__ import annotations

LIMIT = 10


def add(a: int | None, b: int = 2) -> int | None:
    while a < LIMIT and a != 5:
        a += b - 1
    return a


class Box:
    def empty(self):
        return lambda x: x * 2
'''

# What is put at the end of a copy of refgrad: one of these lines is executed by no scenario.
MORE = """
_plain = tensor


def tensor(data, **options):
    if data is Ellipsis:
        data = 1 + 1
    count = 3
    while count > 0:
        count = count - 1
    return _plain(data, **options)
"""


@pytest.fixture
def small(tmp_path):
    (tmp_path / "x.py").write_text(SMALL)
    return tmp_path


def test_what_is_mutated(small):
    made = making.make(small)
    assert made.annotations == 22  # eleven for each `|`
    found = {(each.operator, each.line, each.function) for each in made.mutants}
    assert ("NumberReplacer", 5, "") in found
    assert ("ReplaceComparisonOperator_Lt_LtE", 9, "add") in found
    assert ("ReplaceBinaryOperator_Mul_Add", 16, "Box.empty") in found
    assert not any(line == 2 for _, line, _ in found)


def test_a_mutant_is_what_cosmic_ray_makes(small):
    source = Source(small, "x.py")
    for each in making.make(small).mutants:
        text = source.mutated(each.operator, each.occurrence)
        assert text == mutate_code(SMALL, making.operators()[each.operator], each.occurrence)
        assert text != SMALL
    assert source.tree.get_code() == SMALL
    with pytest.raises(IndexError):
        source.mutated("NumberReplacer", 99)


def lines(before, after, line):
    return sorted(changed_lines(*(compiled(text, Path("x.py")) for text in (before, after)), line))


@pytest.mark.parametrize(
    ("old", "new", "line", "expected"),
    [
        ("LIMIT = 10", "LIMIT = 11", 5, [(1, "<module>", 5)]),
        ("b - 1", "b + 1", 10, [(8, "add", 10)]),
        ("a < LIMIT", "a <= LIMIT", 9, [(8, "add", 9), (8, "add", 10)]),  # a loop asks before it and in it
        ("b: int = 2", "b: int = 3", 8, [(1, "<module>", 8)]),
        ("x * 2", "x / 2", 16, [(16, "<lambda>", 16)]),
        ("return a", "return (a)", 11, []),
    ],
)
def test_which_lines_a_change_is_in(old, new, line, expected):
    assert lines(SMALL, SMALL.replace(old, new), line) == expected


@pytest.fixture(scope="module")
def judge(tmp_path_factory):
    folder = tmp_path_factory.mktemp("mutation")
    suite = find_suite()
    room = journal.open_room(folder, package_root(), suite)
    with (room.root / "__init__.py").open("a") as file:
        file.write(MORE)
    judge = Judge(suite, select(suite, Selection(chapters=("zeroing",))), room.folder)
    kept = Kept([], [], {})
    assert list(judge.measure(kept, running.sources(judge))) == list(range(len(judge.items)))
    yield judge
    judge.close()


def mutant(judge, operator, text):
    """The first mutant by `operator` behind `text`, which is in what was put at the end."""
    source = Source(judge.root, "__init__.py")
    line = source.text[: source.text.rindex(text)].count("\n") + 1
    places = list(source.places(making.operators()[operator]))
    number, column = next((n, at[1]) for n, (_, _, at) in enumerate(places) if at[0] == line)
    return Mutant("__init__.py", operator, number, line, column, "tensor")


def test_refgrad_as_it_is_survives(judge):
    assert judge.control() == ""


@pytest.mark.parametrize("cold", [False, True])
@pytest.mark.parametrize(
    ("operator", "text", "touching", "how"),
    [
        ("AddNot", "if data is Ellipsis", True, "observations"),
        ("ReplaceBinaryOperator_Add_Sub", "data = 1 + 1", False, ""),
        ("ReplaceBinaryOperator_Sub_Add", "count = count - 1", True, "timeout"),
        ("ReplaceComparisonOperator_Gt_NotEq", "while count > 0", True, ""),
    ],
)
def test_a_mutant_is_judged(judge, monkeypatch, operator, text, touching, how, cold):
    monkeypatch.setattr(judging, "SECONDS", 0.5)
    monkeypatch.setattr(judging, "PATIENT", 2)
    verdict = judge.judge(mutant(judge, operator, text), cold)
    assert bool(verdict.touching) == touching
    assert verdict.killed == bool(how)
    assert (verdict.how == how) or (how == "observations" and verdict.how)
    assert text in verdict.before
    assert not verdict.invalid


def test_a_sample_is_drawn_in_proportion():
    mutants = [
        Mutant(file, "AddNot", n, n, 0, "") for file, count in (("a", 60), ("b", 30), ("c", 10)) for n in range(count)
    ]
    assert sampling.shares(mutants, 10) == {"a": 6, "b": 3, "c": 1}
    assert sum(sampling.shares(mutants, 7).values()) == 7
    first, again, other = (
        [list(each) for each in sampling.in_random_order(mutants, seed).values()] for seed in ("1", "1", "2")
    )
    assert first == again != other
    low, high = sampling.interval(970, 1000)
    assert 0.957 < low < 0.97 < high < 0.98


def test_what_was_written_last_may_be_half_a_line(tmp_path):
    path = tmp_path / "verdicts.jsonl"
    whole = Verdict(Mutant("a.py", "AddNot", 0, 1, 0, ""), 3, "x.y", "values")
    path.write_bytes(msgspec.json.encode(whole) + b"\n" + msgspec.json.encode(whole)[:20])
    assert list(journal.read_verdicts(path)) == [whole]
    assert list(journal.read_verdicts(tmp_path / "none")) == []


def test_it_is_reported(tmp_path):
    def verdict(n, **more):
        return Verdict(Mutant("a.py", "AddNot", n, n, 0, "f"), 2, before=f"if {n}:", after=f"if not {n}:", **more)

    verdicts = [verdict(1, by="x.y", how="values"), verdict(2), verdict(3), verdict(4, by="x.y", how="timeout")]
    triage = [reporting.Triage("equivalent", "It does not matter.", (reporting.Place(file="a.py", before="if 2:"),))]
    room = journal.Room(tmp_path, "p" * 12, "s" * 12)
    made = making.Making([each.mutant for each in verdicts], 0)
    report = reporting.Report(room, made, running.Chosen(made.mutants, 1, 4, "seed"), verdicts, triage, 9)
    assert report.summary().startswith("2 of 4 mutants killed: 50.00%")
    assert [each.mutant.line for each in report.open] == [3]
    text = report.document("the command")
    assert "| a.py | 4 | 2 | 2 | 0 |" in text
    assert "**equivalent**: It does not matter. (1)" in text
    assert "1 do not end" in text
    assert "Without the equivalent ones 66.67% are killed." in text


def test_every_triage_entry_has_a_kind():
    entries = reporting.read_triage(BENCH / "mutation_triage.toml")
    assert {each.kind for each in entries} <= set(reporting.KINDS)
    assert all(each.reason.endswith(".") for each in entries)


def test_the_command_says_what_is_wrong():
    found = subprocess.run(
        [sys.executable, BENCH / "mutation.py", "--sample", "0"],
        capture_output=True,
        text=True,
        env=os.environ,
        check=False,
    )
    assert found.returncode == 2
    assert found.stderr == "mutation.py: A sample has one mutant at least, and is judged by one process at least.\n"
