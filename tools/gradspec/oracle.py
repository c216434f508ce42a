"""Where expected traces come from: the golden files, or PyTorch itself, running in a worker of its own."""

from __future__ import annotations

import functools
import threading
from collections.abc import Iterable
from typing import Protocol

import msgspec

from gradspec.errors import HarnessError, UsageError
from gradspec.golden import (
    REMEDY,
    TORCH_VERSION,
    UnreadGolden,
    UnreadScenario,
    golden_path,
    malformed,
    read_text,
    read_unread,
    script_path,
)
from gradspec.observe import OUTPUT
from gradspec.runner import Limits, Runner, WorkerRunner
from gradspec.scenario import Item, Script
from gradspec.suite import Suite
from gradspec.trace import Lines, Loaded, Observation, Raised, Text, Trace, Traced, others, read, uncaught

# Errors that a scenario makes, and never PyTorch: recorded, they would have everybody make the same slip.
SLIPS = ("ImportError", "IndentationError", "ModuleNotFoundError", "NameError", "SyntaxError", "UnboundLocalError")


class Oracle(Protocol):
    """Something that knows what PyTorch leaves behind."""

    name: str

    def prepare(self, items: Iterable[Item]) -> None:
        """Find out, before anything is run, whether all of this can be known."""

    def recorded(self, item: Item) -> UnreadScenario | None:
        """What was written down about `item`; None where nothing was."""

    def read(self, item: Item, lines: Lines) -> Trace:
        """What these lines of `item` say."""

    def expected(self, item: Item) -> Trace: ...
    def close(self) -> None: ...


class GoldenOracle:
    """Expected traces out of the golden files beside the suite. Raises HarnessError where one is of no use."""

    name = "golden"

    def __init__(self, suite: Suite) -> None:
        self.suite = suite

    def prepare(self, items: Iterable[Item]) -> None:
        for item in items:
            self.recorded(item)

    def recorded(self, item: Item) -> UnreadScenario:
        if isinstance(item, Script):
            text = Text(read_text(script_path(self.suite, item.name)))
            line = msgspec.json.encode(Observation(label=OUTPUT, value=text))
            return UnreadScenario(item.clause, item.cites, (msgspec.Raw(line),))
        found = self._chapter(item.chapter).scenarios.get(item.name)
        if found is None:
            path = golden_path(self.suite, item.chapter)
            raise HarnessError(f"The golden {path} has no scenario {item.name!r}. {REMEDY}")
        return found

    def read(self, item: Item, lines: Lines) -> Trace:
        try:
            return read(lines)
        except ValueError as error:
            raise malformed(golden_path(self.suite, item.chapter), error) from None

    def expected(self, item: Item) -> Trace:
        return self.read(item, self.recorded(item).observations)

    @functools.cache  # noqa: B019 (one oracle a run)
    def _chapter(self, chapter: str) -> UnreadGolden:
        return read_unread(golden_path(self.suite, chapter))

    def close(self) -> None:
        pass


class LiveOracle:
    """Expected traces from the installed PyTorch. Raises UsageError without one, HarnessError where it fails."""

    name = "live"

    def __init__(self, limits: Limits | None = None) -> None:
        self._asking = threading.Lock()  # there is one torch, and whoever runs the items may have many threads
        self.runner: Runner = WorkerRunner("torch", limits or Limits(loading=120, scenario=60))
        self.loaded = load_torch(self.runner)

    def prepare(self, items: Iterable[Item]) -> None:
        pass

    def recorded(self, item: Item) -> None:
        return None

    def read(self, item: Item, lines: Lines) -> Trace:
        return read(lines)

    def expected(self, item: Item) -> Trace:
        with self._asking:
            return torch_trace(self.runner, item)

    def close(self) -> None:
        self.runner.close()


def load_torch(runner: Runner) -> Loaded:
    """Load PyTorch; only the version of the goldens will do. Raises UsageError."""
    loaded = runner.load()
    if loaded.version.partition("+")[0] != TORCH_VERSION:
        runner.close()
        raise UsageError(f"Expected values come from torch {TORCH_VERSION}, and torch {loaded.version} is installed.")
    return loaded


def torch_trace(runner: Runner, item: Item) -> Trace:
    """What PyTorch leaves behind. Raises HarnessError where it cannot serve as an expectation."""
    ending = runner.run(item)
    if not isinstance(ending, Traced):
        raise HarnessError(f"{item.id} cannot be run on torch: {ending.reason}")
    labels = [each.label for each in ending.observations]
    twice = sorted({each for each in labels if labels.count(each) > 1})
    if twice:
        raise HarnessError(f"{item.id} has two observations with the label {twice[0]!r}.")
    for label, value in others(ending.observations):
        raise HarnessError(f"{item.id}: what is observed at {label!r}, of type {value.type}, is not observable.")
    for each in ending.observations:
        if isinstance(each.value, Raised) and each.value.type in SLIPS:
            raise HarnessError(f"{item.id}: {each.label!r} is {each.value.type}: {each.value.message}: its own slip.")
    error = uncaught(ending.observations)
    if error is not None and isinstance(item, Script):
        raise HarnessError(f"{item.id} fails on torch: {error.type}: {error.message}")
    if not labels:
        raise HarnessError(f"{item.id} observes nothing on torch.")
    return ending.observations
