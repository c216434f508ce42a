"""Operators that move elements and compute nothing: other shapes, orders, parts, repetitions; most of them are views."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from gradspec.programs.catalogue.elementwise import not_a_tensor
from gradspec.programs.catalogue.vocabulary import (
    SIZES,
    Draw,
    ErrorInput,
    Meta,
    Operand,
    Operator,
    Sample,
    Shape,
    any_dim,
    called,
    of_dimensions,
    wrong,
)
from gradspec.programs.choices import Choices

METHOD = ("method",)
FUNCTION = ("function",)
MOST = 24  # elements of what is repeated

NO_TENSOR = ErrorInput("no tensor", not_a_tensor)


@dataclass(frozen=True)
class Move:
    """What is drawn for a call: the shape of the result, of several a list, and the arguments after the tensor.

    args: such as are given by position and count as many as there are sizes.
    """

    shape: Shape | list[Shape]
    given: dict[str, Any] = field(default_factory=dict)
    args: tuple[Any, ...] = ()


def moving(
    name: str, draw: Callable[[Choices, Shape], Move], *errors: ErrorInput, zeros: bool = False, **more: Any
) -> Operator:
    """An operator that moves elements. zeros: whether it puts zeros beside them."""

    def call(d: Draw, x: Operand) -> Sample:
        move = draw(d.choices, x.meta.shape)
        meta = replace(x.meta, low=min(x.meta.low, 0), high=max(x.meta.high, 0)) if zeros else x.meta
        if move.args:
            return Sample((x, *move.args), {}, moved(meta, move.shape))
        return called(d.choices, x, move.given, moved(meta, move.shape))

    none = () if more.get("forms") == ATTRIBUTE["forms"] else (NO_TENSOR,)
    return Operator(name, call, errors=(*none, *errors), **(MOVED | more))


def moved(meta: Meta, shape: Shape | list[Shape]) -> Meta | tuple[Meta | None, ...]:
    """What is known of the results; nothing of one in a sequence of its own."""
    if isinstance(shape, list):
        return tuple(meta.reshaped(each) for each in shape) if len(shape) != 1 else (None,)
    return meta.reshaped(shape)


MOVED: dict[str, Any] = {"dtypes": ("float64", "float32", "int64", "bool"), "needs": ("shapes",)}
VIEW: dict[str, Any] = {"view": True}
ALL_FORMS: dict[str, Any] = {"forms": ("function", "method", "in_place")}  # in place, the tensor itself gets the shape
ATTRIBUTE: dict[str, Any] = {"forms": ("attribute",)} | VIEW


def with_dimensions(least: int, most: int = 9) -> dict[str, Any]:
    """Fields of an operator of tensors with that many dimensions."""
    return {"shapes": of_dimensions(least, min(most, 3)), "fits": lambda x: least <= len(x.shape) <= most}


def small(least: int = 0) -> dict[str, Any]:
    """Fields of an operator whose results are larger than its operands."""
    return {"shapes": of_dimensions(least, 2), "fits": lambda x: x.size <= MOST and least <= len(x.shape) < 4}


ONE_OR_MORE, TWO_OR_MORE = with_dimensions(1), with_dimensions(2)


def error(says: str, shape: Shape, *args: Any, **kwargs: Any) -> ErrorInput:
    """An error input: a tensor of that shape, and these arguments."""
    return wrong(says, lambda d: (d.tensor(shape), *args), **kwargs)


# -- dimensions and sizes


def signed(c: Choices, dims: Sequence[int], ndim: int) -> tuple[int, ...]:
    """The same dimensions, some of them counted from the end."""
    return tuple(i - ndim * c.chance(40) for i in dims)


def listed(c: Choices, items: Sequence[int]) -> Any:
    return list(items) if c.chance(30) else tuple(items)


def resized(shape: Shape, dim: int, *sizes: int) -> Shape:
    """`shape` with `sizes` in the place of dimension `dim`."""
    dim %= max(len(shape), 1)
    return (*shape[:dim], *sizes, *shape[dim + 1 :])


def two_dims(c: Choices, ndim: int) -> tuple[int, int]:
    """Two different dimensions, neither of them negative."""
    first, second = c.shuffled(range(ndim))[:2]
    return first, second


def refactored(c: Choices, n: int) -> Shape:
    """A shape for `n` elements."""
    if n == 0:
        return c.pick(((0,), (0, 2), (3, 0)))
    sizes = []
    for _ in range(c.below(3)):
        sizes.append(c.pick([k for k in range(1, n + 1) if n % k == 0]))
        n //= sizes[-1]
    return (*sizes, n) if n > 1 or c.chance(50) else tuple(sizes)


def hidden(c: Choices, shape: Shape) -> Shape:
    """Now and then with -1 in the place of a size that follows from the others."""
    if not shape or 0 in shape or not c.chance(35):
        return shape
    return resized(shape, c.below(len(shape)), -1)


# -- the same elements


def reshape(c: Choices, shape: Shape) -> Move:
    new = refactored(c, math.prod(shape))
    return Move(new, {"shape": listed(c, hidden(c, new))})


def reshape_by_position(c: Choices, shape: Shape) -> Move:
    new = refactored(c, math.prod(shape)) or (1,)
    return Move(new, {}, hidden(c, new))


def view(c: Choices, shape: Shape) -> Move:
    new = refactored(c, math.prod(shape))
    asked = hidden(c, new)
    return Move(new, {}, asked if asked and c.chance(70) else (asked,))


def flatten(c: Choices, shape: Shape) -> Move:
    ndim = len(shape)
    if not ndim or c.chance(30):
        return Move((math.prod(shape),))
    first, last = sorted((c.below(ndim), c.below(ndim)))
    given = dict(zip(("start_dim", "end_dim"), signed(c, (first, last), ndim), strict=True))
    return Move((*shape[:first], math.prod(shape[first : last + 1]), *shape[last + 1 :]), given)


def unflatten(c: Choices, shape: Shape) -> Move:
    dim = any_dim(c, len(shape))
    sizes = refactored(c, shape[dim]) or (1,)
    return Move(resized(shape, dim, *sizes), {"dim": dim, "sizes": listed(c, hidden(c, sizes))})


def squeeze(c: Choices, shape: Shape) -> Move:
    ndim, how = len(shape), c.below(3)
    if how == 0:
        return Move(tuple(n for n in shape if n != 1))
    if how == 1:
        dim = any_dim(c, ndim)
        return Move(resized(shape, dim) if shape and shape[dim] == 1 else shape, {"dim": dim})
    dims = c.shuffled(range(ndim))[: c.below(ndim + 1)]
    kept = tuple(n for i, n in enumerate(shape) if not (i in dims and n == 1))
    return Move(kept, {"dim": signed(c, dims, ndim)})


def unsqueeze(c: Choices, shape: Shape) -> Move:
    dim = any_dim(c, len(shape) + 1)
    at = dim % (len(shape) + 1)
    return Move((*shape[:at], 1, *shape[at:]), {"dim": dim})


def at_least(ndim: int) -> Callable[[Choices, Shape], Move]:
    """With sizes of 1 where `atleast_1d`, `atleast_2d` and `atleast_3d` put them."""

    def draw(c: Choices, shape: Shape) -> Move:
        new = shape
        while len(new) < min(ndim, 2):
            new = (1, *new)
        return Move((*new, 1) if len(new) < ndim else new)

    return draw


def swap(first: str, second: str) -> Callable[[Choices, Shape], Move]:
    """Two dimensions change places; the arguments are called `first` and `second`."""

    def draw(c: Choices, shape: Shape) -> Move:
        i, j = any_dim(c, len(shape)), any_dim(c, len(shape))
        new = list(shape)
        if new:
            new[i], new[j] = new[j], new[i]
        return Move(tuple(new), {first: i, second: j})

    return draw


def last_two(c: Choices, shape: Shape) -> Move:
    return Move((*shape[:-2], *shape[:-3:-1]))


def permuted(c: Choices, shape: Shape) -> tuple[Shape, tuple[int, ...]]:
    order = c.shuffled(range(len(shape)))
    return tuple(shape[i] for i in order), signed(c, order, len(shape))


def permute(c: Choices, shape: Shape) -> Move:
    new, dims = permuted(c, shape)
    return Move(new, {"dims": listed(c, dims)})


def permute_by_position(c: Choices, shape: Shape) -> Move:
    new, dims = permuted(c, shape)
    return Move(new, {}, dims)


def movedim(c: Choices, shape: Shape) -> Move:
    ndim = len(shape)
    n = c.between(1, ndim)
    sources, goals = c.shuffled(range(ndim))[:n], c.shuffled(range(ndim))[:n]
    rest = [i for i in range(ndim) if i not in sources]
    order = [sources[goals.index(i)] if i in goals else rest.pop(0) for i in range(ndim)]
    first, second = signed(c, sources, ndim), signed(c, goals, ndim)
    given: dict[str, Any] = {"source": first, "destination": second}
    if n == 1 and c.chance(70):
        given = {"source": first[0], "destination": second[0]}
    return Move(tuple(shape[i] for i in order), given)


def unchanged(c: Choices, shape: Shape) -> Move:
    return Move(shape)


# -- repetitions


def expanded(c: Choices, shape: Shape) -> Shape:
    lead = tuple(c.pick(SIZES) for _ in range(c.below(3 if len(shape) < 2 else 2)))
    return (*lead, *(c.pick(SIZES) if n == 1 else n for n in shape))


def expand(c: Choices, shape: Shape) -> Move:
    new = expanded(c, shape)
    lead = len(new) - len(shape)
    asked = tuple(-1 if i >= lead and n == shape[i - lead] and c.chance(30) else n for i, n in enumerate(new))
    return Move(new, {}, asked if asked and c.chance(60) else (asked,))


def broadcast_to(c: Choices, shape: Shape) -> Move:
    new = expanded(c, shape)
    return Move(new, {"size": listed(c, new)})


def times(c: Choices, shape: Shape, ndim: int) -> tuple[Shape, tuple[int, ...]]:
    """How often each of `ndim` dimensions is repeated, and what comes of it."""
    repeats = tuple(0 if c.chance(3) else c.pick((2, 1, 3, 1)) for _ in range(ndim))
    n = max(ndim, len(shape))
    sizes, often = ((1,) * (n - len(each)) + each for each in (shape, repeats))
    return tuple(a * b for a, b in zip(sizes, often, strict=True)), repeats


def repeat(c: Choices, shape: Shape) -> Move:
    new, repeats = times(c, shape, len(shape) + c.below(2))
    return Move(new, {}, repeats if repeats and c.chance(70) else (repeats,))


def tile(c: Choices, shape: Shape) -> Move:
    new, repeats = times(c, shape, c.below(len(shape) + 2))
    return Move(new, {"dims": repeats})


def repeat_interleave(d: Draw, x: Operand) -> Sample:
    """Each element as often as a number says, or as an index says that has one for each."""
    c, shape = d.choices, x.meta.shape
    given: dict[str, Any] = {}
    n = x.meta.size
    if shape and c.chance(70):
        given["dim"] = dim = any_dim(c, len(shape))
        n = shape[dim]
    repeats: Any = c.pick((2, 1, 3))
    total = n * repeats
    if c.chance(50) and n:
        often = [c.pick((2, 1, 0, 3)) for _ in range(n)]
        repeats, total = d.integers((n,), often), sum(often)
    new = resized(shape, given["dim"], total) if given else (total,)
    return called(c, x, {"repeats": repeats} | given, x.meta.reshaped(new))


# -- other orders


def flip(c: Choices, shape: Shape) -> Move:
    dims = signed(c, c.shuffled(range(len(shape)))[: c.below(len(shape) + 1)], len(shape))
    return Move(shape, {"dims": listed(c, dims)})


def flip_by_position(c: Choices, shape: Shape) -> Move:
    n = len(shape)
    return Move(shape, {}, signed(c, c.shuffled(range(n))[: c.between(1, n)], n))


def roll(c: Choices, shape: Shape) -> Move:
    if not shape or c.chance(25):
        return Move(shape, {"shifts": c.between(-3, 3)})
    dims = tuple(any_dim(c, len(shape)) for _ in range(c.between(1, 2)))
    shifts = tuple(c.between(-3, 3) for _ in dims)
    if len(dims) == 1 and c.chance(60):
        return Move(shape, {"shifts": shifts[0], "dims": dims[0]})
    return Move(shape, {"shifts": shifts, "dims": dims})


def rot90(c: Choices, shape: Shape) -> Move:
    k = c.between(-1, 3)
    i, j = two_dims(c, len(shape)) if c.chance(60) else (0, 1)
    given: dict[str, Any] = {"k": k}
    if (i, j) != (0, 1) or c.chance(50):
        given["dims"] = listed(c, signed(c, (i, j), len(shape)))
    new = list(shape)
    if k % 2:
        new[i], new[j] = new[j], new[i]
    return Move(tuple(new), given)


# -- other tensors say which shape


def like(name: str, shape_of: Callable[[Choices, Shape], Shape], *errors: ErrorInput, **more: Any) -> Operator:
    """An operator that takes the shape from another tensor."""

    def call(d: Draw, x: Operand) -> Sample:
        new = shape_of(d.choices, x.meta.shape)
        return called(d.choices, x, {"other": d.tensor(new)}, x.meta.reshaped(new))

    return Operator(name, call, errors=(NO_TENSOR, *errors), forms=METHOD, view=True, **(MOVED | more))


DIM = error("a dimension out of range", (2, 3), 2)
DIMS = error("a dimension out of range", (2, 3), 0, 2)
NO_DIM = error("a dimension that is no integer", (2, 3), 0.5)
TOO_FEW = error("too few dimensions", (3,))
LISTED_DIM = error("a dimension out of range", (2, 3), (0, 2))
LISTED_TWICE = error("a dimension named twice", (2, 3), (0, -2))
WRONG_SIZE = error("another number of elements", (2, 3), (4, 2))
TWO_UNKNOWN = error("two sizes that are to follow", (2, 3), (-1, -1))
UNFIT = error("a size that does not fit", (2, 3), (2, 4))

RESHAPING = (
    moving("reshape", reshape, WRONG_SIZE, TWO_UNKNOWN, **VIEW),
    moving("reshape", reshape_by_position, overload="position", forms=METHOD, **VIEW),
    moving("view", view, WRONG_SIZE, TWO_UNKNOWN, forms=METHOD, **VIEW),
    like("view_as", lambda c, s: refactored(c, math.prod(s)), error("no other tensor", (2, 3), (3, 2))),
    like("reshape_as", lambda c, s: refactored(c, math.prod(s)), error("no other tensor", (2, 3), (3, 2))),
    moving("flatten", flatten, DIM, error("an end before its start", (2, 3), 1, 0), **VIEW),
    moving("ravel", lambda c, s: Move((math.prod(s),)), **VIEW),
    moving("unflatten", unflatten, error("sizes that do not fit", (2, 4), 1, (3, 2)), **VIEW, **ONE_OR_MORE),
    moving("squeeze", squeeze, DIM, NO_DIM, LISTED_TWICE, **VIEW, **ALL_FORMS),
    moving("unsqueeze", unsqueeze, error("a dimension out of range", (2, 3), 3), NO_DIM, **VIEW, **ALL_FORMS),
    moving("atleast_1d", at_least(1), forms=FUNCTION, **VIEW),
    moving("atleast_2d", at_least(2), forms=FUNCTION, **VIEW),
    moving("atleast_3d", at_least(3), forms=FUNCTION, **VIEW),
    moving("contiguous", unchanged, forms=METHOD, **VIEW),
    moving("clone", unchanged),
    moving("detach", unchanged, differentiable=False, twice=False, **VIEW),
)
REORDERING = (
    moving("transpose", swap("dim0", "dim1"), DIMS, NO_DIM, **VIEW, **ALL_FORMS),
    moving("swapaxes", swap("axis0", "axis1"), DIMS, **VIEW, **ALL_FORMS),
    moving("swapdims", swap("dim0", "dim1"), DIMS, **VIEW, **ALL_FORMS),
    moving("t", lambda c, s: Move(s[::-1]), error("three dimensions", (2, 3, 1)), **VIEW, **ALL_FORMS, **with_dimensions(0, 2)),
    moving("T", lambda c, s: Move(s[::-1]), **ATTRIBUTE, **with_dimensions(0, 2)),
    moving("mT", last_two, TOO_FEW, **ATTRIBUTE, **TWO_OR_MORE),
    moving("H", lambda c, s: Move(s[::-1]), TOO_FEW, **ATTRIBUTE, **with_dimensions(2, 2)),
    moving("mH", last_two, TOO_FEW, **ATTRIBUTE, **TWO_OR_MORE),
    moving("adjoint", last_two, TOO_FEW, **VIEW, **TWO_OR_MORE),
    moving("permute", permute, LISTED_DIM, LISTED_TWICE, error("too few dimensions", (2, 3), (0,)), **VIEW),
    moving("permute", permute_by_position, overload="position", forms=METHOD, **VIEW, **ONE_OR_MORE),
    moving("movedim", movedim, DIMS, error("lists of two lengths", (2, 3), (0, 1), (0,)), **VIEW, **ONE_OR_MORE),
    moving("moveaxis", movedim, DIMS, **VIEW, **ONE_OR_MORE),
    moving("flip", flip, LISTED_DIM, LISTED_TWICE),
    moving("flip", flip_by_position, DIM, overload="position", forms=METHOD, **ONE_OR_MORE),
    moving("fliplr", unchanged, TOO_FEW, **TWO_OR_MORE),
    moving("flipud", unchanged, error("no dimensions", ()), **ONE_OR_MORE),
    moving("roll", roll, error("a dimension out of range", (2, 3), 1, 2), error("two shifts", (2, 3), (1, 2), 0)),
    moving("rot90", rot90, TOO_FEW, error("one dimension", (2, 3), 1, (0,)), error("the same dimension", (2, 3), 1, (0, 0)),
           **TWO_OR_MORE),
)  # fmt: skip
REPEATING = (
    moving("expand", expand, UNFIT, error("too few sizes", (2, 3), (3,)), forms=METHOD, **VIEW, **small()),
    moving("broadcast_to", broadcast_to, UNFIT, **VIEW, **small()),
    like("expand_as", expanded, error("no other tensor", (1, 3), (2, 3)), **small()),
    moving("repeat", repeat, error("too few sizes", (2, 3), (3,)), error("a negative number", (3,), (-1,)),
           forms=METHOD, **small()),
    moving("tile", tile, error("a negative number", (3,), (-1,)), **small()),
    Operator("repeat_interleave", repeat_interleave, **MOVED | small(), errors=(
        NO_TENSOR, error("a negative number", (3,), -1), error("a dimension out of range", (3,), 2, 1),
        wrong("too few numbers", lambda d: (d.tensor((3,)), d.integers((2,), [1, 2]))),
    )),
)  # fmt: skip

SHAPES = (*RESHAPING, *REORDERING, *REPEATING)
