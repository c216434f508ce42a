"""Criteria: losses with every option that they have, and the sizes, classes and weights that they refuse."""

from gradspec import attempt, scenario

NEEDS = ("tensor", "functions", "shapes", "dtypes", "autograd_grad", "nn")


def numbers(torch, *shape, step=7):
    """A tensor whose elements are all different, of both signs, and lie on no line."""
    count = 1
    for n in shape:
        count *= n
    places = torch.arange(count, dtype=torch.float64)
    return (places * (step + 0.71875) % 11 - 4.765625).reshape(shape)


def shown(torch, function, *inputs):
    """What a function makes of its inputs, and their gradients under an uneven gradient of the result."""
    inputs = [each.clone().requires_grad_() for each in inputs]
    y = function(*inputs)
    upstream = (((torch.arange(y.numel(), dtype=torch.float64) * 5) % 7) - 2.5).reshape(y.shape).to(y.dtype)
    return (y.detach(), *torch.autograd.grad(y, inputs, upstream, allow_unused=True))


@scenario(cites="torch.nn.functional: Loss functions", needs=NEEDS)
def old_switches_of_losses(torch):
    """`size_average` and `reduce` say, for every loss, what `reduction` says now, and it is warned of them."""
    F = torch.nn.functional
    x, y, signs = numbers(torch, 2, 3), numbers(torch, 2, 3, step=5), torch.tensor([[1.0, -1, 1], [-1, -1, 1]]).double()
    p, classes = torch.sigmoid(x), torch.tensor([2, 0])
    table = {
        "mse_loss": (x, y),
        "l1_loss": (x, y),
        "smooth_l1_loss": (x, y),
        "binary_cross_entropy": (p, p.flip(0)),
        "binary_cross_entropy_with_logits": (x, p),
        "kl_div": (p.log(), p.flip(0)),
        "poisson_nll_loss": (x, y),
        "hinge_embedding_loss": (x, signs),
        "soft_margin_loss": (x, signs),
        "multilabel_soft_margin_loss": (x, p),
        "margin_ranking_loss": (x, y, signs),
        "cosine_embedding_loss": (x, y, signs[0, :2]),
        "nll_loss": (x, classes),
        "cross_entropy": (x, classes),
        "multi_margin_loss": (x, classes),
        "triplet_margin_loss": (x, y, x.flip(0)),
        "multilabel_margin_loss": (x, torch.tensor([[2, 0, -1], [1, -1, 0]])),
    }
    for name, given in table.items():
        loss = getattr(F, name)
        yield f"{name}, no average", attempt(loss, *given, size_average=False, reduction="none")
        yield f"{name}, no reduction", attempt(loss, *given, reduction="all")
        yield f"{name}, one switch", attempt(loss, *given, reduce=False)
    for average in (None, True, False):
        for reduce in (None, True, False):
            settings = {"size_average": average, "reduce": reduce, "reduction": "sum"}
            yield f"{average}, {reduce}", F.mse_loss(x, y, **settings)


