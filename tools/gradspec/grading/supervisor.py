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
from gradspec.grading.messages import Answered, Ended, Lost, Message, Setting, Task, decode, still_to_ask

TRIES = 3  # how often a submission is tried that costs its process each time
TICK = 0.05  # seconds without news after which the grader hears so: time to make durable what it holds


class _Worker:
    """One process, the connection to it, and the task that it is at."""

    def __init__(self, setting: bytes) -> None:
        self.setting: bytes | None = setting  # until it is sent
        context = multiprocessing.get_context("spawn")  # a fork would share what the grader has open
        self.connection, theirs = context.Pipe()
        self.process = context.Process(target=serve, args=(theirs, os.getpid()), daemon=True)
        self.process.start()
        theirs.close()
        self.task: Task | None = None
        self.answered: dict[int, str] = {}

    def give(self, task: Task) -> None:
        self.task, self.answered = task, {}
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # it is dead: `receive` will say so
            if self.setting is not None:  # not handed over at the start: that would wait forever for one that is dead
                self.connection.send_bytes(self.setting)
                self.setting = None
            self.connection.send_bytes(msgspec.json.encode(task))

    def receive(self) -> Message | None:
        """The next message; None if the process is lost."""
        try:
            return decode(self.connection.recv_bytes())
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

    def __init__(self, jobs: int, setting: Setting) -> None:
        self.jobs = jobs
        self.setting = msgspec.json.encode(setting)
        self.workers: dict[Connection, _Worker] = {}

    def run(self, tasks: Iterable[Task]) -> Iterator[Message | None]:
        """Messages as they come, and None where there are none for a moment."""
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
                message = worker.receive()
                if message is None:
                    message = self._bury(worker, again, tries)
                elif isinstance(message, Answered):
                    worker.answered[message.place] = message.verdict.outcome
                elif isinstance(message, Ended | Lost):
                    worker.task = None
                if message is not None:
                    yield message

    def _hand_out(self, source: Iterator[Task], again: deque[Task]) -> None:
        """A task for each process that has none, and a process for each task while there are fewer than there may be."""
        idle = [each for each in self.workers.values() if each.task is None]
        for _ in range(self.jobs if not self.workers else 0):  # they start side by side
            worker = _Worker(self.setting)
            self.workers[worker.connection] = worker
            idle.append(worker)
        while idle or len(self.workers) < self.jobs:
            task = again.popleft() if again else next(source, None)
            if task is None:
                return
            if not idle:
                worker = _Worker(self.setting)
                self.workers[worker.connection] = worker
                idle.append(worker)
            idle.pop().give(task)

    def _bury(self, worker: _Worker, again: deque[Task], tries: Counter[int]) -> Message | None:
        """The process is lost: what it was at is tried again, or given up."""
        del self.workers[worker.connection]
        left, how = worker.left(), worker.obituary()
        worker.stop()
        assert left is not None
        tries[left.number] += 1
        if tries[left.number] < TRIES:
            again.append(left)
            return None
        return Lost(left.number, f"its process was lost {TRIES} times, at last: {how}")

    def close(self) -> None:
        for each in self.workers.values():
            each.stop()
        self.workers.clear()
