"""Torch's clothes for objects that know their gradients: every operation, and every gradient, is the code's own."""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from typing import Any, ClassVar

import numpy as np

from gradspec.adapters import Unsupported
from gradspec.adapters.general.phrases import Phrases, Voice
from gradspec.adapters.renaming import IN_PLACE, Renamed, decline_keywords, unwrap

COMPARISONS = ("eq", "ne", "lt", "le", "gt", "ge")
CONVERSIONS = {"float": float, "int": int, "bool": bool, "len": len}
PLAIN = (bool, int, float, np.ndarray, np.generic)
SYMBOLS = {"add": "+", "sub": "-", "mul": "*", "truediv": "/", "pow": "**", "matmul": "@"}


class Clothed(Renamed):
    """An object of the code, or what it has for gradients, under torch's names. A subclass knows the phrases."""

    book: ClassVar[Phrases]
    voice: ClassVar[Voice]
    nodes: ClassVar[tuple[type, ...]]
    wanted: bool = False  # whether it is a leaf of which a gradient is wanted
    made: bool = False  # whether it was computed
    born: int = 0  # after how many passes, where these make everything begin anew
    passes: int = 0
    leaves: tuple[Clothed, ...] = ()  # where gradients are given back: of which it was made
    tensors: ClassVar[type[Clothed]]
    gradients: ClassVar[type[Gradient]]

    @classmethod
    def own(cls, value: Any) -> bool:
        return isinstance(value, cls.nodes)

    @classmethod
    def wrap(cls, result: Any, *parents: Any) -> Any:
        if not (cls.own(result) or isinstance(result, PLAIN)):
            return result
        made = cls.tensors(result)
        born = min(
            (each.born for each in parents if isinstance(each, Clothed) and each.made), default=cls.tensors.passes
        )
        vars(made).update(made=True, born=born)
        if cls.book.derivative:
            found = {id(leaf): leaf for each in parents if isinstance(each, Clothed) for leaf in each.leaves}
            vars(made)["leaves"] = tuple(found.values())
        return made

    @classmethod
    def lift(cls, value: Any) -> Any:
        """A number or an array as an object of the code."""
        return value if cls.own(value) else cls.voice.say(cls.book.leaf, data=value, requires_grad=False)

    @classmethod
    def leaf(cls, data: Any, requires_grad: bool = False) -> Clothed:
        if not isinstance(data, int | float) and "tensor" not in cls.book.capabilities:
            raise Unsupported(f"{cls.library} has scalars alone")
        made = cls.tensors(cls.voice.say(cls.book.leaf, data=data, requires_grad=requires_grad))
        vars(made).update(wanted=requires_grad, leaves=(made,) if requires_grad else ())
        return made

    @property
    def raw(self) -> Any:
        """The number or the array."""
        return self.voice.say(self.book.value, x=self.value) if self.own(self.value) else self.value

    @property
    def shape(self) -> tuple[int, ...]:
        return np.shape(self.raw)

    @property
    def ndim(self) -> int:
        return len(self.shape)

    def dim(self) -> int:
        return len(self.shape)

    def numel(self) -> int:
        return int(np.size(self.raw))

    def size(self, dim: int | None = None) -> Any:
        return self.shape if dim is None else self.shape[dim]

    def item(self) -> Any:
        found = np.asarray(self.raw)
        return found.item() if found.dtype.kind in "bO" else float(found.item())

    def tolist(self) -> Any:
        return np.asarray(self.raw).tolist()

    def __getattr__(self, name: str) -> Any:
        if name in ("requires_grad", "is_leaf") and hasattr(self.value, name):
            return getattr(self.value, name)
        return super().__getattr__(name)

    # -- gradients

    @property
    def grad(self) -> Any:
        if not self.own(self.value):
            return None
        if not self.book.gradient:
            return vars(self).get("received")
        found = self.voice.say(self.book.gradient, x=self.value)
        if found is None:
            return None
        kept, clothes = vars(self).get("held", (None, None))
        if kept is not found:
            clothes = Gradient.of(self, found)
            vars(self)["held"] = found, clothes
        return clothes

    @grad.setter
    def grad(self, gradient: Any) -> None:
        if not self.book.clearable:
            raise Unsupported(f"{self.library} lets nobody assign a gradient")
        if gradient is None:
            if fresh_gradient(self) is not None:
                raise Unsupported(f"a gradient of {self.library} is never None")
            found = None
        elif gradient is self or not isinstance(gradient, Clothed) or gradient.shape != self.shape:
            if self.book.seed != "object" or not self.checks():
                raise Unsupported(f"{self.library} does not look at what is assigned to a gradient")
            found = unwrap(gradient)
        else:
            found = self.like_gradients(gradient)
        self.voice.put(self.book.gradient, found, x=self.value)
        vars(self)["held"] = found, gradient

    def checks(self) -> bool:
        """Whether there is code that is run when a gradient is assigned."""
        return isinstance(getattr(type(self.value), self.book.gradient.removeprefix("x."), None), property)

    @classmethod
    def like_gradients(cls, given: Clothed) -> Any:
        """What was given, in the form that gradients have."""
        if cls.book.seed == "object":
            return cls.lift(given.value)
        if cls.book.seed == "list":
            return np.atleast_1d(given.raw).tolist()
        return np.asarray(given.raw, dtype=float) if cls.book.seed == "array" else given.raw

    def backward(
        self, gradient: Any = None, retain_graph: bool | None = None, create_graph: bool = False, inputs: Any = None
    ) -> None:
        decline_keywords(self.library, {"create_graph": create_graph, "inputs": inputs})
        if retain_graph is False and not self.book.retains:
            raise Unsupported(f"{self.library} is not told whether to free a graph")
        if not self.own(self.value):
            raise Unsupported(f"{self.library} has no backward of what is no object of its own")
        if self.made and self.born != self.tensors.passes:
            raise Unsupported(f"{self.library} has begun anew since this was computed: {self.book.fresh}")
        retain = {"retain": bool(retain_graph)} if self.book.retains else {}
        if gradient is not None:
            if not (self.book.seeded and isinstance(gradient, Clothed)):
                raise Unsupported(f"{self.library} takes no such gradient of a result")
            self.voice.say(self.book.seeded, y=self.value, seed=self.like_gradients(gradient), **retain)
        elif self.book.derivative:
            self.hand_out()
        elif self.book.backward == self.book.seeded:  # the caller says how it begins
            if np.size(self.raw) != 1:
                raise Unsupported(f"{self.library} is told by the caller where a gradient begins")
            ones = self.like_gradients(self.tensors(1.0))
            self.voice.say(self.book.backward, y=self.value, seed=ones, **retain)
        else:
            self.voice.say(self.book.backward, y=self.value, **retain)
        if self.book.fresh and self.book.backward and not retain_graph:  # what a pass has used up is used up
            self.voice.say(self.book.fresh)
            self.tensors.passes += 1

    def hand_out(self) -> None:
        """Give the leaves what the code gives back."""
        for each in self.leaves:
            if "received" in vars(each):
                raise Unsupported(f"{self.library} keeps no gradients to which others could be added")
        for each, gradient in zip(self.leaves, self.derivatives(self.leaves), strict=True):
            vars(each)["received"] = None if gradient is None else self.wrap(gradient)

    def derivatives(self, of: Sequence[Clothed]) -> list[Any]:
        """What the code gives back for each of these."""
        whole = {"whole": self.voice.say(self.book.whole, y=self.value)} if self.book.whole else {"y": self.value}
        return [self.voice.say(self.book.derivative, x=each.value, **whole) for each in of]

    def detach(self) -> Any:
        """What the code has for it; else the numbers alone."""
        if self.book.detach and self.own(self.value):
            return self.wrap(self.voice.say(self.book.detach, x=self.value))
        return self.tensors(np.array(self.raw))

    def zero_(self) -> Any:
        array = self.raw
        if isinstance(array, np.ndarray) and array.flags.writeable:
            array[...] = 0.0
            return self
        raise Unsupported(f"{self.library} changes no number in place")


