"""Backward passes: `backward` and `grad`, and what can be seen and changed on the way."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from refgrad import dtypes, functions, messages
from refgrad.autograd import anomaly_mode, function, functional, grad_mode, graph
from refgrad.autograd.anomaly_mode import detect_anomaly, set_detect_anomaly
from refgrad.autograd.function import Function
from refgrad.autograd.grad_mode import enable_grad, inference_mode, is_grad_enabled, no_grad, set_grad_enabled
from refgrad.autograd.gradcheck import gradcheck, gradgradcheck
from refgrad.autograd.saved_tensors import output_edge
from refgrad.engine import key_of, like_of, run, warn_create_graph
from refgrad.modes import modes
from refgrad.node import LEAF, NODE, node_of
from refgrad.tensor import INHERITED, Tensor, wrap
from refgrad.views import sum_to

__all__ = [
    "Function", "Variable", "anomaly_mode", "backward", "detect_anomaly", "enable_grad", "function", "functional",
    "grad", "grad_mode", "gradcheck", "gradgradcheck", "graph", "inference_mode", "is_grad_enabled", "no_grad",
    "set_grad_enabled", "set_multithreading_enabled",
]  # fmt: skip

set_multithreading_enabled = grad_mode.set_multithreading_enabled
_unsafe_preserve_version_counter = grad_mode._unsafe_preserve_version_counter


class _VariableMeta(type):
    def __instancecheck__(cls, value: object) -> bool:
        return isinstance(value, Tensor)


class _Engine:
    """What is left of PyTorch's own engine to a caller."""

    @staticmethod
    def queue_callback(callback: Callable) -> None:
        """Call `callback()` when the backward pass that is under way is done. RuntimeError outside of one."""
        messages.require(modes.task is not None, "autograd.callback")
        modes.task.callbacks.append(callback)


class Variable(metaclass=_VariableMeta):
    """The old spelling of a tensor: `Variable(t, requires_grad=True)` is the same data as a leaf of its own."""

    _execution_engine = _Engine

    def __new__(cls, data: Any = None, requires_grad: bool = False, volatile: bool = False) -> Any:
        if volatile:
            messages.warn("autograd.volatile")
        data = wrap(np.zeros(0, np.float32)) if data is None else data
        messages.require(isinstance(data, Tensor), "autograd.data", data)
        return data.detach().requires_grad_(requires_grad)


def as_tuple(value: Any) -> tuple:
    return (value,) if isinstance(value, (Tensor, graph.GradientEdge)) else tuple(value)


def as_edge(t: Any) -> Any:
    """The edge of a tensor or a GradientEdge; None if it has none. AssertionError for anything else."""
    if isinstance(t, Tensor):
        edge = t._node
        if edge is None:
            return t if t._rg else None
        return edge if edge._kind == NODE and not edge._late else t.grad_fn and t._node  # or raises, for a stale view
    messages.require(isinstance(t, graph.GradientEdge), "autograd.output_type")
    return t.node.variable if isinstance(t.node, graph.AccumulateGrad) else output_edge(t.node, t.output_nr)


def first_gradient(edge: Any, t: Any, g: Any, create_graph: bool, index: int) -> Any:
    """What the backward pass starts with at `edge`, that of `t`: `g`, checked, or 1 for a scalar."""
    like = like_of(edge) if isinstance(edge, Tensor) else edge
    dtype = like.dtype
    if g is None:
        shape = t._data.shape if isinstance(t, Tensor) else like.shape
        if shape and math.prod(shape) != 1:
            raise messages.error("autograd.implicit")
        if dtype.kind != "f":
            raise messages.error("autograd.implicit_real", dtype)
        one = np.array(dtypes.ONE[dtype], ndmin=len(shape)) if shape else dtypes.ONE[dtype]
        if shape == like.shape:
            return wrap(one) if create_graph else one
        g = wrap(one)
    shape = like.shape
    lead = g._data.ndim - len(shape)  # its tensor may have got another shape in place, which its node does not know
    if lead < 0 or any(n not in (1, m) for n, m in zip(shape, g._data.shape[lead:])):
        raise messages.error("autograd.root_shape", index, g._data, shape)
    if g._data.shape != shape:
        g = sum_to(g, shape) if create_graph else wrap(sum_to(g._data, shape))
    messages.require_same(
        dtypes.is_complex(g._data), dtype.kind == "c", "autograd.gradient_dtype", index, g.dtype, dtype
    )
    if g._data.dtype != dtype:
        g = g.to(dtypes.of_numpy(dtype)) if create_graph else wrap(g._data.astype(dtype))
    return g if create_graph else g._data


def given(grads: Any, outputs: tuple) -> tuple:
    """The first gradients, checked: tensors or None, one for each of `outputs`, of its shape."""
    grads = as_tuple(grads)
    for g in grads:
        if g is not None and not isinstance(g, Tensor):
            raise messages.error("autograd.gradients", g)
    if len(grads) < len(outputs):
        raise messages.error("autograd.tensors_and_gradients", len(outputs), len(grads))
    for i, (t, g) in enumerate(zip(outputs, grads, strict=False)):
        if g is not None:
            shape = t.shape if isinstance(t, Tensor) else dtypes.Size(like_of(as_edge(t)).shape)
            messages.require_same(g._data.shape, shape, "autograd.gradient_shape", i, g.shape, shape)
    return grads


