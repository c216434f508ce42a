"""Functions of one element: values, slopes, and what happens at kinks, poles and edges."""

from gradspec import attempt, scenario

KINKS = "Autograd mechanics: Gradients for non-differentiable functions"


def table(torch, names, points):
    """For each of the functions: its values at the points, its first and its second derivatives there."""
    for name in names.split():
        x = torch.tensor(points, requires_grad=True)
        y = getattr(torch, name)(x)
        (first,) = torch.autograd.grad(y.sum(), x, create_graph=True)
        (second,) = torch.autograd.grad(first.sum(), x, allow_unused=True)
        yield name, y.detach()
        yield f"{name}'", first.detach()
        yield f"{name}''", second


@scenario(cites="torch.exp; torch.expm1", needs=("tensor", "functions", "autograd_grad", "higher_order", "detach"))
def exponentials(torch):
    """exp is its own derivative, and so is, but for the constant, expm1; both twice."""
    yield from table(torch, "exp expm1", [-2.0, 0.0, 1.5])


@scenario(cites="torch.log; torch.log1p", needs=("tensor", "functions", "autograd_grad", "higher_order", "detach"))
def logarithms(torch):
    """log, log2, log10 and log1p have their slopes 1 / x, over ln 2, over ln 10, and 1 / (1 + x)."""
    yield from table(torch, "log log2 log10 log1p", [0.25, 1.0, 8.0])


@scenario(cites="torch.sqrt; torch.rsqrt", needs=("tensor", "functions", "autograd_grad", "higher_order", "detach"))
def roots(torch):
    """sqrt and rsqrt are differentiated as the powers 1/2 and -1/2."""
    yield from table(torch, "sqrt rsqrt", [0.25, 1.0, 9.0])


@scenario(cites="torch.reciprocal", needs=("tensor", "functions", "autograd_grad", "higher_order", "detach"))
def reciprocals_and_squares(torch):
    """reciprocal and square are differentiated as the powers -1 and 2."""
    yield from table(torch, "reciprocal square", [-4.0, 0.5, 2.0])


@scenario(cites="torch.sin; torch.cos", needs=("tensor", "functions", "autograd_grad", "higher_order", "detach"))
def circular_functions(torch):
    """sin, cos and tan have the derivatives cos, -sin and 1 + tan²."""
    yield from table(torch, "sin cos tan", [-1.0, 0.0, 0.5, 2.0])


@scenario(cites="torch.asin; torch.acos", needs=("tensor", "functions", "autograd_grad", "higher_order", "detach"))
def inverse_circular_functions(torch):
    """asin and acos have opposite derivatives, atan has 1 / (1 + x²)."""
    yield from table(torch, "asin acos atan", [-0.5, 0.0, 0.8])


@scenario(cites="torch.sinh; torch.cosh", needs=("tensor", "functions", "autograd_grad", "higher_order", "detach"))
def hyperbolic_functions(torch):
    """sinh and cosh are each other's derivatives, and tanh has 1 - tanh²."""
    yield from table(torch, "sinh cosh tanh", [-1.5, 0.0, 0.5])


@scenario(cites="torch.sigmoid", needs=("tensor", "functions", "autograd_grad", "higher_order", "detach"))
def the_logistic_function(torch):
    """sigmoid has the derivative sigmoid · (1 - sigmoid)."""
    yield from table(torch, "sigmoid", [-3.0, 0.0, 0.5, 4.0])


@scenario(cites="torch.erf; torch.erfc", needs=("tensor", "functions", "autograd_grad", "higher_order", "detach"))
def error_functions(torch):
    """erf and erfc have the derivatives ±2 / √π · exp(-x²)."""
    yield from table(torch, "erf erfc", [-1.0, 0.0, 0.3, 2.0])


@scenario(cites=KINKS, needs=("tensor", "functions"))
def abs_is_flat_at_its_kink(torch):
    """The derivative of abs is the sign, and at 0, where there is none, it is 0."""
    x = torch.tensor([-2.0, -0.0, 0.0, 3.0], requires_grad=True)
    (x.abs() * torch.tensor([1.0, 2.0, 3.0, 4.0])).sum().backward()
    yield "the gradient", x.grad


@scenario(cites=KINKS, needs=("tensor", "functions"))
def relu_is_flat_at_its_kink(torch):
    """The derivative of relu is 1 above 0 and 0 below; at 0 itself it is 0."""
    x = torch.tensor([-2.0, -0.0, 0.0, 3.0], requires_grad=True)
    y = torch.relu(x)
    (y * torch.tensor([1.0, 2.0, 3.0, 4.0])).sum().backward()
    yield "the values", y.detach()
    yield "the gradient", x.grad


