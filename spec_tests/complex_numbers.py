"""Complex numbers: the gradient points the way in which a real loss grows."""

from gradspec import attempt, scenario

MECHANICS = "Autograd mechanics: How does PyTorch compute the conjugate Wirtinger derivative?"
CROSSING = "Autograd mechanics: What about cross-domain functions?"
OWN = "Autograd mechanics: How can I write my own derivative formula for a complex function?"
COMPLEX = ("tensor", "functions", "dtypes")


def leaf(torch, *values):
    return torch.tensor(values or (1 + 2j, 3 - 1j), dtype=torch.complex128, requires_grad=True)


def gradient(torch, f, *values):
    z = leaf(torch, *values)
    f(z).backward()
    return z.grad


@scenario(cites=MECHANICS, needs=COMPLEX)
def the_gradient_joins_both_parts(torch):
    """The gradient of a real loss is its derivative by the real part, plus i times that by the imaginary part."""
    yield "real part", gradient(torch, lambda z: z.real.sum())
    yield "imaginary part", gradient(torch, lambda z: z.imag.sum())
    yield "real part times imaginary part", gradient(torch, lambda z: (z.real * z.imag).sum())


@scenario(cites=MECHANICS, needs=COMPLEX)
def steepest_ascent(torch):
    """Of |z|^2 the gradient is 2z, not its conjugate: a step against it goes downhill."""
    yield "|z|^2", gradient(torch, lambda z: (z.abs() ** 2).sum())
    yield "z times its conjugate", gradient(torch, lambda z: (z * z.conj()).real.sum())
    yield "real^2 + imaginary^2", gradient(torch, lambda z: (z.real**2 + z.imag**2).sum())


@scenario(cites=MECHANICS, needs=(*COMPLEX, "grad_argument"))
def analytic_functions_conjugate_their_derivative(torch):
    """An analytic function multiplies the incoming gradient by the conjugate of its derivative."""
    functions = {
        "square": lambda z: z * z,
        "cube": lambda z: z**3,
        "reciprocal": lambda z: 1 / z,
        "exp": lambda z: z.exp(),
        "log": lambda z: z.log(),
        "sin": lambda z: z.sin(),
        "sqrt": lambda z: z.sqrt(),
        "tanh": lambda z: z.tanh(),
        "a complex factor": lambda z: z * (2 - 3j),
    }
    for name, function in functions.items():
        z = leaf(torch)
        function(z).backward(torch.tensor([1.0 + 0j, 2 - 1j], dtype=torch.complex128))
        yield name, z.grad


@scenario(cites=MECHANICS, needs=(*COMPLEX, "grad_argument"))
def products_and_quotients(torch):
    """Each factor gets the gradient times the conjugate of the other, dividend and divisor likewise."""
    for name, function in (
        ("product", lambda a, b: a * b),
        ("quotient", lambda a, b: a / b),
        ("power", lambda a, b: a**b),
    ):
        a, b = leaf(torch), leaf(torch, 2 + 1j, -1 + 1j)
        function(a, b).backward(torch.tensor([1 - 1j, 2j], dtype=torch.complex128))
        yield name, (a.grad, b.grad)


@scenario(cites=MECHANICS, needs=(*COMPLEX, "matmul", "grad_argument"))
def complex_matrices(torch):
    """A product of complex matrices goes back with the conjugate transposes."""
    a = torch.tensor([[1 + 1j, 2], [0, 3j]], dtype=torch.complex128, requires_grad=True)
    b = torch.tensor([[1j, 1], [2, 1 - 1j]], dtype=torch.complex128, requires_grad=True)
    product = a @ b
    yield "product", product
    product.backward(torch.tensor([[1, 1j], [2, 1 + 1j]], dtype=torch.complex128))
    yield "gradients", (a.grad, b.grad)


@scenario(cites=MECHANICS, needs=(*COMPLEX, "grad_argument"))
def conjugation_conjugates(torch):
    """`conj` is not analytic: it passes on the conjugate of the gradient."""
    z = leaf(torch)
    z.conj().backward(torch.tensor([1 + 1j, 2j], dtype=torch.complex128))
    yield "gradient", z.grad


@scenario(cites=CROSSING, needs=COMPLEX)
def real_tensors_get_real_gradients(torch):
    """A real tensor that meets complex ones gets the real part of what arrives."""
    x = torch.tensor([1.0, 2.0], dtype=torch.float64, requires_grad=True)
    z = leaf(torch)
    (x * z).abs().sum().backward()
    yield "of the real factor", x.grad
    yield "of the complex factor", z.grad


