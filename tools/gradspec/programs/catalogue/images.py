"""Operators of images: windows as columns, padding, resampling; and attention."""

from __future__ import annotations

import math
from typing import Any

from gradspec.programs.catalogue.layers import FUNCTION, NN, batches, image, one_or_each, sized
from gradspec.programs.catalogue.products import clash, like
from gradspec.programs.catalogue.vocabulary import (
    SMALL,
    Domain,
    Draw,
    Meta,
    Operand,
    Operator,
    Sample,
    Shape,
    any_shape,
    wrong,
)
from gradspec.programs.choices import Choices

# -- windows as columns


def patches(d: Draw, space: Shape) -> tuple[dict[str, Any], tuple[int, ...], int]:
    """Keywords of windows on `space`, their sizes, and how many there are."""
    c = d.choices
    kernel = tuple(c.between(1, min(n, 2)) for n in space)
    stride, padding = sized(c, 2, 1, 2), sized(c, 2, 0, 1)
    dilation = tuple(2 if 2 * (k - 1) < n and c.chance(20) else 1 for k, n in zip(kernel, space, strict=True))
    kwargs: dict[str, Any] = {"kernel_size": one_or_each(c, kernel)}
    for key, values, plain in (("stride", stride, 1), ("padding", padding, 0), ("dilation", dilation, 1)):
        if any(v != plain for v in values):
            kwargs[key] = one_or_each(c, values)
    count = math.prod(
        (n + 2 * p - e * (k - 1) - 1) // s + 1
        for n, p, e, k, s in zip(space, padding, dilation, kernel, stride, strict=True)
    )
    return kwargs, kernel, count


def with_zero(x: Meta) -> Meta:
    return x.within(min(x.low, 0), max(x.high, 0), x.grain)


def unfold(d: Draw, x: Operand) -> Sample:
    kwargs, kernel, count = patches(d, x.meta.shape[-2:])
    shape = (*x.meta.shape[:-3], x.meta.shape[-3] * math.prod(kernel), count)
    return Sample((x,), kwargs, with_zero(x.meta).reshaped(shape))


