"""Activations: the functions between the layers, their slopes and their kinks, and what normalises and embeds."""

from gradspec import attempt, scenario

KINKS = "Autograd mechanics: Gradients for non-differentiable functions"
NEEDS = ("tensor", "functions")
TWICE = (*NEEDS, "autograd_grad", "higher_order", "detach")
POINTS = [-3.0, -0.5, 0.7, 2.0]


def curve(torch, name, points, **options):
    """The values of `torch.nn.functional.name` at the points, its first and its second derivatives there."""
    x = torch.tensor(points, requires_grad=True)
    y = getattr(torch.nn.functional, name)(x, **options)
    (first,) = torch.autograd.grad((y * y).sum() / 2, x, create_graph=True)
    (second,) = torch.autograd.grad(first.sum(), x)
    return y.detach(), first.detach(), second


def slope(torch, name, points, **options):
    """The values of `torch.nn.functional.name` at the points, and its derivatives there."""
    x = torch.tensor(points, requires_grad=True)
    y = getattr(torch.nn.functional, name)(x, **options)
    (y * 3).sum().backward()
    return y.detach(), x.grad


@scenario(cites="torch.nn.functional.leaky_relu", needs=TWICE)
def leaky_relu_keeps_a_slope(torch):
    """`leaky_relu` has a small slope below zero, by default 0.01."""
    yield "0.01", curve(torch, "leaky_relu", POINTS)
    yield "0.3", curve(torch, "leaky_relu", POINTS, negative_slope=0.3)


@scenario(cites=KINKS, needs=NEEDS)
def slopes_at_the_kinks_of_activations(torch):
    """At its kink leaky_relu has the slope of its negative side, and elu the slope alpha."""
    for name, options in (("leaky_relu", {"negative_slope": 0.3}), ("elu", {"alpha": 2.0})):
        x = torch.tensor([-0.0, 0.0], requires_grad=True)
        getattr(torch.nn.functional, name)(x, **options).sum().backward()
        yield name, x.grad


@scenario(cites="torch.nn.functional.silu", needs=TWICE)
def silu_weighs_by_the_sigmoid(torch):
    """`silu` is x · sigmoid(x)."""
    yield "silu", curve(torch, "silu", POINTS)


@scenario(cites="torch.nn.functional.elu", needs=TWICE)
def elu_bends_into_an_exponential(torch):
    """`elu` is alpha · (exp(x) - 1) below zero, and does not overflow above."""
    yield "elu", curve(torch, "elu", POINTS)
    yield "alpha=2", curve(torch, "elu", POINTS, alpha=2.0)
    yield "elu of a large number", curve(torch, "elu", [500.0])


@scenario(cites="torch.nn.functional.gelu", needs=TWICE)
def gelu_weighs_by_the_normal_distribution(torch):
    """`gelu` is x times the probability of less, or nearly that with approximate="tanh"; anything else is an error."""
    yield "exact", curve(torch, "gelu", POINTS)
    yield "tanh", curve(torch, "gelu", POINTS, approximate="tanh")
    yield "another", attempt(torch.nn.functional.gelu, torch.tensor([1.0]), approximate="sin")


@scenario(cites="torch.nn.functional.softplus", needs=TWICE)
def softplus_turns_linear(torch):
    """`softplus` is log(1 + exp(βx)) / β, and x itself where βx exceeds the threshold."""
    yield "plain", curve(torch, "softplus", [*POINTS, 25.0])
    yield "beta=3", curve(torch, "softplus", POINTS, beta=3.0)
    yield "threshold=1", curve(torch, "softplus", POINTS, threshold=1.0)


@scenario(cites="torch.nn.functional.relu: inplace", needs=(*NEEDS, "inplace"))
def activations_can_be_in_place(torch):
    """inplace=True writes the activation over its input, and the gradient is that of the activation."""
    for name in ("relu", "leaky_relu", "elu", "silu"):
        x = torch.tensor(POINTS, requires_grad=True)
        y = x * 1
        z = getattr(torch.nn.functional, name)(y, inplace=True)
        z.sum().backward()
        yield name, y.detach()
        yield f"{name}: the same tensor, and the gradient", (z is y, x.grad)


