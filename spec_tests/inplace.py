"""In-place operations: which are errors, which are not, and what they do to gradients."""

from gradspec import attempt, scenario


@scenario(cites="Autograd mechanics: In-place correctness checks", needs=("inplace",))
def a_leaf_cannot_be_changed(torch):
    """An in-place operation on a leaf that requires grad raises an error and leaves its value alone."""
    x = torch.tensor(3.0, requires_grad=True)
    yield "adding in place", attempt(x.add_, 1)
    yield "the leaf", x


@scenario(cites="Autograd mechanics: In-place correctness checks", needs=("inplace",))
def augmented_assignment_is_in_place(torch):
    """`x -= 1` on a tensor is an in-place operation: for a leaf that requires grad it raises an error."""
    x = torch.tensor(3.0, requires_grad=True)
    x -= 1
    yield "not reached", x


@scenario(cites="Autograd mechanics: In-place correctness checks", needs=("inplace", "tensor", "indexing"))
def a_leaf_cannot_be_assigned_into(torch):
    """Assigning to elements of a leaf that requires grad raises an error."""
    x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    yield "x[0] = 5", attempt(x.__setitem__, 0, 5.0)


@scenario(cites="Autograd mechanics: In-place correctness checks", needs=("inplace", "tensor", "indexing", "views"))
def a_view_of_a_leaf_cannot_be_changed(torch):
    """An in-place operation on a view of a leaf that requires grad raises an error of its own."""
    x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    yield "adding to a slice in place", attempt(x[1:].add_, 1)


@scenario(cites="Autograd mechanics: In-place correctness checks", needs=("inplace", "grad_modes"))
def a_leaf_can_be_changed_under_no_grad(torch):
    """Under no_grad an in-place operation on a leaf that requires grad is no error."""
    x = torch.tensor(3.0, requires_grad=True)
    with torch.no_grad():
        x.mul_(4)
    yield "the leaf", x


@scenario(cites="Autograd mechanics: In-place operations with autograd", needs=("inplace", "tensor"))
def constants_can_be_changed(torch):
    """An in-place operation on a tensor that does not require grad is no error and leaves it a constant."""
    c = torch.tensor([1.0, 2.0])
    c.mul_(3).sub_(0.5)
    yield "the constant", c


@scenario(cites="Autograd mechanics: In-place operations with autograd", needs=("inplace",))
def in_place_returns_the_tensor_itself(torch):
    """An in-place operation returns the very tensor that it changed."""
    c = torch.tensor(3.0)
    yield "the same object", c.add_(1) is c


@scenario(cites="Autograd mechanics: In-place operations with autograd", needs=("inplace",))
def other_names_see_the_change(torch):
    """After `b = a`, `a += 1` changes what b names, too; `a = a + 1` does not."""
    a = torch.tensor(3.0)
    b = a
    a += 1
    yield "b after a += 1", b
    a = a + 1
    yield "b after a = a + 1", b


@scenario(cites="Autograd mechanics: In-place operations with autograd", needs=("inplace",))
def in_place_operations_are_recorded(torch):
    """An in-place operation on a non-leaf is part of the graph: its derivative counts."""
    x = torch.tensor(2.0, requires_grad=True)
    y = x * 3
    y.mul_(5)
    y.backward()
    yield "d(15x)/dx", x.grad


@scenario(cites="tutorial: Common Pitfalls and Tips: In-Place Operations", needs=("inplace", "tensor"))
def change_before_use_is_harmless(torch):
    """A value changed in place before it is used has the gradient of the changed value, without any warning."""
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x + 2
    y.add_(1)
    (y * y).sum().backward()
    yield "2(x + 3)", x.grad


@scenario(cites="Autograd mechanics: In-place correctness checks", needs=("inplace", "tensor"))
def changed_saved_value_is_an_error(torch):
    """A backward pass that needs a saved value which was changed in place raises an error and leaves `.grad` None."""
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x + 2
    z = y * y
    y.add_(1)
    yield "the backward pass", attempt(z.sum().backward)
    yield "the gradient", x.grad


@scenario(cites="Autograd mechanics: In-place correctness checks", needs=("inplace",))
def versions_are_checked_not_values(torch):
    """Undoing a change does not help: the check counts changes and does not look at values."""
    x = torch.tensor(3.0, requires_grad=True)
    y = x * 2
    z = y * y
    y.add_(1)
    y.sub_(1)
    yield "the backward pass", attempt(z.backward)


