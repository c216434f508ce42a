"""Losses of `nn.functional`, with every reduction, weight and option.

`ctc_loss` is left out: its gradient in PyTorch holds for probabilities that add up to 1 only, and so cannot be checked
by differences.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from gradspec.programs.catalogue.elementwise import BETWEEN, PROBABILITY
from gradspec.programs.catalogue.norms import constant, filled
from gradspec.programs.catalogue.vocabulary import (
    NONZERO,
    POSITIVE,
    SMALL,
    Domain,
    Draw,
    ErrorInput,
    Meta,
    Operand,
    Operator,
    Sample,
    Shape,
    broadcastable,
    wrong,
)

MILD = Domain(-8, 8)
ZERO_TO_1 = Domain(0, 1)
SIGNS = Domain(-1, 1, grain=0, holes=(0.0,), away=1.0)
HEAVIEST = 4.0  # of any weight


@dataclass
class Loss:
    """A call while it is drawn: what comes after the input, the shape before the reduction, and from where to where
    an element of that lies."""

    args: tuple[Any, ...]
    shape: Shape
    low: float
    high: float
    kwargs: dict[str, Any] = field(default_factory=dict)
    heavy: float = 1.0  # how many times larger weights may make it


def loss(
    name: str,
    make: Callable[[Draw, Operand], Loss],
    first: Domain = MILD,
    smooth: Domain | None = None,
    *,
    reductions: tuple[str, ...] = (),
    errors: tuple[ErrorInput, ...] = (),
    **more: Any,
) -> Operator:
    def call(d: Draw, x: Operand) -> Sample:
        made = make(d, x)
        how = d.choices.pick(("", "mean", "sum", "none", "none", *reductions))
        n = math.prod(made.shape)
        if not n and how != "none":
            how = "sum"  # the mean of nothing is not a number
        kwargs = made.kwargs | ({"reduction": how} if how else {})
        times = made.heavy * (n if how in ("sum", "batchmean") else 1)
        low, high = (bound * times for bound in (min(made.low, 0), max(made.high, 0)))
        result = Meta(made.shape if how == "none" else (), x.meta.dtype, low, high, None)
        return Sample((x, *made.args), kwargs, result)

    def no_such_reduction(d: Draw) -> Sample:
        x = d.tensor(more.get("shapes", lambda choices: (2, 3))(d.choices), first)
        return Sample((x, *make(d, x).args), {"reduction": "average"})

    common = (
        wrong("no target", lambda d: (d.tensor((2, 3), first),)),
        wrong("a string", lambda d: ("input", "target")),
    )
    bad = ErrorInput("no such reduction", no_such_reduction)
    defaults: dict[str, Any] = {"forms": ("function",)}
    return Operator(f"nn.functional.{name}", call, first, smooth, errors=(bad, *common, *errors), **(defaults | more))


# -- of an input and a target of its shape


def weight(d: Draw, x: Meta, percent: int = 30) -> dict[str, Operand]:
    return {"weight": d.tensor(x.shape, POSITIVE, dtype=x.dtype)} if d.choices.chance(percent) else {}


def difference(power: int, *, weighted: bool = True, **options: tuple[float, ...]) -> Callable[[Draw, Operand], Loss]:
    """A loss of what lies between input and target."""

    def make(d: Draw, x: Operand) -> Loss:
        target = d.tensor(x.meta.shape, SMALL, dtype=x.meta.dtype)
        given = {key: values for key, values in options.items() if d.choices.chance(50)}
        kwargs: dict[str, Any] = {key: d.choices.pick(values) for key, values in given.items()}
        high = (x.meta.bound + target.meta.bound) ** power * 2
        if weighted:
            kwargs |= weight(d, x.meta)
        return Loss((target,), x.meta.shape, 0, high, kwargs, HEAVIEST if "weight" in kwargs else 1)

    return make


def binary_cross_entropy(d: Draw, x: Operand) -> Loss:
    target, kwargs = d.tensor(x.meta.shape, ZERO_TO_1, smooth=PROBABILITY, dtype=x.meta.dtype), {}
    if d.choices.chance(40):
        kwargs["weight"] = constant(d, smaller(d, x.meta.shape), POSITIVE, x.meta.dtype)
    return Loss((target,), x.meta.shape, 0, 2.1, kwargs, HEAVIEST if kwargs else 1)


def smaller(d: Draw, shape: Shape) -> Shape:
    """A shape that broadcasts to `shape`."""
    found = broadcastable(d.choices, shape)
    return found if len(found) <= len(shape) else shape


def with_logits(d: Draw, x: Operand) -> Loss:
    target, kwargs = d.tensor(x.meta.shape, ZERO_TO_1, dtype=x.meta.dtype), {}
    for name in ("weight", "pos_weight"):
        if d.choices.chance(35):
            kwargs[name] = constant(d, smaller(d, x.meta.shape), POSITIVE, x.meta.dtype)
    return Loss((target,), x.meta.shape, 0, x.meta.bound + 0.7, kwargs, HEAVIEST ** len(kwargs))


def kl_div(d: Draw, x: Operand) -> Loss:
    logs = d.choices.chance(40)
    target = d.tensor(x.meta.shape, SMALL if logs else POSITIVE, dtype=x.meta.dtype)
    high = math.exp(min(target.meta.high, 4)) * (x.meta.bound + target.meta.bound + 1.4)
    return Loss((target,), x.meta.shape, -high, high, {"log_target": True} if logs else {})


def poisson(log_input: bool) -> Callable[[Draw, Operand], Loss]:
    def make(d: Draw, x: Operand) -> Loss:
        target = d.tensor(x.meta.shape, POSITIVE, smooth=Domain(0.25, 4, holes=(1.0,)), dtype=x.meta.dtype)
        kwargs: dict[str, Any] = {} if log_input else {"log_input": False}
        if d.choices.chance(40):
            kwargs["full"] = True
        if not log_input and d.choices.chance(30):
            kwargs["eps"] = 0.25
        return Loss((target,), x.meta.shape, -35, 40 if log_input else 20, kwargs)

    return make


def gaussian(d: Draw, x: Operand) -> Loss:
    """The variance is given for each element, or is the same along the last dimension."""
    shape = x.meta.shape
    target = d.tensor(shape, SMALL, dtype=x.meta.dtype)
    shapes = (shape, (*shape[:-1], 1), shape[:-1]) if shape else ((),)
    variance = d.tensor(d.choices.pick(shapes), POSITIVE, dtype=x.meta.dtype)
    kwargs: dict[str, Any] = {"full": True} if d.choices.chance(40) else {}
    return Loss((target, variance), shape, -1, 2 + 2 * (x.meta.bound + target.meta.bound) ** 2, kwargs)


def signed(margins: tuple[float, ...], of: Callable[[Meta], float]) -> Callable[[Draw, Operand], Loss]:
    """A loss of an input and a target of 1 or -1."""

    def make(d: Draw, x: Operand) -> Loss:
        target = constant(d, x.meta.shape, SIGNS, x.meta.dtype)
        kwargs = {"margin": d.choices.pick(margins)} if margins and d.choices.chance(50) else {}
        return Loss((target,), x.meta.shape, -x.meta.bound, of(x.meta) + 2, kwargs)

    return make


def margin_ranking(d: Draw, x: Operand) -> Loss:
    other = d.tensor(x.meta.shape, SMALL, dtype=x.meta.dtype)
    target = constant(d, x.meta.shape, SIGNS, x.meta.dtype)
    kwargs = {"margin": d.choices.pick((0.5, 1.0, 0.0))} if d.choices.chance(50) else {}
    return Loss((other, target), x.meta.shape, 0, x.meta.bound + other.meta.bound + 1, kwargs)


KINKS: dict[str, Any] = {"smooth": BETWEEN, "chooses": True}
LONG_TARGET = wrong("a target of another shape", lambda d: (d.tensor((2, 3), PROBABILITY), d.tensor((2, 2), ZERO_TO_1)))
NEGATIVE_BETA = wrong("a negative beta", lambda d: (d.tensor((2,)), d.tensor((2,))), beta=-1.0)
NEGATIVE_DELTA = wrong("a negative delta", lambda d: (d.tensor((2,)), d.tensor((2,))), delta=-1.0)

PAIRED = (
    loss("mse_loss", difference(2), errors=(LONG_TARGET,)),
    loss("l1_loss", difference(1), errors=(LONG_TARGET,), **KINKS),
    loss("smooth_l1_loss", difference(2, weighted=False, beta=(0.5, 2.0, 0.0)), errors=(LONG_TARGET, NEGATIVE_BETA), **KINKS),
    loss("huber_loss", difference(2, delta=(0.5, 2.0)), errors=(LONG_TARGET, NEGATIVE_DELTA), **KINKS),
    loss("binary_cross_entropy", binary_cross_entropy, PROBABILITY, errors=(
        LONG_TARGET, wrong("no probabilities", lambda d: (d.tensor((2,), Domain(1.5, 2)), d.tensor((2,), ZERO_TO_1))),
    )),
    loss("binary_cross_entropy_with_logits", with_logits, errors=(LONG_TARGET,)),
    loss("kl_div", kl_div, reductions=("batchmean",), errors=(LONG_TARGET,), shapes=filled(1),
         fits=lambda x: bool(x.shape) and x.size > 0),
    loss("poisson_nll_loss", poisson(True), SMALL, errors=(LONG_TARGET,)),
    loss("poisson_nll_loss", poisson(False), POSITIVE, overload="rates"),
    loss("gaussian_nll_loss", gaussian, errors=(
        wrong("negative variances", lambda d: (d.tensor((2,)), d.tensor((2,)), d.tensor((2,), Domain(-2, -1)))),
        wrong("no variance", lambda d: (d.tensor((2,)), d.tensor((2,)))),
    )),
    loss("hinge_embedding_loss", signed((0.5, 2.0), lambda x: x.bound), errors=(LONG_TARGET,), **KINKS),
    loss("soft_margin_loss", signed((), lambda x: x.bound), errors=(LONG_TARGET,)),
    loss("margin_ranking_loss", margin_ranking, errors=(
        wrong("inputs of other dimensions", lambda d: (d.tensor((2, 3)), d.tensor((3,)), d.tensor((2, 3)))),
        wrong("no third", lambda d: (d.tensor((2, 3)), d.tensor((2, 3)))),
    ), **KINKS),
)  # fmt: skip

# -- of an input with a dimension of classes, and of which class it is

IGNORED = -100


def classes(d: Draw, x: Meta, percent: int = 0) -> Operand:
    """Which class each is: now and then, though not the first, none that counts."""
    shape, n = x.shape[:1] + x.shape[2:] if len(x.shape) > 1 else (), x.shape[min(1, len(x.shape) - 1)]
    found = [d.choices.below(n) for _ in range(math.prod(shape))]
    return d.integers(shape, [IGNORED if k and d.choices.chance(percent) else each for k, each in enumerate(found)])


def number_of_classes(x: Meta) -> int:
    return x.shape[min(1, len(x.shape) - 1)]


def nll(logarithms: bool) -> Callable[[Draw, Operand], Loss]:
    """The negative log likelihood, of logarithms or, with `label_smoothing`, of what softmax makes of the input."""

    def make(d: Draw, x: Operand) -> Loss:
        target, n = classes(d, x.meta, 15), number_of_classes(x.meta)
        kwargs: dict[str, Any] = {}
        if d.choices.chance(40):
            kwargs["weight"] = constant(d, (n,), POSITIVE, x.meta.dtype)
        if logarithms:
            bound = x.meta.bound
        else:
            bound = x.meta.high - x.meta.low + math.log(n) + 0.01
            if d.choices.chance(40):
                kwargs["label_smoothing"] = d.choices.pick((0.1, 0.5, 1.0))
        heavy = HEAVIEST**2 if kwargs else 1
        return Loss((target,), target.meta.shape, -bound if logarithms else 0, bound, kwargs, heavy)

    return make


def one_ignored(make: Callable[[Draw, Operand], Loss]) -> Callable[[Draw, Operand], Loss]:
    """With `ignore_index`: a class of the batch whose first element is not of it."""

    def ignoring(d: Draw, x: Operand) -> Loss:
        n = number_of_classes(x.meta)
        shape = x.meta.shape[:1] + x.meta.shape[2:] if len(x.meta.shape) > 1 else ()
        found = [d.choices.below(n) for _ in range(math.prod(shape))]
        made = make(d, x)
        ignored = (found[0] + 1) % n if n > 1 else -1
        made.args = (d.integers(shape, found),)
        made.kwargs["ignore_index"] = ignored
        return made

    return ignoring


def probabilities(d: Draw, x: Operand) -> Loss:
    """The target has a probability for each class."""
    target, n = d.tensor(x.meta.shape, ZERO_TO_1, dtype=x.meta.dtype), number_of_classes(x.meta)
    bound = (x.meta.high - x.meta.low + math.log(n) + 0.01) * n
    kwargs: dict[str, Any] = {}
    if d.choices.chance(40):
        kwargs["weight"] = constant(d, (n,), POSITIVE, x.meta.dtype)
    heavy = HEAVIEST if kwargs else 1
    if d.choices.chance(40):
        kwargs["label_smoothing"] = d.choices.pick((0.1, 0.5))
    shape = x.meta.shape[:1] + x.meta.shape[2:] if len(x.meta.shape) > 1 else ()
    if shape and x.meta.shape[2:]:
        heavy *= math.prod(x.meta.shape[2:])  # the mean is over the batch alone
    return Loss((target,), shape, 0, bound, kwargs, heavy)


def multi_margin(d: Draw, x: Operand) -> Loss:
    """By differences with a margin that no two elements are apart."""
    target = classes(d, x.meta)
    kwargs: dict[str, Any] = {}
    if d.choices.chance(40):
        kwargs["p"] = d.choices.pick((2, 1))
    if d.smooth or d.choices.chance(40):
        kwargs["margin"] = 0.55
    if d.choices.chance(40):
        kwargs["weight"] = constant(d, (number_of_classes(x.meta),), POSITIVE, x.meta.dtype)
    high = (1 + x.meta.high - x.meta.low) ** 2
    return Loss((target,), target.meta.shape, 0, high + 1, kwargs, HEAVIEST if "weight" in kwargs else 1)


def multilabel_margin(d: Draw, x: Operand) -> Loss:
    """The classes that it is of, up to the first -1."""
    n = x.meta.shape[-1]
    rows = []
    for _ in range(x.meta.size // n):
        row = d.choices.shuffled(range(n))[: d.choices.between(0, n)]
        rows += [*row, *[-1] * (n - len(row))]
    target = d.integers(x.meta.shape, rows)
    high = (1 + x.meta.high - x.meta.low) * n
    return Loss((target,), x.meta.shape[:-1], 0, high)


def multilabel_soft_margin(d: Draw, x: Operand) -> Loss:
    target = d.tensor(x.meta.shape, ZERO_TO_1, dtype=x.meta.dtype)
    kwargs = {"weight": d.tensor(x.meta.shape[-1:], POSITIVE, dtype=x.meta.dtype)} if d.choices.chance(40) else {}
    return Loss((target,), x.meta.shape[:-1], 0, x.meta.bound + 0.7, kwargs, HEAVIEST if kwargs else 1)


OF_CLASSES: dict[str, Any] = {"shapes": filled(1), "fits": lambda x: bool(x.shape) and x.size > 0}
ROWS: dict[str, Any] = {"shapes": filled(1, 2), "fits": lambda x: len(x.shape) in (1, 2) and x.size > 0}
OUT_OF_RANGE = wrong("a class that there is not", lambda d: (d.tensor((2, 3)), d.integers((2,), [0, 3])))
FLOATS = wrong("classes that are no integers", lambda d: (d.tensor((2, 3)), d.tensor((2,))))
OTHER_BATCH = wrong("another batch", lambda d: (d.tensor((2, 3)), d.integers((3,), [0, 1, 2])))
FEW_WEIGHTS = wrong(
    "too few weights", lambda d: (d.tensor((2, 3)), d.integers((2,), [0, 1]), constant(d, (2,), POSITIVE, "float64"))
)
CLASS_ERRORS = (OUT_OF_RANGE, OTHER_BATCH)
SMOOTHING = wrong("too much smoothing", lambda d: (d.tensor((2, 3)), d.integers((2,), [0, 1])), label_smoothing=1.5)

CLASSIFIED = (
    loss("nll_loss", nll(True), errors=(*CLASS_ERRORS, FLOATS, FEW_WEIGHTS), **OF_CLASSES),
    loss("nll_loss", one_ignored(nll(True)), overload="ignore", **OF_CLASSES),
    loss("cross_entropy", nll(False), errors=(*CLASS_ERRORS, FLOATS, FEW_WEIGHTS, SMOOTHING), **OF_CLASSES),
    loss("cross_entropy", one_ignored(nll(False)), overload="ignore", **OF_CLASSES),
    loss("cross_entropy", probabilities, overload="probabilities", errors=(LONG_TARGET,), **OF_CLASSES),
    loss("multi_margin_loss", multi_margin, chooses=True, smooth=SMALL, twice=False, errors=(
        *CLASS_ERRORS, wrong("no such power", lambda d: (d.tensor((2, 3)), d.integers((2,), [0, 1])), p=3),
    ), **ROWS),
    loss("multilabel_margin_loss", multilabel_margin, chooses=True, smooth=Domain(-0.25, 0.25, grain=4), twice=False,
         errors=(wrong("a target of another shape", lambda d: (d.tensor((2, 3)), d.integers((2,), [0, 1]))),), **ROWS),
    loss("multilabel_soft_margin_loss", multilabel_soft_margin, errors=(LONG_TARGET,), **OF_CLASSES),
)  # fmt: skip

# -- of vectors


def triplet(d: Draw, x: Operand) -> Loss:
    """By differences with a margin that is never reached; swapped only where no rounding can decide which is nearer."""
    positive, negative = (d.tensor(x.meta.shape, SMALL, dtype=x.meta.dtype) for _ in range(2))
    kwargs: dict[str, Any] = {"margin": 64.0} if d.smooth else {"margin": 0.5} if d.choices.chance(40) else {}
    if d.choices.chance(40):
        kwargs["p"] = d.choices.pick((1.0, 2.0, 3.0))
    if x.meta.shape[-1] <= 2 and not d.smooth and d.choices.chance(30):
        kwargs["swap"] = True
    furthest = x.meta.shape[-1] * (x.meta.bound + positive.meta.bound + 0.1)
    return Loss((positive, negative), x.meta.shape[:-1], 0, furthest + 64.0, kwargs)


def cosine_embedding(d: Draw, x: Operand) -> Loss:
    """By differences only of vectors that are nearer than the margin."""
    other = d.tensor(x.meta.shape, NONZERO, smooth=POSITIVE, dtype=x.meta.dtype)
    target = constant(d, x.meta.shape[:-1], SIGNS, x.meta.dtype)
    kwargs = {"margin": d.choices.pick((-0.5, 0.0) if d.smooth else (0.3, -0.3))} if d.choices.chance(50) else {}
    return Loss((other, target), x.meta.shape[:-1], 0, 2.01, kwargs)


VECTORS = (
    loss("triplet_margin_loss", triplet, chooses=True, smooth=BETWEEN, errors=(
        wrong("no negative", lambda d: (d.tensor((2, 3)), d.tensor((2, 3)))),
        wrong("a negative margin", lambda d: tuple(d.tensor((2, 3)) for _ in range(3)), margin=-1.0),
    ), shapes=filled(1), fits=lambda x: bool(x.shape) and x.size > 0),
    loss("cosine_embedding_loss", cosine_embedding, NONZERO, POSITIVE, chooses=True, errors=(
        wrong("a target for each element", lambda d: tuple(d.tensor((2, 3), POSITIVE) for _ in range(3))),
        wrong("no target", lambda d: (d.tensor((2, 3)), d.tensor((2, 3)))),
    ), **ROWS),
)  # fmt: skip

LOSSES = (*PAIRED, *CLASSIFIED, *VECTORS)
