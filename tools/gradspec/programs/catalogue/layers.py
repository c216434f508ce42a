"""Layers of `nn.functional`: linear maps, convolutions, pooling, padding, resampling, attention."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from gradspec.programs.catalogue.products import added, clash, like, product
from gradspec.programs.catalogue.vocabulary import (
    SIZES,
    Domain,
    Draw,
    ErrorInput,
    Meta,
    Operand,
    Operator,
    Sample,
    Shape,
    of_dimensions,
    wrong,
)
from gradspec.programs.choices import Choices
from gradspec.programs.program import Tuple

Fields = dict[str, Any]
NN = "nn.functional."
FUNCTION = ("function",)
APART = Domain(-4.0, 4.0, grain=7, holes=(0.0,), distinct=True)  # no ties


def images(dims: int, most: int = 4) -> Callable[[Choices], Shape]:
    """Shapes of a batch of channels of `dims` dimensions, or of channels without a batch."""

    def shape(choices: Choices) -> Shape:
        lead = (*choices.pick(((1,), (2,), ())), choices.pick((2, 1, 4)))
        return (*lead, *(choices.between(2, most) for _ in range(dims)))

    return shape


def image(dims: int, most: int = 4) -> Fields:
    """The fields of an operator of such shapes."""
    return {
        "shapes": images(dims, most), "forms": FUNCTION,
        "fits": lambda m: len(m.shape) in (dims + 1, dims + 2) and 0 not in m.shape,
    }  # fmt: skip


def batches(dims: int, most: int = 4) -> Fields:
    """The same, but there must be a batch."""
    fields = image(dims, most)
    return fields | {
        "shapes": lambda c: (*(1,) * (dims + 2 - len(shape := fields["shapes"](c))), *shape),
        "fits": lambda m: len(m.shape) == dims + 2 and 0 not in m.shape,
    }  # fmt: skip


def one_or_each(choices: Choices, values: tuple[int, ...]) -> int | tuple[int, ...]:
    """One number for all dimensions, where that says the same, or one for each."""
    return values[0] if len(set(values)) == 1 and choices.chance(60) else values


def sized(choices: Choices, dims: int, low: int, high: int) -> tuple[int, ...]:
    """A number for each dimension, often the same."""
    first = choices.between(low, high)
    return tuple(choices.between(low, high) if choices.chance(30) else first for _ in range(dims))


# -- linear maps


def linear(d: Draw, x: Operand) -> Sample:
    n = x.meta.shape[-1]
    out = () if d.choices.chance(10) else (d.choices.pick(SIZES),)
    weight = like(d, x, *out, n)
    result = product((*x.meta.shape[:-1], *out), n, x.meta, weight.meta)
    if not out or d.choices.chance(40):
        return Sample((x, weight), {}, result)
    bias = like(d, x, *out)
    return Sample((x, weight, bias), {}, added(bias.meta, result))


def bilinear(d: Draw, x: Operand) -> Sample:
    n, m, out = x.meta.shape[-1], d.choices.pick((2, 1, 3)), d.choices.pick((2, 1, 3))
    y = like(d, x, *x.meta.shape[:-1], m)
    weight = like(d, x, out, n, m)
    result = product((*x.meta.shape[:-1], out), n * m, x.meta, y.meta, weight.meta)
    if d.choices.chance(40):
        return Sample((x, y, weight), {}, result)
    bias = like(d, x, out)
    return Sample((x, y, weight, bias), {}, added(bias.meta, result))


# -- convolutions


def conv(dims: int) -> Operator:
    """A convolution in `dims` dimensions."""

    def call(d: Draw, x: Operand) -> Sample:
        c = d.choices
        channels, space = x.meta.shape[-dims - 1], x.meta.shape[-dims:]
        groups = c.pick([g for g in (1, 1, 2, channels) if channels % g == 0])
        out = groups * c.between(1, 2)
        dilation = sized(c, dims, 1, 2) if c.chance(25) else (1,) * dims
        kernel = tuple(min(k, (n - 1) // e + 1) for k, n, e in zip(sized(c, dims, 1, 3), space, dilation, strict=True))
        stride = sized(c, dims, 1, 2) if c.chance(40) else (1,) * dims
        padding = sized(c, dims, 0, 2) if c.chance(50) else (0,) * dims
        weight = like(d, x, out, channels // groups, *kernel)
        kwargs: dict[str, Any] = {}
        if c.chance(15):
            kwargs["padding"] = "valid"
            padding = (0,) * dims
        elif c.chance(15):
            kwargs["padding"] = "same"
            stride = (1,) * dims
        elif any(padding):
            kwargs["padding"] = one_or_each(c, padding)
        for key, values, plain in (("stride", stride, 1), ("dilation", dilation, 1)):
            if any(v != plain for v in values) or c.chance(20):
                kwargs[key] = one_or_each(c, values)
        kwargs |= {"groups": groups} if groups > 1 else {}
        if kwargs.get("padding") == "same":
            result = space
        else:
            result = tuple(
                (n + 2 * p - e * (k - 1) - 1) // s + 1
                for n, p, e, k, s in zip(space, padding, dilation, kernel, stride, strict=True)
            )
        return with_bias(
            d, x, weight, kwargs, (*x.meta.shape[: -dims - 1], out, *result), math.prod(weight.meta.shape[1:])
        )

    return Operator(f"{NN}conv{dims}d", call, **image(dims, 4 if dims < 3 else 2), errors=(
        wrong("channels that do not fit", lambda d: given(d, dims, 3, (2, 2))),
        wrong("a kernel that is larger", lambda d: given(d, dims, 2, (2, 2), 4)),
        wrong("groups that do not fit", lambda d: given(d, dims, 3, (2, 3)), groups=2),
        wrong("a stride of 0", lambda d: given(d, dims, 2, (2, 2)), stride=0),
        wrong("a negative padding", lambda d: given(d, dims, 2, (2, 2)), padding=-1),
        wrong("an unknown padding", lambda d: given(d, dims, 2, (2, 2)), padding="full"),
        wrong("a bias of another size", lambda d: (*given(d, dims, 2, (2, 2)), d.tensor((3,)))),
        wrong("two dtypes", lambda d: (*given(d, dims, 2, (2, 2))[:1], d.tensor((2, 2) + (1,) * dims, dtype="float32"))),
    ))  # fmt: skip


def given(d: Draw, dims: int, channels: int, weight: Shape, kernel: int = 1) -> tuple[Operand, Operand]:
    return d.tensor((1, channels) + (2,) * dims), d.tensor(weight + (kernel,) * dims)


def with_bias(d: Draw, x: Operand, weight: Operand, kwargs: dict[str, Any], shape: Shape, terms: int) -> Sample:
    result = product(shape, terms, x.meta, weight.meta)
    if d.choices.chance(50):
        return Sample((x, weight), kwargs, result)
    bias = like(d, x, shape[-len(weight.meta.shape) + 1])
    return Sample((x, weight, bias), kwargs, added(bias.meta, result))


def conv_transpose(dims: int) -> Operator:
    """A transposed convolution."""

    def call(d: Draw, x: Operand) -> Sample:
        c = d.choices
        channels, space = x.meta.shape[-dims - 1], x.meta.shape[-dims:]
        groups = c.pick([g for g in (1, 1, 2, channels) if channels % g == 0])
        each = c.between(1, 2)
        kernel = sized(c, dims, 1, 3)
        stride = sized(c, dims, 1, 2)
        dilation = sized(c, dims, 1, 2) if c.chance(25) else (1,) * dims
        padding = tuple(c.between(0, min(1, e * (k - 1) // 2)) for e, k in zip(dilation, kernel, strict=True))
        more = tuple(c.below(max(s, e)) if c.chance(40) else 0 for s, e in zip(stride, dilation, strict=True))
        weight = like(d, x, channels, each, *kernel)
        kwargs: dict[str, Any] = {"groups": groups} if groups > 1 else {}
        options = (
            ("stride", stride, 1),
            ("padding", padding, 0),
            ("output_padding", more, 0),
            ("dilation", dilation, 1),
        )
        for key, values, plain in options:
            if any(v != plain for v in values):
                kwargs[key] = one_or_each(c, values)
        result = tuple(
            (n - 1) * s - 2 * p + e * (k - 1) + o + 1
            for n, s, p, e, k, o in zip(space, stride, padding, dilation, kernel, more, strict=True)
        )
        shape = (*x.meta.shape[: -dims - 1], groups * each, *result)
        return with_bias(d, x, weight, kwargs, shape, channels * math.prod(kernel))

    return Operator(f"{NN}conv_transpose{dims}d", call, **image(dims, 3), errors=(
        wrong("channels that do not fit", lambda d: given(d, dims, 3, (2, 2))),
        wrong("a stride of 0", lambda d: given(d, dims, 2, (2, 2)), stride=0),
        wrong("too much output padding", lambda d: given(d, dims, 2, (2, 2)), output_padding=2),
        wrong("a bias of another size", lambda d: (*given(d, dims, 2, (2, 2)), d.tensor((3,)))),
    ))  # fmt: skip


# -- pooling


def window(d: Draw, space: Shape, *, dilated: bool) -> tuple[dict[str, Any], Shape, int]:
    """The keywords of a pooling window, the sizes of what it gives, and how many elements it has."""
    c, dims = d.choices, len(space)
    kernel = tuple(min(k, n) for k, n in zip(sized(c, dims, 1, 3), space, strict=True))
    dilation = tuple(2 if dilated and k > 1 and 2 * (k - 1) < n and c.chance(30) else 1
                     for k, n in zip(kernel, space, strict=True))  # fmt: skip
    stride = sized(c, dims, 1, 3) if c.chance(50) else kernel
    padding = tuple(c.between(0, k // 2) for k in kernel) if c.chance(40) else (0,) * dims
    ceil = c.chance(25)
    kwargs: dict[str, Any] = {"kernel_size": one_or_each(c, kernel)}
    if stride != kernel:
        kwargs["stride"] = one_or_each(c, stride)
    if any(padding):
        kwargs["padding"] = one_or_each(c, padding)
    if any(e > 1 for e in dilation):
        kwargs["dilation"] = one_or_each(c, dilation)
    if ceil:
        kwargs["ceil_mode"] = True
    sizes = []
    for n, k, s, p, e in zip(space, kernel, stride, padding, dilation, strict=True):
        room = n + 2 * p - e * (k - 1) - 1
        size = (-(-room // s) if ceil else room // s) + 1
        sizes.append(size - 1 if ceil and (size - 1) * s >= n + p else size)  # a window starts inside or on the left
    return kwargs, tuple(sizes), math.prod(kernel)


def pooled(x: Meta, dims: int, sizes: Shape) -> Shape:
    return x.shape[:-dims] + sizes


def max_pool(dims: int) -> Operator:
    def call(d: Draw, x: Operand) -> Sample:
        kwargs, sizes, _ = window(d, x.meta.shape[-dims:], dilated=True)
        result = x.meta.reshaped(pooled(x.meta, dims, sizes))
        if d.choices.chance(20):
            indices = Meta(result.shape, "int64", 0, math.prod(x.meta.shape[-dims:]), 0)
            return Sample((x,), kwargs | {"return_indices": True}, (result, indices))
        return Sample((x,), kwargs, result)

    return Operator(f"{NN}max_pool{dims}d", call, smooth=APART, chooses=True, **image(dims, 4 if dims < 3 else 3),
                    errors=pool_errors(dims))  # fmt: skip


def avg_pool(dims: int) -> Operator:
    def call(d: Draw, x: Operand) -> Sample:
        kwargs, sizes, n = window(d, x.meta.shape[-dims:], dilated=False)
        bound = x.meta.bound
        if d.choices.chance(40):
            kwargs["count_include_pad"] = d.choices.chance(30)
        if dims > 1 and d.choices.chance(20):
            kwargs["divisor_override"] = d.choices.between(1, 4)
            bound *= n
        return Sample((x,), kwargs, Meta(pooled(x.meta, dims, sizes), x.meta.dtype, -bound, bound, None))

    return Operator(f"{NN}avg_pool{dims}d", call, **image(dims, 4 if dims < 3 else 3), errors=pool_errors(dims))


def lp_pool(dims: int) -> Operator:
    def call(d: Draw, x: Operand) -> Sample:
        space = x.meta.shape[-dims:]
        kernel = tuple(min(d.choices.between(1, 3), n) for n in space)
        kwargs: dict[str, Any] = {"norm_type": float(d.choices.pick((2, 1, 3))), "kernel_size": kernel[0]}
        if dims > 1:
            kwargs["kernel_size"] = kernel
        stride = kernel
        if d.choices.chance(40):
            stride = (d.choices.between(1, 2),) * dims
            kwargs["stride"] = stride[0]
        sizes = tuple((n - k) // s + 1 for n, k, s in zip(space, kernel, stride, strict=True))
        bound = math.prod(kernel) * x.meta.bound
        return Sample((x,), kwargs, Meta(pooled(x.meta, dims, sizes), x.meta.dtype, -bound, bound, None))

    return Operator(f"{NN}lp_pool{dims}d", call, Domain(0.25, 4.0), **image(dims), errors=(
        wrong("a kernel that is larger", lambda d: (d.tensor((1, 1) + (2,) * dims), 2.0, 3)),
        wrong("no kernel", lambda d: (d.tensor((1, 1) + (2,) * dims), 2.0)),
    ))  # fmt: skip


def pool_errors(dims: int) -> tuple[ErrorInput, ...]:
    def x(d: Draw) -> tuple[Operand]:
        return (d.tensor((1, 1) + (2,) * dims),)

    return (
        wrong("a kernel that is larger", x, kernel_size=3),
        wrong("a padding of more than half", x, kernel_size=2, padding=2),
        wrong("a stride of 0", x, kernel_size=2, stride=0),
        wrong("no kernel", x),
        wrong("too few dimensions", lambda d: (d.tensor((2,) * (dims - 1)),), kernel_size=1),
        wrong("a list of the wrong length", x, kernel_size=Tuple((1,) * (dims + 1))),
    )


def adaptive(kind: str, dims: int) -> Operator:
    """Adaptive pooling: the sizes of the result are given."""

    def call(d: Draw, x: Operand) -> Sample:
        space = x.meta.shape[-dims:]
        wanted: tuple[int | None, ...] = tuple(d.choices.between(1, n + 1) for n in space)
        if dims > 1 and d.choices.chance(20):
            wanted = (None, *wanted[1:])  # as it is
        sizes = tuple(n if w is None else w for w, n in zip(wanted, space, strict=True))
        output = wanted[0] if len(set(wanted)) == 1 and d.choices.chance(60) else wanted
        shape = pooled(x.meta, dims, sizes)
        if kind == "max":
            return Sample((x, output), {}, x.meta.reshaped(shape))
        return Sample((x, output), {}, Meta(shape, x.meta.dtype, -x.meta.bound, x.meta.bound, None))

    more: Fields = {"chooses": True, "smooth": APART} if kind == "max" else {}
    return Operator(f"{NN}adaptive_{kind}_pool{dims}d", call, **image(dims), **more, errors=(
        wrong("no size", lambda d: (d.tensor((1, 1) + (2,) * dims),)),
        wrong("too few dimensions", lambda d: (d.tensor((2,) * (dims - 1)), 1)),
        wrong("a negative size", lambda d: (d.tensor((1, 1) + (2,) * dims), -1)),
    ))  # fmt: skip


LAYERS = (
    Operator(f"{NN}linear", linear, shapes=of_dimensions(1), fits=lambda m: len(m.shape) > 0, forms=FUNCTION,
             needs=("matmul",), errors=(
        clash((2, 3), (2, 2)),
        wrong("a bias of another size", lambda d: (d.tensor((2,)), d.tensor((2, 2)), d.tensor((3,)))),
        wrong("two dtypes", lambda d: (d.tensor((2,)), d.tensor((2, 2), dtype="float32"))),
    )),
    Operator(f"{NN}bilinear", bilinear, shapes=of_dimensions(1), fits=lambda m: len(m.shape) > 0 and m.size > 0,
             forms=FUNCTION, errors=(
        clash((2, 3), (2, 2), (1, 2, 2)),
        clash((2, 3), (3, 2), (1, 3, 2)),
        wrong("a bias of another size", lambda d: tuple(d.tensor(s) for s in ((2, 2), (2, 2), (1, 2, 2), (3,)))),
    )),
    *(conv(dims) for dims in (1, 2, 3)),
    *(conv_transpose(dims) for dims in (1, 2)),
    *(max_pool(dims) for dims in (1, 2, 3)),
    *(avg_pool(dims) for dims in (1, 2, 3)),
    *(lp_pool(dims) for dims in (1, 2)),
    *(adaptive(kind, dims) for kind in ("avg", "max") for dims in (1, 2)),
)  # fmt: skip
