"""Indexing by arrays and masks, and reading and writing at the places that an index names along one dimension.

`indices` is a tuple as NumPy takes it, of arrays, masks and full slices.
"""

import math

import numpy as np

from refgrad import messages
from refgrad.derivatives.elementwise import where
from refgrad.derivatives.shapes import FULL, cat, copied, zeros_like_shape
from refgrad.derivatives.table import adjoint, op, refuse, write


def _index(self, indices):
    result = self[indices]
    return result.copy() if isinstance(result, np.ndarray) and result.base is not None else result


def _index_put(self, indices, values, accumulate):
    return write(self.copy(), indices, values, accumulate)


def _put(self, index, source, accumulate):
    """A copy of `self`, in which elements of the flattened tensor are replaced or added to."""
    result = copied(np.asarray(self))
    result[...] = _index_put(self.ravel(), index.ravel(), source.ravel(), accumulate).reshape(self.shape)
    return result


def _each(dim, index):
    """The places that `index` names along `dim`, where in other dimensions each stays where it is; as NumPy takes it."""
    index, last = (index, index.ndim - 1) if index.ndim else (index.reshape(1), 0)
    return tuple([index if d == dim else np.arange(n).reshape(-1, *(1,) * (last - d)) for d, n in enumerate(index.shape)])


def _gather(self, dim, index):
    return (self if self.ndim else self.reshape(1))[_each(dim, index)].reshape(index.shape)


def _gather_backward(self, shape, dim, index):
    several = index.shape[dim : dim + 1] != (1,)
    return write(np.zeros(shape or (1,), self.dtype), _each(dim, index), self, several).reshape(shape)


def _front(src, index):
    return np.atleast_1d(src)[tuple(slice(n) for n in index.shape or (1,))]


def _in_each(self, dim, index, values, accumulate=False):
    """Writes where `index` names places along `dim` of `self`, which may have no dimensions."""
    return _index_put(np.atleast_1d(self), _each(dim, index), values, accumulate).reshape(self.shape)


INTO = {"sum": np.add, "mean": np.add, "prod": np.multiply, "amax": np.maximum, "amin": np.minimum}


def _scatter_reduce(self, dim, index, src, reduce, include_self):
    places, values, result = _each(dim, index), _front(src, index), np.array(self, ndmin=1)
    if not include_self:  # begin with what changes nothing
        result[places] = {"sum": 0, "mean": 0, "prod": 1}.get(reduce, values)
    INTO[reduce].at(result, places, values)
    if reduce == "mean":
        count = _sharing(self, dim, index, src, result, reduce, include_self)
        result = result // count if result.dtype.kind in "iu" else result / count
    return result.reshape(self.shape)


def _index_reduce(self, dim, index, source, reduce, include_self):
    messages.warn("functions.index_reduce_beta")
    inside = (index >= 0) & (index < (self.shape or (1,))[dim])
    messages.require(inside.all(), "functions.index_outside_self")
    return _scatter_reduce(self, dim, _along(index, dim, source.shape), source, reduce, include_self)


def _sharing(self, dim, index, src, result, reduce, include_self):
    """How many elements meet in each place: all; of an extremum, those that are it; of a product, those of `src` that are 0."""
    places, values = _each(dim, index), _front(src, index)
    mine, theirs = (include_self, True) if reduce == "mean" else (False, values == 0)
    extreme = reduce in ("amax", "amin")
    if extreme:
        mine, theirs = self == result, values == np.atleast_1d(result)[places]
    count = np.zeros(self.shape or 1, self.dtype) + mine
    np.add.at(count, places, theirs)
    return (count if extreme else np.where(count == 0, 1, count)).reshape(self.shape)  # none where the extremum is nan


def _scatter_reduce_backward(g, self, dim, index, src, result, reduce, include_self):
    if reduce == "sum":
        mine = g
    elif reduce == "prod":
        others = where(self == 0, 1, self)
        mine = g * scatter_reduce(others, dim, index, src, reduce, include_self) / others
    else:
        mine = g / sharing(self, dim, index, src, result, reduce, include_self)
        mine = mine if reduce == "mean" else mine * (self == result)
    return mine if include_self else fill_at(mine, dim, index, 0)


def _scatter_reduce_src_backward(g, self, dim, index, src, result, reduce, include_self):
    if reduce == "sum":
        return gather(g, dim, index)
    met = sharing(self, dim, index, src, result, reduce, include_self)
    if reduce == "prod":  # where one alone is zero, the product of the others, else by division
        alone = (src == 0) & (gather(met, dim, index) == 1)
        others = scatter_reduce(self, dim, index, where(alone, 1, src), reduce, include_self)
        divided = gather(g * result, dim, index) / where(src == 0, 1, src)
        return where(alone, gather(g * others, dim, index), divided)
    theirs = gather(g / met, dim, index)
    return theirs if reduce == "mean" else theirs * (src == gather(result, dim, index))


def _along(index, dim, shape):
    """The vector `index`, along `dim`, as an index of each element of `shape`."""
    return np.broadcast_to(index.reshape([-1 if d == dim else 1 for d in range(len(shape))]), tuple(shape))


def _rows(dim, index):
    return (*FULL * dim, index.ravel())


def _in_rows(self, dim, index, values, accumulate=False):
    """Writes into rows along `dim` of `self`, which may have no dimensions."""
    return _index_put(np.atleast_1d(self), _rows(dim, index), values, accumulate).reshape(self.shape)


def _once(index):
    """Each row that is named, from the front alone, as PyTorch reads them."""
    messages.require(not (index < 0).any(), "functions.index_outside_self")
    return np.unique(index)


