"""Large graphs of scalars: a long chain, a ladder of diamonds, one leaf that is used ten thousand times."""

from __future__ import annotations

from functools import partial
from importlib import import_module

import numpy as np

from bench.work.row import AUTOGRAD, MICROGRAD, MYGRAD, NUMPY, Row, Step, torch_like

# A chain of 100,000 operations.

PAIRS, FACTOR, TERM, START = 50_000, 0.99999, 0.00001, 0.5


def chain(x, factor=FACTOR, term=TERM):
    for _ in range(PAIRS):
        x = x * factor + term
    return x


def chain_numpy() -> Step:
    factor, term = np.float32(FACTOR), np.float32(TERM)

    def step():
        result = chain(np.float32(START), factor, term)
        gradient = np.float32(1)
        for _ in range(PAIRS):
            gradient = gradient * factor
        return result, gradient

    return step


def chain_mygrad() -> Step:
    import mygrad

    factor, term = (
        np.float32(FACTOR),
        np.float32(TERM),
    )  # a Python float would make float64 of a tensor without dimensions

    def step():
        x = mygrad.tensor(np.float32(START))
        result = chain(x, factor, term)
        result.backward()
        return result.data, x.grad

    return step


# A ladder of diamonds: each value is used twice, so that there are 2 ** depth paths.

DEPTH, HALF = 1_000, 0.5


def ladder(x, half=HALF):
    for _ in range(DEPTH):
        x = x * half + x * half
    return x


# One leaf that is used many times.

USES = 10_000


def fan(x):
    total = x * 0.25
    for _ in range(USES - 1):
        total = total + x
    return total


def shaped_torch(name: str, shape) -> Step:
    torch = import_module(name)

    def step():
        x = torch.tensor(START, requires_grad=True)
        result = shape(x)
        result.backward()
        return result, x.grad

    return step


def shaped_micrograd(shape) -> Step:
    from micrograd.engine import Value

    def step():
        x = Value(START)
        result = shape(x)
        result.backward()
        return result.data, x.grad

    return step


def shaped_mygrad(shape) -> Step:
    import mygrad

    def step():
        x = mygrad.tensor(np.float32(START))
        result = shape(x)
        result.backward()
        return result.data, x.grad

    return step


def shaped_autograd(shape) -> Step:
    from autograd import value_and_grad

    derivative = value_and_grad(shape)
    return lambda: derivative(np.float32(START))


def everybody(shape):
    others = {MICROGRAD: shaped_micrograd, MYGRAD: shaped_mygrad, AUTOGRAD: shaped_autograd}
    return torch_like(shaped_torch, shape) | {name: partial(builder, shape) for name, builder in others.items()}


RECURSION = {MICROGRAD: (RecursionError, "its backward pass recurses once a node: RecursionError")}
ROWS = (
    Row(
        "chain of 100,000 scalar operations: forward, backward",
        {**everybody(chain), NUMPY: chain_numpy, MYGRAD: chain_mygrad},
        rounds=1,
        iterations=1,
        passes=5,
        rtol=1e-3,  # 100,000 roundings of float32: the last place of each, adding up like a random walk
        aim=0.5,
        cannot=RECURSION,
    ),
    Row(
        "ladder of 1,000 diamonds: forward, backward",
        everybody(ladder),
        rounds=5,
        iterations=1,
        passes=7,
        rtol=1e-5,
        aim=0.6,
    ),
    Row(
        "one leaf used 10,000 times: forward, backward",
        everybody(fan),
        rounds=3,
        iterations=1,
        passes=7,
        rtol=1e-3,  # ten thousand roundings
        aim=0.6,
        cannot=RECURSION,
    ),
)
