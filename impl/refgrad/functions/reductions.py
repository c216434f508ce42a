"""Reductions: over everything, over one dimension, over several."""

from __future__ import annotations

import math
import warnings
from typing import Any, NamedTuple

from refgrad.functions.arguments import as_dim, as_dims, need_tensor, ops
from refgrad.functions.copies import in_dtype
from refgrad.tensor import Tensor


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
        name = type(self).__name__.removesuffix("_result")
        return f"torch.return_types.{name}(\nvalues={self[0]!r},\nindices={self[1]!r})"


class min_result(max_result):
    """What `min` along a dimension gives."""


UNSPECIFIED = "{}(): Expected reduction dim to be specified for input.numel() == 0."


def not_empty(name: str, input: Tensor, dims: Any) -> Any:
    """`dims` of `input`, by default all, over which there is a maximum: none of them has size 0."""
    shape = input._data.shape
    if dims is None and 0 in shape:
        raise RuntimeError(f"{UNSPECIFIED.format(name)} Specify the reduction dim with the 'dim' argument.")
    for d in dims or ():
        if shape and not shape[d]:
            raise IndexError(f"{name}(): Expected reduction dim {d} to have non-zero size.")
    return dims


def extremum(name: str, result: type) -> Any:
    def function(input: Tensor, dim: Any = None, keepdim: bool = False, *, other: Any = None, out: Any = None) -> Any:
        other = dim if isinstance(dim, Tensor) else other
        if other is not None:
            return getattr(ops, f"{name}imum")(input, other)
        if dim is None:
            not_empty(name, need_tensor(name, input), None)
            return getattr(ops, name)(input)
        dims = (as_dim(dim, need_tensor(name, input)._data.ndim),)
        return result(*getattr(ops, f"{name}_dim")(input, not_empty(name, input, dims), keepdim))

    function.__name__ = function.__qualname__ = name
    return function


max, min = extremum("max", max_result), extremum("min", min_result)


def shared_extremum(name: str) -> Any:
    def function(input: Tensor, dim: Any = (), keepdim: bool = False) -> Tensor:
        dims = as_dims(dim, need_tensor(name, input)._data.ndim)
        not_empty(name, input, dims if dim != () else None)
        return getattr(ops, name)(input, dims, keepdim)

    function.__name__ = function.__qualname__ = name
    return function


def index_of_extremum(name: str) -> Any:
    def function(input: Tensor, dim: int | None = None, keepdim: bool = False) -> Tensor:
        if dim is None and not need_tensor(name, input)._data.size:
            raise IndexError(UNSPECIFIED.format(name))
        chosen = None if dim is None else as_dim(dim, need_tensor(name, input)._data.ndim)
        not_empty(name, input, () if chosen is None else (chosen,))
        return getattr(ops, name)(input, chosen, keepdim)

    function.__name__ = function.__qualname__ = name
    return function


amax, amin = shared_extremum("amax"), shared_extremum("amin")
argmax, argmin = index_of_extremum("argmax"), index_of_extremum("argmin")


DEGREES = (
    "{}(): degrees of freedom is <= 0. Correction should be strictly less than the reduction factor (input numel "
    "divided by output numel)."
)


def spread(name: str) -> Any:
    def function(
        input: Tensor, dim: Any = None, unbiased: bool | None = None, keepdim: bool = False, *, correction: Any = None
    ) -> Tensor:
        if isinstance(dim, bool):
            dim, unbiased = None, dim
        if need_tensor(name, input)._data.dtype.kind not in "fc":
            raise RuntimeError("std and var only support floating point and complex dtypes")
        c = correction if correction is not None else 0 if unbiased is False else 1
        dims = as_dims(dim, input._data.ndim)
        if math.prod(input._data.shape[d] for d in dims) <= c:
            warnings.warn(DEGREES.format(name), UserWarning, stacklevel=2)
        return getattr(ops, name)(input, dims, c, keepdim)

    function.__name__ = function.__qualname__ = name
    return function


var, std, var_mean = spread("var"), spread("std"), spread("var_mean")


def cumsum(input: Tensor, dim: int, *, dtype: Any = None) -> Tensor:
    input = in_dtype(need_tensor("cumsum", input), dtype)
    return ops.cumsum(input, as_dim(dim, input._data.ndim))


def logsumexp(input: Tensor, dim: Any, keepdim: bool = False) -> Tensor:
    return ops.logsumexp(input, as_dims(dim, need_tensor("logsumexp", input)._data.ndim), keepdim)


def competition(name: str) -> Any:
    """`softmax` and `log_softmax`, of floating point numbers."""

    def function(input: Tensor, dim: int, dtype: Any = None) -> Tensor:
        input = in_dtype(need_tensor(name, input), dtype)
        d, ndim = as_dim(dim, input._data.ndim), input._data.ndim
        if input._data.dtype.kind not in "fc":
            kernel = f"{name}_lastdim_kernel_impl" if d == ndim - 1 else f"{name}_kernel_impl"
            raise NotImplementedError(f"\"{kernel}\" not implemented for '{input.dtype.tensor_type[6:-6]}'")
        return getattr(ops, name)(input, d)

    function.__name__ = function.__qualname__ = name
    return function


softmax, log_softmax = competition("softmax"), competition("log_softmax")


def boolean(name: str) -> Any:
    def function(input: Tensor, dim: Any = None, keepdim: bool = False) -> Tensor:
        return getattr(ops, name)(input, None if dim is None else as_dims(dim, input._data.ndim), keepdim)

    function.__name__ = function.__qualname__ = name
    return function


all, any = boolean("all"), boolean("any")


def norm(input: Tensor, p: Any = "fro", dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> Tensor:
    """The p-norm over `dim`, by default the Euclidean norm over everything."""
    if need_tensor("norm", input)._data.dtype.kind not in "fc":
        kind = input.dtype.tensor_type[6:-6]
        raise RuntimeError(f"linalg.vector_norm: Expected a floating point or complex tensor as input. Got {kind}")
    return ops.linalg_vector_norm(
        in_dtype(input, dtype), 2.0 if p in ("fro", None) else float(p), as_dims(dim, input._data.ndim), keepdim
    )
