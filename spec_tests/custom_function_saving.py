"""What custom functions keep for their backward: saved tensors, `setup_context`, `needs_input_grad`."""

import gc
import weakref

from gradspec import attempt, scenario

NEEDS = ("custom_function",)
FUNCTION = "torch.autograd.Function"
SAVE = "FunctionCtx.save_for_backward"
SETUP = f"{FUNCTION}: Separate forward and ctx"


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
