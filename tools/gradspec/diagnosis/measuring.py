"""How often a diagnosis is right: variants of the bank's faults, each compared with the bank without the fault it is of.

A variant is other code of the same misconception. Pairs are two variants at once, of different misconceptions. Right is
the misconception, not the fault: that one is not in the bank then. What is chosen by trying is chosen by the faults of the
bank alone, each left out of it in turn; variants are for measuring.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from gradspec.diagnosis.diagnosing import SURE, likeness_of
from gradspec.diagnosis.fingerprints import read_fingerprints
from gradspec.diagnosis.likeness import Likely, Likeness, chances
from gradspec.diagnosis.signs import Fingerprint
from gradspec.faults import Fault, find, variants
from gradspec.strength.measuring import Plan, Struck, run_strength

PAIRS = 60
SEED = "pairs"


@dataclass(frozen=True)
class Trial:
    """What came of a variant, or of a pair: how many scenarios fail, and the misconceptions, the likeliest first."""

    name: str
    misconceptions: tuple[str, ...]
    failing: int
    likely: tuple[Likely, ...] = ()
    problem: str = ""

    @property
    def place(self) -> int | None:
        """Where the first right misconception stands, counted from 1; None where nothing is said at all."""
        named = enumerate((each.misconception for each in self.likely), 1)
        return next((place for place, each in named if each in self.misconceptions), None)

    @property
    def told(self) -> bool:
        """Whether a person would be told, or the diagnosis is not sure enough."""
        return bool(self.likely) and self.likely[0].chance >= SURE


@dataclass(frozen=True)
class LeftOut:
    """A fault of the bank, compared with the others: where its misconception comes, and the chance of the first."""

    name: str
    place: int
    chance: float

    @property
    def told(self) -> bool:
        return self.chance >= SURE


def leave_out(bank: Likeness) -> list[LeftOut]:
    """Each fault of the bank, left out of it."""
    made = []
    for name, group, scores in zip(bank.faults, bank.group_of, bank.left_out(), strict=False):
        made.append(LeftOut(name, 1 + int((scores > scores[group]).sum()), float(chances(scores).max())))
    return made


def pairs(count: int = PAIRS) -> tuple[str, ...]:
    """Two variants each, of different misconceptions; the same ones every time."""
    chance, known = random.Random(SEED), [variants()[name] for name in sorted(variants())]
    found = dict[str, None]()
    while len(found) < count:
        one, other = chance.sample(known, 2)
        if one.misconception != other.misconception:
            found[f"{one.name}+{other.name}"] = None
    return tuple(found)


def known_faults() -> Likeness:
    """The bank's fingerprints that come with gradspec."""
    return likeness_of(read_fingerprints())


def run_trials(names: Iterable[str], jobs: int = 1) -> Iterator[Trial]:
    """Run the suite on each of these, and compare what fails with the bank without what they are variants of."""
    bank = known_faults()
    for each in run_strength(Plan(tuple(names), jobs=jobs)):
        yield trial(each, each.fingerprint, bank)


def trial(struck: Struck, shown: Fingerprint, bank: Likeness) -> Trial:
    """The trial of one fault that was run."""
    parts = [find(name) for name in struck.fault.split("+")]
    right = tuple(each.misconception for each in parts)
    if struck.problem or not shown:
        return Trial(struck.fault, right, len(shown), problem=struck.problem or "the suite does not notice it")
    likely = bank.compare(shown, without={origin(each) for each in parts})
    return Trial(struck.fault, right, len(shown), tuple(likely))


def origin(fault: Fault) -> str:
    """The fault that is to be left out of the bank."""
    return fault.of or fault.name
