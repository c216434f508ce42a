"""The same run several times over: whether every verdict holds, whatever ran before."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from gradspec.errors import DIFFERS, HarnessError, UsageError
from gradspec.results import Outcome, Record, Result

RANDOM = "random"
SEEDS = 1 << 31


@dataclass(frozen=True)
class Repeated:
    """The records of several runs of the same items."""

    records: tuple[Record, ...]

    @property
    def changed(self) -> list[tuple[Result, ...]]:
        """What each run made of an item, for each item whose outcome was not the same in all of them."""
        items = zip(*(record.results for record in self.records), strict=True)
        return [item for item in items if len({each.outcome for each in item}) > 1]

    @property
    def exit_code(self) -> int:
        """3 if the harness failed in some run, 1 if a verdict changed, else that of every single run."""
        codes = [record.exit_code for record in self.records]
        if HarnessError.exit_code in codes:
            return HarnessError.exit_code
        return DIFFERS if self.changed else codes[0]


def seeds(shuffle: str, times: int) -> list[int | None]:
    """The seed of the order of each run: one after the other from `shuffle`, which is a number or `random`.

    None, for the order of the suite, where `shuffle` is empty. Raises UsageError for anything else.
    """
    if not shuffle:
        return [None] * times
    first = one_seed(shuffle)
    return list(range(first, first + times))


def one_seed(text: str) -> int:
    """The seed that `text` names: a number, or `random`. Raises UsageError for anything else."""
    if not (text == RANDOM or (text.isascii() and text.isdigit() and len(text) < 20)):
        raise UsageError(f"{text!r} is no seed: give a whole number that is not negative, or `{RANDOM}`.")
    return secrets.randbelow(SEEDS) if text == RANDOM else int(text)


def runs_by_outcome(item: tuple[Result, ...]) -> dict[Outcome, list[int]]:
    """The numbers of the runs, from 1, that came to each outcome, in order of appearance."""
    found: dict[Outcome, list[int]] = {}
    for number, result in enumerate(item, 1):
        found.setdefault(result.outcome, []).append(number)
    return found
