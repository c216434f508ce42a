"""Images made larger, smaller, bent or rearranged: padding, interpolation, sampling at points, shuffled channels."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np

from refgrad import dtypes, errors, functions, messages
from refgrad.functions import ops
from refgrad.functions.arguments import BoolOrNone, FloatOrNone, WithDim, WithKind, Word, broadcast_shapes
from refgrad.nn import pools
from refgrad.nn.arguments import as_kernel, as_node, need_one_dtype
from refgrad.tensor import Tensor, wrap

# -- padding

# what stands in the places `i`, some of them outside, of `n` elements
BEYOND = {
    "reflect": lambda i, n: n - 1 - abs(n - 1 - abs(i)),
    "replicate": lambda i, n: np.clip(i, 0, n - 1),
    "circular": lambda i, n: i % n,
}

PADDED = {"reflect": "ReflectionPad{}DBackward0", "replicate": "ReplicationPad{}DBackward0"}  # fmt: skip


def pad(input: Tensor, pad: Any, mode: Word = "constant", value: FloatOrNone = None) -> Tensor:
    """More on the sides: `pad` says how much before and after, from the last dimension on; negative cuts off.

    mode: "constant" (`value`, by default 0), "reflect", "replicate" or "circular".
    """
    shape, dims = input._data.shape, len(pad) // 2
    messages.require(not len(pad) % 2, "images.pad_odd")
    messages.require(dims <= len(shape), "images.pad_long", len(pad), len(shape))
    widths = list(zip(pad[::2], pad[1::2]))[::-1]
    sides = [(0, 0)] * (len(shape) - dims) + widths
    if mode == "constant":
        left = [n + min(a, 0) + min(b, 0) for n, (a, b) in zip(shape, sides)]
        messages.require(all(n >= 0 for n in left), "images.pad_cut")
        return ops.constant_pad_nd(input, tuple(sides), 0 if value is None else value)
    messages.require(mode in BEYOND, "images.pad_mode", mode)
    messages.require(not value, "images.pad_value", mode)
    messages.require(1 <= dims <= 3 and len(shape) in (dims + 1, dims + 2), "images.pad_dims", len(pad), len(shape))
    found = [n + a + b for n, (a, b) in zip(shape, sides)]
    around = mode not in PADDED
    if around:
        fits = all(max(side) <= n for n, side in zip(shape, sides))
        messages.require(fits, "images.pad_circular")
        messages.require(min(found) >= 0, "images.pad_emptied")
    else:
        messages.require(0 not in shape[-dims - 1 :], f"images.pad_empty{dims}", input)
        for place, (n, side) in enumerate(zip(shape[::-1], widths[::-1], strict=False)):
            at = 2 * place + 4, side, len(shape) - 1 - place
            messages.require(mode != "reflect" or max(side) < n, "images.pad_reflect", *at, input)
        messages.require(dims > 1 or found[-1] > 0, "images.pad_small", shape[-1], found[-1])
        messages.require(min(found) >= 0, "images.pad_negative", min(found), found)
        functions.need_dtype(f"pad_{mode}", input)
    result = input
    for d in range(len(shape) - dims, len(shape)):
        n, (a, b) = shape[d], sides[d]
        start, end = (max(-a, 0), min(n + b, n)) if around else (0, n)  # what goes round is what is left
        places = start + BEYOND[mode](np.arange(-a, n + b) - start, end - start)
        result = ops.resample(result, d, places[:, None], None)
    if not around:
        return as_kernel(result, PADDED[mode].format(dims), input)
    result = as_kernel(result, "CopySlices", None)
    for _ in range(1 + sum(width > 0 for width in pad)):  # as often as PyTorch writes to it
        result._bump()
    return result


# -- interpolation, along one dimension after the other: tables of indices and weights


def _nearest(n: int, out: int, scale: float, align: bool) -> tuple:
    return (np.arange(out) * scale).astype(np.float32).astype(np.int64)[:, None], None


def _nearest_exact(n: int, out: int, scale: float, align: bool) -> tuple:
    return ((np.arange(out) + 0.5) * scale).astype(np.float32).astype(np.int64)[:, None], None


def _between(n: int, out: int) -> float:
    """How far apart `out` elements are of which the first and the last are those of `n`."""
    return (n - 1) / (out - 1) if out - 1 else 0.0


def _sources(n: int, out: int, scale: float, align: bool) -> np.ndarray:
    """From where between the elements each new element is taken."""
    if align:
        return np.arange(out) * _between(n, out)
    return (np.arange(out) + 0.5) * scale - 0.5


def _linear(n: int, out: int, scale: float, align: bool) -> tuple:
    places = np.arange(out, dtype=float) if n == out else np.maximum(_sources(n, out, scale, align), 0)
    first = np.floor(places).astype(np.int64)
    share = places - first
    return np.stack([first, np.minimum(first + 1, n - 1)], 1), np.stack([1 - share, share], 1)


def _cubic(n: int, out: int, scale: float, align: bool) -> tuple:
    places = _sources(n, out, scale, align)
    first = np.floor(places)
    index = first.astype(np.int64)[:, None] + np.arange(-1, 3)
    return np.clip(index, 0, n - 1), np.stack(_cubic_weights(places - first), 1)


def _cubic_weights(t: Any, a: float = -0.75) -> list:
    """The weights of the four neighbours of a point that is `t` behind the second: by Keys' cubic convolution."""

    def near(x: Any) -> Any:
        return ((a + 2) * x - (a + 3)) * x * x + 1

    def far(x: Any) -> Any:
        return ((x - 5) * x + 8) * x * a - 4 * a

    return [far(t + 1), near(t), near(1 - t), far(2 - t)]


