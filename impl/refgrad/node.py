"""The graph: nodes, their outputs, and what they keep for the backward pass."""

from __future__ import annotations

import itertools
import re
from collections import OrderedDict
from typing import Any

import numpy as np

from refgrad import dtypes
from refgrad.modes import modes

sequence = itertools.count()
NODE, SLOT, LEAF = range(3)
UNLISTED = {"CopyBackwards", "CopySlices"}  # operators that are not in PyTorch's own table of derivatives

FREED = (
    "Trying to backward through the graph a second time (or directly access saved tensors after they have already been "
    "freed). Saved intermediate values of the graph are freed when you call .backward() or autograd.grad(). Specify "
    "retain_graph=True if you need to backward through the graph a second time or if you need to access saved tensors "
    "after calling backward."
)
MODIFIED = (
    "one of the variables needed for gradient computation has been modified by an inplace operation: [{type} "
    "{shape}]{made} is at version {found}; expected version {expected} instead. Hint: {hint}"
)
HINT = (
    "enable anomaly detection to find the operation that failed to compute its gradient, "
    "with torch.autograd.set_detect_anomaly(True, check_nan=False)."
)
ANOMALY_HINT = (
    "the backtrace further above shows the operation that failed to compute its gradient. The variable in question was "
    "changed in there or anywhere later. Good luck!"
)


class Extra:
    """What few nodes have: hooks by kind, tensors that retain their gradient, the leaves' nodes, metadata."""

    __slots__ = ("leaves", "metadata", "post_hooks", "pre_hooks", "retains", "tensor_hooks")

    def __init__(self) -> None:
        self.pre_hooks: dict = OrderedDict()
        self.post_hooks: dict = OrderedDict()
        self.tensor_hooks: dict[int, dict] = {}
        self.retains: dict[int, Any] = {}
        self.metadata: dict = {}
        self.leaves: list = []


class Node:
    """A recorded operation. `edges` lead to where its gradients go: nodes, slots of nodes, leaf tensors, or None."""

    __slots__ = ("__weakref__", "args", "dtype", "edges", "extra", "saved", "seq", "shape")
    _kind = NODE
    op: Any = None
    extra: Extra | None
    saves = False
    takes_undefined = False  # whether it runs where no gradient has come, too

    def backward(self, g: Any, edges: tuple, raw: bool) -> Any:
        """The gradients of the inputs, aligned with `edges`, None where an edge is None. raw: arrays, not tensors."""
        raise NotImplementedError

    def name(self) -> str:
        name = type(self).__name__
        return f"torch::autograd::{name}" if name in UNLISTED else name

    def __reduce_ex__(self, protocol: Any) -> Any:
        raise TypeError(f"cannot pickle '{type(self).__name__}' object")

    def __repr__(self) -> str:
        return f"<{type(self).__name__} object at {id(self):#x}>"

    @property
    def outputs(self) -> int:
        return 1

    def more(self) -> Extra:
        if self.extra is None:
            self.extra = Extra()
        return self.extra

    @property
    def metadata(self) -> dict:
        return self.more().metadata

    @property
    def requires_grad(self) -> bool:
        return True

    def _sequence_nr(self) -> int:
        return self.seq


class MultiNode(Node):
    """A node of several outputs; its `shape` and `dtype` are tuples."""

    __slots__ = ()

    @property
    def outputs(self) -> int:
        return len(self.shape)


class Slot:
    """One output of a node that has several."""

    __slots__ = ("dtype", "node", "nr", "shape")
    _kind = SLOT

    def __init__(self, node: Node, nr: int, shape: tuple, dtype: Any) -> None:
        self.node, self.nr, self.shape, self.dtype = node, nr, shape, dtype


class Saved:
    """A result kept for the backward pass: its data and version, but no reference to the tensor, whose node keeps this."""

    __slots__ = ("_data", "_vc", "nr", "version")

    def tensor(self, node: Node) -> Any:
        from_node = Node.make_result
        return from_node(node, self)


class Untracked(list):
    """In the place of an inference tensor's version: it has none, and so may not be saved."""

    def __getitem__(self, index: Any) -> Any:
        raise RuntimeError(
            "Inference tensors cannot be saved for backward. Please do not use Tensors created in inference mode in "
            "computation tracked by autograd. To work around this, you can make a clone to get a normal tensor and use it in "
            "autograd, or use `torch.no_grad()` instead of `torch.inference_mode()`."
        )


INFERENCE = Untracked([0])


def node_of(edge: Any) -> Any:
    return edge.node if edge.__class__ is Slot else edge


def short_name(node: Node) -> str:
    """What messages call a node: its name without "Backward0", or without "Backward" before another number."""
    return re.sub(r"Backward0?(\d*)$", r"\1", node.name())


def freed() -> RuntimeError:
    return RuntimeError(FREED)


def shape_text(shape: Any) -> str:
    return f"[{', '.join(map(str, shape))}]"


def modified(node: Node | None, saved: Any, expected: int) -> RuntimeError:
    """The error for a value that was changed after `node` had saved it, at version `expected`."""
    data = saved._data
    made_by = node if saved.__class__ is Saved else getattr(saved, "_node", None)
    made = ""
    if made_by is not None:
        nr = made_by.nr if made_by.__class__ is Slot else 0
        name = short_name(node_of(made_by))
        made = f", which is output {nr} of {name},"
    return RuntimeError(
        MODIFIED.format(
            type=dtypes.of_numpy(data.dtype).tensor_type,
            shape=shape_text(np.shape(data)),
            made=made,
            found=saved._vc[0],
            expected=expected,
            hint=HINT if modes.anomaly is None else ANOMALY_HINT,
        )
    )
