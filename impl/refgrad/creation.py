"""New tensors: from data, filled, counted, drawn."""

from __future__ import annotations

import math
import warnings
from typing import Any

import numpy as np

from refgrad import conjugation, dtypes, errors, random
from refgrad.derivatives import TABLE
from refgrad.dtypes import dtype as DType
from refgrad.functions import as_shape, ops, to
from refgrad.modes import modes
from refgrad.node import INFERENCE
from refgrad.random import default_generator
from refgrad.tensor import Tensor, wrap

NEEDS_FLOAT = "Only Tensors of floating point and complex dtype can require gradients"
COPYING = (
    "To copy construct from a tensor, it is recommended to use sourceTensor.detach().clone() or "
    "sourceTensor.detach().clone().requires_grad_(True), rather than {}(sourceTensor)."
)
NEGATIVE_STRIDES = (
    "At least one stride in the given numpy array is negative, and tensors with negative strides are not currently "
    "supported. (You can probably work around this by making a copy of your array  with array.copy().) "
)
SEQUENCES = (list, tuple, range)
MESHGRID = "torch.meshgrid: in an upcoming release, it will be required to pass the indexing argument."


def finished(data: Any, requires_grad: bool) -> Tensor:
    t = wrap(data if data.ndim else data[()])
    if requires_grad and t._data.dtype.kind not in "fc":
        raise RuntimeError(NEEDS_FLOAT)
    t._rg = requires_grad
    if requires_grad and t._data.dtype.kind == "c":
        conjugation.watch()
    if modes.inference:
        t._vc, t._rg = INFERENCE, None if requires_grad else False
    return t


def numpy_dtype(dtype: DType | None) -> np.dtype:
    return (dtype or dtypes.get_default_dtype()).numpy


def tensor(
    data: Any, *, dtype: DType | None = None, device: Any = None, requires_grad: bool = False, pin_memory: bool = False
) -> Tensor:
    """A new leaf that holds a copy of `data`: a number, nested lists, an array or a tensor.

    dtype: by default float32 for Python floats, int64 for ints, bool for bools, and that of an array or tensor.
    Raises ValueError where nested lists are ragged, RuntimeError where `requires_grad` meets an integer dtype.
    """
    if isinstance(data, Tensor):
        warnings.warn(COPYING.format("torch.tensor"), UserWarning, stacklevel=2)
        array = data._data.astype(data._data.dtype if dtype is None else dtype.numpy)
    else:
        array = from_data(data, dtype)
    return finished(array, requires_grad)


def from_data(data: Any, dtype: DType | None) -> Any:
    """`data` as a new array of the dtype that PyTorch would infer."""
    kind = type(data)
    if kind is float:
        return np.asarray(data, numpy_dtype(dtype))[()]
    if isinstance(data, (np.ndarray, np.generic)):
        of = dtypes.of_numpy(data.dtype) if dtype is None else dtype
        return np.array(data, of.numpy)
    if isinstance(data, SEQUENCES):
        shape = shape_of(data)
        items = flat(data, len(shape))
        if items and isinstance(items[0], str):
            raise ValueError("too many dimensions 'str'")
        tensors = [i for i in items if isinstance(i, Tensor)]
        for each in tensors:
            each._warn_scalar()
        numbers = [i._number() if isinstance(i, Tensor) else i for i in items]
        inferred = dtype or tensors[0].dtype if tensors and len(tensors) == len(items) else dtype
        return as_numbers(numbers, inferred).reshape(shape)
    return as_numbers([data], dtype).reshape(())


def as_numbers(items: list, dtype: DType | None) -> np.ndarray:
    if dtype is not None:
        try:
            return np.array(items, dtype.numpy) if items else np.empty(0, dtype.numpy)
        except (OverflowError, ValueError):
            if dtype is dtypes.uint8 and all(-255 <= v <= 255 for v in items):
                return np.array(items).astype(np.uint8)
            raise RuntimeError(f"value cannot be converted to type {dtype.name} without overflow") from None
    kinds = {bool: 0, int: 1, float: 2, complex: 3}
    rank = -1
    of = None
    for item in items:
        if isinstance(item, np.generic):
            of = item.dtype if of is None else np.promote_types(of, item.dtype)
            continue
        k = kinds.get(type(item))
        if k is None:
            k = next((v for t, v in ((bool, 0), (int, 1), (float, 2), (complex, 3)) if isinstance(item, t)), None)
        if k is None:
            if item is None or not isinstance(item, str):
                raise RuntimeError(f"Could not infer dtype of {type(item).__name__}")
            raise TypeError(f"new(): invalid data type '{type(item).__name__}'")
        rank = max(rank, k)
    default = dtypes.get_default_dtype().numpy
    chosen = {
        -1: default,
        0: np.dtype(bool),
        1: np.dtype(np.int64),
        2: default,
        3: dtypes.COMPLEX_OF.get(default, np.dtype(complex)),
    }[rank]
    if of is not None:
        chosen = of if rank < 0 else dtypes.result_dtype((np.empty(1, of), np.empty(1, chosen)))
    try:
        return np.array(items, chosen)
    except OverflowError:
        raise ValueError("Overflow when unpacking long long") from None


