"""Views and in-place operators: tensors that share memory, and what a change does to everyone's history.

A view remembers its base and the way from there (`_replay`); the base remembers its views. A change to any of them bumps
the counter they share. If the change is recorded, the base gets a new history, in which the changed part goes through
the operator and the rest goes back as before (`CopySlices`), and every view goes on from the base's new history.
"""

from __future__ import annotations

import operator
import weakref
from collections.abc import Callable
from typing import Any

import numpy as np

from refgrad import compiler, dtypes, errors, messages
from refgrad.derivatives import TABLE, Op
from refgrad.derivatives.table import op
from refgrad.modes import modes
from refgrad.node import MultiNode, Node, Untracked, node_of, sequence, short_name
from refgrad.tensor import INHERITED, Tensor, unpack

new = object.__new__

OVERLAP = (
    "unsupported operation: more than one element of the written-to tensor refers to a single memory location. Please "
    "clone() the tensor before performing the operation."
)
PARTLY_SAME = (
    "unsupported operation: some elements of the input tensor and the written-to tensor refer to a single memory location. "
    "Please clone() the tensor before performing the operation."
)
AMBIGUOUS = (
    "{{view}} was created in {} and {{how}} modified inplace {}. Given that this use case is ambiguous and error-prone, it "
    "is forbidden. You can clarify your code by moving both the view and the inplace either both inside the {} block (if "
    "you don't want the inplace to be tracked) or both outside (if you want the inplace to be tracked)."
)
# why views of some origins may not be changed in place, nor used once their base was
FORBIDDEN = {
    "no_grad": AMBIGUOUS.format("no_grad mode", "with grad mode enabled", "no_grad"),
    "inference": AMBIGUOUS.format("inference mode", "in normal mode", "inference_mode"),
    "multi": "Output {nr} of {name} is a view and {how} modified inplace. This view is the output of a function that "
    "returns multiple views. Such functions do not allow the output views to be modified inplace. You should replace the "
    "inplace operation by an out-of-place one.",
    "custom": "Output {nr} of {name} is a view and {how} modified inplace. This view was created inside a custom Function "
    "(or because an input was returned as-is) and the autograd logic to handle view+inplace would override the custom "
    "backward associated with the custom Function, leading to incorrect gradients. This behavior is forbidden. You can "
    "fix this by cloning the output of the custom Function.",
}


def link(view: Tensor, parent: Tensor, op: Op, args: tuple, shape: tuple) -> None:
    """Enter `view`, made of `parent` (of `shape`) by `op` with `args`, as a view of the parent's base."""
    base = parent._base
    if base is None:
        base = parent
    view._base = base
    view._replay = (*parent._replay, (op, args, shape))
    view._vc = parent._counter()
    if modes.grad:
        view._origin = "multi" if len(op.outputs) > 1 else parent._origin
    else:
        view._origin = "inference" if modes.inference else "no_grad"
        if base._rg or base._node is not None:
            view._rg = INHERITED
    if base._views is None:
        base._views = []
    elif len(base._views) > 16 and not len(base._views) & (len(base._views) - 1):
        base._views = [v for v in base._views if v() is not None]
    base._views.append(weakref.ref(view))


def replay(x: Any, way: tuple) -> Any:
    """The part of `x` (array or tensor, like the base) that the view is."""
    for entry, args, _ in way:
        if len(entry.outputs) > 1:
            *rest, nr = args
            x = entry(x, *rest)[nr]
        else:
            x = entry(x, *args)
    return x


def replay_back(g: Any, way: tuple) -> Any:
    """The gradient of the base, from that of the view: back through the formula of each step."""
    for entry, args, shape in reversed(way):
        values = dict(zip(entry.parameters[1:], args, strict=False), self_shape=shape)
        if len(entry.outputs) > 1:
            pieces: list = [None] * (len(args[0]) if entry.name.startswith("split") else shape[args[0]])
            pieces[args[-1]] = g
            g = pieces
        g = entry.formulas["self"](g, *[values[name] for name in entry.needs["self"]])
        if not isinstance(g, list) and tuple(g.shape) != tuple(shape):
            g = sum_to(g, shape)
    return g


add_up = TABLE["sum_dim"]


def sum_to(g: Any, shape: tuple) -> Any:
    """Undo broadcasting: `g` summed over the dimensions that `shape` lacks or has in size 1."""
    lead = len(g.shape) - len(shape)
    if not shape:
        return TABLE["sum"](g)
    if lead and isinstance(g, Tensor):  # recorded in the steps that PyTorch takes
        ones = tuple([i for i in range(len(g.shape)) if i < lead or (shape[i - lead] == 1 and g.shape[i] != 1)])
        return add_up(g, ones, True).reshape(tuple(shape))
    if lead:
        g = add_up.forward(g, tuple(range(lead)))
    ones = tuple([i for i, n in enumerate(shape) if n == 1 and g.shape[i] != 1]) if 1 in shape else ()
    return add_up(g, ones, True) if ones else g


