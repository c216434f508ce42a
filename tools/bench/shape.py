"""The shape of the cost: bytes a recorded node, and the time a node as graphs grow. Each figure is of a process of its own.

`python tools/bench/shape.py memory NAME` prints bytes a node; `time NAME NODES` prints seconds a node.
"""

from __future__ import annotations

import os
import subprocess
import sys
from importlib import import_module
from statistics import median
from time import perf_counter

RECORDED = 200_000
SIZES = (1_000, 10_000, 100_000, 1_000_000)
FACTOR, TERM = 0.99999, 0.00001


def resident() -> int:
    """Bytes of resident memory of this process."""
    with open("/proc/self/statm") as statm:
        return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def chain(torch, nodes: int):
    x = torch.tensor(0.5, requires_grad=True)
    result = x
    for _ in range(nodes // 2):
        result = result * FACTOR + TERM
    return x, result


def memory(name: str) -> float:
    """Bytes a node of a graph of products and sums, each of which keeps what it saves."""
    torch = import_module(name)
    chain(torch, 1_000)
    before = resident()
    held = chain(torch, RECORDED)
    after = resident()
    del held
    return (after - before) / RECORDED


def time(name: str, nodes: int) -> float:
    """Seconds a node, forward and backward."""
    torch = import_module(name)
    chain(torch, 1_000)[1].backward()
    seconds = []
    for _ in range(max(1, 200_000 // nodes)):
        started = perf_counter()
        chain(torch, nodes)[1].backward()
        seconds.append(perf_counter() - started)
    return median(seconds) / nodes


def measured(*arguments: str) -> float:
    """What this file prints with these arguments, in a process of its own."""
    command = (sys.executable, __file__, *arguments)
    return float(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


if __name__ == "__main__":
    what, name, *rest = sys.argv[1:]
    print(memory(name) if what == "memory" else time(name, int(rest[0])))
