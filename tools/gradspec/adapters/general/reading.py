"""From a module to the phrases that it is to be spoken to with: what is likeliest of what was found by trying."""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any

import numpy as np

from gradspec.adapters.general import leaves, offers, ways
from gradspec.adapters.general.leaves import FACTOR, PROBE, Kind
from gradspec.adapters.general.looking import is_own, names_of
from gradspec.adapters.general.missing import what_is_missing
from gradspec.adapters.general.phrases import Phrases, Voice
from gradspec.adapters.general.replayed import read_functions
from gradspec.adapters.general.ways import CAME, Way


class UnrecognisedError(Exception):
    """Nothing was recognised, or more than one thing; the message is what there is to say about it."""


def read(found: Any) -> tuple[Phrases, Voice]:
    """The phrases of a module, or of the module of a class with that class. Raises UnrecognisedError."""
    module = sys.modules[found.__module__] if isinstance(found, type) else found
    if not isinstance(module, ModuleType):
        raise UnrecognisedError("it is neither a module nor a class")
    voice = Voice(names_of(module))
    try:
        return _read(voice, found), voice
    except UnrecognisedError:
        raise
    except Exception as error:
        says = f"{type(error).__name__}: {error}".splitlines()[0]
        raise UnrecognisedError(f"what looked like it raised an error when it was tried: {says}") from error


def _read(voice: Voice, found: Any) -> Phrases:
    only = found.__name__ if isinstance(found, type) else ""
    if not any(map(is_own, voice.names.values())):
        raise UnrecognisedError("it defines nothing of its own that could be tried")
    readings = [_best(voice, kind) for kind in leaves.kinds(voice, only)]
    fitting = [each for each in readings if each is not None]
    came = [(kind, way) for kind, way in fitting if way.came == CAME]
    chosen = _chosen(voice, came)
    if chosen is None:
        chosen = _chosen(voice, fitting) or _best(voice, None)  # what fails is not passed over for what does not
    if chosen is None:
        raise UnrecognisedError(what_is_missing(voice, list(leaves.kinds(voice, only))))
    return _phrases(voice, *chosen)


def _best(voice: Voice, kind: Kind | None) -> tuple[Kind | None, Way] | None:
    """The first way in which a gradient comes, else the one that comes furthest."""
    best: Way | None = None
    for way in ways.ways(voice, kind):
        if not (way.gradient or way.derivative or way.slope):
            continue
        if best is None or way.came > best.came:
            best = way
        if best.came == CAME:
            break
    return None if best is None else (kind, best)


def _chosen(voice: Voice, fitting: list[tuple[Kind | None, Way]]) -> tuple[Kind | None, Way] | None:
    """The one that is left when kinds that others are made of, or made from, are no longer counted."""
    distinct: list[tuple[Kind | None, Way]] = []
    for kind, way in fitting:
        mine = set(kind.types(voice)) if kind else set()
        related = [
            each
            for each in distinct
            if each[0] is not None
            and any(issubclass(a, b) or issubclass(b, a) for a in each[0].types(voice) for b in mine)
        ]
        if not related and (kind, way) not in distinct:
            distinct.append((kind, way))
    if len(distinct) > 1:
        names = [each[0].nodes[0] for each in distinct if each[0] is not None]
        raise UnrecognisedError(
            f"{' and '.join(names)} each could be meant: name one behind a colon, as in :{names[0]}"
        )
    return distinct[0] if distinct else None


def _phrases(voice: Voice, kind: Kind | None, way: Way) -> Phrases:
    if way.slope or kind is None:
        return read_functions(voice, kind, way)
    more = offers.more_phrases(voice, kind, way)
    offered = offers.found_functions(voice, kind, kind.reached == 3)
    reasons = offers.capabilities(voice, kind, way, offered, more)
    x, y = kind.make(voice, PROBE), kind.make(voice, FACTOR)
    takes_numbers = [
        symbol for symbol in "+*-" if symbol in kind.operators and voice.works(kind.operators[symbol], x=x, y=FACTOR)
    ]
    power = kind.operators.get("**", "")
    return Phrases(
        leaf=kind.leaf,
        value=kind.value,
        nodes=kind.nodes,
        backward=way.backward,
        seeded=way.seeded,
        seed=way.seed,
        gradient=way.gradient,
        whole=way.whole,
        derivative=way.derivative,
        operators=kind.operators,
        functions=offered,
        lifts=not takes_numbers,
        exponents="object" if power and voice.works(power, x=x, y=y) else "number",
        fresh=more["fresh"],
        no_grad=more["no_grad"],
        detach=more["detach"],
        clearable=bool(more["clearable"]),
        retains=way.retains,
        numbers=np.shape(voice.say(kind.value, x=x)) == (),
        capabilities=tuple(name for name, reason in reasons.items() if not reason),
        lacking={name: reason for name, reason in reasons.items() if reason},
    )
