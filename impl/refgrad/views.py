"""Views and in-place operators: tensors that share memory, and what a change does to everyone's history.

A view remembers its base and the way from there (`_replay`); the base remembers its views. A change to any of them bumps
the counter they share. If the change is recorded, the base gets a new history, in which the changed part goes through
the operator and the rest goes back as before (`CopySlices`), and every view goes on from the base's new history.
"""

from __future__ import annotations

import functools
import operator
import weakref
from collections.abc import Callable
from typing import Any

import numpy as np

from refgrad import compiler, dtypes, messages
from refgrad.derivatives.table import TABLE, Op, op, write
from refgrad.modes import modes
from refgrad.node import MultiNode, Node, Untracked, freed, node_of, output_of, sequence
from refgrad.tensor import INHERITED, UNCHANGED, Tensor, constant, new, unpack, wrap

# by the origin of a view: why it may not be changed in place, nor used once its base was; the same, of a constant
FORBIDDEN = {"no_grad": "views.no_grad", "inference": "views.inference", "multi": "views.multi",
             "custom": "views.custom"}  # fmt: skip
OF_CONSTANT = FORBIDDEN | {"multi": "views.multi_constant", "custom": "views.custom_constant"}


TIDYING = frozenset(2**n for n in range(5, 60))  # at so many views a base forgets those that are gone


def link(view: Tensor, parent: Tensor, op: Op, args: tuple, shape: tuple) -> None:
    """Enter `view`, made of `parent` (of `shape`) by `op` with `args`, as a view of the parent's base."""
    base = view._base = parent if parent._base is None else parent._base
    view._replay = (*parent._replay, (op, args, shape))
    view._vc = parent._counter()
    if view._vc.__class__ is list:
        view._seen = view._vc[0]
    if modes.grad:
        view._origin = "multi" if len(op.outputs) > 1 else parent._origin
    else:
        view._origin = "inference" if modes.inference else "no_grad"
        if base._rg or base._node is not None:
            view._rg = INHERITED
    if base._views is None:
        base._views = []
        view._vc.append(weakref.ref(base))
    elif len(base._views) in TIDYING:
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
    """The gradient of the base, from that of the view: back through the formula of each step.

    None of them makes several views: a change to such a view, or to its base, is one that nobody can follow.
    """
    for entry, args, shape in reversed(way):
        values = dict(zip(entry.parameters[1:], args, strict=False), self_shape=shape)
        g = entry.formulas["self"](g, *[values[name] for name in entry.needs["self"]])
        if tuple(g.shape) != tuple(shape):
            g = sum_to(g, shape)
    return g


NEVER = float("-inf")  # when what passes for a tensor among saved ones was detached, as the number of a node
OF_BLAS = {d.numpy for d in (dtypes.float32, dtypes.float64, dtypes.complex64, dtypes.complex128)}
add_up, alias, contiguous = TABLE["sum_dim"], TABLE["alias"], TABLE["contiguous"]


@functools.lru_cache
def spread(shape: tuple, to: tuple) -> tuple | None:
    """What broadcasting `shape` `to` another makes: new dimensions, and larger ones; None if that does not come of it."""
    lead = len(to) - len(shape)
    if lead < 0 or any(n not in (1, m) for n, m in zip(shape, to[lead:])):
        return None
    return tuple(range(lead)), tuple([i for i, n in enumerate(shape) if n != to[lead + i]])


@functools.lru_cache
def row_of_ones(count: int, dtype: Any) -> Any:
    """So many ones; None where BLAS has nothing to do with `dtype`, or would add up too many with too little care."""
    return np.ones(count, dtype) if count <= 4096 and dtype in OF_BLAS else None


def add_up_rows(g: Any, lead: tuple) -> Any:
    """The sum of the array `g` over its dimensions `lead`, the first ones.

    BLAS finds the product of a row of ones and a matrix in a fraction of the time that NumPy takes to add up its rows.
    """
    ones = row_of_ones(g.shape[0], g.dtype) if g.ndim == 2 and lead == (0,) else None
    return np.add.reduce(g, lead) if ones is None else ones.dot(g)


