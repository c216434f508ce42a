"""The shape of the cost, counted and never timed: calls, formulas, objects and bytes, and how they grow."""

from __future__ import annotations

import gc
import sys
import tracemalloc
from pathlib import Path

import numpy as np
import pytest

import refgrad as torch
from refgrad import derivatives

FORMULAS = str(Path(derivatives.__file__).parent)


def calls(step, *, formulas=False):
    """How many Python functions a step calls; or how many formulas of the table."""
    count = 0

    def watch(frame, event, argument):
        nonlocal count
        count += event == "call" and (not formulas or frame.f_code.co_filename.startswith(FORMULAS))

    step()  # an operator's code is written when it is first used, and there is a gradient from then on
    step()
    sys.setprofile(watch)
    try:
        step()
    finally:
        sys.setprofile(None)
    return count


def held(make):
    """What stays allocated while the result of `make` is held: blocks of memory, and bytes."""
    make()
    gc.collect()
    gc.disable()
    tracemalloc.start()
    try:
        before = sys.getallocatedblocks(), tracemalloc.get_traced_memory()[0]
        kept = make()
        after = sys.getallocatedblocks(), tracemalloc.get_traced_memory()[0]
        del kept
    finally:
        tracemalloc.stop()
        gc.enable()
    return after[0] - before[0], after[1] - before[1]


def chain(length):
    x = torch.tensor(0.5, requires_grad=True)
    y = x
    for _ in range(length):
        y = y * 0.999
    return y


def ladder(depth):
    y = torch.tensor(0.5, requires_grad=True)
    for _ in range(depth):
        y = y * 0.5 + y * 0.5
    return y


def fan(uses):
    x = torch.tensor(0.5, requires_grad=True)
    total = x * 0.25
    for _ in range(uses):
        total = total + x
    return total


def least_squares():
    x, y, w = torch.tensor(1.0), torch.tensor(2.0), torch.tensor(1.0, requires_grad=True)

    def step():
        if w.grad is not None:
            w.grad.zero_()
        ((w * x - y) ** 2).backward()

    return step


def of_net(use):
    torch.manual_seed(0)
    inputs, targets = torch.randn(32, 64), torch.randn(32, 10)
    shapes = (64, 64), (64,), (64, 10), (10,)
    parameters = w1, b1, w2, b2 = [torch.randn(*shape, requires_grad=True) for shape in shapes]

    def step():
        output = torch.tanh(inputs @ w1 + b1) @ w2 + b2
        use(((output - targets) ** 2).mean(), parameters)

    return step


def net():
    return of_net(lambda loss, parameters: loss.backward())


def second_derivative():
    def use(loss, parameters):
        gradients = torch.autograd.grad(loss, parameters, create_graph=True)
        torch.autograd.grad(sum([(each * each).sum() for each in gradients]), parameters)

    return of_net(use)


@pytest.mark.parametrize(("make", "most"), [(least_squares, 24), (net, 61), (second_derivative, 330)])
def test_a_step_of_a_course_calls_few_functions(make, most):
    assert calls(make()) <= most


@pytest.mark.parametrize("shape", [chain, ladder, fan])
def test_calls_grow_in_proportion_to_the_graph(shape):
    one, two, four = (calls(lambda size=size: shape(size).backward()) for size in (100, 200, 400))
    assert four - two == 2 * (two - one)


def test_a_formula_is_called_once_for_each_edge_and_not_for_constants():
    assert calls(lambda: chain(100).backward(), formulas=True) == 100
    one, two = (calls(lambda depth=depth: ladder(depth).backward(), formulas=True) for depth in (50, 100))
    assert two == 2 * one


@pytest.mark.parametrize("shape", [chain, ladder, fan])
def test_what_a_graph_holds_grows_in_proportion(shape):
    one, two, four = (held(lambda size=size: shape(size)) for size in (1000, 2000, 4000))
    for small, middle, large in zip(one, two, four, strict=True):
        assert large - middle == pytest.approx(2 * (middle - small), rel=0.02)


def test_a_recorded_node_is_small():
    blocks, size = np.subtract(held(lambda: chain(2000)), held(lambda: chain(1000))) / 1000
    assert blocks <= 4
    assert size <= 260  # bytes


def test_a_backward_pass_leaves_nothing_but_the_gradient():
    def train(steps):
        step = least_squares()
        for _ in range(steps):
            step()
        return step

    few, many = held(lambda: train(10)), held(lambda: train(2000))
    assert many[0] - few[0] <= 20  # blocks; a step that kept one would have kept 1,990
    assert many[1] - few[1] <= 4000  # bytes


@pytest.mark.parametrize(("times", "copies"), [(1, 1), (2, 0), (3, 0)])
def test_what_nobody_else_has_becomes_the_gradient_without_a_copy(times, copies):
    count = 0

    def watch(frame, event, argument):
        nonlocal count
        count += event == "c_call" and argument.__name__ == "copy"

    x = torch.ones(8, requires_grad=True)
    loss = sum((x * 2.0).sum() for _ in range(times))
    sys.setprofile(watch)
    try:
        loss.backward()
    finally:
        sys.setprofile(None)
    assert count == copies


def test_large_arrays_are_copied_no_more_often_than_by_hand():
    numbers = np.random.RandomState(0).standard_normal(200_000).astype(np.float32)
    x = torch.tensor(numbers, requires_grad=True)

    def by_us():
        x.grad = None
        (torch.tanh(x) * x).sum().backward()

    def by_hand():
        y = np.tanh(numbers)
        product = y * numbers
        product.sum()
        g = np.ones_like(product)
        return g * y + g * numbers * (1 - y * y)

    def peak(step):
        step()
        tracemalloc.start()
        try:
            before = tracemalloc.get_traced_memory()[0]
            step()
            return (tracemalloc.get_traced_memory()[1] - before) / numbers.nbytes
        finally:
            tracemalloc.stop()

    assert peak(by_us) <= peak(by_hand) + 1
