"""What is done with all gradients, or all parameters, at once."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from refgrad import functions
from refgrad.autograd.grad_mode import no_grad
from refgrad.creation import tensor
from refgrad.tensor import Tensor

NOT_FINITE = (
    "The total norm of order {} for gradients from `parameters` is non-finite, so it cannot be clipped. To disable this error "
    "and scale the gradients by the non-finite norm anyway, set `error_if_nonfinite=False`"
)


def gradients(parameters: Any) -> list[Tensor]:
    tensors = [parameters] if isinstance(parameters, Tensor) else parameters
    return [p._grad for p in tensors if p._grad is not None]


@no_grad()
def get_total_norm(
    tensors: Any, norm_type: float = 2.0, error_if_nonfinite: bool = False, foreach: Any = None
) -> Tensor:
    """The norm of all `tensors` as if they were one vector."""
    tensors = [tensors] if isinstance(tensors, Tensor) else [*tensors]
    if not tensors:
        return tensor(0.0)
    total = functions.norm(functions.stack([functions.norm(t, float(norm_type)) for t in tensors]), float(norm_type))
    if error_if_nonfinite and not total.isfinite():
        raise RuntimeError(NOT_FINITE.format(float(norm_type)))
    return total


@no_grad()
def clip_grad_norm_(
    parameters: Any, max_norm: float, norm_type: float = 2.0, error_if_nonfinite: bool = False, foreach: Any = None
) -> Tensor:
    """Scale all gradients together so that their norm is at most `max_norm`; gives back what it was."""
    grads = gradients(parameters)
    total = get_total_norm(grads, norm_type, error_if_nonfinite)
    factor = functions.clamp(max_norm / (total + 1e-6), max=1.0)
    for g in grads:
        g.mul_(factor)
    return total


@no_grad()
def clip_grad_value_(parameters: Any, clip_value: float, foreach: Any = None) -> None:
    """Cut every element of the gradients to between -clip_value and clip_value."""
    for g in gradients(parameters):
        g.clamp_(-clip_value, clip_value)


def parameters_to_vector(parameters: Iterable[Tensor]) -> Tensor:
    """All elements of the parameters in one dimension, recorded."""
    return functions.cat([functions.flatten(p) for p in parameters])


def vector_to_parameters(vec: Tensor, parameters: Iterable[Tensor]) -> None:
    """The reverse: each parameter becomes a view of its part of `vec`."""
    if not isinstance(vec, Tensor):
        raise TypeError(f"expected torch.Tensor, but got: {type(vec).__name__}")
    start = 0
    for p in parameters:
        p.data = vec[start : start + p._data.size].reshape(p.shape).data
        start += p._data.size
