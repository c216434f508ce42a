"""PyTorch's words for what goes wrong."""

from __future__ import annotations

import re
from typing import Any

import numpy as np

from refgrad import conjugation, dtypes
from refgrad.node import shape_text

RESIZED = (
    "An output with one or more elements was resized since it had shape {}, which does not match the required output shape "
    "{}. This behavior is deprecated, and in a future PyTorch release outputs will not be resized unless they have zero "
    "elements. You can explicitly reuse an out tensor t by resizing it, inplace, to zero elements with t.resize_(0)."
)
NEGATION = (
    "Negation, the `-` operator, on a bool tensor is not supported. If you are trying to invert a mask, use the `~` or "
    "`logical_not()` operator instead."
)
PUBLIC = {"pow_scalar": "pow", "pow_tensor": "pow", "sum_dim": "sum", "mean_dim": "mean"}


def type_name(value: Any) -> str:
    return type(value).__name__


def not_a_tensor(name: str, argument: str, position: int, value: Any) -> TypeError:
    function = PUBLIC.get(name, name)
    return TypeError(
        f"{function}(): argument '{argument}' (position {position}) must be Tensor, not {type_name(value)}"
    )


def number(value: Any) -> Any:
    """`value` as a Python number, or an array as it is; NotImplemented if it is none, as an operator's method gives back."""
    if isinstance(value, complex):
        conjugation.watch()
    if isinstance(value, (bool, int, float, complex)):
        return float(value) if isinstance(value, float) else value
    if isinstance(value, np.ndarray):
        return value
    return value.item() if isinstance(value, np.generic) else NotImplemented


def broadcast(a: tuple, b: tuple) -> RuntimeError:
    """Why shapes `a` and `b` can't be broadcast."""
    n = max(len(a), len(b))
    full_a, full_b = (1,) * (n - len(a)) + tuple(a), (1,) * (n - len(b)) + tuple(b)
    d = next(d for d in reversed(range(n)) if full_a[d] != full_b[d] and 1 not in (full_a[d], full_b[d]))
    return RuntimeError(
        f"The size of tensor a ({full_a[d]}) must match the size of tensor b ({full_b[d]}) at non-singleton dimension {d}"
    )


def first_clash(shapes: list) -> RuntimeError:
    """Why `shapes` can't be broadcast together, one after the other."""
    together = shapes[0]
    for shape in shapes[1:-1]:
        try:
            together = np.broadcast_shapes(together, shape)
        except ValueError:
            return broadcast(together, shape)
    return broadcast(together, shapes[-1])


def _mm(a: Any, b: Any, first: str = "mat1 and mat2") -> RuntimeError:
    return RuntimeError(
        f"{first} shapes cannot be multiplied ({a.shape[0]}x{a.shape[1]} and {b.shape[0]}x{b.shape[1]})"
    )


def _bmm(a: Any, b: Any) -> RuntimeError:
    want = (a.shape[0], a.shape[2])
    return RuntimeError(
        f"Expected size for first two dimensions of batch2 tensor to be: {shape_text(want)} but got: "
        f"{shape_text(b.shape[:2])}."
    )


def _mv(a: Any, v: Any) -> RuntimeError:
    return RuntimeError(f"size mismatch, got input ({a.shape[0]}), mat ({a.shape[0]}x{a.shape[1]}), vec ({v.shape[0]})")


def _dot(a: Any, b: Any) -> RuntimeError:
    return RuntimeError(
        "inconsistent tensor size, expected tensor "
        f"{shape_text(a.shape)} and src {shape_text(b.shape)} to have the same number of elements, but got {a.size} "
        f"and {b.size} elements respectively"
    )


def _cat(tensors: Any, dim: int) -> RuntimeError:
    (_, first), *others = [(i, t) for i, t in enumerate(tensors) if t.shape != (0,)]
    rest = first.shape[:dim] + first.shape[dim + 1 :]
    i, t = next((i, t) for i, t in others if t.ndim != first.ndim or t.shape[:dim] + t.shape[dim + 1 :] != rest)
    if t.ndim != first.ndim:
        return RuntimeError(f"Tensors must have same number of dimensions: got {first.ndim} and {t.ndim}")
    d = next(d for d in range(t.ndim) if d != dim and t.shape[d] != first.shape[d])
    return RuntimeError(
        f"Sizes of tensors must match except in dimension {dim}. Expected size {first.shape[d]} but got size {t.shape[d]} "
        f"for tensor number {i} in the list."
    )


