"""Decompositions: factors whose product is a matrix, and what is read off them."""

from __future__ import annotations

from typing import Any

import numpy as np

from refgrad import conjugation, errors, messages
from refgrad.derivatives.decompositions import svd as values_and_vectors
from refgrad.functions import ops
from refgrad.functions.arguments import Matrix, Square, Word, as_number, need_dtype, need_matrix, need_square
from refgrad.functions.forms import formed, result_type
from refgrad.linalg.square import attempted
from refgrad.tensor import Tensor, wrap

cholesky_ex_result = result_type("linalg_cholesky_ex", ("L", "info"))
eigh_result = result_type("linalg_eigh", ("eigenvalues", "eigenvectors"))
eig_result = result_type("linalg_eig", ("eigenvalues", "eigenvectors"))
qr_result = result_type("linalg_qr", ("Q", "R"))
svd_result = result_type("linalg_svd", ("U", "S", "Vh"))
lu_result = result_type("linalg_lu", ("P", "L", "U"))
lu_factor_result = result_type("linalg_lu_factor", ("LU", "pivots"))
lu_factor_ex_result = result_type("linalg_lu_factor_ex", ("LU", "pivots", "info"))
ldl_factor_result = result_type("linalg_ldl_factor", ("LD", "pivots"))
ldl_factor_ex_result = result_type("linalg_ldl_factor_ex", ("LD", "pivots", "info"))


@formed
def cholesky(A: Square, *, upper: bool = False) -> Tensor:
    """The lower triangular L with L L^H = A, of a positive definite A; or its conjugate transpose. LinAlgError of others."""
    return ops.linalg_cholesky_ex(A, upper)


@formed
def cholesky_ex(A: Square, *, upper: bool = False, check_errors: bool = False) -> tuple:
    """The same, nan where there is none, and the order of the first leading minor that is not positive; 0 for none."""
    return cholesky_ex_result(*attempted("linalg_cholesky_ex", A, check_errors, lambda A: cholesky(A, upper=upper)))


@formed
def eigh(A: Square, UPLO: Word = "L") -> tuple:
    """Eigenvalues, in rising order, and eigenvectors, as columns, of a Hermitian A, of which one triangle is read."""
    messages.require(str(UPLO).upper() in ("L", "U"), "linalg.uplo", UPLO)
    return eigh_result(*ops.linalg_eigh(A, UPLO.upper()))


@formed
def eigvalsh(A: Square, UPLO: Word = "L") -> Tensor:
    """The eigenvalues of a Hermitian A."""
    return eigh(A, UPLO)[0]


@formed
def eig(A: Square) -> tuple:
    """Eigenvalues, in no order, and eigenvectors of length 1, as columns: complex numbers."""
    conjugation.watch()
    return eig_result(*ops.linalg_eig(A))


@formed
def eigvals(A: Square) -> Tensor:
    """The eigenvalues: complex numbers, in no order."""
    return eig(A)[0]


@formed
def svd(A: Matrix, full_matrices: bool = True, *, driver: Any = None) -> tuple:
    """U, S and Vh with U diag(S) Vh = A, the singular values S in falling order."""
    return svd_result(*ops.linalg_svd(A, full_matrices))


@formed
def svdvals(A: Matrix, *, driver: Any = None) -> Tensor:
    """The singular values, in falling order."""
    return ops.linalg_svd(A, False)[1]


@formed
def qr(A: Matrix, mode: Word = "reduced") -> tuple:
    """A unitary Q and an upper triangular R with Q R = A. mode: "reduced", "complete", or "r" for R alone."""
    messages.require(mode in ("reduced", "complete", "r"), "linalg.qr_mode", mode)
    return qr_result(*ops.linalg_qr(A, mode))


def tolerances(A: Tensor, atol: Any, rtol: Any) -> list:
    """What singular values that count must be above: absolutely, and times the greatest."""
    if rtol is None:
        none = atol is not None and np.any(getattr(atol, "_data", atol) > 0)
        rtol = 0.0 if none else np.finfo(A._data.dtype).eps * max(A._data.shape[-2:])
    both = {"atol": 0.0 if atol is None else atol, "rtol": rtol}
    given = [v if isinstance(v, Tensor) else as_number(v, "", key, 0, "float") for key, v in both.items()]
    return [np.asarray(getattr(each, "_data", each)) for each in given]


