"""Prints programs as scripts of plain PyTorch that can be pasted."""

from __future__ import annotations

from collections.abc import Iterator

from gradspec.programs import custom
from gradspec.programs.interpreter import UNPACKED, nested, symbol_is_in_place
from gradspec.programs.program import (
    Argument,
    Assign,
    Block,
    Call,
    Constant,
    Delete,
    Dots,
    Get,
    Index,
    Lambda,
    Leaf,
    List,
    Name,
    Program,
    Put,
    Slice,
    Statement,
    Tuple,
)

UNARY = {"neg": "-{}", "~": "~{}", "abs": "abs({})"}
GIVES = {"nothing": "", "same": "g", "scale": "g * 3", "ones": "torch.ones_like(g)", "sum": "g.sum()"}
INDENT = "    "


def script(program: Program, raising: frozenset[str] = frozenset(), notes: dict[str, str] | None = None) -> str:
    """`program` as a script: with `try` around the statements that are `raising`, and `notes` as comments after theirs.

    Statements are known by their labels: `"2"`, and `"3.1"` for the first within the block that is the third.
    """
    used = [each.name for each in walk(program.statements) if isinstance(each, Call) and each.form == "custom"]
    hooks = any(hooks_in(each) for each in walk(program.statements))
    lines = ["import torch", ""]
    for name in dict.fromkeys(used):
        lines += ["", *custom.source(name).rstrip().split("\n"), ""]
    lines += [""] * bool(used) + ["log = []"] * hooks
    lines += body(program.statements, "", raising, notes or {})
    return "\n".join(lines) + "\n"


def walk(statements: tuple[Statement, ...]) -> Iterator[Statement]:
    """Every statement, those in blocks after the block."""
    for each in statements:
        yield each
        if isinstance(each, Block):
            yield from walk(each.body)


def labelled(statements: tuple[Statement, ...], prefix: str = "") -> Iterator[tuple[str, Statement]]:
    """Every statement with its label."""
    for number, each in enumerate(statements, 1):
        yield f"{prefix}{number}", each
        if isinstance(each, Block):
            yield from labelled(each.body, f"{prefix}{number}.")


def hooks_in(statement: Statement) -> list[Lambda]:
    given = [*statement.args, *statement.kwargs.values()] if isinstance(statement, Call) else []
    return [each for each in given if isinstance(each, Lambda)]


def body(statements: tuple[Statement, ...], prefix: str, raising: frozenset[str], notes: dict[str, str]) -> list[str]:
    lines = []
    for number, statement in enumerate(statements, 1):
        label = f"{prefix}{number}"
        text = [each for hook in hooks_in(statement) for each in definition(hook)] + [line(statement)]
        if isinstance(statement, Block):
            text += [INDENT + each for each in body(statement.body, f"{label}.", raising, notes) or ["pass"]]
        elif label in raising:
            text = ["try:", *(INDENT + each for each in text)]
            text += ["except Exception as error:", f"{INDENT}print(type(error).__name__, error)"]
        if label in notes:
            text += [f"# {each}" for each in notes[label].split("\n")]
        lines += text
    return lines


def definition(hook: Lambda) -> list[str]:
    """A hook as a function of its own, so that it can log its name."""
    lines = [f"def {hook.name}(g):", f"{INDENT}log.append({hook.name!r})"]
    return lines + ([f"{INDENT}return {GIVES[hook.gives]}"] if GIVES[hook.gives] else [])


def line(statement: Statement) -> str:
    """`statement` in one line; of a block the head."""
    match statement:
        case Leaf():
            return f"{statement.to} = {leaf(statement)}"
        case Call(to=to):
            augmented = statement.form == "operator" and symbol_is_in_place(statement.name)
            names = ", ".join(to) if len(to) != 1 or statement.name not in UNPACKED else f"({to[0]},)"
            return (f"{names} = " if to and not augmented else "") + call(statement)
        case Get(to=to, of=of, attribute=attribute):
            return f"{to} = {of}.{attribute}"
        case Put(of=of, attribute=attribute, value=value):
            return f"{of}.{attribute} = {spell(value)}"
        case Index(to=to, of=of, index=index):
            return f"{to} = {of}[{subscript(index)}]"
        case Assign(of=of, index=index, value=value):
            return f"{of}[{subscript(index)}] = {spell(value)}"
        case Delete(name=name):
            return f"del {name}"
        case Block(mode=mode):
            return f"with torch.{mode}():"


def leaf(statement: Leaf) -> str:
    flags = f", dtype=torch.{statement.dtype}" + ", requires_grad=True" * statement.requires_grad
    if 0 in statement.shape:
        return f"torch.zeros({list(statement.shape)}{flags})"
    values = [complex(*each) if isinstance(each, tuple) else each for each in statement.values]
    return f"torch.tensor({nested(values, list(statement.shape))}{flags})"


def call(statement: Call) -> str:
    args = [spell(each) for each in statement.args]
    given = ", ".join([*args, *(f"{key}={spell(each)}" for key, each in statement.kwargs.items())])
    if statement.form == "operator":
        return UNARY[statement.name].format(*args) if statement.name in UNARY else f" {statement.name} ".join(args)
    if statement.form == "method":
        return f"{args[0]}.{statement.name}({given.removeprefix(args[0]).removeprefix(', ')})"
    if statement.form == "custom":
        return f"{statement.name}.apply({given})"
    return f"torch.{statement.name}({given})"


def spell(argument: Argument) -> str:
    match argument:
        case Name(name=name) | Lambda(name=name):
            return name
        case Constant(name=name):
            return f"float({name!r})" if name.lstrip("-") in ("inf", "nan") else f"torch.{name}"
        case Slice(start=start, stop=stop, step=step):
            return f"slice({start}, {stop}, {step})"
        case Dots():
            return "..."
        case Tuple(items=items):
            return f"({', '.join(map(spell, items))}{',' * (len(items) == 1)})"
        case List(items=items):
            return f"[{', '.join(map(spell, items))}]"
        case _:
            return repr(argument)


def subscript(index: Argument) -> str:
    """An index as it stands between brackets."""
    if isinstance(index, Tuple) and index.items:
        return ", ".join(map(subscript, index.items)) + "," * (len(index.items) == 1)
    if isinstance(index, Slice):
        text = ":".join("" if each is None else str(each) for each in (index.start, index.stop))
        return f"{text}:{index.step}" if index.step is not None else text
    return spell(index)
