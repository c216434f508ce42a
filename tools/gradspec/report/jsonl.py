"""The record of a run as JSON lines: header, a line for each item, footer; refused without its footer."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import IO

import msgspec

from gradspec.errors import UsageError
from gradspec.results import FORMAT, Footer, Header, Record, Result


def open_for_lines(path: Path) -> IO[bytes]:
    """Open `path` for a record without touching what stands there yet. Raises UsageError where it cannot be written."""
    try:
        return open(path, "ab", buffering=0)
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}.") from None


def write_line(file: IO[bytes], line: Header | Result | Footer) -> None:
    """Append one line, at once, so that a killed run leaves what it had; a header begins the file anew."""
    try:
        if isinstance(line, Header) and stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            file.truncate(0)
        file.write(msgspec.json.encode(line) + b"\n")
    except OSError as error:
        raise UsageError(f"{file.name} cannot be written: {error.strerror}.") from None


def read_record(path: Path) -> Record:
    """The record in `path`. Raises UsageError where it is unreadable, cut short, or not a record."""
    try:
        lines = path.read_bytes().splitlines()
        parsed = [msgspec.json.decode(line, type=Header | Result | Footer) for line in lines]
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}.") from None
    except msgspec.DecodeError as error:
        raise UsageError(f"{path} is not a record of a run: {error}.") from None
    match parsed:
        case [Header() as header, *results, Footer() as footer] if all(isinstance(each, Result) for each in results):
            if header.format != FORMAT:
                raise UsageError(f"{path} has format {header.format}, not {FORMAT}.")
            return Record(header, tuple(each for each in results if isinstance(each, Result)), footer)
    raise UsageError(f"{path} has no header or no footer: the run that wrote it was cut short.")
