"""Functions made of others, as they are in PyTorch: they have no derivatives of their own."""

from __future__ import annotations

import builtins
import itertools
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from refgrad import conjugation, dtypes
from refgrad.functions import arithmetic, copies, products, reductions, shapes
from refgrad.functions.arguments import as_dim, as_dims, as_shape, ops
from refgrad.tensor import Tensor, wrap

COMPOSED: dict[str, Callable] = {}


def composed(function: Callable) -> Callable:
    COMPOSED[function.__name__] = function
    return function


def at_least(n: int, widen: Callable) -> Callable:
    def function(*tensors: Any) -> Any:
        if len(tensors) == 1 and isinstance(tensors[0], Tensor):
            return widen(tensors[0]) if tensors[0]._data.ndim < n else tensors[0]
        return tuple(map(function, tensors[0] if len(tensors) == 1 else tensors))

    function.__name__ = function.__qualname__ = f"atleast_{n}d"
    function.__doc__ = f"Each tensor with dimensions of size 1 added until it has {n}."
    return composed(function)


def _to_3d(x: Tensor) -> Tensor:
    return shapes.unsqueeze(at_least_2d(x), -1)


at_least_1d = at_least(1, lambda x: shapes.reshape(x, 1))
at_least_2d = at_least(2, lambda x: shapes.unsqueeze(at_least_1d(x), 0))
at_least_3d = at_least(3, _to_3d)


@composed
def tile(input: Tensor, *dims: Any) -> Tensor:
    """`repeat`, where dimensions that are not named are not repeated."""
    counts = as_shape(dims)
    return shapes.repeat(input, *((1,) * (input._data.ndim - len(counts)) + counts))


@composed
def broadcast_tensors(*tensors: Any) -> tuple:
    """The tensors, expanded to their common shape."""
    all_of = tensors[0] if len(tensors) == 1 and not isinstance(tensors[0], Tensor) else tensors
    shape: tuple = ()
    for t in all_of:
        shape = products.broadcast_shapes(shape, t._data.shape)
    return tuple(shapes.expand(t, *shape) for t in all_of)


@composed
def repeat_interleave(input: Tensor, repeats: Any, dim: int | None = None, *, output_size: Any = None) -> Tensor:
    """Each element along `dim` (by default of the flattened tensor) `repeats` times, one number for all or for each."""
    x = shapes.flatten(input) if dim is None else input
    d = as_dim(dim or 0, x._data.ndim)
    if isinstance(repeats, int):
        wide = shapes.expand(shapes.unsqueeze(x, d + 1), *x._data.shape[: d + 1], repeats, *x._data.shape[d + 1 :])
        return shapes.flatten(ops.clone(wide), d, d + 1)
    counts = repeats._data
    return shapes.index_select(x, d, wrap(np.repeat(np.arange(x._data.shape[d]), counts)))


@composed
def tensor_split(input: Tensor, indices_or_sections: Any, dim: int = 0) -> tuple:
    """Views of parts along `dim`: so many, of almost equal size, or cut before the indices."""
    d = as_dim(dim, input._data.ndim)
    n, cuts = input._data.shape[d], indices_or_sections
    cuts = cuts.tolist() if isinstance(cuts, Tensor) else cuts
    if isinstance(cuts, int):
        small, more = divmod(n, cuts)
        cuts = list(itertools.accumulate([small + (i < more) for i in range(cuts)]))[:-1]
    ends = [slice(None, c).indices(n)[1] for c in cuts]
    return tuple(ops.slice(input, d, a, builtins.max(a, b), 1) for a, b in zip([0, *ends], [*ends, n], strict=True))


def split_along(name: str, axis: int) -> None:
    def function(input: Tensor, indices_or_sections: Any) -> tuple:
        return tensor_split(input, indices_or_sections, axis if input._data.ndim > axis else 0)

    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"`tensor_split` along dimension {axis}."
    composed(function)


for _name, _axis in (("hsplit", 1), ("vsplit", 0), ("dsplit", 2)):
    split_along(_name, _axis)


