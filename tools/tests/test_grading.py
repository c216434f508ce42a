"""The run of a grading and its journal: nothing is lost, nothing is asked twice, and nobody pays for another."""

import contextlib
import csv
import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections import Counter
from pathlib import Path

import pytest

from gradspec.errors import UsageError
from gradspec.grading.journal import FILE, LOCK, Journal
from gradspec.grading.messages import Ended
from gradspec.grading.model import Submission, Verdict
from gradspec.grading.run import run_grading
from gradspec.report.grading.books import write_books
from gradspec.report.grading.pages import Pages

HERE = Path(__file__).parent
TOOLS = HERE.parent
QUESTIONS = 12  # of the made-up exam
BOOKS = ("gradebook.csv", "junit.xml", "index.html", "changes.csv", "SEED")


@pytest.fixture(autouse=True)
def made_up(monkeypatch):
    """What stands beside this file can be imported, here and in the processes that a grader starts."""
    monkeypatch.syspath_prepend(str(HERE))


@pytest.fixture
def grade_folder(made_up):
    from made_up_grader import grade_folder

    return grade_folder


@pytest.fixture
def handed_in(tmp_path):
    """Hand in a submission that behaves as its text says; gives the folder."""
    folder = tmp_path / "handed in"
    folder.mkdir()

    def hand_in(**texts):
        for name, text in texts.items():
            (folder / name).write_text(text)
        return folder

    return hand_in


def books(out):
    """Every book, by name, as bytes."""
    files = [path for path in out.rglob("*") if path.is_file() and not path.name.startswith((FILE, LOCK))]
    return {str(path.relative_to(out)): path.read_bytes() for path in files}


def gradebook(out):
    with open(out / "gradebook.csv", newline="") as file:
        return {line["name"]: line for line in csv.DictReader(file)}


def asked(tmp_path):
    log = tmp_path / "asked.log"
    return log.read_text().splitlines() if log.exists() else []


def test_each_behaviour_has_its_grade_and_nobody_pays_for_another(grade_folder, handed_in, tmp_path):
    folder = handed_in(
        ann="right", bob="half", cy="wrong", dan="refused", eve="kills", flo="infrastructure", gus="fails", hal="right"
    )
    graded, written = grade_folder(folder, tmp_path / "out")
    found = gradebook(tmp_path / "out")
    totals = {name: line["total"] for name, line in found.items()}
    assert totals == {
        "ann": "16.00", "bob": "7.50", "cy": "0.00", "dan": "0.00", "eve": "", "flo": "", "gus": "", "hal": "16.00"
    }  # fmt: skip
    assert graded.ungraded == ("eve", "flo", "gus")
    assert graded.exit_code == 3
    assert (written.grades, written.ungraded) == (8, 3)
    assert {found[name]["status"] for name in ("eve", "flo", "gus")} == {"not graded yet"}
    assert found["dan"]["flags"] == "refused; import denied"
    reasons = (tmp_path / "out" / "junit.xml").read_text()
    assert "killed by SIGKILL" not in reasons  # a teacher reads why in the journal, not as the student's failure
    with Journal(tmp_path / "out") as journal:
        (eve,) = [each for each in journal.enrolled() if each.submission.name == "eve"]
        told = {each.reason for each in journal.sitting(eve, graded.kept).verdicts if each.outcome == "infrastructure"}
    assert told == {"its process was lost 3 times, at last: killed by SIGKILL"}


def test_a_process_that_does_not_even_start_is_waited_for_by_nobody(made_up, handed_in, tmp_path, monkeypatch):
    """However much there is to tell it: it died before it could listen."""
    from made_up_grader import plan_for
    from made_up_sitting import made_up_exam, made_up_rubric

    from gradspec.grading import supervisor
    from gradspec.grading.messages import Lost, Setting, Task

    monkeypatch.setattr(supervisor, "serve", os._exit)  # takes one argument, and is called with two
    (ann,) = plan_for(handed_in(ann="right"), tmp_path / "out").submissions
    rubric = made_up_rubric()
    setting = Setting("made_up_sitting:MadeUp", rubric, made_up_exam(rubric, "7" * 300_000), "limits")
    started = supervisor.Supervisor(1)
    messages = [each for each in started.run(setting, [Task(0, ann, (0, 1))]) if each is not None]
    started.close()
    assert [type(each) for each in messages] == [Lost]
    assert messages[0].reason == "its process was lost 3 times, at last: exit code 1"


def test_what_blames_nobody_is_tried_again(grade_folder, handed_in, tmp_path):
    folder = handed_in(ann=f"once {tmp_path / 'tried'}")
    graded, _ = grade_folder(folder, tmp_path / "out", jobs=1)
    assert graded.exit_code == 0
    assert gradebook(tmp_path / "out")["ann"]["total"] == "16.00"
    assert set(Counter(asked(tmp_path)).values()) == {2}  # with whatever shared the process


