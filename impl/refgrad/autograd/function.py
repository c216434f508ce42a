"""Operators with a derivative of the user's own."""

from __future__ import annotations

import functools
import inspect
import itertools
from collections.abc import Callable
from typing import Any

import numpy as np

from refgrad import messages
from refgrad.autograd.grad_mode import no_grad
from refgrad.autograd.saved_tensors import output_edge, places, raw_saved_tensors, saved_tensor
from refgrad.engine import fitted
from refgrad.functions import ops
from refgrad.hooks import as_tensor
from refgrad.modes import modes
from refgrad.node import MultiNode, Node, Saved, Slot, sequence
from refgrad.tensor import Tensor, wrap
from refgrad.views import Stale, check_writable, edge_of, make_node, rebase

__all__ = ["BackwardCFunction", "Function", "FunctionCtx", "FunctionMeta", "InplaceFunction", "once_differentiable"]

new = object.__new__


class FunctionCtx:
    """What `forward` and `backward` share: the node itself."""

    materialize_grads = True
    to_save: tuple = ()
    dirty_tensors: tuple = ()
    non_differentiable: tuple = ()
    needs_input_grad: tuple = ()

    def save_for_backward(self, *tensors: Any) -> None:
        """Keep tensors (or None) for `backward`, where they are `ctx.saved_tensors`. TypeError for anything else."""
        self.to_save = tensors

    def save_for_forward(self, *tensors: Any) -> None:
        """Accepted for forward-mode differentiation, which there is none of."""
        messages.require(all(t is None or isinstance(t, Tensor) for t in tensors), "function.save_for_forward")

    def mark_dirty(self, *args: Tensor) -> None:
        """Say which inputs `forward` changed in place; they must be returned."""
        self.dirty_tensors = args

    def mark_shared_storage(self, *pairs: Any) -> None:
        """Deprecated, and of no effect."""
        messages.warn("function.shared_storage")

    def mark_non_differentiable(self, *args: Tensor) -> None:
        """Say which outputs have no gradient."""
        self.non_differentiable = args

    def set_materialize_grads(self, value: bool) -> None:
        """Whether undefined gradients reach `backward` as zeros (the default) or as None."""
        messages.require(isinstance(value, bool), "function.materialize")
        self.materialize_grads = value


class BackwardCFunction(MultiNode, FunctionCtx):
    """The node of a custom function; attributes set on `ctx` are its own."""

    _forward_cls: Any = None
    _tracked: tuple = ()  # for each argument, whether it is a tensor
    _cleared = False
    _saves = _takes_undefined = True
    __repr__ = object.__repr__
    _raw_saved_tensors = property(raw_saved_tensors)

    @property
    def saved_tensors(self) -> tuple:
        """What `save_for_backward` kept. RuntimeError if it was freed, or modified in place since."""
        if self._cleared:
            raise messages.error("function.cleared")
        tensors = tuple([saved_tensor(self, place) for place in places(self).values()])
        if self._forward_cls.clear_saved_tensors_on_access:
            self._saved, self._cleared = (), True
        return tensors

    @property
    def saved_variables(self) -> tuple:
        """The old name of `saved_tensors`."""
        messages.warn("function.saved_variables")
        return self.saved_tensors

    def __call__(self, *grads: Any) -> Any:
        raise messages.error("function.call", self)

    def apply(self, *grads: Any) -> Any:
        """Call the user's `backward`, or `vjp`."""
        function = self._forward_cls
        own = [each for each in (function.backward, function.vjp) if each is not Function.backward]
        user, *others = own or [Function.backward]
        messages.require(not others, "function.two_backwards")
        return user(self, list(grads)) if function.boxed_grads_call else user(self, *grads)

    def backward(self, g: Any, edges: tuple, raw: bool) -> list:
        results = self.apply(
            *[self._materialized(nr, part, raw) for nr, part in enumerate(g or [None] * self._outputs)]
        )
        if not isinstance(results, tuple):
            results = (results,)
        n = len(self._tracked)
        if len(results) != n and not (len(results) > n and all(r is None for r in results[n:])):
            raise messages.error("function.count", self.name(), n, len(results))
        for i, (tracked, r) in enumerate(zip(self._tracked, results, strict=False), 1):
            if r is not None and not tracked:
                raise messages.error("function.no_variable", self.name(), i)
            if r is not None and not isinstance(r, Tensor):
                raise messages.error("function.gradient", r)
        parts = [r._data if raw and r is not None else r for r in itertools.compress(results, self._tracked)]
        return fitted(self, edges, parts, raw)

    def _materialized(self, nr: int, part: Any, raw: bool) -> Any:
        if part is None and self.materialize_grads and self._dtypes[nr] is not None:
            return wrap(np.zeros(self._shapes[nr], self._dtypes[nr])[()])
        return as_tensor(part, raw)


