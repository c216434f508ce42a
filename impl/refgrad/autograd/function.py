"""Operators with a derivative of the user's own."""

from __future__ import annotations

import functools
import inspect
import itertools
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from refgrad.engine import fitted
from refgrad.functions import ops
from refgrad.hooks import as_tensor
from refgrad.modes import modes
from refgrad.node import MultiNode, Node, Saved, Slot, freed, modified, sequence
from refgrad.tensor import Tensor, wrap
from refgrad.views import check_writable, edge_of, make_node, rebase

__all__ = ["BackwardCFunction", "Function", "FunctionCtx", "FunctionMeta", "InplaceFunction", "once_differentiable"]

new = object.__new__

LEAF_DIRTY = "a leaf Variable that requires grad has been used in an in-place operation."
DIRTY_NOT_RETURNED = (
    "Some elements marked as dirty during the forward method were not returned as output. The inputs that are modified "
    "inplace must all be outputs of the Function."
)
DIRTY_NO_INPUT = (
    "ctx.mark_dirty() received a tensor that was not an input. Only input Tensors that have been mutated should be "
    "passed to ctx.mark_dirty()."
)
DIRTY_VIEW = (
    "If your Function modifies inplace an input that is a view of another Tensor, your Function cannot return more than "
    "one Tensor. This is not supported by the current autograd engine. You should either make sure the input is not a "
    "view (using .clone() for example) or make your Function only return one Tensor (potentially splitting it into two "
    "Functions: one doing the inplace that returns a single Tensor and a second one that does the other operations). "
    "You can ask on the forum https://discuss.pytorch.org/ if you need help to do this change."
)
SAVED_AS_IS = (
    "An input that has been returned as-is as output is being saved for backward. This is not supported if you override "
    "setup_context. You should return and save a view of the input instead, e.g. with x.view_as(x) or setup ctx inside "
    "the forward function itself."
)
CLEARED = (
    "saved_tensors can only be accessed once when clear_saved_tensors_on_access=True is set on the autograd.Function. "
    "Either access saved_tensors only once, or set clear_saved_tensors_on_access=False."
)
TWO_BACKWARDS = (
    "Implementing both 'backward' and 'vjp' for a custom Function is not allowed. You should only implement one of "
    "them."
)
NO_BACKWARD = (
    "You must implement either the backward or vjp method for your custom autograd.Function to use it with backward "
    "mode AD."
)
SHARED_STORAGE = (
    "`mark_shared_storage` is deprecated. Tensors with shared storages are automatically tracked. Note that calls to "
    "`set_()` are not tracked"
)
INSTANCE = (
    "{} should not be instantiated. Methods on autograd functions are all static, so you should invoke them on the class "
    "itself. Instantiating an autograd function will raise an error in a future version of PyTorch."
)
LEGACY = (
    "Legacy autograd function with non-static forward method is deprecated. Please use new-style autograd function with "
    "static forward method. (Example: https://pytorch.org/docs/stable/autograd.html#torch.autograd.Function)"
)
TWICE = "trying to differentiate twice a function that was marked with @once_differentiable"


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
        if not all(t is None or isinstance(t, Tensor) for t in tensors):
            raise AssertionError(
                "save_for_forward expects all arguments to be tensors; you should save non-tensors as attributes on ctx."
            )

    def mark_dirty(self, *args: Tensor) -> None:
        """Say which inputs `forward` changed in place; they must be returned."""
        self.dirty_tensors = args

    def mark_shared_storage(self, *pairs: Any) -> None:
        """Deprecated, and of no effect."""
        warnings.warn(SHARED_STORAGE, FutureWarning, stacklevel=2)

    def mark_non_differentiable(self, *args: Tensor) -> None:
        """Say which outputs have no gradient."""
        self.non_differentiable = args

    def set_materialize_grads(self, value: bool) -> None:
        """Whether undefined gradients reach `backward` as zeros (the default) or as None."""
        if not isinstance(value, bool):
            raise TypeError(
                "set_materialize_grads received an invalid combination of arguments - got (), but expected (bool)"
            )
        self.materialize_grads = value


