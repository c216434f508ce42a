"""Fresh inputs: a scenario's text with other numbers in the place of its own, so that no table of answers will do.

A number is replaced by one of the same sign, not far away, and everywhere by the same; which of two is larger stays as
it is. So does on which side of a kink a number lies, where the text names a function that has one.
"""

from __future__ import annotations

import math
import random
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from gradspec.grading.literals import Literal, literals_of, numbers_in
from gradspec.grading.skeleton import same_skeleton, shows_numbers
from gradspec.trace import Trace

SPREAD = 1.4  # the largest factor between a number and its replacement
STEPS = 64  # different replacements within a factor of two
# On which side of these a number lies decides what such a function does.
KINKS: dict[str, tuple[float, ...]] = {
    **dict.fromkeys(("relu6", "hardswish", "hardsigmoid"), (3.0, 6.0)),
    **dict.fromkeys(("hardtanh", "huber_loss", "smooth_l1_loss", "asin", "acos", "acosh", "atanh", "erfinv"), (1.0,)),
    **dict.fromkeys(("logit", "binary_cross_entropy", "bce", "xlogy", "clip_grad_norm_", "gaussian_nll_loss"), (1.0,)),
    **dict.fromkeys(("hardshrink", "softshrink"), (0.5,)),
    **dict.fromkeys(("softplus", "threshold"), (20.0,)),
}
# Whose results depend on what stands behind the point: these keep it.
ROUNDING = frozenset(
    "round floor ceil trunc frac fmod remainder floor_divide rint fix long int int64 int32 modf quantile".split()
)
Mapping = dict[float, float]
Mapper = Callable[[list[float], Iterable[float], random.Random], Mapping]


@dataclass(frozen=True)
class Boldness:
    """What is replaced: so large a share of the numbers, whole ones that are operands, whole ones in tensors."""

    share: float = 1.0
    operands: bool = False
    data: bool = False


# The first that PyTorch agrees to is taken; what is changed most comes first.
LADDER = (
    Boldness(operands=True),
    Boldness(operands=True),
    Boldness(),
    Boldness(),
    Boldness(operands=True, data=True),
    Boldness(operands=True, data=True),
    Boldness(0.6),
    Boldness(0.6, operands=True),
    Boldness(0.4, operands=True, data=True),
    Boldness(0.2),
    Boldness(0.2, operands=True, data=True),
)


def vary(source: str, drawn: random.Random, how: Boldness) -> str:
    """`source` with other numbers."""
    found = literals_of(source)
    wholes = (*(found.operands if how.operands else ()), *(found.data if how.data else ()))
    walls = {each for word in found.words & KINKS.keys() for each in KINKS[word]} | found.compared

    def mapped(literals: Iterable[Literal], by: Mapper, walls: set[float]) -> Mapping:
        values = sorted({each.value for each in literals})
        chosen = [each for each in values if each not in walls and (how.share == 1 or drawn.random() < how.share)]
        return by(chosen, {*walls, *values}.difference(chosen), drawn)

    floats = mapped(found.floats, shifted if found.words & ROUNDING else jittered, walls)
    whole = mapped(wholes, shifted, set())
    seeds: Mapping = {each.value: drawn.randrange(1, 10_000) for each in found.seeds}
    edits = [
        (each.start, each.end, spell(numbers[each.value]))
        for literals, numbers, spell in (
            (found.floats, floats, repr),
            (wholes, whole, _whole),
            (found.seeds, seeds, _whole),
        )
        for each in literals
        if each.value in numbers
    ]
    text = source.encode()
    said = {old: new for old, new in (whole | floats).items() if _is_clear(old, floats, whole, found.kept)}
    for start, end in found.labels:
        label = text[start:end].decode()
        edits += [(start, end, new)] if (new := _relabelled(label, said)) != label else []
    for start, end, new in sorted(edits, reverse=True):
        text = text[:start] + new.encode() + text[end:]
    return text.decode()


