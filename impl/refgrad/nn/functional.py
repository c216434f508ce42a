"""Activations, losses and linear maps, as functions."""

from collections.abc import Callable
from inspect import Parameter, Signature
from typing import Any

import numpy as np

from refgrad import functions, messages, random
from refgrad.derivatives import TABLE
from refgrad.functions import ops
from refgrad.tensor import Tensor, wrap
from refgrad.views import change

SELU = (1.6732632423543772848170429916717, 1.0507009873554804934193349852946, 1)  # what keeps mean and variance


def declared(parameters: dict) -> Signature:
    """The signature with these `parameters` and what they are unless given."""
    return Signature([Parameter(k, Parameter.POSITIONAL_OR_KEYWORD, default=v) for k, v in parameters.items()])


def activation(name: str, summary: str, entry: str = "", then: tuple = (), **settings: Any) -> Callable:
    """The function `name(input, **settings)`: an operator of the table, by default `name`, with the settings, and `then`.

    Where `inplace` is among the settings, it does not go to the operator: it says whether to change the input.
    """
    new = TABLE[entry or name]
    in_place = TABLE.get(f"{name}_in_place", new)
    defaults = tuple(value for setting, value in settings.items() if setting != "inplace") + then

    def function(input: Tensor, *args: Any, **kwargs: Any) -> Tensor:
        if not (args or kwargs):
            return new.recorded(input, *defaults)
        given = settings | dict(zip(settings, args, strict=False)) | kwargs
        messages.require(len(args) <= len(settings), "nn.too_many", name, len(settings) + 1, len(args) + 1)
        messages.require(len(given) == len(settings), "nn.unexpected", name, [*given][-1])
        inplace, values = given.pop("inplace", False), (*given.values(), *then)
        return change(input, in_place, *values) if inplace else new.recorded(input, *values)

    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"{summary}, elementwise."
    function.__signature__ = declared({"input": Parameter.empty} | settings)  # type: ignore[attr-defined]
    return function


relu = activation("relu", "max(input, 0)", inplace=False)
relu6 = activation("relu6", "The input held between 0 and 6", "hardtanh", (0.0, 6.0), inplace=False)
hardtanh = activation("hardtanh", "The input held in a range", min_val=-1.0, max_val=1.0, inplace=False)
leaky_relu = activation("leaky_relu", "input, times a slope where negative", negative_slope=0.01, inplace=False)
threshold = activation("threshold", "The input above `threshold`, else `value`", threshold=0, value=0, inplace=False)
elu = activation("elu", "input, alpha * (exp(input) - 1) where negative", then=(1, 1), alpha=1.0, inplace=False)
celu = activation("celu", "input, alpha * (exp(input / alpha) - 1) where negative", alpha=1.0, inplace=False)
selu = activation("selu", "A multiple of elu that keeps mean and variance", "elu", SELU, inplace=False)
silu = activation("silu", "input * sigmoid(input)", inplace=False)
mish = activation("mish", "input * tanh(softplus(input))", inplace=False)
hardsigmoid = activation("hardsigmoid", "(input + 3) / 6 held between 0 and 1", inplace=False)
hardswish = activation("hardswish", "input * hardsigmoid(input)", then=(0, 0), inplace=False)
softshrink = activation("softshrink", "The input moved towards 0 by `lambd`", then=(0,), lambd=0.5)
hardshrink = activation("hardshrink", "The input, 0 within `lambd` of 0", then=(0,), lambd=0.5)
softplus = activation("softplus", "log(1 + exp(beta x)) / beta, x beyond `threshold`", beta=1.0, threshold=20.0)
sigmoid = activation("sigmoid", "1 / (1 + exp(-input))")
tanh = activation("tanh", "The hyperbolic tangent")
logsigmoid = activation("logsigmoid", "log(sigmoid(input))", "log_sigmoid")


def relu_(input: Tensor) -> Tensor:
    """`relu` in place."""
    return relu(input, True)


def leaky_relu_(input: Tensor, negative_slope: float = 0.01) -> Tensor:
    """`leaky_relu` in place; with a negative slope there is no way back."""
    return leaky_relu(input, negative_slope, True)


