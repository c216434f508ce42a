"""Looking at the recorded graph: its nodes and edges; hooks on nodes."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

from refgrad import dtypes, messages
from refgrad.autograd import saved_tensors
from refgrad.engine import fitted, store
from refgrad.hooks import RemovableHandle, add_hook
from refgrad.modes import modes
from refgrad.node import MultiNode, Node, Slot, node_of
from refgrad.tensor import INHERITED, Tensor
from refgrad.views import edge_of

__all__ = [
    "GradientEdge", "Node", "RemovableHandle", "add_hook", "allow_mutation_on_saved_tensors", "disable_saved_tensors_hooks",
    "get_gradient_edge", "increment_version", "register_multi_grad_hook", "save_on_cpu", "saved_tensors_hooks",
]  # fmt: skip

allow_mutation_on_saved_tensors = saved_tensors.allow_mutation_on_saved_tensors
disable_saved_tensors_hooks = saved_tensors.disable_saved_tensors_hooks
save_on_cpu, saved_tensors_hooks = saved_tensors.save_on_cpu, saved_tensors.saved_tensors_hooks


class AccumulateGrad(Node):
    """Where the graph ends in a leaf: it adds to the leaf's `.grad`. There is one only if somebody asked for it."""

    __slots__ = ("variable",)

    def __init__(self, variable: Tensor) -> None:
        self.variable, self._edges, self._seq = variable, (), 0xFFFF_FFFF_FFFF_FFFF
        self.shape, self.dtype = variable._data.shape, variable._data.dtype
        self._saved, self._args, self._extra = (), (), None

    def name(self) -> str:
        return "torch::autograd::AccumulateGrad"

    def backward(self, g: Any, edges: tuple, raw: bool) -> tuple:
        store(self.variable, g, raw)
        return ()


def as_node(edge: Any) -> Any:
    """The node that an edge leads to; for a leaf, the one that accumulates there."""
    if not isinstance(edge, Tensor):
        return node_of(edge)
    accumulator = edge._extra and edge._extra.accumulator
    node = accumulator and accumulator()
    if node is None or node.variable is not edge:
        node = AccumulateGrad(edge)
        edge._more().accumulator = weakref.ref(node)
    return node


def next_functions(node: Node) -> tuple:
    """For each input of the operation, the node that its gradient goes to, and to which of that node's outputs."""
    nodes = [None if isinstance(e, Tensor) and e._rg is INHERITED else as_node(e) for e in node._edges]
    leaves = [n for n in nodes if isinstance(n, AccumulateGrad)]
    if leaves:
        node.more().leaves = leaves  # they live, with their hooks, as long as the graph does
    return tuple((n, e.nr if isinstance(e, Slot) else 0) for n, e in zip(nodes, node._edges))


def register_hook(self: Node, hook: Callable) -> RemovableHandle:
    """Call `hook(grad_inputs, grad_outputs)` after the node has run; it may give back other grad_inputs."""
    return add_hook(self.more().post_hooks, hook)


def register_prehook(self: Node, hook: Callable) -> RemovableHandle:
    """Call `hook(grad_outputs)` before the node runs; it may give back others."""
    return add_hook(self.more().pre_hooks, hook)


def run_alone(self: Node, *grads: Tensor | None) -> Any:
    """The gradients of the node's inputs from those of its outputs, apart from any backward pass."""
    messages.require_same(len(grads), self._outputs, "autograd.arguments", self._outputs, len(grads))
    for i, g in enumerate(grads):
        messages.require(g is None or isinstance(g, Tensor), "autograd.argument", i)
    gs: Any = [None] * len(self._edges)
    if self._takes_undefined or any(g is not None for g in grads):
        gs = self.backward(list(grads) if isinstance(self, MultiNode) else grads[0], self._edges, raw=False)
    others = fitted(self, self._edges, [None if isinstance(g, Tensor) else g for g in gs], raw=False)
    trios = zip(gs, self._edges, others)  # of tensors, broadcasting is not undone
    results = tuple([g if isinstance(g, Tensor) and edge is not None else other for g, edge, other in trios])
    return results[0] if len(results) == 1 else results


