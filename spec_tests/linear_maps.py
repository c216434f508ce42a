"""Linear maps at their borders: singular factors, ranks that hang on a limit, batches of batches, transforms of odd sizes."""

from gradspec import attempt, scenario

NEEDS = ("tensor", "matmul", "functions", "shapes", "dtypes", "autograd_grad")
TWICE = (*NEEDS, "higher_order")
INF = float("inf")
NAN = float("nan")


def numbers(torch, *shape, step=5):
    """A tensor of quarters in which no row is made of the others."""
    count = 1
    for n in shape:
        count *= n
    places = torch.arange(count, dtype=torch.float64)
    return (((places * step + 2) % 13) / 4 - 1.25 + (places * places) % 5).reshape(shape)


def double(torch, data):
    return torch.tensor(data, dtype=torch.float64)


def shown(torch, function, *tensors):
    """The function of the tensors, and its gradients under 1, 3, 5, ..."""
    tensors = [each.clone().requires_grad_() for each in tensors]
    y = function(*tensors)
    weights = torch.arange(1.0, 2 * y.numel(), 2, dtype=torch.float64).reshape(y.shape).to(y.dtype)
    return (y.detach(), *torch.autograd.grad(y, tensors, weights, allow_unused=True))


def refused(function, *args, **options):
    """The type of the error that a call raises: its words are not what is specified here."""
    return type(attempt(function, *args, **options).error).__name__


def order(node):
    """How the nodes behind this one hang together: each with those that come before it."""
    return "." if not node.next_functions else [order(each) for each, _ in node.next_functions if each is not None]


@scenario(cites="torch.linalg.ldl_factor", needs=(*NEEDS, "indexing"))
def which_pivot_is_taken(torch):
    """An element on the diagonal is a pivot of its own unless another one in its column is larger by half as much again."""
    L = torch.linalg
    for here, beside, there in (
        (0.65625, 0.25, 0.5),
        (0.625, 0.25, 0.5),
        (0.625, 0.25, 3.0),
        (0.625, 1.5, 3.0),
        (0.625, 1.75, 1.125),
        (0.625, 1.75, 1.09375),
        (0.25, 1.5, 0.5),
        (0.25, 2.5, 0.5),
        (0.25, 2.75, 0.5),
    ):
        A = double(torch, [[here, 0, 0, 0], [0.25, 0.5, 0, 0], [-1.0, beside, there, 0], [0.5, -0.125, 0.25, 2.0]])
        for at in ([0, 1, 2, 3], [0, 2, 1, 3]):
            yield f"{here}, {beside}, {there}, {at}", tuple(L.ldl_factor((A + A.tril(-1).T)[at][:, at]))
    A = numbers(torch, 5, 5) + 0.5
    for label, given in {
        "five": A,
        "exchanged": A.flip(0),
        "negative": -A.flip(1),
        "small ends": A * (A.abs() < 2),
    }.items():
        LD, pivots, info = L.ldl_factor_ex(given)
        yield label, (LD, pivots, info)
        yield f"{label}, solved", L.ldl_solve(LD, pivots, numbers(torch, 5, 2, step=3))


@scenario(cites="torch.linalg.ldl_factor: hermitian", needs=(*NEEDS, "indexing"))
def pivots_of_complex_matrices(torch):
    """Of complex numbers those count for large whose parts together are, and a hermitian matrix is conjugated when mirrored."""
    A = torch.complex(numbers(torch, 4, 4), numbers(torch, 4, 4, step=3))
    B = torch.complex(numbers(torch, 4, 1), numbers(torch, 4, 1, step=2))
    for label, given in {"symmetric": A, "turned": A.flip(0) * (0.5 + 2j)}.items():
        for hermitian in (False, True):
            H = given.clone()
            if hermitian:
                H.diagonal().imag.zero_()
            LD, pivots = torch.linalg.ldl_factor(H, hermitian=hermitian)
            yield f"{label}, {hermitian}", (LD, pivots)
            yield f"{label}, {hermitian}, solved", torch.linalg.ldl_solve(LD, pivots, B, hermitian=hermitian)