def _stack(tensors: Any, dim: int) -> RuntimeError:
    first = tensors[0].shape
    i, other = next((i, t.shape) for i, t in enumerate(tensors) if t.shape != first)
    return RuntimeError(
        f"stack expects each tensor to be equal size, but got {shape_text(first)} at entry 0 and {shape_text(other)} at entry "
        f"{i}"
    )


def _expand(x: Any, shape: Any) -> RuntimeError:
    offset = len(shape) - x.ndim
    for d in reversed(range(x.ndim)):
        if x.shape[d] not in (1, shape[d + offset]):
            return RuntimeError(
                f"The expanded size of the tensor ({shape[d + offset]}) must match the existing size ({x.shape[d]}) at "
                f"non-singleton dimension {d + offset}.  Target sizes: {shape_text(shape)}.  Tensor sizes: "
                f"{shape_text(x.shape)}"
            )
    return RuntimeError(f"expand: cannot expand {shape_text(x.shape)} to {shape_text(shape)}")


def _addmm(c: Any, a: Any, b: Any, *scales: Any) -> RuntimeError:
    if a.shape[1] != b.shape[0]:
        return _mm(a, b)
    return _expand(c, (a.shape[0], b.shape[1]))


def _copy(data: Any, src: Any) -> RuntimeError:
    try:
        common = np.broadcast_shapes(data.shape, src.shape)
    except ValueError:
        return broadcast(data.shape, src.shape)
    return RuntimeError(
        f"output with shape {shape_text(data.shape)} doesn't match the broadcast shape {shape_text(common)}"
    )


EXPLAIN = {
    "copy": _copy,
    "mm": _mm,
    "bmm": _bmm,
    "mv": _mv,
    "dot": _dot,
    "cat": _cat,
    "stack": _stack,
    "expand": _expand,
    "addmm": _addmm,
    "addmm_scaled": _addmm,
}
REFUSED = {"sub": dtypes.SUBTRACTION[2], "neg": NEGATION}  # for booleans


LinAlgError = type("_LinAlgError", (RuntimeError,), {"__module__": "torch._C"})
SINGULAR: dict[str, Any] = {
    # operator: (why there is no result, whether that shows in the first k columns)
    "linalg_inv_ex": (
        (
            "linalg.inv: {}The diagonal element {} is zero, the inversion could not be completed because the input matrix "
            "is singular."
        ),
        lambda a, k: np.linalg.matrix_rank(a[:, :k]) < k,
    ),
    "linalg_solve_ex": (
        "torch.linalg.solve: {}The solver failed because the input matrix is singular.",
        lambda a, k: np.linalg.matrix_rank(a[:, :k]) < k,
    ),
    "linalg_cholesky_ex": (
        (
            "linalg.cholesky: {}The factorization could not be completed because the input is not positive-definite "
            "(the leading minor of order {} is not positive-definite)."
        ),
        lambda a, k: np.linalg.eigvalsh(a[:k, :k])[0] <= 0,
    ),
}  # fmt: skip


def singular(name: str, a: np.ndarray) -> RuntimeError:
    """Which of the matrices `a`, and where in it, kept the operator `name` from a result."""
    why, shows = SINGULAR[name]
    n = a.shape[-1]
    each = enumerate(a.reshape(-1, n, n))
    i, k = next(((i, k) for i, matrix in each for k in range(1, n + 1) if shows(matrix, k)), (0, n))
    return LinAlgError(why.format(f"(Batch element {i}): " if a.ndim > 2 else "", k))


def explain(name: str, error: Exception, *arrays: Any) -> Exception:
    """NumPy's `error` in `name`, as PyTorch would have put it."""
    if isinstance(error, TypeError):
        if name in REFUSED:
            return RuntimeError(REFUSED[name])
        if "ufunc" not in str(error) and "numpy" not in str(error):
            return error
        kind = dtypes.of_numpy(arrays[0].dtype).tensor_type[6:-6]
        return NotImplementedError(f"\"{name}_cpu\" not implemented for '{kind}'")
    if isinstance(error, np.linalg.LinAlgError) and name in SINGULAR:
        return singular(name, arrays[0])
    if name in EXPLAIN:
        return EXPLAIN[name](*arrays)
    shaped = [a for a in arrays if isinstance(a, (np.ndarray, np.generic))]
    if "broadcast" in str(error) and len(shaped) > 1:
        return first_clash([a.shape for a in shaped])
    return RuntimeError(re.sub(r"\s+", " ", str(error)))


def dimension(dim: int, ndim: int) -> IndexError:
    n = max(ndim, 1)
    return IndexError(f"Dimension out of range (expected to be in range of [{-n}, {n - 1}], but got {dim})")
