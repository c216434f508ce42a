"""Higher order: gradients that can be differentiated again."""

from gradspec import attempt, scenario


@scenario(cites="torch.autograd.grad", needs=("autograd_grad",))
def grad_returns_a_tuple(torch):
    """`torch.autograd.grad` returns a tuple: one gradient for each input, in the order of the inputs."""
    x = torch.tensor(2.0, requires_grad=True)
    y = torch.tensor(5.0, requires_grad=True)
    z = x * x * y
    yield "one input", torch.autograd.grad(z, x, retain_graph=True)
    yield "y before x", torch.autograd.grad(z, (y, x))


@scenario(cites="torch.autograd.grad", needs=("autograd_grad",))
def grad_accumulates_nowhere(torch):
    """`torch.autograd.grad` returns gradients and leaves every `.grad` as it was."""
    x = torch.tensor(3.0, requires_grad=True)
    w = torch.tensor(2.0, requires_grad=True)
    (x * 10).backward()
    torch.autograd.grad(x * x * w, x)
    yield "the input", x.grad
    yield "another leaf", w.grad


@scenario(cites="torch.autograd.grad: inputs", needs=("autograd_grad",))
def grad_of_an_intermediate(torch):
    """`torch.autograd.grad` takes intermediate results as inputs, and gives their gradient over all later paths."""
    x = torch.tensor(2.0, requires_grad=True)
    y = x * 3
    yield "d(y² + 5y)/dy at 6", torch.autograd.grad(y * y + y * 5, y)


@scenario(cites="torch.autograd.grad: inputs", needs=("autograd_grad",))
def the_same_input_twice(torch):
    """An input that is given twice has its whole gradient at both places."""
    x = torch.tensor(2.0, requires_grad=True)
    yield "d(x³)/dx, twice", torch.autograd.grad(x * x * x, (x, x))


@scenario(cites="torch.autograd.grad: outputs", needs=("autograd_grad",))
def gradients_of_several_outputs_are_summed(torch):
    """For several outputs `torch.autograd.grad` returns the sum of their gradients."""
    x = torch.tensor(2.0, requires_grad=True)
    yield "d(x² + 5x)/dx at 2", torch.autograd.grad([x * x, x * 5], x)


@scenario(cites="torch.autograd.grad: grad_outputs", needs=("autograd_grad", "tensor"))
def grad_outputs_weight_the_elements(torch):
    """`grad_outputs` is the vector of the vector-Jacobian product."""
    x = torch.tensor([1.0, -2.0, 3.0], requires_grad=True)
    weights = torch.tensor([10.0, 0.5, -1.0])
    yield "weights times 3x²", torch.autograd.grad(x * x * x, x, grad_outputs=weights)


@scenario(cites="torch.autograd.grad: grad_outputs", needs=("autograd_grad", "tensor"))
def grad_outputs_are_required_for_several_elements(torch):
    """Without `grad_outputs` the gradient of an output of several elements is an error."""
    x = torch.tensor([1.0, -2.0, 3.0], requires_grad=True)
    yield "no grad_outputs", attempt(torch.autograd.grad, x * x, x)


@scenario(cites="torch.autograd.grad: grad_outputs", needs=("autograd_grad", "tensor"))
def grad_outputs_must_have_the_shape_of_the_output(torch):
    """`grad_outputs` of another shape than the output raise an error."""
    x = torch.tensor([1.0, -2.0, 3.0], requires_grad=True)
    yield "two for three", attempt(torch.autograd.grad, x * x, x, torch.tensor([1.0, 2.0]))


@scenario(cites="torch.autograd.grad: allow_unused", needs=("autograd_grad",))
def unused_input_is_an_error(torch):
    """An input that the output does not depend on raises an error, unless allow_unused=True."""
    x = torch.tensor(2.0, requires_grad=True)
    stranger = torch.tensor(3.0, requires_grad=True)
    yield "one of two unused", attempt(torch.autograd.grad, x * x, (x, stranger))


@scenario(cites="torch.autograd.grad: allow_unused", needs=("autograd_grad",))
def allow_unused_gives_none(torch):
    """With allow_unused=True an input that the output does not depend on has None for its gradient."""
    x = torch.tensor(2.0, requires_grad=True)
    stranger = torch.tensor(3.0, requires_grad=True)
    yield "one of two unused", torch.autograd.grad(x * x, (stranger, x), allow_unused=True)


@scenario(cites="torch.autograd.grad: materialize_grads", needs=("autograd_grad", "tensor"))
def materialize_grads_gives_zeros(torch):
    """With materialize_grads=True an unused input has zeros of its own shape for its gradient."""
    x = torch.tensor(2.0, requires_grad=True)
    stranger = torch.tensor([3.0, 4.0, 5.0], requires_grad=True)
    yield "one of two unused", torch.autograd.grad(x * x, (x, stranger), materialize_grads=True)


