"""A starter adapter: what the general adapter found out, written down to be corrected and completed."""

from __future__ import annotations

import json
import os
import textwrap
from collections.abc import Iterator
from pathlib import Path

from gradspec.adapters.general import words
from gradspec.adapters.loading import file_and_name, is_path
from gradspec.errors import UsageError
from gradspec.examined import Looked, Phrasebook, look
from gradspec.files import write_atomically

HEAD = '''"""Says to gradspec how {name} is spoken to: `gradspec check {file}:adapter` runs the specification on it.

A phrase is Python in the module's own words, among its own names. `leaf` is said of `data` and `requires_grad`, `value`
and `gradient` of `x`, `backward` of the result `y`, operators and functions of `x` and `y`, and of `dim` and `keepdim`.
An adapter renames and makes nothing up: what the code does not offer stays out, and is "unsupported".
"""

{imports}

PHRASES = Phrases(
'''
FUNCTIONS = (*words.UNARY, *words.REDUCTIONS, *words.BINARY, "matmul", "reshape", "t", "flatten")
FLAGS = ("lifts", "clearable", "retains")
DEFAULTS = {"seed": "number", "exponents": "number"}


def recognised(implementation: str) -> Looked:
    """What it is read as. Raises UsageError where there is nothing to adapt, or nothing was recognised."""
    found = look(implementation)
    if found.answer == "known":
        raise UsageError(f"{implementation} has an adapter: `gradspec check {implementation}` uses it.")
    if found.answer == "torch-like":
        raise UsageError(
            f"{implementation} has torch's own names and needs no adapter: `gradspec check` takes it as it is."
        )
    return found


def write_starter(path: Path, implementation: str, found: Looked, force: bool) -> None:
    """Write the adapter. Raises UsageError where there is such a file, unless it may be replaced."""
    if path.suffix != ".py":
        raise UsageError(f"An adapter is a Python file: name it {path.with_suffix('.py')}.")
    if path.resolve() in _sources(implementation):
        raise UsageError(f"{path} is what is to be adapted: give the adapter a file of its own.")
    if path.exists() and not force:
        raise UsageError(f"{path} is there already: `--force` replaces it.")
    write_atomically(path, starter(path, implementation, found.phrases))


def _sources(implementation: str) -> set[Path]:
    """The files that may be what is adapted: no `--force` replaces them."""
    stem = file_and_name(implementation)[0] if is_path(implementation) else Path(*implementation.split("."))
    return {each.resolve() for each in (stem, stem.with_name(f"{stem.name}.py"), stem / "__init__.py")}


def starter(path: Path, implementation: str, book: Phrasebook | None) -> str:
    """The text of an adapter at `path`; without phrases, all of them are missing."""
    imports, named, name = _place(path, implementation)
    head = HEAD.format(name=name, file=path, imports=imports)
    return f"{head}{''.join(f'    {line}' for line in _lines(book))})\n\nadapter = adapter_for({named}, PHRASES)\n"


def _place(path: Path, implementation: str) -> tuple[str, str, str]:
    """The imports of an adapter at `path`, how it names the implementation, and what that is called."""
    ours = "from gradspec.adapters.general import Phrases, adapter_for"
    if not is_path(implementation):
        return ours, _quoted(implementation), implementation
    file, inner = file_and_name(implementation)
    relative = os.path.relpath(file.resolve(), path.resolve().parent)
    place = f"str(Path(__file__).parent / {_quoted(relative)})" + (f' + ":{inner}"' if inner else "")
    return f"from pathlib import Path\n\n{ours}", place, file.name


def _lines(book: Phrasebook | None) -> Iterator[str]:
    if book is None:
        for name, says in (
            ("leaf", "Value(data)"),
            ("value", "x.data"),
            ("backward", "y.backward()"),
            ("gradient", "x.grad"),
        ):
            yield f'{name}="",  # missing: such as "{says}"\n'
        yield 'nodes=(),  # missing: the names of the classes of its objects, such as ("Value",)\n'
        yield 'operators={},  # missing: such as {"+": "x + y", "*": "x * y"}\n'
        yield 'capabilities=(),  # beyond single numbers: such as ("functions", "tensor")\n'
        return
    for name in (
        "leaf",
        "value",
        "backward",
        "seeded",
        "seed",
        "gradient",
        "whole",
        "derivative",
        "slope",
        "exponents",
    ):
        said = getattr(book, name)
        if said and said != DEFAULTS.get(name):
            yield f"{name}={_quoted(said)},\n"
    if book.nodes:
        yield f"nodes=({', '.join(map(_quoted, book.nodes))},),\n"
    for name in ("fresh", "no_grad", "detach"):
        if getattr(book, name):
            yield f"{name}={_quoted(getattr(book, name))},\n"
    yield from (f"{name}=True,\n" for name in FLAGS if getattr(book, name))
    if not book.numbers:
        yield "numbers=False,  # one number has dimensions: shapes are not compared\n"
    if not book.slope:
        yield from _table("operators", book.operators, tuple(words.OPERATORS))
    yield from _table("functions", book.functions, FUNCTIONS)
    yield "capabilities=(\n"
    yield from (f"    {_quoted(name)},\n" for name in book.capabilities)
    yield from (f"    # {_quoted(name)}: not claimed, for {reason}\n" for name, reason in book.lacking.items())
    yield "),\n"


def _table(name: str, found: dict[str, str], known: tuple[str, ...]) -> Iterator[str]:
    yield f"{name}={{\n"
    yield from (f"    {_quoted(each)}: {_quoted(phrase)},\n" for each, phrase in found.items())
    missing = ", ".join(each for each in known if each not in found)
    yield from (
        f"    {line}\n" for line in textwrap.wrap(missing, 110, initial_indent="# missing: ", subsequent_indent="# ")
    )
    yield "},\n"


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
