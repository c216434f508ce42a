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

from collections.abc import Callable
from typing import Any

TABLE: dict[str, Op] = {}


class Op:
    """One line of the table. Called inside a formula, it runs on arrays, or is recorded where a tensor takes part."""

    __slots__ = (
        "cast",
        "defaults",
        "formulas",
        "forward",
        "kind",
        "lists",
        "name",
        "needs",
        "node",
        "outputs",
        "parameters",
        "recorded",
        "tensors",
    )
    tensor_type: type | tuple = ()

    def __call__(self, *args: Any) -> Any:
        for a in args:
            if isinstance(a, Op.tensor_type) or (a.__class__ is list and isinstance(a[0], Op.tensor_type)):
                return self.recorded(*args)
        return self.forward(*args)


def parameters_of(function: Callable) -> tuple[str, ...]:
    code = function.__code__
    return code.co_varnames[: code.co_argcount]


def op(
    name: str,
    forward: Callable,
    *,
    node: str | None = None,
    cast: str | None = None,
    kind: str = "plain",
    outputs: tuple[str, ...] = ("result",),
    takes: str | None = None,
    constant: str = "",
    lists: str = "",
    **formulas: Callable,
) -> Op:
    """Enter an operator.

    node: the grad_fn's name, by default made from `name`. cast: how inputs of other dtypes are brought together, "same"
    (promotion) or "float" (promotion, integers to the default float). kind: "plain", "view" (the result shares memory
    with `self`). outputs: names of the results, if there are several. takes: the parameters, where `forward` can't be
    asked. constant: parameters that are tensors but have no derivative. lists: parameters that are lists of tensors.
    """
    entry = Op()
    entry.name, entry.forward, entry.cast, entry.kind, entry.outputs = name, forward, cast, kind, outputs
    code = getattr(forward, "__code__", None)
    entry.parameters = tuple(takes.split()) if takes else parameters_of(forward) if code else tuple(formulas)
    entry.defaults = () if takes else getattr(forward, "__defaults__", None) or ()
    entry.formulas = formulas
    entry.needs = {parameter: parameters_of(formula)[1:] for parameter, formula in formulas.items()}
    entry.lists = tuple(lists.split())
    entry.tensors = tuple(
        p for p in entry.parameters if p in formulas or p in constant.split() or (p == "self" and p not in lists)
    )
    entry.node = node or "".join(part.title() for part in name.split("_")) + "Backward0"
    TABLE[name] = entry
    return entry
