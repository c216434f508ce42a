"""What a failed scenario shows, in a word or two: not only that a gradient is wrong, but that it is the negative, or twice.

A result becomes a set of signs. They say in which way an answer is wrong and nothing about the answer itself, so that
two implementations with the same idea in different operators show the same.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Sequence
from itertools import islice

from gradspec.compare import Difference
from gradspec.results import OUTCOMES, Result

LIMIT = 40  # differences of one scenario that are looked at
CLOSE = 1e-3  # relative; the texts of a record have all digits, but float32 has seven
_NUMBER = re.compile(r"-?(?:\d+\.?\d*(?:e[-+]?\d+)?|inf|nan)|True|False")
_ERROR = re.compile(r"[A-Za-z_.]*(?:Error|Exception|StopIteration)\b")
_WORDS = re.compile(r"[A-Za-z_]+")

Fingerprint = dict[str, frozenset[str]]  # by the id of each scenario that failed: its signs


def fingerprint(results: Iterable[Result]) -> Fingerprint:
    """The signs of every result that does not conform."""
    return {each.id: signs(each) for each in results if OUTCOMES[each.outcome] is False}


def signs(result: Result) -> frozenset[str]:
    """What is wrong about a result, in words that are the same whatever scenario it is.

    What is wrong first is said once more: the rest may be but what follows from it.
    """
    found = {sign for each in islice(result.differences, LIMIT) for sign in _signs(each)}
    found |= {f"{sign}, first" for each in result.differences[:1] for sign in _signs(each)}
    if result.outcome == "error":
        found.add(f"stopped by {_short(result.reason)}")
    elif result.outcome != "fail":
        found.add(result.outcome)
    return frozenset(found)


def _signs(difference: Difference) -> Iterable[str]:
    return _READERS.get(difference.facet, _plain)(difference)


def _plain(difference: Difference) -> Iterable[str]:
    yield difference.facet


def _raised(difference: Difference) -> Iterable[str]:
    """An error where there is none, or none where there is one: which of the two, and which error."""
    if _ERROR.match(difference.expected):
        yield "no error"
        yield f"no error: {_short(difference.expected)}"
    else:
        yield "an error"
        yield f"an error: {_short(difference.found)}"


def _kind(difference: Difference) -> Iterable[str]:
    yield f"{_form(difference.expected)} is {_form(difference.found)}"


def _form(shown: str) -> str:
    """tensor, None, a text or a number."""
    for form in ("tensor", "None", "'", "(", "[", "an object"):
        if shown.startswith(form):
            return form
    return "number"


def _changed(difference: Difference) -> Iterable[str]:
    """A flag, a dtype or a node: what it should be, and what it is."""
    yield difference.facet
    yield f"{difference.facet}: {difference.expected} is {difference.found}"


def _node(difference: Difference) -> Iterable[str]:
    absent = ("None", "nothing of that name")
    there = difference.expected not in absent, difference.found not in absent
    yield {(True, False): "no node", (False, True): "a node"}.get(there, "another node")


def _shape(difference: Difference) -> Iterable[str]:
    expected, found = numbers(difference.expected), numbers(difference.found)
    yield "shape"
    if len(expected) != len(found):
        yield "shape: fewer dimensions" if len(found) < len(expected) else "shape: more dimensions"
    else:
        yield "shape: transposed" if sorted(expected) == sorted(found) else "shape: other sizes"


def _values(difference: Difference) -> Iterable[str]:
    """How the numbers that came out are made of those that should have."""
    yield "values"
    expected, found = numbers(difference.expected), numbers(difference.found)
    if len(expected) != len(found) or not expected:
        yield "values: of another number"
        return
    pairs = [(e, f) for e, f in zip(expected, found, strict=True) if not _close(e, f)]
    if len(pairs) < len(expected) or (len(expected) > 1 and not pairs):
        yield "values: some"
    yield from (f"values: {name}" for name, holds in _RELATIONS.items() if pairs and holds(pairs))
    if len(expected) > 1:
        yield from (f"values: {name}" for name, holds in _OF_SEVERAL.items() if holds(expected, found, pairs))


Pairs = Sequence[tuple[float, float]]  # what was expected, what was found

_RELATIONS: dict[str, Callable[[Pairs], bool]] = {
    "negative": lambda pairs: all(_close(-e, f) for e, f in pairs),
    "some negative": lambda pairs: any(e and _close(-e, f) for e, f in pairs),
    "zero": lambda pairs: all(f == 0 for _, f in pairs),
    "some zero": lambda pairs: any(f == 0 for _, f in pairs),
    "not zero": lambda pairs: all(e == 0 for e, _ in pairs),
    "some not zero": lambda pairs: any(e == 0 for e, _ in pairs),
    "one": lambda pairs: all(f == 1 for _, f in pairs),
    "nan": lambda pairs: any(math.isnan(f) or math.isinf(f) for _, f in pairs),
    "half": lambda pairs: all(_close(e, 2 * f) for e, f in pairs),
    "twice": lambda pairs: all(_close(2 * e, f) for e, f in pairs),
    "several times": lambda pairs: _whole([f / e if e else 0.0 for e, f in pairs]),
    "a part": lambda pairs: _whole([e / f if f else 0.0 for e, f in pairs]),
    "one more": lambda pairs: all(_close(e + 1, f) for e, f in pairs),
    "one less": lambda pairs: all(_close(e - 1, f) for e, f in pairs),
    "smaller": lambda pairs: all(abs(f) < abs(e) for e, f in pairs),
    "greater": lambda pairs: all(abs(f) > abs(e) for e, f in pairs),
    "of the same size": lambda pairs: all(_close(abs(e), abs(f)) for e, f in pairs),
}

_OF_SEVERAL: dict[str, Callable[[Sequence[float], Sequence[float], Pairs], bool]] = {
    "in other places": lambda right, found, _: _alike(sorted(right), sorted(found)),
    "in proportion": lambda right, found, pairs: _constant(_ratios(pairs)) and len({e for e, _ in pairs}) > 1,
    "times its size": lambda right, found, pairs: _alike(map(abs, _ratios(pairs)), [len(right)] * len(pairs)),
    "by its size": lambda right, found, pairs: _alike([abs(r) * len(right) for r in _ratios(pairs)], [1] * len(pairs)),
    "of the same sum": lambda right, found, pairs: bool(pairs) and _close(sum(right), sum(found)),
    "all alike": lambda right, found, pairs: bool(pairs) and len(set(found)) == 1 < len(set(right)),
}


def _ratios(pairs: Pairs) -> list[float]:
    """What was found by what was expected; nothing, where that was zero anywhere."""
    return [f / e for e, f in pairs] if all(e for e, _ in pairs) else []


def _constant(ratios: Sequence[float]) -> bool:
    return len(ratios) > 1 and all(_close(ratios[0], each) for each in ratios)


def _alike(some: Iterable[float], others: Iterable[float]) -> bool:
    """Whether these are as many, more than none, and close each to each."""
    some, others = list(some), list(others)
    return len(some) == len(others) > 0 and all(map(_close, some, others))


def _whole(ratios: Sequence[float]) -> bool:
    """Whether all are the same whole number greater than 1."""
    first = ratios[0]
    return (
        math.isfinite(first)
        and first > 1 + CLOSE
        and _close(first, round(first))
        and all(_close(first, r) for r in ratios)
    )


def _close(one: float, other: float) -> bool:
    return one == other or abs(one - other) <= CLOSE * max(abs(one), abs(other)) or (one != one and other != other)


def numbers(shown: str) -> list[float]:
    """The numbers in a shown value, in order."""
    return [float(_BOOLEANS.get(each, each)) for each in _NUMBER.findall(shown)]


_BOOLEANS = {"True": 1.0, "False": 0.0}


def _short(error: str) -> str:
    """An error's type and the first words of its message, without what is a number or a name."""
    kind, _, message = error.partition(":")
    return " ".join([kind.strip(), *_WORDS.findall(message)[:4]])


_READERS: dict[str, Callable[[Difference], Iterable[str]]] = {
    "raised": _raised,
    "kind": _kind,
    "values": _values,
    "number": _values,
    "shape": _shape,
    "dtype": _changed,
    "requires_grad": _changed,
    "is_leaf": _changed,
    "grad_fn": _node,
}
