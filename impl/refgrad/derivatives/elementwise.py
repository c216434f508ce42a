"""Elementwise operators. Broadcasting is undone by the engine, so no formula mentions it."""

import math
import operator

import numpy as np

from refgrad import messages
from refgrad.derivatives.shapes import copied
from refgrad.derivatives.table import TABLE, element, op, refuse

SQRT_PI = math.sqrt(math.pi)


def _where(condition, self, other):
    result = np.where(condition, self, other)
    return result if result.ndim else result[()]


def by_element(function):
    """`function` of a number as one of arrays, for what NumPy does not have."""
    each = np.frompyfunc(function, 1, 1)
    return lambda self: np.asarray(each(self), self.dtype)[()]


def in_double(function):
    """`function` of an array of float64 as one of arrays of any dtype."""
    return lambda self: np.asarray(function(np.asarray(self, float))).astype(self.dtype)[()]


def in_single(function):
    """`function`, of several steps, of float16 in float32."""

    def forward(self, *rest):
        if self.dtype.char not in "e":
            return function(self, *rest)
        return function(self.astype(np.float32), *rest).astype(self.dtype)

    return forward


def _clamp(self, min=None, max=None):
    raised = self if min is None else np.maximum(self, min)
    return raised if max is None else np.minimum(raised, max)


def _clamp_backward(g, self, min, max):
    """Where min <= self <= max; a bound that is None does not bind."""
    low, high = self >= (-math.inf if min is None else min), self <= (math.inf if max is None else max)
    return where((high if min is None else _not_wider(high, low)) & low, g, 0)


def _not_wider(one, other):
    """`one` of two conditions, which PyTorch writes into the other: RuntimeError where it is not broadcast to that."""
    if one.shape != other.shape:
        shape = np.broadcast_shapes(one.shape, other.shape)
        messages.require(tuple(other.shape) == shape, "operators.output_shape", other, shape)
    return one


def _below(g, self, min, max):
    """The gradient of the lower bound of two: where what is below it is raised, and not lowered again."""
    low = self < min
    return where(low if max is None else _not_wider(min < max, low) & low, g, 0)


def _above(g, self, min, max):
    high = self > max
    return where(high if min is None else _not_wider(max < min, high) | high, g, 0)


# arrays of 1 by dtype: with one for the number, NumPy is there in half the time
ONES = {np.dtype(char): np.ones((), char) for char in "efdFD"}


def one_minus(x):
    return ONES[x.dtype] - x if x.__class__ is np.ndarray else 1 - x


def complement(x):
    """1 - x, written over the array `x`, which nobody else has."""
    return np.subtract(ONES[x.dtype], x, x) if x.__class__ is np.ndarray else 1 - x


def _pow_backward(g, self, exponent):
    if not exponent:
        return zeros(g)
    power = self if exponent == 2 else self ** (exponent - 1)
    doubled = power is self and self.__class__ is np.ndarray  # which is the same, and faster
    slope = self + self if doubled else exponent * power
    return g * slope


def _sigmoid(self):
    if not self.ndim:  # also of an array without dimensions NumPy gives numbers, which cannot be written into
        return 1 / (1 + np.exp(-self))
    result, one = -self, ONES[self.dtype]
    np.exp(result, result)
    result += one
    return np.divide(one, result, result)


def _reciprocal(x):
    """1 / x, and 0 where x is."""
    return where(x == 0, 0, 1 / x)


def no_bool(x, key="dtypes.sub_bool"):
    """`x`, that a formula subtracts or negates, which PyTorch refuses booleans."""
    messages.require(x.dtype != bool, key)
    return x


def _isclose(self, other, rtol, atol, equal_nan):
    messages.require(self.dtype == other.dtype, "operators.isclose", self, other)
    return np.isclose(self, other, rtol, atol, equal_nan)


def reflected(function):
    """`function`, of two or of a gradient and two, with these two the other way round: of a number and a tensor."""
    if function.__code__.co_argcount == 3:
        return lambda g, self, other: function(g, other, self)
    return lambda self, other: function(other, self)


def _whole(divide):
    """`divide` where integers, unlike floating point numbers, may not be divided by zero."""

    def forward(self, other):
        whole = (self if hasattr(self, "dtype") else other).dtype.kind in "biu"
        messages.require(not whole or np.all(other), "operators.zero_division")
        return divide(self, other)

    return forward


