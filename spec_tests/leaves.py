"""Leaves: which tensors receive a gradient, and which do not."""

from gradspec import attempt, scenario


@scenario(cites="tutorial: Key Components in PyTorch Autograd")
def gradient_lands_on_the_leaf(torch):
    """After `backward()`, `.grad` of a leaf holds the derivative of the result with respect to that leaf."""
    x = torch.tensor(3.0, requires_grad=True)
    y = x * x * 5 - x
    y.backward()
    yield "d(5x² - x)/dx at 3", x.grad


@scenario(cites="tutorial: Backward Pass (Computing Gradients)")
def every_leaf_gets_its_own_partial(torch):
    """One backward pass gives every leaf its own partial derivative."""
    w = torch.tensor(2.0, requires_grad=True)
    x = torch.tensor(5.0, requires_grad=True)
    b = torch.tensor(-3.0, requires_grad=True)
    ((w * x + b) ** 2).backward()
    yield "with respect to w", w.grad
    yield "with respect to x", x.grad
    yield "with respect to b", b.grad


@scenario(cites="torch.Tensor.grad")
def grad_is_none_before_backward(torch):
    """`.grad` is None until a backward pass has reached the tensor."""
    x = torch.tensor(3.0, requires_grad=True)
    y = x * 4
    yield "before the backward pass", x.grad
    y.backward()
    yield "after it", x.grad


@scenario(cites="torch.Tensor.grad")
def unreached_leaf_keeps_none(torch):
    """A leaf that the result does not depend on keeps None, not zero, as its `.grad`."""
    x = torch.tensor(3.0, requires_grad=True)
    unused = torch.tensor(7.0, requires_grad=True)
    (x * 4).backward()
    yield "the leaf that was used", x.grad
    yield "the leaf that was not", unused.grad


@scenario(cites="torch.Tensor.backward")
def backward_on_a_leaf(torch):
    """`backward()` on a leaf itself gives it the gradient one, whatever its value."""
    x = torch.tensor(3.0, requires_grad=True)
    x.backward()
    yield "dx/dx", x.grad


@scenario(cites="torch.autograd.backward", needs=("flags",))
def backward_without_history_is_an_error(torch):
    """`backward()` on a tensor that does not require grad raises an error."""
    c = torch.tensor(3.0)
    yield "backward on a constant", attempt(c.backward)
    yield "backward on a product of constants", attempt((c * 2).backward)


@scenario(cites="Autograd lecture: requires_grad is False by default", needs=("flags",))
def requires_grad_is_false_by_default(torch):
    """A tensor does not require grad unless that was asked for."""
    yield "not asked for", torch.tensor(2.5).requires_grad
    yield "asked for", torch.tensor(2.5, requires_grad=True).requires_grad


@scenario(cites="Backpropagation lecture: x and y are fixed tensors", needs=("flags",))
def constants_receive_no_gradient(torch):
    """A tensor that does not require grad receives no gradient, though it is part of the computation."""
    x = torch.tensor(4.0)
    w = torch.tensor(3.0, requires_grad=True)
    (w * x).backward()
    yield "the parameter", w.grad
    yield "the fixed input", x.grad


@scenario(cites="Autograd mechanics: Setting requires_grad", needs=("flags",))
def result_requires_grad_if_any_input_does(torch):
    """The result of an operation requires grad if, and only if, at least one of its inputs does."""
    x = torch.tensor(3.0, requires_grad=True)
    c = torch.tensor(2.0)
    yield "leaf times constant", (x * c).requires_grad
    yield "constant times leaf", (c * x).requires_grad
    yield "constant times constant", (c * c).requires_grad


@scenario(cites="torch.Tensor.is_leaf", needs=("flags",))
def created_tensors_are_leaves(torch):
    """A tensor made by the user is a leaf, whether it requires grad or not."""
    yield "requires grad", torch.tensor(3.0, requires_grad=True).is_leaf
    yield "does not", torch.tensor(3.0).is_leaf


