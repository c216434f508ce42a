"""How a piece of code differentiates: the ways that its names suggest, each tried on three times a number.

A way in which a gradient comes is preferred to one in which none does; whether it is the right one is not asked, for
that is what the specification is there to find out.
"""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from gradspec.adapters.general import words
from gradspec.adapters.general.leaves import FACTOR, PROBE, Kind
from gradspec.adapters.general.looking import NUMBERS, attributes, functions, is_own, is_required, numbers, parameters
from gradspec.adapters.general.phrases import Voice, tried

CAME, RAN, RAISED = 2, 1, 0
STEMS = ("back", "grad", "diff", "deriv", "ableit", "retro", "rueck", "propag")
HARMFUL = """
save write dump print show plot draw display open load input train fit step update zero reset clear set del remove close
exit quit run test main log export send delete
""".split()
PULLED = "1.0"  # what a derivative is pulled back from
FORMS = {"number": 1.0, "array": np.array(1.0), "list": [1.0]}  # what one is, as a gradient


@dataclass(frozen=True)
class Way:
    """A way to gradients, in phrases as in `Phrases`; `came` says how far trying it did."""

    came: int
    backward: str = ""
    seeded: str = ""
    seed: str = "number"
    gradient: str = ""
    whole: str = ""
    derivative: str = ""
    slope: str = ""
    retains: bool = False
    lifts: bool = False


def ways(voice: Voice, kind: Kind | None) -> Iterator[Way]:
    """All that were found: of a kind of objects or, without one, of functions that differentiate functions."""
    if kind is None:
        yield from _of_functions(voice)
    else:
        yield from _kept(voice, kind)
        yield from _given_back(voice, kind)


# -- gradients that the objects keep


def _kept(voice: Voice, kind: Kind) -> Iterator[Way]:
    for call, function in _calls(voice, kind):
        offered = [each for each in parameters(function) if each.name not in ("self", "cls")]
        if "(y" in call.split(".")[-1]:
            offered = offered[1:]
        retain = next((f"{each.name}=retain" for each in offered if each.name in words.RETAINS), "")
        seeds = [each for each in offered if is_required(each) or each.name in words.SEEDS]
        if len([each for each in seeds if is_required(each)]) > 1:
            continue
        needed = bool(seeds and is_required(seeds[0]))
        plain = _with(call, retain)
        seeded = _with(call, seeds[0].name + "=seed" if not needed else "seed", retain) if seeds else ""
        way = Way(RAISED, retains=bool(retain))
        if not needed:
            found = _tried(voice, kind, replace(way, backward=plain))
            if found.came < CAME and found.gradient and _begun_by_callers(voice, found.gradient):
                begun = f"{found.gradient.replace('x', 'y', 1)} = seed\n{plain}"
                yield _seeded(voice, kind, replace(found, backward=begun, seeded=begun))
            elif found.came == CAME and seeded:
                given = _seeded(voice, kind, replace(found, backward=seeded, seeded=seeded))
                found = replace(found, seeded=seeded, seed=given.seed) if given.came else found
            yield found
        else:
            yield _seeded(voice, kind, replace(way, backward=seeded, seeded=seeded))


def _with(call: str, *more: str) -> str:
    given = [each for each in more if each]
    before = call[:-1]
    return before + ("" if before.endswith("(") or not given else ", ") + ", ".join(given) + ")"


def _calls(voice: Voice, kind: Kind) -> Iterator[tuple[str, Any]]:
    """What may be a backward pass: a method of an object, a function, a method of a tape that the module has."""
    base = _class_of_results(voice, kind)
    for word in words.BACKWARD:
        if callable(getattr(base, word, None)) and is_own(getattr(base, word)):
            yield f"y.{word}()", getattr(base, word)
    for name in functions(voice.names, words.BACKWARD):
        yield f"{name}(y)", voice.names[name]
    for name, thing in _things(voice):
        for word in words.BACKWARD:
            method = getattr(thing, word, None)
            if inspect.ismethod(method):
                needed = [each for each in parameters(method) if is_required(each)]
                yield (f"{name}.{word}(y)" if needed else f"{name}.{word}()"), (lambda y: None) if needed else method
    if not any(callable(getattr(base, word, None)) for word in words.BACKWARD):
        yield from _called_otherwise(base)


