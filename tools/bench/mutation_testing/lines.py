"""Which lines a mutant changes: those whose instructions are others.

A line is known with the function that it is run in, for the formulas of a line of the table are functions, and are not
run when that line is. A scenario that executes none of these lines leaves the trace that it leaves without the mutant.
"""

from __future__ import annotations

import dis
from collections.abc import Iterator
from itertools import zip_longest
from types import CodeType
from typing import Any

LineKey = tuple[int, str, int]  # first line and name of a function, and a line in it

JUMPS = frozenset(dis.hasjrel) | frozenset(dis.hasjabs)  # how far they go hangs on what is between


def changed_lines(before: CodeType, after: CodeType, line: int) -> frozenset[LineKey]:
    """Lines of the module `before` whose instructions are otherwise in `after`, where the mutant is at `line`."""
    return frozenset(_changed(before, after, line))


def _changed(before: CodeType, after: CodeType, line: int) -> Iterator[LineKey]:
    lines = _lines(before, after)
    if lines is not None:
        own = {number for _, _, number in before.co_lines() if number is not None}
        found = (lines | {line}) & own or own
        for number in found:
            yield before.co_firstlineno, before.co_name, number
    for ours, theirs in zip_longest(functions(before), functions(after)):
        if ours is not None and theirs is not None:
            yield from _changed(ours, theirs, line)


def _lines(before: CodeType, after: CodeType) -> set[int] | None:
    """The lines of the first to the last instruction that differs, in either; None where the functions are the same."""
    ours, theirs = instructions(before), instructions(after)
    if ours == theirs and face(before) == face(after):
        return None
    start = 0
    while start < min(len(ours), len(theirs)) and ours[start] == theirs[start]:
        start += 1
    end = 0
    while end < min(len(ours), len(theirs)) - start and ours[-1 - end] == theirs[-1 - end]:
        end += 1
    where = dict[int, int | None]()
    for number, each in enumerate(dis.get_instructions(before)):
        where[number] = each.positions.lineno if each.positions else None
    return {found for number in range(start, len(ours) - end) if (found := where[number]) is not None}


def instructions(code: CodeType) -> list[tuple[Any, ...]]:
    """What a function does, but for the functions in it and for where it stands."""
    found = list(dis.get_instructions(code))
    numbers = {each.offset: number for number, each in enumerate(found)}
    return [
        (each.opname, numbers.get(each.argval, -1) - number if each.opcode in JUMPS else constant(each.argval))
        for number, each in enumerate(found)
    ]


def constant(value: Any) -> Any:
    return "code" if isinstance(value, CodeType) else (type(value).__name__, repr(value))


def functions(code: CodeType) -> list[CodeType]:
    return [each for each in code.co_consts if isinstance(each, CodeType)]


def face(code: CodeType) -> tuple[Any, ...]:
    """What is seen of a function from outside."""
    return code.co_argcount, code.co_kwonlyargcount, code.co_flags, code.co_varnames, code.co_exceptiontable
