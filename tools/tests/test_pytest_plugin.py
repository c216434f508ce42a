"""The pytest plugin: a scenario is a test, and a failing one shows what the specification says."""

import shutil
from importlib.metadata import entry_points
from pathlib import Path

import pytest

from gradspec.suite import find_suite

pytest_plugins = ["pytester"]

HERE = Path(__file__).parent
INSTALLED = any(each.value == "gradspec.pytest_plugin" for each in entry_points(group="pytest11"))

INI = """
[pytest]
addopts = --import-mode=importlib
python_files = chapters/*.py
"""


@pytest.fixture
def run(pytester, monkeypatch):
    """Run pytest in a project that holds the tiny suite, the honest implementation and a wrong one."""
    pytester.makeini(INI)
    shutil.copytree(HERE / "tiny", pytester.path, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(HERE / "honest.py", pytester.path)
    (pytester.path / "wrong.py").write_text("from honest import *\nTensor.backward = lambda self: None")
    monkeypatch.setenv("COLUMNS", "200")
    plugin = [] if INSTALLED else ["-p", "gradspec.pytest_plugin"]
    return lambda *arguments: pytester.runpytest(*plugin, "-p", "no:cacheprovider", *arguments)


def test_scenarios_and_scripts_are_tests_of_each_implementation(run):
    result = run("chapters", "-v", "--impl", "honest.py", "--impl", "wrong.py")
    result.assert_outcomes(passed=7, failed=3)
    result.stdout.fnmatch_lines_random(
        [
            "chapters/basics.py::product[[]honest.py[]] PASSED*",
            "chapters/basics.py::product[[]wrong.py[]] FAILED*",
            "chapters/lectures/hello.py::hello[[]honest.py[]] PASSED*",
            "chapters/lectures/hello.py::hello[[]wrong.py[]] FAILED*",
        ]
    )


def test_a_chapter_and_a_keyword_select(run):
    result = run("chapters/basics.py", "-k", "product or text", "--impl", "honest.py")
    result.assert_outcomes(passed=2, deselected=2)


def test_a_node_id_selects(run):
    run("chapters/basics.py::product[honest.py]", "--impl", "honest.py").assert_outcomes(passed=1)


def test_a_failure_shows_the_clause_and_no_traceback(run):
    result = run("chapters/basics.py", "--impl", "wrong.py")
    result.stdout.fnmatch_lines(
        ["*The gradient of a product is the other factor.*", "*expected*found*", "*gradient*tensor(2.0*None*"]
    )
    result.stdout.no_fnmatch_line("*Traceback*")
    result.stdout.no_fnmatch_line("*pytest_plugin.py*")


def test_in_process(run):
    run("chapters", "--impl", "honest.py", "--in-process").assert_outcomes(passed=5)


def test_several_processes(run):
    pytest.importorskip("xdist")
    result = run("chapters", "-n2", "--impl", "honest.py", "--impl", "wrong.py")
    result.assert_outcomes(passed=7, failed=3)


def test_what_is_not_supported_is_skipped_with_the_reason(run, pytester):
    pytester.path.joinpath("library.py").write_text(
        """
import honest
from gradspec.adapters import FACETS, Adapter, describe_tensor
from gradspec.scenario import CAPABILITIES
adapter = Adapter("library", honest, frozenset(CAPABILITIES) - {"matmul"}, frozenset(FACETS), lambda value:
    describe_tensor(value) if isinstance(value, honest.Tensor) else None)
"""
    )
    result = run("chapters/basics.py", "-rs", "--impl", "library.py:adapter")
    result.assert_outcomes(passed=3, skipped=1)
    result.stdout.fnmatch_lines(["SKIPPED*library does not offer matmul*"])


def test_the_ini_file_names_the_default(run, pytester):
    pytester.makeini(INI + "gradspec_impls =\n    honest.py\n    wrong.py\n")
    run("chapters").assert_outcomes(passed=7, failed=3)
    run("chapters", "--impl", "honest.py").assert_outcomes(passed=5)


def test_without_an_implementation_nothing_is_green(run):
    result = run("chapters")
    assert result.ret != 0
    result.stdout.fnmatch_lines(["*No implementation is named: use --impl NAME*"])


@pytest.mark.parametrize("arguments", [(), ("-n", "2")])
def test_an_implementation_that_does_not_load_is_one_usage_error(arguments, run):
    result = run("chapters", "--impl", "honest.py", "--impl", "no_such_module_anywhere", *arguments)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    said = [line for line in (*result.outlines, *result.errlines) if "no_such_module_anywhere" in line]
    assert len(said) == 1, said
    assert "implementation no_such_module_anywhere does not exist" in said[0]
    assert "a module, a .py file, a package directory, FILE.py:NAME, or one of autograd" in said[0]


def test_nothing_is_loaded_that_no_test_is_about(run, pytester):
    run("chapters", "--impl", "no_such_module_anywhere", "--collect-only").assert_outcomes()
    pytester.makepyfile(test_own="def test_own():\n    assert True")
    result = run("test_own.py", "--impl", "no_such_module_anywhere", "-o", "python_files=test_*.py")
    result.assert_outcomes(passed=1)


def test_an_imported_scenario_is_not_run_twice(run, pytester):
    pytester.path.joinpath("chapters", "more.py").write_text("from gradspec_chapter_basics import *")
    pytester.path.joinpath("gradspec_chapter_basics.py").write_text((HERE / "tiny/chapters/basics.py").read_text())
    pytester.syspathinsert()
    assert run("chapters/more.py", "--impl", "honest.py").ret == pytest.ExitCode.NO_TESTS_COLLECTED


def test_other_tests_are_left_alone(run, pytester):
    pytester.makepyfile(test_own="def test_own():\n    assert True")
    run("test_own.py").assert_outcomes(passed=1)


XFAILS = """
[[xfails]]
ids = ["basics.product", "basics.constant", "lectures.hello"]
reason = "no gradients yet"
link = "https://example.org/issues/7"
"""


@pytest.fixture
def listed(pytester):
    return lambda text: pytester.path.joinpath("xfails.toml").write_text(text)


def test_expected_failures_are_strict(run, listed):
    listed(XFAILS)
    result = run("chapters", "-rx", "--impl", "wrong.py", "--xfails", "xfails.toml")
    result.assert_outcomes(passed=2, xfailed=3)
    result.stdout.fnmatch_lines(["*no gradients yet (https://example.org/issues/7)*"])
    better = run("chapters", "--impl", "honest.py", "--xfails", "xfails.toml")
    better.assert_outcomes(passed=2, failed=3)
    better.stdout.fnmatch_lines(["*It passes, and xfails.toml:3 says that it fails: remove it there.*"])
    run("chapters", "--impl", "honest.py", "--xfails", "xfails.toml", "--runxfail").assert_outcomes(passed=5)


def test_an_expected_failure_of_what_there_is_not_fails(run, listed):
    listed(XFAILS.replace("basics.product", "basics.produce"))
    result = run("chapters", "--impl", "wrong.py", "--xfails", "xfails.toml")
    result.assert_outcomes(passed=2, xfailed=2, failed=2)
    result.stdout.fnmatch_lines(["*xfails.toml:3: There is no scenario 'basics.produce'*Did you mean basics.product?*"])
    result.stdout.no_fnmatch_line("*Traceback*")


def test_a_mistake_in_the_file_ends_the_session_with_a_sentence(run, listed):
    listed("xfails = 3")
    result = run("chapters", "--impl", "wrong.py", "--xfails", "xfails.toml")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["ERROR: xfails.toml:1: `xfails` is a list of tables*"])


