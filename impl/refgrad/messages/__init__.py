"""PyTorch's words for what goes wrong: the tables beside this file, one for each part of the package.

A key is the name of a table and of a line in it, `"views.leaf"`; a table's headings are the classes of its errors.
`{}` takes a value as it is, `{:shape}` one with a shape, `{:dtype}` one with a dtype as `Float`, `{:type}` its class.
"""

from __future__ import annotations

import builtins
import functools
import itertools
import os
import warnings
from typing import Any

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


@functools.cache
def speller() -> Any:
    """What puts values in, each as its format says."""
    import string  # wanted by nobody until something goes wrong

    class Speller(string.Formatter):
        def format_field(self, value: Any, format_spec: str) -> str:
            spell = SPELL.get(format_spec)
            return spell(value) if spell else super().format_field(value, format_spec)

    return Speller()


@functools.cache
def table(name: str) -> dict[str, tuple[type, str]]:
    """The lines of a table: the class and the words of each error."""
    import tomllib  # wanted by nobody until something goes wrong

    with open(os.path.join(os.path.dirname(__file__), f"{name}.toml"), "rb") as file:
        kinds = tomllib.load(file)
    return {key: (getattr(builtins, kind), words) for kind, lines in kinds.items() for key, words in lines.items()}


@functools.cache
def pieces(key: str) -> list[tuple]:
    """The words under `key` in pieces: what stands before a value, where that is found, and what spells it."""
    name, _, line = key.partition(".")
    found, nth = [], itertools.count()
    for before, field, form, conversion in speller().parse(table(name)[line][1]):
        where = next(nth) if field == "" else int(field) if field and field.isdigit() else field
        found.append((before, where, repr if conversion else SPELL.get(form) or f"{{:{form}}}".format))
    return found


def text(key: str, /, *values: Any, **named: Any) -> str:
    """The words under `key`, with the values put in."""
    words = ""
    for before, where, spell in pieces(key):
        words += before
        if where is not None:
            counted = where.__class__ is int
            words += spell(values[where] if counted else speller().get_field(where, values, named)[0])
    return words


def error(key: str, /, *values: Any, **named: Any) -> Exception:
    """The error under `key`, to be raised."""
    name, _, line = key.partition(".")
    return table(name)[line][0](text(key, *values, **named))


def require(holds: Any, key: str, /, *values: Any, **named: Any) -> None:
    """Raise the error under `key` unless `holds`."""
    if not holds:
        raise error(key, *values, **named)


def warn(key: str, /, *values: Any, stacklevel: int = 2, **named: Any) -> None:
    """Give the warning under `key`, with `stacklevel` as `warnings.warn` counts it where this is called."""
    name, _, line = key.partition(".")
    warnings.warn(text(key, *values, **named), table(name)[line][0], stacklevel=stacklevel + 1)
