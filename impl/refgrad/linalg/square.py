"""Functions of square matrices: determinants, inverses, powers."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from refgrad import errors, functions
from refgrad.derivatives import TABLE
from refgrad.functions import ops
from refgrad.functions.arguments import Square, need_square
from refgrad.functions.forms import formed, result_type
from refgrad.node import as_node
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


def attempted(name: str, A: Tensor, check_errors: bool, compute: Callable) -> tuple[Tensor, Tensor]:
    """What `compute`, the operator `name`, makes of `A`, and the info: 0 where it went well, else why the result is nan."""
    info = np.zeros(A._data.shape[:-2], np.int32)
    try:
        return compute(A), wrap(info[()])
    except errors.LinAlgError:
        if check_errors:
            raise
    shows = errors.SINGULAR[name][1]
    for i in np.ndindex(info.shape):
        info[i] = next((k for k in range(1, A._data.shape[-1] + 1) if shows(A._data[i], k)), 0)
    bad = wrap((info != 0)[..., None, None])
    result = compute(functions.where(bad, eye_like(A), A))
    bad = bad if result._data.ndim >= bad._data.ndim else bad[..., 0]
    return as_node(functions.where(bad, np.nan, result), TABLE[name].node), wrap(info[()])


@formed
def inv(A: Square) -> Tensor:
    """The inverse. LinAlgError if there is none."""
    return ops.linalg_inv_ex(A)


@formed
def inv_ex(A: Square, *, check_errors: bool = False) -> tuple:
    """The inverse, nan where there is none, and the first column, from 1, that depends on those before it; 0 for none."""
    return inv_ex_result(*attempted("linalg_inv_ex", A, check_errors, ops.linalg_inv_ex))


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
    if input._data.dtype.kind in "c":
        return ops.add(ops.log(sign), size)
    return functions.where(wrap(sign._data < 0), np.nan, size)


@formed
def matrix_power(A: Tensor, n: int) -> Tensor:
    """A matrix multiplied by itself, or for negative `n` its inverse."""
    need_square("matrix_power", "A", 1, A)
    if not n:
        return functions.clone(A).copy_(eye_like(A))
    if n == 1:
        return functions.clone(A)
    power = inv(A) if n < 0 else A
    n, result = abs(n), power
    first = True
    while True:  # bit by bit of n
        if n % 2:
            result, first = power if first else functions.matmul(result, power), False
        n //= 2
        if not n:
            return result
        power = functions.matmul(power, power)


@formed
def matrix_exp(A: Square) -> Tensor:
    """The sum of all powers of a matrix, each over the factorial of its exponent."""
    return ops.linalg_matrix_exp(A)


@formed
def cholesky_inverse(L: Square, upper: bool = False) -> Tensor:
    """The inverse of L L^H, or U^H U, of which the triangular factor is given."""
    return ops.cholesky_inverse(L, upper)
