"""The `gradspec` command: each subcommand reads its arguments, calls one function and prints what it gives."""

from __future__ import annotations

import atexit
import errno
import gc
import io
import os
import sys
import traceback
from pathlib import Path
from typing import Annotated

import typer

from gradspec import cli_adapters, cli_check, cli_drawing, cli_grading, cli_pages, cli_strength
from gradspec.cli_arguments import EXIT_CODES, Chapters, Implementation, Keyword, Profile, SuiteRoot, suite_at
from gradspec.errors import CONFORMS, DIFFERS, GradspecError, HarnessError, UsageError
from gradspec.scenario import ScenarioError

BROKEN_PIPE = 141  # as a shell says of what SIGPIPE has ended
YOUNG = 50_000  # objects after which the collector looks for cycles: goldens and results are many, and stay
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EIO)

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help=f"Hold an implementation of autograd to what PyTorch does. {EXIT_CODES}",
)

app.add_typer(cli_check.commands)
app.add_typer(cli_adapters.commands)
app.add_typer(cli_grading.commands)
app.add_typer(cli_pages.commands)
app.add_typer(cli_strength.commands)
app.add_typer(cli_drawing.commands)


def main() -> None:
    """The command's entry point: every failure that is foreseen becomes a sentence and an exit code."""
    gc.set_threshold(YOUNG)
    atexit.register(gc.freeze)  # to look for cycles in all there is takes longer than to print a report
    closed = [each for each in ("stdout", "stderr") if getattr(sys, each) is None]
    for each in closed:
        setattr(sys, each, open(os.devnull, "w"))  # noqa: SIM115 (for as long as there is anything to say)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a terminal that has no ³ is no reason to fail
    try:
        app()
    except GradspecError as error:
        sys.exit(_complain(str(error), error.exit_code))
    except ScenarioError as error:
        sys.exit(_complain(str(error), HarnessError.exit_code))
    except KeyboardInterrupt:
        sys.exit(_complain("Interrupted.", 130))
    except SystemExit as end:
        if isinstance(end.__context__, BrokenPipeError):  # whoever read has gone, which is no verdict
            sys.exit(BROKEN_PIPE)
        raise
    except Exception as error:  # noqa: BLE001 (a fault of our own: not to be taken for a verdict)
        if isinstance(error, OSError) and error.errno in FULL:
            sys.exit(_complain(f"What is printed cannot be written: {error.strerror}.", UsageError.exit_code))
        traceback.print_exception(error)
        sys.exit(HarnessError.exit_code)


def _complain(sentence: str, exit_code: int) -> int:
    from gradspec.report.terminal import say

    say(f"gradspec: {sentence}", file=sys.stderr)
    return exit_code


@app.command(epilog=EXIT_CODES)
def fuzz(
    implementation: Implementation,
    against: Annotated[str, typer.Option(metavar="IMPL", help="What says what is right.")] = "torch",
    programs: Annotated[int | None, typer.Option(min=1, metavar="N", help="Stop after N programs.")] = None,
    minutes: Annotated[float | None, typer.Option(min=0.01, metavar="M", help="Stop after M minutes.")] = None,
    seed: Annotated[str, typer.Option(metavar="N|random", help="The same seed draws the same programs.")] = "0",
    corpus: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Keep findings there, replay them first, resume from there.")
    ] = None,
    jobs: Annotated[int, typer.Option(min=1, metavar="N", help="Processes of this machine.")] = 1,
    cluster: Annotated[str, typer.Option(metavar="ADDRESS", help="A dask scheduler that batches are handed to.")] = "",
    replay: Annotated[Path | None, typer.Option(metavar="FILE", help="Run the program in FILE alone.")] = None,
) -> None:
    """Look for random programs in which IMPL differs from PyTorch, and make each as short as it gets.

    `gradspec fuzz mylib --minutes 5 --jobs 2 --corpus fuzzing` fuzzes mylib on two cores; started again, it goes on.
    `gradspec fuzz mylib --replay fuzzing/programs/values_0123abcd.json` runs one program of its findings again.
    """
    from gradspec.fuzz.campaign import Plan, replay_file, run_campaign
    from gradspec.repeat import one_seed
    from gradspec.report.fuzzing import Display, print_outcome, print_replayed

    if replay is not None:
        finding = replay_file(implementation, against, replay)
        print_replayed(implementation, against, replay, finding)
        raise typer.Exit(DIFFERS if finding else CONFORMS)
    plan = Plan(implementation, against, programs, minutes, one_seed(seed), corpus, jobs, cluster)
    with Display() as display:
        outcome = run_campaign(plan, display)
    print_outcome(outcome)
    raise typer.Exit(outcome.exit_code)


@app.command(epilog=EXIT_CODES)
def promote(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A program that `gradspec fuzz --corpus` has kept.")],
    name: Annotated[str, typer.Argument(metavar="NAME", help="What the scenario is to be called.")],
    clause: Annotated[str, typer.Option(help="The sentence of the specification that it pins down.")],
    cites: Annotated[str, typer.Option(help="Where that is said.")] = "found by random programs",
    suite: SuiteRoot = None,
) -> None:
    """Make a program that random search has found a scenario of the suite, with its golden.

    `gradspec promote fuzzing/programs/values_0123abcd.json second_use_of_a_view --clause "A view ... "`
    """
    from gradspec.fuzz.promoting import promote

    for path in promote(file, name, clause, cites, suite_at(suite)):
        print(f"wrote {path}")


