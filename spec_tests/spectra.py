"""Spectra: Fourier transforms of every kind, length, dimension and norm, of real and of complex numbers."""

from gradspec import attempt, scenario

NEEDS = ("tensor", "functions", "shapes", "dtypes", "autograd_grad")
ELEMENTWISE = """abs angle exp log sqrt sin cos tan sinh cosh tanh asin acos atan reciprocal square sgn neg log2 log10 log1p
sigmoid rsqrt conj""".split()
KINDS = ("fft", "ifft", "rfft", "irfft", "hfft", "ihfft")


def numbers(torch, *shape, step=7):
    """A tensor whose elements are all different, of both signs, and lie on no line."""
    count = 1
    for n in shape:
        count *= n
    places = torch.arange(count, dtype=torch.float64)
    return (places * (step + 0.71875) % 11 - 4.765625).reshape(shape)


def shown(torch, function, *inputs):
    """What a function makes of its inputs, and their gradients under an uneven gradient of the size of the result."""
    inputs = [each.clone().requires_grad_() for each in inputs]
    y = function(*inputs)
    weight = (((torch.arange(y.numel(), dtype=torch.float64) * 5) % 7) - 2.5).reshape(y.shape)
    size = (y * y.conj()).real if y.is_complex() else y * y
    return (y.detach(), *torch.autograd.grad((size * weight).sum(), inputs))


def refused(function, *args, **options):
    """The type of the error that a call raises: its words are not what is specified here."""
    return type(attempt(function, *args, **options).error).__name__


@scenario(cites="torch.fft", needs=NEEDS)
def transforms_along_one_dimension(torch):
    """A transform of any length, along any dimension, by any norm; real ones keep half, and know how long they were."""
    real = numbers(torch, 2, 5)
    wave = torch.complex(real, numbers(torch, 2, 5, step=3))
    for name in KINDS:
        transform = getattr(torch.fft, name)
        x = real if name in ("rfft", "ihfft") else wave
        for n, dim, norm in ((3, -1, "ortho"), (8, -1, "backward"), (None, -2, "forward"), (1, 0, "forward")):
            yield f"{name}, {n}, {dim}, {norm}", shown(torch, lambda x: transform(x, n, dim, norm), x)
        if x is wave:
            yield f"{name} of real", shown(torch, lambda x: transform(x), real)
        yield f"{name} of float32", transform(real.float())
        yield f"{name} of integers", transform(torch.tensor([1, 2, 3, 4]))
        yield f"{name} of nothing", refused(transform, real, 0)
        yield f"{name} beyond", refused(transform, real, dim=2)
        yield f"{name}, an unknown norm", refused(transform, real, norm="both")
    yield "rfft of complex numbers", refused(torch.fft.rfft, torch.complex(real, real))
    yield "ihfft of complex numbers", refused(torch.fft.ihfft, torch.complex(real, real))


@scenario(cites="torch.fft.fftn", needs=NEEDS)
def transforms_along_several_dimensions(torch):
    """A transform along two, some or all dimensions, each of its own length."""
    real = numbers(torch, 2, 3, 4)
    wave = torch.complex(real, numbers(torch, 2, 3, 4, step=3))
    walk = {
        "2": ({}, {"s": (2, 5), "dim": (0, 1)}),
        "n": ({}, {"s": (-1, 3), "norm": "forward"}, {"s": (3, 3), "dim": (2, 0), "norm": "ortho"}),
    }
    for kind in KINDS:
        x = real if kind in ("rfft", "ihfft") else wave
        for suffix, table in walk.items():
            name = kind + suffix
            transform = getattr(torch.fft, name)
            for settings in table:
                yield f"{name}, {settings}", shown(torch, lambda x: transform(x, **settings), x)
            yield f"{name} of other lengths", refused(transform, real, s=(2, 2, 2), dim=(0, 1))
            yield f"{name} along one twice", refused(transform, real, dim=(1, 1))
            yield f"{name} of nothing", refused(transform, real, s=(0, 2))
        if x is wave:
            yield f"{name} of real", shown(torch, lambda x: transform(x, dim=(1,)), real)
        yield f"{name} of more lengths", refused(transform, real, s=(2, 2, 2, 2))
    yield "rfftn of all", shown(torch, lambda x: torch.fft.rfftn(x, s=(2, 2, 3)), real)