class FunctionMeta(type):
    """Gives each Function the class of its nodes, called after it."""

    def __init__(cls, name: str, bases: tuple, members: dict) -> None:
        super().__init__(name, bases, members)
        own = {"_forward_cls": cls, "__module__": "torch.autograd.function"}
        cls._backward_cls = type(f"{name}Backward", (BackwardCFunction,), own)


class Function(FunctionCtx, metaclass=FunctionMeta):
    """Base of operators with a derivative of their own: define `forward` and `backward`, call `apply`.

    clear_saved_tensors_on_access: let go of the saved tensors when they are first read. boxed_grads_call: `backward`
    takes its gradients as one list.
    """

    _backward_cls: Any
    clear_saved_tensors_on_access = boxed_grads_call = generate_vmap_rule = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        messages.warn("function.instance", type(self))

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        raise messages.error("function.legacy")

    @staticmethod
    def forward(*args: Any, **kwargs: Any) -> Any:
        """Compute the result. Called with `ctx` first, unless `setup_context` is defined."""
        raise messages.error("function.forward")

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple, output: Any) -> Any:
        """Save what `backward` needs, if `forward` takes no `ctx`."""
        raise messages.error("function.setup_context")

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Any) -> Any:
        """The gradients of the inputs, from those of the outputs: one for each argument, or None."""
        raise messages.error("function.backward")

    vjp = backward

    @classmethod
    def apply(cls, *args: Any, **kwargs: Any) -> Any:
        """Run `forward` and record it. Keyword arguments stand for the positional arguments of their names."""
        separate = cls.setup_context is not Function.setup_context
        if separate:
            bound = inspect.signature(cls.forward).bind(*args, **kwargs)
            bound.apply_defaults()
            args, kwargs = bound.args, bound.kwargs
        if kwargs:
            args += in_order(cls.forward, len(args), kwargs, 0 if separate else 1)
        node = new(cls._backward_cls)
        node._tracked = tuple([isinstance(a, Tensor) for a in args])
        node.needs_input_grad = tuple([isinstance(a, Tensor) and a.requires_grad for a in args])
        recorded = modes.grad and any(node.needs_input_grad)
        node._edges = tuple([edge_of(a) for a in args if isinstance(a, Tensor)]) if recorded else ()
        node._seq, node._extra, node._args, node._saved = next(sequence), None, (), ()
        previous, modes.grad = modes.grad, False
        try:
            output = cls.forward(*args) if separate else cls.forward(node, *args)
            if separate:
                cls.setup_context(node, args, output)
            outputs = list(output) if isinstance(output, tuple) else [output]
            attach(node, args, outputs, recorded)
        finally:
            modes.grad = previous
        return tuple(outputs) if isinstance(output, tuple) else outputs[0]


class InplaceFunction(Function):
    """The old base of functions that may work in place."""

    def __init__(self, inplace: bool = False) -> None:
        super().__init__()
        self.inplace = inplace


def in_order(forward: Callable, given: int, kwargs: dict, ctx: int) -> tuple:
    """The keyword arguments `kwargs` at the places of `forward`'s parameters, after the `given` positional ones."""
    code = forward.__code__
    names = code.co_varnames[ctx : code.co_argcount]
    for name in kwargs:
        messages.require(name in names, "function.unexpected", name)
        messages.require(names.index(name) >= given, "function.multiple", name)
    wanted = names[given : given + len(kwargs)]
    for position, name in enumerate(wanted, given):
        messages.require(name in kwargs, "function.missing", name, position)
    return tuple([kwargs[name] for name in wanted])


def among(t: Any, tensors: tuple | list) -> bool:
    return any(t is other for other in tensors)


