"""A worker process as its parent sees it: lines to it and from it, a watch on clock and memory, and how it ended."""

from __future__ import annotations

import abc
import contextlib
import fcntl
import os
import selectors
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from gradspec.errors import HarnessError

LINE_LIMIT = 16 << 20  # bytes of one reply
READ_SIZE = 1 << 16
PIPE_SIZE = 1 << 20  # most answers fit: a worker goes on to the next while nobody has the time to read
PAGE = os.sysconf("SC_PAGE_SIZE")
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
    kind: Literal["ended", "timeout", "out of memory", "output flood", "babbled"] = "ended"


def worker_command(module: str, *arguments: str, python: str = "") -> list[str]:
    """The command that starts `main` of `gradspec.<module>` in a fresh Python that ignores the working directory.

    python: the interpreter, where it is not this one.
    """
    package = Path(__file__).with_name("__init__.py")
    return [python or sys.executable, "-P", "-c", START_WORKER.format(module=module), str(package), *arguments]


class Process(abc.ABC):
    """One worker process and the pipes to it: `requests` and `replies` are their descriptors."""

    def __init__(self, requests: int, replies: int) -> None:
        self.buffer = bytearray()  # what has been read beyond the last whole line
        self.pending = bytearray()  # what is still to be sent
        self.requests, self.replies = requests, replies
        os.set_blocking(self.requests, False)  # nobody waits for a worker that does not listen
        os.set_blocking(self.replies, False)
        self.selector = selectors.DefaultSelector()
        self.selector.register(self.replies, selectors.EVENT_READ)

    @property
    @abc.abstractmethod
    def keeper(self) -> int:
        """The id of the process from which all the others of it descend."""

    @abc.abstractmethod
    def alive(self) -> bool: ...

    @abc.abstractmethod
    def resident(self) -> int:
        """Bytes of resident memory of it and of what it has started, as far as that is known."""

    @abc.abstractmethod
    def obituary(self) -> Crashed:
        """How a process ended that has no more to say."""

    @abc.abstractmethod
    def kill(self) -> None:
        """End it, and let go of all that is kept of it."""

    def send(self, request: bytes) -> None:
        self.pending += request + b"\n"
        self._flush()

    def _flush(self) -> None:
        """Send what can be sent at once."""
        try:
            while self.pending:
                del self.pending[: os.write(self.requests, self.pending)]
        except BlockingIOError:
            if len(self.selector.get_map()) == 1:
                self.selector.register(self.requests, selectors.EVENT_WRITE)
            return
        except BrokenPipeError:  # a dead worker is noticed when its answer does not come
            self.pending.clear()
        if len(self.selector.get_map()) == 2:
            self.selector.unregister(self.requests)

    def quiet(self) -> bool:
        """Whether it lives and has said nothing that was not asked for."""
        return self.alive() and not self.buffer and not self.pending and not self.selector.select(0)

    def receive(self, seconds: float, limits: Limits) -> bytes | TimedOut | Crashed:
        """The next line, without its end."""
        deadline, searched = time.monotonic() + seconds, 0
        look = time.monotonic() + limits.poll  # when to see what it uses, whether or not it keeps talking
        while True:
            end = self.buffer.find(b"\n", searched)
            if end >= 0:
                line = bytes(self.buffer[:end])
                del self.buffer[: end + 1]
                return line
            searched = len(self.buffer)
            if len(self.buffer) > LINE_LIMIT:
                return Crashed(f"its answer is longer than {LINE_LIMIT >> 20} MB", "output flood")
            remaining = deadline - time.monotonic()
            if remaining <= 0:
                return TimedOut(f"no answer within {seconds:g} s")
            ready = {key.fd for key, _ in self.selector.select(min(remaining, limits.poll))}
            if self.requests in ready:
                self._flush()
            if self.replies in ready:
                chunk = os.read(self.replies, READ_SIZE)
                if not chunk:
                    return self.obituary()
                self.buffer += chunk
            elif not ready and not self.alive() and not self.selector.select(0):  # nor has it said anything since
                return self.obituary()  # although a child of it may still hold the other end of the pipe
            if time.monotonic() >= look:
                if self.resident() > limits.memory:
                    return Crashed(f"out of memory: it used more than {limits.memory >> 20} MB", "out of memory")
                look = time.monotonic() + limits.poll


