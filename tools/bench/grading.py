"""How fast grading is: `python tools/bench/grading.py [N]` grades N submissions and writes GRADING.md.

`python tools/bench/grading.py --kills [N [KILLS]]` grades N submissions with the grader killed with -9 at random moments,
resumed each time, and compares the books with those of an undisturbed run, byte for byte.
Submissions are made here: every other one is refgrad, the others are refgrad with one fault of the bank each.
"""

from __future__ import annotations

import csv
import io
import json
import os
import platform
import random
import shutil
import signal
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
import zipfile
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from gradspec.faults import bank
from gradspec.faults.loading import edited
from gradspec.grading.invigilator import Jailed
from gradspec.grading.journal import Journal, Kept
from gradspec.grading.messages import Ended, Setting
from gradspec.grading.model import Submission
from gradspec.grading.submissions import Staged, find_submissions, stage
from gradspec.jail import Cell
from gradspec.jail.spawning import Jailed as Process
from gradspec.jail.spawning import family
from gradspec.process import Crashed, Limits, TimedOut
from gradspec.report.grading.books import write_books
from gradspec.report.grading.pages import Pages

HERE = Path(__file__).parent
PROJECT = HERE.parents[1]
SAMPLE = 24  # submissions that are looked at closely
MOST = 120  # submissions by which one core is compared with two
TURNS = 3  # of that
STARTS = 100  # of jailed processes
SEED = "20260101"
PARTS = {  # of a sitting, where its CPU time goes
    "unpack": "the archive to a directory of its own",
    "start": "a jailed process, until it has loaded the submission, and what was compiled for that",
    "scenarios": "the questions, in the jail",
    "compare": "out here: what is asked, what was answered, whether it is right",
    "journal": "a commit a verdict",
    "books": "results and page of the student, and the line in all others",
}


