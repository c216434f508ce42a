"""Operators that sort, and those that search what is sorted."""

from __future__ import annotations

import math
from typing import Any

from gradspec.programs.catalogue.cumulative import resized, size
from gradspec.programs.catalogue.elementwise import not_a_tensor
from gradspec.programs.catalogue.reductions import left
from gradspec.programs.catalogue.vocabulary import (
    COUNTS,
    DISTINCT,
    REAL,
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
    wrong,
)
from gradspec.programs.choices import Choices

INTEGERS_TOO = ("float64", "float32", "int64")
NO_GRADIENT: dict[str, Any] = {"differentiable": False, "twice": False}

NO_TENSOR = ErrorInput("no tensor", not_a_tensor)
DIM = wrong("a dimension out of range", lambda d: (d.tensor((2, 3)), d.choices.pick((2, -3))))
DIM_OF_TWO = wrong("a dimension out of range", lambda d: (d.tensor((2, 3)), 1, d.choices.pick((2, -3))))


def places(shape: Shape, n: int) -> Meta:
    """Indices of `n` elements."""
    return Meta(shape, "int64", 0, max(n - 1, 0), 0)


def ordering(name: str, stable: bool, domain: Domain, errors: tuple[ErrorInput, ...]) -> Operator:
    """`sort` or `argsort`. Only where it is stable is the order of equal elements defined."""

    def call(d: Draw, x: Operand) -> Sample:
        c = d.choices
        given: dict[str, Any] = {"dim": any_dim(c, len(x.meta.shape))} if c.chance(70) else {}
        if given and c.chance(50):
            given["descending"] = c.chance(60)
        indices = places(x.meta.shape, size(x.meta.shape, given.get("dim", -1)))
        result = (x.meta, indices) if name == "sort" else indices
        if stable:
            return Sample((x,), {"stable": True} | given, result)
        return called(c, x, given, result)

    return Operator(
        name, call, domain, smooth=DISTINCT, chooses=True, dtypes=INTEGERS_TOO, errors=(NO_TENSOR, *errors),
        overload="stable" if stable else "", differentiable=name == "sort", twice=name == "sort",
    )  # fmt: skip


def topk(d: Draw, x: Operand) -> Sample:
    c, shape = d.choices, x.meta.shape
    dim = any_dim(c, len(shape)) if c.chance(70) else -1
    n = size(shape, dim)
    k = c.between(min(n, 1), n) if c.chance(95) else 0
    given: dict[str, Any] = {"k": k, "dim": dim} | ({"largest": c.chance(30)} if c.chance(50) else {})
    shape = resized(shape, dim, k) if shape else shape
    if not x.meta.shape:
        given["k"] = 1
    return called(c, x, given, (x.meta.reshaped(shape), places(shape, n)))


def kthvalue(d: Draw, x: Operand) -> Sample:
    c, shape = d.choices, x.meta.shape
    fine = [i for i, n in enumerate(shape) if n]
    dim = c.pick(fine) if fine else 0
    n = shape[dim] if shape else 1
    given: dict[str, Any] = {"k": c.between(1, n), "dim": dim - max(len(shape), 1) * c.chance(40)}
    if c.chance(50):
        given["keepdim"] = c.chance(70)
    shape = left(shape, {dim}, given.get("keepdim", False))
    return called(c, x, given, (x.meta.reshaped(shape), places(shape, n)))


def msort(d: Draw, x: Operand) -> Sample:
    return Sample((x,), result=x.meta)


def full_rows(c: Choices) -> Shape:
    shape = any_shape(c)
    return shape if not shape or any(shape) else (2,)


def unique(d: Draw, x: Operand) -> Sample:
    """How many there are shows only when it runs."""
    c = d.choices
    kwargs: dict[str, Any] = {key: True for key in ("return_inverse", "return_counts") if c.chance(40)}
    made = 1 + len(kwargs)
    if c.chance(40) and x.meta.shape and x.meta.size:
        kwargs["dim"] = any_dim(c, len(x.meta.shape))
    return Sample((x,), kwargs, (None,) * made if made > 1 else None)


