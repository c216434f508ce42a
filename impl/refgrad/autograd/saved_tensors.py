"""Saved tensors: looking at what nodes keep for the backward pass, and putting something else in its place.

A node of the table keeps, for each input that its formulas name, the tensor and its version, and for each result a
`Saved`; a custom function's keeps a pair or a `Saved` each. A pack hook's result takes such an entry's place as a
`Packed`, which offers what generated code asks of an entry: `_data`, a version that never changes, and `tensor(node)`.
"""

from __future__ import annotations

import contextlib
import functools
import weakref
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from refgrad import messages
from refgrad.autograd.grad_mode import no_grad
from refgrad.functions import ops
from refgrad.modes import modes
from refgrad.node import MultiNode, Node, Saved, Slot, freed, modified
from refgrad.tensor import Tensor, constant, wrap
from refgrad.views import NEVER, edge_of, make_node


def output_edge(node: Any, nr: int) -> Node | Slot:
    """The edge of the `nr`-th output of `node`."""
    return Slot(node, nr, node._shapes[nr], node._dtypes[nr]) if isinstance(node, MultiNode) else node


@contextlib.contextmanager
def replaced(owner: Any, name: str, value: Any) -> Iterator[None]:
    """Within it the attribute `name` of `owner` is `value`; afterwards, what it was."""
    previous = getattr(owner, name)
    setattr(owner, name, value)
    try:
        yield
    finally:
        setattr(owner, name, previous)


class Packed:
    """What a pack hook made of a saved tensor, and how to get the tensor back."""

    __slots__ = ("edge", "nr", "packed", "unpack_hook")
    _vc, _detached = (0,), NEVER  # what happens to the tensor meanwhile is the hooks' affair
    version = 0

    def __init__(self, t: Tensor, nr: int | None, pack_hook: Callable, unpack_hook: Callable, bare: bool) -> None:
        """nr: which result of its node `t` is; None for an input. bare: the hook gets `t` without its history."""
        self.edge, self.nr, self.unpack_hook = edge_of(t) if nr is None else None, nr, unpack_hook
        version = t._version
        with no_grad():
            self.packed = pack_hook(t.detach() if bare else t)
        messages.require_same(t._version, version, "autograd.pack_in_place")

    @property
    def _data(self) -> Any:
        t = self.unpack_hook(self.packed)
        messages.require(isinstance(t, Tensor), "autograd.unpacked", t)
        return t._data

    def tensor(self, node: Node | None) -> Tensor:
        """The tensor with the history that it had; in a recorded pass a leaf's gradient goes on to that leaf."""
        t, edge = wrap(self._data), self.edge
        if self.nr is not None:
            t._node = output_edge(node, self.nr)
        elif edge is not None and not isinstance(edge, Tensor):
            t._node = edge
        elif edge is not None and modes.grad and modes.task is not None:
            t._node = make_node(ops.alias.NodeType, (edge,), (), t._data)
        elif edge is not None:
            t._rg = True
        return t


def places(node: Node) -> dict[str, slice]:
    """Where in `node._saved` the tensors are, by the names that its formulas give them; an input has its version behind it."""
    plan = type(node)._plan
    if plan is not None:
        return places_of(plan)
    if node._saved is None:  # a custom function's
        raise freed()
    return {str(i): slice(i, i + 1) for i in range(len(node._saved))}


def places_of(plan: Any) -> dict[str, slice]:
    """The same of the nodes of one operator."""
    n = 2 * len(plan.inputs)
    inputs = {name: slice(i, i + 2) for name, i in zip(plan.inputs, range(0, n, 2))}
    return inputs | {name: slice(i, i + 1) for i, name in enumerate(plan.results, n)}


def entry_of(node: Node, place: slice) -> tuple[Any, int | None]:
    """What is saved there, and its version: None for what is no tensor."""
    if node._saved is None:
        raise freed()
    entry, *versions = node._saved[place]
    if versions:
        return (entry, *versions)
    return entry if isinstance(entry, tuple) else (entry, None if entry is None else entry.version)