@scenario(cites="torch.relu", needs=("tensor", "functions"))
def relu_passes_nan(torch):
    """relu of nan is nan, and the gradient is passed on to it."""
    x = torch.tensor([float("nan"), -1.0], requires_grad=True)
    y = torch.relu(x)
    y.sum().backward()
    yield "the values", y.detach()
    yield "the gradient", x.grad


@scenario(cites=KINKS, needs=("tensor", "functions", "flags"))
def steps_are_flat_everywhere(torch):
    """sign, floor, ceil, trunc and round take part in the graph and have the derivative zero, at their jumps as well."""
    for name in ("sign", "floor", "ceil", "trunc", "round"):
        x = torch.tensor([-1.5, -0.5, 0.0, 0.5, 2.0], requires_grad=True)
        y = getattr(torch, name)(x)
        y.sum().backward()
        yield name, y.detach()
        yield f"the gradient of {name}", x.grad


@scenario(cites="torch.round", needs=("tensor", "functions"))
def halves_are_rounded_to_even(torch):
    """round takes the even neighbour of a number half-way between two."""
    yield "the values", torch.round(torch.tensor([-2.5, -1.5, -0.5, 0.5, 1.5, 2.5, 2.6]))


@scenario(cites="torch.log; torch.sqrt", needs=("tensor", "functions"))
def beyond_the_domain_is_nan(torch):
    """Outside its domain a function gives nan, without an error or a warning."""
    for name, point in (("log", -1.0), ("sqrt", -1.0), ("rsqrt", -4.0), ("log1p", -2.0), ("asin", 1.5), ("acos", -1.5)):
        yield name, getattr(torch, name)(torch.tensor(point))


@scenario(cites="torch.log; torch.sqrt", needs=("tensor", "functions"))
def slopes_at_the_edge_are_infinite(torch):
    """At the edge of its domain a function whose graph becomes vertical there has an infinite gradient."""
    for name, points in (
        ("sqrt", [0.0]),
        ("log", [0.0]),
        ("rsqrt", [0.0]),
        ("reciprocal", [0.0, -0.0]),
        ("asin", [1.0, -1.0]),
        ("acos", [1.0]),
        ("log1p", [-1.0]),
    ):
        x = torch.tensor(points, requires_grad=True)
        y = getattr(torch, name)(x)
        y.sum().backward()
        yield name, y.detach()
        yield f"the gradient of {name}", x.grad


@scenario(cites="torch.log", needs=("tensor", "functions"))
def beyond_the_domain_slopes_may_exist(torch):
    """log of a negative number is nan, but the formula of its derivative, 1 / x, is not; sqrt's own is nan."""
    x = torch.tensor([-2.0, -4.0], requires_grad=True)
    torch.log(x).sum().backward()
    yield "log", x.grad
    z = torch.tensor([-2.0, -4.0], requires_grad=True)
    torch.sqrt(z).sum().backward()
    yield "sqrt", z.grad


@scenario(cites="torch.exp; torch.tanh", needs=("tensor", "functions"))
def saturation_and_overflow(torch):
    """exp overflows to infinity with an infinite gradient, tanh and sigmoid saturate with the gradient zero."""
    for name in ("exp", "tanh", "sigmoid"):
        x = torch.tensor([-200.0, 200.0], requires_grad=True)
        y = getattr(torch, name)(x)
        y.sum().backward()
        yield name, y.detach()
        yield f"the gradient of {name}", x.grad


@scenario(cites="torch.expm1; torch.log1p", needs=("tensor", "functions"))
def small_arguments_keep_their_digits(torch):
    """expm1 and log1p are exact near zero, where exp(x) - 1 and log(1 + x) have lost everything."""
    x = torch.tensor([1e-10, -1e-10])
    yield "expm1, in units of 1e-10", torch.expm1(x) * 1e10
    yield "log1p, in units of 1e-10", torch.log1p(x) * 1e10
    yield "exp(x) - 1", (torch.exp(x) - 1) * 1e10


@scenario(cites=KINKS, needs=("tensor", "functions"))
def an_infinite_slope_times_zero_is_nan(torch):
    """The chain rule multiplies: a zero gradient that meets an infinite derivative is nan, and not zero."""
    x = torch.tensor([0.0, 4.0], requires_grad=True)
    (torch.sqrt(x) * torch.tensor([0.0, 0.0])).sum().backward()
    yield "the gradient", x.grad


@scenario(cites="torch.atan2", needs=("tensor", "functions"))
def the_angle_of_a_point(torch):
    """atan2 knows all four quadrants, and differentiates both coordinates."""
    y = torch.tensor([1.0, 1.0, -2.0, -1.0], requires_grad=True)
    x = torch.tensor([2.0, -1.0, -1.0, 3.0], requires_grad=True)
    angle = torch.atan2(y, x)
    angle.sum().backward()
    yield "the angle", angle.detach()
    yield "by y", y.grad
    yield "by x", x.grad


