"""From a finding to a scenario for good: a program with a clause, in the chapter of regressions, and its golden."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import msgspec

from gradspec.errors import UsageError
from gradspec.files import write_atomically
from gradspec.fuzz.corpus import read_program
from gradspec.oracle import LiveOracle
from gradspec.programs.catalogue import CATALOGUE
from gradspec.programs.found import Found, folder_of
from gradspec.programs.program import Assign, Block, Call, Get, Index, Leaf, Program, Put, Statement
from gradspec.programs.script import walk
from gradspec.recording import record
from gradspec.scenario import CAPABILITIES
from gradspec.suite import Suite

CHAPTER = "regressions"
NEEDS_OF_NAME = {  # what a call needs beside what the catalogue says of it
    "autograd.grad": "autograd_grad", "register_hook": "hooks", "register_post_accumulate_grad_hook": "hooks",
    "remove": "hooks", "detach": "detach", "detach_": "detach", "requires_grad_": "flags", "retain_grad": "flags",
    "expand": "views",
}  # fmt: skip
NEEDS_OF_KEYWORD = {
    "retain_graph": "retain_graph", "create_graph": "higher_order", "inputs": "partial", "gradient": "grad_argument",
    "grad_outputs": "grad_argument",
}  # fmt: skip


def promote(path: Path, name: str, clause: str, cites: str, suite: Suite) -> list[Path]:
    """Make the program in the file `path` the regression `name`; the files that were written.

    Raises UsageError where that cannot be: no program, no clause, a name that is taken or is none.
    """
    program = read_program(path)
    if CHAPTER not in suite.chapters:
        raise UsageError(f"The suite {suite.root} has no chapter {CHAPTER}.")
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
        raise UsageError(f"{name!r} is no name for a scenario: small letters, digits and underscores.")
    if not clause.strip():
        raise UsageError("A scenario has a clause: say with `--clause` in one sentence what is so.")
    target = folder_of(suite.chapters[CHAPTER]) / f"{name}.json"
    if target.exists():
        raise UsageError(f"There is a regression {name!r} already; ids are never used twice.")
    found = Found(clause.strip(), cites, needs_of(program), program)
    oracle = LiveOracle()
    try:
        target.parent.mkdir(exist_ok=True)
        write_atomically(target, msgspec.json.format(msgspec.json.encode(found), indent=1).decode() + "\n")
        return [target, *record(suite, [CHAPTER], oracle)]
    except BaseException:
        target.unlink(missing_ok=True)
        raise
    finally:
        oracle.close()


def needs_of(program: Program) -> tuple[str, ...]:
    """The capabilities without which `program` cannot be run, in the order of the table."""
    needed = {need for each in walk(program.statements) for need in _needs(each)}
    return tuple(each for each in CAPABILITIES if each in needed)


def _needs(statement: Statement) -> Iterator[str]:
    match statement:
        case Leaf():
            yield from ["tensor"] * bool(statement.shape)
            yield from ["dtypes"] * (statement.dtype not in ("float32", "float64"))
        case Block():
            yield "grad_modes"
        case Index():
            yield "indexing"
        case Assign():
            yield from ("indexing", "inplace")
        case Get(attribute="grad") | Put(attribute="grad"):
            yield "clear_grad"
        case Get() | Put():
            yield "flags"
        case Call():
            yield from _needs_of_call(statement)


def _needs_of_call(statement: Call) -> Iterator[str]:
    if statement.form == "custom":
        yield "custom_function"
    in_place = statement.form == "method" and re.fullmatch(r"[a-z]\w*[a-z0-9]_", statement.name)
    if in_place and statement.name not in NEEDS_OF_NAME:
        yield "inplace"
    if statement.name in NEEDS_OF_NAME:
        yield NEEDS_OF_NAME[statement.name]
    yield from (NEEDS_OF_KEYWORD[key] for key in statement.kwargs if key in NEEDS_OF_KEYWORD)
    entry = CATALOGUE.get(statement.name.rstrip("_") if in_place else statement.name)
    if entry is not None:
        yield from entry.needs
