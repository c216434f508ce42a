"""Words of products: what calls that cannot be right say of products, statistics and arithmetic."""

from gradspec import attempt, scenario

NEEDS = ("tensor", "functions", "shapes", "indexing", "dtypes", "matmul", "inplace")


@scenario(cites="torch.matmul", needs=NEEDS)
def products_that_cannot_be(torch):
    """Products of the wrong dimensions, sizes or dtypes are refused with these."""
    x = torch.arange(30.0).reshape(2, 3, 5) * 0.75 - 4
    v = torch.tensor([0.5, -1.5, 2.5])
    m = torch.arange(6.0).reshape(2, 3)
    s = torch.tensor(2.5)
    for label, call in {
        "mm vector": lambda: torch.mm(v, m),
        "mm vector behind": lambda: torch.mm(m, v),
        "mm sizes": lambda: torch.mm(m, m),
        "mm dtypes": lambda: torch.mm(m, m.T.double()),
        "mv ndims": lambda: torch.mv(m, m),
        "mv of a vector": lambda: torch.mv(v, v),
        "mv sizes": lambda: torch.mv(m, v[:2]),
        "mv dtypes": lambda: torch.mv(m, v.double()),
        "dot ndims": lambda: torch.dot(m, v),
        "dot ndims behind": lambda: torch.dot(v, x),
        "dot dtypes": lambda: torch.dot(v, v.long()),
        "dot sizes": lambda: torch.dot(v, v[:2]),
        "vdot ndims": lambda: torch.vdot(m, v),
        "vdot dtypes": lambda: torch.vdot(v, v.double()),
        "vdot sizes": lambda: torch.vdot(v, v[:2]),
        "bmm ndim": lambda: torch.bmm(m, x),
        "bmm ndim behind": lambda: torch.bmm(x, m),
        "bmm dtypes": lambda: torch.bmm(x, x.mT.double()),
        "bmm batches": lambda: torch.bmm(x, torch.ones(3, 5, 2)),
        "bmm sizes": lambda: torch.bmm(x, x),
        "bmm both": lambda: torch.bmm(x, torch.ones(3, 4, 2)),
        "matmul scalar": lambda: s @ v,
        "matmul scalar behind": lambda: m @ s,
        "matmul sizes": lambda: m @ m,
        "matmul vector sizes": lambda: m @ v[:2],
        "vector matmul sizes": lambda: v @ m,
        "matmul vectors": lambda: v @ v[:2],
        "matmul number": lambda: torch.matmul(v, 1.0),
        "number matmul": lambda: torch.matmul(1.0, v),
        "matmul dtypes": lambda: m @ m.T.double(),
        "matmul vector dtypes": lambda: m @ v.double(),
        "vector matmul dtypes": lambda: v.double() @ m.T,
        "batch matmul dtypes": lambda: x @ torch.ones(5, 2).double(),
        "batch matmul vector dtypes": lambda: x @ torch.ones(5).double(),
        "batch matmul batch dtypes": lambda: x @ torch.ones(2, 5, 2).double(),
        "batch matmul sizes": lambda: x @ torch.ones(4, 2),
        "batch matmul vector sizes": lambda: x @ torch.ones(4),
        "batches do not fit": lambda: torch.ones(2, 3, 5) @ torch.ones(3, 5, 2),
        "batch matmul batch sizes": lambda: x @ x,
        "vector matmul batch": lambda: v @ torch.ones(2, 4, 3),
        "matrix matmul batch": lambda: m @ torch.ones(2, 4, 3),
        "outer": lambda: torch.outer(m, v),
        "outer behind": lambda: torch.outer(v, s),
        "addmm dtypes": lambda: torch.addmm(m, m, torch.ones(3, 3).double()),
        "addmm dtypes of mat1": lambda: torch.addmm(m, m.double(), torch.ones(3, 3)),
        "addmm vector": lambda: torch.addmm(m, v, m),
        "addmm vector behind": lambda: torch.addmm(m, m, v),
        "addmm sizes": lambda: torch.addmm(m, m, m),
        "addmm shape": lambda: torch.addmm(m, m, torch.ones(3, 4)),
        "addmm shape, rows": lambda: torch.addmm(torch.ones(3, 3), m, torch.ones(3, 3)),
        "addmm of three": lambda: torch.addmm(x, m, torch.ones(3, 3)),
        "addmm beta": lambda: torch.addmm(m.long(), m.long(), torch.ones(3, 3).long(), beta=1.5),
    }.items():
        yield label, attempt(call)


