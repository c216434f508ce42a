"""Activations, losses and linear maps, as functions."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from refgrad import creation, functions, random
from refgrad.derivatives import TABLE
from refgrad.functions import ops
from refgrad.nn.activations import (  # noqa: F401
    celu,
    elu_,
    hardshrink,
    hardsigmoid,
    hardswish,
    hardtanh,
    leaky_relu_,
    logsigmoid,
    mish,
    pad,
    relu6,
    relu_,
    selu,
    softmin,
    softshrink,
    softsign,
    tanhshrink,
    threshold,
)  # fmt: skip
from refgrad.tensor import Tensor, wrap
from refgrad.views import change

SIZES_DIFFER = (
    "Using a target size ({}) that is different to the input size ({}). This will likely lead to incorrect results "
    "due to broadcasting. Please ensure they have the same size."
)


def activation(name: str, summary: str, **settings: Any) -> Callable:
    """The function of the table's operator `name`, with its `settings` and what they are unless given; or in place."""
    entry, words = TABLE[name], tuple(settings)

    def function(input: Tensor, *args: Any, inplace: bool = False, **kwargs: Any) -> Tensor:
        if not (args or kwargs or inplace or words):
            return entry.recorded(input)
        if len(args) > len(words):  # `inplace` may stand last, without its name
            *args, inplace = args  # type: ignore[assignment]
        given = settings | dict(zip(words, args, strict=False)) | kwargs
        if len(given) > len(words):
            raise TypeError(f"{name}() got an unexpected keyword argument '{[*given][-1]}'")
        if inplace:
            return change(input, TABLE.get(f"{name}_in_place", entry), *given.values())
        return entry.recorded(input, *given.values())

    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"{summary}, elementwise."
    return function


relu = activation("relu", "max(input, 0)")
sigmoid = activation("sigmoid", "1 / (1 + exp(-input))")
tanh = activation("tanh", "The hyperbolic tangent")
leaky_relu = activation("leaky_relu", "input, times `negative_slope` where it is negative", negative_slope=0.01)
silu = activation("silu", "input * sigmoid(input)")
softplus = activation(
    "softplus", "log(1 + exp(beta * input)) / beta; input beyond `threshold`", beta=1.0, threshold=20.0
)


def elu(input: Tensor, alpha: float = 1.0, inplace: bool = False) -> Tensor:
    """input, and alpha * (exp(input) - 1) where it is negative, elementwise."""
    return change(input, TABLE["elu_in_place"], alpha, 1, 1) if inplace else ops.elu(input, alpha, 1, 1)


def gelu(input: Tensor, *, approximate: str = "none") -> Tensor:
    """input times the normal distribution's P(X <= input), elementwise; `approximate` may be "tanh"."""
    if approximate not in ("none", "tanh"):
        raise RuntimeError("approximate argument must be either none or tanh.")
    return ops.gelu(input, approximate)


