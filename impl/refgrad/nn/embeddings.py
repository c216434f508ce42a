"""Rows of a table, named by whole numbers: each for itself, or brought together in bags."""

from __future__ import annotations

from typing import Any

import numpy as np

from refgrad import functions, messages
from refgrad.functions import ops
from refgrad.functions.arguments import WithSize, WithType
from refgrad.nn.arguments import as_kernel, within
from refgrad.tensor import Tensor, wrap


def embedding(
    input: Tensor, weight: Tensor, padding_idx: int | None = None, max_norm: float | None = None, norm_type: float = 2.0,
    scale_grad_by_freq: bool = False, sparse: bool = False,
) -> Tensor:  # fmt: skip
    """The rows of `weight` (n, m) that `input` (..., integers) names: (..., m).

    Row `padding_idx` gets no gradient. max_norm: how long (by `norm_type`) rows may be: longer ones are shortened, in place.
    scale_grad_by_freq: of a row that is named k times the gradient is the mean, not the sum, of k.
    """
    indices, padding = _checked(input, weight, padding_idx)
    if max_norm is not None:
        _shorten(weight, indices, max_norm, norm_type)
    share = None
    if scale_grad_by_freq:
        share = (1 / np.bincount(indices.reshape(-1))[indices]).astype(weight._data.dtype)[..., None]
    functions.arguments.need_real_slope("embedding", weight)
    return ops.embedding(weight, input, padding, share)


def _checked(input: Tensor, weight: Tensor, padding_idx: int | None) -> tuple[np.ndarray, int | None]:
    """The indices, which are those of rows, and the index of the row without a gradient, counted from the front."""
    messages.require(weight._data.ndim == 2, "nn.embedding_weight")
    indices, n = input._data, len(weight)
    messages.require(n or not indices.size, "nn.embedding_empty")
    messages.require(padding_idx is None or -n <= padding_idx < n, "nn.padding_idx")
    messages.require(indices.dtype in ("int64", "int32"), "nn.indices", input)
    messages.require(within(indices, n).all(), "nn.row")
    return indices, None if padding_idx is None else padding_idx % n


def _shorten(weight: Tensor, indices: np.ndarray, max_norm: float, norm_type: float) -> None:
    rows, table = np.unique(indices), weight._array()
    norms = np.linalg.norm(table[rows], norm_type, axis=1, keepdims=True)
    table[rows] *= np.where(norms > max_norm, max_norm / (norms + 1e-7), 1).astype(table.dtype)
    weight._bump()


def embedding_bag(
    input: WithSize, weight: WithType, offsets: Any = None, max_norm: float | None = None, norm_type: float = 2,
    scale_grad_by_freq: bool = False, mode: str = "mean", sparse: bool = False, per_sample_weights: Any = None,
    include_last_offset: bool = False, padding_idx: int | None = None,
) -> Tensor:  # fmt: skip
    """Sums, means or maxima of the rows of `weight` (n, m) that the bags of `input` name: (bags, m), zero of an empty bag.

    input: (bags, k) integers or, where `offsets` says at which place each bag begins, (k,). per_sample_weights: what the
    rows are multiplied by, in the shape of `input`. include_last_offset: the last of the offsets is where the last bag
    ends. padding_idx: what is in no bag. The rest as in `embedding`.
    """
    given = per_sample_weights
    same = given is None or given._data.shape == input._data.shape
    messages.require(same, "nn.sample_weights", getattr(given, "shape", None), input.shape)
    if input._data.ndim == 2:
        functions.need_dtype("rows_of_bags", input)
        messages.require(input._data.shape[1], "creation.arange_step")
    starts = _starts(input, offsets)
    input, given = functions.flatten(input), None if given is None else functions.flatten(given)
    messages.require(mode in BAGGED, "nn.bag_mode")
    messages.require(given is None or mode == "sum", "nn.sample_weights_mode", mode)
    ndim, rows = weight._data.ndim, weight._data.shape[:1]
    messages.require(ndim == 2, "nn.bags_weight", ndim)
    for i in np.flatnonzero(~within(input._data, rows))[:1]:
        raise messages.error("nn.bags_max_row" if mode == "max" else "nn.bags_row", i, input._data[i], *rows)
    indices, padding = _checked(input, weight, padding_idx)
    messages.require(weight._data.dtype.kind == "f", "nn.bags_weight_dtype", weight.dtype)
    same = given is None or given._data.dtype == weight._data.dtype
    messages.require(same, "nn.bags_dtypes", weight, given)
    ends = [] if include_last_offset and offsets is not None else [indices.size]
    sizes = np.diff([*starts.tolist(), *ends])
    bags = np.repeat(np.arange(sizes.size), sizes)
    kept = np.flatnonzero(indices[: bags.size] != padding)
    bags, indices = bags[kept], indices[kept]
    rows = embedding(wrap(indices), weight, None, max_norm, norm_type, scale_grad_by_freq)
    if given is not None:
        rows = rows * functions.index_select(given, 0, wrap(kept)).reshape(-1, 1)
    table = weight if given is not None and given.requires_grad else None
    return as_kernel(BAGGED[mode](rows, bags, sizes.size), "EmbeddingBagBackward0", input, given, table, offsets)


