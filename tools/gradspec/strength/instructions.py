"""Which lines of a function are otherwise than in another: those of the instructions between what both begin and end with.

Whoever executes none of these lines does the same in both functions. Python says which lines it comes to; of instructions
it does not.
"""

from __future__ import annotations

import dis
from collections.abc import Iterator
from dataclasses import dataclass
from types import CodeType
from typing import Any

ENTERED = 0  # in the place of a line: whoever enters the function executes what is changed
JUMPS = frozenset(dis.hasjrel) | frozenset(dis.hasjabs)


class Function:
    """The instructions of a function, by their numbers: its code counts bytes, which hang on how large arguments are."""

    def __init__(self, code: CodeType) -> None:
        found = list(dis.get_instructions(code))
        numbers = {each.offset: number for number, each in enumerate(found)} | {len(code.co_code): len(found)}
        jumps = [each.opcode in JUMPS for each in found]
        self.does = [(each.opname, jump or constant(each.argval)) for each, jump in zip(found, jumps, strict=True)]
        self.lines = [(each.positions.lineno if each.positions else None) or ENTERED for each in found]
        self.targets = {number: numbers[found[number].argval] for number, jump in enumerate(jumps) if jump}
        entries = dis.Bytecode(code).exception_entries  # type: ignore[attr-defined]
        self.guarded = [(numbers[each.start], numbers[each.end]) for each in entries]
        self.handlers = [(numbers[each.target], each.depth, each.lasti) for each in entries]
        # not in the order in which they stand: it hangs on where they are first named
        self.names = code.co_flags, frozenset(code.co_varnames), code.co_cellvars, code.co_freevars


def constant(value: Any) -> Any:
    """A constant such that 1 and 1.0 and True are three, but for functions, which are compared by themselves."""
    if isinstance(value, frozenset):  # has no order to rely on
        return sorted(map(repr, value))
    return "code" if isinstance(value, CodeType) else (type(value), repr(value))


@dataclass(frozen=True)
class Span:
    """The instructions from `start` to before `stop`, in whose place there are `more` others."""

    start: int
    stop: int
    more: int

    def leads_alike(self, ours: int, theirs: int) -> bool:
        """Whether a jump to `ours` before, and to `theirs` after, comes to the same, or to what is changed in any case."""
        if self.start == self.stop == ours == theirs:
            return True
        return self.start <= ours < self.stop or theirs == ours + (self.more if ours >= self.stop else 0)

    def bounds_alike(self, ours: int, theirs: int) -> bool:
        """Whether what a handler is for begins or ends in the same place, or where there is what is changed."""
        if self.start <= ours <= self.stop:
            return self.start <= theirs <= self.stop + self.more
        return theirs == ours + (self.more if ours > self.stop else 0)


def changed_lines(before: CodeType, after: CodeType) -> frozenset[int]:
    """The lines of `before`, a function without those in it, to watch; none where both do the same."""
    if plainly_the_same(before, after):
        return frozenset()
    ours, theirs = Function(before), Function(after)
    if vars(ours) | {"lines": None} == vars(theirs) | {"lines": None}:
        return frozenset()
    span = smallest(ours, theirs)
    if ours.names != theirs.names or not handled_alike(ours, theirs, span):
        return frozenset({ENTERED})
    # what is put between two instructions comes after the one, or is jumped to in the place of the other
    stretch = (span.start, span.stop) if span.start < span.stop else (max(span.start - 1, 0), span.stop + 1)
    return frozenset(ours.lines[slice(*stretch)]) or frozenset({ENTERED})


def plainly_the_same(before: CodeType, after: CodeType) -> bool:
    """Whether even the bytes are the same: to take functions apart takes long, and most are not changed."""
    names = "co_code co_names co_varnames co_cellvars co_freevars co_flags co_exceptiontable".split()
    return all(getattr(before, name) == getattr(after, name) for name in names) and (
        [*map(constant, before.co_consts)] == [*map(constant, after.co_consts)]
    )


def smallest(ours: Function, theirs: Function) -> Span:
    """The least of `ours` that what is otherwise is in, with the jumps that lead elsewhere."""
    least = min(len(ours.does), len(theirs.does))
    start = next((n for n in range(least) if ours.does[n] != theirs.does[n]), least)
    end = next((n for n in range(least - start) if ours.does[-1 - n] != theirs.does[-1 - n]), least - start)
    span = Span(start, len(ours.does) - end, len(theirs.does) - len(ours.does))
    while led_astray := list(other_jumps(ours, theirs, span)):
        before = [n for n in led_astray if n < span.start]
        after = [n + 1 for n in led_astray if n >= span.stop]
        span = Span(min([*before, span.start]), max([*after, span.stop]), span.more)
    return span


def other_jumps(ours: Function, theirs: Function, span: Span) -> Iterator[int]:
    """The jumps outside of `span` that lead elsewhere."""
    for number, target in ours.targets.items():
        if number < span.start or number >= span.stop:
            other = theirs.targets[number if number < span.start else number + span.more]
            if not span.leads_alike(target, other):
                yield number


def handled_alike(ours: Function, theirs: Function, span: Span) -> bool:
    """Whether errors outside of `span` are caught by the same."""
    if len(ours.guarded) != len(theirs.guarded):
        return False
    bounds = (
        (a, b) for one, other in zip(ours.guarded, theirs.guarded, strict=True) for a, b in zip(one, other, strict=True)
    )
    targets = zip(ours.handlers, theirs.handlers, strict=True)
    return all(span.bounds_alike(*each) for each in bounds) and all(
        span.leads_alike(one[0], other[0]) and one[1:] == other[1:] for one, other in targets
    )