@scenario(cites="torch.linalg.solve_triangular", needs=NEEDS)
def triangles_with_a_zero_on_the_diagonal(torch):
    """A triangle with a zero on its diagonal is solved none the less: what is divided by it is infinite or nan."""
    A, B = numbers(torch, 2, 3, 3), numbers(torch, 2, 3, 2)
    A[0, 1, 1] = 0
    A[1, 2, 2] = 0
    for upper in (False, True):
        for name, a, b in (
            ("one", A[0], B[0]),
            ("several", A, B),
            ("one for several", A[1], B),
            ("several for one", A, B[1]),
        ):
            yield f"{name}, {upper}", torch.linalg.solve_triangular(a, b, upper=upper)
            yield (
                f"{name}, {upper}, from the right",
                torch.linalg.solve_triangular(a, b.transpose(-2, -1), upper=upper, left=False),
            )
        root = torch.where(torch.ones(3, 3).tril() > 0, A, 9.0) if not upper else A
        yield f"roots, {upper}", torch.cholesky_solve(B, root, upper=upper)
        yield f"a root, {upper}", torch.cholesky_solve(B[0], root[0], upper=upper)


@scenario(cites="torch.linalg.lu_solve", needs=(*NEEDS, "indexing"))
def factors_with_a_zero_on_the_diagonal(torch):
    """`lu_solve` goes on where U has a zero on its diagonal, from either side and adjoint or not."""
    L = torch.linalg
    A = numbers(torch, 2, 3, 3)
    A[0, 2] = A[0, 0] + A[0, 1]
    LU, pivots = L.lu_factor_ex(A)[:2]
    LU[0, 2, 2] = 0
    for label, given in {"one": LU[0].triu(), "several": torch.stack([A[1], LU[0].triu(), LU[0].triu() * 2])}.items():
        yield f"{label}, refused", (attempt(L.lu_factor, given), attempt(L.lu_factor_ex, given, check_errors=True))
    B = numbers(torch, 2, 3, 3, step=3)
    for left in (True, False):
        for adjoint in (True, False):
            settings = {"left": left, "adjoint": adjoint}
            yield f"several, {settings}", L.lu_solve(LU, pivots, B, **settings)
            yield f"one, {settings}", L.lu_solve(LU[0], pivots[0], B[0, :2] if not left else B[0, :, :2], **settings)


@scenario(cites="torch.linalg.slogdet; torch.linalg.lu", needs=(*TWICE, "indexing"))
def gradients_through_singular_matrices(torch):
    """Where a matrix has no inverse the gradients that are made of it are infinite or nan, and no error."""
    L = torch.linalg
    A = numbers(torch, 2, 3, 3)
    A[0] = double(torch, [[2.0, 1.0, 0.5], [0.0, 0.0, 3.0], [0.0, 0.0, 4.0]])
    yield "slogdet, one", shown(torch, lambda A: L.slogdet(A)[1], A[0])
    yield "slogdet, several", shown(torch, lambda A: L.slogdet(A)[1], A.reshape(2, 1, 3, 3))
    yield "det", shown(torch, L.det, A)
    yield "lu, L", shown(torch, lambda A: L.lu(A)[1], A)
    yield "lu, U", shown(torch, lambda A: L.lu(A)[2], A[0])
    given = double(torch, [[2.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 0.0]])
    yield "svd, U", shown(torch, lambda A: L.svd(A)[0] ** 2, given)
    yield "svd, values", shown(torch, L.svdvals, given)


