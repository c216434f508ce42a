"""Convolutions, pools and sliding blocks, in one, two and three dimensions of space, which are the last ones.

Their sizes are a number for all dimensions, or a tuple of one for each.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from refgrad import functions, messages
from refgrad.derivatives import windows
from refgrad.functions import ops
from refgrad.nn.arguments import as_kernel, as_node, batched, each, need_one_dtype, need_space
from refgrad.tensor import Tensor, wrap


def _spelled(sizes: Any) -> str:
    return " x ".join(map(str, sizes))


# -- convolutions


def _sides(padding: Any, name: str, kernel: tuple, stride: tuple, dilation: tuple) -> tuple:
    """How many zeros stand before and after along each dimension."""
    if padding == "same":
        messages.require(set(stride) <= {1}, "layers.padding_strided")
        total = [e * (k - 1) for k, e in zip(kernel, dilation, strict=True)]
        if any(n % 2 for n in total):
            messages.warn("layers.padding_copy", stacklevel=5)
        return tuple((n // 2, n - n // 2) for n in total)
    messages.require(not isinstance(padding, str) or padding == "valid", "layers.padding_string", padding)
    sizes = each(name, "padding", 0 if padding == "valid" else padding, len(kernel))
    messages.require(min(sizes) >= 0, "layers.padding")
    return tuple((p, p) for p in sizes)


def _settings(name: str, input: Tensor, weight: Tensor, bias: Any, dims: int, **sizes: Any) -> list:
    """The stride, dilation, ... for each dimension, after what holds of all convolutions has been seen to."""
    need_one_dtype(input, weight, bias)
    shape = input._data.shape
    messages.require(len(shape) in (dims + 1, dims + 2), "layers.dims", name, dims + 1, dims + 2, input)
    messages.require(weight._data.ndim == dims + 2, "layers.dims", name, dims + 2, dims + 2, weight)
    found = [each(name, key, value, dims) for key, value in sizes.items()]
    for key, values in zip(sizes, found, strict=True):
        messages.require(min(values) > 0, "layers.stride" if key == "stride" else "layers.dilation")
    return found


def _need_channels(input: Tensor, weight: Tensor, bias: Any, key: tuple, dims: int, want: int, out: int) -> None:
    have = input._data.shape[-dims - 1]
    messages.require(have == want, "layers.channels", *key, weight, input, want, have)
    messages.require(bias is None or bias._data.shape == (out,), "layers.bias", weight, out, bias)


def _convolution(dims: int) -> Callable:
    name = f"conv{dims}d"

    def function(
        input: Tensor, weight: Tensor, bias: Any = None, stride: Any = 1, padding: Any = 0, dilation: Any = 1,
        groups: int = 1,
    ) -> Tensor:  # fmt: skip
        stride, dilation = _settings(name, input, weight, bias, dims, stride=stride, dilation=dilation)
        out, inner, *kernel = weight._data.shape
        sides = _sides(padding, name, tuple(kernel), stride, dilation)
        messages.require(groups > 0, "layers.groups")
        messages.require(out % groups == 0, "layers.groups_out", groups, groups, weight)
        _need_channels(input, weight, bias, ("groups", groups), dims, inner * groups, out)
        room = [n + sum(side) for n, side in zip(input._data.shape[-dims:], sides, strict=True)]
        needed = [e * (k - 1) + 1 for k, e in zip(kernel, dilation, strict=True)]
        fits = all(n >= k for n, k in zip(room, needed, strict=True))
        messages.require(fits, "layers.kernel", _spelled(room), _spelled(needed))
        if any(before != after for before, after in sides):  # what one side has more is put there first
            ahead = tuple((a - min(a, b), b - min(a, b)) for a, b in sides)
            input = ops.constant_pad_nd(input, ((0, 0),) * (input._data.ndim - dims) + ahead, 0)
            sides = tuple((min(side),) * 2 for side in sides)
        return batched(lambda x: ops.convolution(x, weight, bias, groups, stride, sides, dilation), input, dims)

    function.__doc__ = f"""A convolution. Shapes: (N, C, ..) or (C, ..) with {dims} dimensions of space, weight (O, C / groups,
    ..), bias (O) -> (N, O, ..). `padding` may be "valid" (none) or "same", for a result of the input's size."""
    return function


