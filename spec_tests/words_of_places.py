"""Words of places: what calls that cannot be right say of indices, masks and order, and how far right ones go."""

from gradspec import attempt, scenario

NEEDS = ("tensor", "functions", "shapes", "indexing", "dtypes")


@scenario(cites="torch.index_select", needs=NEEDS)
def rows_that_are_not_there(torch):
    """Rows that are not there, or do not fit, are refused with their numbers, sizes and dtypes."""
    x = torch.arange(30.0).reshape(2, 3, 5) * 0.75 - 4
    y = torch.ones(2, 4, 5)
    v = torch.tensor([0.5, -1.5, 2.5])
    m = torch.arange(6.0).reshape(2, 3)
    s = torch.tensor(2.5)
    z = torch.zeros(0, 3)
    i = torch.tensor
    e = torch.zeros(0, dtype=torch.int64)
    k3 = torch.tensor([0, 2, 1])
    k22 = torch.tensor([[0, 1], [1, 0]])
    for label, call in {
        "index_select scalar": lambda: s.index_select(0, k3),
        "index_select dtype": lambda: x.index_select(1, v),
        "index_select ndim": lambda: x.index_select(1, k22),
        "index_select behind": lambda: x.index_select(1, i([0, 3])),
        "index_select before": lambda: x.index_select(2, i([0, -1])),
        "index_select first": lambda: x.index_select(0, i([0, 2])),
        "index_select beyond": lambda: x.index_select(3, k3),
        "index_select int32": lambda: x.index_select(1, k3.int()),
        "index_select int16": lambda: x.index_select(1, k3.short()),
        "index_select scalar, one": lambda: s.index_select(0, i([0])),
        "index_select scalar, beyond": lambda: s.index_select(0, i([1])),
        "index_select by a scalar": lambda: x.index_select(1, i(2)),
        "index_select nothing": lambda: z.index_select(0, e),
        "index_fill dtype": lambda: x.index_fill(1, v, 1.0),
        "index_fill ndim": lambda: x.index_fill(1, k22, 1.0),
        "index_fill behind": lambda: x.index_fill(1, i([3]), 1.0),
        "index_fill before": lambda: x.index_fill(1, i([-4]), 1.0),
        "index_fill from behind": lambda: x.index_fill(1, i([-3]), 1.0),
        "index_fill from behind and behind": lambda: x.index_fill(1, i([-1, 3]), 1.0),
        "index_fill of nothing": lambda: z.index_fill(0, e, 1.0),
        "index_fill value": lambda: x.index_fill(1, k3, v),
        "index_fill beyond": lambda: x.index_fill(3, k3, 1.0),
        "index_add source": lambda: x.index_add(1, k3, x.double()),
        "index_add dtype": lambda: x.index_add(1, v, x),
        "index_add ndim": lambda: x.index_add(1, k22, x),
        "index_add count": lambda: x.index_add(1, k3, x[:, :2]),
        "index_add shape": lambda: x.index_add(1, k3, x[:, :, :4]),
        "index_add shape in front": lambda: x.index_add(1, k3, x[:1]),
        "index_add shape, other dim": lambda: x.index_add(0, i([0, 1]), y),
        "index_add behind": lambda: x.index_add(1, k3 + 1, x),
        "index_add before": lambda: x.index_add(1, k3 - 1, x),
        "index_add of a vector behind": lambda: v.index_add(0, k3 + 1, v),
        "index_add fewer dims": lambda: x.index_add(1, k3, m),
        "index_add fewer dims, behind": lambda: x.index_add(2, i([0]), m),
        "index_add fewer dims, two": lambda: x.index_add(2, i([0, 1]), m),
        "index_add alpha": lambda: x.index_add(1, k3, x, alpha="a"),
        "index_add scalar": lambda: s.index_add(0, i([0]), s),
        "index_add scalar behind": lambda: s.index_add(0, i([1]), s),
        "index_add scalar of a vector": lambda: s.index_add(0, i([0]), i([1.5])),
        "index_add scalar, two": lambda: s.index_add(0, i([0, 0]), i([1.0, 2.0])),
        "index_add by a scalar": lambda: x.index_add(1, i(1), x[:, :1]),
        "index_add ndim 3": lambda: x.index_add(1, k22[None], x),
        "index_add beyond": lambda: x.index_add(3, k3, x),
        "index_copy source": lambda: x.index_copy(1, k3, x.double()),
        "index_copy dtype": lambda: x.index_copy(1, v, x),
        "index_copy ndim": lambda: x.index_copy(1, k22, x),
        "index_copy ndims": lambda: x.index_copy(1, k3, m),
        "index_copy ndims, more": lambda: m.index_copy(1, k3, x),
        "index_copy behind": lambda: x.index_copy(1, k3 + 1, x),
        "index_copy before": lambda: x.index_copy(1, k3 - 1, x),
        "index_copy shape": lambda: x.index_copy(1, k3, x[:, :, :4]),
        "index_copy count": lambda: x.index_copy(1, k3, x[:, :2]),
        "index_copy scalar source": lambda: v.index_copy(0, i([1]), s),
        "index_copy into a scalar": lambda: s.index_copy(0, i([0]), i([7.0])),
        "index_copy scalar source, two": lambda: v.index_copy(0, i([1, 2]), s),
        "index_copy by a scalar": lambda: x.index_copy(1, i(1), x[:, :1]),
        "index_copy beyond": lambda: x.index_copy(3, k3, x),
        "index_copy scalar source in a matrix": lambda: m.index_copy(0, i([1]), s),
        "index_reduce": lambda: x.index_reduce(1, k3, x, "sum"),
        "index_reduce behind": lambda: x.index_reduce(1, k3 + 1, x, "prod"),
        "index_reduce far behind": lambda: x.index_reduce(1, k3 + 5, x, "prod"),
        "index_reduce before": lambda: x.index_reduce(1, k3 - 1, x, "amin"),
        "index_reduce shape": lambda: x.index_reduce(1, k3, x[:1], "prod"),
        "index_reduce source": lambda: x.index_reduce(1, k3, x.double(), "prod"),
        "index_reduce count": lambda: x.index_reduce(1, k3, x[:, :2], "amax"),
        "index_reduce dtype": lambda: x.index_reduce(1, v, x, "prod"),
        "index_reduce ndim": lambda: x.index_reduce(1, k22, x, "prod"),
    }.items():
        yield label, attempt(call)


