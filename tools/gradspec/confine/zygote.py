"""A process that has NumPy and the worker's side loaded, trusted, and forks a confined worker for whoever asks.

It runs no foreign code, has one thread, and knows nothing but what it is sent: messages on a socket, each a cell with
the descriptors of one worker. Of each cell two processes are made. The keeper, first of its process namespace, builds
the root directory and stays to tell how the other ended; the worker gives up all that can be given up and then serves.
"""

from __future__ import annotations

import contextlib
import fcntl
import gc
import json
import os
import select
import signal
import socket
import sys
from dataclasses import dataclass
from typing import Any, NoReturn

from gradspec.confine import inventory, landlock, limits, namespaces, seccomp, system
from gradspec.confine.session import SUBMISSION, JailedSession, serve_jailed
from gradspec.confine.warm import warm_up

CONTROL, NOTHING = 3, 4  # descriptors of the zygote: the socket, and /dev/null
REQUESTS, REPLIES, STATUS = 3, 4, 5  # descriptors of a worker, beside the output that it prints to


@dataclass(frozen=True)
class Birth:
    """What a new process has to know. `separate`: whether it is to have namespaces of its own."""

    submission: str
    separate: bool
    limits: limits.JailLimits
    denied: tuple[str, ...]
    requests: int
    replies: int
    output: int
    status: int


class Zygote:
    """What all cells have in common, found out once."""

    def __init__(self) -> None:
        self.paths = namespaces.all_paths()
        self.view = namespaces.view()
        self.abi = landlock.version()
        self.filters = {separate: seccomp.program(separate) if seccomp.known() else b"" for separate in (True, False)}
        self.space = inventory.space()
        sys.path[:] = namespaces.places()
        self.alive = os.pipe()  # whose other end is closed when this process is no more

    def births(self, control: socket.socket) -> Birth:
        """Fork for each message. Returns in the forked processes alone; the zygote ends with its socket."""
        while True:
            message, descriptors, _, _ = socket.recv_fds(control, 1 << 16, 8)
            if not message:
                os._exit(0)
            birth = self._birth(json.loads(message), descriptors)
            hold, release = os.pipe()
            answer: dict[str, Any]
            handles: list[int] = []
            pid = 0
            try:
                pid = system.clone(system.NAMESPACES if birth.separate else 0)
                if pid == 0:
                    os.close(release)
                    control.close()
                    if os.read(hold, 1) != b"!":
                        os._exit(1)
                    return birth
                if birth.separate:
                    namespaces.map_ids(pid)
                handles = [os.pidfd_open(pid)]
                os.write(release, b"!")
                answer = {"pid": pid}
            except OSError as error:
                answer = {"problem": _words(error), "errno": error.errno}
            socket.send_fds(control, [json.dumps(answer).encode()], handles)
            for each in (hold, release, *descriptors, *handles):
                os.close(each)

    def _birth(self, message: dict[str, Any], descriptors: list[int]) -> Birth:
        bounds = limits.JailLimits(**message["limits"])
        return Birth(message["submission"], message["separate"], bounds, tuple(message["denied"]), *descriptors)

    def build(self, birth: Birth) -> None:
        """The keeper's first part: a root directory, a name, and nothing left that could undo them."""
        if birth.separate:
            namespaces.enter([*self.view, (birth.submission, SUBMISSION)], birth.limits.files)
        elif os.geteuid() == 0:
            user = namespaces.outside_uid(os.getpid())
            os.setgroups([])
            os.setresgid(user, user, user)
            os.setresuid(user, user, user)
        system.drop_capabilities()
        system.prctl(system.PR_SET_NO_NEW_PRIVS, 1)
        system.prctl(system.PR_SET_DUMPABLE, 0)
        system.prctl(system.PR_SET_CHILD_SUBREAPER, 1)
        system.prctl(system.PR_SET_PDEATHSIG, signal.SIGKILL)
        os.close(self.alive[1])
        if select.select([self.alive[0]], [], [], 0)[0]:  # the zygote had ended before it could be said
            os._exit(1)

    def confine(self, birth: Birth) -> None:
        """The worker's first part: what is left when it is over is all that a submission has."""
        limits.apply(birth.limits, self.space, 1 + (0 if birth.separate else _processes_of_this_user()))
        if self.abi and birth.separate:
            landlock.restrict(["/"], [namespaces.SCRATCH], self.abi)
        elif self.abi:
            landlock.restrict([*self.paths, birth.submission], [], self.abi)
        if self.filters[birth.separate]:
            seccomp.install(self.filters[birth.separate])


def _processes_of_this_user() -> int:
    """How many processes and threads the user has, who is no one's but the grader's where nothing is separate."""
    count, me = 0, os.getuid()
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            if os.stat(f"/proc/{name}").st_uid == me:
                count += len(os.listdir(f"/proc/{name}/task"))
        except OSError:
            continue
    return count


def _words(error: BaseException) -> str:
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    return str(error) or type(error).__name__


def _arrange(wanted: dict[int, int]) -> None:
    """Have exactly these descriptors open: by number, what each is to be."""
    above = max(wanted) + 1
    moved = {place: fcntl.fcntl(now, fcntl.F_DUPFD_CLOEXEC, above + len(wanted)) for place, now in wanted.items()}
    for place, now in moved.items():
        os.dup2(now, place, inheritable=place < REQUESTS)
    os.closerange(above, 1 << 20)


def _keep(worker: int, status: int) -> NoReturn:
    """Wait for the worker, tell how it ended, and end with all that it has left behind."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    while True:
        pid, code = os.wait()
        if pid == worker:
            os.write(status, b'{"status": %d}\n' % code)
            os._exit(0)


def _start(zygote: Zygote, birth: Birth) -> None:
    """Become a confined worker. The keeper stays in here."""
    separate, status = birth.separate, birth.status
    try:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        zygote.build(birth)
        worker = os.fork()
        if worker:
            _arrange({0: NOTHING, 1: NOTHING, 2: NOTHING, 3: status})
            _keep(worker, 3)
        if not separate:
            system.prctl(system.PR_SET_PDEATHSIG, signal.SIGKILL)
        _arrange({0: NOTHING, 1: birth.output, 2: birth.output, 3: birth.requests, 4: birth.replies, 5: birth.status})
        status = STATUS
        zygote.confine(birth)
    except BaseException as error:  # noqa: BLE001 (whatever it is, nothing foreign is run)
        os.write(status, json.dumps({"problem": _words(error)}).encode() + b"\n")
        os._exit(1)
    os.close(STATUS)


def main() -> None:
    """Serve the process that started this one with a socket as standard input."""
    warm_up()
    control = socket.socket(fileno=os.dup(0))
    nowhere = os.open(os.devnull, os.O_RDWR)
    _arrange({0: nowhere, 1: nowhere, 2: 2, CONTROL: control.detach(), NOTHING: nowhere})
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # who has ended is not waited for
    with contextlib.suppress(OSError):  # a container may forbid it
        system.call("keyctl", system.KEYCTL_JOIN_SESSION_KEYRING, None)
    zygote = Zygote()
    gc.collect()
    gc.freeze()
    birth = zygote.births(socket.socket(fileno=CONTROL))
    _start(zygote, birth)
    root = SUBMISSION if birth.separate else birth.submission
    denied, output = birth.denied, birth.limits.output
    del zygote, birth  # nothing of them is to be found in a frame
    serve_jailed(JailedSession(denied, root, output), REQUESTS, REPLIES)