@scenario(cites="torch.Tensor.is_leaf", needs=("flags",))
def recorded_results_are_not_leaves(torch):
    """The result of an operation on a tensor that requires grad is not a leaf."""
    x = torch.tensor(3.0, requires_grad=True)
    yield "x * 2", (x * 2).is_leaf
    yield "-x", (-x).is_leaf


@scenario(cites="torch.Tensor.is_leaf", needs=("flags",))
def unrecorded_results_are_leaves(torch):
    """By convention the result of operations on tensors that do not require grad is a leaf."""
    a = torch.tensor(3.0)
    b = torch.tensor(4.0)
    yield "a * b + 1", (a * b + 1).is_leaf


@scenario(cites="Autograd mechanics: How autograd encodes the history", needs=("graph",))
def leaves_have_no_grad_fn(torch):
    """A leaf has no `grad_fn`; a recorded result has one."""
    x = torch.tensor(3.0, requires_grad=True)
    yield "the leaf", x.grad_fn is None
    yield "the result", (x * 2).grad_fn is None


@scenario(cites="torch.Tensor.is_leaf", needs=("flags",))
def non_leaf_grad_is_not_kept(torch):
    """Gradients pass through a non-leaf but are not kept on it: reading its `.grad` gives None and a warning."""
    x = torch.tensor(3.0, requires_grad=True)
    y = x * 2
    (y * y).backward()
    yield "the non-leaf in between", y.grad
    yield "the leaf behind it", x.grad


@scenario(cites="torch.Tensor.retain_grad", needs=("flags",))
def retain_grad_keeps_the_gradient_of_a_non_leaf(torch):
    """After `retain_grad()`, a backward pass leaves the gradient of a non-leaf in its `.grad`."""
    x = torch.tensor(3.0, requires_grad=True)
    y = x * 2
    y.retain_grad()
    (y * y).backward()
    yield "the retained gradient of 2x", y.grad
    yield "the leaf's", x.grad


@scenario(cites="torch.Tensor.retain_grad", needs=("flags",))
def retained_gradients_accumulate(torch):
    """A retained gradient accumulates over backward passes, as a leaf's does."""
    x = torch.tensor(3.0, requires_grad=True)
    y = x * 2
    y.retain_grad()
    z = y * y
    z.backward(retain_graph=True)
    z.backward()
    yield "the non-leaf after two passes", y.grad
    yield "the leaf after two passes", x.grad


@scenario(cites="torch.Tensor.retain_grad", needs=("flags",))
def retain_grad_on_a_leaf_changes_nothing(torch):
    """`retain_grad()` on a leaf is allowed and has no effect: its gradient is not counted twice."""
    x = torch.tensor(3.0, requires_grad=True)
    x.retain_grad()
    (x * x).backward()
    yield "d(x²)/dx at 3", x.grad


@scenario(cites="torch.Tensor.retain_grad", needs=("flags",))
def retain_grad_needs_a_tensor_that_requires_grad(torch):
    """`retain_grad()` on a tensor that does not require grad raises an error."""
    c = torch.tensor(3.0)
    yield "retain_grad on a constant", attempt(c.retain_grad)


@scenario(cites="torch.Tensor.requires_grad_", needs=("flags",))
def requires_grad_switches_on_in_place(torch):
    """`requires_grad_()` makes the tensor itself, not a copy, a leaf that requires grad, and returns it."""
    x = torch.tensor(3.0)
    returned = x.requires_grad_()
    yield "the same object is returned", returned is x
    (x * x).backward()
    yield "its gradient", x.grad


@scenario(cites="Autograd mechanics: Setting requires_grad", needs=("flags",))
def what_came_before_is_not_recorded(torch):
    """Operations made before a tensor is told to require grad are not part of the graph."""
    a = torch.tensor(3.0)
    before = a * 2
    a.requires_grad_()
    (a * 5 + before * a).backward()
    yield "gradient with `before` as a constant", a.grad


