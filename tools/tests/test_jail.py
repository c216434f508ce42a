"""The jail: what nobody gets out of, what each loss is called, and that nothing stays behind."""

import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
import textwrap
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

from gradspec.confine import namespaces
from gradspec.errors import HarnessError, UsageError
from gradspec.jail import Cell, JailLimits, Tier, Zygote, available, best, doctor, machine, trial
from gradspec.jail.attempts import ATTEMPTS
from gradspec.jail.bubblewrap import inventory
from gradspec.process import Crashed, Limits, TimedOut, family
from gradspec.runner import NotLoadedError, WorkerRunner
from gradspec.trace import Denied, Loaded, Refused, Traced, decode_reply

if sys.platform != "linux":
    pytest.skip("a jail needs Linux", allow_module_level=True)

PROJECT = Path(__file__).resolve().parents[2]
TIERS = available()
BOUNDS = JailLimits(memory=256 << 20, output=1 << 20)
QUICK = Limits(scenario=1.5, loading=5)
HONEST = "def tensor(data, requires_grad=False): return data\n"


@pytest.fixture(scope="module", params=TIERS, ids=str)
def zygote(request):
    with Zygote(request.param) as each:
        yield each


@pytest.fixture
def hand_in(tmp_path_factory):
    """Stage a submission: its files by name, that with the implementation first."""

    def stage(source, others=None):
        directory = tmp_path_factory.mktemp("staged")
        for above in (directory, *directory.parents):  # whoever sits in the jail is another user
            mode = above.stat().st_mode
            if not mode & 0o001:
                above.chmod(mode | 0o055)
        for name, text in {"s.py": source, **(others or {})}.items():
            path = directory / name
            path.parent.mkdir(exist_ok=True, mode=0o755)
            path.write_text(textwrap.dedent(text))
            path.chmod(0o644)
        return directory

    return stage


@contextmanager
def running(zygote, directory, **cell):
    process = zygote.spawn(Cell(directory, cell.pop("limits", BOUNDS), **cell))
    try:
        yield process
    finally:
        process.kill()


def ask(process, number=0, seconds=10, **request):
    process.send(json.dumps({"number": number, **request}).encode())
    line = process.receive(seconds, Limits())
    return decode_reply(line) if isinstance(line, bytes) else line


def load(process, seconds=10, path="/submission/s.py"):
    return ask(process, 0, seconds, call="load", implementation=path)


def answer(process, expression, number=1):
    """What an expression is worth in there; `sub` is the submission's module."""
    source = f"def probe(torch):\n    import sys\n    sub = sys.modules['s']\n    yield 'it', str({expression})\n"
    reply = ask(process, number, call="source", source=source, id="jail.probe")
    assert isinstance(reply, Traced), reply
    return reply.observations[0].value.value


def test_some_tier_works_here():
    assert TIERS
    assert best(Tier.LIMITS) == TIERS[0]


@pytest.mark.parametrize("tier", TIERS, ids=str)
def test_nobody_gets_out(tier):
    examined = doctor.examine(tier)
    assert [each for each in examined.findings if each.state in ("broken", "not tried")] == []
    assert len(examined.findings) == len(ATTEMPTS)
    assert sum(each.state == "held" for each in examined.findings) >= len(ATTEMPTS) - 4


def test_attempts_can_succeed():
    """In a process that is in no jail at all, the attempts get through: they are no mere words."""
    succeeding = 0
    with doctor.scene() as laid:
        harmless = {"read /etc/passwd", "read a file of the grader", "read another submission", "leave by .."}
        harmless |= {"connect to this machine", "connect to an abstract socket", "open descriptors without end"}
        harmless |= {"start another program", "see what is mounted and running", "reach the host's shared memory"}
        for attempt in ATTEMPTS:
            if attempt.name in harmless:
                source = attempt.source(laid.names)
                run = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, check=False)
                succeeding += "Reached" in run.stderr or attempt.name == "start another program"
                assert succeeding, run
        assert laid.disturbed() == "somebody connected to this machine"
    assert succeeding == len(harmless)


