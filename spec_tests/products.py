"""Products of vectors, matrices and batches: shapes, results and the gradient of each factor."""

from gradspec import attempt, scenario

VECTOR = [1.0, -2.0, 3.0]
MATRIX = [[1.0, 2.0, -3.0], [0.5, 5.0, 4.0]]
TALL = [[2.0, -1.0], [1.0, 3.0], [4.0, 0.5]]
BATCH = [[[1.0, 2.0, 0.5], [-1.0, 3.0, 2.0]], [[4.0, 1.0, -2.0], [2.0, 0.0, 1.0]]]
TALL_BATCH = [[[1.0, 2.0], [3.0, -1.0], [0.5, 4.0]], [[2.0, 0.0], [1.0, 5.0], [-3.0, 1.0]]]
NEEDS = ("tensor", "matmul")


def factors(torch, function, *data):
    """The product, and the gradient of each factor where the product's elements count 1, 2, 3, ..."""
    tensors = [torch.tensor(each, requires_grad=True) for each in data]
    product = function(*tensors)
    (product * torch.arange(1.0, product.numel() + 1).reshape(product.shape)).sum().backward()
    return product.detach(), *(each.grad for each in tensors)


@scenario(cites="torch.matmul", needs=NEEDS)
def matrix_times_matrix(torch):
    """The left factor of A @ B receives gradient @ Bᵀ and the right one Aᵀ @ gradient."""
    yield "(2, 3) @ (3, 2)", factors(torch, lambda a, b: a @ b, MATRIX, TALL)


@scenario(cites="torch.matmul", needs=NEEDS)
def vector_times_vector(torch):
    """`@` between two vectors is their scalar product, without dimensions."""
    yield "(3) @ (3)", factors(torch, lambda a, b: a @ b, VECTOR, [5.0, 0.5, -1.0])


@scenario(cites="torch.matmul", needs=NEEDS)
def matrix_times_vector(torch):
    """A matrix times a vector is a vector; the matrix receives the outer product of gradient and vector."""
    yield "(2, 3) @ (3)", factors(torch, lambda a, b: a @ b, MATRIX, VECTOR)


@scenario(cites="torch.matmul", needs=NEEDS)
def vector_times_matrix(torch):
    """A vector times a matrix is taken as a row, and the row's dimension is dropped from the result."""
    yield "(3) @ (3, 2)", factors(torch, lambda a, b: a @ b, VECTOR, TALL)


@scenario(cites="torch.matmul", needs=NEEDS)
def batches_are_multiplied_one_by_one(torch):
    """Three-dimensional factors are batches of matrices, which are multiplied pair by pair."""
    yield "(2, 2, 3) @ (2, 3, 2)", factors(torch, torch.matmul, BATCH, TALL_BATCH)


@scenario(cites="torch.matmul", needs=(*NEEDS, "broadcasting"))
def one_matrix_serves_the_whole_batch(torch):
    """A matrix beside a batch multiplies each matrix of it and collects over the batch, on either side."""
    yield "(2, 2, 3) @ (3, 2)", factors(torch, torch.matmul, BATCH, TALL)
    yield "(2, 3) @ (2, 3, 2)", factors(torch, torch.matmul, MATRIX, TALL_BATCH)


@scenario(cites="torch.matmul", needs=(*NEEDS, "broadcasting"))
def one_vector_serves_the_whole_batch(torch):
    """A vector beside a batch multiplies each matrix of it, on either side, and collects over the batch."""
    yield "(2, 2, 3) @ (3)", factors(torch, torch.matmul, BATCH, VECTOR)
    yield "(3) @ (2, 3, 2)", factors(torch, torch.matmul, VECTOR, TALL_BATCH)


@scenario(cites="torch.matmul", needs=(*NEEDS, "broadcasting", "shapes"))
def batch_dimensions_are_broadcast(torch):
    """The dimensions before the last two are broadcast against each other; a repeated factor collects."""
    yield "(2, 1, 2, 3) @ (2, 3, 2)", factors(torch, lambda a, b: a.unsqueeze(1) @ b, BATCH, TALL_BATCH)
    yield "(1, 2, 3) @ (2, 3, 2)", factors(torch, lambda a, b: a.unsqueeze(0) @ b, MATRIX, TALL_BATCH)


@scenario(cites="torch.matmul", needs=NEEDS)
def inner_sizes_must_agree(torch):
    """Factors whose inner sizes differ raise an error that names the shapes."""
    matrix, vector, batch = torch.zeros(2, 3), torch.zeros(2), torch.zeros(2, 2, 3)
    yield "matrix @ matrix", attempt(lambda: matrix @ matrix)
    yield "matrix @ vector", attempt(lambda: matrix @ vector)
    yield "vector @ matrix", attempt(lambda: torch.zeros(3) @ matrix)
    yield "vector @ vector", attempt(lambda: vector @ torch.zeros(3))
    yield "batch @ matrix", attempt(lambda: batch @ matrix)
    yield "batch @ batch", attempt(lambda: batch @ batch)


