"""The process that forks for every mutant: `python -m mutation_testing.serving [warm]`.

Warm, it has refgrad loaded, and a mutant is new code for functions that exist; otherwise refgrad is loaded in the
process that was forked, with the mutated file's code in the place of its own. Standard library only.
"""

from __future__ import annotations

import base64
import gc
import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import marshal
import os
import pkgutil
import resource
import signal
import sys
import threading
from collections import defaultdict
from collections.abc import Callable, Sequence
from itertools import zip_longest
from types import CodeType, FrameType, FunctionType, ModuleType
from typing import Any

from gradspec.faults.loading import PACKAGE
from gradspec.faults.serving import Forker
from gradspec.worker import Answer, Session, move_away

LOAD = {"number": -1, "call": "load", "implementation": PACKAGE}
MEMORY = 4 << 30  # bytes of address space beyond what is there: a mutant that asks for more is told so
Line = tuple[str, int, str, int]  # file, first line and name of a function, and a line in it


def load(session: Session) -> Answer:
    """Load refgrad, and what it would load only when it is first asked for: a mutant may be in any of it."""
    answer = session.answer(dict(LOAD))
    for each in pkgutil.walk_packages(sys.modules[PACKAGE].__path__, f"{PACKAGE}."):
        importlib.import_module(each.name)
    return answer


class MutantForker(Forker):
    """Forks for mutants."""

    def __init__(self, replies: int, warm: bool) -> None:
        super().__init__(replies)
        self.warm = warm
        self.session = Session()
        self.loaded: Answer = {}
        self.functions = defaultdict[CodeType, list[FunctionType]](list)

    def prepare(self, requests: list[dict[str, Any]], number: int) -> None:
        sys.dont_write_bytecode = True  # nobody asks again for what a mutant generates
        if self.warm:
            self.loaded = load(self.session)
            for each in gc.get_objects():
                if isinstance(each, FunctionType):
                    self.functions[each.__code__].append(each)
        super().prepare(requests, number)

    def run(self, implementation: str, asked: list[int], number: int, **mutant: Any) -> None:
        """Have a forked process answer the requests of these numbers on refgrad as it is, or on a mutant.

        mutant: the module's code as it is, `before`, and as it is to be, `after`, its `path`, and how many `seconds` of
        its own time it may take for each of the requests, and for `loading`.
        """

        def answer_all() -> None:
            session = self.session
            if "after" in mutant:
                before, after = (marshal.loads(base64.b64decode(mutant[each])) for each in ("before", "after"))
                limit_memory()
                signal.setitimer(signal.ITIMER_PROF, mutant["loading"])
                if self.warm:
                    self.exchange(before, after)
                else:
                    sys.meta_path.insert(0, MutantFinder(mutant["path"], after))
            self.say(self.loaded if self.warm else load(session))
            limits = mutant.get("seconds") or [0.0] * len(asked)  # none
            for each, limit in zip(asked, limits, strict=True):
                signal.setitimer(signal.ITIMER_PROF, limit)
                self.say(session.answer({"number": each, **self.requests[each]}))

        self.fork(answer_all)

    def exchange(self, before: CodeType, after: CodeType) -> None:
        """Give the functions whose code is in `before` that in `after`."""
        for ours, theirs in zip_longest(functions(before), functions(after)):
            for each in self.functions.get(ours, ()):
                each.__code__ = theirs
            self.exchange(ours, theirs)

    def reach(self, implementation: str, asked: list[int], wanted: Any, number: int) -> None:
        """For each request, made in a process of its own: what lines below the directory `wanted` it executes.

        Where refgrad is not loaded yet, what loading it executes.
        """
        loading: list[int | None] = [None]
        for each in asked or loading:

            def look(each: int | None = each) -> None:
                executed: set[Line] = set()
                tracer = Tracer(wanted, executed)
                threading.settrace(tracer.enter)
                sys.settrace(tracer.enter)
                if each is None:
                    load(self.session)
                else:
                    self.session.answer({"number": each, **self.requests[each]})
                sys.settrace(None)
                self.say({"request": each, "executed": sorted(executed)})

            self.fork(look)


class Tracer:
    """Notes each line of Python below `directory` that is executed, and the function that it is executed in."""

    def __init__(self, directory: str, executed: set[Line]) -> None:
        self.directory = directory
        self.executed = executed

    def enter(self, frame: FrameType, event: str, argument: object) -> Callable[..., Any] | None:
        code = frame.f_code
        if not code.co_filename.startswith(self.directory):
            return None
        key, add = (code.co_filename[len(self.directory) :], code.co_firstlineno, code.co_name), self.executed.add

        def note(frame: FrameType, event: str, argument: object) -> Callable[..., Any]:
            add((*key, frame.f_lineno))
            return note

        add((*key, frame.f_lineno))
        return note


class MutantFinder(importlib.abc.MetaPathFinder):
    """Finds the module at `path`, and gives it this code."""

    def __init__(self, path: str, code: CodeType) -> None:
        self.path, self.code = path, code

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname.partition(".")[0] != PACKAGE:
            return None
        found = importlib.machinery.PathFinder.find_spec(fullname, path, target)
        if found is None or found.origin != self.path:
            return None
        return importlib.util.spec_from_file_location(
            fullname, self.path, loader=MutantLoader(fullname, self.path, self.code)
        )


class MutantLoader(importlib.machinery.SourceFileLoader):
    def __init__(self, fullname: str, path: str, code: CodeType) -> None:
        super().__init__(fullname, path)
        self.code = code

    def get_code(self, fullname: str) -> CodeType:
        return self.code


def functions(code: CodeType) -> list[CodeType]:
    return [each for each in code.co_consts if isinstance(each, CodeType)]


def limit_memory() -> None:
    with open("/proc/self/statm") as statm:
        present = int(statm.read().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (present + MEMORY, present + MEMORY))


def main() -> None:
    """Serve the process that started this one, until it closes the descriptor of the requests."""
    requests, replies = move_away()
    with open(requests, "rb") as lines:
        MutantForker(replies, "warm" in sys.argv[1:]).serve(iter(lines))
    os._exit(0)


if __name__ == "__main__":
    main()
