"""Matrices: what functions of matrices take and refuse, in batches and shapes of which no two are alike."""

from gradspec import attempt, scenario

NEEDS = ("tensor", "functions", "shapes", "dtypes", "autograd_grad", "matmul")


def numbers(torch, *shape, step=7):
    """A tensor whose elements lie on no line, of both signs."""
    count = 1
    for n in shape:
        count *= n
    places = torch.arange(count, dtype=torch.float64)
    return (((places * step) % 11) * 0.5 - 2.25 - (places % 3) + (places * places % 13) * 0.21875).reshape(shape)


def steady(torch, *shape):
    """Square matrices that are far from being singular."""
    return numbers(torch, *shape) * 0.25 + 4 * torch.eye(shape[-1], dtype=torch.float64)


def positive(torch, *shape):
    half = numbers(torch, *shape) * 0.5
    return half @ half.transpose(-2, -1) + torch.eye(shape[-2], dtype=torch.float64)


def shown(torch, function, *inputs):
    """What a function makes of its inputs, and their gradients under an uneven gradient of the result."""
    inputs = [each.clone().requires_grad_() for each in inputs]
    y = function(*inputs)
    upstream = (((torch.arange(y.numel(), dtype=torch.float64) * 5) % 7) - 2.5).reshape(y.shape).to(y.dtype)
    return (y.detach(), *torch.autograd.grad(y, inputs, upstream, allow_unused=True))


@scenario(cites="torch.linalg: Solvers", needs=NEEDS)
def equations_of_every_shape(torch):
    """Equations are solved for several right sides, vectors, batches of either side, from the left and from the right."""
    L = torch.linalg
    for lead, of, upper, unit, adjoint in (((3, 1), (2,), True, True, False), ((2,), (1,), False, False, True)):
        A, B = steady(torch, *lead, 3, 3), numbers(torch, *of, 3, 2, step=5)
        right = B.transpose(-2, -1).contiguous()
        yield f"{lead}, {of}", shown(torch, L.solve, A, B)
        yield f"{lead}, {of}, from the right", shown(torch, lambda A, B: L.solve(A, B, left=False), A, right)
        for left, given in ((True, B), (False, right)):
            settings = {"upper": upper == left, "unitriangular": unit, "left": left}
            yield f"{lead}, {of}, {settings}", shown(torch, lambda A, B: L.solve_triangular(A, B, **settings), A, given)
        factor, pivots = L.lu_factor(A)
        for left, given in ((True, B), (False, right)):
            settings = {"adjoint": adjoint == left, "left": left}
            yield (
                f"{lead}, {of}, of factors, {settings}",
                shown(torch, lambda F, B: L.lu_solve(F, pivots, B, **settings), factor, given),
            )
        root = L.cholesky(positive(torch, *lead, 3, 3), upper=upper)
        yield (
            f"{lead}, {of}, of a root, {upper}",
            shown(torch, lambda B, U: torch.cholesky_solve(B, U, upper), B, root),
        )
    A = steady(torch, 2, 3, 3)
    for B in (numbers(torch, 3), numbers(torch, 2, 3), numbers(torch, 4, 2, 3)):
        yield f"vectors {list(B.shape)}", attempt(lambda: shown(torch, L.solve, A, B))
        yield f"vectors {list(B.shape)}, of one", attempt(lambda: shown(torch, L.solve, A[0], B))
    tall, B = numbers(torch, 2, 5, 3), numbers(torch, 2, 5, 2, step=5)
    for driver, a, b in (
        (None, tall, B[..., 0]),
        ("gels", tall, B),
        ("gelsy", tall[0], B[0]),
        ("gelsd", tall[0], B[0, :, 0]),
        ("gelss", tall, B),
    ):
        found = L.lstsq(a, b, driver=driver)
        yield f"least squares of {list(a.shape)}, {list(b.shape)}, {driver}", tuple(found)
    wide = tall.transpose(-2, -1)
    for driver in (None, "gelsd"):
        yield f"least squares, wide, {driver}", tuple(L.lstsq(wide, numbers(torch, 2, 3, 2), driver=driver))[:1]
    for shape, ind in (((2, 3, 6), 2), ((6, 2, 3), 1), ((4, 2, 2, 1), 1), ((2, 2, 1, 4), 2)):
        T = steady(torch, 6, 6).reshape(shape) if 6 in shape else steady(torch, 4, 4).reshape(shape)
        yield f"inverse of {shape}, {ind}", shown(torch, lambda T: L.tensorinv(T, ind), T)
    T = steady(torch, 6, 6)
    yield "a tensor's equation", shown(torch, L.tensorsolve, T.reshape(2, 3, 6), numbers(torch, 2, 3))
    yield "a tensor's equation, of more", shown(torch, L.tensorsolve, T.reshape(6, 3, 2), numbers(torch, 6))
    yield (
        "a tensor's equation, moved",
        shown(torch, lambda T, B: L.tensorsolve(T, B, (0, 2)), T.reshape(2, 6, 3), numbers(torch, 6)),
    )
    for offset in (-1, 0, 1):
        yield f"diagonal {offset}", shown(torch, lambda T: L.diagonal(T, offset=offset), numbers(torch, 2, 3, 4))
    yield "another diagonal", L.diagonal(numbers(torch, 2, 3, 4), dim1=0, dim2=1)


