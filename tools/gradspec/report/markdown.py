"""A record as Markdown: the summary of a CI job, with every unexpected result to unfold."""

from __future__ import annotations

import re
from collections.abc import Iterator

from gradspec.adapters import FIDELITY, SEMANTICS
from gradspec.report.printable import clean
from gradspec.report.text import around_the_difference, by_chapter, headline, stale, sureness, verdict
from gradspec.results import Record, Result

SHOWN = 50  # results that are unfolded; a summary on GitHub holds a megabyte
DIFFERENCES = 6  # of each
MARKS = {0: "✅", 1: "❌", 2: "⚠️", 3: "⚠️"}
SPECIAL = re.compile(r"([\\`*_\[\]<>|~])")


def markdown(record: Record) -> str:
    """The whole summary."""
    return "\n".join(
        line for part in (_head, _unexpected, _stale, _diagnosis, _known, _chapters) for line in part(record)
    )


def _head(record: Record) -> Iterator[str]:
    yield f"## {MARKS[record.exit_code]} {prose(verdict(record).plain)}"
    yield ""
    yield prose(headline(record.header).plain)
    yield ""


def _unexpected(record: Record) -> Iterator[str]:
    results = record.unexpected
    for each in results[:SHOWN]:
        yield "<details>"
        yield f"<summary><b>{each.outcome}</b> <code>{html(each.id)}</code>: {sentence(each.clause)}</summary>"
        yield ""
        yield f"{prose(each.source)}; {prose(each.cites)}"
        yield ""
        if each.reason:
            yield from (prose(each.reason), "")
        if each.differences:
            yield from (*_differences(each), "")
        yield from ("</details>", "")
    if len(results) > SHOWN:
        yield f"And {len(results) - SHOWN} more: {', '.join(code(each.id) for each in results[SHOWN:])}"
        yield ""


def _differences(result: Result) -> Iterator[str]:
    yield "| at | facet | expected | found |"
    yield "| --- | --- | --- | --- |"
    for each in result.differences[:DIFFERENCES]:
        cells = (each.label, each.facet, *around_the_difference(each.expected, each.found))
        yield f"| {' | '.join(map(prose, cells))} |"
    if len(result.differences) > DIFFERENCES:
        yield f"| and {len(result.differences) - DIFFERENCES} more | | | |"


def _stale(record: Record) -> Iterator[str]:
    for each in record.footer.stale:
        yield f"- **stale** {code(each.id)}: {prose(stale(each))}"
    if record.footer.stale:
        yield ""


def _diagnosis(record: Record) -> Iterator[str]:
    if record.footer.diagnosis:
        yield from ("### What is likely wrong, by what failed", "")
    for each in record.footer.diagnosis:
        yield f"- {sureness(each)}: it {sentence(each.misconception)}. To read again: {sentence(each.read)}"
        yield from (f"  - to look at: {code(f'{at.file}:{at.line}')}: {prose(at.says)}" for at in each.places)
    if record.footer.diagnosis:
        yield ""


def _known(record: Record) -> Iterator[str]:
    """The expected failures that came as expected, a row a reason."""
    known: dict[tuple[str, str], list[str]] = {}
    for each in record.results:
        if each.outcome == "xfail" and each.expected is not None:
            known.setdefault((each.expected.reason, each.expected.link), []).append(each.id)
    if known:
        count = sum(map(len, known.values()))
        yield from (
            f"<details><summary>{count} failed as expected</summary>",
            "",
            "| why | scenarios |",
            "| --- | --- |",
        )
        for (reason, link), ids in known.items():
            yield f"| {prose(reason)} <{html(link)}> | {', '.join(map(code, ids))} |"
        yield from ("", "</details>", "")


def _chapters(record: Record) -> Iterator[str]:
    """The table by chapter, folded: most of it is the same from day to day."""
    heads, rows = by_chapter(record)
    yield from ("<details><summary>By chapter</summary>", "")
    yield f"| chapter | {' | '.join(heads)} |"
    yield f"| --- | {' | '.join('---:' for _ in heads)} |"
    for chapter, cells in rows:
        yield f"| {prose(chapter)} | {' | '.join(cells)} |"
    yield from (
        "",
        f"{SEMANTICS}: values, shapes, flags, errors; {FIDELITY}: dtypes, nodes, words.",
        "",
        "</details>",
        "",
    )


def prose(text: str) -> str:
    """Any text as one line of Markdown that says just that."""
    return SPECIAL.sub(r"\\\1", " ".join(clean(text).split())).replace("&", "&amp;")


def html(text: str) -> str:
    """Any text as one line of HTML."""
    return " ".join(clean(text).split()).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def sentence(text: str) -> str:
    """A sentence of the specification as HTML; what stands between backquotes is code."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", html(text))


def code(text: str) -> str:
    return f"<code>{html(text)}</code>".replace("|", "&#124;")
