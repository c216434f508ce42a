"""What adapters share whose libraries have other names than torch: operators pass through, what is missing declines."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn

from gradspec.adapters import Unsupported

OPERATORS = (
    "add",
    "radd",
    "sub",
    "rsub",
    "mul",
    "rmul",
    "truediv",
    "rtruediv",
    "pow",
    "rpow",
    "matmul",
    "rmatmul",
    "mod",
    "rmod",
    "floordiv",
    "rfloordiv",
    "neg",
)
READING = ("getitem", "len", "float", "int", "bool", "eq", "ne", "lt", "le", "gt", "ge")
IN_PLACE = {"iadd": "add_", "isub": "sub_", "imul": "mul_", "itruediv": "div_", "ipow": "pow_", "setitem": ""}
KEYWORDS = {"dim": "axis", "keepdim": "keepdims"}  # torch's names for NumPy's


class Namespace:
    """A library's stand-in for the module torch. It has `names`; whoever asks for another hears that it is missing."""

    def __init__(self, library: str, /, **names: Any) -> None:
        self._library = library
        vars(self).update(names)

    def __getattr__(self, name: str) -> NoReturn:
        raise Unsupported(f"{self._library} has nothing like torch.{name}")


class Renamed:
    """An object of a library, `value`, under torch's names; a subclass adds what is spelled differently there."""

    library = ""
    value: Any

    def __init__(self, value: Any) -> None:
        vars(self)["value"] = value

    @classmethod
    def wrap(cls, result: Any) -> Any:
        """What the library gave back, as a scenario is to see it: its own objects wrapped, all else as it is."""
        raise NotImplementedError

    def __getattr__(self, name: str) -> Any:
        raise Unsupported(f"{self.library} has nothing like Tensor.{name}")

    def __setattr__(self, name: str, value: Any) -> None:
        if not getattr(getattr(type(self), name, None), "fset", None):
            raise Unsupported(f"{self.library} does not let Tensor.{name} be assigned")
        super().__setattr__(name, value)

    def __delattr__(self, name: str) -> NoReturn:
        raise Unsupported(f"{self.library} does not let Tensor.{name} be deleted")


def unwrap(value: Any) -> Any:
    """The library's own object behind `value`, inside tuples and lists too."""
    if isinstance(value, tuple | list):
        return type(value)(map(unwrap, value))
    return value.value if isinstance(value, Renamed) else value


def renamed(function: Callable[..., Any], wrap: Callable[[Any], Any]) -> Callable[..., Any]:
    """A function of a library that follows NumPy, for torch's arguments and keywords."""

    def call(*args: Any, **keywords: Any) -> Any:
        return wrap(function(*map(unwrap, args), **{KEYWORDS.get(key, key): each for key, each in keywords.items()}))

    return call


def decline_keywords(library: str, keywords: dict[str, Any]) -> None:
    """Decline unless `keywords`, which the library has nothing like, all ask for nothing: None or False."""
    for name, value in keywords.items():
        if value is not None and value is not False:
            raise Unsupported(f"{library} has nothing like {name}={value!r}")


def _passing_through(name: str, in_place: bool) -> Callable[..., Any]:
    def operator(self: Renamed, *operands: Any) -> Any:
        method = getattr(type(self.value), name, None)
        if method is None:
            raise Unsupported(f"{self.library} has nothing like Tensor.{name}")
        result = method(self.value, *map(unwrap, operands))
        return self if in_place else self.wrap(result)

    return operator


for _name in (*OPERATORS, *READING, *IN_PLACE):
    _operator = _passing_through(f"__{_name}__", _name in IN_PLACE)
    setattr(Renamed, f"__{_name}__", _operator)
    if IN_PLACE.get(_name):
        setattr(Renamed, IN_PLACE[_name], _operator)
