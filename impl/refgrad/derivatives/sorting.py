"""Order along a dimension: sorting, choosing by rank, and running extrema, products and sums of exponentials."""

import numpy as np

from refgrad.derivatives.elementwise import as_type, where
from refgrad.derivatives.indexing import gather_backward
from refgrad.derivatives.reductions import cumsum, from_the_end, kept, several, share, share_all, squared, sum_dim, wide
from refgrad.derivatives.shapes import FULL, triu
from refgrad.derivatives.table import op, refuse

LOWEST = -3e38  # the logarithm of nothing, as far as float32 can say it


def _sized(choose):
    """`choose`, which gives values and indices, for tensors without dimensions, too."""
    return lambda self, *settings: choose(self, *settings) if self.ndim else (self[()], np.int64(0))


def _choosing(index):
    """The elements that `index` picks along a dimension (it gives their places, in size 1), and these places."""

    def forward(self, dim, keepdim, *settings):
        d = dim[0] if isinstance(dim, tuple) else dim
        places = index(self, d, *settings)
        values = np.take_along_axis(self, places, d)
        return (values, places) if keepdim else (values.squeeze(d), places.squeeze(d))

    return _sized(forward)


def _of_rank(self, dim, k):
    return np.take(np.argsort(self, axis=dim, kind="stable"), [k - 1], axis=dim)


