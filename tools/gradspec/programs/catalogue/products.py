"""Products of vectors, matrices and tensors."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from gradspec.programs.catalogue.elementwise import INTEGERS_TOO, finer
from gradspec.programs.catalogue.vocabulary import (
    REAL,
    SIZES,
    Domain,
    Draw,
    ErrorInput,
    Meta,
    Operand,
    Operator,
    Sample,
    Shape,
    any_shape,
    broadcast,
    broadcastable,
    of_dimensions,
    wrong,
)
from gradspec.programs.choices import Choices
from gradspec.programs.program import Constant


def product(shape: Shape, terms: int, *metas: Meta) -> Meta:
    """Sums of `terms` products of an element each of `metas`."""
    bound = max(terms, 1) * math.prod(meta.bound for meta in metas)
    grains = [meta.grain for meta in metas if meta.grain is not None]
    return Meta(shape, metas[0].dtype, -bound, bound, sum(grains) if len(grains) == len(metas) else None)


def added(a: Meta, b: Meta) -> Meta:
    """Sums of an element of each; the shape is that of the second."""
    return b.within(-a.bound - b.bound, a.bound + b.bound, finer(a, b))


def exactly(*dims: int) -> Callable[[Meta], bool]:
    return lambda meta: len(meta.shape) in dims


def few(meta: Meta) -> bool:
    """Whether there are so few dimensions and elements that a product with more of both is no burden."""
    return len(meta.shape) <= 3 and meta.size <= 64


def of(n: int) -> dict[str, Any]:
    """The fields of an operator whose first tensor has `n` dimensions."""
    return {"shapes": of_dimensions(n, n), "fits": exactly(n)}


def like(d: Draw, x: Operand, *shape: int) -> Operand:
    """Another tensor of the dtype of `x`."""
    return d.tensor(shape, REAL, dtype=x.meta.dtype)


def size(d: Draw) -> int:
    return d.choices.pick(SIZES) if not d.choices.chance(3) else 0


# -- two tensors

Pair = tuple[Shape, Shape, int]  # the shape of the second tensor, that of the product, and the number of terms


def pair(name: str, second: Callable[[Draw, Shape], Pair], errors: tuple[ErrorInput, ...], **more: Any) -> Operator:
    """A product of two tensors."""

    def call(d: Draw, x: Operand) -> Sample:
        other, result, terms = second(d, x.meta.shape)
        y = like(d, x, *other)
        return Sample((x, y), result=product(result, terms, x.meta, y.meta))

    defaults: dict[str, Any] = {"dtypes": INTEGERS_TOO, "needs": ("matmul",)}
    return Operator(name, call, errors=errors, **(defaults | more))


def matmul(d: Draw, x: Shape) -> Pair:
    n = x[-1]
    if d.choices.chance(30):
        return (n,), x[:-1], n
    columns = size(d)
    rows = x[-2:-1]
    batch: Shape = ()
    if len(x) < 3:
        batch = (2,) if d.choices.chance(20) else ()
    elif d.choices.chance(50):
        batch = broadcastable(d.choices, x[:-2])
    return (*batch, n, columns), (*broadcast(x[:-2], batch), *rows, columns), n


def inner(d: Draw, x: Shape) -> Pair:
    if not x or d.choices.chance(15):
        other = any_shape(d.choices, most=2) if not x else ()
        return other, x + other, 1
    lead = any_shape(d.choices, most=2)
    return (*lead, x[-1]), (*x[:-1], *lead), x[-1]


def mm(d: Draw, x: Shape) -> Pair:
    columns = size(d)
    return (x[1], columns), (x[0], columns), x[1]


def bmm(d: Draw, x: Shape) -> Pair:
    columns = size(d)
    return (x[0], x[2], columns), (x[0], x[1], columns), x[2]


def outer(d: Draw, x: Shape) -> Pair:
    n = size(d)
    return (n,), (*x, n), 1


def kron(d: Draw, x: Shape) -> Pair:
    y = any_shape(d.choices, most=2)
    n = max(len(x), len(y))
    longer = [(1,) * (n - len(each)) + each for each in (x, y)]
    return y, tuple(a * b for a, b in zip(*longer, strict=True)), 1


def clash(*shapes: Shape) -> ErrorInput:
    return wrong(f"shapes {' and '.join(map(str, shapes))}", lambda d: tuple(d.tensor(each) for each in shapes))


DTYPES = wrong("two dtypes", lambda d: (d.tensor((2,)), d.tensor((2,), dtype="float32")))
MATRIX_DTYPES = wrong("two dtypes", lambda d: (d.tensor((2, 2)), d.tensor((2, 2), dtype="float32")))
NUMBER = wrong("a number", lambda d: (d.tensor((2, 2)), 2.0))

PAIRS = (
    pair("matmul", matmul, (clash((2, 3), (2, 3)), clash((), (2,)), clash((2, 1, 2), (3, 2, 2)), MATRIX_DTYPES, NUMBER),
         forms=("@", "function", "method"), shapes=of_dimensions(1), fits=exactly(1, 2, 3)),
    pair("linalg.matmul", matmul, (clash((2, 3), (2, 3)), clash((), (2,))), forms=("function",),
         shapes=of_dimensions(1), fits=exactly(1, 2, 3)),
    pair("mm", mm, (clash((2, 3), (2, 3)), clash((2,), (2, 2)), clash((1, 2, 2), (1, 2, 2)), MATRIX_DTYPES), **of(2)),
    pair("mv", lambda d, x: ((x[1],), x[:1], x[1]), (clash((2, 3), (2,)), clash((2, 3), (3, 1))), **of(2)),
    pair("dot", lambda d, x: (x, (), x[0]), (clash((2,), (3,)), clash((2, 1), (2, 1)), DTYPES), **of(1)),
    pair("vdot", lambda d, x: (x, (), x[0]), (clash((2,), (3,)), clash((2, 1), (2, 1)), DTYPES), **of(1)),
    pair("inner", inner, (clash((2, 3), (2,)), clash((2,), (2, 3)), DTYPES), fits=few),
    pair("outer", outer, (clash((2, 1), (2,)), clash((2,), ())), **of(1)),
    pair("ger", outer, (clash((2, 1), (2,)), clash((2,), ())), **of(1)),
    pair("bmm", bmm, (clash((2, 2, 2), (1, 2, 2)), clash((2, 2), (2, 2)), clash((2, 2, 3), (2, 2, 3))), **of(3)),
    pair("kron", kron, (NUMBER,), fits=few),
)  # fmt: skip


# -- a tensor to which a product is added

Factors = tuple[Shape, Shape, int]  # the shapes of both, and the number of terms


def addmm(d: Draw, rows: int, columns: int) -> Factors:
    n = size(d)
    return (rows, n), (n, columns), n


def addmv(d: Draw, rows: int) -> Factors:
    n = max(size(d), 1)  # with 0, torch forgets to broadcast
    return (rows, n), (n,), n


def addbmm(d: Draw, rows: int, columns: int) -> Factors:
    batch, n = size(d), size(d)
    return (batch, rows, n), (batch, n, columns), batch * n


def baddbmm(d: Draw, batch: int, rows: int, columns: int) -> Factors:
    n = size(d)
    return (batch, rows, n), (batch, n, columns), n


def addr(d: Draw, rows: int, columns: int) -> Factors:
    return (rows,), (columns,), 1


def with_product(factors: Callable[..., Factors], rank: int, *errors: ErrorInput) -> Operator:
    """An operator that adds a product of two tensors to one that may broadcast to its `rank` dimensions."""

    def call(d: Draw, x: Operand) -> Sample:
        lead = (1,) * (rank - len(x.meta.shape))
        stretch = d.choices.chance(50)
        shape = tuple(d.choices.pick(SIZES) if n == 1 and stretch else n for n in lead + x.meta.shape)
        first, second, terms = factors(d, *shape)
        y, z = like(d, x, *first), like(d, x, *second)
        kwargs: dict[str, Any] = {}
        for key, values in (("beta", (2, -1, 0)), ("alpha", (2, -1, 3))):
            if d.choices.chance(30):
                kwargs[key] = d.choices.pick(values)
        total = product(shape, terms, y.meta, z.meta)
        bound = abs(kwargs.get("alpha", 1)) * total.bound + abs(kwargs.get("beta", 1)) * x.meta.bound
        return Sample((x, y, z), kwargs, total.within(-bound, bound, finer(total, x.meta)))

    return Operator(
        factors.__name__, call, shapes=of_dimensions(0, rank), fits=exactly(rank),
        forms=("function", "method", "in_place"), dtypes=INTEGERS_TOO, needs=("matmul",),
        errors=(*errors, wrong("one factor", lambda d: (d.tensor((2, 2)), d.tensor((2, 2))))),
    )  # fmt: skip


WITH_PRODUCT = (
    with_product(addmm, 2, clash((2, 2), (2, 3), (2, 2)), clash((3, 2), (2, 2), (2, 2)), clash((2,), (2, 2), (2,))),
    with_product(addmv, 1, clash((2,), (2, 3), (2,)), clash((3,), (2, 2), (2,)), clash((2,), (2,), (2,))),
    with_product(addbmm, 2, clash((2, 2), (3, 2, 2), (2, 2, 2)), clash((2, 2), (2, 2), (2, 2))),
    with_product(baddbmm, 3, clash((2, 2, 2), (2, 2, 3), (2, 2, 2)), clash((2, 2), (2, 2), (2, 2))),
    with_product(addr, 2, clash((2, 2), (2,), (3,)), clash((2, 2), (2, 1), (2,))),
)


# -- several tensors


def chain(d: Draw, x: Operand) -> tuple[tuple[Operand, ...], Meta]:
    """Matrices after `x` that can be multiplied, and their product."""
    rest = [x]
    terms = 1
    for _ in range(d.choices.between(1, 3)):
        n = rest[-1].meta.shape[-1]
        rest.append(like(d, x, n, d.choices.pick(SIZES)))
        terms *= max(n, 1)
    shape = (*x.meta.shape[:-1], rest[-1].meta.shape[1])
    return tuple(rest), product(shape, terms, *(each.meta for each in rest))


def chain_matmul(d: Draw, x: Operand) -> Sample:
    matrices, result = chain(d, x)
    return Sample(matrices, {}, result)


def multi_dot(d: Draw, x: Operand) -> Sample:
    matrices, result = chain(d, x)
    if d.choices.chance(25):  # the last may be a vector
        n = matrices[-1].meta.shape[-1]
        vector = like(d, x, n)
        terms = n * result.size
        for each in matrices:
            terms *= max(each.meta.size, 1)
        return Sample(
            ([*matrices, vector],), {}, product(result.shape[:-1], terms, *(m.meta for m in matrices), vector.meta)
        )
    return Sample((list(matrices),), {}, result)


def subset(choices: Choices, letters: str, percent: int) -> str:
    return "".join(each for each in choices.shuffled(letters) if choices.chance(percent))


def einsum(d: Draw, x: Operand) -> Sample:
    c, shape = d.choices, x.meta.shape
    letters = "".join("ijkl"[shape.index(n) if c.chance(15) else i] for i, n in enumerate(shape))  # "ii" is a diagonal
    sizes = dict(zip(letters, shape, strict=True))
    terms, operands, hidden = [letters], [x], ""
    if len(shape) > 1 and letters.count(letters[0]) == 1 and c.chance(20):
        terms, hidden = ["..." + letters[1:]], letters[0]
    for new in "mn"[: c.pick((1, 1, 1, 0, 2))]:
        sizes[new] = c.pick(SIZES)
        picked = subset(c, "".join(dict.fromkeys(letters.replace(hidden, "") if hidden else letters)), 60)
        terms.append(picked + new * c.below(2))
        operands.append(like(d, x, *(sizes[each] for each in terms[-1])))
    used = "".join(dict.fromkeys("".join(terms).replace(".", "")))
    if c.chance(70):
        output = subset(c, used, 60)
        arrow = f"->{'...' * bool(hidden)}{output}"
    else:
        joined = "".join(terms)
        output, arrow = "".join(sorted(each for each in used if joined.count(each) == 1)), ""
    equation = (", " if c.chance(20) else ",").join(terms) + arrow
    result = tuple(sizes[each] for each in hidden + output)
    count = math.prod(max(sizes[each], 1) for each in used)
    return Sample((equation, *operands), {}, product(result, count, *(each.meta for each in operands)))


def tensordot(d: Draw, x: Operand) -> Sample:
    c, shape = d.choices, x.meta.shape
    n = len(shape)
    if c.chance(50):
        k = c.between(0, min(n, 2))
        summed, rest = shape[n - k :], any_shape(c, 0, 2)
        y = like(d, x, *summed, *rest)
        kwargs = {} if k == 2 and c.chance(50) else {"dims": k}
        return Sample((x, y), kwargs, product(shape[: n - k] + rest, math.prod(summed), x.meta, y.meta))
    mine = c.shuffled(range(n))[: c.between(0, min(n, 2))]
    axes = c.shuffled([*mine, *(None,) * c.below(3)])  # of the other tensor: summed with one of these, or kept
    other = tuple(c.pick(SIZES) if each is None else shape[each] for each in axes)
    y = like(d, x, *other)
    theirs = [axes.index(each) for each in mine]
    result = tuple(m for i, m in enumerate(shape) if i not in mine)
    result += tuple(m for m, each in zip(other, axes, strict=True) if each is None)
    dims = [[i - n if c.chance(25) else i for i in mine], [i - len(axes) if c.chance(25) else i for i in theirs]]
    meta = product(result, math.prod(shape[i] for i in mine), x.meta, y.meta)
    return Sample((x, y), {"dims": (dims[0], dims[1])}, meta)


SEVERAL = (
    Operator("chain_matmul", chain_matmul, forms=("function",), needs=("matmul",), **of(2),
             errors=(clash((2, 3), (2, 3)), clash((2,), (2, 2)))),
    Operator("linalg.multi_dot", multi_dot, forms=("function",), needs=("matmul",), **of(2), errors=(
        wrong("shapes that do not fit", lambda d: ([d.tensor((2, 3)), d.tensor((2, 3))],)),
        wrong("one matrix", lambda d: ([d.tensor((2, 2))],)),
        wrong("a vector between matrices", lambda d: ([d.tensor((2, 2)), d.tensor((2,)), d.tensor((2, 2))],)),
    )),
    Operator("einsum", einsum, fits=few, forms=("function",), dtypes=INTEGERS_TOO, needs=("matmul",), errors=(
        wrong("too few subscripts", lambda d: ("i", d.tensor((2, 3)))),
        wrong("too many subscripts", lambda d: ("ij", d.tensor((2,)))),
        wrong("sizes that differ", lambda d: ("ij,jk", d.tensor((2, 3)), d.tensor((2, 3)))),
        wrong("an output letter of no operand", lambda d: ("ij->k", d.tensor((2, 3)))),
        wrong("an output letter twice", lambda d: ("ij->ii", d.tensor((2, 3)))),
        wrong("too few operands", lambda d: ("i,j", d.tensor((2,)))),
        wrong("a digit", lambda d: ("i1", d.tensor((2, 3)))),
    )),
    Operator("tensordot", tensordot, fits=few, forms=("function",), dtypes=INTEGERS_TOO, needs=("matmul",), errors=(
        wrong("sizes that differ", lambda d: (d.tensor((2, 3)), d.tensor((2, 3)), 1)),
        wrong("too many dimensions", lambda d: (d.tensor((2,)), d.tensor((2,)), 2)),
        wrong("a negative number of dimensions", lambda d: (d.tensor((2,)), d.tensor((2,)), -1)),
        wrong("lists of two lengths", lambda d: (d.tensor((2, 2)), d.tensor((2, 2)), ([0, 1], [0]))),
        wrong("a dimension twice", lambda d: (d.tensor((2, 2)), d.tensor((2, 2)), ([0, 0], [0, 1]))),
    )),
)  # fmt: skip


# -- vectors in three dimensions, statistics, distances


def cross(d: Draw, x: Operand, default: int | None = None) -> Sample:
    shape = x.meta.shape
    dim = d.choices.pick([i for i, n in enumerate(shape) if n == 3])
    other = tuple(1 if i != dim and d.choices.chance(20) else n for i, n in enumerate(shape))
    y = like(d, x, *other)
    kwargs = {} if default is not None and dim == len(shape) - 1 else {"dim": d.choices.pick((dim, dim - len(shape)))}
    return Sample((x, y), kwargs, product(broadcast(shape, other), 2, x.meta, y.meta))


def with_three(choices: Choices) -> Shape:
    shape = list(any_shape(choices, most=2))
    shape.insert(choices.below(len(shape) + 1), 3)
    return tuple(shape)


NOT_THREE = wrong("a size that is not 3", lambda d: (d.tensor((2, 2)), d.tensor((2, 2))), dim=1)
CROSS: dict[str, Any] = {
    "shapes": with_three, "fits": lambda m: 3 in m.shape, "dtypes": INTEGERS_TOO,
    "errors": (NOT_THREE, wrong("a dimension out of range", lambda d: (d.tensor((3,)), d.tensor((3,))), dim=1)),
}  # fmt: skip


def observations(choices: Choices) -> Shape:
    shape = any_shape(choices, 1, 2)
    return (*(max(n, 1) for n in shape[:-1]), choices.between(3, 4))


def observed(meta: Meta) -> bool:
    return len(meta.shape) in (1, 2) and meta.size > 0 and meta.shape[-1] > 2


def variables(meta: Meta) -> Shape:
    """Their number, in a tuple; nothing for one."""
    return meta.shape[:-1] if meta.shape[:-1] != (1,) else ()


def cov(d: Draw, x: Operand) -> Sample:
    n = x.meta.shape[-1]
    kwargs: dict[str, Any] = {}
    if d.choices.chance(40):
        kwargs["correction"] = d.choices.between(0, 1)
    if d.choices.chance(30):
        kwargs["fweights"] = d.integers((n,), [d.choices.between(1, 3) for _ in range(n)])
    if d.choices.chance(30):
        kwargs["aweights"] = d.tensor((n,), Domain(0.5, 2.0), dtype=x.meta.dtype)
    bound = 64 * x.meta.bound**2
    return Sample((x,), kwargs, Meta(variables(x.meta) * 2, x.meta.dtype, -bound, bound, None))


def corrcoef(d: Draw, x: Operand) -> Sample:
    return Sample((x,), {}, Meta(variables(x.meta) * 2, x.meta.dtype, -1, 1, None))


def cdist(d: Draw, x: Operand) -> Sample:
    n, batch = x.meta.shape[-1], x.meta.shape[:-2]
    rows = d.choices.pick(SIZES)
    y = d.tensor(
        (*(broadcastable(d.choices, batch) if batch else ()), rows, n), REAL, smooth=ELSEWHERE, dtype=x.meta.dtype
    )
    kwargs: dict[str, Any] = {}
    if d.choices.chance(70):
        kwargs["p"] = d.choices.pick((1.0, 2.0, 3.0, Constant("inf"), 1.5, *(() if d.smooth else (0.0,))))
    shape = (*broadcast(batch, y.meta.shape[:-2]), x.meta.shape[-2], rows)
    return Sample((x, y), kwargs, Meta(shape, x.meta.dtype, 0, max(n, 1) * (x.meta.bound + y.meta.bound), None))


APART = Domain(-4.0, 4.0, grain=6, distinct=True)
ELSEWHERE = Domain(-4.0, 4.0, grain=6, distinct=True, offset=2.0**-7)  # no element of it is one of those

OTHERS = (
    Operator("cross", cross, **CROSS),
    Operator("linalg.cross", lambda d, x: cross(d, x, -1), forms=("function",), **CROSS),
    Operator("cov", cov, shapes=observations, fits=observed, errors=(
        wrong("three dimensions", lambda d: (d.tensor((2, 2, 2)),)),
        wrong("weights of floats", lambda d: (d.tensor((2, 2)),), fweights=1.5),
        wrong("weights of another length", lambda d: (d.tensor((2, 3)), 1, d.integers((2,), [1, 1]))),
        wrong("a negative weight", lambda d: (d.tensor((2, 3)), 1, d.integers((3,), [1, -1, 1]))),
    )),
    Operator("corrcoef", corrcoef, APART, shapes=observations, fits=observed,
             errors=(wrong("three dimensions", lambda d: (d.tensor((2, 2, 2)),)),)),
    Operator("cdist", cdist, smooth=APART, shapes=of_dimensions(2), fits=exactly(2, 3), forms=("function",),
             chooses=True, twice=False, errors=(
        clash((2, 3), (2, 2)),
        clash((2,), (2, 2)),
        wrong("a negative p", lambda d: (d.tensor((2, 2)), d.tensor((2, 2))), p=-1.0),
        wrong("an unknown mode", lambda d: (d.tensor((2, 2)), d.tensor((2, 2))), compute_mode="fast"),
        wrong("integers", lambda d: (d.integers((1, 1), [0]), d.integers((1, 1), [0]))),
    )),
)  # fmt: skip

PRODUCTS = (*PAIRS, *WITH_PRODUCT, *SEVERAL, *OTHERS)
