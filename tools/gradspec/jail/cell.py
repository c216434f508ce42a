"""What a jailed process may see and use, and how strong its walls are."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from pathlib import Path

from gradspec.confine.denied import AUTOGRAD_LIBRARIES
from gradspec.confine.limits import JailLimits
from gradspec.errors import UsageError

KEPT = ("LD_LIBRARY_PATH", "PYTHONHOME")  # of the environment, what Python itself may need to start
# Sets are walked in the same order every time, and no library starts threads.
ENVIRONMENT = {
    "PYTHONHASHSEED": "0",
    "PYTHONDONTWRITEBYTECODE": "1",
    "LANG": "C.UTF-8",
    "MALLOC_ARENA_MAX": "2",  # else each thread reserves address space, which is counted
    **dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1"),
}


def environment(places: Sequence[str]) -> dict[str, str]:
    """For a process on the way into a jail that is to find modules in `places`; nothing else of ours."""
    kept = {name: os.environ[name] for name in KEPT if name in os.environ}
    return {**ENVIRONMENT, **kept, "PYTHONPATH": os.pathsep.join(filter(None, places))}


class Tier(IntEnum):
    """LIMITS: one's own user where root starts it, resource limits, a filter of system calls, Landlock where there is
    any. BUBBLEWRAP: all that in namespaces that bwrap makes. NAMESPACES: in namespaces of our own, by a zygote.
    """

    LIMITS = 1
    BUBBLEWRAP = 2
    NAMESPACES = 3

    def __str__(self) -> str:
        return self.name.lower()

    @classmethod
    def named(cls, name: str) -> Tier:
        """Raises UsageError for a name that no tier has."""
        for tier in cls:
            if str(tier) == name:
                return tier
        raise UsageError(f"There is no tier {name!r}; there are {', '.join(map(str, sorted(cls, reverse=True)))}.")


@dataclass(frozen=True)
class Cell:
    """What one jailed process may see and use.

    submission: a directory that others may read (0755, its files 0644), seen in the jail as /submission and only read
    there. denied: top-level modules that are not there, whose import is told; none where it is empty.
    """

    submission: Path
    limits: JailLimits = field(default_factory=JailLimits)
    denied: tuple[str, ...] = AUTOGRAD_LIBRARIES
