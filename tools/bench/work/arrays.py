"""Large arrays, where the arithmetic is the cost: a 1,024 x 1,024 matrix product net, and ten million numbers."""

from __future__ import annotations

from importlib import import_module

import numpy as np

from bench.work.row import AUTOGRAD, MYGRAD, NUMPY, Row, Step, torch_like

draw = np.random.RandomState(1)
SIDE = 1024
MATRICES = tuple((draw.standard_normal((SIDE, SIDE)) / 32).astype(np.float32) for _ in range(3))


def product_torch(name: str) -> Step:
    torch = import_module(name)
    x, w, v = (torch.tensor(each, requires_grad=leaf) for each, leaf in zip(MATRICES, (False, True, True), strict=True))

    def step():
        w.grad = v.grad = None
        loss = (torch.relu(x @ w) @ v).sum()
        loss.backward()
        return loss, w.grad, v.grad

    return step


def product_numpy() -> Step:
    x, w, v = MATRICES

    def step():
        hidden = np.maximum(x @ w, 0)
        loss = (hidden @ v).sum()
        g = np.broadcast_to(np.float32(1), (SIDE, SIDE))
        return loss, x.T @ ((g @ v.T) * (hidden > 0)), hidden.T @ g

    return step


def product_mygrad() -> Step:
    import mygrad
    from mygrad.nnet.activations import relu

    x = MATRICES[0]
    w, v = map(mygrad.tensor, MATRICES[1:])

    def step():
        w.null_grad()
        v.null_grad()
        loss = (relu(x @ w) @ v).sum()
        loss.backward()
        return loss.data, w.grad, v.grad

    return step


def product_autograd() -> Step:
    import autograd.numpy as anp
    from autograd import value_and_grad

    x, w, v = MATRICES
    derivative = value_and_grad(lambda w, v: anp.sum(anp.dot(anp.maximum(anp.dot(x, w), 0), v)), argnum=(0, 1))

    def step():
        loss, gradients = derivative(w, v)
        return loss, *gradients

    return step


NUMBERS = draw.standard_normal(10_000_000).astype(np.float32)


def elementwise_torch(name: str) -> Step:
    torch = import_module(name)
    x = torch.tensor(NUMBERS, requires_grad=True)

    def step():
        x.grad = None
        loss = (torch.tanh(x) * x).sum()
        loss.backward()
        return loss, x.grad

    return step


def elementwise_numpy() -> Step:
    def step():
        y = np.tanh(NUMBERS)
        loss = (y * NUMBERS).sum()
        return loss, y + NUMBERS * (1 - y * y)

    return step


def elementwise_mygrad() -> Step:
    import mygrad

    x = mygrad.tensor(NUMBERS)

    def step():
        x.null_grad()
        loss = (mygrad.tanh(x) * x).sum()
        loss.backward()
        return loss.data, x.grad

    return step


def elementwise_autograd() -> Step:
    import autograd.numpy as anp
    from autograd import value_and_grad

    derivative = value_and_grad(lambda x: anp.sum(anp.tanh(x) * x))
    return lambda: derivative(NUMBERS)


ROWS = (
    Row(
        "1,024 x 1,024 matrix product net: forward, backward",
        {**torch_like(product_torch), NUMPY: product_numpy, MYGRAD: product_mygrad, AUTOGRAD: product_autograd},
        rounds=3,
        iterations=1,
        passes=7,
        rtol=1e-3,  # sums of 1,024 float32 products, in whatever order a library takes them
        limit=1.15,
    ),
    Row(
        "tanh(x) * x on 10 million numbers: forward, backward",
        {
            **torch_like(elementwise_torch),
            NUMPY: elementwise_numpy,
            MYGRAD: elementwise_mygrad,
            AUTOGRAD: elementwise_autograd,
        },
        rounds=1,
        iterations=1,
        passes=7,
        rtol=1e-3,
        limit=1.15,
    ),
)
