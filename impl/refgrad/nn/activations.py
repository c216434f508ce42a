"""More activations: pieces of straight lines, and what is made of others."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from refgrad.derivatives import TABLE
from refgrad.functions import ops
from refgrad.functions.composed import COMPOSED
from refgrad.tensor import Tensor
from refgrad.views import change

SELU = (
    1.6732632423543772848170429916717,
    1.0507009873554804934193349852946,
)  # alpha and scale, which keep mean and variance


def activation(name: str, entry: str, summary: str, settings: dict, fixed: tuple) -> Callable:
    """A function of a tensor and `settings`; the operator `entry` gets them and what is `fixed` after them."""

    def function(input: Tensor, *args: Any, inplace: bool = False, **kwargs: Any) -> Tensor:
        given = settings | dict(zip(settings, args, strict=False)) | kwargs
        inplace = args[len(settings)] if len(args) > len(settings) else inplace
        values = (*given.values(), *fixed)
        return change(input, TABLE[entry], *values) if inplace else TABLE[entry].recorded(input, *values)

    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"{summary}, elementwise."
    return function


hardtanh = activation("hardtanh", "hardtanh", "The input held in a range", {"min_val": -1.0, "max_val": 1.0}, ())
relu6 = activation("relu6", "hardtanh", "The input held between 0 and 6", {}, (0.0, 6.0))
hardsigmoid = activation("hardsigmoid", "hardsigmoid", "(input + 3) / 6 held between 0 and 1", {}, ())
hardswish = activation("hardswish", "hardswish", "input * hardsigmoid(input)", {}, (0, 0))
softshrink = activation("softshrink", "softshrink", "The input moved towards 0 by `lambd`", {"lambd": 0.5}, (0,))
hardshrink = activation("hardshrink", "hardshrink", "The input, 0 within `lambd` of 0", {"lambd": 0.5}, (0,))
threshold = activation(
    "threshold", "threshold", "The input above `threshold`, else `value`", {"threshold": 0, "value": 0}, ()
)
celu = activation("celu", "celu", "input, and alpha * (exp(input / alpha) - 1) where negative", {"alpha": 1.0}, ())
selu = activation("selu", "elu", "A multiple of elu that keeps mean and variance", {}, (*SELU, 1))
mish = activation("mish", "mish", "input * tanh(softplus(input))", {}, ())
logsigmoid = activation("logsigmoid", "log_sigmoid", "log(sigmoid(input))", {}, ())


def leaky_relu_(input: Tensor, negative_slope: float = 0.01) -> Tensor:
    """`leaky_relu` in place; with a negative slope there is no way back."""
    return change(input, TABLE["leaky_relu_in_place"], negative_slope)


def elu_(input: Tensor, alpha: float = 1.0) -> Tensor:
    """`elu` in place; with a negative alpha there is no way back."""
    return change(input, TABLE["elu_in_place"], alpha, 1, 1)


def relu_(input: Tensor) -> Tensor:
    """`relu` in place."""
    return change(input, TABLE["relu"])


def softsign(input: Tensor) -> Tensor:
    """input / (1 + |input|), elementwise."""
    return ops.div(input, ops.add(ops.abs(input), 1))


def tanhshrink(input: Tensor) -> Tensor:
    """input - tanh(input), elementwise."""
    return ops.sub(input, ops.tanh(input))


def softmin(input: Tensor, dim: int, _stacklevel: int = 3, dtype: Any = None) -> Tensor:
    """`softmax` of the negated input."""
    return COMPOSED["softmin"](input, dim, dtype)


def pad(input: Tensor, pad: Any, mode: str = "constant", value: float | None = None) -> Tensor:
    """`value` (by default 0) around the input: `pad` says how many before and after, from the last dimension on."""
    if mode != "constant":
        raise NotImplementedError(f"Only constant padding, not {mode!r}, is implemented")
    widths = list(zip(pad[::2], pad[1::2], strict=True))
    sides = ((0, 0),) * (input._data.ndim - len(widths)) + tuple(widths[::-1])
    return ops.constant_pad_nd(input, sides, 0 if value is None else value)
