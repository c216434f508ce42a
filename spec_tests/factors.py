"""Factors: decompositions of matrices with every option that they have, and what is made of their factors."""

import warnings

from gradspec import attempt, scenario

NEEDS = ("tensor", "matmul", "functions", "shapes", "dtypes", "autograd_grad", "higher_order")
COMPLEX = (*NEEDS, "indexing")


def matrix(torch, *shape, step=7, scale=0.25):
    """A matrix, or several, with no pattern in its elements, of full rank."""
    count = 1
    for n in shape:
        count *= n
    places = torch.arange(count, dtype=torch.float64)
    return ((((places * step + 3) % 11) - 5 + (places * places) % 7) * scale).reshape(shape)


def symmetric(torch, *shape, step=7):
    """A matrix that is its own transpose, and indefinite."""
    half = matrix(torch, *shape, step=step)
    return half + half.transpose(-2, -1)


def positive(torch, *shape):
    half = matrix(torch, *shape)
    return half @ half.transpose(-2, -1) + torch.eye(shape[-1], dtype=torch.float64)


def upstream(torch, y):
    return ((((torch.arange(y.numel(), dtype=torch.float64) * 5) % 7) - 2.5) / 4).reshape(y.shape).to(y.dtype)


def shown(torch, function, *inputs, twice=True):
    """What a function makes of its inputs, and their gradients under an uneven gradient; and theirs, once more."""
    inputs = [each.clone().requires_grad_() for each in inputs]
    y = function(*inputs)
    first = torch.autograd.grad(y, inputs, upstream(torch, y), create_graph=twice, allow_unused=True)
    found = [each for each in first if each is not None]
    twice = found[0].requires_grad if found else False
    second = (
        torch.autograd.grad(found, inputs, [upstream(torch, each) for each in found], allow_unused=True)
        if twice
        else ()
    )
    return (y.detach(), *(None if each is None else each.detach() for each in first), *second)


def recombined(U, S, Vh):
    """The matrix with these singular vectors, and the squares of these singular values."""
    return (U * (S * S).unsqueeze(-2)) @ Vh


def multiplied(P, L, U):
    return P @ (L * L) @ U


def diagonalized(values, vectors):
    """The symmetric matrix with these eigenvectors, and the cubes of these eigenvalues."""
    return (vectors * (values**3).unsqueeze(-2)) @ vectors.transpose(-2, -1)


def refused(function, *args, **options):
    """The type of the error that a call raises: its words are not what is specified here."""
    return type(attempt(function, *args, **options).error).__name__


@scenario(cites="torch.linalg.ldl_factor", needs=COMPLEX)
def indefinite_matrices_are_factored_with_pivots(torch):
    """`ldl_factor` takes a pivot of one or two rows, whichever is large enough, and `ldl_solve` solves with what it gives."""
    for label, rows in {
        "a large diagonal": [[9.0, 1.0, 2.0], [1.0, -8.0, 3.0], [2.0, 3.0, 7.0]],
        "no diagonal": [[0.0, 2.0, 3.0], [2.0, 0.0, 5.0], [3.0, 5.0, 0.0]],
        "a small first": [[0.5, 4.0, 1.0, 2.0], [4.0, 0.25, 3.0, 1.0], [1.0, 3.0, 6.0, 0.5], [2.0, 1.0, 0.5, -5.0]],
        "small, beside a larger one": [[1.0, 1.5, 0.25], [1.5, 0.5, 40.0], [0.25, 40.0, 1.0]],
        "a large one in between": [[0.25, 1.0, 3.0], [1.0, 2.0, 1.0], [3.0, 1.0, 9.0]],
        "zeros": [[0.0, 0.0, 0.0], [0.0, 2.0, 1.0], [0.0, 1.0, 3.0]],
        "a zero at the end": [[2.0, 1.0, 0.0], [1.0, 3.0, 0.0], [0.0, 0.0, 0.0]],
    }.items():
        A = torch.tensor(rows, dtype=torch.float64)
        yield label, attempt(lambda A: tuple(torch.linalg.ldl_factor_ex(A)), A)
        if label[:4] != "zero" and label[:6] != "a zero":
            LD, pivots = torch.linalg.ldl_factor(A)
            B = matrix(torch, len(rows), 2)
            yield f"{label}: solved", torch.linalg.ldl_solve(LD, pivots, B)
    several = symmetric(torch, 2, 4, 4)
    LD, pivots = torch.linalg.ldl_factor(several)
    yield "several", (LD, pivots)
    yield "several, solved", torch.linalg.ldl_solve(LD, pivots, matrix(torch, 2, 4, 3))
    yield "several, solved for one", torch.linalg.ldl_solve(LD, pivots, matrix(torch, 4, 3))
    yield "one, solved for several", torch.linalg.ldl_solve(LD[0], pivots[0], matrix(torch, 2, 4, 1))
    yield "the upper half is not looked at", tuple(torch.linalg.ldl_factor(torch.tril(several)))
    LD, pivots = torch.linalg.ldl_factor(several.clone().requires_grad_())
    yield "no derivative", refused(lambda: LD.sum().backward())


