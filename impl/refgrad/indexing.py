"""`x[...]` and `x[...] = v`: numbers, slices, None and ... give views; arrays, lists and masks give copies."""

import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from refgrad import dtypes, errors, messages
from refgrad.derivatives import TABLE
from refgrad.derivatives.table import element
from refgrad.functions import expand, need_tensor, ops
from refgrad.functions.arguments import same_dtype
from refgrad.modes import modes
from refgrad.tensor import Tensor, wrap
from refgrad.views import NEVER, change, check_writable, fills_mask, needs_record

SEVERAL = (list, tuple, range, np.ndarray)
NESTED = (*SEVERAL, slice, str, Tensor, type(...), type(None))  # what makes a list an index of several dimensions


class Places(tuple):  # noqa: SLOT001 (a tuple can have none that are not empty)
    """An index of arrays as NumPy takes it, which an operator saves: with the tensors it was given as, and their versions."""

    tensors: Any = ()
    _detached = NEVER
    _data = property(lambda self: self)
    _vc = property(lambda self: ([t._vc[0] for t in self.tensors],))


def placed(arrays: Any, given: Any) -> Places:
    """`arrays`, which show what is `given`: tensors, or others that nobody can change."""
    places = Places(arrays)
    places.tensors = [t for t in given if isinstance(t, Tensor) and t._data.ndim]
    return places


def as_items(index: Any) -> list:
    """The index as a list of items, one for each place between the commas."""
    if isinstance(index, tuple):
        return list(index)
    nested = isinstance(index, list) and len(index) < 32 and any(isinstance(i, NESTED) for i in index)
    if nested or isinstance(index, str):
        messages.warn("indexing.list_as_tuple")
    return index if nested else [index]


def as_array(item: Any) -> Any:
    """A number of no dimensions as Python's; what indexes by its elements as an array; anything else as it is."""
    if isinstance(item, Tensor):
        data = item._data
        if data.dtype.kind in "fc" or data.dtype in (np.int8, np.int16):
            raise messages.error("indexing.dtype")
        return np.asarray(data != 0) if data.dtype == np.uint8 else data if data.ndim else data.item()
    if isinstance(item, SEVERAL):
        plain = [i._data if isinstance(i, Tensor) else i for i in item] if isinstance(item, (list, tuple)) else item
        array = np.asarray(plain)
        return array.astype(np.int64) if not array.size and dtypes.is_float(array) else array
    return int(item) if isinstance(item, np.integer) else item


def dims_taken(item: Any) -> int:
    if item is None or item is Ellipsis or isinstance(item, bool):
        return 0
    return item.ndim if isinstance(item, np.ndarray) and dtypes.is_bool(item) else 1


def basic(x: Tensor, index: Any, reading: bool) -> tuple[Tensor, tuple | None]:
    """Apply what gives views. Returns the view and, where indexing by arrays is left to do, an item a dimension.

    reading: one slice alone gives a view even where it takes everything; written to is then the tensor itself.
    """
    given, ndim = as_items(index), x._data.ndim
    items = [as_array(item) for item in given]
    taken = sum(map(dims_taken, items))
    if taken > ndim:
        number = not ndim and len(items) == 1 and isinstance(given[0], (int, np.integer))
        messages.require(not number or given[0] >= 0, "indexing.outside", given[0], 0, 0)
        if not ndim and len(items) == 1 and isinstance(items[0], slice):
            raise messages.error("indexing.slice_zero_dim")
        raise messages.error("indexing.zero_dim") if number else messages.error("indexing.too_many", ndim)
    left: list = []
    for place, (item, of) in enumerate(zip(items, given)):
        dim, shape = sum(map(dims_taken, left)), x._data.shape
        if item is Ellipsis:
            left += [slice(None)] * (ndim - taken)
        elif item is None or isinstance(item, bool):
            x = ops.unsqueeze(x, dim)
            left.append(slice(None) if item is None else np.array([0] if item else [], np.int64))
        elif isinstance(item, slice):
            for v in (item.start, item.stop, item.step):
                messages.require(v is None or hasattr(v, "__index__"), "indexing.slice")
            bounds = [None if v is None else operator.index(v) for v in (item.start, item.stop, item.step)]
            messages.require((bounds[2] or 1) > 0, "indexing.step")
            first, last, step = slice(*bounds).indices(shape[dim])
            whole = first == 0 and step == 1 and (bounds[1] is None or bounds[1] >= shape[dim])  # as it is written
            if not whole or (reading and len(items) == 1):
                x = ops.slice(x, dim, first, max(first, last), step)
            left.append(slice(None))
        elif isinstance(item, int):
            n = shape[dim]
            if not -n <= item < n:
                raise messages.error("indexing.outside", item, place, n)
            x = ops.select(x, dim, item % n)
        elif isinstance(item, np.ndarray):
            if not reading and modes.grad and x.requires_grad:
                check_writable(x)
            check_array(item, shape, dim, sum(isinstance(each, np.ndarray) for each in left))
            if isinstance(of, Tensor) and of._data.ndim and of._data.dtype == np.uint8:
                messages.warn("indexing.mask_of_bytes")
            left.append(item)
        else:
            raise messages.error("indexing.word") if isinstance(item, str) else messages.error("indexing.item", item)
    return x, placed(left, given) if any(isinstance(item, np.ndarray) for item in left) else None


