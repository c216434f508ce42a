"""Mutation testing of refgrad by the conformance suite alone: `python tools/bench/mutation.py --sample 3000 --seed S`.

A mutant is refgrad with one small change, made by one of cosmic-ray's operators (`pip install 'gradspec[mutation]'`). It is
killed if a scenario does not pass on it; asked are those that execute what is changed. What becomes known is written down
at once, below --cache: `--resume` goes on from there. refgrad is copied first, and may be changed during the run.
"""

from __future__ import annotations

import argparse
import importlib.util
import secrets
import sys
from fnmatch import fnmatchcase
from pathlib import Path

import msgspec

from gradspec.errors import CONFORMS, GradspecError, UsageError
from gradspec.faults.loading import package_root
from gradspec.suite import find_suite

HERE = Path(__file__).parent
TRIAGE = HERE / "mutation_triage.toml"


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    what = made.add_mutually_exclusive_group()
    what.add_argument(
        "--sample", type=int, default=3000, metavar="N", help="judge N mutants, drawn by file (default 3000)"
    )
    what.add_argument("--all", action="store_true", help="judge all mutants")
    made.add_argument(
        "--files",
        nargs="+",
        metavar="PATTERN",
        help="only mutants of these files of refgrad: 'derivatives/*' 'views.py'",
    )
    made.add_argument("--seed", default="", help="of the sample; by default a fresh one, which is printed")
    made.add_argument("--jobs", type=int, default=1, metavar="J", help="processes (default 1)")
    made.add_argument(
        "--resume", action="store_true", help="keep what earlier runs have found of this refgrad and suite"
    )
    made.add_argument("--write", type=Path, metavar="FILE.md", help="write the report")
    made.add_argument(
        "--survivors", type=Path, metavar="FILE", help="write the survivors that are not triaged, a line each"
    )
    made.add_argument(
        "--cache", type=Path, metavar="FOLDER", help="where to keep what is known (default ~/.cache/gradspec/mutation)"
    )
    return made


def main() -> None:
    given = parser().parse_args()
    try:
        raise SystemExit(mutate(given))
    except GradspecError as error:
        print(f"mutation.py: {error}", file=sys.stderr)
        raise SystemExit(error.exit_code) from None
    except KeyboardInterrupt:
        print("\nmutation.py: interrupted; --resume goes on from here", file=sys.stderr)
        raise SystemExit(130) from None


def mutate(given: argparse.Namespace) -> int:
    if importlib.util.find_spec("cosmic_ray") is None:
        raise UsageError(
            "Mutants are made by cosmic-ray, which is not installed: `pip install 'gradspec[mutation]'` brings it."
        )
    if given.sample < 1 or given.jobs < 1:
        raise UsageError("A sample has one mutant at least, and is judged by one process at least.")
    from mutation_testing import journal, judging, reporting, running

    seed = given.seed or secrets.token_hex(4)
    room = journal.open_room(given.cache or journal.DEFAULT, package_root(), find_suite())
    if not given.resume:
        room.verdicts.unlink(missing_ok=True)
    print(f"refgrad {room.package}, suite {room.suite}, {'all' if given.all else f'seed {seed}'}", flush=True)
    making = running.made(room)
    if given.files:
        of_these = [each for each in making.mutants if any(fnmatchcase(each.file, one) for one in given.files)]
        if not of_these:
            raise UsageError(f"No file of refgrad that has mutants is called {' or '.join(given.files)}.")
        making = msgspec.structs.replace(making, mutants=of_these)
        seed += "".join(f" {each}" for each in given.files).replace("/", ".")
    chosen = running.choose(room, making, None if given.all else given.sample, seed)
    progress, done, killed = running.Progress("mutants", len(chosen.mutants)), 0, 0
    wanted = {each.key for each in chosen.mutants}

    def listen(verdict: judging.Verdict) -> None:
        nonlocal done, killed
        done, killed = done + 1, killed + verdict.killed
        progress(done, f", {killed / done:.1%} killed")

    for each in journal.read_verdicts(room.verdicts):
        if each.mutant.key in wanted:
            listen(each)
    running.run(room, chosen.mutants, given.jobs, listen)
    verdicts = [each for each in journal.read_verdicts(room.verdicts) if each.mutant.key in wanted]
    items = len(running.items(find_suite()))
    report = reporting.Report(room, making, chosen, verdicts, reporting.read_triage(TRIAGE), items)
    print(report.summary())
    if given.survivors:
        given.survivors.write_text("".join(map(reporting.line, report.open)))
    if given.write:
        given.write.write_text(
            report.document(
                f"python tools/bench/mutation.py {'--all' if given.all else f'--sample {given.sample} --seed {seed}'}"
            )
        )
    return CONFORMS


if __name__ == "__main__":
    main()
