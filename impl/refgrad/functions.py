"""Functions whose arguments PyTorch lets you give in several ways; each becomes one operator of the table.

Every function here takes the tensor first, so that it is the method, too. What needs no such care is not here:
`torch.exp` is the table's own operator.
"""

from __future__ import annotations

import builtins
import math
import warnings
from typing import Any, NamedTuple

import numpy as np

from refgrad import dtypes, errors
from refgrad.derivatives import TABLE
from refgrad.tensor import Tensor, wrap
from refgrad.views import change

ops: Any = type("ops", (), {"__getattr__": lambda self, name: TABLE[name.rstrip("_")].recorded})()
"""`ops.mul` is the recorded form of the table's `mul`."""


# -- arguments


def as_dim(dim: Any, ndim: int) -> int:
    """One dimension, counted from the front."""
    n = ndim or 1
    if not -n <= dim < n:
        raise errors.dimension(dim, ndim)
    return int(dim) % n


def as_dims(dim: Any, ndim: int) -> tuple:
    """Dimensions, counted from the front; all of them for None and ()."""
    if dim is None or (isinstance(dim, (tuple, list)) and not dim):
        return tuple(range(ndim))
    dims = tuple(as_dim(d, ndim) for d in (dim if isinstance(dim, (tuple, list)) else (dim,)))
    if len(set(dims)) < len(dims):
        raise RuntimeError(
            f"dim {next(d for d in dims if dims.count(d) > 1)} appears multiple times in the list of dims"
        )
    return dims if ndim else ()


def as_shape(sizes: tuple) -> tuple:
    """`f(2, 3)` and `f((2, 3))`."""
    if len(sizes) == 1 and not isinstance(sizes[0], (int, np.integer, Tensor)):
        sizes = tuple(sizes[0])
    return tuple(int(n) for n in sizes)


def need_tensor(name: str, value: Any, argument: str = "input", position: int = 1) -> Tensor:
    if not isinstance(value, Tensor):
        raise errors.not_a_tensor(name, argument, position, value)
    return value


def float_only(name: str, x: Tensor) -> None:
    if x._data.dtype.kind not in "fc":
        raise RuntimeError(
            f"{name}(): could not infer output dtype. Input dtype must be either a floating point or complex dtype. "
            f"Got: {x.dtype.tensor_type[6:-6]}"
        )


def in_dtype(x: Tensor, dtype: Any) -> Tensor:
    return x if dtype is None else to(x, dtype)


# -- arithmetic


def operand(name: str, result: Any, other: Any) -> Any:
    if result is NotImplemented:
        raise errors.not_a_tensor(name, "other", 2, other)
    return result


def binary(name: str) -> Any:
    """The function of the operator `name` of two operands, of which the second may be a number."""
    entry = TABLE[name]

    def function(input: Tensor, other: Any, *, out: Any = None) -> Tensor:
        return operand(name, entry.recorded(as_operand(input), other, out=out), other)

    function.__name__ = function.__qualname__ = name
    return function


def as_operand(value: Any) -> Any:
    """A number in the place of the first tensor, as the tensor that it stands for."""
    return wrap(np.asarray(value, dtypes.result_dtype((value,)))[()]) if isinstance(value, (bool, int, float)) else value


def scaled(name: str) -> Any:
    plain, with_alpha = TABLE[name], TABLE[f"{name}_scaled"]

    def function(input: Tensor, other: Any, *, alpha: Any = 1, out: Any = None) -> Tensor:
        input = as_operand(input)
        if alpha == 1:
            return operand(name, plain.recorded(input, other, out=out), other)
        other = (
            other if isinstance(other, Tensor) else wrap(np.asarray(other, need_tensor(name, input)._data.dtype)[()])
        )
        return with_alpha.recorded(input, other, alpha, out=out)

    function.__name__ = function.__qualname__ = name
    return function


add, sub = scaled("add"), scaled("sub")