def _sums(rows: Tensor, bags: np.ndarray, count: int) -> Tensor:
    """The sum of the rows of each bag."""
    zeros = np.zeros((count, rows._data.shape[1]), rows._data.dtype)
    return functions.index_add(wrap(zeros), 0, wrap(bags), rows)


def _means(rows: Tensor, bags: np.ndarray, count: int) -> Tensor:
    """The mean of the rows of each bag."""
    counts = np.maximum(np.bincount(bags, minlength=count), 1).astype(rows._data.dtype)
    return ops.div(_sums(rows, bags, count), wrap(counts[:, None]))


def _starts(input: Tensor, offsets: Any) -> np.ndarray:
    """At which place of the flattened input each bag begins."""
    shape = input._data.shape
    messages.require(len(shape) in (1, 2), "nn.bags", len(shape))
    if len(shape) == 2:
        messages.require(offsets is None, "nn.bags_and_offsets", type(offsets))
        return np.arange(shape[0]) * shape[1]
    messages.require(isinstance(offsets, Tensor), "nn.no_offsets", offsets)
    messages.require(offsets._data.ndim == 1, "nn.offsets")
    starts = offsets._data
    messages.require(not starts.size or starts[0] == 0, "nn.first_offset", *starts[:1])
    messages.require(not starts.size or starts[-1] <= shape[0], "nn.last_offset", shape[0], *starts[-1:])
    messages.require((np.diff(starts) >= 0).all(), "nn.falling_offsets")
    return starts


def _greatest(rows: Tensor, bags: np.ndarray, count: int) -> Tensor:
    """The maximum of the rows of each bag, whose gradient goes to the first of equals."""
    if not bags.size:
        return _sums(rows, bags, count)
    where, data = np.zeros((count, rows._data.shape[1]), np.int64), rows._data
    for bag in np.unique(bags):
        own = np.flatnonzero(bags == bag)
        where[bag] = own[data[own].argmax(0)]
    full = np.isin(np.arange(count), bags)[:, None]
    return functions.where(wrap(full), functions.gather(rows, 0, wrap(where)), 0.0)


BAGGED = {"sum": _sums, "mean": _means, "max": _greatest}


def one_hot(input: Tensor, num_classes: int = -1) -> Tensor:
    """The classes `input` (..., int64) as rows of zeros with one 1: (..., num_classes), by default the greatest and 1."""
    classes = input._data
    messages.require(classes.dtype == "int64", "nn.one_hot")
    messages.require(classes.size or num_classes > 0, "nn.no_classes")
    messages.require((classes >= 0).all(), "nn.class_negative")
    n = int(classes.max()) + 1 if num_classes == -1 else num_classes
    messages.require((classes < n).all(), "nn.class_too_great")
    result = wrap(np.equal(classes[..., None], np.arange(n)).astype(np.int64))
    for _ in range(2 * bool(classes.size)):  # zeroed, and written to
        result._bump()
    return result
