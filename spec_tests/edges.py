"""Edges: calls that only just can be made beside those that only just cannot."""

import math

from gradspec import attempt, scenario

NEEDS = ("tensor", "functions", "shapes", "dtypes", "flags", "autograd_grad")


def numbers(torch, *shape, step=7):
    """A tensor whose elements lie on no line, of both signs."""
    places = range(math.prod(shape))
    values = [n * step % 11 * 0.5 - 2.25 - n % 3 + n * 0.03125 for n in places]
    return torch.tensor(values, dtype=torch.float64).reshape(shape)


def outcome(function):
    """What a call gives, or that it raises: of what type, and in which words, is not what is specified here."""
    found = attempt(function)
    if found.error is not None:
        return "refused"
    value = found.value
    return list(value) if isinstance(value, (tuple, list)) else value


@scenario(cites="torch.scatter_reduce: dtypes", needs=NEEDS)
def dtypes_on_either_side(torch):
    """Where two tensors have to be of one dtype, neither a wider nor a narrower one will do."""
    F = torch.nn.functional
    index = torch.tensor([[0, 1], [1, 0]])
    calls = {
        "scatter": lambda a, b: a.scatter(0, index, b),
        "scatter_add": lambda a, b: a.scatter_add(0, index, b),
        "scatter_reduce": lambda a, b: a.scatter_reduce(0, index, b, "sum"),
        "index_add": lambda a, b: a.index_add(0, index[0], b),
        "index_copy": lambda a, b: a.index_copy(0, index[0], b),
        "put": lambda a, b: a.put(index, b),
        "masked_scatter": lambda a, b: a.masked_scatter(index == 0, b),
        "mm": torch.mm,
        "mv": lambda a, b: torch.mv(a, b[0]),
        "dot": lambda a, b: torch.dot(a[0], b[0]),
        "matmul": torch.matmul,
        "linear": F.linear,
        "solve": torch.linalg.solve,
        "householder": lambda a, b: torch.linalg.householder_product(a, b[0]),
        "isclose": torch.isclose,
        "allclose": torch.allclose,
        "equal": torch.equal,
        "conv1d": lambda a, b: F.conv1d(a[None], b[None]),
        "lerp": lambda a, b: torch.lerp(a, b, 0.5),
        "binary_cross_entropy": lambda a, b: F.binary_cross_entropy(a / 4, b / 4),
        "mse_loss": F.mse_loss,
        "where": lambda a, b: torch.where(index == 0, a, b),
        "add_": lambda a, b: a.clone().add_(b),
        "copy_": lambda a, b: a.clone().copy_(b),
        "searchsorted": lambda a, b: torch.searchsorted(a[0], b),
        "quantile": lambda a, b: torch.quantile(a, b[0] / 4),
        "out": lambda a, b: torch.add(a, a, out=b.clone()),
    }
    wide, narrow = torch.tensor([[1.0, 2.0], [3.0, 3.5]]).double(), torch.tensor([[1.0, 2.0], [3.0, 3.5]])
    for label, function in calls.items():
        yield f"{label}, both wide", outcome(lambda: function(wide, wide))
        yield f"{label}, the other narrower", outcome(lambda: function(wide, narrow))
        yield f"{label}, the other wider", outcome(lambda: function(narrow, wide))
        if label not in ("linear", "where", "copy_"):
            yield f"{label}, the other of integers", outcome(lambda: function(narrow, narrow.long()))