@scenario(cites="torch.linalg.svd", needs=NEEDS)
def each_part_of_an_svd_by_itself(torch):
    """Gradients come through singular values, through the vectors on either side, and through all of them, of every shape."""
    parts = {
        "the values": lambda A: torch.linalg.svd(A, full_matrices=False)[1],
        "on the left": lambda A: torch.linalg.svd(A, full_matrices=False)[0] ** 2,
        "on the right": lambda A: torch.linalg.svd(A, full_matrices=False)[2] ** 2,
        "the product": lambda A: recombined(*torch.linalg.svd(A, full_matrices=False)),
        "the values alone": torch.linalg.svdvals,
    }
    walk = {(3, 3): ("the values",), (4, 2): ("on the left", "the product"), (2, 4): ("on the right", "on the left")}
    walk[2, 3, 2] = ("the values alone", "on the right")
    for shape, labels in walk.items():
        A = matrix(torch, *shape)
        for label in labels:
            yield f"{label} of {shape}", shown(torch, parts[label], A)
        yield f"full, of {shape}", [each.abs() for each in torch.linalg.svd(A)]
        yield f"the former one, of {shape}", [each.abs() for each in torch.svd(A, some=len(shape) == 2)]
    yield "the former one, without vectors", torch.svd(A, compute_uv=False)[1]


@scenario(cites="torch.linalg.qr", needs=NEEDS)
def each_part_of_a_qr_by_itself(torch):
    """Gradients come through Q, through R and through both; with mode="r" there is no Q, and no gradient."""
    L = torch.linalg
    for shape, part, function in (
        ((3, 3), "Q", lambda A: L.qr(A)[0] ** 2),
        ((4, 2), "both", lambda A: L.qr(A)[0] @ (L.qr(A)[1] ** 3)),
        ((2, 4), "Q", lambda A: L.qr(A)[0] ** 2),
        ((2, 4), "R", lambda A: L.qr(A)[1] ** 2),
        ((2, 2, 3), "both", lambda A: L.qr(A)[0] @ (L.qr(A)[1] ** 3)),
        ((2, 3, 2), "R", lambda A: L.qr(A)[1] ** 2),
    ):
        yield f"{part} of {shape}", shown(torch, function, matrix(torch, *shape), twice=len(shape) == 2)
    for shape in ((3, 3), (4, 2), (2, 2, 3)):
        for mode in ("r", "complete"):
            yield f"{mode} of {shape}", [each.abs() for each in L.qr(matrix(torch, *shape), mode=mode)]
    A = matrix(torch, 4, 2).requires_grad_()
    yield "r, differentiated", refused(lambda: L.qr(A, mode="r")[1].sum().backward())
    yield "complete and tall, differentiated", refused(lambda: L.qr(A, mode="complete")[1].sum().backward())
    yield (
        "complete and wide, differentiated",
        shown(torch, lambda A: L.qr(A, mode="complete")[1] ** 2, matrix(torch, 2, 3)),
    )
    yield "an unknown mode", refused(L.qr, A, mode="full")