def attach(node: BackwardCFunction, args: tuple, outputs: list, recorded: bool) -> None:
    """Give the outputs their history, in place, and the node what it has to save."""
    for t in node.dirty_tensors:
        messages.require(isinstance(t, Tensor), "function.dirty_type")
        t._bump()
    if not all(isinstance(t, Tensor) for t in node.non_differentiable):
        raise messages.error("function.non_differentiable_type")
    if not all(among(t, outputs) for t in node.dirty_tensors):
        raise messages.error("function.dirty_not_returned")
    node._shapes = tuple([o._data.shape if isinstance(o, Tensor) else None for o in outputs])
    node._dtypes = tuple([o._data.dtype if isinstance(o, Tensor) else None for o in outputs])
    for nr, o in enumerate(outputs):
        if isinstance(o, Tensor):
            outputs[nr] = give_history(node, nr, o, among(o, args), recorded)
    if sum(isinstance(o, Tensor) and o._node is not None for o in outputs) > 1:
        for o in outputs:
            if isinstance(o, Tensor) and o._base is not None:
                o._origin = "multi"
    if recorded:
        node._saved, node.to_save = tuple([saved(node, i, t, outputs) for i, t in enumerate(node.to_save)]), ()
        for observer in modes.observers:
            observer(node)


def give_history(node: BackwardCFunction, nr: int, o: Tensor, is_input: bool, recorded: bool) -> Tensor:
    """The output `o` as the caller gets it: an input that is returned as it is becomes a view of itself."""
    changed = among(o, node.dirty_tensors)
    if not recorded or among(o, node.non_differentiable) or o._data.dtype.kind not in "fc":
        if o.requires_grad and is_input:
            return o.detach()
        if o.requires_grad and o._base is None:
            o._node, o._rg = None, False
        elif is_input and not changed and not o.requires_grad:
            o = ops.alias(o)
    elif changed:
        messages.require(o._is_made() or not o._rg, "function.leaf")
        if not is_input:
            messages.warn("function.dirty_no_input")
        o._grad = None  # it was that of the old value
        if o._base is not None:
            messages.require_same(node._outputs, 1, "function.dirty_view")
            check_writable(o)
        rebase(o, node if o._base is not None else output_edge(node, nr))
    else:
        if is_input:
            separate = node._forward_cls.setup_context is not Function.setup_context
            messages.require(not (separate and among(o, node.to_save)), "function.saved_as_is")
            o = ops.alias(o)
        o._node, o._rg = output_edge(node, nr), False
    if o._base is not None and not (is_input and changed):
        o._origin = "custom"
        if isinstance(o._node, Stale):
            o._node.origin = o._origin
    return o


def saved(node: BackwardCFunction, place: int, t: Any, outputs: list) -> Any:
    """What the node keeps of `t`: with its version; an output without a reference to itself."""
    if t is None:
        return None
    if not isinstance(t, Tensor):
        raise messages.error("function.save", place, t)
    if not (among(t, outputs) and isinstance(t._node, Slot) and t._node.node is node):
        return t, t._vc[0]
    entry = new(Saved)
    entry._data, entry._vc, entry.version, entry.nr = t._data, t._counter(), t._vc[0], t._node.nr
    return entry


class Error(Node):
    """Where a gradient comes from that may not be differentiated again."""

    __slots__ = ()

    def name(self) -> str:
        return "torch::autograd::Error"

    def backward(self, g: Any, edges: tuple, raw: bool) -> Any:
        raise messages.error("function.once")


def once_differentiable(fn: Callable) -> Callable:
    """For a `backward` that can't itself be differentiated: doing so is an error, not a wrong number."""

    @functools.wraps(fn)
    def wrapper(ctx: Any, *args: Any, **kwargs: Any) -> Any:
        with no_grad():
            outputs = fn(ctx, *args, **kwargs)
        if not modes.grad or not any(isinstance(g, Tensor) and g.requires_grad for g in args):
            return outputs
        if not isinstance(outputs, tuple):
            return refuse(outputs)
        return tuple([refuse(o) for o in outputs])

    return wrapper


def refuse(t: Tensor | None) -> Tensor | None:
    """`t` with a history that raises an error when it is gone back through."""
    if t is None:
        return None
    t = t.detach()
    t._node = make_node(Error, (t.detach().requires_grad_(),), (), t._data)
    return t
