"""The matrix for machines: one JSON document, with what was run, the counts, and every cell that is no plain pass."""

from __future__ import annotations

from typing import Any

import msgspec

from gradspec.report.matrix.model import Column, Matrix, Tally, standing
from gradspec.results import Result

FORMAT = 1


def document(matrix: Matrix) -> str:
    """As JSON; its last key, `cells`, says how many there are, so that a document that was cut short is none."""
    made = {
        "format": FORMAT,
        "gradspec": matrix.gradspec,
        "date": matrix.date,
        "command": matrix.command,
        "profile": matrix.profile,
        "implementations": [implementation(each, matrix) for each in matrix.columns],
        "chapters": [
            {
                "name": chapter.name,
                "title": chapter.title,
                "counts": {each.name: counted(each.tally(chapter.clauses)) for each in matrix.columns},
                "clauses": [
                    {
                        "id": clause.item.id,
                        "clause": clause.item.clause,
                        "cites": clause.item.cites,
                        "needs": clause.item.needs,
                        "results": {each.name: cell(each.results.get(clause.item.id)) for each in matrix.columns},
                    }
                    for clause in chapter.clauses
                ],
            }
            for chapter in matrix.chapters
        ],
        "cells": len(matrix.clauses) * len(matrix.columns),
    }
    return msgspec.json.format(msgspec.json.encode(made), indent=1).decode() + "\n"


def implementation(column: Column, matrix: Matrix) -> dict[str, Any]:
    header = column.record.header
    return {
        "name": column.name,
        "implementation": header.implementation,
        "version": header.implementation_version,
        "versions": header.versions,
        "platform": header.platform,
        "oracle": header.oracle,
        "gradspec": header.gradspec,
        "seconds": round(column.record.footer.seconds, 1),
        "record": column.source or None,
        "counts": counted(column.tally(matrix.clauses)),
    }


def counted(tally: Tally) -> dict[str, Any]:
    return {"ran": tally.ran, "semantics": tally.semantics, "fidelity": tally.fidelity, "standings": tally.counts}


def cell(result: Result | None) -> Any:
    """The standing; where there is more to say, with the reason and the differences."""
    word = standing(result)
    if result is None or not (result.reason or result.differences):
        return word
    return {"standing": word, "reason": result.reason, "differences": result.differences}
