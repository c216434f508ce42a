"""A program is data: statements that name their operands, with one JSON form, valid whatever they do.

An error is an observation like any other, and what a failed statement would have made is missing for those that
follow. The interpreter runs on the same JSON; `gradspec.programs.script` prints it as plain PyTorch.
"""

from __future__ import annotations

from typing import Literal

import msgspec

Mode = Literal["no_grad", "enable_grad", "inference_mode"]
Gives = Literal["nothing", "same", "scale", "ones", "sum"]  # what a hook gives back
FORMAT = 1  # of programs in files


class Name(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="is", tag="name"):
    """A tensor that a statement before has made."""

    name: str


class Slice(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="is", tag="slice"):
    start: int | None = None
    stop: int | None = None
    step: int | None = None


class Dots(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="is", tag="ellipsis"):
    """`...` in an index."""


class Constant(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="is", tag="constant"):
    """Something of torch by its name, `float32`, or a number that JSON cannot spell: `inf`, `-inf`, `nan`."""

    name: str


class Tuple(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="is", tag="tuple"):
    items: tuple[Argument, ...]


class List(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="is", tag="list"):
    items: tuple[Argument, ...]


class Lambda(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="is", tag="hook"):
    """A hook: logs `name`, and gives the gradient back as it is, `scale`d, as `ones`, or nothing."""

    name: str
    gives: Gives


Argument = bool | int | float | str | Name | Slice | Dots | Constant | Tuple | List | Lambda | None


class Leaf(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="do", tag="leaf"):
    """`to = torch.tensor(values).reshape(shape)`, made at once; `values` in row-major order."""

    to: str
    values: tuple[bool | int | float | tuple[float, float], ...]
    shape: tuple[int, ...]
    dtype: str = "float64"
    requires_grad: bool = False


class Call(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, tag_field="do", tag="call"):
    """A call of `torch.<name>`, of the method `name` of the first argument, of an operator or a custom Function."""

    name: str
    args: tuple[Argument, ...] = ()
    kwargs: dict[str, Argument] = {}
    form: Literal["function", "method", "operator", "custom"] = "function"
    to: tuple[str, ...] = ()


class Get(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="do", tag="get"):
    """`to = of.attribute`."""

    to: str
    of: str
    attribute: str


class Put(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="do", tag="put"):
    """`of.attribute = value`."""

    of: str
    attribute: str
    value: Argument


class Index(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="do", tag="index"):
    """`to = of[index]`."""

    to: str
    of: str
    index: Argument


class Assign(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="do", tag="assign"):
    """`of[index] = value`."""

    of: str
    index: Argument
    value: Argument


class Delete(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="do", tag="delete"):
    """`del name`."""

    name: str


class Block(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="do", tag="block"):
    """`with torch.<mode>():` and its statements."""

    mode: Mode
    body: tuple[Statement, ...]


Statement = Leaf | Call | Get | Put | Index | Assign | Delete | Block


class Program(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Statements, and the format that they are written in."""

    statements: tuple[Statement, ...]
    format: int = FORMAT


_programs: msgspec.json.Decoder[Program] = msgspec.json.Decoder(Program)


def encode(program: Program) -> bytes:
    """The JSON form of `program`, in one line."""
    return msgspec.json.encode(program)


def decode(text: bytes | str) -> Program:
    """The program in `text`. Raises ValueError, with the reason, where it is none."""
    try:
        program = _programs.decode(text)
    except msgspec.DecodeError as error:
        raise ValueError(str(error)) from None
    if program.format != FORMAT:
        raise ValueError(f"it is of format {program.format}, and this gradspec reads format {FORMAT}")
    return program


def count(statements: tuple[Statement, ...]) -> int:
    """How many statements there are, those in blocks included."""
    return sum(1 + (count(each.body) if isinstance(each, Block) else 0) for each in statements)
