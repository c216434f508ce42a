"""The page that a student gets: what every item earned, and what to do about those that failed."""

from __future__ import annotations

from collections.abc import Iterator

from gradspec.grading.gradebook import Grade, ItemGrade, shown
from gradspec.grading.model import Rubric
from gradspec.report.drawing.svg import style
from gradspec.report.grading.answers import Draw, closed, module_of, opened, undrawn
from gradspec.report.grading.frame import page
from gradspec.report.grading.suspicion import suspected
from gradspec.report.grading.words import VISIBLE, html, points, prose, standing, summary


def feedback(rubric: Rubric, grade: Grade, provenance: str, draw: Draw = undrawn) -> str:
    """The page. Items that are not visible are told in counts alone, for the page knows no date, and nothing of them is drawn."""
    title = f"{rubric.name}: {grade.submission.name}"
    return page(
        title,
        "".join((*_header(rubric, grade, provenance), *suspected(grade))),
        "".join(_item(each, module_of(rubric), draw) for each in grade.items),
        style=style(),
    )


def _header(rubric: Rubric, grade: Grade, provenance: str) -> Iterator[str]:
    yield f"<h1>{html(grade.submission.name)}</h1>"
    yield f"<p>{prose(rubric.name)}</p>"
    if grade.score is None:
        yield '<p class="score">not graded yet</p>'
        yield "<p>The grader failed at some of it, not the submission. It will be graded again.</p>"
    else:
        yield f'<p class="score">{shown(grade.score)} <small>of {shown(grade.maximum)} points</small></p>'
    if grade.refused:
        yield f'<p class="verdict"><strong>Nothing of it was run.</strong> {html(grade.refused)}</p>'
    yield from (f"<p>{html(each)}</p>" for each in summary(grade))
    yield f"<p>{prose(provenance)}</p>"
    yield from (f"<p>{prose(each)}</p>" for each in grade.notes)


def _item(item: ItemGrade, module: str, draw: Draw) -> str:
    return "\n".join(_lines(item, module, draw)) + "\n"


def _lines(item: ItemGrade, module: str, draw: Draw) -> Iterator[str]:
    later = VISIBLE[item.item.visibility]
    yield f'<section class="{standing(item)}" id="{html(item.item.id)}">'
    yield f"<h2>{prose(item.item.title)}</h2>"
    chips = [points(item), *([later] if later else []), *(["skipped"] if item.state == "skipped" else [])]
    yield f'<p class="chips">{" ".join(f"<i>{html(each)}</i>" for each in chips)}</p>'
    yield from closed(item) if later else opened(item, module, draw)
    yield "</section>"
