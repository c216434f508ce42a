"""The graphs that cells open to: of what an implementation fails in this run, drawn as `gradspec draw` draws it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

from gradspec.errors import UsageError
from gradspec.oracle import Oracle
from gradspec.report.drawing.asking import Sitter
from gradspec.report.drawing.svg import figure
from gradspec.report.matrix.model import Column, Matrix, Standing, standing
from gradspec.scenario import Item

DRAWN: frozenset[Standing] = frozenset(("fidelity", "fail", "error"))
MOST = 400  # of one implementation: they are drawn in half a minute, and take half a megabyte of the page
NODES = 60  # values and operations, beside a table
SECONDS = 5.0  # for one scenario, which has been run before
PATIENCE = 300.0  # seconds for all of one implementation: a page is a page without them

Pictures = dict[tuple[str, str], str]  # by the name of a column and the id of an item
Hear = Callable[[str, Item, int], None]  # of which column, the item, how many there are


def pictures(matrix: Matrix, oracle: Oracle, hear: Hear = lambda name, item, total: None) -> Pictures:
    """As SVG, without a style of their own. A column out of a record of an earlier run has none, nor has what makes no graph."""
    found: Pictures = {}
    for column in matrix.columns:
        items = [] if column.source else list(_failing(matrix, column))[:MOST]
        started = time.monotonic()
        with Sitter(column.record.header.implementation, SECONDS, NODES) as sitter:
            for item in items:
                if time.monotonic() - started > PATIENCE:
                    break
                hear(column.name, item, len(items))
                try:
                    found[column.name, item.id] = figure(sitter.item(item, oracle))
                except UsageError:  # there is nothing to be drawn
                    continue
    return found


def _failing(matrix: Matrix, column: Column) -> Iterator[Item]:
    for clause in matrix.clauses:
        if standing(column.results.get(clause.item.id)) in DRAWN:
            yield clause.item
