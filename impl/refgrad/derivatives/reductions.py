"""Reductions, and what accumulates along a dimension. `dim` arrives as a tuple of non-negative ints."""

import math

import numpy as np

from refgrad import messages
from refgrad.derivatives.complexes import sgn
from refgrad.derivatives.elementwise import as_type, beside, where
from refgrad.derivatives.shapes import expand, flip, zeros_like_shape
from refgrad.derivatives.table import op


def kept(x, shape, dim, keepdim):
    """`x`, the result of reducing `shape` over `dim`, with the reduced dimensions put back in size 1."""
    return x if keepdim or not shape else x.reshape(tuple(1 if i in dim else n for i, n in enumerate(shape)))


def _spread(g, shape, dim, keepdim):
    return expand(kept(g, shape, dim, keepdim), shape)


def _count(shape, dim):
    return math.prod(shape[d] for d in dim)


def wide(x):
    """The dtype in which PyTorch adds: int64 for integers."""
    return np.int64 if x.dtype.kind in "biu" else None


def _mean_dim(self, dim, keepdim):
    return np.add.reduce(self, axis=dim, keepdims=keepdim) / self.dtype.type(_count(self.shape, dim))


def share(g, mask, dim):
    """`g` divided evenly among the places of `mask` along `dim`."""
    return where(mask, g / sum_dim(mask, dim, True), 0)


def share_all(g, self, result):
    """The formula where all the elements that are the result share its gradient; nan is nan, here."""
    return share(g, (self == result) | ((self != self) & (result != result)), None)


def share_ties(g, self, result, dim, keepdim):
    mask = self == kept(result, self.shape, dim, keepdim)
    return kept(g, self.shape, dim, keepdim) * mask / sum_dim(mask, dim, True)  # where nan is the result, nan everywhere


def plus(a, b):
    """The sum of two gradients, where None is none."""
    return b if a is None else a if b is None else a + b


def _over(number, freedom):
    """`number` divided by the degrees of freedom: elements less the correction, of which there may be none."""
    return number / freedom if freedom else math.inf


def _every(dim, shape):
    """The dimensions `dim`; all, where none are given."""
    return dim or tuple(range(len(shape)))


def _variance(self, dim, correction, keepdim):
    dim = _every(dim, self.shape)
    if not self.size:
        return _mean_dim(self, dim, keepdim)
    count = _count(self.shape, dim)
    return np.asarray(self).var(axis=dim, keepdims=keepdim) * _over(count, max(0, count - correction))


def _var_backward(g, self, dim, correction, keepdim):
    """PyTorch counts the elements of the dimensions that are named: of `()`, which stands for all of them, one."""
    every = _every(dim, self.shape)
    g, apart = kept(g, self.shape, every, keepdim), self - mean_dim(self, every, True)
    free = _count(self.shape, every if dim is None else dim) - correction
    if dim is None and free <= 0:
        return g * where(apart == 0, math.nan, math.inf)
    return (_over(2, free) * g) * apart


def _std_backward(g, self, result, dim, correction, keepdim):
    return _var_backward(where(result, g / (result * 2), 0), self, dim, correction, keepdim)


def _mean_backward(g, self, dim, keepdim):
    dim = _every(dim, self.shape)
    return None if g is None else _spread(g / _count(self.shape, dim), self.shape, dim, keepdim)


def squared(x, dim):
    """(.., n, ..) -> (.., n, n): the elements along `dim` in n rows, of which the i-th has 1 in the place of element i."""
    return where(np.eye(x.shape[dim], dtype=bool), 1, x.swapaxes(dim, -1)[..., None, :])


def _prod_backward(g, self, result, dim, keepdim):
    """Products of all the others: by division where nothing is zero, else as products of rows that leave one out."""
    shape, self = self.shape, as_type(g, self)
    if not shape:
        return g
    if not (self == 0).any():
        return kept(g * result, shape, dim, keepdim) / self
    others = prod_dim(squared(self, dim[0]), (len(shape),), False)
    return kept(g, shape, dim, keepdim) * others.swapaxes(dim[0], -1)


def _norm(self, ord, dim, keepdim):
    a = abs(self)
    if math.isinf(ord):
        return (np.max if ord > 0 else np.min)(a, axis=dim, keepdims=keepdim)
    if ord == 0:
        return (a != 0).sum(axis=dim, keepdims=keepdim).astype(a.dtype)
    return (a**ord).sum(axis=dim, keepdims=keepdim) ** (1 / ord)


