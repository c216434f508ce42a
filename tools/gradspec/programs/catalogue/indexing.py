"""Operators that pick elements by an index or a mask, and those that write or add where an index says."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import partial
from typing import Any

from gradspec.programs.catalogue.elementwise import INTEGERS_TOO, NO_TENSOR, finer
from gradspec.programs.catalogue.vocabulary import (
    REAL,
    SIZES,
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
    broadcastable,
    called,
    wrong,
)

ROWS = Domain(0, 3, grain=0)  # indices into a table
APART = Domain(-4.0, 4.0, grain=5, holes=(0.0,), distinct=True)  # from each other and from 0
OTHERS = Domain(-4.0, 4.0, grain=5, holes=(0.0,), distinct=True, offset=2.0**-6)  # no element of it is one of those


def index(d: Draw, shape: Shape, n: int, *, negative: bool = False) -> Operand:
    """An index of elements of `n`, which may repeat and, where that is allowed, count from the end."""
    low = -n if negative and d.choices.chance(40) else 0
    return d.integers(shape, [low + d.choices.below(n - low) for _ in range(math.prod(shape))])


def mask(d: Draw, shape: Shape) -> tuple[Operand, int]:
    """A mask, and in how many places it is true."""
    values = [int(d.choices.chance(50)) for _ in range(math.prod(shape))]
    return d.integers(shape, values, "bool"), sum(values)


def at(shape: Shape, dim: int, *sizes: int) -> Shape:
    """`shape` with `sizes` in the place of dimension `dim`."""
    if not shape:
        return ()
    dim %= len(shape)
    return (*shape[:dim], *sizes, *shape[dim + 1 :])


def size_at(shape: Shape, dim: int) -> int:
    return shape[dim] if shape else 1


def either(shape: Shape, *metas: Meta) -> Meta:
    """Each element is one of the elements of one of `metas`."""
    grain = metas[0].grain
    for other in metas[1:]:
        grain = finer(metas[0].within(0, 0, grain), other)
    return Meta(shape, metas[0].dtype, min(m.low for m in metas), max(m.high for m in metas), grain)


# -- picking


def aligned_shape(d: Draw, shape: Shape, dim: int) -> Shape:
    """The shape of an index that picks along `dim`, in all or some of the other dimensions."""
    if not shape:
        return d.choices.pick(((), (), (2,)))
    some = d.choices.chance(30)
    others = [d.choices.between(min(n, 1), n) if some else n for n in shape]
    return at(tuple(others), dim, d.choices.pick(SIZES) if shape[dim] else 0)


def gather(d: Draw, x: Operand) -> Sample:
    dim = any_dim(d.choices, len(x.meta.shape))
    shape = aligned_shape(d, x.meta.shape, dim)
    picked = index(d, shape, size_at(x.meta.shape, dim))
    return called(d.choices, x, {"dim": dim, "index": picked}, replace(x.meta, shape=shape))


def take(d: Draw, x: Operand) -> Sample:
    shape = any_shape(d.choices, most=2) if x.meta.size else (0,)
    return called(d.choices, x, {"index": index(d, shape, x.meta.size, negative=True)}, replace(x.meta, shape=shape))


def take_along_dim(d: Draw, x: Operand) -> Sample:
    if not x.meta.shape or d.choices.chance(20):
        shape = any_shape(d.choices, most=2) if x.meta.size else (0,)
        picked = index(d, shape, x.meta.size)
        return called(d.choices, x, {"indices": picked}, replace(x.meta, shape=(math.prod(shape),)))
    dim = any_dim(d.choices, len(x.meta.shape))
    n = x.meta.shape[dim]
    some = d.choices.chance(40)
    others = tuple(1 if some and d.choices.chance(50) else m for m in x.meta.shape)
    shape = at(others, dim, d.choices.pick(SIZES) if n else 0)
    result = at(broadcast(at(x.meta.shape, dim, 1), at(shape, dim, 1)), dim, shape[dim])
    return called(d.choices, x, {"indices": index(d, shape, n), "dim": dim}, replace(x.meta, shape=result))


def index_select(d: Draw, x: Operand) -> Sample:
    dim = any_dim(d.choices, len(x.meta.shape))
    n = size_at(x.meta.shape, dim)
    k = 1 if not x.meta.shape else d.choices.pick(SIZES) if n else 0
    picked = index(d, () if k == 1 and d.choices.chance(50) else (k,), n)
    return called(d.choices, x, {"dim": dim, "index": picked}, replace(x.meta, shape=at(x.meta.shape, dim, k)))


def masked_select(d: Draw, x: Operand) -> Sample:
    chosen, true = mask(d, broadcastable(d.choices, x.meta.shape))
    stretched = math.prod(broadcast(x.meta.shape, chosen.meta.shape))
    count = true * (stretched // chosen.meta.size) if chosen.meta.size else 0
    return called(d.choices, x, {"mask": chosen}, replace(x.meta, shape=(count,)))


def nonzero(d: Draw, x: Operand) -> Sample:
    if d.choices.chance(30) and x.meta.shape:
        return Sample((x,), {"as_tuple": True}, (None,) * len(x.meta.shape))
    return Sample((x,))


def one_hot(d: Draw, x: Operand) -> Sample:
    if x.meta.size and d.choices.chance(30):
        return Sample((x,))  # as many classes as the largest index says
    classes = int(x.meta.high) + d.choices.between(1, 2)
    return called(d.choices, x, {"num_classes": classes}, Meta((*x.meta.shape, classes), "int64", 0, 1, 0))


def table(d: Draw, x: Operand) -> Operand:
    rows = int(x.meta.high) + d.choices.between(1, 2)
    return d.tensor((rows, d.choices.pick(SIZES)), REAL, smooth=APART)


def embedding(d: Draw, x: Operand) -> Sample:
    weight = table(d, x)
    kwargs: dict[str, Any] = {}
    if not d.smooth:  # these change what gradient there is, and not the result
        if d.choices.chance(40):
            kwargs["padding_idx"] = d.choices.between(-weight.meta.shape[0], weight.meta.shape[0] - 1)
        if d.choices.chance(20):
            kwargs["scale_grad_by_freq"] = True
    return Sample((x, weight), kwargs, replace(weight.meta, shape=(*x.meta.shape, weight.meta.shape[1])))


def embedding_bag(d: Draw, x: Operand) -> Sample:
    weight = table(d, x)
    mode = d.choices.pick(("mean", "sum", "max"))
    kwargs: dict[str, Any] = {"mode": mode} if mode != "mean" or d.choices.chance(30) else {}
    n = x.meta.shape[-1]
    bags = x.meta.shape[0]
    if len(x.meta.shape) == 1:
        starts = sorted([0, *(d.choices.between(0, n) for _ in range(d.choices.between(0, 2)))])
        kwargs["offsets"] = d.integers((len(starts),), starts)
        bags = len(starts)
    if mode == "sum" and d.choices.chance(40):
        kwargs["per_sample_weights"] = d.tensor(x.meta.shape)
    bound = 2 * max(n, 1) * weight.meta.bound
    return Sample((x, weight), kwargs, Meta((bags, weight.meta.shape[1]), "float64", -bound, bound, None))


def corner_indices(lower: bool, d: Draw, x: Operand) -> Sample:
    rows, columns, offset = d.choices.between(0, 4), d.choices.between(1, 4), d.choices.between(-2, 2)
    count = sum((j <= i + offset) if lower else (j >= i + offset) for i in range(rows) for j in range(columns))
    return Sample((rows, columns), {"offset": offset}, Meta((2, count), "int64", 0, 3, 0))


INDEXING = (
    Operator("gather", gather, dtypes=INTEGERS_TOO, needs=("indexing",), errors=(
        wrong("an index beyond the end", lambda d: (d.tensor((2, 3)), 1, d.integers((2, 1), [0, 3]))),
        wrong("a negative index", lambda d: (d.tensor((2, 3)), 1, d.integers((2, 1), [0, -1]))),
        wrong("a dimension out of range", lambda d: (d.tensor((2, 3)), 2, d.integers((2, 1), [0, 1]))),
        wrong("an index of fewer dimensions", lambda d: (d.tensor((2, 3)), 1, d.integers((2,), [0, 1]))),
        wrong("an index that is larger", lambda d: (d.tensor((2, 3)), 1, d.integers((3, 1), [0, 1, 2]))),
        wrong("an index of floats", lambda d: (d.tensor((2, 3)), 1, d.tensor((2, 3)))),
        wrong("no index", lambda d: (d.tensor((2, 3)), 1)),
    )),
    Operator("take", take, dtypes=INTEGERS_TOO, needs=("indexing",), errors=(
        wrong("an index beyond the end", lambda d: (d.tensor((2, 3)), d.integers((2,), [0, 6]))),
        wrong("an index of floats", lambda d: (d.tensor((2, 3)), d.tensor((2,)))),
        wrong("an index into nothing", lambda d: (d.tensor((0,)), d.integers((1,), [0]))),
    )),
    Operator("take_along_dim", take_along_dim, dtypes=INTEGERS_TOO, needs=("indexing",), errors=(
        wrong("an index of fewer dimensions", lambda d: (d.tensor((2, 3)), d.integers((2,), [0, 1]), 1)),
        wrong("a dimension out of range", lambda d: (d.tensor((2, 3)), d.integers((2, 1), [0, 1]), 2)),
        wrong("an index of floats", lambda d: (d.tensor((2, 3)), d.tensor((2, 1)), 1)),
        wrong("shapes that do not broadcast", lambda d: (d.tensor((2, 3)), d.integers((3, 1), [0, 1, 0]), 1)),
    )),
    Operator("index_select", index_select, dtypes=INTEGERS_TOO, needs=("indexing",), errors=(
        wrong("an index beyond the end", lambda d: (d.tensor((2, 3)), 0, d.integers((1,), [2]))),
        wrong("a negative index", lambda d: (d.tensor((2, 3)), 0, d.integers((1,), [-1]))),
        wrong("an index of two dimensions", lambda d: (d.tensor((2, 3)), 0, d.integers((1, 1), [0]))),
        wrong("a dimension out of range", lambda d: (d.tensor((2, 3)), -3, d.integers((1,), [0]))),
        wrong("an index of floats", lambda d: (d.tensor((2, 3)), 0, d.tensor((1,)))),
    )),
    Operator("masked_select", masked_select, dtypes=INTEGERS_TOO, needs=("indexing",), errors=(
        wrong("a mask of integers", lambda d: (d.tensor((2,)), d.integers((2,), [0, 1]))),
        wrong("shapes that do not broadcast", lambda d: (d.tensor((2,)), d.integers((3,), [0, 1, 1], "bool"))),
    )),
    Operator("nonzero", nonzero, dtypes=INTEGERS_TOO, needs=("indexing",), differentiable=False, chooses=True,
             errors=NO_TENSOR),
    Operator("argwhere", lambda d, x: Sample((x,)), dtypes=INTEGERS_TOO, needs=("indexing",), differentiable=False,
             chooses=True, errors=NO_TENSOR),
    Operator("nn.functional.one_hot", one_hot, ROWS, dtypes=("int64",), forms=("function",), differentiable=False,
             fits=lambda m: m.size > 0, shapes=lambda c: tuple(max(n, 1) for n in any_shape(c, most=2)), errors=(
        wrong("too few classes", lambda d: (d.integers((2,), [0, 3]), 3)),
        wrong("a negative class", lambda d: (d.integers((2,), [0, -1]),)),
        wrong("classes of floats", lambda d: (d.tensor((2,)),)),
    )),
    Operator("nn.functional.embedding", embedding, ROWS, dtypes=("int64",), forms=("function",), needs=("indexing",),
             errors=(
        wrong("an index beyond the end", lambda d: (d.integers((2,), [0, 3]), d.tensor((3, 2)))),
        wrong("an index of floats", lambda d: (d.tensor((2,)), d.tensor((3, 2)))),
        wrong("a padding index out of range", lambda d: (d.integers((2,), [0, 1]), d.tensor((3, 2)), 3)),
        wrong("a table of one dimension", lambda d: (d.integers((2,), [0, 1]), d.tensor((3,)))),
    )),
    Operator("nn.functional.embedding_bag", embedding_bag, ROWS, dtypes=("int64",), forms=("function",), twice=False,
             chooses=True, fits=lambda m: len(m.shape) in (1, 2) and m.size > 0,
             shapes=lambda c: tuple(max(n, 1) for n in any_shape(c, 1, 2)), errors=(
        wrong("no offsets", lambda d: (d.integers((2,), [0, 1]), d.tensor((3, 2)))),
        wrong("an unknown mode", lambda d: (d.integers((1, 2), [0, 1]), d.tensor((3, 2))), mode="median"),
        wrong("offsets that do not start at 0",
              lambda d: (d.integers((2,), [0, 1]), d.tensor((3, 2)), d.integers((1,), [1]))),
        wrong("bags of three dimensions", lambda d: (d.integers((1, 1, 2), [0, 1]), d.tensor((3, 2)))),
    )),
    *(
        Operator(name, partial(corner_indices, name == "tril_indices"), forms=("function",), differentiable=False, errors=(
            wrong("a negative number of rows", lambda d: (-1, 2)),
            wrong("one number", lambda d: (2,)),
        ))
        for name in ("tril_indices", "triu_indices")
    ),
)  # fmt: skip