@scenario(cites="torch: shapes", needs=NEEDS)
def dimensions_on_either_side(torch):
    """Where a tensor has to have so many dimensions, neither one fewer nor one more will do."""
    F, L = torch.nn.functional, torch.linalg
    tensors = [numbers(torch, *[2] * n) for n in range(5)]
    # Most are tried with one to three dimensions: about as many as they ask for. These with others.
    some = """t item len bool stack cat atleast_2d kron glu softmax one_hot embedding_bag prelu normalize batch_norm diag
    cosine_embedding_loss gather index_select take_along_dim linear nll_loss cross_entropy masked_fill""".split()
    vectors = """dot outer vander combinations cartesian_prod meshgrid roll hstack vstack block_diag unique hsplit
    multinomial quantile searchsorted bucketize trapezoid flipud scatter index_add index_copy inner""".split()
    images = """bmm conv1d conv2d max_pool1d max_pool2d avg_pool1d avg_pool2d unfold pad pixel_shuffle interpolate
    instance_norm local_response_norm dsplit bilinear""".split()
    ranges = dict.fromkeys(some, range(4)) | dict.fromkeys(vectors, range(3)) | dict.fromkeys(images, range(2, 5))
    x, classes = numbers(torch, 2, 2), torch.tensor([0, 1])
    for n, t in enumerate(tensors):
        for label, function in {
            "mm": lambda: torch.mm(t, x),
            "mm, behind": lambda: torch.mm(x, t),
            "mv": lambda: torch.mv(t, x[0]),
            "mv, behind": lambda: torch.mv(x, t),
            "dot": lambda: torch.dot(t, x[0]),
            "outer": lambda: torch.outer(t, x[0]),
            "bmm": lambda: torch.bmm(t, tensors[3]),
            "addmm": lambda: torch.addmm(x, t, x),
            "addmm, behind": lambda: torch.addmm(x, x, t),
            "t": lambda: t.t(),
            "diag": lambda: torch.diag(t),
            "trace": lambda: t.trace(),
            "tril": lambda: t.tril(),
            "diagonal": lambda: t.diagonal(),
            "diag_embed": lambda: torch.diag_embed(t),
            "fliplr": lambda: t.fliplr(),
            "flipud": lambda: t.flipud(),
            "rot90": lambda: t.rot90(),
            "roll": lambda: t.roll(1, 0),
            "inv": lambda: L.inv(t + 3 * torch.eye(2).double()),
            "det": lambda: L.det(t),
            "svd": lambda: L.svdvals(t),
            "cross": lambda: L.cross(torch.stack([t] * 3, -1), torch.stack([t * 2 + 1] * 3, -1)),
            "matrix_norm": lambda: L.matrix_norm(t),
            "norm of two": lambda: L.norm(t, 2),
            "norm of one": lambda: L.norm(t, 1),
            "combinations": lambda: torch.combinations(t),
            "vander": lambda: torch.vander(t),
            "block_diag": lambda: torch.block_diag(t),
            "meshgrid": lambda: torch.meshgrid(t, x[0], indexing="ij"),
            "cartesian_prod": lambda: torch.cartesian_prod(t, x[0]),
            "hsplit": lambda: t.hsplit(2),
            "vsplit": lambda: t.vsplit(2),
            "dsplit": lambda: t.dsplit(2),
            "hstack": lambda: torch.hstack([t, t]),
            "vstack": lambda: torch.vstack([t, t]),
            "dstack": lambda: torch.dstack([t, t]),
            "cat": lambda: torch.cat([t, t]),
            "stack": lambda: torch.stack([t, t]),
            "atleast_2d": lambda: torch.atleast_2d(t),
            "atleast_3d": lambda: torch.atleast_3d([t, t]),
            "quantile": lambda: torch.quantile(x, t.abs() / 8),
            "searchsorted": lambda: torch.searchsorted(torch.tensor([[0.0, 1.0], [1.0, 2.0]]).double(), t),
            "bucketize": lambda: torch.bucketize(t, torch.tensor([0.0, 1.0]).double()),
            "trapezoid": lambda: torch.trapezoid(t),
            "trapezoid at places": lambda: torch.trapezoid(tensors[2], t),
            "trapezoid of places": lambda: torch.trapezoid(t, x[0]),
            "gather": lambda: t.gather(0, torch.zeros([1] * n, dtype=torch.int64)),
            "gather by a row": lambda: t.gather(0, classes),
            "scatter": lambda: t.scatter(0, torch.zeros([1] * n, dtype=torch.int64), 1.0),
            "index_select": lambda: t.index_select(0, classes),
            "index_add": lambda: t.index_add(0, classes, t),
            "index_copy": lambda: t.index_copy(0, classes, t),
            "take_along_dim": lambda: torch.take_along_dim(t, torch.zeros(2, 2, dtype=torch.int64), 0),
            "unfold": lambda: F.unfold(t, 1),
            "conv1d": lambda: F.conv1d(t, tensors[3]),
            "conv1d, weight": lambda: F.conv1d(tensors[3], t),
            "conv2d": lambda: F.conv2d(t, tensors[4]),
            "max_pool1d": lambda: F.max_pool1d(t, 2),
            "max_pool2d": lambda: F.max_pool2d(t, 2),
            "avg_pool1d": lambda: F.avg_pool1d(t, 2),
            "avg_pool2d": lambda: F.avg_pool2d(t, 2),
            "pad": lambda: F.pad(t, (1, 1), "circular"),
            "pad, replicated": lambda: F.pad(t, (1, 1, 1, 1), "replicate"),
            "pixel_shuffle": lambda: F.pixel_shuffle(torch.cat([t, t]), 2),
            "interpolate": lambda: F.interpolate(t, scale_factor=2),
            "linear": lambda: F.linear(t, x),
            "bilinear": lambda: F.bilinear(x, x, t),
            "prelu": lambda: F.prelu(x, t),
            "prelu of": lambda: F.prelu(t, x[0]),
            "glu": lambda: F.glu(t, 0),
            "softmax": lambda: t.softmax(-1),
            "cross_entropy": lambda: F.cross_entropy(t, classes),
            "cross_entropy, of more": lambda: F.cross_entropy(t, torch.zeros([2, *[2] * (n - 2)], dtype=torch.int64)),
            "nll_loss": lambda: F.nll_loss(t, classes),
            "multi_margin_loss": lambda: F.multi_margin_loss(t, classes),
            "multilabel_margin_loss": lambda: F.multilabel_margin_loss(t, torch.zeros([2] * n, dtype=torch.int64)),
            "cosine_embedding_loss": lambda: F.cosine_embedding_loss(t, t * 2, torch.ones(2).double()),
            "cosine_embedding_loss, one": lambda: F.cosine_embedding_loss(t, t * 2, torch.tensor(1.0).double()),
            "triplet_margin_loss": lambda: F.triplet_margin_loss(t, x, x * 2),
            "embedding": lambda: F.embedding(classes, t),
            "embedding_bag": lambda: F.embedding_bag((t > 0).long(), x),
            "one_hot": lambda: F.one_hot((t > 0).long()),
            "batch_norm": lambda: F.batch_norm(t, None, None, training=True),
            "instance_norm": lambda: F.instance_norm(t),
            "group_norm": lambda: F.group_norm(t, 1),
            "layer_norm": lambda: F.layer_norm(t, (2,)),
            "layer_norm of two": lambda: F.layer_norm(t, (2, 2)),
            "pdist": lambda: F.pdist(t),
            "cdist": lambda: torch.cdist(t, t),
            "normalize": lambda: F.normalize(t, dim=0),
            "local_response_norm": lambda: F.local_response_norm(t, 2),
            "multinomial": lambda: torch.multinomial(t.abs() * 0 + 1, 1) * 0,
            "view_as_complex": lambda: torch.view_as_complex(t),
            "masked_fill": lambda: t.masked_fill(x[0] > 0, 0.0),
            "unique": lambda: torch.unique(t),
            "tensordot": lambda: torch.tensordot(t, x, 1),
            "einsum": lambda: torch.einsum("ij,jk->ik", t, x),
            "multi_dot": lambda: L.multi_dot([t, x, x]),
            "multi_dot, in between": lambda: L.multi_dot([x, t, x]),
            "kron": lambda: torch.kron(t, x),
            "inner": lambda: torch.inner(t, x),
            "vecdot": lambda: L.vecdot(t, x),
            "householder": lambda: L.householder_product(t, x[0]),
            "solve": lambda: L.solve(x, t),
            "lu": lambda: L.lu_factor(t),
            "repeat_interleave": lambda: t.repeat_interleave(2, 0),
            "item": lambda: t.item(),
            "len": lambda: len(t),
            "bool": lambda: bool(t),
        }.items():
            if n in ranges.get(label.split(",")[0], range(1, 4)):
                yield f"{label} of {n}", outcome(function)


