"""Looking at the recorded graph: nodes, edges, hooks."""

from __future__ import annotations

import weakref
from collections import OrderedDict
from collections.abc import Callable
from typing import Any, NamedTuple

from refgrad.node import LEAF, Node, Slot, node_of
from refgrad.tensor import Tensor


class RemovableHandle:
    """What registering a hook gives back: `remove()` takes the hook away. Also a context manager."""

    next_id = 0

    def __init__(self, hooks: dict) -> None:
        self.hooks_dict_ref = weakref.ref(hooks)
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


def add_hook(hooks: dict, hook: Callable) -> RemovableHandle:
    handle = RemovableHandle(hooks)
    hooks[handle.id] = hook
    return handle


class AccumulateGrad(Node):
    """Where the graph ends in a leaf: it adds to the leaf's `.grad`."""

    __slots__ = ("variable",)

    def __init__(self, variable: Tensor) -> None:
        self.variable, self.edges, self.seq = variable, (), 2**64 - 1
        self.saved, self.args, self.extra = (), (), None

    def name(self) -> str:
        return "torch::autograd::AccumulateGrad"


def as_node(edge: Any) -> Any:
    """The node that an edge leads to; for a leaf, the one that accumulates there."""
    if edge is None or edge._kind != LEAF:
        return node_of(edge)
    reference = edge.__dict__.get("_accumulator")
    node = reference() if reference is not None else None
    if node is None:
        node = AccumulateGrad(edge)
        edge._accumulator = weakref.ref(node)
    return node


def next_functions(node: Node) -> tuple:
    return tuple((as_node(e), e.nr if e.__class__ is Slot else 0) for e in node.edges)


def register_hook(self: Node, hook: Callable) -> RemovableHandle:
    """Call `hook(grad_inputs, grad_outputs)` after the node has run; it may give back other grad_inputs."""
    return add_hook(self.more().post_hooks, hook)


def register_prehook(self: Node, hook: Callable) -> RemovableHandle:
    """Call `hook(grad_outputs)` before the node runs; it may give back others."""
    return add_hook(self.more().pre_hooks, hook)


class GradientEdge(NamedTuple):
    """An edge of the graph: a node, and which of its outputs."""

    node: Any
    output_nr: int
    ownership_token: Any = None


def get_gradient_edge(tensor: Tensor) -> GradientEdge:
    """The edge that the gradient of `tensor` arrives by."""
    if not tensor.requires_grad:
        raise RuntimeError("It is not possible to get the gradient edge for a Tensor that does not require gradients")
    return GradientEdge(as_node(tensor._node or tensor), tensor.output_nr)


Node.next_functions = property(next_functions)  # type: ignore[attr-defined]
Node.register_hook = register_hook  # type: ignore[attr-defined]
Node.register_prehook = register_prehook  # type: ignore[attr-defined]


def tensor_hooks(t: Tensor) -> dict:
    """Where the hooks of `t` are kept: a leaf's on the leaf, others on the node."""
    if t._node is None:
        if t._hooks is None:
            t._hooks = OrderedDict()
        return t._hooks
    return node_of(t._node).more().tensor_hooks.setdefault(t.output_nr, OrderedDict())
