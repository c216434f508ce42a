"""The backward pass: each node once, the latest first, gradients added where paths meet."""

from __future__ import annotations

import warnings
from operator import attrgetter
from typing import Any

import numpy as np

from refgrad import dtypes
from refgrad.errors import shape_text
from refgrad.functions import to
from refgrad.modes import modes
from refgrad.node import LEAF, NODE, SLOT, Node, node_of
from refgrad.tensor import Tensor, wrap
from refgrad.views import sum_to

by_sequence = attrgetter("seq")
CREATE_GRAPH = (
    "Using backward() with create_graph=True will create a reference cycle between the parameter and its gradient "
    "which can cause a memory leak. We recommend using autograd.grad when creating the graph to avoid this. If you "
    "have to use this function, make sure to reset the .grad fields of your parameters to None after use to break the "
    "cycle and avoid the leak."
)


def discover(roots: list) -> tuple[list, dict]:
    """All nodes that the edges `roots` lead to, the latest first, and how many edges lead to each leaf."""
    found: list = []
    uses: dict = {}
    seen = set()
    stack = []
    edges: Any = roots
    while True:
        for edge in edges:
            if edge is None:
                continue
            kind = edge._kind
            if kind == LEAF:
                uses[edge] = uses.get(edge, 0) + 1
                continue
            node = edge if kind == NODE else edge.node
            if node not in seen:
                seen.add(node)
                stack.append(node)
        if not stack:
            break
        node = stack.pop()
        found.append(node)
        edges = node.edges
    found.sort(key=by_sequence, reverse=True)
    return found, uses


class Wanted:
    """Of a graph, what has to be run for the gradients of the edges `targets`."""

    def __init__(self, nodes: list, targets: list) -> None:
        self.targets = {key_of(edge) for edge in targets}
        self.running: set = set()
        for node in reversed(nodes):
            if any(edge is not None and edge in self for edge in node.edges):
                self.running.add(node)

    def __contains__(self, edge: Any) -> bool:
        return key_of(edge) in self.targets or node_of(edge) in self.running


def key_of(edge: Any) -> Any:
    return (edge.node, edge.nr) if edge._kind == SLOT else edge


def arrive(buffers: dict, edge: Any, g: Any) -> None:
    """Add `g` to what has come to `edge` so far."""
    if edge._kind == SLOT:
        slots = buffers.get(edge.node)
        if slots is None:
            slots = buffers[edge.node] = [None] * edge.node.outputs
        slots[edge.nr] = g if slots[edge.nr] is None else slots[edge.nr] + g
    elif edge in buffers:
        buffers[edge] = buffers[edge] + g
    else:
        buffers[edge] = g


def run(
    roots: list, grads: list, keep_graph: bool, create_graph: bool, inputs: list | None = None, accumulate: bool = True
) -> dict:
    """Send `grads` back from the edges `roots`. Returns the gradients of the edges `inputs`, if these are given.

    accumulate: add to the `.grad` of leaves (of `inputs` alone, if given).
    """
    raw = not create_graph
    nodes, uses = discover(roots)
    wanted = None if inputs is None else Wanted(nodes, inputs)
    captured: dict = {}
    buffers: dict = {}
    sink = None if accumulate else captured
    previous = modes.grad
    modes.grad = create_graph
    try:
        for edge, g in zip(roots, grads):
            arrive(buffers, edge, g)
            if edge._kind == LEAF:
                uses[edge] -= 1
                if not uses[edge]:
                    finish(edge, buffers.pop(edge), raw, wanted, sink)
        for node in nodes:
            g = buffers.pop(node, None)
            edges = node.edges
            extra = node.extra
            if g is not None and extra is not None:
                g = before_node(node, extra, g, raw)
            if wanted is not None:
                keep_captured(node, g, wanted.targets, captured)
                if node not in wanted.running:
                    continue
                edges = tuple([e if e is not None and e in wanted else None for e in edges])
            if g is None:
                gs: Any = (None,) * len(edges)
            else:
                gs = node.backward(g, edges, raw)
                if not keep_graph:
                    node.saved = None
                if extra is not None and extra.post_hooks:
                    gs = after_node(extra, gs, g, raw)
            for edge, g in zip(edges, gs):
                if edge is None:
                    continue
                kind = edge._kind
                if g is not None:
                    like = edge if kind != LEAF else edge._data
                    if not raw:
                        g = fit(g, like, node)
                    elif g.shape != like.shape or g.dtype is not like.dtype:
                        g = fit_array(g, like, node)
                    if kind == SLOT or edge in buffers:
                        arrive(buffers, edge, g)
                    else:
                        buffers[edge] = g
                if kind == LEAF:
                    uses[edge] -= 1
                    if not uses[edge]:
                        finish(edge, buffers.pop(edge, None), raw, wanted, sink)
    finally:
        modes.grad = previous
    return captured


