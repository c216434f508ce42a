"""Both sides: calls just before, at, and just behind what is checked; what is right is done, what is not is refused."""

from gradspec import attempt, scenario

NEEDS = ("tensor", "functions", "shapes", "indexing", "dtypes")
INPLACE = (*NEEDS, "inplace")


def refused(call):
    """The type of the error that a call raises, where its words list everything that could have been called."""
    return type(attempt(call).error).__name__


def slopes(torch, function, *data):
    """The result of `function` on the tensors, and their gradients, where the result's elements have weights 1, 2, 3, ..."""
    tensors = [torch.tensor(each, requires_grad=True) for each in data]
    y = function(*tensors)
    (y.reshape(-1) * torch.arange(1.0, y.numel() + 1)).sum().backward()
    return (y.detach(), *(t.grad for t in tensors))


@scenario(cites="torch.nn.functional.prelu", needs=NEEDS)
def slopes_for_each_channel(torch):
    """`prelu` has a weight for all, or one for each channel: the second dimension, or 1 where there is none."""
    v, m = [0.5, -1.5, 2.5], [[-1.0, 2.0, -3.0], [4.0, -5.0, -6.0]]
    x = torch.arange(-6.0, 6).reshape(2, 3, 2).tolist()
    w = [0.5, 0.25, -2.0]
    for label, call in {
        "a vector, one": lambda: slopes(torch, torch.prelu, v, [0.5]),
        "a vector, a number": lambda: slopes(torch, torch.prelu, v, 0.5),
        "a vector, one each": lambda: slopes(torch, torch.prelu, v, w),
        "a matrix, one": lambda: slopes(torch, torch.prelu, m, [0.5]),
        "a matrix, a number": lambda: slopes(torch, torch.prelu, m, 0.5),
        "a matrix": lambda: slopes(torch, torch.prelu, m, w),
        "a matrix, too few": lambda: slopes(torch, torch.prelu, m, w[:2]),
        "a matrix, too many": lambda: slopes(torch, torch.prelu, m, [*w, 1.0]),
        "three dimensions": lambda: slopes(torch, torch.prelu, x, w),
        "three dimensions, one": lambda: slopes(torch, torch.prelu, x, [0.5]),
        "a scalar": lambda: slopes(torch, torch.prelu, -2.0, 0.5),
        "a scalar, one": lambda: slopes(torch, torch.prelu, -2.0, [0.5]),
        "a scalar, more": lambda: slopes(torch, torch.prelu, -2.0, w),
        "a matrix of weights": lambda: slopes(torch, torch.prelu, m, [w]),
        "weights of doubles": lambda: torch.prelu(torch.tensor(m), torch.tensor(w).double()),
        "doubles": lambda: torch.prelu(torch.tensor(m).double(), torch.tensor(w)),
    }.items():
        yield label, attempt(call)


@scenario(cites="torch.add", needs=INPLACE)
def scaled_by_what_stands_in_the_middle(torch):
    """`add(x, number, y)` is an old way to say `add(x, y, alpha=number)`; with both it is refused."""
    v, w = torch.tensor([0.5, -1.5]), torch.tensor([4.0, 8.0])
    for label, call in {
        "add": lambda: torch.add(v, 2, w),
        "sub": lambda: torch.sub(v, 2, w),
        "add_": lambda: v.clone().add_(2, w),
        "sub_": lambda: v.clone().sub_(2, w),
        "add, and alpha": lambda: torch.add(v, 2, w, alpha=3),
        "add_, and alpha": lambda: v.clone().add_(2, w, alpha=3),
        "add_, and alpha less": lambda: v.clone().add_(2, w, alpha=0.5),
        "sub_, and alpha": lambda: v.clone().sub_(2, w, alpha=3),
        "alpha of one": lambda: torch.add(v, w, alpha=1.0),
        "truth values": lambda: torch.add(v > 0, w > 0, alpha=True),
        "sub of truth values": lambda: torch.sub(v > 0, w > 0, alpha=2),
        "sub of a truth value": lambda: torch.sub(v, w > 0, alpha=2),
        "sub of True": lambda: torch.sub(v, True, alpha=2),
        "sub_ of truth values": lambda: (v > 0).sub_(w > 0, alpha=2),
        "rsub of truth values": lambda: torch.rsub(v > 0, w > 0, alpha=2),
        "rsub of a truth value": lambda: torch.rsub(v, w > 0, alpha=2),
        "truth values by a number": lambda: torch.add(v > 0, w > 0, alpha=2),
        "truth values by a truth value": lambda: torch.add(v, w, alpha=True),
        "whole numbers by a fraction": lambda: torch.add(torch.tensor([1]), torch.tensor([2]), alpha=0.5),
        "real numbers by a complex one": lambda: torch.add(v, w, alpha=1j),
        "scaled text": lambda: torch.sub(v, "a", alpha=2),
        "alpha of text": lambda: torch.sub(v, w, alpha="a"),
    }.items():
        yield label, attempt(call)


