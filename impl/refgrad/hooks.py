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

from refgrad import dtypes
from refgrad.derivatives import TABLE
from refgrad.errors import explain
from refgrad.node import MultiNode, Node, Untracked, node_of
from refgrad.tensor import Tensor, wrap
from refgrad.views import check_inference


class RemovableHandle:
    """What registering a hook gives back: `remove()` takes the hook away. Also a context manager."""

    next_id = 0

    def __init__(self, hooks_dict: dict) -> None:
        self.hooks_dict_ref = weakref.ref(hooks_dict)
        self.id = RemovableHandle.next_id
        RemovableHandle.next_id += 1

    def remove(self) -> None:
        hooks = self.hooks_dict_ref()
        if hooks is not None:
            hooks.pop(self.id, None)

    def __enter__(self) -> RemovableHandle:
        return self

    def __exit__(self, *error: Any) -> None:
        self.remove()


RemovableHandle.__module__ = "torch.utils.hooks"


def add_hook(hooks: dict, hook: Callable) -> RemovableHandle:
    handle = RemovableHandle(hooks)
    hooks[handle.id] = hook
    return handle


def tensor_hooks(t: Tensor) -> dict:
    """Where the hooks of `t` are kept: a leaf's on the leaf, others on the node, which a change in place replaces."""
    if t._node is None:
        if t._hooks is None:
            t._hooks = OrderedDict()
        return t._hooks
    return node_of(t._node).more().tensor_hooks.setdefault(t.output_nr, OrderedDict())


def hooks_of(t: Tensor) -> dict | None:
    """The hooks of `t`; None if it never had one."""
    if t._node is None:
        return t._hooks
    extra = node_of(t._node).extra
    return None if extra is None else extra.tensor_hooks.get(t.output_nr)


def set_hooks(t: Tensor, hooks: dict | None) -> None:
    tensor_hooks(t).clear()
    for hook in (hooks or {}).values():
        add_hook(tensor_hooks(t), hook)
    if t._node is None and not t._hooks:
        t._hooks = None


Tensor._backward_hooks = property(hooks_of, set_hooks)


def as_tensor(g: Any, raw: bool) -> Any:
    return g if g is None or not raw else wrap(g)


def as_tensors(gs: Any, raw: bool) -> tuple:
    return tuple([as_tensor(g, raw) for g in gs])


def as_gradient(t: Any, raw: bool) -> Any:
    return t._data if raw and t is not None else t


def checked(hook: Callable, result: Any, before: Any) -> Tensor:
    """`result`, which `hook` gave back in the place of `before`, if it may take that place."""
    if not isinstance(result, Tensor):
        raise TypeError(f"expected Variable, but hook returned '{type(result).__name__}'")
    name = getattr(hook, "__name__", "<unknown>")
    if before is not None and result._data.shape != before._data.shape:
        raise RuntimeError(f"hook '{name}' has changed the size of value")
    if before is not None and result._data.dtype != before._data.dtype:
        was, got = (dtypes.of_numpy(t._data.dtype).tensor_type for t in (before, result))
        raise RuntimeError(f"hook '{name}' has changed the type of value (was {was} got {got})")
    return result


def all_checked(hook: Callable, results: Any, before: tuple) -> tuple:
    if not isinstance(results, tuple):
        raise TypeError(f"expected tuple, but hook returned '{type(results).__name__}'")
    if len(results) != len(before):
        name = getattr(hook, "__name__", "<unknown>")
        raise RuntimeError(
            f"hook '{name}' has returned an incorrect number of values (got {len(results)}, but expected {len(before)})"
        )
    return tuple([r if r is None else checked(hook, r, b) for r, b in zip(results, before, strict=True)])


def through_hooks(hooks: dict, g: Any, raw: bool) -> Any:
    """Run tensor hooks on `g`; each may give back another gradient."""
    t = as_tensor(g, raw)
    for hook in list(hooks.values()):
        result = hook(t)
        if result is not None:
            t = checked(hook, result, t)
    return as_gradient(t, raw)


def through_node_hooks(hooks: dict, gs: Any, raw: bool, *others: tuple) -> list:
    """Run hooks of a node on `gs`; each is given `others`, too, and may give back another tuple of gradients."""
    tensors = as_tensors(gs, raw)
    for hook in list(hooks.values()):
        result = hook(tensors, *others)
        if result is not None:
            tensors = all_checked(hook, result, tensors)
    return [as_gradient(t, raw) for t in tensors]


def before_node(node: Node, extra: Any, g: Any, raw: bool) -> Any:
    """What the gradient `g` of the outputs becomes on its way into the node."""
    g = at_outputs(node, extra, g, raw)
    if not extra.pre_hooks:
        return g
    parts = through_node_hooks(extra.pre_hooks, g if isinstance(g, list) else [g] * node.outputs, raw)
    return joined(node, parts)


def at_outputs(node: Node, extra: Any, g: Any, raw: bool) -> Any:
    """Tensor hooks, then retained gradients: what runs even where the node itself does not."""
    parts = list(g) if isinstance(g, list) else [g] * node.outputs
    for nr, hooks in extra.tensor_hooks.items():
        parts[nr] = through_hooks(hooks, parts[nr], raw)
    for nr, reference in extra.retains.items():
        t = reference()
        if t is not None and parts[nr] is not None:
            store(t, parts[nr], raw)
    return joined(node, parts)


def joined(node: Node, parts: list) -> Any:
    if all(part is None for part in parts):
        return None
    return parts if isinstance(node, MultiNode) else parts[0]


def after_leaf(hooks: dict, leaf: Tensor) -> None:
    """Tell the post-accumulate hooks of `leaf` that its `.grad` has been added to."""
    for hook in list(hooks.values()):
        result = hook(leaf)
        if isinstance(result, Tensor) and result is not leaf:
            raise RuntimeError("Tensor post accumulate grad hooks should return None.")
        if result is not None and result is not leaf:
            raise TypeError(f"expected Variable, but hook returned '{type(result).__name__}'")


def laid_out(data: Any, g: np.ndarray) -> np.ndarray:
    """A copy of `g` that lies in memory as a leaf's `data` does."""
    if data.flags.c_contiguous:
        return g.copy()
    copy = np.empty_like(data)
    copy[...] = g
    return copy


def recorded_copy(t: Tensor, g: Tensor) -> Tensor:
    """A copy of `g`, to be the first gradient of `t`."""
    return TABLE["clone"].recorded(g) if t._node else TABLE["copy"].recorded(wrap(np.empty_like(t._data)), g)


def store(t: Tensor, g: Any, raw: bool) -> None:
    """Add `g` to `t.grad`: in place, unless the backward pass is itself recorded."""
    grad = t._grad
    if not raw:
        t._grad = recorded_copy(t, g) if grad is None else grad + g
    elif grad is None:
        t._grad = wrap(laid_out(t._data, g) if g.__class__ is np.ndarray else g)
    else:
        if grad._vc.__class__ is Untracked:
            check_inference()
        data = grad._data
        if data.__class__ is np.ndarray:
            try:
                data += g
            except ValueError as error:
                raise explain("add", error, data, g) from None
        else:
            grad._data = data + g
        grad._bump()
