"""Last places: the last element, piece, size and letter that there is, and the first that there is not."""

from gradspec import attempt, scenario

NEEDS = ("tensor", "functions", "shapes", "indexing", "dtypes")


def refused(call):
    """The type of the error that a call raises, where its words list everything that could have been called."""
    return type(attempt(call).error).__name__


def slopes(torch, function, *data):
    """The result of `function` on the tensors, and their gradients, where the result's elements have weights 1, 2, 3, ..."""
    tensors = [torch.tensor(each, requires_grad=True) for each in data]
    y = function(*tensors)
    (y.reshape(-1) * torch.arange(1.0, y.numel() + 1)).sum().backward()
    return (y.detach(), *(t.grad for t in tensors))


@scenario(cites="torch.cat", needs=NEEDS)
def joined_but_for_one(torch):
    """What cannot be joined is named by its place among all, where a vector of nothing fits everything."""
    x, y, e = torch.ones(2, 3), torch.ones(2, 4), torch.zeros(0)
    many, more = torch.ones(300, 2, 1), torch.ones(300, 3, 1)
    v = torch.tensor([1.0, 2, 3])
    for label, call in {
        "nothing first": lambda: torch.cat([e, x, y]),
        "nothing between": lambda: torch.cat([x, e, y]),
        "nothing between, other dimensions": lambda: torch.cat([x, e, v]),
        "one element": lambda: torch.cat([v[:1], x]),
        "one element later": lambda: torch.cat([x, v[:1]]),
        "other columns": lambda: torch.cat([x, x, y], 0),
        "other rows": lambda: torch.cat([x, torch.ones(3, 3)], 1),
        "hundreds": lambda: torch.cat([many, more], 2),
        "hundreds, side by side": lambda: torch.cat([many, more], 1).shape,
        "atleast_1d of nothing": lambda: torch.atleast_1d(),
        "atleast_1d of one": lambda: torch.atleast_1d(torch.tensor(2.0)),
        "atleast_1d of one in a list": lambda: torch.atleast_1d([torch.tensor(2.0)]),
        "atleast_2d of two": lambda: torch.atleast_2d(v, x),
        "atleast_3d of two in a list": lambda: torch.atleast_3d([v, torch.tensor(2.0)]),
        "atleast_3d of four": lambda: torch.atleast_3d(torch.ones(1, 2, 1, 1)),
        "hstack of scalars": lambda: torch.hstack([torch.tensor(1.0), torch.tensor(2.0)]),
        "hstack of vectors": lambda: torch.hstack([v, v[:2]]),
        "hstack of matrices": lambda: torch.hstack([x, y]),
        "hstack of three dimensions": lambda: torch.hstack([x[:, :, None], y[:, :, None]]).shape,
        "vstack": lambda: torch.vstack([v, x]),
        "dstack": lambda: torch.dstack([v, v]),
        "dstack of four": lambda: torch.dstack([torch.ones(1, 2, 2, 1), torch.ones(1, 2, 1, 1)]).shape,
        "column_stack": lambda: torch.column_stack([v, x.T]),
        "column_stack of scalars": lambda: torch.column_stack([torch.tensor(1.0), torch.tensor(2.0)]),
        "block_diag of nothing": lambda: torch.block_diag(),
        "cartesian_prod of one": lambda: torch.cartesian_prod(v),
        "cartesian_prod of itself": lambda: torch.cartesian_prod(v) is v,
        "cartesian_prod of a matrix": lambda: torch.cartesian_prod(x),
        "combinations of one": lambda: torch.combinations(v, 1),
        "combinations of three": lambda: torch.combinations(v, 3),
        "combinations, again": lambda: torch.combinations(v[:2], 2, True),
        "combinations of more": lambda: torch.combinations(v, 4),
        "meshgrid of one": lambda: torch.meshgrid(v, indexing="xy"),
        "meshgrid of three": lambda: torch.meshgrid(v[:2], v, v[:1], indexing="xy"),
        "meshgrid of doubles": lambda: torch.meshgrid(v, v.double(), indexing="ij"),
        "meshgrid of doubles first": lambda: torch.meshgrid(v.double(), v, indexing="ij"),
        "broadcast_tensors": lambda: [t.shape for t in torch.broadcast_tensors(v, x, torch.ones(2, 1))],
    }.items():
        yield label, attempt(call)


