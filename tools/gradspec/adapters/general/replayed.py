"""Torch's clothes for code that differentiates functions: what was computed is computed again, as a function of a leaf.

Every derivative is the code's own; `gradspec.adapters.recorded` keeps what there is to compute again.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np

from gradspec.adapters import Unsupported
from gradspec.adapters.general import words
from gradspec.adapters.general.leaves import PROBE, Kind, spoken
from gradspec.adapters.general.looking import attributes, numbers
from gradspec.adapters.general.phrases import Phrases, Voice, tried
from gradspec.adapters.general.ways import Way
from gradspec.adapters.recorded import Function, Recorded, recording, together
from gradspec.adapters.renaming import Namespace, decline_keywords

PLAIN = (int, float, np.ndarray, np.generic)
LIFTS: list[Any] = [None]  # the last: how a number becomes an object of the code, where it has to
OPERATORS = ("add", "sub", "mul", "truediv", "pow", "matmul")


class Replayed(Recorded):
    """A number or an array, and how it was made. A subclass knows the phrases."""

    arrays: ClassVar[tuple[type, ...]] = (float, np.ndarray, np.generic)
    numpy: ClassVar[Any] = np
    constant: ClassVar[Any] = staticmethod(lambda value: value)
    most_leaves = 64  # each costs a computation of everything
    book: ClassVar[Phrases]
    voice: ClassVar[Voice]
    shape: Any = property(lambda self: np.shape(self.value))
    tolist: Any = property(lambda self: np.asarray(self.value).tolist)

    def __init__(self, value: Any, *args: Any, **keywords: Any) -> None:
        super().__init__(np.float64(value) if isinstance(value, float) else value, *args, **keywords)

    @classmethod
    def gradient_of(cls, function: Function, argument: Any) -> Any:
        return cls.asked(cls.book.slope, function, argument)

    @classmethod
    def asked(cls, phrase: str, function: Function, argument: Any, **given: Any) -> Any:
        """What the code gives for a function, an argument and what else the phrase speaks of."""
        depends: list[bool] = []

        def watched(x: Any, lift: Any = None) -> Any:
            LIFTS.append(lift if cls.book.lifts else None)
            try:
                result = function(x)
            finally:
                LIFTS.pop()
            depends.append(not isinstance(result, PLAIN))
            return result

        ran, found = tried(lambda: cls.voice.say(phrase, f=watched, data=plain(argument), **given))
        if depends and not depends[0]:
            raise Unsupported(f"{cls.library} differentiates nothing that does not depend on its argument")
        if not ran:
            raise found
        return number(found)

    @classmethod
    def pull_back(cls, function: Function, argument: Any, upstream: list[Any]) -> Any:
        if not cls.book.seeded or len(upstream) != 1:
            raise Unsupported(f"{cls.library} takes no such gradient of a result")
        return cls.asked(cls.book.seeded, lambda x: function(x)[0], argument, seed=plain(upstream[0]))

    @classmethod
    def differentiate(cls, outputs: Any, inputs: Any, *args: Any, **keywords: Any) -> tuple[Any, ...]:
        if isinstance(inputs, tuple | list) and len(inputs) > cls.most_leaves:
            raise Unsupported(f"{cls.library} differentiates by one number at a time")
        return super().differentiate(outputs, inputs, *args, **keywords)

    @classmethod
    def tensor(cls, data: Any, requires_grad: bool = False, **keywords: Any) -> Recorded:
        decline_keywords(cls.library, keywords)
        array = np.array(data)
        if array.dtype.kind not in "biuf" or (array.ndim and "tensor" not in cls.book.capabilities):
            raise Unsupported(f"{cls.library} differentiates by numbers alone")
        return cls(float(array) if array.ndim == 0 else array.astype(float), tracked=requires_grad)


def plain(value: Any) -> Any:
    return (
        value.item() if isinstance(value, np.generic) or (isinstance(value, np.ndarray) and not value.ndim) else value
    )


def number(found: Any) -> Any:
    """What the code gave, as a number or an array, where it is one; else as it is, for the next pass."""
    return float(found) if isinstance(found, bool | int | float | np.generic) else found


def spoken_operator(name: str, exponents: str) -> Callable[[Any, Any], Any]:
    """An operator that declines where the code's objects do not have it."""

    def calculate(x: Any, y: Any) -> Any:
        x, y = plain(x), plain(y)
        known = isinstance(x, PLAIN) and isinstance(y, PLAIN)
        if LIFTS[-1] is not None and not known and name != "pow":
            x, y = (LIFTS[-1](each) if isinstance(each, PLAIN) else each for each in (x, y))
        has = hasattr(type(x), f"__{name}__") if not isinstance(x, PLAIN) else hasattr(type(y), f"__r{name}__")
        has = has and not (name == "pow" and exponents == "number" and not isinstance(y, PLAIN))
        if not known and not has:
            raise Unsupported(f"its objects have no operator {name} for this")
        return getattr(operator, name)(x, y)

    return calculate


def spoken_unary(name: str) -> Callable[[Any], Any]:
    """The same of an operator with one operand."""

    def calculate(x: Any) -> Any:
        x = plain(x)
        if not isinstance(x, PLAIN) and not hasattr(type(x), f"__{name}__"):
            raise Unsupported(f"its objects have no operator {name}")
        return getattr(operator, name)(x)

    return calculate


