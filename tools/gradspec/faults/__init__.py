"""The fault bank: refgrad with one small thing wrong at a time, to see what notices.

A fault is an entry in a table of `bank/`, one table a misconception. The implementation `fault:NAME` is refgrad with
that entry's change made to the source as it is imported: the package itself stays as it is. Standard library only,
for it runs in the worker.
"""

from __future__ import annotations

import functools
import tomllib
from dataclasses import dataclass
from pathlib import Path

BANK = Path(__file__).parent / "bank"
PREFIX = "fault:"


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


class NoSuchFaultError(Exception):
    """The message is one sentence."""


@functools.cache
def bank() -> dict[str, Fault]:
    """All faults, by name."""
    faults: dict[str, Fault] = {}
    for path in sorted(BANK.glob("*.toml")):
        table = tomllib.loads(path.read_text("utf-8"))
        misconception = table.pop("misconception")
        for name, entry in table.items():
            edits = tuple(Edit(**each) for each in entry["edits"])
            faults[name] = Fault(name, misconception, entry["says"], edits)
    return faults


def find(name: str) -> Fault:
    """The fault `name`. Raises NoSuchFaultError."""
    fault = bank().get(name)
    if fault is None:
        raise NoSuchFaultError(f"There is no fault {name!r}; `gradspec faults` lists them.")
    return fault
