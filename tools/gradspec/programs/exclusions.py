"""Differences that are nobody's fault: each is a row that names what is let pass, and why. There are few, on purpose."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from gradspec.compare import Difference
from gradspec.programs.program import Call, Program
from gradspec.programs.script import walk
from gradspec.trace import Trace


@dataclass(frozen=True)
class Exclusion:
    """What is let pass: a facet, and when."""

    facet: str
    reason: str
    applies: Callable[[Program, Difference, Trace], bool]


def of_a_gradient(program: Program, difference: Difference, expected: Trace) -> bool:
    """Whether both have a node, and the program computed gradients that were recorded."""
    recorded = any(
        isinstance(each, Call) and each.kwargs.get("create_graph") is True for each in walk(program.statements)
    )
    return recorded and "None" not in (difference.expected, difference.found)


EXCLUSIONS = (
    Exclusion(
        "grad_fn",
        "How a backward pass is put together from operators is the implementation's own affair: PyTorch has nodes such as "
        "TanhBackwardBackward0 for some of its formulas. That there is a node, or none, is compared.",
        of_a_gradient,
    ),
)


def excluded(program: Program, difference: Difference, expected: Trace) -> bool:
    return any(each.facet == difference.facet and each.applies(program, difference, expected) for each in EXCLUSIONS)
