"""PyTorch's functions: names, what each is called with, and what becomes of the arguments.

`PUBLIC` has them all, by name: operators of the table as they are, functions of one operator (`signatures`), and
functions that do more (the other modules, each with everything in it that does not start with an underscore).
`IN_PLACE` has those that change their first tensor, without the underscore at the end of their names.
"""

from __future__ import annotations

import inspect
from types import ModuleType
from typing import Any

from refgrad.functions import arithmetic, composed, copies, places, products, reductions, shapes, signatures
from refgrad.functions.arguments import as_dim, as_dims, as_shape, into, need_tensor, number_like, ops
from refgrad.functions.forms import WAYS, Declared, operator

# operators of the table that are functions as they are
PLAIN = """
    neg abs exp exp2 expm1 log log2 log10 log1p sqrt rsqrt reciprocal sin cos tan asin acos atan sinh cosh tanh asinh acosh
    atanh sigmoid relu sign sgn floor ceil trunc round frac sinc deg2rad rad2deg lgamma digamma erf erfc erfinv isnan isinf
    isfinite signbit logical_not bitwise_not polygamma entr ndtr
""".split()
BINARY = """
    mul remainder fmod eq ne lt le gt ge bitwise_and bitwise_or bitwise_xor hypot logaddexp logaddexp2 fmax fmin copysign
    heaviside clamp_min clamp_max xlogy xlog1py
""".split()
BINARY_OF_TENSORS = "atan2 maximum minimum logical_and logical_or logical_xor".split()
ALIASES = {
    "negative": "neg", "absolute": "abs", "arcsin": "asin", "arccos": "acos", "arctan": "atan", "multiply": "mul",
    "subtract": "sub", "divide": "div", "true_divide": "div", "clip": "clamp", "greater": "gt", "greater_equal": "ge",
    "less": "lt", "less_equal": "le", "not_equal": "ne", "swapaxes": "transpose", "swapdims": "transpose",
    "moveaxis": "movedim", "ravel": "flatten", "concat": "cat", "concatenate": "cat",
}  # fmt: skip
# what PyTorch offers in place: as functions, too, and as methods alone
IN_PLACE_FUNCTIONS = """
    neg abs exp exp2 expm1 log log2 log10 log1p sqrt rsqrt reciprocal sin cos tan asin acos atan sinh cosh tanh sigmoid relu
    floor ceil trunc round frac sinc deg2rad rad2deg lgamma erf erfc sign mul remainder fmod addmv logit nan_to_num xlogy
""".split()
IN_PLACE_METHODS = """
    asinh acosh atanh sgn digamma erfinv hypot copysign heaviside clamp clamp_min clamp_max lerp eq ne lt le gt ge addcmul
    addcdiv addmm addr baddbmm addbmm cumsum cumprod triu tril index_fill index_add index_copy scatter scatter_add masked_fill
    masked_scatter put
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
SIGNATURES |= dict.fromkeys(PLAIN, signatures._unary) | dict.fromkeys(BINARY, signatures._binary)
SIGNATURES |= dict.fromkeys(BINARY_OF_TENSORS, signatures._binary_of_tensors)
for _module in (arithmetic, composed, copies, places, products, reductions, shapes):
    SIGNATURES |= functions_of(_module)
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