class Gradient(Clothed):
    """What stands in an object's gradient. A number has no identity: to zero it is to assign zero."""

    owner: Clothed

    @staticmethod
    def of(owner: Clothed, found: Any) -> Clothed:
        made = owner.gradients(found)
        vars(made)["owner"] = owner
        return made

    def zero_(self) -> Any:
        if isinstance(self.raw, np.ndarray) and self.raw.ndim:
            return super().zero_()
        if not self.book.clearable:
            raise Unsupported(f"{self.library} lets nobody assign a gradient")
        zero = self.like_gradients(self.tensors(np.zeros(self.shape).tolist() if self.shape else 0.0))
        self.voice.put(self.book.gradient, zero, x=self.owner.value)
        return self


def fresh_gradient(tensor: Clothed) -> Any:
    """What the gradient of a new leaf is."""
    leaf = tensor.leaf(0.0 if "tensor" not in tensor.book.capabilities else tensor.tolist(), requires_grad=True)
    return tensor.voice.say(tensor.book.gradient, x=leaf.value)


def describe(value: Any) -> dict[str, Any] | None:
    if not isinstance(value, Clothed):
        return None
    try:
        array = np.asarray(value.raw, dtype=float)
    except (TypeError, ValueError):
        raise TypeError(f"{value.book.value} holds {type(value.raw).__name__}, no numbers") from None
    return {"values": array.ravel().tolist(), "shape": list(array.shape)}


