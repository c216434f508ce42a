"""The process in which a script or a scenario is run to be drawn, and the record that it answers with.

Requests, replies and descriptors are those of `gradspec.worker`; there is one call more.
"""

from __future__ import annotations

import builtins
import contextlib
import functools
import inspect
import os
import runpy
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from gradspec.adapters import Adapter, Unsupported
from gradspec.adapters.loading import load
from gradspec.aliasing import aliased
from gradspec.drawing.probing import Probe
from gradspec.drawing.recorder import CONSTANT, LOOP, RESULT, Operation, Recorder, Slot, Snapshot, Steps, Value, ask
from gradspec.drawing.watching import Watch
from gradspec.observe import UNCAUGHT, clean_message, encode_number, start_afresh, trace
from gradspec.scenario import Attempt, Scenario, ScenarioError, scenarios_in
from gradspec.worker import Session, move_away, serve, write_all

NUMBERS_SENT = 1_000  # of one tensor
Record = dict[str, Any]


def draw(recorder: Recorder, path: str, name: str) -> Record:
    """The record of the script at `path`, or of the scenario `name` in it."""
    recorder.begin(path)
    ended = _run_scenario(recorder, path, name) if name else _run_script(recorder, path)
    return {"reply": "drawn", "ended": ended, **_Writer(recorder).record()}


def _run_scenario(recorder: Recorder, path: str, name: str) -> Record | None:
    found = scenarios_in(Path(path)).get(name)
    if found is None:
        raise ScenarioError(f"There is no scenario {name!r} in {path}.")
    function = found.function

    @functools.wraps(function)
    def noting(torch: Any) -> Iterator[tuple[str, Any]]:
        steps = function(torch)
        for label, thing in steps:
            with recorder.inside():
                value = thing.value if isinstance(thing, Attempt) else thing
                recorder.observe(label, value, getattr(steps, "gi_frame", None))
            yield label, thing

    last = trace(Scenario(noting, found.cites, found.needs), _quiet(recorder))[-1:]
    return next(
        (
            {"type": each["value"]["type"], "message": each["value"]["message"]}
            for each in last
            if each["label"] == UNCAUGHT
        ),
        None,
    )


def _quiet(recorder: Recorder) -> Adapter:
    """The adapter, reading tensors while nothing is noted."""
    adapter = recorder.adapter

    def describe(value: Any) -> dict[str, Any] | None:
        with recorder.inside():
            return adapter.describe(value)

    return Adapter(adapter.name, adapter.torch, adapter.capabilities, adapter.facets, describe, adapter.may_decline)


def _run_script(recorder: Recorder, path: str) -> Record | None:
    adapter = recorder.adapter
    start_afresh(adapter.torch)
    sys.argv = [path]
    sys.path.insert(0, os.path.dirname(os.path.abspath(path)))
    with aliased(adapter.torch), _printing(recorder):
        try:
            variables = runpy.run_path(path, run_name="__main__")
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            if isinstance(error, Unsupported) and adapter.may_decline:
                raise
            if isinstance(error, SystemExit) and not error.code:
                return None
            return {"type": type(error).__name__, "message": clean_message(str(error))}
    for name, each in variables.items():
        recorder.name_last(name, each)
    return None


@contextlib.contextmanager
def _printing(recorder: Recorder) -> Iterator[None]:
    """Note what a script prints as observations: `print("its label", value, sep=": ")`, as pasted scenarios have it."""
    plain = builtins.print

    def noting(*args: Any, **kwargs: Any) -> None:
        if len(args) == 2 and isinstance(args[0], str) and kwargs.get("sep") == ": ":
            with recorder.inside():
                recorder.observe(args[0], args[1], None)
        plain(*args, **kwargs)

    builtins.print = noting
    try:
        yield
    finally:
        builtins.print = plain