def _norm_backward(g, self, result, ord, dim, keepdim):
    """Zero where there is no derivative: at the origin, and for ord < 1 where an element is zero."""
    g, n = kept(g, self.shape, dim, keepdim), kept(result, self.shape, dim, keepdim)
    if math.isinf(ord):
        return sgn(self) * share(g, abs(self) == n, dim)
    if ord == 0:
        return None
    if ord == 1:
        return sgn(self) * g
    if ord == 2:
        return g * where(n, self / n, 0)
    if ord < 1:
        return sgn(self) * where(self == 0, 0, abs(self) ** (ord - 1)) * g * n ** (1 - ord)
    scaled = sgn(self) * abs(self) ** (ord - 1) if ord < 2 else self * abs(self) ** (ord - 2)
    return scaled * where(n, g / n ** (ord - 1), 0)


def _dist_backward(g, self, other, result, p):
    return _norm_backward(g, self - other, result, p, tuple(range(len((self - other).shape))), False)


def _pairs(x1, x2):
    """All differences of the rows of x1 (.., n, d) and x2 (.., m, d): (.., n, m, d)."""
    return x1.reshape((*x1.shape[:-1], 1, x1.shape[-1])) - x2.reshape((*x2.shape[:-2], 1, *x2.shape[-2:]))


def _cdist(x1, x2, p):
    """Norms, but for nan: the largest difference is another one, and to count gives nan."""
    apart = np.abs(_pairs(x1, x2))
    if p == np.inf:
        return np.fmax.reduce(apart, axis=-1, initial=0)
    return np.minimum(np.ceil(apart), 1).sum(-1) if p == 0 else _norm(apart, p, -1, False)


def _cdist_backward(g, x1, x2, result, p):
    pairs = _pairs(x1, x2)
    if p == np.inf:  # each of several largest ones gets the whole; of infinity, which is not next to itself, nan
        g, top = g.reshape((*g.shape, 1)), result.reshape((*result.shape, 1))
        below = abs(abs(pairs) - top)
        return g * np.sign(pairs) * where(below > 0, 0, 1 + below)
    if p == 1:
        return np.sign(pairs) * g.reshape((*g.shape, 1))
    if p == 0:
        return beside(zeros_like_shape(g, pairs.shape), pairs)
    return _norm_backward(g, pairs, result, p, (len(pairs.shape) - 1,), False)


def _truth(self, found):
    """In uint8 for uint8, which once stood for booleans."""
    return found.astype(self.dtype) if self.dtype == np.uint8 else found


def _logsumexp(self, dim, keepdim):
    top = self.max(axis=dim, keepdims=True, initial=-np.inf)
    top = np.where(np.isfinite(top), top, 0)
    result = np.log(np.exp(self - top).sum(axis=dim, keepdims=True)) + top
    return result if keepdim else result.squeeze(dim)


def _fold_repeats(g, self_shape, repeats):
    """(r0*n0, r1*n1, ..) -> (r0, n0, r1, n1, ..), summed over the r."""
    if 0 in repeats:
        return zeros_like_shape(g, tuple(self_shape))
    padded = (1,) * (len(repeats) - len(self_shape)) + tuple(self_shape)
    split = [n for pair in zip(repeats, padded) for n in pair]
    often = tuple(2 * i for i, r in enumerate(repeats) if r > 1)
    g = sum_dim(g.reshape(split), often, False) if often else g
    return g.reshape(self_shape) if tuple(g.shape) != tuple(self_shape) else g


def several(shape, dim):
    """Whether there is more than one element, and more than one in each row along `dim`."""
    return math.prod(shape) > 1 and shape[dim] > 1


def from_the_end(accumulate, x, dim):
    """What the operator `accumulate` makes of `x`, from the last along `dim` to the first."""
    return flip(accumulate(flip(x, (dim,)), dim), (dim,))


# sums and means, over everything or along dimensions
op("sum", lambda self: np.add.reduce(self, axis=None, dtype=wide(self)), cast="asked",
   self=lambda g, self_shape: expand(g, self_shape))
sum_dim = op("sum_dim", lambda self, dim, keepdim: np.add.reduce(self, axis=dim, keepdims=keepdim, dtype=wide(self)),
   node="SumBackward1", cast="asked", self=lambda g, self_shape, dim, keepdim: _spread(g, self_shape, dim, keepdim))
op("per_channel", lambda self, shape: self.reshape(shape),
   self=lambda g, shape: sum_dim(g, (0, *range(2, len(shape))), False))
op("nansum", lambda self, dim, keepdim: np.nansum(self, axis=dim, keepdims=keepdim, dtype=wide(self)), cast="asked",
   self=lambda g, self, dim, keepdim: _spread(g, self.shape, dim, keepdim) * (self == self))
