"""Functions made of others, as they are in PyTorch: they have no derivatives of their own."""

from __future__ import annotations

import builtins
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from refgrad import conjugation, functions, messages
from refgrad.functions.arguments import Dim, DimsOrNone, Shape, as_dim, as_dims, broadcast_shapes, ops
from refgrad.functions.shapes import cat, expand, flatten, narrow, reshape, tensor_split
from refgrad.tensor import Tensor, wrap




































def kron(input: Tensor, other: Tensor) -> Tensor:
    """Kronecker's product."""
    n = builtins.max(input._data.ndim, other._data.ndim)
    a, b = [(1,) * (n - t._data.ndim) + t._data.shape for t in (input, other)]
    left = reshape(input, tuple(k for m in a for k in (m, 1)))
    right = reshape(other, tuple(k for m in b for k in (1, m)))
    return reshape(ops.mul(left, right), tuple(i * j for i, j in zip(a, b, strict=True)))


def cross(input: Tensor, other: Tensor, dim: int | None = None) -> Tensor:
    """The cross product of vectors along `dim`, by default the first dimension of size 3."""
    dim = input._data.shape.index(3) if dim is None else as_dim(dim, input._data.ndim)
    return ops.linalg_cross(input, other, dim)


def trace(input: Tensor) -> Tensor:
    """The sum of the diagonal of a matrix."""
    messages.require(input._data.ndim == 2, "functions.trace", input._data.ndim)
    return ops.trace(input)


def inner(input: Tensor, other: Tensor) -> Tensor:
    """Products summed over the last dimension of both."""
    if not (input._data.ndim and other._data.ndim):
        return ops.mul(input, other)
    return tensordot(input, other, ([-1], [-1]))


def tensordot(a: Tensor, b: Tensor, dims: Any = 2) -> Tensor:
    """Products summed over pairs of dimensions: the last `dims` of `a` with the first of `b`, or those listed."""
    if isinstance(dims, int):
        left, right = list(range(a._data.ndim - dims, a._data.ndim)), list(range(dims))
    else:
        left, right = ([as_dim(d, t._data.ndim) for d in ds] for ds, t in zip(dims, (a, b), strict=True))
    keep_a, keep_b = ([d for d in range(t._data.ndim) if d not in ds] for t, ds in ((a, left), (b, right)))
    inner = math.prod(a._data.shape[d] for d in left)
    x = reshape(functions.permute(a, *keep_a, *left), (-1 if inner else a._data.size, inner))
    y = reshape(functions.permute(b, *right, *keep_b), (inner, -1 if inner else b._data.size))
    return reshape(ops.mm(x, y), tuple(t._data.shape[d] for t, ds in ((a, keep_a), (b, keep_b)) for d in ds))


def einsum(equation: str, *operands: Any) -> Tensor:
    """Products of the operands, summed over the letters that the result lacks."""
    tensors = list(operands[0]) if len(operands) == 1 and not isinstance(operands[0], Tensor) else list(operands)
    left, arrow, result = equation.replace(" ", "").partition("->")
    terms = left.split(",")
    more = "more" if len(terms) < len(tensors) else "fewer"
    messages.require(len(terms) == len(tensors), "functions.einsum", more)
    extras = [t._data.ndim - len(term.replace("...", "")) for t, term in zip(tensors, terms, strict=True)]
    extra = builtins.max(extras)
    dots = "".join(map(chr, range(0x100, 0x100 + extra)))  # letters in the place of an ellipsis
    spelled = [term.replace("...", dots[extra - n :]) for term, n in zip(terms, extras, strict=True)]
    named = list(map(_on_diagonals, tensors, spelled))
    once = "".join(sorted(c for c in set(left) - set(".,") if left.count(c) == 1))
    result = result.replace("...", dots) if arrow else dots + once
    x, have = named[0]
    for i, (y, other) in enumerate(named[1:], 2):
        x, have = _contracted(x, have, y, other, result + "".join(rest for _, rest in named[i:]))
    x, have = _summed(x, have, result)
    return x if have == result else functions.permute(x, *[have.index(c) for c in result])