@scenario(cites="torch.linalg.slogdet; torch.linalg.lstsq", needs=TWICE)
def gradients_of_several_results_at_once(torch):
    """What several results of one function have to say of its argument adds up."""
    L = torch.linalg
    A, B = numbers(torch, 3, 2), numbers(torch, 3, 2, step=3)

    def product(results):
        return results[0] * results[1]

    def squared(U, S, Vh):
        return (U * (S * S)) @ Vh

    def cubed(left, right):
        return left @ (right**3)

    def turned(A):
        values, vectors = L.eigh(A + A.mH)
        return values * vectors.abs()

    z = torch.complex(A[:2], B[:2])
    yield "the inverse by a root", torch.cholesky_inverse(A[:2])
    yield "slogdet", shown(torch, lambda z: product(L.slogdet(z)), z)
    yield "lstsq", shown(torch, lambda A, B: product(L.lstsq(A, B, driver="gelsd")), A, B)
    yield "lstsq, a vector", shown(torch, lambda A, b: product(L.lstsq(A, b, driver="gelss")), A, B[:, 0])
    yield "lstsq, the residuals", shown(torch, lambda A, B: L.lstsq(A, B, driver="gels")[1], A, B)
    yield "eigh", [shown(torch, turned, each) for each in (A[:2], z)]
    yield "eig", shown(torch, lambda z: product(L.eig(z)).abs(), z)
    for given in (A, A.mT, z):
        label = f"{list(given.shape)}, {given.dtype}"
        yield f"svd of {label}", shown(torch, lambda A: squared(*L.svd(A, full_matrices=False)), given)
        yield f"qr of {label}", shown(torch, lambda A: cubed(*L.qr(A)).abs(), given)
        if given is not A:
            yield f"complete qr of {label}", shown(torch, lambda A: cubed(*L.qr(A, "complete")).abs(), given)
        yield f"lu of {label}", shown(torch, lambda A: cubed(*L.lu(A)[1:]), given)


@scenario(cites="torch.linalg.lu; torch.linalg.householder_product", needs=TWICE)
def factors_of_batches_of_batches(torch):
    """Factors of matrices in two dimensions of batches have gradients, as those of one have."""
    L = torch.linalg
    for shape in ((2, 1, 3, 2), (1, 2, 2, 3)):
        A = numbers(torch, *shape)
        yield f"lu of {shape}", [shown(torch, lambda A: L.lu(A)[part], A) for part in (1, 2)]
        yield f"lu_factor of {shape}", shown(torch, lambda A: L.lu_factor(A)[0], A)
    A, tau = numbers(torch, 2, 1, 3, 2), numbers(torch, 2, 1, 2, step=3) / 2
    yield "reflections", shown(torch, L.householder_product, A, tau)
    yield "no reflections", shown(torch, lambda A, tau: L.householder_product(A, tau) * A, A, tau[..., :0])
    yield "squares", shown(torch, lambda A, B: L.lstsq(A, B)[0], A, numbers(torch, 2, 1, 3, 2, step=3))
    yield "an exponential", shown(torch, L.matrix_exp, numbers(torch, 3, 1, 2, 2) / 4)
    for shape in ((1, 2, 2), (2, 1, 1), (1, 3, 1, 1), (2, 1, 2, 2)):
        yield f"det of {shape}", shown(torch, L.det, numbers(torch, *shape) + 0.125)
    A, B = numbers(torch, 2, 3, 3) + torch.eye(3, dtype=torch.float64), numbers(torch, 3, 3, step=2)
    for shape, given in {
        "vectors": B[:2],
        "columns": B[:, :2],
        "a column": B[:, :1],
        "a row": B[:1],
        "too few": B[:2, :2],
    }.items():
        yield f"solve for {shape}", attempt(L.solve, A, given)
    S = numbers(torch, 2, 1, 3, 3)
    S = S + S.transpose(-2, -1)
    yield "pinv, hermitian", shown(torch, lambda S: L.pinv(S, hermitian=True), S)
    yield "pinv", shown(torch, L.pinv, A)
    yield "eigenvalues", shown(torch, L.eigvalsh, S)