@composed
def diff(input: Tensor, n: int = 1, dim: int = -1, prepend: Any = None, append: Any = None) -> Tensor:
    """Differences of neighbours along `dim`, `n` times over."""
    d = as_dim(dim, input._data.ndim)
    parts = [t for t in (prepend, input, append) if t is not None]
    x = shapes.cat(parts, d) if len(parts) > 1 else input
    for _ in range(builtins.min(n, x._data.shape[d])):
        size = x._data.shape[d] - 1
        x = ops.sub(shapes.narrow(x, d, 1, size), shapes.narrow(x, d, 0, size))
    return x


@composed
def trapezoid(y: Tensor, x: Any = None, *, dx: float = 1, dim: int = -1) -> Tensor:
    """The integral of `y` along `dim` by the trapezoidal rule, at places `x` or `dx` apart."""
    return ops.sum_dim(trapezoids(y, x, dx, dim), (as_dim(dim, y._data.ndim),), False)


@composed
def cumulative_trapezoid(y: Tensor, x: Any = None, *, dx: float = 1, dim: int = -1) -> Tensor:
    """The integral up to each place, by the trapezoidal rule."""
    return ops.cumsum(trapezoids(y, x, dx, dim), as_dim(dim, y._data.ndim))


def trapezoids(y: Tensor, x: Any, dx: float, dim: int) -> Tensor:
    d = as_dim(dim, y._data.ndim)
    size = y._data.shape[d] - 1
    pair = ops.add(shapes.narrow(y, d, 1, size), shapes.narrow(y, d, 0, size))
    if x is None:
        return ops.mul(pair, dx / 2)
    width = diff(x, 1, -1 if x._data.ndim == 1 else d)
    if x._data.ndim == 1 and y._data.ndim > 1:
        width = shapes.reshape(width, tuple(size if i == d else 1 for i in range(y._data.ndim)))
    return ops.div(ops.mul(pair, width), 2.0)