@scenario(cites="torch.gather", needs=NEEDS)
def places_that_are_not_there(torch):
    """An index for each element fits in every other dimension, and leaves no dimension; else its numbers are named."""
    x = torch.arange(30.0).reshape(2, 3, 5) * 0.75 - 4
    v = torch.tensor([0.5, -1.5, 2.5])
    m = torch.arange(6.0).reshape(2, 3)
    s = torch.tensor(2.5)
    z = torch.zeros(0, 3)
    i = torch.tensor
    e = torch.zeros(0, dtype=torch.int64)
    k3 = torch.tensor([0, 2, 1])
    k22 = torch.tensor([[0, 1], [1, 0]])
    for label, call in {
        "gather dtype": lambda: x.gather(1, v[None, :, None]),
        "gather ndim": lambda: x.gather(1, k22),
        "gather size": lambda: m.gather(1, i([[0], [1], [2]])),
        "gather size along": lambda: m.gather(0, i([[0, 1, 0, 1]])),
        "gather behind": lambda: m.gather(1, i([[3]])),
        "gather before": lambda: m.gather(0, i([[-1]])),
        "gather scalar": lambda: s.gather(0, i(0)),
        "gather scalar behind": lambda: s.gather(0, i(1)),
        "gather scalar by one element": lambda: s.gather(0, i([0])),
        "gather vector by a scalar behind": lambda: v.gather(0, i(3)),
        "gather by more dimensions": lambda: m.gather(0, k22[None]),
        "scatter by more dimensions": lambda: m.scatter(0, k22[None], 1.0),
        "scatter by a scalar behind": lambda: v.scatter(0, i(3), 1.0),
        "gather scalar by one": lambda: s.gather(0, i([0, 0])),
        "gather vector by scalar": lambda: v.gather(0, i(2)),
        "gather nothing": lambda: m.gather(0, e),
        "gather nothing of floats": lambda: m.gather(0, torch.zeros(0)),
        "gather beyond": lambda: m.gather(2, k22),
        "gather int32": lambda: m.gather(0, k22.int()),
        "gather nothing, of as many dimensions": lambda: m.gather(0, torch.zeros(2, 0, dtype=torch.int64)),
        "gather nothing of floats, of as many": lambda: m.gather(0, torch.zeros(2, 0)),
        "scatter operation": lambda: m.scatter(0, k22, m, reduce="mean"),
        "scatter dtype": lambda: m.scatter(0, m, m),
        "scatter ndim": lambda: m.scatter(0, k3, m),
        "scatter src ndim": lambda: m.scatter(0, k22, v),
        "scatter src more": lambda: m.scatter(0, k22, x),
        "scatter size": lambda: m.scatter(1, i([[0], [1], [2]]), torch.ones(3, 3)),
        "scatter size of src": lambda: m.scatter(0, i([[0, 1, 1]]), m[:, :2]),
        "scatter size of src along": lambda: m.scatter(0, i([[0], [1], [1]]), m),
        "scatter behind": lambda: m.scatter(0, i([[2]]), m),
        "scatter before": lambda: m.scatter(0, i([[-1]]), 1.0),
        "scatter source": lambda: m.scatter(0, k22, m.double()),
        "scatter add": lambda: m.scatter(0, k22, m, reduce="add"),
        "scatter multiply by a number": lambda: m.scatter(0, k22, 3.0, reduce="multiply"),
        "scatter along more": lambda: m.scatter(
            0, i([[0, 1, 1], [1, 0, 0], [0, 0, 1]]), torch.arange(9.0).reshape(3, 3)
        ),
        "scatter nothing at all": lambda: m.scatter(0, e, m),
        "scatter scalar": lambda: s.scatter(0, i(0), i(3.0)),
        "scatter into a vector from a scalar": lambda: v.scatter(0, i([1]), s),
        "scatter into a scalar by one": lambda: s.scatter(0, i([0]), i([3.0])),
        "scatter_add source": lambda: m.scatter_add(0, k22, m.double()),
        "scatter_add ndim": lambda: m.scatter_add(0, k22, v),
        "scatter_add size": lambda: m.scatter_add(0, i([[0], [1], [1]]), m),
        "scatter_add behind": lambda: m.scatter_add(0, k22 + 1, m),
        "scatter_reduce kind": lambda: m.scatter_reduce(0, k22, m, "add"),
        "scatter_reduce source": lambda: m.scatter_reduce(0, k22, m.double(), "sum"),
        "scatter_reduce size": lambda: m.scatter_reduce(1, i([[0], [1], [1]]), torch.ones(3, 3), "sum"),
        "scatter_reduce behind": lambda: m.scatter_reduce(1, k22 + 2, m, "mean"),
        "take_along_dim ndims": lambda: torch.take_along_dim(x, k22, 1),
        "take_along_dim dtype": lambda: torch.take_along_dim(m, m, 1),
        "take_along_dim int32": lambda: torch.take_along_dim(m, k22.int(), 1),
        "take_along_dim scalar": lambda: torch.take_along_dim(s, i(0), 0),
        "take_along_dim shapes": lambda: torch.take_along_dim(m, i([[0], [1], [0]]), 1),
        "take_along_dim beyond": lambda: torch.take_along_dim(m, k22, 2),
        "take_along_dim behind": lambda: torch.take_along_dim(m, i([[3]]), 1),
        "take_along_dim before": lambda: torch.take_along_dim(m, i([[-4]]), 1),
        "take_along_dim from behind": lambda: torch.take_along_dim(m, i([[-3], [-1]]), 1),
        "take_along_dim stretched": lambda: torch.take_along_dim(m[:1], i([[0, 2, 1, 1], [1, 1, 2, 0]]), 1),
        "take_along_dim of all": lambda: torch.take_along_dim(m, i([[5], [0], [3]])),
        "take_along_dim of all behind": lambda: torch.take_along_dim(m, i([6])),
        "take_along_dim nothing": lambda: torch.take_along_dim(z, torch.zeros(0, 1, dtype=torch.int64), 1),
    }.items():
        yield label, attempt(call)


