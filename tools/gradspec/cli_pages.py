"""The commands that compare implementations with one another, and write pages of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from gradspec.cli_arguments import Chapters, Profile, SuiteRoot, suite_at

commands = typer.Typer()
MATRIX_EXIT_CODES = (
    "Exit codes: 0 written, whatever it shows; 2 wrong usage, or an implementation does not load; 3 the harness failed."
)


@commands.command(epilog=MATRIX_EXIT_CODES)
def matrix(
    implementations: Annotated[
        list[str] | None, typer.Argument(metavar="IMPL...", help="As for `gradspec check`; each becomes a column.")
    ] = None,
    peers: Annotated[
        bool, typer.Option("--peers", help="Torch, refgrad, micrograd, MyGrad, HIPS autograd, tinygrad and JAX.")
    ] = False,
    record: Annotated[
        list[Path] | None,
        typer.Option(metavar="FILE", help="A column out of what `gradspec check --json FILE` wrote; may be repeated."),
    ] = None,
    html: Annotated[Path | None, typer.Option(metavar="FILE", help="Write one page of HTML there.")] = None,
    markdown: Annotated[Path | None, typer.Option(metavar="FILE.md", help="Write tables by chapter there.")] = None,
    json: Annotated[Path | None, typer.Option(metavar="FILE", help="Write every cell there, as JSON.")] = None,
    profile: Profile = "full",
    chapter: Chapters = None,
    jobs: Annotated[int, typer.Option(min=1, metavar="N", help="Worker processes, each with its share.")] = 2,
    timeout: Annotated[float, typer.Option(min=0.1, help="Seconds for one scenario.")] = 10.0,
    suite: SuiteRoot = None,
) -> None:
    """Show who keeps which promise: implementations by chapters and clauses; each cell opens to expected and found.

    In a page, what an implementation fails today also opens to its graph, drawn as `gradspec draw` draws it.

    `gradspec matrix mylib torch --html mylib.html` compares mylib with PyTorch.

    `gradspec matrix --peers --html peers.html --markdown MATRIX.md` compares all that gradspec knows.

    `gradspec matrix mylib --record yesterday.jsonl --html both.html` compares mylib with a record of it.
    """
    import shlex
    import sys

    from gradspec.errors import HarnessError, UsageError
    from gradspec.files import write_atomically
    from gradspec.oracle import GoldenOracle
    from gradspec.outputs import make_sure
    from gradspec.report.matrix.collecting import PEERS, Plan, collect
    from gradspec.report.matrix.document import document
    from gradspec.report.matrix.markdown import markdown as as_markdown
    from gradspec.report.matrix.page import page
    from gradspec.report.matrix.pictures import pictures
    from gradspec.report.matrix.progress import Bars
    from gradspec.report.terminal import say
    from gradspec.selection import Selection

    if html is None and markdown is None and json is None:
        raise UsageError("Nothing would be written: say `--html FILE`, `--markdown FILE` or `--json FILE`.")
    make_sure((), html, markdown, json)  # not only after minutes
    house = suite_at(suite)
    # what belongs to one machine alone is left out
    command = shlex.join(["gradspec", *(Path(each).name if each.startswith("/") else each for each in sys.argv[1:])])
    names = tuple(dict.fromkeys(PEERS + tuple(implementations or ()))) if peers else tuple(implementations or ())
    plan = Plan(names, tuple(record or ()), Selection(profile, tuple(chapter or ())), jobs, timeout)
    oracle = GoldenOracle(house)
    with Bars() as bars:
        found = collect(plan, house, command, bars)
        drawn = pictures(found, oracle, bars.drawing) if html is not None else {}
    for column in found.columns:
        counts = ", ".join(f"{count} {outcome}" for outcome, count in column.record.footer.counts.items())
        name = f"{column.name} {column.version}".rstrip()
        say(f"{name}: {counts}, in {column.record.footer.seconds:.1f} s")
    makers: list[tuple[Path | None, Callable[[], str]]] = [
        (html, lambda: page(found, oracle, drawn)),
        (markdown, lambda: as_markdown(found)),
        (json, lambda: document(found)),
    ]
    for target, make in makers:
        if target is not None:
            text = make()
            write_atomically(target, text)
            say(f"wrote {target}: {len(text.encode()) / 1e3:,.0f} kB")
    if any("infrastructure" in column.record.footer.counts for column in found.columns):
        raise typer.Exit(HarnessError.exit_code)