def start(outputs: tuple, grads: Any, create_graph: bool) -> tuple[list, list]:
    """The edges and gradients that a backward pass from `outputs` starts with."""
    if grads is not None:
        grads = given(grads, outputs)
    edges, firsts = [], []
    for i, t in enumerate(outputs):
        edge = as_edge(t)
        # none, or a view that has only its base's flag
        if edge is None or (isinstance(edge, Tensor) and edge._rg is INHERITED):
            raise messages.error("autograd.no_history", i)
        edges.append(edge)
        firsts.append(first_gradient(edge, t, grads and grads[i], create_graph, i))
    return edges, firsts


def backward(
    tensors: Any, grad_tensors: Any = None, retain_graph: bool | None = None, create_graph: bool = False,
    grad_variables: Any = None, inputs: Any = None,
) -> None:  # fmt: skip
    """Add the gradients of `tensors`, weighted by `grad_tensors` (of their shapes), to the `.grad` of the leaves.

    retain_graph: keep the saved values for another pass; by default as `create_graph`. create_graph: record the pass,
    so that it can be differentiated. inputs: add to the `.grad` of these alone.
    Raises RuntimeError for tensors without history, missing or misshapen gradients, and freed graphs.
    """
    if grad_variables is not None:
        messages.warn("autograd.grad_variables")
        messages.require(grad_tensors is None, "autograd.both_names")
        grad_tensors = grad_variables
    if inputs is not None:
        inputs = as_tuple(inputs)
        messages.require(inputs, "autograd.no_inputs", "backward")
    tensors = (tensors,) if isinstance(tensors, Tensor) else as_tuple(tensors)
    edges, firsts = start(tensors, grad_tensors, create_graph)
    keep = create_graph if retain_graph is None else retain_graph
    targets: Any = None if inputs is None else []
    for t in inputs or ():
        if isinstance(t, Tensor) and not (t.is_leaf and t._rg):
            t.retain_grad()
        targets.append(need_edge(t))
    if create_graph:
        warn_create_graph()
    run(edges, firsts, keep, create_graph, targets)


def need_edge(t: Any) -> Any:
    if not isinstance(t, (Tensor, graph.GradientEdge)):
        raise messages.error("autograd.input_type", t)
    edge = as_edge(t)
    messages.require(edge is not None, "autograd.input_history")
    return edge


def grad(
    outputs: Any, inputs: Any, grad_outputs: Any = None, retain_graph: bool | None = None, create_graph: bool = False,
    only_inputs: bool = True, allow_unused: bool | None = None, is_grads_batched: bool = False,
    materialize_grads: bool = False,
) -> Any:  # fmt: skip
    """The gradients of `outputs`, weighted by `grad_outputs`, with respect to `inputs`; no `.grad` is touched.

    A tuple; of a dictionary of inputs, a dictionary with the same keys.

    allow_unused: None for an input that does not matter, instead of an error. materialize_grads: zeros for it.
    is_grads_batched: `grad_outputs` have one more dimension, the first, and so have the results: a pass for each index.
    """
    if not only_inputs:
        messages.warn("autograd.only_inputs")
    messages.require(not materialize_grads or allow_unused is not False, "autograd.materialize")
    outputs, named = as_tuple(outputs), inputs if type(inputs) is dict else None
    inputs = as_tuple(inputs if named is None else named.values())
    messages.require(inputs, "autograd.no_inputs", "grad")
    keep = create_graph if retain_graph is None else retain_graph
    passed: dict = {}
    if is_grads_batched:
        pass_back = functools.partial(grad, outputs, inputs, create_graph=create_graph, allow_unused=True)
        arrived = batched(pass_back, outputs, as_tuple(grad_outputs), keep) or [None] * len(inputs)
    else:
        edges, firsts = start(outputs, grad_outputs, create_graph)
        targets = [need_edge(t) for t in inputs]
        if grad_outputs is not None:  # what comes through unchanged is the tensor that went in
            passed = {id(g._data): g for g in as_tuple(grad_outputs) if g is not None}
        found = run(edges, firsts, keep, create_graph, targets, accumulate=False)
        arrived = [found.get(key_of(e)) for e in targets]
    results: list = []
    for i, (t, g) in enumerate(zip(inputs, arrived)):
        if g is not None:
            results.append(g if isinstance(g, Tensor) else passed.setdefault(id(g), wrap(writable(g))))
            continue
        messages.require(materialize_grads or allow_unused, "autograd.not_used", i)
        messages.require(isinstance(t, Tensor) or not materialize_grads, "autograd.materialized_edge")
        results.append(wrap(np.zeros_like(t._data)).requires_grad_(create_graph) if materialize_grads else None)
    return tuple(results) if named is None else dict(zip(named, results))


def writable(g: Any) -> Any:
    """The array `g` or, where NumPy has made it read-only because its elements share memory, the same to be written."""
    if not isinstance(g, np.ndarray) or g.flags.writeable:
        return g
    once = g[tuple([slice(None) if s else slice(1) for s in g.strides])].copy()
    strides = [m if s else 0 for s, m in zip(g.strides, once.strides)]
    return np.lib.stride_tricks.as_strided(once, g.shape, strides)


def batched(pass_back: Callable, outputs: tuple, grads: tuple, keep: bool) -> list:
    """What `pass_back` gives for each index of the first dimension of `grads`, stacked; None where no gradient came."""
    for i, (t, g) in enumerate(zip(outputs, grads, strict=False)):
        if isinstance(t, Tensor) and g is not None:
            messages.require_same(g.shape[1:], t.shape, "autograd.not_batched", i, g.shape[2:], t.shape)
    last = next(len(g) for g in grads if g is not None) - 1
    picked = [[g if g is None else g[i] for g in grads] for i in range(last + 1)]
    rows = [pass_back(row, retain_graph=keep or i < last) for i, row in enumerate(picked)]
    return [None if column[0] is None else functions.stack(column) for column in zip(*rows)]
