"""Changed views: in-place operations on views and their bases, and what becomes of everyone's history."""

from gradspec import attempt, scenario


@scenario(
    cites="Autograd mechanics: In-place operations with autograd",
    needs=("tensor", "indexing", "views", "graph", "inplace"),
)
def a_changed_view_gives_its_base_copyslices(torch):
    """Changing a view in place gives its base the grad_fn CopySlices, which goes on to the base's former history."""
    x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    y = x * 2
    former = y.grad_fn
    y[1:].mul_(10)
    yield "the base's grad_fn", y.grad_fn.name()
    yield "its first edge leads to the former one", y.grad_fn.next_functions[0][0] is former


@scenario(
    cites="Autograd mechanics: In-place operations with autograd",
    needs=("tensor", "indexing", "views", "graph", "inplace"),
)
def a_changed_view_is_regenerated(torch):
    """After an in-place change the view's own grad_fn is made anew, to lead to the base's new one."""
    x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    y = x * 2
    view = y[1:]
    yield "before", view.grad_fn.name()
    view.mul_(10)
    yield "after", view.grad_fn.name()
    yield "leads to the base's", view.grad_fn.next_functions[0][0] is y.grad_fn


@scenario(
    cites="Autograd mechanics: In-place operations with autograd",
    needs=("tensor", "indexing", "views", "graph", "inplace"),
)
def views_follow_a_change_to_the_base(torch):
    """After an in-place change to the base, each view's grad_fn leads to the base's new history."""
    x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    y = x * 2
    view = y[1:]
    y.mul_(10)
    yield "the view's grad_fn", view.grad_fn.name()
    yield "leads to the base's", view.grad_fn.next_functions[0][0] is y.grad_fn


@scenario(
    cites="Autograd mechanics: In-place operations with autograd", needs=("tensor", "indexing", "views", "inplace")
)
def a_change_under_no_grad_leaves_histories_alone(torch):
    """A view changed under no_grad has new values and the old history: the change is no part of the gradient."""
    x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    y = x * 2
    view = y[1:]
    with torch.no_grad():
        view.mul_(10)
    yield "the base", y
    y.sum().backward()
    yield "2 everywhere", x.grad


@scenario(
    cites="Autograd mechanics: In-place operations with autograd", needs=("tensor", "indexing", "views", "inplace")
)
def overlapping_views_see_each_other(torch):
    """A change to one view is a change to every other view of the same elements, in value and in gradient."""
    x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    y = x * 1
    first, second = y[:2], y[1:]
    first.mul_(10)
    yield "the other view", second
    second.sum().backward()
    yield "0, 10, 1", x.grad


@scenario(
    cites="Autograd mechanics: In-place operations with autograd",
    needs=("tensor", "indexing", "views", "inplace", "shapes"),
)
def a_change_to_a_view_of_a_view(torch):
    """A change to a view of a view reaches the base and the view in between."""
    x = torch.arange(4.0).requires_grad_()
    y = x * 1
    rows = y.view(2, 2)
    column = rows.t()[0]
    column.mul_(torch.tensor([10.0, 100.0]))
    yield "in between", rows
    (rows * rows).sum().backward()
    yield "the gradient", x.grad


@scenario(
    cites="Autograd mechanics: In-place operations with autograd", needs=("tensor", "indexing", "views", "inplace")
)
def several_changes_in_a_row(torch):
    """Changes through several views, one after the other, compose as the program ran."""
    x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    y = x * 1
    y[0].mul_(2)
    y[:2].mul_(3)
    y.mul_(5)
    y[1:].mul_(7)
    y.sum().backward()
    yield "30, 105, 35", x.grad


@scenario(
    cites="Autograd mechanics: In-place operations with autograd",
    needs=("tensor", "indexing", "views", "inplace", "flags"),
)
def a_constant_base_becomes_recorded(torch):
    """A constant one of whose views takes up a tensor that requires grad requires grad itself, and so do its views."""
    base = torch.zeros(3)
    other = base[:2]
    x = torch.tensor(4.0, requires_grad=True)
    base[1:].mul_(x).add_(x)
    yield "the base", base
    yield "a view made before", other
    (base * torch.tensor([1.0, 2.0, 3.0])).sum().backward()
    yield "the gradient", x.grad


