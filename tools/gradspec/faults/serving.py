"""A process that has all but the implementation ready, and forks for each one that is to be run.

Starting Python, NumPy and the chapters anew for every fault takes longer than most of what a fault is asked. What is asked
is sent once; a line then names an implementation and the numbers of the requests, and whoever is forked for it does them
one after the other, and says what it answers otherwise than refgrad as it is. Standard library only.
"""

from __future__ import annotations

import functools
import gc
import importlib
import json
import marshal
import mmap
import os
import signal
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from hashlib import blake2b
from pathlib import Path
from typing import Any

from gradspec.faults import PREFIX, bank, find
from gradspec.faults.loading import PACKAGE, Functions, compile_all, exchange, load_to_exchange, loaded_functions
from gradspec.faults.watching import Watch
from gradspec.scenario import load_chapter
from gradspec.worker import Answer, Session, move_away, write_all

WARM = (
    "numpy numpy.linalg numpy.random numpy.fft numpy.lib.stride_tricks copy inspect pickle heapq math weakref".split()
)


PULSE = 0.1  # seconds after which whoever compares says how far it is
RARELY = (50_000, 20, 50)  # objects and times after which garbage is collected: requests leave little of it
SIZE = 16  # bytes of a digest


class Notes:
    """Memory that processes share which are forked: how many requests one has done, and the digest of each answer."""

    def __init__(self, requests: int) -> None:
        self.memory = mmap.mmap(-1, SIZE * (requests + 1))

    def __getitem__(self, request: int) -> bytes:
        return self.memory[SIZE * (request + 1) : SIZE * (request + 2)]

    def __setitem__(self, request: int, digest: bytes) -> None:
        self.memory[SIZE * (request + 1) : SIZE * (request + 2)] = digest

    @property
    def done(self) -> int:
        return int.from_bytes(self.memory[:SIZE], "little")

    @done.setter
    def done(self, count: int) -> None:
        self.memory[:SIZE] = count.to_bytes(SIZE, "little")


def digest(answer: Answer) -> bytes:
    """Answers with the same digest are the same as JSON: 1 and 1.0 and True have three."""
    return blake2b(marshal.dumps(answer, 2), digest_size=SIZE).digest()


