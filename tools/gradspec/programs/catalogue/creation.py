"""Operators that make a new tensor after the example of another, whose elements they do not look at."""

from __future__ import annotations

from typing import Any

from gradspec.programs.catalogue.elementwise import not_a_tensor
from gradspec.programs.catalogue.shapes import error, listed
from gradspec.programs.catalogue.vocabulary import (
    Draw,
    ErrorInput,
    Meta,
    Operand,
    Operator,
    Sample,
    Shape,
    any_shape,
    called,
)
from gradspec.programs.choices import Choices
from gradspec.programs.program import Constant

MADE: dict[str, Any] = {"differentiable": False, "twice": False, "dtypes": ("float64", "float32", "int64", "bool")}
FILLS = (1.5, -2, 3, 0.0)
NO_TENSOR = ErrorInput("no tensor", not_a_tensor)
NO_DTYPE = error("a dtype that is none", (2,), dtype="float32")


def options(c: Choices, x: Meta) -> tuple[dict[str, Any], str]:
    """The dtype of the result, and the options that ask for it."""
    if not c.chance(30):
        return {}, x.dtype
    dtype = c.pick(("float64", "float32", "int64", "bool"))
    return {"dtype": Constant(dtype)}, dtype


def value(c: Choices, given: float | None) -> float:
    return c.pick(FILLS) if given is None else given


def filled(shape: Shape, dtype: str, number: float) -> Meta:
    """A tensor of which every element is `number`, as far as `dtype` can hold it."""
    held = number if dtype.startswith("float") else int(number) if dtype == "int64" else float(bool(number))
    return Meta(shape, dtype, held, held, 1)


def like(name: str, number: float | None) -> Operator:
    """A tensor of the same shape, full of `number` or, where that is None, of what is given."""

    def call(d: Draw, x: Operand) -> Sample:
        fill = value(d.choices, number)
        kwargs, dtype = options(d.choices, x.meta)
        given = {"fill_value": fill} if number is None else {}
        sample = called(d.choices, x, given, filled(x.meta.shape, dtype, fill))
        return Sample(sample.args, sample.kwargs | kwargs, sample.result)

    errors = (NO_TENSOR, NO_DTYPE, *((error("no number", (2,), "1"),) if number is None else ()))
    return Operator(name, call, forms=("function",), errors=errors, **MADE)


def new(name: str, number: float | None) -> Operator:
    """A tensor of a given shape and of the same dtype."""

    def call(d: Draw, x: Operand) -> Sample:
        fill, shape = value(d.choices, number), any_shape(d.choices)
        kwargs, dtype = options(d.choices, x.meta)
        if shape and number is not None and d.choices.chance(40):
            return Sample((x, *shape), kwargs, filled(shape, dtype, fill))
        given = {"size": listed(d.choices, shape)} | ({"fill_value": fill} if number is None else {})
        sample = called(d.choices, x, given, filled(shape, dtype, fill))
        return Sample(sample.args, sample.kwargs | kwargs, sample.result)

    errors = (
        error("no shape", (2,)),
        error("a negative size", (2,), (-1,), *((1,) if number is None else ())),
        NO_DTYPE,
    )
    return Operator(name, call, forms=("method",), errors=errors, **MADE)


def new_tensor(d: Draw, x: Operand) -> Sample:
    """Of Python numbers, and of the same dtype."""
    c = d.choices
    numbers = [c.pick(FILLS) for _ in range(c.between(1, 3))]
    kwargs, dtype = options(c, x.meta)
    if c.chance(30):
        numbers = numbers[:1]
    known = [filled((), dtype, number) for number in numbers]
    meta = Meta((len(numbers),), dtype, min(each.low for each in known), max(each.high for each in known), 1)
    if len(numbers) == 1 and c.chance(50):
        return Sample((x, numbers[0]), kwargs, meta.reshaped(()))
    if c.chance(40):
        return Sample((x, [numbers, numbers]), kwargs, meta.reshaped((2, len(numbers))))
    return Sample((x, numbers), kwargs, meta)


CREATION = (
    like("zeros_like", 0.0),
    like("ones_like", 1.0),
    like("full_like", None),
    new("new_zeros", 0.0),
    new("new_ones", 1.0),
    new("new_full", None),
    Operator("new_tensor", new_tensor, forms=("method",), **MADE, errors=(
        error("no data", (2,)), error("a string", (2,), "1"), error("rows of two lengths", (2,), [[1], [1, 2]]),
    )),
)  # fmt: skip