@scenario(cites="torch.exp; torch.sin", needs=("tensor", "functions", "dtypes"))
def integers_become_floating_point(torch):
    """Functions with fractional values turn integers and booleans into the default floating point dtype."""
    for name in ("exp", "sin", "sqrt", "log1p", "sigmoid", "tanh", "rsqrt", "atan"):
        yield name, getattr(torch, name)(torch.tensor([1, 4]))
    yield "exp of booleans", torch.exp(torch.tensor([True, False]))


@scenario(cites="torch.abs; torch.sign", needs=("tensor", "functions", "dtypes"))
def integers_stay_integers(torch):
    """Functions whose values are whole keep integers integers."""
    for name in ("abs", "sign", "neg", "relu", "floor", "ceil", "round", "trunc", "square"):
        yield name, getattr(torch, name)(torch.tensor([-3, 0, 2]))


@scenario(cites="torch.exp; torch.sqrt", needs=("tensor", "functions", "dtypes"))
def precision_is_kept(torch):
    """Functions of float64 numbers compute in, and send back, float64."""
    x = torch.tensor([0.1, 2.0], dtype=torch.float64, requires_grad=True)
    y = torch.exp(torch.sin(x)) + torch.sqrt(x)
    y.sum().backward()
    yield "the values", y.detach()
    yield "the gradient", x.grad


@scenario(cites="torch.isnan; torch.isfinite", needs=("tensor", "functions", "dtypes"))
def kinds_of_numbers(torch):
    """isnan, isinf and isfinite tell nan, infinities and numbers apart; signbit knows the sign of zero."""
    x = torch.tensor([1.0, float("nan"), float("inf"), float("-inf"), -0.0])
    for name in ("isnan", "isinf", "isfinite", "signbit"):
        yield name, getattr(torch, name)(x)


@scenario(cites="torch.exp; torch.Tensor.exp", needs=("tensor", "functions"))
def functions_are_methods_too(torch):
    """Each function is also a method, and some have a second name."""
    x = torch.tensor([0.25, 0.5])
    yield "exp", x.exp()
    yield "tanh", x.tanh()
    yield "absolute", torch.absolute(-x)
    yield "negative", torch.negative(x)
    yield "arctan", torch.arctan(x)
    yield "arcsin", x.arcsin()
    yield "arccos", torch.arccos(x)
    yield "detach", torch.detach(x)


@scenario(cites="Autograd mechanics: In-place operations with autograd", needs=("tensor", "functions", "inplace"))
def in_place_functions_are_differentiated(torch):
    """The in-place form of a function gives the gradient of the function."""
    for name in ("exp_", "sqrt_", "sin_", "tanh_", "sigmoid_", "relu_", "log_", "reciprocal_", "abs_", "neg_", "cos_"):
        x = torch.tensor([0.25, 4.0], requires_grad=True)
        y = x * 1
        getattr(y, name)()
        y.sum().backward()
        yield name, y.detach()
        yield f"the gradient of {name}", x.grad


@scenario(
    cites="Autograd mechanics: In-place operations with autograd", needs=("tensor", "functions", "inplace", "dtypes")
)
def in_place_functions_need_room_for_fractions(torch):
    """The in-place form of a function with fractional values raises an error on integers."""
    n = torch.tensor([1, 4])
    yield "exp_", attempt(n.exp_)
    yield "sqrt_", attempt(n.sqrt_)
    yield "unchanged", n


@scenario(cites="Autograd mechanics: In-place operations with autograd", needs=("tensor", "functions", "inplace"))
def steps_in_place_stop_the_gradient(torch):
    """The in-place forms of sign, floor, ceil, trunc and round leave nothing but zeros for the gradient."""
    x = torch.tensor([0.7, -4.2], requires_grad=True)
    for name in ("floor_", "sign_", "round_", "ceil_", "trunc_"):
        y = x * 3
        getattr(y, name)()
        y.sum().backward()
        yield name, y.detach()
    yield "the gradient", x.grad


@scenario(cites="torch.exp", needs=("functions",))
def functions_compose(torch):
    """The derivative of a composition is the product of the derivatives along the way."""
    x = torch.tensor(0.3, requires_grad=True)
    y = torch.exp(torch.sin(torch.log(x + 1)) * torch.tanh(x)) / torch.sqrt(x)
    y.backward()
    yield "the value", y.detach()
    yield "the gradient", x.grad


