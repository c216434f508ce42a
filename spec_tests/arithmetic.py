"""Arithmetic: what two operands make of each other, and what each gets back."""

from gradspec import attempt, scenario

KINKS = "Autograd mechanics: Gradients for non-differentiable functions"


@scenario(cites="torch.add; torch.sub")
def sums_pass_the_gradient_on(torch):
    """A sum passes its gradient on to both operands, a difference negates the subtrahend's."""
    a = torch.tensor(2.0, requires_grad=True)
    b = torch.tensor(5.0, requires_grad=True)
    ((a + b) * 3 + (a - b) * 7).backward()
    yield "3 + 7", a.grad
    yield "3 - 7", b.grad


@scenario(cites="torch.mul")
def factors_receive_each_other(torch):
    """Each factor of a product receives the gradient times the other factor."""
    a = torch.tensor(2.0, requires_grad=True)
    b = torch.tensor(-5.0, requires_grad=True)
    (a * b * 3).backward()
    yield "3b", a.grad
    yield "3a", b.grad


@scenario(cites="torch.div")
def a_quotient_differentiates_both_parts(torch):
    """In a / b the dividend receives 1 / b and the divisor -a / b²."""
    a = torch.tensor(3.0, requires_grad=True)
    b = torch.tensor(-4.0, requires_grad=True)
    (a / b).backward()
    yield "1 / b", a.grad
    yield "-a / b²", b.grad


@scenario(cites="torch.sub; torch.div")
def numbers_may_stand_on_the_left(torch):
    """With a Python number as left operand the tensor on the right is differentiated by the rule for that place."""
    x = torch.tensor(2.0, requires_grad=True)
    for label, function in (
        ("7 + x", lambda: 7 + x),
        ("7 - x", lambda: 7 - x),
        ("7 * x", lambda: 7 * x),
        ("7 / x", lambda: 7 / x),
    ):
        before = x.grad.item() if x.grad is not None else 0.0
        y = function()
        y.backward()
        yield label, y.item()
        yield f"the slope of {label}", x.grad.item() - before


@scenario(cites="torch.pow", needs=("clear_grad",))
def a_number_may_be_the_base(torch):
    """In 3 ** x the exponent receives 3 ** x · ln 3."""
    x = torch.tensor(2.0, requires_grad=True)
    y = 3**x
    y.backward()
    yield "the power", y.item()
    yield "9 ln 3", x.grad


@scenario(cites="torch.mul; torch.div; torch.sub")
def an_operand_may_stand_on_both_sides(torch):
    """A tensor combined with itself receives the contributions of both places."""
    for label, function, at in (
        ("x * x", lambda x: x * x, 3.0),
        ("x - x", lambda x: x - x, 3.0),
        ("x / x", lambda x: x / x, 3.0),
        ("x ** x", lambda x: x**x, 2.0),
    ):
        x = torch.tensor(at, requires_grad=True)
        function(x).backward()
        yield label, x.grad


@scenario(cites="torch.add: alpha", needs=("functions",))
def alpha_scales_the_second_operand(torch):
    """`add(a, b, alpha=k)` is a + k·b and `sub(a, b, alpha=k)` is a - k·b; the factor k reaches b's gradient alone."""
    a = torch.tensor(2.0, requires_grad=True)
    b = torch.tensor(5.0, requires_grad=True)
    total = torch.add(a, b, alpha=3)
    total.backward()
    yield "2 + 3·5", total.detach()
    yield "the gradients of the sum", (a.grad.item(), b.grad.item())
    rest = torch.sub(a, b, alpha=4)
    rest.backward()
    yield "2 - 4·5", rest.detach()
    yield "and of the difference on top", (a.grad.item(), b.grad.item())


@scenario(cites="torch.add: alpha", needs=("functions", "tensor"))
def alpha_scales_numbers_too(torch):
    """alpha multiplies the second operand also where that is a Python number."""
    x = torch.tensor([1.0, -2.0])
    yield "x + 3·5", torch.add(x, 5, alpha=3)
    yield "x - 3·5", torch.sub(x, 5, alpha=3)