op("mean", lambda self: np.add.reduce(self, axis=None) / self.size, cast="asked",
   self=lambda g, self_shape: expand(g / math.prod(self_shape), self_shape))
mean_dim = op("mean_dim", _mean_dim, node="MeanBackward1", cast="asked",
   self=lambda g, self_shape, dim, keepdim: _spread(g / _count(self_shape, dim), self_shape, dim, keepdim))
op("repeat", lambda self, repeats: np.tile(self, repeats), self=_fold_repeats)
cumsum = op("cumsum", lambda self, dim: np.cumsum(self, axis=dim, dtype=wide(self)) if self.ndim else self[()],
   cast="asked", self=lambda g, dim: from_the_end(cumsum, g, dim) if several(g.shape, dim) else g)
op("logsumexp", _logsumexp, cast="float", self=lambda g, self, result, dim, keepdim:
   kept(g, self.shape, dim, keepdim) * np.exp(self - kept(result, self.shape, dim, keepdim)))

# products
op("prod", lambda self: np.multiply.reduce(self, axis=None, dtype=wide(self)), cast="asked",
   self=lambda g, self, result: _prod_backward(g, self.reshape(-1), result, (0,), False).reshape(self.shape) if self.shape else g)
prod_dim = op("prod_dim", lambda self, dim, keepdim: np.multiply.reduce(self, axis=dim, keepdims=keepdim, dtype=wide(self)),
   node="ProdBackward1", cast="asked", self=_prod_backward)

def _dist(self, other, p):
    apart = self - other
    messages.require(apart.dtype.kind in "fc", "functions.norm_dtype", apart)
    return _norm(apart, p, None, False)


# squares: variances and distances
op("var", _variance, self=_var_backward)
op("var_mean", lambda self, dim, correction, keepdim:
   (_variance(self, dim, correction, keepdim), _mean_dim(self, _every(dim, self.shape), keepdim)),
   outputs="result0 result1", self=lambda g, self, dim, correction, keepdim: plus(
       None if g[0] is None else _var_backward(g[0], self, dim, correction, keepdim), _mean_backward(g[1], self, dim, keepdim)))
op("std", lambda self, dim, correction, keepdim: np.sqrt(_variance(self, dim, correction, keepdim)), self=_std_backward)
op("std_mean", lambda self, dim, correction, keepdim:
   (np.sqrt(_variance(self, dim, correction, keepdim)), _mean_dim(self, _every(dim, self.shape), keepdim)),
   outputs="result0 result1",
   self=lambda g, self, result0, dim, correction, keepdim: plus(
       None if g[0] is None else _std_backward(g[0], self, result0, dim, correction, keepdim),
       _mean_backward(g[1], self, dim, keepdim)))
op("linalg_vector_norm", _norm, cast="asked", self=_norm_backward)
op("dist", _dist, cast="signed", self=_dist_backward,
   other=lambda g, self, other, result, p: None if p == 0 else -_dist_backward(g, self, other, result, p))
op("cdist", _cdist,
   x1=lambda g, x1, x2, result, p: sum_dim(_cdist_backward(g, x1, x2, result, p), (len(result.shape) - 1,), False),
   x2=lambda g, x1, x2, result, p: -sum_dim(_cdist_backward(g, x1, x2, result, p), (len(result.shape) - 2,), False))

# extremes: over everything and in amax the gradient is shared by ties (in max(dim), see sorting, the chosen index gets it)
op("max", lambda self: np.max(self), node="MaxBackward1", self=share_all)
op("min", lambda self: np.min(self), node="MinBackward1", self=share_all)
op("amax", lambda self, dim, keepdim: np.max(self, axis=dim, keepdims=keepdim), self=share_ties)
op("amin", lambda self, dim, keepdim: np.min(self, axis=dim, keepdims=keepdim), self=share_ties)
op("aminmax", lambda self, dim, keepdim: (self.min(axis=dim, keepdims=keepdim), self.max(axis=dim, keepdims=keepdim)),
   outputs="min max", self=lambda g, self, min, max, dim, keepdim: plus(
       *[None if part is None else share_ties(part, self, end, dim, keepdim) for part, end in zip(g, (min, max))]))
op("argmax", lambda self, dim, keepdim: np.argmax(self, dim, keepdims=keepdim))
op("argmin", lambda self, dim, keepdim: np.argmin(self, dim, keepdims=keepdim))
op("all", lambda self, dim, keepdim: _truth(self, np.all(self, axis=dim, keepdims=keepdim)))
op("any", lambda self, dim, keepdim: _truth(self, np.any(self, axis=dim, keepdims=keepdim)))
