"""Reductions, and what accumulates along a dimension. `dim` arrives as a tuple of non-negative ints."""

from __future__ import annotations

import math

import numpy as np

from refgrad.derivatives.elementwise import where
from refgrad.derivatives.shapes import expand, flip, permute, take_along, unfold_diagonal
from refgrad.derivatives.table import op


def _kept(x, shape, dim, keepdim):
    """`x`, the result of reducing `shape` over `dim`, with the reduced dimensions put back in size 1."""
    if keepdim or not shape:
        return x
    return x.reshape(tuple(1 if i in dim else n for i, n in enumerate(shape)))


def _spread(g, shape, dim, keepdim):
    return expand(_kept(g, shape, dim, keepdim), shape)


def _count(shape, dim):
    return math.prod(shape[d] for d in dim)


def _wide(x):
    """The dtype in which PyTorch adds: int64 for integers."""
    return np.int64 if x.dtype.kind in "biu" else None


def _sum(self):
    return np.add.reduce(self, axis=None, dtype=_wide(self))


def _sum_dim(self, dim, keepdim=False):
    return np.add.reduce(self, axis=dim, keepdims=keepdim, dtype=_wide(self))


def _mean(self):
    return np.add.reduce(self, axis=None) / self.dtype.type(self.size)


def _mean_dim(self, dim, keepdim=False):
    return np.add.reduce(self, axis=dim, keepdims=keepdim) / self.dtype.type(_count(self.shape, dim))


def _prod(self):
    return np.multiply.reduce(self, axis=None, dtype=_wide(self))


def _prod_dim(self, dim, keepdim=False):
    return np.multiply.reduce(self, axis=dim, keepdims=keepdim, dtype=_wide(self))


def _everywhere(choose):
    return lambda self: choose(self)


def _along(choose):
    return lambda self, dim, keepdim: choose(self, axis=dim, keepdims=keepdim)


def _chosen(choose):
    """The values that the index function `choose` picks along a dimension, and their indices."""

    def forward(self, dim, keepdim=False):
        if not self.ndim:
            return self[()], np.int64(0)
        indices = np.expand_dims(choose(self, axis=dim[0]), dim[0])
        values = np.take_along_axis(self, indices, dim[0])
        return (values, indices) if keepdim else (values.squeeze(dim[0]), indices.squeeze(dim[0]))

    return forward


def _index_of(choose):
    def forward(self, dim=None, keepdim=False):
        index = choose(self, dim)
        if dim is None:
            return index.reshape((1,) * self.ndim) if keepdim else index
        return np.expand_dims(index, dim) if keepdim else index

    return forward


def _scatter(g, indices, shape, dim, keepdim):
    """A zero tensor of `shape` with `g` at `indices` along `dim`."""
    if not shape:
        return g
    return scatter_one(_kept(g, shape, dim, keepdim), _kept(indices, shape, dim, keepdim), shape, dim[0])


def _scatter_one(self, index, shape, dim):
    result = np.zeros(shape, self.dtype)
    np.put_along_axis(result, index, self, dim)
    return result


def _share(g, mask, dim):
    """`g` divided evenly among the places of `mask` along `dim`."""
    return where(mask, g / count_true(mask, dim), 0)


def _alike(x, y):
    """Where x is y; nan is nan, here."""
    return (x == y) | ((x != x) & (y != y))


def _count_true(self, dim):
    return self.sum(axis=dim, keepdims=True)


def _variance(self, dim, correction, keepdim):
    if not self.size:
        return _mean_dim(self, dim, keepdim)
    return np.asarray(self).var(axis=dim, ddof=0, keepdims=keepdim) * _bessel(self.shape, dim, correction)


def _bessel(shape, dim, correction):
    n = _count(shape, dim)
    left = max(n - correction, 0)
    return n / left if left else math.nan


def _std(self, dim, correction, keepdim):
    return np.sqrt(_variance(self, dim, correction, keepdim))


