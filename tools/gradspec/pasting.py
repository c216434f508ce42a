"""A scenario as an ordinary script of plain PyTorch: what `show` prints, to be pasted and run."""

from __future__ import annotations

import ast
import functools
import textwrap
from collections.abc import Iterator
from pathlib import Path

from gradspec.programs.program import decode
from gradspec.programs.script import script as as_plain_script
from gradspec.scenario import Programs, Scenario

ATTEMPT = """
def attempt(function, *args, **kwargs):
    try:
        return function(*args, **kwargs)
    except Exception as error:
        return f"{type(error).__name__}: {error}"
"""


def as_script(scenario: Scenario | Programs) -> str:
    """The scenario's body as a script that prints each observation, with whatever of its chapter it uses.

    Of programs, each as a script.
    """
    if isinstance(scenario, Programs):
        texts = [as_plain_script(decode(each)) for each in scenario.programs]
        return "\n\n".join(f"# {scenario.id}, program {n}\n{text}" for n, text in enumerate(texts, 1))
    source, module, function = _find(scenario)
    return _script(source, module, function, f"# {scenario.id}: {scenario.clause}")


def body_as_script(source: str, heading: str) -> str:
    """As `as_script`, of what `as_body` gave, or the like: its last statement is the scenario's function."""
    module = ast.parse(source)
    function = module.body[-1]
    assert isinstance(function, ast.FunctionDef)
    return _script(source, module, function, heading)


def _script(source: str, module: ast.Module, function: ast.FunctionDef, heading: str) -> str:
    body = _printing(source, function)
    used = _used(module, function)
    parts = [heading, "import torch"]
    imports = [node for node in used if isinstance(node, ast.Import | ast.ImportFrom)]
    parts += [_segment(source, node) for node in imports]
    script = "\n".join(parts) + "\n"
    if "attempt" in _names(function):
        script += f"\n{ATTEMPT}\n"
    for node in used:
        if node not in imports:
            script += f"\n{_segment(source, node)}\n"
    if _needs_a_function(function):
        indented = textwrap.indent(body, "    ")
        return f"{script}\n\ndef {function.name}():\n{indented}\n\n\n{function.name}()\n"
    return f"{script}\n{body}\n"


def as_source(scenario: Scenario | Programs) -> str:
    """The scenario as it stands in its chapter, after whatever else of the chapter its body uses."""
    if isinstance(scenario, Programs):
        return as_script(scenario)
    source, module, function = _find(scenario)
    return _blocks(source, module, function, _segment(source, function))


def as_body(scenario: Scenario) -> str:
    """The scenario as `as_source` has it, without its decorator: what a worker executes that has no chapters."""
    source, module, function = _find(scenario)
    return _blocks(source, module, function, "\n".join(source.splitlines()[function.lineno - 1 : function.end_lineno]))


def _blocks(source: str, module: ast.Module, function: ast.FunctionDef, last: str) -> str:
    used = _used(module, function)
    imports = [node for node in used if isinstance(node, ast.Import | ast.ImportFrom)]
    others = [_segment(source, node) for node in used if node not in imports]
    return "\n\n\n".join(filter(None, ["\n".join(_segment(source, node) for node in imports), *others, last]))


def _find(scenario: Scenario) -> tuple[str, ast.Module, ast.FunctionDef]:
    """The text and the syntax tree of the scenario's chapter, and the scenario in it."""
    source, module = _parsed(scenario.path)
    functions = (node for node in module.body if isinstance(node, ast.FunctionDef) and node.name == scenario.name)
    return source, module, next(node for node in functions if _first_line(node) == scenario.line)


@functools.cache
def _parsed(chapter: Path) -> tuple[str, ast.Module]:
    source = chapter.read_text(encoding="utf-8")
    return source, ast.parse(source)


def _first_line(node: ast.FunctionDef) -> int:
    return min([node.lineno, *(each.lineno for each in node.decorator_list)])


def _segment(source: str, node: ast.stmt) -> str:
    first = min([node.lineno, *(each.lineno for each in getattr(node, "decorator_list", ()))])
    assert node.end_lineno is not None
    return "\n".join(source.splitlines()[first - 1 : node.end_lineno])


