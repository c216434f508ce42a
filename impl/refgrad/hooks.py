"""Hooks: functions of the user's that a backward pass calls with its gradients, and that may hand it others.

They run, around each node, in this order: those of the tensors that the node made, gradients that tensors retain, the
node's pre-hooks, the node, its hooks. A hook gets tensors; the pass itself deals in arrays where it is not recorded.
"""

from __future__ import annotations

import weakref
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

import numpy as np

from refgrad import messages
from refgrad.derivatives import TABLE
from refgrad.errors import explain
from refgrad.node import MultiNode, Node, Untracked
from refgrad.tensor import Tensor, wrap
from refgrad.views import check_inference, follow_all, overlaps


class RemovableHandle:
    """What registering a hook gives back: `remove()` takes the hook away. Also a context manager."""

    next_id = 0

    def __init__(self, hooks_dict: dict) -> None:
        self.hooks_dict_ref = weakref.ref(hooks_dict)
        self.id = RemovableHandle.next_id
        RemovableHandle.next_id += 1

    def remove(self) -> None:
        (self.hooks_dict_ref() or {}).pop(self.id, None)

    def __enter__(self) -> RemovableHandle:
        return self

    def __exit__(self, *error: Any) -> None:
        self.remove()


RemovableHandle.__module__ = "torch.utils.hooks"


def add_hook(hooks: dict, hook: Callable) -> RemovableHandle:
    """Enter `hook` into `hooks`, under the id of its handle."""
    handle = RemovableHandle(hooks)
    hooks[handle.id] = hook
    return handle


def tensor_hooks(t: Tensor) -> dict:
    """The hooks of `t`, which its node runs, if it has one. A change in place replaces that, and they stay behind."""
    extra = t._more()
    if extra.hooks is None:
        set_hooks(t, OrderedDict())
    return extra.hooks


def hooks_of(t: Tensor) -> dict | None:
    """The hooks of `t`; None if it never had one."""
    return t._extra and t._extra.hooks


def set_hooks(t: Tensor, hooks: dict | None) -> None:
    """Let `t` have the hooks that `hooks` holds, and will hold; None: no hooks."""
    node = t.grad_fn
    t._more().hooks = hooks
    if node is not None:
        node.more().tensor_hooks[t.output_nr] = OrderedDict() if hooks is None else hooks


Tensor._backward_hooks = property(hooks_of, set_hooks)


def as_tensor(g: Any, raw: bool) -> Any:
    """The gradient `g` as hooks get it. raw: it is an array."""
    return wrap(g) if raw and g is not None else g


def as_tensors(gs: Any, raw: bool) -> tuple:
    return tuple([as_tensor(g, raw) for g in gs])


def as_gradient(t: Any, raw: bool) -> Any:
    """The other way round: what hooks left, as the pass takes it."""
    return t._data if raw and t is not None else t


def through(hooks: dict, value: Any, checked: Callable, *others: tuple) -> Any:
    """Give `value`, and `others`, to each of `hooks`: what it gives back, if not None, takes the place of `value`."""
    for hook in list(hooks.values()):
        result = hook(value, *others)
        if result is not None:
            value = checked(getattr(hook, "__name__", "<unknown>"), result, value)
    return value


def checked(name: str, result: Any, before: Any) -> Tensor:
    """`result`, which the hook `name` gave back in the place of `before`, if it may take that place."""
    messages.require(isinstance(result, Tensor), "engine.hook_result", result)
    if before is not None:
        messages.require(result.shape == before.shape, "engine.hook_size", name)
        messages.require(result.dtype is before.dtype, "engine.hook_type", name, before, result)
    return result


def all_checked(name: str, results: Any, before: tuple) -> tuple:
    """`results`, which the hook `name` of a node gave back in the place of the gradients `before`, if they may."""
    messages.require(isinstance(results, tuple), "engine.hook_results", results)
    messages.require(len(results) == len(before), "engine.hook_count", name, len(results), len(before))
    return tuple([r if r is None else checked(name, r, b) for r, b in zip(results, before, strict=True)])


def through_hooks(hooks: dict, g: Any, raw: bool) -> Any:
    """Run tensor hooks on `g`; each may give back another gradient."""
    return as_gradient(through(hooks, as_tensor(g, raw), checked), raw)


