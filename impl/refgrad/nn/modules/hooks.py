"""Backward hooks of modules: two identities, around the inputs and around the outputs, that tell when gradients pass."""

from collections.abc import Callable
from typing import Any

from refgrad import messages
from refgrad.autograd import Function
from refgrad.modes import modes
from refgrad.tensor import Tensor


class BackwardHookFunction(Function):
    """The identity, on any number of tensors."""

    @staticmethod
    def forward(ctx: Any, *tensors: Tensor) -> tuple:
        ctx.mark_non_differentiable(*[t for t in tensors if not t.requires_grad])
        return tensors

    @staticmethod
    def backward(ctx: Any, *grads: Any) -> tuple:
        return grads


def watched(values: tuple, register: str, told: Callable) -> tuple:
    """`values`, with their tensors sent through an identity. Its node asks `told` for other gradients of the values.

    register: the node's method by which it asks.
    """
    places = [i for i, value in enumerate(values) if isinstance(value, Tensor)]
    if not (modes.grad and any(values[i].requires_grad for i in places)):
        return values
    through = BackwardHookFunction.apply(*[values[i] for i in places])

    def fire(grads: tuple, *_: Any) -> tuple | None:
        by_place = dict(zip(places, grads))
        given = told(tuple(by_place.get(i) for i in range(len(values))))
        return None if given is None else tuple(given[i] for i in places)

    getattr(next(t.grad_fn for t in through if t.grad_fn is not None), register)(fire)
    by_place = dict(zip(places, through))
    return tuple(by_place.get(i, value) for i, value in enumerate(values))


def with_backward_hooks(module: Any, run: Callable, args: tuple) -> Any:
    """What `run(*args)` gives, whose gradients the backward hooks of `module` will be told, and may replace."""
    hooks, pre_hooks = [*module._backward_hooks.values()], [*module._backward_pre_hooks.values()]
    grad_outputs: tuple | None = None

    def asked(hooks: list, grads: tuple, *rest: Any, words: tuple) -> tuple:
        """`grads` after each of `hooks` could put others in their place."""
        for hook in hooks:
            given = hook(module, grads, *rest)
            if given is not None and len(given) != len(grads):
                raise messages.error("nn.hook_count", *words, len(given), len(grads))
            grads = grads if given is None else given
        return grads

    def inward(grads: tuple) -> tuple | None:
        nonlocal grad_outputs
        if grad_outputs is None:  # no gradient came through the outputs
            return None
        grads = asked(hooks, grads, grad_outputs, words=("hook", "grad_input"))
        grad_outputs = None
        return grads

    def outward(grads: tuple) -> tuple | None:
        nonlocal grad_outputs
        grad_outputs = grads = asked(pre_hooks, grads, words=("pre hook", "grad_output"))
        if hooks and inputs is args:  # none of them will tell of its gradient
            messages.warn("nn.no_input_gradient")
            for hook in hooks:
                given = hook(module, (None,) * len(args), grads)
                nothing = given is None or (isinstance(given, tuple) and all(g is None for g in given))
                messages.require(nothing, "nn.no_input_hook")
            grad_outputs = None
        return grads if pre_hooks else None

    inputs = watched(args, "register_hook", inward)
    result = run(*inputs)
    if not isinstance(result, (tuple, Tensor)):
        messages.warn("nn.no_tensors", type(result))
        return result
    values = watched(result if isinstance(result, tuple) else (result,), "register_prehook", outward)
    return values if isinstance(result, tuple) else values[0]
