"""Detach: the same numbers, without the history."""

from gradspec import attempt, scenario


@scenario(cites="Autograd lecture: detach", needs=("detach", "flags"))
def detached_tensor_does_not_require_grad(torch):
    """`detach()` gives a leaf that does not require grad."""
    x = torch.tensor(3.0, requires_grad=True)
    d = (x * 2).detach()
    yield "requires grad", d.requires_grad
    yield "is a leaf", d.is_leaf


@scenario(cites="Autograd lecture: detach", needs=("detach",))
def detached_tensor_has_the_same_values(torch):
    """`detach()` gives a tensor with the same values."""
    x = torch.tensor(3.0, requires_grad=True)
    yield "x² - 5 at 3", (x * x - 5).detach()


@scenario(cites="tutorial: Common Pitfalls and Tips: detach()", needs=("detach", "flags"))
def the_original_stays_tracked(torch):
    """`detach()` leaves the tensor that it is called on in the graph."""
    x = torch.tensor(3.0, requires_grad=True)
    y = x * x
    y.detach()
    yield "requires grad", y.requires_grad
    y.backward()
    yield "the gradient", x.grad


@scenario(cites="torch.Tensor.detach", needs=("detach",))
def no_gradient_flows_through(torch):
    """A detached factor is a constant: of x · detach(x) only the other factor has a gradient."""
    x = torch.tensor(3.0, requires_grad=True)
    (x * x.detach()).backward()
    yield "x, not 2x", x.grad


@scenario(cites="torch.Tensor.detach", needs=("detach",))
def only_the_detached_branch_is_cut(torch):
    """Detaching an intermediate cuts that one use of it; its other uses carry their gradients."""
    x = torch.tensor(2.0, requires_grad=True)
    y = x * x
    (y.detach() * y + y * 3).backward()
    yield "(detached y + 3) · 2x", x.grad


@scenario(cites="Autograd lecture: detach", needs=("detach", "flags"))
def results_of_detached_tensors_are_not_recorded(torch):
    """What is computed from detached tensors alone does not require grad, and its backward is an error."""
    x = torch.tensor(3.0, requires_grad=True)
    y = x.detach() * 2
    yield "requires grad", y.requires_grad
    yield "backward", attempt(y.backward)


@scenario(cites="torch.Tensor.detach", needs=("detach", "flags"))
def a_detached_tensor_is_a_new_start(torch):
    """A detached tensor that is told to require grad is a leaf of its own, apart from the original."""
    x = torch.tensor(3.0, requires_grad=True)
    d = x.detach().requires_grad_()
    (d * d).backward()
    yield "the detached one", d.grad
    yield "the original", x.grad


@scenario(cites="torch.Tensor.detach", needs=("detach", "flags", "grad_argument"))
def a_graph_can_be_cut_in_two(torch):
    """Backward through the second half, then through the first with the gradient found, equals backward in one go."""
    x = torch.tensor(2.0, requires_grad=True)
    y = x * x * x
    cut = y.detach().requires_grad_()
    (cut * cut).backward()
    yield "at the cut", cut.grad
    y.backward(cut.grad)
    yield "d(x⁶)/dx at 2", x.grad


@scenario(cites="torch.Tensor.detach", needs=("detach", "functions", "tensor"))
def straight_through_estimator(torch):
    """x + (round(x) - x).detach() has the values of round(x) and the gradient of x."""
    x = torch.tensor([0.75, -1.5, 2.25], requires_grad=True)
    y = x + (torch.round(x) - x).detach()
    yield "values", y.detach()
    (y * torch.tensor([3.0, 5.0, 7.0])).sum().backward()
    yield "gradient", x.grad


@scenario(cites="torch.Tensor.detach", needs=("detach", "tensor", "indexing", "inplace", "views"))
def a_detached_tensor_shares_memory(torch):
    """A detached tensor is not a copy: what is written into it appears in the original."""
    x = torch.tensor([1.0, 2.0, 3.0])
    d = x.detach()
    d[1] = 20.0
    yield "written into the detached one", x
    x[2] = 30.0
    yield "written into the original", d


@scenario(cites="torch.Tensor.detach", needs=("detach", "tensor", "indexing", "inplace", "views"))
def a_leaf_can_be_written_through_detach(torch):
    """Writing into the detached tensor of a leaf that requires grad is no error, and changes the leaf."""
    x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    x.detach()[0] = -5.0
    (x * x).sum().backward()
    yield "the leaf", x
    yield "2x with the new value", x.grad


@scenario(cites="torch.Tensor.detach: In-place modifications", needs=("detach", "inplace", "views"))
def writing_through_detach_is_noticed(torch):
    """A saved value that is changed through a detached tensor is noticed: the backward pass raises an error."""
    x = torch.tensor(3.0, requires_grad=True)
    y = x * 2
    z = y * y
    y.detach().add_(1)
    yield "the backward pass", attempt(z.backward)


