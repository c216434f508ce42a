"""Words of calls: what calls that cannot be right say of their arguments, and which line a warning is about."""

import warnings

from gradspec import attempt, scenario

NEEDS = ("tensor", "functions", "shapes", "indexing", "dtypes")


def words(function, *args, **named):
    """What is said of a call, without the signatures that there are."""
    found = attempt(function, *args, **named)
    return "taken" if found.error is None else str(found.error).split(", but expected one of")[0]


@scenario(cites="torch: signatures", needs=NEEDS)
def what_no_signature_takes(torch):
    """Where a function has several signatures, and none takes the arguments, the error names the types of all of them."""
    x, v = torch.ones(2, 2), torch.ones(2)
    i, m = torch.tensor([0, 1]), torch.tensor([True, False])
    for label, calls in {
        "places": (
            (torch.index_fill, v, 0, i, "a"),
            (torch.scatter, v, 0, i),
            (torch.scatter, v, 0, i, "a"),
            (torch.masked_fill, v, m, "a"),
            (torch.where, m, v),
            (torch.where, m, "a", v),
            (torch.where, m, v, "a"),
        ),
        "arithmetic": (
            (torch.float_power, "a", v),
            (torch.float_power, v, "a"),
            (v.double().float_power_, "a"),
            (torch.rsub, v, "a"),
            (torch.clamp, v, "a", 1),
            (torch.clamp, v, 1, "a"),
            (torch.clamp, v, v, 1),
        ),
        "shapes": (
            (torch.tensor_split, v, "a"),
            (torch.hsplit, v, "a"),
            (torch.repeat_interleave, v, "a"),
            (torch.movedim, x, [0], 1),
            (torch.movedim, x, 0, [1]),
        ),
        "order": (
            (torch.quantile, v, "a"),
            (torch.nanquantile, v, "a"),
            (torch.trapezoid, v, "a"),
            (torch.cumulative_trapezoid, v, "a"),
            (torch.searchsorted, v, "a"),
            (torch.bucketize, "a", v),
            (torch.isin, "a", "b"),
            (torch.isin, 1, 2),
            (torch.isin, v, "a"),
            (torch.isin, "a", v),
        ),
    }.items():
        yield label, [words(*call) for call in calls]
    yield (
        "named",
        [
            words(torch.round, v, decimals="a"),
            words(torch.gradient, v, spacing="a"),
            words(torch.argsort, v, stable=None),
            words(torch.argsort, v, 0, stable=True),
            words(torch.sort, v, 0, stable=True),
        ],
    )


@scenario(cites="torch: signatures", needs=NEEDS)
def the_place_of_an_argument(torch):
    """Where a function has one signature, the error names the argument, its place, and the types wanted and given."""
    x, v, i = torch.ones(2, 2), torch.ones(2), torch.tensor([0, 1])
    for label, calls in {
        "tensors": (
            (torch.isclose, v, "a"),
            (torch.isclose, "a", v),
            (torch.matmul, v, "a"),
            (torch.matmul, "a", v),
            (torch.select_scatter, "a", v, 0, 0),
            (torch.select_scatter, x, "a", 0, 0),
            (torch.select_scatter, x, v, True, 0),
            (torch.tensordot, "a", v, ([0], [0])),
            (torch.tensordot, v, "a", ([0], [0])),
            (torch.einsum, 1, v),
            (torch.einsum, "i,i->", v, "a"),
            (torch.index_put, "a", (i,), v),
            (torch.index_put, v, "a", v),
            (torch.index_put, v, (i,), "a"),
            (torch.index_put, v, (i,), v, "a"),
            (torch.zeros_like, "a"),
            (torch.full_like, "a", 1),
            (torch.block_diag, v, "a"),
            (torch.cat, [v, "a"]),
            (torch.stack, [v, "a"]),
            (torch.meshgrid, v, "a"),
        ),
        "numbers": (
            (torch.add, v, "a"),
            (v.add_, "a"),
            (torch.as_strided, v, (1,), (1,), "a"),
            (torch.split, v, "a"),
            (torch.split_with_sizes, v, 1),
            (torch.chunk, v, "a"),
            (torch.roll, v, "a"),
            (torch.roll, v, 1, "a"),
            (torch.full, (2,), "a"),
            (torch.full_like, v, "a"),
            (torch.tril_indices, "a", 1),
            (torch.tril_indices, 1, "a"),
            (torch.triu_indices, 1, 1, "a"),
            (torch.unbind, x, "a"),
            (torch.select, x, 0, "a"),
        ),
        "sizes": (
            (torch.zeros, "a"),
            (torch.zeros, True),
            (torch.zeros, 2, True),
            (torch.zeros,),
            (torch.reshape, v, "a"),
            (torch.permute, x, "a"),
            (torch.tile, v, "a"),
            (torch.broadcast_to, v, "a"),
            (v.expand, "a"),
            (v.repeat, "a"),
            (v.new_zeros, "a"),
            (v.unfold, "a", 1, 1),
        ),
        "switches": (
            (torch.set_grad_enabled, "a"),
            (torch.autograd.set_detect_anomaly, "a"),
            (torch.autograd.set_detect_anomaly, False, "a"),
        ),
    }.items():
        yield label, [words(*call) for call in calls]
    yield (
        "named",
        [
            words(torch.add, v, v, alpha="a"),
            words(v.add_, v, alpha="a"),
            words(torch.add, v, "a", alpha=2),
            words(v.add_, "a", alpha=2),
            words(torch.add, "a", v, alpha=2),
            words(torch.index_add, v, 0, i, v, alpha="a"),
            words(torch.cov, v, fweights="a"),
            words(torch.cov, v, aweights="a"),
            words(torch.nanmean, v, dtype="a"),
            words(torch.zeros, size=2),
            words(torch.zeros, 2, size=(2,)),
            *[words(torch.tensor, [1], dtype=each) for each in ("a", str, [])],
            words(torch.as_tensor, [1], dtype="a"),
            words(torch.ones, 1, dtype="a"),
        ],
    )


