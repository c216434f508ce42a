"""`torch.linalg`: products, norms and decompositions of (batches of) matrices."""

from __future__ import annotations

import functools
from collections import namedtuple
from typing import Any

from refgrad import errors, functions, messages
from refgrad.functions import ops
from refgrad.tensor import Tensor

cross, matrix_power = functions.cross, functions.matrix_power
matmul, LinAlgError = functions.matmul, errors.LinAlgError
slogdet_result = namedtuple("slogdet_result", "sign logabsdet")
eigh_result = namedtuple("eigh_result", "eigenvalues eigenvectors")
qr_result = namedtuple("qr_result", "Q R")


def need_square(name: str, A: Tensor) -> Tensor:
    """`A`, if it is a square matrix or a batch of them. RuntimeError in the words of `linalg.name` if not."""
    messages.require(A._data.ndim > 1, "tensor.matrix", name)
    n, m = A._data.shape[-2:]
    messages.require(n == m, "tensor.square", name, n, m)
    return A


def inv(A: Tensor) -> Tensor:
    """The inverse."""
    return ops.linalg_inv_ex(need_square("inv", A))


def det(A: Tensor) -> Tensor:
    """The determinant."""
    return ops.linalg_det(need_square("det", A))


def slogdet(A: Tensor) -> slogdet_result:
    """Sign and logarithm of the absolute value of the determinant."""
    return slogdet_result(*ops.linalg_slogdet(need_square("slogdet", A)))


def solve(A: Tensor, B: Tensor, *, left: bool = True) -> Tensor:
    """X such that A X = B, or, unless `left`, X A = B."""
    if left:
        return ops.linalg_solve_ex(need_square("solve", A), B)
    return functions.transpose(solve(*(functions.transpose(t, -2, -1) for t in (A, B))), -2, -1)


def cholesky(A: Tensor, *, upper: bool = False) -> Tensor:
    """The lower triangular L with L L^T = A, of a positive definite A; or its transpose."""
    result = ops.linalg_cholesky_ex(need_square("cholesky", A))
    return functions.transpose(result, -2, -1) if upper else result


def eigh(A: Tensor, UPLO: str = "L") -> eigh_result:
    """Eigenvalues, in rising order, and eigenvectors, as columns, of a symmetric A."""
    return eigh_result(*ops.linalg_eigh(need_square("eigh", A)))


def eigvalsh(A: Tensor, UPLO: str = "L") -> Tensor:
    """The eigenvalues of a symmetric A."""
    return eigh(A, UPLO)[0]


def qr(A: Tensor, mode: str = "reduced") -> qr_result:
    """An orthogonal Q and an upper triangular R with Q R = A."""
    return qr_result(*ops.linalg_qr(A, mode))


def vector_norm(x: Tensor, ord: float = 2, dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> Tensor:
    """The norm of all elements, or of those along `dim`, as a vector's."""
    return functions.norm(x if dtype is None else functions.to(x, dtype), ord, dim, keepdim)


def norm(A: Tensor, ord: Any = None, dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> Tensor:
    """A vector's norm: Euclidean over everything unless `ord` and `dim` are given."""
    return vector_norm(A, 2 if ord in (None, "fro") else ord, dim, keepdim, dtype=dtype)


def multi_dot(tensors: Any) -> Tensor:
    """The product of several matrices."""
    return functools.reduce(matmul, tensors)


def diagonal(A: Tensor, *, offset: int = 0, dim1: int = -2, dim2: int = -1) -> Tensor:
    """A view of the diagonals."""
    return functions.diagonal(A, offset, dim1, dim2)
