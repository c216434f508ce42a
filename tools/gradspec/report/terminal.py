"""Sentences for a person: at a terminal they are broken between words, as wide as it is; elsewhere a line stays one."""

from __future__ import annotations

import shutil
import sys
import textwrap
from typing import TextIO

from gradspec.report.printable import clean

INDENT = "  "  # of the second line of a sentence, and of those after it


def say(*sentences: str, file: TextIO | None = None) -> None:
    """Print sentences, a line each; what an implementation has made them say moves no cursor."""
    stream = file or sys.stdout
    width = shutil.get_terminal_size().columns if stream.isatty() else 0
    for line in (line for each in sentences for line in clean(each).split("\n")):
        print(_broken(line, width) if len(line) > width else line, file=stream, flush=True)


def _broken(line: str, width: int) -> str:
    """The line as several, where there is room for words in them."""
    before = line[: len(line) - len(line.lstrip())] + INDENT
    if width < 2 * len(before):
        return line
    parts = textwrap.wrap(line, width, subsequent_indent=before, break_long_words=False, break_on_hyphens=False)
    return "\n".join(parts)
