"""Judges mutants: only scenarios that execute what is changed are asked, and the first that does not pass kills."""

from __future__ import annotations

import base64
import marshal
import os
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from types import CodeType

import msgspec

from gradspec.faults.loading import PACKAGE
from gradspec.oracle import GoldenOracle
from gradspec.process import Crashed, PlainProcess, TimedOut, ended
from gradspec.scenario import Item
from gradspec.strength.workshop import LIMITS, ForkingProcess, Said, Workshop, requests_of
from gradspec.suite import Suite
from gradspec.trace import Loaded, decode_reply
from mutation_testing.coverage import Coverage, Kept
from mutation_testing.lines import changed_lines, face, functions
from mutation_testing.making import Mutant, Source, compiled

HERE = Path(__file__).resolve().parents[1]
SECONDS, LOADING = 1.0, 5.0  # of its own time that a mutant has for a request (usually 0.002) and for loading (0.15)
USUAL = 20  # times as much as is usual, where that is more
PATIENT = 4  # times as much again the second time, when it has come to that limit once
TIMEOUT = "timeout"
WAITING = replace(LIMITS, scenario=60.0)  # seconds by the clock: a mutant that waits for nothing uses no time


class Verdict(msgspec.Struct, frozen=True):
    """What came of a mutant: `by` which item it was killed, and how; of how many that touch it. Empty: it survives.

    before, after: the line as it is and as it was. how: what of the item was otherwise.
    """

    mutant: Mutant
    touching: int
    by: str = ""
    how: str = ""
    before: str = ""
    after: str = ""
    invalid: bool = False

    @property
    def killed(self) -> bool:
        return bool(self.by)


class MutantProcess(ForkingProcess):
    """The process that forks for mutants, which finds the package in `folder`."""

    def __init__(self, folder: Path, warm: bool) -> None:
        places = [str(folder), str(HERE.parent), str(HERE)]
        command = [sys.executable, "-P", "-m", "mutation_testing.serving", *(["warm"] if warm else [])]
        PlainProcess.__init__(self, command, {**os.environ, "PYTHONPATH": os.pathsep.join(places)})
        self.working = 0


