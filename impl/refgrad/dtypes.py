"""Element types, shapes and PyTorch's promotion rules, said in NumPy."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np


class dtype:
    """An element type, as PyTorch names it. `numpy` is the NumPy dtype that holds it."""

    __slots__ = ("is_complex", "is_floating_point", "itemsize", "name", "numpy", "tensor_type")
    instances: ClassVar[dict[Any, dtype]] = {}

    def __init__(self, name: str, numpy_name: str, tensor_type: str) -> None:
        self.name, self.numpy, self.tensor_type = name, np.dtype(numpy_name), tensor_type
        self.is_floating_point = self.numpy.kind == "f"
        self.is_complex = self.numpy.kind == "c"
        self.itemsize = self.numpy.itemsize
        dtype.instances[self.numpy] = self

    def __repr__(self) -> str:
        return f"torch.{self.name}"

    def __reduce__(self) -> str:
        return self.name

    @property
    def is_signed(self) -> bool:
        return self.numpy.kind not in "bu"


# name, NumPy's name, the name of the tensor type in PyTorch's messages
bool_ = dtype("bool", "bool", "torch.BoolTensor")
uint8 = dtype("uint8", "uint8", "torch.ByteTensor")
int8 = dtype("int8", "int8", "torch.CharTensor")
int16 = dtype("int16", "int16", "torch.ShortTensor")
int32 = dtype("int32", "int32", "torch.IntTensor")
int64 = dtype("int64", "int64", "torch.LongTensor")
float16 = dtype("float16", "float16", "torch.HalfTensor")
float32 = dtype("float32", "float32", "torch.FloatTensor")
float64 = dtype("float64", "float64", "torch.DoubleTensor")
complex64 = dtype("complex64", "complex64", "torch.ComplexFloatTensor")
complex128 = dtype("complex128", "complex128", "torch.ComplexDoubleTensor")

half, float_, double = float16, float32, float64
short, int_, long = int16, int32, int64
cfloat, cdouble = complex64, complex128


class finfo:
    """The limits of a floating point or complex dtype, by default of the default one."""

    def __init__(self, type: dtype | None = None) -> None:
        of = (type or _default).numpy
        if of.kind not in "fc":
            raise TypeError(
                "torch.finfo() requires a floating point input type. Use torch.iinfo to handle 'torch.finfo'"
            )
        limits: Any = np.finfo(of)
        self.dtype, self.bits, self.max, self.min = limits.dtype.name, limits.bits, float(limits.max), float(limits.min)
        self.eps, self.tiny, self.resolution = float(limits.eps), float(limits.tiny), float(limits.resolution)
        self.smallest_normal = self.tiny


class iinfo:
    """The limits of an integer dtype."""

    def __init__(self, type: dtype) -> None:
        if type.numpy.kind not in "iu":
            raise TypeError("torch.iinfo() requires an integer input type. Use torch.finfo to handle 'torch.iinfo'")
        limits = np.iinfo(type.numpy)
        self.dtype, self.bits, self.max, self.min = type.name, limits.bits, int(limits.max), int(limits.min)


class Size(tuple):
    """The shape of a tensor."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"torch.Size([{', '.join(map(str, self))}])"

    def __reduce__(self) -> tuple:
        return size_of, (tuple(self),)

    def numel(self) -> int:
        result = 1
        for size in self:
            result *= size
        return result

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
        if kind not in ("cpu", "meta"):
            raise RuntimeError(f"Expected one of cpu, meta device type at start of device string: {kind}")
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
contiguous_format, preserve_format, channels_last = map(
    MemoryFormat, ("contiguous_format", "preserve_format", "channels_last")
)
CPU = device("cpu")

SUBTRACTION = {
    1: "Subtraction, the `-` operator, with a bool tensor is not supported. If you are trying to invert a mask, use the "
    "`~` or `logical_not()` operator instead.",
    2: "Subtraction, the `-` operator, with two bool tensors is not supported. Use the `^` or `logical_xor()` operator "
    "instead.",
}
_default = float32
COMPLEX_OF = {np.dtype("float16"): complex64.numpy, np.dtype("float32"): complex64.numpy}


def get_default_dtype() -> dtype:
    """The dtype of tensors made from Python floats; float32 unless changed."""
    return _default


def set_default_dtype(d: dtype) -> None:
    """Make `d`, a floating point dtype, the one of tensors made from Python floats."""
    global _default
    if not isinstance(d, dtype) or not d.is_floating_point:
        raise TypeError("only floating-point types are supported as the default type")
    _default = d


