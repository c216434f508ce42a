"""The matrix as data: the clauses in reading order, a column for each implementation, and what stands in a cell."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Literal

from gradspec.adapters import FIDELITY, SEMANTICS
from gradspec.outline import Chapter, Clause
from gradspec.results import Record, Result

Standing = Literal[
    "pass", "fidelity", "fail", "error", "timeout", "crash", "xfail", "xpass", "unsupported", "infrastructure", "absent"
]
# What becomes of a clause in one cell, with the sign that a page shows for it and what that means.
STANDINGS: dict[Standing, tuple[str, str]] = {
    "pass": ("●", "leaves the trace that PyTorch leaves"),
    "fidelity": ("◐", "keeps the semantics; a dtype, a name, a message or a printed text differs"),
    "fail": ("✕", "a value, a shape, a flag, or whether it raises differs"),
    "error": ("!", "an error ended it where PyTorch raises none"),
    "timeout": ("◷", "there was no answer in time"),
    "crash": ("†", "it took its process down with it"),
    "xfail": ("⊘", "fails, as is expected of it"),
    "xpass": ("⊕", "passes where a failure is expected"),
    "unsupported": ("○", "needs what the implementation does not claim to offer: neither pass nor fail"),
    "infrastructure": ("?", "nobody knows: the harness failed"),
    "absent": ("–", "was not run"),
}
KEPT: frozenset[Standing] = frozenset(("pass",))
BROKEN: frozenset[Standing] = frozenset(("fail", "error", "timeout", "crash", "xfail", "xpass"))
SILENT: frozenset[Standing] = frozenset(("unsupported", "infrastructure", "absent"))


def standing(result: Result | None) -> Standing:
    """What stands in the cell of `result`; None: there is none."""
    if result is None:
        return "absent"
    if result.outcome == "fail" and result.keeps(SEMANTICS):
        return "fidelity"
    return result.outcome


@dataclass(frozen=True)
class Tally:
    """Clauses by their standing; of those that ran, how many kept all of their semantics, and all of their fidelity."""

    counts: Counter[Standing]
    semantics: int
    fidelity: int

    @property
    def total(self) -> int:
        return self.counts.total()

    @property
    def ran(self) -> int:
        return self.total - sum(self.counts[each] for each in SILENT)

    @property
    def failed(self) -> int:
        """Ran, and did not pass: in semantics or in fidelity."""
        return self.ran - self.counts["pass"]


@dataclass(frozen=True)
class Column:
    """One implementation: the record of its run, under a name that no other column has; source: a file it came from."""

    name: str
    record: Record
    source: str = ""

    @cached_property
    def results(self) -> dict[str, Result]:
        return {each.id: each for each in self.record.results}

    @property
    def version(self) -> str:
        return self.record.header.implementation_version

    def tally(self, clauses: Iterable[Clause]) -> Tally:
        found = [self.results.get(each.item.id) for each in clauses]
        ran = [each for each in found if each is not None and each.ran]
        kept = (sum(each.keeps(group) for each in ran) for group in (SEMANTICS, FIDELITY))
        return Tally(Counter(map(standing, found)), *kept)


@dataclass(frozen=True)
class Matrix:
    """Implementations by clauses. date: of the day on which it was made, in UTC; command: what makes it again."""

    chapters: tuple[Chapter, ...]
    columns: tuple[Column, ...]
    profile: str
    gradspec: str
    date: str
    command: str

    @property
    def clauses(self) -> tuple[Clause, ...]:
        return tuple(clause for chapter in self.chapters for clause in chapter.clauses)

    @property
    def standings(self) -> list[Standing]:
        """Those that occur."""
        found = {standing(column.results.get(each.item.id)) for column in self.columns for each in self.clauses}
        return [each for each in STANDINGS if each in found]


def columns(records: Iterable[tuple[Record, str]]) -> tuple[Column, ...]:
    """A column for each record, with the file that it was read from, under the shortest name that tells it apart."""
    records = list(records)
    full = [record.header.implementation for record, _ in records]
    short = [Path(each).name or each for each in full]
    names: list[str] = []
    for long, brief in zip(full, short, strict=True):
        name = brief if short.count(brief) == 1 else long
        again = sum(each == name or each.startswith(f"{name} (") for each in names)
        names.append(f"{name} ({again + 1})" if again else name)
    return tuple(Column(name, *each) for name, each in zip(names, records, strict=True))
