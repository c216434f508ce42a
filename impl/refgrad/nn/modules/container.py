"""Modules in a row, in a list, in a dictionary; parameters in a list."""

import operator
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import groupby
from typing import Any

from refgrad import messages
from refgrad.nn.modules.module import Module, indented
from refgrad.nn.parameter import Parameter
from refgrad.tensor import Tensor


class Indexed(Module):
    """A module whose members are numbered: they stand under "0", "1", ... in the table `_table`."""

    _table = "_modules"

    def __init__(self, members: Iterable | None = None) -> None:
        super().__init__()
        self.extend(members or ())

    @property
    def _members(self) -> dict:
        return getattr(self, self._table)

    def _key(self, index: Any) -> str:
        position = operator.index(index)
        messages.require(-len(self) <= position < len(self), "nn.member", position)
        return [*self._members][position]

    def _enter(self, key: str, member: Any) -> None:
        self.add_module(key, member)

    def __len__(self) -> int:
        return len(self._members)

    def __iter__(self) -> Iterator:
        return iter([*self._members.values()])

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return self._sliced([*self._members.items()][index])
        return self._members[self._key(index)]

    def _sliced(self, items: list) -> Any:
        return type(self)([member for _, member in items])

    def __setitem__(self, index: Any, member: Any) -> None:
        self._enter(self._key(index), member)

    def __delitem__(self, index: Any) -> None:
        members = [*self]
        del members[index]
        self._members.clear()
        self.extend(members)

    def append(self, member: Any) -> Any:
        self._enter(str(len(self)), member)
        return self

    def extend(self, members: Iterable) -> Any:
        for member in members:
            self.append(member)
        return self

    def insert(self, index: int, member: Any) -> Any:
        members = [*self]
        members.insert(index, member)
        self._members.clear()
        return self.extend(members)


class Sequential(Indexed):
    """Modules one after the other: the output of each is the input of the next."""

    def __init__(self, *modules: Any) -> None:
        named = modules[0] if len(modules) == 1 and isinstance(modules[0], OrderedDict) else None
        super().__init__(modules if named is None else ())
        for name, module in (named or {}).items():
            self.add_module(name, module)

    def forward(self, input: Any) -> Any:
        for module in self:
            input = module(input)
        return input

    def _sliced(self, items: list) -> Any:
        return type(self)(OrderedDict(items))


class ModuleList(Indexed):
    """Modules in a list."""

    def _lines(self) -> list[str]:
        """Equal neighbours are counted rather than repeated."""
        lines, start = [], 0
        for text, same in groupby(map(repr, self)):
            n = len([*same])
            numbers, times = (f"{start}-{start + n - 1}", f"{n} x ") if n > 1 else (start, "")
            lines.append(f"({numbers}): {times}{indented(text)}")
            start += n
        return lines


class ModuleDict(Module):
    """Modules by name."""

    def __init__(self, modules: Any = None) -> None:
        super().__init__()
        self.update(modules or {})

    def update(self, modules: Any) -> None:
        """Enter all of a mapping, or of pairs of name and module."""
        messages.require(isinstance(modules, Iterable), "nn.pairs", modules)
        for name, module in modules.items() if isinstance(modules, (Mapping, ModuleDict)) else modules:
            self[name] = module

    def __setitem__(self, name: str, module: Module) -> None:
        self.add_module(name, module)


def of_table(name: str) -> Callable:
    """The method `name` of the dictionary that a ModuleDict keeps its modules in."""
    return lambda self, *args: getattr(self._modules, name)(*args)


for _name in "__getitem__ __delitem__ __len__ __iter__ __contains__ keys values items pop clear".split():
    setattr(ModuleDict, _name, of_table(_name))


class ParameterList(Indexed):
    """Parameters in a list; a tensor that is entered becomes a parameter."""

    _table = "_parameters"

    def _enter(self, key: str, member: Any) -> None:
        plain = isinstance(member, Tensor) and not isinstance(member, Parameter)
        self.register_parameter(key, Parameter(member) if plain else member)

    def extra_repr(self) -> str:
        shapes = ((p.dtype, "x".join(map(str, p.shape))) for p in self)
        return "\n".join(f"  ({i}): Parameter containing: [{d} of size {s}]" for i, (d, s) in enumerate(shapes))
