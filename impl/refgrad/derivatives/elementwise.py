"""Elementwise operators. Broadcasting is undone by the engine, so no formula mentions it."""

from __future__ import annotations

import math
import operator
from typing import Any

import numpy as np

from refgrad.derivatives.table import op


def _where(condition, self, other):
    result = np.where(condition, self, other)
    return result if result.ndim else result[()]


def _sigmoid(x):
    return 1 / (1 + np.exp(-x))


def _by_element(function):
    """`function` of a number as one of arrays, for what NumPy does not have."""
    each = np.frompyfunc(function, 1, 1)
    return lambda self: np.asarray(each(self), self.dtype)[()]


def _relu(x):
    return np.maximum(x, 0)


def _gate(self, x, slope):
    """`self` where x is positive, and `slope` times that elsewhere."""
    return where.forward(x <= 0, self * slope if slope else 0, self)


def _round(self):
    return self.copy() if self.dtype.kind in "iu" else np.rint(self)


def _clamp(self, min=None, max=None):
    if min is not None:
        self = np.maximum(self, min)
    return self if max is None else np.minimum(self, max)


def _within(x, low, high):
    """Where low <= x <= high; a bound that is None does not bind."""
    inside = x == x if low is None else x >= low
    return inside if high is None else inside & (x <= high)


def _no_derivative(name):
    def formula(g):
        raise RuntimeError(f"derivative for aten::{name} is not implemented")

    return formula


def _below(x, low, high):
    """Where the lower bound, and not the upper, is the result."""
    return x < low if high is None else (x < low) & (low < high)


def _above(x, low, high):
    return x > high if low is None else (x > high) | (high < low)


def _lowered(x, exponent):
    return x if exponent == 2 else x ** (exponent - 1)


def _reciprocal(x):
    """1 / x, and 0 where x is."""
    return where(x == 0, 0, 1 / x)


def _whole(divide):
    """`divide` where integers, unlike floating point numbers, may not be divided by zero."""

    def forward(self, other):
        if self.dtype.kind in "iu" and not np.all(other):
            raise RuntimeError("ZeroDivisionError")
        return divide(self, other)

    return forward


def _pow(self, exponent):
    if exponent.__class__ is int and exponent < 0 and self.dtype.kind in "iu":
        raise RuntimeError("Integers to negative integer powers are not allowed.")
    return (self.astype(np.int64) if self.dtype.kind == "b" else self) ** exponent


# a gradient that is zero whatever arrives, also where that is infinite
zeros = op("zeros", lambda self: np.zeros_like(self) if self.ndim else self.dtype.type(0), takes="self")
where = op("where", _where, constant="condition", cast="same",
   self=lambda g, condition: where(condition, g, 0),
   other=lambda g, condition: where(condition, 0, g))

# arithmetic: operators rather than ufuncs, because NumPy's scalars answer them ten times faster
op("add", operator.add, cast="same", self=lambda g: g, other=lambda g: g)
op("add_scaled", lambda self, other, alpha: self + other * alpha, cast="same", node="AddBackward0",
   self=lambda g: g,
   other=lambda g, alpha: g * alpha)
op("sub", operator.sub, cast="signed", self=lambda g: g, other=lambda g: -g)
op("sub_scaled", lambda self, other, alpha: self - other * alpha, cast="same", node="SubBackward0",
   self=lambda g: g,
   other=lambda g, alpha: g * -alpha)
op("rsub", lambda self, other: other - self, cast="signed", constant="other", node="RsubBackward1", self=lambda g: -g)
op("mul", operator.mul, cast="same", self=lambda g, other: g * other, other=lambda g, self: g * self)
op("div", operator.truediv, cast="float",
   self=lambda g, other: g / other,
   other=lambda g, self, other: -g * ((self / other) / other))
op("div_scalar", operator.truediv, cast="float", takes="self other", node="DivBackward1", self=lambda g, other: g / other)
op("neg", operator.neg, self=lambda g: -g)
op("reciprocal", lambda self: 1 / self, cast="float", self=lambda g, result: -g * (result * result))

# powers, by what is a tensor: the base, both, the exponent
op("pow", _pow, cast="same",
   self=lambda g, self, exponent: g * (exponent * _lowered(self, exponent)) if exponent else zeros(g))