@scenario(cites="torch.add: alpha", needs=("functions", "inplace"))
def alpha_works_in_place(torch):
    """`add_` and `sub_` take alpha, and it counts in the gradient."""
    x = torch.tensor(2.0, requires_grad=True)
    y = x * 1
    y.add_(x, alpha=10)
    y.sub_(x, alpha=3)
    y.backward()
    yield "2 + 20 - 6", y.detach()
    yield "1 + 10 - 3", x.grad


@scenario(cites="torch.add: alpha", needs=("functions", "tensor", "dtypes"))
def alpha_must_suit_the_dtype(torch):
    """A fractional alpha for integer tensors raises an error."""
    yield "alpha=0.5", attempt(torch.add, torch.tensor([1, 2]), torch.tensor([3, 4]), alpha=0.5)


@scenario(cites="torch.div", needs=("tensor", "dtypes"))
def true_division_leaves_the_integers(torch):
    """`/` between integers gives floating point numbers, also where the result is whole."""
    yield "by a number", torch.tensor([6, 7, -7]) / 2
    yield "by a tensor", torch.tensor([6, 7, -7]) / torch.tensor([2, 2, 2])
    yield "a number by a tensor", 6 / torch.tensor([1, 2, 4])


@scenario(cites="torch.floor_divide", needs=("tensor", "dtypes"))
def floor_division_rounds_down(torch):
    """`//` rounds towards minus infinity and keeps integers integers."""
    yield "integers", torch.tensor([7, -7, 6]) // 2
    yield "floating point numbers", torch.tensor([7.0, -7.0, 6.0]) // torch.tensor([2.0, 2.0, -4.0])
    yield "a number by a tensor", 7 // torch.tensor([2, -2, 7])


@scenario(cites="torch.floor_divide", needs=("tensor", "flags"))
def floor_division_cannot_be_differentiated(torch):
    """`//` takes tensors that require grad, but going back through it raises an error."""
    x = torch.tensor([7.0, -7.0], requires_grad=True)
    y = x // 2
    yield "requires grad", y.requires_grad
    yield "the backward pass", attempt(y.sum().backward)


@scenario(cites="torch.div: rounding_mode", needs=("functions", "tensor"))
def rounding_modes_differ_below_zero(torch):
    """rounding_mode="trunc" rounds towards zero, "floor" down."""
    x = torch.tensor([7.0, -7.0, -8.0])
    yield "trunc", torch.div(x, 2, rounding_mode="trunc")
    yield "floor", torch.div(x, 2, rounding_mode="floor")
    yield "integers stay integers", torch.div(torch.tensor([7, -7]), torch.tensor([2, 2]), rounding_mode="trunc")


@scenario(cites="torch.div: rounding_mode", needs=("functions", "tensor"))
def rounded_division_is_flat(torch):
    """A division that rounds has the gradient zero, for dividend and divisor."""
    a = torch.tensor([7.0, -7.0], requires_grad=True)
    b = torch.tensor([2.0, 3.0], requires_grad=True)
    torch.div(a, b, rounding_mode="floor").sum().backward()
    torch.div(a, b, rounding_mode="trunc").sum().backward()
    yield "the dividend", a.grad
    yield "the divisor", b.grad


@scenario(cites="torch.div: rounding_mode", needs=("functions", "tensor"))
def other_rounding_modes_are_errors(torch):
    """A rounding_mode that is neither "trunc" nor "floor" raises an error."""
    yield "ceil", attempt(torch.div, torch.tensor([7.0]), 2, rounding_mode="ceil")


@scenario(cites="torch.div", needs=("tensor",))
def division_by_zero_is_infinite(torch):
    """Floating point division by zero gives infinities and nan, forwards and backwards, and no error."""
    a = torch.tensor([1.0, -1.0, 0.0], requires_grad=True)
    b = torch.tensor([0.0, 0.0, 0.0], requires_grad=True)
    quotient = a / b
    quotient.sum().backward()
    yield "the quotient", quotient.detach()
    yield "the dividend", a.grad
    yield "the divisor", b.grad