def _toward_zero(self, other):
    """The quotient without what follows the point; of integers without leaving them."""
    if self.dtype.kind in "f":
        return np.trunc(self / other)
    down = np.floor_divide(self, other)
    return down + ((down < 0) & (down * other != self))


def _to_whole(self):
    return np.rint(self) if self.dtype.kind in "f" else self.copy()


def _round(self, decimals):
    """To the nearest, of two to the even one, in units of 10 ** -decimals."""
    unit = self.dtype.type(10.0 ** abs(decimals))
    return np.rint(self * unit) / unit if decimals > 0 else np.rint(self / unit) * unit


def signs(self):
    """1 and -1, and 0 for what is neither positive nor negative: nan, too, among real numbers."""
    if self.dtype.kind in "c":
        return np.where(self == 0, 0, self / np.abs(self)).astype(self.dtype)[()]
    return np.where(self != self, 0, np.sign(self)).astype(self.dtype)[()]


def _sign(self):
    return self.copy() if self.dtype.kind in "b" else signs(self)


def _power(self, exponent):
    """Of integers a negative exponent makes 1 or -1 where they are that, else 0."""
    if exponent.dtype.kind in "i" and getattr(self, "dtype", np.dtype(type(self))).kind in "iu" and (exponent < 0).any():
        return _where((exponent >= 0) | (abs(self) == 1), self, 0).astype(exponent.dtype) ** abs(exponent)
    if not exponent.ndim and exponent == 0.5 and self.__class__ is np.ndarray:
        return np.power(self, np.full(self.shape, exponent))  # of one number NumPy would take the root, which -inf does not have
    return self**exponent


def _pow(self, exponent):
    if exponent.__class__ is int:
        if exponent < 0 and self.dtype.kind in "iu":
            raise messages.error("operators.negative_power")
    elif exponent == -0.5 and self.dtype.kind in "f":
        return 1 / np.sqrt(self)
    return (self.astype(np.int64) if self.dtype.kind in "b" else self) ** exponent


# a gradient that is zero whatever arrives, also where that is infinite
zeros = op("zeros", lambda self: np.zeros_like(self) if self.ndim else self.dtype.type(0), takes="self")
where = op("where", _where, constant="condition", cast="same",
   self=lambda g, condition: where(condition, g, 0),
   other=lambda g, condition: where(condition, 0, g))

# arithmetic: operators rather than ufuncs, because NumPy's scalars answer them ten times faster
op("add", operator.add, cast="same", self=lambda g: g, other=lambda g: g)
op("add_scaled", lambda self, other, alpha: self + other * alpha, cast="same", node="AddBackward0",
   self=lambda g: g, other=lambda g, alpha: g * alpha)
op("sub", operator.sub, cast="signed", self=lambda g: g, other=lambda g: -g)
op("sub_scaled", lambda self, other, alpha: self - other * alpha, cast="same", node="SubBackward0",
   self=lambda g: g, other=lambda g, alpha: g * -alpha)
op("rsub", lambda self, other: other - self, cast="signed", constant="other", node="RsubBackward1", self=lambda g: -g)
op("rsub_tensor", lambda self, other: other - self, cast="signed", node="RsubBackward0",
   self=lambda g: -g, other=lambda g: g)
op("rsub_scaled", lambda self, other, alpha: other - self * alpha, cast="same", constant="other", node="RsubBackward1",
   self=lambda g, alpha: g * -alpha)
op("rsub_tensor_scaled", lambda self, other, alpha: other - self * alpha, cast="same", node="RsubBackward0",
   self=lambda g, alpha: g * -alpha, other=lambda g: g)
op("mul", operator.mul, cast="same", self=lambda g, other: g * other, other=lambda g, self: g * self)
# as PyTorch's own compositions call them
op("add_scalar", operator.add, cast="same", takes="self other", node="AddBackward1", self=lambda g: g)
op("mul_scalar", operator.mul, cast="same", takes="self other", node="MulBackward1", self=lambda g, other: g * other)
op("div", operator.truediv, cast="float",
   self=lambda g, other: g / other, other=lambda g, self, other: -g * ((self / other) / other))
op("div_scalar", operator.truediv, cast="float", takes="self other", node="DivBackward1", self=lambda g, other: g / other)
op("neg", operator.neg, self=lambda g: -g)
op("reciprocal", lambda self: 1 / self, cast="float", self=lambda g, result: -g * (result * result))

