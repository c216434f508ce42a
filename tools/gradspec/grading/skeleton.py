"""What two traces of a scenario have in common whose inputs differ: everything but the numbers."""

from __future__ import annotations

import re

from gradspec.trace import Number, Observation, Raised, Scalar, Sequence, Tensor, Text, Trace, Value


def same_skeleton(golden: Trace, fresh: Trace) -> bool:
    """Whether two traces differ in their numbers alone."""
    return len(golden) == len(fresh) and all(map(_same_observation, golden, fresh))


def _same_observation(ours: Observation, theirs: Observation) -> bool:
    return (
        _wordless(ours.label) == _wordless(theirs.label)
        and [each.category for each in ours.warnings] == [each.category for each in theirs.warnings]
        and _same_value(ours.value, theirs.value)
    )


def _wordless(label: str) -> str:
    return re.sub(r"\d+(\.\d+)?(e[-+]\d+)?", "#", label)


def _same_value(ours: Value, theirs: Value) -> bool:
    match ours, theirs:
        case Tensor(), Tensor():
            about = [
                (each.shape, each.dtype, each.requires_grad, each.is_leaf, each.grad_fn) for each in (ours, theirs)
            ]
            return about[0] == about[1] and all(map(_same_kind, ours.values, theirs.values))
        case Scalar(value=a), Scalar(value=b):
            return _same_kind(a, b) if isinstance(a, float) and isinstance(b, float) else (type(a), a) == (type(b), b)
        case Text(), Text():
            return True
        case Raised(type=a), Raised(type=b):
            return a == b
        case Sequence(), Sequence():
            same = ours.form == theirs.form and len(ours.items) == len(theirs.items)
            return same and all(map(_same_value, ours.items, theirs.items))
    return ours == theirs


def _same_kind(ours: Number, theirs: Number) -> bool:
    """Whether two numbers are both finite, or the same of those that are not."""
    if isinstance(ours, tuple) and isinstance(theirs, tuple):
        return all(map(_same_kind, ours, theirs))
    if isinstance(ours, str) or isinstance(theirs, str):
        return ours == theirs
    return not (isinstance(ours, float) and ours != 0 and theirs == 0)


def shows_numbers(trace: Trace) -> bool:
    """Whether there is a number in `trace` that may depend on others."""
    pending: list[Value] = [each.value for each in trace]
    while pending:
        value = pending.pop()
        if isinstance(value, Sequence):
            pending += value.items
        numbers = value.values if isinstance(value, Tensor) else ()
        if isinstance(value, Scalar) and isinstance(value.value, float):
            return True
        if any(not isinstance(each, bool) for each in numbers):
            return True
    return False