class BackwardCFunction(MultiNode, FunctionCtx):
    """The node of a custom function; attributes set on `ctx` are its own."""

    _forward_cls: Any = None
    tracked: tuple = ()  # for each argument, whether it is a tensor
    cleared = False
    saves = takes_undefined = True
    __repr__ = object.__repr__

    @property
    def saved_tensors(self) -> tuple:
        """What `save_for_backward` kept. RuntimeError if it was freed, or modified in place since."""
        if self.cleared:
            raise RuntimeError(CLEARED)
        if self.saved is None:
            raise freed()
        tensors = tuple([self._restore(entry) for entry in self.saved])
        if self._forward_cls.clear_saved_tensors_on_access:
            self.saved, self.cleared = (), True
        return tensors

    @property
    def saved_variables(self) -> tuple:
        """The old name of `saved_tensors`."""
        warnings.warn("'saved_variables' is deprecated; use 'saved_tensors'", DeprecationWarning, stacklevel=2)
        return self.saved_tensors

    def _restore(self, entry: Any) -> Any:
        if entry is None:
            return None
        held, version = entry if entry.__class__ is tuple else (entry, entry.version)
        if held._vc[0] != version:
            raise modified(self, held, version)
        return held.tensor(self if entry.nr is not None else None) if held is entry else held

    def __call__(self, *grads: Any) -> Any:
        raise TypeError(f"'{type(self).__name__}' object is not callable")

    def apply(self, *grads: Any) -> Any:
        """Call the user's `backward`, or `vjp`."""
        function = self._forward_cls
        if function.vjp is not Function.vjp and function.backward is not Function.backward:
            raise RuntimeError(TWO_BACKWARDS)
        user = function.backward if function.vjp is Function.vjp else function.vjp
        return user(self, list(grads)) if function.boxed_grads_call else user(self, *grads)

    def backward(self, g: Any, edges: tuple, raw: bool) -> list:
        results = self.apply(*[self._materialized(nr, part, raw) for nr, part in enumerate(g or [None] * self.outputs)])
        if not isinstance(results, tuple):
            results = (results,)
        n = len(self.tracked)
        if len(results) != n and not (len(results) > n and all(r is None for r in results[n:])):
            raise RuntimeError(
                f"function {self.name()} returned an incorrect number of gradients (expected {n}, got {len(results)})"
            )
        for i, (tracked, r) in enumerate(zip(self.tracked, results, strict=False), 1):
            if r is not None and not tracked:
                raise RuntimeError(
                    f"function {self.name()} returned a gradient different than None at position {i}, but the "
                    "corresponding forward input was not a Variable"
                )
            if r is not None and not isinstance(r, Tensor):
                raise RuntimeError(f"expected Variable or None (got {type(r).__name__})")
        results = itertools.compress(results, self.tracked)
        parts = [r._data if raw and r is not None else r for r in results]
        return fitted(self, edges, parts, raw)

    def _materialized(self, nr: int, part: Any, raw: bool) -> Any:
        if part is None and self.materialize_grads and self.dtype[nr] is not None:
            return wrap(np.zeros(self.shape[nr], self.dtype[nr])[()])
        return as_tensor(part, raw)


class FunctionMeta(type):
    """Gives each Function the class of its nodes, called after it."""

    def __init__(cls, name: str, bases: tuple, members: dict) -> None:
        super().__init__(name, bases, members)
        cls._backward_cls = type(
            f"{name}Backward", (BackwardCFunction,), {"_forward_cls": cls, "__module__": "torch.autograd.function"}
        )


class Function(FunctionCtx, metaclass=FunctionMeta):
    """Base of operators with a derivative of their own: define `forward` and `backward`, call `apply`.

    clear_saved_tensors_on_access: let go of the saved tensors when they are first read. boxed_grads_call: `backward`
    takes its gradients as one list.
    """

    _backward_cls: Any
    clear_saved_tensors_on_access = boxed_grads_call = generate_vmap_rule = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        warnings.warn(INSTANCE.format(type(self)), DeprecationWarning, stacklevel=2)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        raise RuntimeError(LEGACY)

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
        """The gradients of the inputs, from those of the outputs: one for each argument, or None."""
        raise NotImplementedError(NO_BACKWARD)

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
        node.tracked = tuple([isinstance(a, Tensor) for a in args])
        node.needs_input_grad = tuple([isinstance(a, Tensor) and a.requires_grad for a in args])
        recorded = modes.grad and any(node.needs_input_grad)
        node.edges = tuple([edge_of(a) for a in args if isinstance(a, Tensor)]) if recorded else ()
        node.seq, node.extra, node.args, node.saved = next(sequence), None, (), ()
        previous = modes.grad
        modes.grad = False
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
        if name not in names:
            raise TypeError(f"forward() got an unexpected keyword argument '{name}'")
        if names.index(name) < given:
            raise TypeError(f"forward() got multiple values for argument '{name}'")
    for position, name in enumerate(names[given : given + len(kwargs)], given):
        if name not in kwargs:
            raise TypeError(f"forward() missing required argument: '{name}' (position {position})")
    return tuple([kwargs[name] for name in names[given : given + len(kwargs)]])


