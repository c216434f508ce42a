"""`--python PATH`: the implementation runs in another environment, which has NumPy and nothing of ours."""

import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import numpy as np
import pytest

from gradspec.check import run_check
from gradspec.errors import UsageError
from gradspec.interpreter import OLDEST, interpreter


@pytest.fixture(scope="module")
def environment(tmp_path_factory):
    """Make an empty virtual environment, with NumPy linked into it or not; gives its interpreter."""

    def make(name, numpy):
        root = tmp_path_factory.mktemp(name) / "venv"
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", root], check=True)
        packages = Path(sysconfig.get_path("purelib", vars={"base": str(root)}))
        ours = Path(np.__file__).parents[1]
        for each in [*ours.glob("numpy"), *ours.glob("numpy.libs")] if numpy else ():
            (packages / each.name).symlink_to(each)
        return root / "bin" / "python"

    return make


@pytest.fixture(scope="module")
def with_numpy(environment):
    return environment("with", numpy=True)


IN_ITS_ENVIRONMENT = """
import importlib.util, sys
for name in ("msgspec", "typer", "pytest", "refgrad"):
    assert importlib.util.find_spec(name) is None, name
assert sys.prefix.endswith("venv"), sys.prefix
import numpy
"""


def test_only_numpy_is_needed_there(with_numpy, fake, tiny, monkeypatch):
    monkeypatch.delenv("PYTHONPATH", raising=False)
    record = run_check(fake(IN_ITS_ENVIRONMENT), suite=tiny, python=str(with_numpy))
    assert (record.exit_code, record.footer.counts) == (0, {"pass": 5})
    assert record.header.versions["numpy"] == np.__version__


def test_what_is_installed_there_is_found_by_name(with_numpy, honest, tiny, gradspec, monkeypatch):
    (packages,) = with_numpy.parents[1].glob("lib/python*/site-packages")
    shutil.copy(honest, packages / "installed_there.py")
    code, printed, _ = gradspec("check", "installed_there", "--suite", tiny.root, "--python", with_numpy)
    assert (code, "installed_there conforms" in printed) == (0, True)
    assert gradspec("check", "installed_there", "--suite", tiny.root)[0] == 2


def test_the_working_directory_hides_nothing(with_numpy, tmp_path, monkeypatch):
    (tmp_path / "numpy.py").write_text("1 / 0")
    monkeypatch.chdir(tmp_path)
    assert interpreter(str(with_numpy)) == str(with_numpy)


def test_a_path_may_be_relative_and_its_links_are_not_followed(with_numpy, monkeypatch):
    monkeypatch.chdir(with_numpy.parents[1])
    assert interpreter("bin/python") == str(with_numpy)
    assert with_numpy.is_symlink()


def test_without_numpy_it_says_what_to_install(environment):
    python = str(environment("without", numpy=False))
    with pytest.raises(UsageError, match=rf"{python} has no NumPy, .*`{python} -m pip install numpy`"):
        interpreter(python)


def script(path, text):
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return str(path)


# What a program prints that is taken for an interpreter: words of the sentence.
PRETENDERS = {
    "echo hello": "is no Python interpreter",
    "exit 1": "is no Python interpreter",
    "echo 7": "is no Python interpreter",
    """echo '{"version": [3, 9, 18], "problem": ""}'""": "is Python 3.9.18: .* by Python 3.11 or newer",
    """echo '{"version": [3, 12, 1], "problem": "ImportError: broken"}'""": "NumPy does not import in .*: ImportError: broken",
}


@pytest.mark.parametrize("text", PRETENDERS)
def test_what_will_not_do_is_said_in_a_sentence(text, tmp_path):
    with pytest.raises(UsageError, match=PRETENDERS[text]):
        interpreter(script(tmp_path / "python", text))


def test_an_old_python_is_told_how_old_it_may_be():
    named = [shutil.which(f"python{version}") for version in ("2.7", "3.6", "3.8", "3.9", "3.10")]
    kept = (Path.home() / ".pyenv" / "versions").glob("*/bin/python")  # beside each other, none of them on PATH
    ask = "import sys; print('%d.%d.%d' % sys.version_info[:3])"
    found = {}
    for each in [*filter(None, named), *kept]:
        done = subprocess.run([each, "-c", ask], capture_output=True, text=True, check=False)
        if done.returncode == 0 and tuple(map(int, done.stdout.split("."))) < OLDEST:
            found[str(each)] = done.stdout.strip()
    if not found:
        pytest.skip("there is no old Python here")
    for python, version in found.items():
        with pytest.raises(UsageError, match=rf"is Python {version}: .* by Python 3\.11 or newer"):
            interpreter(python)


def test_what_is_no_program_is_said_in_a_sentence(with_numpy, tmp_path, honest, gradspec):
    (tmp_path / "text").write_text("hello")
    for path, words in (
        (tmp_path / "nowhere", "does not exist"),
        (tmp_path / "text", "cannot be executed"),
        (tmp_path, "is a directory: name an interpreter"),
        (with_numpy.parents[1], f"is a directory: name the interpreter in it, {with_numpy}"),
    ):
        code, printed, complaint = gradspec("check", honest, "--python", path)
        assert (code, printed, complaint.count("\n"), words in complaint) == (2, "", 1, True)


def test_not_in_this_process_as_well(with_numpy, honest, gradspec):
    code, _, complaint = gradspec("check", honest, "--python", with_numpy, "--in-process")
    assert (code, "not both" in complaint) == (2, True)