@scenario(cites="torch.einsum", needs=NEEDS)
def sums_of_products_that_cannot_be(torch):
    """Contractions are refused with the letters, dimensions and sizes that do not meet."""
    x = torch.arange(30.0).reshape(2, 3, 5) * 0.75 - 4
    y = torch.ones(2, 4, 5)
    v = torch.tensor([0.5, -1.5, 2.5])
    m = torch.arange(6.0).reshape(2, 3)
    s = torch.tensor(2.5)
    i = torch.tensor
    L = torch.linalg
    for label, call in {
        "cross none": lambda: torch.cross(m[:, :2], m[:, :2]),
        "cross size": lambda: torch.cross(m, m, 0),
        "cross sizes": lambda: torch.cross(m, m[:, :2], 1),
        "cross beyond": lambda: torch.cross(m, m, 2),
        "linalg.cross size": lambda: L.cross(m, m, dim=0),
        "cross dims": lambda: torch.cross(m, v, dim=1),
        "cross, first of size 3": lambda: torch.cross(
            torch.arange(27.0).reshape(3, 3, 3), torch.arange(27.0).reshape(3, 3, 3) ** 1.5
        ),
        "cross, second of size 3": lambda: torch.cross(x, x**2),
        "trace": lambda: x.trace(),
        "trace of a vector": lambda: v.trace(),
        "inner dtypes": lambda: torch.inner(m, m.double()),
        "inner sizes": lambda: torch.inner(m, v[:2]),
        "inner sizes, the first less": lambda: torch.inner(m, torch.ones(2, 5)),
        "inner of nothing": lambda: torch.inner(torch.zeros(2, 0), torch.zeros(3, 0)),
        "inner scalar": lambda: torch.inner(m, s),
        "inner of four": lambda: torch.inner(x, torch.arange(10.0).reshape(2, 5)),
        "tensordot negative": lambda: torch.tensordot(x, m, -1),
        "tensordot many": lambda: torch.tensordot(x, m, 3),
        "tensordot lengths": lambda: torch.tensordot(x, m, ([0, 1], [0])),
        "tensordot sizes": lambda: torch.tensordot(x, m, ([2], [1])),
        "tensordot sizes, the first less": lambda: torch.tensordot(m, x, ([1], [2])),
        "tensordot over nothing": lambda: torch.tensordot(torch.zeros(2, 0), torch.zeros(0, 3), 1),
        "tensordot over nothing and one": lambda: torch.tensordot(torch.zeros(2, 0), torch.ones(1, 3), 1),
        "tensordot over one and nothing": lambda: torch.tensordot(torch.ones(2, 1), torch.zeros(0, 3), 1),
        "tensordot beyond": lambda: torch.tensordot(x, m, ([3], [1])),
        "tensordot twice": lambda: torch.tensordot(x, x, ([0, 0], [0, 0])),
        "tensordot second sizes": lambda: torch.tensordot(x, m, ([0, 2], [0, 1])),
        "tensordot by a tensor": lambda: torch.tensordot(x, m, i([[0, 1], [0, 1]])),
        "tensordot 0": lambda: torch.tensordot(v, v, 0),
        "tensordot all": lambda: torch.tensordot(m, m * 2, 2),
        "tensordot stretched first": lambda: torch.tensordot(m[:1], m, ([0, 1], [0, 1])),
        "tensordot stretched second": lambda: torch.tensordot(m, m[:, :1], ([0, 1], [0, 1])),
        "tensordot of dims": lambda: torch.tensordot(x, torch.arange(15.0).reshape(5, 3), ([1, -1], [1, 0])),
        "einsum number": lambda: torch.einsum("i,i", v, 1.0),
        "einsum first number": lambda: torch.einsum("i,i", 1.0, v),
        "einsum more": lambda: torch.einsum("ij", m, v),
        "einsum fewer": lambda: torch.einsum("ij,j", m),
        "einsum letter": lambda: torch.einsum("i1", m),
        "einsum of numbers for one": lambda: torch.einsum(m, [1, 0]),
        "einsum of numbers for one, and the result": lambda: torch.einsum(m, [0, 1], [1]),
        "einsum of numbers for three": lambda: torch.einsum(m, [0, 1], v, [1], m, [0, 2], [2]),
        "einsum of numbers for three, not said": lambda: torch.einsum(m, [0, 1], v, [1], m, [0, 2]),
        "einsum over nothing": lambda: torch.einsum("ij,jk->ik", torch.zeros(2, 0), torch.zeros(0, 3)),
        "einsum of nothing": lambda: torch.einsum("ij->i", torch.zeros(2, 0)),
        "einsum of nothing and more": lambda: torch.einsum("ij,ij->", torch.zeros(0, 3), torch.zeros(0, 3)),
        "einsum of nothing and one": lambda: torch.einsum("ij,jk->ik", torch.zeros(2, 0), torch.ones(1, 3)),
        "einsum of three and nothing": lambda: torch.einsum("ij,j,k->ik", torch.ones(2, 3), v, torch.zeros(0)),
        "einsum letter of the second": lambda: torch.einsum("a,b1", v, m),
        "einsum letter of the third": lambda: torch.einsum("b,a,c1", v, v, m),
        "einsum letter behind dots": lambda: torch.einsum("...b1", m),
        "einsum three dots twice": lambda: torch.einsum("...a...", m),
        **{
            f"einsum {e}": lambda e=e: torch.einsum(e, m)
            for e in ("..ab", "a.b", "a....b", "ab->a.", "ab->...a...", "a1..b", "a b", "ab->", "->")
        },
        "einsum two dots of the second": lambda: torch.einsum("ab,..c", m, m),
        "einsum blanks": lambda: torch.einsum(" a b , b -> a ", m, v),
        "einsum dots in the result alone": lambda: torch.einsum("ab->...a", m),
        "einsum letter behind the arrow": lambda: torch.einsum("ab,b->a?", m, v),
        "einsum letter in the result": lambda: torch.einsum("ij->1", m),
        "einsum dims": lambda: torch.einsum("ijk,j", m, v),
        "einsum dims second": lambda: torch.einsum("ij,jk", m, v),
        "einsum dims fewer": lambda: torch.einsum("i", m),
        "einsum dims dots": lambda: torch.einsum("ijk...", m),
        "einsum sizes": lambda: torch.einsum("ij,ik", m, m.T),
        "einsum output": lambda: torch.einsum("ij->ik", m),
        "einsum twice": lambda: torch.einsum("ij->iij", m),
        "einsum repeated": lambda: torch.einsum("ii->i", m),
        "einsum number of a letter": lambda: torch.einsum(m, [0, 52]),
        "einsum negative number": lambda: torch.einsum(m, [0, -1]),
        "einsum dots sizes": lambda: torch.einsum("...i,...i", x, y),
        "einsum dots in the result": lambda: torch.einsum("ij->...i", m),
        "einsum nothing": lambda: torch.einsum("ij"),
        "chain_matmul": lambda: torch.chain_matmul(m, v),
        "chain_matmul one": lambda: torch.chain_matmul(m),
        "chain_matmul list": lambda: torch.chain_matmul([m, m.T]),
        "chain_matmul number": lambda: torch.chain_matmul(m, 1.0),
        "chain_matmul vector first": lambda: torch.chain_matmul(v, m.T),
        "chain_matmul tensor": lambda: torch.chain_matmul(x[0]),
        "vander": lambda: torch.vander(m),
        "vander 0": lambda: torch.vander(v, 0),
        "vander 1": lambda: torch.vander(v, 1),
        "vander int": lambda: torch.vander(i([2, 3, 5])),
        "vander increasing": lambda: torch.vander(i([2, 3, 5]), 4, True),
        "vander negative": lambda: torch.vander(v, -1),
        "linalg.vander": lambda: L.vander(x[:, :, 0] / 3, N=4),
        "linalg.vander negative": lambda: L.vander(v, N=-1),
        "linalg.vander 1": lambda: L.vander(v, N=1),
        "linalg.vander of columns": lambda: L.vander(x[:, :1, 0]),
        "linalg.vander of no columns": lambda: L.vander(x[:, :0, 0]),
        "vander scalar": lambda: torch.vander(s),
        "linalg.vander scalar": lambda: L.vander(s),
        "vander bool": lambda: torch.vander(i([True, False])),
    }.items():
        yield label, attempt(call)