def _on_diagonals(t: Tensor, letters: str) -> tuple[Tensor, str]:
    """A letter that stands twice means the diagonal."""
    for c in dict.fromkeys(letters):
        while letters.count(c) > 1:
            i, j = letters.index(c), letters.rindex(c)
            t = functions.movedim(functions.diagonal(t, 0, i, j), -1, i)
            letters = letters[:j] + letters[j + 1 :]
    return t, letters


def _summed(t: Tensor, letters: str, keep: str) -> tuple[Tensor, str]:
    gone = tuple(i for i, c in enumerate(letters) if c not in keep)
    return (ops.sum_dim(t, gone, False) if gone else t), "".join(c for c in letters if c in keep)


def _contracted(a: Tensor, left: str, b: Tensor, right: str, keep: str) -> tuple[Tensor, str]:
    """The product of two operands as a batch of matrix products."""
    a, left = _summed(a, left, keep + right)
    b, right = _summed(b, right, keep + left)
    sizes = {c: n for t, ls in ((a, left), (b, right)) for c, n in zip(ls, t._data.shape, strict=True) if n != 1}
    batch = [c for c in left if c in right and c in keep]
    inner = [c for c in left if c in right and c not in keep]
    rows, columns = [c for c in left if c not in right], [c for c in right if c not in left]

    def matrices(t: Tensor, letters: str, groups: tuple) -> Tensor:
        order = [c for group in groups for c in group]
        t = functions.permute(t, *[letters.index(c) for c in order])
        t = expand(t, *[sizes.get(c, 1) for c in order]) if order else t
        return reshape(t, tuple(math.prod(sizes.get(c, 1) for c in group) for group in groups))

    product = ops.bmm(matrices(a, left, (batch, rows, inner)), matrices(b, right, (batch, inner, columns)))
    letters = [*batch, *rows, *columns]
    return reshape(product, tuple(sizes.get(c, 1) for c in letters)), "".join(letters)


def conj(input: Tensor) -> Tensor:
    """The complex conjugate; a real tensor as it is."""
    return ops.conj(input) if input._data.dtype.kind == "c" else input


def real(input: Tensor) -> Tensor:
    """The real part, a view; a real tensor as it is."""
    return ops.real(input) if input._data.dtype.kind == "c" else input


def imag(input: Tensor) -> Tensor:
    """The imaginary part, a view."""
    messages.require(input._data.dtype.kind == "c", "functions.imag")
    return ops.imag(input)


def complex(real: Tensor, imag: Tensor) -> Tensor:
    """real + i imag."""
    conjugation.watch()
    return ops.complex(real, imag)


def polar(abs: Tensor, angle: Tensor) -> Tensor:
    """abs * exp(i angle)."""
    return complex(ops.mul(abs, ops.cos(angle)), ops.mul(abs, ops.sin(angle)))


def view_as_complex(input: Tensor) -> Tensor:
    """(..., 2) real -> (...) complex, a view."""
    conjugation.watch()
    messages.require(input._data.ndim, "functions.view_as_complex_ndim")
    messages.require(input._data.shape[-1] == 2, "functions.view_as_complex")
    return ops.view_as_complex(input)


def view_as_real(input: Tensor) -> Tensor:
    """(...) complex -> (..., 2) real, a view."""
    messages.require(input._data.dtype.kind == "c", "functions.view_as_real")
    return ops.view_as_real(input)


def count_nonzero(input: Tensor, dim: DimsOrNone = None) -> Tensor:
    """How many elements are not zero."""
    return wrap(np.asarray(np.sum(input._data != 0, axis=dim), np.int64)[()])


def argwhere(input: Tensor) -> Tensor:
    """The indices of the elements that are not zero, a row each."""
    return wrap(np.argwhere(input._data))


def nonzero(input: Tensor, *, as_tuple: bool = False) -> Any:
    """The indices of the elements that are not zero: a row each, or a tensor a dimension."""
    return tuple(map(wrap, np.nonzero(np.atleast_1d(input._data)))) if as_tuple else argwhere(input)


def positive(input: Tensor) -> Tensor:
    """The tensor itself. RuntimeError for booleans."""
    messages.require(input._data.dtype != bool, "functions.positive")
    return input


def nextafter(input: Tensor, other: Tensor) -> Tensor:
    """The next floating point number towards `other`."""
    return wrap(np.nextafter(input._data, other._data))
