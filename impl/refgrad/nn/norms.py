"""Normalisations, and the distances and similarities of vectors."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from refgrad import dtypes, functions, messages
from refgrad.derivatives import TABLE
from refgrad.functions import ops
from refgrad.functions.arguments import WithDim, WithNorm, WithSize, as_dim, broadcast_shapes
from refgrad.modes import modes
from refgrad.nn.arguments import as_kernel, as_node, need_one_dtype, node, within
from refgrad.tensor import Tensor, wrap
from refgrad.views import change


def _standardised(input: Tensor, dims: tuple, eps: float) -> tuple[Tensor, Tensor, Tensor]:
    """The input with mean 0 and variance 1 over `dims`; the mean, and the variance, in size 1."""
    mean = ops.mean_dim(input, dims, True)
    centered = ops.sub(input, mean)
    variance = ops.mean_dim(ops.mul(centered, centered), dims, True)
    return ops.mul(centered, ops.rsqrt(ops.add(variance, eps))), mean, variance


def _scaled(result: Tensor, weight: Any, bias: Any) -> Tensor:
    """`result` times the weight, plus the bias, where they are given; in its own dtype."""
    scaled = result if weight is None else ops.mul(result, weight)
    return functions.to(scaled if bias is None else ops.add(scaled, bias), result.dtype)


def _scaled_channels(result: Tensor, weight: Any, bias: Any) -> Tensor:
    """The same, where they have one number for each channel."""
    shape = _channels(result._data.ndim)
    return _scaled(result, *(None if value is None else ops.per_channel(value, shape) for value in (weight, bias)))


def _channels(ndim: int) -> tuple:
    """The shape of something of each channel, the second of `ndim` dimensions."""
    return (1, -1, *(1,) * (ndim - 2))


WIDER = {dtypes.float16: dtypes.float32}  # in which squares are added up
NATIVE_ORDER = ("weight", "bias", "running_mean", "running_var")  # in which PyTorch's own function has them


def _need_tensors(name: str, first: int, **given: Any) -> None:
    for position, (argument, value) in enumerate(given.items(), first):
        if value is not None:
            functions.need_tensor(name, value, argument, position)


def _need_shape(name: str, input: Tensor, normalized_shape: Any, **given: Any) -> tuple:
    """The dimensions of `normalized_shape`, the last of the input."""
    shape = functions.as_shape((), normalized_shape, name, "normalized_shape")
    _need_tensors(name, 3, **given)
    messages.require(shape, "norms.no_shape", shape)
    for key, value in given.items():
        messages.require(value is None or value._data.shape == shape, "norms.like", key, key, value, list(shape))
    have, layered = input._data.ndim, name == "layer_norm"
    messages.require(layered or have >= len(shape), "norms.few_dims", len(shape), have)
    end = ", " * layered + ", ".join(map(str, shape))
    messages.require(input._data.shape[-len(shape) :] == shape, "norms.end", list(shape), end, input)
    return tuple(range(input._data.ndim - len(shape), input._data.ndim))


def _need_dtypes(name: str, input: Tensor, *parameters: Any) -> None:
    """Parameters are of the input's dtype; those of float16 may be of float32."""
    given, dtype = [p for p in parameters if p is not None], input._data.dtype
    if given and given[0]._data.dtype != dtype:
        messages.require(all(p._data.dtype == np.float32 for p in given), "norms.mixed_parameters")
        messages.require(dtype == np.float16, "norms.mixed")
    else:
        functions.need_dtype(name, input)
        need_one_dtype(input, *given)


def layer_norm(input: Tensor, normalized_shape: Any, weight: Any = None, bias: Any = None, eps: float = 1e-5) -> Tensor:
    """Mean 0 and variance 1 over the last dimensions, which are `normalized_shape`; then times `weight`, plus `bias`."""
    dims = _need_shape("layer_norm", input, normalized_shape, weight=weight, bias=bias)
    _need_dtypes("native_layer_norm", input, weight, bias)
    result = _scaled(_standardised(input, dims, eps)[0], weight, bias)
    saved = sorted((weight, bias), key=lambda t: t is None or not t.requires_grad)  # its gradient hangs on both
    return as_kernel(result, "NativeLayerNormBackward0", input, *saved)


