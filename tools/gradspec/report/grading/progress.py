"""A grading as a person sees it while it goes on: a live table in a terminal, else, when it is long, a line now and then."""

from __future__ import annotations

import sys
import time
from contextlib import ExitStack
from types import TracebackType
from typing import Any, Self

from gradspec.grading.gradebook import OUTCOMES
from gradspec.grading.run import Progress

EVERY = 15.0  # seconds between two lines where there is no terminal
REFRESH = 0.25  # seconds between two tables


class Display:
    """Shows how far a grading is, on standard error."""

    def __init__(self) -> None:
        self._stack = ExitStack()
        self._live = self._terminal() if sys.stderr.isatty() else None
        self._last = 0.0 if self._live else time.monotonic()

    def _terminal(self) -> Any:
        from rich.console import Console
        from rich.live import Live

        return self._stack.enter_context(Live(console=Console(stderr=True), transient=True, auto_refresh=False))

    def __call__(self, progress: Progress) -> None:
        now = time.monotonic()
        if now - self._last < (EVERY if self._live is None else REFRESH):
            return
        self._last = now
        if self._live is not None:
            self._live.update(table(progress), refresh=True)
        else:
            print(line(progress), file=sys.stderr, flush=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self._stack.close()


def line(progress: Progress) -> str:
    """Done, running, pace, time left, and the outcomes of this session."""
    done = progress.resumed + progress.done
    parts = [f"{progress.doing}: {done} of {progress.total} submissions done"]
    if progress.resumed:
        parts.append(f"{progress.resumed} of them before")
    if progress.running:
        parts.append(f"{len(progress.running)} running")
    if progress.done:
        parts.append(f"{progress.pace:.1f} a second")
    if progress.left:
        parts.append(f"{duration(progress.left)} left")
    return "; ".join([", ".join(parts), outcomes(progress)]).removesuffix("; ")


def outcomes(progress: Progress) -> str:
    return ", ".join(f"{progress.outcomes[each]} {each}" for each in OUTCOMES if progress.outcomes[each])


def duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def table(progress: Progress) -> Any:
    from rich.console import Group
    from rich.progress_bar import ProgressBar
    from rich.table import Table
    from rich.text import Text

    done = progress.resumed + progress.done
    shown = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    for each in OUTCOMES:
        if progress.outcomes[each]:
            shown.add_row(Text(str(progress.outcomes[each]), justify="right"), each)
    running = ", ".join(sorted(progress.running.values())[:8])
    return Group(
        Text(line(progress).partition("; ")[0]),
        ProgressBar(total=max(1, progress.total), completed=done, width=60),
        Text(f"running: {running}" if running else "", overflow="ellipsis", no_wrap=True),
        shown,
    )