@scenario(cites="torch.Tensor.detach: In-place modifications", needs=("detach", "inplace", "views", "versions"))
def detach_shares_the_version_counter(torch):
    """A tensor and its detached one have one version counter."""
    x = torch.tensor(3.0)
    d = x.detach()
    d.add_(1)
    yield "written into the detached one", (x._version, d._version)
    x.mul_(2)
    yield "written into the original", (x._version, d._version)


@scenario(cites="slides: w.data", needs=("detach", "inplace", "views"))
def data_shares_memory(torch):
    """`.data` is a tensor without history that shares its memory: an update through it changes the leaf."""
    w = torch.tensor(1.0, requires_grad=True)
    w.data.sub_(0.25)
    yield "the weight", w
    yield "w.data", w.data


@scenario(cites="slides: Weight update (step)", needs=("detach", "clear_grad"))
def data_can_be_assigned(torch):
    """Assigning to `.data` gives the leaf new values; it stays the leaf that it was, with its gradient."""
    w = torch.tensor(1.0, requires_grad=True)
    ((w * 3 - 5) ** 2).backward()
    w.data = w.data - 0.125 * w.grad.data
    yield "the weight", w
    yield "its gradient", w.grad
    w.grad = None
    (w * w).backward()
    yield "the gradient at the new value", w.grad


@scenario(cites="PyTorch 0.4.0 Migration Guide: What about .data?", needs=("detach", "inplace", "views", "versions"))
def writing_through_data_is_not_noticed(torch):
    """A saved value that is changed through `.data` is not noticed: the pass silently uses the new value."""
    x = torch.tensor(3.0, requires_grad=True)
    y = x * 2
    z = y * y
    y.data.add_(1)
    yield "the version", y._version
    z.backward()
    yield "2 · 2 · 7 instead of 2 · 2 · 6", x.grad


@scenario(cites="torch.Tensor.clone", needs=("detach",))
def clone_passes_gradients_on(torch):
    """`clone()` is recorded: gradients flow through it to the original."""
    x = torch.tensor(3.0, requires_grad=True)
    y = x.clone()
    (y * x).backward()
    yield "2x", x.grad


@scenario(cites="torch.Tensor.clone", needs=("detach", "tensor", "inplace"))
def clone_does_not_share_memory(torch):
    """`detach().clone()` is an independent copy: changing it leaves the original alone."""
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    copy = x.detach().clone()
    copy.mul_(10)
    yield "the copy", copy
    yield "the original", x


@scenario(cites="torch.Tensor.detach_", needs=("detach", "inplace", "flags"))
def detach_in_place_makes_a_leaf(torch):
    """`detach_()` turns the tensor itself into a leaf: no gradient flows to what it was computed from."""
    x = torch.tensor(3.0, requires_grad=True)
    y = x * 2
    yield "the same object is returned", y.detach_() is y
    yield "requires grad", y.requires_grad
    (y * x).backward()
    yield "with y as a constant", x.grad


@scenario(cites="torch.Tensor.detach_", needs=("detach", "inplace", "tensor", "indexing", "views"))
def views_cannot_be_detached_in_place(torch):
    """`detach_()` on a view of a recorded tensor raises an error."""
    x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    y = x * 2
    yield "detaching a slice", attempt(y[1:].detach_)


@scenario(cites="tutorial: Real-World Example: Linear Regression", needs=("detach", "numpy", "tensor"))
def numpy_wants_a_detached_tensor(torch):
    """`numpy()` on a tensor that requires grad raises an error; on the detached tensor it gives the values."""
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * 3
    yield "not detached", attempt(y.numpy)
    yield "detached", y.detach().numpy().tolist()


@scenario(cites="torch.Tensor.data", needs=("detach", "versions"))
def new_data_is_no_change(torch):
    """Assigning to `.data` does not count as a change in place: the version stays what it was."""
    w = torch.tensor(2.0, requires_grad=True)
    w.data = torch.tensor(5.0)
    yield "version", w._version
    yield "the leaf", w


@scenario(cites="torch.Tensor.detach_", needs=("detach", "flags"))
def a_saved_result_detached_in_place_is_noticed(torch):
    """A saved tensor that was detached in place since is noticed: the backward pass raises an error."""
    x = torch.tensor(3.0, requires_grad=True)
    y = x * 2
    z = y * y
    y.detach_()
    yield "the pass through what saved it", attempt(z.backward)
    yield "the gradient", x.grad


@scenario(cites="torch.Tensor.data", needs=("tensor", "detach", "inplace", "versions"))
def new_data_leaves_the_count_where_it_was(torch):
    """Assigning to `.data` neither counts as a change nor makes the tensor forget those that were counted."""
    x = torch.tensor([1.0, 2.0])
    x.add_(1)
    x.add_(1)
    yield "after two changes", x._version
    x.data = torch.tensor([5.0, 6.0])
    yield "with new data", x._version
    x.add_(1)
    yield "after one change more", x._version