def rms_norm(input: Tensor, normalized_shape: Any, weight: Any = None, eps: float | None = None) -> Tensor:
    """The input divided by the root of the mean of its squares over the last dimensions; then times `weight`."""
    dims = _need_shape("rms_norm", input, normalized_shape, weight=weight)
    x = functions.to(input, WIDER.get(input.dtype, input.dtype))
    eps = float(np.finfo(x._data.dtype).eps) if eps is None else eps
    root = ops.rsqrt(ops.add(ops.mean_dim(ops.mul(x, x), dims, True), eps))
    return functions.to(_scaled(ops.mul(x, root), weight, None), input.dtype)


def group_norm(input: WithDim, num_groups: int, weight: Any = None, bias: Any = None, eps: float = 1e-5) -> Tensor:
    """Mean 0 and variance 1 over each group of channels (N, C, ..); then times `weight` (C), plus `bias` (C)."""
    shape = input._data.shape
    messages.require(len(shape) > 1, "norms.dims", len(shape))
    size = [shape[0] * shape[1] // num_groups, num_groups, *shape[2:]]
    messages.require(math.prod((size[0], *shape[2:])) != 1, "norms.one_value", size)
    messages.require(num_groups > 0, "norms.groups", num_groups)
    messages.require(not shape[1] % num_groups, "norms.group", input, num_groups)
    _need_tensors("group_norm", 3, weight=weight, bias=bias)
    for key, value in (("weight", weight), ("bias", bias)):
        messages.require(value is None or value._data.shape == shape[1:2], "norms.channels", key, value, input)
    _need_dtypes("native_group_norm", input, weight, bias)
    if weight is not None and shape[0] and 0 in shape[2:]:
        weight = ops.straight(weight, weight._data, math.nan)  # no mean of nothing
    rows = functions.reshape(input, (shape[0] * num_groups, math.prod(shape[1:]) // num_groups))
    result = functions.reshape(_standardised(rows, (1,), eps)[0], shape)
    result = as_kernel(_scaled_channels(result, weight, None), "NativeGroupNormBackward0", input, weight)
    return as_node(_scaled_channels(result, None, bias), "NativeGroupNormBackward0")


def batch_norm(
    input: Any, running_mean: Tensor | None, running_var: Tensor | None, weight: Any = None, bias: Any = None,
    training: bool = False, momentum: float = 0.1, eps: float = 1e-5,
) -> Tensor:  # fmt: skip
    """Mean 0 and variance 1 of each channel (N, C, ..); then times `weight` (C), plus `bias` (C).

    training: by the statistics of the batch, towards which the running ones go by `momentum`; else by these.
    """
    messages.require(not eps < 0 or training, "norms.eps", eps)
    if training:
        messages.require(not eps <= 0, "norms.eps_training", eps)
        messages.require(math.prod((*input.size()[:1], *input.size()[2:])) != 1, "norms.one_value", input.size())
    shape = functions.need_tensor("batch_norm", input)._data.shape
    given = {"running_mean": running_mean, "running_var": running_var, "weight": weight, "bias": bias}
    _need_tensors("batch_norm", 2, **{key: given[key] for key in NATIVE_ORDER})
    if shape and not input._data.size:
        return _of_none(input, weight, bias)
    messages.require(len(shape) > 1, "norms.dims", len(shape))
    for key, value in given.items():
        size = shape[1] if value is None else value._data.size
        messages.require(size == shape[1], "norms.elements", key, shape[1], size)
    for key in ("running_mean", "running_var"):
        value = given[key]
        if value is not None:
            messages.require(not (modes.grad and value.requires_grad), "losses.constant", "native_batch_norm", key)
            messages.require(value._data.ndim == 1, "norms.accessor", value._data.ndim)
    dims = (0, *range(2, len(shape)))
    functions.need_dtype("native_batch_norm", input)
    _need_dtypes("native_batch_norm", input, weight, bias, running_mean, running_var)
    if not training:
        for key in ("running_mean", "running_var"):
            messages.require(given[key] is not None, "norms.running", key)
        mean: Any = running_mean
        var: Any = running_var
        result = _scaled_channels(_by_running(input, mean, var, eps), weight, bias)
        return _of_batch(result, input, weight, bias, running_mean, running_var)
    messages.require((running_mean is None) == (running_var is None), "norms.one_running")
    result, mean, variance = _standardised(input, dims, eps)
    count = math.prod((shape[0], *shape[2:]))
    each = mean._data.reshape(-1), variance._data.reshape(-1)
    for running, new in _go_on(running_mean, running_var, *each, count, momentum):
        running._data[...] = new  # which no version tells of
    result = _scaled_channels(result, weight, bias)
    return _of_batch(result, input, weight, bias, running_mean, running_var)


def _of_batch(result: Tensor, input: Tensor, weight: Any, bias: Any, running_mean: Any, running_var: Any) -> Tensor:
    """The result, as one kernel has made it: for weight and bias of other than one dimension it has no way back."""
    if weight is not None and weight._data.ndim != 1:
        result = ops.closed(result, "norms.accessor", weight._data.ndim)
    elif bias is not None and bias._data.ndim != 1 and bias.requires_grad:
        result = ops.closed(result, "norms.bias", bias)
    return as_kernel(result, "NativeBatchNormBackward0", input, weight, running_mean, running_var)


def _of_none(input: Tensor, weight: Any, bias: Any) -> Tensor:
    """What becomes of no elements: as many, of which weight and bias, by their first ones, are part."""
    result = ops.clone(input)
    for apply, value in ((ops.mul, weight), (ops.add, bias)):
        result = result if value is None else apply(result, functions.select(value, 0, 0))
    return result


def _by_running(input: Tensor, mean: Tensor, variance: Tensor, eps: float) -> Tensor:
    shape = _channels(input._data.ndim)
    centered = ops.sub(input, functions.reshape(mean, shape))
    result = ops.mul(centered, ops.rsqrt(ops.add(functions.reshape(variance, shape), eps)))
    return functions.to(result, input.dtype)


def _go_on(running_mean: Any, running_var: Any, mean: Any, variance: Any, count: float, momentum: float) -> list:
    """The running statistics, where there are any, nearer to those of a batch of `count` values a channel."""
    unbiased = variance * (count / max(count - 1, 1))
    pairs = [(running_mean, mean), (running_var, unbiased)]
    return [(running, (1 - momentum) * running._data + momentum * new) for running, new in pairs if running is not None]


def instance_norm(
    input: WithSize, running_mean: Any = None, running_var: Any = None, weight: Any = None, bias: Any = None,
    use_input_stats: bool = True, momentum: float = 0.1, eps: float = 1e-5,
) -> Tensor:  # fmt: skip
    """Mean 0 and variance 1 of each channel of each element of the batch (N, C, ..), as `batch_norm` has it of the batch."""
    shape = input._data.shape
    if use_input_stats:
        messages.require(math.prod(shape[2:]) != 1, "norms.one_place", input.size())
    given = {"running_mean": running_mean, "running_var": running_var, "weight": weight, "bias": bias}
    _need_tensors("instance_norm", 2, **{key: given[key] for key in NATIVE_ORDER})
    messages.require(len(shape) > 1, "norms.dims", len(shape))
    for key, value in given.items():
        size = shape[1] if value is None else value._data.size
        # PyTorch goes about it as a batch of one, with all channels
        messages.require(size == shape[1], "norms.elements", key, shape[0] * shape[1], shape[0] * size)
    functions.need_dtype("native_batch_norm", input)
    _need_dtypes("native_batch_norm", input, weight, bias)
    if running_mean is not None and running_mean._data.dtype == input._data.dtype:
        need_one_dtype(input, running_var)
    messages.require(all(value is None or value._data.ndim < 2 for value in given.values()), "functions.repeat")
    if not input._data.size:
        for running in (running_mean, running_var):
            if use_input_stats and running is not None:
                running._bump()
        return _viewed(_of_none(input, *(v if v is None else functions.repeat(v, shape[0]) for v in (weight, bias))))
    weight, bias = (v if v is None else ops.clone(v) for v in (weight, bias))  # for each of the batch, in PyTorch
    if not use_input_stats:
        messages.require(running_mean is not None and running_var is not None, "norms.both_running")
        return _viewed(_scaled_channels(_by_running(input, running_mean, running_var, eps), weight, bias))
    messages.require((running_mean is None) == (running_var is None), "norms.one_running")
    result, mean, variance = _standardised(input, tuple(range(2, len(shape))), eps)
    of_batch, of_var = (x._data.reshape(shape[:2]).sum(axis=0) / max(shape[0], 1) for x in (mean, variance))
    for running, new in _go_on(running_mean, running_var, of_batch, of_var, math.prod(shape[2:]), momentum):
        change(running, TABLE["copy"], wrap(new))
    result = _scaled_channels(result, weight, bias)
    return _viewed(as_kernel(result, "NativeBatchNormBackward0", input, weight))


def _viewed(result: Tensor) -> Tensor:
    """In the shape that it has: PyTorch has made it in another."""
    return ops.view(result, result._data.shape)


def local_response_norm(input: WithDim, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0) -> Tensor:
    """input / (k + alpha * mean of the squares of `size` neighbouring channels)**beta, of (N, C, ..)."""
    shape = input._data.shape
    messages.require(len(shape) >= 3, "norms.response", len(shape))
    if not input._data.size:
        return input
    one = (1,) * min(len(shape) - 2, 2)  # PyTorch pools, over the channels, in two or three dimensions
    messages.require(size > 0, f"pools.kernel{1 + len(one)}", (size, *one))
    functions.need_dtype("means_2" if len(shape) == 3 else "means_3", input)
    index = np.arange(shape[1])[:, None] - size // 2 + np.arange(size)
    inside = within(index, shape[1])
    means = ops.div(ops.resample(ops.mul(input, input), 1, np.clip(index, 0, shape[1] - 1), inside), size)
    means = functions.to(means, input.dtype)
    return ops.div(input, functions.pow(ops.add(ops.mul(means, alpha), k), beta))


def normalize(input: WithNorm, p: Any = 2.0, dim: Any = 1, eps: float = 1e-12) -> Tensor:
    """input divided by its p-norm along `dim`, or by `eps` where that is greater."""
    return ops.div(input, functions.norm(input, p, dim, True).clamp(eps).expand_as(input))


# -- of two tensors of vectors


def cosine_similarity(x1: Tensor, x2: Tensor, dim: int = 1, eps: float = 1e-8) -> Tensor:
    """The cosine of the angle between vectors along `dim`, whose lengths count as `eps` at least."""
    shape = broadcast_shapes(x1._data.shape, x2._data.shape)
    d = as_dim(dim, len(shape))
    common = dtypes.of_numpy(dtypes.result_dtype((x1._data, x2._data)))
    messages.require(common.is_floating_point, "norms.cosine", common)
    units = []
    floats = (x if x._data.dtype.kind == "f" else functions.to(x, common) for x in (x1, x2))
    for x in (x if x._data.shape == shape else ops.expand(x, shape) for x in floats):
        length = functions.norm(x, 2, d, True)
        units.append(ops.div(x, ops.straight(length, np.maximum(length._data, eps), 1)))
    return functions.sum(ops.mul(*units), d)


@node("NormBackward1")
def pairwise_distance(x1: Tensor, x2: Tensor, p: float = 2.0, eps: float = 1e-6, keepdim: bool = False) -> Tensor:
    """The p-norm of x1 - x2 + eps along the last dimension."""
    return functions.norm(ops.add(ops.sub(x1, x2), eps), p, -1, keepdim)


def pdist(input: Tensor, p: float = 2) -> Tensor:
    """The p-norms of the differences of all pairs of different rows: (n, m) -> (n (n - 1) / 2)."""
    messages.require(input._data.ndim == 2, "norms.pdist", input._data.ndim)
    messages.require(p >= 0, "norms.pdist_p")
    first, second = (functions.index_select(input, 0, wrap(i)) for i in np.triu_indices(len(input._data), 1))
    apart = ops.sub(first, second)
    if p == 0:  # a count, whose gradient is zero, not none
        return ops.straight(functions.norm(apart, 1, 1), functions.norm(apart, 0, 1)._data, 0)
    return functions.norm(apart, p, 1) if apart._data.size else functions.sum(apart, 1)
