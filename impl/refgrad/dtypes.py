"""Element types, shapes and PyTorch's promotion rules, said in NumPy."""

from __future__ import annotations

import functools
import math
from typing import Any, ClassVar

import numpy as np

from refgrad import messages


class dtype:
    """An element type, as PyTorch names it. `numpy` is the NumPy dtype that holds it."""

    __slots__ = ("is_complex", "is_floating_point", "is_signed", "itemsize", "name", "numpy", "tensor_type")
    instances: ClassVar[dict[Any, dtype]] = {}

    def __init__(self, name: str) -> None:
        self.name, self.numpy, self.tensor_type = name, np.dtype(name), f"torch.{messages.SHORT[name]}Tensor"
        self.is_floating_point, self.is_complex = self.numpy.kind in "f", self.numpy.kind in "c"
        self.itemsize, self.is_signed = self.numpy.itemsize, self.numpy.kind not in "bu"
        dtype.instances[self.numpy] = self

    def __repr__(self) -> str:
        return f"torch.{self.name}"

    def __reduce__(self) -> str:
        return self.name


bool_, uint8, int8, int16, int32, int64, float16, float32, float64, complex64, complex128 = map(dtype, messages.SHORT)
half, float_, double = float16, float32, float64
short, int_, long = int16, int32, int64
cfloat, cdouble = complex64, complex128


class finfo:
    """The limits of a floating point or complex dtype, by default of the default one."""

    def __init__(self, type: dtype | None = None) -> None:
        of = (type or _default).numpy
        messages.require(of.kind in "fc", "dtypes.finfo")
        limits: Any = np.finfo(of)
        self.dtype, self.bits = limits.dtype.name, limits.bits
        for limit in ("max", "min", "eps", "tiny", "smallest_normal"):
            setattr(self, limit, float(getattr(limits, limit)))
        self.resolution = 10.0**-limits.precision

    def __repr__(self) -> str:
        shown = ("resolution", "min", "max", "eps", "smallest_normal", "tiny")
        return f"finfo({', '.join(f'{limit}={getattr(self, limit):g}' for limit in shown)}, dtype={self.dtype})"


class iinfo:
    """The limits of an integer dtype."""

    def __init__(self, type: dtype) -> None:
        messages.require(type.numpy.kind in "iu", "dtypes.iinfo")
        limits = np.iinfo(type.numpy)
        self.dtype, self.bits, self.max, self.min = type.name, limits.bits, int(limits.max), int(limits.min)

    def __repr__(self) -> str:
        return f"iinfo(min={self.min}, max={self.max}, dtype={self.dtype})"


class Size(tuple):
    """The shape of a tensor."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"torch.Size([{', '.join(map(str, self))}])"

    def __reduce__(self) -> tuple:
        return size_of, (tuple(self),)

    def numel(self) -> int:
        return math.prod(self)

    def __add__(self, other: tuple) -> Size:
        return Size(tuple(self) + tuple(other))

    def __getitem__(self, index: Any) -> Any:
        item = tuple.__getitem__(self, index)
        return Size(item) if isinstance(index, slice) else item


def size_of(shape: tuple) -> Size:
    """What pickle makes a Size of, which goes by PyTorch's name."""
    return Size(shape)


class device:
    """Where a tensor lives: here, always on the CPU."""

    __slots__ = ("index", "type")

    def __init__(self, type: Any = "cpu", index: int | None = None) -> None:
        kind, _, number = str(getattr(type, "type", type)).partition(":")
        messages.require(kind in ("cpu", "meta"), "dtypes.device", kind)
        self.type, self.index = kind, int(number) if number else index

    def __repr__(self) -> str:
        return f"device(type={self.type!r}" + ("" if self.index is None else f", index={self.index}") + ")"

    def __str__(self) -> str:
        return self.type if self.index is None else f"{self.type}:{self.index}"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, device) and (self.type, self.index) == (other.type, other.index)

    def __hash__(self) -> int:
        return hash((self.type, self.index))


class Layout:
    """How elements are laid out: strided, always."""

    def __repr__(self) -> str:
        return "torch.strided"