@scenario(cites="torch.autograd.grad: create_graph", needs=("functions", "autograd_grad", "higher_order"))
def fourth_derivatives_of_functions(torch):
    """Differentiating a function four times, each time with its graph, gives the fourth derivative."""
    for name in ("sin", "exp", "tanh", "log", "sqrt", "sigmoid"):
        x = torch.tensor(0.7, dtype=torch.float64, requires_grad=True)
        y = getattr(torch, name)(x)
        for _ in range(4):
            (y,) = torch.autograd.grad(y, x, create_graph=True)
        yield name, y.detach()


@scenario(cites=KINKS, needs=("tensor", "functions", "autograd_grad", "higher_order"))
def kinks_have_no_curvature(torch):
    """abs, relu and clamp have no curvature, at the kink either: the second derivative of x · f(x) is 2 · f'(x)."""
    for name, function in (("abs", torch.abs), ("relu", torch.relu), ("clamp", lambda x: x.clamp(-1, 1))):
        x = torch.tensor([-2.0, 0.0, 1.0], requires_grad=True)
        (first,) = torch.autograd.grad((function(x) * x).sum(), x, create_graph=True)
        (second,) = torch.autograd.grad(first.sum(), x)
        yield f"x · {name}(x), once", first.detach()
        yield f"x · {name}(x), twice", second


@scenario(cites="torch.exp", needs=("tensor", "functions", "shapes"))
def functions_keep_the_shape(torch):
    """A function of a transposed matrix, of no elements and of one without dimensions has the argument's shape."""
    x = torch.tensor([[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]], requires_grad=True)
    y = torch.sqrt(x.t() + 1)
    (y * torch.tensor([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])).sum().backward()
    yield "of a transposed matrix", y.detach()
    yield "its gradient", x.grad
    yield "of nothing", torch.exp(torch.tensor([]))
    yield "without dimensions", torch.exp(torch.tensor(0.0))


@scenario(cites="torch.exp", needs=("functions",))
def functions_need_tensors(torch):
    """A function called with a Python number raises a TypeError."""
    yield "exp(1.0)", attempt(torch.exp, 1.0)
    yield "sigmoid([1.0])", attempt(torch.sigmoid, [1.0])


@scenario(cites="torch.Tensor.sin_; torch.Tensor.exp_", needs=("tensor", "functions", "inplace", "graph"))
def functions_in_place(torch):
    """The in-place forms of elementwise functions change the tensor and are recorded under the function's name."""
    names = "acos asin atan sin cos tan sinh cosh tanh exp expm1 log log2 log10 log1p sqrt rsqrt reciprocal erf erfc sigmoid"
    for name in (*names.split(), "neg", "abs", "erfinv", "frac", "rad2deg", "digamma"):
        x = torch.tensor([0.25, 0.75], requires_grad=True)
        y = x * 1
        getattr(y, f"{name}_")()
        yield f"the node of {name}", y.grad_fn.name()
        y.sum().backward()
        yield name, (y.detach(), x.grad)


@scenario(cites="torch.sin; torch.nan_to_num", needs=("tensor", "functions", "inplace"))
def in_place_forms_as_functions(torch):
    """Elementwise functions have in-place forms beside the methods, too."""
    x = torch.tensor([0.25, 0.75])
    for name in ("asin", "exp2", "log1p", "rsqrt", "sinc", "tan", "deg2rad"):
        y = x.clone()
        getattr(torch, f"{name}_")(y)
        yield name, y


@scenario(cites="torch.Tensor.eq_; torch.Tensor.lt_", needs=("tensor", "functions", "inplace", "graph", "dtypes"))
def comparisons_in_place(torch):
    """A comparison in place writes ones and zeros of the tensor's own dtype, and no gradient comes through it."""
    for name in ("eq_", "ne_", "lt_", "le_", "gt_", "ge_"):
        others = {"a number": 2.0, "a tensor": torch.tensor([2.0], requires_grad=True), "an integer": torch.tensor(2)}
        for label, given in others.items():
            x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
            y = x * 1
            getattr(y, name)(given)
            y.sum().backward()
            of_given = getattr(given, "grad", None)
            yield f"{name} with {label}", (y.detach(), y.grad_fn.name(), x.grad, of_given)
        yield f"{name} of whole numbers", getattr(torch.tensor([1, 2, 3], dtype=torch.int8), name)(2)


@scenario(cites="torch.clamp", needs=("tensor", "functions", "broadcasting"))
def bounds_of_a_clamp_that_widen_it(torch):
    """Bounds may widen what is clamped; backward then raises where the upper bound is narrower than the lower."""
    for label, shapes in {"upper": ((2, 1), (1, 1), (1, 2)), "lower": ((2, 1), (1, 2), (1, 1))}.items():
        x, low, high = (torch.ones(shape, requires_grad=True) for shape in shapes)
        result = torch.clamp(x, low * 0.5, high * 2)
        yield label, result.detach()
        yield f"{label}, backward", attempt(result.sum().backward)
        yield f"{label}, gradient", x.grad
