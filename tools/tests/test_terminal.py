"""Sentences at a terminal, and where there is none."""

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest

from gradspec.report.terminal import say

LONG = "ok    harness: a worker runs what is known to be right, and 3 of 3 verdicts are pass"


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture
def said(monkeypatch):
    def say_to(stream, columns, *sentences):
        monkeypatch.setenv("COLUMNS", str(columns))
        say(*sentences, file=stream)
        return stream.getvalue()

    return say_to


@pytest.mark.parametrize("columns", [40, 60, 84])
def test_at_a_terminal_lines_are_broken_between_words(columns, said):
    text = said(Terminal(), columns, LONG)
    assert all(len(line) <= columns for line in text.splitlines())
    assert text.split() == LONG.split()
    assert all(line.startswith("  ") for line in text.splitlines()[1:])


def test_elsewhere_a_line_stays_one(said):
    assert said(io.StringIO(), 40, LONG) == f"{LONG}\n"


def test_what_is_indented_stays_so(said):
    text = said(Terminal(), 30, "        file.py:1, in f: x = tensor(2.0) * y")
    assert [len(line) - len(line.lstrip()) for line in text.splitlines()] == [8, 10]


def test_lines_of_a_sentence_stay_apart_and_long_words_whole(said):
    assert said(Terminal(), 20, f"one\n{'x' * 30} two") == f"one\n{'x' * 30}\n  two\n"
    assert said(Terminal(), 1, "a b") == "a b\n"


def test_nothing_that_is_said_moves_the_cursor(said):
    assert said(Terminal(), 80, "\x1b[31mred\x07 \u202e") == "\\u001b[31mred\\u0007 \\u202e\n"


COMMAND = f"{sys.executable} -c 'from gradspec.cli import main; main()'"
CHECK = "check refgrad --chapter leaves --jobs 1"


def shell(line):
    found = os.pathsep.join(os.path.abspath(each) for each in sys.path if each)  # from wherever it is run
    settings = {**os.environ, "PYTHONPATH": found}
    done = subprocess.run(["bash", "-c", line], capture_output=True, text=True, check=False, timeout=120, env=settings)
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize("arguments", ["list", f"{CHECK} --markdown -"])
def test_a_reader_that_goes_is_no_verdict(arguments):
    code, _, complaint = shell(f"set -o pipefail; {COMMAND} {arguments} | head -c 1 > /dev/null")
    assert code in (0, 141)  # all was said before, or what was left to say is not
    assert "Traceback" not in complaint
    code, _, complaint = shell(f"{COMMAND} {arguments} | true; echo ${{PIPESTATUS[0]}} >&2")
    assert complaint.splitlines()[-1] == "141"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")
@pytest.mark.parametrize("arguments", ["list", CHECK])
def test_a_full_disk_is_said_in_a_sentence(arguments):
    code, _, complaint = shell(f"{COMMAND} {arguments} > /dev/full")
    assert (code, complaint) == (2, "gradspec: What is printed cannot be written: No space left on device.\n")


@pytest.mark.parametrize("closed", ["2>&-", ">&-", ">&- 2>&-"])
def test_who_closes_a_stream_gets_the_verdict(closed):
    assert shell(f"{COMMAND} {CHECK} {closed}")[0] == 0
    assert shell(f"{COMMAND} check nosuchthing {closed}")[0] == 2


def test_a_directory_that_is_gone_is_not_missed(tmp_path):
    code, printed, _ = shell(f"mkdir {tmp_path}/gone; cd {tmp_path}/gone; rmdir ../gone; {COMMAND} {CHECK}")
    assert (code, "conforms" in printed) == (0, True)