@scenario(cites="torch.linalg.lu_factor", needs=COMPLEX)
def each_part_of_an_lu_by_itself(torch):
    """Gradients come through L, through U, and through what holds both, of every shape; and P is a constant."""
    L = torch.linalg
    parts = {
        "L": lambda A: L.lu(A)[1] ** 2,
        "U": lambda A: L.lu(A)[2] ** 2,
        "all": lambda A: multiplied(*L.lu(A)),
        "both in one": lambda A: L.lu_factor(A)[0] ** 2,
    }
    for shape, labels in {(4, 2): ("L", "U"), (2, 4): ("U", "both in one"), (2, 3, 3): ("all",)}.items():
        A = matrix(torch, *shape)
        for label in labels:
            yield f"{label} of {shape}", shown(torch, parts[label], A, twice=shape != (4, 2))
        yield f"P, L, U of {shape}", list(L.lu(A))
        LU, pivots = L.lu_factor(A)
        yield f"pivots of {shape}", pivots
        yield f"unpacked, of {shape}", list(torch.lu_unpack(LU, pivots))
        for place, label in ((1, "L"), (2, "U")):
            yield (
                f"unpacked {label} of {shape}",
                shown(torch, lambda LU: torch.lu_unpack(LU, pivots)[place] ** 2, LU, twice=False),
            )
    yield "no data", list(torch.lu_unpack(LU, pivots, unpack_data=False))
    yield "no pivots", list(torch.lu_unpack(LU, pivots, unpack_pivots=False))
    singular = torch.tensor([[[1.0, 2.0], [2.0, 4.0]], [[1.0, 2.0], [3.0, 4.0]], [[0.0, 1.0], [0.0, 2.0]]])
    yield "which are singular", list(L.lu_factor_ex(singular))
    yield "singular, of several", refused(L.lu_factor, singular)
    yield "checked", refused(L.lu_factor_ex, singular[0], check_errors=True)


@scenario(cites="torch.linalg.lu_solve", needs=COMPLEX)
def systems_solved_with_factors(torch):
    """`lu_solve` and `solve_triangular` solve from the left and from the right, for one system or several,
    with gradients for all."""
    L = torch.linalg
    A, B, C = (
        matrix(torch, 3, 3) + 2 * torch.eye(3, dtype=torch.float64),
        matrix(torch, 3, 2, step=5),
        matrix(torch, 2, 3, step=5),
    )
    LU, pivots = L.lu_factor(A)
    for adjoint, left, given in ((True, True, B), (False, False, C)):
        settings = {"left": left, "adjoint": adjoint}
        yield (
            f"factors, {settings}",
            shown(torch, lambda LU, B: L.lu_solve(LU, pivots, B, **settings), LU, given, twice=adjoint),
        )
    several, places = L.lu_factor(torch.stack([A, A.T + 1]))
    yield "several", shown(torch, lambda LU, B: L.lu_solve(LU, places, B), several, B, twice=False)
    for upper, unit, left, given in (
        (False, False, True, B),
        (True, True, True, B),
        (True, False, False, C),
        (False, True, False, C),
    ):
        settings = {"upper": upper, "unitriangular": unit, "left": left}
        yield (
            f"triangular, {settings}",
            shown(torch, lambda A, B: L.solve_triangular(A, B, **settings), A, given, twice=left != upper),
        )
    yield "solve from the right", shown(torch, lambda A, C: L.solve(A, C, left=False), A, C)
    yield "solve for a vector", shown(torch, L.solve, A, B[:, 0])
    yield "tensorsolve", shown(torch, lambda A, b: L.tensorsolve(A.reshape(3, 1, 3), b), A, B[:, :1])
    yield (
        "tensorsolve, moved",
        shown(torch, lambda A, b: L.tensorsolve(A.reshape(3, 3, 1), b, dims=(1,)), A, B[:, :1]),
    )
    yield "tensorinv", shown(torch, lambda A: L.tensorinv(A.reshape(3, 3, 1), ind=1), A)


@scenario(cites="torch.linalg.cholesky", needs=COMPLEX)
def cholesky_factors_from_above_and_below(torch):
    """`cholesky` gives a lower or an upper factor, with which systems are solved and inverses made."""
    A, B = positive(torch, 3, 3), matrix(torch, 3, 2, step=5)
    for upper in (False, True):
        L = torch.linalg.cholesky(A, upper=upper)
        yield f"factor, {upper}", shown(torch, lambda A: torch.linalg.cholesky(A, upper=upper), A)
        yield f"solve, {upper}", shown(torch, lambda B, L: torch.cholesky_solve(B, L, upper=upper), B, L)
        yield f"inverse, {upper}", shown(torch, lambda L: torch.cholesky_inverse(L, upper=upper), L)
        yield (
            f"several, {upper}",
            shown(torch, lambda A: torch.linalg.cholesky(A, upper=upper), positive(torch, 2, 2, 2), twice=False),
        )
    bad = torch.stack([A, -A, A - 4 * torch.eye(3, dtype=torch.float64)])
    yield "which are not positive", torch.linalg.cholesky_ex(bad)[1]
    yield "one of several is not", refused(torch.linalg.cholesky, bad)
    yield "checked", refused(torch.linalg.cholesky_ex, -A, check_errors=True)
    yield "not checked", torch.linalg.cholesky_ex(-A)[1]


