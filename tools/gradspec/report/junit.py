"""A record as JUnit XML: a suite a chapter, a case a scenario; and what else stands in the way of a good end, as cases."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple
from xml.sax.saxutils import escape

from gradspec.report.printable import attribute, clean
from gradspec.report.text import because, plain, stale, verdict
from gradspec.results import Outcome, Record, Result

# What an outcome is in the words of JUnit; one that is missing here is a case that passed.
ELEMENTS: dict[Outcome, str] = {
    "fail": "failure",
    "xpass": "failure",
    "error": "error",
    "timeout": "error",
    "crash": "error",
    "infrastructure": "error",
    "unsupported": "skipped",
    "xfail": "skipped",
}


class Case(NamedTuple):
    """element: failure, error, skipped, or nothing; then a type of it, a line of message, and a text, may be empty."""

    suite: str
    name: str
    seconds: float = 0.0
    element: str = ""
    kind: str = ""
    message: str = ""
    text: str = ""


def junit(record: Record) -> str:
    """The whole file. Whatever makes the exit code other than 0 is a failure or an error in it."""
    suites: dict[str, list[Case]] = {}
    cases = list(_cases(record))
    for each in cases:
        suites.setdefault(each.suite, []).append(each)
    header = record.header
    about = {"oracle": header.oracle, "profile": header.profile, "gradspec": header.gradspec, **header.versions}
    lines = [
        '<?xml version="1.0" encoding="utf-8"?>',
        f"<testsuites name={attribute(header.implementation)} {_counts(cases)}>",
        *(line for name, inside in suites.items() for line in _suite(name, inside, about)),
        "</testsuites>",
    ]
    return "\n".join(lines) + "\n"


def _cases(record: Record) -> Iterator[Case]:
    yield from map(_case, record.results)
    for each in record.footer.stale:
        yield Case("expected failures", each.id, 0.0, "failure", "stale", stale(each))
    if not record.enough:
        yield Case("scenarios that ran", "enough", 0.0, "error", "too few", verdict(record).plain)


def _case(result: Result) -> Case:
    element = ELEMENTS.get(result.outcome, "")
    text = plain(result) if element in ("failure", "error") else ""
    name = result.id.removeprefix(f"{result.chapter}.")
    return Case(result.chapter, name, result.seconds, element, result.outcome, because(result), text)


def _counts(cases: Sequence[Case]) -> str:
    elements = [each.element for each in cases]
    failures, errors, skipped = map(elements.count, ("failure", "error", "skipped"))
    seconds = sum(each.seconds for each in cases)
    return f'tests="{len(cases)}" failures="{failures}" errors="{errors}" skipped="{skipped}" time="{seconds:.3f}"'


def _suite(name: str, cases: list[Case], about: dict[str, str]) -> Iterator[str]:
    yield f"<testsuite name={attribute(name)} {_counts(cases)}>"
    yield "<properties>"
    yield from (f"<property name={attribute(key)} value={attribute(value)}/>" for key, value in about.items())
    yield "</properties>"
    for each in cases:
        opening = f'<testcase classname={attribute(each.suite)} name={attribute(each.name)} time="{each.seconds:.3f}"'
        yield f"{opening}>" if each.element else f"{opening}/>"
        if each.element:
            kind = "" if each.element == "skipped" else f" type={attribute(each.kind)}"
            text = escape("\n".join(map(clean, each.text.split("\n"))))
            yield f"<{each.element}{kind} message={attribute(each.message)}>{text}</{each.element}>"
            yield "</testcase>"
    yield "</testsuite>"
