"""Where sittings are held: in a process of its own, which stages one submission after the other and has it jailed."""

from __future__ import annotations

import contextlib
import ctypes
import importlib
import os
import shutil
import signal
import tempfile
import time
import traceback
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Protocol

import msgspec

from gradspec.errors import UsageError
from gradspec.grading.messages import (
    Answered,
    Began,
    Ended,
    Impossible,
    Lost,
    Message,
    Setting,
    Task,
    decode_order,
    encode,
)
from gradspec.grading.model import Exam, Outcome, Rubric, Submission, Verdict

PR_SET_PDEATHSIG = 1
PATIENCE = 0.02  # seconds that a verdict may wait for the next


@dataclass(frozen=True)
class Refusal:
    """Nothing of a submission was run, and why."""

    reason: str
    outcome: Outcome
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Sat:
    """A sitting that is going on: its verdicts as they come; what was left out of the submission, and how it was read.

    The last note may come with the last verdict.
    """

    verdicts: Iterator[Verdict]
    notes: Sequence[str] = ()


class Invigilator(Protocol):
    """Holds sittings, one after the other."""

    tier: str  # of its jail

    def sit(self, submission: Submission, exam: Exam, rubric: Rubric, room: Path) -> Refusal | Sat:
        """The verdicts on the questions of `exam`, in any order. `room` is an empty directory."""
        ...

    def close(self) -> None: ...


class Hall:
    """What a process keeps between sittings: the setting, and who holds them."""

    def __init__(self, setting: Setting) -> None:
        self.setting = setting
        module, _, name = setting.invigilator.partition(":")
        make: Callable[[Setting], Invigilator] = getattr(importlib.import_module(module), name)
        self.invigilator = make(setting)

    def attend(self, task: Task) -> Iterator[Message]:
        """One sitting. An exception of our own is told as `Lost`: it says nothing about the submission."""
        yield Began(task.number)
        stage = Path(tempfile.mkdtemp(dir=self.setting.stage or None, prefix="submission-"))
        stage.chmod(0o755)  # whoever sits in the jail is not whoever grades
        try:
            yield from self._sit(task, stage)
        except UsageError as error:
            yield Impossible(str(error))
        except Exception as error:  # noqa: BLE001 (whatever it is, it is ours: no submission runs here)
            yield Lost(
                task.number, f"the grader's own part failed: {traceback.format_exception_only(error)[-1].strip()}"
            )
        finally:
            shutil.rmtree(stage, ignore_errors=True)

    def _sit(self, task: Task, stage: Path) -> Iterator[Message]:
        rubric = self.setting.rubric
        asked = tuple(self.setting.exam.questions[place] for place in task.questions)
        exam = msgspec.structs.replace(self.setting.exam, questions=asked)
        given = self.invigilator.sit(task.submission, exam, rubric, stage)
        if isinstance(given, Refusal):
            yield Ended(task.number, self.invigilator.tier, given.reason, given.outcome, given.notes)
            return
        places = {(each.item, each.id): place for each, place in zip(asked, task.questions, strict=True)}
        for verdict in given.verdicts:
            place = places[verdict.item, verdict.question]
            yield Answered(task.number, place, self.invigilator.tier, verdict)
        yield Ended(task.number, self.invigilator.tier, notes=tuple(given.notes))

    def close(self) -> None:
        self.invigilator.close()


def serve(connection: Connection, parent: int) -> None:
    """A process of this machine: takes a setting and then tasks from `connection`, and sends lists of messages."""
    os.setsid()  # an interrupt at the terminal is for the grader
    die_with(parent)
    hall: Hall | None = None
    with contextlib.suppress(EOFError, BrokenPipeError, ConnectionResetError):
        while True:
            match decode_order(connection.recv_bytes()), hall:
                case Setting() as setting, None:
                    try:
                        hall = Hall(setting)
                    except UsageError as error:
                        connection.send_bytes(encode([Impossible(str(error))]))
                        return
                case Setting() as setting, Hall():
                    hall.setting = setting
                case Task() as task, Hall():
                    for messages in _bundled(hall.attend(task)):
                        connection.send_bytes(encode(messages))
    if hall is not None:
        hall.close()


def _bundled(messages: Iterable[Message]) -> Iterator[list[Message]]:
    """Verdicts that come soon after one another are told together."""
    bundle: list[Message] = []
    since = time.monotonic()
    for each in messages:
        bundle.append(each)
        if not isinstance(each, Answered) or time.monotonic() - since > PATIENCE:
            yield bundle
            bundle, since = [], time.monotonic()


def die_with(parent: int) -> None:
    """Have this process killed when `parent`, which started it, ends in whatever way."""
    with contextlib.suppress(OSError, AttributeError):  # another system: the end of the connection has to do
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        os._exit(1)
