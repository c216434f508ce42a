"""Complex numbers: their parts. The gradient of z is d/d(real part) + i d/d(imaginary part)."""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import as_strided

from refgrad.derivatives.elementwise import where, zeros
from refgrad.derivatives.table import op


def _pairs(self):
    """(...) complex -> (..., 2) real, in the same memory."""
    return as_strided(self.real, (*self.shape, 2), (*self.strides, self.itemsize // 2))


def _join(self):
    return self.view(np.result_type(self.dtype, np.complex64))[..., 0]


def _complex(real, imag):
    return real + imag * (np.complex64(1j) if real.dtype == np.float32 else 1j)


def _sgn_backward(g, result, self):
    """Of a complex number the part of g that turns it, over its size; what goes along it changes nothing."""
    if not _is_complex(result):
        return zeros(g)
    size = abs(self)
    along = real(g * result)
    return where(size == 0, 0, (g - along * conj(result)) / where(size == 0, 1, size))


def _is_complex(x):
    return getattr(x.dtype, "is_complex", getattr(x.dtype, "kind", "") == "c")


conj = op("conj", np.conjugate, takes="self", self=lambda g: conj(g))
real = op("real", lambda self: self.real, kind="view", node="SelectBackward0", self=lambda g: g)
op("imag", lambda self: self.imag, kind="view", node="SelectBackward0", self=lambda g: g * 1j)
op("angle", np.angle, takes="self", self=lambda g, self: g * (self * 1j) / (abs(self) * abs(self)))
pairs = op("view_as_real", _pairs, kind="view", self=lambda g: join(g))
join = op("view_as_complex", _join, kind="view", self=lambda g: pairs(g))
op("complex", _complex, node="ComplexBackward0", takes="self imag", self=lambda g: g, imag=lambda g: g * 1j)
sgn = op("sgn", np.sign, takes="self", self=_sgn_backward)
op("abs", abs, takes="self", self=lambda g, self: g * sgn(self))
