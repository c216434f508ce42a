"""What the functions of `nn.functional` do with their arguments before they begin."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from refgrad import functions, messages
from refgrad.functions import ops
from refgrad.node import node_of
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


# -- names of nodes


@functools.cache
def _renamed(node_type: type, name: str) -> type:
    return type(name, (node_type,), {"__slots__": ()})


def as_node(result: Any, name: str) -> Any:
    """`result`, made by several operators, its node under the name that PyTorch has for all of them."""
    edge = (result[0] if isinstance(result, tuple) else result)._node
    if edge is not None:
        node = node_of(edge)
        node.__class__ = _renamed(node.__class__, name)
    return result


def node(name: str) -> Callable:
    """Decorates a function whose result's node PyTorch calls `name`."""

    def decorate(function: Callable) -> Callable:
        @functools.wraps(function)
        def named(*args: Any, **kwargs: Any) -> Any:
            return as_node(function(*args, **kwargs), name)

        return named

    return decorate
