"""What the tensors of a program have to do with each other, and with a difference."""

from __future__ import annotations

from gradspec.compare import Difference
from gradspec.programs.custom import CHANGING
from gradspec.programs.interpreter import FINAL, symbol_is_in_place
from gradspec.programs.program import Assign, Call, Get, Program, Put, Statement
from gradspec.programs.rewriting import made_by, names_in, names_of
from gradspec.programs.script import walk


def closure(program: Program, names: set[str]) -> set[str]:
    """The names, and those of what was made of them."""
    found = set(names)
    for each in walk(program.statements):
        if found.intersection(names_in(each)):
            found.update(made_by(each))
    return found


def ancestors(program: Program, names: set[str]) -> set[str]:
    """The names, and those of what they were made of, or changed by."""
    found = set(names)
    for each in reversed(list(walk(program.statements))):
        if found.intersection((*made_by(each), *changed_by(each))):
            found.update(names_in(each))
    return found


def changed_by(statement: Statement) -> set[str]:
    """The tensors that a statement writes to."""
    if isinstance(statement, Assign):
        return {statement.of}
    if isinstance(statement, Call) and statement.form in ("method", "operator", "custom") and statement.args:
        in_place = statement.name.endswith("_") or symbol_is_in_place(statement.name) or statement.name in CHANGING
        return set(names_of(statement.args[0])) if in_place else set()
    return set()


def gradients(program: Program) -> set[str]:
    """The names of gradients, and of what was made of them."""
    names = {name for each in walk(program.statements) if gives_gradients(each) for name in made_by(each)}
    return closure(program, names)


def gives_gradients(each: Statement) -> bool:
    asks = isinstance(each, Call) and each.name == "autograd.grad"
    return asks or (isinstance(each, Get) and each.attribute == "grad")


def given_to(call: Call) -> list[str]:
    return [name for key in ("gradient", "grad_outputs") for name in names_of(call.kwargs.get(key))]


def sets_flag(each: Statement) -> bool:
    by_call = isinstance(each, Call) and each.name == "requires_grad_"
    return by_call or (isinstance(each, Put) and each.attribute == "requires_grad")


def subject(difference: Difference) -> str:
    """The name that a difference at the end is about."""
    return difference.label.removeprefix(f"{FINAL}: ").partition(".")[0].partition(" ")[0]