@scenario(cites="torch.take", needs=NEEDS)
def places_behind_the_last(torch):
    """Places far behind the last are refused as the first behind it is, and what is looked for in nothing as well."""
    m, v, z = torch.arange(6.0).reshape(2, 3), torch.tensor([0.5, -1.5, 2.5]), torch.zeros(0, 3)
    s, i, d = torch.tensor(2.5), torch.tensor, torch.float64
    e = i([], dtype=torch.int64)
    empty = torch.zeros(2, 0, 3, dtype=torch.int64)
    for label, call in {
        "take far behind": lambda: m.take(i([5, 8])),
        "take far before": lambda: m.take(i([5, -9])),
        "scatter more than a scalar": lambda: v.scatter(0, i([0, 1]), s),
        "index_add far beyond the source": lambda: torch.ones(1, 1, 2).index_add(2, i([0]), v),
        "take_along_dim of one column": lambda: torch.take_along_dim(m[:, :1], i([[-1], [0]]), 1),
        "vsplit by none": lambda: m.vsplit(0),
        "put far behind": lambda: m.put(i([8]), i([1.0])),
        "put of floats and sizes": lambda: m.put(v, v[:2]),
        "put of doubles": lambda: m.to(d).put(i([1]), i([1.0])),
        "put doubles": lambda: m.put(i([1]), i([1.0], dtype=d)),
        "index_select of nothing": lambda: z.index_select(0, i([0])),
        "index_select of nothing's columns": lambda: z.index_select(1, i([2, 0])).shape,
        "index_select of nothing's columns, behind": lambda: z.index_select(1, i([3])),
        "index_select of no columns": lambda: z.T.index_select(1, i([0])),
        "index_fill of nothing": lambda: refused(lambda: z.index_fill(0, i([0]), 1.0)),
        "index_fill of no columns": lambda: refused(lambda: z.T.index_fill(1, i([0]), 1.0)),
        "index_fill by a scalar": lambda: m.index_fill(1, i(1), 5.0),
        "index_fill by three": lambda: m.index_fill(1, i([[[1]]]), 5.0),
        "index_copy of nothing": lambda: refused(lambda: z.index_copy(0, i([0]), v[None])),
        "index_copy of more": lambda: m.index_copy(0, i([0]), v[None, None]),
        "index_copy of fewer": lambda: m.index_copy(0, i([0]), v),
        "index_add of doubles": lambda: m.to(d).index_add(0, i([0]), v[None]),
        "index_add doubles": lambda: m.index_add(0, i([0]), v[None].to(d)),
        "index_add by three": lambda: m.index_add(0, i([[[0]]]), v[None]),
        "index_add far behind": lambda: m.index_add(0, i([5]), v[None]),
        "index_add of columns far behind": lambda: m.index_add(1, i([5]), m[:, :1]),
        "index_add in the middle": lambda: torch.ones(1, 2, 1).index_add(1, i([2]), torch.ones(1, 1, 1)),
        "index_add at the end": lambda: torch.ones(1, 1, 2).index_add(2, i([2]), torch.ones(1, 1, 1)),
        "gather nothing of more dimensions": lambda: m.gather(0, empty),
        "gather nothing of fewer": lambda: torch.ones(1, 2, 3).gather(0, torch.zeros(0, 1, dtype=torch.int64)),
        "gather nothing, of floats, of more": lambda: v.gather(0, torch.zeros(2, 0)),
        "gather from a scalar": lambda: s.gather(0, i([0])),
        "gather by a scalar": lambda: v.gather(0, i(1)),
        "scatter nothing of more dimensions": lambda: m.scatter(0, empty, 1.0),
        "scatter from a scalar": lambda: m.scatter(0, i([[0]]), s),
        "scatter_add of doubles": lambda: m.to(d).scatter_add(0, i([[0]]), m),
        "scatter_add doubles": lambda: m.scatter_add(0, i([[0]]), m.to(d)),
        "scatter_reduce of doubles": lambda: m.to(d).scatter_reduce(0, i([[0]]), m, "sum"),
        "masked_scatter of doubles": lambda: m.to(d).masked_scatter(m > 4, v),
        "take_along_dim of int32": lambda: torch.take_along_dim(m, i([[0]], dtype=torch.int32), 0),
        "take_along_dim of more": lambda: torch.take_along_dim(m, i([[[0]]]), 0),
        "take_along_dim of fewer": lambda: torch.take_along_dim(m, i([0]), 0),
        "index_reduce just behind": lambda: m.index_reduce(0, i([2]), v[None], "prod"),
        "index_reduce just before": lambda: m.index_reduce(0, i([-1]), v[None], "prod"),
        "index_reduce into a scalar": lambda: s.index_reduce(0, i([0]), s, "prod"),
        "index_reduce by nothing": lambda: m.index_reduce(0, e, z, "amax"),
        "isin text": lambda: refused(lambda: torch.isin(v, "a")),
        "isin of text": lambda: refused(lambda: torch.isin("a", v)),
        "isin of numbers": lambda: refused(lambda: torch.isin(1.0, 2.0)),
        "bucketize text": lambda: refused(lambda: torch.bucketize("a", v)),
        "searchsorted text": lambda: refused(lambda: torch.searchsorted(v, "a")),
        "repeats of truth values": lambda: torch.repeat_interleave(v > 0),
        "repeats of floats": lambda: torch.repeat_interleave(v),
        "repeats of int32": lambda: torch.repeat_interleave(i([1, 0, 2], dtype=torch.int32)),
    }.items():
        yield label, attempt(call)


