"""Near misses: a right call of each operator, with one thing about one of its arguments changed.

The change may be as right as the call was; mostly it is not, and raises. Each is a program of its own: the leaves, the
call and, where there may be one, the gradient of what it gives back. What can be put in the place of an argument goes
by its kind, and stands in the tables below.
"""

from __future__ import annotations

import functools
import itertools
import random
from collections.abc import Callable, Iterator, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from gradspec.programs.catalogue import CATALOGUE
from gradspec.programs.catalogue.vocabulary import Operator, Sample
from gradspec.programs.draft import Draft
from gradspec.programs.operators import choices, in_place
from gradspec.programs.program import (
    Argument,
    Assign,
    Call,
    Constant,
    Leaf,
    List,
    Name,
    Program,
    Statement,
    Tuple,
    encode,
)
from gradspec.scenario import Programs

MISSES = 6  # of an operator, in the suite
TRIES = 12  # to draw a call on a tensor of two dimensions, on which there is more to change
# Words are no part of it: a malformed call can be described in many ways, and checks come in an order of their own.
IGNORED = ("grad_fn", "message", "warning", "version")


@functools.cache
def near_miss_items(chapter: Path, misses: int = MISSES, seed: str = "") -> tuple[Programs, ...]:
    """The items of the chapter: one an operator, with the same near misses every time for the same seed."""
    return tuple(near_miss_item(chapter, each, misses, seed) for each in CATALOGUE.values() if forms(each))


def near_miss_item(chapter: Path, operator: Operator, misses: int, seed: str) -> Programs:
    path = f"torch.{operator.name}"
    clause = f"`{path}` with one thing about one argument changed: what it takes, and which error it raises."
    name = operator.key.replace(".", "_")
    needs = tuple(dict.fromkeys((*operator.needs, "dtypes")))
    draw = functools.partial(programs_of, operator, misses, seed)
    return Programs(chapter, chapter.stem, name, clause, f"docs: {path}", draw, needs, IGNORED)


def programs_of(operator: Operator, misses: int, seed: str) -> tuple[tuple[bytes, ...], tuple[bytes, ...]]:
    """The first near misses of an operator, as JSON."""
    return tuple(map(encode, itertools.islice(near_misses(operator, seed), misses))), ()


Changes = Callable[[Any], Sequence[Argument]]

NUMBER_FOR_TENSOR: tuple[Argument, ...] = (1.5, 2, True, None, "x", Tuple(()))
ARGUMENTS: dict[type, Changes] = {
    bool: lambda v: (not v, 1, 0, None, "x"),
    int: lambda v: (0, -1, v + 1, v - 1, -v, 7, True, 1.5, None, "mean", Tuple((v,)), Tuple((v, v))),
    float: lambda v: (0.0, -v, 1, -1, 2.5, *map(Constant, ("nan", "inf", "-inf")), True, None, "x", Tuple((v,))),
    str: lambda v: ("", "mean", "sum", "none", v.upper(), None, 1),
    type(None): lambda v: (0, 1.0, True, -1, "x"),
    Constant: lambda v: (*map(Constant, ("float32", "int64", "bool", "complex64", "float16", "inf")), None, 1),
    Name: lambda v: NUMBER_FOR_TENSOR,
    Tuple: lambda v: tuple(changed_items(v)),
    List: lambda v: tuple(changed_items(v)),
}

# What is left out, as no promise but the way in which PyTorch happens to compute: by reason, the changes that are, of
# which operators. A change goes by the dtype, the elements or the shape that a tensor gets, or by the argument.
ACCIDENTS: dict[str, dict[str, str]] = {
    "the formula of the slope happens to subtract, negate or divide what cannot be": {
        "pow.positive": "bool 0", "logaddexp": "bool", "logaddexp2": "bool", "atan2": "bool", "arctan2": "bool",
        "atan2.around": "bool", "nn.functional.soft_margin_loss": "bool uint8", "addcdiv": "bool uint8 int32 int64",
        "ldexp": "bool uint8 int32 int64", "dist": "complex128 2 p", "nn.functional.kl_div": "complex128",
    },
    "operands of several dtypes are rounded on the way, in an order of its own": {
        "nn.functional.binary_cross_entropy_with_logits": "float32 float16",
        "nn.functional.multilabel_soft_margin_loss": "float32 float16",
        "nn.functional.poisson_nll_loss": "float32 float16 int64 int32 uint8 bool",
        "nn.functional.poisson_nll_loss.rates": "float32 float16 int64 int32 uint8 bool",
        "nn.functional.rms_norm": "float16", "matrix_exp": "float16", "linalg.matrix_exp": "float16", "rad2deg": "float16",
        "special.xlog1py": "float16 bool uint8",
    },
    "every element depends on all: what becomes of the others is a matter of order": {
        "fft.*": "nan inf -inf", "matrix_exp": "nan inf -inf low", "linalg.matrix_exp": "nan inf -inf low",
        "var*": "inf -inf", "std*": "inf -inf", "nn.functional.*_norm": "inf -inf last_empty",
        "nn.functional.interpolate*": "inf -inf", "nn.functional.grid_sample": "nan inf -inf", "special.log_ndtr": "low",
        "mode": "nan", "bucketize": "nan", "searchsorted": "nan", "cdist": "nan inf -inf", "cumprod": "nan inf -inf",
        "nn.functional.avg_pool*": "inf -inf", "hardshrink": "nan", "nn.functional.softshrink": "nan",
    },
    "which of several signatures is meant is found out in an order of its own": {
        "sort.stable": "number", "argsort.stable": "number", "einsum": "number",
    },
    "a library that PyTorch is built with gives up, or has no plan": {
        "fft.*": "empty last_empty", "linalg.lu_solve": "zero", "linalg.cond": "1 p", "linalg.lstsq": "1+ number last_empty",
        "linalg.matrix_rank": "float16",
        "linalg.det": "float16", "det": "float16", "nn.functional.pixel_shuffle": "empty last_empty",
    },
    "a check comes too late, or not at all": {
        "index_put": "1 indices", "nn.functional.batch_norm": "1+ +1", "narrow_copy": "1 2 dim start", "logsumexp": "1 dim",
        "masked_scatter": "one_more first_gone 1+ +1 flat empty last_empty",
        "addbmm": "1+ +1 flat reversed first_gone one_more empty last_empty",
        "nn.functional.scaled_dot_product_attention": "empty last_empty",
    },
}  # fmt: skip

