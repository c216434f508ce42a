"""What the tests of the harness share: the tiny suite, the honest implementation, and the command in this process."""

import shutil
import sys
from pathlib import Path

import pytest

from gradspec import cli
from gradspec.suite import Suite

HERE = Path(__file__).parent
HONEST = HERE / "honest.py"


@pytest.fixture
def honest():
    return str(HONEST)


@pytest.fixture
def tiny():
    """The tiny suite with its goldens, which PyTorch left behind."""
    return Suite(HERE / "tiny" / "chapters")


@pytest.fixture
def own_tiny(tmp_path):
    """A copy of the tiny suite that a test may spoil."""
    shutil.copytree(HERE / "tiny", tmp_path / "tiny", ignore=shutil.ignore_patterns("__pycache__"))
    return Suite(tmp_path / "tiny" / "chapters")


@pytest.fixture
def fake(tmp_path):
    """Write an implementation: the honest one, but for the given source."""

    def write(source, name="fake.py"):
        shutil.copy(HONEST, tmp_path / "honest.py")
        path = tmp_path / name
        path.write_text(f"from honest import *\nimport honest\n{source}\n")
        return str(path)

    return write


@pytest.fixture
def gradspec(monkeypatch, capsys):
    """Run the command; gives its exit code, output and complaints."""

    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["gradspec", *map(str, arguments)])
        monkeypatch.setenv("COLUMNS", "200")
        with pytest.raises(SystemExit) as exit_info:
            cli.main()
        printed = capsys.readouterr()
        return exit_info.value.code or 0, printed.out, printed.err

    return run