class _Writer:
    """A record in its JSON form: `gradspec.report.drawing.record` declares its types."""

    def __init__(self, recorder: Recorder) -> None:
        self.recorder = recorder
        loops = [each for each in recorder.steps.values() if len(each.passes) >= LOOP]
        self.loop: Steps | None = max(loops, key=lambda each: len(each.passes), default=None)
        self.operations = recorder.operations if self.loop is None else self.loop.first
        self.passes = range(1, recorder.passes + 1) if self.loop is None else self.loop.passes[:1]
        self.probe = Probe(recorder)
        used = [value for operation in self.operations for value in (*operation.inputs, *operation.outputs)]
        self.values = {each.number: each for each in used}

    def record(self) -> Record:
        recorder = self.recorder
        with recorder.inside():
            start_afresh(recorder.adapter.torch)
            return {
                "implementation": recorder.adapter.name,
                "version": recorder.adapter.version,
                "values": [self._value(each) for each in self.values.values()],
                "operations": [self._operation(each) for each in self.operations],
                "passes": len(self.passes),
                "observations": recorder.observations,
                "hooks": recorder.hooked,
                "full": recorder.full,
                "loop": None if self.loop is None else self._loop(self.loop),
            }

    def _value(self, value: Value) -> Record:
        grad = None
        if value.role not in (CONSTANT, RESULT):
            grad = next(iter(value.grads.values()), None) if self.loop else self._grad_at_the_end(value)
        return {
            "number": value.number,
            "name": value.name[:40],
            "role": value.role,
            "value": _json(value.snapshot),
            "gradients": self._passes(value.gradients),
            "grad": None if grad is None else _json(grad),
        }

    def _grad_at_the_end(self, value: Value) -> Snapshot | None:
        if self.recorder.values.get(id(value.tensor)) is not value:
            return None  # the tensor has another value by now, whose `.grad` it is
        grad = ask(value.tensor, "grad")
        return None if grad is None else self.recorder.snapshot(grad)

    def _passes(self, gradients: dict[int, Snapshot]) -> list[Record]:
        return [{"number": n, "gradient": _json(gradients[n])} for n in self.passes if n in gradients]

    def _operation(self, operation: Operation) -> Record:
        local = self.probe.local(operation)
        brought = self._brought(operation)
        inputs = [
            {
                "value": each.number,
                "local": local[place] if each.role != CONSTANT else None,
                "gradients": self._passes(brought[place]),
                "saved": place in operation.saved,
            }
            for place, each in enumerate(operation.inputs)
        ]
        return {
            "name": operation.name,
            "inputs": inputs,
            "operands": [
                {"input": each.place} if isinstance(each, Slot) else {"number": _number(each)}
                for each in operation.operands
            ],
            "settings": [] if operation.operands else _settings(operation),
            "outputs": [each.number for each in operation.outputs],
            "saved_result": operation.saved_result,
        }

    def _brought(self, operation: Operation) -> list[dict[int, Snapshot]]:
        """What each pass brought to each input by this way; to a value that is used once, all that it got."""
        found: list[dict[int, Snapshot]] = [{} for _ in operation.inputs]
        if operation.name == "grad":
            return found
        consumers = [
            sum(each is value for other in self.operations for each in other.inputs) for value in operation.inputs
        ]
        for place, value in enumerate(operation.inputs):
            if consumers[place] == 1 and self.recorder.hooked:
                found[place] = value.gradients
        several = [place for place, each in enumerate(operation.inputs) if not found[place] and each.role != CONSTANT]
        if not several or len(operation.outputs) != 1 or operation.name == "setitem_":
            return found
        for number in self.passes:
            upstream = operation.outputs[0].gradients.get(number)
            pulled = (
                None if upstream is None or upstream.numbers is None else self.probe.pulled(operation, upstream.numbers)
            )
            for place in several if pulled is not None else []:
                snapshot = pulled[place] if pulled else None
                if snapshot is not None and number in operation.inputs[place].gradients:
                    found[place][number] = snapshot
        return found

    def _loop(self, steps: Steps) -> Record:
        return {
            "scalars": [encode_number(each) for each in steps.scalars],
            "steps": len(steps.passes),
            "root": steps.root[:40],
            "fit": _fit(steps),
        }


