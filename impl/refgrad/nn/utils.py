"""What is done with all gradients, or all parameters, at once."""

from collections.abc import Iterable
from typing import Any

from refgrad import creation, functions, messages
from refgrad.autograd.grad_mode import no_grad
from refgrad.tensor import Tensor


def gradients(parameters: Any) -> list[Tensor]:
    return [p._grad for p in ([parameters] if isinstance(parameters, Tensor) else parameters) if p._grad is not None]


@no_grad()
def get_total_norm(tensors: Any, norm_type: float = 2.0, error_if_nonfinite=False, foreach=None) -> Tensor:
    """The norm of all `tensors` as if they were one vector."""
    p, each = float(norm_type), [tensors] if isinstance(tensors, Tensor) else [*tensors]
    if not each:
        return creation.tensor(0.0)
    total = functions.norm(functions.stack([functions.norm(t, p) for t in each]), p)
    messages.require(not error_if_nonfinite or total.isfinite(), "nn.total_norm", p)
    return total


@no_grad()
def clip_grad_norm_(parameters: Any, max_norm: float, norm_type=2.0, error_if_nonfinite=False, foreach=None) -> Tensor:
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
    messages.require(isinstance(vec, Tensor), "nn.not_a_vector", vec)
    start = 0
    for p in parameters:
        p.data = vec[start : start + p._data.size].reshape(p.shape).data
        start += p._data.size
