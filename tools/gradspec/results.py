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

    `shuffle` is the seed of the order in which the items were run; None: the order of the suite.
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


class Result(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="record", tag="scenario"):
    """What became of one item; `reason` says why where it is neither pass nor fail."""

    id: str
    outcome: Outcome
    seconds: float
    differences: tuple[Difference, ...] = ()
    reason: str = ""
    clause: str = ""
    cites: str = ""
    source: str = ""

    @property
    def chapter(self) -> str:
        return self.id.partition(".")[0]

    @property
    def ran(self) -> bool:
        return self.outcome not in ("unsupported", "infrastructure")

    def keeps(self, group: str) -> bool:
        """Whether it ran, and kept all of its promises of this group: `semantics` or `fidelity`."""
        return self.outcome in ("pass", "fail") and all(each.group != group for each in self.differences)


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


class Record(msgspec.Struct, frozen=True):
    """A whole run."""

    header: Header
    results: tuple[Result, ...]
    footer: Footer

    @property
    def exit_code(self) -> int:
        """0 conforms, 1 does not, 2 nothing ran, 3 the harness failed."""
        verdicts = {OUTCOMES[each.outcome] for each in self.results}
        if None in verdicts:
            return HarnessError.exit_code
        if False in verdicts:
            return DIFFERS
        return CONFORMS if any(each.ran for each in self.results) else UsageError.exit_code


def footer_for(results: Iterable[Result], seconds: float) -> Footer:
    counts = Counter(each.outcome for each in results)
    return Footer({outcome: counts[outcome] for outcome in OUTCOMES if counts[outcome]}, seconds)