class Forker:
    """What can be asked, and the pipe for answers."""

    def __init__(self, replies: int) -> None:
        self.replies = replies
        self.lines: Iterator[bytes] = iter(())  # of orders
        self.requests: list[dict[str, Any]] = []
        self.notes = Notes(0)
        self.session = Session()
        self.loaded: Answer = {}  # what came of loading refgrad here, where that is so
        self.exchangeable: Functions = {}
        self.kept: list[Any] = []

    def serve(self, lines: Iterator[bytes]) -> None:
        """Do as `lines` say, until one says to leave."""
        self.lines = lines
        for line in lines:
            order = json.loads(line)
            call = order.pop("call")
            if call == "leave":
                return
            getattr(self, call)(**order)

    def prepare(self, requests: list[dict[str, Any]], number: int) -> None:
        """Take the requests, and load what they need."""
        self.requests = requests
        self.notes = Notes(len(requests))
        for name in WARM:
            importlib.import_module(name)
        for path in sorted({each["path"] for each in requests if each["call"] == "scenario"}):
            load_chapter(Path(path))
        bank()
        compile_all()
        settle()
        self.say({"prepared": len(requests)})

    def enter(self, number: int) -> None:
        """Fork a process that loads refgrad as it is, says what that answers, and takes the orders until `leave`.

        It knows the functions that it has, so that faults can be made in them.
        """

        def inside() -> None:
            load_to_exchange()
            self.loaded = self.session.answer(loading(PACKAGE))
            self.say(self.loaded)
            for each, request in enumerate(self.requests):  # what is made the first time, a fork need not make again
                answer = self.session.answer({"number": each, **request})
                self.notes[each] = digest(answer)
                self.say(answer)
            self.exchangeable, self.kept = loaded_functions(), kept_for_a_while()
            settle()
            self.serve(self.lines)

        self.fork(inside)

    def compare(self, implementation: str, asked: list[int], seconds: float, exchanging: bool, number: int) -> None:
        """Have a forked process load `implementation` and answer the requests of these numbers.

        Said are only such answers as are others than refgrad's as it is, and how many requests are done. seconds: of its
        own time that a request may take. exchanging: whether it is a fault, to be made in refgrad as it is loaded here.
        """

        def answer_all() -> None:
            if exchanging:
                exchange(find(implementation.removeprefix(PREFIX)), self.exchangeable)
                for each in self.kept:
                    each.cache_clear()
            self.say(self.loaded or self.session.answer(loading(implementation)))
            pulse = time.monotonic() + PULSE
            for done, each in enumerate(asked):
                self.notes.done = done
                if time.monotonic() > pulse:
                    self.say({"done": done})
                    pulse = time.monotonic() + PULSE
                signal.setitimer(signal.ITIMER_PROF, seconds)  # which ends this process
                answer = self.session.answer({"number": each, **self.requests[each]})
                if digest(answer) != self.notes[each]:
                    self.say(answer)
            self.notes.done = len(asked)

        self.fork(answer_all)

    def reach(
        self, implementation: str, asked: list[int], wanted: list[tuple[str, int, str, int]], number: int
    ) -> None:
        """For each request: which of these lines it executes; 0 is any line of a function, "" any function of a file.

        All are made twice. What is executed the first time alone fills some memory for those that come later, which is
        the affair of every request, as is what is executed while the implementation is loaded. Caches of limited size are
        empty at the start of each.
        """
        watch = Watch(wanted)
        kept, modules = list[Any](), [0]  # whose caches are emptied, of how many modules

        def look() -> None:
            session = Session()
            always = watched(loading(implementation), session)
            first = [watched({"number": each, **self.requests[each]}, session) for each in asked]
            for each, before in zip(asked, first, strict=True):
                after = watched({"number": each, **self.requests[each]}, session)
                always |= before - after
                self.say({"request": each, "executed": sorted(before | after)})
            self.say({"always": sorted(always)})

        def watched(request: dict[str, Any], session: Session) -> set[int]:
            if modules[0] != len(sys.modules):
                modules[0], kept[:] = len(sys.modules), kept_for_a_while()
            for each in kept:
                each.cache_clear()
            with watch.watching() as executed:
                session.answer(request)
            return executed

        self.fork(look)

    def fork(self, action: Callable[[], None]) -> None:
        """Do it in a process of its own, whose number comes first and whose end is told."""
        self.notes.done = 0
        pid = os.fork()
        if pid == 0:
            code = 1
            try:
                self.say({"process": os.getpid()})
                action()
                code = 0
            except BaseException:  # noqa: BLE001 (nothing may get out of a process that was forked)
                traceback.print_exc()
            finally:
                os._exit(code)
        _, status = os.waitpid(pid, 0)
        write_all(self.replies, b"\n")  # it may have ended in the midst of a line
        self.say({"ended": os.waitstatus_to_exitcode(status), "done": self.notes.done})

    def say(self, answer: Answer) -> None:
        write_all(self.replies, json.dumps(answer, allow_nan=False).encode() + b"\n")


def loading(implementation: str) -> dict[str, Any]:
    """The request to load it."""
    return {"number": -1, "call": "load", "implementation": implementation}


def kept_for_a_while() -> list[Any]:
    """The functions of refgrad that have a cache of limited size."""
    found = (each for each in gc.get_objects() if type(each) is functools._lru_cache_wrapper)
    return [each for each in found if each.__module__.startswith(PACKAGE) and each.cache_parameters()["maxsize"]]


def settle() -> None:
    """Have the collector leave alone what is there."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*RARELY)


def main() -> None:
    """Serve the process that started this one, until it closes the descriptor of the requests."""
    requests, replies = move_away()
    with open(requests, "rb") as lines:
        Forker(replies).serve(iter(lines))
    os._exit(0)
