"""Special functions, and elementwise operators that are met less often. Broadcasting is undone by the engine."""

from __future__ import annotations

import math
import operator
from statistics import NormalDist
from typing import Any

import numpy as np

from refgrad.derivatives.elementwise import _by_element, _no_derivative, beside, erf, where, zeros
from refgrad.derivatives.table import TABLE, op

BERNOULLI = (1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6)  # B2, B4, ...
SHIFT = 12  # from where on an asymptotic series has float64's precision
NORMAL, LN2, SQRT_PI = NormalDist(), math.log(2), math.sqrt(math.pi)


def _lgamma(x):
    return math.inf if x <= 0 and x == math.floor(x) else math.lgamma(x) if math.isfinite(x) else abs(x)


def _erfinv(x):
    return math.copysign(math.inf, x) if abs(x) == 1 else NORMAL.inv_cdf((x + 1) / 2) / math.sqrt(2) if abs(x) < 1 else math.nan


def _digamma(self):
    """By the recurrence up to SHIFT, there by the asymptotic series; left of zero by reflection."""
    x = np.asarray(self, float)
    a = np.where(x > 0, x, 1 - x)
    result = -sum(1 / (a + i) for i in range(SHIFT))
    a = a + SHIFT
    result = result + np.log(a) - 0.5 / a - sum(b / (2 * j * a ** (2 * j)) for j, b in enumerate(BERNOULLI, 1))
    result = np.where(x > 0, result, np.where(x == np.floor(x), np.nan, result - math.pi / np.tan(math.pi * x)))
    return np.where(x == 0, np.copysign(np.inf, -x), result).astype(self.dtype)[()]


def _polygamma(n, self):
    """(-1)^(n+1) n! zeta(n + 1, x), with Euler's and Maclaurin's sum for the zeta function of Hurwitz."""
    if not n:
        return _digamma(self)
    s, a = n + 1, np.asarray(self, float)
    total = sum((a + i) ** -float(s) for i in range(SHIFT))
    a = a + SHIFT
    total = total + a ** (1.0 - s) / (s - 1) + 0.5 * a ** -float(s)
    for j, b in enumerate(BERNOULLI, 1):
        rising = math.prod(range(s, s + 2 * j - 1))
        total = total + b / math.factorial(2 * j) * rising * a ** (1.0 - s - 2 * j)
    return ((-1) ** s * math.factorial(n) * total).astype(self.dtype)[()]


def _logit(self, eps=None):
    x = self if eps is None else np.clip(self, eps, 1 - eps)
    return np.log(x / (1 - x))


def _logit_backward(g, self, eps):
    slope = g / (self * (1 - self))
    inside = (self >= 0) & (self <= 1) if eps is None else (self >= eps) & (self <= 1 - eps)
    return where(inside, slope, math.nan if eps is None else 0)


def _times(log):
    """x * log(y), which is 0 where x is."""

    def forward(self, other):
        other = self.dtype.type(other) if isinstance(other, (int, float)) else other
        return where.forward(np.isnan(other), math.nan, where.forward(self == 0, 0, self * log(other)))

    return forward


def _entr(self):
    return where.forward(self > 0, -self * np.log(self), where.forward(self == 0, 0, self * math.inf))


def _nan_to_num(self, nan=None, posinf=None, neginf=None):
    return np.nan_to_num(self, True, 0.0 if nan is None else nan, posinf, neginf)


def _sinc_backward(g, self):
    x = self * math.pi
    safe = where(self == 0, 1, self)
    return where(self == 0, -(math.pi**2 / 3) * (g * self), g * ((x * np.cos(x) - np.sin(x)) / (math.pi * safe * safe)))


def _of_the_chosen(reaches):
    """Formulas of an operator that picks `self` where it `reaches` the other, and what is a number in place of what is none."""
    return {
        "self": lambda g, self, other: where(reaches(self, other) | (other != other), g, 0),
        "other": lambda g, self, other: where(reaches(self, other) | (other != other), 0, g),
    }