def dropout(input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    """While `training`, zero each element with probability `p`, and multiply the others by 1 / (1 - p)."""
    if not 0 <= p <= 1:
        raise ValueError(f"dropout probability has to be between 0 and 1, but got {p}")
    if not training or p == 0 or not input._data.size:
        return input
    mask = wrap(random.dropout_mask(creation.default_generator, input._data.shape, input._data.dtype, p))
    return change(input, TABLE["mul"], mask) if inplace else ops.mul(input, mask)


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


def normalize(input: Tensor, p: float = 2.0, dim: int = 1, eps: float = 1e-12) -> Tensor:
    """input divided by its p-norm along `dim`, or by `eps` where that is greater."""
    return ops.div(input, functions.norm(input, p, dim, True).clamp(eps).expand_as(input))


def embedding(
    input: Tensor, weight: Tensor, padding_idx: int | None = None, max_norm: float | None = None, norm_type: float = 2.0,
    scale_grad_by_freq: bool = False, sparse: bool = False,
) -> Tensor:  # fmt: skip
    """The rows of `weight` (n, m) that `input` (..., integers) names: (..., m). Row `padding_idx` gets no gradient."""
    indices = input._data
    if indices.dtype not in ("int64", "int32"):
        raise RuntimeError(
            "Expected tensor for argument #1 'indices' to have one of the following scalar types: Long, Int; but got "
            f"{input.dtype.tensor_type} instead (while checking arguments for embedding)"
        )
    if ((indices < 0) | (indices >= len(weight))).any():
        raise IndexError("index out of range in self")
    return ops.embedding(weight, input, padding_idx)


def one_hot(input: Tensor, num_classes: int = -1) -> Tensor:
    """The classes `input` (..., int64) as rows of zeros with one 1: (..., num_classes), by default the greatest and 1."""
    classes = input._data
    if classes.dtype != "int64":
        raise RuntimeError("one_hot is only applicable to index tensor of type LongTensor.")
    if (classes < 0).any():
        raise RuntimeError("Class values must be non-negative.")
    if num_classes != -1 and (classes >= num_classes).any():
        raise RuntimeError("Class values must be smaller than num_classes.")
    n = int(classes.max()) + 1 if num_classes == -1 else num_classes
    return wrap(np.equal(classes[..., None], np.arange(n)).astype(np.int64))


# -- losses


def reduced(losses: Tensor, reduction: str) -> Tensor:
    return losses if reduction == "none" else (functions.mean if reduction == "mean" else functions.sum)(losses)


def averaged(losses: Tensor, count: Any, reduction: str) -> Tensor:
    """`losses` reduced, where the mean is not over all elements but the sum divided by `count`."""
    return ops.div_scalar(functions.sum(losses), count) if reduction == "mean" else reduced(losses, reduction)


def how(reduction: str, size_average: Any = None, reduce: Any = None) -> str:
    """How losses are reduced: `reduction`, unless one of the two old switches is set."""
    if size_average is not None or reduce is not None:
        reduction = "none" if reduce is False else "sum" if size_average is False else "mean"
        warnings.warn(
            f"size_average and reduce args will be deprecated, please use reduction='{reduction}' instead.",
            UserWarning, stacklevel=3,
        )  # fmt: skip
    if reduction not in ("none", "mean", "sum"):
        raise ValueError(f"{reduction} is not a valid value for reduction")
    return reduction


def same_size(input: Tensor, target: Tensor) -> None:
    if input._data.shape != target._data.shape:
        warnings.warn(SIZES_DIFFER.format(target.size(), input.size()), UserWarning, stacklevel=3)


def mse_loss(
    input: Tensor, target: Tensor, size_average: Any = None, reduce: Any = None, reduction: str = "mean"
) -> Tensor:
    """The squared differences, (input - target)**2, reduced by "mean", "sum" or "none"."""
    same_size(input, target)
    return ops.mse_loss(input, target, how(reduction, size_average, reduce))


def l1_loss(
    input: Tensor, target: Tensor, size_average: Any = None, reduce: Any = None, reduction: str = "mean"
) -> Tensor:
    """The absolute differences, reduced by "mean", "sum" or "none"."""
    same_size(input, target)
    return reduced(ops.abs(ops.sub(input, target)), how(reduction, size_average, reduce))


def smooth_l1_loss(
    input: Tensor, target: Tensor, size_average: Any = None, reduce: Any = None, reduction: str = "mean", beta: float = 1.0
) -> Tensor:  # fmt: skip
    """d**2 / (2 beta) for differences d less than `beta`, |d| - beta / 2 for the others."""
    same_size(input, target)
    if beta < 0:
        raise RuntimeError("smooth_l1_loss does not support negative values for beta.")
    reduction = how(reduction, size_average, reduce)
    if beta == 0:
        return reduced(ops.abs(ops.sub(input, target)), reduction)
    return ops.smooth_l1_loss(input, target, reduction, beta)


def huber_loss(input: Tensor, target: Tensor, reduction: str = "mean", delta: float = 1.0) -> Tensor:
    """d**2 / 2 for differences d less than `delta`, delta (|d| - delta / 2) for the others."""
    same_size(input, target)
    if delta <= 0:
        raise RuntimeError("huber_loss does not support non-positive values for delta.")
    return ops.huber_loss(input, target, how(reduction), delta)


def binary_cross_entropy(
    input: Tensor, target: Tensor, weight: Any = None, size_average: Any = None, reduce: Any = None, reduction: str = "mean"
) -> Tensor:  # fmt: skip
    """-(target * log(input) + (1 - target) * log(1 - input)); the logarithms are at least -100."""
    if input._data.shape != target._data.shape:
        raise ValueError(
            f"Using a target size ({target.size()}) that is different to the input size ({input.size()}) is deprecated. "
            "Please ensure they have the same size."
        )
    data = input._data
    for name, values in (("input", data), ("target", target._data)):
        if not ((values >= 0) & (values <= 1)).all():
            raise RuntimeError(f"all elements of {name} should be between 0 and 1")
    if data.dtype != target._data.dtype:
        raise RuntimeError(f"Found dtype {target.dtype.tensor_type[6:-6]} but expected {input.dtype.tensor_type[6:-6]}")
    return ops.binary_cross_entropy(input, target, weight, how(reduction, size_average, reduce))


def binary_cross_entropy_with_logits(
    input: Tensor, target: Tensor, weight: Any = None, size_average: Any = None, reduce: Any = None, reduction: str = "mean",
    pos_weight: Any = None,
) -> Tensor:  # fmt: skip
    """binary_cross_entropy of sigmoid(input), computed without overflow; positive targets count `pos_weight` times."""
    if input._data.shape != target._data.shape:
        raise ValueError(f"Target size ({target.size()}) must be the same as input size ({input.size()})")
    reduction = how(reduction, size_average, reduce)
    return ops.binary_cross_entropy_with_logits(input, target, weight, pos_weight, reduction)


def nll_loss(
    input: Tensor, target: Tensor, weight: Any = None, size_average: Any = None, ignore_index: int = -100, reduce: Any = None,
    reduction: str = "mean",
) -> Tensor:  # fmt: skip
    """The log-probabilities that `input` (N, C, ...) or (C) gives to the classes `target` (N, ...) or (), negated."""
    reduction = how(reduction, size_average, reduce)
    shape, classes = input._data.shape, target._data
    if not shape:
        raise ValueError("Expected 1 or more dimensions (got 0)")
    if len(shape) > 1 and classes.ndim and shape[0] != classes.shape[0]:
        raise ValueError(f"Expected input batch_size ({shape[0]}) to match target batch_size ({classes.shape[0]}).")
    valid = classes[classes != ignore_index] if classes.ndim else classes
    n_classes = shape[1] if len(shape) > 1 else shape[0]
    if classes.dtype.kind in "iu" and ((valid < 0) | (valid >= n_classes)).any():
        raise IndexError(f"Target {next(int(c) for c in valid.ravel() if not 0 <= c < n_classes)} is out of bounds.")
    if weight is not None:
        weight_for_all(weight, n_classes)
    if classes.dtype not in ("int64", "uint8"):
        raise RuntimeError(f"expected target dtype to be Long or Byte, but got {target.dtype.tensor_type[6:-6]}")
    return ops.nll_loss(input, target, weight, ignore_index, reduction)


def weight_for_all(weight: Tensor, classes: int) -> None:
    if weight._data.shape != (classes,):
        raise RuntimeError(
            f"weight tensor should be defined either for all {classes} classes or no classes but got weight tensor of shape: "
            f"{list(weight._data.shape)}"
        )


def cross_entropy(
    input: Tensor, target: Tensor, weight: Any = None, size_average: Any = None, ignore_index: int = -100, reduce: Any = None,
    reduction: str = "mean", label_smoothing: float = 0.0,
) -> Tensor:  # fmt: skip
    """nll_loss of log_softmax, for classes; for `target` of probabilities, their product with -log_softmax, summed.

    label_smoothing: how much of each target is spread evenly over all classes.
    """
    reduction = how(reduction, size_average, reduce)
    dim = 0 if input._data.ndim == 1 else 1
    classes = input._data.shape[dim] if input._data.ndim else 1
    if weight is not None:
        weight_for_all(weight, classes)
    logs = functions.log_softmax(input, dim)
    scales = [classes if d == dim else 1 for d in range(input._data.ndim)]
    scaled = logs if weight is None else ops.mul(logs, functions.reshape(weight, scales))
    if not 0 <= label_smoothing <= 1:
        raise RuntimeError(f"label_smoothing must be between 0.0 and 1.0. Got: {label_smoothing:g}")
    if target._data.shape == input._data.shape:
        if target._data.dtype.kind != "f":
            kind = target.dtype.tensor_type[6:-6]
            raise RuntimeError(f"Expected floating point type for target with class probabilities, got {kind}")
        if label_smoothing:
            target = ops.add(ops.mul(target, 1 - label_smoothing), label_smoothing / classes)
        losses = ops.neg(functions.sum(ops.mul(scaled, target), dim))
        return averaged(losses, losses._data.size, reduction)
    hard = nll_loss(logs, target, weight, ignore_index=ignore_index, reduction=reduction)
    if not label_smoothing:
        return hard
    kept = target._data != ignore_index
    losses = ops.masked_fill(ops.neg(functions.sum(scaled, dim)), wrap(~kept), 0)
    share = kept if weight is None else weight._data[np.where(kept, target._data, 0)] * kept
    soft = averaged(losses, share.sum().item(), reduction)
    return ops.add(ops.mul(hard, 1 - label_smoothing), ops.mul(soft, label_smoothing / classes))


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