class AsStridedBackward0(Node):
    """A view whose base was changed: the whole way from the base, in one step."""

    __slots__ = ()

    def backward(self, g: Any, edges: tuple, raw: bool) -> tuple:
        return (replay_back(g, self.args[0]),)


class CopySlices(Node):
    """A base one of whose views was changed in place by the node `args[1]`, on the part that `args[0]` leads to."""

    __slots__ = ()
    saves = True

    def backward(self, g: Any, edges: tuple, raw: bool) -> tuple:
        way, inner = self.args
        if inner.saves and self.saved is None:
            inner.saved = None
        part = replay(g, way)
        inward = (inner.edges[0], *edges[1:])
        part, *others = inner.backward([part] if isinstance(inner, MultiNode) else part, inward, raw)
        if edges[0] is None:
            return (None, *others)
        if part is None:
            part = replay(g, way) * 0
        return (view_put(g, part, way), *others)


def _view_put(self: np.ndarray, src: Any, way: tuple) -> np.ndarray:
    result = np.array(self)
    replay(result, way)[...] = src
    return result


def _view_take(self: Any, way: tuple) -> Any:
    return np.array(replay(np.asarray(self), way))


view_put = op("view_put", _view_put,
              self=lambda g, way: view_put(g, view_take(g, way) * 0, way),
              src=lambda g, way: view_take(g, way))  # fmt: skip
view_take = op("view_take", _view_take, self=lambda g, way, self_shape: replay_back(g, way))


def edge_of(t: Tensor) -> Any:
    return t._node or (t if t._rg else None)


def make_node(cls: type[Node], edges: tuple, args: tuple, like: Any) -> Node:
    node = new(cls)
    node.edges, node.args, node.saved, node.extra = edges, args, (), None
    node.seq, node.shape, node.dtype = next(sequence), like.shape, like.dtype
    return node


def check_inference() -> None:
    """Refuse to change an inference tensor outside of inference mode."""
    if not modes.inference:
        raise RuntimeError(
            "Inplace update to inference tensor outside InferenceMode is not allowed.You can make a clone to get a normal "
            "tensor before doing inplace update.See https://github.com/pytorch/rfcs/pull/17 for more details."
        )


def check_writable(t: Tensor) -> None:
    """Refuse what PyTorch refuses: leaves that require grad, views of such leaves, views nobody could follow."""
    base = t._base
    if base is not None:
        if t._origin:
            edge = t._node.edge if t._node.__class__ is Stale else t._node
            raise RuntimeError(forbidden(t._origin, edge, "is being"))
        if t.requires_grad and base._node is None:
            raise messages.error("views.leaf_view_in_place")
    if t._rg and t._node is None:
        raise messages.error("views.leaf_in_place")


def forbidden(origin: str, edge: Any, how: str) -> str:
    """Why a view of this origin, made by `edge`, may not be changed, or not be used after a change to its base."""
    if edge is None:  # a constant's, until now
        words = FORBIDDEN["inference" if origin == "inference" else "no_grad"].format(view="A view", how=how)
        reason = FORBIDDEN["multi"].index("This view")
        return words if origin != "multi" else words[: words.index("Given")] + FORBIDDEN["multi"][reason:]
    nr, name = getattr(edge, "nr", 0), short_name(node_of(edge))
    return FORBIDDEN[origin].format(nr=nr, name=name, how=how, view=f"Output {nr} of {name} is a view of a view which")


class Stale:
    """The history of a view that was `edge` until its base was changed in a way nobody could follow: not to be used."""

    def __init__(self, origin: str, edge: Any) -> None:
        self.origin, self.edge = origin, edge

    def name(self) -> str:
        return "Invalid"

    def __bool__(self) -> bool:
        if not modes.grad:  # nobody asks where it came from
            return True
        raise RuntimeError(forbidden(self.origin, self.edge, "its base or another view of its base has been"))


def rebase(t: Tensor, node: Any) -> None:
    """`t` was changed by `node`: give it that history, and its base and all the base's views theirs."""
    base = t._base
    if base is None:
        go_on_from(node, t)
        base = t
    else:
        go_on_from(make_node(CopySlices, (edge_of(base), *node.edges[1:]), (t._replay, node), base._data), base)
    follow(base)


def go_on_from(edge: Any, t: Tensor) -> None:
    """Make `edge` the history of `t`. If `t` retains its gradient, that is from now on the one which comes there."""
    old = t.grad_fn
    reference = old.extra.retains.pop(t.output_nr, None) if old is not None and old.extra is not None else None
    t._node = edge
    if reference is not None:
        node_of(edge).more().retains[t.output_nr] = reference


def follow(base: Tensor, but: Tensor | None = None) -> None:
    """The memory of `base` was changed: let its views (all `but` one) go on from the history that it has now."""
    edge = edge_of(base)
    if base._views is None or edge is None:
        return
    for reference in base._views:
        view = reference()
        if view is None or view is but or view._node.__class__ is Stale:
            continue
        if view._origin:
            view._node = Stale(view._origin, view._node)
        else:
            go_on_from(make_node(AsStridedBackward0, (edge,), (view._replay,), view._data), view)