def shape_of(data: Any) -> tuple:
    """The shape of nested sequences, which must not be ragged."""
    shape = []
    while isinstance(data, (*SEQUENCES, np.ndarray)):
        shape.append(len(data))
        if not len(data):
            break
        data = data[0]
    return tuple(shape)


def flat(data: Any, depth: int, level: int = 0) -> list:
    """The innermost items of sequences nested `depth` deep."""
    if depth == 0:
        return [data]
    items: list = []
    for item in data:
        if depth > 1:
            if not hasattr(item, "__len__"):
                raise TypeError("not a sequence")
            if len(item) != len(data[0]):
                raise ValueError(f"expected sequence of length {len(data[0])} at dim {level + 1} (got {len(item)})")
        elif isinstance(item, SEQUENCES):
            real, kind = "." in repr(data), type(item).__name__
            raise TypeError(
                f"must be real number, not {kind}" if real else f"{kind!r} object cannot be interpreted as an integer"
            )
        items += flat(item, depth - 1, level + 1)
    return items


def as_tensor(data: Any, dtype: DType | None = None, device: Any = None) -> Tensor:
    """`data` as a tensor, without copying where it is a tensor or an array of that dtype already."""
    if isinstance(data, Tensor):
        return to(data, dtype) if dtype is not None else data
    if isinstance(data, np.ndarray) and (dtype is None or dtype.numpy == data.dtype):
        return from_numpy(data)
    return tensor(data, dtype=dtype)


def from_numpy(array: np.ndarray) -> Tensor:
    """A tensor that shares the memory of `array`."""
    if not isinstance(array, np.ndarray):
        raise TypeError(f"expected np.ndarray (got {type(array).__name__})")
    dtypes.of_numpy(array.dtype)
    if min(array.strides, default=0) < 0:
        raise ValueError(NEGATIVE_STRIDES)
    t = wrap(array)
    t._counter()
    return t


def sizes(shape: tuple) -> tuple:
    """`shape`, which must not be negative anywhere."""
    negative = [n for n in shape if n < 0]
    if negative:
        raise RuntimeError(f"Trying to create tensor with negative dimension {negative[0]}: {errors.shape_text(shape)}")
    return shape


def filler(name: str, make: Any) -> Any:
    def function(
        *size: Any, dtype: DType | None = None, requires_grad: bool = False, device: Any = None, layout: Any = None,
        out: Any = None, pin_memory: bool = False, memory_format: Any = None,
    ) -> Tensor:  # fmt: skip
        shape = as_shape(size)
        if name == "zeros" and any(n < 0 for n in shape):
            raise RuntimeError("zeros: Dimension size must be non-negative.")
        return finished(make(sizes(shape), numpy_dtype(dtype)), requires_grad)

    function.__name__ = function.__qualname__ = name
    return function


zeros, ones, empty = filler("zeros", np.zeros), filler("ones", np.ones), filler("empty", np.zeros)


def like(name: str, make: Any) -> Any:
    def function(
        input: Tensor, *, dtype: DType | None = None, requires_grad: bool = False, device: Any = None, layout: Any = None,
        memory_format: Any = None,
    ) -> Tensor:  # fmt: skip
        if not isinstance(input, Tensor):
            raise errors.not_a_tensor(name, "input", 1, input)
        return finished(make(input._data.shape, (dtype or input.dtype).numpy), requires_grad)

    function.__name__ = function.__qualname__ = name
    return function


zeros_like, ones_like, empty_like = (
    like("zeros_like", np.zeros),
    like("ones_like", np.ones),
    like("empty_like", np.zeros),
)


def full(
    size: Any,
    fill_value: Any,
    *,
    dtype: DType | None = None,
    requires_grad: bool = False,
    device: Any = None,
    layout: Any = None,
) -> Tensor:
    value = fill_value.item() if isinstance(fill_value, Tensor) else fill_value
    of = as_numbers([value], None).dtype if dtype is None else dtype.numpy
    return finished(np.full(sizes(as_shape((size,))), value, of), requires_grad)


def full_like(
    input: Tensor, fill_value: Any, *, dtype: DType | None = None, requires_grad: bool = False, device: Any = None
) -> Tensor:
    return finished(np.full(input._data.shape, fill_value, (dtype or input.dtype).numpy), requires_grad)