WORDLESS = """solve of a number
triangular, a vector
root
root, a vector
root, not square
root, dtypes
factors, not square
squares
squares, a number
squares, dtypes
squares of a vector
sizes
crossed twos
one dimension
three dimensions
a number
three dimensions of it
the most of nothing
reflections of batches
reflections of a vector
a power of no integer""".splitlines()  # of which the type of the error alone is compared


@scenario(cites="torch.linalg: Solvers", needs=NEEDS)
def matrices_that_are_refused(torch):
    """Functions of matrices say which shapes, dtypes, orders and names they cannot do with."""
    L, one = torch.linalg, torch.ones
    A, B, double = one(3, 3) + torch.eye(3), one(3, 2), one(3, 3).double()
    pivots = torch.tensor([1, 2, 3], dtype=torch.int32)
    square = {
        "det": L.det,
        "slogdet": L.slogdet,
        "inv": L.inv,
        "inv_ex": L.inv_ex,
        "cholesky": L.cholesky,
        "eigh": L.eigh,
        "cholesky_ex": L.cholesky_ex,
        "eigvalsh": L.eigvalsh,
        "eig": L.eig,
        "eigvals": L.eigvals,
        "matrix_exp": L.matrix_exp,
        "ldl_factor": L.ldl_factor,
        "logdet": torch.logdet,
        "matrix_power": lambda A: L.matrix_power(A, 2),
    }
    whole = {
        "svd": L.svd,
        "svdvals": L.svdvals,
        "qr": L.qr,
        "lu": L.lu,
        "lu_factor": L.lu_factor,
        "pinv": L.pinv,
        "matrix_rank": L.matrix_rank,
        "cond": L.cond,
        "matrix_norm": L.matrix_norm,
    }
    for name, function in (square | whole).items():
        for shape in ((3,), (), (0,)):
            yield f"{name} of {shape}", type(attempt(function, one(shape)).error).__name__
        yield f"{name} of integers", type(attempt(function, A.long()).error).__name__
        yield f"{name} of a list", type(attempt(function, [[1.0]]).error).__name__
    for name, function in square.items():
        for shape in ((2, 3), (2, 3, 2), (0, 2)):
            found = attempt(function, one(shape))
            yield f"{name} of {shape}", found if name in ("det", "inv", "eigh", "svd") else type(found.error).__name__
    for name, call in {
        "solve": lambda: L.solve(A, one(2, 2)),
        "solve from the right": lambda: L.solve(A, one(3, 2), left=False),
        "solve, batches": lambda: L.solve(one(2, 3, 3), one(4, 3, 2)),
        "solve of a number": lambda: L.solve(A, one(())),
        "solve, dtypes": lambda: L.solve(A, B.double()),
        "solve, not square": lambda: L.solve(one(2, 3), B),
        "solve, a vector from the right": lambda: L.solve(A, one(3), left=False),
        "solve, a vector": lambda: L.solve(A, one(2)),
        "triangular": lambda: L.solve_triangular(A, one(2, 2), upper=True),
        "triangular, a vector": lambda: L.solve_triangular(A, one(3), upper=True),
        "triangular, from the right": lambda: L.solve_triangular(A, one(3, 2), upper=True, left=False),
        "triangular, batches": lambda: L.solve_triangular(one(2, 3, 3), one(4, 3, 2), upper=True),
        "root": lambda: torch.cholesky_solve(one(2, 2), A),
        "root, a vector": lambda: torch.cholesky_solve(one(3), A),
        "root, not square": lambda: torch.cholesky_solve(B, B),
        "root, dtypes": lambda: torch.cholesky_solve(B, double),
        "factors, pivots": lambda: L.lu_solve(A, pivots[:2], B),
        "factors, dtypes": lambda: L.lu_solve(A, pivots.long(), B),
        "factors, batches": lambda: L.lu_solve(one(2, 3, 3), pivots, B),
        "factors": lambda: L.lu_solve(A, pivots, one(2, 2)),
        "factors, from the right": lambda: L.lu_solve(A, pivots, B, left=False),
        "factors, not square": lambda: L.lu_solve(B, pivots, B),
        "squares": lambda: L.lstsq(A, one(2, 2)),
        "squares, three": lambda: L.lstsq(A, one(1, 1, 3, 2)),
        "squares, a number": lambda: L.lstsq(A, one(())),
        "squares, dtypes": lambda: L.lstsq(A, B.double()),
        "squares, by": lambda: L.lstsq(A, B, driver="qr"),
        "squares of a vector": lambda: L.lstsq(one(3), one(3)),
        "inverse of 0": lambda: L.tensorinv(one(2, 3, 6), 0),
        "inverse of -1": lambda: L.tensorinv(one(2, 3, 6), -1),
        "inverse of 1": lambda: L.tensorinv(one(2, 3, 6), 1),
        "inverse of another": lambda: L.tensorinv(one(2, 3, 5)),
        "equation": lambda: L.tensorsolve(one(2, 3, 5), one(2, 3)),
        "equation of fewer": lambda: L.tensorsolve(one(2, 3, 6), one(2, 2)),
        "one product": lambda: L.multi_dot([A]),
        "no product": lambda: L.multi_dot([]),
        "numbers": lambda: L.multi_dot([one(()), A]),
        "a vector within": lambda: L.multi_dot([A, one(3), A]),
        "three dimensions within": lambda: L.multi_dot([A, one(1, 3, 3), A]),
        "three dimensions last": lambda: L.multi_dot([A, one(1, 3, 3)]),
        "sizes": lambda: L.multi_dot([A, one(2, 3)]),
        "crossed": lambda: L.cross(one(3), one(2, 3)),
        "crossed twos": lambda: L.cross(one(2), one(2)),
        "crossed along 0": lambda: L.cross(one(2, 3), one(2, 3), dim=0),
        "a sum of products": lambda: L.vecdot(one(2, 3), one(2, 2)),
        "of integers": lambda: L.vecdot(A.long(), A.long()),
        "of dtypes": lambda: L.vecdot(A, double),
        "powers": lambda: L.vander(one(3), N=1),
        "no powers": lambda: L.vander(one(3), N=0),
        "an order": lambda: L.matrix_norm(A, 3),
        "a name": lambda: L.matrix_norm(A, "max"),
        "one dimension": lambda: L.matrix_norm(A, "fro", (0,)),
        "the same dimension": lambda: L.matrix_norm(A, 1, (0, 0)),
        "the same from behind": lambda: L.matrix_norm(A, 1, (1, -1)),
        "three dimensions": lambda: L.matrix_norm(A, 1, (0, 1, 2)),
        "no dimension": lambda: L.matrix_norm(A, 1, (0, 2)),
        "an order of three": lambda: L.norm(one(2, 2, 2), 1),
        "an order of none": lambda: L.norm(one(()), 1),
        "three dimensions of it": lambda: L.norm(one(2, 2, 2), 1, (0, 1, 2)),
        "a name of a vector": lambda: L.norm(one(3), "fro"),
        "a condition": lambda: L.cond(A, 3),
        "a condition's name": lambda: L.cond(A, "max"),
        "the least of nothing": lambda: L.vector_norm(one(0), -1),
        "the most of nothing": lambda: L.vector_norm(one(2, 0), float("inf"), 1),
        "the least of nothings": lambda: L.vector_norm(one(0, 2), -1, 1),
        "the sum of nothing": lambda: L.vector_norm(one(0), 1),
        "a triangle": lambda: L.eigh(A, UPLO="X"),
        "a triangle by its small letter": lambda: L.eigh(A, UPLO="u")[0],
        "a mode": lambda: L.qr(A, "economic"),
        "without pivots": lambda: L.lu(A, pivot=False),
        "reflections": lambda: L.householder_product(one(2, 3), one(2)),
        "more reflections": lambda: L.householder_product(one(3, 2), one(3)),
        "reflections of batches": lambda: L.householder_product(one(2, 3, 2), one(2)),
        "reflections of dtypes": lambda: L.householder_product(B, one(2).double()),
        "reflections of a vector": lambda: L.householder_product(one(3), one(1)),
        "a power of no integer": lambda: L.matrix_power(A, 1.5),
    }.items():
        found = attempt(call)
        yield name, type(found.error).__name__ if name in WORDLESS else found