def sum_to(g: Any, shape: tuple, made: Any = None) -> Any:
    """Undo broadcasting: `g` summed over the dimensions that `shape` lacks or has in size 1. made: what `spread` says."""
    if not shape:
        return TABLE["sum"](g) if isinstance(g, Tensor) else np.add.reduce(g, None)
    recorded = isinstance(g, Tensor)
    made = made or spread(tuple(shape), g._data.shape if recorded else g.shape)
    if made is None:
        raise messages.error("views.sum_to_size", shape, g)
    lead, ones = made
    if lead and recorded:  # in the steps that PyTorch takes
        g = add_up.recorded(g, (*lead, *[len(lead) + i for i in ones]), True)
        return TABLE["view" if g._data.flags.c_contiguous else "reshape_alias"].recorded(g, tuple(shape))
    if lead:
        g = add_up_rows(g, lead)
    return add_up(g, ones, True) if ones else g


class AsStridedBackward0(Node):
    """A view whose base was changed: the whole way from the base, in one step.

    It begins at the history that the base has when somebody asks for the view's. Until then it has no edges, and the
    view's old history, `_old`, is where its gradient is retained; a view without one still passes for a leaf.
    """

    __slots__ = ("_old", "_view")
    _late = property(lambda self: self._edges is None)

    def __bool__(self) -> bool:
        if self._edges is None and modes.grad:  # without grad mode, nobody asks where it came from
            self.settle()
        return True

    def settle(self) -> None:
        """Say where the view came from, as things are now."""
        view = self._view()
        self._edges, self._args, self._seq = (edge_of(view._base),), (view._replay,), next(sequence)
        retain_at(self, self._old, view)
        self._old = None
        forget_hooks(view)

    def backward(self, g: Any, edges: tuple, raw: bool) -> tuple:
        (way,) = self._args
        if not raw and 0 in g.shape:  # of nothing, PyTorch records nothing
            (*_, shape), *_ = way
            return (constant(np.zeros(shape, g._data.dtype)),)
        result = replay_back(g, way)
        return (result if raw or result is not g else alias(result),)


class CopySlices(Node):
    """A base one of whose views was changed in place by the node that it has saved, on the part that its argument leads to."""

    __slots__ = ()
    _saves = True

    def backward(self, g: Any, edges: tuple, raw: bool) -> tuple:
        if self._saved is None:
            raise freed()
        (way,), (inner,) = self._args, self._saved
        place = contiguous(replay(g, way))
        inward = (inner._edges[0], *edges[1:])
        part, *others = inner.backward([place] if isinstance(inner, MultiNode) else place, inward, raw)
        if edges[0] is None or part is None:
            return (None, *others)
        messages.require(not folds(way, g.shape), "views.overlap")
        return (view_put(g, part, way), *others)


def _view_put(self: np.ndarray, src: Any, way: tuple) -> np.ndarray:
    result = np.array(self)
    replay(result, way)[...] = src
    return result


view_put = op("view_put", _view_put,
              self=lambda g, way: view_put(g, view_take(g, way) * 0, way),
              src=lambda g, way: view_take(g, way))  # fmt: skip
view_take = op("view_take", lambda self, way: np.array(replay(np.asarray(self), way)),
               self=lambda g, way, self_shape: replay_back(g, way))  # fmt: skip


def edge_of(t: Tensor) -> Any:
    """Where the gradient of `t` goes: the node (or slot of a node) that made it, the leaf itself, or None."""
    return t._node or (t if t._rg else None)


def make_node(cls: type[Node], edges: Any, args: tuple, like: Any) -> Node:
    """A node with one output, of the shape and dtype of the array `like`, that saves nothing."""
    node = new(cls)
    node._edges, node._args, node._saved, node._extra = edges, args, (), None
    node._seq, node.shape, node.dtype = next(sequence), like.shape, like.dtype
    return node


def check_inference() -> None:
    """Refuse to change an inference tensor outside of inference mode."""
    messages.require(modes.inference, "views.inference_tensor")


def check_writable(t: Tensor) -> None:
    """Refuse what PyTorch refuses: leaves that require grad, views of such leaves, views nobody could follow."""
    if t._origin and t._base is not None:
        raise forbidden(t._origin, t._node.edge if t._node.__class__ is Stale else t._node, "is being")
    if t._base is not None and t._base._node is None and t.requires_grad:
        raise messages.error("views.leaf_view_in_place")
    if t.requires_grad and not t._is_made():
        raise messages.error("views.leaf_in_place")


