"""What is known of a piece of teaching code: how it says, in its own words, what torch says. Plain data, to be edited.

A phrase is a piece of Python that is evaluated among the names of the module, and those that are given to it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from types import CodeType
from typing import Any

Names = dict[str, Any]


@dataclass(frozen=True)
class Phrases:
    """The phrases for each notion; an empty one says that there is nothing like it.

    Of objects that know their gradients: `leaf` of `data` and `requires_grad`, `value` of `x`, `backward` and `gradient`
    of `y` and `x`. `seeded` is backward of `y` and `seed`. Where nothing is kept, but gradients are given back,
    `derivative` of `y` and `x`, or of `x` and the `whole` of `y`; where functions are differentiated, `slope` of `f` and `data`.
    """

    leaf: str = ""
    value: str = ""
    nodes: tuple[str, ...] = ()  # the classes of its objects
    backward: str = ""
    seeded: str = ""
    seed: str = "number"  # what gradients are: number, array, list, or an object of its own
    gradient: str = ""
    whole: str = ""
    derivative: str = ""
    slope: str = ""
    operators: dict[str, str] = field(default_factory=dict)  # of x and y
    functions: dict[str, str] = field(default_factory=dict)  # of x, and y or dim and keepdim
    lifts: bool = False  # whether numbers are made into its objects before it calculates with them
    exponents: str = "number"  # object: also its own
    fresh: str = ""  # to be said before a new computation
    no_grad: str = ""
    detach: str = ""
    clearable: bool = False  # whether a gradient can be assigned
    retains: bool = False  # whether backward takes `retain`
    numbers: bool = True  # whether one number has no dimensions: where it has some, shapes are not compared
    capabilities: tuple[str, ...] = ()
    lacking: dict[str, str] = field(default_factory=dict)  # capabilities that are not claimed: why

    def sentence(self) -> str:
        """What it was read as, in a line."""
        if self.slope:
            return f"a function f differentiated by {one_line(self.slope)}"
        values, gradients = (
            f"values in {self.value}",
            f"gradients in {self.gradient or self.derivative.replace('whole', self.whole)}",
        )
        return ", ".join(each for each in (self.leaf, values, one_line(self.backward), gradients) if each)


def one_line(phrase: str) -> str:
    return "; ".join(map(str.strip, phrase.splitlines())).replace(":; ", ": ")


class Voice:
    """The names of a module, among which phrases are said."""

    def __init__(self, names: Names) -> None:
        self.names = names

    def say(self, phrase: str, **given: Any) -> Any:
        """The value of an expression, or of the last line of several statements."""
        *statements, last = phrase.split("\n")
        scope: Names = {"np": _numpy(), **given}
        if statements:
            scope = self.names | scope  # statements leave nothing behind in the module
            exec(_code("\n".join(statements), "exec"), scope)
            return eval(_code(last, "eval"), scope)
        return eval(_code(last, "eval"), self.names, scope)

    def put(self, place: str, value: Any, **given: Any) -> None:
        """Assign to what an expression names."""
        exec(_code(f"{place} = _value", "exec"), self.names, {"_value": value, **given})

    def works(self, phrase: str, **given: Any) -> bool:
        return tried(self.say, phrase, **given)[0]


def tried(action: Callable[..., Any], *args: Any, **keywords: Any) -> tuple[bool, Any]:
    """Whether it ran through, and what came of it."""
    try:
        return True, action(*args, **keywords)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # noqa: BLE001 (foreign code may raise anything, and what raises is not it)
        return False, error


@cache
def _code(text: str, mode: str) -> CodeType:
    code: CodeType = compile(text, f"<{text}>", mode)
    return code


@cache
def _numpy() -> Any:
    import numpy as np

    return np
