"""A fuzzing campaign as a person sees it: a live line or table while it runs, then each finding as a script."""

from __future__ import annotations

import sys
import time
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from gradspec.fuzz.campaign import Group, Outcome, Progress, as_script
from gradspec.fuzz.pair import Finding
from gradspec.programs.program import count
from gradspec.trace import Trace, show

EVERY = 15.0  # seconds between two lines where there is no terminal
TOP = 8  # symptoms in the live table


class Display:
    """Shows the progress of a campaign: a table in a terminal, else a line now and then."""

    def __init__(self) -> None:
        self._stack = ExitStack()
        self._live = self._terminal() if sys.stderr.isatty() else None
        self._last = time.monotonic()

    def _terminal(self) -> Any:
        from rich.console import Console
        from rich.live import Live

        return self._stack.enter_context(Live(console=Console(stderr=True), transient=True, refresh_per_second=4))

    def __call__(self, progress: Progress) -> None:
        if self._live is not None:
            self._live.update(table(progress))
        elif time.monotonic() - self._last > EVERY:
            self._last = time.monotonic()
            print(line(progress), file=sys.stderr)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self._stack.close()


def line(progress: Progress) -> str:
    return (
        f"{progress.doing}: {progress.programs} programs, {progress.statements} statements, {len(progress.pairs)} distinct "
        f"pairs, {progress.pace:.0f} programs a second, {progress.differences.total()} differences"
    )


def table(progress: Progress) -> Any:
    from rich.table import Table

    shown = Table(title=line(progress), title_justify="left", show_header=bool(progress.differences), box=None)
    shown.add_column("programs", justify="right")
    shown.add_column("differ in")
    for symptom, programs in progress.differences.most_common(TOP):
        shown.add_row(str(programs), symptom)
    return shown


def print_outcome(outcome: Outcome) -> None:
    """Each cause with its script, then one line of summary."""
    for number, group in enumerate(outcome.groups, 1):
        print(f"{number}. {heading(group)}\n")
        print(as_script(group.finding))
        print(traces(group.finding))
    print(summary(outcome))


def print_replayed(implementation: str, against: str, path: Path, finding: Finding | None) -> None:
    """What the one program in `path` shows."""
    if finding is None:
        print(f"{path}: {implementation} does what {against} does.")
        return
    print(as_script(finding))
    print(traces(finding))
    print(f"{path}: {implementation} differs from {against} in {finding.difference.facet}.")


def heading(group: Group) -> str:
    many = f"{group.programs} program{'s' if group.programs != 1 else ''}"
    kept = f"; kept as {group.path}" if group.path else ""
    return f"{group.cause} ({many}; {count(group.finding.program.statements)} statements{kept})"


def traces(finding: Finding) -> str:
    """Both traces: where they differ, marked with a star, what is expected and below it what was found."""
    expected, found = labelled(finding.expected), labelled(finding.found or ())
    text = ""
    for label in dict.fromkeys([*expected, *found]):
        ours, theirs = expected.get(label, "-"), found.get(label, "-")
        text += f"{'' if ours == theirs else '*':1} {label:20} {ours}\n"
        if ours != theirs:
            text += f"{'':23}{theirs}\n"
    return text


def labelled(trace: Trace) -> dict[str, str]:
    return {each.label: show(each.value) for each in trace}


def summary(outcome: Outcome) -> str:
    plan, progress = outcome.plan, outcome.progress
    ran = (
        f"{progress.programs} programs ({progress.statements} statements, {len(progress.pairs)} distinct pairs) with seed "
        f"{plan.seed}, {progress.pace:.0f} a second"
    )
    if outcome.interrupted:
        ran = f"Interrupted after {ran}"
    if not outcome.groups:
        return f"{ran}: {plan.implementation} does what {plan.against} does."
    causes = len(outcome.groups)
    return (
        f"{ran}: {progress.differences.total()} differ between {plan.implementation} and {plan.against}, for {causes} "
        f"cause{'s' if causes != 1 else ''}."
    )