@scenario(cites="torch.float_power", needs=INPLACE)
def numbers_that_are_no_powers(torch):
    """Powers in double precision are of tensors and numbers; `ldexp` takes powers of two; what is neither is refused."""
    v, c, k = torch.tensor([0.5, 1.5]), torch.tensor([1 + 2j]), torch.tensor([3, -2])
    for label, call in {
        "text": lambda: refused(lambda: torch.float_power("a", v)),
        "to text": lambda: refused(lambda: torch.float_power(v, "a")),
        "a number": lambda: torch.float_power(2, v),
        "to a number": lambda: torch.float_power(v, 2),
        "to a complex number": lambda: torch.float_power(v, 2j),
        "of whole numbers": lambda: torch.float_power(k, k),
        "in place": lambda: v.double().float_power_(2),
        "in place, to text": lambda: refused(lambda: v.double().float_power_("a")),
        "in place, of a complex tensor": lambda: c.clone().float_power_(2),
        "in place, to a complex number": lambda: v.double().float_power_(2j),
        "ldexp": lambda: torch.ldexp(v, k),
        "ldexp of whole numbers": lambda: torch.ldexp(k, k),
        "ldexp of doubles": lambda: torch.ldexp(v.double(), k),
        "ldexp of halves": lambda: torch.ldexp(v.half(), k),
        "ldexp by fractions": lambda: torch.ldexp(v, v),
        "ldexp by doubles": lambda: torch.ldexp(v, v.double()),
        "ldexp of complex numbers": lambda: torch.ldexp(c, k),
        "pow of numbers": lambda: torch.pow(2, 3),
        "pow of text": lambda: torch.pow("a", v),
        "hardshrink": lambda: torch.nn.functional.hardshrink(torch.tensor([-0.5, -0.6, 0.5, 0.6, 0.0])),
        "isclose": lambda: torch.isclose(v, v)._version,
        "isclose, nan": lambda: torch.isclose(v, v, equal_nan=True)._version,
        "isclose of whole numbers, nan": lambda: torch.isclose(k, k, equal_nan=True)._version,
        "isclose, exactly": lambda: torch.isclose(v, v, rtol=0, atol=0)._version,
        "isclose, exactly, nan": lambda: torch.isclose(v, v, rtol=0, atol=0, equal_nan=True)._version,
        "isclose, atol": lambda: torch.isclose(v, v + 0.25, rtol=0, atol=0.25)._version,
        "allclose of nan": lambda: torch.allclose(v / 0 * 0, v / 0 * 0),
        "equal of other shapes": lambda: torch.equal(v, v[:, None]),
        "equal of fewer": lambda: torch.equal(v[:1], v),
        "equal, stretched": lambda: torch.equal(torch.ones(2), torch.ones(2, 1)),
        "equal of more": lambda: torch.equal(v, v[:1]),
    }.items():
        yield label, attempt(call)