class PlainProcess(Process):
    """A worker in a session of its own and otherwise free: for implementations that are trusted not to mean harm."""

    def __init__(self, command: Sequence[str] = (), environment: Mapping[str, str] | None = None) -> None:
        self.printed = tempfile.TemporaryFile()  # noqa: SIM115 (lives as long as the process)
        pipe = subprocess.PIPE
        try:
            self.popen = subprocess.Popen(
                command or worker_command("worker"),
                stdin=pipe,
                stdout=pipe,
                stderr=self.printed,
                start_new_session=True,
                env=environment,
            )
        except OSError as error:
            raise HarnessError(f"A worker process cannot be started: {error}.") from None
        assert self.popen.stdin is not None
        assert self.popen.stdout is not None
        super().__init__(self.popen.stdin.fileno(), self.popen.stdout.fileno())
        with contextlib.suppress(OSError, AttributeError):  # beyond what the system grants, or has a word for
            fcntl.fcntl(self.replies, fcntl.F_SETPIPE_SZ, PIPE_SIZE)

    def send(self, request: bytes) -> None:
        if os.lseek(self.printed.fileno(), 0, os.SEEK_CUR):  # the worker shares the position
            self.printed.seek(0)
            self.printed.truncate()
        super().send(request)

    @property
    def keeper(self) -> int:
        return self.popen.pid

    def alive(self) -> bool:
        return self.popen.poll() is None

    def resident(self) -> int:
        return resident(self.popen.pid)

    def obituary(self) -> Crashed:
        with contextlib.suppress(subprocess.TimeoutExpired):
            return ended(self.popen.wait(1))
        return Crashed("it closed its end of the line")

    def kill(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.popen.pid, signal.SIGKILL)
        self.popen.wait()
        self.selector.close()
        for stream in (self.popen.stdin, self.popen.stdout, self.printed):
            assert stream is not None
            with contextlib.suppress(BrokenPipeError):
                stream.close()


def ended(code: int) -> Crashed:
    """By the exit code of a process, or what was its signal, negated."""
    if code == -signal.SIGXCPU:
        return Crashed("killed by SIGXCPU: its time was used up", "timeout")
    return Crashed(f"killed by {signal_name(-code)}" if code < 0 else f"the process ended with exit code {code}")


def signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:  # a real-time signal has no name of its own
        return f"signal {number}"


def resident(pid: int) -> int:
    """Bytes of resident memory of the process `pid`; 0 where the system does not tell."""
    try:
        with open(f"/proc/{pid}/statm") as statm:
            return int(statm.read().split()[1]) * PAGE
    except (OSError, ValueError, IndexError):
        return 0


def family(pid: int) -> Iterator[int]:
    """A process and what descends from it, as far as the system tells."""
    pending = [pid]
    for each in pending:
        yield each
        with contextlib.suppress(OSError):
            pending += _children(each)


def _children(pid: int) -> Iterator[int]:
    for thread in os.listdir(f"/proc/{pid}/task"):
        try:
            with open(f"/proc/{pid}/task/{thread}/children") as children:
                yield from map(int, children.read().split())
        except FileNotFoundError:  # a kernel that was built without, or the thread has ended
            if not os.path.exists(f"/proc/self/task/{os.getpid()}/children"):
                yield from (
                    child for child in map(int, filter(str.isdigit, os.listdir("/proc"))) if _parent(child) == pid
                )
                return


def _parent(pid: int) -> int:
    try:
        with open(f"/proc/{pid}/stat") as stat:
            return int(stat.read().rpartition(")")[2].split()[1])
    except (OSError, ValueError, IndexError):
        return 0