def saved_tensor(node: Node, place: slice) -> Any:
    """The tensor saved there, as PyTorch shows it: None where none was needed."""
    entry, version = entry_of(node, place)
    if version is None:
        return shown(entry)
    if entry._vc[0] != version:
        raise modified(node, entry, version)
    if isinstance(entry, tuple):
        return shown(entry)
    return entry if isinstance(entry, Tensor) else entry.tensor(node)


def shown(value: Any) -> Any:
    """A number, or the arrays of an index, as tensors."""
    if isinstance(value, tuple):
        return tuple(map(shown, value))
    return constant(value) if isinstance(value, (int, float, complex, np.ndarray)) else None


def pack(node: Node, place: slice, pack_hook: Callable, unpack_hook: Callable, bare: bool = False) -> None:
    """Put a `Packed` in the place of the tensor that `node` has saved there."""
    entry, _ = entry_of(node, place)
    is_result = isinstance(entry, Saved)
    t = entry.tensor(node) if is_result else entry if isinstance(entry, Tensor) else constant(entry)
    packed = Packed(t, entry.nr if is_result else None, pack_hook, unpack_hook, bare)
    saved = list(node._saved)
    saved[place] = (packed, packed.version)[: len(saved[place])]
    node._saved = tuple(saved)


class SavedTensor:
    """A tensor as a node keeps it. Its hooks, once registered, decide what is kept in its place."""

    def __init__(self, node: Any = None, place: Any = None, index: int | None = None) -> None:
        """index: which of the tensors at that place, if there is a list of them."""
        messages.require(node is not None, "autograd.saved_tensor")
        self._node, self._place, self._index = node, place, index

    def _entry(self) -> Any:
        return entry_of(self._node, self._place)[0]

    def register_hooks(self, *hooks: Callable) -> None:
        """Of the two `hooks`, keep what the first makes of the tensor, now; what the second makes of that, a tensor, is used.

        Raises RuntimeError where nothing is saved (any more), or other hooks are registered.
        """
        if len(hooks) != 2 or not all(map(callable, hooks)):
            raise messages.error("autograd.register_hooks", ", ".join(map(repr, (self, *hooks))))
        messages.require(self._node._saved is not None, "autograd.hooks_freed")
        entry = self._entry()
        messages.require(not isinstance(entry, Packed), "autograd.hooks_twice")
        if entry is None or (self._index is not None and entry[self._index] is None):
            raise messages.error("autograd.hooks_none")
        pack(self._node, self._place, *hooks, bare=True)

    @property
    def data(self) -> Any:
        """What is kept: a pack hook's result, or the tensor."""
        entry = self._entry()
        if isinstance(entry, Packed):
            return entry.packed
        found = saved_tensor(self._node, self._place)
        if isinstance(entry, Saved):
            return found.detach()
        return found if self._index is None else found[self._index]

    @property
    def unpack_hook(self) -> Any:
        return getattr(self._entry(), "unpack_hook", None)


SavedTensor.__module__ = "torch._C._autograd"


def show_kept(cls: Any) -> None:
    """Give a class of nodes the attributes `_saved_self`, `_raw_saved_self` and the like, by what its formulas name.

    They are properties: a `__getattr__` would make every attribute of every node slow.
    """
    plan = cls.__dict__.get("_plan")
    if plan is None:
        return
    for i, name in enumerate(plan.args):
        setattr(cls, "_saved_" + name.replace("_shape", "_sym_sizes"), property(functools.partial(argument, i=i)))
    for name, place in places_of(plan).items():
        setattr(cls, f"_saved_{name}", property(functools.partial(saved_tensor, place=place)))
        setattr(cls, f"_raw_saved_{name}", property(functools.partial(raw, place=place, name=name)))


def argument(node: Node, i: int) -> Any:
    return node._args[i]


def raw_saved_tensors(node: Node) -> tuple[SavedTensor, ...]:
    """What a custom function's node has saved."""
    return tuple(SavedTensor(node, place) for place in places(node).values())


def raw(node: Node, place: slice, name: str) -> Any:
    """The `SavedTensor` there; of an index, one for each of its arrays."""
    arrays = entry_of(node, place)[0] if name == "indices" else None
    if not isinstance(arrays, tuple):
        return SavedTensor(node, place)
    return tuple(SavedTensor(node, place, i) for i in range(len(arrays)))


