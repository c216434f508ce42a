"""Which lines are executed, of those that somebody wants to know about. Standard library only."""

from __future__ import annotations

import contextlib
import sys
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from types import CodeType, FrameType
from typing import Any

Line = tuple[
    str, int, str, int
]  # file, first line and name of a function, and a line in it; 0: any, and "": any function
Note = Callable[[FrameType, str, Any], Any]


class Watch:
    """Notes the numbers of lines of `wanted` as they are executed: each once, for afterwards nothing hangs on it."""

    def __init__(self, wanted: Sequence[Line]) -> None:
        self.wanted = defaultdict[tuple[str, int, str], dict[int, int]](dict)  # number by line, of each function
        for number, (file, first, name, line) in enumerate(wanted):
            self.wanted[file, first, name][line] = number
        self.left: dict[int, tuple[CodeType, dict[int, int]]] = {}  # by the id of a code: what is not noted yet
        self.executed: set[int] = set()

    @contextlib.contextmanager
    def watching(self) -> Iterator[set[int]]:
        """Note what is executed meanwhile, in threads that are started, too; given is the set that it goes to."""
        self.left, self.executed = {}, set()
        threading.settrace(self.enter)
        sys.settrace(self.enter)
        try:
            yield self.executed
        finally:
            sys.settrace(None)
            threading.settrace(None)

    def enter(self, frame: FrameType, event: str, argument: Any) -> Note | None:
        met = self.left.get(id(frame.f_code)) or self.meet(frame.f_code)  # the hash of a code is dear
        return self.note if met[1] else None

    def meet(self, code: CodeType) -> tuple[CodeType, dict[int, int]]:
        lines = dict(self.wanted.get((code.co_filename, code.co_firstlineno, code.co_name), {}))
        # the module of a file that is written while the package runs makes functions, once, and does nothing else
        whole = self.wanted.get((code.co_filename, 0, ""), {}) if code.co_name != "<module>" else {}
        self.executed.update(each[0] for each in (lines, whole) if 0 in each)
        lines.pop(0, None)
        self.left[id(code)] = met = code, lines
        return met

    def note(self, frame: FrameType, event: str, argument: Any) -> Note:
        met = self.left.get(id(frame.f_code)) or self.meet(frame.f_code)
        number = met[1].pop(frame.f_lineno, None)
        if number is not None:
            self.executed.add(number)
        return self.note
