"""Accumulation: `.grad` adds up."""

from gradspec import attempt, scenario


@scenario(cites="tutorial: Accumulating Gradients")
def second_backward_adds(torch):
    """`.grad` accumulates: a second backward pass adds to what is there."""
    x = torch.tensor(1.0, requires_grad=True)
    (x * 2).backward()
    yield "after the first backward", x.grad
    (x * 2).backward()
    yield "after the second backward", x.grad


@scenario(cites="tutorial: Accumulating Gradients")
def different_functions_add_up(torch):
    """Gradients of different functions of one leaf add up in it."""
    x = torch.tensor(4.0, requires_grad=True)
    (x * 3).backward()
    yield "after 3x", x.grad
    (x * x).backward()
    yield "after x² as well", x.grad


@scenario(cites="torch.autograd.backward")
def both_operands_count(torch):
    """A leaf that is both operands of one operation receives the contributions of both."""
    x = torch.tensor(4.0, requires_grad=True)
    (x * x).backward()
    yield "d(x·x)/dx at 4", x.grad


@scenario(cites="torch.autograd.backward")
def contributions_cancel(torch):
    """Contributions of opposite sign cancel: x - x has the gradient zero."""
    x = torch.tensor(2.5, requires_grad=True)
    (x - x).backward()
    yield "d(x - x)/dx", x.grad


@scenario(cites="slides: Chain rule")
def all_paths_are_summed(torch):
    """The derivative is the sum over all paths from the result to the leaf."""
    x = torch.tensor(4.0, requires_grad=True)
    (x * x + x * 3 - 2 / x).backward()
    yield "d(x² + 3x - 2/x)/dx at 4", x.grad


@scenario(cites="slides: Chain rule")
def reused_intermediate_collects_before_it_passes_on(torch):
    """An intermediate result used twice passes on the sum of what it received, once."""
    x = torch.tensor(2.0, requires_grad=True)
    y = x * x
    (y * 3 + y * y).backward()
    yield "d(3y + y²)/dx with y = x² at 2", x.grad


@scenario(cites="slides: Chain rule")
def short_and_long_paths_meet(torch):
    """A node reached by a short and by a long path waits for both contributions."""
    x = torch.tensor(2.0, requires_grad=True)
    y = x * 3
    long_way = (y * y + 1) * 0.5 - 4
    (long_way * y + y).backward()
    yield "the leaf behind the meeting point", x.grad


@scenario(cites="tutorial: Using retain_graph Parameter")
def two_results_of_one_intermediate_add_up(torch):
    """Two results that share an intermediate each add their own gradient, and nothing left over from the other's."""
    x = torch.tensor(2.0, requires_grad=True)
    y = x * x
    first = y * 2
    second = y * 5
    first.backward(retain_graph=True)
    yield "after the first result", x.grad
    second.backward()
    yield "after the second", x.grad


@scenario(cites="tutorial: Exercises: Gradient Accumulation")
def sum_of_losses_is_losses_in_turn(torch):
    """Backward through a sum of losses accumulates the same as backward through each loss in turn."""
    together = torch.tensor(1.5, requires_grad=True)
    in_turn = torch.tensor(1.5, requires_grad=True)
    data = [(1.0, 2.0), (2.0, -1.0), (-3.0, 0.5)]
    total = torch.tensor(0.0)
    for x, y in data:
        total = total + (together * x - y) ** 2
        ((in_turn * x - y) ** 2).backward()
    total.backward()
    yield "the sum", together.grad
    yield "one after the other", in_turn.grad


@scenario(cites="torch.autograd.backward")
def a_loop_reuses_its_leaf(torch):
    """A leaf used in every turn of a loop collects a contribution from every turn."""
    x = torch.tensor(0.5, requires_grad=True)
    y = x
    for coefficient in (3.0, -2.0, 4.0):
        y = y * x + coefficient
    y.backward()
    yield "derivative of the polynomial that the loop evaluates", x.grad


@scenario(cites="tutorial: Accumulating Gradients", needs=("tensor",))
def accumulation_is_elementwise(torch):
    """Every element of `.grad` accumulates for itself."""
    x = torch.tensor([1.0, -2.0, 3.0], requires_grad=True)
    (x * torch.tensor([5.0, 0.0, -1.0])).sum().backward()
    (x * x).sum().backward()
    yield "both passes", x.grad


@scenario(cites="torch.autograd: Default gradient layouts", needs=("clear_grad",))
def assigned_grad_is_added_to(torch):
    """A backward pass adds to a `.grad` that was assigned by hand, too."""
    x = torch.tensor(2.0, requires_grad=True)
    x.grad = torch.tensor(10.0)
    (x * 3).backward()
    yield "10 assigned, 3 added", x.grad


@scenario(cites="torch.autograd: Default gradient layouts", needs=("tensor", "views"))
def accumulates_in_place(torch):
    """Without create_graph a pass adds in place: `.grad` stays the same object and older references see the sum."""
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    (x * 3).sum().backward()
    reference = x.grad
    (x * x).sum().backward()
    yield "still the same object", x.grad is reference
    yield "the older reference", reference


@scenario(cites="torch.autograd: Default gradient layouts", needs=("tensor", "higher_order", "detach"))
def accumulates_out_of_place_with_create_graph(torch):
    """With create_graph=True a pass replaces `.grad` by a new tensor, and older references keep what they had."""
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    (x * 3).sum().backward()
    reference = x.grad
    (x * x).sum().backward(create_graph=True)
    yield "still the same object", x.grad is reference
    yield "the older reference", reference
    yield "the new gradient", x.grad.detach()