def test_expected_failures_are_those_of_one_implementation(run, listed):
    listed(XFAILS)
    result = run("chapters", "--impl", "wrong.py", "--impl", "honest.py", "--xfails", "xfails.toml")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["ERROR: xfails.toml is about one implementation*"])


NOTHING = """
import honest
from gradspec.adapters import FACETS, Adapter, describe_tensor
adapter = Adapter("library", honest, frozenset(), frozenset(FACETS), describe_tensor)
"""


@pytest.mark.parametrize("processes", [(), ("-n2",)])
def test_a_session_in_which_nothing_ran_is_not_green(processes, run, pytester):
    if processes:
        pytest.importorskip("xdist")
    pytester.path.joinpath("library.py").write_text(NOTHING)
    result = run("chapters/basics.py", "-k", "text", "--impl", "library.py:adapter", *processes)
    result.assert_outcomes(skipped=1, deselected=0 if processes else 3)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(["gradspec: 0 scenarios ran, and at least 1 should: this is no success"])


def test_a_minimum_can_be_asked_for(run):
    assert run("chapters", "--impl", "honest.py", "--min-scenarios", "5").ret == pytest.ExitCode.OK
    assert run("chapters", "--impl", "honest.py", "--min-scenarios", "6").ret == pytest.ExitCode.TESTS_FAILED


def test_the_last_failures_are_run_again(run):
    run("chapters", "--impl", "wrong.py", "-p", "cacheprovider").assert_outcomes(passed=2, failed=3)
    run("chapters", "--impl", "wrong.py", "-p", "cacheprovider", "--lf").assert_outcomes(failed=3)


def test_the_suite_that_comes_along_is_found_by_its_name(run):
    run("--pyargs", "gradspec.spec_tests", "--impl", "refgrad", "-k", "second_backward_adds").assert_outcomes(
        passed=1, deselected=len(everything()) - 1
    )
    one = "gradspec.spec_tests.accumulation::second_backward_adds[refgrad]"
    run("--pyargs", one, "--impl", "refgrad").assert_outcomes(passed=1)


def everything():
    suite = find_suite()
    return [item for chapter in suite.names() for item in suite.items(chapter)]


def test_a_chapter_that_does_not_import_is_an_error_with_a_sentence(run, pytester):
    pytester.path.joinpath("chapters", "broken.py").write_text("1 / 0")
    result = run("chapters/broken.py", "--impl", "honest.py")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*ZeroDivisionError*"])
    result.stdout.no_fnmatch_line("*Traceback*")
