"""The grades as JUnit XML: a suite a submission, a case an item."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from xml.sax.saxutils import escape

from gradspec.grading.gradebook import Grade, ItemGrade
from gradspec.grading.model import Verdict
from gradspec.report.grading.words import counts, points, said
from gradspec.report.printable import attribute, clean

FAILED_SHOWN = 20  # questions of one item


def junit(grades: Iterable[Grade]) -> Iterator[str]:
    """The file, in pieces."""
    yield '<?xml version="1.0" encoding="utf-8"?>\n<testsuites>\n'
    for grade in grades:
        yield "\n".join(_suite(grade)) + "\n"
    yield "</testsuites>\n"


def _suite(grade: Grade) -> Iterator[str]:
    failures = sum(_failed(each) for each in grade.items)
    skipped = sum(each.state in ("skipped", "left out") for each in grade.items)
    errors = sum(each.state == "not graded yet" for each in grade.items)
    numbers = f'tests="{len(grade.items)}" failures="{failures}" errors="{errors}" skipped="{skipped}"'
    yield f"<testsuite name={attribute(grade.submission.name)} {numbers}>"
    yield "<properties>"
    yield f'<property name="tier" value={attribute(grade.tier)}/>'
    yield f'<property name="digest" value={attribute(grade.submission.digest)}/>'
    yield "</properties>"
    for each in grade.items:
        yield from _case(grade.submission.name, each)
    yield "</testsuite>"


def _failed(item: ItemGrade) -> bool:
    return item.state == "graded" and not item.full


def _case(name: str, item: ItemGrade) -> Iterator[str]:
    opening = f"<testcase classname={attribute(name)} name={attribute(item.item.id)}"
    if item.state == "graded" and item.full:
        yield f"{opening}/>"
        return
    yield f"{opening}>"
    message = f"{points(item)}: {counts(item)}"
    if item.state in ("skipped", "left out"):
        yield f"<skipped message={attribute(item.reason)}/>"
    elif item.state == "not graded yet":
        yield f'<error type="infrastructure" message={attribute(item.reason)}/>'
    else:
        text = "\n".join(_lines(item))
        yield f"<failure type={attribute(item.outcome)} message={attribute(message)}>{escape(clean(text))}</failure>"
    yield "</testcase>"


def _lines(item: ItemGrade) -> Iterator[str]:
    if item.reason:
        yield item.reason
    failed = [(question, verdict) for question, verdict in item.answers if verdict.outcome != "pass"]
    for question, verdict in failed[:FAILED_SHOWN]:
        yield f"{question.id}: {_sentence(verdict)}"
    if len(failed) > FAILED_SHOWN:
        yield f"and {len(failed) - FAILED_SHOWN} more"


def _sentence(verdict: Verdict) -> str:
    if not verdict.differences:
        return said(verdict)[:300]
    first = verdict.differences[0]
    at = f"{first.label}, {first.facet}: expected {first.expected[:100]}, found {first.found[:100]}"
    return f"{said(verdict)[:300]} {at}"
