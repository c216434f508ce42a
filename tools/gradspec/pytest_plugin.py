"""The pytest plugin: a scenario is a test of each implementation, `accumulation.py::second_backward_adds[refgrad]`.

Which implementations: `--impl NAME` (repeatable), else the lines of the ini option `gradspec_impls`. The suite that comes
along is found by `pytest --pyargs gradspec.spec_tests`, wherever it is.
"""

from __future__ import annotations

import glob
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from gradspec.adapters import KNOWN
from gradspec.check import DEFAULT_ORACLE, ORACLES, check_item, make_oracle, make_runner
from gradspec.errors import GradspecError, HarnessError, UsageError
from gradspec.expected_failures import ExpectedFailures, read_expected_failures
from gradspec.oracle import Oracle
from gradspec.report.text import plain, stale
from gradspec.results import OUTCOMES, Result, Stale
from gradspec.runner import Runner
from gradspec.scenario import LECTURES, Family, Item, Scenario, ScenarioError, Script
from gradspec.suite import Suite, find_suite, members
from gradspec.trace import Loaded

SUITE = "gradspec.spec_tests"
NAMED = f"`--impl` takes a module, a .py file, a package directory, FILE.py:NAME, or one of {', '.join(KNOWN)}."
PROPERTY = "gradspec"  # of a report: the outcome


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("gradspec", "gradspec: conformance with PyTorch's autograd")
    group.addoption("--impl", action="append", default=[], help="An implementation to hold to the suite; repeatable.")
    group.addoption("--oracle", choices=ORACLES, default=DEFAULT_ORACLE, help="Where expected values come from.")
    group.addoption("--in-process", action="store_true", help="Run implementations in this process: for debugging.")
    group.addoption("--xfails", metavar="FILE", help="What is known to fail: id, reason and link of each, in TOML.")
    group.addoption("--min-scenarios", type=int, default=1, metavar="N", help="Fail where fewer scenarios have run.")
    parser.addini("gradspec_impls", "Implementations that are held to the suite by default.", "linelist", [])


def pytest_configure(config: pytest.Config) -> None:
    suite = find_suite()
    config.addinivalue_line("python_files", f"{glob.escape(str(suite.root))}/*.py")
    if config.getoption("--pyargs"):
        config.args[:] = [_located(each, suite) for each in config.args]
    try:
        config.stash[_BENCH] = Bench(config)
    except UsageError as error:
        raise pytest.UsageError(str(error)) from None
    config.pluginmanager.register(Count(config))


def _located(argument: str, suite: Suite) -> str:
    """An argument that names the suite as a module, as its path: it is a package by this name only where it is installed."""
    module, *inside = argument.split("::")
    if module != SUITE and not module.startswith(f"{SUITE}."):
        return argument
    path = suite.root.joinpath(*module.removeprefix(SUITE).split("."))
    return "::".join([str(path if path.is_dir() else path.with_suffix(".py")), *inside])


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
    """Chapters and course scripts are not imported as modules of tests are, whose names must not be those of others."""
    folder = module_path.parent
    if folder.name == LECTURES and Suite(folder.parent).golden.is_dir():
        return ScriptFile.from_parent(parent, path=module_path)
    if Suite(folder).golden.is_dir() and module_path.stem in Suite(folder).chapters:
        return ChapterFile.from_parent(parent, path=module_path)
    return None


class ScriptFile(pytest.File):
    """A course script."""

    def collect(self) -> Iterator[pytest.Item]:
        return _tests(self, Script(self.path))


class ChapterFile(pytest.File):
    """A chapter of a suite."""

    def collect(self) -> Iterator[pytest.Item]:
        try:
            items = Suite(self.path.parent).items(self.path.stem)
        except ScenarioError as error:
            raise self.CollectError(str(error)) from None
        for item in items:
            yield from _tests(self, item)


def _tests(parent: pytest.Collector, item: Item) -> Iterator[ConformanceTest]:
    bench = parent.config.stash[_BENCH]
    if not bench.implementations:
        raise parent.CollectError("No implementation is named: use --impl NAME, or gradspec_impls in the ini file.")
    expected = bench.expected.by_id.get(item.id)
    for implementation in bench.implementations:
        name = f"{item.name}[{implementation}]"
        # As text, in which pytest tells a test's parameters by the brackets, as it does in what `--lf` remembers.
        nodeid = f"{parent.nodeid}::{name}"
        test = ConformanceTest.from_parent(parent, name=name, nodeid=nodeid, item=item, implementation=implementation)
        if expected is not None:
            reason = f"{expected.reason} ({expected.link})"
            test.add_marker(pytest.mark.xfail(reason=reason, raises=NonconformityError, strict=True))
        yield test


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(session: pytest.Session, config: pytest.Config, items: list[pytest.Item]) -> None:
    """An expected failure of a scenario that there is not is a test that fails."""
    bench = config.stash[_BENCH]
    suites = {bench.suite_of(each.item) for each in items if isinstance(each, ConformanceTest)}
    if not suites or not bench.expected.entries:
        return
    file = XfailsFile.from_parent(session, path=Path(bench.expected.path).absolute())
    gone = [{each.id: each for each in bench.expected.stale(suite)} for suite in suites]
    for id, each in gone[0].items():
        if all(id in others for others in gone):
            items.append(StaleTest.from_parent(file, name=id, stale=each))


