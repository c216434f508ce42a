"""Options: losses, optimizers, starts of parameters and printed text, with every option that they have."""

import math

from gradspec import attempt, scenario

NEEDS = ("tensor", "functions", "shapes", "dtypes", "autograd_grad", "nn")
TRAINING = (*NEEDS, "optim", "clear_grad")


def numbers(torch, *shape, step=7):
    """A tensor whose elements lie on no line, of both signs."""
    places = range(math.prod(shape))
    values = [n * step % 11 * 0.5 - 2.25 - n % 3 + n * 0.03125 for n in places]
    return torch.tensor(values, dtype=torch.float64).reshape(shape)


def shown(torch, function, *inputs):
    """What a function makes of its inputs, and their gradients under an uneven gradient of the result."""
    inputs = [each.clone().requires_grad_() for each in inputs]
    y = function(*inputs)
    return (y.detach(), *torch.autograd.grad(y, inputs, y.detach() * 0.5 + 1.0, allow_unused=True))


def refused(function, *args, **options):
    """The type of the error that a call raises: its words are not what is specified here."""
    return type(attempt(function, *args, **options).error).__name__


@scenario(cites="torch.nn.functional: Loss functions", needs=NEEDS)
def losses_of_two_tensors(torch):
    """A loss of two tensors, each element, their mean or their sum, weighted where it can be, with the options that it has."""
    F = torch.nn.functional
    x, y = numbers(torch, 3, 4), numbers(torch, 3, 4, step=5)
    p, q = torch.sigmoid(x), torch.sigmoid(y)
    signs = torch.where(y > 0, 1.0, -1.0).double()
    weight = y.abs() + 0.25
    table = {
        "mse_loss": (x, y, [{}, {"weight": weight}]),
        "l1_loss": (x, y, [{}, {"weight": weight}]),
        "smooth_l1_loss": (x, y, [{}, {"beta": 0.5}, {"beta": 3.0}, {"beta": 0.0}]),
        "huber_loss": (x, y, [{}, {"delta": 0.5}, {"delta": 3.0}, {"weight": weight, "delta": 2.0}]),
        "binary_cross_entropy": (p, q, [{}, {"weight": weight}]),
        "binary_cross_entropy_with_logits": (
            x,
            q,
            [{}, {"weight": weight}, {"pos_weight": weight[0]}, {"weight": weight, "pos_weight": weight}],
        ),
        "kl_div": (p.log(), q, [{}, {"log_target": True}]),
        "poisson_nll_loss": (
            x,
            y.abs() + 1,
            [{}, {"log_input": False}, {"full": True}, {"eps": 0.5, "log_input": False}],
        ),
        "hinge_embedding_loss": (x, signs, [{}, {"margin": 2.5}]),
        "soft_margin_loss": (x, signs, [{}]),
        "multilabel_soft_margin_loss": (x, (signs + 1) / 2, [{}, {"weight": weight[0]}]),
    }
    reductions = ("none", "mean", "sum")
    for name, (one, other, options) in table.items():
        loss = getattr(F, name)
        for number, settings in enumerate(options):
            reduction, given = reductions[number % 3], ", ".join(settings)
            at = one if settings.get("log_input", True) else one.abs()
            yield (
                f"{name}, {given if 'weight' in given else settings}, {reduction}",
                shown(torch, lambda one: loss(one, other, reduction=reduction, **settings), at),
            )
        yield f"{name}, together", [loss(one, other, reduction=each) for each in reductions[1:]]
        both = attempt(shown, torch, loss, one, other)
        yield f"{name}, of both", both.value if both.error is None else "refused"
        yield f"{name}, an unknown reduction", refused(loss, one, other, reduction="total")
        yield f"{name} of numbers", loss(one[0, 0], other[0, 0]) if name[:5] != "multi" else None
    yield "batchmean", shown(torch, lambda one: F.kl_div(one, q, reduction="batchmean"), p.log())
    yield "probabilities of another shape", refused(F.binary_cross_entropy, p, q[0])
    yield "logits of another shape", refused(F.binary_cross_entropy_with_logits, x, q[0])
    yield "above one", refused(F.binary_cross_entropy, p + 1, q)
    yield "below zero", refused(F.binary_cross_entropy, p, q - 1)
    yield (
        "just zero and one",
        shown(
            torch,
            lambda one: F.binary_cross_entropy(one, torch.tensor([0.0, 1.0, 1.0, 0.0]).double()),
            torch.tensor([0.0, 1.0, 0.5, 0.25]).double(),
        ),
    )
    yield "no delta", refused(F.huber_loss, x, y, delta=0.0)
    yield "a negative beta", refused(F.smooth_l1_loss, x, y, beta=-1.0)
    var = y.abs() + 0.125
    for n, (label, v) in enumerate((("each", var), ("each row", var[:, :1]), ("each row, less", var[:, 0]))):
        for m, settings in enumerate(({}, {"full": True}, {"eps": 2.0}), n):
            reduction = reductions[m % 3]
            yield (
                f"gaussian_nll_loss, {label}, {settings}, {reduction}",
                shown(torch, lambda x, v: F.gaussian_nll_loss(x, y, v, reduction=reduction, **settings), x, v),
            )
    yield "a negative variance", refused(F.gaussian_nll_loss, x, y, -var)
    yield "variances of other sizes", refused(F.gaussian_nll_loss, x, y, var[:, :2])
    yield "gaussian, an unknown reduction", refused(F.gaussian_nll_loss, x, y, var, reduction="all")
    for n, margin in enumerate((0.0, 0.5, -0.25)):
        settings = {"margin": margin, "reduction": reductions[n]}
        yield (
            f"margin_ranking_loss, {settings}",
            shown(torch, lambda x, y: F.margin_ranking_loss(x, y, signs, **settings), x, y),
        )
        settings = {"margin": margin, "reduction": reductions[n - 1]}
        yield (
            f"cosine_embedding_loss, {settings}",
            shown(torch, lambda x, y: F.cosine_embedding_loss(x, y, signs[:, 0], **settings), x, y),
        )
    yield "cosine of vectors", shown(torch, lambda x, y: F.cosine_embedding_loss(x, y, signs[0, 0]), x[0], y[0])
    yield "cosine, one target for all", refused(F.cosine_embedding_loss, x, y, signs[0, 0])
    yield "cosine, targets in rows", refused(F.cosine_embedding_loss, x, y, signs)
    yield "ranking of other dimensions", refused(F.margin_ranking_loss, x, y, signs[0])