def _var_backward(g, self, dim, correction, keepdim):
    n = _count(self.shape, dim)
    left = max(n - correction, 0)
    scale = 2 / left if left else math.nan
    return (scale * _kept(g, self.shape, dim, keepdim)) * (self - mean_dim(self, dim, True))


def _var_mean_backward(g, self, dim, correction, keepdim):
    by_var = None if g[0] is None else _var_backward(g[0], self, dim, correction, keepdim)
    by_mean = None if g[1] is None else _spread(g[1] / _count(self.shape, dim), self.shape, dim, keepdim)
    return by_var + by_mean if g[0] is not None and g[1] is not None else by_mean if by_var is None else by_var


def _prod_backward(g, self, result, dim, keepdim):
    """Products of all the others: by division where nothing is zero, else as products that leave one out."""
    shape = self.shape
    if not shape:
        return g
    if not (self == 0).any():
        return _kept(g * result, shape, dim, keepdim) / self
    return _kept(g, shape, dim, keepdim) * leave_one_out(self, dim[0])


def _prod_all_backward(g, self, result):
    if not (self == 0).any():
        return (g * result) / self
    return g * leave_one_out(self.reshape(-1), 0).reshape(self.shape)


def _norm(self, ord, dim, keepdim):
    a = abs(self)
    if math.isinf(ord):
        return (np.max if ord > 0 else np.min)(a, axis=dim, keepdims=keepdim)
    if ord == 0:
        return (a != 0).sum(axis=dim, keepdims=keepdim).astype(a.dtype)
    return np.sqrt((a * a).sum(axis=dim, keepdims=keepdim)) if ord == 2 else (a**ord).sum(axis=dim, keepdims=keepdim) ** (1 / ord)


def _norm_backward(g, self, result, ord, dim, keepdim):
    """Zero where there is no derivative: at the origin, and for ord < 2 where an element is zero."""
    g, n = _kept(g, self.shape, dim, keepdim), _kept(result, self.shape, dim, keepdim)
    if math.isinf(ord):
        return np.sign(self) * _share(g, abs(self) == n, dim)
    if ord == 0:
        return None
    if ord == 1:
        return np.sign(self) * g
    if ord == 2:
        return self * where(n == 0, 0, g / n)
    flat = (self == 0) | (n == 0) if ord < 2 else n == 0
    return where(flat, 0, np.sign(self) * (abs(self) ** (ord - 1) * (g / n ** (ord - 1))))


def leave_one_out(x, dim):
    """For each element, the product of the others along `dim`: x is laid out n times, its diagonal made 1."""
    products = prod_dim(unfold_diagonal(x, dim), (dim,), False)
    order = list(range(len(products.shape) - 1))
    order.insert(dim, len(order))
    return permute(products, tuple(order))


def _logsumexp(self, dim, keepdim=False):
    top = self.max(axis=dim, keepdims=True, initial=-np.inf)
    top = np.where(np.isfinite(top), top, 0)
    result = np.log(np.exp(self - top).sum(axis=dim, keepdims=True)) + top
    return result if keepdim else result.squeeze(dim)


def _cumsum(self, dim):
    return np.cumsum(self, axis=dim, dtype=_wide(self)) if self.ndim else self[()]


op("nansum", lambda self, dim, keepdim: np.nansum(self, axis=dim, keepdims=keepdim, dtype=_wide(self)),
   self=lambda g, self, dim, keepdim: where(self != self, 0, _spread(g, self.shape, dim, keepdim)))
count_true = op("count_true", _count_true)
op("sum", _sum, self=lambda g, self_shape: expand(g, self_shape))
sum_dim = op("sum_dim", _sum_dim, node="SumBackward1",
   self=lambda g, self_shape, dim, keepdim: _spread(g, self_shape, dim, keepdim))
