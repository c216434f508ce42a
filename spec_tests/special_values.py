"""Special functions where they are hard: far out, at poles and borders, and one step beyond where they are defined."""

from gradspec import attempt, scenario

INF = float("inf")
NAN = float("nan")
NEEDS = ("tensor", "functions", "dtypes", "autograd_grad")
TWICE = (*NEEDS, "higher_order")


def double(torch, *data):
    return torch.tensor(data, dtype=torch.float64)


def sloped(torch, function, *tensors):
    """The function of the tensors, its gradients under 1, 3, 5, ..., and theirs, as far as there are any."""
    tensors = [each.clone().requires_grad_() for each in tensors]
    y = function(*tensors)
    weights = torch.arange(1.0, 2 * y.numel(), 2, dtype=torch.float64).reshape(y.shape).to(y.dtype)
    first = torch.autograd.grad(y, tensors, weights, create_graph=True, allow_unused=True)
    found = [each for each in first if each is not None and each.requires_grad]
    second = torch.autograd.grad(found, tensors, [each.detach() for each in found], allow_unused=True) if found else ()
    return (y.detach(), *(each if each is None else each.detach() for each in first), *second)


@scenario(cites="torch.lgamma; torch.digamma; torch.polygamma; torch.mvlgamma", needs=TWICE)
def the_family_of_gamma_far_and_near(torch):
    """`lgamma`, `digamma` and `polygamma` hold far out, near zero and left of it, between their poles."""
    x = double(torch, 1e-9, 0.03125, 0.46875, 0.5, 1.0, 1.4616321449683623, 2.5, 11.5, 12.0, 13.25, 300.0, 1e9)
    left = double(torch, -1e-9, -0.25, -0.5, -1.75, -2.25, -9.5, -20.75)
    for label, given in (("right", x), ("left", left)):
        yield f"lgamma, {label}", sloped(torch, torch.lgamma, given)
        yield f"digamma, {label}", sloped(torch, torch.digamma, given)
        for n in (1, 2, 3):
            yield f"polygamma {n}, {label}", torch.polygamma(n, given)
    ends = double(torch, INF, -INF, NAN, 0.0, -0.0, -1.0, -2.0)
    yield "lgamma, ends", torch.lgamma(ends)
    yield "digamma, ends", torch.digamma(ends)
    yield "mvlgamma", [sloped(torch, lambda x: torch.mvlgamma(x, p), x[6:10]) for p in (2, 5)]


@scenario(cites="torch.polygamma", needs=("tensor", "functions", "inplace", "graph", "dtypes"))
def polygamma_of_every_order(torch):
    """`polygamma` alternates in sign with its order, which must not be negative, until its factorial is infinite."""
    x = double(torch, 0.5, 2.0, 30.0, 170.0)
    for n in (0, 1, 2, 3, 10, 169, 170, 171, 172):
        yield f"of order {n}", torch.polygamma(n, x)
    yield "of order -1", attempt(torch.polygamma, -1, x)
    yield "in single precision", [torch.polygamma(n, x.float()) for n in (0, 1, 2, 5)]
    for name, n in (("polygamma_", 0), ("polygamma_", 1), ("polygamma_", 2), ("mvlgamma_", 2)):
        a = double(torch, 0.75, 3.5).requires_grad_()
        y = getattr(a * 1, name)(n)
        y.sum().backward()
        yield f"{name} {n}", (y, a.grad)
    yield "of few dimensions", (torch.mvlgamma(x + 1, 1), attempt(torch.mvlgamma, x, 0))


@scenario(cites="torch.special.zeta", needs=NEEDS)
def zeta_far_out(torch):
    """`zeta` is exact where nothing but its asymptotic series is left of it, and where it needs no more than that."""
    s, q = double(torch, 1.0625, 2.0, 7.5, 30.0, 60.0, 100.0, 140.0), double(torch, 0.0, 0.5, 12.0, 40.0)
    whole = (s[:, None] * 10 + q).reshape(-1)
    of = s.repeat_interleave(4)
    yield "past the border, by its greatest term", torch.special.zeta(of, whole) * whole**of
    yield "just before it", torch.special.zeta(of, whole - 0.0625) * (whole - 0.0625) ** of
    yield "many terms before it", torch.special.zeta(of, q.repeat(7) + 0.75)


