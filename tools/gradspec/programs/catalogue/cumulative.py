"""Operators that run along a dimension: sums and products so far, differences, integrals."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from gradspec.programs.catalogue.elementwise import not_a_tensor
from gradspec.programs.catalogue.reductions import DIM, NO_DIM, full_shape
from gradspec.programs.catalogue.vocabulary import (
    DISTINCT,
    SMALL,
    Domain,
    Draw,
    ErrorInput,
    Meta,
    Operand,
    Operator,
    Sample,
    Shape,
    any_dim,
    any_shape,
    called,
    of_dimensions,
    wrong,
)
from gradspec.programs.choices import Choices
from gradspec.programs.program import Constant

ALL_FORMS = ("function", "method", "in_place")
INTEGERS_TOO = ("float64", "float32", "int64")
FUNCTION = ("function",)
NO_TENSOR = ErrorInput("no tensor", not_a_tensor)
NO_DIMENSION = wrong("no dimension", lambda d: (d.tensor((2, 3)),))

Sofar = Callable[[Meta, int], Meta | tuple[Meta, ...]]
"""What is known of a result from the operand and the size of the dimension."""


def size(shape: Shape, dim: int) -> int:
    return shape[dim] if shape else 1


def resized(shape: Shape, dim: int, n: int) -> Shape:
    """`shape` with size `n` in dimension `dim`."""
    dim %= len(shape)
    return (*shape[:dim], n, *shape[dim + 1 :])


def never_empty(choices: Choices) -> Shape:
    return tuple(n or 1 for n in any_shape(choices))


def cumulative(name: str, values: Sofar, *, dtypes_asked: tuple[str, ...] = (), **more: Any) -> Operator:
    """Of every element and those before it along a dimension."""

    def call(d: Draw, x: Operand) -> Sample:
        dim = any_dim(d.choices, len(x.meta.shape))
        result = values(x.meta, size(x.meta.shape, dim))
        sample = called(d.choices, x, {"dim": dim}, result)
        if dtypes_asked and isinstance(result, Meta) and d.choices.chance(20):
            other = "float64" if d.smooth else d.choices.pick(dtypes_asked)
            return replace(
                sample, kwargs=sample.kwargs | {"dtype": Constant(other)}, result=replace(result, dtype=other)
            )
        return sample

    return Operator(name, call, errors=(NO_TENSOR, DIM, NO_DIM, NO_DIMENSION), **more)


def sums(x: Meta, n: int) -> Meta:
    dtype = x.dtype if x.floating else "int64"
    return replace(x, dtype=dtype, low=min(x.low, x.low * n), high=max(x.high, x.high * n))


def products(x: Meta, n: int) -> Meta:
    bound = max(x.bound, 1.0) ** n
    return Meta(x.shape, x.dtype, -bound, bound, None if x.grain is None else n * x.grain)


def with_places(x: Meta, n: int) -> tuple[Meta, ...]:
    return x, Meta(x.shape, "int64", 0, max(n - 1, 0), 0)


def logs_of_sums(x: Meta, n: int) -> Meta:
    return x.within(x.low, x.high + math.log(max(n, 1)))


# -- differences


def diff(d: Draw, x: Operand) -> Sample:
    c, meta = d.choices, x.meta
    given: dict[str, Any] = {"n": c.pick((1, 1, 2, 3))} if c.chance(50) else {}
    dim = -1
    if given and c.chance(60):
        dim = given["dim"] = any_dim(c, len(meta.shape))
    length = size(meta.shape, dim)
    sides = {}
    for side in ("prepend", "append"):
        if c.chance(20):
            n = c.between(1, 2)
            sides[side] = d.tensor(resized(meta.shape, dim, n), dtype=meta.dtype)
            length += n
    low, high = (pick([meta, *(each.meta for each in sides.values())]) for pick in (lowest, highest))
    times = given.get("n", 1)
    bound = (high - low) * 2 ** (times - 1)
    grains = [meta.grain, *(each.meta.grain for each in sides.values())]
    grain = None if None in grains else max(g for g in grains if g is not None)
    result = Meta(resized(meta.shape, dim, max(length - times, 0)), meta.dtype, -bound, bound, grain)
    sample = called(c, x, given, result)
    return replace(sample, kwargs=sample.kwargs | sides)


def lowest(metas: list[Meta]) -> float:
    return min(each.low for each in metas)


def highest(metas: list[Meta]) -> float:
    return max(each.high for each in metas)


SPACINGS = (1, 2.0, 0.5)
STEEPEST = 64.0  # what `gradient` may make of a difference of 1, where points are as near as POINTS has them
POINTS = Domain(-4.0, 4.0, distinct=True)


def gradient(d: Draw, x: Operand) -> Sample:
    """Along one dimension, several or all; the points one apart, or a number or given points in each dimension."""
    c, shape = d.choices, x.meta.shape
    kwargs: dict[str, Any] = {"edge_order": c.between(1, 2)} if c.chance(50) else {}
    least = kwargs.get("edge_order", 1) + 1
    if min(shape) < least:
        kwargs, least = {}, 2
    fine = [i for i, n in enumerate(shape) if n >= least]
    if len(fine) == len(shape) and c.chance(40):
        dims = fine
    else:
        dims = c.shuffled(fine)[: c.between(1, len(fine))]
        signed = tuple(i - len(shape) * c.chance(40) for i in dims)
        kwargs["dim"] = signed[0] if len(dims) == 1 and c.chance(70) else signed
    how = c.below(4)
    if how == 1:
        kwargs["spacing"] = c.pick(SPACINGS)
    elif how == 2:
        kwargs["spacing"] = [c.pick(SPACINGS) for _ in dims]
    elif how == 3:
        kwargs["spacing"] = tuple(d.tensor((shape[i],), POINTS, dtype=x.meta.dtype) for i in dims)
    bound = x.meta.bound * STEEPEST
    result = (x.meta.within(-bound, bound),) * len(dims)
    return Sample((x,), kwargs, result if len(dims) > 1 else (None,))


def deep_shape(c: Choices) -> Shape:
    return tuple(max(n, 2) for n in any_shape(c, least=1))


# -- integrals


def integral(name: str, cumulated: bool) -> Operator:
    """By trapezoids that are one wide, `dx` wide, or between points `x`."""

    def call(d: Draw, y: Operand) -> Sample:
        c, shape = d.choices, y.meta.shape
        args: tuple[Any, ...] = (y,)
        kwargs: dict[str, Any] = {}
        dim = -1
        if c.chance(60):
            dim = kwargs["dim"] = any_dim(c, len(shape))
        n = size(shape, dim)
        how = c.below(4)
        if how == 1:
            kwargs["dx"] = c.pick((0.5, 2.0, -1.0))
        elif how > 1:
            points = d.tensor(shape if how == 2 else (n,), dtype=y.meta.dtype)
            if c.chance(50):
                args = (y, points)
            else:
                kwargs["x"] = points
        bound = 4 * n * y.meta.bound
        dim %= len(shape)
        left = resized(shape, dim, n - 1) if cumulated else (*shape[:dim], *shape[dim + 1 :])
        return Sample(args, kwargs, Meta(left, y.meta.dtype, -bound, bound, None))

    errors = (
        NO_TENSOR,
        wrong("a dimension out of range", lambda d: (d.tensor((2, 3)),), dim=2),
        wrong("points that do not fit", lambda d: (d.tensor((2, 3)), d.tensor((4,)))),
        wrong("a distance that is no number", lambda d: (d.tensor((2, 3)),), dx="1"),
    )

    def fits(y: Meta) -> bool:
        return len(y.shape) > 0 and y.size > 0

    return Operator(name, call, shapes=lambda c: full_shape(c, 1), fits=fits, forms=FUNCTION, errors=errors)


PICKED: dict[str, Any] = {"chooses": True, "smooth": DISTINCT, "dtypes": INTEGERS_TOO}

CUMULATIVE = (
    cumulative("cumsum", sums, dtypes_asked=("float64", "float32"), forms=ALL_FORMS, dtypes=INTEGERS_TOO),
    cumulative("cumprod", products, dtypes_asked=("float64",), forms=ALL_FORMS, dtypes=INTEGERS_TOO, first=SMALL),
    # of an empty tensor PyTorch gives back the tensor itself for its gradient
    cumulative("cummax", with_places, shapes=never_empty, fits=lambda x: x.size > 0, **PICKED),
    cumulative("cummin", with_places, shapes=never_empty, fits=lambda x: x.size > 0, **PICKED),
    cumulative("logcumsumexp", logs_of_sums, twice=False),  # nan, in PyTorch, where an upstream gradient is 0
    Operator(
        "diff", diff, shapes=of_dimensions(1), fits=lambda x: len(x.shape) > 0, dtypes=INTEGERS_TOO,
        errors=(
            NO_TENSOR,
            wrong("no dimensions", lambda d: (d.tensor(()),)),
            wrong("a negative number of times", lambda d: (d.tensor((3,)), -1)),
            wrong("a dimension out of range", lambda d: (d.tensor((3,)), 1, 1)),
            wrong("a shape that cannot be put before", lambda d: (d.tensor((2, 3)), 1, 0, d.tensor((1, 2)))),
        ),
    ),
    Operator(
        "gradient", gradient, shapes=deep_shape, forms=FUNCTION,
        fits=lambda x: bool(x.shape) and min(x.shape) > 0 and max(x.shape) > 1,
        errors=(
            NO_TENSOR,
            wrong("a dimension out of range", lambda d: (d.tensor((3,)),), dim=1),
            wrong("too few elements", lambda d: (d.tensor((2,)),), edge_order=2),
            wrong("an edge order that there is not", lambda d: (d.tensor((4,)),), edge_order=3),
        ),
    ),
    integral("trapezoid", False),
    integral("trapz", False),
    integral("cumulative_trapezoid", True),
)  # fmt: skip
