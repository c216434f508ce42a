"""The programs of the courses, whole: the slides' training run, the tutorial's regression, a net that learns XOR."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

import numpy as np

from bench.work.row import AUTOGRAD, MICROGRAD, MYGRAD, NUMPY, TINYGRAD, Row, Step, on_tinygrad, torch_like

# The slides' training run: ten epochs over three samples.

SAMPLES = ((1.0, 2.0), (2.0, 4.0), (3.0, 6.0))
EPOCHS, RATE = 10, 0.01


def slides_torch(name: str) -> Step:
    torch = import_module(name)

    def step():
        w = torch.tensor([1.0], requires_grad=True)
        for _ in range(EPOCHS):
            for x, y in SAMPLES:
                difference = x * w - y
                loss = difference * difference
                loss.backward()
                w.data = w.data - RATE * w.grad.data
                w.grad.data.zero_()
        return loss, w

    return step


def slides_numpy() -> Step:
    rate = np.float32(RATE)

    def step():
        w = np.ones(1, np.float32)
        for _ in range(EPOCHS):
            for x, y in SAMPLES:
                difference = x * w - y
                loss = difference * difference
                w = w - rate * (2 * difference * x)
        return loss, w

    return step


def slides_micrograd() -> Step:
    from micrograd.engine import Value

    def step():
        w = Value(1.0)
        for _ in range(EPOCHS):
            for x, y in SAMPLES:
                difference = x * w - y
                loss = difference * difference
                loss.backward()
                w.data -= RATE * w.grad
                w.grad = 0
        return [loss.data], [w.data]

    return step


def slides_mygrad() -> Step:
    import mygrad

    samples = [(np.float32(x), np.float32(y)) for x, y in SAMPLES]

    def step():
        w = mygrad.tensor(np.ones(1, np.float32))
        for _ in range(EPOCHS):
            for x, y in samples:
                difference = x * w - y
                loss = difference * difference
                loss.backward()
                w.data -= np.float32(RATE) * w.grad
                w.null_grad()
        return loss.data, w.data

    return step


def slides_autograd() -> Step:
    from autograd import value_and_grad

    def loss_of(w, x, y):
        difference = x * w - y
        return (difference * difference)[0]

    derivative, rate = value_and_grad(loss_of), np.float32(RATE)

    def step():
        w = np.ones(1, np.float32)
        for _ in range(EPOCHS):
            for x, y in SAMPLES:
                loss, gradient = derivative(w, x, y)
                w = w - rate * gradient
        return [loss], w

    return step


def slides_tinygrad() -> Step:
    tensor = on_tinygrad()

    def step():
        w = tensor([1.0])
        for _ in range(EPOCHS):
            for x, y in SAMPLES:
                difference = x * w - y
                loss = difference * difference
                loss.sum().backward()
                w.assign(w.detach() - RATE * w.grad).realize(loss)
                w.grad = None
        return loss.numpy(), w.numpy()

    return step


# The regression of the tutorial: 100 points, 100 epochs.

draw = np.random.RandomState(42)
POINTS = np.linspace(0, 10, 100, dtype=np.float32)
MEASURED = (2 * POINTS + 1 + 1.5 * draw.standard_normal(100)).astype(np.float32)


def regression_torch(name: str) -> Step:
    torch = import_module(name)
    x, y = torch.tensor(POINTS), torch.tensor(MEASURED)

    def step():
        w, b = torch.tensor(0.0, requires_grad=True), torch.tensor(0.0, requires_grad=True)
        for _ in range(100):
            loss = ((w * x + b - y) ** 2).mean()
            loss.backward()
            with torch.no_grad():
                w -= RATE * w.grad
                b -= RATE * b.grad
            w.grad.zero_()
            b.grad.zero_()
        return loss, w, b

    return step


def regression_numpy() -> Step:
    rate = np.float32(RATE)

    def step():
        w, b = np.float32(0), np.float32(0)
        for _ in range(100):
            difference = w * POINTS + b - MEASURED
            loss = (difference**2).mean()
            g = difference * np.float32(2 / len(POINTS))
            w, b = w - rate * (g * POINTS).sum(), b - rate * g.sum()
        return loss, w, b

    return step


def regression_mygrad() -> Step:
    import mygrad

    rate = np.float32(RATE)

    def step():
        w, b = mygrad.tensor(np.float32(0)), mygrad.tensor(np.float32(0))
        for _ in range(100):
            loss = ((w * POINTS + b - MEASURED) ** 2).mean()
            loss.backward()
            w.data -= rate * w.grad
            b.data -= rate * b.grad
            w.null_grad()
            b.null_grad()
        return loss.data, w.data, b.data

    return step


def regression_autograd() -> Step:
    import autograd.numpy as anp
    from autograd import value_and_grad

    derivative = value_and_grad(lambda w, b: anp.mean((w * POINTS + b - MEASURED) ** 2), argnum=(0, 1))
    rate = np.float32(RATE)

    def step():
        w, b = np.float32(0), np.float32(0)
        for _ in range(100):
            loss, (of_w, of_b) = derivative(w, b)
            w, b = w - rate * of_w, b - rate * of_b
        return loss, w, b

    return step


def regression_tinygrad() -> Step:
    tensor = on_tinygrad()
    x, y = tensor(POINTS), tensor(MEASURED)

    def step():
        w, b = tensor([0.0]), tensor([0.0])
        for _ in range(100):
            loss = ((w * x + b - y) ** 2).mean()
            loss.backward()
            w.assign(w.detach() - RATE * w.grad).realize(b.assign(b.detach() - RATE * b.grad), loss)
            w.grad = b.grad = None
        return loss.numpy(), w.numpy()[0], b.numpy()[0]

    return step


# XOR: two inputs, four hidden units, one output; 1,000 steps.

CASES = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], np.float32)
SHOULD = np.array([[0], [1], [1], [0]], np.float32)
WEIGHTS = tuple(draw.standard_normal(shape).astype(np.float32) for shape in ((2, 4), 4, (4, 1), 1))
STEPS, FAST = 1000, 0.5


def xor_torch(name: str) -> Step:
    torch = import_module(name)
    inputs, targets = torch.tensor(CASES), torch.tensor(SHOULD)

    def step():
        parameters = w1, b1, w2, b2 = [torch.tensor(each, requires_grad=True) for each in WEIGHTS]
        for _ in range(STEPS):
            output = torch.sigmoid(torch.tanh(inputs @ w1 + b1) @ w2 + b2)
            loss = ((output - targets) ** 2).mean()
            loss.backward()
            with torch.no_grad():
                for each in parameters:
                    each.sub_(FAST * each.grad)
                    each.grad.zero_()
        return loss, *parameters

    return step


def xor_numpy() -> Step:
    fast, share = np.float32(FAST), np.float32(2 / SHOULD.size)

    def step():
        w1, b1, w2, b2 = (each.copy() for each in WEIGHTS)
        for _ in range(STEPS):
            hidden = np.tanh(CASES @ w1 + b1)
            output = 1 / (1 + np.exp(-(hidden @ w2 + b2)))
            difference = output - SHOULD
            loss = (difference**2).mean()
            g_output = share * difference * output * (1 - output)
            g_hidden = (g_output @ w2.T) * (1 - hidden * hidden)
            w2 -= fast * (hidden.T @ g_output)
            b2 -= fast * g_output.sum(0)
            w1 -= fast * (CASES.T @ g_hidden)
            b1 -= fast * g_hidden.sum(0)
        return loss, w1, b1, w2, b2

    return step


def xor_mygrad() -> Step:
    import mygrad
    from mygrad.nnet.activations import sigmoid

    fast = np.float32(FAST)

    def step():
        parameters = w1, b1, w2, b2 = [mygrad.tensor(each.copy()) for each in WEIGHTS]
        for _ in range(STEPS):
            output = sigmoid(mygrad.tanh(CASES @ w1 + b1) @ w2 + b2)
            loss = ((output - SHOULD) ** 2).mean()
            loss.backward()
            for each in parameters:
                each.data -= fast * each.grad
                each.null_grad()
        return loss.data, *(each.data for each in parameters)

    return step


def xor_autograd() -> Step:
    import autograd.numpy as anp
    from autograd import value_and_grad

    def loss_of(parameters):
        w1, b1, w2, b2 = parameters
        output = 1 / (1 + anp.exp(-(anp.dot(anp.tanh(anp.dot(CASES, w1) + b1), w2) + b2)))
        return anp.mean((output - SHOULD) ** 2)

    derivative, fast = value_and_grad(loss_of), np.float32(FAST)

    def step():
        parameters = WEIGHTS
        for _ in range(STEPS):
            loss, gradients = derivative(parameters)
            parameters = tuple(each - fast * g for each, g in zip(parameters, gradients, strict=True))
        return loss, *parameters

    return step


def builders(torch, numpy, micrograd, mygrad, autograd, tinygrad) -> dict[str, Callable[[], Step]]:
    named = {NUMPY: numpy, MICROGRAD: micrograd, MYGRAD: mygrad, AUTOGRAD: autograd, TINYGRAD: tinygrad}
    return torch_like(torch) | {name: builder for name, builder in named.items() if builder}


ROWS = (
    Row(
        "the slides' training run: 10 epochs, 3 samples",
        builders(slides_torch, slides_numpy, slides_micrograd, slides_mygrad, slides_autograd, slides_tinygrad),
        rounds=10,
        iterations=10,
        passes=9,
        rtol=1e-5,
        aim=0.4,
    ),
    Row(
        "the tutorial's regression: 100 points, 100 epochs",
        builders(regression_torch, regression_numpy, None, regression_mygrad, regression_autograd, regression_tinygrad),
        rounds=5,
        iterations=2,
        passes=9,
        rtol=1e-4,  # sums of 100 float32 numbers in whatever order, a hundred times over
        aim=0.6,
    ),
    Row(
        "XOR: a 2-4-1 net, 1,000 steps",
        builders(xor_torch, xor_numpy, None, xor_mygrad, xor_autograd, None),
        rounds=1,
        iterations=1,
        passes=7,
        rtol=2e-3,  # a thousand steps of float32, each of which passes its roundings on
        aim=0.6,
    ),
)
