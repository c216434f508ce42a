"""Comparisons, logic, bits, tests of elements, and the choice between elements."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

from gradspec.programs.catalogue.arithmetic import fit, larger, smaller
from gradspec.programs.catalogue.elementwise import (
    ALL_FORMS,
    INTEGERS_TOO,
    NO_PAIR,
    alias,
    another,
    binary,
    number,
    unary,
)
from gradspec.programs.catalogue.vocabulary import (
    COUNTS,
    SMALL,
    TRUTH,
    Domain,
    Draw,
    Meta,
    Operand,
    Operator,
    Sample,
    broadcast,
    broadcastable,
    wrong,
)

# -- true or false

TRUE_OR_FALSE: dict[str, Any] = {"differentiable": False, "twice": False, "chooses": True}
PLAIN = ("function", "method")
ANY_DTYPE = (*INTEGERS_TOO, "bool")


def compare(name: str, symbol: str) -> Operator:
    return binary(
        name, lambda a, b: (0, 1, 0), second=SMALL, dtype="bool", forms=(*PLAIN, symbol), dtypes=INTEGERS_TOO,
        **TRUE_OR_FALSE,
    )  # fmt: skip


def test(name: str, **more: Any) -> Operator:
    """Of one tensor: which elements are so."""
    defaults: dict[str, Any] = {"keeps": True, "forms": PLAIN, "dtypes": INTEGERS_TOO}
    return unary(name, lambda x: replace(x, dtype="bool", low=0, high=1, grain=0), **(defaults | TRUE_OR_FALSE | more))


def logical(name: str) -> Operator:
    return binary(
        name, lambda a, b: (0, 1, 0), second=SMALL, dtype="bool", numbers=False, mixed=False, forms=PLAIN,
        dtypes=ANY_DTYPE, **TRUE_OR_FALSE,
    )  # fmt: skip


def close(d: Draw, x: Operand) -> Sample:
    other = another(d, x.meta, SMALL)
    kwargs = {name: value for name, value in CLOSE.items() if d.choices.chance(30)}
    result = Meta(broadcast(x.meta.shape, other.meta.shape), "bool", 0, 1, 0)
    return Sample((x, other), kwargs, result)


CLOSE = {"rtol": 0.3, "atol": 0.3, "equal_nan": True}


def alike(d: Draw, x: Operand) -> Sample:
    """The answer is no tensor."""
    return Sample((x, x if d.choices.chance(40) else another(d, x.meta, SMALL)))


COMPARISONS = {"lt": "<", "le": "<=", "gt": ">", "ge": ">=", "eq": "==", "ne": "!="}
SPELLED = {"less": "lt", "less_equal": "le", "greater": "gt", "greater_equal": "ge", "not_equal": "ne"}
TRUTHS = (
    *(compare(name, symbol) for name, symbol in COMPARISONS.items()),
    *(alias(name, compare(of, COMPARISONS[of])) for name, of in SPELLED.items()),
    test("isnan"),
    test("isinf"),
    test("isfinite"),
    test("isposinf"),
    test("isneginf"),
    test("isreal"),
    test("signbit"),
    test("logical_not", dtypes=ANY_DTYPE),
    logical("logical_and"),
    logical("logical_or"),
    logical("logical_xor"),
    Operator("isclose", close, dtypes=INTEGERS_TOO, errors=NO_PAIR, **TRUE_OR_FALSE),
    Operator("allclose", alike, errors=NO_PAIR, fits=lambda x: True, **TRUE_OR_FALSE),
    Operator("equal", alike, dtypes=INTEGERS_TOO, errors=NO_PAIR[1:], **TRUE_OR_FALSE),
    binary("heaviside", lambda a, b: (min(0, b.low), max(1, b.high), b.grain), second=SMALL, numbers=False, mixed=False,
           dtypes=INTEGERS_TOO, **TRUE_OR_FALSE),
)  # fmt: skip

# -- bits


def bitwise(
    name: str,
    *symbols: str,
    dtypes: tuple[str, ...] = ("int64", "bool"),
    second: Domain = COUNTS,
    numbers: bool = False,
) -> Operator:
    errors = (*NO_PAIR, wrong("floating", lambda d: (d.tensor((2,)), d.tensor((2,)))))
    return binary(
        name, lambda a, b: (-(2**16), 2**16, 0), first=COUNTS, second=second, numbers=numbers, mixed=False,
        forms=(*ALL_FORMS, *symbols), dtypes=dtypes, errors=errors, differentiable=False, twice=False,
    )  # fmt: skip


def inverted(x: Meta) -> Meta:
    return replace(x, low=0, high=1) if x.dtype == "bool" else x.within(-1 - x.high, -1 - x.low, 0)


SHIFTS: dict[str, Any] = {"dtypes": ("int64",), "numbers": True, "second": Domain(0, 4, grain=0)}
BITS = (
    bitwise("bitwise_and", "&"),
    bitwise("bitwise_or", "|"),
    bitwise("bitwise_xor", "^"),
    bitwise("bitwise_left_shift", **SHIFTS),
    bitwise("bitwise_right_shift", **SHIFTS),
    bitwise("gcd", dtypes=("int64",), numbers=False),
    bitwise("lcm", dtypes=("int64",), numbers=False),
    unary("bitwise_not", inverted, COUNTS, keeps=True, forms=(*ALL_FORMS, "~"), dtypes=("int64", "bool"),
          differentiable=False, twice=False),
)  # fmt: skip

# -- choices


def mask(d: Draw, shape: tuple[int, ...]) -> Operand:
    return d.integers(shape, [d.choices.below(2) for _ in range(math.prod(shape))], "bool")


def either(a: Meta, b: Meta, shape: tuple[int, ...]) -> Meta:
    """What is one or the other."""
    grain = None if a.grain is None or b.grain is None else max(a.grain, b.grain)
    return Meta(shape, a.dtype, min(a.low, b.low), max(a.high, b.high), grain)


def where(d: Draw, condition: Operand) -> Sample:
    """Of the condition, and two tensors or numbers."""
    dtype = "float64" if d.smooth else d.choices.pick(("float64", "float32", "int64"))
    shape = broadcastable(d.choices, condition.meta.shape)
    a = d.tensor(shape, SMALL, dtype=dtype)
    b: Any
    if d.choices.chance(25):
        b, meta = number(d, a.meta, SMALL)
    else:
        b = d.tensor(shape if d.choices.chance(60) else (), SMALL, dtype=dtype)
        meta = b.meta
    shape = broadcast(condition.meta.shape, shape)
    if d.choices.chance(15) and isinstance(b, Operand) and b.meta.shape == a.meta.shape:
        value, meta = number(d, b.meta, SMALL)
        return Sample((condition, value, b), result=either(b.meta, meta, shape))
    return Sample((condition, a, b), result=either(a.meta, meta, shape))


def where_method(d: Draw, x: Operand) -> Sample:
    condition = mask(d, broadcastable(d.choices, x.meta.shape))
    shape = broadcast(x.meta.shape, condition.meta.shape)
    other: Any
    if d.choices.chance(30):
        other, meta = number(d, x.meta, SMALL)
    else:
        other = d.tensor(shape, SMALL, dtype=x.meta.dtype)
        meta = other.meta
    return Sample((x, condition, other), result=either(x.meta, meta, shape))


LOW, HIGH = Domain(-2, 0.5, offset=0.125), Domain(-0.5, 2, offset=0.0625)  # of SMALL no element, and of each other none


def clamp(d: Draw, x: Operand) -> Sample:
    """To one bound or two, which are numbers; the lower may be above the upper."""
    low = number(d, x.meta, LOW if d.smooth else SMALL)
    high = number(d, x.meta, HIGH if d.smooth else SMALL)
    result, how = x.meta, d.choices.below(4)
    if how != 1:
        result = bounded(result, low[1], True)
    if how != 2:
        result = bounded(result, high[1], False)
    if how == 3:
        return Sample((x,), {"min": low[0], "max": high[0]}, result)
    return Sample((x, None if how == 1 else low[0], None if how == 2 else high[0]), {}, result)


def clamp_tensors(d: Draw, x: Operand) -> Sample:
    result, how, given = x.meta, d.choices.below(3), {}
    for n, (name, values) in enumerate((("min", LOW), ("max", HIGH))):
        if how != 1 + n:
            shape = broadcastable(d.choices, x.meta.shape)
            if how == 0 and (len(shape) > len(x.meta.shape) or not fit(shape, result.shape)):
                shape = x.meta.shape  # with both, PyTorch has a gradient only where neither is larger than the tensor
            bound = d.tensor(shape, SMALL, smooth=values, dtype=x.meta.dtype)
            given[name] = bound
            result = bounded(result, bound.meta, name == "min")
    return Sample((x,), given, result)


def bounded(x: Meta, bound: Meta, below: bool) -> Meta:
    low, high, grain = (larger if below else smaller)(x, bound)
    return Meta(broadcast(x.shape, bound.shape), x.dtype, low, high, grain)


def one_bound(below: bool) -> Any:
    def call(d: Draw, x: Operand) -> Sample:
        if d.choices.chance(60):
            value, meta = number(d, x.meta, LOW if d.smooth else SMALL)
            return Sample((x, value), result=bounded(x.meta, meta, below))
        other = d.tensor(broadcastable(d.choices, x.meta.shape), SMALL, smooth=LOW, dtype=x.meta.dtype)
        return Sample((x, other), result=bounded(x.meta, other.meta, below))

    return call


NO_BOUND = wrong("no bound", lambda d: (d.tensor((2,)),))
STRING_BOUND = wrong("a string for a bound", lambda d: (d.tensor((2,)), "0"))
CLAMP: dict[str, Any] = {"forms": ALL_FORMS, "dtypes": INTEGERS_TOO, "chooses": True, "smooth": SMALL}

CHOICES = (
    Operator("where", where, TRUTH, forms=("function",), dtypes=("bool",), errors=(
        wrong("shapes that do not broadcast", lambda d: (mask(d, (2,)), d.tensor((3,)), d.tensor((2,)))),
        wrong("a condition of numbers", lambda d: (d.tensor((2,)), d.tensor((2,)), d.tensor((2,)))),
        wrong("no third", lambda d: (mask(d, (2,)), d.tensor((2,)))),
    )),
    Operator("where", where_method, forms=("method",), dtypes=INTEGERS_TOO, overload="self", errors=(
        wrong("no other", lambda d: (d.tensor((2,)), mask(d, (2,)))),
    )),
    Operator("clamp", clamp, errors=(NO_BOUND, STRING_BOUND), **CLAMP),
    Operator("clamp", clamp_tensors, overload="tensors", errors=(
        wrong("shapes that do not broadcast", lambda d: (d.tensor((2,)), d.tensor((3,)))),
        wrong("a number and a tensor", lambda d: (d.tensor((2,)), 0.0, d.tensor((2,)))),
    ), **CLAMP),
    Operator("clip", clamp, errors=(NO_BOUND, STRING_BOUND), **CLAMP),
    Operator("clamp_min", one_bound(True), errors=(NO_BOUND, STRING_BOUND), **CLAMP),
    Operator("clamp_max", one_bound(False), errors=(NO_BOUND, STRING_BOUND), **CLAMP),
)  # fmt: skip

LOGIC = (*TRUTHS, *BITS, *CHOICES)
