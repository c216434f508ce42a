"""The documents say what is so: their commands print what they show, their examples run, their links lead somewhere."""

from __future__ import annotations

import functools
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from gradspec.grading.rubric import explain
from gradspec.suite import find_suite

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = (ROOT.glob("*.md"), *((ROOT / name).rglob("*.md") for name in ("golden", "spec_tests", "tools")))
PAGES = sorted(path for found in FOLDERS for path in found)
BLOCK = re.compile(r"^```(?P<language>\w+)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"(?<!`)\]\((?!https?:|#)([\w./-]+)\)")
WRONG = "parent.grad = slope"  # the line of the homework that is shown
GUIDES = [path for path in PAGES if "```console" in path.read_text(encoding="utf-8")]


def blocks(path, language):
    return [each["text"] for each in BLOCK.finditer(path.read_text(encoding="utf-8")) if each["language"] == language]


def commands(text):
    """The commands of a console block, each with what it is said to print."""
    for each in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
        command, _, printed = each.partition("\n")
        yield command, printed


def tidy(text):
    return "".join(line.rstrip() + "\n" for line in text.splitlines() if line.strip())


def pattern(expected):
    """What is shown, as a regular expression: `...` stands for anything in its line, or alone for any number of lines."""
    lines = tidy(expected).splitlines()
    return "".join(
        "(.*\n)*" if line == "..." else ".*".join(map(re.escape, line.split("..."))) + "\n" for line in lines
    )


SHOWN = [
    pytest.param(path, text, id=f"{path.relative_to(ROOT)}: {text.partition(chr(10))[0]}")
    for path in GUIDES
    for text in blocks(path, "console")
]


@pytest.fixture
def place(tmp_path):
    """A directory with the files that the documents speak of, and a `gradspec` on the path."""
    program = tmp_path / "bin" / "gradspec"
    program.parent.mkdir()
    program.write_text(f"#!{sys.executable}\nfrom gradspec.cli import main\nif __name__ == '__main__':\n    main()\n")
    program.chmod(0o755)
    shutil.copytree(ROOT / "tools" / "tests" / "shown", tmp_path / "shown")
    wrong = (tmp_path / "shown" / "homework.py").read_text(encoding="utf-8")
    assert WRONG in wrong
    handed_in = tmp_path / "shown" / "handed_in"
    handed_in.mkdir()
    (handed_in / "anna.py").write_text(wrong, encoding="utf-8")
    (handed_in / "bela.py").write_text(wrong.replace(WRONG, WRONG.replace("=", "+=")), encoding="utf-8")
    return tmp_path / "shown"


@pytest.mark.parametrize(("path", "text"), SHOWN)
def test_a_command_prints_what_the_page_shows(path, text, place):
    environment = {
        **os.environ,
        "PATH": f"{place.parent / 'bin'}:{os.environ['PATH']}",
        "COLUMNS": "100",
        "NO_COLOR": "1",
    }
    environment["PYTHONPATH"] = os.pathsep.join([str(ROOT / "impl"), str(ROOT / "tools")])
    for command, expected in commands(text):
        done = subprocess.run(
            ["bash", "-c", command],
            cwd=place,
            env=environment,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        found = done.stdout + done.stderr
        assert re.fullmatch(pattern(expected), tidy(found)), f"$ {command}\n{found}"


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(path):
    missing = [link for link in LINK.findall(path.read_text(encoding="utf-8")) if not (path.parent / link).exists()]
    assert missing == []


def test_the_scenario_that_is_shown_stands_in_its_chapter():
    chapter = (ROOT / "spec_tests" / "accumulation.py").read_text(encoding="utf-8")
    shown = [text for name in ("README.md", "spec_tests/WRITING.md") for text in blocks(ROOT / name, "python")]
    assert sum(text.startswith("@scenario") for text in shown) == 2
    assert all(text in chapter for text in shown if text.startswith("@scenario"))


def test_the_rubric_that_is_shown_is_one(tmp_path):
    (text,) = blocks(ROOT / "tools" / "gradspec" / "grading" / "RUBRICS.md", "toml")
    assert tomllib.loads(text)["name"] == "homework 1"
    path = tmp_path / "homework.toml"
    path.write_text(text)
    assert explain(path, find_suite()) == []


def test_every_command_is_told_of_in_the_readme():
    listed = subprocess.run(
        [sys.executable, "-m", "gradspec", "--help"],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "NO_COLOR": "1"},
    ).stdout
    names = re.findall(r"^│ (\w+)  ", listed, re.MULTILINE)
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert len(names) > 10
    assert [name for name in names if f"gradspec {name}" not in readme] == []


def test_every_command_s_help_has_an_example():
    names = re.findall(r"^│ (\w+)  ", help_of(), re.MULTILINE)
    assert [name for name in names if f"`gradspec {name}" not in help_of(name)] == []


@pytest.mark.parametrize(
    ("typed", "expected"), [("gradspec stren", "strength"), ("gradspec check --min", "--min-scenarios")]
)
def test_a_shell_completes_commands_and_options(typed, expected, place):
    environment = {**os.environ, "_GRADSPEC_COMPLETE": "complete_bash", "COMP_WORDS": typed}
    environment |= {
        "COMP_CWORD": str(len(typed.split()) - 1),
        "PYTHONPATH": os.pathsep.join([str(ROOT / "impl"), str(ROOT / "tools")]),
    }
    done = subprocess.run(
        [place.parent / "bin" / "gradspec"], env=environment, capture_output=True, text=True, check=False
    )
    assert done.stdout.split() == [expected]


def test_options_that_are_shown_exist():
    """Every `gradspec COMMAND ... --option` in a page is one that the command knows."""
    unknown = []
    for path in PAGES:
        for line in re.findall(r"gradspec [a-z]+ [^`\n|]*", path.read_text(encoding="utf-8")):
            words = line.split()
            options = [word.partition("=")[0] for word in words if word.startswith("--") and len(word) > 2]
            unknown += [(path.name, words[1], option) for option in options if option not in help_of(words[1])]
    assert unknown == []


@functools.cache
def help_of(*command):
    run = [sys.executable, "-m", "gradspec", *command, "--help"]
    environment = {**os.environ, "COLUMNS": "200", "NO_COLOR": "1"}
    return subprocess.run(run, capture_output=True, text=True, check=False, env=environment).stdout
