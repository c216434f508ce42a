"""What is written in two places says the same in both."""

import json
import re
import stat
import tomllib
from pathlib import Path

import pytest

from gradspec.golden import TORCH_VERSION
from gradspec.scenario import PROFILES
from gradspec.suite import find_suite

PROJECT = Path(__file__).resolve().parents[2]
README = (PROJECT / "README.md").read_text(encoding="utf-8")
CONFIG = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))
EXTRAS = CONFIG["project"]["optional-dependencies"]
COMMAND = re.compile(r"^<!-- command: (\w+) -->\n```sh\n(.+)\n```$", re.MULTILINE)
COMMANDS = dict(COMMAND.findall(README))


def test_torch_is_pinned_to_what_the_goldens_were_recorded_with():
    recorded = {json.loads(path.read_text())["provenance"]["torch"] for path in (PROJECT / "golden").glob("*.json")}
    assert {version.partition("+")[0] for version in recorded} == {TORCH_VERSION}
    assert EXTRAS["torch"] == [f"torch=={TORCH_VERSION}"]
    assert f"torch=={TORCH_VERSION}" in COMMANDS["test"].split()


def test_ruff_is_one_version():
    hooks = (PROJECT / ".pre-commit-config.yaml").read_text()
    pins = re.findall(r"ruff==[\w.]+", hooks)
    assert len(pins) == 2
    assert set(pins) == {pin for pin in EXTRAS["test"] if pin.startswith("ruff")}


@pytest.mark.parametrize("name", ["main", "test"])
def test_readme_commands_set_themselves_up(name):
    command = COMMANDS[name]
    assert command.startswith("python3 -m venv ")
    environment = command.split()[3]
    assert f" && {environment}/bin/pip install " in command


def test_ci_runs_the_commands_of_the_readme():
    script = PROJECT / ".ci" / "run"
    assert script.stat().st_mode & stat.S_IXUSR
    assert set(re.findall(r"from_readme (\w+)$", script.read_text(), re.MULTILINE)) == set(COMMANDS)


def test_paths_in_the_readme_exist():
    paths = {path for path in re.findall(r"[\w./-]+/[\w.-]*", COMMAND.sub("", README)) if path.split("/")[0] != "."}
    ours = {path for path in paths if (PROJECT / path.split("/")[0]).is_dir() and not path.startswith((".venv", "//"))}
    assert {"spec_tests/", "golden/", "impl/refgrad/", "tools/bench", ".ci/run"} <= ours
    assert [path for path in sorted(ours) if not (PROJECT / path).exists()] == []


def test_profiles_name_chapters_that_exist():
    named = {chapter for chapters in PROFILES.values() if chapters for chapter in chapters}
    assert named - set(find_suite().names()) == set()