def as_nobody(*arguments):
    """The command for this Python as the user nobody, who may not read where root's Python stands."""
    base, shown = sys.base_prefix, "/mnt"
    python = f"{shown}/{Path(os.path.realpath(sys.executable)).relative_to(base)}"
    paths = [each for each in sys.path if each and not each.startswith(base)]
    environment = [
        f"LD_LIBRARY_PATH={shown}/lib",
        f"PYTHONPATH={os.pathsep.join(paths)}",
        "PATH=/usr/bin:/bin",
        "HOME=/",
    ]
    drop = [
        "setpriv",
        "--reuid=65534",
        "--regid=65534",
        "--clear-groups",
        "env",
        "-i",
        *environment,
        python,
        *arguments,
    ]
    return ["unshare", "-m", "sh", "-c", f"mount --bind {shlex.quote(base)} {shown} && exec {shlex.join(drop)}"]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be somebody else")
@pytest.mark.skipif(not (shutil.which("unshare") and shutil.which("setpriv")), reason="needs util-linux")
def test_nobody_gets_out_of_an_ordinary_users_jail():
    tried = subprocess.run(as_nobody("-c", "import gradspec.jail"), capture_output=True, check=False)
    if tried.returncode:
        pytest.skip(f"nobody cannot run this Python: {tried.stderr.decode()[-200:]}")
    command = as_nobody("-m", "gradspec", "doctor", "--tier", "namespaces")
    examined = subprocess.run(command, capture_output=True, text=True, check=False)
    assert examined.returncode == 0, examined.stdout + examined.stderr
    assert f"it holds: {len(ATTEMPTS)} of {len(ATTEMPTS)}" in examined.stdout


def need_processes(zygote):
    """Skip where none can be started: that the attempts of `doctor` show."""
    if zygote.tier == Tier.LIMITS and os.geteuid() != 0:
        pytest.skip("an ordinary user's jail of this tier lets nobody start a process")


# How an implementation is lost at import: (statement, kind, words). Names and words are the same in every tier.
LOSSES = {
    "leaves": ("os._exit(7)", "ended", "exit code 7"),
    "leaves quietly": ("os._exit(0)", "ended", "exit code 0"),
    "segmentation fault": ("import ctypes; ctypes.string_at(0)", "ended", "SIGSEGV"),
    "aborts": ("os.abort()", "ended", "SIGABRT"),
    "kills itself": ("os.kill(os.getpid(), 9)", "ended", "SIGKILL"),
    "kills its group": ("os.setpgid(0, 0); os.killpg(0, 9)", "ended", "SIGKILL"),
    "leaves a child behind": ("os.fork() or time.sleep(60); os._exit(3)", "ended", "exit code 3"),
    "closes everything": ("os.closerange(3, 100); time.sleep(60)", "ended", "closed its end"),
    "babbles": (
        "[os.write(fd, b'hello\\n') for fd in (3, 4, 5, 6) if pipe(fd)]; time.sleep(1)",
        "babbled",
        "malformed",
    ),
    "floods the channel": ("[flood(fd) for fd in (3, 4, 5, 6) if pipe(fd)]", "output flood", "longer than 16 MB"),
    "floods the output": ("[print('x' * 1000) for _ in range(4000)]", "output flood", "printed more"),
    "floods quietly": ("[ignore(sys.stderr.write, 'x' * 9999) for _ in range(400)]", "output flood", "printed more"),
}
PRELUDE = """
import os, signal, sys, time, stat
def pipe(fd):
    try:
        os.write(fd, b"")
        return stat.S_ISFIFO(os.fstat(fd).st_mode)
    except OSError:
        return False
def flood(fd):
    while True:
        os.write(fd, b"x" * 65536)
def ignore(f, *a):
    try:
        f(*a)
    except OSError:
        pass
"""