@scenario(cites="torch.Tensor.split", needs=NEEDS)
def pieces_that_are_left_over(torch):
    """Of pieces of one size the last is what is left; the gradient of one piece is zero in all others."""
    x = torch.arange(5.0)
    for size in (1, 2, 3, 4, 5, 6):

        def last(t, size=size):
            return t.split(size)[-1]

        def first(t, size=size):
            return t.split(size)[0]

        yield f"by {size}, the last", slopes(torch, last, x.tolist())
        yield f"by {size}, the first", slopes(torch, first, x.tolist())
    m = torch.arange(6.0).reshape(2, 3)
    z = torch.zeros(0, 3)
    for label, call in {
        "tensor_split": lambda: torch.tensor_split(m, 2),
        "tensor_split of three": lambda: torch.tensor_split(x, 3),
        "tensor_split of more": lambda: torch.tensor_split(x, 7),
        "tensor_split before": lambda: torch.tensor_split(x, (1, 4)),
        "tensor_split before, by name": lambda: torch.tensor_split(x, indices=(3, 1)),
        "tensor_split, columns": lambda: m.tensor_split(2, -1),
        "chunk": lambda: torch.chunk(m, 2),
        "chunk of nothing": lambda: torch.chunk(z, 2),
        "split of nothing": lambda: torch.split(z, 1),
        "split by two, of floats": lambda: torch.split(m, 1.5),
        "split sizes, less": lambda: torch.split(x, [-1, 6]),
        "split sizes": lambda: torch.split(x, [0, 5, 0]),
        "unfold of a scalar": lambda: torch.tensor(2.5).unfold(0, 0, 1),
        "unfold less": lambda: x.unfold(0, -1, 1),
        "unfold none": lambda: x.unfold(0, 0, 2).shape,
        "slice_scatter": lambda: m.slice_scatter(torch.ones(1, 3), 0, 1),
        "slice_scatter, rows": lambda: m.slice_scatter(torch.ones(1, 3), start=1),
        "slice_scatter, no tensor": lambda: torch.slice_scatter(m, 1.0),
        "select_scatter, no tensor": lambda: torch.select_scatter(m, 1.0, 0, 0),
        "diagonal": lambda: torch.diagonal(m),
        "diagonal_copy": lambda: torch.diagonal_copy(m, 1),
        "chunk, none": lambda: x.chunk(0),
        "diag of nothing": lambda: torch.diag(torch.tensor(1.0)),
        "diagflat": lambda: torch.diagflat(m, -1).shape,
    }.items():
        yield label, attempt(call)