@scenario(cites="torch.nn.functional: Loss functions", needs=NEEDS)
def losses_of_classes(torch):
    """A loss of classes, by their numbers or probabilities, weighted, smoothed, some ignored, of any number of dimensions."""
    F = torch.nn.functional
    x, classes = numbers(torch, 4, 3), torch.tensor([2, 0, 1, 2])
    weight = torch.tensor([0.5, 2.0, 1.25]).double()
    chances = torch.softmax(numbers(torch, 4, 3, step=5), 1)
    options = [{}, {"weight": weight}, {"ignore_index": 2}, {"weight": weight, "ignore_index": 0}]
    pixels, places = numbers(torch, 2, 3, 1, 2), torch.tensor([[[0, 2]], [[1, 0]]])
    labels = torch.tensor([[2, 0, -1], [1, -1, 0], [0, 1, 2], [-1, 0, 1]])
    for n, reduction in enumerate(("none", "mean", "sum")):
        for m, given in enumerate(options, n):
            label, smoothing = f"{', '.join(given)}, {given.get('ignore_index')}, {reduction}", (0.0, 0.25, 1.0)[m % 3]
            settings = {**given, "reduction": reduction}
            if m % 2:
                yield f"nll_loss, {label}", shown(torch, lambda x: F.nll_loss(x, classes, **settings), x)
            yield (
                f"cross_entropy, {label}, {smoothing}",
                shown(torch, lambda x: F.cross_entropy(x, classes, label_smoothing=smoothing, **settings), x),
            )
            loss = (F.cross_entropy, F.nll_loss)[m % 2]
            yield f"{loss.__name__} of pixels, {label}", shown(torch, lambda x: loss(x, places, **settings), pixels)
        for settings in ({}, {"weight": weight}, {"label_smoothing": 0.3})[n:]:
            yield (
                f"probabilities, {', '.join(settings)}, {reduction}",
                shown(torch, lambda x, c: F.cross_entropy(x, c, reduction=reduction, **settings), x, chances),
            )
        for p in (1, 2):
            settings = {"p": p, "margin": (1.0, 0.25)[(n + p) % 2], "reduction": reduction}
            settings |= {"weight": weight} if (n + p) % 3 else {}
            yield (
                f"multi_margin_loss, {', '.join(settings)}, {p}, {reduction}",
                shown(torch, lambda x: F.multi_margin_loss(x, classes, **settings), x),
            )
        yield (
            f"multilabel_margin_loss, {reduction}",
            shown(torch, lambda x: F.multilabel_margin_loss(x, labels, reduction=reduction), x),
        )
    yield "one alone", shown(torch, lambda x: F.cross_entropy(x, torch.tensor(1)), x[0])
    yield "one alone, by its probabilities", shown(torch, lambda x: F.cross_entropy(x, chances[0]), x[0])
    yield "one alone, nll", shown(torch, lambda x: F.nll_loss(x, torch.tensor(1)), x[0])
    yield "one alone, by margins", shown(torch, lambda x: F.multi_margin_loss(x, torch.tensor([1])), x[0])
    yield (
        "one alone, several labels",
        shown(torch, lambda x: F.multilabel_margin_loss(x, torch.tensor([2, 0, -1])), x[0]),
    )
    yield (
        "all ignored",
        [F.cross_entropy(x, torch.full((4,), -100)), F.cross_entropy(x, torch.full((4,), -100), reduction="sum")],
    )
    for label, call in {
        "a class behind": (F.nll_loss, x, classes + 1),
        "a negative class": (F.nll_loss, x, classes - 1),
        "classes that are floats": (F.nll_loss, x, classes.double()),
        "other rows": (F.nll_loss, x, classes[:3]),
        "other weights": (F.nll_loss, x, classes, weight[:2]),
        "nothing": (F.nll_loss, torch.tensor(1.0), torch.tensor(0)),
        "probabilities of integers": (F.cross_entropy, x, torch.ones(4, 3, dtype=torch.int64)),
        "probabilities of another shape": (F.cross_entropy, x, chances[:, :2]),
        "margins of a class behind": (F.multi_margin_loss, x, classes + 1),
        "margins of other rows": (F.multi_margin_loss, x, classes[:3]),
        "margins of three dimensions": (F.multi_margin_loss, x[None], classes),
        "margins of no power": (F.multi_margin_loss, x, classes, 3),
        "labels of another shape": (F.multilabel_margin_loss, x, classes),
        "a label behind": (F.multilabel_margin_loss, x, torch.full((4, 3), 3)),
    }.items():
        yield label, refused(*call)
    yield "smoothing above one", refused(F.cross_entropy, x, classes, label_smoothing=1.5)
    yield "smoothing, other weights", refused(F.cross_entropy, x, classes, weight[:2], label_smoothing=0.5)


