"""What the public functions do with their arguments before an operator of the table sees them."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from refgrad import compiler, dtypes, errors, messages
from refgrad.derivatives import TABLE, kernels
from refgrad.derivatives.table import whole
from refgrad.modes import modes
from refgrad.tensor import Tensor, wrap

# what an argument may be annotated with: `WAYS` in `forms` has what becomes of it before the function sees it
Operand = Any  # a tensor, or a number that stands for one
Beside = Any  # the same, of which one is a tensor
Either = Any  # a tensor or a number, for each of which there is an operator
Cast = Any  # the dtype that the first tensor is brought to
Asked = Any  # a dtype, or None, for the function itself
Dim = Any  # one dimension, counted from the front
DimOrNone = Any  # the same, or None
NewDim = Any  # the same, of a tensor that has one more
Dims = Any  # several; all of them for None and ()
DimsGiven = Any  # the same, but not None
DimsAsGiven = Any  # several, or none for (), or None
DimsOrNone = Any  # several, or None
Over = Any  # several; None, unless `keepdim`, for the operator over everything
OverAll = Any  # one; where it is not given, the operator over everything
Filled = Any  # several, none of them of size 0; all of them for ()
FilledDim = Any  # one, not of size 0
OverFilled = Any  # one, not of size 0; None for the operator over everything
Shape = Any  # `2, 3`, `(2, 3)` or a keyword
Number = Any  # a number
NumberOrNone = Any
IntOrNone = Any  # a whole one, or None
FloatOrNone = Any  # a real one, or None
BoolOrNone = Any  # a truth value, or None
TensorOrNone = Any
# a tensor, for a function that is written in Python: it has these attributes, and nothing else has
WithDim = Any
WithSize = Any
WithPow = Any
WithNorm = Any
WithKind = Any
WithPlace = Any
WithType = Any
Word = Any  # a string
WordOrNone = Any  # the same, or None
Matrix = Any  # a matrix of floating point or complex numbers, or a batch of them
Square = Any  # a square one
# what a function may return: an operator's name, and its arguments after the tensor
Operation = Any


class Operators:
    """`ops.mul` is the recorded form of the table's `mul`; a trailing underscore keeps clear of Python's words."""

    def __getattr__(self, name: str) -> Any:
        found = self.__dict__[name] = TABLE[name.rstrip("_")].recorded
        return found


ops: Any = Operators()


def as_int(value: Any, name: str = "", argument: str = "dim", position: int = 2, wanted: str = "int") -> int:
    """A whole number that may be NumPy's, or a tensor; not a boolean."""
    try:
        if not isinstance(value, bool):
            return operator.index(value)
    except TypeError:
        pass
    raise errors.argument(name, argument, position, value, wanted)


def as_number(value: Any, name: str, argument: str, position: int, wanted: str = "Number") -> Any:
    """A number that may be NumPy's, or a tensor without dimensions."""
    number = errors.number(value) if value.__class__ is not Tensor or value._data.ndim else value.item()
    if number is NotImplemented or isinstance(number, np.ndarray):
        raise errors.argument(name, argument, position, value, wanted)
    return number


def number_among(value: Any, name: str, *given: Any, **named: Any) -> Any:
    """The same, where PyTorch has several signatures, and says what all the arguments are if none of them fits."""
    try:
        return as_number(value, name, "", 0)
    except TypeError:
        raise errors.combination(name, *given, **named) from None


def as_dim(dim: Any, ndim: int, *at: Any) -> int:
    """One dimension, counted from the front. `at`: the function, the argument, its position; for what is no dimension."""
    n = ndim or 1
    if dim.__class__ is not int:
        dim = as_int(dim, *at)
    if not -n <= dim < n:
        raise errors.dimension(dim, ndim)
    return dim % n


def as_dims(dim: Any, ndim: int, *at: Any) -> tuple:
    """Dimensions, counted from the front; all of them for None and ()."""
    if dim.__class__ is int and ndim:
        return (as_dim(dim, ndim),)
    if dim is None or (isinstance(dim, (tuple, list)) and not dim):
        return tuple(range(ndim))
    at = (*(at or ("", "dim", 2)), "tuple of ints")
    dims = tuple(as_dim(d, ndim, *at) for d in (dim if isinstance(dim, (tuple, list)) else (dim,)))
    if len(set(dims)) < len(dims):
        raise messages.error("functions.repeated_dim", next(d for d in dims if dims.count(d) > 1))
    return dims if ndim else ()


def filled(name: str, input: Tensor, dim: Any = ()) -> tuple:
    """Dimensions, counted from the front, by default all, over which there is a maximum: none of them has size 0."""
    shape, dims = input._data.shape, as_dims(dim, input._data.ndim, name, "dim", 2)
    messages.require(dim not in ((), None) or 0 not in shape, "functions.empty", name)
    for d in dims:
        messages.require(shape[d], "functions.empty_dim", name, d)
    return dims