def _whole(number: float) -> str:
    return str(int(number))


def _is_clear(old: float, floats: Mapping, whole: Mapping, kept: frozenset[float]) -> bool:
    """Whether a label that says `old` means a number that has become one other, everywhere."""
    return old not in kept and floats.get(old, whole.get(old)) == whole.get(old, floats.get(old))


def _relabelled(label: str, said: Mapping) -> str:
    """A label with the numbers that are replaced: `d(x²)/dx at 4`."""

    def new(found: re.Match[str]) -> str:
        return f"{said[float(found[0])]:g}" if float(found[0]) in said else found[0]

    return re.sub(r"(?<![\w.])\d+(\.\d+)?(?!\w|\.\d)", new, label)


def jittered(values: list[float], fixed: Iterable[float], drawn: random.Random) -> dict[float, float]:
    """A new number for each of `values`, which ascend: between the same `fixed` ones, and in the same order."""
    walls = sorted({0.0, 1.0, *fixed})
    found: dict[float, float] = {}
    last = 0.0
    for value in values:
        low = max(last, value / SPREAD, *(each for each in walls if each < value))
        high = min([value * SPREAD, *(each for each in walls if each > value)])
        grain = _grain(value)
        while (new := _between(low, high, grain, value, drawn)) is None:
            grain /= 4
        found[value] = last = new
    return found


def shifted(values: list[float], fixed: Iterable[float], drawn: random.Random) -> dict[float, float]:
    """As `jittered`, by whole numbers; a number that has no room stays."""
    walls = sorted({0.0, *fixed})
    found: dict[float, float] = {}
    last = 0.0
    for value in values:
        low = max(last, *(each for each in walls if each < value))
        high = min(each for each in (*walls, math.inf) if each > value)
        near = (value + 1, value + 2, value + 3, low + 1, low + 2)
        room = [new for new in near if low < new < high and new != value]
        found[value] = last = drawn.choice(room) if room else value
    return found if list(found.values()) == sorted(set(found.values())) else {}


def _grain(value: float) -> float:
    """The distance between two numbers of the same kind: a power of two for one that a short binary fraction spells."""
    if (value * 1024).is_integer():
        return 2.0 ** (math.floor(math.log2(value)) + 1) / STEPS
    return 10.0 ** (math.floor(math.log10(value)) - 2)


def _between(low: float, high: float, grain: float, value: float, drawn: random.Random) -> float | None:
    """Some multiple of `grain` between two numbers, neither of them and not `value`."""
    first, last = math.floor(low / grain) + 1, math.ceil(high / grain) - 1
    if last - first < 2:
        return None
    for _ in range(8):
        new = drawn.randint(first, last) * grain
        new = new if (grain * 2**40).is_integer() else float(f"{new:.6g}")
        if low < new < high and new != value:
            return new
    return None


def variants(source: str, seed: str) -> Iterator[str]:
    """Texts with other numbers, the first of them the best, for as long as one is refused."""
    for number, how in enumerate(LADDER):
        new = vary(source, random.Random(f"{seed}:{number}"), how)
        if new != source:
            yield new


def choose(golden: Trace, run: Callable[[str], Trace | None], source: str, seed: str) -> tuple[str, Trace] | None:
    """The text with fresh inputs and what PyTorch leaves behind; None where nothing but the published ones will do.

    `run` asks PyTorch. Of the texts with the golden's skeleton the first whose numbers differ from the golden's is
    taken; without any, the first.
    """
    spare = None
    for text in variants(source, seed):
        trace = run(text)
        if trace is not None and same_skeleton(golden, trace):
            if trace != golden:
                return text, trace
            spare = spare or (text, trace)
            if not shows_numbers(golden):
                break
    return spare


def in_common(source: str, one: str, other: str) -> bool:
    """Whether two variants of `source` have the same number in the same place, and that is not its own."""
    return any(a == b != own for own, a, b in zip(*map(numbers_in, (source, one, other)), strict=True))
