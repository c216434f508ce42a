"""The same elements in another shape or order, and repeated."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from refgrad import dtypes, errors, functions, messages
from refgrad.functions.arguments import Dim, Shape, as_dim, as_dims, as_int, as_shape, need_at_most, ops
from refgrad.tensor import Tensor, wrap


def _fill_in(shape: tuple, size: int) -> tuple:
    """`shape` with its -1, if it has one, worked out."""
    unknown = [i for i, n in enumerate(shape) if n < 0]
    known = math.prod(n for n in shape if n >= 0)
    if not unknown and known == size:
        return shape
    messages.require(len(unknown) < 2, "functions.one_unknown")
    for i in unknown:
        messages.require_same(shape[i], -1, "functions.invalid_dim", shape[i], i, shape)
        messages.require(known or size, "functions.ambiguous_dim", shape)
    messages.require(unknown and known and not size % known, "functions.invalid_shape", shape, size)
    return tuple(size // known if n < 0 else n for n in shape)


def _without_copy(array: np.ndarray, shape: tuple) -> bool:
    try:
        array.reshape(shape, copy=False)
    except ValueError:
        return False
    return True


def view(self: Any, *shape: Any, dtype: Any = None, size: Any = None) -> Tensor:
    """The same memory in another shape, or as another dtype."""
    if (shape and isinstance(shape[0], dtypes.dtype)) or dtype is not None:
        of, *others = shape if dtype is None else (*shape, dtype)
        if others:
            raise errors.combination("view", of, *others)
        return ops.view_dtype(self, of.numpy)
    sizes = _fill_in(as_shape(shape, size, "view"), self._data.size)
    messages.require(_without_copy(self._array(), sizes), "functions.view")
    return ops.view(self, sizes)


def reshape(input: Tensor, shape: Shape) -> Tensor:
    """The same elements in another shape, of which one size may be -1: a view where the memory allows it, else a copy."""
    sizes = _fill_in(shape, input._data.size)
    if _without_copy(input._array(), sizes):
        return (ops.view if input._data.flags.c_contiguous else ops.reshape_alias)(input, sizes)
    return ops.unsafe_view(ops.contiguous(input), sizes)


def flatten(input: Tensor, start_dim: int = 0, end_dim: int = -1) -> Tensor:
    """The dimensions from `start_dim` to `end_dim` as one."""
    shape = input._data.shape
    if not shape:
        return reshape(input, (1,))
    start, end = as_dim(start_dim, len(shape)), as_dim(end_dim, len(shape))
    messages.require(start <= end, "functions.flatten")
    if start == end:
        return input
    return reshape(input, (*shape[:start], math.prod(shape[start : end + 1]), *shape[end + 1 :]))


def ravel(input: Tensor) -> Tensor:
    """All elements in one dimension, as a view where they are in order in memory."""
    return ops.view(functions.contiguous(input), (input._data.size,))


def unflatten(input: Tensor, dim: Dim, sizes: Any) -> Tensor:
    """The dimension `dim` as several of these `sizes`."""
    shape, parts = input._data.shape, tuple(sizes)
    messages.require(parts, "functions.unflatten_empty")
    messages.require(shape, "functions.unflatten_unexpected", "Dimension specified as 0 but tensor has no dimensions")
    try:
        parts = _fill_in(parts, shape[dim])
    except RuntimeError as error:
        if "is invalid for" not in str(error):
            raise messages.error("functions.unflatten_unexpected", error) from None
        raise messages.error("functions.unflatten", parts, dim, shape[dim]) from None
    return view(input, (*shape[:dim], *parts, *shape[dim + 1 :]))


def squeeze(input: Tensor, dim: Any = ...) -> Tensor:
    """A view without dimensions of size 1: without any, or without those of `dim`."""
    if dim is ...:
        return ops.squeeze(input)
    if isinstance(dim, (tuple, list)):
        return ops.squeeze_dims(input, dim and as_dims(dim, input._data.ndim))
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


def broadcast_to(input: Tensor, size: Shape) -> Tensor:
    """`input.expand(size)`."""
    return expand(input, size)


def permute(input: Tensor, dims: Shape) -> Tensor:
    """A view with the dimensions in this order."""
    ndim = input._data.ndim
    messages.require_same(len(dims), ndim, "functions.permute_length", ndim, len(dims))
    order = tuple(as_dim(d, ndim) for d in dims)
    messages.require_same(len(set(order)), ndim, "functions.permute_twice")
    return ops.permute(input, order)


def swapaxes(input: Tensor, axis0: Dim, axis1: Dim) -> Tensor:
    """A view with two dimensions swapped."""
    return ops.transpose(input, axis0, axis1)


def adjoint(input: Tensor) -> Tensor:
    """The conjugate transposes of a batch of matrices."""
    messages.require(input._data.ndim != 1, "functions.adjoint", input._data.ndim)
    if not input._data.ndim:
        messages.warn("functions.adjoint_scalar")
        return functions.conj(input)
    return functions.conj(ops.transpose(input, input._data.ndim - 2, input._data.ndim - 1))


def view_as(self: Tensor, other: Tensor) -> Tensor:
    """`view(other.shape)`."""
    return view(self, other.shape)


def reshape_as(self: Tensor, other: Tensor) -> Tensor:
    """`reshape(other.shape)`."""
    return reshape(self, tuple(other.shape))


def expand_as(self: Tensor, other: Tensor) -> Tensor:
    """`expand(other.shape)`."""
    return expand(self, other.shape)


def t(input: Tensor) -> Tensor:
    """A view of the transpose of a matrix; a vector as it is."""
    need_at_most(input, 2, "functions.t", input._data.ndim)
    return ops.t(input)


def movedim(input: Tensor, source: Any, destination: Any) -> Tensor:
    """A view with the dimensions `source` in the places `destination`."""
    n = input._data.ndim
    given = [list(dims) if isinstance(dims, (tuple, list)) else [dims] for dims in (source, destination)]
    alike = isinstance(source, (tuple, list)) == isinstance(destination, (tuple, list))
    if not alike:
        raise errors.combination("movedim", input, source, destination)
    messages.require_same(len(given[0]), len(given[1]), "functions.movedim", *given)
    come, go = ([as_dim(d, n, "movedim", key) for d in dims] for key, dims in zip(("source", "destination"), given))
    for key, dims, found in (("source", given[0], come), ("destination", given[1], go)):
        messages.require_same(len({*found}), len(found), "functions.movedim_twice", key, dims)
    if not n:
        return ops.alias(input)
    rest = iter([d for d in range(n) if d not in come])
    return ops.permute(input, tuple(come[go.index(i)] if i in go else next(rest) for i in range(n)))


def flip(input: Tensor, dims: Shape) -> Tensor:
    """A copy in which the elements along `dims` stand the other way round."""
    return ops.flip(input, as_dims(dims, input._data.ndim) if dims else ())


def roll(input: Tensor, shifts: Any, dims: Any = None) -> Tensor:
    """A copy with the elements moved along `dims`; what leaves at the end comes in at the start."""
    by = tuple(shifts) if isinstance(shifts, (tuple, list)) else (shifts,)
    along = () if dims is None else tuple(dims) if isinstance(dims, (tuple, list)) else (dims,)
    along = tuple(as_int(d, "roll", "dims", 3, "tuple of ints") for d in along)
    messages.require(by, "functions.roll_nothing")
    messages.require_same(len(by), len(along or (None,)), "functions.roll", len(by), len(along))
    messages.require(input._data.ndim or not along, "functions.unbind", *along[:1])
    by = tuple(as_int(n, "roll", "shifts", 2, "tuple of ints") for n in by)
    if not along:
        return ops.roll(input, by[0], None)
    return ops.roll(input, by, tuple(as_dim(d, input._data.ndim) for d in along))


def repeat(self: Tensor, repeats: Shape) -> Tensor:
    """A copy that has the tensor so many times along each dimension, new ones first."""
    messages.require(len(repeats) >= self._data.ndim, "functions.repeat")
    sizes = [r * n for r, n in zip(repeats, (1,) * (len(repeats) - self._data.ndim) + self._data.shape)]
    for n in sizes:
        messages.require(n >= 0, "functions.repeat_negative", n, sizes)
    return ops.repeat(self, repeats)


def rot90(input: Tensor, k: int = 1, dims: Any = (0, 1)) -> Tensor:
    """Turned `k` times by 90 degrees in the plane of the two `dims`."""
    messages.require_same(len(dims), 2, "functions.rot90", len(dims))
    messages.require(input._data.ndim >= 2, "functions.rot90_ndim", input._data.ndim)
    a, b = (as_dim(d, input._data.ndim) for d in dims)
    messages.require(a != b, "functions.rot90_twice", *dims)
    return ops.rot90(input, k, (a, b))


def flipud(input: Tensor) -> Tensor:
    """`flip` along the first dimension."""
    messages.require(input._data.ndim, "functions.flip_ndim", 1)
    return ops.flip(input, (0,))


def fliplr(input: Tensor) -> Tensor:
    """`flip` along the second dimension."""
    messages.require(input._data.ndim > 1, "functions.flip_ndim", 2)
    return ops.flip(input, (1,))


def tile(input: Tensor, dims: Shape) -> Tensor:
    """`repeat`, where dimensions that are not named are not repeated."""
    return functions.repeat(input, (1,) * (input._data.ndim - len(dims)) + dims)


def repeat_interleave(input: Tensor, repeats: Any = ..., dim: Any = None, *, output_size: Any = None) -> Tensor:
    """Each element along `dim` (by default of the flattened tensor) `repeats` times, one number for all or for each.

    `repeat_interleave(repeats)`: each index as often as it says.
    """
    if repeats is ...:
        if dim is not None:
            raise errors.combination("repeat_interleave", input, dim)
        if input._data.dtype not in ("int64", "int32"):
            raise messages.error("functions.not_implemented", "repeat_interleave_cpu", input)
        return wrap(np.repeat(np.arange(input._data.size, dtype=input._data.dtype), input._data))
    x = flatten(input) if dim is None else input
    d, shape = as_dim(dim or 0, x._data.ndim), x._data.shape
    if not isinstance(repeats, Tensor):
        if not isinstance(repeats, int) or isinstance(repeats, bool):
            raise errors.combination("repeat_interleave", input, repeats)
        messages.require(repeats >= 0, "functions.repeats")
        wide = expand(ops.unsqueeze(x, d + 1), *shape[: d + 1], repeats, *shape[d + 1 :])
        return flatten(ops.contiguous(wide), d, d + 1)
    need_at_most(repeats, 1, "functions.repeats_ndim")
    often = repeats._data.reshape(-1)
    messages.require(often.size in (1, shape[d]), "functions.repeats_size", often.size, d, shape[d])
    if often.dtype not in ("int64", "int32"):
        raise messages.error("functions.not_implemented", "repeat_interleave_cpu", repeats)
    messages.require((often >= 0).all(), "functions.repeats_negative")
    return functions.index_select(x, d, wrap(np.repeat(np.arange(shape[d]), often)))
