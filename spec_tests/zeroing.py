"""Zeroing: a fresh start for `.grad`."""

from gradspec import attempt, scenario


@scenario(cites="tutorial: Zeroing Gradients", needs=("clear_grad",))
def zeroed_grad_starts_over(torch):
    """After `x.grad.zero_()` the next backward pass leaves its own gradient alone."""
    x = torch.tensor(3.0, requires_grad=True)
    (x * x).backward()
    x.grad.zero_()
    (x * 4).backward()
    yield "the second pass alone", x.grad


@scenario(cites="torch.optim.Optimizer.zero_grad: set_to_none", needs=("clear_grad",))
def none_starts_over(torch):
    """After `x.grad = None` the next backward pass leaves its own gradient alone."""
    x = torch.tensor(3.0, requires_grad=True)
    (x * x).backward()
    x.grad = None
    (x * 4).backward()
    yield "the second pass alone", x.grad


@scenario(cites="torch.optim.Optimizer.zero_grad: set_to_none", needs=("clear_grad",))
def zero_is_not_none(torch):
    """A zeroed `.grad` is a tensor of zeros, a cleared one is None."""
    x = torch.tensor(3.0, requires_grad=True)
    (x * x).backward()
    x.grad.zero_()
    yield "zeroed", x.grad
    x.grad = None
    yield "cleared", x.grad


@scenario(cites="torch.Tensor.grad", needs=("clear_grad",))
def deleting_clears(torch):
    """`del x.grad` clears the gradient: it is None afterwards, and accumulation starts over."""
    x = torch.tensor(3.0, requires_grad=True)
    (x * x).backward()
    del x.grad
    yield "deleted", x.grad
    (x * 4).backward()
    yield "after the next pass", x.grad


@scenario(cites="tutorial: Zeroing Gradients", needs=("clear_grad", "inplace"))
def zeroing_works_in_place(torch):
    """`zero_()` keeps the gradient's tensor: older references see the zeros and then the new gradient."""
    x = torch.tensor(3.0, requires_grad=True)
    (x * x).backward()
    reference = x.grad
    x.grad.zero_()
    yield "the reference after zero_()", reference
    (x * 4).backward()
    yield "the reference after the next pass", reference


@scenario(cites="torch.optim.Optimizer.zero_grad: set_to_none", needs=("clear_grad",))
def clearing_lets_the_old_tensor_go(torch):
    """After `x.grad = None` the next pass makes a new tensor: older references keep the old gradient."""
    x = torch.tensor(3.0, requires_grad=True)
    (x * x).backward()
    reference = x.grad
    x.grad = None
    (x * 4).backward()
    yield "the old gradient", reference
    yield "the new one", x.grad


@scenario(cites="tutorial: Zeroing Gradients", needs=("clear_grad",))
def zeroing_concerns_one_leaf(torch):
    """Zeroing the gradient of one leaf leaves those of the others as they are."""
    w = torch.tensor(3.0, requires_grad=True)
    b = torch.tensor(2.0, requires_grad=True)
    (w * b + b).backward()
    w.grad.zero_()
    yield "zeroed", w.grad
    yield "not zeroed", b.grad


@scenario(cites="tutorial: Using retain_graph Parameter", needs=("clear_grad",))
def only_leaves_have_to_be_zeroed(torch):
    """Zeroing the leaf is all it takes: a second pass over a kept graph then gives the gradient of that pass alone."""
    x = torch.tensor(2.0, requires_grad=True)
    y = x * x
    z = y * y * 3
    z.backward(retain_graph=True)
    yield "first pass", x.grad
    x.grad.zero_()
    z.backward(retain_graph=True)
    yield "second pass", x.grad


@scenario(cites="slides: Training: forward, backward, and update weight", needs=("clear_grad", "detach"))
def zeroing_through_data(torch):
    """`x.grad.data.zero_()` zeroes the gradient itself."""
    x = torch.tensor(3.0, requires_grad=True)
    (x * x).backward()
    x.grad.data.zero_()
    yield "zeroed", x.grad
    (x * 4).backward()
    yield "after the next pass", x.grad


@scenario(cites="tutorial: Common Pitfalls and Tips", needs=("grad_modes", "inplace"))
def forgetting_to_zero_adds_old_gradients(torch):
    """In a training loop without zeroing every step also takes the gradients of all steps before it."""
    w = torch.tensor(1.0, requires_grad=True)
    for epoch in (1, 2, 3):
        ((w * 2.0 - 5.0) ** 2).backward()
        with torch.no_grad():
            w -= 0.0625 * w.grad
        yield f"sum of gradients, epoch {epoch}", w.grad