@scenario(cites="torch.linalg.householder_product", needs=NEEDS)
def products_of_reflections(torch):
    """`householder_product` multiplies reflections, as many as there are factors, and `ormqr` multiplies by all of them."""
    for shape, k, turned in (((3, 3), 3, True), ((4, 2), 2, False), ((2, 3, 2), 2, True)):
        A, tau = matrix(torch, *shape), matrix(torch, *shape[:-2], k, step=5) + 0.6
        yield f"{k} of {shape}", shown(torch, torch.linalg.householder_product, A, tau, twice=shape == (4, 2))
        other = matrix(torch, *shape[:-2], shape[-2], 2, step=3)
        yield f"ormqr, {k} of {shape}, {turned}", torch.ormqr(A[..., :k], tau, other, transpose=turned)
        yield (
            f"ormqr, right, {k} of {shape}, {not turned}",
            torch.ormqr(A[..., :k], tau, other.transpose(-2, -1), left=False, transpose=not turned),
        )
    A, tau = matrix(torch, 4, 3), matrix(torch, 2, step=5) + 0.6
    yield "two of three", shown(torch, torch.linalg.householder_product, A, tau, twice=False)


@scenario(cites="torch.linalg.eigh", needs=NEEDS)
def each_part_of_an_eigendecomposition_by_itself(torch):
    """Gradients come through eigenvalues and through eigenvectors; of a symmetric matrix one triangle is looked at."""
    L = torch.linalg
    one, several = symmetric(torch, 3, 3), symmetric(torch, 2, 2, 2)
    for label, A, UPLO, function in (
        ("values", several, "L", lambda A, UPLO: L.eigh(A, UPLO=UPLO)[0]),
        ("vectors", one, "U", lambda A, UPLO: L.eigh(A, UPLO=UPLO)[1] ** 2),
        ("vectors", several, "L", lambda A, UPLO: L.eigh(A, UPLO=UPLO)[1] ** 2),
        ("both", one, "L", lambda A, UPLO: diagonalized(*L.eigh(A, UPLO=UPLO))),
        ("both", several, "U", lambda A, UPLO: diagonalized(*L.eigh(A, UPLO=UPLO))),
        ("eigvalsh", one, "U", lambda A, UPLO: L.eigvalsh(A, UPLO=UPLO)),
    ):
        yield f"{label}, {UPLO}, {list(A.shape)}", shown(torch, lambda A: function(A, UPLO), A, twice=A is one)
    yield "of the upper triangle", L.eigvalsh(torch.triu(one), UPLO="U")
    yield "of the lower triangles", L.eigh(torch.tril(several)).eigenvalues
    A = torch.tensor([[2.0, 1.0, 0.5], [0.25, -1.0, 1.5], [0.5, 0.0, 4.0]], dtype=torch.float64)
    yield "eig, values", shown(torch, lambda A: L.eig(A)[0].real, A)
    yield "eig, vectors", shown(torch, lambda A: L.eig(A)[1].abs(), A)
    yield "eigvals", shown(torch, lambda A: L.eigvals(A).abs(), A)


@scenario(cites="torch.linalg.pinv", needs=NEEDS)
def pseudoinverses_and_ranks(torch):
    """`pinv` and `matrix_rank` leave out singular values that are too small, absolutely or beside the greatest."""
    A = torch.diag(torch.tensor([4.0, 1.0, 0.01], dtype=torch.float64)) + 0.001 * matrix(torch, 3, 3)
    for label, settings in {
        "all": {},
        "rtol": {"rtol": 0.1},
        "atol": {"atol": 2.0},
        "both": {"atol": 0.5, "rtol": 0.3},
        "of a matrix of its own": {"rtol": torch.tensor(0.1, dtype=torch.float64)},
    }.items():
        yield f"pinv, {label}", shown(torch, lambda A: torch.linalg.pinv(A, **settings), A, twice=label == "rtol")
        yield f"rank, {label}", torch.linalg.matrix_rank(A, **settings)
        S = A + A.transpose(0, 1) - 3 * torch.eye(3, dtype=torch.float64)
        yield f"pinv, hermitian, {label}", torch.linalg.pinv(S, hermitian=True, **settings)
        yield f"rank, hermitian, {label}", torch.linalg.matrix_rank(S, hermitian=True, **settings)
    for shape in ((2, 4), (2, 3, 2)):
        yield f"pinv of {shape}", shown(torch, torch.linalg.pinv, matrix(torch, *shape), twice=len(shape) == 2)
    yield "pinv by its former name", torch.pinverse(A, rcond=0.1)