@scenario(cites="torch.nn.functional.cross_entropy", needs=NEEDS)
def classes_of_uneven_images(torch):
    """Classes of images of any number of dimensions are weighted, ignored and smoothed one by one."""
    F, reductions, smoothings = torch.nn.functional, ("none", "mean", "sum"), (0.2, 1.0, -0.5, 0.0)
    weight, other = torch.tensor([0.5, 2.0, 1.25]).double(), torch.tensor([0.75, -1.5, 3.0]).double()
    for place, shape in enumerate(((4,), (2, 4), (2, 1, 3), (2, 2, 1, 2))):
        x, count = numbers(torch, shape[0], 3, *shape[1:]), 1
        for n in shape:
            count *= n
        classes = ((torch.arange(count) * 5) % 7 % 3).reshape(shape)
        some = torch.where(torch.arange(count).reshape(shape) % 3 == 1, -7, classes)
        for turn, (label, target, settings) in enumerate(
            (
                ("plain", classes, {}),
                ("weighted", classes, {"weight": weight}),
                ("by other weights", classes, {"weight": other, "ignore_index": 1}),
                ("some ignored", some, {"ignore_index": -7}),
                ("some ignored, weighted", some, {"ignore_index": -7, "weight": weight}),
            ),
            place,
        ):
            settings["reduction"] = reductions[turn % 3]
            if place != 1:
                yield f"nll of {shape}, {label}", shown(torch, lambda x: F.nll_loss(x, target, **settings), x)
            settings["label_smoothing"] = smoothings[turn % 4]
            if place != 2:
                yield f"{shape}, {label}", shown(torch, lambda x: F.cross_entropy(x, target, **settings), x)
            if place == 0:
                settings |= {"reduction": "mean", "label_smoothing": 0.3}
                yield f"{shape}, {label}, smooth", shown(torch, lambda x: F.cross_entropy(x, target, **settings), x)
        chances = torch.softmax(numbers(torch, shape[0], 3, *shape[1:], step=5), 1)
        for turn, settings in enumerate(
            ({}, {"weight": other}, {"label_smoothing": 0.3}, {"weight": weight, "label_smoothing": 0.15}), place
        ):
            settings["reduction"] = reductions[turn % 3]
            yield (
                f"{shape}, chances, {list(settings)}",
                shown(torch, lambda x, c: F.cross_entropy(x, c, **settings), x, chances),
            )
    vector = numbers(torch, 3)
    for reduction, settings in zip(
        (*reductions, "mean"),
        ({}, {"weight": other}, {"label_smoothing": 0.3, "weight": weight}, {"ignore_index": 2}),
        strict=True,
    ):
        settings["reduction"] = reduction
        yield (
            f"one, {list(settings)}, {reduction}",
            shown(torch, lambda x: F.cross_entropy(x, torch.tensor(2), **settings), vector),
        )
        if "ignore_index" not in settings:
            yield (
                f"one, chances, {list(settings)}, {reduction}",
                shown(torch, lambda x, c: F.cross_entropy(x, c, **settings), vector, chances[0, :, 0, 0, 0]),
            )
    for reduction in reductions:
        yield (
            f"no rows, {reduction}",
            F.nll_loss(torch.ones(0, 3), torch.ones(0, dtype=torch.int64), reduction=reduction),
        )
        yield f"no rows, crossed, {reduction}", F.cross_entropy(torch.ones(0, 3), torch.ones(0, 3), reduction=reduction)
    yield "bytes", F.nll_loss(vector[None], torch.tensor([1], dtype=torch.uint8))
    yield "classes of 100", F.cross_entropy(numbers(torch, 2, 3), torch.tensor([-100, 1]), label_smoothing=0.1)