@pytest.mark.parametrize("name", LOSSES)
def test_losses_are_told_apart(name, zygote, hand_in):
    if "fork" in LOSSES[name][0]:
        need_processes(zygote)
    statement, kind, words = LOSSES[name]
    directory = hand_in(f"{PRELUDE}{statement}\n{HONEST}")
    runner = WorkerRunner("/submission/s.py", QUICK, lambda: zygote.spawn(Cell(directory, BOUNDS)))
    with pytest.raises(NotLoadedError) as error_info:
        runner.load()
    ending = error_info.value.ending
    if zygote.tier == Tier.BUBBLEWRAP and name == "closes everything":  # bwrap itself still holds the line
        assert isinstance(ending, TimedOut)
        return
    assert isinstance(ending, Crashed), ending
    assert (ending.kind, words in ending.reason) == (kind, True), ending


def test_time_is_up(zygote, hand_in):
    with running(zygote, hand_in("while True: pass")) as process:
        assert isinstance(load(process, seconds=1), TimedOut)
    with running(zygote, hand_in("while True: pass"), limits=JailLimits(cpu=1)) as process:
        ending = load(process)
        assert isinstance(ending, Crashed)
        assert ending.kind == "timeout"


def test_memory_that_is_refused_is_an_error_of_python(zygote, hand_in):
    with running(zygote, hand_in("hoard = bytearray(512 << 20)")) as process:
        reply = load(process)
    assert isinstance(reply, Refused)
    assert "MemoryError" in reply.reason


def test_memory_of_all_processes_counts(zygote, hand_in):
    need_processes(zygote)
    source = "import os, time\nfor _ in range(4): os.fork() or (bytearray(b'x') * (150 << 20), time.sleep(60))\ntime.sleep(60)"
    with running(zygote, hand_in(source)) as process:
        ending = load(process)
    assert isinstance(ending, Crashed)
    assert ending.kind == "out of memory"


def test_a_worker_that_does_not_listen_keeps_nobody_waiting(zygote, hand_in):
    with running(zygote, hand_in(f"{HONEST}import time\ndef sleep(): time.sleep(60)")) as process:
        assert isinstance(load(process), Loaded)
        source = f"def nap(torch):\n    yield 'it', torch.sleep()\n# {'x' * (1 << 20)}"
        for number in range(3):
            request = {"number": number, "call": "source", "id": "jail.nap", "source": source}
            process.send(json.dumps(request).encode())
        assert isinstance(process.receive(0.5, Limits()), TimedOut)


def test_nothing_is_carried_from_one_jail_to_the_next(zygote, hand_in):
    source = f"""
{HONEST}
import os, random, numpy as np
try:
    before = [each for each in os.listdir("/tmp") if each == "mark"]  # Python may stand below it, and so be there
    open("/tmp/mark", "w").write("here")
except OSError:
    before = []
same = (hash("gradspec"), random.random(), np.random.rand(), sorted(os.environ.items()))
"""
    directory, seen = hand_in(source), []
    for _ in range(2):
        with running(zygote, directory) as process:
            assert isinstance(load(process), Loaded)
            seen.append((answer(process, "sub.before"), answer(process, "sub.same", 2)))
    assert seen[0] == seen[1]
    assert seen[0][0] == "[]"


def test_imports_that_are_denied_are_told(zygote, hand_in):
    with running(zygote, hand_in(f"try:\n    import torch\nexcept ImportError:\n    pass\n{HONEST}")) as process:
        assert load(process) == Denied(number=0, modules=("torch",))
    late = f"{HONEST}\ndef late():\n    import jax.numpy"
    with running(zygote, hand_in(late)) as process:
        assert isinstance(load(process), Loaded)
        source = "from gradspec import attempt\ndef probe(torch):\n    yield 'it', attempt(torch.late)"
        assert ask(process, 5, call="source", source=source, id="jail.probe") == Denied(number=5, modules=("jax",))


