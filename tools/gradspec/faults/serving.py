"""A process that has all but the implementation ready, and forks for each one that is to be run.

Starting Python, NumPy and the chapters anew for every fault takes longer than most of what a fault is asked. What is asked
is sent once; a line then names an implementation and the numbers of the requests, and whoever is forked for it answers
them one after the other. Standard library only.
"""

from __future__ import annotations

import contextlib
import cProfile
import gc
import importlib
import json
import os
import threading
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

from gradspec.faults import bank
from gradspec.faults.loading import compile_all
from gradspec.scenario import load_chapter
from gradspec.worker import Answer, Session, move_away, write_all

WARM = (
    "numpy numpy.linalg numpy.random numpy.fft numpy.lib.stride_tricks copy inspect pickle heapq math weakref".split()
)


class Forker:
    """What can be asked, and the pipe for answers."""

    def __init__(self, replies: int) -> None:
        self.replies = replies
        self.requests: list[dict[str, Any]] = []

    def serve(self, lines: Iterator[bytes]) -> None:
        calls: dict[str, Callable[..., None]] = {"prepare": self.prepare, "run": self.run, "reach": self.reach}
        for line in lines:
            order = json.loads(line)
            calls[order.pop("call")](**order)

    def prepare(self, requests: list[dict[str, Any]], number: int) -> None:
        """Take the requests, and load what they need."""
        self.requests = requests
        for name in WARM:
            importlib.import_module(name)
        for path in sorted({each["path"] for each in requests if each["call"] == "scenario"}):
            load_chapter(Path(path))
        bank()
        compile_all()
        gc.collect()
        gc.freeze()
        self.say({"prepared": len(requests)})

    def run(self, implementation: str, asked: list[int], number: int) -> None:
        """Have a forked process load `implementation` and answer the requests of these numbers."""

        def answer_all() -> None:
            session = Session()
            self.say(session.answer({"number": -1, "call": "load", "implementation": implementation}))
            for each in asked:
                self.say(session.answer({"number": each, **self.requests[each]}))

        self.fork(answer_all)

    def reach(self, implementation: str, asked: list[int], wanted: list[tuple[str, int, str]], number: int) -> None:
        """For each request: which of these functions, by file, line and name (or of a file: 0 and none), it enters.

        All are made twice. What is entered the first time alone fills some memory for those that come later, which is the
        affair of every request, as is what is entered while the implementation is loaded.
        """
        places = {(file, line, name): place for place, (file, line, name) in enumerate(wanted)}

        def look() -> None:
            session = Session()
            always = watched({"number": -1, "call": "load", "implementation": implementation}, session)
            first = [watched({"number": each, **self.requests[each]}, session) for each in asked]
            for each, before in zip(asked, first, strict=True):
                after = watched({"number": each, **self.requests[each]}, session)
                always |= before - after
                self.say({"request": each, "entered": sorted(before | after)})
            self.say({"always": sorted(always)})

        def watched(request: dict[str, Any], session: Session) -> set[int]:
            entered: set[CodeType] = set()
            with watching(entered):
                session.answer(request)
            keys = {(code.co_filename, code.co_firstlineno, code.co_name) for code in entered}
            keys |= {(code.co_filename, 0, "") for code in entered}  # any function of that file
            return {places[key] for key in keys & places.keys()}

        self.fork(look)

    def fork(self, action: Callable[[], None]) -> None:
        """Do it in a process of its own, whose number comes first and whose end is told."""
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
        self.say({"ended": os.waitstatus_to_exitcode(status)})

    def say(self, answer: Answer) -> None:
        write_all(self.replies, json.dumps(answer, allow_nan=False).encode() + b"\n")


@contextlib.contextmanager
def watching(entered: set[CodeType]) -> Iterator[None]:
    """Note the code of every Python function that is entered, in threads that are started, too."""

    def note(frame: FrameType, event: str, argument: object) -> None:
        entered.add(frame.f_code)

    profiler = cProfile.Profile(subcalls=False, builtins=False)  # a tenth of what a function of our own would cost
    threading.setprofile(note)
    profiler.enable()
    try:
        yield
    finally:
        profiler.disable()
        threading.setprofile(None)
        entered.update(each.code for each in profiler.getstats() if isinstance(each.code, CodeType))


def main() -> None:
    """Serve the process that started this one, until it closes the descriptor of the requests."""
    requests, replies = move_away()
    with open(requests, "rb") as lines:
        Forker(replies).serve(iter(lines))
    os._exit(0)