@scenario(cites="torch.matmul", needs=(*NEEDS, "broadcasting"))
def batch_sizes_must_agree(torch):
    """Batches of different sizes, neither of them one, raise an error."""
    yield "two and three", attempt(torch.matmul, torch.zeros(2, 2, 3), torch.zeros(3, 3, 2))


@scenario(cites="torch.matmul", needs=NEEDS)
def scalars_are_no_matrices(torch):
    """`@` with a tensor without dimensions raises a RuntimeError, with a Python number a TypeError."""
    matrix = torch.zeros(2, 3)
    yield "matrix @ scalar", attempt(lambda: matrix @ torch.tensor(2.0))
    yield "scalar @ matrix", attempt(lambda: torch.tensor(2.0) @ matrix)
    yield "matrix @ 2.0", attempt(lambda: matrix @ 2.0)
    yield "matmul(matrix, 2.0)", attempt(torch.matmul, matrix, 2.0)


@scenario(cites="torch.matmul", needs=(*NEEDS, "dtypes"))
def factors_are_not_promoted(torch):
    """Unlike `*`, a product of matrices raises an error where the dtypes differ."""
    single, double = torch.zeros(2, 2), torch.zeros(2, 2, dtype=torch.float64)
    yield "matrices", attempt(lambda: single @ double)
    yield "vectors", attempt(lambda: single[0] @ double[0])
    yield "a matrix and a vector", attempt(lambda: single @ double[0])
    yield "batches", attempt(torch.bmm, single[None], double[None])
    yield "addmm", attempt(torch.addmm, single, single, double)
    yield "integers alone", torch.tensor([[1, 2], [3, 4]]) @ torch.tensor([[5, 6], [7, 8]])


@scenario(cites="torch.matmul", needs=NEEDS)
def products_over_nothing_are_zero(torch):
    """An inner size of zero gives a product of zeros, and gradients without elements."""
    a = torch.zeros(2, 0, requires_grad=True)
    b = torch.zeros(0, 3, requires_grad=True)
    product = a @ b
    product.sum().backward()
    yield "(2, 0) @ (0, 3)", product.detach()
    yield "the first", a.grad
    yield "the second", b.grad


@scenario(cites="torch.mm", needs=NEEDS)
def mm_is_for_matrices(torch):
    """`mm` multiplies two matrices and raises an error for anything else."""
    yield "(2, 3) and (3, 2)", factors(torch, torch.mm, MATRIX, TALL)
    yield "a vector on the left", attempt(torch.mm, torch.zeros(3), torch.zeros(3, 2))
    yield "a vector on the right", attempt(torch.mm, torch.zeros(2, 3), torch.zeros(3))


@scenario(cites="torch.mv; torch.dot", needs=NEEDS)
def mv_and_dot(torch):
    """`mv` multiplies a matrix and a vector, `dot` two vectors, and neither takes anything else."""
    yield "mv", factors(torch, torch.mv, MATRIX, VECTOR)
    yield "dot", factors(torch, torch.dot, VECTOR, [5.0, 0.5, -1.0])
    yield "mv of two vectors", attempt(torch.mv, torch.zeros(3), torch.zeros(3))
    yield "dot of a matrix", attempt(torch.dot, torch.zeros(2, 3), torch.zeros(3))
    yield "dot of different sizes", attempt(torch.dot, torch.zeros(2), torch.zeros(3))


@scenario(cites="torch.bmm", needs=NEEDS)
def bmm_does_not_broadcast(torch):
    """`bmm` multiplies batches of equal size and raises an error for other sizes and dimensions."""
    yield "(2, 2, 3) and (2, 3, 2)", factors(torch, torch.bmm, BATCH, TALL_BATCH)
    yield "a matrix on the left", attempt(torch.bmm, torch.zeros(2, 3), torch.zeros(2, 3, 2))
    yield "a matrix on the right", attempt(torch.bmm, torch.zeros(2, 2, 3), torch.zeros(3, 2))
    yield "other batch sizes", attempt(torch.bmm, torch.zeros(1, 2, 3), torch.zeros(2, 3, 2))


@scenario(cites="torch.outer", needs=NEEDS)
def outer_multiplies_each_with_each(torch):
    """`outer` of two vectors multiplies each element of one with each of the other."""
    yield "(3) and (2)", factors(torch, torch.outer, VECTOR, [10.0, 0.5])
    yield "a matrix on the left", attempt(torch.outer, torch.zeros(2, 2), torch.zeros(2))
    yield "a matrix on the right", attempt(torch.outer, torch.zeros(2), torch.zeros(2, 2))