@scenario(cites="torch.autograd.grad: materialize_grads", needs=("autograd_grad",))
def materialize_grads_contradicts_forbidding_unused(torch):
    """materialize_grads=True together with allow_unused=False raises an error."""
    x = torch.tensor(2.0, requires_grad=True)
    yield "both", attempt(torch.autograd.grad, x * x, x, allow_unused=False, materialize_grads=True)


@scenario(cites="torch.autograd.grad: inputs", needs=("autograd_grad", "flags"))
def inputs_must_require_grad(torch):
    """An input that does not require grad raises an error, though the output was computed from it."""
    x = torch.tensor(2.0, requires_grad=True)
    c = torch.tensor(3.0)
    yield "with respect to a constant", attempt(torch.autograd.grad, x * c, c)


@scenario(cites="torch.autograd.grad: inputs", needs=("autograd_grad", "detach"))
def inputs_are_identified_by_their_place_in_the_graph(torch):
    """A copy of an input made after the output was computed is not part of its graph: an error."""
    x = torch.tensor(2.0, requires_grad=True)
    y = x * x
    yield "with respect to a later clone", attempt(torch.autograd.grad, y, x.clone())


@scenario(cites="tutorial: Using create_graph Parameter", needs=("autograd_grad", "higher_order"))
def second_derivative(torch):
    """A gradient computed with create_graph=True can be differentiated: the second derivative of x³ is 6x."""
    x = torch.tensor(3.0, requires_grad=True)
    (first,) = torch.autograd.grad(x**3, x, create_graph=True)
    (second,) = torch.autograd.grad(first, x)
    yield "3x² at 3", first
    yield "6x at 3", second


@scenario(cites="tutorial: Using create_graph Parameter", needs=("autograd_grad", "higher_order", "flags"))
def create_graph_decides_whether_gradients_have_history(torch):
    """The gradient requires grad with create_graph=True, and does not without."""
    x = torch.tensor(3.0, requires_grad=True)
    (recorded,) = torch.autograd.grad(x * x * x, x, create_graph=True)
    (plain,) = torch.autograd.grad(x * x * x, x)
    yield "with create_graph", recorded.requires_grad
    yield "without", plain.requires_grad


@scenario(cites="torch.autograd.grad: create_graph", needs=("autograd_grad",))
def without_create_graph_there_is_no_second_derivative(torch):
    """A gradient computed without create_graph cannot be differentiated: an error."""
    x = torch.tensor(3.0, requires_grad=True)
    (first,) = torch.autograd.grad(x * x * x, x)
    yield "differentiating it", attempt(torch.autograd.grad, first, x)


@scenario(
    cites="tutorial: Exercises: Higher-order Derivatives",
    needs=("autograd_grad", "higher_order", "functions", "detach"),
)
def third_derivative_of_the_sine(torch):
    """Derivatives of any order are reached by repetition: those of the sine at 0 are 1, 0, -1 and 0."""
    x = torch.tensor(0.0, requires_grad=True)
    derivative = torch.sin(x)
    for order in (1, 2, 3, 4):
        (derivative,) = torch.autograd.grad(derivative, x, create_graph=True)
        yield f"derivative of order {order}", derivative.detach()


@scenario(cites="torch.autograd.grad: create_graph", needs=("autograd_grad", "higher_order", "functions", "detach"))
def derivatives_of_saved_results(torch):
    """Second derivatives are right also where the first is computed from the saved result, as for exp and tanh."""
    for name, point in (("exp", 0.5), ("tanh", 0.5), ("sigmoid", -1.5), ("sqrt", 4.0)):
        x = torch.tensor(point, requires_grad=True)
        (first,) = torch.autograd.grad(getattr(torch, name)(x), x, create_graph=True)
        (second,) = torch.autograd.grad(first, x)
        yield f"{name} at {point}", (first.detach(), second)


@scenario(cites="torch.autograd.grad: create_graph", needs=("autograd_grad", "higher_order"))
def mixed_partials(torch):
    """Mixed second derivatives come out the same in either order."""
    x = torch.tensor(2.0, requires_grad=True)
    y = torch.tensor(3.0, requires_grad=True)
    z = x**2 * y**3
    by_x, by_y = torch.autograd.grad(z, (x, y), create_graph=True)
    yield "first x, then y", torch.autograd.grad(by_x, y, retain_graph=True)
    yield "first y, then x", torch.autograd.grad(by_y, x, retain_graph=True)


