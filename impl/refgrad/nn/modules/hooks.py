"""Backward hooks of modules: two identities, around the inputs and around the outputs, that tell when gradients pass."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

from refgrad.autograd import Function
from refgrad.modes import modes
from refgrad.tensor import Tensor

WRONG_COUNT = "Backward {} returned an invalid number of {}, got {}, but expected {}"
NO_INPUT = (
    "Full backward hook is firing when gradients are computed with respect to module outputs since no inputs require "
    "gradients. See https://docs.pytorch.org/docs/main/generated/torch.nn.Module.html"
    "#torch.nn.Module.register_full_backward_hook for more details."
)
NO_GRADS = (
    "Backward hook for Modules where no input requires gradient should always return None or None for all gradients."
)
NOT_TENSORS = "For backward hooks to be called, module output should be a Tensor or a tuple of Tensors but received {}"


class BackwardHookFunction(Function):
    """The identity, on any number of tensors."""

    @staticmethod
    def forward(ctx: Any, *tensors: Tensor) -> tuple:
        ctx.mark_non_differentiable(*[t for t in tensors if not t.requires_grad])
        return tensors

    @staticmethod
    def backward(ctx: Any, *grads: Any) -> tuple:
        return grads


def observed(values: tuple, attach: Callable) -> tuple:
    """`values` with their tensors sent through an identity, whose node and the tensors' places `attach` is told."""
    places = [i for i, value in enumerate(values) if isinstance(value, Tensor)]
    if not (modes.grad and any(values[i].requires_grad for i in places)):
        return values
    through = BackwardHookFunction.apply(*[values[i] for i in places])
    attach(next(t.grad_fn for t in through if t.grad_fn is not None), places)
    result = list(values)
    for i, t in zip(places, through, strict=True):
        result[i] = t
    return tuple(result)


def spread(grads: Any, places: list, count: int) -> tuple:
    """`grads` at their places among `count` values, None at the others."""
    result: list = [None] * count
    for i, g in zip(places, grads, strict=True):
        result[i] = g
    return tuple(result)


def asked(hooks: list, module: Any, grads: tuple, rest: tuple, words: tuple) -> tuple:
    """`grads` after each of `hooks` could put others in their place."""
    for hook in hooks:
        given = hook(module, grads, *rest)
        if given is None:
            continue
        if len(given) != len(grads):
            raise RuntimeError(WRONG_COUNT.format(*words, len(given), len(grads)))
        grads = given
    return grads


class BackwardHook:
    """What the hooks of `module` need to know in one call of it: `inputs` and `outputs` are to pass through here."""

    def __init__(self, module: Any, hooks: list, pre_hooks: list) -> None:
        self.module, self.hooks, self.pre_hooks = module, hooks, pre_hooks
        self.input_places: list | None = None
        self.grad_outputs: tuple | None = None
        self.input_count = self.output_count = 0

    def inputs(self, args: tuple) -> tuple:
        self.input_count = len(args)
        if not self.hooks and not self.pre_hooks:
            return args
        return observed(args, self._watch_inputs)

    def _watch_inputs(self, node: Any, places: list) -> None:
        self.input_places = places

        def fire(grad_inputs: tuple, _: tuple) -> tuple | None:
            if self.grad_outputs is None:  # no gradient came through the outputs
                return None
            grads = spread(grad_inputs, places, self.input_count)
            grads = asked(self.hooks, self.module, grads, (self.grad_outputs,), ("hook", "grad_input"))
            self.grad_outputs = None
            return tuple(grads[i] for i in places)

        node.register_hook(fire)

    def outputs(self, result: Any) -> Any:
        if not self.hooks and not self.pre_hooks:
            return result
        values = result if isinstance(result, tuple) else (result,)
        if not isinstance(result, (tuple, Tensor)):
            warnings.warn(NOT_TENSORS.format(type(result)), UserWarning, stacklevel=4)
            return result
        self.output_count = len(values)
        values = observed(values, self._watch_outputs)
        return values if isinstance(result, tuple) else values[0]

    def _watch_outputs(self, node: Any, places: list) -> None:
        def fire(grad_outputs: tuple) -> tuple | None:
            grads = spread(grad_outputs, places, self.output_count)
            self.grad_outputs = grads = asked(self.pre_hooks, self.module, grads, (), ("pre hook", "grad_output"))
            if self.input_places is None and self.hooks:
                self._fire_without_inputs()
            return tuple(grads[i] for i in places) if self.pre_hooks else None

        node.register_prehook(fire)

    def _fire_without_inputs(self) -> None:
        warnings.warn(NO_INPUT, UserWarning, stacklevel=5)
        for hook in self.hooks:
            given = hook(self.module, (None,) * self.input_count, self.grad_outputs)
            if given is not None and not (isinstance(given, tuple) and all(g is None for g in given)):
                raise RuntimeError(NO_GRADS)
        self.grad_outputs = None