class Bench(Workshop):
    """The suite ready to be asked of mutants. warm: whether these are made in refgrad as it is loaded already."""

    def __init__(self, suite: Suite, items: Sequence[Item], folder: Path, warm: bool) -> None:
        self.items = items
        self.warm = warm
        self.folder = folder
        self.oracle = GoldenOracle(suite)
        self.asked = list(requests_of(items))
        self.numbers = [[] for _ in items]
        self.usual = [0.0] * len(self.asked)  # seconds that a request takes, as far as is known
        for number, each in enumerate(self.asked):
            self.numbers[each.item].append(number)
        self.process = MutantProcess(folder, warm)
        self._order({"call": "prepare", "requests": [each.request for each in self.asked]})
        self._line()

    def lines(self, number: int | None = None) -> set[tuple[str, int, str, int]]:
        """What lines a request executes; or loading the package."""
        directory = str(self.folder / PACKAGE) + os.sep
        asked = [] if number is None else [number]
        self._order({"call": "reach", "implementation": PACKAGE, "asked": asked, "wanted": directory})
        self.process.working = msgspec.json.decode(self._line())["process"]
        try:
            return {tuple(each) for each in msgspec.json.decode(self._line())["executed"]}
        finally:
            self._end()

    def first_answers(self) -> Iterator[tuple[int, Said]]:
        """What refgrad as it is says; and how long that takes."""
        before = time.monotonic()
        for number, said in self.sayings({}, range(len(self.asked)), PATIENT):
            now = time.monotonic()
            self.usual[number], before = now - before, now
            yield number, said

    def killer(self, mutant: Mapping[str, object], places: Sequence[int]) -> tuple[int, str] | None:
        """The first of the items at `places` that does not pass, and how it ends."""
        left = list(places)
        while left:
            found = self.first(mutant, left)
            if found is None or found[1] != TIMEOUT:
                return found
            if self.first(mutant, [found[0]], PATIENT):  # it has come to its limit twice
                return found
            left = left[left.index(found[0]) + 1 :]
        return None

    def first(self, mutant: Mapping[str, object], places: Sequence[int], patience: int = 1) -> tuple[int, str] | None:
        """The same, where an item that comes to its limit once does not pass."""
        loaded, honest = self.honest
        waiting: list[Said] = []
        numbers = [each for place in places for each in self.numbers[place]]
        with closing(self.sayings(mutant, numbers, patience)) as sayings:
            for number, said in sayings:
                waiting.append(said)
                place = self.asked[number].item
                if number != self.numbers[place][-1] and isinstance(said, bytes):
                    continue
                if waiting != [honest[each] for each in self.numbers[place]]:
                    how = self.ending(place, waiting, loaded)
                    if how:
                        return place, how
                waiting = []
        return None

    def ending(self, place: int, answers: Sequence[Said], loaded: Loaded) -> str:
        """How an item ends by the answers to its requests: empty where it passes."""
        lost = answers[-1]
        if isinstance(lost, TimedOut) or (isinstance(lost, Crashed) and "SIGPROF" in lost.reason):
            return TIMEOUT
        if isinstance(lost, Crashed):
            return f"crash: {lost.reason}"
        result = self.judged(self.items[place], answers, loaded)
        facets = ", ".join(sorted({each.facet for each in result.differences}))
        return "" if result.outcome == "pass" else facets or result.outcome

    def sayings(
        self, mutant: Mapping[str, object], numbers: Sequence[int], patience: int
    ) -> Generator[tuple[int, Said], None, None]:
        """The answers of a forked process, the last of which may be how it was lost."""
        limits = [patience * max(SECONDS, USUAL * self.usual[number]) for number in numbers]
        asked = {"asked": list(numbers), "seconds": limits, "loading": LOADING * patience}
        self._order({"call": "run", "implementation": PACKAGE, **asked, **mutant})
        try:
            self.process.working = msgspec.json.decode(self._line())["process"]
            line = self._receive(WAITING)
            if not isinstance(line, bytes) or not line.startswith(b'{"number": -1,'):
                yield numbers[0], self._obituary(line) if isinstance(line, bytes) else line
                return
            reply = decode_reply(line.replace(b'"number": -1', b'"number": 0', 1))
            if not isinstance(reply, Loaded):
                yield numbers[0], Crashed("it does not load")
                return
            self.loaded = reply
            for number in numbers:
                line = self._receive(WAITING)
                if isinstance(line, bytes) and not line.startswith(b'{"number": %d,' % number):
                    line = self._obituary(line)
                yield number, line
                if not isinstance(line, bytes):
                    return
        finally:
            self._end()

    def _obituary(self, line: bytes) -> Crashed:
        """By what came instead of an answer."""
        if not line:  # what stands before the news of an end
            line = self._line()
        if line.startswith(b'{"ended": '):
            self.process.working = 0
            return ended(msgspec.json.decode(line)["ended"])
        return Crashed("its answer is malformed", "babbled")