@scenario(cites="torch.linalg.matrix_rank; torch.linalg.pinv; torch.linalg.lstsq", needs=NEEDS)
def ranks_at_a_limit(torch):
    """A singular value that is just as large as the limit does not count."""
    L = torch.linalg
    A = double(torch, [[4.0, 0.0, 0.0], [0.0, 2.0, 0.0], [0.0, 0.0, 1.0]])
    for hermitian in (False, True):
        for settings in (
            {"atol": 1.0},
            {"rtol": 0.5},
            {"rtol": 0.25},
            {"atol": 0.5, "rtol": 0.25},
            {"atol": 4.0},
            {"atol": 0.0},
        ):
            yield (
                f"{hermitian}, {settings}",
                (L.matrix_rank(A, hermitian=hermitian, **settings), L.pinv(A, hermitian=hermitian, **settings)),
            )
    limits = double(torch, [0.5, 1.0, 3.0, 5.0])
    yield (
        "several limits",
        (L.matrix_rank(A.expand(4, 3, 3), atol=limits, rtol=limits * 0), L.pinv(A.expand(4, 3, 3), atol=limits)),
    )
    yield "of nothing but zeros", (L.matrix_rank(A * 0), L.pinv(A * 0), L.matrix_rank(A[:0]), L.pinv(A[:0]))
    for shape in ((30, 2), (2, 30), (2, 2)):
        near = torch.zeros(*shape, dtype=torch.float64)
        near[0, 0], near[1, 1] = 1.0, 2e-15
        yield f"by default, {shape}", (L.matrix_rank(near), L.pinv(near)[1])
    B = numbers(torch, 3, 2)
    for driver in ("gelsd", "gelss"):
        for rcond in (0.5, 0.25, 0.125):
            yield f"{driver}, {rcond}", tuple(L.lstsq(A, B, rcond, driver=driver))
    least = torch.tensor([[[1.0, 0.0], [0.0, times * torch.finfo(torch.float64).eps]] for times in (1.5, 2.5, 3.5)])
    for label, few in {
        "three": least,
        "wide": torch.cat([least, 0 * least], 2),
        "tall": torch.cat([least, 0 * least], 1),
    }.items():
        yield f"by default, {label}", L.matrix_rank(few.double())
    tall = torch.cat([A, A[:1]])
    for driver in ("gelsd", "gelss", "gels", "gelsy"):
        yield f"tall, {driver}", tuple(L.lstsq(tall, numbers(torch, 4, 2), driver=driver))


@scenario(cites="torch.linalg.svd", needs=NEEDS)
def what_is_not_finite_has_no_factors(torch):
    """Matrices with a nan in them have no singular values, and the error says which of them it is."""
    L = torch.linalg
    A = numbers(torch, 4, 2, 2)
    bad = A.clone()
    bad[1, 0, 0] = bad[3, 1, 1] = NAN
    for name in ("svd", "svdvals", "pinv", "matrix_rank"):
        yield f"{name}, one", attempt(lambda: getattr(L, name)(bad[1]) is None)
        yield f"{name}, several", attempt(lambda: getattr(L, name)(bad) is None)
    yield "cond", attempt(L.cond, bad)
    yield "norm", attempt(L.matrix_norm, bad, 2)


@scenario(cites="torch.linalg.multi_dot", needs=(*NEEDS, "graph"))
def in_which_order_matrices_are_multiplied(torch):
    """`multi_dot` multiplies first what makes the smallest matrices."""
    for sizes in ((2, 2, 2, 2), (1, 3, 2, 2), (2, 2, 3, 1), (2, 2, 2, 2, 2), (1, 4, 2, 4, 2, 1), (4, 2, 1, 4, 5, 2)):
        chain = [numbers(torch, m, sizes[i + 1]).requires_grad_() for i, m in enumerate(sizes[:-1])]
        y = torch.linalg.multi_dot(chain)
        yield f"{sizes}", (y.detach(), str(order(y.grad_fn)))
    yield (
        "ends that are vectors",
        [
            torch.linalg.multi_dot(given)
            for given in (
                [numbers(torch, 3), numbers(torch, 3, 2)],
                [numbers(torch, 3, 2), numbers(torch, 2, 4), numbers(torch, 4)],
                [numbers(torch, 2), numbers(torch, 2, 4), numbers(torch, 4)],
            )
        ],
    )


