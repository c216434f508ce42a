"""Normalisations of `nn.functional`, and the distances and similarities of vectors."""

from __future__ import annotations

import math
from typing import Any

from gradspec.programs.catalogue.elementwise import another
from gradspec.programs.catalogue.vocabulary import (
    DISTINCT,
    NONZERO,
    POSITIVE,
    SMALL,
    Domain,
    Draw,
    Meta,
    Operand,
    Operator,
    Sample,
    Shape,
    any_dim,
    any_shape,
    broadcast,
    wrong,
)

FUNCTION = ("function",)
EPS = (0.1, 1e-3)
MILD = Domain(-8, 8)


def constant(d: Draw, shape: Shape, values: Domain, dtype: str) -> Operand:
    """A tensor that never requires grad."""
    numbers: Any = values.values(d.choices, math.prod(shape))
    return d.integers(shape, numbers, dtype)


def filled(least: int, most: int = 3) -> Any:
    """Shapes without a size of 0: a mean over nothing is not a number."""
    return lambda choices: tuple(max(n, 1) for n in any_shape(choices, least, most))


def affine(d: Draw, x: Meta, shape: Shape) -> dict[str, Operand]:
    """A weight and a bias, or one of them, or none."""
    how = d.choices.below(4)
    given = {}
    if how != 3:
        given["weight"] = d.tensor(shape, SMALL, dtype=x.dtype)
    if how % 2 == 0:
        given["bias"] = d.tensor(shape, SMALL, dtype=x.dtype)
    return given


def normal(x: Meta, given: dict[str, Any]) -> Meta:
    """What has mean 0 and variance 1, scaled and shifted."""
    bound = math.sqrt(max(x.size, 1))
    for name in ("weight", "bias"):
        if isinstance(given.get(name), Operand):
            meta = given[name].meta
            bound = bound * max(meta.bound, 1) if name == "weight" else bound + meta.bound
    return x.within(-bound, bound)


def with_eps(d: Draw, given: dict[str, Any]) -> dict[str, Any]:
    return given | ({"eps": d.choices.pick(EPS)} if d.choices.chance(40) else {})


def layer_norm(d: Draw, x: Operand) -> Sample:
    shape = x.meta.shape[-d.choices.between(1, len(x.meta.shape)) :]
    given = with_eps(d, affine(d, x.meta, shape))
    return Sample((x, shape if d.choices.chance(50) else list(shape)), given, normal(x.meta, given))


def rms_norm(d: Draw, x: Operand) -> Sample:
    shape = x.meta.shape[-d.choices.between(1, len(x.meta.shape)) :]
    given: dict[str, Any] = {"weight": d.tensor(shape, SMALL, dtype=x.meta.dtype)} if d.choices.chance(50) else {}
    given = with_eps(d, given)
    return Sample((x, shape), given, normal(x.meta, given))


def group_norm(d: Draw, x: Operand) -> Sample:
    channels = x.meta.shape[1]
    groups = d.choices.pick([n for n in range(1, channels + 1) if channels % n == 0 and may_normalise(x.meta, n)])
    given = with_eps(d, affine(d, x.meta, (channels,)))
    return Sample((x, groups), given, normal(x.meta, given))


def may_normalise(x: Meta, groups: int) -> bool:
    """Whether PyTorch finds more than one value a group."""
    return x.shape[0] * x.shape[1] // groups * math.prod(x.shape[2:]) > 1


def running(d: Draw, x: Meta) -> dict[str, Operand]:
    channels = (x.shape[1],)
    mean = constant(d, channels, SMALL, x.dtype)
    return {"running_mean": mean, "running_var": constant(d, channels, POSITIVE, x.dtype)}


def batch_norm(d: Draw, x: Operand) -> Sample:
    """By the statistics of the batch, which change those that are kept, or by those that are kept."""
    training = per_channel(x.meta) > 1 and d.choices.chance(60)
    kept = running(d, x.meta) if not training or d.choices.chance(50) else {"running_mean": None, "running_var": None}
    given: dict[str, Any] = affine(d, x.meta, (x.meta.shape[1],))
    if training:
        given = given | {"training": True} | ({"momentum": 0.25} if d.choices.chance(30) else {})
    given = with_eps(d, given)
    result = normal(x.meta, given)
    if not training:
        bound = 2 * (x.meta.bound + 2)  # variances are no smaller than a quarter
        result = normal(x.meta.reshaped(()), given)
        result = x.meta.within(result.low * bound, result.high * bound)
    return Sample((x, *kept.values()), given, result)


def per_channel(x: Meta) -> int:
    return x.size // x.shape[1] if x.shape[1] else 0


def instance_norm(d: Draw, x: Operand) -> Sample:
    given: dict[str, Any] = with_eps(d, affine(d, x.meta, (x.meta.shape[1],)))
    if d.choices.chance(30):
        given |= running(d, x.meta)
    return Sample((x,), given, normal(x.meta, given))


RESPONSE = {"alpha": 0.5, "beta": 0.5, "k": 2.0}


def local_response_norm(d: Draw, x: Operand) -> Sample:
    given: dict[str, Any] = {key: value for key, value in RESPONSE.items() if d.choices.chance(30)}
    return Sample((x, d.choices.pick((2, 1, 3))), given, x.meta.within(-x.meta.bound, x.meta.bound))


def normalize(d: Draw, x: Operand) -> Sample:
    given: dict[str, Any] = {}
    if d.choices.chance(40):
        given["p"] = d.choices.pick((1, 3.0, 2))
    if d.choices.chance(60) or len(x.meta.shape) < 2:
        given["dim"] = any_dim(d.choices, len(x.meta.shape))
    return Sample((x,), given, x.meta.within(-1, 1))


# -- two tensors of vectors