@scenario(cites="torch.optim", needs=TRAINING)
def steps_of_optimizers(torch):
    """Three steps of an optimizer with each of its options, and with several at once."""
    plain = [{}, {"lr": 0.1, "weight_decay": 0.2}, {"lr": 0.1, "maximize": True}]
    options = {
        "SGD": [
            *plain,
            {"lr": 0.1, "momentum": 0.9},
            {"lr": 0.1, "momentum": 0.5, "dampening": 0.25},
            {"lr": 0.1, "momentum": 0.9, "nesterov": True, "weight_decay": 0.1, "maximize": True},
        ],
        "Adam": [
            *plain,
            {"lr": 0.1, "amsgrad": True},
            {"lr": 0.1, "amsgrad": True, "betas": (0.1, 0.2), "eps": 0.1, "weight_decay": 0.1},
            {"lr": 0.1, "betas": (0.0, 0.0)},
        ],
        "AdamW": [*plain, {"lr": 0.1, "amsgrad": True, "weight_decay": 0.0, "betas": (0.5, 0.5)}],
    }
    for name, table in options.items():
        for settings in table:
            p, q = torch.tensor([1.0, -2.0, 0.5], requires_grad=True), torch.tensor(3.0, requires_grad=True)
            optimizer = getattr(torch.optim, name)([p, q], **settings)
            for factor in (1.0, -0.5, 3.0):
                optimizer.zero_grad()
                (factor * q * (p * p).sum()).backward()
                optimizer.step()
            yield f"{name} {settings}", (p.detach().clone(), q.detach().clone())
        for label, settings in {
            "a negative rate": {"lr": -0.1},
            "a negative decay": {"weight_decay": -0.1},
            "a negative momentum": {"momentum": -0.1},
            "nesterov without momentum": {"nesterov": True},
            "nesterov, dampened": {"nesterov": True, "momentum": 0.9, "dampening": 0.1},
            "a negative eps": {"eps": -1.0},
            "a beta of one": {"betas": (1.0, 0.5)},
            "another beta of one": {"betas": (0.5, 1.0)},
            "a negative beta": {"betas": (-0.1, 0.5)},
        }.items():
            yield (
                f"{name}: {label}",
                refused(getattr(torch.optim, name), [torch.zeros(1, requires_grad=True)], **settings),
            )
        yield f"{name} of nothing", refused(getattr(torch.optim, name), [])
        yield f"{name} of a tensor", refused(getattr(torch.optim, name), torch.zeros(1, requires_grad=True))
        yield f"{name} of a result", refused(getattr(torch.optim, name), [torch.zeros(1, requires_grad=True) * 2])
        yield f"{name} of numbers", refused(getattr(torch.optim, name), [1.0])
        p, q = torch.tensor([1.0, 2.0], requires_grad=True), torch.tensor([3.0], requires_grad=True)
        optimizer = getattr(torch.optim, name)([{"params": [p], "lr": 0.5}, {"params": q}], lr=0.25)
        schedule = torch.optim.lr_scheduler.StepLR(optimizer, step_size=2, gamma=0.5)
        rates = []
        for _ in range(3):
            optimizer.zero_grad()
            ((p**2).sum() + (q**2).sum()).backward()
            optimizer.step()
            schedule.step()
            rates += schedule.get_last_lr()
        yield f"{name} in groups", (p.detach().clone(), q.detach().clone(), rates)
        p = torch.tensor([1.0, 2.0], requires_grad=True)
        optimizer = getattr(torch.optim, name)([p], lr=0.1)
        optimizer.step()
        yield f"{name} without a gradient", p.detach().clone()
        yield f"{name} with a closure", optimizer.step(lambda: torch.tensor(2.5))