@scenario(cites="torch.nn.functional: Loss functions", needs=NEEDS)
def classes_that_no_loss_takes(torch):
    """Losses of classes say which sizes, weights and classes do not go with their input."""
    F = torch.nn.functional
    x, c, one = torch.ones(4, 3), torch.tensor([2, 0, 1, 2]), torch.ones((), dtype=torch.int64)
    shapes = ((2, 4, 4), (2, 4), (2, 5), (3, 4), (2, 4, 5, 7), (2, 4, 5))
    whole = {shape: torch.zeros(shape, dtype=torch.int64) for shape in shapes}
    for name in ("nll_loss", "cross_entropy"):
        for label, given in {
            "rows": (x, c[:3]),
            "more rows": (x[:3], c),
            "a class behind": (x, c + 1),
            "a class before": (x, c - 1),
            "another class behind": (x, c + 7),
            "weights": (x, c, torch.ones(2)),
            "more weights": (x, c, torch.ones(4)),
            "weights in columns": (x, c, torch.ones(3, 1)),
            "floats": (x, c.double()),
            "small classes": (x, c.int()),
            "of one, several": (x[0], c),
            "of one, behind": (x[0], one * 3),
            "of one, before": (x[0], -one),
            "in columns": (x, c[:, None]),
            "images of another size": (torch.ones(2, 3, 4, 5), whole[2, 4, 4]),
            "images of other dimensions": (torch.ones(2, 3, 4, 5), whole[2, 4]),
            "lines": (torch.ones(2, 3, 4), whole[2, 5]),
            "lines of other rows": (torch.ones(2, 3, 4), whole[3, 4]),
            "volumes": (torch.ones(2, 3, 4, 5, 6), whole[2, 4, 5, 7]),
            "images behind": (torch.ones(2, 3, 4, 5), whole[2, 4, 5] + 3),
            "lines before": (torch.ones(2, 3, 4), whole[2, 4] - 1),
            "no classes at all": (torch.ones(4, 0), c),
            "one class for all": (x, one),
        }.items():
            yield f"{name}: {label}", attempt(getattr(F, name), *given)
        yield f"{name}: a number", attempt(F.nll_loss, x[0, 0], one)
        yield f"{name}: just ignored", attempt(getattr(F, name), x, c + 1, ignore_index=3)
        yield f"{name}: one, ignored", attempt(getattr(F, name), x[0], one * 5, ignore_index=5)
    for smoothing in (1.0, 1.1, 2.0):
        yield f"smoothing {smoothing}", attempt(F.cross_entropy, x, c, label_smoothing=smoothing)
    yield "chances of integers", attempt(F.cross_entropy, x, x.long())
    yield "chances of other columns", attempt(F.cross_entropy, x, x[:, :2])
    yield "chances of other rows", attempt(F.cross_entropy, x, x[:3])
    loss = F.multi_margin_loss
    for label, given in {
        "behind": (x, c + 1),
        "before": (x, c - 1),
        "rows": (x, c[:3]),
        "columns": (x, c[:, None]),
        "no classes": (x[:, :0], c),
        "three dimensions": (x[None], c),
        "one of two": (x[0], c[:2]),
        "nothing": (x[0, :0], c),
        "small classes": (x, c.int()),
        "power 0": (x, c, 0),
        "power 3": (x, c, 3),
        "weights": (x, c, 1, 1.0, torch.ones(2)),
        "weights in rows": (x, c, 1, 1.0, torch.ones(3, 1)),
        "no weights": (x, c, 1, 1.0, torch.ones(())),
    }.items():
        yield f"margins: {label}", attempt(loss, *given)
    for label, given in {
        "of one": (x[0], one),
        "of one in a list": (x[0], c[:1]),
        "a number": (x[0, 0], one * 0),
    }.items():
        yield f"margins: {label}", attempt(loss, *given)
        yield f"margins: {label}, each", attempt(loss, *given, reduction="none")
    loss = F.multilabel_margin_loss
    for label, given in {
        "behind": (x, c[:, None] + x.long()),
        "before": (x, x.long() * -2),
        "rows": (x, c),
        "columns": (x, x[:, :2].long()),
        "three dimensions": (x[None], x[None].long()),
        "no classes": (x[:, :0], x[:, :0].long()),
        "one of two": (x[0], one.expand(2)),
        "one in a row": (x[0], x[:1].long()),
        "a number": (x[0, 0], one * 0),
        "floats": (x, x),
    }.items():
        yield f"labels: {label}", attempt(loss, *given)


