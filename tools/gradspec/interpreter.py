"""Another Python for the worker: the environment of an implementation, in which gradspec need not be installed."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import msgspec

from gradspec.errors import UsageError

OLDEST = (3, 11)  # on which the worker's side runs
SECONDS = 30.0
# Understood by every Python there is, so that an old one can say how old it is.
PROBE = """
import sys
sys.path[:] = [each for each in sys.path if each]  # not the working directory: the worker ignores it, too
import json
try:
    import numpy
except Exception:
    error = sys.exc_info()[1]
    problem = "%s: %s" % (type(error).__name__, error)
else:
    problem = ""
print(json.dumps({"version": list(sys.version_info[:3]), "problem": problem}))
"""


class _Told(msgspec.Struct, frozen=True):
    version: tuple[int, int, int]
    problem: str


def interpreter(python: str) -> str:
    """The interpreter `python`, a path or a name on PATH, once it has shown that a worker can start in it.

    Its links are not followed: it is by the link that an interpreter knows its environment.
    Raises UsageError with what is wrong and what to do.
    """
    path = Path(python)
    if path.is_dir():
        inner = next((path / each for each in ("bin/python", "python") if (path / each).is_file()), None)
        hint = f"name the interpreter in it, {inner}" if inner else "name an interpreter, such as .venv/bin/python"
        raise UsageError(f"{python} is a directory: {hint}.")
    found = shutil.which(python)
    if found is None:
        why = "cannot be executed" if path.exists() else "does not exist"
        raise UsageError(f"The interpreter {python} {why}: name one, such as .venv/bin/python.")
    told = _probe(python, found)
    if told.version < OLDEST:
        version = ".".join(map(str, told.version))
        oldest = ".".join(map(str, OLDEST))
        raise UsageError(f"{python} is Python {version}: an implementation is run by Python {oldest} or newer.")
    if told.problem.startswith("ModuleNotFoundError"):
        raise UsageError(f"{python} has no NumPy, which is all that is needed there: `{python} -m pip install numpy`.")
    if told.problem:
        raise UsageError(f"NumPy does not import in {python}: {told.problem.splitlines()[0]}")
    return str(Path(found).absolute())


def _probe(python: str, found: str) -> _Told:
    """What the interpreter tells of itself."""
    try:
        done = subprocess.run(
            [found, "-c", PROBE], stdin=subprocess.DEVNULL, capture_output=True, timeout=SECONDS, check=False
        )
        return msgspec.json.decode(done.stdout.splitlines()[-1], type=_Told)
    except subprocess.TimeoutExpired:
        raise UsageError(f"{python} did not start within {SECONDS:g} s.") from None
    except (OSError, msgspec.DecodeError, IndexError):
        raise UsageError(f"{python} is no Python interpreter: it does not run Python.") from None
