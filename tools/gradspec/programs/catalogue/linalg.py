"""Linear algebra. Matrices are well-conditioned by construction: their diagonals dominate.

Eigenvectors and singular vectors are left out: their signs are anyone's choice. Their values are here.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from gradspec.programs.catalogue.vocabulary import (
    Domain,
    Draw,
    ErrorInput,
    Meta,
    Operand,
    Operator,
    Sample,
    Shape,
    wrong,
)
from gradspec.programs.choices import Choices
from gradspec.programs.program import Constant, Tuple

Rows = list[list[float]]
Results = Meta | tuple[Meta | None, ...]
INVERSE = 2.0  # of the norms of the inverse of a matrix whose diagonal dominates
ROW = 7.5  # of the sum of a row's absolute values
INF, MINUS_INF = Constant("inf"), Constant("-inf")


# -- matrices: elements off the diagonal are at most 1/2, those on it about 2, 4 and 6


def arranged(make: Callable[[Rows], Rows]) -> Domain:
    """The domain of matrices that `make` makes of small elements; the sizes are 3 at most."""

    def arrange(values: list[float], shape: Shape) -> list[float]:
        m, n = shape[-2:]
        made: list[float] = []
        for start in range(0, len(values), max(m * n, 1)):
            rows = [values[start + i * n : start + (i + 1) * n] for i in range(m)]
            made.extend(each for row in make(rows) for each in row)
        return made

    return Domain(-0.5, 0.5, grain=3, arrange=arrange)


def dominated(rows: Rows) -> Rows:
    """Elements on the diagonal of either sign."""
    return [[v + math.copysign(2 + 2 * i, v) if i == j else v for j, v in enumerate(row)] for i, row in enumerate(rows)]


def permuted(rows: Rows) -> Rows:
    """The same, in some cases with the rows in reverse, so that pivots are not on the diagonal."""
    made = dominated(rows)
    return made[::-1] if rows and rows[0] and rows[0][0] < 0 else made


def positive(rows: Rows) -> Rows:
    return [[2 + 2 * i + abs(v) if i == j else v for j, v in enumerate(row)] for i, row in enumerate(rows)]


def mirrored(rows: Rows) -> Rows:
    return [[rows[max(i, j)][min(i, j)] for j in range(len(rows))] for i in range(len(rows))]


def triangle(rows: Rows) -> Rows:
    return [[v if j >= i else 0.0 for j, v in enumerate(row)] for i, row in enumerate(rows)]


DOMINATED = arranged(dominated)
GENERAL = arranged(permuted)
POSITIVE = arranged(positive)
SYMMETRIC = arranged(lambda rows: mirrored(dominated(rows)))
DEFINITE = arranged(lambda rows: mirrored(positive(rows)))
WITHOUT_ZEROS = replace(POSITIVE, holes=(0.0,), away=0.125)
UPPER = arranged(lambda rows: triangle(positive(rows)))
LOWER = arranged(lambda rows: [list(column) for column in zip(*triangle(positive(rows)), strict=True)] if rows else [])


def batch(choices: Choices) -> Shape:
    return choices.pick(((), (), (), (2,), (1,), (2, 1)))


def square(choices: Choices) -> Shape:
    n = choices.pick((2, 3, 1)) if not choices.chance(3) else 0
    return (*batch(choices), n, n)


def single_square(choices: Choices) -> Shape:
    return square(choices)[-2:]


def rectangle(choices: Choices) -> Shape:
    return (*batch(choices), choices.pick((2, 3, 1)), choices.pick((2, 3, 1)))


def tall(choices: Choices) -> Shape:
    n = choices.pick((2, 1, 3))
    return (*batch(choices), choices.between(n, 3), n)


NOT_SQUARE = wrong("a matrix that is not square", lambda d: (d.tensor((2, 3)),))
VECTOR = wrong("a vector", lambda d: (d.tensor((2,)),))
INTEGERS = wrong("a matrix of integers", lambda d: (d.integers((2, 2), [2, 0, 0, 2]),))
SINGULAR = wrong("a singular matrix", lambda d: (d.integers((2, 2), [1, 1, 1, 1], "float64"),))
NO_MATRIX = wrong("a list", lambda d: ([[1.0, 2.0], [3.0, 4.0]],))


def full(meta: Meta, shape: Shape, bound: float) -> Meta:
    """Elements of at most `bound`, rounded."""
    return Meta(shape, meta.dtype, -bound, bound, None)


def info(meta: Meta) -> Meta:
    """Zero for each matrix: it went well."""
    return Meta(meta.shape[:-2], "int32", 0, 0, 0)


def matrix(
    name: str,
    first: Domain,
    result: Callable[[Meta], Results],
    shapes: Callable[[Choices], Shape] = square,
    errors: tuple[ErrorInput, ...] = (NOT_SQUARE, VECTOR, INTEGERS),
    options: Callable[[Choices], dict[str, Any]] = lambda choices: {},
    **more: Any,
) -> Operator:
    """An operator of a matrix, or of a batch of them."""

    def call(d: Draw, x: Operand) -> Sample:
        return Sample((x,), options(d.choices), result(x.meta))

    return Operator(name, call, first, shapes=shapes, errors=errors, **({"forms": ("function",)} | more))


def maybe(key: str, *values: Any) -> Callable[[Choices], dict[str, Any]]:
    """The keyword `key` with one of `values`, or left out."""
    return lambda choices: {key: choices.pick(values)} if choices.chance(50) else {}


def each_matrix(bound: float, low: float | None = None) -> Callable[[Meta], Meta]:
    """One number a matrix."""
    return lambda x: Meta(x.shape[:-2], x.dtype, -bound if low is None else low, bound, None)


def same(bound: float) -> Callable[[Meta], Meta]:
    return lambda x: full(x, x.shape, bound)


def turned(x: Meta) -> Shape:
    return (*x.shape[:-2], x.shape[-1], x.shape[-2])


def diagonal(x: Meta) -> Shape:
    return (*x.shape[:-2], min(x.shape[-2:]))


def qr(x: Meta) -> Results:
    m, n = x.shape[-2:]
    k = min(m, n)
    return full(x, (*x.shape[:-2], m, k), 1.0), full(x, (*x.shape[:-2], k, n), 3 * ROW)


def lu(x: Meta) -> Results:
    m, n = x.shape[-2:]
    k = min(m, n)
    permutation = Meta((*x.shape[:-2], m, m), x.dtype, 0, 1, 0)
    return permutation, full(x, (*x.shape[:-2], m, k), 1.0), full(x, (*x.shape[:-2], k, n), 4 * ROW)


def pivots(x: Meta) -> Meta:
    return Meta(diagonal(x), "int32", 1, 3, 0)


def slogdet(x: Meta) -> Results:
    return Meta(x.shape[:-2], x.dtype, -1, 1, None), Meta(x.shape[:-2], x.dtype, -1, 6, None)


METHOD_TOO: dict[str, Any] = {"forms": ("function", "method")}
POWERS: dict[str, Any] = {"options": lambda choices: {"n": choices.between(-2, 3)}}
NO_POWER = (NOT_SQUARE, wrong("no exponent", lambda d: (d.tensor((2, 2)),)),
            wrong("an exponent of float", lambda d: (d.tensor((2, 2)), 0.5)))  # fmt: skip
NOT_POSITIVE = wrong("a matrix that is not positive definite", lambda d: (d.integers((2, 2), [1, 2, 2, 1], "float64"),))
NOT_DEFINITE = (NOT_SQUARE, VECTOR, INTEGERS, NOT_POSITIVE)
UNKNOWN_ORDER = wrong("an unknown order", lambda d: (d.tensor((2, 2)), "max"))

OF_A_MATRIX = (
    matrix("det", GENERAL, each_matrix(ROW**3), **METHOD_TOO),
    matrix("linalg.det", GENERAL, each_matrix(ROW**3)),
    matrix("logdet", POSITIVE, each_matrix(6.0), **METHOD_TOO),
    matrix("slogdet", GENERAL, slogdet, **METHOD_TOO),
    matrix("linalg.slogdet", GENERAL, slogdet),
    matrix("inverse", GENERAL, same(INVERSE), errors=(NOT_SQUARE, VECTOR, SINGULAR, NO_MATRIX), **METHOD_TOO),
    matrix("linalg.inv", GENERAL, same(INVERSE), errors=(NOT_SQUARE, VECTOR, INTEGERS, SINGULAR)),
    matrix("linalg.inv_ex", GENERAL, lambda x: (same(INVERSE)(x), info(x))),
    matrix("pinverse", GENERAL, lambda x: full(x, turned(x), INVERSE), rectangle, (VECTOR, INTEGERS), **METHOD_TOO),
    matrix("linalg.pinv", GENERAL, lambda x: full(x, turned(x), INVERSE), rectangle, (VECTOR, INTEGERS),
           maybe("rtol", 1e-6)),
    matrix("matrix_power", GENERAL, same(ROW**3), errors=NO_POWER, **METHOD_TOO, **POWERS),
    matrix("linalg.matrix_power", GENERAL, same(ROW**3), errors=NO_POWER, **POWERS),
    matrix("linalg.cholesky", DEFINITE, same(ROW), errors=NOT_DEFINITE, options=maybe("upper", True, False),
           structure="symmetric"),
    matrix("linalg.cholesky_ex", DEFINITE, lambda x: (same(ROW)(x), info(x)), options=maybe("upper", True, False),
           structure="symmetric"),
    matrix("cholesky_inverse", LOWER, same(INVERSE**2), structure="lower", **METHOD_TOO),
    matrix("linalg.qr", GENERAL, qr, rectangle, (VECTOR, INTEGERS, wrong("an unknown mode", lambda d: (d.tensor((2, 2)),
           "full"))), maybe("mode", "reduced"), smooth=WITHOUT_ZEROS),
    matrix("linalg.eigvalsh", SYMMETRIC, lambda x: full(x, diagonal(x), ROW), options=maybe("UPLO", "L", "U"),
           structure="symmetric", errors=(NOT_SQUARE, VECTOR, INTEGERS, wrong("neither triangle", lambda d: (d.tensor((2, 2)),
           "D")))),
    matrix("linalg.eigvals", WITHOUT_ZEROS,
           lambda x: Meta(diagonal(x), "complex128" if x.dtype == "float64" else "complex64", -ROW, ROW, None)),
    matrix("linalg.svdvals", GENERAL, lambda x: full(x, diagonal(x), 3 * ROW), rectangle, (VECTOR, INTEGERS)),
    matrix("linalg.matrix_rank", GENERAL, lambda x: Meta(x.shape[:-2], "int64", 0, 3, 0), rectangle, (VECTOR, INTEGERS),
           maybe("rtol", 1e-4), differentiable=False, chooses=True),
    matrix("linalg.cond", GENERAL, each_matrix(40 * ROW, 0.0), lambda c: tuple(max(n, 1) for n in square(c)),
           (VECTOR, UNKNOWN_ORDER), maybe("p", None, 2, -2, "nuc"), chooses=True),  # the others fail in torch, backward
    matrix("linalg.lu", GENERAL, lu, rectangle, (VECTOR, INTEGERS)),
    matrix("linalg.lu_factor", GENERAL, lambda x: (same(4 * ROW)(x), pivots(x)), rectangle, (VECTOR, INTEGERS)),
    matrix("linalg.lu_factor_ex", GENERAL, lambda x: (same(4 * ROW)(x), pivots(x), info(x)), rectangle,
           (VECTOR, INTEGERS)),
    matrix("linalg.ldl_factor", SYMMETRIC, lambda x: (same(4 * ROW)(x), None), differentiable=False),
)  # fmt: skip


# -- norms


def reduced(shape: Shape, dims: tuple[int, ...], keepdim: bool) -> Shape:
    """What is left of `shape` when `dims` are reduced."""
    gone = {dim % max(len(shape), 1) for dim in dims}
    if keepdim:
        return tuple(1 if i in gone else n for i, n in enumerate(shape))
    return tuple(n for i, n in enumerate(shape) if i not in gone)


def norm_of(x: Meta, dims: tuple[int, ...], keepdim: bool) -> Meta:
    n = max(x.size, 1)
    return Meta(reduced(x.shape, dims, keepdim), x.dtype, 0, n * n * max(x.bound, 1.0), None)


def some_dims(d: Draw, n: int, most: int) -> tuple[int, ...]:
    """Different dimensions of `n`, some of them counted from the end."""
    picked = d.choices.shuffled(range(n))[: d.choices.between(1, min(n, most))]
    return tuple(i - n if d.choices.chance(40) else i for i in picked)


def kept(d: Draw) -> dict[str, Any]:
    return {"keepdim": d.choices.chance(60)} if d.choices.chance(40) else {}


VECTOR_ORDERS = (2, 1, INF, MINUS_INF, 3, 0, 2.5)
EMPTY_ORDERS = (2, 1, 3, 0)  # of no elements there is no largest one


def vector_norm(d: Draw, x: Operand) -> Sample:
    n = len(x.meta.shape)
    kwargs = kept(d)
    if d.choices.chance(70):
        kwargs["ord"] = d.choices.pick(VECTOR_ORDERS if x.meta.size else EMPTY_ORDERS)
    dims = tuple(range(n))
    if n and d.choices.chance(60):
        dims = some_dims(d, n, 3)
        kwargs["dim"] = dims[0] if len(dims) == 1 and d.choices.chance(50) else dims
    return Sample((x,), kwargs, norm_of(x.meta, dims, kwargs.get("keepdim", False)))


def matrix_norm(d: Draw, x: Operand) -> Sample:
    n = len(x.meta.shape)
    kwargs, dims = kept(d), (-2, -1)
    if n > 2 and d.choices.chance(40):
        dims = tuple(d.choices.pick((i, i - n)) for i in d.choices.shuffled(range(n))[:2])  # type: ignore[assignment]
        kwargs["dim"] = dims
    smaller = ("fro", 1, -1, INF, MINUS_INF)
    if d.choices.chance(75):  # singular values only of matrices that are well-conditioned
        kwargs["ord"] = d.choices.pick(smaller if "dim" in kwargs else (*smaller, "nuc", 2, -2))
    return Sample((x,), kwargs, norm_of(x.meta, dims, kwargs.get("keepdim", False)))


def norm(d: Draw, x: Operand) -> Sample:
    """`linalg.norm`, of vectors and of matrices."""
    n = len(x.meta.shape)
    if n < 2 or d.choices.chance(30):
        kwargs, dims = kept(d), tuple(range(n))
        if n and d.choices.chance(60):
            dims = some_dims(d, n, 1)
            kwargs |= {"dim": dims[0], "ord": d.choices.pick(VECTOR_ORDERS if x.meta.size else EMPTY_ORDERS)}
        return Sample((x,), kwargs, norm_of(x.meta, dims, kwargs.get("keepdim", False)))
    dims = tuple(d.choices.shuffled(range(n))[:2])
    kwargs = kept(d) | {"dim": dims}
    if d.choices.chance(70):
        kwargs["ord"] = d.choices.pick(("fro", 1, -1, INF, MINUS_INF) if x.meta.size else ("fro",))
    return Sample((x,), kwargs, norm_of(x.meta, dims, kwargs.get("keepdim", False)))


APART = Domain(-4.0, 4.0, grain=6, holes=(0.0,), distinct=True, offset=2.0**-8)  # even in their absolute values
DIM_ERROR = wrong("a dimension out of range", lambda d: (d.tensor((2, 2)),), dim=2)
DIM_TWICE = wrong("a dimension twice", lambda d: (d.tensor((2, 2)),), dim=Tuple((0, 0)))

NORMS = (
    Operator("linalg.vector_norm", vector_norm, smooth=APART, forms=("function",), chooses=True, errors=(
        UNKNOWN_ORDER, DIM_ERROR, DIM_TWICE, INTEGERS,
        wrong("the largest of nothing", lambda d: (d.tensor((0,)), INF)),
    )),
    Operator("linalg.matrix_norm", matrix_norm, GENERAL, shapes=rectangle, forms=("function",), chooses=True, errors=(
        UNKNOWN_ORDER, VECTOR, INTEGERS, DIM_TWICE,
        wrong("one dimension", lambda d: (d.tensor((2, 2)),), dim=Tuple((0,))),
    )),
    Operator("linalg.norm", norm, smooth=APART, forms=("function",), chooses=True, errors=(
        UNKNOWN_ORDER, DIM_ERROR, INTEGERS,
        wrong("three dimensions", lambda d: (d.tensor((2, 2, 2)), 2), dim=Tuple((0, 1, 2))),
    )),
)  # fmt: skip

LINALG = (*OF_A_MATRIX, *NORMS)
