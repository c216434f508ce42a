"""Backward passes: `backward` and `grad`, and what can be seen and changed on the way."""

from __future__ import annotations

import functools
import math
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from refgrad.autograd import anomaly_mode, function, functional, grad_mode, graph
from refgrad.autograd.anomaly_mode import detect_anomaly, set_detect_anomaly
from refgrad.autograd.function import Function
from refgrad.autograd.grad_mode import (
    _unsafe_preserve_version_counter,
    enable_grad,
    inference_mode,
    is_grad_enabled,
    no_grad,
    set_grad_enabled,
    set_multithreading_enabled,
)
from refgrad.autograd.gradcheck import gradcheck, gradgradcheck
from refgrad.dtypes import Size, of_numpy
from refgrad.engine import run, warn_create_graph
from refgrad.functions import stack
from refgrad.modes import modes
from refgrad.node import LEAF, MultiNode, Slot
from refgrad.tensor import Tensor, wrap

__all__ = [
    "Function", "Variable", "anomaly_mode", "backward", "detect_anomaly", "enable_grad", "function", "functional",
    "grad", "grad_mode", "gradcheck", "gradgradcheck", "graph", "inference_mode", "is_grad_enabled", "no_grad",
    "set_grad_enabled", "set_multithreading_enabled",
]  # fmt: skip


ONLY_INPUTS = (
    "only_inputs argument is deprecated and is ignored now (defaults to True). To accumulate gradient for other parts of "
    "the graph, please use torch.autograd.backward."
)
UNBATCHED = (
    "If `is_grads_batched=True`, we interpret the first dimension of each grad_output as the batch dimension. The sizes "
    "of the remaining dimensions are expected to match the shape of corresponding output, but a mismatch was detected: "
    "grad_output[{i}] has a shape of {grad!r} and output[{i}] has a shape of {output!r}. If you only want some tensors "
    "in `grad_output` to be considered batched, consider using vmap."
)


VOLATILE = "volatile was removed and now has no effect. Use `with torch.no_grad():` instead."


class _VariableMeta(type):
    def __instancecheck__(cls, value: object) -> bool:
        return isinstance(value, Tensor)


class _Engine:
    """What is left of PyTorch's own engine to a caller."""

    @staticmethod
    def queue_callback(callback: Callable) -> None:
        """Call `callback()` when the backward pass that is under way is done. RuntimeError outside of one."""
        if modes.task is None:
            raise RuntimeError("Final callbacks can only be installed during backward pass.")
        modes.task.callbacks.append(callback)


class Variable(metaclass=_VariableMeta):
    """The old spelling of a tensor: `Variable(t, requires_grad=True)` is the same data as a leaf of its own."""

    _execution_engine = _Engine

    def __new__(cls, data: Any = None, requires_grad: bool = False, volatile: bool = False) -> Any:
        if volatile:
            warnings.warn(VOLATILE, UserWarning, stacklevel=2)
        if data is None:
            data = wrap(np.zeros(0, np.float32))
        if not isinstance(data, Tensor):
            raise TypeError(f"Variable data has to be a tensor, but got {type(data).__name__}")
        return data.detach().requires_grad_(requires_grad)


def as_tuple(value: Any) -> tuple:
    return (value,) if isinstance(value, (Tensor, graph.GradientEdge)) else tuple(value)


def as_edge(t: Any) -> Any:
    """The edge of a tensor or a GradientEdge; None if it has none. AssertionError for anything else."""
    if isinstance(t, graph.GradientEdge):
        node = t.node
        if isinstance(node, graph.AccumulateGrad):
            return node.variable
        nr = t.output_nr
        return Slot(node, nr, node.shape[nr], node.dtype[nr]) if isinstance(node, MultiNode) else node
    if not isinstance(t, Tensor):
        raise AssertionError("Expected output to be a torch.Tensor")
    return t._node or (t if t._rg else None)


def first_gradient(edge: Any, g: Any, create_graph: bool, index: int) -> Any:
    """What the backward pass starts with at `edge`: `g`, checked, or 1 for a scalar."""
    like = edge._data if edge._kind == LEAF else edge
    shape, dtype = like.shape, like.dtype
    if g is None:
        if shape and math.prod(shape) != 1:
            raise RuntimeError("grad can be implicitly created only for scalar outputs")
        if dtype.kind != "f":
            raise RuntimeError(f"grad can be implicitly created only for real scalar outputs but got torch.{dtype}")
        one = np.full(shape, dtype.type(1)) if shape else dtype.type(1)
        return wrap(one) if create_graph else one
    if g._data.shape != shape:
        raise RuntimeError(
            f"Mismatch in shape: grad_output[{index}] has a shape of {g.shape!r} and output[{index}] has a shape of "
            f"{Size(shape)!r}."
        )
    if (g._data.dtype.kind == "c") != (dtype.kind == "c"):
        raise RuntimeError(
            f"For complex Tensors, both grad_output and output are required to have the same dtype. Mismatch in dtype: "
            f"grad_output[{index}] has a dtype of {g.dtype} and output[{index}] has a dtype of torch.{dtype}."
        )
    if g._data.dtype != dtype:
        g = g.to(of_numpy(dtype)) if create_graph else wrap(g._data.astype(dtype))
    return g if create_graph else g._data