@scenario(cites="torch.nn.functional: Loss functions", needs=NEEDS)
def sizes_that_no_loss_takes(torch):
    """Losses of two tensors say which sizes, weights, margins and probabilities do not go with their input."""
    F = torch.nn.functional
    x, one = torch.full((4, 3), 0.5), torch.ones(4)
    for name in (
        "mse_loss", "l1_loss", "smooth_l1_loss", "huber_loss", "binary_cross_entropy",
        "binary_cross_entropy_with_logits",
    ):  # fmt: skip
        for other in (x[0], x[:, :1], x[:, :2], x[0, 0]):
            yield f"{name}: {list(other.shape)}", attempt(getattr(F, name), x, other)
        for other in (x[0, 0], x[:2]):
            yield f"{name}: of {list(other.shape)}", attempt(getattr(F, name), other, x)
    for name in ("mse_loss", "l1_loss", "huber_loss"):
        for weight in (x[0], x[:, :1]):
            yield f"{name}: weights {list(weight.shape)}", attempt(getattr(F, name), x, x + 1, weight=weight)
        for reduction in ("none", "mean", "sum"):
            yield (
                f"{name}: weighted, {reduction}",
                attempt(getattr(F, name), x, x + 1, weight=x * 3, reduction=reduction),
            )
    for bound in (-1.0, 0.0, 0.25):
        yield f"beta {bound}", attempt(F.smooth_l1_loss, x, x + 1, beta=bound)
        yield f"delta {bound}", attempt(F.huber_loss, x, x + 1, delta=bound)
    for value in (-0.001, 0.0, 1.0, 1.001, float("nan")):
        t = x.clone()
        t[2, 1] = value
        yield f"input {value}", attempt(F.binary_cross_entropy, t, x)
        yield f"target {value}", attempt(F.binary_cross_entropy, x, t)
    for weight in (x[0], x[:, :1], x[0, 0]):
        yield f"probabilities weighted by {list(weight.shape)}", attempt(F.binary_cross_entropy, x, x, weight)
    yield "probabilities of another dtype", attempt(F.binary_cross_entropy, x, x.double())
    loss = F.gaussian_nll_loss
    for shape in ((4, 3), (4, 1), (1, 3), (4,), (3,), (), (2, 3), (4, 2), (4, 3, 1), (1, 1), (5, 3)):
        yield f"variances {shape}", attempt(loss, x, x + 1, torch.full(shape, 2.0))
    for shape in ((2, 3), (2, 3, 1), (2, 1, 4), (2, 1, 1), (2, 4), (2, 3, 2)):
        yield (
            f"variances {shape} of three",
            attempt(loss, torch.ones(2, 3, 4), torch.zeros(2, 3, 4), torch.full(shape, 2.0)),
        )
    for value, reduction in (
        (-1.5, "none"),
        (-1e-9, "mean"),
        (0.0, "sum"),
        (1e-9, "none"),
        (2.5, "mean"),
        (2.5, "all"),
    ):
        for var in (value, torch.full((4, 3), value)):
            yield f"{type(var).__name__} {value}, {reduction}", attempt(loss, x, x + 1, var, True, 0.5, reduction)
    yield "a vector's variance", attempt(loss, x[0], x[1] + 1, torch.full((1,), 2.0))
    for margin in (-0.5, 0.0, 0.5):
        yield f"margin {margin}", attempt(F.triplet_margin_loss, x, x + 1, x * 3, margin=margin)
        yield (
            f"margin {margin} of any distance",
            attempt(F.triplet_margin_with_distance_loss, x, x + 1, x * 3, margin=margin),
        )
    for given in ((x, x, x[0]), (x, x[0], x), (x[0], x, x), (x, x[None], x)):
        label = [list(each.shape) for each in given]
        yield f"triplets {label}", attempt(F.triplet_margin_loss, *given)
        yield f"triplets {label} of any distance", attempt(F.triplet_margin_with_distance_loss, *given)
        yield f"ranking {label}", attempt(F.margin_ranking_loss, *given)
    loss = F.cosine_embedding_loss
    for label, given in {
        "rows": (x, x, one),
        "one for all": (x, x, one[0]),
        "columns": (x, x, one[:, None]),
        "a vector for four": (x[0], x[0], one),
        "vectors": (x[0], x[0], one[0]),
        "three dimensions": (x[None], x[None], one),
        "other dimensions": (x[0], x, one[0]),
        "more dimensions": (x, x[0], one),
        "two": (x[:2], x[:2], -one[:2]),
    }.items():
        yield f"angles: {label}", attempt(loss, *given)
    for name in (
        "hinge_embedding_loss", "soft_margin_loss", "kl_div", "poisson_nll_loss",
        "multilabel_soft_margin_loss",
    ):  # fmt: skip
        for other in (x[0], x[:, :1], x[0, 0]):
            yield f"{name}: {list(other.shape)}", attempt(getattr(F, name), x, other)
    yield "soft margins of fewer", attempt(F.soft_margin_loss, x[0], x)
    yield "soft margins, learned", attempt(F.soft_margin_loss, x, x.clone().requires_grad_())
    for reduction, y, logs in (
        ("batchmean", x, True),
        ("batchmean", x[0], False),
        ("batchmean", x[0, 0], False),
        ("mean", x[0], True),
        ("sum", x, False),
        ("sum", x[0], True),
        ("none", x, True),
        ("none", x[0, 0], False),
    ):
        yield (
            f"divergence of {list(y.shape)}, {reduction}, {logs}",
            attempt(F.kl_div, y, y + 1, reduction=reduction, log_target=logs),
        )


