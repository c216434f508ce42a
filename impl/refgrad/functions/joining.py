"""One tensor of several, and several brought to one shape."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from refgrad import messages
from refgrad.functions.arguments import (
    WordOrNone,
    as_dim,
    broadcast_shapes,
    into,
    lying,
    need_at_most,
    need_ndim,
    need_tensor,
    need_tensors,
    ops,
    same_dtype,
)
from refgrad.functions.shapes import expand, flatten, reshape
from refgrad.tensor import Tensor, wrap


def cat(tensors: Any, dim: int = 0, *, out: Any = None) -> Tensor:
    """The tensors joined along `dim`."""
    values = need_tensors("cat", tensors)
    messages.require(values, "functions.cat_nothing")
    for i, value in enumerate(values):
        messages.require(value._data.ndim, "functions.cat_scalar", i)
    ndims = [v._data.ndim for v in values if v._data.shape != (0,)]  # of others, `dim` is not looked at
    result = ops.cat(values, as_dim(dim, ndims[0]) if ndims else 0)
    return result if out is None else into(out, result, "cat")


def stack(tensors: Any, dim: int = 0, *, out: Any = None) -> Tensor:
    """The tensors, all of one shape, side by side along a new dimension `dim`."""
    values = need_tensors("stack", tensors)
    messages.require(values, "functions.nothing", "stack")
    result = ops.stack(values, as_dim(dim, values[0]._data.ndim + 1))
    return result if out is None else into(out, result, "stack")


def _at_least(name: str, n: int, widen: Callable) -> Callable:
    def function(*tensors: Any) -> Any:
        if len(tensors) == 1:
            (tensors,) = tensors
            if not isinstance(tensors, (tuple, list)):
                only = need_tensor(name, tensors)
                return widen(only) if only._data.ndim < n else only
        return tuple(map(function, need_tensors(name, tensors)))

    function.__doc__ = f"Each tensor with dimensions of size 1 added until it has {n}."
    return function


atleast_1d = _at_least("atleast_1d", 1, lambda x: reshape(x, (1,)))
atleast_2d = _at_least("atleast_2d", 2, lambda x: ops.unsqueeze(x, 0) if x._data.ndim else reshape(x, (1, 1)))
atleast_3d = _at_least(
    "atleast_3d", 3, lambda x: ops.unsqueeze(atleast_2d(x), 2) if x._data.ndim else reshape(x, (1, 1, 1))
)


def _joined(name: str, axis: int, widen: Callable) -> Callable:
    def function(tensors: Any, *, out: Any = None) -> Tensor:
        wide = [widen(t) for t in need_tensors(name, tensors)]
        messages.require(wide, "functions.nothing", name)
        return cat(wide, axis if wide[0]._data.ndim > axis else 0, out=out)

    function.__doc__ = f"The tensors joined along dimension {axis}."
    return function


vstack, hstack = _joined("vstack", 0, atleast_2d), _joined("hstack", 1, atleast_1d)
dstack = _joined("dstack", 2, atleast_3d)
column_stack = _joined("column_stack", 1, lambda t: t if t._data.ndim > 1 else reshape(t, (-1, 1)))


def broadcast_tensors(*tensors: Any) -> tuple:
    """The tensors, expanded to their common shape."""
    values = list(tensors)
    for i, value in enumerate(values):
        messages.require(isinstance(value, Tensor), "functions.element", i, 0, value)
    shape: tuple = ()
    for t in values:
        shape = broadcast_shapes(shape, t._data.shape)
    return tuple(t if t._data.shape == shape else expand(t, size=shape) for t in values)


def block_diag(*tensors: Any) -> Tensor:
    """A matrix with the tensors along its diagonal."""
    blocks = need_tensors("block_diag", tensors) or [wrap(np.empty((1, 0), np.float32))]
    for i, b in enumerate(blocks):
        need_at_most(b, 2, "functions.block_diag", i, b._data.ndim)
    return ops.block_diag(blocks)


def meshgrid(*tensors: Any, indexing: WordOrNone = None) -> tuple:
    """Each vector repeated along the dimensions of the others; under "xy" the first two dimensions swap places."""
    listed = len(tensors) == 1 and isinstance(tensors[0], (list, tuple))
    values = need_tensors("meshgrid", tensors[0] if listed else tensors)
    messages.require(values, "functions.nothing", "meshgrid")
    if indexing is None:
        messages.warn("functions.meshgrid_indexing")
    messages.require(indexing in (None, "ij", "xy"), "functions.meshgrid", indexing)
    for v in values:
        need_at_most(v, 1, "functions.meshgrid_ndim", v)
        messages.require(same_dtype(v, values[0]), "functions.meshgrid_dtype")
    if indexing == "xy" and values[1:]:
        second, first, *others = meshgrid(values[1], values[0], *values[2:], indexing="ij")
        return first, second, *others
    sizes = tuple(v._data.size for v in values)
    lines = [ops.view(v, lying(v._data.size, d, len(values))) for d, v in enumerate(values)]
    return tuple(ops.expand(line, sizes) for line in lines)


def cartesian_prod(*tensors: Any) -> Tensor:
    """All rows with an element of each vector; of one vector itself."""
    values = need_tensors("cartesian_prod", tensors)
    messages.require(values, "functions.nothing", "meshgrid")
    for v in values:
        need_ndim(v, 1, "functions.cartesian_prod", v)
    if len(values) == 1:
        return values[0]
    return stack([flatten(t) for t in meshgrid(*values, indexing="ij")], 1)


def combinations(input: Tensor, r: int = 2, with_replacement: bool = False) -> Tensor:
    """All rows of `r` elements of a vector, in their order, each once or as often as one likes."""
    need_ndim(input, 1, "functions.combinations", input)
    messages.require(r >= 0, "functions.combinations_negative", r)
    if not r:
        return wrap(np.empty(0, input._data.dtype))
    n, compare = input._data.size, operator.le if with_replacement else operator.lt
    places = np.indices((n,) * r)
    mask = wrap(np.logical_and.reduce([np.ones((n,) * r, bool), *map(compare, places, places[1:])]))
    return stack([ops.masked_select(grid, mask) for grid in meshgrid(*[input] * r, indexing="ij")], 1)