@scenario(cites="torch.nn.functional.normalize", needs=(*NEEDS, "shapes"))
def normalize_gives_unit_length(torch):
    """`normalize` divides by the norm along a dimension, but by no less than eps: zeros stay zeros."""
    x = torch.tensor([[3.0, 4.0], [0.0, 0.0], [-5.0, 12.0]], requires_grad=True)
    y = torch.nn.functional.normalize(x)
    yield "along 1", y.detach()
    (y[::2] * torch.tensor([[1.0, 2.0], [3.0, 4.0]])).sum().backward()
    yield "the gradient", x.grad
    yield "by the 1-norm along 0", torch.nn.functional.normalize(x.detach(), p=1.0, dim=0)


@scenario(cites="torch.nn.functional.embedding", needs=(*NEEDS, "indexing"))
def embedding_looks_up_rows(torch):
    """`embedding` picks rows by number; each row collects the gradients of its uses, the padding row none."""
    table = torch.tensor([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]], requires_grad=True)
    words = torch.tensor([[2, 0], [2, 1]])
    counts = torch.tensor([[[1.0, 2.0], [3.0, 4.0]], [[5.0, 6.0], [7.0, 8.0]]])
    y = torch.nn.functional.embedding(words, table)
    yield "the rows", y.detach()
    (y * counts).sum().backward()
    yield "the gradient", table.grad
    (padded,) = torch.autograd.grad((torch.nn.functional.embedding(words, table, padding_idx=0) * counts).sum(), table)
    yield "with padding", padded


@scenario(cites="torch.nn.functional.embedding; torch.nn.functional.one_hot", needs=(*NEEDS, "indexing", "dtypes"))
def words_must_be_in_the_table(torch):
    """`embedding` and `one_hot` take integers that lie inside."""
    table = torch.zeros(3, 2)
    yield "beyond", attempt(torch.nn.functional.embedding, torch.tensor([3]), table)
    yield "floating point", attempt(torch.nn.functional.embedding, torch.tensor([1.0]), table)
    one_hot = torch.nn.functional.one_hot
    yield "one_hot beyond", attempt(one_hot, torch.tensor([3]), 3)
    yield "one_hot negative", attempt(one_hot, torch.tensor([-1]))
    yield "one_hot of floating point", attempt(one_hot, torch.tensor([1.0]))


@scenario(cites="torch.nn.functional.one_hot", needs=(*NEEDS, "dtypes"))
def one_hot_rows(torch):
    """`one_hot` makes a row of zeros with one 1 of each class, as many as the greatest class needs or are asked for."""
    yield "as needed", torch.nn.functional.one_hot(torch.tensor([2, 0]))
    yield "four", torch.nn.functional.one_hot(torch.tensor([[1], [3]]), num_classes=4)


@scenario(cites="torch.nn.functional.dropout", needs=(*NEEDS, "random", "inplace"))
def dropout_zeroes_at_random(torch):
    """`dropout` zeroes elements with probability p and scales the others by 1 / (1 - p); the gradient likewise."""
    x = torch.ones(8, requires_grad=True)
    y = torch.nn.functional.dropout(x, 0.25)
    y.sum().backward()
    yield "the result", y.detach()
    yield "the gradient", x.grad
    z = torch.ones(8)
    torch.nn.functional.dropout(z, 0.5, inplace=True)
    yield "in place", z


@scenario(cites="torch.nn.functional.dropout: training", needs=NEEDS)
def dropout_does_nothing_after_training(torch):
    """Outside training, and with p = 0, `dropout` gives its input; with p = 1 zeros; p beyond 0 to 1 is an error."""
    x = torch.tensor([1.0, 2.0])
    dropout = torch.nn.functional.dropout
    yield "after training", dropout(x, 0.5, training=False)
    yield "p=0", dropout(x, 0.0)
    yield "p=1", dropout(x, 1.0)
    yield "p=1.5", attempt(dropout, x, 1.5)


@scenario(cites="torch.nn.functional.hardtanh; torch.nn.functional.relu6", needs=TWICE)
def activations_of_straight_pieces(torch):
    """`hardtanh`, `relu6`, `hardsigmoid`, `hardswish`, the shrinks and `threshold` are pieces of straight lines or parabolas."""
    points = [-4.0, -0.75, 0.25, 2.0, 7.0]
    for name in ("hardtanh", "relu6", "softshrink", "hardshrink"):
        yield name, curve(torch, name, points)
    yield "hardtanh in a range", curve(torch, "hardtanh", points, min_val=-2.0, max_val=3.0)
    yield "softshrink by one", curve(torch, "softshrink", points, lambd=1.0)
    yield "threshold", curve(torch, "threshold", points, threshold=0.5, value=9.0)
    yield "hardswish", slope(torch, "hardswish", points)
    yield "hardsigmoid", slope(torch, "hardsigmoid", points)


