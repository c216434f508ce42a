"""`gradspec grade` as a teacher runs it: real submissions, in the jail that there is."""

import contextlib
import csv
import functools
import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path

import pytest

from gradspec.jail.spawning import family

PROJECT = Path(__file__).resolve().parents[2]
RUBRIC = """
name = "First steps"
entry = "student.py"
facets = ["semantics"]
seconds = 2.0

[[items]]
id = "one"
title = "One backward pass"
points = 6
hint = "Apply the chain rule."
[items.select]
scenarios = ["leaves.gradient_lands_on_the_leaf", "leaves.every_leaf_gets_its_own_partial"]

[[items]]
id = "again"
title = "Gradients add up"
points = 4
visibility = "hidden"
needs = ["one"]
[items.select]
scenarios = ["accumulation.second_backward_adds"]
"""
RIGHT = '''
class tensor:
    """A scalar that remembers how it came about."""

    def __init__(self, value, requires_grad=False, parents=()):
        self.data, self.requires_grad, self.parents, self.grad = float(value), requires_grad, parents, None
        self.is_leaf = not parents

    def _new(self, value, *parents):
        parents = [(p, d) for p, d in parents if isinstance(p, tensor) and p.requires_grad]
        return tensor(value, bool(parents), parents)

    def __add__(self, other):
        return self._new(self.data + number(other), (self, 1.0), (other, 1.0))

    def __mul__(self, other):
        return self._new(self.data * number(other), (self, number(other)), (other, self.data))

    def __pow__(self, power):
        return self._new(self.data**power, (self, power * self.data ** (power - 1)))

    def __neg__(self):
        return self * -1.0

    def __sub__(self, other):
        return self + -other

    def __rsub__(self, other):
        return -self + other

    __radd__, __rmul__ = __add__, __mul__

    def item(self):
        return self.data

    @property
    def shape(self):
        return ()

    def backward(self, slope=1.0):
        if self.is_leaf:
            self.grad = tensor(SIGN * slope + (number(self.grad) if self.grad is not None else 0.0))
        for parent, factor in self.parents:
            parent.backward(slope * factor)


def number(value):
    return value.data if isinstance(value, tensor) else value


SIGN = 1.0
'''
WRONG = f"{RIGHT}\nSIGN = -1.0  # <script>alert(1)</script>\n"
LIVE = pytest.param("live", marks=pytest.mark.skipif(find_spec("torch") is None, reason="no PyTorch is installed"))


@pytest.fixture
def handed_in(tmp_path):
    folder = tmp_path / "handed in"
    folder.mkdir()
    hangs = "def tensor(*args, **kwargs):\n    while True: pass\n"
    dies = "import os\ndef tensor(*args, **kwargs): os.kill(os.getpid(), 9)\n"
    texts = {"ann": RIGHT, "bob": WRONG, "cheat": f"import torch\n{RIGHT}", "hang": hangs, "dies": dies}
    for name, text in texts.items():
        (folder / f"{name}.py").write_text(text)
    (tmp_path / "rubric.toml").write_text(RUBRIC)
    return folder


@pytest.fixture
def grade(gradspec, handed_in, tmp_path):
    """Run the command with more arguments; gives what it gives, and the gradebook."""

    def run(*more, out="out"):
        rubric, directory = tmp_path / "rubric.toml", tmp_path / out
        code, said, complaint = gradspec(
            "grade", handed_in, "--rubric", rubric, "--out", directory, "--min-tier", "limits", *more
        )
        book = directory / "gradebook.csv"
        lines = csv.DictReader(book.read_text().splitlines()) if book.exists() else ()
        return code, said, complaint, {line["name"]: line for line in lines}

    return run


@pytest.mark.parametrize("oracle", ["golden", LIVE])
def test_each_gets_what_was_earned(grade, tmp_path, oracle):
    code, said, _, book = grade("--oracle", oracle, "--jobs", 2)
    assert code == 0
    assert {name: line["total"] for name, line in book.items()} == {
        "ann": "10.00", "bob": "0.00", "cheat": "0.00", "dies": "0.00", "hang": "0.00"
    }  # fmt: skip
    assert book["bob"]["wrong gradient"] != "0"
    assert book["cheat"]["flags"] == "refused; import denied"
    assert book["hang"]["flags"] == "timeout"
    assert book["dies"]["flags"] == "killed"
    assert {line["tier"] for line in book.values()} <= {"limits", "bubblewrap", "namespaces"}
    assert "index.html" in said
    results = json.loads((tmp_path / "out" / "students" / "bob" / "results.json").read_text())
    assert results["extra_data"]["tier"] == book["bob"]["tier"]
    assert "yours" in results["tests"][0]["output"]
    assert "student <span" in results["tests"][0]["output"]  # import student as torch
    assert "Skipped: it builds on" in results["tests"][1]["output"]
    page = (tmp_path / "out" / "students" / "bob" / "feedback.html").read_text()
    assert "Apply the chain rule." in page
    assert ("there was no PyTorch" in page) == (oracle == "golden")


UNSEEN = """
[[items]]
id = "unseen"
title = "Programs that nobody has seen"
points = 5
visibility = "hidden"
hint = "Check against small differences."
[items.select]
programs = 3
operators = ["add", "mul"]

[[items]]
id = "both"
title = "Some of each"
points = 2
needs = ["unseen"]
[items.select]
scenarios = ["leaves.grad_is_none_before_backward"]
programs = 1
operators = ["add"]
"""


