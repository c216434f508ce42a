"""PyTorch's words for what goes wrong: the tables beside this file, one for each part of the package.

A key is the name of a table and of a line in it, `"views.leaf"`; a table's headings are the classes of its errors.
`{}` takes a value as it is, `{:shape}` one with a shape, `{:dtype}` one with a dtype as `Float`, `{:type}` its class.
"""

from __future__ import annotations

import builtins
import functools
import os
import sys
import warnings
from typing import Any

# where code is that no program wrote: here, and in what is compiled at run time
OURS = (os.path.dirname(os.path.dirname(__file__)) + os.sep, "<refgrad ")

# what the element types are called in C++
SCALAR_TYPES = {
    "bool": "bool", "uint8": "unsigned char", "int8": "signed char", "int16": "short int", "int32": "int",
    "int64": "long int", "float16": "c10::Half", "float32": "float", "float64": "double", "complex64": "c10::complex<float>",
    "complex128": "c10::complex<double>",
}  # fmt: skip
SHORT = {"bool": "Bool", "uint8": "Byte", "int8": "Char", "int16": "Short", "int32": "Int", "int64": "Long",
         "float16": "Half", "float32": "Float", "float64": "Double", "complex64": "ComplexFloat",
         "complex128": "ComplexDouble"}  # fmt: skip


def shape_text(value: Any) -> str:
    """A shape, or the shape of an array or tensor, as `[2, 3]`."""
    return "[" + ", ".join(map(str, getattr(value, "shape", value))) + "]"


def element_type(value: Any) -> str:
    """The name of a dtype, or of the dtype of an array or tensor: `float32`."""
    return str(getattr(value, "dtype", value)).removeprefix("torch.")


SPELL = {
    "shape": shape_text,
    "type": lambda value: type(value).__name__,
    "dtype": lambda value: SHORT.get(element_type(value), element_type(value)),
    "ctype": lambda value: SCALAR_TYPES.get(element_type(value), element_type(value)),
}


class Spelled:
    """A value as the formats in the tables ask for it, and for its parts."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value

    def __format__(self, form: str) -> str:
        return SPELL[form](self.value) if form in SPELL else format(self.value, form)

    def __repr__(self) -> str:
        return repr(self.value)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.value, name)

    def __getitem__(self, place: int) -> Any:
        return self.value[place]


@functools.cache
def table(name: str) -> dict[str, tuple[type, str]]:
    """The lines of a table: the class and the words of each error."""
    import tomllib  # wanted by nobody until something goes wrong

    with open(os.path.join(os.path.dirname(__file__), f"{name}.toml"), "rb") as file:
        kinds = tomllib.load(file)
    return {key: (getattr(builtins, kind), words) for kind, lines in kinds.items() for key, words in lines.items()}


def put_together(key: str, values: tuple, named: dict) -> tuple[type, str]:
    """The class of the error under `key`, and its words, with the values put in."""
    name, _, line = key.partition(".")
    kind, words = table(name)[line]
    if ":" in words:  # maybe in front of a format of ours
        values, named = tuple(map(Spelled, values)), {name: Spelled(value) for name, value in named.items()}
    return kind, words.format(*values, **named)


def text(key: str, /, *values: Any, **named: Any) -> str:
    """The words under `key`, with the values put in."""
    return put_together(key, values, named)[1]


def error(key: str, /, *values: Any, **named: Any) -> Exception:
    """The error under `key`, to be raised."""
    kind, words = put_together(key, values, named)
    return kind(words)


def require(holds: Any, key: str, /, *values: Any, **named: Any) -> None:
    """Raise the error under `key` unless `holds`."""
    if not holds:
        raise error(key, *values, **named)


def require_same(one: Any, other: Any, key: str, /, *values: Any, **named: Any) -> None:
    """Raise the error under `key` unless both are equal."""
    require(one == other, key, *values, **named)


def warn(key: str, /, *values: Any, **named: Any) -> None:
    """Give the warning under `key`, for the line of the program that led here."""
    kind, words = put_together(key, values, named)
    frame, level = sys._getframe(), 1
    while frame.f_back and frame.f_code.co_filename.startswith(OURS):
        frame, level = frame.f_back, level + 1
    warnings.warn(words, kind, level)