def _smooth(weigh: Any, reach: int) -> Any:
    """A table that, to make an image smaller, weighs all the elements that come to one: the antialiased form."""

    def table(n: int, out: int, scale: float, align: bool) -> tuple:
        scale = _between(n, out) if align else scale
        wide = max(scale, 1.0)
        centers = scale * (np.arange(out) + 0.5)
        start = np.maximum((centers - reach * wide + 0.5).astype(np.int64), 0)
        end = np.minimum((centers + reach * wide + 0.5).astype(np.int64), n)
        index = start[:, None] + np.arange((end - start).max())
        weights = np.where(index < end[:, None], weigh(abs(index - centers[:, None] + 0.5) / wide), 0)
        return np.minimum(index, n - 1), weights / weights.sum(1, keepdims=True)

    return table


def _keys(x: np.ndarray) -> np.ndarray:
    far, near, *_ = _cubic_weights(x % 1, -0.5)
    return np.where(x < 1, near, far)


TABLES = {
    "nearest": _nearest, "nearest-exact": _nearest_exact, "linear": _linear, "bilinear": _linear, "trilinear": _linear,
    "bicubic": _cubic,
}  # fmt: skip
SMOOTH = {
    "bilinear": _smooth(lambda x: 1 - x, 1), "bicubic": _smooth(_keys, 2),
    "lanczos": _smooth(lambda x: np.sinc(x) * np.sinc(x / 3), 3),
}  # fmt: skip
WORDED = {"linear", "bilinear", "trilinear"}  # what PyTorch says of these is which input they need
OF_DIMS = {"linear": 1, "bilinear": 2, "bicubic": 2, "trilinear": 3, "lanczos": 2}