def through_node_hooks(hooks: dict, gs: Any, raw: bool, *others: tuple) -> list:
    """Run hooks of a node on `gs`; each is given `others`, too, and may give back another tuple of gradients."""
    return [as_gradient(t, raw) for t in through(hooks, as_tensors(gs, raw), all_checked, *others)]


def before_node(node: Node, extra: Any, g: Any, raw: bool, pre_hooks: dict) -> Any:
    """What the gradient `g` of the outputs becomes on its way into the node: None, if none is left.

    Tensor hooks and retained gradients come before `pre_hooks`; they are there even where the node itself does not run.
    """
    parts = parts_of(node, g)
    for nr, hooks in extra.tensor_hooks.items():
        parts[nr] = through_hooks(hooks, parts[nr], raw)
    for nr, reference in extra.retains.items():
        t = reference()
        if t is not None and parts[nr] is not None:
            grad = t._grad
            if raw and grad is not None:  # what has the old one keeps it as it is
                t._grad = wrap(grad._data + parts[nr])
            else:
                store(t, parts[nr], raw)
    parts = through_node_hooks(pre_hooks, parts, raw)
    if not isinstance(node, MultiNode):
        return parts[0]
    return None if all(part is None for part in parts) else parts


def parts_of(node: Node, g: Any) -> list:
    """The gradient of each output of `node`, out of what comes to it."""
    return list(g) if isinstance(g, list) else [g] * node._outputs


def unchanged(name: str, result: Any, leaf: Tensor) -> Tensor:
    """`leaf`, which its post-accumulate hook `name` has been told of, and may give back at most itself."""
    if result is not leaf:
        raise messages.error("engine.leaf_hook" if isinstance(result, Tensor) else "engine.hook_result", result)
    return leaf


def first_gradient(t: Tensor, g: Any, raw: bool, own: bool) -> Tensor:
    """`g`, or a copy if others may have it, to be the `.grad` of `t`; a leaf's lies in memory as its data does."""
    if not raw:
        return TABLE["clone"].recorded(g) if t._node else TABLE["copy"].recorded(wrap(np.empty_like(t._data)), g)
    if g.__class__ is not np.ndarray:
        return wrap(g)
    if t._node is not None or (t._data.flags.c_contiguous and t._data.shape == g.shape):
        return wrap(g if own and g.flags.c_contiguous else g.copy())
    if t._data.shape != g.shape and strides_fit(g, t._data):
        return wrap(g.copy())
    copy = np.zeros_like(t._data, g.dtype)
    if g.shape == copy.shape:
        copy[...] = g
    else:  # the leaf has got another shape since
        add_into(copy, g)
    return wrap(copy)


def strides_fit(g: np.ndarray, data: np.ndarray) -> bool:
    """Whether `g` lies in memory as `data` does, as far as PyTorch looks: not at shapes, nor at dimensions of size 1.

    Where `data` had more dimensions once, those of `g`, it finds the steps that they had then.
    """
    before = np.empty(g.shape, g.dtype).strides
    steps = zip(g.shape, g.strides, (*data.strides, *before[data.ndim :]), strict=False)
    return all(n == 1 or step == wanted for n, step, wanted in steps)


def add_into(data: np.ndarray, g: Any) -> None:
    """Add `g` to the array `data`, to whose shape it may have to be broadcast."""
    try:
        total = data + g
    except ValueError as error:
        raise explain("add", error, data, g) from None
    messages.require(total.shape == data.shape, "views.output_shape", data, total)
    data[...] = total


def store(t: Tensor, g: Any, raw: bool, own: bool = False) -> None:
    """Add `g` to `t.grad`: in place, unless the backward pass is itself recorded. own: nobody else has `g`."""
    grad = t._grad
    if grad is None:
        t._grad = first_gradient(t, g, raw, own)
    elif not raw:
        t._grad = grad + g
    else:
        vc = grad._vc
        if vc.__class__ is Untracked:
            check_inference()
        data = grad._data
        if data.__class__ is not np.ndarray:
            grad._data = data + g
        elif data.shape != g.shape:
            add_into(data, g)
        elif data.base is not None and overlaps(data):
            raise messages.error("views.overlap")
        elif data.size > 1:
            data += g
        else:
            data[...] = data + g  # in half the time: NumPy looks long at one number that is operand and result
        if vc.__class__ is tuple:
            grad._vc = [1]
        elif vc.__class__ is list:
            vc[0] += 1
            if len(vc) > 1:  # there is, or was, a view
                follow_all(grad)
