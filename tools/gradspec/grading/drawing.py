"""Random programs that may be asked in an exam: PyTorch's answer to each is the only right one.

That is made sure of three times: PyTorch gives it twice, no row of the exclusions may apply, and a second
implementation comes to the same. What is expected is always PyTorch's answer.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from gradspec.compare import Difference
from gradspec.errors import HarnessError, UsageError
from gradspec.grading.model import Selected
from gradspec.grading.skeleton import same_skeleton
from gradspec.programs.catalogue import CATALOGUE
from gradspec.programs.exclusions import changed_by, closure, excluded
from gradspec.programs.program import Call, Leaf, Program, Statement
from gradspec.programs.rewriting import names_of
from gradspec.programs.script import walk
from gradspec.programs.strategy import BYTES, COMMON, Drawing
from gradspec.trace import Raised, Scalar, Tensor, Trace, show

TRIES = 200  # programs that are drawn for one that will do
SHOWN = 6  # tries to find other inputs to show


@dataclass(frozen=True)
class Drawn:
    """A program, what PyTorch leaves behind, and the same program on other inputs."""

    program: Program
    expected: Trace
    shown: Program
    answers: Trace


class Examiners(Protocol):
    """Who runs programs; None is given for what one of them does not bring to an end."""

    def ask(self, program: Program) -> Trace | None:
        """What PyTorch leaves behind."""
        ...

    def agreed(self, program: Program) -> Trace | None:
        """The same, if PyTorch leaves it behind a second time, and so does a second implementation."""
        ...


def draw_programs(selected: Selected, offered: frozenset[str], seed: str, run: Examiners) -> Iterator[Drawn]:
    """As many programs as `selected` asks for. Raises UsageError for an unknown operator."""
    unknown = sorted(set(selected.operators) - CATALOGUE.keys())
    if unknown:
        raise UsageError(f"There is no operator {unknown[0]!r} in the catalogue.")
    chosen = [CATALOGUE[each] for each in selected.operators or CATALOGUE if selected.operators or each in COMMON]
    needs = {need for each in chosen for need in each.needs} if selected.operators else set()
    drawing = Drawing(offered | needs, chosen)
    for number in range(1, selected.programs + 1):
        yield _draw(drawing, f"{seed}:{number}", run)


def _draw(drawing: Drawing, seed: str, run: Examiners) -> Drawn:
    for number in range(TRIES):
        drawn = random.Random(f"{seed}:{number}")
        program = drawing.program(drawn.randbytes(BYTES))
        expected = run.agreed(program) if _worth_asking(program) else None
        if expected is not None and _has_a_gradient(expected) and not _open(program, expected):
            return Drawn(program, expected, *_show(program, expected, drawn, run))
    raise HarnessError(f"Of {TRIES} random programs none may be asked: the operators of the item leave no choice.")


def _worth_asking(program: Program) -> bool:
    """Whether it differentiates something, and nothing is written to what is read at the same time."""
    statements = list(walk(program.statements))
    asks = any(isinstance(each, Call) and each.name in ("backward", "autograd.grad") for each in statements)
    return asks and not any(_writes_to_what_it_reads(program, each) for each in statements)


def _writes_to_what_it_reads(program: Program, statement: Statement) -> bool:
    """Whether the tensor that is written stands, or may be seen, in another place of the statement as well."""
    written = changed_by(statement)
    if not isinstance(statement, Call):
        return False
    read = [name for each in (*statement.args[1:], *statement.kwargs.values()) for name in names_of(each)]
    return any(name in closure(program, written) or written & closure(program, {name}) for name in read)


def _has_a_gradient(trace: Trace) -> bool:
    return any(each.label.endswith(".grad") and isinstance(each.value, Tensor) for each in trace)


def _open(program: Program, expected: Trace) -> bool:
    """Whether some difference from `expected` would be nobody's fault: a row of the exclusions may apply."""
    return any(excluded(program, each, expected) for each in _thinkable(expected))


def _thinkable(expected: Trace) -> Iterator[Difference]:
    """For every observation, the differences that an implementation might show there."""
    for each in expected:
        shown = show(each.value)
        match each.value:
            case Raised():
                yield Difference(each.label, "raised", shown, "")
                yield Difference(each.label, "message", each.value.message, "")
            case Tensor(grad_fn=node):
                yield Difference(each.label, "values", shown, "")
                yield Difference(each.label, "grad_fn", str(node), "other")
            case Scalar():
                yield Difference(each.label, "number", shown, "")


def _show(program: Program, expected: Trace, drawn: random.Random, run: Examiners) -> tuple[Program, Trace]:
    """The program on other inputs, with what PyTorch answers; without an answer where no others were found."""
    for _ in range(SHOWN):
        other = with_other_numbers(program, drawn)
        answers = run.ask(other)
        if answers is not None and same_skeleton(expected, answers):
            return other, answers
    return Program(()), ()


def with_other_numbers(program: Program, drawn: random.Random) -> Program:
    """The program with other numbers in its leaves, not far from their own; zeros and whole numbers stay."""
    return Program(tuple(_other(each, drawn) for each in program.statements))


def _other(statement: Statement, drawn: random.Random) -> Statement:
    if not isinstance(statement, Leaf):
        return statement
    new = tuple(
        each + drawn.choice((-0.25, -0.125, 0.125, 0.25)) if isinstance(each, float) and each else each
        for each in statement.values
    )
    return Leaf(statement.to, new, statement.shape, statement.dtype, statement.requires_grad)