def _fit(steps: Steps) -> Record | None:
    """Points and the line through them, where a step shows them.

    It uses two constants of as many numbers, three at least, one feature each: the first that is used is x, the other is
    y, and what meets y in an operation, of the same size, is the prediction.
    """
    constants = list(
        dict.fromkeys(
            value for each in steps.first for value in each.inputs if _column(value) and value.role == CONSTANT
        )
    )
    if len(constants) != 2 or len(constants[0].snapshot.numbers or []) != len(constants[1].snapshot.numbers or []):
        return None
    x, y = constants
    for first, last in zip(steps.first, steps.last, strict=True):
        if y in first.inputs:
            for before, after in zip(first.inputs, last.inputs, strict=True):
                if before.role == RESULT and before.snapshot.shape == y.snapshot.shape and after.snapshot.numbers:
                    numbers = {"x": x, "y": y, "first": before, "last": after}
                    lists = {
                        key: list(map(encode_number, each.snapshot.numbers or [])) for key, each in numbers.items()
                    }
                    return lists | {"x_name": x.name[:40], "y_name": y.name[:40]}
    return None


def _column(value: Value) -> bool:
    shape = value.snapshot.shape
    return (
        value.snapshot.numbers is not None
        and len(shape) in (1, 2)
        and shape[1:] in ((), (1,))
        and 3 <= shape[0] <= NUMBERS_SENT
    )


def _json(snapshot: Snapshot) -> Record:
    return snapshot.as_json(NUMBERS_SENT)


def _number(number: Any) -> Any:
    return encode_number(number) if isinstance(number, bool | int | float) else str(number)[:20]


def _settings(operation: Operation) -> list[str]:
    """The arguments that are no tensors, as the script might have written them; not those that say nothing new."""
    try:
        usual = {name: each.default for name, each in inspect.signature(operation.function).parameters.items()}
    except (TypeError, ValueError):  # a builtin need not have a signature
        usual = {}
    words = [_word(each) for each in operation.args if not _has_slot(each)]
    for key, each in operation.kwargs.items():
        if not _has_slot(each) and each is not None and each is not False and each != usual.get(key):
            words.append(f"{key}={_word(each)}")
    return [each for each in words if each][:4]


def _has_slot(thing: Any) -> bool:
    return isinstance(thing, Slot) or (isinstance(thing, list | tuple) and any(map(_has_slot, thing)))


def _word(thing: Any) -> str:
    if isinstance(thing, slice):
        parts = ("" if each is None else str(each) for each in (thing.start, thing.stop))
        return ":".join(parts) + ("" if thing.step is None else f":{thing.step}")
    if isinstance(thing, tuple | list):
        return f"({', '.join(map(_word, thing))})"
    return (
        "..." if thing is Ellipsis else repr(thing)[:20] if isinstance(thing, bool | int | float | str | None) else ""
    )


class DrawingSession(Session):
    """A session that can be asked for drawings. One implementation a process: it stays watched."""

    def __init__(self) -> None:
        super().__init__()
        self._recorder: Recorder | None = None
        self.calls = {"draw": self._draw}

    def _draw(self, implementation: str, path: str, name: str) -> Record:
        if self._recorder is None:
            self._recorder = Recorder(load(implementation))
            Watch(self._recorder).begin()
        return draw(self._recorder, path, name)


def main() -> None:
    """Serve the process that started this one."""
    requests, replies = move_away()
    with open(requests, "rb") as lines, contextlib.suppress(BrokenPipeError):
        serve(iter(lines), functools.partial(write_all, replies), DrawingSession())
    os._exit(0)


if __name__ == "__main__":
    main()
