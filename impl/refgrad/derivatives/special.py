"""Special functions, and elementwise operators that are met less often. Broadcasting is undone by the engine."""

import math

import numpy as np

from refgrad import messages
from refgrad.derivatives.elementwise import (
    SQRT_PI,
    as_type,
    by_element,
    erfc,
    in_double,
    in_single,
    no_bool,
    reflected,
    where,
    zeros,
)
from refgrad.derivatives.table import TABLE, op, refuse

LN2, HALF_SQRT = math.log(2), math.sqrt(0.5)
FAR = 30.0  # from where on the asymptotic series of Bessel's functions has float64's precision


def quantile(p):
    """The normal distribution's."""
    from statistics import NormalDist  # wanted by nobody else

    return NormalDist().inv_cdf(p)


def _erfinv(x):
    """By the normal distribution's quantiles, then a step of Newton's, from which numbers near zero have their digits."""
    if not abs(x) < 1:
        return math.copysign(math.inf, x) if abs(x) == 1 else math.nan
    y = -quantile((1 - abs(x)) / 2) * HALF_SQRT
    return math.copysign(y - (math.erf(y) - abs(x)) * SQRT_PI / 2, x)


def _ndtri(p):
    return quantile(p) if 0 < p < 1 else math.copysign(math.inf, p - 0.5) if p in (0, 1) else math.nan


def _erfcx(x):
    """exp(x * x) * erfc(x): from 2 on by the continued fraction of erfc, from its end."""
    far = np.maximum(x, 2)
    tail = far
    for k in range(100, 0, -1):
        tail = far + k / 2 / tail
    near = np.minimum(x, 2)
    return np.where(x < 2, np.exp(near * near) * erfc.forward(near), 1 / (SQRT_PI * tail))


def _log_ndtr(x):
    left, right = np.minimum(x, 1), np.maximum(x, 1)
    return np.where(x < 1, np.log(_erfcx(-left * HALF_SQRT) / 2) - left * left / 2,
                    np.log1p(-erfc.forward(right * HALF_SQRT) / 2))


def _bessel(order, x):
    """exp(-|x|) times the modified Bessel function of the first kind: by its power series, or far out by the asymptotic."""
    x = abs(x)
    near, far = np.minimum(x, FAR), np.maximum(x, FAR)
    term = total = (near / 2) ** order
    for k in range(1, 60):
        term = term * (near * near / 4) / (k * (k + order))
        total = total + term
    series = part = np.ones_like(far)
    for k in range(1, 26):
        part = part * ((2 * k - 1) ** 2 - 4 * order) / (8 * k * far)  # the square of an order of 0 or 1 is the order
        series = series + part
    return np.where(x < FAR, total * np.exp(-near), series / np.sqrt(2 * math.pi * far))


def _off_zero(g, self, slope):
    """`slope` of what may be divided by; 1/2 at zero."""
    far = abs(self) > np.finfo(getattr(self.dtype, "numpy", self.dtype)).eps
    return g * where(far, slope(where(far, self, 1)), 0.5)


def _logit(self, eps=None):
    x = self if eps is None or eps < 0 else np.where(self < eps, eps, np.where(self > 1 - eps, 1 - eps, self))
    return np.log(x / (1 - x)).astype(self.dtype)


def _logit_backward(g, self, eps):
    """Outside of the bounds zero, and nan where none were asked for but 0 and 1."""
    low, outside = (0, math.nan) if eps is None or eps < 0 else (eps, 0)
    return where((self < low) | (self > 1 - low), outside, g / (self * (1 - self)))


def _times(log):
    """x * log(y), which is 0 where x is."""

    def forward(self, other):
        other = other if hasattr(other, "dtype") else self.dtype.type(other)  # NumPy's float64 is a float, too
        return where.forward(np.isnan(other), math.nan, where.forward(self == 0, 0, self * log(other)))

    return forward


def _times_backward(log, least):
    """The formulas of both, for a `log` that begins at `least`."""

    def of_self(g, self, other):
        wide = as_type(g, other) if hasattr(other, "dtype") else float(other)
        return where((self == 0) & (other <= least), 0, g * log(wide))

    def of_other(g, self, other):
        return g * self / (other - least)

    return of_self, of_other


