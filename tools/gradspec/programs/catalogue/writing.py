"""Operators that write, add or reduce where an index or a mask says."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from gradspec.programs.catalogue.elementwise import ALL_FORMS, INTEGERS_TOO, finer, together
from gradspec.programs.catalogue.indexing import APART, OTHERS, aligned_shape, at, either, index, mask, size_at
from gradspec.programs.catalogue.vocabulary import (
    COUNTS,
    REAL,
    SIZES,
    Draw,
    ErrorInput,
    Meta,
    Operand,
    Operator,
    Sample,
    Shape,
    any_dim,
    called,
    of_dimensions,
    wrong,
)
from gradspec.programs.choices import Choices


def places(choices: Choices, n: int, most: int = 3) -> list[int]:
    """Different numbers below `n`."""
    return choices.shuffled(range(n))[: choices.between(min(n, 1), min(n, most))]


def sums(x: Meta, other: Meta, times: int) -> Meta:
    """`x` to whose elements at most `times` elements of `other` are added."""
    bound = x.bound + max(times, 1) * other.bound
    return x.within(-bound, bound, finer(x, other))


def scaled(x: Meta, factor: float) -> Meta:
    corners = (x.low * factor, x.high * factor)
    return x.within(min(corners), max(corners), x.grain if float(factor).is_integer() else x.grain and x.grain + 1)


def number_for(d: Draw, x: Meta) -> float | int:
    value = COUNTS.values(d.choices, 1)[0]
    return value + 0.5 if x.floating else int(value)


def index_of_rows(d: Draw, x: Operand, dim: int, *, repeated: bool) -> Operand:
    n = size_at(x.meta.shape, dim)
    if not x.meta.shape:
        return d.integers((), [0])
    if repeated:
        return index(d, (d.choices.pick(SIZES) if n else 0,), n)
    found = places(d.choices, n)
    return d.integers((len(found),), found)


def index_add(d: Draw, x: Operand) -> Sample:
    dim = any_dim(d.choices, len(x.meta.shape))
    rows = index_of_rows(d, x, dim, repeated=True)
    source = d.tensor(at(x.meta.shape, dim, rows.meta.size), REAL, dtype=x.meta.dtype)
    alpha = d.choices.pick((2, -1, 0.5 if x.meta.floating else 3)) if d.choices.chance(40) else 1
    result = sums(x.meta, scaled(source.meta, alpha), rows.meta.size)
    kwargs = {"alpha": alpha} if alpha != 1 else {}
    return Sample((x, dim, rows, source), kwargs, result)


def index_copy(d: Draw, x: Operand) -> Sample:
    dim = any_dim(d.choices, len(x.meta.shape))
    rows = index_of_rows(d, x, dim, repeated=False)
    source = d.tensor(at(x.meta.shape, dim, rows.meta.size), REAL, dtype=x.meta.dtype)
    given = {"dim": dim, "index": rows, "source": source}
    return called(d.choices, x, given, either(x.meta.shape, x.meta, source.meta))


def value_for(d: Draw, x: Operand) -> tuple[Any, Meta]:
    """A number, or a tensor without dimensions, to fill in."""
    if d.choices.chance(50):
        value = number_for(d, x.meta)
        return value, Meta((), x.meta.dtype, value, value, 1)
    tensor = d.tensor((), REAL, dtype=x.meta.dtype)
    return tensor, tensor.meta


def index_fill(d: Draw, x: Operand) -> Sample:
    dim = any_dim(d.choices, len(x.meta.shape))
    rows = index_of_rows(d, x, dim, repeated=True)
    value, meta = value_for(d, x)
    given = {"dim": dim, "index": rows, "value": value}
    return called(d.choices, x, given, either(x.meta.shape, x.meta, meta))


def masked_scatter(d: Draw, x: Operand) -> Sample:
    chosen, true = mask(d, x.meta.shape)
    source = d.tensor((true + d.choices.below(2),), REAL, dtype=x.meta.dtype)
    return called(d.choices, x, {"mask": chosen, "source": source}, either(x.meta.shape, x.meta, source.meta))


def put(d: Draw, x: Operand) -> Sample:
    n = x.meta.size
    accumulate = d.choices.chance(50)
    found = [d.choices.below(n) for _ in range(3)] if accumulate and n else places(d.choices, n)
    where = d.integers((len(found),), [i - n if d.choices.chance(25) else i for i in found])
    source = d.tensor((len(found),), REAL, dtype=x.meta.dtype)
    given: dict[str, Any] = {"index": where, "source": source} | ({"accumulate": True} if accumulate else {})
    result = sums(x.meta, source.meta, len(found)) if accumulate else either(x.meta.shape, x.meta, source.meta)
    return called(d.choices, x, given, result)


def index_put(d: Draw, x: Operand) -> Sample:
    shape, c = x.meta.shape, d.choices
    accumulate = c.chance(50)

    def along(n: int) -> list[int]:
        found = [c.below(n) for _ in range(c.between(1, 3))] if accumulate and n else places(c, n)
        return [i - n if c.chance(25) else i for i in found]

    how = c.below(3)
    rows = along(shape[0])
    indices: tuple[Operand, ...]
    if how == 0 and len(shape) > 1:
        columns = along(shape[1])
        indices = (d.integers((len(rows), 1), rows), d.integers((len(columns),), columns))
        picked = (len(rows), len(columns), *shape[2:])
    elif how == 1:
        dims = c.between(1, len(shape))
        chosen, true = mask(d, shape[:dims])
        indices, picked = (chosen,), (true, *shape[dims:])
    else:
        indices, picked = (d.integers((len(rows),), rows),), (len(rows), *shape[1:])
    value_shape = c.pick((picked, picked, (), picked[1:], tuple(1 if c.chance(50) else n for n in picked)))
    values = d.tensor(value_shape, REAL, dtype=x.meta.dtype)
    result = sums(x.meta, values.meta, math.prod(picked)) if accumulate else either(shape, x.meta, values.meta)
    given = {"indices": indices, "values": values} | ({"accumulate": True} if accumulate else {})
    return called(c, x, given, result)


def index_reduce(d: Draw, x: Operand) -> Sample:
    dim = any_dim(d.choices, len(x.meta.shape))
    rows = index_of_rows(d, x, dim, repeated=True)
    source = d.tensor(at(x.meta.shape, dim, rows.meta.size), REAL, smooth=OTHERS, dtype=x.meta.dtype)
    reduce = d.choices.pick(("amax", "amin", "mean"))  # "prod" warns once more, at its backward pass
    result, kwargs = reduced(d, x.meta, source.meta, reduce, rows.meta.size)
    return Sample((x, dim, rows, source, reduce), kwargs, result)


def reduced(d: Draw, x: Meta, source: Meta, reduce: str, times: int) -> tuple[Meta, dict[str, Any]]:
    """What comes of reducing at most `times` elements of `source` into one of `x`, and the keyword argument."""
    kwargs = {"include_self": d.choices.chance(50)} if d.choices.chance(50) else {}
    if reduce in ("amax", "amin"):
        return either(x.shape, x, source), kwargs
    if reduce == "sum":
        return sums(x, source, times), kwargs
    if reduce == "mean":
        bound = max(x.bound, source.bound)
        return x.within(-bound, bound), kwargs
    bound = max(x.bound, 1.0) * max(source.bound, 1.0) ** times
    grain = together(x, source.within(0, 0, source.grain and source.grain * times))
    return x.within(-bound, bound, grain), kwargs


def along_columns(d: Draw, shape: Shape, dim: int) -> tuple[Shape, list[int]]:
    """The shape and values of an index along `dim` that meets no element twice, if `shape` has dimensions."""
    if not shape:
        return (), [0]
    dim %= len(shape)
    n = shape[dim]
    k = d.choices.between(min(n, 1), n)
    size = tuple(d.choices.between(min(m, 1), m) if d.choices.chance(30) else m for m in shape)
    size = at(size, dim, k)
    lead, trail = math.prod(size[:dim]), math.prod(size[dim + 1 :])
    columns = [[d.choices.shuffled(range(n))[:k] for _ in range(trail)] for _ in range(lead)]
    return size, [columns[i][t][j] for i in range(lead) for j in range(k) for t in range(trail)]


def scatter(d: Draw, x: Operand) -> Sample:
    dim = any_dim(d.choices, len(x.meta.shape))
    size, values = along_columns(d, x.meta.shape, dim)
    where = d.integers(size, values)
    if not x.meta.floating and d.choices.chance(50):  # of floats there is no derivative with `reduce`
        source = d.tensor(size, dtype=x.meta.dtype)
        reduce = d.choices.pick(("add", "multiply"))
        bound = (x.meta.bound + 1) * (source.meta.bound + 1)
        return Sample((x, dim, where, source), {"reduce": reduce}, x.meta.within(-bound, bound, 0))
    if d.choices.chance(40):
        value = number_for(d, x.meta)
        filled = either(x.meta.shape, x.meta, Meta((), x.meta.dtype, value, value, 1))
        return called(d.choices, x, {"dim": dim, "index": where, "value": value}, filled)
    source = d.tensor(size, REAL, dtype=x.meta.dtype)
    written = either(x.meta.shape, x.meta, source.meta)
    return called(d.choices, x, {"dim": dim, "index": where, "src": source}, written)


def repeated_index(d: Draw, x: Operand, dim: int) -> tuple[Operand, int]:
    """An index along `dim`, and how many of its elements may meet in one place."""
    shape = aligned_shape(d, x.meta.shape, dim) if x.meta.shape else ()
    return index(d, shape, size_at(x.meta.shape, dim)), size_at(shape, dim)


def scatter_add(d: Draw, x: Operand) -> Sample:
    dim = any_dim(d.choices, len(x.meta.shape))
    where, times = repeated_index(d, x, dim)
    source = d.tensor(where.meta.shape, REAL, dtype=x.meta.dtype)
    given = {"dim": dim, "index": where, "src": source}
    return called(d.choices, x, given, sums(x.meta, source.meta, times))


def scatter_reduce(d: Draw, x: Operand) -> Sample:
    dim = any_dim(d.choices, len(x.meta.shape))
    where, times = repeated_index(d, x, dim)
    source = d.tensor(where.meta.shape, REAL, smooth=OTHERS, dtype=x.meta.dtype)
    reduce = d.choices.pick(("sum", "amax", "amin", "mean", "prod"))
    result, kwargs = reduced(d, x.meta, source.meta, reduce, times)
    return Sample((x, dim, where, source, reduce), kwargs, result)


Given = Callable[[Draw], tuple[Any, ...]]


def by_rows(*more: Any, source: Shape | None = (1, 3), errors: tuple[ErrorInput, ...] = ()) -> tuple[ErrorInput, ...]:
    """Error inputs of an operator that takes a dimension, an index of rows, a source (or none) and `more`."""

    def given(dim: int, rows: Callable[[Draw], Operand], shape: Shape | None = source) -> Given:
        return lambda d: (d.tensor((2, 3)), dim, rows(d), *(() if shape is None else (d.tensor(shape),)), *more)

    found: tuple[ErrorInput, ...] = (
        wrong("an index beyond the end", given(0, lambda d: d.integers((1,), [2]))),
        wrong("a dimension out of range", given(2, lambda d: d.integers((1,), [0]))),
        wrong("an index of floats", given(0, lambda d: d.tensor((1,)))),
        wrong("an index of two dimensions", given(0, lambda d: d.integers((1, 1), [0]))),
    )
    if source is not None:
        found += (wrong("a source of another shape", given(0, lambda d: d.integers((1,), [0]), (2, 2))),)
    return found + errors


def by_elements(*more: Any, errors: tuple[ErrorInput, ...] = ()) -> tuple[ErrorInput, ...]:
    """Error inputs of an operator of the scatter family."""

    def given(dim: int, where: Callable[[Draw], Operand], source: Shape = (2, 1)) -> Given:
        return lambda d: (d.tensor((2, 3)), dim, where(d), d.tensor(source), *more)

    return (
        wrong("an index beyond the end", given(1, lambda d: d.integers((2, 1), [0, 3]))),
        wrong("a negative index", given(1, lambda d: d.integers((2, 1), [0, -1]))),
        wrong("a dimension out of range", given(2, lambda d: d.integers((2, 1), [0, 1]))),
        wrong("an index of fewer dimensions", given(1, lambda d: d.integers((2,), [0, 1]))),
        wrong("an index of floats", given(1, lambda d: d.tensor((2, 1)))),
        wrong("a source that is smaller", given(1, lambda d: d.integers((2, 2), [0, 1, 0, 1]))),
        *errors,
    )


WRITING = (
    Operator("index_add", index_add, forms=ALL_FORMS, dtypes=INTEGERS_TOO, needs=("indexing",), errors=by_rows()),
    Operator("index_copy", index_copy, forms=ALL_FORMS, dtypes=INTEGERS_TOO, needs=("indexing",), errors=by_rows()),
    Operator("index_fill", index_fill, forms=ALL_FORMS, dtypes=INTEGERS_TOO, needs=("indexing",),
             errors=by_rows(2.0, source=None, errors=(
        wrong("a value with dimensions", lambda d: (d.tensor((2,)), 0, d.integers((1,), [0]), d.tensor((1,)))),
    ))),
    Operator("index_reduce", index_reduce, forms=ALL_FORMS, chooses=True, needs=("indexing",), smooth=APART,
             fits=lambda m: m.bound <= 4, errors=by_rows("amax", errors=(
        wrong("an unknown reduction", lambda d: (d.tensor((2,)), 0, d.integers((1,), [0]), d.tensor((1,)), "median")),
    ))),
    Operator("index_put", index_put, forms=ALL_FORMS, dtypes=INTEGERS_TOO, needs=("indexing",),
             shapes=of_dimensions(1), fits=lambda m: len(m.shape) > 0, errors=(
        wrong("an index beyond the end", lambda d: (d.tensor((2, 3)), (d.integers((1,), [2]),), d.tensor((3,)))),
        wrong("too many indices", lambda d: (d.tensor((2,)), (d.integers((1,), [0]),) * 2, d.tensor(()))),
        wrong("values that do not fit", lambda d: (d.tensor((2, 3)), (d.integers((1,), [0]),), d.tensor((2,)))),
        wrong("an index of floats", lambda d: (d.tensor((2, 3)), (d.tensor((1,)),), d.tensor((3,)))),
    )),
    Operator("put", put, forms=ALL_FORMS, dtypes=INTEGERS_TOO, needs=("indexing",), errors=(
        wrong("an index beyond the end", lambda d: (d.tensor((2,)), d.integers((1,), [2]), d.tensor((1,)))),
        wrong("a source of another size", lambda d: (d.tensor((2,)), d.integers((1,), [0]), d.tensor((2,)))),
        wrong("an index of floats", lambda d: (d.tensor((2,)), d.tensor((1,)), d.tensor((1,)))),
    )),
    Operator("masked_scatter", masked_scatter, forms=ALL_FORMS, dtypes=INTEGERS_TOO, needs=("indexing",), errors=(
        wrong("too small a source", lambda d: (d.tensor((2,)), d.integers((2,), [1, 1], "bool"), d.tensor((1,)))),
        wrong("a mask of integers", lambda d: (d.tensor((2,)), d.integers((2,), [1, 1]), d.tensor((2,)))),
    )),
    Operator("scatter", scatter, forms=ALL_FORMS, dtypes=INTEGERS_TOO, needs=("indexing",), errors=by_elements(errors=(
        wrong("an unknown reduction", lambda d: (d.tensor((2,)), 0, d.integers((1,), [0]), 1.0), reduce="median"),
    ))),
    Operator("scatter_add", scatter_add, forms=ALL_FORMS, dtypes=INTEGERS_TOO, needs=("indexing",),
             errors=by_elements()),
    Operator("scatter_reduce", scatter_reduce, forms=ALL_FORMS, chooses=True, needs=("indexing",), smooth=APART,
             fits=lambda m: m.bound <= 4, errors=by_elements("amax", errors=(
        wrong("an unknown reduction", lambda d: (d.tensor((2,)), 0, d.integers((1,), [0]), d.tensor((1,)), "median")),
    ))),
)  # fmt: skip
