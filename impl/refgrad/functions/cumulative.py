"""Differences of neighbours, slopes and integrals along dimensions."""

from __future__ import annotations

import builtins
from typing import Any

import numpy as np

from refgrad import dtypes, errors, functions, messages
from refgrad.functions.arguments import Dim, Number, TensorOrNone, as_dim, as_dims, lying, need_ndim, number_among, ops
from refgrad.functions.joining import cat
from refgrad.functions.parts import _slice, narrow
from refgrad.functions.shapes import reshape, view
from refgrad.tensor import Tensor, wrap


def diff(input: Tensor, n: int = 1, dim: Dim = -1, prepend: TensorOrNone = None, append: TensorOrNone = None) -> Tensor:
    """Differences of neighbours along `dim`, `n` times over."""
    messages.require(input._data.ndim, "functions.diff_scalar")
    messages.require(n >= 0, "functions.diff_order", n)
    if not n:
        return ops.clone(input)
    parts = [t for t in (prepend, input, append) if t is not None]
    for t in parts:
        messages.require_same(t._data.ndim, input._data.ndim, "functions.diff_ndim")
        for d, (size, other) in enumerate(zip(input._data.shape, t._data.shape)):
            if d != dim:
                messages.require_same(size, other, "functions.diff_size", d, size, other)
    x = cat(parts, dim) if len(parts) > 1 else input
    for _ in range(builtins.min(n, x._data.shape[dim])):
        size = x._data.shape[dim] - 1
        minus = ops.logical_xor if dtypes.is_bool(x._data) else ops.sub
        x = minus(narrow(x, dim, 1, size), narrow(x, dim, 0, size))
    return x


def gradient(input: Tensor, *, spacing: Any = 1, dim: Any = None, edge_order: int = 1) -> tuple:
    """The slopes along each of `dim`: in the middle between both neighbours, at the edges to `edge_order` neighbours.

    spacing: how far the elements are apart: a number for all dimensions, or a list with a number for each, or of places.
    """
    wanted = "functions.gradient_all" if dim is None else "functions.gradient_spacing"
    dim = () if dim in ((), []) else as_dims(dim, input._data.ndim)
    if isinstance(spacing, (tuple, list)):
        for i, gap in enumerate(spacing if any(isinstance(gap, Tensor) for gap in spacing) else ()):
            messages.require(isinstance(gap, Tensor), "functions.element", i, 1, gap)
        each = spacing
    else:
        each = [number_among(1 if spacing is None else spacing, "gradient", input, spacing=spacing)] * len(dim)
    messages.require_same(len(each), len(dim), wanted, len(each), len(dim))
    messages.require(edge_order in (1, 2), "functions.gradient_order")
    messages.require(all(input._data.shape[d] > edge_order for d in dim), "functions.gradient_size")
    return tuple(_slopes(input, gaps, d, edge_order) for gaps, d in zip(each, dim))


# what the first three elements count in the slope there, and the last three in theirs
ENDS = ((-1.5, 2, -0.5), (0.5, -2, 1.5))


def _even_slopes(x: Tensor, spacing: float, d: int, edge_order: int) -> Tensor:
    """Slopes between elements that are all `spacing` apart."""
    n = x._data.shape[d]

    def between(i: int, j: int, size: int = 1) -> Tensor:
        return ops.div_scalar(ops.sub(narrow(x, d, j, size), narrow(x, d, i, size)), spacing)

    def weighted(first: int, weights: tuple) -> Tensor:
        total, *others = (ops.mul_scalar(narrow(x, d, first + i, 1), abs(w) if i else w) for i, w in enumerate(weights))
        for term, w in zip(others, weights[1:]):
            total = (ops.add if w > 0 else ops.sub)(total, term)
        return ops.div_scalar(total, spacing)

    ends = (between(0, 1), between(n - 2, n - 1)) if edge_order == 1 else map(weighted, (0, n - 3), ENDS)
    first, last = ends
    return cat((first, ops.div_scalar(between(0, 2, n - 2), 2), last), d)