def _copysign_backward(g, self, result):
    return g * where(self == 0, 0, result / self)


def _lerp(self, end, weight):
    """From the nearer end, so that both ends are exact."""
    step = end - self
    return where.forward(abs(weight) < 0.5, self + weight * step, end - step * (1 - weight))


def _heaviside(self, other):
    messages.require(self.dtype == other.dtype, "operators.heaviside")
    return where.forward(self > 0, 1, where.forward(self == 0, other, 0)).astype(self.dtype)


def _sinc_backward(g, self):
    x = self * math.pi
    return where(self == 0, 0, g * ((x * np.cos(x) - np.sin(x)) / (self * x)))


def _over(value, tensor):
    """A number divided by a tensor, in whose memory PyTorch wants the quotient."""
    whole = isinstance(tensor, np.ndarray | np.generic) and tensor.dtype.kind in "biu"
    messages.require(not whole, "dtypes.cast", np.dtype(np.float32), tensor)
    return value / tensor


def _power_of_two(exponent):
    """Of whole exponents whole, and so zero where they are negative."""
    kind = getattr(exponent.dtype, "numpy", exponent.dtype).kind
    return where(exponent < 0, 0, 2.0**exponent) if kind == "i" else 2.0**exponent


def _logaddexp(self, other):
    if self.dtype.kind not in "c":
        return np.logaddexp(self, other)
    first = self.real >= other.real
    high, low = where.forward(first, self, other), where.forward(first, other, self)
    return high + np.log1p(np.exp(low - high))


# exponentials, logarithms and angles
op("exp2", np.exp2, cast="float", self=lambda g, result: g * result * LN2)
op("asinh", np.arcsinh, cast="float", self=lambda g, self: g * (self * self + 1) ** -0.5)
op("acosh", np.arccosh, cast="float", self=lambda g, self: g * (self * self - 1) ** -0.5)
op("atanh", np.arctanh, cast="float", self=lambda g, self: g / (1 - self * self))
for name in ("asinh", "acosh", "atanh"):
    op(f"{name}_", TABLE[name].forward, node=f"{name.title()}Backward1",
       self=refuse("operators.not_differentiable", f"inplace version of {name}"))
op("logaddexp", _logaddexp, cast="same", takes="self other", symmetric="self other",
   self=lambda g, self, other: g / (1 + np.exp(no_bool(other) - no_bool(self))))
op("logaddexp2", np.logaddexp2, cast="same", takes="self other", symmetric="self other",
   self=lambda g, self, other: g / (1 + 2.0 ** (no_bool(other) - no_bool(self))))
op("hypot", np.hypot, cast="same", takes="self other", symmetric="self other",
   self=lambda g, self, result: g * (self / result))
for name, node, log, least in (("xlogy", "Xlogy", np.log, 0), ("special_xlog1py", "SpecialXlog1Py", np.log1p, -1)):
    of_self, of_other = _times_backward(log, least)
    for form, nr, forward, formulas in (
        ("_tensor", 0, _times(log), {"self": of_self, "other": of_other}),
        ("_reflected", 1, reflected(_times(log)), {"self": reflected(of_other)}),
        ("", 2, _times(log), {"self": of_self}),
    ):
        op(name + form, forward, cast="float", takes="self other", node=f"{node}Backward{nr}", **formulas)
op("special_entr", lambda self: where.forward(self > 0, -self * np.log(self), where.forward(self == 0, 0, self * math.inf)),
   cast="float", self=lambda g, self: g * (where(self == 0, math.inf, -np.log(self)) - 1))
op("logit", _logit, cast="float", self=_logit_backward)
op("sinc", in_single(np.sinc), cast="float", takes="self", self=_sinc_backward)
op("deg2rad", in_single(lambda self: self * (math.pi / 180)), takes="self", cast="float",
   node="Deg2RadBackward0", self=lambda g: g * (math.pi / 180))
op("rad2deg", in_single(lambda self: self * (180 / math.pi)), takes="self", cast="float",
   node="Rad2DegBackward0", self=lambda g: g * (180 / math.pi))

# the family of erf
erfinv = op("erfinv", by_element(_erfinv), cast="float",
   self=lambda g, self: g * (np.exp(erfinv(self) ** 2) * (SQRT_PI / 2)))
