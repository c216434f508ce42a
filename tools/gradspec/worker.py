"""The process that holds the code under test: it loads an implementation, runs scenarios and answers with traces.

It must start inside anybody's environment: standard library only, and NumPy where an adapter wants it. Requests and
replies are lines of JSON on the descriptors that it was started with; before any foreign code runs these are moved
away, so that what that code prints goes to a file of limited size.
"""

from __future__ import annotations

import contextlib
import faulthandler
import functools
import json
import os
import platform
import resource
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from gradspec.adapters import Adapter, Unsupported
from gradspec.adapters.loading import LoadingError, load
from gradspec.observe import output, trace
from gradspec.programs.interpreter import Interpreter
from gradspec.scenario import ScenarioError, scenarios_in

OUTPUT_LIMIT = 16 << 20  # bytes of a file that the code under test may write

Answer = dict[str, Any]


class Session:
    """An implementation, once it is loaded, and what can be asked about it."""

    def __init__(self) -> None:
        self._adapter: Adapter | None = None
        self._calls: dict[str, Callable[..., Answer]] = {
            "load": self._load,
            "scenario": self._scenario,
            "script": self._script,
            "programs": self._programs,
            "sequence": self._sequence,
        }

    def answer(self, request: dict[str, Any]) -> Answer:
        """The reply to `request`: its number, a call and the call's arguments."""
        number, call = request.pop("number"), request.pop("call")
        try:
            reply = self._calls[call](**request)
        except LoadingError as error:
            reply = {"reply": "refused", "reason": str(error)}
        except Unsupported as reason:
            reply = {"reply": "declined", "reason": str(reason)}
        except ScenarioError as error:
            reply = {"reply": "broken", "reason": str(error)}
        return {"number": number, **reply}

    def _load(self, implementation: str) -> Answer:
        self._adapter = adapter = load(implementation)
        numpy = sys.modules.get("numpy")
        return {
            "reply": "loaded",
            "name": adapter.name,
            "version": adapter.version,
            "capabilities": sorted(adapter.capabilities),
            "facets": sorted(adapter.facets),
            "versions": {
                "python": platform.python_version(),
                "platform": f"{platform.system()} {platform.machine()}",
                "numpy": str(getattr(numpy, "__version__", "not loaded")),
            },
        }

    def _scenario(self, path: str, name: str) -> Answer:
        assert self._adapter is not None
        found = scenarios_in(Path(path)).get(name)
        if found is None:
            raise ScenarioError(f"There is no scenario {name!r} in {path}.")
        return {"reply": "traced", "observations": trace(found, self._adapter)}

    def _script(self, path: str) -> Answer:
        assert self._adapter is not None
        return {"reply": "traced", "observations": output(Path(path), self._adapter)}

    def _programs(self, programs: list[dict[str, Any]]) -> Answer:
        """Each program for itself, observed to its end; None for one that the adapter declines."""
        return {"reply": "ran", "traces": [self._trace_of(each) for each in programs]}

    def _trace_of(self, program: dict[str, Any]) -> list[dict[str, Any]] | None:
        try:
            return self._interpreter.run(program)
        except Unsupported:
            return None

    def _sequence(self, programs: list[dict[str, Any]]) -> Answer:
        """Programs that are one item: one trace of them all."""
        brief = len(programs) > 1
        traces = [self._interpreter.run(each, brief) for each in programs]
        if brief:
            for number, trace in enumerate(traces, 1):
                for each in trace:
                    each["label"] = f"program {number}, statement {each['label']}"
        return {"reply": "traced", "observations": [each for trace in traces for each in trace]}

    @functools.cached_property
    def _interpreter(self) -> Interpreter:
        assert self._adapter is not None
        return Interpreter(self._adapter)


def serve(requests: Iterator[bytes], reply: Callable[[bytes], None]) -> None:
    """Answer each line of `requests` with a line."""
    session = Session()
    for line in requests:
        answer = session.answer(json.loads(line))
        reply(json.dumps(answer, allow_nan=False).encode() + b"\n")


def main() -> None:
    """Serve the process that started this one, until it closes the descriptor of the requests."""
    requests, replies = os.dup(0), os.dup(1)  # not inherited by children of the code under test
    nowhere = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nowhere, 0)
    os.dup2(2, 1)  # the parent passes the capped file as standard error
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_FSIZE, (OUTPUT_LIMIT, OUTPUT_LIMIT))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    faulthandler.enable()

    def write(line: bytes) -> None:
        view = memoryview(line)
        while view:
            view = view[os.write(replies, view) :]

    with open(requests, "rb") as lines:
        serve(iter(lines), write)
    os._exit(0)  # nobody waits for what the code under test left to do at exit


if __name__ == "__main__":
    main()