@scenario(cites="torch.cov", needs=NEEDS)
def statistics_that_cannot_be(torch):
    """Covariances, and distances of rows, are refused with what is wrong with their weights and sizes."""
    x = torch.arange(30.0).reshape(2, 3, 5) * 0.75 - 4
    v = torch.tensor([0.5, -1.5, 2.5])
    m = torch.arange(6.0).reshape(2, 3)
    s = torch.tensor(2.5)
    i = torch.tensor
    k3 = torch.tensor([0, 2, 1])
    k22 = torch.tensor([[0, 1], [1, 0]])
    c = torch.tensor([1 + 2j, 3 - 1j])
    for label, call in {
        "cov ndim": lambda: torch.cov(x),
        "cov negative": lambda: torch.cov(m, fweights=i([1, -1, 2])),
        "cov negative aweights": lambda: torch.cov(m, aweights=i([1.0, -1, 2])),
        "cov zero": lambda: torch.cov(m, fweights=i([1, 0, 2])),
        "cov zero aweights": lambda: torch.cov(m, aweights=i([1.5, 0, 2])),
        "cov size": lambda: torch.cov(m, fweights=i([1, 2])),
        "cov size aweights": lambda: torch.cov(m, aweights=i([1.0, 2])),
        "cov ndim fweights": lambda: torch.cov(m, fweights=k22),
        "cov ndim aweights": lambda: torch.cov(m, aweights=m),
        "cov dtype": lambda: torch.cov(m, fweights=v.abs()),
        "cov dtype aweights": lambda: torch.cov(m, aweights=k3),
        "cov list": lambda: torch.cov(m, fweights=[1, 2, 1]),
        "cov list aweights": lambda: torch.cov(m, aweights=[1.0, 2, 1]),
        "cov of too few": lambda: torch.cov(m[:, :1]),
        "cov correction": lambda: torch.cov(m, correction=3),
        "cov correction more": lambda: torch.cov(m, correction=4),
        "cov of nothing": lambda: torch.cov(torch.zeros(2, 0)),
        "cov both correction 0": lambda: torch.cov(
            m, correction=0, fweights=i([1, 3, 2]), aweights=i([0.5, 1.5, 1.25])
        ),
        "cov of bools": lambda: torch.cov(m > 1),
        "cov of ints": lambda: torch.cov(m.long()),
        "cov all zero": lambda: torch.cov(m, fweights=i([0, 0, 0])),
        "cov aweights, correction 2": lambda: torch.cov(m, correction=2, aweights=i([0.5, 1.5, 1.25])),
        "cov bool": lambda: torch.cov(i([True, False])),
        "corrcoef ndim": lambda: torch.corrcoef(x),
        "corrcoef": lambda: torch.corrcoef(m**2),
        "corrcoef of rows": lambda: torch.corrcoef(torch.stack([v, -v, v * v])),
        "corrcoef scalar": lambda: torch.corrcoef(s),
        "corrcoef vector": lambda: torch.corrcoef(v),
        "corrcoef complex": lambda: torch.corrcoef(torch.stack([c, c.flip(0) * 1j])),
        "cdist mode": lambda: torch.cdist(m, m, compute_mode="x"),
        "cdist dtype": lambda: torch.cdist(m.long(), m),
        "cdist dtype behind": lambda: torch.cdist(m, m.long()),
        "cdist vector": lambda: torch.cdist(v, m),
        "cdist vector behind": lambda: torch.cdist(m, v),
        "cdist columns": lambda: torch.cdist(m, m.T),
        "cdist p": lambda: torch.cdist(m, m, -1.0),
        "cdist batches": lambda: torch.cdist(torch.ones(2, 3, 2), torch.ones(3, 3, 2)),
        "cdist no columns": lambda: torch.cdist(torch.ones(2, 0), torch.ones(3, 0)),
        "cdist scalar": lambda: torch.cdist(s, m),
    }.items():
        yield label, attempt(call)


