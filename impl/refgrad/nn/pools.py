"""Pools, in one, two and three dimensions of space, which are the last ones: maxima and means of windows, and norms."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from refgrad import errors, functions, messages
from refgrad.derivatives import windows
from refgrad.functions import ops
from refgrad.functions.arguments import IntOrNone, WithPow, WithSize
from refgrad.nn.arguments import as_kernel, as_node, each, spelled, within
from refgrad.tensor import Tensor, wrap


def _sizes(name: str, dims: int, kernel_size: Any, stride: Any, **more: Any) -> list:
    """Kernel, stride, padding, ... for each dimension; without a stride, windows stand side by side."""
    stride = kernel_size if stride is None or stride in ((), []) else stride
    given = {"kernel_size": kernel_size, "stride": stride, **more}
    return [each(name, key, i, v, dims, f"pools.{name}_{key}") for i, (key, v) in enumerate(given.items(), 2)]


def _need_windows(name: str, input: Tensor, dims: int, sizes: list) -> None:
    """Refuse windows that are none, and inputs of other dimensions."""
    for k, s, p, e in zip(*sizes):
        messages.require(s, "pools.stride")
        messages.require(p >= 0, "pools.padding", p)
        messages.require(p <= int((e * (k - 1) + 1) / 2), "pools.half", p, k, e)
    kernel, stride, padding, dilation = sizes
    for key, given in (("kernel", kernel), ("stride", stride), ("dilation", dilation)):
        messages.require(min(given) > 0, f"pools.{key}{dims}", given)
    shape = input._data.shape
    messages.require(len(shape) in (dims + 1, dims + 2), f"pools.{name}_input", input)
    messages.require(0 not in shape[-dims - 1 :], f"pools.{name}_empty", input)
    fits = all(p <= k // 2 for k, p in zip(kernel, padding))
    messages.require(fits, f"pools.half{dims}", padding, kernel)


def _tables(input: Tensor, dims: int, ceil: Any, sizes: list) -> tuple:
    """A table of windows a dimension."""
    *_, channels = input._data.shape[:-dims]
    each_dim = [tuple(of_one) for of_one in zip(input._data.shape[-dims:], *sizes)]
    counts = [windows.how_many(n, k, s, p, e, ceil) for n, k, s, p, e in each_dim]
    have, found = (spelled((channels, *n), "x") for n in (input._data.shape[-dims:], counts))
    messages.require(min(counts) > 0, "pools.none", have, found)
    return tuple(windows.windows(count, *of_one) for count, of_one in zip(counts, each_dim))


# In one dimension, PyTorch pools with one more, which it then takes away.


def _raised(input: Tensor) -> Tensor:
    return ops.unsqueeze(input, input._data.ndim - 1)


def _lowered(result: Tensor) -> Tensor:
    return ops.squeeze_dim(result, result._data.ndim - 2)


def _need_line(name: str, input: Tensor) -> None:
    ndim = input._data.ndim
    messages.require(ndim in (2, 3), "pools.line", ndim, name)


# -- maxima


def _max_pool(dims: int) -> Callable:
    name = f"max_pool{dims}d"

    def function(
        input: Tensor, kernel_size: Any, stride: Any = None, padding: Any = 0, dilation: Any = 1,
        ceil_mode: bool = False, return_indices: Any = False,
    ) -> Any:  # fmt: skip
        if not isinstance(input, Tensor):
            raise errors.argument(name, "input", 1, input)
        sizes = _sizes(name, dims, kernel_size, stride, padding=padding, dilation=dilation)
        _need_windows(name, input, dims, sizes)
        found = ops.max_pool(input, _tables(input, dims, ceil_mode, sizes))
        found = as_node(found, f"MaxPool{dims}DWithIndicesBackward0")
        return found if return_indices else found[0]

    function.__doc__ = f"""The maxima of windows on {dims} dimensions; with `return_indices` and where they are."""
    return function


max_pool2d, max_pool3d = map(_max_pool, (2, 3))


def max_pool1d(
    input: Tensor, kernel_size: Any, stride: Any = None, padding: Any = 0, dilation: Any = 1,
    ceil_mode: bool = False, return_indices: Any = False,
) -> Any:  # fmt: skip
    """The maxima of windows on 1 dimension; with `return_indices` and where they are."""
    shape = input._data.shape
    messages.require(len(shape) in (2, 3) and 0 not in shape[-2:], "pools.max_pool1d_input", input)
    (k,), (s,), (p,), (e,) = _sizes("max_pool1d", 1, kernel_size, stride, padding=padding, dilation=dilation)
    for argument, value in (("kernel_size", k), ("stride", s), ("dilation", e)):
        messages.require(value > 0, "pools.line_least", argument, value)
    messages.require(p >= 0, "pools.line_padding", p)
    messages.require(p <= k // 2, "pools.line_half", p, k)
    count = windows.how_many(shape[-1], k, s, p, e, ceil_mode)
    messages.require(count > 0, "pools.line_none", count)
    functions.need_dtype("max_pool2d" if return_indices else "maxima_alone", input)
    found = max_pool2d(_raised(input), (1, k), (1, s), (0, p), (1, e), ceil_mode, True)
    if return_indices or found[0].requires_grad:
        found = tuple(map(_lowered, found))
        return found if return_indices else found[0]
    result = functions.clone(_lowered(found[0]))
    if len(shape) == 2:
        result._bump()  # squeezed in place, in PyTorch
    return result


# -- means


def _average(input: Tensor, tables: tuple) -> Tensor:
    """The sums over windows, weighted, along one dimension after the other."""
    for d, (index, weights) in enumerate(tables, input._data.ndim - len(tables)):
        input = ops.resample(input, d, np.clip(index, 0, input._data.shape[d] - 1), weights)
    return input


def _avg_pool(dims: int) -> Callable:
    name = f"avg_pool{dims}d"

    def function(
        input: Tensor, kernel_size: Any, stride: Any = None, padding: Any = 0, ceil_mode: bool = False,
        count_include_pad: bool = True, divisor_override: IntOrNone = None,
    ) -> Tensor:  # fmt: skip
        messages.require(divisor_override != 0, "pools.divisor")
        if dims == 2:
            functions.as_dim(-3, input._data.ndim)
        kernel, stride, padding = _sizes(name, dims, kernel_size, stride, padding=padding)
        sizes, space = [kernel, stride, padding, (1,) * dims], input._data.shape[-dims:]
        _need_windows(name, input, dims, sizes)
        small = dims == 2 or all(n >= k for n, k in zip(space, kernel))
        messages.require(small, "pools.small", space, kernel)
        tables = _tables(input, dims, ceil_mode, sizes)
        functions.need_dtype(f"means_{dims}", input)
        sums, count = _average(input, tables), np.ones(())
        if divisor_override is not None:
            means = ops.div_scalar(sums, divisor_override)
        else:
            for (_, inside), n, k, s, p in zip(tables, space, kernel, stride, padding):
                starts = np.arange(len(inside)) * s
                whole = np.minimum(starts + k, n + 2 * p) - starts if count_include_pad else inside.sum(axis=1)
                count = np.multiply.outer(count, whole)
            means = ops.div(sums, wrap(count.astype(sums._data.dtype)))
        means = functions.to(means, input.dtype)
        return as_kernel(means, f"AvgPool{dims}DBackward0", input)

    function.__doc__ = f"""The means of windows on {dims} dimensions; of the padding, too, with `count_include_pad`."""
    return function


avg_pool2d, avg_pool3d = map(_avg_pool, (2, 3))


def avg_pool1d(
    input: Tensor, kernel_size: Any, stride: Any = None, padding: Any = 0, ceil_mode: bool = False,
    count_include_pad: bool = True,
) -> Tensor:  # fmt: skip
    """The means of windows on 1 dimension; of the padding, too, with `count_include_pad`."""
    _need_line("avg_pool1d", input)
    sizes = _sizes("avg_pool1d", 1, kernel_size, stride, padding=padding)
    pairs = [(least, *size) for least, size in zip((1, 1, 0), sizes)]
    return _lowered(avg_pool2d(_raised(input), *pairs, ceil_mode, count_include_pad))


# -- as many windows as are asked for


def _adaptive_sizes(name: str, input: Tensor, dims: int, output_size: Any) -> tuple:
    """The output size for each dimension, where None is the input's."""
    listed, ndim = isinstance(output_size, (tuple, list)), input._data.ndim
    if dims > 1 and not isinstance(output_size, int):
        messages.require(listed or isinstance(output_size, str), "pools.no_length", output_size)
        messages.require(len(output_size) < ndim, "pools.adaptive_dims", len(output_size) + 1)
        space = input._data.shape[ndim - len(output_size) :]
        output_size = [n if w is None else w for w, n in zip(output_size, space)]
    sizes = each(name, "output_size", 2, output_size, dims, f"pools.{name}_sizes")
    messages.require(not listed or len(output_size) == dims, f"pools.{name}_sizes", "output_size", dims, output_size, 1)
    return sizes


