"""A worker that bwrap has put into a root directory and namespaces, and that does the rest to itself."""

from __future__ import annotations

import json
import os
import sys

from gradspec.confine import landlock, limits, namespaces, seccomp, system
from gradspec.confine.session import JailedSession, serve_jailed

READY = b"ready"  # said before anything foreign is run
COMPANY = 3  # processes of bwrap's own, which count as this user's


def main() -> None:
    """Serve by standard input and output; standard error is the file that is printed to. One argument, as JSON."""
    asked = json.loads(sys.argv[2])
    sys.path[:] = namespaces.places()
    requests, replies, nowhere = os.dup(0), os.dup(1), os.memfd_create("nothing")
    os.dup2(nowhere, 0)
    os.dup2(2, 1)
    os.close(nowhere)
    if user := asked["user"]:
        os.setgroups([])
        os.setresgid(user, user, user)
        os.setresuid(user, user, user)
    system.drop_capabilities()
    system.prctl(system.PR_SET_NO_NEW_PRIVS, 1)
    system.prctl(system.PR_SET_DUMPABLE, 0)
    bounds = limits.JailLimits(**asked["limits"])
    limits.apply(bounds, asked["space"], COMPANY)
    if abi := landlock.version():
        landlock.restrict(["/"], [namespaces.SCRATCH], abi)
    if seccomp.known():
        seccomp.install(seccomp.program())
    os.write(replies, READY + b"\n")
    serve_jailed(JailedSession(tuple(asked["denied"]), output=bounds.output), requests, replies)
