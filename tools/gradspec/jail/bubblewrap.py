"""The same jail as bwrap makes it, for machines where only bwrap may: a fresh Python each time, so it is slower."""

from __future__ import annotations

import functools
import itertools
import json
import os
import shutil
import subprocess
import sys
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from gradspec.confine import namespaces
from gradspec.confine.session import SUBMISSION
from gradspec.confine.wrapped import READY
from gradspec.errors import HarnessError
from gradspec.jail.cell import Cell, environment
from gradspec.process import Crashed, Limits, PlainProcess, TimedOut, ended, family, resident, worker_command

_count = itertools.count()


@dataclass(frozen=True)
class Inventory:
    """What is needed of the file system, and the address space that a worker has when it begins."""

    libraries: tuple[str, ...]
    modules: tuple[str, ...]
    space: int


@functools.cache
def inventory() -> Inventory:
    asked = subprocess.run(
        worker_command("confine.inventory"), capture_output=True, env=environment(sys.path), check=False
    )
    if asked.returncode:
        raise HarnessError(f"A worker cannot tell what it needs: {asked.stderr.decode(errors='replace').strip()}")
    found = json.loads(asked.stdout)
    return Inventory(tuple(found["libraries"]), tuple(found["modules"]), found["space"])


def interpreter() -> str:
    return os.path.realpath(getattr(sys, "_base_executable", "") or sys.executable)


def command(cell: Cell) -> list[str]:
    """bwrap with the same view as a jail of our own has. Raises HarnessError where there is no bwrap."""
    program = shutil.which("bwrap")
    if program is None:
        raise HarnessError("bubblewrap is not installed: there is no `bwrap` on the path.")
    root, needs = os.geteuid() == 0, inventory()
    user = namespaces.outside_uid((os.getpid() * 64 + next(_count) % 64) % namespaces.SLOTS) if root else 0
    line = [program, "--die-with-parent", "--new-session", "--clearenv"]
    line += ["--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-uts", "--unshare-cgroup-try"]
    line += ["--hostname", "jail", "--cap-drop", "ALL"]
    # Root's own namespace is needed to become a user of its own; that is done inside, before anything foreign is run.
    identity = [str(namespaces.NOBODY)]
    line += (
        ["--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID", "--cap-add", "CAP_SETPCAP"]
        if root
        else ["--unshare-user", "--uid", *identity, "--gid", *identity]
    )
    for directory in ("/lib", "/lib64", "/usr/lib64"):
        if os.path.islink(directory):
            line += ["--symlink", os.readlink(directory), directory]
    inside = namespaces.all_paths()
    files = [*(each for each in needs.modules if not _within(each, inside)), *needs.libraries, interpreter()]
    # Before the rest, some of which may lie below it, where Python is installed there.
    line += ["--perms", "1777", "--size", str(cell.limits.files), "--tmpfs", namespaces.SCRATCH]
    view = [*namespaces.view(), *((path, path) for path in files), (str(cell.submission.resolve()), SUBMISSION)]
    made = {Path(namespaces.SCRATCH)}
    for source, place in view:
        for parent in reversed(Path(place).parents[:-1]):  # else bwrap makes them, for root to see alone
            line += ["--perms", "0755", "--dir", str(parent)] if parent not in made else []
            made.add(parent)
        if os.path.islink(source):
            line += ["--symlink", os.readlink(source), place]
        else:
            line += ["--ro-bind", source, place] if source else ["--perms", "0755", "--tmpfs", place]
    for path in (*namespaces.hidden_paths(), "/"):
        line += ["--remount-ro", path]
    line += ["--chdir", namespaces.SCRATCH]
    for name, value in environment(sys.path).items():
        line += ["--setenv", name, value]
    asked = {"user": user, "limits": asdict(cell.limits), "denied": cell.denied, "space": needs.space}
    _, *rest = worker_command("confine.wrapped", json.dumps(asked))
    return [*line, "--", interpreter(), "-S", *rest]


def _within(path: str, places: tuple[str, ...]) -> bool:
    return any(Path(path).is_relative_to(each) for each in places)


class Wrapped(PlainProcess):
    """A worker under bwrap."""

    def __init__(self, cell: Cell) -> None:
        self.cell, self.ready = cell, False
        self.base = 0  # bytes of resident memory that a worker begins with
        super().__init__(command(cell), {})

    def receive(self, seconds: float, limits: Limits) -> bytes | TimedOut | Crashed:
        """The next line, without its end. Raises HarnessError where the jail was never finished."""
        limits = replace(limits, memory=min(limits.memory, self.cell.limits.memory))
        if not self.ready:
            line = super().receive(seconds, limits)
            if line != READY:
                return line
            self.ready, self.base = True, max(map(resident, family(self.popen.pid)), default=0)
        return super().receive(seconds, limits)

    def resident(self) -> int:
        return sum(max(0, resident(pid) - self.base) for pid in family(self.popen.pid))

    def obituary(self) -> Crashed:
        crash = super().obituary()
        if not self.ready:
            said = os.pread(self.printed.fileno(), 1 << 12, 0).decode(errors="replace").strip().splitlines()
            raise HarnessError(f"bubblewrap cannot make a jail: {said[-1] if said else crash.reason}.")
        if os.fstat(self.printed.fileno()).st_size >= self.cell.limits.output:
            return Crashed("it printed more than it may", "output flood")
        code = self.popen.poll()
        return ended(128 - code) if code is not None and code > 128 else crash  # how bwrap tells a signal