def cosine_similarity(d: Draw, x: Operand) -> Sample:
    other = another(d, x.meta, NONZERO)
    shape = broadcast(x.meta.shape, other.meta.shape)
    given = {"dim": any_dim(d.choices, len(shape))} if d.choices.chance(60) or len(shape) < 2 else {}
    dim = given.get("dim", 1) % max(len(shape), 1)
    return Sample((x, other), given, Meta(shape[:dim] + shape[dim + 1 :], x.meta.dtype, -1, 1, None))


def pairwise_distance(d: Draw, x: Operand) -> Sample:
    other = another(d, x.meta, SMALL)
    shape = broadcast(x.meta.shape, other.meta.shape)
    given: dict[str, Any] = {}
    if d.choices.chance(50):
        given["p"] = d.choices.pick((1.0, 3.0, 2.0, 1, 2))
    if d.choices.chance(30):
        given["keepdim"] = True
    bound = shape[-1] * (x.meta.bound + other.meta.bound + 0.1)
    kept = (*shape[:-1], 1) if given.get("keepdim") else shape[:-1]
    return Sample((x, other), given, Meta(kept, x.meta.dtype, 0, bound, None))


VECTORS: dict[str, Any] = {"first": MILD, "smooth": DISTINCT, "forms": FUNCTION}
FULL: dict[str, Any] = VECTORS | {"shapes": filled(1), "fits": lambda x: bool(x.shape) and x.size > 0}
CHANNELS: dict[str, Any] = VECTORS | {"shapes": filled(2, 4), "fits": lambda x: len(x.shape) > 1 and x.size > 0}
PAIRS: dict[str, Any] = {"shapes": filled(1), "fits": FULL["fits"], "forms": FUNCTION}
GROUPED: dict[str, Any] = CHANNELS | {
    "shapes": lambda choices: (2, *filled(1)(choices)),
    "fits": lambda x: len(x.shape) > 1 and x.size > 0 and may_normalise(x, 1),
}
SPATIAL: dict[str, Any] = CHANNELS | {
    "shapes": lambda choices: (*filled(2, 2)(choices), choices.pick((2, 3)), *filled(0, 1)(choices)),
    "fits": lambda x: len(x.shape) > 2 and x.size > 0 and math.prod(x.shape[2:]) > 1,
}
CLASH = wrong("shapes that do not broadcast", lambda d: (d.tensor((2, 3)), d.tensor((2, 4))))
NO_OTHER = wrong("only one", lambda d: (d.tensor((2, 3)),))

NORMS = (
    Operator("nn.functional.layer_norm", layer_norm, errors=(
        wrong("a shape that is not that of the end", lambda d: (d.tensor((2, 3)), (2,))),
        wrong("a weight of another shape", lambda d: (d.tensor((2, 3)), (3,), d.tensor((2,)))),
        wrong("no shape", lambda d: (d.tensor((2, 3)),)),
    ), **FULL),
    Operator("nn.functional.rms_norm", rms_norm, errors=(
        wrong("a shape that is not that of the end", lambda d: (d.tensor((2, 3)), (2,))),
        wrong("a weight of another shape", lambda d: (d.tensor((2, 3)), (3,), d.tensor((2,)))),
    ), **(FULL | {"first": NONZERO, "smooth": NONZERO})),
    Operator("nn.functional.group_norm", group_norm, errors=(
        wrong("channels that do not divide", lambda d: (d.tensor((2, 3)), 2)),
        wrong("a weight of another shape", lambda d: (d.tensor((2, 4)), 2, d.tensor((2,)))),
        wrong("one dimension", lambda d: (d.tensor((4,)), 2)),
    ), **GROUPED),
    Operator("nn.functional.batch_norm", batch_norm, errors=(
        wrong("one value a channel", lambda d: (d.tensor((1, 3)), None, None), training=True),
        wrong("no statistics", lambda d: (d.tensor((2, 3)), None, None)),
        wrong("a weight of another shape", lambda d: (d.tensor((2, 3)), None, None, d.tensor((2,))), training=True),
    ), **CHANNELS),
    Operator("nn.functional.instance_norm", instance_norm, errors=(
        wrong("one value a channel", lambda d: (d.tensor((2, 3, 1)),)),
        wrong("a weight of another shape", lambda d: (d.tensor((2, 3, 2)),), weight=1.0),
    ), **SPATIAL),
    Operator("nn.functional.local_response_norm", local_response_norm, forms=FUNCTION, errors=(
        wrong("too few dimensions", lambda d: (d.tensor((2, 3)), 2)),
        wrong("no size", lambda d: (d.tensor((2, 3, 2)),)),
    ), shapes=filled(3, 4), fits=lambda x: len(x.shape) > 2 and x.size > 0),
    Operator("nn.functional.normalize", normalize, NONZERO, forms=FUNCTION, errors=(
        wrong("a dim out of range", lambda d: (d.tensor((2, 3)), 2.0, 2)),
        wrong("one dimension, without a dim", lambda d: (d.tensor((2,)),)),
    )),
    Operator("cosine_similarity", cosine_similarity, NONZERO, errors=(
        CLASH, NO_OTHER, wrong("a dim out of range", lambda d: (d.tensor((2, 3)), d.tensor((2, 3)), 2)),
    ), **PAIRS),
    Operator("nn.functional.cosine_similarity", cosine_similarity, NONZERO, errors=(CLASH, NO_OTHER), **PAIRS),
    Operator("pairwise_distance", pairwise_distance, MILD, Domain(offset=0.125), chooses=True, errors=(CLASH, NO_OTHER), **PAIRS),
    Operator("nn.functional.pairwise_distance", pairwise_distance, MILD, Domain(offset=0.125), chooses=True,
             errors=(CLASH, NO_OTHER), **PAIRS),
)  # fmt: skip