@scenario(cites="torch.linalg.lstsq", needs=NEEDS)
def least_squares(torch):
    """`lstsq` gives a solution, and residuals, ranks and singular values as far as its driver has them."""
    for driver, shape, right in (
        ("gelsy", (4, 2), (4, 3)),
        ("gels", (2, 4, 2), (2, 4, 1)),
        ("gelsd", (2, 4), (2, 1)),
        ("gelsd", (2, 4, 2), (2, 4, 1)),
        ("gelss", (4, 2), (4, 3)),
        ("gelss", (3, 3), (3, 2)),
    ):
        A, B = matrix(torch, *shape), matrix(torch, *right, step=5)
        yield f"{driver}, {shape}", list(torch.linalg.lstsq(A, B, driver=driver))
    A, B = matrix(torch, 4, 2), matrix(torch, 4, 3, step=5)
    yield "the solution", shown(torch, lambda A, B: torch.linalg.lstsq(A, B).solution, A, B)
    yield "the residuals", shown(torch, lambda A, B: torch.linalg.lstsq(A, B, driver="gelsd").residuals, A, B)
    several = matrix(torch, 2, 4, 2)
    vectors = matrix(torch, 2, 4, step=5)
    yield "vectors", shown(torch, lambda A, B: torch.linalg.lstsq(A, B).solution, several, vectors, twice=False)
    poor = torch.tensor([[1.0, 2.0], [2.0, 4.0], [3.0, 6.0]], dtype=torch.float64)
    yield "of lower rank", list(torch.linalg.lstsq(poor, B[:3], driver="gelsd"))
    yield "of lower rank, and a limit", list(torch.linalg.lstsq(A, B, rcond=0.9, driver="gelss"))
    yield "an unknown driver", refused(torch.linalg.lstsq, A, B, driver="gelst")
    yield "of other rows", refused(torch.linalg.lstsq, A, B[:3])


@scenario(cites="torch.linalg.det", needs=COMPLEX)
def determinants_inverses_and_powers(torch):
    """Determinants, inverses, powers and exponentials of matrices, of one and of several, and of singular ones."""
    for n in (1, 3):
        A = matrix(torch, n, n) + 2 * torch.eye(n, dtype=torch.float64)
        for name in ("det", "slogdet", "inv", "matrix_exp"):
            function = getattr(torch.linalg, name)
            pick = (lambda A: function(A)[1]) if name == "slogdet" else function
            yield f"{name}, {n}", shown(torch, pick, A, twice=n > 1 or name == "det")
    A = matrix(torch, 2, 2) + 2 * torch.eye(2, dtype=torch.float64)
    for name in ("det", "inv", "matrix_exp"):
        function = getattr(torch.linalg, name)
        yield f"{name}, several", shown(torch, function, torch.stack([A, A.transpose(0, 1) * 0.5]), twice=False)
    yield "signs, several", torch.linalg.slogdet(torch.stack([A, -A, A[[1, 0]]]))[0]
    for power in (-3, -1, 0, 1, 2, 3, 6):
        yield f"to the power {power}", shown(torch, lambda A: torch.linalg.matrix_power(A, power), A, twice=power == 3)
    yield (
        "exponentials of very different matrices",
        torch.linalg.matrix_exp(torch.stack([matrix(torch, 3, 3) * s for s in (1e-9, 0.5, 2.0, 8.0)])),
    )
    singular = torch.tensor(
        [[[1.0, 2.0], [2.0, 4.0]], [[1.0, 2.0], [3.0, 4.0]], [[0.0, 1.0], [0.0, 2.0]]], dtype=torch.float64
    )
    yield "inverses, where there are any", [torch.linalg.inv_ex(singular)[0][1], torch.linalg.inv_ex(singular)[1]]
    yield "of one that has none", torch.linalg.inv_ex(singular[0])[1]
    yield "none of several", refused(torch.linalg.inv, singular)
    yield "checked", refused(torch.linalg.inv_ex, singular, check_errors=True)
    for label, B in (("solutions", matrix(torch, 3, 2, 2)), ("solutions for vectors", matrix(torch, 3, 2))):
        found = torch.linalg.solve_ex(singular, B)
        yield f"{label}, where there are any", [found[0][1], found[1]]
    yield "no solution", refused(torch.linalg.solve, singular, matrix(torch, 3, 2, 2))
    yield (
        "logdet of all signs",
        torch.logdet(torch.stack([torch.eye(2), -torch.eye(2), torch.tensor([[0.0, 1.0], [1.0, 0.0]])])),
    )


