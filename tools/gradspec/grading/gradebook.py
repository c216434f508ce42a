"""What a sitting is worth: pure functions of a rubric, the questions that were asked, and the verdicts.

Points are added up as fractions and rounded once, where a sum is shown: to two decimals, half up. What is shown of the
parts may therefore differ from what is shown of their sum by a hundredth; the sum is the one that is right.
"""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import floor
from typing import Literal, get_args

from gradspec.grading.model import Exam, Outcome, Question, Rubric, RubricItem, Sitting, Submission, Verdict, Visibility

State = Literal["graded", "skipped", "left out", "not graded yet"]
OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)
VISIBILITIES: tuple[Visibility, ...] = get_args(Visibility)
# What a teacher looks at twice. `unsupported` and a wrong number are what learning looks like; these are not.
OUTLYING: tuple[Outcome, ...] = (
    "import denied",
    "output flood",
    "timeout",
    "out of memory",
    "killed",
    "infrastructure",
)
NOTHING = Fraction(0)


@dataclass(frozen=True)
class ItemGrade:
    """What became of one item. `share` is what was earned of its points, 0 to 1; None while that is not known.

    An item that is left out was asked of nobody, and its points are not counted.
    """

    item: RubricItem
    state: State
    share: Fraction | None
    asked: int
    outcomes: dict[Outcome, int]
    reason: str = ""
    answers: tuple[tuple[Question, Verdict], ...] = ()

    @property
    def passed(self) -> int:
        return self.outcomes.get("pass", 0)

    @functools.cached_property
    def maximum(self) -> Fraction:
        return NOTHING if self.state == "left out" else exact(self.item.points)

    @functools.cached_property
    def score(self) -> Fraction | None:
        if self.state == "left out":
            return NOTHING
        return None if self.share is None else self.share * self.maximum

    @property
    def full(self) -> bool:
        return self.share == 1

    @property
    def outcome(self) -> Outcome | Literal["skipped"]:
        """One word for the item: `pass` where all of it is, else what went wrong most often."""
        if self.state in ("skipped", "left out"):
            return "skipped"
        if self.state == "not graded yet":
            return "infrastructure"
        wrong: Counter[Outcome] = Counter({each: count for each, count in self.outcomes.items() if each != "pass"})
        return wrong.most_common(1)[0][0] if wrong else "pass"  # of two that are equal, the one that is listed first


@dataclass(frozen=True)
class Part:
    """The sum over some of the items: those that are visible, or those that are not. They are never added up as one."""

    score: Fraction | None
    maximum: Fraction
    items: int
    full: int  # how many of them earned every point


@dataclass(frozen=True)
class Grade:
    """All of one submission."""

    submission: Submission
    tier: str
    refused: str
    items: tuple[ItemGrade, ...]
    notes: tuple[str, ...] = ()  # what was left out or changed before it was run

    @functools.cached_property
    def score(self) -> Fraction | None:
        """All points, or None while the score of any item is not known."""
        return total(self.items)

    @functools.cached_property
    def maximum(self) -> Fraction:
        return sum((each.maximum for each in self.items), NOTHING)

    @property
    def graded(self) -> bool:
        return self.score is not None

    def part(self, *visibilities: Visibility) -> Part:
        items = [each for each in self.items if each.item.visibility in visibilities and each.state != "left out"]
        maximum = sum((each.maximum for each in items), NOTHING)
        return Part(total(items), maximum, len(items), sum(each.full for each in items))

    @functools.cached_property
    def visible(self) -> Part:
        return self.part("visible")

    @functools.cached_property
    def hidden(self) -> Part:
        """Whatever is not visible at once."""
        return self.part(*(each for each in VISIBILITIES if each != "visible"))

    @functools.cached_property
    def outcomes(self) -> dict[Outcome, int]:
        """How many questions ended in which way, in the order of the outcomes."""
        counts: Counter[Outcome] = Counter()
        for each in self.items:
            counts.update(each.outcomes)
        return {each: counts[each] for each in OUTCOMES if counts[each]}

    @property
    def flags(self) -> tuple[str, ...]:
        """What a teacher may want to look at."""
        found = self.outcomes
        return (*(["refused"] if self.refused else []), *(each for each in OUTLYING if each in found))