@scenario(cites="Autograd mechanics: In-place correctness checks", needs=("inplace", "functions"))
def changed_saved_result_is_an_error(torch):
    """An operation that saved its result, as exp does, is an error to differentiate after that result was changed."""
    x = torch.tensor(0.5, requires_grad=True)
    y = torch.exp(x)
    y.add_(1)
    yield "the backward pass", attempt(y.backward)


@scenario(cites="Autograd mechanics: In-place correctness checks", needs=("inplace", "functions"))
def an_input_that_was_not_saved_may_change(torch):
    """exp saved its result and not its input: changing the input afterwards is no error and changes no gradient."""
    x = torch.tensor(0.5, requires_grad=True)
    y = x * 2
    z = torch.exp(y)
    y.zero_()
    z.backward()
    yield "2·exp(1)", x.grad


@scenario(cites="Autograd mechanics: In-place correctness checks", needs=("inplace", "functions"))
def a_result_that_was_not_saved_may_change(torch):
    """sin saved its input and not its result: changing the result afterwards is no error."""
    x = torch.tensor(0.5, requires_grad=True)
    y = torch.sin(x)
    y.mul_(3)
    y.backward()
    yield "3·cos(0.5)", x.grad


@scenario(cites="Autograd mechanics: In-place correctness checks", needs=("inplace",))
def addition_allows_changes_afterwards(torch):
    """Addition saved nothing: changing an operand afterwards is no error, and the sum has the old value's gradient."""
    x = torch.tensor(3.0, requires_grad=True)
    y = x * 2
    z = y + 7
    y.mul_(10)
    z.backward()
    yield "d(2x + 7)/dx", x.grad


@scenario(cites="Autograd mechanics: In-place correctness checks", needs=("inplace",))
def a_factor_beside_a_constant_is_not_saved(torch):
    """Multiplying by a constant saves the constant alone: changing the other factor afterwards is no error."""
    x = torch.tensor(3.0, requires_grad=True)
    c = torch.tensor(5.0)
    y = x * 2
    z = y * c
    y.add_(1)
    z.backward()
    yield "d(10x)/dx", x.grad


@scenario(cites="Autograd mechanics: In-place correctness checks", needs=("inplace",))
def a_saved_constant_must_not_change(torch):
    """A constant that was saved for the gradient of the other factor is checked as well: changing it is an error."""
    x = torch.tensor(3.0, requires_grad=True)
    c = torch.tensor(5.0)
    z = x * c
    c.add_(1)
    yield "the backward pass", attempt(z.backward)


@scenario(cites="Autograd mechanics: In-place correctness checks", needs=("inplace", "grad_modes"))
def no_grad_does_not_hide_changes(torch):
    """A saved value changed under no_grad is noticed: a weight updated between forward and backward is an error."""
    w = torch.tensor(3.0, requires_grad=True)
    loss = w * w
    with torch.no_grad():
        w -= 0.5
    yield "the backward pass", attempt(loss.backward)


@scenario(cites="Autograd mechanics: In-place correctness checks", needs=("inplace", "grad_modes"))
def an_update_between_two_passes_is_an_error(torch):
    """A kept graph cannot be run again after a weight that it saved was updated in place."""
    w = torch.tensor(3.0, requires_grad=True)
    loss = w * w
    loss.backward(retain_graph=True)
    with torch.no_grad():
        w -= 0.5 * w.grad
    yield "the second pass", attempt(loss.backward)
    yield "the gradient of the first", w.grad


@scenario(cites="torch.Tensor.mul_", needs=("inplace",))
def in_place_product_uses_the_old_value(torch):
    """The gradient of the factor in `y.mul_(w)` is the value that y had before."""
    x = torch.tensor(3.0, requires_grad=True)
    w = torch.tensor(5.0, requires_grad=True)
    y = x * 2
    y.mul_(w)
    y.backward()
    yield "the old y", w.grad
    yield "2w", x.grad


@scenario(cites="torch.Tensor.div_", needs=("inplace",))
def in_place_quotient_uses_the_old_value(torch):
    """The gradient of the divisor in `y.div_(w)` is minus the old value of y over w²."""
    x = torch.tensor(3.0, requires_grad=True)
    w = torch.tensor(4.0, requires_grad=True)
    y = x * 2
    y.div_(w)
    y.backward()
    yield "-6 / 16", w.grad
    yield "2 / 4", x.grad


