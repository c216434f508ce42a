"""Products of tensors, summed over some of their dimensions; statistics and distances that are such sums."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from refgrad import dtypes, errors, functions, messages
from refgrad.functions.arguments import (
    IntOrNone,
    Number,
    as_dim,
    as_dims,
    need_at_most,
    need_ndim,
    need_tensor,
    need_tensors,
    ops,
    same_dtype,
)
from refgrad.functions.shapes import expand, permute, reshape, view
from refgrad.tensor import Tensor, wrap

DOTS = "".join(map(chr, range(0x100, 0x140)))  # what stands, in the end, for the dimensions of an ellipsis
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def kron(input: Tensor, other: Tensor) -> Tensor:
    """Kronecker's product."""
    for t in (input, other):
        t._array()  # what is multiplied is the same memory, of numbers too
    n = max(input._data.ndim, other._data.ndim)
    a, b = [(1,) * (n - t._data.ndim) + t._data.shape for t in (input, other)]
    left = ops.unsafe_view(input, tuple(k for m in a for k in (m, 1)))
    right = ops.unsafe_view(other, tuple(k for m in b for k in (1, m)))
    return ops.unsafe_view(ops.mul(left, right), tuple(i * j for i, j in zip(a, b)))


def cross(input: Tensor, other: Tensor, dim: Any = None) -> Tensor:
    """The cross product of vectors along `dim`, by default the first dimension of size 3."""
    if dim is None:
        messages.warn("functions.cross")
    messages.require(dim is not None or 3 in input._data.shape, "linalg.cross_none")
    messages.require_same(input._data.ndim, other._data.ndim, "linalg.cross_ndim")
    dim = input._data.shape.index(3) if dim is None else as_dim(dim, input._data.ndim)
    sizes = input._data.shape[dim], other._data.shape[dim]
    messages.require_same(sizes, (3, 3), "linalg.cross_size", dim, *sizes)
    functions.need_dtype("linalg_cross", input)
    messages.require(same_dtype(input, other), "functions.bmm_dtypes", input, other)
    return ops.linalg_cross(input, other, dim)


def trace(input: Tensor) -> Tensor:
    """The sum of the diagonal of a matrix."""
    need_ndim(input, 2, "functions.trace", input._data.ndim)
    return ops.trace(input)


def inner(input: Tensor, other: Tensor) -> Tensor:
    """Products summed over the last dimension of both."""
    messages.require(same_dtype(input, other), "functions.inner_dtypes")
    if not (input._data.ndim and other._data.ndim):
        return ops.mul(input, other)
    messages.require_same(
        input._data.shape[-1], other._data.shape[-1], "functions.inner_sizes", input.size(), other.size()
    )
    return tensordot(input, other, ([-1], [-1]))


def tensordot(a: Any, b: Any, dims: Any = 2) -> Tensor:
    """Products summed over pairs of dimensions: the last `dims` of `a` with the first of `b`, or those listed."""
    for name, position, t in (("input", 1, a), ("other", 2, b)):
        if isinstance(dims, int):
            t.dim()  # which is asked first
        need_tensor("tensordot", t, name, position)
    messages.require(same_dtype(a, b), "functions.inner_dtypes")
    if isinstance(dims, Tensor):
        dims = dims.tolist()
    if isinstance(dims, int):
        messages.require(dims >= 0, "functions.tensordot_negative", dims)
        messages.require(dims <= min(a._data.ndim, b._data.ndim), "functions.tensordot_many", dims)
        dims = [*range(-dims, 0)], [*range(dims)]
    messages.require(isinstance(dims, (tuple, list)), "functions.tensordot_dims", dims)
    first, second = dims
    messages.require_same(len(first), len(second), "functions.tensordot_lengths")
    left, right = (as_dims(tuple(ds), t._data.ndim) if len(ds) else () for ds, t in zip(dims, (a, b)))
    for i, j in zip(left, right):
        n, m = a._data.shape[i], b._data.shape[j]
        messages.require(n == m or 1 in (n, m), "functions.tensordot_sizes", n, i, m, j)
        a, b = (ops.sum_dim(a, (i,), True), b) if m == 1 else (a, ops.sum_dim(b, (j,), True) if n == 1 else b)
    keep_a, keep_b = ([d for d in range(t._data.ndim) if d not in ds] for t, ds in ((a, left), (b, right)))
    rows, columns = ([t._data.shape[d] for d in ds] for t, ds in ((a, keep_a), (b, keep_b)))
    inner = math.prod(a._data.shape[d] for d in left)
    x, y = permute(a, (*keep_a, *left)), permute(b, (*right, *keep_b))
    if math.prod((*rows, *columns)) == 1:
        if all(np.asarray(t._data).flags.c_contiguous for t in (x, y)):
            product = functions.dot(functions.flatten(x), functions.flatten(y))
        else:
            product = ops.sum(ops.mul(functions.squeeze(x), functions.squeeze(y)))
        return ops.view(product, (*rows, *columns))
    product = functions.mm(reshape(x, (math.prod(rows), inner)), reshape(y, (inner, math.prod(columns))))
    return reshape(product, (*rows, *columns))