@scenario(cites="torch: sizes", needs=NEEDS)
def sizes_on_either_side(torch):
    """Where a size has to be another's, neither one more nor one less will do; where it stretches, one will."""
    F, L = torch.nn.functional, torch.linalg
    x, v = numbers(torch, 3, 3) + 4 * torch.eye(3).double(), numbers(torch, 3)
    always = "split narrow select sum kthvalue topk batch_norm".split()
    for n in (1, 2, 3, 4):  # what stretches, one less, what fits, one more; most see one of these two
        row, square, high = numbers(torch, n), numbers(torch, n, n), numbers(torch, n, 3)
        where, counts = torch.arange(n) % 3, torch.arange(n) + 1
        calls = {
            "add": lambda: x + row,
            "mm": lambda: x @ high,
            "mm, in front": lambda: high @ x,
            "mv": lambda: torch.mv(x, row),
            "dot": lambda: torch.dot(v, row),
            "vecdot": lambda: L.vecdot(x, row),
            "addmm": lambda: torch.addmm(row, x, x),
            "addmv": lambda: torch.addmv(row, x, v),
            "addr": lambda: torch.addr(x, v, row),
            "bmm": lambda: torch.bmm(x[None], high[None]),
            "bmm of batches": lambda: torch.bmm(x.expand(2, 3, 3), x.expand(n, 3, 3)),
            "solve": lambda: L.solve(x, high),
            "solve for a vector": lambda: L.solve(x, row),
            "triangular": lambda: L.solve_triangular(x, high, upper=True),
            "inv": lambda: L.inv(high),
            "cross": lambda: L.cross(x, row.expand(3, n)),
            "tensordot": lambda: torch.tensordot(x, high, 1),
            "einsum": lambda: torch.einsum("ij,jk", x, high),
            "einsum, twice": lambda: torch.einsum("ii->i", high),
            "multi_dot": lambda: L.multi_dot([x, high, x]),
            "cov": lambda: torch.cov(x, aweights=row.abs()),
            "cov, counted": lambda: torch.cov(x, fweights=counts),
            "cat": lambda: torch.cat([x, high]),
            "cat, beside": lambda: torch.cat([x, high], 1),
            "stack": lambda: torch.stack([v, row]),
            "expand": lambda: row.expand(3, 3),
            "view": lambda: x.view(3, n),
            "split": lambda: x.split([n, 1]),
            "chunk": lambda: torch.zeros(3, 0).chunk(n, 1),
            "unflatten": lambda: x.unflatten(0, (n, 1)),
            "repeat_interleave": lambda: x.repeat_interleave(counts, 0),
            "index_add": lambda: x.index_add(0, where, x),
            "index_add of rows": lambda: x.index_add(0, torch.tensor([0, 1, 2]), high),
            "index_copy": lambda: x.index_copy(0, where[:3], x) if n < 3 else x.index_copy(0, torch.arange(3), high),
            "scatter": lambda: x.scatter(0, torch.zeros(1, n, dtype=torch.int64), x),
            "gather": lambda: x.gather(0, torch.zeros(1, n, dtype=torch.int64)),
            "take_along_dim": lambda: torch.take_along_dim(x, torch.zeros(1, n, dtype=torch.int64), 0),
            "masked_fill": lambda: x.masked_fill(row > 0, 0.0),
            "masked_select": lambda: x.masked_select(row > 0),
            "a mask": lambda: x[row > 0],
            "two indices": lambda: x[where, torch.tensor([0, 1, 2])],
            "written": lambda: x.clone().__setitem__(0, row) or 1,
            "written over columns": lambda: x.clone().__setitem__((slice(None), 0), row) or 1,
            "written with more in front": lambda: x.clone().__setitem__(0, row.reshape(1, 1, n)) or 1,
            "put": lambda: x.put(torch.tensor([0, 4, 8]), row),
            "where": lambda: torch.where(x > 0, x, row),
            "linear": lambda: F.linear(x, high.mT if n != 3 else x),
            "linear, bias": lambda: F.linear(x, x, row),
            "bilinear": lambda: F.bilinear(x, x, numbers(torch, 2, 3, n)),
            "bilinear, in front": lambda: F.bilinear(x, x, numbers(torch, 2, n, 3)),
            "bilinear, bias": lambda: F.bilinear(x, x, numbers(torch, 3, 3, 3), row),
            "bilinear, rows": lambda: F.bilinear(x, high, numbers(torch, 2, 3, 3)),
            "conv1d, bias": lambda: F.conv1d(x[None], numbers(torch, 3, 3, 1), row),
            "conv1d, channels": lambda: F.conv1d(x[None], numbers(torch, 2, n, 1)),
            "conv1d, kernel": lambda: F.conv1d(x[None], numbers(torch, 2, 3, n)),
            "conv1d, groups": lambda: F.conv1d(x[None], numbers(torch, 3, 1, 1), groups=n),
            "max_pool1d": lambda: F.max_pool1d(x[None], n),
            "avg_pool1d": lambda: F.avg_pool1d(x[None], n),
            "pad, reflected": lambda: F.pad(x[None], (n, 0), "reflect"),
            "pad, round": lambda: F.pad(x[None], (0, n), "circular"),
            "pad, less": lambda: F.pad(x, (-n, 0)),
            "unfold": lambda: x.unfold(0, n, 1),
            "prelu": lambda: F.prelu(x, row),
            "glu": lambda: F.glu(row.expand(2, n)),
            "channel_shuffle": lambda: F.channel_shuffle(x[None], n),
            "pixel_unshuffle": lambda: F.pixel_unshuffle(x[None], n),
            "group_norm": lambda: F.group_norm(x, n),
            "layer_norm": lambda: F.layer_norm(x, (n,)),
            "batch_norm": lambda: F.batch_norm(x, row, row.abs() + 1),
            "batch_norm, weight": lambda: F.batch_norm(x, None, None, row, training=True),
            "mse_loss, weight": lambda: F.mse_loss(x, x * 2, weight=row.expand(3, n)),
            "cross_entropy": lambda: F.cross_entropy(x, where),
            "cross_entropy, weight": lambda: F.cross_entropy(x, torch.tensor([0, 1, 2]), row.abs()),
            "nll_loss": lambda: F.nll_loss(x, where),
            "nll_loss, one class": lambda: F.nll_loss(x, torch.full((3,), n)),
            "nll_loss, one before": lambda: F.nll_loss(x, torch.full((3,), -n)),
            "multi_margin_loss": lambda: F.multi_margin_loss(x, where),
            "multi_margin_loss, weight": lambda: F.multi_margin_loss(x, torch.tensor([0, 1, 2]), weight=row.abs()),
            "embedding_bag": lambda: F.embedding_bag(torch.tensor([0, 1, 2]), x, torch.tensor([0, n])),
            "embedding": lambda: F.embedding(torch.tensor([0, n]), x),
            "one_hot": lambda: F.one_hot(torch.tensor([0, 2]), n),
            "pairwise_distance": lambda: F.pairwise_distance(x, high),
            "cosine_similarity": lambda: F.cosine_similarity(x, row.expand(3, n)),
            "cdist": lambda: torch.cdist(x, row.expand(2, n)),
            "searchsorted": lambda: torch.searchsorted(torch.sort(x)[0], high),
            "quantile": lambda: torch.quantile(x, torch.tensor(n / 3).double()),
            "kthvalue": lambda: x.kthvalue(n).values,
            "topk": lambda: x.topk(n).values,
            "narrow": lambda: x.narrow(0, 1, n),
            "select": lambda: x.select(0, n),
            "select from behind": lambda: x.select(0, -n),
            "sum over": lambda: x.sum(n),
            "sum over, from behind": lambda: x.sum(-n),
            "diagonal": lambda: x.diagonal(n),
            "diag_embed": lambda: torch.diag_embed(v, n),
            "householder": lambda: L.householder_product(x, row),
            "lu_solve": lambda: L.lu_solve(*L.lu_factor(x), high),
            "cholesky_solve": lambda: torch.cholesky_solve(high, torch.tril(x)),
            "vander": lambda: torch.vander(v, n),
            "diff": lambda: torch.diff(v, n),
            "trapezoid": lambda: torch.trapezoid(x, row),
            "gradient": lambda: torch.gradient(row),
            "gradient, to the edge": lambda: torch.gradient(row, edge_order=2),
            "fft": lambda: torch.fft.rfft(v, n),
            "irfft": lambda: torch.fft.irfft(v, n),
            "det": lambda: L.det(square),
            "as_strided": lambda: x.as_strided((2, n), (3, 1), 2),
            "out": lambda: torch.add(v, v, out=torch.zeros(3).double()) if n == 3 else None,
        }
        for number, (label, function) in enumerate(calls.items()):
            seen = {1: number % 3, 2: number % 2, 3: (number + 1) % 3, 4: (number + 1) % 2}
            if seen[n] or label.replace(",", "").split()[0] in always:
                yield f"{label}, {n}", outcome(function)


