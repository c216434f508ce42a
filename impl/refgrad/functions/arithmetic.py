"""Arithmetic whose operands may be tensors or numbers."""

from __future__ import annotations

from typing import Any

import numpy as np

from refgrad import dtypes, errors, messages
from refgrad.derivatives import TABLE
from refgrad.functions import products
from refgrad.functions.arguments import Operation, as_operand, into, need_tensor, number_like, ops
from refgrad.functions.copies import to
from refgrad.tensor import Tensor, wrap
from refgrad.views import change


def _operand(name: str, result: Any, other: Any, position: int = 2) -> Any:
    if result is NotImplemented:
        raise errors.argument(name, "other", position, other)
    return result


def _scaled(name: str) -> tuple:
    """The function of the operator `name` whose second operand is multiplied by `alpha`, and its in-place form."""
    plain, with_alpha = TABLE[name], TABLE[f"{name}_scaled"]

    def function(input: Any, other: Any, *, alpha: Any = 1, out: Any = None) -> Tensor:
        input = as_operand(input)
        if alpha == 1:
            return _operand(name, plain.recorded(input, other, out=out), other)
        return with_alpha.recorded(*_scaled_by(need_tensor(name, input), other, alpha), out=out)

    def in_place(self: Tensor, other: Any, *, alpha: Any = 1) -> Tensor:
        if alpha != 1:
            return change(self, with_alpha, *_scaled_by(self, other, alpha)[1:])
        return _operand(f"{name}_", change(self, plain, other), other, 1)

    function.__name__, in_place.__name__ = name, f"{name}_"
    return function, in_place


def _scaled_by(input: Tensor, other: Any, alpha: Any) -> tuple:
    other = other if isinstance(other, Tensor) else wrap(number_like(other, input))
    integers = dtypes.result_dtype((input._data, other._data)).kind in "biu"
    messages.require(not (integers and isinstance(alpha, float)), "functions.integer_alpha")
    return input, other, alpha


(add, add_), (sub, sub_) = _scaled("add"), _scaled("sub")


def rsub(input: Tensor, other: Any, *, alpha: Any = 1) -> Tensor:
    """other - alpha * input."""
    return sub(other, input, alpha=alpha) if alpha != 1 or isinstance(other, Tensor) else ops.rsub(input, other)


def div(input: Tensor, other: Any, *, rounding_mode: str | None = None, out: Any = None) -> Tensor:
    """The quotient; rounded towards zero with rounding_mode="trunc", down with "floor"."""
    if rounding_mode is None:
        result = _operand("div", ops.div(input, other), other)
    else:
        messages.require(rounding_mode in ("floor", "trunc"), "functions.rounding_mode", rounding_mode)
        result = ops.div_rounded(input, other, np.floor if rounding_mode == "floor" else np.trunc)
        kind = other._data.dtype.kind if isinstance(other, Tensor) else "f" if isinstance(other, float) else "i"
        result = result if "f" in input._data.dtype.kind + kind else to(result, input.dtype)
    return result if out is None else into(out, result, "div")


def div_(self: Any, other: Any) -> Tensor:
    """`div`, in place."""
    return _operand("div_", change(self, TABLE["div"], other), other, 1)


def floor_divide(input: Any, other: Any) -> Tensor:
    """The quotient, rounded down."""
    input = input if isinstance(input, Tensor) else wrap(np.asarray(input, other._data.dtype)[()])
    return _operand("floor_divide", ops.floor_divide(input, other), other)


def pow(input: Any, exponent: Any, *, out: Any = None) -> Tensor:
    """`input ** exponent`, where either may be a number."""
    if not isinstance(exponent, Tensor):
        if not isinstance(input, Tensor):
            raise messages.error("functions.pow", input, exponent)
        result = ops.pow(input, exponent)
    elif not isinstance(input, Tensor):
        if isinstance(input, float) and exponent._data.dtype.kind in "biu":
            exponent = to(exponent, dtypes.get_default_dtype())
        result = ops.pow_scalar(input, exponent)
    else:
        result = ops.pow_tensor(input, exponent)
    return result if result is NotImplemented or out is None else into(out, result, "pow")


def pow_(self: Tensor, exponent: Any) -> Tensor:
    return change(self, TABLE["pow_tensor" if isinstance(exponent, Tensor) else "pow"], exponent)


def square(input: Tensor) -> Tensor:
    """input ** 2."""
    return ops.pow(input, 2)


def float_power(input: Any, exponent: Any) -> Tensor:
    """`input ** exponent` in double precision."""
    return pow(*(to(v, dtypes.float64) if isinstance(v, Tensor) else float(v) for v in (input, exponent)))


def ldexp(input: Tensor, other: Tensor) -> Tensor:
    """input * 2 ** other."""
    return ops.mul(input, pow(2.0, other))


def clamp(input: Tensor, min: Any = None, max: Any = None) -> Operation:
    """The elements, but not less than `min` nor greater than `max` (numbers or tensors)."""
    messages.require(min is not None or max is not None, "functions.clamp")
    return "clamp_tensor" if isinstance(min, Tensor) or isinstance(max, Tensor) else "clamp", min, max


def addmm(input: Tensor, mat1: Tensor, mat2: Tensor, *, beta: Any = 1, alpha: Any = 1) -> Operation:
    """beta * input + alpha * (mat1 @ mat2)."""
    same = input._data.dtype == mat1._data.dtype == mat2._data.dtype
    messages.require(same, "functions.addmm_dtypes", input, mat2)
    return ("addmm", mat1, mat2) if beta == 1 and alpha == 1 else ("addmm_scaled", mat1, mat2, beta, alpha)


def where(condition: Tensor, input: Any = None, other: Any = None) -> Any:
    """`input` where `condition` is true, else `other`; of a condition alone, the indices of what is true."""
    if input is None and other is None:
        return tuple(wrap(i) for i in np.nonzero(condition._data))
    messages.require(condition._data.dtype.kind == "b", "functions.where", condition)
    first = input if isinstance(input, Tensor) else wrap(number_like(input, other))
    return ops.where(condition, first, other if isinstance(other, Tensor) else number_like(other, input))


def result_type(tensor1: Any, tensor2: Any) -> dtypes.dtype:
    """The dtype of a result of these tensors or numbers."""
    values = [v._data if isinstance(v, Tensor) else v for v in (tensor1, tensor2)]
    return dtypes.of_numpy(dtypes.result_dtype(tuple(values)))


# what Python's operators call


def _rdiv(input: Tensor, other: Any) -> Tensor:
    return ops.mul(ops.reciprocal(input), other)


def _rremainder(input: Tensor, other: Any) -> Tensor:
    return ops.remainder_tensor(wrap(np.asarray(other, input._data.dtype)[()]), input)


def _modulo(input: Tensor, other: Any) -> Any:
    return ops.remainder_tensor(input, other) if isinstance(other, Tensor) else ops.remainder(input, other)


def _rpow(input: Tensor, other: Any) -> Tensor:
    return pow(other, input) if isinstance(other, (int, float, complex)) else NotImplemented


def _matmul(input: Tensor, other: Any) -> Any:
    return products.matmul(input, other) if isinstance(other, Tensor) else NotImplemented


OPERATORS = {
    "__mod__": _modulo, "__rmod__": _rremainder, "__pow__": pow, "__rpow__": _rpow, "__ipow__": pow_, "__rtruediv__": _rdiv,
    "__matmul__": _matmul, "__floordiv__": floor_divide, "__rfloordiv__": lambda self, other: floor_divide(other, self),
}  # fmt: skip
