"""The pytest plugin: a scenario is a test of each implementation, `accumulation.py::second_backward_adds[refgrad]`.

Which implementations: `--impl NAME` (repeatable), else the lines of the ini option `gradspec_impls`.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gradspec.check import DEFAULT_ORACLE, ORACLES, check_item, make_oracle, make_runner
from gradspec.errors import GradspecError
from gradspec.oracle import Oracle
from gradspec.report.text import plain
from gradspec.results import OUTCOMES, Result
from gradspec.runner import Runner
from gradspec.scenario import LECTURES, Family, Item, Scenario, Script
from gradspec.suite import Suite, members
from gradspec.trace import Loaded


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("gradspec", "gradspec: conformance with PyTorch's autograd")
    group.addoption("--impl", action="append", default=[], help="An implementation to hold to the suite; repeatable.")
    group.addoption("--oracle", choices=ORACLES, default=DEFAULT_ORACLE, help="Where expected values come from.")
    group.addoption("--in-process", action="store_true", help="Run implementations in this process: for debugging.")
    parser.addini("gradspec_impls", "Implementations that are held to the suite by default.", "linelist", [])


def pytest_configure(config: pytest.Config) -> None:
    config.stash[_BENCH] = Bench(config)


def pytest_unconfigure(config: pytest.Config) -> None:
    bench = config.stash.get(_BENCH, None)
    if bench is not None:
        bench.close()


def pytest_pycollect_makeitem(collector: pytest.Module | pytest.Class, name: str, obj: object) -> Any:
    """Each scenario becomes one test for each implementation; one that was imported from elsewhere becomes none."""
    if isinstance(obj, Family):
        items = members(obj, collector.path, Suite(collector.path.parent))
        return [test for item in items for test in _tests(collector, item)]
    if not isinstance(obj, Scenario):
        return None
    return list(_tests(collector, obj)) if obj.path == collector.path else []


def pytest_pycollect_makemodule(module_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Course scripts are not imported, as modules of tests are, but run."""
    if module_path.parent.name != LECTURES or not Suite(module_path.parents[1]).golden.is_dir():
        return None
    return ScriptFile.from_parent(parent, path=module_path)


class ScriptFile(pytest.File):
    """A course script."""

    def collect(self) -> Iterator[pytest.Item]:
        return _tests(self, Script(self.path))


def _tests(parent: pytest.Collector, item: Item) -> Iterator[ConformanceTest]:
    implementations = parent.config.stash[_BENCH].implementations
    if not implementations:
        raise parent.CollectError("No implementation is named: use --impl NAME, or gradspec_impls in the ini file.")
    for implementation in implementations:
        name = f"{item.name}[{implementation}]"
        yield ConformanceTest.from_parent(parent, name=name, item=item, implementation=implementation)


class ConformanceTest(pytest.Item):
    """One scenario or course script, held against one implementation."""

    def __init__(self, *, item: Item, implementation: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.item = item
        self.implementation = implementation

    def runtest(self) -> None:
        result = self.config.stash[_BENCH].check(self.item, self.implementation)
        if result.outcome == "unsupported":
            pytest.skip(result.reason)
        if OUTCOMES[result.outcome] is not True:
            raise NonconformityError(result)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """Clause, expected and found; no traceback, which would only show the harness."""
        if isinstance(excinfo.value, NonconformityError):
            return plain(excinfo.value.result)
        return str(excinfo.value) if isinstance(excinfo.value, GradspecError) else super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int, str]:
        return self.path, self.item.line - 1, self.name


class NonconformityError(Exception):
    """Carries a result that is no pass to where it is shown."""

    def __init__(self, result: Result) -> None:
        super().__init__(result.reason or f"{result.id} differs in {len(result.differences)} facets")
        self.result = result


class Bench:
    """The runners and oracles of a pytest session, each started when it is first needed."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._runners: dict[str, tuple[Runner, Loaded | GradspecError]] = {}
        self._oracles: dict[tuple[Path, str], Oracle] = {}

    @property
    def implementations(self) -> list[str]:
        return list(self._config.getoption("--impl") or self._config.getini("gradspec_impls"))

    def check(self, item: Item, implementation: str) -> Result:
        """The result of `item`. Raises GradspecError where it cannot be had."""
        in_folder = isinstance(item, Script) or item.path.suffix == ".json"  # of a chapter: a script, a program
        root = item.path.parents[1] if in_folder else item.path.parent
        runner, loaded = self._runner(implementation)
        if isinstance(loaded, GradspecError):
            raise loaded
        return check_item(item, loaded, runner, self._oracle(Suite(root), implementation))

    def _runner(self, implementation: str) -> tuple[Runner, Loaded | GradspecError]:
        if implementation not in self._runners:
            runner = make_runner(implementation, in_process=self._config.getoption("--in-process"))
            loaded: Loaded | GradspecError
            try:
                loaded = runner.load()
            except GradspecError as error:
                loaded = error
            self._runners[implementation] = runner, loaded
        return self._runners[implementation]

    def _oracle(self, suite: Suite, implementation: str) -> Oracle:
        # Torch is held against the goldens, whatever the others are held against.
        name = DEFAULT_ORACLE if implementation == "torch" else self._config.getoption("--oracle")
        if (suite.root, name) not in self._oracles:
            self._oracles[suite.root, name] = make_oracle(name, suite, implementation)
        return self._oracles[suite.root, name]

    def close(self) -> None:
        for runner, _ in self._runners.values():
            runner.close()
        for oracle in self._oracles.values():
            oracle.close()


_BENCH = pytest.StashKey[Bench]()
