"""What is known so far: a line of JSON for each mutant that was judged, in a file named by what was judged.

A line is written whole or, where the process was killed in the midst of it, is no line.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import msgspec

from gradspec.faults.loading import PACKAGE
from gradspec.suite import Suite
from mutation_testing.coverage import digest
from mutation_testing.judging import Verdict

DEFAULT = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "gradspec" / "mutation"


class Room(msgspec.Struct, frozen=True):
    """A folder with a copy of the package, so that it may be changed in the meantime, and all that is known of it."""

    folder: Path
    package: str  # digests
    suite: str

    @property
    def root(self) -> Path:
        return self.folder / PACKAGE

    @property
    def coverage(self) -> Path:
        return self.folder / "coverage.json"

    @property
    def making(self) -> Path:
        return self.folder / "mutants.json"

    @property
    def verdicts(self) -> Path:
        return self.folder / f"verdicts-{self.suite}.jsonl"


def open_room(cache: Path, root: Path, suite: Suite) -> Room:
    """The room for the package at `root` as it is now, and for `suite`."""
    files = [each for each in root.rglob("*") if each.is_file() and "__pycache__" not in each.parts]
    package = digest(files, root)
    beside = suite.root.parent
    chapters = [*suite.root.rglob("*.py"), *suite.root.rglob("*.json"), *(suite.golden).rglob("*")]
    room = Room(cache / package, package, digest([each for each in chapters if each.is_file()], beside))
    if not (room.folder / PACKAGE).is_dir():
        room.folder.mkdir(parents=True, exist_ok=True)
        half = room.folder / f"{PACKAGE}.{os.getpid()}"
        shutil.copytree(root, half, ignore=shutil.ignore_patterns("__pycache__"))
        half.rename(room.folder / PACKAGE)
    return room


def write(path: Path, data: object) -> None:
    """Write JSON, all of it or nothing."""
    half = path.with_suffix(f".{os.getpid()}")
    half.write_bytes(msgspec.json.encode(data))
    half.replace(path)


def read_verdicts(path: Path) -> Iterator[Verdict]:
    for line in path.read_bytes().splitlines() if path.exists() else ():
        try:
            yield msgspec.json.decode(line, type=Verdict)
        except msgspec.DecodeError:  # the last line of a run that was killed
            continue
