"""Special functions, and elementwise operators that are met less often. Broadcasting is undone by the engine."""

import math
from statistics import NormalDist

import numpy as np

from refgrad.derivatives.elementwise import by_element, erf, where, zeros
from refgrad.derivatives.table import TABLE, op, refuse

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
        total = total + b / math.factorial(2 * j) * math.prod(range(s, s + 2 * j - 1)) * a ** (1.0 - s - 2 * j)
    return ((-1) ** s * math.factorial(n) * total).astype(self.dtype)[()]


def _logit(self, eps=None):
    x = self if eps is None else np.clip(self, eps, 1 - eps)
    return np.log(x / (1 - x))


def _logit_backward(g, self, eps):
    """Outside of the bounds zero, and nan where none were asked for but 0 and 1."""
    low, outside = (0, math.nan) if eps is None else (eps, 0)
    return where((self >= low) & (self <= 1 - low), g / (self * (1 - self)), outside)


def _times(log):
    """x * log(y), which is 0 where x is."""

    def forward(self, other):
        other = self.dtype.type(other) if isinstance(other, (int, float)) else other
        return where.forward(np.isnan(other), math.nan, where.forward(self == 0, 0, self * log(other)))

    return forward


def _sinc_backward(g, self):
    x = self * math.pi
    safe = where(self == 0, 1, self)
    return where(self == 0, -(math.pi**2 / 3) * (g * self), g * ((x * np.cos(x) - np.sin(x)) / (math.pi * safe * safe)))


# exponentials, logarithms and angles
op("exp2", np.exp2, cast="float", self=lambda g, result: g * result * LN2)
op("asinh", np.arcsinh, cast="float", self=lambda g, self: g * (self * self + 1) ** -0.5)
op("acosh", np.arccosh, cast="float", self=lambda g, self: g * (self * self - 1) ** -0.5)
op("atanh", np.arctanh, cast="float", self=lambda g, self: g / (1 - self * self))
for name in ("asinh", "acosh", "atanh"):
    op(f"{name}_", TABLE[name].forward, node=f"{name.title()}Backward1", self=refuse("operators.not_in_place", name))
op("logaddexp", np.logaddexp, cast="same", symmetric="self other", self=lambda g, self, other: g / (1 + np.exp(other - self)))
op("logaddexp2", np.logaddexp2, cast="same", symmetric="self other", self=lambda g, self, other: g / (1 + 2.0 ** (other - self)))
op("hypot", np.hypot, cast="same", symmetric="self other", self=lambda g, self, result: g * (self / result))
op("xlogy", _times(np.log), cast="float",
   self=lambda g, self, other: where((self == 0) & (other <= 0), 0, g * np.log(other)),
   other=lambda g, self, other: g * self / other)
op("special_xlog1py", _times(np.log1p), cast="float", node="SpecialXlog1PyBackward0",
   self=lambda g, self, other: where((self == 0) & (other <= -1), 0, g * np.log1p(other)),
   other=lambda g, self, other: g * self / (other + 1))
op("special_entr", lambda self: where.forward(self > 0, -self * np.log(self), where.forward(self == 0, 0, self * math.inf)),
   cast="float", self=lambda g, self: g * (where(self == 0, math.inf, -np.log(self)) - 1))
op("logit", _logit, self=_logit_backward)
op("sinc", np.sinc, cast="float", takes="self", self=_sinc_backward)
op("deg2rad", lambda self: self * (math.pi / 180), cast="float", node="Deg2RadBackward0", self=lambda g: g * (math.pi / 180))
op("rad2deg", lambda self: self * (180 / math.pi), cast="float", node="Rad2DegBackward0", self=lambda g: g * (180 / math.pi))

# the families of gamma and erf
op("lgamma", by_element(_lgamma), cast="float", self=lambda g, self: g * digamma(self))
digamma = op("digamma", _digamma, cast="float", self=lambda g, self: g * polygamma(1, self))
polygamma = op("polygamma", _polygamma, self=lambda g, n, self: g * polygamma(n + 1, self))
op("erfinv", by_element(_erfinv), cast="float", self=lambda g, result: g * (np.exp(result * result) * (SQRT_PI / 2)))
op("special_ndtr", lambda self: 0.5 * (1 + erf.forward(self * math.sqrt(0.5))), cast="float",
   self=lambda g, self: g * np.exp(-0.5 * self * self) / math.sqrt(2 * math.pi))

# several tensors at once
op("lerp", lambda self, end, weight: self + weight * (end - self), cast="same",
   self=lambda g, weight: g * (1 - weight), end=lambda g, weight: g * weight)
op("lerp_tensor", TABLE["lerp"].forward, cast="same", node="LerpBackward1",
   self=lambda g, weight: g * (1 - weight), end=lambda g, weight: g * weight, weight=lambda g, self, end: g * (end - self))
op("addcmul", lambda self, tensor1, tensor2, value: self + tensor1 * tensor2 * value, cast="same", symmetric="tensor1 tensor2",
   self=lambda g: g, tensor1=lambda g, tensor2, value: g * tensor2 * value)
op("addcdiv", lambda self, tensor1, tensor2, value: self + value * (tensor1 / tensor2), cast="same",
   self=lambda g: g,
   tensor1=lambda g, tensor2, value: g * (value / tensor2),
   tensor2=lambda g, tensor1, tensor2, value: g * (-value * (tensor1 / tensor2) / tensor2))
op("copysign", np.copysign, cast="float", other=lambda g: zeros(g), takes="self other",
   self=lambda g, self, result: g * where(self == 0, 0, result / where(self == 0, 1, self)))
op("heaviside", np.heaviside, cast="same", symmetric="self other", node="NotImplemented",
   self=refuse("operators.no_derivative", "heaviside"))
op("fmax", np.fmax, cast="same",
   self=lambda g, self, other: where((self >= other) | (other != other), g, 0),
   other=lambda g, self, other: where((self >= other) | (other != other), 0, g))
op("fmin", np.fmin, cast="same",
   self=lambda g, self, other: where((self <= other) | (other != other), g, 0),
   other=lambda g, self, other: where((self <= other) | (other != other), 0, g))

# flat, or steps
op("frac", lambda self: self - np.trunc(self), self=lambda g: g)
op("nan_to_num", lambda self, nan=None, posinf=None, neginf=None:
   np.nan_to_num(self, nan=0.0 if nan is None else nan, posinf=posinf, neginf=neginf),
   self=lambda g, self: g * ((self == self) & (abs(self) != math.inf)))
op("div_rounded", lambda self, other, rounding: rounding(self / other), cast="float", node="DivBackward2",
   symmetric="self other", self=lambda g: zeros(g))
