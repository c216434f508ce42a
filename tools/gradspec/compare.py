"""When two traces agree: facet by facet, with tolerances that are fixed by dtype."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import zip_longest

import msgspec

from gradspec.adapters import FACETS
from gradspec.trace import (
    FLAGS,
    Number,
    Observation,
    Raised,
    Real,
    Scalar,
    Sequence,
    Tensor,
    Text,
    Trace,
    Value,
    Warned,
    show,
    show_number,
    show_numbers,
    show_shape,
)

# dtype: (relative, absolute). Two right implementations may add in another order and call another library's exp;
# nothing else is forgiven. The absolute part serves sums that cancel to zero around numbers of size one.
TOLERANCES = {
    "float64": (1e-9, 1e-12),  # above reordering (1e-14), below the 1e-8 of one step taken in float32 by mistake
    "float32": (1e-5, 1e-6),  # 84 units in the last place: sums of a few thousand terms in any order
    "float16": (2e-3, 1e-4),  # 2 units: a result is computed in float32 and rounded once, one unit either way
    "bfloat16": (1.6e-2, 1e-3),  # 2 units, for the same reason
    "complex128": (1e-9, 1e-12),  # as float64, for each part
    "complex64": (1e-5, 1e-6),  # as float32, for each part
}
EXACT = (0.0, 0.0)  # integers, booleans, and whatever has no line above
PYTHON_FLOAT = TOLERANCES["float32"]  # what scenarios read out with .item() was mostly computed in float32


class Difference(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One facet of one observation in which two traces do not agree; `expected` and `found` are for a person."""

    label: str
    facet: str
    expected: str
    found: str

    @property
    def group(self) -> str:
        """`semantics` or `fidelity`."""
        return FACETS[self.facet]


ALL_FACETS = frozenset(FACETS)


def compare(expected: Trace, found: Trace, facets: frozenset[str] = ALL_FACETS) -> list[Difference]:
    """The differences between two traces in the given facets; none if they agree."""
    return list(differences(expected, found, facets))


def differences(expected: Trace, found: Trace, facets: frozenset[str] = ALL_FACETS) -> Iterator[Difference]:
    """As `compare`, one after the other: there may be as many as an implementation cares to observe."""
    return (each for each in _compare_traces(expected, found) if each.facet in facets)


def _compare_traces(expected: Trace, found: Trace) -> Iterator[Difference]:
    for ours, theirs in zip_longest(expected, found):
        if ours is None:
            yield Difference(theirs.label, "observations", "no such observation", show(theirs.value))
        elif theirs is None:
            yield Difference(ours.label, "observations", show(ours.value), "no such observation")
        elif ours.label != theirs.label:
            yield Difference(ours.label, "observations", _labelled(ours), _labelled(theirs))
            return  # from here on the two traces tell of different things
        else:
            yield from _compare_values(ours.label, ours.value, theirs.value)
            if ours.warnings != theirs.warnings:
                yield Difference(ours.label, "warning", _show_warnings(ours.warnings), _show_warnings(theirs.warnings))


def _labelled(observation: Observation) -> str:
    return f"{observation.label}: {show(observation.value)}"


def _show_warnings(warnings: tuple[Warned, ...]) -> str:
    return "; ".join(f"{each.category}: {each.message}" for each in warnings) or "no warning"


def _compare_values(label: str, expected: Value, found: Value) -> Iterator[Difference]:
    match expected, found:
        case Raised(), Raised():
            yield from _fields(label, expected, found, (("error_type", "type"), ("message", "message")))
        case (Raised(), _) | (_, Raised()):
            yield Difference(label, "raised", show(expected), show(found))
        case Tensor(), Tensor():
            yield from _compare_tensors(label, expected, found)
        case Scalar(value=ours), Scalar(value=theirs):
            if type(ours) is not type(theirs) and not {type(ours), type(theirs)} <= {float, str}:
                yield Difference(label, "number", _typed(ours), _typed(theirs))
            elif not close(ours, theirs, PYTHON_FLOAT if isinstance(ours, float) else EXACT):
                yield Difference(label, "number", show_number(ours), show_number(theirs))
        case Text(value=ours), Text(value=theirs):
            if ours != theirs:
                yield Difference(label, "text", *_where_texts_part(ours, theirs))
        case Sequence(), Sequence() if expected.form == found.form:
            if len(expected.items) != len(found.items):
                yield Difference(label, "observations", show(expected), show(found))
            for index, pair in enumerate(zip(expected.items, found.items, strict=False)):
                yield from _compare_values(f"{label} [{index}]", *pair)
        case _ if type(expected) is not type(found) or isinstance(expected, Sequence):
            yield Difference(label, "kind", show(expected), show(found))


def _fields(label: str, expected: Value, found: Value, facets: tuple[tuple[str, str], ...]) -> Iterator[Difference]:
    for facet, field in facets:
        ours, theirs = getattr(expected, field), getattr(found, field)
        if ours != theirs and ours is not msgspec.UNSET:
            yield Difference(
                label, facet, str(ours), "nothing of that name" if theirs is msgspec.UNSET else str(theirs)
            )


def _compare_tensors(label: str, expected: Tensor, found: Tensor) -> Iterator[Difference]:
    if expected.shape != found.shape:
        yield Difference(label, "shape", show_shape(expected.shape), show_shape(found.shape))
    tolerance = TOLERANCES.get(str(expected.dtype), EXACT)
    if len(expected.values) != len(found.values) or not all_close(expected.values, found.values, tolerance):
        yield Difference(label, "values", show_numbers(expected), show_numbers(found))
    yield from _fields(label, expected, found, tuple((name, name) for name in FLAGS))


def all_close(expected: Iterable[Number], found: Iterable[Number], tolerance: tuple[float, float]) -> bool:
    """Whether numbers agree in pairs; most are plain floats, which need not be asked what they are."""
    relative, absolute = tolerance
    for ours, theirs in zip(expected, found, strict=True):
        if ours == theirs:
            continue
        if type(ours) is float and type(theirs) is float:
            if abs(ours - theirs) > absolute + relative * abs(ours):
                return False
        elif not close(ours, theirs, tolerance):
            return False
    return True


def close(expected: Number, found: Number, tolerance: tuple[float, float]) -> bool:
    """Whether two numbers agree: nan with nan, infinities exactly, complex numbers in both parts."""
    if isinstance(expected, tuple) or isinstance(found, tuple):
        pairs = (_parts(expected), _parts(found))
        return all(close(ours, theirs, tolerance) for ours, theirs in zip(*pairs, strict=True))
    if expected == found:
        return True
    if isinstance(expected, str) or isinstance(found, str):
        return False
    relative, absolute = tolerance
    try:
        return abs(expected - found) <= absolute + relative * abs(expected)
    except OverflowError:  # an int beyond every float
        return False


def _parts(number: Number) -> tuple[Real, Real]:
    return number if isinstance(number, tuple) else (number, 0.0)


def _typed(number: Real) -> str:
    kind = "float" if isinstance(number, str) else type(number).__name__
    return f"{number} ({kind})"


def _where_texts_part(expected: str, found: str) -> tuple[str, str]:
    """The two texts; of long ones the first line in which they differ."""
    if max(expected.count("\n"), found.count("\n")) < 2:
        return repr(expected), repr(found)
    pairs = zip_longest(expected.split("\n"), found.split("\n"), fillvalue=None)
    number, (ours, theirs) = next((n, pair) for n, pair in enumerate(pairs, 1) if pair[0] != pair[1])
    return tuple(f"line {number}: {'the end' if each is None else repr(each)}" for each in (ours, theirs))  # type: ignore[return-value]
