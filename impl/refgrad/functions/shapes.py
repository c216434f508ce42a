"""Views, copies in another shape, joins and picks."""

from __future__ import annotations

import builtins
import math
from typing import Any

import numpy as np

from refgrad import dtypes, errors, messages
from refgrad.functions.arguments import as_dim, as_dims, as_shape, into, need_tensor, ops
from refgrad.tensor import Tensor


def fill_in(shape: tuple, size: int) -> tuple:
    """`shape` with its -1, if it has one, worked out."""
    unknown = [i for i, n in enumerate(shape) if n < 0]
    bad = RuntimeError(f"shape '{errors.shape_text(shape)}' is invalid for input of size {size}")
    if len(unknown) > 1:
        raise RuntimeError("only one dimension can be inferred")
    if not unknown:
        if math.prod(shape) != size:
            raise bad
        return shape
    if shape[unknown[0]] != -1:
        raise RuntimeError(
            f"invalid shape dimension {shape[unknown[0]]} at index {unknown[0]} of shape {errors.shape_text(shape)}"
        )
    known = math.prod(n for n in shape if n >= 0)
    if not known or size % known:
        if known == 0 and size == 0:
            raise RuntimeError(
                f"cannot reshape tensor of 0 elements into shape {errors.shape_text(shape)} because the unspecified "
                "dimension size -1 can be any value and is ambiguous"
            )
        raise bad
    return tuple(size // known if n < 0 else n for n in shape)


def without_copy(array: np.ndarray, shape: tuple) -> bool:
    try:
        np.reshape(array, shape, copy=False)
    except ValueError:
        return False
    return True


def view(self: Tensor, *shape: Any, dtype: Any = None) -> Tensor:
    if (shape and isinstance(shape[0], dtypes.dtype)) or dtype is not None:
        return ops.view_dtype(self, (dtype or shape[0]).numpy)
    sizes = fill_in(as_shape(shape), self._data.size)
    if not without_copy(self._array(), sizes):
        raise RuntimeError(
            "view size is not compatible with input tensor's size and stride (at least one dimension spans across two "
            "contiguous subspaces). Use .reshape(...) instead."
        )
    return ops.view(self, sizes)


def reshape(input: Tensor, *shape: Any) -> Tensor:
    """A view where the memory allows it, else a copy."""
    sizes = fill_in(as_shape(shape), need_tensor("reshape", input)._data.size)
    if without_copy(input._array(), sizes):
        return ops.view(input, sizes)
    return ops.unsafe_view(ops.clone(input), sizes)


def flatten(input: Tensor, start_dim: int = 0, end_dim: int = -1) -> Tensor:
    shape = input._data.shape
    if not shape:
        return reshape(input, (1,))
    start, end = as_dim(start_dim, len(shape)), as_dim(end_dim, len(shape))
    if start > end:
        raise RuntimeError("flatten() has invalid args: start_dim cannot come after end_dim")
    if start == end:
        return input
    return reshape(input, (*shape[:start], math.prod(shape[start : end + 1]), *shape[end + 1 :]))


def unflatten(input: Tensor, dim: int, sizes: Any) -> Tensor:
    shape, d, parts = input._data.shape, as_dim(dim, input._data.ndim), tuple(sizes)
    if not parts:
        raise RuntimeError("unflatten: sizes must be non-empty")
    try:
        return view(input, (*shape[:d], *fill_in(parts, shape[d]), *shape[d + 1 :]))
    except RuntimeError as error:
        if "is invalid for" not in str(error):
            raise RuntimeError(f"unflatten got an unexpected error:\n{error}") from None
        raise RuntimeError(
            f"unflatten: Provided sizes {errors.shape_text(parts)} don't multiply up to the size of dim {d} ({shape[d]}) in "
            "the input tensor"
        ) from None


def squeeze(input: Tensor, dim: Any = None) -> Tensor:
    ndim = need_tensor("squeeze", input)._data.ndim
    if dim is None:
        return ops.squeeze(input)
    if isinstance(dim, (tuple, list)):
        return ops.squeeze_dims(input, as_dims(dim, ndim))
    return ops.squeeze_dim(input, as_dim(dim, ndim))


def unsqueeze(input: Tensor, dim: int) -> Tensor:
    n = need_tensor("unsqueeze", input)._data.ndim + 1
    if not -n <= dim < n:
        raise errors.dimension(dim, n)
    return ops.unsqueeze(input, dim % n)


def expand(self: Tensor, *sizes: Any) -> Tensor:
    shape, own = as_shape(sizes), self._data.shape
    lead = len(shape) - len(own)
    if lead < 0:
        raise RuntimeError(
            f"expand({self.dtype.tensor_type}{{{errors.shape_text(own)}}}, size={errors.shape_text(shape)}): the "
            f"number of sizes provided ({len(shape)}) must be greater or equal to the number of dimensions in the "
            f"tensor ({len(own)})"
        )
    if -1 in shape[:lead]:
        raise RuntimeError(
            f"The expanded size of the tensor (-1) isn't allowed in a leading, non-existing dimension {shape.index(-1)}"
        )
    return ops.expand(self, tuple(own[i - lead] if n == -1 and i >= lead else n for i, n in enumerate(shape)))


def broadcast_to(input: Tensor, size: Any) -> Tensor:
    return expand(input, *as_shape((size,)))


def transpose(input: Tensor, dim0: int, dim1: int) -> Tensor:
    ndim = need_tensor("transpose", input)._data.ndim
    return ops.transpose(input, as_dim(dim0, ndim), as_dim(dim1, ndim))


def permute(input: Tensor, *dims: Any) -> Tensor:
    order, ndim = as_shape(dims), need_tensor("permute", input)._data.ndim
    if len(order) != ndim:
        raise RuntimeError(
            "permute(sparse_coo): number of dimensions in the tensor input does not match the length of the desired "
            f"ordering of dimensions i.e. input.dim() = {ndim} is not equal to len(dims) = {len(order)}"
        )
    order = tuple(as_dim(d, ndim) for d in order)
    if len(set(order)) < len(order):
        raise RuntimeError("permute(): duplicate dims are not allowed.")
    return ops.permute(input, order)


def t(input: Tensor) -> Tensor:
    ndim = need_tensor("t", input)._data.ndim
    if ndim > 2:
        raise RuntimeError(f"t() expects a tensor with <= 2 dimensions, but self is {ndim}D")
    return ops.t(input)


def movedim(input: Tensor, source: Any, destination: Any) -> Tensor:
    n = input._data.ndim
    sources, targets = as_dims(source, n), as_dims(destination, n)
    rest = iter([d for d in range(n) if d not in sources])
    return ops.permute(input, tuple(sources[targets.index(i)] if i in targets else next(rest) for i in range(n)))


def flip(input: Tensor, *dims: Any) -> Tensor:
    return ops.flip(input, as_dims(as_shape(dims), input._data.ndim) if as_shape(dims) else ())


def roll(input: Tensor, shifts: Any, dims: Any = None) -> Tensor:
    lengths = [len(v) if isinstance(v, (tuple, list)) else int(v is not None) for v in (shifts, dims)]
    if lengths[0] != lengths[1] and (dims is not None or lengths[0] > 1):
        raise RuntimeError(f"shifts and dimensions must align. shifts: {lengths[0]}, dims:{lengths[1]}")
    return ops.roll(input, shifts, dims)


def repeat(self: Tensor, *repeats: Any) -> Tensor:
    counts = as_shape(repeats)
    if len(counts) < self._data.ndim:
        raise RuntimeError("Number of dimensions of repeat dims can not be smaller than number of dimensions of tensor")
    return ops.repeat(self, counts)


def select(input: Tensor, dim: int, index: int) -> Tensor:
    if not input._data.ndim:
        raise IndexError("select() cannot be applied to a 0-dim tensor.")
    d = as_dim(dim, input._data.ndim)
    n = input._data.shape[d]
    if not -n <= index < n:
        raise IndexError(
            f"select(): index {index} out of range for tensor of size {errors.shape_text(input._data.shape)} at "
            f"dimension {d}"
        )
    return ops.select(input, d, int(index) % n)


def narrow(input: Tensor, dim: int, start: int, length: int) -> Tensor:
    if not input._data.ndim:
        raise RuntimeError("narrow() cannot be applied to a 0-dim tensor.")
    d = as_dim(dim, input._data.ndim)
    n = input._data.shape[d]
    if length < 0:
        raise RuntimeError("narrow(): length must be non-negative.")
    if not -n <= start <= n:
        raise IndexError(f"start out of range (expected to be in range of [{-n}, {n}], but got {start})")
    start = start + n if start < 0 else start
    if start + length > n:
        raise RuntimeError(f"start ({start}) + length ({length}) exceeds dimension size ({n}).")
    return ops.slice(input, d, start, start + length, 1)


def need_dimension(name: str, x: Tensor) -> None:
    if not x._data.ndim:
        raise RuntimeError(f"{name} expects at least a 1-dimensional tensor")


def unbind(input: Tensor, dim: int = 0) -> tuple:
    if not input._data.ndim:
        raise IndexError(f"Dimension specified as {dim} but tensor has no dimensions")
    return ops.unbind(input, as_dim(dim, input._data.ndim))


def split(tensor: Tensor, split_size_or_sections: Any, dim: int = 0) -> tuple:
    need_dimension("split", tensor)
    d = as_dim(dim, tensor._data.ndim)
    n = tensor._data.shape[d]
    if isinstance(split_size_or_sections, (int, np.integer)):
        size = int(split_size_or_sections)
        if size < 0:
            raise RuntimeError(f"split expects split_size be non-negative, but got split_size={size}")
        if not size and n:
            raise RuntimeError(f"split_size can only be 0 if dimension size is 0, but got dimension size of {n}")
        sizes = [builtins.min(size, n - i) for i in range(0, n, size)] if n else [0]
        return ops.split(tensor, sizes, d)
    sizes = list(split_size_or_sections)
    if builtins.sum(sizes) != n:
        raise RuntimeError(
            f"split_with_sizes expects split_sizes to sum exactly to {n} (input tensor's size at dimension {d}), "
            f"but got split_sizes={sizes}"
        )
    return ops.split_with_sizes(tensor, sizes, d)


def split_with_sizes(tensor: Tensor, split_sizes: Any, dim: int = 0) -> tuple:
    """Views of parts of these sizes along `dim`."""
    return split(tensor, list(split_sizes), dim)


def chunk(input: Tensor, chunks: int, dim: int = 0) -> tuple:
    need_dimension("chunk", input)
    if chunks <= 0:
        raise RuntimeError(f"chunk expects `chunks` to be greater than 0, got: {chunks}")
    n = input._data.shape[as_dim(dim, input._data.ndim)]
    return split(input, -(-n // chunks) if n else [0] * chunks, dim)


def need_tensors(name: str, tensors: Any) -> list:
    if isinstance(tensors, Tensor):
        raise TypeError(f"{name}(): argument 'tensors' (position 1) must be tuple of Tensors, not Tensor")
    values = list(tensors)
    for i, value in enumerate(values):
        if not isinstance(value, Tensor):
            raise TypeError(f"expected Tensor as element {i} in argument 0, but got {type(value).__name__}")
    return values


def cat(tensors: Any, dim: int = 0, *, out: Any = None) -> Tensor:
    values = need_tensors("cat", tensors)
    if not values:
        raise ValueError("torch.cat(): expected a non-empty list of Tensors")
    for i, value in enumerate(values):
        if not value._data.ndim:
            raise RuntimeError(f"zero-dimensional tensor (at position {i}) cannot be concatenated")
    ndim = builtins.max(v._data.ndim for v in values)
    result = ops.cat(values, as_dim(dim, ndim))
    return result if out is None else into(out, result, "cat")


def stack(tensors: Any, dim: int = 0, *, out: Any = None) -> Tensor:
    values = need_tensors("stack", tensors)
    if not values:
        raise RuntimeError("stack expects a non-empty TensorList")
    result = ops.stack(values, as_dim(dim, values[0]._data.ndim + 1))
    return result if out is None else into(out, result, "stack")


def gather(input: Tensor, dim: int, index: Tensor) -> Tensor:
    picks, d = index._data, as_dim(dim, input._data.ndim)
    if picks.dtype.kind != "i" or picks.itemsize < 4:
        raise RuntimeError("gather(): Expected dtype int32/int64 for index")
    if picks.ndim != input._data.ndim and input._data.ndim:
        raise RuntimeError("Index tensor must have the same number of dimensions as input tensor")
    n = input._data.shape[d] if input._data.ndim else 1
    if picks.size and not (picks.min() >= 0 and picks.max() < n):
        bad = next(i for i in picks.ravel().tolist() if not 0 <= i < n)
        raise RuntimeError(f"index {bad} is out of bounds for dimension {d} with size {n}")
    return ops.gather(input, d, index)


def index_select(input: Tensor, dim: int, index: Tensor) -> Tensor:
    if not input._data.ndim and index._data.size != 1:
        raise RuntimeError(f"index_select(): Index to scalar can have only 1 value, got {index._data.size} value(s)")
    if index._data.dtype not in ("int32", "int64"):
        raise RuntimeError("index_select(): Expected dtype int32 or int64 for index")
    if index._data.ndim > 1:
        raise IndexError("index_select(): Index is supposed to be a vector")
    d = as_dim(dim, input._data.ndim)
    n = (input._data.shape or (1,))[d]
    for i in index._data.ravel().tolist():
        if not 0 <= i < n:
            if d:
                raise RuntimeError(f"INDICES element is out of DATA bounds, id={i} axis_dim={n}")
            raise IndexError("index out of range in self")
    return ops.index_select(input, d, index)


def masked_fill(input: Tensor, mask: Tensor, value: Any) -> Tensor:
    if mask._data.dtype != bool:
        kind = messages.SCALAR_TYPES.get(mask._data.dtype.name)
        kind = {"long": "long int"}.get(kind or "", kind)
        raise RuntimeError(f"masked_fill_ only supports boolean masks, but got mask with dtype {kind}")
    if isinstance(value, Tensor) and value._data.ndim:
        raise RuntimeError(
            f"masked_fill_ only supports a 0-dimensional value tensor, but got tensor with {value._data.ndim} dimension(s)."
        )
    return (ops.masked_fill_tensor if isinstance(value, Tensor) else ops.masked_fill)(input, mask, value)


def unfold(self: Tensor, dimension: int, size: int, step: int) -> Tensor:
    """All windows of `size` elements along `dimension`, `step` apart, in a new last dimension."""
    d = as_dim(dimension, self._data.ndim)
    n = self._data.shape[d] if self._data.ndim else 1
    if size > n:
        raise RuntimeError(f"maximum size for tensor at dimension {d} is {n} but size is {size}")
    if step <= 0:
        raise RuntimeError(f"step is {step} but must be > 0")
    return ops.unfold(self, d, size, step)


def as_strided(input: Tensor, size: Any, stride: Any, storage_offset: int | None = None) -> Tensor:
    """A view of the memory of `input` with this size, stride and offset, all counted in elements."""
    if len(size) != len(stride):
        raise RuntimeError("mismatch in length of strides and shape")
    own = input.storage_offset()
    offset = own if storage_offset is None else storage_offset
    if input._base is not None and (offset < own or not input._data.flags.c_contiguous):
        return as_strided(input._base, size, stride, offset)
    return ops.as_strided(input, tuple(size), tuple(stride), offset - own)


def diagonal(input: Tensor, offset: int = 0, dim1: int = 0, dim2: int = 1) -> Tensor:
    first, second = (as_dim(d, input._data.ndim) for d in (dim1, dim2))
    if first == second:
        raise RuntimeError(f"diagonal dimensions cannot be identical {dim1}, {dim2}")
    return ops.diagonal(input, offset, first, second)
