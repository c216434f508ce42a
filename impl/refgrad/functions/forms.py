"""Functions with an in-place form: what is common to the two, their arguments, is said once.

A function here says which operator of the table it is, and with which arguments after the tensor; `FORMS` has it as
`name`, which gives a new tensor, and as `name_`, which changes the tensor.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from refgrad.derivatives import TABLE
from refgrad.functions.arguments import as_dim, into, need_tensor
from refgrad.functions.arithmetic import as_operand
from refgrad.functions.copies import in_dtype
from refgrad.tensor import Tensor
from refgrad.views import change

FORMS: dict[str, Callable] = {}


def both(prepare: Callable) -> Callable:
    """Enter the function and its in-place form that `prepare(tensor, ...) -> (operator, *arguments)` describes."""
    name = prepare.__name__.rstrip("_")

    def function(input: Tensor, *args: Any, out: Any = None, **kwargs: Any) -> Tensor:
        input = need_tensor(name, as_operand(input))
        dtype = kwargs.pop("dtype", None)
        entry, *rest = prepare(in_dtype(input, dtype), *args, **kwargs)
        result = TABLE[entry].recorded(in_dtype(input, dtype), *rest)
        return result if out is None else into(out, result, name)

    def in_place(self: Tensor, *args: Any, **kwargs: Any) -> Tensor:
        entry, *rest = prepare(self, *args, **kwargs)
        return change(self, TABLE.get(f"{entry}_", TABLE[entry]), *rest)

    for form, suffix in ((function, ""), (in_place, "_")):
        form.__name__ = form.__qualname__ = name + suffix
        form.__doc__ = prepare.__doc__
        FORMS[name + suffix] = form
    return function


def plain(names: str) -> None:
    """Enter operators that take their arguments as they are."""
    for name in names.split():

        def prepare(self: Tensor, *args: Any, name: str = name) -> tuple:
            return (name, *args)

        prepare.__name__ = name.removeprefix("special_")
        both(prepare)


plain("""
    exp2 asinh acosh atanh sinc sgn frac deg2rad rad2deg lgamma digamma erfinv erf erfc special_entr special_ndtr hypot
    logaddexp logaddexp2 fmax fmin copysign heaviside clamp_min clamp_max
