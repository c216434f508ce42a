"""The suite over the fault bank: which scenarios reject which fault."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

import msgspec

from gradspec.diagnosis.signs import Fingerprint, signs
from gradspec.errors import UsageError
from gradspec.faults import PREFIX, bank, find
from gradspec.faults.loading import package_root
from gradspec.fuzz.executors import Executor, make_executor
from gradspec.results import Outcome, Result
from gradspec.scenario import Item
from gradspec.selection import Selection, select
from gradspec.strength.touching import touched
from gradspec.strength.workshop import LineKey, Reached, Workshop
from gradspec.suite import find_suite


@dataclass(frozen=True)
class Plan:
    """Which faults to run the chapters of `profile` on; everything: also what does not execute what is changed."""

    faults: tuple[str, ...]
    profile: str = "full"
    jobs: int = 1
    everything: bool = False


class Rejection(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A scenario that a fault does not pass, the facets that it differs in, and the signs that it shows."""

    id: str
    outcome: Outcome
    facets: tuple[str, ...] = ()
    signs: tuple[str, ...] = ()

    @property
    def chapter(self) -> str:
        return self.id.partition(".")[0]


class Struck(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What came of a fault: who rejects it, of how many scenarios that could; or why it cannot be made."""

    fault: str
    rejections: tuple[Rejection, ...] = ()
    asked: int = 0
    problem: str = ""

    @property
    def chapters(self) -> frozenset[str]:
        return frozenset(each.chapter for each in self.rejections)

    @property
    def fingerprint(self) -> Fingerprint:
        return {each.id: frozenset(each.signs) for each in self.rejections}


def choose(glob: str) -> tuple[str, ...]:
    """The faults whose name matches `glob`. Raises UsageError where there is none."""
    chosen = tuple(name for name in bank() if fnmatchcase(name, glob))
    if not chosen:
        raise UsageError(f"No fault is called {glob!r}; `gradspec faults` lists them.")
    return chosen


def run_strength(plan: Plan) -> Iterator[Struck]:
    """What comes of each fault of `plan`, in the order in which they are done."""
    executor = make_executor(plan.jobs)
    try:
        changed: dict[str, frozenset[LineKey]] = {}
        parts = [(plan.faults[start :: plan.jobs],) for start in range(plan.jobs)]
        for _, answer in executor.map_tasks(lines_of, parts):
            for name, lines in msgspec.json.decode(answer, type=dict[str, frozenset[LineKey] | str]).items():
                if isinstance(lines, str):
                    yield Struck(name, problem=lines)
                else:
                    changed[name] = lines
        strikes = asked(plan, changed, executor)
        # refgrad is loaded once for all that can be exchanged, which come first: then what it answers is known to all;
        # of each kind first what takes long, so that no process is left alone with it at the end
        strikes.sort(key=lambda each: (not each.exchanging, -len(each.places)))
        for _, answer in executor.map_tasks(strike, [(plan.profile, each) for each in strikes]):
            yield msgspec.json.decode(answer, type=Struck)
    finally:
        executor.close()
        release()


@dataclass(frozen=True)
class Strike:
    """What to run on a fault: the items at `places`. exchanging: whether loading the package with it would be no other."""

    fault: str
    places: Sequence[int]
    exchanging: bool = False


def asked(plan: Plan, changed: dict[str, frozenset[LineKey]], executor: Executor) -> list[Strike]:
    """Of each fault, the items that execute a line that it changes; all items, where everything is asked."""
    count = len(items_of(plan.profile))
    if plan.everything:
        return [Strike(name, range(count)) for name in changed]
    wanted = sorted(frozenset[LineKey]().union(*changed.values()))
    parts = [list(range(start, count, plan.jobs)) for start in range(plan.jobs)]
    executed, always = dict[int, set[int]](), set[int]()
    for _, answer in executor.map_tasks(reach, [(plan.profile, wanted, part) for part in parts]):
        reached = msgspec.json.decode(answer, type=Reached)
        executed |= reached.executed
        always |= reached.always
    numbers = {key: number for number, key in enumerate(wanted)}

    def strike_of(name: str, keys: frozenset[LineKey]) -> Strike:
        own = {numbers[key] for key in keys}
        if own & always:
            return Strike(name, range(count))
        made = any(file.startswith("<") for file, *_ in keys)  # of what is written while the package is loaded
        return Strike(name, [place for place in range(count) if executed[place] & own], exchanging=not made)

    return [strike_of(*each) for each in changed.items()]


def lines_of(names: Sequence[str]) -> bytes:
    """The lines that each of these faults changes, or why it cannot be made, as JSON."""
    found: dict[str, frozenset[LineKey] | str] = {}
    for name in names:
        try:
            found[name] = touched(find(name), package_root())
        except ValueError as error:
            found[name] = str(error)
    return msgspec.json.encode(found)


def reach(profile: str, wanted: Sequence[LineKey], places: Sequence[int]) -> bytes:
    """Which of the lines `wanted` the items at `places` execute, by their numbers, as JSON."""
    return msgspec.json.encode(workshop(profile).reached(wanted, places))


def strike(profile: str, one: Strike) -> bytes:
    """A Struck as JSON."""
    results = workshop(profile).results(PREFIX + one.fault, one.places, one.exchanging)
    return msgspec.json.encode(Struck(one.fault, tuple(map(rejection, results)), len(one.places)))


def rejection(result: Result) -> Rejection:
    facets = tuple(sorted({each.facet for each in result.differences}))
    return Rejection(result.id, result.outcome, facets, tuple(sorted(signs(result))))


@functools.cache
def items_of(profile: str) -> tuple[Item, ...]:
    """The items of `profile`, in the order of the suite. Raises UsageError for an unknown one."""
    return tuple(select(find_suite(), Selection(profile)))


@functools.cache
def workshop(profile: str) -> Workshop:
    """The workshop of this process."""
    made = Workshop(find_suite(), items_of(profile))
    _open.append(made.close)
    return made


_open: list[Callable[[], None]] = []


def release() -> None:
    """Let go of the workshop of this process."""
    while _open:
        _open.pop()()
    workshop.cache_clear()