@scenario(cites="torch.baddbmm", needs=(*NEEDS, "matmul"))
def sums_that_products_do_not_fit(torch):
    """What is added to a product is of its dtype and expands to its shape; else both are named."""
    a, b = torch.arange(12.0).reshape(2, 2, 3), torch.arange(24.0).reshape(2, 3, 4)
    s, m, v = torch.tensor(2.0), torch.ones(2, 4), torch.tensor([1.0, 2, 3])
    d = torch.float64
    for label, call in {
        "baddbmm": lambda: torch.baddbmm(m, a, b),
        "baddbmm, one": lambda: torch.baddbmm(torch.ones(1, 2, 1), a, b),
        "baddbmm, rows": lambda: torch.baddbmm(torch.ones(3, 4), a, b),
        "baddbmm, columns": lambda: torch.baddbmm(torch.ones(2, 3), a, b),
        "baddbmm, batches": lambda: torch.baddbmm(torch.ones(3, 2, 4), a, b),
        "baddbmm, more": lambda: torch.baddbmm(torch.ones(1, 2, 2, 4), a, b),
        "addbmm": lambda: torch.addbmm(m, a, b),
        "addbmm, rows": lambda: torch.addbmm(torch.ones(3, 4), a, b),
        "addbmm, columns": lambda: torch.addbmm(torch.ones(2, 3), a, b),
        "addbmm, more": lambda: torch.addbmm(torch.ones(2, 2, 4), a, b),
        "addbmm, a matrix": lambda: torch.addbmm(m, m, b),
        "addbmm, a matrix behind": lambda: torch.addbmm(m, a, m),
        "addbmm, sizes": lambda: torch.addbmm(m, a, b.mT),
        "addbmm, batches": lambda: torch.addbmm(m, a[:1], b),
        "addbmm, doubles to add": lambda: torch.addbmm(m.to(d), a, b),
        "addbmm, doubles in front": lambda: torch.addbmm(m, a.to(d), b),
        "addbmm, doubles behind": lambda: torch.addbmm(m, a, b.to(d)),
        "baddbmm, doubles to add": lambda: torch.baddbmm(m.to(d), a, b),
        "baddbmm, doubles in front": lambda: torch.baddbmm(m, a.to(d), b),
        "baddbmm, doubles behind": lambda: torch.baddbmm(m, a, b.to(d)),
        "addr": lambda: torch.addr(torch.ones(3, 2), v, v[:2]),
        "addr, rows": lambda: torch.addr(torch.ones(2, 2), v, v[:2]),
        "addr, columns": lambda: torch.addr(torch.ones(3), v, v[:2]),
        "addr, a scalar": lambda: torch.addr(s, v, v),
        "addmv, doubles to add": lambda: torch.addmv(v[:2].to(d), a[0], v),
        "addmv, doubles in front": lambda: torch.addmv(v[:2], a[0].to(d), v),
        "addmv, doubles behind": lambda: torch.addmv(v[:2], a[0], v.to(d)),
        "addmv, sizes": lambda: torch.addmv(v, a[0], v),
        "addmm, a vector": lambda: torch.addmm(v, a[0], b[0]),
        "bmm of four": lambda: torch.bmm(a, b[None]),
        "bmm of four in front": lambda: torch.bmm(a[None], b),
        "bmm of doubles": lambda: torch.bmm(a.to(d), b),
        "mv of doubles": lambda: torch.mv(a[0].to(d), v),
        "mm of doubles": lambda: torch.mm(a[0].to(d), b[0]),
        "vector by a batch": lambda: v[:2] @ a,
        "batch by a vector": lambda: a @ v,
        "batches turned": lambda: a.transpose(0, 1) @ v,
        "matrix by batches": lambda: a[0] @ b[:, :, :2],
        "batch of one by batches": lambda: a[:1] @ b,
        "matrix by batches of batches": lambda: slopes(
            torch, torch.matmul, a[0].tolist(), torch.arange(48.0).reshape(2, 1, 2, 3, 4).tolist()
        ),
    }.items():
        yield label, attempt(call)


@scenario(cites="torch.Tensor.scatter_reduce_", needs=NEEDS)
def reductions_of_whole_numbers(torch):
    """Whole numbers that meet in one place have a whole mean, rounded down; without the old value they begin anew."""
    x, index = torch.tensor([10, -9, 7]), torch.tensor([0, 1, 1, 0, 1])
    src = torch.tensor([3, -4, -6, 4, 2])
    for kind in ("sum", "prod", "mean", "amax", "amin"):
        yield kind, x.scatter_reduce(0, index, src, kind)
        yield f"{kind}, without the old", x.scatter_reduce(0, index, src, kind, include_self=False)
    rows = torch.tensor([[1, 2], [-3, 4], [6, -7]])
    for kind in ("prod", "mean", "amax", "amin"):
        yield f"rows, {kind}", rows.index_reduce(0, torch.tensor([0, 0, 2]), rows * 3, kind)
        yield f"rows, {kind}, anew", rows.index_reduce(0, torch.tensor([0, 0, 2]), rows * 3, kind, include_self=False)


