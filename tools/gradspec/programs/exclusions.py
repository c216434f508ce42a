"""Differences that are nobody's fault: each is a row that names what is let pass, and why. There are few, on purpose."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from gradspec.compare import Difference
from gradspec.programs.interpreter import FINAL
from gradspec.programs.program import Call, Get, Program
from gradspec.programs.rewriting import made_by, names_in, names_of
from gradspec.programs.script import walk
from gradspec.trace import Trace


@dataclass(frozen=True)
class Exclusion:
    """What is let pass: a facet, and when."""

    facet: str
    reason: str
    applies: Callable[[Program, Difference, Trace], bool]


def recorded_gradient(program: Program, difference: Difference, expected: Trace) -> bool:
    """Whether both have a node, and the program computed gradients that were recorded."""
    recorded = any(isinstance(each, Call) and "create_graph" in each.kwargs for each in walk(program.statements))
    return recorded and "None" not in (difference.expected, difference.found)


def version_of_a_gradient(program: Program, difference: Difference, expected: Trace) -> bool:
    """Whether it is the version of what a backward pass made, or of what was made of that."""
    name = difference.label.removeprefix(f"{FINAL}: ").removesuffix("._version")
    return difference.label.endswith("._version") and name in gradients(program)


def given_gradient(program: Program, difference: Difference, expected: Trace) -> bool:
    """Whether it is, at the end of the program, a tensor that was given to a backward pass as gradient."""
    given = {name for each in walk(program.statements) if isinstance(each, Call) for name in given_to(each)}
    return difference.label.startswith(FINAL) and difference.label.removeprefix(f"{FINAL}: ").split(".")[0] in given


def gradients(program: Program) -> set[str]:
    """The names of gradients, and of what was made of them."""
    found: set[str] = set()
    for each in walk(program.statements):
        reads = isinstance(each, Get) and each.attribute == "grad"
        asks = isinstance(each, Call) and each.name == "autograd.grad"
        if reads or asks or found.intersection(names_in(each)):
            found.update(made_by(each))
    return found


def given_to(call: Call) -> list[str]:
    return [name for key in ("gradient", "grad_outputs") for name in names_of(call.kwargs.get(key))]


EXCLUSIONS = (
    Exclusion(
        "grad_fn",
        "How a backward pass is put together from operators is the implementation's own affair: PyTorch has nodes such as "
        "TanhBackwardBackward0 for some of its formulas. That there is a node, or none, is compared.",
        recorded_gradient,
    ),
    Exclusion(
        "number",
        "Some of PyTorch's kernels fill the gradients that they return, which bumps their version counters once or twice. "
        "Nothing can depend on it: whoever saves a gradient saves it at the version that it has then.",
        version_of_a_gradient,
    ),
    Exclusion(
        "values",
        "PyTorch lets a leaf keep, as its `.grad`, a gradient that it was given and that came to it through views alone; a "
        "later pass then adds to it in place, and the caller's tensor changes. Its documentation leaves the layout and "
        "ownership of a first gradient open.",
        given_gradient,
    ),
)


def excluded(program: Program, difference: Difference, expected: Trace) -> bool:
    return any(each.facet == difference.facet and each.applies(program, difference, expected) for each in EXCLUSIONS)