@scenario(cites="torch.linalg.cond", needs=NEEDS)
def norms_and_conditions_of_matrices(torch):
    """Norms of matrices and vectors of every order, along any two dimensions; conditions, infinite where there is no inverse."""
    L = torch.linalg
    A, x = matrix(torch, 3, 2, 4), matrix(torch, 2, 3)
    square = matrix(torch, 3, 3) + torch.eye(3, dtype=torch.float64)
    for order in ("fro", "nuc", 2, -2, 1, -1, float("inf"), float("-inf")):
        settings = {"dim": (0, 2), "keepdim": True}
        yield (
            f"{order}, kept",
            shown(torch, lambda A: L.matrix_norm(A, order, **settings), A, twice=order in (2, "nuc")),
        )
        yield f"{order}, of other dimensions", L.norm(A, order, dim=(2, 0))
        yield f"condition, {order}", L.cond(square, order)
    for order in (0, 1, 2, 3, 0.5, -1, float("inf"), float("-inf")):
        yield f"of vectors, {order}", shown(torch, lambda x: L.vector_norm(x, order, dim=1), x, twice=order == 3)
        yield f"norm, {order}", torch.norm(x, order, dim=0)
    yield "kept", shown(torch, lambda x: L.vector_norm(x, 3, dim=(0, 1), keepdim=True), x)
    yield "of all, three", shown(torch, lambda x: L.vector_norm(x, 3), x)
    few = torch.tensor([[1.5, -2.0, 0.5], [1.5, 0.0, -2.0], [0.0, 0.0, 0.0]]).double()
    for order in (-1, 0.5, 1, 1.5, 2, 2.5, 3):
        yield f"of few, {order}", shown(torch, lambda x: L.vector_norm(x, order, dim=1), few)
    yield "the former norm", shown(torch, lambda x: torch.norm(x, 3, dim=0), x, twice=False)
    yield "of other dimensions", shown(torch, lambda A: L.norm(A, "nuc", dim=(2, 0)), A, twice=False)
    yield "of a matrix that is none", L.cond(torch.ones(2, 2, dtype=torch.float64), 1)
    yield "of several, one of them", L.cond(torch.stack([torch.ones(2, 2), torch.eye(2)]), "fro")
    yield "of nothing", L.cond(torch.zeros(2, 0, 0))
    yield "how often a condition was changed", [L.cond(square, order)._version for order in (None, 2, 1, "fro", "nuc")]
    yield "by two", shown(torch, L.cond, matrix(torch, 3, 2))
    yield "by the least", shown(torch, lambda A: L.cond(A, -2), matrix(torch, 3, 2))
    yield "nuclear, by its former name", torch.norm(x, "nuc")
    yield "nuclear of other dimensions", torch.norm(A, "nuc", dim=(0, 2), keepdim=True)
    yield "nuclear, of one dimension", refused(torch.norm, A, "nuc", dim=(0,))
    yield "a norm of one dimension", refused(L.matrix_norm, A, dim=(0,))
    yield "a norm of the same dimension twice", refused(L.matrix_norm, A, dim=(1, 1))
    yield "an unknown norm", refused(L.matrix_norm, A, "max")


