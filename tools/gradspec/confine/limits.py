"""What one process may use up, as the kernel counts it."""

from __future__ import annotations

import resource
from dataclasses import dataclass


@dataclass(frozen=True)
class JailLimits:
    """What a jailed process may use. The wall clock is its runner's.

    cpu: seconds. memory: bytes, of the whole jail together; files: bytes of the scratch directory; output: bytes
    printed for one request, and of any one file. processes: threads are counted, too.
    """

    cpu: int = 600
    memory: int = 1 << 30
    files: int = 16 << 20
    output: int = 1 << 20
    processes: int = 16
    descriptors: int = 64


def apply(limits: JailLimits, has: int, others: int) -> None:
    """Bind this process, and whatever it starts.

    What it may take is counted from `has` bytes of address space and from `others`, processes that the user has.
    """
    for what, most in (
        (resource.RLIMIT_AS, has + limits.memory),
        (resource.RLIMIT_CPU, limits.cpu + 1),
        (resource.RLIMIT_FSIZE, limits.output),
        (resource.RLIMIT_NOFILE, limits.descriptors),
        (resource.RLIMIT_NPROC, limits.processes + others),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_MEMLOCK, 0),
        (resource.RLIMIT_MSGQUEUE, 0),
        (resource.RLIMIT_STACK, 8 << 20),
    ):
        hard = resource.getrlimit(what)[1]
        least = most if hard == resource.RLIM_INFINITY else min(most, hard)
        warned = least - 1 if what == resource.RLIMIT_CPU else least  # a signal of its own comes before the end
        resource.setrlimit(what, (warned, least))