@scenario(cites="torch.masked_fill", needs=NEEDS)
def masks_that_do_not_fit(torch):
    """Masks are boolean and fit; what is read from, or written to, the flattened tensor is in it."""
    x = torch.arange(30.0).reshape(2, 3, 5) * 0.75 - 4
    v = torch.tensor([0.5, -1.5, 2.5])
    m = torch.arange(6.0).reshape(2, 3)
    z = torch.zeros(0, 3)
    i = torch.tensor
    e = torch.zeros(0, dtype=torch.int64)
    k3 = torch.tensor([0, 2, 1])
    for label, call in {
        "masked_fill mask": lambda: x.masked_fill(x, 1.0),
        "masked_fill mask of ints": lambda: m.masked_fill(m.long(), 1.0),
        "masked_fill mask of int32": lambda: m.masked_fill(m.int(), 1.0),
        "masked_fill mask of uint8": lambda: m.masked_fill(m.byte(), 1.0),
        "masked_fill value": lambda: m.masked_fill(m > 2, v),
        "masked_fill mask of doubles": lambda: m.masked_fill(m.double(), 1.0),
        "masked_select mask": lambda: m.masked_select(m),
        "masked_select shape": lambda: m.masked_select(torch.ones(2, dtype=torch.bool)),
        "masked_scatter mask": lambda: m.masked_scatter(m, m),
        "masked_scatter dtype": lambda: m.masked_scatter(m > 2, m.double()),
        "masked_scatter source": lambda: m.masked_scatter(m > 1, v),
        "masked_scatter just": lambda: m.masked_scatter(m > 2, v),
        "masked_scatter stretched": lambda: v.masked_scatter(m > 3, m),
        "masked_scatter shape": lambda: m.masked_scatter(torch.ones(2, dtype=torch.bool), m),
        "take dtype": lambda: m.take(m),
        "take int32": lambda: m.take(k3.int()),
        "take behind": lambda: m.take(i([5, 6])),
        "take before": lambda: m.take(i([-6, -7])),
        "take just": lambda: m.take(i([5, -6])),
        "take of nothing": lambda: z.take(i([0])),
        "take nothing of nothing": lambda: z.take(e),
        "put dtypes": lambda: m.put(k3, v.double()),
        "put dtype": lambda: m.put(v, v),
        "put sizes": lambda: m.put(k3, v[:2]),
        "put behind": lambda: m.put(k3 + 4, v),
        "put before": lambda: m.put(k3 - 7, v),
        "put of nothing": lambda: z.put(k3, v),
        "put nothing": lambda: z.put(e, v[:0]),
    }.items():
        yield label, attempt(call)


