"""New tensors: from data, filled, counted, drawn."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from refgrad import conjugation, dtypes, errors, messages, random
from refgrad.derivatives import TABLE
from refgrad.derivatives.table import element
from refgrad.dtypes import dtype as DType
from refgrad.functions import as_shape, into, need_tensor, to
from refgrad.functions.arguments import as_int, as_number
from refgrad.modes import modes
from refgrad.node import INFERENCE
from refgrad.random import default_generator
from refgrad.tensor import Tensor, wrap

SEQUENCES = (list, tuple, range)
KINDS = {bool: 0, int: 1, float: 2, complex: 3}  # Python's numbers: which dtype, in `chosen` below


def finished(data: Any, requires_grad: bool) -> Tensor:
    """The array `data` as a new leaf."""
    t = wrap(data if data.ndim else data[()])
    if requires_grad:
        messages.require(data.dtype.kind in "fc", "creation.needs_float")
        if dtypes.is_complex(data):
            conjugation.watch()
    t._rg = requires_grad
    if modes.inference:
        t._vc, t._rg = INFERENCE, None if requires_grad else False
    return t


def as_dtype(name: str, dtype: Any) -> DType | None:
    """The `dtype` that the function `name` was given; a class of Python's numbers stands for that of an array of them."""
    if dtype is None or dtype.__class__ is DType:
        return dtype
    if dtype not in list(KINDS):
        raise errors.argument(name, "dtype", 0, dtype, "torch.dtype")
    return dtypes.of_numpy(np.dtype(dtype))


def creator(make: Callable) -> Callable:
    """`make(..., dtype=) -> array` as a function of PyTorch's, with the options that all which make tensors have."""

    @functools.wraps(make)
    def function(
        *args: Any, dtype: DType | None = None, requires_grad: bool = False, device: Any = None, layout: Any = None,
        pin_memory: bool = False, memory_format: Any = None, out: Any = None, **named: Any,
    ) -> Tensor:  # fmt: skip
        dtype = as_dtype(make.__name__, dtype)
        made = finished(make(*args, dtype=dtype, **named), requires_grad)
        return made if out is None else into(out, made, make.__name__)

    return function


def numpy_dtype(dtype: DType | None) -> np.dtype:
    return (dtype or dtypes.get_default_dtype()).numpy


def tensor(
    data: Any, *, dtype: DType | None = None, device: Any = None, requires_grad: bool = False, pin_memory: bool = False
) -> Tensor:
    """A new leaf that holds a copy of `data`: a number, nested lists, an array or a tensor.

    dtype: by default float32 for Python floats, int64 for ints, bool for bools, and that of an array or tensor.
    Raises ValueError where nested lists are ragged, RuntimeError where `requires_grad` meets an integer dtype.
    """
    dtype = as_dtype("tensor", dtype)
    if isinstance(data, Tensor):
        messages.warn("creation.copying", "torch", "tensor")
        array = data._data.astype(data._data.dtype if dtype is None else dtype.numpy)
    else:
        array = from_data(data, dtype)
    return finished(array, requires_grad)


def from_data(data: Any, dtype: DType | None) -> Any:
    """`data` as a new array of the dtype that PyTorch would infer."""
    if type(data) is float:
        return np.asarray(data, numpy_dtype(dtype))[()]
    if isinstance(data, (np.ndarray, np.generic)):
        return np.array(data, (dtype or dtypes.of_numpy(data.dtype)).numpy)
    if not isinstance(data, SEQUENCES):
        if isinstance(data, str):
            raise messages.error("creation.bad_type", data)
        return as_numbers([data], dtype).reshape(())
    shape = shape_of(data)
    first: Any = data
    while isinstance(first, SEQUENCES) and first:
        first = first[0]
    messages.require(not isinstance(first, str), "creation.strings")
    items = flat(data, shape)
    if not any(issubclass(each, Tensor) for each in {*map(type, items)}):
        return as_numbers(items, dtype).reshape(shape)
    tensors = [i for i in items if isinstance(i, Tensor)]
    for each in tensors:
        each._warn_scalar()
    if dtype is None:
        numbers = [i for i in items if not isinstance(i, Tensor)]
        found = [dtypes.of_numpy(as_numbers(numbers, None).dtype)] if numbers else []
        dtype = functools.reduce(dtypes.promote_types, [*found, *(t.dtype for t in tensors)])
    return as_numbers([i._number() if isinstance(i, Tensor) else i for i in items], dtype).reshape(shape)


def one_of_each(items: Any) -> Any:
    """The classes that `items` are of, with an item of each."""
    return dict(zip(map(type, items), items)).items()


