"""Operators that move elements without changing them: views, copies, joins."""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import as_strided

from refgrad.derivatives.table import op


def _expand(self, shape):
    if isinstance(self, np.generic):  # no memory of its own to look at: one element, read again and again
        return np.ndarray(shape, self.dtype, self, 0, (0,) * len(shape)) if shape else self
    lead = len(shape) - self.ndim
    strides = [0] * lead
    for have, want, stride in zip(self.shape, shape[lead:], self.strides, strict=True):
        if have not in (1, want):
            raise ValueError("the shapes cannot be broadcast")
        strides.append(stride if have == want else 0)
    return as_strided(self, shape, strides)


def _inverse(dims):
    result = [0] * len(dims)
    for to, origin in enumerate(dims):
        result[origin] = to
    return tuple(result)


def _select(self, dim, index):
    return self[(slice(None),) * dim + (index, ...)]


def _slice(self, dim, start, end, step):
    return self[(slice(None),) * dim + (slice(start, end, step),)]


def _select_backward(self, shape, dim, index):
    result = np.zeros(shape, self.dtype)
    result[(slice(None),) * dim + (index, ...)] = self
    return result


def _slice_backward(self, shape, dim, start, end, step):
    result = np.zeros(shape, self.dtype)
    result[(slice(None),) * dim + (slice(start, end, step),)] = self
    return result


def _pieces(self, sizes, dim):
    return [
        _slice(self, dim, end - size, end, 1)
        for size, end in zip(sizes, np.cumsum(np.asarray(sizes, np.int64)).tolist(), strict=True)
    ]


def _unbind(self, dim):
    return [_select(self, dim, i) for i in range(self.shape[dim])]


def _join_pieces(gs, shape, sizes, dim):
    """The gradients of the pieces side by side, zeros where a piece has none."""
    present = next(g for g in gs if g is not None)
    whole = tuple(shape)
    filled = [
        zeros_like_shape(present, (*whole[:dim], size, *whole[dim + 1 :])) if g is None else g
        for g, size in zip(gs, sizes, strict=True)
    ]
    return cat(filled, dim)


def _triangle(name, cut):
    def forward(self, diagonal=0):
        if self.ndim < 2:
            raise RuntimeError(f"{name}: input tensor must have at least 2 dimensions")
        return cut(self, diagonal)

    return forward


def _joined(tensors, dim=0):
    """An old rule lets a 1-d tensor without elements be joined to anything."""
    return np.concatenate([t for t in tensors if t.shape != (0,)] or tensors, axis=dim)


def _split_of(g, shapes, dim):
    """What each of the joined tensors gets."""
    parts, end = [], 0
    for shape in shapes:
        start, end = end, end + shape[dim] if shape != (0,) else end
        parts.append(slice_(g, dim, start, end, 1) if shape != (0,) else zeros_like_shape(g, shape))
    return parts


def _unfold_diagonal(self, dim):
    """(.., n, ..) -> (.., n, .., n): copies of the n elements along a new last dimension, the i-th without element i."""
    n = self.shape[dim]
    copies = np.repeat(np.expand_dims(self, -1), n, axis=-1)
    np.moveaxis(copies, dim, -1)[..., range(n), range(n)] = 1
    return copies


def _fold_diagonal(self, dim):
    n = self.shape[dim]
    kept = self.copy()
    np.moveaxis(kept, dim, -1)[..., range(n), range(n)] = 0
    return kept.sum(axis=-1)


def _fold_again(g, n, dim):
    copies = np.repeat(np.expand_dims(g, -1), n, axis=-1)
    np.moveaxis(copies, dim, -1)[..., range(n), range(n)] = 0
    return copies


unfold_diagonal = op("unfold_diagonal", _unfold_diagonal, self=lambda g, dim: fold_diagonal(g, dim))
fold_diagonal = op("fold_diagonal", _fold_diagonal,
   self=lambda g, self_shape, dim: fold_again(g, self_shape[dim], dim))
fold_again = op("fold_again", _fold_again, takes="self n dim", self=lambda g, dim: fold_diagonal(g, dim))

def _unfold(self, dimension, size, step):
    windows = np.lib.stride_tricks.sliding_window_view(self, size, dimension if self.ndim else (), writeable=True)
    return windows[(slice(None),) * dimension + (slice(None, None, step),)]


def _unfold_backward(self, shape, dimension, size, step):
    result = np.zeros(shape, self.dtype)
    windows = np.arange(self.shape[dimension])[:, None] * step + np.arange(size)
    np.add.at(result, (slice(None),) * dimension + (windows,), np.moveaxis(self, -1, dimension + 1))
    return result


def _as_strided(self, size, stride, storage_offset):
    memory = (self if self.flags.c_contiguous else np.ascontiguousarray(self)).reshape(-1)[storage_offset:]
    return as_strided(memory, size, [s * self.itemsize for s in stride])


