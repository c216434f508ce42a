"""Writing to, and reading from, the places that an index along one dimension names."""

from __future__ import annotations

import numpy as np

from refgrad.derivatives.elementwise import where
from refgrad.derivatives.indexing import index as at
from refgrad.derivatives.indexing import index_backward, index_put
from refgrad.derivatives.shapes import _along, cat, zeros_like_shape
from refgrad.derivatives.table import op


def _rows(index, dim):
    return (*(slice(None),) * dim, index.reshape(-1))


def _front(src, index):
    return src[tuple(slice(n) for n in index.shape)]


def _in_rows(change):
    """`change(array, rows, ...)` on a copy of `self`, which may have no dimensions."""

    def forward(self, dim, index, *values):
        result = np.array(self, ndmin=1)
        change(result, _rows(index, dim), *values)
        return result.reshape(self.shape)

    return forward


def _add_rows(result, rows, source, alpha):
    np.add.at(result, rows, source.reshape(-1) * alpha if not source.ndim else source * alpha)


def _set_rows(result, rows, source):
    result[rows] = source


def _masked_scatter(self, mask, source):
    result = np.array(np.broadcast_to(self, np.broadcast_shapes(self.shape, mask.shape)))
    mask = np.broadcast_to(mask, result.shape)
    result[mask] = source.reshape(-1)[: np.count_nonzero(mask)]
    return result


def _masked_scatter_backward(g, mask, source_shape):
    mask = np.broadcast_to(mask, g.shape)
    used = at(g, (mask,))
    size = int(np.prod(source_shape, dtype=int))
    rest = zeros_like_shape(g, (size - int(np.count_nonzero(mask)),))
    return cat([used, rest], 0).reshape(tuple(source_shape))


def _put(self, index, source, accumulate):
    result = self.copy().reshape(-1)
    if accumulate:
        np.add.at(result, index, source)
    else:
        result[index] = source
    return result.reshape(self.shape)


def _take_back(g, index, shape):
    return index_backward(g, (index,), (int(np.prod(shape, dtype=int)),)).reshape(tuple(shape))


def _gathered(g, dim, index):
    return at(g, _along(index, dim))


def _without(g, dim, index):
    return index_put(g, _along(index, dim), 0, False)


def _of_rows(g, dim, index, source_shape):
    return (at(g, _rows(index, dim)) if g.shape else g).reshape(tuple(source_shape))


index_fill = op("index_fill", _in_rows(_set_rows), takes="self dim index value", constant="index",
   self=lambda g, dim, index: index_fill(g, dim, index, 0))
op("index_fill_tensor", _in_rows(_set_rows), takes="self dim index value", constant="index", node="IndexFillBackward1",
   self=lambda g, dim, index: index_fill(g, dim, index, 0),
   value=lambda g, dim, index: at(g, _rows(index, dim)).sum())
op("index_add", _in_rows(_add_rows), takes="self dim index source alpha", constant="index",
   self=lambda g: g,
   source=lambda g, dim, index, source_shape, alpha: _of_rows(g, dim, index, source_shape) * alpha)
op("index_copy", _in_rows(_set_rows), takes="self dim index source", constant="index",
   self=lambda g, dim, index: index_fill(g, dim, index, 0),
   source=_of_rows)
op("scatter", lambda self, dim, index, src: index_put.forward(self, _along(index, dim), _front(src, index), False),
   constant="index", self=_without, src=_gathered)
op("scatter_value", lambda self, dim, index, value: index_put.forward(self, _along(index, dim), value, False), constant="index",
   node="ScatterBackward1", self=_without)
op("scatter_add", lambda self, dim, index, src: index_put.forward(self, _along(index, dim), _front(src, index), True),
   constant="index", self=lambda g: g, src=_gathered)
op("masked_scatter", _masked_scatter, constant="mask", takes="self mask source",
   self=lambda g, mask: where(mask, 0, g), source=_masked_scatter_backward)
put = op("put", _put, constant="index",
   self=lambda g, index, accumulate: g if accumulate else put(g, index, zeros_like_shape(g, index.shape), False),
   source=lambda g, index: take(g, index))
take = op("take", lambda self, index: self.reshape(-1)[index], constant="index",
   self=lambda g, index, self_shape: _take_back(g, index, self_shape))
