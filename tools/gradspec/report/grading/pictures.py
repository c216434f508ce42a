"""Graphs on the page of a student: of the script that shows what is right, as PyTorch builds it, with where theirs differs.

Nothing of a submission is run for them, and nothing is drawn that the page does not print: script and labels.
"""

from __future__ import annotations

import contextlib
import functools
import re
import tempfile
from collections import Counter
from pathlib import Path
from typing import Self

from gradspec.errors import HarnessError, UsageError
from gradspec.grading.model import Outcome, Question, Verdict
from gradspec.report.drawing.asking import Sitter, default_implementation
from gradspec.report.drawing.record import Record, Seen
from gradspec.report.drawing.svg import figure
from gradspec.report.grading.words import html

NODES = 40  # of a graph that is read on the way
SECONDS = 10.0
DRAWN: tuple[Outcome, ...] = ("wrong gradient", "wrong value", "wrong shape")  # of others a graph explains nothing
NUMBERS = re.compile(r"-?\d+(\.\d+)?")
CAPTION = "Its graph as {maker} builds it, with the numbers of the script below{marked}."


def _like(label: str) -> str:
    """A label without its numbers: it was asked with others than those that are shown."""
    return NUMBERS.sub("#", label)


class Pictures:
    """Draws each script once, however many submissions fail at it; a question without a graph has no picture."""

    def __init__(self) -> None:
        self._stack = contextlib.ExitStack()
        self._scripts = 0
        self.maker = default_implementation()
        self.figure = functools.lru_cache(maxsize=1024)(self._figure)
        self._record = functools.cache(self._draw)

    def __enter__(self) -> Self:
        self._sitter = self._stack.enter_context(Sitter(self.maker, SECONDS, NODES))
        self._folder = Path(self._stack.enter_context(tempfile.TemporaryDirectory(prefix="gradspec-")))
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def of(self, question: Question, verdict: Verdict) -> str:
        """The picture for a question that failed, as markup; nothing where there is none."""
        if verdict.outcome not in DRAWN:
            return ""
        return self.figure(question.script, frozenset(_like(each.label) for each in verdict.differences))

    def _figure(self, script: str, labels: frozenset[str]) -> str:
        record = self._record(script) if script else None
        if record is None:
            return ""
        alike = Counter(_like(each.label) for each in record.drawn.observations)
        seen = tuple(
            Seen(each.label, None, None, (), each.value, each.grad, marked=True)
            for each in record.drawn.observations
            if _like(each.label) in labels and alike[_like(each.label)] == 1
        )
        maker = {"torch": "PyTorch"}.get(self.maker, self.maker)
        marked = "; yours differs where it is marked" if any(each.value is not None for each in seen) else ""
        caption = html(CAPTION.format(maker=maker, marked=marked))
        drawn = figure(Record(record.title, record.subtitle, record.drawn, seen))
        width = re.search(r' width="(\d+)"', drawn)
        wide = f' style="--wide: {width[1]}px"' if width else ""
        return f'<figure class="graph" tabindex="0"{wide}><figcaption>{caption}</figcaption>{drawn}</figure>'

    def _draw(self, script: str) -> Record | None:
        self._scripts += 1
        path = self._folder / f"script{self._scripts}.py"  # of its own: its lines are read when it is drawn
        path.write_text(script, encoding="utf-8")
        try:
            return self._sitter.script(path)
        except (UsageError, HarnessError):  # a page is a page without it
            return None