@scenario(cites="torch.nn.functional: Loss functions", needs=NEEDS)
def options_of_margins(torch):
    """Margins, powers and distances of losses take part one by one, whatever the sign of what they are taken of."""
    F, reductions = torch.nn.functional, ("none", "mean", "sum")
    x, y, z = numbers(torch, 3, 4), numbers(torch, 3, 4, step=5), numbers(torch, 3, 4, step=4)
    signs = torch.tensor([[1.0, -1, 0, 1], [-1, -1, 1, 0.5], [0, 1, 2, -1]]).double()
    labels, angles = torch.tensor([[2, 0, -1, 3], [1, -1, 0, 2], [0, 1, 2, 3]]), torch.tensor([1, -1, 0])
    for reduction, margin in zip(reductions, (0.3, 1.7, -0.4), strict=True):
        settings = {"margin": margin, "reduction": reduction}
        yield f"hinge {settings}", shown(torch, lambda x: F.hinge_embedding_loss(x, signs, **settings), x)
        yield f"ranking {settings}", shown(torch, lambda x, y: F.margin_ranking_loss(x, y, signs, **settings), x, y)
        yield f"angles {settings}", shown(torch, lambda x, y: F.cosine_embedding_loss(x, y, angles, **settings), x, y)
        yield (
            f"labels, {reduction}",
            shown(torch, lambda x: F.multilabel_margin_loss(x, labels, reduction=reduction), x),
        )
        yield f"labels of one, {reduction}", F.multilabel_margin_loss(x[0], labels[1], reduction=reduction)
    for p, swap, reduction in (
        (1.0, False, "none"),
        (2.0, True, "mean"),
        (3.0, False, "sum"),
        (1.0, True, "none"),
        (3.0, True, "mean"),
    ):
        settings = {"margin": 1.3, "p": p, "eps": 0.01, "swap": swap, "reduction": reduction}
        yield f"triplets {settings}", shown(torch, lambda *g: F.triplet_margin_loss(*g, **settings), x, y, z)
    for reduction, distance in zip(reductions, (None, lambda a, b: (a - b).abs().sum(-1) * 0.3, None), strict=True):
        settings = {"distance_function": distance, "margin": 0.7, "swap": distance is None, "reduction": reduction}
        yield (
            f"any distance, {distance is None}, {reduction}",
            shown(torch, lambda *g: F.triplet_margin_with_distance_loss(*g, **settings), x, y, z),
        )
    weight, positive = torch.tensor([0.5, 2.0, 1.25, 3.0]).double(), torch.tensor([3.0, 0.25, 1.5, 2.0]).double()
    classes, chances = torch.tensor([3, 0, 2]), torch.sigmoid(y)
    for p, each, reduction in ((1, None, "none"), (2, weight, "mean"), (1, weight, "sum"), (2, None, "mean")):
        settings = {"p": p, "margin": 0.6, "weight": each, "reduction": reduction}
        yield (
            f"classes, {p}, {each is None}, {reduction}",
            shown(torch, lambda x: F.multi_margin_loss(x, classes, **settings), x),
        )
    counts = torch.tensor([[0.0, 1, 2, 0.5], [3, 1.5, 1, 7], [0, 0, 1, 4]]).double()
    for eps, reduction in ((0.5, "none"), (1e-8, "mean"), (0.5, "sum")):
        settings = {"log_input": False, "full": True, "eps": eps, "reduction": reduction}
        yield f"counts, {settings}", shown(torch, lambda x: F.poisson_nll_loss(x, counts, **settings), x.abs() + 0.1)
    for each, reduction in ((weight, "none"), (None, "mean"), (weight, "sum")):
        settings = {"weight": each, "reduction": reduction}
        yield (
            f"soft labels, {each is None}, {reduction}",
            shown(torch, lambda x: F.multilabel_soft_margin_loss(x, chances, **settings), x),
        )
        settings["pos_weight"] = positive if reduction != "sum" else None
        yield (
            f"logits, {each is None}, {reduction}",
            shown(torch, lambda x, c: F.binary_cross_entropy_with_logits(x, c, **settings), x, chances),
        )
    yield (
        "vectors of no length",
        shown(torch, lambda x, y: F.cosine_embedding_loss(x, y, torch.tensor([1, -1, 1])), x * 0, y),
    )
    for beta in (0.4, 1.6):
        yield f"smooth {beta}", shown(torch, lambda x: F.smooth_l1_loss(x, y, beta=beta), x)
        yield f"huber {beta}", shown(torch, lambda x: F.huber_loss(x, y, delta=beta), x)


