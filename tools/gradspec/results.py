"""What comes out of a run: a result for each item, and the record of them all, from which every report is derived."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Literal

import msgspec

from gradspec.compare import Difference
from gradspec.errors import CONFORMS, DIFFERS, HarnessError, UsageError

FORMAT = 1
Outcome = Literal["pass", "fail", "error", "unsupported", "timeout", "crash", "xfail", "xpass", "infrastructure"]

# Whether an implementation with this outcome still conforms; None: nobody knows, and nobody is blamed.
OUTCOMES: dict[Outcome, bool | None] = {
    "pass": True,
    "fail": False,
    "error": False,
    "unsupported": True,
    "timeout": False,
    "crash": False,
    "xfail": True,
    "xpass": False,
    "infrastructure": None,
}


class Header(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="record", tag="header"):
    """What was run, against what, and where. `versions` are those of the process that held the implementation.

    `shuffle` is the seed of the order in which the items were run; None: the order of the suite. `minimum`: how many
    have to run, lest a run of next to nothing be taken for a good one.
    """

    format: int
    gradspec: str
    implementation: str
    implementation_version: str
    oracle: str
    profile: str
    platform: str
    versions: dict[str, str]
    shuffle: int | None = None
    minimum: int = 1
    reading: str = ""  # where no adapter was named, what the general one read the implementation as


class Expectation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """That an item is known to fail: why, where that is tracked, and where it is written down."""

    reason: str
    link: str
    file: str
    line: int

    @property
    def place(self) -> str:
        return f"{self.file}:{self.line}"


class Stale(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An expected failure of an item that there is not, and what to do about it, in a sentence or two."""

    id: str
    expected: Expectation
    says: str


class Result(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="record", tag="scenario"):
    """What became of one item; `reason` says why where it is neither pass nor fail.

    expected: of `xfail` and `xpass`, what is said about it. An `xfail` keeps the differences and the reason of its failure.
    """

    id: str
    outcome: Outcome
    seconds: float
    differences: tuple[Difference, ...] = ()
    reason: str = ""
    clause: str = ""
    cites: str = ""
    source: str = ""
    expected: Expectation | None = None

    @property
    def chapter(self) -> str:
        return self.id.partition(".")[0]

    @property
    def ran(self) -> bool:
        return self.outcome not in ("unsupported", "infrastructure")

    def keeps(self, group: str) -> bool:
        """Whether it ran, and kept all of its promises of this group: `semantics` or `fidelity`."""
        compared = self.outcome in ("pass", "fail", "xpass") or (self.outcome == "xfail" and not self.reason)
        return compared and all(each.group != group for each in self.differences)


class Place(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A line of the implementation, and what is to be seen there."""

    file: str
    line: int
    says: str


class Suspicion(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is likely wrong, and how likely, from 0 to 1; a fault that looks alike, what to read, and what shows it."""

    misconception: str
    chance: float
    like: str
    read: str
    shown_by: tuple[str, ...]
    places: tuple[Place, ...] = ()


class Footer(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="record", tag="footer"):
    counts: dict[Outcome, int]
    seconds: float
    diagnosis: tuple[Suspicion, ...] = ()
    stale: tuple[Stale, ...] = ()


class Record(msgspec.Struct, frozen=True):
    """A whole run."""

    header: Header
    results: tuple[Result, ...]
    footer: Footer

    @property
    def exit_code(self) -> int:
        """0 conforms, 1 does not, or what is said to be expected is not so, 2 too little ran, 3 the harness failed."""
        verdicts = {OUTCOMES[each.outcome] for each in self.results}
        if None in verdicts:
            return HarnessError.exit_code
        if False in verdicts or self.footer.stale:
            return DIFFERS
        return CONFORMS if self.enough else UsageError.exit_code

    @property
    def ran(self) -> int:
        """How many items were run to a verdict."""
        return sum(each.ran for each in self.results)

    @property
    def enough(self) -> bool:
        return self.ran >= max(self.header.minimum, 1)

    @property
    def unexpected(self) -> list[Result]:
        """What stands between the implementation and conformance, or could not be judged."""
        return [each for each in self.results if OUTCOMES[each.outcome] is not True]


def footer_for(results: Iterable[Result], seconds: float, stale: Iterable[Stale] = ()) -> Footer:
    counts = Counter(each.outcome for each in results)
    return Footer({outcome: counts[outcome] for outcome in OUTCOMES if counts[outcome]}, seconds, stale=tuple(stale))
