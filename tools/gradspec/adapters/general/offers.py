"""What else a piece of code offers: functions by torch's names, and from these the capabilities."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Any

from gradspec.adapters.general import words
from gradspec.adapters.general.leaves import PROBE, Kind, spoken
from gradspec.adapters.general.looking import functions, is_own, numbers, parameters
from gradspec.adapters.general.phrases import Voice, tried
from gradspec.adapters.general.ways import Way

MATRIX = [[1.0, 2.0], [3.0, 4.0]]


def found_functions(voice: Voice, kind: Kind, tensors: bool) -> dict[str, str]:
    """Phrases of functions by torch's names, and with a colon by the arguments that they take besides."""
    base = kind.types(voice)[0]

    def x(data: Any = 0.5) -> Any:
        return kind.make(voice, data)

    def runs(phrase: str, **given: Any) -> bool:
        ran, found = tried(lambda: voice.say(phrase, **given))
        return ran and found is not None and numbers(found) is None and kind.read(voice, found) is not None

    def chosen(called: list[str], given: str, **values: Any) -> str:
        """The first that runs; else the first: what is there and fails is to be seen."""
        phrases = list(spoken(voice.names, base, called, given))
        return next((each for each in phrases if runs(each, **values)), phrases[0] if phrases else "")

    found = {name: chosen(words.called(name, words.UNARY), "x", x=x()) for name in words.UNARY}
    if hasattr(base, "__neg__"):
        found["neg"] = "-x"
    if hasattr(base, "__abs__"):
        found["abs"] = "abs(x)"
    for name in words.BINARY:
        found[name] = chosen(words.called(name, words.BINARY), "x, y", x=x(), y=x(PROBE))
    if tensors:
        for name in words.REDUCTIONS:
            plain = chosen(words.called(name, words.REDUCTIONS), "x", x=x(MATRIX))
            found[name] = plain
            found |= {f"{name}:{key}": each for key, each in _along(voice, base, plain)}
        matmul = chosen(words.MATMUL, "x, y", x=x(MATRIX), y=x(MATRIX))
        found["matmul"] = "x @ y" if hasattr(base, "__matmul__") else matmul
        found |= _of_shapes(voice, base, x, runs)
    return {name: phrase for name, phrase in found.items() if phrase}


def _along(voice: Voice, base: type, plain: str) -> Iterator[tuple[str, str]]:
    """The same reduction along a dimension."""
    if not plain.endswith(")"):
        return
    head = plain[: plain.rindex("(")]
    ran, function = tried(lambda: eval(head, voice.names, {"x": base}))
    offered = [each.name for each in parameters(function)] if ran else []
    axis = next((f"{each}=dim" for each in words.AXES if each in offered), "")
    keep = next((f"{each}=keepdim" for each in words.KEEPS if each in offered), "")
    inner = plain[len(head) + 1 : -1]
    if axis:
        yield "dim", f"{head}({', '.join(filter(None, (inner, axis)))})"
    if axis and keep:
        yield "dim,keepdim", f"{head}({', '.join(filter(None, (inner, axis, keep)))})"


def _of_shapes(voice: Voice, base: type, x: Any, runs: Any) -> dict[str, str]:
    found = {}
    for name in words.called("reshape", words.SHAPES):
        for given in ("(*shape)", "(shape)"):
            if hasattr(base, name) and "reshape" not in found and runs(f"x.{name}{given}", x=x(MATRIX), shape=(4,)):
                found["reshape"] = f"x.{name}{given}"
    for name in words.called("transpose", words.SHAPES):
        for end in ("", "()"):
            if hasattr(base, name) and "t" not in found and runs(f"x.{name}{end}", x=x(MATRIX)):
                found["t"] = f"x.{name}{end}"
    for phrase in spoken(voice.names, base, words.called("transpose", words.SHAPES)):
        if "t" not in found and runs(phrase, x=x(MATRIX)):
            found["t"] = phrase
    for name in words.called("flatten", words.SHAPES):
        if hasattr(base, name) and runs(f"x.{name}()", x=x(MATRIX)):
            found.setdefault("flatten", f"x.{name}()")
    return found


