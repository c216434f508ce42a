"""Every form that a record can be given, and the files that they are written to."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from pathlib import Path

import msgspec
from rich.console import Console

from gradspec.files import write_atomically
from gradspec.outputs import STDOUT, Form
from gradspec.report.badge import shields, svg
from gradspec.report.github import github
from gradspec.report.junit import junit
from gradspec.report.markdown import markdown
from gradspec.report.text import print_record
from gradspec.results import Record

WIDTH = 120  # columns of a text that goes to a file


def text(record: Record) -> str:
    console = Console(width=WIDTH, color_system=None, force_terminal=False, highlight=False)
    with console.capture() as capture:
        print_record(record, console)
    return capture.get()


def json(record: Record) -> str:
    """One document, while the record itself is JSON lines: header, results, footer, and the exit code."""
    whole = {**msgspec.to_builtins(record), "exit_code": record.exit_code}
    return msgspec.json.format(msgspec.json.encode(whole), indent=1).decode() + "\n"


FORMATS: dict[Form, Callable[[Record], str]] = {
    "text": text,
    "json": json,
    "junit": junit,
    "markdown": markdown,
    "github": github,
    "badge": shields,
}


def rendered(record: Record, form: Form, path: Path) -> str:
    """The record in the form `form`; a badge that goes to an .svg file is a picture."""
    return svg(record) if form == "badge" and path.suffix == ".svg" else FORMATS[form](record)


def write_reports(record: Record, wanted: Iterable[tuple[Form, Path]], *, annotate: bool = False) -> None:
    """Write each (form, path), wholly or not at all; `-` is standard output. Raises UsageError where that cannot be.

    annotate: also print annotations for GitHub, which reads them on standard error as well.
    """
    wanted = list(wanted)
    if annotate:
        print(github(record), end="", file=sys.stderr if STDOUT in [path for _, path in wanted] else sys.stdout)
    for form, path in wanted:
        made = rendered(record, form, path)
        if path == STDOUT:
            sys.stdout.write(made)
        else:
            write_atomically(path, made)
