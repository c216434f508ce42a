"""Selections: taking from places and writing to them, with every way of combining what meets there, and along every dimension."""

import math

from gradspec import attempt, scenario

NEEDS = ("tensor", "functions", "shapes", "indexing", "dtypes", "autograd_grad", "higher_order")
IN_PLACE = (*NEEDS, "inplace")


def numbers(torch, *shape, step=7):
    """A tensor whose elements lie on no line, of both signs."""
    places = range(math.prod(shape))
    values = [n * step % 11 * 0.5 - 2.25 - n % 3 + n * 0.03125 for n in places]
    return torch.tensor(values, dtype=torch.float64).reshape(shape)


def upstream(y):
    """A gradient for `y` that is another for each of its elements."""
    return y.detach() * 0.5 + 1.0


def shown(torch, function, *inputs, twice=True):
    """What a function makes of its inputs; their gradients under an uneven gradient of the result; and theirs, once more."""
    inputs = [each.clone().requires_grad_() for each in inputs]
    y = function(*inputs)
    first = torch.autograd.grad(y, inputs, upstream(y).requires_grad_(twice), create_graph=twice, allow_unused=True)
    found = [each for each in first if each is not None and each.requires_grad]
    second = torch.autograd.grad(found, inputs, [upstream(each) for each in found], allow_unused=True) if found else ()
    return (y.detach(), *(None if each is None else each.detach() for each in first), *second)


def refused(function, *args, **options):
    """Whether a call raises an error: of what type, and in which words, is not what is specified here."""
    return attempt(function, *args, **options).error is not None


@scenario(cites="torch.Tensor.scatter_reduce", needs=NEEDS)
def scattered_values_that_meet(torch):
    """`scatter_reduce` and `index_reduce` combine what meets in a place, with what was there or without, zeros and
    ties included."""
    index = torch.tensor([[0, 2, 0, 0], [1, 2, 2, 0]])
    tables = {
        "plain": (numbers(torch, 3, 4), numbers(torch, 2, 4, step=5)),
        "zeros": (torch.zeros(3, 4).double(), torch.tensor([[0.0, 2.0, 0.0, 3.0], [4.0, 0.0, -1.0, 0.0]]).double()),
        "ties": (torch.ones(3, 4).double(), torch.tensor([[1.0, 2.0, 2.0, 1.0], [2.0, 2.0, 1.0, 1.0]]).double()),
        "a zero there": (
            torch.tensor([[0.0, 1.0, 2.0, 0.0], [3.0, 0.0, 1.0, 2.0], [1.0, 2.0, 0.0, 0.0]]).double(),
            numbers(torch, 2, 4),
        ),
    }
    places, twice = torch.tensor([2, 0]), torch.tensor([1, 1])
    for number, (label, (x, src)) in enumerate(tables.items()):
        for n, reduce in enumerate(("sum", "prod", "mean", "amax", "amin"), number):
            for own in (True, False) if reduce == "prod" or label == "plain" else (number % 2 == 0,):
                dim = (0, 1, -2)[(n + own) % 3]
                yield (
                    f"scatter {reduce}, {own}, {label}, {dim}",
                    shown(
                        torch,
                        lambda x, src: x.scatter_reduce(dim, index, src, reduce, include_self=own),
                        x,
                        src,
                        twice=label == "plain" and own,
                    ),
                )
                if reduce != "sum" and own == n % 2:
                    yield (
                        f"index {reduce}, {own}, {label}, twice",
                        torch.index_reduce(x, 0, twice, src, reduce, include_self=own),
                    )
            if reduce not in ("sum", "prod") and number != 1:
                own = n % 2 == 0
                yield (
                    f"index {reduce}, {own}, {label}, slope",
                    shown(
                        torch,
                        lambda x, src: torch.index_reduce(x, 0, places, src, reduce, include_self=own),
                        x,
                        src,
                        twice=False,
                    ),
                )
    zeros = tables["zeros"]
    yield "zeros meet", shown(torch, lambda x, src: x.scatter_reduce(1, index, src, "prod"), *zeros, twice=False)
    x, src = tables["plain"]
    yield "an unknown way", refused(x.scatter_reduce, 0, index, src, "median")
    yield "a place behind the last", refused(x.scatter_reduce, 0, index + 1, src, "sum")
    yield "a negative place", refused(x.scatter_reduce, 0, index - 1, src, "sum")
    yield "a larger index", refused(x.scatter_reduce, 0, index.repeat(2, 1), src, "sum")
    yield "an index of other dimensions", refused(x.scatter_reduce, 0, index[0], src, "sum")
    yield "a dimension that is none", refused(x.scatter_reduce, 2, index, src, "sum")
    yield "another dtype", refused(x.scatter_reduce, 0, index, src.float(), "sum")
    yield "index_reduce behind the last", refused(torch.index_reduce, x, 0, torch.tensor([0, 3]), src, "prod")
    yield "index_reduce of a negative place", refused(torch.index_reduce, x, 0, torch.tensor([0, -1]), src, "prod")
    yield "index_reduce of other lengths", refused(torch.index_reduce, x, 0, torch.tensor([0]), src, "prod")
    yield "a scalar", torch.tensor(2.0).scatter_reduce(0, torch.tensor(0), torch.tensor(3.0), "prod")