def test_grading_twice_gives_the_same_books_byte_for_byte(grade_folder, handed_in, tmp_path):
    folder = handed_in(ann="right", bob="half", cy="wrong\nsaid", dan="refused")
    grade_folder(folder, tmp_path / "one", jobs=1)
    grade_folder(folder, tmp_path / "two", jobs=2)
    assert books(tmp_path / "one") == books(tmp_path / "two")


def test_pages_are_there_while_others_sit_and_are_what_they_would_be_in_the_end(made_up, handed_in, tmp_path):
    from made_up_grader import plan_for

    plan = plan_for(handed_in(ann="right", bob="half", zoe="slow 0.5"), tmp_path / "out", jobs=1)
    early = {}

    def listen(progress):
        found = books(plan.out)
        if "zoe" in progress.running.values() and "students/ann/feedback.html" in found:
            early.update(found)

    with Journal(plan.out) as journal:
        with Pages(journal, plan.out) as pages:
            graded = run_grading(plan, journal, listen, pages.ended)
            pages.settle()
            assert len(pages.written) == 3
        (plan.out / "students" / "zoe" / "results.json").unlink()
        write_books(journal, graded.kept, plan.out)
    found = books(plan.out)
    assert early.items() <= found.items()
    assert "students/ann/results.json" in early
    assert "students/zoe/results.json" in found


def test_pages_that_cannot_be_written_cost_no_sitting_and_are_told_in_the_end(made_up, handed_in, tmp_path):
    from made_up_grader import plan_for

    plan = plan_for(handed_in(ann="right"), tmp_path / "out", jobs=1)
    with Journal(plan.out) as journal, Pages(journal, plan.out) as pages:
        (plan.out / "students").write_text("in the way")
        graded = run_grading(plan, journal, done=pages.ended)
        assert graded.exit_code == 0
        with pytest.raises(UsageError, match="students"):
            write_books(journal, graded.kept, plan.out, pages)


def test_a_grading_that_is_done_asks_nothing_again(grade_folder, handed_in, tmp_path):
    folder = handed_in(ann="right", bob="half", dan="refused")
    grade_folder(folder, tmp_path / "out")
    before = books(tmp_path / "out")
    graded, _ = grade_folder(folder, tmp_path / "out")
    assert graded.progress.resumed == 3
    assert len(asked(tmp_path)) == 2 * QUESTIONS
    assert books(tmp_path / "out") == before


def killed_again_and_again(folder, out, drawn, most):
    """Run the grader, killed at one moment after the other, until it comes to its end: how often it was killed."""
    kills = 0
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(TOOLS), str(HERE)])}
    while True:
        moment = drawn.randrange(1, 60) if kills < most else 0
        command = [sys.executable, str(HERE / "made_up_grader.py"), str(folder), str(out), str(moment)]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        if done.returncode == 0:
            return kills
        assert done.returncode == -signal.SIGKILL, done.stderr
        kills += 1


def test_killed_again_and_again_the_books_are_those_of_an_undisturbed_run(grade_folder, handed_in, tmp_path):
    drawn = random.Random(5)
    behaviours = ["right", "half", "wrong", "refused"]
    folder = handed_in(**{f"s{number:02}": behaviours[number % 4] for number in range(12)})
    grade_folder(folder, tmp_path / "undisturbed")
    once = len(asked(tmp_path))
    kills = killed_again_and_again(folder, tmp_path / "killed", drawn, most=8)
    assert kills >= 4
    assert books(tmp_path / "killed") == books(tmp_path / "undisturbed")
    again = len(asked(tmp_path)) - 2 * once
    assert again <= kills * 2 * QUESTIONS  # what was in flight: at most a submission for each of the two processes


@pytest.mark.parametrize("moment", range(1, 8))
def test_killed_while_it_begins_it_begins_again(grade_folder, handed_in, tmp_path, moment):
    folder = handed_in(ann="half")
    grade_folder(folder, tmp_path / "undisturbed")
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(TOOLS), str(HERE)])}
    command = [sys.executable, str(HERE / "made_up_grader.py"), str(folder), str(tmp_path / "out"), str(moment)]
    assert subprocess.run(command, env=environment, check=False).returncode == -signal.SIGKILL
    grade_folder(folder, tmp_path / "out")
    assert books(tmp_path / "out") == books(tmp_path / "undisturbed")


