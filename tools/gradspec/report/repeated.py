"""Runs for a person at a terminal: a line each, what failed in the first, and the verdicts that changed."""

from __future__ import annotations

from rich.console import Console
from rich.text import Text

from gradspec.errors import CONFORMS
from gradspec.repeat import Repeated, runs_by_outcome
from gradspec.report.text import details, print_record, verdict
from gradspec.results import OUTCOMES, Record

SHOWN = 12  # numbers of runs with one outcome


def print_run(record: Record, number: int, times: int, *, stderr: bool = False) -> None:
    """Print the whole report of a single run, one line for each of several; `--shuffle SEED` makes its order again.

    stderr: print it there, for standard output is for something else.
    """
    console = Console(highlight=False, stderr=stderr)
    if times == 1:
        return print_record(record, console)
    seed = record.header.shuffle
    order = "" if seed is None else f", seed {seed}"
    return console.print(Text.assemble((f"run {number} of {times}{order}: ", "dim"), verdict(record)))


def print_repeated(repeated: Repeated) -> None:
    """Print what several runs came to."""
    console = Console(highlight=False)
    first, changed = repeated.records[0], repeated.changed
    if first.exit_code != CONFORMS:
        console.print()
        print_record(first, console)
    for item in changed:
        console.print()
        console.print(Text.assemble(("changed", "bold red"), "  ", (item[0].id, "bold")))
        for outcome, runs in runs_by_outcome(item).items():
            numbers = ", ".join(map(str, runs[:SHOWN])) + ", ..." * (len(runs) > SHOWN)
            console.print(Text(f"  {outcome} in {len(runs)} of {len(item)} runs: {numbers}"))
        console.print(details(next((each for each in item if OUTCOMES[each.outcome] is not True), item[0])))
    times, count = len(repeated.records), len(first.results)
    words = f"{len(changed)} of {count} verdicts changed" if changed else f"not one of {count} verdicts changed"
    console.print()
    console.print(Text(f"{first.header.implementation}: {words} in {times} runs", "red" if changed else ""))
