"""The runs that a matrix is made of: implementations that are run now, and records of earlier runs."""

from __future__ import annotations

import platform
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path

from gradspec.adapters import INSTALLED_BY
from gradspec.check import DEFAULT_ORACLE, installed_version, make_runner, run_check
from gradspec.errors import UsageError
from gradspec.outline import outline
from gradspec.report.jsonl import read_record
from gradspec.report.matrix.model import Matrix, columns
from gradspec.results import FORMAT, Footer, Header, Record, Result, footer_for
from gradspec.runner import Limits, NotLoadedError
from gradspec.selection import Selection, select
from gradspec.suite import Suite

PEERS = ("torch", "refgrad", "micrograd", "mygrad", "autograd", "tinygrad", "jax")
EVERYTHING = Selection()

Hear = Callable[[str, Header | Result | Footer, int], None]  # of which implementation, the line, how many items


@dataclass(frozen=True)
class Plan:
    """What is to be compared: implementations to be run, each by `jobs` workers, and the records of earlier runs."""

    implementations: tuple[str, ...]
    records: tuple[Path, ...] = ()
    selection: Selection = EVERYTHING
    jobs: int = 1
    seconds: float = Limits.scenario  # for one scenario


def collect(plan: Plan, suite: Suite, command: str, hear: Hear = lambda name, line, total: None) -> Matrix:
    """Run what is to be run, one implementation after the other. A scenario that costs its worker costs itself alone.

    Raises UsageError, before anything runs, where an implementation does not load or a record does not belong here.
    """
    chapters = tuple(outline(suite, plan.selection))
    known = frozenset(clause.item.id for chapter in chapters for clause in chapter.clauses)
    read = [(fitting(read_record(path), path, plan.selection, known), dated(path)) for path in plan.records]
    if not plan.implementations and not read:
        raise UsageError("There is nothing to compare: name implementations, or say `--peers` or `--record FILE`.")
    make_sure(plan.implementations)
    made = [(run(name, plan, suite, hear), "") for name in plan.implementations]
    today = datetime.now(UTC).strftime("%Y-%m-%d")
    return Matrix(chapters, columns([*made, *read]), plan.selection.profile, installed_version(), today, command)


def run(name: str, plan: Plan, suite: Suite, hear: Hear) -> Record:
    limits = Limits(scenario=plan.seconds)
    try:
        return run_check(
            name,
            suite=suite,
            selection=plan.selection,
            limits=limits,
            jobs=plan.jobs,
            listen=lambda line, total: hear(name, line, total),
        )
    except NotLoadedError as error:  # it did load a moment ago: that is its fault, and no reason to lose the others
        return lost(name, plan, suite, str(error))


def lost(name: str, plan: Plan, suite: Suite, reason: str) -> Record:
    """The record of an implementation with which nothing could be run."""
    results = [
        Result(item.id, "crash", 0.0, reason=reason, clause=item.clause, cites=item.cites)
        for item in select(suite, plan.selection)
    ]
    version, where = installed_version(), platform.platform()
    header = Header(FORMAT, version, name, "", DEFAULT_ORACLE, plan.selection.profile, where, {})
    return Record(header, tuple(results), footer_for(results, 0.0))


def make_sure(implementations: Sequence[str]) -> None:
    """Load each implementation once. Raises UsageError where some is not installed, or does not load."""
    twice = sorted({each for each in implementations if implementations.count(each) > 1})
    if twice:
        raise UsageError(f"{twice[0]} is named twice.")
    missing = [each for each in implementations if each in INSTALLED_BY and find_spec(each) is None]
    if missing:
        raise UsageError(not_installed(missing))
    runners = [make_runner(each) for each in implementations]
    problems = []
    try:
        for runner in runners:
            runner.start()
        for runner in runners:
            try:
                runner.load()
            except UsageError as error:
                problems.append(str(error))
    finally:
        for runner in runners:
            runner.close()
    if problems:
        raise UsageError(" ".join(problems))


def not_installed(missing: Sequence[str]) -> str:
    """One sentence on libraries that are not there, and what brings them."""
    *others, last = missing
    names = f"{', '.join(others)} and {last}" if others else last
    packages = " ".join(INSTALLED_BY[each] for each in missing)
    return f"{names} {'are' if others else 'is'} not installed: `pip install {packages}` brings what is missing."


def fitting(record: Record, path: Path, selection: Selection, known: Iterable[str]) -> Record:
    """The record in `path`, if it is one of the same clauses. Raises UsageError."""
    if record.header.profile != selection.profile:
        made = record.header.profile
        raise UsageError(f"{path} is of the profile {made}, not {selection.profile}: say `--profile {made}`.")
    strange = sorted({each.id for each in record.results}.difference(known))
    if strange:
        raise UsageError(
            f"{path} has a result of {strange[0]}, which is not in the suite of gradspec {installed_version()}:"
            f" run `gradspec check {record.header.implementation} --json {path}` again."
        )
    return record


def dated(path: Path) -> str:
    """The name of a record's file, and the day of its last change in UTC."""
    return f"{path.name} of {datetime.fromtimestamp(path.stat().st_mtime, UTC):%Y-%m-%d}"