@scenario(cites=CROSSING, needs=COMPLEX)
def from_complex_to_real(torch):
    """`abs` and `angle` give real tensors, whose gradients are real, and a complex tensor a complex gradient."""
    yield "abs", gradient(torch, lambda z: z.abs().sum())
    yield "abs at zero", gradient(torch, lambda z: z.abs().sum(), 0j, 1j)
    yield "angle", gradient(torch, lambda z: z.angle().sum())
    yield "result", leaf(torch).abs().detach()


@scenario(cites=CROSSING, needs=COMPLEX)
def from_real_to_complex(torch):
    """`complex`, `polar`, a complex factor and a cast make complex tensors of real ones, whose gradients stay real."""
    makers = {
        "complex": lambda x: torch.complex(x, x * x),
        "polar": lambda x: torch.polar(x, x * x),
        "a complex factor": lambda x: x * (1 + 2j),
        "cast": lambda x: x.to(torch.complex128) * (1 + 1j),
    }
    for name, make in makers.items():
        x = torch.tensor([1.0, 2.0], dtype=torch.float64, requires_grad=True)
        (make(x) * torch.tensor([1j, 1 - 1j], dtype=torch.complex128)).real.sum().backward()
        yield name, x.grad


@scenario(cites=CROSSING, needs=COMPLEX)
def a_complex_scalar_has_no_implicit_gradient(torch):
    """`backward` without a gradient needs a real scalar: from a complex one it raises a RuntimeError."""
    z = torch.tensor(1 + 1j, requires_grad=True)
    yield "backward", attempt((z * z).backward)


@scenario(cites=OWN, needs=(*COMPLEX, "custom_function"))
def a_custom_function_conjugates_by_itself(torch):
    """A custom Function's backward has to return the conjugate product itself: nothing is conjugated for it."""

    class Square(torch.autograd.Function):
        @staticmethod
        def forward(ctx, z):
            ctx.save_for_backward(z)
            return z * z

        @staticmethod
        def backward(ctx, grad):
            (z,) = ctx.saved_tensors
            return grad * 2 * (z.conj() if ctx.proper else z)

    for proper in (True, False):
        z = leaf(torch)
        result = Square.apply(z)
        result.grad_fn.proper = proper
        result.abs().sum().backward()
        yield f"conjugated: {proper}", z.grad


@scenario(cites="torch.view_as_real", needs=(*COMPLEX, "views"))
def parts_are_views(torch):
    """`real`, `imag` and `view_as_real` share the memory of the complex tensor."""
    z = torch.tensor([1 + 2j, 3 - 1j])
    z.real.mul_(10)
    yield "real part multiplied", z
    z.imag.zero_()
    yield "imaginary part zeroed", z
    torch.view_as_real(z)[:, 1] = 5.0
    yield "imaginary part assigned", z


@scenario(cites="torch.view_as_real", needs=(*COMPLEX, "views", "inplace"))
def changing_a_part_in_place(torch):
    """A change to one part, made in place, goes back through that part alone."""
    z = leaf(torch)
    y = z * 1
    y.real.mul_(3)
    yield "changed", y
    y.abs().sum().backward()
    yield "gradient", z.grad


@scenario(cites="torch.view_as_complex", needs=(*COMPLEX, "views", "inplace"))
def pairs_as_complex_numbers(torch):
    """`view_as_complex` reads pairs of real numbers as complex ones; the gradient comes back as pairs."""
    x = torch.tensor([[1.0, 2.0], [3.0, -1.0]], requires_grad=True)
    z = torch.view_as_complex(x)
    yield "complex", z
    (z * (1 + 1j)).imag.sum().backward()
    yield "gradient", x.grad
    y = (x * 1).detach().requires_grad_()
    copy = y * 1
    torch.view_as_complex(copy).mul_(2j)
    (copy * torch.tensor([[1.0, 10.0], [100.0, 1000.0]])).sum().backward()
    yield "changed in place", (copy, y.grad)
    yield "no pairs", attempt(torch.view_as_complex, torch.ones(3))


