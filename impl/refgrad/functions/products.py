"""Products of matrices and vectors, by the number of dimensions."""

from __future__ import annotations

import math
from typing import Any

from refgrad import errors, functions, messages
from refgrad.functions.arguments import broadcast_shapes, need_ndim, need_tensor, ops, same_dtype
from refgrad.tensor import Tensor


def mm(input: Tensor, mat2: Tensor) -> Tensor:
    """(n, k) @ (k, m)."""
    for x, argument in ((input, "self"), (mat2, "mat2")):
        need_ndim(x, 2, "functions.matrix", argument)
    return ops.mm(input, _same_dtype(input, mat2))


def mv(input: Tensor, vec: Tensor) -> Tensor:
    """(n, k) @ (k)."""
    for x, ndim in ((input, 2), (vec, 1)):
        need_ndim(x, ndim, "functions.mv", input._data.ndim, vec._data.ndim)
    messages.require(same_dtype(input, vec), "functions.mv_dtypes", vec, input, vec)
    return ops.mv(input, vec)


def dot(input: Tensor, tensor: Tensor) -> Tensor:
    """The products of the elements of two vectors, added up."""
    _need_vectors(input, tensor)
    return ops.dot(input, tensor)


def _need_vectors(a: Tensor, b: Tensor) -> None:
    for x in (a, b):
        need_ndim(x, 1, "functions.dot", a._data.ndim, b._data.ndim)
    messages.require(same_dtype(a, b), "functions.dot_dtypes", a, b)


def vdot(input: Tensor, other: Tensor) -> Tensor:
    """The dot product of the conjugate of `input` with `other`."""
    _need_vectors(input, other)
    return ops.vdot(input, other)


def _same_dtype(a: Tensor, b: Tensor) -> Tensor:
    messages.require(same_dtype(a, b), "functions.mm_dtypes", a, b)
    return b


def bmm(input: Tensor, mat2: Tensor) -> Tensor:
    """(b, n, k) @ (b, k, m)."""
    for x, argument in ((input, "batch1"), (mat2, "batch2")):
        need_ndim(x, 3, "functions.batch", argument)
    if not same_dtype(input, mat2):
        functions.need_dtype("bmm", input)
        raise messages.error("functions.bmm_dtypes", input, mat2)
    if len(input) != len(mat2):
        raise errors.EXPLAIN["bmm"](input, mat2)
    return ops.bmm(input, mat2)


def _vm(input: Tensor, other: Tensor) -> Tensor:
    """(n) @ (n, m)."""
    row = ops.squeeze_copy(ops.mm(ops.unsqueeze(input, 0), _same_dtype(input, other)), 0)
    row._bump()  # squeezed in place, in PyTorch
    return row


OF_VECTORS = {(1, 1): dot, (2, 1): mv, (1, 2): _vm}


def matmul(input: Any, other: Any) -> Tensor:
    """PyTorch's rules: vectors are made matrices, matrices batches, and what was added is taken away."""
    if not (isinstance(input, Tensor) and isinstance(other, Tensor)):
        need_tensor("matmul", other, "other", 2)
        need_tensor("matmul", input)
    x, y = input._data, other._data
    a, b = x.ndim, y.ndim
    if (a, b) == (2, 2):
        if x.dtype != y.dtype:
            raise messages.error("functions.mm_dtypes", input, other)
        return ops.mm(input, other)
    if not a or not b:
        raise messages.error("functions.matmul_scalar", a, b)
    if (a, b) in OF_VECTORS:
        return OF_VECTORS[a, b](input, other)
    if a >= 3 and b <= 2 and (other.requires_grad or _flat(input._data)):
        rows = functions.reshape(input, (math.prod(input._data.shape[:-1]), input._data.shape[-1]))
        product = ops.mm(rows, _same_dtype(input, other)) if b == 2 else mv(rows, other)
        return ops.unsafe_view(product, (*input._data.shape[:-1], *other._data.shape[1:]))
    if a <= 2 and b >= 3 and (input.requires_grad or (a == 1 and _flat(other._data.swapaxes(-1, -2)))):
        flipped = matmul(ops.transpose(other, b - 2, b - 1), input if a == 1 else ops.t(input))
        return flipped if a == 1 else functions.contiguous(ops.transpose(flipped, b - 2, b - 1))
    if a == b == 3 and len(input) != len(other) and any(len(t) == 1 and t.requires_grad for t in (input, other)):
        return matmul(*(ops.squeeze_dim(t, 0) if len(t) == 1 else t for t in (input, other)))
    batch = broadcast_shapes(input._data.shape[:-2], other._data.shape[:-2])
    shapes = [t._data.shape[-2:] for t in (input, other)]
    rest = [(1, *shapes[0]) if a == 1 else shapes[0], shapes[1]]
    sides = [functions.expand(t, *batch, *shape) for t, shape in zip((input, other), rest)]
    left, right = (functions.reshape(t, (math.prod(batch), *shape)) for t, shape in zip(sides, rest))
    product = bmm(left, ops.unsqueeze(right, 2) if b == 1 else right)
    product = functions.squeeze(product, -1) if b == 1 else product
    return ops.unsafe_view(product, (*batch, *shapes[0][:-1], *shapes[1][1:]))


def _flat(data: Any) -> bool:
    """Whether all dimensions but the last two lie in memory as one: then a batch is multiplied as one matrix."""
    strides = data.strides
    return not data.size or all(
        far == near * n for far, near, n in zip(strides, strides[1:-1], data.shape[1:], strict=False)
    )


def outer(input: Tensor, vec2: Tensor) -> Tensor:
    """The products of all pairs of elements of two vectors: (n, m)."""
    for x, name in ((input, "self"), (vec2, "vec2")):
        need_ndim(x, 1, "functions.outer", name, x._data.ndim)
    return ops.mul(functions.reshape(input, (-1, 1)), vec2)
