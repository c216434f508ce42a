"""The graph: nodes, their outputs, and what they keep for the backward pass."""

from __future__ import annotations

import functools
import gc
import itertools
import re
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

from refgrad import messages
from refgrad.modes import modes

sequence = itertools.count()
NODE, SLOT, LEAF = range(3)
INHERITED = "inherited"  # `_rg` of a view that requires grad because its base does: no gradient arrives at it
UNLISTED = {
    "CopyBackwards",
    "CopySlices",
    "NotImplemented",
}  # operators that are not in PyTorch's own table of derivatives


class Extra:
    """What few nodes have: hooks by kind, tensors that retain their gradient, the leaves' nodes, metadata."""

    leaves: Any = ()

    def __init__(self) -> None:
        self.pre_hooks, self.post_hooks = OrderedDict(), OrderedDict()
        self.tensor_hooks, self.retains, self.metadata = {}, {}, {}  # the first two by the number of the output


class Node:
    """A recorded operation. `_edges` lead to where its gradients go: nodes, slots of nodes, leaf tensors, or None."""

    __slots__ = ("__weakref__", "_args", "_edges", "_extra", "_saved", "_seq", "dtype", "shape")
    _kind = NODE
    _op: Any = None
    _extra: Extra | None
    _saves = False
    _late = False  # whether it is yet to be said what it comes from
    _takes_undefined = False  # whether it runs where no gradient has come, too
    _outputs: Any = 1
    requires_grad = True
    metadata = property(lambda self: self.more().metadata)

    def backward(self, g: Any, edges: tuple, raw: bool) -> Any:
        """The gradients of the inputs, aligned with `edges`, None where an edge is None. raw: arrays, not tensors."""
        raise NotImplementedError

    def name(self) -> str:
        """What PyTorch calls it, as in `grad_fn=<...>`."""
        name = type(self).__name__
        return f"torch::autograd::{name}" if name in UNLISTED else name

    def __reduce_ex__(self, protocol: Any) -> Any:
        raise messages.error("engine.pickled", self)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} object at {id(self):#x}>"

    def more(self) -> Extra:
        """What it has that few nodes have, from now on."""
        if self._extra is None:
            self._extra = Extra()
        return self._extra

    def _sequence_nr(self) -> int:
        return self._seq


class MultiNode(Node):
    """A node of several outputs; what its outputs are like is in `_shapes` and `_dtypes`."""

    __slots__ = ("_dtypes", "_shapes")
    _outputs = property(lambda self: len(self._shapes))


class Slot:
    """One output of a node that has several."""

    __slots__ = ("dtype", "node", "nr", "shape")
    _kind, _late = SLOT, False

    def __init__(self, node: Node, nr: int, shape: tuple, dtype: Any) -> None:
        self.node, self.nr, self.shape, self.dtype = node, nr, shape, dtype

    def name(self) -> str:
        """What PyTorch calls the node."""
        return self.node.name()


class Saved:
    """A result kept for the backward pass: its data and version, but no reference to the tensor, whose node keeps this."""

    __slots__ = ("_data", "_vc", "made", "nr", "version", "view")
    tensor: Any  # put here by tensor.py: the saved result as a tensor


class Untracked(list):
    """In the place of an inference tensor's version: it has none, and so may not be saved."""

    def __getitem__(self, index: Any) -> Any:
        raise messages.error("engine.inference_saved")


INFERENCE = Untracked([0])


def node_of(edge: Any) -> Any:
    """The node that `edge` leads to; a leaf is its own."""
    return edge if edge is None or edge._kind in (NODE, LEAF) else edge.node


@functools.cache
def renamed(node_type: type, name: str) -> type:
    """The class of the same nodes under another name."""
    return type(name, (node_type,), {"__slots__": ()})


def as_node(result: Any, name: str) -> Any:
    """`result`, made by several operators, its node under the name that PyTorch has for all of them."""
    edge = (result[0] if isinstance(result, tuple) else result)._node
    if edge is not None:
        node = node_of(edge)
        node.__class__ = renamed(node.__class__, name)
    return result


def node(name: str) -> Callable:
    """Decorates a function whose result's node PyTorch calls `name`."""

    def decorate(function: Callable) -> Callable:
        @functools.wraps(function)
        def named(*args: Any, **kwargs: Any) -> Any:
            return as_node(function(*args, **kwargs), name)

        return named

    return decorate


def leading_to(leaf: Any) -> list[Node]:
    """The nodes that are still there and have an edge to `leaf`, which knows of none: the garbage collector does."""
    tuples = [each for each in gc.get_referrers(leaf) if each.__class__ is tuple]
    return [n for each in tuples for n in gc.get_referrers(each) if isinstance(n, Node) and n._edges is each]


def output_of(edge: Any, nr: int = 0) -> str:
    """What messages call it: `0 of Mul`, a node's name without "Backward0", or "Backward" before another number."""
    return f"{getattr(edge, 'nr', nr)} of " + re.sub(r"Backward0?(\d*)$", r"\1", node_of(edge).name())


freed = functools.partial(messages.error, "engine.freed")


def arrives(edge: Any) -> bool:
    """Whether a gradient that is sent to `edge` comes to anything."""
    return edge is not None and (edge._kind != LEAF or edge._rg is not INHERITED)


def unkept(node: Node, edges: Any, needing: tuple, count: int) -> tuple[list, tuple]:
    """The `edges` that go on from `node`, and None for each of the `count` values that it has not saved, or not any more.

    RuntimeError where a gradient goes to one of those that are `needing` what was saved.
    """
    if any(arrives(node._edges[i]) for i in needing):
        raise freed()
    return [edge if arrives(edge) else None for edge in edges], (None,) * count


def modified(node: Node | None, saved: Any, expected: Any) -> Exception:
    """The error for a value that was changed after `node` had saved it, at version `expected`."""
    if isinstance(saved, tuple):  # the tensors of an index
        versions = zip(saved.tensors, expected, strict=True)
        saved, expected = next((t, version) for t, version in versions if t._vc[0] != version)
    if saved.__class__ is not Saved and saved._vc[0] == expected:
        return messages.error("engine.detached")
    saved = getattr(saved, "made", None) if getattr(saved, "made", None) is not None else saved
    edge = node if saved.__class__ is Saved and saved._data.dtype.kind in "fc" else getattr(saved, "_node", None)
    if saved.__class__ is Saved:  # of a result that was put into a view: its history then, if anybody kept that
        edge = getattr(saved, "view", lambda: None)() or edge
    made = "" if edge is None else f", which is output {output_of(edge, getattr(saved, 'nr', 0))},"
    hint = messages.text("engine.hint" if modes.anomaly is None else "engine.anomaly_hint")
    data = saved._data
    kind = messages.SPELL["dtype"](data)
    kind = f"CPU{kind}Type" if data.dtype.kind in "bc" else f"torch.{kind}Tensor"
    return messages.error("engine.modified", made, saved._vc[0], expected, hint, kind=kind, saved=data)
