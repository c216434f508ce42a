"""Norms of vectors and matrices."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from refgrad import errors, functions, messages
from refgrad.functions import ops
from refgrad.functions.arguments import DimsOrNone, Matrix, Number, as_dim, as_int, as_number
from refgrad.functions.forms import formed
from refgrad.linalg.decompositions import svdvals
from refgrad.linalg.square import inv_ex
from refgrad.tensor import Tensor, wrap

ORDERS = ("fro", "nuc", math.inf, -math.inf, 1, -1, 2, -2)


@formed
def vector_norm(
    x: Tensor, ord: Number = 2, dim: DimsOrNone = None, keepdim: bool = False, *, dtype: Any = None
) -> Tensor:
    """The norm of all elements, or of those along `dim`, as a vector's."""
    if ord < 0 or math.isinf(ord):
        messages.require(dim is not None or x._data.size, "linalg.norm_of_nothing", ord)
        for d in dim or ():
            messages.require(x._data.shape[d], "linalg.norm_along_nothing", ord, d)
    return functions.norm(x, ord, dim, keepdim, dtype=dtype)


@formed
def matrix_norm(
    A: Matrix, ord: Any = "fro", dim: Any = (-2, -1), keepdim: bool = False, *, dtype: Any = None
) -> Tensor:
    """The norm of matrices, by default of the last two dimensions: Frobenius', "nuc", inf, -inf, 1, -1, 2 or -2."""
    if not isinstance(ord, str):
        as_number(ord, "linalg_matrix_norm", "ord", 2)
    messages.require(ord in ORDERS, "linalg.norm_order", ord)
    if not isinstance(dim, (tuple, list)):
        raise errors.argument("linalg_matrix_norm", "dim", 3, dim, "tuple of ints")
    messages.require(len(dim) == 2, "linalg.norm_dims", dim)
    A = A if dtype is None else functions.to(A, dtype)
    if ord in ("nuc", 2, -2):
        functions.need_dtype("linalg_matrix_norm", A)
    rows, columns = dims = tuple(as_dim(d, A._data.ndim) for d in dim)
    messages.require(rows != columns, "linalg.norm_same_dims", *dims)
    if ord == "fro":
        return vector_norm(A, 2, dims, keepdim)
    if ord == "nuc":
        return functions.nuclear_norm(A, dims, keepdim)
    extreme = functions.amax if ord > 0 else functions.amin
    if abs(ord) == 2:
        result = extreme(svdvals(functions.movedim(A, dims, (-2, -1))), -1)
        return functions.movedim(result[..., None, None], (-2, -1), dims) if keepdim else result
    first, second = (columns, rows) if math.isinf(ord) else (rows, columns)
    sums = vector_norm(A, 1, first, keepdim)
    return extreme(sums, second - (first < second and not keepdim), keepdim)


@formed
def norm(A: Tensor, ord: Any = None, dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> Tensor:
    """A vector's norm over everything or one `dim`; a matrix' where there are two; Euclidean unless `ord` is given."""
    if dim is not None and not isinstance(dim, (tuple, list)):
        as_int(dim, "linalg_norm", "dim", 3, "tuple of ints")
    if ord is not None:
        n = A._data.ndim if dim is None else len(dim) if isinstance(dim, (tuple, list)) else 1
        messages.require(n in (1, 2), "linalg.norm_ndim" if dim is None else "linalg.norm_length", n)
    if isinstance(ord, str) or (ord is not None and n == 2):
        return matrix_norm(A, ord, (0, 1) if dim is None else dim, keepdim, dtype=dtype)
    return vector_norm(A, 2 if ord is None else ord, dim, keepdim, dtype=dtype)


@formed
def cond(A: Matrix, p: Any = None) -> Tensor:
    """The norm of a matrix times that of its inverse, or inf; for p = None, 2 and -2 from its singular values."""
    if p is not None and not isinstance(p, str):
        as_number(p, "linalg_cond", "p", 2)
    messages.require(p is None or p in ORDERS, "linalg.cond_order", p)
    if not A._data.size:
        return wrap(np.zeros(A._data.shape[:-2], A._data.real.dtype)[()])
    if p in (None, 2, -2):
        values = svdvals(A)
        ends = [functions.narrow(values, -1, i, 1) for i in (0, -1)]
        return functions.squeeze(ops.div(*(ends[::-1] if p == -2 else ends)), -1)
    inverse, info = inv_ex(A)
    if p != "nuc":
        inverse._bump()  # filled where there is none, in PyTorch, which nobody can go back through
    result = ops.mul(matrix_norm(A, p), matrix_norm(inverse, p))
    result = functions.where(wrap(info._data != 0), math.inf, result) if info._data.any() else result
    if p != "nuc":
        result._bump()
    return result