@scenario(cites="torch.Tensor.expand", needs=NEEDS)
def sizes_that_stay(torch):
    """-1 leaves a size as it is, also behind new dimensions; one place stands for all, also where there are none."""
    m, one = torch.arange(6.0).reshape(2, 3), torch.ones(2, 1)
    x = torch.ones(2, 1, 3)
    for label, call in {
        "behind one more": lambda: m.expand(4, -1, -1).shape,
        "behind two more": lambda: m.expand(2, 1, -1, -1).shape,
        "one of them": lambda: one.expand(3, -1, 2).stride(),
        "to nothing": lambda: torch.ones(1).expand(0).stride(),
        "to nothing, of two": lambda: one.expand(2, 0).stride(),
        "of a scalar": lambda: torch.tensor(2.0).expand(2, 3).stride(),
        "three, the second": lambda: x.expand(2, 4, 3).stride(),
        "fits not": lambda: m.expand(4, 2, 4),
        "fits not in front": lambda: m.expand(4, 3, 3),
        "fits not, of three": lambda: x.expand(5, 2, 3, 3),
        "fewer": lambda: x.expand(1, 3),
        "movedim of one and several": lambda: refused(lambda: m.movedim((0,), 1)),
        "movedim of several and one": lambda: refused(lambda: m.movedim(0, (1,))),
        "movedim in lists": lambda: m.movedim([0], (1,)).shape,
        "view as another dtype": lambda: m.view(torch.int32).shape,
        "view as another dtype, by name": lambda: m.view(dtype=torch.int32).shape,
        "view as another dtype, and a size": lambda: refused(lambda: m.view(torch.int32, 6)),
        "reshape to nothing": lambda: m.reshape(0, -1),
        "reshape of nothing": lambda: torch.zeros(0, 3).reshape(-1, 3).shape,
        "reshape of nothing, fitting": lambda: torch.zeros(0, 3).reshape(3, 0, 7).shape,
        "reshape of nothing, a size left": lambda: torch.zeros(0, 3).reshape(-1, 2).shape,
        "view in a list": lambda: m.view([3, 2]).shape,
        "view of text": lambda: refused(lambda: m.view("a")),
        "roll of a scalar": lambda: torch.tensor(1.0).roll(2),
        "roll of a scalar along two": lambda: torch.tensor(1.0).roll((1, 2), (5, 7)),
        "permute, more": lambda: m.permute(0, 1, 2),
        "permute, fewer": lambda: m.permute(0),
        "repeats for no dimension": lambda: torch.tensor(2.0).repeat(2).shape,
        "dims twice": lambda: m.sum((1, 0, 1)),
        "dims of text": lambda: refused(lambda: m.sum("a")),
        "matrix of four": lambda: torch.ones(1, 2, 2, 3).mT.shape,
        "rot90 by five": lambda: torch.rot90(m, 5),
        "rot90 by eight": lambda: torch.rot90(m, 8),
        "rot90 back": lambda: torch.rot90(m, -1),
        "rot90 not at all": lambda: torch.rot90(m, 0),
    }.items():
        yield label, attempt(call)