def finish(leaf: Tensor, g: Any, raw: bool, wanted: Any, sink: dict | None) -> None:
    """All gradients of `leaf` have come, `g` in sum: run its hooks, and add to its `.grad`, or put `g` into `sink`."""
    if g is None or not leaf._rg or (wanted is not None and leaf not in wanted.targets):
        return
    if leaf._hooks is not None:
        g = through_hooks(leaf._hooks, g, raw)
    if sink is not None:
        sink[leaf] = g
        return
    store(leaf, g, raw)
    if leaf._post_hooks:
        for hook in list(leaf._post_hooks.values()):
            hook(leaf)


def keep_captured(node: Node, g: Any, targets: set, captured: dict) -> None:
    """Note the gradient of `node`, or of those of its outputs that were asked for."""
    if isinstance(g, list):
        captured.update({(node, nr): part for nr, part in enumerate(g) if (node, nr) in targets and part is not None})
    elif g is not None and node in targets:
        captured[node] = g


def fit_array(g: Any, like: Any, node: Node) -> Any:
    """`g` in the shape and dtype of `like`."""
    if g.shape != like.shape:
        g = reduced(g, like.shape, node)
    return g if g.dtype == like.dtype else g.astype(like.dtype)


def fit(g: Any, like: Any, node: Node) -> Tensor:
    """`g` in the shape and dtype of `like`, recorded."""
    if not isinstance(g, Tensor):
        g = wrap(np.asarray(g, like.dtype)[()])
    if g._data.shape != like.shape:
        g = reduced(g, like.shape, node)
    return g if g._data.dtype == like.dtype else to(g, dtypes.of_numpy(like.dtype))


def reduced(g: Any, shape: tuple, node: Node) -> Any:
    """`g` summed to `shape`, where that undoes a broadcast."""
    lead = len(g.shape) - len(shape)
    if lead < 0 or any(n not in (1, m) for n, m in zip(shape, g.shape[lead:], strict=True)):
        raise RuntimeError(
            f"Function {node.name()} returned an invalid gradient at index 0 - got {shape_text(g.shape)} but expected "
            f"shape compatible with {shape_text(shape)}"
        )
    return sum_to(g, shape)


def as_tensor(g: Any, raw: bool) -> Any:
    return g if g is None or not raw else wrap(g)


def through_hooks(hooks: dict, g: Any, raw: bool) -> Any:
    """Run tensor hooks on `g`; each may give back another gradient."""
    t = as_tensor(g, raw)
    for hook in list(hooks.values()):
        result = hook(t)
        if result is not None:
            t = checked(result, t)
    return t._data if raw else t


def checked(result: Any, before: Tensor) -> Tensor:
    if not isinstance(result, Tensor):
        raise TypeError(f"expected Variable, but hook returned '{type(result).__name__}'")
    if result._data.shape != before._data.shape:
        raise RuntimeError("hook has changed the size of value")
    if result._data.dtype != before._data.dtype:
        raise RuntimeError("hook has changed the type of value")
    return result


def before_node(node: Node, extra: Any, g: Any, raw: bool) -> Any:
    """Tensor hooks, then retained gradients, then the node's own pre-hooks."""
    many = isinstance(g, list)
    parts = list(g) if many else [g]
    for nr, hooks in extra.tensor_hooks.items():
        if parts[nr] is not None:
            parts[nr] = through_hooks(hooks, parts[nr], raw)
    if extra.pre_hooks:
        tensors = tuple(as_tensor(p, raw) for p in parts)
        for hook in list(extra.pre_hooks.values()):
            result = hook(tensors)
            if result is not None:
                tensors = result if isinstance(result, tuple) else (result,)
        parts = [t._data if raw and t is not None else t for t in tensors]
    for nr, reference in extra.retains.items():
        t = reference()
        if t is not None and parts[nr] is not None:
            store(t, parts[nr], raw)
    return parts if many else parts[0]


def after_node(extra: Any, gs: Any, g: Any, raw: bool) -> Any:
    before = tuple(as_tensor(p, raw) for p in (g if isinstance(g, list) else [g]))
    tensors = tuple(as_tensor(p, raw) for p in gs)
    for hook in list(extra.post_hooks.values()):
        result = hook(tensors, before)
        if result is not None:
            tensors = result if isinstance(result, tuple) else (result,)
    return [t._data if raw and t is not None else t for t in tensors]


def store(t: Tensor, g: Any, raw: bool) -> None:
    """Add `g` to `t.grad`: in place, unless the backward pass is itself recorded."""
    grad = t._grad
    if not raw:
        t._grad = g if grad is None else grad + g
    elif grad is None:
        t._grad = wrap(g.copy() if g.__class__ is np.ndarray else g)
    else:
        data = grad._data
        if data.__class__ is np.ndarray:
            data += g
        else:
            grad._data = data + g
        grad._bump()


def warn_create_graph() -> None:
    warnings.warn(CREATE_GRAPH, UserWarning, stacklevel=3)
