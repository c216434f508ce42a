"""The backward pass: each node once, the latest first, gradients added where paths meet."""

from __future__ import annotations

from operator import attrgetter
from typing import Any

import numpy as np

from refgrad import dtypes, functions, hooks, messages
from refgrad.derivatives.complexes import real
from refgrad.hooks import store
from refgrad.modes import modes
from refgrad.node import LEAF, NODE, SLOT, Node, node_of
from refgrad.tensor import INHERITED, Like, Tensor, wrap
from refgrad.views import spread, sum_to

by_sequence = attrgetter("_seq")
UNKNOWN = Like(None, None)  # the shape and dtype of what a user's function gives back in the place of a tensor


def discover(roots: list) -> tuple[Any, dict]:
    """All nodes that the edges `roots` lead to, the latest first, and how many edges lead to each leaf."""
    edges = [*roots]
    seen: dict = {}
    uses: dict = {}
    for edge in edges:  # which grow on the way
        if edge is None:
            continue
        kind = edge._kind
        if kind == LEAF:
            uses[edge] = uses.get(edge, 0) + 1
            continue
        node = edge if kind == NODE else edge.node
        if node not in seen:
            seen[node] = None
            edges += node._edges
    return sorted(seen, key=by_sequence, reverse=True), uses


class Wanted:
    """Of a graph, what has to be run for the gradients of the edges `targets`; `running`: whose own nodes are run too.

    `edges`: of each node that is run, those that lead on to a target, None in the place of the others.
    """

    def __init__(self, nodes: list, targets: list, running: bool) -> None:
        self.targets = {key_of(edge) for edge in targets if edge._kind != LEAF or edge._rg is not INHERITED}
        self.sources = {node_of(edge) for edge in targets if edge._kind != LEAF}
        reached = self.reached = self.targets | self.sources  # nodes, and leaves
        self.edges: dict = {}
        for node in reversed(nodes):
            runs, all_lead_on = running and node in self.sources, True
            for e in node._edges:
                if e in reached or (e is not None and e._kind == SLOT and e.node in reached):
                    runs = True
                elif e is not None:
                    all_lead_on = False
            if runs:
                self.edges[node] = node._edges if all_lead_on else [e if e in self else None for e in node._edges]
                reached.add(node)

    def __contains__(self, edge: Any) -> bool:
        return edge in self.reached or (edge is not None and edge._kind == SLOT and edge.node in self.reached)


def key_of(edge: Any) -> Any:
    """What stands for `edge` in sets and dictionaries: slots of one output are the same edge."""
    return (edge.node, edge.nr) if edge._kind == SLOT else edge


def like_of(edge: Any) -> Any:
    """What has the shape and dtype of the gradients that go to `edge`."""
    return edge if edge._kind != LEAF else edge._like()


class Task:
    """A backward pass that is under way: what it runs, what has come where, and what to call at its end."""

    node: Any = None  # the one that is running, in anomaly mode
    sums: Any = frozenset()  # the leaves to which several gradients have come: nobody else has what is there

    def __init__(self, roots: list, inputs: Any, raw: bool, accumulate: bool) -> None:
        self.nodes, self.uses = discover(roots)
        self.wanted: Any = None if inputs is None else Wanted(self.nodes, inputs, accumulate)
        self.raw, self.accumulate = raw, accumulate
        self.buffers, self.captured, self.callbacks = {}, {}, []

    def will_reach(self, edge: Any) -> bool:
        """Whether a gradient comes to `edge` in this pass."""
        if edge._kind == LEAF:
            messages.require(self.accumulate, "engine.leaf_asked")
            return edge in self.uses and (self.wanted is None or edge in self.wanted.targets)
        if self.nodes.__class__ is list:
            self.nodes = set(self.nodes)
        return node_of(edge) in self.nodes and (self.wanted is None or edge in self.wanted)

    def arrive(self, edge: Any, g: Any) -> None:
        """Add `g` to what has come to `edge` so far."""
        buffers = self.buffers
        if edge._kind == SLOT:
            slots = buffers.get(edge.node)
            if slots is None:
                slots = buffers[edge.node] = [None] * edge.node._outputs
            slots[edge.nr] = g if slots[edge.nr] is None else slots[edge.nr] + g
        else:
            if edge._kind == LEAF and edge in buffers:
                self.sums = self.sums or set()
                self.sums.add(edge)
            buffers[edge] = buffers.pop(edge) + g if edge in buffers else g  # written over what nobody else holds

    def finish(self, leaf: Tensor, root: bool = False) -> None:
        """One more edge to `leaf` is done with. After the last, run its hooks, and add to its `.grad`, or keep it here.

        root: the pass starts there; its hooks are run whether or not anybody asked for its gradient.
        """
        left = self.uses[leaf] - 1
        if left:
            self.uses[leaf] = left
            return
        g, raw, extra = self.buffers.pop(leaf, None), self.raw, leaf._extra
        unasked = leaf._rg is INHERITED or (self.wanted is not None and leaf not in self.wanted.targets)
        if extra is not None and extra.hooks is not None and (root or not unasked):
            g = hooks.through_hooks(extra.hooks, g, raw)
        if unasked:
            return
        if not self.accumulate:
            self.captured[leaf] = g
            return
        if leaf._node is not None and g is not None:
            raise messages.error("engine.moved_leaf")
        node = extra and extra.accumulator and extra.accumulator()
        around = node and node._extra
        if around:
            (g,) = hooks.through_node_hooks(around.pre_hooks, [g], raw)
        if g is not None and leaf._rg:  # still
            store(leaf, g, raw, leaf in self.sums and not around and (extra is None or extra.hooks is None))
        if extra is not None and extra.post_hooks:
            hooks.through(extra.post_hooks, leaf, hooks.unchanged)
        if around:
            hooks.through_node_hooks(around.post_hooks, (), raw, hooks.as_tensors([g], raw))

    def capture(self, node: Node, g: Any) -> None:
        """Keep the gradient of `node`, or of those of its outputs, that was asked for."""
        parts = {(node, nr): part for nr, part in enumerate(g)} if isinstance(g, list) else {node: g}
        self.captured.update({k: g for k, g in parts.items() if k in self.wanted.targets and g is not None})


