"""The engine's promises that no scenario can hold: no recursion, no cycles, each node once, nothing kept."""

from __future__ import annotations

import gc
import sys
import weakref

import numpy as np
import pytest

import refgrad as torch
from refgrad.compiler import source
from refgrad.derivatives import TABLE


@pytest.fixture
def no_collector():
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def test_a_million_operations_need_neither_recursion_nor_the_cyclic_collector(no_collector):
    limit = sys.getrecursionlimit()
    depth = len(__import__("inspect").stack())
    x = torch.tensor(1.0, requires_grad=True, dtype=torch.float64)
    y = x
    middle = None
    sys.setrecursionlimit(depth + 60)
    try:
        for i in range(1_000_000):
            y = y * 1.000001
            if i == 500_000:
                middle = weakref.ref(y.grad_fn)
        y.backward()
        assert x.grad.item() == pytest.approx(1.000001**1_000_000, rel=1e-9)
        assert middle() is not None
        del y
        assert middle() is None
    finally:
        sys.setrecursionlimit(limit)


@pytest.mark.parametrize("name", ["exp", "tanh", "sigmoid", "sqrt", "relu", "softmax"])
def test_an_operator_that_saves_its_result_makes_no_cycle(name, no_collector):
    x = torch.ones(3, requires_grad=True)
    y = getattr(x, name)(0) if name == "softmax" else getattr(x, name)()
    node = weakref.ref(y.grad_fn)
    del y
    assert node() is None


def test_each_node_is_run_once_in_a_ladder_of_diamonds():
    calls = []

    class Count(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x.clone()

        @staticmethod
        def backward(ctx, g):
            calls.append(g.item())
            return g

    x = torch.tensor(1.0, requires_grad=True, dtype=torch.float64)
    y = x
    for _ in range(60):
        y = Count.apply(y)
        y = y + y
    y.backward()
    assert len(calls) == 60
    assert x.grad.item() == 2.0**60


def test_the_backward_pass_lets_go_of_saved_values():
    x = torch.ones(1000, requires_grad=True)
    y = x.exp()
    node = y.grad_fn
    y.sum().backward()
    assert node._saved is None


def test_saved_values_are_those_that_a_formula_names():
    x, y = torch.tensor(2.0, requires_grad=True), torch.tensor(3.0)
    assert [s for s in (x * y).grad_fn._saved if isinstance(s, torch.Tensor)] == [y]
    assert (x + y).grad_fn._saved == ()


def test_every_operator_of_the_table_can_be_compiled_and_shown():
    for name, op in TABLE.items():
        assert op.recorded is op.recorded, name
        assert source(name).startswith(f"def {name}("), name


def test_a_gradient_is_not_shared_between_leaves_nor_with_the_one_given():
    x, y = torch.ones(3, requires_grad=True), torch.ones(3, requires_grad=True)
    given = torch.ones(3)
    (x + y).backward(given)
    x.grad[0] = 5.0
    assert y.grad.tolist() == [1.0, 1.0, 1.0]
    assert given.tolist() == [1.0, 1.0, 1.0]


def test_a_leaf_of_no_dimensions_shares_its_memory_once_it_is_asked_to():
    x = torch.tensor(1.0)
    assert isinstance(x._data, np.generic)
    d = x.detach()
    d.add_(1)
    assert x.item() == 2.0
    n = torch.tensor(3.0)
    array = n.numpy()
    n.mul_(2)
    assert array == 6.0


def test_what_was_made_of_a_view_before_it_required_grad_itself_leads_nowhere():
    base = torch.tensor([1.0, 2.0], requires_grad=True)
    with torch.no_grad():
        view = base[:1]
    before = view * 2
    view.requires_grad_()
    after = view * 3
    before.sum().backward()
    assert view.grad is None
    after.sum().backward()
    assert view.grad.tolist() == [3.0]


@pytest.mark.parametrize("name", ["sum", "prod", "mean", "nansum", "norm"])
def test_a_reduction_in_another_dtype_saves_its_operand_as_it_was(name):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * 1
    reduced = getattr(torch, name)(y, dtype=torch.float64)
    assert reduced.dtype is torch.float64
    assert reduced.grad_fn.next_functions[0][0] is y.grad_fn


def test_gradients_are_added_up_in_place_only_where_nobody_else_holds_them():
    x = torch.ones(300, 300, requires_grad=True)  # large enough for NumPy to write a sum over one of its terms
    y, ones = x * 2, torch.ones(300, 300)
    first, second = y + 1, y * 3
    seen = []
    first.register_hook(seen.append)
    (first + second).backward(ones)
    assert (ones == 1).all()
    assert (seen[0] == 1).all()
    assert (x.grad == 8).all()


def test_no_gradient_of_a_node_is_handed_on_before_all_of_them_fit():
    x, src = torch.zeros(2, 3, requires_grad=True), torch.ones(3, 4, requires_grad=True)
    called = []
    x.register_hook(called.append)
    y = torch.scatter(x, 1, torch.tensor([[0, 1]]), src)  # takes a part of `src`, whose gradient has no more
    with pytest.raises(RuntimeError, match="invalid gradient at index 1"):
        y.sum().backward()
    assert x.grad is None
    assert not called


def test_a_gradient_that_a_hook_may_have_kept_is_not_written_to():
    x, kept = torch.ones(3, requires_grad=True), []
    x.register_hook(kept.append)
    for _ in range(2):
        (x * 2 + x * 3).sum().backward()
    assert kept[0].tolist() == [5.0] * 3
    assert x.grad.tolist() == [10.0] * 3
