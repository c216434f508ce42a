"""What hooks leave behind: no cycles, no state."""

from __future__ import annotations

import gc
import weakref

import pytest

import refgrad as torch
from refgrad.modes import modes


@pytest.fixture
def no_collector():
    gc.collect()
    gc.disable()
    yield
    gc.enable()


@pytest.mark.parametrize("name", ["exp", "square", "tanh", "unbind"])
def test_a_graph_that_was_packed_is_freed_without_the_collector(name, no_collector):
    x = torch.ones(3, requires_grad=True)
    with torch.autograd.graph.saved_tensors_hooks(lambda saved: saved.detach(), lambda packed: packed):
        y = getattr(x, name)()
    y = y[0] if name == "unbind" else y
    y.sum().backward(retain_graph=True)
    node = weakref.ref(y.grad_fn)
    del y
    assert node() is None


def test_looking_at_a_leafs_node_keeps_neither_alive(no_collector):
    x = torch.ones(3, requires_grad=True)
    y = x * 2
    leaf, node = weakref.ref(x), weakref.ref(y.grad_fn.next_functions[0][0])
    y.grad_fn.next_functions[0][0].register_hook(lambda grad_inputs, grad_outputs: None)
    del x
    assert leaf() is not None
    del y
    assert leaf() is None
    assert node() is None


def test_a_hook_that_raises_leaves_no_pass_under_way():
    x = torch.ones(3, requires_grad=True)

    def refuse(grad):
        raise ValueError("no")

    x.register_hook(refuse)
    with pytest.raises(ValueError, match="no"):
        (x * 2).sum().backward()
    assert modes.task is None
    assert torch.is_grad_enabled()
    with pytest.raises(RuntimeError, match="only be installed during backward pass"):
        torch.autograd.Variable._execution_engine.queue_callback(lambda: None)


def test_callbacks_run_when_the_pass_is_done():
    seen = []
    queue = torch.autograd.Variable._execution_engine.queue_callback
    x = torch.ones(3, requires_grad=True)

    def first():
        seen.append(x.grad.tolist())
        queue(lambda: seen.append("second"))

    x.register_hook(lambda grad: queue(first))
    (x * 2).sum().backward()
    assert seen == [[2.0, 2.0, 2.0], "second"]