@scenario(cites=MECHANICS, needs=(*COMPLEX, "autograd_grad", "higher_order"))
def second_derivatives_of_complex_functions(torch):
    """The gradient is itself differentiable, of analytic functions and of `abs`."""
    for name, loss in (("exp", lambda z: z.exp().real.sum()), ("abs", lambda z: (z.abs() ** 3).sum())):
        z = leaf(torch)
        (first,) = torch.autograd.grad(loss(z), z, create_graph=True)
        yield f"{name}: first", first.detach()
        yield f"{name}: second", torch.autograd.grad((first.abs() ** 2).sum(), z)


@scenario(cites="torch.Tensor.imag", needs=COMPLEX)
def a_real_tensor_has_no_imaginary_part(torch):
    """`real` and `conj` of a real tensor give the tensor itself; `imag` raises a RuntimeError."""
    x = torch.tensor([1.0, 2.0])
    yield "real", x.real is x
    yield "conj", x.conj() is x
    yield "imag", attempt(lambda: x.imag)


@scenario(cites="torch.polar", needs=(*COMPLEX, "autograd_grad", "graph", "inplace"))
def numbers_at_their_edges(torch):
    """At zero, where the angle has no slope, its gradient is zero; what is infinite is infinite in both parts by itself."""
    inf, nan = float("inf"), float("nan")
    z = [0j, complex(0.0, -0.0), complex(-0.0, 0.0), -1 + 0j, complex(-1.0, -0.0), 2j, -3j, 3 - 4j, -1.5 + 2j]
    extreme = [complex(inf, 1), complex(-inf, inf), complex(nan, 1), complex(0, nan), complex(0, inf)]
    for name in ("angle", "abs", "sgn", "conj", "conj_physical", "real", "imag"):
        function = getattr(torch, name)
        x = leaf(torch, *z)
        y = function(x)
        upstream = torch.arange(1.0, y.numel() + 1).to(y.dtype) * (1 - 2j if y.is_complex() else 1)
        yield name, (y.detach(), *torch.autograd.grad(y, x, upstream))
        yield f"{name} of extremes", function(torch.tensor(extreme))
    for dtype in (torch.float32, torch.float64):
        sizes = torch.tensor([1.0, -2.0, 0.0, 2.5, -0.5], dtype=dtype, requires_grad=True)
        angles = torch.tensor([0.5, 1.0, 2.0, -3.0, 7.0], dtype=dtype, requires_grad=True)
        for name, made in (("polar", torch.polar(sizes, angles)), ("complex", torch.complex(sizes, angles))):
            upstream = torch.arange(1.0, 6.0, dtype=dtype) * (1 - 2j)
            given = torch.autograd.grad(made, (sizes, angles), upstream, retain_graph=True)
            yield f"{name}, {dtype}", (made.detach(), *given)
            pairs = torch.view_as_real(made)
            yield f"{name}, {dtype}, in pairs", torch.autograd.grad(pairs.sum(), (sizes, angles), retain_graph=True)
    y = torch.conj_physical(leaf(torch, *z))
    yield "the node of conj_physical", y.grad_fn.name()
    yield "conj_physical of real numbers", torch.conj_physical(torch.tensor([1.0, 2.0]))
    edges = torch.tensor([inf, 1.0, -inf, 0.0, nan])
    yield "complex of extremes", torch.complex(edges, edges.flip(0))
    real = torch.tensor([nan, inf, -inf, 0.0, -0.0, 1.0, -1.0], requires_grad=True)
    for name in ("angle", "sgn", "sign", "abs"):
        y = getattr(torch, name)(real)
        yield f"{name} of real numbers", (y.detach(), *torch.autograd.grad(y.sum(), real))
    for label, call in {
        "whole numbers": lambda: torch.complex(torch.tensor([1]), torch.tensor([2])),
        "two dtypes": lambda: torch.complex(torch.ones(2), torch.ones(2).double()),
        "two shapes": lambda: torch.complex(torch.ones(2), torch.ones(3)),
        "polar of whole numbers": lambda: torch.polar(torch.tensor([1]), torch.tensor([2])),
        "polar of two dtypes": lambda: torch.polar(torch.ones(2).double(), torch.ones(2)),
        "to real numbers": lambda: torch.tensor([1 + 2j]).to(torch.float32),
        "copied to real numbers": lambda: torch.zeros(2).copy_(torch.tensor([1 + 2j, 3j])),
        "filled into real numbers": lambda: torch.zeros(2).fill_(torch.tensor(1 + 2j)),
    }.items():
        yield label, attempt(call)
