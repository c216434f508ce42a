"""The drawing as SVG: text alone, no font and no file besides, light or dark as the reader's screen is."""

from __future__ import annotations

import functools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from gradspec.report.drawing import curve
from gradspec.report.drawing.graph import HEAD, LANE, SMALL, Box, Circle, Graph, Wire, graph_of, width_of
from gradspec.report.drawing.layout import Node, Point, lay_out
from gradspec.report.drawing.legend import legend
from gradspec.report.drawing.marks import badge, chip, rectangle, saved, text, xml
from gradspec.report.drawing.record import Record
from gradspec.report.drawing.table import table

MARGIN = 28.0
LEAST_WIDTH, LEAST_INSIDE = 640.0, 440.0  # by itself, and inside a page
LINE = {"name": 20.0, "small": 15.0}  # heights of lines in a box; of all others 18
SPREAD, LOWEST = math.radians(100), math.radians(75)  # within which edges arrive at a circle

STYLE = Path(__file__).with_name("drawing.css")


def drawing(record: Record) -> str:
    """The record as an `<svg>` element, which stands by itself as a file and inside a page alike."""
    return _drawing(record, *_heading(record), LEAST_WIDTH, f"<style>\n{style()}</style>\n")


def figure(record: Record) -> str:
    """The same for a page that says by itself what is drawn, and has `style()` among its styles."""
    return _drawing(record, [], 0.0, LEAST_INSIDE, "")


@functools.cache
def style() -> str:
    """What all drawings look like, light or dark as the reader's screen is."""
    return STYLE.read_text(encoding="utf-8")


def _drawing(record: Record, heading: list[str], top: float, least: float, style: str) -> str:
    graph = graph_of(record)
    width, height = lay_out(graph.nodes, graph.wires)
    inner = max(width, least - 2 * MARGIN)
    left, y = MARGIN + (inner - width) / 2, MARGIN + top
    for node in _everything(graph):
        node.x, node.y = node.x + left, node.y + y
    parts = [*heading, *_wires(graph), *_nodes(graph)]
    y += height + 34
    for panel in (curve.panels, table, legend):
        words, used = panel(record, graph, MARGIN, y, inner)
        parts += words
        y += used
    whole = (round(inner + 2 * MARGIN), round(y + MARGIN / 2))
    title, about = xml(record.title), xml(description(record, graph))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="gradspec-drawing" role="img" aria-label="{title}" '
        f'viewBox="0 0 {whole[0]} {whole[1]}" width="{whole[0]}" height="{whole[1]}">\n'
        f"<title>{title}</title>\n<desc>{about}</desc>\n{style}"
        f'<rect class="page" width="{whole[0]}" height="{whole[1]}" rx="8"/>\n' + "\n".join(parts) + "\n</svg>\n"
    )


def description(record: Record, graph: Graph) -> str:
    """The drawing in words."""
    values = "; ".join(node.said for node in graph.nodes if isinstance(node, Box))
    operations = "; ".join(node.said for node in graph.nodes if isinstance(node, Circle))
    passes = f"{record.drawn.passes} backward pass{'' if record.drawn.passes == 1 else 'es'}"
    return f"A computational graph. Values: {values}. Operations: {operations}. {passes}."


def _heading(record: Record) -> tuple[list[str], float]:
    drawn, wide = record.drawn, 96
    lines = [text(MARGIN, MARGIN + 14, record.title, "h")]
    words = [*_wrapped(record.subtitle.replace("`", ""), wide)[:3]]
    if record.seen:
        words.append(f"Run on {drawn.implementation}.")
    if drawn.loop:
        words.append(f"The graph is that of the first of {drawn.loop.steps} steps.")
    if drawn.ended:
        words += _wrapped(f"It ended with {drawn.ended.type}: {drawn.ended.message}", wide)[:2]
    lines += [text(MARGIN, MARGIN + 34 + 18 * n, each, "soft") for n, each in enumerate(words)]
    return lines, 40.0 + 18 * len(words)


def _wrapped(words: str, length: int) -> list[str]:
    lines = [""]
    for word in words.split():
        if len(lines[-1]) + len(word) + 1 > length and lines[-1]:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return [each[: length + 20] for each in lines if each]


def _everything(graph: Graph) -> Iterator[Node]:
    yield from graph.nodes
    for wire in graph.wires:
        yield from wire.bends


# -- nodes


def _nodes(graph: Graph) -> Iterator[str]:
    for node in graph.nodes:
        if isinstance(node, Box):
            yield from _box(node)
        elif isinstance(node, Circle):
            yield from _circle(node)


def _box(box: Box) -> Iterator[str]:
    left, y = box.x - box.width / 2, box.y - box.height / 2
    kind = {"leaf": "box leaf", "constant": "box constant"}.get(box.role, "box") + (" differs" if box.differs else "")
    radius = 4 if box.role in ("leaf", "constant") else 12
    yield f'<g class="node"><title>{xml(box.said)}</title>'
    yield rectangle(kind, left, y, box.width, box.height, radius)
    y += 6
    for line, words in box.lines:
        height = LINE.get(line, 18.0)
        yield text(box.x, y + height - 5, words, f"m {line}")
        y += height
    for place, (number, agrees) in enumerate(box.badges):
        x = box.x + box.width / 2 - 20 * (len(box.badges) - 1 - place) - 4
        yield badge(x, box.y - box.height / 2, number, agrees)
    yield "</g>"


