"""The commands for whoever brings an implementation: what it is read as, and whether it runs at all."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gradspec.errors import UsageError

commands = typer.Typer()
ADAPT_EXIT_CODES = "Exit codes: 0 recognised; 2 nothing was, or wrong usage."
SMOKE_EXIT_CODES = "Exit codes: 0 fine; 1 the implementation is at fault; 2 wrong usage; 3 the harness is at fault."


@commands.command(epilog=ADAPT_EXIT_CODES)
def adapt(
    implementation: Annotated[
        str, typer.Argument(metavar="PATH", help="A .py file, a package directory, a module, or FILE.py:CLASS.")
    ],
    write: Annotated[Path | None, typer.Option(metavar="FILE.py", help="Write a starter adapter there.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace that file where it is there already.")] = False,
) -> None:
    """Say what a module without torch's names is read as, and write a starter adapter to be corrected and completed.

    `gradspec adapt homework.py` shows the class, its data, its gradient, its functions, and what is not claimed and why.

    `gradspec adapt homework.py --write adapter.py`, and then `gradspec check adapter.py:adapter`, says the same as
    `gradspec check homework.py` until the adapter is edited.
    """
    from rich.console import Console

    from gradspec.adapting import recognised, write_starter
    from gradspec.report.adapting import table
    from gradspec.report.terminal import say

    console = Console(highlight=False, soft_wrap=False)
    found = recognised(implementation)
    if found.phrases is not None:
        say(f"{implementation} read as {found.sentence}")
        console.print(table(found.phrases))
    if write is not None:
        write_starter(write, implementation, found, force)
        todo = "" if found.phrases is not None else ", to be filled in"
        say(f"wrote {write}{todo}: `gradspec check {write}:adapter` runs the specification with it")
    if found.phrases is None:
        hint = "" if write is not None else "; `--write FILE.py` writes an adapter to be filled in"
        raise UsageError(f"{implementation} is not recognised: {found.reason}{hint}.")
    if write is None:
        say(f"`gradspec check {implementation}` runs the specification on it as it is")


@commands.command(epilog=SMOKE_EXIT_CODES)
def smoke(
    implementation: Annotated[
        str, typer.Argument(metavar="IMPL", help="A module, a .py file, a package directory, or FILE.py:NAME.")
    ],
) -> None:
    """Tell in two seconds whether the harness or the implementation is at fault.

    `gradspec smoke homework.py` first holds gradspec to what is known to be right and to be wrong, then takes the
    implementation step by step: does it import, make a leaf, run backward, have a gradient?
    """
    from gradspec.examined import begin
    from gradspec.report.smoking import lines
    from gradspec.report.terminal import say
    from gradspec.smoking import smoke
    from gradspec.suite import find_suite

    ours, theirs = [], []
    process = begin("attempt", implementation)  # it starts while the harness is looked at
    for each in smoke.harness(find_suite()):
        ours.append(each)
        say(*lines("harness", each))
    if all(each.well for each in ours):
        for each in smoke.implementation(process):
            theirs.append(each)
            say(*lines(implementation, each))
    else:
        process.kill()
    sentence, code = smoke.verdict(ours, theirs)
    say(sentence)
    raise typer.Exit(code)
