"""A row of the benchmark's table: one task, and for each implementation the step that does it, as its users would.

A builder returns a step; a step does the work once and returns `(value, *gradients)`, as whatever they are there.
Everything is float32, but for micrograd, which has Python's floats alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np

Step = Callable[[], tuple[Any, ...]]

TORCH_LIKE = ("refgrad", "torch")
NUMPY, MICROGRAD, MYGRAD, AUTOGRAD, TINYGRAD = "NumPy by hand", "micrograd", "MyGrad", "HIPS autograd", "tinygrad"
COLUMNS = (*TORCH_LIKE, NUMPY, MICROGRAD, MYGRAD, AUTOGRAD, TINYGRAD)
DISTRIBUTIONS = ("torch", "numpy", "micrograd", "mygrad", "autograd", "tinygrad")


@dataclass(frozen=True)
class Row:
    """A task. In each of `passes`, every implementation is timed `rounds` times over at most `iterations` steps.

    aim: the ratio to torch that refgrad is not to exceed. limit: the ratio to NumPy by hand that it is not to exceed.
    cannot: for those who cannot do it, the error and why.
    """

    name: str
    builders: Mapping[str, Callable[[], Step]]
    rounds: int
    iterations: int
    passes: int
    rtol: float
    aim: float | None = None
    limit: float | None = None
    cannot: Mapping[str, tuple[type[Exception], str]] = field(default_factory=dict)


def torch_like(builder: Callable[..., Step], *arguments: Any) -> dict[str, Callable[[], Step]]:
    return {name: partial(builder, name, *arguments) for name in TORCH_LIKE}


def on_tinygrad() -> Any:
    """What makes a float32 tensor on tinygrad's CPU device, which compiles each kernel by clang."""
    from tinygrad import Tensor
    from tinygrad.helpers import DEV

    DEV.value = "CPU"
    return lambda value: Tensor(np.asarray(value, np.float32)).realize()
