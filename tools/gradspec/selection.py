"""Which items a command is about: by profile, chapter and keyword expression."""

from __future__ import annotations

import ast
import difflib
from collections.abc import Iterable, Sequence

import msgspec

from gradspec.errors import UsageError
from gradspec.scenario import PROFILES, Item
from gradspec.suite import Suite


class Selection(msgspec.Struct, frozen=True):
    """What is asked for; the default is everything. `keyword` is an expression such as `second and not slow`."""

    profile: str = "full"
    chapters: tuple[str, ...] = ()
    keyword: str = ""


def select(suite: Suite, selection: Selection) -> list[Item]:
    """The selected items, in the order of the suite. Raises UsageError where there are none."""
    chapters = chapters_of(suite, selection.chapters)
    named = PROFILES[_known(selection.profile, PROFILES, "profile")]
    if named is not None and not selection.chapters:
        chapters = [chapter for chapter in chapters if chapter in named]
    items = [item for chapter in chapters for item in suite.items(chapter)]
    chosen = set(matching(selection.keyword, [item.id for item in items]))
    items = [item for item in items if item.id in chosen]
    if not items:
        raise UsageError("Nothing is selected, so there is nothing to run; `gradspec list` shows what there is.")
    return items


def matching(keyword: str, identifiers: Iterable[str]) -> list[str]:
    """The identifiers that match the expression `keyword`; all of them, where it is empty. Raises UsageError."""
    if not keyword:
        return list(identifiers)
    expression = _parse(keyword)
    return [each for each in identifiers if _matches(expression, each)]


def chapters_of(suite: Suite, names: Sequence[str]) -> list[str]:
    """The chapters of these names, all if there are none. Raises UsageError for an unknown one."""
    if not suite.names():
        raise UsageError(f"There are no chapters in {suite.root}.")
    return list(dict.fromkeys(_known(name, suite.names(), "chapter") for name in names)) or list(suite.names())


def find_item(suite: Suite, identifier: str) -> Item:
    """The item with this id. Raises UsageError where there is none."""
    items = {item.id: item for chapter in suite.names() for item in suite.items(chapter)}
    return items[_known(identifier, items, "scenario", listed=False)]


def _known(name: str, names: Iterable[str], what: str, *, listed: bool = True) -> str:
    names = list(names)
    if name in names:
        return name
    near = difflib.get_close_matches(name, names, n=1)
    hint = f"; did you mean {near[0]!r}?" if near else "."
    everything = f" There are {', '.join(names)}." if listed else " `gradspec list` shows what there is."
    raise UsageError(f"There is no {what} {name!r}{hint}{everything}")


def _parse(expression: str) -> ast.expr:
    try:
        tree = ast.parse(expression.strip(), mode="eval").body
        _matches(tree, "")
    except (SyntaxError, ValueError, RecursionError):
        raise UsageError(f"{expression!r} is no keyword expression; write names with `and`, `or`, `not`.") from None
    return tree


def _matches(expression: ast.expr, identifier: str) -> bool:
    match expression:
        case ast.BoolOp(op=ast.And(), values=values):
            return False not in [_matches(each, identifier) for each in values]  # all of them: each is to be checked
        case ast.BoolOp(op=ast.Or(), values=values):
            return True in [_matches(each, identifier) for each in values]
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return not _matches(operand, identifier)
        case ast.Name() | ast.Attribute():
            return ast.unparse(expression).lower() in identifier.lower()
    raise ValueError(expression)
