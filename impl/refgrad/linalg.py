"""`torch.linalg`: products, norms and decompositions of (batches of) matrices."""

from __future__ import annotations

from typing import Any, NamedTuple

from refgrad import errors, functions
from refgrad.functions import ops
from refgrad.functions.composed import COMPOSED
from refgrad.tensor import Tensor

cross, matrix_power = COMPOSED["cross"], COMPOSED["matrix_power"]
matmul = functions.matmul
LinAlgError = errors.LinAlgError


def need_square(name: str, A: Tensor) -> Tensor:
    if A._data.ndim < 2:
        raise RuntimeError(f"linalg.{name}: The input tensor A must have at least 2 dimensions.")
    n, m = A._data.shape[-2:]
    if n != m:
        raise RuntimeError(f"linalg.{name}: A must be batches of square matrices, but they are {n} by {m} matrices")
    return A


def inv(A: Tensor) -> Tensor:
    """The inverse."""
    return ops.linalg_inv_ex(need_square("inv", A))


def det(A: Tensor) -> Tensor:
    """The determinant."""
    return ops.linalg_det(need_square("det", A))


class slogdet_result(NamedTuple):
    sign: Tensor
    logabsdet: Tensor


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


class eigh_result(NamedTuple):
    eigenvalues: Tensor
    eigenvectors: Tensor


def eigh(A: Tensor, UPLO: str = "L") -> eigh_result:
    """Eigenvalues, in rising order, and eigenvectors, as columns, of a symmetric A."""
    return eigh_result(*ops.linalg_eigh(need_square("eigh", A)))


def eigvalsh(A: Tensor, UPLO: str = "L") -> Tensor:
    """The eigenvalues of a symmetric A."""
    return eigh(A, UPLO)[0]


class qr_result(NamedTuple):
    Q: Tensor
    R: Tensor


def qr(A: Tensor, mode: str = "reduced") -> qr_result:
    """An orthogonal Q and an upper triangular R with Q R = A."""
    return qr_result(*ops.linalg_qr(A, mode))


def vector_norm(x: Tensor, ord: float = 2, dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> Tensor:
    """The norm of all elements, or of those along `dim`, as a vector's."""
    return functions.norm(functions.in_dtype(x, dtype), ord, dim, keepdim)


def norm(A: Tensor, ord: Any = None, dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> Tensor:
    """A vector's norm: Euclidean over everything unless `ord` and `dim` are given."""
    return vector_norm(A, 2 if ord in (None, "fro") else ord, dim, keepdim, dtype=dtype)


def multi_dot(tensors: Any) -> Tensor:
    """The product of several matrices."""
    result, *rest = tensors
    for t in rest:
        result = matmul(result, t)
    return result


def diagonal(A: Tensor, *, offset: int = 0, dim1: int = -2, dim2: int = -1) -> Tensor:
    """A view of the diagonals."""
    return functions.diagonal(A, offset, dim1, dim2)
