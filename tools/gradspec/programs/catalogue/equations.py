"""Linear algebra of several tensors: systems of equations; and what is left of the operators of matrices."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from gradspec.programs.catalogue.linalg import (
    DOMINATED,
    GENERAL,
    INVERSE,
    LOWER,
    METHOD_TOO,
    UPPER,
    VECTOR,
    batch,
    full,
    info,
    matrix,
    square,
    tall,
)
from gradspec.programs.catalogue.products import like, product
from gradspec.programs.catalogue.vocabulary import (
    SIZES,
    SMALL,
    Domain,
    Draw,
    Meta,
    Operand,
    Operator,
    Sample,
    Shape,
    any_dim,
    any_shape,
    of_dimensions,
    wrong,
)
from gradspec.programs.choices import Choices

# -- products and powers


def small(n: int, bound: float) -> Callable[[Meta], bool]:
    return lambda m: len(m.shape) >= 2 and m.shape[-1] == m.shape[-2] <= n and m.bound <= bound


def exponential(name: str, **more: Any) -> Operator:
    return matrix(name, SMALL, lambda x: full(x, x.shape, math.exp(3 * x.bound)), fits=small(3, 2.0), **more)  # fmt: skip


def trace(d: Draw, x: Operand) -> Sample:
    return Sample((x,), {}, product((), min(x.meta.shape), x.meta))


def vander(d: Draw, x: Operand) -> Sample:
    n = d.choices.between(2, 4) if d.choices.chance(60) or not 2 <= x.meta.shape[-1] <= 4 else None
    powers = n or x.meta.shape[-1]
    bound = max(x.meta.bound, 1.0) ** (powers - 1)
    grain = x.meta.grain and x.meta.grain * (powers - 1)
    result = x.meta.within(-bound, bound, grain).reshaped((*x.meta.shape, powers))
    return Sample((x,), {} if n is None else {"N": n}, result)


def vecdot(d: Draw, x: Operand) -> Sample:
    shape = x.meta.shape
    stretch = len(shape) > 1 and d.choices.chance(40)  # two vectors must have the same size
    other = tuple(1 if stretch and d.choices.chance(40) else n for n in shape)
    y = like(d, x, *other)
    dim = any_dim(d.choices, len(shape)) if d.choices.chance(50) else None
    summed = list(shape)
    n = summed.pop(-1 if dim is None else dim)
    return Sample((x, y), {} if dim is None else {"dim": dim}, product(tuple(summed), n, x.meta, y.meta))


def householder_product(d: Draw, x: Operand) -> Sample:
    k = d.choices.between(1, x.meta.shape[-1])
    tau = d.tensor((*x.meta.shape[:-2], k), Domain(0.125, 0.375, grain=4), dtype=x.meta.dtype)
    return Sample((x, tau), {}, full(x.meta, x.meta.shape, 64.0))


# -- systems of equations


def right_side(d: Draw, x: Operand, left: bool = True, vectors: bool = True) -> tuple[Operand, Shape]:
    """What stands on the right of equations with the matrices `x`, and the shape of the solution."""
    n, lead = x.meta.shape[-1], x.meta.shape[:-2]
    if vectors and d.choices.chance(40):
        shape = (n,) if d.choices.chance(50) else (*lead, n)
        return like(d, x, *shape), (*lead, n)
    columns = d.choices.pick((2, 1, 3))
    both = (n, columns) if left else (columns, n)
    mine = tuple(1 if d.choices.chance(30) else m for m in lead)
    return like(d, x, *mine, *both), (*lead, *both)


def solve(d: Draw, x: Operand) -> Sample:
    left = not d.choices.chance(25)
    b, shape = right_side(d, x, left, vectors=left)
    return Sample((x, b), {} if left else {"left": False}, full(x.meta, shape, INVERSE * b.meta.bound))


def solve_ex(d: Draw, x: Operand) -> Sample:
    b, shape = right_side(d, x)
    return Sample((x, b), {}, (full(x.meta, shape, INVERSE * b.meta.bound), info(x.meta)))


def solve_triangular(d: Draw, x: Operand) -> Sample:
    left = not d.choices.chance(40)
    b, shape = right_side(d, x, left, vectors=False)
    kwargs: dict[str, Any] = {"upper": d.choices.chance(50)}
    kwargs |= {} if left else {"left": False}
    kwargs |= {"unitriangular": True} if d.choices.chance(30) else {}
    return Sample((x, b), kwargs, full(x.meta, shape, 2 * INVERSE * b.meta.bound))


def cholesky_solve(d: Draw, x: Operand) -> Sample:
    n, lead = x.meta.shape[-2], x.meta.shape[:-2]
    upper = d.choices.chance(40)
    domain, shape = UPPER if upper else LOWER, (*lead, n, n)
    if d.smooth:  # the gradient of the factor tells of triangular changes only
        factor = d.integers(shape, domain.elements(d.choices, shape), x.meta.dtype)
    else:
        factor = d.tensor(shape, domain, dtype=x.meta.dtype)
    kwargs = {"upper": True} if upper else {}
    return Sample((x, factor), kwargs, full(x.meta, x.meta.shape, INVERSE**2 * x.meta.bound))


def lstsq(d: Draw, x: Operand) -> Sample:
    m, n = x.meta.shape[-2:]
    columns = d.choices.pick((2, 1, 3))
    b = like(d, x, *x.meta.shape[:-2], m, columns)
    solution = full(x.meta, (*x.meta.shape[:-2], n, columns), INVERSE * m * b.meta.bound)
    return Sample((x, b), {}, (solution, None, None, None))


def lu_solve(d: Draw, x: Operand) -> Sample:
    left = not d.choices.chance(30)
    n, lead = x.meta.shape[-1], x.meta.shape[:-2]
    order = [d.choices.between(i + 1, n) for _ in range(math.prod(lead)) for i in range(n)]
    b, shape = right_side(d, x, left, vectors=False)
    kwargs = ({} if left else {"left": False}) | ({"adjoint": True} if d.choices.chance(30) else {})
    result = full(x.meta, shape, 4 * INVERSE * b.meta.bound)
    return Sample((x, d.integers((*lead, n), order, "int32"), b), kwargs, result)


def tensorinv(d: Draw, x: Operand) -> Sample:
    ind = 2 if len(x.meta.shape) == 4 or x.meta.shape[0] < 4 else 1
    result = x.meta.shape[ind:] + x.meta.shape[:ind]
    return Sample((x,), {} if ind == 2 and d.choices.chance(50) else {"ind": ind}, full(x.meta, result, 1.0))


def tensorsolve(d: Draw, x: Operand) -> Sample:
    ind = 2 if len(x.meta.shape) == 4 or x.meta.shape[0] < 4 else 1
    b = like(d, x, *x.meta.shape[:ind])
    return Sample((x, b), {}, full(x.meta, x.meta.shape[ind:], b.meta.bound))


def flattened(values: list[float], shape: Shape) -> list[float]:
    """Tensors, each a matrix with a dominant diagonal when some of its dimensions are joined."""
    sizes = [math.prod(shape[i:]) for i in range(len(shape))]
    n = next(root for size in sizes if (root := math.isqrt(size)) ** 2 == size)
    return [v + math.copysign(4.0, v) if i % n**2 % (n + 1) == 0 else v for i, v in enumerate(values)]


JOINED = Domain(-0.5, 0.5, grain=3, arrange=flattened)
UNFIT = wrong("a right side that does not fit", lambda d: (d.tensor((2, 2)), d.tensor((3, 1))))
NO_RIGHT_SIDE = wrong("no right side", lambda d: (d.tensor((2, 2)),))
SINGULAR_SYSTEM = wrong("a singular matrix", lambda d: (d.integers((2, 2), [1, 1, 1, 1], "float64"), d.tensor((2, 1))))
NOT_SQUARE_SYSTEM = wrong("a matrix that is not square", lambda d: (d.tensor((2, 3)), d.tensor((2, 1))))
TWO_DTYPES = wrong("two dtypes", lambda d: (d.tensor((2, 2)), d.tensor((2, 1), dtype="float32")))
SYSTEM = (UNFIT, NO_RIGHT_SIDE, NOT_SQUARE_SYSTEM, TWO_DTYPES)
OF_TENSORS: dict[str, Any] = {
    "forms": ("function",), "shapes": lambda c: c.pick(((2, 2, 2, 2), (4, 2, 2), (2, 2, 4), (6, 2, 3), (1, 2, 2, 1))),
}  # fmt: skip


def columns_of(choices: Choices) -> Shape:
    return (*batch(choices), *(choices.pick((2, 3, 1)) for _ in range(2)))


EQUATIONS = (
    Operator("linalg.solve", solve, GENERAL, shapes=square, forms=("function",), errors=(*SYSTEM, SINGULAR_SYSTEM)),
    Operator("linalg.solve_ex", solve_ex, GENERAL, shapes=square, forms=("function",), errors=SYSTEM),
    Operator("linalg.solve_triangular", solve_triangular, DOMINATED, shapes=square, forms=("function",), errors=(
        wrong("neither upper nor lower", lambda d: (d.tensor((2, 2)), d.tensor((2, 1)))),
        wrong("a right side that does not fit", lambda d: (d.tensor((2, 2)), d.tensor((3, 1))), upper=True),
        wrong("a vector", lambda d: (d.tensor((2, 2)), d.tensor((2,))), upper=True),
    )),
    Operator("cholesky_solve", cholesky_solve, shapes=columns_of, errors=SYSTEM[:2],
             fits=lambda m: len(m.shape) >= 2 and 1 <= m.shape[-2] <= 3),
    Operator("linalg.lstsq", lstsq, DOMINATED, shapes=tall, forms=("function",), errors=(UNFIT, NO_RIGHT_SIDE,
             TWO_DTYPES, wrong("an unknown driver", lambda d: (d.tensor((2, 2)), d.tensor((2, 1))), driver="qr"))),
    Operator("linalg.lu_solve", lu_solve, DOMINATED, shapes=square, forms=("function",), errors=(
        wrong("pivots of int64", lambda d: (d.tensor((2, 2)), d.integers((2,), [1, 2]), d.tensor((2, 1)))),
        wrong("no right side", lambda d: (d.tensor((2, 2)), d.integers((2,), [1, 2], "int32"))),
        wrong("a right side that does not fit",
              lambda d: (d.tensor((2, 2)), d.integers((2,), [1, 2], "int32"), d.tensor((3, 1)))),
    )),
    Operator("linalg.tensorinv", tensorinv, JOINED, **OF_TENSORS, errors=(
        wrong("dimensions that do not fit", lambda d: (d.tensor((2, 3, 4)), 1)),
        wrong("a negative number of dimensions", lambda d: (d.tensor((2, 2)), -1)),
    )),
    Operator("linalg.tensorsolve", tensorsolve, JOINED, **OF_TENSORS, errors=(
        wrong("a right side that does not fit", lambda d: (d.tensor((4, 2, 2)), d.tensor((3,)))),
        wrong("too small a tensor", lambda d: (d.tensor((2, 3)), d.tensor((2,)))),
    )),
    exponential("matrix_exp", shapes=square, **METHOD_TOO),
    exponential("linalg.matrix_exp", shapes=square),
    Operator("trace", trace, dtypes=("float64", "float32", "int64"), shapes=of_dimensions(2, 2),
             fits=lambda m: len(m.shape) == 2, errors=(VECTOR, wrong("a batch", lambda d: (d.tensor((2, 2, 2)),)))),
    Operator("vander", vander, shapes=lambda c: (c.pick(SIZES),), fits=lambda m: len(m.shape) == 1 and m.size > 0,
             forms=("function",), differentiable=False,  # torch fails in the backward pass
             errors=(wrong("no vector", lambda d: (d.tensor(()),)),)),
    Operator("linalg.vander", vander, shapes=lambda c: tuple(max(n, 1) for n in any_shape(c, 1)),
             fits=lambda m: m.size > 0 and len(m.shape) > 0, forms=("function",), errors=(
        wrong("no dimension", lambda d: (d.tensor(()),)),
        wrong("too few powers", lambda d: (d.tensor((2,)),), N=1),
    )),
    Operator("linalg.vecdot", vecdot, shapes=of_dimensions(1), fits=lambda m: len(m.shape) > 0, forms=("function",),
             needs=("matmul",), errors=(
        wrong("shapes that do not broadcast", lambda d: (d.tensor((2,)), d.tensor((3,)))),
        wrong("a dimension out of range", lambda d: (d.tensor((2, 2)), d.tensor((2, 2))), dim=2),
    )),
    Operator("linalg.householder_product", householder_product, Domain(-0.5, 0.5), shapes=tall, forms=("function",),
             fits=lambda m: len(m.shape) >= 2 and 1 <= m.shape[-1] <= m.shape[-2] <= 3, errors=(
        wrong("more columns than rows", lambda d: (d.tensor((2, 3)), d.tensor((2,)))),
        wrong("too many factors", lambda d: (d.tensor((2, 2)), d.tensor((3,)))),
        wrong("a vector", lambda d: (d.tensor((2,)), d.tensor((2,)))),
    )),
)  # fmt: skip
