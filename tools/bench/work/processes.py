"""Whole processes, from the start of Python to its end: an import, and `gradspec check`."""

from __future__ import annotations

import subprocess
import sys
from functools import partial

from bench.work.row import AUTOGRAD, COLUMNS, MICROGRAD, MYGRAD, NUMPY, TINYGRAD, Row, Step, torch_like

MODULES = {NUMPY: "numpy", MICROGRAD: "micrograd.engine", MYGRAD: "mygrad", AUTOGRAD: "autograd", TINYGRAD: "tinygrad"}


def process(*command: str) -> Step:
    def step():
        return (subprocess.run((sys.executable, *command), stdout=subprocess.DEVNULL, check=False).returncode,)

    return step


def importing(name: str) -> Step:
    return process("-c", f"import {MODULES.get(name, name)}")


def checking(name: str) -> Step:
    return process("-c", "from gradspec.cli import main; main()", "check", name)


ROWS = (
    Row(
        "`import`, as a whole process",
        {name: partial(importing, name) for name in COLUMNS},
        rounds=3,
        iterations=1,
        passes=7,
        rtol=0,
        aim=0.1,
        limit=1.3,
    ),
    Row("`gradspec check` as a whole process", torch_like(checking), rounds=1, iterations=1, passes=5, rtol=0),
)