@scenario(cites="torch.linalg: Decompositions", needs=NEEDS)
def singular_matrices_in_batches(torch):
    """What cannot be inverted or taken apart is an error, or said in a number for each matrix of the batch."""
    L = torch.linalg
    good, flat = steady(torch, 3, 3), torch.tensor([[1.0, 2.0, 3.0], [2.0, 4.0, 6.0], [1.0, 0.0, 1.0]]).double()
    none = torch.zeros(3, 3).double()
    for label, A in {"good": good, "flat": flat, "all": torch.stack([good, flat, none])}.items():
        for name, function in {
            "inv_ex": L.inv_ex,
            "cholesky_ex": L.cholesky_ex,
            "lu_factor_ex": L.lu_factor_ex,
            "solve_ex": lambda A: L.solve_ex(A, good),
            "solve_ex of a vector": lambda A: L.solve_ex(A, good[..., 0]) if A.dim() == 2 else (),
        }.items():
            given = A @ A.transpose(-2, -1) if name == "cholesky_ex" else A
            *found, info = function(given) or (None,)
            yield f"{name}, {label}, info", info
            if label == "good":
                yield f"{name}, {label}", tuple(found)
            if name in ("inv_ex", "lu_factor_ex", "cholesky_ex"):
                yield f"{name}, {label}, checked", type(attempt(function, given, check_errors=True).error).__name__
        for name, function in {
            "inv": L.inv,
            "cholesky": L.cholesky,
            "lu_factor": L.lu_factor,
            "solve": lambda A: L.solve(A, good),
        }.items():
            found = attempt(function, A)
            yield f"{name}, {label}", found if found.error is not None or label == "good" else "done"
        yield f"ranks, {label}", (L.matrix_rank(A), L.matrix_rank(A, hermitian=True), L.det(A).abs() > 1e-9)
    yield "inverse of zeros", attempt(L.inv, none)
    yield "ranks of two", L.matrix_rank(torch.stack([good, flat]))
    A = numbers(torch, 4, 3)
    for settings in (
        {"tol": 1.0},
        {"tol": 5.0},
        {"atol": 1.0},
        {"rtol": 0.3},
        {"atol": 1.0, "rtol": 0.5},
        {"atol": 0.0},
        {"atol": 0.0, "rtol": 0.0},
        {"rtol": torch.tensor(0.3).double()},
    ):
        yield f"rank, {list(settings)}, {list(settings.values())}", L.matrix_rank(A, **settings)
        if "tol" not in settings and settings.get("atol") != 0.0:
            yield f"inverse, {list(settings)}, {list(settings.values())}", L.pinv(A, **settings)
    yield "gradient of an inverse", shown(torch, lambda A: L.pinv(A, rtol=0.3), A)
    yield "inverse by one number", (L.pinv(A, 0.3), L.pinv(A, rcond=0.3), L.svdvals(A))
    H = positive(torch, 3, 2)
    for settings in ({}, {"rtol": 0.2}, {"atol": 0.5}):
        yield (
            f"symmetric, {settings}",
            (L.pinv(H, hermitian=True, **settings), L.matrix_rank(H, hermitian=True, **settings)),
        )
    T = numbers(torch, 2, 4, 3)
    for p in (None, 1, -1, 2, -2, float("inf"), float("-inf"), "fro", "nuc"):
        yield f"condition {p}", L.cond(torch.stack([good, good.T + 1]), p)
        if p in (None, 1, -2, "fro"):
            yield f"condition {p} of singular ones", attempt(lambda: L.cond(torch.stack([good, none]), p)[:1])
        if p is not None:
            yield f"norm {p}", L.matrix_norm(T, p, (0, 1))
    yield "kept and turned", shown(torch, lambda T: L.matrix_norm(T, "nuc", (-1, 0), True), T)
    for n in (-3, 0, 1, 5):
        yield f"power {n}", shown(torch, lambda A: L.matrix_power(A, n), steady(torch, 2, 2, 2) * 0.25)
    for sizes in ((4, 2, 5, 3), (3, 4, 2, 6, 1, 2)):
        chain = [numbers(torch, *sizes[i : i + 2], step=3 + i) * 0.5 for i in range(len(sizes) - 1)]
        yield f"chain of {sizes}", shown(torch, lambda *chain: L.multi_dot(chain), *chain)
        yield f"chain of {sizes}, between vectors", L.multi_dot([chain[0][0], *chain[1:-1], chain[-1][:, 0]])
    x = numbers(torch, 2, 3)
    for N in (None, 2, 5):
        yield f"powers {N}", shown(torch, lambda x: L.vander(x, N=N), x)
    yield "powers of a number", attempt(L.vander, x[0, 0], N=3)
    for dim in (-1, 0):
        yield (
            f"products along {dim}",
            shown(torch, lambda x, y: L.vecdot(x, y, dim=dim), x, numbers(torch, 2, 3, step=5)),
        )
    yield "one product", shown(torch, L.vecdot, x[0], x[1])