def _transposed(dims: int) -> Callable:
    name = f"conv_transpose{dims}d"

    def function(
        input: Tensor, weight: Tensor, bias: Any = None, stride: Any = 1, padding: Any = 0, output_padding: Any = 0,
        groups: int = 1, dilation: Any = 1,
    ) -> Tensor:  # fmt: skip
        stride, dilation = _settings(name, input, weight, bias, dims, stride=stride, dilation=dilation)
        channels, inner, *kernel = weight._data.shape
        messages.require(groups > 0, "layers.groups")
        _need_channels(input, weight, bias, ("transposed", 1), dims, channels, inner * groups)
        pad, more = each(name, "padding", padding, dims), each(name, "output_padding", output_padding, dims)
        messages.require(min(*pad, *more, 0) >= 0, "layers.padding")
        for o, s, e in zip(more, stride, dilation, strict=True):
            messages.require(o < max(s, e), "layers.output_padding", o, s, e)
        sides = tuple((p, p - o) for p, o in zip(pad, more, strict=True))
        sizes = zip(input._data.shape[-dims:], kernel, stride, dilation, sides, strict=True)
        space = [(n - 1) * s + e * (k - 1) + 1 - sum(side) for n, k, s, e, side in sizes]

        def run(x: Tensor) -> Tensor:
            shape = (x._data.shape[0], inner * groups, *space)
            return ops.convolution_transposed(x, weight, bias, shape, groups, stride, sides, dilation)

        return batched(run, input, dims)

    function.__doc__ = f"""The adjoint of conv{dims}d. Shapes: (N, C, ..) or (C, ..) with {dims} dimensions of space, weight
    (C, O / groups, ..), bias (O) -> (N, O, ..)."""
    return function


conv1d, conv2d, conv3d = map(_convolution, (1, 2, 3))
conv_transpose1d, conv_transpose2d, conv_transpose3d = map(_transposed, (1, 2, 3))


# -- sliding blocks


def unfold(input: Tensor, kernel_size: Any, dilation: Any = 1, padding: Any = 0, stride: Any = 1) -> Tensor:
    """The blocks of an image as columns: (N, C, H, W) or (C, H, W) -> (N, C * elements of a block, blocks)."""
    functions.as_dim(2, input._data.ndim)
    kernel, stride, sides, dilation = _blocks("unfold", kernel_size, stride, padding, dilation)
    need_space("unfold", input, 2)
    found = windows.counts(input._data.shape[-2:], kernel, stride, sides, dilation)
    messages.require(min(found) > 0, "layers.no_windows", _spelled(input._data.shape[-2:]), _spelled(kernel))
    return ops.im2col(input, kernel, stride, sides, dilation)


