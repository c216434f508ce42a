"""What a campaign keeps in a directory: a journal from which it resumes, and its findings, as programs and scripts."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

import msgspec

from gradspec.errors import HarnessError, UsageError
from gradspec.files import write_atomically
from gradspec.fuzz.batch import Report
from gradspec.fuzz.pair import Finding
from gradspec.programs.program import Program, decode, encode

PROGRAMS = "programs"  # programs that once showed a difference; each campaign begins with them


class Corpus:
    """The directory of a campaign. Raises UsageError where it cannot be written."""

    def __init__(self, root: Path) -> None:
        self.root = root
        try:
            (root / PROGRAMS).mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise UsageError(f"The corpus {root} cannot be written: {error.strerror}.") from None

    def programs(self) -> Iterator[tuple[Path, Program]]:
        """The programs kept there, in alphabetical order."""
        for path in sorted((self.root / PROGRAMS).glob("*.json")):
            yield path, read_program(path)

    def keep(self, finding: Finding, script: str) -> Path:
        """Keep the program of a finding as JSON and, to be read and pasted, as a script."""
        path = self.root / PROGRAMS / f"{finding_name(finding)}.json"
        write_atomically(path, encode(finding.program).decode() + "\n")
        write_atomically(path.with_suffix(".py"), script)
        return path

    def journal(self, campaign: str) -> Journal:
        return Journal(self.root / f"{campaign}.jsonl")


class Journal:
    """The reports of the batches that are done, one line each; what was being written when a campaign died is dropped."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self) -> dict[int, Report]:
        """The reports by the numbers of their batches."""
        found: dict[int, Report] = {}
        try:
            lines = self.path.read_bytes().split(b"\n")
        except FileNotFoundError:
            return found
        for line in lines[:-1]:
            try:
                report = msgspec.json.decode(line, type=Report)
            except msgspec.DecodeError as error:
                raise HarnessError(
                    f"The journal {self.path} cannot be read: {error}. Remove it to begin anew."
                ) from None
            found.setdefault(report.number, report)
        if lines[-1]:
            write_atomically(self.path, "".join(line.decode() + "\n" for line in lines[:-1]))
        return found

    def add(self, report: Report) -> None:
        with self.path.open("ab") as file:
            file.write(msgspec.json.encode(report) + b"\n")
            file.flush()
            os.fsync(file.fileno())


def read_program(path: Path) -> Program:
    """The program in a file. Raises UsageError, with the reason, where there is none."""
    try:
        return decode(path.read_bytes())
    except OSError as error:
        raise UsageError(f"The program {path} cannot be read: {error.strerror}.") from None
    except ValueError as error:
        raise UsageError(f"{path} holds no program: {error}.") from None


def finding_name(finding: Finding) -> str:
    """A name for the file of a finding: the facet, and a number made from the program."""
    return f"{finding.difference.facet}_{hashlib.sha256(encode(finding.program)).hexdigest()[:8]}"