def _of_rows(g, dim, index, source):
    return (at(g, _rows(dim, index)) if g.shape else g).reshape(tuple(source.shape))


def _common(shape, mask):
    """The shape of both together, and the mask, broadcast to it, as an index."""
    shape = np.broadcast_shapes(shape, mask.shape)
    return shape, (np.broadcast_to(mask, shape),)


def _masked_select(self, mask):
    messages.require(mask.dtype == bool, "operators.masked_select")
    shape, places = _common(self.shape, mask)
    return np.broadcast_to(self, shape)[places]


def _masked_fill(self, mask, value):
    return where.forward(mask, np.asarray(value).astype(self.dtype), self)


def _masked_scatter(self, mask, source):
    shape, places = _common(self.shape, mask)
    return _index_put(np.broadcast_to(self, shape), places, source.ravel()[: np.count_nonzero(places[0])], False)


def _masked_scatter_backward(g, mask, source_shape):
    used = at(g, _common(g.shape, mask)[1])
    rest = zeros_like_shape(g, (math.prod(source_shape) - used.shape[0],))
    return cat([used, rest], 0).reshape(tuple(source_shape))


at, index_backward = adjoint("index", _index, lambda self, shape, indices: write(np.zeros(shape, self.dtype), indices, self),
   constant="indices")
index_put = op("index_put", _index_put, constant="indices",
   self=lambda g, indices, accumulate: g if accumulate else index_put(g, indices, 0, False),
   values=lambda g, indices: at(g, indices))

# along one dimension
gather_backward = op("gather_backward", _gather_backward, constant="index", self=lambda g, dim, index: gather(g, dim, index))
gather = op("gather", _gather, constant="index", self=lambda g, self, dim, index: gather_backward(g, self.shape, dim, index))
op("index_select", lambda self, dim, index: self.take(index.ravel(), dim) if self.ndim else self[()], constant="index",
   self=lambda g, self_shape, dim, index:
   index_backward(g, self_shape, _rows(dim, index)) if self_shape else gather_backward(g, self_shape, dim, index))
index_fill = op("index_fill", lambda self, dim, index, value: _in_rows(self, dim, index, value), constant="index",
   self=lambda g, dim, index: index_fill(g, dim, index, 0))
op("index_fill_tensor", index_fill.forward, constant="index", node="IndexFillBackward1",
   self=lambda g, dim, index: index_fill(g, dim, index, 0),
   value=lambda g, dim, index: (at(g, _rows(dim, _once(index))) if g.shape else g).sum())
op("index_copy", lambda self, dim, index, source: _in_rows(self, dim, index, source), constant="index",
   self=lambda g, dim, index: index_fill(g, dim, index, 0), source=_of_rows)
op("index_add", lambda self, dim, index, source, alpha: _in_rows(self, dim, index, source * alpha, True), constant="index",
   self=lambda g: g, source=lambda g, dim, index, source, alpha: _of_rows(g, dim, index, source) * alpha)
fill_at = op("scatter_value", lambda self, dim, index, value: _in_each(self, dim, index, value), constant="index",
   node="ScatterBackward1", self=lambda g, dim, index: fill_at(g, dim, index, 0))
op("scatter", lambda self, dim, index, src: _in_each(self, dim, index, _front(src, index)), constant="index",
   self=lambda g, dim, index: fill_at(g, dim, index, 0), src=lambda g, dim, index: gather(g, dim, index))
add_at = op("scatter_add", lambda self, dim, index, src: _in_each(self, dim, index, _front(src, index), True), constant="index",
   self=lambda g: g, src=lambda g, dim, index: gather(g, dim, index))
op("index_reduce", _index_reduce, constant="index",
   self=lambda g, self, dim, index, source, result, reduce, include_self:
   _scatter_reduce_backward(g, self, dim, _along(index, dim, source.shape), source, result, reduce, include_self),
   source=lambda g, self, dim, index, source, result, reduce, include_self:
   _scatter_reduce_src_backward(g, self, dim, _along(index, dim, source.shape), source, result, reduce, include_self))
op("scatter_reduced", lambda self, dim, index, src, reduce: _scatter_reduce(self, dim, index, src, reduce, True),
   node="NotImplemented", constant="index", symmetric="self src", self=refuse("operators.no_derivative", "scatter"))
sharing = op("scatter_sharing", _sharing, constant="index src result")
scatter_reduce = op("scatter_reduce", _scatter_reduce, constant="index", self=_scatter_reduce_backward,
   src=_scatter_reduce_src_backward)

# where a mask is True
op("masked_fill", _masked_fill, constant="mask", self=lambda g, mask: where(mask, 0, g))
op("masked_fill_tensor", _masked_fill, constant="mask", node="MaskedFillBackward1",
   self=lambda g, mask: where(mask, 0, g), value=lambda g, mask: where(mask, g, 0))
op("masked_select", _masked_select, constant="mask",
   self=lambda g, self, mask: index_backward(g, *_common(self.shape, mask)))
op("masked_scatter", _masked_scatter, constant="mask", self=lambda g, mask: where(mask, 0, g), source=_masked_scatter_backward)

# in the flattened tensor
put = op("put", _put, constant="index",
   self=lambda g, index, accumulate: g if accumulate else put(g, index, zeros_like_shape(g, index.shape), False),
   source=lambda g, index, source: take(g, index).reshape(tuple(source.shape)))
take = op("take", lambda self, index: self.ravel()[index], constant="index",
   self=lambda g, self, index: index_backward(g, (math.prod(self.shape),), (index,)).reshape(tuple(self.shape)))
