"""Which lines of refgrad a fault changes: its files are compiled as they are and as they would be, and compared.

A scenario that executes none of them leaves the trace that it leaves without the fault. Code at module level is a
function too, which is executed while the package is loaded, and so by every scenario.
"""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterator
from itertools import zip_longest
from pathlib import Path
from types import CodeType
from typing import Any

from gradspec.faults import Fault
from gradspec.faults.loading import compiled, edited, functions_in
from gradspec.strength.instructions import ENTERED, changed_lines
from gradspec.strength.workshop import LineKey


def touched(fault: Fault, root: Path) -> frozenset[LineKey]:
    """The lines of the package at `root` that `fault` changes, as they are numbered before."""
    found = set[LineKey]()
    for file, edits in fault.by_file.items():
        path = root / file
        before = path.read_text("utf-8")
        after = functools.reduce(edited, edits, before)
        pair = compiled(path), compile(after, str(path), "exec", dont_inherit=True)
        keys = set(changed(*pair))
        modules = {key for key in keys if key[2] == "<module>"}
        operators = lines_of_table(before, after) if modules or read_otherwise(*pair) else []
        found |= keys - modules if operators else keys
        found |= {(f"<refgrad operator {name}>", 0, "", ENTERED) for name in operators}
    return frozenset(found)


def lines_of_table(before: str, after: str) -> list[str]:
    """The operators whose formulas are all that two files of the table differ in; empty where there is more.

    What a formula names decides what is saved, so its operator's code is another, too; but none besides.
    """
    statements = list(zip_longest(ast.parse(before).body, ast.parse(after).body))
    names = [operator_of(*pair) for pair in statements if None in pair or ast.dump(pair[0]) != ast.dump(pair[1])]
    return [] if "" in names else names


UNCHANGED = (lambda g: g).__code__.co_code


def read_otherwise(before: CodeType, after: CodeType) -> bool:
    """Whether a formula changes that gives the gradient as it comes: refgrad reads such a one, and never calls it."""
    codes = {before.co_code, after.co_code}
    return (len(codes) == 2 and UNCHANGED in codes) or any(
        read_otherwise(*each) for each in zip(functions_in(before), functions_in(after), strict=False)
    )


def operator_of(before: ast.stmt | None, after: ast.stmt | None) -> str:
    """The operator that both statements enter in the table, alike but for its formulas; empty where it is not so."""
    match [getattr(each, "value", None) for each in (before, after)]:
        case [
            ast.Call(func=ast.Name(id="op"), args=[ast.Constant(value=str(name)), *_] as ours) as one,
            ast.Call(func=ast.Name(id="op"), args=theirs) as other,
        ] if [ast.dump(each) for each in ours] == [ast.dump(each) for each in theirs]:
            pass
        case _:
            return ""
    pairs = list(zip_longest(one.keywords, other.keywords))
    if any(ours is None or theirs is None or ours.arg != theirs.arg for ours, theirs in pairs):
        return ""
    values = [(ours.value, theirs.value) for ours, theirs in pairs if ast.dump(ours) != ast.dump(theirs)]
    return name if all(isinstance(each, ast.Lambda | ast.Name) for pair in values for each in pair) else ""


def changed(before: CodeType, after: CodeType) -> Iterator[LineKey]:
    """The lines in `before` that are otherwise in `after`; that lines have moved does not count."""
    inner = list(zip_longest(functions_in(before), functions_in(after)))
    whole = all(ours is not None and theirs is not None and face(ours) == face(theirs) for ours, theirs in inner)
    for line in changed_lines(before, after) if whole else {ENTERED}:
        yield before.co_filename, before.co_firstlineno, before.co_name, line
    for ours, theirs in inner:
        if ours is not None and theirs is not None:
            yield from changed(ours, theirs)


def face(code: CodeType) -> tuple[Any, ...]:
    """What is seen of a function by whoever makes it: refgrad reads the names of a formula's parameters."""
    count = code.co_argcount + code.co_kwonlyargcount
    return (
        code.co_name,
        code.co_argcount,
        code.co_posonlyargcount,
        code.co_kwonlyargcount,
        code.co_flags,
        code.co_varnames[:count],
        code.co_freevars,
    )
