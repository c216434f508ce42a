"""Ownership: what belongs to one tensor alone, and does not come along with its values, a copy or new data."""

from gradspec import scenario


@scenario(cites="torch.Tensor.detach_", needs=("detach", "flags", "inplace", "retain_graph", "versions"))
def a_leaf_detached_in_place_is_a_constant(torch):
    """`detach_()` of a leaf makes a constant of it, for what was recorded as well; its gradient and version stay."""
    x = torch.tensor(2.0, requires_grad=True)
    y = x * 3
    y.backward(retain_graph=True)
    yield "the same object is returned", x.detach_() is x
    yield "requires grad", (x.requires_grad, (x * 5).requires_grad)
    y.backward()
    yield "its gradient", x.grad
    c = torch.tensor(2.0)
    c.add_(1)
    yield "version", (c.detach_()._version, x._version)


@scenario(cites="torch.Tensor.detach_", needs=("detach", "flags", "inplace"))
def a_retained_gradient_outlives_the_history(torch):
    """A result that retained its gradient keeps it when it is detached in place, or changed."""
    x = torch.tensor(2.0, requires_grad=True)
    y = x * 3
    y.retain_grad()
    (y * y).backward()
    y.mul_(5)
    yield "changed", y.grad
    y.detach_()
    yield "detached", y.grad


@scenario(cites="torch.Tensor.data", needs=("detach", "flags", "hooks"))
def new_data_brings_no_history(torch):
    """A leaf that is given a result's `.data` stays the leaf that it was, with its hooks; a constant stays a constant."""
    w = torch.tensor(5.0, requires_grad=True)
    x, c = torch.tensor(2.0, requires_grad=True), torch.tensor(1.0)
    x.register_hook(lambda grad: grad * 10)
    x.data = w * 3
    (x * x).backward()
    yield "10 * 2 * 15, and none for what the data was made of", [x.grad, w.grad]
    c.data = w
    yield "a constant with a leaf's data", c


@scenario(cites="torch.Tensor.data", needs=("detach", "flags"))
def new_data_leaves_a_result_its_history(torch):
    """A result that is given new data is a result as before: its gradient goes where it went."""
    x = torch.tensor(2.0, requires_grad=True)
    y = x * 3
    y.data = torch.tensor(100.0)
    yield "the result", y
    (y * y).backward()
    yield "2 * 100 * 3", x.grad


@scenario(cites="torch.Tensor.data", needs=("tensor", "detach", "clear_grad", "inplace", "versions"))
def new_data_is_values_and_nothing_else(torch):
    """Assigning to `.data` takes over memory, not gradient or version; whoever shares the former memory keeps that."""
    x, source = torch.tensor([1.0, 2.0], requires_grad=True), torch.tensor([5.0, 6.0])
    former = x.detach()
    source.grad = torch.tensor([7.0, 8.0])
    source.add_(1)
    x.data = source
    yield "gradient and version", (x.grad, x._version)
    source.mul_(10)
    yield "versions after a change of the source", (x._version, source._version)
    yield "the tensor, and who shared its former memory", [x, former]


@scenario(cites="torch.Tensor.data", needs=("detach",))
def new_data_is_what_was_saved(torch):
    """A saved tensor that is given new data before the backward pass goes into the gradient with that, unnoticed."""
    x, c = torch.tensor(3.0, requires_grad=True), torch.tensor(2.0)
    y = x * x * c
    x.data, c.data = torch.tensor(50.0), torch.tensor(5.0)
    y.backward()
    yield "2 * 50 * 5", x.grad


@scenario(cites="torch.Tensor.grad", needs=("detach", "nn"))
def a_gradient_belongs_to_one_tensor(torch):
    """What is made of a leaf by `detach`, `.data`, `clone`, `Variable` or `Parameter` starts without its gradient."""
    x = torch.tensor(2.0, requires_grad=True)
    (x * 3).backward()
    yield "detached", x.detach().grad
    yield "data", x.data.grad
    yield "cloned", x.clone().grad
    yield "a variable", torch.autograd.Variable(x).grad
    yield "a parameter", torch.nn.Parameter(x).grad


@scenario(cites="torch.Tensor.register_hook", needs=("detach", "hooks"))
def hooks_belong_to_one_tensor(torch):
    """Hooks of a tensor are not those of its clone, nor of the leaf that is made of it by `detach`."""
    seen = []
    x = torch.tensor(2.0, requires_grad=True)
    y = x * 3
    for each in (x, y):
        each.register_hook(lambda grad: seen.append(grad.item()))
    (y.clone() * 5).backward()
    yield "once each", seen[:]
    for each in (x, y):
        (each.detach().requires_grad_() * 7).backward()
    yield "and not again", seen


@scenario(cites="torch.Tensor.retain_grad", needs=("detach", "flags"))
def retaining_belongs_to_one_tensor(torch):
    """Neither a clone nor a detached tensor retains its gradient because the original does."""
    y = torch.tensor(2.0, requires_grad=True) * 3
    y.retain_grad()
    clone = y.clone()
    yield "retain", (y.retains_grad, clone.retains_grad, y.detach().retains_grad)
    (clone * 5).backward()
    yield "gradients", [y.grad, clone.grad]


@scenario(cites="torch.Tensor.retain_grad", needs=("flags", "grad_modes"))
def retaining_twice_is_retaining_once(torch):
    """A result that was told twice to retain its gradient, under no_grad at that, has it once."""
    y = torch.tensor(2.0, requires_grad=True) * 3
    with torch.no_grad():
        y.retain_grad()
        y.retain_grad()
    (y * y).backward()
    yield "2y", y.grad


