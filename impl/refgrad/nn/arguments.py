"""What the functions of `nn.functional` do with their arguments before they begin."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from refgrad import functions, messages
from refgrad.functions import ops
from refgrad.node import as_node, node  # noqa: F401
from refgrad.tensor import Tensor


def each(name: str, argument: str, value: Any, dims: int) -> tuple:
    """`value` as a tuple of one number a dimension."""
    values = tuple(value) if isinstance(value, (tuple, list)) else (value,)
    for v in values:
        whole = isinstance(v, (int, np.integer)) and not isinstance(v, bool)
        messages.require(whole, "layers.not_an_int", name, argument, v)
    messages.require(len(values) in (1, dims), "layers.sizes", name, argument, dims)
    return values * dims if len(values) == 1 else values


def need_space(name: str, input: Tensor, dims: int) -> None:
    """Refuse what does not have channels and `dims` dimensions of space, or has nothing in them."""
    shape = input._data.shape
    messages.require(len(shape) in (dims + 1, dims + 2), "layers.dims", name, dims + 1, dims + 2, input)
    messages.require(0 not in shape[-dims - 1 :], "layers.empty", name, input)


def need_one_dtype(input: Tensor, *others: Any) -> None:
    for other in others:
        same = other is None or other._data.dtype == input._data.dtype
        messages.require(same, "layers.dtypes", input, other)


def batched(run: Callable, input: Tensor, dims: int) -> Tensor:
    """What `run` makes of the input as a batch, which it may be without."""
    if input._data.ndim > dims + 1:
        return run(input)
    return ops.squeeze_dim(run(ops.unsqueeze(input, 0)), 0)


def as_kernel(result: Tensor, name: str, first: Any, second: Any = None, *others: Any) -> Tensor:
    """`result`, made by several operators, as PyTorch's one of that name makes it, which saves the tensors named here."""
    return as_node(ops.kernel(result, first, second, *others, *(None,) * (2 - len(others))), name)


def how(reduction: str, size_average: Any = None, reduce: Any = None, stacklevel: int = 3) -> str:
    """How losses are reduced: `reduction`, unless one of the two old switches is set."""
    if size_average is not None or reduce is not None:
        reduction = "none" if reduce is False else "sum" if size_average is False else "mean"
        messages.warn("nn.old_switches", reduction, stacklevel=stacklevel)
    messages.require(reduction in ("none", "mean", "sum"), "nn.reduction", reduction)
    return reduction


def how_alike(input: Tensor, target: Tensor, reduction: str, size_average: Any = None, reduce: Any = None) -> str:
    """`how`, for a loss whose input and target should be of one size."""
    if input._data.shape != target._data.shape:
        messages.warn("nn.sizes_differ", target.size(), input.size(), stacklevel=3)
    return how(reduction, size_average, reduce, stacklevel=4)


def reduced(losses: Tensor, reduction: str, count: Any = None) -> Tensor:
    """`losses` reduced; with a `count`, the mean is their sum divided by it."""
    if reduction == "mean" and count is not None:
        return ops.div_scalar(functions.sum(losses), count)
    return losses if reduction == "none" else (functions.mean if reduction == "mean" else functions.sum)(losses)