def as_numbers(items: list, dtype: DType | None) -> np.ndarray:
    """Python's and NumPy's numbers as an array, of the dtype that PyTorch would infer unless one is given."""
    if dtype is not None:
        for each, item in one_of_each(items):
            if not issubclass(each, (int, float, complex, np.generic)):
                raise messages.error("creation.no_integer" if dtype.numpy.kind in "biu" else "creation.no_number", item)
        try:
            return np.array(items, dtype.numpy) if items else np.empty(0, dtype.numpy)
        except (OverflowError, ValueError):
            if dtype is dtypes.uint8 and all(-255 <= v <= 255 for v in items):
                return np.array(items).astype(np.uint8)
            raise messages.error("creation.overflow", dtype.name) from None
    rank, of = -1, None
    for each, item in one_of_each(items):
        if issubclass(each, np.generic):
            of = np.dtype(each) if of is None else np.promote_types(of, each)
            continue
        kind = next((kind for kind in KINDS if issubclass(each, kind)), None)
        if kind is None:
            raise messages.error("creation.bad_type" if isinstance(item, str) else "creation.no_dtype", item)
        rank = max(rank, KINDS[kind])
    default = dtypes.get_default_dtype().numpy
    # for bools, ints, floats, complex numbers; and, by the index -1, for nothing at all
    chosen = (np.dtype(bool), np.dtype(np.int64), default, dtypes.complex_as_wide(default), default)[rank]
    if of is not None:
        chosen = of if rank < 0 else dtypes.promote_types(*map(dtypes.of_numpy, (of, chosen))).numpy
    try:
        return np.array(items, chosen)
    except OverflowError:
        raise messages.error("creation.long_overflow") from None


def shape_of(data: Any) -> tuple:
    """The shape of nested sequences, which must not be ragged."""
    shape = []
    while isinstance(data, (*SEQUENCES, np.ndarray)):
        shape.append(len(data))
        if not len(data):
            break
        data = data[0]
    return tuple(shape)


def flat(data: Any, shape: tuple, level: int = 0) -> list:
    """The innermost items of nested sequences of this shape, from a level of it on; it has one at least."""
    items: list = []
    if level + 1 >= len(shape):
        for each, item in one_of_each(data):
            if issubclass(each, SEQUENCES):
                raise messages.error("creation.no_number" if "." in repr(data) else "creation.no_integer", item)
        return list(data)
    for item in data:
        messages.require(hasattr(item, "__len__"), "creation.no_sequence")
        messages.require_same(len(item), shape[level + 1], "creation.ragged", shape[level + 1], level + 1, len(item))
        items += flat(item, shape, level + 1)
    return items


def as_tensor(data: Any, dtype: DType | None = None, device: Any = None) -> Tensor:
    """`data` as a tensor, without copying where it is a tensor or an array of that dtype already."""
    dtype = as_dtype("as_tensor", dtype)
    if isinstance(data, Tensor):
        return to(data, dtype) if dtype is not None else data
    if isinstance(data, np.ndarray) and (dtype is None or dtype.numpy == data.dtype):
        return from_numpy(data)
    return tensor(data, dtype=dtype)


def from_numpy(array: np.ndarray) -> Tensor:
    """A tensor that shares the memory of `array`."""
    messages.require(isinstance(array, np.ndarray), "creation.no_array", array)
    dtypes.of_numpy(array.dtype)
    messages.require(min(array.strides, default=0) >= 0, "creation.negative_strides")
    t = wrap(array)
    t._counter()
    return t


def sizes(shape: tuple) -> tuple:
    """`shape`, which must not be negative anywhere."""
    for n in shape:
        if n < 0:
            raise messages.error("creation.negative", n, shape)
    return shape


# -- filled


def filler(name: str, make: Callable) -> tuple:
    """`name`, `name_like` and the method `new_name`."""

    def function(*shape: Any, size: Any = None, dtype: Any) -> np.ndarray:
        shape = as_shape(shape, size, name)
        messages.require(name != "zeros" or not shape or min(shape) >= 0, "creation.zeros")
        return make(sizes(shape), numpy_dtype(dtype))

    def like(input: Tensor, *, dtype: Any) -> np.ndarray:
        if not isinstance(input, Tensor):
            raise errors.argument(f"{name}_like", "input", 1, input)
        return make(input._data.shape, (dtype or input.dtype).numpy)

    def new(self: Tensor, *shape: Any, size: Any = None, dtype: Any) -> np.ndarray:
        return make(sizes(as_shape(shape, size, f"new_{name}")), (dtype or self.dtype).numpy)

    return named(function, name), named(like, f"{name}_like"), named(new, f"new_{name}")


def named(make: Callable, name: str) -> Callable:
    make.__name__ = make.__qualname__ = name
    return creator(make)


