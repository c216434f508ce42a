"""Functions made of others, as they are in PyTorch: they have no derivatives of their own."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from refgrad import conjugation, dtypes, messages
from refgrad.functions.arguments import DimsOrNone, into, ops
from refgrad.tensor import Tensor, wrap


def conj(input: Tensor) -> Tensor:
    """The complex conjugate; a real tensor as it is."""
    return ops.conj(input) if dtypes.is_complex(input._data) else input


def conj_physical(input: Tensor) -> Tensor:
    """`conj`, by another node."""
    return ops.conj_physical(input) if dtypes.is_complex(input._data) else input


def real(input: Tensor) -> Tensor:
    """The real part, a view; a real tensor as it is."""
    return ops.real(input) if dtypes.is_complex(input._data) else input


def imag(input: Tensor) -> Tensor:
    """The imaginary part, a view."""
    messages.require(dtypes.is_complex(input._data), "functions.imag")
    return ops.imag(input)


def complex(real: Tensor, imag: Tensor) -> Tensor:
    """real + i imag."""
    conjugation.watch()
    return ops.complex(real, imag)


def polar(abs: Tensor, angle: Tensor) -> Tensor:
    """abs * exp(i angle)."""
    conjugation.watch()
    return ops.polar(abs, angle)


def view_as_complex(input: Tensor) -> Tensor:
    """(..., 2) real -> (...) complex, a view."""
    conjugation.watch()
    messages.require(input._data.ndim, "functions.view_as_complex_ndim")
    messages.require_same(input._data.shape[-1], 2, "functions.view_as_complex")
    return ops.view_as_complex(input)


def view_as_real(input: Tensor) -> Tensor:
    """(...) complex -> (..., 2) real, a view."""
    messages.require(dtypes.is_complex(input._data), "functions.view_as_real")
    return ops.view_as_real(input)


def count_nonzero(input: Tensor, dim: DimsOrNone = None) -> Tensor:
    """How many elements are not zero."""
    return wrap(np.asarray(np.sum(input._data != 0, axis=dim), np.int64)[()])


def argwhere(input: Tensor) -> Tensor:
    """The indices of the elements that are not zero, a row each."""
    return wrap(np.argwhere(input._data))


def nonzero(input: Tensor, *, as_tuple: bool = False) -> Any:
    """The indices of the elements that are not zero: a row each, or a tensor a dimension."""
    return tuple(map(wrap, np.nonzero(np.atleast_1d(input._data)))) if as_tuple else argwhere(input)


def ndtr(input: Tensor, *, out: Any = None) -> Tensor:
    """The normal distribution's distribution function."""
    half = ops.mul_scalar(ops.add_scalar(ops.erf(ops.mul_scalar(input, math.sqrt(0.5))), 1), 0.5)
    return half if out is None else into(out, half, "special_ndtr")


def positive(input: Tensor) -> Tensor:
    """The tensor itself. RuntimeError for booleans."""
    messages.require(not dtypes.is_bool(input._data), "functions.positive")
    return input