DTYPES = ("float32", "float16", "int64", "int32", "uint8", "bool", "complex128")
EXTREMES: dict[str, str | float] = {"nan": "nan", "inf": "inf", "-inf": "-inf", "zero": 0.0, "low": -1e5}
PLACES: dict[str, str | float] = {"before": -1, "beyond": 99}  # in an index


def changed_items(given: Tuple | List) -> Iterator[Argument]:
    """Sequences of another length, in another order, with another element; and what is none."""
    items, kind = given.items, type(given)
    yield from (kind(items[:-1]), kind(()), kind(items + items[-1:]), kind(items[::-1]), None, 1, -1, 1.5)
    for i, item in enumerate(items):
        numbers = (item - 1, item + 1, -item, -1, 0, 5) if type(item) in (int, float) else ()  # type: ignore[operator]
        yield from (kind((*items[:i], each, *items[i + 1 :])) for each in (*numbers, "x"))


def changed_leaves(leaf: Leaf) -> Iterator[dict[str, tuple[Statement, ...]]]:
    """By change, statements that make another tensor of the name of `leaf`: of another dtype or shape, of other elements."""
    yield {dtype: (of_dtype(leaf, dtype),) for dtype in DTYPES if dtype != leaf.dtype}
    yield {change: (each,) for change, each in reshaped(leaf)}
    floating = leaf.dtype in ("float64", "float32")
    firsts = EXTREMES if floating else PLACES if leaf.dtype == "int64" else {}
    if leaf.values:
        equal = {"equal": (replace(leaf, values=leaf.values[:1] * len(leaf.values)),)} if floating else {}
        yield {**equal, **{change: tuple(with_first(leaf, each)) for change, each in firsts.items()}}


def reshaped(leaf: Leaf) -> Iterator[tuple[str, Leaf]]:
    """The leaf with other dimensions, or in its first or last with another size."""
    values, shape = leaf.values, leaf.shape
    for change, other in (
        ("1+", (1, *shape)),
        ("+1", (*shape, 1)),
        ("flat", (len(values),)),
        ("reversed", shape[::-1]),
    ):
        if other != shape:
            yield change, replace(leaf, shape=other)
    if shape and shape[0]:
        row = len(values) // shape[0]
        yield "first_gone", replace(leaf, shape=shape[1:], values=values[:row])
        yield "one_more", replace(leaf, shape=(shape[0] + 1, *shape[1:]), values=values + values[:row])
        yield "empty", replace(leaf, shape=(0, *shape[1:]), values=())
        yield "last_empty", replace(leaf, shape=(*shape[:-1], 0), values=())


def of_dtype(leaf: Leaf, dtype: str) -> Leaf:
    values = tuple(as_dtype(each, dtype) for each in leaf.values)
    differentiable = dtype.startswith(("float", "complex")) and dtype != "float16"  # whose slopes show every rounding
    return replace(leaf, values=values, dtype=dtype, requires_grad=leaf.requires_grad and differentiable)


def as_dtype(value: Any, dtype: str) -> Any:
    """An element of a leaf as one of `dtype` is written."""
    real = value[0] if isinstance(value, tuple) else value
    if dtype.startswith("complex"):
        return (float(real), 0.0)
    return bool(real) if dtype == "bool" else abs(int(real)) if dtype == "uint8" else KINDS.get(dtype, float)(real)


KINDS: dict[str, Callable[[Any], Any]] = {"int64": int, "int32": int}


