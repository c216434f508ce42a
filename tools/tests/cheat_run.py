"""Lays the corpus of cheats out as a folder of submissions, and grades it: also as a script, for another user.

`python cheat_run.py FOLDER OUT EXAM INVIGILATOR` grades FOLDER by the rubric and the exam in the file EXAM.
"""

import contextlib
import os
import shutil
import socket
import sys
from pathlib import Path

import msgspec

from gradspec.grading.invigilator import Jailed
from gradspec.grading.journal import Journal
from gradspec.grading.model import Exam, Rubric
from gradspec.grading.rubric import digest_of
from gradspec.grading.run import Plan, open_journal, run_grading
from gradspec.grading.submissions import find_submissions
from gradspec.jail import Tier, Zygote
from gradspec.report.grading.books import write_books

HERE = Path(__file__).resolve().parent
PROJECT = HERE.parents[1]
CHEATS = HERE / "cheats"
OUTPUT = 1 << 18  # bytes that a submission may print, and of any file of its own
SEED = "86753094242421"
ENTRY, BASE = "student.py", "wrong.py"
HONEST = '"""Does nothing but what is right."""\n\nfrom wrong import *\n\nprize()\n'
CAUGHT = '"""Does nothing but what is wrong."""\n\nfrom wrong import *\n'
DISGUISE = bytes.maketrans(b"0123456789abcdefghijklmnopqrstuvwxyz", b"1234567890bcdefghijklmnopqrstuvwxyza")


class OnlyLimits(Jailed):
    """Sittings in a jail of a tier that need not be the best."""

    of = Tier.LIMITS

    def __init__(self, setting):
        self.tier = str(self.of)
        self.zygote = Zygote(self.of)
        self.zygote.start()


class OnlyBubblewrap(OnlyLimits):
    of = Tier.BUBBLEWRAP


class OnlyNamespaces(OnlyLimits):
    of = Tier.NAMESPACES


def names():
    return sorted(each.stem for each in CHEATS.glob("*.py") if each.name != BASE)


@contextlib.contextmanager
def listening():
    """Somebody on this machine who can be called; gives the port and the abstract name, and who has called in the end."""
    with socket.socket() as plain, socket.socket(socket.AF_UNIX) as abstract:
        plain.bind(("127.0.0.1", 0))
        name = f"cheats-{os.getpid()}"
        abstract.bind(f"\0{name}")
        for each in (plain, abstract):
            each.listen()
            each.setblocking(False)
        yield plain.getsockname()[1], name
        for each in (plain, abstract):
            with contextlib.suppress(BlockingIOError):
                each.accept()
                raise AssertionError("a cheat has called home")


def hand_in(folder, sources, **told):
    """Each cheat as a package of its own: the base, what it is told of its surroundings, and the trick."""
    for name, source in sources.items():
        place = folder / name
        place.mkdir(parents=True)
        (place / ENTRY).write_text(source)
        shutil.copy(CHEATS / BASE, place)
        (place / "told.py").write_text("".join(f"{key} = {value!r}\n" for key, value in told.items()))


def what_is_told(folder, out, left, port, abstract):
    """More than any submission has a way to know."""
    site = str(Path(msgspec.__file__).parents[1])
    return {
        "PROJECT": str(PROJECT), "SITE": site, "HANDED_IN": str(folder), "OUT": str(out), "LEFT": str(left),
        "GRADER": os.getpid(), "PORT": port, "ABSTRACT": abstract, "DISGUISE": DISGUISE, "OUTPUT": OUTPUT,
        "SEED_DISGUISED": SEED.encode().translate(DISGUISE),
        "OUT_DISGUISED": str(out).encode().translate(DISGUISE),
    }  # fmt: skip


def grade_again(folder, out, asked, invigilator, jobs=2):
    """Grade the folder by a rubric and an exam that there are; gives what came of it."""
    rubric, exam = asked
    plan = Plan(
        find_submissions(folder), rubric, digest_of(rubric), out, exam.suite, lambda seed: exam,
        oracle=exam.oracle, jobs=jobs, seed=SEED, invigilator=f"cheat_run:{invigilator}",
    )  # fmt: skip
    with open_journal(out, resume=False) as mine:
        graded = run_grading(plan, mine)
        write_books(mine, graded.kept, out)
    return graded


def verdicts(out):
    """What became of each submission: its tier, why it was refused, and the verdicts by question."""
    with Journal(out) as journal:
        sittings = list(journal.sittings(journal.kept(journal.runs()[-1])))
    return {each.submission.name: each for each in sittings}


def last_run(out):
    """The rubric and the exam of what was graded in `out`."""
    with Journal(out) as journal:
        return journal.kept(journal.runs()[-1])


if __name__ == "__main__":
    folder, out, exam = map(Path, sys.argv[1:4])
    asked = msgspec.json.decode(exam.read_bytes(), type=tuple[Rubric, Exam])
    raise SystemExit(grade_again(folder, out, asked, sys.argv[4]).exit_code)
