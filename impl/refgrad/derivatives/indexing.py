"""Indexing by arrays and masks. `indices` is a tuple as NumPy takes it, of arrays, masks and full slices."""

from __future__ import annotations

import numpy as np

from refgrad.derivatives.elementwise import where
from refgrad.derivatives.shapes import add_along, take_along
from refgrad.derivatives.table import op


def _put(self, indices, values, accumulate):
    result = self.copy()
    if accumulate:
        np.add.at(result, indices, values)
    else:
        result[indices] = values
    return result


def _index_add_zeros(self, indices, shape):
    result = np.zeros(shape, self.dtype)
    np.add.at(result, indices, self)
    return result


def _index_first(self, indices):
    result = self[indices]
    return result.copy() if isinstance(result, np.ndarray) and result.base is not None else result


def _common(shape, mask):
    return np.broadcast_shapes(shape, mask.shape)


def _everywhere(shape, mask):
    """`mask`, broadcast against `shape`, as an index."""
    return (np.broadcast_to(mask, _common(shape, mask)),)


def _masked_select(self, mask):
    if mask.dtype != bool:
        raise RuntimeError("masked_select: expected BoolTensor for mask")
    return np.broadcast_to(self, _common(self.shape, mask))[_everywhere(self.shape, mask)]


index = op("index", _index_first, constant="indices", self=lambda g, self_shape, indices: index_backward(g, indices, self_shape))
index_backward = op("index_backward", _index_add_zeros, constant="indices", self=lambda g, indices: index(g, indices))
index_put = op("index_put", _put, constant="indices",
   self=lambda g, indices, accumulate: g if accumulate else index_put(g, indices, 0, False),
   values=lambda g, indices: index(g, indices))
op("gather", lambda self, dim, index: take_along.forward(self, index, dim) if self.ndim else self[()], constant="index",
   self=lambda g, self_shape, dim, index: add_along(g, index, self_shape, dim) if self_shape else g)
op("index_select", lambda self, dim, index: self.take(index.reshape(-1), dim) if self.ndim else self[()], constant="index",
   self=lambda g, self_shape, dim, index: index_backward(
       g, (slice(None),) * dim + (index.reshape(-1),), self_shape) if self_shape else g)
def _masked_fill(self, mask, value):
    return where.forward(mask, np.asarray(value).astype(self.dtype), self)


op("masked_fill", _masked_fill, constant="mask", self=lambda g, mask: where(mask, 0, g))
op("masked_fill_tensor", _masked_fill, constant="mask", node="MaskedFillBackward1",
   self=lambda g, mask: where(mask, 0, g),
   value=lambda g, mask: where(mask, g, 0))
op("masked_select", _masked_select, constant="mask",
   self=lambda g, self_shape, mask: index_backward(g, _everywhere(self_shape, mask), _common(self_shape, mask)))

__all__ = ["index", "index_backward", "index_put", "take_along"]
