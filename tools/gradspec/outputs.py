"""Which forms a record can be given, and whether the files for them can be written: known before anything is run."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Literal, get_args

from gradspec.errors import UsageError

Form = Literal["text", "json", "junit", "markdown", "github", "badge"]
FORMS: tuple[Form, ...] = get_args(Form)
STDOUT = Path("-")


def make_sure(wanted: Iterable[tuple[Form, Path]], *files: Path | None) -> None:
    """Before anything is run: raises UsageError for what will not be written. files: what else is, never to `-`."""
    wanted = list(wanted)
    others = [each for each in files if each is not None]
    paths = [*(path for _, path in wanted), *others]
    if STDOUT in others:
        raise UsageError("Only reports go to standard output: give what else is written a file in the place of `-`.")
    if paths.count(STDOUT) > 1:
        raise UsageError("Only one report can go to standard output: give the others a file.")
    for form, path in wanted:
        if form == "badge" and path.suffix not in (".json", ".svg") and path != STDOUT:
            raise UsageError(f"A badge is a .json file for shields, or an .svg file: {path} is neither.")
    named: set[str] = set()
    for path in paths:
        if path == STDOUT:
            continue
        writable(path)
        real = os.path.realpath(path)
        if real in named and (path.is_file() or not path.exists()):  # what is no ordinary file takes any number
            raise UsageError(f"{path} is named twice: each of what is written needs a file of its own.")
        named.add(real)


def writable(path: Path) -> None:
    """Raises UsageError where `path` cannot be written."""
    folder = Path(os.path.realpath(path)).parent
    problem = "it is a directory" if path.is_dir() else ""
    if not folder.is_dir():
        problem = f"there is no directory {folder}"
    elif not os.access(folder if not path.exists() else path, os.W_OK):
        problem = "permission denied"
    if problem:
        raise UsageError(f"{path} cannot be written: {problem}.")
