"""Fingerprints of Python source that survive other names, other comments, another order: winnowed syntax trees.

A definition is the sequence of the kinds of its nodes: names, constants, docstrings, annotations, decorators and
imports are left out, and each definition stands for itself. Of all its runs of RUN nodes the hashes are taken, and of
WINDOW neighbours the smallest one is kept, so that any copy of RUN + WINDOW - 1 nodes is found (Schleimer, Wilkerson,
Aiken: Winnowing, 2003).
"""

from __future__ import annotations

import ast
import zlib
from collections.abc import Iterator

RUN, WINDOW = 20, 8

# A byte for each kind of node, the same in every version of Python: append at the end, and never change the order.
KINDS = {
    name: number
    for number, name in enumerate(
        """
        Module FunctionDef AsyncFunctionDef ClassDef Return Delete Assign TypeAlias AugAssign AnnAssign For AsyncFor
        While If With AsyncWith Match Raise Try TryStar Assert Import ImportFrom Global Nonlocal Expr Pass Break
        Continue BoolOp NamedExpr BinOp UnaryOp Lambda IfExp Dict Set ListComp SetComp DictComp GeneratorExp Await
        Yield YieldFrom Compare Call FormattedValue JoinedStr Constant Attribute Subscript Starred Name List Tuple
        Slice And Or Add Sub Mult MatMult Div Mod Pow LShift RShift BitOr BitXor BitAnd FloorDiv Invert Not UAdd USub
        Eq NotEq Lt LtE Gt GtE Is IsNot In NotIn comprehension ExceptHandler arguments arg keyword withitem match_case
        MatchValue MatchSingleton MatchSequence MatchMapping MatchClass MatchStar MatchAs MatchOr
        """.split(),
        1,
    )
}
UNKNOWN = 255
PASSED_OVER = frozenset(
    {"ctx", "annotation", "returns", "type_comment", "decorator_list", "type_params", "type_ignores"}
)
NAMES = ("name", "id", "attr", "arg")
Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def fingerprints(tree: ast.Module, *, named: bool = False) -> frozenset[int]:
    """The fingerprints of a module, 32 bits each. `named` keeps names apart: for code too short to be known without."""
    found = set[int]()
    for sequence in _sequences(tree, named):
        hashes = [zlib.crc32(sequence[i : i + RUN]) for i in range(len(sequence) - RUN + 1)]
        found.update(min(hashes[i : i + WINDOW]) for i in range(max(1, len(hashes) - WINDOW + 1)) if hashes)
    return frozenset(found)


def _sequences(tree: ast.Module, named: bool) -> Iterator[bytes]:
    """The nodes of each definition, those inside it apart, and of what stands outside of all."""
    pending: list[ast.Module | Definition] = [tree]
    while pending:
        definition = pending.pop()
        sequence = bytearray([KINDS[type(definition).__name__]])
        _walk(definition, sequence, pending, named)
        yield bytes(sequence)


def _walk(
    top: ast.Module | Definition, sequence: bytearray, pending: list[ast.Module | Definition], named: bool
) -> None:
    """Append the kinds of all nodes below `top`, in the order of the source; definitions among them are put off."""
    stack = _children(top)
    while stack:
        node = stack.pop()
        if isinstance(node, Definition):
            pending.append(node)
        elif not isinstance(node, ast.Import | ast.ImportFrom) and not _is_docstring(node):
            sequence.append(KINDS.get(type(node).__name__, UNKNOWN))
            if named:
                sequence.extend(zlib.crc32(name.encode()) & 0xFF for name in _names(node))
            stack += _children(node)


def _children(node: ast.AST) -> list[ast.AST]:
    """The nodes right below `node`, the last one first."""
    found: list[ast.AST] = []
    for field in node._fields:
        if field not in PASSED_OVER:
            value = getattr(node, field, None)
            found += [each for each in (value if isinstance(value, list) else [value]) if isinstance(each, ast.AST)]
    return found[::-1]


def _is_docstring(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _names(node: ast.AST) -> Iterator[str]:
    for field in NAMES:
        value = getattr(node, field, None)
        if isinstance(value, str):
            yield value
