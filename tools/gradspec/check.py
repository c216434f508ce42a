"""Holds an implementation to the specification: runs each item and compares its trace with the expected one."""

from __future__ import annotations

import functools
import platform
import random
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import msgspec

from gradspec.compare import Difference, compare
from gradspec.errors import HarnessError, UsageError
from gradspec.expected_failures import ExpectedFailures
from gradspec.golden import UnreadScenario
from gradspec.interpreter import interpreter
from gradspec.oracle import GoldenOracle, LiveOracle, Oracle
from gradspec.process import PlainProcess
from gradspec.results import FORMAT, OUTCOMES, Footer, Header, Outcome, Record, Result, footer_for
from gradspec.runner import (
    Answer,
    Crashed,
    Ending,
    InProcessRunner,
    Limits,
    NotLoadedError,
    ProgramEnding,
    Runner,
    TimedOut,
    WorkerRunner,
    malformed,
    request_for,
    witnesses_request,
    worker_command,
)
from gradspec.scenario import Item, Programs
from gradspec.selection import Selection, select
from gradspec.suite import Suite
from gradspec.trace import Broken, Declined, Denied, Lines, Loaded, Ran, Trace, Traced, Unread, read, uncaught, unlike

ORACLES = ("golden", "live")
# Importing torch takes longer than running the whole suite, and `record --check` holds the goldens to live torch.
DEFAULT_ORACLE = "golden"
NOTHING_EXPECTED = ExpectedFailures()
PAUSE = 0.01  # seconds: to be woken up for each result costs more than to judge it

Listen = Callable[[Header | Result | Footer, int], None]  # a line of the record, and how many items there are

_OUTCOME_OF: dict[type, Outcome] = {
    Declined: "unsupported",
    Denied: "error",
    Broken: "error",
    TimedOut: "timeout",
    Crashed: "crash",
}


def make_runner(
    implementation: str, *, in_process: bool = False, limits: Limits | None = None, python: str = ""
) -> Runner:
    """A runner for `implementation`, not yet started. python: the interpreter of its worker, where it is not this one."""
    if in_process:
        return InProcessRunner(implementation, limits)
    process = functools.partial(PlainProcess, worker_command("worker", python=python))
    return WorkerRunner(implementation, limits, process)


def make_oracle(name: str, suite: Suite, implementation: str = "") -> Oracle:
    """The oracle called `name`. Raises UsageError for an unknown one, and where torch would be held against itself."""
    if name not in ORACLES:
        raise UsageError(f"There is no oracle {name!r}; there are {', '.join(ORACLES)}.")
    if name == "golden":
        return GoldenOracle(suite)
    if implementation == "torch":
        raise UsageError("Torch is held against the goldens, never against itself: leave out `--oracle live`.")
    return LiveOracle()


def run_check(
    implementation: str,
    *,
    suite: Suite,
    selection: Selection | None = None,
    oracle: str = DEFAULT_ORACLE,
    in_process: bool = False,
    limits: Limits | None = None,
    shuffle: int | None = None,
    jobs: int = 1,
    expected: ExpectedFailures = NOTHING_EXPECTED,
    minimum: int = 1,
    python: str = "",
    listen: Listen = lambda line, total: None,
) -> Record:
    """Check `implementation` and return the record of it.

    The items are run in the order of the suite or, where `shuffle` is given, in the random order of that seed; the
    record has them in the order of the suite. With `jobs` workers, each has every `jobs`-th item, whatever the machine,
    so that verdicts stay the same where one item disturbs the next. `expected` says which items are known to fail,
    `minimum` how many have to run, `python` in whose environment, where it is not this one. `listen` hears each line of
    the record as it comes, and how many items there are. Times are in seconds.
    Raises UsageError where the implementation, the selection or the oracle is impossible, HarnessError where a golden
    is missing or of no use.
    """
    started = time.perf_counter()
    selection = selection or Selection()
    if python:
        if in_process:
            raise UsageError("An implementation is run by another interpreter or in this process, not both.")
        python = interpreter(python)
    runners = [
        make_runner(implementation, in_process=in_process, limits=limits, python=python)
        for _ in range(1 if in_process else jobs)
    ]
    for runner in runners:
        runner.start()
    source: Oracle | None = None
    try:
        items = select(suite, selection)
        source = make_oracle(oracle, suite, implementation)
        trouble = _trouble(source, items)  # found while the workers load; what is wrong with these is said first
        loaded, *_ = [_loaded(runner, python) for runner in runners]
        if trouble is not None:
            raise trouble
        header = _header(loaded, oracle, selection, shuffle, minimum)
        listen(header, len(items))
        results = {}
        order = items if shuffle is None else random.Random(shuffle).sample(items, len(items))
        for result in map(expected.judge, check_items(order, loaded, runners, source)):
            results[result.id] = result
            listen(result, len(items))
    finally:
        for runner in runners:
            runner.close()
        if source is not None:
            source.close()
    footer = footer_for(results.values(), time.perf_counter() - started, expected.stale(suite))
    surprising = [each for each in results.values() if each.expected is None]
    if any(OUTCOMES[each.outcome] is False for each in surprising):
        from gradspec.diagnosis.diagnosing import diagnose  # which those that conform need not wait for

        footer = msgspec.structs.replace(footer, diagnosis=diagnose(surprising, implementation))
    listen(footer, len(items))
    return Record(header, tuple(results[item.id] for item in items), footer)