def test_without_pytorch_random_programs_are_left_out_and_every_page_says_so(grade, two, tmp_path):
    (tmp_path / "rubric.toml").write_text(RUBRIC + UNSEEN)
    code, said, _, book = grade("--oracle", "golden")
    assert code == 0
    assert (book["ann"]["total"], book["ann"]["maximum"], book["ann"]["hidden maximum"]) == ("12.00", "12.00", "4.00")
    assert (book["ann"]["unseen"], book["ann"]["both"], book["ann"]["status"]) == ("", "2.00", "graded")
    why = (
        "Left out, their points not counted: unseen. Asked only in part: both. The reason: random programs need PyTorch"
    )
    out = tmp_path / "out"
    ann = out / "students" / "ann"
    results = json.loads((ann / "results.json").read_text())
    for text in (said, (out / "index.html").read_text(), (ann / "feedback.html").read_text(), results["output"]):
        assert why in text
    (test,) = [each for each in results["tests"] if each["tags"][0] == "unseen"]
    assert {"score", "max_score", "status"}.isdisjoint(test)
    assert "nothing was asked" in test["output"]
    assert "Check against small differences." not in test["output"]
    assert results["score"] == 12.0
    page = (ann / "feedback.html").read_text()
    assert page.count("not graded here") == 1
    assert "12 <small>of 12 points" in page
    assert (
        '<testcase classname="ann" name="unseen">\n<skipped message="random programs need'
        in (out / "junit.xml").read_text()
    )


@pytest.fixture
def two(handed_in):
    """Two of them alone, which hang nowhere."""
    for name in ("cheat", "hang", "dies"):
        (handed_in / f"{name}.py").unlink()


def test_the_same_line_twice_asks_for_resume_and_resume_has_nothing_to_do(grade, two):
    code, _, _, book = grade("--oracle", "golden")
    assert code == 0
    code, _, complaint, _ = grade("--oracle", "golden")
    assert code == 2
    assert "--resume" in complaint
    code, said, _, again = grade("--oracle", "golden", "--resume")
    assert code == 0
    assert "2 of them before" in said
    assert again == book


def test_another_rubric_tells_whose_grade_changed(grade, two, tmp_path):
    grade("--oracle", "golden")
    rubric = tmp_path / "rubric.toml"
    rubric.write_text(RUBRIC.replace("points = 6", "points = 16"))
    code, said, _, book = grade("--oracle", "golden", "--resume")
    assert code == 0
    assert "1 totals changed" in said
    assert "ann: 10 → 20 (one: it is worth 16 points, not 6)" in said
    assert book["ann"]["total"] == "20.00"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--min-tier", "steel"], "no tier 'steel'"),
        (["--oracle", "delphi"], "no oracle 'delphi'"),
        (["--rubric", "nothing.toml"], "no rubric nothing.toml"),
        (["--cluster", "tcp://127.0.0.1:9"], "no dask scheduler"),
    ],
)
def test_what_cannot_be_is_one_sentence(grade, two, arguments, words):
    code, _, complaint, _ = grade("--oracle", "golden", *arguments)
    assert code == 2
    assert words in complaint
    assert "Traceback" not in complaint


def descendants(pid):
    """The processes below one, by their ids and when each was started: ids come back."""
    return {(each, started(each)) for each in family(pid) if each != pid}


def started(pid):
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    return None


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_a_grader_that_is_stopped_keeps_what_is_done_and_leaves_nobody_behind(handed_in, tmp_path, how):
    """While a submission hangs, and the others are done."""
    command = [sys.executable, "-m", "gradspec", "grade", str(handed_in), "--rubric", str(tmp_path / "rubric.toml")]
    command += ["--out", str(tmp_path / "out"), "--oracle", "golden", "--min-tier", "limits"]
    environment = {**os.environ, "PYTHONPATH": str(PROJECT / "tools")}
    (handed_in / "hang.py").write_text(f"{RIGHT}\nimport time\ndef tensor(*args, **kwargs): time.sleep(1000)\n")
    (tmp_path / "rubric.toml").write_text(RUBRIC.replace("seconds = 2.0", "seconds = 100.0"))
    heeding = functools.partial(signal.signal, signal.SIGINT, signal.SIG_DFL)  # whoever runs the tests may ignore it
    with subprocess.Popen(command, env=environment, stdout=-1, stderr=-1, text=True, preexec_fn=heeding) as process:  # noqa: PLW1509 (it takes no lock)
        for line in process.stderr:
            if "4 of 5" in line:
                break
        below = descendants(process.pid)
        process.send_signal(how)
        said = process.stdout.read()
        assert process.wait() == (130 if how == signal.SIGINT else -signal.SIGKILL)
    assert len(below) >= 3  # who holds the sitting, the zygote, and who sits
    while any(started(pid) == since for pid, since in below):  # they end on their own, or the test never does
        time.sleep(0.05)
    if how == signal.SIGINT:
        assert "--resume" in said
        assert "4 of 5 submissions done" in said
    with contextlib.closing(sqlite3.connect(tmp_path / "out" / "journal.sqlite")) as journal:
        assert journal.execute("SELECT count(*) FROM ends").fetchone() == (4,)
