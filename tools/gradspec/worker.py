"""The process that holds the code under test: it loads an implementation, runs scenarios and answers with traces.

It must start inside anybody's environment: standard library only, and NumPy where an adapter wants it. Requests and
replies are lines of JSON on the descriptors that it was started with; before any foreign code runs these are moved
away, so that what that code prints goes to a file of limited size.
"""

from __future__ import annotations

import contextlib
import faulthandler
import functools
import gc
import json
import linecache
import os
import platform
import resource
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from gradspec.adapters import Adapter, Unsupported
from gradspec.adapters.loading import LoadingError, load
from gradspec.observe import output, printed, trace
from gradspec.programs.interpreter import Interpreter
from gradspec.scenario import Scenario, ScenarioError, attempt, scenario, scenarios_in

OUTPUT_LIMIT = 16 << 20  # bytes of a file that the code under test may write
YOUNG = 200_000  # objects after which the collector looks for cycles: an answer is a tree of many, and soon gone
# Of what `encode` makes, nothing holds itself.
to_json = json.JSONEncoder(allow_nan=False, check_circular=False).encode

Answer = dict[str, Any]


class Session:
    """An implementation, once it is loaded, and what can be asked about it.

    settled: called when something has been loaded that stays.
    """

    def __init__(self, settled: Callable[[], object] = lambda: None) -> None:
        self._adapter: Adapter | None = None
        self._chapters: dict[str, Mapping[str, Scenario]] = {}  # that are loaded
        self._settled = settled
        self.calls: dict[str, Callable[..., Answer]] = {
            "load": self._load,
            "scenario": self._scenario,
            "script": self._script,
            "source": self._source,
            "printed": self._printed,
            "programs": self._programs,
            "sequence": self._sequence,
        }

    def answer(self, request: dict[str, Any]) -> Answer:
        """The reply to `request`: its number, a call and the call's arguments."""
        number, call = request.pop("number"), request.pop("call")
        try:
            reply = self.calls[call](**request)
        except LoadingError as error:
            reply = {"reply": "refused", "reason": str(error)}
        except Unsupported as reason:
            reply = {"reply": "declined", "reason": str(reason)}
        except ScenarioError as error:
            reply = {"reply": "broken", "reason": str(error)}
        return {"number": number, **reply}

    def _load(self, implementation: str) -> Answer:
        self._adapter = adapter = load(implementation)
        self._settled()
        numpy = sys.modules.get("numpy")
        return {
            "reply": "loaded",
            "name": adapter.name,
            "version": adapter.version,
            "capabilities": sorted(adapter.capabilities),
            "facets": sorted(adapter.facets),
            "reading": adapter.reading,
            "versions": {
                "python": platform.python_version(),
                "platform": f"{platform.system()} {platform.machine()}",
                "numpy": str(getattr(numpy, "__version__", "not loaded")),
            },
        }

    def _scenario(self, path: str, name: str) -> Answer:
        assert self._adapter is not None
        if path not in self._chapters:
            self._chapters[path] = scenarios_in(Path(path))
            self._settled()
        found = self._chapters[path].get(name)
        if found is None:
            raise ScenarioError(f"There is no scenario {name!r} in {path}.")
        return {"reply": "traced", "observations": trace(found, self._adapter)}

    def _script(self, path: str) -> Answer:
        assert self._adapter is not None
        return {"reply": "traced", "observations": output(Path(path), self._adapter)}

    def _source(self, source: str, id: str) -> Answer:
        """The scenario `id` by its text: a worker that sees no chapters is sent them."""
        assert self._adapter is not None
        chapter, _, name = id.rpartition(".")
        file = f"<{id}>"
        module = {"__name__": f"gradspec_chapter_{chapter}", "attempt": attempt, "scenario": scenario}
        linecache.cache[file] = len(source), None, source.splitlines(keepends=True), file  # for tracebacks
        try:
            exec(compile(source, file, "exec", dont_inherit=True), module)
            function: Any = module[name]
        except Exception as error:
            raise ScenarioError(f"The text of {id} does not run: {type(error).__name__}: {error}.") from error
        return {"reply": "traced", "observations": trace(Scenario(function, ""), self._adapter)}

    def _printed(self, source: str) -> Answer:
        """A script by its text."""
        assert self._adapter is not None
        action = functools.partial(
            exec, compile(source, "<script>", "exec", dont_inherit=True), {"__name__": "__main__"}
        )
        return {"reply": "traced", "observations": printed(action, self._adapter)}

    def _programs(self, programs: list[dict[str, Any]], brief: bool = False, last: int = 0) -> Answer:
        """Each program for itself; None for one that the adapter declines. brief, last: as the interpreter has it."""
        return {"reply": "ran", "traces": [self._trace_of(each, brief, last) for each in programs]}

    def _trace_of(self, program: dict[str, Any], brief: bool, last: int) -> list[dict[str, Any]] | None:
        try:
            return self._interpreter.run(program, brief, last=last)
        except Unsupported:
            return None

    def _sequence(self, programs: list[dict[str, Any]], offered: list[str] | None = None) -> Answer:
        """Programs that are one item: one trace of them all. offered: capabilities beyond which nothing is asked for."""
        brief = len(programs) > 1
        run = self._interpreter.run
        traces = [run(each, brief, offered, goes_on=number > 0) for number, each in enumerate(programs)]
        if brief:
            for number, trace in enumerate(traces, 1):
                for each in trace:
                    each["label"] = f"program {number}, statement {each['label']}"
        return {"reply": "traced", "observations": [each for trace in traces for each in trace]}

    @functools.cached_property
    def _interpreter(self) -> Interpreter:
        assert self._adapter is not None
        return Interpreter(self._adapter)


def serve(requests: Iterator[bytes], reply: Callable[[bytes], None], session: Session | None = None) -> None:
    """Answer each line of `requests` with a line."""
    session = session or Session(
        gc.freeze
    )  # scenarios that call the collector need not wait for it to look at all there is
    for line in requests:
        reply(to_json(session.answer(json.loads(line))).encode() + b"\n")


def move_away() -> tuple[int, int]:
    """The descriptors of requests and replies, out of the way of foreign code: what that prints goes to standard error."""
    requests, replies = os.dup(0), os.dup(1)  # not inherited by children of the code under test
    nowhere = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nowhere, 0)
    os.dup2(2, 1)  # the parent passes the capped file as standard error
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_FSIZE, (OUTPUT_LIMIT, OUTPUT_LIMIT))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    faulthandler.enable()
    return requests, replies


def write_all(descriptor: int, line: bytes) -> None:
    view = memoryview(line)
    while view:
        view = view[os.write(descriptor, view) :]


def main() -> None:
    """Serve the process that started this one, until it closes the descriptor of the requests."""
    requests, replies = move_away()
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # to start threads takes NumPy as long as all the rest of it
    gc.set_threshold(YOUNG)
    with open(requests, "rb") as lines:
        serve(iter(lines), functools.partial(write_all, replies))
    os._exit(0)  # nobody waits for what the code under test left to do at exit


if __name__ == "__main__":
    main()