def test_a_submission_may_have_modules_of_any_name(zygote, hand_in):
    directory = hand_in(
        f"import autograd\nfrom micrograd import engine\n{HONEST}", {"autograd.py": "", "micrograd/engine.py": ""}
    )
    with running(zygote, directory) as process:
        assert isinstance(load(process), Loaded)
    with running(zygote, hand_in(f"import scipy\n{HONEST}"), denied=()) as process:
        reply = load(process)
    assert isinstance(reply, Refused)
    assert "No module named 'scipy'" in reply.reason


def test_compiled_files_are_used_and_nothing_is_run_by_compiling(zygote, hand_in):
    others = {"broken.py": "def", "deep/__init__.py": "", "deep/inner.py": "raise SystemExit('run')"}
    directory = hand_in(f"import deep.inner\n{HONEST}", others)
    assert zygote.precompile(Cell(directory, BOUNDS), least=1 << 20) == 0  # not worth a process
    assert zygote.precompile(Cell(directory, BOUNDS)) == 3
    assert zygote.precompile(Cell(directory, BOUNDS), least=1 << 20) == 3  # which are known now
    with running(zygote, directory) as process:
        assert "SystemExit: run" in load(process).reason
    (directory / "deep" / "inner.py").write_text("raise ValueError('another text')")
    with running(zygote, directory) as process:
        assert "SystemExit: run" in load(process).reason


def test_compiled_files_are_written_nowhere_else(zygote, hand_in, tmp_path):
    directory = hand_in(HONEST)
    (directory / "__pycache__").symlink_to(tmp_path)
    assert zygote.precompile(Cell(directory, BOUNDS)) == 0
    assert [*tmp_path.iterdir()] == []


def gone(pids):
    """Whether all of them have ended, within a time that only a failure takes."""
    for _ in range(200):
        if not any(os.path.exists(f"/proc/{pid}/cwd") and not doctor._zombie(pid) for pid in pids):
            return True
        time.sleep(0.05)
    return False


LOAD = b'{"number":0,"call":"load","implementation":"/submission/s.py"}'
HANGING = "import os, time\nfor _ in range(3): os.fork() or (os.setsid(), time.sleep(600))\ntime.sleep(600)"


def test_killing_a_jail_kills_all_in_it(zygote, hand_in):
    need_processes(zygote)
    with running(zygote, hand_in(HANGING)) as process:
        for _ in range(40):
            process.send(LOAD)
            assert isinstance(process.receive(0.5, Limits()), TimedOut)
            members = [*family(process.keeper)]
            if len(members) >= 5:
                break
        assert len(members) >= 5
    assert gone(members)


@pytest.mark.parametrize("tier", [each for each in TIERS if each != Tier.LIMITS], ids=str)
def test_nothing_outlives_a_grader_that_is_killed(tier, hand_in):
    program = f"""
import sys, time
from pathlib import Path
from gradspec.jail import Cell, Tier, Zygote
from gradspec.process import Limits, family
process = Zygote(Tier({int(tier)})).spawn(Cell(Path(sys.argv[1])))
process.send({LOAD!r})
members = []
while len(members) < 5:
    process.receive(0.2, Limits())
    members = [*family(process.keeper)]
print(*members, flush=True)
time.sleep(600)
"""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    command = [sys.executable, "-c", program, str(hand_in(HANGING))]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment) as grader:
        members = [int(each) for each in grader.stdout.readline().split()]
        assert len(members) >= 5
        grader.send_signal(signal.SIGKILL)
    assert gone(members)


@pytest.mark.skipif(Tier.NAMESPACES not in TIERS, reason="needs a zygote")
def test_a_zygote_that_is_lost_is_replaced(hand_in):
    directory = hand_in(HONEST)
    with Zygote(Tier.NAMESPACES) as zygote:
        with running(zygote, directory) as process:
            assert isinstance(load(process), Loaded)
        zygote._popen.kill()
        zygote._popen.wait()
        with running(zygote, directory) as process:
            assert isinstance(load(process), Loaded)