@scenario(cites="torch.linalg", needs=COMPLEX)
def factors_of_complex_matrices(torch):
    """Of complex matrices the factors are unitary and hermitian, and gradients are conjugated."""
    A = torch.complex(matrix(torch, 3, 3), matrix(torch, 3, 3, step=5)) + 2 * torch.eye(3, dtype=torch.complex128)
    B = torch.complex(matrix(torch, 3, 2, step=3), matrix(torch, 3, 2, step=5))
    H = A + A.mH
    P = A @ A.mH + torch.eye(3, dtype=torch.complex128)
    for label, function, given in (
        ("inverse", torch.linalg.inv, (A,)),
        ("determinant", torch.linalg.det, (A,)),
        ("sign of the determinant", lambda A: torch.linalg.slogdet(A)[0], (A,)),
        ("size of the determinant", lambda A: torch.linalg.slogdet(A)[1], (A,)),
        ("logarithm of the determinant", torch.logdet, (A,)),
        ("solve", torch.linalg.solve, (A, B)),
        ("triangular", lambda A, B: torch.linalg.solve_triangular(A, B, upper=True), (A, B)),
        ("cholesky", torch.linalg.cholesky, (P,)),
        ("cholesky from above", lambda P: torch.linalg.cholesky(P, upper=True), (P,)),
        ("cholesky_solve", lambda B, P: torch.cholesky_solve(B, torch.linalg.cholesky(P)), (B, P)),
        ("eigenvalues", torch.linalg.eigvalsh, (H,)),
        ("eigenvectors", lambda H: torch.linalg.eigh(H)[1].abs(), (H,)),
        ("singular values", torch.linalg.svdvals, (A,)),
        ("singular vectors", lambda A: torch.linalg.svd(A)[0].abs(), (A,)),
        ("qr", lambda A: torch.linalg.qr(A)[1].abs(), (A,)),
        ("lu", lambda A: torch.linalg.lu(A)[2], (A,)),
        ("lu_solve", lambda A, B: torch.linalg.lu_solve(*torch.linalg.lu_factor(A), B, adjoint=True), (A, B)),
        ("pinv", torch.linalg.pinv, (A,)),
        (
            "pinv, hermitian",
            lambda H: torch.linalg.pinv(H @ torch.eye(3, dtype=torch.complex128), hermitian=True),
            (H,),
        ),
        ("matrix_exp", torch.linalg.matrix_exp, (A * 0.25,)),
        ("power", lambda A: torch.linalg.matrix_power(A, 3), (A,)),
        ("norm", lambda A: torch.linalg.matrix_norm(A, "nuc"), (A,)),
        ("reflections", lambda A: torch.linalg.householder_product(A, A[0] * 0.25), (A,)),
        ("least squares", lambda A, B: torch.linalg.lstsq(A, B).solution, (A, B)),
    ):
        yield label, shown(torch, function, *given, twice=label == "singular vectors")
    LD, pivots = torch.linalg.ldl_factor(H, hermitian=True)
    yield "ldl, hermitian", (LD, pivots)
    yield "ldl, hermitian, solved", torch.linalg.ldl_solve(LD, pivots, B, hermitian=True)
    symmetric = A + A.mT
    LD, pivots = torch.linalg.ldl_factor(symmetric)
    yield "ldl, symmetric", (LD, pivots)
    yield "ldl, symmetric, solved", torch.linalg.ldl_solve(LD, pivots, B)


@scenario(cites="torch.lu", needs=NEEDS)
def factors_by_their_former_names(torch):
    """`torch.cholesky`, `torch.qr`, `torch.lu`, `torch.lu_solve` and `torch.triangular_solve` still are what they were."""
    A, B = positive(torch, 3, 3), matrix(torch, 3, 2, step=5)
    with warnings.catch_warnings():  # how they say that there are others now is not what is specified here
        warnings.simplefilter("ignore")
        found = {
            "cholesky": torch.cholesky(A),
            "cholesky from above": torch.cholesky(A, upper=True),
            "qr": [each.abs() for each in torch.qr(matrix(torch, 3, 2))],
            "qr, complete": [each.abs() for each in torch.qr(matrix(torch, 3, 2), some=False)],
            "lu": list(torch.lu(A)),
            "lu with infos": list(torch.lu(A, get_infos=True)),
            "lu_solve": torch.lu_solve(B, *torch.linalg.lu_factor(A)),
        }
        for upper in (True, False):
            for turned in (True, False):
                for unit in (True, False):
                    settings = {"upper": upper, "transpose": turned, "unitriangular": unit}
                    found[f"triangular_solve, {settings}"] = list(torch.triangular_solve(B, A, **settings))
    yield from found.items()