def of_numpy(numpy_dtype: Any) -> dtype:
    """The dtype that `numpy_dtype` is called in PyTorch."""
    try:
        return dtype.instances[np.dtype(numpy_dtype)]
    except KeyError:
        raise TypeError(
            f"can't convert np.ndarray of type numpy.{np.dtype(numpy_dtype).type.__name__}. The only supported types are: "
            "float64, float32, float16, complex64, complex128, int64, int32, int16, int8, uint64, uint32, uint16, uint8, and "
            "bool."
        ) from None


_RANK = {"b": 0, "u": 1, "i": 1, "f": 2, "c": 3}


def result_dtype(values: tuple) -> np.dtype:
    """PyTorch's promotion: of arrays (or NumPy scalars) with dimensions, of those without, and of Python numbers.

    A value of a lower priority changes the result only where its category (bool, integer, float, complex) is higher.
    """
    dims = zero = None
    number = -1
    for v in values:
        if isinstance(v, (np.ndarray, np.generic)):
            if v.ndim:
                dims = v.dtype if dims is None else np.promote_types(dims, v.dtype) if dims != v.dtype else dims
            else:
                zero = v.dtype if zero is None else np.promote_types(zero, v.dtype) if zero != v.dtype else zero
        elif v is not None:
            number = max(
                number, 0 if isinstance(v, bool) else 1 if isinstance(v, int) else 3 if isinstance(v, complex) else 2
            )
    # NumPy promotes int64 with float32 to float64; PyTorch keeps the float's width
    dims = _narrow(dims, values, True)
    zero = _narrow(zero, values, False)
    result = dims
    if zero is not None and (result is None or _RANK[zero.kind] > _RANK[result.kind]):
        result = COMPLEX_OF.get(result, zero) if result is not None and zero.kind == "c" else zero
    if number >= 0 and (result is None or number > _RANK[result.kind]):
        default = _default.numpy
        if number == 3:
            return COMPLEX_OF.get(result if result is not None and result.kind == "f" else default, complex128.numpy)
        result = (bool_.numpy, int64.numpy, default)[number]
    assert result is not None
    return result


def promote_types(type1: dtype, type2: dtype) -> dtype:
    """The smallest dtype that holds both, by PyTorch's rules."""
    return of_numpy(result_dtype((np.empty(1, type1.numpy), np.empty(1, type2.numpy))))


def can_cast(from_: dtype, to: dtype) -> bool:
    """Whether a result of dtype `from_` may be written in place into a tensor of dtype `to`: if the kind is no higher."""
    return _RANK[from_.numpy.kind] <= _RANK[to.numpy.kind]


def _narrow(promoted: np.dtype | None, values: tuple, dimensioned: bool) -> np.dtype | None:
    if promoted is None or promoted.kind not in "fc":
        return promoted
    widest: Any = None
    for v in values:
        if isinstance(v, (np.ndarray, np.generic)) and bool(v.ndim) == dimensioned and v.dtype.kind in "fc":
            widest = v.dtype if widest is None else np.promote_types(widest, v.dtype)
    return widest


def promote(*values: Any) -> list:
    """`values` (arrays, NumPy scalars, Python numbers, None) with the arrays cast to their common dtype."""
    common = result_dtype(values)
    return [v.astype(common) if isinstance(v, (np.ndarray, np.generic)) and v.dtype != common else v for v in values]


def promote_signed(*values: Any) -> list:
    """Like `promote`, for a subtraction: booleans are refused."""
    booleans = sum(
        isinstance(v, bool) or (isinstance(v, (np.ndarray, np.generic)) and v.dtype.kind == "b") for v in values
    )
    if booleans:
        raise RuntimeError(SUBTRACTION[booleans])
    return promote(*values)


def need_castable(found: np.dtype, wanted: np.dtype) -> None:
    """Refuse to write numbers of the dtype `found` where those of `wanted`, of a lower category, stand."""
    if _RANK[found.kind] > _RANK[wanted.kind]:
        names = of_numpy(found).tensor_type[6:-6], of_numpy(wanted).tensor_type[6:-6]
        raise RuntimeError("result type {} can't be cast to the desired output type {}".format(*names))


def promote_float(*values: Any) -> list:
    """Like `promote`, where integers and bools become the default floating dtype."""
    common = result_dtype(values)
    if common.kind in "biu":
        common = _default.numpy
    return [v.astype(common) if isinstance(v, (np.ndarray, np.generic)) and v.dtype != common else v for v in values]
