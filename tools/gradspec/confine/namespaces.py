"""A root directory of one's own: what Python and NumPy need, one submission, and a little room to write."""

from __future__ import annotations

import errno
import os
import struct
import sys
from collections.abc import Iterable
from pathlib import Path

from gradspec.confine import system

SCRATCH = "/tmp"
BASE = "/tmp"
OLD = "/outside"
MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_REC, MS_PRIVATE = 1, 2, 4, 8, 0x4000, 0x40000
MNT_DETACH, AT_RECURSIVE, AT_FDCWD, OPEN_TREE_CLONE, MOVE_MOUNT_F_EMPTY_PATH = 2, 0x8000, -100, 1, 4
NOBODY = 65534
HIGHEST_UID = 2_000_000_000  # where the uids begin that no system hands out
SLOTS = 1 << 22  # process ids are smaller


def standard_paths() -> tuple[str, ...]:
    """The directories of the standard library of the Python that runs."""
    library = Path(os.__file__).parent
    extensions = (Path(each) for each in sys.path if each.endswith("lib-dynload") and os.path.isdir(each))
    return str(library), *(str(path) for path in extensions if not path.is_relative_to(library))


def package_paths() -> tuple[str, ...]:
    """The directories of NumPy; nothing else that is installed beside it."""
    import numpy as np

    package = Path(np.__file__).parent
    return tuple(str(path) for path in (package, package.with_name("numpy.libs")) if path.is_dir())


def all_paths() -> tuple[str, ...]:
    return (*standard_paths(), *package_paths())


def places() -> list[str]:
    """Where modules are looked for in a jail. NumPy, once it is loaded, finds its own; what stands beside it is not
    even to hide a submission's modules of the same name.
    """
    hidden = hidden_paths()
    within = (path for path in sys.path if any(Path(path).is_relative_to(each) for each in standard_paths()))
    return [path for path in within if not path.startswith(hidden)]


def hidden_paths() -> tuple[str, ...]:
    """What is installed inside the directories of the standard library and does not belong to it."""
    names = ("site-packages", "dist-packages")
    return tuple(f"{path}/{name}" for path in standard_paths() for name in names if os.path.isdir(f"{path}/{name}"))


def view() -> tuple[tuple[str, str], ...]:
    """What a jail shows of the machine, as `enter` wants it: NumPy may stand inside what is hidden."""
    same = [(path, path) for path in standard_paths()]
    return *same, *(("", path) for path in hidden_paths()), *((path, path) for path in package_paths())


def outside_uid(pid: int) -> int:
    """A uid for the process `pid` that nobody else has, for a root who may give uids away."""
    with open("/proc/self/uid_map") as table:
        ends = [int(first) + int(count) for first, _, count in map(str.split, table)]
    end = max(ends)
    return HIGHEST_UID + pid if end > HIGHEST_UID + SLOTS else end - 2 - pid % min(4096, end // 2)


def map_ids(pid: int) -> None:
    """Make the namespace of the process `pid`, which waits, one of a single user: nobody."""
    root = os.geteuid() == 0
    user = outside_uid(pid) if root else os.geteuid()
    group = user if root else os.getegid()
    for name, text in (
        *(() if root else (("setgroups", "deny"),)),
        ("uid_map", f"{NOBODY} {user} 1"),
        ("gid_map", f"{NOBODY} {group} 1"),
    ):
        with open(f"/proc/{pid}/{name}", "w") as file:
            file.write(text)


def mount(source: str, target: str, kind: str | None, flags: int, options: str = "") -> None:
    try:
        system.call("mount", source.encode(), target.encode(), kind and kind.encode(), flags, options.encode() or None)
    except OSError as error:
        raise OSError(error.errno, f"cannot mount {source} on {target}: {error.strerror}") from None


def _tree(path: str) -> int | None:
    """A descriptor of a copy of what is mounted at `path` and below."""
    if not path:
        return None
    try:
        return system.call("open_tree", AT_FDCWD, path.encode(), OPEN_TREE_CLONE | os.O_CLOEXEC | AT_RECURSIVE)
    except OSError as error:
        raise OSError(error.errno, f"cannot take {path} along: {error.strerror}") from None


def enter(shown: Iterable[tuple[str, str]], room: int) -> None:
    """Exchange the root directory for a new one. Needs mount and user namespaces of its own, and capabilities there.

    It shows pairs of a directory and its place inside, one after the other, for reading only, an empty one where the
    first is empty; and a scratch directory of `room` bytes. This process is nobody from then on.
    """
    mount("none", "/", None, MS_REC | MS_PRIVATE)
    # What the grader may read is found before this process is another user, who could not walk there.
    trees = [(place, _tree(source)) for source, place in shown]
    become_nobody()
    mount("jail", BASE, "tmpfs", MS_NOSUID | MS_NODEV, "mode=755,size=1m,nr_inodes=1k")
    os.mkdir(BASE + OLD)
    os.chdir(BASE)
    system.call("pivot_root", b".", OLD[1:].encode())
    os.chdir("/")
    os.umask(0o022)
    os.mkdir(SCRATCH)
    mount("scratch", SCRATCH, "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, f"mode=1777,size={room},nr_inodes=1k")
    for place, tree in trees:  # some of which may lie below the scratch directory, where Python is installed there
        os.makedirs(place, exist_ok=True)
        if tree is None:
            mount("nothing", place, "tmpfs", MS_NOSUID | MS_NODEV, "mode=755,size=4k,nr_inodes=32")
        else:
            system.call("move_mount", tree, b"", AT_FDCWD, place.encode(), MOVE_MOUNT_F_EMPTY_PATH)
            os.close(tree)
    for above in {str(each) for place, _ in trees for each in Path(place).parents if SCRATCH in map(str, each.parents)}:
        os.chmod(above, 0o555)
    system.call("umount2", OLD.encode(), MNT_DETACH)
    os.rmdir(OLD)
    read_only = struct.pack("QQQQ", MS_RDONLY | MS_NOSUID | MS_NODEV, 0, 0, 0)
    system.call("mount_setattr", AT_FDCWD, b"/", AT_RECURSIVE, read_only, len(read_only))
    writable = struct.pack("QQQQ", 0, MS_RDONLY, 0, 0)
    system.call("mount_setattr", AT_FDCWD, SCRATCH.encode(), 0, writable, len(writable))
    os.chdir(SCRATCH)
    system.call("sethostname", b"jail", 4)


def become_nobody() -> None:
    """Be the one user whom the namespace has."""
    try:
        os.setgroups([])
    except OSError as error:
        if error.errno != errno.EPERM:  # a user may not leave groups; nothing inside belongs to one
            raise
    os.setresgid(NOBODY, NOBODY, NOBODY)
    os.setresuid(NOBODY, NOBODY, NOBODY)
