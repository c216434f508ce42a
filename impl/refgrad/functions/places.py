"""Reading from, and writing to, the places that an index or a mask names. Most have an in-place form."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from refgrad import dtypes, errors, messages
from refgrad.derivatives.table import element
from refgrad.functions.arguments import (
    Operation,
    Word,
    as_dim,
    as_number,
    broadcast_shapes,
    length,
    need_at_most,
    need_derivative,
    need_ndim,
    number_among,
    ops,
    same_dtype,
)
from refgrad.tensor import Tensor, wrap


def _rows(
    input: Tensor, dim: int, index: Tensor, outside: str, negative: bool = False, always: bool = False
) -> tuple[int, Tensor]:
    """The dimension, counted from the front, and the index, which does not leave it. always: also where nothing is."""
    d = as_dim(dim, input._data.ndim)
    n = length(input, d)
    picks = index._data
    if picks.size and (input._data.size or not n or always) and not (picks.min() >= -n * negative and picks.max() < n):
        bad = next(i for i in picks.ravel().tolist() if not -n * negative <= i < n)
        raise messages.error(outside, bad, d, n)
    return d, index


def _need_some(input: Tensor, d: int, index: Tensor) -> None:
    """Refuse to look for rows where there are none."""
    messages.require(0 not in input._data.shape[d : d + 1] or not index._data.size, "functions.no_rows")


def _long(index: Tensor) -> bool:
    return index._data.dtype == "int64"


def _integers(index: Tensor) -> bool:
    return index._data.dtype in ("int64", "int32")


def index_select(input: Tensor, dim: int, index: Tensor) -> Tensor:
    """The rows along `dim` that `index`, a vector, names."""
    messages.require(input._data.ndim or index._data.size == 1, "functions.index_select_scalar", index._data.size)
    messages.require(_integers(index), "functions.index_select_dtype")
    need_at_most(index, 1, "functions.index_select_ndim")
    d = as_dim(dim, input._data.ndim)
    _need_some(input, d, index)
    outside = "index_select_outside" if d == 1 or not input._data.size else "index_outside_self"
    return ops.index_select(input, *_rows(input, dim, index, f"functions.{outside}", always=True))


# -- writing rows


def index_fill(input: Tensor, dim: int, index: Tensor, value: Any) -> Operation:
    """`value` (number or 0-d) in the rows along `dim` that `index` names."""
    messages.require(_long(index), "functions.index_fill_dtype")
    need_at_most(index, 1, "functions.index_fill_ndim")
    _need_some(input, as_dim(dim, input._data.ndim), index)
    place = _rows(input, dim, index, "functions.index_fill_outside", negative=True)
    kind, of_tensor = input._data.dtype.kind, isinstance(value, Tensor)
    if of_tensor:
        messages.require(not value._data.ndim, "functions.index_fill_value", value._data.ndim)
        need_derivative(input, value)
    value = value if of_tensor else number_among(value, "index_fill", input, dim, index, value)
    real = not dtypes.is_complex(value._data) if of_tensor else not isinstance(value, complex)
    messages.require(real or kind == "c", "functions.index_fill_complex")
    if kind in "iuf":
        number = element(value._data.item() if of_tensor else value, input._data.dtype)
        value = value if of_tensor and kind == "f" else wrap(number) if of_tensor else number
    return "index_fill_tensor" if of_tensor else "index_fill", *place, value


def _with_rows(name: str, input: Tensor, dim: int, index: Tensor, source: Tensor) -> tuple[int, Tensor]:
    """The place in `input` of the rows of `source`, which fit there."""
    d, n, shape = as_dim(dim, input._data.ndim), index._data.size, source._data.shape
    messages.require(same_dtype(input, source), "functions.index_add_source", name, input, source)
    messages.require(_integers(index), "functions.index_add_dtype", name, index)
    need_at_most(index, 1, "functions.index_add_ndim", name, index._data.ndim, index, index)
    messages.require(d == 0 or d < len(shape), "functions.index_add_dim", name, d, len(shape))
    messages.require(shape or n == 1, "functions.unbind", d)
    have = length(source, d)
    if input._data.ndim:
        messages.require_same(n, have, "functions.index_add_count", name, n, have, d)
    rest = [(len(s), *s[:d], *s[d + 1 :]) for s in (input._data.shape, shape)]
    messages.require_same(rest[0], rest[1], "functions.index_add_shape", input, source)
    return d, index


def index_add(input: Tensor, dim: int, index: Tensor, source: Tensor, *, alpha: Any = 1) -> Operation:
    """alpha times the rows of `source` added to the rows along `dim` that `index` names."""
    d, index = _with_rows("index_add", input, dim, index, source)
    inner = 0 < d < input._data.ndim - 1 or input._data.ndim < 2 or alpha != 1
    outside = "functions.index_outside_self" if inner else "functions.index_outside"
    return "index_add", *_rows(input, d, index, outside), source, as_number(alpha, "index_add", "alpha", 0)


def index_copy(input: Tensor, dim: int, index: Tensor, source: Tensor) -> Operation:
    """The rows of `source` in the places along `dim` that `index` names."""
    messages.require(same_dtype(input, source), "functions.index_copy_source", input, source)
    messages.require(_long(index), "functions.index_copy_dtype", index)
    need_at_most(index, 1, "functions.index_copy_ndim", index._data.ndim)
    if source._data.ndim and input._data.ndim:
        need_ndim(source, input._data.ndim, "functions.index_copy_ndims", source._data.ndim, input._data.ndim)
    d, shape, n = as_dim(dim, input._data.ndim), source._data.shape or (1,), index._data.size
    messages.require(n == 1 or source._data.ndim, "functions.index_copy_scalar", n)
    rest = [(*s[:d], *s[d + 1 :]) for s in (input._data.shape, shape)]
    messages.require_same(
        rest[0], rest[1], "functions.index_copy_shape", *(" ".join(map(str, each)) for each in rest), d
    )
    messages.require_same(shape[d], n, "functions.index_copy_count", n, shape[d])
    _need_some(input, d, index)
    return "index_copy", *_rows(input, d, index, "functions.index_copy_outside"), source


def index_reduce(
    input: Tensor, dim: int, index: Tensor, source: Tensor, reduce: Word, *, include_self: bool = True
) -> Operation:
    """The rows of `source` brought by `reduce` ("prod", "mean", "amax" or "amin") into the rows that `index` names."""
    messages.require(reduce in ("prod", "mean", "amax", "amin"), "functions.index_reduce", reduce)
    return "index_reduce", *_with_rows("index_reduce", input, dim, index, source), source, reduce, include_self


# -- an index for each element


def _each(name: str, input: Tensor, dim: int, index: Tensor, src: Any = None) -> tuple[int, Tensor]:
    """The dimension and the index: in no other dimension, and in none of `src`, larger than what it indexes."""
    d = as_dim(dim, input._data.ndim)
    messages.require(_integers(index) or not index._data.size, "functions.gather_dtype", name)
    shape, size = index._data.shape or (1,), input._data.shape or (1,)
    if 0 in shape:
        return d, wrap(np.empty(shape if len(shape) == len(size) else (0,) * len(size), np.int64))
    messages.require_same(len(shape), len(size), "functions.gather_ndim", "self" if name != "gather" else "input")
    limits: tuple = (*size[:d], shape[d], *size[d + 1 :])
    wrong = next((a for a, (n, most) in enumerate(zip(shape, limits)) if n > most), None)
    if name == "gather":
        messages.require(wrong is None, "functions.gather_size", wrong, index, input, d)
    if not isinstance(src, Tensor):
        messages.require(wrong is None, "functions.scatter_size", index, input, d)
        return _rows(input, d, index, "functions.index_outside")
    others = src._data.shape or (1,)
    fits = wrong is None and all(map(operator.le, shape, others))
    if fits and 0 < src._data.ndim < len(shape):
        raise errors.dimension(len(others), len(others))
    messages.require(not fits or len(shape) == len(others), "functions.gather_ndim", "src")
    messages.require(fits, "functions.scatter_sizes", index, input, d, src)
    return _rows(input, d, index, "functions.index_outside")


def gather(input: Tensor, dim: int, index: Tensor, *, sparse_grad: bool = False) -> Tensor:
    """The elements that `index` names along `dim`, in the shape of `index`."""
    result = ops.gather(input, *_each("gather", input, dim, index))
    return result if result._data.shape == index._data.shape else ops.view(result, index._data.shape)


def scatter(
    input: Tensor, dim: int, index: Tensor, src: Any = None, *, value: Any = None, reduce: Any = None
) -> Operation:
    """`src` (or a number) in the places along `dim` that `index` names; with `reduce` "add" or "multiply" combined there."""
    if isinstance(value, Tensor) and value._data.ndim:
        raise errors.argument("scatter", "value", 4, value, "Number")
    src = value if src is None else src
    if src is None:
        raise errors.combination("scatter", input, dim, index)
    if reduce is not None and isinstance(src, Tensor):
        messages.warn("functions.scatter_reduce")
    messages.require(reduce in (None, "add", "multiply"), "functions.scatter_operation")
    place = _each("scatter", input, dim, index, src)
    if not isinstance(src, Tensor):
        src = number_among(src, "scatter", input, dim, index, src)
        src = element(src, input._data.dtype)
        if reduce is None:
            return "scatter_value", *place, src
        src = wrap(np.full(place[1]._data.shape, src, input._data.dtype))
    messages.require(same_dtype(input, src), "functions.scatter_source")
    if reduce is not None:
        return "scatter_reduced", *place, src, {"add": "sum", "multiply": "prod"}[reduce]
    return "scatter", *place, src


def scatter_add(input: Tensor, dim: int, index: Tensor, src: Tensor) -> Operation:
    """`src` added in the places along `dim` that `index` names."""
    messages.require(same_dtype(input, src), "functions.scatter_source")
    return "scatter_add", *_each("scatter", input, dim, index, src), src


def scatter_reduce(
    input: Tensor, dim: int, index: Tensor, src: Tensor, reduce: Word, *, include_self: bool = True
) -> Operation:
    """`src` brought by `reduce` ("sum", "prod", "mean", "amax" or "amin") into the places that `index` names."""
    messages.require(reduce in ("sum", "prod", "mean", "amax", "amin"), "functions.scatter_reduction", reduce)
    messages.require(same_dtype(input, src), "functions.scatter_source")
    return "scatter_reduce", *_each("scatter", input, dim, index, src), src, reduce, include_self


def take_along_dim(input: Tensor, indices: Tensor, dim: int | None = None) -> Tensor:
    """The elements that `indices` names along `dim` (by default in the flattened tensor), broadcast in other dimensions."""
    if dim is None:
        return gather(input.reshape(-1), 0, indices.reshape(-1))
    ndim = input._data.ndim
    messages.require_same(ndim, indices._data.ndim, "functions.take_along_dims", ndim, indices._data.ndim)
    messages.require(_long(indices), "functions.take_along_dtype", indices)
    messages.require(ndim, "functions.unbind", dim)
    d = as_dim(dim, ndim)
    common = broadcast_shapes(*[(*t._data.shape[:d], *t._data.shape[d + 1 :]) for t in (input, indices)])
    n, m = [(*common[:d], t._data.shape[d], *common[d:]) for t in (input, indices)]
    return gather(input.expand(n), d, wrap(np.broadcast_to(indices._data % max(n[d], 1), m)))


# -- where a mask is True


def masked_fill(input: Tensor, mask: Tensor, value: Any) -> Operation:
    """`value` (number or 0-d) where `mask` is True."""
    if not dtypes.is_bool(mask._data):
        raise messages.error(
            "functions.masked_fill_mask", "long int" if _long(mask) else messages.SCALAR_TYPES[mask.dtype.name]
        )
    ndim = value._data.ndim if isinstance(value, Tensor) else 0
    messages.require(not ndim, "functions.masked_fill_value", ndim)
    if isinstance(value, Tensor):
        return "masked_fill_tensor", mask, value
    number = number_among(value, "masked_fill", input, mask, value)
    return "masked_fill", mask, element(number, input._data.dtype)


def masked_select(input: Tensor, mask: Tensor) -> Operation:
    """The elements where `mask` is True, in a row."""
    return "masked_select", mask


def masked_scatter(input: Tensor, mask: Tensor, source: Tensor) -> Operation:
    """The elements of `source`, one after the other, where `mask` is True."""
    messages.require(dtypes.is_bool(mask._data), "functions.masked_scatter_mask", mask)
    messages.require(same_dtype(input, source), "functions.masked_scatter_dtype", input, source)
    wanted = np.count_nonzero(np.broadcast_to(mask._data, broadcast_shapes(mask._data.shape, input._data.shape)))
    messages.require(wanted <= source._data.size, "functions.masked_scatter_source")
    return "masked_scatter", mask, source


# -- in the flattened tensor


def _flat(name: str, input: Tensor, index: Tensor, empty: str) -> None:
    """Raise the error that is due where `index` does not name elements of the flattened tensor."""
    picks, n = index._data, input._data.size
    messages.require(_long(index), "functions.take_dtype", name, index)
    messages.require(n or not picks.size, empty)
    bad = picks[(picks < -n) | (picks >= n)]
    if bad.size:
        raise messages.error("functions.take", bad.flat[0], n)


def put(input: Tensor, index: Tensor, source: Tensor, accumulate: bool = False) -> Operation:
    """`source` in the places that `index` names in the flattened tensor."""
    given, wanted = source._data.size, index._data.size
    messages.require(same_dtype(input, source), "functions.put_dtypes", input, source)
    messages.require(_long(index), "functions.take_dtype", "put_", index)
    messages.require_same(given, wanted, "functions.put_sizes", given, wanted)
    _flat("put_", input, index, "functions.put_empty")
    return "put", index, source, accumulate


def take(input: Tensor, index: Tensor) -> Operation:
    """The elements that `index` names in the flattened tensor."""
    _flat("take", input, index, "functions.take_empty")
    return "take", index