def elu_(input: Tensor, alpha: float = 1.0) -> Tensor:
    """`elu` in place; with a negative alpha there is no way back."""
    return elu(input, alpha, True)


def gelu(input: Tensor, *, approximate: str = "none") -> Tensor:
    """input times the normal distribution's P(X <= input), elementwise; `approximate` may be "tanh"."""
    messages.require(approximate in ("none", "tanh"), "nn.approximate")
    return ops.gelu(input, approximate)


def softsign(input: Tensor) -> Tensor:
    """input / (1 + |input|), elementwise."""
    return ops.div(input, ops.add(ops.abs(input), 1))


def tanhshrink(input: Tensor) -> Tensor:
    """input - tanh(input), elementwise."""
    return ops.sub(input, ops.tanh(input))


def softmax(input: Tensor, dim: int | None = None, _stacklevel: int = 3, dtype: Any = None) -> Tensor:
    """Non-negative numbers that sum to 1 along `dim`, in proportion to exp(input)."""
    return functions.softmax(input, implicit_dim("softmax", input) if dim is None else dim, dtype)


def log_softmax(input: Tensor, dim: int | None = None, _stacklevel: int = 3, dtype: Any = None) -> Tensor:
    """log(softmax(input, dim)), computed without overflow."""
    return functions.log_softmax(input, implicit_dim("log_softmax", input) if dim is None else dim, dtype)


def softmin(input: Tensor, dim: int, _stacklevel: int = 3, dtype: Any = None) -> Tensor:
    """`softmax` of the negated input."""
    return functions.softmax(ops.neg(input), dim, dtype)


def implicit_dim(name: str, input: Tensor) -> int:
    messages.warn("nn.implicit_dim", name, stacklevel=3)
    return 0 if input._data.ndim in (0, 1, 3) else 1