@scenario(cites="torch.autograd.grad: create_graph", needs=("autograd_grad", "higher_order"))
def second_derivatives_of_quotients_and_powers(torch):
    """Quotients and powers of two variables have the right second derivatives with respect to each pair of them."""
    x = torch.tensor(2.0, requires_grad=True)
    y = torch.tensor(3.0, requires_grad=True)
    for name, z in (("x / y", x / y), ("x ** y", x**y)):
        by_x, by_y = torch.autograd.grad(z, (x, y), create_graph=True)
        yield f"{name}: by x, then by y", torch.autograd.grad(by_x, y, retain_graph=True)
        yield f"{name}: by y twice", torch.autograd.grad(by_y, y)


@scenario(cites="torch.autograd.grad: create_graph", needs=("autograd_grad", "higher_order", "flags"))
def derivative_of_a_linear_function_is_a_constant(torch):
    """The derivative of a linear function has no history even with create_graph=True: it cannot be differentiated."""
    x = torch.tensor(2.0, requires_grad=True)
    (slope,) = torch.autograd.grad(x * 3 + 1, x, create_graph=True)
    yield "requires grad", slope.requires_grad
    yield "differentiating it", attempt(torch.autograd.grad, slope, x)


@scenario(cites="torch.autograd.grad: allow_unused", needs=("autograd_grad", "higher_order"))
def a_gradient_need_not_depend_on_every_input(torch):
    """d(xy)/dx is y: differentiating it by y gives one, by x it is an unused input."""
    x = torch.tensor(2.0, requires_grad=True)
    y = torch.tensor(3.0, requires_grad=True)
    (by_x,) = torch.autograd.grad(x * y, x, create_graph=True)
    yield "then by y", torch.autograd.grad(by_x, y, retain_graph=True)
    yield "then by x", attempt(torch.autograd.grad, by_x, x)


@scenario(cites="torch.Tensor.backward: create_graph", needs=("higher_order", "clear_grad"))
def backward_can_create_graph(torch):
    """After `backward(create_graph=True)` the `.grad` itself can be differentiated."""
    x = torch.tensor(3.0, requires_grad=True)
    (x * x * x).backward(create_graph=True)
    first = x.grad
    x.grad = None
    first.backward()
    yield "6x at 3", x.grad


@scenario(cites="torch.Tensor.backward: create_graph", needs=("higher_order", "detach"))
def second_derivative_accumulates_onto_the_first(torch):
    """`backward()` of a `.grad` that is left in place adds the second derivative to the first."""
    x = torch.tensor(3.0, requires_grad=True)
    (x * x * x).backward(create_graph=True)
    x.grad.backward()
    yield "3x² + 6x at 3", x.grad.detach()


@scenario(cites="torch.Tensor.backward: create_graph", needs=("higher_order", "flags"))
def backward_with_create_graph_warns(torch):
    """`backward(create_graph=True)` warns of the reference cycle between a leaf and its gradient."""
    x = torch.tensor(3.0, requires_grad=True)
    (x * x).backward(create_graph=True)
    yield "requires grad", x.grad.requires_grad


@scenario(cites="torch.autograd.grad: create_graph", needs=("autograd_grad", "higher_order", "tensor"))
def gradient_penalty(torch):
    """A loss may contain the norm of a gradient: the penalty's own gradient reaches the parameters."""
    w = torch.tensor([1.0, -2.0], requires_grad=True)
    x = torch.tensor([3.0, 0.5], requires_grad=True)
    output = (w * x * x).sum()
    (slope,) = torch.autograd.grad(output, x, create_graph=True)
    (output + (slope * slope).sum()).backward()
    yield "the parameters", w.grad
    yield "the input", x.grad


@scenario(cites="torch.autograd.grad: create_graph", needs=("autograd_grad", "higher_order", "tensor"))
def hessian_vector_product(torch):
    """The gradient of the product of the gradient with a vector is the Hessian times that vector."""
    x = torch.tensor([1.0, 2.0, -3.0], requires_grad=True)
    vector = torch.tensor([1.0, -1.0, 2.0])
    (gradient,) = torch.autograd.grad(x.sum() ** 3 + (x**4).sum(), x, create_graph=True)
    yield "H v", torch.autograd.grad((gradient * vector).sum(), x)


@scenario(cites="torch.autograd.grad: grad_outputs", needs=("autograd_grad", "higher_order", "tensor", "flags"))
def differentiating_by_grad_outputs(torch):
    """With create_graph=True the gradient can be differentiated with respect to `grad_outputs` as well."""
    x = torch.tensor([2.0, 3.0], requires_grad=True)
    dummy = torch.tensor([1.0, 1.0], requires_grad=True)
    (pulled_back,) = torch.autograd.grad(x**3, x, grad_outputs=dummy, create_graph=True)
    yield "3x² times the tangent", torch.autograd.grad(pulled_back, dummy, torch.tensor([10.0, -1.0]))