def pytest_sessionstart(session: pytest.Session) -> None:
    """Where tests are handed out to other processes, what is named is loaded once before: this one collects none."""
    config = session.config
    if config.getoption("dist", "no") != "no" and not _is_handed_tests(config):
        config.stash[_BENCH].make_sure(config.getoption("--impl"))


def pytest_collection_finish(session: pytest.Session) -> None:
    """What cannot be loaded ends the session with one sentence, not with one for each test."""
    config = session.config
    if not config.getoption("--collect-only") and not _is_handed_tests(config):
        tests = (each for each in session.items if isinstance(each, ConformanceTest))
        config.stash[_BENCH].make_sure(dict.fromkeys(each.implementation for each in tests))


def _is_handed_tests(config: pytest.Config) -> bool:
    return hasattr(config, "workerinput")


class XfailsFile(pytest.File):
    """The file of expected failures."""

    def collect(self) -> Iterator[pytest.Item]:
        return iter(())


class StaleTest(pytest.Item):
    """An entry that is out of date."""

    def __init__(self, *, stale: Stale, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.stale = stale

    def runtest(self) -> None:
        raise UsageError(stale(self.stale))

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        return str(excinfo.value)

    def reportinfo(self) -> tuple[Path, int, str]:
        return self.path, self.stale.expected.line - 1, self.name


class ConformanceTest(pytest.Item):
    """One scenario or course script, held against one implementation."""

    def __init__(self, *, item: Item, implementation: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.item = item
        self.implementation = implementation

    def runtest(self) -> None:
        bench = self.config.stash[_BENCH]
        result = bench.check(self.item, self.implementation)
        self.user_properties.append((PROPERTY, result.outcome))
        if result.outcome == "unsupported":
            pytest.skip(result.reason)
        if result.outcome == "infrastructure":
            raise HarnessError(result.reason)
        if OUTCOMES[result.outcome] is False:
            raise NonconformityError(result)
        judged = bench.expected.judge(result)
        if judged.outcome == "xpass" and not self.config.getoption("--runxfail"):
            raise UnexpectedPassError(judged)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """Clause, expected and found; no traceback, which would only show the harness."""
        if isinstance(excinfo.value, NonconformityError | UnexpectedPassError):
            return plain(excinfo.value.result)
        return str(excinfo.value) if isinstance(excinfo.value, GradspecError) else super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int, str]:
        return self.path, self.item.line - 1, self.name


class NonconformityError(Exception):
    """Carries a result that is no pass to where it is shown."""

    def __init__(self, result: Result) -> None:
        super().__init__(result.reason or f"{result.id} differs in {len(result.differences)} facets")
        self.result = result


class UnexpectedPassError(Exception):
    """Carries a result that is better than was expected."""

    def __init__(self, result: Result) -> None:
        super().__init__(result.reason)
        self.result = result


class Count:
    """Counts what ran, in whatever process, so that a session in which nothing did is not green."""

    def __init__(self, config: pytest.Config) -> None:
        self.outcomes: list[str] = []
        self.minimum = config.getoption("--min-scenarios")

    @property
    def ran(self) -> int:
        return sum(each not in ("unsupported", "infrastructure") for each in self.outcomes)

    @property
    def too_few(self) -> bool:
        return bool(self.outcomes) and self.ran < self.minimum

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when == "call":
            self.outcomes += [str(value) for name, value in report.user_properties if name == PROPERTY]

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        if self.too_few and exitstatus == pytest.ExitCode.OK and not _is_handed_tests(session.config):
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if self.too_few:
            few = f"gradspec: {self.ran} scenarios ran, and at least {self.minimum} should: this is no success"
            terminalreporter.write_line(few, red=True)


class Bench:
    """The runners and oracles of a pytest session, each started when it is first needed."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._runners: dict[str, tuple[Runner, Loaded | GradspecError]] = {}
        self._oracles: dict[tuple[Path, str], Oracle] = {}
        file = config.getoption("--xfails")
        self.expected: ExpectedFailures = read_expected_failures(Path(file) if file else None)
        if file and len(self.implementations) > 1:
            raise UsageError(f"{file} is about one implementation: name one with `--impl`.")

    @property
    def implementations(self) -> list[str]:
        return list(self._config.getoption("--impl") or self._config.getini("gradspec_impls"))

    def make_sure(self, implementations: Iterable[str]) -> None:
        """Load them. Raises pytest.UsageError for the first that cannot be, and says what can be named."""
        for each in implementations:
            _, loaded = self._runner(each)
            if isinstance(loaded, UsageError):
                raise pytest.UsageError(f"{loaded} {NAMED}")

    def check(self, item: Item, implementation: str) -> Result:
        """The result of `item`. Raises GradspecError where it cannot be had."""
        runner, loaded = self._runner(implementation)
        if isinstance(loaded, GradspecError):
            raise loaded
        return check_item(item, loaded, runner, self._oracle(self.suite_of(item), implementation))

    def suite_of(self, item: Item) -> Suite:
        in_folder = isinstance(item, Script) or item.path.suffix == ".json"  # of a chapter: a script, a program
        return Suite(item.path.parents[1] if in_folder else item.path.parent)

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
