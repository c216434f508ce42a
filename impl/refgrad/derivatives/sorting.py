"""Order along a dimension: sorting, choosing by rank, and running extrema, products and sums of exponentials."""

from __future__ import annotations

import numpy as np

from refgrad.derivatives.elementwise import where
from refgrad.derivatives.reductions import _alike, _kept, _scatter, _share, cumsum, sum_dim
from refgrad.derivatives.shapes import add_along, cat, flip, slice_
from refgrad.derivatives.table import op

LOWEST = -3e38  # the logarithm of nothing, as far as float32 can say it


def _along(choose):
    """`choose`, which gives values and indices along an axis, for tensors without dimensions, too."""

    def forward(self, dim, *settings):
        if not self.ndim:
            return self[()], np.int64(0)
        return choose(self, dim, *settings)

    return forward


def _sort(self, dim, descending):
    if descending:  # backwards twice, so that equals keep their order
        order = self.shape[dim] - 1 - np.flip(np.argsort(np.flip(self, dim), axis=dim, kind="stable"), dim)
    else:
        order = np.argsort(self, axis=dim, kind="stable")
    return np.take_along_axis(self, order, dim), order


def _topk(self, k, dim, largest):
    values, order = _sort(self, dim, largest)
    first = (slice(None),) * dim + (slice(k),)
    return values[first].copy(), order[first].copy()


def _picked(rank):
    """The element of that `rank` (of an array sorted along the last axis, and what else is given), and its index."""

    def choose(self, dim, keepdim, *settings):
        order = np.argsort(self, axis=dim, kind="stable")
        index = np.take(order, [rank(self, dim, *settings)], axis=dim)
        values = np.take_along_axis(self, index, dim)
        return (values, index) if keepdim else (values.squeeze(dim), index.squeeze(dim))

    return _along(choose)


