"""Runs scenarios in worker processes: starts them, watches clock and memory, and makes an ending of what happens."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, Protocol, TypeVar

import msgspec

from gradspec.errors import UsageError
from gradspec.process import Crashed, Limits, PlainProcess, Process, TimedOut, worker_command
from gradspec.scenario import Item, Programs, Scenario
from gradspec.trace import (
    Broken,
    Compiled,
    Declined,
    Denied,
    Flooded,
    Loaded,
    Ran,
    Refused,
    Reply,
    Trace,
    Traced,
    Unread,
    UnreadReply,
    decode_reply,
    decode_unread,
)
from gradspec.worker import Session

__all__ = [
    "Answered",
    "Crashed",
    "Ending",
    "InProcessRunner",
    "Limits",
    "NotLoadedError",
    "ProgramEnding",
    "Runner",
    "TimedOut",
    "WorkerRunner",
    "request_for",
    "worker_command",
]


class NotLoadedError(UsageError):
    """The implementation cannot be loaded; `ending` says how that showed."""

    def __init__(self, sentence: str, ending: Refused | Denied | TimedOut | Crashed) -> None:
        super().__init__(sentence)
        self.ending = ending


Ending = Traced | Declined | Denied | Broken | TimedOut | Crashed
Answer = Ending | Ran | Unread
Answered = Loaded | Refused | Traced | Unread | Ran | Declined | Broken | Denied | Compiled
ProgramEnding = Trace | TimedOut | Crashed | None  # None: it asked for what the library does not offer
Decode = Callable[[bytes], Reply | UnreadReply]
Asker = TypeVar("Asker")
AHEAD = 8  # requests that a worker is sent before it has answered the first: it need not wait while an answer is judged


class Runner(Protocol):
    """Something that holds one implementation and runs items on it."""

    def start(self) -> None: ...
    def load(self) -> Loaded: ...
    def run(self, item: Item) -> Ending: ...
    def answers(self, orders: Iterable[tuple[Asker, Sequence[bytes]]]) -> Iterator[tuple[Asker, list[Answer]]]:
        """Each of those who ask with the answers to their requests, in order; those to scenarios are not read."""

    def run_programs(self, programs: Sequence[bytes]) -> list[ProgramEnding]: ...
    def endings(self, programs: Sequence[bytes], answer: Answer) -> list[ProgramEnding]:
        """How programs ended, where `answer` came of the request for them."""

    def close(self) -> None: ...


def programs_request(programs: Sequence[bytes]) -> bytes:
    """The request for programs that are each an item of its own."""
    return b'{"call":"programs","programs":[%s]}' % b",".join(programs)


def witnesses_request(programs: Sequence[bytes]) -> bytes:
    """The same, where the last two statements say all that is to be known: see `gradspec.programs.witness`."""
    return b'{"call":"programs","brief":true,"last":2,"programs":[%s]}' % b",".join(programs)


def request_for(item: Item) -> dict[str, Any]:
    if isinstance(item, Scenario):
        return {"call": "scenario", "path": str(item.path), "name": item.name}
    if isinstance(item, Programs):
        return {"call": "sequence", "programs": [msgspec.Raw(each) for each in item.programs]}
    return {"call": "script", "path": str(item.path)}


class WorkerRunner:
    """Runs items in a worker process, which `process` starts, and starts another whenever one is lost."""

    def __init__(
        self, implementation: str, limits: Limits | None = None, process: Callable[[], Process] = PlainProcess
    ) -> None:
        self.implementation = implementation
        self.limits = limits or Limits()
        self.reading = ""  # what the implementation was read as, where it has neither torch's names nor an adapter
        self._start_process = process
        self._process: Process | None = None
        self._number = 0
        self._asked: deque[int] = deque()  # the numbers of the requests that are not answered yet

    def start(self) -> None:
        """Begin to load the implementation without waiting for it."""
        self._process = self._start_process()
        self._send(msgspec.json.encode({"call": "load", "implementation": self.implementation}))

    def load(self) -> Loaded:
        """Load the implementation. Raises NotLoadedError, which is wrong usage, where it cannot be loaded."""
        if self._process is None:
            self.start()
        reply = self._receive(self.limits.loading)
        match reply:
            case Loaded():
                self.reading = reply.reading
                return reply
            case Refused(reason=reason):
                problem = reason
            case Denied(modules=modules):
                problem = f"{self.implementation} imports {', '.join(modules)}, which a submission may not."
            case TimedOut():
                problem = f"{self.implementation} did not finish importing within {self.limits.loading:g} s."
            case Crashed(reason=reason):
                problem = f"{self.implementation} does not import: {reason}."
            case _:
                reply = Crashed("it gave an answer to something else", "babbled")
                problem = f"{self.implementation} does not import: {reply.reason}."
        self.close()
        raise NotLoadedError(problem, reply)

    def run(self, item: Item) -> Ending:
        """Run `item`. A loss of the worker costs this item alone."""
        reply = self.ask(msgspec.json.encode(request_for(item)))
        assert not isinstance(reply, Ran)
        return reply

    def answers(self, orders: Iterable[tuple[Asker, Sequence[bytes]]]) -> Iterator[tuple[Asker, list[Answer]]]:
        """The same, while the worker goes on. What is lost behind other requests is asked again: they may have done it."""
        source, begun = iter(orders), deque[tuple[Asker, Sequence[bytes]]]()
        wanted: deque[bytes] = deque()  # requests without an answer, the first of which are with the worker
        while True:
            while len(wanted) <= AHEAD and (order := next(source, None)) is not None:
                begun.append(order)
                wanted.extend(order[1])
            if not begun:
                return
            asker, requests = begun.popleft()
            yield asker, [self._answer(wanted) for _ in requests]

    def _answer(self, wanted: deque[bytes]) -> Answer:
        """The answer to the first of the requests, which is no longer wanted then."""
        behind = bool(self._asked)
        try:
            for request in islice(wanted, len(self._asked), None):
                self.push(request)
        except UsageError as error:
            wanted.popleft()
            return not_loaded_again(error)
        answer: Answer = self._pull(decode_unread)
        request = wanted.popleft()
        if behind and isinstance(answer, Crashed):
            answer = self._ask(request, decode_unread)
        return answer

    def ask(self, request: bytes) -> Ending | Ran:
        """The answer to a request, given as JSON without its number."""
        answer: Ending | Ran = self._ask(request, decode_reply)
        return answer

    def _ask(self, request: bytes, decode: Decode) -> Any:
        try:
            self.push(request)
        except UsageError as error:
            return not_loaded_again(error)
        return self._pull(decode)

    def push(self, request: bytes) -> None:
        """Have the worker begin with a request, or go on with it after those before. Raises as `load`."""
        if not self._asked:
            self._revive()
        self._send(request)

    def pull(self) -> Ending | Ran:
        """The answer to the first request that has none yet. Those after it are forgotten where the worker is lost."""
        answer: Ending | Ran = self._pull(decode_reply)
        return answer

    def _pull(self, decode: Decode) -> Any:
        reply = self._receive(self.limits.scenario, decode)
        if isinstance(reply, Loaded | Refused | Compiled):
            reply = Crashed("it gave an answer to something else", "babbled")
        if isinstance(reply, TimedOut | Crashed):
            self.close()
        return reply

    @property
    def waiting(self) -> int:
        """How many requests have no answer yet."""
        return len(self._asked)

    def run_programs(self, programs: Sequence[bytes]) -> list[ProgramEnding]:
        """Run programs, given as JSON, one after the other. A loss of the worker costs one of them alone."""
        self.send_programs(programs)
        return self.receive_programs(programs)

    def send_programs(self, programs: Sequence[bytes]) -> None:
        """Have the worker begin with programs while this process does something else."""
        self.push(programs_request(programs))

    def receive_programs(self, programs: Sequence[bytes]) -> list[ProgramEnding]:
        """The traces of the programs that were sent last."""
        return self.endings(programs, self.pull())

    def endings(self, programs: Sequence[bytes], answer: Answer) -> list[ProgramEnding]:
        """The same, where `answer` is what came of them."""
        if isinstance(answer, Ran) and len(answer.traces) == len(programs):
            return list(answer.traces)
        self.close()
        if len(programs) > 1:  # one of them cost the worker: find it
            return [ending for each in programs for ending in self.run_programs([each])]
        return [
            answer
            if isinstance(answer, TimedOut | Crashed)
            else Crashed("it gave an answer to something else", "babbled")
        ]

    def _revive(self) -> None:
        if self._process is None or not self._process.quiet():
            self.close()
            self.load()

    def _send(self, request: bytes) -> None:
        assert self._process is not None
        self._number += 1
        self._asked.append(self._number)
        self._process.send(b'{"number":%d,' % self._number + request[1:])

    def _receive(self, seconds: float, decode: Decode = decode_reply) -> Answered | TimedOut | Crashed:
        assert self._process is not None
        number = self._asked.popleft()
        line = self._process.receive(seconds, self.limits)
        if not isinstance(line, bytes):
            return line
        try:
            reply = decode(line)
        except ValueError as error:
            return malformed(error)
        if reply.number != number:
            return Crashed("it answered a request that was not made", "babbled")
        return Crashed("it printed more than it may", "output flood") if isinstance(reply, Flooded) else reply

    def close(self) -> None:
        self._asked.clear()
        if self._process is not None:
            self._process.kill()
            self._process = None


def malformed(error: ValueError) -> Crashed:
    return Crashed(f"its answer is malformed: {error}", "babbled")


def not_loaded_again(error: UsageError) -> Crashed:
    return Crashed(f"the implementation did not load again: {error}")


class InProcessRunner:
    """Runs items in this very process: for debuggers and coverage, and for implementations that are trusted."""

    def __init__(self, implementation: str, limits: Limits | None = None) -> None:
        self.implementation = implementation
        self._session = Session()

    def start(self) -> None:
        pass

    def load(self) -> Loaded:
        """Load the implementation. Raises UsageError where it cannot be loaded."""
        reply = self._ask({"call": "load", "implementation": self.implementation})
        if isinstance(reply, Refused):
            raise UsageError(reply.reason)
        assert isinstance(reply, Loaded)
        return reply

    def run(self, item: Item) -> Ending:
        reply = self._ask(msgspec.json.decode(msgspec.json.encode(request_for(item))))  # as it would come by wire
        assert isinstance(reply, Traced | Declined | Broken)
        return reply

    def answers(self, orders: Iterable[tuple[Asker, Sequence[bytes]]]) -> Iterator[tuple[Asker, list[Answer]]]:
        for asker, requests in orders:
            yield asker, [self._ask(msgspec.json.decode(each), decode_unread) for each in requests]

    def run_programs(self, programs: Sequence[bytes]) -> list[ProgramEnding]:
        """Run programs, given as JSON, one after the other."""
        return self.endings(programs, self._ask(msgspec.json.decode(programs_request(programs))))

    def endings(self, programs: Sequence[bytes], answer: Answer) -> list[ProgramEnding]:
        assert isinstance(answer, Ran)
        return list(answer.traces)

    def _ask(self, request: dict[str, Any], decode: Decode = decode_reply) -> Any:
        return decode(msgspec.json.encode(self._session.answer({"number": 0, **request})))

    def close(self) -> None:
        pass
