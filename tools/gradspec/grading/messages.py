"""What is said between the grader and the processes in which submissions sit their exam."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from gradspec.grading.model import Exam, Outcome, Rubric, Submission, Verdict
from gradspec.grading.sitting import CHUNK, COSTLY


class Setting(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag=True):
    """What all sittings of a run share. `invigilator` is who holds them, as `module:name`; `tier` the least one of a
    jail that will do; `stage` a directory of this machine for clean copies of submissions, or none. The exam may be
    told later, by another setting that is like the first in all else."""

    invigilator: str
    rubric: Rubric
    exam: Exam
    tier: str
    stage: str = ""


class Task(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag=True):
    """A submission and the places in the exam of those questions that it is to be asked."""

    number: int
    submission: Submission
    questions: tuple[int, ...]


def still_to_ask(places: Sequence[int], outcomes: Mapping[int, str]) -> tuple[int, ...]:
    """What of a sitting that asks `places` is to be asked again, where some ended in `outcomes`.

    Whole chunks, for what shares a process may share more than it should; and everything, once something has timed
    out or the like, for whether the rest is asked hangs on that. So a sitting ends as it would have without a pause.
    """
    if COSTLY.keys() & set(outcomes.values()) and not all(each in outcomes for each in places):
        return tuple(places)
    chunks = (places[start : start + CHUNK] for start in range(0, len(places), CHUNK))
    return tuple(place for chunk in chunks if any(each not in outcomes for each in chunk) for place in chunk)


class Began(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag=True):
    number: int


class Answered(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag=True):
    """The verdict on one question, by its place in the exam."""

    number: int
    place: int
    tier: str
    verdict: Verdict


class Ended(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag=True):
    """A sitting is over."""

    number: int
    tier: str
    refused: str = ""
    outcome: Outcome | None = None
    notes: tuple[str, ...] = ()


class Lost(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag=True):
    """A sitting was given up: its process was lost again and again, or our own part failed. Nobody is to blame."""

    number: int
    reason: str


class Impossible(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag=True):
    """No sitting can be held at all, and what to do about it."""

    sentence: str


Message = Began | Answered | Ended | Lost | Impossible
Order = Setting | Task  # what a process is told
_ORDER: msgspec.json.Decoder[Order] = msgspec.json.Decoder(Order)
_DECODER: msgspec.json.Decoder[Message] = msgspec.json.Decoder(Message)
_MESSAGES: msgspec.json.Decoder[list[Message]] = msgspec.json.Decoder(list[Message])


def encode(message: Message | list[Message] | Order) -> bytes:
    return msgspec.json.encode(message)


def decode_order(data: bytes) -> Order:
    return _ORDER.decode(data)


def decode(data: bytes) -> Message:
    return _DECODER.decode(data)


def decode_all(data: bytes) -> list[Message]:
    return _MESSAGES.decode(data)
