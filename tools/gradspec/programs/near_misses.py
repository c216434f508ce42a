"""Near misses: a right call of each operator, with one thing about one of its arguments changed.

The change may be as right as the call was; mostly it is not, and raises. Each is a program of its own: the leaves, the
call and, where there may be one, the gradient of what it gives back. What can be put in the place of an argument goes
by its kind, and stands in the tables below.
"""

from __future__ import annotations

import functools
import itertools
import random
from collections.abc import Callable, Iterable, Iterator, Sequence
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
    Get,
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
# which operators. A change goes by the dtype, the elements or the shape that a tensor gets, of a certain one where its
# name stands before it, or by the argument.
ACCIDENTS: dict[str, dict[str, str]] = {
    "it is another result in a vector register than beside it: a slope of nan that is 0 in whole registers, 1 in the rest": {
        "hardshrink": "nan", "nn.functional.softshrink": "nan", "nn.functional.elu": "nan", "selu": "nan", "celu": "nan",
        "nn.functional.hardswish": "nan", "nn.functional.hardtanh": "nan", "nn.functional.relu6": "nan",
    },
    "it is another result with the same elements in another order": {
        "var_mean": "inf -inf", "std_mean": "inf -inf", "mode": "nan", "topk": "equal", "unique": "nan",
        "kthvalue": "equal zero uint8 bool int64 int32 one_more",
    },
    "PyTorch's documentation leaves open what becomes of boundaries that are not sorted": {
        "bucketize": "b:nan", "searchsorted": "b:nan",
    },
    "a function of float32 is right but for its last bits, which differ by processor, and show in a result of float64": {
        "nn.functional.binary_cross_entropy_with_logits": "a:float32 a:float16",
        "nn.functional.multilabel_soft_margin_loss": "a:float32 a:float16",
        "nn.functional.kl_div": "float32 float16", "nn.functional.poisson_nll_loss": "float32 float16 int64 int32 uint8 bool",
        "nn.functional.poisson_nll_loss.rates": "float32 float16 int64 int32 uint8 bool",
    },
    "nothing of the result is right: what is rounded off has grown to all there is": {
        "matrix_exp": "float16", "linalg.matrix_exp": "float16", "special.log_ndtr": "low", "linalg.qr": "one_more",
        "nn.functional.group_norm": "low", "nn.functional.instance_norm": "low",
    },
    "nan comes of subtracting infinities that are in no formula of the documentation": {
        "nn.functional.batch_norm": "b:inf b:-inf d:inf d:-inf", "nn.functional.group_norm": "b:inf b:-inf",
        "nn.functional.instance_norm": "inf -inf", "nn.functional.layer_norm": "b:inf b:-inf",
    },
    "a library says so, which PyTorch has been built with or finds beside it: MKL, LAPACK, opt_einsum": {
        "fft.*": "empty last_empty", "linalg.lu_solve": "zero", "linalg.lstsq": "number", "einsum": "number",
        "linalg.householder_product": "nan inf -inf", "cholesky_solve": "b:inf b:-inf",
    },
    "it reads memory that is not its own, and crashes where that is nobody's": {
        "nn.functional.grid_sample": "nan inf -inf", "linalg.lstsq": "last_empty",
    },
    "PyTorch stumbles over itself: over an assertion, a gradient that is none or lost, or a shape that does not fit": {
        "pow.positive": "0", "index_put": "1 indices", "dist": "complex128 2 p", "narrow_copy": "2 start",
        "linalg.lstsq": "1+ +1 one_more", "pixel_*shuffle": "empty last_empty",
    },
    "a tensor in place takes another shape, or what was written before an error remains": {
        "addbmm": "1+ +1 flat reversed first_gone one_more empty last_empty",
        "masked_scatter": "c:one_more c:first_gone c:1+ c:+1 c:flat c:empty c:last_empty",
    },
}  # fmt: skip

# How many arguments there may be: of three operands opt_einsum, where it is installed, chooses which to multiply first.
MOST = {"einsum": 3}
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
        if not isinstance(leaf, Leaf):
            continue
        for changed in changed_leaves(leaf):
            asked = [each for change, each in changed.items() if left_out.isdisjoint((change, f"{leaf.to}:{change}"))]
            others = [(*leaves[:i], *each, *leaves[i + 1 :]) for each in asked]
            yield [Program((*each, call, *(after if requires_grad(each) else ()))) for each in others]
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
        few = len(sample.args) <= MOST.get(operator.key, len(sample.args))
        if few and len(first.meta.shape) > 1 and first.meta.size > 1:
            break
    return draft, sample


def gradient(draft: Draft, to: tuple[str, ...]) -> Iterator[Statement]:
    """What differentiates the first result, and looks at the gradients."""
    if to and requires_grad(draft.statements):
        summed = draft.new_name()
        yield Call("sum", (Name(to[0]),), {}, "method", (summed,))
        yield Call("backward", (Name(summed),), {}, "method")
        for each in draft.statements:
            if isinstance(each, Leaf) and each.requires_grad:
                yield Get(draft.new_name(), each.to, "grad")


def requires_grad(statements: Iterable[Statement]) -> bool:
    """Whether one of the leaves does: else there is nothing to differentiate."""
    return any(
        each.requires_grad if isinstance(each, Leaf) else isinstance(each, Call) and each.name == "requires_grad_"
        for each in statements
    )
