"""Starts jailed processes: asks a zygote for each, and looks after it from outside."""

from __future__ import annotations

import contextlib
import errno
import importlib.util
import json
import os
import select
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import asdict, replace
from hashlib import sha256
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

import msgspec

from gradspec.errors import HarnessError
from gradspec.jail.cell import Cell, Tier, environment
from gradspec.process import Crashed, Limits, Process, TimedOut, ended, family, resident, worker_command
from gradspec.trace import Compiled, decode_reply

PATIENCE = 20.0  # seconds for a zygote to start, and for what is killed to be gone
COMPILING = 20.0  # seconds for a submission to be compiled
COMPILED = 1000  # modules that are remembered in their compiled form


class Zygote:
    """Starts jailed processes of one tier. A context manager; what it needs is started when it is first used."""

    def __init__(self, tier: Tier) -> None:
        self.tier = tier
        self._popen: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None
        self._complaints: BinaryIO | None = None
        self._lock = threading.Lock()  # one question at a time
        self._compiled: dict[tuple[str, bytes], bytes] = {}  # by path and content
        self.base = 0  # bytes of resident memory that each process shares with the zygote

    def __enter__(self) -> Zygote:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def start(self) -> None:
        """Start the zygote without waiting for it."""
        if self.tier == Tier.BUBBLEWRAP or self._popen is not None:
            return
        complaints = tempfile.TemporaryFile()  # noqa: SIM115 (lives as long as the zygote)
        here, there = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with there:
            try:
                self._popen = subprocess.Popen(
                    worker_command("confine.zygote"),
                    stdin=there.fileno(),
                    stdout=subprocess.DEVNULL,
                    stderr=complaints,
                    start_new_session=True,
                    env=environment(sys.path),
                    cwd="/",
                )
            except OSError as error:
                here.close()
                raise HarnessError(f"The zygote cannot be started: {error}.") from None
        here.settimeout(PATIENCE)
        self._control, self._complaints = here, complaints

    def spawn(self, cell: Cell) -> Process:
        """A worker in a jail. Raises HarnessError where none can be made."""
        if self.tier == Tier.BUBBLEWRAP:
            from gradspec.jail.bubblewrap import Wrapped

            return Wrapped(cell)
        with self._lock:
            try:
                return self._spawn(cell)
            except ConnectionError:  # the zygote is no more: one other is tried
                self.close()
            try:
                return self._spawn(cell)
            except ConnectionError:
                said = self._last_words()
                self.close()
                raise HarnessError(f"The zygote does not stay alive{said}.") from None

    def _spawn(self, cell: Cell) -> Jailed:
        self.start()
        assert self._control is not None
        assert self._popen is not None
        message = {
            "submission": str(cell.submission.resolve()),
            "separate": self.tier == Tier.NAMESPACES,
            "limits": asdict(cell.limits),
            "denied": cell.denied,
        }
        with contextlib.ExitStack() as theirs:
            requests, replies, status = _pipe(), _pipe(), _pipe()
            output = os.memfd_create("output")
            mine = (requests[1], replies[0], status[0], output)
            for each in (requests[0], replies[1], status[1]):
                theirs.callback(os.close, each)
            try:
                passed = [requests[0], replies[1], output, status[1]]
                socket.send_fds(self._control, [msgspec.json.encode(message)], passed)
                said, handles, _, _ = socket.recv_fds(self._control, 1 << 16, 1)
                if not said:
                    raise ConnectionResetError
                answer = json.loads(said)
                if not handles:
                    raise HarnessError(f"A jail of the tier {self.tier} cannot be made: {answer['problem']}.")
            except TimeoutError:
                _close(*mine)
                self.close()
                raise HarnessError(f"The zygote has not answered within {PATIENCE:g} s.") from None
            except BaseException:
                _close(*mine)
                raise
        if not self.base:
            self.base = resident(self._popen.pid)
        return Jailed(answer["pid"], handles[0], *mine, cell, self)

    def _last_words(self) -> str:
        if self._complaints is None:
            return ""
        self._complaints.seek(0)
        words: list[str] = self._complaints.read().decode(errors="replace").strip().splitlines()
        return f": {words[-1]}" if words else ""

    def precompile(self, cell: Cell, least: int = 1) -> int:
        """Compile the submission's modules inside a jail and lay the result beside them; gives how many there are.

        Nothing of the submission is run, and a module that does not compile is left to be found out later. What was
        compiled for one submission serves others that hold the same file, byte for byte, in the same place.
        least: bytes of source that nobody had compiled before, below which no process is started for them.
        """
        sources = {name: _read(cell.submission, name) for name in sorted(_modules(cell.submission))}
        keys = {name: (name, sha256(source).digest()) for name, source in sources.items()}
        missing = [name for name, key in keys.items() if key not in self._compiled]
        if missing and sum(len(sources[name]) for name in missing) >= least:
            for name, data in self._compile(cell, missing).items():
                if name in keys:
                    self._compiled[keys[name]] = data
        laid = sum(
            _lay(cell.submission, name, self._compiled[key]) for name, key in keys.items() if key in self._compiled
        )
        while len(self._compiled) > COMPILED:  # the oldest go first
            del self._compiled[next(iter(self._compiled))]
        return laid

    def _compile(self, cell: Cell, names: list[str]) -> dict[str, bytes]:
        process = self.spawn(cell)
        try:
            process.send(msgspec.json.encode({"number": 0, "call": "compile", "names": names}))
            line = process.receive(COMPILING, Limits(memory=cell.limits.memory))
        finally:
            process.kill()
        try:
            reply = decode_reply(line) if isinstance(line, bytes) else None
        except ValueError:
            reply = None
        return reply.files if isinstance(reply, Compiled) else {}

    def close(self) -> None:
        """End the zygote, and with it whatever it has started and is still there."""
        if self._control is not None:
            self._control.close()
        if self._popen is not None:
            self._popen.kill()
            self._popen.wait()
        if self._complaints is not None:
            self._complaints.close()
        self._control = self._popen = self._complaints = None