def _class_of_results(voice: Voice, kind: Kind) -> type:
    """The class of what is calculated, which knows more than the one that it shares with leaves."""
    ran, y = tried(lambda: kind.triple(voice, kind.make(voice, PROBE)))
    return type(y) if ran else kind.types(voice)[0]


def _called_otherwise(base: type) -> Iterator[tuple[str, Any]]:
    """Methods by other names to which nothing has to be given: first those that speak of it, then what does no harm."""
    found = []
    for word in dir(base):
        stem, method = word.strip("_").lower(), getattr(base, word, None)
        harmless = not word.startswith("__") and not any(each in stem for each in HARMFUL)
        if harmless and inspect.isfunction(method) and len(_needed(method)) <= 1:
            found.append((not any(each in stem for each in STEMS), word, method))
    return ((f"y.{word}()", method) for _, word, method in sorted(found, key=lambda each: each[:2]))


def _needed(function: Any) -> list[inspect.Parameter]:
    return [each for each in parameters(function) if is_required(each)]


def _begun_by_callers(voice: Voice, place: str) -> bool:
    """Whether the code says anywhere that its callers set the gradient of a result: else that is forgotten, not asked."""
    name = re.escape(place.removeprefix("x"))
    begins = re.compile(rf"(?<!self){name}(\.data)? *= *(1\b|1\.0?\b|np\.ones|np\.array|\w+\(1)")
    homes = {str(getattr(each, "__module__", "")) for each in voice.names.values() if is_own(each)}
    sources = [tried(inspect.getsource, sys.modules.get(home)) for home in homes]
    return any(ran and begins.search(text) for ran, text in sources)


def _things(voice: Voice) -> list[tuple[str, Any]]:
    """Objects that stand in the module, such as a tape."""
    return [
        (name, each)
        for name, each in voice.names.items()
        if is_own(each) and not isinstance(each, type) and not callable(each) and not name.startswith("__")
    ]


def _seeded(voice: Voice, kind: Kind, way: Way) -> Way:
    """With the kinds of seeds that there are: first that which gradients are."""
    holds_arrays = isinstance(voice.say(kind.value, x=kind.make(voice, PROBE)), np.ndarray | np.generic)
    order = ["array", "number"] if holds_arrays else ["number", "array", "list"]
    found = [_tried(voice, kind, replace(way, seed=each)) for each in (way.seed, *order, "object")]
    return max(found, key=lambda each: (each.came, each.seed == way.seed))


def _seed(voice: Voice, kind: Kind, form: str) -> Any:
    return kind.make(voice, 1.0, requires_grad=False) if form == "object" else FORMS[form]


def _tried(voice: Voice, kind: Kind, way: Way) -> Way:
    """Where the gradient of a number is to be found, after backward of three times that."""
    ran, x = tried(lambda: kind.make(voice, PROBE))
    if not ran:
        return way
    before = {place: _seen(voice, kind, x, place) for place in _places(x)}
    asked = {"seed": _seed(voice, kind, way.seed)} if "seed" in way.backward else {}
    retain = {"retain": False} if way.retains else {}

    def act() -> None:
        voice.say(way.backward, y=kind.triple(voice, x), **asked, **retain)

    ran, _ = tried(act)
    places = [place for place in _places(x) if place != kind.value]
    after = {place: _seen(voice, kind, x, place) for place in places}
    changed = [place for place in places if after[place] is not None and after[place] != before.get(place)]
    named = [place for place in places if place.removeprefix("x.") in words.GRADIENT or place[3:-2] in words.GRADIENT]
    chosen = next(iter([*(each for each in changed if each in named), *changed, *named]), "")
    if not chosen:
        return way
    came = CAME if ran and chosen in changed else RAN if ran else RAISED
    said, value = tried(lambda: voice.say(chosen, x=x))
    form = _form(value) if said and came == CAME else way.seed
    return replace(way, came=came, gradient=chosen, seed=form if "seed" not in way.backward else way.seed)


