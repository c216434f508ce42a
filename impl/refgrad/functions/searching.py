"""What is different in a tensor, and where to find values in what is sorted."""

from __future__ import annotations

from typing import Any

import numpy as np

from refgrad import errors, functions, messages
from refgrad.derivatives import TABLE
from refgrad.functions.arguments import DimOrNone, number_like
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
    values = entry.recorded(input, found if found.ndim else found[()])
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
    sorted_sequence: Tensor, input: Any, *, out_int32: bool = False, right: bool = False, side: Any = None,
    sorter: Any = None,
) -> Tensor:  # fmt: skip
    """Where each of `input` belongs in what is sorted (one row for all, or as many rows as `input` has): before equals.

    right, side="right": after equals. sorter: the order in which `sorted_sequence` is sorted. int64, or int32.
    """
    messages.require(side in (None, "left", "right"), "functions.searchsorted_side", side)
    messages.require(not (side == "left" and right), "functions.searchsorted_sides", side)
    if not isinstance(input, (bool, int, float, Tensor)):
        raise errors.argument("searchsorted", "input", 2, input)
    bounds = sorted_sequence._data if sorter is None else np.take_along_axis(sorted_sequence._data, sorter._data, -1)

    values = np.asarray(input._data if isinstance(input, Tensor) else number_like(input, sorted_sequence))
    messages.require(bounds.ndim, "functions.searchsorted_scalar")
    fits = bounds.ndim == 1 or (values.ndim and values.shape[:-1] == bounds.shape[:-1])
    messages.require(fits, "functions.searchsorted_rows", bounds, values)
    for what, t in (("input value", input), ("boundary", sorted_sequence), ("sorter", sorter)):
        if isinstance(t, Tensor) and t._data.ndim and not t._data.flags.c_contiguous:
            messages.warn("functions.searchsorted_contiguous", what=what)
    where: Any = "right" if right or side == "right" else "left"
    dtype = np.int32 if out_int32 else np.int64
    if bounds.ndim == 1:
        return wrap(np.asarray(np.searchsorted(bounds, values, where), dtype)[()])
    found = np.empty(values.shape, dtype)
    for row in np.ndindex(values.shape[:-1]):
        found[row] = np.searchsorted(bounds[row], values[row], where)
    return wrap(found)


def bucketize(input: Any, boundaries: Tensor, *, out_int32: bool = False, right: bool = False) -> Tensor:
    """Where each of `input`, a tensor or a number, belongs between the `boundaries`, a sorted vector."""
    if not isinstance(input, (bool, int, float, Tensor)):
        raise errors.argument("bucketize", "input", 1, input)
    messages.require(boundaries._data.ndim == 1, "functions.bucketize", boundaries._data.ndim)
    return searchsorted(boundaries, input, out_int32=out_int32, right=right)