def einsum(equation: Any, *operands: Any) -> Tensor:
    """Products of the operands, summed over the letters that the result lacks.

    Also without an equation: each operand followed by a list of numbers (and `...`) in the place of its letters, and at
    the end, maybe, those of the result.
    """
    if isinstance(equation, Tensor):
        equation, operands = _spelled(equation, *operands)
    messages.require(operands, "functions.einsum_nothing")
    tensors = list(operands[0]) if len(operands) == 1 and not isinstance(operands[0], Tensor) else list(operands)
    messages.require(tensors, "functions.einsum_nothing")
    is_text = isinstance(equation, str)
    if not is_text:
        raise errors.argument("einsum", "equation", 1, equation, "str")
    left, arrow, result = equation.replace(" ", "").partition("->")
    terms = left.split(",")
    for i, t in enumerate(tensors):
        messages.require(isinstance(t, Tensor), "functions.element", i, 1, t)
    messages.require_same(
        len(terms), len(tensors), "functions.einsum", "more" if len(terms) < len(tensors) else "fewer"
    )
    at = 0
    names = [*(f"operand {i}" for i in range(len(terms))), "output"]
    for of, term in zip(names, (*terms, result)):
        rest = term.replace("...", "AAA", 1)
        wrong = next((i for i, c in enumerate(rest) if c not in LETTERS), None)
        if wrong is not None and rest.startswith(".", wrong):
            raise messages.error(f"functions.einsum_dots_{'twice' if '...' in term else 'few'}_{of[:2]}", of)
        messages.require(wrong is None, "functions.einsum_letter", at + (wrong or 0))
        at += len(term) + len("," if of in names[:-2] else "->")
    extras = [t._data.ndim - len(term.replace("...", "")) for t, term in zip(tensors, terms)]
    for i, (n, term) in enumerate(zip(extras, terms)):
        letters = len(term.replace("...", "")), tensors[i]._data.ndim, i
        messages.require(n == 0 or "..." in term, "functions.einsum_dims", *letters)
        messages.require(n >= 0, "functions.einsum_many", *letters)
    extra = max(extras)
    dots = DOTS[:extra]
    spelled = [term.replace("...", dots[extra - n :]) for term, n in zip(terms, extras)]
    sizes: dict[str, int] = {}
    for i, (t, letters) in enumerate(zip(tensors, spelled)):
        for c, n in zip(letters, t._data.shape):
            own = t._data.shape[letters.index(c)]
            messages.require_same(n, own, "functions.einsum_repeated", c, i, n, own)
            if n not in (1, sizes.get(c, n)) and sizes[c] != 1:
                if c in dots:
                    raise messages.error("functions.einsum_dots", dots.index(c) - extra + extras[i], i, n, sizes[c])
                raise messages.error("functions.einsum_sizes", c, n, i, sizes[c])
            sizes[c] = n if n != 1 else sizes.get(c, 1)
    once = "".join(sorted(c for c in set(left) - set(".,") if left.count(c) == 1))
    result = result.replace("...", dots) if arrow else dots + once
    for c in result:
        messages.require(c in sizes, "functions.einsum_output", c)
        messages.require_same(result.count(c), 1, "functions.einsum_twice", c)
    order = result + dots * (dots not in result) + "".join(c for c in sorted(sizes) if c not in result + dots)
    aligned = [_aligned(t, letters, order) for t, letters in zip(tensors, spelled)]
    x, kept, summed = aligned[0], len(result), range(len(result), len(order))
    counts = {d: sum(t._data.shape[d] != 1 for t in aligned) for d in summed}
    for y in aligned[1:]:
        pair, both, alone = (x, y), [], ([], [])  # what can be summed now
        for d in summed:
            shared = [t._data.shape[d] != 1 for t in pair]
            counts[d] -= all(shared)
            if counts[d] == 1 and any(shared):
                (both if all(shared) else alone[shared[1]]).append(d)
                counts[d] = 0
        left, right = (ops.sum_dim(t, tuple(d), True) if d else t for t, d in zip(pair, alone))
        x = _contracted(left, right, both)
    if not summed:
        return x
    return ops.view(x, x._data.shape[:kept]) if aligned[1:] else ops.sum_dim(x, tuple(summed), False)