def change(t: Tensor, entry: Op, *args: Any) -> Tensor:
    """Run `entry` on `t` and put the result in its place: the in-place form of every operator."""
    node = None
    data = t._data
    if t._vc.__class__ is Untracked:
        check_inference()
    recorded = modes.grad and needs_record(t, args)
    if recorded:
        check_writable(t)
    if t._base is not None or t._views is not None:
        check_apart(t, args)
    if recorded:
        old = new(Tensor)
        old._node = t._node
        saves_self = "self" in entry.recorded.plan.inputs
        old._data = data.copy() if saves_self and data.__class__ is np.ndarray else data
        result = entry.recorded(old, *args)
        if result is NotImplemented:
            return result
        r, node = result._data, result._node
    else:
        if t._views is None and t._base is None and change_array(data, entry, args):
            t._bump()
            return t
        if entry.cast or entry.kind == "view":
            result = entry.recorded(t, *args)
            if result is NotImplemented:
                return result
            r = result._data
        else:
            r = run(entry, data, [a._data if isinstance(a, Tensor) else a for a in args])
    put(t, r, entry.name in ("zero", "fill") or (entry.name == "copy" and args[0] is t))
    if node is not None:
        for saved in node.saved:
            if saved.__class__ is compiler.Saved:
                saved._data, saved._vc, saved.version = t._data, t._vc, t._vc[0]
        rebase(t, node)
    elif t._views is not None or t._base is not None:
        follow(t if t._base is None else t._base)
    return t


INTO = {operator.add: np.add, operator.sub: np.subtract, operator.mul: np.multiply, operator.truediv: np.true_divide}


def change_array(data: Any, entry: Op, args: tuple) -> bool:
    """Where NumPy can write the result straight into the array `data`, let it."""
    ufunc = INTO.get(entry.forward)
    if ufunc is None or data.__class__ is not np.ndarray or data.dtype.kind != "f" or not data.flags.c_contiguous:
        return False
    other = args[0]._data if isinstance(args[0], Tensor) else args[0]
    if other.__class__ is np.ndarray:
        if other.dtype is not data.dtype or other.shape != data.shape:
            return False
    elif other.__class__ is not float and other.__class__ is not int and other.__class__ is not data.dtype.type:
        return False
    ufunc(data, other, data)
    return True


def needs_record(t: Tensor, args: tuple) -> bool:
    if t._rg or t._node is not None:
        return True
    return any(isinstance(a, Tensor) and (a._rg or a._node is not None) for a in args)


def run(entry: Op, data: Any, args: list) -> Any:
    try:
        return entry.forward(data, *args)
    except (ValueError, TypeError) as error:
        raise errors.explain(entry.name, error, data, *args) from None


def overlaps(data: Any) -> bool:
    """Whether several elements of the array `data` are one place in memory."""
    return any(s == 0 and n > 1 for s, n in zip(data.strides, data.shape, strict=True))


def check_apart(t: Tensor, args: tuple) -> None:
    """Refuse an operand that is, in part, the memory that is written to."""
    a = t._data
    for arg in args:
        if isinstance(arg, Tensor) and arg._vc is t._vc and arg._vc.__class__ is list and arg is not t:
            b = arg._data
            if b.ctypes.data == a.ctypes.data and b.shape == a.shape and b.strides == a.strides:
                continue
            if a.flags.forc and b.flags.forc and np.may_share_memory(a, b):
                raise RuntimeError(PARTLY_SAME)


def put(t: Tensor, r: Any, alike: bool = False) -> None:
    """Write the array `r`, all of whose elements may be `alike`, into the memory of `t`, and bump its version."""
    data = t._data
    if data.__class__ is np.ndarray and not alike and not data.flags.c_contiguous and overlaps(data):
        raise RuntimeError(OVERLAP)
    if r.shape != data.shape:
        raise RuntimeError(
            f"output with shape {errors.shape_text(data.shape)} doesn't match the broadcast shape "
            f"{errors.shape_text(r.shape)}"
        )
    if r.dtype != data.dtype:
        dtypes.need_castable(r.dtype, data.dtype)
        r = r.astype(data.dtype)
    if data.__class__ is np.ndarray:
        data[...] = r
    else:
        t._data = r
    t._bump()


def augmented(name: str) -> Callable:
    """The method behind an augmented assignment, from the operator `name`; NotImplemented for what is no operand."""
    entry = TABLE[name]
    return lambda self, other: change(self, entry, other)


def in_place(name: str) -> Callable:
    """The method `name_`, from the operator `name`."""
    entry = TABLE[name]

    def method(self: Tensor, *args: Any) -> Tensor:
        result = change(self, entry, *args)
        if result is NotImplemented:
            raise errors.not_a_tensor(f"{name}_", "other", 1, args[0])
        return result

    method.__name__ = method.__qualname__ = f"{name}_"
    return method


compiler.BASE.update(Tensor=Tensor, link=link, unpack=unpack)
