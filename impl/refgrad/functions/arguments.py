"""What the public functions do with their arguments before an operator of the table sees them."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from refgrad import compiler, dtypes, errors
from refgrad.derivatives import TABLE
from refgrad.modes import modes
from refgrad.tensor import Tensor


class Operators:
    """`ops.mul` is the recorded form of the table's `mul`; a trailing underscore keeps clear of Python's words."""

    def __getattr__(self, name: str) -> Any:
        found = self.__dict__[name] = TABLE[name.rstrip("_")].recorded
        return found


ops: Any = Operators()


def as_dim(dim: Any, ndim: int) -> int:
    """One dimension, counted from the front."""
    n = ndim or 1
    if not -n <= dim < n:
        raise errors.dimension(dim, ndim)
    return int(dim) % n


def as_dims(dim: Any, ndim: int) -> tuple:
    """Dimensions, counted from the front; all of them for None and ()."""
    if dim is None or (isinstance(dim, (tuple, list)) and not dim):
        return tuple(range(ndim))
    dims = tuple(as_dim(d, ndim) for d in (dim if isinstance(dim, (tuple, list)) else (dim,)))
    if len(set(dims)) < len(dims):
        raise RuntimeError(
            f"dim {next(d for d in dims if dims.count(d) > 1)} appears multiple times in the list of dims"
        )
    return dims if ndim else ()


def as_shape(sizes: tuple) -> tuple:
    """`f(2, 3)` and `f((2, 3))`."""
    if len(sizes) == 1 and not isinstance(sizes[0], (int, np.integer, Tensor)):
        sizes = tuple(sizes[0])
    return tuple(int(n) for n in sizes)


def need_tensor(name: str, value: Any, argument: str = "input", position: int = 1) -> Tensor:
    if not isinstance(value, Tensor):
        raise errors.not_a_tensor(name, argument, position, value)
    return value


def into(out: Tensor, result: Tensor, name: str) -> Tensor:
    """Write `result` into the tensor `out`, which takes its shape."""
    if modes.grad and (result.requires_grad or out.requires_grad):
        raise RuntimeError(
            f"{errors.PUBLIC.get(name, name)}(): functions with out=... arguments don't support automatic differentiation, "
            "but one of the arguments requires grad."
        )
    dtypes.need_castable(result._data.dtype, out._data.dtype)
    if out._data.shape != result._data.shape:
        if out._data.size:
            warnings.warn(errors.RESIZED.format(*map(list, (out.shape, result.shape))), UserWarning, stacklevel=3)
        out._data = np.empty(result._data.shape, out._data.dtype)
    return out.copy_(result)


compiler.BASE["into"] = into
