"""Parts of a tensor, most of them views; copies of such parts, and copies of a tensor with such a part put in."""

from __future__ import annotations

import builtins
import itertools
from collections.abc import Callable
from typing import Any

import numpy as np

from refgrad import errors, functions, messages
from refgrad.derivatives.shapes import memory_of
from refgrad.functions.arguments import (
    Dim,
    as_dim,
    as_int,
    length,
    need_derivative,
    need_ndim,
    need_real_slope,
    need_tensor,
    ops,
)
from refgrad.node import as_node
from refgrad.tensor import Tensor

# -- one part


def select(input: Tensor, dim: int, index: int) -> Tensor:
    """A view of what is at `index` along `dim`."""
    if not input._data.ndim:
        raise messages.error("functions.select_scalar")
    d = as_dim(dim, input._data.ndim)
    n = input._data.shape[d]
    if not -n <= index < n:
        raise messages.error("functions.select", index, input, d)
    return ops.select(input, d, index % n)


def narrow(input: Tensor, dim: int, start: int, length: int) -> Tensor:
    """A view of `length` elements along `dim`, from `start` on."""
    messages.require(input._data.ndim, "functions.narrow_scalar")
    d = as_dim(dim, input._data.ndim)
    n = input._data.shape[d]
    messages.require(length >= 0, "functions.narrow_length")
    messages.require(-n <= start <= n, "functions.narrow_start", -n, n, start)
    start = start + n if start < 0 else start
    messages.require(start + length <= n, "functions.narrow_end", start, length, n)
    return ops.slice(input, d, start, start + length, 1)


def _slice(input: Tensor, dim: int = 0, start: Any = None, end: Any = None, step: int = 1) -> Tensor:
    d = as_dim(dim, input._data.ndim)
    messages.require(input._data.ndim, "functions.slice_scalar")
    messages.require(step > 0, "functions.slice_step")
    first, last, step = slice(start, end, step).indices(input._data.shape[d])
    return ops.slice(input, d, first, builtins.max(first, last), step)


def diagonal(input: Tensor, offset: int = 0, dim1: int = 0, dim2: int = 1) -> Tensor:
    """A view of the `offset`-th diagonals in the plane of two dimensions, in a new last dimension."""
    first, second = (as_dim(d, input._data.ndim) for d in (dim1, dim2))
    messages.require(first != second, "functions.diagonal", dim1, dim2)
    return ops.diagonal(input, offset, first, second)


def diag(input: Tensor, diagonal: int = 0) -> Tensor:
    """A vector as the diagonal of a matrix, or the diagonal of a matrix."""
    if input._data.ndim == 2:
        return ops.diagonal_copy(input, diagonal, 0, 1)
    need_ndim(input, 1, "functions.diag", input._data.ndim)
    return diag_embed(input, diagonal)


def diagflat(input: Tensor, offset: int = 0) -> Tensor:
    """The elements, one after the other, as the diagonal of a matrix."""
    return diag_embed(functions.flatten(input), offset)


def diag_embed(input: Tensor, offset: int = 0, dim1: int = -2, dim2: int = -1) -> Tensor:
    """The last dimension as the diagonals of matrices."""
    ndim = input._data.ndim + 1
    a, b = as_dim(dim1, ndim), as_dim(dim2, ndim)
    messages.require(a != b, "functions.diagonal", dim1, dim2)
    messages.require(ndim > 1, "functions.diag_embed")
    n, rest = input._data.shape[-1] + abs(offset), iter(input._data.shape[:-1])
    return ops.diag_embed(input, tuple(n if d in (a, b) else next(rest) for d in range(ndim)), offset, a, b)


def unfold(self: Tensor, dimension: Dim, size: int, step: int) -> Tensor:
    """All windows of `size` elements along `dimension`, `step` apart, in a new last dimension."""
    n = length(self, dimension)
    messages.require(size >= 0, "functions.unfold_negative", size)
    messages.require(size <= n, "functions.unfold_size", dimension, n, size)
    messages.require(step > 0, "functions.unfold_step", step)
    return ops.unfold(self, dimension, size, step)


