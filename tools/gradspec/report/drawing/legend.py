"""What the marks of a drawing mean: those that are in it."""

from __future__ import annotations

from collections.abc import Callable

from gradspec.report.drawing.graph import SMALL, Box, Graph, Wire, width_of
from gradspec.report.drawing.marks import chip, rectangle, rule, saved, text
from gradspec.report.drawing.record import Record

ROW = 24.0
Sample = Callable[[float, float], str]  # drawn at a place


def legend(record: Record, graph: Graph, x: float, y: float, width: float) -> tuple[list[str], float]:
    """Samples with a word each, in as many rows as they need. Returns it with its height."""
    parts = [rule(x, y, width)]
    at, line = x, y + 24
    for sample, words in _entries(record, graph):
        room = 34 + width_of(words, SMALL) + 22
        if at > x and at + room > x + width:
            at, line = x, line + ROW
        parts.append(sample(at, line))
        parts.append(text(at + 34, line + 4, words, "small"))
        at += room
    return parts, line - y + 20


def _entries(record: Record, graph: Graph) -> list[tuple[Sample, str]]:
    roles = {node.role for node in graph.nodes if isinstance(node, Box)}
    some = _any(graph.wires)
    jacobians = some(lambda wire: wire.local.startswith("J "))
    entries: list[tuple[bool, Sample, str]] = [
        ("leaf" in roles, _rectangle("box leaf", 3), "leaf that requires grad"),
        ("constant" in roles, _rectangle("box constant", 3), "constant: no gradient"),
        ("unseen" in roles, _rectangle("box", 9), "made where nobody watched"),
        (True, _words("2", "value"), "value, forward"),
        (some(lambda wire: bool(wire.local)), _chip, "local gradient"),
        (some(lambda wire: bool(wire.gradient)), _words("← 2", "grad"), "gradient, backward"),
        (record.drawn.passes > 1, _words("① ②", "grad"), "number of the backward pass"),
        (jacobians, _words("J", "local"), "m×n: a Jacobian of m by n entries"),
        (some(lambda wire: wire.saved or wire.saved_result), _saved, "saved for the backward pass"),
    ]
    return [(sample, words) for shown, sample, words in entries if shown]


def _any(wires: list[Wire]) -> Callable[[Callable[[Wire], bool]], bool]:
    return lambda holds: any(map(holds, wires))


def _rectangle(kind: str, radius: int) -> Sample:
    return lambda x, y: rectangle(kind, x + 2, y - 8, 24, 16, radius)


def _words(words: str, kind: str) -> Sample:
    return lambda x, y: text(x + 14, y + 4.5, words, f"m {kind}")


def _chip(x: float, y: float) -> str:
    return chip(x + 14, y, 24, "2")


def _saved(x: float, y: float) -> str:
    return saved(x + 14, y)