@scenario(cites="torch.special.zeta", needs=NEEDS)
def zeta_where_it_is_not_defined(torch):
    """`zeta` is nan below one and of an infinite number, infinite at its poles, and goes on left of zero for whole orders."""
    s = double(torch, -INF, -1.0, 0.5, 1.0, 1.5, 2.0, 3.0, INF, NAN)
    q = double(torch, -INF, -2.5, -2.0, -0.875, -0.125, 0.0, 0.5, 1.0, 1.5, INF, NAN)
    yield "zeta", torch.special.zeta(s.repeat_interleave(11), q.repeat(9))
    yield (
        "odd, between poles",
        torch.special.zeta(double(torch, 3.0, 5.0, 9.0, 3.0), double(torch, -0.9, -0.1, -1.9, -4.5)),
    )
    yield (
        "even, between poles",
        torch.special.zeta(double(torch, 2.0, 4.0, 8.0, 2.0), double(torch, -0.9, -0.1, -1.9, -4.5)),
    )


@scenario(cites="torch.special.zeta", needs=(*TWICE, "flags"))
def zeta_of_a_number_and_a_tensor(torch):
    """Of `zeta` either argument may be a number; it has a derivative for the second one alone."""
    q = double(torch, 0.5, 1.25, 9.0)
    yield "a number first", sloped(torch, lambda q: torch.special.zeta(2.5, q), q)
    yield "tensors", sloped(torch, lambda q: torch.special.zeta(q.detach() + 1.5, q), q)
    yield "a number second", torch.special.zeta(q + 1, 0.75)
    yield "in single precision", (torch.special.zeta(2, q.float()), torch.special.zeta(q.float() + 1, 2))
    yield "of integers", torch.special.zeta(torch.tensor([2, 3]), 2)
    s = (q + 1).requires_grad_()
    yield "the first, of tensors", attempt(lambda: torch.special.zeta(s, q).sum().backward())
    yield "the first, beside a number", attempt(lambda: torch.special.zeta(s, 2.0).sum().backward())


@scenario(cites="torch.special.gammainc; torch.special.gammaincc", needs=NEEDS)
def incomplete_gamma_functions_at_their_ends(torch):
    """At zero, at infinity and outside `gammainc` and `gammaincc` are zero, one or nan."""
    ends = double(torch, -1.0, 0.0, 2.0, INF, NAN)
    at = double(torch, 0.5, 1.0, 2.0, 11.75, 12.0, 12.0625, 30.0)
    about = at[3:6]
    a = torch.cat([ends.repeat_interleave(5), at, about, about, about, at[:4]])
    far = double(torch, 40.0, 800.0, 12.0, 0.0625)
    x = torch.cat([ends.repeat(5), at, about * 0.75, about + 1, about * 1.5, far])
    for name in ("gammainc", "gammaincc"):
        function = getattr(torch.special, name)
        yield f"{name}, at the ends, in the middle, and far from it", function(a, x)
        yield f"{name}, slope", sloped(torch, lambda x: function(at[1:4], x), at[:3])
        y = attempt(function, at[:2].float().requires_grad_(), torch.tensor(1.5))
        yield f"{name}, differentiated by the first", attempt(lambda: y.value.sum().backward())


@scenario(cites="torch.special.erfcx; torch.special.log_ndtr; torch.special.ndtri; torch.erfinv", needs=TWICE)
def the_family_of_erf_far_and_near(torch):
    """`erfcx`, `log_ndtr`, `ndtri` and `erfinv` are exact on both sides of where their computation changes, and at the ends."""
    x = double(torch, -20.0, -3.0, -1.5, -0.5, 0.0, 0.5, 0.96875, 1.0, 1.03125, 1.96875, 2.0, 2.03125, 5.0, 40.0)
    ends = double(torch, INF, -INF, NAN)
    special = torch.special
    yield "erfcx", sloped(torch, special.erfcx, x)
    yield "log_ndtr", sloped(torch, special.log_ndtr, x)
    yield "ends", (special.erfcx(ends), special.log_ndtr(ends))
    p = double(torch, 1e-12, 0.03125, 0.25, 0.5, 0.75, 0.984375, 0.999)
    yield "ndtri", sloped(torch, special.ndtri, p)
    yield "erfinv", sloped(torch, torch.erfinv, torch.cat([p, -p]))
    tiny = double(torch, 1e-12, 3e-9, 1e-5)
    yield "erfinv, all digits near zero", torch.erfinv(tiny) / tiny
    outside = double(torch, -1.5, -1.0, -0.0, 0.0, 1.0, 1.5, NAN)
    yield "outside", (special.ndtri(outside), torch.erfinv(outside))


@scenario(cites="torch.special.i0; torch.special.i1", needs=TWICE)
def bessel_functions_far_and_near(torch):
    """Bessel's modified functions are even or odd; their slopes at zero are what they tend to."""
    x = double(torch, -40.0, -12.0, -0.5, -1e-17, 0.0, 1e-17, 0.125, 3.0, 8.0, 20.0, 29.5, 30.5, 60.0, 500.0)
    for name in ("i0", "i1", "i0e", "i1e"):
        at = x.clone().requires_grad_()
        y = getattr(torch.special, name)(at)
        yield name, (y.detach(), *torch.autograd.grad(y.sum(), at))
    yield "i1, twice", sloped(torch, torch.special.i1, x)


