"""The same elements in another tensor or dtype, and comparisons of whole tensors."""

from __future__ import annotations

from typing import Any

from refgrad import conjugation, dtypes, functions, messages
from refgrad.functions.arguments import ops
from refgrad.tensor import Tensor, wrap


def to(self: Any, *args: Any, dtype: Any = None, device: Any = None, copy: bool = False, **_: Any) -> Tensor:
    """This tensor in another dtype; itself, where it has that dtype already."""
    for a in args:
        dtype = a if isinstance(a, dtypes.dtype) else a.dtype if isinstance(a, Tensor) else dtype
    if dtype is None or dtype.numpy == self._data.dtype:
        return ops.clone(self) if copy else self
    if dtype.is_complex:
        conjugation.watch()
    elif dtypes.is_complex(self._data) and dtype.numpy.kind in "fiu":
        messages.warn("operators.discards")
    return ops.to_copy(self if dtype.numpy.kind in "fc" else wrap(self._data), dtype.numpy)


def clone(input: Any, *, memory_format: Any = None) -> Tensor:
    """A copy, through which the gradient flows."""
    return ops.contiguous(input) if memory_format is dtypes.contiguous_format else ops.clone(input)


def contiguous(self: Any, *, memory_format: Any = None) -> Tensor:
    """The tensor itself, or a copy, with its elements in order in memory."""
    return self if self._data.flags.c_contiguous else ops.contiguous(self)


def equal(input: Tensor, other: Tensor) -> bool:
    """Whether shapes and elements are the same."""
    return input._data.shape == other._data.shape and bool((input._data == other._data).all())


def allclose(input: Tensor, other: Tensor, rtol: float = 1e-05, atol: float = 1e-08, equal_nan: bool = False) -> bool:
    """Whether all elements are close, as `isclose` says."""
    return bool(functions.isclose(input, other, rtol, atol, equal_nan)._data.all())


def numel(input: Any) -> int:
    """How many elements there are."""
    return int(input._data.size)
