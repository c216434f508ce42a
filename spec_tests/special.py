"""Special functions: exponentials, logarithms, the families of gamma and erf, at their edges and twice differentiated."""

from gradspec import attempt, scenario

INF = float("inf")
NAN = float("nan")
KINKS = "Autograd mechanics: Gradients for non-differentiable functions"


def first_and_second(torch, function, data):
    """The function at the data, and its first and second derivatives there."""
    x = torch.tensor(data, dtype=torch.float64, requires_grad=True)
    y = function(x)
    (first,) = torch.autograd.grad(y.sum(), x, create_graph=True)
    (second,) = torch.autograd.grad(first.sum(), x) if first.requires_grad else (None,)
    return y.detach(), first.detach(), second


def slope(torch, function, data):
    """The function at the data and its derivative there."""
    x = torch.tensor(data, requires_grad=True)
    y = function(x)
    (y * 3).sum().backward()
    return y.detach(), x.grad


def slopes(torch, function, a, b):
    """The function of two tensors, and both derivatives."""
    x, y = torch.tensor(a, requires_grad=True), torch.tensor(b, requires_grad=True)
    result = function(x, y)
    (result * 3).sum().backward()
    return result.detach(), x.grad, y.grad


NEEDS = ("tensor", "functions")
TWICE = ("tensor", "functions", "autograd_grad", "higher_order")


@scenario(cites="torch.exp2", needs=TWICE)
def powers_of_two(torch):
    """The derivative of `exp2` is the result times the logarithm of two, each time."""
    yield "exp2", first_and_second(torch, lambda x: x.exp2(), [-1.0, 0.0, 3.0])
    yield "of integers", torch.exp2(torch.tensor([0, 3]))


@scenario(cites="torch.asinh; torch.acosh; torch.atanh", needs=TWICE)
def inverse_hyperbolic_functions(torch):
    """`asinh`, `acosh` and `atanh` differentiate twice."""
    yield "asinh", first_and_second(torch, torch.asinh, [-2.0, 0.0, 0.5])
    yield "acosh", first_and_second(torch, torch.acosh, [1.5, 3.0])
    yield "atanh", first_and_second(torch, torch.atanh, [-0.5, 0.0, 0.9])


@scenario(cites=KINKS, needs=NEEDS)
def inverse_hyperbolic_functions_at_their_edges(torch):
    """At the edge of its domain the slope of `acosh` and `atanh` is infinite; the value beyond is nan."""
    yield "acosh", slope(torch, lambda x: x.acosh(), [1.0, 0.5])
    yield "atanh", slope(torch, lambda x: x.atanh(), [-1.0, 1.0, 2.0])


@scenario(cites="torch.erfinv", needs=TWICE)
def the_inverse_of_erf(torch):
    """`erfinv` differentiates twice; at -1 and 1 it is infinite, and beyond nan."""
    yield "inside", first_and_second(torch, torch.erfinv, [-0.5, 0.0, 0.25])
    yield "at the edges", slope(torch, lambda x: x.erfinv(), [-1.0, 1.0])
    yield "beyond", torch.tensor([1.5]).erfinv()


@scenario(cites="torch.lgamma", needs=TWICE)
def the_logarithm_of_gamma(torch):
    """`lgamma` has `digamma` for its slope and `polygamma(1)` for the next."""
    yield "right of zero", first_and_second(torch, torch.lgamma, [0.5, 1.0, 4.5])
    yield "left of zero", first_and_second(torch, torch.lgamma, [-0.5, -1.5])
    yield "in torch.special", torch.special.gammaln(torch.tensor(5.0))


@scenario(cites="torch.lgamma", needs=NEEDS)
def lgamma_has_poles(torch):
    """At zero and the negative whole numbers `lgamma` is infinite."""
    yield "values", torch.lgamma(torch.tensor([0.0, -1.0, -2.0, INF]))


@scenario(cites="torch.digamma", needs=TWICE)
def digamma_left_and_right_of_zero(torch):
    """`digamma` differentiates twice, and goes on to the left of zero by reflection."""
    yield "right of zero", first_and_second(torch, torch.digamma, [0.5, 1.0, 20.0])
    yield "left of zero", torch.digamma(torch.tensor([-0.5, -1.25], dtype=torch.float64))
    yield "psi", torch.special.psi(torch.tensor(2.0))


