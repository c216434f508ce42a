"""The words in which the catalogue describes operators: domains, what is known of a tensor, operators, samples.

Values are drawn inside the domain of an operator by construction. What a result may be is followed with it, as an
interval and as the number of bits that its elements have after the binary point; so an operator is never given an
operand outside its domain, one that chooses (a maximum, a rounding, a comparison) is only given operands that every
right implementation computes to the same bit, and no result is so large that rounding would show in another.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from gradspec.programs.choices import Choices
from gradspec.programs.interpreter import symbol_is_in_place
from gradspec.programs.program import Argument, Name

Shape = tuple[int, ...]
DRAWN = 4.0  # new values are no larger, even where an operand may be
LARGEST = 1024.0  # of any element that is computed on: rounding errors stay below the tolerance
EXACT_BITS = {"float64": 44, "float32": 20, "float16": 8, "complex128": 44}  # of significand, less room for sums
FLOATING = ("float64", "float32", "float16")


@dataclass(frozen=True)
class Domain:
    """Where values are drawn: `offset` and multiples of 2**-grain from it, between `low` and `high`, `away` from `holes`.

    distinct: no two elements of one tensor are equal, so that a choice among them has no tie. arrange: makes of such
    values, in row-major order, those of a tensor of a shape: of a matrix that is well-conditioned, or symmetric.
    """

    low: float = -2.0
    high: float = 2.0
    grain: int = 2
    holes: tuple[float, ...] = ()
    away: float = 0.25
    distinct: bool = False
    offset: float = 0.0
    arrange: Callable[[list[float], Shape], list[float]] | None = None

    def elements(self, choices: Choices, shape: Shape) -> list[float]:
        """Those of a tensor of that shape, in row-major order."""
        values = self.values(choices, math.prod(shape))
        return self.arrange(values, shape) if self.arrange else values

    def values(self, choices: Choices, n: int) -> list[float]:
        """`n` numbers."""
        unit = 2.0**-self.grain
        low, high = max(self.low, -DRAWN), min(self.high, DRAWN)
        ladder = self.ladder(low, high, unit)
        if not self.distinct:
            return [choices.pick(ladder) for _ in range(n)]
        while len(ladder) < n:  # finer steps or, of integers, more of them, so that there is one for each
            unit, low, high = (unit / 2, low, high) if self.grain else (unit, 2 * low, 2 * high)
            ladder = self.ladder(low, high, unit)
        rest = list(ladder)
        return [rest.pop(choices.below(len(rest))) for _ in range(n)]

    def whole(self) -> Domain:
        """The integers of this domain."""
        return replace(self, grain=0, offset=0.0)

    @functools.lru_cache(4096)  # noqa: B019 (domains are few, and as long-lived as the catalogue)
    def ladder(self, low: float, high: float, unit: float) -> list[float]:
        """What may be drawn, the plainest first: nearest to 1 or, where that is outside, to the middle."""
        first, last = math.ceil((low - self.offset) / unit), math.floor((high - self.offset) / unit)
        values = [self.offset + k * unit for k in range(first, last + 1)]
        centre = 1.0 if low <= 1.0 <= high else (low + high) / 2
        allowed = (v for v in values if all(abs(v - hole) >= self.away for hole in self.holes))
        return sorted(allowed, key=lambda v: (abs(v - centre), v))

    def holds(self, meta: Meta) -> bool:
        """Whether every tensor that `meta` describes has its elements in here."""
        return (
            self.low <= meta.low
            and meta.high <= self.high
            and all(not meta.low - self.away < hole < meta.high + self.away for hole in self.holes)
            and not self.distinct
            and not self.arrange
        )


REAL = Domain(-LARGEST, LARGEST)  # everything
SMALL = Domain()
POSITIVE = Domain(0.25, 4.0)
NONZERO = Domain(-2.0, 2.0, holes=(0.0,), away=0.5)
UNIT = Domain(-0.75, 0.75)  # inside the open interval from -1 to 1
DISTINCT = Domain(-4.0, 4.0, distinct=True)
COUNTS = Domain(-3, 3, grain=0)  # integers
TRUTH = Domain(0, 1, grain=0)  # booleans


@dataclass(frozen=True)
class Meta:
    """What is known of a tensor before the program has run: its elements lie from `low` to `high`.

    grain: no element has more bits after the binary point; None where rounding may have made any.
    """

    shape: Shape
    dtype: str = "float64"
    low: float = -2.0
    high: float = 2.0
    grain: int | None = 2

    @property
    def floating(self) -> bool:
        return self.dtype in FLOATING or self.dtype.startswith("complex")

    @property
    def size(self) -> int:
        return math.prod(self.shape)

    @property
    def bound(self) -> float:
        return max(abs(self.low), abs(self.high))

    @property
    def exact(self) -> bool:
        """Whether every right implementation computes it to the same bit."""
        if not self.floating:
            return True
        return self.grain is not None and math.log2(max(self.bound, 1.0)) + self.grain <= EXACT_BITS.get(self.dtype, -1)

    @property
    def tame(self) -> bool:
        """Whether it may be computed on: not so large, or in float32 not so inexact, that rounding would show."""
        return self.bound <= (LARGEST if self.dtype != "float32" or self.exact else 4.0)

    def within(self, low: float, high: float, grain: int | None = None) -> Meta:
        """The same shape and dtype with other elements."""
        return replace(self, low=low, high=high, grain=grain)

    def reshaped(self, shape: Shape) -> Meta:
        """The same elements in another shape."""
        return replace(self, shape=shape)


@dataclass(frozen=True)
class Operand:
    """A tensor that a call is given: the name that it has in the program, and what is known of it."""

    name: str
    meta: Meta

    @property
    def argument(self) -> Name:
        return Name(self.name)


class Draw(Protocol):
    """What an operator draws from: choices, and tensors, which may be new ones or such as the program has already."""

    choices: Choices
    smooth: bool  # whether tensors stay away from kinks, for a check by differences

    def tensor(
        self, shape: Shape, domain: Domain = SMALL, *, smooth: Domain | None = None, dtype: str = "float64"
    ) -> Operand:
        """A tensor of that shape and dtype with elements in `domain`; in `smooth`, if given, where `self.smooth`."""
        ...

    def leaf_of(self, shape: Shape, values: list[float], dtype: str = "float64") -> Operand:
        """A new tensor that holds `values`, in row-major order, and requires no gradient."""
        ...

    def integers(self, shape: Shape, values: Sequence[float], dtype: str = "int64") -> Operand:
        """A new tensor that holds `values`, in row-major order: an index or, of bool, a mask."""
        ...


@dataclass(frozen=True)
class Sample:
    """A call: its arguments with the first tensor at their head, and what is known of what it gives back.

    Arguments that are operands stand for their tensors, inside tuples and lists too (a Python list here is a list in
    the program). result: None where nothing is known, which keeps what is made from being computed on.
    """

    args: tuple[Any, ...]
    kwargs: dict[str, Any] = field(default_factory=dict)
    result: Meta | tuple[Meta | None, ...] | None = None


def called(
    choices: Choices, x: Operand, given: dict[str, Any], result: Meta | tuple[Meta | None, ...] | None
) -> Sample:
    """A call with `given` after `x`, in that order; now and then the last of them, or all, by keyword."""
    named = choices.between(1, len(given)) if given and choices.chance(30) else 0
    names = list(given)
    first = len(names) - named
    return Sample((x, *(given[each] for each in names[:first])), {each: given[each] for each in names[first:]}, result)


@dataclass(frozen=True)
class ErrorInput:
    """A call that raises; `says` in a few words what is wrong with it. None where it cannot be made from these choices."""

    says: str
    call: Callable[[Draw], Sample]


def wrong(says: str, arguments: Callable[[Draw], tuple[Any, ...]], **kwargs: Argument) -> ErrorInput:
    """An error input of these arguments."""
    return ErrorInput(says, lambda d: Sample(arguments(d), kwargs))


@dataclass(frozen=True)
class Operator:
    """One entry of the catalogue.

    name: where it stands below torch. call: draws what it is called with beside the first tensor. first, smooth: the
    domain of the first tensor, and that which keeps away from kinks. shapes: draws the shape of a new first tensor.
    fits: whether it may be called on such a tensor. forms: "function", "method", "in_place" (the method with `_`),
    and symbols such as "+" or "+="; "attribute" is one that is read. overload: tells entries of the same name apart.
    chooses: whether it depends on which of two numbers is larger. differentiable: whether its result, `twice` whether
    its gradient can have one. view: whether what it gives back may share memory with the first. overlapping: whether
    elements of what it gives back may share memory with one another, so that nobody should write to them. structure:
    what matrix the first must stay, so that only changes that keep it one mean anything: "symmetric" or "lower".
    needs: the capabilities without which it cannot be called.
    """

    name: str
    call: Callable[[Draw, Operand], Sample]
    first: Domain = REAL
    smooth: Domain | None = None
    shapes: Callable[[Choices], Shape] = lambda choices: any_shape(choices)  # noqa: PLW0108 (defined below)
    fits: Callable[[Meta], bool] = lambda meta: True
    forms: tuple[str, ...] = ("function", "method")
    dtypes: tuple[str, ...] = ("float64", "float32")
    chooses: bool = False
    differentiable: bool = True
    twice: bool = True
    view: bool = False
    overlapping: bool = False
    structure: str = ""
    errors: tuple[ErrorInput, ...] = ()
    needs: tuple[str, ...] = ("functions",)
    overload: str = ""

    @property
    def key(self) -> str:
        """What it is known by in the catalogue: `max`, `max.dim`."""
        return f"{self.name}.{self.overload}" if self.overload else self.name

    @functools.cached_property
    def in_place_forms(self) -> tuple[str, ...]:
        """The forms that change the first tensor."""
        return tuple(each for each in self.forms if each == "in_place" or symbol_is_in_place(each))

    @functools.cached_property
    def plain_forms(self) -> tuple[str, ...]:
        """The forms that make something new."""
        return tuple(each for each in self.forms if each not in self.in_place_forms)

    def takes(self, meta: Meta) -> bool:
        """Whether a tensor that a program has already may be the first one."""
        return (
            meta.dtype in self.dtypes
            and meta.tame
            and self.first.holds(meta)
            and (meta.exact or not self.chooses)
            and self.fits(meta)
        )


SIZES = (2, 3, 1, 4)  # the first is the plainest


def any_shape(choices: Choices, least: int = 0, most: int = 3) -> Shape:
    """A shape of `least` to `most` dimensions: now and then with a size of 1, rarely with one of 0."""
    ndim = choices.pick([n for n in (1, 2, 2, 0, 3, 1) if least <= n <= most] or [least])
    if choices.chance(4) and ndim:
        return (0, *(choices.pick(SIZES) for _ in range(ndim - 1)))
    return tuple(choices.pick(SIZES) for _ in range(ndim))


def of_dimensions(least: int, most: int = 3) -> Callable[[Choices], Shape]:
    return lambda choices: any_shape(choices, least, most)


def broadcastable(choices: Choices, shape: Shape) -> Shape:
    """A shape that broadcasts with `shape`: the same, with sizes of 1, with fewer or more dimensions."""
    how = choices.below(6)
    if how < 3:
        return shape
    if how == 3:
        return tuple(1 if choices.chance(50) else n for n in shape)
    if how == 4:
        return shape[choices.below(len(shape) + 1) :]
    return (choices.pick(SIZES), *shape) if len(shape) < 3 else shape


def broadcast(a: Shape, b: Shape) -> Shape:
    """The shape of what `a` and `b`, which fit, broadcast to."""
    longer, shorter = (a, b) if len(a) >= len(b) else (b, a)
    lead = len(longer) - len(shorter)
    return longer[:lead] + tuple(m if n == 1 else n for n, m in zip(longer[lead:], shorter, strict=True))


def any_dim(choices: Choices, ndim: int) -> int:
    """A dimension, which may be counted from the end; 0 or -1 for a tensor without dimensions."""
    n = max(ndim, 1)
    return choices.between(-n, n - 1)