@scenario(cites="torch.floor_divide", needs=("tensor", "dtypes"))
def integers_cannot_be_divided_by_zero(torch):
    """Integer floor division and remainder by zero raise an error."""
    yield "//", attempt(lambda: torch.tensor([1, 2]) // 0)
    yield "%", attempt(lambda: torch.tensor([1, 2]) % torch.tensor([1, 0]))


@scenario(cites="torch.remainder; torch.fmod", needs=("tensor", "functions"))
def remainders_have_the_sign_of_one_operand(torch):
    """`%` and `remainder` have the divisor's sign, `fmod` has the dividend's."""
    a = torch.tensor([7.0, -7.0, 7.5, -7.5])
    b = torch.tensor([3.0, 3.0, -2.0, -2.0])
    yield "%", a % b
    yield "remainder", torch.remainder(a, b)
    yield "fmod", torch.fmod(a, b)


@scenario(cites="torch.remainder", needs=("tensor",))
def a_remainder_differentiates_both_parts(torch):
    """In a % b the dividend receives 1 and the divisor -floor(a / b)."""
    a = torch.tensor([7.0, -7.0, 0.5], requires_grad=True)
    b = torch.tensor([3.0, 2.0, 4.0], requires_grad=True)
    ((a % b) * torch.tensor([1.0, 10.0, 100.0])).sum().backward()
    yield "the dividend", a.grad
    yield "the divisor", b.grad


@scenario(cites="torch.fmod", needs=("tensor", "functions"))
def fmod_differentiates_both_parts(torch):
    """In fmod(a, b) the dividend receives 1 and the divisor -trunc(a / b)."""
    a = torch.tensor([7.0, -7.0, 0.5], requires_grad=True)
    b = torch.tensor([3.0, 2.0, 4.0], requires_grad=True)
    (torch.fmod(a, b) * torch.tensor([1.0, 10.0, 100.0])).sum().backward()
    yield "the dividend", a.grad
    yield "the divisor", b.grad


@scenario(cites="torch.remainder", needs=("tensor",))
def remainders_take_numbers(torch):
    """The divisor of `%` may be a Python number, and so may the dividend."""
    x = torch.tensor([5.5, -3.0], requires_grad=True)
    (x % 2).sum().backward()
    yield "x % 2", (x % 2).detach()
    yield "its gradient", x.grad
    yield "7 % x", (7 % x).detach()


@scenario(cites="torch.pow", needs=("clear_grad",))
def powers_with_a_number_as_exponent(torch):
    """The derivative of x ** n is n · x ** (n - 1), for exponents that are whole, negative, fractional, one and zero."""
    for exponent in (3, 2, 1, 0, -1, -2, 0.5, 2.5, 0.0):
        x = torch.tensor(4.0, requires_grad=True)
        y = x**exponent
        y.backward()
        yield f"4 ** {exponent}", y.item()
        yield f"its slope ({exponent})", x.grad


@scenario(cites="torch.pow", needs=("tensor",))
def the_exponent_may_be_a_tensor(torch):
    """In a ** b the base receives b · a ** (b - 1) and the exponent a ** b · ln a."""
    base = torch.tensor([2.0, 3.0, 0.5], requires_grad=True)
    exponent = torch.tensor([3.0, -1.0, 0.5], requires_grad=True)
    (base**exponent).sum().backward()
    yield "the base", base.grad
    yield "the exponent", exponent.grad


@scenario(cites=KINKS, needs=("tensor",))
def the_zeroth_power_is_constant(torch):
    """x ** 0 is 1 with the gradient zero, at x = 0 and at infinity too."""
    x = torch.tensor([0.0, 5.0, float("inf")], requires_grad=True)
    y = x**0
    y.sum().backward()
    yield "the power", y.detach()
    yield "the gradient", x.grad


@scenario(cites=KINKS, needs=("tensor",))
def powers_of_zero(torch):
    """At base zero an exponent of at least zero receives zero and not nan; the base receives b · 0 ** (b - 1)."""
    base = torch.tensor([0.0, 0.0, 0.0, 0.0], requires_grad=True)
    exponent = torch.tensor([0.0, 1.0, 2.0, 0.5], requires_grad=True)
    power = base**exponent
    power.sum().backward()
    yield "the power", power.detach()
    yield "the base", base.grad
    yield "the exponent", exponent.grad


@scenario(cites=KINKS, needs=("tensor",))
def a_negative_base_has_no_logarithm(torch):
    """With a negative base the exponent's gradient is nan, while the base's is defined."""
    base = torch.tensor([-2.0, -2.0], requires_grad=True)
    exponent = torch.tensor([2.0, 3.0], requires_grad=True)
    (base**exponent).sum().backward()
    yield "the base", base.grad
    yield "the exponent", exponent.grad


@scenario(cites=KINKS, needs=("tensor",))
def zero_to_the_power_of_a_tensor(torch):
    """0 ** x has the gradient zero where x is not negative."""
    x = torch.tensor([0.0, 1.0, 2.0], requires_grad=True)
    y = 0**x
    y.sum().backward()
    yield "the power", y.detach()
    yield "the gradient", x.grad


@scenario(cites="torch.pow", needs=("tensor", "dtypes"))
def integer_powers_stay_integers(torch):
    """Integers to whole powers are integers; to fractional ones, floating point numbers."""
    x = torch.tensor([2, -3, 0])
    yield "x ** 3", x**3
    yield "x ** tensor", x ** torch.tensor([0, 1, 2])
    yield "2 ** x", 2 ** torch.tensor([0, 1, 5])
    yield "x ** 2.0", x**2.0
    yield "2.0 ** x", 2.0 ** torch.tensor([0, 1, 5])
    yield "booleans ** 2", torch.tensor([True, False]) ** 2


@scenario(cites="torch.pow", needs=("tensor", "dtypes"))
def integers_have_no_negative_powers(torch):
    """An integer tensor raised to a negative integer power raises an error."""
    yield "x ** -1", attempt(lambda: torch.tensor([1, 2]) ** -1)


@scenario(cites="torch.pow; torch.square", needs=("tensor", "functions"))
def named_powers(torch):
    """`torch.pow` takes tensors and numbers on either side, and `torch.square` is the power of two."""
    x = torch.tensor([2.0, -3.0])
    yield "pow(x, 3)", torch.pow(x, 3)
    yield "pow(2, x)", torch.pow(2, x)
    yield "pow(x, x)", torch.pow(torch.tensor([2.0, 3.0]), x)
    yield "square", torch.square(x)


@scenario(cites="Autograd mechanics: In-place operations with autograd", needs=("tensor", "inplace"))
def augmented_forms_are_differentiated(torch):
    """`+=`, `-=`, `*=` and `/=` on a result give their operands the same gradients as the forms that make a new tensor."""
    x = torch.tensor([2.0, 3.0], requires_grad=True)
    k = torch.tensor([5.0, 7.0], requires_grad=True)
    y = x * 1
    y += k
    y *= 4
    y -= k * 2
    y /= 8
    yield "the result", y.detach()
    y.sum().backward()
    yield "the first", x.grad
    yield "the second", k.grad


@scenario(cites="Autograd mechanics: In-place operations with autograd", needs=("tensor", "inplace"))
def in_place_factors_are_saved_as_they_were(torch):
    """`y *= k` and `y /= k` differentiate k by what y was before the change."""
    x = torch.tensor([2.0, 3.0], requires_grad=True)
    for label, change in (("y *= k", "mul_"), ("y /= k", "div_"), ("y **= k", "pow_")):
        k = torch.tensor([4.0, -2.0], requires_grad=True)
        y = x * 1
        getattr(y, change)(k)
        y.sum().backward()
        yield label, k.grad


@scenario(cites="torch.Tensor.remainder_; torch.Tensor.neg_", needs=("tensor", "inplace", "functions"))
def functions_have_in_place_forms(torch):
    """`remainder_`, `fmod_`, `neg_`, `clamp_` and `pow_` change their tensor, and count in the gradient."""
    x = torch.tensor([2.0, -3.0, 5.0], requires_grad=True)
    y = x * 1.5
    y.pow_(2)
    y.remainder_(40)
    y.neg_()
    y.fmod_(7)
    y.clamp_(-6, -1)
    yield "the result", y.detach()
    y.sum().backward()
    yield "the gradient", x.grad


@scenario(cites="Tensor Attributes: torch.dtype", needs=("tensor", "inplace", "dtypes"))
def in_place_results_must_fit(torch):
    """An in-place operation whose result is of a higher category than its target raises an error."""
    n = torch.tensor([4, 6])
    yield "/= on integers", attempt(n.div_, 2)
    yield "+= 0.5 on integers", attempt(n.add_, 0.5)
    yield "a float tensor into integers", attempt(n.mul_, torch.tensor([1.5, 2.0]))
    yield "unchanged", n


@scenario(cites="Tensor Attributes: torch.dtype", needs=("tensor", "dtypes"))
def operands_are_promoted(torch):
    """The result's dtype is that of the higher category; among the same, dimensions count more than 0-d, more than numbers."""
    whole, single = torch.tensor([1, 2]), torch.tensor([0.5, 1.5])
    yield "int64 and float32", whole + single
    yield "int64 and 0.5", whole + 0.5
    yield "float32 and a 0-d float64", single * torch.tensor(2.0, dtype=torch.float64)
    yield "float32 and float64", single * torch.tensor([2.0, 3.0], dtype=torch.float64)
    yield "int64 and a 0-d float64", whole * torch.tensor(2.0, dtype=torch.float64)
    yield "int32 and a 0-d int64", torch.tensor([1, 2], dtype=torch.int32) + torch.tensor(5)
    yield "uint8 and int8", torch.tensor([200], dtype=torch.uint8) + torch.tensor([-1], dtype=torch.int8)
    yield "bool and 2", torch.tensor([True, False]) + 2


@scenario(cites="Tensor Attributes: torch.dtype", needs=("tensor", "dtypes"))
def gradients_have_their_operands_dtype(torch):
    """Where operands of two dtypes meet, each receives its gradient in its own."""
    single = torch.tensor([1.0, 2.0], requires_grad=True)
    double = torch.tensor([3.0, 4.0], dtype=torch.float64, requires_grad=True)
    product = single * double
    yield "the product", product.detach()
    product.sum().backward()
    yield "float32", single.grad
    yield "float64", double.grad


@scenario(cites="torch.sub; torch.neg", needs=("tensor", "dtypes"))
def booleans_are_not_subtracted(torch):
    """Booleans can be added and multiplied, as or and as and; subtracting and negating them raises an error."""
    p, q = torch.tensor([True, True, False]), torch.tensor([True, False, False])
    yield "p + q", p + q
    yield "p * q", p * q
    yield "p - q", attempt(lambda: p - q)
    yield "-p", attempt(lambda: -p)
    yield "1 - p", attempt(lambda: 1 - p)


@scenario(cites="torch.add: out", needs=("tensor", "functions", "inplace"))
def results_can_be_written_into_a_tensor(torch):
    """`out=` writes the result into an existing tensor and returns that tensor."""
    room = torch.zeros(2)
    same = torch.add(torch.tensor([1.0, 2.0]), 3, out=room)
    yield "returned is the tensor itself", same is room
    yield "the sum", room
    torch.mul(room, room, out=room)
    yield "the product", room


@scenario(cites="torch.add: out", needs=("tensor", "functions", "inplace", "dtypes"))
def out_takes_the_result_s_shape(torch):
    """`out=` is resized where its shape differs, with a warning unless it was empty; its dtype must hold the result."""
    for label, room in (("empty", torch.zeros(0)), ("too large", torch.zeros(3)), ("wider", torch.zeros(2).double())):
        torch.add(torch.tensor([1.0, 2.0]), 3, out=room)
        yield label, room
    yield "of integers", attempt(torch.add, torch.tensor([1.0]), 3, out=torch.tensor([0]))
    joined = torch.zeros(0)
    torch.cat([torch.tensor([1.0]), torch.tensor([2.0])], out=joined)
    yield "cat", joined
    stacked, powers, quotients = torch.zeros(2, 1), torch.zeros(1), torch.zeros(1)
    torch.stack([torch.tensor([1.0]), torch.tensor([2.0])], out=stacked)
    torch.pow(torch.tensor([3.0]), 2, out=powers)
    torch.div(torch.tensor([3.0]), 2, out=quotients)
    yield "stack, pow and div", (stacked, powers, quotients)


@scenario(cites="torch.add: out", needs=("tensor", "functions", "inplace"))
def out_is_not_differentiable(torch):
    """`out=` raises an error where an argument requires grad."""
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    yield "add", attempt(torch.add, x, 3, out=torch.zeros(2))
    yield "exp", attempt(torch.exp, x, out=torch.zeros(2))


@scenario(cites="torch.add", needs=("tensor", "functions"))
def operands_must_be_tensors_or_numbers(torch):
    """An operand that is neither a tensor nor a number raises a TypeError."""
    x = torch.tensor([1.0, 2.0])
    yield "x + 'a'", attempt(lambda: x + "a")
    yield "None * x", attempt(lambda: None * x)
    yield "x / []", attempt(lambda: x / [])


@scenario(cites="torch.mul; torch.pow", needs=("tensor", "functions"))
def functions_of_two_name_the_wrong_operand(torch):
    """A function of two operands says in its TypeError which of them it cannot take."""
    x = torch.tensor([1.0, 2.0])
    yield "mul", attempt(torch.mul, x, "a")
    yield "add", attempt(torch.add, x, "a")
    yield "add, the first", attempt(torch.add, "a", x)
    yield "div", attempt(torch.div, x, None)
    yield "pow of two numbers", attempt(torch.pow, 2, 3)


@scenario(cites="torch.Tensor.transpose", needs=("tensor", "shapes"))
def transposed_operands(torch):
    """An operand that is not contiguous is combined by position, and receives its gradient in its own shape."""
    a = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], requires_grad=True)
    b = torch.tensor([[1.0, 10.0], [100.0, 2.0], [20.0, 200.0]], requires_grad=True)
    y = a.t() * b
    y.sum().backward()
    yield "the product", y.detach()
    yield "of shape (2, 3)", a.grad
    yield "of shape (3, 2)", b.grad


