"""The work that is timed: each row one task, and for each implementation the step that does it, as its users would.

A builder returns a step; a step does the work once and returns `(value, *gradients)`, as whatever they are there.
Everything is float32, but for micrograd, which has Python's floats alone.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from importlib import import_module
from operator import mul
from typing import Any

import numpy as np

Step = Callable[[], tuple[Any, ...]]


@dataclass(frozen=True)
class Row:
    """A task. In each of `passes`, every implementation is timed `rounds` times over `iterations` steps."""

    name: str
    builders: Mapping[str, Callable[[], Step]]
    rounds: int
    iterations: int
    passes: int
    rtol: float
    aim: float | None = None  # the ratio to torch that refgrad is not to exceed
    cannot: Mapping[str, tuple[type[Exception], str]] = field(default_factory=dict)  # the error, and why


# One scalar least-squares step.

X, Y, W = 1.0, 2.0, 1.0


def least_squares_torch(name: str) -> Step:
    torch = import_module(name)
    x, y, w = torch.tensor(X), torch.tensor(Y), torch.tensor(W, requires_grad=True)

    def step():
        if w.grad is not None:
            w.grad.zero_()
        loss = (w * x - y) ** 2
        loss.backward()
        return loss, w.grad

    return step


def least_squares_numpy() -> Step:
    x, y, w = np.float32(X), np.float32(Y), np.float32(W)

    def step():
        difference = w * x - y
        return difference * difference, 2 * difference * x

    return step


def least_squares_micrograd() -> Step:
    from micrograd.engine import Value

    x, y, w = Value(X), Value(Y), Value(W)

    def step():
        w.grad = 0
        loss = (w * x - y) ** 2
        loss.backward()
        return loss.data, w.grad

    return step


def least_squares_mygrad() -> Step:
    import mygrad

    x, y = (mygrad.tensor(np.float32(each), constant=True) for each in (X, Y))
    w = mygrad.tensor(np.float32(W))

    def step():
        w.null_grad()
        loss = (w * x - y) ** 2
        loss.backward()
        return loss.data, w.grad

    return step


def least_squares_autograd() -> Step:
    from autograd import value_and_grad

    x, y, w = np.float32(X), np.float32(Y), np.float32(W)
    derivative = value_and_grad(lambda w: (w * x - y) ** 2)
    return lambda: derivative(w)


# One step of a 32x64-64-10 tanh net with mean squared error.

draw = np.random.RandomState(0)
INPUTS = draw.standard_normal((32, 64)).astype(np.float32)
TARGETS = draw.standard_normal((32, 10)).astype(np.float32)
PARAMETERS = tuple((draw.standard_normal(shape) / 8).astype(np.float32) for shape in ((64, 64), 64, (64, 10), 10))


def net_torch(name: str) -> Step:
    torch = import_module(name)
    inputs, targets = torch.tensor(INPUTS), torch.tensor(TARGETS)
    parameters = w1, b1, w2, b2 = [torch.tensor(each, requires_grad=True) for each in PARAMETERS]

    def step():
        for each in parameters:
            if each.grad is not None:
                each.grad.zero_()
        output = torch.tanh(inputs @ w1 + b1) @ w2 + b2
        loss = ((output - targets) ** 2).mean()
        loss.backward()
        return loss, *(each.grad for each in parameters)

    return step


def net_numpy() -> Step:
    w1, b1, w2, b2 = PARAMETERS

    def step():
        hidden = np.tanh(INPUTS @ w1 + b1)
        difference = hidden @ w2 + b2 - TARGETS
        loss = np.vdot(difference, difference) / difference.size
        g_output = difference * np.float32(2 / difference.size)
        g_hidden = (g_output @ w2.T) * (1 - hidden * hidden)
        return loss, INPUTS.T @ g_hidden, g_hidden.sum(0), hidden.T @ g_output, g_output.sum(0)

    return step


def net_micrograd() -> Step:
    from micrograd.engine import Value

    w1, b1 = PARAMETERS[0].T.tolist(), PARAMETERS[1].tolist()
    neurons = [([Value(w) for w in weights], Value(bias)) for weights, bias in zip(w1, b1, strict=True)]

    def step():  # as far as it gets: the first layer
        inputs = INPUTS.tolist()
        return tuple(sum(map(mul, weights, row), bias).tanh() for row in inputs for weights, bias in neurons)

    return step


def net_mygrad() -> Step:
    import mygrad

    w1, b1, w2, b2 = parameters = [mygrad.tensor(each) for each in PARAMETERS]

    def step():
        for each in parameters:
            each.null_grad()
        output = mygrad.tanh(INPUTS @ w1 + b1) @ w2 + b2
        loss = ((output - TARGETS) ** 2).mean()
        loss.backward()
        return loss.data, *(each.grad for each in parameters)

    return step


def net_autograd() -> Step:
    import autograd.numpy as anp
    from autograd import value_and_grad

    def loss(parameters):
        w1, b1, w2, b2 = parameters
        output = anp.dot(anp.tanh(anp.dot(INPUTS, w1) + b1), w2) + b2
        return anp.mean((output - TARGETS) ** 2)

    derivative = value_and_grad(loss)

    def step():
        value, gradients = derivative(PARAMETERS)
        return value, *gradients

    return step


# Forward and backward over a chain of 100,000 scalar operations.

PAIRS, FACTOR, TERM, START = 50_000, 0.99999, 0.00001, 0.5


def chain(x, factor=FACTOR, term=TERM):
    for _ in range(PAIRS):
        x = x * factor + term
    return x


def chain_torch(name: str) -> Step:
    torch = import_module(name)

    def step():
        x = torch.tensor(START, requires_grad=True)
        result = chain(x)
        result.backward()
        return result, x.grad

    return step


def chain_numpy() -> Step:
    factor, term = np.float32(FACTOR), np.float32(TERM)

    def step():
        result = chain(np.float32(START), factor, term)
        gradient = np.float32(1)
        for _ in range(PAIRS):
            gradient = gradient * factor
        return result, gradient

    return step


def chain_micrograd() -> Step:
    from micrograd.engine import Value

    def step():
        x = Value(START)
        result = chain(x)
        result.backward()
        return result.data, x.grad

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


def chain_autograd() -> Step:
    from autograd import value_and_grad

    derivative = value_and_grad(chain)
    return lambda: derivative(np.float32(START))


# `gradspec check` as a whole process: from the start of Python to the last line of the report.


def check_process(name: str) -> Step:
    command = [sys.executable, "-c", "from gradspec.cli import main; main()", "check", name]

    def step():
        return (subprocess.run(command, stdout=subprocess.DEVNULL, check=False).returncode,)

    return step


TORCH_LIKE = ("refgrad", "torch")


def torch_like(builder: Callable[[str], Step]) -> dict[str, Callable[[], Step]]:
    return {name: partial(builder, name) for name in TORCH_LIKE}


NUMPY, MICROGRAD, MYGRAD, AUTOGRAD = "NumPy by hand", "micrograd", "MyGrad", "HIPS autograd"
COLUMNS = (*TORCH_LIKE, NUMPY, MICROGRAD, MYGRAD, AUTOGRAD)

ROWS = (
    Row(
        "one scalar least-squares step: zero, forward, backward",
        {
            **torch_like(least_squares_torch),
            NUMPY: least_squares_numpy,
            MICROGRAD: least_squares_micrograd,
            MYGRAD: least_squares_mygrad,
            AUTOGRAD: least_squares_autograd,
        },
        rounds=20,
        iterations=100,
        passes=9,
        rtol=1e-6,
        aim=0.6,
    ),
    Row(
        "one step of a 32x64-64-10 tanh net: zero, forward, backward",
        {
            **torch_like(net_torch),
            NUMPY: net_numpy,
            MICROGRAD: net_micrograd,
            MYGRAD: net_mygrad,
            AUTOGRAD: net_autograd,
        },
        rounds=20,
        iterations=20,
        passes=9,
        rtol=1e-4,  # sums of up to 64 float32 products, in whatever order a library takes them
        aim=0.8,
        cannot={MICROGRAD: (AttributeError, "has no tanh")},
    ),
    Row(
        "forward and backward over a chain of 100,000 scalar operations",
        {
            **torch_like(chain_torch),
            NUMPY: chain_numpy,
            MICROGRAD: chain_micrograd,
            MYGRAD: chain_mygrad,
            AUTOGRAD: chain_autograd,
        },
        rounds=1,
        iterations=1,
        passes=5,
        rtol=1e-3,  # 100,000 roundings of float32: the last place of each, adding up like a random walk
        aim=1.0,
        cannot={MICROGRAD: (RecursionError, "its backward pass recurses once a node: RecursionError")},
    ),
    Row("`gradspec check` as a whole process", torch_like(check_process), rounds=1, iterations=1, passes=5, rtol=0),
)
