"""The discrete Fourier transform; `refgrad.fft` makes the others of it."""

import numpy as np

from refgrad.derivatives.table import op


def _transformed(self, dim, scale, forward):
    """Sums of all the elements along `dim`, turned by multiples of each place's angle, times `scale`."""
    each = np.fft.fftn(self, axes=dim) if forward else np.fft.ifftn(self, axes=dim, norm="forward")
    return each * self.dtype.type(scale)


transform = op("_fft_c2c", _transformed, node="FftC2CBackward0",
   self=lambda g, dim, scale, forward: transform(g, dim, scale, forward))