def test_an_interrupt_keeps_what_is_done(grade_folder, handed_in, tmp_path):
    folder = handed_in(**{f"s{number:02}": "right" for number in range(6)})

    interrupts = iter([KeyboardInterrupt])

    def interrupt(progress):
        if progress.done == 2:
            for each in interrupts:
                raise each

    graded, _ = grade_folder(folder, tmp_path / "out", interrupt, jobs=1)
    assert graded.exit_code == 130
    assert graded.interrupted
    assert len(graded.ungraded) == 4
    graded, _ = grade_folder(folder, tmp_path / "out")
    assert graded.exit_code == 0
    assert graded.progress.resumed == 2


def test_a_new_rubric_asks_nothing_that_was_asked_and_says_whose_grade_changed(grade_folder, handed_in, tmp_path):
    folder = handed_in(ann="right", bob="half", cy="wrong")
    grade_folder(folder, tmp_path / "out")
    _, written = grade_folder(folder, tmp_path / "out", points=20.0)
    assert len(asked(tmp_path)) == 3 * QUESTIONS
    assert {each.name: (each.before, each.after) for each in written.regraded} == {
        "ann": ("16", "26"), "bob": ("7.50", "12.50"), "cy": ("0", "0")
    }  # fmt: skip
    with open(tmp_path / "out" / "changes.csv", newline="") as file:
        lines = {line["name"]: line for line in csv.DictReader(file)}
    assert lines["bob"]["item"] == "first"
    assert (lines["bob"]["before"], lines["bob"]["now"]) == ("5 of 10", "10 of 20")
    assert lines["bob"]["why"] == "it is worth 20 points, not 10"
    assert not written.regraded[2].moved
    _, written = grade_folder(folder, tmp_path / "out", points=20.0)
    assert len(written.regraded) == 3  # the same regrade, told once more: nothing has happened since


def test_another_version_that_is_handed_in_is_graded_anew(grade_folder, handed_in, tmp_path):
    folder = handed_in(ann="half", bob="right")
    grade_folder(folder, tmp_path / "out")
    handed_in(ann="right")
    graded, _ = grade_folder(folder, tmp_path / "out")
    assert graded.progress.resumed == 1
    assert len(asked(tmp_path)) == 3 * QUESTIONS
    assert gradebook(tmp_path / "out")["ann"]["total"] == "16.00"


def test_a_directory_with_a_journal_asks_for_resume(grade_folder, handed_in, tmp_path):
    folder = handed_in(ann="right")
    grade_folder(folder, tmp_path / "out", resume=False)
    with pytest.raises(UsageError, match=r"add `--resume`") as raised:
        grade_folder(folder, tmp_path / "out", resume=False)
    assert raised.value.exit_code == 2


def test_a_seed_is_drawn_once_and_another_is_refused(grade_folder, handed_in, tmp_path):
    folder = handed_in(ann="right")
    graded, _ = grade_folder(folder, tmp_path / "out", seed="")
    drawn = (tmp_path / "out" / "SEED").read_text().strip()
    assert graded.kept.exam.seed == drawn
    assert (tmp_path / "out" / "SEED").stat().st_mode & 0o077 == 0
    again, _ = grade_folder(folder, tmp_path / "out", seed="")
    assert again.kept.exam.seed == drawn
    with pytest.raises(UsageError, match="another seed"):
        grade_folder(folder, tmp_path / "out", seed=f"{drawn}1")
    other, _ = grade_folder(folder, tmp_path / "other", seed="")
    assert other.kept.exam.seed != drawn


def test_a_second_grader_is_told_of_the_first(tmp_path):
    with Journal(tmp_path), pytest.raises(UsageError, match=f"Another grader is at work .* process {os.getpid()}"):
        Journal(tmp_path)
    Journal(tmp_path).close()


def test_the_lock_of_a_grader_that_was_killed_is_free(tmp_path):
    code = (
        "import os, pathlib, gradspec.grading.journal as each; "
        f"journal = each.Journal(pathlib.Path({str(tmp_path)!r})); os.kill(os.getpid(), 9)"
    )
    done = subprocess.run([sys.executable, "-c", code], env={**os.environ, "PYTHONPATH": str(TOOLS)}, check=False)
    assert done.returncode == -signal.SIGKILL
    assert (tmp_path / LOCK).read_text().strip().isdigit()
    Journal(tmp_path).close()


def test_a_verdict_is_durable_once_it_is_committed(made_up, tmp_path):
    """Another connection sees what a process that closes nothing has committed, and nothing else."""
    from made_up_sitting import made_up_exam, made_up_rubric

    rubric = made_up_rubric()
    journal = Journal(tmp_path)
    kept = journal.keep_exam(rubric, made_up_exam(rubric, "1"))
    (ann,) = journal.enrol([Submission("ann", "/ann", "0")])
    question = kept.exam.questions[0]
    journal.add_verdict(ann, kept.keys[0], "limits", Verdict(question.id, question.item, "pass"))
    with contextlib.closing(sqlite3.connect(tmp_path / FILE)) as other:
        assert other.execute("SELECT count(*) FROM verdicts").fetchone() == (0,)
        assert journal.waiting
        journal.commit()
        assert other.execute("SELECT count(*) FROM verdicts").fetchone() == (1,)
    assert journal.unanswered(ann, kept) == tuple(range(1, QUESTIONS))
    assert not journal.ended(ann, kept)
    journal.end(ann, kept, Ended(0, "limits"))
    assert journal.ended(ann, kept)
    journal.close()


