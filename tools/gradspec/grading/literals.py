"""Which numbers of a scenario's text are data, so that others may stand in their place."""

from __future__ import annotations

import ast
import functools
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TypeGuard

SMALLEST, LARGEST = 1e-4, 1e4  # what lies beyond shows the limits of a format, and stays
LARGEST_WHOLE = 100  # beyond it they tend to be sizes
SETTINGS = frozenset("eps atol rtol tol start end step steps nondet_tol".split())
COUNTING = frozenset("arange linspace logspace range".split())  # whose arguments decide how many there are
ARITHMETIC = frozenset("mul mul_ add add_ sub sub_ div div_ fill_ full_like".split())
BOUNDED = frozenset("clamp clip clamp_ minimum maximum hardtanh threshold min max where".split())


@dataclass(frozen=True)
class Literal:
    """A number, and the bytes of the text that spell it."""

    start: int
    end: int
    value: float


@dataclass(frozen=True)
class Literals:
    """What is found in a text.

    floats: data. operands, data: whole numbers that are computed with, and such as stand in tensors. seeds: of random
    generators. kept: whole numbers that are none of these. compared: those among all with which something is compared.
    labels: the bytes that spell labels. words: what the code names.
    """

    floats: tuple[Literal, ...]
    operands: tuple[Literal, ...]
    data: tuple[Literal, ...]
    seeds: tuple[Literal, ...]
    kept: frozenset[float]
    compared: frozenset[float]
    labels: tuple[tuple[int, int], ...]
    words: frozenset[str]


@functools.lru_cache(maxsize=8)
def literals_of(source: str) -> Literals:
    """The numbers in `source`."""
    nodes = list(ast.walk(ast.parse(source)))
    offsets = [0]
    for line in source.encode().splitlines(keepends=True):
        offsets.append(offsets[-1] + len(line))

    def span(node: ast.expr) -> tuple[int, int]:
        assert node.end_lineno is not None
        assert node.end_col_offset is not None
        return offsets[node.lineno - 1] + node.col_offset, offsets[node.end_lineno - 1] + node.end_col_offset

    def literals(found: Iterable[ast.Constant]) -> tuple[Literal, ...]:
        return tuple(sorted((Literal(*span(each), number(each)) for each in found), key=lambda each: each.start))

    places = _inside(nodes, _places)
    operands = {each for each in _operands(nodes) if _may_change(each)} - places
    data = {each for each in _data(nodes) if _may_change(each)} - places - operands
    seeds = set(_seeds(nodes))
    kept = {number(each) for each in nodes if is_whole(each) and each not in operands | data | seeds}
    return Literals(
        floats=literals(_floats(nodes)),
        operands=literals(filter(is_whole, operands)),
        data=literals(filter(is_whole, data)),
        seeds=literals(seeds),
        kept=frozenset(kept),
        compared=frozenset(_compared(nodes)),
        labels=tuple(span(each) for each in _labels(nodes)),
        words=frozenset(_words(nodes)),
    )


def numbers_in(source: str) -> list[float]:
    """Every number in `source`, in order."""
    found = [each for each in ast.walk(ast.parse(source)) if is_whole(each) or _is_float(each)]
    return [number(each) for each in sorted(found, key=lambda each: (each.lineno, each.col_offset))]


def number(node: ast.Constant) -> float:
    assert isinstance(node.value, int | float)
    return node.value


def is_whole(node: ast.AST) -> TypeGuard[ast.Constant]:
    return isinstance(node, ast.Constant) and type(node.value) is int


def _is_float(node: ast.AST) -> TypeGuard[ast.Constant]:
    return isinstance(node, ast.Constant) and type(node.value) is float


def _may_change(node: ast.AST) -> bool:
    return is_whole(node) and 0 < number(node) <= LARGEST_WHOLE


def _inside(nodes: list[ast.AST], parts: Callable[[ast.AST], Iterator[ast.AST]]) -> set[ast.AST]:
    return {each for node in nodes for part in parts(node) for each in ast.walk(part)}