def interpolate(
    input: WithDim, size: Any = None, scale_factor: Any = None, mode: str = "nearest", align_corners: bool | None = None,
    recompute_scale_factor: bool | None = None, antialias: bool = False,
) -> Tensor:  # fmt: skip
    """An image (N, C, ..) with 1 to 3 dimensions of space, in the `size`, or larger by the `scale_factor`, that is asked for.

    mode: "nearest", "nearest-exact", "linear", "bilinear", "trilinear", "bicubic", "area" or, with `antialias`, "lanczos".
    align_corners: whether the corners' middles, and not their outer edges, stay where they are.
    """
    plain = mode in ("nearest", "nearest-exact", "area")
    messages.require(align_corners is None or not plain, "images.align_corners")
    if not isinstance(align_corners, (bool, type(None))):
        raise errors.argument("interpolate", "align_corners", 5, align_corners, "bool")
    dims, space = input._data.ndim - 2, input._data.shape[2:]
    messages.require(size is None or scale_factor is None, "images.size_and_scale")
    messages.require(size is not None or scale_factor is not None, "images.no_size")
    given, kind = (scale_factor, "scale") if size is None else (size, "size")
    wanted = tuple(given) if isinstance(given, (tuple, list)) else (given,) * dims
    messages.require(dims >= 0 or len(wanted) != 0, "images.mode", dims + 2, mode)
    messages.require(len(wanted) == dims, f"images.{kind}_length", list(space), given)
    if size is not None:
        messages.require(all(isinstance(n, int) for n in wanted), "images.size_type", [type(n) for n in wanted])
        messages.require(not recompute_scale_factor, "images.recompute")
    kept = size is None and not recompute_scale_factor  # else it is Python that makes integers of the factors
    messages.require(not antialias or (mode in SMOOTH and dims == 2), "images.antialias")
    if OF_DIMS.get(mode, dims) != dims:
        known = 1 <= dims <= 3 and mode in WORDED
        raise messages.error("images.mode_dims" if known else "images.mode", dims + 2, mode, OF_DIMS[mode] + 2)
    messages.require(1 <= dims <= 3 and mode in {*TABLES, "area", "lanczos"}, "images.mode", dims + 2, mode)
    messages.require(mode != "lanczos" or not align_corners, "images.lanczos_corners")
    messages.require(mode != "lanczos" or antialias, "images.lanczos")
    if kept and mode != "area":
        endless = any(isinstance(s, float) and not math.isfinite(s) for s in wanted)
        messages.require(not endless, "random.overflow", "int64")
    sizes = wanted if size is not None else [math.floor(n * s) for n, s in zip(space, wanted)]
    if mode == "area":
        return getattr(pools, f"adaptive_avg_pool{dims}d")(input, tuple(sizes))
    messages.require(min(*sizes, *space) > 0, f"images.sizes{dims}", space, sizes)
    messages.require(input._data.shape[1], "images.nothing", dims + 2, input)
    functions.need_dtype(f"interpolate_{'antialias' if antialias else mode}", input)
    of_bytes = input._data.dtype == np.uint8
    x = functions.to(input, dtypes.float32) if of_bytes else input
    for i in range(dims)[:: -1 if of_bytes else 1]:
        n, out = space[i], sizes[i]
        even = dims == 2 and mode == "nearest" and out in (n, 2 * n)  # whatever the factor
        scale = 1 / wanted[i] if kept and not even else n / out
        table = (SMOOTH if antialias else TABLES)[mode](n, out, scale, bool(align_corners))
        x = ops.resample(x, i + 2, *table)
        if of_bytes:  # there is a byte between one dimension and the next, too
            x = functions.floor(functions.clamp(ops.add(x, 0.5), 0, 255))
    return as_node(
        functions.to(x, input.dtype), f"Upsample{mode.title().replace('-', '')}{dims}D{'Aa' * antialias}Backward0"
    )


def upsample(
    input: Tensor, size: Any = None, scale_factor: Any = None, mode: str = "nearest", align_corners: bool | None = None
) -> Tensor:
    """`interpolate`, under its old name."""
    messages.warn("images.upsample", "upsample")
    return interpolate(input, size, scale_factor, mode, align_corners)


def upsample_nearest(input: Tensor, size: Any = None, scale_factor: Any = None) -> Tensor:
    """`interpolate` with mode="nearest"."""
    messages.warn("images.upsample", "upsample_nearest")
    return interpolate(input, size, scale_factor)


def upsample_bilinear(input: Tensor, size: Any = None, scale_factor: Any = None) -> Tensor:
    """`interpolate` with mode="bilinear" and aligned corners."""
    messages.warn("images.upsample", "upsample_bilinear")
    return interpolate(input, size, scale_factor, "bilinear", True)