@scenario(cites="torch.Tensor.scatter_reduce_", needs=NEEDS)
def slopes_of_what_meets(torch):
    """What meets in one place shares its gradient: a product by the other factors, a mean evenly, extremes among equals."""
    index = torch.tensor([0, 1, 1, 0, 1])
    numbers, zeros = [0.5, -1.0, 2.0, 0.25, 4.0], [0.0, 0.0, 2.0, 0.25, 4.0]
    for kind, x, src in (
        ("prod", [2.0, 3.0], numbers),
        ("prod", [2.0, 0.0], zeros),
        ("prod", [2.0, 3.0], [0.0, 0.0, 2.0, 0.0, 4.0]),
        ("prod", [-1.0, -1.0], [-1.0, -1.0, 2.0, -1.0, 0.0]),
        ("mean", [2.0, 3.0], numbers),
        ("amax", [0.5, 3.0], numbers),
        ("amin", [0.25, -1.0], numbers),
    ):
        for old in (True, False):

            def meet(a, b, kind=kind, old=old):
                return a.scatter_reduce(0, index, b, kind, include_self=old)

            yield f"{kind} of {x} and {src}, {old}", slopes(torch, meet, x, src)


@scenario(cites="torch.nanquantile", needs=NEEDS)
def fractions_between_what_is_left(torch):
    """`nanquantile` reads at a fraction of the way through what is no nan, of five, four or none."""
    nan = float("nan")
    x = [[5.0, 1.0, nan, 3.0, 2.0], [nan, 1.0, nan, 4.0, nan], [1.0, 2.0, 4.0, 8.0, 16.0]]
    for kind in ("linear", "midpoint", "lower", "higher", "nearest"):

        def read(t, kind=kind):
            return torch.nanquantile(t, torch.tensor([0.1, 0.5, 1.0]), 1, interpolation=kind)

        yield kind, slopes(torch, read, x)
    yield "of all", slopes(torch, lambda t: torch.nanquantile(t, 0.4), x)
    yield "of nan alone", torch.nanquantile(torch.tensor([nan, nan]), torch.tensor([0.5, 1.0]))
    yield "with nan", torch.quantile(torch.tensor(x), 0.3, 1, keepdim=True)
    yield "columns", torch.nanquantile(torch.tensor(x), 0.75, 0, True)
    yield "text for a fraction", refused(lambda: torch.quantile(torch.tensor(x), "a"))


