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


def gradebook(rubric: Rubric, grades: Iterable[Grade]) -> str:
    """The gradebook as CSV. A score that is not known, or not counted, is an empty cell; it is never a zero."""
    header = ["name", "total", "maximum", "visible", "visible maximum", "hidden", "hidden maximum", "tier", "status"]
    header += [each.id for each in rubric.items]
    return _csv([*header, *OUTCOMES, "flags", "digest"], map(_line, grades))


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
    return _csv(header, lines)


def _number(points: Fraction | None) -> str:
    return "" if points is None else str(rounded(points))


def _csv(header: Sequence[str], lines: Iterable[Sequence[str]]) -> str:
    target = io.StringIO()
    writer = csv.writer(target, lineterminator="\n")
    writer.writerow([_harmless(each) for each in header])
    writer.writerows([_harmless(each) for each in line] for line in lines)
    return target.getvalue()


def _harmless(cell: str) -> str:
    """A cell that no spreadsheet takes for anything but text; numbers are ours and are never negative."""
    text = clean(cell).replace("\n", " ")
    return f"'{text}" if cell.startswith(FORMULAS) or text.startswith(FORMULAS) else text