def function_of(voice: Voice, book: Phrases, phrase: str) -> Callable[..., Any]:
    """A function of the code; of plain numbers, for which it may not be made, by way of its own objects."""

    def call(x: Any, **given: Any) -> Any:
        x = plain(x)
        if not isinstance(x, PLAIN):
            return voice.say(phrase, x=x, **given)
        ran, found = tried(lambda: voice.say(phrase, x=x, **given))
        if ran and isinstance(found, PLAIN):
            return found
        seen: list[Any] = []

        def through(box: Any, lift: Any = None) -> Any:
            result = voice.say(phrase, x=box, **given)
            seen.append(held(result))
            return result

        ran, error = tried(lambda: voice.say(book.slope, f=through, data=x))
        if not seen:
            raise error if not ran else Unsupported(f"{phrase} gives nothing that could be read")
        return seen[0]

    return call


def held(thing: Any) -> Any:
    """The numbers that an object of the code holds."""
    for name in sorted(attributes(thing), key=lambda name: words.DATA.index(name) if name in words.DATA else 99):
        value = getattr(thing, name, None)
        if isinstance(value, int | float | np.ndarray | np.generic) and not isinstance(value, bool):
            return value if isinstance(value, np.ndarray) else float(value)
    return thing


def read_functions(voice: Voice, kind: Kind | None, way: Way) -> Phrases:
    """The phrases of code that differentiates functions."""
    seen: list[Any] = []

    def squared(x: Any, lift: Any = None) -> Any:
        seen.append(x)
        return x * x

    tried(voice.say, way.slope, f=squared, data=PROBE)
    base = type(seen[0]) if seen else float

    def differentiates(phrase: str, data: Any = 0.5) -> bool:
        ran: list[bool] = []

        def through(x: Any, lift: Any = None) -> Any:
            result = voice.say(phrase, x=x)
            ran.append(True)
            return result

        tried(lambda: voice.say(way.slope, f=through, data=data))
        return bool(ran)

    functions = {}
    for name in words.UNARY:
        phrases = list(spoken(voice.names, base, words.called(name, words.UNARY)))
        chosen = next(filter(differentiates, phrases), phrases[0] if phrases else "")
        if chosen:
            functions[name] = chosen
    for name in ("sum", "mean"):
        matrix = np.array([1.0, 2.0])
        phrases = list(spoken(voice.names, base, words.called(name, words.REDUCTIONS)))
        chosen = next((each for each in phrases if differentiates(each, matrix)), "")
        if chosen:
            functions[name] = chosen

    def inner(x: Any, lift: Any = None) -> Any:
        return voice.say(way.slope, f=lambda z, lift=None: z * z * z, data=x)

    composes = way.slope.endswith("(f)(data)")  # a function again: whoever has that means it to be differentiated, too
    twice = tried(voice.say, way.slope, f=inner, data=PROBE)
    reasons = {
        "tensor": "" if "sum" in functions else "no function sums up an array",
        "functions": "" if set(functions) - {"sum", "mean"} else "no function by a known name",
        "broadcasting": "" if "sum" in functions else "it differentiates by numbers",
        "autograd_grad": "",
        "higher_order": "" if composes and twice[0] and numbers(twice[1]) else "a derivative cannot be differentiated",
        "clear_grad": "no gradient is kept",
        "grad_argument": "" if way.seeded else "a gradient of the result is not asked for",
    }
    return Phrases(
        slope=way.slope,
        seeded=way.seeded,
        lifts=way.lifts,
        exponents="object"
        if tried(lambda: voice.say(way.slope, f=lambda x, lift=None: x**x, data=PROBE))[0]
        else "number",
        functions=functions,
        capabilities=tuple(name for name, reason in reasons.items() if not reason),
        lacking={name: reason for name, reason in reasons.items() if reason},
    )


def clothe_functions(name: str, book: Phrases, voice: Voice) -> Namespace:
    """The module torch of code that differentiates functions."""
    tensor: type[Replayed] = type("Tensor", (Replayed,), {"book": book, "voice": voice, "library": name})
    for each in OPERATORS:
        function = spoken_operator(each, book.exponents)
        setattr(tensor, f"__{each}__", lambda x, y, function=function: x.record(function, x, y))
        setattr(tensor, f"__r{each}__", lambda x, y, function=function: x.record(function, y, x))
    for each in ("neg", "abs"):
        unary = spoken_unary(each)
        setattr(tensor, f"__{each}__", lambda x, unary=unary: x.record(unary, x))
    functions = {each: function_of(voice, book, phrase) for each, phrase in book.functions.items()}
    for each, function in functions.items():
        setattr(tensor, each, lambda x, function=function: x.record(function, x))

    def filled(value: float) -> Callable[..., Any]:
        return lambda *size, **keywords: tensor.tensor(np.full(together(size), value), **keywords)

    names = {
        "Tensor": tensor,
        "tensor": tensor.tensor,
        "zeros": filled(0.0),
        "ones": filled(1.0),
        "autograd": Namespace(name, grad=tensor.differentiate),
    }
    return Namespace(name, **names, **recording(tensor, functions))
