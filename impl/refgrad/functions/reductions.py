"""Reductions and choices by rank that are more than an operator of the table."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from refgrad import dtypes, errors, functions, messages
from refgrad.functions.arguments import (
    Asked,
    BoolOrNone,
    Cast,
    Dim,
    Dims,
    NumberOrNone,
    as_dim,
    as_dims,
    filled,
    into,
    length,
    ops,
)
from refgrad.functions.copies import to
from refgrad.functions.forms import Declared, result_type
from refgrad.tensor import Tensor, wrap

RESULTS = {name: result_type(name, "values indices") for name in "sort topk kthvalue max min".split()}
RESULTS["aminmax"] = result_type("aminmax", "min max")


def mean(input: Tensor, dim: Any = ..., keepdim: bool = False, *, dtype: Any = None) -> Tensor:
    """The mean of floating point or complex numbers: of all elements, or over `dim`."""
    if (input._data.dtype if dtype is None else dtype.numpy).kind not in "fc":
        raise messages.error("functions.mean_dtype", "Input" if dtype is None else "Optional", dtype or input)
    if dim is ... and not keepdim:
        return ops.mean(input, dtype=dtype)
    return ops.mean_dim(input, as_dims(None if dim is ... else dim, input._data.ndim), keepdim, dtype=dtype)


def nansum(input: Tensor, dim: Dims = None, keepdim: bool = False, *, dtype: Asked = None, out: Any = None) -> Tensor:
    """The sum of what is not nan."""
    functions.need_dtype("nansum", input)
    whole = input._data.dtype.kind in "biu"
    if dtype is not None and dtype.is_complex and not whole:
        raise messages.error("operators.kernel", "nansum_cpu", dtype)
    entry = ops.sum_dim if whole else ops.nansum
    made = entry(input, dim, keepdim, dtype=dtype)
    return made if out is None else into(out, made, "nansum")


def nanmean(input: Tensor, dim: Dims = None, keepdim: bool = False, *, dtype: Any = None) -> Tensor:
    """The mean of what is not nan."""
    messages.require(input._data.dtype.kind in "fc", "functions.nanmean_dtype", input)
    if dtype is not None:
        if not isinstance(dtype, dtypes.dtype):
            raise errors.argument("nanmean", "dtype", 0, dtype, "torch.dtype")
        messages.require(dtype.numpy.kind in "fc", "functions.nanmean_dtype", dtype)
    count = np.sum(input._data == input._data, axis=dim, keepdims=keepdim)
    return ops.div(ops.nansum(input, dim, keepdim, dtype=dtype), wrap(np.asarray(count)))


def _extremum(name: str) -> Any:
    def function(input: Tensor, dim: Any = ..., keepdim: bool = False, *, other: Any = None, out: Any = None) -> Any:
        other = dim if isinstance(dim, Tensor) else other
        if other is not None:
            return getattr(ops, f"{name}imum")(input, other)
        d = () if dim is ... else as_dim(dim, input._data.ndim, name, "dim", 2)
        filled(name, input, d)
        if dim is ...:
            return getattr(ops, name)(input)
        return RESULTS[name](*getattr(ops, f"{name}_dim")(input, (d,), keepdim))

    function.__doc__ = f"The {name}imum: of all elements, along `dim`, with where it is, or of two tensors."
    return function


def _index_of_extremum(name: str) -> Any:
    def function(input: Tensor, dim: int | None = None, keepdim: bool = False) -> Tensor:
        refused = {"b": "bool", "c": "complex"}.get(input._data.dtype.kind)
        messages.require(not refused, "functions.arg_dtype", name, refused)
        messages.require(dim is not None or input._data.size, "functions.empty_arg", name)
        chosen = None if dim is None else as_dim(dim, input._data.ndim)
        filled(name, input, () if chosen is None else chosen)
        return getattr(ops, name)(input, chosen, keepdim)

    function.__doc__ = f"Where the {name[3:]}imum is, in the flattened tensor or along `dim`; int64."
    return function


def _spread(name: str) -> Any:
    def function(
        input: Tensor, dim: Any = ..., unbiased: Any = ..., keepdim: bool = False, *, correction: NumberOrNone = None
    ) -> Tensor:
        fits = not isinstance(dim, bool) or unbiased is ...
        dim, unbiased = (..., dim) if isinstance(dim, bool) else (dim, unbiased)  # which may stand alone
        if unbiased is not ...:
            fits = fits and isinstance(unbiased, bool) and correction is None and not (dim is ... and keepdim)
        if not fits:
            raise errors.combination(name, input, dim, unbiased)
        messages.require(input._data.dtype.kind in "fc", "functions.spread_dtype")
        c = correction if correction is not None else 0 if unbiased is False else 1
        dim = None if dim is ... else dim
        dims = as_dims(dim, input._data.ndim)
        named = (
            dim if dim is None else () if dim in ((), []) else dims
        )  # both are all of them, and differ in their slope
        empty = 0 in [n for i, n in enumerate(input._data.shape) if i not in dims]
        if empty or math.prod(input._data.shape[d] for d in dims) <= c:
            messages.warn("functions.degrees", name)
        return getattr(ops, name)(input, named, c, keepdim)

    function.__doc__ = f"`{name}` over `dim`, with n - `correction` (1) degrees of freedom."
    return function


def _competition(name: str) -> Any:
    def function(input: Tensor, dim: Dim, dtype: Cast = None) -> Tensor:
        if not dtypes.is_float(input._data):
            last = "_lastdim" * (dim == input._data.ndim - 1)
            raise messages.error("functions.not_implemented", f"{name}{last}_kernel_impl", input)
        return getattr(ops, name)(input, dim)

    function.__doc__ = f"`{name}` along `dim`, of floating point numbers."
    return function


max, min = _extremum("max"), _extremum("min")
argmax, argmin = _index_of_extremum("argmax"), _index_of_extremum("argmin")
var, std, var_mean, std_mean = map(_spread, ("var", "std", "var_mean", "std_mean"))
softmax, log_softmax = _competition("softmax"), _competition("log_softmax")


def norm(input: Any, p: Any = "fro", dim: Dims = None, keepdim: bool = False, *, dtype: Any = None) -> Tensor:
    """The p-norm over `dim`, by default the Euclidean norm over everything."""
    messages.require(input._data.dtype.kind in "fc", "functions.norm_dtype", input)
    messages.require(dtype is None or dtype.numpy.kind in "fc", "functions.norm_asked", dtype)
    messages.require(not isinstance(p, str) or p in ("fro", "nuc"), "functions.norm_order", p)
    if p == "nuc":
        return nuclear_norm(input if dtype is None else to(input, dtype), dim, keepdim)
    return ops.linalg_vector_norm(input, 2.0 if p in ("fro", None) else float(p), dim, keepdim, dtype=dtype)


def nuclear_norm(input: Tensor, dim: Dims = None, keepdim: bool = False) -> Tensor:
    """The sum of the singular values of matrices, whose dimensions are `dim`."""
    messages.require_same(len(dim), 2, "linalg.norm_dims", " ".join(map(str, dim)))
    values = ops.linalg_svd(functions.movedim(input, dim, (-2, -1)), False)[1]
    result = ops.sum_dim(values, (values._data.ndim - 1,), False)
    return functions.movedim(result[..., None, None], (-2, -1), dim) if keepdim else result


def aminmax(input: Tensor, *, dim: int | None = None, keepdim: bool = False) -> Any:
    """The least and the greatest element, of all or along `dim`; among equals the gradient is shared."""
    shape = input._data.shape
    messages.require(dim is not None or 0 not in shape, "functions.aminmax")
    dims = tuple(range(len(shape))) if dim is None else (as_dim(dim, len(shape)),)
    messages.require(0 not in [shape[d] for d in dims if shape], "functions.aminmax_dim", *dims)
    return RESULTS["aminmax"](*ops.aminmax(input, dims if shape else (), keepdim))


def _in_order(input: Tensor, dim: Any = -1, descending: bool = False, stable: BoolOrNone = None) -> Any:
    entry = ops.sort if stable is None else ops.sort_stable
    return RESULTS["sort"](*entry(input, as_dim(dim, input._data.ndim), descending))


SORT, ARGSORT = (Declared(name, _in_order) for name in ("sort", "argsort"))


def sort(input: Any, *order: Any, **named: Any) -> Any:
    """The elements in order along `dim`, and where they were; equals keep their order, `stable` or not.

    `dim` and `descending` may stand in their places unless `stable` is given.
    """
    if order and ("stable" in named or len(order) > 2):
        raise errors.combination("sort", input, *order, **named)
    return SORT.recorded(input, *order, **named)


def argsort(input: Any, *order: Any, **named: Any) -> Tensor:
    """The indices that would sort along `dim`; the arguments are those of `sort`."""
    if (order and ("stable" in named or len(order) > 2)) or named.get("stable", ...) is None:
        raise errors.combination("argsort", input, *order, **named)
    return ARGSORT.recorded(input, *order, **named)[1]


def topk(input: Tensor, k: int, dim: Dim = -1, largest: bool = True, sorted: bool = True) -> Any:
    """The `k` greatest (or smallest) elements along `dim`, in order, and where they were."""
    messages.require(0 <= k <= length(input, dim), "functions.topk")
    return RESULTS["topk"](*ops.topk(input, k, dim, largest))


def kthvalue(input: Tensor, k: int, dim: Dim = -1, keepdim: bool = False) -> Any:
    """The `k`-th smallest element along `dim`, counted from 1, and where it was."""
    filled("kthvalue", input, dim)
    messages.require(1 <= k <= length(input, dim), "functions.kthvalue", dim)
    return RESULTS["kthvalue"](*ops.kthvalue(input, dim, keepdim, k))
