"""The arguments that several commands share, and what all of them mean by their exit codes."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gradspec.scenario import PROFILES
from gradspec.suite import Suite, find_suite

EXIT_CODES = "Exit codes: 0 conforms, 1 does not, 2 wrong usage, 3 the harness itself failed."
Implementation = Annotated[
    str,
    typer.Argument(
        metavar="IMPL", help="A module, a .py file, a package directory, FILE.py:NAME, or micrograd, mygrad."
    ),
]
Chapters = Annotated[list[str] | None, typer.Option("--chapter", help="Only this chapter; may be repeated.")]
Profile = Annotated[str, typer.Option(help=f"A set of chapters: {', '.join(PROFILES)}.")]
Keyword = Annotated[str, typer.Option("-k", metavar="EXPR", help="Only ids that match, e.g. 'second and not scale'.")]
SuiteRoot = Annotated[
    Path | None,
    typer.Option(
        "--suite", help="A directory of chapters, its goldens in ../golden; default: the one that comes along."
    ),
]


def suite_at(root: Path | None) -> Suite:
    """The suite in the directory `root`; the one that comes along, without one."""
    return find_suite() if root is None else Suite(root.resolve())