def _not_in_place(name):
    def formula(g):
        raise NotImplementedError(f"the derivative for 'inplace version of {name}' is not implemented.")

    return formula


def _sloped(slope):
    return lambda g, self, low, high: beside(g * slope(self, low, high), self)


# exponentials, logarithms and angles
op("exp2", np.exp2, cast="float", self=lambda g, result: g * result * LN2)
op("asinh", np.arcsinh, cast="float", self=lambda g, self: g * (self * self + 1) ** -0.5)
op("acosh", np.arccosh, cast="float", self=lambda g, self: g * (self * self - 1) ** -0.5)
op("atanh", np.arctanh, cast="float", self=lambda g, self: g / (1 - self * self))
for name in ("asinh", "acosh", "atanh"):
    op(f"{name}_", TABLE[name].forward, node=f"{name.title()}Backward1", self=_not_in_place(name))
op("logaddexp", np.logaddexp, cast="same",
   self=lambda g, self, other: g / (1 + np.exp(other - self)),
   other=lambda g, self, other: g / (1 + np.exp(self - other)))
op("logaddexp2", np.logaddexp2, cast="same", takes="self other",
   self=lambda g, self, other: g / (1 + 2.0 ** (other - self)),
   other=lambda g, self, other: g / (1 + 2.0 ** (self - other)))
op("hypot", np.hypot, cast="same",
   self=lambda g, self, result: g * (self / result),
   other=lambda g, other, result: g * (other / result))
op("xlogy", _times(np.log), cast="float",
   self=lambda g, self, other: where((self == 0) & (other <= 0), 0, g * np.log(other)),
   other=lambda g, self, other: g * self / other)
op("special_xlog1py", _times(np.log1p), cast="float", node="SpecialXlog1PyBackward0",
   self=lambda g, self, other: where((self == 0) & (other <= -1), 0, g * np.log1p(other)),
   other=lambda g, self, other: g * self / (other + 1))
op("special_entr", _entr, cast="float",
   self=lambda g, self: g * (where(self == 0, math.inf, -np.log(self)) - 1))
op("logit", _logit, cast=None, self=_logit_backward)
op("sinc", np.sinc, cast="float", takes="self", self=_sinc_backward)
op("deg2rad", lambda self: self * (math.pi / 180), cast="float", node="Deg2RadBackward0", self=lambda g: g * (math.pi / 180))
op("rad2deg", lambda self: self * (180 / math.pi), cast="float", node="Rad2DegBackward0", self=lambda g: g * (180 / math.pi))

# the families of gamma and erf
op("lgamma", _by_element(_lgamma), cast="float", takes="self", self=lambda g, self: g * digamma(self))
digamma = op("digamma", _digamma, cast="float", self=lambda g, self: g * polygamma(1, self))
polygamma = op("polygamma", _polygamma, self=lambda g, n, self: g * polygamma(n + 1, self))
erfinv = op("erfinv", _by_element(_erfinv), cast="float", takes="self",
   self=lambda g, result: g * (np.exp(result * result) * (SQRT_PI / 2)))
op("special_ndtr", lambda self: 0.5 * (1 + erf.forward(self * math.sqrt(0.5))), cast="float",
   self=lambda g, self: g * np.exp(-0.5 * self * self) / math.sqrt(2 * math.pi))

# several tensors at once
op("lerp", lambda self, end, weight: self + weight * (end - self), cast="same",
   self=lambda g, weight: g * (1 - weight),
   end=lambda g, weight: g * weight)
op("lerp_tensor", lambda self, end, weight: self + weight * (end - self), cast="same", node="LerpBackward1",
   self=lambda g, weight: g * (1 - weight),
   end=lambda g, weight: g * weight,
   weight=lambda g, self, end: g * (end - self))
op("addcmul", lambda self, tensor1, tensor2, value: self + tensor1 * tensor2 * value, cast="same",
   self=lambda g: g,
   tensor1=lambda g, tensor2, value: g * tensor2 * value,
   tensor2=lambda g, tensor1, value: g * tensor1 * value)
