"""From a script or a scenario to its record: it is run in a process of its own, to be looked at.

A scenario is run twice: once as ever, for what it leaves behind, and once to be watched, which tells nothing but what
goes into the graph.
"""

from __future__ import annotations

import ast
import importlib.util
from pathlib import Path

import msgspec

from gradspec.compare import Difference, compare
from gradspec.errors import UsageError
from gradspec.oracle import GoldenOracle
from gradspec.process import Crashed, Limits, PlainProcess, TimedOut, worker_command
from gradspec.report.drawing.record import Drawn, Observed, Record, Seen, answers, consistent
from gradspec.runner import WorkerRunner
from gradspec.scenario import Programs, Scenario, Script
from gradspec.selection import find_item
from gradspec.suite import Suite
from gradspec.trace import Observation, Traced

NODES = 200  # in one drawing; of more, nobody sees anything


def default_implementation() -> str:
    """PyTorch where it is installed, else refgrad."""
    return "torch" if importlib.util.find_spec("torch") else "refgrad"


def record_of_script(path: Path, implementation: str, seconds: float = 60.0) -> Record:
    """The record of a script. Raises UsageError where there is nothing to be drawn."""
    if not path.is_file():
        raise UsageError(f"There is no script {path}.")
    drawn = _draw(implementation, path, "", seconds)
    return _checked(Record(path.name, _first_line(path), drawn))


def record_of_scenario(suite: Suite, identifier: str, implementation: str, seconds: float = 60.0) -> Record:
    """The record of a scenario, held against its golden. Raises UsageError where there is nothing to be drawn."""
    item = find_item(suite, identifier)
    if isinstance(item, Script):
        return record_of_script(item.path, implementation, seconds)
    if isinstance(item, Programs):
        raise UsageError(f"{item.id} is several programs: `gradspec show {item.id}` prints them; draw one of them.")
    return _checked(_record_of_scenario(suite, item, implementation, seconds))


def _record_of_scenario(suite: Suite, item: Scenario, implementation: str, seconds: float) -> Record:
    runner = WorkerRunner(implementation, Limits(scenario=seconds))
    try:
        loaded = runner.load()
        missing = sorted(set(item.needs) - set(loaded.capabilities))
        if missing:
            raise UsageError(f"{item.id} needs {', '.join(missing)}, which {implementation} does not offer.")
        ending = runner.run(item)
    finally:
        runner.close()
    if not isinstance(ending, Traced):
        raise UsageError(f"{item.id} cannot be drawn on {implementation}: {ending.reason.rstrip('.')}.")
    drawn = _draw(implementation, item.path, item.name, seconds)
    expected = GoldenOracle(suite).expected(item)
    differences = compare(expected, ending.observations, frozenset(loaded.facets))
    seen = _seen(expected, ending.observations, differences, drawn.observations)
    return Record(item.id, item.clause, drawn, seen)


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


def _draw(implementation: str, path: Path, name: str, seconds: float) -> Drawn:
    process = PlainProcess(worker_command("drawing.worker"))
    request = {"number": 1, "call": "draw", "implementation": implementation, "path": str(path), "name": name}
    try:
        process.send(msgspec.json.encode(request))
        limits = Limits(scenario=seconds)
        line = process.receive(limits.loading + seconds, limits)
    finally:
        process.kill()
    what = f"{path.name} cannot be drawn on {implementation}"
    if isinstance(line, TimedOut | Crashed):
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


def _checked(record: Record) -> Record:
    """Raises UsageError where there is no graph, or more of it than can be read."""
    drawn = record.drawn
    if not drawn.operations:
        reason = "nothing in it is computed from a tensor that requires grad"
        if drawn.ended:
            reason = f"it ended with {drawn.ended.type}: {drawn.ended.message.rstrip('.')}"
        raise UsageError(f"{record.title} makes no graph on {drawn.implementation}: {reason}.")
    nodes = len(drawn.values) + len(drawn.operations)
    if nodes > NODES or drawn.full:
        count = f"more than {NODES}" if drawn.full else str(nodes)
        raise UsageError(
            f"The graph of {record.title} has {count} values and operations, and {NODES} are as many as can be read. "
            "Draw a script that does less: fewer steps, or one step alone."
        )
    return record


def _first_line(path: Path) -> str:
    """What a script says of itself first."""
    try:
        docstring = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    except (SyntaxError, ValueError, OSError):
        return ""
    return (docstring or "").partition("\n")[0]