@scenario(cites="torch.nn.utils.clip_grad_norm_", needs=TRAINING)
def gradients_clipped_together(torch):
    """Gradients are clipped by their norm, of any power, all together, or element by element; those that are
    missing do not count."""

    def parameters():
        made = [torch.zeros(n, requires_grad=True) for n in (3, 1, 2)]
        made[0].grad, made[2].grad = torch.tensor([3.0, -4.0, 0.0]), torch.tensor([1.0, 12.0])
        return made

    utils = torch.nn.utils
    for power in (2.0, 1.0, 3.0, float("inf"), 0.5):
        for most in (1.0, 100.0):
            p = parameters()
            yield f"{power}, {most}", (utils.clip_grad_norm_(p, most, power), p[0].grad, p[2].grad)
        yield f"total {power}", utils.get_total_norm([torch.tensor([3.0, 4.0]), torch.tensor(12.0)], power)
    p = parameters()
    yield "one alone", (utils.clip_grad_norm_(p[0], 0.5), p[0].grad)
    for most in (2.0, 3.5, 50.0):
        p = parameters()
        utils.clip_grad_value_(p, most)
        yield f"by value {most}", (p[0].grad, p[2].grad)
    yield "none", utils.clip_grad_norm_([torch.zeros(2, requires_grad=True)], 1.0)
    p = parameters()
    p[0].grad[0] = float("inf")
    yield "infinite", refused(utils.clip_grad_norm_, p, 1.0, error_if_nonfinite=True)
    p = parameters()
    flat = utils.parameters_to_vector(p)
    yield "in a vector", flat
    utils.vector_to_parameters(torch.arange(6.0), p)
    yield "out of a vector", [each.detach().clone() for each in p]