zeros, zeros_like, new_zeros = filler("zeros", np.zeros)
ones, ones_like, new_ones = filler("ones", np.ones)
empty, empty_like, new_empty = filler("empty", np.zeros)


@creator
def full(size: Any, fill_value: Any, *, dtype: Any) -> np.ndarray:
    """A tensor of this size with `fill_value` everywhere, whose dtype is that of the value unless one is given."""
    value = as_number(fill_value, "full", "fill_value", 2)
    of = as_numbers([value], None).dtype if dtype is None else dtype.numpy
    return np.full(sizes(as_shape((), size, "full")), element(value, of), of)


@creator
def full_like(input: Tensor, fill_value: Any, *, dtype: Any) -> np.ndarray:
    """A tensor with the shape and dtype of `input` and `fill_value` everywhere."""
    shape = need_tensor("full_like", input)._data.shape
    value = as_number(fill_value, "full_like", "fill_value", 2)
    of = (dtype or input.dtype).numpy
    return np.full(shape, element(value, of), of)


def new_full(self: Tensor, size: Any, fill_value: Any, *, dtype: DType | None = None, **options: Any) -> Tensor:
    """`full`, with the dtype of this tensor."""
    return full(size, fill_value, dtype=dtype or self.dtype, **options)


def new_tensor(self: Tensor, data: Any, *, dtype: DType | None = None, **options: Any) -> Tensor:
    """`tensor`, with the dtype of this tensor."""
    if isinstance(data, Tensor):
        messages.warn("creation.copying", "tensor", "new_tensor")
        data = data._data
    return tensor(data, dtype=dtype or self.dtype, **options)


@creator
def empty_strided(size: Any, stride: Any, *, dtype: Any) -> np.ndarray:
    """A tensor of this size, whatever its values, that steps through its memory by these strides, in elements."""
    kind = numpy_dtype(dtype)
    messages.require_same(len(size), len(stride), "creation.strided", len(size), len(stride))
    count = 1 + sum((n - 1) * s for n, s in zip(size, stride)) if all(size) else 0
    return np.lib.stride_tricks.as_strided(np.zeros(count, kind), size, [s * kind.itemsize for s in stride])


@creator
def eye(n: int, m: int | None = None, *, dtype: Any) -> np.ndarray:
    """An (n, m) matrix with ones on its diagonal."""
    for name, size in (("n", n), ("m", m)):
        messages.require(size is None or size >= 0, "creation.eye", name, size)
    return np.eye(n, m, dtype=numpy_dtype(dtype))


def corner(name: str, places: Callable) -> Callable:
    """`name`: the indices that `places` gives of a matrix, the rows' and the columns'."""

    def function(row: int, col: int, offset: int = 0, *, dtype: Any) -> np.ndarray:
        row, col, offset = (
            as_int(n, name, key, i) for i, (key, n) in enumerate({"row": row, "col": col, "offset": offset}.items(), 1)
        )
        for n, key in ((row, "creation.rows"), (col, "creation.columns")):
            messages.require(n >= 0, key, n)
        return np.array(places(row, offset, col), (dtype or dtypes.int64).numpy)

    return named(function, name)


tril_indices, triu_indices = corner("tril_indices", np.tril_indices), corner("triu_indices", np.triu_indices)


# -- counted


@creator
def arange(start: Any = 0, end: Any = None, step: Any = 1, *, dtype: Any) -> np.ndarray:
    """Numbers from `start` up to, without, `end`; of int64 where all three are ints."""
    start, end = (0, start) if end is None else (start, end)
    start, end, step = numbers = [v.item() if isinstance(v, Tensor) else v for v in (start, end, step)]
    messages.require(step != 0, "creation.arange_step")
    messages.require((end - start) * step >= 0, "creation.arange_sign")
    if dtype is None and all(isinstance(v, int) for v in numbers):
        dtype = dtypes.int64
    return (start + step * np.arange(math.ceil((end - start) / step))).astype(numpy_dtype(dtype))


