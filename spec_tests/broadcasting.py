"""Broadcasting: gradients come back in the shape that the operand had."""

from gradspec import attempt, scenario


@scenario(cites="Broadcasting semantics: General semantics", needs=("tensor", "broadcasting"))
def a_row_collects_over_rows(torch):
    """A row added to a matrix receives the sum of the gradients over the rows."""
    row = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    weights = torch.tensor([[1.0, 2.0, 3.0], [10.0, 20.0, 30.0]])
    ((weights + row) * weights).sum().backward()
    yield "the row", row.grad


@scenario(cites="Broadcasting semantics: General semantics", needs=("tensor", "broadcasting"))
def a_column_collects_over_columns(torch):
    """A column multiplied with a matrix receives the sum over the columns, and stays a column."""
    column = torch.tensor([[5.0], [7.0]], requires_grad=True)
    matrix = torch.tensor([[1.0, 2.0, 3.0], [10.0, 20.0, 30.0]])
    (column * matrix).sum().backward()
    yield "the column", column.grad


@scenario(cites="Broadcasting semantics: General semantics", needs=("tensor", "broadcasting"))
def both_operands_may_be_expanded(torch):
    """Where a row meets a column each collects over the dimension in which it was repeated."""
    row = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    column = torch.tensor([[5.0], [-7.0]], requires_grad=True)
    (row * column * torch.tensor([[1.0, 2.0, 3.0], [10.0, 20.0, 40.0]])).sum().backward()
    yield "the row", row.grad
    yield "the column", column.grad


@scenario(cites="Broadcasting semantics: General semantics", needs=("tensor", "broadcasting"))
def a_scalar_tensor_collects_everything(torch):
    """A 0-dimensional tensor multiplied with a matrix receives the sum over all elements, without dimensions."""
    scalar = torch.tensor(3.0, requires_grad=True)
    matrix = torch.tensor([[1.0, -2.0, 3.0], [4.0, 5.0, -6.0]], requires_grad=True)
    (scalar * matrix * matrix).sum().backward()
    yield "the scalar", scalar.grad
    yield "the matrix", matrix.grad


@scenario(cites="Broadcasting semantics: General semantics", needs=("tensor", "broadcasting"))
def missing_leading_dimensions_are_summed_away(torch):
    """An operand that lacks several leading dimensions collects over all of them."""
    vector = torch.tensor([1.0, 2.0], requires_grad=True)
    block = torch.tensor([[[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]], [[10.0, 20.0], [30.0, 40.0], [50.0, 60.0]]])
    (vector * block).sum().backward()
    yield "the vector", vector.grad


@scenario(cites="Broadcasting semantics: General semantics", needs=("tensor", "broadcasting"))
def a_middle_dimension_of_one_is_kept(torch):
    """A dimension of size one between others is summed over and kept."""
    thin = torch.tensor([[[1.0, 2.0, 3.0]], [[4.0, 5.0, 6.0]]], requires_grad=True)
    thick = torch.tensor([[1.0, 2.0, 3.0], [-3.0, 0.5, 2.0]])
    (thin * thick * thin).sum().backward()
    yield "shape (2, 1, 3)", thin.grad


@scenario(cites="Broadcasting semantics: General semantics", needs=("tensor", "broadcasting"))
def leading_and_inner_dimensions_at_once(torch):
    """An operand may lack a leading dimension and have an inner one of size one: both are undone."""
    column = torch.tensor([[2.0], [3.0]], requires_grad=True)
    block = torch.tensor([[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], [[10.0, 20.0, 30.0], [40.0, 50.0, 60.0]]])
    ((block - column * column) * block).sum().backward()
    yield "shape (2, 1)", column.grad


@scenario(cites="Broadcasting semantics: General semantics", needs=("tensor", "broadcasting"))
def one_element_is_not_a_scalar(torch):
    """Operands of shapes (1,), (1, 1) and () beside a vector each get a gradient of their own shape."""
    vector = torch.tensor([1.0, 2.0, 4.0])
    for name, data in (("(1,)", [3.0]), ("(1, 1)", [[3.0]]), ("()", 3.0)):
        x = torch.tensor(data, requires_grad=True)
        (vector * x).sum().backward()
        yield f"shape {name}", x.grad


