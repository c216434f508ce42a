"""Sittings in processes of this machine, one submission at a time in each: a lost process costs that one alone."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
from collections import Counter, deque
from collections.abc import Iterable, Iterator
from multiprocessing.connection import Connection, wait

import msgspec

from gradspec.grading.hall import serve
from gradspec.grading.messages import Answered, Ended, Lost, Message, Setting, Task, decode_all, encode, still_to_ask

TRIES = 3  # how often a submission is tried that costs its process each time
TICK = 0.05  # seconds without news after which the grader hears so: time to make durable what it holds


class _Worker:
    """One process, the connection to it, and the task that it is at."""

    def __init__(self) -> None:
        self.told = b""  # the setting that it knows
        context = multiprocessing.get_context("spawn")  # a fork would share what the grader has open
        self.connection, theirs = context.Pipe()
        self.process = context.Process(target=serve, args=(theirs, os.getpid()), daemon=True)
        self.process.start()
        theirs.close()
        self.task: Task | None = None
        self.answered: dict[int, str] = {}

    def tell(self, setting: bytes) -> None:
        """Not handed over at its start: that would wait forever for one that is dead."""
        if self.told is not setting:
            self.told = setting
            self._send(setting)

    def give(self, task: Task) -> None:
        self.task, self.answered = task, {}
        self._send(encode(task))

    def _send(self, order: bytes) -> None:
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # it is dead: `receive` will say so
            self.connection.send_bytes(order)

    def receive(self) -> list[Message] | None:
        """The next messages; None if the process is lost."""
        try:
            return decode_all(self.connection.recv_bytes())
        except (EOFError, ConnectionResetError):
            return None

    def obituary(self) -> str:
        self.process.join(1)
        code = self.process.exitcode
        return f"killed by {signal.Signals(-code).name}" if code and code < 0 else f"exit code {code}"

    def left(self) -> Task | None:
        """What it leaves undone."""
        if self.task is None:
            return None
        return msgspec.structs.replace(self.task, questions=still_to_ask(self.task.questions, self.answered))

    def stop(self) -> None:
        self.process.kill()
        self.process.join()
        self.connection.close()


class Supervisor:
    """`jobs` processes that are replaced when they are lost."""

    def __init__(self, jobs: int) -> None:
        self.jobs = jobs
        self.setting = b""
        self.workers: dict[Connection, _Worker] = {}

    def begin(self, setting: Setting) -> None:
        """Start the processes without waiting for them, nor for the exam."""
        early = encode(setting)
        for _ in range(self.jobs):
            self._start().tell(early)

    def run(self, setting: Setting, tasks: Iterable[Task]) -> Iterator[Message | None]:
        """Messages as they come, and None where there are none for a moment."""
        self.setting = encode(setting)
        source, again = iter(tasks), deque[Task]()
        tries: Counter[int] = Counter()
        while True:
            self._hand_out(source, again)
            busy = [each.connection for each in self.workers.values() if each.task is not None]
            if not busy:
                return
            ready = wait(busy, TICK)
            if not ready:
                yield None
            for connection in ready:
                assert isinstance(connection, Connection)
                worker = self.workers[connection]
                messages = worker.receive()
                for message in self._bury(worker, again, tries) if messages is None else messages:
                    if isinstance(message, Answered):
                        worker.answered[message.place] = message.verdict.outcome
                    elif isinstance(message, Ended | Lost):
                        worker.task = None
                    yield message

    def _hand_out(self, source: Iterator[Task], again: deque[Task]) -> None:
        """A task for each process that has none, and a process for each task while there are fewer than there may be."""
        idle = [each for each in self.workers.values() if each.task is None]
        if not self.workers:  # they start side by side
            idle = [self._start() for _ in range(self.jobs)]
        while idle or len(self.workers) < self.jobs:
            task = again.popleft() if again else next(source, None)
            if task is None:
                return
            worker = idle.pop() if idle else self._start()
            worker.tell(self.setting)
            worker.give(task)

    def _start(self) -> _Worker:
        worker = _Worker()
        self.workers[worker.connection] = worker
        return worker

    def _bury(self, worker: _Worker, again: deque[Task], tries: Counter[int]) -> list[Message]:
        """The process is lost: what it was at is tried again, or given up."""
        del self.workers[worker.connection]
        left, how = worker.left(), worker.obituary()
        worker.stop()
        assert left is not None
        tries[left.number] += 1
        if tries[left.number] < TRIES:
            again.append(left)
            return []
        return [Lost(left.number, f"its process was lost {TRIES} times, at last: {how}")]

    def close(self) -> None:
        for each in self.workers.values():
            each.stop()
        self.workers.clear()
