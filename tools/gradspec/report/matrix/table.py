"""The table itself, as HTML that can be read as it stands: a body a chapter, a row a clause, a cell an implementation."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from gradspec.outline import Chapter, Clause
from gradspec.report.matrix.markup import html, prose
from gradspec.report.matrix.model import BROKEN, KEPT, SILENT, STANDINGS, Column, Matrix, Standing, Tally, standing
from gradspec.results import Result

# What a bar is made of, from left to right.
PARTS: tuple[tuple[str, frozenset[Standing]], ...] = (
    ("pass", KEPT),
    ("fidelity", frozenset(("fidelity",))),
    ("fail", BROKEN),
    ("unsupported", SILENT),
)


def table(matrix: Matrix) -> Iterator[str]:
    yield "<table class=matrix>\n<caption>Chapters and their clauses by implementations</caption>\n"
    yield "<thead><tr><th scope=col>Chapter"
    yield from (
        f"<th scope=col><b>{html(each.name)}</b> <small>{html(each.version)}</small>" for each in matrix.columns
    )
    yield "</thead>\n<tbody class=all>"
    yield from heading("", f"All {len(matrix.chapters)} chapters", matrix.clauses, matrix.columns)
    yield "</tbody>\n"
    for chapter in matrix.chapters:
        yield from body(chapter, matrix.columns)
    yield "</table>\n"


def body(chapter: Chapter, columns: tuple[Column, ...]) -> Iterator[str]:
    yield f'<tbody id="{html(chapter.name)}">'
    yield from heading(f"{chapter.number}", prose(chapter.title), chapter.clauses, columns)
    for clause in chapter.clauses:
        yield row(clause, columns)
    yield "</tbody>\n"


def heading(number: str, title: str, clauses: tuple[Clause, ...], columns: tuple[Column, ...]) -> Iterator[str]:
    """The row of a chapter, or of all; `title` is markup."""
    yield f"<tr class=chapter><th scope=row><i>{number}</i><span>{title}</span><small>{len(clauses):,}</small>"
    yield from (f"<td>{tallied(column.tally(clauses))}" for column in columns)
    yield "\n"


def row(clause: Clause, columns: tuple[Column, ...]) -> str:
    item = clause.item
    results = [column.results.get(item.id) for column in columns]
    cells = "".join(f"<td class={each}>{each}" for each in map(standing, results))
    return (
        f'<tr id="{html(item.id)}"><th scope=row><i>{clause.number}</i><span>{prose(item.clause)}</span>'
        f"<code>{html(item.name)}</code>{spelled_out(columns, results)}{cells}\n"
    )


def spelled_out(columns: Iterable[Column], results: Iterable[Result | None]) -> str:
    """For those who read without scripts: the first difference of each implementation that has one."""
    lines = [
        f"{html(column.name)}: {html(words)}"
        for column, result in zip(columns, results, strict=True)
        if result is not None and (words := first_difference(result))
    ]
    return f"<noscript><p>{'<br>'.join(lines)}</noscript>" if lines else ""


def first_difference(result: Result, longest: int = 160) -> str:
    """In a line, how a result differs; of what is unsupported that it is says enough."""
    if not result.ran:
        return ""
    if result.reason or not result.differences:
        return shortened(result.reason, longest)
    first = result.differences[0]
    expected, found = shortened(first.expected, longest // 2), shortened(first.found, longest // 2)
    return f"{first.label}, {first.facet}: expected {expected}, found {found}"


def shortened(text: str, longest: int) -> str:
    line = " ".join(text.split())
    return line if len(line) <= longest else f"{line[: longest - 1]}…"


def tallied(tally: Tally) -> str:
    """How many of a chapter's clauses are kept: a bar for the eye, short numbers, and a sentence for who cannot see."""
    parts = [(name, sum(tally.counts[each] for each in standings)) for name, standings in PARTS]
    start, bar = 0, ""
    for name, count in parts:
        if count:
            bar += f'<path class={name} d="M{start} 0h{count}v1h-{count}z"/>'
            start += count
    picture = f'<svg viewBox="0 0 {tally.total} 1" preserveAspectRatio="none" aria-hidden="true">{bar}</svg>'
    return f"{picture}<b aria-hidden=true>{numbers(tally)}</b><span class=spoken>{sentence(tally)}</span>"


def numbers(tally: Tally) -> str:
    """Semantics and fidelity kept, of what ran."""
    if not tally.ran:
        return "–"
    if tally.semantics == tally.fidelity == tally.ran:
        return f"{tally.ran:,}"
    return f"{tally.semantics:,}<u>·{tally.fidelity:,}</u><small>/{tally.ran:,}</small>"


def sentence(tally: Tally) -> str:
    ran = f"{tally.semantics} of {tally.ran} keep semantics, {tally.fidelity} fidelity" if tally.ran else "none ran"
    silent = [f"{tally.counts[each]} {each}" for each in STANDINGS if each in SILENT and tally.counts[each]]
    return "; ".join([ran, *silent])
