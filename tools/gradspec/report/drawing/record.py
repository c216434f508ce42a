"""What a drawing is made from: the record of a run, as declared types. `gradspec.drawing.worker` writes it."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Literal

import msgspec

from gradspec.compare import Difference
from gradspec.report.drawing import numbers
from gradspec.trace import Broken, Declined, Number, Observation, Refused, Special, Tensor, show

Real = float | Special
SPOKEN = ("values", "number", "observations", "kind", "raised", "text")  # facets that need not be named


class Numbers(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A tensor's numbers in row-major order, the first of them at least; None of a large one."""

    shape: tuple[int, ...]
    numbers: tuple[Number, ...] | None


class Local(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A local gradient: either `numbers` in `shape`, or the size of a Jacobian."""

    shape: tuple[int, ...] = ()
    numbers: tuple[Number, ...] | None = None
    rows: int = 0
    columns: int = 0


class Brought(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The gradient of one backward pass."""

    number: int
    gradient: Numbers


class Value(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    number: int
    name: str
    role: Literal["leaf", "constant", "result", "unseen"]
    value: Numbers
    gradients: tuple[Brought, ...]
    grad: Numbers | None


class Input(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An edge: a value that goes into an operation, and what passes bring back by this way."""

    value: int
    local: Local | None
    gradients: tuple[Brought, ...]
    saved: bool


class Operand(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Of an arithmetic operator: the place of an input, or a number that stands in the script."""

    input: int | None = None
    number: Real | str | None = None


class Operation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: str
    inputs: tuple[Input, ...]
    operands: tuple[Operand, ...]
    settings: tuple[str, ...]
    outputs: tuple[int, ...]
    saved_result: bool


class Observed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which value an observation of a scenario is about, and after how many passes."""

    label: str
    value: int | None
    grad: bool
    passes: int


class Fit(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Points, and the predictions of the first and the last step."""

    x: tuple[Real, ...]
    y: tuple[Real, ...]
    first: tuple[Real, ...]
    last: tuple[Real, ...]
    x_name: str
    y_name: str


class Loop(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A training loop: how many steps it has, and the scalar that each goes back from."""

    scalars: tuple[Real, ...]
    steps: int
    root: str
    fit: Fit | None


class Ended(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The error that ended the script, or the scenario."""

    type: str
    message: str


class Drawn(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="reply", tag="drawn"):
    """What was noted of a run. hooks: whether gradients of intermediate values could be seen."""

    number: int
    implementation: str
    version: str
    ended: Ended | None
    values: tuple[Value, ...]
    operations: tuple[Operation, ...]
    passes: int
    observations: tuple[Observed, ...]
    hooks: bool
    full: bool
    loop: Loop | None


def consistent(drawn: Drawn) -> bool:
    """Whether a record that comes from foreign code tells of a graph: values that are known, made before they are used."""
    known = {each.number for each in drawn.values}
    later = {number for operation in drawn.operations for number in operation.outputs}
    for operation in drawn.operations:
        inputs = {each.value for each in operation.inputs}
        places = [each.input for each in operation.operands if each.input is not None]
        if not inputs <= known or inputs & later or not all(0 <= each < len(operation.inputs) for each in places):
            return False
        if not set(operation.outputs) <= later & known:
            return False
        later -= set(operation.outputs)
    return all(map(_whole, _arrays(drawn)))


def _arrays(drawn: Drawn) -> Iterator[Numbers]:
    for value in drawn.values:
        yield from (value.value, *(each.gradient for each in value.gradients), *([value.grad] if value.grad else []))
    for operation in drawn.operations:
        for edge in operation.inputs:
            yield from (each.gradient for each in edge.gradients)
            if edge.local is not None:
                yield Numbers(edge.local.shape, edge.local.numbers)


def _whole(array: Numbers) -> bool:
    """Whether it has the numbers that its shape asks for, or the first of them."""
    size = math.prod(array.shape)
    return array.numbers is None or len(array.numbers) == size or 0 < len(array.numbers) < size


Answer = Drawn | Refused | Declined | Broken
answers: msgspec.json.Decoder[Answer] = msgspec.json.Decoder(Answer)


class Seen(msgspec.Struct, frozen=True):
    """An observation of a scenario: what PyTorch gives, what was found, and where the two differ.

    marked: nothing but that it differs is to be told.
    """

    label: str
    expected: Observation | None
    found: Observation | None
    differences: tuple[Difference, ...]
    value: int | None
    grad: bool
    marked: bool = False

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """What is expected and found, in words; where they differ, for each facet that differs."""
        if not self.differences:
            return [(_brief(self.expected), _brief(self.found))]
        return [self._pair(each) for each in self.differences]

    def _pair(self, difference: Difference) -> tuple[str, str]:
        if difference.facet == "values" and difference.label == self.label:
            return _brief(self.expected), _brief(self.found)
        facet = "" if difference.facet in SPOKEN else f"{difference.facet.replace('_', ' ')} "
        return f"{facet}{difference.expected}", f"{facet}{difference.found}"


def _brief(observation: Observation | None) -> str:
    if observation is None:
        return "no such observation"
    value = observation.value
    return numbers.array(value.shape, value.values) if isinstance(value, Tensor) else show(value)


class Record(msgspec.Struct, frozen=True):
    """A run that can be drawn, of a script or of a scenario with what was seen there."""

    title: str
    subtitle: str
    drawn: Drawn
    seen: tuple[Seen, ...] = ()
