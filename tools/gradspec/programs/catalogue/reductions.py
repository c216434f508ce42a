"""Operators that make one element out of many: of the whole tensor, or along dimensions."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from gradspec.programs.catalogue.arithmetic import KINKS_OF_TWO, larger, smaller
from gradspec.programs.catalogue.elementwise import binary, not_a_tensor
from gradspec.programs.catalogue.vocabulary import (
    COUNTS,
    DISTINCT,
    NONZERO,
    SMALL,
    Domain,
    Draw,
    ErrorInput,
    Meta,
    Operand,
    Operator,
    Sample,
    Shape,
    any_shape,
    called,
    wrong,
)
from gradspec.programs.choices import Choices
from gradspec.programs.program import Constant

SIGNLESS = Domain(-4.0, 4.0, holes=(0.0,), distinct=True, offset=2.0**-6)  # no two elements have the same magnitude

Values = Callable[[Meta, int, dict[str, Any]], Meta | tuple[Meta, ...]]
"""What is known of a result but its shape: from the operand, how many elements are made one, and the arguments."""


@dataclass(frozen=True)
class Over:
    """What a reduction is over: the arguments that say so, how many elements are made one, and the shape that is left."""

    given: dict[str, Any]
    n: int
    shape: Shape


def left(shape: Shape, dims: set[int], keepdim: bool) -> Shape:
    """What is left of `shape` after a reduction over `dims`."""
    return tuple(1 if i in dims else n for i, n in enumerate(shape) if keepdim or i not in dims)


def over(c: Choices, shape: Shape, dims: str, least: int = 0, keepdim: bool = True) -> Over:
    """Draws what to reduce: by the words in `dims` the whole, one dimension, several, or what stands for all: `()`, None.

    At least `least` elements are made one.
    """
    ndim, size, kinds = len(shape), math.prod(shape), dims.split()
    fine = [i for i, n in enumerate(shape) if n >= least]
    named: Any
    if "whole" in kinds and size >= least and ("one" not in kinds or c.chance(30)):
        return Over({}, size, ())
    if "()" in kinds and size >= least and c.chance(6):
        picked, named = list(range(ndim)), ()
    elif "None" in kinds and size >= least and c.chance(10):
        picked, named = list(range(ndim)), None
    elif "several" in kinds and c.chance(35):
        picked = c.shuffled(fine)[: c.between(min(1, len(fine)), len(fine))]
        named = tuple(i - ndim * c.chance(40) for i in picked)
        named = named if c.chance(80) else list(named)
    else:
        picked = [c.pick(fine)] if fine else []
        named = (picked or [0])[0] - max(ndim, 1) * c.chance(40)
    given: dict[str, Any] = {"dim": named}
    keep = False
    if keepdim and c.chance(60):
        keep = given["keepdim"] = c.chance(70)
    return Over(given, math.prod(shape[i] for i in picked), left(shape, set(picked), keep))


def at_least(least: int) -> dict[str, Any]:
    """Fields of an operator that reduces along dimensions of that size or larger."""

    def enough(shape: Shape) -> bool:
        return any(n >= least for n in shape) or (not shape and least < 2)

    def shapes(c: Choices) -> Shape:
        shape = any_shape(c)
        return shape if enough(shape) else (*shape[: len(shape) - 1], c.between(least, 4))

    return {"shapes": shapes, "fits": lambda x: enough(x.shape)}


def full_shape(c: Choices, least: int = 0) -> Shape:
    """A shape without sizes of 0."""
    return tuple(n or 2 for n in any_shape(c, least))


FULL: dict[str, Any] = {"shapes": full_shape, "fits": lambda x: x.size > 0}

NO_TENSOR = ErrorInput("no tensor", not_a_tensor)
DIM = wrong("a dimension out of range", lambda d: (d.tensor((2, 3)), d.choices.pick((2, -3))))
DIM_OF_TWO = wrong("a dimension out of range", lambda d: (d.tensor((2, 3)), 2, d.choices.pick((2, -3))))
TWICE = wrong("a dimension named twice", lambda d: (d.tensor((2, 3)), (0, -2)))
NO_DIM = wrong("a dimension that is no integer", lambda d: (d.tensor((2, 3)), 0.5))
EMPTY = wrong("nothing to reduce", lambda d: (d.tensor((0,)),))
EMPTY_DIM = wrong("nothing to reduce", lambda d: (d.tensor((2, 0)), 1))
INTEGERS = wrong("integers", lambda d: (d.tensor((3,), dtype="int64"),))
NO_DIM_TO_KEEP = wrong("keepdim without a dimension", lambda d: (d.tensor((2, 3)),), keepdim=True)
SHAPES = wrong("shapes that do not broadcast", lambda d: (d.tensor((2, 3)), d.tensor((2, 4))))
BAD_KEEPDIM = wrong("a keepdim that is no bool", lambda d: (d.tensor((2, 3)), 0, "yes"))


def no_more(d: Draw, x: Meta, n: int) -> dict[str, Any]:
    return {}


def reduction(
    name: str,
    values: Values,
    dims: str = "whole one several () None",
    *,
    least: int = 0,
    keepdim: bool = True,
    dtypes_asked: tuple[str, ...] = (),
    before: Callable[[Draw, Meta, int], dict[str, Any]] = no_more,
    after: Callable[[Draw, Meta, int], dict[str, Any]] = no_more,
    keywords: tuple[str, ...] = (),
    errors: tuple[ErrorInput, ...] = (DIM,),
    **more: Any,
) -> Operator:
    """A reduction of `least` elements or more to one.

    before, after: arguments before the dimensions, and options. keywords: what can only be given by keyword.
    dtypes_asked: what `dtype` may be. float32 only where the gradient is rounded in one way: it may be one of float64.
    """

    def call(d: Draw, x: Operand) -> Sample:
        c = d.choices
        found = over(c, x.meta.shape, dims, least, keepdim)
        given = before(d, x.meta, found.n) | found.given
        options = after(d, x.meta, found.n) | {key: given.pop(key) for key in keywords if key in given}
        known = values(x.meta, found.n, given | options)
        metas = tuple(replace(each, shape=found.shape) for each in (known if isinstance(known, tuple) else (known,)))
        if dtypes_asked and c.chance(20):
            other = "float64" if d.smooth else c.pick(dtypes_asked)
            metas = tuple(replace(each, dtype=other) for each in metas)
            options["dtype"] = Constant(other)
        sample = called(c, x, given, metas if isinstance(known, tuple) else metas[0])
        return replace(sample, kwargs=sample.kwargs | options)

    return Operator(name, call, errors=(NO_TENSOR, *errors), **(at_least(least) | more))


def total(x: Meta, n: int, given: dict[str, Any]) -> Meta:
    dtype = x.dtype if x.floating else "int64"
    return replace(x, dtype=dtype, low=min(x.low * n, 0), high=max(x.high * n, 0))


def product(x: Meta, n: int, given: dict[str, Any]) -> Meta:
    bound = max(x.bound, 1.0) ** n
    return Meta((), x.dtype if x.floating else "int64", -bound, bound, None if x.grain is None else n * x.grain)


def mean(x: Meta, n: int, given: dict[str, Any]) -> Meta:
    return x.within(x.low, x.high)


def one_of(x: Meta, n: int, given: dict[str, Any]) -> Meta:
    return x


def place(x: Meta, n: int, given: dict[str, Any]) -> Meta:
    return Meta((), "int64", 0, max(n - 1, 0), 0)


def with_place(x: Meta, n: int, given: dict[str, Any]) -> tuple[Meta, ...]:
    return x, place(x, n, given)


def truth(x: Meta, n: int, given: dict[str, Any]) -> Meta:
    return Meta((), "bool", 0, 1, 0)


def variance(x: Meta, n: int, given: dict[str, Any]) -> Meta:
    return x.within(0, ((x.high - x.low) / 2) ** 2 * n / (n - divisor(given)))


def deviation(x: Meta, n: int, given: dict[str, Any]) -> Meta:
    return x.within(0, math.sqrt(variance(x, n, given).high))


def divisor(given: dict[str, Any]) -> float:
    """What is taken off the number of elements before a sum of squares is divided by it."""
    correction: float = given.get("correction", given.get("unbiased", 1))
    return correction


def correction(d: Draw, x: Meta, n: int) -> dict[str, Any]:
    """How a variance is to be corrected."""
    how = d.choices.below(4)
    if how == 1:
        return {"unbiased": d.choices.chance(50)}
    return {"correction": d.choices.pick([k for k in (0, 1, 2, 0.5) if k < n])} if how > 1 else {}


def with_mean(values: Values) -> Values:
    def both(x: Meta, n: int, given: dict[str, Any]) -> tuple[Meta, ...]:
        known = values(x, n, given)
        assert isinstance(known, Meta)
        return known, mean(x, n, given)

    return both


def norm(*orders: Any, dims: str = "whole one several", **more: Any) -> Operator:
    """Of one of these orders. None is given now and then where that means the first of them."""

    def order(d: Draw, x: Meta, n: int) -> dict[str, Any]:
        return {} if orders[0] == "fro" and d.choices.chance(20) else {"p": d.choices.pick(orders)}

    def values(x: Meta, n: int, given: dict[str, Any]) -> Meta:
        return x.within(0, max(x.bound, 1) * n * n)

    fields: dict[str, Any] = {
        "least": 1,
        "before": order,
        "keywords": ("dim", "keepdim"),
        "first": NONZERO,
        "smooth": SIGNLESS,
    }
    return reduction("norm", values, dims, chooses=True, **fields | more)


def quantile(name: str) -> Operator:
    """At one or several fractions, which may be a tensor that gets a gradient."""

    def call(d: Draw, x: Operand) -> Sample:
        c = d.choices
        found = over(c, x.meta.shape, "whole one None", 1)
        q: Any
        shape: Shape = ()
        if c.chance(50):
            shape = c.pick(((2,), (1,), (3,), ()))
            q = d.tensor(shape, FRACTION, smooth=FRACTION_BETWEEN, dtype=x.meta.dtype)
        else:
            q = (FRACTION_BETWEEN if d.smooth else FRACTION).values(c, 1)[0]
        how = {"interpolation": c.pick(INTERPOLATION)} if c.chance(60) else {}
        result = x.meta.within(x.meta.low, x.meta.high).reshaped((*shape, *found.shape))
        sample = called(c, x, {"q": q} | found.given, result)
        return replace(sample, kwargs=sample.kwargs | how)

    errors = (
        NO_TENSOR,
        wrong("a fraction above 1", lambda d: (d.tensor((3,)), 1.5)),
        wrong("an interpolation that there is not", lambda d: (d.tensor((3,)), 0.5), interpolation="cubic"),
        wrong("fractions of another dtype", lambda d: (d.tensor((3,)), d.tensor((2,), FRACTION, dtype="float32"))),
        wrong("nothing to reduce", lambda d: (d.tensor((0,)), 0.5)),
        wrong("no fraction", lambda d: (d.tensor((3,)),)),
        wrong("a dimension out of range", lambda d: (d.tensor((3,)), 0.5, 1)),
    )
    return Operator(name, call, DISTINCT, chooses=True, errors=errors, **FULL)


FRACTION = Domain(0, 1)
FRACTION_BETWEEN = Domain(0, 1, grain=3, offset=1 / 16)  # the place it stands for is never that of an element
INTERPOLATION = ("linear", "lower", "higher", "midpoint", "nearest")

CHOICE: dict[str, Any] = {"chooses": True, "smooth": DISTINCT, "least": 1}
INTEGERS_TOO: dict[str, Any] = {"dtypes": ("float64", "float32", "int64")}
ALL_DTYPES: dict[str, Any] = {"dtypes": ("float64", "float32", "int64", "bool")}
NO_GRADIENT: dict[str, Any] = {"differentiable": False, "twice": False}
ONE: dict[str, Any] = CHOICE | {"dims": "one", "errors": (DIM, NO_DIM, EMPTY_DIM, BAD_KEEPDIM)}
WHOLE: dict[str, Any] = CHOICE | FULL | {"dims": "whole", "errors": (EMPTY,)}
NO_CORRECTION = wrong("a correction that is no number", lambda d: (d.tensor((3,)),), correction="1")
SPREAD: dict[str, Any] = {
    "least": 2, "after": correction, "keywords": ("keepdim",), "dims": "whole one several None",
    "errors": (DIM, TWICE, INTEGERS, NO_CORRECTION),
}  # fmt: skip
DISTINCT_OF_ONE: dict[str, Any] = ONE | {"first": DISTINCT}  # which of equal elements is found is left open
DISTINCT_SPREAD: dict[str, Any] = SPREAD | {"first": DISTINCT}  # of equal elements the root has no derivative
SUMMED: dict[str, Any] = {"dtypes_asked": ("float64", "float32"), "errors": (DIM, TWICE, NO_DIM, BAD_KEEPDIM)}
AVERAGED: dict[str, Any] = SUMMED | {"dtypes_asked": ("float64",)}
EXTREME: dict[str, Any] = CHOICE | INTEGERS_TOO | {"errors": (DIM, TWICE, EMPTY)}
FEW: dict[str, Any] = {"first": SMALL, "shapes": lambda c: any_shape(c, most=2), "fits": lambda x: x.size <= 16}
TESTED: dict[str, Any] = ALL_DTYPES | NO_GRADIENT | {"chooses": True, "errors": (DIM, TWICE)}
PLACED: dict[str, Any] = (
    CHOICE | INTEGERS_TOO | NO_GRADIENT | {"dims": "whole one None", "errors": (DIM, EMPTY, NO_DIM)}
)


REDUCTIONS = (
    reduction("sum", total, **SUMMED, **ALL_DTYPES, needs=("tensor",)),
    reduction("mean", mean, least=1, **AVERAGED | {"errors": (DIM, TWICE, INTEGERS)}, needs=("tensor",)),
    reduction("nansum", total, **SUMMED),
    reduction("nanmean", mean, least=1, **AVERAGED),
    reduction("prod", product, "whole one", **AVERAGED, **FEW, **INTEGERS_TOO),
    reduction("max", one_of, **WHOLE, **INTEGERS_TOO),
    reduction("min", one_of, **WHOLE, **INTEGERS_TOO),
    reduction("max", with_place, overload="dim", **ONE, **INTEGERS_TOO),
    reduction("min", with_place, overload="dim", **ONE, **INTEGERS_TOO),
    binary("max", larger, overload="other", errors=(SHAPES,), **KINKS_OF_TWO),
    binary("min", smaller, overload="other", errors=(SHAPES,), **KINKS_OF_TWO),
    reduction("amax", one_of, **EXTREME),
    reduction("amin", one_of, **EXTREME),
    reduction("aminmax", lambda x, n, given: (x, x), "whole one", keywords=("dim", "keepdim"), **CHOICE, **INTEGERS_TOO,
              errors=(EMPTY, DIM)),
    reduction("argmax", place, **PLACED),
    reduction("argmin", place, **PLACED),
    reduction("all", truth, "whole one several None", **TESTED),
    reduction("any", truth, "whole one several None", **TESTED),
    reduction("count_nonzero", lambda x, n, given: Meta((), "int64", 0, n, 0), keepdim=False, **TESTED),
    reduction("var", variance, **SPREAD),
    reduction("std", deviation, **DISTINCT_SPREAD),
    reduction("var_mean", with_mean(variance), **SPREAD, forms=("function",)),
    reduction("std_mean", with_mean(deviation), **DISTINCT_SPREAD, forms=("function",)),
    reduction("logsumexp", lambda x, n, given: x.within(x.low, x.high + math.log(n)), "one several", least=1,
              errors=(DIM, TWICE, wrong("no dimension", lambda d: (d.tensor((3,)),)))),
    norm("fro", dims="whole one", errors=(
        DIM_OF_TWO, INTEGERS, wrong("an order that there is not", lambda d: (d.tensor((3,)), "l2")))),
    norm(2, 3, 0.5, -1, overload="order", errors=(DIM_OF_TWO, INTEGERS)),
    # What PyTorch 2.13 leaves in `.grad` for the second derivative of these has no memory and cannot be read.
    norm(1, Constant("inf"), Constant("-inf"), 0, overload="piecewise", twice=False, errors=(DIM_OF_TWO,)),
    reduction("median", one_of, **WHOLE | {"errors": (NO_DIM_TO_KEEP,)}),
    reduction("nanmedian", one_of, **WHOLE | {"errors": (NO_DIM_TO_KEEP,)}),
    reduction("median", with_place, overload="dim", **DISTINCT_OF_ONE),
    reduction("nanmedian", with_place, overload="dim", **DISTINCT_OF_ONE),
    reduction("mode", with_place, first=COUNTS, **ONE),
    quantile("quantile"),
    quantile("nanquantile"),
)  # fmt: skip
