"""A record for a person at a terminal: a table by chapter, then each difference with its clause."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from gradspec.adapters import FIDELITY, SEMANTICS
from gradspec.errors import UsageError
from gradspec.results import OUTCOMES, Header, Record, Result, Stale, Suspicion

SHOWN = 6  # differences of one scenario; the JSON has them all
SURENESS = {"almost certainly": 0.9, "probably": 0.6, "perhaps": 0.0}
_STYLE = {True: "green", False: "red", None: "yellow"}


def print_record(record: Record, console: Console) -> None:
    """Print the whole report."""
    console.print(headline(record.header))
    if record.header.reading:
        console.print(Text(f"{record.header.implementation} read as {record.header.reading}"))
    console.print(table(record))
    for result in record.unexpected:
        console.print()
        console.print(details(result))
    for gone in record.footer.stale:
        console.print()
        console.print(Text.assemble(("stale", "bold red"), "  ", (gone.id, "bold")))
        console.print(Text(f"  {stale(gone)}"))
    for line in suspected(record.footer.diagnosis):
        console.print(line)
    console.print()
    console.print(verdict(record), soft_wrap=True)  # the line that people look for in a log


def headline(header: Header) -> Text:
    version = f" {header.implementation_version}" if header.implementation_version else ""
    versions = ", ".join(f"{name} {version}" for name, version in header.versions.items() if name != "platform")
    order = "" if header.shuffle is None else f", order: seed {header.shuffle}"
    run = f"oracle: {header.oracle}, profile: {header.profile}{order}"
    return Text(f"{header.implementation}{version}, {run}, {versions}")


def table(record: Record) -> Table:
    """A line a chapter: how many of each outcome, and how many of those that ran keep all of either group."""
    heads, rows = by_chapter(record)
    grid = Table("chapter", box=None, header_style="bold", pad_edge=False)
    for head in heads:
        grid.add_column(head, justify="right")
    styles = {str(outcome): _STYLE[conforms] for outcome, conforms in OUTCOMES.items()}
    for chapter, cells in rows:
        texts = (
            Text(cell, "dim" if cell == "0" else styles.get(head, "")) for head, cell in zip(heads, cells, strict=True)
        )
        grid.add_row(chapter, *texts)
    return grid


def by_chapter(record: Record) -> tuple[list[str], list[tuple[str, list[str]]]]:
    """The same as text: the heads of the columns, and the cells of each chapter, and of all."""
    outcomes = [outcome for outcome in OUTCOMES if outcome == "pass" or outcome in record.footer.counts]
    chapters: dict[str, list[Result]] = {}
    for each in record.results:
        chapters.setdefault(each.chapter, []).append(each)
    groups = list(chapters.items())
    if len(groups) > 1:
        groups.append(("all", list(record.results)))
    rows = []
    for chapter, results in groups:
        counts = Counter(each.outcome for each in results)
        kept = (_kept(results, group) for group in (SEMANTICS, FIDELITY))
        rows.append((chapter, [*(str(counts[each]) for each in outcomes), *kept]))
    return [*outcomes, SEMANTICS, FIDELITY], rows


def _kept(results: list[Result], group: str) -> str:
    ran = [each for each in results if each.ran]
    return f"{sum(each.keeps(group) for each in ran)}/{len(ran)}" if ran else "-"


def details(result: Result) -> RenderableType:
    """Why a result is no pass: the clause, where it comes from, expected and found side by side."""
    head = Text.assemble((result.outcome, f"bold {_STYLE[OUTCOMES[result.outcome]]}"), "  ", (result.id, "bold"))
    parts: list[RenderableType] = [head, Text(f"  {result.clause}"), Text(f"  {result.source}; {result.cites}", "dim")]
    if result.reason:
        parts.append(Text(f"  {result.reason}"))
    if result.differences:
        grid = Table("at", "facet", "expected", "found", box=None, header_style="dim", padding=(0, 2, 0, 0))
        for each in result.differences[:SHOWN]:
            grid.add_row(*map(Text, (each.label, each.facet, *around_the_difference(each.expected, each.found))))
        parts.append(Padding(grid, (0, 0, 0, 2)))
    if len(result.differences) > SHOWN:
        parts.append(Text(f"  and {len(result.differences) - SHOWN} more differences", "dim"))
    return Group(*parts)


def around_the_difference(expected: str, found: str, context: int = 30) -> tuple[str, str]:
    """Two long texts without what they share at either end, but for some `context`; short ones as they are."""
    if max(len(expected), len(found)) <= 4 * context:
        return expected, found
    before = max(0, _shared(expected, found) - context)
    after = max(0, _shared(expected[before:][::-1], found[before:][::-1]) - context)
    return _cut(expected, before, after), _cut(found, before, after)


def _shared(one: str, other: str) -> int:
    """How many characters two texts share at their beginning."""
    return next(
        (at for at, pair in enumerate(zip(one, other, strict=False)) if pair[0] != pair[1]), min(len(one), len(other))
    )


def _cut(text: str, before: int, after: int) -> str:
    return f"{'…' * (before > 0)}{text[before : len(text) - after]}{'…' * (after > 0)}"


def suspected(diagnosis: tuple[Suspicion, ...]) -> Iterator[Text]:
    """What is likely wrong, as far as that can be told from what failed."""
    if diagnosis:
        yield Text()
        yield Text("What is likely wrong, by what failed", "bold")
    for each in diagnosis:
        yield Text(f"  {sureness(each)}: it {each.misconception}", "bold")
        yield Text(f"    most like this: {each.like}")
        yield Text(f"    shown by {', '.join(each.shown_by)}", "dim")
        yield Text(f"    to read again: {each.read}")
        yield from (Text(f"    to look at: {place.file}:{place.line}: {place.says}") for place in each.places)


def sureness(each: Suspicion) -> str:
    """How sure a diagnosis is, as a word and a number."""
    word = next(word for word, least in SURENESS.items() if each.chance >= least)
    return f"{word} ({each.chance:.0%})"


def verdict(record: Record) -> Text:
    """The last line: what the exit code says."""
    counts = ", ".join(f"{count} {outcome}" for outcome, count in record.footer.counts.items())
    words = {
        0: "conforms",
        1: "does not conform",
        2: "was not tried: it supports nothing of what was selected",
        3: "was not judged: the harness itself failed",
    }
    said = words[record.exit_code]
    if record.ran and record.exit_code == UsageError.exit_code:
        said = "was tried too little"
    few = f", of which {record.ran} ran, and at least {record.header.minimum} should" if not record.enough else ""
    gone = f", {len(record.footer.stale)} stale" if record.footer.stale else ""
    return Text(f"{record.header.implementation} {said}: {counts}{gone}{few}, in {record.footer.seconds:.2f} s")


def because(result: Result) -> str:
    """Why a result is no plain pass, in one line."""
    if result.outcome == "xfail" and result.expected is not None:
        return f"expected to fail: {result.expected.reason} ({result.expected.link})"
    if result.reason or not result.differences:
        return " ".join(result.reason.split())
    first = result.differences[0]
    expected, found = around_the_difference(first.expected, first.found)
    more = f" (and {len(result.differences) - 1} more)" if len(result.differences) > 1 else ""
    return " ".join(f"{first.label}: {first.facet}: expected {expected}, found {found}{more}".split())


def stale(gone: Stale) -> str:
    """What is out of date in a file of expected failures, with its place."""
    return f"{gone.expected.place}: {gone.says}"


def plain(result: Result, width: int = 120) -> str:
    """`details` as plain text."""
    console = Console(width=width, color_system=None, force_terminal=False)
    with console.capture() as capture:
        console.print(details(result))
    return capture.get().rstrip()