def _slopes(x: Tensor, spacing: Any, d: int, edge_order: int) -> Tensor:
    n = x._data.shape[d]
    if not isinstance(spacing, Tensor):
        return _even_slopes(x, spacing, d, edge_order)
    need_ndim(spacing, 1, "functions.gradient_places", spacing._data.ndim)
    messages.require_same(spacing._data.size, n, "functions.gradient_places_size", n, spacing._data.size)
    gaps = reshape(functions.diff(spacing), lying(-1, d, x._data.ndim))

    def at(i: int, size: int = 1) -> Tensor:
        return narrow(x, d, i, size)

    def edge(i: int, gap: int, towards: int) -> Tensor:
        """At the element `i`, from the neighbours in that direction, of which the first is apart by that gap."""
        p = narrow(gaps, d, gap, 1)
        if edge_order == 1:
            return (at(gap + 1) - at(gap)) / p
        q = narrow(gaps, d, gap + towards, 1)
        near, far = at(i + towards) * ((p + q) / (p * q)), at(i + 2 * towards) * (p / (q * (p + q)))
        return (near - far - at(i) * ((2 * p + q) / (p * (p + q)))) * towards

    before, after = narrow(gaps, d, 0, n - 2), narrow(gaps, d, 1, n - 2)
    both = before + after
    middle = at(2, n - 2) * (before / (after * both)) - at(0, n - 2) * (after / (before * both))
    middle = middle + at(1, n - 2) * ((after - before) / (before * after))
    return cat((edge(0, 0, 1), middle, edge(n - 1, n - 2, -1)), d)


def trapezoid(y: Tensor, x: Any = ..., *, dx: Number = 1, dim: Any = -1) -> Tensor:
    """The integral of `y` along `dim` by the trapezoidal rule, at places `x` or `dx` apart."""
    messages.require(y._data.ndim, "functions.unbind", dim)
    dim = as_dim(dim, y._data.ndim, "trapezoid", "dim", 0)
    messages.require(not dtypes.is_bool(y._data), "functions.trapezoid_bool", "trapezoid")
    messages.require(not isinstance(dx, (bool, complex)), "functions.trapezoid_dx", "trapezoid")
    if not y._data.shape[dim]:
        return wrap(np.empty(np.delete(y._data.shape, dim), y._data.dtype)).zero_()
    if x is not ...:
        return ops.div_scalar(ops.sum_dim(_trapezoids("trapezoid", y, x, dim), (dim,), False), 2.0)
    ends = ops.add(ops.select(y, dim, 0), ops.select(y, dim, y._data.shape[dim] - 1))
    return ops.mul_scalar(ops.sub(ops.sum_dim(y, (dim,), False), ops.mul_scalar(ends, 0.5)), dx)


def cumulative_trapezoid(y: Tensor, x: Any = ..., *, dx: Number = 1, dim: Dim = -1) -> Tensor:
    """The integral up to each place, by the trapezoidal rule."""
    messages.require(not dtypes.is_bool(y._data), "functions.trapezoid_bool", "cumulative_trapezoid")
    messages.require(not isinstance(dx, (bool, complex)), "functions.trapezoid_dx", "cumulative_trapezoid")
    if x is ...:
        return ops.cumsum(ops.mul_scalar(ops.add(_slice(y, dim, 0, -1), _slice(y, dim, 1)), dx / 2), dim)
    return ops.div_scalar(ops.cumsum(_trapezoids("cumulative_trapezoid", y, x, dim), dim), 2.0)


def _trapezoids(name: str, y: Tensor, x: Tensor, d: int) -> Tensor:
    """Twice the areas between neighbours."""
    if not isinstance(x, Tensor):
        raise errors.combination(name, y, x)
    if x._data.ndim == 1:
        messages.require_same(x._data.size, y._data.shape[d], "functions.trapezoid_places", name)
        x = view(x, lying(x._data.size, d, y._data.ndim))
    elif x._data.ndim < y._data.ndim:
        x = view(x, (1,) * (y._data.ndim - x._data.ndim) + x._data.shape)
    sums = ops.add(_slice(y, d, 0, -1), _slice(y, d, 1))
    return ops.mul(sums, ops.sub(_slice(x, d, 1), _slice(x, d, 0, -1)))