def grade(rubric: Rubric, exam: Exam, sitting: Sitting) -> Grade:
    """The grade of a sitting, as far as it is known."""
    asked: dict[str, list[Question]] = {each.id: [] for each in rubric.items}
    for question in exam.questions:
        asked[question.item].append(question)
    given = {(each.item, each.question): each for each in sitting.verdicts}
    found: dict[str, ItemGrade] = {}
    for item in _needed_first(rubric.items):
        questions = asked[item.id]
        if not questions and item.id in exam.left_out:
            found[item.id] = ItemGrade(item, "left out", None, 0, {}, exam.left_out[item.id])
            continue
        if sitting.refused:
            found[item.id] = _refused(item, questions, sitting)
            continue
        answers = tuple((each, given[item.id, each.id]) for each in questions if (item.id, each.id) in given)
        found[item.id] = _after(item, _judged(item, len(questions), answers), found)
    items = tuple(found[each.id] for each in rubric.items)
    return Grade(sitting.submission, sitting.tier, sitting.refused, items, sitting.notes)


def _needed_first(items: Iterable[RubricItem]) -> list[RubricItem]:
    """The items, each after those that it needs."""
    table = {each.id: each for each in items}
    order: dict[str, RubricItem] = {}
    for each in table.values():
        _visit(each, (), table, order)
    return [*order.values()]


def _visit(
    item: RubricItem, above: tuple[str, ...], table: dict[str, RubricItem], order: dict[str, RubricItem]
) -> None:
    """Enter what `item` needs into `order`, and then itself; `above`: what needs it."""
    for need in item.needs:
        if need in table and need not in order and need not in above:
            _visit(table[need], (*above, item.id), table, order)
    order.setdefault(item.id, item)


def _refused(item: RubricItem, questions: list[Question], sitting: Sitting) -> ItemGrade:
    outcome: Outcome = sitting.outcome or "exception"
    state: State = "graded"
    share: Fraction | None = NOTHING
    if outcome == "infrastructure":
        state, share = "not graded yet", None
    return ItemGrade(item, state, share, len(questions), {outcome: len(questions)}, sitting.refused)


def _judged(item: RubricItem, asked: int, answers: tuple[tuple[Question, Verdict], ...]) -> ItemGrade:
    """The item by itself, whatever it needs."""
    counts = Counter(verdict.outcome for _, verdict in answers)
    outcomes: dict[Outcome, int] = {each: counts[each] for each in OUTCOMES if counts[each]}
    open_ = asked - len(answers) + counts["infrastructure"]
    if open_ or not asked:
        reason = f"{open_} of {asked} questions have no verdict yet" if asked else "the exam has no question for it"
        return ItemGrade(item, "not graded yet", None, asked, outcomes, reason, answers)
    passed = Fraction(counts["pass"], asked)
    share = passed if item.partial == "proportional" else Fraction(int(passed))
    return ItemGrade(item, "graded", share, asked, outcomes, "", answers)


def _after(item: RubricItem, alone: ItemGrade, others: dict[str, ItemGrade]) -> ItemGrade:
    """The item in the light of those that it needs: skipped where one of them earned nothing."""
    needed = [others[each] for each in item.needs if each in others and others[each].state != "left out"]
    without = next((each for each in needed if each.share == 0), None)
    if without is not None:
        why = "was skipped itself" if without.state == "skipped" else "earned no points"
        reason = f"it builds on “{without.item.title}”, which {why}"
        return ItemGrade(item, "skipped", NOTHING, alone.asked, alone.outcomes, reason, alone.answers)
    unknown = next((each for each in needed if each.share is None), None)
    if unknown is not None:
        reason = f"it builds on “{unknown.item.title}”, which is not graded yet"
        return ItemGrade(item, "not graded yet", None, alone.asked, alone.outcomes, reason, alone.answers)
    return alone


def total(items: Iterable[ItemGrade]) -> Fraction | None:
    """The sum of what was earned; None while any of it is not known."""
    sum_ = NOTHING
    for each in items:
        if each.score is None:
            return None
        sum_ += each.score
    return sum_


@functools.cache
def exact(points: float) -> Fraction:
    """Points as they are written in the rubric: 0.1 is a tenth."""
    return Fraction(str(points))


def rounded(points: Fraction) -> Decimal:
    """Two decimals, half up: decided on the fraction itself."""
    return Decimal(floor(points * 100 + Fraction(1, 2))).scaleb(-2)


def shown(points: Fraction | None) -> str:
    """Points for a person: `12.50` or `12`; a dash while they are not known."""
    if points is None:
        return "–"
    text = str(rounded(points))
    return text.removesuffix(".00")