def _median(self, dim, keepdim):
    """The lower of the two in the middle; a nan where there is one."""
    values, index = _picked(lambda x, d: (x.shape[d] - 1) // 2)(self, dim, keepdim)
    bad = np.isnan(self) if self.ndim else np.False_
    if bad.any():
        nan_at = bad.argmax(dim, keepdims=keepdim)
        has_nan = bad.any(dim, keepdims=keepdim)
        index = np.where(has_nan, nan_at, index)
        values = np.where(has_nan, np.nan, values).astype(self.dtype)
    return values, index


def _median_all(self):
    return _median(self.reshape(-1), 0, False)[0] if self.size else self.dtype.type(np.nan)


def _nanmedian(self, dim, keepdim):
    order = np.argsort(self, axis=dim, kind="stable")
    count = np.maximum((~np.isnan(self)).sum(dim, keepdims=True), 1)
    index = np.take_along_axis(order, (count - 1) // 2, dim)
    values = np.take_along_axis(self, index, dim)
    return (values, index) if keepdim else (values.squeeze(dim), index.squeeze(dim))


def _mode(self, dim, keepdim):
    """The most frequent value, the smallest of several; the index of its last occurrence."""
    same = np.expand_dims(np.moveaxis(self, dim, -1), -1) == np.expand_dims(np.moveaxis(self, dim, -1), -2)
    frequent = same.sum(-1)
    rows = np.moveaxis(self, dim, -1)
    most = np.inf if self.dtype.kind == "f" else np.iinfo(self.dtype).max
    candidate = np.where(frequent == frequent.max(-1, keepdims=True), rows, most)
    values = candidate.min(-1, keepdims=True)
    index = rows.shape[-1] - 1 - np.argmax(np.flip(rows == values, -1), -1)[..., None]
    values, index = np.moveaxis(values.astype(self.dtype), -1, dim), np.moveaxis(index, -1, dim)
    return (values, index) if keepdim else (values.squeeze(dim), index.squeeze(dim))


def _running(accumulate):
    def choose(self, dim):
        values = accumulate(self, axis=dim)
        places = np.arange(self.shape[dim]).reshape([-1 if d == dim else 1 for d in range(self.ndim)])
        return values, np.maximum.accumulate(np.where((self == values) | (self != self), places, 0), axis=dim)

    return _along(choose)


def _cumprod(self, dim):
    return np.cumprod(self, axis=dim, dtype=np.int64 if self.dtype.kind in "biu" else None) if self.ndim else self[()]


def _cumprod_backward(g, self, result, dim):
    """Sums, from each place on, of g times the products without it: by division, or where there are zeros, one by one."""
    if not self.shape:
        return g
    if not (self == 0).any():
        return _from_here_on(g * result, dim) / self
    n, parts = self.shape[dim], []
    for i in range(n):
        before = cumprod(slice_(self, dim, 0, i, 1), dim)
        start = slice_(before, dim, i - 1, i, 1) if i else slice_(self, dim, 0, 1, 1) * 0 + 1
        without = cumprod(cat([start, slice_(self, dim, i + 1, n, 1)], dim), dim)
        parts.append(sum_dim(slice_(g, dim, i, n, 1) * without, (dim,), True))
    return cat(parts, dim)


def _from_here_on(x, dim):
    return flip(cumsum(flip(x, (dim,)), dim), (dim,)) if x.shape else x


def _logcumsumexp(self, dim):
    return np.logaddexp.accumulate(self, axis=dim, dtype=np.float64).astype(self.dtype) if self.ndim else self[()]


def _logcumsumexp_backward(g, self, result, dim):
    """In logarithms, so that nothing overflows: what is positive of g, and what is negative, each by itself."""
    parts = []
    for part in (g, -g):
        log = where(part > 0, np.log(where(part > 0, part, 1)), LOWEST) - result
        log = flip(logcumsumexp(flip(log, (dim,)), dim), (dim,)) if log.shape else log
        parts.append(np.exp(log + self))
    return parts[0] - parts[1]


def _pick_back(g, indices, self_shape, dim, keepdim):
    return _scatter(g[0], indices, self_shape, (dim,), keepdim)


def _order_back(g, indices, self_shape, dim):
    return add_along(g[0], indices, self_shape, dim) if self_shape else g[0]


PAIR = ("values", "indices")
op("sort", _along(_sort), takes="self dim descending", outputs=PAIR, self=_order_back)
op("topk", lambda self, k, dim, largest: _topk(self, k, dim, largest) if self.ndim else (self[()], np.int64(0)),
   outputs=PAIR, self=_order_back)
op("cummax", _running(np.maximum.accumulate), takes="self dim", outputs=PAIR, self=_order_back)
op("cummin", _running(np.minimum.accumulate), takes="self dim", outputs=PAIR, self=_order_back)
op("kthvalue", _picked(lambda x, dim, k: k - 1), takes="self dim keepdim k", outputs=PAIR, self=_pick_back)
op("median_dim", _along(_median), takes="self dim keepdim", node="MedianBackward1", outputs=PAIR, self=_pick_back)
op("nanmedian_dim", _along(_nanmedian), takes="self dim keepdim", node="NanmedianBackward1", outputs=PAIR, self=_pick_back)
op("mode", _along(_mode), takes="self dim keepdim", outputs=PAIR, self=_pick_back)
op("median", _median_all, self=lambda g, self, result: _share(g, _alike(self, result), None))
op("nanmedian", lambda self: _nanmedian(self.reshape(-1), 0, False)[0] if self.size else self.dtype.type(np.nan),
   self=lambda g, self, result: _share(g, self == result, None))
op("aminmax", lambda self, dim, keepdim: (self.min(axis=dim, keepdims=keepdim), self.max(axis=dim, keepdims=keepdim)),
   outputs=("min", "max"),
   self=lambda g, self, min, max, dim, keepdim: _add(*(
       None if part is None else _share(_kept(part, self.shape, dim, keepdim), self == _kept(end, self.shape, dim, keepdim), dim)
       for part, end in zip(g, (min, max), strict=True))))
cumprod = op("cumprod", _cumprod, self=_cumprod_backward)
logcumsumexp = op("logcumsumexp", _logcumsumexp, cast="float", takes="self dim", self=_logcumsumexp_backward)


def _add(a, b):
    return b if a is None else a if b is None else a + b