@scenario(cites="torch.Tensor.retain_grad", needs=("tensor", "flags", "inplace", "grad_argument"))
def each_retained_gradient_is_one_of_its_own(torch):
    """Where the same gradient comes to several tensors that keep it, changing one of them leaves the others."""
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x + 4
    z = y + 5
    y.retain_grad()
    z.retain_grad()
    upstream = torch.tensor([3.0, 5.0])
    z.backward(upstream)
    z.grad.mul_(100)
    yield "the others", [upstream, y.grad, x.grad]
    y.grad.zero_()
    yield "the leaf's", x.grad


@scenario(cites="torch.Tensor.retain_grad", needs=("flags", "autograd_grad", "partial", "retain_graph"))
def any_pass_leaves_retained_gradients(torch):
    """`autograd.grad`, and a pass for some inputs alone, leave gradients with the results on their way that retain them."""
    x = torch.tensor(2.0, requires_grad=True)
    y = x * 3
    y.retain_grad()
    z = y * y
    yield "asked for", torch.autograd.grad(z, x, retain_graph=True)
    yield "on the way", y.grad
    z.backward(inputs=[x])
    yield "after a pass for the leaf", y.grad


@scenario(cites="torch.Tensor.retain_grad", needs=("tensor", "flags", "shapes"))
def an_unused_piece_retains_none(torch):
    """A piece that retains its gradient keeps None, not zeros, where the pass comes through another piece alone."""
    first, second = torch.tensor([1.0, 2.0], requires_grad=True).unbind()
    second.retain_grad()
    first.backward()
    yield "the gradient", second.grad


@scenario(cites="torch.Tensor.register_hook", needs=("hooks",))
def equal_hooks_are_removed_one_by_one(torch):
    """Of a function that was registered twice, `remove()` of one handle leaves the other."""
    seen = []
    x = torch.tensor(2.0, requires_grad=True)

    def hook(grad):
        seen.append(grad.item())

    handle = x.register_hook(hook)
    x.register_hook(hook)
    handle.remove()
    (x * 3).backward()
    yield "called", seen


@scenario(cites="torch.Tensor.register_hook", needs=("tensor", "hooks"))
def what_a_hook_was_given_stays(torch):
    """A gradient that a leaf's hook has kept is not what `.grad` adds to: a second pass leaves it alone."""
    kept = []
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    x.register_hook(lambda grad: kept.append(grad))
    for slope in (3, 7):
        (x * slope + x * 2).sum().backward()
    yield "kept", kept
    yield "the sum", x.grad


@scenario(cites="torch.autograd: Variable (deprecated)", needs=("flags", "detach"))
def a_variable_has_no_history(torch):
    """`Variable` of a tensor with history is a leaf apart from it: no gradient flows back."""
    x = torch.tensor(2.0, requires_grad=True)
    y = x * 3
    v = torch.autograd.Variable(y)
    yield "of a result", (v.requires_grad, v.is_leaf, v.grad_fn)
    for label, source in (("a result", y), ("a leaf", x)):
        v = torch.autograd.Variable(source, requires_grad=True)
        (v * v).backward()
        yield f"gradients with {label}", [v is source, v.grad, x.grad]


@scenario(cites="torch.autograd: Variable (deprecated)", needs=("detach", "inplace", "versions"))
def a_variable_shares_memory_and_version(torch):
    """A `Variable` is no copy: a change of it is a change of what it was made of, and counted there."""
    x = torch.tensor([1.0, 2.0])
    torch.autograd.Variable(x).add_(3)
    yield "the tensor", x
    yield "its version", x._version


@scenario(cites="Autograd mechanics: In-place correctness checks", needs=("inplace", "versions", "detach", "nn"))
def who_takes_over_the_version(torch):
    """What shares a tensor's version begins at it; `.data`, a clone and new tensors begin at 0."""
    x = torch.tensor([1.0, 2.0])
    x.add_(1)
    p = torch.nn.Parameter(x)
    yield "detached, parameter", (x.detach()._version, p._version)
    yield "data, clone", (x.data._version, x.clone()._version)
    x.add_(1)
    yield "the parameter after a change", p


@scenario(cites="torch.Tensor.numpy", needs=("numpy", "versions", "tensor", "detach"))
def changes_by_numpy_are_not_counted(torch):
    """What is written by NumPy into shared memory is not counted: the pass silently uses the new value."""
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = (x * x).sum()
    x.detach().numpy()[0] = 50
    yield "version", x._version
    y.backward()
    yield "100 instead of 2", x.grad


@scenario(cites="torch.tensor", needs=("flags",))
def a_copy_of_a_leaf_asks_for_nothing(torch):
    """`torch.tensor` of a leaf requires grad only if it is told to, and `as_tensor` gives the leaf itself."""
    x = torch.tensor(2.0, requires_grad=True)
    yield "tensor", torch.tensor(x).requires_grad
    yield "as_tensor", torch.as_tensor(x) is x


@scenario(cites="torch.nn.parameter.Parameter", needs=("nn", "grad_modes"))
def a_parameter_made_under_no_grad_requires_grad(torch):
    """A Parameter made under no_grad requires grad as any other."""
    with torch.no_grad():
        p = torch.nn.Parameter(torch.tensor(2.0))
    yield "the parameter", p


@scenario(cites="torch.Tensor.grad", needs=("clear_grad", "flags"))
def any_tensor_may_have_a_gradient(torch):
    """`.grad` may be assigned to a constant, which keeps it when it is told to require grad, and to a result."""
    c = torch.tensor(2.0)
    c.grad = torch.tensor(5.0)
    yield "of a constant", c.grad
    y = c.requires_grad_() * 3
    y.grad = torch.tensor(7.0)
    y.backward()
    yield "of the leaf that it became", c.grad
    yield "of a result", y.grad
