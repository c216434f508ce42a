"""Ways out of a jail: small programs that try one each. What a program reaches it tells by raising `Reached`.

Names in capitals are what `doctor.Scene` has laid out on this side of the wall: SECRET, a file of the grader; OTHER, a
directory of another submission; VICTIM, the id of a process; PORT and ABSTRACT, where somebody listens; KEY, of a
shared memory segment; DESCRIPTOR, of a file left open; MEMORY and FILES, the limits in bytes; PROCESSES, their number.
"""

from __future__ import annotations

from dataclasses import dataclass
from textwrap import dedent

from gradspec.jail.cell import Tier

PRELUDE = """
import ctypes, os, signal, socket, stat, sys, threading, time
class Reached(BaseException):
    pass
def refused(function, *arguments):
    try:
        given = function(*arguments)
    except (OSError, MemoryError, RuntimeError):
        return
    raise Reached(f"{getattr(function, '__name__', function)}{arguments!r} gave {str(given)[:60]}")
def fork():
    try:
        return os.fork()
    except PermissionError:  # there are to be no processes at all
        return -1
def fails(name, *arguments):
    if getattr(libc, name)(*arguments) >= 0:
        raise Reached(f"{name}{arguments!r} was allowed")
libc = ctypes.CDLL(None, use_errno=True)
def tensor(data, requires_grad=False):
    return data
"""


@dataclass(frozen=True)
class Attempt:
    """What is tried, the program that tries it, and the weakest tier that promises to stop it."""

    name: str
    program: str
    promised: Tier = Tier.LIMITS
    ends: bool = False  # whether the program may end itself, or be ended, without having reached anything

    def source(self, names: dict[str, object]) -> str:
        given = "".join(f"{name} = {value!r}\n" for name, value in names.items())
        return f"{PRELUDE}{given}{dedent(self.program)}"


WALLS = Tier.BUBBLEWRAP  # what only namespaces and a root directory of one's own promise

