"""The activations that are methods, too."""

from __future__ import annotations

from refgrad import functions, messages
from refgrad.functions.arguments import ops
from refgrad.tensor import Tensor


def hardshrink(input: Tensor, lambd: float = 0.5) -> Tensor:
    """The input, 0 within `lambd` of 0, elementwise."""
    return ops.hardshrink(input, lambd, 0)


def prelu(input: Tensor, weight: Tensor) -> Tensor:
    """The input, times the weight where negative: one number for all, or one for each channel (N, C, ..)."""
    shape, count = input._data.shape, weight._data.size
    messages.require(weight._data.dtype == input._data.dtype, "functions.prelu_dtypes", input, weight)
    messages.require(weight._data.ndim <= 1, "layers.prelu_ndim", weight._data.ndim)
    if count != 1:
        channels = shape[1] if len(shape) > 1 else 1
        messages.require(shape, "layers.prelu_scalar")
        messages.require(count == channels, "layers.prelu", count, channels)
    if weight._data.ndim != len(shape):
        weight = functions.reshape(
            weight, (1, count, *(1,) * (len(shape) - 2))[: len(shape)] if len(shape) > 1 else shape and (1,)
        )
    return ops.prelu_kernel(input, weight)
