"""The suite ready to be run on one implementation after the other: each in a process forked from one that has the rest."""

from __future__ import annotations

import os
import re
import signal
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import msgspec

from gradspec.check import Question, as_recorded, compared, disagreements, judge
from gradspec.errors import HarnessError
from gradspec.faults.loading import PACKAGE
from gradspec.oracle import GoldenOracle
from gradspec.process import Crashed, Limits, PlainProcess, TimedOut, ended, resident, worker_command
from gradspec.results import Result
from gradspec.runner import malformed, request_for
from gradspec.scenario import Item, Programs
from gradspec.suite import Suite
from gradspec.trace import Loaded, Ran, Refused, Trace, Unread, decode_reply, decode_unread

Said = bytes | TimedOut | Crashed  # an answer as it came, or how it was lost
LineKey = tuple[str, int, str, int]  # file, first line and name of a function, and a line in it or ENTERED
ANSWER, NOTES = re.compile(rb'\{"number": (\d+),'), (b'{"done": ', b'{"ended": ')
LOSSES = 3  # of the worker, after which an implementation is asked nothing more
LIMITS = Limits(scenario=20.0)  # by the clock: enough for what takes SECONDS beside other work
SECONDS = 1.0  # of its own time that a request may take, which is ten times what the longest does
NOT_ASKED = Crashed("it was not asked, since another was lost")
PATIENT = replace(LIMITS, scenario=120.0)


class ForkingProcess(PlainProcess):
    """The process that forks; of those that it has forked, `working` is the one to watch."""

    def __init__(self) -> None:
        super().__init__(worker_command("faults.serving"))
        self.working = 0

    def resident(self) -> int:
        return resident(self.working or self.popen.pid)

    def stop_working(self) -> None:
        with suppress(ProcessLookupError):
            if self.working:
                os.kill(self.working, signal.SIGKILL)


class Reached(msgspec.Struct, frozen=True):
    """By item, the numbers of lines that it executes; and those that matter to every item."""

    executed: dict[int, set[int]]
    always: set[int]


@dataclass(frozen=True)
class Asked:
    """A request, and the item that it belongs to. witness: whether it is the item's witnesses that are asked for."""

    item: int
    witness: bool
    request: dict[str, Any]


