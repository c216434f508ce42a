"""Extremes: elementwise functions from one end of their domain to the other, and of every kind of number."""

from gradspec import attempt, scenario

NEEDS = ("tensor", "functions", "dtypes", "autograd_grad", "higher_order")
INF, NAN = float("inf"), float("nan")
POINTS = [
    -INF,
    -40.25,
    -7.5,
    -3.0,
    -2.5,
    -1.0,
    -0.625,
    -1e-3,
    0.0,
    1e-3,
    0.375,
    0.625,
    1.0,
    1.5,
    2.0,
    3.75,
    8.0,
    17.5,
    45.0,
    300.0,
    1e6,
    INF,
    NAN,
]
INTEGERS = [-7, -3, -2, -1, 0, 1, 2, 3, 5, 8]
SMOOTH = """abs acos acosh asin asinh atan atanh cos cosh deg2rad erf erfc erfinv exp exp2 expm1 lgamma digamma log log10 log1p
log2 logit neg rad2deg reciprocal rsqrt sigmoid sin sinc sinh sqrt square tan tanh i0 positive""".split()
STEPS = "ceil floor frac round sgn sign trunc isfinite isinf isnan isposinf isneginf signbit nan_to_num".split()
SPECIAL = "entr erfcx i0e log_ndtr ndtr ndtri".split()
BOUNDED = """relu relu6 elu selu celu gelu silu mish softplus softsign tanhshrink hardtanh hardsigmoid hardswish logsigmoid
leaky_relu hardshrink softshrink""".split()
PAIRS = """add sub mul div true_divide floor_divide remainder fmod pow float_power atan2 hypot logaddexp logaddexp2 maximum
minimum fmax fmin copysign nextafter heaviside xlogy eq ne lt le gt ge logical_and logical_or logical_xor isclose""".split()


def sloped(torch, function, *inputs):
    """The values of a function, and its slopes with respect to each input where there are any."""
    inputs = [each.clone().requires_grad_() for each in inputs]
    y = function(*inputs)
    if not y.requires_grad:
        return (y,)
    return (y.detach(), *torch.autograd.grad(y.sum(), inputs, allow_unused=True))


def tried(torch, label, function, *inputs):
    """An observation of the values of a function, or of the type of the error that there is."""
    found = attempt(function, *inputs)
    return label, found.value if found.error is None else type(found.error).__name__


