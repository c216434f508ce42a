"""Discrete Fourier transforms. Most results are complex."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from gradspec.programs.catalogue.vocabulary import (
    Draw,
    Meta,
    Operand,
    Operator,
    Sample,
    Shape,
    any_dim,
    of_dimensions,
    wrong,
)
from gradspec.programs.choices import Choices
from gradspec.programs.program import Tuple

COMPLEX = {"float32": "complex64", "float64": "complex128", "complex128": "complex128"}
REAL_OF = {"float32": "float32", "float64": "float64", "complex128": "float64"}
REALS, ALL = ("float64", "float32"), ("float64", "complex128", "float32")
NORMS = ("backward", "ortho", "forward")

# What a transform gives: "full" as many complex numbers along a dimension as it takes; "half" the first half and one
# more; "real" reals, twice as many without the last two.
Kind = str
GIVES: dict[Kind, Callable[[int], int]] = {"full": lambda n: n, "half": lambda n: n // 2 + 1, "real": lambda n: n}


def shape_of(choices: Choices, least: int) -> Shape:
    return tuple(max(n, 1) for n in of_dimensions(least)(choices))


def result(x: Meta, kind: Kind, shape: Shape, terms: int) -> Meta:
    bound = 2 * max(terms, 1) * x.bound
    return Meta(shape, (REAL_OF if kind == "real" else COMPLEX)[x.dtype], -bound, bound, None)


def length(d: Draw, size: int, kind: Kind) -> tuple[int | None, int]:
    """`n`, or None where it is left out, and the number of elements that it means."""
    if d.choices.chance(40) or (kind == "real" and size == 1):
        n = d.choices.between(1, size + 2)
        return n, n
    return None, 2 * (size - 1) if kind == "real" else size


def one(name: str, kind: Kind, dtypes: tuple[str, ...]) -> Operator:
    """A transform along one dimension."""

    def call(d: Draw, x: Operand) -> Sample:
        shape = list(x.meta.shape)
        dim = any_dim(d.choices, len(shape)) if d.choices.chance(50) else -1
        given, n = length(d, shape[dim], kind)
        kwargs: dict[str, Any] = {} if given is None else {"n": given}
        kwargs |= {"dim": dim} if dim != -1 else {}
        kwargs |= {"norm": d.choices.pick(NORMS)} if d.choices.chance(50) else {}
        terms = 2 * max(n, shape[dim])
        shape[dim] = GIVES[kind](n)
        return Sample((x,), kwargs, result(x.meta, kind, tuple(shape), terms))

    return operator(name, call, 1, dtypes, (
        wrong("a length of 0", lambda d: (d.tensor((2,)), 0)),
        wrong("a dimension out of range", lambda d: (d.tensor((2,)),), dim=1),
        wrong("an unknown norm", lambda d: (d.tensor((2,)),), norm="unitary"),
    ))  # fmt: skip


def several(name: str, kind: Kind, dtypes: tuple[str, ...]) -> Operator:
    """A transform along two dimensions, or along all or some."""
    two = name.endswith("2")

    def call(d: Draw, x: Operand) -> Sample:
        shape, count = list(x.meta.shape), len(x.meta.shape)
        kwargs: dict[str, Any] = {"norm": d.choices.pick(NORMS)} if d.choices.chance(50) else {}
        dims = tuple(range(count - 2 if two else 0, count))
        if d.choices.chance(50):
            most = 2 if two else d.choices.between(1, count)
            dims = tuple(d.choices.shuffled(range(count))[:most])
            kwargs["dim"] = tuple(i - count if d.choices.chance(40) else i for i in dims)
        sizes = [shape[i] for i in dims]
        if d.choices.chance(40) or (kind == "real" and sizes[-1] == 1):
            sizes = [d.choices.between(1, n + 2) for n in sizes]
            kwargs["s"] = tuple(sizes)
            kwargs.setdefault("dim", dims)
        elif kind == "real":
            sizes[-1] = 2 * (sizes[-1] - 1)
        terms = 2 * math.prod(max(n, shape[i]) for i, n in zip(dims, sizes, strict=True))
        for i, n in zip(dims, sizes, strict=True):
            shape[i] = n
        shape[dims[-1]] = GIVES[kind](sizes[-1])
        return Sample((x,), kwargs, result(x.meta, kind, tuple(shape), terms))

    return operator(name, call, 2 if two else 1, dtypes, (
        wrong("a dimension twice", lambda d: (d.tensor((2, 2)),), dim=Tuple((0, 0))),
        wrong("a dimension out of range", lambda d: (d.tensor((2, 2)),), dim=Tuple((0, 2))),
        wrong("a length of 0", lambda d: (d.tensor((2, 2)),), s=Tuple((0, 2))),
        wrong("an unknown norm", lambda d: (d.tensor((2, 2)),), norm="unitary"),
    ))  # fmt: skip


def operator(name: str, call: Any, least: int, dtypes: tuple[str, ...], errors: Any, **more: Any) -> Operator:
    return Operator(
        f"fft.{name}", call, shapes=lambda c: shape_of(c, least), forms=("function",), dtypes=dtypes,
        fits=lambda m: len(m.shape) >= least and 0 not in m.shape, errors=errors, **more,
    )  # fmt: skip


def shift(d: Draw, x: Operand) -> Sample:
    n = len(x.meta.shape)
    if d.choices.chance(40):
        return Sample((x,), {}, x.meta)
    dims = d.choices.shuffled(range(n))[: d.choices.between(1, n)]
    dim = dims[0] - n if len(dims) == 1 and d.choices.chance(50) else tuple(dims)
    return Sample((x,), {"dim": dim}, x.meta)


KINDS = {"fft": ("full", ALL), "ifft": ("full", ALL), "rfft": ("half", REALS), "irfft": ("real", ALL),
         "hfft": ("real", ALL), "ihfft": ("half", REALS)}  # fmt: skip

FFT = (
    *(one(name, *kind) for name, kind in KINDS.items()),
    *(several(f"{name}{end}", *kind) for name, kind in KINDS.items() for end in ("2", "n")),
    *(
        operator(name, shift, 1, ALL, (wrong("a dimension out of range", lambda d: (d.tensor((2,)),), dim=1),))
        for name in ("fftshift", "ifftshift")
    ),
)  # fmt: skip
