"""What is said of code that cannot be read: what was seen of it, and what is missing."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Any

from gradspec.adapters.general import words
from gradspec.adapters.general.leaves import FACTOR, PROBE, Kind
from gradspec.adapters.general.looking import functions, is_own, is_required, numbers, parameters
from gradspec.adapters.general.phrases import Voice, tried

NAMED = 3  # of what was seen
NOTHING = "no class in it can be made from a number and multiplied, and no function differentiates a function"


def what_is_missing(voice: Voice, kinds: list[Kind]) -> str:
    """In one clause, beginning with what there is."""
    if kinds:
        return f"{kinds[0].nodes[0]} can be calculated with, and nothing was found that gives its gradients"
    layers, pairs = list(_layers(voice)), list(_pairs(voice))
    if layers:
        return (
            f"{_listed(layers, 'is a layer', 'are layers')} with forward and backward, and there is no object to calculate "
            "with that would keep a gradient: what a whole computation differentiates to is left to the caller"
        )
    if pairs:
        return (
            f"{_listed(pairs, 'gives a value', 'give values')} with a pullback, and nothing chains them: there is no "
            "function such as vjp(f, x) that gives the pullback of a whole computation"
        )
    return NOTHING


def _listed(names: list[str], one: str, several: str) -> str:
    *others, last = [*names[:NAMED], "others"] if len(names) > NAMED else names
    return f"{', '.join(others)} and {last} {several}" if others else f"{last} {one}"


def _layers(voice: Voice) -> Iterator[str]:
    """Classes that can go forward, and take a gradient back."""
    for name, each in voice.names.items():
        if isinstance(each, type) and is_own(each):
            methods = [getattr(each, word, None) for word in ("forward", "backward")]
            if all(inspect.isfunction(method) for method in methods):
                yield name


def _pairs(voice: Voice) -> Iterator[str]:
    """Functions by known names that give a number and something to be called."""
    spelled = [special.removeprefix("true") for special, _ in words.OPERATORS.values()]
    spelled += [word for _, others in words.OPERATORS.values() for word in others.split()]
    for name in functions(voice.names, [*spelled, *words.UNARY, *words.BINARY]):
        needed = [each for each in parameters(voice.names[name]) if is_required(each)]
        ran, found = tried(voice.names[name], *(PROBE, FACTOR)[: len(needed)])
        if ran and _is_pair(found):
            yield name


def _is_pair(found: Any) -> bool:
    return isinstance(found, tuple) and len(found) == 2 and numbers(found[0]) is not None and callable(found[1])