class Judge:
    """Judges mutants of the package in `folder` by `items`; those that are asked first have killed most before."""

    def __init__(self, suite: Suite, items: Sequence[Item], folder: Path) -> None:
        self.root = folder / PACKAGE
        self.items = items
        self.cold, self.warm = (Bench(suite, items, folder, warm) for warm in (False, True))
        self.coverage: Coverage | None = None
        self.sources: dict[str, Source] = {}
        self.kills: Counter[int] = Counter()
        self.kills_nearby = defaultdict[tuple[str, str], Counter[int]](Counter)

    def measure(self, kept: Kept, sources: Sequence[str]) -> Iterator[int]:
        """Bring `kept` up to date for items made of `sources`; gives the number of each item when it is done."""
        if not kept.imported:
            kept.imported = kept.numbered(self.cold.lines())
        for place, (item, source) in enumerate(zip(self.items, sources, strict=True)):
            known = kept.items.get(item.id)
            if known is None or known.source != source:
                executed = [self.warm.lines(number) for number in self.warm.numbers[place]]
                kept.add(item.id, source, set().union(*executed))
            yield place
        self.coverage = Coverage(kept, [each.id for each in self.items])

    def learn(self, verdicts: Iterable[Verdict]) -> None:
        """Take note of what killed before."""
        places = {item.id: place for place, item in enumerate(self.items)}
        for each in verdicts:
            if each.by in places:
                self.kills_nearby[each.mutant.file, each.mutant.function][places[each.by]] += 1
                self.kills[places[each.by]] += 1

    def control(self) -> str:
        """The item that kills a mutant which is refgrad as it is, if there is one: then nothing can be said."""
        assert self.coverage is not None
        source = Source(self.root, "__init__.py")
        for bench in (self.cold, self.warm):
            order = sorted(range(len(self.items)), key=self.coverage.sizes.__getitem__)
            found = bench.killer(asking(source, source.code), order)
            if found:
                return f"{self.items[found[0]].id} ({found[1]})"
        return ""

    def judge(self, mutant: Mutant, cold: bool = False) -> Verdict:
        """What comes of it. cold: have refgrad loaded anew although that is not necessary."""
        source = self.sources.get(mutant.file) or self.sources.setdefault(mutant.file, Source(self.root, mutant.file))
        text = source.mutated(mutant.operator, mutant.occurrence)
        before, after = lines_of(source.text, text, mutant.line)
        try:
            code = compiled(text, source.path)
        except (SyntaxError, ValueError):
            return Verdict(mutant, 0, before=before, after=after, invalid=True)
        return self._judged(Verdict(mutant, 0, before=before, after=after), source, code, cold)

    def _judged(self, verdict: Verdict, source: Source, code: CodeType, cold: bool) -> Verdict:
        assert self.coverage is not None
        mutant = verdict.mutant
        places, imported = self.coverage.touching(mutant.file, changed_lines(source.code, code, mutant.line))
        sizes = self.coverage.sizes
        nearby = self.kills_nearby[mutant.file, mutant.function]
        order = sorted(places, key=lambda each: (-nearby[each], -self.kills[each], sizes[each], each))
        bench = self.cold if cold or imported or not alike(source.code, code) else self.warm
        found = bench.killer(asking(source, code), order) if order else None
        if found is None:
            return msgspec.structs.replace(verdict, touching=len(places))
        nearby[found[0]] += 1
        self.kills[found[0]] += 1
        return msgspec.structs.replace(verdict, touching=len(places), by=self.items[found[0]].id, how=found[1])

    def close(self) -> None:
        self.cold.close()
        self.warm.close()


def asking(source: Source, code: CodeType) -> dict[str, object]:
    """What the forked side is told of a mutant."""
    before, after = (base64.b64encode(marshal.dumps(each)).decode() for each in (source.code, code))
    return {"before": before, "after": after, "path": str(source.path)}


def alike(before: CodeType, after: CodeType) -> bool:
    """Whether the functions of both can take each other's place."""
    pairs = list(zip(functions(before), functions(after), strict=False))
    return (
        len(functions(before)) == len(functions(after))
        and before.co_freevars == after.co_freevars
        and face(before)[:2] == face(after)[:2]
        and all(alike(*pair) for pair in pairs)
    )


def lines_of(before: str, after: str, line: int) -> tuple[str, str]:
    """The line that a mutant is in, without and with it."""
    ours, theirs = before.splitlines(), after.splitlines()
    if len(ours) != len(theirs):
        return ours[line - 1].strip(), ""
    number = next((n for n, pair in enumerate(zip(ours, theirs, strict=True)) if pair[0] != pair[1]), line - 1)
    return ours[number].strip(), theirs[number].strip()