# -- hooks for whatever is saved


class Defaults:
    """The pairs of hooks that are in force, the innermost last; or why there may be none."""

    pairs: list[tuple[Callable, Callable]] = []  # noqa: RUF012
    disabled: str | None = None


def pack_all(node: Node) -> None:
    """Hand all tensors that the new node saves to the innermost pair of hooks; numbers and indices are kept as they are."""
    for place in places(node).values():
        entry, version = entry_of(node, place)
        if version is not None and not isinstance(entry, tuple):
            pack(node, place, *Defaults.pairs[-1])


class saved_tensors_hooks:
    """Within it `pack_hook(tensor)` decides what is kept of each tensor that an operation saves for backward.

    `unpack_hook`, given that, returns the tensor whenever it is needed. Of nested pairs the innermost counts.
    """

    def __init__(self, pack_hook: Callable, unpack_hook: Callable) -> None:
        self.pack_hook, self.unpack_hook = pack_hook, unpack_hook

    def __enter__(self) -> None:
        pair = self.pack_hook, self.unpack_hook
        messages.require(all(map(callable, pair)), "autograd.default_hooks", ", ".join(map(repr, pair)))
        if Defaults.disabled is not None:
            raise RuntimeError(Defaults.disabled)
        if not Defaults.pairs:
            modes.observers += (pack_all,)
        Defaults.pairs.append(pair)

    def __exit__(self, *error: Any) -> None:
        Defaults.pairs.pop()
        if not Defaults.pairs:
            modes.observers = tuple(each for each in modes.observers if each is not pack_all)


class save_on_cpu(saved_tensors_hooks):
    """Within it saved tensors are kept in the memory of the CPU, where all of them are anyway."""

    def __init__(self, pin_memory: bool = False, device_type: str = "cuda") -> None:
        super().__init__(lambda t: (t.device, t.detach()), lambda packed: packed[1])


@contextlib.contextmanager
def disable_saved_tensors_hooks(error_message: str) -> Iterator[None]:
    """Within it, setting default hooks is an error: a RuntimeError that says `error_message`."""
    if Defaults.pairs:
        raise RuntimeError(error_message)
    with replaced(Defaults, "disabled", error_message):
        yield


class Kept:
    """A saved tensor's memory and version, so that a later change can be told, and a copy of its values."""

    def __init__(self, t: Tensor) -> None:
        self.counter, self.data, self.copy = t._counter(), t._data, np.array(t._data)[()]
        self.version = self.counter[0]

    def changed(self) -> bool:
        return self.counter[0] != self.version

    def unchanged(self) -> bool:
        return not self.changed()


class Mutation:
    """What `allow_mutation_on_saved_tensors` keeps, as long as a graph needs it; `cloned`: what was changed since."""

    current: Mutation | None = None

    def __init__(self) -> None:
        self.tid_to_weakhandle: Any = weakref.WeakValueDictionary()

    def pack(self, t: Tensor) -> Kept:
        key = id(t._counter()), id(t._data), t._vc[0]
        return self.tid_to_weakhandle.setdefault(key, Kept(t))

    def unpack(self, kept: Kept) -> Tensor:
        messages.require(Mutation.current is self, "autograd.out_of_context")
        return wrap(kept.copy)

    def of(self, wanted: Callable) -> dict:
        return {each: wrap(each.copy) for each in filter(wanted, self.tid_to_weakhandle.values())}

    cloned = property(lambda self: self.of(Kept.changed))
    original = property(lambda self: self.of(Kept.unchanged))


@contextlib.contextmanager
def allow_mutation_on_saved_tensors() -> Iterator[Mutation]:
    """Within it, tensors saved for backward may be changed in place; backward, to be run within it, sees them unchanged."""
    messages.require(Mutation.current is None, "autograd.mutation_nested")
    context = Mutation()
    try:
        with replaced(Mutation, "current", context), saved_tensors_hooks(context.pack, context.unpack):
            yield context
    finally:
        context.tid_to_weakhandle.clear()
