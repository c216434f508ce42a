"""Arithmetic whose operands may be tensors or numbers."""

from __future__ import annotations

from typing import Any

import numpy as np

from refgrad import dtypes, errors, functions, messages
from refgrad.derivatives import TABLE
from refgrad.errors import is_number, number
from refgrad.functions import products
from refgrad.functions.arguments import (
    FloatOrNone,
    Number,
    Operand,
    Operation,
    WordOrNone,
    as_dim,
    as_number,
    as_operand,
    need_at_most,
    need_ndim,
    need_real_slope,
    need_tensor,
    number_among,
    number_like,
    ops,
    same_dtype,
)
from refgrad.functions.copies import to
from refgrad.tensor import Tensor, wrap
from refgrad.views import change

ONE = 1  # what `alpha` is unless it is given


def _scaled(name: str) -> tuple:
    """The function of the operator `name` whose second operand is multiplied by `alpha`, and its in-place form.

    Three operands are PyTorch's old way to call it, with `alpha` in the middle.
    """
    plain, with_alpha = TABLE[name], TABLE[f"{name}_scaled"]

    def function(input: Any, other: Any, last: Any = None, *, alpha: Any = ONE, out: Any = None) -> Tensor:
        if last is not None:
            messages.require(alpha is ONE, "functions.three_places", name)
            if isinstance(last, Tensor) and not isinstance(other, Tensor):
                messages.warn("functions.alpha_between", name)
            other, alpha = last, other
        if input.__class__ is not Tensor:
            messages.require(name != "sub" or not isinstance(input, bool), "dtypes.sub_bools")
            input = as_operand(input, other)
        if alpha is ONE:
            result = plain.recorded(input, other, out=out)
            if result is NotImplemented:
                raise errors.argument(name, "other", 2, other)
            return result
        return with_alpha.recorded(*_scaled_by(name, need_tensor(name, input), other, alpha), out=out)

    def in_place(self: Tensor, other: Any, last: Any = None, *, alpha: Any = ONE) -> Tensor:
        if last is not None:
            messages.require(alpha is ONE, "functions.three_operands", f"{name}_")
            if isinstance(last, Tensor) and not isinstance(other, Tensor):
                messages.warn("functions.alpha_between_in_place", name)
            other, alpha = last, other
        if alpha is not ONE:
            return change(self, with_alpha, *_scaled_by(f"{name}_", self, other, alpha)[1:])
        result = change(self, plain, other)
        if result is NotImplemented:
            raise errors.argument(f"{name}_", "other", 1, other)
        return result

    function.__name__, in_place.__name__ = name, f"{name}_"
    return function, in_place


def _scaled_by(name: str, input: Tensor, other: Any, alpha: Any) -> tuple:
    """The operands as tensors, and what the second is multiplied by: a number of a kind that the result can be."""
    if not isinstance(other, Tensor) and not is_number(other):
        raise errors.argument(name, "other", 1 + (not name.endswith("_")), other)
    alpha = as_number(alpha, name, "alpha", 0)
    bools = isinstance(other, bool) + [t._data.dtype.kind for t in (input, other) if isinstance(t, Tensor)].count("b")
    messages.require(not (bools and "sub" in name), "dtypes.sub_bools" if bools > 1 else "dtypes.sub_bool")
    other = other if isinstance(other, Tensor) else wrap(number_like(other, input))
    kind = dtypes.result_dtype((input._data, other._data)).kind
    messages.require(kind == "b" or not isinstance(alpha, bool), "functions.boolean_alpha")
    messages.require(kind not in "biu" or not isinstance(alpha, float), "functions.integer_alpha")
    messages.require(kind == "c" or not isinstance(alpha, complex), "functions.complex_alpha")
    return input, other, bool(alpha) if kind == "b" else alpha


(add, add_), (sub, sub_) = _scaled("add"), _scaled("sub")


def rsub(input: Tensor, other: Any, *, alpha: Any = ONE) -> Any:
    """other - alpha * input."""
    name = "rsub_tensor" if isinstance(other, Tensor) else "rsub"
    if alpha is not ONE:
        return TABLE[f"{name}_scaled"].recorded(input, other, _scaled_by("rsub", input, other, alpha)[2])
    result = TABLE[name].recorded(input, other)
    if result is NotImplemented:
        raise errors.combination("rsub", input, other)
    return result


def round(input: Tensor, *, decimals: Any = ...) -> Operation:
    """To the nearest whole number, of two to the even one; or to so many decimals."""
    if decimals is ...:
        return ("round",)
    if not isinstance(decimals, int) or isinstance(decimals, bool):
        raise errors.combination("round", input, decimals=decimals)
    return "round_decimals", decimals


def div(input: Operand, other: Any, *, rounding_mode: WordOrNone = None) -> Operation:
    """The quotient; rounded towards zero with rounding_mode="trunc", down with "floor"."""
    messages.require(rounding_mode in (None, "floor", "trunc"), "functions.rounding_mode", rounding_mode)
    return f"div_{rounding_mode}" if rounding_mode else "div", other


