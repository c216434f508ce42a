"""The gradebook: a line a submission, for a spreadsheet."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from fractions import Fraction

from gradspec.grading.changes import Regraded
from gradspec.grading.gradebook import OUTCOMES, Grade, rounded
from gradspec.grading.model import Rubric
from gradspec.report.printable import clean

# A spreadsheet takes a cell that begins so for a formula, and runs it.
FORMULAS = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%")
FIRST = ("name", "total", "maximum", "visible", "visible maximum", "hidden", "hidden maximum", "tier", "status")


class Gradebook:
    """The gradebook, grade by grade; as a text it is CSV.

    A score that is not known, or not counted, is an empty cell; it is never a zero.
    """

    def __init__(self, rubric: Rubric) -> None:
        self._lines = [_csv([[*FIRST, *(each.id for each in rubric.items), *OUTCOMES, "flags", "digest"]])]

    def add(self, grade: Grade) -> None:
        self._lines.append(_csv([_line(grade)]))

    def __str__(self) -> str:
        return "".join(self._lines)


def _line(grade: Grade) -> list[str]:
    outcomes = grade.outcomes
    visible, hidden = grade.visible, grade.hidden
    return [
        grade.submission.name,
        *(_number(each) for each in (grade.score, grade.maximum)),
        *(_number(each) for part in (visible, hidden) for each in (part.score, part.maximum)),
        grade.tier,
        "graded" if grade.graded else "not graded yet",
        *(_number(None if each.state == "left out" else each.score) for each in grade.items),
        *(str(outcomes.get(each, 0)) for each in OUTCOMES),
        "; ".join(grade.flags),
        grade.submission.digest,
    ]


def changes(regraded: Iterable[Regraded]) -> str:
    """Whose grade a regrade has changed, as CSV: a line for each item."""
    header = ["name", "total before", "total now", "item", "before", "now", "why"]
    lines = ([one.name, one.before, one.after, each.item, each.before, each.after, each.why]
             for one in regraded for each in one.changes)  # fmt: skip
    return _csv([header, *lines])


def _number(points: Fraction | None) -> str:
    return "" if points is None else str(rounded(points))


def _csv(lines: Iterable[Sequence[str]]) -> str:
    target = io.StringIO()
    writer = csv.writer(target, lineterminator="\n")
    writer.writerows([_harmless(each) for each in line] for line in lines)
    return target.getvalue()


def _harmless(cell: str) -> str:
    """A cell that no spreadsheet takes for anything but text; numbers are ours and are never negative."""
    text = clean(cell).replace("\n", " ")
    return f"'{text}" if cell.startswith(FORMULAS) or text.startswith(FORMULAS) else text