@scenario(cites="torch.add", needs=NEEDS)
def operands_that_cannot_be(torch):
    """Arithmetic is refused with the argument, its place and its class or dtype."""
    v = torch.tensor([0.5, -1.5, 2.5])
    m = torch.arange(6.0).reshape(2, 3)
    s = torch.tensor(2.5)
    i = torch.tensor
    k3 = torch.tensor([0, 2, 1])
    c = torch.tensor([1 + 2j, 3 - 1j])
    for label, call in {
        "imag": lambda: v.imag,
        "view_as_complex": lambda: torch.view_as_complex(m),
        "view_as_complex scalar": lambda: torch.view_as_complex(s),
        "view_as_real": lambda: torch.view_as_real(v),
        "view_as_real ints": lambda: torch.view_as_real(k3),
        "view_as_real bools": lambda: torch.view_as_real(v > 0),
        "positive": lambda: torch.positive(v > 0),
        "positive complex": lambda: torch.positive(c),
        "positive ints": lambda: +k3,
        "imag ints": lambda: torch.imag(k3),
        "add text": lambda: torch.add(v, "a", alpha=2),
        "add_ text": lambda: v.clone().add_("a", alpha=2),
        "add text plain": lambda: torch.add(v, "a"),
        "sub_ text": lambda: v.clone().sub_("a"),
        "add alpha": lambda: torch.add(k3, 1, alpha=1.5),
        "rsub alpha": lambda: torch.rsub(k3, 1, alpha=1.5),
        "div mode": lambda: torch.div(v, 2, rounding_mode="x"),
        "float_power_": lambda: v.clone().float_power_(2),
        "float_power_ half": lambda: v.half().float_power_(2),
        "float_power_ ints": lambda: k3.clone().float_power_(2),
        "float_power_ complex128": lambda: c.to(torch.complex128).float_power_(2),
        "lerp dtype": lambda: torch.lerp(v, v.double(), 0.5),
        "lerp weight dtype": lambda: torch.lerp(v, v, v.double()),
        "isclose number": lambda: torch.isclose(v, 1.0),
        "isclose dtypes": lambda: torch.isclose(v, v.double()),
        "clamp": lambda: v.clamp(),
        "where ints": lambda: torch.where(k3, v, v),
        "allclose dtypes": lambda: torch.allclose(v, v.double()),
        "equal shapes": lambda: torch.equal(m, v),
        "equal": lambda: torch.equal(m, m.clone()),
        "equal other": lambda: torch.equal(m, m + 1),
        "equal stretched": lambda: torch.equal(torch.ones(2, 1), torch.ones(2)),
        "allclose nan": lambda: torch.allclose(i([float("nan")]), i([float("nan")]), equal_nan=True),
        "allclose numbers": lambda: torch.allclose(v, 1.0),
    }.items():
        yield label, attempt(call)