# -- sampling at points, between -1 and 1 along each dimension


# of each padding: whether points beyond the edges turn back at them, and whether they stay within
BENDS = {"zeros": (False, False), "border": (False, True), "reflection": (True, True)}

# of each mode: the element that a point is at, how many neighbours come before that, and their weights for its distance
NEIGHBOURS: dict[str, tuple] = {
    "nearest": (np.rint, 0, lambda t: [wrap(np.ones_like(t._data))]),
    "bilinear": (np.floor, 0, lambda t: [1 - t, t]),
    "bicubic": (np.floor, 1, _cubic_weights),
}


def _bent(x: np.ndarray, n: int, padding_mode: str, align: bool) -> tuple[np.ndarray, np.ndarray]:
    """Coordinates brought inside, and how fast they go along with those that they come from: 1, -1 or 0."""
    dtype, slope, (turned, held) = x.dtype, np.ones_like(x), BENDS[padding_mode]
    low, span = (0.0, n - 1.0) if align else (-0.5, float(n))
    if turned and span:
        away = abs(x - low)
        turns, rest = np.floor(away / span), np.fmod(away, span)
        slope = np.where(turns % 2 == 0, 1.0, -1.0) * np.where(x < low, -1.0, 1.0)
        x = np.where(turns % 2 == 0, rest, span - rest) + low
    if held:
        slope = slope * np.logical_and(x > 0, x < n - 1)
        x = np.fmin(np.fmax(x, 0), n - 1)  # what is no number is at the first
    return x.astype(dtype), slope.astype(dtype)


def _neighbours(x: Tensor, n: int, mode: str, padding_mode: str, align: bool) -> list:
    """The neighbours of the coordinates `x` among `n` elements: their places, weights, and which are inside."""
    at, before, weigh = NEIGHBOURS[mode]
    x = ops.straight(x, *_bent(x._data, n, "zeros" if before else padding_mode, align))  # or the neighbours are bent
    first = at(x._data)
    weights = weigh(ops.sub(x, wrap(first)))
    found = []
    for i, weight in enumerate(weights):
        place, _ = _bent(first + i - before, n, padding_mode, align)
        held = np.clip(np.nan_to_num(place), 0, n - 1)
        found.append((held.astype(np.int64), weight, held == place))
    return found


def grid_sample(
    input: Tensor, grid: Tensor, mode: str = "bilinear", padding_mode: str = "zeros", align_corners: BoolOrNone = None
) -> Tensor:
    """The image `input` (N, C, [D,] H, W) at the points `grid` (N, .., 2 or 3), x first, from -1 to 1: (N, C, ..).

    mode: "bilinear", "nearest" or, in two dimensions, "bicubic". padding_mode: what is outside, "zeros", "border" or
    "reflection". align_corners: whether -1 and 1 are the middles of the outermost elements, or their outer edges.
    """
    messages.require(mode in NEIGHBOURS, "images.grid_mode", mode)
    messages.require(padding_mode in BENDS, "images.grid_padding", padding_mode)
    if align_corners is None:
        messages.warn("images.grid_corners")
    image, points = input._data, grid._data
    space, dims = image.shape[2:], image.ndim - 2
    fits = dims in (2, 3) and points.ndim == image.ndim
    messages.require(fits, "images.grid_dims", 4 if dims == 2 else 5, input, grid)
    messages.require(image.shape[0] == points.shape[0], "images.grid_batch", input, grid)
    messages.require(points.shape[-1] == dims, "images.grid_last", dims, grid)
    messages.require(0 not in space, "images.grid_empty", input, space.index(0) + 2 if 0 in space else None)
    messages.require(mode != "bicubic" or dims == 2, "images.grid_bicubic")
    need_one_dtype(input, grid)
    align, out = bool(align_corners), points.shape[1:-1]
    each = []
    for d, n in enumerate(space):
        c = ops.select(grid, dims + 1, dims - 1 - d)
        place = (c + 1) * ((n - 1) / 2) if align else ((c + 1) * n - 1) / 2
        each.append(_neighbours(place, n, mode, padding_mode, align))
    # goes along with the grid, though by nothing: where a gradient is zero it is not none
    flat = functions.sum(ops.straight(grid, np.zeros_like(points), 0), dims + 1, True)
    lead, total = image.shape[:2], functions.movedim(ops.mul(flat, flat), dims + 1, 1)
    rows = functions.reshape(input, (*lead, math.prod(space)))
    for corner in itertools.product(*each):
        place, inside, weight = np.int64(0), np.bool_(True), corner[0][1]
        for n, (p, _, within) in zip(space, corner):
            place, inside = place * n + p, np.logical_and(inside, within)
        for _, w, _ in corner[1:]:
            weight = ops.mul(weight, w)
        index = np.broadcast_to(place.reshape(lead[0], 1, math.prod(out)), (*lead, math.prod(out)))
        found = functions.reshape(ops.gather(rows, 2, wrap(np.ascontiguousarray(index))), (*lead, *out))
        weight = ops.where(wrap(inside), weight, wrap(weight._data.dtype.type(0)))
        total = ops.add(total, ops.mul(found, ops.unsqueeze(weight, 1)))
    if mode == "bicubic" or (mode, padding_mode, dims) == ("bilinear", "zeros", 2):
        total = ops.masked_fill(total, wrap(~np.isfinite(points).all(axis=-1)[:, None]), math.nan)
    return as_kernel(total, f"GridSampler{dims}DBackward0", input, grid)