@composed
def nansum(input: Tensor, dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> Tensor:
    """The sum of what is not nan."""
    return ops.nansum(copies.in_dtype(input, dtype), as_dims(dim, input._data.ndim), keepdim)


@composed
def nanmean(input: Tensor, dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> Tensor:
    """The mean of what is not nan."""
    dims = as_dims(dim, input._data.ndim)
    count = wrap(np.asarray(np.sum(input._data == input._data, axis=dims, keepdims=keepdim)))
    return ops.div(nansum(input, dim, keepdim, dtype=dtype), count)


@composed
def float_power(input: Any, exponent: Any) -> Tensor:
    """`input ** exponent` in double precision."""
    values = [copies.to(v, dtypes.float64) if isinstance(v, Tensor) else float(v) for v in (input, exponent)]
    return arithmetic.pow(*values)


@composed
def ldexp(input: Tensor, other: Tensor) -> Tensor:
    """input * 2 ** other."""
    return ops.mul(input, arithmetic.pow(2.0, other))


@composed
def dist(input: Tensor, other: Tensor, p: float = 2) -> Tensor:
    """The p-norm of the difference."""
    return ops.dist(input, other, float(p))


@composed
def cdist(x1: Tensor, x2: Tensor, p: float = 2.0, compute_mode: Any = None) -> Tensor:
    """The p-norms of the differences of all rows: (..., n, d) and (..., m, d) give (..., n, m)."""
    return ops.cdist(x1, x2, float(p))


@composed
def rot90(input: Tensor, k: int = 1, dims: Any = (0, 1)) -> Tensor:
    """Turned `k` times by 90 degrees in the plane of the two `dims`."""
    a, b = as_dims(tuple(dims), input._data.ndim)
    if k % 4 == 0:
        return copies.clone(input)
    if k % 4 == 2:
        return shapes.flip(input, a, b)
    return shapes.flip(shapes.transpose(input, a, b), a if k % 4 == 1 else b)


for _name, _axis in (("fliplr", 1), ("flipud", 0)):
    COMPOSED[_name] = lambda input, axis=_axis: shapes.flip(input, axis)


@composed
def diag(input: Tensor, diagonal: int = 0) -> Tensor:
    """A vector as the diagonal of a matrix, or the diagonal of a matrix."""
    if input._data.ndim == 2:
        return ops.diagonal_copy(input, diagonal, 0, 1)
    if input._data.ndim != 1:
        raise RuntimeError(f"diag(): Supports 1D or 2D tensors. Got {input._data.ndim}D")
    return diag_embed(input, diagonal)


@composed
def diag_embed(input: Tensor, offset: int = 0, dim1: int = -2, dim2: int = -1) -> Tensor:
    """The last dimension as the diagonals of matrices."""
    n, ndim = input._data.shape[-1] + abs(offset), input._data.ndim + 1
    a, b = as_dim(dim1, ndim), as_dim(dim2, ndim)
    rest = iter(input._data.shape[:-1])
    shape = tuple(n if d in (a, b) else next(rest) for d in range(ndim))
    return ops.diag_embed(input, shape, offset, a, b)


def joined(name: str, axis: int, widen: Callable) -> None:
    def function(tensors: Any) -> Tensor:
        wide = [widen(t) for t in tensors]
        return shapes.cat(wide, axis if wide[0]._data.ndim > axis else 0)

    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"The tensors joined along dimension {axis}."
    composed(function)


joined("hstack", 1, at_least_1d)
joined("vstack", 0, at_least_2d)
joined("dstack", 2, at_least_3d)
joined("column_stack", 1, lambda t: t if t._data.ndim > 1 else shapes.reshape(t, (-1, 1)))


@composed
def inner(input: Tensor, other: Tensor) -> Tensor:
    """Products summed over the last dimension of both."""
    if not (input._data.ndim and other._data.ndim):
        return ops.mul(input, other)
    return tensordot(input, other, ([-1], [-1]))


@composed
def std_mean(input: Tensor, *args: Any, **kwargs: Any) -> tuple:
    """Standard deviation and mean."""
    return reductions.std(input, *args, **kwargs), reductions.var_mean(input, *args, **kwargs)[1]


@composed
def block_diag(*tensors: Tensor) -> Tensor:
    """A matrix with the tensors along its diagonal."""
    blocks = [at_least_2d(t) for t in tensors]
    width = builtins.sum(b._data.shape[1] for b in blocks)
    rows, before = [], 0
    for b in blocks:
        n, m = b._data.shape
        sides = [wrap(np.zeros((n, w), b._data.dtype)) for w in (before, width - before - m)]
        rows.append(shapes.cat([sides[0], b, sides[1]], 1))
        before += m
    return shapes.cat(rows, 0)


@composed
def kron(input: Tensor, other: Tensor) -> Tensor:
    """Kronecker's product."""
    n = builtins.max(input._data.ndim, other._data.ndim)
    a, b = [(1,) * (n - t._data.ndim) + t._data.shape for t in (input, other)]
    left = shapes.reshape(input, tuple(k for m in a for k in (m, 1)))
    right = shapes.reshape(other, tuple(k for m in b for k in (1, m)))
    return shapes.reshape(ops.mul(left, right), tuple(i * j for i, j in zip(a, b, strict=True)))


@composed
def cross(input: Tensor, other: Tensor, dim: int | None = None) -> Tensor:
    """The cross product of vectors along `dim`, by default the first dimension of size 3."""
    found = [i for i, n in enumerate(input._data.shape) if n == 3]
    return ops.linalg_cross(input, other, as_dim(dim, input._data.ndim) if dim is not None else found[0])


@composed
def trace(input: Tensor) -> Tensor:
    """The sum of the diagonal of a matrix."""
    if input._data.ndim != 2:
        raise RuntimeError(f"trace: expected a matrix, but got tensor with dim {input._data.ndim}")
    return ops.trace(input)


@composed
def tensordot(a: Tensor, b: Tensor, dims: Any = 2) -> Tensor:
    """Products summed over pairs of dimensions: the last `dims` of `a` with the first of `b`, or those listed."""
    if isinstance(dims, int):
        left, right = list(range(a._data.ndim - dims, a._data.ndim)), list(range(dims))
    else:
        left, right = ([as_dim(d, t._data.ndim) for d in ds] for ds, t in zip(dims, (a, b), strict=True))
    keep_a, keep_b = ([d for d in range(t._data.ndim) if d not in ds] for t, ds in ((a, left), (b, right)))
    inner = math.prod(a._data.shape[d] for d in left)
    x = shapes.reshape(shapes.permute(a, *keep_a, *left), (-1 if inner else a._data.size, inner))
    y = shapes.reshape(shapes.permute(b, *right, *keep_b), (inner, -1 if inner else b._data.size))
    return shapes.reshape(ops.mm(x, y), tuple(t._data.shape[d] for t, ds in ((a, keep_a), (b, keep_b)) for d in ds))


@composed
def einsum(equation: str, *operands: Any) -> Tensor:
    """Products of the operands, summed over the letters that the result lacks."""
    tensors = list(operands[0]) if len(operands) == 1 and not isinstance(operands[0], Tensor) else list(operands)
    left, arrow, result = equation.replace(" ", "").partition("->")
    terms = left.split(",")
    if len(terms) != len(tensors):
        more = "more" if len(terms) < len(tensors) else "fewer"
        raise RuntimeError(f"einsum(): {more} operands were provided than specified in the equation")
    extra = builtins.max(t._data.ndim - len(term.replace("...", "")) for t, term in zip(tensors, terms, strict=True))
    dots = "".join(map(chr, range(0x100, 0x100 + extra)))  # letters in the place of an ellipsis
    named = []
    for t, term in zip(tensors, terms, strict=True):
        n = t._data.ndim - len(term.replace("...", ""))
        named.append(on_diagonals(t, term.replace("...", dots[extra - n :])))
    once = "".join(sorted(c for c in set(left) - set(".,") if left.count(c) == 1))
    result = result.replace("...", dots) if arrow else dots + once
    x, have = named[0]
    for i, (y, other) in enumerate(named[1:], 2):
        later = result + "".join(rest for _, rest in named[i:])
        x, have = contracted(x, have, y, other, later)
    x, have = summed(x, have, result)
    return x if have == result else shapes.permute(x, *[have.index(c) for c in result])


def on_diagonals(t: Tensor, letters: str) -> tuple[Tensor, str]:
    """A letter that stands twice means the diagonal."""
    for c in dict.fromkeys(letters):
        while letters.count(c) > 1:
            i, j = letters.index(c), letters.rindex(c)
            t = shapes.movedim(shapes.diagonal(t, 0, i, j), -1, i)
            letters = letters[:j] + letters[j + 1 :]
    return t, letters


def summed(t: Tensor, letters: str, keep: str) -> tuple[Tensor, str]:
    gone = tuple(i for i, c in enumerate(letters) if c not in keep)
    kept = "".join(c for c in letters if c in keep)
    return (ops.sum_dim(t, gone, False) if gone else t), kept


def contracted(a: Tensor, left: str, b: Tensor, right: str, keep: str) -> tuple[Tensor, str]:
    """The product of two operands as a batch of matrix products."""
    a, left = summed(a, left, keep + right)
    b, right = summed(b, right, keep + left)
    sizes = {c: n for t, ls in ((a, left), (b, right)) for c, n in zip(ls, t._data.shape, strict=True) if n != 1}
    batch = [c for c in left if c in right and c in keep]
    inner = [c for c in left if c in right and c not in keep]
    rows, columns = [c for c in left if c not in right], [c for c in right if c not in left]

    def matrices(t: Tensor, letters: str, groups: tuple) -> Tensor:
        order = [c for group in groups for c in group]
        t = shapes.permute(t, *[letters.index(c) for c in order])
        t = shapes.expand(t, *[sizes.get(c, 1) for c in order]) if order else t
        return shapes.reshape(t, tuple(math.prod(sizes.get(c, 1) for c in group) for group in groups))

    product = ops.bmm(matrices(a, left, (batch, rows, inner)), matrices(b, right, (batch, inner, columns)))
    letters = [*batch, *rows, *columns]
    return shapes.reshape(product, tuple(sizes.get(c, 1) for c in letters)), "".join(letters)


@composed
def matrix_power(input: Tensor, n: int) -> Tensor:
    """A square matrix multiplied by itself, or for negative `n` its inverse."""
    base = ops.linalg_inv_ex(input) if n < 0 else input
    if not n:
        return wrap(np.broadcast_to(np.eye(input._data.shape[-1], dtype=input._data.dtype), input._data.shape).copy())
    result = base
    for _ in range(abs(n) - 1):
        result = products.matmul(result, base)
    return result


@composed
def softmin(input: Tensor, dim: int, dtype: Any = None) -> Tensor:
    """`softmax` of the negated input."""
    return reductions.softmax(ops.neg(input), dim, dtype)


@composed
def conj(input: Tensor) -> Tensor:
    """The complex conjugate; a real tensor as it is."""
    return ops.conj(input) if input._data.dtype.kind == "c" else input


@composed
def vdot(input: Tensor, other: Tensor) -> Tensor:
    """The dot product of the conjugate of `input` with `other`."""
    return products.dot(conj(input), other)


@composed
def real(input: Tensor) -> Tensor:
    """The real part, a view; a real tensor as it is."""
    return ops.real(input) if input._data.dtype.kind == "c" else input


@composed
def imag(input: Tensor) -> Tensor:
    """The imaginary part, a view."""
    if input._data.dtype.kind != "c":
        raise RuntimeError("imag is not implemented for tensors with non-complex dtypes.")
    return ops.imag(input)


@composed
def complex(real: Tensor, imag: Tensor) -> Tensor:
    """real + i imag."""
    conjugation.watch()
    return ops.complex(real, imag)


@composed
def polar(abs: Tensor, angle: Tensor) -> Tensor:
    """abs * exp(i angle)."""
    return complex(ops.mul(abs, ops.cos(angle)), ops.mul(abs, ops.sin(angle)))


@composed
def view_as_complex(input: Tensor) -> Tensor:
    """(..., 2) real -> (...) complex, a view."""
    conjugation.watch()
    if not input._data.ndim:
        raise RuntimeError("Input tensor must have one or more dimensions")
    if input._data.shape[-1] != 2:
        raise RuntimeError("Tensor must have a last dimension of size 2")
    return ops.view_as_complex(input)


@composed
def view_as_real(input: Tensor) -> Tensor:
    """(...) complex -> (..., 2) real, a view."""
    if input._data.dtype.kind != "c":
        raise RuntimeError("view_as_real is only supported for complex tensors")
    return ops.view_as_real(input)


@composed
def angle(input: Tensor) -> Tensor:
    """The angle of a complex number; of a real one 0, or pi where it is negative."""
    return ops.angle(input)


@composed
def count_nonzero(input: Tensor, dim: Any = None) -> Tensor:
    """How many elements are not zero."""
    dims = None if dim is None else as_dims(dim, input._data.ndim)
    return wrap(np.asarray(np.sum(input._data != 0, axis=dims), np.int64)[()])


@composed
def argwhere(input: Tensor) -> Tensor:
    """The indices of the elements that are not zero, a row each."""
    return wrap(np.argwhere(input._data))


@composed
def nonzero(input: Tensor, *, as_tuple: bool = False) -> Any:
    """The indices of the elements that are not zero: a row each, or a tensor a dimension."""
    return tuple(map(wrap, np.nonzero(np.atleast_1d(input._data)))) if as_tuple else argwhere(input)


@composed
def positive(input: Tensor) -> Tensor:
    """The tensor itself. RuntimeError for booleans."""
    if input._data.dtype == bool:
        raise RuntimeError("The `+` operator, on a bool tensor is not supported.")
    return input


@composed
def nextafter(input: Tensor, other: Tensor) -> Tensor:
    """The next floating point number towards `other`."""
    return wrap(np.nextafter(input._data, other._data))
