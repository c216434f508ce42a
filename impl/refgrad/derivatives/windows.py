"""Windows on the dimensions of space, the last ones: as columns and in convolutions; maxima in them; resampling.

A window is said by a tuple an option, with an entry a dimension of space: `kernel` (sizes), `stride`, `dilation`, and
`padding`, pairs of how many zeros stand before and after. Where windows differ from place to place, a table of indices
says them, a row a window.
"""

import math
from functools import reduce

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from refgrad import messages
from refgrad.derivatives.elementwise import beside
from refgrad.derivatives.indexing import gather_backward
from refgrad.derivatives.reductions import sum_dim
from refgrad.derivatives.shapes import FULL, pad
from refgrad.derivatives.table import TABLE, adjoint, op


def counts(space, kernel, stride, padding, dilation):
    """How many windows there are along each dimension."""
    sizes = zip(space, kernel, stride, padding, dilation)
    return tuple((n + sum(p) - e * (k - 1) - 1) // s + 1 for n, k, s, p, e in sizes)


def _columns(self, kernel, stride, padding, dilation):
    """(N, C, *space) -> (N, C * kernel, windows)."""
    n, channels, *space = self.shape
    extent = [e * (k - 1) + 1 for k, e in zip(kernel, dilation)]
    axes = tuple(range(2, self.ndim))
    windows = sliding_window_view(pad.forward(self, ((0, 0), (0, 0), *padding), 0), extent, axes)
    each = windows[(..., *[slice(None, None, s) for s in stride], *[slice(None, None, e) for e in dilation])]
    inner = np.moveaxis(each, [-len(kernel) + i for i in range(len(kernel))], axes)
    many = math.prod(counts(space, kernel, stride, padding, dilation))
    return inner.reshape(n, channels * math.prod(kernel), many)


def _from_columns(self, shape, kernel, stride, padding, dilation):
    """(N, C * kernel, windows) -> (N, C, *space), summed where windows overlap."""
    lead, space = tuple(shape[:2]), tuple(shape[2:])
    many = counts(space, kernel, stride, padding, dilation)
    whole = np.zeros((*lead, *[n + a + max(b, 0) for n, (a, b) in zip(space, padding)]), self.dtype)
    parts = self.reshape(*lead, *kernel, *many)
    for place in np.ndindex(*kernel):
        starts = [i * e for i, e in zip(place, dilation)]
        hit = [slice(a, a + s * (m - 1) + 1, s) for a, s, m in zip(starts, stride, many)]
        whole[(..., *hit)] += parts[(slice(None), slice(None), *place)]
    return np.ascontiguousarray(whole[(..., *[slice(a, a + n) for (a, _), n in zip(padding, space)])])


def _each_group(x, groups):
    """(N, groups * C, ..) -> (N, groups, C, ..), in memory of its own, as fast products need it."""
    return np.ascontiguousarray(x).reshape(x.shape[0], groups, x.shape[1] // groups, math.prod(x.shape[2:]))


def _filters(weight, groups):
    return weight.reshape(groups, weight.shape[0] // groups, math.prod(weight.shape[1:]))


# What is multiplied in a convolution are an image, a weight and a gradient; each of these three gives the product of two.


def _convolution(self, weight, bias, groups, *window):
    shape = (self.shape[0], weight.shape[0], *counts(self.shape[2:], weight.shape[2:], *window))
    columns = _each_group(_columns(self, weight.shape[2:], *window), groups)
    result = (_filters(weight, groups) @ columns).reshape(shape)
    return result if bias is None else result + bias.reshape(len(bias), *(1,) * (len(shape) - 2))


def _to_image(self, weight, bias, shape, groups, *window):
    columns = np.swapaxes(_filters(weight, groups), 1, 2) @ _each_group(self, groups)
    columns = columns.reshape(self.shape[0], groups * columns.shape[2], columns.shape[3])
    result = _from_columns(columns, shape, weight.shape[2:], *window)
    return result if bias is None else result + bias.reshape(len(bias), *(1,) * (len(shape) - 2))


def _to_weight(self, image, shape, groups, *window):
    columns = _each_group(_columns(image, shape[2:], *window), groups)
    return (_each_group(self, groups) @ np.swapaxes(columns, 2, 3)).sum(axis=0).reshape(shape)


def _im2col(self, kernel, stride, padding, dilation):
    """(N, C, *space) or (C, *space) -> ([N,] C * kernel, windows)."""
    batched = self.ndim > 3
    result = np.array(_columns(self if batched else self[None], kernel, stride, padding, dilation), order="C")
    return result if batched else result.squeeze(0)


def _col2im(self, shape, *window):
    batched = self.ndim > 2
    result = _from_columns(self if batched else self[None], shape if batched else (1, *shape), *window)
    return result if batched else result.squeeze(0)


im2col, col2im = adjoint("im2col", _im2col, _col2im)
col2im.node = "Col2ImBackward0"
WINDOW = "groups stride padding dilation"
convolution = op("convolution", _convolution, takes=f"self weight bias {WINDOW}", joint=True,
   self=lambda g, weight, self_shape, groups, stride, padding, dilation:
      to_image(g, weight, None, self_shape, groups, stride, padding, dilation),
   weight=lambda g, self, weight_shape, groups, stride, padding, dilation:
      to_weight(g, self, weight_shape, groups, stride, padding, dilation),
   bias=lambda g: sum_dim(g, (0, *range(2, len(g.shape))), False))
to_image = op("convolution_transposed", _to_image, takes=f"self weight bias shape {WINDOW}", joint=True,
   node="ConvolutionBackward0",
   self=lambda g, weight, groups, stride, padding, dilation:
      convolution(g, weight, None, groups, stride, padding, dilation),
   weight=lambda g, self, weight_shape, groups, stride, padding, dilation:
      to_weight(self, g, weight_shape, groups, stride, padding, dilation),
   bias=lambda g: sum_dim(g, (0, *range(2, len(g.shape))), False))
to_weight = op("convolution_weight", _to_weight, takes=f"self image shape {WINDOW}", node="ConvolutionBackwardBackward0",
   self=lambda g, image, groups, stride, padding, dilation:
      convolution(image, g, None, groups, stride, padding, dilation),
   image=lambda g, self, image_shape, groups, stride, padding, dilation:
      to_image(self, g, None, image_shape, groups, stride, padding, dilation))


bmm = TABLE["bmm"]


def _grid(self, points, shape):
    return (points @ self.swapaxes(1, 2)).reshape(len(self), *shape)


op("affine_grid_generator", _grid, self=lambda g, self_shape, points:
   bmm(g.reshape((self_shape[0], -1, self_shape[1])).swapaxes(1, 2), points))


# channels and space
def _shuffled(self, factor):
    """(.., C * r * r, H, W) -> (.., C, H * r, W * r)."""
    *lead, c, high, wide = self.shape
    r, n = factor, self.ndim - 3
    c //= r * r
    apart = self.reshape(*lead, c, r, r, high, wide).transpose(*range(n), n, n + 3, n + 1, n + 4, n + 2)
    return np.array(apart, order="C").reshape(*lead, c, high * r, wide * r)


def _unshuffled(self, factor):
    *lead, c, high, wide = self.shape
    r, n = factor, self.ndim - 3
    apart = self.reshape(*lead, c, high // r, r, wide // r, r).transpose(*range(n), n, n + 2, n + 4, n + 1, n + 3)
    return np.array(apart, order="C").reshape(*lead, c * r * r, high // r, wide // r)


def _taken_in_turn(self, groups):
    n, c, *space = self.shape
    return np.array(self.reshape(n, groups, c // groups, *space).swapaxes(1, 2), order="C").reshape(self.shape)


shuffle = op("pixel_shuffle", _shuffled, self=lambda g, factor: unshuffle(g, factor))
unshuffle = op("pixel_unshuffle", _unshuffled, self=lambda g, factor: shuffle(g, factor))
take_in_turn = op("channel_shuffle", _taken_in_turn, self=lambda g, self_shape, groups: take_in_turn(g, self_shape[1] // groups))


# tables of windows: for each window along a dimension a row of indices, and which of them count
def how_many(n, kernel, stride, padding, dilation, ceil):
    """How many windows of one size fit on `n` elements, `stride` apart; with `ceil` the last may stick out."""
    room = n + 2 * padding - dilation * (kernel - 1) - 1
    count = (-(-room // stride) if ceil else room // stride) + 1
    return count - (ceil and (count - 1) * stride >= n + padding)


def windows(count, n, kernel, stride, padding, dilation):
    """So many windows of one size."""
    index = np.arange(count)[:, None] * stride - padding + np.arange(kernel) * dilation
    return index, (index >= 0) & (index < n)


def adaptive_windows(n, count):
    """So many windows, side by side as evenly as may be."""
    places = np.arange(count)
    start, end = places * n // count, -(-(places + 1) * n // count)
    index = start[:, None] + np.arange(max(end - start, default=1))
    return index, index < end[:, None]


def _max_pool(self, tables):
    """The greatest element of each window, and where it is on the flattened space."""
    dims = len(tables)
    space, flat, inside = self.shape[self.ndim - dims:], 0, True
    for d, (index, hit) in enumerate(tables):
        place = [1] * (2 * dims)
        place[d], place[dims + d] = index.shape
        flat = flat * space[d] + np.clip(index, 0, space[d] - 1).reshape(place)
        inside = inside & hit.reshape(place)
    flat, inside = (x.reshape(*flat.shape[:dims], math.prod(flat.shape[dims:])) for x in (flat, inside))
    rows = self.reshape(*self.shape[: self.ndim - dims], math.prod(space))[..., flat]
    lowest = {"f": -np.inf}.get(self.dtype.kind) or np.iinfo(self.dtype).min
    best = np.where(inside, rows, lowest).argmax(-1)[..., None]
    within = np.take_along_axis(np.broadcast_to(inside, rows.shape), best, -1)
    best = np.where(within, best, inside.argmax(-1)[..., None])  # where there is nothing but infinity below zero
    places = np.take_along_axis(np.broadcast_to(flat, rows.shape), best, -1)
    return np.take_along_axis(rows, best, -1)[..., 0], places[..., 0]


def _max_pool_backward(g, indices, self, tables):
    dims = len(self.shape) - len(tables)
    lead, size = self.shape[:dims], math.prod(self.shape[dims:])
    rows, pooled = math.prod(lead), math.prod(indices.shape[len(lead):])
    back = gather_backward(g[0].reshape((rows, pooled)), (rows, size), 1, indices.reshape((rows, pooled)))
    return beside(back.reshape(self.shape), self)


def _emptied(g, name):
    """Adaptive pools do not go back from nothing, but for a batch of none."""
    raise messages.error("pools.backward_empty", name, g, g.shape.index(0, 1))


def _closed(g, key, value):
    raise messages.error(key, value)


op("closed", lambda self, key, value: self, self=_closed)  # PyTorch finds out on the way back
op("emptied", lambda self, name: self, self=_emptied)
op("max_pool", _max_pool, outputs="values indices", node="MaxPool2DWithIndicesBackward0", self=_max_pool_backward)


def _column(self, dim, index, weights, k):
    """What the table's column `k` takes along `dim`."""
    taken = self.take(index[:, k], dim)
    return taken if weights is None else _weighted(taken, weights[:, k], dim)


def _weighted(taken, weights, dim):
    """`taken` times the weights along `dim`; what is not wanted is left out, though it were infinite."""
    weights = weights.reshape(-1, *(1,) * (taken.ndim - dim - 1))
    return np.where(weights, taken, taken.dtype.type(0)) if weights.dtype == bool else taken * weights.astype(taken.dtype)


def _resample(self, dim, index, weights):
    """Along `dim`, a sum for each row of `index`: of the elements that it names, times their `weights` (None: ones)."""
    return reduce(np.add, [_column(self, dim, index, weights, k) for k in range(index.shape[1])])


def _resample_backward(self, shape, dim, index, weights):
    """All that goes to one element stands side by side, when it has been sorted by where it goes."""
    result, order = np.zeros(shape, self.dtype), np.argsort(index, axis=None, kind="stable")
    parts = self.take(order // index.shape[1], dim)
    if weights is not None:
        parts = _weighted(parts, weights.ravel()[order], dim)
    places, starts = np.unique(index.ravel()[order], return_index=True)
    if places.size:
        result[(*FULL * dim, places)] = np.add.reduceat(parts, starts, axis=dim)
    return result


adjoint("resample", _resample, _resample_backward)
# coordinates that are bent back: known numbers, which go along with `self` as fast as `slope` says
op("straight", lambda self, value, slope: value, self=lambda g, slope: g * slope)
