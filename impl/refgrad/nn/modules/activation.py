"""Modules that call one function of `nn.functional`, with settings that are given when they are made.

A line a module: `of` is the function, and the settings follow with what they are unless given.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from refgrad import functions
from refgrad.nn import functional as F
from refgrad.nn.modules.module import Module


class Calling(Module):
    """Base of the modules below. The settings become attributes."""

    _function: Callable
    __signature__ = inspect.Signature()

    def __init_subclass__(cls, of: Callable | None = None, **settings: Any) -> None:
        if of is not None:
            kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
            cls._function = staticmethod(of)
            cls.__signature__ = inspect.Signature([inspect.Parameter(k, kind, default=v) for k, v in settings.items()])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__()
        try:
            given = self.__signature__.bind(*args, **kwargs)
        except TypeError as error:
            raise TypeError(f"{type(self).__name__}.__init__() {error}") from None
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


class ReLU(Calling, of=F.relu, inplace=False):
    """max(x, 0)."""


class LeakyReLU(Calling, of=F.leaky_relu, negative_slope=0.01, inplace=False):
    """x, times `negative_slope` where it is negative."""


class ELU(Calling, of=F.elu, alpha=1.0, inplace=False):
    """x, and alpha * (exp(x) - 1) where it is negative."""


class GELU(Calling, of=F.gelu, approximate="none"):
    """x times the normal distribution's P(X <= x)."""


class SiLU(Calling, of=F.silu, inplace=False):
    """x * sigmoid(x)."""


class Softplus(Calling, of=F.softplus, beta=1.0, threshold=20.0):
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
        if not 0 <= settings["p"] <= 1:
            raise ValueError(f"dropout probability has to be between 0 and 1, but got {settings['p']}")
        super().configure(settings)

    def forward(self, input: Any) -> Any:
        return F.dropout(input, self.p, self.training, self.inplace)

    def extra_repr(self) -> str:
        return f"p={self.p}, inplace={self.inplace}"
