"""One scalar least-squares step: zero the gradient, forward, backward."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

import numpy as np

from bench.work.row import AUTOGRAD, MICROGRAD, MYGRAD, NUMPY, TINYGRAD, Row, Step, on_tinygrad, torch_like

X, Y, W = 1.0, 2.0, 1.0


def by_torch(name: str) -> Step:
    torch = import_module(name)
    x, y, w = torch.tensor(X), torch.tensor(Y), torch.tensor(W, requires_grad=True)

    def step():
        if w.grad is not None:
            w.grad.zero_()
        loss = (w * x - y) ** 2
        loss.backward()
        return loss, w.grad

    return step


def by_numpy() -> Step:
    """With arrays without dimensions, which is what a tensor holds."""
    x, y, w, grad = (np.array(each, np.float32) for each in (X, Y, W, 0.0))

    def step():
        grad.fill(0)
        difference = w * x - y
        loss = difference**2
        np.add(grad, 2 * difference * x, out=grad)
        return loss, grad

    return step


def by_micrograd() -> Step:
    from micrograd.engine import Value

    x, y, w = Value(X), Value(Y), Value(W)

    def step():
        w.grad = 0
        loss = (w * x - y) ** 2
        loss.backward()
        return loss.data, w.grad

    return step


def by_mygrad() -> Step:
    import mygrad

    x, y = (mygrad.tensor(np.float32(each), constant=True) for each in (X, Y))
    w = mygrad.tensor(np.float32(W))

    def step():
        w.null_grad()
        loss = (w * x - y) ** 2
        loss.backward()
        return loss.data, w.grad

    return step


def by_autograd() -> Step:
    from autograd import value_and_grad

    x, y, w = np.float32(X), np.float32(Y), np.float32(W)
    derivative = value_and_grad(lambda w: (w * x - y) ** 2)
    return lambda: derivative(w)


def by_tinygrad() -> Step:
    """With one element: a tensor without dimensions is a constant to it, and is given no gradient."""
    tensor = on_tinygrad()
    x, y, w = (tensor([each]) for each in (X, Y, W))

    def step():
        w.grad = None
        loss = ((w * x - y) ** 2).sum()
        loss.backward()
        return loss.realize(w.grad).numpy(), w.grad.numpy()[0]

    return step


BUILDERS: dict[str, Callable[[], Step]] = {
    **torch_like(by_torch),
    NUMPY: by_numpy,
    MICROGRAD: by_micrograd,
    MYGRAD: by_mygrad,
    AUTOGRAD: by_autograd,
    TINYGRAD: by_tinygrad,
}
ROWS = (
    Row(
        "scalar least-squares step: zero, forward, backward",
        BUILDERS,
        rounds=20,
        iterations=100,
        passes=9,
        rtol=1e-6,
        aim=0.4,
        limit=8,
    ),
)
