"""Choices: comparing, clamping, choosing between two, and the gradient of what was not chosen."""

from gradspec import attempt, scenario

KINKS = "Autograd mechanics: Gradients for non-differentiable functions"


@scenario(cites="torch.eq; torch.lt", needs=("tensor", "flags", "dtypes"))
def comparisons_are_boolean_constants(torch):
    """Comparisons give booleans that do not require grad, whatever their operands do."""
    a = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    b = torch.tensor([3.0, 2.0, 1.0], requires_grad=True)
    yield "==", a == b
    yield "!=", a != b
    yield "<", a < b
    yield "<=", a <= b
    yield ">", a > b
    yield ">=", a >= b


@scenario(cites="torch.eq; torch.lt", needs=("tensor", "dtypes"))
def comparisons_take_numbers(torch):
    """A tensor is compared with a Python number element by element, also with the number on the left."""
    n = torch.tensor([1, 2, 3])
    yield "n == 2.5", n == 2.5
    yield "2 < n", 2 < n  # noqa: SIM300
    yield "2 >= n", 2 >= n  # noqa: SIM300


@scenario(cites="torch.eq", needs=("tensor", "dtypes"))
def nan_equals_nothing(torch):
    """nan is unequal to everything, itself included, and neither less nor greater."""
    x = torch.tensor([float("nan"), 1.0])
    yield "==", x == x
    yield "!=", x != x
    yield "<=", x <= x


@scenario(cites="torch.clamp", needs=("tensor", "functions"))
def clamp_passes_what_it_leaves(torch):
    """`clamp` passes the gradient on where the value lies within the bounds, the bounds included, and nothing beyond."""
    x = torch.tensor([-2.0, -1.0, 0.5, 3.0, 4.0], requires_grad=True)
    y = x.clamp(-1, 3)
    (y * torch.tensor([1.0, 2.0, 3.0, 4.0, 5.0])).sum().backward()
    yield "the result", y.detach()
    yield "the gradient", x.grad


@scenario(cites="torch.clamp", needs=("tensor", "functions"))
def clamp_may_have_one_bound(torch):
    """`clamp` takes a lower or an upper bound alone; with neither it is an error."""
    x = torch.tensor([-2.0, 0.0, 3.0], requires_grad=True)
    low, high = x.clamp(min=0), torch.clamp(x, max=0)
    yield "min=0", low.detach()
    yield "max=0", high.detach()
    (low * 10 + high).sum().backward()
    yield "the gradient", x.grad
    yield "no bound", attempt(x.clamp)


@scenario(cites="torch.clamp", needs=("tensor", "functions"))
def clamp_bounds_may_be_tensors(torch):
    """Where a bound that is a tensor takes effect it receives the gradient in place of the input."""
    x = torch.tensor([-2.0, 0.5, 4.0, 1.0], requires_grad=True)
    low = torch.tensor([-1.0, 0.0, 0.0, 1.0], requires_grad=True)
    high = torch.tensor([3.0, 3.0, 3.0, 3.0], requires_grad=True)
    (torch.clamp(x, low, high) * torch.tensor([1.0, 10.0, 100.0, 1000.0])).sum().backward()
    yield "the input", x.grad
    yield "the lower bound", low.grad
    yield "the upper bound", high.grad


@scenario(cites="torch.clamp", needs=("tensor", "functions"))
def clamp_prefers_the_upper_bound(torch):
    """With a lower bound above the upper one `clamp` gives the upper bound."""
    yield "numbers", torch.clamp(torch.tensor([-5.0, 2.0, 5.0]), 3, 1)
    x = torch.tensor([-5.0, 2.0, 5.0], requires_grad=True)
    low = torch.tensor([3.0, 3.0, 3.0], requires_grad=True)
    high = torch.tensor([1.0, 1.0, 1.0], requires_grad=True)
    torch.clamp(x, low, high).sum().backward()
    yield "the input", x.grad
    yield "the lower bound", low.grad
    yield "the upper bound", high.grad


@scenario(cites="torch.clamp", needs=("tensor", "functions"))
def a_single_tensor_bound(torch):
    """`clamp` with one bound that is a tensor sends the gradient to that bound where it takes effect."""
    x = torch.tensor([-2.0, 0.5, 4.0], requires_grad=True)
    low = torch.tensor([0.0, 0.0, 0.0], requires_grad=True)
    high = torch.tensor([1.0, 1.0, 1.0], requires_grad=True)
    torch.clamp(x, min=low).sum().backward()
    torch.clamp(x, max=high).sum().backward()
    yield "the input", x.grad
    yield "the lower bound", low.grad
    yield "the upper bound", high.grad


@scenario(cites="torch.clamp", needs=("tensor", "functions"))
def clamp_keeps_nan(torch):
    """`clamp` leaves nan as it is, and sends no gradient back to it."""
    x = torch.tensor([float("nan"), 2.0], requires_grad=True)
    y = x.clamp(0, 1)
    y.sum().backward()
    yield "the result", y.detach()
    yield "the gradient", x.grad


@scenario(cites="torch.where", needs=("tensor", "functions"))
def where_sends_the_gradient_to_the_chosen(torch):
    """`where` sends the gradient of each element to the operand that it was taken from, and zero to the other."""
    a = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    b = torch.tensor([10.0, 20.0, 30.0], requires_grad=True)
    y = torch.where(torch.tensor([True, False, True]), a, b)
    (y * torch.tensor([1.0, 2.0, 3.0])).sum().backward()
    yield "the result", y.detach()
    yield "the first", a.grad
    yield "the second", b.grad


