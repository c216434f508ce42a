"""How soon the fuzzer finds the faults of the bank: each fault is held to PyTorch on one and the same series of programs.

The programs are those of a campaign with the same seed. They are drawn, and run on PyTorch and on refgrad as it is, once;
where these two differ, a difference is no sign of the fault and does not count.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Self

import msgspec

from gradspec.compare import Difference
from gradspec.errors import UsageError
from gradspec.faults import PREFIX, bank
from gradspec.faults.loading import PACKAGE
from gradspec.fuzz.batch import AT_A_TIME, Task, draw, held, release
from gradspec.fuzz.campaign import BATCH
from gradspec.fuzz.executors import make_executor
from gradspec.fuzz.judging import LOST, differences, failing_statement
from gradspec.fuzz.pair import LIMITS, Finding, Pair
from gradspec.fuzz.shrinking import shrink
from gradspec.programs.program import Program, encode
from gradspec.runner import ProgramEnding, WorkerRunner
from gradspec.selection import matching

ORACLE = "torch"


@dataclass(frozen=True)
class Plan:
    """Which faults to look for, and with which programs."""

    faults: tuple[str, ...]
    programs: int = 2000
    seed: int = 0
    jobs: int = 1


class Measured(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """After how many programs a fault was found, and the one that showed it, shrunk; None where none did."""

    fault: str
    programs: int | None = None
    finding: Finding | None = None


@dataclass(frozen=True)
class Known:
    """A program with what is known of it: what PyTorch leaves behind, what refgrad does, and where these two differ."""

    program: Program
    expected: ProgramEnding
    honest: ProgramEnding
    differing: frozenset[str]


def choose(keyword: str) -> tuple[str, ...]:
    """The faults whose name or misconception matches the expression. Raises UsageError where there is none."""
    known = {f"{each.name} ({each.misconception})": each.name for each in bank().values()}
    chosen = tuple(known[each] for each in matching(keyword, known))
    if not chosen:
        raise UsageError("No fault is selected; `gradspec faults` lists them.")
    return chosen


def run_measurement(plan: Plan) -> Iterator[Measured]:
    """Look for each fault of `plan`, in the order in which they are found."""
    executor = make_executor(plan.jobs)
    try:
        for _, answer in executor.map_tasks(measure_one, [(name, plan.programs, plan.seed) for name in plan.faults]):
            yield msgspec.json.decode(answer, type=Measured)
    finally:
        executor.close()
        release()


def measure_one(name: str, programs: int, seed: int) -> bytes:
    """Look for the fault `name`: a Measured as JSON."""
    drawn = series(programs, seed)
    with Suspect(name, *pair_of_honest()) as suspect:
        for start in range(0, len(drawn), AT_A_TIME):
            findings = suspect.judge(drawn[start : start + AT_A_TIME])
            for place, finding in enumerate(findings, start + 1):
                if finding is not None:
                    return msgspec.json.encode(Measured(name, place, shrink(finding, suspect)))
    return msgspec.json.encode(Measured(name))


def pair_of_honest() -> tuple[Pair, frozenset[str]]:
    """The workers of this process that run PyTorch and refgrad as it is, and the facets that both have."""
    pair, _ = held(PACKAGE, ORACLE)
    return pair, pair.facets


@functools.cache
def series(programs: int, seed: int) -> tuple[Known, ...]:
    """The programs of a campaign, and what is known of them."""
    pair, drawing = held(PACKAGE, ORACLE)
    found: list[Known] = []
    for number, first in enumerate(range(0, programs, BATCH)):
        task = Task(PACKAGE, ORACLE, seed, number, min(BATCH, programs - first))
        drawn = draw(task, drawing)
        for start in range(0, len(drawn), AT_A_TIME):
            found += known_of(drawn[start : start + AT_A_TIME], pair)
    return tuple(found)


def known_of(programs: Sequence[Program], pair: Pair) -> list[Known]:
    """What PyTorch and refgrad as it is make of `programs`."""
    encoded = [encode(each) for each in programs]
    for runner in (pair.oracle, pair.tested):
        runner.send_programs(encoded)
    traces = zip(pair.oracle.receive_programs(encoded), pair.tested.receive_programs(encoded), strict=True)
    return [known(program, *both, pair.facets) for program, both in zip(programs, traces, strict=True)]


def known(program: Program, expected: ProgramEnding, honest: ProgramEnding, facets: frozenset[str]) -> Known:
    differing = frozenset(place(each, program) for each in differences(program, expected, honest, facets))
    return Known(program, expected, honest, differing)


def place(difference: Difference, program: Program) -> str:
    """Where a difference shows: a statement, or a name at the end."""
    return difference.label.partition(" [")[0] or failing_statement(difference, program)


class Suspect:
    """refgrad with a fault in it, beside PyTorch and refgrad as it is."""

    def __init__(self, name: str, honest: Pair, facets: frozenset[str]) -> None:
        self.honest, self.facets = honest, facets
        self.runner = WorkerRunner(PREFIX + name, LIMITS)
        self.runner.load()

    def run(self, programs: Sequence[Program]) -> list[Finding | None]:
        """What each of `programs` shows of the fault. PyTorch is asked where refgrad and refgrad with the fault differ."""
        if not programs:
            return []
        encoded = [encode(each) for each in programs]
        for runner in (self.honest.tested, self.runner):
            runner.send_programs(encoded)
        honest = self.honest.tested.receive_programs(encoded)
        found = self.runner.receive_programs(encoded)
        asked = [i for i, (ours, theirs) in enumerate(zip(honest, found, strict=True)) if ours != theirs]
        findings: list[Finding | None] = [None] * len(programs)
        if asked:
            answers = self.honest.oracle.run_programs([encoded[i] for i in asked])
            for i, expected in zip(asked, answers, strict=True):
                findings[i] = self._finding(known(programs[i], expected, honest[i], self.facets), found[i])
        return findings

    def judge(self, series: Sequence[Known]) -> list[Finding | None]:
        """The same, of programs of which all the rest is known already."""
        endings = self.runner.run_programs([encode(each.program) for each in series])
        return [self._finding(*each) for each in zip(series, endings, strict=True)]

    def _finding(self, known: Known, found: ProgramEnding) -> Finding | None:
        if found == known.honest or not isinstance(known.expected, tuple):
            return None
        for each in differences(known.program, known.expected, found, self.facets):
            lost = each.facet == LOST and isinstance(known.honest, tuple)
            if lost or place(each, known.program) not in known.differing:
                return Finding(known.program, each, known.expected, found if isinstance(found, tuple) else None)
        return None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.runner.close()