@scenario(cites="torch.autograd.grad: create_graph", needs=("autograd_grad", "higher_order"))
def differentiating_through_a_training_step(torch):
    """A gradient step written with create_graph=True can be differentiated by its own learning rate."""
    w = torch.tensor(1.0, requires_grad=True)
    rate = torch.tensor(0.125, requires_grad=True)
    (slope,) = torch.autograd.grad((w * 3 - 5) ** 2, w, create_graph=True)
    updated = w - rate * slope
    (updated * updated).backward()
    yield "by the learning rate", rate.grad
    yield "by the weight before the step", w.grad


@scenario(cites="torch.autograd.grad: is_grads_batched", needs=("autograd_grad", "tensor"))
def batched_gradients(torch):
    """With is_grads_batched=True each row of `grad_outputs` is one to start with, and makes a row of the result."""
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    rows = torch.tensor([[1.0, 0.0], [0.0, 1.0], [10.0, 20.0]])
    yield "three rows", torch.autograd.grad(x * x, x, rows, is_grads_batched=True)


@scenario(cites="torch.autograd.grad: is_grads_batched", needs=("autograd_grad", "tensor"))
def batched_gradients_of_what_was_not_used(torch):
    """Of an input that was not used there is None, or, with materialize_grads, zeros without the batch's dimension."""
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    unused = torch.tensor([3.0, 4.0], requires_grad=True)
    rows = torch.tensor([[1.0, 0.0], [0.0, 1.0], [10.0, 20.0]])
    call = {"is_grads_batched": True, "retain_graph": True}
    y = x * x
    yield "allowed", torch.autograd.grad(y, (x, unused), rows, allow_unused=True, **call)
    yield "materialized", torch.autograd.grad(y, (x, unused), rows, materialize_grads=True, **call)


@scenario(cites="torch.autograd.grad: is_grads_batched", needs=("autograd_grad", "tensor"))
def batched_gradients_have_one_dimension_more(torch):
    """With is_grads_batched=True each of `grad_outputs` has the shape of its output after the batch's dimension."""
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    row = torch.tensor([1.0, 2.0])
    yield "no batch", attempt(torch.autograd.grad, x * x, x, row, is_grads_batched=True)


@scenario(cites="torch.autograd.grad: only_inputs", needs=("autograd_grad",))
def only_inputs_is_deprecated(torch):
    """only_inputs=False warns that it has no effect: no leaf's `.grad` is touched."""
    x = torch.tensor(2.0, requires_grad=True)
    w = torch.tensor(3.0, requires_grad=True)
    yield "the gradient", torch.autograd.grad(x * w, x, only_inputs=False)
    yield "the other leaf's", w.grad


@scenario(cites="torch.autograd.grad", needs=("autograd_grad",))
def grad_gives_the_gradient_alone(torch):
    """autograd.grad gives the gradient of this pass alone, whatever `.grad` holds, and leaves `.grad` as it is."""
    x = torch.tensor(3.0, requires_grad=True)
    w = torch.tensor(5.0, requires_grad=True)
    (x * w).backward()
    yield "by the first leaf", torch.autograd.grad(x * x * w, x)
    yield "and again", torch.autograd.grad(x * x * w, x)
    yield "by the second", torch.autograd.grad(x * x * w, w)
    yield "what the first holds", x.grad
    yield "what the second holds", w.grad


@scenario(cites="torch.autograd.grad: create_graph", needs=("autograd_grad", "higher_order"))
def a_recorded_pass_can_be_repeated(torch):
    """A recorded pass over the same graph gives the same gradient each time, and so does a pass over each of these."""
    x = torch.tensor(3.0, requires_grad=True)
    y = x * x * x
    (first,) = torch.autograd.grad(y, x, create_graph=True)
    (again,) = torch.autograd.grad(y, x, create_graph=True)
    yield "3x²", first
    yield "again", again
    yield "6x", torch.autograd.grad(first, x, retain_graph=True)
    yield "of the second", torch.autograd.grad(again, x, retain_graph=True)


@scenario(cites="torch.autograd.grad: inputs", needs=("autograd_grad",))
def an_input_may_lie_behind_another(torch):
    """An input gets all of its gradient, also what comes to it through a result that is an input itself."""
    x = torch.tensor(2.0, requires_grad=True)
    y = x * 3
    z = y * y * x
    yield "the result alone", torch.autograd.grad(z, y, retain_graph=True)
    yield "the leaf alone", torch.autograd.grad(z, x, retain_graph=True)
    yield "both", torch.autograd.grad(z, (y, x), retain_graph=True)
    yield "the other way round", torch.autograd.grad(z, (x, y))
