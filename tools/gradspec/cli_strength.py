"""The commands that look at the suite itself: how strong it is."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gradspec.scenario import PROFILES

commands = typer.Typer()
STRENGTH_EXIT_CODES = (
    "Exit codes: 0 every fault is rejected where it should be; 1 some is not; 2 wrong usage; 3 some cannot be made."
)


@commands.command(epilog=STRENGTH_EXIT_CODES)
def strength(
    fault: Annotated[str, typer.Option(metavar="GLOB", help="Only faults whose names match.")] = "*",
    profile: Annotated[str, typer.Option(help=f"Only its chapters: {', '.join(PROFILES)}.")] = "full",
    jobs: Annotated[int, typer.Option(min=1, metavar="N", help="Processes of this machine.")] = 1,
    everything: Annotated[
        bool, typer.Option("--all", help="Also run scenarios that enter nothing of what a fault changes.")
    ] = False,
    write: Annotated[Path | None, typer.Option(metavar="FILE.md", help="Write the report there.")] = None,
    svg: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the matrix of faults and chapters there.")
    ] = None,
    json: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write every rejection there, and which scenarios are needed.")
    ] = None,
    fingerprints: Annotated[
        Path | None, typer.Option("--write-fingerprints", metavar="FILE", help="Write there what each scenario shows.")
    ] = None,
) -> None:
    """Run the suite on the fault bank: which scenarios reject which fault, and which faults survive.

    `gradspec strength --jobs 2 --write tools/bench/STRENGTH.md --svg tools/bench/STRENGTH.svg` makes what is kept.
    """
    import msgspec

    from gradspec.diagnosis.fingerprints import pack, write_fingerprints
    from gradspec.errors import CONFORMS, DIFFERS, HarnessError
    from gradspec.files import write_atomically
    from gradspec.report.fault_matrix import matrix
    from gradspec.report.strength import document, line, passes, summary
    from gradspec.strength.analysis import Strength, in_order
    from gradspec.strength.measuring import Plan, choose, items_of, run_strength

    plan = Plan(choose(fault), profile, jobs, everything)
    struck = []
    for each in run_strength(plan):
        struck.append(each)
        print(line(each), flush=True)
    found = Strength(items_of(profile), in_order(struck, plan.faults))
    print(summary(found, plan))
    if write is not None:
        write_atomically(write, document(found, plan, svg))
    if svg is not None:
        write_atomically(svg, matrix(found))
    if json is not None:
        scenarios = {"needed": found.cover, "redundant": found.redundant, "idle": found.idle}
        listed = msgspec.json.encode({"faults": found.struck, "scenarios": scenarios})
        write_atomically(json, msgspec.json.format(listed, indent=1).decode() + "\n")
    if fingerprints is not None:
        made = {each.fault: each.fingerprint for each in found.struck if not each.problem}
        write_fingerprints(fingerprints, pack(made, [item.id for item in found.items]))
    for path in (write, svg, json, fingerprints):
        if path is not None:
            print(f"wrote {path}")
    if found.problems:
        raise typer.Exit(HarnessError.exit_code)
    raise typer.Exit(CONFORMS if passes(found, plan) else DIFFERS)


DIAGNOSIS_EXIT_CODES = (
    "Exit codes: 0 told, or every goal is reached; 1 some goal is not; 2 wrong usage; 3 the harness itself failed."
)


@commands.command(epilog=DIAGNOSIS_EXIT_CODES)
def diagnose(
    record: Annotated[
        Path | None, typer.Argument(metavar="RECORD", help="What `gradspec check IMPL --json RECORD` wrote.")
    ] = None,
    measure: Annotated[bool, typer.Option("--measure", help="How often is it right, of variants of the bank?")] = False,
    jobs: Annotated[int, typer.Option(min=1, metavar="N", help="Processes of this machine.")] = 1,
    write: Annotated[Path | None, typer.Option(metavar="FILE.md", help="Write the measurement there.")] = None,
) -> None:
    """Say what an implementation most likely gets wrong, by what failed; or measure how often that is right.

    `gradspec check student.py --json record.jsonl` says it at its end, and `gradspec diagnose record.jsonl` again.
    """
    from gradspec.errors import CONFORMS, DIFFERS, UsageError

    if measure == (record is not None) or (write is not None and not measure):
        raise UsageError("Name a RECORD, or say `--measure`, which alone may `--write`.")
    if record is not None:
        from rich.console import Console

        from gradspec.diagnosis.diagnosing import diagnose
        from gradspec.report.jsonl import read_record
        from gradspec.report.text import suspected

        read = read_record(record)
        unknown = [each for each in read.results if each.expected is None]  # what is not known to fail
        lines = list(suspected(diagnose(unknown, read.header.implementation)))
        console = Console(highlight=False)
        for each in lines:
            console.print(each)
        if not lines:
            console.print("There is no telling what is wrong.")
        return
    from gradspec.diagnosis.measuring import known_faults, leave_out, pairs, run_trials
    from gradspec.faults import variants
    from gradspec.files import write_atomically
    from gradspec.report import diagnosis as report

    names = (*variants(), *pairs())
    trials = []
    for trial in run_trials(names, jobs):
        trials.append(trial)
        print(report.line(trial), flush=True)
    trials.sort(key=lambda each: names.index(each.name))
    left = leave_out(known_faults())
    print(report.summary(trials, left))
    if write is not None:
        write_atomically(write, report.document(trials, left))
        print(f"wrote {write}")
    raise typer.Exit(CONFORMS if report.reached(trials) else DIFFERS)