@scenario(cites="torch.linalg.solve; torch.linalg.solve_triangular; torch.linalg.lstsq", needs=NEEDS)
def right_sides_that_are_too_high(torch):
    """What stands on the right of equations has just as many rows as the matrix, from the right as many columns."""
    L = torch.linalg
    A = numbers(torch, 3, 3) + torch.eye(3, dtype=torch.float64)
    factor, pivots = L.lu_factor(A)
    calls = {
        "solve": lambda B, **by: L.solve(A, B, **by),
        "solve_ex": lambda B, **by: L.solve_ex(A, B, **by),
        "solve_triangular": lambda B, **by: L.solve_triangular(A, B, upper=True, **by),
        "lu_solve": lambda B, **by: L.lu_solve(factor, pivots, B, **by),
        "cholesky_solve": lambda B: torch.cholesky_solve(B, A),
        "ldl_solve": lambda B: L.ldl_solve(factor, pivots, B),
        "lstsq": lambda B: L.lstsq(A[:, :2], B),
    }
    for name, call in calls.items():
        says = attempt if name in ("solve", "solve_triangular", "lu_solve") else refused
        for n in (2, 4):
            yield f"{name}, {n} rows", says(call, numbers(torch, n, 2))
            if says is attempt:
                yield f"{name}, {n} columns", says(call, numbers(torch, 2, n), left=False)
    yield "several, too high", attempt(L.solve, A, numbers(torch, 2, 4, 3))
    yield "a vector of four", refused(L.solve, A, numbers(torch, 4))
    for label, places in {
        "of int64": pivots.long(),
        "of int16": pivots.short(),
        "too few": pivots[:2],
        "several": pivots[None],
        "none": pivots[0],
    }.items():
        yield f"pivots, {label}", attempt(L.lu_solve, factor, places, A)
        if label in ("of int64", "of int16"):
            yield f"pivots to unpack, {label}", attempt(torch.lu_unpack, factor, places)
            yield f"pivots not to unpack, {label}", len(torch.lu_unpack(factor, places, unpack_pivots=False).P)
    for shape, n in (((6, 6), 5), ((6, 6), 7), ((5, 6), 6)):
        yield f"tensorsolve, {shape}, {n}", attempt(L.tensorsolve, numbers(torch, *shape), numbers(torch, n))
    yield "tensorinv", [refused(L.tensorinv, numbers(torch, *shape)) for shape in ((2, 3, 5), (2, 3, 7), (2, 3))]


@scenario(cites="torch.linalg.vecdot; torch.linalg.cross; torch.linalg.vander", needs=(*NEEDS, "graph"))
def products_of_vectors(torch):
    """`vecdot` of vectors is a `vdot`; `cross` wants as many dimensions of both, `multi_dot` two factors, `vander` two powers."""
    L = torch.linalg
    A, b = numbers(torch, 2, 3), numbers(torch, 3, step=2)
    for label, x, y, dim in (
        ("vectors", b, A[0], -1),
        ("rows", A, b, -1),
        ("columns", A, A + 1, 0),
        ("a vector first", b, A, 1),
    ):
        z = L.vecdot(x.clone().requires_grad_(), y, dim=dim)
        yield f"vecdot, {label}", (z.detach(), z.grad_fn.name())
    yield "of other dtypes", (refused(L.vecdot, b, b.float()), refused(L.vecdot, b.int(), b.int()))
    for x, y in ((A, b), (b, A), (A, A + 1), (b, A[1])):
        yield f"cross, {x.dim()} and {y.dim()}", attempt(L.cross, x, y)
    yield "multi_dot", (attempt(L.multi_dot, []), attempt(L.multi_dot, [A]), L.multi_dot([A, b]))
    yield "of three, one of them in between", attempt(L.multi_dot, [A, b, A])
    yield "of a number", (attempt(L.multi_dot, [b[0], A]), attempt(L.multi_dot, [A, A[None]]))
    for N in (None, 4, 2, 1, 0):
        yield f"vander, {N}", attempt(L.vander, b, N=N)
    yield "vander of a number, of integers, of several", (attempt(L.vander, b[0]), L.vander(b.int()), L.vander(A, N=2))