def with_first(leaf: Leaf, value: Argument) -> Iterator[Statement]:
    """The leaf with another first element; one that a list of numbers cannot spell is assigned."""
    if not isinstance(value, str):
        yield replace(leaf, values=(value, *leaf.values[1:]))
        return
    yield replace(leaf, requires_grad=False)
    yield Assign(leaf.to, Tuple((0,) * len(leaf.shape)), Constant(value))
    if leaf.requires_grad:
        yield Call("requires_grad_", (Name(leaf.to),), {}, "method")


def changed_calls(call: Call) -> Iterator[tuple[str, tuple[Call, ...]]]:
    """By argument, the calls in which it is another; then those with one more, one less, and one that does not exist."""
    args, kwargs = call.args, call.kwargs
    for i, argument in enumerate(args):
        if i or call.form == "function":
            yield str(i), tuple(replace(call, args=(*args[:i], each, *args[i + 1 :])) for each in changes(argument))
    for key, argument in kwargs.items():
        yield key, tuple(replace(call, kwargs={**kwargs, key: each}) for each in changes(argument))
    fewer = (replace(call, args=args[:-1]),) if len(args) > 1 else ()
    yield "number", (*fewer, replace(call, args=(*args, 1)), replace(call, kwargs={**kwargs, "wrong": 1}))


def changes(argument: Argument) -> Sequence[Argument]:
    found = ARGUMENTS.get(type(argument))
    return found(argument) if found else ()


def near_misses(operator: Operator, seed: str = "") -> Iterator[Program]:
    """All of them: of each kind of change one after the other, so that the first few are of many kinds."""
    drawn = random.Random(f"{operator.key} {seed}")
    kinds = [kind for form in forms(operator) for kind in kinds_of(operator, form, seed)]
    for each in kinds:
        drawn.shuffle(each)
    drawn.shuffle(kinds)
    seen = {encode(right(operator, form, seed)) for form in forms(operator)}  # of 0, the number with another sign
    for program in itertools.chain.from_iterable(itertools.zip_longest(*kinds)):
        if program is not None and (text := encode(program)) not in seen:
            seen.add(text)
            yield program


def forms(operator: Operator) -> tuple[str, ...]:
    """The first in which it is called, and that in which it changes its first tensor."""
    plain = [each for each in operator.forms if each != "attribute" and not in_place(each)]
    return (*plain[:1], *(("in_place",) if "in_place" in operator.forms else ()))


def right(operator: Operator, form: str, seed: str) -> Program:
    """The call that is right, and what differentiates its result."""
    draft, sample = right_call(operator, form, seed)
    to = draft.call(operator, sample, form)
    return Program((*draft.statements, *gradient(draft, to if operator.differentiable else ())))


def kinds_of(operator: Operator, form: str, seed: str) -> Iterator[list[Program]]:
    """By kind, the changes to the right call in this form."""
    statements = right(operator, form, seed).statements
    at = next(i for i, each in enumerate(statements) if isinstance(each, Call))
    leaves, call, after = statements[:at], statements[at], statements[at + 1 :]
    assert isinstance(call, Call)
    left_out = accidents(operator)
    for i, leaf in enumerate(leaves):
        for changed in changed_leaves(leaf) if isinstance(leaf, Leaf) else ():
            yield [
                Program((*leaves[:i], *each, *leaves[i + 1 :], call, *after))
                for change, each in changed.items()
                if change not in left_out
            ]
    for argument, calls in changed_calls(call):
        if argument not in left_out:
            yield [Program((*leaves, each, *after)) for each in calls]


def accidents(operator: Operator) -> frozenset[str]:
    """The changes that are left out of `operator`."""
    found = [
        changes_.split()
        for each in ACCIDENTS.values()
        for pattern, changes_ in each.items()
        if fnmatchcase(operator.key, pattern)
    ]
    of_structure = (
        [*EXTREMES, "equal", "empty", "last_empty"] if operator.first.arrange else []
    )  # it may be singular then
    return frozenset(itertools.chain(of_structure, *found))


def right_call(operator: Operator, form: str, seed: str) -> tuple[Draft, Sample]:
    """A call that is right, if possible on a tensor of at least two dimensions that is not empty."""
    for i in range(TRIES):
        smooth = operator.differentiable and not in_place(form)
        draft = Draft(choices(operator, seed, f"near miss {form} {i}"), smooth=True, requires_grad=smooth)
        first = draft.first(operator, next(iter(operator.dtypes)))
        sample = operator.call(draft, first)
        if len(first.meta.shape) > 1 and first.meta.size > 1:
            break
    return draft, sample


def gradient(draft: Draft, to: tuple[str, ...]) -> Iterator[Statement]:
    """What differentiates the first result."""
    if to and any(isinstance(each, Leaf) and each.requires_grad for each in draft.statements):
        summed = draft.new_name()
        yield Call("sum", (Name(to[0]),), {}, "method", (summed,))
        yield Call("backward", (Name(summed),), {}, "method")
