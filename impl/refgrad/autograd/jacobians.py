"""The Jacobians of a function, by small differences of its results and by backward passes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from refgrad import autograd, random
from refgrad.tensor import Tensor, wrap

# the part of complex outputs that is looked at: how to take it from an array, and the gradient that asks for it
PARTS: dict[str, tuple[Callable, complex]] = {"imaginary": (np.imag, 1j), "real": (np.real, 1)}

PERTURBED = (
    "Expected `func` to return outputs with the same {what} when inputs are perturbed {place}by {eps}, but got: {what}s {a} "
    "and {b}."
)


def as_tuple(value: Any) -> tuple:
    return tuple(value) if isinstance(value, (tuple, list)) else (value,)


def differentiable(outputs: Any) -> tuple:
    return tuple(o for o in as_tuple(outputs) if o.requires_grad)


def needing_grad(inputs: tuple) -> list[Tensor]:
    return [t for t in inputs if isinstance(t, Tensor) and t.requires_grad]


@dataclass(frozen=True)
class Jacobians:
    """A function at a point; the size of the steps; the part of complex outputs that is looked at."""

    func: Callable
    inputs: tuple
    eps: float
    part: str = ""

    @property
    def wanted(self) -> list[Tensor]:
        return needing_grad(self.inputs)

    def run(self) -> list[np.ndarray]:
        take = PARTS[self.part][0] if self.part else np.asarray
        return [np.array(take(o._data)) for o in as_tuple(self.func(*self.inputs))]

    def difference(self, x: Tensor, where: Any, step: Any) -> list:
        """The derivative of each output in the direction `step` from `x[where]`, flat; None of what is no float."""
        data = x._array()
        before = data[where].copy()
        ends = []
        try:
            for end in (before - step, before + step):
                data[where] = end
                ends.append(self.run())
        finally:
            data[where] = before
        place = "" if where is ... else f"on index {where} "
        for a, b in zip(*ends, strict=True):
            for what, one, other in (("shape", wrap(a).shape, wrap(b).shape), ("dtype", wrap(a).dtype, wrap(b).dtype)):
                if one != other:
                    raise AssertionError(PERTURBED.format(what=what, place=place, eps=self.eps, a=one, b=other))
        pairs = zip(*ends, strict=True)
        return [((b - a) / (2 * self.eps)).reshape(-1) if a.dtype.kind in "fc" else None for a, b in pairs]

    def derivative(self, x: Tensor, where: Any, step: Any, imaginary_step: Any) -> list:
        """The same, for a complex `x` with respect to both parts: d/d(real) + i d/d(imaginary)."""
        real = self.difference(x, where, step)
        if x._data.dtype.kind != "c":
            return real
        imaginary = self.difference(x, where, imaginary_step * 1j)
        return [r if r is None else r + 1j * i for r, i in zip(real, imaginary, strict=True)]

    def numerical(self, x: Tensor, outputs: tuple) -> list:
        """Of each output the Jacobian with respect to `x`: (elements of x, elements of the output)."""
        rows = [self.derivative(x, where, self.eps, self.eps) for where in np.ndindex(x._data.shape)]
        if not rows:
            return [np.zeros((0, o.numel()), o._data.dtype) for o in outputs]
        return [column[0] if column[0] is None else np.stack(column) for column in zip(*rows, strict=True)]

    def backward(self, out: Tensor, weights: Any) -> list[np.ndarray]:
        """The Jacobian of `out` with respect to each input, by backward passes: (elements of the input, `weights`)."""
        jacobians = [np.zeros((x.numel(), len(weights)), x._data.dtype) for x in self.wanted]
        factor = PARTS[self.part][1] if self.part and out.is_complex() else 1
        for nr, weight in enumerate(weights * factor):
            grad_output = wrap(weight.astype(out._data.dtype).reshape(out._data.shape))
            found = autograd.grad(out, self.wanted, grad_output, retain_graph=True, allow_unused=True)
            for jacobian, g in zip(jacobians, found, strict=True):
                jacobian[:, nr] = 0 if g is None else g._data.reshape(-1)
        return jacobians


def basis(out: Tensor) -> np.ndarray:
    return np.eye(out.numel(), dtype=out._data.real.dtype)


def direction(t: Tensor, generator: random.Generator) -> np.ndarray:
    """A random vector of length 1, an element for each of `t`'s."""
    vector = random.rand(generator, (t.numel(),), np.float32).astype(t._data.real.dtype)
    return vector / np.linalg.norm(vector)