def _places(size, stride, storage_offset):
    """The place in memory of each element of a strided tensor."""
    places = np.full(size, storage_offset)
    for dim, (n, s) in enumerate(zip(size, stride, strict=True)):
        places += (np.arange(n) * s).reshape([-1 if i == dim else 1 for i in range(len(size))])
    return places


def _as_strided_backward(self, shape, size, stride, storage_offset):
    result = np.zeros(np.prod(shape, dtype=int), self.dtype)
    np.add.at(result, _places(size, stride, storage_offset), self)
    return result.reshape(shape)


def _pad(self, sides, value):
    """So many elements more (or, where negative, less) before and after along each dimension."""
    more = np.pad(self, [(max(a, 0), max(b, 0)) for a, b in sides], constant_values=value)
    return more[tuple(slice(max(-a, 0), n - max(-b, 0)) for (a, b), n in zip(sides, more.shape, strict=True))].copy()


def _cut(sides):
    return tuple((-a, -b) for a, b in sides)


def _squeeze(self, dims):
    return self.reshape([n for i, n in enumerate(self.shape) if i not in dims or n != 1])


def _swapped(self, dim0, dim1):
    return np.swapaxes(self, dim0, dim1) if self.ndim else self[...]


def _diagonal(self, offset=0, dim1=0, dim2=1):
    result = np.diagonal(self, offset, dim1, dim2)
    result.flags.writeable = self.flags.writeable  # NumPy's caution, for views of views made long ago
    return result


# views
expand = op("expand", _expand, kind="view", self=lambda g: g)
view = op("view", lambda self, shape: self.reshape(shape), kind="view",
   self=lambda g, self_shape: g.reshape(self_shape))
op("unsafe_view", lambda self, shape: self.reshape(shape), self=lambda g, self_shape: g.reshape(self_shape))
op("alias", lambda self: self[...], kind="view", self=lambda g: g)
turn = op("t", lambda self: self.T, kind="view", self=lambda g: turn(g))
op("transpose", _swapped, kind="view",
   self=lambda g, dim0, dim1: swap(g, dim0, dim1))
permute = op("permute", lambda self, dims: np.transpose(self, dims), kind="view",
   self=lambda g, dims: permute(g, _inverse(dims)))
op("squeeze", lambda self: _squeeze(self, range(self.ndim)), kind="view",
   self=lambda g, self_shape: g.reshape(self_shape))
squeeze_dim = op("squeeze_dim", lambda self, dim: _squeeze(self, (dim,)), kind="view", node="SqueezeBackward1",
   self=lambda g, self_shape: g.reshape(self_shape))
op("squeeze_dims", lambda self, dim: _squeeze(self, dim), kind="view", node="SqueezeBackward2",
   self=lambda g, self_shape: g.reshape(self_shape))
op("squeeze_copy", lambda self, dim: _squeeze(self, (dim,)), node="SqueezeBackward4",
   self=lambda g, self_shape: g.reshape(self_shape))
op("unsqueeze", lambda self, dim: np.expand_dims(self, dim), kind="view",
   self=lambda g, dim: squeeze_dim(g, dim))
select = op("select", _select, kind="view",
   self=lambda g, self_shape, dim, index: select_backward(g, self_shape, dim, index))
slice_ = op("slice", _slice, kind="view",
   self=lambda g, self_shape, dim, start, end, step: slice_backward(g, self_shape, dim, start, end, step))
op("diagonal", _diagonal, kind="view",
   self=lambda g, self_shape, offset, dim1, dim2: diagonal_backward(g, self_shape, offset, dim1, dim2))
op("view_dtype", lambda self, dtype: self.view(dtype), kind="view")
op("unfold", _unfold, kind="view",
   self=lambda g, self_shape, dimension, size, step: unfold_backward(g, self_shape, dimension, size, step))
op("as_strided", _as_strided, kind="view",
   self=lambda g, self_shape, size, stride, storage_offset: as_strided_backward(g, self_shape, size, stride, storage_offset))
swap = op("swap", _swapped, kind="view", node="TransposeBackward0",
   self=lambda g, dim0, dim1: swap(g, dim0, dim1))

# several views of one tensor
op("split", lambda self, split_size, dim: _pieces(self, split_size, dim), kind="view", outputs=("pieces",) * 2,
   self=lambda g, self_shape, split_size, dim: _join_pieces(g, self_shape, split_size, dim))
op("split_with_sizes", lambda self, split_sizes, dim: _pieces(self, split_sizes, dim), kind="view", outputs=("pieces",) * 2,
   self=lambda g, self_shape, split_sizes, dim: _join_pieces(g, self_shape, split_sizes, dim))
op("unbind", _unbind, kind="view", outputs=("pieces",) * 2,
   self=lambda g, self_shape, dim: _stack_pieces(g, self_shape, dim))


def _stack_pieces(gs, shape, dim):
    present = next(g for g in gs if g is not None)
    empty = (*shape[:dim], *shape[dim + 1 :])
    return stack([zeros_like_shape(present, empty) if g is None else g for g in gs], dim)