@scenario(cites="torch.Tensor.pow_", needs=("inplace",))
def in_place_power_uses_the_old_value(torch):
    """The gradient through `y.pow_(3)` is three times the square of the old value."""
    x = torch.tensor(2.0, requires_grad=True)
    y = x * 5
    y.pow_(3)
    y.backward()
    yield "5 · 3 · 10²", x.grad


@scenario(cites="Autograd mechanics: In-place correctness checks", needs=("inplace",))
def a_factor_cannot_be_the_target_as_well(torch):
    """`y.mul_(y)` overwrites the factor that it saved: its backward pass raises an error."""
    x = torch.tensor(3.0, requires_grad=True)
    y = x * 2
    y.mul_(y)
    yield "the backward pass", attempt(y.backward)


@scenario(cites="torch.Tensor.add_", needs=("inplace",))
def in_place_sum_has_two_inputs(torch):
    """`y.add_(x)` passes the gradient on both to x and to the old y."""
    x = torch.tensor(3.0, requires_grad=True)
    y = x * 4
    y.add_(x)
    y.backward()
    yield "4 + 1", x.grad


@scenario(cites="torch.Tensor.zero_", needs=("inplace",))
def zeroing_a_result_cuts_it_off(torch):
    """A result that was set to zero in place passes on the gradient zero, not None."""
    x = torch.tensor(3.0, requires_grad=True)
    y = x * 4
    y.zero_()
    y.backward()
    yield "the gradient", x.grad


@scenario(cites="torch.Tensor.fill_", needs=("inplace", "tensor"))
def filling_with_a_tensor_moves_the_gradient_to_it(torch):
    """`y.fill_(w)` gives w the sum of the gradients of all elements, and what y was computed from zeros."""
    x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    w = torch.tensor(5.0, requires_grad=True)
    y = x * 4
    y.fill_(w)
    (y * torch.tensor([1.0, 10.0, 100.0])).sum().backward()
    yield "what y was filled with", w.grad
    yield "what y was before", x.grad


@scenario(cites="torch.Tensor.copy_", needs=("inplace", "tensor"))
def copying_moves_the_gradient_to_the_source(torch):
    """`y.copy_(w)` gives w the gradients, and what y was computed from zeros."""
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    w = torch.tensor([5.0, 6.0], requires_grad=True)
    y = x * 4
    y.copy_(w)
    (y * y).sum().backward()
    yield "the source", w.grad
    yield "what y was before", x.grad


@scenario(cites="torch.Tensor.copy_", needs=("inplace", "tensor", "broadcasting"))
def copying_broadcasts(torch):
    """`y.copy_(w)` repeats a smaller w, whose gradient is then the sum over the repetitions."""
    w = torch.tensor([5.0, 6.0, 7.0], requires_grad=True)
    y = torch.zeros(2, 3)
    y.copy_(w)
    (y * torch.tensor([[1.0, 2.0, 3.0], [10.0, 20.0, 30.0]])).sum().backward()
    yield "the source", w.grad


@scenario(cites="Autograd mechanics: In-place operations with autograd", needs=("inplace", "flags"))
def a_constant_becomes_recorded(torch):
    """A constant changed in place by a tensor that requires grad requires grad itself, and is no leaf any more."""
    x = torch.tensor(3.0, requires_grad=True)
    total = torch.tensor(1.0)
    total.add_(x * 2)
    yield "requires grad", total.requires_grad
    yield "is a leaf", total.is_leaf
    total.backward()
    yield "the gradient", x.grad


@scenario(cites="Autograd mechanics: In-place operations with autograd", needs=("inplace",))
def a_running_total_collects_gradients(torch):
    """`total += loss` in a loop adds up values and graph alike."""
    w = torch.tensor(2.0, requires_grad=True)
    total = torch.tensor(0.0)
    for target in (1.0, 3.0, -4.0):
        total += (w * w - target) ** 2
    total.backward()
    yield "4w · the sum of (w² - target)", w.grad


