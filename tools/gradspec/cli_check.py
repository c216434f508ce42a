"""The commands that hold an implementation to the specification, and show what came of it."""

from __future__ import annotations

import sys
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from gradspec.cli_arguments import Chapters, Implementation, Keyword, Profile, SuiteRoot, suite_at
from gradspec.errors import UsageError
from gradspec.outputs import FORMS, STDOUT, Form, make_sure

CHECK_EXIT_CODES = (
    "Exit codes: 0 conforms; 1 does not, or an expected failure is out of date; 2 wrong usage, or too little ran; "
    "3 the harness itself failed. They are the same whatever is written."
)
commands = typer.Typer()
WRITTEN, CI = "What is written", "For CI"  # panels of the help


@commands.command(epilog=CHECK_EXIT_CODES)
def check(
    implementation: Implementation,
    oracle: Annotated[str, typer.Option(help="Where expected values come from: golden or live.")] = "golden",
    profile: Profile = "full",
    chapter: Chapters = None,
    keyword: Keyword = "",
    python: Annotated[
        str, typer.Option(metavar="PATH", help="The interpreter that runs IMPL; only NumPy is needed there.")
    ] = "",
    in_process: Annotated[bool, typer.Option("--in-process", help="Without a worker process, for debugging.")] = False,
    timeout: Annotated[float, typer.Option(min=0.1, help="Seconds for one scenario.")] = 10.0,
    jobs: Annotated[int, typer.Option(min=1, metavar="N", help="Worker processes, each with its share.")] = 2,
    repeat: Annotated[int, typer.Option(min=1, metavar="N", help="Run N times; does every verdict hold?")] = 1,
    shuffle: Annotated[
        str, typer.Option(metavar="SEED|random", help="In random order: that of SEED, of SEED + 1 in the next run, ...")
    ] = "",
    examples: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Samples of each operator, against live PyTorch.")
    ] = None,
    seed: Annotated[str, typer.Option(metavar="N|random", help="Draws other samples of the operators.")] = "",
    suite: SuiteRoot = None,
    xfails: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", rich_help_panel=CI, help="What is known to fail: id, reason and link of each, in TOML."
        ),
    ] = None,
    write_xfails: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", rich_help_panel=CI, help="Write that file after today's run; what it says already is kept."
        ),
    ] = None,
    xfail_link: Annotated[
        str, typer.Option(metavar="URL", rich_help_panel=CI, help="Where what is new in that file is tracked.")
    ] = "",
    min_scenarios: Annotated[
        int, typer.Option(min=1, metavar="N", rich_help_panel=CI, help="Fail where fewer have run.")
    ] = 1,
    json: Annotated[
        Path | None, typer.Option(metavar="FILE", rich_help_panel=WRITTEN, help="The record of the run, as JSON lines.")
    ] = None,
    junit: Annotated[Path | None, typer.Option(metavar="FILE", rich_help_panel=WRITTEN, help="JUnit XML.")] = None,
    markdown: Annotated[
        Path | None, typer.Option(metavar="FILE", rich_help_panel=WRITTEN, help="A summary in Markdown; - for stdout.")
    ] = None,
    badge: Annotated[
        Path | None, typer.Option(metavar="FILE", rich_help_panel=WRITTEN, help="A badge: .json for shields, or .svg.")
    ] = None,
    github: Annotated[
        bool, typer.Option("--github", rich_help_panel=WRITTEN, help="Also print annotations for GitHub Actions.")
    ] = False,
) -> None:
    """Run the specification on IMPL and show where it differs from PyTorch.

    `gradspec check mylib --write-xfails xfails.toml --xfail-link URL` writes down what fails today.

    `gradspec check mylib --xfails xfails.toml --junit junit.xml` then fails for whatever is new, and for what got better.

    `gradspec check mylib --python .venv/bin/python` runs mylib where it is installed, and gradspec need not be.

    `gradspec check mylib --chapter operators --oracle live --examples 50 --seed random` looks at each operator closely.
    """
    from gradspec.check import run_check
    from gradspec.expected_failures import check_link, known_until_now, read_expected_failures
    from gradspec.repeat import Repeated, one_seed, seeds
    from gradspec.report.progress import Listener
    from gradspec.runner import Limits
    from gradspec.selection import Selection

    if repeat > 1 and (json or junit or markdown or badge or github or write_xfails):
        raise UsageError("What is written is the record of one run: leave out `--repeat`.")
    if (examples or seed) and oracle != "live":
        raise UsageError("The goldens know one set of samples: `--examples` and `--seed` need `--oracle live`.")
    if xfail_link:
        check_link(xfail_link, write_xfails)
    expected = read_expected_failures(xfails, finished=xfails != write_xfails)
    named: dict[Form, Path | None] = {"junit": junit, "markdown": markdown, "badge": badge}
    wanted = [(form, path) for form, path in named.items() if path is not None]
    make_sure(wanted, json, write_xfails)
    said = sys.stderr if STDOUT in named.values() else sys.stdout  # the report for a person
    known = known_until_now(write_xfails, expected)
    house, selection = suite_at(suite), Selection(profile, tuple(chapter or ()), keyword)
    if examples or seed:
        drawn = str(one_seed(seed)) if seed else ""
        print(f"samples of operators: {examples or 'as many as ever'}, seed {drawn or 'as ever'}", file=said)
        house = replace(house, examples=examples, seed=drawn)
    records = []
    for order in seeds(shuffle, repeat):
        with Listener(json) as listener:
            record = run_check(
                implementation,
                suite=house,
                selection=selection,
                oracle=oracle,
                in_process=in_process,
                limits=Limits(scenario=timeout),
                shuffle=order,
                jobs=jobs,
                expected=expected,
                minimum=min_scenarios,
                python=python,
                listen=listener,
            )
        from gradspec.report.repeated import print_repeated, print_run  # not before the first worker is at work

        if github:
            from gradspec.report.github import unheard
        records.append(record)
        with unheard(said) if github else nullcontext():
            print_run(record, len(records), repeat, stderr=said is sys.stderr)
    repeated = Repeated(tuple(records))
    if repeat > 1:
        print_repeated(repeated)
    if wanted or github or write_xfails:
        from gradspec.report.formats import write_reports
        from gradspec.report.terminal import say
        from gradspec.report.xfails import write_expected_failures

        write_reports(record, wanted, annotate=github)
        if write_xfails is not None:
            written = write_expected_failures(write_xfails, record, known, house, xfail_link)
            say(written.summary(write_xfails), file=said)
    raise typer.Exit(repeated.exit_code)


@commands.command(epilog=CHECK_EXIT_CODES)
def report(
    record: Annotated[Path, typer.Argument(metavar="RECORD", help="What `gradspec check IMPL --json RECORD` wrote.")],
    form: Annotated[Form, typer.Option("--format", metavar="FORMAT", help=f"One of {', '.join(FORMS)}.")] = "text",
    out: Annotated[Path, typer.Option(metavar="FILE", help="Where it goes; - for standard output.")] = STDOUT,
) -> None:
    """Show what a run came to, from its record, in any format; the exit code is that of the run.

    `gradspec report record.jsonl --format markdown >> "$GITHUB_STEP_SUMMARY"`

    `gradspec report record.jsonl --format badge --out badge.svg`
    """
    from gradspec.report.formats import write_reports
    from gradspec.report.jsonl import read_record

    wanted = [(form, out)]
    make_sure(wanted)
    read = read_record(record)
    write_reports(read, wanted)
    raise typer.Exit(read.exit_code)