@scenario(cites="Broadcasting semantics: General semantics", needs=("tensor", "broadcasting"))
def two_operands_of_one_element(torch):
    """A result of one element is no reason to skip the sum: shapes () and (1, 1) both get back their own."""
    scalar = torch.tensor(3.0, requires_grad=True)
    boxed = torch.tensor([[5.0]], requires_grad=True)
    (scalar * boxed).sum().backward()
    yield "shape ()", scalar.grad
    yield "shape (1, 1)", boxed.grad


@scenario(cites="Broadcasting semantics: General semantics", needs=("tensor", "broadcasting"))
def the_subtrahend_collects_with_its_sign(torch):
    """A row subtracted from a matrix receives minus the sum over the rows."""
    row = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    matrix = torch.tensor([[4.0, 5.0, 6.0], [7.0, 8.0, 10.0]])
    ((matrix - row) ** 2).sum().backward()
    yield "the row", row.grad


@scenario(cites="Broadcasting semantics: General semantics", needs=("tensor", "broadcasting"))
def the_divisor_collects_its_own_formula(torch):
    """A row that divides a matrix receives the sum of -matrix / row² over the rows."""
    row = torch.tensor([1.0, 2.0, 4.0], requires_grad=True)
    matrix = torch.tensor([[4.0, 8.0, 16.0], [-2.0, 4.0, 8.0]], requires_grad=True)
    (matrix / row).sum().backward()
    yield "the divisor", row.grad
    yield "the dividend", matrix.grad


@scenario(cites="Broadcasting semantics: General semantics", needs=("tensor", "broadcasting"))
def base_and_exponent_collect(torch):
    """A column of bases and a row of exponents each collect over the dimension in which they were repeated."""
    base = torch.tensor([[2.0], [3.0]], requires_grad=True)
    exponent = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    (base**exponent).sum().backward()
    yield "the bases", base.grad
    yield "the exponents", exponent.grad


@scenario(cites="Broadcasting semantics: General semantics", needs=("tensor", "broadcasting"))
def shapes_that_do_not_fit_are_an_error(torch):
    """Operands whose sizes differ in a dimension where neither is one raise an error."""
    a = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    b = torch.tensor([[1.0, 2.0], [3.0, 4.0]])
    yield "(3,) and (2, 2)", attempt(lambda: a * b)


@scenario(cites="Broadcasting semantics: In-place semantics", needs=("tensor", "broadcasting", "inplace"))
def the_target_in_place_cannot_grow(torch):
    """An in-place operation cannot change the shape of its target, as broadcasting it would."""
    row = torch.tensor([1.0, 2.0, 3.0])
    matrix = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
    yield "a matrix added to a row in place", attempt(row.add_, matrix)


@scenario(cites="Broadcasting semantics: In-place semantics", needs=("tensor", "broadcasting", "inplace"))
def the_other_operand_in_place_may_be_expanded(torch):
    """The operand of an in-place operation may be broadcast, and collects as usual."""
    row = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    total = torch.zeros(2, 3)
    total += row
    (total * torch.tensor([[1.0, 2.0, 3.0], [10.0, 20.0, 30.0]])).sum().backward()
    yield "the row", row.grad


@scenario(cites="torch.Tensor.expand", needs=("tensor", "shapes"))
def expand_collects(torch):
    """The gradient of `expand` is the sum over the dimensions that were expanded."""
    column = torch.tensor([[2.0], [3.0]], requires_grad=True)
    (column.expand(2, 3) * torch.tensor([[1.0, 2.0, 3.0], [10.0, 20.0, 30.0]])).sum().backward()
    yield "the column", column.grad


@scenario(cites="torch.where", needs=("tensor", "broadcasting", "functions"))
def where_broadcasts_all_three(torch):
    """`where` broadcasts condition and both values; each value collects over the places where it was chosen."""
    condition = torch.tensor([[True], [False]])
    row = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    scalar = torch.tensor(5.0, requires_grad=True)
    chosen = torch.where(condition, row, scalar)
    (chosen * torch.tensor([[1.0, 2.0, 3.0], [10.0, 20.0, 30.0]])).sum().backward()
    yield "the row, chosen in the first row", row.grad
    yield "the scalar, chosen in the second", scalar.grad