@scenario(
    cites="Autograd mechanics: In-place operations with autograd",
    needs=("tensor", "indexing", "views", "inplace", "higher_order", "autograd_grad"),
)
def second_derivatives_through_a_changed_view(torch):
    """The backward pass of a change to a view can be recorded, and differentiated again."""
    x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    y = x * x
    y[1:].mul_(x[1:])
    (first,) = torch.autograd.grad(y.sum(), x, create_graph=True)
    yield "2x, 3x², 3x²", first
    (second,) = torch.autograd.grad(first.sum(), x)
    yield "2, 6x, 6x", second


@scenario(cites="Autograd mechanics: In-place correctness checks", needs=("tensor", "indexing", "views", "inplace"))
def a_view_of_a_leaf_cannot_be_changed_by_any_operator(torch):
    """In-place operators of every kind refuse a view of a leaf that requires grad."""
    x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    yield "mul_", attempt(x[1:].mul_, 2)
    yield "zero_", attempt(x[1:].zero_)
    yield "fill_", attempt(x[0].fill_, 2)
    yield "copy_", attempt(x.view(3).copy_, torch.zeros(3))
    yield "the leaf", x


@scenario(cites="Autograd mechanics: In-place correctness checks", needs=("tensor", "indexing", "views", "inplace"))
def a_view_of_a_leaf_can_be_changed_under_no_grad(torch):
    """Under no_grad a view of a leaf may be changed; the leaf stays a leaf."""
    x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    with torch.no_grad():
        x[1:].mul_(10)
    yield "the leaf", x


@scenario(
    cites="Autograd mechanics: In-place correctness checks", needs=("tensor", "indexing", "views", "inplace", "flags")
)
def a_view_whose_base_becomes_a_leaf_later(torch):
    """A view made before its base began to require grad may not be changed in place afterwards."""
    base = torch.tensor([1.0, 2.0, 3.0])
    view = base[1:]
    base.requires_grad_()
    yield "the view's flag", view.requires_grad
    yield "changing it", attempt(view.mul_, 2)


@scenario(cites="Autograd mechanics: In-place correctness checks", needs=("tensor", "views", "inplace", "shapes"))
def one_of_several_views_cannot_be_changed(torch):
    """The outputs of `split`, `unbind` and `chunk` may not be changed in place where they are recorded."""
    x = torch.arange(4.0).requires_grad_()
    y = x * 2
    yield "split", attempt(y.split(2)[1].mul_, 2)
    yield "unbind", attempt(y.unbind()[3].mul_, 2)
    yield "chunk", attempt(y.chunk(2)[0].zero_)
    yield "iteration", attempt(next(iter(y)).mul_, 2)


@scenario(cites="Autograd mechanics: In-place correctness checks", needs=("tensor", "views", "inplace", "shapes"))
def one_of_several_views_of_a_leaf_cannot_be_changed(torch):
    """The outputs of `split` of a leaf may not be changed either."""
    x = torch.arange(4.0).requires_grad_()
    yield "changing a piece", attempt(x.split(2)[1].mul_, 2)


@scenario(
    cites="Autograd mechanics: In-place correctness checks", needs=("tensor", "indexing", "views", "inplace", "shapes")
)
def a_view_of_one_of_several_cannot_be_changed(torch):
    """A view of one output of `split` is held to the same rule."""
    x = torch.arange(4.0).requires_grad_()
    yield "changing a part of a piece", attempt((x * 2).split(2)[1][0].mul_, 2)


@scenario(cites="torch.split", needs=("tensor", "views", "inplace", "shapes"))
def one_of_several_views_of_a_constant_can_be_changed(torch):
    """Where nothing requires grad, the outputs of `split` may be changed, and the base changes with them."""
    base = torch.arange(4.0)
    base.split(2)[1].mul_(10)
    yield "the base", base


@scenario(cites="Autograd mechanics: In-place correctness checks", needs=("tensor", "views", "inplace", "shapes"))
def one_of_several_views_can_be_changed_under_no_grad(torch):
    """Under no_grad an output of `split` may be changed."""
    x = torch.arange(4.0).requires_grad_()
    y = x * 2
    with torch.no_grad():
        y.split(2)[1].mul_(10)
    yield "the base", y


