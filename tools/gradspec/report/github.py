"""A record as annotations of GitHub Actions: workflow commands, a line each, that show up beside a change."""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Iterator
from typing import TextIO

from gradspec.report.printable import clean
from gradspec.report.text import because, stale, sureness, verdict
from gradspec.results import Record, Result

MOST = 10  # of one kind in a step: GitHub shows no more
CHAPTERS = "gradspec/spec_tests"  # as they stand in an installed package
IN_TEXT = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A"})
IN_PROPERTIES = IN_TEXT | str.maketrans({":": "%3A", ",": "%2C"})


def github(record: Record) -> str:
    """The commands: an error for each failure, the last of them for all that do not fit, and a notice at the end."""
    errors = [*_stale(record), *map(_failure, record.unexpected)]
    if len(errors) > MOST:
        more = f"and {len(errors) - MOST + 1} more: {verdict(record).plain}"
        errors = [*errors[: MOST - 1], command("error", more, title="gradspec")]
    if not errors and record.exit_code:
        errors = [command("error", verdict(record).plain, title="gradspec")]
    return "\n".join([*errors, *_suspicions(record), command("notice", verdict(record).plain, title="gradspec")]) + "\n"


@contextlib.contextmanager
def unheard(stream: TextIO) -> Iterator[None]:
    """What is printed inside is no command, whatever an implementation has made it say."""
    token = secrets.token_hex(16)
    print(f"::stop-commands::{token}", file=stream, flush=True)
    try:
        yield
    finally:
        print(f"::{token}::", file=stream, flush=True)


def _failure(result: Result) -> str:
    """Where it stands: in the file of expected failures, if that is what has to be changed, or in its chapter."""
    name, _, line = result.source.rpartition(":")
    file = f"{CHAPTERS}/{name}" if name.startswith(f"{result.chapter}.") else f"{CHAPTERS}/{result.chapter}/{name}"
    if result.expected is not None:
        file, line = result.expected.file, str(result.expected.line)
    text = f"{result.clause}\n{because(result)}" if result.clause else because(result)
    return command("error", text, file=file, line=line, title=f"{result.outcome}: {result.id}")


def _stale(record: Record) -> Iterator[str]:
    for each in record.footer.stale:
        expected = each.expected
        yield command("error", stale(each), file=expected.file, line=str(expected.line), title=f"stale: {each.id}")


def _suspicions(record: Record) -> Iterator[str]:
    """What is likely wrong, at the lines of the implementation where it would be."""
    places = [(each, place) for each in record.footer.diagnosis for place in each.places]
    for each, place in places[:MOST]:
        text = f"{sureness(each)}: it {each.misconception}"
        yield command("warning", text, file=place.file, line=str(place.line), title=place.says)


def command(name: str, text: str, **properties: str) -> str:
    """One workflow command. What an implementation says can end neither the line nor a property."""
    given = ",".join(f"{key}={clean(value).translate(IN_PROPERTIES)}" for key, value in properties.items())
    return f"::{name} {given}::{clean(text).translate(IN_TEXT)}"