@scenario(cites="torch.fft.fftshift", needs=NEEDS)
def frequencies_and_where_they_stand(torch):
    """`fftfreq` counts frequencies, and `fftshift` puts the frequency 0 in the middle, along some dimensions or all."""
    for n in (1, 4, 5):
        for d in (1.0, 0.25):
            yield f"{n}, {d}", [torch.fft.fftfreq(n, d), torch.fft.rfftfreq(n, d)]
    yield "in float64", torch.fft.fftfreq(3, dtype=torch.float64)
    yield "for a gradient", torch.fft.rfftfreq(3, requires_grad=True)
    x = numbers(torch, 2, 3, 5)
    for dim in (None, 0, 1, -1, (0, 2)):
        for name in ("fftshift", "ifftshift"):
            yield f"{name}, {dim}", shown(torch, lambda x: getattr(torch.fft, name)(x, dim), x)


@scenario(cites="torch.view_as_complex", needs=NEEDS)
def complex_numbers_and_their_parts(torch):
    """Complex numbers are made of two parts, in several ways, and functions of them have gradients for both."""
    a, b = numbers(torch, 2, 3), numbers(torch, 2, 3, step=3)
    z = torch.complex(a, b)
    yield "complex", shown(torch, torch.complex, a, b)
    yield "polar", shown(torch, torch.polar, a.abs(), b)
    yield "complex of float32", torch.complex(a.float(), b.float())
    yield "view_as_complex", shown(torch, torch.view_as_complex, a[:, :2].contiguous())
    yield "view_as_complex of three", refused(torch.view_as_complex, a)
    yield "view_as_complex of one", refused(torch.view_as_complex, a[:, :1].contiguous())
    yield "view_as_real", shown(torch, torch.view_as_real, z)
    yield "view_as_real of real", refused(torch.view_as_real, a)
    for name in ELEMENTWISE:
        yield name, shown(torch, getattr(torch, name), z)
    zero = torch.zeros(2, dtype=torch.complex128).requires_grad_()
    for name in ("abs", "sgn"):
        y = getattr(torch, name)(zero)
        yield (
            f"{name} of zero",
            (y.detach(), torch.autograd.grad((y * y.conj()).real.sum() if y.is_complex() else y.sum(), zero)[0]),
        )
    for name, function in {
        "real": lambda z: z.real,
        "imag": lambda z: z.imag,
        "mul": lambda z: z * z.flip(0),
        "div": lambda z: z / z.flip(1),
        "pow": lambda z: z ** z.flip(0).conj(),
        "a power": lambda z: z**3,
        "a number to it": lambda z: 2.0**z,
        "sum": lambda z: z.sum(0),
        "mean": lambda z: z.mean(1),
        "prod": lambda z: z.prod(1),
        "cumsum": lambda z: z.cumsum(1),
        "cumprod": lambda z: z.cumprod(1),
        "var": lambda z: z.var(1),
        "std": lambda z: z.std(0),
        "norm": lambda z: torch.linalg.vector_norm(z, 3, dim=1),
        "matmul": lambda z: z @ z.mH,
        "vdot": lambda z: torch.vdot(z[0], z[1]),
        "dot": lambda z: torch.dot(z[0], z[1]),
        "where": lambda z: torch.where(z.real > 0, z, z.conj()),
        "with a real one": lambda z: z * z.real + z.imag,
        "to real": lambda z: (z * 2j + 1).to(torch.complex64).to(torch.complex128),
        "resolved": lambda z: z.conj().resolve_conj() * 2,
        "written": lambda z: z.clone().mul_(z),
    }.items():
        yield name, shown(torch, function, z)
