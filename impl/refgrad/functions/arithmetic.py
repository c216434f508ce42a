"""Arithmetic whose operands may be tensors or numbers."""

from __future__ import annotations

from typing import Any

import numpy as np

from refgrad import dtypes, errors, functions, messages
from refgrad.derivatives import TABLE
from refgrad.errors import number
from refgrad.functions import products
from refgrad.functions.arguments import Operand, Operation, as_int, as_number, as_operand, need_tensor, number_like, ops
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
        input = as_operand(input, other)
        if alpha == 1:
            return _operand(name, plain.recorded(input, other, out=out), other)
        return with_alpha.recorded(*_scaled_by(name, need_tensor(name, input), other, alpha), out=out)

    def in_place(self: Tensor, other: Any, *, alpha: Any = 1) -> Tensor:
        if alpha != 1:
            return change(self, with_alpha, *_scaled_by(f"{name}_", self, other, alpha)[1:])
        return _operand(f"{name}_", change(self, plain, other), other, 1)

    function.__name__, in_place.__name__ = name, f"{name}_"
    return function, in_place


def _scaled_by(name: str, input: Tensor, other: Any, alpha: Any) -> tuple:
    if not isinstance(other, Tensor) and number(other) is NotImplemented:
        raise errors.argument(name, "other", 1 + (not name.endswith("_")), other)
    other = other if isinstance(other, Tensor) else wrap(number_like(other, input))
    integers = dtypes.result_dtype((input._data, other._data)).kind in "biu"
    messages.require(not (integers and isinstance(alpha, float)), "functions.integer_alpha")
    return input, other, alpha


(add, add_), (sub, sub_) = _scaled("add"), _scaled("sub")


def rsub(input: Tensor, other: Any, *, alpha: Any = 1) -> Any:
    """other - alpha * input."""
    name = "rsub_tensor" if isinstance(other, Tensor) else "rsub"
    if alpha != 1:
        integers = dtypes.result_dtype((input._data, getattr(other, "_data", other))).kind in "biu"
        messages.require(not (integers and isinstance(alpha, float)), "functions.integer_alpha")
        return _operand("rsub", TABLE[f"{name}_scaled"].recorded(input, other, alpha), other)
    return _operand("rsub", TABLE[name].recorded(input, other), other)


def round(input: Tensor, *, decimals: Any = None) -> Operation:
    """To the nearest whole number, of two to the even one; or to so many decimals."""
    return ("round",) if decimals is None else ("round_decimals", as_int(decimals, "round", "decimals", 0))


def div(input: Operand, other: Any, *, rounding_mode: str | None = None) -> Operation:
    """The quotient; rounded towards zero with rounding_mode="trunc", down with "floor"."""
    messages.require(rounding_mode in (None, "floor", "trunc"), "functions.rounding_mode", rounding_mode)
    return f"div_{rounding_mode}" if rounding_mode else "div", other


def floor_divide(input: Operand, other: Any) -> Operation:
    """The quotient, rounded down."""
    return "floor_divide", other


def pow(input: Any, exponent: Any) -> Operation:
    """`input ** exponent`, where either may be a number."""
    if isinstance(input, Tensor):
        return "pow_tensor" if isinstance(exponent, Tensor) else "pow", exponent
    if not isinstance(exponent, Tensor) or number(input) is NotImplemented:
        raise messages.error("functions.pow", input, exponent)
    if isinstance(input, float) and exponent._data.dtype.kind in "biu":
        exponent = to(exponent, dtypes.get_default_dtype())
    return "pow_scalar", exponent


def square(input: Tensor) -> Operation:
    """input ** 2."""
    return "pow", 2


def _double(name: str, value: Any, position: int) -> Any:
    return (
        to(value, dtypes.float64) if isinstance(value, Tensor) else float(as_number(value, name, "exponent", position))
    )


def float_power(input: Any, exponent: Any) -> Tensor:
    """`input ** exponent` in double precision."""
    return functions.pow(_double("float_power", input, 1), _double("float_power", exponent, 2))


def float_power_(self: Tensor, exponent: Any) -> Tensor:
    """`float_power`, in place, of a tensor that is of double precision already."""
    messages.require(self._data.dtype == np.float64, "functions.float_power", self)
    return self.pow_(_double("float_power_", exponent, 1))


def lerp(input: Tensor, end: Tensor, weight: Any) -> Operation:
    """input + weight * (end - input)."""
    weighted = isinstance(weight, Tensor)
    for name, value in (("end", end), ("weight", weight if weighted else end)):
        same = input._data.dtype == value._data.dtype
        messages.require(same, "functions.lerp_dtype", input, value, name=name)
    return "lerp_tensor" if weighted else "lerp", end, weight


