"""Functions of square matrices: determinants, inverses, powers."""

from __future__ import annotations

import numpy as np

from refgrad import errors, functions
from refgrad.functions import ops
from refgrad.functions.arguments import Square
from refgrad.functions.forms import formed, result_type
from refgrad.tensor import Tensor, wrap

slogdet_result = result_type("linalg_slogdet", ("sign", "logabsdet"))
inv_ex_result = result_type("linalg_inv_ex", ("inverse", "info"))


def mT(x: Tensor) -> Tensor:
    return functions.transpose(x, -2, -1)


def mH(x: Tensor) -> Tensor:
    return functions.conj(mT(x))


def eye_like(x: Tensor) -> Tensor:
    """The unit matrix of the size and dtype of `x`."""
    return wrap(np.eye(x._data.shape[-1], dtype=x._data.dtype))


def regular(name: str, A: Tensor, check_errors: bool) -> tuple[Tensor, Tensor, Tensor]:
    """`A` with unit matrices in the place of those that the operator `name` refuses; where that is so; and the info."""
    n = A._data.shape[-1]
    _, shows = errors.SINGULAR[name]
    info = np.zeros(A._data.shape[:-2], np.int32)
    for i in np.ndindex(info.shape):
        info[i] = next((k for k in range(1, n + 1) if shows(A._data[i], k)), 0)
    if check_errors and info.any():
        raise errors.singular(name, A._data)
    bad = wrap((info != 0)[..., None, None])
    return functions.where(bad, eye_like(A), A) if info.any() else A, bad, wrap(info[()])


def without(result: Tensor, bad: Tensor) -> Tensor:
    """The result, nan for matrices that have none."""
    return functions.where(bad, np.nan, result) if bad._data.any() else result


@formed
def inv(A: Square) -> Tensor:
    """The inverse. LinAlgError if there is none."""
    return ops.linalg_inv_ex(A)


@formed
def inv_ex(A: Square, *, check_errors: bool = False) -> tuple:
    """The inverse, nan where there is none, and the first column, from 1, that depends on those before it; 0 for none."""
    A, bad, info = regular("linalg_inv_ex", A, check_errors)
    return inv_ex_result(without(ops.linalg_inv_ex(A), bad), info)


@formed
def det(A: Square) -> Tensor:
    """The determinant."""
    return ops.linalg_det(A)


@formed
def slogdet(A: Square) -> tuple:
    """Sign and logarithm of the absolute value of the determinant."""
    return slogdet_result(*ops.linalg_slogdet(A))


@formed
def logdet(input: Square) -> Tensor:
    """The logarithm of the determinant: of 0 -inf; of negative ones nan, among real numbers."""
    sign, size = ops.linalg_slogdet(input)
    if input._data.dtype.kind == "c":
        return ops.add(ops.log(sign), size)
    return functions.where(wrap(sign._data < 0), np.nan, size)


@formed
def matrix_power(A: Square, n: int) -> Tensor:
    """A matrix multiplied by itself, or for negative `n` its inverse."""
    if not n:
        return functions.clone(functions.expand(eye_like(A), A._data.shape))
    base = ops.linalg_inv_ex(A) if n < 0 else A
    result, n = None, abs(n)
    while n:
        if n % 2:
            result = base if result is None else functions.matmul(result, base)
        n //= 2
        base = functions.matmul(base, base) if n else base
    return result if result is not A else functions.clone(A)


@formed
def matrix_exp(A: Square) -> Tensor:
    """The sum of all powers of a matrix, each over the factorial of its exponent."""
    return ops.linalg_matrix_exp(A)


@formed
def cholesky_inverse(L: Square, upper: bool = False) -> Tensor:
    """The inverse of L L^H, or U^H U, of which the triangular factor is given."""
    factor = functions.triu(L) if upper else functions.tril(L)
    back = ops.linalg_inv_ex(factor)
    return functions.matmul(back, mH(back)) if upper else functions.matmul(mH(back), back)
