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


def view(self: Any, *shape: Any, dtype: Any = None) -> Tensor:
    """The same memory in another shape, or as another dtype."""
    if (shape and isinstance(shape[0], dtypes.dtype)) or dtype is not None:
        return ops.view_dtype(self, (dtype or shape[0]).numpy)
    sizes = _fill_in(as_shape(shape), self._data.size)
    messages.require(_without_copy(self._array(), sizes), "functions.view")
    return ops.view(self, sizes)


def reshape(input: Any, *shape: Any) -> Tensor:
    """The same elements in another shape, of which one size may be -1: a view where the memory allows it, else a copy."""
    sizes = _fill_in(as_shape(shape), need_tensor("reshape", input)._data.size)
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


def expand(self: Any, *sizes: Any) -> Tensor:
    """A view in which dimensions of size 1, and new ones before, have these sizes; -1 leaves one as it is."""
    shape, own = as_shape(sizes), self._data.shape
    lead = len(shape) - len(own)
    if lead < 0:
        raise messages.error("functions.expand_few", self.dtype.tensor_type, own, shape, len(shape), len(own))
    if -1 in shape[:lead]:
        raise messages.error("functions.expand_leading", shape.index(-1))
    return ops.expand(self, tuple(own[i - lead] if n == -1 and i >= lead else n for i, n in enumerate(shape)))


def broadcast_to(input: Any, size: Any) -> Tensor:
    """`input.expand(size)`."""
    return expand(input, *as_shape((size,)))


def permute(input: Tensor, *dims: Shape) -> Tensor:
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


def flip(input: Tensor, *dims: Shape) -> Tensor:
    """A copy in which the elements along `dims` stand the other way round."""
    return ops.flip(input, as_dims(dims, input._data.ndim) if dims else ())


def roll(input: Tensor, shifts: Any, dims: Any = None) -> Tensor:
    """A copy with the elements moved along `dims`; what leaves at the end comes in at the start."""
    lengths = [len(v) if isinstance(v, (tuple, list)) else int(v is not None) for v in (shifts, dims)]
    aligned = lengths[0] == lengths[1] or (dims is None and lengths[0] <= 1)
    messages.require(aligned, "functions.roll", *lengths)
    return ops.roll(input, shifts, dims)


def repeat(self: Tensor, *repeats: Shape) -> Tensor:
    """A copy that has the tensor so many times along each dimension, new ones first."""
    messages.require(len(repeats) >= self._data.ndim, "functions.repeat")
    return ops.repeat(self, repeats)


def select(input: Any, dim: int, index: int) -> Tensor:
    """A view of what is at `index` along `dim`."""
    if not input._data.ndim:
        raise messages.error("functions.select_scalar")
    d = as_dim(dim, input._data.ndim)
    n = input._data.shape[d]
    if not -n <= index < n:
        raise messages.error("functions.select", index, input, d)
    return ops.select(input, d, int(index) % n)


def narrow(input: Tensor, dim: int, start: int, length: int) -> Tensor:
    """A view of `length` elements along `dim`, from `start` on."""
    messages.require(input._data.ndim, "functions.narrow_scalar")
    d = as_dim(dim, input._data.ndim)
    n = input._data.shape[d]
    messages.require(length >= 0, "functions.narrow_length")
    messages.require(-n <= start <= n, "functions.narrow_start", -n, n, start)
    start = start + n if start < 0 else start
    messages.require(start + length <= n, "functions.narrow_end", start, length, n)
    return ops.slice(input, d, start, start + length, 1)


def unbind(input: Any, dim: int = 0) -> tuple:
    """Views of the slices along `dim`."""
    messages.require(input._data.ndim, "functions.unbind", dim)
    return ops.unbind(input, as_dim(dim, input._data.ndim))