def as_shape(
    sizes: tuple, named: Any = None, function: str = "empty", argument: str = "size", position: int = 1
) -> tuple:
    """`f(2, 3)`, `f((2, 3))` and, in `named`, what `f(size=(2, 3))` gives. `function`, `argument`, `position`: for errors."""
    if named is not None:
        messages.require(not sizes, "nn.twice", function, argument)
        if isinstance(named, (int, np.integer)):
            raise errors.argument(function, argument, 0, named, "tuple of ints")
        sizes = (named,)
    elif not sizes:
        raise messages.error("functions.missing", function, argument)
    if len(sizes) == 1:
        (only,) = sizes
        sizes = sizes if isinstance(only, (int, np.integer, Tensor)) else only
    wrong: Any = sizes
    try:
        if not sizes or not isinstance(sizes[0], bool):  # PyTorch looks at the first only
            return tuple(map(operator.index, sizes))
        wrong = sizes[0]
    except TypeError:
        pass
    raise errors.argument(function, argument, position, wrong, "tuple of ints")


def as_operand(value: Any, beside: Any = None) -> Any:
    """A number in the place of the first tensor, as the tensor that it stands for beside the second."""
    return wrap(number_like(value, beside)) if isinstance(value, (bool, int, float)) else value


def number_like(value: Any, beside: Any) -> Any:
    """A Python number as the 0-d array that it stands for beside `beside`."""
    dtype = dtypes.result_dtype((value, beside._data if isinstance(beside, Tensor) else beside))
    return whole(value, dtype) if dtype.kind in "iu" else np.asarray(value, dtype)[()]


def need_tensor(name: str, value: Any, argument: str = "input", position: int = 1) -> Tensor:
    if not isinstance(value, Tensor):
        raise errors.argument(name, argument, position, value)
    return value


def need_ndim(x: Tensor, ndim: int, key: str, *values: Any) -> None:
    """The error under `key` unless the tensor has so many dimensions."""
    messages.require_same(x._data.ndim, ndim, key, *values)


def need_at_most(x: Tensor, ndim: int, key: str, *values: Any) -> None:
    """The error under `key` where the tensor has more dimensions."""
    messages.require(x._data.ndim <= ndim, key, *values)


def length(x: Tensor, dim: int) -> int:
    """The size of a dimension; as a dimension, a tensor without any is of size 1."""
    return x._data.shape[dim] if x._data.ndim else 1


def lying(size: int, dim: int, ndim: int) -> tuple:
    """The shape of a vector of this size that lies along a dimension."""
    shape = [1] * ndim
    shape[dim] = size
    return tuple(shape)


def same_dtype(x: Tensor, y: Tensor) -> bool:
    return x._data.dtype == y._data.dtype


def need_square(name: str, argument: str, position: int, A: Any, square: bool = True) -> None:
    """RuntimeError, in the words of `linalg.name`, unless the tensor A is a (square) matrix."""
    shape = need_tensor(name, A, argument, position)._data.shape
    messages.require(len(shape) > 1, "tensor.matrix", name)
    messages.require(not square or shape[-1] == shape[-2], "tensor.square", name, *shape[-2:])


def need_matrix(name: str, argument: str, position: int, A: Any, square: bool = False) -> None:
    """RuntimeError, in the words of `linalg.name`, unless the tensor A is a (square) matrix of numbers that are not whole."""
    need_square(name, argument, position, A, square)
    if name in kernels.REFUSED:
        kernels.refuse(name, A._data)
    if A._data.dtype.kind not in "fc":
        raise messages.error("linalg.dtype", {"svdvals": "svd", "cond": "svd"}.get(name, name.removesuffix("_ex")), A)


def need_dtype(name: str, *tensors: Any) -> None:
    """The error in the words of `name`, where it does not take the dtype of one of the tensors."""
    for x in tensors:
        if isinstance(x, Tensor):
            kernels.refuse(name, x._data)


def need_derivative(input: Tensor, *values: Tensor) -> None:
    """RuntimeError where `values` that require grad would be written into an `input` of whole numbers or booleans."""
    if input._data.dtype.kind not in "fc" and modes.grad and any(v.requires_grad for v in values):
        raise messages.error("functions.no_derivative", input)


def need_real_slope(name: str, *values: Tensor) -> None:
    """RuntimeError where the function `name` of `values`, of which the first is complex, would have to be differentiated."""
    wanted = modes.grad and dtypes.is_complex(values[0]._data) and any(v.requires_grad for v in values)
    messages.require(not wanted, "functions.complex_slope", name)


def need_tensors(name: str, tensors: Any) -> list:
    """The tensors to be joined."""
    if isinstance(tensors, Tensor):
        raise messages.error("functions.tuple_of_tensors", name)
    values = list(tensors)
    for i, value in enumerate(values):
        messages.require(isinstance(value, Tensor), "functions.element", i, 0, value)
    return values


def broadcast_shapes(a: tuple, b: tuple) -> tuple:
    """The shape that both shapes are broadcast to."""
    try:
        return np.broadcast_shapes(a, b)
    except ValueError:
        raise errors.broadcast(a, b) from None


def into(out: Tensor, result: Tensor, name: str) -> Tensor:
    """Write `result` into the tensor `out`, which takes its shape."""
    if modes.grad and (result.requires_grad or out.requires_grad):
        raise messages.error("functions.out_grad", errors.PUBLIC.get(name, name))
    dtypes.need_castable(result._data.dtype, out._data.dtype)
    if out._data.shape != result._data.shape:
        if out._data.size:
            messages.warn("functions.resized", out, result)
        out._data = np.empty(result._data.shape, out._data.dtype)
    return out.copy_(result)


compiler.BASE["into"] = into