def _trouble(oracle: Oracle, items: Sequence[Item]) -> HarnessError | None:
    """Why the oracle cannot know all of this, if it cannot."""
    try:
        oracle.prepare(items)
    except HarnessError as error:
        return error
    return None


def _loaded(runner: Runner, python: str) -> Loaded:
    """As `runner.load()`, which does not know in whose environment."""
    try:
        return runner.load()
    except NotLoadedError as error:
        if python:
            raise NotLoadedError(f"{error} It is run by {python}.", error.ending) from None
        raise


def check_items(items: Sequence[Item], loaded: Loaded, runners: Sequence[Runner], oracle: Oracle) -> Iterator[Result]:
    """The results of `items` in their order; each of the runners has its share of them."""
    if len(runners) == 1:  # without a thread, for debuggers
        yield from check_share(items, loaded, runners[0], oracle)
        return
    stopped = threading.Event()
    judged = [deque[Result | Exception]() for _ in runners]

    def work(share: Sequence[Item], runner: Runner, results: deque[Result | Exception]) -> None:
        try:
            for result in check_share(share, loaded, runner, oracle):
                if stopped.is_set():
                    return
                results.append(result)
        except Exception as error:  # noqa: BLE001 (whoever waits for the results raises it)
            results.append(error)

    n = len(runners)
    shares = [items[i::n] for i in range(n)]
    for each in zip(shares, runners, judged, strict=True):
        threading.Thread(target=work, args=each, daemon=True).start()
    try:
        for i in range(len(items)):
            while not judged[i % n]:
                time.sleep(PAUSE)
            result = judged[i % n].popleft()
            if isinstance(result, Exception):
                raise result
            yield result
    finally:
        stopped.set()  # an interrupt need not wait for what is under way: its worker is about to be closed


def check_item(item: Item, loaded: Loaded, runner: Runner, oracle: Oracle) -> Result:
    """Run one item and judge it."""
    (result,) = check_share([item], loaded, runner, oracle)
    return result


def check_share(items: Sequence[Item], loaded: Loaded, runner: Runner, oracle: Oracle) -> Iterator[Result]:
    """The results of `items` in their order; while one is judged, the runner is at work on those after it."""
    before = time.perf_counter()
    for question, answers in runner.answers(_asked(each, loaded, oracle) for each in items):
        now = time.perf_counter()
        yield question.settled or _judged(question, answers, loaded, runner, now - before)
        before = now


@dataclass(frozen=True)
class Question:
    """An item that is asked, and what is expected of it: as lines or, where none were written down, as a trace."""

    item: Item
    oracle: Oracle
    lines: Lines | None = None
    trace: Trace = ()
    witnesses: Sequence[bytes] = ()
    settled: Result | None = None  # where nothing has to be asked


def _asked(item: Item, loaded: Loaded, oracle: Oracle) -> tuple[Question, list[bytes]]:
    """The question of an item, and the requests that it consists of."""
    lacking = [need for need in item.needs if need not in loaded.capabilities]
    if lacking:
        reason = f"{loaded.name} does not offer {', '.join(lacking)}"
        return Question(item, oracle, settled=_result(item, "unsupported", 0.0, reason=reason)), []
    try:
        recorded = oracle.recorded(item)
        trace = oracle.expected(item) if recorded is None else ()
    except HarnessError as error:
        return Question(item, oracle, settled=_result(item, "infrastructure", 0.0, reason=str(error))), []
    item = as_recorded(item, recorded)
    witnesses = item.witnesses if isinstance(item, Programs) else ()
    further = [witnesses_request(witnesses)] if witnesses else []
    lines = recorded.observations if recorded is not None else None
    return Question(item, oracle, lines, trace, witnesses), [msgspec.json.encode(request_for(item)), *further]