@formed
def pinv(A: Matrix, rcond: Any = None, hermitian: bool = False, *, atol: Any = None, rtol: Any = None) -> Tensor:
    """The pseudoinverse: of what is above the tolerances `atol`, and `rtol` times the greatest singular value."""
    if rcond is not None and not atol is rtol is None:
        raise errors.combination("linalg_pinv", A, rcond)
    return ops.linalg_pinv(A, *tolerances(A, atol, rcond if rtol is None else rtol), hermitian)


@formed
def matrix_rank(A: Tensor, tol: Any = None, hermitian: bool = False, *, atol: Any = None, rtol: Any = None) -> Tensor:
    """How many singular values are above the tolerances."""
    if tol is not None and not atol is rtol is None:
        raise errors.combination("linalg_matrix_rank", A, tol)
    need_square("matrix_rank", "A", 1, A, False)
    if tol is None and rtol is None:
        need_dtype("rank_by_default", A)
    need_matrix("eigh" if hermitian else "svd", "A", 1, A, hermitian)
    try:
        S = abs(np.linalg.eigvalsh(A._data)) if hermitian else values_and_vectors(A._data)[1]
    except np.linalg.LinAlgError as error:
        raise errors.LinAlgError(str(error)) from None
    low, share = tolerances(A, tol if atol is None else atol, 0.0 if tol is not None else rtol)
    above = np.maximum(low, share * S.max(-1, initial=0))[..., None] < S
    result = wrap(np.asarray(above.sum(-1), np.int64)[()])
    result._bump()  # summed into it, in PyTorch
    return result


@formed
def lu(A: Matrix, *, pivot: bool = True) -> tuple:
    """A permutation P, a lower triangular L with ones on its diagonal and an upper triangular U with P L U = A."""
    messages.require(pivot, "linalg.lu_pivot")
    L, U, P = ops.linalg_lu(A)
    return lu_result(P, L, U)


@formed
def lu_factor(A: Matrix, *, pivot: bool = True) -> tuple:
    """L, without its diagonal, and U in one matrix, and the rows, from 1, that each was exchanged with."""
    LU, pivots, info = lu_factor_ex(A, pivot=pivot)
    need_no_zero("lu_factor", info)
    return lu_factor_result(LU, pivots)


@formed
def lu_factor_ex(A: Matrix, *, pivot: bool = True, check_errors: bool = False) -> tuple:
    """The same, and the first place, from 1, on the diagonal of U that is zero; 0 for none."""
    messages.require(pivot, "linalg.lu_pivot")
    result = lu_factor_ex_result(*ops.linalg_lu_factor_ex(A))
    if check_errors:
        need_no_zero("lu_factor_ex", result.info)
    return result


def need_no_zero(name: str, info: Tensor) -> None:
    """RuntimeError where there is a zero on the diagonal of a U."""
    bad = np.flatnonzero(info._data)
    if len(bad):
        batch = f"(Batch element {bad[0]}): " if info._data.ndim else ""
        raise messages.error("linalg.lu_singular", name, batch, info._data.flat[bad[0]])


@formed
def ldl_factor(A: Square, *, hermitian: bool = False) -> tuple:
    """L, without its diagonal, and D, of blocks of at most 2 by 2, in one matrix with L D L^T = A; and the pivots."""
    return ldl_factor_result(*ldl_factor_ex(A, hermitian=hermitian)[:2])


@formed
def ldl_factor_ex(A: Square, *, hermitian: bool = False, check_errors: bool = False) -> tuple:
    """The same, and the first place, from 1, on the diagonal of D that is zero; 0 for none."""
    return ldl_factor_ex_result(*ops.linalg_ldl_factor_ex(A, hermitian))


@formed
def householder_product(A: Tensor, tau: Tensor) -> Tensor:
    """The first columns of the product of the reflections I - tau v v^H, the vectors v below the diagonal of `A`."""
    need_square("householder_product", "A", 1, A, False)
    messages.require(tau._data.ndim, "functions.unbind", -1)
    (m, n), k = A._data.shape[-2:], tau._data.shape[-1]
    messages.require(m >= n, "linalg.householder_tall", m, n)
    messages.require(k <= n, "linalg.householder_tau", n, k)
    messages.require(tau._data.shape[:-1] == A._data.shape[:-2], "linalg.householder_batch", tau, A)
    messages.require(tau._data.dtype == A._data.dtype, "linalg.householder_dtype", tau, A)
    return ops.linalg_householder_product(A, tau)
