"""What travels through grading, as frozen values with one JSON form."""

from __future__ import annotations

from typing import Literal

import msgspec

from gradspec.compare import Difference
from gradspec.trace import Trace

Outcome = Literal[
    "pass",
    "wrong gradient",
    "wrong value",
    "wrong shape",
    "exception",
    "timeout",
    "out of memory",
    "killed",
    "output flood",
    "import denied",
    "unsupported",
    "infrastructure",
]
Visibility = Literal["visible", "hidden", "after_due_date", "after_published"]
Partial = Literal["proportional", "all"]


class Selected(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What an item of a rubric asks: chapters, scenarios (ids, with * for any part), random programs, or several."""

    chapters: tuple[str, ...] = ()
    scenarios: tuple[str, ...] = ()
    programs: int = 0  # how many
    operators: tuple[str, ...] = ()  # those that the random programs are made of; none: the common ones


class RubricItem(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One line of a rubric. `needs` names items: while one of them is without a point, this one is skipped."""

    id: str
    title: str
    points: float
    select: Selected
    visibility: Visibility = "visible"
    partial: Partial = "proportional"
    needs: tuple[str, ...] = ()
    hint: str = ""


class Rubric(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is asked for, and what it is worth.

    forbid: libraries that a submission may neither import nor carry along. facets: those that count; the others are
    not compared. seconds, memory, output: what one scenario may take, in seconds; bytes of memory; bytes of output.
    """

    name: str
    items: tuple[RubricItem, ...]
    entry: str = ""  # the file or package of a submission that is the implementation; none: found by looking
    forbid: tuple[str, ...] = ()
    facets: tuple[str, ...] = ()
    seconds: float = 10.0
    memory: int = 1 << 30
    output: int = 1 << 20


class Question(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One thing to be run in the jail, and what PyTorch left behind: the second never enters the jail."""

    id: str  # of the scenario; `programs.N` for a random program
    item: str  # of the rubric
    request: msgspec.Raw  # what the worker is asked, without `number`
    expected: Trace
    needs: tuple[str, ...] = ()
    clause: str = ""
    cites: str = ""
    script: str = ""  # to be pasted: the same question on other inputs, with what PyTorch answers as comments
    fresh: bool = True  # whether its inputs are of this run; False: they are the published ones
    gradients: tuple[str, ...] = ()  # the labels at which a gradient is observed
    ignores: tuple[str, ...] = ()  # facets in which it need not agree, whatever the rubric counts


class Exam(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All questions of one run. `seed` is the secret that its inputs were drawn with; `suite` its version.

    left_out: items that ask for more than the oracle can answer, and why; one without any question counts for nothing.
    """

    seed: str
    suite: str
    rubric: str  # its digest
    oracle: str
    questions: tuple[Question, ...]
    left_out: dict[str, str] = {}


class Submission(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What was handed in: `name` is that of its file or folder, `digest` the SHA-256 of all that is in it."""

    name: str
    path: str
    digest: str


class Verdict(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What became of one question. `error` is the largest relative error of a number, where numbers differ."""

    question: str
    item: str
    outcome: Outcome
    reason: str = ""
    differences: tuple[Difference, ...] = ()  # the first few
    error: float | None = None


class Sitting(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One submission's whole exam. `refused` says, in a sentence, why nothing of it was run."""

    submission: Submission
    tier: str  # of the jail
    verdicts: tuple[Verdict, ...]
    refused: str = ""
    outcome: Outcome | None = None  # of a refused one
    notes: tuple[str, ...] = ()  # what was left out or changed when it was staged
