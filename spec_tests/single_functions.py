"""Single functions: each by itself, of one number, and differentiated once: all that a first homework has."""

from gradspec import scenario


def slopes(torch, function, *points):
    """At each point the value, and three times the slope, for what comes from above counts, too."""
    for point in points:
        x = torch.tensor(point, requires_grad=True)
        y = function(x)
        (y * 3.0).backward()
        yield f"the value at {point}", y.item()
        yield f"three slopes at {point}", x.grad


@scenario(cites="torch.neg")
def negation_turns_the_gradient_round(torch):
    """-x passes on the gradient with the opposite sign."""
    yield from slopes(torch, lambda x: -x, -4.0, 0.5, 2.0)


@scenario(cites="torch.div")
def a_number_divides(torch):
    """x / 4 passes on a quarter of the gradient."""
    yield from slopes(torch, lambda x: x / 4.0, -4.0, 0.5, 2.0)


@scenario(cites="torch.sub")
def a_number_is_taken_away(torch):
    """x - 5 passes the gradient on as it is."""
    yield from slopes(torch, lambda x: x - 5.0, -4.0, 0.5, 2.0)


@scenario(cites="torch.pow")
def cubes(torch):
    """The slope of x ** 3 is 3x²."""
    yield from slopes(torch, lambda x: x**3, -2.0, 0.5, 3.0)


@scenario(cites="torch.pow")
def roots_as_powers(torch):
    """The slope of x ** 0.5 is 0.5 · x ** -0.5."""
    yield from slopes(torch, lambda x: x**0.5, 0.25, 2.0, 9.0)


@scenario(cites="torch.pow")
def reciprocals_as_powers(torch):
    """The slope of x ** -1 is -1 / x²."""
    yield from slopes(torch, lambda x: x**-1, -4.0, 0.5, 2.0)


@scenario(cites="torch.exp", needs=("functions",))
def exp_is_its_own_slope(torch):
    """The slope of exp(x) is exp(x)."""
    yield from slopes(torch, torch.exp, -1.5, 0.0, 0.75)


@scenario(cites="torch.log", needs=("functions",))
def log_has_the_reciprocal_for_its_slope(torch):
    """The slope of log(x) is 1 / x."""
    yield from slopes(torch, torch.log, 0.25, 1.0, 3.0)


@scenario(cites="torch.sin", needs=("functions",))
def sin_has_cos_for_its_slope(torch):
    """The slope of sin(x) is cos(x)."""
    yield from slopes(torch, torch.sin, -0.5, 0.0, 2.0)


@scenario(cites="torch.cos", needs=("functions",))
def cos_has_minus_sin_for_its_slope(torch):
    """The slope of cos(x) is -sin(x)."""
    yield from slopes(torch, torch.cos, -0.5, 0.25, 2.0)


@scenario(cites="torch.tan", needs=("functions",))
def tan_has_one_more_than_its_square(torch):
    """The slope of tan(x) is 1 + tan(x)²."""
    yield from slopes(torch, torch.tan, -0.5, 0.25, 1.0)


@scenario(cites="torch.tanh", needs=("functions",))
def tanh_has_one_less_its_square(torch):
    """The slope of tanh(x) is 1 - tanh(x)²."""
    yield from slopes(torch, torch.tanh, -1.25, 0.25, 0.5)


@scenario(cites="torch.sinh", needs=("functions",))
def sinh_has_cosh_for_its_slope(torch):
    """The slope of sinh(x) is cosh(x)."""
    yield from slopes(torch, torch.sinh, -1.25, 0.25, 0.5)


@scenario(cites="torch.cosh", needs=("functions",))
def cosh_has_sinh_for_its_slope(torch):
    """The slope of cosh(x) is sinh(x)."""
    yield from slopes(torch, torch.cosh, -1.25, 0.25, 0.5)


@scenario(cites="torch.sigmoid", needs=("functions",))
def sigmoid_has_the_product_of_both_chances(torch):
    """The slope of sigmoid(x) is sigmoid(x) · (1 - sigmoid(x))."""
    yield from slopes(torch, torch.sigmoid, -2.0, 0.25, 1.0)


@scenario(cites="torch.relu", needs=("functions",))
def relu_has_a_step_for_its_slope(torch):
    """The slope of relu(x) is 1 where x is positive and 0 where it is negative."""
    yield from slopes(torch, torch.relu, -2.0, 0.5, 3.0)