@scenario(cites="torch: Pointwise Ops", needs=NEEDS)
def functions_from_end_to_end(torch):
    """A function of one number has values and slopes at both infinities, at zero, at nan, and in between."""
    x = torch.tensor(POINTS[1:-2], dtype=torch.float64)
    ends = torch.tensor([-INF, INF, NAN], dtype=torch.float64)
    for name in SMOOTH + STEPS:
        yield name, sloped(torch, getattr(torch, name), x)
        if name not in ("lgamma", "sgn", "sign"):
            yield f"{name} at the ends", getattr(torch, name)(ends)
    for n in range(4):
        yield f"polygamma {n}", sloped(torch, lambda x: torch.polygamma(n, x), x[x.abs() < 1e5][:: 1 + n // 2])
    for p in (1, 2, 4):
        yield f"mvlgamma {p}", sloped(torch, lambda x: torch.mvlgamma(x, p), x[(x > (p - 1) / 2) & (x < 1e5)])
    for decimals in (-2, -1, 0, 1, 3):
        yield f"round to {decimals}", sloped(torch, lambda x: torch.round(x * 1.2345, decimals=decimals), x)


@scenario(cites="torch.special", needs=NEEDS)
def special_functions_from_end_to_end(torch):
    """A special function has values and, where it has them, slopes at both infinities, at zero, at nan, and in between."""
    x = torch.tensor(POINTS, dtype=torch.float64)
    for name in SPECIAL:
        function = getattr(torch.special, name)
        found = attempt(sloped, torch, function, x)
        yield name, function(x) if found.error is not None else found.value


@scenario(cites="torch.nn.functional", needs=NEEDS)
def activations_from_end_to_end(torch):
    """An activation has values and slopes at both infinities, at its kinks, at nan, and in between."""
    x = torch.tensor([*POINTS[1:-2], 3.0, 6.0, 0.5, -0.5], dtype=torch.float64)
    ends = torch.tensor([-INF, INF], dtype=torch.float64)
    for name in BOUNDED:
        yield name, sloped(torch, getattr(torch.nn.functional, name), x)
        yield f"{name} at the ends", getattr(torch.nn.functional, name)(ends)
    F = torch.nn.functional
    for label, function in {
        "elu, alpha": lambda x: F.elu(x, 0.5),
        "celu, alpha": lambda x: F.celu(x, 0.5),
        "softplus, beta and threshold": lambda x: F.softplus(x, 2.0, 5.0),
        "hardtanh, bounds": lambda x: F.hardtanh(x, -2.5, 1.5),
        "leaky_relu, slope": lambda x: F.leaky_relu(x, 0.3),
        "hardshrink, width": lambda x: F.hardshrink(x, 1.0),
        "softshrink, width": lambda x: F.softshrink(x, 1.0),
        "threshold": lambda x: F.threshold(x, 1.0, -4.0),
        "gelu, nearly": lambda x: F.gelu(x, approximate="tanh"),
        "logit, eps": lambda x: torch.logit(x, 0.25),
        "nan_to_num": lambda x: torch.nan_to_num(x, 2.0, 3.0, -4.0),
    }.items():
        yield label, sloped(torch, function, x)


@scenario(cites="torch: Pointwise Ops", needs=NEEDS)
def functions_of_two_from_end_to_end(torch):
    """A function of two numbers has values and slopes for every two of zeros, infinities, nan, and numbers of both signs."""
    points = torch.tensor([-INF, -2.5, -1.0, -0.25, 0.0, 0.5, 1.0, 3.0, INF, NAN], dtype=torch.float64)
    x, y = points.repeat_interleave(10), points.repeat(10)
    for name in PAIRS:
        function = getattr(torch, name)
        yield (
            name,
            function(x, y)
            if name in ("floor_divide", "remainder", "nextafter", "heaviside")
            else sloped(torch, function, x, y),
        )
    for mode in ("trunc", "floor"):
        yield f"div, {mode}", sloped(torch, lambda x, y: torch.div(x, y, rounding_mode=mode), x, y)
    finite = x.isfinite() & y.isfinite() & (y != 0)
    yield "slopes of remainder", sloped(torch, torch.remainder, x[finite], y[finite])
    yield "xlog1py", sloped(torch, torch.special.xlog1py, x, y)
    yield "ldexp", torch.ldexp(x, (y.nan_to_num(0, 4, -4)).long())
    for name in ("remainder", "fmod", "pow", "xlogy", "true_divide"):
        for number in (-2, 0, 0.5):
            given = points if name != "pow" else points[1:-2]
            yield f"{name}, {number}", sloped(torch, lambda x: getattr(torch, name)(x, number), given)
    for number in (-1.5, 0, 2):
        yield f"{number} to a power", sloped(torch, lambda x: number**x, points)
        yield f"{number} over", sloped(torch, lambda x: number / x, points)
        yield f"{number} less", sloped(torch, lambda x: number - x, points)
        yield f"{number} remainder", attempt(sloped, torch, lambda x: number % x, points)
    for alpha, name in ((2, "rsub"), (-0.5, "add"), (2, "sub")):
        yield f"{name}, {alpha}", sloped(torch, lambda x, y: getattr(torch, name)(x, y, alpha=alpha), x[::7], y[::7])
    yield "rsub of a number, -0.5", sloped(torch, lambda x: torch.rsub(x, 3, alpha=-0.5), points)


@scenario(cites="torch.special.gammainc", needs=NEEDS)
def incomplete_gamma_functions(torch):
    """The incomplete gamma functions, both of them, from small to large, at the ends, and outside of where they are defined."""
    points = torch.tensor([-1.0, 0.0, 0.125, 0.5, 1.0, 2.5, 9.75, 12.0, 25.0, 190.0, 230.0, 1e3], dtype=torch.float64)
    a, x = points.repeat_interleave(12), points.repeat(12)
    for name in ("gammainc", "gammaincc"):
        function = getattr(torch.special, name)
        yield name, function(a, x)
        inner = x[(a > 0) & (a < 1e3) & (x > 0) & (x < 1e3)].clone().requires_grad_()
        of = a[(a > 0) & (a < 1e3) & (x > 0) & (x < 1e3)]
        yield f"{name}, slope", torch.autograd.grad(function(of, inner).sum(), inner)[0]
    s = torch.tensor([-1.0, 0.5, 1.0, 1.25, 2.0, 3.0, 3.5, 9.0, 40.0], dtype=torch.float64)
    q = torch.tensor([-3.5, -2.0, -0.5, 0.0, 0.25, 1.0, 4.5, 30.0, 0.0625], dtype=torch.float64)
    yield "zeta", torch.special.zeta(s.repeat_interleave(9), q.repeat(9))
    of = s[2:8].repeat_interleave(4) + 0.125
    at = q[4:8].repeat(6).clone().requires_grad_()
    yield "zeta, slope", torch.autograd.grad(torch.special.zeta(of, at).sum(), at)[0]


@scenario(cites="torch: Pointwise Ops", needs=NEEDS)
def functions_of_integers(torch):
    """Functions of integers and truth values are integers, floats or errors, and divide towards zero, or down, or not at all."""
    for dtype in (torch.int64, torch.uint8, torch.bool):
        numbers = INTEGERS if dtype is torch.int64 else [abs(n) for n in INTEGERS]
        x = torch.tensor(numbers, dtype=torch.int64).to(dtype)
        for name in SMOOTH + STEPS:
            if dtype is not torch.bool or name not in ("abs", "ceil", "floor", "round", "trunc"):
                yield tried(torch, f"{name} of {dtype}", getattr(torch, name), x)
        few = x[::2] if dtype is not torch.bool else x[4:6]
        one, other = few.repeat_interleave(len(few)), few.repeat(len(few))
        divides = ("floor_divide", "remainder", "fmod")
        for name in PAIRS:
            if name != "pow" and (dtype is not torch.bool or name not in divides):
                kept = other.clamp(min=1) if name in divides else other
                yield tried(torch, f"{name} of {dtype}", getattr(torch, name), one, kept)
                if dtype is torch.int64 or name == "sub":
                    yield tried(torch, f"{name} of {dtype} and float64", getattr(torch, name), one, other.double())
        if dtype is not torch.bool:
            yield tried(torch, f"powers of {dtype}", torch.pow, one, other.clamp(0, 8))
        for number in (0, 1, 2, 3, 0.5, -1.5):
            yield tried(torch, f"{dtype} to the power {number}", torch.pow, x, number)
            yield tried(
                torch,
                f"{number} to the power {dtype}",
                torch.pow,
                number,
                x.clamp(min=0) if dtype is torch.int64 else x,
            )
        for mode in (None, "trunc", "floor") if dtype is not torch.bool else (None,):
            divisor = torch.tensor([3, 1, 2, 3, 5, 1, 2, 2, 3, 3]).to(dtype)
            yield tried(torch, f"div of {dtype}, {mode}", lambda x, y: torch.div(x, y, rounding_mode=mode), x, divisor)
            if dtype is torch.int64:
                yield tried(torch, f"div by -2, {mode}", lambda x: torch.div(x, -2, rounding_mode=mode), x)
        for name in ("bitwise_and", "bitwise_or", "bitwise_xor", "gcd", "lcm"):
            yield tried(torch, f"{name} of {dtype}", getattr(torch, name), one, other)
        for name in ("bitwise_left_shift", "bitwise_right_shift") if dtype is not torch.bool else ():
            yield tried(torch, f"{name} of {dtype}", getattr(torch, name), one, other.clamp(0, 5))
        yield tried(torch, f"bitwise_not of {dtype}", torch.bitwise_not, x)
        yield tried(torch, f"logical_not of {dtype}", torch.logical_not, x)
        yield tried(torch, f"round of {dtype}, decimals", lambda x: torch.round(x, decimals=1), x)
    yield tried(torch, "negative powers of integers", torch.pow, torch.tensor(INTEGERS), -1)
    bases, exponents = torch.tensor([-1, 1, 2, -2, -1, 1, 3, 2]), torch.tensor([-1, -2, -1, -2, 3, 2, 2, 0])
    yield tried(torch, "powers of negative integers", torch.pow, bases, exponents)
    yield tried(torch, "integers by zero", torch.floor_divide, torch.tensor(INTEGERS), 0)
    yield tried(torch, "integers modulo zero", torch.remainder, torch.tensor(INTEGERS), torch.tensor(0))


@scenario(cites="torch.clamp", needs=NEEDS)
def bounds_of_every_kind(torch):
    """`clamp` takes bounds that are numbers or tensors, either of them alone, and those that exclude each other."""
    x = torch.tensor(POINTS[1:-1], dtype=torch.float64)
    low, high = torch.linspace(-2, 2, 21).double(), torch.linspace(1, -1, 21).double()
    for label, bounds in {
        "both": (-1.0, 2.0),
        "the lower": (-1.0, None),
        "the upper": (None, 2.0),
        "that exclude each other": (2.0, -1.0),
        "that are one": (1.0, 1.0),
        "infinite": (-INF, INF),
        "nan": (NAN, 2.0),
    }.items():
        yield label, sloped(torch, lambda x: torch.clamp(x, *bounds), x)
    yield "tensors", sloped(torch, lambda *given: torch.clamp(*given), x, low, high)
    yield "a lower tensor", sloped(torch, lambda x, low: torch.clamp(x, min=low), x, low)
    yield "an upper tensor", sloped(torch, lambda x, high: torch.clamp(x, max=high), x, high)
    yield "at the bounds", sloped(torch, lambda *given: torch.clamp(*given), low, low.detach(), low.detach() + 1)
    yield "at both bounds", sloped(torch, lambda *given: torch.clamp(*given), low, low.detach(), low.detach())
    for name in ("clamp_min", "clamp_max"):
        yield f"{name} of a number", sloped(torch, lambda x: getattr(torch, name)(x, 0.5), x)
        yield f"{name} of a tensor", sloped(torch, getattr(torch, name), x, low)
        yield f"{name} at its bound", sloped(torch, getattr(torch, name), low, low.detach())
    yield "of integers", torch.clamp(torch.tensor(INTEGERS), -2, 3)
    yield "of integers, by floats", torch.clamp(torch.tensor(INTEGERS), -1.5, 2.5)
    yield tried(torch, "by nothing", torch.clamp, x)


@scenario(cites="torch: Reduction Ops", needs=NEEDS)
def reductions_from_end_to_end(torch):
    """Reductions of every shape, along any dimension or all, with infinities, with nan, with ties, and of nothing."""
    tables = {
        "zeros": [[1.5, -2.0, 0.5, 3.0], [0.0, -2.0, 0.5, 3.0], [0.0, 4.0, 0.0, 2.0]],
        "ties": [[2.0, 2.0, -2.0, 2.0], [-1.0, -1.0, -1.0, 0.0]],
        "infinite": [[INF, -2.0, 0.5, INF], [-INF, 4.0, 0.0, 2.0], [-INF, -INF, -INF, -INF]],
        "nan": [[NAN, -2.0, 0.5, 3.0], [1.0, 4.0, NAN, NAN]],
    }
    extremes = ("amax", "amin")
    names = "sum mean prod nansum nanmean var std logsumexp amax amin".split()
    ways = "linear lower higher midpoint nearest".split()
    for number, (label, rows) in enumerate(tables.items()):
        x = torch.tensor(rows, dtype=torch.float64)
        for n, name in enumerate(names, number):
            function = getattr(torch, name)
            if label == "nan" and name in extremes:
                yield f"{name} of nan", [function(x), function(x, 0), function(x, 1)]
                continue
            if n % 3 and name != "logsumexp":
                yield f"{name} of {label}, all", sloped(torch, lambda x: function(x), x)
            if n % 3 != 2:
                yield f"{name} of {label}, {n % 2}", sloped(torch, lambda x: function(x, n % 2, keepdim=n % 3 == 1), x)
        for n, name in enumerate("max min median nanmedian cummax cummin mode".split(), number):
            function = getattr(torch, name)
            if (name, label) == ("mode", "nan"):
                continue
            yield f"{name} of {label}", list(function(x, n % 2))
            if n % 2 and name in ("max", "min", "median", "nanmedian"):
                yield f"{name} of {label}, all", sloped(torch, lambda x: function(x), x)
            else:
                yield f"slope of {name} of {label}", sloped(torch, lambda x: function(x, 0)[0], x)
        for n, name in enumerate("cumsum logcumsumexp softmax log_softmax cumprod".split(), number):
            if name != "cumprod" or label != "infinite":
                yield f"{name} of {label}, {n % 2}", sloped(torch, lambda x: getattr(torch, name)(x, n % 2) ** 2, x)
        for name in ("argmax", "argmin", "any", "all", "count_nonzero"):
            yield (f"{name} of {label}", [getattr(torch, name)(x), getattr(torch, name)(x, number % 2)])
        name = "nanquantile" if label in ("nan", "infinite") else "quantile"
        for n, interpolation in enumerate(ways, number):
            q, function = {"zeros": 0.3, "nan": 0.5}.get(label, (0.0, 0.6, 1.0)[n % 3]), getattr(torch, name)
            settings = {"dim": 1, "interpolation": interpolation}
            yield f"{name} {q} of {label}, {interpolation}", sloped(torch, lambda x: function(x, q, **settings), x)
    yield "quantile of nan", sloped(torch, lambda x: torch.quantile(x, 0.3, 1), x)
    for shape, dims in (((0,), ()), ((2, 0), (0,)), ((0, 3), (0,))):
        empty = torch.zeros(shape, dtype=torch.float64)
        for name in (*names, "argmax", "max", "any", "all", "median"):
            yield tried(torch, f"{name} of nothing, {shape}, {dims}", getattr(torch, name), empty, *dims)
    for name in ("sum", "prod", "mean", "amax", "any", "all", "cumsum", "max", "var", "argmin", "logsumexp"):
        for dtype in (torch.int64, torch.bool, torch.uint8):
            if (name, dtype) != ("argmin", torch.bool):
                x = torch.tensor([[1, 0, 2], [3, 4, 0]]).to(dtype)
                yield tried(torch, f"{name} of {dtype}", getattr(torch, name), x, 1)


@scenario(cites="torch.var", needs=("tensor", "functions", "dtypes", "autograd_grad", "shapes"))
def reductions_at_their_edges(torch):
    """Where degrees of freedom run out a variance is infinite; where nan is the extreme, the gradient is nan for all."""
    inf, nan = float("inf"), float("nan")

    def sloped(function, values):
        x = torch.tensor(values, dtype=torch.float64, requires_grad=True)
        found = function(x)
        found = list(found) if isinstance(found, tuple) else [found]
        upstream = [torch.arange(1.0, y.numel() + 1, dtype=y.dtype).reshape(y.shape) for y in found]
        return (*[y.detach() for y in found], *torch.autograd.grad(found, x, upstream, allow_unused=True))

    table = [[0.5, -1.5, 2.5], [4.0, 1.0, 3.25]]
    settings = (
        (1, 0),
        (0, 1),
        (2, -1),
        (1.5, (0, 1)),
        (2, 0),
        (3, 1),
        (3, 0),
        (-1, (1,)),
        (6, (0, 1)),
        (7, (0, 1)),
        (1, 1),
    )
    for number, name in enumerate(("var", "std", "var_mean", "std_mean")):
        for correction, dim in settings if number < 2 else settings[number::2]:
            yield (
                f"{name}, {correction}, {dim}",
                sloped(lambda x: getattr(torch, name)(x, dim, correction=correction), table),
            )
        yield f"{name}, kept", getattr(torch, name)(torch.tensor(table), 1, correction=2, keepdim=True)
        yield f"{name} of all", sloped(getattr(torch, name), table)
        yield f"{name} of equals", sloped(lambda x: getattr(torch, name)(x, 1, correction=3), [[2.0, 2.0, 2.0]])
        few = torch.zeros(0, 2) if number % 2 else torch.tensor([[2.0]])
        yield f"{name} of {len(few)}", getattr(torch, name)(few, 0)
    for label, values in {
        "nan": [[1.0, nan, 2.0], [3.0, 3.0, 1.0]],
        "nan twice": [[nan, nan, 2.0], [3.0, 1.0, 1.0]],
        "infinities": [[inf, -inf, inf], [-inf, -inf, 2.0]],
        "both": [[inf, nan, -inf], [0.0, -0.0, nan]],
    }.items():
        for name in ("amax", "amin"):
            for dim, keepdim in ((0, name == "amin"), (1, name == "amax"), ((0, 1), False))[label[:3] == "nan" :]:
                yield (
                    f"{name} of {label}, {dim}, {keepdim}",
                    sloped(lambda x: getattr(torch, name)(x, dim, keepdim), values),
                )
        for dim, name in enumerate(("max", "min")):
            if (label == "nan twice") == dim:
                yield f"aminmax of {label}, {dim}", sloped(lambda x: tuple(torch.aminmax(x, dim=dim)), values)
            yield f"{name} of {label}, {dim}", sloped(lambda x: getattr(torch, name)(x, dim)[0], values)
            for order in (inf, -inf, 0.5, 1, 1.5, 2, 3)[dim::2]:
                yield f"norm {order} of {label}, {dim}", torch.linalg.vector_norm(torch.tensor(values), order, dim)
        function = (torch.max, torch.min)[len(label) % 2]
        yield f"{function.__name__} of all, {label}", sloped(function, values)
    zeros = [[0.0, 0.0, 0.0], [1.5, 0.0, -2.0], [-0.5, 3.0, 3.0]]
    for number, order in enumerate((0.5, 1, 1.5, 2, 2.5, 3, inf, -inf)):
        for dim in (0, 1, (0, 1))[number % 2 :: 2]:
            yield f"slopes of the norm {order}, {dim}", sloped(lambda x: torch.linalg.vector_norm(x, order, dim), zeros)
        if order > 0 and order != 2.5:
            yield f"distances, {order}", sloped(lambda x: torch.cdist(x, x.flip(0) + 0.25, order), zeros)
            yield f"a distance, {order}", sloped(lambda x: torch.dist(x, x.flip(0).detach(), order), zeros)
    yield "distances counted", sloped(lambda x: torch.cdist(x, x.detach() + 0.25, 0.0) + x.sum(), zeros)
