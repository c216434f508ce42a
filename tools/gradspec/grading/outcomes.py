"""From what happened to a question to its outcome, in one of a dozen words, and a reason that can be told."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import islice

import msgspec

from gradspec.compare import ALL_FACETS, Difference, close, differences
from gradspec.grading.model import Outcome, Question, Verdict
from gradspec.process import Crashed, TimedOut
from gradspec.runner import Ending
from gradspec.trace import (
    Broken,
    Declined,
    Denied,
    Number,
    Observation,
    Raised,
    Ran,
    Refused,
    Scalar,
    Tensor,
    Trace,
    Traced,
    Value,
    show,
    uncaught,
)

KEPT = 5  # differences of a verdict
LOOKED_AT = 50  # differences, of which some tell the outcome
LONGEST = 600  # characters of anything that a submission says
FILE_TOO_LARGE = "[Errno 27]"  # how Python says that a file of limited size is full

OF_CRASH: dict[str, Outcome] = {
    "ended": "killed",
    "babbled": "killed",
    "timeout": "timeout",
    "out of memory": "out of memory",
    "output flood": "output flood",
}
# Of the facets in which one observation differs, the first of these decides.
DECISIVE: tuple[tuple[str, Outcome], ...] = (
    ("raised", "exception"),
    ("error_type", "exception"),
    ("message", "exception"),
    ("shape", "wrong shape"),
)


def judge(question: Question, ending: Ending | Ran | Refused, facets: frozenset[str] = ALL_FACETS) -> Verdict:
    """The verdict on `question`, whose run in the jail ended as `ending`; only `facets` are compared."""
    match ending:
        case Traced(observations=found):
            return _compared(question, found, facets.difference(question.ignores))
        case Crashed(reason=reason, kind=kind):
            return verdict(question, OF_CRASH[kind], _sentence(reason))
        case TimedOut(reason=reason):
            return verdict(question, "timeout", _sentence(reason))
        case Denied(reason=reason):
            return verdict(question, "import denied", _sentence(reason))
        case Declined(reason=reason):
            return verdict(question, "unsupported", _sentence(reason))
        case Broken(reason=reason) | Refused(reason=reason):  # the question ran on PyTorch: it is not to blame
            return verdict(question, "exception", _sentence(reason))
    return verdict(question, "killed", "It gave an answer to something else.")


def verdict(question: Question, outcome: Outcome, reason: str = "") -> Verdict:
    return Verdict(question.id, question.item, outcome, shortened(reason))


def _sentence(reason: str) -> str:
    reason = reason.strip()
    return f"{reason[:1].upper()}{reason[1:]}{'' if reason.endswith('.') else '.'}"


def shortened(text: str) -> str:
    """`text` of a length that can be told, without what no text should have in it."""
    text = "".join(each if each.isprintable() or each == "\n" else "�" for each in text[: LONGEST + 1])
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}..."


def _compared(question: Question, found: Trace, facets: frozenset[str]) -> Verdict:
    looked_at = list(islice(differences(question.expected, found, facets), LOOKED_AT))
    if not looked_at:
        return Verdict(question.id, question.item, "pass")
    outcome, reason = _outcome(question, found, looked_at)
    kept = tuple(
        msgspec.structs.replace(
            each, label=shortened(each.label), expected=shortened(each.expected), found=shortened(each.found)
        )
        for each in looked_at[:KEPT]
    )
    return Verdict(
        question.id, question.item, outcome, shortened(reason), kept, largest_error(question.expected, found)
    )


def _outcome(question: Question, found: Trace, looked_at: list[Difference]) -> tuple[Outcome, str]:
    error, known = uncaught(found), uncaught(question.expected)
    if error is None and _short_of_memory(looked_at, found):
        return "out of memory", "It ran out of memory."
    if error is not None and known is None:
        return _of_error(error)
    if known is not None and error is None:
        return "exception", f"PyTorch raises {show(known)} here, and nothing was raised."
    first = looked_at[0]
    place = _place(first.label)
    together = {each.facet: each for each in looked_at if _place(each.label) == place}
    for facet, outcome in DECISIVE:
        if facet in together:
            return outcome, _reason(together[facet], found)
    observation = next((each for each in found if each.label == place), None)
    is_number = bool(together.keys() & {"values", "number", "kind"})
    if place in question.gradients and is_number and not _is_truth(observation):
        return "wrong gradient", f"The gradient is wrong at {place!r}."
    if is_number:
        return "wrong value", f"The value is wrong at {place!r}."
    return "wrong value", f"At {place!r} differs: {', '.join(together)}."


def _of_error(error: Raised) -> tuple[Outcome, str]:
    if error.type == "MemoryError":
        return "out of memory", "It ran out of memory."
    if error.type == "OSError" and FILE_TOO_LARGE in error.message:
        return "output flood", "It printed more than it may."
    return "exception", f"It raised {show(error)}, where PyTorch raises nothing."


def _short_of_memory(looked_at: list[Difference], found: Trace) -> bool:
    raised = {each.label for each in found if isinstance(each.value, Raised) and each.value.type == "MemoryError"}
    return any(_place(each.label) in raised for each in looked_at)


def _reason(difference: Difference, found: Trace) -> str:
    place = _place(difference.label)
    match difference.facet:
        case "raised":
            value = next((each.value for each in found if each.label == place), None)
            if isinstance(value, Raised):
                return f"At {place!r} it raised {difference.found}, where PyTorch raises nothing."
            return f"At {place!r} PyTorch raises {difference.expected}, and nothing was raised."
        case "shape":
            return f"The shape is {difference.found} at {place!r}, and should be {difference.expected}."
        case _:
            return f"At {place!r} another error is right: {difference.expected}."


def _place(label: str) -> str:
    """The label of the observation: elements of a sequence add their place to it."""
    head, bracket, rest = label.rpartition(" [")
    return head if bracket and rest.rstrip("]").isdigit() else label


def _is_truth(observation: Observation | None) -> bool:
    """Whether it is a truth about a gradient, and no gradient: that it is the same object, say."""
    value = observation.value if observation is not None else None
    return isinstance(value, Scalar) and isinstance(value.value, bool)


def largest_error(expected: Trace, found: Trace) -> float | None:
    """The largest relative error of a number that differs, absolute where zero is right; None where none tells."""
    errors = [
        each
        for ours, theirs in zip(expected, found, strict=False)
        if ours.label == theirs.label
        for each in _errors(ours.value, theirs.value)
    ]
    return max(errors, default=None)


def _errors(expected: Value, found: Value) -> Iterator[float]:
    match expected, found:
        case Tensor(values=ours), Tensor(values=theirs) if len(ours) == len(theirs):
            for pair in zip(ours, theirs, strict=True):
                yield from _error(*pair)
        case Scalar(value=one), Scalar(value=other):
            yield from _error(one, other)


def _error(expected: Number, found: Number) -> Iterator[float]:
    if isinstance(expected, tuple) or isinstance(found, tuple):
        pairs = (each if isinstance(each, tuple) else (each, 0.0) for each in (expected, found))
        for pair in zip(*pairs, strict=True):
            yield from _error(*pair)
    elif not (isinstance(expected, str) or isinstance(found, str) or close(expected, found, (0.0, 0.0))):
        try:
            error = abs(float(found) - float(expected)) / (abs(float(expected)) or 1.0)
        except OverflowError:  # an int beyond every float
            return
        if math.isfinite(error):
            yield error
