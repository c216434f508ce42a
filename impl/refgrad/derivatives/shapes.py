"""Operators that move elements without changing them: views, copies, joins."""

import functools
import math

import numpy as np
from numpy.lib.stride_tricks import as_strided, sliding_window_view

from refgrad import messages
from refgrad.derivatives.table import adjoint, op, write

FULL = (slice(None),)  # as often as there are dimensions before the one that is meant


def copied(self):
    """A copy with its elements in the same order in memory, if they have places of their own."""
    return self.copy() if self.flags.c_contiguous or 0 in self.strides else self.copy("K")


@functools.lru_cache(1024)
def _sources(shape, to):
    """For each dimension of `to`, that of `shape` which is seen along it; -1 where one element is, again and again."""
    lead = len(to) - len(shape)
    if lead < 0 or [n for n, m in zip(shape, to[lead:]) if n not in (1, m)]:
        raise ValueError("the shapes cannot be broadcast")
    return [-1] * lead + [i if n == m else -1 for i, (n, m) in enumerate(zip(shape, to[lead:]))]


def _expand(self, shape):
    if self.__class__ is not np.ndarray:  # no memory of its own to look at: one element, read again and again
        return np.ndarray(shape, self.dtype, self, 0, (0,) * len(shape)) if shape else self
    own = (*self.strides, 0)
    strides = [own[i] for i in _sources(self.shape, tuple(shape))]
    if self.size and self.flags.c_contiguous:  # ten times faster
        return np.ndarray(shape, self.dtype, self, 0, strides)
    return as_strided(self, shape, strides)


def reshaped(g, self_shape):
    """The formula of what changed nothing but the shape."""
    return g.reshape(self_shape)


def unsqueezed(g, self_shape):
    """The formula of what takes sizes of 1 away, if there are any."""
    return g if tuple(g.shape) == tuple(self_shape) else g.reshape(self_shape)


def _squeeze(self, dim):
    return self.reshape([n for i, n in enumerate(self.shape) if i not in dim or n != 1])


def _swapped(self, dim0, dim1):
    return np.swapaxes(self, dim0, dim1) if self.ndim else self[...]


def _diagonal(self, offset, dim1, dim2):
    result = np.diagonal(self, offset, dim1, dim2)
    result.flags.writeable = self.flags.writeable  # NumPy's caution, for views of views made long ago
    return result


def _unfold(self, dimension, size, step):
    if not self.ndim:
        return self.reshape(1)[:size]
    windows = sliding_window_view(self, size, dimension, writeable=True)
    return windows[(*FULL * dimension, slice(None, None, step))]


def _unfold_backward(self, shape, dimension, size, step):
    n = math.prod(shape)
    return write(np.zeros(n, self.dtype), _unfold(np.arange(n).reshape(shape), dimension, size, step), self).reshape(shape)


def memory_of(array):
    """The array that owns the memory which `array` shows."""
    owner = array
    while owner is not None:
        array = owner if isinstance(owner, np.ndarray) else array
        owner = getattr(owner, "base", None)
    return array


def _places(size, stride, storage_offset):
    """Where in memory each element stands."""
    return np.full(size, storage_offset) + sum(i * s for i, s in zip(np.indices(size), stride))