def new(name: str, make: Any) -> Any:
    def method(
        self: Tensor, *size: Any, dtype: DType | None = None, requires_grad: bool = False, device: Any = None
    ) -> Tensor:
        return finished(make(as_shape(size), (dtype or self.dtype).numpy), requires_grad)

    method.__name__ = method.__qualname__ = name
    return method


new_zeros, new_ones, new_empty = new("new_zeros", np.zeros), new("new_ones", np.ones), new("new_empty", np.zeros)


def new_tensor(
    self: Tensor, data: Any, *, dtype: DType | None = None, requires_grad: bool = False, device: Any = None
) -> Tensor:
    if isinstance(data, Tensor):
        warnings.warn(COPYING.format("tensor.new_tensor"), UserWarning, stacklevel=2)
        data = data._data
    return tensor(data, dtype=dtype or self.dtype, requires_grad=requires_grad)


def new_full(
    self: Tensor, size: Any, fill_value: Any, *, dtype: DType | None = None, requires_grad: bool = False
) -> Tensor:
    return full(size, fill_value, dtype=dtype or self.dtype, requires_grad=requires_grad)


def eye(n: int, m: int | None = None, *, dtype: DType | None = None, requires_grad: bool = False) -> Tensor:
    for name, size in (("n", n), ("m", m)):
        if size is not None and size < 0:
            raise RuntimeError(f"{name} must be greater or equal to 0, got {size}")
    return finished(np.eye(n, m, dtype=numpy_dtype(dtype)), requires_grad)


def arange(
    start: Any = 0,
    end: Any = None,
    step: Any = 1,
    *,
    dtype: DType | None = None,
    requires_grad: bool = False,
    device: Any = None,
) -> Tensor:
    """Numbers from `start` up to, without, `end`; of int64 where all three are ints."""
    if end is None:
        start, end = 0, start
    start, end, step = (v.item() if isinstance(v, Tensor) else v for v in (start, end, step))
    if step == 0:
        raise RuntimeError("step must be nonzero")
    if (end - start) * step < 0:
        raise RuntimeError("upper bound and lower bound inconsistent with step sign")
    of = (
        dtype.numpy
        if dtype
        else np.dtype(np.int64)
        if all(isinstance(v, int) for v in (start, end, step))
        else numpy_dtype(None)
    )
    count = max(0, math.ceil((end - start) / step))
    return finished((start + step * np.arange(count)).astype(of), requires_grad)