@scenario(cites="torch.svd", needs=NEEDS)
def former_names_of_functions(torch):
    """Functions that were there before torch.linalg have other arguments and results, and warn of it."""
    A, B = numbers(torch, 2, 4, 3), numbers(torch, 2, 3, 2, step=5)
    square = steady(torch, 2, 3, 3)
    for some in (True, False):
        yield f"svd, {some}", [each.shape for each in torch.svd(A, some)]
        yield (
            f"svd of values alone, {some}",
            [torch.svd(A, some, False)[0].shape, torch.svd(A, some, False)[1], torch.svd(A, some, False)[2].shape],
        )
        yield f"qr, {some}", [each.abs() for each in torch.qr(A, some)][:2]
    for upper in (True, False):
        yield f"cholesky, {upper}", torch.cholesky(positive(torch, 2, 3, 3), upper)
        for transpose, unit in ((True, upper), (False, not upper)):
            found = torch.triangular_solve(B, square, upper, transpose, unit)
            yield f"triangular, {upper}, {transpose}, {unit}", tuple(found)
    for infos in (True, False):
        yield f"lu, {infos}", torch.lu(square, True, infos)
    factor, pivots = torch.linalg.lu_factor(square)
    yield "lu_solve", torch.lu_solve(B, factor, pivots)
    for data, order in ((True, True), (False, True), (True, False)):
        yield f"lu_unpack, {data}, {order}", tuple(torch.lu_unpack(factor, pivots, data, order))
    tall, tau = numbers(torch, 4, 2) * 0.5, torch.tensor([0.75, 1.25]).double()
    for left, transpose, other in ((True, True, (4, 3)), (False, False, (3, 4)), (False, True, (3, 4))):
        yield (
            f"ormqr, {left}, {transpose}",
            shown(
                torch, lambda *given: torch.ormqr(*given, left, transpose), tall, tau, numbers(torch, *other, step=5)
            ),
        )
    several = numbers(torch, 3, 4, 2) * 0.5, numbers(torch, 3, 2, step=3), numbers(torch, 3, 4, 1, step=5)
    yield "ormqr, three", torch.ormqr(*several)
    yield "ger and friends", [torch.logdet(square), torch.logdet(-square), torch.logdet(torch.zeros(2, 2))]
    yield (
        "defaults",
        [
            tuple(each.shape for each in torch.svd(A)),
            tuple(each.shape for each in torch.qr(A)),
            tuple(torch.lu(square)),
        ],
    )
    yield "defaults of triangles", (torch.cholesky(positive(torch, 3, 3)), tuple(torch.triangular_solve(B, square)))


