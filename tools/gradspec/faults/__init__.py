"""The fault bank: refgrad with one small thing wrong at a time, to see what notices.

A fault is an entry in a table of `bank/`, one table a misconception. The implementation `fault:NAME` is refgrad with
that entry's change made to the source as it is imported: the package itself stays as it is. Standard library only,
for it runs in the worker.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from pathlib import Path

BANK, VARIANTS = (Path(__file__).parent / name for name in ("bank", "variants"))
PREFIX = "fault:"
SHARED = ("chapters", "profiles")  # said of a misconception, and of a fault where it is otherwise


@dataclass(frozen=True)
class Edit:
    """In `file`, relative to the package, `old`, which stands there once, becomes `new`."""

    file: str
    old: str
    new: str


@dataclass(frozen=True)
class Fault:
    """What is wrong, in the words of someone who teaches, and how refgrad is changed to be wrong in that way."""

    name: str
    misconception: str
    says: str
    edits: tuple[Edit, ...]
    chapters: tuple[str, ...] = ()  # which it is the business of, one of them at least, to reject it
    profiles: tuple[str, ...] = ("full",)  # in which something is tested that it concerns
    of: str = ""  # of a variant: the fault that it is another form of

    @property
    def by_file(self) -> dict[str, list[Edit]]:
        """The edits of each file."""
        files = dict.fromkeys(each.file for each in self.edits)
        return {file: [each for each in self.edits if each.file == file] for file in files}


class NoSuchFaultError(Exception):
    """The message is one sentence."""


@functools.cache
def bank() -> dict[str, Fault]:
    """All faults, by name."""
    return read(BANK)


@functools.cache
def variants() -> dict[str, Fault]:
    """Other code of the same misconceptions, by name: no part of the bank, but what diagnoses are measured with."""
    return read(VARIANTS)


def read(directory: Path) -> dict[str, Fault]:
    """The faults in the tables of `directory`, by name."""
    import tomllib  # which workers without a fault need not wait for

    faults: dict[str, Fault] = {}
    for path in sorted(directory.glob("*.toml")):
        table = tomllib.loads(path.read_text("utf-8"))
        misconception, common = table.pop("misconception"), {key: table.pop(key) for key in SHARED if key in table}
        for name, entry in table.items():
            edits = tuple(Edit(**each) for each in entry["edits"])
            concerns = {key: tuple(value) for key, value in (common | entry).items() if key in SHARED}
            faults[name] = Fault(name, misconception, entry["says"], edits, of=entry.get("of", ""), **concerns)
    return faults


def find(name: str) -> Fault:
    """The fault (or variant) `name`; `one+other` is both at once. Raises NoSuchFaultError."""
    first, plus, rest = name.partition("+")
    fault = bank().get(first) or variants().get(first)
    if fault is None:
        raise NoSuchFaultError(f"There is no fault {first!r}; `gradspec faults` lists them.")
    return both(fault, find(rest)) if plus else fault


def both(one: Fault, other: Fault) -> Fault:
    """Two faults at once."""
    words = (f"{one.misconception}; {other.misconception}", f"{one.says} {other.says}")
    return Fault(f"{one.name}+{other.name}", *words, (*one.edits, *other.edits))
