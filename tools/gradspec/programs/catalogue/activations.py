"""Activations of `nn.functional`: those of each element by itself, those along a dimension, and dropout that drops nothing."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from gradspec.programs.catalogue.elementwise import FLOATS, KINK_AT_0, NO_TENSOR, between, exactly, unary
from gradspec.programs.catalogue.vocabulary import (
    NONZERO,
    REAL,
    SMALL,
    Domain,
    Draw,
    Meta,
    Operand,
    Operator,
    Sample,
    any_dim,
    any_shape,
    called,
    wrong,
)
from gradspec.programs.program import Constant

FUNCTION = ("function",)
WIDE = Domain(-4, 4, offset=0.125)  # past every kink, and on none
NO_KINK: dict[str, Any] = {"chooses": True, "smooth": WIDE}


def activation(
    name: str, result: Callable[[Meta], Meta], first: Domain = REAL, *, given: dict[str, tuple[Any, ...]] | None = None,
    **more: Any,
) -> Operator:  # fmt: skip
    """One below `nn.functional`. given: its options in the order of the signature, with the values that they may have."""

    def call(d: Draw, x: Operand) -> Sample:
        options: dict[str, Any] = {}
        for key, values in (given or {}).items():
            if d.choices.chance(50):
                options[key] = d.choices.pick(values)
        return Sample((x,), options, result(x.meta))

    defaults = {"forms": FUNCTION, "dtypes": FLOATS, "errors": NO_TENSOR}
    return Operator(name if "." in name or name in SHORT else f"nn.functional.{name}", call, first, **(defaults | more))


SHORT = ("relu", "selu", "celu", "hardshrink")


def up_to_itself(low: float) -> Callable[[Meta], Meta]:
    """A result that grows as `x` does and is never below `low`."""
    return lambda x: x.within(low, max(x.high, 0) * 1.06 + 0.01)


def spread(x: Meta) -> Meta:
    return x.within(-x.bound, x.bound)


def shrunk(x: Meta) -> Meta:
    return x.within(min(x.low, 0), max(x.high, 0))


SLOPES = (0.25, 0.1, 0.0, 2.0)
NO_SUCH = (*NO_TENSOR, wrong("no such approximation", lambda d: (d.tensor((2,)),), approximate="exact"))
WRONG_ORDER = (*NO_TENSOR, wrong("bounds that are not in order", lambda d: (d.tensor((2,)), 1.0, -1.0)))
BELOW_0 = (*NO_TENSOR, wrong("a negative lambda", lambda d: (d.tensor((2,)), -0.5)))

OF_ELEMENTS = (
    unary("relu", exactly(lambda x: max(x.low, 0), lambda x: max(x.high, 0)), keeps=True, **KINK_AT_0),
    activation("nn.functional.relu", exactly(lambda x: max(x.low, 0), lambda x: max(x.high, 0)), **KINK_AT_0),
    activation("relu6", exactly(lambda x: 0, lambda x: 6), **NO_KINK),
    activation("leaky_relu", lambda x: x.within(-2 * x.bound, x.bound), given={"negative_slope": SLOPES}, **KINK_AT_0),
    activation("elu", up_to_itself(-2), given={"alpha": (0.5, 2.0)}, **KINK_AT_0),
    activation("selu", up_to_itself(-1.76), forms=FUNCTION, **KINK_AT_0),
    activation("celu", up_to_itself(-2), given={"alpha": (0.5, 2.0)}, forms=FUNCTION, **KINK_AT_0),
    activation("gelu", up_to_itself(-0.18), given={"approximate": ("tanh", "none")}, errors=NO_SUCH),
    activation("silu", up_to_itself(-0.28)),
    activation("mish", up_to_itself(-0.31)),
    activation("softplus", lambda x: x.within(0, max(x.high, 0) + 1.4),
               given={"beta": (2.0, 0.5), "threshold": (2.1, 20)}, **NO_KINK),
    activation("softshrink", shrunk, given={"lambd": (0.25, 1.0)}, errors=BELOW_0, **NO_KINK),
    activation("hardshrink", shrunk, given={"lambd": (0.25, 1.0)}, forms=("function", "method"), **NO_KINK),
    activation("hardtanh", between(-2, 2), given={"min_val": (-2.0, -0.5), "max_val": (0.5, 2.0)}, errors=WRONG_ORDER, **NO_KINK),
    activation("hardsigmoid", between(0, 1), twice=False, **NO_KINK),
    activation("hardswish", up_to_itself(-0.38), **NO_KINK),
    activation("logsigmoid", lambda x: x.within(min(x.low, 0) - 0.7, 0)),
    activation("softsign", between(-1, 1), smooth=NONZERO, errors=NO_TENSOR[-1:]),
    activation("tanhshrink", lambda x: x.within(x.low - 1, x.high + 1), errors=NO_TENSOR[-1:]),
    activation("sigmoid", between(0, 1), errors=NO_TENSOR[-1:]),
    activation("tanh", between(-1, 1), errors=NO_TENSOR[-1:]),
    activation("rrelu", spread, given={"lower": (0.1, 0.25), "upper": (0.25, 0.5), "training": (False,)}, **KINK_AT_0),
)  # fmt: skip


def threshold(d: Draw, x: Operand) -> Sample:
    value = d.choices.pick((0.5, 0.0, -1.0))
    grain = None if x.meta.grain is None else max(x.meta.grain, 1)
    result = x.meta.within(min(x.meta.low, value), max(x.meta.high, value), grain)
    given = {"threshold": d.choices.pick((0.5, 0.0, -0.25)), "value": value}
    return called(d.choices, x, given, result)


def prelu(d: Draw, x: Operand) -> Sample:
    channels = x.meta.shape[1] if len(x.meta.shape) > 1 else 1
    shape = d.choices.pick(((channels,), (1,), ()) if len(x.meta.shape) > 1 else ((1,), ()))
    weight = d.tensor(shape, SMALL, dtype=x.meta.dtype)
    bound = x.meta.bound * max(1, weight.meta.bound)
    return Sample((x, weight), result=x.meta.within(-bound, bound))


def glu(d: Draw, x: Operand) -> Sample:
    """Half of a dimension times the sigmoid of the other half."""
    shape = x.meta.shape
    dim = d.choices.pick([n for n in reversed(range(len(shape))) if not shape[n] % 2])
    halved = tuple(n // 2 if each == dim else n for each, n in enumerate(shape))
    result = x.meta.within(-x.meta.bound, x.meta.bound).reshaped(halved)
    written = dim if d.choices.chance(50) else dim - len(shape)
    if written == -1 and d.choices.chance(50):
        return Sample((x,), result=result)
    return called(d.choices, x, {"dim": written}, result)


def even(choices: Any) -> tuple[int, ...]:
    shape = any_shape(choices, 1)
    return (*shape[:-1], choices.pick((4, 2)))


def softmax(low: Callable[[Meta], float], high: float) -> Callable[[Draw, Operand], Sample]:
    def call(d: Draw, x: Operand) -> Sample:
        result = x.meta.within(low(x.meta), high)
        dim = any_dim(d.choices, len(x.meta.shape))
        if x.meta.dtype == "float32" and d.choices.chance(20):
            return Sample((x,), {"dim": dim, "dtype": Constant("float64")}, replace(result, dtype="float64"))
        return called(d.choices, x, {"dim": dim}, result)

    return call


def log_low(x: Meta) -> float:
    return x.low - x.high - math.log(max(x.size, 1)) - 0.01


NO_DIM = (
    wrong("a dim out of range", lambda d: (d.tensor((2, 3)), 2)),
    wrong("a string for a dim", lambda d: (d.tensor((2, 3)), "0")),
)
DIM_AND_MORE = (*NO_DIM, wrong("no tensor", lambda d: ([1.0, 2.0], 0)))
ODD = (
    wrong("an odd size", lambda d: (d.tensor((2, 3)),)),
    wrong("a dim out of range", lambda d: (d.tensor((2, 2)), 2)),
    wrong("no dimension", lambda d: (d.tensor(()),)),
)
CLASH = (
    wrong("as many weights as there are no channels", lambda d: (d.tensor((2, 3)), d.tensor((2,)))),
    wrong("no weight", lambda d: (d.tensor((2, 3)),)),
    wrong("a number for the weight", lambda d: (d.tensor((2, 3)), 0.25)),
)
NO_VALUE = (wrong("no value", lambda d: (d.tensor((2,)), 0.5)), wrong("a string", lambda d: (d.tensor((2,)), "0", 0.0)))
EVEN: dict[str, Any] = {"shapes": even, "fits": lambda x: any(not n % 2 for n in x.shape), "forms": FUNCTION}

WITH_ARGUMENTS = (
    Operator("threshold", threshold, forms=FUNCTION, dtypes=FLOATS, errors=NO_VALUE, **NO_KINK),
    Operator("nn.functional.threshold", threshold, forms=FUNCTION, errors=NO_VALUE, **NO_KINK),
    Operator("prelu", prelu, errors=CLASH, **KINK_AT_0),
    Operator("nn.functional.prelu", prelu, errors=CLASH, forms=FUNCTION, **KINK_AT_0),
    Operator("nn.functional.glu", glu, errors=ODD, **EVEN),
    Operator("softmax", softmax(lambda x: 0, 1), errors=DIM_AND_MORE),
    Operator("log_softmax", softmax(log_low, 0), errors=DIM_AND_MORE),
    *(
        Operator(name, softmax(low, high), forms=FUNCTION, errors=NO_DIM)
        for name, low, high in (
            ("nn.functional.softmax", lambda x: 0, 1), ("nn.functional.log_softmax", log_low, 0),
            ("nn.functional.softmin", lambda x: 0, 1), ("special.softmax", lambda x: 0, 1),
            ("special.log_softmax", log_low, 0),
        )
    ),
)  # fmt: skip


DROPS_NOTHING = ({"p": 0.0}, {"p": 0.5, "training": False}, {"training": False}, {"p": 0.0, "training": True})


def dropout(d: Draw, x: Operand) -> Sample:
    return Sample((x,), d.choices.pick(DROPS_NOTHING), x.meta)


BAD_P = (
    wrong("a negative probability", lambda d: (d.tensor((2, 3)), -0.5)),
    wrong("a probability above 1", lambda d: (d.tensor((2, 3)), 1.5)),
)
DROPOUTS = (
    Operator("nn.functional.dropout", dropout, forms=FUNCTION, errors=BAD_P),
    Operator("nn.functional.alpha_dropout", dropout, forms=FUNCTION, errors=BAD_P),
)

ACTIVATIONS = (*OF_ELEMENTS, *WITH_ARGUMENTS, *DROPOUTS)
