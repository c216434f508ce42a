"""Reading from, and writing to, the places that an index or a mask names. Most have an in-place form."""

from __future__ import annotations

from typing import Any

import numpy as np

from refgrad import messages
from refgrad.functions.arguments import Operation, as_dim, ops
from refgrad.tensor import Tensor


def _rows(input: Tensor, dim: int, index: Tensor, outside: str, negative: bool = False) -> tuple[int, Tensor]:
    """The dimension, counted from the front, and the index, which does not leave it."""
    d = as_dim(dim, input._data.ndim)
    n = (input._data.shape or (1,))[d]
    picks = index._data
    if picks.size and not (picks.min() >= -n * negative and picks.max() < n):
        bad = next(i for i in picks.ravel().tolist() if not -n * negative <= i < n)
        raise messages.error(outside, bad, d, n)
    return d, index


def _integers(index: Tensor) -> bool:
    return index._data.dtype in ("int64", "int32")


def gather(input: Tensor, dim: int, index: Tensor) -> Tensor:
    """The elements that `index` names along `dim`, in the shape of `index`."""
    d = as_dim(dim, input._data.ndim)
    messages.require(_integers(index), "functions.gather_dtype")
    messages.require(index._data.ndim == input._data.ndim or not input._data.ndim, "functions.gather_ndim")
    return ops.gather(input, *_rows(input, d, index, "functions.index_outside"))


def index_select(input: Tensor, dim: int, index: Tensor) -> Tensor:
    """The rows along `dim` that `index`, a vector, names."""
    messages.require(input._data.ndim or index._data.size == 1, "functions.index_select_scalar", index._data.size)
    messages.require(_integers(index), "functions.index_select_dtype")
    messages.require(index._data.ndim <= 1, "functions.index_select_ndim")
    outside = "functions.index_select_outside" if as_dim(dim, input._data.ndim) else "functions.index_outside_self"
    return ops.index_select(input, *_rows(input, dim, index, outside))


def index_fill(input: Tensor, dim: int, index: Tensor, value: Any) -> Operation:
    """`value` (number or 0-d) in the rows along `dim` that `index` names."""
    messages.require(_integers(index), "functions.index_fill_dtype")
    entry = "index_fill_tensor" if isinstance(value, Tensor) else "index_fill"
    return entry, *_rows(input, dim, index, "functions.index_fill_outside", negative=True), value


def index_add(input: Tensor, dim: int, index: Tensor, source: Tensor, *, alpha: Any = 1) -> Operation:
    """alpha times the rows of `source` added to the rows along `dim` that `index` names."""
    messages.require(input._data.dtype == source._data.dtype, "functions.index_add_source", input, source)
    messages.require(_integers(index), "functions.index_add_dtype", index)
    return "index_add", *_rows(input, dim, index, "functions.index_outside_self"), source, alpha


def index_copy(input: Tensor, dim: int, index: Tensor, source: Tensor) -> Operation:
    """The rows of `source` in the places along `dim` that `index` names."""
    messages.require(input._data.dtype == source._data.dtype, "functions.index_copy_source", input, source)
    messages.require(_integers(index), "functions.index_copy_dtype", index)
    return "index_copy", *_rows(input, dim, index, "functions.index_copy_outside"), source


def _scattered(input: Tensor, dim: int, index: Tensor) -> tuple[int, Tensor]:
    messages.require(_integers(index), "functions.scatter_dtype")
    return _rows(input, dim, index, "functions.index_outside")


def scatter(
    input: Tensor, dim: int, index: Tensor, src: Any = None, *, value: Any = None, reduce: Any = None
) -> Operation:
    """`src` (or a number) in the places along `dim` that `index` names; added to what is there with reduce="add"."""
    src = value if src is None else src
    place = _scattered(input, dim, index)
    if not isinstance(src, Tensor):
        return "scatter_value", *place, src
    messages.require(input._data.dtype == src._data.dtype, "functions.scatter_source")
    if reduce is not None:
        messages.warn("functions.scatter_reduce", stacklevel=3)
    return ("scatter_add" if reduce == "add" else "scatter"), *place, src


def scatter_add(input: Tensor, dim: int, index: Tensor, src: Tensor) -> Operation:
    """`src` added in the places along `dim` that `index` names."""
    messages.require(input._data.dtype == src._data.dtype, "functions.scatter_source")
    return "scatter_add", *_scattered(input, dim, index), src


def masked_fill(input: Tensor, mask: Tensor, value: Any) -> Operation:
    """`value` (number or 0-d) where `mask` is True."""
    if mask._data.dtype != bool:
        raise messages.error(
            "functions.masked_fill_mask",
            "long int" if mask._data.dtype == "int64" else messages.SCALAR_TYPES[mask.dtype.name],
        )
    ndim = value._data.ndim if isinstance(value, Tensor) else 0
    messages.require(not ndim, "functions.masked_fill_value", ndim)
    return "masked_fill_tensor" if isinstance(value, Tensor) else "masked_fill", mask, value


def masked_scatter(input: Tensor, mask: Tensor, source: Tensor) -> Operation:
    """The elements of `source`, one after the other, where `mask` is True."""
    messages.require(mask._data.dtype == bool, "functions.masked_scatter_mask", mask)
    shape = np.broadcast_shapes(input._data.shape, mask._data.shape)
    wanted = np.count_nonzero(np.broadcast_to(mask._data, shape))
    messages.require(wanted <= source._data.size, "functions.masked_scatter_source")
    return "masked_scatter", mask, source


def put(input: Tensor, index: Tensor, source: Tensor, accumulate: bool = False) -> Operation:
    """`source` in the places that `index` names in the flattened tensor."""
    return "put", index, source, accumulate


def take(input: Tensor, index: Tensor) -> Operation:
    """The elements that `index` names in the flattened tensor."""
    picks, n = index._data, input._data.size
    if picks.size and not (-n <= picks.min() and picks.max() < n):
        raise messages.error("functions.take", picks.max(), n)
    return "take", index


def take_along_dim(input: Tensor, indices: Tensor, dim: int | None = None) -> Tensor:
    """The elements that `indices` names along `dim` (by default in the flattened tensor), broadcast in other dimensions."""
    x, i = (input, indices) if dim is not None else (input.reshape(-1), indices.reshape(-1))
    d = as_dim(dim or 0, x._data.ndim)
    shape = np.broadcast_shapes(*[tuple(1 if a == d else n for a, n in enumerate(t._data.shape)) for t in (x, i)])
    sizes = [tuple(t._data.shape[d] if a == d else n for a, n in enumerate(shape)) for t in (x, i)]
    return x.expand(sizes[0]).gather(d, i.expand(sizes[1]))
