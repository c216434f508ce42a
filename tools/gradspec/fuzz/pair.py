"""An implementation and its oracle, each in a worker, side by side: programs go in, differences come out."""

from __future__ import annotations

from collections.abc import Sequence
from types import TracebackType
from typing import Self

import msgspec

from gradspec.compare import Difference
from gradspec.errors import UsageError
from gradspec.fuzz.judging import judge, symptom
from gradspec.oracle import load_torch
from gradspec.programs.program import Program, encode
from gradspec.runner import Limits, ProgramEnding, WorkerRunner
from gradspec.trace import Trace

LIMITS = Limits(scenario=20.0, loading=120.0)
TRIES = 5  # more runs of a program on the oracle, where the implementation was lost on it


class Finding(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A program that shows a difference, with both traces (found: None where the worker was lost)."""

    program: Program
    difference: Difference
    expected: Trace
    found: Trace | None


class Pair:
    """Two workers: `against`, by default torch, says what is right, and `implementation` is held to it."""

    def __init__(self, implementation: str, against: str = "torch") -> None:
        if implementation == against:
            raise UsageError(f"{implementation} would be held against itself: name another with `--against`.")
        self.oracle, self.tested = WorkerRunner(against, LIMITS), WorkerRunner(implementation, LIMITS)
        self.oracle.start()
        self.tested.start()
        try:
            oracle = load_torch(self.oracle) if against == "torch" else self.oracle.load()
            self.loaded = self.tested.load()
        except BaseException:
            self.close()
            raise
        self.capabilities = frozenset(self.loaded.capabilities) & frozenset(oracle.capabilities)
        self.facets = frozenset(self.loaded.facets) & frozenset(oracle.facets)

    def send(self, programs: Sequence[Program]) -> None:
        """Begin to run programs on both, while this process does something else."""
        self._encoded = [encode(each) for each in programs]
        self.oracle.send_programs(self._encoded)
        self.tested.send_programs(self._encoded)

    def receive(self, programs: Sequence[Program]) -> list[Finding | None]:
        """What the programs that were sent last have shown, one for each."""
        expected = self.oracle.receive_programs(self._encoded)
        found = self.tested.receive_programs(self._encoded)
        return [self._finding(*each) for each in zip(programs, expected, found, strict=True)]

    def run(self, programs: Sequence[Program]) -> list[Finding | None]:
        """What each of `programs` shows."""
        if not programs:
            return []
        self.send(programs)
        return self.receive(programs)

    def _finding(self, program: Program, expected: ProgramEnding, found: ProgramEnding) -> Finding | None:
        if "versions" not in self.capabilities:
            expected, found = without_versions(expected), without_versions(found)
        difference = judge(program, expected, found, self.facets)
        if difference is None:
            return None
        assert isinstance(expected, tuple)
        if not isinstance(found, tuple) and not self._oracle_survives(program):
            return None
        return Finding(program, difference, expected, found if isinstance(found, tuple) else None)

    def _oracle_survives(self, program: Program) -> bool:
        """Whether what has cost the implementation its process never costs the oracle its own: memory may decide."""
        alone = [encode(program)]
        return all(isinstance(self.oracle.run_programs(alone)[0], tuple) for _ in range(TRIES))

    def close(self) -> None:
        self.oracle.close()
        self.tested.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.close()


def without_versions(ending: ProgramEnding) -> ProgramEnding:
    """A trace without the version counters, which one of the two does not have."""
    if not isinstance(ending, tuple):
        return ending
    return tuple(each for each in ending if not each.label.endswith("._version"))


def same_symptom(a: Finding, b: Finding | None) -> bool:
    return b is not None and symptom(a.difference) == symptom(b.difference)