def _adaptive_tables(name: str, input: Tensor, sizes: tuple, first: int) -> tuple:
    """A table of windows a dimension; the last ones of the input, from the `first` on, may not be empty."""
    shape, dims = input._data.shape, len(sizes)
    messages.require(len(shape) in (dims + 1, dims + 2), f"pools.{name}_input", input)
    for d in range(len(shape) - first, len(shape)):
        messages.require(shape[d], f"pools.{name}_empty", input, d)
    messages.require(min(sizes) >= 0, f"pools.{name}_negative", sizes, min(sizes), [*shape[:-dims], *sizes])
    return tuple(windows.adaptive_windows(n, size) for n, size in zip(shape[-dims:], sizes))


def _adaptive_avg_pool(dims: int) -> Callable:
    name = f"adaptive_avg_pool{dims}d"

    def function(input: WithSize, output_size: Any) -> Tensor:
        sizes = _adaptive_sizes(name, input, dims, output_size)
        if set(sizes) == {1}:
            return functions.mean(input, tuple(range(-1, -dims - 1, -1)), True)
        tables = _adaptive_tables(name, input, sizes, dims if dims == 2 else input._data.ndim - 1)
        functions.need_dtype(f"adaptive_means_{dims}", input)
        shares = tuple((index, inside / inside.sum(axis=1, keepdims=True)) for index, inside in tables)
        means = _average(input, shares)
        means = ops.emptied(means, name) if 0 in means._data.shape[1:] else means
        return as_kernel(means, f"AdaptiveAvgPool{dims}DBackward0", input)

    function.__doc__ = "The means of windows, as many of them and as even as `output_size` asks for."
    return function


