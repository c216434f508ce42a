"""A grade in the format in which Gradescope wants results."""

from __future__ import annotations

from typing import Any

import msgspec

from gradspec.grading.gradebook import Grade, ItemGrade, rounded
from gradspec.grading.model import Rubric
from gradspec.report.grading.answers import closed, module_of, opened
from gradspec.report.grading.words import html, summary
from gradspec.report.printable import clean


def results(rubric: Rubric, grade: Grade, provenance: str) -> str:
    """`results.json`. While anything is not graded there is no total score: the platform must not take it for a zero."""
    record: dict[str, Any] = {
        "visibility": "visible",
        "stdout_visibility": "hidden",
        "output_format": "html",
        "output": _head(grade, provenance),
        "extra_data": {
            "tier": grade.tier,
            "graded": grade.graded,
            "outcomes": grade.outcomes,
            "flags": grade.flags,
            "digest": grade.submission.digest,
        },
        "tests": [_test(number, each, module_of(rubric)) for number, each in enumerate(grade.items, 1)],
    }
    if grade.score is not None:
        record["score"] = float(rounded(grade.score))
    return msgspec.json.format(msgspec.json.encode(record, order="sorted"), indent=1).decode() + "\n"


def _head(grade: Grade, provenance: str) -> str:
    lines = [*summary(grade), provenance, *grade.notes]
    if grade.refused:
        lines.insert(0, f"Nothing of it was run. {grade.refused}")
    if not grade.graded:
        lines.insert(0, "Not graded yet: the grader failed, not the submission. It will be graded again.")
    return "".join(f"<p>{html(each)}</p>" for each in lines)


def _test(number: int, item: ItemGrade, module: str) -> dict[str, Any]:
    """One item. What is hidden for good is told in counts alone; what opens later is whole, for the platform opens it."""
    told = closed(item) if item.item.visibility == "hidden" else opened(item, module)
    test: dict[str, Any] = {
        "number": str(number),
        "name": clean(item.item.title),
        "name_format": "text",
        "output": "".join(told),
        "output_format": "html",
        "visibility": item.item.visibility,
        "tags": [item.item.id, item.outcome],
    }
    if item.score is not None and item.state != "left out":
        test["score"] = float(rounded(item.score))
        test["max_score"] = float(rounded(item.maximum))
        test["status"] = "passed" if item.full else "failed"
    return test