class Workshop:
    """Items of `suite`, with what PyTorch and refgrad as it is make of them. Raises HarnessError where these differ."""

    def __init__(self, suite: Suite, items: Sequence[Item]) -> None:
        self.oracle = GoldenOracle(suite)
        self.items = items = [as_recorded(each, self.oracle.recorded(each)) for each in items]
        self.asked = list(requests_of(items))
        self.numbers: list[list[int]] = [[] for _ in items]
        for number, each in enumerate(self.asked):
            self.numbers[each.item].append(number)
        self.process = ForkingProcess()
        self.inside = False  # whether orders go to one that it has forked, which has refgrad loaded
        self._order({"call": "prepare", "requests": [each.request for each in self.asked]})
        self._line()

    @cached_property
    def honest(self) -> tuple[Loaded, list[Said]]:
        """What refgrad as it is answers, which is right."""
        answers = dict(self.first_answers())
        loaded = self.loaded
        for place, item in enumerate(self.items):
            said = [answers[n] for n in self.numbers[place] if n in answers]
            result = self.judged(item, said or [NOT_ASKED], loaded)
            if result.outcome != "pass" or len(said) < len(self.numbers[place]):
                raise HarnessError(f"refgrad as it is does not conform: {item.id} ends as {result.outcome}.")
        return loaded, [answers[number] for number in range(len(self.asked))]

    def first_answers(self) -> Iterator[tuple[int, Said]]:
        """What refgrad as it is answers, now that a process loads it; orders go there until `_leave`."""
        self._order({"call": "enter"})
        self._begin(PACKAGE)
        self.process.working, self.inside = 0, True
        for number in range(len(self.asked)):
            yield number, self._line()

    def results(self, implementation: str, places: Sequence[int], exchanging: bool = False) -> Iterator[Result]:
        """The results of these items, other than passes. Items that it comes to after too many losses have none.

        exchanging: whether it is a fault that can be made in refgrad when that is loaded, which takes less time.
        """
        loaded, honest = self.honest
        if not exchanging:
            self._leave()
        elif not self.inside:
            deque(self.first_answers(), 0)
        waiting: list[Said] = []
        numbers = [number for place in places for number in self.numbers[place]]
        for number, said in self.answers(implementation, numbers):
            waiting.append(said)
            place = self.asked[number].item
            numbers = self.numbers[place]
            if number != numbers[-1]:
                continue
            if waiting != [honest[each] for each in numbers]:  # what is the same to the byte is right
                result = self.judged(self.items[place], waiting, loaded)
                if result.outcome != "pass":
                    yield result
            waiting = []

    def judged(self, item: Item, answers: Sequence[Said], loaded: Loaded) -> Result:
        """The result of an item by the answers to its requests."""
        ending, *witnesses = map(decoded, answers)
        traces = [trace for each in witnesses if isinstance(each, Ran) for trace in each.traces]
        expected: Trace = ()
        if isinstance(ending, Unread):
            question = Question(item, self.oracle, self.oracle.recorded(item).observations)
            try:
                expected, ending = compared(question, ending)
            except ValueError as error:
                ending = malformed(error)
        return judge(item, expected, ending, frozenset(loaded.facets), 0.0, disagreements(traces))

    def answers(self, implementation: str, numbers: Sequence[int]) -> Iterator[tuple[int, Said]]:
        """What `implementation` says to the requests of these numbers. A loss costs one of them."""
        left, losses = list(numbers), 0
        while left and losses < LOSSES:
            for number, said in zip(left, self._comparison(implementation, left), strict=False):
                yield number, said
                left = left[1:]
            losses += 1

    def _comparison(self, implementation: str, numbers: Sequence[int]) -> Iterator[Said]:
        """The answers of one forked process, which may end too soon: then the last of them says how."""
        _, honest = self.honest
        how = {"seconds": SECONDS, "exchanging": self.inside}
        self._order({"call": "compare", "implementation": implementation, "asked": list(numbers), **how})
        others: dict[int, Said] = {}
        loss: Said | None = None
        known = 0
        try:
            self._begin(implementation)
            while self.process.working:
                line = self._line() if loss else self._receive(LIMITS)
                if not isinstance(line, bytes):
                    loss = line
                    self.process.stop_working()  # and its end is told
                elif found := ANSWER.match(line):
                    others[int(found[1])] = line
                elif line.startswith(NOTES):
                    note = msgspec.json.decode(line)
                    if "ended" in note:
                        self.process.working = 0
                        loss = loss or lost(note["ended"])
                    yield from (others.get(each) or honest[each] for each in numbers[known : note["done"]])
                    known = note["done"]
            if known < len(numbers):
                assert loss is not None
                yield loss
        finally:
            self._end()

    def _begin(self, implementation: str) -> None:
        self.process.working = msgspec.json.decode(self._line())["process"]
        reply = decode_reply(self._line().replace(b'"number": -1', b'"number": 0', 1))
        if isinstance(reply, Refused) or not isinstance(reply, Loaded):
            raise HarnessError(f"{implementation} does not load: {getattr(reply, 'reason', reply)}")
        self.loaded = reply

    def _leave(self) -> None:
        """Have orders go to a process that has not loaded refgrad."""
        if self.inside:
            self._order({"call": "leave"})
            self.inside = False
            self._await_end()

    def _end(self) -> None:
        """Have no process but the one that forks."""
        if not self.process.working:
            return
        self.process.stop_working()
        self.process.working = 0
        self._await_end()

    def _await_end(self) -> None:
        while b'"ended"' not in self._line()[:10]:
            pass

    def reached(self, wanted: Sequence[LineKey], places: Sequence[int]) -> Reached:
        """Which of the lines `wanted`, by their numbers, refgrad as it is executes at each of these items."""
        self._leave()
        numbers = [number for place in places for number in self.numbers[place]]
        self._order({"call": "reach", "implementation": PACKAGE, "asked": numbers, "wanted": list(wanted)})
        self.process.working = msgspec.json.decode(self._line())["process"]
        found: dict[int, set[int]] = {place: set() for place in places}
        try:
            for _ in numbers:
                answer = msgspec.json.decode(self._line())
                found[self.asked[answer["request"]].item].update(answer["executed"])
            return Reached(found, set(msgspec.json.decode(self._line())["always"]))
        finally:
            self._end()

    def _order(self, order: dict[str, Any]) -> None:
        self.process.send(b'{"number":0,' + msgspec.json.encode(order)[1:])

    def _receive(self, limits: Limits) -> Said:
        return self.process.receive(limits.scenario, limits)

    def _line(self) -> bytes:
        """A line of which nothing can be the reason that it does not come but we ourselves."""
        line = self._receive(PATIENT)
        if not isinstance(line, bytes):
            raise HarnessError(f"The process that runs faults was lost: {line.reason}.")
        return line

    def close(self) -> None:
        self.process.kill()


def requests_of(items: Sequence[Item]) -> Iterator[Asked]:
    for place, item in enumerate(items):
        yield Asked(place, False, request_for(item))
        if isinstance(item, Programs) and item.witnesses:
            programs = [msgspec.Raw(each) for each in item.witnesses]
            yield Asked(place, True, {"call": "programs", "programs": programs, "brief": True})


def lost(code: int) -> TimedOut | Crashed:
    """By how a process ended that compares."""
    return TimedOut(f"no answer within {SECONDS:g} s") if code == -signal.SIGPROF else ended(code)


def decoded(said: Said) -> Any:
    if not isinstance(said, bytes):
        return said
    try:
        reply = decode_unread(said)
    except ValueError as error:
        return malformed(error)
    return reply if not isinstance(reply, Refused | Loaded) else Crashed("it answered something else", "babbled")