@scenario(cites="torch.result_type", needs=INPLACE)
def numbers_beyond_a_dtype(torch):
    """A number beyond a whole dtype is cut to its bits in arithmetic, and refused where it would be an element; 2**64 is."""
    i, k = torch.tensor, torch.tensor([3, -2, 5])
    small, byte = i([100, -100], dtype=torch.int8), i([1, 250], dtype=torch.uint8)
    for label, call in {
        "added": lambda: small + 300,
        "subtracted": lambda: small + (-300),
        "times": lambda: small * (2**40 + 3),
        "below bytes": lambda: byte + (-1),
        "the largest": lambda: k * (2**64 - 1),
        "just beyond the largest": lambda: k + 2**64,
        "the smallest": lambda: k + (-(2**63)),
        "just beyond the smallest": lambda: k - (2**63 + 1) * 2,
        "clamped": lambda: small.clamp(max=300),
        "clamped from below": lambda: small.clamp(min=-129),
        "clamped just": lambda: small.clamp(min=-128, max=127),
        "filled": lambda: small.clone().fill_(128),
        "filled just": lambda: small.clone().fill_(-128),
        "bytes filled just": lambda: byte.clone().fill_(-255),
        "bytes filled": lambda: byte.clone().fill_(-256),
        "where": lambda: torch.where(small > 0, small, 300),
        "masked": lambda: small.masked_fill(small > 0, 300),
        "rows": lambda: small.index_fill(0, i([0]), 300),
        "by a mask": lambda: small.index_put((small > 0,), i(300)),
        "by a mask, fractions": lambda: k.index_put((k > 0,), i(2.5)),
        "by a mask, complex": lambda: k.index_put((k > 0,), i(1j)),
        "by a mask, complex into int32": lambda: k.int().index_put((k > 0,), i(1j)),
        "by a mask, complex into real": lambda: k.double().index_put((k > 0,), i(1j)),
        "by a mask, truth": lambda: k.index_put((k > 0,), i(True)),
        "by a mask, one": lambda: k.index_put((k > 0,), i([7])),
        "by a mask, one of two dimensions": lambda: k.index_put((k > 0,), i([[7]])),
        "by a mask, one of three dimensions": lambda: k.index_put((k > 0,), i([[[7]]])),
        "by a mask, added": lambda: k.index_put((k > 0,), i([7]), accumulate=True),
        "by a mask of nothing": lambda: k.index_put((k > 100,), i([], dtype=torch.int64)),
        "by bytes": lambda: k.index_put(((k > 0).byte(),), i(7)),
        "no indices": lambda: refused(lambda: k.index_put(1, i(7))),
        "lists of numbers": lambda: torch.tensor([i(1.0), i(2.0).double()]),
        "lists of numbers, the first larger": lambda: torch.tensor([i(1.0).double(), i(2)]),
        "lists of numbers and floats": lambda: torch.tensor([i(1), 2.5]),
        "lists of doubles and floats": lambda: torch.tensor([2.5, i(1.0).double()]),
        "lists of numbers and truth": lambda: torch.tensor([True, i(3, dtype=torch.int16)]),
        "in a tensor": lambda: 0.75 in i([0.5, 1.5]),
        "in a tensor, a tensor": lambda: (i(1.5) in i([0.5, 1.5]), i(0.25) in i([0.5, 1.5])),
    }.items():
        yield label, attempt(call)


@scenario(cites="torch.normal", needs=(*NEEDS, "random", "graph"))
def means_and_spreads(torch):
    """`normal` takes its mean, its spread or both from tensors, and has a history if one of them requires grad."""
    m, s = torch.zeros(3), torch.ones(3)
    for label, call in {
        "both numbers": lambda: torch.normal(2.0, 3.0, (2,)).shape,
        "a mean": lambda: torch.normal(m + 4),
        "a mean and a number": lambda: torch.normal(m, 2.0),
        "a number and spreads": lambda: torch.normal(10.0, s),
        "both": lambda: torch.normal(m, s),
        "a mean that requires grad": lambda: torch.normal(m.clone().requires_grad_(), 2.0),
        "spreads that require grad": lambda: torch.normal(1.0, s.clone().requires_grad_()),
        "both, spreads that require grad": lambda: torch.normal(m, s.clone().requires_grad_()).grad_fn.name(),
        "both, means that require grad": lambda: torch.normal(m.clone().requires_grad_(), s).grad_fn.name(),
        "no mean": lambda: torch.normal(std=s),
        "a spread below zero": lambda: torch.normal(m, -1.0),
        "spreads below zero": lambda: torch.normal(m, torch.tensor([1.0, -1.0, 1.0])),
        "half of them": lambda: torch.empty(8).bernoulli_(),
    }.items():
        torch.manual_seed(3)
        yield label, attempt(call)