@scenario(cites="torch.Tensor.masked_fill_", needs=("inplace", "tensor"))
def masked_elements_pass_nothing_on(torch):
    """After `y.masked_fill_(mask, number)` the elements under the mask have the gradient zero."""
    x = torch.tensor([1.0, -2.0, 3.0], requires_grad=True)
    y = x * 2
    y.masked_fill_(torch.tensor([False, True, False]), 9.0)
    (y * y).sum().backward()
    yield "the gradient", x.grad


@scenario(cites="torch.Tensor.index_put_", needs=("inplace", "tensor", "indexing"))
def overwritten_elements_pass_nothing_on(torch):
    """An element overwritten by index assignment has the gradient zero; the others keep theirs."""
    for name, index in (("an integer", 1), ("a slice", slice(1, 3)), ("a step", slice(None, None, 2))):
        x = torch.tensor([1.0, 2.0, 3.0, 4.0], requires_grad=True)
        y = x * 5
        y[index] = -1.0
        (y * y).sum().backward()
        yield f"overwritten by {name}", x.grad


@scenario(cites="torch.Tensor.index_put_", needs=("inplace", "tensor", "indexing"))
def overwriting_by_mask_and_index_array(torch):
    """Index assignment by a mask or by an array of indices cuts off the elements picked."""
    for name, index in (("a mask", [True, False, False, True]), ("an index array", [3, 1])):
        x = torch.tensor([1.0, 2.0, 3.0, 4.0], requires_grad=True)
        y = x * 5
        y[torch.tensor(index)] = -1.0
        (y * y).sum().backward()
        yield f"overwritten by {name}", x.grad


@scenario(cites="torch.Tensor.index_put_", needs=("inplace", "tensor", "indexing"))
def assigned_tensors_receive_the_gradient(torch):
    """A tensor assigned to a part of another receives the gradient of that part, in its own order."""
    for name, index in (("a slice", slice(1, 3)), ("an index array", torch.tensor([3, 0]))):
        w = torch.tensor([10.0, 20.0], requires_grad=True)
        y = torch.zeros(4)
        y[index] = w
        (y * torch.tensor([1.0, 2.0, 3.0, 4.0])).sum().backward()
        yield f"assigned through {name}", w.grad


@scenario(cites="torch.Tensor.index_put_", needs=("inplace", "tensor", "indexing", "broadcasting"))
def an_assigned_scalar_receives_the_sum(torch):
    """A scalar tensor assigned to several elements receives the sum of their gradients."""
    w = torch.tensor(5.0, requires_grad=True)
    y = torch.zeros(4)
    y[1:] = w
    (y * torch.tensor([1.0, 2.0, 3.0, 4.0])).sum().backward()
    yield "2 + 3 + 4", w.grad


@scenario(cites="Autograd mechanics: In-place correctness checks", needs=("inplace", "tensor", "indexing"))
def index_assignment_counts_as_a_change(torch):
    """Index assignment to a saved value is noticed: the backward pass raises an error."""
    x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    y = x * 2
    z = (y * y).sum()
    y[0] = 7.0
    yield "the backward pass", attempt(z.backward)


@scenario(cites="Tensor Views", needs=("inplace", "tensor", "indexing", "views", "detach"))
def a_change_to_a_view_reaches_the_base(torch):
    """An in-place operation on a view changes the base, and the base's gradient with it."""
    x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    y = x * 2
    view = y[1:]
    view.mul_(10)
    yield "the base", y.detach()
    y.sum().backward()
    yield "2, 20 and 20", x.grad


@scenario(cites="Tensor Views", needs=("inplace", "tensor", "indexing", "views", "detach"))
def a_change_to_the_base_reaches_its_views(torch):
    """An in-place operation on the base changes earlier views of it, and their gradients with them."""
    x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    y = x * 2
    view = y[1:]
    y.mul_(torch.tensor([3.0, 4.0, 5.0]))
    yield "the view", view.detach()
    view.sum().backward()
    yield "0, 8 and 10", x.grad


@scenario(cites="Autograd mechanics: In-place correctness checks", needs=("inplace", "versions"))
def versions_count_changes(torch):
    """`_version` is 0 for a new tensor, and every in-place operation adds one."""
    c = torch.tensor(3.0)
    yield "new", c._version
    c.add_(1)
    c *= 2
    yield "after two changes", c._version