ATTEMPTS = (
    Attempt("read /etc/passwd", "refused(open, '/etc/passwd')", WALLS),
    Attempt("read a file of the grader", "refused(open, SECRET)", WALLS),
    Attempt("read another submission", "refused(os.listdir, OTHER); refused(open, OTHER + '/theirs.py')", WALLS),
    Attempt("read a file of the suite", "refused(open, SUITE)", WALLS),
    Attempt(
        "find the grader's environment",
        "'GRADSPEC_DOCTOR' in os.environ and refused(str); refused(open, '/proc/self/environ')",
        WALLS,
    ),
    Attempt("see what is mounted and running", "refused(os.listdir, '/proc'); refused(open, '/proc/1/status')", WALLS),
    Attempt("see devices and the kernel's settings", "refused(os.listdir, '/dev'); refused(os.listdir, '/sys')", WALLS),
    Attempt(
        "write outside the scratch directory",
        """
        for place in (OTHER, os.path.dirname(SECRET), os.path.dirname(__file__), os.path.dirname(os.__file__), "/"):
            refused(open, os.path.join(place, "written"), "w")
        """,
        WALLS,
    ),
    Attempt("change one's own submission", "refused(os.chmod, __file__, 0o777); refused(os.unlink, __file__)", WALLS),
    Attempt("make a device", "refused(os.mknod, '/tmp/memory', 0o600 | stat.S_IFCHR, os.makedev(1, 1))"),
    Attempt("start another program", "refused(os.execv, '/bin/sh', ['sh', '-c', 'exit 0'])"),
    Attempt("connect to this machine", "refused(socket.create_connection, ('127.0.0.1', PORT), 2)"),
    Attempt("send a datagram", "refused(lambda: socket.socket(type=socket.SOCK_DGRAM).sendto(b'x', ('127.0.0.1', 9)))"),
    Attempt("connect to an abstract socket", "refused(socket.socket(socket.AF_UNIX).connect, ABSTRACT)", WALLS),
    Attempt("signal another process", "refused(os.kill, VICTIM, 0); refused(os.kill, VICTIM, signal.SIGTERM)", WALLS),
    Attempt("signal one's keeper", "os.getppid() != 1 and refused(os.kill, os.getppid(), 0)", WALLS),
    Attempt(
        "kill the first process",
        """
        for each in (signal.SIGKILL, signal.SIGSTOP, signal.SIGTERM, signal.SIGINT):
            try:
                os.kill(1, each)
            except OSError:
                pass
        time.sleep(0.2)  # time to die in
        """,
    ),
    Attempt("trace another process", "fails('ptrace', 16, VICTIM, 0, 0); fails('ptrace', 0x4206, os.getppid(), 0, 0)"),
    Attempt("read another process's memory", "fails('process_vm_readv', VICTIM, bytes(16), 1, bytes(16), 1, 0)"),
    Attempt("be root", "0 in (*os.getresuid(), *os.getresgid()) and refused(os.getresuid)"),
    Attempt("become root", "refused(os.setuid, 0); refused(os.setresgid, 0, 0, 0); refused(os.setgroups, [0])"),
    Attempt(
        "have a capability",
        """
        sets = ctypes.create_string_buffer(24)
        libc.capget(bytes([0x22, 0x05, 0x08, 0x20, 0, 0, 0, 0]), sets)
        if any(sets.raw):
            raise Reached(sets.raw.hex())
        """,
    ),
    Attempt("gain privileges by a program", "libc.prctl(39, 0, 0, 0, 0) == 1 or refused(str)"),
    Attempt("mount", "fails('mount', b'none', b'/tmp', b'tmpfs', 0, None); fails('umount2', b'/submission', 2)"),
    Attempt("leave by chroot", "refused(os.chroot, '/'); refused(os.chroot, '/tmp')"),
    Attempt("leave by ..", "refused(open, '../' * 40 + SECRET.lstrip('/'))", WALLS),
    Attempt(
        "make new namespaces",
        """
        for flag in (0x10000000, 0x00020000, 0x20000000, 0x40000000):
            fails("unshare", flag)
            fails("syscall", {"x86_64": 56, "aarch64": 220}[os.uname().machine], flag | 17, 0, 0, 0, 0)
        """,
    ),
    Attempt("enter another's namespaces", "fails('setns', os.open(__file__, os.O_RDONLY), 0)"),
    Attempt("reach the host's shared memory", "fails('shmget', KEY, 1, 0)"),
    Attempt("use a message queue of the host", "fails('msgget', 0x67726164, 0o1600)"),
    Attempt("use keyrings", "fails('syscall', {'x86_64': 250, 'aarch64': 219}[os.uname().machine], 0, -3, 0, 0, 0)"),
    Attempt("set up io_uring", "fails('syscall', 425, 8, bytes(256))"),
    Attempt(
        "load a program into the kernel",
        "fails('syscall', {'x86_64': 321, 'aarch64': 280}[os.uname().machine], 0, bytes(128), 128)",
    ),
    Attempt("change the clock or a name", "refused(time.clock_settime, 0, 0); refused(socket.sethostname, 'x')"),
    Attempt(
        "use a descriptor that was left open",
        """
        for each in range(3, 4096):
            try:
                kind = os.fstat(each).st_mode
            except OSError:
                continue
            if not stat.S_ISFIFO(kind):
                raise Reached(f"descriptor {each} is open: {oct(kind)}")
        """,
    ),
    Attempt(
        "import another autograd library",
        """
        for name in ("torch", "jax", "refgrad", "autograd", "micrograd", "mygrad", "tensorflow"):
            try:
                __import__(name)
            except ImportError:
                continue
            raise Reached(name)
        """,
        WALLS,
    ),
    Attempt(
        "read what was installed beside NumPy",
        """
        import numpy
        try:
            beside = os.listdir(os.path.dirname(numpy.__path__[0]))
        except OSError:
            beside = []
        if set(beside) - {"numpy", "numpy.libs"}:
            raise Reached(str(beside[:5]))
        """,
        WALLS,
    ),
    Attempt(
        "fork without end",
        """
        born = 0
        try:
            while born < 20 * PROCESSES and (child := fork()) >= 0:
                if child == 0:
                    time.sleep(60)
                born += 1
        except BlockingIOError:
            pass
        if born > PROCESSES + 3:  # who stands guard may be counted, too
            raise Reached(f"{born} processes")
        """,
    ),
    Attempt(
        "start threads without end",
        """
        born = 0
        try:
            for born in range(20 * PROCESSES):
                threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
            raise Reached(f"{born} threads")
        except RuntimeError:
            pass
        """,
        ends=True,
    ),
    Attempt("take all memory", "refused(lambda: bytes(range(256)) * (2 * MEMORY // 256) and None)", ends=True),
    Attempt(
        "take all memory in several processes",
        """
        for _ in range(8):
            child = fork()
            if child == 0:
                hoard = bytearray(b"x") * (MEMORY // 2)
                time.sleep(60)
        if child > 0:
            time.sleep(8)
            raise Reached("four times what is allowed")
        """,
        ends=True,
    ),
    Attempt(
        "fill the disk",
        """
        written, blocks = 0, os.path.isdir("/tmp")
        try:
            for number in range(1 << 14):
                with open(f"/tmp/{number}", "wb") as file:
                    written += file.write(bytes(1 << 16))
        except OSError:
            pass
        if written > 2 * FILES:
            raise Reached(f"{written >> 20} MB")
        """,
    ),
    Attempt(
        "make files without end",
        """
        number = 0
        try:
            for number in range(1 << 14):
                os.close(os.open(f"/tmp/{number}", os.O_CREAT | os.O_WRONLY))
            raise Reached(f"{number} files")
        except OSError:
            pass
        """,
        Tier.NAMESPACES,
    ),
    Attempt(
        "write one file without end",
        """
        def fill():
            file = os.open("/tmp/large", os.O_CREAT | os.O_WRONLY)
            for _ in range(4096):
                os.write(file, bytes(1 << 20))
        refused(fill)
        """,
    ),
    Attempt(
        "keep memory that nobody counts",
        "import mmap; refused(mmap.mmap, -1, 1 << 20); refused(os.memfd_create, 'hidden')",
    ),
    Attempt(
        "limit another process", "import resource; refused(resource.prlimit, VICTIM, resource.RLIMIT_NOFILE, (64, 64))"
    ),
    Attempt("open descriptors without end", "refused(lambda: [os.dup(0) for _ in range(4096)])"),
    Attempt("lock memory", "fails('mlockall', 3)"),
    Attempt(
        "outlive one's keeper",
        """
        if fork() == 0:
            os.setsid()
            if fork() == 0:
                libc.prctl(1, 0)
                time.sleep(60)
            os._exit(0)
        """,
    ),
)