@scenario(cites="torch.zeros", needs=NEEDS)
def dtypes_that_are_none(torch):
    """What is made needs a dtype for a dtype, by name alone."""
    v = torch.tensor([0.5, -1.5])
    for label, call in {
        "zeros": lambda: torch.zeros(2, dtype="float32"),
        "ones": lambda: torch.ones(2, dtype=float),
        "full": lambda: torch.full((2,), 1.0, dtype="f"),
        "tensor of a class": lambda: torch.tensor([1, 0], dtype=bool),
        "zeros of whole numbers": lambda: torch.zeros(2, dtype=int),
        "zeros_like": lambda: torch.zeros_like(v, dtype="f"),
        "tensor": lambda: torch.tensor([1.0], dtype=1),
        "as_tensor": lambda: torch.as_tensor([1.0], dtype=1),
        "empty": lambda: refused(lambda: torch.empty(2, dtype="f")),
        "arange": lambda: refused(lambda: torch.arange(3, dtype=1)),
        "linspace by place": lambda: refused(lambda: torch.linspace(1, 2, 3, torch.float64)),
        "empty_strided by place": lambda: refused(lambda: torch.empty_strided((2,), (1,), torch.float64)),
        "rand_like by place": lambda: refused(lambda: torch.rand_like(v, torch.float64)),
        "zeros of no dimensions": lambda: torch.zeros(()),
        "zeros, complex": lambda: torch.zeros(1, dtype=torch.complex64),
        "zeros, complex, that require grad": lambda: torch.zeros(1, dtype=torch.complex64, requires_grad=True).is_leaf,
        "tril_indices": lambda: torch.tril_indices(2, 3),
        "triu_indices": lambda: torch.triu_indices(3, 2),
        "tril_indices above": lambda: torch.tril_indices(2, 3, 1),
        "linspace": lambda: torch.linspace(0.1, 0.7, 7, dtype=torch.float64),
        "linspace of one": lambda: torch.linspace(3, 7, 1),
        "linspace of two": lambda: torch.linspace(3, 7, 2),
        "linspace of whole numbers": lambda: torch.linspace(0, 9, 4, dtype=torch.int64),
        "arange nowhere": lambda: torch.arange(5, 5),
        "arange by tenths": lambda: torch.arange(0, 0.35, 0.1),
        "empty_strided": lambda: torch.empty_strided((2, 3), (3, 1)).stride(),
        "empty_strided of the room": lambda: torch.empty_strided((3, 2), (4, 3)).as_strided((12,), (1,)).shape,
        "empty_strided beyond the room": lambda: torch.empty_strided((3, 2), (4, 3)).as_strided((13,), (1,)),
        "imag of truth values": lambda: torch.imag(v > 0),
        "conj of truth values": lambda: torch.conj(v > 0),
        "view_as_complex of one": lambda: torch.view_as_complex(torch.ones(2, 1)),
        "view_as_complex of three": lambda: torch.view_as_complex(torch.ones(2, 3)),
        "searchsorted truth values": lambda: torch.searchsorted(v > 0, v > 0),
        "searchsorted among truth values": lambda: torch.searchsorted(v, v > 0),
        "searchsorted halves": lambda: torch.searchsorted(v.half(), v.half()),
        "searchsorted complex": lambda: torch.searchsorted(v + 0j, v + 0j),
        "searchsorted among complex": lambda: torch.searchsorted(v, v + 0j),
        "bucketize a number": lambda: torch.bucketize(0.0, v),
        "nuclear norm of one dimension": lambda: torch.norm(torch.ones(2, 3), "nuc", dim=0),
        "nuclear norm of three": lambda: torch.norm(torch.ones(2, 2, 2), "nuc", dim=(0, 1, 2)),
        "nuclear norm kept": lambda: torch.norm(torch.ones(2, 3), "nuc", dim=(0, 1), keepdim=True).shape,
        "unique": lambda: torch.unique(torch.tensor([3, 1, 3]), return_counts=True),
        "unique of a number": lambda: torch.unique(torch.tensor(3.0), return_inverse=True, return_counts=True),
        "unique of nothing": lambda: torch.unique(torch.tensor([]), return_counts=True),
    }.items():
        yield label, attempt(call)