def _form(value: Any) -> str:
    if isinstance(value, np.ndarray | np.generic):
        return "array"
    return "list" if isinstance(value, list) else "number" if isinstance(value, NUMBERS) else "object"


def _places(x: Any) -> list[str]:
    if isinstance(x, dict):
        return [f"x[{key!r}]" for key in x]
    found = attributes(x)
    order = {word: number for number, word in enumerate(words.GRADIENT)}
    called = [f"x.{form}()" for word in words.GRADIENT for form in (word, f"get_{word}") if _is_method(x, form)]
    return [*(f"x.{name}" for name in sorted(found, key=lambda name: order.get(name, len(order)))), *called]


def _is_method(x: Any, name: str) -> bool:
    method = getattr(type(x), name, None)
    return inspect.isfunction(method) and len(_needed(method)) == 1


def _seen(voice: Voice, kind: Kind, x: Any, place: str) -> tuple[float, ...] | None:
    ran, value = tried(lambda: voice.say(place, x=x))
    if not ran or value is None or isinstance(value, bool):
        return None
    return kind.read(voice, value) if isinstance(value, (*NUMBERS, list, *kind.types(voice))) else None


# -- gradients that are given back


def _given_back(voice: Voice, kind: Kind) -> Iterator[Way]:
    base = kind.types(voice)[0]
    calls = [f"{name}(" for name in functions(voice.names, words.GRADIENTS)]
    calls += [f"{name}.{word}(" for name, thing in _things(voice) for word in words.GRADIENTS if hasattr(thing, word)]
    for call in calls:
        for given in (
            "y, x)",
            "y, [x])[0]",
            "y, (x,))[0]",
            "[y], [x])[0]",
            "y)[x]",
            "y)[id(x)]",
            "y)[x.id]",
            "y)[x.index]",
        ):
            yield from _taken(voice, kind, call + given)
    for word in words.GRADIENTS:
        if callable(getattr(base, word, None)):
            for given in ("x)", "[x])[0]", ")[x]", ")[id(x)]", ").wrt(x)", ")[x.index]"):
                yield from _taken(voice, kind, f"y.{word}({given}")


def _taken(voice: Voice, kind: Kind, phrase: str) -> Iterator[Way]:
    def act() -> Any:
        x = kind.make(voice, PROBE)
        return voice.say(phrase, x=x, y=kind.triple(voice, x))

    ran, found = tried(act)
    seen = kind.read(voice, found) if ran and found is not None and not isinstance(found, bool) else None
    if seen is not None and len(seen) == 1:
        whole, inner, place = phrase.partition("(y)")  # one pass for all, where what is asked for is picked afterwards
        whole = whole + inner if place else ""
        yield Way(CAME if any(seen) else RAN, whole=whole, derivative=f"whole{place}" if whole else phrase)


# -- functions that are differentiated


def _of_functions(voice: Voice) -> Iterator[Way]:
    for phrase in _slopes(voice):
        found = _sloped(voice, phrase)
        if found is not None:
            yield found


def _sloped(voice: Voice, phrase: str) -> Way | None:
    called: list[Any] = []
    lifted: list[Any] = []

    def three_times(x: Any, lift: Any = None) -> Any:
        called.append(x)
        if lift is None or tried(lambda: x * FACTOR)[0]:
            return x * FACTOR
        lifted.append(x)
        return x * lift(FACTOR)

    ran, found = tried(lambda: voice.say(phrase, f=three_times, data=PROBE))
    if not ran or not called or isinstance(found, bool) or numbers(called[0]) is not None:
        return None  # whoever hands numbers on differentiates by differences
    seen = numbers(found)
    if seen is None:  # an object: its number
        held = [name for name in words.DATA if name in attributes(found)]
        phrase, seen = (f"{phrase}.{held[0]}", numbers(getattr(found, held[0]))) if held else (phrase, None)
    if seen is None or len(seen) != 1:
        return None
    seeded = phrase.replace(f"[1]({PULLED})", "[1](seed)")
    return Way(CAME if any(seen) else RAN, slope=phrase, seeded=seeded if seeded != phrase else "", lifts=bool(lifted))