def fold(d: Draw, x: Operand) -> Sample:
    """The first tensor is drawn first, so what it is folded to is made to fit: one column for each place."""
    *lead, rows, count = x.meta.shape
    kernel = d.choices.pick([(a, b) for a in (1, 2) for b in (1, 2) if rows % (a * b) == 0])
    high = d.choices.pick([n for n in range(1, count + 1) if count % n == 0])
    stride = d.choices.between(1, 2)
    size = tuple((n - 1) * stride + k for n, k in zip((high, count // high), kernel, strict=True))
    bound = 4 * x.meta.bound
    result = x.meta.within(-bound, bound, x.meta.grain).reshaped((*lead, rows // math.prod(kernel), *size))
    return Sample((x, size, kernel), {"stride": stride} if stride > 1 or d.choices.chance(30) else {}, result)


# -- padding


def pad(d: Draw, x: Operand) -> Sample:
    c, n = d.choices, len(x.meta.shape)
    if n < 2 or c.chance(50):
        widths = [c.between(0, 2) for _ in range(2 * c.between(1, n))]
        for i, width in enumerate(widths):  # some are cut off
            size = x.meta.shape[n - 1 - i // 2]
            if c.chance(15) and size + sum(widths[i // 2 * 2 : i // 2 * 2 + 2]) - width > 1:
                widths[i] = -1
        kwargs: dict[str, Any] = {"mode": "constant"} if c.chance(30) else {}
        value = 0.0
        if c.chance(40):
            kwargs["value"] = value = c.pick((1.5, -2.0))
        shape = tuple(m + sum(widths[2 * (n - 1 - i) : 2 * (n - i)]) for i, m in enumerate(x.meta.shape))
        grain = None if x.meta.grain is None else max(x.meta.grain, 1)
        low, high = min(x.meta.low, value), max(x.meta.high, value)
        return Sample((x, tuple(widths)), kwargs, x.meta.within(low, high, grain).reshaped(shape))
    mode = c.pick(("reflect", "replicate", "circular"))
    dims = max(n - 2, 1) if n == 2 or c.chance(50) else n - 1
    most = {"reflect": 1, "replicate": 0, "circular": 0}[mode]
    widths = []
    for size in x.meta.shape[: n - dims - 1 : -1]:
        widths += [c.between(0, 2 if mode == "replicate" else min(size - most, 2)) for _ in range(2)]
    shape = tuple(m + sum(widths[2 * (n - 1 - i) : 2 * (n - i)]) for i, m in enumerate(x.meta.shape))
    return Sample((x, tuple(widths)), {"mode": mode}, x.meta.reshaped(shape))


# -- resampling

LINEAR = {1: "linear", 2: "bilinear", 3: "trilinear"}


def interpolate(d: Draw, x: Operand) -> Sample:
    c, space = d.choices, x.meta.shape[2:]
    modes = ("nearest", LINEAR[len(space)], "area", "nearest-exact", *(("bicubic",) if len(space) == 2 else ()))
    mode = c.pick(modes)
    kwargs: dict[str, Any] = {} if mode == "nearest" and c.chance(40) else {"mode": mode}
    if c.chance(50):
        sizes = tuple(c.between(1, 5) for _ in space)
        kwargs["size"] = one_or_each(c, sizes)
    else:
        factors = tuple(c.pick((2.0, 1.5, 0.5) if n > 1 else (2.0, 3.0)) for n in space)
        sizes = tuple(int(n * factor) for n, factor in zip(space, factors, strict=True))
        kwargs["scale_factor"] = factors[0] if len(set(factors)) == 1 else factors
    if mode == "bicubic" or mode in LINEAR.values():
        kwargs |= {"align_corners": c.chance(50)} if c.chance(60) else {}
    bound = 3 * x.meta.bound if mode == "bicubic" else x.meta.bound
    grain = x.meta.grain if mode.startswith("nearest") else None
    return Sample((x,), kwargs, x.meta.within(-bound, bound, grain).reshaped((*x.meta.shape[:2], *sizes)))


def shuffled_image(choices: Choices) -> Shape:
    lead: Shape = choices.pick(((), (2,), (1,)))  # of an empty batch, torch gives back the shape unchanged
    return (*lead, choices.pick((4, 8, 1)), *(choices.pick((2, 1, 4)) for _ in range(2)))


def pixel_shuffle(d: Draw, x: Operand) -> Sample:
    *lead, channels, height, width = x.meta.shape
    r = d.choices.pick([r for r in (2, 1, 3) if channels % r**2 == 0])
    return Sample((x, r), {}, x.meta.reshaped((*lead, channels // r**2, height * r, width * r)))


def pixel_unshuffle(d: Draw, x: Operand) -> Sample:
    *lead, channels, height, width = x.meta.shape
    r = d.choices.pick([r for r in (2, 1, 3) if height % r == 0 == width % r])
    return Sample((x, r), {}, x.meta.reshaped((*lead, channels * r**2, height // r, width // r)))


def channel_shuffle(d: Draw, x: Operand) -> Sample:
    channels = x.meta.shape[1]
    return Sample((x, d.choices.pick([g for g in range(1, channels + 1) if channels % g == 0])), {}, x.meta)


BETWEEN_PIXELS = Domain(-1.5, 1.5, grain=3, offset=2.0**-6)


def grid_sample(d: Draw, x: Operand) -> Sample:
    c = d.choices
    sizes = (c.pick((2, 1, 3)), c.pick((2, 1, 3)))
    grid = d.tensor((x.meta.shape[0], *sizes, 2), Domain(-1.5, 1.5, grain=3), smooth=BETWEEN_PIXELS, dtype=x.meta.dtype)
    kwargs: dict[str, Any] = {"align_corners": c.chance(50)}
    for key, values in (
        ("mode", ("bilinear", "nearest", "bicubic")),
        ("padding_mode", ("zeros", "border", "reflection")),
    ):
        if c.chance(60):
            kwargs[key] = c.pick(values)
    bound = 3 * x.meta.bound
    return Sample((x, grid), kwargs, x.meta.within(-bound, bound).reshaped((*x.meta.shape[:2], *sizes)))


def affine_grid(d: Draw, x: Operand) -> Sample:
    batch, rows, _ = x.meta.shape
    space = [d.choices.between(1, 3) for _ in range(rows)]
    size = [batch, d.choices.between(1, 2), *space]
    bound = (rows + 1) * x.meta.bound
    result = x.meta.within(-bound, bound).reshaped((batch, *space, rows))
    return Sample((x, size), {"align_corners": d.choices.chance(50)}, result)


def transformations(choices: Choices) -> Shape:
    return (choices.pick((1, 2)), *choices.pick(((2, 3), (2, 3), (3, 4))))


# -- attention


def attention(d: Draw, x: Operand) -> Sample:
    c = d.choices
    *lead, n, width = x.meta.shape
    keys, out = c.pick((2, 3, 1)), c.pick((2, 1, 3))
    key = d.tensor((*lead, keys, width), SMALL, dtype=x.meta.dtype)
    value = like(d, x, *lead, keys, out)
    kwargs: dict[str, Any] = {}
    how = c.below(4)
    if how == 1:
        kwargs["is_causal"] = True
    elif how == 2:
        seen = [int(j == 0 or c.chance(60)) for _ in range(n) for j in range(keys)]  # every query sees some key
        kwargs["attn_mask"] = d.integers((n, keys), seen, "bool")
    elif how == 3:
        kwargs["attn_mask"] = d.tensor((*(lead if c.chance(50) else ()), n, keys), SMALL, dtype=x.meta.dtype)
    if c.chance(30):
        kwargs["scale"] = c.pick((0.5, 1.0))
    bound = value.meta.bound
    return Sample((x, key, value), kwargs, x.meta.within(-bound, bound).reshaped((*lead, n, out)))


def sequences(choices: Choices) -> Shape:
    return (*choices.pick(((), (2,), (1,))), choices.pick((2, 3, 1)), choices.pick((2, 1, 3)))


IMAGES = (
    Operator(f"{NN}unfold", unfold, **image(2), errors=(
        wrong("a kernel that is larger", lambda d: (d.tensor((1, 1, 2, 2)), 3)),
        wrong("one dimension of space", lambda d: (d.tensor((1, 2)), 1)),
        wrong("no kernel", lambda d: (d.tensor((1, 1, 2, 2)),)),
    )),
    Operator(f"{NN}fold", fold, shapes=lambda c: (*c.pick(((2,), (1,), ())), c.pick((4, 2, 1)), c.pick((4, 1, 2, 6))),
             fits=lambda m: len(m.shape) in (2, 3) and m.size > 0, forms=FUNCTION, errors=(
        wrong("another number of columns", lambda d: (d.tensor((1, 4, 3)), (2, 3), (2, 2))),
        wrong("rows that the kernel does not divide", lambda d: (d.tensor((1, 3, 2)), (2, 3), (2, 2))),
    )),
    Operator(f"{NN}pad", pad, shapes=lambda c: tuple(max(n, 1) for n in any_shape(c, 1)), forms=FUNCTION,
             fits=lambda m: 1 <= len(m.shape) <= 4 and 0 not in m.shape, errors=(
        wrong("an odd number of widths", lambda d: (d.tensor((2,)), (1,))),
        wrong("too many widths", lambda d: (d.tensor((2,)), (1, 1, 1, 1))),
        wrong("too wide a reflection", lambda d: (d.tensor((1, 1, 2)), (2, 0)), mode="reflect"),
        wrong("more than once around", lambda d: (d.tensor((1, 1, 2)), (3, 0)), mode="circular"),
        wrong("an unknown mode", lambda d: (d.tensor((1, 1, 2)), (1, 0)), mode="mirror"),
        wrong("a negative size", lambda d: (d.tensor((2,)), (-3, 0))),
    )),
    *(
        Operator(f"{NN}interpolate", interpolate, **batches(dims), overload="" if dims == 2 else f"{dims}d", errors=(
            wrong("neither a size nor a factor", lambda d: (d.tensor((1, 1, 2)),)),
            wrong("both a size and a factor", lambda d: (d.tensor((1, 1, 2)), 2, 2.0)),
            wrong("a mode for other dimensions", lambda d: (d.tensor((1, 1, 2)), 2), mode="bilinear"),
            wrong("corners of the nearest", lambda d: (d.tensor((1, 1, 2)), 2), align_corners=True),
            wrong("an unknown mode", lambda d: (d.tensor((1, 1, 2)), 2), mode="cubic"),
            wrong("no channels", lambda d: (d.tensor((2, 2)), 2)),
            wrong("a size of 0", lambda d: (d.tensor((1, 1, 2)), 0)),
        ))
        for dims in (1, 2)
    ),
    Operator("pixel_shuffle", pixel_shuffle, shapes=shuffled_image, forms=FUNCTION, needs=("shapes",),
             fits=lambda m: len(m.shape) >= 3 and m.size > 0, errors=(
        wrong("channels that do not fit", lambda d: (d.tensor((3, 2, 2)), 2)),
        wrong("two dimensions", lambda d: (d.tensor((4, 2)), 2)),
        wrong("a factor of 0", lambda d: (d.tensor((4, 2, 2)), 0)),
    )),
    Operator("pixel_unshuffle", pixel_unshuffle, shapes=shuffled_image, forms=FUNCTION, needs=("shapes",),
             fits=lambda m: len(m.shape) >= 3 and m.size > 0, errors=(
        wrong("a height that does not fit", lambda d: (d.tensor((1, 3, 2)), 2)),
        wrong("two dimensions", lambda d: (d.tensor((4, 2)), 2)),
        wrong("a factor of 0", lambda d: (d.tensor((4, 2, 2)), 0)),
    )),
    Operator("channel_shuffle", channel_shuffle, shapes=lambda c: (c.pick((1, 2)), c.pick((4, 6)), c.pick((2, 1)), 2),
             forms=FUNCTION, needs=("shapes",), fits=lambda m: len(m.shape) > 2 and m.size > 0, errors=(
        wrong("groups that do not fit", lambda d: (d.tensor((1, 3, 2)), 2)),
        wrong("two dimensions", lambda d: (d.tensor((4, 2)), 2)),
    )),
    Operator(f"{NN}grid_sample", grid_sample, **batches(2), chooses=True, errors=(
        wrong("a grid of another batch", lambda d: (d.tensor((1, 1, 2, 2)), d.tensor((2, 2, 2, 2)))),
        wrong("points of three numbers", lambda d: (d.tensor((1, 1, 2, 2)), d.tensor((1, 2, 2, 3)))),
        wrong("an unknown mode", lambda d: (d.tensor((1, 1, 2, 2)), d.tensor((1, 2, 2, 2))), mode="linear"),
        wrong("an unknown padding", lambda d: (d.tensor((1, 1, 2, 2)), d.tensor((1, 2, 2, 2))), padding_mode="circular"),
    )),
    Operator(f"{NN}affine_grid", affine_grid, shapes=transformations, forms=FUNCTION,
             fits=lambda m: len(m.shape) == 3 and m.shape[1:] in ((2, 3), (3, 4)) and m.size > 0, errors=(
        wrong("another shape", lambda d: (d.tensor((1, 2, 2)), [1, 1, 2, 2])),
        wrong("another batch", lambda d: (d.tensor((1, 2, 3)), [2, 1, 2, 2])),
        wrong("a size of 0", lambda d: (d.tensor((1, 2, 3)), [1, 1, 0, 2])),
    )),
    Operator(f"{NN}scaled_dot_product_attention", attention, shapes=sequences, forms=FUNCTION, needs=("matmul",),
             fits=lambda m: len(m.shape) in (2, 3) and m.size > 0 and m.bound <= 16, errors=(
        clash((2, 3), (2, 2), (2, 2)),
        clash((2, 2), (3, 2), (2, 2)),
        wrong("a mask that does not fit", lambda d: tuple(d.tensor(s) for s in (*((2, 2),) * 3, (3, 3)))),
        wrong("two dtypes", lambda d: (d.tensor((2, 2)), d.tensor((2, 2), dtype="float32"), d.tensor((2, 2)))),
    )),
)  # fmt: skip
