"""Tests each tier by trying to break out of it, and says what keeps a tier from working."""

from __future__ import annotations

import ctypes
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import msgspec

from gradspec.confine.limits import JailLimits
from gradspec.confine.session import SUBMISSION
from gradspec.errors import HarnessError
from gradspec.jail.attempts import ATTEMPTS, Attempt
from gradspec.jail.cell import Cell, Tier
from gradspec.jail.spawning import Zygote
from gradspec.jail.trial import problem
from gradspec.process import Crashed, Limits, Process, TimedOut, family
from gradspec.suite import find_suite
from gradspec.trace import Denied, Loaded, Refused, decode_reply

State = Literal["held", "broken", "not promised", "not tried"]
BOUNDS = JailLimits(cpu=20, memory=256 << 20, files=4 << 20, output=1 << 20, processes=12, descriptors=48)
PATIENCE = 15.0  # seconds for one attempt


@dataclass(frozen=True)
class Finding:
    """What became of one attempt in one tier; `words` is what it reached, or what the jail made of it."""

    attempt: str
    tier: Tier
    state: State
    words: str = ""


@dataclass(frozen=True)
class Examined:
    """A tier: why it does not work here, or what came of the attempts."""

    tier: Tier
    problem: str
    findings: tuple[Finding, ...] = ()

    @property
    def holds(self) -> bool:
        return not self.problem and all(each.state != "broken" for each in self.findings)


@dataclass(frozen=True)
class Scene:
    """What attempts are made at, on this side of the wall."""

    names: dict[str, object]
    room: Path
    victim: subprocess.Popen[bytes]
    called: Callable[[], bool]  # whether somebody has connected

    def disturbed(self) -> str:
        """What has happened on this side that should not have."""
        if self.victim.poll() is not None:
            return "a process of the grader was ended"
        if self.called():
            return "somebody connected to this machine"
        written = [path for path in self.room.rglob("*") if path.name == "written"]
        return f"{written[0]} was written" if written else ""


def _directory(path: Path) -> Path:
    path.mkdir()
    path.chmod(0o755)
    return path


def _file(path: Path, text: str) -> Path:
    path.write_text(text)
    path.chmod(0o644)
    return path


@contextmanager
def scene() -> Iterator[Scene]:
    """Lay out what attempts are made at. Every file may be read by everybody: only the jail stands before it."""
    with ExitStack() as stack:
        room = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        room.chmod(0o755)
        secret = _file(room / "secret.txt", "nobody's business")
        _file(_directory(room / "other") / "theirs.py", "tensor = None\n")
        victim = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], env={})
        stack.callback(victim.wait)
        stack.callback(victim.kill)
        tcp = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        abstract = stack.enter_context(socket.socket(socket.AF_UNIX))
        name = f"\0gradspec-doctor-{os.getpid()}"
        abstract.bind(name)
        abstract.listen()
        left_open = stack.enter_context(open(secret, "rb"))
        os.set_inheritable(left_open.fileno(), True)
        key = 0x67000000 | os.getpid() & 0xFFFFFF
        libc: Any = ctypes.CDLL(None)
        segment = libc.shmget(key, 4096, 0o1666)
        if segment >= 0:
            stack.callback(libc.shmctl, segment, 0, None)
        os.environ["GRADSPEC_DOCTOR"] = "nobody's business"
        stack.callback(os.environ.pop, "GRADSPEC_DOCTOR", None)
        for each in (tcp, abstract):
            each.setblocking(False)

        def called() -> bool:
            for each in (tcp, abstract):
                with suppress(BlockingIOError):
                    each.accept()[0].close()
                    return True
            return False

        suite = find_suite()
        names = {
            "SECRET": str(secret),
            "OTHER": str(room / "other"),
            "SUITE": str(suite.golden / "accumulation.json"),
            "VICTIM": victim.pid,
            "PORT": tcp.getsockname()[1],
            "ABSTRACT": name,
            "KEY": key,
            "MEMORY": BOUNDS.memory,
            "FILES": BOUNDS.files,
            "PROCESSES": BOUNDS.processes,
        }
        yield Scene(names, room, victim, called)


def _left_behind(process: Process, members: Sequence[int]) -> str:
    """What is still there of a jail that was killed; it is given a moment to go."""
    for _ in range(100):
        left = [pid for pid in members if os.path.exists(f"/proc/{pid}/cwd") and not _zombie(pid)]
        if not left:
            return ""
        time.sleep(0.05)
    for pid in left:
        with suppress(OSError):
            os.kill(pid, signal.SIGKILL)
    return f"{len(left)} processes were left when it was killed"


def _zombie(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] in "ZX"
    except OSError:
        return True


def try_once(attempt: Attempt, tier: Tier, laid: Scene, zygote: Zygote) -> Finding:
    """Make one attempt in a jail of its own."""
    stage = _directory(laid.room / f"stage_{tier}_{ATTEMPTS.index(attempt)}")
    _file(stage / "attempt.py", attempt.source(laid.names))
    process = zygote.spawn(Cell(stage, BOUNDS))
    members: list[int] = []
    try:
        request = {"number": 0, "call": "load", "implementation": f"{SUBMISSION}/attempt.py"}
        process.send(msgspec.json.encode(request))
        line = process.receive(PATIENCE, Limits())
        members = [*family(process.keeper)]
    finally:
        process.kill()
    reply = decode_reply(line) if isinstance(line, bytes) else line
    reached = laid.disturbed() or _left_behind(process, members)
    words = ""
    match reply:
        case Loaded() | Denied():
            pass
        case Refused(reason=reason) if "Reached" in reason:
            reached = reached or reason.partition("Reached: ")[2]
        case Refused(reason=words):
            reached = reached or f"the attempt itself fails: {words}"
        case Crashed(reason=words) | TimedOut(reason=words):
            reached = reached or ("" if attempt.ends else words)
        case _:
            reached = reached or "it gives an answer to something else"
    if not reached:
        return Finding(attempt.name, tier, "held", words)
    return Finding(attempt.name, tier, "broken" if tier >= attempt.promised else "not promised", reached)


def examine(tier: Tier, listen: Callable[[Finding], None] = lambda finding: None) -> Examined:
    """Make every attempt in jails of that tier, where it works."""
    found = problem(tier)
    if found:
        return Examined(tier, found)
    findings = []
    with scene() as laid, Zygote(tier) as zygote:
        for attempt in ATTEMPTS:
            try:
                finding = try_once(attempt, tier, laid, zygote)
            except HarnessError as error:
                finding = Finding(attempt.name, tier, "not tried", str(error))
            findings.append(finding)
            listen(finding)
    return Examined(tier, "", tuple(findings))