def _spelled(*given: Any) -> tuple[str, tuple]:
    """The equation and the operands, of operands and lists of numbers that alternate."""

    def letters(numbers: Any) -> str:
        for n in numbers:
            messages.require(n is ... or 0 <= n < len(LETTERS), "functions.einsum_number")
        return "".join("..." if n is ... else LETTERS[n] for n in numbers)

    count = len(given) // 2 * 2
    output = f"->{letters(given[-1])}" if len(given) > count else ""
    return ",".join(map(letters, given[1:count:2])) + output, given[:count:2]


def _aligned(t: Tensor, letters: str, order: str) -> Tensor:
    """With a dimension for each letter, in their order, of size 1 for those it lacks. Of one that stands twice the diagonal."""
    for c in dict.fromkeys(letters):
        while letters.count(c) > 1:
            i, j = letters.index(c), letters.rindex(c)
            t = functions.movedim(functions.diagonal(t, 0, i, j), -1, i)
            letters = letters[:j] + letters[j + 1 :]
    for c in order:
        if c not in letters:
            t, letters = ops.unsqueeze(t, len(letters)), letters + c
    return permute(t, tuple(map(letters.index, order)))


def _contracted(a: Tensor, b: Tensor, summed: list) -> Tensor:
    """The product of two, whose dimensions are the same, summed over some, that stay: a batch of matrix products."""
    if not summed:
        return ops.mul(a, b)
    sizes = [*zip(a._data.shape, b._data.shape)]
    free = [d for d in range(len(sizes)) if d not in summed]
    batch = [d for d in free if 1 not in sizes[d]]
    rows = [d for d in free if sizes[d][0] != 1 and d not in batch]
    columns = [d for d in free if d not in batch + rows]
    if rows and columns and rows[0] > columns[-1]:  # so that the result is in order
        a, b, rows, columns = b, a, columns, rows
    order = [*batch, *rows, *summed, *columns]

    def matrices(t: Tensor, *groups: list) -> Tensor:
        turned = permute(t, tuple(d for group in groups for d in group))
        return reshape(
            turned, tuple(math.prod(max(sizes[d], key=lambda n: n != 1) for d in group) for group in groups[:3])
        )

    product = functions.bmm(matrices(a, batch, rows, summed, columns), matrices(b, batch, summed, columns, rows))
    shape = tuple(1 if d in summed else max(sizes[d], key=lambda n: n != 1) for d in order)
    return permute(ops.view(product, shape), tuple(map(order.index, range(len(order)))))


def chain_matmul(*matrices: Any) -> Tensor:
    """The product of several matrices. `linalg.multi_dot` has taken its place."""
    from refgrad import linalg

    each = need_tensors("chain_matmul", matrices)
    messages.warn("linalg.chain_matmul")
    for t in each:
        need_ndim(t, 2, "linalg.chain", t._data.ndim)
    only, *more = each
    return linalg.multi_dot(each) if more else ops.clone(only)


def powers(x: Tensor, count: int) -> Tensor:
    """(.., n) -> (.., n, count): the powers of each element from 0 to `count` - 1."""
    shape = (*x._data.shape, max(count - 1, 0))
    ones = wrap(np.ones((*x._data.shape, min(count, 1)), x._data.dtype))
    rest = expand(ops.unsqueeze(x, x._data.ndim), shape)
    rest = ops.cumprod(rest, len(shape) - 1) if count > 1 else rest
    return functions.cat([ones, rest], -1)


def vander(x: Tensor, N: IntOrNone = None, increasing: bool = False) -> Tensor:
    """(n) -> (n, N): the powers of each element, from N - 1 to 0, or the other way round."""
    need_ndim(x, 1, "linalg.vander_ndim")
    n = x._data.size if N is None else N
    messages.require(n >= 0, "linalg.vander_negative")
    made = wrap(np.empty((x._data.size, n), dtypes.promote_types(x.dtype, dtypes.int64).numpy))
    if n > 0:
        functions.select(made, 1, 0).fill_(1)
    if n > 1:  # written and read in place, in PyTorch, which so may not be gone back through
        for written in (lambda: ops.unsqueeze(x, 1), lambda: ops.cumprod(functions.narrow(made, 1, 1, n - 1), 1)):
            functions.narrow(made, 1, 1, n - 1).copy_(written())
    return made if increasing else functions.flip(made, (1,))