def packed(files: dict[str, str]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for name, text in files.items():
            archive.writestr(zipfile.ZipInfo(f"refgrad/{name}", (2026, 1, 1, 0, 0, 0)), text)
    return target.getvalue()


def hand_in(folder: Path, number: int) -> None:
    """Every other one is correct."""
    root = PROJECT / "impl" / "refgrad"
    kinds = (".py", ".toml")
    files = {
        each.relative_to(root).as_posix(): each.read_text() for each in sorted(root.rglob("*")) if each.suffix in kinds
    }
    right = packed(files)
    wrong = []
    for fault in bank().values():
        changed = dict(files)
        try:
            for edit in fault.edits:
                changed[edit.file] = edited(changed[edit.file], edit)
        except ValueError as error:  # the tests of the bank see to it
            print(f"without {fault.name}: {error}", file=sys.stderr)
            continue
        wrong.append((fault.name, packed(changed)))
    folder.mkdir()
    for each in range(number):
        name, data = ("right", right) if each % 2 else wrong[each // 2 % len(wrong)]
        (folder / f"{each:04}_{name}.zip").write_bytes(data)


def rubric(directory: Path) -> Path:
    """The ready rubric `lecture`, but for what it forbids: refgrad is what is handed in here."""
    ready = PROJECT / "tools" / "gradspec" / "grading" / "rubrics" / "lecture.toml"
    path = directory / "rubric.toml"
    path.write_text(f"forbid = []\n{ready.read_text()}")
    return path


def command(folder: Path, rubric_: Path, out: Path, *more: str) -> list[str]:
    start = [sys.executable, "-m", "gradspec", "grade", str(folder), "--rubric", str(rubric_), "--out", str(out)]
    return [*start, "--jobs", "2", "--seed", SEED, *more]


def nanoseconds(pids: Iterable[int]) -> int:
    """CPU time of processes that are alive."""
    spent = 0
    for each in pids:
        for thread in Path(f"/proc/{each}/task").glob("*/schedstat"):
            try:
                spent += int(thread.read_text().split()[0])
            except OSError:
                continue
    return spent


class Meter:
    """Adds up the CPU seconds of jailed processes: until their first answer, and when they end; those of the zygote and
    of this process, and what of these it compiles with."""

    def __init__(self, invigilator: Jailed) -> None:
        self.invigilator, self.jailed, self.first, self.compiling = invigilator, 0, 0, 0.0
        kill, receive, precompile = Process.kill, Process.receive, invigilator.zygote.precompile
        answered: set[int] = set()

        def metered_kill(process: Process) -> None:
            self.jailed += nanoseconds(family(process.pid))
            kill(process)

        def metered_receive(process: Process, seconds: float, limits: Limits) -> bytes | TimedOut | Crashed:
            answer = receive(process, seconds, limits)
            if process.pid not in answered:
                answered.add(process.pid)
                self.first += nanoseconds(family(process.pid))
            return answer

        def metered_precompile(cell: Cell, least: int = 1) -> int:
            before = time.process_time()
            laid = precompile(cell, least)
            self.compiling += time.process_time() - before
            return laid

        Process.kill = metered_kill  # type: ignore[method-assign]
        Process.receive = metered_receive  # type: ignore[method-assign]
        invigilator.zygote.precompile = metered_precompile  # type: ignore[method-assign]

    def now(self) -> dict[str, float]:
        popen = self.invigilator.zygote._popen
        zygote = nanoseconds([popen.pid]) if popen is not None else 0
        seconds = {"jailed": self.jailed / 1e9, "first": self.first / 1e9, "zygote": zygote / 1e9}
        return {"here": time.process_time(), "compiling": self.compiling, **seconds}


def difference(after: dict[str, float], before: dict[str, float]) -> dict[str, float]:
    return {each: after[each] - before[each] for each in after}


def looked_at_closely(submissions: Sequence[Submission], out: Path) -> tuple[dict[str, float], float]:
    """CPU milliseconds a submission of each part, over some of them; and CPU seconds that a run's books take once."""
    with Journal(out) as journal:
        kept = journal.kept(journal.runs()[-1])
    invigilator = Jailed(Setting("", kept.rubric, kept.exam, "limits"))
    meter = Meter(invigilator)
    spent: Counter[str] = Counter(dict.fromkeys(PARTS, 0.0))
    with tempfile.TemporaryDirectory() as rooms, tempfile.TemporaryDirectory() as other:
        Path(rooms).chmod(0o755)
        journal = Journal(Path(other))
        ours = journal.keep_exam(kept.rubric, kept.exam)
        for enrolled in journal.enrol(submissions):
            room = Path(rooms) / str(enrolled.id)
            room.mkdir()
            before = meter.now()
            staged = stage(enrolled.submission, room / "alone", kept.rubric)
            staging = difference(meter.now(), before)["here"]
            assert isinstance(staged, Staged), staged
            before = meter.now()
            verdicts = [*invigilator.sit(enrolled.submission, kept.exam, kept.rubric, room).verdicts]
            sitting = difference(meter.now(), before)
            spent["unpack"] += staging
            spent["start"] += sitting["first"] + sitting["zygote"] + sitting["compiling"]
            spent["scenarios"] += sitting["jailed"] - sitting["first"]
            spent["compare"] += sitting["here"] - staging - sitting["compiling"]
            before = meter.now()
            for key, verdict in zip(ours.keys, verdicts, strict=True):
                journal.add_verdict(enrolled, key, "limits", verdict)
                journal.commit()
            journal.end(enrolled, ours, Ended(0, "limits"))
            spent["journal"] += difference(meter.now(), before)["here"]
        spent["books"], once = of_the_books(journal, ours, Path(other))
        journal.close()
    invigilator.close()
    return {name: seconds / len(submissions) * 1000 for name, seconds in spent.items()}, once


def of_the_books(journal: Journal, kept: Kept, out: Path) -> tuple[float, float]:
    """CPU seconds that the books take when all that is needed once is there; and that which is needed once."""
    drawing = os.times()
    with Pages(journal, out) as pages:
        seconds = []
        for _ in range(2):
            before = time.process_time()
            write_books(journal, kept, out, pages)
            seconds.append(time.process_time() - before)
    drawn = os.times()
    children = drawn.children_user + drawn.children_system - drawing.children_user - drawing.children_system
    return seconds[1], seconds[0] + children - seconds[1]


def starting() -> tuple[list[float], float]:
    """Milliseconds from asking for a jailed process to its first answer and its end, and its CPU milliseconds."""
    rubric_exam = None
    walls, used = [], 0.0
    with tempfile.TemporaryDirectory() as directory:
        room = Path(directory)
        room.chmod(0o755)
        (room / "student.py").write_text("def tensor(data, requires_grad=False): return data\n")
        (room / "student.py").chmod(0o644)
        invigilator = Jailed(Setting("", rubric_exam, rubric_exam, "limits"))  # type: ignore[arg-type]
        meter = Meter(invigilator)
        request = b'{"number":0,"call":"load","implementation":"/submission/student.py"}'
        for number in range(STARTS + 5):
            before, started = meter.now(), time.perf_counter()
            process = invigilator.zygote.spawn(Cell(room))
            process.send(request)
            answer = process.receive(20, Limits())
            process.kill()
            if number >= 5:
                walls.append((time.perf_counter() - started) * 1000)
                used += sum(difference(meter.now(), before).values()) * 1000
            assert b"loaded" in answer, answer
        invigilator.close()
    return sorted(walls), used / STARTS


def throughput(folder: Path, room: Path) -> tuple[int, float, float]:
    """By how many submissions it was measured; how many times as many two processes grade on two cores as one does that
    is bound to one core, and as one that is free to use both. From the first sitting to the last book."""
    few = room / "few"
    few.mkdir()
    for each in sorted(folder.iterdir())[:MOST]:
        shutil.copy(each, few)
    cores = sorted(os.sched_getaffinity(0))[:2]
    if len(cores) < 2:
        sys.exit("grading.py: this machine offers one core alone: nothing can be said of two")
    ways = {"bound": (1, cores[:1]), "free": (1, cores), "two": (2, cores)}
    seconds: dict[str, list[float]] = {each: [] for each in ways}
    for turn in range(TURNS):
        for way, (jobs, allowed) in ways.items():
            out = room / f"out_{turn}_{way}"
            _, taken = graded([*command(few, rubric(room), out), "--jobs", str(jobs)], out, cores=allowed)
            seconds[way].append(taken)
    bound, free = (
        statistics.median(one / two for one, two in zip(seconds[way], seconds["two"], strict=True))
        for way in ("bound", "free")
    )
    return len([*few.iterdir()]), bound, free


def measure(number: int) -> None:
    with tempfile.TemporaryDirectory() as directory:
        folder, out = Path(directory) / "handed_in", Path(directory) / "out"
        hand_in(folder, number)
        before = os.times()
        started = time.perf_counter()
        subprocess.run(command(folder, rubric(Path(directory)), out), check=True)
        seconds = time.perf_counter() - started
        after = os.times()
        with open(out / "gradebook.csv") as file:
            lines = [*csv.DictReader(file)]
        full = sum(line["total"] == line["maximum"] for line in lines)
        correct = [line for line in lines if line["name"].endswith("right")]
        assert all(line["total"] == line["maximum"] for line in correct), "a correct submission lost points"
        with Journal(out) as journal:
            questions = len(journal.kept(journal.runs()[-1]).keys)
        parts, once = looked_at_closely(find_submissions(folder)[:SAMPLE], out)
        homework = Path(directory) / "homework"
        homework.mkdir()
        for each in range(SAMPLE):
            shutil.copy(PROJECT / "tools" / "tests" / "homework" / "tensors.py", homework / f"{each:04}.py")
        small, _ = looked_at_closely(find_submissions(homework), out)
        compared, bound, free = throughput(folder, Path(directory))
    walls, cpu = starting()
    middle, late = statistics.median(walls), walls[int(len(walls) * 0.95)]
    spent = after.children_user + after.children_system - before.children_user - before.children_system
    rows = [f"| {name} | {says} | {parts[name]:.1f} ms | {small[name]:.1f} ms |" for name, says in PARTS.items()]
    load = ", ".join(f"{each:.1f}" for each in os.getloadavg())
    text = f"""# How fast grading is

{datetime.now(tz=UTC).date()}, {platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, \
NumPy {np.__version__}; load of the machine {load}. Made by `python tools/bench/grading.py`.

**{number} submissions in {seconds:.0f} s** with two processes ({seconds / number * 1000:.0f} ms each), by the rubric `lecture` \
({questions} questions): {len(correct)} are refgrad, {number - len(correct)} refgrad with a fault each. {full} got every \
point, all of the correct ones among them. CPU time of the grader and of those it waited for: {spent:.0f} s, jails aside.

**A jailed process**, from asking for it to its first answer and its end, with a submission of one line: {middle:.1f} ms \
(median of {STARTS}; 95 of 100 within {late:.1f} ms), {cpu:.1f} ms of CPU time of all that take part.

**Two cores grade {bound:.2f} times as many as one** in the same time: two processes (`--jobs 2`) on two cores against one
process that is bound, with its jails, to one of them; from the first sitting to the last book, {compared} submissions each
way, in turns, the median of {TURNS}.

Against one process (`--jobs 1`) that is free to use both cores, two grade {free:.2f} times as many. That says less of the
cores than of the process: it judges on one of them, and writes the books of those who are through, while the jail is at the
next question on the other.

CPU time a submission, over {SAMPLE} of them, one after the other. refgrad has more than 10,000 lines; of those which were
handed in before, byte for byte, the compiled form is kept. The homework has 120, and does not get through most questions.
The largest part is: {largest(parts)} of refgrad, {largest(small)} of the homework. Once a run, the books take another
{once:.1f} s: PyTorch is loaded, to draw what was asked, and the bank of faults, to be compared with.

| part | what it is | refgrad | a piece of homework |
| --- | --- | ---: | ---: |
{chr(10).join(rows)}
"""
    print(text)
    (HERE / "GRADING.md").write_text(text, encoding="utf-8")


def largest(parts: dict[str, float]) -> str:
    return max(parts, key=lambda each: parts[each])


def books(out: Path) -> dict[str, bytes]:
    apart = ("journal.sqlite", "lock")
    files = [each for each in out.rglob("*") if each.is_file() and not each.name.startswith(apart)]
    return {each.relative_to(out).as_posix(): each.read_bytes() for each in files}


def graded(
    arguments: list[str], out: Path, after: float | None = None, exam: bool = False, cores: Sequence[int] = ()
) -> tuple[str, float]:
    """What a grader says that runs on these cores, or on all, and how long it takes from its first sitting.

    Nothing where it is killed, `after` seconds of that (or of all).
    """
    ours = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cores or ours)  # whoever is started has the same
    with subprocess.Popen(arguments, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        os.sched_setaffinity(0, ours)
        while not (exam or begun(out)) and process.poll() is None:
            time.sleep(0.01)
        started = time.perf_counter()
        try:
            said, complaints = process.communicate(timeout=after)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.communicate()
            return "", 0.0
    if process.returncode:
        sys.exit(f"grading.py: the grader ended with {process.returncode}: {complaints}")
    return said, time.perf_counter() - started


def begun(out: Path) -> bool:
    """Whether a submission has been begun with, by the journal."""
    try:
        with closing(sqlite3.connect(f"file:{out / 'journal.sqlite'}?mode=ro", uri=True)) as journal:
            return journal.execute("SELECT 1 FROM begins LIMIT 1").fetchone() is not None
    except sqlite3.OperationalError:  # there is none yet
        return False


def kill(number: int, kills: int) -> None:
    drawn = random.Random(7)
    with tempfile.TemporaryDirectory() as directory:
        folder, out, again = (Path(directory) / each for each in ("handed_in", "undisturbed", "killed"))
        hand_in(folder, number)
        _, seconds = graded(command(folder, rubric(Path(directory)), out), out)
        killed = 0
        said = ""
        while not said:
            # A few while the exam is made, the others spread over the sittings: a run that goes on has the exam already.
            after = None if killed == kills else drawn.uniform(0, 2 if killed < 3 else 1.5 * seconds / kills)
            said, _ = graded(command(folder, rubric(Path(directory)), again, "--resume"), again, after, exam=killed < 3)
            killed += not said
        same = books(out) == books(again)
        print(said)
        print(json.dumps({"submissions": number, "kills": killed, "undisturbed": round(seconds), "books equal": same}))
        if not same:
            shutil.copytree(out, "/tmp/undisturbed", dirs_exist_ok=True)
            shutil.copytree(again, "/tmp/killed", dirs_exist_ok=True)
            sys.exit(1)


def main() -> None:
    numbers = [int(each) for each in sys.argv[1:] if each.isdigit()]
    if "--kills" in sys.argv:
        kill(*(numbers + [200, 20][len(numbers) :]))
    else:
        measure(*(numbers or [1000]))


if __name__ == "__main__":
    main()
