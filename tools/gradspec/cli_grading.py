"""The commands for teachers: grading, and what belongs to it."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer

from gradspec.errors import UsageError

GRADING_EXIT_CODES = (
    "Exit codes: 0 all are graded, however badly; 2 wrong usage; 3 something stayed ungraded; 130 interrupted."
)
commands = typer.Typer()


@commands.command(epilog=GRADING_EXIT_CODES)
def grade(
    submissions: Annotated[
        Path, typer.Argument(metavar="SUBMISSIONS", help="A folder: each file or directory in it is one submission.")
    ],
    rubric: Annotated[str, typer.Option(metavar="RUBRIC", help="A .toml file, or a ready one: lecture, core, full.")],
    out: Annotated[Path, typer.Option(metavar="DIR", help="Where the journal and the books go.")],
    jobs: Annotated[int, typer.Option(min=1, metavar="N", help="Processes of this machine.")] = 1,
    cluster: Annotated[str, typer.Option(metavar="ADDRESS", help="A dask scheduler to hand submissions to.")] = "",
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with the grading in DIR, or grade again by another rubric.")
    ] = False,
    seed: Annotated[
        str, typer.Option(metavar="N", help="Draws the inputs; secret. Default: drawn, and kept in DIR/SEED.")
    ] = "",
    min_tier: Annotated[
        str, typer.Option(metavar="TIER", help="Run nothing in less of a jail: limits, bubblewrap or namespaces.")
    ] = "bubblewrap",
    oracle: Annotated[
        str, typer.Option(help="Where expected values come from: live (with fresh inputs) or golden.")
    ] = "",
) -> None:
    """Grade the submissions in a folder: a page and results for each student, a gradebook and a page for the teacher.

    `gradspec grade handed_in --rubric lecture --out grades --jobs 2` grades a folder by the ready rubric; what is done
    survives whatever happens, and the same line with `--resume` goes on, or grades again when the rubric has changed.
    """
    from gradspec.grading.preparing import prepare
    from gradspec.grading.run import open_journal, run_grading
    from gradspec.report.grading.books import write_books
    from gradspec.report.grading.closing import print_closing
    from gradspec.report.grading.pages import Pages
    from gradspec.report.grading.progress import Display

    if oracle not in ("", "live", "golden"):
        raise UsageError(f"There is no oracle {oracle!r}: live or golden.")
    plan = prepare(
        submissions,
        rubric,
        out,
        oracle=oracle or ("live" if find_spec("torch") else "golden"),
        jobs=jobs,
        cluster=cluster,
        resume=resume,
        seed=seed,
        tier=min_tier,
    )
    with open_journal(out, resume) as journal, Pages(journal, out) as pages:
        with Display() as display:
            graded = run_grading(plan, journal, display, pages.ended)
        books = None if graded.interrupted else write_books(journal, graded.kept, out, pages)
    print_closing(graded, books, out)
    raise typer.Exit(graded.exit_code)


RUBRIC_EXIT_CODES = "Exit codes: 0 in order, though there may be warnings; 2 mistakes, or wrong usage."
RUBRICS = """Check a rubric, show a ready one, or print the schema.

`gradspec rubric show lecture > homework.toml` gives one to start from.
"""
rubrics = typer.Typer(no_args_is_help=True, help=RUBRICS)
commands.add_typer(rubrics, name="rubric")


@rubrics.command("check", epilog=RUBRIC_EXIT_CODES)
def check_rubric(
    rubric: Annotated[str, typer.Argument(metavar="RUBRIC", help="A .toml file, or a ready one: lecture, core, full.")],
) -> None:
    """Read a rubric and explain what is wrong with it: a line for each mistake, with its place and what to do.

    `gradspec rubric check homework.toml`
    """
    from gradspec.grading.rubric import explain, path_of, read_rubric

    path = path_of(rubric)
    problems = explain(path)
    for each in problems:
        print(f"{path}:{each}")
    if any(not each.warning for each in problems):
        raise typer.Exit(UsageError.exit_code)
    read = read_rubric(path)
    print(f"{path} is in order: {len(read.items)} items, {sum(each.points for each in read.items):g} points")


@rubrics.command("show", epilog=RUBRIC_EXIT_CODES)
def show_rubric(
    name: Annotated[str, typer.Argument(metavar="RUBRIC", help="A ready one (lecture, core, full), or a .toml file.")],
) -> None:
    """Print a rubric, to be copied and changed.

    `gradspec rubric show lecture > homework.toml`
    """
    from gradspec.grading.rubric import text_of

    print(text_of(name), end="")


@rubrics.command("schema", epilog=RUBRIC_EXIT_CODES)
def rubric_schema() -> None:
    """Print the JSON schema of rubrics, by which editors check and complete them.

    `gradspec rubric schema > rubric.schema.json`, and `#:schema rubric.schema.json` as a rubric's first line.
    """
    import json

    from gradspec.grading.rubric import schema

    print(json.dumps(schema(), indent=2))


@commands.command(epilog="Exit codes: 0 written; 2 wrong usage.")
def gradescope(
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="Where the files go; made where it is not there.")],
    rubric: Annotated[
        str, typer.Option(metavar="RUBRIC", help="A .toml file, or a ready one: lecture, core, full.")
    ] = "lecture",
    requirement: Annotated[
        str, typer.Option(metavar="REQ", help="What pip installs there, or a wheel. Default: this version, with torch.")
    ] = "",
    min_tier: Annotated[
        str,
        typer.Option(metavar="TIER", help="Run nothing in less of a jail; containers seldom allow more than limits."),
    ] = "limits",
    seed: Annotated[
        str, typer.Option(metavar="N", help="Draws the inputs; secret. Default: that in DIR/SEED, or drawn.")
    ] = "",
) -> None:
    """Write the autograder of an assignment on Gradescope: setup.sh, run_autograder, the rubric and the seed.

    `gradspec gradescope autograder --rubric homework.toml`, then zip what is in the directory and upload it.
    """
    from gradspec.grading.gradescope import write_autograder

    for path in write_autograder(directory, rubric, requirement, min_tier, seed):
        print(f"wrote {path}")


DOCTOR_EXIT_CODES = "Exit codes: 0 the best tier that works here holds, 1 it was broken out of, 3 no tier works."


@commands.command(epilog=DOCTOR_EXIT_CODES)
def doctor(
    tier: Annotated[
        list[str] | None, typer.Option(metavar="TIER", help="Only limits, bubblewrap or namespaces; may be repeated.")
    ] = None,
) -> None:
    """Test the jail by trying to break out of it, tier by tier, and say what a machine forbids and what to do.

    `gradspec doctor` takes about a minute; `gradspec doctor --tier namespaces` looks at one tier alone.
    """
    from rich.console import Console

    from gradspec.errors import CONFORMS, DIFFERS, HarnessError
    from gradspec.jail.cell import Tier
    from gradspec.jail.doctor import examine
    from gradspec.report.doctor import print_examination

    asked = {Tier.named(each) for each in tier} if tier else set(Tier)
    examined = [examine(each) for each in sorted(asked, reverse=True)]
    print_examination(examined, Console(highlight=False, soft_wrap=True))
    working = [each for each in examined if not each.problem]
    if not working:
        raise typer.Exit(HarnessError.exit_code)
    raise typer.Exit(CONFORMS if working[0].holds else DIFFERS)