def isclose(input: Tensor, other: Tensor, rtol: float = 1e-05, atol: float = 1e-08, equal_nan: bool = False) -> Tensor:
    """Where |input - other| <= atol + rtol * |other|."""
    result = ops.isclose(input, need_tensor("isclose", other, "other", 2), rtol, atol, equal_nan)
    for _ in range((equal_nan and input._data.dtype.kind in "fc") + bool(rtol or atol)):
        result._bump()  # PyTorch takes steps, in place
    return result


def polygamma(n: int, input: Tensor) -> Tensor:
    """The `n`-th derivative of digamma."""
    return ops.polygamma(input, n)


def clamp(input: Tensor, min: Any = None, max: Any = None) -> Operation:
    """The elements, but not less than `min` nor greater than `max` (both numbers, or both tensors)."""
    bounds = [bound for bound in (min, max) if bound is not None]
    messages.require(bounds, "functions.clamp")
    tensors = sum(isinstance(bound, Tensor) for bound in bounds)
    messages.require(tensors in (0, len(bounds)), "functions.combination", "clamp", input, min, max)
    return "clamp_tensor" if tensors else "clamp", min, max


def addmm(input: Tensor, mat1: Tensor, mat2: Tensor, *, beta: Any = 1, alpha: Any = 1) -> Operation:
    """beta * input + alpha * (mat1 @ mat2)."""
    same = input._data.dtype == mat1._data.dtype == mat2._data.dtype
    messages.require(same, "functions.addmm_dtypes", input, mat2)
    for x, argument in ((mat1, "mat1"), (mat2, "mat2")):
        messages.require(x._data.ndim == 2, "functions.matrix", argument)
    return ("addmm", mat1, mat2) if beta == 1 and alpha == 1 else ("addmm_scaled", mat1, mat2, beta, alpha)


def where(condition: Tensor, input: Any = None, other: Any = None) -> Any:
    """`input` where `condition` is true, else `other`; of a condition alone, the indices of what is true."""
    if input is None and other is None:
        return tuple(wrap(i) for i in np.nonzero(condition._data))
    wrong = [v for v in (input, other) if not isinstance(v, Tensor) and number(v) is NotImplemented]
    messages.require(not wrong, "functions.combination", "where", condition, input, other)
    messages.require(condition._data.dtype.kind == "b", "functions.where", condition)
    first = input if isinstance(input, Tensor) else wrap(number_like(input, other))
    return ops.where(condition, first, other if isinstance(other, Tensor) else number_like(other, input))


def result_type(tensor1: Any, tensor2: Any) -> dtypes.dtype:
    """The dtype of a result of these tensors or numbers."""
    values = [v._data if isinstance(v, Tensor) else v for v in (tensor1, tensor2)]
    return dtypes.of_numpy(dtypes.result_dtype(tuple(values)))


# what Python's operators call: with a value that is no operand, they give back NotImplemented


def _either(of_tensor: str, of_number: str) -> Any:
    """The operator for a tensor, and that for a number."""
    entries = TABLE[of_tensor], TABLE[of_number]

    def method(self: Tensor, other: Any) -> Any:
        return (entries[0] if isinstance(other, Tensor) else entries[1]).recorded(self, other)

    return method


def _reflected(name: str) -> Any:
    """The function `name`, with its operands the other way round."""

    def method(self: Tensor, other: Any) -> Any:
        known = isinstance(other, Tensor) or (number(other) is not NotImplemented and not isinstance(other, np.ndarray))
        return getattr(functions, name)(other, self) if known else NotImplemented

    return method


def _rdiv(self: Tensor, other: Any) -> Any:
    return ops.mul(ops.reciprocal(self), other)


def _rmatmul(self: Tensor, other: Any) -> Any:
    return products.matmul(other, self) if isinstance(other, Tensor) else NotImplemented


def _matmul(self: Tensor, other: Any) -> Any:
    return products.matmul(self, other) if isinstance(other, Tensor) else NotImplemented


OPERATORS = {
    "__rsub__": _either("rsub_tensor", "rsub"), "__mod__": _either("remainder_tensor", "remainder"),
    "__pow__": _either("pow_tensor", "pow"), "__rtruediv__": _rdiv, "__matmul__": _matmul, "__rmatmul__": _rmatmul,
    "__rdiv__": _rdiv, "float_power_": float_power_,
} | {f"__r{symbol}__": _reflected(name) for symbol, name in
     {"mod": "remainder", "pow": "pow", "floordiv": "floor_divide", "lshift": "bitwise_left_shift",
      "rshift": "bitwise_right_shift"}.items()}  # fmt: skip