@scenario(cites="torch.quantile", needs=NEEDS)
def fractions_and_bounds_that_cannot_be(torch):
    """Quantiles and places between bounds are refused with the numbers and shapes that are wrong."""
    x = torch.arange(30.0).reshape(2, 3, 5) * 0.75 - 4
    v = torch.tensor([0.5, -1.5, 2.5])
    m = torch.arange(6.0).reshape(2, 3)
    s = torch.tensor(2.5)
    z = torch.zeros(0, 3)
    i = torch.tensor
    for label, call in {
        "quantile empty": lambda: torch.quantile(z, 0.5),
        "quantile q of two": lambda: torch.quantile(v, i([[0.5]])),
        "quantile dtype": lambda: torch.quantile(m.long(), 0.5),
        "quantile dtypes": lambda: torch.quantile(v, i(0.5).double()),
        "quantile above": lambda: torch.quantile(v, 1.01),
        "quantile below": lambda: torch.quantile(v, -0.01),
        "quantile one above": lambda: torch.quantile(v, i([0.5, 1.01])),
        "quantile one below": lambda: torch.quantile(v, i([-0.01, 0.5])),
        "quantile at both": lambda: torch.quantile(v, i([0.0, 1.0])),
        "quantile kind": lambda: torch.quantile(v, 0.5, interpolation="x"),
        "quantile beyond": lambda: torch.quantile(m, 0.5, 2),
        "nanquantile range": lambda: torch.nanquantile(m, 2.0),
        "quantile half": lambda: torch.quantile(v.half(), 0.5),
        "quantile scalar": lambda: torch.quantile(s, i([0.25, 0.5]), keepdim=True),
        "quantile scalar dim": lambda: torch.quantile(s, 0.25, 0, True),
        "quantile empty dim": lambda: torch.quantile(torch.zeros(3, 0), 0.5, 1),
        "quantile empty other dim": lambda: torch.quantile(torch.zeros(3, 0), 0.5, 0),
        "searchsorted side": lambda: torch.searchsorted(v, v, side="x"),
        "searchsorted sides": lambda: torch.searchsorted(v, v, side="left", right=True),
        "searchsorted scalar": lambda: torch.searchsorted(s, v),
        "searchsorted rows": lambda: torch.searchsorted(m, torch.ones(3, 3)),
        "searchsorted rows of more": lambda: torch.searchsorted(x, m),
        "searchsorted rows in front": lambda: torch.searchsorted(torch.sort(x)[0], torch.ones(2, 4, 2)),
        "searchsorted of three": lambda: torch.searchsorted(torch.sort(x)[0], x[:, :, :2] + 1),
        "searchsorted matrix of a scalar": lambda: torch.searchsorted(m, s),
        "searchsorted turned": lambda: torch.searchsorted(m, m.T.contiguous().T),
        "bucketize matrix": lambda: torch.bucketize(v, m),
        "bucketize scalar": lambda: torch.bucketize(v, s),
        "searchsorted dtypes": lambda: torch.searchsorted(v, v.double()),
        "searchsorted sorter dtype": lambda: torch.searchsorted(v, v, sorter=v),
        "searchsorted sorter shape": lambda: torch.searchsorted(v, v, sorter=i([0, 1])),
        "searchsorted side left": lambda: torch.searchsorted(i([1.0, 2, 2, 3]), i([2.0]), side="left"),
        "searchsorted side right, right": lambda: torch.searchsorted(
            i([1.0, 2, 2, 3]), i([2.0]), side="right", right=True
        ),
        "unique scalar": lambda: torch.unique(s, dim=0),
        "unique empty": lambda: torch.unique(torch.zeros(2, 0), dim=0),
        "unique empty dim": lambda: torch.unique(torch.zeros(2, 0), dim=1),
        "unique beyond": lambda: torch.unique(m, dim=2),
        "sort beyond": lambda: m.sort(2),
        "topk": lambda: v.topk(4),
        "topk less": lambda: v.topk(-1),
        "kthvalue": lambda: v.kthvalue(4),
        "kthvalue 0": lambda: v.kthvalue(0),
        "kthvalue scalar": lambda: s.kthvalue(2),
        "topk scalar": lambda: s.topk(2),
        "topk beyond": lambda: m.topk(1, 2),
        "kthvalue nothing": lambda: z.kthvalue(1, 0),
        "msort scalar": lambda: torch.msort(s),
    }.items():
        yield label, attempt(call)