@scenario(cites="torch.cholesky_inverse", needs=(*NEEDS, "matmul"))
def zeros_on_the_diagonal(torch):
    """A matrix that has no inverse is refused with its place in the batch, and where it shows."""
    L = torch.linalg
    eye, flat = torch.eye(3), torch.tensor([[1.0, 2, 3], [2, 4, 6], [0, 1, 0]])
    second, third = torch.tensor([[1.0, 0, 0], [2, 0, 0], [3, 4, 0]]), torch.tensor([[1.0, 0, 0], [2, 3, 0], [3, 4, 0]])
    negative = torch.tensor([[1.0, 2, 0], [2, 1, 0], [0, 0, 1]])
    zero = torch.tensor([[1.0, 1, 0], [1, 1, 0], [0, 0, 1]])
    for label, call in {
        "factor, second": lambda: torch.cholesky_inverse(second),
        "factor, third": lambda: torch.cholesky_inverse(third),
        "factor, first": lambda: torch.cholesky_inverse(third - eye),
        "factor, upper": lambda: torch.cholesky_inverse(third.T, upper=True),
        "factors": lambda: torch.cholesky_inverse(torch.stack([eye, third])),
        "inverse": lambda: L.inv(flat),
        "inverses": lambda: L.inv(torch.stack([eye, eye, flat])),
        "inverses of two dimensions more": lambda: L.inv(torch.stack([eye, flat]).expand(2, 2, 3, 3)),
        "inverse of zeros": lambda: L.inv(torch.zeros(2, 2)),
        "solution": lambda: L.solve(flat, eye),
        "solutions": lambda: L.solve(torch.stack([eye, flat]), eye),
        "cholesky": lambda: L.cholesky(negative),
        "cholesky of rank 2": lambda: L.cholesky(zero),
        "cholesky of several": lambda: L.cholesky(torch.stack([eye, negative])),
        "matrix of a vector": lambda: L.inv(eye[0]),
        "matrix of a scalar": lambda: L.inv(eye[0, 0]),
        "matrix, not square": lambda: L.inv(eye[:2]),
        "matrix, not square, more rows": lambda: L.inv(eye[:, :2]),
        "matrices, not square": lambda: L.inv(torch.ones(4, 2, 3)),
    }.items():
        yield label, attempt(call)


@scenario(cites="torch.gradient", needs=NEEDS)
def slopes_between_uneven_places(torch):
    """Between places that are unevenly apart the slope at both ends is that of the parabola through three of them."""
    places, values = torch.tensor([0.0, 1.0, 3.0, 7.0, 8.5]), [1.0, 4.0, 2.0, 8.0, 5.0]
    three = places[:3]
    rows = [[1.0, 4.0, 2.0], [8.0, 5.0, 7.0], [0.5, 6.0, 3.0]]
    for order in (1, 2):

        def along(t, order=order):
            return torch.gradient(t, spacing=(places,), edge_order=order)[0]

        def down(t, order=order):
            return torch.gradient(t, spacing=(three * 2,), dim=0, edge_order=order)[0]

        def across(t, order=order):
            return torch.gradient(t, spacing=0.5, dim=1, edge_order=order)[0]

        yield f"five, order {order}", slopes(torch, along, values)
        yield f"three, order {order}", slopes(torch, down, rows)
        yield f"evenly, order {order}", slopes(torch, across, rows)
    v, m = torch.tensor(values), torch.tensor(rows)
    for label, call in {
        "too few": lambda: torch.gradient(v[:2], spacing=(places[:2],), edge_order=2),
        "just as many": lambda: torch.gradient(v[:2], spacing=(places[:2],)),
        "fewer places": lambda: refused(lambda: torch.gradient(v, spacing=(places[:4],))),
        "more places": lambda: refused(lambda: torch.gradient(v[:4], spacing=(places,))),
        "both": lambda: torch.gradient(m, spacing=(2.0, 0.5)),
        "diff, in front": lambda: torch.diff(v, prepend=v[:1]),
        "diff, in front and behind": lambda: torch.diff(m, dim=0, prepend=m[:1] * 3, append=m[:2]),
        "diff in front, wrong": lambda: torch.diff(m, dim=0, prepend=m[:, :1]),
        "trapezoid, one for all rows": lambda: torch.trapezoid(m, three),
        "trapezoid, each its own": lambda: torch.trapezoid(m, m * 2),
        "trapezoid, one place": lambda: torch.trapezoid(m, three[:1]),
        "trapezoid, down": lambda: torch.trapezoid(m, three, dim=0),
        "cumulative, by truth values": lambda: torch.cumulative_trapezoid(v > 3),
        "cumulative, of whole numbers": lambda: torch.cumulative_trapezoid(v.long()),
    }.items():
        yield label, attempt(call)
