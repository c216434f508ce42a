"""What the public functions do with their arguments before an operator of the table sees them."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from refgrad import compiler, dtypes, errors, messages
from refgrad.derivatives import TABLE
from refgrad.modes import modes
from refgrad.tensor import Tensor, wrap

# what an argument may be annotated with: `WAYS` in `forms` has what becomes of it before the function sees it
Operand = Any  # a tensor, or a number that stands for one
Either = Any  # a tensor or a number, for each of which there is an operator
Cast = Any  # the dtype that the first tensor is brought to
Dim = Any  # one dimension, counted from the front
DimOrNone = Any  # the same, or None
NewDim = Any  # the same, of a tensor that has one more
Dims = Any  # several; all of them for None and ()
DimsAsGiven = Any  # several, or none for (), or None
DimsOrNone = Any  # several, or None
Over = Any  # several; None, unless `keepdim`, for the operator over everything
OverAll = Any  # several; None for the operator over everything
Filled = Any  # several, none of them of size 0; all of them for ()
FilledDim = Any  # one, not of size 0
OverFilled = Any  # one, not of size 0; None for the operator over everything
Shape = Any  # `2, 3`, `(2, 3)` or a keyword
Number = Any  # a number
Matrix = Any  # a matrix of floating point or complex numbers, or a batch of them
Square = Any  # a square one
# what a function may return: an operator's name, and its arguments after the tensor
Operation = Any


# by the start of a function's name: what LAPACK's function is called in PyTorch
LAPACK = {"eigh": "linalg_eigh", "eigvalsh": "linalg_eigh", "lu": "lu", "cholesky_inverse": "cholesky_inverse"}


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
    messages.require(dim != () or 0 not in shape, "functions.empty", name)
    for d in dims:
        messages.require(shape[d], "functions.empty_dim", name, d)
    return dims


def as_shape(sizes: tuple, named: Any = None, function: str = "empty", argument: str = "size") -> tuple:
    """`f(2, 3)`, `f((2, 3))` and, in `named`, what `f(size=(2, 3))` gives. `function` and `argument` say what is missing."""
    if named is not None:
        sizes = (named,)
    elif not sizes:
        raise messages.error("functions.missing", function, argument)
    if len(sizes) == 1 and not isinstance(sizes[0], (int, np.integer, Tensor)):
        sizes = sizes[0]
    try:
        return tuple(map(operator.index, sizes))
    except TypeError:
        raise errors.argument(function, argument, 2, sizes, "tuple of ints") from None


def as_operand(value: Any, beside: Any = None) -> Any:
    """A number in the place of the first tensor, as the tensor that it stands for beside the second."""
    return wrap(number_like(value, beside)) if isinstance(value, (bool, int, float)) else value


def number_like(value: Any, beside: Any) -> Any:
    """A Python number as the 0-d array that it stands for beside `beside`."""
    return np.asarray(value, dtypes.result_dtype((value, beside._data if isinstance(beside, Tensor) else beside)))[()]


def need_tensor(name: str, value: Any, argument: str = "input", position: int = 1) -> Tensor:
    if not isinstance(value, Tensor):
        raise errors.argument(name, argument, position, value)
    return value


def need_matrix(name: str, argument: str, position: int, A: Any, square: bool = False) -> None:
    """RuntimeError, in the words of `linalg.name`, unless the tensor A is a (square) matrix of numbers that are not whole."""
    shape = need_tensor(name, A, argument, position)._data.shape
    messages.require(len(shape) > 1, "tensor.matrix", name)
    messages.require(not square or shape[-1] == shape[-2], "tensor.square", name, *shape[-2:])
    if A._data.dtype.kind not in "fc":
        of_lapack = next((key for start, key in LAPACK.items() if name.startswith(start)), "")
        key = "linalg.not_implemented" if of_lapack else "linalg.dtype"
        raise messages.error(key, of_lapack or name, A)


def need_tensors(name: str, tensors: Any) -> list:
    """The tensors to be joined."""
    if isinstance(tensors, Tensor):
        raise messages.error("functions.tuple_of_tensors", name)
    values = list(tensors)
    for i, value in enumerate(values):
        messages.require(isinstance(value, Tensor), "functions.element", i, value)
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
            messages.warn("functions.resized", out, result, stacklevel=3)
        out._data = np.empty(result._data.shape, out._data.dtype)
    return out.copy_(result)


compiler.BASE["into"] = into