op("pow_tensor", lambda self, exponent: self**exponent, cast="same", node="PowBackward1",
   self=lambda g, self, exponent: where(exponent == 0, 0, g * (exponent * self ** (exponent - 1))),
   exponent=lambda g, self, exponent, result: where((self == 0) & (exponent >= 0), 0, g * (result * np.log(self))))
op("pow_scalar", lambda self, exponent: self**exponent, node="PowBackward2",
   exponent=lambda g, self, exponent, result: g * result * np.log(self) if self else where(
       exponent >= 0, 0, g * (result * -math.inf)))

op("exp", np.exp, cast="float", self=lambda g, result: g * result)
op("expm1", np.expm1, cast="float", self=lambda g, result: g * (result + 1))
op("log", np.log, cast="float", self=lambda g, self: g / self)
op("log2", np.log2, cast="float", self=lambda g, self: g / (self * 0.6931471805599453))
op("log10", np.log10, cast="float", self=lambda g, self: g / (self * 2.302585092994046))
op("log1p", np.log1p, cast="float", node="Log1PBackward0", self=lambda g, self: g / (self + 1))
op("sqrt", np.sqrt, cast="float", self=lambda g, result: g / (2 * result))
op("rsqrt", lambda self: 1 / np.sqrt(self), cast="float", self=lambda g, result: -0.5 * g * result**3)
op("sin", np.sin, cast="float", self=lambda g, self: g * np.cos(self))
op("cos", np.cos, cast="float", self=lambda g, self: g * -np.sin(self))
op("tan", np.tan, cast="float", self=lambda g, result: g * (1 + result**2))
op("asin", np.arcsin, cast="float", self=lambda g, self: g * (1 - self * self) ** -0.5)
op("acos", np.arccos, cast="float", self=lambda g, self: g * -((1 - self * self) ** -0.5))
op("atan", np.arctan, cast="float", self=lambda g, self: g / (self * self + 1))
op("sinh", np.sinh, cast="float", self=lambda g, self: g * np.cosh(self))
op("cosh", np.cosh, cast="float", self=lambda g, self: g * np.sinh(self))
op("tanh", np.tanh, cast="float", self=lambda g, result: g * (1 - result * result))
sigmoid = op("sigmoid", _sigmoid, cast="float", takes="self", self=lambda g, result: g * ((1 - result) * result))
erf = op("erf", _by_element(math.erf), cast="float", takes="self",
   self=lambda g, self: g * np.exp(-(self * self)) * (2 / math.sqrt(math.pi)))
op("erfc", _by_element(math.erfc), cast="float", takes="self",
   self=lambda g, self: g * np.exp(-(self * self)) * (-2 / math.sqrt(math.pi)))
op("atan2", np.arctan2, cast="float",
   self=lambda g, self, other: g * other * _reciprocal(self * self + other * other),
   other=lambda g, self, other: g * -self * _reciprocal(self * self + other * other))

# kinks: the derivative at the kink is PyTorch's choice; what it depends on by steps alone has the derivative zero, not none
gate = op("threshold_backward", _gate, self=lambda g, x, slope: gate(g, x, slope), x=lambda g: zeros(g))
beside = op("beside", lambda self, other: self, self=lambda g: g, other=lambda g, other: zeros(other))
op("relu", _relu, takes="self", self=lambda g, result: gate(g, result, 0))
op("clamp", _clamp, cast="same", node="ClampBackward1",
   self=lambda g, self, min, max: where(_within(self, min, max), g, 0))
op("clamp_tensor", _clamp, cast="same", node="ClampBackward0",
   self=lambda g, self, min, max: where(_within(self, min, max), g, 0),
   min=lambda g, self, min, max: where(_below(self, min, max), g, 0) if min is not None else None,
   max=lambda g, self, min, max: where(_above(self, min, max), g, 0) if max is not None else None)
op("maximum", np.maximum, cast="same",
   self=lambda g, self, other: where(self == other, g / 2, where(self < other, 0, g)),
   other=lambda g, self, other: where(self == other, g / 2, where(self > other, 0, g)))
