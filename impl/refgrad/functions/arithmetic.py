"""Arithmetic whose operands may be tensors or numbers."""

from __future__ import annotations

from typing import Any

import numpy as np

from refgrad import dtypes, errors
from refgrad.derivatives import TABLE
from refgrad.functions.arguments import into, need_tensor, ops
from refgrad.functions.copies import to
from refgrad.tensor import Tensor, wrap
from refgrad.views import change


def operand(name: str, result: Any, other: Any, position: int = 2) -> Any:
    if result is NotImplemented:
        raise errors.not_a_tensor(name, "other", position, other)
    return result


NEED_TENSORS = {"maximum", "minimum", "atan2", "logical_and", "logical_or", "logical_xor"}
POW = (
    "pow() received an invalid combination of arguments - got ({}, {}), but expected one of:\n"
    " * (Tensor input, Tensor exponent, *, Tensor out = None)\n * (Number self, Tensor exponent, *, Tensor out = None)\n"
    " * (Tensor input, Number exponent, *, Tensor out = None)\n"
)


def binary(name: str) -> Any:
    """The function of the operator `name` of two operands, of which the second may be a number."""
    entry = TABLE[name]
    both = TABLE.get(f"{name}_tensor", entry)

    def function(input: Tensor, other: Any, *, out: Any = None) -> Tensor:
        if name in NEED_TENSORS:
            need_tensor(name, other, "other", 2)
        chosen = both if isinstance(other, Tensor) else entry
        return operand(name, chosen.recorded(as_operand(input), other, out=out), other)

    function.__name__ = function.__qualname__ = name
    return function


def as_operand(value: Any) -> Any:
    """A number in the place of the first tensor, as the tensor that it stands for."""
    return (
        wrap(np.asarray(value, dtypes.result_dtype((value,)))[()]) if isinstance(value, (bool, int, float)) else value
    )


def scaled(name: str) -> tuple:
    """The function of the operator `name` whose second operand is multiplied by `alpha`, and its in-place form."""
    plain, with_alpha = TABLE[name], TABLE[f"{name}_scaled"]

    def function(input: Tensor, other: Any, *, alpha: Any = 1, out: Any = None) -> Tensor:
        input = as_operand(input)
        if alpha == 1:
            return operand(name, plain.recorded(input, other, out=out), other)
        return with_alpha.recorded(*scaled_by(need_tensor(name, input), other, alpha), out=out)

    def in_place(self: Tensor, other: Any, *, alpha: Any = 1) -> Tensor:
        if alpha != 1:
            return change(self, with_alpha, *scaled_by(self, other, alpha)[1:])
        return operand(f"{name}_", change(self, plain, other), other, 1)

    function.__name__ = function.__qualname__ = name
    in_place.__name__ = in_place.__qualname__ = f"{name}_"
    return function, in_place


def scaled_by(input: Tensor, other: Any, alpha: Any) -> tuple:
    other = other if isinstance(other, Tensor) else wrap(number_like(other, input))
    if isinstance(alpha, float) and dtypes.result_dtype((input._data, other._data)).kind in "biu":
        raise RuntimeError("For integral input tensors, argument alpha must not be a floating point number.")
    return input, other, alpha


(add, add_), (sub, sub_) = scaled("add"), scaled("sub")


def rsub(input: Tensor, other: Any, *, alpha: Any = 1) -> Tensor:
    return sub(other, input, alpha=alpha) if alpha != 1 or isinstance(other, Tensor) else ops.rsub(input, other)


def div(input: Tensor, other: Any, *, rounding_mode: str | None = None, out: Any = None) -> Tensor:
    if rounding_mode is None:
        result = operand("div", ops.div(input, other), other)
    else:
        if rounding_mode not in ("floor", "trunc"):
            raise RuntimeError(
                f"div expected rounding_mode to be one of None, 'trunc', or 'floor' but found '{rounding_mode}'"
            )
        result = ops.div_rounded(input, other, np.floor if rounding_mode == "floor" else np.trunc)
        kinds = input._data.dtype.kind + (
            other._data.dtype.kind if isinstance(other, Tensor) else "f" if isinstance(other, float) else "i"
        )
        result = result if "f" in kinds else to(result, input.dtype)
    return result if out is None else into(out, result, "div")


def rdiv(input: Tensor, other: Any) -> Tensor:
    return ops.mul(ops.reciprocal(input), other)


def floor_divide(input: Any, other: Any) -> Tensor:
    if not isinstance(input, Tensor):
        input = wrap(np.asarray(input, other._data.dtype)[()])
    return operand("floor_divide", ops.floor_divide(input, other), other)


def rfloordiv(input: Tensor, other: Any) -> Tensor:
    return floor_divide(other, input)


def rremainder(input: Tensor, other: Any) -> Tensor:
    return ops.remainder_tensor(wrap(np.asarray(other, input._data.dtype)[()]), input)


def modulo(input: Tensor, other: Any) -> Any:
    return ops.remainder_tensor(input, other) if isinstance(other, Tensor) else ops.remainder(input, other)


def pow(input: Any, exponent: Any, *, out: Any = None) -> Tensor:
    """`input ** exponent`, where either may be a number."""
    if not isinstance(exponent, Tensor):
        if not isinstance(input, Tensor):
            raise TypeError(POW.format(errors.type_name(input), errors.type_name(exponent)))
        result = ops.pow(input, exponent)
    elif not isinstance(input, Tensor):
        if isinstance(input, float) and exponent._data.dtype.kind in "biu":
            exponent = to(exponent, dtypes.get_default_dtype())
        result = ops.pow_scalar(input, exponent)
    else:
        result = ops.pow_tensor(input, exponent)
    return result if result is NotImplemented or out is None else into(out, result, "pow")


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
            "where expected condition to be a boolean tensor, but got a tensor with dtype "
            f"{condition.dtype.tensor_type[6:-6]}"
        )
    first = input if isinstance(input, Tensor) else wrap(number_like(input, other))
    second = other if isinstance(other, Tensor) else number_like(other, input)
    return ops.where(condition, first, second)


def result_type(tensor1: Any, tensor2: Any) -> dtypes.dtype:
    """The dtype of a result of these tensors or numbers."""
    values = [v._data if isinstance(v, Tensor) else v for v in (tensor1, tensor2)]
    return dtypes.of_numpy(dtypes.result_dtype(tuple(values)))


def number_like(value: Any, beside: Any) -> Any:
    """A Python number as the 0-d array that it stands for beside `beside`."""
    return np.asarray(value, dtypes.result_dtype((value, beside._data if isinstance(beside, Tensor) else beside)))[()]