erfcx = op("special_erfcx", in_double(_erfcx), cast="float",
   self=lambda g, self, result: g * (2 * self * result - 2 / SQRT_PI))

op("special_ndtri", by_element(_ndtri), cast="float",
   self=lambda g, result: g * (math.sqrt(2 * math.pi) * np.exp(0.5 * result * result)))
op("special_log_ndtr", in_double(_log_ndtr), cast="float",
   self=lambda g, self, result: g * np.exp(self * self * -0.5 - result) / math.sqrt(2 * math.pi))

# Bessel's functions, plain and times exp(-|x|)
i0 = op("i0", in_double(lambda x: np.exp(abs(x)) * _bessel(0, x)), cast="float", node="I0Backward0",
   self=lambda g, self: g * i1(self))
i1 = op("special_i1", in_double(lambda x: np.sign(x) * np.exp(abs(x)) * _bessel(1, x)), cast="float",
   node="SpecialI1Backward0", self=lambda g, self, result: _off_zero(g, self, lambda x: i0(x) - result / x))
i0e = op("special_i0e", in_double(lambda x: _bessel(0, x)), cast="float", node="SpecialI0EBackward0",
   self=lambda g, self, result: g * (i1e(self) - np.sign(self) * result))
i1e = op("special_i1e", in_double(lambda x: np.sign(x) * _bessel(1, x)), cast="float", node="SpecialI1EBackward0",
   self=lambda g, self, result: _off_zero(g, self, lambda x: i0e(x) - result * (np.sign(x) + 1 / x)))

# several tensors at once
op("lerp", _lerp, cast="same",
   self=lambda g, weight: g * (1 - weight), end=lambda g, weight: g * weight)
op("lerp_tensor", TABLE["lerp"].forward, cast="same", node="LerpBackward1",
   self=lambda g, weight: g * (1 - weight), end=lambda g, weight: g * weight, weight=lambda g, self, end: g * (end - self))
op("addcmul", lambda self, tensor1, tensor2, value: self + tensor1 * tensor2 * value, cast="same", symmetric="tensor1 tensor2",
   self=lambda g: g, tensor1=lambda g, tensor2, value: g * tensor2 * value)
op("addcdiv", lambda self, tensor1, tensor2, value: self + value * (tensor1 / tensor2), cast="same",
   self=lambda g: g,
   tensor1=lambda g, tensor2, value: g * _over(value, tensor2),
   tensor2=lambda g, tensor1, tensor2, value: g * (-value * (tensor1 / tensor2) / tensor2))
op("copysign", np.copysign, cast="float", takes="self other", node="CopysignBackward1", self=_copysign_backward)
op("copysign_tensor", np.copysign, cast="float", other=lambda g: zeros(g), takes="self other", node="CopysignBackward0",
   self=_copysign_backward)
op("ldexp", lambda self, other, power, result: (self * (2.0**other).astype(power)).astype(result),
   self=lambda g, other: g * _power_of_two(other), other=lambda g, result: g * (result * LN2))
op("heaviside", _heaviside, symmetric="self other", node="NotImplemented",
   self=refuse("operators.no_derivative", "heaviside"))
op("nextafter", np.nextafter, cast="same", takes="self other", other=lambda g: zeros(g),
   self=lambda g, self, other: where(self == other, 0, g))
op("fmax", np.fmax, cast="same",
   self=lambda g, self, other: where((self >= other) | (other != other), g, 0),
   other=lambda g, self, other: where((self >= other) | (other != other), 0, g))
op("fmin", np.fmin, cast="same",
   self=lambda g, self, other: where((self <= other) | (other != other), g, 0),
   other=lambda g, self, other: where((self <= other) | (other != other), 0, g))

# flat, or steps
op("frexp", lambda self: np.frexp(self), outputs="mantissa exponent", self=lambda g, exponent: g[0] / 2.0**exponent)
op("frac", lambda self: self - np.trunc(self), takes="self", self=lambda g: g)
op("nan_to_num", lambda self, nan=None, posinf=None, neginf=None:
   np.nan_to_num(self, nan=0.0 if nan is None else nan, posinf=posinf, neginf=neginf),
   self=lambda g, self: g * ((self == self) & (abs(self) != math.inf)))

