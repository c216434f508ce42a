"""Whether the suite ever rejects what is right: `python tools/bench/false_alarm.py` writes NO_FALSE_ALARM.md.

Every row of the matrix runs the whole suite several times, each time in a fresh process and another random order.
What was measured is kept in a journal, NO_FALSE_ALARM.json: an interrupted run goes on from there, and only runs that
are missing are made; another suite begins anew. `--again GLOB` forgets the rows that match.
`--python PATH` may be repeated: further interpreters, for which environments are made with pip.
"""

from __future__ import annotations

import argparse
import fnmatch
import hashlib
import os
import platform
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import msgspec

from gradspec.check import run_check
from gradspec.errors import DIFFERS
from gradspec.repeat import seeds
from gradspec.runner import Limits
from gradspec.suite import Suite, find_suite

HERE = Path(__file__).parent
PROJECT = HERE.parents[1]
JOURNAL = HERE / "NO_FALSE_ALARM.json"
REPORT = HERE / "NO_FALSE_ALARM.md"
SEED = 20260101
NEEDED = ("msgspec", "typer", "rich", "hypothesis", "pytest")  # by gradspec, besides NumPy
NUMPY = ("2.1.3", "2.2.6", "2.3.5", "2.4.6")
NUMPY_ELSEWHERE = ("2.1.3", "")  # the first for every further Python, and the last
PORTION = 5  # runs that a process makes before they are written down
PATIENCE = Limits(scenario=60.0, loading=120.0)  # a busy machine is no verdict
SHOWN = 10  # failures of a row
FLOAT64 = "torch in float64"

# What PyTorch itself does otherwise where float64 is the default; that it fails is right.
_MIXED = "a float64 operand is an error beside the default dtype, float32"
FLOAT32_ALONE = {
    "bad_calls.gradients_that_cannot_be_assigned": "a float64 gradient cannot be assigned to a tensor of float32",
    "creation.what_a_tensor_says_of_itself": "bytes of an element",
    "elementwise.saturation_and_overflow": "where float32 overflows",
    "elementwise.small_arguments_keep_their_digits": "1e-8 is lost beside one in float32",
    "operators.bitwise_xor": "a tensor of no elements is float by default, and a list without elements is one",
    "operators.bitwise_right_shift": "a tensor of no elements is float by default, and a list without elements is one",
    "operators.linalg_lu_solve": "pivots without elements are float by default",
    "reductions.logsumexp_does_not_overflow": "digits of large numbers in float32",
    "serialization.values_shapes_and_dtypes_survive": "the labels name dtypes",
    "special.what_is_no_number_is_replaced": "the largest number of float32",
    "views.some_operators_give_their_input_itself": "to float32, which is no change there",
} | dict.fromkeys(
    (
        f"operators.{name}"
        for name in """lerp quantile nanquantile matmul mm dot vdot inner nn_functional_linear nn_functional_conv1d
        nn_functional_conv2d nn_functional_conv3d nn_functional_scaled_dot_product_attention linalg_solve linalg_solve_ex
        linalg_lstsq""".split()
    ),
    _MIXED,
)


class Row(msgspec.Struct, frozen=True):
    """What is run: an implementation, how often, under which Python and NumPy (empty: those that are here)."""

    name: str
    implementation: str
    runs: int
    python: str = ""
    numpy: str = ""
    threads: int = 0


class Measured(msgspec.Struct):
    """What came of a row so far; `failing`: runs by item and outcome, of what neither passed nor was unsupported."""

    name: str
    runs: int
    seed: int
    items: int
    versions: dict[str, str]
    outcomes: dict[str, int]
    failing: dict[str, dict[str, int]]
    suite: str = ""  # a digest: what an earlier suite did says nothing of this one

    def __add__(self, other: Measured) -> Measured:
        outcomes = Counter(self.outcomes) + Counter(other.outcomes)
        both = self.failing.keys() | other.failing.keys()
        found = {each: Counter(self.failing.get(each)) + Counter(other.failing.get(each)) for each in sorted(both)}
        return msgspec.structs.replace(self, runs=self.runs + other.runs, outcomes=dict(outcomes), failing=found)

    @property
    def changed(self) -> list[str]:
        """The items whose outcome was not the same in every run."""
        return [each for each, outcomes in self.failing.items() if list(outcomes.values()) != [self.runs]]

    @property
    def alarms(self) -> list[str]:
        allowed = FLOAT32_ALONE if self.name == FLOAT64 else {}
        return sorted(each for each in self.failing if each not in allowed)


