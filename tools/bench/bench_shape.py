"""`pytest tools/bench`: how the cost grows, beside how large it is."""

import pytest

from bench.shape import SIZES, measured
from bench.work.row import TORCH_LIKE

TURNS = 5


@pytest.mark.parametrize("turn", range(TURNS))
@pytest.mark.parametrize("name", TORCH_LIKE)
def bench_memory(name, turn, medians):
    medians["memory", turn, name] = measured("memory", name)


@pytest.mark.parametrize("turn", range(TURNS))
@pytest.mark.parametrize("nodes", SIZES)
@pytest.mark.parametrize("name", TORCH_LIKE)
def bench_time_of_a_node(name, nodes, turn, medians):
    medians[f"{nodes} nodes", turn, name] = measured("time", name, str(nodes))