@app.command(epilog="Exit codes: 0 listed, or every fault was found; 1 some fault was not; 2 wrong usage.")
def faults(
    measure: Annotated[bool, typer.Option("--measure", help="Look for each with random programs.")] = False,
    programs: Annotated[int, typer.Option(min=1, metavar="N", help="Give up after N programs.")] = 2000,
    seed: Annotated[str, typer.Option(metavar="N|random", help="The same seed draws the same programs.")] = "0",
    jobs: Annotated[int, typer.Option(min=1, metavar="N", help="Processes of this machine.")] = 1,
    keyword: Annotated[str, typer.Option("-k", metavar="EXPR", help="Only names or misconceptions that match.")] = "",
    write: Annotated[Path | None, typer.Option(metavar="FILE", help="Write the table of a measurement there.")] = None,
) -> None:
    """List the fault bank, refgrad with one small thing wrong at a time; or measure how soon fuzzing finds each fault.

    `gradspec faults --measure --jobs 2 --write tools/bench/FAULTS.md` makes the table that is kept with the project.
    """
    from gradspec.faults import find
    from gradspec.fuzz.measuring import Plan, choose, run_measurement
    from gradspec.repeat import one_seed
    from gradspec.report import faults as report

    chosen = choose(keyword)
    if not measure:
        if write is not None:
            raise UsageError("`--write` keeps a measurement: say `--measure`, too.")
        return print(report.listing(map(find, chosen)))
    from gradspec.files import write_atomically

    plan = Plan(chosen, programs, one_seed(seed), jobs)
    measured = []
    for each in run_measurement(plan):
        measured.append(each)
        print(report.line(each, plan), report.script_of(each), sep="\n", flush=True)
    print(report.summary(measured, plan))
    if write is not None:
        write_atomically(write, report.table(measured, plan))
    raise typer.Exit(CONFORMS if all(each.finding for each in measured) else DIFFERS)


@app.command(epilog=EXIT_CODES)
def record(
    check: Annotated[bool, typer.Option("--check", help="Write nothing; say where goldens and torch differ.")] = False,
    chapter: Chapters = None,
    suite: SuiteRoot = None,
) -> None:
    """Write the goldens: what the installed PyTorch leaves behind, for every chapter and course script.

    `gradspec record --chapter accumulation` writes those of one chapter.
    `gradspec record --check` writes nothing, and fails where the goldens and PyTorch disagree.
    """
    from gradspec import recording
    from gradspec.oracle import LiveOracle
    from gradspec.selection import chapters_of

    house = suite_at(suite)
    chapters = chapters_of(house, chapter or ())
    oracle = LiveOracle()
    try:
        if not check:
            for path in recording.record(house, chapters, oracle):
                print(f"wrote {path}")
            for path in [] if chapter else recording.remove_orphans(house):
                print(f"removed {path}")
            return
        problems = [*recording.drift(house, chapters, oracle)]
    finally:
        oracle.close()
    problems += [] if chapter else [f"The golden {path} belongs to nothing." for path in recording.orphans(house)]
    print("\n\n".join(problems) or f"The goldens of {', '.join(chapters)} say what torch does.")
    raise typer.Exit(DIFFERS if problems else CONFORMS)


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def run(
    context: typer.Context,
    script: Annotated[Path, typer.Argument(metavar="SCRIPT.py", help="A script that says `import torch`.")],
    implementation: Annotated[str, typer.Option("--impl", metavar="IMPL", help="What it is to run on.")],
) -> None:
    """Run an unmodified script that says `import torch` on IMPL; whatever follows it are the script's own arguments.

    The exit code and the traceback are the script's.
    `gradspec run lecture.py --impl student.py` runs a lecture's example on a homework.
    """
    import os

    from gradspec.runner import worker_command

    if not script.is_file():
        raise UsageError(f"There is no script {script}.")
    command = worker_command("scripting", implementation, str(script), *context.args)
    os.execv(command[0], command)


@app.command()
def show(
    identifier: Annotated[str, typer.Argument(metavar="ID", help="Such as accumulation.second_backward_adds.")],
    suite: SuiteRoot = None,
) -> None:
    """Show a scenario: its clause and citation, what PyTorch does, and a script that can be pasted and run.

    `gradspec show accumulation.second_backward_adds` shows what a failed check names.
    """
    from gradspec.report.scenario import describe
    from gradspec.selection import find_item

    house = suite_at(suite)
    print(describe(house, find_item(house, identifier)))


@app.command()
def spec(
    profile: Profile = "full",
    chapter: Chapters = None,
    html: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write one page of HTML there, with programs and answers.")
    ] = None,
    suite: SuiteRoot = None,
) -> None:
    """Print the specification: its chapters, and their numbered clauses with citation, needs and id.

    `gradspec spec --html specification.html` writes it as one page, with programs and what PyTorch answers.
    """
    from gradspec.outline import outline, totals
    from gradspec.selection import Selection

    house = suite_at(suite)
    chapters = outline(house, Selection(profile, tuple(chapter or ())))
    if html is None:
        from gradspec.report.specification import specification

        return print(specification(chapters))
    from gradspec.files import write_atomically
    from gradspec.oracle import GoldenOracle
    from gradspec.report.page import page

    write_atomically(html, page(chapters, GoldenOracle(house)))
    return print(f"wrote {html}: {totals(chapters)}")


@app.command("list")
def list_items(
    profile: Profile = "full", chapter: Chapters = None, keyword: Keyword = "", suite: SuiteRoot = None
) -> None:
    """List the scenarios: id and clause, a line each.

    `gradspec list -k "hooks and not node"` lists those whose ids match.
    """
    from gradspec.report.terminal import say
    from gradspec.selection import Selection, select

    say(
        *(
            f"{each.id}: {each.clause}"
            for each in select(suite_at(suite), Selection(profile, tuple(chapter or ()), keyword))
        )
    )