@scenario(cites="torch.reshape", needs=(*NEEDS, "matmul"))
def sizes_of_hundreds(torch):
    """Sizes are compared by their value, also where they are large: 300 fits 300, and nothing else."""
    n = 300
    v, i = torch.arange(n, dtype=torch.float32), torch.arange(n)
    m, t = v.reshape(1, n), v.reshape(n, 1)
    for label, call in {
        "prelu": lambda: torch.prelu(m, v).sum(),
        "gradient": lambda: torch.gradient(v, spacing=(v * 2,))[0].sum(),
        "trapezoid": lambda: torch.trapezoid(v, v * 2),
        "diff": lambda: torch.diff(t, dim=1, append=t * 2).sum(),
        "mm": lambda: (m @ t).sum(),
        "mv": lambda: torch.mv(m, v),
        "addmm": lambda: torch.addmm(torch.zeros(1), m, t),
        "addmm, sizes": lambda: torch.addmm(torch.zeros(3, 1), m, t),
        "dot": lambda: torch.dot(v, v),
        "inner": lambda: torch.inner(v, v),
        "tensordot": lambda: torch.tensordot(m, t, 1),
        "einsum": lambda: torch.einsum("ij,jk->ik", m, t),
        "einsum, once more": lambda: torch.einsum("ij,ij->i", m, m),
        "cdist": lambda: torch.cdist(m, m + 1),
        "cov": lambda: torch.cov(m, fweights=i),
        "searchsorted": lambda: torch.searchsorted(v, v).sum(),
        "sorter": lambda: torch.searchsorted(v, v, sorter=i).sum(),
        "searchsorted in rows": lambda: torch.searchsorted(t, t).sum(),
        "bincount": lambda: torch.bincount(i, v).sum(),
        "index_add": lambda: torch.zeros(n).index_add(0, i, v).sum(),
        "index_copy": lambda: torch.zeros(n, 1).index_copy(0, i, t).sum(),
        "index_fill": lambda: v.index_fill(0, i, 1.0).sum(),
        "index_select": lambda: v.index_select(0, i).sum(),
        "put": lambda: torch.zeros(n).put(i, v).sum(),
        "gather": lambda: v.gather(0, i).sum(),
        "scatter": lambda: torch.zeros(n).scatter(0, i, v).sum(),
        "take_along_dim": lambda: torch.take_along_dim(t, i[:, None], 0).sum(),
        "masked_scatter": lambda: torch.zeros(n).masked_scatter(v >= 0, v).sum(),
        "masked_select": lambda: v.masked_select(v >= 0).sum(),
        "indexed": lambda: v[v >= 0].sum(),
        "assigned": lambda: torch.zeros(n).index_put((i,), v).sum(),
        "repeat_interleave": lambda: torch.repeat_interleave(v, i % 2).sum(),
        "split_with_sizes": lambda: len(torch.split(v, [n])),
        "split": lambda: len(v.split(n)),
        "unflatten": lambda: v.unflatten(0, (1, n)).shape,
        "expand": lambda: m.expand(2, n).sum(),
        "view": lambda: v.view(n, 1).shape,
        "unfold": lambda: v.unfold(0, n, 1).shape,
        "diagonal": lambda: torch.diagonal_scatter(torch.zeros(n, 1), torch.ones(1)).sum(),
        "copy_": lambda: torch.zeros(n).copy_(v).sum(),
        "equal": lambda: torch.equal(v, v.clone()),
        "block_diag": lambda: torch.block_diag(m, t).shape,
        "stack": lambda: torch.stack([v, v]).shape,
        "cartesian_prod": lambda: torch.cartesian_prod(v, v[:1]).sum(),
        "meshgrid": lambda: torch.meshgrid(v, v[:1], indexing="ij")[0].shape,
        "roll": lambda: v.roll(n).sum(),
        "split_with_sizes, one less": lambda: v.split([n - 1]),
        "gather, one more": lambda: v.gather(0, torch.zeros(n + 1, dtype=torch.int64)).shape,
        "scatter, one more": lambda: torch.zeros(n).scatter(0, torch.zeros(n + 1, dtype=torch.int64), 1.0),
    }.items():
        yield label, attempt(call)