@scenario(cites="torch.digamma", needs=NEEDS)
def digamma_has_poles(torch):
    """`digamma` is infinite at zero, with the sign of the side, and nan at the negative whole numbers."""
    yield "values", torch.digamma(torch.tensor([0.0, -0.0, -1.0, -2.0]))


@scenario(cites="torch.polygamma", needs=TWICE)
def derivatives_of_digamma(torch):
    """The derivative of `polygamma(n)` is `polygamma(n + 1)`."""
    for n in (0, 1, 2, 4):
        yield f"n = {n}", first_and_second(torch, lambda x, n=n: torch.polygamma(n, x), [0.75, 3.0])
    yield "in torch.special", torch.special.polygamma(1, torch.tensor(2.0))


@scenario(cites="torch.special.ndtr", needs=TWICE)
def the_normal_distribution(torch):
    """The slope of `ndtr`, the area below the bell, is the bell."""
    yield "ndtr", first_and_second(torch, torch.special.ndtr, [-2.0, 0.0, 1.0])


@scenario(cites="torch.special.entr", needs=TWICE)
def entropy(torch):
    """`entr` is -x log x, 0 at zero with an infinite slope, and minus infinity below."""
    yield "above zero", first_and_second(torch, torch.special.entr, [0.5, 1.0, 2.0])
    yield "at zero", slope(torch, torch.special.entr, [0.0])
    yield "below zero", torch.special.entr(torch.tensor([-1.0, NAN]))


@scenario(cites="torch.sinc", needs=TWICE)
def sinc_is_flat_at_zero(torch):
    """`sinc` is one at zero, where its slope is zero."""
    yield "values and slope", slope(torch, lambda x: x.sinc(), [0.0, 0.5, 1.0, -1.5])
    yield "twice", first_and_second(torch, torch.sinc, [0.25, 0.5])


@scenario(cites="torch.logit", needs=TWICE)
def logit_inside(torch):
    """`logit` is the inverse of `sigmoid` and differentiates twice."""
    yield "logit", first_and_second(torch, torch.logit, [0.25, 0.5, 0.9])
    yield "back again", torch.special.expit(torch.special.logit(torch.tensor([0.25, 0.9])))


@scenario(cites="torch.logit: eps", needs=NEEDS)
def logit_beyond(torch):
    """Beyond 0 and 1 `logit` and its slope are nan; with eps it is clamped, and flat there."""
    yield "without eps", slope(torch, lambda x: x.logit(), [-0.5, 0.0, 1.0, 1.5])
    yield "with eps", slope(torch, lambda x: x.logit(0.125), [-0.5, 0.0625, 0.5, 1.5])
    yield "at eps", slope(torch, lambda x: torch.logit(x, eps=0.125), [0.125, 0.875])


@scenario(cites="torch.xlogy; torch.special.xlog1py", needs=NEEDS)
def zero_times_a_logarithm_is_zero(torch):
    """`xlogy` and `xlog1py` are zero where the first factor is, even where the logarithm is infinite, unless it is nan."""
    a, b = [0.0, 0.0, 2.0, 2.0, 0.0], [0.0, 3.0, 0.0, 4.0, NAN]
    yield "xlogy", torch.xlogy(torch.tensor(a), torch.tensor(b))
    yield "xlog1py", torch.special.xlog1py(torch.tensor(a), torch.tensor([-1.0, 3.0, -1.0, 4.0, NAN]))


@scenario(cites="torch.xlogy; torch.special.xlog1py", needs=NEEDS)
def gradients_of_x_log_y(torch):
    """`xlogy` and `xlog1py` send to the first factor the logarithm, but zero for zero times an infinite one."""
    yield "xlogy", slopes(torch, torch.xlogy, [0.0, 0.0, 2.0], [0.0, 3.0, 4.0])
    yield "xlog1py", slopes(torch, torch.special.xlog1py, [0.0, 0.0, 2.0], [-1.0, 3.0, 4.0])