@scenario(cites="Autograd mechanics: In-place correctness checks", needs=("versions",))
def reading_does_not_count(torch):
    """Operations that are not in place leave the versions of their inputs alone, and their results start at 0."""
    x = torch.tensor(3.0, requires_grad=True)
    y = x * 2
    z = -(y * y + y)
    z.backward()
    yield "inputs and result", (x._version, y._version, z._version)


@scenario(cites="Autograd mechanics: In-place correctness checks", needs=("inplace", "versions", "grad_modes"))
def versions_count_under_no_grad(torch):
    """Changes under no_grad are counted, too."""
    w = torch.tensor(3.0, requires_grad=True)
    with torch.no_grad():
        w.sub_(1)
    yield "the version", w._version


@scenario(
    cites="Autograd mechanics: In-place correctness checks",
    needs=("inplace", "versions", "tensor", "indexing", "views"),
)
def views_share_the_version_of_their_base(torch):
    """A view and its base have one version counter: a change to either counts for both."""
    base = torch.tensor([1.0, 2.0, 3.0])
    view = base[1:]
    view.add_(1)
    yield "after a change to the view", (base._version, view._version)
    base[0] = 5.0
    yield "after a change to the base", (base._version, view._version)


@scenario(cites="Autograd mechanics: In-place correctness checks", needs=("inplace", "tensor", "indexing", "views"))
def a_change_to_any_view_counts(torch):
    """A change to one view counts for all views of its base, also for those that share no element with it."""
    x = torch.tensor(2.0, requires_grad=True)
    constants = torch.tensor([1.0, 2.0, 3.0])
    saved, other = constants[0], constants[1:]
    z = x * saved
    other.zero_()
    yield "the backward pass", attempt(z.backward)


@scenario(cites="Tensor Attributes: torch.dtype", needs=("inplace", "tensor", "dtypes"))
def the_dtype_cannot_change(torch):
    """An in-place operation whose result would need another kind of dtype raises an error."""
    c = torch.tensor([1, 2, 3])
    yield "adding 0.5 to integers in place", attempt(c.add_, 0.5)
    yield "the tensor", c


@scenario(cites="torch.Tensor.fill_", needs=("tensor", "inplace"))
def filling_with_a_tensor(torch):
    """A tensor without dimensions that fills another receives the sum of its gradient."""
    x = torch.tensor(3.0, requires_grad=True)
    y = torch.tensor([1.0, 2.0]).fill_(x)
    (y * torch.tensor([1.0, 10.0])).sum().backward()
    yield "filled", y
    yield "what filled it", x.grad


@scenario(cites="torch.nn.functional.leaky_relu_", needs=("tensor", "functions", "inplace"))
def a_turned_slope_cannot_be_undone(torch):
    """`leaky_relu_` and `elu_` with a negative slope run, but their backward raises a RuntimeError."""
    for name in ("leaky_relu_", "elu_"):
        for slope in (0.5, -2.0):
            x = torch.tensor([-1.0, 2.0], requires_grad=True)
            y = getattr(torch.nn.functional, name)(x * 1, slope)
            yield f"{name}({slope})", y
            yield f"{name}({slope}): backward", attempt(y.sum().backward)
            yield f"{name}({slope}): gradient", x.grad


@scenario(cites="torch.Tensor.fill_", needs=("tensor", "inplace"))
def what_a_number_was_written_over_gets_no_gradient(torch):
    """`fill_` with a number cuts the gradient off: what stood there gets zeros."""
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * 3
    y.fill_(5.0)
    yield "filled", y
    (y * y).sum().backward()
    yield "gradient", x.grad


@scenario(cites="Autograd mechanics: In-place correctness checks", needs=("tensor", "shapes", "inplace", "versions"))
def every_kind_of_change_is_counted(torch):
    """Arithmetic, zeroing, filling, copying and turning in place count as one change each, on a constant, too."""
    x = torch.tensor([[1.0, 2.0], [3.0, 4.0]])
    changes = {
        "+= 1": lambda: x.add_(1),
        "*= a tensor": lambda: x.mul_(torch.tensor([[2.0, 1.0], [1.0, 2.0]])),
        "zero_": x.zero_,
        "fill_": lambda: x.fill_(3.0),
        "copy_": lambda: x.copy_(torch.tensor([[1.0, 2.0], [3.0, 4.0]])),
        "t_": x.t_,
    }
    for name, change in changes.items():
        before = x._version
        change()
        yield name, x
        yield f"{name}: changes", x._version - before
