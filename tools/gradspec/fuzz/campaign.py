"""A campaign: batches of random programs until there are enough, and the findings, shrunk and grouped by cause."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import msgspec

from gradspec.errors import CONFORMS, DIFFERS, UsageError
from gradspec.fuzz.batch import Report, Task, held, release, run_batch, shrink_one
from gradspec.fuzz.corpus import Corpus, Journal, read_program
from gradspec.fuzz.executors import Executor, make_executor
from gradspec.fuzz.judging import Cause, cause, failing_statement, raising, symptom
from gradspec.fuzz.pair import Finding
from gradspec.programs.script import script

BATCH = 250  # programs: a second or so
SHRUNK = 3  # findings of one symptom that are made short; the causes of the others are taken to be the same
MOST_SHRUNK = 60  # findings in all: whoever differs in more has the first sixty to begin with


@dataclass(frozen=True)
class Plan:
    """What to fuzz, against what, for how long (programs or minutes), and where."""

    implementation: str
    against: str = "torch"
    programs: int | None = None
    minutes: float | None = None
    seed: int = 0
    corpus: Path | None = None
    jobs: int = 1
    cluster: str = ""

    @property
    def name(self) -> str:
        """What the journal is called: campaigns of one name draw the same programs."""
        safe = "".join(letter if letter.isalnum() else "_" for letter in f"{self.implementation}_{self.against}")
        return f"{safe}_{self.seed}"


@dataclass
class Progress:
    """How far a campaign is."""

    programs: int = 0
    statements: int = 0
    pairs: set[tuple[str, str]] = field(default_factory=set)
    differences: Counter[str] = field(default_factory=Counter)
    resumed: int = 0
    started: float = field(default_factory=time.monotonic)
    doing: str = "starting"

    @property
    def seconds(self) -> float:
        return time.monotonic() - self.started

    @property
    def pace(self) -> float:
        """Programs a second, in this session."""
        return (self.programs - self.resumed) / max(self.seconds, 1e-9)

    def add(self, report: Report) -> None:
        self.programs += report.programs
        self.statements += report.statements
        self.pairs.update(report.pairs)
        self.differences.update(report.differences)


@dataclass(frozen=True)
class Group:
    """Findings of one cause: how many programs showed its symptom, and the shortest of those that were shrunk."""

    cause: Cause
    programs: int
    finding: Finding
    path: Path | None = None


@dataclass(frozen=True)
class Outcome:
    plan: Plan
    progress: Progress
    groups: tuple[Group, ...]
    interrupted: bool = False

    @property
    def exit_code(self) -> int:
        """0 no difference was found, 1 one was; 130 where the campaign was interrupted before one was."""
        if self.groups:
            return DIFFERS
        return 130 if self.interrupted else CONFORMS


Listen = Callable[[Progress], None]


def run_campaign(plan: Plan, listen: Listen = lambda progress: None) -> Outcome:
    """Run `plan`. Raises UsageError where it is impossible, HarnessError where a worker cannot be kept alive."""
    if plan.programs is None and plan.minutes is None:
        raise UsageError("Say how long to fuzz: `--programs N` or `--minutes M`.")
    progress = Progress()
    corpus = Corpus(plan.corpus) if plan.corpus else None
    journal = corpus.journal(plan.name) if corpus else None
    held(plan.implementation, plan.against)  # what cannot be loaded is said before anything else is begun
    listen(progress)
    executor = make_executor(plan.jobs, plan.cluster)
    interrupted = False
    reports: dict[int, Report] = {}
    findings: list[Finding] = []
    try:
        if corpus:
            findings += replayed(plan, corpus, progress)
        try:
            for report in batches(plan, journal, executor, progress):
                reports[report.number] = report
                listen(progress)
        except KeyboardInterrupt:
            interrupted = True
        findings += [each for number in sorted(reports) for each in reports[number].findings]
        progress.doing = "shrinking"
        listen(progress)
        groups = grouped(plan, findings, executor, progress, corpus, listen)
    finally:
        executor.close()
        release()
    return Outcome(plan, progress, tuple(groups), interrupted)


def replay_file(implementation: str, against: str, path: Path) -> Finding | None:
    """What the program in the file `path` shows now; None if no difference."""
    program = read_program(path)
    try:
        return held(implementation, against)[0].run([program])[0]
    finally:
        release()


def replayed(plan: Plan, corpus: Corpus, progress: Progress) -> list[Finding]:
    """What the programs that the corpus holds show now."""
    pair, _ = held(plan.implementation, plan.against)
    programs = [program for _, program in corpus.programs()]
    findings = [each for each in pair.run(programs) if each is not None]
    progress.programs += len(programs)
    progress.differences.update(str(symptom(each.difference)) for each in findings)
    return findings


def batches(plan: Plan, journal: Journal | None, executor: Executor, progress: Progress) -> Iterator[Report]:
    """The reports of all batches of `plan`: those in the journal first, then the others as they are done."""
    progress.doing = "running"
    done = journal.read() if journal else {}
    wanted = None if plan.programs is None else -(-plan.programs // BATCH)
    for number, report in done.items():
        if wanted is None or number < wanted:
            progress.add(report)
            yield report
    progress.resumed = progress.programs
    for _, answer in executor.map_tasks(run_batch, tasks(plan, set(done), wanted)):
        report = msgspec.json.decode(answer, type=Report)
        if report.number in done:
            continue  # run twice, because a worker that was given up answered after all
        done[report.number] = report
        if journal:
            journal.add(report)
        progress.add(report)
        yield report


def tasks(plan: Plan, done: set[int], wanted: int | None) -> Iterator[tuple[bytes]]:
    """The batches that are left, until there are enough or the time is over."""
    end = None if plan.minutes is None else time.monotonic() + 60 * plan.minutes
    for number in count() if wanted is None else range(wanted):
        if end is not None and time.monotonic() > end:
            return
        if number not in done:
            size = BATCH if plan.programs is None else min(BATCH, plan.programs - number * BATCH)
            yield (msgspec.json.encode(Task(plan.implementation, plan.against, plan.seed, number, size)),)


def grouped(
    plan: Plan, findings: list[Finding], executor: Executor, progress: Progress, corpus: Corpus | None, listen: Listen
) -> list[Group]:
    """The findings by cause, the most frequent first: a few of each symptom, each made as short as it gets."""
    chosen = worth_shrinking(findings, progress)
    work = [(plan.implementation, plan.against, msgspec.json.encode(each)) for each in chosen]
    shrunk: dict[bytes, Finding] = {}
    for (_, _, before), after in executor.map_tasks(shrink_one, work):
        shrunk[before] = msgspec.json.decode(after, type=Finding)
        progress.doing = f"shrinking: {len(shrunk)} of {len(work)}"
        listen(progress)
    best: dict[Cause, tuple[str, Finding]] = {}
    for _, _, encoded in work:  # in the order of the batches, whichever was done first
        finding = shrunk[encoded]
        why = cause(finding.program, finding.difference)
        if why not in best or size(finding) < size(best[why][1]):
            best[why] = str(symptom(finding.difference)), finding
    groups = [
        Group(why, progress.differences[shown], finding, corpus.keep(finding, as_script(finding)) if corpus else None)
        for why, (shown, finding) in best.items()
    ]
    return sorted(groups, key=lambda group: (-group.programs, str(group.cause)))


def worth_shrinking(findings: list[Finding], progress: Progress) -> list[Finding]:
    """One finding of each symptom, the most frequent first; then a second of each; as many as there is time for."""
    of_symptom: dict[str, list[Finding]] = {}
    for each in findings:
        of_symptom.setdefault(str(symptom(each.difference)), []).append(each)
    ranked = sorted(of_symptom, key=lambda shown: -progress.differences[shown])
    rounds = (of_symptom[shown][turn : turn + 1] for turn in range(SHRUNK) for shown in ranked)
    return [each for found in rounds for each in found][:MOST_SHRUNK]


def size(finding: Finding) -> int:
    return len(msgspec.json.encode(finding.program))


def as_script(finding: Finding) -> str:
    """The finding's program as a script to paste, with what differs beside the statement at which it shows."""
    difference = finding.difference
    where = (
        "" if difference.label == (label := failing_statement(difference, finding.program)) else f"{difference.label}: "
    )
    note = f"{where}{difference.facet}: expected {difference.expected}\n{' ' * len(where)}found {difference.found}"
    return script(finding.program, raising(finding.expected), {label: note})
