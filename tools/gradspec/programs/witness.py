"""A witness that knows no formula: the slope of an operator by central differences, beside what its gradient says.

One program computes both, on the implementation itself: the gradient along a direction, and half the difference of
two values a small step apart. That they agree is checked by whoever reads its trace; no oracle is asked.
"""

from __future__ import annotations

from gradspec.programs.catalogue.vocabulary import Operator
from gradspec.programs.choices import Choices
from gradspec.programs.draft import Draft
from gradspec.programs.operators import WEIGHTS, gradient, in_place, leaves, results
from gradspec.programs.program import Call, Name, Program
from gradspec.programs.rewriting import renamed_statement
from gradspec.trace import Tensor, Trace

STEP = 2.0**-17
# In float64: what is left out is of the size of STEP**2, and rounding of 1e-16 / STEP, each times a few.
TOLERANCE = 1e-6  # relative to the gradient or, where that is small, absolute


def witness(operator: Operator, drawn: Choices) -> Program | None:
    """The program for `operator`; None where what was drawn has no derivative. Its last two statements are the two."""
    draft = Draft(drawn, smooth=True)
    sample = operator.call(draft, draft.first(operator))
    form = next(each for each in operator.forms if not in_place(each))
    to = draft.call(operator, sample, form)
    call = draft.statements[-1]
    inputs, outputs = leaves(draft), results(sample, to)
    if not inputs or not outputs:
        return None
    upstream = [draft.leaf(meta.shape, WEIGHTS, meta.dtype) for _, meta in outputs]
    directions = [draft.leaf(draft.tensors[each].shape, WEIGHTS, draft.tensors[each].dtype) for each in inputs]
    gradients = gradient(draft, [name for name, _ in outputs], inputs, upstream)
    values = []
    for step in (STEP, -STEP):
        names = {}
        for each, direction in zip(inputs, directions, strict=True):
            names[each] = add(draft, "add", Name(each), direction.argument, alpha=step)
        names |= {each: draft.new_name() for each in to}
        draft.statements.append(renamed_statement(call, names))
        values.append(dot(draft, [names[name] for name, _ in outputs], [each.name for each in upstream]))
    difference = add(draft, "sub", Name(values[0]), Name(values[1]))
    dot(draft, list(gradients), [each.name for each in directions])
    add(draft, "div", Name(difference), 2 * STEP)
    return Program(tuple(draft.statements))


def add(draft: Draft, name: str, *args: Name | float, **kwargs: float) -> str:
    """Add a call of a function, and name what it gives."""
    made = draft.new_name()
    draft.statements.append(Call(name, args, dict(kwargs), "function", (made,)))
    return made


def dot(draft: Draft, ones: list[str], others: list[str]) -> str:
    """Add the sum of the products of tensors that stand in pairs."""
    total = ""
    for one, other in zip(ones, others, strict=True):
        summed = add(draft, "sum", Name(add(draft, "mul", Name(one), Name(other))))
        total = add(draft, "add", Name(total), Name(summed)) if total else summed
    return total


def disagreement(trace: Trace) -> tuple[float, float] | None:
    """The slope and what the gradient makes of it, where they disagree; None where they do not, or there is no number."""
    values = [each.value for each in trace if each.label.isdigit()][-2:]
    if len(values) < 2 or not all(isinstance(each, Tensor) and each.shape == () for each in values):
        return None
    along, slope = (each.values[0] for each in values if isinstance(each, Tensor))
    if not isinstance(along, int | float) or not isinstance(slope, int | float):
        return None
    return None if abs(along - slope) <= TOLERANCE * max(1.0, abs(slope)) else (slope, along)
