"""What a submission most likely gets wrong, on the page that its author gets: a small part of it, where it is sure enough."""

from __future__ import annotations

from collections.abc import Iterator

from gradspec.diagnosis.diagnosing import diagnose
from gradspec.grading.gradebook import Grade
from gradspec.report.grading.words import VISIBLE, html, prose
from gradspec.report.text import sureness
from gradspec.results import Outcome, Result

RAISED = "It raised "  # how the reason of an exception begins
# how a question ended, in the words of a run; whatever is not named here was not run, or is nobody's fault
ENDED: dict[str, Outcome] = {
    "pass": "pass",
    "wrong gradient": "fail",
    "wrong value": "fail",
    "wrong shape": "fail",
    "exception": "error",
    "timeout": "timeout",
    "out of memory": "crash",
    "killed": "crash",
    "output flood": "crash",
}


def suspected(grade: Grade) -> Iterator[str]:
    """By the answers to visible items alone: of the others the page tells counts and nothing else."""
    open_items = [each for each in grade.items if not VISIBLE[each.item.visibility]]
    answers = [answer for each in open_items for answer in each.answers]
    found = diagnose(
        Result(
            question.id,
            ENDED.get(verdict.outcome, "unsupported"),
            0.0,
            verdict.differences,
            verdict.reason.removeprefix(RAISED),
        )
        for question, verdict in answers
    )
    if not found:
        return
    yield "<section><h2>What is likely wrong, by what failed</h2><ul>"
    for each in found:
        yield f"<li><strong>{html(sureness(each))}:</strong> it {prose(each.misconception)}. "
        yield f"Most like this: {prose(each.like)} To read again: <cite>{prose(each.read)}</cite>.</li>"
    yield "</ul></section>"
