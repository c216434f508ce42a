"""Expected and found, side by side: the observations of a scenario under its graph."""

from __future__ import annotations

from gradspec.report.drawing.graph import VALUE, Graph, width_of
from gradspec.report.drawing.marks import badge, rule, text
from gradspec.report.drawing.record import Record

ROW = 24.0
ROWS_SHOWN = 4  # of one observation
HEADS = ("", "observation", "PyTorch", "found")
BOLD = {"wrong": 1.1}  # how much wider


def table(record: Record, graph: Graph, x: float, y: float, width: float) -> tuple[list[str], float]:
    """A row an observation, with the numbers that the graph bears. Returns it with its height."""
    if not any(each.expected or each.found for each in record.seen):
        return [], 0.0
    columns = [x, x + 30, x + 30 + (width - 30) * 0.4, x + 30 + (width - 30) * 0.7]
    rooms = [20.0, (width - 30) * 0.4 - 12, (width - 30) * 0.3 - 12, (width - 30) * 0.3 - 12]
    parts = [
        _cell(column, y + 14, head, "small", room) for column, head, room in zip(columns, HEADS, rooms, strict=True)
    ]
    y += 22
    start = y
    for number, seen in enumerate(record.seen, 1):
        for row, (expected, found) in enumerate(seen.pairs[:ROWS_SHOWN]):
            parts.append(rule(x, y, width))
            agrees = not seen.differences
            if row == 0:
                parts.append(badge(x + 10, y + 12, number, agrees))
                parts.append(_cell(columns[1], y + 16, seen.label, "", rooms[1]))
            parts.append(_cell(columns[2], y + 16, expected, "" if agrees else "right", rooms[2]))
            parts.append(_cell(columns[3], y + 16, found, "" if agrees else "wrong", rooms[3]))
            y += ROW
    return parts, y - start + 22 + 24


def _cell(x: float, y: float, words: str, kind: str, room: float) -> str:
    """A cell of a line: what is too long is cut, and whole where one points at it."""
    line = " ".join(words.split())
    shown, size = line, VALUE * BOLD.get(kind, 1.0)
    while width_of(shown, size) > room and len(shown) > 1:
        shown = shown[:-2].rstrip() + "…"
    return text(x, y, shown, kind, line if shown != line else "")
