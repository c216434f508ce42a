"""A filter of system calls: what no implementation of autograd needs and what breaking out of a jail begins with."""

from __future__ import annotations

import ctypes
import errno
import struct

from gradspec.confine import system

DENIED = (
    *("ptrace", "process_vm_readv", "process_vm_writev", "kcmp", "pidfd_getfd", "perf_event_open", "userfaultfd"),
    *("mount", "umount2", "pivot_root", "chroot", "move_mount", "mount_setattr", "open_tree"),
    *("fsopen", "fsconfig", "fsmount", "fspick", "name_to_handle_at", "open_by_handle_at", "fanotify_init"),
    *("unshare", "setns", "sethostname", "setdomainname", "personality", "modify_ldt", "iopl", "ioperm"),
    *("bpf", "io_uring_setup", "io_uring_enter", "io_uring_register", "keyctl", "add_key", "request_key"),
    *("kexec_load", "kexec_file_load", "init_module", "finit_module", "delete_module", "reboot", "syslog"),
    *("swapon", "swapoff", "acct", "quotactl", "vhangup"),
    *("settimeofday", "clock_settime", "adjtimex", "clock_adjtime"),
    *("shmget", "shmat", "shmctl", "semget", "semop", "semctl", "semtimedop"),
    *("msgget", "msgsnd", "msgrcv", "msgctl", "mq_open"),
    # What Landlock does not look at: modes, owners and attributes of files that are the same user's.
    *("chmod", "fchmod", "fchmodat", "fchmodat2", "chown", "fchown", "lchown", "fchownat"),
    *("setxattr", "lsetxattr", "fsetxattr", "removexattr", "lremovexattr", "fremovexattr"),
    # The same user's other processes, by what is no signal.
    *("setpriority", "ioprio_set", "sched_setscheduler", "sched_setparam", "sched_setattr", "sched_setaffinity"),
    "memfd_create",  # memory that is in nobody's count
)
AUDIT_ARCH = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
X32 = 0x40000000  # the bit of the numbers of another interface to the same calls
AF_UNIX = 1
LOAD, EQUAL, AT_LEAST, ANY_BIT, RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
NUMBER, ARCH, FIRST_ARGUMENT, FOURTH_ARGUMENT = 0, 4, 16, 40  # offsets in what a filter looks at
MAP_SHARED, MAP_ANONYMOUS = 0x01, 0x20
ALLOW, FAIL = 0x7FFF0000, 0x00050000


def _refuse(code: int) -> tuple[int, int, int, int]:
    return RETURN, 0, 0, FAIL | code


def program(processes: bool = True) -> bytes:
    """The filter for this machine. processes: whether others may be started; threads always may.

    Where no namespace holds them together, those that are started faster than they are found outlive every jail.
    """
    lines = [
        (LOAD, 0, 0, ARCH),
        (EQUAL, 1, 0, AUDIT_ARCH[system.MACHINE]),
        _refuse(errno.ENOSYS),
        (LOAD, 0, 0, NUMBER),
        (AT_LEAST, 0, 1, X32),
        _refuse(errno.ENOSYS),
        (EQUAL, 0, 1, system.number("clone3")),  # its flags are out of sight; whoever asks falls back to clone
        _refuse(errno.ENOSYS),
    ]
    for name in (*DENIED, *(() if processes else ("fork", "vfork"))):
        if (number := system.number(name)) is not None:
            lines += [(EQUAL, 0, 1, number), _refuse(errno.EPERM)]
    new = system.NAMESPACES | system.CLONE_NEWTIME
    lines += [
        (EQUAL, 0, 4 if processes else 6, system.number("clone")),
        (LOAD, 0, 0, FIRST_ARGUMENT),
        (ANY_BIT, 0, 1, new & ~0xFF),  # the lowest byte is a signal for clone
        _refuse(errno.EPERM),
        *(() if processes else ((ANY_BIT, 1, 0, system.CLONE_THREAD), _refuse(errno.EPERM))),
        (RETURN, 0, 0, ALLOW),
        (EQUAL, 0, 5, system.number("mmap")),  # whose pages stay when a process lets go of them, in nobody's count
        (LOAD, 0, 0, FOURTH_ARGUMENT),
        (ANY_BIT, 0, 2, MAP_SHARED),
        (ANY_BIT, 0, 1, MAP_ANONYMOUS),
        _refuse(errno.EPERM),
        (RETURN, 0, 0, ALLOW),
        (EQUAL, 0, 4, system.number("prlimit64")),  # of others
        (LOAD, 0, 0, FIRST_ARGUMENT),
        (EQUAL, 1, 0, 0),
        _refuse(errno.EPERM),
        (RETURN, 0, 0, ALLOW),
        (EQUAL, 0, 3, system.number("socket")),
        (LOAD, 0, 0, FIRST_ARGUMENT),
        (EQUAL, 1, 0, AF_UNIX),
        _refuse(errno.EAFNOSUPPORT),
        (RETURN, 0, 0, ALLOW),
    ]
    return b"".join(struct.pack("HBBI", *line) for line in lines)


def known() -> bool:
    return system.MACHINE in AUDIT_ARCH


def install(filter_program: bytes) -> None:
    """Filter the calls of this process and of all that it starts. Needs no_new_privs."""
    lines = ctypes.create_string_buffer(filter_program, len(filter_program))
    head = struct.pack("HxxxxxxP", len(filter_program) // 8, ctypes.addressof(lines))
    buffer = ctypes.create_string_buffer(head, len(head))
    system.prctl(system.PR_SET_SECCOMP, 2, ctypes.addressof(buffer))
