"""Activations, losses and linear maps, as functions."""

from __future__ import annotations

import warnings
from typing import Any

from refgrad import functions
from refgrad.functions import ops
from refgrad.tensor import Tensor

SIZES_DIFFER = (
    "Using a target size ({}) that is different to the input size ({}). This will likely lead to incorrect results "
    "due to broadcasting. Please ensure they have the same size."
)


def relu(input: Tensor, inplace: bool = False) -> Tensor:
    """max(input, 0), elementwise."""
    return input.relu_() if inplace else ops.relu(input)  # type: ignore[attr-defined]


def sigmoid(input: Tensor) -> Tensor:
    """1 / (1 + exp(-input)), elementwise."""
    return ops.sigmoid(input)


def tanh(input: Tensor) -> Tensor:
    """The hyperbolic tangent, elementwise."""
    return ops.tanh(input)


def implicit_dim(name: str, ndim: int) -> int:
    warnings.warn(
        f"Implicit dimension choice for {name} has been deprecated. Change the call to include dim=X as an argument.",
        UserWarning, stacklevel=3,
    )  # fmt: skip
    return 0 if ndim in (0, 1, 3) else 1


def softmax(input: Tensor, dim: int | None = None, _stacklevel: int = 3, dtype: Any = None) -> Tensor:
    """Non-negative numbers that sum to 1 along `dim`, in proportion to exp(input)."""
    return functions.softmax(input, implicit_dim("softmax", input._data.ndim) if dim is None else dim, dtype)


def log_softmax(input: Tensor, dim: int | None = None, _stacklevel: int = 3, dtype: Any = None) -> Tensor:
    """log(softmax(input, dim)), computed without overflow."""
    return functions.log_softmax(input, implicit_dim("log_softmax", input._data.ndim) if dim is None else dim, dtype)


def need_reduction(reduction: str) -> str:
    if reduction not in ("none", "mean", "sum"):
        raise ValueError(f"{reduction} is not a valid value for reduction")
    return reduction


def mse_loss(input: Tensor, target: Tensor, size_average: Any = None, reduce: Any = None, reduction: str = "mean", weight: Any = None) -> Tensor:
    """The squared differences, (input - target)**2, reduced by "mean", "sum" or "none"."""
    if input._data.shape != target._data.shape:
        warnings.warn(SIZES_DIFFER.format(target.size(), input.size()), UserWarning, stacklevel=2)  # type: ignore[attr-defined]
    return ops.mse_loss(input, target, need_reduction(reduction))


def binary_cross_entropy(
    input: Tensor, target: Tensor, weight: Any = None, size_average: Any = None, reduce: Any = None, reduction: str = "mean"
) -> Tensor:
    """-(target * log(input) + (1 - target) * log(1 - input)); the logarithms are at least -100."""
    if input._data.shape != target._data.shape:
        raise ValueError(
            f"Using a target size ({target.size()}) that is different to the input size ({input.size()}) is deprecated. "  # type: ignore[attr-defined]
            "Please ensure they have the same size."
        )
    data = input._data
    if not ((data >= 0) & (data <= 1)).all():
        raise RuntimeError("all elements of input should be between 0 and 1")
    return ops.binary_cross_entropy(input, target, weight, need_reduction(reduction))


def nll_loss(
    input: Tensor, target: Tensor, weight: Any = None, size_average: Any = None, ignore_index: int = -100, reduce: Any = None,
    reduction: str = "mean",
) -> Tensor:  # fmt: skip
    """The log-probabilities that `input` (N, C, ...) or (C) gives to the classes `target` (N, ...) or (), negated."""
    need_reduction(reduction)
    shape, classes = input._data.shape, target._data
    if not shape:
        raise RuntimeError("input tensor should be 1D or 2D")
    if len(shape) > 1 and classes.ndim and shape[0] != classes.shape[0]:
        raise ValueError(f"Expected input batch_size ({shape[0]}) to match target batch_size ({classes.shape[0]}).")
    valid = classes[classes != ignore_index] if classes.ndim else classes
    n_classes = shape[1] if len(shape) > 1 else shape[0]
    if classes.dtype.kind in "iu" and ((valid < 0) | (valid >= n_classes)).any():
        raise IndexError(f"Target {next(int(c) for c in valid.ravel() if not 0 <= c < n_classes)} is out of bounds.")
    if classes.dtype.kind not in "iu":
        raise RuntimeError(f"expected target dtype to be Long or Byte, but got {target.dtype.tensor_type[6:-6]}")
    if len(shape) == 1:
        return ops.nll_loss(ops.unsqueeze(input, 0), ops.view(target, (1,)), weight, ignore_index, reduction).reshape(())  # type: ignore[attr-defined]
    return ops.nll_loss(input, target, weight, ignore_index, reduction)


def cross_entropy(
    input: Tensor, target: Tensor, weight: Any = None, size_average: Any = None, ignore_index: int = -100, reduce: Any = None,
    reduction: str = "mean", label_smoothing: float = 0.0,
) -> Tensor:  # fmt: skip
    """nll_loss of log_softmax, for classes; for `target` of probabilities, their product with -log_softmax, summed."""
    dim = 0 if input._data.ndim == 1 else 1
    logs = functions.log_softmax(input, dim)
    if target._data.dtype.kind == "f":
        losses = ops.neg(functions.sum(ops.mul(logs, target), dim))
        return losses if reduction == "none" else functions.sum(losses) if reduction == "sum" else ops.div(
            functions.sum(losses), losses._data.size)
    hard = nll_loss(logs, target, weight, ignore_index=ignore_index, reduction=reduction)
    if not label_smoothing:
        return hard
    spread = ops.neg(functions.mean(logs, dim))
    soft = spread if reduction == "none" else (functions.sum if reduction == "sum" else functions.mean)(spread)
    return hard * (1 - label_smoothing) + soft * label_smoothing


def linear(input: Tensor, weight: Tensor, bias: Any = None) -> Tensor:
    """input @ weight.T + bias. Shapes: (..., in), (out, in), (out) -> (..., out)."""
    turned = ops.t(weight)
    if bias is None:
        return functions.matmul(input, turned)
    if input._data.ndim == 2:
        return ops.addmm(bias, input, turned)
    shape = input._data.shape
    rows = functions.reshape(input, (-1, shape[-1]))
    return ops.view(ops.addmm(bias, rows, turned), (*shape[:-1], weight._data.shape[0]))