@scenario(cites=KINKS, needs=NEEDS)
def slopes_at_the_kinks_of_straight_pieces(torch):
    """At their kinks activations of straight pieces are flat, except hardswish at 3, which has slope one from there."""
    yield "hardtanh", slope(torch, "hardtanh", [-1.0, 1.0])
    yield "relu6", slope(torch, "relu6", [0.0, 6.0])
    yield "hardsigmoid", slope(torch, "hardsigmoid", [-3.0, 3.0])
    yield "hardswish", slope(torch, "hardswish", [-3.0, 3.0])
    yield "softshrink", slope(torch, "softshrink", [-0.5, 0.5])
    yield "hardshrink", slope(torch, "hardshrink", [-0.5, 0.5])
    yield "threshold", slope(torch, "threshold", [0.0], threshold=0.0, value=1.0)


@scenario(cites="torch.nn.functional.celu; torch.nn.functional.mish", needs=TWICE)
def activations_that_are_smooth(torch):
    """`celu`, `selu`, `mish`, `logsigmoid`, `softsign` and `tanhshrink` differentiate twice."""
    for name in ("celu", "selu", "mish", "logsigmoid", "softsign", "tanhshrink"):
        yield name, curve(torch, name, POINTS)
    yield "celu, alpha=2", curve(torch, "celu", POINTS, alpha=2.0)
    yield "logsigmoid of large numbers", slope(torch, "logsigmoid", [-200.0, 200.0])


@scenario(cites="torch.nn.functional.hardtanh: inplace", needs=(*NEEDS, "inplace", "graph"))
def straight_pieces_in_place(torch):
    """With inplace=True the activation changes its input and is recorded."""
    for name in ("hardtanh", "relu6", "celu", "hardswish", "leaky_relu", "elu", "selu", "relu"):
        x = torch.tensor(POINTS, requires_grad=True)
        y = x * 2
        result = getattr(torch.nn.functional, name)(y, inplace=True)
        yield f"{name} gives its input", result is y
        y.sum().backward()
        yield f"the gradient of {name}", x.grad


@scenario(cites="torch.nn.functional.pad", needs=(*NEEDS, "shapes"))
def padding_is_cut_off_again(torch):
    """`pad` puts a value around the last dimensions, and cuts off with negative numbers; the gradient is cut, and padded."""
    for label, widths, value in (
        ("one side", (1, 0), 0.0),
        ("both dimensions", (1, 2, 0, 1), 9.0),
        ("cut", (-1, 1), 5.0),
    ):
        x = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], requires_grad=True)
        y = torch.nn.functional.pad(x, widths, value=value)
        (y * torch.arange(1.0, y.numel() + 1).reshape(y.shape)).sum().backward()
        yield label, (y.detach(), x.grad)


@scenario(cites="torch.nn.functional.elu: inplace", needs=(*NEEDS, "inplace"))
def what_cannot_be_undone_in_place(torch):
    """In place, leaky_relu with a negative slope and elu with a negative alpha cannot go backward."""
    for name, setting in (("leaky_relu", -0.5), ("elu", -1.0)):
        x = torch.tensor(POINTS, requires_grad=True)
        y = getattr(torch.nn.functional, name)(x * 2, setting, inplace=True)
        yield name, attempt(y.sum().backward)


@scenario(cites="torch.nn.functional.elu_; torch.nn.functional.leaky_relu_", needs=(*NEEDS, "inplace", "graph"))
def activations_with_an_underscore(torch):
    """`relu_`, `elu_` and `leaky_relu_` change their input and are recorded."""
    for name in ("relu_", "elu_", "leaky_relu_"):
        x = torch.tensor(POINTS, requires_grad=True)
        y = x * 2
        result = getattr(torch.nn.functional, name)(y)
        yield f"{name} gives its input", result is y
        yield f"the node of {name}", y.grad_fn.name()
        y.sum().backward()
        yield name, (y.detach(), x.grad)


@scenario(cites="torch.nn.functional.prelu", needs=NEEDS)
def prelu_has_the_slope_of_its_negative_side_at_zero(torch):
    """At zero prelu has the slope of its negative side, and its weight gets what zero contributes: nothing."""
    x = torch.tensor([-1.0, 0.0, 2.0], requires_grad=True)
    weight = torch.tensor([0.25], requires_grad=True)
    torch.nn.functional.prelu(x, weight).sum().backward()
    yield "of the input", x.grad
    yield "of the weight", weight.grad