@scenario(cites="torch.mul; torch.div", needs=("tensor",))
def nothing_can_be_computed_with(torch):
    """Tensors without elements are operands like any other, and receive gradients without elements."""
    x = torch.tensor([], requires_grad=True)
    y = (x * 2 + 1) / x
    y.sum().backward()
    yield "the result", y.detach()
    yield "the gradient", x.grad


@scenario(cites="torch.div; torch.pow", needs=("autograd_grad", "higher_order"))
def quotients_and_powers_differentiate_twice(torch):
    """Second derivatives of a / b and a ** b, pure and mixed, are those of calculus."""
    for label, function in (("a / b", lambda a, b: a / b), ("a ** b", lambda a, b: a**b)):
        a = torch.tensor(2.0, requires_grad=True)
        b = torch.tensor(3.0, requires_grad=True)
        by_a, by_b = torch.autograd.grad(function(a, b), (a, b), create_graph=True)
        yield f"{label}: by a twice", torch.autograd.grad(by_a, a, retain_graph=True, allow_unused=True)
        yield f"{label}: by a and b", torch.autograd.grad(by_a, b, retain_graph=True)
        yield f"{label}: by b twice", torch.autograd.grad(by_b, b)


@scenario(cites="torch.rsub", needs=("tensor", "functions"))
def rsub_turns_the_difference_round(torch):
    """`rsub(a, b)` is b - a, with the gradients of that; alpha scales a."""
    a = torch.tensor([1.0, 2.0], requires_grad=True)
    b = torch.tensor([10.0, 30.0], requires_grad=True)
    (torch.rsub(a, b) * torch.tensor([1.0, 5.0])).sum().backward()
    yield "the first", a.grad
    yield "the second", b.grad
    yield "alpha", torch.rsub(a.detach(), b.detach(), alpha=4)
    yield "a number", torch.rsub(a.detach(), 7)
