"""The folders of students, each written when a sitting has ended, while others still sit."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Self

from gradspec.errors import UsageError
from gradspec.files import write_atomically
from gradspec.grading.gradebook import Grade, grade
from gradspec.grading.journal import Enrolled, Journal, Kept
from gradspec.grading.model import Exam
from gradspec.report.grading.feedback import feedback
from gradspec.report.grading.gradescope import results
from gradspec.report.grading.pictures import Pictures
from gradspec.report.grading.words import folder, left_out

WAITING = 64  # sittings that are held in memory until their pages are written; beyond, they are left for the end


class Pages:
    """Writes them into `out`, in a thread. A context manager; whoever is interrupted leaves the rest unwritten."""

    def __init__(self, journal: Journal, out: Path) -> None:
        self.journal, self.out = journal, out
        self.written: set[int] = set()  # by their numbers in the journal
        self._waiting: set[int] = set()
        self._thread = ThreadPoolExecutor(1)
        self._pictures = Pictures()

    def __enter__(self) -> Self:
        self._pictures.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._thread.shutdown(cancel_futures=True)
        self._pictures.__exit__()

    def ended(self, kept: Kept, enrolled: Enrolled) -> None:
        """A sitting has its last verdict: see to its pages. What fails is found by who asks for it once more."""
        if len(self._waiting) >= WAITING:
            return
        sitting = self.journal.sitting(enrolled, kept)

        def over(future: Future[None]) -> None:
            self._waiting.discard(enrolled.id)
            if not future.cancelled() and future.exception() is None:
                self.written.add(enrolled.id)

        self._waiting.add(enrolled.id)
        self._thread.submit(lambda: self.write(kept, grade(kept.rubric, kept.exam, sitting))).add_done_callback(over)

    def settle(self) -> None:
        """Wait until nothing is being written."""
        self._thread.submit(lambda: None).result()

    def write(self, kept: Kept, found: Grade) -> None:
        """The pages of one student. Raises UsageError where they cannot be written."""
        origin = provenance(kept.exam, found)
        student = _directory(self.out / "students" / folder(found.submission.name))
        sweep(student, "results.json", "feedback.html")
        write_atomically(student / "results.json", results(kept.rubric, found, origin))
        write_atomically(student / "feedback.html", feedback(kept.rubric, found, origin, self._pictures.of))


def provenance(exam: Exam, found: Grade | None = None) -> str:
    """Where what is expected comes from, with which inputs it was asked, and what the submission was locked in."""
    published = sum(not each.fresh for each in exam.questions)
    inputs = "inputs drawn for this run"
    if published == len(exam.questions):
        inputs = "the published inputs, for there was no PyTorch to answer fresh ones"
    elif published:
        inputs += f", but for {published} of {len(exam.questions)} questions that have published ones"
    source = {"live": "PyTorch, asked live", "golden": "what PyTorch left in the goldens"}.get(exam.oracle, exam.oracle)
    jail = f" Jail: {found.tier}." if found is not None and found.tier else ""
    less = left_out(exam)
    return f"Expected: {source}; {inputs}.{f' {less}' if less else ''} Suite {exam.suite}.{jail}"


def sweep(directory: Path, *names: str) -> None:
    """Remove what a grader has left that was killed while it wrote one of these files."""
    for name in names:
        for path in directory.glob(f".{name}.*"):
            path.unlink(missing_ok=True)


def _directory(path: Path) -> Path:
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}.") from None
    return path
