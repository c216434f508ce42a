"""What a process of its own has to say of an implementation: what it is read as, or how far it comes."""

from __future__ import annotations

from typing import TypeVar

import msgspec

from gradspec.errors import HarnessError, UsageError
from gradspec.process import Limits, PlainProcess, TimedOut, worker_command
from gradspec.trace import Value

SECONDS = 20.0


class Phrasebook(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`gradspec.adapters.general.Phrases`, as they come by wire."""

    leaf: str
    value: str
    nodes: tuple[str, ...]
    backward: str
    seeded: str
    seed: str
    gradient: str
    whole: str
    derivative: str
    slope: str
    operators: dict[str, str]
    functions: dict[str, str]
    lifts: bool
    exponents: str
    fresh: str
    no_grad: str
    detach: str
    clearable: bool
    retains: bool
    numbers: bool
    capabilities: tuple[str, ...]
    lacking: dict[str, str]


class Looked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    answer: str
    reason: str = ""
    sentence: str = ""
    phrases: Phrasebook | None = None


class Step(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A step, and what was raised in it, with the frames of the implementation; usage: nothing of it was run."""

    step: str
    error: str
    frames: tuple[str, ...]
    usage: bool


class Tried(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    answer: str
    steps: tuple[Step, ...]
    gradient: Value | None
    reading: str


class Lost(Exception):  # noqa: N818 (nothing of ours went wrong)
    """The process ended, or did not answer in time; the message says how."""


Answer = TypeVar("Answer", Looked, Tried)


def begin(call: str, implementation: str) -> PlainProcess:
    """A process that answers to `call`, at work."""
    return PlainProcess(worker_command("adapters.examining", call, implementation))


def answer(process: PlainProcess, form: type[Answer], seconds: float = SECONDS) -> Answer:
    """What it answers, before it is ended. Raises Lost."""
    try:
        line = process.receive(seconds, Limits())
    finally:
        process.kill()
    if not isinstance(line, bytes):
        raise Lost(f"there was {line.reason}" if isinstance(line, TimedOut) else line.reason)
    try:
        return msgspec.json.decode(line, type=form)
    except (msgspec.DecodeError, RecursionError) as error:
        raise HarnessError(f"What a process found out cannot be read: {error}.") from None


def look(implementation: str) -> Looked:
    """What `implementation` is read as. Raises UsageError where it cannot be loaded."""
    try:
        found = answer(begin("look", implementation), Looked)
    except Lost as lost:
        raise UsageError(f"{implementation} cannot be looked at: {lost}.") from None
    if found.answer == "refused":
        raise UsageError(found.reason)
    return found
