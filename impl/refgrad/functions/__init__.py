"""PyTorch's functions: names, what each is called with, and what becomes of the arguments.

`PUBLIC` has them all, by name: operators of the table as they are, functions of one operator (`signatures`), and
functions that do more (the other modules, each with everything in it that does not start with an underscore).
`IN_PLACE` has those that change their first tensor, without the underscore at the end of their names.
"""

from __future__ import annotations

import importlib
import inspect
from types import ModuleType
from typing import Any

from refgrad.functions import signatures
from refgrad.functions.arguments import as_dim, as_dims, as_shape, into, need_dtype, need_tensor, number_like, ops
from refgrad.functions.forms import WAYS, Declared, operator

# where the functions are that do more than one operator
MODULES = """
    activations arithmetic composed contractions copies cumulative joining parts places products quantiles
    reductions searching shapes
""".split()
# operators of the table that are functions as they are
PLAIN = """
    neg abs exp exp2 expm1 log log2 log10 log1p sqrt rsqrt reciprocal sin cos tan asin acos atan sinh cosh tanh asinh acosh
    atanh sigmoid relu sign sgn floor ceil trunc frac sinc deg2rad rad2deg lgamma digamma erf erfc erfinv isnan isinf isposinf
    isneginf isreal isfinite signbit logical_not bitwise_not entr ndtri log_ndtr erfcx i0 i0e i1 i1e
""".split()
BINARY_BESIDE = """
    remainder bitwise_and bitwise_or bitwise_xor bitwise_left_shift bitwise_right_shift xlogy xlog1py zeta
""".split()
BINARY_ON_TENSOR = "fmod eq ne lt le gt ge copysign clamp_min clamp_max".split()
BINARY_OF_TENSORS = """
    atan2 maximum minimum fmax fmin hypot logaddexp logaddexp2 heaviside nextafter gcd lcm igamma igammac logical_and
    logical_or logical_xor
""".split()
ALIASES = {
    "negative": "neg", "absolute": "abs", "arcsin": "asin", "arccos": "acos", "arctan": "atan", "arctan2": "atan2",
    "arcsinh": "asinh", "arccosh": "acosh", "arctanh": "atanh", "fix": "trunc", "multiply": "mul",
    "subtract": "sub", "divide": "div", "true_divide": "div", "clip": "clamp", "greater": "gt", "greater_equal": "ge",
    "less": "lt", "less_equal": "le", "not_equal": "ne", "swapdims": "transpose",
    "moveaxis": "movedim", "concat": "cat", "ger": "outer", "concatenate": "cat",
    "row_stack": "vstack", "trapz": "trapezoid",
}  # fmt: skip
# what PyTorch offers in place: as functions, too, and as methods alone
IN_PLACE_FUNCTIONS = """
    neg abs exp exp2 expm1 log log2 log10 log1p sqrt rsqrt reciprocal sin cos tan asin acos atan sinh cosh tanh sigmoid relu
    asinh acosh atanh floor ceil trunc round frac sinc deg2rad rad2deg lgamma erf erfc addmv logit nan_to_num xlogy square
    i0 clamp clamp_min clamp_max gcd lcm ldexp
""".split()
IN_PLACE_METHODS = """
    sign sgn digamma erfinv hypot copysign heaviside lerp eq ne lt le gt ge mul remainder fmod div floor_divide pow
    nextafter atan2 igamma igammac mvlgamma bitwise_and bitwise_or bitwise_xor bitwise_not bitwise_left_shift
    bitwise_right_shift addcmul addcdiv addmm addr baddbmm addbmm cumsum cumprod triu tril index_fill index_add
    index_copy index_reduce scatter scatter_add scatter_reduce masked_fill masked_scatter put
""".split()


def functions_of(module: ModuleType) -> dict[str, Any]:
    """The functions of a module, under the names that they have there."""
    found = {name: f for name, f in vars(module).items() if inspect.isfunction(f) and f.__module__ == module.__name__}
    for name, function in found.items():
        function.__name__ = function.__qualname__ = name
    return {name: function for name, function in found.items() if not name.startswith("_")}


def declared(name: str, function: Any) -> Any:
    """`function` with its arguments brought to the forms that their annotations name, if they name any."""
    kinds = dict(function.__annotations__)
    return (
        Declared(name, function) if kinds.pop("return", "") == "Operation" or {*kinds.values()} & {*WAYS} else function
    )


SIGNATURES = functions_of(signatures)
SIGNATURES |= dict.fromkeys(PLAIN, signatures._unary) | dict.fromkeys(["mul"], signatures._binary)
SIGNATURES |= dict.fromkeys(BINARY_BESIDE, signatures._binary_beside)
SIGNATURES |= dict.fromkeys(BINARY_ON_TENSOR, signatures._binary_on_tensor)
SIGNATURES |= dict.fromkeys(BINARY_OF_TENSORS, signatures._binary_of_tensors)
for _name in MODULES:
    SIGNATURES |= functions_of(importlib.import_module(f"{__name__}.{_name}"))
PUBLIC = {name: operator(name) if name in PLAIN else declared(name, function) for name, function in SIGNATURES.items()}
PUBLIC |= {alias: PUBLIC[name] for alias, name in ALIASES.items()}
IN_PLACE = {name: Declared(name, SIGNATURES[name], in_place=True) for name in IN_PLACE_FUNCTIONS + IN_PLACE_METHODS}


def __getattr__(name):
    """A function, written when it is first asked for."""
    found = PUBLIC.get(name)
    if found is None:
        raise AttributeError(f"module 'refgrad.functions' has no attribute {name!r}")
    globals()[name] = found = getattr(found, "recorded", found)
    return found
