"""What is said when a grading ends."""

from __future__ import annotations

from pathlib import Path

from gradspec.grading.run import Graded
from gradspec.report.grading.books import Books
from gradspec.report.grading.progress import line
from gradspec.report.grading.words import left_out
from gradspec.report.printable import clean

NAMED = 10  # submissions that are listed one by one


def print_closing(graded: Graded, books: Books | None, out: Path) -> None:
    """How far it came, whose grade changed, what is still open, and where the books are."""
    print(line(graded.progress))
    if books is None:
        print(f"Interrupted. What is done is kept in {out}: the same command with `--resume` goes on from there.")
        return
    less = left_out(graded.kept.exam)
    if less:
        print(clean(less))
    if books.regraded:
        moved = [each for each in books.regraded if each.moved]
        print(f"{len(moved)} totals changed, see {out / 'changes.csv'}:")
        for each in moved[:NAMED]:
            why = "; ".join(f"{change.item}: {change.why}" for change in each.changes)
            print(clean(f"  {each.name}: {each.before} → {each.after} ({why})"))
        if len(moved) > NAMED:
            print(f"  and {len(moved) - NAMED} more")
    if graded.ungraded:
        names = ", ".join(graded.ungraded[:NAMED]) + (", ..." if len(graded.ungraded) > NAMED else "")
        print(
            f"{len(graded.ungraded)} submissions are not graded yet, through no fault of theirs: {clean(names)}. "
            "The same command with `--resume` tries them again."
        )
    print(f"The books are in {out}: index.html, gradebook.csv, junit.xml, and a folder for each student.")