@scenario(cites="torch.matmul", needs=("tensor", "broadcasting", "matmul"))
def a_bias_collects_over_the_batch(torch):
    """In inputs @ weights + bias the bias receives the sum over the batch, the weights inputs' transpose @ gradient."""
    inputs = torch.tensor([[1.0, 2.0], [3.0, 4.0], [-5.0, 6.0]])
    weights = torch.tensor([[0.5, -1.0], [2.0, 0.25]], requires_grad=True)
    bias = torch.tensor([1.0, -3.0], requires_grad=True)
    ((inputs @ weights + bias) * torch.tensor([[1.0, 10.0], [2.0, 20.0], [3.0, -40.0]])).sum().backward()
    yield "the bias", bias.grad
    yield "the weights", weights.grad


@scenario(cites="torch.matmul", needs=("tensor", "broadcasting", "matmul"))
def matmul_broadcasts_batches(torch):
    """A matrix multiplied with a batch of matrices collects over the batch."""
    batch = torch.tensor([[[1.0, 2.0]], [[3.0, 4.0]], [[-5.0, 0.5]]])
    matrix = torch.tensor([[1.0, -1.0, 2.0], [0.5, 3.0, 4.0]], requires_grad=True)
    ((batch @ matrix) * torch.tensor([[[1.0, 2.0, 3.0]], [[1.0, 0.0, -1.0]], [[2.0, 2.0, 2.0]]])).sum().backward()
    yield "the matrix", matrix.grad


@scenario(cites="Broadcasting semantics: General semantics", needs=("tensor", "broadcasting", "functions"))
def centring_by_the_mean(torch):
    """Subtracting the column means sends back the gradient less its own column means."""
    x = torch.tensor([[1.0, 2.0, 3.0], [5.0, 8.0, 13.0]], requires_grad=True)
    ((x - x.mean(dim=0)) * torch.tensor([[1.0, 2.0, 4.0], [3.0, 5.0, 0.0]])).sum().backward()
    yield "the gradient", x.grad


@scenario(cites="Broadcasting semantics: General semantics", needs=("tensor", "broadcasting"))
def nothing_repeated_is_zero(torch):
    """A row broadcast against a matrix of no rows receives zeros, in its own shape."""
    row = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    (row * torch.zeros(0, 3)).sum().backward()
    yield "the row", row.grad


@scenario(cites="Broadcasting semantics: General semantics", needs=("tensor", "broadcasting"))
def each_use_is_reduced_before_they_add_up(torch):
    """An operand that is broadcast in two ways collects from each use in its own shape, and the two add up."""
    row = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    tall = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
    ((row * tall).sum() + (row * torch.tensor([[7.0]])).sum() + (row * row).sum()).backward()
    yield "the row", row.grad


@scenario(
    cites="Broadcasting semantics: General semantics", needs=("tensor", "broadcasting", "autograd_grad", "higher_order")
)
def second_derivatives_are_reduced_too(torch):
    """Broadcasting is undone in the second derivative as in the first."""
    scalar = torch.tensor(2.0, requires_grad=True)
    vector = torch.tensor([1.0, 3.0, -4.0], requires_grad=True)
    (by_scalar,) = torch.autograd.grad((scalar**3 * vector**2).sum(), scalar, create_graph=True)
    by_both = torch.autograd.grad(by_scalar, (scalar, vector))
    yield "by the scalar again, and by the vector", by_both


@scenario(
    cites="Broadcasting semantics: General semantics",
    needs=("tensor", "broadcasting", "flags", "graph", "autograd_grad", "higher_order"),
)
def second_derivatives_reduced_on_both_sides(torch):
    """Where dimensions are added in front and stretched behind, the second derivative is reduced over both."""
    column = torch.tensor([[2.0], [3.0]], requires_grad=True)
    block = torch.arange(12.0).reshape(3, 2, 2).requires_grad_()
    (by_column,) = torch.autograd.grad((column**2 * block**2).sum(), column, create_graph=True)
    yield "in front and behind, first", type(by_column.grad_fn).__name__
    yield "in front and behind", torch.autograd.grad(by_column.sum(), (column, block))


@scenario(cites="Broadcasting semantics", needs=("tensor", "broadcasting"))
def all_stretched_dimensions_are_summed(torch):
    """Where several dimensions of size 1 were stretched, the gradient is summed over every one of them."""
    x = torch.tensor([[[1.0], [2.0]]], requires_grad=True)
    weights = torch.tensor([[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], [[10.0, 20.0, 30.0], [40.0, 50.0, 60.0]]])
    y = x * weights
    yield "stretched along the first and the last dimension", y
    y.sum().backward()
    yield "gradient", x.grad