@scenario(cites="Autograd mechanics: Setting requires_grad", needs=("flags",))
def switched_off_leaf_is_a_constant(torch):
    """A leaf whose `requires_grad` is set to False is a constant for what is computed afterwards."""
    w = torch.tensor(3.0, requires_grad=True)
    frozen = torch.tensor(5.0, requires_grad=True)
    frozen.requires_grad = False
    (w * frozen * frozen).backward()
    yield "the leaf still learning", w.grad
    yield "the frozen leaf", frozen.grad


@scenario(cites="torch.Tensor.requires_grad", needs=("flags",))
def only_leaves_can_be_switched_off(torch):
    """Setting `requires_grad` to False on a non-leaf raises an error."""
    x = torch.tensor(3.0, requires_grad=True)
    y = x * 2
    yield "switching off a non-leaf", attempt(y.requires_grad_, False)


@scenario(cites="torch.autograd", needs=("flags", "dtypes"))
def integers_cannot_require_grad(torch):
    """Only tensors of floating point (or complex) dtype can require grad: for an integer tensor it is an error."""
    yield "created with requires_grad=True", attempt(torch.tensor, 3, requires_grad=True)
    yield "switched on later", attempt(torch.tensor(3).requires_grad_)


@scenario(cites="torch.Tensor.requires_grad_", needs=("flags",))
def a_graph_does_not_fill_a_leaf_that_was_switched_off(torch):
    """A leaf switched off after the graph was recorded receives nothing from it; the other leaves receive theirs."""
    w = torch.tensor(3.0, requires_grad=True)
    frozen = torch.tensor(5.0, requires_grad=True)
    y = w * frozen
    frozen.requires_grad_(False)
    y.backward()
    yield "the leaf still learning", w.grad
    yield "the frozen leaf", frozen.grad


@scenario(cites="torch.Tensor.grad", needs=("tensor",))
def grad_has_the_shape_of_its_leaf(torch):
    """`.grad` has the shape of its tensor."""
    x = torch.tensor([[1.0, -2.0, 3.0], [4.0, 5.0, -6.0]], requires_grad=True)
    (x * x).sum().backward()
    yield "gradient of a 2x3 leaf", x.grad


@scenario(cites="torch.Tensor.grad", needs=("tensor", "dtypes"))
def grad_has_the_dtype_of_its_leaf(torch):
    """`.grad` has the dtype of its tensor, also where the computation promoted it to another."""
    single = torch.tensor([1.5, -2.0], requires_grad=True)
    double = torch.tensor([0.1, 0.7], dtype=torch.float64, requires_grad=True)
    (single * double).sum().backward()
    yield "the float32 leaf", single.grad
    yield "the float64 leaf", double.grad


@scenario(cites="torch.Tensor.grad", needs=("flags",))
def grad_is_a_leaf_without_history(torch):
    """After a plain backward pass, `.grad` is itself a leaf that does not require grad."""
    x = torch.tensor(3.0, requires_grad=True)
    (x * x * x).backward()
    yield "requires grad", x.grad.requires_grad
    yield "is a leaf", x.grad.is_leaf


@scenario(cites="torch.Tensor.grad_dtype", needs=("tensor", "dtypes"))
def gradients_may_be_kept_in_another_dtype(torch):
    """A leaf's gradient is of the leaf's dtype, unless `grad_dtype` names another before there is a gradient."""
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    yield "by default", str(x.grad_dtype)
    x.grad_dtype = torch.float64
    (x * 3).sum().backward()
    yield "asked for float64", x.grad


@scenario(cites="torch.Tensor.grad_dtype", needs=("tensor", "dtypes"))
def without_grad_dtype_any_gradient_may_be_assigned(torch):
    """With `grad_dtype` None a gradient of any dtype may be assigned; otherwise it has to be of that dtype."""
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    g = torch.tensor([5.0, 6.0], dtype=torch.float64)
    yield "by default", attempt(setattr, x, "grad", g)
    x.grad_dtype = None
    x.grad = g
    yield "with None", x.grad


@scenario(cites="torch.Tensor.grad_dtype", needs=("tensor", "dtypes", "clear_grad"))
def grad_dtype_fits_the_gradient_there_is(torch):
    """`grad_dtype` cannot be set to another dtype than that of the gradient which is there."""
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    (x * 3).sum().backward()
    yield "a gradient is there", attempt(setattr, x, "grad_dtype", torch.float64)
    x.grad = None
    x.grad_dtype = torch.float64
    yield "it was cleared", str(x.grad_dtype)


