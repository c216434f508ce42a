"""The record of a run: values, the operations that made them, and what backward passes brought to each."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from types import FrameType
from typing import Any

from gradspec.adapters import Adapter, Unsupported
from gradspec.drawing import naming
from gradspec.observe import encode_number

NUMBERS_READ = 10_000  # of one tensor; of a larger one only the shape is noted
OPERATIONS_KEPT = 2_000
LOOP = 10  # backward passes from graphs of one form: from that many on they are the steps of a training loop
LEAF, CONSTANT, RESULT, UNSEEN = "leaf", "constant", "result", "unseen"


def ask(thing: Any, name: str, otherwise: Any = None) -> Any:
    """An attribute, or `otherwise` where `thing` has none or declines."""
    try:
        return getattr(thing, name)
    except (Exception, Unsupported):  # noqa: BLE001 (foreign code may raise anything)
        return otherwise


@dataclass(frozen=True)
class Snapshot:
    """The numbers of a tensor as they were: flat, or None of too large a one."""

    shape: tuple[int, ...]
    numbers: list[Any] | None

    def same(self, other: Snapshot) -> bool:
        """Whether they are equal, nan to nan."""
        return self == other or repr(self) == repr(other)

    def as_json(self, limit: int) -> dict[str, Any]:
        shown = None if self.numbers is None else [encode_number(each) for each in self.numbers[:limit]]
        return {"shape": list(self.shape), "numbers": shown}


@dataclass(eq=False)
class Value:
    """A tensor at one time of its life, and what backward passes brought to it."""

    number: int
    tensor: Any
    snapshot: Snapshot
    role: str
    name: str = ""
    producer: Operation | None = None
    gradients: dict[int, Snapshot] = field(default_factory=dict)  # by the number of the pass
    grads: dict[int, Snapshot] = field(default_factory=dict)  # what stood in `.grad` after the pass


@dataclass(frozen=True)
class Slot:
    """Where a tensor stood among the arguments of a call."""

    place: int


@dataclass(eq=False)
class Operation:
    """One call: `function(*args, **kwargs)` with `Slot`s where its tensors were, which `inputs` begins with."""

    name: str
    function: Callable[..., Any]
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    inputs: list[Value]
    operands: list[Any]  # of an arithmetic operator: a place in `inputs`, or a number
    outputs: list[Value]
    saved: set[int]  # places in `inputs`
    saved_result: bool = False
    fresh: bool = True  # whether no backward pass has gone through it


@dataclass(eq=False)
class Steps:
    """Backward passes from graphs of one form, each from a graph of its own: the first, the last, and the scalars."""

    first: list[Operation]
    last: list[Operation]
    kept: list[list[Operation]]
    scalars: list[float]
    passes: list[int]
    root: str = ""


class Recorder:
    """Notes calls, passes and observations; while `busy`, calls are the library's own or ours, and not noted."""

    def __init__(self, adapter: Adapter) -> None:
        self.adapter = adapter
        self.tensor_classes: tuple[type, ...] = ()
        self.busy = False
        self.begin("")

    def begin(self, path: str) -> None:
        """Forget everything, and note what the script at `path` will do."""
        self.path = path
        self.full = False
        self.values: dict[int, Value] = {}  # the present one of each tensor, by its id: `Value` keeps the tensor alive
        self.numbers: dict[tuple[str, Any], Value] = {}  # Python numbers that have names
        self.operations: list[Operation] = []
        self.steps: dict[Any, Steps] = {}
        self.passes = 0
        self._arrived: list[Value] = []  # where the present pass has brought a gradient
        self.hooked = False  # whether any gradient was seen through a hook
        self.observations: list[dict[str, Any]] = []
        self._count = 0

    @contextlib.contextmanager
    def inside(self) -> Iterator[None]:
        before, self.busy = self.busy, True
        try:
            yield
        finally:
            self.busy = before

    # -- values

    def snapshot(self, tensor: Any) -> Snapshot | None:
        """Its numbers, None where they cannot be read."""
        shape = ask(tensor, "shape")
        try:
            if shape is not None and math.prod(map(int, shape)) > NUMBERS_READ:
                return Snapshot(tuple(map(int, shape)), None)
            description = self.adapter.describe(tensor)
        except (Exception, Unsupported):  # noqa: BLE001 (foreign code may raise anything)
            return None
        return _plain(tensor) if description is None else Snapshot(tuple(description["shape"]), description["values"])

    def is_tensor(self, thing: Any) -> bool:
        return isinstance(thing, self.tensor_classes)

    def tracked(self, tensor: Any) -> bool:
        """Whether it is a result that can be differentiated."""
        if ask(tensor, "requires_grad", True) is not True:
            return False
        return not ask(tensor, "is_leaf", False) or ask(tensor, "grad_fn") is not None

    def value(self, tensor: Any) -> Value:
        """The value of a tensor that is used: the one noted, or another if it has changed since."""
        snapshot = self.snapshot(tensor) or Snapshot((), None)
        known = self.values.get(id(tensor))
        constant = ask(tensor, "requires_grad", True) is not True
        if known is not None and known.snapshot.same(snapshot) and (known.role == CONSTANT) == constant:
            return known
        leaf = ask(tensor, "is_leaf", True) is True and (known is None or known.producer is None)
        role = CONSTANT if constant else LEAF if leaf else UNSEEN
        return self._new(tensor, snapshot, role, known.name if known else "")

    def _new(self, tensor: Any, snapshot: Snapshot, role: str, name: str = "", producer: Any = None) -> Value:
        self._count += 1
        before = self.values.get(id(tensor)) if tensor is not None else None
        value = Value(self._count, tensor, snapshot, role, name, producer)
        if tensor is not None:
            self.values[id(tensor)] = value
        if role == LEAF and before is not None and before.role == LEAF:
            return value  # the hook that is there finds the present value
        if role != CONSTANT and tensor is not None:
            self._hook(tensor, value)
        return value

    def _hook(self, tensor: Any, value: Value) -> None:
        key, moves = id(tensor), value.role == LEAF

        def arrived(gradient: Any) -> None:
            with self.inside():
                snapshot = self.snapshot(gradient)
            target = self.values.get(key, value) if moves else value
            if snapshot is not None:
                self.hooked = True
                self._arrived.append(target)
                target.gradients[self.passes] = snapshot

        register = ask(tensor, "register_hook")
        if register is not None:
            with contextlib.suppress(Exception, Unsupported):
                register(arrived)

    def named_number(self, number: Any, name: str) -> Value:
        """A Python number that has a name is drawn as a constant."""
        key = (name, number)
        if key not in self.numbers:
            self.numbers[key] = self._new(None, Snapshot((), [number]), CONSTANT, name)
        return self.numbers[key]

    def name_from(self, frame: FrameType | None) -> None:
        """Give values without a name those of the variables they are bound to."""
        frame = naming.script_frame(frame, self.path)
        if frame is None:
            return
        unnamed = any(not each.name and each.role == LEAF for each in self.values.values())
        sources = (naming.parameters, naming.variables, naming.items) if unnamed else (naming.variables,)
        for source in sources:
            for name, each in source(frame, self.path):
                self.name_last(name, each)

    def name_last(self, name: str, thing: Any) -> None:
        """What a variable is bound to, unless that has a name."""
        value = self.values.get(id(thing))
        if value is not None and not value.name:
            value.name = name

    # -- operations

    def operation(self, made: Operation, results: Sequence[Any]) -> None:
        """Note a call whose `inputs` are known; its outputs are those of `results` that can be differentiated."""
        for result in results:
            snapshot = self.snapshot(result)
            if snapshot is not None:
                made.outputs.append(self._new(result, snapshot, RESULT, producer=made))
        if made.outputs:
            self.operations.append(made)
            self.full = len(self.operations) >= OPERATIONS_KEPT

    # -- backward passes

    def passing(self, roots: Iterable[Any], go: Callable[[], Any], frame: FrameType | None) -> Any:
        """A backward pass from `roots`, which `go` runs: number it, and note what it leaves in `.grad`."""
        self.name_from(frame)
        values = [self.values[id(each)] for each in roots if id(each) in self.values]
        reached = reachable(values)
        self.passes += 1
        self._arrived = []
        try:
            result = go()
        except BaseException:
            if all(each in values for each in self._arrived):  # it was refused: nothing went farther than its roots
                for each in self._arrived:
                    each.gradients.pop(self.passes, None)
                self.passes -= 1
            raise
        self._read_grads(reached, values)
        if reached:
            self._step(reached, values)
        return result

    def _read_grads(self, reached: list[Operation], roots: list[Value]) -> None:
        values = {id(each): each for operation in reached for each in operation.inputs if each.tensor is not None}
        values |= {} if self.hooked else {id(each): each for each in roots}
        for value in values.values():
            if value.role == LEAF or (not self.hooked and value.role == RESULT):
                grad = ask(value.tensor, "grad")
                snapshot = None if grad is None else self.snapshot(grad)
                if snapshot is None:
                    continue
                value.grads[self.passes] = snapshot
                if not self.hooked:
                    value.gradients[self.passes] = snapshot

    def _step(self, reached: list[Operation], roots: list[Value]) -> None:
        """Is this a graph of a form that was there before? Of the steps of a loop, only the first and the last are kept."""
        if not any(each.fresh for each in reached):
            return
        form = form_of(reached)
        steps = self.steps.setdefault(form, Steps(reached, reached, [], [], []))
        steps.last = reached
        steps.passes.append(self.passes)
        steps.root = roots[0].name or steps.root
        numbers = roots[0].snapshot.numbers or []
        if len(numbers) == 1 and isinstance(numbers[0], int | float):
            steps.scalars.append(float(numbers[0]))
        for each in reached:
            each.fresh = False
        steps.kept.append(reached)
        if len(steps.passes) >= LOOP:
            gone = {id(operation) for each in steps.kept if each is not steps.first for operation in each}
            self.operations = [each for each in self.operations if id(each) not in gone]
            steps.kept = [steps.first]
            self._forget()

    def _forget(self) -> None:
        """Let go of values that no operation which is kept, and nothing to come, is made of."""
        kept = {id(each) for operation in self.operations for each in (*operation.inputs, *operation.outputs)}
        self.values = {
            key: each
            for key, each in self.values.items()
            if id(each) in kept or (each.role == LEAF and each.tensor is not None)
        }

    # -- observations

    def observe(self, label: str, thing: Any, frame: FrameType | None) -> None:
        """Note which value an observation of a scenario is about, and whether it is about its `.grad`."""
        self.name_from(frame)
        value, grad = self._about(thing, frame)
        number = None if value is None else value.number
        self.observations.append({"label": label, "value": number, "grad": grad, "passes": self.passes})

    def _about(self, thing: Any, frame: FrameType | None) -> tuple[Value | None, bool]:
        if self.is_tensor(thing):
            if id(thing) in self.values:
                return self.values[id(thing)], False
            for value in self.values.values():
                if value.role == LEAF and ask(value.tensor, "grad") is thing:
                    return value, True
        if frame is None:
            return None, False
        names, grad = naming.yielded(frame)
        known = (self.values.get(id(frame.f_locals.get(name))) for name in names)
        return next((each for each in known if each is not None), None), grad


def _plain(thing: Any) -> Snapshot | None:
    """What is no tensor of the library: many have a number or an array of NumPy for a gradient."""
    if isinstance(thing, int | float):
        return Snapshot((), [thing])
    shape, flat = ask(thing, "shape"), ask(thing, "ravel")
    return None if shape is None or flat is None else Snapshot(tuple(map(int, shape)), flat().tolist())


def reachable(roots: Iterable[Value]) -> list[Operation]:
    """The operations that `roots` were made by, the earliest first."""
    found: dict[int, Operation] = {}
    pending = [each.producer for each in roots]
    while pending:
        operation = pending.pop()
        if operation is not None and id(operation) not in found:
            found[id(operation)] = operation
            pending += [each.producer for each in operation.inputs]
    return sorted(found.values(), key=lambda each: each.outputs[0].number)


def form_of(operations: Sequence[Operation]) -> tuple[Any, ...]:
    """The same for graphs of the same operators, put together in the same way."""
    places = {id(each): place for place, each in enumerate(operations)}
    return tuple(
        (each.name, tuple(places.get(id(value.producer), value.role) for value in each.inputs)) for each in operations
    )