def dropout(input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    """While `training`, zero each element with probability `p`, and multiply the others by 1 / (1 - p)."""
    messages.require(0 <= p <= 1, "nn.dropout", p)
    if not training or p == 0 or not input._data.size:
        return input
    mask = wrap(random.dropout_mask(random.default_generator, input._data.shape, input._data.dtype, p))
    return change(input, TABLE["mul"], mask) if inplace else ops.mul(input, mask)


# -- linear maps, and other functions


def linear(input: Tensor, weight: Tensor, bias: Any = None) -> Tensor:
    """input @ weight.T + bias. Shapes: (..., in), (out, in), (out) -> (..., out)."""
    turned, shape = ops.t(weight), input._data.shape
    if bias is None:
        return functions.matmul(input, turned)
    if len(shape) == 2:
        return ops.addmm(bias, input, turned)
    rows = functions.reshape(input, (-1, shape[-1]))
    return ops.view(ops.addmm(bias, rows, turned), (*shape[:-1], weight._data.shape[0]))


def embedding(input, weight, padding_idx=None, max_norm=None, norm_type=2.0, scale_grad_by_freq=False, sparse=False):
    """The rows of `weight` (n, m) that `input` (..., integers) names: (..., m). Row `padding_idx` gets no gradient."""
    indices = input._data
    messages.require(indices.dtype in ("int64", "int32"), "nn.indices", input)
    messages.require(((indices >= 0) & (indices < len(weight))).all(), "nn.row")
    return ops.embedding(weight, input, padding_idx)


def one_hot(input: Tensor, num_classes: int = -1) -> Tensor:
    """The classes `input` (..., int64) as rows of zeros with one 1: (..., num_classes), by default the greatest and 1."""
    classes = input._data
    messages.require(classes.dtype == "int64", "nn.one_hot")
    messages.require((classes >= 0).all(), "nn.class_negative")
    messages.require(num_classes == -1 or (classes < num_classes).all(), "nn.class_too_great")
    n = int(classes.max()) + 1 if num_classes == -1 else num_classes
    return wrap(np.equal(classes[..., None], np.arange(n)).astype(np.int64))


def normalize(input: Tensor, p: float = 2.0, dim: int = 1, eps: float = 1e-12) -> Tensor:
    """input divided by its p-norm along `dim`, or by `eps` where that is greater."""
    return ops.div(input, functions.norm(input, p, dim, True).clamp(eps).expand_as(input))


def pad(input: Tensor, pad: Any, mode: str = "constant", value: float | None = None) -> Tensor:
    """`value` (by default 0) around the input: `pad` says how many before and after, from the last dimension on."""
    messages.require(mode == "constant", "nn.padding", mode)
    widths = list(zip(pad[::2], pad[1::2], strict=True))
    sides = ((0, 0),) * (input._data.ndim - len(widths)) + tuple(widths[::-1])
    return ops.constant_pad_nd(input, sides, 0 if value is None else value)


# -- losses. `size_average` and `reduce` are the old names of what `reduction` says: "mean", "sum" or "none".


def how(reduction: str, size_average: Any = None, reduce: Any = None, stacklevel: int = 3) -> str:
    """How losses are reduced: `reduction`, unless one of the two old switches is set."""
    if size_average is not None or reduce is not None:
        reduction = "none" if reduce is False else "sum" if size_average is False else "mean"
        messages.warn("nn.old_switches", reduction, stacklevel=stacklevel)
    messages.require(reduction in ("none", "mean", "sum"), "nn.reduction", reduction)
    return reduction


def how_alike(input: Tensor, target: Tensor, reduction: str, size_average: Any = None, reduce: Any = None) -> str:
    """`how`, for a loss whose input and target should be of one size."""
    if input._data.shape != target._data.shape:
        messages.warn("nn.sizes_differ", target.size(), input.size(), stacklevel=3)
    return how(reduction, size_average, reduce, stacklevel=4)


def reduced(losses: Tensor, reduction: str, count: Any = None) -> Tensor:
    """`losses` reduced; with a `count`, the mean is their sum divided by it."""
    if reduction == "mean" and count is not None:
        return ops.div_scalar(functions.sum(losses), count)
    return losses if reduction == "none" else (functions.mean if reduction == "mean" else functions.sum)(losses)


def mse_loss(input: Tensor, target: Tensor, size_average=None, reduce=None, reduction: str = "mean") -> Tensor:
    """The squared differences, (input - target)**2, reduced by "mean", "sum" or "none"."""
    return ops.mse_loss(input, target, how_alike(input, target, reduction, size_average, reduce))


def l1_loss(input: Tensor, target: Tensor, size_average=None, reduce=None, reduction: str = "mean") -> Tensor:
    """The absolute differences, reduced."""
    reduction = how_alike(input, target, reduction, size_average, reduce)
    return reduced(ops.abs(ops.sub(input, target)), reduction)


def smooth_l1_loss(input, target, size_average=None, reduce=None, reduction="mean", beta: float = 1.0) -> Tensor:
    """d**2 / (2 beta) for differences d less than `beta`, |d| - beta / 2 for the others."""
    reduction = how_alike(input, target, reduction, size_average, reduce)
    messages.require(beta >= 0, "nn.negative_beta")
    if beta == 0:
        return reduced(ops.abs(ops.sub(input, target)), reduction)
    return ops.smooth_l1_loss(input, target, reduction, beta)


def huber_loss(input: Tensor, target: Tensor, reduction: str = "mean", delta: float = 1.0) -> Tensor:
    """d**2 / 2 for differences d less than `delta`, delta (|d| - delta / 2) for the others."""
    reduction = how_alike(input, target, reduction)
    messages.require(delta > 0, "nn.delta")
    return ops.huber_loss(input, target, reduction, delta)


def binary_cross_entropy(input, target, weight=None, size_average=None, reduce=None, reduction="mean") -> Tensor:
    """-(target * log(input) + (1 - target) * log(1 - input)); the logarithms are at least -100.

    RuntimeError for an input or target outside 0 to 1 or of two dtypes, ValueError for two sizes.
    """
    messages.require(input._data.shape == target._data.shape, "nn.probabilities_sizes", target.size(), input.size())
    for name, t in (("input", input), ("target", target)):
        messages.require(((t._data >= 0) & (t._data <= 1)).all(), "nn.probabilities", name)
    messages.require(input._data.dtype == target._data.dtype, "nn.probabilities_dtype", target, input)
    return ops.binary_cross_entropy(input, target, weight, how(reduction, size_average, reduce))


def binary_cross_entropy_with_logits(
    input, target, weight=None, size_average=None, reduce=None, reduction="mean", pos_weight=None
) -> Tensor:
    """binary_cross_entropy of sigmoid(input), computed without overflow; positive targets count `pos_weight` times."""
    messages.require(input._data.shape == target._data.shape, "nn.logits_sizes", target.size(), input.size())
    reduction = how(reduction, size_average, reduce)
    return ops.binary_cross_entropy_with_logits(input, target, weight, pos_weight, reduction)


def nll_loss(input, target, weight=None, size_average=None, ignore_index=-100, reduce=None, reduction="mean") -> Tensor:
    """The log-probabilities that `input` (N, C, ...) or (C) gives to the classes `target` (N, ...) or (), negated.

    weight: (C), what each class counts. ignore_index: a class that does not count. IndexError for classes outside 0 to C - 1.
    """
    reduction = how(reduction, size_average, reduce)
    shape, classes = input._data.shape, target._data
    messages.require(shape, "nn.no_dimensions")
    if len(shape) > 1 and classes.ndim and shape[0] != classes.shape[0]:
        raise messages.error("nn.batches", shape[0], classes.shape[0])
    n = shape[len(shape) > 1]
    outside = ((classes < 0) | (classes >= n)) & ((classes != ignore_index) | (not classes.ndim))
    if classes.dtype.kind in "iu" and outside.any():
        raise messages.error("nn.class_outside", classes[outside][0])
    messages.require(weight is None or weight._data.shape == (n,), "nn.weight", n, weight)
    messages.require(classes.dtype in ("int64", "uint8"), "nn.class_dtype", target)
    return ops.nll_loss(input, target, weight, ignore_index, reduction)


def cross_entropy(
    input, target, weight=None, size_average=None, ignore_index=-100, reduce=None, reduction="mean", label_smoothing=0.0
) -> Tensor:
    """nll_loss of log_softmax, for classes; for `target` of probabilities, their product with -log_softmax, summed.

    input: scores, (N, C, ...) or (C); target: classes (N, ...) or (), int64, or floating probabilities in the input's shape.
    label_smoothing: how much of each target, from 0 to 1, is spread evenly over all classes.
    """
    reduction = how(reduction, size_average, reduce)
    ndim = input._data.ndim
    dim = int(ndim != 1)
    n = input._data.shape[dim] if ndim else 1
    messages.require(weight is None or weight._data.shape == (n,), "nn.weight", n, weight)
    logs = functions.log_softmax(input, dim)
    scaled = logs if weight is None else ops.mul(logs, functions.reshape(weight, (n, *(1,) * (ndim - dim - 1))))
    messages.require(0 <= label_smoothing <= 1, "nn.label_smoothing", label_smoothing)
    if target._data.shape == input._data.shape:
        messages.require(target._data.dtype.kind == "f", "nn.target_dtype", target)
        if label_smoothing:
            target = ops.add(ops.mul(target, 1 - label_smoothing), label_smoothing / n)
        losses = ops.neg(functions.sum(ops.mul(scaled, target), dim))
        return reduced(losses, reduction, losses._data.size)
    hard = nll_loss(logs, target, weight, ignore_index=ignore_index, reduction=reduction)
    if not label_smoothing:
        return hard
    kept = target._data != ignore_index
    losses = ops.masked_fill(ops.neg(functions.sum(scaled, dim)), wrap(~kept), 0)
    share = kept if weight is None else weight._data[np.where(kept, target._data, 0)] * kept
    soft = reduced(losses, reduction, share.sum().item())
    return ops.add(ops.mul(hard, 1 - label_smoothing), ops.mul(soft, label_smoothing / n))
