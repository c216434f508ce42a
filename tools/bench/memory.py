"""Whether memory stays flat: `python tools/bench/memory.py` writes MEMORY.md.

A training run of a million steps, in one process; and the grading of ten thousand submissions, with all processes of the
grader together. `--steps N` and `--submissions N` make fewer of them.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import platform
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from gradspec.jail.spawning import family

HERE = Path(__file__).parent
PROJECT = HERE.parents[1]
PAGE = os.sysconf("SC_PAGE_SIZE")
MEBIBYTE = 2**20
MARKS = 10  # at which memory is looked at, evenly spaced

TRAINING = """
import sys
import numpy as np
import refgrad as torch

steps, marks = int(sys.argv[1]), int(sys.argv[2])
torch.manual_seed(0)
x, y = torch.randn(8, 3), torch.randn(8, 1)
net = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.Tanh(), torch.nn.Linear(4, 1))
adam = torch.optim.Adam(net.parameters(), lr=1e-3)
for step in range(1, steps + 1):
    adam.zero_grad()
    loss = ((net(x) - y) ** 2).mean()
    loss.backward()
    adam.step()
    if step % (steps // marks) == 0:
        print(step, flush=True)
        sys.stdin.readline()
"""

RUBRIC = """
name = "brief"
facets = ["semantics"]
seconds = 5.0

[[items]]
id = "accumulation"
title = "Accumulation"
points = 2
[items.select]
chapters = ["accumulation"]
"""


def resident(pids: list[int]) -> int:
    """Bytes of memory that processes hold, those that share some counted as often as they do."""
    held = 0
    for each in pids:
        with contextlib.suppress(OSError):
            held += int(Path(f"/proc/{each}/statm").read_text().split()[1]) * PAGE
    return held


def trained(steps: int) -> Iterator[tuple[int, int]]:
    """The number of steps so far, and the memory of the process that makes them."""
    command = [sys.executable, "-c", TRAINING, str(steps), str(MARKS)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for line in process.stdout:
            yield int(line), resident([process.pid])
            process.stdin.write("\n")
            process.stdin.flush()


def graded(number: int) -> Iterator[tuple[int, int]]:
    """The number of submissions that are through, and the memory of the grader and its helpers, jails aside."""
    homework = PROJECT / "tools" / "tests" / "homework" / "scalar.py"
    with tempfile.TemporaryDirectory() as directory:
        folder, rubric, out = (Path(directory) / each for each in ("handed_in", "rubric.toml", "out"))
        folder.mkdir()
        rubric.write_text(RUBRIC)
        for each in range(number):
            shutil.copy(homework, folder / f"{each:05}.py")
        command = [sys.executable, "-m", "gradspec", "grade", str(folder), "--rubric", str(rubric), "--out", str(out)]
        log = Path(directory) / "log"
        with log.open("w") as said, subprocess.Popen([*command, "--jobs", "2"], stdout=said, stderr=said) as process:
            marks = [number * each // MARKS for each in range(1, MARKS)]
            while process.poll() is None:
                time.sleep(0.2)
                done = through(out / "journal.sqlite")
                if marks and done >= marks[0]:
                    yield done, resident(grader(process.pid))
                    marks = [each for each in marks if each > done]
        if process.returncode:
            sys.exit(f"memory.py: the grader ended with {process.returncode}:\n{log.read_text()}")


def grader(pid: int) -> list[int]:
    """The grader and its own children: two that grade, and no jail, which live for a moment."""
    children = Path(f"/proc/{pid}/task/{pid}/children")
    return [pid, *map(int, children.read_text().split())] if children.exists() else [pid, *family(pid)[:2]]


def through(journal: Path) -> int:
    try:
        with closing(sqlite3.connect(f"file:{journal}?mode=ro", uri=True)) as opened:
            return int(opened.execute("SELECT count(*) FROM ends").fetchone()[0])
    except sqlite3.OperationalError:  # there is none yet
        return 0


def table(what: str, measured: list[tuple[int, int]]) -> str:
    first = measured[0][1]
    rows = [f"| {count:,} | {held / MEBIBYTE:.1f} | {held / first:.3f} |" for count, held in measured]
    return "\n".join([f"| {what} | MiB | of the first |", "| ---: | ---: | ---: |", *rows])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", type=int, default=1_000_000, metavar="N", help="of the training run")
    parser.add_argument("--submissions", type=int, default=10_000, metavar="N", help="that are graded")
    given = parser.parse_args()
    steps, submissions = list(trained(given.steps)), list(graded(given.submissions))
    text = f"""# Memory

{datetime.now(tz=UTC).date()}, {platform.machine()}, Python {platform.python_version()}, NumPy {np.__version__}. Made by \
`python tools/bench/memory.py`.

A net of two layers is trained on eight points with Adam, {given.steps:,} steps in one process:

{table("steps", steps)}

{given.submissions:,} submissions, a homework of 80 lines each, are graded by two processes; memory of these and of the
one that they belong to:

{table("submissions", submissions)}
"""
    print(text)
    (HERE / "MEMORY.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
