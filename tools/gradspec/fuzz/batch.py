"""The unit of a campaign's work: so many programs from one seed. It gives the same findings wherever it is run."""

from __future__ import annotations

import atexit
import threading
from collections import Counter

import msgspec
from hypothesis import HealthCheck, Phase, Verbosity, given, seed, settings, target

from gradspec.fuzz.judging import pairs, symptom
from gradspec.fuzz.pair import Finding, Pair
from gradspec.fuzz.shrinking import shrink
from gradspec.programs.program import Program, count
from gradspec.programs.strategy import Drawing, programs

AT_A_TIME = 50  # programs that are sent to the workers together
KEPT = 3  # findings of one symptom that a batch reports


class Task(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which programs to run: those that `seed` gives for the batch `number`."""

    implementation: str
    against: str
    seed: int
    number: int
    programs: int


class Report(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What came of a batch: how much was run, the pairs of statements that occurred, what differed and how often."""

    number: int
    programs: int
    statements: int
    pairs: tuple[tuple[str, str], ...]
    differences: dict[str, int]
    findings: tuple[Finding, ...]


_one_at_a_time = threading.Lock()  # a pair runs one batch at a time, however many threads its process has
_held: dict[tuple[str, str], tuple[Pair, Drawing]] = {}  # by implementation and oracle: a worker takes long to start


def held(implementation: str, against: str) -> tuple[Pair, Drawing]:
    """The pair of workers that this process keeps, and what programs are drawn for it."""
    key = (implementation, against)
    if key not in _held:
        release()
        pair = Pair(implementation, against)
        _held[key] = pair, Drawing(pair.capabilities)
    return _held[key]


@atexit.register
def release() -> None:
    """Stop the workers that this process keeps."""
    while _held:
        _held.popitem()[1][0].close()


def draw(task: Task, drawing: Drawing) -> list[Program]:
    """The programs of a batch, drawn so that rare pairs of statements become less rare."""
    drawn: list[Program] = []
    seen: Counter[tuple[str, str]] = Counter()

    @seed(f"{task.seed} {task.number}")
    @settings(
        max_examples=task.programs,
        phases=(Phase.generate, Phase.target),
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        verbosity=Verbosity.quiet,
    )
    @given(programs(drawing))
    def collect(program: Program) -> None:
        occurring = pairs(program)
        target(sum(1 / (1 + seen[pair]) for pair in occurring))
        seen.update(occurring)
        drawn.append(program)

    collect()
    return drawn[: task.programs]


def run_batch(encoded: bytes) -> bytes:
    """Run a Task, given and answered as JSON, so that any executor can carry it."""
    with _one_at_a_time:
        return msgspec.json.encode(_run(msgspec.json.decode(encoded, type=Task)))


def _run(task: Task) -> Report:
    pair, drawing = held(task.implementation, task.against)
    drawn = draw(task, drawing)
    differences: Counter[str] = Counter()
    findings: list[Finding] = []
    for start in range(0, len(drawn), AT_A_TIME):
        for finding in pair.run(drawn[start : start + AT_A_TIME]):
            if finding is not None:
                shown = str(symptom(finding.difference))
                differences[shown] += 1
                if differences[shown] <= KEPT:
                    findings.append(finding)
    occurring = {each for program in drawn for each in pairs(program)}
    statements = sum(count(program.statements) for program in drawn)
    return Report(task.number, len(drawn), statements, tuple(sorted(occurring)), dict(differences), tuple(findings))


def shrink_one(implementation: str, against: str, encoded: bytes) -> bytes:
    """Make the program of a Finding, given and answered as JSON, as short as it gets."""
    with _one_at_a_time:
        pair, _ = held(implementation, against)
        return msgspec.json.encode(shrink(msgspec.json.decode(encoded, type=Finding), pair))
