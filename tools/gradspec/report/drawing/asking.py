"""From a script or a scenario to its record: it is run in a process of its own, to be looked at.

A scenario is run twice: once as ever, for what it leaves behind, and once to be watched, which tells nothing but what
goes into the graph.
"""

from __future__ import annotations

import ast
import importlib.util
from pathlib import Path
from typing import Self

import msgspec

from gradspec.compare import Difference, compare
from gradspec.errors import UsageError
from gradspec.oracle import GoldenOracle, Oracle
from gradspec.process import Crashed, Limits, PlainProcess, Process, TimedOut, worker_command
from gradspec.report.drawing.record import Drawn, Observed, Record, Seen, answers, consistent
from gradspec.runner import WorkerRunner
from gradspec.scenario import Item, Programs, Script
from gradspec.selection import find_item
from gradspec.suite import Suite
from gradspec.trace import Loaded, Observation, Traced

NODES = 200  # in one drawing; of more, nobody sees anything


def default_implementation() -> str:
    """PyTorch where it is installed, else refgrad."""
    return "torch" if importlib.util.find_spec("torch") else "refgrad"


def record_of_script(path: Path, implementation: str, seconds: float = 60.0) -> Record:
    """The record of a script. Raises UsageError where there is nothing to be drawn."""
    with Sitter(implementation, seconds) as sitter:
        return sitter.script(path)


def record_of_scenario(suite: Suite, identifier: str, implementation: str, seconds: float = 60.0) -> Record:
    """The record of a scenario, held against its golden. Raises UsageError where there is nothing to be drawn."""
    with Sitter(implementation, seconds) as sitter:
        return sitter.item(find_item(suite, identifier), GoldenOracle(suite))


class Sitter:
    """One implementation that is drawn, any number of times: in two processes, which start when they are needed."""

    def __init__(self, implementation: str, seconds: float = 60.0, nodes: int = NODES) -> None:
        self.implementation, self.seconds, self.nodes = implementation, seconds, nodes
        self._runner = WorkerRunner(implementation, Limits(scenario=seconds))
        self._loaded: Loaded | None = None
        self._process: Process | None = None
        self._number = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._runner.close()
        self._end()

    def item(self, item: Item, oracle: Oracle) -> Record:
        """The record of a scenario, held against what `oracle` expects, or of a course script. Raises UsageError."""
        if isinstance(item, Script):
            return self.script(item.path)
        if isinstance(item, Programs):
            raise UsageError(f"{item.id} is several programs: `gradspec show {item.id}` prints them; draw one of them.")
        loaded = self._loaded = self._loaded or self._runner.load()
        missing = sorted(set(item.needs) - set(loaded.capabilities))
        if missing:
            raise UsageError(f"{item.id} needs {', '.join(missing)}, which {self.implementation} does not offer.")
        ending = self._runner.run(item)
        if not isinstance(ending, Traced):
            raise UsageError(f"{item.id} cannot be drawn on {self.implementation}: {ending.reason.rstrip('.')}.")
        drawn = self._draw(item.path, item.name)
        expected = oracle.expected(item)
        differences = compare(expected, ending.observations, frozenset(loaded.facets))
        seen = _seen(expected, ending.observations, differences, drawn.observations)
        return self._checked(Record(item.id, item.clause, drawn, seen))

    def script(self, path: Path) -> Record:
        """The record of a script. Raises UsageError where there is nothing to be drawn."""
        if not path.is_file():
            raise UsageError(f"There is no script {path}.")
        return self._checked(Record(path.name, _first_line(path), self._draw(path, "")))

    def _draw(self, path: Path, name: str) -> Drawn:
        what = f"{path.name} cannot be drawn on {self.implementation}"
        line = self._ask(path, name)
        if isinstance(line, TimedOut | Crashed):
            self._end()
            raise UsageError(f"{what}: {line.reason}.")
        try:
            answer = answers.decode(line)
        except (msgspec.DecodeError, RecursionError) as error:
            raise UsageError(f"{what}: its answer is malformed: {error}.") from None
        if isinstance(answer, Drawn):
            if not consistent(answer):
                raise UsageError(f"{what}: its answer tells of no graph.")
            return answer
        raise UsageError(answer.reason if answer.reason.endswith(".") else f"{what}: {answer.reason}.")

    def _ask(self, path: Path, name: str) -> bytes | TimedOut | Crashed:
        limits, loading = Limits(scenario=self.seconds), 0.0
        if self._process is None:
            self._process, loading = PlainProcess(worker_command("drawing.worker")), limits.loading
        self._number += 1
        request = {"number": self._number, "call": "draw", "path": str(path), "name": name}
        self._process.send(msgspec.json.encode({**request, "implementation": self.implementation}))
        return self._process.receive(loading + self.seconds, limits)

    def _end(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process = None

    def _checked(self, record: Record) -> Record:
        """Raises UsageError where there is no graph, or more of it than can be read."""
        drawn = record.drawn
        if not drawn.operations:
            reason = "nothing in it is computed from a tensor that requires grad"
            if drawn.ended:
                reason = f"it ended with {drawn.ended.type}: {drawn.ended.message.rstrip('.')}"
            raise UsageError(f"{record.title} makes no graph on {drawn.implementation}: {reason}.")
        nodes = len(drawn.values) + len(drawn.operations)
        if nodes > self.nodes or drawn.full:
            count = f"more than {self.nodes}" if drawn.full else str(nodes)
            raise UsageError(
                f"The graph of {record.title} has {count} values and operations, and {self.nodes} are as many as can "
                "be read. Draw a script that does less: fewer steps, or one step alone."
            )
        return record


def _seen(
    expected: tuple[Observation, ...],
    found: tuple[Observation, ...],
    differences: list[Difference],
    observed: tuple[Observed, ...],
) -> tuple[Seen, ...]:
    ours, theirs = ({each.label: each for each in trace} for trace in (expected, found))
    places = {each.label: each for each in observed}
    rows = []
    for label in dict.fromkeys((*ours, *theirs)):
        place = places.get(label)
        differing = tuple(each for each in differences if each.label == label or each.label.startswith(f"{label} ["))
        rows.append(
            Seen(
                label,
                ours.get(label),
                theirs.get(label),
                differing,
                place.value if place else None,
                place.grad if place else False,
            )
        )
    return tuple(rows)


def _first_line(path: Path) -> str:
    """What a script says of itself first."""
    try:
        docstring = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    except (SyntaxError, ValueError, OSError):
        return ""
    return (docstring or "").partition("\n")[0]
