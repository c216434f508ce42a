"""A grading from beginning to end: exam, sittings, verdicts into the journal. The books are made of that elsewhere."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import msgspec

from gradspec.errors import CONFORMS, HarnessError, UsageError
from gradspec.files import write_atomically
from gradspec.grading.journal import Enrolled, Journal, Kept
from gradspec.grading.messages import Answered, Began, Ended, Impossible, Lost, Message, Setting, Task, still_to_ask
from gradspec.grading.model import Exam, Outcome, Rubric, Submission, Verdict

SEED = "SEED"  # the file that it is written to, for appeals
ROUNDS = 2  # how often whatever blames nobody is tried in one run, beyond what a sitting tries itself
MEMORY, ROOM = "/dev/shm", 1 << 30  # where Linux keeps files in memory, and the bytes that have to be free there
INVIGILATOR = "gradspec.grading.invigilator:Jailed"


@dataclass(frozen=True)
class Plan:
    """What is graded, by which rubric, into which directory, and how."""

    submissions: Sequence[Submission]
    rubric: Rubric
    digest: str  # of the rubric
    out: Path
    suite: str  # its version
    make_exam: Callable[[str], Exam]  # of a seed
    oracle: str = "live"
    jobs: int = 1
    cluster: str = ""
    resume: bool = False
    seed: str = ""
    tier: str = "limits"  # the least that will do
    invigilator: str = INVIGILATOR


@dataclass
class Progress:
    """How far a grading is; the counts of outcomes are of this session."""

    total: int = 0
    resumed: int = 0  # submissions that were done before
    done: int = 0  # in this session
    running: dict[int, str] = field(default_factory=dict)
    outcomes: Counter[Outcome] = field(default_factory=Counter)
    doing: str = "starting"
    started: float = field(default_factory=time.monotonic)

    @property
    def seconds(self) -> float:
        return time.monotonic() - self.started

    @property
    def pace(self) -> float:
        """Submissions a second, in this session."""
        return self.done / max(self.seconds, 1e-9)

    @property
    def left(self) -> float | None:
        """Seconds until all are done, as it goes now; None while nobody can tell."""
        return (self.total - self.resumed - self.done) / self.pace if self.done else None


class Executor(Protocol):
    """Has tasks done somewhere. It may begin with a setting that has no exam yet."""

    def begin(self, setting: Setting) -> None: ...
    def run(self, setting: Setting, tasks: Iterator[Task]) -> Iterator[Message | None]: ...
    def close(self) -> None: ...


Listen = Callable[[Progress], None]
Done = Callable[[Kept, Enrolled], None]  # hears of a submission that nothing of is open any more


@dataclass(frozen=True)
class Graded:
    """How a run ended: what is still open, by the names of submissions."""

    kept: Kept
    progress: Progress
    ungraded: tuple[str, ...]
    interrupted: bool = False

    @property
    def exit_code(self) -> int:
        """0 every submission is graded, 3 something is not, 130 it was interrupted."""
        if self.interrupted:
            return 130
        return HarnessError.exit_code if self.ungraded else CONFORMS


@contextlib.contextmanager
def open_journal(out: Path, resume: bool) -> Iterator[Journal]:
    """The journal in `out`. Raises UsageError where a grading was begun and nobody said that it is to be gone on with."""
    with Journal(out) as journal:
        if journal.runs() and not resume:
            raise UsageError(f"{out} holds a grading: add `--resume` to go on with it, or name another directory.")
        yield journal


def run_grading(
    plan: Plan, journal: Journal, listen: Listen = lambda progress: None, done: Done = lambda kept, enrolled: None
) -> Graded:
    """Grade what is not graded yet. Raises UsageError where that is impossible."""
    progress = Progress(total=len(plan.submissions), doing="making the exam")
    listen(progress)
    seed = _seed(plan, journal)
    kept = journal.find_exam(seed, plan.suite, plan.digest, plan.oracle)
    with _stage(journal) as stage, contextlib.closing(_Crew(plan, str(stage))) as crew:
        if kept is None:
            crew.begin()  # they start while the exam is made
            exam = msgspec.structs.replace(plan.make_exam(seed), rubric=plan.digest)
            kept = journal.keep_exam(plan.rubric, exam)
        journal.begin_run(kept)
        enrolled = journal.enrol(plan.submissions)
        progress.doing, progress.started = "grading", time.monotonic()
        interrupted = False
        try:
            for round_ in range(ROUNDS):
                open_ = [each for each in enrolled if _open(journal, each, kept)]
                if round_ == 0:
                    progress.resumed = progress.total - len(open_)
                else:
                    progress.done -= len(open_)
                listen(progress)
                if not open_:
                    break
                _round(crew, _Clerk(journal, kept, open_, progress, done), listen)
        except KeyboardInterrupt:
            interrupted = True
        finally:
            journal.commit()
    progress.doing = "interrupted" if interrupted else "graded"
    listen(progress)
    ungraded = tuple(each.submission.name for each in enrolled if _open(journal, each, kept))
    return Graded(kept, progress, ungraded, interrupted)


def _seed(plan: Plan, journal: Journal) -> str:
    """The secret of the run: as the journal has it, as it is given, or drawn; and written down for appeals."""
    known = journal.fact("seed")
    if known is not None and plan.seed and plan.seed != known:
        raise UsageError(f"{plan.out} was begun with another seed: leave out `--seed`, or name another directory.")
    seed = known or plan.seed or str(secrets.randbits(64))
    if known is None:
        journal.note("seed", seed)
    write_atomically(plan.out / SEED, f"{seed}\n")
    (plan.out / SEED).chmod(0o600)
    return seed


def _open(journal: Journal, enrolled: Enrolled, kept: Kept) -> bool:
    return bool(journal.unanswered(enrolled, kept)) or not journal.ended(enrolled, kept)


def _round(crew: _Crew, clerk: _Clerk, listen: Listen) -> None:
    """Each of the clerk's submissions once more, as far as it is open."""
    journal, kept = clerk.journal, clerk.kept
    tasks = (_task(journal, kept, number, each) for number, each in enumerate(clerk.open))
    for message in crew.run(kept.exam, tasks, len(clerk.open)):
        if message is None:
            journal.commit()
        else:
            clerk.take(message)
        listen(clerk.progress)
    crew.close()  # another round is for others


