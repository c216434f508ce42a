"""One step of a 32x64-64-10 tanh net with mean squared error; and one that differentiates its gradient again."""

from __future__ import annotations

from importlib import import_module
from operator import mul

import numpy as np

from bench.work.row import AUTOGRAD, MICROGRAD, MYGRAD, NUMPY, TINYGRAD, Row, Step, on_tinygrad, torch_like

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


def net_tinygrad() -> Step:
    tensor = on_tinygrad()
    inputs, targets = tensor(INPUTS), tensor(TARGETS)
    parameters = w1, b1, w2, b2 = [tensor(each) for each in PARAMETERS]

    def step():
        for each in parameters:
            each.grad = None
        output = (inputs @ w1 + b1).tanh() @ w2 + b2
        loss = ((output - targets) ** 2).mean()
        loss.backward()
        gradients = [each.grad for each in parameters]
        return loss.realize(*gradients).numpy(), *(each.numpy() for each in gradients)

    return step


# The gradient's own gradient: of the squared norm of all gradients, by all parameters.


def second_torch(name: str) -> Step:
    torch = import_module(name)
    inputs, targets = torch.tensor(INPUTS), torch.tensor(TARGETS)
    parameters = w1, b1, w2, b2 = [torch.tensor(each, requires_grad=True) for each in PARAMETERS]

    def step():
        output = torch.tanh(inputs @ w1 + b1) @ w2 + b2
        loss = ((output - targets) ** 2).mean()
        gradients = torch.autograd.grad(loss, parameters, create_graph=True)
        norm = sum((each * each).sum() for each in gradients)
        return norm, *torch.autograd.grad(norm, parameters)

    return step


def second_autograd() -> Step:
    import autograd.numpy as anp
    from autograd import grad, value_and_grad

    def loss(parameters):
        w1, b1, w2, b2 = parameters
        output = anp.dot(anp.tanh(anp.dot(INPUTS, w1) + b1), w2) + b2
        return anp.mean((output - TARGETS) ** 2)

    derivative = value_and_grad(lambda parameters: sum(anp.sum(each * each) for each in grad(loss)(parameters)))

    def step():
        norm, gradients = derivative(PARAMETERS)
        return norm, *gradients

    return step


ROWS = (
    Row(
        "32x64-64-10 tanh net: zero, forward, backward",
        {
            **torch_like(net_torch),
            NUMPY: net_numpy,
            MICROGRAD: net_micrograd,
            MYGRAD: net_mygrad,
            AUTOGRAD: net_autograd,
            TINYGRAD: net_tinygrad,
        },
        rounds=20,
        iterations=20,
        passes=9,
        rtol=1e-4,  # sums of up to 64 float32 products, in whatever order a library takes them
        aim=0.6,
        limit=1.5,
        cannot={MICROGRAD: (AttributeError, "has no tanh")},
    ),
    Row(
        "the same net with create_graph, and a second derivative",
        {**torch_like(second_torch), AUTOGRAD: second_autograd},
        rounds=20,
        iterations=10,
        passes=9,
        rtol=1e-3,  # differences of what the gradients rounded
        aim=0.8,
    ),
)
