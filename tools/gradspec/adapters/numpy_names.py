"""torch's functions for libraries that follow NumPy: names and arguments are spelled anew, and nothing else is done."""

from __future__ import annotations

from collections.abc import Callable
from inspect import Parameter, Signature
from typing import Any

from gradspec.adapters import Unsupported
from gradspec.adapters.recorded import together
from gradspec.adapters.renaming import decline_keywords

Function = Callable[..., Any]

# torch's names, with NumPy's behind a colon where that is another; then torch's parameters. One with a name of NumPy's
# behind = is passed on only if it was given, by that name: of the others a derivative may know nothing.
FUNCTIONS = """
abs absolute:abs neg:negative negative positive square sqrt reciprocal exp exp2 expm1 log log2 log10 log1p | input
sin cos tan asin:arcsin acos:arccos atan:arctan sinh cosh tanh asinh:arcsinh acosh:arccosh atanh:arctanh | input
arcsin arccos arctan arcsinh arccosh arctanh sinc rad2deg deg2rad sign floor ceil trunc fix round i0 | input
isnan isinf isfinite isposinf isneginf signbit logical_not bitwise_not:invert zeros_like ones_like clone:array | input
squeeze ravel flatten:ravel max min fliplr flipud atleast_1d atleast_2d atleast_3d | input
add sub:subtract subtract mul:multiply multiply div:divide divide true_divide floor_divide remainder fmod | input other
lt:less le:less_equal gt:greater ge:greater_equal eq:equal ne:not_equal less less_equal greater | input other
greater_equal not_equal bitwise_and bitwise_or bitwise_xor copysign | input other
pow:power | input exponent
sum mean prod amax:max amin:min all any argmax argmin nansum nanmean | input dim=axis keepdim=keepdims
cumsum cumprod | input dim
diff | input n=n dim=axis
cat:concatenate concat:concatenate concatenate stack | tensors dim=axis
hstack vstack row_stack:vstack dstack column_stack | tensors
where | condition input other
tensordot | a b dims=axes
reshape | input *shape
permute:transpose tile | input *dims
unsqueeze:expand_dims | input dim
transpose:swapaxes swapdims:swapaxes | input dim0 dim1
swapaxes | input axis0 axis1
movedim:moveaxis moveaxis | input source destination
roll | input shifts dims=axis
rot90 | input k=k dims=axes
flip | input *dims
broadcast_to | input size
repeat_interleave:repeat | input repeats dim=axis
diagonal | input offset=offset dim1=axis1 dim2=axis2
diag tril triu | input diagonal=k
"""
LINALG = """
inv det slogdet pinv cholesky | A
norm | A ord=ord dim=axis keepdim=keepdims
"""
# Of arrays with so many dimensions. Of others, NumPy's function is not torch's; nor is it of numbers.
OF_DIMENSIONS = """
maximum minimum fmax fmin arctan2 atan2:arctan2 hypot logaddexp logaddexp2 | any any
logical_and logical_or logical_xor heaviside gcd lcm matmul inner kron | any any
mm:matmul | 2 2
mv:matmul | 2 1
bmm:matmul | 3 3
dot vdot outer ger:outer | 1 1
t:transpose trace | 2
"""


def functions(np: Any) -> dict[str, Function]:
    """Functions of arrays with torch's names and arguments, of a module `np` with NumPy's."""
    table = spelled_anew(np, FUNCTIONS) | spelled_anew(np.linalg, "det slogdet inverse:inv pinverse:pinv | input")
    table["einsum"] = np.einsum
    table["select"] = lambda input, dim, index: np.take(input, index, axis=dim)
    for name in ("clamp", "clip"):
        table[name] = lambda input, min=None, max=None: np.clip(input, min, max)
    return table | spelled_by_dimensions(np, OF_DIMENSIONS)


def linalg(np: Any) -> dict[str, Function]:
    """The same of `np.linalg`."""
    solve = of_dimensions(np.linalg.solve, 2, None)
    return spelled_anew(np.linalg, LINALG) | {"solve": solve, "matmul": of_dimensions(np.matmul, None, None)}


def spelled_anew(np: Any, table: str) -> dict[str, Function]:
    rows = [line.split("|") for line in table.strip().splitlines()]
    return {
        name: taking(function, parameters.split()) for words, parameters in rows for name, function in named(np, words)
    }


def spelled_by_dimensions(np: Any, table: str) -> dict[str, Function]:
    """The same of functions that take so many dimensions of each tensor, or any."""
    rows = [line.split("|") for line in table.strip().splitlines()]
    return {
        name: of_dimensions(function, *(None if each == "any" else int(each) for each in ndims.split()))
        for words, ndims in rows
        for name, function in named(np, words)
    }


def named(np: Any, words: str) -> list[tuple[str, Function]]:
    """Those of the functions that `np` has."""
    pairs = (word.partition(":") for word in words.split())
    return [(name, getattr(np, other or name)) for name, _, other in pairs if hasattr(np, other or name)]


def taking(function: Function, parameters: list[str]) -> Function:
    """`function` with torch's `parameters`. Other arguments are declined: torch has more of them than NumPy."""
    spelled = {name.lstrip("*"): other for name, _, other in (each.partition("=") for each in parameters)}
    signature = Signature([parameter(each) for each in parameters])

    def call(*args: Any, **keywords: Any) -> Any:
        try:
            given = signature.bind(*args, **keywords).arguments
        except TypeError as error:
            raise Unsupported(f"NumPy has nothing like these arguments of {function.__name__}: {error}") from None
        if "*" in parameters[-1]:
            given |= {name: together(each) for name, each in given.items() if f"*{name}" in parameters}
        named = {other: axis(given[name]) for name, other in spelled.items() if other and name in given}
        return function(*(each for name, each in given.items() if not spelled[name]), **named)

    return call


def of_dimensions(function: Function, *ndims: int | None) -> Function:
    def call(*tensors: Any, **keywords: Any) -> Any:
        decline_keywords("NumPy", keywords)
        found = [getattr(each, "ndim", -1) for each in tensors]
        if len(found) != len(ndims) or any(n < 0 or m not in (None, n) for n, m in zip(found, ndims, strict=True)):
            raise Unsupported(f"NumPy's {function.__name__} means something else by such operands")
        return function(*tensors)

    return call


def parameter(word: str) -> Parameter:
    name, optional, _ = word.lstrip("*").partition("=")
    kind = Parameter.VAR_POSITIONAL if word.startswith("*") else Parameter.POSITIONAL_OR_KEYWORD
    return Parameter(name, kind, default=None if optional else Parameter.empty)


def axis(dim: Any) -> Any:
    """torch takes lists, and an empty one for all dimensions."""
    return (tuple(dim) or None) if isinstance(dim, tuple | list) else dim
