"""Operators that work element by element on two tensors or more: arithmetic, powers, extremes, interpolation."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from gradspec.programs.catalogue.elementwise import (
    ALL_FORMS,
    BETWEEN,
    FLOATS,
    INTEGERS_TOO,
    NO_PAIR,
    NOT_0,
    OF_TENSORS,
    Interval,
    Outcome,
    alias,
    another,
    binary,
    finer,
    number,
    together,
)
from gradspec.programs.catalogue.vocabulary import (
    NONZERO,
    POSITIVE,
    REAL,
    SMALL,
    Domain,
    Draw,
    Meta,
    Operand,
    Operator,
    Sample,
    broadcast,
    wrong,
)
from gradspec.programs.program import Constant

KINKS: dict[str, Any] = {"chooses": True, "smooth": BETWEEN}


def added(a: Meta, b: Meta) -> Interval:
    return a.low + b.low, a.high + b.high, finer(a, b)


def subtracted(a: Meta, b: Meta) -> Interval:
    return a.low - b.high, a.high - b.low, finer(a, b)


def multiplied(a: Meta, b: Meta) -> Interval:
    corners = [x * y for x in (a.low, a.high) for y in (b.low, b.high)]
    return min(corners), max(corners), together(a, b)


def divided(a: Meta, b: Meta) -> Interval:
    nearest = b.low if b.low > 0 else -b.high if b.high < 0 else 0.25  # to 0: no divisor is nearer than a quarter
    bound = a.bound / nearest
    return -bound, bound, None


def times(a: Meta, factor: float) -> Meta:
    low, high, grain = multiplied(a, Meta((), a.dtype, factor, factor, 1))
    return a.within(low, high, grain)


def with_alpha(outcome: Outcome, changed: Callable[[Meta, Meta, float], Interval]) -> dict[str, Any]:
    """An overload that has `alpha`, by keyword only."""

    def options(d: Draw, x: Meta) -> tuple[dict[str, Any], Outcome]:
        alpha = d.choices.pick((2, -1, 0, 0.5) if x.floating else (2, -1, 0))
        return {"alpha": alpha}, lambda a, b: changed(a, b, alpha)

    no_number = wrong("a string for alpha", lambda d: (d.tensor((2,)), 1), alpha="2")
    errors = (*NO_PAIR, no_number, wrong("a fraction of integers", lambda d: (d.integers((2,), [1, 2]), 1), alpha=0.5))
    return {"outcome": outcome, "options": options, "overload": "alpha", "errors": errors, "dtypes": INTEGERS_TOO}


def rounded_quotient(d: Draw, x: Meta) -> tuple[dict[str, Any], Outcome]:
    return {"rounding_mode": d.choices.pick(("floor", "trunc"))}, quotient


def quotient(a: Meta, b: Meta) -> Interval:
    low, high, _ = divided(a, b)
    return low - 1, high + 1, None if finer(a, b) is None else 0


def rest(a: Meta, b: Meta) -> Interval:
    return -b.bound, b.bound, finer(a, b)


PLAIN: dict[str, Any] = {"dtypes": INTEGERS_TOO, **OF_TENSORS}
ADD = binary("add", added, forms=(*ALL_FORMS, "+", "+="), **PLAIN)
SUB = binary("sub", subtracted, forms=(*ALL_FORMS, "-", "-="), **PLAIN)
MUL = binary("mul", multiplied, forms=(*ALL_FORMS, "*", "*="), **PLAIN)
DIV = binary("div", divided, second=NOT_0, floats=True, forms=(*ALL_FORMS, "/", "/="), **PLAIN)
QUOTIENT: dict[str, Any] = {"second": NONZERO, "second_smooth": NONZERO, "dtypes": INTEGERS_TOO, **KINKS}
MODE = wrong("no such mode", lambda d: (d.tensor((2,)), d.tensor((2,), NONZERO)), rounding_mode="up")

BASIC = (
    ADD,
    SUB,
    MUL,
    DIV,
    alias("subtract", SUB),
    alias("multiply", MUL),
    alias("true_divide", DIV),
    alias("divide", DIV),
    binary("add", **with_alpha(added, lambda a, b, alpha: added(a, times(b, alpha)))),
    binary("sub", **with_alpha(subtracted, lambda a, b, alpha: subtracted(a, times(b, alpha)))),
    binary("rsub", mixed=False, forms=("function",),
           **with_alpha(subtracted, lambda a, b, alpha: subtracted(b, times(a, alpha)))),
    binary("div", quotient, options=rounded_quotient, overload="mode", **(QUOTIENT | {"errors": (*NO_PAIR, MODE)})),
    binary("floor_divide", quotient, differentiable=False, twice=False, forms=(*ALL_FORMS, "//"), **QUOTIENT),
    binary("fmod", rest, **QUOTIENT),
    binary("remainder", rest, forms=(*ALL_FORMS, "%"), **QUOTIENT),
)  # fmt: skip

# -- a number before a tensor: only a symbol can have it there


def reflected(
    name: str, symbol: str, outcome: Outcome, first: Domain = REAL, left: Domain = SMALL, **more: Any
) -> Operator:
    def call(d: Draw, x: Operand) -> Sample:
        value, meta = number(d, x.meta, left)
        low, high, grain = outcome(meta, x.meta)
        return Sample((value, x), result=Meta(x.meta.shape, x.meta.dtype, low, high, grain))

    errors = (wrong("None", lambda d: (None, d.tensor((2,)))),)
    return Operator(f"Tensor.{name}", call, first, forms=(symbol,), errors=errors, **(OF_TENSORS | more))


REFLECTED = (
    reflected("__radd__", "+", added, dtypes=INTEGERS_TOO),
    reflected("__rsub__", "-", subtracted, dtypes=INTEGERS_TOO),
    reflected("__rmul__", "*", multiplied, dtypes=INTEGERS_TOO),
    reflected("__rtruediv__", "/", divided, NOT_0),
    reflected("__rpow__", "**", lambda a, b: (0, 256, None), Domain(-2, 4), POSITIVE),
    reflected("__rmod__", "%", rest, NONZERO, NONZERO, chooses=True, differentiable=False, twice=False),
)

# -- powers


def powers(d: Draw, x: Operand) -> Sample:
    """Of what may be negative or 0: only with whole exponents, most often a number."""
    how, meta = d.choices.below(8), x.meta
    if how < 5:
        exponent: Any = d.choices.pick((2, 3, 2.0, 0, 1) if meta.floating else (2, 3, 0, 1))
        grain = None if meta.grain is None or exponent > 2 else max(1, int(exponent)) * meta.grain
        bound = max(1, meta.bound**exponent)
        low = 0 if exponent % 2 == 0 else -bound
        return Sample((x, exponent), result=meta.within(low, bound, grain if meta.floating else 0))
    if how < 7 or not meta.floating:
        other = another(d, meta, Domain(0, 3, grain=0)) if not meta.floating else whole_exponents(d, meta)
        bound = max(1, meta.bound**3)
        result = meta.reshaped(broadcast(meta.shape, other.meta.shape)).within(-bound, bound)
        return Sample((x, other), result=result)
    bound = max(1, meta.bound**4)
    return Sample((x, 4), result=meta.within(0, bound))


def whole_exponents(d: Draw, x: Meta) -> Operand:
    """Of int64, so that nothing is differentiated with respect to them."""
    shape = another_shape(d, x)
    return d.integers(shape, [d.choices.below(4) for _ in range(math.prod(shape))])


def another_shape(d: Draw, x: Meta) -> tuple[int, ...]:
    return x.shape if d.choices.chance(60) else x.shape[1:]


def raised(a: Meta, b: Meta) -> Interval:
    logs = [y * math.log(x) for x in (max(a.low, 0.25), a.high) for y in (b.low, b.high)]
    return 0, math.exp(max(logs) + 0.01), None


EXPONENT = Domain(-2, 2)
EXPONENT_SMOOTH = Domain(-2, 2, holes=(0.0,))  # PyTorch has no second derivative at 0
BASE: dict[str, Any] = {"first": POSITIVE, "second": EXPONENT, "second_smooth": EXPONENT_SMOOTH, "mixed": False}

POWERS = (
    Operator("pow", powers, forms=(*ALL_FORMS, "**", "**="), dtypes=INTEGERS_TOO, errors=NO_PAIR, **OF_TENSORS),
    binary("pow", raised, overload="positive", forms=(*ALL_FORMS, "**", "**="), **OF_TENSORS, **BASE),
    binary("float_power", raised, dtype="float64", **BASE),
    binary("ldexp", lambda a, b: (-4 * a.bound, 4 * a.bound, None), second=EXPONENT, numbers=False, mixed=False),
)

# -- two arguments of one function

KINKS_OF_TWO: dict[str, Any] = {
    "numbers": False,
    "second": SMALL,
    "forms": ("function", "method"),
    "dtypes": INTEGERS_TOO,
    **KINKS,
}


def larger(a: Meta, b: Meta) -> Interval:
    return max(a.low, b.low), max(a.high, b.high), finer(a, b)


def smaller(a: Meta, b: Meta) -> Interval:
    return min(a.low, b.low), min(a.high, b.high), finer(a, b)


def log_sum(base: float) -> Outcome:
    return lambda a, b: (max(a.low, b.low), max(a.high, b.high) + math.log(2, base), None)


def x_log_y(a: Meta, b: Meta) -> Interval:
    bound = a.bound * 7  # ln 1024
    return -bound, bound, None


ANGLE: Outcome = lambda a, b: (-3.15, 3.15, None)  # noqa: E731
TENSORS: dict[str, Any] = {"numbers": False, "mixed": False}
ATAN2 = binary("atan2", ANGLE, second=POSITIVE, floats=True, dtypes=INTEGERS_TOO, **TENSORS)

OF_TWO = (
    binary("maximum", larger, **KINKS_OF_TWO),
    binary("minimum", smaller, **KINKS_OF_TWO),
    binary("fmax", larger, **KINKS_OF_TWO),
    binary("fmin", smaller, **KINKS_OF_TWO),
    ATAN2,
    alias("arctan2", ATAN2),
    binary("atan2", ANGLE, first=NOT_0, second=SMALL, overload="around", **TENSORS),
    binary("hypot", lambda a, b: (0, a.bound + b.bound, None), second=NONZERO, **TENSORS),
    binary("copysign", lambda a, b: (-a.bound, a.bound, a.grain), second=SMALL, second_smooth=NONZERO, mixed=False,
           smooth=NONZERO, chooses=True),
    binary("logaddexp", log_sum(math.e), forms=("function", "method"), **TENSORS),
    binary("logaddexp2", log_sum(2), forms=("function", "method"), **TENSORS),
    binary("xlogy", x_log_y, second=POSITIVE, floats=True, mixed=False, dtypes=INTEGERS_TOO),
)  # fmt: skip

# -- three tensors


def dist(d: Draw, x: Operand) -> Sample:
    """A norm of the difference; by differences not that of infinity, where two elements may come close."""
    other = another(d, x.meta, SMALL, SMALL)
    size = math.prod(broadcast(x.meta.shape, other.meta.shape))
    p = d.choices.pick((2, 1, 3, 2.0, 1.5) if d.smooth or not size else (2, 1, 3, math.inf, 2.0))
    result = replace(x.meta, shape=()).within(0, max(size, 1) * (x.meta.bound + other.meta.bound + 1))
    written: Any = Constant("inf") if p == math.inf else p
    return Sample((x, other) if p == 2 and d.choices.chance(50) else (x, other, written), result=result)


def lerp(d: Draw, x: Operand) -> Sample:
    end = another(d, x.meta, SMALL)
    both = replace(x.meta, shape=broadcast(x.meta.shape, end.meta.shape))
    result = both.within(-2 * x.meta.bound - end.meta.bound * 2, 2 * x.meta.bound + end.meta.bound * 2)
    if d.choices.chance(50):
        return Sample((x, end, d.choices.pick((0.5, 0.25, 0.75, 0.0, 1.0, -0.5))), result=result)
    weight = another(d, both, Domain(-0.75, 0.75))
    return Sample((x, end, weight), result=result.reshaped(broadcast(both.shape, weight.meta.shape)))


def fused(name: str, second: Domain, outcome: Outcome, **more: Any) -> Operator:
    """The first tensor plus what two others make, `value` times."""

    def call(d: Draw, x: Operand) -> Sample:
        a = another(d, x.meta, SMALL)
        b = another(d, a.meta, second)
        low, high, grain = outcome(a.meta, b.meta)
        value = d.choices.pick((2, -1, 0.5) if x.meta.floating else (2, -1)) if d.choices.chance(50) else 1
        shape = broadcast(a.meta.shape, b.meta.shape)
        if not fit(x.meta.shape, shape):
            a = b = d.tensor(x.meta.shape, second, dtype=x.meta.dtype)
            (low, high, grain), shape = outcome(a.meta, b.meta), x.meta.shape
        term = times(x.meta.within(low, high, grain), value)
        low, high, grain = added(x.meta, term)
        result = Meta(broadcast(x.meta.shape, shape), x.meta.dtype, low, high, grain)
        return Sample((x, a, b), {} if value == 1 else {"value": value}, result)

    errors = (
        wrong("shapes that do not broadcast", lambda d: (d.tensor((2,)), d.tensor((3,)), d.tensor((2,), NONZERO))),
        wrong("only two", lambda d: (d.tensor((2,)), d.tensor((2,)))),
    )
    return Operator(name, call, forms=ALL_FORMS, errors=errors, **more)


def fit(a: tuple[int, ...], b: tuple[int, ...]) -> bool:
    """Whether they broadcast."""
    return all(m == n or 1 in (m, n) for m, n in zip(reversed(a), reversed(b), strict=False))


OF_THREE = (
    Operator("dist", dist, smooth=BETWEEN, chooses=True, errors=NO_PAIR),
    Operator(
        "lerp", lerp, forms=ALL_FORMS,
        errors=(
            wrong("shapes that do not broadcast", lambda d: (d.tensor((2,)), d.tensor((3,)), 0.5)),
            wrong("no weight", lambda d: (d.tensor((2,)), d.tensor((2,)))),
            wrong("a number for a tensor", lambda d: (d.tensor((2,)), 1.0, 0.5)),
            wrong("dtypes that differ", lambda d: (d.tensor((2,)), d.tensor((2,), dtype="float32"), 0.5)),
        ),
    ),
    fused("addcmul", SMALL, multiplied, dtypes=INTEGERS_TOO),
    fused("addcdiv", NONZERO, divided, dtypes=FLOATS),
)  # fmt: skip

ARITHMETIC = (*BASIC, *REFLECTED, *POWERS, *OF_TWO, *OF_THREE)