class InputMetadata(NamedTuple):
    """What a node knows of one of its outputs, whose gradient is its input."""

    shape: list
    dtype: Any
    device: Any = dtypes.CPU
    is_nested_tensor: bool = False
    is_cpp_nested_tensor: bool = False


def input_metadata(node: Node) -> tuple:
    each = zip(node._shapes, node._dtypes) if isinstance(node, MultiNode) else [(node.shape, node.dtype)]
    return tuple(InputMetadata(list(shape), dtype and dtypes.of_numpy(dtype)) for shape, dtype in each)


def set_sequence_nr(self: Node, number: int) -> None:
    self._seq = number


MEMBERS = {
    "next_functions": property(next_functions), "register_hook": register_hook, "register_prehook": register_prehook,
    "_input_metadata": property(input_metadata), "_set_sequence_nr": set_sequence_nr, "__call__": run_alone,
    "__init_subclass__": classmethod(saved_tensors.show_kept),
    "_plan": None,  # of a node that no formula was compiled for
}  # fmt: skip
for _name, _member in MEMBERS.items():
    setattr(Node, _name, _member)


class GradientEdge(NamedTuple):
    """An edge of the graph: a node, and which of its outputs."""

    node: Any
    output_nr: int
    ownership_token: Any = None


def get_gradient_edge(tensor: Tensor) -> GradientEdge:
    """The edge that the gradient of `tensor` arrives by."""
    messages.require(tensor.requires_grad, "autograd.edge_history")
    return GradientEdge(as_node(tensor._node or tensor), tensor.output_nr)


class _MultiHandle(RemovableHandle):
    """The handle of one hook on several tensors."""

    def __init__(self, handles: Sequence[RemovableHandle]) -> None:
        self.handles = tuple(handles)

    def remove(self) -> None:
        for handle in self.handles:
            handle.remove()


def register_multi_grad_hook(tensors: Sequence[Tensor], fn: Callable, *, mode: str = "all") -> RemovableHandle:
    """Call `fn` with the gradients of `tensors`: once in a backward pass, and with what it gives back unused.

    mode: "all" calls `fn(grads)` when all those gradients are known that the pass will compute, with None for the
    others; "any" calls `fn(grad)` with the first. Raises ValueError for another mode.
    """
    first_alone = {"any": True, "all": False}.get(mode)
    messages.require(first_alone is not None, "autograd.hook_mode", mode)
    edges = [edge_of(t) for t in tensors]
    messages.require(first_alone or None not in edges, "autograd.hook_history")
    # of each backward pass that is under way: gradients so far, and those to come
    seen: Any = weakref.WeakKeyDictionary()

    def listener(index: int) -> Callable:
        def hook(grad: Tensor) -> None:
            if modes.task not in seen:
                seen[modes.task] = {}, {i for i, e in enumerate(edges) if e is not None and modes.task.will_reach(e)}
            grads, awaited = seen[modes.task]
            if first_alone and not grads:
                fn(grad)
            grads[index] = grad
            awaited.discard(index)
            if not (first_alone or awaited):
                fn([grads.get(i) for i in range(len(edges))])

        return hook

    return _MultiHandle([t.register_hook(listener(i)) for i, t in enumerate(tensors) if edges[i] is not None])


def increment_version(tensor: Tensor | Iterable[Tensor]) -> None:
    """Say that one tensor, or each of several, was changed in place by other means than its own methods."""
    tensors: Any = [tensor] if isinstance(tensor, Tensor) else tensor
    messages.require(isinstance(tensors, Iterable), "autograd.increment_many")
    for t in tensors:
        messages.require(isinstance(t, Tensor), "autograd.increment_tensor")
        t._bump()
