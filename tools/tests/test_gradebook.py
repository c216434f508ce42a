"""Scores: what a sitting is worth, as a pure function of rubric, questions and verdicts."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradspec.grading.gradebook import OUTCOMES, grade, rounded, shown
from gradspec.grading.model import Exam, Question, Rubric, RubricItem, Selected, Sitting, Submission, Verdict
from gradspec.report.printable import clean, shows

SUBMISSION = Submission("ann", "/ann.py", "0")


def item(name, points, **more):
    return RubricItem(name, name.title(), points, Selected((name,)), **more)


def graded(items, outcomes, **more):
    """The grade where item `name` has questions that end as `outcomes[name]`; `-` is one without a verdict."""
    table = {name: text if isinstance(text, list) else text.split() for name, text in outcomes.items()}
    words = {"p": "pass", "w": "wrong value", "u": "unsupported", "i": "infrastructure", "-": None}
    asked = [(name, n, words.get(each, each)) for name, each_of in table.items() for n, each in enumerate(each_of)]
    questions = tuple(Question(f"q{n}", name, b"{}", ()) for name, n, _ in asked)
    verdicts = tuple(Verdict(f"q{n}", name, outcome) for name, n, outcome in asked if outcome)
    rubric = Rubric("r", tuple(items))
    return grade(rubric, Exam("1", "s", "r", "live", questions), Sitting(SUBMISSION, "limits", verdicts, **more))


def states(found):
    return {each.item.id: (each.state, each.score) for each in found.items}


def test_points_are_a_share_of_the_questions_that_passed():
    found = graded([item("a", 10), item("b", 4, partial="all"), item("c", 4, partial="all")],
                   {"a": "p p w", "b": "p w", "c": "p p"})  # fmt: skip
    assert [each.score for each in found.items] == [Fraction(20, 3), 0, 4]
    assert found.score == Fraction(32, 3)
    assert shown(found.score) == "10.67"


def test_what_is_unsupported_did_not_pass_and_has_its_own_word():
    found = graded([item("a", 10)], {"a": "p u"})
    assert found.score == 5
    assert found.outcomes == {"pass": 1, "unsupported": 1}
    assert found.items[0].outcome == "unsupported"


@pytest.mark.parametrize("missing", ["i", "-"])
def test_what_is_not_known_is_never_a_zero(missing):
    found = graded([item("a", 10), item("b", 5)], {"a": f"w {missing}", "b": "p"})
    assert states(found) == {"a": ("not graded yet", None), "b": ("graded", 5)}
    assert found.score is None
    assert not found.graded
    assert shown(found.score) == "–"


def test_an_item_that_nothing_is_asked_of_is_not_graded():
    assert graded([item("a", 10)], {}).score is None


def test_what_builds_on_nothing_earned_is_skipped_and_so_is_what_builds_on_that():
    items = [
        item("c", 3, needs=("b",)),
        item("b", 2, needs=("a",)),
        item("a", 1),
        item("d", 4, needs=("a", "e")),
        item("e", 5),
    ]
    found = graded(items, {"a": "w w", "b": "p p", "c": "p", "d": "p", "e": "p"})
    assert states(found) == {
        "a": ("graded", 0), "b": ("skipped", 0), "c": ("skipped", 0), "d": ("skipped", 0), "e": ("graded", 5)
    }  # fmt: skip
    reasons = {each.item.id: each.reason for each in found.items}
    assert reasons["b"] == "it builds on “A”, which earned no points"
    assert reasons["c"] == "it builds on “B”, which was skipped itself"
    assert [each.item.id for each in found.items] == ["c", "b", "a", "d", "e"]


def test_a_single_point_below_is_enough():
    found = graded([item("a", 1), item("b", 2, needs=("a",))], {"a": "p w w", "b": "p"})
    assert states(found)["b"] == ("graded", 2)


def test_what_builds_on_something_unknown_is_unknown():
    found = graded([item("a", 1), item("b", 2, needs=("a",))], {"a": "i", "b": "p"})
    assert states(found)["b"] == ("not graded yet", None)


def test_a_refused_submission_earns_nothing_and_says_why():
    found = graded([item("a", 10), item("b", 5)], {"a": "- -", "b": "-"}, refused="No.", outcome="import denied")
    assert found.score == 0
    assert found.flags == ("refused", "import denied")
    assert {each.reason for each in found.items} == {"No."}
    assert graded([item("a", 1)], {"a": "-"}, refused="Disk full.", outcome="infrastructure").score is None


def test_visible_and_hidden_are_told_apart():
    items = [item("a", 10), item("b", 5, visibility="hidden"), item("c", 1, visibility="after_due_date")]
    found = graded(items, {"a": "p", "b": "w", "c": "p"})
    assert (found.visible.score, found.visible.maximum, found.visible.full, found.visible.items) == (10, 10, 1, 1)
    assert (found.hidden.score, found.hidden.maximum, found.hidden.full, found.hidden.items) == (1, 6, 1, 2)


def test_flags_are_what_a_teacher_looks_at_twice():
    found = graded([item("a", 1)], {"a": ["pass", "timeout", "output flood", "wrong value", "killed"]})
    assert found.flags == ("output flood", "timeout", "killed")


def test_the_word_of_an_item_is_what_went_wrong_most_often():
    assert (
        graded([item("a", 1)], {"a": ["pass", "pass", "timeout", "exception", "exception"]}).items[0].outcome
        == "exception"
    )


@pytest.mark.parametrize(
    ("points", "text"),
    [("1/8", "0.13"), ("5/1000", "0.01"), ("4999/1000000", "0"), ("2/3", "0.67"), ("7", "7"), ("15/2", "7.50")],
)
def test_sums_are_rounded_half_up_to_hundredths(points, text):
    assert shown(Fraction(points)) == text


@given(st.lists(st.tuples(st.floats(0.1, 50).map(lambda x: round(x, 2)), st.integers(0, 7), st.integers(1, 7))))
def test_a_sum_is_rounded_once(parts):
    items = [item(f"i{n}", points) for n, (points, _, _) in enumerate(parts)]
    outcomes = {f"i{n}": ["pass"] * min(p, q) + ["wrong value"] * (q - min(p, q)) for n, (_, p, q) in enumerate(parts)}
    exact = sum((Fraction(str(points)) * Fraction(min(p, q), q) for points, p, q in parts), Fraction(0))
    found = graded(items, outcomes)
    assert found.score == exact
    assert abs(Fraction(str(rounded(found.score))) - exact) <= Fraction(1, 200)
    assert found.score <= found.maximum


def test_every_outcome_but_one_has_a_score():
    for each in OUTCOMES:
        assert (graded([item("a", 1)], {"a": [each]}).score is None) == (each == "infrastructure")


def test_what_is_taken_for_printable_shows():
    """`clean` does not look at the letters of such a text."""
    assert all(shows(letter) for letter in map(chr, range(0x110000)) if letter.isprintable())
    assert clean("a\u202eb\x07\n") == "a\\u202eb\\u0007\n"