def _as_strided(self, size, stride, storage_offset, own):
    """A view of the memory of `self`, in which that has its `own` sizes, strides and offset; else what a copy gives."""
    self = np.asarray(self)
    at = (self.ctypes.data - memory_of(self).ctypes.data) // self.itemsize
    if (self.shape, tuple(s // self.itemsize for s in self.strides), at) != own:
        return _moved(self, own, (size, stride, storage_offset))
    memory = memory_of(self)
    memory = memory.transpose(sorted(range(memory.ndim), key=lambda d: -memory.strides[d])).reshape(-1)[storage_offset:]
    return as_strided(memory, size, [s * self.itemsize for s in stride])


def _moved(self, here, there):
    """`self`, added up in memory at the places that are `here`, then read at those that are `there`."""
    places, wanted = _places(*here), _places(*there)
    memory = np.zeros(1 + max(np.max(places, initial=0), np.max(wanted, initial=0)), self.dtype)
    return write(memory, places, self)[wanted]


def _shared(self, own):
    """`self`, divided by how many of its elements stand in one place."""
    places = _places(*own)
    return self / np.bincount(places.ravel())[places].astype(self.dtype)


def _split(self, split_sizes, dim):
    ends = np.cumsum(np.asarray(split_sizes, np.int64)).tolist()
    return [self[(*FULL * dim, slice(end - size, end))] for size, end in zip(split_sizes, ends)]


def _join_pieces(gs, self_shape, split_sizes, dim):
    """The gradients of the pieces side by side, zeros where a piece has none."""
    return cat(_filled(gs, [(*self_shape[:dim], size, *self_shape[dim + 1 :]) for size in split_sizes]), dim)


def _stack_pieces(gs, self_shape, dim):
    return stack(_filled(gs, [(*self_shape[:dim], *self_shape[dim + 1 :])] * len(gs)), dim)


def _filled(gs, shapes):
    present = next(g for g in gs if g is not None)
    return [zeros_like_shape(present, shape) if g is None else g for g, shape in zip(gs, shapes)]


def _triangle(name, cut):
    def forward(self, diagonal):
        messages.require(self.ndim > 1, "operators.triangle", name)
        return cut(self, diagonal)

    return forward


def _cat(tensors, dim):
    """An old rule lets a 1-d tensor without elements be joined to anything."""
    return np.concatenate([t for t in tensors if t.shape != (0,)] or tensors, axis=dim)


def _cat_backward(g, tensors_shape, dim):
    parts, end = [], 0
    for shape in tensors_shape:
        if shape == (0,):
            parts.append(zeros_like_shape(g, shape))
        else:
            parts.append(slice_(g, dim, end, end + shape[dim], 1))
            end += shape[dim]
    return parts


def _blocks(shapes):
    """Where matrices (or rows, or numbers) of these shapes stand, one after the other, and the shape of the whole."""
    places, end = [], (0, 0)
    for shape in shapes:
        start, end = end, tuple(e + n for e, n in zip(end, (1, 1, *shape)[-2:]))
        places.append(tuple(map(slice, start, end)))
    return places, end


def _block_diag(tensors):
    places, shape = _blocks([t.shape for t in tensors])
    result = np.zeros(shape, tensors[0].dtype)
    for place, t in zip(places, tensors):
        result[place] = t
    return result


def _pad(self, sides, value):
    """So many elements more (or, where negative, less) before and after along each dimension."""
    more = np.pad(self, [(max(a, 0), max(b, 0)) for a, b in sides], constant_values=value)
    return more[tuple(slice(max(-a, 0), n - max(-b, 0)) for (a, b), n in zip(sides, more.shape))].copy()


# views
expand = op("expand", _expand, kind="view", self=lambda g, self_shape: g if self_shape else g.sum())
op("alias", lambda self: self[...], kind="view", self=lambda g: g)
op("view", lambda self, shape: self.reshape(shape), kind="view", self=reshaped)
op("reshape_alias", lambda self, shape: self.reshape(shape), kind="view", self=reshaped)
op("unsafe_view", lambda self, shape: self.reshape(shape), self=reshaped)
op("squeeze", lambda self: _squeeze(self, range(self.ndim)), kind="view", self=unsqueezed)
squeeze = op("squeeze_dim", lambda self, dim: _squeeze(self, (dim,)), kind="view", node="SqueezeBackward1", self=unsqueezed)
op("squeeze_dims", _squeeze, kind="view", node="SqueezeBackward2", self=unsqueezed)
op("squeeze_copy", lambda self, dim: _squeeze(self, (dim,)), node="SqueezeBackward4", self=unsqueezed)
op("unsqueeze", lambda self, dim: np.expand_dims(self, dim), kind="view", self=lambda g, dim: squeeze(g, dim))
turn = op("t", lambda self: self.T, kind="view", self=lambda g: turn(g))
swap = op("transpose", _swapped, kind="view", self=lambda g, dim0, dim1: swap(g, dim0, dim1))
permute = op("permute", lambda self, dims: self.transpose(dims), kind="view",
   self=lambda g, dims: permute(g, tuple(sorted(range(len(dims)), key=dims.__getitem__))))
op("view_dtype", lambda self, dtype: self.view(dtype), kind="view")
select, _ = adjoint("select", lambda self, dim, index: self[(*FULL * dim, index, ...)], kind="view")
slice_, _ = adjoint("slice", lambda self, dim, start, end, step: self[(*FULL * dim, slice(start, end, step))], kind="view")
adjoint("unfold", _unfold, _unfold_backward, kind="view")
op("as_strided", _as_strided, kind="view", self=lambda g, size, stride, storage_offset, own:
   shared(moved(g, (size, stride, storage_offset), own), own))
shared = op("as_strided_shared", _shared, self=lambda g, own: shared(g, own))
moved = op("as_strided_backward", _moved, takes="self here there", self=lambda g, here, there: moved(g, there, here))
diagonal, diagonal_backward = adjoint("diagonal", _diagonal, kind="view")
op("diagonal_copy", lambda self, offset, dim1, dim2: _diagonal(self, offset, dim1, dim2).copy(), node="DiagonalBackward0_copy",
   self=lambda g, self_shape, offset, dim1, dim2: diagonal_backward(g, self_shape, offset, dim1, dim2))
op("diag_embed", diagonal_backward.forward, takes="self shape offset dim1 dim2",
   self=lambda g, offset, dim1, dim2: diagonal(g, offset, dim1, dim2))

# several views of one tensor
op("split", lambda self, split_size, dim: _split(self, split_size, dim), kind="view", outputs="pieces pieces",
   self=lambda g, self_shape, split_size, dim: _join_pieces(g, self_shape, split_size, dim))
op("split_with_sizes", _split, kind="view", outputs="pieces pieces", self=_join_pieces)
op("unbind", lambda self, dim: [self[(*FULL * dim, i, ...)] for i in range(self.shape[dim])], kind="view",
   outputs="pieces pieces", self=_stack_pieces)

# copies
zeros_like_shape = op("zeros_like_shape", lambda self, shape: np.zeros(shape, self.dtype))
pad = op("constant_pad_nd", _pad, self=lambda g, sides: pad(g, tuple((-a, -b) for a, b in sides), 0))
flip = op("flip", lambda self, dims: copied(np.flip(self, dims)) if self.ndim else self[()], self=lambda g, dims: flip(g, dims))
roll = op("roll", lambda self, shifts, dims: np.roll(self, shifts, dims),
   self=lambda g, shifts, dims: roll(g, -shifts if isinstance(shifts, int) else tuple(-s for s in shifts), dims))
rot90 = op("rot90", lambda self, k, dims: copied(np.rot90(self, k, dims)) if k % 4 else self.copy(),
   self=lambda g, k, dims: rot90(g, -k, dims))
triu = op("triu", _triangle("triu", np.triu), self=lambda g, diagonal: triu(g, diagonal))
tril = op("tril", _triangle("tril", np.tril), self=lambda g, diagonal: tril(g, diagonal))

# joins
op("block_diag", _block_diag, lists="tensors", cast="same", tensors=lambda g, tensors_shape:
   [g[place].reshape(tuple(shape)) for place, shape in zip(_blocks(tensors_shape)[0], tensors_shape)])
cat = op("cat", _cat, lists="tensors", cast="same", tensors=_cat_backward)
stack = op("stack", lambda tensors, dim: np.stack(tensors, axis=dim), lists="tensors", cast="same",
   tensors=lambda g, dim: [select(g, dim, i) for i in range(g.shape[dim])])