def as_recorded(item: Item, recorded: UnreadScenario | None) -> Item:
    """The item with the programs that stand beside what was recorded of it: they need not be drawn."""
    if not isinstance(item, Programs) or recorded is None or not recorded.programs:
        return item
    programs, witnesses = (tuple(map(bytes, each)) for each in (recorded.programs, recorded.witnesses))
    return replace(item, draw=lambda: (programs, witnesses))


def _judged(question: Question, answers: Sequence[Answer], loaded: Loaded, runner: Runner, seconds: float) -> Result:
    """The result of an item by the answers to its requests."""
    (ending, *further) = answers
    disagreeing = disagreements(runner.endings(question.witnesses, *further)) if further else ()
    assert not isinstance(ending, Ran)
    expected = question.trace
    if isinstance(ending, Unread):
        try:
            expected, ending = compared(question, ending)
        except ValueError as error:
            runner.close()  # whatever else it says is not to be trusted either
            ending = malformed(error)
    return judge(question.item, expected, ending, frozenset(loaded.facets), seconds, disagreeing)


def compared(question: Question, ending: Unread) -> tuple[Trace, Traced]:
    """What is expected and what came, without what is the same to the byte. Raises ValueError for what is no trace."""
    if question.lines is None:
        return question.trace, Traced(ending.number, read(ending.observations))
    lines, found = unlike(question.lines, ending.observations)
    return question.oracle.read(question.item, lines), Traced(ending.number, read(found))


def disagreements(endings: Sequence[ProgramEnding]) -> tuple[Difference, ...]:
    """Where gradients are not what central differences, made by the implementation itself, say, by how those ended."""
    from gradspec.programs.witness import disagreement

    found = []
    for number, trace in enumerate(endings, 1):
        slopes = disagreement(trace) if isinstance(trace, tuple) else None
        if slopes is not None:
            slope, gradient = map(str, slopes)
            found.append(Difference(f"central differences, program {number}", "values", slope, gradient))
    return tuple(found)


def judge(
    item: Item,
    expected: Trace,
    ending: Ending,
    facets: frozenset[str],
    seconds: float,
    disagreeing: tuple[Difference, ...] = (),
) -> Result:
    """The result of an item whose run ended as `ending`, where `expected` was to come out; and other differences."""
    if not isinstance(ending, Traced):
        return _result(item, _OUTCOME_OF[type(ending)], seconds, reason=ending.reason)
    if isinstance(item, Programs):
        facets = facets.difference(item.ignores)
    differences = (*compare(expected, ending.observations, facets), *disagreeing)
    outcome: Outcome = "fail" if differences else "pass"
    reason = ""
    error = uncaught(ending.observations)
    if error is not None and uncaught(expected) is None:
        outcome, reason = "error", f"{error.type}: {error.message}"
    return _result(item, outcome, seconds, differences, reason)


def _result(
    item: Item, outcome: Outcome, seconds: float, differences: tuple[Difference, ...] = (), reason: str = ""
) -> Result:
    source = f"{item.path.name}:{item.line}"
    return Result(item.id, outcome, seconds, differences, reason, item.clause, item.cites, source)


def _header(loaded: Loaded, oracle: str, selection: Selection, shuffle: int | None, minimum: int) -> Header:
    return Header(
        format=FORMAT,
        gradspec=installed_version(),
        implementation=loaded.name,
        implementation_version=loaded.version,
        oracle=oracle,
        profile=selection.profile,
        platform=platform.platform(),
        versions=loaded.versions,
        shuffle=shuffle,
        minimum=minimum,
        reading=loaded.reading,
    )


def installed_version() -> str:
    """The version of the installed gradspec; `unknown` in a tree that is not installed."""
    from importlib import metadata  # which takes its time, and is not needed before the workers are started

    try:
        return metadata.version("gradspec")
    except metadata.PackageNotFoundError:
        return "unknown"
