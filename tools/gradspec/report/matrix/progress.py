"""What is seen while implementations are run: a bar for each, where there is a terminal."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from types import TracebackType
from typing import Any, Self

from gradspec.results import Footer, Header, Result
from gradspec.scenario import Item


class Bars:
    """Hears each line of each record as it comes; silent where nobody looks."""

    def __init__(self) -> None:
        self._stack = ExitStack()
        self._bars: Any = None
        self._tasks: dict[str, Any] = {}

    def __enter__(self) -> Self:
        if sys.stderr.isatty():
            from rich.console import Console
            from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

            shown = (TextColumn("{task.fields[name]}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
            words = TextColumn("[dim]{task.description}")
            self._bars = self._stack.enter_context(
                Progress(*shown, words, console=Console(stderr=True), transient=True)
            )
        return self

    def __call__(self, name: str, line: Header | Result | Footer, total: int) -> None:
        if self._bars is None:
            return
        if name not in self._tasks:
            self._tasks[name] = self._bars.add_task("", total=total, name=name)
        if isinstance(line, Result):
            self._bars.update(self._tasks[name], advance=1, description=line.chapter)

    def drawing(self, name: str, item: Item, total: int) -> None:
        """Hears of each cell that is drawn."""
        if self._bars is None:
            return
        key = f"{name}, drawn"
        if key not in self._tasks:
            self._tasks[key] = self._bars.add_task("", total=total, name=key)
        self._bars.update(self._tasks[key], advance=1, description=item.chapter)

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self._stack.close()
