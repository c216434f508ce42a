"""A grader with a made-up exam, as a process that a test kills: `FOLDER OUT MOMENT [POINTS of the first item]`.

MOMENT counts writes to the journal and files put in place: at that one it is killed with -9; 0 lets it live.
"""

import hashlib
import os
import signal
import sys
from pathlib import Path

import msgspec
from made_up_sitting import made_up_exam, made_up_rubric

from gradspec.grading.journal import Journal
from gradspec.grading.model import Submission
from gradspec.grading.run import Plan, open_journal, run_grading
from gradspec.report.grading.books import write_books
from gradspec.report.grading.pages import Pages


def plan_for(folder, out, points=10.0, jobs=2, cluster="", seed="7", **changes):
    rubric = changes.pop("rubric", None) or made_up_rubric(first=points)
    digest = hashlib.sha256(msgspec.json.encode(rubric)).hexdigest()
    paths = sorted(Path(folder).iterdir())
    found = [Submission(each.name, str(each), hashlib.sha256(each.read_bytes()).hexdigest()) for each in paths]

    def make_exam(seed):
        return msgspec.structs.replace(made_up_exam(rubric, seed), rubric=digest)

    settings = {"jobs": jobs, "cluster": cluster, "seed": seed, "invigilator": "made_up_sitting:MadeUp", **changes}
    return Plan(found, rubric, digest, Path(out), "suite 1", make_exam, **settings)


def grade_folder(folder, out, listen=lambda progress: None, resume=True, **settings):
    """What came of the run, and of its books."""
    plan = plan_for(folder, out, **settings)
    with open_journal(plan.out, resume) as journal, Pages(journal, plan.out) as pages:
        graded = run_grading(plan, journal, listen, pages.ended)
        return graded, write_books(journal, graded.kept, plan.out, pages)


def die_at(moment):
    """Have this process killed at the `moment`-th write."""
    left = moment

    def counted(function):
        def call(*args):
            nonlocal left
            left -= 1
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            return function(*args)

        return call

    Journal._write = counted(Journal._write)
    Path.replace = counted(Path.replace)


if __name__ == "__main__":
    die_at(int(sys.argv[3]))
    grade_folder(sys.argv[1], sys.argv[2], points=float(sys.argv[4]) if len(sys.argv) > 4 else 10.0)
