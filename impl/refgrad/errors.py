"""What is wrong with an operator's inputs, found out after NumPy has refused them, in PyTorch's words."""

from __future__ import annotations

import re
from functools import partial
from typing import Any

import numpy as np

from refgrad import conjugation, dtypes, messages
from refgrad.derivatives import TABLE, kernels
from refgrad.derivatives.table import whole
from refgrad.modes import modes

PUBLIC = {"pow_scalar": "pow", "pow_tensor": "pow", "sum_dim": "sum", "mean_dim": "mean"}
LinAlgError: Any = type("_LinAlgError", (RuntimeError,), {"__module__": "torch._C"})


def argument(name: str, argument: str, position: int, value: Any, wanted: str = "Tensor") -> Exception:
    """Why `value` cannot be the `argument` of the function `name`, at `position` (0: by keyword alone)."""
    at = f" (position {position})" if position else ""
    return messages.error(
        "operators.argument", PUBLIC.get(name, name.removesuffix("_scaled")), argument, at, wanted, value
    )


def combination(name: str, *given: Any, **named: Any) -> Exception:
    """Why none of the signatures of the function `name` takes the arguments that were `given`, and those `named`."""
    kinds = [type(a).__name__ for a in given] + [f"{key}={type(a).__name__}" for key, a in named.items()]
    return messages.error("functions.combination", name, ", ".join(kinds))


def in_place_dtype(name: str, dtype: Any, x: Any) -> Exception:
    return messages.error("operators.in_place_dtype", name, dtype, x)


def followed(asked: Any, edge: Any) -> Any:
    """The edge along which there is a gradient of the array that was `asked` for; RuntimeError where there can be none."""
    if asked.dtype.kind in "fc":
        return edge
    messages.require(edge is None or not modes.grad, "operators.autograd_dtype", asked)
    return None


def dimension(dim: int, ndim: int) -> Exception:
    return messages.error("operators.dimension", -max(ndim, 1), max(ndim, 1) - 1, dim)


def number(value: Any) -> Any:
    """`value` as a Python number, or an array as it is; NotImplemented if it is none, as an operator's method gives back."""
    if isinstance(value, complex):
        conjugation.watch()
    if isinstance(value, float):
        return float(value)
    if isinstance(value, (int, complex, np.ndarray)):
        return value
    return value.item() if isinstance(value, np.generic) else NotImplemented


def is_number(value: Any) -> bool:
    return number(value) is not NotImplemented


def broadcast(a: tuple, b: tuple) -> Exception:
    """Why shapes `a` and `b` can't be broadcast."""
    from_behind = enumerate(zip(reversed(a), reversed(b), strict=False), 1)
    p, q, d = next((p, q, d) for d, (p, q) in from_behind if p != q and 1 not in (p, q))
    return messages.error("operators.broadcast", p, q, max(len(a), len(b)) - d)


def clash(shapes: list) -> bool:
    """Whether `shapes` can't be broadcast together."""
    try:
        return np.broadcast_shapes(*shapes) is None
    except ValueError:
        return True


def first_clash(shapes: list) -> Exception:
    """Why `shapes` can't be broadcast together, one after the other."""
    together, others = (), iter(shapes)
    shape = next(others)
    while not clash([together, shape]):
        together, shape = np.broadcast_shapes(together, shape), next(others)
    return broadcast(together, shape)


def _cat(tensors: Any, dim: int) -> Any:
    (_, first), *others = [(i, t) for i, t in enumerate(tensors) if t.shape != (0,)]
    for i, t in others:
        if t.ndim != first.ndim:
            return messages.error("operators.cat_dims", first.ndim, t.ndim)
        for d, (want, have) in enumerate(zip(first.shape, t.shape)):
            if d != dim and have != want:
                return messages.error("operators.cat", dim, want, have, i)
    return None


def _stack(tensors: Any, dim: int) -> Exception:
    i = next(i for i, t in enumerate(tensors) if t.shape != tensors[0].shape)
    return messages.error("operators.stack", tensors[0], tensors[i], i)


def _expand(x: Any, shape: Any) -> Exception:
    offset = len(shape) - x.ndim
    if offset < 0:
        return messages.error("operators.expand_lead", x, shape)
    for d in reversed(range(x.ndim)):
        if x.shape[d] not in (1, shape[d + offset]):
            return messages.error("operators.expand", shape[d + offset], x.shape[d], d + offset, shape, x)
    return messages.error("operators.expand_lead", x, shape)


def _not_added(c: Any, shape: tuple) -> Exception:
    """Why `c` is not expanded to the `shape` of the product that it is added to."""
    if c.ndim > len(shape):
        kind = dtypes.of_numpy(c.dtype).tensor_type
        return messages.error("functions.expand_few", kind, c, shape, len(shape), c.ndim)
    return _expand(c, shape)


def _addmm(c: Any, a: Any, b: Any, *scales: Any) -> Exception:
    shape = a.shape[0], b.shape[1]
    if a.shape[1] != b.shape[0]:
        return messages.error("operators.mm", a, b)
    return _not_added(c, shape)


