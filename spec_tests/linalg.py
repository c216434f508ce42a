"""Linear algebra: inverses, determinants, decompositions, and sums of products over named dimensions."""

from gradspec import attempt, scenario

A = [[4.0, 1.0, -2.0], [0.5, 3.0, 1.0], [1.0, -1.0, 5.0]]
B = [[2.0, -1.0, 0.5], [1.0, 3.0, 0.0], [0.0, 1.0, -2.0]]
POSITIVE = [[4.0, 1.0, 0.5], [1.0, 3.0, -1.0], [0.5, -1.0, 2.0]]
SINGULAR = [[1.0, 2.0], [2.0, 4.0]]
WIDE = [[1.0, 2.0, 3.0], [4.0, -5.0, 6.0]]
NEEDS = ("tensor", "matmul", "functions", "shapes")
TWICE = (*NEEDS, "autograd_grad", "higher_order")


def weighted(torch, y):
    """The sum of y's elements times 1, 2, 3, ...: no two of them count the same."""
    return (y.reshape(-1) * torch.arange(1.0, y.numel() + 1)).sum()


def gradients(torch, function, *data):
    """The result of `function` on the tensors, and their gradients with weights 1, 2, 3, ..."""
    tensors = [torch.tensor(each, dtype=torch.float64, requires_grad=True) for each in data]
    y = function(*tensors)
    weighted(torch, y).backward()
    return (y.detach(), *(t.grad for t in tensors))


def second(torch, function, data):
    """The second derivative: of the gradient (with weights 1, 2, 3, ...), summed with weights again."""
    x = torch.tensor(data, dtype=torch.float64, requires_grad=True)
    (first,) = torch.autograd.grad(weighted(torch, function(x)), x, create_graph=True)
    (result,) = torch.autograd.grad(weighted(torch, first), x)
    return result


@scenario(cites="torch.linalg.inv", needs=TWICE)
def inverses(torch):
    """The gradient of an inverse goes through the inverse twice; batches are inverted matrix by matrix."""
    yield "a matrix", gradients(torch, torch.linalg.inv, A)
    yield "two of them", gradients(torch, lambda x: x.inverse(), [A, B])
    yield "twice", second(torch, torch.inverse, A)


@scenario(cites="torch.linalg.det", needs=TWICE)
def determinants(torch):
    """The gradient of a determinant is the determinant times the inverse, transposed."""
    yield "a matrix", gradients(torch, torch.linalg.det, A)
    yield "two of them", gradients(torch, lambda x: x.det(), [A, B])
    yield "twice", second(torch, torch.det, A)


@scenario(cites="torch.linalg.det", needs=NEEDS)
def determinants_of_singular_matrices(torch):
    """Where the determinant is found to be exactly zero its gradient is zero, whatever the cofactors are."""
    yield "rank one less", gradients(torch, torch.linalg.det, SINGULAR)


@scenario(cites="torch.linalg.slogdet", needs=(*NEEDS, "flags"))
def logarithms_of_determinants(torch):
    """`slogdet` gives sign and logarithm of the determinant by name; the gradient of the logarithm is the inverse, transposed."""
    yield "positive", gradients(torch, lambda x: torch.linalg.slogdet(x).logabsdet, A)
    yield "negative", gradients(torch, lambda x: torch.slogdet(x)[1], B)
    yield "the sign", torch.linalg.slogdet(torch.tensor(B)).sign
    yield "singular", tuple(torch.linalg.slogdet(torch.zeros(2, 2)))


@scenario(cites="torch.linalg.solve", needs=NEEDS)
def linear_systems(torch):
    """`solve` sends gradients to the matrix and to the right-hand side, a vector or the columns of a matrix."""
    yield "a vector", gradients(torch, torch.linalg.solve, A, [1.0, 2.0, -3.0])
    yield "columns", gradients(torch, torch.linalg.solve, A, [[1.0, 0.0], [2.0, 1.0], [-3.0, 4.0]])
    yield "two systems", gradients(torch, torch.linalg.solve, [A, B], [[1.0, 2.0, 3.0], [-1.0, 0.0, 1.0]])


@scenario(cites="torch.linalg.solve: left", needs=NEEDS)
def systems_from_the_right(torch):
    """With left=False it is X A = B that is solved."""
    yield "rows", gradients(torch, lambda a, b: torch.linalg.solve(a, b, left=False), A, WIDE)


