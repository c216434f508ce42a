"""The pytest plugin: a scenario is a test, and a failing one shows what the specification says."""

import shutil
from importlib.metadata import entry_points
from pathlib import Path

import pytest

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


def test_an_implementation_that_does_not_load_fails_each_test_with_the_sentence(run):
    result = run("chapters/basics.py", "--impl", "no_such_module_anywhere")
    result.assert_outcomes(failed=4)
    result.stdout.fnmatch_lines(["*implementation no_such_module_anywhere does not exist*"])
    result.stdout.no_fnmatch_line("*Traceback*")


def test_an_imported_scenario_is_not_run_twice(run, pytester):
    pytester.path.joinpath("chapters", "more.py").write_text("from gradspec_chapter_basics import *")
    pytester.path.joinpath("gradspec_chapter_basics.py").write_text((HERE / "tiny/chapters/basics.py").read_text())
    pytester.syspathinsert()
    assert run("chapters/more.py", "--impl", "honest.py").ret == pytest.ExitCode.NO_TESTS_COLLECTED


def test_other_tests_are_left_alone(run, pytester):
    pytester.makepyfile(test_own="def test_own():\n    assert True")
    run("test_own.py").assert_outcomes(passed=1)
