"""Discrete Fourier transforms: of complex numbers, of real ones, and back to these; `refgrad.fft` has the others."""

import numpy as np

from refgrad.derivatives.complexes import real
from refgrad.derivatives.shapes import FULL, pad
from refgrad.derivatives.table import op


def ordered(result, self, dim, half):
    """`result` in memory as PyTorch leaves it: dimensions that were transformed inside of others, each group as in `self`.

    half: of the last dimension there is, or was, half: it is the inmost.
    """
    order = sorted(range(self.ndim), key=lambda d: ((d in dim) + (half and d == dim[-1]), -self.strides[d]))
    return np.ascontiguousarray(result.transpose(order)).transpose(np.argsort(order))


def _transformed(self, dim, scale, inverse):
    """Sums of all the elements along `dim`, turned by multiples of each place's angle, times `scale`."""
    each = np.fft.ifftn(self, axes=dim, norm="forward") if inverse else np.fft.fftn(self, axes=dim)
    each.real *= scale  # part by part: what is infinite in one leaves the other as it is
    each.imag *= scale
    return each


def _resized(x, dim, n):
    """`x` with zeros after its elements along `dim`, up to `n`; or with so many of them only."""
    return pad(x, tuple((0, n - size if d == dim else 0) for d, size in enumerate(x.shape)), 0)


def _of_real(self, dim, scale, onesided):
    whole = _transformed(self, dim, scale, False)
    part = whole[(*FULL * dim[-1], slice(self.shape[dim[-1]] // 2 + 1))] if onesided else whole
    return ordered(part, self, dim, onesided)


def _weights(x, dim, n):
    """How many elements of the whole each of the first half stands for: two, but for the first and maybe the last."""
    half = np.where(np.arange(n // 2 + 1) * 2 % n, 2, 1)
    return half.astype(np.float32).reshape((-1,) + (1,) * (len(x.shape) - 1 - dim[-1]))


def _to_real(self, dim, scale, inverse, n):
    half = self if inverse else self.conj()
    half = np.fft.ifftn(half, axes=dim[:-1], norm="forward")
    return ordered(np.fft.irfft(half, n, dim[-1], norm="forward") * half.real.dtype.type(scale), self, dim, True)


def _to_real_backward(g, self_shape, dim, scale, inverse, n):
    half = _resized(transform(g + 0j, dim, scale, not inverse), dim[-1], self_shape[dim[-1]])
    return half * _weights(g, dim, n)


transform = op("_fft_c2c", lambda self, dim, scale, inverse: ordered(_transformed(self, dim, scale, inverse), self, dim, False),
   node="FftC2CBackward0", self=lambda g, dim, scale, inverse: transform(g, dim, scale, inverse))
op("_fft_r2c", _of_real, node="FftR2CBackward0", holomorphic=False, self=lambda g, self, dim, scale:
   real(transform(_resized(g, dim[-1], self.shape[dim[-1]]), dim, scale, True)))
op("_fft_c2r", _to_real, node="FftC2RBackward0", holomorphic=False, self=_to_real_backward)
