"""Saved tensors: looking at what nodes keep for the backward pass, and putting something else in its place.

A node of the table keeps, for each input that its formulas name, the tensor and its version, and for each result a
`Saved`; a custom function's keeps a pair or a `Saved` each. A pack hook's result takes such an entry's place as a
`Packed`, which offers what generated code asks of an entry: `_data`, a version that never changes, and `tensor(node)`.
"""

from __future__ import annotations

import contextlib
import weakref
from collections.abc import Callable, Iterator
from typing import Any, ClassVar

import numpy as np

from refgrad.functions import ops
from refgrad.modes import modes
from refgrad.node import LEAF, MultiNode, Node, Saved, Slot, freed, modified
from refgrad.tensor import Tensor, constant, wrap
from refgrad.views import edge_of, make_node

IN_PLACE = (
    "A saved tensor pack hook is modifying its input in place. Tensors provided as input to pack hook cannot be modified "
    "by in-place operations as this can lead to unexpected side-effects. Please open an issue if you need to perform "
    "in-place operations on the input to a pack hook."
)
RELEASED = (
    "Calling register_hooks on a saved tensor after it has been freed. Saved intermediate values of the graph are freed "
    "when you call .backward() or autograd.grad(). Specify retain_graph=True if you need to backward through the graph "
    "a second time or if you need to access saved variables after calling backward."
)
TWICE = (
    "Calling register_hooks on a saved tensor whose hooks have already been set. Hint: only one pair of hooks is allowed "
    "at a time."
)
OUT_OF_CONTEXT = (
    "Trying to backward outside of the 'allow_mutation_on_saved_tensors' contextin which the graph was originally "
    "recorded."
)


class Packed:
    """What a pack hook made of a saved tensor, and how to get the tensor back."""

    __slots__ = ("edge", "nr", "packed", "unpack_hook")
    _vc = (0,)  # what happens to the tensor meanwhile is the hooks' affair
    version = 0

    def __init__(self, t: Tensor, nr: int | None, pack_hook: Callable, unpack_hook: Callable, bare: bool) -> None:
        """nr: which result of its node `t` is; None for an input. bare: the hook gets `t` without its history."""
        self.edge, self.nr, self.unpack_hook = edge_of(t) if nr is None else None, nr, unpack_hook
        version, grad = t._version, modes.grad
        modes.grad = False
        try:
            self.packed = pack_hook(t.detach() if bare else t)
        finally:
            modes.grad = grad
        if t._version != version:
            raise RuntimeError(IN_PLACE)

    @property
    def _data(self) -> Any:
        t = self.unpack_hook(self.packed)
        if not isinstance(t, Tensor):
            raise TypeError(
                f"Output of saved tensor unpack_hook expected to be a Tensor but got result of type {type(t).__name__}"
            )
        return t._data

    def tensor(self, node: Node | None) -> Tensor:
        """The tensor with the history that it had; in a recorded pass a leaf's gradient goes on to that leaf."""
        t, edge = wrap(self._data), self.edge
        if self.nr is not None:
            assert node is not None
            many = isinstance(node, MultiNode)
            t._node = Slot(node, self.nr, node.shape[self.nr], node.dtype[self.nr]) if many else node
        elif edge is not None and edge._kind != LEAF:
            t._node = edge
        elif edge is not None and modes.grad and modes.task is not None:
            t._node = make_node(ops.alias.NodeType, (edge,), (), t._data)
        elif edge is not None:
            t._rg = True
        return t


def places(node: Node) -> dict[str, int]:
    """Where in `node.saved` the tensors are, by the names that its formulas give them."""
    plan = getattr(node, "plan", None)
    if plan is None:  # a custom function's
        return {str(i): i for i in range(len(node.saved or ()))}
    inputs = {name: 2 * i for i, name in enumerate(plan.inputs)}
    return inputs | {name: 2 * len(inputs) + i for i, name in enumerate(plan.results)}


def is_paired(node: Node, place: int) -> bool:
    """Whether the next place holds the version of what is saved in this one."""
    plan = getattr(node, "plan", None)
    return plan is not None and place < 2 * len(plan.inputs)


