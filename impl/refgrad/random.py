"""Random numbers: PyTorch's CPU generator (MT19937) and what is drawn from it, as NumPy arrays.

The drawing functions take a `Generator`, a shape and a NumPy dtype, and give the numbers that PyTorch gives for the
same state, element after element in the order of memory.
"""

from __future__ import annotations

import contextlib
import math
import os
from collections.abc import Iterator
from functools import partial, reduce
from typing import Any

import numpy as np

from refgrad.messages import SCALAR_TYPES, require

Shape = tuple[int, ...]
DEFAULT_SEED = 67280421310721

# The bytes of a generator's state as PyTorch lays them out; the fields that it no longer uses are zero.
_STATE = np.dtype([("seed", "u8"), ("left", "i4"), ("seeded", "i4"), ("next", "u8"), ("key", "u8", 624),
                   ("x", "f8"), ("normal", "f8"), ("rho", "f8"), ("has_normal", "i8"), ("unused", "V8")])  # fmt: skip


class Generator:
    """A Mersenne Twister with PyTorch's seeding, its state, and its cache of one normal number."""

    def __init__(self, device: Any = "cpu") -> None:
        self.manual_seed(DEFAULT_SEED)

    def manual_seed(self, seed: int) -> Generator:
        """Start again from `seed` (-2**63 to 2**64 - 1; a negative one counts from 2**64); the cache is emptied."""
        require(type(seed) is int, "random.long", seed)
        require(-(2**63) <= seed < 2**64, "random.seed")
        self._seed, self._twister = seed % 2**64, None
        self.spare_normal: float | None = None
        return self

    def initial_seed(self) -> int:
        """The seed that this generator was last started from."""
        return self._seed

    def seed(self) -> int:
        """Start again from a seed that the operating system makes up, and return it."""
        return self.manual_seed(int.from_bytes(os.urandom(8), "little")).initial_seed()

    def words(self, shape: Shape) -> np.ndarray:
        """The next outputs of 32 bits, as uint64."""
        if not math.prod(shape):
            return np.empty(shape, np.uint64)
        self._twister = self._twister or self._new_twister()
        return self._twister.random_raw(math.prod(shape)).reshape(shape)

    def _new_twister(self) -> Any:
        import numpy.random  # only when a number is drawn: it costs a fifth of NumPy's own import

        twister = numpy.random.MT19937()
        numpy.random.RandomState(twister).seed(self._seed % 2**32)
        return twister

    def get_state(self) -> np.ndarray:
        """The state: 5056 bytes (uint8), laid out as PyTorch's."""
        state = np.zeros(1, _STATE)
        inner = (self._twister or self._new_twister()).state["state"]
        drawn = inner["pos"] if self._twister else 0
        state["seed"], state["seeded"], state["key"] = self._seed, 1, inner["key"]
        state["next"], state["left"] = drawn, 625 - drawn if drawn else 1
        state["has_normal"], state["normal"] = self.spare_normal is not None, self.spare_normal or 0
        return state.view(np.uint8)

    def set_state(self, state: np.ndarray) -> None:
        """Go on from `state` (uint8, 5056 elements), taken from a generator here or in PyTorch."""
        require(state.dtype == np.uint8, "random.state_type")
        require(state.size == _STATE.itemsize, "random.state_size", _STATE.itemsize, state.size)
        fields = state.ravel().copy().view(_STATE)[0]
        require(fields["seeded"] and 0 < fields["left"] <= 624 and fields["next"] <= 624, "random.state")
        self.manual_seed(int(fields["seed"]))
        if fields["next"]:  # otherwise nothing has been drawn, and the seed says it all
            inner = {"key": fields["key"].astype(np.uint32), "pos": int(fields["next"])}
            self._twister = self._new_twister()
            self._twister.state = {"bit_generator": "MT19937", "state": inner}
        self.spare_normal = float(fields["normal"]) if fields["has_normal"] else None

    def clone_state(self) -> Generator:
        """A new generator in the same state."""
        clone = type(self)()
        Generator.set_state(clone, Generator.get_state(self))
        return clone


default_generator = Generator()


@contextlib.contextmanager
def fork_rng(devices: Any = (), enabled: bool = True) -> Iterator[None]:
    """What is drawn within does not move the default generator, if `enabled`."""
    state = default_generator.get_state()
    try:
        yield
    finally:
        if enabled:
            default_generator.set_state(state)


def memory_order(array: np.ndarray) -> np.ndarray:
    """`array` with its axes in falling order of stride: an in-place fill assigns its draws to this view."""
    return array.transpose(sorted(range(array.ndim), key=lambda axis: -array.strides[axis]))


