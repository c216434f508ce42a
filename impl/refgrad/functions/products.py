"""Products of matrices and vectors, by the number of dimensions."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from refgrad import errors, messages
from refgrad.functions.arguments import need_tensor, ops
from refgrad.functions.shapes import expand, reshape
from refgrad.tensor import Tensor


def need_float(name: str, x: Tensor, ndim: int, argument: str, position: int) -> None:
    if need_tensor(name, x, argument, position)._data.ndim != ndim:
        raise RuntimeError(f"{argument} must be a {'matrix' if ndim == 2 else 'vector'}")


def mm(input: Tensor, mat2: Tensor) -> Tensor:
    need_float("mm", input, 2, "self", 1)
    need_float("mm", mat2, 2, "mat2", 2)
    return ops.mm(input, same_dtype(input, mat2))


def mv(input: Tensor, vec: Tensor) -> Tensor:
    if input._data.ndim != 2 or vec._data.ndim != 1:
        raise RuntimeError(f"vector + matrix @ vector expected, got 1, {input._data.ndim}, {vec._data.ndim}")
    if input._data.dtype != vec._data.dtype:
        m, v = input.dtype.tensor_type[6:-6], vec.dtype.tensor_type[6:-6]
        raise RuntimeError(f"addmv input tensors must have the same dtype, but got {v}, {m}, and {v}")
    return ops.mv(input, vec)


def dot(input: Tensor, tensor: Tensor) -> Tensor:
    if input._data.ndim != 1 or tensor._data.ndim != 1:
        raise RuntimeError(f"1D tensors expected, but got {input._data.ndim}D and {tensor._data.ndim}D tensors")
    if input._data.dtype != tensor._data.dtype:
        raise RuntimeError(
            f"dot : expected both vectors to have same dtype, but found {input.dtype.tensor_type[6:-6]} and "
            f"{tensor.dtype.tensor_type[6:-6]}"
        )
    return ops.dot(input, tensor)


def same_dtype(a: Tensor, b: Tensor) -> Tensor:
    if a._data.dtype != b._data.dtype:
        names = [messages.SCALAR_TYPES.get(t._data.dtype.name) for t in (a, b)]
        raise RuntimeError(f"expected m1 and m2 to have the same dtype, but got: {names[0]} != {names[1]}")
    return b


def bmm(input: Tensor, mat2: Tensor) -> Tensor:
    if input._data.ndim != 3 or mat2._data.ndim != 3:
        raise RuntimeError("batch1 must be a 3D tensor" if input._data.ndim != 3 else "batch2 must be a 3D tensor")
    if input._data.dtype != mat2._data.dtype:
        a, b = input.dtype.tensor_type[6:-6], mat2.dtype.tensor_type[6:-6]
        raise RuntimeError(f"expected scalar type {a} but found {b}")
    if input._data.shape[0] != mat2._data.shape[0]:
        raise errors.EXPLAIN["bmm"](input._data, mat2._data)
    return ops.bmm(input, mat2)


def matmul(input: Tensor, other: Tensor) -> Tensor:
    """PyTorch's rules: vectors are made matrices, matrices batches, and what was added is taken away."""
    if not isinstance(other, Tensor):
        raise errors.not_a_tensor("matmul", "other", 2, other)
    a, b = need_tensor("matmul", input)._data.ndim, other._data.ndim
    if a == 2 and b == 2:
        return ops.mm(input, same_dtype(input, other))
    if not a or not b:
        raise RuntimeError(f"both arguments to matmul need to be at least 1D, but they are {a}D and {b}D")
    if a == 1 and b == 1:
        return dot(input, other)
    if a == 2 and b == 1:
        return mv(input, other)
    if a == 1 and b == 2:
        return ops.squeeze_copy(ops.mm(ops.unsqueeze(input, 0), same_dtype(input, other)), 0)
    if a >= 3 and b <= 2:
        rows = reshape(input, (-1, input._data.shape[-1]))
        product = ops.mm(rows, same_dtype(input, other)) if b == 2 else mv(rows, other)
        return ops.unsafe_view(product, (*input._data.shape[:-1], *other._data.shape[1:]))
    if a <= 2 and b >= 3:
        flipped = matmul(ops.transpose(other, b - 2, b - 1), input if a == 1 else ops.t(input))
        return flipped if a == 1 else ops.clone(ops.transpose(flipped, b - 2, b - 1))
    batch = broadcast_shapes(input._data.shape[:-2], other._data.shape[:-2])
    size = math.prod(batch)
    left = reshape(expand(input, *batch, *input._data.shape[-2:]), (size, *input._data.shape[-2:]))
    right = reshape(expand(other, *batch, *other._data.shape[-2:]), (size, *other._data.shape[-2:]))
    product = bmm(left, right)
    return ops.unsafe_view(product, (*batch, *product._data.shape[-2:]))


def matmul_operator(input: Tensor, other: Any) -> Any:
    return matmul(input, other) if isinstance(other, Tensor) else NotImplemented


def broadcast_shapes(a: tuple, b: tuple) -> tuple:
    try:
        return np.broadcast_shapes(a, b)
    except ValueError:
        raise errors.broadcast(a, b) from None


def addmm(input: Tensor, mat1: Tensor, mat2: Tensor, *, beta: Any = 1, alpha: Any = 1) -> Tensor:
    if not input._data.dtype == mat1._data.dtype == mat2._data.dtype:
        a, b = input.dtype.tensor_type[6:-6], mat2.dtype.tensor_type[6:-6]
        raise RuntimeError(f"self and mat2 must have the same dtype, but got {a} and {b}")
    if beta == 1 and alpha == 1:
        return ops.addmm(input, mat1, mat2)
    return ops.addmm_scaled(input, mat1, mat2, beta, alpha)


def outer(input: Tensor, vec2: Tensor) -> Tensor:
    for x, name in ((input, "self"), (vec2, "vec2")):
        if x._data.ndim != 1:
            raise RuntimeError(f"outer: Expected 1-D argument {name}, but got {x._data.ndim}-D")
    return ops.mul(reshape(input, (-1, 1)), vec2)