def said(function, *args):
    """The elements of what a call gives, or what is said of it."""
    found = attempt(function, *args)
    return str(found.value.tolist()) if found.error is None else words(function, *args)


@scenario(cites="torch: signatures", needs=(*NEEDS, "matmul", "inplace"))
def numbers_and_sizes_at_their_borders(torch):
    """The last number, size or number of dimensions that will do does, and the next one does not."""
    v, t = torch.ones(3), torch.tensor
    mask, one, pair = t([True, False, True]), t([1]), t([0.5, 0.25])
    square, complexes = torch.ones(2, 2), torch.zeros(2) * 1j

    def put(dtype, number):
        x = torch.zeros(2, dtype=dtype)
        x[0] = number
        return x

    def batched(*shape):
        x = torch.ones(3, requires_grad=True)
        return torch.autograd.grad(x * 2, (x,), torch.ones(shape), is_grads_batched=True)[0]

    numbers = (2**63, 2**63 - 1, -(2**63), -(2**63) - 1)
    for label, calls in {
        "ranges": (
            *[(torch.logspace, 0, 3, steps) for steps in (0, 1, 4, -1)],
            (torch.logspace, 0, 3, 4, 2.0),
            (torch.arange, 0, -0.5, 1),
            (torch.arange, 0, 0.5, -1),
            (torch.arange, 0, -0.5, -1),
            (torch.arange, 2, 2, -1),
        ),
        "numbers": [(put, dtype, number) for dtype in (torch.int64, torch.float32) for number in numbers],
        "places": (
            (torch.index_put, torch.zeros(3), (mask,), t([[5.0]])),
            (torch.index_put, torch.zeros(3), (mask,), t(5.0)),
            (torch.index_fill, torch.zeros(2), 0, one, 2j),
            (torch.index_fill, torch.zeros(2), 0, one, t(2j)),
            (torch.index_fill, complexes, 0, one, 2j),
            (torch.index_fill, complexes, 0, one, t(2j)),
        ),
        "dimensions": (
            (torch.addmv, square, square, torch.ones(2)),
            (torch.addmv, torch.ones(2), torch.ones(2), torch.ones(2)),
            (torch.addmv, torch.ones(2), torch.ones(1, 2, 2), torch.ones(2)),
            (torch.addmv, torch.ones(2), square, torch.ones(2, 1)),
            (torch.prelu, -torch.ones(2), pair),
            (torch.prelu, t(-1.0), pair),
            (torch.prelu, t(-1.0), t([0.5])),
            (torch.prelu, -torch.ones(2), t(0.5)),
            (torch.prelu, -torch.ones(1, 2, 1, 1), pair),
            (torch.prelu, -torch.ones(1, 2, 2), pair),
            (batched, 2, 3),
            (batched, 2, 4, 5),
            (batched, 2, 4),
        ),
        "letters": (
            (torch.einsum, "ij,i->i$", torch.ones(3, 3), v),
            (torch.einsum, "i,j,$->", v, v, v),
            (torch.einsum, "i,i->..", v, v),
            (torch.einsum, "i,i->", torch.ones(0), torch.ones(2)),
        ),
    }.items():
        yield label, [said(*call) for call in calls]


@scenario(cites="torch.set_warn_always", needs=(*NEEDS, "inplace"))
def the_line_of_a_warning(torch):
    """A warning is about the line of the program that called, however many calls lie between."""
    v = torch.ones(3)
    for label, call in {
        "a function": lambda: torch.var(torch.ones(1)),
        "an index": lambda: v[torch.tensor([1, 0, 1], dtype=torch.uint8)],
        "a copy": lambda: torch.tensor(v),
        "a choice": lambda: torch.where(torch.tensor([1, 0, 1], dtype=torch.uint8), v, 2.0),
        "in place": lambda: torch.ones(1).expand(2).masked_fill_(torch.tensor([True, False]), 2.0),
        "an attribute": lambda: (v.clone().requires_grad_() * 2).grad,
        "a result with room": lambda: torch.add(v, v, out=torch.ones(2)),
    }.items():
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            call()
        here = call.__code__.co_filename, call.__code__.co_firstlineno
        yield label, [(each.filename, each.lineno) == here for each in caught]
