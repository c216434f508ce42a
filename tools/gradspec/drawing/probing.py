"""Local gradients: one operation is run again by itself, on leaves with the values it had, and differentiated.

The implementation computes them. Where the operation does not give the value it gave, or several, there are none.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from gradspec.adapters import Unsupported
from gradspec.drawing.recorder import CONSTANT, Operation, Recorder, Slot, Snapshot, Value, ask
from gradspec.observe import encode_number

COLUMN = 128  # entries of a Jacobian that has one column
CLOSE = 1e-4  # relative: rounding may differ between a value and the same value computed once more


class Probe:
    """Runs single operations of a record again."""

    def __init__(self, recorder: Recorder) -> None:
        self.recorder = recorder
        self.torch = recorder.adapter.torch
        self.with_argument = "grad_argument" in recorder.adapter.capabilities

    def local(self, operation: Operation) -> list[dict[str, Any] | None]:
        """For each input its local gradient: numbers in its shape, or the size of a Jacobian that has no such form."""
        nothing: list[dict[str, Any] | None] = [None] * len(operation.inputs)
        if len(operation.outputs) != 1 or operation.name in ("grad", "setitem_"):
            return nothing
        shape = operation.outputs[0].snapshot.shape
        size = math.prod(shape)
        ones = self.pulled(operation, [1.0] * size)
        if ones is None:
            return nothing
        weights = [math.sqrt(number) for number in range(2, size + 2)]
        weighted = self.pulled(operation, weights) if size > 1 else ones
        return [
            None if one is None or other is None else self._form(operation, place, one, other, weights)
            for place, (one, other) in enumerate(zip(ones, weighted or [], strict=False))
        ]

    def _form(
        self, operation: Operation, place: int, ones: Snapshot, weighted: Snapshot, weights: Sequence[float]
    ) -> dict[str, Any] | None:
        shape = operation.outputs[0].snapshot.shape
        rows, columns = math.prod(shape), math.prod(ones.shape)
        if rows == 1:
            return {"numbers": list(map(encode_number, ones.numbers or [])), "shape": list(ones.shape)}
        if ones.shape == shape and all(map(_close, map(_times, ones.numbers or [], weights), weighted.numbers or [])):
            return {"numbers": list(map(encode_number, ones.numbers or [])), "shape": list(shape)}
        if columns == 1 and rows <= COLUMN:
            pulled = [self.pulled(operation, [float(row == each) for each in range(rows)]) for row in range(rows)]
            column = [each[place] for each in pulled if each is not None]
            numbers = [each.numbers[0] for each in column if each is not None and each.numbers]
            return (
                {"numbers": list(map(encode_number, numbers)), "shape": list(shape)} if len(numbers) == rows else None
            )
        return {"rows": rows, "columns": columns}

    def pulled(self, operation: Operation, upstream: Sequence[Any]) -> list[Snapshot | None] | None:
        """What an upstream gradient, given flat, becomes at each of the inputs. None where that cannot be found out."""
        try:
            with self.recorder.inside():
                return self._pulled(operation, upstream)
        except (Exception, Unsupported):  # noqa: BLE001 (foreign code may raise anything)
            return None

    def _pulled(self, operation: Operation, upstream: Sequence[Any]) -> list[Snapshot | None] | None:
        output = operation.outputs[0].snapshot
        count = len(list(slots_in([operation.args, operation.kwargs])))
        leaves = [self._anew(each) for each in operation.inputs[:count]]
        args, kwargs = filled(operation.args, leaves), filled(operation.kwargs, leaves)
        function = operation.function
        if operation.name.endswith("_"):
            function = getattr(type(operation.inputs[0].tensor), operation.name.rstrip("_"))
        result = function(*args, **kwargs)
        again = self.recorder.snapshot(result)
        if again is None or again.shape != output.shape or not _alike(again, output):
            return None
        if output.shape == () and list(upstream) == [1.0]:
            result.backward()
        elif self.with_argument:
            result.backward(self._tensor(upstream, output.shape, result))
        else:
            weighted = result * self._tensor(upstream, output.shape, result)
            (weighted.sum() if output.shape else weighted).backward()
        grads = [
            None if each.role == CONSTANT else ask(leaf, "grad")
            for each, leaf in zip(operation.inputs, leaves, strict=False)
        ]
        found = [None if each is None else self.recorder.snapshot(each) for each in grads]
        return found + [None] * (len(operation.inputs) - count)

    def _anew(self, value: Value) -> Any:
        """A leaf of the same numbers and dtype."""
        assert value.snapshot.numbers is not None
        requires = {} if value.role == CONSTANT else {"requires_grad": True}
        return self._tensor(value.snapshot.numbers, value.snapshot.shape, value.tensor, **requires)

    def _tensor(self, numbers: Sequence[Any], shape: tuple[int, ...], like: Any, **requires: Any) -> Any:
        dtype = ask(like, "dtype") if "dtypes" in self.recorder.adapter.capabilities else None
        nested = nest(list(numbers), shape)
        return self.torch.tensor(nested, **requires, **({} if dtype is None else {"dtype": dtype}))


def nest(numbers: list[Any], shape: Sequence[int]) -> Any:
    """Flat numbers as nested lists of this shape."""
    if not shape:
        return numbers[0]
    step = math.prod(shape[1:])
    return [nest(numbers[row * step : (row + 1) * step], shape[1:]) for row in range(shape[0])]


def slots_in(things: Any) -> list[Slot]:
    if isinstance(things, Slot):
        return [things]
    inside = things.values() if isinstance(things, dict) else things if isinstance(things, list | tuple) else ()
    return [slot for each in inside for slot in slots_in(each)]


def filled(things: Any, leaves: Sequence[Any]) -> Any:
    if isinstance(things, Slot):
        return leaves[things.place]
    if isinstance(things, dict):
        return {key: filled(each, leaves) for key, each in things.items()}
    if type(things) in (list, tuple):
        return type(things)(filled(each, leaves) for each in things)
    return things


def _alike(one: Snapshot, other: Snapshot) -> bool:
    if one.numbers is None or other.numbers is None:
        return False
    return all(map(_close, one.numbers, other.numbers))


def _close(one: Any, other: Any) -> bool:
    return one == other or one != one or bool(abs(one - other) <= CLOSE * max(abs(one), abs(other)) + 1e-6)


def _times(one: Any, other: Any) -> Any:
    return one * other