def rsub(input: Tensor, other: Any, *, alpha: Any = 1) -> Tensor:
    return ops.rsub(input, other) if alpha == 1 else sub(other, input, alpha=alpha)


def add_(self: Tensor, other: Any, *, alpha: Any = 1) -> Tensor:
    return (
        change(self, TABLE["add"], other)
        if alpha == 1
        else change(self, TABLE["add_scaled"], *scaled_by(self, other, alpha))
    )


def sub_(self: Tensor, other: Any, *, alpha: Any = 1) -> Tensor:
    return (
        change(self, TABLE["sub"], other)
        if alpha == 1
        else change(self, TABLE["sub_scaled"], *scaled_by(self, other, alpha))
    )


def scaled_by(self: Tensor, other: Any, alpha: Any) -> tuple:
    return other if isinstance(other, Tensor) else wrap(np.asarray(other, self._data.dtype)[()]), alpha


def div(input: Tensor, other: Any, *, rounding_mode: str | None = None, out: Any = None) -> Tensor:
    result = operand("div", ops.div(input, other), other)
    if rounding_mode is not None:
        if rounding_mode not in ("floor", "trunc"):
            raise RuntimeError(
                f"div expected rounding_mode to be one of None, 'trunc', or 'floor' but found '{rounding_mode}'"
            )
        result = (ops.floor if rounding_mode == "floor" else ops.trunc)(result)
        kinds = input._data.dtype.kind + (
            other._data.dtype.kind if isinstance(other, Tensor) else "f" if isinstance(other, float) else "i"
        )
        result = result if "f" in kinds else to(result, input.dtype)
    return result if out is None else out.copy_(result)


def rdiv(input: Tensor, other: Any) -> Tensor:
    return ops.mul(ops.reciprocal(input), other)


def floor_divide(input: Any, other: Any) -> Tensor:
    if not isinstance(input, Tensor):
        input = wrap(np.asarray(input, other._data.dtype)[()])
    zero = other._data if isinstance(other, Tensor) else other
    if input._data.dtype.kind in "iu" and np.any(np.equal(zero, 0)):
        raise RuntimeError("ZeroDivisionError")
    return operand("floor_divide", ops.floor_divide(input, other), other)


def rfloordiv(input: Tensor, other: Any) -> Tensor:
    return floor_divide(other, input)


def rremainder(input: Tensor, other: Any) -> Tensor:
    return ops.remainder(wrap(np.asarray(other, input._data.dtype)[()]), input)


def pow(input: Any, exponent: Any, *, out: Any = None) -> Tensor:
    """`input ** exponent`, where either may be a number."""
    if not isinstance(exponent, Tensor):
        if not isinstance(input, Tensor):
            raise TypeError(f"pow(): argument 'input' (position 1) must be Tensor, not {errors.type_name(input)}")
        result = ops.pow(input, exponent)
    elif not isinstance(input, Tensor):
        if isinstance(input, float) and exponent._data.dtype.kind in "biu":
            exponent = to(exponent, dtypes.get_default_dtype())
        result = ops.pow_scalar(input, exponent)
    else:
        result = ops.pow_tensor(input, exponent)
    return result if result is NotImplemented or out is None else out.copy_(result)


def rpow(input: Tensor, other: Any) -> Tensor:
    return pow(other, input) if isinstance(other, (int, float, complex)) else NotImplemented


def square(input: Tensor) -> Tensor:
    return ops.pow(input, 2)


def clamp(input: Tensor, min: Any = None, max: Any = None, *, out: Any = None) -> Tensor:
    if min is None and max is None:
        raise RuntimeError("torch.clamp: At least one of 'min' or 'max' must not be None")
    entry = ops.clamp_tensor if isinstance(min, Tensor) or isinstance(max, Tensor) else ops.clamp
    return entry(input, min, max, out=out)


