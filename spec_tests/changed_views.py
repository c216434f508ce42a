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
    y = x * 1
    part = y[:2]
    part.exp_()  # which keeps its result for the pass
    (first,) = torch.autograd.grad((y * y).sum(), x, create_graph=True)
    yield "2 exp(2x), 2x", first
    yield "4 exp(2x), 2", torch.autograd.grad(first.sum(), x)[0]
    for kept in (False, True):
        y = x * 1
        part = y[:2].exp_()
        node = part.grad_fn if kept else None
        part.mul_(2)
        yield f"a result that was changed, its node kept: {kept}", attempt(y.sum().backward)
        del node


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


@scenario(cites="Tensor Views", needs=("tensor", "indexing", "views", "shapes", "inplace"))
def elements_that_share_a_place(torch):
    """Elements that share a place in memory are not written to, but where all are written alike, or there is only one."""
    for label, change in {
        "add_": lambda x, row: x.add_(1.0),
        "add_ a tensor": lambda x, row: x.add_(torch.ones(x.shape)),
        "zero_": lambda x, row: x.zero_(),
        "fill_": lambda x, row: x.fill_(7.0),
        "copy_ of itself": lambda x, row: x.copy_(x),
        "copy_ of the same": lambda x, row: x.copy_(row.expand(x.shape)),
        "copy_": lambda x, row: x.copy_(torch.ones(x.shape)),
        "copy_ of what it is a view of": lambda x, row: x.copy_(row),
        "nan_to_num_": lambda x, row: x.nan_to_num_(),
        "exp_": lambda x, row: x.exp_(),
        "masked_fill_": lambda x, row: x.masked_fill_(x > 2, 9.0),
        "masked_fill_ a tensor": lambda x, row: x.masked_fill_(x > 2, torch.tensor(9.0)),
        "index_fill_": lambda x, row: x.index_fill_(-1, torch.tensor([0]), 9.0),
        "index_put_": lambda x, row: x.index_put_((torch.tensor([0]),), torch.tensor(9.0)),
        "index_put_ by a mask": lambda x, row: x.index_put_((x > 2,), torch.tensor(9.0)),
        "index_put_, added": lambda x, row: x.index_put_((x > 2,), torch.tensor(9.0), accumulate=True),
        "scatter_": lambda x, row: x.scatter_(0, torch.zeros(1, 1, dtype=torch.int64), 9.0),
        "an element": lambda x, row: x[0, 0].fill_(9.0),
    }.items():
        for shape in ((2, 3), (1, 3)):
            row = torch.tensor([1.0, 2.0, 3.0])
            x = row.expand(shape)
            done = attempt(lambda change=change, x=x, row=row: change(x, row) is x)
            yield f"{label}, {shape}", done
            yield f"{label}, {shape}, the memory", row


@scenario(cites="Tensor Views", needs=("tensor", "indexing", "views", "shapes", "inplace"))
def operands_on_the_same_memory(torch):
    """What is written may be read from the very same elements in the same order, and not from some of them in another."""
    index = torch.tensor([0, 1])
    none = torch.zeros(0, dtype=torch.int64)
    for label, change in {
        "itself": lambda x, y: x.add_(x),
        "the same view": lambda x, y: y[:].add_(y[:]),
        "shifted": lambda x, y: y[1:].add_(y[:-1]),
        "turned": lambda x, y: x.add_(x.t()),
        "turned copied": lambda x, y: x.copy_(x.t()),
        "one row into all": lambda x, y: x.add_(x[0]),
        "another step": lambda x, y: y[:2].add_(y[::2]),
        "one element": lambda x, y: y[:1].add_(y[:1].reshape(1)),
        "one element, as a matrix": lambda x, y: y[:1].add_(y[:1].reshape(1, 1)[0]),
        "a number of it": lambda x, y: y.mul_(y[1]),
        "filled with one of it": lambda x, y: y.fill_(y[1]),
        "masked with one of it": lambda x, y: y.masked_fill_(y > 2, y[1]),
        "assigned one of it by a mask": lambda x, y: y.index_put_((y > 2,), y[1]),
        "assigned from itself": lambda x, y: y.index_put_((index,), y[2:]),
        "added from itself": lambda x, y: y.index_add_(0, index, y[:2]),
        "added from elsewhere on it": lambda x, y: y[:2].index_add_(0, index, y[2:]),
        "added nothing from itself": lambda x, y: y[:0].index_add_(0, none, y[:0]),
        "scattered from itself": lambda x, y: y.scatter_(0, index, y[:2]),
        "nothing scattered from itself": lambda x, y: y[:0].scatter_add_(0, none, y[:0]),
        "shifted, through its data": lambda x, y: y.data[1:].add_(y[:-1]),
        "the transposes": lambda x, y: x.t().add_(x.t()),
        "a strided view of others": lambda x, y: y.as_strided((2, 2), (1, 0)).copy_(y.as_strided((2, 2), (0, 1))),
        "a strided view": lambda x, y: y.as_strided((2, 2), (0, 1)).copy_(y.as_strided((2, 2), (1, 0))),
    }.items():
        y = torch.tensor([1.0, 2.0, 3.0, 4.0])
        done = attempt(lambda change=change, y=y: change(y.view(2, 2), y) is None)
        yield label, done
        yield f"{label}, the memory", y