def _median(self, dim):
    """The lower of the two in the middle; a nan where there is one."""
    bad, middle = np.isnan(self), _of_rank(self, dim, (self.shape[dim] + 1) // 2)
    return np.where(bad.any(dim, keepdims=True), bad.argmax(dim, keepdims=True), middle) if bad.any() else middle


def _nanmedian(self, dim):
    count = np.maximum((~np.isnan(self)).sum(dim, keepdims=True), 1)
    return np.take_along_axis(np.argsort(self, axis=dim, kind="stable"), (count - 1) // 2, dim)


def _mode(self, dim):
    """The most frequent value, the smallest of several, where it occurs last."""
    rows = np.moveaxis(self, dim, -1)
    frequent = (rows[..., :, None] == rows[..., None, :]).sum(-1)
    most = {"f": np.inf, "b": True}.get(self.dtype.kind) or np.iinfo(self.dtype).max
    values = np.where(frequent == frequent.max(-1, keepdims=True), rows, most).min(-1, keepdims=True)
    last = rows.shape[-1] - 1 - np.argmax(np.flip(rows == values, -1), -1)
    return np.expand_dims(last, dim)


def _everywhere(choose):
    """`choose` along a dimension, as what it gives of all elements."""
    return lambda self: np.take(self, choose(self.ravel(), 0)[0]) if self.size else self.dtype.type(np.nan)


def _sort(self, dim, descending):
    if descending:  # backwards twice, so that equals keep their order
        order = self.shape[dim] - 1 - np.flip(np.argsort(np.flip(self, dim), axis=dim, kind="stable"), dim)
    else:
        order = np.argsort(self, axis=dim, kind="stable")
    return np.take_along_axis(self, order, dim), order


def _topk(self, k, dim, largest):
    return tuple(part[(*FULL * dim, slice(k))].copy() for part in _sort(self, dim, largest))


def _running(accumulate):
    def choose(self, dim):
        values = accumulate(self, axis=dim)
        places = np.arange(self.shape[dim]).reshape([-1 if d == dim else 1 for d in range(self.ndim)])
        return values, np.maximum.accumulate(np.where((self == values) | (self != self), places, 0), axis=dim)

    return _sized(choose)


def _cumprod_once(g, self, result, dim):
    """The same for what is not differentiated again: by division up to the first zero, and beyond it nothing."""
    zero = self == 0
    met = np.cumsum(zero, axis=dim)
    none, one = met == 0, met == 1
    before = np.cumprod(np.where(none, self, 1), axis=dim)
    after = np.cumprod(np.where(one & ~zero, self, 1), axis=dim) * np.where(one, g, 0)
    by_division = from_the_end(cumsum, np.where(none, g * result, 0), dim) / self
    return np.where(none, by_division, np.where(one & zero, before * after.sum(axis=dim, keepdims=True), 0))


def _cumprod_backward(g, self, result, dim):
    """Sums, from each place on, of g times the products without it: by division where nothing is zero, else of rows."""
    if not several(self.shape, dim):
        return g
    g = as_type(self, g)
    if not (self == 0).any():
        return from_the_end(cumsum, g * result, dim) / self
    if isinstance(self, np.ndarray):
        return _cumprod_once(g, self, result, dim)
    last = len(self.shape)
    each = cumprod(squared(self, dim), last) * g.swapaxes(dim, -1)[..., None, :]
    return sum_dim(triu(each, 0), (last,), False).swapaxes(dim, -1)


def _logcumsumexp_backward(g, self, result, dim):
    """In logarithms, so that nothing overflows: what is positive of g, and what is negative, each by itself."""
    if not self.shape:
        return g
    parts = [where(part > 0, np.log(where(part > 0, part, 1)), LOWEST) - result for part in (g, -g)]
    up, down = [np.exp(from_the_end(logcumsumexp, log, dim) + self) for log in parts]
    return up - down


def _pick_back(g, indices, self_shape, dim, keepdim):
    dims = dim if isinstance(dim, tuple) else (dim,)
    g, indices = kept(g[0], self_shape, dims, keepdim), kept(indices, self_shape, dims, keepdim)
    return gather_backward(g, self_shape, (*dims, 0)[0], indices)


def _order_back(g, indices, self_shape, dim):
    return gather_backward(g[0], self_shape, dim, indices)


def _running_back(g, self, indices, dim):
    return _order_back(g, indices, self.shape, dim)


def pair(name, forward, takes, formula, **more):
    op(name, forward, takes=takes, outputs="values indices", self=formula, **more)


# what is `found` among the elements
for name, node in (("_unique2", "Unique2"), ("unique_dim", "UniqueDim"), ("unique_consecutive", "UniqueConsecutive")):
    op(name, lambda self, found: found, node=f"{node}Backward0", self=refuse("operators.not_differentiable", name))

# one element each, with its index
pair("max_dim", _choosing(lambda x, d: np.argmax(x, d, keepdims=True)), "self dim keepdim", _pick_back, node="MaxBackward0")
pair("min_dim", _choosing(lambda x, d: np.argmin(x, d, keepdims=True)), "self dim keepdim", _pick_back, node="MinBackward0")
pair("kthvalue", _choosing(_of_rank), "self dim keepdim k", _pick_back)
pair("median_dim", _choosing(_median), "self dim keepdim", _pick_back, node="MedianBackward1")
pair("nanmedian_dim", _choosing(_nanmedian), "self dim keepdim", _pick_back, node="NanmedianBackward1")
pair("mode", _choosing(_mode), "self dim keepdim", _pick_back)
op("median", _everywhere(_median), self=share_all)
op("nanmedian", _everywhere(_nanmedian), self=lambda g, self, result: share(g, self == result, None))

# many, in order
pair("sort", _sized(_sort), "self dim descending", _order_back)
pair("sort_stable", _sized(_sort), "self dim descending", _order_back, node="SortBackward1")
pair("topk", _sized(_topk), "self k dim largest", _order_back)
pair("cummax", _running(np.maximum.accumulate), "self dim", _running_back)
pair("cummin", _running(np.minimum.accumulate), "self dim", _running_back)

cumprod = op("cumprod", lambda self, dim: np.cumprod(self, axis=dim, dtype=wide(self)) if self.ndim else self[()],
   cast="asked", self=_cumprod_backward)
logcumsumexp = op("logcumsumexp", lambda self, dim:
   np.logaddexp.accumulate(self, axis=dim, dtype=np.float64).astype(self.dtype) if self.ndim else self[()], cast="float",
   self=_logcumsumexp_backward)