def _words64(generator: Generator, shape: Shape) -> np.ndarray:
    pairs = generator.words((*shape, 2))
    return (pairs[..., 0] << 32) | pairs[..., 1]


def _unit(generator: Generator, shape: Shape, dtype: Any) -> np.ndarray:
    """Numbers in [0, 1): float64 of 53 bits when `dtype` is float64, else float32 of 24 bits."""
    if dtype == np.float64:
        return (_words64(generator, shape) & (2**53 - 1)) * 2.0**-53
    return (generator.words(shape) & (2**24 - 1)).astype(np.float32) * np.float32(2.0**-24)


def _fused(a: Any, b: Any, c: Any) -> np.ndarray:
    """`a * b + c` without rounding the product, as PyTorch's kernels have it; float32 or float64 as `a` is."""
    wide = np.float64 if a.dtype.char in "f" else np.longdouble
    return (np.multiply(a, b, dtype=wide) + c).astype(a.dtype)


def _scaled(values: np.ndarray, scale: float, shift: float, dtype: np.dtype) -> np.ndarray:
    """`values * scale + shift` in the dtype of `values`, then in `dtype`; float64 becomes float16 by way of float32."""
    constant = values.dtype.type
    result = _fused(values, constant(scale), constant(shift)) if shift else values * constant(scale)
    return (result.astype(np.float32) if dtype.char in "e" else result).astype(dtype, copy=False)


def _limits(dtype: np.dtype) -> tuple[Any, Any]:
    if dtype.kind in "b":
        return 0, 1
    info: Any = np.finfo(dtype) if dtype.kind in "f" else np.iinfo(dtype)
    return info.min, info.max


def _need_within(dtype: np.dtype, **bounds: float) -> None:
    low, high = _limits(dtype)
    for name, value in bounds.items():
        kind = "short int" if dtype.char in "h" else SCALAR_TYPES[dtype.name]
        require(float(low) <= value <= float(high), "random.outside", name, kind)


def uniform(generator: Generator, shape: Shape, dtype: Any = np.float32, low: float = 0, high: float = 1) -> np.ndarray:
    """Uniform numbers in [low, high), floating or complex: one output each, two for float64."""
    dtype = np.dtype(dtype)
    if dtype.kind in "c":
        return uniform(generator, (*shape, 2), dtype.type().real.dtype, low, high).view(dtype)[..., 0]
    require(dtype.kind in "f", "random.not_implemented", "check_uniform_bounds", dtype)
    _need_within(dtype, **{"from": low, "to": high})
    require(low <= high, "random.uniform_order", low, high)
    require(high - low <= float(_limits(dtype)[1]), "random.uniform_width", dtype, high, low)
    unit = _unit(generator, shape, dtype)
    start = unit.dtype.type(low)
    numbers = np.asarray(_scaled(unit, unit.dtype.type(high) - start, start, dtype))
    numbers[numbers == dtype.type(high)] = low  # where rounding would close the interval
    return numbers


def normal(generator: Generator, shape: Shape, dtype=np.float32, mean=0.0, std=1.0, contiguous=True) -> np.ndarray:
    """Normal numbers, floating or complex (whose two parts share the variance, and have each the mean).

    Sixteen and more are drawn in blocks, fewer in series; so is any number of them for memory that is not contiguous.
    """
    dtype = np.dtype(dtype)
    require(std >= 0, "random.std", std)
    if dtype.kind in "c":
        part = dtype.type().real.dtype
        return normal(generator, (*shape, 2), part, mean, std / math.sqrt(2), contiguous).view(dtype)[..., 0]
    require(dtype.kind in "f", "random.not_implemented", "normal_kernel_cpu", dtype)
    size = math.prod(shape)
    drawn = _normal_blocks(generator, size, dtype) if size >= 16 and contiguous else _normal_series(generator, size)
    return _scaled(drawn, std, mean, dtype).reshape(shape)


rand, randn = uniform, normal  # with their defaults


def _normal_series(generator: Generator, size: int) -> np.ndarray:
    """Box-Muller in float64, cosines and sines in turn; a sine too many waits in the generator for the next call."""
    series = []
    if size and generator.spare_normal is not None:
        series, generator.spare_normal = [generator.spare_normal], None
    pairs = (size - len(series) + 1) // 2
    for turn, u in _unit(generator, (pairs, 2), np.float64).tolist():
        radius, angle = math.sqrt(-2 * math.log1p(-u)), 2 * math.pi * turn
        series += [radius * math.cos(angle), radius * math.sin(angle)]
    if len(series) > size:
        generator.spare_normal = series.pop()
    return np.array(series, np.float64)


