"""`pytest tools/bench`: every implementation on the same work, in turns, so that the machine's moods meet them all."""

import gc
from time import perf_counter

import numpy as np
import pytest

from bench.work import ROWS
from bench.work.row import COLUMNS

ENOUGH = 0.05  # seconds to time at once
TURNS = [
    pytest.param(row, turn, name, id=f"{row.name}-{turn}-{name}")
    for row in ROWS
    for turn in range(row.passes)
    for name in COLUMNS
    if name in row.builders and name not in row.cannot
]
IMPOSSIBLE = [pytest.param(row, name, id=f"{row.name}-{name}") for row in ROWS for name in row.cannot]


def as_arrays(result):
    return [np.asarray(each.detach() if hasattr(each, "detach") else each, np.float64) for each in result]


def affordable(step, row):
    """How many steps to time at once: as many as the row says, or fewer of what is slow."""
    started = perf_counter()
    step()
    return max(1, min(row.iterations, int(ENOUGH / (perf_counter() - started))))


@pytest.fixture(scope="session")
def step_of():
    """Builds each step once, and refuses it if it does not find what torch finds: a fast wrong answer is no answer."""
    built = {}

    def build(row, name):
        if (row.name, name) not in built:
            step = row.builders[name]()
            step()  # whatever is made ready once
            expected = as_arrays(step() if name == "torch" else build(row, "torch")[0]())
            found = as_arrays(step())
            assert len(found) == len(expected)
            for one, other in zip(found, expected, strict=True):
                np.testing.assert_allclose(one, other, rtol=row.rtol, atol=row.rtol * np.abs(other).max())
            built[row.name, name] = step, affordable(step, row)
        return built[row.name, name]

    return build


@pytest.mark.parametrize(("row", "turn", "name"), TURNS)
def bench_step(row, turn, name, step_of, benchmark, medians):
    step, iterations = step_of(row, name)
    gc.collect()  # nobody pays for the garbage of the one before,
    gc.freeze()  # nor for looking through what pytest and the imported libraries hold
    benchmark.pedantic(step, rounds=row.rounds, iterations=iterations)
    if benchmark.stats:  # there are none under --benchmark-disable
        medians[row.name, turn, name] = benchmark.stats.stats.median


@pytest.mark.parametrize(("row", "name"), IMPOSSIBLE)
def bench_impossible(row, name):
    error, _ = row.cannot[name]
    with pytest.raises(error):
        row.builders[name]()()