@scenario(cites="torch.xlogy", needs=NEEDS)
def x_log_y_with_a_number(torch):
    """Either factor of `xlogy` may be a number."""
    yield "a number second", slope(torch, lambda x: torch.xlogy(x, 2), [1.0, 0.0])
    yield "a number first", slope(torch, lambda x: torch.xlogy(2, x), [1.0, 4.0])


@scenario(cites="torch.logaddexp; torch.logaddexp2", needs=NEEDS)
def sums_of_exponentials_do_not_overflow(torch):
    """`logaddexp` divides its gradient by how much each contributes, without overflow."""
    yield "logaddexp", slopes(torch, torch.logaddexp, [0.0, 1000.0, -1.0], [0.0, 1.0, -1000.0])
    yield "logaddexp2", slopes(torch, torch.logaddexp2, [0.0, 1000.0, -1.0], [0.0, 1.0, -1000.0])


@scenario(cites="torch.hypot", needs=NEEDS)
def the_long_side_of_a_triangle(torch):
    """`hypot` goes with the cosine and the sine of the angle; at the origin its gradient is nan."""
    yield "hypot", slopes(torch, torch.hypot, [3.0, -5.0], [4.0, 12.0])
    yield "at the origin", slopes(torch, torch.hypot, [0.0], [0.0])


@scenario(cites="torch.copysign", needs=NEEDS)
def copied_signs(torch):
    """`copysign` sends to the first 1 or -1, as its sign was kept or changed, and 0 at zero; to the second nothing."""
    yield "tensors", slopes(torch, torch.copysign, [1.0, -2.0, 0.0], [-1.0, -0.0, 3.0])
    yield "a number", slope(torch, lambda x: x.copysign(-2), [1.0, -1.0])


@scenario(cites="torch.fmax; torch.fmin", needs=NEEDS)
def extrema_that_do_not_see_nan(torch):
    """`fmax` and `fmin` choose the number beside nan; of equals the first has the whole gradient."""
    a, b = [1.0, NAN, 2.0, 3.0], [2.0, 1.0, NAN, 3.0]
    yield "fmax", slopes(torch, torch.fmax, a, b)
    yield "fmin", slopes(torch, torch.fmin, a, b)


@scenario(cites="torch.heaviside", needs=("tensor", "functions", "flags"))
def heaviside_takes_its_value_at_zero(torch):
    """`heaviside` is the second argument where the first is zero, and has no derivative: it raises an error on backward."""
    yield "values", torch.heaviside(torch.tensor([-1.0, 0.0, 2.0]), torch.tensor(0.25))
    x = torch.tensor([-1.0, 2.0], requires_grad=True)
    y = attempt(torch.heaviside, x, torch.tensor(0.5))
    yield "backward", attempt(lambda: y.value.sum().backward())


@scenario(cites="torch.lerp", needs=NEEDS)
def interpolation_with_a_number(torch):
    """`lerp` with a number divides the gradient between start and end."""
    yield "a quarter", slopes(torch, lambda a, b: torch.lerp(a, b, 0.25), [1.0, 2.0], [5.0, -2.0])
    yield "beyond the end", slopes(torch, lambda a, b: a.lerp(b, 2.0), [1.0, 2.0], [5.0, -2.0])


@scenario(cites="torch.lerp", needs=("tensor", "functions", "broadcasting"))
def interpolation_with_a_tensor(torch):
    """`lerp` with a tensor of weights sends them the distance from start to end."""
    a, b = torch.tensor([1.0, 2.0], requires_grad=True), torch.tensor([5.0, -2.0], requires_grad=True)
    w = torch.tensor([[0.25], [0.5]], requires_grad=True)
    y = torch.lerp(a, b, w)
    yield "the result", y.detach()
    (y * y).sum().backward()
    yield "the gradients", (a.grad, b.grad, w.grad)