def affine_grid(theta: WithKind, size: Any, align_corners: BoolOrNone = None) -> Tensor:
    """The grid for an image of `size` (N, C, [D,] H, W) that the maps `theta`, (N, 2, 3) or (N, 3, 4), give."""
    if align_corners is None:
        messages.warn("images.grid_corners")
    dims = len(size) - 2
    messages.require(theta._data.dtype.kind == "f", "images.affine_dtype", theta.dtype)
    messages.require(dims in (2, 3), "images.affine_size", size)
    shape = theta._data.shape
    fits = len(shape) == 3 and shape[1:] == (dims, dims + 1)
    messages.require(fits, "images.affine_shape", dims, dims, dims + 1, size, theta.size())
    if min(size[2:]) == 1:
        functions.need_dtype("affine_grid_unit", theta)
    if align_corners and min(size[2:]) == 1:
        messages.warn("images.affine_unit")
    else:
        messages.require(min(size) > 0, "images.affine_empty", size)
    sides = [size[0], shape[2]], [shape[0], shape[2]]
    messages.require(shape[0] == size[0], "images.affine_batch", *sides)
    lines = [np.linspace(-1, 1, n) * (1 if align_corners else (n - 1) / n) if n > 1 else np.zeros(1) for n in size[2:]]
    coordinates = [*np.meshgrid(*lines, indexing="ij")[::-1], np.ones(size[2:])]
    points = np.stack([c.reshape(-1) for c in coordinates], 1).astype(theta._data.dtype)
    return ops.affine_grid_generator(theta, points, (*size[2:], dims))


# -- channels and space


def pixel_shuffle(input: Tensor, upscale_factor: int) -> Tensor:
    """(.., C * r * r, H, W) -> (.., C, H * r, W * r)."""
    r, ndim = upscale_factor, input._data.ndim
    messages.require(ndim >= 3, "images.shuffle_dims", "pixel_shuffle", ndim)
    messages.require(r > 0, "images.shuffle_factor", "pixel_shuffle", "upscale_factor", r)
    channels = input._data.shape[-3]
    messages.require(not channels % (r * r), "images.shuffle_channels", channels, r * r)
    return ops.pixel_shuffle(input, r)


def pixel_unshuffle(input: Tensor, downscale_factor: int) -> Tensor:
    """(.., C, H * r, W * r) -> (.., C * r * r, H, W)."""
    r, ndim = downscale_factor, input._data.ndim
    messages.require(ndim >= 3, "images.shuffle_dims", "pixel_unshuffle", ndim)
    messages.require(r > 0, "images.shuffle_factor", "pixel_unshuffle", "downscale_factor", r)
    _, high, wide = input._data.shape[-3:]
    for name, i, n in (("height", -2, high), ("width", -1, wide)):
        messages.require(not n % r, "images.unshuffle", name, i, n, r)
    return ops.pixel_unshuffle(input, r)


