"""A notebook as a module: its code cells in order, without what only a notebook can run.

A notebook shows its work, too: it plots, compares, prints. A statement that fails there must not cost the definitions
that follow, so each statement that is neither a definition nor an import of what is there is run in a `try`.
"""

from __future__ import annotations

import ast
import json
import re
import sys
from collections.abc import Iterator
from typing import Any

from gradspec.grading.unpacking import Refusal

MAGIC = re.compile(r"^(?P<indent>\s*)(?:(?P<name>[\w.]+)\s*=\s*)?(?:%|!|\?)\s*\w*.*$|^(?P<help>\s*[\w.]+)\?{1,2}\s*$")
CELL_MAGIC = re.compile(r"\s*%%(?P<name>\w+)")
RUNS_THE_CELL = frozenset({"time", "timeit", "capture", "prun"})  # the other ones have text of their own
MOST_DROPPED = 200  # lines of a cell: it is parsed anew after each
THERE = sys.stdlib_module_names | {"numpy"}


def module_of(notebook: bytes) -> tuple[str, tuple[str, ...]]:
    """The source of the module that a notebook stands for, and notes on what of it was dropped.

    Raises Refusal where it is no notebook, or has no code.
    """
    notes: list[str] = []
    cells = []
    for number, source in enumerate(_code_cells(notebook), 1):
        text = _cell(source, number, notes)
        if text.strip():
            cells.append(f"# cell {number}\n{text.rstrip()}\n")
    if not cells:
        raise Refusal("The notebook has no cell with code.")
    return "\n\n".join(cells), tuple(notes)


def _code_cells(notebook: bytes) -> Iterator[str]:
    try:
        content = json.loads(notebook)
        cells = content["cells"] if "cells" in content else [c for each in content["worksheets"] for c in each["cells"]]
        for cell in cells:
            if cell["cell_type"] == "code":
                source: Any = cell["source"] if "source" in cell else cell["input"]
                text = source if isinstance(source, str) else "".join(source)
                text.encode()  # a lone surrogate is no text
                yield text
    except (ValueError, KeyError, TypeError, RecursionError):
        raise Refusal("The notebook cannot be read: save it anew.") from None


def _cell(source: str, number: int, notes: list[str]) -> str:
    magic = CELL_MAGIC.match(source)
    if magic:
        if magic["name"] not in RUNS_THE_CELL:
            notes.append(f"cell {number}: left out, for `%%{magic['name']}` is for notebooks alone")
            return ""
        source = source[magic.end() :].partition("\n")[2]
    dropped: list[str] = []
    parsed = _parsed(source, dropped)
    notes += [f"cell {number}: `{line.strip()[:60]}` left out, which is for notebooks alone" for line in dropped]
    if isinstance(parsed, str):
        notes.append(f"cell {number}: left out, for it is no Python ({parsed})")
        return ""
    body = [each for each in parsed.body if not _is_of_the_future(each)]
    if all(map(_is_kept, body)) and not dropped and body == parsed.body:
        return source
    try:
        return "\n".join(ast.unparse(each if _is_kept(each) else _tried(each)) for each in body)
    except RecursionError:
        notes.append(f"cell {number}: left out, for it is nested too deeply")
        return ""


def _parsed(source: str, dropped: list[str]) -> ast.Module | str:
    """The tree of a cell, without the lines for notebooks alone, which go to `dropped`; or what is wrong with it.

    A line is only taken for one of these where Python stumbles: `%` may begin a line of a text, too.
    """
    lines = source.split("\n")
    while len(dropped) <= MOST_DROPPED:
        try:
            tree = ast.parse("\n".join(lines))
            compile(tree, "cell", "exec", dont_inherit=True)  # a `return` outside of all functions parses
            return tree
        except SyntaxError as error:
            at = (error.lineno or 1) - 1
            found = MAGIC.match(lines[at]) if at < len(lines) else None
            if found is None:
                return f"line {error.lineno}: {error.msg}"
            dropped.append(lines[at])
            lines[at] = (found["indent"] or "") + (f"{found['name']} = None" if found["name"] else "pass")
        except (ValueError, RecursionError, MemoryError):
            break
    return "it cannot be read"


def _is_of_the_future(statement: ast.stmt) -> bool:
    """An import that has to be the first of a module, where a cell seldom is."""
    return isinstance(statement, ast.ImportFrom) and statement.module == "__future__"


def _is_kept(statement: ast.stmt) -> bool:
    """Whether a statement is to run as it stands: a definition, a docstring, an import of what is there."""
    match statement:
        case ast.FunctionDef() | ast.ClassDef() | ast.AsyncFunctionDef():
            return True
        case ast.Import(names=names):
            return all(each.name.partition(".")[0] in THERE for each in names)
        case ast.ImportFrom(module=module, level=level):
            return level == 0 and (module or "").partition(".")[0] in THERE
        case ast.Expr(value=ast.Constant()) | ast.Pass():
            return True
        case ast.Assign(targets=[ast.Name()], value=ast.Constant()):
            return True
    return False


def _tried(statement: ast.stmt) -> ast.stmt:
    handler = ast.ExceptHandler(ast.Name("Exception", ast.Load()), None, [ast.Pass()])
    return ast.fix_missing_locations(ast.Try([statement], [handler], [], []))
