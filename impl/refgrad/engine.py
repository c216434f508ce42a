"""The backward pass: each node once, the latest first, gradients added where paths meet."""

from __future__ import annotations

import warnings
from operator import attrgetter
from typing import Any

import numpy as np

from refgrad import dtypes
from refgrad.conjugation import real_part
from refgrad.errors import shape_text
from refgrad.functions import to
from refgrad.hooks import after_leaf, as_tensors, at_outputs, before_node, store, through_hooks, through_node_hooks
from refgrad.modes import modes
from refgrad.node import LEAF, NODE, SLOT, Node, node_of
from refgrad.tensor import INHERITED, Tensor, wrap
from refgrad.views import sum_to

by_sequence = attrgetter("seq")
CREATE_GRAPH = (
    "Using backward() with create_graph=True will create a reference cycle between the parameter and its gradient "
    "which can cause a memory leak. We recommend using autograd.grad when creating the graph to avoid this. If you "
    "have to use this function, make sure to reset the .grad fields of your parameters to None after use to break the "
    "cycle and avoid the leak."
)
LEAF_IN_GRAD = (
    "A leaf node was passed to _will_engine_execute_node but we are currently running autograd.grad(). This is currently "
    "not supported."
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
    """Of a graph, what has to be run for the gradients of the edges `targets`; `running`: whose own nodes are run too."""

    def __init__(self, nodes: list, targets: list, running: bool) -> None:
        self.targets = {key_of(edge) for edge in targets}
        self.sources = {node_of(edge) for edge in targets if edge._kind != LEAF}
        self.running: set = set(self.sources) if running else set()
        for node in reversed(nodes):
            if any(edge is not None and edge in self for edge in node.edges):
                self.running.add(node)

    def __contains__(self, edge: Any) -> bool:
        return key_of(edge) in self.targets or node_of(edge) in self.running


def key_of(edge: Any) -> Any:
    return (edge.node, edge.nr) if edge._kind == SLOT else edge


class Task:
    """A backward pass that is under way: what it runs, for hooks that ask, and what to call at its end."""

    node: Any = None  # the one that is running, in anomaly mode

    def __init__(self, nodes: Any, uses: dict, wanted: Wanted | None, accumulate: bool) -> None:
        self.nodes, self.uses, self.wanted, self.accumulate = nodes, uses, wanted, accumulate
        self.callbacks: list = []

    def will_reach(self, edge: Any) -> bool:
        """Whether a gradient comes to `edge` in this pass."""
        if edge._kind == LEAF:
            if not self.accumulate:
                raise RuntimeError(LEAF_IN_GRAD)
            return edge in self.uses and (self.wanted is None or edge in self.wanted.targets)
        if self.nodes.__class__ is list:
            self.nodes = set(self.nodes)
        return node_of(edge) in self.nodes and (self.wanted is None or edge in self.wanted)


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
    wanted = None if inputs is None else Wanted(nodes, inputs, accumulate)
    captured: dict = {}
    buffers: dict = {}
    sink = None if accumulate else captured
    previous = modes.grad, modes.task
    modes.grad, modes.task = create_graph, Task(nodes, uses, wanted, accumulate)
    try:
        for edge, g in zip(roots, grads):
            arrive(buffers, edge, g)
            if edge._kind == LEAF:
                uses[edge] -= 1
                if not uses[edge]:
                    finish(edge, buffers.pop(edge), raw, wanted, sink)
        for node in nodes if modes.anomaly is None else modes.anomaly.follow(nodes):
            g = buffers.pop(node, None)
            edges = node.edges
            extra = node.extra
            if wanted is not None:
                runs = node in wanted.running
                if node in wanted.sources:
                    g_out = g if runs or extra is None else at_outputs(node, extra, g, raw)
                    keep_captured(node, g_out, wanted.targets, captured)
                if not runs:
                    continue
                edges = tuple([e if e is not None and e in wanted else None for e in edges])
            if extra is not None:
                g = before_node(node, extra, g, raw)
            gs: Any = (None,) * len(edges) if g is None and not node.takes_undefined else node.backward(g, edges, raw)
            if not keep_graph:
                node.saved = None
            if extra is not None and (extra.post_hooks or modes.anomaly):
                gs = after_node(node, edges, gs, g, raw)
            for edge, g in zip(edges, gs):
                if edge is None:
                    continue
                kind = edge._kind
                if g is not None:
                    like = edge if kind != LEAF else edge._like or edge._data
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
        for callback in modes.task.callbacks:
            callback()
    except Exception:
        if modes.anomaly is not None:
            modes.anomaly.report(modes.task.node)
        raise
    finally:
        modes.grad, modes.task = previous
    return captured


def finish(leaf: Tensor, g: Any, raw: bool, wanted: Any, sink: dict | None) -> None:
    """All gradients of `leaf` have come, `g` in sum: run its hooks, and add to its `.grad`, or put `g` into `sink`."""
    if leaf._rg is INHERITED or (wanted is not None and leaf not in wanted.targets):
        return
    if leaf._hooks is not None:
        g = through_hooks(leaf._hooks, g, raw)
    if sink is not None:
        sink[leaf] = g
        return
    if not leaf._rg:  # no longer
        return
    node = leaf._accumulator and leaf._accumulator()
    extra = node and node.extra
    if extra:
        (g,) = through_node_hooks(extra.pre_hooks, [g], raw)
    if g is not None:
        store(leaf, g, raw)
    if leaf._post_hooks:
        after_leaf(leaf._post_hooks, leaf)
    if extra:
        through_node_hooks(extra.post_hooks, (), raw, as_tensors([g], raw))


def after_node(node: Node, edges: tuple, gs: Any, g: Any, raw: bool) -> list:
    """What the hooks of `node` make of the gradients `gs` that it has given; `g` is what it was given."""
    outputs = as_tensors(g if isinstance(g, list) else [g] * node.outputs, raw)
    gs = through_node_hooks(node.more().post_hooks, fitted(node, edges, gs, raw), raw, outputs)
    if modes.anomaly is not None:
        modes.anomaly.check(node, gs)
    return gs


def fitted(node: Node, edges: tuple, gs: Any, raw: bool) -> list:
    """The gradients `gs` in the shapes and dtypes of what `edges` lead to; None where they lead nowhere."""
    shaped: Any = fit_array if raw else fit
    return [
        None
        if edge is None or g is None
        else shaped(g, (edge._like or edge._data) if edge._kind == LEAF else edge, node)
        for g, edge in zip(gs, edges)
    ]


def keep_captured(node: Node, g: Any, targets: set, captured: dict) -> None:
    """Note the gradient of `node`, or of those of its outputs that were asked for."""
    if isinstance(g, list):
        captured.update({(node, nr): part for nr, part in enumerate(g) if (node, nr) in targets and part is not None})
    elif g is not None and node in targets:
        captured[node] = g


def fit_array(g: Any, like: Any, node: Node) -> Any:
    """`g` in the shape and dtype of `like`."""
    if g.shape != like.shape:
        g = reduced(g, like, node)
    if like.dtype is None or g.dtype == like.dtype:
        return g
    return (g if like.dtype.kind == "c" else real_part(g)).astype(like.dtype)


def fit(g: Any, like: Any, node: Node) -> Tensor:
    """`g` in the shape and dtype of `like`, recorded."""
    if not isinstance(g, Tensor):
        g = wrap(np.asarray(g, like.dtype)[()])
    if g._data.shape != like.shape:
        g = reduced(g, like, node)
    if like.dtype is None or g._data.dtype == like.dtype:
        return g
    return to(real_part(g) if g.is_complex() and like.dtype.kind != "c" else g, dtypes.of_numpy(like.dtype))


def reduced(g: Any, like: Any, node: Node) -> Any:
    """`g` summed to the shape of `like`, where that undoes a broadcast."""
    shape = like.shape
    lead = len(g.shape) - len(shape)
    whole = lead >= 0 and g.shape[lead:] == shape
    if not whole and (lead < 0 or any(n not in (1, m) for n, m in zip(shape, g.shape[lead:]))):
        index = next((i for i, e in enumerate(node.edges) if e is like or getattr(e, "_data", None) is like), 0)
        raise RuntimeError(
            f"Function {node.name()} returned an invalid gradient at index {index} - got {shape_text(g.shape)} but expected "
            f"shape compatible with {shape_text(shape)}"
        )
    return sum_to(g, shape)


def warn_create_graph() -> None:
    warnings.warn(CREATE_GRAPH, UserWarning, stacklevel=3)
