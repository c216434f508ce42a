"""Sorting and choosing by rank along a dimension: values, and where they were."""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable
from typing import Any

from refgrad.functions.arguments import as_dim, need_tensor, ops
from refgrad.functions.reductions import not_empty
from refgrad.tensor import Tensor


def result_type(name: str, fields: str = "values indices") -> Any:
    def text(self: Any) -> str:
        inner = ",\n".join(f"{field}={value!r}" for field, value in zip(self._fields, self, strict=True))
        return f"torch.return_types.{name}(\n{inner})"

    return type(name, (namedtuple(name, fields),), {"__repr__": text, "__slots__": ()})


RESULTS = {
    name: result_type(name) for name in "sort topk kthvalue median nanmedian mode cummax cummin".split()
} | {"aminmax": result_type("aminmax", "min max")}  # fmt: skip


def sort(input: Tensor, dim: Any = -1, descending: bool = False, *, stable: bool = False) -> Any:
    """The elements in order along `dim`, and where they were."""
    dim, descending = (-1, dim) if isinstance(dim, bool) else (dim, descending)
    return RESULTS["sort"](*ops.sort(input, as_dim(dim, need_tensor("sort", input)._data.ndim), descending))


def argsort(input: Tensor, dim: int = -1, descending: bool = False, *, stable: bool = False) -> Tensor:
    """The indices that would sort along `dim`."""
    return sort(input, dim, descending)[1]


def topk(input: Tensor, k: int, dim: int = -1, largest: bool = True, sorted: bool = True) -> Any:
    """The `k` greatest (or smallest) elements along `dim`, in order, and where they were."""
    d = as_dim(dim, need_tensor("topk", input)._data.ndim)
    if not 0 <= k <= (input._data.shape or (1,))[d]:
        raise RuntimeError("selected index k out of range")
    return RESULTS["topk"](*ops.topk(input, k, d, largest))


def kthvalue(input: Tensor, k: int, dim: int = -1, keepdim: bool = False) -> Any:
    """The `k`-th smallest element along `dim`, counted from 1, and where it was."""
    d = as_dim(dim, need_tensor("kthvalue", input)._data.ndim)
    if not 1 <= k <= (input._data.shape or (1,))[d]:
        raise RuntimeError("kthvalue(): selected number k out of range for dimension " + str(d))
    return RESULTS["kthvalue"](*ops.kthvalue(input, d, keepdim, k))


def mode(input: Tensor, dim: int = -1, keepdim: bool = False) -> Any:
    """The most frequent element along `dim`, the smallest of several, and where it was last."""
    return RESULTS["mode"](*ops.mode(input, as_dim(dim, need_tensor("mode", input)._data.ndim), keepdim))


def middle(name: str) -> Callable:
    def function(input: Tensor, dim: int | None = None, keepdim: bool = False) -> Any:
        if dim is None:
            return getattr(ops, name)(need_tensor(name, input))
        dims = not_empty(name, input, (as_dim(dim, input._data.ndim),))
        return RESULTS[name](*getattr(ops, f"{name}_dim")(input, dims[0], keepdim))

    function.__name__ = function.__qualname__ = name
    function.__doc__ = "The lower of the two elements in the middle: of all, or along `dim`, with where it was."
    return function


def running(name: str) -> Callable:
    def function(input: Tensor, dim: int) -> Any:
        return RESULTS[name](*getattr(ops, name)(input, as_dim(dim, need_tensor(name, input)._data.ndim)))

    function.__name__ = function.__qualname__ = name
    function.__doc__ = "The extremum up to each place along `dim`, and where it was."
    return function


def aminmax(input: Tensor, *, dim: int | None = None, keepdim: bool = False) -> Any:
    """The least and the greatest element, of all or along `dim`; among equals the gradient is shared."""
    ndim = need_tensor("aminmax", input)._data.ndim
    if dim is None and not input._data.size:
        raise RuntimeError(
            "aminmax(): cannot compute aminmax over an empty dimension as the operation has no identity."
        )
    dims = tuple(range(ndim)) if dim is None else (as_dim(dim, ndim),)
    if 0 in [input._data.shape[d] for d in dims if ndim]:
        raise IndexError(f"aminmax: Expected reduction dim {dims[0]} to have non-zero size.")
    return RESULTS["aminmax"](*ops.aminmax(input, dims if ndim else (), keepdim))


SORTING = {"sort": sort, "argsort": argsort, "topk": topk, "kthvalue": kthvalue, "mode": mode, "aminmax": aminmax}
SORTING |= {name: middle(name) for name in ("median", "nanmedian")}
SORTING |= {name: running(name) for name in ("cummax", "cummin")}
