"""Whose grade a regrade has changed, and why, item by item."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from gradspec.grading.gradebook import Grade, ItemGrade, grade, shown
from gradspec.grading.journal import Enrolled, Journal, Kept


@dataclass(frozen=True)
class Change:
    """One item that is worth something else to a submission than before; an empty text where it was or is not there."""

    name: str
    item: str
    before: str
    after: str
    why: str


@dataclass(frozen=True)
class Regraded:
    """A submission whose items changed: the totals, and each item that did."""

    name: str
    before: str
    after: str
    changes: tuple[Change, ...]

    @property
    def moved(self) -> bool:
        """Whether the total is another."""
        return self.before != self.after


def regraded(journal: Journal, now: Kept) -> Iterator[Regraded]:
    """The submissions that the last run with another rubric, suite, seed or oracle had graded otherwise."""
    before = journal.previous()
    if before is None:
        return
    for each in journal.enrolled():
        earlier = journal.earlier(each.submission.name, before.id)
        if earlier is not None:
            yield from _compare(journal, earlier, before, each, now)


def _compare(journal: Journal, one: Enrolled, before: Kept, other: Enrolled, after: Kept) -> Iterator[Regraded]:
    old = grade(before.rubric, before.exam, journal.sitting(one, before))
    new = grade(after.rubric, after.exam, journal.sitting(other, after))
    resubmitted = one.submission.digest != other.submission.digest
    changes = tuple(_items(old, new, "another version was handed in" if resubmitted else ""))
    if changes or old.score != new.score:
        yield Regraded(new.submission.name, shown(old.score), shown(new.score), changes)


def _items(old: Grade, new: Grade, also: str) -> Iterator[Change]:
    before = {each.item.id: each for each in old.items}
    after = {each.item.id: each for each in new.items}
    for name in dict.fromkeys([*before, *after]):
        was, is_ = before.get(name), after.get(name)
        if was is None or is_ is None or was.score != is_.score or was.maximum != is_.maximum:
            why = "; ".join([*_reasons(was, is_), *([also] if also else [])])
            yield Change(new.submission.name, name, _points(was), _points(is_), why)


def _points(item: ItemGrade | None) -> str:
    return "" if item is None else f"{shown(item.score)} of {shown(item.maximum)}"


def _reasons(was: ItemGrade | None, is_: ItemGrade | None) -> Iterator[str]:
    """What differs between two grades of one item, in words."""
    if was is None:
        yield "the item is new"
        return
    if is_ is None:
        yield "the item is gone"
        return
    if was.maximum != is_.maximum:
        yield f"it is worth {shown(is_.maximum)} points, not {shown(was.maximum)}"
    if was.item.partial != is_.item.partial:
        yield f"partial credit is {is_.item.partial}, not {was.item.partial}"
    if was.state != is_.state:
        yield f"it is {is_.state}, not {was.state}{f': {is_.reason}' if is_.reason else ''}"
    if (was.passed, was.asked) != (is_.passed, is_.asked):
        yield f"{is_.passed} of {is_.asked} questions pass, not {was.passed} of {was.asked}"
