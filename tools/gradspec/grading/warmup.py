"""What is put before a question whose own answer may be known beforehand: a derivative at numbers of this run.

Some clauses are about flags, errors or types, and no other inputs change what is right. Whoever cannot differentiate a
polynomial, whose form is of this run, has no business answering them out of a table.
"""

from __future__ import annotations

import ast
import random
import textwrap

LABEL = "first, a polynomial of two numbers of this run"
STEPS = ("* first + {z}", "* second + first", "* {z} + first * second", "* first + second * {z}")


def _lines(seed: str) -> str:
    drawn = random.Random(f"{seed}:warmup")
    x, y, *more = (drawn.choice((-1, 1)) * drawn.randint(17, 127) / 64 for _ in range(5))
    polynomial = "(first * second + first)"
    for z in more:
        polynomial = f"({polynomial} {drawn.choice(STEPS).format(z=z)})"
    return f"""\
first, second = torch.tensor({x}, requires_grad=True), torch.tensor({y}, requires_grad=True)
{polynomial}.backward()
"""


def warmed_up(source: str, seed: str) -> str:
    """The scenario `source`, whose last statement is its function, with another observation before its own."""
    function = ast.parse(source).body[-1]
    assert isinstance(function, ast.FunctionDef)
    start = function.body[1] if ast.get_docstring(function) is not None else function.body[0]
    first = min([start.lineno, *(each.lineno for each in getattr(start, "decorator_list", ()))])
    lines = source.splitlines(keepends=True)
    added = f"{_lines(seed)}yield {LABEL!r}, (first.grad, second.grad)\ndel first, second\n"
    return "".join([*lines[: first - 1], textwrap.indent(added, "    "), *lines[first - 1 :]])


def script_warmed_up(source: str, seed: str) -> str:
    """The script `source` with another line of output before its own."""
    added = f"import torch\n{_lines(seed)}print(first.grad, second.grad)\ndel first, second\n"
    return added + source
