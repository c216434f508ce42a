"""One submission sits the exam: in the jail, a chunk of questions at a time, judged out here as the answers come."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from gradspec.compare import ALL_FACETS
from gradspec.errors import HarnessError
from gradspec.grading.libraries import modules_of
from gradspec.grading.model import Exam, Outcome, Question, Rubric, Verdict
from gradspec.grading.outcomes import judge, verdict
from gradspec.jail import Cell, JailLimits, Zygote
from gradspec.process import Crashed, Limits, PlainProcess, Process
from gradspec.runner import NotLoadedError, WorkerRunner
from gradspec.trace import Declined

CHUNK = 256  # questions that a process is asked, if nothing happens to it
AHEAD = 16  # questions that it is sent before it has answered
# What takes long, each in the words in which it is told that there was more than enough of it.
COSTLY: dict[Outcome, str] = {
    "timeout": "timed out",
    "out of memory": "ran out of memory",
    "output flood": "printed without end",
}
PATIENCE = 5  # such outcomes in a row after which the rest of an item is not asked
EXHAUSTED = 15  # such outcomes in a row after which nothing more is
TRIES = 3  # of what fails through no fault of the submission
LONGEST = 240  # characters of what a submission is read as

Note = Callable[[str], None]


def ignored(note: str) -> None:
    """For who does not want to know."""


def sit(
    directory: Path, implementation: str, exam: Exam, rubric: Rubric, zygote: Zygote, note: Note = ignored
) -> Iterator[Verdict]:
    """The verdicts on the questions of `exam`, as they come and in their order.

    directory: what was staged. implementation: what of it is to be loaded, as a path inside the jail. note: hears, in the
    end, what the general adapter has read it as, where that had to.
    """
    cell = Cell(submission=directory, limits=limits_for(rubric), denied=modules_of(rubric.forbid))
    yield from examine(implementation, exam, rubric, lambda: zygote.spawn(cell), note)


def limits_for(rubric: Rubric) -> JailLimits:
    """What a process may use; of CPU time what all questions that it may be asked may take together."""
    return JailLimits(cpu=math.ceil(CHUNK * rubric.seconds), memory=rubric.memory, output=rubric.output)


def examine(
    implementation: str, exam: Exam, rubric: Rubric, process: Callable[[], Process] = PlainProcess, note: Note = ignored
) -> Iterator[Verdict]:
    """As `sit`, in processes that `process` starts."""
    sitting = _Sitting(implementation, rubric, process)
    for start in range(0, len(exam.questions), CHUNK):
        yield from sitting.chunk(exam.questions[start : start + CHUNK])
    if sitting.runner.reading:
        note(read_as(sitting.runner.reading))


def read_as(reading: str) -> str:
    """The sentence on what a submission was read as; `reading` comes out of the jail, and may be anything."""
    line = " ".join(reading.replace("`", "'").split())
    return f"Read as teaching code: `{line if len(line) <= LONGEST else line[: LONGEST - 1] + '…'}`."


class _Sitting:
    """What is known of a submission while it sits: what it has cost so far."""

    def __init__(self, implementation: str, rubric: Rubric, process: Callable[[], Process]) -> None:
        limits = Limits(scenario=rubric.seconds, loading=max(20.0, rubric.seconds), memory=rubric.memory)
        self.runner = WorkerRunner(implementation, limits, process)
        self.facets = frozenset(rubric.facets) or ALL_FACETS
        self.may_decline = ":" in implementation  # an adapter that somebody names; modules never do
        self.costly: Outcome = "timeout"  # the last outcome that was
        self.in_a_row = 0  # costly outcomes since the last question that ended otherwise
        self.item, self.in_item = "", 0  # the same, within one item
        self.loaded = False  # whether it ever was
        self.unloadable: NotLoadedError | None = None  # why it never is
        self.failures, self.problem = 0, ""  # in a row, that are none of its own

    def chunk(self, questions: Sequence[Question]) -> Iterator[Verdict]:
        """The verdicts on questions that one process is asked; where it is lost, another goes on after that question."""
        left = deque(questions)
        try:
            while left:
                yield self._next(left)
        finally:
            self.runner.close()

    def _next(self, left: deque[Question]) -> Verdict:
        """The verdict on the first of the questions that are left, which it takes away."""
        problem = ""
        for _ in range(TRIES if self.failures < TRIES else 0):
            try:
                found = self._ask(left)
            except (HarnessError, OSError) as error:  # nobody could be started: neither pass nor fail
                self.runner.close()
                self.failures += 1
                problem = self.problem = str(error)
                continue
            self.failures = 0
            left.popleft()
            return found
        return verdict(left.popleft(), "infrastructure", problem or self.problem)

    def _ask(self, left: deque[Question]) -> Verdict:
        question = left[0]
        given_up = self._given_up(question)
        if given_up:
            self.runner.close()  # what it was sent ahead is not waited for
            return verdict(question, self.costly, given_up)
        if self.unloadable is not None:
            return _not_loaded(question, self.unloadable)
        try:
            while self.runner.waiting < min(AHEAD, len(left)):
                self.runner.push(bytes(left[self.runner.waiting].request))
                self.loaded = True
        except NotLoadedError as error:
            if not self.loaded:
                self.unloadable = error
            return self._counted(question, _not_loaded(question, error))
        ending = self.runner.pull()
        # The general adapter declines, too; what a submission could gain by feigning that is no point.
        if isinstance(ending, Declined) and not (self.may_decline or self.runner.reading):
            ending = Crashed("it said that it declines, which no submission may", "babbled")
        return self._counted(question, judge(question, ending, self.facets))

    def _counted(self, question: Question, found: Verdict) -> Verdict:
        costly = found.outcome in COSTLY
        if question.item != self.item:
            self.item, self.in_item = question.item, 0
        self.in_a_row = self.in_a_row + 1 if costly else 0
        self.in_item = self.in_item + 1 if costly else 0
        self.costly = found.outcome if costly else self.costly
        return found

    def _given_up(self, question: Question) -> str:
        """Why `question` is not asked any more; empty where it is."""
        if self.in_a_row >= EXHAUSTED:
            return f"Not asked: {EXHAUSTED} in a row {COSTLY[self.costly]}."
        if question.item == self.item and self.in_item >= PATIENCE:
            return f"Not asked: {PATIENCE} in a row of this item {COSTLY[self.costly]}."
        return ""


def _not_loaded(question: Question, error: NotLoadedError) -> Verdict:
    return verdict(question, judge(question, error.ending).outcome, str(error))