def forbidden(origin: str, edge: Any, how: str) -> Exception:
    """Why a view of this origin, made by `edge`, may not be changed, or not be used after a change to its base."""
    if edge is None:  # a constant's, until now
        return messages.error(OF_CONSTANT[origin], view="A view", how=how)
    made = f"Output {output_of(edge)} is a view"
    return messages.error(FORBIDDEN[origin], made=made, view=f"{made} of a view which", how=how)


class Stale:
    """The history of a view that was `edge` until its base was changed in a way nobody could follow: not to be used."""

    _kind, _late = None, False

    def __init__(self, origin: str, edge: Any) -> None:
        self.origin, self.edge = origin, edge

    @property
    def node(self) -> Any:
        raise forbidden(self.origin, self.edge, "its base or another view of its base has been")

    def name(self) -> str:
        return "Invalid"

    def __bool__(self) -> bool:
        return not modes.grad or self.node  # without grad mode, nobody asks where it came from


def rebase(t: Tensor, node: Any) -> None:
    """`t` was changed by `node`: give it that history, and its base and all the base's views theirs."""
    base = t if t._base is None else t._base
    if base is not t:
        inner, node = node, make_node(CopySlices, (edge_of(base), *node._edges[1:]), (t._replay,), base._data)
        node._saved = (inner,)
    go_on_from(node, base)
    follow_all(t)
    if base is not t:
        t._node.settle()


def follow_all(t: Tensor, but: Tensor | None = None) -> None:
    """`follow` of the base of `t`, and of all other bases on the same memory, which `detach` has made."""
    base = t if t._base is None else t._base
    follow(base, but)
    for other in [reference() for reference in t._vc[1:]]:
        if other is not None and other is not base:
            follow(other, but)


def go_on_from(edge: Any, t: Tensor) -> None:
    """Make `edge` the history of `t`. If `t` retains its gradient, that is from now on the one which comes there."""
    old, t._node = t._node, edge
    forget_hooks(t)
    retain_at(edge, old, t)


def forget_hooks(t: Tensor) -> None:
    """Leave the hooks of `t` behind with its former history."""
    if t._extra is not None:
        t._extra.hooks = None


def retain_at(edge: Any, old: Any, t: Tensor) -> None:
    """If `t` retains its gradient, `old` did so until now: from now on it is the one which comes to `edge`."""
    extra = None if old is None else node_of(old)._extra
    reference = None if extra is None else extra.retains.pop(getattr(old, "nr", 0), None)
    if reference is not None:
        node_of(edge).more().retains[t.output_nr] = reference


def follow(base: Tensor, but: Tensor | None = None) -> None:
    """The memory of `base` was changed: let its views (all `but` one) go on from the history that it has now."""
    edge = edge_of(base)
    for reference in base._views or ():
        view = reference()
        if not (view is None or view is but or view._node.__class__ is Stale or edge is view._node is None):
            bring_up(view, reference)


def bring_up(view: Tensor, reference: Any) -> None:
    """Let `view` go on from the history of its base; if nobody could follow that, it is not to be used."""
    if view._origin:
        view._node = Stale(view._origin, view._node)
    elif view._node is None or not view._node._late:
        node: Any = make_node(AsStridedBackward0, None, (), view._data)
        node._view, node._old = reference, view._node
        view._node = node


def flag(base: Tensor, requires_grad: bool) -> None:
    """Whether the leaf `base` requires grad was said: its views do as well, with a history where they were changed."""
    for reference in base._views or ():
        view = reference()
        if view is not None and view._node.__class__ is Stale and view._node.edge is None and not requires_grad:
            view._node = None  # of a constant, there is nothing to follow
        if view is None or view._node is not None:
            continue
        view._rg = view._rg is True or (requires_grad and INHERITED)
        if requires_grad and view._vc[0] != view._seen:
            bring_up(view, reference)


def turn_back(base: Tensor, step: tuple) -> None:
    """`base` itself was given another shape by `step`: the way to each of its views begins with the way back."""
    entry, args, shape = step
    back = (entry, args) if entry.name in ("t", "transpose") else (TABLE["view"], (shape,))
    for reference in base._views or ():
        view = reference()
        if view is not None:
            view._replay = ((*back, base._data.shape), *view._replay)