def check_array(array: np.ndarray, shape: tuple, dim: int, nth: int) -> None:
    """Raise IndexError unless `array`, the `nth`, from the dimension `dim` on, fits into a tensor of the `shape`."""
    if dtypes.is_bool(array):
        for i, n in enumerate(array.shape):
            messages.require_same(n, shape[dim + i], "indexing.mask", array, i, shape, dim + i)
    elif array.size and (array.max() >= shape[dim] or array.min() < -shape[dim]):
        messages.require(shape[dim], "indexing.of_nothing")
        bad = next(i for i in array.ravel().tolist() if not -shape[dim] <= i < shape[dim])
        raise messages.error("indexing.outside", bad, nth, shape[dim])


def getitem(self: Tensor, index: Any) -> Tensor:
    x, indices = basic(self, index, reading=True)
    if indices is None:
        return ops.alias(x) if x is self else x
    return picked(x, indices, ops.index)


def picked(x: Any, indices: tuple, index: Callable = operator.getitem) -> Any:
    """x[indices], in PyTorch's words where the indices do not fit together."""
    try:
        return index(x, indices)
    except IndexError as error:
        arrays = [i for i in indices if isinstance(i, np.ndarray)]
        found = [part for i in arrays for part in (np.nonzero(i) if dtypes.is_bool(i) else (i,))]
        shapes = ", ".join(map(messages.shape_text, found))
        raise messages.error("indexing.mismatch", shapes) from error


def setitem(self: Tensor, index: Any, value: Any) -> None:
    if index is False:
        return
    number = not isinstance(value, Tensor)
    if number and not isinstance(value, (bool, int, float, complex, np.generic)):
        module = "numpy." * isinstance(value, np.ndarray)
        raise messages.error("indexing.assigned", module, value, self)
    x, indices = basic(self, index, reading=False)
    source = wrap(assigned(value, self._data.dtype)) if number else value
    have, ndim = source._data.shape, x._data.ndim
    ones = next((i for i, n in enumerate(have) if n != 1), len(have))
    if indices is not None:
        source = ops.view(source, have[ones:]) if ones else source
        if modes.grad and needs_record(x, (source,)):
            check_writable(x)
        check_values(x, source, x._data[indices].shape)
        change(x, TABLE["index_put"], indices, source, False)
    elif ndim and not have:
        change(x, TABLE["fill_tensor"], source)
    else:
        source = ops.view(source, have[ones:]) if have != x._data.shape else source
        change(x, TABLE["copy"], source if source._data.shape == x._data.shape else expand(source, size=x._data.shape))


def assigned(number: Any, dtype: np.dtype) -> Any:
    """A number as the element that it is assigned as; ValueError where it has more than 64 bits."""
    if isinstance(number, int) and not -(2**63) <= number < 2**63:
        raise messages.error("creation.long_overflow")
    return element(number, dtype, alone=True)


def check_values(x: Tensor, values: Tensor, need: tuple) -> None:
    """Raise RuntimeError unless `values` may stand in a part of `x` that has the shape `need`."""
    have = values._data.shape
    fits = len(have) <= len(need) and all(n in (1, m) for n, m in zip(have[::-1], need[::-1], strict=False))
    messages.require(fits, "indexing.value", have, need)
    messages.require(same_dtype(values, x), "indexing.dtypes", x, values)


def delitem(self: Tensor, index: Any) -> None:
    raise messages.error("indexing.deletion")


def as_indices(x: Tensor, indices: Any, values: Tensor, accumulate: bool) -> tuple:
    """The tensors `indices` as NumPy takes them, and `values`, after a look at whether they fit `x`, and each other."""
    need_tensor("index_put", values, "values", 3)
    if not isinstance(accumulate, bool):
        raise errors.argument("index_put", "accumulate", 4, accumulate, "bool")
    if not isinstance(indices, (tuple, list)):
        raise errors.argument("index_put", "indices", 2, indices, "tuple of Tensors")
    for i, item in enumerate(indices):
        messages.require(isinstance(item, Tensor), "indexing.element", i, item)
    arrays, dim = tuple(np.asarray(as_array(item)) for item in indices), 0
    taken = sum(map(dims_taken, arrays))
    messages.require(taken <= x._data.ndim, "indexing.put_many", x._data.ndim, taken)
    for nth, array in enumerate(arrays):
        check_array(array, x._data.shape, dim, nth)
        dim += dims_taken(array)
    need = picked(x._data, arrays).shape
    if fills_mask(arrays, values, accumulate):
        mask = indices[0]._data.dtype
        messages.require_same(mask.kind, "b", "functions.masked_fill_mask", messages.SCALAR_TYPES[mask.name])
        element(values._data.item(), x._data.dtype)
        values = ops.view(values, ()) if values._data.ndim > 1 else values
    else:
        check_values(x, values, need)
    return placed(arrays, indices), values


def index_put_(self: Tensor, indices: Any, values: Tensor, accumulate: bool = False) -> Tensor:
    """Write `values` where the tensors `indices` point."""
    if modes.grad and self.requires_grad and isinstance(values, Tensor):
        check_writable(self)
    return change(self, TABLE["index_put"], *as_indices(self, indices, values, accumulate), accumulate)


def index_put(input: Tensor, indices: Any, values: Tensor, accumulate: bool = False) -> Tensor:
    """`index_put_` on a copy."""
    return ops.index_put(input, *as_indices(need_tensor("index_put", input), indices, values, accumulate), accumulate)
