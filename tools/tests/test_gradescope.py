"""The autograder for Gradescope, run in a directory that is laid out like its container."""

import json
import os
import shlex
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from gradspec.errors import UsageError
from gradspec.grading.gradescope import write_autograder

PROJECT = Path(__file__).resolve().parents[2]
STUDENT = Path(__file__).parent / "handed_in" / "function_classes.py"
RUBRIC = """\
name = "homework"
facets = ["observations", "kind", "raised", "number", "values", "shape"]
[[items]]
id = "first"
title = "The first gradient"
points = 4
select = { scenarios = ["leaves.gradient_lands_on_the_leaf"] }
[[items]]
id = "retained"
title = "Retained gradients"
points = 6
select = { scenarios = ["leaves.retained_gradients_accumulate"] }
"""


@pytest.fixture
def autograder(tmp_path):
    """/autograder as it is when a submission has come."""
    root = tmp_path / "autograder"
    rubric = tmp_path / "homework.toml"
    rubric.write_text(RUBRIC)
    write_autograder(root / "source", str(rubric), requirement="gradspec[torch]==1.0", seed="17")
    for name in ("submission", "results", "gradspec/bin"):
        (root / name).mkdir(parents=True)
    return root


def command(root, script):
    """What setup.sh would have installed, replaced by `script`."""
    path = root / "gradspec" / "bin" / "gradspec"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


def run(root):
    environment = {**os.environ, "AUTOGRADER_ROOT": str(root)}
    done = subprocess.run(
        [root / "source" / "run_autograder"], env=environment, capture_output=True, text=True, timeout=300, check=False
    )
    return done.returncode, json.loads((root / "results" / "results.json").read_text())


def test_a_submission_is_graded(autograder):
    (autograder / "submission" / "my homework.py").write_text(STUDENT.read_text())
    paths = os.pathsep.join([*(str(PROJECT / each) for each in ("impl", "tools")), os.environ.get("PYTHONPATH", "")])
    command(autograder, f'PYTHONPATH={shlex.quote(paths)} exec {shlex.quote(sys.executable)} -m gradspec "$@"')
    code, results = run(autograder)
    assert code == 0
    scores = {test["name"]: (test["score"], test["max_score"]) for test in results["tests"]}
    assert scores == {"The first gradient": (4, 4), "Retained gradients": (0, 6)}
    assert [each.name for each in (autograder / "results").iterdir()] == ["results.json"]


@pytest.mark.parametrize("script", ["exit 3", "exit 0", "kill -9 $$", "echo no such option >&2; exit 2"])
def test_where_the_harness_fails_nobody_earns_a_zero(script, autograder):
    (autograder / "submission" / "student.py").write_text("")
    command(autograder, script)
    code, results = run(autograder)
    assert code == 3
    assert "could not be graded" in results["output"]
    assert not {"score", "tests"} & set(results)


def test_a_harness_that_is_not_there_is_a_failure_of_the_harness(autograder):
    assert run(autograder)[0] == 3


def test_the_command_line_is_that_of_a_grading(autograder):
    command(autograder, 'printf "%s\\n" "$@" > "$AUTOGRADER_ROOT/said"; exit 3')
    run(autograder)
    said = (autograder / "said").read_text().splitlines()
    assert said[0] == "grade"
    assert said[said.index("--rubric") + 1] == str(autograder / "source" / "rubric.toml")
    assert said[said.index("--seed") + 1] == "17"
    assert said[said.index("--min-tier") + 1] == "limits"


def test_what_is_written(gradspec, tmp_path):
    code, out, _ = gradspec("gradescope", tmp_path / "autograder", "--rubric", "core")
    assert (code, out.count("wrote ")) == (0, 5)
    modes = {each.name: stat.S_IMODE(each.stat().st_mode) for each in (tmp_path / "autograder").iterdir()}
    assert modes == {
        "setup.sh": 0o755,
        "run_autograder": 0o755,
        "rubric.toml": 0o644,
        "SEED": 0o600,
        "README.md": 0o644,
    }
    seed = (tmp_path / "autograder" / "SEED").read_text()
    gradspec("gradescope", tmp_path / "autograder", "--rubric", "lecture")
    assert (tmp_path / "autograder" / "SEED").read_text() == seed
    gradspec("gradescope", tmp_path / "other")
    assert (tmp_path / "other" / "SEED").read_text() != seed
    for script in ("setup.sh", "run_autograder"):
        subprocess.run(["bash", "-n", tmp_path / "autograder" / script], check=True)


def test_a_requirement_is_an_argument_whatever_stands_in_it(tmp_path):
    write_autograder(tmp_path / "a", "lecture", requirement="gradspec @ https://example.org/$(touch x)'; rm")
    line = (tmp_path / "a" / "setup.sh").read_text().splitlines()[-1]
    assert shlex.split(line)[-1] == "gradspec @ https://example.org/$(touch x)'; rm"
    assert len(shlex.split(line)) == 4


def test_a_wheel_goes_along(tmp_path):
    (tmp_path / "gradspec-1.0-py3-none-any.whl").write_text("a wheel")
    write_autograder(tmp_path / "a", "lecture", requirement=str(tmp_path / "gradspec-1.0-py3-none-any.whl"))
    assert (tmp_path / "a" / "gradspec-1.0-py3-none-any.whl").read_text() == "a wheel"
    assert "gradspec-1.0-py3-none-any.whl[torch]" in (tmp_path / "a" / "setup.sh").read_text()
    with pytest.raises(UsageError, match="cannot be copied"):
        write_autograder(tmp_path / "a", "lecture", requirement="nowhere.whl")


def test_wrong_usage(gradspec, tmp_path):
    (tmp_path / "wrong.toml").write_text("name = 3\n")
    assert gradspec("gradescope", tmp_path / "a", "--rubric", tmp_path / "wrong.toml")[0] == 2
    (tmp_path / "file").write_text("")
    assert gradspec("gradescope", tmp_path / "file")[0] == 2
    assert gradspec("gradescope", tmp_path / "a", "--min-tier", "nowhere")[0] == 2
    assert not (tmp_path / "a").exists()