def _copy(data: Any, src: Any) -> Exception:
    try:
        return messages.error("operators.output_shape", data, np.broadcast_shapes(data.shape, src.shape))
    except ValueError:
        return broadcast(data.shape, src.shape)


def _mask(data: Any, mask: Any, *rest: Any) -> Exception:
    return broadcast(mask.shape, data.shape)


def _added(product: Any) -> Any:
    """Why what is added is not expanded to the shape that a product of arrays of two shapes has."""
    return lambda self, first, second, *scales: _not_added(self, product(first.shape, second.shape))


# operator: what says, of its inputs, why they do not fit
EXPLAIN: dict[str, Any] = {
    "copy": _copy, "cat": _cat, "stack": _stack, "expand": _expand, "addmm": _addmm, "addmm_scaled": _addmm,
    "mm": partial(messages.error, "operators.mm"), "bmm": partial(messages.error, "operators.bmm"),
    "mv": partial(messages.error, "operators.mv"), "dot": partial(messages.error, "operators.dot"),
    "vdot": partial(messages.error, "operators.dot"), "masked_select": _mask,
    "addr": _added(lambda a, b: (*a, *b)), "baddbmm": _added(lambda a, b: (*a[:2], b[2])),
}  # fmt: skip
REFUSED = {"sub": "dtypes.sub_bools", "neg": "operators.neg_bool"}  # for booleans


def _dependent(a: np.ndarray, k: int) -> Any:
    return np.linalg.matrix_rank(a[:, :k]) < k


def _not_positive(a: np.ndarray, k: int) -> Any:
    return np.linalg.eigvalsh(a[:k, :k])[0] <= 0


# operator: why there is no result, and whether that shows in the first k columns
SINGULAR: dict[str, Any] = {
    "linalg_inv_ex": ("operators.inv", _dependent),
    "linalg_solve_ex": ("operators.solve", _dependent),
    "linalg_cholesky_ex": ("operators.cholesky", _not_positive),
    "cholesky_inverse": ("operators.cholesky_inverse", lambda a, k: not a.diagonal()[:k].all()),
}


def singular(name: str, a: np.ndarray) -> Exception:
    """Which of the matrices `a`, and where in it, kept the operator `name` from a result."""
    key, shows = SINGULAR[name]
    *batch, _, n = a.shape
    each = enumerate(a[where] for where in np.ndindex(*batch))
    i, k = next(((i, k) for i, matrix in each for k in range(1, n + 1) if shows(matrix, k)), (0, n))
    return LinAlgError(messages.text(key, f"(Batch element {i}): " if batch else "", k))


FITTING = (
    "clamp",
    "fill",
    "where",
    "masked_fill",
    "index_fill",
    "threshold",
    "scatter_value",
)  # which numbers have to fit


def cut(name: str, *arrays: Any) -> list:
    """The inputs, with numbers that are no elements of the first array's whole dtype cut down to its bits, or refused."""
    dtype = next((a.dtype for a in arrays if isinstance(a, np.generic | np.ndarray) and a.dtype.kind in "iu"), None)
    if dtype is None:
        raise  # noqa: PLE0704 (the error that is being handled where this is called)
    into = whole if name.startswith(FITTING) else _lowest_bits
    return [into(a, dtype) if a.__class__ is int else a for a in arrays]


def _lowest_bits(n: int, dtype: Any) -> Any:
    """What `dtype` has room for of a number of 64 bits."""
    if not -(2**63) <= n < 2**64:
        raise OverflowError("int too big to convert")
    return np.array(n % 2**64, np.uint64).astype(dtype)[()]


def explain(name: str, error: Exception, *arrays: Any) -> Exception:
    """NumPy's `error` in `name`, as PyTorch would have put it."""
    shaped = [a.shape for a in arrays if isinstance(a, (np.ndarray, np.generic))]
    if isinstance(error, TypeError):
        for position, (p, a) in enumerate(zip(TABLE[name].parameters, arrays, strict=False), 1):
            if isinstance(a, (str, bytes)):
                return argument(name, p, position, a, "Number")
        if name in REFUSED:
            return messages.error(REFUSED[name])
        of_numpy = "ufunc" in str(error) or "numpy" in str(error)
        if of_numpy and clash(shaped):
            return first_clash(shaped)
        *_, words = next(iter(kernels.REFUSED.get(name, ())), (f"{name}_cpu",))
        return kernels.because(name, words, arrays[0]) if of_numpy else error
    if isinstance(error, np.linalg.LinAlgError):
        return singular(name, arrays[0]) if name in SINGULAR else LinAlgError(str(error))
    if name in EXPLAIN:
        return EXPLAIN[name](*arrays)
    if "broadcast" in str(error) and clash(shaped):
        return first_clash(shaped)
    return RuntimeError(re.sub(r"\s+", " ", str(error)))
