"""Holds real sittings: a submission is staged, looked through for libraries that are not allowed, and jailed."""

from __future__ import annotations

from pathlib import Path

from gradspec.grading.hall import Refusal, Sat
from gradspec.grading.libraries import modules_of
from gradspec.grading.messages import Setting
from gradspec.grading.model import Exam, Rubric, Submission
from gradspec.grading.sitting import limits_for, sit
from gradspec.grading.submissions import Refused, stage
from gradspec.jail import Cell, Tier, strongest

WORTH = 1 << 15  # bytes of source: less is compiled sooner than a process is started that others profit by


class Jailed:
    """In the strongest jail that there is. Raises UsageError where that is weaker than asked for."""

    def __init__(self, setting: Setting) -> None:
        self.zygote = strongest(Tier.named(setting.tier))
        self.tier = str(self.zygote.tier)

    def sit(self, submission: Submission, exam: Exam, rubric: Rubric, room: Path) -> Refusal | Sat:
        staged = stage(submission, room / "submission", rubric)
        if isinstance(staged, Refused):
            return Refusal(staged.reason, staged.outcome, staged.notes)
        directory = staged.directory
        self.zygote.precompile(Cell(directory, limits_for(rubric), modules_of(rubric.forbid)), WORTH)
        notes = [*staged.notes]
        return Sat(sit(directory, staged.implementation, exam, rubric, self.zygote, notes.append), notes)

    def close(self) -> None:
        self.zygote.close()
