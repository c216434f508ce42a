"""Convolutions and sliding blocks, in one, two and three dimensions of space, which are the last ones.

Their sizes are a number for all dimensions, or a tuple of one for each.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from refgrad import dtypes, functions, messages
from refgrad.derivatives import windows
from refgrad.functions import ops
from refgrad.functions.arguments import TensorOrNone
from refgrad.nn.arguments import each, spelled
from refgrad.tensor import Tensor

# -- convolutions

LEAST = {"padding": 0, "output_padding": 0, "stride": 1, "dilation": 0}


def _whole(name: str, input: Tensor, dims: int) -> Tensor:
    """The input as a batch."""
    messages.require(input._data.ndim in (dims + 1, dims + 2), "layers.input", dims + 1, dims + 2, name, input)
    return input if input._data.ndim > dims + 1 else ops.unsqueeze(input, 0)


def _settings(name: str, weight: Tensor, dims: int, groups: int, **given: Any) -> list:
    """The stride, dilation, ... for each dimension."""
    space = weight._data.ndim - 2
    messages.require(space > 0, "layers.weight_dims")
    each_dim = {key: v if isinstance(v, (tuple, list)) else (v,) * dims for key, v in given.items()}
    found = {key: each(name, key, 4, value, space, "layers.window_sizes") for key, value in each_dim.items()}
    messages.require(groups > 0, "layers.groups")
    for key, least in LEAST.items():
        messages.require(key not in found or min(found[key]) >= least, f"layers.{key}")
    return list(found.values())


def _need_fit(input: Tensor, weight: Tensor, bias: Any, groups: int, transposed: bool) -> None:
    """Refuse what does not go together in dimensions, groups and channels, and windows of nothing."""
    have, (first, second, *_) = weight._data.ndim, weight._data.shape
    messages.require(input._data.ndim == have, "layers.weight_input", have, weight, input._data.ndim, input)
    messages.require(first >= groups, "layers.groups_least", groups, weight)
    messages.require(not first % groups, "layers.groups_out", groups, weight)
    key = "transposed=1" if transposed else f"groups={groups}"
    want, out = (first, second * groups) if transposed else (second * groups, first)
    channels = input._data.shape[1]
    messages.require(channels == want, "layers.channels", key, weight, input, want, channels)
    key = "transposed=1, " if transposed else ""
    messages.require(bias is None or bias._data.shape == (out,), "layers.bias", key, weight, out, bias)
    kernel = (*(1,) * (have == 3), *weight._data.shape[2:])
    messages.require(0 not in kernel, "layers.kernel_volume" if have == 5 else "layers.blocks_kernel_size", kernel)


def _need_dtypes(name: str, input: Tensor, weight: Tensor, bias: Any) -> None:
    """One dtype, which the kernel of that name takes; of a transposed convolution the bias is written into the result."""
    if bias is not None and name in ("conv_transpose1d", "conv_transpose2d"):
        dtypes.need_castable(bias._data.dtype, input._data.dtype)
    elif bias is not None:
        messages.require(bias._data.dtype == input._data.dtype, "layers.bias_dtype", input, bias)
    if input._data.dtype.kind != "f":
        functions.need_dtype(name, input)
    messages.require(input._data.dtype == weight._data.dtype, "layers.dtypes", input, weight)


def _same(kernel: tuple, stride: tuple, dilation: tuple) -> tuple:
    """How many zeros stand before and after along each dimension, for a result of the input's size."""
    messages.require(set(stride) <= {1}, "layers.padding_strided")
    total = [e * (k - 1) for k, e in zip(kernel, dilation)]
    if any(n % 2 for n in total):
        messages.warn("layers.padding_copy")
    return tuple((n // 2, n - n // 2) for n in total)


def _convolution(dims: int) -> Callable:
    name = f"conv{dims}d"

    def function(
        input: Tensor, weight: Tensor, bias: TensorOrNone = None, stride: Any = 1, padding: Any = 0, dilation: Any = 1,
        groups: int = 1,
    ) -> Tensor:  # fmt: skip
        x = _whole(name, input, dims)
        messages.require(padding in ("same", "valid") or not isinstance(padding, str), "layers.padding_string", padding)
        pad = 0 if isinstance(padding, str) else padding
        stride, pad, dilation = _settings(name, weight, dims, groups, stride=stride, padding=pad, dilation=dilation)
        kernel = weight._data.shape[2:]
        sides = _same(kernel, stride, dilation) if padding == "same" else tuple((p, p) for p in pad)
        if any(before != after for before, after in sides):  # what one side has more is put there first
            ahead = tuple((a - min(a, b), b - min(a, b)) for a, b in sides)
            x = ops.constant_pad_nd(x, ((0, 0), (0, 0), *ahead), 0)
            sides = tuple((min(side),) * 2 for side in sides)
        _need_fit(x, weight, bias, groups, False)
        room = [n + sum(side) for n, side in zip(x._data.shape[2:], sides)]
        needed = [e * (k - 1) + 1 for k, e in zip(kernel, dilation)]
        fits = all(n >= k for n, k in zip(room, needed))
        messages.require(fits, "layers.kernel", spelled(room), spelled(needed))
        messages.require(min(dilation) > 0, "layers.dilation_list", [*(1,) * (dims == 1), *dilation])
        if bias is not None and isinstance(padding, str):
            bias = functions.to(bias, x.dtype)
        _need_dtypes("conv_dilated" if max(dilation) > 1 else name, x, weight, bias)
        result = ops.convolution(x, weight, bias, groups, stride, sides, dilation)
        return result if input._data.ndim > dims + 1 else ops.squeeze_dim(result, 0)

    function.__doc__ = f"""A convolution. Shapes: (N, C, ..) or (C, ..) with {dims} dimensions of space, weight (O, C / groups,
    ..), bias (O) -> (N, O, ..). `padding` may be "valid" (none) or "same", for a result of the input's size."""
    return function


def _transposed(dims: int) -> Callable:
    name = f"conv_transpose{dims}d"

    def function(
        input: Tensor, weight: Tensor, bias: TensorOrNone = None, stride: Any = 1, padding: Any = 0,
        output_padding: Any = 0, groups: int = 1, dilation: Any = 1,
    ) -> Tensor:  # fmt: skip
        x = _whole(name, input, dims)
        stride, pad, dilation, more = _settings(
            name, weight, dims, groups, stride=stride, padding=padding, dilation=dilation, output_padding=output_padding
        )
        _need_fit(x, weight, bias, groups, True)
        inner, *kernel = weight._data.shape[1:]
        as_two = [(rest,) * (dims == 1) + given for rest, given in ((0, more), (1, stride), (1, dilation))]
        messages.require(min(dilation) > 0, f"layers.dilation_axes{max(dims, 2)}", as_two[2])
        fits = all(o < max(s, e) for o, s, e in zip(more, stride, dilation))
        messages.require(fits, f"layers.output_padding_axes{max(dims, 2)}", *as_two)
        sides = tuple((p, p - o) for p, o in zip(pad, more))
        have = x._data.shape[2:]
        sizes = zip(have, kernel, stride, dilation, sides)
        space = [(n - 1) * s + e * (k - 1) + 1 - sum(side) for n, k, s, e, side in sizes]
        one = (1,) * (dims == 1)  # PyTorch goes about it in two dimensions
        messages.require(min(space) > 0, "layers.no_output", spelled((*one, *have)), spelled((*one, *space)))
        _need_dtypes(name, x, weight, bias)
        bias = None if bias is None else functions.to(bias, x.dtype)
        shape = (x._data.shape[0], inner * groups, *space)
        result = ops.convolution_transposed(x, weight, bias, shape, groups, stride, sides, dilation)
        return result if input._data.ndim > dims + 1 else ops.squeeze_dim(result, 0)

    function.__doc__ = f"""The adjoint of conv{dims}d. Shapes: (N, C, ..) or (C, ..) with {dims} dimensions of space, weight
    (C, O / groups, ..), bias (O) -> (N, O, ..)."""
    return function


conv1d, conv2d, conv3d = map(_convolution, (1, 2, 3))
conv_transpose1d, conv_transpose2d, conv_transpose3d = map(_transposed, (1, 2, 3))


# -- sliding blocks


def unfold(input: Tensor, kernel_size: Any, dilation: Any = 1, padding: Any = 0, stride: Any = 1) -> Tensor:
    """The blocks of an image as columns: (N, C, H, W) or (C, H, W) -> (N, C * elements of a block, blocks)."""
    shape = input._data.shape
    functions.as_dim(2, len(shape))
    kernel, dilation, padding, stride = _pairs(
        "im2col", kernel_size=kernel_size, dilation=dilation, padding=padding, stride=stride
    )
    messages.require(len(shape) in (3, 4) and 0 not in shape[-3:], "layers.unfold_input", input)
    space, sides = shape[-2:], tuple((p, p) for p in padding)
    found = windows.counts(space, kernel, stride, sides, dilation)
    messages.require(min(found) > 0, "layers.no_blocks", space, kernel, dilation, padding, found)
    return ops.im2col(input, kernel, stride, sides, dilation)


def fold(
    input: Tensor, output_size: Any, kernel_size: Any, dilation: Any = 1, padding: Any = 0, stride: Any = 1
) -> Tensor:
    """The adjoint of `unfold`: blocks put back and added where they overlap, in an image of `output_size`."""
    size, kernel, dilation, padding, stride = _pairs(
        "col2im", output_size=output_size, kernel_size=kernel_size, dilation=dilation, padding=padding, stride=stride
    )
    shape = input._data.shape
    messages.require(len(shape) in (2, 3) and 0 not in shape[-2:], "layers.fold_input", input)
    rows, columns = shape[-2:]
    messages.require(not rows % math.prod(kernel), "layers.fold_rows", rows, kernel)
    sides = tuple((p, p) for p in padding)
    found = windows.counts(size, kernel, stride, sides, dilation)
    wanted = spelled(found, " * "), math.prod(found)
    messages.require(columns == wanted[1], "layers.fold", size, kernel, dilation, padding, stride, *wanted, columns)
    whole = (*shape[:-2], rows // math.prod(kernel), *size)
    return ops.im2col_backward(input, whole, kernel, stride, sides, dilation)


BLOCKS = {"kernel_size": 1, "dilation": 1, "padding": 0, "stride": 1}  # and how much each has to be


def _pairs(name: str, **given: Any) -> list:
    """What is `given` of blocks, each a pair."""
    pairs = {key: v if isinstance(v, (tuple, list)) else (v, v) for key, v in given.items()}
    for key, pair in pairs.items():
        messages.require(len(pair) == 2, "layers.two", key, len(pair))
    found = {key: each(name, key, i, pair, 2, "layers.two") for i, (key, pair) in enumerate(pairs.items(), 2)}
    for key, least in BLOCKS.items():
        messages.require(min(found[key]) >= least, f"layers.blocks_{key}", found[key])
    return list(found.values())
