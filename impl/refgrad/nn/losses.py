"""Losses, of an input and a target, with every reduction.

`reduction` is "mean", "sum" or "none"; `size_average` and `reduce` are the old names of what it says.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from refgrad import dtypes, errors, functions, messages
from refgrad.functions import ops
from refgrad.functions.arguments import TensorOrNone, WithDim, WithSize, broadcast_shapes, need_real_slope
from refgrad.nn.arguments import as_kernel, as_node, how, how_alike, need_one_dtype, reduced, within
from refgrad.nn.norms import pairwise_distance
from refgrad.tensor import Tensor, wrap

TINY = float(np.float32(1e-12))  # keeps the cosine of a vector without length from being no number


def _weighted(losses: Tensor, weight: Any, reduction: str, shape: tuple, by_weight: bool = True) -> Tensor:
    """`losses` of an input of that `shape` times `weight`, reduced; their mean is by the sum of the weights."""
    messages.require(weight._data.shape == shape, "losses.weight")
    losses = ops.mul(losses, weight)
    if reduction == "mean" and by_weight:
        return ops.div(functions.sum(losses), functions.sum(weight))
    return reduced(losses, reduction)


def _need_reduction(key: str, reduction: Any) -> None:
    """For functions that put their words together themselves, of strings alone."""
    messages.require(reduction in ("none", "mean", "sum") or not isinstance(reduction, str), key, reduction)
    if not isinstance(reduction, str):
        raise messages.error("losses.no_word", reduction)


def _need_within(input: Tensor, weight: Any) -> None:
    """A weight that is broadcast to the input, which is not to the weight: PyTorch multiplies in place."""
    if weight is not None and weight._data.shape != input._data.shape:
        shape = broadcast_shapes(input._data.shape, weight._data.shape)
        messages.require(shape == input._data.shape, "views.output_shape", input, shape)


def mse_loss(
    input: Any, target: Any, size_average=None, reduce=None, reduction: str = "mean", weight: Any = None
) -> Tensor:
    """The squared differences, (input - target)**2, reduced by "mean", "sum" or "none"."""
    reduction = how_alike(input, target, reduction, size_average, reduce)
    if weight is not None:
        return _weighted(functions.pow(ops.sub(input, target), 2), weight, reduction, input._data.shape)
    return ops.mse_loss(input, target, reduction)


def l1_loss(
    input: Any, target: Any, size_average=None, reduce=None, reduction: str = "mean", weight: Any = None
) -> Tensor:
    """The absolute differences, reduced."""
    reduction = how_alike(input, target, reduction, size_average, reduce)
    losses = ops.abs(ops.sub(input, target))
    return reduced(losses, reduction) if weight is None else _weighted(losses, weight, reduction, input._data.shape)


def smooth_l1_loss(input, target, size_average=None, reduce=None, reduction="mean", beta=1.0) -> Tensor:
    """d**2 / (2 beta) for differences d less than `beta`, |d| - beta / 2 for the others."""
    reduction = how_alike(input, target, reduction, size_average, reduce)
    messages.require(beta >= 0, "nn.negative_beta")
    if beta == 0:
        return reduced(ops.abs(ops.sub(input, target)), reduction)
    return ops.smooth_l1_loss(input, target, reduction, beta)


def huber_loss(input: Any, target: Any, reduction: str = "mean", delta: Any = 1.0, weight: Any = None) -> Tensor:
    """d**2 / 2 for differences d less than `delta`, delta (|d| - delta / 2) for the others."""
    reduction = how_alike(input, target, reduction)
    messages.require(delta > 0, "nn.delta")
    dtypes.need_castable(target._data.dtype, input._data.dtype)
    if weight is not None:
        losses = ops.huber_loss(input, target, "none", delta)
        return _weighted(losses, weight, reduction, input._data.shape, by_weight=False)
    return ops.huber_loss(input, target, reduction, delta)


def binary_cross_entropy(input, target, weight=None, size_average=None, reduce=None, reduction="mean") -> Tensor:
    """-(target * log(input) + (1 - target) * log(1 - input)); the logarithms are at least -100.

    RuntimeError for an input or target outside 0 to 1 or of two dtypes, ValueError for two sizes.
    """
    messages.require(input._data.shape == target._data.shape, "nn.probabilities_sizes", target.size(), input.size())
    for name, t in (("input", input), ("target", target)):
        messages.require((t._data == t._data.clip(0, 1)).all(), "nn.probabilities", name)
    messages.require(input._data.dtype == target._data.dtype, "nn.probabilities_dtype", target, input)
    _need_within(input, weight)
    if weight is not None:
        weight = functions.expand(weight, input._data.shape)
    return ops.binary_cross_entropy(input, target, weight, how(reduction, size_average, reduce))


def binary_cross_entropy_with_logits(
    input, target, weight: TensorOrNone = None, size_average=None, reduce=None, reduction="mean",
    pos_weight: TensorOrNone = None,
) -> Tensor:  # fmt: skip
    """binary_cross_entropy of sigmoid(input), computed without overflow; positive targets count `pos_weight` times."""
    messages.require(input._data.shape == target._data.shape, "nn.logits_sizes", target.size(), input.size())
    reduction = how(reduction, size_average, reduce)
    _need_within(input, pos_weight)
    _need_within(input, weight)
    functions.need_dtype("log_sigmoid", input)
    messages.require(target._data.dtype != bool, "dtypes.sub_bools")
    messages.require(pos_weight is None or pos_weight._data.dtype != bool, "dtypes.sub_bool")
    for t in (input, pos_weight, weight):  # multiplied in place, in PyTorch
        if t is not None:
            dtypes.need_castable(t._data.dtype, target._data.dtype)
    if pos_weight is not None or weight is not None or input.requires_grad:
        dtypes.need_castable(target._data.dtype, input._data.dtype)
    return ops.binary_cross_entropy_with_logits(input, target, weight, pos_weight, reduction)


def nll_loss(
    input: Tensor, target: Tensor, weight: TensorOrNone = None, size_average=None, ignore_index: int = -100, reduce=None,
    reduction="mean",
) -> Tensor:  # fmt: skip
    """The log-probabilities that `input` (N, C, ...) or (C) gives to the classes `target` (N, ...) or (), negated.

    weight: (C), what each class counts (beside images in any shape). ignore_index: a class that does not count.
    IndexError for classes outside 0 to C - 1.
    """
    reduction = how(reduction, size_average, reduce)
    shape, classes = input._data.shape, target._data
    messages.require(shape, "nn.no_dimensions")
    rows = classes.shape[0] if classes.ndim else 0
    if len(shape) > 1 and shape[0] != rows:
        raise messages.error("nn.batches", shape[0], rows)
    messages.require(len(shape) > 2 or classes.ndim < 2, "nn.class_dims")
    messages.require(len(shape) > 1 or classes.size == 1, "nn.one_class", rows)
    messages.require(len(shape) != 4 or classes.ndim == 3, "nn.image_classes", classes.ndim)
    places = (*shape[:1], *shape[2:])
    if len(shape) == 4:
        messages.require(classes.shape == places, "nn.image_shape", input, target)
    messages.require(len(shape) < 3 or classes.shape == places, "nn.class_shape", [*places], [*classes.shape])
    if len(shape) == 1 and rows:
        target = functions.squeeze(target)
        classes = target._data
    n = shape[len(shape) > 1]
    outside = np.logical_and(classes != ignore_index, ~within(classes, n))
    if classes.dtype.kind in "iu" and outside.any():
        raise messages.error("nn.class_outside", classes[outside][0])
    whole = weight is None or (weight._data.size == n if len(shape) > 2 else weight._data.shape == (n,))
    messages.require(whole, "nn.weight", n, weight)
    functions.need_dtype("nll_loss", input)
    need_one_dtype(input, weight)
    messages.require(classes.dtype in ("int64", "uint8"), "nn.class_dtype", target)
    if len(shape) > 2:
        messages.require(classes.dtype == "int64", "functions.bmm_dtypes", np.dtype(np.int64), target)
    elif len(shape) == 1 and rows:
        input = ops.closed(input, "nn.class_back", input)
    weight = weight if weight is None or weight._data.ndim == 1 else functions.reshape(weight, (n,))
    if len(shape) in (1, 2, 4):
        result = ops.nll_loss(input, target, weight, ignore_index, reduction)
        return as_node(result, "NllLoss2DBackward0") if len(shape) == 4 else result
    size = (shape[0], 1, math.prod(shape[2:]))
    images, classes = functions.reshape(input, (shape[0], n, *size[1:])), functions.reshape(target, size)
    result = as_node(ops.nll_loss(images, classes, weight, ignore_index, reduction), "NllLoss2DBackward0")
    return ops.view(result, target._data.shape) if reduction == "none" else result


def cross_entropy(
    input: Tensor, target: Tensor, weight: TensorOrNone = None, size_average=None, ignore_index: int = -100, reduce=None,
    reduction="mean", label_smoothing: float = 0.0,
) -> Tensor:  # fmt: skip
    """nll_loss of log_softmax, for classes; for `target` of probabilities, their product with -log_softmax, summed.

    input: scores, (N, C, ...) or (C); target: classes (N, ...) or (), int64, or floating probabilities in the input's shape.
    label_smoothing: how much of each target, from 0 to 1, is spread evenly over all classes.
    """
    reduction = how(reduction, size_average, reduce)
    ndim = input._data.ndim
    dim = int(ndim != 1)
    n = input._data.shape[dim] if ndim else 1
    likely = target._data.shape == input._data.shape  # probabilities
    messages.require(likely or not label_smoothing > 1, "nn.label_smoothing", label_smoothing)
    messages.require(not likely or target._data.dtype.kind == "f", "nn.target_dtype", target)
    messages.require(not likely or weight is None or weight._data.shape == (n,), "nn.likely_weight", n, weight)
    logs, across = functions.log_softmax(input, dim), (*(1,) * dim, n, *(1,) * (ndim - dim - 1))
    messages.require(not label_smoothing > 1, "nn.label_smoothing", label_smoothing)
    label_smoothing = max(0, label_smoothing)
    if likely:
        if label_smoothing:
            target = ops.add(ops.mul(target, 1 - label_smoothing), label_smoothing / n)
        products = ops.mul(logs, target)
        if weight is not None:
            products = ops.mul(products, weight if ndim == 1 else ops.view(weight, across))
        if reduction == "none":
            return ops.neg(functions.sum(products, dim))
        total = ops.neg(functions.sum(products))
        return total if reduction == "sum" else ops.div_scalar(total, products._data.size // n if n else 0)
    hard = nll_loss(logs, target, weight, ignore_index=ignore_index, reduction=reduction)
    if not label_smoothing:
        return hard
    kept = target._data != ignore_index
    scaled = logs if weight is None else ops.mul(logs, ops.view(weight, across))
    losses = ops.masked_fill(ops.neg(functions.sum(scaled, dim)), wrap(~kept), 0)
    share = kept if weight is None else weight._data[np.where(kept, target._data, 0)] * kept
    soft = reduced(losses, reduction, share.sum().item())
    return ops.add(ops.mul(hard, 1 - label_smoothing), ops.mul(soft, label_smoothing / n))


# -- losses that are made of other operators


def kl_div(input, target, size_average=None, reduce=None, reduction: str = "mean", log_target: bool = False) -> Tensor:
    """target * (log(target) - input), of log-probabilities `input` and, unless `log_target`, probabilities `target`.

    reduction: also "batchmean", the sum divided by the size of the first dimension.
    """
    batch, old = reduction == "batchmean", size_average is not None or reduce is not None
    if reduction == "mean" and size_average is None and reduce is None:
        messages.warn("losses.kl_mean")
    functions.need_tensor("kl_div", input)
    functions.need_tensor("kl_div", target, "target", 2)
    functions.need_dtype("kl_div", input, target)
    reduction = how("sum" if batch and not old else reduction, size_average, reduce)
    if log_target:
        losses = ops.mul(ops.exp(target), ops.sub(target, input))
    else:
        losses = ops.sub(functions.xlogy(target, target), ops.mul(target, input))
    result = reduced(losses, reduction)
    return ops.div(result, input._data.shape[0]) if batch and input._data.ndim else result


def poisson_nll_loss(
    input: Tensor, target: Tensor, log_input: bool = True, full: bool = False, size_average=None, eps: float = 1e-8,
    reduce=None, reduction: str = "mean",
) -> Tensor:  # fmt: skip
    """exp(input) - target * input, or, unless `log_input`, input - target * log(input + eps).

    full: with Stirling's approximation of log(target!), where target is greater than 1.
    """
    if size_average is not None or reduce is not None:
        reduction = how(reduction, size_average, reduce)
    _need_reduction("nn.reduction", reduction)
    if log_input:
        losses = ops.sub(ops.exp(input), ops.mul(target, input))
    else:
        losses = ops.sub(input, ops.mul(target, ops.log(ops.add(input, eps))))
    if full:
        functions.need_dtype("le", target)
        half = ops.mul(ops.log(ops.mul(target, 2 * math.pi)), 0.5)
        stirling = ops.add(ops.sub(ops.mul(target, ops.log(target)), target), half)
        stirling = functions.to(ops.masked_fill(stirling, wrap(target._data <= 1), 0), losses.dtype)
        losses = ops.add(losses, stirling)
        losses._bump()  # made in place, in PyTorch
    return reduced(losses, reduction)


def gaussian_nll_loss(
    input: WithSize, target: Any, var: Any, full: Any = False, eps: float = 1e-6, reduction: str = "mean"
) -> Tensor:
    """(log(var) + (input - target)**2 / var) / 2, plus log(2 pi) / 2 if `full`.

    var: variances, a number or a tensor, which may have size 1 in a dimension or lack the last one; at least `eps`.
    """
    shape = input._data.shape
    if isinstance(var, float):
        var = wrap(np.full(shape, var, input._data.dtype))
    functions.need_dtype("lt", var)
    negative = var < 0
    if not isinstance(negative, Tensor):
        raise errors.argument("any", "input", 1, negative)
    messages.require(not negative._data.any(), "losses.negative_var")
    have = var._data.shape
    if have != shape:
        if shape[:-1] == have:
            var = ops.unsqueeze(var, len(have))
        else:
            other = [n for n, m in zip(have, shape, strict=False) if n != m]
            messages.require(len(have) == len(shape) and sum(other) == 1, "losses.var_size")
    _need_reduction("losses.reduction", reduction)
    dtypes.need_castable(dtypes.get_default_dtype().numpy, var._data.dtype)
    var = ops.straight(var, np.maximum(var._data, var._data.dtype.type(eps)), 1)
    losses = ops.mul(ops.add(ops.log(var), ops.div(functions.pow(input - target, 2), var)), 0.5)
    if full:
        losses = ops.add(losses, 0.5 * math.log(2 * math.pi))
        losses._bump()  # made in place, in PyTorch
    return reduced(losses, reduction)


def hinge_embedding_loss(
    input: Tensor, target: Tensor, margin: float = 1.0, size_average=None, reduce=None, reduction: str = "mean"
) -> Tensor:
    """The input where `target` is 1, max(0, margin - input) where it is -1."""
    reduction = how(reduction, size_average, reduce)
    apart = ops.clamp_min(ops.sub(wrap(input._data.dtype.type(margin)), input), 0)
    return reduced(ops.add(_where(target, -1, input, False), _where(target, 1, apart, False)), reduction)


def _where(target: Tensor, value: float, losses: Tensor, equal: bool = True) -> Tensor:
    """`losses` where the target is (or, unless `equal`, is not) `value`, and zero elsewhere."""
    chosen = (target._data == value) == equal
    return ops.where(wrap(chosen), losses, wrap(losses._data.dtype.type(0)))


def soft_margin_loss(input: Tensor, target: Tensor, size_average=None, reduce=None, reduction: str = "mean") -> Tensor:
    """log(1 + exp(-target * input)), of targets 1 and -1."""
    reduction = how(reduction, size_average, reduce)
    messages.require(not target.requires_grad, "losses.constant", "soft_margin_loss", "target")
    messages.require(input._data.dtype != bool, "operators.neg_bool")
    dtypes.need_castable(target._data.dtype, input._data.dtype)
    if dtypes.is_float(target._data):  # others are negated as they are
        target = functions.to(target, input.dtype)
    need_real_slope("soft_margin_loss", input)
    losses = ops.soft_margin(input, target)
    if losses._data.shape != input._data.shape:
        raise messages.error("views.output_shape", input, losses)
    result = reduced(losses, reduction)
    dtypes.need_castable(result._data.dtype, input._data.dtype)
    return as_kernel(result, "SoftMarginLossBackward0", input, None, target)


def margin_ranking_loss(
    input1: WithDim, input2: WithDim, target: WithDim, margin: float = 0, size_average=None, reduce=None,
    reduction: str = "mean",
) -> Tensor:  # fmt: skip
    """max(0, margin - target * (input1 - input2)), of targets 1 and -1."""
    reduction = how(reduction, size_average, reduce)
    sizes = [t.size() for t in (input1, input2, target)]
    messages.require(len({len(size) for size in sizes}) == 1, "losses.ranking", *sizes)
    losses = ops.clamp_min(ops.add(ops.mul(ops.neg(target), ops.sub(input1, input2)), margin), 0)
    losses._bump()  # made in place, in PyTorch
    return reduced(losses, reduction)


def _rows(input: Tensor) -> tuple[int, int]:
    """How many rows there are, of how many classes; a number is a row of one."""
    shape = input._data.shape
    messages.require(len(shape) <= 2 and 0 not in shape[-1:], "losses.margin_input", input)
    return math.prod(shape[:-1]), math.prod(shape[-1:])


def _positive(x: Tensor) -> Tensor:
    """Where `x` is not greater than 0, or no number, 0."""
    return ops.masked_fill(x, wrap(~(x._data > 0)), 0)


def multi_margin_loss(
    input: Tensor, target: Tensor, p: Any = 1, margin: float = 1.0, weight: Any = None, size_average=None, reduce=None,
    reduction: str = "mean",
) -> Tensor:  # fmt: skip
    """The mean, over the classes but the target, of max(0, margin - x[target] + x[class])**p, p being 1 or 2.

    Shapes: (N, C) and (N), or (C) and (); weight: (C), what each class counts.
    """
    reduction = how(reduction, size_average, reduce)
    messages.require(p in (1, 2), "losses.power")
    messages.require(weight is None or weight._data.ndim == 1, "losses.weight_vector")
    chosen = target._data
    rows, classes = _rows(input)
    messages.require(chosen.ndim <= 1 and chosen.size == rows, "losses.margin_target", rows, target, input)
    messages.require(weight is None or weight._data.shape == (classes,), "losses.margin_weight", classes, weight)
    messages.require(within(chosen, classes).all(), "losses.class_outside")
    messages.require(chosen.dtype == np.int64, "layers.dtypes", dtypes.int64, target)
    need_one_dtype(input, weight)
    places = np.asarray(chosen).reshape(rows, 1)
    x = functions.reshape(input, (rows, classes))
    apart = _positive(ops.add(ops.sub(x, ops.gather(x, 1, wrap(places))), margin))
    apart = ops.mul(apart, apart) if p == 2 else apart
    others = (apart._data > 0) & (places != np.arange(classes))  # of which the rest counts nothing, whatever its weight
    shares = others.astype(x._data.dtype) if weight is None else np.where(others, weight._data[places], 0)
    losses = ops.masked_fill(ops.mul(apart, wrap(shares)), wrap(~others), 0)
    result = reduced(functions.reshape(functions.mean(losses, 1), target._data.shape), reduction)
    return as_kernel(result, "MultiMarginLossBackward0", input, None, target, weight)


def multilabel_margin_loss(
    input: Tensor, target: Tensor, size_average=None, reduce=None, reduction: str = "mean"
) -> Tensor:
    """The sum, over the classes of the target and those not of it, of max(0, 1 - x[of it] + x[not]), divided by C.

    Both of shape (N, C) or (C). The target's classes are those up to the first -1.
    """
    reduction = how(reduction, size_average, reduce)
    shape, chosen = input._data.shape, target._data
    rows, classes = _rows(input)
    messages.require(chosen.shape == shape, "losses.labels", target, input)
    functions.need_dtype("min", target)
    chosen = chosen.reshape(rows, classes)
    counts = np.logical_and.accumulate(chosen >= 0, axis=1)
    messages.require(within(chosen, classes, -1).all(), "losses.label_outside")
    messages.require(chosen.dtype == np.int64, "layers.dtypes", dtypes.int64, target)
    places = np.where(counts, chosen, 0)
    of_it = ((places[:, :, None] == np.arange(classes)) & counts[:, :, None]).any(1)
    x = functions.reshape(input, (rows, classes))
    gaps = ops.sub(ops.unsqueeze(x, 1), ops.unsqueeze(ops.gather(x, 1, wrap(places)), 2))
    apart = _positive(ops.add(gaps, 1))
    losses = ops.masked_fill(apart, wrap(~counts[:, :, None] | of_it[:, None, :]), 0)
    sums = ops.div_scalar(functions.sum(losses, (1, 2)), classes)
    result = reduced(functions.reshape(sums, shape[:-1]), reduction)
    return as_kernel(result, "MultilabelMarginLossBackward0", input, None, target)


def multilabel_soft_margin_loss(
    input: Tensor, target: Any, weight: Any = None, size_average=None, reduce=None, reduction: str = "mean"
) -> Tensor:
    """The mean over the classes, the last dimension, of the binary cross entropy of sigmoid(input)."""
    if size_average is not None or reduce is not None:
        reduction = how(reduction, size_average, reduce)
    _need_reduction("losses.reduction", reduction)
    likely = target * ops.log_sigmoid(input) + (1 - target) * ops.log_sigmoid(ops.neg(input))
    losses = ops.neg(likely if weight is None else ops.mul(likely, weight))
    last = input._data.ndim - 1
    return reduced(ops.div(functions.sum(losses, last), input._data.shape[last]), reduction)


def triplet_margin_loss(
    anchor: Tensor, positive: Tensor, negative: Tensor, margin: float = 1.0, p: float = 2, eps: float = 1e-6,
    swap: bool = False, size_average=None, reduce=None, reduction: str = "mean",
) -> Tensor:  # fmt: skip
    """max(0, margin + d(anchor, positive) - d(anchor, negative)), with the p-norm's distances d of vectors.

    swap: where the negative is nearer to the positive than to the anchor, that distance counts.
    """

    def distance(a: Tensor, b: Tensor) -> Tensor:
        return pairwise_distance(a, b, p, eps)

    reduction = how(reduction, size_average, reduce)
    messages.require(not margin <= 0, "losses.margin", margin)
    return _triplet(anchor, positive, negative, distance, margin, swap, reduction)


def triplet_margin_with_distance_loss(
    anchor: Tensor, positive: Tensor, negative: Tensor, *, distance_function: Any = None, margin: float = 1.0,
    swap: bool = False, reduction: str = "mean",
) -> Tensor:  # fmt: skip
    """`triplet_margin_loss` with any distance, by default `pairwise_distance`."""
    reduction = how(reduction)
    messages.require(margin > 0, "losses.margin", margin)
    return _triplet(anchor, positive, negative, distance_function or pairwise_distance, margin, swap, reduction)


def _triplet(
    anchor: Tensor, positive: Tensor, negative: Tensor, distance: Any, margin: float, swap: bool, reduction: str
):
    dims = [t._data.ndim for t in (anchor, positive, negative)]
    messages.require(len(set(dims)) == 1, "losses.triplet", *dims)
    near, far = distance(anchor, positive), distance(anchor, negative)
    if swap:
        far = ops.minimum(far, distance(positive, negative))
    return reduced(ops.clamp_min(ops.sub(ops.add(near, margin), far), 0), reduction)


def cosine_embedding_loss(
    input1: Tensor, input2: Tensor, target: Tensor, margin: float = 0, size_average=None, reduce=None,
    reduction: str = "mean",
) -> Tensor:  # fmt: skip
    """1 - cos(input1, input2) where `target` is 1, max(0, cos - margin) where it is -1. Shapes: (N, D) and (N), or (D) and ()."""
    reduction = how(reduction, size_average, reduce)
    ndim = target._data.ndim
    messages.require(ndim <= 1, "losses.embedding_target")
    for x in (input1, input2):
        messages.require(x._data.ndim == ndim + 1, "losses.embedding", ndim, ndim + 1, input1, input2)
    inner, squares = (functions.sum(ops.mul(a, b), ndim) for a, b in ((input1, input2), (input1, input1)))
    others = functions.sum(ops.mul(input2, input2), ndim)
    cosine = ops.div(inner, ops.sqrt(ops.mul(ops.add(squares, TINY), ops.add(others, TINY))))
    far = ops.clamp_min(ops.sub(cosine, float(margin)), 0)
    return reduced(ops.add(_where(target, 1, ops.rsub(cosine, 1)), _where(target, -1, far)), reduction)


def linear_cross_entropy(
    input: Tensor, linear_weight: Tensor, target: Tensor, *, linear_bias: Any = None, weight: Any = None,
    reduction: str = "mean", ignore_index: int | None = None, label_smoothing: float = 0.0,
) -> Tensor:  # fmt: skip
    """`cross_entropy` of the linear map of the input (N, in) or (in), by a weight (C, .., in), as scores (N, C, ..)."""
    classes = linear_weight._data.shape[:-1]
    flat = functions.reshape(linear_weight, (-1, linear_weight._data.shape[-1]))
    scores = functions.matmul(input, ops.t(flat))
    if linear_bias is not None:
        scores = ops.add(scores, functions.reshape(linear_bias, -1))
    scores = functions.reshape(scores, (*input._data.shape[:-1], *classes))
    ignored = -100 if ignore_index is None else ignore_index
    return cross_entropy(
        scores, target, weight, ignore_index=ignored, reduction=reduction, label_smoothing=label_smoothing
    )


def ctc_loss(
    log_probs: Tensor, targets: Tensor, input_lengths: Any, target_lengths: Any, blank: int = 0,
    reduction: str = "mean", zero_infinity: bool = False,
) -> Tensor:  # fmt: skip
    """The negated log-probability of the labels `targets` (N, S), or one after the other (total), spread over time.

    log_probs: (T, N, C), or without N; the lengths, of each, may be tensors or tuples. "mean" is by the length of the target
    first. zero_infinity: where the labels do not fit into the time, 0 for infinity. There is no second derivative.
    """
    reduction = how(reduction)
    logs = log_probs if log_probs._data.ndim == 3 else ops.unsqueeze(log_probs, 1)
    times, count, classes = logs._data.shape
    lengths, sizes = (
        np.ravel(n._data if isinstance(n, Tensor) else n).astype(np.int64) for n in (input_lengths, target_lengths)
    )
    messages.require(0 <= blank < classes, "losses.ctc_blank")
    for name, many in (("input_lengths", lengths), ("target_lengths", sizes)):
        messages.require(len(many) == count, "losses.ctc_lengths", name)
        messages.require(min(many, default=0) >= 0, "losses.ctc_least", name, min(many, default=0))
    messages.require(max(lengths, default=0) <= times, "losses.ctc_most", times, max(lengths, default=0))
    given = targets._data
    messages.require(given.ndim in (1, 2), "losses.ctc_dims", given.ndim)
    width = given.shape[1:]  # side by side, or not
    want = count if width else sum(sizes)
    messages.require(len(given) == want, "losses.ctc_targets", want, len(given))
    if width:
        messages.require(width[0] >= max(sizes, default=0), "losses.ctc_labels", max(sizes), *width)
    rows = list(given) if width else np.split(given, np.cumsum(sizes)[:-1])
    labels = tuple(row[:n].astype(np.int64) for row, n in zip(rows, sizes))
    losses = ops.ctc_loss(logs, labels, lengths, blank, zero_infinity)
    losses = as_kernel(losses, "CtcLossBackward0", None, None, targets)
    if reduction == "mean":
        losses = ops.div(losses, wrap(np.maximum(sizes, 1).astype(losses._data.dtype)))
    losses = losses if log_probs._data.ndim == 3 else ops.squeeze_dim(losses, 0)
    return reduced(losses, reduction)