def entry_of(node: Node, place: int) -> tuple[Any, int | None]:
    """What is saved there, and its version: None for what is no tensor."""
    if node.saved is None:
        raise freed()
    entry = node.saved[place]
    if is_paired(node, place):
        return entry, node.saved[place + 1]
    return entry if entry.__class__ is tuple else (entry, None if entry is None else entry.version)


def saved_tensor(node: Node, place: int) -> Any:
    """The tensor saved there, as PyTorch shows it: None where none was needed."""
    entry, version = entry_of(node, place)
    if version is None:
        return shown(entry)
    if entry._vc[0] != version:
        raise modified(node, entry, version)
    return entry if isinstance(entry, Tensor) else entry.tensor(node)


def shown(value: Any) -> Any:
    """A number, or the arrays of an index, as tensors."""
    if isinstance(value, tuple):
        return tuple(map(shown, value))
    return constant(value) if isinstance(value, (int, float, complex, np.ndarray)) else None


def pack(node: Node, place: int, pack_hook: Callable, unpack_hook: Callable, bare: bool = False) -> None:
    """Put a `Packed` in the place of the tensor that `node` has saved there."""
    entry, _ = entry_of(node, place)
    is_result = entry.__class__ is Saved
    t = entry.tensor(node) if is_result else entry if isinstance(entry, Tensor) else constant(entry)
    packed = Packed(t, entry.nr if is_result else None, pack_hook, unpack_hook, bare)
    saved = list(node.saved)
    saved[place] = packed
    if is_paired(node, place):
        saved[place + 1] = packed.version
    node.saved = tuple(saved)


class SavedTensor:
    """A tensor as a node keeps it. Its hooks, once registered, decide what is kept in its place."""

    def __init__(self, node: Node | None = None, place: int = 0, index: int | None = None) -> None:
        """index: which of the tensors at that place, if there is a list of them."""
        if node is None:
            raise RuntimeError("Trying to create a SavedTensor object from Python is forbidden.")
        self._node, self._place, self._index = node, place, index

    def register_hooks(self, *hooks: Callable) -> None:
        """Of the two `hooks`, keep what the first makes of the tensor, now; what the second makes of that, a tensor, is used.

        Raises RuntimeError where nothing is saved (any more), or other hooks are registered.
        """
        if len(hooks) != 2 or not all(map(callable, hooks)):
            raise TypeError(
                "register_hooks(): incompatible function arguments. The following argument types are supported:\n"
                "    1. (self: torch._C._autograd.SavedTensor, arg0: collections.abc.Callable, arg1: "
                "collections.abc.Callable) -> None\n\n"
                f"Invoked with: {', '.join(map(repr, (self, *hooks)))}"
            )
        if self._node.saved is None:
            raise RuntimeError(RELEASED)
        entry, _ = entry_of(self._node, self._place)
        if entry.__class__ is Packed:
            raise RuntimeError(TWICE)
        if entry is None or (self._index is not None and entry[self._index] is None):
            raise RuntimeError("Calling register_hooks on a saved tensor with value None is forbidden")
        pack(self._node, self._place, *hooks, bare=True)

    def unpack(self) -> Any:
        found = saved_tensor(self._node, self._place)
        return found if self._index is None else found[self._index]

    @property
    def data(self) -> Any:
        """What is kept: a pack hook's result, or the tensor."""
        entry, _ = entry_of(self._node, self._place)
        return entry.packed if entry.__class__ is Packed else self.unpack()

    @property
    def unpack_hook(self) -> Any:
        entry, _ = entry_of(self._node, self._place)
        return entry.unpack_hook if entry.__class__ is Packed else None


SavedTensor.__module__ = "torch._C._autograd"


