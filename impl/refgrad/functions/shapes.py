"""Views, copies in another shape, joins and picks."""

from __future__ import annotations

import builtins
import itertools
import math
from typing import Any

import numpy as np

from refgrad import dtypes, messages
from refgrad.functions.arguments import (
    Dim,
    Dims,
    Shape,
    as_dim,
    as_dims,
    as_shape,
    into,
    need_tensor,
    need_tensors,
    ops,
)
from refgrad.tensor import Tensor


def _fill_in(shape: tuple, size: int) -> tuple:
    """`shape` with its -1, if it has one, worked out."""
    unknown = [i for i, n in enumerate(shape) if n < 0]
    known = math.prod(n for n in shape if n >= 0)
    if not unknown and known == size:
        return shape
    messages.require(len(unknown) < 2, "functions.one_unknown")
    for i in unknown:
        messages.require(shape[i] == -1, "functions.invalid_dim", shape[i], i, shape)
        messages.require(known or size, "functions.ambiguous_dim", shape)
    messages.require(unknown and known and not size % known, "functions.invalid_shape", shape, size)
    return tuple(size // known if n < 0 else n for n in shape)


def _without_copy(array: np.ndarray, shape: tuple) -> bool:
    try:
        np.reshape(array, shape, copy=False)
    except ValueError:
        return False
    return True


def view(self: Any, *shape: Any, dtype: Any = None, size: Any = None) -> Tensor:
    """The same memory in another shape, or as another dtype."""
    if (shape and isinstance(shape[0], dtypes.dtype)) or dtype is not None:
        return ops.view_dtype(self, (dtype or shape[0]).numpy)
    sizes = _fill_in(as_shape(shape, size, "view"), self._data.size)
    messages.require(_without_copy(self._array(), sizes), "functions.view")
    return ops.view(self, sizes)


def reshape(input: Any, *sizes: Any, shape: Any = None) -> Tensor:
    """The same elements in another shape, of which one size may be -1: a view where the memory allows it, else a copy."""
    sizes = _fill_in(as_shape(sizes, shape, "reshape", "shape"), need_tensor("reshape", input)._data.size)
    if _without_copy(input._array(), sizes):
        return ops.view(input, sizes)
    return ops.unsafe_view(ops.clone(input), sizes)


def flatten(input: Any, start_dim: int = 0, end_dim: int = -1) -> Tensor:
    """The dimensions from `start_dim` to `end_dim` as one."""
    shape = input._data.shape
    if not shape:
        return reshape(input, (1,))
    start, end = as_dim(start_dim, len(shape)), as_dim(end_dim, len(shape))
    messages.require(start <= end, "functions.flatten")
    if start == end:
        return input
    return reshape(input, (*shape[:start], math.prod(shape[start : end + 1]), *shape[end + 1 :]))


def unflatten(input: Tensor, dim: Dim, sizes: Any) -> Tensor:
    """The dimension `dim` as several of these `sizes`."""
    shape, parts = input._data.shape, tuple(sizes)
    messages.require(parts, "functions.unflatten_empty")
    try:
        return view(input, (*shape[:dim], *_fill_in(parts, shape[dim]), *shape[dim + 1 :]))
    except RuntimeError as error:
        if "is invalid for" not in str(error):
            raise messages.error("functions.unflatten_unexpected", error) from None
        raise messages.error("functions.unflatten", parts, dim, shape[dim]) from None


def squeeze(input: Tensor, dim: Any = None) -> Tensor:
    """A view without dimensions of size 1: without any, or without those of `dim`."""
    if dim is None:
        return ops.squeeze(input)
    if isinstance(dim, (tuple, list)):
        return ops.squeeze_dims(input, as_dims(dim, input._data.ndim))
    return ops.squeeze_dim(input, as_dim(dim, input._data.ndim))


def expand(self: Any, *sizes: Any, size: Any = None) -> Tensor:
    """A view in which dimensions of size 1, and new ones before, have these sizes; -1 leaves one as it is."""
    shape, own = as_shape(sizes, size, "expand"), self._data.shape
    lead = len(shape) - len(own)
    if lead < 0:
        raise messages.error("functions.expand_few", self.dtype.tensor_type, own, shape, len(shape), len(own))
    if -1 in shape[:lead]:
        raise messages.error("functions.expand_leading", shape.index(-1))
    return ops.expand(self, tuple(own[i - lead] if n == -1 and i >= lead else n for i, n in enumerate(shape)))


def broadcast_to(input: Any, size: Any) -> Tensor:
    """`input.expand(size)`."""
    return expand(input, *as_shape((size,)))


def permute(input: Tensor, dims: Shape) -> Tensor:
    """A view with the dimensions in this order."""
    ndim = input._data.ndim
    messages.require(len(dims) == ndim, "functions.permute_length", ndim, len(dims))
    order = tuple(as_dim(d, ndim) for d in dims)
    messages.require(len(set(order)) == ndim, "functions.permute_twice")
    return ops.permute(input, order)


def t(input: Tensor) -> Tensor:
    """A view of the transpose of a matrix; a vector as it is."""
    messages.require(input._data.ndim <= 2, "functions.t", input._data.ndim)
    return ops.t(input)


def movedim(input: Tensor, source: Dims, destination: Dims) -> Tensor:
    """A view with the dimensions `source` in the places `destination`."""
    n = input._data.ndim
    rest = iter([d for d in range(n) if d not in source])
    return ops.permute(input, tuple(source[destination.index(i)] if i in destination else next(rest) for i in range(n)))


def flip(input: Tensor, dims: Shape) -> Tensor:
    """A copy in which the elements along `dims` stand the other way round."""
    return ops.flip(input, as_dims(dims, input._data.ndim) if dims else ())


def roll(input: Tensor, shifts: Any, dims: Any = None) -> Tensor:
    """A copy with the elements moved along `dims`; what leaves at the end comes in at the start."""
    lengths = [len(v) if isinstance(v, (tuple, list)) else int(v is not None) for v in (shifts, dims)]
    aligned = lengths[0] == lengths[1] or (dims is None and lengths[0] <= 1)
    messages.require(aligned, "functions.roll", *lengths)
    return ops.roll(input, shifts, dims)


def repeat(self: Tensor, repeats: Shape) -> Tensor:
    """A copy that has the tensor so many times along each dimension, new ones first."""
    messages.require(len(repeats) >= self._data.ndim, "functions.repeat")
    return ops.repeat(self, repeats)
