def _adaptive_max_pool(dims: int) -> Callable:
    name = f"adaptive_max_pool{dims}d"

    def function(input: WithSize, output_size: Any, return_indices: Any = False) -> Any:
        sizes = _adaptive_sizes(name, input, dims, output_size)
        found = ops.max_pool(input, _adaptive_tables(name, input, sizes, input._data.ndim - 1))
        if 0 in found[0]._data.shape[1:]:
            found = as_node(ops.emptied(found[0], name), f"AdaptiveMaxPool{dims}DBackward0"), found[1]
        else:
            found = as_node(found, f"AdaptiveMaxPool{dims}DBackward0")
        return found if return_indices else found[0]

    function.__doc__ = "The maxima of windows, as many of them and as even as `output_size` asks for."
    return function


adaptive_avg_pool2d, adaptive_avg_pool3d = map(_adaptive_avg_pool, (2, 3))
adaptive_max_pool2d, adaptive_max_pool3d = map(_adaptive_max_pool, (2, 3))


def adaptive_avg_pool1d(input: Tensor, output_size: Any) -> Tensor:
    """The means of windows, as many of them and as even as `output_size` asks for."""
    _need_line("adaptive_avg_pool1d", input)
    sizes = _adaptive_sizes("adaptive_avg_pool1d", input, 1, output_size)
    return _lowered(adaptive_avg_pool2d(_raised(input), (1, *sizes)))


def adaptive_max_pool1d(input: Tensor, output_size: Any, return_indices: Any = False) -> Any:
    """The maxima of windows, as many of them and as even as `output_size` asks for."""
    _need_line("adaptive_max_pool1d", input)
    sizes = _adaptive_sizes("adaptive_max_pool1d", input, 1, output_size)
    for d in range(1, input._data.ndim):
        messages.require(input._data.shape[d], "pools.adaptive_max_pool1d_empty", input, d)
    found = tuple(map(_lowered, adaptive_max_pool2d(_raised(input), (1, *sizes), True)))
    return found if return_indices else found[0]


