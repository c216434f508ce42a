"""What a cell opens to, as plain data: what PyTorch answers once, what each implementation answers instead, the script.

Every text of a chapter stands once, in its `texts`; whatever else is said of it there is by their numbers. In the texts
a letter of Unicode's private use stands for each of `PHRASES`: a fifth of the page is saved by that.
"""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Iterable
from typing import Any

from gradspec.oracle import Oracle
from gradspec.outline import Chapter, Clause
from gradspec.pasting import as_script
from gradspec.report.matrix.model import Column
from gradspec.report.matrix.pictures import Pictures
from gradspec.report.printable import clean
from gradspec.results import Result
from gradspec.scenario import Item, Script
from gradspec.trace import Observation, Text, show

OBSERVATIONS = 60  # of one clause; who wants more has the script
DIFFERENCES = 40  # of one cell; `gradspec check --json` has them all
PHRASES = (
    ", dtype=float64, requires_grad=True, is_leaf=False, grad_fn=",
    ", dtype=float64, requires_grad=False, is_leaf=True)",
    ", dtype=float32, requires_grad=False, is_leaf=True)",
    ", dtype=torch.float64, requires_grad=True)",
    ", dtype=torch.float64)",
    "torch.tensor(",
    "Backward0",
    ", shape=(",
    "program ",
    "tensor(",
    "torch.",
)
FIRST_LETTER, LETTERS = 0xE000, 0x100  # those for phrases, used or not

Numbers = tuple[int, ...]


class Texts(dict[str, int]):
    """Texts by number, in the order in which they were first needed."""

    def number(self, text: str) -> int:
        return self.setdefault(text, len(self))

    def numbers(self, texts: Iterable[str]) -> Numbers:
        return tuple(map(self.number, texts))


def chapter_data(
    chapter: Chapter, columns: tuple[Column, ...], oracle: Oracle, pictures: Pictures | None = None
) -> dict[str, Any]:
    """`clauses` by their names, with all that their cells open to. Raises HarnessError where a golden is of no use.

    `drawings`: those of the chapter, deflated, for they are much alike; a cell has the number of its own.
    """
    texts, drawings = Texts(), Texts()
    clauses = {each.item.name: clause_data(each, columns, oracle, texts) for each in chapter.clauses}
    for clause in chapter.clauses:
        for place, column in enumerate(columns):
            picture = (pictures or {}).get((column.name, clause.item.id))
            if picture is not None:
                cells = clauses[clause.item.name].setdefault("cells", {})
                cells.setdefault(str(place), {})["drawing"] = drawings.number(picture)
    return {
        "texts": list(map(packed, texts)),
        "clauses": clauses,
        **({"drawings": deflated(list(drawings))} if drawings else {}),
    }


def deflated(texts: list[str]) -> str:
    """Texts as JSON, deflated (zlib's format), in base64."""
    return base64.b64encode(zlib.compress(json.dumps(texts, ensure_ascii=False).encode(), 9)).decode()


def packed(text: str) -> str:
    """`text` with a letter in the place of each phrase; where it has such a letter itself, that is spelled out."""
    text = "".join(f"\\u{ord(each):04x}" if 0 <= ord(each) - FIRST_LETTER < LETTERS else each for each in text)
    for place, phrase in enumerate(PHRASES):
        text = text.replace(phrase, chr(FIRST_LETTER + place))
    return text


def clause_data(clause: Clause, columns: tuple[Column, ...], oracle: Oracle, texts: Texts) -> dict[str, Any]:
    """`asked` holds what is expected where some implementation differs, once for all of them; a cell refers to it."""
    item = clause.item
    trace = oracle.expected(item)
    found: dict[str, Any] = {
        "cites": texts.number(item.cites),
        "needs": texts.numbers(item.needs),
        "script": texts.numbers(script(item).split("\n")),
        "expected": [texts.numbers(observed(each)) for each in trace[:OBSERVATIONS]],
    }
    if len(trace) > OBSERVATIONS:
        found["more"] = len(trace) - OBSERVATIONS
    asked: dict[Numbers, int] = {}
    results = ((str(place), column.results.get(item.id)) for place, column in enumerate(columns))
    cells = {place: cell for place, result in results if result and (cell := cell_data(result, asked, texts))}
    return {**found, "asked": list(asked), "cells": cells} if cells else found


def cell_data(result: Result, asked: dict[Numbers, int], texts: Texts) -> dict[str, Any]:
    """What is to be said of one result beyond its standing; nothing of a pass."""
    said: dict[str, Any] = {}
    if result.reason:
        said["reason"] = texts.number(clean(result.reason))
    for each in result.differences[:DIFFERENCES]:
        question = texts.numbers((clean(each.label), each.facet, clean(each.expected)))
        place = asked.setdefault(question, len(asked))
        said.setdefault("found", []).append((place, texts.number(clean(each.found))))
    if len(result.differences) > DIFFERENCES:
        said["more"] = len(result.differences) - DIFFERENCES
    return said


def script(item: Item) -> str:
    """A script of plain PyTorch that shows what is observed."""
    return item.path.read_text(encoding="utf-8") if isinstance(item, Script) else as_script(item)


def observed(observation: Observation) -> tuple[str, ...]:
    """A label, what PyTorch leaves there, and the warnings that came with it."""
    value = observation.value
    text = value.value.rstrip("\n") if isinstance(value, Text) and "\n" in value.value else show(value)
    warned = (f"{each.category}: {each.message}" for each in observation.warnings)
    return tuple(map(clean, (observation.label, text, *warned)))