def rows(pythons: list[str], runs: int, few: int) -> Iterator[Row]:
    yield Row("torch, one thread", "torch", runs)
    yield Row("torch, 2 threads", str(HERE / "torch_in_threads.py:torch"), few, threads=2)
    yield Row("torch, 8 threads", str(HERE / "torch_in_threads.py:torch"), few, threads=8)
    yield Row(FLOAT64, str(HERE / "torch_in_float64.py:adapter"), few)
    for numpy in NUMPY:
        for implementation in ("torch", "refgrad"):
            yield Row(f"{implementation}, NumPy {numpy}", implementation, few, numpy=numpy)
    for python in pythons:
        version = said_by(python, "import platform; print(platform.python_version())")
        for numpy in NUMPY_ELSEWHERE:
            yield Row(f"refgrad, Python {version}, NumPy {numpy or 'latest'}", "refgrad", few, python, numpy)


def said_by(python: str, program: str) -> str:
    return subprocess.run([python, "-c", program], check=True, capture_output=True, text=True).stdout.strip()


def environment(row: Row, folder: Path) -> tuple[str, dict[str, str]]:
    """The interpreter and the variables that a row asks for; what is not there is installed in `folder`."""
    python, paths = sys.executable, [str(PROJECT / "impl"), str(PROJECT / "tools")]
    numpy = f"numpy=={row.numpy}" if row.numpy else "numpy"
    quiet = ("install", "--quiet", "--disable-pip-version-check")
    if row.python:
        subprocess.run([row.python, "-m", "venv", folder], check=True)
        python = str(folder / "bin" / "python")
        subprocess.run([python, "-m", "pip", *quiet, numpy, *NEEDED], check=True)
    elif row.numpy and row.numpy != metadata.version("numpy"):
        subprocess.run([python, "-m", "pip", *quiet, "--no-deps", "--target", folder, numpy], check=True)
        paths.insert(0, str(folder))  # before the NumPy that is installed
    return python, {**os.environ, "PYTHONPATH": os.pathsep.join(paths), "THREADS": str(row.threads)}


def measure(row: Row, seed: int, before: Measured | None) -> Iterator[Measured]:
    """What is known of a row after each further portion of its runs, until they are complete."""
    with tempfile.TemporaryDirectory() as folder:
        python, variables = environment(row, Path(folder))
        while (done := before.runs if before else 0) < row.runs:
            portion = msgspec.structs.replace(row, runs=min(PORTION, row.runs - done))
            asked = ["--row", msgspec.json.encode(portion).decode(), "--seed", str(seed + done)]
            ended = subprocess.run(
                [python, __file__, *asked], env=variables, stdout=subprocess.PIPE, cwd=PROJECT, check=True
            )
            found = msgspec.json.decode(ended.stdout, type=Measured)
            before = before + found if before else found
            yield before


def run(row: Row, seed: int) -> Measured:
    suite = find_suite()
    order = seeds(str(seed), row.runs)
    records = tuple(run_check(row.implementation, suite=suite, shuffle=each, limits=PATIENCE) for each in order)
    outcomes: Counter[str] = Counter()
    failing: dict[str, dict[str, int]] = {}
    for result in (result for record in records for result in record.results):
        outcomes[result.outcome] += 1
        if result.outcome not in ("pass", "unsupported"):
            found = failing.setdefault(result.id, {})
            found[result.outcome] = found.get(result.outcome, 0) + 1
    header = records[0].header
    versions = {"python": header.versions["python"], "numpy": header.versions["numpy"]}
    made = dict(outcomes), failing, digest(suite)
    return Measured(row.name, row.runs, seed, len(records[0].results), versions, *made)


def digest(suite: Suite) -> str:
    """Of the chapters and the goldens, by their names."""
    found = hashlib.sha256()
    for path in sorted([*suite.root.rglob("*.py"), *suite.golden.rglob("*.json")]):
        found.update(path.name.encode() + b"\0" + path.read_bytes())
    return found.hexdigest()[:12]