@scenario(cites="torch.linalg", needs=NEEDS)
def what_is_no_matrix(torch):
    """Functions of matrices refuse numbers, vectors and integers, and arguments of another kind."""
    L = torch.linalg
    A = numbers(torch, 2, 2) + torch.eye(2, dtype=torch.float64)
    factor, pivots = L.lu_factor(A)
    one = """det inv inv_ex slogdet matrix_exp cholesky cholesky_ex eigh eigvalsh eig eigvals svd svdvals qr lu lu_factor
    lu_factor_ex ldl_factor ldl_factor_ex pinv matrix_rank cond matrix_norm norm vector_norm diagonal vander""".split()
    for name in one:
        function = getattr(L, name)
        yield name, [refused(function, given) for given in (1, A[0, 0], A[0], A[:, :1], A.int())]
    former = {name: getattr(torch, name) for name in ("svd", "logdet", "cholesky_inverse", "lu_unpack", "ormqr")}
    two = {
        name: getattr(L, name)
        for name in ("solve", "solve_ex", "lstsq", "tensorsolve", "householder_product", "vecdot", "cross")
    }
    others = {
        "solve_triangular": lambda A, B: L.solve_triangular(A, B, upper=True),
        "lu_solve": lambda A, B: L.lu_solve(A, pivots, B),
        "lu_unpack": lambda A, B: torch.lu_unpack(A, B),
        "ormqr": lambda A, B: torch.ormqr(A, B, factor),
        "ormqr of": lambda A, B: torch.ormqr(factor, A[0], B),
        "matrix_power": lambda A, B: L.matrix_power(A, B),
        "multi_dot": lambda A, B: L.multi_dot([A, B]),
    }
    for name, function in (two | others | {"cholesky_solve": torch.cholesky_solve}).items():
        yield (
            name,
            [
                refused(function, *given)
                for given in ((1, A), (A, "a"), (A[0], A), (A, A[0, 0]), (A.int(), A), (A, A.float()))
            ],
        )
    for name, function in former.items():
        yield f"the former {name}", [refused(function, given) for given in (1, A[0, 0], A[0], A.int())]
    for name, settings in {
        "svd": ("some", "compute_uv"),
        "cholesky_inverse": ("upper",),
        "pinverse": ("rcond",),
    }.items():
        yield f"the former {name}, {settings}", [refused(getattr(torch, name), A, **{each: "a"}) for each in settings]
    yield (
        "the former triangular_solve",
        [refused(torch.triangular_solve, A, A, *given) for given in ((1,), (True, 1), ("a",))],
    )
    yield (
        "reflections",
        [refused(L.householder_product, A, given) for given in (A[0, 0], numbers(torch, 3), A, A[0].int())],
    )
    yield "an order of conditions", [refused(L.cond, A, given) for given in ("a", [1], 3, 0)]
    yield "ormqr, settings", [refused(torch.ormqr, A, A[0], A, *given) for given in (("a",), (True, 1))]
    yield "lu_unpack, settings", [refused(torch.lu_unpack, factor, pivots, *given) for given in (("a",), (True, 1))]
    for name, setting in {
        "svd": "full_matrices",
        "cholesky": "upper",
        "pinv": "hermitian",
        "solve": "left",
        "lu": "pivot",
    }.items():
        given = (A, A) if name == "solve" else (A,)
        yield f"{name}, {setting}", [refused(getattr(L, name), *given, **{setting: value}) for value in (1, None, "a")]


