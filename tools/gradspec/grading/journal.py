"""The journal of a grading: every verdict, durable as it comes. All books are derived from it and from nothing else.

An SQLite file with a write-ahead log. A commit is a write to that log, which the death of the process does not undo;
the log is not forced to the disk each time, so the death of the machine may cost the last commits, never the file.
One process writes: whoever holds the lock beside it.
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import msgspec

from gradspec.errors import UsageError
from gradspec.grading.messages import Ended
from gradspec.grading.model import Exam, Question, Rubric, Sitting, Submission, Verdict

FILE, LOCK = "journal.sqlite", "lock"
SCHEMA = 1
PATIENCE = 0.05  # seconds that a verdict may wait for others, to be committed with them
TABLES = """
CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE exams (
    id INTEGER PRIMARY KEY, seed TEXT NOT NULL, suite TEXT NOT NULL, rubric TEXT NOT NULL, oracle TEXT NOT NULL,
    rubric_json BLOB NOT NULL, exam_json BLOB NOT NULL, UNIQUE (seed, suite, rubric, oracle)
);
CREATE TABLE runs (id INTEGER PRIMARY KEY, exam INTEGER NOT NULL REFERENCES exams);
CREATE TABLE submissions (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL, digest TEXT NOT NULL, path TEXT NOT NULL, UNIQUE (name, digest)
);
CREATE TABLE handed_in (place INTEGER PRIMARY KEY, submission INTEGER NOT NULL REFERENCES submissions);
CREATE TABLE verdicts (
    submission INTEGER NOT NULL REFERENCES submissions, question BLOB NOT NULL, tier TEXT NOT NULL,
    outcome TEXT NOT NULL, verdict BLOB NOT NULL, PRIMARY KEY (submission, question)
) WITHOUT ROWID;
CREATE TABLE begins (
    submission INTEGER NOT NULL REFERENCES submissions, exam INTEGER NOT NULL REFERENCES exams, places TEXT NOT NULL,
    PRIMARY KEY (submission, exam)
) WITHOUT ROWID;
CREATE TABLE ends (
    submission INTEGER NOT NULL REFERENCES submissions, exam INTEGER NOT NULL REFERENCES exams, tier TEXT NOT NULL,
    refused TEXT NOT NULL, outcome TEXT, notes TEXT NOT NULL, PRIMARY KEY (submission, exam)
) WITHOUT ROWID;
"""


@dataclass(frozen=True)
class Kept:
    """An exam as the journal has it, with the rubric that it was made of and the key of each of its questions."""

    id: int
    rubric: Rubric
    exam: Exam
    keys: tuple[bytes, ...]


@dataclass(frozen=True)
class Enrolled:
    """A submission and its number in the journal."""

    id: int
    submission: Submission


class Lock:
    """Held while a grader is at work in a directory. The system lets go of it with the process, however that ends."""

    def __init__(self, directory: Path) -> None:
        self.descriptor = os.open(directory / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self.descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            holder = os.read(self.descriptor, 20).decode(errors="replace").strip()
            os.close(self.descriptor)
            raise UsageError(f"Another grader is at work in {directory}: process {holder}.") from None
        os.ftruncate(self.descriptor, 0)
        os.write(self.descriptor, b"%d\n" % os.getpid())

    def release(self) -> None:
        os.close(self.descriptor)


class Journal:
    """The journal in `directory`, which is made if need be. Raises UsageError where it is of no use."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        path = directory / FILE
        try:
            directory.mkdir(parents=True, exist_ok=True)
            self.lock = Lock(directory)
        except OSError as error:
            raise UsageError(f"{directory} cannot be written: {error.strerror}.") from None
        try:
            self.database = sqlite3.connect(path, isolation_level=None)
            path.chmod(0o600)  # the seed is in it, and with it every hidden input
            self.database.execute("PRAGMA journal_mode = WAL")
            self.database.execute("PRAGMA synchronous = NORMAL")
            self._prepare(path)
        except sqlite3.DatabaseError as error:
            self.lock.release()
            raise UsageError(f"{path} is not a journal: {error}.") from None
        except UsageError:
            self.lock.release()
            raise
        self._since: float | None = None  # when the transaction that is open was begun

    def _prepare(self, path: Path) -> None:
        (version,) = self.database.execute("PRAGMA user_version").fetchone()
        if version not in (0, SCHEMA):
            raise UsageError(f"{path} has schema {version}, and this gradspec writes {SCHEMA}: take another directory.")
        if not version:
            self.database.executescript(f"BEGIN; {TABLES} PRAGMA user_version = {SCHEMA}; COMMIT")

    # Facts: the seed, where submissions are staged.

    def fact(self, name: str) -> str | None:
        row = self.database.execute("SELECT value FROM facts WHERE name = ?", (name,)).fetchone()
        return None if row is None else row[0]

    def note(self, name: str, value: str) -> None:
        self._write("INSERT OR REPLACE INTO facts VALUES (?, ?)", (name, value))
        self.commit()

    # Exams, and which of them was taken in which run.

    def find_exam(self, seed: str, suite: str, rubric: str, oracle: str) -> Kept | None:
        """The exam of an earlier run with the same seed, suite, rubric (its digest) and oracle."""
        found = "SELECT id FROM exams WHERE (seed, suite, rubric, oracle) = (?, ?, ?, ?)"
        row = self.database.execute(found, (seed, suite, rubric, oracle)).fetchone()
        return None if row is None else self.kept(row[0])

    def keep_exam(self, rubric: Rubric, exam: Exam) -> Kept:
        self._write(
            "INSERT INTO exams VALUES (NULL, ?, ?, ?, ?, ?, ?)",
            (exam.seed, exam.suite, exam.rubric, exam.oracle, encoded(rubric), encoded(exam)),
        )
        self.commit()
        kept = self.find_exam(exam.seed, exam.suite, exam.rubric, exam.oracle)
        assert kept is not None
        return kept

    def kept(self, identity: int) -> Kept:
        found = "SELECT rubric_json, exam_json FROM exams WHERE id = ?"
        rubric_json, exam_json = self.database.execute(found, (identity,)).fetchone()
        try:
            rubric = msgspec.json.decode(rubric_json, type=Rubric)
            exam = msgspec.json.decode(exam_json, type=Exam)
        except msgspec.ValidationError as error:
            raise UsageError(
                f"{self.directory / FILE} is of another gradspec: {error}. Take another directory."
            ) from None
        return Kept(identity, rubric, exam, tuple(question_key(each, rubric, exam) for each in exam.questions))

    def begin_run(self, kept: Kept) -> None:
        """A run with `kept` begins; one that goes on with the exam of the last run is the same run."""
        if (last := self.runs()) and last[-1] == kept.id:
            return
        self._write("INSERT INTO runs VALUES (NULL, ?)", (kept.id,))
        self.commit()

    def runs(self) -> list[int]:
        return [each for (each,) in self.database.execute("SELECT exam FROM runs ORDER BY id")]

    def previous(self) -> Kept | None:
        """The exam of the run before the last: what a regrade is compared with."""
        runs = self.runs()
        return self.kept(runs[-2]) if len(runs) > 1 else None

    # Submissions.

    def enrol(self, submissions: Iterable[Submission]) -> tuple[Enrolled, ...]:
        """Note what is to be graded, in its order; what was handed in before and is no longer there is left out."""
        enrolled = []
        self._write("DELETE FROM handed_in")
        for place, each in enumerate(submissions):
            self._write(
                "INSERT INTO submissions VALUES (NULL, ?, ?, ?) ON CONFLICT DO UPDATE SET path = excluded.path",
                (each.name, each.digest, each.path),
            )
            found = "SELECT id FROM submissions WHERE (name, digest) = (?, ?)"
            (identity,) = self.database.execute(found, (each.name, each.digest)).fetchone()
            self._write("INSERT INTO handed_in VALUES (?, ?)", (place, identity))
            enrolled.append(Enrolled(identity, each))
        self.commit()
        return tuple(enrolled)

    def enrolled(self) -> tuple[Enrolled, ...]:
        rows = self.database.execute(
            "SELECT s.id, s.name, s.path, s.digest FROM handed_in h JOIN submissions s ON s.id = h.submission"
            " ORDER BY h.place"
        )
        return tuple(Enrolled(row[0], Submission(*row[1:])) for row in rows)

    def earlier(self, name: str, exam: int) -> Enrolled | None:
        """What was handed in under `name` when `exam` was sat: the last that sat it to the end."""
        row = self.database.execute(
            "SELECT s.id, s.name, s.path, s.digest FROM ends e JOIN submissions s ON s.id = e.submission"
            " WHERE s.name = ? AND e.exam = ? ORDER BY s.id DESC",
            (name, exam),
        ).fetchone()
        return None if row is None else Enrolled(row[0], Submission(*row[1:]))

    # Verdicts and sittings.

    def begin(self, enrolled: Enrolled, kept: Kept) -> tuple[int, ...]:
        """The places of the questions that the sitting is to ask, as when it was begun first."""
        found = "SELECT places FROM begins WHERE (submission, exam) = (?, ?)"
        row = self.database.execute(found, (enrolled.id, kept.id)).fetchone()
        if row is not None:
            return tuple(msgspec.json.decode(row[0], type=list[int]))
        places = self.unanswered(enrolled, kept)
        self._write("INSERT INTO begins VALUES (?, ?, ?)", (enrolled.id, kept.id, msgspec.json.encode(places).decode()))
        return places

    def add_verdict(self, enrolled: Enrolled, key: bytes, tier: str, verdict: Verdict) -> bool:
        """Keep one verdict, unless there is one that says more than `infrastructure`; gives whether it was kept.

        It is durable with the next `commit`, or when something else is kept a moment later.
        """
        row = (enrolled.id, key, tier, verdict.outcome, msgspec.json.encode(verdict))
        return self._write(
            "INSERT INTO verdicts VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET tier = excluded.tier,"
            " outcome = excluded.outcome, verdict = excluded.verdict WHERE verdicts.outcome = 'infrastructure'",
            row,
        )

    def outcomes(self, enrolled: Enrolled, kept: Kept) -> dict[int, str]:
        """How the questions of `kept` ended that are not open, by their places."""
        found = "SELECT question, outcome FROM verdicts WHERE submission = ? AND outcome != 'infrastructure'"
        known = dict(self.database.execute(found, (enrolled.id,)).fetchall())
        return {place: known[key] for place, key in enumerate(kept.keys) if key in known}

    def end(self, enrolled: Enrolled, kept: Kept, ended: Ended) -> None:
        """The sitting is over: every question has its verdict, or it was refused as a whole."""
        told = dict.fromkeys((*ended.notes, *self._earlier_notes(enrolled, kept)))
        notes = msgspec.json.encode(tuple(told)).decode()
        row = (enrolled.id, kept.id, ended.tier, ended.refused, ended.outcome, notes)
        self._write("INSERT OR REPLACE INTO ends VALUES (?, ?, ?, ?, ?, ?)", row)
        self.commit()

    def _earlier_notes(self, enrolled: Enrolled, kept: Kept) -> list[str]:
        """What was noted when it sat last, of a submission that is asked nothing now: then it is not read again."""
        row = self.database.execute(
            "SELECT e.notes FROM ends e JOIN begins b ON b.submission = e.submission AND b.exam = ? AND b.places = '[]'"
            " WHERE e.submission = ? ORDER BY e.exam DESC LIMIT 1",
            (kept.id, enrolled.id),
        ).fetchone()
        return [] if row is None else msgspec.json.decode(row[0], type=list[str])

    def unanswered(self, enrolled: Enrolled, kept: Kept) -> tuple[int, ...]:
        """The places of the questions of `kept` that are still to be asked: no verdict, or one that blames nobody."""
        found = "SELECT refused, outcome FROM ends WHERE (submission, exam) = (?, ?)"
        row = self.database.execute(found, (enrolled.id, kept.id)).fetchone()
        if row is not None and row[0] and row[1] != "infrastructure":
            return ()
        final = self.outcomes(enrolled, kept)
        return tuple(place for place in range(len(kept.keys)) if place not in final)

    def ended(self, enrolled: Enrolled, kept: Kept) -> bool:
        found = "SELECT 1 FROM ends WHERE (submission, exam) = (?, ?)"
        return self.database.execute(found, (enrolled.id, kept.id)).fetchone() is not None

    def sitting(self, enrolled: Enrolled, kept: Kept) -> Sitting:
        """What is known of a submission's exam; a question that was never answered is left out."""
        found = "SELECT tier, refused, outcome, notes FROM ends WHERE (submission, exam) = (?, ?)"
        row = self.database.execute(found, (enrolled.id, kept.id)).fetchone()
        tier, refused, outcome, noted = row or ("", "", None, "[]")
        notes = tuple(msgspec.json.decode(noted))
        if refused:
            return Sitting(enrolled.submission, tier, (), refused, outcome, notes)
        verdicts = self._verdicts(enrolled)
        asked = [
            (question, *verdicts[key])
            for question, key in zip(kept.exam.questions, kept.keys, strict=True)
            if key in verdicts
        ]
        tiers = " and ".join(sorted({each for _, _, each in asked})) or tier
        moved = (
            msgspec.structs.replace(verdict, question=question.id, item=question.item) for question, verdict, _ in asked
        )
        return Sitting(enrolled.submission, tiers, tuple(moved), notes=notes)

    def sittings(self, kept: Kept) -> Iterator[Sitting]:
        """The sittings of all that is handed in, in its order, one at a time."""
        for each in self.enrolled():
            yield self.sitting(each, kept)

    def _verdicts(self, enrolled: Enrolled) -> dict[bytes, tuple[Verdict, str]]:
        found = "SELECT question, verdict, tier FROM verdicts WHERE submission = ?"
        rows = self.database.execute(found, (enrolled.id,))
        return {key: (_VERDICT.decode(verdict), tier) for key, verdict, tier in rows}

    # Transactions.

    def _write(self, statement: str, row: tuple[Any, ...] = ()) -> bool:
        if self._since is None:
            self.database.execute("BEGIN IMMEDIATE")
            self._since = time.monotonic()
        changed = self.database.execute(statement, row).rowcount > 0
        if time.monotonic() - self._since > PATIENCE:
            self.commit()
        return changed

    @property
    def waiting(self) -> bool:
        """Whether something is not durable yet."""
        return self._since is not None

    def commit(self) -> None:
        if self._since is not None:
            self.database.execute("COMMIT")
            self._since = None

    def close(self) -> None:
        self.commit()
        self.database.close()
        self.lock.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.close()


_VERDICT = msgspec.json.Decoder(Verdict)


def encoded(value: Any) -> bytes:
    """`value` as JSON, the same bytes for the same value."""
    return msgspec.json.encode(value, order="deterministic")


def question_key(question: Question, rubric: Rubric, exam: Exam) -> bytes:
    """What a verdict hangs on, in 16 bytes: what is asked, what is expected, and how it is run and compared.

    Not on points, titles, hints, or the item: a regrade asks nothing again that was asked before.
    """
    asked = (question.id, question.request, question.expected, question.needs)
    way = (exam.suite, rubric.entry, rubric.forbid, sorted(rubric.facets))
    limits = (rubric.seconds, rubric.memory, rubric.output)
    return sha256(encoded((asked, way, limits))).digest()[:16]