@scenario(cites="torch.sinc; torch.logit: eps; torch.special.entr", needs=TWICE)
def slopes_at_the_borders(torch):
    """`sinc` bends at zero; `logit` with an eps of zero is flat outside, and with a negative one is as without."""
    yield "sinc", sloped(torch, torch.sinc, double(torch, 0.0, 1e-9, 0.25, 1.0, -2.5))
    x = double(torch, -0.5, 0.0, 0.0625, 0.125, 0.5, 0.875, 1.0, 1.5)
    for eps in (None, 0.0, 0.125):
        yield f"logit, {eps}", sloped(torch, lambda x: torch.logit(x, eps), x)
    x.requires_grad_()
    y = torch.logit(x, -1.0)
    yield "logit, -1.0", (y.detach(), *torch.autograd.grad(y.sum(), x))
    yield "entr", sloped(torch, torch.special.entr, double(torch, 0.5, 1.0, 3.0))


@scenario(cites="torch.frexp; torch.frac; torch.ldexp; torch.nextafter; torch.copysign", needs=TWICE)
def parts_of_floating_numbers(torch):
    """`frexp` divides the gradient by the power of two that it takes out; `frac`, `nextafter` and `copysign` pass it on."""
    x, y = double(torch, 0.75, -5.0, 40.0, 0.1, -1.0, 3.0), double(torch, 1.0, -5.0, -40.0, 0.1, 0.0, -0.0)
    yield "frexp", sloped(torch, lambda x: torch.frexp(x).mantissa, x)
    yield "exponents", tuple(torch.frexp(double(torch, 0.75, -5.0, 0.0, 1024.0)))
    yield "frac", sloped(torch, lambda x: torch.frac(x) ** 2, double(torch, 0.5, -0.25, 1.25, -7.75, 2.0, 0.0, 1e17))
    yield "heaviside", [attempt(torch.heaviside, *pair) for pair in ((x, y.float()), (x.float(), y), (x - 3, y))]
    yield "nextafter", sloped(torch, torch.nextafter, x, y)
    yield (
        "copysign",
        sloped(torch, torch.copysign, torch.cat([x, double(torch, 0.0)]), torch.cat([y, double(torch, -2.0)])),
    )
    for power in (torch.tensor([1, -2, 0, 3, -1, 5]), y):
        yield f"ldexp, {power.dtype}", sloped(torch, lambda x: torch.ldexp(x, power), x)
    yield "ldexp, the power", sloped(torch, lambda y: torch.ldexp(x, y), y)


@scenario(cites="torch.logaddexp; torch.lerp; torch.xlogy", needs=TWICE)
def functions_of_two_at_their_borders(torch):
    """`logaddexp` is one of complex numbers, too; `lerp` is exact at both ends; `xlogy` minds which factor is zero or nan."""
    x, y = double(torch, 0.5, -1.0, 300.0, 2.0), double(torch, 1.0, 2.5, -300.0, 2.0)
    yield "logaddexp", sloped(torch, torch.logaddexp, x, y)
    yield "logaddexp2", sloped(torch, torch.logaddexp2, x, y)
    a, b = torch.complex(x, y / 4), torch.complex(y, -x / 3)
    yield "logaddexp, complex", torch.logaddexp(a, b)
    far, near = torch.tensor([1e8] * 8), torch.tensor([1.0] * 8)
    weights = [-1.0, -0.5, -0.25, 0.0, 0.25, 0.5, 0.75, 1.0]
    yield "lerp", torch.lerp(far, near, torch.tensor(weights))
    yield "lerp, by numbers", [torch.lerp(far[0], near[0], weight) for weight in weights]
    zeros = double(torch, 0.0, 0.0, 0.0, 0.0, 2.0, 2.0, -1.0, -1.0)
    of = double(torch, 0.0, -1.0, NAN, 3.0, 0.0, -1.0, 0.5, 0.0)
    yield "xlogy", sloped(torch, torch.xlogy, zeros, of)
    yield "xlog1py", sloped(torch, torch.special.xlog1py, zeros, of)
    yield "fmax", sloped(torch, torch.fmax, double(torch, 1.0, NAN, NAN, 2.0), double(torch, 2.0, NAN, 1.0, NAN))
    yield "fmin", sloped(torch, torch.fmin, double(torch, 1.0, NAN, NAN, 2.0), double(torch, 2.0, NAN, 1.0, NAN))
