"""The activations that are methods, too."""

from __future__ import annotations

from refgrad import functions, messages
from refgrad.functions.arguments import need_at_most, ops, same_dtype
from refgrad.tensor import Tensor


def hardshrink(input: Tensor, lambd: float = 0.5) -> Tensor:
    """The input, 0 within `lambd` of 0, elementwise."""
    return ops.hardshrink(input, lambd, 0)


def prelu(input: Tensor, weight: Tensor) -> Tensor:
    """The input, times the weight where negative: one number for all, or one for each channel (N, C, ..)."""
    shape, ndim, count = input._data.shape, input._data.ndim, weight._data.size
    messages.require(same_dtype(weight, input), "functions.prelu_dtypes", input, weight)
    need_at_most(weight, 1, "layers.prelu_ndim", weight._data.ndim)
    if count != 1:
        messages.require(shape, "layers.prelu_scalar")
        channels = (*shape, 1)[1]
        messages.require_same(count, channels, "layers.prelu", count, channels)
    if weight._data.ndim != ndim:
        weight = functions.reshape(weight, (1, count, *(1,) * ndim)[:ndim])
    return ops.prelu_kernel(input, weight)
