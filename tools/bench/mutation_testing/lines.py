"""Which lines a mutant changes: those whose instructions are others.

A line is known with the function that it is run in, for the formulas of a line of the table are functions, and are not
run when that line is. A scenario that executes none of these lines leaves the trace that it leaves without the mutant.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import zip_longest
from types import CodeType
from typing import Any

from gradspec.strength import instructions

LineKey = tuple[int, str, int]  # first line and name of a function, and a line in it


def changed_lines(before: CodeType, after: CodeType, line: int) -> frozenset[LineKey]:
    """Lines of the module `before` whose instructions are otherwise in `after`, where the mutant is at `line`."""
    return frozenset(_changed(before, after, line))


def _changed(before: CodeType, after: CodeType, line: int) -> Iterator[LineKey]:
    lines = instructions.changed_lines(before, after)
    if lines or face(before) != face(after):
        own = {number for _, _, number in before.co_lines() if number is not None}
        for number in own if instructions.ENTERED in lines else (lines | {line}) & own or own:
            yield before.co_firstlineno, before.co_name, number
    for ours, theirs in zip_longest(functions(before), functions(after)):
        if ours is not None and theirs is not None:
            yield from _changed(ours, theirs, line)


def functions(code: CodeType) -> list[CodeType]:
    return [each for each in code.co_consts if isinstance(each, CodeType)]


def face(code: CodeType) -> tuple[Any, ...]:
    """What is seen of a function from outside."""
    return code.co_argcount, code.co_kwonlyargcount, code.co_flags, code.co_varnames, code.co_exceptiontable