@scenario(cites="torch.linalg: Decompositions", needs=NEEDS)
def what_is_no_matrix(torch):
    """A list of lists is no matrix, for any of the functions of matrices."""
    L, one, pivots = torch.linalg, torch.eye(2), torch.tensor([1, 2], dtype=torch.int32)
    rows = [[1.0, 0.0], [0.0, 1.0]]
    table = (
        (torch.svd, ()),
        (torch.cholesky, ()),
        (torch.qr, ()),
        (torch.lu, ()),
        (torch.lu_solve, (one, pivots)),
        (torch.lu_unpack, (pivots,)),
        (torch.triangular_solve, (one,)),
        (torch.ormqr, (one[0], one)),
        (torch.cholesky_solve, (one,)),
        (torch.logdet, ()),
        (L.cross, (one,)),
        (L.vecdot, (one,)),
        (L.vander, ()),
        (L.diagonal, ()),
        (L.cholesky, ()),
        (L.cholesky_ex, ()),
        (L.eigh, ()),
        (L.eigvalsh, ()),
        (L.eig, ()),
        (L.eigvals, ()),
        (L.svd, ()),
        (L.svdvals, ()),
        (L.qr, ()),
        (L.pinv, ()),
        (L.matrix_rank, ()),
        (L.lu, ()),
        (L.lu_factor, ()),
        (L.lu_factor_ex, ()),
        (L.ldl_factor, ()),
        (L.ldl_factor_ex, ()),
        (L.householder_product, (one[0],)),
        (L.solve, (one,)),
        (L.solve_ex, (one,)),
        (L.lu_solve, (pivots, one)),
        (L.ldl_solve, (pivots, one)),
        (L.lstsq, (one,)),
        (L.tensorinv, ()),
        (L.tensorsolve, (one,)),
        (L.norm, ()),
        (L.vector_norm, ()),
        (L.matrix_norm, ()),
        (L.cond, ()),
        (L.inv, ()),
        (L.inv_ex, ()),
        (L.det, ()),
        (L.slogdet, ()),
        (L.matrix_power, (2,)),
        (L.matrix_exp, ()),
        (L.multi_dot, ()),
        (L.solve_triangular, (one,)),
    )
    for place, (function, given) in enumerate(table):
        settings = {"upper": True} if function is L.solve_triangular else {}
        name = f"{place}: {function.__name__.removeprefix('linalg_')}"
        yield f"{name} of a list, {len(given)}", type(attempt(function, rows, *given, **settings).error).__name__
        if given:
            found = attempt(function, one, *[None] * len(given), **settings)
            yield f"{name} with nothing", type(found.error).__name__