@scenario(cites="torch.addmm", needs=(*NEEDS, "broadcasting"))
def addmm_adds_a_product(torch):
    """`addmm` adds a product of matrices to a tensor, which is broadcast and then collects."""
    yield "a matrix", factors(torch, torch.addmm, [[10.0, 20.0], [30.0, 40.0]], MATRIX, TALL)
    yield "a row", factors(torch, torch.addmm, [10.0, 20.0], MATRIX, TALL)
    yield "a scalar", factors(torch, torch.addmm, 10.0, MATRIX, TALL)


@scenario(cites="torch.addmm: beta, alpha", needs=NEEDS)
def addmm_scales_both_parts(torch):
    """beta scales what is added to and alpha the product, in the result and in the gradients."""
    yield (
        "beta=2, alpha=3",
        factors(
            torch, lambda c, a, b: torch.addmm(c, a, b, beta=2, alpha=3), [[10.0, 20.0], [30.0, 40.0]], MATRIX, TALL
        ),
    )


@scenario(cites="torch.addmm", needs=NEEDS)
def addmm_needs_fitting_shapes(torch):
    """`addmm` raises an error for inner sizes that differ and for a tensor that cannot be expanded."""
    a, b = torch.zeros(2, 3), torch.zeros(3, 2)
    yield "the inner sizes", attempt(torch.addmm, torch.zeros(2, 2), a, a)
    yield "what is added to", attempt(torch.addmm, torch.zeros(3), a, b)


@scenario(cites="torch.matmul", needs=(*NEEDS, "shapes"))
def transposed_factors(torch):
    """Factors that are transposed or strided views are multiplied by position, and receive gradients in their own shape."""
    yield "Aᵀ @ A", factors(torch, lambda a: a.t() @ a, MATRIX)
    yield "A @ Aᵀ", factors(torch, lambda a: torch.matmul(a, a.mT), MATRIX)
    yield "every other column", factors(torch, lambda a, v: a[:, ::2] @ v[:2], MATRIX, VECTOR)


@scenario(cites="torch.matmul", needs=(*NEEDS, "flags"))
def a_constant_factor_receives_nothing(torch):
    """Beside a constant factor only the other receives a gradient."""
    a, b = torch.tensor(MATRIX, requires_grad=True), torch.tensor(TALL)
    (a @ b).sum().backward()
    yield "the leaf", a.grad
    yield "the constant", b.grad


@scenario(cites="torch.matmul", needs=(*NEEDS, "autograd_grad", "higher_order"))
def products_differentiate_twice(torch):
    """The derivative of a product by one factor depends on the other, and is differentiated by it in turn."""
    for label, left, right in (
        ("matrices", MATRIX, TALL),
        ("a matrix and a vector", MATRIX, VECTOR),
        ("vectors", VECTOR, [5.0, 0.5, -1.0]),
        ("batches", BATCH, TALL_BATCH),
        ("a vector and a matrix", VECTOR, TALL),
    ):
        a, b = torch.tensor(left, requires_grad=True), torch.tensor(right, requires_grad=True)
        by_a, by_b = torch.autograd.grad(((a @ b) ** 2).sum(), (a, b), create_graph=True)
        yield label, torch.autograd.grad((by_a**2).sum() + (by_b * b).sum(), (a, b))


@scenario(cites="torch.addmm", needs=(*NEEDS, "autograd_grad", "higher_order"))
def addmm_differentiates_twice(torch):
    """A scaled sum with a product has the second derivatives of its parts."""
    c = torch.tensor([[1.0, -2.0], [0.5, 3.0]], requires_grad=True)
    a, b = torch.tensor(MATRIX, requires_grad=True), torch.tensor(TALL, requires_grad=True)
    result = torch.addmm(c, a, b, beta=2, alpha=3)
    by_a, by_b, by_c = torch.autograd.grad((result**2).sum(), (a, b, c), create_graph=True)
    yield (
        "the sum of their squares",
        torch.autograd.grad((by_a**2).sum() + (by_b**2).sum() + (by_c**2).sum(), (a, b, c)),
    )


@scenario(cites="torch.matmul", needs=NEEDS)
def products_are_functions_and_methods(torch):
    """`matmul`, `mm`, `mv`, `dot`, `bmm` and `outer` are methods, too; `@` is matmul."""
    a, b, v = torch.tensor(MATRIX), torch.tensor(TALL), torch.tensor(VECTOR)
    yield "matmul", a.matmul(b)
    yield "mm", a.mm(b)
    yield "mv", a.mv(v)
    yield "dot", v.dot(v)
    yield "bmm", torch.tensor(BATCH).bmm(torch.tensor(TALL_BATCH))
    yield "outer", v.outer(v)