# the derivatives of views: places in a tensor of zeros
select_backward = op("select_backward", _select_backward, self=lambda g, dim, index: select(g, dim, index))
slice_backward = op("slice_backward", _slice_backward,
   self=lambda g, dim, start, end, step: slice_(g, dim, start, end, step))


def _diagonal_backward(self, shape, offset, dim1, dim2):
    result = np.zeros(shape, self.dtype)
    place = np.moveaxis(result, (dim1, dim2), (-2, -1))
    n = self.shape[-1]
    rows = np.arange(n) + max(-offset, 0)
    place[..., rows, rows + offset] = self
    return result


diagonal_backward = op("diagonal_backward", _diagonal_backward,
   self=lambda g, offset, dim1, dim2: take_diagonal(g, offset, dim1, dim2))
op("diag_embed", _diagonal_backward, self=lambda g, offset, dim1, dim2: take_diagonal(g, offset, dim1, dim2))
take_diagonal = op("diagonal_copy", lambda self, offset, dim1, dim2: np.diagonal(self, offset, dim1, dim2).copy(),
   node="DiagonalBackward0_copy",
   self=lambda g, self_shape, offset, dim1, dim2: diagonal_backward(g, self_shape, offset, dim1, dim2))
unfold_backward = op("unfold_backward", _unfold_backward,
   self=lambda g, dimension, size, step: unfold_copy(g, dimension, size, step))
unfold_copy = op("unfold_copy", lambda self, dimension, size, step: _unfold(self, dimension, size, step).copy(),
   self=lambda g, self_shape, dimension, size, step: unfold_backward(g, self_shape, dimension, size, step))
as_strided_backward = op("as_strided_backward", _as_strided_backward,
   self=lambda g, size, stride, storage_offset: as_strided_copy(g, size, stride, storage_offset))
as_strided_copy = op("as_strided_copy", lambda self, *way: _as_strided(self, *way).copy(),
   takes="self size stride storage_offset",
   self=lambda g, self_shape, size, stride, storage_offset: as_strided_backward(g, self_shape, size, stride, storage_offset))
pad = op("constant_pad_nd", _pad,
   self=lambda g, sides: pad(g, _cut(sides), 0))
zeros_like_shape = op("zeros_like_shape", lambda self, shape: np.zeros(shape, self.dtype))

# copies
flip = op("flip", lambda self, dims: np.flip(self, dims).copy() if self.ndim else self[()],
   self=lambda g, dims: flip(g, dims))
roll = op("roll", lambda self, shifts, dims: np.roll(self, shifts, dims),
   self=lambda g, shifts, dims: roll(g, -shifts if isinstance(shifts, int) else tuple(-s for s in shifts), dims))
op("repeat", lambda self, repeats: np.tile(self, repeats),
   self=lambda g, self_shape, repeats: _fold_repeats(g, self_shape, repeats))
triu = op("triu", _triangle("triu", np.triu), self=lambda g, diagonal: triu(g, diagonal))
tril = op("tril", _triangle("tril", np.tril), self=lambda g, diagonal: tril(g, diagonal))
take_along = op("take_along", lambda self, index, dim: self[_along(index, dim)], constant="index",
   node="GatherBackward0",
   self=lambda g, self_shape, index, dim: add_along(g, index, self_shape, dim))


def _fold_repeats(g, shape, repeats):
    """(r0*n0, r1*n1, ..) -> (r0, n0, r1, n1, ..), summed over the r."""
    padded = (1,) * (len(repeats) - len(shape)) + tuple(shape)
    split = [n for pair in zip(repeats, padded, strict=True) for n in pair]
    folded = fold_sum(g.reshape(split), tuple(range(0, len(split), 2)))
    return folded.reshape(shape)


fold_sum = op("fold_sum", lambda self, dim: self.sum(axis=dim), node="SumBackward1",
   self=lambda g, self_shape, dim: expand(
       g.reshape([1 if i in dim else n for i, n in enumerate(self_shape)]), self_shape))


def _along(index, dim):
    """The places that `index` names along `dim`, where in other dimensions each stays where it is; as NumPy takes it."""
    places = list(np.ogrid[tuple(slice(n) for n in index.shape)]) if index.ndim else []
    places[dim : dim + 1] = [index] if index.ndim else []
    return tuple(places)


def _add_along(self, index, shape, dim):
    result = np.zeros(shape, self.dtype)
    np.add.at(result, _along(index, dim), self)
    return result


add_along = op("add_along", _add_along, constant="index", self=lambda g, index, dim: take_along(g, index, dim))

# joins
cat = op("cat", _joined, lists="tensors", cast="same",
   tensors=lambda g, tensors_shape, dim: _split_of(g, tensors_shape, dim))
stack = op("stack", lambda tensors, dim=0: np.stack(tensors, axis=dim), lists="tensors", cast="same",
   tensors=lambda g, dim: [select(g, dim, i) for i in range(g.shape[dim])])