op("minimum", np.minimum, cast="same",
   self=lambda g, self, other: where(self == other, g / 2, where(self > other, 0, g)),
   other=lambda g, self, other: where(self == other, g / 2, where(self < other, 0, g)))

# flat almost everywhere
FLAT: dict[str, Any] = {"sign": np.sign, "floor": np.floor, "ceil": np.ceil, "trunc": np.trunc, "round": _round}
for name, function in FLAT.items():
    op(name, function, self=lambda g: zeros(g))
op("remainder", _whole(np.remainder), cast="same", takes="self other", self=lambda g: g)
op("fmod", _whole(np.fmod), cast="same", takes="self other", self=lambda g: g)
op("remainder_tensor", _whole(np.remainder), cast="same", takes="self other", node="RemainderBackward1",
   self=lambda g: g,
   other=lambda g, self, other: -g * np.floor(self / other))
op("fmod_tensor", _whole(np.fmod), cast="same", takes="self other", node="FmodBackward1",
   self=lambda g: g,
   other=lambda g, self, other: -g * np.trunc(self / other))

op("floor_divide", _whole(np.floor_divide), cast="same", takes="self other", node="NotImplemented",
   self=_no_derivative("floor_divide"),
   other=_no_derivative("floor_divide"))

# copies, and the in-place operators that forget what stood there
op("clone", lambda self: self.copy(), self=lambda g: g)
op("to_copy", lambda self, dtype: (self.real if self.dtype.kind == "c" and dtype.kind in "fiu" else self).astype(dtype),
   self=lambda g: g)
op("copy", lambda self, src: np.broadcast_to(src, self.shape).astype(self.dtype), node="CopyBackwards",
   self=lambda g: zeros(g),
   src=lambda g: g)
op("fill_tensor", lambda self, value: np.broadcast_to(value, self.shape).astype(self.dtype), node="FillBackward3",
   self=lambda g: zeros(g),
   value=lambda g: g)
op("fill", lambda self, value: np.full_like(self, value), node="FillBackward2", constant="value",
   self=lambda g: zeros(g))
op("zero", zeros.forward, takes="self", self=lambda g: zeros(g))
for name, node in {"uniform": "Uniform0", "normal": "Normal0", "exponential": "Exponential0", "bernoulli": "Bernoulli2",
                   "random_0": "Random2", "random_1": "Random1", "random_2": "Random0"}.items():
    op(name, lambda self, drawn: drawn, node=f"{node[:-1]}Backward{node[-1]}", self=lambda g: zeros(g))

for name in ("BernoulliBackward0", "NormalBackward1", "NormalBackward2", "NormalBackward3"):
    op(f"new_{name}", lambda self, drawn: drawn, node=name, self=lambda g: zeros(g))

# no derivative
WITHOUT_DERIVATIVE: dict[str, dict[str, Any]] = {
    "self other": {
        "eq": operator.eq, "ne": operator.ne, "lt": operator.lt, "le": operator.le, "gt": operator.gt, "ge": operator.ge,
        "bitwise_and": operator.and_, "bitwise_or": operator.or_, "bitwise_xor": operator.xor,
        "bitwise_left_shift": np.left_shift, "bitwise_right_shift": np.right_shift,
        "logical_and": np.logical_and, "logical_or": np.logical_or, "logical_xor": np.logical_xor,
    },
    "self": {
        "isnan": np.isnan, "isinf": np.isinf, "isfinite": np.isfinite, "signbit": np.signbit,
        "logical_not": np.logical_not, "bitwise_not": np.invert,
    },
}
for operands, functions in WITHOUT_DERIVATIVE.items():
    for name, function in functions.items():
        op(name, function, takes=operands, constant="other", cast="same" if " " in operands else None)


def _as_number(compare):
    return lambda self, other: compare(self, other).astype(self.dtype)


# comparisons in place: the answer takes the place, and the dtype, of what was asked about
COMPARED = {name: function for name, function in WITHOUT_DERIVATIVE["self other"].items() if len(name) == 2}
for name, function in COMPARED.items():
    op(f"{name}_in_place", _as_number(function), cast="same", constant="other", node=f"{name.title()}Backward0",
       self=lambda g: zeros(g))
