"""How the objects of a piece of code are made, read and calculated with: found by making, reading and calculating."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from gradspec.adapters.general import words
from gradspec.adapters.general.looking import attributes, functions, is_own, is_required, numbers, parameters
from gradspec.adapters.general.phrases import Names, Voice, tried

FORMS = ("data", "np.array(data, dtype=float)")
READ = (*words.DATA, "eval", "evaluate", "forward", "compute", "get", "get_value", "get_data", "result")
PROBE, FACTOR = 2.5, 3.0  # numbers that nothing else is likely to be


@dataclass(frozen=True)
class Kind:
    """A kind of object that can be calculated with: how one is made and read."""

    leaf: str
    value: str
    nodes: tuple[str, ...]
    operators: dict[str, str]
    reached: int  # how far trying it came: 3 calculated with lists of numbers, 2 calculated, 1 made

    def make(self, voice: Voice, data: Any, requires_grad: bool = True) -> Any:
        return voice.say(self.leaf, data=data, requires_grad=requires_grad)

    def read(self, voice: Voice, thing: Any) -> tuple[float, ...] | None:
        """The numbers of an object, or of what is a number already."""
        found = numbers(thing)
        if found is None:
            ran, value = tried(lambda: voice.say(self.value, x=thing))
            found = numbers(value) if ran else None
        return found

    def triple(self, voice: Voice, leaf: Any) -> Any:
        """Three times a leaf."""
        return voice.say(self.operators["*"], x=leaf, y=self.make(voice, FACTOR, requires_grad=False))

    def types(self, voice: Voice) -> tuple[type, ...]:
        return tuple(voice.say(each) for each in self.nodes)


def classes(names: Names) -> list[str]:
    """Classes of the code that may be those of its objects, likely ones first, each once."""
    found: dict[type, str] = {}
    for name, each in names.items():
        if isinstance(each, type) and is_own(each) and not issubclass(each, BaseException):
            found.setdefault(each, name)
    likely = [name for name in words.CLASSES if name in found.values()]
    return list(dict.fromkeys([*likely, *found.values()]))


def kinds(voice: Voice, only: str = "") -> Iterator[Kind]:
    """A kind for each class that has one; `only`: for that class alone."""
    for name in [only] if only else classes(voice.names):
        found = [kind for each in _leaves(voice, name) if (kind := _kind(voice, each, name))]
        if found:
            yield max(found, key=lambda kind: kind.reached)
    if not only:  # dictionaries, tuples and the like, made by functions
        for each in _made_by_functions(voice.names):
            kind = _kind(voice, each, "")
            if kind and kind.reached >= 2:
                yield kind


def _leaves(voice: Voice, name: str) -> Iterator[str]:
    """Phrases that may make a leaf of a class."""
    cls = voice.names[name]
    for form in FORMS:
        arguments = _arguments(voice, parameters(cls), form)
        if arguments is not None:
            yield f"{name}({arguments})"
        for maker in words.MAKERS:
            if callable(getattr(cls, maker, None)) and not inspect.isfunction(vars(cls).get(maker)):
                given = _arguments(voice, parameters(getattr(cls, maker)), form)
                if given is not None:
                    yield f"{name}.{maker}({given})"
    yield from _made_by_functions(voice.names)


def _made_by_functions(names: Names) -> Iterator[str]:
    for form in FORMS:
        for maker in functions(names, words.MAKERS):
            if not isinstance(names[maker], type):
                given = _arguments(Voice(names), parameters(names[maker]), form)
                if given is not None:
                    yield f"{maker}({given})"


def _arguments(voice: Voice, offered: list[inspect.Parameter], form: str) -> str | None:
    """What a constructor is given for a leaf; None where it asks for what nobody knows."""
    if not offered:
        return form
    empty = {word: value for value, group in words.EMPTY.items() for word in group.split()}
    open_ = [each.name for each in offered if each.name not in empty and each.name not in words.REQUIRES]
    data = next((each for each in words.DATA if each in open_), open_[0] if open_ else "")
    if not data:
        return None
    given: list[str] = []
    for each in offered:
        if each.name == data:
            value = form
        elif each.name in words.REQUIRES:
            value = "requires_grad"
        elif not is_required(each):
            continue
        elif each.name in empty:
            value = empty[each.name]
        elif each.name in words.GRADIENT:
            value = "0.0"
        else:
            held = [
                name
                for name in voice.names
                if name.strip("_") in (each.name, f"the_{each.name}", f"default_{each.name}")
            ]
            if not held:
                return None
            value = held[0]
        by_position = each.kind is each.POSITIONAL_ONLY or (each.name == data and not given)
        given.append(value if by_position else f"{each.name}={value}")
    return ", ".join(given)


def _kind(voice: Voice, leaf: str, name: str) -> Kind | None:
    """What can be found out of leaves that are made so."""
    made, x = tried(lambda: voice.say(leaf, data=PROBE, requires_grad=True))
    if not made or x is None or numbers(x) is not None or callable(x) or not (name or is_made(x)):
        return None
    base = voice.names[name] if name else type(x)
    if name and not isinstance(x, base):
        return None
    operators = dict(_operators(voice, leaf, base))
    if "*" not in operators and "+" not in operators:
        return None
    multiply = operators.get("*") or operators["+"]
    ran, y = tried(lambda: voice.say(multiply, x=x, y=voice.say(leaf, data=FACTOR, requires_grad=False)))
    value = _value(voice, x, y if ran else x)
    if not value or "*" not in operators:
        return None
    nodes = _nodes(voice.names, base, type(y) if ran else base)
    calculated = ran and numbers(y) is None
    return Kind(
        leaf,
        value,
        nodes,
        operators,
        1 + calculated + (calculated and _holds_lists(voice, leaf, value, base, multiply)),
    )


def _holds_lists(voice: Voice, leaf: str, value: str, base: type, multiply: str) -> bool:
    """Whether it is more than numbers: a list of them can be held, and summed up."""

    def held(phrase: str) -> int:
        x = voice.say(leaf, data=[[PROBE, FACTOR], [FACTOR, PROBE]], requires_grad=True)
        if np.shape(voice.say(value, x=x)) != (2, 2):
            return 0
        return len(numbers(voice.say(value, x=voice.say(phrase, x=x, y=x))) or ())

    summing = spoken(voice.names, base, words.called("sum", words.REDUCTIONS))
    return tried(lambda: held(multiply)) == (True, 4) and any(tried(held, each)[0] for each in summing)


def is_made(thing: Any) -> bool:
    """Whether it may be an object, made of the containers of Python."""
    return is_own(thing) or isinstance(thing, dict)


def _operators(voice: Voice, leaf: str, base: type) -> Iterator[tuple[str, str]]:
    for symbol, (special, spelled) in words.OPERATORS.items():
        if hasattr(base, f"__{special}__") and base is not dict:
            yield symbol, f"x {symbol} y"
            continue
        for phrase in spoken(voice.names, base, [special.removeprefix("true"), *spelled.split()], "x, y"):
            ran, found = tried(
                voice.say,
                phrase,
                x=voice.say(leaf, data=PROBE, requires_grad=True),
                y=voice.say(leaf, data=FACTOR, requires_grad=True),
            )
            if ran and numbers(found) is None and found is not None:
                yield symbol, phrase
                break


def spoken(names: Names, base: type, called: list[str], given: str = "x") -> Iterator[str]:
    """Phrases for an operation by its words: a method, a function, a static method, a class of functions."""
    first, _, others = given.partition(", ")
    for word in called:
        method = getattr(base, word, None)
        if method is not None and callable(method) and is_own(method):
            static = isinstance(inspect.getattr_static(base, word), staticmethod | classmethod)
            yield (
                f"{base.__name__}.{word}({given})" if static and base.__name__ in names else f"{first}.{word}({others})"
            )
        for name in (word, word.capitalize(), word.upper(), f"op_{word}", f"{word}_op", f"Op{word.capitalize()}"):
            found = names.get(name)
            if found is None or not callable(found) or not is_own(found) or (isinstance(found, type) and found is base):
                continue
            if callable(getattr(found, "apply", None)):
                yield f"{name}.apply({given})"
            if isinstance(found, type):
                yield f"{name}()({given})"
                yield f"{name}().forward({given})"
            yield f"{name}({given})"
        name = _insensitive(names, word)
        if name:
            yield from (f"{name}.apply({given})", f"{name}()({given})")


def _insensitive(names: Names, word: str) -> str:
    """A class of functions such as ReLU or MatMul."""
    return next(
        (name for name, each in names.items() if isinstance(each, type) and name.lower() == word and is_own(each)), ""
    )


def _value(voice: Voice, *things: Any) -> str:
    """What is a number in all of these, the first of which holds PROBE."""
    first = things[0]
    if isinstance(first, dict):
        places = [f"x[{key!r}]" for key in sorted(first, key=lambda key: _rank(key, words.DATA))]
    else:
        held = sorted(attributes(first), key=lambda name: _rank(name, words.DATA))
        called = [f"x.{name}()" for name in READ if inspect.ismethod(getattr(first, name, None))]
        places = [*(f"x.{name}" for name in held if name not in words.REQUIRES), *called]
    fitting = []
    for place in places:
        read = [tried(voice.say, place, x=each) for each in things]
        found = [numbers(value) if ran else None for ran, value in read]
        if all(each is not None and len(each) == 1 for each in found):
            fitting.append((found[0] != (PROBE,), place))
    return min(fitting, key=lambda each: each[0])[1] if fitting else ""


def _rank(name: Any, table: list[str]) -> int:
    return table.index(name) if name in table else len(table)


def _nodes(names: Names, base: type, result: type) -> tuple[str, ...]:
    """Expressions for the classes that objects belong to, by which they are known."""
    if issubclass(result, base):
        common = [base]
    else:
        shared = [each for each in base.__mro__ if issubclass(result, each) and is_own(each)]
        common = shared[:1] or [base, result]
    return tuple(_named(names, each) for each in common)


def _named(names: Names, cls: type) -> str:
    for name, each in names.items():
        if each is cls:
            return name
    return cls.__name__