def test_a_file_that_is_no_journal_is_refused(tmp_path):
    (tmp_path / FILE).write_text("not a database, and long enough to be looked at" * 40)
    with pytest.raises(UsageError, match="is not a journal"):
        Journal(tmp_path)


def test_a_journal_of_another_schema_is_refused(tmp_path):
    Journal(tmp_path).close()
    with contextlib.closing(sqlite3.connect(tmp_path / FILE)) as database:
        database.execute("PRAGMA user_version = 99")
    with pytest.raises(UsageError, match="schema 99"):
        Journal(tmp_path)


def test_results_are_what_gradescope_wants(grade_folder, handed_in, tmp_path):
    folder = handed_in(ann="right", bob="half", eve="infrastructure")
    grade_folder(folder, tmp_path / "out")
    students = tmp_path / "out" / "students"
    bob = json.loads((students / "bob" / "results.json").read_text())
    assert bob["score"] == 7.5
    assert (bob["visibility"], bob["stdout_visibility"]) == ("visible", "hidden")
    assert bob["extra_data"]["tier"] == "made up"
    tests = {each["tags"][0]: each for each in bob["tests"]}
    assert [tests[each]["visibility"] for each in ("first", "secret", "last")] == ["visible", "hidden", "visible"]
    assert (tests["first"]["score"], tests["first"]["max_score"]) == (5.0, 10.0)
    assert tests["first"]["status"] == "failed"
    assert "Think of" in tests["secret"]["output"]
    ann = json.loads((students / "ann" / "results.json").read_text())
    assert {each["status"] for each in ann["tests"]} == {"passed"}
    eve = json.loads((students / "eve" / "results.json").read_text())
    assert "score" not in eve
    assert all("score" not in each and "status" not in each for each in eve["tests"])


def test_no_book_of_a_student_shows_an_input_or_an_answer_of_a_hidden_item(grade_folder, handed_in, tmp_path):
    folder = handed_in(cy="wrong\nsaid")
    grade_folder(folder, tmp_path / "out")
    for name in ("results.json", "feedback.html"):
        text = (tmp_path / "out" / "students" / "cy" / name).read_text()
        assert "first.question_0" in text
        assert "secret.question_0" not in text
        assert "SECRETINPUT" not in text
        if name == "results.json":
            (secret,) = (each for each in json.loads(text)["tests"] if each["visibility"] == "hidden")
            assert "said" not in secret["output"]
            assert "0 of 4 passed (4 wrong gradient)" in secret["output"]


def test_visible_and_hidden_are_never_one_sum_of_passes(grade_folder, handed_in, tmp_path):
    folder = handed_in(ann="right")
    grade_folder(folder, tmp_path / "out")
    text = (tmp_path / "out" / "students" / "ann" / "feedback.html").read_text()
    assert "Visible items: 11 of 11 points; 2 of 2 in full." in text
    assert "Hidden items: 5 of 5 points; 1 of 1 in full." in text
    assert "all passed" not in text.lower()
    assert "3 of 3" not in text


NASTY = ["=1+1", "+1", "-1", "@SUM(A1)", "|calc", 'a,b"c', "<b>bold", "]]>", "esc\x1b[31m", "\u202eright"]  # fmt: skip


def test_names_are_harmless_in_every_book(grade_folder, handed_in, tmp_path):
    folder = handed_in(**dict.fromkeys(NASTY, "wrong\n]]></failure><evil/>\x00\ud7ff\uffff"))
    grade_folder(folder, tmp_path / "out")
    with open(tmp_path / "out" / "gradebook.csv", newline="") as file:
        cells = [cell for line in csv.reader(file) for cell in line]
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "|", "\t"))]
    assert "'=1+1" in cells
    suites = ET.parse(tmp_path / "out" / "junit.xml").getroot()
    assert len(suites) == len(NASTY)
    assert not [*suites.iter("evil")]
    names = {each.get("name") for each in suites}
    assert {"=1+1", "<b>bold", "]]>", "esc\\u001b[31m", "\\u202eright"} <= names
    index = (tmp_path / "out" / "index.html").read_text()
    assert "<b>bold" not in index
    assert "&lt;b&gt;bold" in index
    assert len([*(tmp_path / "out" / "students").iterdir()]) == len(NASTY)
