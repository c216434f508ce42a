"""`grad_dtype`: a leaf may ask for its gradient in another dtype than its own, or (None) in whatever dtype it comes."""

from __future__ import annotations

from typing import Any, NamedTuple

from refgrad import dtypes, messages
from refgrad.tensor import Tensor


class Like(NamedTuple):
    """What the gradients of a leaf are made like, in the place of the leaf's data."""

    shape: tuple
    dtype: Any


def get(self: Tensor) -> Any:
    if self._node is not None:
        raise RuntimeError("grad_dtype can only be accessed on leaf tensors.")
    dtype = (self._like or self._data).dtype
    return dtype if dtype is None else dtypes.of_numpy(dtype)


def put(self: Tensor, dtype: Any) -> None:
    if dtype is not None and not isinstance(dtype, dtypes.dtype):
        raise RuntimeError(f"grad_dtype must be a torch.dtype or None, but got {type(dtype).__name__}")
    grad = self.grad  # warns of a non-leaf
    if self._node is not None:
        raise RuntimeError("grad_dtype can only be set on leaf tensors.")
    if dtype is not None and grad is not None and grad.dtype is not dtype:
        there = messages.SCALAR_TYPES.get(grad._data.dtype.name)
        raise RuntimeError(
            f"Cannot set grad_dtype to '{dtype.tensor_type[6:-6]}' because there is already a gradient with dtype '{there}'. "
            "Please clear the gradient (.grad = None) before changing grad_dtype, or ensure the new grad_dtype matches the "
            "existing gradient's dtype."
        )
    self._like = Like(self._data.shape, dtype and dtype.numpy)


grad_dtype = property(get, put, doc="The dtype of this leaf's gradient; None: any. RuntimeError on a non-leaf.")
