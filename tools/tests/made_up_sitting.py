"""An invigilator that runs nothing: what is in a submission says which verdicts it gets. For tests of the books.

A submission is a text file. Its first line says how it behaves: `right`, `wrong`, `half`, `refused`, `slow SECONDS`
(a pause before each verdict), `kills` (the process that holds the sitting), `fails` (the grader's own part),
`infrastructure` (always), `once FILE` (infrastructure until FILE exists, which it makes).
"""

import os
import signal
import time
from pathlib import Path

from gradspec.compare import Difference
from gradspec.grading.hall import Refusal, Sat
from gradspec.grading.model import Exam, Question, Rubric, RubricItem, Selected, Submission, Verdict
from gradspec.trace import Observation, Scalar

ASKED = "asked.log"  # beside the submissions: a line for each question that was asked


class MadeUp:
    tier = "made up"

    def __init__(self, setting):
        pass

    def sit(self, submission, exam, rubric, stage):
        text = Path(submission.path).read_text()
        words = text.splitlines()[0].split()
        if words[0] == "refused":
            return Refusal("It is not Python. <script>alert(1)</script>", "import denied")
        return Sat(self._verdicts(submission, exam, words, text), ("A file was left out: `a.so`.",))

    def _verdicts(self, submission, exam, words, text):
        behaviour = words[0]
        if behaviour == "fails":
            raise ZeroDivisionError("a fault of the grader's own")
        for number, question in enumerate(exam.questions):
            with open(Path(submission.path).parent.parent / ASKED, "a") as log:
                log.write(f"{submission.name} {question.item} {question.id}\n")
            if behaviour == "kills" and number == 1:
                time.sleep(0.5)  # a dask worker that dies before its start is noticed is not started again
                os.kill(os.getpid(), signal.SIGKILL)
            if behaviour == "slow":
                time.sleep(float(words[1]))
            yield self._verdict(question, behaviour, words, text)

    def _verdict(self, question, behaviour, words, text):
        if behaviour == "infrastructure" or (behaviour == "once" and not Path(words[1]).exists()):
            if behaviour == "once":
                Path(words[1]).touch()
            return Verdict(question.id, question.item, "infrastructure", "no process could be started")
        wrong = behaviour == "wrong" or (behaviour == "half" and int(question.id.rpartition("_")[2]) % 2)
        if not wrong:
            return Verdict(question.id, question.item, "pass")
        differences = (Difference("after the <b>first</b> backward", "values", "[1.5, 2.0]", text),)
        return Verdict(question.id, question.item, "wrong gradient", "", differences, 0.25)

    def close(self):
        pass


def made_up_rubric(**points):
    """Three items: four visible questions, four hidden ones, and four that build on the hidden ones."""
    worth = {"first": 10.0, "secret": 5.0, "last": 1.0, **points}
    hidden = {"visibility": "hidden", "hint": "Think of `grad`."}
    items = (
        RubricItem("first", "The <i>first</i> steps", worth["first"], Selected(("first",)), hint="Read `backward`."),
        RubricItem("secret", "Something secret", worth["secret"], Selected(("secret",)), **hidden),
        RubricItem("last", "The last", worth["last"], Selected(("last",)), partial="all", needs=("secret",)),
    )
    return Rubric("A made-up rubric", items)


def made_up_exam(rubric, seed, suite="suite 1"):
    expected = (Observation("after", Scalar(1.0)),)
    questions = [
        Question(
            f"{item.id}.question_{number}",
            item.id,
            b'{"call":"source","source":"SECRETINPUT"}',
            expected,
            clause=f"`{item.id}` does {number}.",
            cites="a lecture",
            script="import torch\nx = torch.tensor(1.5)  # </pre><script>alert(2)</script>\n",
        )
        for item in rubric.items
        for number in range(4)
    ]
    return Exam(seed, suite, "made up", "live", tuple(questions))


__all__ = ["ASKED", "MadeUp", "Submission", "made_up_exam", "made_up_rubric"]