@scenario(cites="torch.linalg.cholesky", needs=TWICE)
def cholesky_factors(torch):
    """`cholesky` gives the lower triangular factor, or the upper one; its gradient is symmetric."""
    yield "lower", gradients(torch, torch.linalg.cholesky, POSITIVE)
    yield "upper", gradients(torch, lambda x: torch.linalg.cholesky(x, upper=True), POSITIVE)
    yield (
        "two of them",
        gradients(torch, torch.linalg.cholesky, [POSITIVE, [[2.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]]),
    )
    yield "twice", second(torch, torch.linalg.cholesky, POSITIVE)


@scenario(cites="torch.linalg.eigh", needs=NEEDS)
def eigenvalues_of_symmetric_matrices(torch):
    """`eigvalsh` gives the eigenvalues in rising order; their gradients are the projections on the eigenvectors."""
    yield "eigvalsh", gradients(torch, torch.linalg.eigvalsh, POSITIVE)
    yield "eigh", gradients(torch, lambda x: torch.linalg.eigh(x).eigenvalues, POSITIVE)
    yield "two of them", gradients(torch, torch.linalg.eigvalsh, [[[2.0, 1.0], [1.0, 2.0]], [[0.0, 3.0], [3.0, 1.0]]])


@scenario(cites="torch.linalg.eigh", needs=NEEDS)
def eigenvectors_of_symmetric_matrices(torch):
    """Eigenvectors have gradients as far as the result does not depend on their signs."""
    yield "their squares", gradients(torch, lambda x: torch.linalg.eigh(x).eigenvectors ** 2, POSITIVE)
    yield (
        "values and vectors",
        gradients(torch, lambda x: torch.linalg.eigh(x)[1] ** 2 * torch.linalg.eigh(x)[0], POSITIVE),
    )


@scenario(cites="torch.linalg.qr", needs=NEEDS)
def orthogonal_and_triangular_factors(torch):
    """`qr` gives Q and R by name; gradients come from both."""
    tall = [[1.0, 2.0], [3.0, -1.0], [0.5, 4.0]]
    yield "R of a square", gradients(torch, lambda x: torch.linalg.qr(x).R ** 2, A)
    yield "Q of a square", gradients(torch, lambda x: torch.linalg.qr(x).Q ** 2, A)
    yield "R of a tall one", gradients(torch, lambda x: torch.linalg.qr(x)[1] ** 2, tall)
    yield "Q of a tall one", gradients(torch, lambda x: torch.linalg.qr(x)[0] ** 2, tall)


@scenario(cites="torch.linalg", needs=NEEDS)
def matrices_that_must_be_square(torch):
    """What needs square matrices raises an error for others, and for vectors."""
    for name in ("inv", "det", "slogdet", "cholesky", "eigh"):
        function = getattr(torch.linalg, name)
        yield f"{name} of two by three", attempt(function, torch.tensor(WIDE))
        yield f"{name} of a vector", attempt(function, torch.ones(3))


@scenario(cites="torch.linalg.inv; torch.linalg.solve; torch.linalg.cholesky", needs=NEEDS)
def matrices_that_have_no_inverse(torch):
    """A singular matrix cannot be inverted, nor a system with it be solved, nor an indefinite one be factored: LinAlgError."""
    x = torch.tensor(SINGULAR)
    yield "inv", attempt(torch.linalg.inv, x)
    yield "solve", attempt(torch.linalg.solve, x, torch.ones(2))
    yield "cholesky", attempt(torch.linalg.cholesky, torch.tensor([[1.0, 2.0], [2.0, 1.0]]))


@scenario(cites="torch.linalg.inv; torch.linalg.solve; torch.linalg.cholesky", needs=NEEDS)
def which_matrix_has_no_inverse(torch):
    """Of a batch the error names the matrix that was to blame."""
    x = torch.tensor([[[1.0, 2.0], [3.0, 4.0]], SINGULAR])
    yield "inv", attempt(torch.linalg.inv, x)
    yield "solve", attempt(torch.linalg.solve, x, torch.ones(2, 2))
    yield "cholesky", attempt(torch.linalg.cholesky, -x)


@scenario(cites="torch.linalg.matrix_power", needs=NEEDS)
def powers_of_matrices(torch):
    """`matrix_power` multiplies a matrix by itself, its inverse for negative powers; the zeroth is a constant."""
    yield "third", gradients(torch, lambda x: torch.linalg.matrix_power(x, 3), A)
    yield "inverse square", gradients(torch, lambda x: x.matrix_power(-2), A)
    yield "zeroth", torch.linalg.matrix_power(torch.tensor(A), 0)


@scenario(cites="torch.linalg.multi_dot", needs=NEEDS)
def products_of_several_matrices(torch):
    """`multi_dot` multiplies several matrices, and each has its gradient."""
    yield "three", gradients(torch, lambda a, b, c: torch.linalg.multi_dot([a, b, c]), WIDE, A, B)


@scenario(cites="torch.linalg.cross", needs=NEEDS)
def cross_products(torch):
    """`cross` is perpendicular to both, and its gradients are cross products."""
    yield "vectors", gradients(torch, torch.linalg.cross, [1.0, 2.0, 3.0], [-4.0, 5.0, 0.5])
    yield "columns", gradients(torch, lambda a, b: torch.cross(a, b, dim=0), A, B)
    yield "rows", gradients(torch, lambda a, b: a.cross(b, dim=-1), WIDE, WIDE[::-1])


@scenario(cites="torch.linalg.norm; torch.linalg.vector_norm", needs=NEEDS)
def norms_by_their_names(torch):
    """`linalg.norm` without an order is Euclid's over all elements; `vector_norm` treats all of them as one vector."""
    yield "norm", gradients(torch, torch.linalg.norm, WIDE)
    yield "of the rows", gradients(torch, lambda x: torch.linalg.norm(x, dim=1), WIDE)
    yield "vector_norm 1", gradients(torch, lambda x: torch.linalg.vector_norm(x, 1), WIDE)
    yield "vector_norm inf, kept", gradients(torch, lambda x: torch.linalg.vector_norm(x, float("inf"), 0, True), WIDE)


@scenario(cites="torch.trace; torch.linalg.diagonal", needs=NEEDS)
def traces_and_diagonals(torch):
    """`trace` sums the diagonal, of a matrix that need not be square; `linalg.diagonal` is a view of the last two dimensions."""
    yield "square", gradients(torch, torch.trace, A)
    yield "wide", gradients(torch, lambda x: x.trace(), WIDE)
    yield "of a vector", attempt(torch.ones(3).trace)
    yield "diagonals of a batch", gradients(torch, lambda x: torch.linalg.diagonal(x, offset=1), [A, B])


@scenario(cites="torch.kron", needs=NEEDS)
def kronecker_products(torch):
    """`kron` puts a multiple of the second in the place of each element of the first."""
    yield "matrices", gradients(torch, torch.kron, WIDE, SINGULAR)
    yield "a vector and a matrix", gradients(torch, torch.kron, [1.0, -2.0], SINGULAR)


@scenario(cites="torch.tensordot", needs=NEEDS)
def sums_over_pairs_of_dimensions(torch):
    """`tensordot` sums over the last dimensions of one with the first of the other, or over those that are listed."""
    block = [A, B]
    yield "one", gradients(torch, lambda a, b: torch.tensordot(a, b, 1), block, A)
    yield "two", gradients(torch, torch.tensordot, block, A)
    yield "none", gradients(torch, lambda a, b: torch.tensordot(a, b, 0), [1.0, 2.0], WIDE)
    yield "listed", gradients(torch, lambda a, b: torch.tensordot(a, b, dims=([0, 2], [0, -1])), block, WIDE)


@scenario(cites="torch.einsum", needs=NEEDS)
def sums_over_letters(torch):
    """`einsum` sums over the letters that the result does not have."""
    yield "a product", gradients(torch, lambda a, b: torch.einsum("ij,jk->ik", a, b), WIDE, A)
    yield "element by element", gradients(torch, lambda a, b: torch.einsum("ij,ij->ij", a, b), A, B)
    yield "a sum", gradients(torch, lambda a: torch.einsum("ij->j", a), WIDE)
    yield "a transpose", gradients(torch, lambda a: torch.einsum("ij->ji", a), WIDE)
    three = [1.0, 2.0], WIDE, [1.0, 0.0, -1.0]
    yield "three operands", gradients(torch, lambda a, b, c: torch.einsum("i,ij,j->", a, b, c), *three)


@scenario(cites="torch.einsum", needs=NEEDS)
def letters_that_stand_twice(torch):
    """A letter that stands twice in one operand means its diagonal."""
    yield "a diagonal", gradients(torch, lambda a: torch.einsum("ii->i", a), A)
    yield "a trace", gradients(torch, lambda a: torch.einsum("ii", a), A)


@scenario(cites="torch.einsum", needs=NEEDS)
def dimensions_without_letters(torch):
    """Dots stand for whatever dimensions are left, which are broadcast."""
    yield "a batch", gradients(torch, lambda a, b: torch.einsum("...ij,...jk->...ik", a, b), [A, B], A)
    yield "without a result", gradients(torch, lambda a: torch.einsum("...ij->...i", a), [A, B])


@scenario(cites="torch.einsum", needs=NEEDS)
def results_that_are_not_named(torch):
    """Without an arrow the result has the letters that stand once, in alphabetical order."""
    yield "ba", gradients(torch, lambda a: torch.einsum("ba", a), WIDE)
    yield "a product", gradients(torch, lambda a, b: torch.einsum("kj, ji", a, b), WIDE, A)


@scenario(cites="torch.einsum", needs=NEEDS)
def letters_must_fit(torch):
    """`einsum` raises a RuntimeError where operands and terms do not match."""
    x = torch.tensor(WIDE)
    yield "an operand too many", attempt(torch.einsum, "ij->j", x, x)
    yield "an operand too few", attempt(torch.einsum, "ij,jk->ik", x)


@scenario(cites="torch.addmv; torch.addr", needs=(*NEEDS, "broadcasting"))
def products_added_to_vectors_and_matrices(torch):
    """`addmv` and `addr` add `alpha` times a product to `beta` times the first, each with its gradient."""
    v, w = [1.0, -2.0], [0.5, 3.0, 1.0]
    yield "addmv", gradients(torch, torch.addmv, v, WIDE, w)
    yield "addmv, scaled", gradients(torch, lambda a, b, c: torch.addmv(a, b, c, beta=0.5, alpha=2), v, WIDE, w)
    yield "addr", gradients(torch, torch.addr, WIDE, v, w)
    yield "addr, scaled", gradients(torch, lambda a, b, c: a.addr(b, c, beta=2, alpha=0.5), WIDE, v, w)


@scenario(cites="torch.baddbmm; torch.addbmm", needs=(*NEEDS, "broadcasting"))
def products_of_batches_added(torch):
    """`baddbmm` adds products matrix by matrix, `addbmm` their sum over the batch."""
    left, right = [WIDE, [[0.0, 1.0, 0.0], [1.0, 0.5, 2.0]]], [A, B]
    yield "baddbmm", gradients(torch, torch.baddbmm, [WIDE, WIDE], left, right)
    yield (
        "baddbmm, scaled",
        gradients(torch, lambda a, b, c: torch.baddbmm(a, b, c, beta=2, alpha=0.5), WIDE, left, right),
    )
    yield "addbmm", gradients(torch, torch.addbmm, WIDE, left, right)
    yield "addbmm, scaled", gradients(torch, lambda a, b, c: a.addbmm(b, c, beta=0.5, alpha=3), WIDE, left, right)


@scenario(cites="torch.addmm: beta", needs=NEEDS)
def what_beta_zero_leaves_out(torch):
    """With beta=0 what stands in the first is not looked at, be it nan."""
    nan = torch.full((2,), float("nan"))
    yield "addmv", torch.addmv(nan, torch.tensor(WIDE), torch.ones(3), beta=0)
    yield "addmm", torch.addmm(nan[:, None], torch.tensor(WIDE), torch.ones(3, 2), beta=0)


@scenario(cites="torch.Tensor.addmm_", needs=(*NEEDS, "inplace"))
def products_added_in_place(torch):
    """The in-place forms add the product to the tensor itself, and are recorded."""
    x = torch.tensor(WIDE, requires_grad=True)
    y = x * 1
    y.addmm_(torch.tensor(SINGULAR), x, beta=0.5)
    weighted(torch, y).backward()
    yield "addmm_", (y.detach(), x.grad)
    v = torch.tensor([1.0, 2.0])
    yield "addmv_", v.addmv_(torch.tensor(SINGULAR), torch.ones(2), alpha=2)


@scenario(cites="torch.diag; torch.diag_embed; torch.block_diag", needs=NEEDS)
def diagonals_made_into_matrices(torch):
    """`diag`, `diag_embed` and `block_diag` put elements on diagonals, from where their gradients come back."""
    yield "diag of a vector", gradients(torch, torch.diag, [1.0, 2.0])
    yield "diag of a vector, above", gradients(torch, lambda x: x.diag(1), [1.0, 2.0])
    yield "diag of a matrix", gradients(torch, lambda x: x.diag(-1), A)
    yield "diag_embed", gradients(torch, lambda x: torch.diag_embed(x, offset=-1), WIDE)
    yield "diag_embed in front", gradients(torch, lambda x: torch.diag_embed(x, dim1=0, dim2=2), WIDE)
    yield "block_diag", gradients(torch, torch.block_diag, WIDE, [3.0, 4.0], 5.0)
    yield "of three dimensions", attempt(torch.diag, torch.ones(1, 1, 1))


@scenario(cites="torch.linalg; torch.Tensor.grad_fn", needs=(*NEEDS, "graph"))
def names_of_linear_algebra(torch):
    """Decompositions have nodes of their own."""
    x = torch.tensor(POSITIVE, requires_grad=True)
    for name in ("inv", "det", "cholesky"):
        yield name, getattr(torch.linalg, name)(x).grad_fn.name()
    for name in ("slogdet", "eigh", "qr"):
        yield name, getattr(torch.linalg, name)(x)[1].grad_fn.name()
    yield "solve", torch.linalg.solve(x, torch.ones(3)).grad_fn.name()
    yield "cross", torch.linalg.cross(x, x).grad_fn.name()
    yield "trace", x.trace().grad_fn.name()
    yield "addmv", torch.addmv(x[0], x, x[1]).grad_fn.name()
