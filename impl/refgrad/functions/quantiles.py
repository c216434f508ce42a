"""Quantiles: sorted, and then read at, or between, places that are fractions of the way."""

from __future__ import annotations

from typing import Any

import numpy as np

from refgrad import functions, messages
from refgrad.functions.arguments import as_dim, as_number, ops
from refgrad.tensor import Tensor, wrap

# the place to read at, of one that lies between two
INTERPOLATION: dict[str, Any] = {
    "linear": np.floor, "lower": np.floor, "higher": np.ceil, "midpoint": np.floor, "nearest": np.rint
}  # fmt: skip


def _check(name: str, input: Tensor, q: Tensor, interpolation: str) -> None:
    data, fractions = input._data, q._data
    messages.require(data.size, "functions.quantile_empty", name)
    messages.require(fractions.ndim <= 1, "functions.quantile_ndim", name)
    messages.require(data.dtype in (np.float32, np.float64), "functions.quantile_dtype", name)
    messages.require(data.dtype == fractions.dtype, "functions.quantile_dtypes", name)
    messages.require(((fractions >= 0) & (fractions <= 1)).all(), "functions.quantile_range", name)
    messages.require(interpolation in INTERPOLATION, "functions.quantile_interpolation", name, interpolation)


def _quantiles(name: str, ignore_nan: bool) -> Any:
    def function(
        input: Tensor, q: Any, dim: Any = None, keepdim: bool = False, *, interpolation: str = "linear"
    ) -> Tensor:
        shape, whole = input._data.shape, dim is None or not input._data.ndim
        if not isinstance(q, Tensor):
            q = wrap(input._data.dtype.type(as_number(q, name, "q", 2, "float")))
        _check(name, input, q, interpolation)
        d = 0 if dim is None else as_dim(dim, len(shape), name, "dim", 3)
        x = functions.sort(functions.flatten(input) if whole else functions.movedim(input, d, -1), -1)[0]
        nan, last = np.isnan(x._data), x._data.shape[-1] - 1
        reach = np.maximum(last - nan.sum(-1, keepdims=True), 0) if ignore_nan else np.asarray(last)
        ranks = ops.mul(functions.reshape(q, -1), wrap(reach.astype(x._data.dtype)))
        if nan.any() and not ignore_nan:
            ranks = functions.where(wrap(nan.any(-1, keepdims=True)), last, ranks)

        def read(places: np.ndarray) -> Tensor:
            spread = np.broadcast_to(places, (*x._data.shape[:-1], q._data.size))
            return functions.gather(x, -1, wrap(spread.astype(np.int64)))

        below = INTERPOLATION[interpolation](ranks._data)
        values = read(below)
        if interpolation in ("linear", "midpoint"):
            weights = (
                wrap(np.full_like(ranks._data, 0.5)) if interpolation == "midpoint" else ops.sub(ranks, wrap(below))
            )
            values = functions.lerp(values, read(np.ceil(ranks._data)), weights)
        gone = range(len(shape)) if whole else (d,)
        left = [1 if i in gone else n for i, n in enumerate(shape) if keepdim or i not in gone]
        result = functions.reshape(functions.movedim(values, -1, 0), (q._data.size, *left))
        return result if q._data.ndim else functions.squeeze(result, 0)

    kind = "that are not nan" if ignore_nan else "(nan, where there is one)"
    function.__doc__ = f"""What a fraction `q` of the elements {kind} lie below: of all elements, or along `dim`.

    q: a number or a tensor with at most one dimension, whose size the result then has first.
    """
    return function


quantile, nanquantile = _quantiles("quantile", False), _quantiles("nanquantile", True)