@scenario(cites="torch.gather", needs=NEEDS)
def gathering_and_scattering(torch):
    """`gather`, `scatter`, `scatter_add`, `take_along_dim` and `take` work along any dimension, and an index may be smaller."""
    x, src = numbers(torch, 2, 3, 2), numbers(torch, 2, 3, 2, step=5)
    for dim in (0, -2):
        size, twice = x.shape[dim], dim == 0
        index = (torch.arange(12).reshape(2, 3, 2) * 5 + 1) % size
        yield f"gather, {dim}", shown(torch, lambda x: x.gather(dim, index), x, twice=twice)
        yield f"gather less, {dim}", shown(torch, lambda x: x.gather(dim, index[:1, :2, :1]), x, twice=twice)
        yield f"gather one, {dim}", shown(torch, lambda x: x.gather(dim, index.narrow(dim, 0, 1)), x, twice=twice)
        yield f"scatter_add, {dim}", shown(torch, lambda x, src: x.scatter_add(dim, index, src), x, src, twice=twice)
        yield (
            f"scatter_add less, {dim}",
            shown(torch, lambda x, src: x.scatter_add(dim, index[:1, :2, :1], src), x, src[:1, :2, :1], twice=twice),
        )
        once = torch.arange(size).reshape([-1 if d == dim % 3 else 1 for d in range(3)]).expand(2, 3, 2).flip(dim)
        yield f"scatter, {dim}", shown(torch, lambda x, src: x.scatter(dim, once, src), x, src, twice=twice)
        yield (
            f"scatter a number, {dim}",
            shown(torch, lambda x: x.scatter(dim, once.narrow(dim, 0, 1), 2.5), x, twice=twice),
        )
        for reduce in ("add", "multiply"):
            yield f"scatter and {reduce}, {dim}", attempt(lambda: x.scatter(dim, index, src, reduce=reduce)).value
            yield (
                f"scatter a number and {reduce}, {dim}",
                attempt(lambda: x.scatter(dim, once, 3.0, reduce=reduce)).value,
            )
        yield f"take_along_dim, {dim}", shown(torch, lambda x: torch.take_along_dim(x, index, dim), x, twice=twice)
        yield (
            f"take_along_dim of one, {dim}",
            shown(torch, lambda x: torch.take_along_dim(x, index.narrow(dim, 0, 1), dim), x),
        )
        chosen = torch.tensor([size - 1, 0, 0])
        yield f"index_select, {dim}", shown(torch, lambda x: x.index_select(dim, chosen), x, twice=twice)
        rows = x.index_select(dim, chosen)
        alpha = 1 - 1.5 * dim
        yield (
            f"index_add, {alpha}, {dim}",
            shown(torch, lambda x, rows: x.index_add(dim, chosen, rows, alpha=alpha), x, rows, twice=twice),
        )
        two = torch.tensor([size - 1, 0])
        yield (
            f"index_copy, {dim}",
            shown(torch, lambda x, rows: x.index_copy(dim, two, rows), x, rows.narrow(dim, 0, 2)),
        )
        yield f"index_fill, {dim}", shown(torch, lambda x: x.index_fill(dim, two[:1], 1.5), x, twice=twice)
        yield (
            f"select_scatter, {dim}",
            shown(torch, lambda x, rows: x.select_scatter(rows, dim, -1), x, rows.select(dim, 0)),
        )
        yield (
            f"slice_scatter, {dim}",
            shown(torch, lambda x, rows: x.slice_scatter(rows, dim, 0, 2), x, rows.narrow(dim, 0, 2)),
        )
    for label, function in {  # along the second dimension
        "gather behind": lambda: x.gather(dim, index + size),
        "gather before": lambda: x.gather(dim, index - size),
        "scatter behind": lambda: x.scatter(dim, index + 1, src),
        "select behind": lambda: x.index_select(dim, torch.tensor([size])),
        "select before": lambda: x.index_select(dim, torch.tensor([-1])),
        "add behind": lambda: x.index_add(dim, torch.tensor([size, 0, 0]), rows),
        "add less": lambda: x.index_add(dim, two, rows),
        "copy behind": lambda: x.index_copy(dim, torch.tensor([0, size]), rows.narrow(dim, 0, 2)),
        "fill behind": lambda: x.index_fill(dim, torch.tensor([size]), 0.0),
    }.items():
        yield label, refused(function)
    places = torch.tensor([[0, 11, 5], [5, -1, -12]])
    yield "take", shown(torch, lambda x: x.take(places), x)
    for accumulate in (False, True):
        one = torch.tensor([[0, 11, 5], [4, -2, -11]])
        yield (
            f"put, {accumulate}",
            shown(torch, lambda x, v: x.put(one, v, accumulate), x, numbers(torch, 2, 3, step=3)),
        )
    yield "put twice", shown(torch, lambda x, v: x.put(places, v, True), x, numbers(torch, 2, 3, step=3))
    yield "take behind", refused(x.take, places + 1)
    yield "take before", refused(x.take, places - 1)
    yield "put of other sizes", refused(x.put, places, numbers(torch, 5))


