"""The table of operators: what each computes, and its derivative with respect to each input.

`op(name, forward, self=formula, ...)` enters a line. Names are those of PyTorch's derivatives table: `self`, `other`,
`result`. A formula's parameters say what it needs, and so what is saved for it:

    g            the gradient of the result (of several results: a list, None where there is none)
    self, ...    an input of the operator, by its name
    result       the result; of several results, each by its own name
    self_shape   the shape of an input, which is cheaper to keep than the input

Formulas are written with operators, NumPy's ufuncs and the operators of this table, and so may be run on arrays (the
ordinary backward pass) or on tensors (where the backward pass is itself recorded).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from refgrad import messages

TABLE: dict[str, Op] = {}


class Op:
    """One line of the table. Called inside a formula, it runs on arrays, or is recorded where a tensor takes part."""

    __slots__ = tuple(
        """
        cast constants defaults formulas forward holomorphic kind lists name needs node outputs parameters recorded tensors
        """.split()
    )
    tensor_type: type | tuple = ()

    def __call__(self, *args: Any) -> Any:
        tensor = Op.tensor_type
        for a in args:
            if isinstance(a, tensor) or (a.__class__ is list and isinstance(a[0], tensor)):
                return self.recorded(*args)
        return self.forward(*args)


def parameters_of(function: Callable) -> tuple[str, ...]:
    code = function.__code__
    return code.co_varnames[: code.co_argcount]


def op(name: str, forward: Callable, *, node: str | None = None, cast: str | None = None, kind: str = "plain",
       outputs: str = "result", takes: str = "", constant: str = "", lists: str = "", symmetric: str = "",
       holomorphic: bool = True, joint: bool = False, **formulas: Callable) -> Op:
    """Enter an operator. Where several names are asked for, they stand in one string.

    node: the grad_fn's name, by default made from `name`. cast: how inputs of other dtypes are brought together, "same"
    (promotion), "signed" (that, without booleans) or "float" (promotion, integers to the default float); "asked": there is
    one input, and `dtype=` says in which dtype the operator works; what is saved is the input as it was. kind: "plain",
    "view" (the result shares memory with `self`). outputs: names of the results, if there are several. takes: the
    parameters, where `forward` can't be asked. constant: parameters, or results, that are tensors but have no derivative. lists:
    parameters that are lists of tensors. symmetric: two parameters that may change places; one has a formula for both.
    joint: each gradient is made of all that any formula needs, as far as anybody can tell: it is saved, and gone, for all.
    holomorphic: whether the formulas are such as for real numbers, where the result is complex (see `conjugation`).
    """
    entry = TABLE[name] = Op()
    entry.name, entry.forward, entry.cast, entry.kind, entry.outputs = name, forward, cast, kind, tuple(outputs.split())
    entry.holomorphic = holomorphic
    entry.needs = {parameter: parameters_of(formula)[1:] for parameter, formula in formulas.items()}
    if symmetric:
        one, another = symmetric.split()
        exchanged = {one: another, another: one}
        formulas[another] = formulas[one]
        entry.needs[another] = tuple(exchanged.get(need, need) for need in entry.needs[one])
    if joint:
        every = tuple(dict.fromkeys(need for needs in entry.needs.values() for need in needs))
        formulas = {p: _jointly(formula, entry.needs[p], every) for p, formula in formulas.items()}
        entry.needs = dict.fromkeys(formulas, every)
    asked = not takes and hasattr(forward, "__code__")
    entry.formulas, entry.lists = formulas, tuple(lists.split())
    entry.parameters = parameters_of(forward) if asked else tuple(takes.split() or formulas)
    entry.defaults = (forward.__defaults__ or ()) if asked else ()
    tensors = {*formulas, *constant.split(), "self"}
    entry.tensors = tuple(p for p in entry.parameters if p in tensors)
    entry.constants = constant.split()
    entry.node = node or "".join(part.title() for part in name.split("_")) + "Backward0"
    return entry


def _jointly(formula: Callable, own: tuple, every: tuple) -> Callable:
    """The formula, of which the result hangs on `every` value, though it is made of its `own`."""
    places = [every.index(need) for need in own]

    def joint(g, *values):
        result = formula(g, *[values[i] for i in places])
        for value in values if isinstance(result, Op.tensor_type) else ():
            result = TABLE["beside"](result, value) if isinstance(value, Op.tensor_type) else result
        return result

    return joint


def adjoint(name: str, take: Callable, put: Callable | None = None, *, constant: str = "", **more: Any) -> tuple[Op, Op]:
    """Enter `name(self, *places)` and `name_backward(self, shape, *places)`, each the derivative of the other.

    What the one takes from its places, the other puts there, into a tensor of zeros of that shape: as `put` does, by
    default by writing through the view that `take` gives.
    """
    places = parameters_of(take)[1:]
    forth = op(name, take, constant=constant, **more)
    back = op(f"{name}_backward", put or through(take), takes=" ".join(("self", "shape", *places)), constant=constant)
    forth.formulas["self"], forth.needs["self"] = back, ("self_shape", *places)
    back.formulas["self"], back.needs["self"] = forth, places
    return forth, back


def through(take: Callable) -> Callable:
    """The adjoint of `take`, a view in which no element stands twice."""

    def put(self, shape, *places):
        result = np.zeros(shape, self.dtype)
        take(result, *places)[...] = self
        return result

    return put


# what an error calls the element types in C++, where they are not their names with `_t`
CTYPES = {"int32": "int", "float16": "c10::Half", "float32": "float", "float64": "double"}


def element(number: Any, dtype: np.dtype, alone: bool = False) -> Any:
    """A number as an element of `dtype`: RuntimeError where it is too large, complex among real ones, or nan among whole ones.

    OverflowError where Python's int has more than 64 bits. alone: as the only one, which in float16 may be too large.
    """
    if alone and dtype == np.float16:
        return dtype.type(element(number, np.dtype(float)))
    if isinstance(number, int) and not -(2**63) <= number < 2**64:
        raise OverflowError("int too big to convert")
    ctype = CTYPES.get(dtype.name, f"{dtype.name}_t")
    if isinstance(number, complex) and dtype.kind in "iuf":
        messages.require(not number.imag, "creation.overflow", ctype)
        number = number.real
    if dtype.kind in "iu":
        return whole(number, dtype)
    made = dtype.type(number)
    messages.require(dtype.kind != "f" or math.isinf(number) or not np.isinf(made), "creation.overflow", ctype)
    return made


def whole(number: Any, dtype: np.dtype) -> Any:
    """A number as an element of a whole dtype: RuntimeError where there is none. What is below 0 counts from the end."""
    limits = np.iinfo(dtype)
    least = limits.min if number.__class__ is not int or limits.min else -limits.max
    messages.require(least <= number <= limits.max, "creation.overflow", CTYPES.get(dtype.name, f"{dtype.name}_t"))
    return np.array(int(number)).astype(dtype)[()]


def write(result: Any, places: Any, values: Any, accumulate: bool = True) -> Any:
    """The array `result`, after `values` have been added to, or put in, its `places`, an index as NumPy takes it."""
    if accumulate:
        np.add.at(result, places, values)
    else:
        result[places] = values
    return result


def refuse(key: str, *values: Any) -> Callable:
    """The formula where there is no derivative: the error under `key`, as soon as it is asked for.

    PyTorch has one node for all operators that it has no line for, and that raises whatever it is asked for.
    """

    def formula(g):
        raise messages.error(key, *values)

    formula.refuses = "always" if key == "operators.no_derivative" else "asked"
    return formula