@scenario(cites="torch.addcmul; torch.addcdiv", needs=("tensor", "functions", "broadcasting"))
def fused_products_and_quotients(torch):
    """`addcmul` and `addcdiv` add `value` times a product or a quotient, and give all three tensors gradients."""
    for name in ("addcmul", "addcdiv"):
        a = torch.tensor(1.0, requires_grad=True)
        b = torch.tensor([2.0, 3.0], requires_grad=True)
        c = torch.tensor([[4.0], [5.0]], requires_grad=True)
        y = getattr(torch, name)(a, b, c, value=0.5)
        (y * y).sum().backward()
        yield name, (y.detach(), a.grad, b.grad, c.grad)
        yield f"{name} without value", getattr(a.detach(), name)(b.detach(), c.detach())


@scenario(cites="torch.deg2rad; torch.rad2deg", needs=NEEDS)
def degrees_and_radians(torch):
    """`deg2rad` and `rad2deg` multiply the gradient as they do the value."""
    yield "deg2rad", slope(torch, lambda x: x.deg2rad(), [180.0, -90.0])
    yield "rad2deg", slope(torch, torch.rad2deg, [0.5, -1.0])


@scenario(cites="torch.frac; torch.sgn", needs=NEEDS)
def what_is_behind_the_point(torch):
    """`frac` keeps the sign and has slope one; `sgn` is flat."""
    yield "frac", slope(torch, lambda x: x.frac(), [1.25, -2.75, 3.0])
    yield "sgn", slope(torch, lambda x: x.sgn() + x, [1.25, -2.75, 0.0])


@scenario(cites="torch.nan_to_num", needs=NEEDS)
def what_is_no_number_is_replaced(torch):
    """`nan_to_num` replaces nan and the infinities, and stops the gradient where it did."""
    data = [NAN, INF, -INF, 2.0]
    yield "by default", slope(torch, lambda x: x.nan_to_num(), data)
    yield "by choice", slope(torch, lambda x: torch.nan_to_num(x, nan=1.0, posinf=5.0, neginf=-5.0), data)


@scenario(cites="torch.clamp; torch.clip", needs=NEEDS)
def one_sided_clamps(torch):
    """`clamp_min` and `clamp_max` stop the gradient beyond their limit, not at it; `clip` is `clamp`."""
    data = [-1.0, 0.0, 2.0]
    yield "clamp_min", slope(torch, lambda x: x.clamp_min(0.0), data)
    yield "clamp_max", slope(torch, lambda x: torch.clamp_max(x, 0.0), data)
    yield "a tensor for a limit", slopes(torch, lambda x, low: x.clamp_min(low), data, [0.0, 0.0, 0.0])
    yield "clip", slope(torch, lambda x: x.clip(-0.5, 1.0), data)


@scenario(cites="torch.float_power; torch.ldexp", needs=NEEDS)
def powers_in_double_precision(torch):
    """`float_power` computes in float64, its gradients come back in the input's dtype; `ldexp` multiplies by powers of two."""
    yield "float_power", slope(torch, lambda x: x.float_power(2), [3.0, -1.0])
    yield "of integers", torch.float_power(torch.tensor([2, 3]), torch.tensor([3, 2]))
    yield "a number below", torch.float_power(2, torch.tensor([0.5, 2.0]))
    yield "ldexp", slope(torch, lambda x: torch.ldexp(x, torch.tensor([1, 3])), [1.5, -2.0])


@scenario(cites="torch.nextafter", needs=("tensor", "functions"))
def neighbours_of_a_number(torch):
    """`nextafter` is the next number that the dtype can hold, towards the second argument."""
    yield "up and down", torch.nextafter(torch.tensor([1.0, 1.0]), torch.tensor([2.0, 0.0])) - 1.0


@scenario(cites="torch.nansum; torch.nanmean", needs=("tensor", "functions"))
def sums_of_what_is_a_number(torch):
    """`nansum` and `nanmean` leave out nan, and send it no gradient."""
    data = [[1.0, NAN, 3.0], [4.0, 5.0, NAN]]
    yield "nansum of all", slope(torch, lambda x: x.nansum(), data)
    yield "nansum along 1, kept", slope(torch, lambda x: torch.nansum(x, 1, keepdim=True), data)
    yield "nanmean along 0", slope(torch, lambda x: x.nanmean(0), data)
    yield "nanmean of nan", torch.tensor([NAN, NAN]).nanmean()