def change(t: Tensor, entry: Op, *args: Any) -> Tensor:
    """Run `entry` on `t` and put the result in its place: the in-place form of every operator."""
    data = t._data
    vc = t._vc
    if vc.__class__ is Untracked:
        check_inference()
    recorded = modes.grad and needs_record(t, args)
    shared = len(vc) > 1 if vc.__class__ is list else t._base is not None or t._views is not None
    if not (recorded or shared) and entry.forward in INTO and change_alone(t, entry.forward, args[0]):
        t._bump()
        return t
    folded = data.__class__ is np.ndarray and not data.flags.c_contiguous and overlaps(data)
    if (recorded or folded) and args and not isinstance(args[0], OPERANDS) and entry.recorded.plan.operand:
        return NotImplemented
    if recorded:
        check_writable(t)
    if folded:
        check_folded(data, entry, args)
    if shared or entry.name in PLACING:
        check_apart(t, entry, args)
    old = t
    if recorded:
        saves_self = "self" in entry.recorded.plan.inputs
        old = wrap(data.copy() if saves_self and data.__class__ is np.ndarray else data)
        old._node = t._node
    try:
        result = entry.recorded(old, *args)
    except NotImplementedError:
        need_room(t, entry, args)  # what PyTorch looks at first
        raise
    if result is NotImplemented:
        return result
    if folded and entry.name in EXPANDED:
        write_each(data, entry.name, *args)
        t._bump()
    else:
        put(t, result._data)
    node = result._node
    if node is not None:
        node.dtype = t._data.dtype
        for saved in node._saved:
            if saved.__class__ is compiler.Saved:
                saved._data, saved._vc, saved.version = t._data, t._vc, t._vc[0]
        rebase(t, node)
        if t._base is not None:
            for saved in node._saved:
                if saved.__class__ is compiler.Saved:
                    saved.view = weakref.ref(t._node)
    elif shared:
        follow_all(t)
    return t


OPERANDS = (Tensor, int, float, complex, np.ndarray, np.generic)
# operators that write one 0-d tensor everywhere, which may be of the memory itself; and those that write to named places
FILLING = {"fill_tensor", "masked_fill_tensor", "index_fill_tensor"}
PLACING = set(
    """
    index_put index_add index_copy index_reduce put scatter scatter_add scatter_reduce scatter_reduced
    """.split()
)

INTO = {operator.add: np.add, operator.sub: np.subtract, operator.mul: np.multiply, operator.truediv: np.true_divide}


def change_alone(t: Tensor, forward: Any, other: Any) -> bool:
    """Where `t` has memory of its own, and NumPy can write the result straight into that, let it."""
    data = t._data
    dtype = data.dtype
    if dtype.kind != "f":
        return False
    if isinstance(other, Tensor):
        other = other._data
    kind = other.__class__
    if data.__class__ is not np.ndarray:
        if kind is not dtype.type and kind is not float and kind is not int:
            return False
        t._data = forward(data, other)
        return True
    if kind is np.ndarray:
        if other.dtype is not dtype or other.shape != data.shape:
            return False
    elif kind is not dtype.type and kind is not float and kind is not int:
        return False
    if data.base is not None and not data.flags.c_contiguous:  # elements may share memory
        return False
    if data.size > 1:
        INTO[forward](data, other, data)
    else:
        data[...] = forward(data, other)  # as in `store`
    return True


def needs_record(t: Tensor, args: tuple) -> bool:
    """Whether `t`, or a tensor among `args`, requires grad."""
    return t._rg or t._node is not None or any(isinstance(a, Tensor) and (a._rg or a._node is not None) for a in args)


def overlaps(data: Any) -> bool:
    """Whether elements of `data` share memory, by a stride of 0."""
    return any(not s and n > 1 for s, n in zip(data.strides, data.shape))


def folds(way: tuple, shape: tuple) -> bool:
    """Whether the view that `way` leads to has several elements in one place of its base, which is of `shape`."""
    if "expand" not in [entry.name for entry, _, _ in way]:
        return False
    part = replay(np.empty(shape), way)
    return part.size > 0 and overlaps(part)


