"""What the functions of `nn.functional` do with their arguments before they begin."""

from __future__ import annotations

from typing import Any

import numpy as np

from refgrad import functions, messages
from refgrad.functions import ops
from refgrad.node import as_node, node  # noqa: F401
from refgrad.tensor import Tensor


def each(name: str, argument: str, position: int, value: Any, dims: int, of_others: str) -> tuple:
    """`value` as a tuple of one number a dimension; `of_others`: the words for more or fewer of them."""
    listed = isinstance(value, (tuple, list))
    values = tuple(value) if listed else (value,)
    for place, v in enumerate(values):
        whole = isinstance(v, (int, np.integer)) and not isinstance(v, bool)
        words = "layers.no_ints" if not listed else "layers.no_int_at" if place else "layers.no_int_first"
        messages.require(whole, words, name, argument, position, v, place + 1)
    messages.require(len(values) in (1, dims), of_others, argument, dims, list(values), len(values))
    return values * dims if len(values) == 1 else values


def within(x: np.ndarray, end: Any, first: int = 0) -> np.ndarray:
    """Which elements are at least `first`, and less than `end`."""
    return np.logical_and(first <= x, x < end)


def spelled(sizes: Any, between: str = " x ") -> str:
    return between.join(map(str, sizes))


def need_one_dtype(input: Tensor, *others: Any) -> None:
    for other in others:
        same = other is None or other._data.dtype == input._data.dtype
        messages.require(same, "layers.dtypes", input, other)


def as_kernel(result: Tensor, name: str, first: Any, second: Any = None, *others: Any) -> Tensor:
    """`result`, made by several operators, as PyTorch's one of that name makes it, which saves the tensors named here."""
    return as_node(ops.kernel(result, first, second, *others, *(None,) * (2 - len(others))), name)


def how(reduction: str, size_average: Any = None, reduce: Any = None) -> str:
    """How losses are reduced: `reduction`, unless one of the two old switches is set."""
    if size_average is not None or reduce is not None:
        reduction = "none" if reduce is False else "sum" if size_average is False else "mean"
        messages.warn("nn.old_switches", reduction)
    messages.require(reduction in REDUCED, "nn.reduction", reduction)
    return reduction


def how_alike(input: Tensor, target: Tensor, reduction: str, size_average: Any = None, reduce: Any = None) -> str:
    """`how`, for a loss whose input and target should be of one size."""
    if input._data.shape != target._data.shape:
        messages.warn("nn.sizes_differ", target.size(), input.size())
    return how(reduction, size_average, reduce)


def reduced(losses: Tensor, reduction: str, count: Any = None) -> Tensor:
    """`losses` reduced; with a `count`, the mean is their sum divided by it."""
    return REDUCED[reduction](losses, count)


def _mean(losses: Tensor, count: Any) -> Tensor:
    return functions.mean(losses) if count is None else ops.div_scalar(functions.sum(losses), count)


REDUCED = {"none": lambda losses, _: losses, "sum": lambda losses, _: functions.sum(losses), "mean": _mean}
