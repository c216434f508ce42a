"""Where a gradient is observed: what makes a wrong value a wrong gradient."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator

from gradspec.programs.exclusions import gives_gradients
from gradspec.programs.interpreter import FINAL
from gradspec.programs.program import Program
from gradspec.programs.script import labelled
from gradspec.trace import Trace

# The attributes and functions that give a gradient, or what is made of gradients.
GIVING = frozenset("grad jacobian hessian vjp jvp vhp hvp retain_grad".split())


def gradients_in_source(source: str, trace: Trace) -> tuple[str, ...]:
    """The labels in `trace` at which the scenario `source` yields a gradient."""
    patterns = [re.compile(each) for each in _gradient_labels(ast.parse(source))]
    return tuple(each.label for each in trace if any(pattern.fullmatch(each.label) for pattern in patterns))


def _gradient_labels(tree: ast.Module) -> Iterator[str]:
    """As regular expressions, for a label may be put together."""
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    for function in functions:
        names = _gradient_names(function)
        for node in ast.walk(function):
            if isinstance(node, ast.Yield) and isinstance(node.value, ast.Tuple) and len(node.value.elts) == 2:
                label, value = node.value.elts
                if _gives(value, names):
                    yield _pattern(label)


def _gradient_names(function: ast.FunctionDef) -> set[str]:
    """The names to which a gradient is assigned, or what is made of one; arguments of hooks are called what they are."""
    names = {"gradient", "grad"}
    for _ in range(2):  # a loop may use above what it assigns below
        for node in ast.walk(function):
            if isinstance(node, ast.Assign) and _gives(node.value, names):
                names |= {each.id for target in node.targets for each in ast.walk(target) if isinstance(each, ast.Name)}
    return names


def _gives(value: ast.expr, names: set[str]) -> bool:
    return any(
        (isinstance(each, ast.Attribute) and each.attr in GIVING) or (isinstance(each, ast.Name) and each.id in names)
        for each in ast.walk(value)
    )


def _pattern(label: ast.expr) -> str:
    if isinstance(label, ast.Constant) and isinstance(label.value, str):
        return re.escape(label.value)
    if isinstance(label, ast.JoinedStr):
        return "".join(re.escape(str(e.value)) if isinstance(e, ast.Constant) else ".*" for e in label.values)
    return ".*"


def gradients_in_programs(programs: Iterable[Program], trace: Trace) -> tuple[str, ...]:
    """The labels in `trace`, which `programs` left behind one after the other, at which there is a gradient."""
    programs = list(programs)
    giving: set[str] = set()
    for number, program in enumerate(programs, 1):
        prefix = f"program {number}, statement " if len(programs) > 1 else ""
        giving |= {prefix + label for label, each in labelled(program.statements) if gives_gradients(each)}
    ends = [each.label for each in trace if each.label.startswith(FINAL) and each.label.endswith(".grad")]
    return tuple(each.label for each in trace if each.label in giving) + tuple(ends)