op("mean", _mean, self=lambda g, self_shape: expand(g / math.prod(self_shape), self_shape))
mean_dim = op("mean_dim", _mean_dim, node="MeanBackward1",
   self=lambda g, self_shape, dim, keepdim: _spread(g / _count(self_shape, dim), self_shape, dim, keepdim))
op("prod", _prod, self=_prod_all_backward)
prod_dim = op("prod_dim", _prod_dim, node="ProdBackward1", self=_prod_backward)
op("var", _variance, self=_var_backward)
op("var_mean", lambda self, dim, correction, keepdim: (_variance(self, dim, correction, keepdim), _mean_dim(self, dim, keepdim)),
   outputs=("result0", "result1"), self=_var_mean_backward)
op("std", _std,
   self=lambda g, self, result, dim, correction, keepdim: _var_backward(
       where(result == 0, 0, g / (result * 2)), self, dim, correction, keepdim))

op("linalg_vector_norm", _norm, self=_norm_backward)



def _dist_backward(g, self, other, result, p):
    difference = self - other
    return _norm_backward(g, difference, result, p, tuple(range(len(difference.shape))), False)


op("dist", lambda self, other, p: _norm(self - other, p, None, False), cast=None, self=_dist_backward,
   other=lambda g, self, other, result, p: _minus(_dist_backward(g, self, other, result, p)))


def _minus(g):
    return None if g is None else -g


def _pairs(x1, x2):
    """All differences of the rows of x1 (.., n, d) and x2 (.., m, d): (.., n, m, d)."""
    return x1.reshape((*x1.shape[:-1], 1, x1.shape[-1])) - x2.reshape((*x2.shape[:-2], 1, *x2.shape[-2:]))


def _cdist_backward(g, x1, x2, result, p):
    pairs = _pairs(x1, x2)
    return _norm_backward(g, pairs, result, p, (len(pairs.shape) - 1,), False)


op("cdist", lambda x1, x2, p: _norm(_pairs(x1, x2), p, -1, False), takes="x1 x2 p",
   x1=lambda g, x1, x2, result, p: sum_dim(_cdist_backward(g, x1, x2, result, p), (len(result.shape) - 1,), False),
   x2=lambda g, x1, x2, result, p: -sum_dim(_cdist_backward(g, x1, x2, result, p), (len(result.shape) - 2,), False))

# ties: over everything and in amax the gradient is shared, in max(dim) it is the chosen index's
for name, choose, choose_index in (("max", np.max, np.argmax), ("min", np.min, np.argmin)):
    op(name, _everywhere(choose), node=f"{name.title()}Backward1",
       self=lambda g, self, result: _share(g, _alike(self, result), None))
    op(f"a{name}", _along(choose),
       self=lambda g, self, result, dim, keepdim: _share(
           _kept(g, self.shape, dim, keepdim), self == _kept(result, self.shape, dim, keepdim), dim))
    op(f"{name}_dim", _chosen(choose_index), node=f"{name.title()}Backward0", outputs=("values", "indices"),
       self=lambda g, indices, self_shape, dim, keepdim: _scatter(g[0], indices, self_shape, dim, keepdim))
    op(f"arg{name}", _index_of(choose_index))

scatter_one = op("scatter_one", _scatter_one, constant="index", self=lambda g, index, dim: take_along(g, index, dim))
cumsum = op("cumsum", _cumsum, self=lambda g, dim: flip(cumsum(flip(g, (dim,)), dim), (dim,)))
op("logsumexp", _logsumexp, cast="float",
   self=lambda g, self, result, dim, keepdim: _kept(g, self.shape, dim, keepdim)
   * np.exp(self - _kept(result, self.shape, dim, keepdim)))
op("all", lambda self, dim=None, keepdim=False: np.all(self, axis=dim, keepdims=keepdim))
op("any", lambda self, dim=None, keepdim=False: np.any(self, axis=dim, keepdims=keepdim))
