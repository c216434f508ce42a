"""Runs scenarios in worker processes: starts them, watches clock and memory, and makes an ending of what happens."""

from __future__ import annotations

import contextlib
import os
import selectors
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import msgspec

from gradspec.errors import HarnessError, UsageError
from gradspec.scenario import Item, Programs, Scenario
from gradspec.trace import Broken, Declined, Loaded, Ran, Refused, Reply, Trace, Traced, decode_reply
from gradspec.worker import Session

LINE_LIMIT = 16 << 20  # bytes of one reply
READ_SIZE = 1 << 16
# The package is loaded by its path, so that a worker in another environment sees gradspec and nothing else of ours.
START_WORKER = """
import importlib.util as u, sys
s = u.spec_from_file_location("gradspec", sys.argv[1])
m = sys.modules["gradspec"] = u.module_from_spec(s)
s.loader.exec_module(m)
from gradspec.{module} import main
main()
"""


@dataclass(frozen=True)
class Limits:
    """What a worker may use, in seconds and bytes."""

    scenario: float = 10.0
    loading: float = 20.0
    memory: int = 2 << 30  # of resident memory
    poll: float = 0.05  # how often memory is looked at


@dataclass(frozen=True)
class TimedOut:
    """No answer in time."""

    reason: str


@dataclass(frozen=True)
class Crashed:
    """The process ended, used too much, or said what no worker says."""

    reason: str


Ending = Traced | Declined | Broken | TimedOut | Crashed
ProgramEnding = Trace | TimedOut | Crashed | None  # None: it asked for what the library does not offer


class Runner(Protocol):
    """Something that holds one implementation and runs items on it."""

    def start(self) -> None: ...
    def load(self) -> Loaded: ...
    def run(self, item: Item) -> Ending: ...
    def run_programs(self, programs: Sequence[bytes]) -> list[ProgramEnding]: ...
    def close(self) -> None: ...


def worker_command(module: str, *arguments: str) -> list[str]:
    """The command that starts `main` of `gradspec.<module>` in a fresh Python that ignores the working directory."""
    package = Path(__file__).with_name("__init__.py")
    return [sys.executable, "-P", "-c", START_WORKER.format(module=module), str(package), *arguments]


def request_for(item: Item) -> dict[str, Any]:
    if isinstance(item, Scenario):
        return {"call": "scenario", "path": str(item.path), "name": item.name}
    if isinstance(item, Programs):
        return {"call": "sequence", "programs": [msgspec.Raw(each) for each in item.programs]}
    return {"call": "script", "path": str(item.path)}