def _circle(circle: Circle) -> Iterator[str]:
    radius, half = 17, circle.half
    yield f'<g class="node operation"><title>{xml(circle.said)}</title>'
    yield rectangle("circle", circle.x - half, circle.y - radius, 2 * half, 2 * radius, radius)
    yield text(circle.x, circle.y + 5.5, circle.symbol, "m op")
    if circle.settings:
        yield text(circle.x, circle.y + radius + 13, circle.settings, "m small")
    yield "</g>"


# -- edges


def _wires(graph: Graph) -> Iterator[str]:
    arriving: dict[Node, list[Wire]] = {}
    leaving: dict[Node, list[Wire]] = {}
    for wire in graph.wires:
        arriving.setdefault(wire.target, []).append(wire)
        leaving.setdefault(wire.source, []).append(wire)
    labels: list[str] = []
    for wire in graph.wires:
        way = _way(wire, _departure(wire, leaving[wire.source]), arriving[wire.target])
        yield from _path(wire, way)
        labels += _labels(wire, way, arriving[wire.target])
    yield from labels  # above all lines


@dataclass(frozen=True)
class Way:
    """Where an edge runs: level from `start`, past its bends, along a level lane on which words stand, to `end`."""

    start: Point
    bends: tuple[Point, ...]
    lane: tuple[Point, Point]
    end: Point


def _way(wire: Wire, start: Point, arriving: Sequence[Wire]) -> Way:
    """Edges that arrive at a circle have a lane each, from above to below as they come, and part of its left side.

    Where one is of a higher rank than the others, its lane is the one that runs straight into the circle.
    """
    target, place, count = wire.target, _place(wire, arriving, before=True), len(arriving)
    bends = tuple((bend.x, bend.y) for bend in wire.bends)
    if not isinstance(target, Circle):
        end = (target.x - target.width / 2, target.y)
        return Way(start, bends, ((end[0] - wire.end, end[1]), (end[0] - HEAD / 2, end[1])), end)
    highest = [each for each in arriving if each.rank == max(other.rank for other in arriving)]
    middle = (count - 1) / 2 if len(highest) > 1 else float(_place(highest[0], arriving, before=True))
    angle = max(-LOWEST, min(LOWEST, SPREAD * (place - middle) / max(count - 1, 2 if len(highest) == 1 else 1)))
    end = target.x - (target.half - 17) - 17 * math.cos(angle), target.y + 17 * math.sin(angle)
    level = target.y + LANE * (place - middle)
    right = target.x - target.half - HEAD
    return Way(start, bends, ((right - max(wire.end - HEAD, 0.0), level), (right, level)), end)


def _departure(wire: Wire, leaving: Sequence[Wire]) -> Point:
    source, place, count = wire.source, _place(wire, leaving, before=False), len(leaving)
    if isinstance(source, Circle):
        return source.x + source.half, source.y
    room = min(source.height - 16, 18.0 * (count - 1))
    return source.x + source.width / 2, source.y + (room * (place / (count - 1) - 0.5) if count > 1 else 0.0)


def _place(wire: Wire, all_of_them: Sequence[Wire], before: bool) -> int:
    """Its place among the edges of a node, from above."""
    order = sorted(all_of_them, key=lambda each: each.chain[-2].y if before else each.chain[1].y)
    return next(n for n, each in enumerate(order) if each is wire)


def _path(wire: Wire, way: Way) -> Iterator[str]:
    x, y = way.start
    points = [(x + wire.begin, y), *way.bends, way.lane[0]]
    words = [f"M{x:.1f} {y:.1f}H{x + wire.begin:.1f}" if wire.begin else f"M{x:.1f} {y:.1f}"]
    words += [_bow(one, other) for one, other in pairwise(points)]
    words.append(f"H{way.lane[1][0]:.1f}")
    words.append(_bow(way.lane[1], way.end))
    yield f'<path class="wire{" silent" if wire.silent else ""}" d="{"".join(words)}"/>'
    yield f'<path class="head" d="M{way.end[0]:.1f} {way.end[1]:.1f}l-8 -3.5v7z"/>'


def _bow(one: Point, other: Point) -> str:
    """From one point to another, level at both; a straight line where they are level."""
    (x, y), (to_x, to_y) = one, other
    if abs(y - to_y) < 0.6:
        return f"H{to_x:.1f}"
    middle = (x + to_x) / 2
    return f"C{middle:.1f} {y:.1f} {middle:.1f} {to_y:.1f} {to_x:.1f} {to_y:.1f}"


def _labels(wire: Wire, way: Way, arriving: Sequence[Wire]) -> Iterator[str]:
    if wire.saved_result:
        yield saved(way.start[0] + 9, way.start[1])
    if wire.value:
        yield text(way.start[0] + 8 + 8 * wire.saved_result, way.start[1] - 7, wire.value, "value halo")
    middle, y = (way.lane[0][0] + way.lane[1][0]) / 2, way.lane[0][1]
    if wire.local:
        yield chip(middle, y, width_of(wire.local, SMALL) + 10, wire.local)
    if wire.gradient:
        above = len(arriving) > 1 and _place(wire, arriving, before=True) < len(arriving) / 2
        gap = (-13 if above else 22) if wire.local else (-6 if above else 16)
        yield text(middle, y + gap, f"← {wire.gradient}", "m grad halo")
    if wire.saved:
        yield saved(way.lane[1][0] + 5, way.lane[1][1])
