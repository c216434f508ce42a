"""The benchmark's table: ratios to torch, printed at the end, and written to RESULTS.md when nothing was left out."""

import platform
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from statistics import median

import pytest

from bench.work import COLUMNS, ROWS
from gradspec.check import installed_version

RESULTS = Path(__file__).with_name("RESULTS.md")
DISTRIBUTIONS = ("torch", "numpy", "micrograd", "mygrad", "autograd")
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


def cell(row, name, seconds):
    if name in row.cannot:
        return f"cannot ({row.cannot[name][1]})"
    ratios = [
        seconds[row.name, turn, name] / seconds[row.name, turn, "torch"]
        for turn in range(row.passes)
        if {(row.name, turn, name), (row.name, turn, "torch")} <= seconds.keys()
    ]
    return f"{median(ratios):.2g}" if ratios else "–"


def table(seconds):
    rows = [["time relative to torch's", *COLUMNS, "aim for refgrad"], ["---", *["---:"] * (len(COLUMNS) + 1)]]
    for row in ROWS:
        cells = (cell(row, name, seconds) for name in COLUMNS)
        rows.append([row.name, *cells, f"at most {row.aim}" if row.aim else "–"])
    return "".join(f"| {' | '.join(each)} |\n" for each in rows)


NOTES = """\
All implementations take turns in one run. A cell is the median, over the turns, of the implementation's median time
divided by torch's in the same turn (one thread). Before anything is timed, its values and gradients are compared with
torch's. A dash: not the same work.
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
    return "\n".join(("# Benchmark\n", written_by, *(f"- {fact}" for fact in facts), "", table(seconds), NOTES))


def is_whole(seconds):
    return all((row.name, row.passes - 1, name) in seconds for row in ROWS for name in row.builders.keys() - row.cannot)


def pytest_terminal_summary(terminalreporter, exitstatus, config):
    seconds = config.stash[MEDIANS]
    if not seconds:
        return
    terminalreporter.section("time relative to torch's")
    terminalreporter.write(table(seconds))
    if is_whole(seconds) and exitstatus == 0:
        RESULTS.write_text(report(config, seconds), encoding="utf-8")
        terminalreporter.write_line(f"written to {RESULTS.name}")
