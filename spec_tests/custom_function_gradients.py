"""Gradients of custom functions: what `backward` gets, what it may return, and its own derivative."""

from gradspec import attempt, scenario

NEEDS = ("custom_function",)
FUNCTION = "torch.autograd.Function"
BACKWARD = f"{FUNCTION}.backward"
SAVE = "FunctionCtx.save_for_backward"
NON_DIFFERENTIABLE = "FunctionCtx.mark_non_differentiable"
MATERIALIZE = "FunctionCtx.set_materialize_grads"
DOUBLE = "Extending torch.autograd: double backward"


# -- what backward may return


@scenario(cites=BACKWARD, needs=NEEDS)
def too_few_gradients(torch):
    """A `backward` that returns fewer gradients than there are inputs is an error."""

    class Product(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x, y):
            return x * y

        @staticmethod
        def backward(ctx, grad):
            return grad

    x = torch.tensor(3.0, requires_grad=True)
    yield "the pass", attempt(Product.apply(x, x).backward)


@scenario(cites=BACKWARD, needs=NEEDS)
def too_many_gradients(torch):
    """A `backward` that returns more gradients than there are inputs is an error."""

    class Double(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2

        @staticmethod
        def backward(ctx, grad):
            return grad, grad

    yield "the pass", attempt(Double.apply(torch.tensor(3.0, requires_grad=True)).backward)


@scenario(cites=BACKWARD, needs=NEEDS)
def nones_beyond_the_inputs_are_dropped(torch):
    """More gradients than inputs are no error where all that are too many are None."""

    class Double(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2

        @staticmethod
        def backward(ctx, grad):
            return grad * 2, None, None

    x = torch.tensor(3.0, requires_grad=True)
    Double.apply(x).backward()
    yield "the gradient", x.grad


@scenario(cites=BACKWARD, needs=(*NEEDS, "tensor", "views", "inplace"))
def no_gradient_of_a_changed_part(torch):
    """Where a function that changed a part of a tensor gives no gradient for it, the whole tensor has none."""

    class Doubled(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.mark_dirty(x)
            return x.mul_(2)

        @staticmethod
        def backward(ctx, grad):
            return None

    x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    y = x * 1
    Doubled.apply(y[:2])
    y.sum().backward()
    yield "the result", y
    yield "the gradient", x.grad


@scenario(cites=BACKWARD, needs=NEEDS)
def a_number_has_no_gradient(torch):
    """A gradient other than None for an argument that is no tensor is an error."""

    class Scale(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x, factor):
            return x * factor

        @staticmethod
        def backward(ctx, grad):
            return grad, grad

    yield "the pass", attempt(Scale.apply(torch.tensor(3.0, requires_grad=True), 2).backward)


@scenario(cites=BACKWARD, needs=NEEDS)
def gradients_are_tensors(torch):
    """A gradient that is neither tensor nor None is an error."""

    class Double(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2

        @staticmethod
        def backward(ctx, grad):
            return 2.0

    yield "the pass", attempt(Double.apply(torch.tensor(3.0, requires_grad=True)).backward)


@scenario(cites=BACKWARD, needs=(*NEEDS, "tensor"))
def gradients_of_another_shape(torch):
    """A gradient whose shape does not fit its input is an error that names the function and the position."""

    class Product(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x, y):
            return x * y

        @staticmethod
        def backward(ctx, grad):
            return grad, torch.tensor([1.0, 2.0, 3.0])

    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = torch.tensor([3.0, 4.0], requires_grad=True)
    yield "the pass", attempt(Product.apply(x, y).sum().backward)


@scenario(cites=BACKWARD, needs=(*NEEDS, "broadcasting"))
def gradients_are_summed_to_the_shape(torch):
    """A gradient to whose shape the input can be broadcast is summed over the extra dimensions."""

    class Rows(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 1

        @staticmethod
        def backward(ctx, grad):
            return torch.tensor([[1.0, 2.0], [30.0, 40.0]])

    x = torch.tensor([1.0, 2.0], requires_grad=True)
    Rows.apply(x).sum().backward()
    yield "the gradient", x.grad


@scenario(cites=BACKWARD, needs=(*NEEDS, "dtypes"))
def gradients_are_cast_to_the_dtype(torch):
    """A gradient of another dtype is cast to that of its input."""

    class Double(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2

        @staticmethod
        def backward(ctx, grad):
            return grad.double() * 2

    x = torch.tensor(3.0, requires_grad=True)
    Double.apply(x).backward()
    yield "the gradient", x.grad


# -- mark_non_differentiable, set_materialize_grads


@scenario(cites=NON_DIFFERENTIABLE, needs=(*NEEDS, "tensor"))
def non_differentiable_results_do_not_require_grad(torch):
    """A result marked as non-differentiable does not require grad; `backward` gets zeros for it."""
    received = []

    class Both(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            doubled, tripled = x * 2, x * 3
            ctx.mark_non_differentiable(tripled)
            return doubled, tripled

        @staticmethod
        def backward(ctx, *grads):
            received.extend(grads)
            return grads[0] * 2

    x = torch.tensor([1.0, 2.0], requires_grad=True)
    doubled, tripled = Both.apply(x)
    yield "the marked result", tripled
    doubled.sum().backward()
    yield "the gradients received", received


@scenario(cites=NON_DIFFERENTIABLE, needs=NEEDS)
def a_non_differentiable_input_returned_is_detached(torch):
    """An input that is returned and marked as non-differentiable comes out as another tensor that requires no grad."""

    class Constant(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.mark_non_differentiable(x)
            return x

    x = torch.tensor(2.0, requires_grad=True)
    y = Constant.apply(x)
    yield "the result", y
    yield "the input", x


@scenario(cites=MATERIALIZE, needs=(*NEEDS, "tensor", "dtypes"))
def missing_gradients_are_zeros(torch):
    """The gradient of a result that nothing depends on reaches `backward` as zeros of the result's shape and dtype."""
    received = []

    class Both(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x.sum(), x.double()

        @staticmethod
        def backward(ctx, *grads):
            received.extend(grads)
            return grads[1]

    x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    Both.apply(x)[0].backward()
    yield "the gradients received", received


@scenario(cites=MATERIALIZE, needs=NEEDS)
def missing_gradients_may_be_none(torch):
    """After `set_materialize_grads(False)` the gradient of a result that nothing depends on is None."""
    received = []

    class Both(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.set_materialize_grads(False)
            return x * 2, x * 3

        @staticmethod
        def backward(ctx, *grads):
            received.extend(grads)
            return grads[1] * 3

    x = torch.tensor(2.0, requires_grad=True)
    Both.apply(x)[1].backward()
    yield "the gradients received", received
    yield "the gradient", x.grad


@scenario(cites=MATERIALIZE, needs=NEEDS)
def set_materialize_grads_takes_a_bool(torch):
    """`set_materialize_grads` takes nothing but a bool."""

    class Wrong(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.set_materialize_grads(1)
            return x * 2

    yield "apply", attempt(Wrong.apply, torch.tensor(2.0, requires_grad=True))


# -- twice


@scenario(cites=DOUBLE, needs=(*NEEDS, "higher_order"))
def double_backward_goes_through_backward(torch):
    """With create_graph the operations in `backward` are recorded, and so the gradient can be differentiated again."""

    class Cube(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x * x * x

        @staticmethod
        def backward(ctx, grad):
            (x,) = ctx.saved_tensors
            return 3 * x * x * grad

    x = torch.tensor(2.0, requires_grad=True)
    (first,) = torch.autograd.grad(Cube.apply(x), x, create_graph=True)
    (second,) = torch.autograd.grad(first, x, create_graph=True)
    (third,) = torch.autograd.grad(second, x)
    yield "the derivatives", [first.item(), second.item(), third.item()]


@scenario(cites=DOUBLE, needs=(*NEEDS, "higher_order", "functions"))
def double_backward_through_a_saved_result(torch):
    """A saved result can be differentiated again: it leads back into the function that made it."""

    class Exp(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            y = torch.exp(x)
            ctx.save_for_backward(y)
            return y

        @staticmethod
        def backward(ctx, grad):
            return grad * ctx.saved_tensors[0]

    x = torch.tensor(0.5, requires_grad=True)
    (first,) = torch.autograd.grad(Exp.apply(x), x, create_graph=True)
    (second,) = torch.autograd.grad(first, x)
    yield "the derivatives", [first.item(), second.item()]


@scenario(cites=f"{SAVE}: double backward", needs=(*NEEDS, "higher_order"))
def saved_intermediates_are_constants(torch):
    """A saved intermediate counts as a constant: what it contributes to a second derivative is missing."""

    class Cube(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            square = x * x
            ctx.save_for_backward(x, square)
            return square * x

        @staticmethod
        def backward(ctx, grad):
            x, square = ctx.saved_tensors
            return grad * (square + 2 * x * x)

    x = torch.tensor(2.0, requires_grad=True)
    (first,) = torch.autograd.grad(Cube.apply(x), x, create_graph=True)
    (second,) = torch.autograd.grad(first, x)
    yield "the first derivative", first
    yield "the second without a part", second


@scenario(cites=DOUBLE, needs=(*NEEDS, "higher_order"))
def backward_may_apply_another_function(torch):
    """`backward` may apply a custom function, whose own backward then makes the second derivative."""

    class SquareBackward(torch.autograd.Function):
        @staticmethod
        def forward(ctx, grad, x):
            ctx.save_for_backward(grad, x)
            return grad * 2 * x

        @staticmethod
        def backward(ctx, outer):
            return outer * 1000, outer * 500

    class Square(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x * x

        @staticmethod
        def backward(ctx, grad):
            return SquareBackward.apply(grad, ctx.saved_tensors[0])

    x = torch.tensor(3.0, requires_grad=True)
    (first,) = torch.autograd.grad(Square.apply(x), x, create_graph=True)
    (second,) = torch.autograd.grad(first, x)
    yield "the first derivative", first
    yield "the second", second


@scenario(cites="torch.autograd.function.once_differentiable", needs=(*NEEDS, "higher_order", "grad_modes"))
def once_differentiable_is_never_recorded(torch):
    """A `backward` that is once_differentiable runs in no_grad mode, also in a pass with create_graph."""
    seen = []

    class Square(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x * x

        @staticmethod
        @torch.autograd.function.once_differentiable
        def backward(ctx, grad):
            seen.append(torch.is_grad_enabled())
            return 2 * ctx.saved_tensors[0] * grad

    x = torch.tensor(3.0, requires_grad=True)
    gradient = torch.autograd.grad(Square.apply(x), x, create_graph=True)
    yield "grad mode", seen
    yield "the gradient", gradient


@scenario(cites="torch.autograd.function.once_differentiable", needs=(*NEEDS, "higher_order"))
def once_differentiable_refuses_a_second_time(torch):
    """Differentiating through a `backward` that is once_differentiable is an error."""

    class Square(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x * x

        @staticmethod
        @torch.autograd.function.once_differentiable
        def backward(ctx, grad):
            return 2 * ctx.saved_tensors[0] * grad

    y = torch.tensor(3.0, requires_grad=True) * 1
    z = Square.apply(y)
    (first,) = torch.autograd.grad(z * z, y, create_graph=True)
    yield "the gradient", first
    yield "the second derivative", attempt(first.backward)


@scenario(cites="torch.autograd.function.once_differentiable", needs=(*NEEDS, "higher_order"))
def once_differentiable_leads_nowhere(torch):
    """No path leads from the gradient of a once_differentiable function to its inputs: to torch.autograd.grad it is unused."""

    class Square(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x * x

        @staticmethod
        @torch.autograd.function.once_differentiable
        def backward(ctx, grad):
            return 2 * ctx.saved_tensors[0] * grad

    x = torch.tensor(3.0, requires_grad=True)
    y = Square.apply(x)
    (first,) = torch.autograd.grad(y * y, x, create_graph=True)
    yield "the second derivative", attempt(torch.autograd.grad, first, x)


@scenario(cites="torch.autograd.Function.backward", needs=("custom_function", "tensor"))
def all_gradients_are_checked_before_any_is_kept(torch):
    """Where one of the gradients that `backward` returns is wrong, none of them reaches a leaf."""

    class Both(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x, y):
            return x * y

        @staticmethod
        def backward(ctx, grad):
            return grad, torch.tensor([1.0, 2.0, 3.0])

    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = torch.tensor([3.0, 4.0], requires_grad=True)
    yield "the pass", attempt(Both.apply(x, y).sum().backward)
    yield "of the right shape", x.grad
    yield "of the wrong shape", y.grad
