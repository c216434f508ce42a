"""What is seen and written while a run goes on: a bar where there is a terminal, and the record, line by line."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from gradspec.report.jsonl import open_for_lines, write_line
from gradspec.results import Footer, Header, Result


class Listener:
    """Hears each line of a record as it comes. Raises UsageError at once where `path` cannot be written."""

    def __init__(self, path: Path | None) -> None:
        self._stack = ExitStack()
        self._imported = False
        self._file = self._stack.enter_context(open_for_lines(path)) if path else None
        self._bar = self._terminal_bar() if sys.stderr.isatty() else None
        self._task = None if self._bar is None else self._bar.add_task("loading", total=None)

    def _terminal_bar(self) -> Any:
        from rich.console import Console
        from rich.progress import Progress

        return self._stack.enter_context(Progress(console=Console(stderr=True), transient=True))

    def __call__(self, line: Header | Result | Footer, total: int) -> None:
        if self._file is not None:
            write_line(self._file, line)
        if not self._imported and isinstance(line, Result):
            import gradspec.report.repeated  # noqa: F401 (what prints the report, while the workers are at work)

            self._imported = True
        if self._bar is not None and isinstance(line, Result):
            self._bar.update(self._task, total=total, advance=1, description=line.chapter)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self._stack.close()
