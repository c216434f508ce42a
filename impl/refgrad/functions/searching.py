"""What is different in a tensor, and where to find values in what is sorted."""

from __future__ import annotations

from typing import Any

import numpy as np

from refgrad import errors, functions, messages
from refgrad.derivatives import TABLE
from refgrad.functions.arguments import DimOrNone, WordOrNone, as_operand, need_ndim, number_like, same_dtype
from refgrad.tensor import Tensor, wrap


def msort(input: Tensor) -> Tensor:
    """The elements in order along the first dimension."""
    return functions.sort(input, 0)[0]


def _rows(input: Tensor, dim: int | None) -> tuple[np.ndarray, tuple]:
    """What is told apart, a row each; and the shape of what has a number for each of them."""
    data = input._data
    if dim is None:
        return data.reshape(-1, 1), data.shape
    messages.require(data.ndim, "functions.unbind", dim)
    messages.require(data.size or not data.shape[dim], "functions.unique_empty")
    n = data.shape[dim]
    return np.moveaxis(data, dim, 0).reshape(n, data.size // n if n else 1), (n,)


def _distinct(entry: Any, input: Tensor, dim: int | None, order: Any, inverse: bool, counts: bool) -> Any:
    """The rows that differ from the one before, taken in `order`; which of them each is; and how many there are of each."""
    rows, shape = _rows(input, dim)
    places = np.arange(len(rows)) if order is None else order(rows)
    ordered = rows[places]
    new = np.ones(len(rows), bool)
    new[1:] = (ordered[1:] != ordered[:-1]).any(1)
    which = np.empty(len(rows), np.int64)
    which[places] = np.cumsum(new) - 1
    found = input._data.reshape(-1)[places[new]] if dim is None else input._data.take(places[new], dim)
    many = np.diff([*np.flatnonzero(new), len(rows)]) if len(rows) else np.empty(0, np.int64)
    values = entry.recorded(input, found)
    made = [*[which.reshape(shape)] * inverse, *[many] * counts]
    return (values, *map(wrap, made)) if made else values


def unique(
    input: Tensor, sorted: bool = True, return_inverse: bool = False, return_counts: bool = False, dim: DimOrNone = None
) -> Any:
    """The elements (along `dim`: the slices) that differ, in order; which of them each is; and how many there are of each."""
    entry = TABLE["_unique2" if dim is None else "unique_dim"]
    return _distinct(entry, input, dim, lambda rows: np.lexsort(rows.T[::-1]), return_inverse, return_counts)


def unique_consecutive(
    input: Tensor, return_inverse: bool = False, return_counts: bool = False, dim: DimOrNone = None
) -> Any:
    """The elements (along `dim`: the slices) that differ from the one before; the rest as in `unique`."""
    return _distinct(TABLE["unique_consecutive"], input, dim, None, return_inverse, return_counts)


def searchsorted(
    sorted_sequence: Tensor, input: Any, *, out_int32: bool = False, right: bool = False, side: WordOrNone = None,
    sorter: Any = None,
) -> Tensor:  # fmt: skip
    """Where each of `input` belongs in what is sorted (one row for all, or as many rows as `input` has): before equals.

    right, side="right": after equals. sorter: the order in which `sorted_sequence` is sorted. int64, or int32.
    """
    messages.require(side in (None, "left", "right"), "functions.searchsorted_side", side)
    messages.require(not (side == "left" and right), "functions.searchsorted_sides", side)
    functions.need_dtype("searchsorted", sorted_sequence, input)
    if isinstance(input, Tensor) and same_dtype(input, sorted_sequence):
        functions.need_dtype("searchsorted_both", input)
    if not isinstance(input, (bool, int, float, Tensor)):
        raise errors.combination("searchsorted", sorted_sequence, input)
    bounds = sorted_sequence._data
    messages.require(bounds.ndim, "functions.searchsorted_boundaries")
    if sorter is not None:
        messages.require_same(sorter._data.shape, bounds.shape, "functions.searchsorted_sorter_size", bounds, sorter)
        messages.require_same(sorter._data.dtype, np.int64, "functions.searchsorted_sorter", sorter)
        bounds = np.take_along_axis(bounds, sorter._data, -1)
    values = np.asarray(input._data if isinstance(input, Tensor) else number_like(input, sorted_sequence))
    rows = bounds.shape[:-1]
    if rows:
        messages.require(values.ndim, "functions.searchsorted_scalar", bounds.ndim)
        messages.require_same(values.shape[:-1], rows, "functions.searchsorted_rows", bounds, values)
    for what, t in (("input value", input), ("boundary", sorted_sequence), ("sorter", sorter)):
        if isinstance(t, Tensor) and t._data.ndim and not t._data.flags.c_contiguous:
            messages.warn("functions.searchsorted_contiguous", what=what)
    where: Any = "right" if right or side == "right" else "left"
    dtype = np.int32 if out_int32 else np.int64
    if not rows:
        return wrap(np.asarray(np.searchsorted(bounds, values, where), dtype)[()])
    found = np.empty(values.shape, dtype)
    for row in np.ndindex(rows):
        found[row] = np.searchsorted(bounds[row], values[row], where)
    return wrap(found)


def bucketize(input: Any, boundaries: Tensor, *, out_int32: bool = False, right: bool = False) -> Tensor:
    """Where each of `input`, a tensor or a number, belongs between the `boundaries`, a sorted vector."""
    if not isinstance(input, (bool, int, float, Tensor)):
        raise errors.combination("bucketize", input, boundaries)
    need_ndim(boundaries, 1, "functions.bucketize", boundaries._data.ndim)
    return searchsorted(boundaries, input, out_int32=out_int32, right=right)


def isin(elements: Any, test_elements: Any, *, assume_unique: bool = False, invert: bool = False) -> Tensor:
    """Where each of `elements` is one of `test_elements`; one of both may be a number. Nothing is found in nan."""
    given = elements, test_elements
    if not any(isinstance(t, Tensor) for t in given):
        raise errors.combination("isin", *given)
    beside = next(t for t in given if isinstance(t, Tensor))
    one, other = (as_operand(t, beside) for t in given)
    for t in (one, other):
        if not isinstance(t, Tensor):
            raise errors.combination("isin", *given)
        messages.require(t._data.dtype.kind in "iuf", "functions.isin", t)
    return wrap(np.asarray(np.isin(one._data, other._data, invert=invert))[()])


def bincount(input: Tensor, weights: Any = None, minlength: int = 0) -> Tensor:
    """How often each whole number from 0 on stands in a vector, or the sum of its weights; at least `minlength` of them."""
    data = input._data
    if data.dtype.kind not in "iu":
        raise messages.error("functions.not_implemented", "bincount_cpu", input)
    messages.require(minlength >= 0, "functions.bincount_length")
    need_ndim(input, 1, "functions.bincount")
    messages.require((data >= 0).all(), "functions.bincount")
    if weights is None:
        return wrap(np.bincount(data, minlength=minlength))
    messages.require_same(weights._data.shape, data.shape, "functions.bincount_weights")
    dtype = np.float32 if weights._data.dtype == np.float32 else np.float64
    return wrap(np.bincount(data, weights._data, minlength).astype(dtype))
