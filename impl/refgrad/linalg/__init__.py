"""`torch.linalg`: products, norms and decompositions of (batches of) matrices."""

from __future__ import annotations

import functools
from typing import Any

from refgrad import dtypes, errors, functions, messages
from refgrad.functions import ops
from refgrad.functions.arguments import IntOrNone, need_tensors
from refgrad.functions.forms import formed
from refgrad.linalg.decompositions import (
    cholesky,
    cholesky_ex,
    eig,
    eigh,
    eigvals,
    eigvalsh,
    householder_product,
    ldl_factor,
    ldl_factor_ex,
    lu,
    lu_factor,
    lu_factor_ex,
    matrix_rank,
    pinv,
    qr,
    svd,
    svdvals,
)
from refgrad.linalg.equations import (
    cholesky_solve,
    ldl_solve,
    lstsq,
    lu_solve,
    solve,
    solve_ex,
    solve_triangular,
    tensorinv,
    tensorsolve,
)
from refgrad.linalg.norms import cond, matrix_norm, norm, vector_norm
from refgrad.linalg.square import cholesky_inverse, det, inv, inv_ex, logdet, matrix_exp, matrix_power, slogdet
from refgrad.tensor import Tensor

matmul, LinAlgError = functions.matmul, errors.LinAlgError


@formed
def multi_dot(tensors: Any) -> Tensor:
    """The product of several matrices; the first and the last may be vectors."""
    each = need_tensors("linalg.multi_dot", tensors)
    messages.require(len(each) > 1, "linalg.multi_dot_few", len(each))
    for i, t in enumerate(each):
        end = "first" if i == 0 else "last" if t is each[-1] else ""
        messages.require(t._data.ndim == 2 or (end and t._data.ndim == 1), f"linalg.multi_dot_{end}", t._data.ndim, i)
    shape = each[0]._data.shape[:-1] + each[-1]._data.shape[1:]
    for i, row in ((0, 0), (-1, 1)):
        each[i] = ops.unsqueeze(each[i], row) if each[i]._data.ndim == 1 else each[i]
    return ops.view(_in_best_order(each), shape)


def _in_best_order(each: list) -> Tensor:
    """The product with the fewest multiplications; among equals, PyTorch's choice."""
    sizes = [*(t._data.shape[0] for t in each), each[-1]._data.shape[1]]

    @functools.cache
    def best(i: int, j: int) -> tuple:
        """How many it takes from the `i`-th matrix to the `j`-th, and after which of them to part."""
        splits = [(best(i, k)[0] + best(k + 1, j)[0] + sizes[i] * sizes[k + 1] * sizes[j + 1], k) for k in range(i, j)]
        return min(splits[:: -1 if len(each) == 3 else 1], key=lambda split: split[0]) if splits else (0, i)

    def product(i: int, j: int) -> Tensor:
        k = best(i, j)[1]
        return each[i] if i == j else functions.mm(product(i, k), product(k + 1, j))

    return product(0, len(each) - 1)


@formed
def cross(input: Tensor, other: Tensor, *, dim: int = -1) -> Tensor:
    """The cross product of vectors along `dim`; both must have as many dimensions."""
    messages.require(input._data.ndim == other._data.ndim, "linalg.cross_ndim")
    return functions.cross(input, other, dim)


@formed
def vecdot(x: Tensor, y: Tensor, *, dim: int = -1) -> Tensor:
    """The products of the conjugates of `x` with `y`, summed along `dim`."""
    messages.require(x._data.dtype.kind in "fc", "linalg.dtype", "vecdot", x)
    messages.require(x._data.dtype == y._data.dtype, "linalg.vecdot_dtype", x, y)
    if x._data.ndim == y._data.ndim == 1:
        return functions.vdot(x, y)
    return functions.sum(functions.mul(functions.conj(x), y), dim)


@formed
def vander(x: Tensor, *, N: IntOrNone = None) -> Tensor:
    """(.., n) -> (.., n, N): the powers of each element from 0 to N - 1, by default to n - 1."""
    N = (x._data.shape or (1,))[-1] if N is None else N
    messages.require(N > 1, "linalg.vander_n")
    functions.need_dtype("linalg_vander", x)
    x = functions.to(x, dtypes.promote_types(x.dtype, dtypes.int64))
    return functions.powers(functions.atleast_1d(x), N)


@formed
def diagonal(A: Tensor, *, offset: int = 0, dim1: int = -2, dim2: int = -1) -> Tensor:
    """A view of the diagonals."""
    return functions.diagonal(A, offset, dim1, dim2)