def start(outputs: tuple, grads: Any, create_graph: bool) -> tuple[list, list]:
    """The edges and gradients that a backward pass from `outputs` starts with."""
    grads = (None,) * len(outputs) if grads is None else as_tuple(grads)
    for g in grads:
        if g is not None and not isinstance(g, Tensor):
            raise TypeError(f"gradients can be either Tensors or None, but got {type(g).__name__}")
    if len(grads) < len(outputs):
        raise RuntimeError(f"got {len(outputs)} tensors and {len(grads)} gradients")
    edges, firsts = [], []
    for i, (t, g) in enumerate(zip(outputs, grads, strict=False)):
        edge = as_edge(t)
        if edge is None:
            raise RuntimeError(f"element {i} of tensors does not require grad and does not have a grad_fn")
        edges.append(edge)
        firsts.append(first_gradient(edge, g, create_graph, i))
    return edges, firsts


def backward(
    tensors: Any,
    grad_tensors: Any = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    grad_variables: Any = None,
    inputs: Any = None,
) -> None:
    """Add the gradients of `tensors`, weighted by `grad_tensors` (of their shapes), to the `.grad` of the leaves.

    retain_graph: keep the saved values for another pass; by default as `create_graph`. create_graph: record the pass,
    so that it can be differentiated. inputs: add to the `.grad` of these alone.
    Raises RuntimeError for tensors without history, missing or misshapen gradients, and freed graphs.
    """
    if grad_variables is not None:
        warnings.warn("`grad_variables` is deprecated. Use `grad_tensors` instead.", FutureWarning, stacklevel=2)
        if grad_tensors is not None:
            raise RuntimeError(
                "`grad_tensors` and `grad_variables` (deprecated) arguments both passed to `backward()`. Please only use "
                "`grad_tensors`."
            )
        grad_tensors = grad_variables
    if inputs is not None and not (inputs := as_tuple(inputs)):
        raise RuntimeError("`inputs` argument to `backward()` cannot be empty.")
    edges, firsts = start(as_tuple(tensors), grad_tensors, create_graph)
    if create_graph:
        warn_create_graph()
    keep = create_graph if retain_graph is None else retain_graph
    for t in inputs or ():
        if isinstance(t, Tensor) and not (t._rg and t.is_leaf):
            t.retain_grad()
    run(edges, firsts, keep, create_graph, inputs and [need_edge(t) for t in inputs])


def need_edge(t: Any) -> Any:
    if not isinstance(t, (Tensor, graph.GradientEdge)):
        raise RuntimeError(f"all inputs have to be Tensors or GradientEdges, but got {type(t).__name__}")
    edge = as_edge(t)
    if edge is None:
        raise RuntimeError("One of the differentiated Tensors does not require grad")
    return edge


def grad(
    outputs: Any,
    inputs: Any,
    grad_outputs: Any = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    only_inputs: bool = True,
    allow_unused: bool | None = None,
    is_grads_batched: bool = False,
    materialize_grads: bool = False,
) -> tuple:
    """The gradients of `outputs`, weighted by `grad_outputs`, with respect to `inputs`; no `.grad` is touched.

    allow_unused: None for an input that does not matter, instead of an error. materialize_grads: zeros for it.
    is_grads_batched: `grad_outputs` have one more dimension, the first, and so have the results: a pass for each index.
    """
    if not only_inputs:
        warnings.warn(ONLY_INPUTS, FutureWarning, stacklevel=2)
    if materialize_grads and allow_unused is False:
        raise ValueError(
            "Expected allow_unused to be True or not passed when materialize_grads=True, but got: allow_unused=False."
        )
    inputs = as_tuple(inputs)
    if not inputs:
        raise RuntimeError("`inputs` argument to `grad()` cannot be empty.")
    targets = [need_edge(t) for t in inputs]
    keep = create_graph if retain_graph is None else retain_graph
    if is_grads_batched:
        pass_back = functools.partial(grad, outputs, inputs, create_graph=create_graph, allow_unused=True)
        arrived = batched(pass_back, as_tuple(outputs), as_tuple(grad_outputs), keep)
    else:
        edges, firsts = start(as_tuple(outputs), grad_outputs, create_graph)
        found = run(edges, firsts, keep, create_graph, targets, accumulate=False)
        arrived = [found.get((e.node, e.nr) if e.__class__ is Slot else e) for e in targets]
    return tuple(
        given(g, i, t, allow_unused, materialize_grads) for i, (t, g) in enumerate(zip(inputs, arrived, strict=True))
    )


def given(g: Any, index: int, t: Any, allow_unused: bool | None, materialize: bool) -> Any:
    """What `grad` gives back for the input `t`, at which `g` arrived."""
    if g is not None:
        return g if isinstance(g, Tensor) else wrap(g)
    if not materialize and not allow_unused:
        raise RuntimeError(
            f"The differentiated Tensor at index {index} appears to not have been used in the graph. Set "
            "allow_unused=True if this is the desired behavior."
        )
    if materialize and not isinstance(t, Tensor):
        raise RuntimeError("materialize_grads cannot be used when the given input is a GradientEdge")
    return wrap(np.zeros_like(t._data)) if materialize else None


def batched(pass_back: Callable, outputs: tuple, grads: tuple, keep: bool) -> list:
    """What `pass_back` gives for each index of the first dimension of `grads`, stacked; None where no gradient came."""
    for i, (t, g) in enumerate(zip(outputs, grads, strict=False)):
        if isinstance(t, Tensor) and g is not None and g.shape[1:] != t.shape:
            raise RuntimeError(UNBATCHED.format(i=i, grad=g.shape[1:], output=t.shape))
    count = next(len(g) for g in grads if g is not None)
    rows = [
        pass_back([g if g is None else g[i] for g in grads], retain_graph=keep or i < count - 1) for i in range(count)
    ]
    return [None if column[0] is None else stack(column) for column in zip(*rows, strict=True)]
