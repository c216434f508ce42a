"""Landlock: which files a process may reach, whatever its user may; since Linux 5.13."""

from __future__ import annotations

import os
import struct
from collections.abc import Iterable

from gradspec.confine import system

READ = 0b1101  # execute (which mapping a library needs not, but loading one may), read a file, list a directory
WRITE = 0b1_1111_1111_0010  # write and remove files and directories, make any kind of them
REFER, TRUNCATE, IOCTL_DEVICE = 1 << 13, 1 << 14, 1 << 15  # since versions 2, 3, 5
NO_TCP = 0b11  # bind and connect, since version 4
NO_SIGNAL_NO_ABSTRACT_SOCKET = 0b11  # beyond the processes that are restricted alike, since version 6
RULE_PATH_BENEATH = 1


def version() -> int:
    """Of the interface; 0 where there is none."""
    try:
        return system.call("landlock_create_ruleset", None, 0, 1)
    except OSError:
        return 0


def restrict(readable: Iterable[str], writable: Iterable[str], abi: int) -> None:
    """Leave this process those files and directories and what is in them. Needs no_new_privs; `abi` is `version()`."""
    late = (REFER if abi >= 2 else 0) | (TRUNCATE if abi >= 3 else 0)
    handled = READ | WRITE | late | (IOCTL_DEVICE if abi >= 5 else 0)
    network, scoped = (NO_TCP if abi >= 4 else 0), (NO_SIGNAL_NO_ABSTRACT_SOCKET if abi >= 6 else 0)
    size = 24 if abi >= 6 else 16 if abi >= 4 else 8
    rules = system.call("landlock_create_ruleset", struct.pack("QQQ", handled, network, scoped), size, 0)
    for paths, access in ((readable, READ), (writable, READ | WRITE | late)):
        for path in paths:
            there = os.open(path, os.O_PATH | os.O_CLOEXEC)
            allowed = access if os.path.isdir(path) else access & (0b111 | TRUNCATE)
            system.call("landlock_add_rule", rules, RULE_PATH_BENEATH, struct.pack("=Qi", allowed, there), 0)
            os.close(there)
    system.call("landlock_restrict_self", rules, 0)
    os.close(rules)