@scenario(cites="torch.autograd: Default gradient layouts", needs=("tensor", "inplace"))
def leaves_do_not_share_their_gradients(torch):
    """Two leaves that receive the same gradient hold a `.grad` each: changing one leaves the other alone."""
    a = torch.tensor([1.0, 2.0], requires_grad=True)
    b = torch.tensor([3.0, 4.0], requires_grad=True)
    ((a + b) * torch.tensor([5.0, 7.0])).sum().backward()
    a.grad.mul_(100)
    yield "the one that was changed", a.grad
    yield "the other", b.grad


@scenario(cites="torch.Tensor.backward: gradient", needs=("tensor", "grad_argument"))
def the_gradient_argument_is_not_accumulated_into(torch):
    """A tensor passed as `gradient` is never changed by accumulation, even when it is all that the leaf receives."""
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    upstream = torch.tensor([3.0, -4.0])
    x.backward(upstream)
    x.backward(upstream)
    yield "accumulated twice", x.grad
    yield "the argument", upstream


@scenario(cites="torch.autograd.backward", needs=("tensor", "indexing"))
def repeated_indices_add_up(torch):
    """An element picked several times by an index array receives a contribution for each time."""
    x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    picked = x[torch.tensor([2, 0, 2, 2])]
    (picked * torch.tensor([1.0, 10.0, 100.0, 1000.0])).sum().backward()
    yield "each element's share", x.grad


@scenario(cites="torch.autograd.backward: tensors", needs=("autograd_grad",))
def several_roots_add_up_in_one_pass(torch):
    """`torch.autograd.backward` of several results adds up all their gradients, going through what they share once."""
    x = torch.tensor(2.0, requires_grad=True)
    y = x * x
    torch.autograd.backward([y * 3, y * y])
    yield "both results", x.grad


@scenario(cites="torch.autograd.backward: tensors", needs=("autograd_grad",))
def a_root_counts_as_often_as_it_is_given(torch):
    """A result that is given twice, or that lies on the way from another, counts for itself each time."""
    x = torch.tensor(2.0, requires_grad=True)
    y = x * 3
    torch.autograd.backward([y, x, y, x])
    yield "3 + 1 + 3 + 1", x.grad
    yield "y² + y + y by y", torch.autograd.grad([y * y, y, y], y)


@scenario(cites="torch.autograd: Default gradient layouts", needs=("tensor", "shapes", "flags"))
def a_first_gradient_lies_as_its_leaf(torch):
    """The first gradient that a leaf without gaps receives is laid out in memory as the leaf is."""
    x = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]).t().requires_grad_()
    (x * 2).sum().backward()
    yield "strides of the leaf", x.stride()
    yield "strides of the gradient", x.grad.stride()


@scenario(cites="torch.autograd: Default gradient layouts", needs=("tensor", "indexing", "flags"))
def a_first_gradient_of_a_leaf_with_gaps_has_none(torch):
    """The first gradient of a leaf that skips memory is laid out row by row, without gaps."""
    x = torch.tensor([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0], [7.0, 8.0]])[::2].requires_grad_()
    (x * 2).sum().backward()
    yield "strides of the leaf", x.stride()
    yield "strides of the gradient", x.grad.stride()


@scenario(cites="torch.autograd: Default gradient layouts", needs=("tensor", "higher_order", "graph"))
def with_create_graph_a_first_gradient_is_a_recorded_copy(torch):
    """With create_graph=True a leaf's first gradient is a copy, and the copying is recorded."""
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    (x * x).sum().backward(create_graph=True)
    copied = x.grad.grad_fn
    yield "the gradient", x.grad
    yield "where it comes from", [(node and node.name(), nr) for node, nr in copied.next_functions]
    x.grad = None


@scenario(cites="torch.Tensor.retain_grad", needs=("tensor", "higher_order", "graph"))
def with_create_graph_a_retained_gradient_is_a_recorded_clone(torch):
    """With create_graph=True the gradient that a result retains is a recorded clone of what arrived."""
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * 2
    y.retain_grad()
    (y * y).sum().backward(create_graph=True)
    yield "the retained gradient", y.grad
    x.grad = None


@scenario(cites="Autograd mechanics: In-place correctness checks", needs=("versions",))
def adding_to_a_gradient_is_counted(torch):
    """A pass that adds to `.grad` counts as a change in place of it: what saved that `.grad` before cannot run back."""
    x = torch.tensor(2.0, requires_grad=True)
    weight = torch.tensor(4.0, requires_grad=True)
    (x * 3).backward()
    product = weight * x.grad
    yield "version of the first gradient", x.grad._version
    (x * 5).backward()
    yield "version of the sum", x.grad._version
    yield "backward through what saved it", attempt(product.backward)
    yield "no gradient came", weight.grad


@scenario(cites="slides: Chain rule", needs=("tensor", "shapes"))
def uses_of_one_of_several_results_add_up(torch):
    """Each of several results of one operation adds up what its own uses send back."""
    x = torch.tensor([2.0, 3.0], requires_grad=True)
    first, second = x.unbind()
    (first * 5 + second * 7 + first * 11 + second * second).backward()
    yield "16 and 7 + 2 * 3", x.grad