def nan_to_num(
    input: Tensor, nan: FloatOrNone = None, posinf: FloatOrNone = None, neginf: FloatOrNone = None
) -> Operation:
    """nan replaced by 0, infinities by the greatest and least numbers, or by what is given."""
    need_real_slope("nan_to_num", input)
    return "nan_to_num", nan, posinf, neginf


def floor_divide(input: Operand, other: Any) -> Operation:
    """The quotient, rounded down."""
    return "floor_divide", other


def pow(input: Any, exponent: Any) -> Operation:
    """`input ** exponent`, where either may be a number."""
    if isinstance(input, Tensor):
        return "pow_tensor" if isinstance(exponent, Tensor) else "pow", exponent
    if not isinstance(exponent, Tensor) or not is_number(input):
        raise messages.error("functions.pow", input, exponent)
    if isinstance(input, float) and exponent._data.dtype.kind in "biu":
        exponent = to(exponent, dtypes.get_default_dtype())
    return "pow_scalar", exponent


def square(input: Tensor) -> Operation:
    """input ** 2."""
    return "pow", 2


def _double(name: str, value: Any, wide: dtypes.dtype, *given: Any) -> Any:
    if isinstance(value, Tensor):
        return to(value, wide)
    return (complex if wide.is_complex else float)(number_among(value, name, *given))


def ldexp(input: Tensor, other: Tensor) -> Operation:
    """input * 2 ** other."""
    if dtypes.is_float(input._data):
        functions.need_dtype("ldexp_exponent", other)
    power = other._data.dtype if other._data.dtype.kind in "fc" else dtypes.get_default_dtype().numpy
    whole = other._data.dtype.kind not in "fc" and input._data.dtype.kind in "fc"
    common = input._data.dtype if whole else dtypes.result_dtype((input._data, np.empty(other._data.shape, power)))
    return "ldexp", other, power, common


def _complex(*values: Any) -> bool:
    return any(dtypes.result_dtype((getattr(v, "_data", v),)).kind == "c" for v in values)


def float_power(input: Any, exponent: Any) -> Tensor:
    """`input ** exponent` in double precision."""
    wide = dtypes.complex128 if _complex(input, exponent) else dtypes.float64
    return functions.pow(*[_double("float_power", value, wide, input, exponent) for value in (input, exponent)])


def float_power_(self: Tensor, exponent: Any) -> Tensor:
    """`float_power`, in place, of a tensor that is of double precision already."""
    wide = dtypes.complex128 if _complex(self, exponent) else dtypes.float64
    messages.require_same(self._data.dtype, wide.numpy, "functions.float_power", self, wide)
    return self.pow_(_double("float_power_", exponent, wide, exponent))


def lerp(input: Tensor, end: Tensor, weight: Any) -> Operation:
    """input + weight * (end - input)."""
    weighted = isinstance(weight, Tensor)
    for name, value in (("end", end), ("weight", weight if weighted else end)):
        messages.require(same_dtype(input, value), "functions.lerp_dtype", input, value, name=name)
    return "lerp_tensor" if weighted else "lerp", end, weight


def _need_tolerances(rtol: float, atol: float) -> None:
    for name, value in (("rtol", rtol), ("atol", atol)):
        messages.require(value >= 0, "functions.tolerance", name, value)


def isclose(input: Tensor, other: Tensor, rtol: float = 1e-05, atol: float = 1e-08, equal_nan: bool = False) -> Tensor:
    """Where |input - other| <= atol + rtol * |other|."""
    _need_tolerances(rtol, atol)
    result = ops.isclose(input, other, rtol, atol, equal_nan)
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
    tensors = [bound for bound in bounds if isinstance(bound, Tensor)]
    numbers = [number(bound) for bound in bounds if not isinstance(bound, Tensor)]
    if NotImplemented in numbers or (tensors and numbers):
        raise errors.combination("clamp", input, min, max)
    return "clamp_tensor" if tensors else "clamp", min, max


def addcdiv(input: Tensor, tensor1: Tensor, tensor2: Tensor, *, value: Number = 1) -> Operation:
    """input + value * tensor1 / tensor2."""
    whole = all(x._data.dtype.kind in "biu" for x in (tensor1, tensor2))
    messages.require(not whole, "functions.addcdiv")
    return "addcdiv", tensor1, tensor2, value


def addr(input: Tensor, vec1: Tensor, vec2: Tensor, *, beta: Number = 1, alpha: Number = 1) -> Operation:
    """beta * input + alpha * outer(vec1, vec2)."""
    kind = dtypes.result_dtype((input._data, vec1._data, vec2._data)).kind
    for name, weight in (("beta", beta), ("alpha", alpha)):
        messages.require(kind == "b" or not isinstance(weight, bool), "functions.boolean_weight", name)
        messages.require(kind in "fc" or not isinstance(weight, (float, complex)), "functions.integer_weight", name)
    return "addr", vec1, vec2, beta, alpha