class MemoryFormat:
    """The order of dimensions in memory, by name."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __repr__(self) -> str:
        return f"torch.{self.name}"


strided = Layout()
contiguous_format, preserve_format = MemoryFormat("contiguous_format"), MemoryFormat("preserve_format")
channels_last = MemoryFormat("channels_last")
CPU = device("cpu")

_default = float32
ARRAYS = (np.ndarray, np.generic)
ZERO, ONE = ({numpy: numpy.type(number) for numpy in dtype.instances} for number in (0, 1))
RANK = {"b": 0, "u": 1, "i": 1, "f": 2, "c": 3}


def get_default_dtype() -> dtype:
    """The dtype of tensors made from Python floats; float32 unless changed."""
    return _default


def set_default_dtype(d: dtype) -> None:
    """Make `d`, a floating point dtype, the one of tensors made from Python floats."""
    global _default
    messages.require(isinstance(d, dtype) and d.is_floating_point, "dtypes.default")
    _default = d


def is_bool(data: Any) -> bool:
    return data.dtype.kind in "b"


def is_float(data: Any) -> bool:
    return data.dtype.kind in "f"


def is_complex(data: Any) -> bool:
    return data.dtype.kind in "c"


def of_numpy(numpy_dtype: Any) -> dtype:
    """The dtype that `numpy_dtype` is called in PyTorch."""
    found = np.dtype(numpy_dtype)
    if found not in dtype.instances:
        raise messages.error("dtypes.of_numpy", found.type.__name__)
    return dtype.instances[found]


def complex_as_wide(found: np.dtype) -> np.dtype:
    """The complex dtype whose parts hold numbers of the floating dtype `found`, or are of `found`, a complex one."""
    return np.result_type(found, np.complex64)


def _together(found: list) -> np.dtype | None:
    """The dtype that holds all of these. NumPy makes float64 of int64 and float32; PyTorch keeps the float's width."""
    return functools.reduce(np.promote_types, [d for d in found if d.kind in "fc"] or found) if found else None


def _rank(number: type) -> int:
    """The category of a class of Python numbers."""
    return next((rank for kind, rank in ((bool, 0), (int, 1), (complex, 3)) if issubclass(number, kind)), 2)


@functools.lru_cache(1024)
def _promotion(kinds: tuple, default: dtype) -> np.dtype:
    """Of arrays there come the dtypes, and how many dimensions they have; of other values the classes."""
    arrays, numbers = [k for k in kinds if isinstance(k, tuple)], [k for k in kinds if isinstance(k, type)]
    result, zero = _together([d for d, ndim in arrays if ndim]), _together([d for d, ndim in arrays if not ndim])
    if zero is not None and (result is None or RANK[zero.kind] > RANK[result.kind]):
        result = complex_as_wide(result) if result is not None and result.kind in "f" else zero
    number = max((_rank(k) for k in numbers if k is not type(None)), default=-1)
    if result is not None and number <= RANK[result.kind]:
        return result
    if number == 3:
        width = result if result is not None and result.kind in "f" else default.numpy
        return complex_as_wide(width)
    return (bool_, int64, default)[number].numpy


def result_dtype(values: tuple) -> np.dtype:
    """PyTorch's promotion: of arrays (or NumPy scalars) with dimensions, of those without, and of Python numbers.

    A value of a lower priority changes the result only where its category (bool, integer, float, complex) is higher.
    """
    kinds = [(v.dtype, v.ndim) if isinstance(v, ARRAYS) else v.__class__ for v in values]
    return _promotion(tuple(kinds), _default)


def promote_types(type1: dtype, type2: dtype) -> dtype:
    """The smallest dtype that holds both, by PyTorch's rules."""
    return of_numpy(result_dtype((np.empty(1, type1.numpy), np.empty(1, type2.numpy))))


def can_cast(from_: dtype, to: dtype) -> bool:
    """Whether a result of dtype `from_` may be written in place into a tensor of dtype `to`: if the kind is no higher."""
    return RANK[from_.numpy.kind] <= RANK[to.numpy.kind]


def need_castable(found: np.dtype, wanted: np.dtype) -> None:
    """Refuse to write numbers of the dtype `found` where those of `wanted`, of a lower category, stand."""
    messages.require(RANK[found.kind] <= RANK[wanted.kind], "dtypes.cast", found, wanted)


def _cast(values: tuple, common: np.dtype) -> list:
    return [v.astype(common) if isinstance(v, ARRAYS) and v.dtype != common else v for v in values]


def promote(*values: Any) -> list:
    """`values` (arrays, NumPy scalars, Python numbers, None) with the arrays cast to their common dtype."""
    return _cast(values, result_dtype(values))


def promote_signed(*values: Any) -> list:
    """Like `promote`, for a subtraction: booleans are refused."""
    booleans = sum(isinstance(v, bool) or (isinstance(v, ARRAYS) and v.dtype.kind in "b") for v in values)
    if booleans:
        raise messages.error("dtypes.sub_bools" if booleans > 1 else "dtypes.sub_bool")
    return promote(*values)


def promote_float(*values: Any) -> list:
    """Like `promote`, where integers and bools become the default floating dtype."""
    common = result_dtype(values)
    return _cast(values, _default.numpy if common.kind in "biu" else common)
