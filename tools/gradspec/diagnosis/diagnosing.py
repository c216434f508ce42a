"""From the results of a run to what is most likely wrong: in plain words, with how sure, what to read, and where to look."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable

from gradspec.diagnosis.aspects import chapter_of
from gradspec.diagnosis.fingerprints import Fingerprints, read_fingerprints
from gradspec.diagnosis.likeness import Likely, Likeness, misconceptions
from gradspec.diagnosis.signs import Fingerprint, signs
from gradspec.diagnosis.source import places
from gradspec.faults import bank
from gradspec.results import OUTCOMES, Result, Suspicion

SURE = 0.5  # of the first misconception, below which nothing is said
WORTH_A_WORD = 0.1  # of others
MOST = 3  # misconceptions that are named
TOO_MUCH = 0.6  # of what ran: an implementation that fails so much is not one thing wrong
# not wrong, but not there
MISSING = re.compile(
    "AttributeError|NotImplementedError|ImportError|ModuleNotFoundError|TypeError.* unexpected keyword"
)
SHOWN = 3  # scenarios that are named


def diagnose(results: Iterable[Result], implementation: str = "") -> tuple[Suspicion, ...]:
    """What is most likely wrong, the likeliest first; nothing where there is no telling.

    implementation: whose source, where it is to be had, is searched for the line.
    """
    known = set(fingerprints().scenarios)
    ran = {each.id: each for each in results if each.ran and each.id in known and not is_missing(each)}
    shown = {id: signs(each) for id, each in ran.items() if OUTCOMES[each.outcome] is False}
    if not shown or len(shown) > TOO_MUCH * len(ran):
        return ()
    compared = compared_with(frozenset(ran))
    likely = compared.compare(shown) if compared.faults else []
    if not likely or likely[0].chance < SURE:
        return ()
    named = [each for each in likely[:MOST] if each.chance >= WORTH_A_WORD]
    return tuple(suspicion(each, shown, implementation) for each in named)


def is_missing(result: Result) -> bool:
    """Whether a scenario ended because something is not there at all."""
    return result.outcome == "error" and bool(MISSING.match(result.reason))


def suspicion(likely: Likely, shown: Fingerprint, implementation: str) -> Suspicion:
    entry = misconceptions()[likely.misconception]
    alike = fingerprints().of(likely.fault)
    by = sorted(shown, key=lambda id: (id not in alike, chapter_of(id) not in entry.chapters))[:SHOWN]
    found = places(implementation, entry.look) if implementation else ()
    like = bank()[likely.fault].says if likely.fault in bank() else ""
    return Suspicion(likely.misconception, round(likely.chance, 2), like, entry.read, tuple(by), found)


@functools.lru_cache(2)
def compared_with(ran: frozenset[str]) -> Likeness:
    """The bank, as it would look to who runs these scenarios alone."""
    return likeness_of(fingerprints(), ran)


@functools.cache
def fingerprints() -> Fingerprints:
    """The bank's, that come with gradspec."""
    return read_fingerprints()


def likeness_of(file: Fingerprints, ran: frozenset[str] | None = None) -> Likeness:
    """The faults of `file` that are still in the bank. ran: the scenarios to look at; None: all."""
    known = [name for name in file.faults if name in bank()]
    found = {name: {id: s for id, s in file.of(name).items() if ran is None or id in ran} for name in known}
    return Likeness(found, {name: bank()[name].misconception for name in known})
