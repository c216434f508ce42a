"""`torch.fft`: discrete Fourier transforms, along one dimension (`fft`), two (`fft2`), all or some (`fftn`).

With `i` they go back; `r` has real numbers and keeps half of the result, `irfft` is its inverse; `h` is for numbers of
which the transform is real. All are made of three operators.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from refgrad import conjugation, creation, dtypes, errors, functions, messages
from refgrad.functions import ops
from refgrad.functions.arguments import IntOrNone, WordOrNone, as_dim, as_dims, as_int
from refgrad.functions.forms import formed
from refgrad.tensor import Tensor

HALF, REAL = ("r", "ih"), ("h", "ir")  # of which there is half of the result, and which is real
FORWARD = ("", "r", "h")  # the others have the opposite angles, and divide by the number of elements
SCALE: dict[str, Callable] = {"none": lambda n: 1.0, "ortho": lambda n: 1 / math.sqrt(n), "whole": lambda n: 1 / n}
NORMS = {True: {None: "none", "backward": "none", "ortho": "ortho", "forward": "whole"},
         False: {None: "whole", "backward": "whole", "ortho": "ortho", "forward": "none"}}  # fmt: skip


def resized(x: Tensor, dims: tuple, sizes: list) -> Tensor:
    """`x` with so many elements along `dims`: without the last ones, or with zeros after them."""
    sides = [(0, 0)] * x._data.ndim
    for d, n in zip(dims, sizes):
        sides[d] = (0, n - x._data.shape[d])
    return ops.constant_pad_nd(x, tuple(sides), 0) if any(end for _, end in sides) else x


def floating(x: Tensor) -> Tensor:
    """`x`, integers in the default dtype."""
    return functions.to(x, dtypes.get_default_dtype()) if x._data.dtype.kind in "biu" else x


def complex_of(x: Tensor) -> Tensor:
    """`x` in the complex dtype of its width."""
    return functions.to(x, dtypes.of_numpy(dtypes.complex_as_wide(floating(x)._data.dtype)))


def transformed(name: str, x: Tensor, dims: tuple, sizes: Any, norm: Any) -> Tensor:
    """The transform of that name along `dims`, of so many elements (of real ones, so many that come out)."""
    prefix, _, several = name.partition("fft")
    half, real, forward = prefix in HALF, prefix in REAL, prefix in FORWARD
    messages.require(norm in NORMS[forward], "fft.norm", norm)
    functions.need_dtype("fft", x)
    of_real = x._data.dtype.kind not in "c"
    messages.require(of_real or not half, "fft.real", name, x)
    messages.require(dims or not (half or real), "fft.no_dimension", name)
    whole = [x._data.shape[d] for d in dims]
    if real:
        whole[-1] = 2 * (whole[-1] - 1)
    sizes = whole if sizes is None else [w if n == -1 else n for w, n in zip(whole, sizes)]
    messages.require(all(n > 0 for n in sizes), "fft.length", min(sizes, default=0))
    scale = SCALE[NORMS[forward][norm]](math.prod(sizes))
    conjugation.watch()
    if not dims:
        return complex_of(x)
    if real:
        x = resized(complex_of(x), dims, [*sizes[:-1], sizes[-1] // 2 + 1])
        return ops._fft_c2r(x, dims, scale, not forward, sizes[-1])
    if not of_real or (several and not half):
        return ops._fft_c2c(resized(complex_of(x), dims, sizes), dims, scale, not forward)
    x = resized(floating(x), dims, sizes)
    if forward:
        return ops._fft_r2c(x, dims, scale, half)
    result = functions.conj(ops._fft_r2c(x, dims[-1:], scale, half))  # the other way round: the conjugate
    return ops._fft_c2c(result, dims[:-1], 1.0, True) if dims[1:] else result


def _along_one(name: str) -> Callable:
    @formed
    def function(input: Tensor, n: IntOrNone = None, dim: int = -1, norm: WordOrNone = None) -> Tensor:
        messages.require(input._data.ndim, "functions.unbind", dim)
        messages.require(n != -1, "fft.length", n)
        return transformed(name, input, as_dims(dim, input._data.ndim), None if n is None else [n], norm)

    function.__doc__ = f"`{name}`: of `n` elements along `dim`; norm: 'backward', 'ortho' or 'forward'."
    return function


def _along_several(name: str, default: Any) -> Callable:
    @formed
    def function(input: Tensor, s: Any = None, dim: Any = default, norm: WordOrNone = None) -> Tensor:
        ndim = input._data.ndim
        if s is not None:
            sizes = s if isinstance(s, (tuple, list)) else (s,)
            s = [as_int(n, f"fft_{name}", "s", 2, "tuple of ints") for n in sizes]
        if dim is None:
            if default is not None:
                raise errors.argument(f"fft_{name}", "dim", 3, dim, "tuple of ints")
            count = ndim if s is None else len(s)
            messages.require(count <= ndim, "fft.sizes", count, ndim)
            return transformed(name, input, tuple(range(ndim - count, ndim)), s, norm)
        given = dim if isinstance(dim, (tuple, list)) else (dim,)
        messages.require(ndim or not given, "functions.unbind", *given[:1])
        dims = as_dims(given, ndim, f"fft_{name}", "dim", 3) if given else ()
        messages.require(s is None or len(s) == len(dims), "fft.lengths")
        return transformed(name, input, dims, s, norm)

    function.__doc__ = f"`{name}`: of `s` elements along the dimensions `dim`; norm: 'backward', 'ortho' or 'forward'."
    return function


fft, ifft, rfft, irfft, hfft, ihfft = map(_along_one, "fft ifft rfft irfft hfft ihfft".split())
fft2, ifft2, rfft2, irfft2, hfft2, ihfft2 = (
    _along_several(f"{name}2", (-2, -1)) for name in "fft ifft rfft irfft hfft ihfft".split()
)
fftn, ifftn, rfftn, irfftn, hfftn, ihfftn = (
    _along_several(f"{name}n", None) for name in "fft ifft rfft irfft hfft ihfft".split()
)


def _shifted(name: str, input: Tensor, dim: Any, sign: int) -> Tensor:
    """Moved by half of the size along each of `dim`, which may be named twice."""
    ndim = input._data.ndim
    given = range(ndim) if dim is None else dim if isinstance(dim, (tuple, list)) else (dim,)
    messages.require(ndim or not given, "functions.unbind", *given[:1])
    dims = tuple(as_dim(d, ndim, name, "dim", 2, "tuple of ints") for d in given)
    messages.require(dims, "functions.roll_nothing")
    return ops.roll(input, tuple(sign * (input._data.shape[d] // 2) for d in dims), dims)


@formed
def fftshift(input: Tensor, dim: Any = None) -> Tensor:
    """The element for frequency 0 from the front to the middle, along `dim`, by default all dimensions."""
    return _shifted("fft_fftshift", input, dim, 1)


@formed
def ifftshift(input: Tensor, dim: Any = None) -> Tensor:
    """The inverse of `fftshift`."""
    return _shifted("fft_ifftshift", input, dim, -1)


def fftfreq(n: int, d: float = 1.0, *, dtype: Any = None, requires_grad: bool = False) -> Tensor:
    """The frequencies of the elements of `fft`, of `n` samples that are `d` apart: (n)."""
    return creation.tensor(np.fft.fftfreq(n, d).tolist(), dtype=dtype, requires_grad=requires_grad)


def rfftfreq(n: int, d: float = 1.0, *, dtype: Any = None, requires_grad: bool = False) -> Tensor:
    """The frequencies of the elements of `rfft`: (n // 2 + 1)."""
    return creation.tensor(np.fft.rfftfreq(n, d).tolist(), dtype=dtype, requires_grad=requires_grad)