def same_place(a: Any, b: Any) -> bool:
    """Whether two arrays are the same elements in the same order."""
    if not (isinstance(a, np.ndarray) and isinstance(b, np.ndarray)):
        return False
    return (a.ctypes.data, a.shape, way_through(a)) == (b.ctypes.data, b.shape, way_through(b))


def way_through(data: np.ndarray) -> list:
    """Sizes and strides, where there is more than one element."""
    return [(n, s) for n, s in zip(data.shape, data.strides) if n > 1]


def beside(t: Tensor, other: Tensor) -> bool:
    """Whether both may show parts of one memory: of one counter, or of one array, as `.data` does, which has its own."""
    if other._vc is t._vc and other._vc.__class__ is list:
        return True
    a, b = t._data, other._data
    return (a if a.base is None else a.base) is (b if b.base is None else b.base)


def check_apart(t: Tensor, entry: Op, args: tuple) -> None:
    """Refuse an operand that is, in part, the memory that is written to; and all of it, where places are named."""
    if entry.name in FILLING or (entry.name == "index_put" and fills_mask(*args)):
        return
    for arg in args:
        placing = entry.name in PLACING
        if isinstance(arg, Tensor) and (arg is t or placing or beside(t, arg)):
            a, b = t._data, arg._data
            same = arg is t or same_place(a, b)
            if same and not placing:
                continue
            if (same and (a.size or arg is t)) or (a.flags.forc and b.flags.forc and np.may_share_memory(a, b)):
                raise messages.error("views.partly_same")


def fills_mask(indices: Any, values: Tensor, accumulate: bool = False) -> bool:
    """Whether one number is written wherever a mask says, which PyTorch does by another kernel."""
    kinds = [each.dtype.kind for each in indices if isinstance(each, np.ndarray)]
    return values._data.size == 1 and kinds == ["b"] and not accumulate


# what may be written to expanded tensors, although it says what for: the names for it, in the warning
EXPANDED = {"index_put": ("index_put", "tensor[indices] = tensor")}
EXPANDED |= {
    f"{name}{form}": (name, "tensor[mask] = scalar")
    for name in ("masked_fill", "index_fill")
    for form in ("", "_tensor")
}


# what may be written there without a word: all elements alike, or what is there already
HARMLESS: dict[str, Callable] = {
    "zero": lambda data: True, "fill": lambda data, value: True,
    "copy": lambda data, src: same_place(data, src._data), "nan_to_num": lambda data, *_: data.dtype.kind in "biu",
}  # fmt: skip


def check_folded(data: np.ndarray, entry: Op, args: tuple) -> None:
    """Refuse to write to elements of `data` that share memory, but where all are written alike; or warn."""
    name = entry.name
    if name in HARMLESS and HARMLESS[name](data, *args):
        return
    messages.require(name in EXPANDED, "views.overlap")
    for each in (name, *["masked_fill"] * (name == "index_put" and fills_mask(*args))):
        messages.warn("views.expanded", *EXPANDED[each])


def write_each(data: np.ndarray, name: str, *args: Any) -> None:
    """Write to elements that share memory, one after the other."""
    first, second, *others = [getattr(a, "_data", a) for a in args]
    if name == "index_put":
        write(data, first, second, others[0])
    elif name.startswith("masked"):
        np.copyto(data, second, "unsafe", where=first)
    else:
        data[(slice(None),) * first + (second,)] = others[0]


def need_room(t: Tensor, entry: Op, args: tuple) -> None:
    """Raise RuntimeError where what is elementwise of these would not fit into `t`, by its dtype or its shape."""
    if entry.cast:
        given = (t._data, *[getattr(a, "_data", a) for a in args if isinstance(a, OPERANDS)])
        dtypes.need_castable(dtypes.result_dtype(given), t._data.dtype)
        shape = np.broadcast_shapes(*[np.shape(a) for a in given])
        messages.require_same(shape, t._data.shape, "views.output_shape", t, np.empty(shape, bool))


def put(t: Tensor, r: Any) -> None:
    """Write the array `r` into the memory of `t`, and bump its version."""
    data = t._data
    if r.shape != data.shape:
        raise messages.error("views.output_shape", data, r)
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


compiler.BASE.update(Tensor=Tensor, UNCHANGED=UNCHANGED, link=link, unpack=unpack, wrap=wrap)