def _normal_blocks(generator: Generator, size: int, dtype: np.dtype) -> np.ndarray:
    """Box-Muller on blocks of sixteen; where `size` is no multiple of sixteen, the last sixteen are drawn anew."""
    whole = size // 16 * 16
    drawn = np.empty(size, np.float64 if dtype.char in "d" else np.float32)
    # Only float16 goes block by block; the others draw `size` numbers first, and leave those beyond `whole` unused.
    drawn[:whole] = _box_muller(_unit(generator, (whole if dtype.char in "e" else size,), dtype)[:whole])
    if whole < size:
        drawn[-16:] = _box_muller(_unit(generator, (16,), dtype))
    return drawn


def _box_muller(unit: np.ndarray) -> np.ndarray:
    """Normal numbers from uniform ones: in each block of sixteen, number i makes a pair with number i + 8."""
    pairs, constant = unit.reshape(-1, 2, 8), unit.dtype.type
    radius = np.sqrt(constant(-2) * _log(constant(1) - pairs[:, 0]))
    cos, sin = _cos_sin(constant(2 * math.pi) * pairs[:, 1])
    return np.stack([radius * cos, radius * sin], axis=1).ravel()


# NumPy's log, cos and sin differ from PyTorch's in the last bits. In float64 those are the C library's, as in `math`;
# in float32 they are those of the Cephes library, with fused multiply-adds.
_by_element = partial(np.vectorize, otypes=[np.float64])
_LOG_POLYNOMIAL = np.array([7.0376836292e-2, -1.1514610310e-1, 1.1676998740e-1, -1.2420140846e-1, 1.4249322787e-1,
    -1.6668057665e-1, 2.0000714765e-1, -2.4999993993e-1, 3.3333331174e-1], np.float32)  # fmt: skip
_COS_POLYNOMIAL = np.array([2.443315711809948e-5, -1.388731625493765e-3, 4.166664568298827e-2], np.float32)
_SIN_POLYNOMIAL = np.array([-1.9515295891e-4, 8.3321608736e-3, -1.6666654611e-1], np.float32)
_LOG_2 = np.array([0.693359375, -2.12194440e-4], np.float32)  # a sum, as pi/4 is: first terms of few digits
_QUARTER_PI = np.array([0.78515625, 2.4187564849853515625e-4, 3.77489497744594108e-8], np.float32)
_ONE, _HALF = np.float32(1), np.float32(0.5)


def _polynomial(coefficients: np.ndarray, x: np.ndarray) -> np.ndarray:
    return reduce(lambda result, coefficient: _fused(result, x, coefficient), coefficients)


def _log(x: np.ndarray) -> np.ndarray:
    if x.dtype.char in "d":
        return _by_element(math.log)(x)
    fraction, exponent = np.frexp(x)
    small = fraction < np.float32(math.sqrt(0.5))
    exponent = (exponent - small).astype(np.float32)
    x = np.where(small, fraction + fraction, fraction) - _ONE
    square = x * x
    tail = _fused(_polynomial(_LOG_POLYNOMIAL, x) * x, square, exponent * _LOG_2[1])
    return _fused(exponent, _LOG_2[0], x + _fused(square, -_HALF, tail))


