"""Programs made from programs: which names a statement uses and makes, other names, other leaves."""

from __future__ import annotations

import math
from collections.abc import Callable

import msgspec

from gradspec.programs.program import Argument, Block, Call, Get, Index, Leaf, List, Name, Statement, Tuple

Statements = tuple[Statement, ...]


def made_by(statement: Statement) -> tuple[str, ...]:
    if isinstance(statement, Call):
        return statement.to
    return (statement.to,) if isinstance(statement, Leaf | Get | Index) else ()


def names_in(statement: Statement) -> list[str]:
    """The tensors that a statement uses."""
    used = [value for field in ("of", "name") if isinstance(value := getattr(statement, field, None), str)]
    if isinstance(statement, Call):
        used = [name for each in (*statement.args, *statement.kwargs.values()) for name in names_of(each)]
    return used + [name for field in ("index", "value") for name in names_of(getattr(statement, field, None))]


def names_of(argument: Argument) -> list[str]:
    if isinstance(argument, Tuple | List):
        return [name for each in argument.items for name in names_of(each)]
    return [argument.name] if isinstance(argument, Name) else []


def renaming(statements: Statements, names: dict[str, str]) -> Statements:
    """`statements` with other names for tensors."""
    return tuple(renamed_statement(each, names) for each in statements)


def renamed_statement(statement: Statement, names: dict[str, str]) -> Statement:
    if isinstance(statement, Block):
        return Block(statement.mode, renaming(statement.body, names))
    changes: dict[str, object] = {}
    for field in statement.__struct_fields__:
        value = getattr(statement, field)
        if field in ("of", "to") and isinstance(value, str):
            changes[field] = names.get(value, value)
        elif field == "to":
            changes[field] = tuple(names.get(each, each) for each in value)
        elif field == "args":
            changes[field] = tuple(renamed_argument(each, names) for each in value)
        elif field == "kwargs":
            changes[field] = {key: renamed_argument(each, names) for key, each in value.items()}
        elif field in ("index", "value"):
            changes[field] = renamed_argument(value, names)
        elif field == "name" and not isinstance(statement, Call):
            changes[field] = names.get(value, value)
    return msgspec.structs.replace(statement, **changes)


def renamed_argument(argument: Argument, names: dict[str, str]) -> Argument:
    if isinstance(argument, Tuple | List):
        return type(argument)(tuple(renamed_argument(each, names) for each in argument.items))
    return Name(names.get(argument.name, argument.name)) if isinstance(argument, Name) else argument


def mapped(statements: Statements, change: Callable[[Leaf], Leaf]) -> Statements:
    """`statements` with every leaf changed, those in blocks too."""

    def changed(each: Statement) -> Statement:
        if isinstance(each, Block):
            return Block(each.mode, mapped(each.body, change))
        return change(each) if isinstance(each, Leaf) else each

    return tuple(changed(each) for each in statements)


def resized(leaf: Leaf, shape: tuple[int, ...]) -> Leaf:
    """The leaf in another shape: its first elements, repeated where they do not suffice."""
    size = math.prod(shape)
    values = tuple(leaf.values[i % len(leaf.values)] for i in range(size)) if leaf.values else (1.0,) * size
    return msgspec.structs.replace(leaf, shape=shape, values=values)