@pytest.mark.skipif(Tier.NAMESPACES not in TIERS, reason="needs namespaces")
def test_a_jail_that_cannot_be_built_is_nobodys_verdict(tmp_path):
    with Zygote(Tier.NAMESPACES) as zygote:
        process = zygote.spawn(Cell(tmp_path / "nowhere"))
        try:
            with pytest.raises(HarnessError, match="nowhere"):
                process.receive(10, Limits())
        finally:
            process.kill()


@pytest.mark.skipif(Tier.NAMESPACES not in TIERS, reason="needs a zygote")
def test_descriptors_are_given_back(hand_in):
    directory = hand_in(HONEST)
    with Zygote(Tier.NAMESPACES) as zygote:
        counts = []
        for _ in range(4):
            with running(zygote, directory) as process:
                assert isinstance(load(process), Loaded)
            counts.append((len(os.listdir("/proc/self/fd")), len(os.listdir(f"/proc/{zygote._popen.pid}/fd"))))
    assert counts[0] == counts[3]


def test_a_family_is_found_without_the_kernels_lists(monkeypatch):
    asked = os.path.exists
    with subprocess.Popen([sys.executable, "-c", "import os; os.fork(); input()"], stdin=subprocess.PIPE) as parent:
        for _ in range(100):
            if len(found := [*family(parent.pid)]) == 2:
                break
            time.sleep(0.05)
        opened = open

        def refusing(path, *arguments):
            if str(path).endswith("/children"):
                raise FileNotFoundError(path)
            return opened(path, *arguments)

        monkeypatch.setattr("builtins.open", refusing)
        monkeypatch.setattr(os.path, "exists", lambda path: not str(path).endswith("/children") and asked(path))
        assert [*family(parent.pid)] == found
        assert len(found) == 2
        parent.stdin.close()


def test_a_jail_costs_few_mounts_and_two_processes():
    """What a jail takes is in proportion to these; the time itself is in the benchmark."""
    assert len(namespaces.view()) <= 6


def test_what_bwrap_shows_is_the_workers_side_alone():
    modules = [Path(each).relative_to(PROJECT / "tools").with_suffix("") for each in inventory().modules]
    sys.path.insert(0, str(PROJECT / "tools" / "checks"))
    try:
        from imports import WORKER_SIDE, inside
    finally:
        sys.path.pop(0)
    names = {".".join(each.parts).removesuffix(".__init__") for each in modules} - {"gradspec", "gradspec.programs"}
    assert [name for name in sorted(names) if not any(inside(name, side) for side in WORKER_SIDE)] == []


def test_below_the_least_tier_nothing_is_run(monkeypatch):
    monkeypatch.setattr(trial, "tried", lambda zygote: "" if zygote.tier == Tier.LIMITS else "no")
    monkeypatch.setattr(machine.shutil, "which", lambda name: None)
    monkeypatch.setattr(machine, "setting", lambda name: 0)
    trial.best.cache_clear()
    try:
        assert best(Tier.LIMITS) == Tier.LIMITS
        with pytest.raises(UsageError) as error_info:
            best(Tier.BUBBLEWRAP)
    finally:
        trial.best.cache_clear()
    assert "apt-get install bubblewrap" in str(error_info.value)
    assert "user.max_user_namespaces" in str(error_info.value)


def test_tiers_have_names():
    assert [Tier.named(str(tier)) for tier in Tier] == list(Tier)
    with pytest.raises(UsageError, match="there are namespaces, bubblewrap, limits"):
        Tier.named("cellar")


@pytest.mark.parametrize(("state", "problem", "code"), [("held", "", 0), ("broken", "", 1), ("held", "no", 3)])
def test_doctor_says_whether_the_best_tier_holds(state, problem, code, gradspec, monkeypatch):
    def examine(tier):
        findings = () if problem else tuple(doctor.Finding(each.name, tier, state, "words") for each in ATTEMPTS)
        return doctor.Examined(tier, problem, findings)

    monkeypatch.setattr(doctor, "examine", examine)
    given, printed, complaints = gradspec("doctor", "--tier", "namespaces")
    assert (given, complaints) == (code, "")
    assert ("it holds" if code == 0 else "does not hold" if code == 1 else "No tier works") in printed