class Defaults:
    """The pairs of hooks that are in force for whatever is saved, the innermost last; or why there may be none."""

    pairs: ClassVar[list[tuple[Callable, Callable]]] = []
    disabled: str | None = None

    @classmethod
    def enter(cls, pair: tuple[Callable, Callable]) -> None:
        if not all(map(callable, pair)):
            raise TypeError(
                "_push_saved_tensors_default_hooks(): incompatible function arguments. The following argument types are "
                "supported:\n    1. (arg0: collections.abc.Callable, arg1: collections.abc.Callable) -> None\n\n"
                f"Invoked with: {', '.join(map(repr, pair))}"
            )
        if cls.disabled is not None:
            raise RuntimeError(cls.disabled)
        if not cls.pairs:
            modes.observers += (pack_all,)
        cls.pairs.append(pair)

    @classmethod
    def leave(cls) -> None:
        cls.pairs.pop()
        if not cls.pairs:
            modes.observers = tuple(each for each in modes.observers if each is not pack_all)


def pack_all(node: Node) -> None:
    """Hand all tensors that the new node saves to the innermost pair of hooks; numbers are kept as they are."""
    for place in places(node).values():
        if entry_of(node, place)[1] is not None:
            pack(node, place, *Defaults.pairs[-1])


class saved_tensors_hooks:
    """Within it `pack_hook(tensor)` decides what is kept of each tensor that an operation saves for backward.

    `unpack_hook`, given that, returns the tensor whenever it is needed. Of nested pairs the innermost counts.
    """

    def __init__(self, pack_hook: Callable, unpack_hook: Callable) -> None:
        self.pack_hook, self.unpack_hook = pack_hook, unpack_hook

    def __enter__(self) -> None:
        Defaults.enter((self.pack_hook, self.unpack_hook))

    def __exit__(self, *error: Any) -> None:
        Defaults.leave()


class save_on_cpu(saved_tensors_hooks):
    """Within it saved tensors are kept in the memory of the CPU, where all of them are anyway."""

    def __init__(self, pin_memory: bool = False, device_type: str = "cuda") -> None:
        super().__init__(lambda t: (t.device, t.detach()), lambda packed: packed[1])


@contextlib.contextmanager
def disable_saved_tensors_hooks(error_message: str) -> Iterator[None]:
    """Within it, setting default hooks is an error: a RuntimeError that says `error_message`."""
    if Defaults.pairs:
        raise RuntimeError(error_message)
    previous, Defaults.disabled = Defaults.disabled, error_message
    try:
        yield
    finally:
        Defaults.disabled = previous


class Kept:
    """A saved tensor's memory and version, so that a later change can be told, and a copy of its values."""

    def __init__(self, t: Tensor) -> None:
        self.counter, self.data, self.copy = t._counter(), t._data, np.array(t._data)[()]
        self.version = self.counter[0]

    @property
    def key(self) -> tuple:
        return id(self.counter), id(self.data), self.version


class Mutation:
    """What `allow_mutation_on_saved_tensors` keeps, as long as a graph needs it; `cloned`: what was changed since."""

    current: Mutation | None = None

    def __init__(self) -> None:
        self.tid_to_weakhandle: Any = weakref.WeakValueDictionary()

    def pack(self, t: Tensor) -> tuple:
        kept = Kept(t)
        return self, self.tid_to_weakhandle.setdefault(kept.key, kept)

    def of(self, changed: bool) -> dict:
        kept = self.tid_to_weakhandle.values()
        return {each: wrap(each.copy) for each in kept if (each.counter[0] != each.version) is changed}

    cloned = property(lambda self: self.of(changed=True))
    original = property(lambda self: self.of(changed=False))


def unpack_kept(packed: tuple) -> Tensor:
    context, kept = packed
    if Mutation.current is not context:
        raise AssertionError(OUT_OF_CONTEXT)
    return wrap(kept.copy)


@contextlib.contextmanager
def allow_mutation_on_saved_tensors() -> Iterator[Mutation]:
    """Within it, tensors saved for backward may be changed in place; backward, to be run within it, sees them unchanged."""
    if Mutation.current is not None:
        raise RuntimeError("allow_mutation_on_saved_tensors contexts cannot be nested")
    context = Mutation.current = Mutation()
    try:
        with saved_tensors_hooks(context.pack, unpack_kept):
            yield context
    finally:
        context.tid_to_weakhandle.clear()
        Mutation.current = None
