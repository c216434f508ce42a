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

import msgspec
import numpy as np

from gradspec.faults import bank
from gradspec.faults.loading import edited
from gradspec.grading.invigilator import Jailed
from gradspec.grading.journal import Journal
from gradspec.grading.messages import Ended, Setting
from gradspec.grading.model import Submission
from gradspec.grading.sitting import sit
from gradspec.grading.submissions import find_submissions, stage
from gradspec.jail import Cell
from gradspec.jail.spawning import Jailed as Process
from gradspec.jail.spawning import family
from gradspec.runner import Limits

HERE = Path(__file__).parent
PROJECT = HERE.parents[1]
SAMPLE = 24  # submissions that are looked at closely
PAIR = 60  # submissions by which one process is compared with two
STARTS = 100  # of jailed processes
SEED = "20260101"
PARTS = {  # of a sitting, where its CPU time goes
    "unpack": "the archive to a directory of its own",
    "start": "a jailed process that compiles and loads the submission and answers the first question",
    "scenarios": "the other questions, in the jail",
    "compare": "out here: what is asked, what was answered, whether it is right",
    "journal": "a commit a verdict",
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
    """Adds up the CPU seconds of jailed processes as they end, of the zygote and of this process."""

    def __init__(self, invigilator: Jailed) -> None:
        self.invigilator, self.jailed = invigilator, 0
        kill = Process.kill

        def metered(process: Process) -> None:
            self.jailed += nanoseconds(family(process.pid))
            kill(process)

        Process.kill = metered  # type: ignore[method-assign]

    def now(self) -> dict[str, float]:
        popen = self.invigilator.zygote._popen
        zygote = nanoseconds([popen.pid]) if popen is not None else 0
        return {"here": time.process_time(), "jailed": self.jailed / 1e9, "zygote": zygote / 1e9}


def difference(after: dict[str, float], before: dict[str, float]) -> dict[str, float]:
    return {each: after[each] - before[each] for each in after}


def looked_at_closely(submissions: Sequence[Submission], out: Path) -> dict[str, float]:
    """CPU milliseconds a submission of each part, over some of them."""
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
            staging = sum(difference(meter.now(), before).values())
            before = meter.now()
            verdicts = [*invigilator.sit(enrolled.submission, kept.exam, kept.rubric, room).verdicts]
            sitting = difference(meter.now(), before)
            before = meter.now()
            one = msgspec.structs.replace(kept.exam, questions=kept.exam.questions[:1])
            for _ in sit(staged.directory, staged.implementation, one, kept.rubric, invigilator.zygote):
                pass
            first = difference(meter.now(), before)
            spent["unpack"] += staging
            spent["start"] += first["jailed"] + sitting["zygote"]
            spent["scenarios"] += sitting["jailed"] - first["jailed"]
            spent["compare"] += sitting["here"] - staging
            before = meter.now()
            for key, verdict in zip(ours.keys, verdicts, strict=True):
                journal.add_verdict(enrolled, key, "limits", verdict)
                journal.commit()
            journal.end(enrolled, ours, Ended(0, "limits"))
            spent["journal"] += sum(difference(meter.now(), before).values())
        journal.close()
    invigilator.close()
    return {name: seconds / len(submissions) * 1000 for name, seconds in spent.items()}


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


def throughput(folder: Path, room: Path) -> float:
    """How many times as many submissions two processes grade as one does."""
    few = room / "few"
    few.mkdir()
    for each in sorted(folder.iterdir())[:PAIR]:
        shutil.copy(each, few)
    seconds: dict[int, list[float]] = {1: [], 2: []}
    for turn in range(3):
        for jobs in (1, 2):
            out = room / f"out_{turn}_{jobs}"
            _, sittings = graded([*command(few, rubric(room), out), "--jobs", str(jobs)], out)
            seconds[jobs].append(sittings)
    return statistics.median(one / two for one, two in zip(seconds[1], seconds[2], strict=True))


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
        parts = looked_at_closely(find_submissions(folder)[:SAMPLE], out)
        homework = Path(directory) / "homework"
        homework.mkdir()
        for each in range(SAMPLE):
            shutil.copy(PROJECT / "tools" / "tests" / "homework" / "tensors.py", homework / f"{each:04}.py")
        small = looked_at_closely(find_submissions(homework), out)
        together = throughput(folder, Path(directory))
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

**Two processes grade {together:.2f} times as many as one** in the same time: {PAIR} submissions by each, in turns.

CPU time a submission, over {SAMPLE} of them, one after the other. refgrad has more than 10,000 lines, which are compiled
anew for each submission; the homework has 120, and does not get through most questions.

| part | what it is | refgrad | a piece of homework |
| --- | --- | ---: | ---: |
{chr(10).join(rows)}
"""
    print(text)
    (HERE / "GRADING.md").write_text(text, encoding="utf-8")


def books(out: Path) -> dict[str, bytes]:
    apart = ("journal.sqlite", "lock")
    files = [each for each in out.rglob("*") if each.is_file() and not each.name.startswith(apart)]
    return {each.relative_to(out).as_posix(): each.read_bytes() for each in files}


def graded(arguments: list[str], out: Path, after: float | None = None, exam: bool = False) -> tuple[str, float]:
    """What a grader says and how long its sittings take; nothing where it is killed, `after` seconds of them (or of all)."""
    with subprocess.Popen(arguments, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        while not (exam or begun(out)) and process.poll() is None:
            time.sleep(0.01)
        started = time.perf_counter()
        try:
            said, _ = process.communicate(timeout=after)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.communicate()
            return "", 0.0
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