@scenario(cites="torch.amax", needs=NEEDS)
def extremes_of_nothing(torch):
    """Of nothing there is no extreme and no rank; of too few no spread; over dimensions that are not there no sum."""
    v = torch.tensor([0.5, -1.5, 2.5])
    m = torch.arange(6.0).reshape(2, 3)
    s = torch.tensor(2.5)
    z = torch.zeros(0, 3)
    for label, call in {
        "max nothing": lambda: z.max(),
        "max dim of nothing": lambda: z.max(0),
        "argmax nothing": lambda: z.argmax(),
        "argmin dim of nothing": lambda: z.argmin(0),
        "amax nothing": lambda: z.amax(),
        "amin dim of nothing": lambda: z.amin(0),
        "amax second dim of nothing": lambda: z.amax((1, 0)),
        "amax of other dims": lambda: z.amax(1),
        "median dim": lambda: z.median(0),
        "mode dim": lambda: z.mode(0),
        "aminmax nothing": lambda: z.aminmax(),
        "aminmax dim": lambda: z.aminmax(dim=0),
        "var ints": lambda: m.long().var(),
        "std bool": lambda: (m > 1).std(),
        "softmax ints": lambda: m.long().softmax(0),
        "softmax ints last": lambda: m.long().softmax(1),
        "log_softmax ints": lambda: m.long().log_softmax(-2),
        "mean ints": lambda: m.long().mean(),
        "mean to ints": lambda: m.mean(dtype=torch.int64),
        "nanmean ints": lambda: m.long().nanmean(),
        "norm ints": lambda: m.long().norm(),
        "norm kind": lambda: m.norm("x"),
        "var of one": lambda: s.var(),
        "var of too few": lambda: v.var(correction=3),
        "var but one": lambda: v.var(correction=2),
        "std_mean of too few": lambda: torch.std_mean(m, 0, correction=2),
        "std of nothing": lambda: z.std(0),
        "var of nothing else": lambda: z.var(1),
        "sum beyond": lambda: m.sum(2),
        "sum twice": lambda: m.sum((0, -2)),
    }.items():
        yield label, attempt(call)


