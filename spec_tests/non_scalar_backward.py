"""Non-scalar backward: the gradient argument and vector-Jacobian products."""

from gradspec import attempt, scenario


@scenario(cites="Autograd lecture: backward(gradient=ones(5))", needs=("tensor", "grad_argument"))
def ones_give_the_elementwise_derivative(torch):
    """For an elementwise function, `backward(gradient=ones)` leaves the derivative of every element."""
    x = torch.tensor([1.0, -2.0, 3.0, 0.5, 4.0], requires_grad=True)
    (x**2 - 5).backward(gradient=torch.ones(5))
    yield "2x", x.grad


@scenario(cites="Autograd lecture: non-scalar output", needs=("tensor",))
def gradient_is_required_for_several_elements(torch):
    """`backward()` without gradient on a tensor of several elements raises an error and leaves `.grad` None."""
    x = torch.tensor([1.0, -2.0, 3.0], requires_grad=True)
    y = x**2 - 5
    yield "backward without gradient", attempt(y.backward)
    yield "the leaf", x.grad


@scenario(cites="torch.Tensor.backward: gradient", needs=("tensor", "grad_argument"))
def gradient_none_means_not_given(torch):
    """`gradient=None` means the same as no gradient: an error for several elements, one for a scalar."""
    x = torch.tensor([1.0, -2.0], requires_grad=True)
    yield "several elements", attempt((x * 3).backward, None)
    (x * 3).sum().backward(None)
    yield "a scalar", x.grad


@scenario(cites="torch.autograd.backward: grad_tensors", needs=("tensor",))
def one_element_needs_no_gradient(torch):
    """A tensor of exactly one element, of whatever shape, needs no gradient argument."""
    for shape, data in (("(1,)", [3.0]), ("(1, 1)", [[3.0]])):
        x = torch.tensor(data, requires_grad=True)
        (x * x).backward()
        yield f"shape {shape}", x.grad


@scenario(cites="torch.autograd.backward: grad_tensors", needs=("tensor", "indexing"))
def no_element_needs_a_gradient(torch):
    """A tensor without elements is not a scalar: `backward()` without gradient raises an error."""
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    empty = x[2:] * 3
    yield "backward of an empty tensor", attempt(empty.backward)


@scenario(cites="slides: Backward propagation: dL/dz = 5 is given", needs=("grad_argument",))
def scalar_takes_an_upstream_gradient(torch):
    """The gradient given to a scalar multiplies all gradients behind it."""
    x = torch.tensor(2.0, requires_grad=True)
    y = torch.tensor(3.0, requires_grad=True)
    (x * y).backward(torch.tensor(5.0))
    yield "dL/dx", x.grad
    yield "dL/dy", y.grad


@scenario(cites="tutorial: Computing Gradients for Non-Scalar Outputs", needs=("tensor", "grad_argument"))
def gradient_weights_the_elements(torch):
    """Each element of the gradient weights the derivative of the element of the output in its place."""
    x = torch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    (x * x).backward(gradient=torch.tensor([[1.0, 10.0], [-100.0, 0.5]]))
    yield "weights times 2x", x.grad


@scenario(cites="Autograd lecture: vector Jacobian product", needs=("tensor", "broadcasting", "grad_argument"))
def gradient_times_jacobian(torch):
    """`backward(v)` computes the product of v with the Jacobian, of which every row may depend on every element."""
    x = torch.tensor([1.0, -2.0, 4.0], requires_grad=True)
    (x * x.sum()).backward(torch.tensor([2.0, 3.0, -1.0]))
    yield "v·J", x.grad


@scenario(cites="Autograd lecture: vector Jacobian product", needs=("tensor", "matmul", "grad_argument"))
def gradient_goes_through_the_transposed_matrix(torch):
    """For y = A x, `y.backward(v)` leaves the product of A transposed with v."""
    matrix = torch.tensor([[1.0, 2.0, 3.0], [-4.0, 5.0, 0.5]])
    x = torch.tensor([1.0, 1.5, -1.0], requires_grad=True)
    (matrix @ x).backward(torch.tensor([10.0, -2.0]))
    yield "Aᵀv", x.grad


@scenario(cites="torch.matmul", needs=("tensor", "matmul", "grad_argument"))
def both_factors_of_a_matrix_product(torch):
    """For Y = A B, `Y.backward(V)` leaves V Bᵀ in A and Aᵀ V in B."""
    a = torch.tensor([[1.0, 2.0], [-3.0, 4.0]], requires_grad=True)
    b = torch.tensor([[0.5, -1.0], [2.0, 5.0]], requires_grad=True)
    (a @ b).backward(torch.tensor([[1.0, 10.0], [-2.0, 0.5]]))
    yield "V Bᵀ", a.grad
    yield "Aᵀ V", b.grad


@scenario(
    cites="Autograd lecture: vector Jacobian product", needs=("tensor", "broadcasting", "grad_argument", "clear_grad")
)
def unit_vectors_read_off_the_jacobian(torch):
    """Backward with the i-th unit vector leaves the i-th row of the Jacobian."""
    x = torch.tensor([1.0, -2.0, 4.0], requires_grad=True)
    y = x * x.sum()
    for row, unit in enumerate(([1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0])):
        x.grad = None
        y.backward(torch.tensor(unit), retain_graph=True)
        yield f"row {row}", x.grad


