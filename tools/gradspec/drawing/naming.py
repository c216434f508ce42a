"""Names of values: the script's own variables, read from the frames that make the calls."""

from __future__ import annotations

import ast
import functools
import itertools
import linecache
from collections.abc import Iterator
from types import CodeType, FrameType
from typing import Any

# What has these names is a number that no reader needs to be told of.
UNNAMED = frozenset({"_", "__"})


def script_frame(frame: FrameType | None, path: str) -> FrameType | None:
    """The innermost frame of the script at `path`, from `frame` outwards."""
    while frame is not None and frame.f_code.co_filename != path:
        frame = frame.f_back
    return frame


def variables(frame: FrameType, path: str) -> Iterator[tuple[str, Any]]:
    """The script's variables: the outermost ones first, for what a function calls its arguments says less."""
    frames = [frame]
    while (outer := script_frame(frames[-1].f_back, path)) is not None:
        frames.append(outer)
    for scope in (frame.f_globals, *(each.f_locals for each in reversed(frames))):
        yield from ((name, each) for name, each in list(scope.items()) if name not in UNNAMED)


def parameters(frame: FrameType, path: str) -> Iterator[tuple[str, Any]]:
    """The parameters of modules among the script's variables, such as `model[0].weight`."""
    for name, each in variables(frame, path):
        if not isinstance(each, type) and callable(getattr(type(each), "named_parameters", None)):
            for place, parameter in each.named_parameters():
                parts = (f"[{part}]" if part.isdigit() else f".{part}" for part in place.split("."))
                yield name + "".join(parts), parameter


def items(frame: FrameType, path: str) -> Iterator[tuple[str, Any]]:
    """What stands in lists, tuples and dictionaries among the script's variables."""
    for name, each in variables(frame, path):
        if name.startswith("__"):
            continue
        if isinstance(each, list | tuple):
            yield from ((f"{name}[{place}]", item) for place, item in enumerate(each[:100]))
        elif isinstance(each, dict):
            yield from ((f"{name}[{key!r}]", item) for key, item in itertools.islice(each.items(), 100))


def operand_names(frame: FrameType) -> tuple[str, str]:
    """What the two operands of the operator at work in `frame` are called in the source; "" of what is no name."""
    return _operand_names(frame.f_code, frame.f_lasti)


@functools.lru_cache(4096)
def _operand_names(code: CodeType, last: int) -> tuple[str, str]:
    line, end_line, column, end_column = next(itertools.islice(code.co_positions(), last // 2, None), (None,) * 4)
    if line is None or line != end_line or column is None or end_column is None:
        return "", ""
    text = linecache.getline(code.co_filename, line).encode()[column:end_column].decode(errors="replace")
    try:
        expression = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError):
        return "", ""
    if not isinstance(expression, ast.BinOp):
        return "", ""
    left, right = (each.id if isinstance(each, ast.Name) else "" for each in (expression.left, expression.right))
    return left, right


def yielded(frame: FrameType) -> tuple[list[str], bool]:
    """The names in the value of the `yield` at which `frame` stands, and whether it asks for a `.grad`."""
    return _yielded(frame.f_code.co_filename, frame.f_lineno)


@functools.cache
def _yielded(path: str, line: int) -> tuple[list[str], bool]:
    try:
        tree = ast.parse("".join(linecache.getlines(path)))
    except SyntaxError:
        return [], False
    for node in ast.walk(tree):
        if isinstance(node, ast.Yield) and node.lineno <= line <= (node.end_lineno or line):
            value = node.value.elts[1] if isinstance(node.value, ast.Tuple) and len(node.value.elts) == 2 else node
            inside = list(ast.walk(value))
            asks = any(isinstance(each, ast.Attribute) and each.attr == "grad" for each in inside)
            return [each.id for each in inside if isinstance(each, ast.Name)], asks
    return [], False