@scenario(cites="torch.nn.functional: Non-linear activation functions", needs=(*NEEDS, "dtypes"))
def settings_by_place_and_by_name(torch):
    """Settings of activations come by place or by name, each once, and none that there is not."""
    F = torch.nn.functional
    x = torch.tensor([-7.5, -2.25, -1.0, -0.4, 0.0, 0.3, 0.5, 1.0, 1.7, 6.5, 25.0], dtype=torch.float64)
    table = {
        "relu6": {},
        "relu": {},
        "silu": {},
        "mish": {},
        "hardsigmoid": {},
        "hardswish": {},
        "selu": {},
        "hardtanh": {"min_val": -0.5, "max_val": 2.0},
        "leaky_relu": {"negative_slope": 0.3},
        "threshold": {"threshold": 0.4, "value": -3.0},
        "elu": {"alpha": 1.7},
        "celu": {"alpha": 0.5},
        "softplus": {"beta": 1.5, "threshold": 9.0},
        "softshrink": {"lambd": 0.75},
        "hardshrink": {"lambd": 0.6},
        "logsigmoid": {},
        "softsign": {},
        "tanhshrink": {},
    }
    for name, settings in table.items():
        function, places = getattr(F, name), list(settings.values())
        t = x.clone().requires_grad_()
        y = function(t, *places)
        yield f"{name} by place", (y.detach(), torch.autograd.grad(y, t, torch.arange(1.0, 12.0).double())[0])
        if settings:
            yield f"{name} by name", function(x, **settings)
        if len(settings) > 1:
            yield f"{name} the first by place", function(x, *places[:1], **dict(list(settings.items())[1:]))
        yield f"{name} of nothing", type(attempt(function).error).__name__
        yield f"{name} with an unknown setting", type(attempt(function, x, **settings, slope=1).error).__name__
        yield f"{name} with too many", type(attempt(function, x, *places, False, False).error).__name__
        if settings:
            yield f"{name} with one twice", type(attempt(function, x, *places, **settings).error).__name__
    for low, high in ((-1.0, 1.0), (1.0, 1.0), (1.0, -1.0)):
        yield f"held in {low} to {high}", attempt(F.hardtanh, x, low, high)
    for dtype in (torch.int8, torch.uint8, torch.bool):
        whole = torch.tensor([0, 1, 2, 5, 9]).to(dtype)
        for low, high in ((-1.0, 1.0), (0.0, 3.75), (-3.0, -2)):
            yield f"{dtype} held in {low} to {high}", attempt(F.hardtanh, whole, low, high)
        for limit, value in (
            (1.75, 7),
            (1, -1),
            (2, -128),
            (2, -129),
            (2, -255),
            (2, -256),
            (2, -1.5),
            (2, 255),
            (2, 256),
        ):
            yield f"{dtype} from {limit} on, else {value}", attempt(F.threshold, whole, limit, value)
    for bound in (-0.25, 0.0, 0.25):
        yield f"shrunk by {bound}", attempt(F.softshrink, x, bound)
        yield f"cut by {bound}", attempt(F.hardshrink, x, bound)
    for size in (1, 2, 3, 4):
        yield f"half of {size}", attempt(F.glu, x[:size])
    yield "half of rows", attempt(F.glu, x[:8].reshape(4, 2), 0)
    for dim in (-3, -2, 2):
        yield f"half along {dim}", attempt(F.glu, x[:8].reshape(2, 4), dim)
    for shape in ((), (4,), (2, 3), (2, 3, 2), (1, 2, 2, 2), (1, 2, 1, 2, 2)):
        count = 1
        for n in shape:
            count *= n
        t = (torch.arange(count).double() * 7 % 5 - 2.5).reshape(shape)
        for name in ("softmax", "softmin", "log_softmax"):
            yield f"{name} of {shape}", getattr(F, name)(t)
    for lower, upper in ((0.1, 0.4), (0.3, 0.3), (0.4, 0.1)):
        for training in (False, True):
            torch.manual_seed(1)
            yield f"rrelu {lower} to {upper}, {training}", attempt(F.rrelu, x, lower, upper, training)
    for settings in ({}, {"tau": 0.5}, {"hard": True}, {"dim": 0}, {"tau": 2.0, "hard": True, "dim": 0}):
        torch.manual_seed(2)
        yield f"gumbel {settings}", F.gumbel_softmax(x[:6].reshape(2, 3), **settings)