@scenario(cites="torch.as_strided", needs=("tensor", "indexing", "views", "shapes", "inplace"))
def a_view_beside_another(torch):
    """`as_strided` of a view reaches all of the base's memory: a change there is a change of the base."""
    x = torch.tensor([1.0, 2.0, 3.0, 4.0], requires_grad=True)
    for label, change in {
        "the view": lambda base, part, beside: beside.mul_(10),
        "the base": lambda base, part, beside: base.mul_(10),
        "the part": lambda base, part, beside: part.mul_(10),
    }.items():
        base = x * 1
        part = base[2:]
        beside = part.as_strided((2,), (1,), 1)
        yield f"{label}, base", (beside._base is base, beside.storage_offset())
        change(base, part, beside)
        yield f"{label}, changed", beside
        yield f"{label}, slope", torch.autograd.grad((beside * torch.tensor([1.0, 3.0])).sum(), x, retain_graph=True)[0]
        yield f"{label}, slope of the base", torch.autograd.grad((base * base.detach()).sum(), x)[0]
    yield "of the part's own place", (x * 1)[2:].as_strided((1,), (1,))
    base = x.view(2, 2) * 1
    beside = base[1].as_strided((2,), (2,), 0)
    base.mul_(10)
    yield "a column of rows", torch.autograd.grad((beside * torch.tensor([1.0, 3.0])).sum(), x)[0]
    m = torch.arange(6.0).reshape(2, 3)
    yield (
        "once seen twice",
        torch.autograd.grad((x.as_strided((2, 2), (1, 1)) * torch.tensor([[1.0, 2], [3, 5]])).sum(), x)[0],
    )
    expanded = torch.ones(1, requires_grad=True)
    row = torch.ones(1, 1, requires_grad=True)
    yield "of an expanded row", torch.autograd.grad(row.expand(1, 3).as_strided((2,), (0,)).sum(), row)[0]
    yield "of an expanded one", torch.autograd.grad(expanded.expand(3).as_strided((2,), (0,)).sum(), expanded)[0]
    yield "of a transpose", m.t().as_strided((2, 2), (1, 3))


@scenario(cites="Tensor Views", needs=("tensor", "indexing", "views", "shapes", "inplace", "grad_modes", "graph"))
def changed_where_nothing_is_recorded(torch):
    """A change in no_grad mode is one of the memory: views go on from the history that their base has."""
    for label, change in {
        "zero_": lambda w: w.zero_(),
        "mul_": lambda w: w.mul_(3),
        "index_put_": lambda w: w.index_put_((torch.tensor([0]),), torch.tensor(5.0)),
        "fill_": lambda w: w.fill_(2.0),
    }.items():
        w = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
        view = w[1:]
        with torch.no_grad():
            change(w)
            inside = w[:2]
        yield f"{label}, the view", (view.grad_fn.name(), view.is_leaf, view._version)
        (view * torch.tensor([5.0, 7.0])).sum().backward()
        yield f"{label}, its slope", w.grad
        yield f"{label}, a view made inside", (inside.requires_grad, inside.is_leaf, inside.grad_fn)
        yield f"{label}, and again", attempt(change, w)
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * 2
    with torch.no_grad():
        stale = y[:1]
    y.mul_(3)
    yield "a view that nobody followed", attempt(lambda: stale.is_leaf)
    yield "its history", attempt(lambda: stale.grad_fn)
    yield "its edge", attempt(torch.autograd.graph.get_gradient_edge, stale)
    with torch.no_grad():
        part = torch.zeros(2)[:1]
    yield "a view of a constant, filled with what requires grad", attempt(part.fill_, x)
    leaf = torch.tensor([1.0, 2.0], requires_grad=True)
    yield "a leaf", attempt(leaf.index_put_, (torch.tensor([0]),), torch.tensor(5.0))
    yield "a leaf, beyond it", attempt(leaf.index_put_, (torch.tensor([9]),), torch.tensor(5.0))