@scenario(cites="torch.abs", needs=("functions",))
def abs_has_the_sign_for_its_slope(torch):
    """The slope of abs(x) is the sign of x."""
    yield from slopes(torch, torch.abs, -2.0, 0.5, 3.0)


@scenario(cites="torch.sqrt", needs=("functions",))
def sqrt_has_half_its_reciprocal_for_its_slope(torch):
    """The slope of sqrt(x) is 1 / (2 · sqrt(x))."""
    yield from slopes(torch, torch.sqrt, 0.25, 2.0, 9.0)


@scenario(cites="torch.square", needs=("functions",))
def square_has_twice_its_argument_for_its_slope(torch):
    """The slope of square(x) is 2x."""
    yield from slopes(torch, torch.square, -3.0, 0.5, 2.0)


@scenario(cites="torch.reciprocal", needs=("functions",))
def reciprocal_has_minus_its_square_for_its_slope(torch):
    """The slope of reciprocal(x) is -1 / x²."""
    yield from slopes(torch, torch.reciprocal, -4.0, 0.5, 2.0)


@scenario(cites="torch.neg", needs=("functions",))
def neg_has_minus_one_for_its_slope(torch):
    """The slope of neg(x) is -1."""
    yield from slopes(torch, torch.neg, -4.0, 0.5, 2.0)


@scenario(cites="torch.log2", needs=("functions",))
def log2_has_the_reciprocal_over_log_two(torch):
    """The slope of log2(x) is 1 / (x · log(2))."""
    yield from slopes(torch, torch.log2, 0.25, 1.0, 3.0)


@scenario(cites="torch.log10", needs=("functions",))
def log10_has_the_reciprocal_over_log_ten(torch):
    """The slope of log10(x) is 1 / (x · log(10))."""
    yield from slopes(torch, torch.log10, 0.25, 1.0, 3.0)


@scenario(cites="torch.log1p", needs=("functions",))
def log1p_has_the_reciprocal_of_one_more(torch):
    """The slope of log1p(x) is 1 / (1 + x)."""
    yield from slopes(torch, torch.log1p, -0.5, 0.25, 3.0)


@scenario(cites="torch.expm1", needs=("functions",))
def expm1_has_one_more_than_itself(torch):
    """The slope of expm1(x) is exp(x)."""
    yield from slopes(torch, torch.expm1, -1.5, 0.25, 0.75)


@scenario(cites="torch.asin", needs=("functions",))
def asin_has_the_slope_of_the_arc(torch):
    """The slope of asin(x) is 1 / sqrt(1 - x²)."""
    yield from slopes(torch, torch.asin, -0.5, 0.25, 0.75)


@scenario(cites="torch.acos", needs=("functions",))
def acos_has_the_opposite_slope(torch):
    """The slope of acos(x) is -1 / sqrt(1 - x²)."""
    yield from slopes(torch, torch.acos, -0.5, 0.25, 0.75)


@scenario(cites="torch.atan", needs=("functions",))
def atan_has_the_reciprocal_of_one_and_the_square(torch):
    """The slope of atan(x) is 1 / (1 + x²)."""
    yield from slopes(torch, torch.atan, -2.0, 0.25, 1.0)


@scenario(cites="torch.maximum", needs=("functions",))
def the_greater_of_two_takes_the_gradient(torch):
    """maximum passes the gradient to the greater operand alone, and minimum to the smaller."""
    a = torch.tensor(2.0, requires_grad=True)
    b = torch.tensor(5.0, requires_grad=True)
    (torch.maximum(a, b) * 3.0 + torch.minimum(a, b) * 7.0).backward()
    yield "the smaller", a.grad
    yield "the greater", b.grad


@scenario(cites="slides: Chain rule", needs=("functions",))
def a_neuron(torch):
    """tanh(w x + b) differentiates weight, input and bias along the chain."""
    w = torch.tensor(-0.5, requires_grad=True)
    x = torch.tensor(2.0, requires_grad=True)
    b = torch.tensor(1.25, requires_grad=True)
    torch.tanh(w * x + b).backward()
    yield "the weight", w.grad
    yield "the input", x.grad
    yield "the bias", b.grad