@scenario(cites="torch.special", needs=("tensor", "inplace", "functions"))
def special_functions_in_place(torch):
    """The in-place forms of special functions change the tensor and are recorded all the same."""
    for name, args in (
        ("lgamma", ()),
        ("digamma", ()),
        ("sinc", ()),
        ("exp2", ()),
        ("xlogy", (2.0,)),
        ("logit", ()),
        ("nan_to_num", ()),
        ("deg2rad", ()),
    ):
        x = torch.tensor([0.25, 0.75], requires_grad=True)
        y = x * 1
        getattr(y, f"{name}_")(*args)
        y.sum().backward()
        yield name, (y.detach(), x.grad)


@scenario(cites="torch.asinh; torch.acosh; torch.atanh", needs=("tensor", "inplace", "functions", "graph"))
def inverse_hyperbolic_functions_in_place(torch):
    """`asinh_`, `acosh_` and `atanh_` are recorded under a name of their own, and refuse to go backward."""
    for name in ("asinh", "acosh", "atanh"):
        x = torch.tensor([1.5, 0.5], requires_grad=True)
        y = x * 1
        getattr(y, f"{name}_")()
        yield name, y.grad_fn.name()
        yield f"{name} backward", attempt(y.sum().backward)


@scenario(cites="torch.special; torch.Tensor.grad_fn", needs=("tensor", "functions", "graph"))
def names_of_special_functions(torch):
    """Special functions have nodes of their own."""
    x = torch.tensor([0.25, 0.75], requires_grad=True)
    for name in "lgamma digamma erfinv sinc exp2 logit asinh frac sgn deg2rad nan_to_num nansum".split():
        yield name, getattr(x, name)().grad_fn.name()
    yield "entr", torch.special.entr(x).grad_fn.name()
    yield "xlog1py", torch.special.xlog1py(x, x).grad_fn.name()
    yield "polygamma", torch.polygamma(1, x).grad_fn.name()
    yield "hypot", torch.hypot(x, x).grad_fn.name()


@scenario(cites="torch.dist; torch.cdist", needs=("tensor", "functions", "shapes"))
def distances(torch):
    """`dist` is the norm of the difference, `cdist` that of every row with every row; both send gradients both ways."""
    a, b = [[1.0, 2.0], [4.0, -1.0]], [[0.0, 2.0], [1.0, 3.0]]
    for p in (2, 1, INF, 3):
        yield f"dist, p = {p}", slopes(torch, lambda x, y, p=p: torch.dist(x, y, p), a, b)
        yield f"cdist, p = {p}", slopes(torch, lambda x, y, p=p: torch.cdist(x, y, p), a, b)


@scenario(cites=KINKS, needs=("tensor", "functions", "shapes"))
def distances_of_nothing(torch):
    """Where two points are the same the gradient of their distance is zero."""
    yield "dist", slopes(torch, torch.dist, [1.0, 2.0], [1.0, 2.0])
    yield "cdist", slopes(torch, torch.cdist, [[1.0, 2.0]], [[1.0, 2.0], [1.0, 3.0]])


@scenario(cites="torch.Tensor.lerp_; torch.Tensor.addcmul_", needs=("tensor", "inplace", "functions"))
def functions_of_several_tensors_in_place(torch):
    """The in-place forms of functions of several tensors change the first and are recorded."""
    for name, others in (
        ("lerp_", ((0.5, 2.0), 0.25)),
        ("addcmul_", ((0.5, 2.0), (1.0, 3.0))),
        ("addcdiv_", ((0.5, 2.0), (1.0, 4.0))),
        ("copysign_", ((-1.0, 1.0),)),
        ("hypot_", ((4.0, 1.0),)),
        ("xlogy_", ((0.5, 2.0),)),
        ("clamp_min_", (0.5,)),
        ("clamp_max_", (0.5,)),
    ):
        x = torch.tensor([0.25, 0.75], requires_grad=True)
        tensors = [torch.tensor(o, requires_grad=True) if isinstance(o, tuple) else o for o in others]
        y = x * 1
        result = getattr(y, name)(*tensors)
        yield f"{name} gives the tensor", result is y
        y.sum().backward()
        yield name, (y.detach(), x.grad, *(t.grad for t in tensors if not isinstance(t, float)))
