"""What a module was read as, as a table for a person at a terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from rich.table import Table
from rich.text import Text

from gradspec.examined import Phrasebook

Read = Callable[[Phrasebook], str]
OBJECTS: dict[str, Read] = {
    "class": lambda book: ", ".join(book.nodes),
    "a leaf": lambda book: book.leaf,
    "its data": lambda book: book.value,
    "backward": lambda book: book.backward or book.whole,
    "with a gradient": lambda book: book.seeded if book.seeded != book.backward else "the caller sets it",
    "its gradient": lambda book: book.gradient or book.derivative,
    "operators": lambda book: "  ".join(book.operators),
    "numbers": lambda book: "are made into objects first" if book.lifts else "are operands as they are",
    "begins anew": lambda book: book.fresh,
}
FUNCTIONS: dict[str, Read] = {"derivative": lambda book: book.slope}


def table(book: Phrasebook) -> Table:
    """A line for each notion and how the module says it; then what is claimed, and what is not and why."""
    grid = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    grid.add_column(style="bold", no_wrap=True)
    grid.add_column(overflow="fold")
    for notion, says in _rows(book):
        if says:
            grid.add_row(notion, Text(says))
    return grid


def _rows(book: Phrasebook) -> Iterator[tuple[str, str]]:
    for notion, read in (FUNCTIONS if book.slope else OBJECTS).items():
        yield notion, read(book)
    yield "functions", ", ".join(f"{name}: {phrase}" for name, phrase in book.functions.items())
    yield "claimed", ", ".join(book.capabilities) or "nothing beyond single numbers"
    for name, reason in book.lacking.items():
        yield "not claimed", f"{name}: {reason}"