def _geometry(t: Tensor) -> tuple:
    """Sizes, strides and the offset within the memory, in elements."""
    data = t._array()
    return data.shape, tuple(s // data.itemsize for s in data.strides), t.storage_offset()


def as_strided(input: Tensor, size: Any, stride: Any, storage_offset: Any = None) -> Tensor:
    """A view of the memory of `input` with this size, stride and offset, all counted in elements.

    RuntimeError where it would reach beyond that memory.
    """
    *_, offset = own = _geometry(input)
    offset = offset if storage_offset is None else as_int(storage_offset, "as_strided", "storage_offset", 4)
    size, stride = tuple(size), tuple(stride)
    messages.require_same(len(size), len(stride), "functions.as_strided")
    messages.require(min(stride, default=0) >= 0, "functions.as_strided_negative", stride)
    messages.require(offset >= 0, "functions.as_strided_offset", offset)
    last = offset + builtins.sum((n - 1) * s for n, s in zip(size, stride))
    room = memory_of(input._array()).size
    if 0 not in size and last >= room:
        item = input._data.itemsize
        raise messages.error("functions.as_strided_outside", size, stride, offset, item, (last + 1) * item, room * item)
    result = ops.as_strided(input, size, stride, offset, own)
    if result._base is not None and result._base is not input:  # straight from the base: it has all that memory
        base = _geometry(result._base)
        result._replay = ((result._replay[-1][0], (size, stride, offset, base), base[0]),)
    return result


# -- all parts


def unbind(input: Tensor, dim: int = 0) -> tuple:
    """Views of the slices along `dim`."""
    messages.require(input._data.ndim, "functions.unbind", 0)
    return ops.unbind(input, as_dim(dim, input._data.ndim))


def split(tensor: Any, split_size_or_sections: Any = None, dim: int = 0, *, split_size: Any = None) -> tuple:
    """Views of parts along `dim`: of one size, but for the last, or of the sizes that are listed."""
    if not isinstance(tensor, Tensor) and split_size_or_sections is not None:  # Python code asks for the method
        return tensor.split(split_size_or_sections, dim)
    sizes = split_size if split_size_or_sections is None else split_size_or_sections
    if isinstance(sizes, (tuple, list)):
        return split_with_sizes(tensor, sizes, dim)
    messages.require(need_tensor("split", tensor, "tensor")._data.ndim, "functions.at_least_1d", "split")
    d = as_dim(dim, tensor._data.ndim)
    n, size = tensor._data.shape[d], as_int(sizes, "split_with_sizes", "split_sizes", 2, "tuple of ints")
    messages.require(size >= 0, "functions.split_negative", size)
    messages.require(size or not n, "functions.split_zero", n)
    return ops.split(tensor, [builtins.min(size, n - i) for i in range(0, n, size)] if n else [0], d)


def split_with_sizes(input: Tensor, split_sizes: Any, dim: int = 0) -> tuple:
    """Views of parts of these sizes along `dim`."""
    messages.require(input._data.ndim, "functions.at_least_1d", "split")
    d = as_dim(dim, input._data.ndim)
    n, sizes = input._data.shape[d], _integers("split_with_sizes", "split_sizes", split_sizes)
    messages.require(builtins.min(sizes, default=0) >= 0, "functions.split_sizes_negative", sizes)
    messages.require_same(builtins.sum(sizes), n, "functions.split_sizes", n, dim, sizes)
    return ops.split_with_sizes(input, sizes, d)


def _integers(function: str, argument: str, values: Any) -> list:
    if not isinstance(values, (tuple, list)):
        raise errors.argument(function, argument, 2, values, "tuple of ints")
    for i, v in enumerate(values):
        messages.require(isinstance(v, (int, np.integer, Tensor)), "operators.element", function, argument, 2, v, i)
    return [as_int(v, function, argument, 2, "tuple of ints") for v in values]


def chunk(input: Tensor, chunks: int, dim: int = 0) -> tuple:
    """Views of at most `chunks` parts of one size along `dim`."""
    messages.require(input._data.ndim, "functions.at_least_1d", "chunk")
    messages.require(chunks > 0, "functions.chunks", chunks)
    n = input._data.shape[as_dim(dim, input._data.ndim)]
    return split(input, -(-n // chunks) if n else [0] * chunks, dim)


def _cuts(function: str, input: Tensor, indices: Any, sections: Any) -> Any:
    """So many sections, or the indices before which to cut."""
    given = sections if indices is None else indices
    given = given.tolist() if isinstance(given, Tensor) else given
    if isinstance(given, (tuple, list)):
        return _integers(function, "indices", given)
    if not isinstance(given, (int, np.integer)) or isinstance(given, bool):
        raise errors.combination(function, input, given)
    sections = int(given)
    messages.require(sections > 0 or function != "tensor_split", "functions.sections", sections)
    return sections


def tensor_split(
    input: Tensor, indices: Any = None, dim: Dim = 0, *, sections: Any = None, tensor_indices_or_sections: Any = None
) -> tuple:
    """Views of parts along `dim`: so many, of almost equal size, or cut before the indices."""
    messages.require(input._data.ndim, "functions.tensor_split_scalar")
    n = input._data.shape[dim]
    if isinstance(sections, (tuple, list)):
        raise errors.combination("tensor_split", input, sections)
    indices = tensor_indices_or_sections if indices is None else indices
    cuts = _cuts("tensor_split", input, indices, sections)
    if isinstance(cuts, int):
        small, more = divmod(n, cuts)
        cuts = list(itertools.accumulate([small + (i < more) for i in range(cuts)]))[:-1]
    ends = [slice(None, c).indices(n)[1] for c in cuts]
    parts = zip([0, *ends], [*ends, n])
    return tuple(ops.slice(input, dim, a, builtins.max(a, b), 1) for a, b in parts)


def _split_along(name: str, axis: int, least: int) -> Callable:
    def function(input: Tensor, *given: Any, indices: Any = None, sections: Any = None) -> tuple:
        listed = isinstance(sections, (tuple, list)) or isinstance(indices, int)
        if listed or [each for each in (*given, indices, sections) if each is not None][1:]:
            raise errors.combination(name, input, *given, indices, sections)
        messages.require(input._data.ndim >= least, "functions.split_along", name, least, input._data.ndim)
        d, cuts = axis if input._data.ndim > axis else 0, _cuts(name, input, given[0] if given else indices, sections)
        n = input._data.shape[d]
        even = not isinstance(cuts, int) or (cuts and n % cuts == 0)
        messages.require(even, "functions.uneven", name, d, n, cuts)
        return tensor_split(input, cuts, d)

    function.__doc__ = f"Views of parts along dimension {axis}: so many, all of one size, or cut before the indices."
    return function


hsplit, vsplit, dsplit = _split_along("hsplit", 1, 1), _split_along("vsplit", 0, 2), _split_along("dsplit", 2, 3)


# -- a part copied, and a part put in


def _copying(name: str, made: str = "{}_copy") -> Callable:
    def function(input: Any, *args: Any, **kwargs: Any) -> Any:
        taken = getattr(functions, name)(need_tensor(function.__name__, input).detach(), *args, **kwargs)
        copies = [_taken(input, view, made) for view in (taken if isinstance(taken, tuple) else (taken,))]
        return tuple(copies) if isinstance(taken, tuple) else copies[0]

    function.__doc__ = f"A copy of what `{name}` gives a view of."
    return function


def _taken(input: Tensor, view: Tensor, made: str) -> Tensor:
    """A copy of what `view` shows of `input`, by one node of PyTorch's, named after that of the view."""
    return as_node(ops.view_take(input, view._replay), made.format(view._replay[-1][0].node))


_VIEWS = (
    "as_strided diagonal expand permute select split split_with_sizes squeeze t transpose unbind unfold unsqueeze view"
)
COPIES = {f"{name}_copy": _copying(name) for name in _VIEWS.split()}  # they are no methods, as others are
globals().update(COPIES)
_narrowed = _copying("narrow", "NarrowCopyBackward0")
unsafe_split, unsafe_chunk = _copying("split", "Unsafe{}"), _copying("chunk", "Unsafe{}")


def narrow_copy(input: Tensor, dim: int, start: int, length: int) -> Tensor:
    """A copy of what `narrow` gives a view of."""
    messages.require(not input._data.ndim or dim < input._data.ndim, "functions.narrow_copy_dim", dim)
    return _narrowed(input, dim, start, length)


def _scattering(part: str, take: Callable | None = None) -> Callable:
    def function(input: Tensor, src: Tensor, *args: Any, **kwargs: Any) -> Tensor:
        need_tensor(f"{part}_scatter", src, "src", 2)
        for place, a in enumerate((*args, *kwargs.values()), 3):
            if isinstance(a, bool):
                raise errors.argument(f"{part}_scatter", "dim", place, a, "int")
        taken = (take or getattr(functions, part))(need_tensor(f"{part}_scatter", input).detach(), *args, **kwargs)
        messages.require_same(taken.shape, src.shape, "functions.scatter_part", src, taken)
        need_derivative(input, src)
        if part in ("select", "slice"):
            need_real_slope(f"{part}_scatter", input, src)
        return as_node(ops.view_put(input, src, taken._replay), f"{part.title().replace('_', '')}ScatterBackward0")

    function.__doc__ = f"A copy of `input` with `src` in the place of what `{part}` gives a view of."
    return function


select_scatter, slice_scatter = _scattering("select"), _scattering("slice", _slice)
diagonal_scatter, as_strided_scatter = _scattering("diagonal"), _scattering("as_strided")
