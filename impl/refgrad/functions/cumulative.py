"""Differences of neighbours, slopes and integrals along dimensions."""

from __future__ import annotations

import builtins
from typing import Any

import numpy as np

from refgrad import errors, functions, messages
from refgrad.functions.arguments import Dim, Dims, Number, need_tensor, ops
from refgrad.functions.joining import cat
from refgrad.functions.parts import _slice, narrow
from refgrad.functions.shapes import reshape, view
from refgrad.tensor import Tensor, wrap


def diff(input: Tensor, n: int = 1, dim: Dim = -1, prepend: Any = None, append: Any = None) -> Tensor:
    """Differences of neighbours along `dim`, `n` times over."""
    messages.require(input._data.ndim, "functions.diff_scalar")
    messages.require(n >= 0, "functions.diff_order", n)
    if not n:
        return ops.clone(input)
    parts = [t for t in (prepend, input, append) if t is not None]
    x = cat(parts, dim) if len(parts) > 1 else input
    for _ in range(builtins.min(n, x._data.shape[dim])):
        size = x._data.shape[dim] - 1
        minus = ops.logical_xor if x._data.dtype == bool else ops.sub
        x = minus(narrow(x, dim, 1, size), narrow(x, dim, 0, size))
    return x


def gradient(input: Tensor, *, spacing: Any = 1, dim: Dims = None, edge_order: int = 1) -> tuple:
    """The slopes along each of `dim`: in the middle between both neighbours, at the edges to `edge_order` neighbours.

    spacing: how far the elements are apart: a number for all dimensions, or for each a number or a vector of places.
    """
    spacing = 1 if spacing is None else spacing
    several = isinstance(spacing, (tuple, list))
    if isinstance(spacing, Tensor) or not (several or isinstance(spacing, (int, float))):
        raise errors.argument("gradient", "spacing", 0, spacing, "Number")
    each = list(spacing) if several else [spacing]
    each = each * len(dim) if len(each) == 1 and not isinstance(each[0], Tensor) else each
    messages.require(len(each) == len(dim), "functions.gradient_spacing", len(each), len(dim))
    messages.require(edge_order in (1, 2), "functions.gradient_order")
    messages.require(all(input._data.shape[d] > edge_order for d in dim), "functions.gradient_size")
    return tuple(_slopes(input, gaps, d, edge_order) for gaps, d in zip(each, dim, strict=True))


# by `edge_order`: what the first elements count in the slope there, and the last ones in theirs
ENDS = {1: ((-1, 1), (-1, 1)), 2: ((-1.5, 2, -0.5), (0.5, -2, 1.5))}


def _even_slopes(x: Tensor, spacing: float, d: int, edge_order: int) -> Tensor:
    """Slopes between elements that are all `spacing` apart."""
    n = x._data.shape[d]

    def weighted(first: int, weights: tuple, size: int = 1) -> Tensor:
        """The difference of elements from the `first`, or the sum of them times the weights."""
        terms = [narrow(x, d, first + i, size) for i in range(len(weights))]
        if len(terms) == 2:
            return ops.div_scalar(ops.sub(terms[1], terms[0]), spacing)
        scaled = [ops.mul_scalar(t, w) for t, w in zip(terms, weights, strict=True)]
        return ops.div_scalar(ops.add(ops.add(scaled[0], scaled[1]), scaled[2]), spacing)

    first, last = (weighted(i, w) for i, w in zip((0, n - edge_order - 1), ENDS[edge_order], strict=True))
    middle = ops.div_scalar(ops.sub(narrow(x, d, 2, n - 2), narrow(x, d, 0, n - 2)), spacing)
    return cat((first, ops.div_scalar(middle, 2), last), d)


def _slopes(x: Tensor, spacing: Any, d: int, edge_order: int) -> Tensor:
    n = x._data.shape[d]
    if isinstance(spacing, Tensor):
        messages.require(spacing._data.ndim == 1, "functions.gradient_places", spacing._data.ndim)
        messages.require(spacing._data.size == n, "functions.gradient_places_size", n, spacing._data.size)
        spacing = functions.diff(spacing)
    else:
        return _even_slopes(x, spacing, d, edge_order)
    gaps = reshape(spacing, tuple(-1 if i == d else 1 for i in range(x._data.ndim)))

    def at(i: int, size: int = 1) -> Tensor:
        return narrow(x, d, i % n, size)

    def edge(i: int, towards: int) -> Tensor:
        """At the element `i`, from the neighbours in that direction."""
        p, q = (narrow(gaps, d, (i + min(0, towards) + j * towards) % n, 1) for j in (0, edge_order - 1))
        if edge_order == 1:
            return (at(max(i, i + towards)) - at(min(i, i + towards))) / p
        near, far = at(i + towards) * ((p + q) / (p * q)), at(i + 2 * towards) * (p / (q * (p + q)))
        return (near - far - at(i) * ((2 * p + q) / (p * (p + q)))) * towards

    before, after = narrow(gaps, d, 0, n - 2), narrow(gaps, d, 1, n - 2)
    both = before + after
    middle = at(2, n - 2) * (before / (after * both)) - at(0, n - 2) * (after / (before * both))
    middle = middle + at(1, n - 2) * ((after - before) / (before * after))
    return cat((edge(0, 1), middle, edge(n - 1, -1)), d)


def trapezoid(y: Tensor, x: Any = ..., *, dx: Number = 1, dim: Dim = -1) -> Tensor:
    """The integral of `y` along `dim` by the trapezoidal rule, at places `x` or `dx` apart."""
    messages.require(y._data.ndim, "functions.unbind", dim)
    messages.require(y._data.dtype.kind != "b", "functions.trapezoid_bool", "trapezoid")
    if not y._data.shape[dim]:
        return wrap(np.empty(np.delete(y._data.shape, dim), y._data.dtype)).zero_()
    if x is not ...:
        return ops.div_scalar(ops.sum_dim(_trapezoids(y, x, dim), (dim,), False), 2.0)
    ends = ops.add(ops.select(y, dim, 0), ops.select(y, dim, y._data.shape[dim] - 1))
    return ops.mul_scalar(ops.sub(ops.sum_dim(y, (dim,), False), ops.mul_scalar(ends, 0.5)), dx)


def cumulative_trapezoid(y: Tensor, x: Any = ..., *, dx: Number = 1, dim: Dim = -1) -> Tensor:
    """The integral up to each place, by the trapezoidal rule."""
    messages.require(y._data.dtype.kind != "b", "functions.trapezoid_bool", "cumulative_trapezoid")
    if x is ...:
        return ops.cumsum(ops.mul_scalar(ops.add(_slice(y, dim, 0, -1), _slice(y, dim, 1)), dx / 2), dim)
    return ops.div_scalar(ops.cumsum(_trapezoids(y, x, dim), dim), 2.0)


def _trapezoids(y: Tensor, x: Tensor, d: int) -> Tensor:
    """Twice the areas between neighbours."""
    if need_tensor("trapezoid", x, "x", 2)._data.ndim == 1:
        messages.require(x._data.size == y._data.shape[d], "functions.trapezoid_places")
        x = view(x, tuple(x._data.size if i == d else 1 for i in range(y._data.ndim)))
    elif x._data.ndim < y._data.ndim:
        x = view(x, (1,) * (y._data.ndim - x._data.ndim) + x._data.shape)
    sums = ops.add(_slice(y, d, 0, -1), _slice(y, d, 1))
    return ops.mul(sums, ops.sub(_slice(x, d, 1), _slice(x, d, 0, -1)))