def among(t: Any, tensors: tuple | list) -> bool:
    return any(t is other for other in tensors)


def attach(node: BackwardCFunction, args: tuple, outputs: list, recorded: bool) -> None:
    """Give the outputs their history, in place, and the node what it has to save."""
    for t in node.dirty_tensors:
        if not isinstance(t, Tensor):
            raise RuntimeError("mark_dirty can only accept variables, but argument ")
        t._bump()
    if not all(isinstance(t, Tensor) for t in node.non_differentiable):
        raise RuntimeError("mark_non_differentiable only accepts variable arguments, but got ")
    returned = list(outputs)
    node.shape = tuple([o._data.shape if isinstance(o, Tensor) else None for o in outputs])
    node.dtype = tuple([o._data.dtype if isinstance(o, Tensor) else None for o in outputs])
    for nr, o in enumerate(outputs):
        if isinstance(o, Tensor):
            outputs[nr] = give_history(node, nr, o, among(o, args), recorded)
    if not all(among(t, returned) for t in node.dirty_tensors):
        raise RuntimeError(DIRTY_NOT_RETURNED)
    if sum(isinstance(o, Tensor) and o._node is not None for o in outputs) > 1:
        for o in outputs:
            if isinstance(o, Tensor) and o._base is not None:
                o._origin = "multi"
    if recorded:
        save(node, outputs)
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
        if o._rg and o._node is None:
            raise RuntimeError(LEAF_DIRTY)
        if not is_input:
            warnings.warn(DIRTY_NO_INPUT, UserWarning, stacklevel=4)
        if o._base is not None and node.outputs > 1:
            raise RuntimeError(DIRTY_VIEW)
        if o._base is not None:
            check_writable(o)
        rebase(o, node if o._base is not None else Slot(node, nr, node.shape[nr], node.dtype[nr]))
    else:
        if is_input:
            if among(o, node.to_save) and node._forward_cls.setup_context is not Function.setup_context:
                raise RuntimeError(SAVED_AS_IS)
            o = ops.alias(o)
        o._node, o._rg = Slot(node, nr, node.shape[nr], node.dtype[nr]), False
    if o._base is not None and not (is_input and changed):
        o._origin = "custom"
    return o


def save(node: BackwardCFunction, outputs: list) -> None:
    """Save what the user asked for; outputs without a reference to themselves."""
    entries: list = []
    for i, t in enumerate(node.to_save):
        if t is None:
            entries.append(None)
        elif not isinstance(t, Tensor):
            raise TypeError(
                f"save_for_backward can only save variables, but argument {i} is of type {type(t).__name__}"
            )
        elif among(t, outputs) and t._node.__class__ is Slot and t._node.node is node:
            saved = new(Saved)
            saved._data, saved._vc, saved.version, saved.nr = t._data, t._counter(), t._vc[0], t._node.nr
            entries.append(saved)
        else:
            entries.append((t, t._vc[0]))
    node.saved = tuple(entries)
    node.to_save = ()


class Error(Node):
    """Where a gradient comes from that may not be differentiated again."""

    __slots__ = ()

    def name(self) -> str:
        return "torch::autograd::Error"

    def backward(self, g: Any, edges: tuple, raw: bool) -> Any:
        raise RuntimeError(TWICE)


def once_differentiable(fn: Callable) -> Callable:
    """For a `backward` that can't itself be differentiated: doing so is an error, not a wrong number."""

    @functools.wraps(fn)
    def wrapper(ctx: Any, *args: Any, **kwargs: Any) -> Any:
        recorded, modes.grad = modes.grad, False
        try:
            outputs = fn(ctx, *args, **kwargs)
        finally:
            modes.grad = recorded
        if not recorded or not any(isinstance(g, Tensor) and g.requires_grad for g in args):
            return outputs
        single = not isinstance(outputs, tuple)
        refused = tuple([o if o is None else refuse(o) for o in ((outputs,) if single else outputs)])
        return refused[0] if single else refused

    return wrapper


def refuse(t: Tensor) -> Tensor:
    t = t.detach()
    t._node = make_node(Error, (t.detach().requires_grad_(),), (), t._data)
    return t
