"""Operators with a derivative of the user's own."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from refgrad.engine import as_tensor
from refgrad.functions import ops
from refgrad.modes import modes
from refgrad.node import MultiNode, Saved, Slot, freed, modified, sequence
from refgrad.tensor import Tensor, unpack, wrap
from refgrad.views import check_writable, edge_of, rebase

new = object.__new__


class FunctionCtx:
    """What `forward` and `backward` share: the node itself."""

    materialize_grads = True
    to_save: tuple = ()
    dirty: tuple = ()
    non_differentiable: tuple = ()
    needs_input_grad: tuple = ()

    def save_for_backward(self, *tensors: Any) -> None:
        """Keep tensors (or None) for `backward`, where they are `ctx.saved_tensors`."""
        for t in tensors:
            if t is not None and not isinstance(t, Tensor):
                raise TypeError(
                    f"save_for_backward can only save variables, but argument 0 is of type {type(t).__name__}"
                )
        self.to_save = tensors

    def save_for_forward(self, *tensors: Any) -> None:
        """Accepted for forward-mode differentiation, which there is none of."""

    def mark_dirty(self, *tensors: Tensor) -> None:
        """Say which inputs `forward` changed in place; they must be returned."""
        self.dirty = tensors

    def mark_non_differentiable(self, *tensors: Tensor) -> None:
        """Say which outputs have no gradient."""
        self.non_differentiable = tensors

    def set_materialize_grads(self, value: bool) -> None:
        """Whether undefined gradients reach `backward` as zeros (the default) or as None."""
        self.materialize_grads = value


class BackwardNode(MultiNode, FunctionCtx):
    """The node of a custom function; attributes set on `ctx` are its own."""

    _function: Any = None
    saves = True

    @property
    def saved_tensors(self) -> tuple:
        if self.saved is None:
            raise freed()
        return tuple(self._restore(entry) for entry in self.saved)

    def _restore(self, entry: Any) -> Any:
        if entry is None:
            return None
        if entry.__class__ is Saved:
            if entry._vc[0] != entry.version:
                raise modified(self, entry, entry.version)
            return entry.tensor(self)
        t, version = entry
        if t._vc[0] != version:
            raise modified(self, t, version)
        return unpack(t)

    def backward(self, g: list, edges: tuple, raw: bool) -> Any:
        gs = [self._materialized(nr, part, raw) for nr, part in enumerate(g)]
        results = self._function.backward(self, *gs)
        results = list(results) if isinstance(results, (tuple, list)) else [results]
        n = len(self.needs_input_grad)
        while len(results) > n and results[-1] is None:
            results.pop()
        if len(results) != n:
            raise RuntimeError(
                f"function {self.name()} returned an incorrect number of gradients (expected {n}, got {len(results)})"
            )
        for r in results:
            if r is not None and not isinstance(r, Tensor):
                raise TypeError(f"expected Variable or None (got {type(r).__name__})")
        return [r._data if raw and r is not None else r for r in results]

    def _materialized(self, nr: int, part: Any, raw: bool) -> Any:
        if part is None and self.materialize_grads:
            return wrap(np.zeros(self.shape[nr], self.dtype[nr])[()])
        return as_tensor(part, raw)


class _FunctionMeta(type):
    """Gives each Function the class of its nodes, called after it."""

    def __init__(cls, name: str, bases: tuple, members: dict) -> None:
        super().__init__(name, bases, members)
        cls._backward_cls = type(f"{name}Backward", (BackwardNode,), {"_function": cls})


class Function(metaclass=_FunctionMeta):
    """Base of operators with a derivative of their own: define `forward` and `backward`, call `apply`."""

    _backward_cls: Any

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        raise RuntimeError(
            "Legacy autograd function with non-static forward method is deprecated. Please use new-style autograd "
            "function with static forward method. (Example: "
            "https://pytorch.org/docs/stable/autograd.html#torch.autograd.Function)"
        )

    @staticmethod
    def forward(*args: Any, **kwargs: Any) -> Any:
        """Compute the result. Called with `ctx` first, unless `setup_context` is defined."""
        raise NotImplementedError("You must implement the forward function for custom autograd.Function.")

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple, output: Any) -> Any:
        """Save what `backward` needs, if `forward` takes no `ctx`."""
        raise NotImplementedError("setup_context is not implemented.")

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Any) -> Any:
        """The gradients of the inputs, from those of the outputs."""
        raise NotImplementedError(
            "You must implement either the backward or vjp method for your custom autograd.Function to use it with "
            "backward mode AD."
        )

    @classmethod
    def apply(cls, *args: Any, **kwargs: Any) -> Any:
        """Run `forward` and record it."""
        node = new(cls._backward_cls)
        node.edges = tuple([edge_of(a) if isinstance(a, Tensor) else None for a in args])
        node.needs_input_grad = tuple([isinstance(a, Tensor) and a.requires_grad for a in args])
        node.seq, node.extra, node.args, node.saved = next(sequence), None, (), ()
        previous = modes.grad
        modes.grad = False
        try:
            if cls.setup_context is not Function.setup_context:
                output = cls.forward(*args, **kwargs)
                cls.setup_context(node, args, output)
            else:
                output = cls.forward(node, *args, **kwargs)
        finally:
            modes.grad = previous
        return attach(node, args, output, modes.grad and any(e is not None for e in node.edges))


def attach(node: BackwardNode, args: tuple, output: Any, recorded: bool) -> Any:
    """Give the outputs their history."""
    single = not isinstance(output, tuple)
    outputs = [output] if single else list(output)
    if recorded:
        node.shape = tuple(o._data.shape if isinstance(o, Tensor) else () for o in outputs)
        node.dtype = tuple(o._data.dtype if isinstance(o, Tensor) else None for o in outputs)
        for nr, o in enumerate(outputs):
            if isinstance(o, Tensor):
                outputs[nr] = give_history(node, nr, o, args)
    for t in node.dirty:
        t._bump()
    save(node, outputs)
    return outputs[0] if single else tuple(outputs)


def give_history(node: BackwardNode, nr: int, o: Tensor, args: tuple) -> Tensor:
    slot = Slot(node, nr, node.shape[nr], node.dtype[nr])
    is_input = any(o is a for a in args)
    if any(o is t for t in node.non_differentiable) or o._data.dtype.kind not in "fc":
        return o.detach() if is_input else o
    if any(o is t for t in node.dirty):
        if is_input:
            check_writable(o)
        if o._base is None:
            o._node = slot
        else:
            rebase(o, node)
        return o
    if is_input or o._base is not None:
        o = ops.alias(o) if is_input else o
    o._node = slot
    o._rg = False
    return o


def save(node: BackwardNode, outputs: list) -> None:
    """Save what the user asked for; outputs without a reference to themselves."""
    entries: list = []
    for t in node.to_save:
        nr = next((i for i, o in enumerate(outputs) if o is t), None)
        if t is None:
            entries.append(None)
        elif nr is not None and t._node.__class__ is Slot and t._node.node is node:
            saved = new(Saved)
            saved._data, saved._vc, saved.version, saved.nr = t._data, t._counter(), t._vc[0], nr
            entries.append(saved)
        else:
            entries.append((t, t._vc[0]))
    node.saved = tuple(entries)
    node.to_save = ()


def once_differentiable(function: Callable) -> Callable:
    """For a `backward` that can't itself be differentiated: doing so is an error, not a wrong number."""

    @functools.wraps(function)
    def wrapper(ctx: Any, *grads: Any) -> Any:
        previous = modes.grad
        modes.grad = False
        try:
            outputs = function(ctx, *grads)
        finally:
            modes.grad = previous
        if not modes.grad or not any(isinstance(g, Tensor) and g.requires_grad for g in grads):
            return outputs
        single = not isinstance(outputs, tuple)
        result = [Refused.apply(o, *grads) if isinstance(o, Tensor) else o for o in ((outputs,) if single else outputs)]
        return result[0] if single else tuple(result)

    return wrapper


class Refused(Function):
    """Passes its first input on, and refuses to be differentiated."""

    @staticmethod
    def forward(ctx: Any, output: Tensor, *grads: Any) -> Tensor:
        return output.detach()

    @staticmethod
    def backward(ctx: Any, *grads: Any) -> Any:
        raise RuntimeError("trying to differentiate twice a function that was marked with @once_differentiable")