def run(roots: list, grads: list, keep: bool, create_graph: bool, inputs: Any = None, accumulate: bool = True) -> dict:
    """Send `grads` back from the edges `roots`. Returns the gradients of the edges `inputs`, if these are given.

    keep: do not free what the nodes have saved. create_graph: record the pass itself. accumulate: add to the `.grad` of
    leaves (of `inputs` alone, if given).
    """
    raw = not create_graph
    task = Task(roots, inputs, raw, accumulate)
    nodes, wanted, buffers = task.nodes, task.wanted, task.buffers
    leaves: list = []
    previous = modes.grad, modes.task
    modes.grad, modes.task = create_graph, task
    try:
        for edge, g in zip(roots, grads):
            if edge._kind == NODE and edge not in buffers:
                buffers[edge] = g
                continue
            task.arrive(edge, g)
            if edge._kind == LEAF:
                task.finish(edge, root=True)
        for node in nodes if modes.anomaly is None else modes.anomaly.follow(nodes):
            g = buffers.pop(node, None)
            edges = node._edges
            extra = node._extra
            if wanted is not None:
                edges = wanted.edges.get(node)
                source = node in wanted.sources
                if edges is None and extra is not None and (source or g is not None):  # hooks are called nonetheless
                    g = hooks.before_node(node, extra, g, raw, {})
                if source:
                    task.capture(node, g)
                if edges is None:
                    continue
            if extra is not None:
                g = hooks.before_node(node, extra, g, raw, extra.pre_hooks)
            gs: Any = (None,) * len(edges) if g is None and not node._takes_undefined else node.backward(g, edges, raw)
            if not keep:
                node._saved = None
            if extra is not None and (extra.post_hooks or modes.anomaly):
                gs = after_node(node, edges, gs, g, raw)
            for edge, g in zip(edges, gs):
                if edge is None:
                    continue
                like, kind = edge, edge._kind
                if kind == LEAF:
                    leaves.append(edge)
                    like = edge._data if edge._extra is None else edge._like()
                if g is not None:
                    data = g if raw else getattr(g, "_data", UNKNOWN)
                    if data.shape != like.shape or data.dtype is not like.dtype:
                        g = fit(g, like, node, raw)
                    if edge in buffers or kind == SLOT:
                        task.arrive(edge, g)
                    else:
                        buffers[edge] = g
            if leaves:  # when all gradients of the node have turned out to fit
                for edge in leaves:
                    task.finish(edge)
                leaves.clear()
        for callback in task.callbacks:
            callback()
    except Exception:
        if modes.anomaly is not None:
            modes.anomaly.report(task.node)
        raise
    finally:
        modes.grad, modes.task = previous
    return task.captured


def after_node(node: Node, edges: tuple, gs: Any, g: Any, raw: bool) -> list:
    """What the hooks of `node` make of the gradients `gs` that it has given; `g` is what it was given."""
    outputs = hooks.as_tensors(hooks.parts_of(node, g), raw)
    gs = hooks.through_node_hooks(node.more().post_hooks, fitted(node, edges, gs, raw), raw, outputs)
    if modes.anomaly is not None:
        modes.anomaly.check(node, gs)
    return gs


def fitted(node: Node, edges: tuple, gs: Any, raw: bool) -> list:
    """The gradients `gs` in the shapes and dtypes of what `edges` lead to; None where they lead nowhere."""
    return [None if e is None or g is None else fit(g, like_of(e), node, raw) for g, e in zip(gs, edges)]


def fit(g: Any, like: Any, node: Node, raw: bool = False) -> Any:
    """`g` in the shape and dtype of `like`; recorded, and a tensor, unless `raw`."""
    if not raw and not isinstance(g, Tensor):
        g = wrap(np.asarray(g, like.dtype)[()])
    shape = like.shape
    have = (g if raw else g._data).shape
    if have != shape:
        made = spread(shape, have)
        if made is None:
            raise misshapen(g, like, node)
        g = sum_to(g, shape, made)
    data = g if raw else g._data
    if like.dtype is None or data.dtype == like.dtype:
        return g
    if data.dtype.kind == "c" and like.dtype.kind != "c":
        g = real(g)
    return g.astype(like.dtype) if raw else functions.to(g, dtypes.of_numpy(like.dtype))


def misshapen(g: Any, like: Any, node: Node) -> Exception:
    """The error for the gradient `g` that `node` has given for what is `like` that, of which it has not the shape."""
    index = next((i for i, e in enumerate(node._edges) if e is not None and like_of(e) is like), 0)
    return messages.error("engine.gradient_shape", node.name(), index, g, like.shape)


def warn_create_graph() -> None:
    """Warn the caller of `backward`, which calls this."""
    messages.warn("engine.create_graph")