def report(measured: list[Measured], wanted: list[Row]) -> str:
    done = {each.name: each.runs for each in measured}
    missing = [
        f"{each.name} ({done.get(each.name, 0)} of {each.runs} runs)"
        for each in wanted
        if done.get(each.name, 0) < each.runs
    ]
    changed, alarms = (sum(len(getattr(each, name)) for each in measured) for name in ("changed", "alarms"))
    runs, items = sum(each.runs for each in measured), max(each.items for each in measured)
    lines = [
        "# No false alarm",
        "",
        f"PyTorch 2.13.0 and refgrad are right, so each failure of theirs is one of the suite. {runs} runs of the whole",
        f"suite of {items} items, each in a fresh process, in a random order of its own seed and with another hash seed:",
        f"{changed} verdicts changed from run to run, {alarms} items failed that may not.",
        "",
        f"Made by `python tools/bench/false_alarm.py` on {platform.system()} {platform.machine()}.",
        "",
        "| what | runs | seeds | Python | NumPy | pass | unsupported | fail, rightly | changed | false alarms |",
        "| --- | ---: | --- | --- | --- | ---: | ---: | ---: | ---: | ---: |",
    ]
    for each in measured:
        failing = sum(sum(found.values()) for name, found in each.failing.items() if name not in each.alarms)
        lines.append(
            f"| {each.name} | {each.runs} | {each.seed}–{each.seed + each.runs - 1} | {each.versions['python']} | "
            f"{each.versions['numpy']} | {each.outcomes.get('pass', 0)} | {each.outcomes.get('unsupported', 0)} | "
            f"{failing} | {len(each.changed)} | {len(each.alarms)} |"
        )
    lines += ["", "Still to be measured: " + "; ".join(missing) + "."] if missing else []
    for each in (each for each in measured if each.alarms):
        lines += ["", f"## Failures: {each.name}", ""]
        shown = each.alarms[:SHOWN]
        lines += [f"- `{name}`: {sum(each.failing[name].values())} of {each.runs} runs" for name in shown]
        lines += [f"- and {len(each.alarms) - len(shown)} more"] if len(each.alarms) > len(shown) else []
    double = next((each for each in measured if each.name == FLOAT64), None)
    if double is not None:
        lines += ["", "## What float64 may do otherwise", ""]
        lines += [
            "With `torch.set_default_dtype(torch.float64)` the facets `dtype`, `message`, `warning` and `text` are not",
            "compared, and what needs `dtypes`, `printing` or `random` is not asked. Of the rest these fail, and rightly,",
            "for PyTorch itself answers otherwise there:",
            "",
        ]
        lines += [f"- `{name}`: {FLOAT32_ALONE[name]}" for name in sorted(double.failing) if name in FLOAT32_ALONE]
        idle = sorted(set(FLOAT32_ALONE) - set(double.failing))
        lines += [f"- `{name}` stands in the table, but passes" for name in idle]
    lines += [
        "",
        "## Versions of PyTorch",
        "",
        "Only 2.13.0, with which the goldens are recorded, is measured, and that on Python 3.11. No CPU build of another",
        "version, or for another Python, was found to install, and builds with CUDA were not tried: there refgrad stands in.",
    ]
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=100, help="of torch itself")
    parser.add_argument("--few", type=int, default=5, help="runs of every other row")
    parser.add_argument("--seed", type=int, default=SEED, help="of the first order; the next run has the next")
    parser.add_argument("--python", action="append", default=[], help="a further interpreter; may be repeated")
    parser.add_argument("--again", default="", help="forget the rows whose names match this pattern")
    parser.add_argument("--only", default="*", help="measure only rows whose names match this pattern")
    parser.add_argument("--row", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.row:
        sys.stdout.buffer.write(msgspec.json.encode(run(msgspec.json.decode(given.row, type=Row), given.seed)))
        return
    journal = msgspec.json.decode(JOURNAL.read_bytes(), type=list[Measured]) if JOURNAL.exists() else []
    present = digest(find_suite())
    kept = [each for each in journal if each.suite == present and not fnmatch.fnmatch(each.name, given.again)]
    known = {each.name: each for each in kept}
    wanted = list(rows(given.python, given.runs, given.few))
    for row in wanted:
        before = known.get(row.name)
        if fnmatch.fnmatch(row.name, given.only) and (before is None or before.runs < row.runs):
            for done in measure(row, given.seed, before):
                known[row.name] = done
                JOURNAL.write_bytes(msgspec.json.format(msgspec.json.encode(list(known.values())), indent=1) + b"\n")
            alarms = f"{len(done.alarms)} false alarms {' '.join(done.alarms[:SHOWN])}".rstrip()
            print(f"{row.name}: {done.runs} runs, {done.outcomes}, {len(done.changed)} changed, {alarms}", flush=True)
    REPORT.write_text(report(list(known.values()), wanted))
    if any(each.alarms or each.changed for each in known.values()):
        raise SystemExit(DIFFERS)


if __name__ == "__main__":
    main()