def cov(input: Tensor, *, correction: int = 1, fweights: Any = None, aweights: Any = None) -> Tensor:
    """Covariances of variables, each a row of observations: (m, n) -> (m, m), (n) -> ().

    fweights: how often each observation stands for itself; aweights: how much it counts. The sum of products is divided
    by the sum of the weights, less `correction`.
    """
    need_at_most(input, 2, "functions.cov_ndim", "cov", input._data.ndim)
    messages.require(not dtypes.is_bool(input._data), "functions.cov_bool")
    x = input if input._data.ndim == 2 else reshape(input, (1, -1))
    n = x._data.shape[1]
    for name, weights, kinds, kind in (
        ("fweights", fweights, "iu", "integral"),
        ("aweights", aweights, "f", "floating point"),
    ):
        if weights is not None:
            data = need_tensor("cov", weights, name, 0)._data
            messages.require(data.ndim <= 1, "functions.cov_weights_ndim", name, data.ndim)
            messages.require(data.dtype.kind in kinds, "functions.cov_weights_dtype", name, kind, data)
            messages.require_same(data.size, n, "functions.cov_weights_size", name, data.size, n)
            messages.require((data >= 0).all(), "functions.cov_negative", name)
    given = [w for w in (fweights, aweights) if w is not None]
    w = ops.mul(*given) if len(given) == 2 else given[0] if given else None
    total: Any = n if w is None else ops.sum(w)
    messages.require(w is None or total._data != 0, "functions.cov_zero")
    centre = ops.sum_dim(x if w is None else ops.mul(x, w), (1,), False)
    x = ops.sub(x, ops.unsqueeze(ops.div(centre, total), 1))
    freedom = total - correction if correction else total
    if aweights is not None and correction:
        freedom = ops.sub(total, ops.div(ops.mul_scalar(ops.sum(ops.mul(w, aweights)), correction), total))
    if getattr(freedom, "_data", freedom) <= 0:
        messages.warn("functions.cov_degrees")
        freedom = freedom.zero_() if isinstance(freedom, Tensor) else 0
    weighted = functions.conj(x if w is None else ops.mul(x, w))
    return functions.squeeze(ops.div(functions.mm(x, ops.t(weighted)), freedom))


def corrcoef(input: Tensor) -> Tensor:
    """Correlations of variables, each a row of observations: (m, n) -> (m, m), (n) -> ()."""
    need_at_most(input, 2, "functions.cov_ndim", "corrcoef", input._data.ndim)
    c = cov(input)
    if not c._data.ndim:
        return ops.div(c, c)
    spread = ops.sqrt(functions.real(functions.diagonal(c)))
    c = ops.div(ops.div(c, view(spread, (-1, 1))), view(spread, (1, -1)))
    return c if dtypes.is_complex(c._data) else functions.clamp(c, -1, 1)


MODES = ("use_mm_for_euclid_dist_if_necessary", "use_mm_for_euclid_dist", "donot_use_mm_for_euclid_dist")


def cdist(x1: Tensor, x2: Tensor, p: Number = 2.0, compute_mode: Any = MODES[0]) -> Tensor:
    """The p-norms of the differences of all rows: (..., n, d) and (..., m, d) give (..., n, m)."""
    messages.require(compute_mode is None or compute_mode in MODES, "functions.cdist_mode", compute_mode)
    for name, x in (("X1", x1), ("X2", x2)):
        messages.require(dtypes.is_float(x._data), "functions.cdist_dtype", name, x)
        messages.require(x._data.ndim > 1, "functions.cdist_ndim", name, x._data.ndim)
    n, m = x1._data.shape[-1], x2._data.shape[-1]
    messages.require_same(n, m, "functions.cdist_columns", n, m)
    functions.need_dtype("cdist", x1)
    messages.require(same_dtype(x1, x2), "functions.bmm_dtypes", x1, x2)
    messages.require(p >= 0, "functions.cdist_p")
    return ops.cdist(x1, x2, float(p) if n else 1.0)  # without columns, every norm is zero