@scenario(cites="torch.nn.functional.ctc_loss", needs=NEEDS)
def labels_in_time(torch):
    """`ctc_loss` sums over all ways to say the labels in time, which come side by side or one after the other."""
    loss = torch.nn.functional.ctc_loss
    scores = numbers(torch, 6, 3, 5)
    logs = scores.log_softmax(2)
    labels = torch.tensor([[1, 2, 2, 4], [3, 1, 0, 0], [4, 4, 4, 3]])
    known, silent, short = ((6, 5, 4), (3, 2, 1)), ((6, 6, 6), (4, 4, 0)), ((3, 2, 6), (3, 2, 4))
    for blank, (lengths, sizes), reduction, forgiving in (
        (0, known, "none", True),
        (2, known, "mean", False),
        (4, silent, "sum", False),
        (2, silent, "none", False),
        (4, short, "none", False),
        (0, short, "mean", True),
        (2, short, "sum", True),
        (0, short, "mean", False),
    ):
        rows = torch.where(labels == blank, (labels + 1) % 5, labels)
        settings = {"blank": blank, "reduction": reduction, "zero_infinity": forgiving}
        label = f"{blank}, {lengths}, {sizes}, {reduction}, {forgiving}"
        yield label, shown(torch, lambda x: loss(x.log_softmax(2), rows, lengths, sizes, **settings), scores)
        if forgiving:
            flat = torch.cat([row[:n] for row, n in zip(rows, sizes, strict=True)])
            settings = {"blank": blank, "reduction": reduction}
            yield (
                f"{label}, one after the other",
                loss(logs, flat, torch.tensor(lengths), torch.tensor(sizes), **settings),
            )
    one = logs[:, 0]
    yield "of one", loss(one, labels[0, :3], (6,), (3,))
    yield "of one, each", loss(one, labels[0, :3], torch.tensor(6), torch.tensor(3), reduction="none")
    yield "of one, side by side", loss(one, labels[:1], (5,), (2,), reduction="sum")
    for label, given in {
        "lengths": (logs, labels, (6, 6), (3, 3, 3)),
        "sizes": (logs, labels, (6, 6, 6), (3, 3)),
        "too long": (logs, labels, (6, 7, 6), (3, 3, 3)),
        "all the time": (logs, labels + 0, (6, 6, 6), (3, 2, 4)),
        "no time": (logs, labels, (6, 0, 0), (3, 0, 2)),
        "less than no time": (logs, labels, (6, -1, 6), (3, 3, 3)),
        "too many labels": (logs, labels, (6, 6, 6), (3, 5, 3)),
        "less than no labels": (logs, labels, (6, 6, 6), (3, -1, 3)),
        "a blank behind": (logs, labels, (6, 6, 6), (3, 3, 3), 5),
        "a blank before": (logs, labels, (6, 6, 6), (3, 3, 3), -1),
        "no reduction": (logs, labels, (6,) * 3, (3,) * 3, 0, "all"),
        "labels left over": (logs, labels.reshape(-1), (6, 6, 6), (4, 4, 3)),
        "labels missing": (logs, labels.reshape(-1), (6,) * 3, (4, 4, 5)),
        "labels of fewer": (logs, labels[:2], (6, 6, 6), (3, 3, 3)),
        "labels in three dimensions": (logs, labels[None], (6,) * 3, (3,) * 3),
    }.items():
        yield label, attempt(loss, *given)
    for reduction, forgiving in (("none", False), ("mean", True), ("sum", False)):
        settings = {"reduction": reduction, "zero_infinity": forgiving}
        yield (
            f"no time at all, {reduction}, {forgiving}",
            shown(torch, lambda x: loss(x.log_softmax(2), labels, (6, 0, 0), (3, 0, 2), **settings), scores),
        )
