"""Operators that make one tensor of several, or bring several to one shape."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from gradspec.programs.catalogue.elementwise import not_a_tensor
from gradspec.programs.catalogue.shapes import VIEW, error, resized, with_dimensions
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
    broadcast,
    broadcastable,
    wrong,
)
from gradspec.programs.choices import Choices

NO_TENSOR = ErrorInput("no tensor", not_a_tensor)
NO_SEQUENCE = error("a tensor alone", (3,))
NOTHING = wrong("no tensors at all", lambda d: ((),))
UNFIT = wrong("shapes that do not fit", lambda d: ((d.tensor((2, 3)), d.tensor((3, 4))),))
NUMBER = wrong("a number among tensors", lambda d: ((d.tensor((2,)), 1.0),))
OF_LIST = wrong("a dimension out of range", lambda d: ((d.tensor((2, 3)), d.tensor((2, 3))), 3))


def hull(metas: Sequence[Meta], shape: Shape) -> Meta:
    """What is known of a tensor that has its elements from all of these."""
    grains = [each.grain for each in metas if each.grain is not None]
    low, high = min(each.low for each in metas), max(each.high for each in metas)
    return Meta(shape, metas[0].dtype, low, high, max(grains) if len(grains) == len(metas) else None)


def companions(d: Draw, x: Operand, shape_of: Callable[[Choices], Shape], least: int = 0) -> list[Operand]:
    """`x` among `least` to two others, which may be itself."""
    c = d.choices
    found = [x]
    for _ in range(c.pick([n for n in (1, 2, 0) if n >= least])):
        shape = shape_of(c)
        found.append(x if shape == x.meta.shape and c.chance(15) else d.tensor(shape, dtype=x.meta.dtype))
    return found


def listed(c: Choices, operands: list[Operand]) -> Any:
    return operands if c.chance(40) else tuple(operands)


def along(c: Choices, shape: Shape, dim: int) -> Shape:
    """`shape` with any size in dimension `dim`."""
    return resized(shape, dim, 0 if c.chance(4) else c.pick(SIZES))


def joined(shapes: Sequence[Shape], dim: int) -> Shape:
    return resized(shapes[0], dim, sum(each[dim] for each in shapes))


def cat(name: str) -> Operator:
    """Along a dimension that there is; a tensor of shape (0,) goes with any."""

    def call(d: Draw, x: Operand) -> Sample:
        c, shape = d.choices, x.meta.shape
        dim = any_dim(c, len(shape)) if c.chance(70) else 0
        found = companions(d, x, lambda c: along(c, shape, dim))
        metas = [each.meta for each in found]
        result = hull(metas, joined([each.shape for each in metas], dim))
        if c.chance(5):
            found.append(d.tensor((0,), dtype=x.meta.dtype))
        return with_dim(c, found, dim, result)

    return Operator(name, call, **JOINED | with_dimensions(1), errors=(NO_SEQUENCE, NOTHING, UNFIT, NUMBER, OF_LIST))


def with_dim(c: Choices, operands: list[Operand], dim: int, result: Meta) -> Sample:
    """`dim` by position, by keyword or, if it is 0, left out."""
    how = c.below(3)
    if how == 0 and dim == 0:
        return Sample((listed(c, operands),), {}, result)
    if how == 1:
        return Sample((listed(c, operands),), {"dim": dim}, result)
    return Sample((listed(c, operands), dim), {}, result)


def stack(d: Draw, x: Operand) -> Sample:
    c, shape = d.choices, x.meta.shape
    found = companions(d, x, lambda c: shape)
    dim = any_dim(c, len(shape) + 1) if c.chance(70) else 0
    at = dim % (len(shape) + 1)
    return with_dim(c, found, dim, hull([each.meta for each in found], (*shape[:at], len(found), *shape[at:])))


def row(shape: Shape) -> Shape:
    return shape or (1,)


def matrix(shape: Shape) -> Shape:
    return shape if len(shape) > 1 else (1, *row(shape))


def column(shape: Shape) -> Shape:
    return shape if len(shape) > 1 else (*row(shape), 1)


def box(shape: Shape) -> Shape:
    return shape if len(shape) > 2 else (*matrix(shape), 1)


def stacking(name: str, lift: Callable[[Shape], Shape], dim: int) -> Operator:
    """Along dimension `dim` of what `lift` makes of each shape; of one dimension alone, along that."""

    def call(d: Draw, x: Operand) -> Sample:
        c, shape = d.choices, x.meta.shape
        at = min(dim, len(lift(shape)) - 1)
        found = companions(d, x, lambda c: along(c, shape, at) if lift(shape) == shape else shape)
        metas = [each.meta for each in found]
        return Sample((listed(c, found),), {}, hull(metas, joined([lift(each.shape) for each in metas], at)))

    return Operator(name, call, **JOINED, errors=(NO_SEQUENCE, NOTHING, UNFIT, NUMBER))


def block_diag(d: Draw, x: Operand) -> Sample:
    found = companions(d, x, lambda c: tuple(c.pick(SIZES) for _ in range(c.below(3))))
    shapes = [matrix(each.meta.shape) for each in found]
    known = hull([each.meta for each in found], (sum(m for m, _ in shapes), sum(n for _, n in shapes)))
    return Sample(tuple(found), {}, known.within(min(known.low, 0), max(known.high, 0), known.grain))


def vector(c: Choices) -> Shape:
    return (c.pick(SIZES),)


def meshgrid(d: Draw, x: Operand) -> Sample:
    c = d.choices
    found = companions(d, x, lambda c: vector(c) if c.chance(85) else ())
    kwargs: dict[str, Any] = {"indexing": c.pick(("ij", "xy"))} if c.chance(85) else {}
    sizes = [each.meta.size for each in found]
    if kwargs.get("indexing") == "xy" and len(sizes) > 1:
        sizes[:2] = sizes[1::-1]
    results = tuple(each.meta.reshaped(tuple(sizes)) for each in found)
    args = tuple(found) if c.chance(50) else (listed(c, found),)
    return Sample(args, kwargs, results if len(results) > 1 else (None,))


def broadcast_tensors(d: Draw, x: Operand) -> Sample:
    found = [x, d.tensor(broadcastable(d.choices, x.meta.shape), dtype=x.meta.dtype)]
    shape = broadcast(x.meta.shape, found[1].meta.shape)
    return Sample(tuple(found), {}, tuple(each.meta.reshaped(shape) for each in found))


def cartesian_prod(d: Draw, x: Operand) -> Sample:
    found = companions(d, x, vector)
    n = math.prod(each.meta.size for each in found)
    return Sample(tuple(found), {}, hull([each.meta for each in found], (n, len(found)) if len(found) > 1 else (n,)))


def combinations(d: Draw, x: Operand) -> Sample:
    c, n = d.choices, x.meta.size
    kwargs: dict[str, Any] = {"r": c.between(1, 3)} if c.chance(60) else {}
    r = kwargs.get("r", 2)
    if c.chance(40):
        kwargs["with_replacement"] = c.chance(70)
    rows = math.comb(n + r - 1, r) if n and kwargs.get("with_replacement") else math.comb(n, r)
    return Sample((x,), kwargs, x.meta.reshaped((rows, r)))


JOINED: dict[str, Any] = {"forms": ("function",), "dtypes": ("float64", "float32", "int64"), "needs": ("shapes",)}
PAIR_OF_MATRICES = wrong("two dimensions", lambda d: (d.tensor((2, 3)), d.tensor((2,))))

JOINING = (
    cat("cat"),
    cat("concat"),
    cat("concatenate"),
    Operator("stack", stack, **JOINED, errors=(NO_SEQUENCE, NOTHING, UNFIT, NUMBER, OF_LIST)),
    stacking("hstack", row, 1),
    stacking("vstack", matrix, 0),
    stacking("row_stack", matrix, 0),
    stacking("dstack", box, 2),
    stacking("column_stack", column, 1),
    Operator("block_diag", block_diag, **JOINED | with_dimensions(0, 2), errors=(
        NO_TENSOR, error("three dimensions", (2, 1, 1)),
    )),
    Operator("meshgrid", meshgrid, **JOINED | VIEW | with_dimensions(0, 1), errors=(
        NO_TENSOR, PAIR_OF_MATRICES,
        wrong("an indexing that there is not", lambda d: (d.tensor((2,)), d.tensor((3,))), indexing="ji"),
    )),
    Operator("broadcast_tensors", broadcast_tensors, **JOINED | VIEW, errors=(
        NO_TENSOR, wrong("shapes that do not broadcast", lambda d: (d.tensor((2, 3)), d.tensor((2,)))),
    )),
    Operator("cartesian_prod", cartesian_prod, **JOINED | with_dimensions(1, 1), errors=(NO_TENSOR, PAIR_OF_MATRICES)),
    Operator("combinations", combinations, **JOINED | with_dimensions(1, 1), errors=(
        NO_TENSOR, error("two dimensions", (2, 3)), error("a negative number", (3,), -1),
    )),
)  # fmt: skip