def channel_shuffle(input: Tensor, groups: int) -> Tensor:
    """The channels (N, C, ..) of `groups` groups, taken in turn from each."""
    shape = input._data.shape
    messages.require(len(shape) > 2, "images.channel_dims", input)
    messages.require(groups > 0, "images.channel_groups", groups)
    messages.require(not shape[1] % groups, "images.channels", shape[1], groups)
    return ops.channel_shuffle(input, groups)


# -- attention


def scaled_dot_product_attention(
    query: Tensor, key: Tensor, value: Tensor, attn_mask: Any = None, dropout_p: float = 0.0, is_causal: bool = False,
    *, scale: float | None = None, enable_gqa: bool = False,
) -> Tensor:  # fmt: skip
    """softmax(query key^T * scale + mask) value. Shapes: (.., L, E), (.., S, E), (.., S, V) -> (.., L, V).

    attn_mask: what is added to the scores, or where True says which keys are seen; (.., L, S). is_causal: each query sees
    the keys up to its own place. scale: by default 1 / sqrt(E). Where no key is seen, the result is zero.
    """
    from refgrad.nn import functional as F

    if attn_mask is not None:
        functions.need_tensor("scaled_dot_product_attention", attn_mask, "attn_mask", 4)
    same = query._data.dtype == key._data.dtype == value._data.dtype
    messages.require(same, "images.attention_dtypes", query, key, value)
    ndims = [t._data.ndim for t in (query, key, value)]
    messages.require(min(ndims) >= 2, "images.attention_dims", *ndims)
    messages.require(attn_mask is None or not is_causal, "images.attention_causal")
    if attn_mask is not None:
        fits = attn_mask._data.dtype in (bool, np.float32, query._data.dtype)
        messages.require(fits, "images.attention_mask", attn_mask, query)
    messages.require(not dropout_p > 1, "images.attention_dropout", dropout_p)
    if enable_gqa:
        heads = [t._data.shape[-3] for t in (query, key, value)]
        messages.require(not (heads[0] % heads[1] or heads[0] % heads[2]), "images.attention_heads")
        key, value = (functions.repeat_interleave(t, heads[0] // h, -3) for t, h in zip((key, value), heads[1:]))
    rows, width = query._data.shape[-2:]
    if not (rows and value._data.size):
        nothing = functions.sum(query) + functions.sum(key) + functions.sum(value)
        shape = *query._data.shape[:-1], value._data.shape[-1]
        return ops.add(wrap(np.zeros(shape, query._data.dtype)), ops.masked_fill(nothing, wrap(np.True_), 0))
    scale = (1 / math.sqrt(width) if width else math.inf) if scale is None else scale
    root = math.sqrt(abs(scale))
    sign = -1 if scale < 0 else 1
    turned = ops.mul(functions.transpose(key, -2, -1), root)
    scores = functions.matmul(ops.mul(query, root * sign), turned)
    if is_causal:
        attn_mask = wrap(np.tri(rows, key._data.shape[-2], dtype=bool))
    if attn_mask is not None:
        shape = broadcast_shapes(scores._data.shape, attn_mask._data.shape)
        messages.require(shape == scores._data.shape, "views.output_shape", scores, shape)
        if attn_mask._data.dtype == bool:
            scores = ops.masked_fill(scores, wrap(~attn_mask._data), -math.inf)
        else:
            scores = ops.add(scores, functions.to(attn_mask, query.dtype))
    blind = np.isneginf(scores._data).all(axis=-1, keepdims=True)
    if blind.any():
        scores = ops.masked_fill(scores, wrap(blind), 0)
    weights = functions.softmax(scores, -1)
    if blind.any():
        weights = ops.masked_fill(weights, wrap(blind), 0)
    return functions.matmul(F.dropout(weights, dropout_p) if dropout_p > 0 else weights, value)