class WorkerRunner:
    """Runs items in a worker process, and starts another whenever one is lost."""

    def __init__(self, implementation: str, limits: Limits | None = None) -> None:
        self.implementation = implementation
        self.limits = limits or Limits()
        self._process: _Process | None = None
        self._number = 0

    def start(self) -> None:
        """Begin to load the implementation without waiting for it."""
        self._process = _Process()
        self._number += 1
        request = {"number": self._number, "call": "load", "implementation": self.implementation}
        self._process.send(msgspec.json.encode(request))

    def load(self) -> Loaded:
        """Load the implementation. Raises UsageError where it cannot be loaded."""
        if self._process is None:
            self.start()
        reply = self._receive(self.limits.loading)
        match reply:
            case Loaded():
                return reply
            case Refused(reason=reason):
                problem = reason
            case TimedOut():
                problem = f"{self.implementation} did not finish importing within {self.limits.loading:g} s."
            case Crashed(reason=reason):
                problem = f"{self.implementation} does not import: {reason}."
            case _:
                problem = f"{self.implementation} does not import: it gave an answer to something else."
        self.close()
        raise UsageError(problem)

    def run(self, item: Item) -> Ending:
        """Run `item`. A loss of the worker costs this item alone."""
        reply = self._ask(msgspec.json.encode(request_for(item)))
        assert not isinstance(reply, Ran)
        return reply

    def run_programs(self, programs: Sequence[bytes]) -> list[ProgramEnding]:
        """Run programs, given as JSON, one after the other. A loss of the worker costs one of them alone."""
        self.send_programs(programs)
        return self.receive_programs(programs)

    def send_programs(self, programs: Sequence[bytes]) -> None:
        """Have the worker begin with programs while this process does something else."""
        self._revive()
        self._send(b'{"call":"programs","programs":[%s]}' % b",".join(programs))

    def receive_programs(self, programs: Sequence[bytes]) -> list[ProgramEnding]:
        """The traces of the programs that were sent last."""
        reply = self._answer()
        if isinstance(reply, Ran) and len(reply.traces) == len(programs):
            return list(reply.traces)
        if len(programs) > 1:  # one of them cost the worker: find it
            return [ending for each in programs for ending in self.run_programs([each])]
        return [reply if isinstance(reply, TimedOut | Crashed) else Crashed("it gave an answer to something else")]

    def _ask(self, request: bytes) -> Ending | Ran:
        try:
            self._revive()
        except UsageError as error:
            return Crashed(f"the implementation did not load again: {error}")
        self._send(request)
        return self._answer()

    def _revive(self) -> None:
        if self._process is None or not self._process.quiet():
            self.close()
            self.load()

    def _send(self, request: bytes) -> None:
        assert self._process is not None
        self._number += 1
        self._process.send(b'{"number":%d,' % self._number + request[1:])

    def _answer(self) -> Ending | Ran:
        reply = self._receive(self.limits.scenario)
        if isinstance(reply, Loaded | Refused):
            reply = Crashed("it gave an answer to something else")
        if isinstance(reply, TimedOut | Crashed):
            self.close()
        return reply

    def _receive(self, seconds: float) -> Reply | TimedOut | Crashed:
        assert self._process is not None
        line = self._process.receive(seconds, self.limits)
        if not isinstance(line, bytes):
            return line
        try:
            reply = decode_reply(line)
        except ValueError as error:
            return Crashed(f"its answer is malformed: {error}")
        return reply if reply.number == self._number else Crashed("it answered a request that was not made")

    def close(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process = None


class _Process:
    """One worker process and the pipes to it."""

    def __init__(self) -> None:
        self.buffer = bytearray()  # what has been read beyond the last whole line
        self.printed = tempfile.TemporaryFile()  # noqa: SIM115 (lives as long as the process)
        pipe = subprocess.PIPE
        try:
            self.popen = subprocess.Popen(
                worker_command("worker"), stdin=pipe, stdout=pipe, stderr=self.printed, start_new_session=True
            )
        except OSError as error:
            raise HarnessError(f"A worker process cannot be started: {error}.") from None
        assert self.popen.stdin is not None
        assert self.popen.stdout is not None
        self.requests, self.replies = self.popen.stdin.fileno(), self.popen.stdout.fileno()
        os.set_blocking(self.replies, False)
        self.selector = selectors.DefaultSelector()
        self.selector.register(self.replies, selectors.EVENT_READ)

    def send(self, request: bytes) -> None:
        self.printed.seek(0)  # the worker shares the position
        self.printed.truncate()
        view = memoryview(request + b"\n")
        with contextlib.suppress(BrokenPipeError):  # a dead worker is noticed when its answer does not come
            while view:
                view = view[os.write(self.requests, view) :]

    def quiet(self) -> bool:
        """Whether it lives and has said nothing that was not asked for."""
        return self.popen.poll() is None and not self.buffer and not self.selector.select(0)

    def receive(self, seconds: float, limits: Limits) -> bytes | TimedOut | Crashed:
        """The next line, without its end."""
        deadline = time.monotonic() + seconds
        while True:
            line, end, rest = self.buffer.partition(b"\n")
            if end:
                self.buffer = rest
                return bytes(line)
            if len(self.buffer) > LINE_LIMIT:
                return Crashed(f"its answer is longer than {LINE_LIMIT >> 20} MB")
            remaining = deadline - time.monotonic()
            if remaining <= 0:
                return TimedOut(f"no answer within {seconds:g} s")
            if self.selector.select(min(remaining, limits.poll)):
                chunk = os.read(self.replies, READ_SIZE)
                if not chunk:
                    return Crashed(self._obituary())
                self.buffer += chunk
            elif self.popen.poll() is not None:  # a child of it may still hold the other end of the pipe
                return Crashed(self._obituary())
            elif resident(self.popen.pid) > limits.memory:
                return Crashed(f"out of memory: it used more than {limits.memory >> 20} MB")

    def _obituary(self) -> str:
        with contextlib.suppress(subprocess.TimeoutExpired):
            code = self.popen.wait(1)
            return f"killed by {signal.Signals(-code).name}" if code < 0 else f"the process ended with exit code {code}"
        return "it closed its end of the line"

    def kill(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.popen.pid, signal.SIGKILL)
        self.popen.wait()
        self.selector.close()
        for stream in (self.popen.stdin, self.popen.stdout, self.printed):
            assert stream is not None
            with contextlib.suppress(BrokenPipeError):
                stream.close()


def resident(pid: int) -> int:
    """Bytes of resident memory of the process `pid`; 0 where the system does not tell."""
    try:
        with open(f"/proc/{pid}/statm") as statm:
            return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, IndexError):
        return 0


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
        assert not isinstance(reply, Loaded | Refused | Ran)
        return reply

    def run_programs(self, programs: Sequence[bytes]) -> list[ProgramEnding]:
        """Run programs, given as JSON, one after the other."""
        reply = self._ask({"call": "programs", "programs": [msgspec.json.decode(each) for each in programs]})
        assert isinstance(reply, Ran)
        return list(reply.traces)

    def _ask(self, request: dict[str, Any]) -> Reply:
        return decode_reply(msgspec.json.encode(self._session.answer({"number": 0, **request})))

    def close(self) -> None:
        pass
