"""A layered layout: operations run from left to right, each node in a column behind all that it is made from.

Columns by longest path, rows by barycentres, heights by least squares: nothing here knows what is drawn.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

ROW_GAP = 26.0  # between two nodes of a column
BEND_HEIGHT = 34.0  # what an edge that passes a column takes there
COLUMN_GAP = 34.0  # besides what is written on the edges
STEEPEST, MOST = 0.15, 70.0  # more of it where edges climb: so much of their height, and no more than that
SWEEPS = 12
SHELF = 1100.0  # how wide a row of small graphs may be
PART_GAP = 44.0
Point = tuple[float, float]


@dataclass(eq=False)
class Node:
    """A rectangle to be placed: `x`, `y` is its middle."""

    width: float
    height: float
    weight: float = 1.0  # of its wish to stand where it wishes, against those of its column
    x: float = 0.0
    y: float = 0.0
    layer: int = 0
    bend: bool = False
    before: list[Node] = field(default_factory=list)
    after: list[Node] = field(default_factory=list)
    level_with: list[Node] = field(default_factory=list)  # of those before, the ones that its row is that of


@dataclass(eq=False)
class Edge:
    """From one node to another; what is written at its beginning and at its end takes so much room.

    Of the edges that end at a node, those of the highest `rank` are straight where that is possible.
    """

    source: Node
    target: Node
    rank: int = 0
    begin: float = 0.0
    end: float = 0.0
    bends: list[Node] = field(default_factory=list)

    @property
    def chain(self) -> list[Node]:
        return [self.source, *self.bends, self.target]


def lay_out(nodes: Sequence[Node], edges: Sequence[Edge]) -> tuple[float, float]:
    """Place `nodes`, which come in an order that every edge follows. Returns width and height of the whole."""
    parts = [
        (each, _place(each, [edge for edge in edges if edge.source in set(each)])) for each in _parts(nodes, edges)
    ]
    limit = max([SHELF, *(width for _, (width, _) in parts)])
    x = y = shelf = widest = 0.0
    for part, (width, height) in parts:
        if x and x + width > limit:
            x, y, shelf = 0.0, y + shelf + PART_GAP, 0.0
        bends = {id(bend): bend for edge in edges if edge.source in set(part) for bend in edge.bends}
        for node in (*part, *bends.values()):
            node.x, node.y = node.x + x, node.y + y
        x, shelf = x + width + PART_GAP, max(shelf, height)
        widest = max(widest, x - PART_GAP)
    return widest, y + shelf


def _parts(nodes: Sequence[Node], edges: Iterable[Edge]) -> list[list[Node]]:
    """The connected parts, in the order of their first nodes."""
    head = {node: node for node in nodes}

    def find(node: Node) -> Node:
        while head[node] is not node:
            head[node] = head[head[node]]
            node = head[node]
        return node

    for edge in edges:
        head[find(edge.target)] = find(edge.source)
    parts: dict[Node, list[Node]] = {}
    for node in nodes:
        parts.setdefault(find(node), []).append(node)
    return list(parts.values())


def _place(nodes: Sequence[Node], edges: Sequence[Edge]) -> tuple[float, float]:
    """Place one connected part, with its corner at the origin. Returns its size."""
    _columns(nodes, edges)
    layers: dict[int, list[Node]] = defaultdict(list)
    for edge in edges:
        edge.bends = [
            Node(0.0, BEND_HEIGHT, edge.source.weight, layer=n, bend=True)
            for n in range(edge.source.layer + 1, edge.target.layer)
        ]
        for one, other in pairwise(edge.chain):
            one.after.append(other)
            other.before.append(one)
    _level(edges)
    for node in _visited(nodes):
        layers[node.layer].append(node)
    columns = [layers[n] for n in sorted(layers)]
    columns = _ordered(columns)
    _rows(columns)
    _across(columns, edges)
    everything = [node for column in columns for node in column]
    left = min(node.x - node.width / 2 for node in everything)
    top = min(node.y - node.height / 2 for node in everything)
    for node in everything:
        node.x, node.y = node.x - left, node.y - top
    return max(node.x + node.width / 2 for node in everything), max(node.y + node.height / 2 for node in everything)


def _columns(nodes: Sequence[Node], edges: Sequence[Edge]) -> None:
    """Each node behind the last that it is made from; what is made from nothing just before it is used."""
    for node in nodes:
        node.layer = max((edge.source.layer + 1 for edge in edges if edge.target is node), default=0)
    targets = {edge.target for edge in edges}
    for node in nodes:
        if node not in targets:
            node.layer = min((edge.target.layer - 1 for edge in edges if edge.source is node), default=0)
    least = min(node.layer for node in nodes)
    for node in nodes:
        node.layer -= least


def _level(edges: Sequence[Edge]) -> None:
    highest: dict[Node, int] = {}
    for edge in edges:
        highest[edge.target] = max(highest.get(edge.target, 0), edge.rank)
    for edge in edges:
        for one, other in pairwise(edge.chain):
            if other.bend or edge.rank == highest[edge.target]:
                other.level_with.append(one)


def _visited(nodes: Sequence[Node]) -> list[Node]:
    """All nodes, bends too, as they are met on the way from the last ones back: inputs in their order."""
    found: dict[Node, None] = {}
    pending = [node for node in reversed(nodes) if not node.after]
    while pending:
        node = pending.pop()
        if node not in found:
            found[node] = None
            pending += reversed(node.before)
    return list(found)


def _ordered(columns: list[list[Node]]) -> list[list[Node]]:
    """The order within each column with the fewest crossings that sweeps to and fro come by."""
    best, fewest = [list(each) for each in columns], _crossings(columns)
    for sweep in range(SWEEPS):
        forward = sweep % 2 == 0
        places: dict[Node, float] = {node: n for column in columns for n, node in enumerate(column)}
        for column in columns if forward else reversed(columns):
            column.sort(
                key=lambda node: _mean(
                    [places[each] for each in (node.before if forward else node.after)], places[node]
                )
            )
            places.update({node: n for n, node in enumerate(column)})
        crossings = _crossings(columns)
        if crossings < fewest:
            best, fewest = [list(each) for each in columns], crossings
    return best


def _mean(numbers: Sequence[float], otherwise: float) -> float:
    return sum(numbers) / len(numbers) if numbers else otherwise


def _crossings(columns: Sequence[Sequence[Node]]) -> int:
    count = 0
    for column, following in pairwise(columns):
        places = {node: n for n, node in enumerate(following)}
        ends = [places[each] for node in column for each in sorted(node.after, key=lambda node: places[node])]
        count += sum(one > other for n, one in enumerate(ends) for other in ends[n + 1 :])
    return count


def _rows(columns: Sequence[Sequence[Node]]) -> None:
    """Heights: each node level with its neighbours, as far as those of its column leave it room."""
    for column in columns:
        _settle(column, [0.0] * len(column))
    for sweep in range(2 * SWEEPS):
        forward = sweep % 2 == 1
        for column in columns if forward else reversed(columns):
            near = [node.level_with if forward else node.after for node in column]
            _settle(column, [_mean([each.y for each in some], node.y) for node, some in zip(column, near, strict=True)])
    for column in columns:  # what is made from nothing comes near again to where it is used
        _settle(column, [node.y if node.before else _mean([each.y for each in node.after], node.y) for node in column])


def _settle(column: Sequence[Node], wished: Sequence[float]) -> None:
    """The heights nearest to those wished for, by least squares, in which nodes keep their order and their distance."""
    offsets = [0.0]
    for one, other in pairwise(column):
        offsets.append(offsets[-1] + (one.height + other.height) / 2 + ROW_GAP)
    blocks: list[
        tuple[float, float, int]
    ] = []  # mean, weight and size; neighbours that would be too close are one block
    for node, wish, offset in zip(column, wished, offsets, strict=True):
        mean, weight, size = wish - offset, node.weight, 1
        while blocks and blocks[-1][0] > mean:
            above, more, count = blocks.pop()
            mean, weight, size = (mean * weight + above * more) / (weight + more), weight + more, size + count
        blocks.append((mean, weight, size))
    levels = [mean for mean, _, size in blocks for _ in range(size)]
    for node, level, offset in zip(column, levels, offsets, strict=True):
        node.y = level + offset


def _across(columns: Sequence[Sequence[Node]], edges: Sequence[Edge]) -> None:
    """Columns as far apart as what is written between them asks for."""
    room = [0.0] * len(columns)
    for edge in edges:
        if edge.bends:
            room[edge.source.layer] = max(room[edge.source.layer], edge.begin)
            room[edge.target.layer - 1] = max(room[edge.target.layer - 1], edge.end)
        else:
            room[edge.source.layer] = max(room[edge.source.layer], edge.begin + edge.end)
    for n, column in enumerate(columns):
        climbs = [abs(node.y - other.y) for node in column for other in node.after]
        room[n] += min(STEEPEST * max(climbs, default=0.0), MOST)
    x = 0.0
    for n, column in enumerate(columns):
        width = max(node.width for node in column)
        for node in column:
            node.x = x + width / 2
        x += width + room[n] + COLUMN_GAP