# -- back, and norms


def _unpooled_size(output_size: Any, dims: int, usual: tuple, stride: tuple) -> tuple:
    """The size that is asked for, less than a stride away from what is usual."""
    if output_size is None:
        return usual
    messages.require(len(output_size) in (dims, dims + 2), "pools.unpool_length", dims, dims + 2, len(output_size))
    size = output_size[-dims:]
    for d, (n, u, s) in enumerate(zip(size, usual, stride)):
        messages.require(u - s < n < u + s, "pools.unpool_size", size, d, u - s, u + s)
    return tuple(size)


def _max_unpool(dims: int) -> Callable:
    axes = max(dims, 2)

    def function(
        input: Tensor, indices: Tensor, kernel_size: Any, stride: Any = None, padding: Any = 0, output_size: Any = None
    ) -> Tensor:
        kernel, stride, padding = (
            tuple(v) if isinstance(v, (tuple, list)) else (v,) * dims
            for v in (kernel_size, kernel_size if stride is None else stride, padding)
        )
        shape, one = input._data.shape, (1,) * (dims == 1)
        lead, space = shape[:-dims], shape[-dims:]
        sizes = zip(space, kernel, stride, padding)
        usual = tuple((n - 1) * s + k - 2 * p for n, k, s, p in sizes)
        space = _unpooled_size(output_size, dims, usual, stride)
        messages.require(indices._data.dtype == np.int64, f"pools.unpool_dtype{axes}", indices)
        ndim = len(shape) + len(one)
        messages.require(ndim in (axes + 1, axes + 2), f"pools.unpool_input{axes}", ndim)
        both = [[*t._data.shape, *one] for t in (input, indices)]
        messages.require(both[0] == both[1], "pools.unpool", *both)
        rows, size = math.prod(lead), math.prod(space)
        places = indices._data.reshape(rows, -1)
        outside = places[~within(places, size)]
        if outside.size:
            raise messages.error("pools.unpool_outside", outside[-1], spelled((*space, *one), "x"))
        zeros = wrap(np.zeros((rows, size), input._data.dtype))
        put = ops.scatter(zeros, 1, wrap(places), functions.reshape(input, places.shape))
        return functions.reshape(put, (*lead, *space))

    function.__doc__ = f"""The inverse of max_pool{dims}d: the maxima back in their places, and zeros beside them."""
    return function


max_unpool1d, max_unpool2d, max_unpool3d = map(_max_unpool, (1, 2, 3))


def _lp_pool(dims: int, average: Callable, maximum: Callable) -> Callable:
    def function(
        input: WithPow, norm_type: float, kernel_size: Any, stride: Any = None, ceil_mode: bool = False
    ) -> Tensor:
        size = kernel_size
        if dims > 1:
            sides = kernel_size if isinstance(kernel_size, (tuple, list)) else (kernel_size,) * dims
            messages.require(len(sides) >= dims, "pools.few_sides", dims, len(sides))
            messages.require(len(sides) <= dims, "pools.many_sides", dims)
            size = math.prod(sides)
        if math.isinf(norm_type):
            sizes = ops.abs(input)
            greatest = maximum(sizes if norm_type > 0 else ops.neg(sizes), kernel_size, stride, 0, 1, ceil_mode)
            return greatest if norm_type > 0 else ops.neg(greatest)
        means = average(functions.pow(input, norm_type), kernel_size, stride, 0, ceil_mode)
        sums = ops.mul(ops.mul(ops.sign(means), ops.relu(ops.abs(means))), size)
        return functions.pow(sums, 1 / norm_type)

    function.__doc__ = "The norms of windows: the `norm_type`-th root of the sum of the `norm_type`-th powers."
    return function


AVERAGES, MAXIMA = (avg_pool1d, avg_pool2d, avg_pool3d), (max_pool1d, max_pool2d, max_pool3d)
lp_pool1d, lp_pool2d, lp_pool3d = map(_lp_pool, (1, 2, 3), AVERAGES, MAXIMA)