def _slopes(voice: Voice) -> Iterator[str]:
    for name in functions(voice.names, words.PULLBACKS):  # first: the value in such a pair is no gradient
        for given in ("(f, data)", "(f)(data)", "(f, [data])"):
            yield from (f"{name}{given}[1]({PULLED}){end}" for end in ("", "[0]"))
    for name in functions(voice.names, words.GRADIENTS):
        which = ("[1]", "[1][0]") if name.startswith("value_") else ("", "[0]", "[1]")
        for end in which:
            for given in ("(f)(data)", "(f, data)", "(f)([data])", "(f, [data])", "(f, 0)(data)"):
                yield f"{name}{given}{end}"
    yield from _tapes(voice)
    yield from _duals(voice)


def _tapes(voice: Voice) -> Iterator[str]:
    """A tape for each computation: made, or entered; with what is watched; and asked."""
    for name, cls in list(voice.names.items()):
        if not (isinstance(cls, type) and is_own(cls)) or any(is_required(each) for each in parameters(cls)):
            continue
        asked = [word for word in (*words.GRADIENTS, *words.BACKWARD) if callable(getattr(cls, word, None))]
        makers = [f"tape.{word}(data)" for word in words.MAKERS if callable(getattr(cls, word, None))]
        makers += [
            f"{other}({given})"
            for other, each in voice.names.items()
            if isinstance(each, type) and is_own(each) and each is not cls and not issubclass(each, BaseException)
            for given in ("data", "data, tape", "tape, data", "data, tape=tape")
        ]
        watch = [f"tape.{word}(x)\n" for word in ("watch", "track", "add", "register") if hasattr(cls, word)]
        for maker in makers:
            for watched in (*watch, ""):
                results = [result for word in asked for result in _answers(word)]
                for result in results or _OF_RESULTS:
                    yield from _written(name, hasattr(cls, "__enter__"), maker, watched, result)


def _answers(word: str) -> Iterator[str]:
    yield f"tape.{word}(y, x)"
    yield f"tape.{word}(y, [x])[0]"
    yield f"tape.{word}(y)[x]"
    yield f"tape.{word}(y)[x.index]"
    for attribute in ("grad", "gradient", "adjoint", "derivative"):
        yield f"\ntape.{word}(y)\nx.{attribute}"
        yield f"\ntape.{word}()\nx.{attribute}"


_OF_RESULTS = (
    *("y.grad().wrt(x)", "y.gradient().wrt(x)", "y.grad()[x]", "y.gradients()[x]", "y.grad(x)", "y.gradient(x)"),
    *("y.grad()[x.index]", "y.gradients()[x.index]"),
    *(f"\ny.{word}()\nx.{attribute}" for word in words.BACKWARD[:6] for attribute in ("grad", "gradient", "adjoint")),
)


def _written(name: str, entered: bool, maker: str, watched: str, result: str) -> Iterator[str]:
    leaf = f"x = {maker}\n{watched}"
    if entered:
        body = "".join(f"    {line}\n" for line in f"{leaf}y = f(x)".splitlines())
        yield f"with {name}() as tape:\n{body}{result.lstrip()}"
    else:
        yield f"tape = {name}()\n{leaf}y = f(x, lambda data: {maker})\n{result.lstrip()}"


def _duals(voice: Voice) -> Iterator[str]:
    """A number that carries its derivative along."""
    for name, cls in voice.names.items():
        if isinstance(cls, type) and is_own(cls) and len(parameters(cls)) >= 2:
            for attribute in words.GRADIENT:
                yield f"f({name}(data, 1.0)).{attribute}"