@scenario(cites="torch.where", needs=("tensor", "functions"))
def where_takes_numbers(torch):
    """Either value of `where` may be a Python number, or both."""
    x = torch.tensor([-1.0, 2.0], requires_grad=True)
    (torch.where(x > 0, x, 0.5) + torch.where(x > 0, 7, x) * 10).sum().backward()
    yield "the gradient", x.grad
    yield "two numbers", torch.where(torch.tensor([True, False]), 1.5, -2.5)


@scenario(cites="torch.where", needs=("tensor", "functions"))
def where_does_not_stop_nan(torch):
    """`where` multiplies nothing away: an infinite derivative in the branch not chosen still makes the gradient nan."""
    x = torch.tensor([0.0, 4.0], requires_grad=True)
    y = torch.where(x > 0, x.sqrt(), torch.zeros(2))
    y.sum().backward()
    yield "the result", y.detach()
    yield "the gradient", x.grad


@scenario(cites="torch.where", needs=("tensor", "functions"))
def where_needs_a_boolean_condition(torch):
    """A condition that is not boolean raises an error."""
    x = torch.tensor([1.0, 2.0])
    yield "a float condition", attempt(torch.where, x, x, x)


@scenario(cites="torch.where", needs=("tensor", "functions", "dtypes"))
def where_alone_finds_the_true(torch):
    """`where` of a condition alone gives the indices of what is not zero, one tensor for each dimension."""
    yield "the indices", torch.where(torch.tensor([[0, 3, 0], [4, 0, 5]]))


@scenario(cites=KINKS, needs=("tensor", "functions"))
def ties_between_two_tensors_are_shared(torch):
    """`maximum` and `minimum` send the gradient to the operand that won, and halve it between equals."""
    for name in ("maximum", "minimum"):
        a = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
        b = torch.tensor([2.0, 2.0, 1.0], requires_grad=True)
        y = getattr(torch, name)(a, b)
        (y * torch.tensor([1.0, 10.0, 100.0])).sum().backward()
        yield f"the {name}", y.detach()
        yield f"the first operand of {name}", a.grad
        yield f"the second operand of {name}", b.grad


@scenario(cites="torch.maximum; torch.max", needs=("tensor", "functions"))
def two_tensor_extrema_keep_nan(torch):
    """`maximum` and `minimum` give nan where either operand is nan; `max` and `min` of two tensors are the same functions."""
    a, b = torch.tensor([float("nan"), 1.0, 3.0]), torch.tensor([1.0, float("nan"), 2.0])
    yield "maximum", torch.maximum(a, b)
    yield "minimum", torch.minimum(a, b)
    yield "max(a, b)", torch.max(a, b)
    yield "min(a, b)", torch.min(a, b)


@scenario(cites="torch.maximum; torch.logical_and", needs=("tensor", "functions"))
def some_choices_need_two_tensors(torch):
    """`maximum`, `minimum` and the logical functions raise a TypeError for a number as second operand."""
    x = torch.tensor([1.0, 2.0])
    for name in ("maximum", "minimum", "logical_and", "logical_or", "atan2"):
        yield name, attempt(getattr(torch, name), x, 1)


@scenario(cites="torch.where; torch.clamp", needs=("tensor", "functions", "broadcasting"))
def choices_need_fitting_shapes(torch):
    """`where` and `clamp` raise an error where any two of their three tensors do not fit."""
    two, three = torch.tensor([1.0, 2.0]), torch.tensor([1.0, 2.0, 3.0])
    yield "the condition", attempt(torch.where, three > 0, two, two)
    yield "the values", attempt(torch.where, two > 0, two, three)
    yield "a bound", attempt(torch.clamp, two, two, three)


@scenario(cites="torch.bitwise_and; torch.bitwise_not", needs=("tensor", "dtypes"))
def bits_and_truth(torch):
    """`&`, `|`, `^` and `~` work on the bits of integers and on booleans, and not on floating point numbers."""
    n, m = torch.tensor([6, -1, 5]), torch.tensor([3, 8, 5])
    yield "&", n & m
    yield "|", n | m
    yield "^", n ^ m
    yield "~n", ~n
    yield "~p", ~torch.tensor([True, False])
    yield "floats", attempt(lambda: torch.tensor([1.0]) & torch.tensor([1.0]))


@scenario(cites="torch.logical_and; torch.logical_not", needs=("tensor", "dtypes", "functions"))
def logic_takes_zero_as_false(torch):
    """The logical functions take any dtype, zero as False, and give booleans."""
    a, b = torch.tensor([0.0, 1.5, -2.0, 0.0]), torch.tensor([0, 0, 3, 4])
    yield "and", torch.logical_and(a, b)
    yield "or", torch.logical_or(a, b)
    yield "xor", torch.logical_xor(a, b)
    yield "not", torch.logical_not(a)


@scenario(cites="torch.max", needs=("tensor", "functions"))
def the_maximum_of_nan(torch):
    """Where the maximum or minimum is nan, the elements that are nan share the gradient."""
    for name in ("max", "min"):
        x = torch.tensor([1.0, float("nan"), 3.0, float("nan")], requires_grad=True)
        getattr(x, name)().backward()
        yield name, x.grad
