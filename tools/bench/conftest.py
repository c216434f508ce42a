"""The benchmark's table: ratios to torch, printed at the end, and written to RESULTS.md when nothing was left out."""

import platform
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from statistics import median

import pytest

from bench.shape import SIZES
from bench.work import ROWS
from bench.work.row import COLUMNS, DISTRIBUTIONS, NUMPY
from gradspec.check import installed_version

RESULTS = Path(__file__).with_name("RESULTS.md")
MEDIANS = pytest.StashKey[dict[tuple[str, int, str], float]]()


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config):
    config.stash[MEDIANS] = {}
    config.option.benchmark_quiet = True  # seconds on one machine say little: ratios are what is reported


@pytest.fixture(scope="session")
def medians(pytestconfig):
    """One thread for torch, as for everybody else; then the place where the medians of a turn are put, in seconds."""
    import torch

    torch.set_num_threads(1)
    return pytestconfig.stash[MEDIANS]


def ratio(what, name, seconds, to="torch"):
    """The median, over the turns, of what `name` takes relative to `to` in the same turn; None where not both ran."""
    turns = {turn for each, turn, of in seconds if (each, of) == (what, name)}
    ratios = [seconds[what, turn, name] / seconds[what, turn, to] for turn in turns if (what, turn, to) in seconds]
    return median(ratios) if ratios else None


def figure(number):
    return "–" if number is None else f"{number:.2g}" if number < 10 else f"{number:.0f}"


def cell(row, name, seconds):
    if name in row.cannot:
        return f"cannot ({row.cannot[name][1]})"
    return figure(ratio(row.name, name, seconds))


def aims(row, seconds):
    """What was asked of refgrad, and what came out where it is not the column that stands in the table already."""
    yield f"at most {row.aim}" if row.aim else "–"
    by_hand = figure(ratio(row.name, "refgrad", seconds, NUMPY))
    yield f"{by_hand} (at most {row.limit})" if row.limit else by_hand


def markdown(head, rows):
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *rows]
    return "".join(f"| {' | '.join(each)} |\n" for each in lines)


def table(seconds):
    head = ["time relative to torch's", *COLUMNS, "aim for refgrad", "refgrad relative to NumPy by hand"]
    return markdown(
        head, [[row.name, *(cell(row, name, seconds) for name in COLUMNS), *aims(row, seconds)] for row in ROWS]
    )


def shape(seconds):
    """Bytes a node relative to torch, and the time a node of the largest graphs relative to the smallest."""
    rows = [
        ["bytes a recorded node, relative to torch's", figure(ratio("memory", "refgrad", seconds)), "1", "at most 1.0"]
    ]
    for nodes in SIZES[1:]:
        cells = []
        for name in ("refgrad", "torch"):
            pairs = [
                (taken, seconds.get((f"{SIZES[0]} nodes", turn, name)))
                for (what, turn, of), taken in seconds.items()
                if (what, of) == (f"{nodes} nodes", name)
            ]
            cells.append(figure(median(taken / first for taken, first in pairs if first)) if pairs else "–")
        rows.append([f"time a node of {nodes:,}, relative to {SIZES[0]:,}", *cells, "constant"])
    return markdown(["how the cost grows", "refgrad", "torch", "aim for refgrad"], rows)


NOTES = """\
All implementations take turns in one run. A cell is the median, over the turns, of the implementation's median time
divided by torch's in the same turn (one thread). Before anything is timed, its values and gradients are compared with
torch's. A dash: not the same work, or nothing to compare with. "By hand" is NumPy without any bookkeeping, in the same
float32 arrays. tinygrad compiles each kernel by clang when it is first met; what is timed is what follows.
"""


def report(config, seconds):
    machine = config.hook.pytest_benchmark_generate_machine_info(config=config)
    facts = (
        f"{datetime.now(UTC):%Y-%m-%d}",
        machine["cpu"].get("brand_raw", platform.machine()),
        f"{platform.system()}, Python {platform.python_version()}",
        ", ".join([f"gradspec {installed_version()}", *(f"{name} {version(name)}" for name in DISTRIBUTIONS)]),
    )
    written_by = "Written by `pytest tools/bench`.\n"
    head = ("# Benchmark\n", written_by, *(f"- {fact}" for fact in facts), "")
    return "\n".join((*head, table(seconds), NOTES, shape(seconds)))


def is_whole(seconds):
    timed = [(row.name, row.passes - 1, name) for row in ROWS for name in row.builders.keys() - row.cannot]
    return all(each in seconds for each in timed) and any(what == "memory" for what, _, _ in seconds)


def pytest_terminal_summary(terminalreporter, exitstatus, config):
    seconds = config.stash[MEDIANS]
    if not seconds:
        return
    terminalreporter.section("time relative to torch's")
    terminalreporter.write(table(seconds) + "\n" + shape(seconds))
    if is_whole(seconds) and exitstatus == 0:
        RESULTS.write_text(report(config, seconds), encoding="utf-8")
        terminalreporter.write_line(f"written to {RESULTS.name}")
