"""How parameters start: in-place fills that are not recorded."""

import math
from typing import Any

from refgrad import messages
from refgrad.autograd.grad_mode import no_grad
from refgrad.tensor import Tensor

LINEAR = "linear conv1d conv2d conv3d conv_transpose1d conv_transpose2d conv_transpose3d sigmoid"
GAINS = dict.fromkeys(LINEAR.split(), 1) | {"tanh": 5 / 3, "relu": math.sqrt(2), "selu": 3 / 4}


def calculate_gain(nonlinearity: str, param: Any = None) -> float:
    """By what factor to widen a start in front of `nonlinearity`; `param` is the slope of a leaky_relu."""
    if nonlinearity in GAINS:
        return GAINS[nonlinearity]
    messages.require(nonlinearity == "leaky_relu", "nn.nonlinearity", nonlinearity)
    slope = 0.01 if param is None else param
    messages.require(isinstance(slope, (int, float)) and not isinstance(slope, bool), "nn.negative_slope", param)
    return math.sqrt(2 / (1 + slope**2))


def filled(tensor: Tensor, method: str, *args: Any, **kwargs: Any) -> Tensor:
    with no_grad():
        return getattr(tensor, method)(*args, **kwargs)


def uniform_(tensor: Tensor, a: float = 0.0, b: float = 1.0, generator: Any = None) -> Tensor:
    """Fill with uniform numbers in [a, b)."""
    return filled(tensor, "uniform_", a, b, generator=generator)


def normal_(tensor: Tensor, mean: float = 0.0, std: float = 1.0, generator: Any = None) -> Tensor:
    """Fill with normal numbers."""
    return filled(tensor, "normal_", mean, std, generator=generator)


def constant_(tensor: Tensor, val: float) -> Tensor:
    """Fill with `val`."""
    return filled(tensor, "fill_", val)


def zeros_(tensor: Tensor) -> Tensor:
    """Fill with zeros."""
    return filled(tensor, "zero_")


def ones_(tensor: Tensor) -> Tensor:
    """Fill with ones."""
    return filled(tensor, "fill_", 1.0)


def _calculate_fan_in_and_fan_out(tensor: Tensor) -> tuple[int, int]:
    """How many numbers each output of a weight (out, in, ...) is made of, and how many each input goes into."""
    shape = tensor._data.shape
    messages.require(len(shape) > 1, "nn.fans")
    return math.prod(shape[1:]), shape[0] * math.prod(shape[2:])


def xavier_uniform_(tensor: Tensor, gain: float = 1.0, generator: Any = None) -> Tensor:
    """Fill uniformly, with variance 2 * gain**2 / (fan_in + fan_out)."""
    bound = gain * math.sqrt(6 / sum(_calculate_fan_in_and_fan_out(tensor)))
    return uniform_(tensor, -bound, bound, generator)


def xavier_normal_(tensor: Tensor, gain: float = 1.0, generator: Any = None) -> Tensor:
    """Fill normally, with variance 2 * gain**2 / (fan_in + fan_out)."""
    return normal_(tensor, 0.0, gain * math.sqrt(2 / sum(_calculate_fan_in_and_fan_out(tensor))), generator)


def kaiming_std(tensor: Tensor, a: float, mode: str, nonlinearity: str) -> float | None:
    if 0 in tensor._data.shape:
        messages.warn("nn.zero_elements")
        return None
    messages.require(mode.lower() in ("fan_in", "fan_out"), "nn.mode", mode.lower())
    fan = _calculate_fan_in_and_fan_out(tensor)[mode.lower() == "fan_out"]
    return calculate_gain(nonlinearity, a) / math.sqrt(fan)


def kaiming_uniform_(tensor: Tensor, a: float = 0, mode="fan_in", nonlinearity="leaky_relu", generator=None) -> Tensor:
    """Fill uniformly, with variance gain**2 / fan, for a leaky_relu of slope `a` unless another `nonlinearity` is given."""
    std = kaiming_std(tensor, a, mode, nonlinearity)
    return tensor if std is None else uniform_(tensor, -math.sqrt(3) * std, math.sqrt(3) * std, generator)


def kaiming_normal_(tensor: Tensor, a: float = 0, mode="fan_in", nonlinearity="leaky_relu", generator=None) -> Tensor:
    """Fill normally, with variance gain**2 / fan."""
    std = kaiming_std(tensor, a, mode, nonlinearity)
    return tensor if std is None else normal_(tensor, 0.0, std, generator)
