"""The graphs on the page of a student: what they show, and of what there is none."""

import re
from fractions import Fraction

import msgspec
import pytest

from gradspec.compare import Difference
from gradspec.grading.gradebook import Grade, ItemGrade
from gradspec.grading.model import Question, Rubric, RubricItem, Selected, Submission, Verdict
from gradspec.report.grading.feedback import feedback
from gradspec.report.grading.pictures import Pictures

SCRIPT = """import torch
x = torch.tensor(3.0, requires_grad=True)
y = x * x
print("the value at 3.0", y, sep=": ")
y.backward()
print("dy/dx at 3.0", x.grad, sep=": ")
"""
FORWARD = "import torch\nprint('a constant', torch.tensor(1.0), sep=': ')\n"
OFF = Difference("dy/dx at 7.5", "values", "15.0", "7.5")


@pytest.fixture(scope="module")
def pictures():
    with Pictures() as made:
        yield made


def answer(number, outcome="wrong gradient", script=SCRIPT, differences=(OFF,)):
    question = Question(f"chapter.question_{number}", "all", msgspec.Raw(b"{}"), (), script=script)
    return question, Verdict(question.id, "all", outcome, "", differences)


def page(draw, *answers, visibility="visible"):
    item = RubricItem("all", "All", 10.0, Selected(), visibility)
    made = ItemGrade(item, "graded", Fraction(0), len(answers), {}, answers=answers)
    return feedback(Rubric("Homework", (item,)), Grade(Submission("ann", "ann", ""), "limits", "", (made,)), "", draw)


def test_the_graph_of_the_script_that_is_shown_says_where_the_submission_differs(pictures):
    text = pictures.of(*answer(1))
    assert re.search(r">\.grad 6<", text)  # 2x, at the 3 of the script
    assert text.count(">yours differs<") == 1
    marked = re.search(r'<g class="node">.*?yours differs.*?</g>', text, re.DOTALL)[0].rpartition('<g class="node">')[2]
    assert ">x<" in marked  # whose gradient it is, though it was asked at another number
    words = " ".join(re.findall(r">([^<]+)<", text))
    assert "15" not in words
    assert "7.5" not in words


def test_labels_that_differ_in_numbers_alone_are_not_told_apart(pictures):
    script = SCRIPT + 'print("dy/dx at 4.0", x.grad, sep=": ")\n'
    assert "yours differs" not in pictures.of(*answer(1, script=script))


def test_what_makes_no_graph_has_no_picture(pictures):
    assert pictures.of(*answer(1, script=FORWARD)) == ""
    assert pictures.of(*answer(1, script="")) == ""
    assert pictures.of(*answer(1, script="raise RuntimeError")) == ""


def test_of_an_item_the_first_graph_is_shown(pictures):
    text = page(pictures.of, answer(1, script=FORWARD), answer(2), answer(3), answer(4, "exception"))
    assert text.count("<figure") == 1
    assert text.index("chapter.question_2") < text.index("<figure") < text.index("chapter.question_3")
    assert "<figure" not in page(pictures.of, answer(1, "exception"), answer(2, "timeout"), answer(3, "pass"))


@pytest.mark.parametrize("visibility", ["hidden", "after_due_date", "after_published"])
def test_of_what_is_not_visible_nothing_is_drawn(visibility):
    def draw(question, verdict):
        raise AssertionError(question.id)

    assert "<figure" not in page(draw, answer(1), visibility=visibility)


def test_a_script_is_drawn_once(pictures, monkeypatch):
    pictures.of(*answer(1))
    monkeypatch.setattr(pictures, "_sitter", None)
    assert pictures.of(*answer(2))
    assert pictures.of(*answer(3, differences=())).count("yours differs") == 0