def where(condition: Tensor, input: Any = None, other: Any = None) -> Any:
    if input is None and other is None:
        return tuple(wrap(i) for i in np.nonzero(condition._data))
    for value, name, position in ((condition, "condition", 1),):
        need_tensor("where", value, name, position)
    if condition._data.dtype.kind != "b":
        raise RuntimeError(
            f"where expected condition to be a boolean tensor, but got a tensor with dtype {condition.dtype.tensor_type[6:-6]}"
        )
    first = input if isinstance(input, Tensor) else wrap(number_like(input, other))
    second = other if isinstance(other, Tensor) else number_like(other, input)
    return ops.where(condition, first, second)


def number_like(value: Any, beside: Any) -> Any:
    """A Python number as the 0-d array that it stands for beside `beside`."""
    return np.asarray(value, dtypes.result_dtype((value, beside._data if isinstance(beside, Tensor) else beside)))[()]


# -- reductions


def sum(input: Tensor, dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> Tensor:
    input = in_dtype(need_tensor("sum", input), dtype)
    return (
        ops.sum(input) if dim is None and not keepdim else ops.sum_dim(input, as_dims(dim, input._data.ndim), keepdim)
    )


def mean(input: Tensor, dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> Tensor:
    input = in_dtype(need_tensor("mean", input), dtype)
    if input._data.dtype.kind not in "fc":
        raise RuntimeError(
            "mean(): could not infer output dtype. Input dtype must be either a floating point or complex dtype. Got: "
            f"{input.dtype.tensor_type[6:-6]}"
        )
    if dim is None and not keepdim:
        return ops.mean(input)
    return ops.mean_dim(input, as_dims(dim, input._data.ndim), keepdim)


def prod(input: Tensor, dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> Tensor:
    input = in_dtype(need_tensor("prod", input), dtype)
    return ops.prod(input) if dim is None else ops.prod_dim(input, as_dims(dim, input._data.ndim), keepdim)


class Extremum(NamedTuple):
    values: Tensor
    indices: Tensor


class max_result(Extremum):
    """What `max` along a dimension gives: the values and where they are."""

    def __repr__(self) -> str:
        return f"torch.return_types.{type(self).__name__.removesuffix('_result')}(\nvalues={self[0]!r},\nindices={self[1]!r})"


class min_result(max_result):
    """What `min` along a dimension gives."""


def extremum(name: str, result: type) -> Any:
    def function(input: Tensor, dim: Any = None, keepdim: bool = False, *, other: Any = None, out: Any = None) -> Any:
        other = dim if isinstance(dim, Tensor) else other
        if other is not None:
            return getattr(ops, f"{name}imum")(input, other)
        if dim is None:
            if not need_tensor(name, input)._data.size:
                raise RuntimeError(
                    f"{name}(): Expected reduction dim to be specified for input.numel() == 0. Specify the reduction dim "
                    "with the 'dim' argument."
                )
            return getattr(ops, name)(input)
        return result(*getattr(ops, f"{name}_dim")(input, (as_dim(dim, need_tensor(name, input)._data.ndim),), keepdim))

    function.__name__ = function.__qualname__ = name
    return function


max, min = extremum("max", max_result), extremum("min", min_result)


def amax(input: Tensor, dim: Any = (), keepdim: bool = False) -> Tensor:
    return ops.amax(input, as_dims(dim, need_tensor("amax", input)._data.ndim), keepdim)


def amin(input: Tensor, dim: Any = (), keepdim: bool = False) -> Tensor:
    return ops.amin(input, as_dims(dim, need_tensor("amin", input)._data.ndim), keepdim)


def argmax(input: Tensor, dim: Any = None, keepdim: bool = False) -> Tensor:
    return ops.argmax(input, dim if dim is None else as_dim(dim, need_tensor("argmax", input)._data.ndim), keepdim)


def argmin(input: Tensor, dim: Any = None, keepdim: bool = False) -> Tensor:
    return ops.argmin(input, dim if dim is None else as_dim(dim, need_tensor("argmin", input)._data.ndim), keepdim)


DEGREES = (
    "{}(): degrees of freedom is <= 0. Correction should be strictly less than the reduction factor (input numel divided by "
    "output numel)."
)


def spread(name: str) -> Any:
    def function(
        input: Tensor, dim: Any = None, unbiased: bool | None = None, keepdim: bool = False, *, correction: Any = None
    ) -> Tensor:
        if isinstance(dim, bool):
            dim, unbiased = None, dim
        float_only(name, input) if need_tensor(name, input)._data.dtype.kind not in "fc" else None
        c = correction if correction is not None else 0 if unbiased is False else 1
        dims = as_dims(dim, input._data.ndim)
        if math.prod(input._data.shape[d] for d in dims) <= c:
            warnings.warn(DEGREES.format(name), UserWarning, stacklevel=2)
        return getattr(ops, name)(input, dims, c, keepdim)

    function.__name__ = function.__qualname__ = name
    return function


var, std = spread("var"), spread("std")


def cumsum(input: Tensor, dim: int, *, dtype: Any = None) -> Tensor:
    input = in_dtype(need_tensor("cumsum", input), dtype)
    return ops.cumsum(input, as_dim(dim, input._data.ndim))


def logsumexp(input: Tensor, dim: Any, keepdim: bool = False) -> Tensor:
    return ops.logsumexp(input, as_dims(dim, need_tensor("logsumexp", input)._data.ndim), keepdim)


def softmax(input: Tensor, dim: int, dtype: Any = None) -> Tensor:
    input = in_dtype(need_tensor("softmax", input), dtype)
    return ops.softmax(input, as_dim(dim, input._data.ndim)) if input._data.ndim else ops.softmax(input, ())


def log_softmax(input: Tensor, dim: int, dtype: Any = None) -> Tensor:
    input = in_dtype(need_tensor("log_softmax", input), dtype)
    return ops.log_softmax(input, as_dim(dim, input._data.ndim)) if input._data.ndim else ops.log_softmax(input, ())


def boolean(name: str) -> Any:
    def function(input: Tensor, dim: Any = None, keepdim: bool = False) -> Tensor:
        return getattr(ops, name)(input, None if dim is None else as_dims(dim, input._data.ndim), keepdim)

    function.__name__ = function.__qualname__ = name
    return function


all, any = boolean("all"), boolean("any")


def norm(input: Tensor, p: Any = "fro", dim: Any = None, keepdim: bool = False) -> Tensor:
    """The p-norm over `dim`, by default the Euclidean norm over everything."""
    dims = as_dims(dim, input._data.ndim)
    order = 2.0 if p in ("fro", None) else float(p)
    if order == 2:
        return ops.sqrt(ops.sum_dim(ops.mul(input, input), dims, keepdim))
    if order == 1:
        return ops.sum_dim(ops.abs(input), dims, keepdim)
    if math.isinf(order):
        return (ops.amax if order > 0 else ops.amin)(ops.abs(input), dims, keepdim)
    return ops.pow(ops.sum_dim(ops.pow(ops.abs(input), order), dims, keepdim), 1 / order)


# -- products


def need_float(name: str, x: Tensor, ndim: int, argument: str, position: int) -> None:
    if need_tensor(name, x, argument, position)._data.ndim != ndim:
        raise RuntimeError(f"{argument} must be a {'matrix' if ndim == 2 else 'vector'}")


def mm(input: Tensor, mat2: Tensor) -> Tensor:
    need_float("mm", input, 2, "self", 1)
    need_float("mm", mat2, 2, "mat2", 2)
    return ops.mm(input, same_dtype(input, mat2))


def mv(input: Tensor, vec: Tensor) -> Tensor:
    if input._data.ndim != 2 or vec._data.ndim != 1:
        raise RuntimeError(
            f"vector + matrix @ vector expected, got {vec._data.ndim}, {input._data.ndim}, {vec._data.ndim}"
        )
    return ops.mv(input, same_dtype(input, vec))


def dot(input: Tensor, tensor: Tensor) -> Tensor:
    if input._data.ndim != 1 or tensor._data.ndim != 1:
        raise RuntimeError(f"1D tensors expected, but got {input._data.ndim}D and {tensor._data.ndim}D tensors")
    if input._data.dtype != tensor._data.dtype:
        raise RuntimeError(
            f"dot : expected both vectors to have same dtype, but found {input.dtype.tensor_type[6:-6]} and {tensor.dtype.tensor_type[6:-6]}"
        )
    return ops.dot(input, tensor)


def same_dtype(a: Tensor, b: Tensor) -> Tensor:
    if a._data.dtype != b._data.dtype:
        names = [errors.SCALAR_TYPES.get(t._data.dtype.name) for t in (a, b)]
        raise RuntimeError(f"expected m1 and m2 to have the same dtype, but got: {names[0]} != {names[1]}")
    return b


def bmm(input: Tensor, mat2: Tensor) -> Tensor:
    if input._data.ndim != 3 or mat2._data.ndim != 3:
        raise RuntimeError("batch1 must be a 3D tensor" if input._data.ndim != 3 else "batch2 must be a 3D tensor")
    return ops.bmm(input, same_dtype(input, mat2))


def matmul(input: Tensor, other: Tensor) -> Tensor:
    """PyTorch's rules: vectors are made matrices, matrices batches, and what was added is taken away."""
    if not isinstance(other, Tensor):
        raise errors.not_a_tensor("matmul", "other", 2, other)
    a, b = need_tensor("matmul", input)._data.ndim, other._data.ndim
    if a == 2 and b == 2:
        return ops.mm(input, same_dtype(input, other))
    if not a or not b:
        raise RuntimeError(f"both arguments to matmul need to be at least 1D, but they are {a}D and {b}D")
    if a == 1 and b == 1:
        return dot(input, other)
    if a == 2 and b == 1:
        return ops.mv(input, same_dtype(input, other))
    if a == 1 and b == 2:
        return ops.squeeze_copy(ops.mm(ops.unsqueeze(input, 0), same_dtype(input, other)), 0)
    if a >= 3 and b <= 2:
        rows = reshape(input, (-1, input._data.shape[-1]))
        product = ops.mm(rows, same_dtype(input, other)) if b == 2 else ops.mv(rows, same_dtype(input, other))
        return ops.unsafe_view(product, (*input._data.shape[:-1], *other._data.shape[1:]))
    if a <= 2 and b >= 3:
        flipped = matmul(ops.transpose(other, b - 2, b - 1), input if a == 1 else ops.t(input))
        return flipped if a == 1 else ops.transpose(flipped, b - 2, b - 1)
    batch = broadcast_shapes(input._data.shape[:-2], other._data.shape[:-2])
    left = reshape(expand(input, *batch, *input._data.shape[-2:]), (-1, *input._data.shape[-2:]))
    right = reshape(expand(other, *batch, *other._data.shape[-2:]), (-1, *other._data.shape[-2:]))
    product = ops.bmm(left, same_dtype(left, right))
    return ops.unsafe_view(product, (*batch, *product._data.shape[-2:]))


def matmul_operator(input: Tensor, other: Any) -> Any:
    return matmul(input, other) if isinstance(other, Tensor) else NotImplemented


def broadcast_shapes(a: tuple, b: tuple) -> tuple:
    try:
        return np.broadcast_shapes(a, b)
    except ValueError:
        raise errors.broadcast(a, b) from None


def addmm(input: Tensor, mat1: Tensor, mat2: Tensor, *, beta: Any = 1, alpha: Any = 1) -> Tensor:
    if beta == 1 and alpha == 1:
        return ops.addmm(input, mat1, mat2)
    return ops.addmm_scaled(input, mat1, mat2, beta, alpha)


def outer(input: Tensor, vec2: Tensor) -> Tensor:
    return ops.mul(reshape(input, (-1, 1)), vec2)


# -- shapes


def fill_in(shape: tuple, size: int) -> tuple:
    """`shape` with its -1, if it has one, worked out."""
    unknown = [i for i, n in enumerate(shape) if n < 0]
    bad = RuntimeError(f"shape '{errors.shape_text(shape)}' is invalid for input of size {size}")
    if len(unknown) > 1:
        raise RuntimeError("only one dimension can be inferred")
    if not unknown:
        if math.prod(shape) != size:
            raise bad
        return shape
    if shape[unknown[0]] != -1:
        raise RuntimeError(f"invalid shape dimension {shape[unknown[0]]}")
    known = math.prod(n for n in shape if n >= 0)
    if not known or size % known:
        if known == 0 and size == 0:
            raise RuntimeError(
                f"cannot reshape tensor of 0 elements into shape {errors.shape_text(shape)} because the unspecified dimension "
                "size -1 can be any value and is ambiguous"
            )
        raise bad
    return tuple(size // known if n < 0 else n for n in shape)


def without_copy(array: np.ndarray, shape: tuple) -> bool:
    try:
        np.reshape(array, shape, copy=False)
    except ValueError:
        return False
    return True


def view(self: Tensor, *shape: Any, dtype: Any = None) -> Tensor:
    if (shape and isinstance(shape[0], dtypes.dtype)) or dtype is not None:
        raise RuntimeError("view(dtype) is not supported")
    sizes = fill_in(as_shape(shape), self._data.size)
    if not without_copy(self._array(), sizes):
        raise RuntimeError(
            "view size is not compatible with input tensor's size and stride (at least one dimension spans across two "
            "contiguous subspaces). Use .reshape(...) instead."
        )
    return ops.view(self, sizes)


def reshape(input: Tensor, *shape: Any) -> Tensor:
    """A view where the memory allows it, else a copy."""
    sizes = fill_in(as_shape(shape), need_tensor("reshape", input)._data.size)
    if without_copy(input._array(), sizes):
        return ops.view(input, sizes)
    return ops.unsafe_view(ops.clone(input), sizes)


def flatten(input: Tensor, start_dim: int = 0, end_dim: int = -1) -> Tensor:
    shape = input._data.shape
    if not shape:
        return reshape(input, (1,))
    start, end = as_dim(start_dim, len(shape)), as_dim(end_dim, len(shape))
    if start > end:
        raise RuntimeError("flatten() has invalid args: start_dim cannot come after end_dim")
    if start == end:
        return input
    return reshape(input, (*shape[:start], math.prod(shape[start : end + 1]), *shape[end + 1 :]))


def unflatten(input: Tensor, dim: int, sizes: Any) -> Tensor:
    shape, d = input._data.shape, as_dim(dim, input._data.ndim)
    return view(input, (*shape[:d], *fill_in(tuple(sizes), shape[d]), *shape[d + 1 :]))


def squeeze(input: Tensor, dim: Any = None) -> Tensor:
    ndim = need_tensor("squeeze", input)._data.ndim
    if dim is None:
        return ops.squeeze(input)
    if isinstance(dim, (tuple, list)):
        return ops.squeeze_dims(input, as_dims(dim, ndim))
    return ops.squeeze_dim(input, as_dim(dim, ndim))


def unsqueeze(input: Tensor, dim: int) -> Tensor:
    n = need_tensor("unsqueeze", input)._data.ndim + 1
    if not -n <= dim < n:
        raise errors.dimension(dim, n)
    return ops.unsqueeze(input, dim % n)


def expand(self: Tensor, *sizes: Any) -> Tensor:
    shape, own = as_shape(sizes), self._data.shape
    lead = len(shape) - len(own)
    if lead < 0:
        raise RuntimeError(
            f"expand({self.dtype.tensor_type}{{{errors.shape_text(own)}}}, size={errors.shape_text(shape)}): the number of "
            f"sizes provided ({len(shape)}) must be greater or equal to the number of dimensions in the tensor ({len(own)})"
        )
    return ops.expand(self, tuple(own[i - lead] if n == -1 and i >= lead else n for i, n in enumerate(shape)))


def broadcast_to(input: Tensor, size: Any) -> Tensor:
    return expand(input, *as_shape((size,)))


def transpose(input: Tensor, dim0: int, dim1: int) -> Tensor:
    ndim = need_tensor("transpose", input)._data.ndim
    return ops.transpose(input, as_dim(dim0, ndim), as_dim(dim1, ndim)) if ndim else ops.alias(input)


def permute(input: Tensor, *dims: Any) -> Tensor:
    order, ndim = as_shape(dims), need_tensor("permute", input)._data.ndim
    if len(order) != ndim:
        raise RuntimeError(
            "permute(sparse_coo): number of dimensions in the tensor input does not match the length of the desired ordering "
            f"of dimensions i.e. input.dim() = {ndim} is not equal to len(dims) = {len(order)}"
        )
    order = tuple(as_dim(d, ndim) for d in order)
    if len(set(order)) < len(order):
        raise RuntimeError("permute(): duplicate dims are not allowed.")
    return ops.permute(input, order)


def t(input: Tensor) -> Tensor:
    ndim = need_tensor("t", input)._data.ndim
    if ndim > 2:
        raise RuntimeError(f"t() expects a tensor with <= 2 dimensions, but self is {ndim}D")
    return ops.t(input)


def movedim(input: Tensor, source: Any, destination: Any) -> Tensor:
    order = np.moveaxis(np.empty((1,) * input._data.ndim), source, destination)
    del order
    n = input._data.ndim
    sources, targets = as_dims(source, n), as_dims(destination, n)
    rest = iter([d for d in range(n) if d not in sources])
    return ops.permute(input, tuple(sources[targets.index(i)] if i in targets else next(rest) for i in range(n)))


def flip(input: Tensor, *dims: Any) -> Tensor:
    return ops.flip(input, as_dims(as_shape(dims), input._data.ndim) if as_shape(dims) else ())


def roll(input: Tensor, shifts: Any, dims: Any = None) -> Tensor:
    return ops.roll(input, shifts, dims)


def repeat(self: Tensor, *repeats: Any) -> Tensor:
    return ops.repeat(self, as_shape(repeats))


def select(input: Tensor, dim: int, index: int) -> Tensor:
    if not input._data.ndim:
        raise IndexError("select() cannot be applied to a 0-dim tensor.")
    d = as_dim(dim, input._data.ndim)
    n = input._data.shape[d]
    if not -n <= index < n:
        raise IndexError(
            f"select(): index {index} out of range for tensor of size {errors.shape_text(input._data.shape)} at dimension {d}"
        )
    return ops.select(input, d, int(index) % n)


def narrow(input: Tensor, dim: int, start: int, length: int) -> Tensor:
    d = as_dim(dim, input._data.ndim)
    n = input._data.shape[d]
    start = start + n if start < 0 else start
    if length < 0 or start + length > n:
        raise RuntimeError(f"start ({start}) + length ({length}) exceeds dimension size ({n}).")
    return ops.slice(input, d, start, start + length, 1)


def unbind(input: Tensor, dim: int = 0) -> tuple:
    return ops.unbind(input, as_dim(dim, input._data.ndim))


def split(tensor: Tensor, split_size_or_sections: Any, dim: int = 0) -> tuple:
    d = as_dim(dim, tensor._data.ndim)
    n = tensor._data.shape[d]
    if isinstance(split_size_or_sections, (int, np.integer)):
        size = int(split_size_or_sections)
        if size < 0:
            raise RuntimeError(f"split expects split_size be non-negative, but got split_size={size}")
        if not size and n:
            raise RuntimeError(f"split_size can only be 0 if dimension size is 0, but got dimension size of {n}")
        sizes = [builtins.min(size, n - i) for i in range(0, n, size)] if n else [0]
    else:
        sizes = list(split_size_or_sections)
        if builtins.sum(sizes) != n:
            raise RuntimeError(
                f"split_with_sizes expects split_sizes to sum exactly to {n} (input tensor's size at dimension {d}), but got "
                f"split_sizes={sizes}"
            )
    return ops.split(tensor, sizes, d)


def chunk(input: Tensor, chunks: int, dim: int = 0) -> tuple:
    if chunks <= 0:
        raise RuntimeError(f"chunk expects `chunks` to be greater than 0, got: {chunks}")
    n = input._data.shape[as_dim(dim, input._data.ndim)]
    return split(input, builtins.max(1, -(-n // chunks)), dim)


def need_tensors(name: str, tensors: Any) -> list:
    if isinstance(tensors, Tensor):
        raise TypeError(f"{name}(): argument 'tensors' (position 1) must be tuple of Tensors, not Tensor")
    values = list(tensors)
    for i, value in enumerate(values):
        if not isinstance(value, Tensor):
            raise TypeError(f"expected Tensor as element {i} in argument 0, but got {type(value).__name__}")
    return values


def cat(tensors: Any, dim: int = 0, *, out: Any = None) -> Tensor:
    values = need_tensors("cat", tensors)
    if not values:
        raise ValueError("torch.cat(): expected a non-empty list of Tensors")
    for i, value in enumerate(values):
        if not value._data.ndim:
            raise RuntimeError(f"zero-dimensional tensor (at position {i}) cannot be concatenated")
    ndim = builtins.max(v._data.ndim for v in values)
    return ops.cat(
        [v if v._data.shape != (0,) or ndim == 1 else ops.view(v, (0,) * ndim) for v in values], as_dim(dim, ndim)
    )


def stack(tensors: Any, dim: int = 0, *, out: Any = None) -> Tensor:
    values = need_tensors("stack", tensors)
    if not values:
        raise RuntimeError("stack expects a non-empty TensorList")
    return ops.stack(values, as_dim(dim, values[0]._data.ndim + 1))


def gather(input: Tensor, dim: int, index: Tensor) -> Tensor:
    return ops.gather(input, as_dim(dim, input._data.ndim), index)


def index_select(input: Tensor, dim: int, index: Tensor) -> Tensor:
    return ops.index_select(input, as_dim(dim, input._data.ndim), index)


def masked_fill(input: Tensor, mask: Tensor, value: Any) -> Tensor:
    return ops.masked_fill(input, mask, value)


def diagonal(input: Tensor, offset: int = 0, dim1: int = 0, dim2: int = 1) -> Tensor:
    ndim = input._data.ndim
    return ops.diagonal(input, offset, as_dim(dim1, ndim), as_dim(dim2, ndim))


# -- dtypes and copies


def to(self: Tensor, *args: Any, dtype: Any = None, device: Any = None, copy: bool = False, **_: Any) -> Tensor:
    """This tensor in another dtype; itself, where it has that dtype already."""
    for a in args:
        dtype = a if isinstance(a, dtypes.dtype) else a.dtype if isinstance(a, Tensor) else dtype
    if dtype is None or dtype.numpy == self._data.dtype:
        return ops.clone(self) if copy else self
    result = ops.to_copy(self, dtype.numpy)
    if result._data.dtype.kind not in "fc":
        result._node = None
    return result


def clone(input: Tensor, *, memory_format: Any = None) -> Tensor:
    return ops.clone(input)


def contiguous(self: Tensor, memory_format: Any = None) -> Tensor:
    data = self._data
    return self if data.__class__ is not np.ndarray or data.flags.c_contiguous else ops.clone(self)


def equal(input: Tensor, other: Tensor) -> bool:
    return input._data.shape == other._data.shape and bool((input._data == other._data).all())


def allclose(input: Tensor, other: Tensor, rtol: float = 1e-05, atol: float = 1e-08, equal_nan: bool = False) -> bool:
    return bool(np.allclose(input._data, other._data, rtol, atol, equal_nan))


def isclose(input: Tensor, other: Tensor, rtol: float = 1e-05, atol: float = 1e-08, equal_nan: bool = False) -> Tensor:
    return wrap(np.isclose(input._data, other._data, rtol, atol, equal_nan))


def numel(input: Tensor) -> int:
    return int(input._data.size)