@scenario(
    cites="Backpropagation lecture: set the gradient to zero at each step",
    needs=("grad_modes", "inplace", "clear_grad"),
)
def zeroing_every_step_descends(torch):
    """A training loop that zeroes after each update sees the gradient of the current step only."""
    w = torch.tensor(1.0, requires_grad=True)
    for epoch in (1, 2, 3):
        ((w * 2.0 - 5.0) ** 2).backward()
        with torch.no_grad():
            w -= 0.0625 * w.grad
        yield f"gradient, epoch {epoch}", w.grad
        w.grad.zero_()


@scenario(cites="Backpropagation lecture: the updated weight", needs=("grad_modes", "inplace"))
def updating_does_not_zero(torch):
    """An update of the weight under no_grad leaves its `.grad` as it was."""
    w = torch.tensor(1.0, requires_grad=True)
    ((w * 3.0 - 5.0) ** 2).backward()
    with torch.no_grad():
        w -= 0.5 * w.grad
    yield "the weight", w
    yield "its gradient", w.grad


@scenario(cites="tutorial: Zeroing Gradients", needs=("clear_grad",))
def nothing_to_zero_before_backward(torch):
    """Before the first backward pass there is nothing to zero: `x.grad.zero_()` raises, for `.grad` is None."""
    x = torch.tensor(3.0, requires_grad=True)
    x.grad.zero_()
    yield "not reached", x.grad


@scenario(cites="torch.Tensor.grad", needs=("inplace",))
def scaled_grad_is_what_later_passes_add_to(torch):
    """A gradient changed in place, as clipping does, is what the next pass adds to."""
    x = torch.tensor(3.0, requires_grad=True)
    (x * x).backward()
    x.grad.mul_(0.5)
    (x * 4).backward()
    yield "half of the first gradient, and the second", x.grad


@scenario(cites="torch.Tensor.grad", needs=("clear_grad",))
def assigned_grad_is_kept_as_it_is(torch):
    """Assigning `.grad` stores that very tensor, without a copy."""
    x = torch.tensor(3.0, requires_grad=True)
    mine = torch.tensor(0.25)
    x.grad = mine
    yield "the same object", x.grad is mine


@scenario(cites="torch.Tensor.grad", needs=("clear_grad", "tensor"))
def assigned_grad_must_have_the_shape(torch):
    """Assigning to `.grad` a tensor of another shape raises an error, and leaves `.grad` as it was."""
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    yield "three elements for two", attempt(setattr, x, "grad", torch.tensor([1.0, 2.0, 3.0]))
    yield "one row of two for two", attempt(setattr, x, "grad", torch.tensor([[1.0, 2.0]]))
    yield "the gradient", x.grad


@scenario(cites="torch.Tensor.grad", needs=("clear_grad", "dtypes"))
def assigned_grad_must_have_the_dtype(torch):
    """Assigning to `.grad` a tensor of another dtype raises an error."""
    x = torch.tensor(1.0, requires_grad=True)
    yield "float64 for float32", attempt(setattr, x, "grad", torch.tensor(2.0, dtype=torch.float64))


@scenario(cites="torch.Tensor.grad", needs=("clear_grad",))
def assigned_grad_must_be_a_tensor(torch):
    """Assigning to `.grad` what is neither a tensor nor None raises an error."""
    x = torch.tensor(1.0, requires_grad=True)
    yield "a Python number", attempt(setattr, x, "grad", 2.0)


@scenario(cites="torch.Tensor.grad", needs=("clear_grad",))
def a_tensor_cannot_be_its_own_grad(torch):
    """Assigning a tensor to its own `.grad` raises an error."""
    x = torch.tensor(1.0, requires_grad=True)
    yield "x.grad = x", attempt(setattr, x, "grad", x)


@scenario(cites="torch.Tensor.grad", needs=("clear_grad",))
def assigned_grad_takes_the_place(torch):
    """Assigning to `.grad` puts the new gradient in the place of the one that is there; only a pass adds to it."""
    x = torch.tensor(3.0, requires_grad=True)
    (x * x).backward()
    x.grad = torch.tensor(10.0)
    yield "assigned over the first", x.grad
    (x * 4).backward()
    yield "after the next pass", x.grad
    x.grad = torch.tensor(-1.0)
    yield "assigned over the sum", x.grad
