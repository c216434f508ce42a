"""`x[...]` and `x[...] = v`: numbers, slices, None and ... give views; arrays, lists and masks give copies."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from refgrad.derivatives import TABLE
from refgrad.errors import shape_text
from refgrad.functions import expand, ops
from refgrad.tensor import Tensor, wrap
from refgrad.views import change

ZERO_DIM = (
    "invalid index of a 0-dim tensor. Use `tensor.item()` in Python or `tensor.item<T>()` in C++ to convert a 0-dim "
    "tensor to a number"
)
LIST_AS_TUPLE = (
    "Using a non-tuple sequence for multidimensional indexing is deprecated and will be changed in pytorch 2.9; use "
    "x[tuple(seq)] instead of x[seq]. In pytorch 2.9 this will be interpreted as tensor index, x[torch.tensor(seq)], which "
    "will result either in an error or a different result"
)
MASK_OF_BYTES = "indexing with dtype torch.uint8 is now deprecated, please use a dtype torch.bool instead."
NESTED = (
    slice,
    list,
    tuple,
    range,
    str,
    np.ndarray,
    Tensor,
    type(...),
)  # what makes a list an index of several dimensions
INVALID = "only integers, slices (`:`), ellipsis (`...`), None and long or byte Variables are valid indices (got {})"


def as_items(index: Any) -> list:
    """The index as a list of items, one for each place between the commas."""
    if isinstance(index, tuple):
        return list(index)
    nested = isinstance(index, list) and len(index) < 32 and any(i is None or isinstance(i, NESTED) for i in index)
    if nested or isinstance(index, str):
        warnings.warn(LIST_AS_TUPLE, UserWarning, stacklevel=3)
    return index if nested else [index]


def as_array(item: Any) -> Any:
    """An item that indexes by its elements, as NumPy takes it; None if it is not one."""
    if isinstance(item, Tensor):
        data = item._data
        if data.dtype.kind in "fc" or data.dtype in (np.int8, np.int16):
            raise IndexError("tensors used as indices must be long, int, byte or bool tensors")
        return data.astype(bool) if data.dtype == np.uint8 else data
    if isinstance(item, (np.ndarray, list, range, tuple)):
        array = np.asarray(
            [i._data if isinstance(i, Tensor) else i for i in item] if isinstance(item, (list, tuple)) else item
        )
        return array.astype(np.int64) if not array.size and array.dtype.kind == "f" else array
    return None


def dims_taken(item: Any) -> int:
    if item is None or item is Ellipsis or isinstance(item, bool):
        return 0
    array = as_array(item)
    return array.ndim if array is not None and array.dtype.kind == "b" else 1


def basic(x: Tensor, items: list) -> tuple[Tensor, list]:
    """Apply what gives views. Returns the view and, where indexing by arrays is left to do, an item a dimension."""
    ndim, shape = x._data.ndim, x._data.shape
    taken = sum(map(dims_taken, items))
    if not ndim and len(items) == 1 and isinstance(items[0], (int, np.integer)) and not isinstance(items[0], bool):
        raise IndexError(ZERO_DIM)
    if taken > ndim:
        raise IndexError(f"too many indices for tensor of dimension {ndim}")
    left: list = []
    dim = 0
    for item in items:
        if item is Ellipsis:
            skip = ndim - taken
            left += [slice(None)] * skip
            dim += skip
        elif item is None:
            x = ops.unsqueeze(x, dim)
            left.append(slice(None))
            dim += 1
        elif isinstance(item, slice):
            start, stop, step = (None if v is None else int(v) for v in (item.start, item.stop, item.step))
            if step is not None and step <= 0:
                raise ValueError("step must be greater than zero" if step else "slice step cannot be zero")
            if (start, stop, step) != (None, None, None) or len(items) == 1:
                n = x._data.shape[dim]
                first, last, _ = slice(start, stop, step).indices(n)
                if (first, last, step or 1) != (0, n, 1) or len(items) == 1:
                    x = ops.slice(x, dim, first, max(first, last), step or 1)
            left.append(slice(None))
            dim += 1
        elif isinstance(item, bool) or (
            isinstance(item, Tensor) and not item._data.ndim and item._data.dtype.kind == "b"
        ):
            x = ops.unsqueeze(x, dim)
            left.append(np.array([0] if item else [], np.int64))
            dim += 1
        elif isinstance(item, (int, np.integer)) or (isinstance(item, Tensor) and integer_scalar(item)):
            number = int(item)
            n = x._data.shape[dim]
            if not -n <= number < n:
                where = dim + len(shape) - x._data.ndim
                raise IndexError(f"index {number} is out of bounds for dimension {where} with size {n}")
            x = ops.select(x, dim, number % n)
        else:
            array = as_array(item)
            if isinstance(item, str):
                raise TypeError("new(): invalid data type 'str'")
            if isinstance(item, Tensor) and item._data.dtype == np.uint8:
                warnings.warn(MASK_OF_BYTES, UserWarning, stacklevel=3)
            if array is None:
                raise IndexError(INVALID.format(type(item).__name__))
            width = dims_taken(item)
            if array.dtype.kind == "b":
                check_mask(array, x._data.shape, dim)
            else:
                check_bounds(array, x._data.shape[dim])
            left.append(array)
            dim += width
    return x, left


def integer_scalar(item: Tensor) -> bool:
    return item._data.ndim == 0 and item._data.dtype.kind in "iu" and item._data.dtype != np.uint8


def check_mask(mask: np.ndarray, shape: tuple, dim: int) -> None:
    for i, n in enumerate(mask.shape):
        if n != shape[dim + i]:
            raise IndexError(
                f"The shape of the mask {shape_text(mask.shape)} at index {i} does not match the shape of the indexed "
                f"tensor {shape_text(shape)} at index {dim + i}"
            )


def check_bounds(array: np.ndarray, n: int) -> None:
    if array.size and (array.max() >= n or array.min() < -n):
        bad = next(i for i in array.ravel().tolist() if not -n <= i < n)
        raise IndexError(f"index {bad} is out of bounds for dimension 0 with size {n}")


def by_arrays(left: list) -> tuple | None:
    """`left` as NumPy's index, or None where only views were asked for."""
    if not any(isinstance(item, (np.ndarray, np.generic)) for item in left):
        return None
    return tuple(left)


