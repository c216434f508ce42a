"""Modules that call one function of `nn.functional`, with settings that are given when they are made.

A line a module: `of` is the function; the settings follow where they are not simply those of the function.
"""

import inspect
from collections.abc import Callable
from typing import Any

from refgrad import functions, messages
from refgrad.nn import functional as F
from refgrad.nn.modules.module import Module


class Calling(Module):
    """Base of the modules below: called with the first `inputs` arguments of `of`. The settings become attributes."""

    def __init_subclass__(cls, of: Callable | None = None, inputs: int = 1, **settings: Any) -> None:
        if of is not None:
            cls._function = staticmethod(of)
            own = [*inspect.signature(of).parameters.values()][inputs:]
            cls.__signature__ = F.declared(settings or {p.name: p.default for p in own})

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__()
        try:
            given = self.__signature__.bind(*args, **kwargs)
        except TypeError as error:
            raise messages.error("nn.settings", self, error) from None
        given.apply_defaults()
        self.configure(given.arguments)

    def configure(self, settings: dict) -> None:
        for name, value in settings.items():
            setattr(self, name, value)

    def settings(self) -> dict:
        return {name: getattr(self, name) for name in self.__signature__.parameters}

    def forward(self, *inputs: Any) -> Any:
        return self._function(*inputs, **self.settings())

    def extra_repr(self) -> str:
        return ", ".join(f"{k}={v!r}" for k, v in self.settings().items() if k != "inplace" or v)


class ReLU(Calling, of=F.relu):
    """max(x, 0)."""


class LeakyReLU(Calling, of=F.leaky_relu):
    """x, times `negative_slope` where it is negative."""


class ELU(Calling, of=F.elu):
    """x, and alpha * (exp(x) - 1) where it is negative."""


class GELU(Calling, of=F.gelu):
    """x times the normal distribution's P(X <= x)."""


class SiLU(Calling, of=F.silu):
    """x * sigmoid(x)."""


class SELU(Calling, of=F.selu):
    """`elu` with the slopes that keep mean and variance."""


class CELU(Calling, of=F.celu):
    """x, and alpha * (exp(x / alpha) - 1) where it is negative."""


class Mish(Calling, of=F.mish):
    """x * tanh(softplus(x))."""


class Hardtanh(Calling, of=F.hardtanh):
    """x clamped to [min_val, max_val]."""


class ReLU6(Calling, of=F.relu6):
    """x clamped to [0, 6]."""

    def extra_repr(self) -> str:
        return "inplace=True" * self.inplace


class Hardswish(Calling, of=F.hardswish):
    """x * relu6(x + 3) / 6."""


class Threshold(Calling, of=F.threshold):
    """x, or `value` where it is not above `threshold`."""


class GLU(Calling, of=F.glu):
    """The first half along `dim` times the sigmoid of the second."""


class Softsign(Calling, of=F.softsign):
    """x / (1 + |x|)."""


class Softmin(Calling, of=F.softmin, dim=None):
    """softmax(-x)."""


class Softplus(Calling, of=F.softplus):
    """log(1 + exp(beta * x)) / beta."""


class Sigmoid(Calling, of=F.sigmoid):
    """1 / (1 + exp(-x))."""


class Tanh(Calling, of=F.tanh):
    """The hyperbolic tangent."""


class Softmax(Calling, of=F.softmax, dim=None):
    """Non-negative numbers that sum to 1 along `dim`, in proportion to exp(x)."""


class LogSoftmax(Calling, of=F.log_softmax, dim=None):
    """log(softmax(x))."""


class Flatten(Calling, of=functions.flatten, start_dim=1, end_dim=-1):
    """The dimensions from `start_dim` to `end_dim` as one."""


class Dropout(Calling, of=F.dropout, p=0.5, inplace=False):
    """In training mode, zeroes each element with probability `p`, and multiplies the others by 1 / (1 - p)."""

    def configure(self, settings: dict) -> None:
        messages.require(0 <= settings["p"] <= 1, "nn.dropout", settings["p"])
        super().configure(settings)

    def forward(self, input: Any) -> Any:
        return F.dropout(input, self.p, self.training, self.inplace)

    def extra_repr(self) -> str:
        return f"p={self.p}, inplace={self.inplace}"
