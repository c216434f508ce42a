"""Results of custom functions: arguments, views, and inputs that are changed in place."""

from gradspec import attempt, scenario

NEEDS = ("custom_function",)
FUNCTION = "torch.autograd.Function"
FORWARD = f"{FUNCTION}.forward"
APPLY = f"{FUNCTION}: apply"
DIRTY = "FunctionCtx.mark_dirty"
EXTENDING = "Extending torch.autograd: How to use"


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


@scenario(cites=EXTENDING, needs=(*NEEDS, "views"))
def an_input_without_grad_returned_is_a_view_too(torch):
    """An input that does not require grad, too, comes out as a view of itself."""

    class Identity(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x

    x = torch.tensor([1.0, 2.0])
    y = Identity.apply(x)
    yield "the result", y
    yield "the same tensor", y is x
    yield "a view of the input", y._base is x


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


class _Doubled:
    """Doubles its input in place."""

    @staticmethod
    def forward(ctx, x):
        x.mul_(2)
        ctx.mark_dirty(x)
        return x

    @staticmethod
    def backward(ctx, grad):
        return grad * 2


@scenario(cites=DIRTY, needs=(*NEEDS, "inplace", "indexing", "views"))
def a_view_of_a_leaf_may_not_be_dirty(torch):
    """A view of a leaf that requires grad cannot be marked dirty."""
    double = type("Double", (_Doubled, torch.autograd.Function), {})
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    yield "a slice of it", attempt(double.apply, x[:1])


@scenario(cites=DIRTY, needs=(*NEEDS, "inplace", "indexing", "views"))
def one_of_several_views_may_not_be_dirty(torch):
    """One of several views that an operation returned cannot be marked dirty."""
    double = type("Double", (_Doubled, torch.autograd.Function), {})
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    yield "a row", attempt(double.apply, (x * 1).unbind(0)[0])