@scenario(cites="torch.linalg.norm; torch.logdet", needs=(*NEEDS, "graph"))
def norms_and_determinants_at_their_borders(torch):
    """Nothing has a norm of order zero, and none of infinite or negative order; `logdet` of real numbers is nan where it must."""
    L = torch.linalg
    x = torch.zeros(2, 0)
    for p in (0, 0.5, 1, 2, -1, INF, -INF):
        yield f"vector_norm of nothing, {p}", attempt(L.vector_norm, x, p)
        yield f"along what is there, {p}", attempt(L.vector_norm, x, p, 0)
        yield f"along nothing, {p}", [attempt(L.vector_norm, x, p, dim) for dim in ((1,), 1, (0, 1))]
    A = numbers(torch, 2, 3, 4)
    for p in (1, -1, 2, INF):
        yield f"norm, {p}", (L.norm(A[0], p), L.norm(A, p, (0, 2)), L.norm(A, p, 1), L.norm(A[0, 0], p))
    for dim in ("a", 1.5, (0, 1, 2), ()):
        yield f"norm along {dim!r}", refused(L.norm, A, 1, dim)
    yield "norm of three dimensions", attempt(L.norm, A, 1)
    for given in (numbers(torch, 2, 2), -torch.eye(3), torch.zeros(2, 2), torch.eye(2) * 1j):
        y = torch.logdet(given.clone().requires_grad_())
        yield f"logdet of {given.dtype}, {given[0, 0].item()}", (y.detach(), y.grad_fn.name())


@scenario(cites="torch.fft", needs=(*NEEDS, "views"))
def transforms_and_what_they_refuse(torch):
    """A transform lies in memory with the dimensions that were transformed inmost; it says which argument it can't take."""
    F = torch.fft
    A = numbers(torch, 2, 3, 4)
    for label, x in (("as it is", A), ("turned", A.permute(2, 0, 1)), ("turned twice", A.transpose(0, 2))):
        for name, dim in (
            ("fftn", (0,)),
            ("rfftn", (1, 0)),
            ("irfftn", (0, 1)),
            ("ihfft2", (2, 0)),
            ("fft2", (-2, -1)),
        ):
            yield f"{name} along {dim}, {label}", getattr(F, name)(x, dim=dim).stride()
    for name in ("fft", "ifft", "rfft", "irfft", "hfft", "ihfft"):
        yield f"{name}, by default", getattr(F, name)(A).abs().sum(0)
        yield f"{name}2, by default", getattr(F, f"{name}2")(A).abs().sum(0)
    one = attempt(F.fft, torch.tensor(1.0))
    yield "of a number", (one, attempt(F.fftn, torch.tensor(1.0)), attempt(F.fftn, torch.tensor(1.0), dim=(0,)))
    yield "along nothing", (F.fftn(A, dim=()), attempt(F.rfftn, A, dim=()), attempt(F.irfftn, A, dim=()))
    for n in (0, -1, -2):
        yield f"of {n}", (attempt(F.fft, A, n), attempt(F.rfft2, A, (2, n)), attempt(F.irfftn, A, (n,)))
    yield "of one element", (F.fft(A, 1), F.rfft2(A, (1, 1), norm="forward"), F.irfft(A, 1))
    for s in ((2,), (2, 2), (2, 2, 2)):
        yield f"of lengths {s}", attempt(lambda: F.fftn(A, s, (0, 1)).shape)
    for dim in (None, 1.5, "a"):
        yield f"along {dim!r}", (attempt(F.fft2, A, None, dim), attempt(lambda: F.fftshift(A, dim).shape))
    yield "not a tensor", (refused(F.fft, 1), refused(F.fftshift, 1), refused(F.ifftshift, 1), refused(F.fft, A, "a"))
    for dtype in (torch.float32, torch.complex64, torch.int32, torch.bool, torch.float16):
        x = A[0].to(dtype)
        yield (
            f"of {dtype}",
            [attempt(lambda: getattr(F, name)(x).dtype is torch.complex64) for name in ("fft", "hfft", "fft2")],
        )