def _modules(submission: Path) -> Iterator[str]:
    """The paths of a submission's own modules, relative to it; through no link, and none itself."""
    for directory, _, names in os.walk(submission):
        for path in (f"{directory}/{name}" for name in names if name.endswith(".py")):
            if stat.S_ISREG(os.lstat(path).st_mode):
                yield os.path.relpath(path, submission)


def _read(submission: Path, name: str) -> bytes:
    with open(os.open(submission / name, os.O_RDONLY | os.O_NOFOLLOW), "rb") as file:
        return file.read()


def _lay(submission: Path, name: str, data: bytes) -> bool:
    """Put the compiled form of one of the submission's own modules where Python looks for it."""
    path = importlib.util.cache_from_source(f"{submission}/{name}")
    directory = os.path.dirname(path)
    try:
        os.mkdir(directory)
        os.chmod(directory, 0o755)  # whatever the umask
    except FileExistsError:
        if not stat.S_ISDIR(os.lstat(directory).st_mode):  # it would be written elsewhere
            return False
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o644)
    except OSError as error:
        if error.errno == errno.ELOOP:  # a link: the same
            return False
        raise
    with open(descriptor, "wb") as file:
        os.fchmod(descriptor, 0o644)
        file.write(data)
    return True


def _pipe() -> tuple[int, int]:
    return os.pipe2(os.O_CLOEXEC)


def _close(*descriptors: int) -> None:
    for each in descriptors:
        os.close(each)


class Jailed(Process):
    """A process in a jail: `pid` and `handle` are its keeper's, whose end is the end of all that is in there."""

    def __init__(
        self, pid: int, handle: int, requests: int, replies: int, status: int, output: int, cell: Cell, zygote: Zygote
    ) -> None:
        super().__init__(requests, replies)
        self.pid, self.handle, self.status, self.output = pid, handle, status, output
        self.cell, self.zygote = cell, zygote

    @property
    def keeper(self) -> int:
        return self.pid

    def alive(self) -> bool:
        return not _readable(self.handle, 0)

    def resident(self) -> int:
        base = self.zygote.base
        return sum(max(0, resident(pid) - base) for pid in family(self.pid))

    def receive(self, seconds: float, limits: Limits) -> bytes | TimedOut | Crashed:
        """The next line, without its end. Raises HarnessError where the jail was never finished."""
        return super().receive(seconds, replace(limits, memory=min(limits.memory, self.cell.limits.memory)))

    def obituary(self) -> Crashed:
        if not _readable(self.status, 1.0):
            return Crashed("it closed its end of the line")
        said = os.read(self.status, 1 << 12).splitlines()
        if not said:
            return Crashed("killed by SIGKILL")
        last = json.loads(said[0])
        if "problem" in last:
            raise HarnessError(f"A jail of the tier {self.zygote.tier} cannot be built: {last['problem']}.")
        if os.fstat(self.output).st_size >= self.cell.limits.output:
            return Crashed("it printed more than it may", "output flood")
        return ended(os.waitstatus_to_exitcode(last["status"]))

    def kill(self) -> None:
        if self.zygote.tier == Tier.LIMITS:
            self._kill_one_by_one()
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(self.handle, signal.SIGKILL)
        self.selector.close()
        _close(self.requests, self.replies, self.status, self.output, self.handle)

    def _kill_one_by_one(self) -> None:
        """Without a namespace, nobody else does: the keeper, which inherits what is orphaned, comes last."""
        for _ in range(100):
            others = [pid for pid in family(self.pid) if pid != self.pid] if self.alive() else []
            if not others:
                return
            for pid in others:
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.kill(pid, signal.SIGKILL)


def _readable(descriptor: int, seconds: float) -> bool:
    return bool(select.select([descriptor], [], [], seconds)[0])