@scenario(
    cites="Autograd mechanics: In-place correctness checks", needs=("tensor", "views", "inplace", "shapes", "graph")
)
def several_views_of_a_changed_base_are_lost(torch):
    """After a change to the base, the outputs of `split` made before can no longer be part of a recorded operation."""
    x = torch.arange(4.0).requires_grad_()
    y = x * 2
    piece = y.split(2)[1]
    y.mul_(10)
    yield "asking for the grad_fn", attempt(getattr, piece, "grad_fn")
    yield "using it", attempt(lambda: piece * 2)


@scenario(
    cites="Autograd mechanics: In-place correctness checks",
    needs=("tensor", "indexing", "views", "inplace", "grad_modes"),
)
def a_view_made_under_no_grad_cannot_be_changed_outside(torch):
    """A view of a recorded tensor that was made under no_grad may not be changed with grad mode enabled."""
    x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    y = x * 2
    with torch.no_grad():
        view = y[1:]
    yield "changing it", attempt(view.mul_, 2)


@scenario(
    cites="Autograd mechanics: In-place correctness checks",
    needs=("tensor", "indexing", "views", "inplace", "grad_modes"),
)
def a_view_of_a_leaf_made_under_no_grad(torch):
    """A view of a leaf that was made under no_grad may not be changed outside either."""
    x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    with torch.no_grad():
        view = x[1:]
    yield "changing it outside", attempt(view.mul_, 2)
    with torch.no_grad():
        view.mul_(2)
    yield "changed under no_grad", x


@scenario(
    cites="Autograd mechanics: In-place correctness checks",
    needs=("tensor", "indexing", "views", "inplace", "grad_modes"),
)
def a_view_made_under_no_grad_is_lost_with_a_change(torch):
    """After a change to its base a view made under no_grad can no longer be part of an operation."""
    x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    y = x * 2
    with torch.no_grad():
        view = y[1:]
    y.mul_(10)
    yield "using it", attempt(lambda: view * 2)
    yield "detached, its values can be had", view.detach()


@scenario(
    cites="Autograd mechanics: In-place correctness checks",
    needs=("tensor", "indexing", "views", "inplace", "grad_modes"),
)
def a_view_of_a_view_made_under_no_grad(torch):
    """A view of a view that was made under no_grad may not be changed either, though it was made outside."""
    x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    y = x * 2
    with torch.no_grad():
        view = y[1:]
    yield "changing a part of it", attempt(view[0].mul_, 2)


@scenario(cites="Autograd mechanics: No-grad Mode", needs=("tensor", "indexing", "views", "inplace", "grad_modes"))
def a_constant_view_made_under_no_grad_can_be_changed(torch):
    """A view of a constant made under no_grad may be changed outside, even by a tensor that requires grad."""
    base = torch.zeros(3)
    with torch.no_grad():
        view = base[1:]
    view.add_(5)
    yield "the base", base
    x = torch.tensor(2.0, requires_grad=True)
    yield "taking up a recorded tensor", attempt(view.mul_, x)


@scenario(cites="torch.Tensor.expand", needs=("tensor", "views", "inplace", "shapes"))
def an_expanded_tensor_cannot_be_written(torch):
    """An in-place operation on an expanded tensor, several of whose elements are one, raises an error."""
    expanded = torch.tensor([1.0]).expand(3)
    yield "add_", attempt(expanded.add_, 1)
    yield "zero_ writes the same everywhere", attempt(expanded.zero_)
    yield "mul_ by a tensor", attempt(expanded.mul_, torch.tensor([1.0, 2.0, 3.0]))
    yield "copy_", attempt(expanded.copy_, torch.tensor([1.0, 2.0, 3.0]))


@scenario(cites="torch.Tensor.expand", needs=("tensor", "views", "inplace", "shapes"))
def writing_into_an_overlapping_part(torch):
    """An in-place sum whose source overlaps its target partly raises an error; the very same elements are no problem."""
    x = torch.tensor([1.0, 2.0, 3.0])
    yield "shifted by one", attempt(x[1:].add_, x[:-1])
    yield "itself", attempt(x.add_, x)


