"""A tensor's memory: giving it another size, letting it be another's."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from refgrad import functions, messages
from refgrad.derivatives.shapes import memory_of
from refgrad.modes import modes
from refgrad.node import Untracked
from refgrad.tensor import Tensor
from refgrad.views import check_inference, check_writable


def storage_offset(self: Tensor) -> int:
    """How many elements lie in the memory before the first of this tensor."""
    data = self._array()
    return (data.ctypes.data - memory_of(data).ctypes.data) // data.itemsize


def resize_(self: Tensor, *sizes: Any, memory_format: Any = None) -> Tensor:
    """Give this tensor that size: of its memory what fits, and where that is too small, more of it."""
    messages.require(not self.requires_grad, "tensor.resize")
    if self._vc.__class__ is Untracked:
        check_inference()
    shape = functions.as_shape(sizes)
    start, count = storage_offset(self), math.prod(shape)
    memory = memory_of(self._array()).reshape(-1)[start:]
    if count > memory.size:
        memory = np.concatenate([memory, np.zeros(count - memory.size, memory.dtype)])
    self._data = memory[:count].reshape(shape)
    self._bump()
    return self


def set_(self: Tensor, source: Any = None) -> Tensor:
    """Let this tensor show the memory of `source`, in its shape; without one, nothing."""
    if modes.grad:
        check_writable(self)
    self._data = np.empty(0, self._data.dtype) if source is None else source._array()
    self._bump()
    return self


def is_set_to(self: Tensor, tensor: Tensor) -> bool:
    """Whether both are the same view of the same memory."""
    a, b = self._array(), tensor._array()
    return (a.ctypes.data, a.shape, a.strides) == (b.ctypes.data, b.shape, b.strides)


def fill_diagonal_(self: Tensor, fill_value: Any, wrap: bool = False) -> Tensor:
    """Write the number `fill_value` where all indices are the same; `wrap`: of a tall matrix, after a row left out, again."""
    shape = self._data.shape
    messages.require(len(shape) > 1, "functions.fill_diagonal_ndim")
    messages.require(len(shape) == 2 or len({*shape}) == 1, "functions.fill_diagonal_sizes")
    part = self
    while part._data.ndim > 1:
        part = functions.diagonal(part, 0, 0, part._data.ndim - 1)
    part.fill_(fill_value)
    height, width = shape[0], min(shape)
    if wrap and len(shape) == 2 and height > width + 1:
        data, step = self._array(), width + 1
        row, column = (n // data.itemsize for n in data.strides)
        count = (data.size + width) // step - width
        start = storage_offset(self) + row * step
        functions.as_strided(self, (count,), (row + column,), start).fill_(fill_value)
    return self


METHODS = {
    "resize_": resize_, "resize_as_": lambda self, other: resize_(self, other.shape), "set_": set_,
    "is_set_to": is_set_to, "fill_diagonal_": fill_diagonal_, "storage_offset": storage_offset,
}  # fmt: skip
