"""A library author's way as the README tells it, from an empty directory: first check, expected failures, green CI, red CI.

The commands are those of the README, typed as they stand there, with a wheel of this tree in a new environment outside it.
"""

import os
import re
import shutil
import subprocess
import sys
import tomllib
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import NamedTuple

import pytest
import yaml

PROJECT = Path(__file__).resolve().parents[2]
README = (PROJECT / "README.md").read_text(encoding="utf-8")
WORKFLOW = yaml.safe_load((PROJECT / ".github" / "workflows" / "conformance.yml").read_text(encoding="utf-8"))
LIBRARY = PROJECT / "tools" / "tests" / "author" / "mylib.py"
BLOCK = re.compile(
    r"<!-- author: (file|run) (\S+)(?: (\w+))? -->\n```\w+\n(.*?)```\n(?:```text\n(.*?)```\n)?", re.DOTALL
)
SECONDS = re.compile(r"in \d+\.\d\d s")


class Step(NamedTuple):
    """A file to write (`kind` file, `what` its name) or commands to run (`what` their exit code), and what they print."""

    kind: str
    what: str
    name: str
    text: str
    printed: str


def steps(document):
    """The steps of a text in Markdown, in order."""
    return [Step(*found) for found in BLOCK.findall(document)]


def build_wheel(directory):
    """The wheel of the tree, in `directory`."""
    command = [sys.executable, "-m", "build", "--wheel", "--outdir", str(directory), str(PROJECT)]
    subprocess.run(command, check=True, capture_output=True)
    (wheel,) = Path(directory).glob("gradspec-*.whl")
    return wheel


def outside(**more):
    """The variables of a shell that knows nothing of this tree, nor of the environment that runs its tests."""
    ours = ("PYTHON", "PYTEST", "COV_", "VIRTUAL_ENV", "COLUMNS")
    kept = {key: value for key, value in os.environ.items() if not key.startswith(ours)}
    path = os.pathsep.join(each for each in kept["PATH"].split(os.pathsep) if each != str(Path(sys.executable).parent))
    return {**kept, "PATH": path, "PIP_DISABLE_PIP_VERSION_CHECK": "1", **more}


def shell(text, directory, **variables):
    """Run it as CI does: the first command that fails ends it."""
    command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", text]
    return subprocess.run(
        command,
        cwd=directory,
        env=outside(**variables),
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
        timeout=900,
    )


def missing(promised, printed):
    """The lines that were promised and do not stand in what was printed, in that order; `...` stands for any lines."""
    lines = iter([SECONDS.sub("in N s", each.rstrip()) for each in printed.splitlines()])
    wanted = [SECONDS.sub("in N s", each.rstrip()) for each in promised.splitlines() if each.strip() not in ("", "...")]
    return [each for each in wanted if each not in lines]


