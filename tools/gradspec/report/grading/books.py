"""Writes all books of a grading into its directory, from the journal alone: a file at a time, wholly or not at all."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from gradspec.errors import UsageError
from gradspec.files import write_atomically
from gradspec.grading.changes import Regraded, regraded
from gradspec.grading.gradebook import Grade, ItemGrade, grade
from gradspec.grading.journal import Journal, Kept
from gradspec.grading.model import Exam
from gradspec.report.grading.feedback import feedback
from gradspec.report.grading.gradebook import changes, gradebook
from gradspec.report.grading.gradescope import results
from gradspec.report.grading.junit import junit
from gradspec.report.grading.overview import Tally, overview
from gradspec.report.grading.pictures import Pictures
from gradspec.report.grading.words import folder, left_out


@dataclass(frozen=True)
class Books:
    """What was written."""

    grades: int
    ungraded: int
    regraded: tuple[Regraded, ...]


def write_books(journal: Journal, kept: Kept, out: Path) -> Books:
    """Write them. Raises UsageError where something cannot be written."""
    _sweep(out, "SEED", "gradebook.csv", "junit.xml", "index.html", "changes.csv")
    tally = Tally(kept.rubric, kept.exam)
    brief = []
    suites = []
    with Pictures() as pictures:
        for sitting in journal.sittings(kept):
            found = grade(kept.rubric, kept.exam, sitting)
            origin = provenance(kept.exam, found)
            student = _directory(out / "students" / folder(sitting.submission.name))
            _sweep(student, "results.json", "feedback.html")
            write_atomically(student / "results.json", results(kept.rubric, found, origin))
            write_atomically(student / "feedback.html", feedback(kept.rubric, found, origin, pictures.of))
            tally.add(found)
            suites += [*junit([found])][1:-1]
            brief.append(_without_answers(found))
    changed = tuple(regraded(journal, kept))
    write_atomically(out / "gradebook.csv", gradebook(kept.rubric, brief))
    write_atomically(out / "junit.xml", "".join(_framed(suites)))
    write_atomically(out / "index.html", overview(tally, provenance(kept.exam), changed))
    if changed:
        write_atomically(out / "changes.csv", changes(changed))
    else:
        (out / "changes.csv").unlink(missing_ok=True)
    return Books(len(brief), sum(not each.graded for each in brief), changed)


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


def _framed(suites: Iterable[str]) -> Iterable[str]:
    head, *_, foot = junit(())
    return [head, *suites, foot]


def _without_answers(found: Grade) -> Grade:
    """A grade that holds no more than numbers: all of a course fit in memory."""
    items = tuple(
        ItemGrade(each.item, each.state, each.share, each.asked, each.outcomes, each.reason) for each in found.items
    )
    return Grade(found.submission, found.tier, found.refused, items, found.notes)


def _sweep(directory: Path, *names: str) -> None:
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
