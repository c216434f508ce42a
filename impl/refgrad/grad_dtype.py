"""`grad_dtype`: a leaf may ask for its gradient in another dtype than its own, or (None) in whatever dtype it comes."""

from __future__ import annotations

from typing import Any

from refgrad import dtypes, messages
from refgrad.tensor import Like, Tensor


def get(self: Tensor) -> Any:
    """The dtype, or None for any. RuntimeError on a non-leaf."""
    messages.require(self._node is None, "tensor.grad_dtype_of_leaves")
    dtype = self._like().dtype
    return dtype if dtype is None else dtypes.of_numpy(dtype)


def put(self: Tensor, dtype: Any) -> None:
    """RuntimeError on a non-leaf, for what is no dtype, and where there is a gradient in another one."""
    messages.require(dtype is None or isinstance(dtype, dtypes.dtype), "tensor.grad_dtype_type", dtype)
    grad = self.grad  # warns of a non-leaf
    messages.require(self._node is None, "tensor.set_grad_dtype_of_leaves")
    if dtype is not None and grad is not None and grad.dtype is not dtype:
        raise messages.error("tensor.grad_dtype_taken", dtype, grad)
    extra = self._more()
    extra.like, extra.users = Like(self._data.shape, dtype and dtype.numpy), None


grad_dtype = property(get, put, doc="The dtype of this leaf's gradient; None: any. RuntimeError on a non-leaf.")
