"""Holds an implementation to the specification: runs each item and compares its trace with the expected one."""

from __future__ import annotations

import functools
import platform
import queue
import random
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from importlib import metadata

import msgspec

from gradspec.compare import Difference, compare
from gradspec.errors import HarnessError, UsageError
from gradspec.expected_failures import ExpectedFailures
from gradspec.interpreter import interpreter
from gradspec.oracle import GoldenOracle, LiveOracle, Oracle
from gradspec.process import PlainProcess
from gradspec.results import FORMAT, OUTCOMES, Footer, Header, Outcome, Record, Result, footer_for
from gradspec.runner import (
    Crashed,
    Ending,
    InProcessRunner,
    Limits,
    NotLoadedError,
    ProgramEnding,
    Runner,
    TimedOut,
    WorkerRunner,
    worker_command,
)
from gradspec.scenario import Item, Programs
from gradspec.selection import Selection, select
from gradspec.suite import Suite
from gradspec.trace import Broken, Declined, Denied, Loaded, Trace, Traced, uncaught

ORACLES = ("golden", "live")
# Importing torch takes longer than running the whole suite, and `record --check` holds the goldens to live torch.
DEFAULT_ORACLE = "golden"
NOTHING_EXPECTED = ExpectedFailures()

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
        loaded, *_ = [_loaded(runner, python) for runner in runners]
        source.prepare(items)
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
        yield from (check_item(item, loaded, runners[0], oracle) for item in items)
        return
    stopped = threading.Event()
    judged: list[queue.SimpleQueue[Result | Exception]] = [queue.SimpleQueue() for _ in runners]

    def work(share: Sequence[Item], runner: Runner, results: queue.SimpleQueue[Result | Exception]) -> None:
        try:
            for item in share:
                if stopped.is_set():
                    return
                results.put(check_item(item, loaded, runner, oracle))
        except Exception as error:  # noqa: BLE001 (whoever waits for the results raises it)
            results.put(error)

    n = len(runners)
    shares = [items[i::n] for i in range(n)]
    for each in zip(shares, runners, judged, strict=True):
        threading.Thread(target=work, args=each, daemon=True).start()
    try:
        for i in range(len(items)):
            result = judged[i % n].get()
            if isinstance(result, Exception):
                raise result
            yield result
    finally:
        stopped.set()  # an interrupt need not wait for what is under way: its worker is about to be closed


def check_item(item: Item, loaded: Loaded, runner: Runner, oracle: Oracle) -> Result:
    """Run one item and judge it."""
    lacking = [need for need in item.needs if need not in loaded.capabilities]
    if lacking:
        return _result(item, "unsupported", 0.0, reason=f"{loaded.name} does not offer {', '.join(lacking)}")
    try:
        expected = oracle.expected(item)
    except HarnessError as error:
        return _result(item, "infrastructure", 0.0, reason=str(error))
    started = time.perf_counter()
    ending = runner.run(item)
    disagreeing = _disagreements(item, runner) if isinstance(item, Programs) else ()
    return judge(item, expected, ending, frozenset(loaded.facets), time.perf_counter() - started, disagreeing)


def _disagreements(item: Programs, runner: Runner) -> tuple[Difference, ...]:
    """Where the gradients of `item` are not what central differences, made by the implementation itself, say."""
    return disagreements(runner.run_programs(item.witnesses)) if item.witnesses else ()


def disagreements(endings: Sequence[ProgramEnding]) -> tuple[Difference, ...]:
    """The same, by how the witnesses ended; one that was lost says nothing."""
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
    try:
        return metadata.version("gradspec")
    except metadata.PackageNotFoundError:
        return "unknown"