def fold(
    input: Tensor, output_size: Any, kernel_size: Any, dilation: Any = 1, padding: Any = 0, stride: Any = 1
) -> Tensor:
    """The adjoint of `unfold`: blocks put back and added where they overlap, in an image of `output_size`."""
    size = each("fold", "output_size", output_size, 2)
    kernel, stride, sides, dilation = _blocks("fold", kernel_size, stride, padding, dilation)
    shape = input._data.shape
    messages.require(len(shape) in (2, 3), "layers.dims", "fold", 2, 3, input)
    rows, columns = shape[-2:]
    messages.require(rows and rows % math.prod(kernel) == 0, "layers.fold_rows", rows, kernel)
    count = math.prod(windows.counts(size, kernel, stride, sides, dilation))
    messages.require(columns == count, "layers.fold", size, kernel, dilation, padding, stride, count, columns)
    whole = (*shape[:-2], rows // math.prod(kernel), *size)
    return ops.im2col_backward(input, whole, kernel, stride, sides, dilation)


def _blocks(name: str, kernel: Any, stride: Any, padding: Any, dilation: Any) -> list:
    found = [each(name, "size", value, 2) for value in (kernel, stride, padding, dilation)]
    for values, key in zip(found, ("kernel", "stride", "padding", "dilation"), strict=True):
        messages.require(min(values) > -(key == "padding"), "layers.padding" if key == "padding" else "layers.stride")
    found[2] = tuple((p, p) for p in found[2])
    return found


# -- pools


def _tables(
    name: str, input: Tensor, dims: int, kernel: Any, stride: Any, padding: Any, dilation: Any, ceil: Any
) -> list:
    """A table of windows a dimension, with the sizes that it was made of."""
    need_space(name, input, dims)
    sizes = [each(name, "kernel_size", kernel, dims)]
    sizes.append(sizes[0] if stride is None or stride in ((), []) else each(name, "stride", stride, dims))
    sizes += [each(name, "padding", padding, dims), each(name, "dilation", dilation, dims)]
    tables = []
    for n, k, s, p, e in zip(input._data.shape[-dims:], *sizes, strict=True):
        messages.require(s > 0 and k > 0, "layers.pool_stride")
        messages.require(e > 0, "layers.dilation")
        messages.require(p >= 0, "layers.padding")
        messages.require(2 * p <= e * (k - 1) + 1, "layers.half", p, k, e)
        tables.append((windows.windows(n, k, s, p, e, ceil), (n, k, s, p)))
    return tables


def _pooled(result: Tensor, dims: int) -> Tensor:
    """In one dimension, PyTorch pools with one more, which it then takes away."""
    return result if dims > 1 else ops.squeeze_dim(result, result._data.ndim - 2)


def _raised(input: Tensor, dims: int) -> Tensor:
    return input if dims > 1 else ops.unsqueeze(input, input._data.ndim - 1)


def _max_pool(dims: int) -> Callable:
    name = f"max_pool{dims}d"

    def function(
        input: Tensor, kernel_size: Any, stride: Any = None, padding: Any = 0, dilation: Any = 1,
        ceil_mode: bool = False, return_indices: bool = False,
    ) -> Any:  # fmt: skip
        tables = _tables(name, input, dims, kernel_size, stride, padding, dilation, ceil_mode)
        found = ops.max_pool(_raised(input, dims), tuple(table for table, _ in tables))
        found = as_node(found, f"MaxPool{max(dims, 2)}DWithIndicesBackward0")
        if dims == 1 and (return_indices or found[0].requires_grad):
            found = tuple(_pooled(each, 1) for each in found)
        elif dims == 1:
            found = (functions.clone(ops.squeeze_dim(found[0], found[0]._data.ndim - 2)),)
            if input._data.ndim == 2:
                found[0]._bump()  # squeezed in place, in PyTorch
        return found if return_indices else found[0]

    function.__doc__ = f"""The maxima of windows on {dims} dimensions; with `return_indices` and where they are."""
    return function


def _average(input: Tensor, dims: int, tables: list) -> Tensor:
    """The sums over windows, weighted, along one dimension after the other."""
    first = input._data.ndim - dims
    for d, (index, weights) in enumerate(tables, first):
        input = ops.resample(input, d, np.clip(index, 0, input._data.shape[d] - 1), weights)
    return input


def _avg_pool(dims: int) -> Callable:
    name = f"avg_pool{dims}d"

    def function(
        input: Tensor, kernel_size: Any, stride: Any = None, padding: Any = 0, ceil_mode: bool = False,
        count_include_pad: bool = True, divisor_override: int | None = None,
    ) -> Tensor:  # fmt: skip
        messages.require(divisor_override != 0, "layers.divisor")
        if dims == 2:
            functions.as_dim(-3, input._data.ndim)
        found = _tables(name, input, dims, kernel_size, stride, padding, 1, ceil_mode)
        input = _raised(input, dims)
        sums = _average(input, dims, [table for table, _ in found])
        if divisor_override is not None:
            means = ops.div_scalar(sums, divisor_override)
        else:
            count: Any = 1
            for (_, inside), (n, k, s, p) in found:
                starts = np.arange(len(inside)) * s
                sizes = np.minimum(starts + k, n + 2 * p) - starts if count_include_pad else inside.sum(axis=1)
                count = np.multiply.outer(count, sizes)
            means = ops.div(sums, wrap(count.astype(sums._data.dtype)))
        return _pooled(as_kernel(means, f"AvgPool{max(dims, 2)}DBackward0", input), dims)

    function.__doc__ = f"""The means of windows on {dims} dimensions; of the padding, too, with `count_include_pad`."""
    return function


def _adaptive_sizes(name: str, input: Tensor, dims: int, output_size: Any) -> list:
    """The tables of windows for a result of `output_size`, where None is the input's size."""
    wanted = output_size if isinstance(output_size, (tuple, list)) else (output_size,) * dims
    space = input._data.shape[-dims:]
    need_space(name, input, dims)
    messages.require(len(wanted) == dims, "layers.sizes", name, "output_size", dims)
    sizes = [n if w is None else w for w, n in zip(wanted, space, strict=True)]
    messages.require(min(each(name, "output_size", sizes, dims)) >= 0, "layers.negative_size", sizes)
    return [windows.adaptive_windows(n, size) for n, size in zip(space, sizes, strict=True)]


def _adaptive_avg_pool(dims: int) -> Callable:
    name = f"adaptive_avg_pool{dims}d"

    def function(input: Tensor, output_size: Any) -> Tensor:
        if dims == 2:
            functions.as_dim(-2, input._data.ndim)
        tables, input = _adaptive_sizes(name, input, dims, output_size), _raised(input, dims)
        if all(len(index) == 1 for index, _ in tables):
            last = input._data.ndim
            means = ops.mean_dim(input, tuple(range(last - max(dims, 2), last)), True)
            return _pooled(means, dims)
        shares = [(index, inside / inside.sum(axis=1, keepdims=True)) for index, inside in tables]
        means = as_kernel(_average(input, dims, shares), f"AdaptiveAvgPool{max(dims, 2)}DBackward0", input)
        return _pooled(means, dims)

    function.__doc__ = "The means of windows, as many of them and as even as `output_size` asks for."
    return function


def _adaptive_max_pool(dims: int) -> Callable:
    name = f"adaptive_max_pool{dims}d"

    def function(input: Tensor, output_size: Any, return_indices: bool = False) -> Any:
        tables = tuple(_adaptive_sizes(name, input, dims, output_size))
        found = ops.max_pool(_raised(input, dims), tables)
        found = as_node(found, f"AdaptiveMaxPool{max(dims, 2)}DBackward0")
        found = tuple(_pooled(each, 1) for each in found) if dims == 1 else found
        return found if return_indices else found[0]

    function.__doc__ = "The maxima of windows, as many of them and as even as `output_size` asks for."
    return function


def _max_unpool(dims: int) -> Callable:
    name = f"max_unpool{dims}d"

    def function(
        input: Tensor, indices: Tensor, kernel_size: Any, stride: Any = None, padding: Any = 0, output_size: Any = None
    ) -> Tensor:
        messages.require(input._data.shape == indices._data.shape, "layers.unpool")
        kernel = each(name, "kernel_size", kernel_size, dims)
        stride = kernel if stride is None else each(name, "stride", stride, dims)
        lead, space = input._data.shape[:-dims], input._data.shape[-dims:]
        sizes = zip(space, kernel, stride, each(name, "padding", padding, dims), strict=True)
        space = tuple(output_size)[-dims:] if output_size else tuple((n - 1) * s + k - 2 * p for n, k, s, p in sizes)
        rows, size = math.prod(lead), math.prod(space)
        places = indices._data.reshape(rows, -1)
        outside = places[(places < 0) | (places >= size)]
        if outside.size:
            raise messages.error("layers.unpool_outside", outside[0], " x ".join(map(str, space)))
        zeros = wrap(np.zeros((rows, size), input._data.dtype))
        put = ops.scatter(zeros, 1, wrap(places), functions.reshape(input, places.shape))
        return functions.reshape(put, (*lead, *space))

    function.__doc__ = f"""The inverse of max_pool{dims}d: the maxima back in their places, and zeros beside them."""
    return function


def _lp_pool(dims: int) -> Callable:
    average = _avg_pool(dims)

    def function(
        input: Tensor, norm_type: float, kernel_size: Any, stride: Any = None, ceil_mode: bool = False
    ) -> Tensor:
        means = average(functions.pow(input, norm_type), kernel_size, stride, 0, ceil_mode)
        size = math.prod(each("lp_pool", "kernel_size", kernel_size, dims))
        sums = ops.mul(ops.mul(ops.sign(means), ops.relu(ops.abs(means))), size)
        return functions.pow(sums, 1 / norm_type)

    function.__doc__ = "The norms of windows: the `norm_type`-th root of the sum of the `norm_type`-th powers."
    return function


max_pool1d, max_pool2d, max_pool3d = map(_max_pool, (1, 2, 3))
avg_pool1d, avg_pool2d, avg_pool3d = map(_avg_pool, (1, 2, 3))
lp_pool1d, lp_pool2d, lp_pool3d = map(_lp_pool, (1, 2, 3))
adaptive_avg_pool1d, adaptive_avg_pool2d, adaptive_avg_pool3d = map(_adaptive_avg_pool, (1, 2, 3))
adaptive_max_pool1d, adaptive_max_pool2d, adaptive_max_pool3d = map(_adaptive_max_pool, (1, 2, 3))
max_unpool1d, max_unpool2d, max_unpool3d = map(_max_unpool, (1, 2, 3))