@scenario(cites="Tensor Views", needs=("tensor", "indexing", "views", "shapes", "inplace", "graph"))
def what_is_assigned_has_a_way(torch):
    """A value is brought to the shape of the part that it is assigned to, by as many views as are needed."""

    def way(node):
        found = []
        while node is not None and node.next_functions:
            found.append(node.name())
            node = node.next_functions[-1][0]
        return found

    x = torch.zeros(2, 3)
    for shape in ((), (1,), (3,), (1, 3), (2, 3), (2, 1), (1, 1), (1, 1, 3), (1, 2, 3), (1, 1, 1)):
        for label, index in (("all", slice(None)), ("a row", 1), ("rows", torch.tensor([1, 0])), ("a mask", x < 1)):
            y, value = x.clone(), torch.ones(shape, requires_grad=True)

            def assign(y=y, index=index, value=value):
                y[index] = value
                return way(y.grad_fn)

            yield f"{shape} to {label}", attempt(assign)
    for shape in ((0, 3), (1, 0, 3), (1, 0), (0,)):
        y = x.clone()
        yield f"nothing, {shape}", attempt(y[:0].__setitem__, ..., torch.zeros(shape))


@scenario(cites="Tensor Views", needs=("tensor", "indexing", "views", "shapes", "inplace"))
def a_part_of_nothing_or_of_one(torch):
    """Views of nothing, or of one element however often, are changed without a word."""
    x = torch.ones(3, requires_grad=True)
    base = x * 2
    base.expand(1, 3).mul_(4)
    yield "in front, once", torch.autograd.grad(base.sum(), x)[0]
    base = x * 2
    base[:0].expand(2, 0).mul_(4)
    yield "nothing, twice", torch.autograd.grad(base.sum(), x)[0]
    base = x * 2
    yield "twice", attempt(base.expand(2, 3).mul_, 4)
    base = x * 2
    base[1:].unsqueeze(0).expand(1, 2).mul_(torch.tensor([3.0, 5.0]))
    yield "a part, once", torch.autograd.grad(base.sum(), x)[0]
    base = x * 2
    base[:1].expand(1).add_(base.detach()[1])
    yield "one, once", torch.autograd.grad((base * base.detach()).sum(), x)[0]
    base = x * 2
    yield "one of several", attempt(base.unbind()[0].mul_, 2)
    base = x * 2
    base[1:].zero_()
    yield "zeroed", torch.autograd.grad(base.sum(), x)[0]


@scenario(cites="Tensor Views", needs=("tensor", "views", "shapes", "inplace", "grad_modes"))
def another_shape_where_nothing_is_recorded(torch):
    """A leaf that was given another shape in no_grad mode takes the gradients of before as they come, if they fit."""
    y = torch.ones(3, requires_grad=True) * 2
    with torch.no_grad():
        y.unsqueeze_(0)
    yield "a result", (y.shape, y.grad_fn.name())
    yield "a result of that shape", torch.autograd.grad(y, y.grad_fn.next_functions[0][0].variable, torch.ones(1, 3))[0]
    for label, shape, change in (
        ("squeeze_", (2, 1), lambda w: w.squeeze_()),
        ("unsqueeze_", (2,), lambda w: w.unsqueeze_(0)),
        ("t_", (2, 3), lambda w: w.t_()),
        ("t_ of three rows", (3, 2), lambda w: w.t_()),
        ("t_ of a square", (2, 2), lambda w: w.t_()),
        ("unsqueeze_ behind", (2,), lambda w: w.unsqueeze_(1)),
    ):
        for before in (False, True) if label in ("squeeze_", "unsqueeze_ behind") else (False,):
            w = torch.arange(1.0, 1 + torch.ones(shape).numel()).reshape(shape).requires_grad_()
            w.grad = torch.ones(shape) if before else None
            y = w * (w.detach() + 2)
            with torch.no_grad():
                change(w)
            yield f"{label}, with a gradient before: {before}", attempt(y.sum().backward)
            yield f"{label}, with a gradient before: {before}, afterwards", w.grad
    m = torch.arange(6.0).reshape(2, 3).T
    for k in (0, 4, 8, 1):
        yield f"turned {k} times", m.rot90(k).stride()
