"""Operators that take parts of a tensor, most of them views, and those that put a part into it."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

from gradspec.programs.catalogue.reductions import full_shape
from gradspec.programs.catalogue.shapes import (
    DIM,
    FUNCTION,
    METHOD,
    MOVED,
    NO_TENSOR,
    ONE_OR_MORE,
    TOO_FEW,
    TWO_OR_MORE,
    VIEW,
    Move,
    error,
    listed,
    moving,
    resized,
    signed,
    small,
    two_dims,
    with_dimensions,
)
from gradspec.programs.catalogue.vocabulary import (
    LARGEST,
    Draw,
    ErrorInput,
    Operand,
    Operator,
    Sample,
    Shape,
    any_dim,
    any_shape,
    called,
    wrong,
)
from gradspec.programs.choices import Choices

ALL_FORMS = ("function", "method", "in_place")


def filled(c: Choices, shape: Shape) -> int:
    """A dimension that is not empty."""
    return signed(c, [c.pick([i for i, n in enumerate(shape) if n])], len(shape))[0]


def filled_shape(c: Choices) -> Shape:
    shape = any_shape(c, least=1)
    return shape if any(shape) else (2,)


FILLED: dict[str, Any] = {"shapes": filled_shape, "fits": lambda x: any(x.shape)}

# -- one part


def narrow(negative: bool) -> Callable[[Choices, Shape], Move]:
    """negative: whether the start may be counted from the end."""

    def draw(c: Choices, shape: Shape) -> Move:
        dim = any_dim(c, len(shape))
        n = shape[dim]
        start = c.between(0, n)
        length = c.between(min(1, n - start), n - start)
        asked = start - n if negative and start < n and c.chance(30) else start
        return Move(resized(shape, dim, length), {"dim": dim, "start": asked, "length": length})

    return draw


def select(c: Choices, shape: Shape) -> Move:
    dim = filled(c, shape)
    return Move(resized(shape, dim), {"dim": dim, "index": c.between(-shape[dim], shape[dim] - 1)})


def length_of_diagonal(rows: int, columns: int, offset: int) -> int:
    return max(0, min(rows + min(offset, 0), columns - max(offset, 0)))


def diagonal(c: Choices, shape: Shape) -> Move:
    ndim, given = len(shape), {}
    i, j = 0, 1
    offset = 0
    if c.chance(60):
        offset = given["offset"] = c.between(-2, 2)
        if c.chance(60):
            i, j = two_dims(c, ndim)
            given |= dict(zip(("dim1", "dim2"), signed(c, (i, j), ndim), strict=True))
    rest = tuple(n for k, n in enumerate(shape) if k not in (i, j))
    return Move((*rest, length_of_diagonal(shape[i], shape[j], offset)), given)


def diag(c: Choices, shape: Shape) -> Move:
    """Of a matrix its diagonal, of a vector the matrix with that diagonal."""
    given = {"diagonal": c.between(-2, 2)} if c.chance(60) else {}
    offset = given.get("diagonal", 0)
    if len(shape) == 2:
        return Move((length_of_diagonal(*shape, offset),), given)
    return Move((shape[0] + abs(offset),) * 2, given)


def diagflat(c: Choices, shape: Shape) -> Move:
    given = {"offset": c.between(-2, 2)} if c.chance(60) else {}
    size = 1
    for n in shape:
        size *= n
    return Move((size + abs(given.get("offset", 0)),) * 2, given)


def diag_embed(c: Choices, shape: Shape) -> Move:
    ndim, given = len(shape) + 1, {}
    i, j, offset = ndim - 2, ndim - 1, 0
    if c.chance(60):
        offset = given["offset"] = c.between(-2, 2)
        if c.chance(60):
            i, j = two_dims(c, ndim)
            given |= dict(zip(("dim1", "dim2"), signed(c, (i, j), ndim), strict=True))
    rest = list(shape[:-1])
    size = shape[-1] + abs(offset)
    return Move(tuple(size if k in (i, j) else rest.pop(0) for k in range(ndim)), given)


def triangle(c: Choices, shape: Shape) -> Move:
    return Move(shape, {"diagonal": c.between(-3, 3)} if c.chance(60) else {})


def unfold(c: Choices, shape: Shape) -> Move:
    dim = any_dim(c, len(shape))
    n = shape[dim] if shape else 1
    size, step = c.between(min(n, 1), n), c.between(1, 3)
    windows = (*resized(shape, dim, (n - size) // step + 1), size) if shape else (size,)
    return Move(windows, {"dimension": dim, "size": size, "step": step})


def strides(c: Choices, room: int) -> tuple[Shape, dict[str, Any]]:
    """A shape and strides, which may overlap, that reach no further than `room` elements."""
    offset = c.below(room) if c.chance(40) else 0
    last = room - 1 - offset
    sizes, steps = [], []
    for _ in range(c.below(4)):
        step = c.between(0, 3)
        size = c.between(1, 3)
        if (size - 1) * step > last:
            size = 1
        last -= (size - 1) * step
        sizes.append(size)
        steps.append(step)
    given: dict[str, Any] = {"size": tuple(sizes), "stride": tuple(steps)}
    if offset or c.chance(30):
        given["storage_offset"] = offset
    return tuple(sizes), given


def as_strided(d: Draw, x: Operand) -> Sample:
    """What memory holds beside a view is not known."""
    shape, given = strides(d.choices, x.meta.size)
    return called(d.choices, x, given, x.meta.within(-LARGEST, LARGEST).reshaped(shape))


# -- all parts


def unbind(c: Choices, shape: Shape) -> Move:
    dim = any_dim(c, len(shape)) if c.chance(70) else 0
    return Move([resized(shape, dim)] * shape[dim], {} if dim == 0 and c.chance(50) else {"dim": dim})


def pieces(shape: Shape, dim: int, sizes: list[int]) -> list[Shape]:
    return [resized(shape, dim, n) for n in sizes]


def partition(c: Choices, n: int) -> list[int]:
    """Sizes that add up to `n`."""
    sizes: list[int] = []
    while n and len(sizes) < 3:
        sizes.append(c.between(0 if c.chance(15) else 1, n))
        n -= sizes[-1]
    return [*sizes, n] if n or not sizes else sizes


def between_cuts(cuts: list[int], n: int) -> list[int]:
    """The sizes of the pieces between `cuts`, as slices count."""
    ends = [None, *cuts, None]
    return [len(range(*slice(a, b).indices(n))) for a, b in itertools.pairwise(ends)]


def chunks(n: int, size: int) -> list[int]:
    return [min(size, n - start) for start in range(0, n, size)] or [0]


def split(size_name: str, sections: bool) -> Callable[[Choices, Shape], Move]:
    def draw(c: Choices, shape: Shape) -> Move:
        dim = any_dim(c, len(shape))
        n = shape[dim]
        asked: Any
        if sections or c.chance(50):
            asked = sizes = partition(c, n)
        else:
            asked = c.between(1, 3)
            sizes = chunks(n, asked)
        given = {size_name: asked}
        return Move(pieces(shape, dim, sizes), given if dim == 0 and c.chance(50) else given | {"dim": dim})

    return draw


def chunk(c: Choices, shape: Shape) -> Move:
    dim, n = any_dim(c, len(shape)), c.between(1, 4)
    sizes = chunks(shape[dim], -(-shape[dim] // n)) if shape[dim] else [0] * n
    return Move(pieces(shape, dim, sizes), {"chunks": n, "dim": dim})


def cut(c: Choices, n: int) -> tuple[str, Any, list[int]]:
    """Into so many sections, the first ones larger, or at indices: the argument's name, itself, and the sizes."""
    if c.chance(50):
        sections = c.between(1, 4)
        return "sections", sections, [n // sections + (i < n % sections) for i in range(sections)]
    cuts = sorted(c.between(0, n + 1) for _ in range(c.between(1, 2)))
    cuts = [k - n if 0 < k < n and c.chance(20) else k for k in cuts]
    return "indices", listed(c, cuts), between_cuts(cuts, n)


def tensor_split(c: Choices, shape: Shape) -> Move:
    dim = any_dim(c, len(shape))
    name, asked, sizes = cut(c, shape[dim])
    return Move(pieces(shape, dim, sizes), {name: asked, "dim": dim})


def split_along(dim: int) -> Callable[[Choices, Shape], Move]:
    """`hsplit`, `vsplit`, `dsplit`: sections that are all equal, or indices."""

    def draw(c: Choices, shape: Shape) -> Move:
        along = dim if len(shape) > dim else 0
        name, asked, sizes = cut(c, shape[along])
        if name == "sections":
            asked = c.pick([k for k in range(1, shape[along] + 1) if shape[along] % k == 0] or [1])
            sizes = [shape[along] // asked] * asked
        return Move(pieces(shape, along, sizes), {name: asked})

    return draw


# -- a part put in


def scattered(d: Draw, x: Operand, move: Move, given: dict[str, Any]) -> Sample:
    """A tensor `src` in the place of the part that `move` takes."""
    assert isinstance(move.shape, tuple)
    src = d.tensor(move.shape, dtype=x.meta.dtype)
    low, high = min(x.meta.low, src.meta.low), max(x.meta.high, src.meta.high)
    grain = None if x.meta.grain is None or src.meta.grain is None else max(x.meta.grain, src.meta.grain)
    return called(d.choices, x, {"src": src} | given, x.meta.within(low, high, grain))


def select_scatter(d: Draw, x: Operand) -> Sample:
    move = select(d.choices, x.meta.shape)
    return scattered(d, x, move, move.given)


def diagonal_scatter(d: Draw, x: Operand) -> Sample:
    move = diagonal(d.choices, x.meta.shape)
    return scattered(d, x, move, move.given)


def slice_scatter(d: Draw, x: Operand) -> Sample:
    c, shape = d.choices, x.meta.shape
    dim = any_dim(c, len(shape))
    n = shape[dim]
    where = slice(c.pick((None, 0, 1, -1)), c.pick((None, n, -1, n + 2)), c.pick((1, 2)))
    size = len(range(*where.indices(n)))
    given = {"dim": dim, "start": where.start, "end": where.stop, "step": where.step}
    return scattered(d, x, Move(resized(shape, dim, size)), given)


def scattering(name: str, call: Callable[[Draw, Operand], Sample], *errors: ErrorInput, **more: Any) -> Operator:
    unfit = wrong("a source that does not fit", lambda d: (d.tensor((2, 3)), d.tensor((5,)), 0, 0))
    return Operator(name, call, errors=(NO_TENSOR, unfit, *errors), **(MOVED | more))


BEYOND = error("a part that is too long", (2, 3), 0, 1, 2)
OUTSIDE = error("an index out of range", (2, 3), 0, 2)
OF_PARTS = error("a dimension out of range", (2, 3), 1, 2)
FRACTION = error("a size that is no integer", (2, 3), 0.5)
NO_SUM = error("sizes of another sum", (4,), [1, 2])
ZERO = error("no pieces", (4,), 0)
SAME_DIM = error("the same dimension twice", (2, 3), 0, 1, 1)
TWO_BY_TWO = error("unequal sections", (3, 3, 3), 2)
MATRICES = {"dtypes": ("float64", "float32", "int64")} | TWO_OR_MORE

PARTS = (
    moving("narrow", narrow(True), BEYOND, error("a negative length", (3,), 0, 0, -1), **VIEW, **ONE_OR_MORE),
    # PyTorch 2.13 loses the gradient of the last elements where the start of a copy is negative.
    moving("narrow_copy", narrow(False), BEYOND, **ONE_OR_MORE),
    moving("select", select, OUTSIDE, error("a dimension out of range", (2, 3), 2, 0), **VIEW, **FILLED),
    moving("diagonal", diagonal, TOO_FEW, SAME_DIM, **VIEW, **TWO_OR_MORE),
    moving("diag", diag, error("three dimensions", (2, 3, 1)), zeros=True, **with_dimensions(1, 2)),
    moving("diagflat", diagflat, error("an offset that is no integer", (2,), 0.5), zeros=True, **small()),
    moving("diag_embed", diag_embed, SAME_DIM, error("no dimensions", ()), zeros=True, **small(1)),
    moving("tril", triangle, TOO_FEW, FRACTION, zeros=True, forms=ALL_FORMS, **MATRICES),
    moving("triu", triangle, TOO_FEW, FRACTION, zeros=True, forms=ALL_FORMS, **MATRICES),
    moving("unfold", unfold, error("a window too large", (2, 3), 0, 3, 1), error("a step of 0", (3,), 0, 2, 0),
           forms=METHOD, overlapping=True, **VIEW),
    Operator("as_strided", as_strided, overlapping=True, fits=lambda x: x.size > 0,
             **MOVED | VIEW | {"dtypes": ("float64", "float32")},
             shapes=full_shape, errors=(
        NO_TENSOR, error("a step out of memory", (3,), (3,), (2,)), error("too few strides", (4,), (2, 2), (1,)),
        error("a negative stride", (3,), (2,), (-1,)))),
    moving("unbind", unbind, DIM, error("no dimensions", ()), **VIEW, **ONE_OR_MORE),
    moving("split", split("split_size", False), OF_PARTS, NO_SUM, ZERO, FRACTION, forms=METHOD, **VIEW, **ONE_OR_MORE),
    moving("split", split("split_size_or_sections", False), OF_PARTS, NO_SUM, overload="function", forms=FUNCTION,
           **VIEW, **ONE_OR_MORE),
    moving("split_with_sizes", split("split_sizes", True), NO_SUM, **VIEW, **ONE_OR_MORE),
    moving("chunk", chunk, OF_PARTS, ZERO, **VIEW, **ONE_OR_MORE),
    moving("tensor_split", tensor_split, OF_PARTS, ZERO, **VIEW, **ONE_OR_MORE),
    moving("hsplit", split_along(1), TWO_BY_TWO, error("no dimensions", (), 1), **VIEW, **ONE_OR_MORE),
    moving("vsplit", split_along(0), TWO_BY_TWO, error("too few dimensions", (4,), 2), **VIEW, **TWO_OR_MORE),
    moving("dsplit", split_along(2), TWO_BY_TWO, error("too few dimensions", (4, 4), 2), **VIEW, **with_dimensions(3)),
    scattering("select_scatter", select_scatter, **FILLED),
    scattering("slice_scatter", slice_scatter, **ONE_OR_MORE),
    scattering("diagonal_scatter", diagonal_scatter, **TWO_OR_MORE),
)  # fmt: skip