def _task(journal: Journal, kept: Kept, number: int, enrolled: Enrolled) -> Task:
    places = still_to_ask(journal.begin(enrolled, kept), journal.outcomes(enrolled, kept))
    return Task(number, enrolled.submission, places)


class _Crew:
    """Whoever holds the sittings of a run."""

    def __init__(self, plan: Plan, stage: str) -> None:
        self.plan, self.stage = plan, stage
        self.executor: Executor | None = None

    def begin(self) -> None:
        """Have them get ready while there is no exam yet."""
        self.executor = self._executor(len(self.plan.submissions))
        self.executor.begin(self._setting(Exam("", "", "", "", ())))

    def run(self, exam: Exam, tasks: Iterator[Task], most: int) -> Iterator[Message | None]:
        self.executor = self.executor or self._executor(most)
        return self.executor.run(self._setting(exam), tasks)

    def close(self) -> None:
        if self.executor is not None:
            self.executor.close()
            self.executor = None

    def _setting(self, exam: Exam) -> Setting:
        return Setting(self.plan.invigilator, self.plan.rubric, exam, self.plan.tier, self.stage)

    def _executor(self, most: int) -> Executor:
        if self.plan.cluster:
            from gradspec.grading.cluster import Remote

            return Remote(self.plan.cluster)
        from gradspec.grading.supervisor import Supervisor

        return Supervisor(min(self.plan.jobs, most))


def _memory() -> str | None:
    """A directory in memory, where there is one with room: what is staged is many small files that live for seconds."""
    with contextlib.suppress(OSError):
        if os.access(MEMORY, os.W_OK | os.X_OK) and shutil.disk_usage(MEMORY).free >= ROOM:
            return MEMORY
    return None


@contextlib.contextmanager
def _stage(journal: Journal) -> Iterator[Path]:
    """A directory for clean copies. That of a grader that was killed is removed; its name is in the journal."""
    left = journal.fact("stage")
    if left:
        shutil.rmtree(left, ignore_errors=True)
    stage = Path(tempfile.mkdtemp(prefix="gradspec-", dir=_memory()))
    journal.note("stage", str(stage))
    stage.chmod(0o711)  # whoever sits in a jail may go through, and see nothing of the others
    try:
        yield stage
    finally:
        shutil.rmtree(stage, ignore_errors=True)
        journal.note("stage", "")


@dataclass
class _Clerk:
    """Writes what it hears into the journal."""

    journal: Journal
    kept: Kept
    open: list[Enrolled]
    progress: Progress
    done: Done
    answered: dict[int, set[int]] = field(default_factory=dict)
    over: set[int] = field(default_factory=set)

    def take(self, message: Message) -> None:
        match message:
            case Began(number=number) if number not in self.over:
                self.progress.running[number] = self.open[number].submission.name
            case Answered(number=number, place=place, tier=tier, verdict=verdict):
                self.answered.setdefault(number, set()).add(place)
                self._keep(number, place, tier, verdict)
            case Ended(number=number):
                if not message.refused:
                    self._fill(number, message.tier, "the sitting ended without an answer to it")
                elif message.outcome:
                    self.progress.outcomes[message.outcome] += 1
                self.journal.end(self.open[number], self.kept, message)
                self._over(number)
                if not _open(self.journal, self.open[number], self.kept):
                    self.done(self.kept, self.open[number])
            case Lost(number=number, reason=reason):
                self._fill(number, "", reason)
                self._over(number)
            case Impossible(sentence=sentence):
                raise UsageError(sentence)

    def _keep(self, number: int, place: int, tier: str, verdict: Verdict) -> None:
        if self.journal.add_verdict(self.open[number], self.kept.keys[place], tier, verdict):
            self.progress.outcomes[verdict.outcome] += 1

    def _fill(self, number: int, tier: str, reason: str) -> None:
        """Whatever was not answered is nobody's fault, and open."""
        for place in self.journal.unanswered(self.open[number], self.kept):
            question = self.kept.exam.questions[place]
            if place not in self.answered.get(number, ()):
                self._keep(number, place, tier, Verdict(question.id, question.item, "infrastructure", reason))

    def _over(self, number: int) -> None:
        self.over.add(number)
        self.answered.pop(number, None)
        self.progress.running.pop(number, None)
        self.progress.done += 1