def boundaries(d: Draw, meta: Meta, shape: Shape) -> Operand:
    """A tensor of which the last dimension is sorted."""
    domain = SMALL if meta.floating else COUNTS
    n = shape[-1]
    rows = [sorted(domain.values(d.choices, n)) for _ in range(math.prod(shape[:-1]))]
    return d.leaf_of(shape, [v for row in rows for v in row], meta.dtype)


def search_options(d: Draw, sides: bool) -> dict[str, Any]:
    c = d.choices
    options: dict[str, Any] = {"out_int32": True} if c.chance(20) else {}
    how = c.below(4)
    if how == 1:
        options["right"] = c.chance(70)
    elif how == 2 and sides:
        options["side"] = c.pick(("right", "left"))
    return options


def found(shape: Shape, n: int, options: dict[str, Any]) -> Meta:
    return Meta(shape, "int32" if "out_int32" in options else "int64", 0, n, 0)


def bucketize(d: Draw, x: Operand) -> Sample:
    n, options = d.choices.between(1, 4), search_options(d, False)
    return Sample((x, boundaries(d, x.meta, (n,))), options, found(x.meta.shape, n, options))


def searchsorted(d: Draw, x: Operand) -> Sample:
    """Where to find `x` in what is sorted: in one row for all, or in as many rows as there are in `x`."""
    n, options, shape = d.choices.between(1, 4), search_options(d, True), x.meta.shape
    rows = shape[:-1] if shape and d.choices.chance(50) else ()
    return Sample((boundaries(d, x.meta, (*rows, n)), x), options, found(shape, n, options))


SEARCHED: dict[str, Any] = {"forms": ("function",), "chooses": True, "dtypes": INTEGERS_TOO} | NO_GRADIENT

SORTING = (
    ordering("sort", False, DISTINCT, (DIM,)),
    ordering("sort", True, REAL, (wrong("a dimension out of range", lambda d: (d.tensor((3,)),), stable=True, dim=1),)),
    ordering("argsort", False, DISTINCT, (DIM,)),
    ordering("argsort", True, REAL, (wrong("a dimension out of range", lambda d: (d.tensor((3,)),), stable=True, dim=1),)),
    Operator("topk", topk, DISTINCT, chooses=True, dtypes=INTEGERS_TOO, errors=(
        NO_TENSOR, DIM_OF_TWO, wrong("more than there are", lambda d: (d.tensor((2, 3)), 4)),
        wrong("a negative number", lambda d: (d.tensor((3,)), -1)), wrong("no number", lambda d: (d.tensor((3,)),)),
    )),
    Operator("kthvalue", kthvalue, DISTINCT, chooses=True, dtypes=INTEGERS_TOO, errors=(
        NO_TENSOR, DIM_OF_TWO, wrong("more than there are", lambda d: (d.tensor((2, 3)), 4)),
        wrong("the 0th", lambda d: (d.tensor((3,)), 0)),
    ), shapes=full_rows, fits=lambda x: not x.shape or any(x.shape)),
    Operator("msort", msort, DISTINCT, chooses=True, dtypes=INTEGERS_TOO, errors=(NO_TENSOR,)),
    Operator("unique", unique, COUNTS, chooses=True, dtypes=INTEGERS_TOO, **NO_GRADIENT, errors=(
        NO_TENSOR, wrong("a dimension out of range", lambda d: (d.tensor((2, 3)),), dim=2),
    )),
    Operator("unique_consecutive", unique, COUNTS, chooses=True, dtypes=INTEGERS_TOO, **NO_GRADIENT, errors=(
        NO_TENSOR, wrong("a dimension out of range", lambda d: (d.tensor((2, 3)),), dim=2),
    )),
    Operator("bucketize", bucketize, **SEARCHED, errors=(
        NO_TENSOR, wrong("boundaries in two dimensions", lambda d: (d.tensor((3,)), d.tensor((2, 2)))),
        wrong("no boundaries", lambda d: (d.tensor((3,)),)),
    )),
    Operator("searchsorted", searchsorted, **SEARCHED, errors=(
        NO_TENSOR, wrong("rows that do not fit", lambda d: (d.tensor((2, 3)), d.tensor((3, 1)))),
        wrong("a side that there is not", lambda d: (d.tensor((3,)), d.tensor((2,))), side="middle"),
        wrong("two sides", lambda d: (d.tensor((3,)), d.tensor((2,))), side="left", right=True),
    )),
)  # fmt: skip
