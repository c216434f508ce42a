"""Mutants of a package: where cosmic-ray's operators apply in its files, and the text of a file with one of them applied.

A mutant is called as cosmic-ray calls it: file, operator, and which of the places where that operator applies, counted
as its visitor walks the tree. Its own `mutate_code` parses the file anew for each mutant; here the tree is kept, and put
right again.
"""

from __future__ import annotations

import ast
import functools
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from types import CodeType
from typing import Any

import msgspec
from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.plugins import get_operator, operator_names

Position = tuple[int, int]  # line, counted from 1, and column, from 0


class Mutant(msgspec.Struct, frozen=True, order=True):
    """`function`: the qualified name of the innermost function or class that it is in; empty at module level."""

    file: str
    operator: str
    occurrence: int
    line: int
    column: int
    function: str

    @property
    def key(self) -> tuple[str, str, int]:
        return self.file, self.operator, self.occurrence


class Making(msgspec.Struct, frozen=True):
    """All mutants of a package; `annotations`: how many were not made because they are in one."""

    mutants: list[Mutant]
    annotations: int


@functools.cache
def operators() -> dict[str, Any]:
    """All of cosmic-ray's operators by name but the two that ask for names of variables, and make random changes."""
    classes = {name: get_operator(name) for name in sorted(operator_names())}
    return {name.removeprefix("core/"): each() for name, each in classes.items() if not each.arguments()}


def parametrized() -> list[str]:
    """The operators that are not used."""
    return sorted(name.removeprefix("core/") for name in operator_names() if get_operator(name).arguments())


def compiled(text: str, path: Path) -> CodeType:
    """Raises SyntaxError."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SyntaxWarning)  # `is` with a number
        return compile(text, str(path), "exec", dont_inherit=True)


class Source:
    """A file of the package at `root`, ready to be mutated."""

    def __init__(self, root: Path, file: str) -> None:
        self.file, self.path = file, root / file
        self.text = self.path.read_text("utf-8")
        self.tree = get_ast(self.text)
        self.code = compiled(self.text, self.path)

    def places(self, operator: Any) -> Iterator[tuple[Any, int, Position]]:
        """Node, index and position of each occurrence of `operator`, in the order of cosmic-ray's visitor."""
        for node in ast_nodes(self.tree):
            for index, (start, _) in enumerate(operator.mutation_positions(node)):
                yield node, index, start

    def mutated(self, name: str, occurrence: int) -> str:
        """The text of the file with this mutant in it. Raises IndexError where there is none."""
        operator = operators()[name]
        for number, (node, index, _) in enumerate(self.places(operator)):
            if number == occurrence:
                return self._mutated(operator, node, index)
        raise IndexError(f"{name} has no occurrence {occurrence} in {self.file}")

    def _mutated(self, operator: Any, node: Any, index: int) -> str:
        family = [each for each in (node.parent, node) if each is not None]
        kept = [(each, list(each.children)) for each in (*family, *ast_nodes(node)) if hasattr(each, "children")]
        values = [(each, each.value) for each in ast_nodes(node) if hasattr(each, "value")]
        made = operator.mutate(node, index)
        if made is not node:
            node.parent.children = [made if each is node else each for each in node.parent.children]
            node.parent.children = [each for each in node.parent.children if each is not None]
        text: str = self.tree.get_code()
        for each, children in kept:
            each.children = children
        for each, value in values:
            each.value = value
        return text


def make(root: Path, listen: Callable[[int], None] = lambda done: None) -> Making:
    """All mutants of the package at `root`, whether or not they are Python, but those in annotations.

    `listen` hears how many files are done.
    """
    mutants, annotations = list[Mutant](), 0
    for done, path in enumerate(sorted(root.rglob("*.py"))):
        listen(done)
        source = Source(root, path.relative_to(root).as_posix())
        module = ast.parse(source.text)
        spans = list(annotated(module, source.text.splitlines()))
        functions = sorted(named(module))
        for name, operator in operators().items():
            for occurrence, (_, _, place) in enumerate(source.places(operator)):
                if any(start <= place < end for start, end in spans):
                    annotations += 1
                    continue
                within = [each for first, last, each in functions if first <= place[0] <= last]
                mutants.append(Mutant(source.file, name, occurrence, *place, within[-1] if within else ""))
    return Making(mutants, annotations)


def annotated(module: ast.Module, lines: list[str]) -> Iterator[tuple[Position, Position]]:
    """Where annotations are."""

    def characters(line: int, octets: int) -> Position:
        return line, len(lines[line - 1].encode()[:octets].decode())

    for node in ast.walk(module):
        for each in (getattr(node, "annotation", None), getattr(node, "returns", None)):
            if isinstance(each, ast.expr):
                assert each.end_lineno is not None
                assert each.end_col_offset is not None
                yield characters(each.lineno, each.col_offset), characters(each.end_lineno, each.end_col_offset)


def named(node: ast.AST, prefix: str = "") -> Iterator[tuple[int, int, str]]:
    """First and last line and the qualified name of each function and class."""
    for each in ast.iter_child_nodes(node):
        inner = prefix
        if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            assert each.end_lineno is not None
            yield each.lineno, each.end_lineno, prefix + each.name
            inner = f"{prefix}{each.name}."
        yield from named(each, inner)