@scenario(cites="torch.Tensor.data", needs=("tensor", "views", "detach", "inplace"))
def changes_through_data_are_not_noticed(torch):
    """A saved value changed through `.data` raises no error: the gradient is silently that of the new value."""
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * 1
    z = (y * y).sum()
    y.data.mul_(10)
    z.backward()
    yield "20 and 40 instead of 2 and 4", x.grad


@scenario(cites="torch.Tensor.squeeze_", needs=("tensor", "views", "inplace", "shapes", "versions"))
def shapes_can_change_in_place(torch):
    """`squeeze_`, `unsqueeze_`, `transpose_` and `t_` change a tensor's own shape and are recorded."""
    x = torch.arange(6.0).view(2, 3).requires_grad_()
    y = x * 1
    y.t_()
    yield "transposed", y
    y.unsqueeze_(0)
    y.transpose_(0, 1)
    yield "shape and version", (tuple(y.shape), y._version)
    y.squeeze_()
    y[2].sum().backward()
    yield "the gradient", x.grad


@scenario(cites="Autograd mechanics: In-place correctness checks", needs=("tensor", "views", "inplace", "shapes"))
def the_shape_of_a_leaf_cannot_change_in_place(torch):
    """`t_` and its like on a leaf that requires grad raise an error."""
    x = torch.zeros(2, 3, requires_grad=True)
    yield "t_", attempt(x.t_)
    yield "unsqueeze_", attempt(x.unsqueeze_, 0)


@scenario(cites="torch.Tensor.copy_", needs=("tensor", "indexing", "views", "inplace"))
def a_part_can_be_copied_from_another_part(torch):
    """A part of a tensor copied over another part passes the gradient of the target on to the source."""
    x = torch.tensor([1.0, 2.0, 3.0, 4.0], requires_grad=True)
    y = x * 1
    y[2:].copy_(y[:2])
    yield "the values", y
    (y * torch.tensor([1.0, 10.0, 100.0, 1000.0])).sum().backward()
    yield "101, 1010, 0, 0", x.grad


@scenario(
    cites="Autograd mechanics: In-place operations with autograd",
    needs=("tensor", "indexing", "views", "inplace", "retain_graph"),
)
def values_saved_from_a_view_are_guarded(torch):
    """A view saved for the backward pass is guarded like any tensor: a change to its base afterwards is an error."""
    x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    y = x * 1
    view = y[1:]
    z = (view * view).sum()
    y[0] = 5.0
    yield "the backward pass", attempt(z.backward)


@scenario(
    cites="Autograd mechanics: In-place operations with autograd", needs=("tensor", "indexing", "views", "inplace")
)
def a_result_of_a_view_computed_before_a_change(torch):
    """What was computed from a view before the change keeps the gradient of then."""
    x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    y = x * 1
    view = y[1:]
    early = (view + 1).sum()
    view.mul_(10)
    (early + view.sum()).backward()
    yield "0, 11, 11", x.grad


@scenario(cites="torch.no_grad", needs=("tensor", "inplace", "views", "grad_modes", "flags"))
def without_grad_mode_views_may_be_used_after_changes(torch):
    """Under no_grad a view of a parameter goes on being usable after the parameter was changed in place."""
    weight = torch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    with torch.no_grad():
        flat = weight.view(-1)
        weight.mul_(2)
        yield "the view doubled", flat * 2
        yield "a view of the view", flat[1:]
        flat.add_(1)
    yield "the parameter", weight


@scenario(
    cites="Autograd mechanics: In-place operations with autograd",
    needs=("tensor", "indexing", "shapes", "views", "inplace"),
)
def a_view_of_a_view_follows_its_base_by_every_step(torch):
    """After a change to the base, the gradient of a view of a view goes back through its steps, the last one first."""
    x = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], requires_grad=True)
    y = x * 2
    turned = y.t()[1:]
    y.mul_(10)
    yield "the view", turned
    (turned * torch.tensor([[1.0, 2.0], [3.0, 4.0]])).sum().backward()
    yield "gradient", x.grad