def calculate(name: str, left: Any, right: Any) -> Any:
    """`left` and `right` under an operator of the code, in the order in which they stand."""
    clothes: type[Clothed] = type(left if isinstance(left, Clothed) else right)
    book, x, y = clothes.book, unwrap(left), unwrap(right)
    symbol = SYMBOLS[name]
    if clothes.own(x) or clothes.own(y):  # what has dimensions is no number
        x, y = (clothes.lift(each) if np.ndim(each) and isinstance(each, np.ndarray) else each for each in (x, y))
    if not (clothes.own(x) or clothes.own(y)):  # gradients that are numbers or arrays
        return clothes.wrap(getattr(operator, name)(x, y), left, right)
    phrase = book.functions.get("matmul") if name == "matmul" else book.operators.get(symbol)
    if phrase is None:
        raise Unsupported(f"{clothes.library} has no {symbol}")
    if name == "pow" and book.exponents == "number":
        if clothes.own(y):
            raise Unsupported(f"exponents of {clothes.library} are numbers alone")
    elif book.lifts or phrase != f"x {symbol} y":
        y = clothes.lift(y)
    if not clothes.own(x):
        if book.lifts or phrase != f"x {symbol} y":
            x = clothes.lift(x)
        elif not hasattr(type(y), f"__r{name}__"):
            raise Unsupported(f"{clothes.library} has no {symbol} with a number on the left")
    return clothes.wrap(clothes.voice.say(phrase, x=x, y=y), left, right)


def _binary(name: str) -> tuple[Callable[..., Any], Callable[..., Any]]:
    return lambda self, other: calculate(name, self, other), lambda self, other: calculate(name, other, self)


def _special(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    """A special method that passes through where the code has it itself."""

    def method(self: Clothed, *others: Any) -> Any:
        found = getattr(type(self.value), f"__{name}__", None)
        if found is None or found is getattr(object, f"__{name}__", None):
            raise Unsupported(f"{self.library} has nothing like Tensor.__{name}__")
        if name == "getitem" and any(map(is_clothed, others)):
            raise Unsupported(f"{self.library} is no index")
        return self.wrap(function(self.value, *map(unwrap, others)), self, *others)

    return method


def is_clothed(index: Any) -> bool:
    return any(map(is_clothed, index)) if isinstance(index, tuple | list) else isinstance(index, Clothed)


def _changed(name: str) -> Callable[..., Any]:
    """A special method that changes an object in place, where the code has it."""

    def method(self: Clothed, *others: Any) -> Any:
        found = getattr(type(self.value), f"__{name}__", None)
        if found is None or any(map(is_clothed, others[:-1])):
            raise Unsupported(f"{self.library} has nothing like Tensor.__{name}__ of this")
        result = found(self.value, *map(unwrap, others))
        if name != "setitem":
            vars(self)["value"] = result
        return self

    return method


for _name in SYMBOLS:
    _forward, _reflected = _binary(_name)
    setattr(Clothed, f"__{_name}__", _forward)
    setattr(Clothed, f"__r{_name}__", _reflected)
for _name in ("neg", "abs", "getitem", *COMPARISONS):
    setattr(Clothed, f"__{_name}__", _special(_name, abs if _name == "abs" else getattr(operator, _name)))
for _name, _convert in CONVERSIONS.items():
    setattr(Clothed, f"__{_name}__", lambda self, convert=_convert: convert(self.raw))
for _name, _spelled in IN_PLACE.items():
    setattr(Clothed, f"__{_name}__", _changed(_name))
    if _spelled:
        setattr(Clothed, _spelled, _changed(_name))