def _printing(source: str, function: ast.FunctionDef) -> str:
    """The function's body, without docstring, flush left, with `print` in the place of `yield`."""
    lines, last = source.splitlines(keepends=True), function.end_lineno
    assert last is not None
    start = function.body[1] if ast.get_docstring(function) is not None else function.body[0]
    for node in sorted(_own_yields(function), key=lambda each: each.lineno, reverse=True):
        assert node.end_lineno is not None
        before = _columns(lines[node.lineno - 1], 0, node.col_offset)
        after = _columns(lines[node.end_lineno - 1], node.end_col_offset, None)
        printed = _print_call(source, node, " " * (len(before) - len(before.lstrip())))
        lines[node.lineno - 1 : node.end_lineno] = [f"{before}{printed}{after}"]
        last -= node.end_lineno - node.lineno
    first = start.lineno - 1
    while first > function.body[0].lineno and lines[first - 1].lstrip().startswith("#"):  # the comment above it
        first -= 1
    return textwrap.dedent("".join(lines[first:last])).rstrip()


def _own_yields(function: ast.FunctionDef) -> Iterator[ast.Yield | ast.YieldFrom]:
    """The yields of the function itself; those of generators that it defines are not observations."""
    pending: list[ast.AST] = [*function.body]
    while pending:
        node = pending.pop()
        if isinstance(node, ast.YieldFrom) or (isinstance(node, ast.Yield) and node.value is not None):
            yield node
        elif not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda):
            pending += ast.iter_child_nodes(node)


def _print_call(source: str, node: ast.Yield | ast.YieldFrom, indent: str) -> str:
    if isinstance(node.value, ast.Tuple):
        label, value = (_text(source, each) for each in node.value.elts)
        return f'print({label}, {value}, sep=": ")'
    assert node.value is not None
    observations = _text(source, node.value)
    if isinstance(node, ast.Yield):  # of something that gives a label and a value
        return f'print(*{observations}, sep=": ")'
    return f'for observation in {observations}:\n{indent}    print(*observation, sep=": ")'


def _text(source: str, node: ast.expr) -> str:
    """The source of an expression, as `ast.get_source_segment` gives it, which goes through all of it each time."""
    assert node.end_lineno is not None
    lines = source.splitlines(keepends=True)[node.lineno - 1 : node.end_lineno]
    lines[-1] = _columns(lines[-1], None, node.end_col_offset)
    lines[0] = _columns(lines[0], node.col_offset, None)
    return "".join(lines)


def _columns(line: str, start: int | None, end: int | None) -> str:
    """A part of `line`; the syntax tree counts in bytes."""
    return line.encode()[start:end].decode()


def _names(node: ast.AST) -> set[str]:
    return {each.id for each in ast.walk(node) if isinstance(each, ast.Name)}


def _used(module: ast.Module, function: ast.FunctionDef) -> list[ast.stmt]:
    """The statements of the chapter that `function` builds on, directly or not, in their order."""
    definitions = {name: node for node in module.body for name in _defined(node)}
    found: set[ast.stmt] = set()
    pending = [*function.body]
    while pending:
        for name in _names(pending.pop()):
            node = definitions.get(name)
            if node is not None and node not in found and node is not function:
                found.add(node)
                pending.append(node)
    return [node for node in module.body if node in found]


def _defined(node: ast.stmt) -> Iterator[str]:
    match node:
        case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
            yield name
        case ast.Assign(targets=targets):
            yield from (name for target in targets for name in _names(target))
        case ast.AnnAssign(target=ast.Name(id=name)):
            yield name
        case ast.ImportFrom(module="gradspec"):
            return
        case ast.Import(names=names) | ast.ImportFrom(names=names):
            yield from (alias.asname or alias.name.partition(".")[0] for alias in names)


def _needs_a_function(function: ast.FunctionDef) -> bool:
    """Whether the body only works inside one: it returns early, or an inner function says `nonlocal`."""
    functions = [node for node in ast.walk(function) if isinstance(node, ast.FunctionDef | ast.Lambda)]
    inner = [node for node in functions if node is not function]
    inside = {each for node in inner for each in ast.walk(node)}
    returns = any(isinstance(node, ast.Return) and node not in inside for node in ast.walk(function))
    return returns or any(isinstance(node, ast.Nonlocal) for node in ast.walk(function))
