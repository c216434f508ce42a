"""Quantiles: sorted, and then read at, or between, places that are fractions of the way."""

from __future__ import annotations

from typing import Any

import numpy as np

from refgrad import dtypes, functions, messages
from refgrad.functions.arguments import Word, as_dim, need_at_most, number_among, ops, same_dtype
from refgrad.tensor import Tensor, wrap

# the place to read at, of one that lies between two
PLACES = {"lower": "floor_", "higher": "ceil_", "nearest": "round_"}


def _check(name: str, input: Tensor, q: Tensor, interpolation: str) -> None:
    data, fractions = input._data, q._data
    messages.require(data.size, "functions.quantile_empty", name)
    need_at_most(q, 1, "functions.quantile_ndim", name)
    messages.require(data.dtype in (np.float32, np.float64), "functions.quantile_dtype", name)
    messages.require(same_dtype(input, q), "functions.quantile_dtypes", name)
    messages.require(((fractions >= 0) & (fractions <= 1)).all(), "functions.quantile_range", name)
    known = interpolation in ("linear", "midpoint", *PLACES)
    messages.require(known, "functions.quantile_interpolation", name, interpolation)


def _quantiles(name: str, ignore_nan: bool) -> Any:
    def function(
        input: Tensor, q: Any, dim: Any = None, keepdim: bool = False, *, interpolation: Word = "linear"
    ) -> Tensor:
        shape, whole = input._data.shape, dim is None or not input._data.ndim
        if not isinstance(q, Tensor):
            number = number_among(q, name, input, q)
            messages.require(0 <= number <= 1, "functions.quantile_number", number)
            q = wrap(input._data.dtype.type(number))
        _check(name, input, q, interpolation)
        if dim is None:
            x = functions.flatten(input)
        else:
            d = as_dim(dim, len(shape), name, "dim", 3)
            x = input if d == len(shape) - 1 else ops.transpose(ops.unsqueeze(input, len(shape)), d, len(shape))
        gone = range(len(shape)) if whole else (d,)
        left = [1 if i in gone else n for i, n in enumerate(shape) if keepdim or i not in gone]
        x = functions.sort(x)[0]
        x = functions.view(x, (*left, x._data.shape[-1]))
        nan, last = np.isnan(x._data), x._data.shape[-1] - 1
        if ignore_nan:
            ranks = ops.mul(q, wrap((last - nan.sum(-1, keepdims=True)).astype(x._data.dtype)))
            ranks = ranks.masked_fill_(ranks < 0, 0)
        else:
            ranks, bad = functions.broadcast_tensors(ops.mul_scalar(q, last), wrap(nan.any(-1, keepdims=True)))
            ranks = ops.masked_fill(ranks, bad, last)
        if interpolation in PLACES:
            getattr(ranks, PLACES[interpolation])()
        below = ranks.to(dtypes.int64)
        values = functions.gather(x, -1, below)
        if interpolation in ("linear", "midpoint"):
            middle = interpolation == "midpoint"
            weights = wrap(np.full_like(ranks._data, 0.5)) if middle else ops.sub(ranks, below)
            values.lerp_(functions.gather(x, -1, ranks.ceil_().to(dtypes.int64)), weights)
        if q._data.ndim:
            values.unsqueeze_(0).transpose_(0, -1)
        return values.squeeze_(-1)

    kind = "that are not nan" if ignore_nan else "(nan, where there is one)"
    function.__doc__ = f"""What a fraction `q` of the elements {kind} lie below: of all elements, or along `dim`.

    q: a number or a tensor with at most one dimension, whose size the result then has first.
    """
    return function


quantile, nanquantile = _quantiles("quantile", False), _quantiles("nanquantile", True)
