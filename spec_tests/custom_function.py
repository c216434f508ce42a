"""Custom functions: a forward and a backward of one's own."""

import gc
import weakref

from gradspec import attempt, scenario

NEEDS = ("custom_function",)
FUNCTION = "torch.autograd.Function"
FORWARD, BACKWARD, APPLY = f"{FUNCTION}.forward", f"{FUNCTION}.backward", f"{FUNCTION}: apply"
SAVE = "FunctionCtx.save_for_backward"
DIRTY = "FunctionCtx.mark_dirty"
NON_DIFFERENTIABLE = "FunctionCtx.mark_non_differentiable"
MATERIALIZE = "FunctionCtx.set_materialize_grads"
SETUP = f"{FUNCTION}: Separate forward and ctx"
EXTENDING = "Extending torch.autograd: How to use"
DOUBLE = "Extending torch.autograd: double backward"


# -- forward and backward


@scenario(cites=BACKWARD, needs=NEEDS)
def backward_decides_the_gradient(torch):
    """The gradient is what `backward` returns, whatever the derivative of `forward` may be."""

    class Double(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2

        @staticmethod
        def backward(ctx, grad):
            return grad * 100

    x = torch.tensor(3.0, requires_grad=True)
    y = Double.apply(x)
    yield "the result", y
    (y * 5).backward()
    yield "the gradient", x.grad


@scenario(cites=FORWARD, needs=(*NEEDS, "grad_modes"))
def forward_is_not_recorded(torch):
    """`forward` runs in no_grad mode, and its inputs still require grad in there."""
    seen = []

    class Double(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            seen.extend([torch.is_grad_enabled(), x.requires_grad, (x * 2).requires_grad])
            return x * 2

    y = Double.apply(torch.tensor(3.0, requires_grad=True))
    yield "grad mode, the input, a result inside", seen
    yield "the result", y.requires_grad
    yield "grad mode afterwards", torch.is_grad_enabled()


@scenario(cites=BACKWARD, needs=(*NEEDS, "grad_modes", "higher_order"))
def backward_is_recorded_with_create_graph_alone(torch):
    """`backward` runs in no_grad mode, and is recorded in a pass with create_graph."""
    seen = []

    class Double(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2

        @staticmethod
        def backward(ctx, grad):
            seen.append(torch.is_grad_enabled())
            return grad * 2

    x = torch.tensor(3.0, requires_grad=True)
    torch.autograd.grad(Double.apply(x), x)
    yield "an ordinary pass", seen
    torch.autograd.grad(Double.apply(x), x, create_graph=True)
    yield "then one with create_graph", seen


@scenario(cites=APPLY, needs=(*NEEDS, "graph"))
def node_is_named_after_the_function(torch):
    """The grad_fn of a custom function `Cube` is a `CubeBackward`."""

    class Cube(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * x * x

    node = Cube.apply(torch.tensor(2.0, requires_grad=True)).grad_fn
    yield "name()", node.name()
    yield "the type's name", type(node).__name__


@scenario(cites=FORWARD, needs=(*NEEDS, "graph"))
def ctx_is_the_node(torch):
    """`ctx` is the grad_fn of the result, in `forward` and in `backward`."""
    seen = []

    class Double(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            seen.append(ctx)
            return x * 2

        @staticmethod
        def backward(ctx, grad):
            seen.append(ctx)
            return grad * 2

    y = Double.apply(torch.tensor(2.0, requires_grad=True))
    yield "in forward", seen[0] is y.grad_fn
    y.backward()
    yield "in backward", seen[1] is y.grad_fn


@scenario(cites=FORWARD, needs=NEEDS)
def attributes_of_ctx_reach_backward(torch):
    """What `forward` puts on `ctx` as an attribute is there in `backward`."""

    class Scale(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x, factor):
            ctx.factor = factor
            return x * factor

        @staticmethod
        def backward(ctx, grad):
            return grad * ctx.factor, None

    x = torch.tensor(3.0, requires_grad=True)
    Scale.apply(x, 7).backward()
    yield "the gradient", x.grad


@scenario(cites=APPLY, needs=NEEDS)
def each_call_has_its_own_ctx(torch):
    """Each call of `apply` makes a `ctx` of its own: one function may stand in a graph twice."""

    class Scale(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x, factor):
            ctx.factor = factor
            return x * factor

        @staticmethod
        def backward(ctx, grad):
            return grad * ctx.factor, None

    x = torch.tensor(3.0, requires_grad=True)
    (Scale.apply(x, 2) + Scale.apply(x, 10)).backward()
    yield "the gradient", x.grad


@scenario(cites=BACKWARD, needs=NEEDS)
def backward_runs_once_a_pass(torch):
    """`backward` is called once in a pass, with the sum of all the gradients that arrive at the result."""
    received = []

    class Double(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2

        @staticmethod
        def backward(ctx, grad):
            received.append(grad.item())
            return grad * 2

    x = torch.tensor(3.0, requires_grad=True)
    y = Double.apply(x)
    (y * 3 + y * 4 + y).backward()
    yield "the gradients received", received


@scenario(cites=BACKWARD, needs=(*NEEDS, "tensor"))
def one_gradient_for_each_result(torch):
    """`backward` takes as many gradients as `forward` returned results, in that order."""
    received = []

    class Both(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2, x * 3

        @staticmethod
        def backward(ctx, *grads):
            received.extend(grads)
            return grads[0] * 2 + grads[1] * 3

    x = torch.tensor([1.0, 2.0], requires_grad=True)
    doubled, tripled = Both.apply(x)
    (doubled.sum() * 10 + tripled.sum() * 100).backward()
    yield "the gradients received", received
    yield "the gradient", x.grad


@scenario(cites=BACKWARD, needs=(*NEEDS, "tensor"))
def none_means_no_gradient(torch):
    """A None that `backward` returns means that nothing is added to that input's gradient."""

    class First(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x, y):
            return x + y

        @staticmethod
        def backward(ctx, grad):
            return grad, None

    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = torch.tensor([3.0, 4.0], requires_grad=True)
    First.apply(x, y).sum().backward()
    yield "with a gradient", x.grad
    yield "with None", y.grad


@scenario(cites=APPLY, needs=(*NEEDS, "grad_modes"))
def apply_in_no_grad_mode(torch):
    """In no_grad mode `apply` runs `forward`, and its result has no history."""

    class Double(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x * 2

    with torch.no_grad():
        y = Double.apply(torch.tensor(3.0, requires_grad=True))
    yield "the result", y


@scenario(cites=APPLY, needs=(*NEEDS, "flags"))
def apply_on_inputs_without_grad(torch):
    """Where no input requires grad `apply` gives a result without history."""

    class Double(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2

    yield "the result", Double.apply(torch.tensor(3.0))


@scenario(cites=FORWARD, needs=NEEDS)
def errors_in_forward_pass_through(torch):
    """An error raised in `forward` reaches the caller of `apply` as it is, and recording goes on afterwards."""

    class Strict(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            raise KeyError("nothing today")

    x = torch.tensor(3.0, requires_grad=True)
    yield "apply", attempt(Strict.apply, x)
    yield "an operation afterwards", x * 2


@scenario(cites=BACKWARD, needs=NEEDS)
def errors_in_backward_pass_through(torch):
    """An error raised in `backward` reaches the caller of the pass as it is."""

    class Strict(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2

        @staticmethod
        def backward(ctx, grad):
            raise KeyError("not backwards")

    x = torch.tensor(3.0, requires_grad=True)
    yield "the pass", attempt(Strict.apply(x).backward)
    yield "the gradient", x.grad


@scenario(cites=FORWARD, needs=NEEDS)
def forward_has_to_be_defined(torch):
    """`apply` without a `forward` is a NotImplementedError."""

    class Empty(torch.autograd.Function):
        pass

    yield "apply", attempt(Empty.apply, torch.tensor(3.0, requires_grad=True))


@scenario(cites=BACKWARD, needs=NEEDS)
def backward_may_be_missing_until_it_is_needed(torch):
    """A function without `backward` can be applied; a pass through it is a NotImplementedError."""

    class Oneway(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2

    y = Oneway.apply(torch.tensor(3.0, requires_grad=True))
    yield "the result", y
    yield "the pass", attempt(y.backward)


@scenario(cites=f"{FUNCTION}.vjp", needs=NEEDS)
def vjp_is_another_name_for_backward(torch):
    """`vjp` may be defined in the place of `backward`."""

    class Double(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2

        @staticmethod
        def vjp(ctx, grad):
            return grad * 7

    x = torch.tensor(3.0, requires_grad=True)
    Double.apply(x).backward()
    yield "the gradient", x.grad


@scenario(cites=f"{FUNCTION}.vjp", needs=NEEDS)
def vjp_and_backward_exclude_each_other(torch):
    """A function that defines both `backward` and `vjp` cannot be differentiated."""

    class Confused(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2

        @staticmethod
        def backward(ctx, grad):
            return grad * 2

        @staticmethod
        def vjp(ctx, grad):
            return grad * 2

    yield "the pass", attempt(Confused.apply(torch.tensor(3.0, requires_grad=True)).backward)


@scenario(cites=FUNCTION, needs=NEEDS)
def functions_are_not_instantiated(torch):
    """A custom function is used through `apply`: making an instance warns, and calling the instance is an error."""

    class Double(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2

    instance = Double()
    yield "an instance", isinstance(instance, torch.autograd.Function)
    yield "called", attempt(instance, torch.tensor(3.0))


@scenario(cites=FUNCTION, needs=NEEDS)
def functions_may_be_inherited(torch):
    """A subclass of a custom function may replace `backward` alone, and gives its own name to the grad_fn."""

    class Double(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2

        @staticmethod
        def backward(ctx, grad):
            return grad * 2

    class Reversed(Double):
        @staticmethod
        def backward(ctx, grad):
            return -Double.backward(ctx, grad)

    x = torch.tensor(3.0, requires_grad=True)
    y = Reversed.apply(x)
    yield "the result", y
    y.backward()
    yield "the gradient", x.grad


@scenario(cites=f"{FUNCTION}: boxed_grads_call", needs=NEEDS)
def boxed_gradients(torch):
    """With `boxed_grads_call = True` the gradients come to `backward` as one list."""

    class Double(torch.autograd.Function):
        boxed_grads_call = True

        @staticmethod
        def forward(ctx, x):
            return x * 2

        @staticmethod
        def backward(ctx, grads):
            return grads.pop() * 2 + len(grads)

    x = torch.tensor(3.0, requires_grad=True)
    Double.apply(x).backward()
    yield "the gradient", x.grad


# -- arguments and results


@scenario(cites=FORWARD, needs=(*NEEDS, "tensor"))
def arguments_may_be_anything(torch):
    """Arguments that are no tensors reach `forward` as they are, and `backward` returns None for each."""
    seen = []

    class Mixed(torch.autograd.Function):
        @staticmethod
        def forward(ctx, word, x, numbers, nothing):
            seen.extend([word, numbers, nothing])
            return x * numbers[1]

        @staticmethod
        def backward(ctx, grad):
            return None, grad * 5, None, None

    x = torch.tensor([1.0, 2.0], requires_grad=True)
    Mixed.apply("five", x, [4, 5], None).sum().backward()
    yield "the arguments", seen
    yield "the gradient", x.grad


@scenario(cites=APPLY, needs=(*NEEDS, "graph"))
def only_tensors_have_edges(torch):
    """`next_functions` of a custom function has an entry for each tensor among the arguments, and none for others."""

    class Mixed(torch.autograd.Function):
        @staticmethod
        def forward(ctx, n, x, word, y):
            return x * y * n

    x = torch.tensor(2.0, requires_grad=True)
    edges = Mixed.apply(3, x * 1, "word", torch.tensor(1.0)).grad_fn.next_functions
    yield "how many", len(edges)
    yield "their names", [node.name() if node is not None else None for node, _ in edges]


@scenario(cites=FORWARD, needs=(*NEEDS, "tensor"))
def tensors_in_containers_are_not_followed(torch):
    """A tensor inside a list or a dictionary is no input: a result made of it alone has no history."""

    class Total(torch.autograd.Function):
        @staticmethod
        def forward(ctx, tensors):
            return tensors[0] + tensors[1]

    x = torch.tensor([1.0, 2.0], requires_grad=True)
    yield "the result", Total.apply([x, x])


@scenario(cites=FORWARD, needs=NEEDS)
def results_that_are_no_tensors_pass(torch):
    """What `forward` returns beside tensors is handed on as it is, and counts as a result in `backward`."""
    received = []

    class Mixed(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return "label", x * 2, None, 5

        @staticmethod
        def backward(ctx, *grads):
            received.extend(grads)
            return grads[1] * 2

    x = torch.tensor(3.0, requires_grad=True)
    results = Mixed.apply(x)
    yield "the results", results
    results[1].backward()
    yield "the gradients received", received


@scenario(cites=FORWARD, needs=NEEDS)
def a_list_is_no_tuple_of_results(torch):
    """Several results are returned as a tuple: tensors in a list get no history."""

    class Listed(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return [x * 2, x * 3]

    yield "the result", Listed.apply(torch.tensor(3.0, requires_grad=True))


@scenario(cites=FORWARD, needs=NEEDS)
def a_tuple_of_one_stays_a_tuple(torch):
    """A tuple of one tensor comes out as a tuple of one tensor."""

    class Single(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return (x * 2,)

    yield "the result", Single.apply(torch.tensor(3.0, requires_grad=True))


@scenario(cites=FORWARD, needs=(*NEEDS, "dtypes"))
def integer_results_have_no_history(torch):
    """A result whose dtype is not floating point does not require grad; the others do."""

    class Parts(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x.long(), x * 2

    whole, doubled = Parts.apply(torch.tensor([1.5, 2.5], requires_grad=True))
    yield "the integers", whole
    yield "the others", doubled


@scenario(cites=APPLY, needs=NEEDS)
def keywords_stand_for_positions(torch):
    """A keyword argument of `apply` stands for the positional one of that name: `backward` returns its gradient there."""

    class Product(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x, y):
            return x * y

        @staticmethod
        def backward(ctx, grad):
            return grad * 10, grad * 20

    x = torch.tensor(3.0, requires_grad=True)
    y = torch.tensor(5.0, requires_grad=True)
    Product.apply(y=y, x=x).backward()
    yield "the gradients", (x.grad, y.grad)


@scenario(cites=APPLY, needs=NEEDS)
def keywords_leave_no_gap(torch):
    """A keyword argument after one that is missing is an error, even if the missing one has a default."""

    class Scale(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x, y=1, z=2):
            return x * y * z

    x = torch.tensor(3.0, requires_grad=True)
    yield "apply", attempt(Scale.apply, x, z=5)


@scenario(cites=APPLY, needs=NEEDS)
def keywords_are_names_of_parameters(torch):
    """A keyword argument of a name that `forward` does not have is an error."""

    class Double(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2

    yield "apply", attempt(Double.apply, torch.tensor(3.0, requires_grad=True), scale=2)


@scenario(cites=EXTENDING, needs=(*NEEDS, "views"))
def an_input_returned_is_a_view_of_it(torch):
    """An input that `forward` returns unchanged comes out as another tensor: a view of it, with the function's grad_fn."""

    class Identity(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x

        @staticmethod
        def backward(ctx, grad):
            return grad * 10

    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = Identity.apply(x)
    yield "the result", y
    yield "the same tensor", y is x
    yield "a view of the input", y._base is x
    y.sum().backward()
    yield "the gradient", x.grad


@scenario(cites=EXTENDING, needs=(*NEEDS, "views", "inplace"))
def an_input_returned_may_not_be_changed(torch):
    """An input that was returned unchanged may not be modified in place afterwards."""

    class Identity(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x

    x = torch.tensor([1.0, 2.0], requires_grad=True)
    yield "in place", attempt(Identity.apply(x * 1).add_, 1)


@scenario(cites=EXTENDING, needs=(*NEEDS, "views", "shapes"))
def a_view_may_be_returned(torch):
    """A view of an input may be returned: it is a view of the input, with the function's grad_fn."""

    class Column(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x.view(-1, 1)

        @staticmethod
        def backward(ctx, grad):
            return grad.view(-1) * 3

    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = Column.apply(x)
    yield "the result", y
    yield "a view of the input", y._base is x
    y.sum().backward()
    yield "the gradient", x.grad


@scenario(cites=EXTENDING, needs=(*NEEDS, "views", "inplace", "shapes"))
def a_view_returned_may_not_be_changed(torch):
    """A view that a custom function returned may not be modified in place: that would override its backward."""

    class Column(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x.view(-1, 1)

    x = torch.tensor([1.0, 2.0], requires_grad=True)
    yield "in place", attempt(Column.apply(x * 1).mul_, 2)


@scenario(cites=EXTENDING, needs=(*NEEDS, "views", "inplace", "shapes"))
def the_base_of_a_view_returned_may_not_be_followed(torch):
    """After the base of a view that a custom function returned was modified in place, the view's grad_fn is an error."""

    class Column(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x.view(-1, 1)

    x = torch.tensor([1.0, 2.0], requires_grad=True) * 1
    y = Column.apply(x)
    x.mul_(2)
    yield "the grad_fn", attempt(lambda: y.grad_fn)


@scenario(cites=EXTENDING, needs=(*NEEDS, "views", "inplace", "shapes"))
def one_of_several_views_may_not_be_changed(torch):
    """A view that was returned as one of several results may not be modified in place."""

    class Both(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x.view(-1, 1), x * 2

    column, doubled = Both.apply(torch.tensor([1.0, 2.0], requires_grad=True) * 1)
    yield "the view in place", attempt(column.mul_, 2)
    yield "the other in place", attempt(doubled.mul_, 2)


@scenario(cites=APPLY, needs=(*NEEDS, "inplace"))
def a_new_result_may_be_changed(torch):
    """A result that is no view may be modified in place afterwards, like that of any operation."""

    class Double(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2

        @staticmethod
        def backward(ctx, grad):
            return grad * 2

    x = torch.tensor(3.0, requires_grad=True)
    y = Double.apply(x)
    y.mul_(5)
    yield "the result", y
    y.backward()
    yield "the gradient", x.grad


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


# -- saved tensors


@scenario(cites=SAVE, needs=NEEDS)
def saved_inputs_come_back(torch):
    """`save_for_backward` keeps tensors for `backward`, where they are `ctx.saved_tensors`, a tuple in the same order."""
    seen = []

    class Product(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x, y):
            ctx.save_for_backward(y, x)
            return x * y

        @staticmethod
        def backward(ctx, grad):
            y, x = ctx.saved_tensors
            seen.append(ctx.saved_tensors)
            return grad * y, grad * x

    x = torch.tensor(3.0, requires_grad=True)
    y = torch.tensor(5.0, requires_grad=True)
    Product.apply(x, y).backward()
    yield "saved_tensors", seen[0]
    yield "the gradients", (x.grad, y.grad)


@scenario(cites=SAVE, needs=NEEDS)
def a_saved_leaf_is_the_same_object(torch):
    """An input that was saved comes back as the very same tensor."""
    seen = []

    class Square(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x * x

        @staticmethod
        def backward(ctx, grad):
            (x,) = ctx.saved_tensors
            seen.append(x)
            return 2 * x * grad

    x = torch.tensor(3.0, requires_grad=True)
    Square.apply(x).backward()
    yield "the same", seen[0] is x


@scenario(cites=SAVE, needs=(*NEEDS, "functions"))
def saved_results_have_their_history(torch):
    """A result may be saved; in `backward` it has the function's own grad_fn."""
    seen = []

    class Exp(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            y = torch.exp(x)
            ctx.save_for_backward(y)
            return y

        @staticmethod
        def backward(ctx, grad):
            (y,) = ctx.saved_tensors
            seen.append(y)
            return grad * y

    x = torch.tensor(0.5, requires_grad=True)
    Exp.apply(x).backward()
    yield "the saved result", seen[0]
    yield "the gradient", x.grad


@scenario(cites=SAVE, needs=NEEDS)
def saved_results_make_no_cycle(torch):
    """A saved result does not keep its own graph alive: it is freed without the cyclic garbage collector."""

    class Square(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            y = x * x
            ctx.save_for_backward(x, y)
            return y

    gc.disable()
    try:
        y = Square.apply(torch.tensor(3.0, requires_grad=True))
        node = weakref.ref(y.grad_fn)
        yield "while the result lives", node() is not None
        del y
        yield "afterwards", node() is not None
    finally:
        gc.enable()


@scenario(cites=SAVE, needs=NEEDS)
def saved_intermediates_have_no_history(torch):
    """What is neither input nor result may be saved too; it comes back without history."""
    seen = []

    class Twice(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            middle = x * 3
            ctx.save_for_backward(middle)
            return middle * 2

        @staticmethod
        def backward(ctx, grad):
            seen.extend(ctx.saved_tensors)
            return grad * 6

    Twice.apply(torch.tensor(1.0, requires_grad=True)).backward()
    yield "the saved intermediate", seen[0]


@scenario(cites=SAVE, needs=NEEDS)
def none_may_be_saved(torch):
    """None may stand among the saved tensors and comes back as None."""
    seen = []

    class Double(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(None, x, None)
            return x * 2

        @staticmethod
        def backward(ctx, grad):
            seen.append(ctx.saved_tensors)
            return grad * 2

    Double.apply(torch.tensor(3.0, requires_grad=True)).backward()
    yield "saved_tensors", seen[0]


@scenario(cites=SAVE, needs=NEEDS)
def only_tensors_may_be_saved(torch):
    """Saving something else than tensors and None is an error that names position and type."""

    class Wrong(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x, 5)
            return x * 5

    yield "apply", attempt(Wrong.apply, torch.tensor(3.0, requires_grad=True))


@scenario(cites=SAVE, needs=NEEDS)
def the_last_save_counts(torch):
    """A second call of `save_for_backward` replaces the first."""
    seen = []

    class Double(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x, x)
            ctx.save_for_backward(x)
            return x * 2

        @staticmethod
        def backward(ctx, grad):
            seen.append(len(ctx.saved_tensors))
            return grad * 2

    Double.apply(torch.tensor(3.0, requires_grad=True)).backward()
    yield "how many", seen


@scenario(cites=SAVE, needs=(*NEEDS, "graph"))
def saved_tensors_can_be_read_from_the_node(torch):
    """`saved_tensors` can be read from outside, on the grad_fn."""

    class Square(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x * x

    y = Square.apply(torch.tensor(3.0, requires_grad=True))
    yield "saved_tensors", y.grad_fn.saved_tensors


@scenario(cites=SAVE, needs=NEEDS)
def saved_variables_is_the_old_name(torch):
    """`saved_variables` gives the same as `saved_tensors`, with a DeprecationWarning."""

    class Square(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x * x

    y = Square.apply(torch.tensor(3.0, requires_grad=True))
    yield "saved_variables", y.grad_fn.saved_variables


@scenario(cites=SAVE, needs=(*NEEDS, "retain_graph"))
def saved_tensors_are_freed(torch):
    """After a pass that does not keep the graph, a second one that reads `saved_tensors` is an error."""

    class Square(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x * x

        @staticmethod
        def backward(ctx, grad):
            return 2 * ctx.saved_tensors[0] * grad

    x = torch.tensor(3.0, requires_grad=True)
    y = Square.apply(x)
    y.backward(retain_graph=True)
    yield "a pass that keeps the graph", x.grad
    y.backward()
    yield "one that frees it", x.grad
    yield "a third", attempt(y.backward)


@scenario(cites=SAVE, needs=(*NEEDS, "graph"))
def freed_saved_tensors_cannot_be_read(torch):
    """Reading `saved_tensors` from the grad_fn after they were freed is an error."""

    class Square(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x * x

        @staticmethod
        def backward(ctx, grad):
            return 2 * ctx.saved_tensors[0] * grad

    y = Square.apply(torch.tensor(3.0, requires_grad=True))
    y.backward()
    yield "saved_tensors", attempt(lambda: y.grad_fn.saved_tensors)


@scenario(cites=SAVE, needs=NEEDS)
def nothing_read_nothing_missed(torch):
    """A function whose `backward` does not read `saved_tensors` can be run backward again after they were freed."""

    class Double(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x * 2

        @staticmethod
        def backward(ctx, grad):
            return grad * 2

    x = torch.tensor(3.0, requires_grad=True)
    y = Double.apply(x)
    y.backward()
    y.backward()
    yield "two passes", x.grad


@scenario(cites=f"{FUNCTION}: clear_saved_tensors_on_access", needs=NEEDS)
def saved_tensors_may_be_cleared_when_read(torch):
    """With `clear_saved_tensors_on_access = True` the saved tensors can be read once, and not again."""

    class Square(torch.autograd.Function):
        clear_saved_tensors_on_access = True

        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x * x

    node = Square.apply(torch.tensor(3.0, requires_grad=True)).grad_fn
    yield "once", attempt(lambda: node.saved_tensors)
    yield "twice", attempt(lambda: node.saved_tensors)


@scenario(cites=SAVE, needs=(*NEEDS, "inplace"))
def a_saved_input_that_was_changed(torch):
    """A saved input that is modified in place before the pass is an error when `backward` asks for it."""

    class Square(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x * x

        @staticmethod
        def backward(ctx, grad):
            return 2 * ctx.saved_tensors[0] * grad

    x = torch.tensor(3.0, requires_grad=True) * 1
    y = Square.apply(x)
    x.add_(1)
    yield "the pass", attempt(y.backward)


@scenario(cites=SAVE, needs=(*NEEDS, "inplace", "functions"))
def a_saved_result_that_was_changed(torch):
    """A saved result that is modified in place before the pass is an error that names the function."""

    class Exp(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            y = torch.exp(x)
            ctx.save_for_backward(y)
            return y

        @staticmethod
        def backward(ctx, grad):
            return ctx.saved_tensors[0] * grad

    y = Exp.apply(torch.tensor(0.5, requires_grad=True))
    y.add_(1)
    yield "the pass", attempt(y.backward)


@scenario(cites=f"{FUNCTION}.forward: Tensors should not be stored directly on ctx", needs=(*NEEDS, "inplace"))
def attributes_are_not_watched(torch):
    """A tensor kept as an attribute of `ctx` is not checked: its change in place goes unnoticed."""

    class Square(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.x = x
            return x * x

        @staticmethod
        def backward(ctx, grad):
            return 2 * ctx.x * grad

    x = torch.tensor(3.0, requires_grad=True)
    middle = x * 1
    y = Square.apply(middle)
    middle.add_(1)
    y.backward()
    yield "the gradient", x.grad


# -- setup_context


@scenario(cites=SETUP, needs=NEEDS)
def setup_context_takes_over_ctx(torch):
    """With `setup_context`, `forward` takes no `ctx`: what backward needs is put on it afterwards."""

    class Scale(torch.autograd.Function):
        @staticmethod
        def forward(x, factor):
            return x * factor

        @staticmethod
        def setup_context(ctx, inputs, output):
            ctx.save_for_backward(inputs[0], output)
            ctx.factor = inputs[1]

        @staticmethod
        def backward(ctx, grad):
            return grad * ctx.factor, None

    x = torch.tensor(3.0, requires_grad=True)
    y = Scale.apply(x, 4)
    yield "the result", y
    yield "saved_tensors", y.grad_fn.saved_tensors
    y.backward()
    yield "the gradient", x.grad


@scenario(cites=SETUP, needs=(*NEEDS, "grad_modes"))
def setup_context_sees_inputs_and_output(torch):
    """`setup_context` gets the inputs as a tuple and what `forward` returned, as yet without history, in no_grad mode."""
    seen = []

    class Scale(torch.autograd.Function):
        @staticmethod
        def forward(x, factor):
            return x * factor

        @staticmethod
        def setup_context(ctx, inputs, output):
            seen.extend([inputs, output.item(), output.requires_grad, torch.is_grad_enabled()])

    Scale.apply(torch.tensor(3.0, requires_grad=True), 4)
    yield "inputs", seen[0]
    yield "output", seen[1]
    yield "the output requires grad", seen[2]
    yield "grad mode", seen[3]


@scenario(cites=SETUP, needs=NEEDS)
def setup_context_fills_in_defaults(torch):
    """With `setup_context`, `apply` takes keyword arguments and defaults of `forward`, and its inputs hold them all."""
    seen = []

    class Scale(torch.autograd.Function):
        @staticmethod
        def forward(x, factor=2, label="none"):
            return x * factor

        @staticmethod
        def setup_context(ctx, inputs, output):
            seen.append(inputs[1:])
            ctx.factor = inputs[1]

        @staticmethod
        def backward(ctx, grad):
            return grad * ctx.factor, None, None

    x = torch.tensor(3.0, requires_grad=True)
    yield "with keywords alone", Scale.apply(label="some", x=x)
    yield "the other inputs", seen
    Scale.apply(x).backward()
    yield "the gradient", x.grad


@scenario(cites=SETUP, needs=(*NEEDS, "views"))
def setup_context_cannot_save_an_input_that_is_returned(torch):
    """With `setup_context`, an input that is returned unchanged may not be saved."""

    class Identity(torch.autograd.Function):
        @staticmethod
        def forward(x):
            return x

        @staticmethod
        def setup_context(ctx, inputs, output):
            ctx.save_for_backward(inputs[0])

    yield "apply", attempt(Identity.apply, torch.tensor(3.0, requires_grad=True))


# -- mark_dirty


@scenario(cites=DIRTY, needs=(*NEEDS, "inplace"))
def a_dirty_input_is_the_result(torch):
    """An input that was modified in place, marked and returned is itself the result, with the function's grad_fn."""

    class Triple(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            x.mul_(3)
            ctx.mark_dirty(x)
            return x

        @staticmethod
        def backward(ctx, grad):
            return grad * 3

    x = torch.tensor(2.0, requires_grad=True)
    middle = x * 1
    y = Triple.apply(middle)
    yield "the result", y
    yield "the same tensor", y is middle
    y.backward()
    yield "the gradient", x.grad


@scenario(cites=DIRTY, needs=(*NEEDS, "inplace"))
def a_dirty_input_has_to_be_returned(torch):
    """An input that is marked dirty but not returned is an error."""

    class Triple(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.mark_dirty(x)
            return x.mul_(3) * 1

    yield "apply", attempt(Triple.apply, torch.tensor(2.0, requires_grad=True) * 1)


@scenario(cites=DIRTY, needs=(*NEEDS, "inplace"))
def a_leaf_may_not_be_dirty(torch):
    """Marking a leaf that requires grad as dirty is an error."""

    class Triple(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.mark_dirty(x)
            return x.mul_(3)

    yield "apply", attempt(Triple.apply, torch.tensor(2.0, requires_grad=True))


@scenario(cites=DIRTY, needs=(*NEEDS, "versions"))
def marking_counts_as_a_change(torch):
    """`mark_dirty` raises the version by one, in addition to the in-place operations themselves."""

    class Marked(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.mark_dirty(x)
            return x

    x = torch.tensor(2.0, requires_grad=True) * 1
    yield "before", x._version
    Marked.apply(x)
    yield "after", x._version


@scenario(cites=DIRTY, needs=(*NEEDS, "inplace"))
def others_that_saved_a_dirty_input_fail(torch):
    """An operation that had saved an input which is then marked dirty fails in its backward."""

    class Marked(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.mark_dirty(x)
            return x

        @staticmethod
        def backward(ctx, grad):
            return grad

    x = torch.tensor(2.0, requires_grad=True) * 1
    y = x * x
    Marked.apply(x)
    yield "the pass", attempt(y.backward)


@scenario(cites=DIRTY, needs=(*NEEDS, "views", "indexing"))
def a_dirty_view_changes_its_base(torch):
    """Where the dirty input is a view, its base gets the change into its history: a `CopySlices`."""

    class Triple(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.mark_dirty(x)
            return x.mul_(3)

        @staticmethod
        def backward(ctx, grad):
            return grad * 3

    x = torch.tensor([1.0, 2.0], requires_grad=True)
    base = x * 1
    part = base[:1]
    y = Triple.apply(part)
    yield "the same tensor", y is part
    yield "the view", y
    yield "the base", base
    base.sum().backward()
    yield "the gradient", x.grad


@scenario(cites=DIRTY, needs=(*NEEDS, "views", "indexing"))
def a_dirty_view_is_the_only_result(torch):
    """A function that marks a view as dirty may return no further tensors."""

    class Both(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.mark_dirty(x)
            return x.mul_(3), x * 2

    base = torch.tensor([1.0, 2.0], requires_grad=True) * 1
    yield "apply", attempt(Both.apply, base[:1])


@scenario(cites=DIRTY, needs=NEEDS)
def only_inputs_are_marked_dirty(torch):
    """Marking a tensor as dirty that is no input warns, and changes nothing else."""

    class Double(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            y = x * 2
            ctx.mark_dirty(y)
            return y

        @staticmethod
        def backward(ctx, grad):
            return grad * 2

    x = torch.tensor(2.0, requires_grad=True)
    y = Double.apply(x)
    yield "the result", y
    y.backward()
    yield "the gradient", x.grad


@scenario(cites=DIRTY, needs=(*NEEDS, "inplace"))
def a_dirty_input_without_grad_gets_a_history(torch):
    """A dirty input that does not require grad itself does so afterwards, where another input does."""

    class AddTo(torch.autograd.Function):
        @staticmethod
        def forward(ctx, into, x):
            ctx.mark_dirty(into)
            return into.add_(x)

        @staticmethod
        def backward(ctx, grad):
            return grad, grad * 5

    total = torch.tensor(10.0)
    x = torch.tensor(2.0, requires_grad=True)
    AddTo.apply(total, x)
    yield "the input that was changed", total
    total.backward()
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


# -- needs_input_grad


@scenario(cites=f"{FUNCTION}.backward: needs_input_grad", needs=NEEDS)
def needs_input_grad_says_which(torch):
    """`ctx.needs_input_grad` has a bool for each argument, False for those that are no tensors."""
    seen = []

    class Mixed(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x, n, y):
            seen.append(ctx.needs_input_grad)
            return x * y * n

        @staticmethod
        def backward(ctx, grad):
            seen.append(ctx.needs_input_grad)
            return grad, None, None

    x = torch.tensor(2.0, requires_grad=True)
    Mixed.apply(x, 3, torch.tensor(5.0)).backward()
    yield "in forward", seen[0]
    yield "in backward", seen[1]


@scenario(cites=f"{FUNCTION}.backward: needs_input_grad", needs=(*NEEDS, "partial"))
def needs_input_grad_knows_nothing_of_the_pass(torch):
    """`ctx.needs_input_grad` tells what requires grad, not what a pass with `inputs` asks for."""
    seen = []

    class Product(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x, y):
            return x * y

        @staticmethod
        def backward(ctx, grad):
            seen.append(ctx.needs_input_grad)
            return grad * 10, grad * 20

    x = torch.tensor(2.0, requires_grad=True)
    y = torch.tensor(3.0, requires_grad=True)
    Product.apply(x, y).backward(inputs=[y])
    yield "needs_input_grad", seen[0]
    yield "the gradients", (x.grad, y.grad)


@scenario(cites=f"{FUNCTION}.backward: needs_input_grad", needs=(*NEEDS, "grad_modes"))
def needs_input_grad_knows_nothing_of_the_mode(torch):
    """In no_grad mode, too, `ctx.needs_input_grad` is True for an input that requires grad."""
    seen = []

    class Double(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            seen.append(ctx.needs_input_grad)
            return x * 2

    with torch.no_grad():
        Double.apply(torch.tensor(2.0, requires_grad=True))
    yield "needs_input_grad", seen[0]


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


# -- functions within functions


@scenario(cites=EXTENDING, needs=NEEDS)
def functions_within_forward(torch):
    """A custom function applied inside another's `forward` is not recorded: its backward is never called."""
    called = []

    class Inner(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2

        @staticmethod
        def backward(ctx, grad):
            called.append("inner")
            return grad * 2

    class Outer(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return Inner.apply(x) * 3

        @staticmethod
        def backward(ctx, grad):
            called.append("outer")
            return grad * 6

    x = torch.tensor(1.0, requires_grad=True)
    Outer.apply(x).backward()
    yield "the backwards called", called


@scenario(cites="Autograd mechanics: Locally disabling gradient computation", needs=(*NEEDS, "grad_modes", "detach"))
def a_pass_inside_backward(torch):
    """`backward` may itself record operations and run a backward pass of its own."""

    class Cube(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x * x * x

        @staticmethod
        def backward(ctx, grad):
            with torch.enable_grad():
                x = ctx.saved_tensors[0].detach().requires_grad_()
                y = x * x * x
            (local,) = torch.autograd.grad(y, x)
            return grad * local

    x = torch.tensor(2.0, requires_grad=True)
    (Cube.apply(x) * 10).backward()
    yield "the gradient", x.grad


@scenario(cites="Autograd mechanics: Backward Hooks execution", needs=(*NEEDS, "hooks"))
def hooks_on_results_of_custom_functions(torch):
    """A hook on the result of a custom function may replace the gradient that its `backward` gets."""
    received = []

    class Double(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2

        @staticmethod
        def backward(ctx, grad):
            received.append(grad.item())
            return grad * 2

    y = Double.apply(torch.tensor(1.0, requires_grad=True))
    y.register_hook(lambda grad: grad * 50)
    y.backward()
    yield "the gradient received", received