def _cos_sin(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    if x.dtype.char in "d":
        return _by_element(math.cos)(x), _by_element(math.sin)(x)
    octant = ((x * np.float32(4 / math.pi)).astype(np.int32) + 1) & ~1
    for part in _QUARTER_PI:
        x = _fused(octant.astype(np.float32), -part, x)
    square = x * x
    cos = _fused(_polynomial(_COS_POLYNOMIAL, square) * square, square, square * -_HALF) + _ONE
    sin = _fused(_polynomial(_SIN_POLYNOMIAL, square) * square, x, x)
    swap = octant & 2 != 0
    cos, sin = np.where(swap, sin, cos), np.where(swap, cos, sin)
    return np.where((octant + 2) & 4, -cos, cos), np.where(octant & 4, -sin, sin)


def _top(dtype: np.dtype) -> int:
    """The largest integer up to which `dtype` holds them all."""
    return 2 ** (np.finfo(dtype).nmant + 1) if dtype.kind in "f" else int(_limits(dtype)[1])


def randint(generator: Generator, low: int, high: int | None, shape: Shape, dtype: Any = np.int64) -> np.ndarray:
    """Integers from `low` up to, and without, `high`; None goes on to the largest that `dtype` holds exactly."""
    dtype = np.dtype(dtype)
    require(dtype.kind not in "c", "random.kinds")
    end = _top(dtype) + 1 if high is None else high
    require(low < end, "random.order", low, end)
    _need_within(dtype, **{"from": low, "to - 1": end - 1})
    span = end - low
    draws = _words64(generator, shape) if span >= 2**28 else generator.words(shape)
    if span < 2**64:
        draws = draws % np.uint64(span) + np.uint64(low % 2**64)
    return draws.view(np.int64).astype(dtype)


def random_(generator: Generator, shape: Shape, dtype: Any = np.float32) -> np.ndarray:
    """Integers from 0 to the largest that `dtype` holds exactly, as `Tensor.random_()` fills them in."""
    dtype = np.dtype(dtype)
    draws = (_words64 if dtype in (np.int64, np.float64) else Generator.words)(generator, shape)
    return (draws % np.uint64(_top(dtype) + 1)).astype(dtype)


def randperm(generator: Generator, n: int, dtype: Any = np.int64) -> np.ndarray:
    """The integers from 0 to n - 1 in random order."""
    dtype = np.dtype(dtype)
    require(n >= 0, "random.negative_size", n)
    require(dtype.kind in "uif", "random.not_implemented", "randperm", dtype)
    if dtype.kind in "f":
        require(n <= _top(dtype) + 1, "random.too_great", "2049" if dtype.char in "e" else "2^24+1", dtype)
    require(n <= _top(dtype) + 1, "random.overflow", dtype)
    order = list(range(n))
    steps = generator.words((max(n - 1, 0),)) % np.arange(n, 1, -1, dtype=np.uint64)
    for place, step in enumerate(steps.tolist()):
        order[place], order[place + step] = order[place + step], order[place]
    return np.array(order, dtype)


def bernoulli(generator: Generator, p: float | np.ndarray, shape: Shape, dtype: Any = np.float32) -> np.ndarray:
    """Ones with probability `p`, else zeros; `p` is a number, or an array of numbers that broadcasts to `shape`."""
    dtype = np.dtype(dtype)
    require(dtype.kind not in "c", "random.not_implemented", "bernoulli_scalar_cpu_", dtype)
    if isinstance(p, (np.ndarray, np.generic)):
        require(p.dtype.kind in "f", "random.not_implemented", "bernoulli_tensor_cpu_p_", p)
        require(np.all((p >= 0) & (p <= 1)), "random.bernoulli_tensor")
    else:
        require(0 <= p <= 1, "random.bernoulli", p)
    return (_unit(generator, shape, getattr(p, "dtype", np.float64)) < p).astype(dtype)


def dropout_mask(generator: Generator, shape: Shape, dtype: Any, p: float) -> np.ndarray:
    """What `dropout` multiplies with: 0 with probability `p`, else 1 / (1 - p). A `p` of 0 or 1 draws nothing."""
    if p in (0, 1):
        return np.full(shape, 1 - p, dtype)
    wide = np.promote_types(dtype, np.float32)  # float16 is rounded after the division
    return (bernoulli(generator, 1 - p, shape, wide) / wide.type(1 - p)).astype(dtype, copy=False)


def exponential(generator: Generator, shape: Shape, dtype: Any = np.float32, lambd: float = 1) -> np.ndarray:
    """Exponentially distributed numbers of rate `lambd`."""
    dtype = np.dtype(dtype)
    require(dtype.kind in "f", "random.continuous", dtype)
    require(lambd > 0, "random.lambda", lambd)
    draws = _by_element(math.log1p)(-_unit(generator, shape, np.float64)) * (-1 / lambd)
    return np.asarray(_scaled(draws, 1, 0, dtype))


def multinomial(generator: Generator, weights: np.ndarray, num_samples: int, replacement: bool = False) -> np.ndarray:
    """Indices (int64), `num_samples` of them for each row of `weights` (floating, one or two dimensions)."""
    require(weights.ndim in (1, 2), "random.row_or_rows")
    require(weights.dtype.kind in "f", "random.only_floating", weights)
    require(num_samples > 0, "random.no_samples")
    require(replacement or num_samples <= weights.shape[-1], "random.too_many")
    repeated = replacement and num_samples > 1
    require((weights >= 0).all(), "random.entry_negative" if repeated else "random.unfit")
    require(np.isfinite(weights).all(), "random.entry_infinite" if repeated else "random.unfit")
    require((weights.sum(axis=-1) > 0).all(), "random.sum")
    if not repeated:
        ranking = weights / exponential(generator, weights.shape, weights.dtype)
        return np.argsort(-ranking, axis=-1, kind="stable")[..., :num_samples]
    wide = np.promote_types(weights.dtype, np.float32)
    rows = weights.reshape(-1, weights.shape[-1]).cumsum(axis=1, dtype=wide)
    draws = _unit(generator, (len(rows), num_samples), np.float64)
    picked = [np.searchsorted(row / row[-1], draw) for row, draw in zip(rows, draws)]
    return np.array(picked, np.int64).reshape(*weights.shape[:-1], num_samples)