@scenario(cites="torch.nn.init", needs=(*NEEDS, "random"))
def how_parameters_start(torch):
    """Parameters start uniformly or normally, as wide as the sizes of the layer and what follows it ask for."""
    init = torch.nn.init
    for shape in ((3, 2), (2, 3, 2), (4, 1, 2, 2)):
        torch.manual_seed(1)
        for label, fill in {
            "uniform_": lambda t: init.uniform_(t, -1.0, 2.0),
            "normal_": lambda t: init.normal_(t, 1.0, 0.5),
            "constant_": lambda t: init.constant_(t, 0.75),
            "ones_": init.ones_,
            "zeros_": init.zeros_,
            "xavier_uniform_": init.xavier_uniform_,
            "xavier_uniform_, gain": lambda t: init.xavier_uniform_(t, 2.0),
            "xavier_normal_": init.xavier_normal_,
            "xavier_normal_, gain": lambda t: init.xavier_normal_(t, 0.5),
            "kaiming_uniform_": init.kaiming_uniform_,
            "kaiming_uniform_, out": lambda t: init.kaiming_uniform_(t, mode="fan_out", nonlinearity="relu"),
            "kaiming_uniform_, slope": lambda t: init.kaiming_uniform_(t, 0.5),
            "kaiming_normal_": init.kaiming_normal_,
            "kaiming_normal_, out": lambda t: init.kaiming_normal_(t, mode="fan_out", nonlinearity="tanh"),
        }.items():
            yield f"{label} {shape}", fill(torch.zeros(shape))
    for name in ("linear", "conv1d", "conv2d", "conv_transpose3d", "sigmoid", "tanh", "relu", "leaky_relu", "selu"):
        yield f"gain of {name}", init.calculate_gain(name)
    yield "gain of a slope", [init.calculate_gain("leaky_relu", 0.5), init.calculate_gain("leaky_relu", 0)]
    for label, call in {
        "an unknown function": (init.calculate_gain, "gelu"),
        "a slope that is text": (init.calculate_gain, "leaky_relu", "steep"),
        "a slope that is a truth value": (init.calculate_gain, "leaky_relu", True),
        "an unknown mode": (init.kaiming_uniform_, torch.zeros(2, 2), 0, "fan_both"),
        "a vector": (init.xavier_uniform_, torch.zeros(3)),
        "a vector, by kaiming": (init.kaiming_normal_, torch.zeros(3)),
    }.items():
        yield label, refused(*call)


@scenario(cites="torch.set_printoptions", needs=(*NEEDS, "printing"))
def tensors_printed_with_every_option(torch):
    """Tensors of every dtype, size and magnitude are printed by precision, threshold, edges, width, and in either notation."""
    tensors = {
        "small": torch.tensor([1e-5, 0.5, 1.0]),
        "large": torch.tensor([1.0, 12345678.0, 1e9]),
        "mixed": torch.tensor([-1.5, float("inf"), float("nan"), 1000.25]),
        "whole": torch.tensor([1.0, -20.0, 300.0]),
        "zeros": torch.zeros(3),
        "tiny": torch.tensor([1e-12]),
        "wide apart": torch.tensor([0.001, 1.5]),
        "wider apart": torch.tensor([0.001, 1.0015, 1.0]),
        "ints": torch.tensor([[1, -20], [300, 4]]),
        "bools": torch.tensor([True, False]),
        "complex": torch.tensor([1 + 2j, -0.5 - 1e-3j]),
        "whole and complex": torch.tensor([1 + 2j, -10 - 3j]),
        "float64": torch.tensor([1.5, 2.25], dtype=torch.float64),
        "float16": torch.tensor([1.5, 2.25], dtype=torch.float16),
        "int32": torch.tensor([1, 2], dtype=torch.int32),
        "empty": torch.zeros(0),
        "empty rows": torch.zeros(2, 0),
        "a number": torch.tensor(2.5),
        "an int": torch.tensor(7),
        "three dimensions": torch.arange(12.0).reshape(2, 3, 2) / 8,
        "four dimensions": torch.arange(8.0).reshape(2, 1, 2, 2),
        "long": torch.arange(30.0) * 1.5,
        "longer": torch.arange(1001),
        "many rows": torch.arange(2002).reshape(1001, 2),
        "many columns": torch.arange(1200.0).reshape(2, 600),
        "a gradient": torch.tensor([1.0, 2.0], requires_grad=True),
        "a history": torch.tensor([1.0, 2.0], requires_grad=True) * 2,
        "a history and a dtype": torch.tensor([1.0, 2.0], dtype=torch.float64, requires_grad=True).exp(),
    }
    try:
        for number, settings in enumerate(
            (
                {},
                {"precision": 2},
                {"precision": 0},
                {"threshold": 3, "edgeitems": 1},
                {"threshold": 5, "edgeitems": 2},
                {"linewidth": 40},
                {"linewidth": 20},
                {"sci_mode": True},
                {"sci_mode": False},
                {"profile": "short"},
                {"profile": "full", "linewidth": 200},
                {"threshold": 4, "edgeitems": 0},
            )
        ):
            torch.set_printoptions(profile="default")
            torch.set_printoptions(**settings)
            for label in list(tensors)[number % 2 :: 2] if settings else tensors:
                tensor = tensors[label]
                if settings.get("profile") != "full" or tensor.numel() < 100:
                    yield f"{label}, {settings}", repr(tensor)
    finally:
        torch.set_printoptions(profile="default")