@scenario(cites="torch.masked_select", needs=IN_PLACE)
def masks_of_other_shapes(torch):
    """Masks stretch: `masked_fill`, `masked_select`, `masked_scatter` and `where` bring them, and the tensor, to one shape."""
    x, mask = numbers(torch, 3, 4), torch.tensor([True, False, True, True])
    column = torch.tensor([[True], [False], [True]])
    for label, m in {
        "a row": mask,
        "a column": column,
        "all": mask & column,
        "none": mask & ~mask,
        "more": mask.expand(2, 3, 4),
    }.items():
        yield f"select, {label}", shown(torch, lambda x: x.masked_select(m), x, twice=label == "a row")
        yield f"fill, {label}", shown(torch, lambda x: x.masked_fill(m, -3.0), x, twice=label == "a column")
        yield (
            f"fill with a tensor, {label}",
            shown(torch, lambda x, v: x.masked_fill(m, v), x, torch.tensor(2.0).double()),
        )
        yield f"where, {label}", shown(torch, lambda x, y: torch.where(m, x, y), x, numbers(torch, 4, step=5))
        yield f"where of a number, {label}", shown(torch, lambda x: torch.where(m, x, 1.5), x, twice=label == "all")
        yield (
            f"places, {label}",
            [torch.nonzero(m), *torch.nonzero(m, as_tuple=True), torch.argwhere(m), torch.count_nonzero(m)],
        )
        yield (
            f"scatter, {label}",
            shown(
                torch,
                lambda x, v: x.masked_scatter(m, v),
                x if label != "more" else x.expand(2, 3, 4),
                numbers(torch, 5, 5, step=5),
                twice=label == "a row",
            ),
        )
        y = x.clone()
        if label != "more":
            y[m.expand(3, 4)] = 9.0
            y[m.expand(3, 4)] *= 2
        yield f"written, {label}", y
    yield "scatter of too few", refused(x.masked_scatter, mask, numbers(torch, 2))
    yield "a mask that does not fit", refused(x.masked_fill, mask[:3], 0.0)
    yield "a mask of integers", refused(x.masked_fill, mask.long(), 0.0)
    yield "a value of two", refused(x.masked_fill, mask, torch.zeros(2).double())
    yield "places of a scalar", [torch.nonzero(torch.tensor(3.0)), torch.nonzero(torch.tensor(0.0))]


