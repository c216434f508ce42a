"""Whether two traces of a program agree, and what two findings must share to be one."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass

from gradspec.compare import ALL_FACETS, Difference, compare
from gradspec.programs.exclusions import exclusion_of
from gradspec.programs.interpreter import FINAL
from gradspec.programs.program import Assign, Block, Call, Delete, Get, Index, Leaf, Program, Put, Statement
from gradspec.programs.script import walk
from gradspec.runner import ProgramEnding
from gradspec.trace import Trace

LOST = "lost"  # the facet of a program that cost the worker: it crashed or did not end


def judge(
    program: Program, expected: ProgramEnding, found: ProgramEnding, facets: frozenset[str] = ALL_FACETS
) -> Difference | None:
    """The first difference between what `program` should leave behind and what it did; None if there is none."""
    return next(differences(program, expected, found, facets), None)


def differences(
    program: Program, expected: ProgramEnding, found: ProgramEnding, facets: frozenset[str] = ALL_FACETS
) -> Iterator[Difference]:
    """All of them, in the order of the statements.

    What the oracle could not run, and what the implementation does not offer, is no difference.
    """
    if not isinstance(expected, tuple) or found is None:
        return
    if not isinstance(found, tuple):
        yield Difference("", LOST, "an answer", found.reason)
    elif expected != found:
        for difference in compare(expected, found, facets):
            let_pass = exclusion_of(program, difference, expected)
            if let_pass is None:
                yield difference
            elif let_pass.parts:
                return


@dataclass(frozen=True)
class Cause:
    """What findings have in common: the facet, how it differs in words without numbers, and the statements involved."""

    facet: str
    differs: str
    statements: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.facet}: {self.differs}" + (f" ({', '.join(self.statements)})" if self.statements else "")


def symptom(difference: Difference) -> Cause:
    """The cause of a finding as far as the difference alone tells it."""
    facet = difference.facet
    if facet in ("values", "number", "shape"):
        return Cause(facet, "")
    return Cause(facet, f"{general(difference.expected)} / {general(difference.found)}")


def cause(program: Program, difference: Difference) -> Cause:
    """The cause of a finding whose program is as short as it gets."""
    named = symptom(difference)
    kinds = dict.fromkeys(kind(each) for each in walk(program.statements) if not isinstance(each, Leaf | Block))
    return Cause(named.facet, named.differs, tuple(kinds))


def general(text: str) -> str:
    """The first words of `text`, without its numbers."""
    text = re.sub(r"tensor\(.*", "tensor", text.split("\n", maxsplit=1)[0])
    return re.sub(r"[-+]?\d+(\.\d+)?(e[-+]?\d+)?", "#", text)[:80]


def kind(statement: Statement) -> str:
    """What a statement does, in a word or two."""
    match statement:
        case Call(name=name, form="operator"):
            return name
        case Call(name=name, form="method"):
            return f".{name}"
        case Call(name=name):
            return name
        case Get(attribute=attribute):
            return f".{attribute}"
        case Put(attribute=attribute):
            return f".{attribute} ="
        case Index():
            return "[]"
        case Assign():
            return "[] ="
        case Delete():
            return "del"
        case Block(mode=mode):
            return mode
        case Leaf():
            return "leaf"


def pairs(program: Program) -> set[tuple[str, str]]:
    """The pairs of statements of which the second follows at once on the first: what a campaign wants to see all of."""
    kinds = [kind(each) for each in walk(program.statements)]
    return set(itertools.pairwise(kinds))


def failing_statement(difference: Difference, program: Program) -> str:
    """The label of the statement at which the difference shows: its own, or the last one's."""
    label = difference.label.partition(" [")[0]
    return str(len(program.statements)) if label.startswith(FINAL) or not label else label


def raising(trace: Trace) -> frozenset[str]:
    """The labels of the statements that raised."""
    return frozenset(each.label for each in trace if type(each.value).__name__ == "Raised")
