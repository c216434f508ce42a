"""What a kernel, a distribution or a container forbids of what a jail needs, and what to do about it."""

from __future__ import annotations

import os
import platform
import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from gradspec.confine import landlock, namespaces, seccomp
from gradspec.jail.cell import Tier

OLDEST = (5, 12)  # the kernel that makes all mounts of a root directory read-only at once


@dataclass(frozen=True)
class Obstacle:
    """What is in the way of a tier, and of all above it, and what to do about it."""

    found: str
    remedy: str
    tiers: tuple[Tier, ...] = (Tier.BUBBLEWRAP, Tier.NAMESPACES)


def setting(name: str) -> int | None:
    """A number of the kernel's settings; None where it has no such setting."""
    try:
        return int(Path("/proc/sys", name.replace(".", "/")).read_text())
    except (OSError, ValueError):
        return None


def in_container() -> bool:
    marks = ("/.dockerenv", "/run/.containerenv", "/run/systemd/container")
    return any(os.path.exists(each) for each in marks) or "container" in os.environ


def filtered() -> bool:
    """Whether this very process is under a filter of system calls."""
    try:
        return "Seccomp:\t2" in Path("/proc/self/status").read_text()
    except OSError:
        return False


def kernel() -> tuple[int, ...]:
    found = re.match(r"(\d+)\.(\d+)", platform.release())
    return tuple(map(int, found.groups())) if found else (0, 0)


def unreadable() -> str:
    """A directory on the way to Python or to NumPy that other users may not pass."""
    for path in map(Path, namespaces.all_paths()):
        for each in (*reversed(path.parents), path):
            if not each.stat().st_mode & 0o001:
                return str(each)
    return ""


_OBSTACLES: tuple[tuple[Callable[[], object], Obstacle], ...] = (
    (
        lambda: platform.system() != "Linux",
        Obstacle("this is not Linux", "grade on a Linux machine, or in a virtual machine that runs one", tuple(Tier)),
    ),
    (
        lambda: kernel() < OLDEST,
        Obstacle(
            f"the kernel {platform.release()} is older than {'.'.join(map(str, OLDEST))}",
            "take a newer kernel for the tier namespaces; bubblewrap does with an older one",
            (Tier.NAMESPACES,),
        ),
    ),
    (
        lambda: setting("kernel.unprivileged_userns_clone") == 0 and os.geteuid() != 0,
        Obstacle(
            "this distribution keeps user namespaces from users: kernel.unprivileged_userns_clone = 0",
            "`sudo sysctl kernel.unprivileged_userns_clone=1`, or install bubblewrap, which may make them",
        ),
    ),
    (
        lambda: setting("kernel.apparmor_restrict_unprivileged_userns") == 1 and os.geteuid() != 0,
        Obstacle(
            "AppArmor keeps user namespaces from programs it has no profile of (Ubuntu since 23.10): "
            "kernel.apparmor_restrict_unprivileged_userns = 1",
            "`sudo sysctl kernel.apparmor_restrict_unprivileged_userns=0`, or a profile with `userns,` for this Python "
            "or for bwrap",
        ),
    ),
    (
        lambda: setting("user.max_user_namespaces") == 0,
        Obstacle("there may be no user namespaces: user.max_user_namespaces = 0", "`sysctl user.max_user_namespaces=10000`"),
    ),
    (
        lambda: in_container() or filtered(),
        Obstacle(
            "this is a container, or under a filter of system calls like that of one, which forbids new namespaces",
            "start it with `docker run --security-opt seccomp=unconfined --security-opt apparmor=unconfined "
            "--security-opt systempaths=unconfined`, or let a virtual machine of its own be the wall and say "
            "`--min-tier limits`",
        ),
    ),
    (
        lambda: shutil.which("bwrap") is None,
        Obstacle("bubblewrap is not installed", "`apt-get install bubblewrap` or `dnf install bubblewrap`", (Tier.BUBBLEWRAP,)),
    ),
    (
        lambda: os.geteuid() == 0 and unreadable(),
        Obstacle(
            "Python or NumPy stands where other users may not read, and a submission is run as another user",
            "install Python where all may read it, such as /usr/local, or grade as an ordinary user",
            (Tier.LIMITS,),
        ),
    ),
    (
        lambda: landlock.version() == 0,
        Obstacle(
            "the kernel has no Landlock, or was started without it: in the tier limits a submission may read all files",
            "take Linux 5.13 or newer, with `landlock` in the kernel's parameter `lsm=`",
            (Tier.LIMITS,),
        ),
    ),
    (
        lambda: not seccomp.known(),
        Obstacle(
            f"no filter of system calls is known for {platform.machine()}: in the tier limits the network is open",
            "grade on x86_64 or aarch64",
            (Tier.LIMITS,),
        ),
    ),
)  # fmt: skip


def obstacles(tier: Tier) -> Iterator[Obstacle]:
    """What stands in the way of that tier here, or makes it weak."""
    for met, obstacle in _OBSTACLES:
        if tier in obstacle.tiers and met():
            yield obstacle