@scenario(cites="torch.Tensor.__getitem__", needs=IN_PLACE)
def every_kind_of_index(torch):
    """An index is made of numbers, slices, None, ..., masks and tensors, in any order; what is written to it goes
    where it reads."""
    x = numbers(torch, 3, 4, 2)
    rows, columns = torch.tensor([2, 0, 2]), torch.tensor([[0], [3]])
    mask = torch.tensor([[True, False, True, True], [False] * 4, [True, True, False, False]])
    indices = {
        "a number": 1,
        "a negative number": -1,
        "two numbers": (2, -1),
        "three numbers": (0, 1, 1),
        "a slice": slice(1, None),
        "a step": slice(None, None, 2),
        "a step along columns": (slice(None), slice(3, 0, 1)),
        "from behind": (slice(-2, None), slice(None, -1)),
        "beyond": slice(-9, 9),
        "nothing": slice(2, 1),
        "dots": (..., 1),
        "dots in between": (0, ..., 1),
        "dots for nothing": (0, ..., slice(None), 1),
        "None": (None, 1, None),
        "None behind dots": (..., None),
        "a tensor": rows,
        "a tensor along columns": (slice(None), rows),
        "a tensor behind dots": (..., torch.tensor([1, 0, 1])),
        "two tensors": (rows, torch.tensor([1, 3, 0])),
        "tensors of two shapes": (rows, columns),
        "tensors apart": (rows, slice(None), torch.tensor([1, 0, 1])),
        "a number and a tensor": (1, rows),
        "a tensor and a number apart": (rows, slice(1, 3), 1),
        "negative": torch.tensor([-1, -3]),
        "a list": [0, 2],
        "lists": ([0, 2], [1, 3]),
        "a mask": mask,
        "a mask of rows": torch.tensor([True, False, True]),
        "a mask of columns": (slice(None), mask[0]),
        "a mask and a tensor": (torch.tensor([True, False, True]), torch.tensor([3, 1])),
        "a mask and a number": (mask, 1),
        "a tensor of one": torch.tensor(2),
        "a truth value": True,
        "no truth": False,
        "None and a tensor": (None, rows, None, 1),
        "an empty tensor": torch.zeros(0, dtype=torch.int64),
    }
    for number, (label, index) in enumerate(indices.items()):
        yield label, shown(torch, lambda x: x[index], x, twice=number % 4 == 0)
        part = x[index]
        written = x.clone()
        if number % 2:
            written[index] = 7.5
        else:
            written[index] += 1.0
        yield f"{label}: {'a number written' if number % 2 else 'added to'}", written
        if number % 2 and part.numel() and label not in ("a tensor", "two tensors", "tensors of two shapes"):
            yield (
                f"{label}: numbers written",
                shown(
                    torch,
                    lambda x, v: write(x, index, v),
                    x,
                    numbers(torch, *part.shape, step=3),
                    twice=number % 8 == 0,
                ),
            )
    places = (rows, torch.tensor([1, 3, 1]))
    for accumulate in (False, True):
        yield (
            f"index_put, {accumulate}",
            shown(torch, lambda x, v: x.index_put(places, v, accumulate=accumulate), x, numbers(torch, 2, step=3))
            if accumulate
            else x.index_put((torch.tensor([0, 2]),), numbers(torch, 4, 2), accumulate=False),
        )
    for label, index in {
        "too many": (0, 0, 0, 0),
        "behind": 3,
        "before": -4,
        "behind, in columns": (slice(None), 4),
        "a tensor behind": torch.tensor([0, 3]),
        "a tensor before": torch.tensor([-4]),
        "a mask of another size": torch.tensor([True, False]),
        "a mask of more": torch.ones(3, 4, 2, 1, dtype=torch.bool),
        "a backward step": slice(None, None, -1),
        "no step": slice(None, None, 0),
        "floats": torch.tensor([0.0]),
        "a float": 1.0,
        "text": "a",
        "tensors that do not fit": (torch.tensor([0, 1]), torch.tensor([0, 1, 2])),
        "two dots": (..., 0, ...),
    }.items():
        yield f"{label}, refused", refused(lambda: x[index])
    yield "numbers that do not fit", refused(write, x.clone(), (slice(None), 0), numbers(torch, 3))


def write(x, index, value):
    y = x.clone()
    y[index] = value
    return y