@scenario(cites="torch.bincount", needs=NEEDS)
def elements_that_are_found_and_counted(torch):
    """`isin` tells which elements stand in another tensor, `bincount` how often each whole number stands in a vector."""
    i, nan = torch.tensor, float("nan")
    for label, call in {
        "isin": lambda: torch.isin(i([[1, 2], [3, 4]]), i([2, 5, 3])),
        "isin, turned round": lambda: torch.isin(i([[1, 2], [3, 4]]), i([[2], [5]]), invert=True),
        "isin, of other numbers": lambda: torch.isin(i([1, 2]), i([2.0, 5.0])),
        "isin a number": lambda: torch.isin(i([1.0, 2.0]), 2),
        "a number isin": lambda: torch.isin(2, i([1, 2])),
        "another number isin": lambda: torch.isin(5, i([1, 2])),
        "isin of nan": lambda: torch.isin(i([nan, 1.0]), i([nan])),
        "isin of nothing": lambda: torch.isin(i([]), i([1.0])),
        "isin nothing": lambda: torch.isin(i([1.0, 2.0]), i([])),
        "isin of what requires grad": lambda: torch.isin(i([1.0], requires_grad=True), i([1.0])).requires_grad,
        "isin of complex numbers": lambda: torch.isin(i([1j]), i([1j])),
        "isin of truth values": lambda: torch.isin(i([True]), i([True])),
        "isin complex numbers": lambda: torch.isin(i([1.0]), i([1j])),
        "bincount": lambda: torch.bincount(i([1, 3, 1, 0])),
        "bincount of bytes": lambda: torch.bincount(i([1, 2], dtype=torch.uint8)),
        "bincount, weighted": lambda: torch.bincount(i([1, 3, 1]), i([0.5, 1.0, 2.0])),
        "bincount, weighted by whole numbers": lambda: torch.bincount(i([1, 3, 1]), i([1, 5, 2])),
        "bincount, weighted by doubles": lambda: torch.bincount(i([1, 3, 1]), weights=i([1.0, 5.0, 2.5]).double()),
        "bincount, weighted by halves": lambda: torch.bincount(i([1, 0]), i([0.5, 2.0]).half()),
        "bincount of so many": lambda: torch.bincount(i([1, 0]), minlength=4),
        "bincount of more": lambda: torch.bincount(i([1, 5]), minlength=4),
        "bincount of nothing": lambda: torch.bincount(i([], dtype=torch.int64)),
        "bincount of nothing, so many": lambda: torch.bincount(i([], dtype=torch.int64), minlength=2),
        "bincount of less than nothing": lambda: torch.bincount(i([0, -1])),
        "bincount of a matrix": lambda: torch.bincount(i([[1]])),
        "bincount of a scalar": lambda: torch.bincount(i(1)),
        "bincount of floats": lambda: torch.bincount(i([1.0])),
        "bincount of truth values": lambda: torch.bincount(i([True])),
        "bincount of less than none": lambda: torch.bincount(i([1]), minlength=-1),
        "bincount of other weights": lambda: torch.bincount(i([1]), i([1.0, 2.0])),
        "bincount, a method": lambda: i([1, 3, 1]).bincount(minlength=6),
    }.items():
        yield label, attempt(call)
