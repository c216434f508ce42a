"""Complex numbers: their parts. The gradient of z is d/d(real part) + i d/d(imaginary part)."""

import numpy as np
from numpy.lib.stride_tricks import as_strided

from refgrad import messages
from refgrad.derivatives.elementwise import signs, where, zeros
from refgrad.derivatives.table import TABLE, op


def is_complex(x):
    """Whether an array or tensor holds complex numbers."""
    return getattr(x.dtype, "numpy", x.dtype).kind in "c"


def in_order(g):
    """A gradient whose elements lie in order in memory: a copy, where they do not."""
    return g if getattr(g, "_data", g).flags.c_contiguous else TABLE["contiguous"](g)


def _angle(self):
    """Of real numbers pi where they are negative, which -0 is not."""
    if is_complex(self):
        return np.angle(self)
    return np.where(self != self, self, np.where(self < 0, np.pi, 0)).astype(self.dtype)[()]


def _polar(abs, angle):
    _need_floats(abs, angle)
    return _complex(abs * np.cos(angle), abs * np.sin(angle))


def _need_floats(one, other):
    messages.require(one.dtype.kind == other.dtype.kind == "f", "functions.complex_dtypes", one, other)
    messages.require(one.dtype == other.dtype, "functions.complex_second", one, other)


def _complex(self, imag):
    """Of the two parts, which may be infinite: a product with i would make nan of that."""
    _need_floats(self, imag)
    result = np.empty(np.broadcast_shapes(self.shape, imag.shape), np.result_type(self.dtype, np.complex64))
    result.real, result.imag = self, imag
    return result[()]


def _sgn_backward(g, result, self):
    """Of a complex number the part of g that turns it, over its size; what goes along it changes nothing."""
    if not is_complex(result):
        return zeros(g)
    size = abs(self)
    return where(size, (g - real(g * result) * conj(result)) / where(size, size, 1), 0)


conj = op("conj", np.conjugate, self=lambda g: conj(g))
conj_physical = op("conj_physical", np.conjugate, self=lambda g: conj_physical(g))
real = op("real", lambda self: self.real, kind="view", node="SelectBackward0", self=lambda g: g)
op("imag", lambda self: self.imag, kind="view", node="SelectBackward0", self=lambda g: g * 1j)
op("angle", _angle, cast="float", takes="self", self=lambda g, self:
   where(self, g * (self * 1j) / (abs(self) * abs(self)), 0) if is_complex(self) else zeros(self))
pairs = op("view_as_real", lambda self: as_strided(self.real, (*self.shape, 2), (*self.strides, self.itemsize // 2)), kind="view",
   self=lambda g: join(in_order(g)))
join = op("view_as_complex", lambda self: self.view(np.result_type(self.dtype, np.complex64))[..., 0], kind="view",
   holomorphic=False, self=lambda g: pairs(g))
op("complex", _complex,
   self=lambda g: g, imag=lambda g: g * 1j)
op("polar", _polar, abs=lambda g, result: g * sgn(result),
   angle=lambda g, result: g * (result * 1j))
sgn = op("sgn", lambda self: self.copy() if self.dtype.kind in "b" else signs(self), self=_sgn_backward)
op("abs", abs, self=lambda g, self: g * sgn(self))
