"""Custom functions: a forward and a backward of one's own."""

from gradspec import attempt, scenario

NEEDS = ("custom_function",)
FUNCTION = "torch.autograd.Function"
FORWARD = f"{FUNCTION}.forward"
BACKWARD = f"{FUNCTION}.backward"
APPLY = f"{FUNCTION}: apply"
EXTENDING = "Extending torch.autograd: How to use"


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
    yield "printed", repr(node)


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


@scenario(cites="FunctionCtx.save_for_forward", needs=("custom_function",))
def what_is_saved_for_forward(torch):
    """`save_for_forward` takes tensors (and None) alone."""

    class Kept(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x, what):
            ctx.save_for_forward(x, what)
            return x * 2

        @staticmethod
        def backward(ctx, g):
            return g * 2, None

    x = torch.tensor(1.0, requires_grad=True)
    yield "None", Kept.apply(x, None).detach()
    yield "a number", attempt(Kept.apply, x, 3)


@scenario(cites="torch.autograd.Function.forward", needs=("custom_function",))
def keyword_arguments_of_apply(torch):
    """`apply` takes arguments by position alone."""

    class Scaled(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x, factor):
            ctx.factor = factor
            return x * factor

        @staticmethod
        def backward(ctx, g):
            return g * ctx.factor, None

    x = torch.tensor(1.0, requires_grad=True)
    yield "by name", attempt(Scaled.apply, x, factor=3.0)
    yield "a name that is not there", attempt(Scaled.apply, x, 2.0, other=3.0)
    yield "given twice", attempt(Scaled.apply, x, 2.0, factor=3.0)
    yield "missing", attempt(Scaled.apply, x=x)


@scenario(cites="torch.autograd.Function.forward", needs=("custom_function", "graph"))
def a_custom_node_is_not_called(torch):
    """The node of a custom function cannot be called; it can be applied, which runs its backward."""

    class Double(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2

        @staticmethod
        def backward(ctx, g):
            return g * 2

    node = Double.apply(torch.tensor(1.0, requires_grad=True)).grad_fn
    yield "called", attempt(node, torch.tensor(1.0))
    yield "applied", node.apply(torch.tensor(5.0))


@scenario(cites="FunctionCtx.mark_dirty", needs=("custom_function", "inplace"))
def what_is_marked_is_a_tensor(torch):
    """`mark_dirty`, `mark_non_differentiable` and `save_for_backward` take tensors alone."""

    class Marked(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x, mark):
            getattr(ctx, mark)(3)
            return x * 2

        @staticmethod
        def backward(ctx, g):
            return g * 2, None

    x = torch.tensor(1.0, requires_grad=True)
    for mark in ("mark_dirty", "mark_non_differentiable", "save_for_backward"):
        yield mark, attempt(Marked.apply, x, mark)


@scenario(cites="torch.autograd.function.InplaceFunction", needs=("custom_function",))
def a_function_that_knows_whether_it_is_in_place(torch):
    """InplaceFunction, of old, is a Function."""
    yield "is a Function", issubclass(torch.autograd.function.InplaceFunction, torch.autograd.Function)
