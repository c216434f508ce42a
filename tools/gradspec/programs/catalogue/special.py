"""Special functions, most of them below `torch.special`."""

from __future__ import annotations

from typing import Any

from gradspec.programs.catalogue.arithmetic import ARITHMETIC, TENSORS, x_log_y
from gradspec.programs.catalogue.elementwise import (
    ALL_FORMS,
    ELEMENTWISE,
    FLOATS,
    INTEGERS_TOO,
    KINK_AT_0,
    PROBABILITY,
    alias,
    between,
    binary,
    domain,
    unary,
)
from gradspec.programs.catalogue.vocabulary import POSITIVE, Draw, Operand, Operator, Sample, wrong

FUNCTION: dict[str, Any] = {"forms": ("function",)}
UP_TO_4 = domain(-4, 4)
I0 = unary("i0", between(1, 11.4), UP_TO_4)

# -- the order first, then the tensor

ORDER = domain(0.5, 64)


def polygamma(d: Draw, x: Operand) -> Sample:
    return Sample((d.choices.pick((1, 0, 2, 3)), x), result=x.meta.within(-17, 98))


def polygamma_method(d: Draw, x: Operand) -> Sample:
    return Sample((x, d.choices.pick((1, 0, 2, 3))), result=x.meta.within(-17, 98))


NEGATIVE_ORDER = (
    wrong("a negative order", lambda d: (-1, d.tensor((2,), POSITIVE))),
    wrong("an order that is no integer", lambda d: (1.5, d.tensor((2,), POSITIVE))),
    wrong("no tensor", lambda d: (1, 2.0)),
)

NO_ORDER = (
    wrong("no order", lambda d: (d.tensor((2,), POSITIVE),)),
    wrong("a negative order", lambda d: (d.tensor((2,), POSITIVE), -1)),
)


def multigamma(d: Draw, x: Operand) -> Sample:
    p = d.choices.pick((1, 2, 3))
    given: dict[str, Any] = {"p": p} if d.choices.chance(30) else {}
    return Sample((x,) if given else (x, p), given, x.meta.within(-1, 700))


GAMMAS: dict[str, Any] = {
    "first": domain(1.5, 64),
    "errors": (
        wrong("no dimensions", lambda d: (d.tensor((2,), POSITIVE), 0)),
        wrong("nothing but a tensor", lambda d: (d.tensor((2,), POSITIVE),)),
    ),
}

SPECIALS = (
    I0,
    unary("special.i0e", between(0, 1), **KINK_AT_0, **FUNCTION),
    unary("special.i1", between(-9.8, 9.8), UP_TO_4, **FUNCTION),
    unary("special.i1e", between(-0.3, 0.3), **KINK_AT_0, **FUNCTION),
    unary("special.entr", between(-267, 0.37), domain(0.25, 64), **FUNCTION),
    unary("special.erfcx", between(0, 109.1), domain(-2), **FUNCTION),
    unary("special.ndtr", between(0, 1), **FUNCTION),
    unary("special.ndtri", between(-1.2, 1.2), PROBABILITY, dtypes=FLOATS, **FUNCTION),
    unary("special.log_ndtr", between(-10.5, 0), UP_TO_4, **FUNCTION),
    Operator("special.polygamma", polygamma, ORDER, errors=NEGATIVE_ORDER, **FUNCTION),
    Operator("polygamma", polygamma, ORDER, errors=NEGATIVE_ORDER, **FUNCTION),
    Operator("polygamma", polygamma_method, ORDER, forms=("method", "in_place"), overload="method", errors=NO_ORDER),
    Operator("mvlgamma", multigamma, forms=ALL_FORMS, **GAMMAS),
    Operator("special.multigammaln", multigamma, **(GAMMAS | FUNCTION)),
    binary("special.xlog1py", x_log_y, second=domain(-0.75), floats=True, mixed=False, dtypes=INTEGERS_TOO, **FUNCTION),
    binary("special.zeta", lambda a, b: (0, 600, None), first=domain(1.5, 8), second=domain(0.5, 64), mixed=False,
           differentiable=False, twice=False, **FUNCTION),
    binary("special.gammainc", lambda a, b: (0, 1, None), first=POSITIVE, second=POSITIVE, differentiable=False,
           twice=False, **(TENSORS | FUNCTION)),
    binary("special.gammaincc", lambda a, b: (0, 1, None), first=POSITIVE, second=POSITIVE, differentiable=False,
           twice=False, **(TENSORS | FUNCTION)),
)  # fmt: skip

# -- names of the same functions below torch.special

SAME = {each: each for each in "digamma erf erfc erfinv exp2 expm1 log1p logit sinc i0 xlogy".split()} | {
    "psi": "digamma",
    "gammaln": "lgamma",
    "expit": "sigmoid",
}
BY_KEY = {each.key: each for each in (*ELEMENTWISE, *ARITHMETIC, I0)}

SPECIAL = (
    *SPECIALS,
    *(alias(f"special.{name}", BY_KEY[of], **FUNCTION) for name, of in SAME.items()),
    alias("special.round", BY_KEY["round"], dtypes=FLOATS, **FUNCTION),
)