op("addcdiv", lambda self, tensor1, tensor2, value: self + value * (tensor1 / tensor2), cast="same",
   self=lambda g: g,
   tensor1=lambda g, tensor2, value: g * (value / tensor2),
   tensor2=lambda g, tensor1, tensor2, value: g * (-value * (tensor1 / tensor2) / tensor2))
op("copysign", np.copysign, cast="float", takes="self other",
   self=lambda g, self, result: g * where(self == 0, 0, result / where(self == 0, 1, self)),
   other=lambda g: zeros(g))
op("heaviside", np.heaviside, cast="same", takes="self other", node="NotImplemented",
   self=_no_derivative("heaviside"), other=_no_derivative("heaviside"))
for name, function, reaches in (("fmax", np.fmax, operator.ge), ("fmin", np.fmin, operator.le)):
    op(name, function, cast="same", takes="self other", **_of_the_chosen(reaches))

# flat, or steps
op("frac", lambda self: self - np.trunc(self), self=lambda g: g)
op("nan_to_num", _nan_to_num,
   self=lambda g, self: g * ((self == self) & (abs(self) != math.inf)))
op("div_rounded", lambda self, other, rounding: rounding(self / other), cast="float",
   takes="self other rounding", node="DivBackward2",
   self=lambda g: zeros(g),
   other=lambda g: zeros(g))

# activations
STRAIGHT: dict[str, Any] = {
    # name: (forward, derivative), elementwise in the input and two settings
    "hardtanh": (lambda x, low, high: np.clip(x, low, high), lambda x, low, high: where((x > low) & (x < high), 1.0, 0.0)),
    "hardswish": (lambda x, a, b: x * np.clip(x + 3, 0, 6) / 6,
                  lambda x, a, b: where(x <= -3, 0.0, where(x < 3, x / 3 + 0.5, 1.0))),
    "softshrink": (lambda x, lambd, b: where.forward(abs(x) > lambd, x - np.sign(x) * lambd, 0),
                   lambda x, lambd, b: where(abs(x) > lambd, 1.0, 0.0)),
    "hardshrink": (lambda x, lambd, b: where.forward(abs(x) > lambd, x, 0), lambda x, lambd, b: where(abs(x) > lambd, 1.0, 0.0)),
    "threshold": (lambda x, threshold, value: where.forward(x > threshold, x, value),
                  lambda x, threshold, value: where(x > threshold, 1.0, 0.0)),
}  # fmt: skip
for name, (forward, slope) in STRAIGHT.items():
    op(name, forward, takes="self low high", self=_sloped(slope))
op("hardsigmoid", lambda self: np.clip(self + 3, 0, 6) / 6, self=lambda g, self: hardsigmoid_backward(g, self))
hardsigmoid_backward = op("hardsigmoid_backward", lambda self, x: self * ((x > -3) & (x < 3)) / 6, node="NotImplemented",
   self=_no_derivative("hardsigmoid_backward"), x=_no_derivative("hardsigmoid_backward"))
op("celu", lambda self, alpha: where.forward(self > 0, self, alpha * np.expm1(self / alpha)),
   self=lambda g, self, alpha: g * where(self > 0, 1.0, np.exp(where(self > 0, 0, self) / alpha)))
op("log_sigmoid", lambda self: -np.logaddexp(0, -self).astype(self.dtype),
   self=lambda g, self: g / (1 + np.exp(self)))
op("mish", lambda self: self * np.tanh(np.log1p(np.exp(self))), self=lambda g, self: g * _mish_slope(self))


def _mish_slope(x):
    t, s = np.tanh(np.log1p(np.exp(x))), 1 / (1 + np.exp(-x))
    return t + x * s * (1 - t * t)
op("clamp_min", np.maximum, cast="same", takes="self other", self=lambda g, self, other: where(self >= other, g, 0),
   other=lambda g, self, other: where(self < other, g, 0))
op("clamp_max", np.minimum, cast="same", takes="self other", self=lambda g, self, other: where(self <= other, g, 0),
   other=lambda g, self, other: where(self > other, g, 0))