@creator
def linspace(start: Any, end: Any, steps: int, *, dtype: Any) -> np.ndarray:
    """`steps` numbers from `start` to `end`, both included, counted from whichever end is nearer."""
    of = numpy_dtype(dtype)
    messages.require(steps >= 0, "creation.linspace")
    if of.kind in "iu":
        return np.linspace(start, end, steps).astype(of)
    if steps == 1:
        return np.full(1, start, of)
    first, last = of.type(start), of.type(end)
    step = (last - first) / of.type(steps - 1)
    i = np.arange(steps)
    rising, falling = fused(step, i.astype(of), first), fused(-step, (steps - 1 - i).astype(of), last)
    return np.where(i < steps // 2, rising, falling).astype(of)


@creator
def logspace(start: Any, end: Any, steps: int, base: float = 10.0, *, dtype: Any) -> np.ndarray:
    """The powers of `base` whose exponents are `steps` numbers from `start` to `end`, both included."""
    of = numpy_dtype(dtype)
    messages.require(steps >= 0, "creation.linspace")
    exponents = np.linspace(start, end, steps, dtype=float if of.kind in "iu" else of)
    return np.power(exponents.dtype.type(base), exponents).astype(of)


def fused(a: Any, x: np.ndarray, b: Any) -> np.ndarray:
    """a * x + b, rounded once, as PyTorch's vector code does."""
    wide = np.longdouble if x.dtype == np.float64 else np.float64
    return (x.astype(wide) * wide(a) + wide(b)).astype(x.dtype)


# -- random


def manual_seed(seed: int) -> random.Generator:
    """Start the default generator anew from `seed`."""
    return default_generator.manual_seed(int(seed))


def drawer(name: str, draw: Callable) -> tuple:
    """`name` and `name_like`."""

    def function(*shape: Any, size: Any = None, generator: random.Generator | None = None, dtype: Any) -> np.ndarray:
        return draw(generator or default_generator, sizes(as_shape(shape, size, name)), numpy_dtype(dtype))

    def like(input: Tensor, *, dtype: Any) -> np.ndarray:
        return draw(default_generator, input._data.shape, (dtype or input.dtype).numpy)

    return named(function, name), named(like, f"{name}_like")


(rand, rand_like), (randn, randn_like) = drawer("rand", random.rand), drawer("randn", random.randn)


@creator
def randint(*args: Any, generator: Any = None, dtype: Any, **named: Any) -> np.ndarray:
    """`randint(low=0, high, size)`: integers from `low` up to, without, `high`."""
    bounds, size = (args, named["size"]) if "size" in named else (args[:-1], args[-1] if args else None)
    if "low" in named:
        bounds = named["low"], *bounds
    if "high" in named:
        bounds = *bounds, named["high"]
    low, high = (0, *(bounds or (None,)))[-2:]
    kind = (dtype or dtypes.int64).numpy
    return random.randint(generator or default_generator, low, high, sizes(as_shape((), size, "randint")), kind)


def randint_like(input: Tensor, *bounds: int, dtype: DType | None = None, **options: Any) -> Tensor:
    """Integers from `low` (0) up to, without, `high`, in the shape and dtype of `input`."""
    return randint(*bounds, input.shape, dtype=dtype or input.dtype, **options)


@creator
def randperm(n: int, *, generator: Any = None, dtype: Any) -> np.ndarray:
    """The integers below `n` in random order."""
    return random.randperm(generator or default_generator, n, (dtype or dtypes.int64).numpy)


def multinomial(input: Tensor, num_samples: int, replacement: bool = False, *, generator: Any = None) -> Tensor:
    """Indices (int64), `num_samples` of them for each row of weights. RuntimeError for what is no weight."""
    return wrap(random.multinomial(generator or default_generator, input._data, num_samples, replacement))


def bernoulli(input: Tensor, p: float | None = None, *, generator: Any = None) -> Tensor:
    """0 and 1; 1 with the probability that `input` has there, or `p`."""
    chances = input._data if p is None else p
    drawn = random.bernoulli(generator or default_generator, chances, input._data.shape, input._data.dtype)
    return TABLE["new_BernoulliBackward0"].recorded(input, np.asarray(drawn)[()])


def normal(mean: Any = ..., std: Any = 1.0, size: Any = None, *, generator: Any = None) -> Tensor:
    """Normal numbers, of `size`, or of the shape of whichever of `mean` and `std` is a tensor."""
    messages.require(mean is not ..., "functions.missing", "normal", "mean")
    m, s = (v._data if isinstance(v, Tensor) else v for v in (mean, std))
    shape = as_shape((), size, "normal") if size is not None else np.broadcast_shapes(np.shape(m), np.shape(s))
    messages.require(np.ndim(s) or s >= 0, "creation.normal_std", s)
    messages.require(not np.any(np.less(s, 0)), "creation.normal_stds")
    drawn = (random.randn(generator or default_generator, shape, np.float32) * s + m).astype(np.float32)
    tensors = [isinstance(v, Tensor) for v in (mean, std)]
    if not any(tensors):
        return wrap(drawn)
    like = std if not tensors[0] or (tensors[1] and std.requires_grad) else mean
    return TABLE[f"new_NormalBackward{tensors[0] + 2 * tensors[1]}"].recorded(like, drawn)


def get_rng_state() -> Tensor:
    """The state of the default generator, as bytes."""
    return wrap(default_generator.get_state())


def set_rng_state(state: Tensor) -> None:
    """Bring the default generator back to a state that `get_rng_state` gave."""
    default_generator.set_state(state._data)


initial_seed = default_generator.initial_seed