@scenario(cites="torch.autograd.backward: grad_tensors", needs=("tensor", "grad_argument"))
def weighted_sum_is_the_same(torch):
    """`y.backward(v)` leaves the same gradient as `(y * v).sum().backward()`."""
    weights = torch.tensor([0.5, -3.0, 7.0])
    by_argument = torch.tensor([1.0, 2.0, -4.0], requires_grad=True)
    (by_argument**3).backward(weights)
    yield "by the argument", by_argument.grad
    by_sum = torch.tensor([1.0, 2.0, -4.0], requires_grad=True)
    ((by_sum**3) * weights).sum().backward()
    yield "by the weighted sum", by_sum.grad


@scenario(cites="tutorial: Real-World Example: Linear Regression", needs=("tensor",))
def mean_divides_by_the_number_of_elements(torch):
    """The mean hands every element its share: one divided by the number of elements."""
    x = torch.tensor([[1.0, 2.0, -3.0, 4.0], [0.5, 6.0, 7.0, -8.0]], requires_grad=True)
    (x * x).mean().backward()
    yield "2x / 8", x.grad


@scenario(cites="torch.autograd.backward: grad_tensors", needs=("tensor", "grad_argument"))
def gradient_must_have_the_shape_of_the_output(torch):
    """A gradient of another shape raises an error, also when it has the right number of elements."""
    x = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], requires_grad=True)
    y = x * 2
    yield "(3, 2) for (2, 3)", attempt(y.backward, torch.ones(3, 2))
    yield "(6,) for (2, 3)", attempt(y.backward, torch.ones(6))
    yield "the leaf", x.grad


@scenario(cites="torch.autograd.backward: grad_tensors", needs=("tensor", "grad_argument"))
def gradient_is_not_broadcast(torch):
    """A gradient that could be broadcast to the shape of the output is refused all the same."""
    x = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], requires_grad=True)
    y = x * 2
    yield "() for (2, 3)", attempt(y.backward, torch.tensor(1.0))
    yield "(3,) for (2, 3)", attempt(y.backward, torch.ones(3))
    yield "(1, 3) for (2, 3)", attempt(y.backward, torch.ones(1, 3))
    yield "(1,) for ()", attempt(y.sum().backward, torch.ones(1))


@scenario(cites="torch.autograd.backward: grad_tensors", needs=("tensor", "grad_argument"))
def gradient_must_be_a_tensor(torch):
    """A list or a Python number as gradient raises an error."""
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * 2
    yield "a list", attempt(y.backward, [1.0, 1.0])
    yield "a number", attempt(y.sum().backward, 1.0)


@scenario(cites="torch.autograd.backward: grad_tensors", needs=("tensor", "grad_argument", "dtypes"))
def gradient_is_cast_to_the_dtype_of_the_output(torch):
    """A gradient of another real dtype is cast to that of the output; the leaf's gradient keeps the leaf's dtype."""
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    (x * 3).backward(torch.tensor([1.5, -2.0], dtype=torch.float64))
    yield "from float64", x.grad
    y = torch.tensor([1.0, 2.0], requires_grad=True)
    (y * 3).backward(torch.tensor([4, -2]))
    yield "from int64", y.grad


@scenario(cites="torch.autograd.backward: create_graph", needs=("tensor", "grad_argument", "flags"))
def gradient_that_requires_grad_leaves_no_history(torch):
    """Without create_graph the result has no history, though the gradient passed in requires grad."""
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    upstream = torch.tensor([3.0, -1.0], requires_grad=True)
    (x * x).backward(upstream)
    yield "x.grad", x.grad
    yield "it requires grad", x.grad.requires_grad


@scenario(cites="torch.Tensor.backward: gradient", needs=("tensor", "grad_argument"))
def zeros_give_zeros(torch):
    """A gradient of zeros leaves zeros in the leaf, not None."""
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    (x * x).backward(torch.zeros(2))
    yield "x.grad", x.grad


@scenario(cites="torch.Tensor.backward: gradient", needs=("tensor", "shapes", "grad_argument"))
def transposed_gradient_is_read_by_its_indices(torch):
    """A gradient that is a transposed view counts by its indices, not by its order in memory."""
    x = torch.tensor([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]], requires_grad=True)
    upstream = torch.tensor([[1.0, 10.0, 100.0], [-1.0, -2.0, -3.0]])
    (x * x).backward(upstream.t())
    yield "upstream transposed, times 2x", x.grad


@scenario(cites="torch.autograd.backward: grad_tensors", needs=("tensor", "autograd_grad", "grad_argument"))
def several_outputs_with_a_gradient_each(torch):
    """`torch.autograd.backward` of several outputs weights each by its own gradient; None stands for one."""
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    torch.autograd.backward([x * x, (x * 3).sum()], [torch.tensor([10.0, -1.0]), None])
    yield "x.grad", x.grad


@scenario(cites="torch.autograd.backward: grad_tensors", needs=("tensor", "autograd_grad", "grad_argument"))
def every_output_needs_its_gradient(torch):
    """`torch.autograd.backward` with fewer gradients than outputs raises an error."""
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    outputs = [(x * x).sum(), (x * 3).sum()]
    yield "one gradient for two outputs", attempt(torch.autograd.backward, outputs, [torch.tensor(1.0)])


@scenario(cites="torch.autograd.backward: grad_tensors", needs=("tensor", "grad_argument", "autograd_grad"))
def gradients_beyond_the_results_are_not_used(torch):
    """Of more gradients than results the first ones are used; fewer are an error."""
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    ones, tens = torch.tensor([1.0, 1.0]), torch.tensor([10.0, 10.0])
    torch.autograd.backward([x * 3], [ones, tens])
    yield "two for one result", x.grad
    yield "one for two results", attempt(torch.autograd.backward, [x * 3, x * 5], [ones])