def addmm(input: Tensor, mat1: Tensor, mat2: Tensor, *, beta: Any = 1, alpha: Any = 1) -> Operation:
    """beta * input + alpha * (mat1 @ mat2)."""
    for x, argument in ((mat1, "mat1"), (mat2, "mat2")):
        need_ndim(x, 2, "functions.matrix_of", argument, x._data.ndim)
    for x, argument in ((input, "self"), (mat1, "mat1")):
        messages.require(same_dtype(x, mat2), "functions.addmm_dtypes", argument, x, mat2)
    beta, alpha = _weights(input, beta, alpha)
    return ("addmm", mat1, mat2) if beta == 1 and alpha == 1 else ("addmm_scaled", mat1, mat2, beta, alpha)


def addmv(input: Tensor, mat: Tensor, vec: Tensor, *, beta: Number = 1, alpha: Number = 1) -> Operation:
    """beta * input + alpha * (mat @ vec)."""
    same = same_dtype(input, mat) and same_dtype(mat, vec)
    messages.require(same, "functions.addmv_dtypes", input, mat, vec)
    ndims = input._data.ndim, mat._data.ndim, vec._data.ndim
    need_at_most(input, 1, "functions.addmv", *ndims)
    for x, ndim in ((mat, 2), (vec, 1)):
        need_ndim(x, ndim, "functions.addmv", *ndims)
    (n, m), size = mat._data.shape, input._data.size
    fits = (size, vec._data.size) in ((1, m), (n, m))
    messages.require(fits or input._data.ndim, "functions.unbind", 0)
    messages.require(fits, "functions.addmv_sizes", size, n, m, vec._data.size)
    return "addmv", mat, vec, *_weights(input, beta, alpha)


def _need_batches(batch1: Tensor, batch2: Tensor) -> None:
    """Refuse what are no matrices in a batch each."""
    for name, x in (("batch1", batch1), ("batch2", batch2)):
        need_ndim(x, 3, "functions.batch", name)


def _product_shape(batch1: Tensor, batch2: Tensor) -> tuple:
    """Of each matrix of the product; the sizes are asked for before anything else is looked at."""
    return batch1._data.shape[as_dim(1, batch1._data.ndim)], batch2._data.shape[as_dim(2, batch2._data.ndim)]


def addbmm(input: Tensor, batch1: Tensor, batch2: Tensor, *, beta: Number = 1, alpha: Number = 1) -> Operation:
    """beta * input + alpha * the sum of batch1 @ batch2 over the batch."""
    functions.expand(input.detach(), size=_product_shape(batch1, batch2))  # or raises
    _need_batches(batch1, batch2)
    a, b = batch1._data.shape, batch2._data.shape
    messages.require_same(a[0], b[0], "functions.addbmm_batches", a[0], b[0])
    messages.require_same(a[2], b[1], "functions.addbmm_sizes", *a[1:], *b[1:])
    messages.require(same_dtype(input, batch2), "functions.addmm_dtypes", "self", input, batch2)
    messages.require(same_dtype(batch1, batch2), "functions.addmm_dtypes", "mat1", batch1, batch2)
    return "addbmm", batch1, batch2, *_weights(input, beta, alpha)


def baddbmm(input: Tensor, batch1: Tensor, batch2: Tensor, *, beta: Number = 1, alpha: Number = 1) -> Operation:
    """beta * input + alpha * (batch1 @ batch2), matrix by matrix."""
    _product_shape(batch1, batch2)
    _need_batches(batch1, batch2)
    a, b = batch1._data, batch2._data
    if (a.shape[0], a.shape[2]) != b.shape[:2]:
        raise errors.EXPLAIN["bmm"](a, b)
    messages.require(same_dtype(input, batch1), "functions.baddbmm_dtypes", input, batch1, batch2)
    messages.require(same_dtype(batch1, batch2), "functions.bmm_dtypes", batch1, batch2)
    return "baddbmm", batch1, batch2, *_weights(input, beta, alpha)


def _weights(input: Tensor, *weights: Any) -> tuple:
    """What is added, and the product, are multiplied by; of integers by integers."""
    return tuple(map(int, weights)) if input._data.dtype.kind in "iu" else weights


def where(condition: Tensor, input: Any = ..., other: Any = ...) -> Any:
    """`input` where `condition` is true, else `other`; of a condition alone, the indices of what is true."""
    if other is ...:
        if input is not ...:
            raise errors.combination("where", condition, input)
        return tuple(wrap(i) for i in np.nonzero(condition._data))
    wrong = [v for v in (input, other) if not isinstance(v, Tensor) and not is_number(v)]
    if wrong:
        raise errors.combination("where", condition, input, other)
    if not dtypes.is_bool(condition._data):
        messages.require_same(condition._data.dtype, np.uint8, "functions.where", condition)
        messages.warn("functions.where_bytes")
        condition = to(condition, dtypes.bool_)
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
        known = isinstance(other, Tensor) or (is_number(other) and not isinstance(other, np.ndarray))
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
      "rshift": "bitwise_right_shift", "and": "bitwise_and", "or": "bitwise_or", "xor": "bitwise_xor"}.items()}  # fmt: skip
