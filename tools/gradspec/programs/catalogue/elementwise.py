"""Operators that work on each element of one tensor by itself, and the makers of entries with one or two operands."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from gradspec.programs.catalogue.vocabulary import (
    LARGEST,
    NONZERO,
    REAL,
    UNIT,
    Domain,
    Draw,
    ErrorInput,
    Meta,
    Operand,
    Operator,
    Sample,
    broadcast,
    broadcastable,
    wrong,
)

Range = Callable[[Meta], Meta]
Interval = tuple[float, float, int | None]  # from where to where a result lies, and its grain
Outcome = Callable[[Meta, Meta], Interval]
ALL_FORMS = ("function", "method", "in_place")
INTEGERS_TOO = ("float64", "float32", "int64")
RANK = {"bool": 0, "int64": 1, "float32": 2, "float64": 3}

# -- operators of one tensor


def between(low: float, high: float) -> Range:
    return lambda x: x.within(low, high)


def rising(function: Callable[[float], float]) -> Range:
    return lambda x: x.within(function(x.low), function(x.high))


def falling(function: Callable[[float], float]) -> Range:
    return lambda x: x.within(function(x.high), function(x.low))


def exactly(low: Callable[[Meta], float], high: Callable[[Meta], float]) -> Range:
    """A result without rounding: as many bits after the binary point as before."""
    return lambda x: x.within(low(x), high(x), x.grain)


def whole(low: Callable[[Meta], float], high: Callable[[Meta], float]) -> Range:
    """A result of whole numbers, of which every right implementation finds the same."""
    return lambda x: x.within(low(x), high(x), None if x.grain is None else 0)


def unary(
    name: str,
    result: Range,
    first: Domain = REAL,
    *,
    keeps: bool = False,
    options: Callable[[Draw, Operand], dict[str, Any]] | None = None,
    **more: Any,
) -> Operator:
    """An operator of one tensor. keeps: whether of integers it makes integers, and not float32. options: its keywords."""

    def call(d: Draw, x: Operand) -> Sample:
        kwargs = options(d, x) if options else {}
        meta = result(x.meta)
        return Sample((x,), kwargs, meta if keeps or x.meta.floating else replace(meta, dtype="float32", grain=None))

    return Operator(name, call, first, **({"forms": ALL_FORMS, "dtypes": INTEGERS_TOO, "errors": NO_TENSOR} | more))


def not_a_tensor(d: Draw) -> Sample:
    return Sample((("no", "tensor"),))


NO_TENSOR = (
    ErrorInput("a tuple of strings", not_a_tensor),
    wrong("a string", lambda d: ("no tensor",)),
    wrong("a number", lambda d: (1.0,)),
    wrong("a list", lambda d: ([1.0, 2.0],)),
    wrong("nothing", lambda d: ()),
)
FLOATS = ("float64", "float32")


def root(v: float) -> float:
    return math.sqrt(max(v, 0.0))


def rounds(d: Draw, x: Operand) -> dict[str, Any]:
    return {"decimals": d.choices.pick((0, 1, -1, 2))} if x.meta.floating and d.choices.chance(40) else {}


def rounded(x: Meta) -> Meta:
    return x.within(x.low - 5, x.high + 5, None)  # to tens at the most, and not without rounding errors


def clamped(d: Draw, x: Operand) -> dict[str, Any]:
    return {"eps": 0.0625} if d.choices.chance(30) else {}


def replacements(d: Draw, x: Operand) -> dict[str, Any]:
    values = {"nan": 0.5, "posinf": 4.0, "neginf": -4.0}
    return {name: value for name, value in values.items() if d.choices.chance(30)}


def domain(low: float = -LARGEST, high: float = LARGEST, *holes: float, grain: int = 2, away: float = 0.25) -> Domain:
    return Domain(low, high, grain, holes, away)


KINK_AT_0: dict[str, Any] = {"chooses": True, "smooth": NONZERO}
BETWEEN = Domain(offset=0.125)  # no element of it is one of SMALL
STEPS: dict[str, Any] = {
    "chooses": True,
    "smooth": Domain(-1.9, 1.9, grain=4, holes=(-2, -1.5, -1, -0.5, 0, 0.5, 1, 1.5, 2), away=0.1),
}
ABOVE_0 = domain(0.25)
NOT_0 = domain(-LARGEST, LARGEST, 0.0)
PROBABILITY = domain(0.125, 0.875, grain=3)
GAMMA = domain(-1.75, 64.0, 0.0, -1.0)  # away from the poles
OF_TENSORS: dict[str, Any] = {"needs": ("tensor",)}

UNARY = (
    unary("neg", exactly(lambda x: -x.high, lambda x: -x.low), forms=(*ALL_FORMS, "neg"), keeps=True, **OF_TENSORS),
    unary("abs", exactly(lambda x: 0, lambda x: x.bound), forms=(*ALL_FORMS, "abs"), keeps=True, **KINK_AT_0),
    unary("positive", exactly(lambda x: x.low, lambda x: x.high), forms=("function", "method"), keeps=True, view=True),
    unary("square", lambda x: x.within(0.0, x.bound**2, x.grain and 2 * x.grain), keeps=True),
    unary("sqrt", rising(root), ABOVE_0),
    unary("rsqrt", falling(lambda v: 1 / math.sqrt(v)), ABOVE_0),
    unary("reciprocal", between(-4, 4), NOT_0),
    unary("exp", rising(math.exp), domain(-4, 4)),
    unary("exp2", rising(math.exp2), domain(-4, 8)),
    unary("expm1", rising(math.expm1), domain(-4, 4)),
    unary("log", rising(math.log), ABOVE_0),
    unary("log2", rising(math.log2), ABOVE_0),
    unary("log10", rising(math.log10), ABOVE_0),
    unary("log1p", rising(math.log1p), domain(-0.75)),
    unary("sin", between(-1, 1)),
    unary("cos", between(-1, 1)),
    unary("tan", rising(math.tan), domain(-1.25, 1.25)),
    unary("asin", rising(math.asin), UNIT),
    unary("acos", falling(math.acos), UNIT),
    unary("atan", rising(math.atan)),
    unary("sinh", rising(math.sinh), domain(-4, 4)),
    unary("cosh", between(1, 27.4), domain(-4, 4)),
    unary("tanh", between(-1, 1)),
    unary("asinh", rising(math.asinh)),
    unary("acosh", rising(math.acosh), domain(1.25)),
    unary("atanh", rising(math.atanh), UNIT),
    unary("sigmoid", between(0, 1)),
    unary("logit", between(-2, 2), PROBABILITY, options=clamped, dtypes=FLOATS),
    unary("sinc", between(-0.22, 1), smooth=NONZERO),
    unary("erf", between(-1, 1)),
    unary("erfc", between(0, 2)),
    unary("erfinv", between(-1, 1), UNIT),
    unary("lgamma", between(-0.2, 201), GAMMA),
    unary("digamma", between(-7, 7), GAMMA),
    unary("rad2deg", rising(math.degrees)),
    unary("deg2rad", rising(math.radians)),
    unary("sign", whole(lambda x: -1, lambda x: 1), keeps=True, **KINK_AT_0),
    unary("sgn", whole(lambda x: -1, lambda x: 1), keeps=True, **KINK_AT_0),
    unary("floor", whole(lambda x: x.low - 1, lambda x: x.high), keeps=True, **STEPS),
    unary("ceil", whole(lambda x: x.low, lambda x: x.high + 1), keeps=True, **STEPS),
    unary("trunc", whole(lambda x: min(x.low, 0), lambda x: max(x.high, 0)), keeps=True, **STEPS),
    unary("round", rounded, options=rounds, keeps=True, chooses=True, smooth=Domain(-1.9, 1.9, offset=0.0321)),
    unary("frac", exactly(lambda x: -1, lambda x: 1), dtypes=FLOATS, **STEPS),
    unary("nan_to_num", exactly(lambda x: x.low, lambda x: x.high), options=replacements, keeps=True),
)

# -- operators of two tensors that broadcast, or of a tensor and a number


def promoted(a: Meta, b: Meta) -> str:
    """The dtype of what `a` and `b` make together: of two of a kind, one without dimensions does not count."""
    if min(RANK[a.dtype], 2) == min(RANK[b.dtype], 2) and bool(a.shape) != bool(b.shape):
        return a.dtype if a.shape else b.dtype
    return max(a.dtype, b.dtype, key=RANK.__getitem__)


def number(d: Draw, like: Meta, values: Domain) -> tuple[float, Meta]:
    """A Python number, of the kind that `like` has for elements, and what is known of it."""
    value = (values if like.floating else values.whole()).values(d.choices, 1)[0]
    if not like.floating:
        value = int(value) or 1
    elif value.is_integer() and d.choices.chance(50):
        value = int(value)
    return value, Meta((), like.dtype, value, value, max(0, float(value).as_integer_ratio()[1].bit_length() - 1))


def another(d: Draw, x: Meta, values: Domain = REAL, smooth: Domain | None = None, mixed: bool = False) -> Operand:
    """A tensor that broadcasts with `x`, now and then, if `mixed`, of another dtype."""
    dtype = x.dtype
    if mixed and dtype != "float64" and not d.smooth and d.choices.chance(15):
        dtype = d.choices.pick(("float64", "float32", "int64"))
    return d.tensor(broadcastable(d.choices, x.shape), values, smooth=smooth, dtype=dtype)


def binary(
    name: str,
    outcome: Outcome,
    *,
    second: Domain = REAL,
    second_smooth: Domain | None = None,
    numbers: bool = True,
    mixed: bool = True,
    floats: bool = False,
    dtype: str | None = None,
    options: Callable[[Draw, Meta], tuple[dict[str, Any], Outcome]] | None = None,
    **more: Any,
) -> Operator:
    """An operator of two tensors that broadcast or, if `numbers`, of one and a number.

    mixed: whether the two may differ in dtype. floats: whether of integers it makes float32. dtype: that of the result,
    whatever the operands are. options: keywords, and the outcome that they lead to.
    """

    def call(d: Draw, x: Operand) -> Sample:
        y: Any
        if numbers and d.choices.chance(25):
            y, meta = number(d, x.meta, second_smooth if d.smooth and second_smooth else second)
            found = x.meta.dtype
        else:
            y = another(d, x.meta, second, second_smooth, mixed)
            meta, found = y.meta, promoted(x.meta, y.meta)
        kwargs, leads_to = options(d, x.meta) if options else ({}, outcome)
        if floats and RANK[found] < RANK["float32"]:
            found = "float32"
        low, high, grain = leads_to(x.meta, meta)
        return Sample((x, y), kwargs, Meta(broadcast(x.meta.shape, meta.shape), dtype or found, low, high, grain))

    return Operator(name, call, **({"forms": ALL_FORMS, "errors": NO_PAIR} | more))


def shapes_clash(d: Draw) -> Sample:
    return Sample((d.tensor((2, 3)), d.tensor((2, 4))))


NO_PAIR = (
    ErrorInput("shapes that do not broadcast", shapes_clash),
    wrong("a string", lambda d: (d.tensor((2,)), "2")),
    wrong("only one", lambda d: (d.tensor((2,)),)),
)


def finer(a: Meta, b: Meta) -> int | None:
    return None if a.grain is None or b.grain is None else max(a.grain, b.grain)


def together(a: Meta, b: Meta) -> int | None:
    return None if a.grain is None or b.grain is None else a.grain + b.grain


def alias(name: str, entry: Operator, **more: Any) -> Operator:
    """The same under another name, which no symbol stands for."""
    forms = tuple(form for form in entry.forms if form in ALL_FORMS)
    return replace(entry, name=name, **({"forms": forms} | more))


ALIASES = {
    "absolute": "abs", "negative": "neg", "arccos": "acos", "arccosh": "acosh", "arcsin": "asin", "arcsinh": "asinh",
    "arctan": "atan", "arctanh": "atanh", "fix": "trunc",
}  # fmt: skip
BY_NAME = {each.name: each for each in UNARY}

ELEMENTWISE = (*UNARY, *(alias(name, BY_NAME[of]) for name, of in ALIASES.items()))
