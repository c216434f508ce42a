"""The specification as a text: its chapters in reading order, and their clauses, numbered."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from gradspec.scenario import LECTURES, PROFILES, Item, Script, load_chapter
from gradspec.selection import Selection, select
from gradspec.suite import Suite

LECTURES_TITLE = "Course examples: what five courses on automatic differentiation show, as plain scripts."


@dataclass(frozen=True)
class Clause:
    """One item with its number, such as 3.12. Numbers are for reading and may change; ids never do."""

    number: str
    item: Item


@dataclass(frozen=True)
class Chapter:
    """A chapter: its number, its name (the file's), its title and a sentence on it, which may be empty."""

    number: int
    name: str
    title: str
    about: str
    clauses: tuple[Clause, ...]


def outline(suite: Suite, selection: Selection) -> list[Chapter]:
    """The selected chapters; a clause has the same number in every selection. Raises UsageError where there are none."""
    selected = {item.id: item for item in select(suite, selection)}
    chapters = []
    for number, name in enumerate(_reading_order(suite.names()), 1):
        if any(item.chapter == name for item in selected.values()):
            items = enumerate(suite.items(name), 1)
            clauses = tuple(Clause(f"{number}.{place}", item) for place, item in items if item.id in selected)
            title, _, about = _heading(suite, name).partition(": ")
            chapters.append(Chapter(number, name, title.rstrip("."), about, clauses))
    return chapters


def _reading_order(names: Iterable[str]) -> list[str]:
    """First the chapters of the profile `core`, as they stand there; then the others by name; the scripts last."""
    core = PROFILES["core"] or ()
    ranks = {name: rank for rank, name in enumerate(core) if name != LECTURES}
    return sorted(names, key=lambda name: (name == LECTURES, ranks.get(name, len(core)), name))


def _heading(suite: Suite, name: str) -> str:
    """The first paragraph of a chapter's docstring, in one line; its name where there is none."""
    if name == LECTURES:
        return LECTURES_TITLE
    docstring = load_chapter(suite.chapters[name]).__doc__ or name
    return " ".join(docstring.strip().partition("\n\n")[0].split())


def totals(chapters: Iterable[Chapter]) -> str:
    """How much there is, in one sentence."""
    chapters = list(chapters)
    items = [clause.item for chapter in chapters for clause in chapter.clauses]
    scripts = sum(isinstance(item, Script) for item in items)
    parts = [_count(len(items) - scripts, "scenario"), *([_count(scripts, "course script")] if scripts else [])]
    return f"{_count(len(chapters), 'chapter')}, {_count(len(items), 'clause')}: {' and '.join(parts)}."


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