# powers, by what is a tensor: the base, both, the exponent
op("pow", _pow, cast="same", self=_pow_backward)
op("pow_tensor", _power, cast="same", node="PowBackward1",
   self=lambda g, self, exponent: where(exponent == 0, 0, g * (exponent * self ** (no_bool(exponent) - 1))),
   exponent=lambda g, self, exponent, result: where((self == 0) & (exponent >= 0), 0, g * (result * np.log(as_type(g, self)))))
op("pow_scalar", _power, node="PowBackward2", exponent=lambda g, self, exponent, result:
   g * result * np.log(self) if self else where(exponent >= 0, 0, g * (result * -math.inf)))

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
rsqrt = TABLE["rsqrt"]
op("asin", np.arcsin, cast="float", self=lambda g, self: g * rsqrt(1 - self * self))
op("acos", np.arccos, cast="float", self=lambda g, self: g * -rsqrt(1 - self * self))
op("atan", np.arctan, cast="float", self=lambda g, self: g / (self * self + 1))
op("sinh", np.sinh, cast="float", self=lambda g, self: g * np.cosh(self))
op("cosh", np.cosh, cast="float", self=lambda g, self: g * np.sinh(self))
op("tanh", np.tanh, cast="float", self=lambda g, result: g * complement(result * result))
sigmoid = op("sigmoid", _sigmoid, cast="float", self=lambda g, result: g * (one_minus(result) * result))
erf = op("erf", by_element(math.erf), cast="float", self=lambda g, self: g * np.exp(-(self * self)) * (2 / SQRT_PI))
erfc = op("erfc", by_element(math.erfc), cast="float", self=lambda g, self: g * np.exp(-(self * self)) * (-2 / SQRT_PI))
op("atan2", np.arctan2, cast="float",
   self=lambda g, self, other: g * other * _reciprocal(self * self + other * other),
   other=lambda g, self, other: g * -no_bool(self, "operators.neg_bool") * _reciprocal(self * self + other * other))

# kinks: the derivative at the kink is PyTorch's choice; what it depends on by steps alone has the derivative zero, not none
gate = op("threshold_backward", lambda self, x: where.forward(x <= 0, 0, self),
   self=lambda g, x: gate(g, x), x=lambda g: zeros(g))
# what several operators have made, as one that has saved tensors, on the first two of which its gradient hangs
op("kernel", lambda self, first, second, third, fourth: self.copy(), takes="self first second third fourth",
   constant="third fourth", self=lambda g, first, second, third, fourth: beside(beside(g, first), second),
   first=lambda g: None, second=lambda g: None)
beside = op("beside", lambda self, other: self, self=lambda g: g, other=lambda g, other: zeros(other))
op("relu", lambda self: np.maximum(self, 0), self=lambda g, result: gate(g, result))
op("clamp", _clamp, cast="same", node="ClampBackward1", self=_clamp_backward)
op("clamp_tensor", _clamp, cast="same", node="ClampBackward0", self=_clamp_backward,
   min=_below, max=_above)
op("clamp_min", np.maximum, cast="same", takes="self other", self=lambda g, self, other: where(self >= other, g, 0))
op("clamp_min_tensor", np.maximum, cast="same", node="ClampMinBackward1",
   self=lambda g, self, other: where(self >= other, g, 0), other=lambda g, self, other: where(self < other, g, 0))
op("clamp_max", np.minimum, cast="same", takes="self other", self=lambda g, self, other: where(self <= other, g, 0))
op("clamp_max_tensor", np.minimum, cast="same", node="ClampMaxBackward1",
   self=lambda g, self, other: where(self <= other, g, 0), other=lambda g, self, other: where(self > other, g, 0))
op("maximum", np.maximum, cast="same", symmetric="self other",
   self=lambda g, self, other: where(self == other, g / 2, where(self < other, 0, g)))
op("minimum", np.minimum, cast="same", symmetric="self other",
   self=lambda g, self, other: where(self == other, g / 2, where(self > other, 0, g)))

# flat almost everywhere
op("round", _to_whole, self=lambda g: zeros(g))
op("round_decimals", _round, node="RoundBackward1", self=lambda g: zeros(g))
op("sign", _sign, self=lambda g: zeros(g))
for name in ("floor", "ceil", "trunc"):
    op(name, getattr(np, name), self=lambda g: zeros(g))
op("remainder", _whole(np.remainder), cast="same", self=lambda g: g)
op("remainder_tensor", _whole(np.remainder), cast="same", node="RemainderBackward1",
   self=lambda g: g, other=lambda g, self, other: -g * TABLE["div_floor"](self, other))
