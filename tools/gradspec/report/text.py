"""A record for a person at a terminal: a table by chapter, then each difference with its clause."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from gradspec.adapters import FIDELITY, SEMANTICS
from gradspec.results import OUTCOMES, Header, Record, Result, Suspicion

SHOWN = 6  # differences of one scenario; the JSON has them all
SURENESS = {"almost certainly": 0.9, "probably": 0.6, "perhaps": 0.0}
_STYLE = {True: "green", False: "red", None: "yellow"}


def print_record(record: Record, console: Console) -> None:
    """Print the whole report."""
    console.print(headline(record.header))
    console.print(table(record))
    for result in record.results:
        if OUTCOMES[result.outcome] is not True:
            console.print()
            console.print(details(result))
    for line in suspected(record.footer.diagnosis):
        console.print(line)
    console.print()
    console.print(verdict(record))


def headline(header: Header) -> Text:
    version = f" {header.implementation_version}" if header.implementation_version else ""
    versions = ", ".join(f"{name} {version}" for name, version in header.versions.items() if name != "platform")
    order = "" if header.shuffle is None else f", order: seed {header.shuffle}"
    run = f"oracle: {header.oracle}, profile: {header.profile}{order}"
    return Text(f"{header.implementation}{version}, {run}, {versions}")


def table(record: Record) -> Table:
    """A line a chapter: how many of each outcome, and how many of those that ran keep all of either group."""
    outcomes = [outcome for outcome in OUTCOMES if outcome == "pass" or outcome in record.footer.counts]
    grid = Table("chapter", box=None, header_style="bold", pad_edge=False)
    for name in (*outcomes, SEMANTICS, FIDELITY):
        grid.add_column(name, justify="right")
    chapters: dict[str, list[Result]] = {}
    for each in record.results:
        chapters.setdefault(each.chapter, []).append(each)
    rows = list(chapters.items())
    if len(rows) > 1:
        rows.append(("all", list(record.results)))
    for chapter, results in rows:
        counts = Counter(each.outcome for each in results)
        cells = [Text(str(counts[each]), _STYLE[OUTCOMES[each]] if counts[each] else "dim") for each in outcomes]
        grid.add_row(chapter, *cells, _kept(results, SEMANTICS), _kept(results, FIDELITY))
    return grid


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
    return Text(f"{record.header.implementation} {words[record.exit_code]}: {counts}, in {record.footer.seconds:.2f} s")


def plain(result: Result, width: int = 120) -> str:
    """`details` as plain text."""
    console = Console(width=width, color_system=None, force_terminal=False)
    with console.capture() as capture:
        console.print(details(result))
    return capture.get().rstrip()
