"""Writes all books of a grading into its directory, from the journal alone: a file at a time, wholly or not at all."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from gradspec.files import write_atomically
from gradspec.grading.changes import Regraded, regraded
from gradspec.grading.gradebook import grade
from gradspec.grading.journal import Journal, Kept
from gradspec.report.grading.gradebook import Gradebook, changes
from gradspec.report.grading.junit import junit
from gradspec.report.grading.overview import Tally, overview
from gradspec.report.grading.pages import Pages, provenance, sweep


@dataclass(frozen=True)
class Books:
    """What was written."""

    grades: int
    ungraded: int
    regraded: tuple[Regraded, ...]


def write_books(journal: Journal, kept: Kept, out: Path, pages: Pages | None = None) -> Books:
    """Write them, and of the students' pages those that `pages` has not. Raises UsageError where that is impossible."""
    if pages is None:
        with Pages(journal, out) as pages:
            return write_books(journal, kept, out, pages)
    sweep(out, "SEED", "gradebook.csv", "junit.xml", "index.html", "changes.csv")
    tally = Tally(kept.rubric, kept.exam)
    lines = Gradebook(kept.rubric)
    suites = []
    pages.settle()
    for enrolled in journal.enrolled():
        found = grade(kept.rubric, kept.exam, journal.sitting(enrolled, kept))
        if enrolled.id not in pages.written:
            pages.write(kept, found)
        tally.add(found)
        suites += [*junit([found])][1:-1]
        lines.add(found)
    changed = tuple(regraded(journal, kept))
    write_atomically(out / "gradebook.csv", str(lines))
    write_atomically(out / "junit.xml", "".join(_framed(suites)))
    write_atomically(out / "index.html", overview(tally, provenance(kept.exam), changed))
    if changed:
        write_atomically(out / "changes.csv", changes(changed))
    else:
        (out / "changes.csv").unlink(missing_ok=True)
    return Books(len(tally.rows), tally.ungraded, changed)


def _framed(suites: Iterable[str]) -> Iterable[str]:
    head, *_, foot = junit(())
    return [head, *suites, foot]