def getitem(self: Tensor, index: Any) -> Tensor:
    x, left = basic(self, as_items(index))
    indices = by_arrays(left)
    if indices is not None:
        try:
            return ops.index(x, indices)
        except IndexError as error:
            raise mismatch(indices) from error
    return ops.alias(x) if x is self else x


def mismatch(indices: tuple) -> IndexError:
    shapes = ", ".join(shape_text(i.shape) for i in indices if isinstance(i, np.ndarray))
    return IndexError(f"shape mismatch: indexing tensors could not be broadcast together with shapes {shapes}")


def setitem(self: Tensor, index: Any, value: Any) -> None:
    if not isinstance(value, (Tensor, bool, int, float, complex, np.generic)):
        raise TypeError(
            f"can't assign a {'numpy.' * isinstance(value, np.ndarray)}{type(value).__name__} to a {self.dtype.tensor_type}"
        )
    x, left = basic(self, as_items(index))
    indices = by_arrays(left)
    source = value if isinstance(value, Tensor) else wrap(np.asarray(value).astype(self._data.dtype)[()])
    if indices is not None:
        picked = x._data[indices].shape
        if not isinstance(value, Tensor) or fits(source._data.shape, picked):
            put_back(x, indices, source, False)
            return
        raise RuntimeError(
            f"shape mismatch: value tensor of shape {shape_text(source._data.shape)} cannot be broadcast to indexing "
            f"result of shape {shape_text(picked)}"
        )
    shape = source._data.shape
    lead = 0
    while lead < len(shape) and shape[lead] == 1:
        lead += 1
    if lead and len(shape) > x._data.ndim:
        source = ops.view(source, shape[lead:])
    if source._data.shape != x._data.shape and isinstance(value, Tensor):
        source = expand(source, *x._data.shape)
    if not isinstance(value, Tensor) and not shape:
        change(x, TABLE["fill"], value)
    else:
        change(x, TABLE["copy"], source)


def fits(shape: tuple, target: tuple) -> bool:
    try:
        return np.broadcast_shapes(shape, target) == target
    except ValueError:
        return False


def delitem(self: Tensor, index: Any) -> None:
    raise TypeError("Tensor does not support deleting items")


def need_tensors(indices: Any) -> tuple:
    for i, item in enumerate(indices):
        if not isinstance(item, Tensor):
            raise TypeError(f"expected Tensor as element {i} in argument 0, but got {type(item).__name__}")
    return tuple(as_array(item) for item in indices)


def put_back(x: Tensor, indices: tuple, values: Tensor, accumulate: bool) -> Tensor:
    """`x[indices] = values`, or += with `accumulate`, where an element named twice adds twice."""
    if values._data.dtype != x._data.dtype:
        raise RuntimeError(
            "Index put requires the source and destination dtypes match, got "
            f"{x.dtype.tensor_type[6:-6]} for the destination and {values.dtype.tensor_type[6:-6]} for the source."
        )
    return change(x, TABLE["index_put"], indices, values, accumulate)


def index_put_(self: Tensor, indices: Any, values: Tensor, accumulate: bool = False) -> Tensor:
    """Write `values` where the tensors `indices` point."""
    return put_back(self, need_tensors(indices), values, accumulate)


def index_put(input: Tensor, indices: Any, values: Tensor, accumulate: bool = False) -> Tensor:
    """`index_put_` on a copy."""
    return ops.index_put(input, need_tensors(indices), values, accumulate)