op("remainder_reflected", reflected(_whole(np.remainder)), cast="same", node="NotImplemented",
   takes="self other", self=refuse("operators.no_derivative", "remainder"))
op("fmod", _whole(np.fmod), cast="same", self=lambda g: g)
op("fmod_tensor", _whole(np.fmod), cast="same", node="FmodBackward1",
   self=lambda g: g, other=lambda g, self, other: -g * np.trunc(self / other))
for name, divide in (("div_floor", np.floor_divide), ("div_trunc", _toward_zero)):
    op(name, _whole(divide), cast="same", node="DivBackward2",
       self=lambda g, other: zeros(g), other=lambda g, self, other: zeros(g))
op("floor_divide", _whole(np.floor_divide), cast="same", symmetric="self other", node="NotImplemented",
   self=refuse("operators.no_derivative", "floor_divide"))

# copies, and the in-place operators that forget what stood there
op("clone", copied, self=lambda g: g)
op("contiguous", lambda self: self.copy(), node="CloneBackward0", self=lambda g: g)
to_copy = op("to_copy", lambda self, dtype: (self.real if self.dtype.kind in "c" and dtype.kind in "fiu" else self).astype(dtype),
   self=lambda g: g)


def as_type(other, x):
    """`x` in the dtype of `other`."""
    return x if x.dtype == other.dtype else to_copy(x, getattr(other.dtype, "numpy", other.dtype))


def _copy(self, src):
    if src.dtype.kind in "c" and self.dtype.kind in "fiu":
        messages.warn("operators.discards")
        src = src.real
    return np.broadcast_to(src, self.shape).astype(self.dtype)


op("copy", _copy, node="CopyBackwards",
   self=lambda g: zeros(g), src=lambda g: g)
op("fill_tensor", lambda self, value: _copy(self, value), node="FillBackward3",
   self=lambda g: zeros(g), value=lambda g: g)
op("fill", lambda self, value: np.full_like(self, element(value, self.dtype, self.size == 1)), node="FillBackward2",
   constant="value", self=lambda g: zeros(g))
op("zero", zeros.forward, self=lambda g: zeros(g))
DRAWN = {"uniform": "UniformBackward0", "normal": "NormalBackward0", "exponential": "ExponentialBackward0",
         "bernoulli": "BernoulliBackward2", "random_0": "RandomBackward2", "random_1": "RandomBackward1",
         "random_2": "RandomBackward0"}
DRAWN |= {f"new_{node}": node for node in ("BernoulliBackward0", "NormalBackward1", "NormalBackward2", "NormalBackward3")}
for name, node in DRAWN.items():
    op(name, lambda self, drawn: drawn, node=node, self=lambda g: zeros(g))


def _with_element(compare):
    """`compare`, where a number beside a whole dtype is one of its elements, as far as its bits go (see `errors.cut`)."""


    def forward(self, other):
        return compare(self, self.dtype.type(other) if other.__class__ is int and self.dtype.kind in "iu" else other)

    return forward


# no derivative
COMPARED = {name: _with_element(getattr(operator, name)) for name in ("eq", "ne", "lt", "le", "gt", "ge")}
BETWEEN = COMPARED | {"bitwise_and": operator.and_, "bitwise_or": operator.or_, "bitwise_xor": operator.xor}
for name in ("bitwise_left_shift", "bitwise_right_shift", "logical_and", "logical_or", "logical_xor", "gcd", "lcm"):
    BETWEEN[name] = getattr(np, name)
for name, function in BETWEEN.items():
    op(name, function, takes="self other", constant="other", cast="same")
for name in ("isnan", "isinf", "isfinite", "isposinf", "isneginf", "isreal", "signbit", "logical_not", "bitwise_not"):
    op(name, getattr(np, name), takes="self")
op("isclose", _isclose, constant="other")


def _as_number(compare):
    return lambda self, other: compare(self, other).astype(self.dtype)


# comparisons in place: the answer takes the place, and the dtype, of what was asked about
for name, compare in COMPARED.items():
    op(f"{name}_in_place", _as_number(compare), cast="same", constant="other", node=f"{name.title()}Backward0",
       self=lambda g: zeros(g))
    op(f"{name}_tensor_in_place", TABLE[f"{name}_in_place"].forward, cast="same", node=f"{name.title()}Backward1",
       self=lambda g: zeros(g), other=lambda g: zeros(g))
