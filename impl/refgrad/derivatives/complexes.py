"""Complex numbers: their parts. The gradient of z is d/d(real part) + i d/d(imaginary part)."""

import numpy as np
from numpy.lib.stride_tricks import as_strided

from refgrad.derivatives.elementwise import where, zeros
from refgrad.derivatives.table import op


def is_complex(x):
    """Whether an array or tensor holds complex numbers."""
    return getattr(x.dtype, "numpy", x.dtype).kind == "c"


def _sgn_backward(g, result, self):
    """Of a complex number the part of g that turns it, over its size; what goes along it changes nothing."""
    if not is_complex(result):
        return zeros(g)
    size = abs(self)
    return where(size == 0, 0, (g - real(g * result) * conj(result)) / where(size == 0, 1, size))


conj = op("conj", np.conjugate, self=lambda g: conj(g))
real = op("real", lambda self: self.real, kind="view", node="SelectBackward0", self=lambda g: g)
op("imag", lambda self: self.imag, kind="view", node="SelectBackward0", self=lambda g: g * 1j)
op("angle", np.angle, cast="float", takes="self", self=lambda g, self:
   g * (self * 1j) / (abs(self) * abs(self)) if is_complex(self) else zeros(self))
pairs = op("view_as_real", lambda self: as_strided(self.real, (*self.shape, 2), (*self.strides, self.itemsize // 2)), kind="view",
   self=lambda g: join(g))
join = op("view_as_complex", lambda self: self.view(np.result_type(self.dtype, np.complex64))[..., 0], kind="view",
   holomorphic=False, self=lambda g: pairs(g))
op("complex", lambda self, imag: self + imag * (np.complex64(1j) if self.dtype == np.float32 else 1j),
   self=lambda g: g, imag=lambda g: g * 1j)
sgn = op("sgn", lambda self: self.copy() if self.dtype.kind == "b" else np.sign(self), self=_sgn_backward)
op("abs", abs, self=lambda g, self: g * sgn(self))