""")


REDUCE = (
    "The reduce argument of torch.scatter with Tensor src is deprecated and will be removed in a future PyTorch release. "
    "Use torch.scatter_reduce instead for more reduction options."
)
OUTSIDE = "index {} is out of bounds for dimension {} with size {}"
INDEXED: dict[str, tuple] = {
    # name: (index of another dtype, index beyond the dimension, source of another dtype)
    "index_add": (RuntimeError("index_add_(): Expected dtype int32/int64 for index but got: {}"),
                  IndexError("index out of range in self"),
                  "index_add_(): self ({}) and source ({}) must have the same scalar type"),
    "index_copy": (RuntimeError("index_copy_(): Expected a long tensor for index, but got {}"),
                   IndexError(f"index_copy_(): {OUTSIDE}"),
                   "index_copy_(): self and source expected to have the same dtype, but got (self) {} and (source) {}"),
    "index_fill": (IndexError("index_fill_(): Expected dtype int64 for index."), IndexError(OUTSIDE), ""),
    "scatter": (RuntimeError("scatter(): Expected dtype int32/int64 for index"), RuntimeError(OUTSIDE),
                "scatter(): Expected self.dtype to be equal to src.dtype"),
}  # fmt: skip


def kind(t: Tensor) -> str:
    return t.dtype.tensor_type[6:-6]


def need_same(name: str, self: Tensor, other: Tensor) -> None:
    if self._data.dtype != other._data.dtype:
        raise RuntimeError(INDEXED[name][2].format(kind(self), kind(other)))


def need_index(name: str, self: Tensor, dim: int, index: Tensor) -> tuple[int, Tensor]:
    """The dimension, counted from the front, and the index, which does not leave it."""
    other, outside, _ = INDEXED[name]
    if index._data.dtype not in ("int64", "int32"):
        raise type(other)(str(other).format(kind(index)))
    d = as_dim(dim, self._data.ndim)
    n = (self._data.shape or (1,))[d]
    for i in index._data.ravel().tolist():
        if not (-n if name == "index_fill" else 0) <= i < n:
            raise type(outside)(str(outside).format(i, d, n))
    return d, index


@both
def xlogy(input: Tensor, other: Any) -> tuple:
    """input * log(other), which is 0 where input is."""
    return "xlogy", other


@both
def xlog1py(input: Tensor, other: Any) -> tuple:
    """input * log(1 + other), which is 0 where input is."""
    return "special_xlog1py", other


@both
def logit(input: Tensor, eps: float | None = None) -> tuple:
    """log(x / (1 - x)), of x clamped to [eps, 1 - eps] if `eps` is given."""
    return "logit", eps


@both
def nan_to_num(input: Tensor, nan: Any = None, posinf: Any = None, neginf: Any = None) -> tuple:
    """nan replaced by 0, infinities by the greatest and least numbers, or by what is given."""
    return "nan_to_num", nan, posinf, neginf


@both
def lerp(input: Tensor, end: Tensor, weight: Any) -> tuple:
    """input + weight * (end - input)."""
    return ("lerp_tensor" if isinstance(weight, Tensor) else "lerp"), end, weight


@both
def addcmul(input: Tensor, tensor1: Tensor, tensor2: Tensor, *, value: Any = 1) -> tuple:
    """input + value * tensor1 * tensor2."""
    return "addcmul", tensor1, tensor2, value


@both
def addcdiv(input: Tensor, tensor1: Tensor, tensor2: Tensor, *, value: Any = 1) -> tuple:
    """input + value * tensor1 / tensor2."""
    return "addcdiv", tensor1, tensor2, value


@both
def addmm(input: Tensor, mat1: Tensor, mat2: Tensor, *, beta: Any = 1, alpha: Any = 1) -> tuple:
    """beta * input + alpha * (mat1 @ mat2)."""
    return "addmm_scaled", mat1, mat2, beta, alpha


@both
def addmv(input: Tensor, mat: Tensor, vec: Tensor, *, beta: Any = 1, alpha: Any = 1) -> tuple:
    """beta * input + alpha * (mat @ vec)."""
    return "addmv", mat, vec, beta, alpha


@both
def addr(input: Tensor, vec1: Tensor, vec2: Tensor, *, beta: Any = 1, alpha: Any = 1) -> tuple:
    """beta * input + alpha * outer(vec1, vec2)."""
    return "addr", vec1, vec2, beta, alpha


@both
def baddbmm(input: Tensor, batch1: Tensor, batch2: Tensor, *, beta: Any = 1, alpha: Any = 1) -> tuple:
    """beta * input + alpha * (batch1 @ batch2), matrix by matrix."""
    return "baddbmm", batch1, batch2, beta, alpha


@both
def addbmm(input: Tensor, batch1: Tensor, batch2: Tensor, *, beta: Any = 1, alpha: Any = 1) -> tuple:
    """beta * input + alpha * the sum of batch1 @ batch2 over the batch."""
    return "addbmm", batch1, batch2, beta, alpha


@both
def cumsum(input: Tensor, dim: int) -> tuple:
    """Running sums along `dim`."""
    return "cumsum", as_dim(dim, input._data.ndim)


@both
def cumprod(input: Tensor, dim: int) -> tuple:
    """Running products along `dim`."""
    return "cumprod", as_dim(dim, input._data.ndim)


@both
def logcumsumexp(input: Tensor, dim: int) -> tuple:
    """Logarithms of running sums of exponentials along `dim`."""
    return "logcumsumexp", as_dim(dim, input._data.ndim)


@both
def triu(input: Tensor, diagonal: int = 0) -> tuple:
    """The upper triangle of matrices; zero below the `diagonal`-th."""
    return "triu", diagonal


@both
def tril(input: Tensor, diagonal: int = 0) -> tuple:
    """The lower triangle of matrices; zero above the `diagonal`-th."""
    return "tril", diagonal


@both
def index_fill(input: Tensor, dim: int, index: Tensor, value: Any) -> tuple:
    """`value` (number or 0-d) in the rows along `dim` that `index` names."""
    entry = "index_fill_tensor" if isinstance(value, Tensor) else "index_fill"
    return entry, *need_index("index_fill", input, dim, index), value


@both
def index_add(input: Tensor, dim: int, index: Tensor, source: Tensor, *, alpha: Any = 1) -> tuple:
    """alpha times the rows of `source` added to the rows along `dim` that `index` names."""
    need_same("index_add", input, source)
    return "index_add", *need_index("index_add", input, dim, index), source, alpha


@both
def index_copy(input: Tensor, dim: int, index: Tensor, source: Tensor) -> tuple:
    """The rows of `source` in the places along `dim` that `index` names."""
    need_same("index_copy", input, source)
    return "index_copy", *need_index("index_copy", input, dim, index), source


@both
def scatter(input: Tensor, dim: int, index: Tensor, src: Any = None, *, value: Any = None, reduce: Any = None) -> tuple:
    """`src` (or a number) in the places along `dim` that `index` names; added to what is there with reduce="add"."""
    src = value if src is None else src
    place = need_index("scatter", input, dim, index)
    if not isinstance(src, Tensor):
        return "scatter_value", *place, src
    need_same("scatter", input, src)
    if reduce is not None:
        warnings.warn(REDUCE, UserWarning, stacklevel=3)
    return ("scatter_add" if reduce == "add" else "scatter"), *place, src


@both
def scatter_add(input: Tensor, dim: int, index: Tensor, src: Tensor) -> tuple:
    """`src` added in the places along `dim` that `index` names."""
    need_same("scatter", input, src)
    return "scatter_add", *need_index("scatter", input, dim, index), src


@both
def masked_scatter(input: Tensor, mask: Tensor, source: Tensor) -> tuple:
    """The elements of `source`, one after the other, where `mask` is True."""
    if mask._data.dtype != bool:
        raise RuntimeError(f"masked_scatter_ only supports boolean masks, but got mask with dtype {kind(mask)}")
    shape = np.broadcast_shapes(input._data.shape, mask._data.shape)
    if np.count_nonzero(np.broadcast_to(mask._data, shape)) > source._data.size:
        raise RuntimeError("Number of elements of source < number of ones in mask")
    return "masked_scatter", mask, source


@both
def put(input: Tensor, index: Tensor, source: Tensor, accumulate: bool = False) -> tuple:
    """`source` in the places that `index` names in the flattened tensor."""
    return "put", index, source, accumulate


@both
def take(input: Tensor, index: Tensor) -> tuple:
    """The elements that `index` names in the flattened tensor."""
    picks, n = index._data, input._data.size
    if picks.size and not (-n <= picks.min() and picks.max() < n):
        raise IndexError(f"out of range: tried to access index {picks.max()} on a tensor of {n} elements.")
    return "take", index


def index_along(input: Tensor, indices: Tensor, dim: int | None = None) -> Tensor:
    """The elements that `indices` names along `dim` (by default in the flattened tensor), broadcast in other dimensions."""
    given: tuple[Any, Any] = (input, indices)
    x, i = given if dim is not None else (t.reshape(-1) for t in given)
    d = as_dim(dim or 0, x._data.ndim)
    shape = np.broadcast_shapes(*[tuple(1 if a == d else n for a, n in enumerate(t._data.shape)) for t in (x, i)])
    sizes = [tuple(t._data.shape[d] if a == d else n for a, n in enumerate(shape)) for t in (x, i)]
    return x.expand(sizes[0]).gather(d, i.expand(sizes[1]))


FORMS["take_along_dim"] = index_along
for _name in "take fmax fmin logaddexp logaddexp2 logcumsumexp entr ndtr xlog1py".split():
    del FORMS[f"{_name}_"]  # what PyTorch does not do in place