@scenario(cites="torch.Tensor.grad_dtype", needs=("tensor", "dtypes"))
def grad_dtype_is_a_leafs(torch):
    """Only leaves have a `grad_dtype`, to be read or set."""
    y = torch.tensor([1.0, 2.0], requires_grad=True) * 2
    yield "reading", attempt(lambda: y.grad_dtype)
    yield "setting", attempt(setattr, y, "grad_dtype", None)


@scenario(cites="torch.Tensor.data", needs=("tensor", "dtypes"))
def data_of_a_leaf_stays_differentiable(torch):
    """Integers cannot become the data of a leaf that requires grad."""
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    yield "integers", attempt(setattr, x, "data", torch.tensor([1, 2]))
    yield "the leaf", x


@scenario(cites="torch.Tensor.data", needs=("tensor", "hooks"))
def attributes_that_cannot_be_deleted(torch):
    """A tensor's `.grad` can be deleted; its data, its history, its hooks and whether it requires grad cannot."""
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    (x * 3).sum().backward()
    del x.grad
    yield "the gradient", x.grad
    yield "the data", attempt(delattr, x, "data")
    yield "whether it requires grad", attempt(delattr, x, "requires_grad")
    yield "the history", attempt(delattr, x, "_grad_fn")
    yield "the hooks", attempt(delattr, x, "_backward_hooks")


@scenario(cites="torch.autograd: Variable (deprecated)", needs=("flags", "detach"))
def variables_are_tensors(torch):
    """`Variable`, the old word for a tensor, makes a leaf of its own on the same data."""
    x = torch.tensor(1.0)
    v = torch.autograd.Variable(x, requires_grad=True)
    yield "is a tensor", isinstance(v, torch.Tensor)
    yield "a tensor is one", isinstance(x, torch.autograd.Variable)
    yield "requires grad", (v.requires_grad, x.requires_grad)
    yield "of nothing", attempt(torch.autograd.Variable, 1.0)


@scenario(cites="torch.Tensor.requires_grad_", needs=("flags",))
def requiring_grad_twice_changes_nothing(torch):
    """A leaf that requires grad may be told so again: nothing changes, and it keeps its gradient."""
    x = torch.tensor(2.0, requires_grad=True)
    (x * 3).backward()
    yield "told again", attempt(x.requires_grad_)
    yield "its gradient", x.grad
    x.requires_grad = True
    (x * 5).backward()
    yield "after another pass", x.grad


@scenario(cites="torch.Tensor.requires_grad_", needs=("flags",))
def a_result_may_be_told_to_require_grad(torch):
    """A result that requires grad may be told to: it is the same result, no leaf, and its gradient goes on."""
    x = torch.tensor(2.0, requires_grad=True)
    y = x * 3
    yield "told to", attempt(y.requires_grad_)
    yield "a leaf", y.is_leaf
    y.backward()
    yield "the gradient of what it was made of", x.grad


@scenario(cites="Autograd mechanics: Setting requires_grad", needs=("flags",))
def a_past_use_gives_no_gradient(torch):
    """A factor that is told to require grad after it was used gets no gradient from that use."""
    x, c = torch.tensor(2.0, requires_grad=True), torch.tensor(3.0)
    y = x * c
    c.requires_grad_()
    y.backward()
    yield "gradient of what required grad", x.grad
    yield "gradient of the factor", c.grad


@scenario(cites="torch.Tensor.retain_grad", needs=("tensor", "retain_graph", "views"))
def a_second_pass_replaces_a_retained_gradient(torch):
    """A second pass puts the sum in a new tensor: whoever holds the retained gradient of the first keeps that."""
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * 3
    y.retain_grad()
    z = (y * y).sum()
    z.backward(retain_graph=True)
    first = y.grad
    z.backward()
    yield "the first", first
    yield "the sum", y.grad
    yield "the same tensor", first is y.grad