@scenario(cites="torch.einsum", needs=(*NEEDS, "matmul"))
def letters_that_return(torch):
    """A letter that returns in one operand takes the diagonal, wherever it stands; dots stand for what is in front."""
    x, y = torch.arange(24.0).reshape(2, 3, 2, 2), torch.arange(36.0).reshape(3, 2, 3, 2)
    m, v, s = torch.arange(6.0).reshape(2, 3), torch.tensor([0.5, -1.5, 2.5]), torch.tensor(2.5)
    for label, call in {
        "ijik->jik": lambda: torch.einsum("ijik->jik", x),
        "ijii->ji": lambda: torch.einsum("ijii->ji", x),
        "ijkk": lambda: torch.einsum("ijkk", x),
        "ijij": lambda: torch.einsum("ijij", y),
        "ijik": lambda: torch.einsum("ijik", y),
        "kjij->ki": lambda: torch.einsum("kjij->ki", y.transpose(0, 3)),
        "...ii": lambda: torch.einsum("...ii", x),
        "...ij,...j": lambda: torch.einsum("...ij,...j", torch.ones(2, 1, 3), m),
        "i...,...": lambda: torch.einsum("i...,...->...i", m, v),
        "...,ij...": lambda: torch.einsum("...,ij...", v, torch.ones(2, 2, 3)),
        "b,ab": lambda: torch.einsum("b,ab", v, m),
        "ab,bc,cd->ad": lambda: torch.einsum("ab,bc,cd->ad", m, m.T, m),
        "ab,c,b->ac": lambda: torch.einsum("ab,c,b->ac", m, v, v),
        "a,b,b": lambda: torch.einsum("a,b,b", v, v, v),
        "b,a->ab": lambda: torch.einsum("b,a->ab", v, m[:, 0]),
        "a->": lambda: torch.einsum("a->", v),
        ",a": lambda: torch.einsum(",a", s, v),
        "aab,b": lambda: torch.einsum("aab,b", torch.ones(2, 2, 3), v),
        "numbers": lambda: torch.einsum(m, [1, 0], v, [0], [1]),
        "numbers and dots": lambda: torch.einsum(m, [..., 0], v, [0], [...]),
        "numbers and dots alone": lambda: torch.einsum(m, [..., 0], v, [0]),
        "dots that do not fit": lambda: torch.einsum("...a,...a", torch.ones(2, 4, 3), torch.ones(3, 4, 3)),
        "dots that do not fit behind": lambda: torch.einsum("...a,...a", torch.ones(2, 4, 3), torch.ones(5, 3)),
        "vander of one": lambda: torch.vander(torch.tensor([2.0, 3.0], requires_grad=True), 1).requires_grad,
        "vander of two": lambda: torch.vander(v, 2),
        "corrcoef of opposites": lambda: torch.corrcoef(torch.stack([v * 0.1, v * -0.7, v * 0.3])),
        "cov of both weights": lambda: torch.cov(m, fweights=torch.tensor([1, 2, 1]), aweights=v.abs()),
        "inner of whole numbers": lambda: torch.inner(torch.tensor([1, 2]), torch.tensor([3, 4])),
        "inner of doubles": lambda: torch.inner(v.double(), v),
        "inner by doubles": lambda: torch.inner(v, v.double()),
        "dot of doubles": lambda: torch.dot(v.double(), v),
        "mean of what is no nan": lambda: torch.nanmean(torch.tensor([[1.0, float("nan")], [3.0, 4.0]]), 1, True),
    }.items():
        yield label, attempt(call)