def capabilities(voice: Voice, kind: Kind, way: Way, offered: dict[str, str], more: dict[str, str]) -> dict[str, str]:
    """For each capability that may be claimed, why it is not; empty where it is."""
    base = kind.types(voice)[0]
    tensors = kind.reached == 3
    x = kind.make(voice, PROBE)
    row = [1.0, 10.0]

    def broadcast() -> Any:
        return voice.say(kind.operators["*"], x=kind.make(voice, MATRIX), y=kind.make(voice, row))

    def own(*names: str) -> bool:
        return any(is_own(getattr(base, name, 0)) and hasattr(base, name) for name in names)

    scalars = "" if tensors else "it holds single numbers"
    asked = [each for each in words.REQUIRES if hasattr(x, each)]
    return {
        "tensor": scalars,
        "broadcasting": scalars or ("" if tried(broadcast)[0] else "a matrix and a row cannot be multiplied"),
        "functions": ""
        if set(offered) - {"neg", "matmul", "reshape", "t", "flatten"}
        else "no function by a known name",
        "matmul": scalars or ("" if "matmul" in offered else "there is no @, matmul or dot"),
        "indexing": scalars or ("" if own("__getitem__") else "there is no x[...]"),
        "shapes": scalars or ("" if {"reshape", "t"} & set(offered) else "there is no reshape or transpose"),
        "inplace": "" if own("__iadd__", "__setitem__") else "there is no += or x[...] =",
        "flags": "" if "requires_grad" in kind.leaf and "requires_grad" in asked else "no requires_grad is asked for",
        "grad_modes": "" if more["no_grad"] else "there is no no_grad",
        "detach": "" if more["detach"] else "there is no detach",
        "clear_grad": "" if more["clearable"] else "no gradient can be assigned",
        "grad_argument": "" if way.seeded else "backward takes no gradient",
        "retain_graph": "" if way.retains else "backward is not told whether to free the graph",
        "autograd_grad": "" if way.derivative else "gradients are kept by the objects",
    }


def more_phrases(voice: Voice, kind: Kind, way: Way) -> dict[str, str]:
    """What is said on the way: how gradients are kept from being made, and how everything begins anew."""
    base = kind.types(voice)[0]
    no_grad = next(
        (f"{name}()" for name in functions(voice.names, words.NO_GRAD) if _is_entered(voice.names[name])), ""
    )
    detach = next((f"x.{name}()" for name in words.DETACH if callable(getattr(base, name, None))), "")
    fresh = [f"{name}()" for name in functions(voice.names, words.FRESH[:6])]
    fresh += [
        f"{name}.{word}()"
        for name, thing in voice.names.items()
        if is_own(thing) and any(each in f"{name} {type(thing).__name__}".lower() for each in words.RECORDS)
        for word in words.FRESH
        if callable(getattr(thing, word, None))
    ]
    return {
        "no_grad": no_grad,
        "detach": detach,
        "clearable": "yes" if way.gradient and _clears(voice, kind, way) else "",
        "fresh": next((each for each in fresh if voice.works(each)), ""),
    }


def _is_entered(thing: Any) -> bool:
    """Whether it makes what stands behind `with`; it is not called, for it might switch something off."""
    if isinstance(thing, type):
        return hasattr(thing, "__enter__")
    return inspect.isgeneratorfunction(inspect.unwrap(thing))


def _clears(voice: Voice, kind: Kind, way: Way) -> bool:
    x = kind.make(voice, PROBE)
    ran, before = tried(lambda: voice.say(way.gradient, x=x))
    return ran and tried(lambda: voice.put(way.gradient, before, x=x))[0]