def _floats(nodes: list[ast.AST]) -> list[ast.Constant]:
    """The numbers that are data: no zeros, no settings, no limits of a format, no exponents that are whole."""
    skipped = _inside(nodes, _settings)
    return [each for each in nodes if _is_float(each) and SMALLEST <= number(each) <= LARGEST and each not in skipped]


def _settings(node: ast.AST) -> Iterator[ast.AST]:
    match node:
        case ast.Call(func=function, args=args, keywords=keywords):
            if _name(function) in COUNTING:
                yield from args
            if _name(function) == "pow":
                yield from filter(_is_whole_float, args)
            yield from (each.value for each in keywords if each.arg in SETTINGS)
        case ast.BinOp(op=ast.Pow(), right=exponent) if _is_whole_float(exponent):
            yield exponent


def _is_whole_float(node: ast.AST) -> bool:
    return _is_float(node) and number(node).is_integer()


def _name(function: ast.expr) -> str:
    return str(getattr(function, "attr", getattr(function, "id", "")))


def _places(node: ast.AST) -> Iterator[ast.AST]:
    """What counts or finds elements, and what decides: there no number is data."""
    match node:
        case ast.Subscript(slice=index):
            yield index
        case ast.Call(func=function) if _name(function) in ("range", "len", *COUNTING):
            yield node
        case ast.BinOp() if any(isinstance(each, ast.Call) and _name(each.func) == "len" for each in ast.walk(node)):
            yield node
        case ast.While(test=test) | ast.If(test=test) | ast.IfExp(test=test):
            yield test


def _operands(nodes: list[ast.AST]) -> Iterator[ast.AST]:
    for node in nodes:
        match node:
            case ast.BinOp(left=left, op=ast.Mult() | ast.Add() | ast.Sub() | ast.Div(), right=right):
                yield from () if isinstance(left, ast.List | ast.Tuple) else (left, right)
            case ast.Call(func=ast.Attribute(attr=name), args=args) if name in ARITHMETIC:
                yield from args
            case ast.AugAssign(value=value):
                yield value


def _data(nodes: list[ast.AST]) -> Iterator[ast.AST]:
    for node in nodes:
        match node:
            case ast.Call(func=ast.Attribute(attr="tensor"), args=[data, *_]):
                yield from ast.walk(data)


def _seeds(nodes: list[ast.AST]) -> Iterator[ast.Constant]:
    for node in nodes:
        if isinstance(node, ast.Call) and _name(node.func) == "manual_seed":
            yield from filter(is_whole, node.args)


def _compared(nodes: list[ast.AST]) -> Iterator[float]:
    """The whole numbers with which something is compared, or which bound it."""
    for node in nodes:
        parts: list[ast.expr] = []
        if isinstance(node, ast.Compare):
            parts = [node.left, *node.comparators]
        elif isinstance(node, ast.Call) and _name(node.func) in BOUNDED:
            parts = [*node.args, *(each.value for each in node.keywords)]
        unsigned = (each.operand if isinstance(each, ast.UnaryOp) else each for each in parts)
        yield from map(number, filter(is_whole, unsigned))


def _labels(nodes: list[ast.AST]) -> Iterator[ast.expr]:
    for node in nodes:
        match node:
            case ast.Yield(value=ast.Tuple(elts=[ast.Constant(value=str()) as label, *_])):
                yield label


def _words(nodes: list[ast.AST]) -> Iterator[str]:
    """What is named in the code, in texts too, for some name functions; not in what is said about it."""
    said = {ast.get_docstring(node, clean=False) for node in nodes if isinstance(node, ast.FunctionDef)}
    for node in nodes:
        match node:
            case ast.Name(id=name) | ast.Attribute(attr=name):
                yield name
            case ast.Constant(value=str(text)) if text not in said:
                yield from re.findall(r"\w+", text)
