"""What can be seen of a module and of an object without changing them."""

from __future__ import annotations

import inspect
import sys
import types
from collections.abc import Iterator
from typing import Any

import numpy as np

from gradspec.adapters.general.phrases import Names, tried

FOREIGN = {*sys.stdlib_module_names, "numpy", "gradspec", "builtins"} - {"__main__"}
NUMBERS = (bool, int, float, np.ndarray, np.generic)


def names_of(module: types.ModuleType) -> Names:
    """The names of a module; of a package also those of its own modules."""
    names: Names = vars(module)
    inner = [
        each
        for name, each in sys.modules.items()
        if name.startswith(f"{module.__name__}.") and isinstance(each, types.ModuleType)
    ]
    if not inner:
        return names
    gathered: Names = {}
    for each in inner:
        gathered |= {name: value for name, value in vars(each).items() if not name.startswith("__")}
    return gathered | names


def is_own(thing: Any) -> bool:
    """Whether a class, a function or an object comes from the code itself, and not from a library."""
    if isinstance(thing, types.ModuleType | types.BuiltinFunctionType):
        return False
    home = getattr(thing, "__module__", None) or type(thing).__module__
    return str(home).partition(".")[0] not in FOREIGN and type(thing).__module__ != "numpy"


def functions(names: Names, words: list[str]) -> Iterator[str]:
    """The words that name something of the code's own that can be called."""
    return (each for each in words if each in names and callable(names[each]) and is_own(names[each]))


def parameters(function: Any) -> list[inspect.Parameter]:
    """The parameters of a function that can be given by position or name; none where that cannot be told."""
    ran, found = tried(lambda: inspect.signature(function))
    return (
        [each for each in found.parameters.values() if each.kind not in (each.VAR_POSITIONAL, each.VAR_KEYWORD)]
        if ran
        else []
    )


def is_required(parameter: inspect.Parameter) -> bool:
    return parameter.default is parameter.empty


def attributes(thing: Any) -> list[str]:
    """What an object holds: in its dictionary, its slots, its properties."""
    if isinstance(thing, type):
        return []
    slots = [name for each in type(thing).__mro__ for name in _slots(each)]
    held = [
        name
        for each in type(thing).__mro__
        for name, value in vars(each).items()
        if isinstance(value, property) or not (callable(value) or hasattr(value, "__get__"))
    ]
    return [
        name for name in dict.fromkeys([*getattr(thing, "__dict__", ()), *slots, *held]) if not name.startswith("__")
    ]


def _slots(cls: type) -> list[str]:
    found = vars(cls).get("__slots__", ())
    return [found] if isinstance(found, str) else list(found)


def numbers(value: Any) -> tuple[float, ...] | None:
    """The numbers in a number, an array or lists of these; None where there is anything else."""
    if not isinstance(value, (*NUMBERS, list)):
        return None
    ran, found = tried(lambda: np.asarray(value, dtype=float).ravel().tolist())
    return tuple(found) if ran else None