def linspace(
    start: Any, end: Any, steps: int, *, dtype: DType | None = None, requires_grad: bool = False, device: Any = None
) -> Tensor:
    """`steps` numbers from `start` to `end`, both included, counted from whichever end is nearer."""
    of = numpy_dtype(dtype)
    if steps < 0:
        raise RuntimeError("number of steps must be non-negative")
    if of.kind in "iu":
        return finished(np.linspace(start, end, steps).astype(of), requires_grad)
    if steps == 1:
        return finished(np.full(1, start, of), requires_grad)
    first, last = of.type(start), of.type(end)
    step = (last - first) / of.type(max(steps - 1, 1))
    i = np.arange(steps)
    rising, falling = fused(step, i.astype(of), first), fused(-step, (steps - 1 - i).astype(of), last)
    return finished(np.where(i < steps // 2, rising, falling).astype(of), requires_grad)


def fused(a: Any, x: np.ndarray, b: Any) -> np.ndarray:
    """a * x + b, rounded once, as PyTorch's vector code does."""
    wide = np.longdouble if x.dtype == np.float64 else np.float64
    return (x.astype(wide) * wide(a) + wide(b)).astype(x.dtype)


def meshgrid(*tensors: Any, indexing: str | None = None) -> tuple:
    """Each vector repeated along the dimensions of the others; under "xy" the first two dimensions swap places."""
    if indexing is None:
        warnings.warn(MESHGRID, UserWarning, stacklevel=2)
    elif indexing not in ("ij", "xy"):
        raise RuntimeError(f'torch.meshgrid: indexing must be one of "xy" or "ij", but received: {indexing}')
    values = tensors[0] if len(tensors) == 1 and isinstance(tensors[0], (list, tuple)) else tensors
    sizes = [v._data.size for v in values]
    if indexing == "xy" and len(values) > 1:
        second, first, *others = meshgrid(values[1], values[0], *values[2:], indexing="ij")
        return first, second, *others
    return tuple(
        ops.expand(ops.view(v, tuple(n if i == d else 1 for i, n in enumerate(sizes))), tuple(sizes))
        for d, v in enumerate(values)
    )


# -- random


def manual_seed(seed: int) -> random.Generator:
    """Start the default generator anew from `seed`."""
    return default_generator.manual_seed(int(seed))


def drawer(name: str, draw: Any) -> Any:
    def function(
        *size: Any, generator: random.Generator | None = None, dtype: DType | None = None, requires_grad: bool = False,
        device: Any = None, layout: Any = None,
    ) -> Tensor:  # fmt: skip
        shape = sizes(as_shape(size))
        return finished(draw(generator or default_generator, shape, numpy_dtype(dtype)), requires_grad)

    function.__name__ = function.__qualname__ = name
    return function


def drawer_like(name: str, draw: Any) -> Any:
    def function(
        input: Tensor, *, dtype: DType | None = None, requires_grad: bool = False, device: Any = None
    ) -> Tensor:
        return finished(draw(default_generator, input._data.shape, (dtype or input.dtype).numpy), requires_grad)

    function.__name__ = function.__qualname__ = name
    return function


rand, randn = drawer("rand", random.rand), drawer("randn", random.randn)
rand_like, randn_like = drawer_like("rand_like", random.rand), drawer_like("randn_like", random.randn)


def randint(
    *args: Any,
    generator: Any = None,
    dtype: DType | None = None,
    requires_grad: bool = False,
    device: Any = None,
    **named: Any,
) -> Tensor:
    """`randint(low=0, high, size)`: integers from `low` up to, without, `high`."""
    low, high, size = (0, *args) if len(args) == 2 else (*args, *[None] * (3 - len(args)))
    low, high, size = named.get("low", low or 0), named.get("high", high), named.get("size", size)
    return finished(
        random.randint(
            generator or default_generator, low, high, sizes(as_shape((size,))), (dtype or dtypes.int64).numpy
        ),
        requires_grad,
    )


def empty_strided(
    size: Any, stride: Any, *, dtype: DType | None = None, requires_grad: bool = False, device: Any = None
) -> Tensor:
    """A tensor of this size, whatever its values, that steps through its memory by these strides, in elements."""
    kind = numpy_dtype(dtype)
    count = 1 + sum((n - 1) * s for n, s in zip(size, stride, strict=True)) if all(size) else 0
    steps = [s * kind.itemsize for s in stride]
    return finished(np.lib.stride_tricks.as_strided(np.zeros(count, kind), size, steps), requires_grad)


def randint_like(input: Tensor, *bounds: int, dtype: DType | None = None, **named: Any) -> Tensor:
    """Integers from `low` (0) up to, without, `high`, in the shape and dtype of `input`."""
    return randint(*bounds, input.shape, dtype=dtype or input.dtype, **named)


def randperm(
    n: int, *, generator: Any = None, dtype: DType | None = None, requires_grad: bool = False, device: Any = None
) -> Tensor:
    return finished(random.randperm(generator or default_generator, n, (dtype or dtypes.int64).numpy), requires_grad)


def multinomial(input: Tensor, num_samples: int, replacement: bool = False, *, generator: Any = None) -> Tensor:
    """Indices (int64), `num_samples` of them for each row of weights. RuntimeError for what is no weight."""
    return wrap(random.multinomial(generator or default_generator, input._data, num_samples, replacement))


def bernoulli(input: Tensor, p: float | None = None, *, generator: Any = None) -> Tensor:
    chances = input._data if p is None else p
    drawn = random.bernoulli(generator or default_generator, chances, input._data.shape, input._data.dtype)
    return TABLE["new_BernoulliBackward0"].recorded(input, np.asarray(drawn)[()])


def normal(mean: Any = 0.0, std: Any = 1.0, size: Any = None, *, generator: Any = None) -> Tensor:
    """Normal numbers, of `size`, or of the shape of whichever of `mean` and `std` is a tensor."""
    m, s = (v._data if isinstance(v, Tensor) else v for v in (mean, std))
    shape = as_shape((size,)) if size is not None else np.broadcast_shapes(np.shape(m), np.shape(s))
    if np.ndim(s) == 0 and s < 0:
        raise RuntimeError(f"normal expects std >= 0.0, but found std {s:g}")
    if np.any(np.less(s, 0)):
        raise RuntimeError("normal expects all elements of std >= 0.0")
    draws = random.randn(generator or default_generator, shape, np.float32)
    drawn = (draws * s + m).astype(np.float32)
    tensors = [isinstance(v, Tensor) for v in (mean, std)]
    if not any(tensors):
        return wrap(drawn)
    return TABLE[f"new_NormalBackward{tensors[0] + 2 * tensors[1]}"].recorded(mean if tensors[0] else std, drawn)


def initial_seed() -> int:
    return default_generator.initial_seed()


def get_rng_state() -> Tensor:
    return wrap(default_generator.get_state())


def set_rng_state(state: Tensor) -> None:
    default_generator.set_state(state._data)