def split(tensor: Tensor, split_size_or_sections: Any, dim: int = 0) -> tuple:
    """Views of parts along `dim`: of one size, but for the last, or of the sizes that are listed."""
    messages.require(tensor._data.ndim, "functions.at_least_1d", "split")
    d = as_dim(dim, tensor._data.ndim)
    n = tensor._data.shape[d]
    if isinstance(split_size_or_sections, (int, np.integer)):
        size = int(split_size_or_sections)
        messages.require(size >= 0, "functions.split_negative", size)
        messages.require(size or not n, "functions.split_zero", n)
        return ops.split(tensor, [builtins.min(size, n - i) for i in range(0, n, size)] if n else [0], d)
    sizes = list(split_size_or_sections)
    messages.require(builtins.sum(sizes) == n, "functions.split_sizes", n, d, sizes)
    return ops.split_with_sizes(tensor, sizes, d)


def split_with_sizes(tensor: Tensor, split_sizes: Any, dim: int = 0) -> tuple:
    """Views of parts of these sizes along `dim`."""
    return split(tensor, list(split_sizes), dim)


def chunk(input: Tensor, chunks: int, dim: int = 0) -> tuple:
    """Views of at most `chunks` parts of one size along `dim`."""
    messages.require(input._data.ndim, "functions.at_least_1d", "chunk")
    messages.require(chunks > 0, "functions.chunks", chunks)
    n = input._data.shape[as_dim(dim, input._data.ndim)]
    return split(input, -(-n // chunks) if n else [0] * chunks, dim)


def tensor_split(input: Tensor, indices_or_sections: Any, dim: Dim = 0) -> tuple:
    """Views of parts along `dim`: so many, of almost equal size, or cut before the indices."""
    n, cuts = input._data.shape[dim], indices_or_sections
    cuts = cuts.tolist() if isinstance(cuts, Tensor) else cuts
    if isinstance(cuts, int):
        small, more = divmod(n, cuts)
        cuts = list(itertools.accumulate([small + (i < more) for i in range(cuts)]))[:-1]
    ends = [slice(None, c).indices(n)[1] for c in cuts]
    parts = zip([0, *ends], [*ends, n], strict=True)
    return tuple(ops.slice(input, dim, a, builtins.max(a, b), 1) for a, b in parts)


def cat(tensors: Any, dim: int = 0, *, out: Any = None) -> Tensor:
    """The tensors joined along `dim`."""
    values = need_tensors("cat", tensors)
    messages.require(values, "functions.cat_nothing")
    for i, value in enumerate(values):
        messages.require(value._data.ndim, "functions.cat_scalar", i)
    result = ops.cat(values, as_dim(dim, builtins.max(v._data.ndim for v in values)))
    return result if out is None else into(out, result, "cat")


def stack(tensors: Any, dim: int = 0, *, out: Any = None) -> Tensor:
    """The tensors, all of one shape, side by side along a new dimension `dim`."""
    values = need_tensors("stack", tensors)
    messages.require(values, "functions.stack_nothing")
    result = ops.stack(values, as_dim(dim, values[0]._data.ndim + 1))
    return result if out is None else into(out, result, "stack")


def unfold(self: Tensor, dimension: Dim, size: int, step: int) -> Tensor:
    """All windows of `size` elements along `dimension`, `step` apart, in a new last dimension."""
    n = (self._data.shape or (1,))[dimension]
    messages.require(size <= n, "functions.unfold_size", dimension, n, size)
    messages.require(step > 0, "functions.unfold_step", step)
    return ops.unfold(self, dimension, size, step)


def as_strided(input: Tensor, size: Any, stride: Any, storage_offset: int | None = None) -> Tensor:
    """A view of the memory of `input` with this size, stride and offset, all counted in elements."""
    messages.require(len(size) == len(stride), "functions.as_strided")
    own = input.storage_offset()
    offset = own if storage_offset is None else storage_offset
    if input._base is not None and (offset < own or not input._data.flags.c_contiguous):
        return as_strided(input._base, size, stride, offset)
    return ops.as_strided(input, tuple(size), tuple(stride), offset - own)


def diagonal(input: Tensor, offset: int = 0, dim1: int = 0, dim2: int = 1) -> Tensor:
    """A view of the `offset`-th diagonals in the plane of two dimensions, in a new last dimension."""
    first, second = (as_dim(d, input._data.ndim) for d in (dim1, dim2))
    messages.require(first != second, "functions.diagonal", dim1, dim2)
    return ops.diagonal(input, offset, first, second)