@scenario(cites="torch.autograd.gradcheck.gradcheck", needs=(*NEEDS, "gradcheck", "higher_order"))
def gradients_of_complex_functions_are_checked(torch):
    """`gradcheck` holds functions of complex numbers, and complex functions of real ones, to both of their parts."""
    check, again = torch.autograd.gradcheck, torch.autograd.gradgradcheck
    z = torch.complex(numbers(torch, 1, 2), numbers(torch, 1, 2, step=5)).requires_grad_()
    x = numbers(torch, 1, 2).requires_grad_()

    class Wrong(torch.autograd.Function):
        @staticmethod
        def forward(ctx, z):
            return z * 2

        @staticmethod
        def backward(ctx, g):
            return g * 2j

    class Almost(Wrong):
        @staticmethod
        def backward(ctx, g):
            return g * 2.001

    functions = (
        ("a product", lambda z: z * z, z),
        ("a conjugate", lambda z: z.conj() * 3, z),
        ("a size", lambda z: (z * z.conj()).real, z),
        ("a real part", lambda z: z.real * 2, z),
        ("to complex", lambda x: torch.complex(x, x * x), x),
        ("a matrix", lambda z: z @ z.mH, z),
        ("nothing", lambda x: x[:0], x),
        ("a constant beside", lambda x: (x * 2, x.detach()), x),
    )
    for fast in (False, True):
        for label, function, given in functions[::3] if fast else functions:
            yield f"{label}, {fast}", outcome(lambda: check(function, (given,), fast_mode=fast))
        for label, wrong, forgiving in (("wrong", Wrong, {"atol": 10.0}), ("almost", Almost, {"rtol": 0.01})):
            if fast or label == "wrong":
                yield f"{label}, {fast}", check(wrong.apply, (z,), raise_exception=False, fast_mode=fast)
            if fast == (label == "wrong"):
                yield f"{label}, forgiven", check(wrong.apply, (z,), fast_mode=fast, **forgiving)
    yield "twice", again(lambda z: z * z * z, (z[:, :1].detach().requires_grad_(),))
    yield "twice, with gaps", again(lambda x: x**3, (x,), gen_non_contig_grad_outputs=True, fast_mode=True)
