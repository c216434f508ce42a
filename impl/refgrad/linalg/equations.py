"""Systems of equations: matrices, and what stands on the right of them."""

from __future__ import annotations

import functools
import math
from typing import Any

import numpy as np

from refgrad import functions, messages
from refgrad.derivatives.decompositions import is_vector
from refgrad.functions import ops
from refgrad.functions.arguments import Matrix, Square, broadcast_shapes, need_square
from refgrad.functions.forms import formed, result_type
from refgrad.linalg.decompositions import tolerances
from refgrad.linalg.square import attempted, inv
from refgrad.tensor import Tensor

solve_ex_result = result_type("linalg_solve_ex", ("result", "info"))
lstsq_result = result_type("linalg_lstsq", ("solution", "residuals", "rank", "singular_values"))


def need_right_side(name: str, A: Tensor, B: Tensor, left: bool = True, vector: bool = False) -> None:
    """RuntimeError for a `B` that cannot stand on the right of equations with `A`."""
    messages.require(A._data.dtype == B._data.dtype, "linalg.right_dtype", name, A, B)
    messages.require(vector or B._data.ndim > 1, "tensor.matrix", name)
    (n, m), right = A._data.shape[-2:], (*B._data.shape, 1) if vector else B._data.shape
    fits = right[-2] == n if left else right[-1] == m
    messages.require(fits, "linalg.right_shape", name, "AX" if left else "XA", n, m, *right[-2:])
    broadcast_shapes(right[:-2], A._data.shape[:-2])


@formed
def solve(A: Square, B: Tensor, *, left: bool = True) -> Tensor:
    """X such that A X = B, or, unless `left`, X A = B. LinAlgError if A has no inverse."""
    vector = is_vector(A._data.shape, B._data.shape)
    need_right_side("solve", A, B, left, vector)
    messages.require(left or not vector, "linalg.solve_vector")
    return ops.linalg_solve_ex(A, B, left)


@formed
def solve_ex(A: Square, B: Tensor, *, left: bool = True, check_errors: bool = False) -> tuple:
    """The same, nan where A has no inverse, and its first column that depends on those before it, from 1; 0 for none."""
    return solve_ex_result(*attempted("linalg_solve_ex", A, check_errors, functools.partial(solve, B=B, left=left)))


@formed
def solve_triangular(A: Square, B: Tensor, *, upper: bool, left: bool = True, unitriangular: bool = False) -> Tensor:
    """The same of one triangle of A, with ones on its diagonal if `unitriangular`."""
    B = functions.to(B, A.dtype)
    need_right_side("solve_triangular", A, B, left)
    return ops.linalg_solve_triangular(A, B, upper, left, unitriangular)


@formed
def cholesky_solve(B: Tensor, L: Tensor, upper: bool = False) -> Tensor:
    """X such that L L^H X = B, or U^H U X = B, of which the triangular factor is given."""
    need_square("cholesky_solve", "B", 1, B, False)
    need_square("cholesky_solve", "L", 2, L)
    need_right_side("cholesky_solve", L, B)
    return ops.cholesky_solve(B, L, upper)


@formed
def lu_solve(LU: Square, pivots: Tensor, B: Tensor, *, left: bool = True, adjoint: bool = False) -> Tensor:
    """X such that A X = B, A^H X = B if `adjoint`, or the same with X on the left, of which `lu_factor` is given."""
    messages.require(pivots._data.dtype == np.int32, "linalg.lu_pivots")
    messages.require(pivots._data.ndim, "functions.unbind", -1)
    messages.require(pivots._data.shape[-1] == LU._data.shape[-1], "linalg.lu_pivots_count")
    messages.require(pivots._data.shape == LU._data.shape[:-1], "linalg.lu_pivots_shape", pivots)
    need_right_side("lu_solve", LU, B, left)
    return ops.linalg_lu_solve(LU, pivots, B, left, adjoint)


@formed
def ldl_solve(LD: Square, pivots: Tensor, B: Tensor, *, hermitian: bool = False) -> Tensor:
    """X such that A X = B, of which `ldl_factor` is given."""
    need_right_side("ldl_solve", LD, B)
    return ops.linalg_ldl_solve(LD, pivots, B, hermitian)


@formed
def lstsq(A: Matrix, B: Tensor, rcond: Any = None, *, driver: Any = None) -> tuple:
    """X with the least norm of A X - B, by default drivers the squares of the norms, the ranks, the singular values.

    The drivers "gelsy" (the default), "gels", "gelsd" and "gelss" differ in which of the last three they have.
    """
    messages.require(driver in (None, "gels", "gelsy", "gelsd", "gelss"), "linalg.lstsq_driver")
    messages.require(0 <= A._data.ndim - B._data.ndim <= 1, "linalg.lstsq_ndim")
    vector = is_vector(A._data.shape, B._data.shape)
    need_right_side("lstsq", A, B, True, vector)
    solution, residuals, values, rank = ops.linalg_lstsq(A, B, tolerances(A, None, rcond)[1], driver)
    return lstsq_result(solution, residuals, rank, values)


@formed
def tensorinv(A: Tensor, ind: int = 2) -> Tensor:
    """The inverse of a tensor as of the matrix that it is with its first `ind` dimensions joined, and the others."""
    messages.require(ind > 0, "linalg.tensorinv_ind", ind)
    shape = A._data.shape
    n, m = math.prod(shape[:ind]), math.prod(shape[ind:])
    messages.require(n == m, "linalg.tensorinv_shape", m, n)
    inverse = inv(functions.reshape(A, (n, m)))
    return functions.reshape(inverse, shape[ind:] + shape[:ind])


@formed
def tensorsolve(A: Tensor, B: Tensor, dims: Any = None) -> Tensor:
    """X such that tensordot(A, X, X.ndim) = B, after the `dims` of A were moved to its end."""
    if dims is not None:
        A = functions.movedim(A, tuple(dims), tuple(range(-len(dims), 0)))
    shape, n = A._data.shape[B._data.ndim :], B._data.size
    messages.require(n == math.prod(shape), "linalg.tensorsolve", n, math.prod(shape))
    X = solve(functions.reshape(A, (n, n)), functions.reshape(B, (n,)))
    return functions.reshape(X, shape)