CI = [each.text for each in steps(README) if each.name == "ci"]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    return build_wheel(tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def gone(wheel, tmp_path_factory):
    """The way, gone once; gives the directory and, for each step that is a command, what was promised and what came."""
    directory = tmp_path_factory.mktemp("author")
    shutil.copy(LIBRARY, directory)
    found = []
    for step in steps(README):
        if step.kind == "file":
            (directory / step.what).write_text(step.text)
        else:
            found.append((step, shell(step.text, directory, GRADSPEC=str(wheel))))
    return directory, found


@pytest.fixture
def library(gone, tmp_path):
    """The library as it is at the end of the way, to be spoiled."""
    for name in ("mylib.py", "conformance.py", "xfails.toml"):
        shutil.copy(gone[0] / name, tmp_path)
    for name in (".venv", ".gradspec"):
        (tmp_path / name).symlink_to(gone[0] / name)
    return tmp_path


def edit(path, old, new):
    source = path.read_text()
    assert source.count(old) == 1
    path.write_text(source.replace(old, new))


def test_the_readme_tells_a_way():
    assert [each.kind for each in steps(README)].count("run") >= 5, "README.md has no library author's way"
    assert len(CI) == 1


def test_every_step_ends_as_it_says(gone):
    for step, done in gone[1]:
        assert done.returncode == int(step.what), f"{step.text}\n{done.stdout}\n{done.stderr}"
        assert missing(step.printed, done.stdout) == [], done.stdout


def test_an_entry_that_the_readme_shows_is_one_that_was_written(gone):
    (shown,) = [tomllib.loads(each) for each in re.findall(r"```toml\n(\[\[xfails\]\].*?)```", README, re.DOTALL)]
    assert shown["xfails"][0] in tomllib.loads((gone[0] / "xfails.toml").read_text())["xfails"]


def test_the_reports_of_green_ci_are_there(gone):
    root = ET.parse(gone[0] / "junit.xml").getroot()
    assert (root.get("failures"), root.get("errors")) == ("0", "0")
    assert "promises kept" in (gone[0] / "badge.svg").read_text()


def test_a_regression_turns_it_red(library):
    edit(library / "mylib.py", "upstream + (0.0 if self.grad is None else self.grad.data)", "upstream")
    done = shell(CI[0], library)
    assert done.returncode == 1
    assert "fail  accumulation.second_backward_adds" in done.stdout
    assert "mylib does not conform" in done.stdout
    assert int(ET.parse(library / "junit.xml").getroot().get("failures")) > 0


def test_an_improvement_turns_it_red_until_it_is_written_down(library):
    edit(library / "mylib.py", "def backward(self):", "def backward(self, retain_graph=True):")
    done = shell(CI[0], library)
    assert done.returncode == 1
    assert "xpass  accumulation.two_results_of_one_intermediate_add_up" in done.stdout
    command = CI[0].replace("--xfails", "--write-xfails")
    assert "removed" in shell(command, library).stdout
    assert shell(CI[0], library).returncode == 0


def test_where_nothing_runs_it_is_red(library):
    edit(library / "conformance.py", 'frozenset({"tensor", "clear_grad"})', "frozenset()")
    assert shell(CI[0], library).returncode == 2


@pytest.mark.parametrize(
    ("options", "last"),
    [
        ("-k second_backward_adds", "1 passed"),
        ("-x -k 'zeroing'", "1 failed"),
        ("-k 'zeroing or accumulation' -n 2", "6 failed"),
        ("--lf", "6 failed"),
    ],
)
def test_pytest_s_own_options_work(options, last, gone):
    command = ".gradspec/bin/pytest --pyargs gradspec.spec_tests --impl conformance.py:adapter"
    done = shell(f"{command} {options}", gone[0])
    assert f" {last}" in f" {done.stdout.splitlines()[-1].strip('= ')}", done.stdout[-3000:]


INPUT = re.compile(r"\$\{\{ inputs\.([\w-]+) \}\}")
STEPS = {each["name"]: each for each in WORKFLOW["jobs"]["check"]["steps"] if "name" in each}
INPUTS = WORKFLOW[True]["workflow_call"]["inputs"]  # YAML takes `on` for a truth value


def given(name, inputs):
    """The variables of a step of the workflow, called with `inputs`."""
    values = {key: str(inputs.get(key, each.get("default", ""))) for key, each in INPUTS.items()}
    return {key: INPUT.sub(lambda found: values[found[1]], text) for key, text in STEPS[name].get("env", {}).items()}


def test_the_workflow_uses_each_of_its_inputs_and_pastes_none_into_a_script():
    used = set(INPUT.findall((PROJECT / ".github" / "workflows" / "conformance.yml").read_text()))
    assert used == set(INPUTS)
    assert {"implementation", "profile", "xfails", "python-version"} <= used
    assert [key for key, each in INPUTS.items() if each.get("required")] == ["implementation"]
    assert all("type" in each and "description" in each for each in INPUTS.values())
    pasted = [name for name, each in STEPS.items() if "${{" in each["run"]]
    assert pasted == ["Install the library"], "which is a command of whoever calls it"


def test_the_readme_calls_the_workflow_with_inputs_that_it_has():
    (block,) = re.findall(r"```yaml\n(jobs:.*?)```", README, re.DOTALL)
    job = yaml.safe_load(block)["jobs"]["conformance"]
    assert job["uses"].partition("/gradspec/")[2].partition("@")[0] == ".github/workflows/conformance.yml"
    assert set(job["with"]) <= set(INPUTS)


@pytest.mark.parametrize(("old", "code"), [("", 0), ("upstream + (0.0 if self.grad is None else self.grad.data)", 1)])
def test_the_workflow_s_own_commands_run(old, code, library, tmp_path):
    if old:
        edit(library / "mylib.py", old, "upstream")
    runner, summary = tmp_path / "runner", tmp_path / "summary.md"
    runner.mkdir()
    (runner / "gradspec").symlink_to(library / ".gradspec")
    inputs = {"implementation": "conformance.py:adapter", "profile": "lecture", "xfails": "xfails.toml"}
    variables = {**given("Check", inputs), "RUNNER_TEMP": str(runner), "GITHUB_STEP_SUMMARY": str(summary)}
    text = f'PATH="{library}/.venv/bin:$PATH"\n{STEPS["Check"]["run"]}'
    done = shell(text, library, **variables)
    assert done.returncode == code, done.stderr
    assert summary.read_text().startswith("## ✅ mylib conforms" if code == 0 else "## ❌ mylib does not conform")
    assert ("::error file=" in done.stdout) == (code == 1)
    assert {each.name for each in (runner / "conformance").iterdir()} == {"record.jsonl", "junit.xml", "badge.json"}


def test_the_workflow_installs_gradspec_by_itself(tmp_path):
    """The step's own commands, with what `venv` and `pip` are given written down: the README's way runs them for real."""
    (tmp_path / "run ner" / "gradspec" / "bin").mkdir(parents=True)
    pip = tmp_path / "run ner" / "gradspec" / "bin" / "pip"
    pip.write_text('#!/bin/sh\nprintf "<%s>" "$@"\n')
    pip.chmod(0o755)
    text = f"python() {{ printf '<%s>' \"$@\"; }}\n{STEPS['Install gradspec']['run']}"
    variables = given("Install gradspec", {"gradspec": "gradspec @ $HOME; exit"})
    done = shell(text, tmp_path, RUNNER_TEMP=str(tmp_path / "run ner"), **variables)
    assert done.stdout == f"<-m><venv><{tmp_path}/run ner/gradspec><install><gradspec @ $HOME; exit>"


COMMANDS = {  # with the wheel alone: the end of what is printed
    "check refgrad --profile core --min-scenarios 800": r"refgrad conforms: \d+ pass, in [\d.]+ s",
    "spec --profile lecture --html spec.html": r"wrote spec.html: .*",
    "grade handed_in --rubric lecture --out grades --min-tier limits": r"The books are in grades: .*",
}


@pytest.mark.parametrize("command", COMMANDS)
def test_the_wheel_alone_can_do_it(command, library):
    """No PyTorch, no checkout."""
    assert shell(".gradspec/bin/python -c 'import torch'", library).returncode == 1
    (library / "handed_in").mkdir()
    shutil.copy(library / "mylib.py", library / "handed_in" / "ann.py")
    done = shell(f".gradspec/bin/gradspec {command}", library)
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.fullmatch(COMMANDS[command], done.stdout.splitlines()[-1])
    if command.startswith("grade"):
        assert "Left out, their points not counted: unseen." in done.stdout
        page = (library / "grades" / "students" / "ann" / "feedback.html").read_text()
        assert "Left out, their points not counted: unseen." in page
        assert "of 92 points" in page
