"""The specification as plain text: a numbered clause, its id, where it comes from and what it needs."""

from __future__ import annotations

import shutil
import textwrap
from collections.abc import Iterable, Iterator

from gradspec.outline import Chapter, Clause, totals

WIDEST = 110  # columns that are still read with ease


def specification(chapters: Iterable[Chapter], width: int = 0) -> str:
    """The text of `chapters`, `width` columns wide; 0: as wide as the terminal."""
    chapters = list(chapters)
    width = width or min(shutil.get_terminal_size().columns, WIDEST)
    return "\n".join([*(line for chapter in chapters for line in _lines(chapter, width)), totals(chapters)])


def _lines(chapter: Chapter, width: int) -> Iterator[str]:
    about = f": {chapter.about}" if chapter.about else ""
    yield from (_hanging(f"{chapter.number}  {chapter.title}{about}", width), "")
    for clause in chapter.clauses:
        yield from (_entry(clause, width), "")


def _entry(clause: Clause, width: int) -> str:
    item, margin = clause.item, " " * (len(clause.number) + 2)
    needs = f"; needs {', '.join(item.needs)}" if item.needs else ""
    small = [f"{margin}{item.id}", _hanging(f"cites {item.cites}{needs}", width, margin)]
    return "\n".join([_hanging(f"{clause.number}  {item.clause}", width), *small])


def _hanging(text: str, width: int, margin: str = "") -> str:
    """`text` wrapped; without a margin of its own, under what follows its number."""
    under = margin or " " * (text.index("  ") + 2)
    return textwrap.fill(text, width, initial_indent=margin, subsequent_indent=under, break_on_hyphens=False)
