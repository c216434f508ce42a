"""Functions that PyTorch had before `torch.linalg`, with the arguments and results that they had then."""

from __future__ import annotations

from typing import Any

import numpy as np

from refgrad import functions, linalg, messages
from refgrad.functions import ops
from refgrad.functions.arguments import Matrix, Square
from refgrad.functions.forms import formed, result_type
from refgrad.linalg.square import mH
from refgrad.tensor import Tensor, wrap

svd_result = result_type("svd", ("U", "S", "V"))
qr_result = result_type("qr", ("Q", "R"))
lu_unpack_result = result_type("lu_unpack", ("P", "L", "U"))
triangular_solve_result = result_type("triangular_solve", ("solution", "cloned_coefficient"))


@formed
def svd(input: Matrix, some: bool = True, compute_uv: bool = True) -> tuple:
    """U, S and V with U diag(S) V^H = input; only so many columns as there are singular values, if `some`."""
    if not compute_uv:
        *lead, m, n = input._data.shape
        U, V = (wrap(np.zeros((*lead, size, size), input._data.dtype)) for size in (m, n))
        return svd_result(U, linalg.svdvals(input), V)
    U, S, Vh = linalg.svd(input, not some)
    return svd_result(U, S, mH(Vh))


@formed
def cholesky(input: Square, upper: bool = False) -> Tensor:
    """`linalg.cholesky`."""
    messages.warn("linalg.former_cholesky")
    return linalg.cholesky(input, upper=upper)


@formed
def qr(input: Matrix, some: bool = True) -> tuple:
    """`linalg.qr`; the complete one unless `some`."""
    messages.warn("linalg.former_qr")
    return qr_result(*ops.linalg_qr(input, "reduced" if some else "complete"))


@formed
def lu(A: Matrix, pivot: bool = True, get_infos: bool = False) -> tuple:
    """`linalg.lu_factor_ex`, by default without the last of its results."""
    messages.warn("linalg.former_lu")
    return tuple(linalg.lu_factor_ex(A, pivot=pivot)[: 3 if get_infos else 2])


@formed
def lu_solve(b: Tensor, LU_data: Square, LU_pivots: Tensor) -> Tensor:
    """`linalg.lu_solve`."""
    messages.warn("linalg.former_lu_solve")
    return linalg.lu_solve(LU_data, LU_pivots, b)


@formed
def lu_unpack(LU_data: Matrix, LU_pivots: Tensor, unpack_data: bool = True, unpack_pivots: bool = True) -> tuple:
    """P, L and U out of what `linalg.lu_factor` gives; empty where they are not asked for."""
    messages.require(not unpack_pivots or LU_pivots._data.dtype == np.int32, "linalg.unpack_pivots")
    L, U, P = ops.lu_unpack(LU_data, LU_pivots, unpack_data, unpack_pivots)
    return lu_unpack_result(P, L, U)


@formed
def triangular_solve(
    b: Matrix, A: Square, upper: bool = True, transpose: bool = False, unitriangular: bool = False
) -> tuple:
    """`linalg.solve_triangular`, with the transposed of A if `transpose`; and a copy of A."""
    messages.warn("linalg.former_triangular_solve")
    factor = functions.transpose(A, -2, -1) if transpose else A
    X = linalg.solve_triangular(factor, b, upper=upper != transpose, unitriangular=unitriangular)
    return triangular_solve_result(X, functions.clone(A))


@formed
def ormqr(input: Matrix, tau: Tensor, other: Matrix, left: bool = True, transpose: bool = False) -> Tensor:
    """The whole unitary matrix of `linalg.householder_product`, or its conjugate transpose, times `other`, or after it."""
    k = tau._data.shape[-1]
    rest = wrap(np.zeros((*input._data.shape[:-1], input._data.shape[-2] - k), input._data.dtype))
    Q: Any = linalg.householder_product(functions.cat([input[..., :k], rest], -1), tau)
    Q = mH(Q) if transpose else Q
    return functions.matmul(Q, other) if left else functions.matmul(other, Q)
