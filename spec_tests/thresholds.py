"""Thresholds: layers, images and losses just before what they take, just at it, and just beyond it."""

from gradspec import attempt, scenario

NEEDS = ("tensor", "functions", "shapes", "dtypes", "nn")


def numbers(torch, *shape):
    """A tensor whose elements are of both signs and lie on no line."""
    count = 1
    for n in shape:
        count *= n
    return (torch.arange(count, dtype=torch.float32) * 7.71875 % 11 - 4.765625).reshape(shape)


def slopes(torch, function, *inputs):
    """The sum of what a function makes of its inputs, weighed by 1, 2, 3, ..., and the gradients."""
    leaves = [each.clone().requires_grad_() for each in inputs]
    y = function(*leaves)
    (y.reshape(-1) * torch.arange(1, y.numel() + 1, dtype=y.dtype)).sum().backward()
    return (y.detach(), *(each.grad for each in leaves))


def made(word):
    """The same letters in another object."""
    return "".join([word[:1], word[1:]])


@scenario(cites="torch.nn.functional.mse_loss", needs=(*NEEDS, "matmul"))
def words_letter_by_letter(torch):
    """A word that chooses a mode is known by its letters, wherever the text was made."""
    F, init = torch.nn.functional, torch.nn.init
    x, w = numbers(torch, 2, 3), torch.tensor([1.0, 2.0, 4.0])
    likely, places, cube = x.softmax(1), torch.tensor([[1, 0], [2, 1]]), numbers(torch, 2, 3, 2)
    for word in ("none", "mean", "sum", "batchmean"):
        for label, loss in {
            "mse": lambda how: F.mse_loss(x, likely, reduction=how),
            "mse, weighed": lambda how: F.mse_loss(x, likely, reduction=how, weight=likely),
            "nll of places": lambda how: F.nll_loss(cube, places, w, reduction=how),
            "cross entropy": lambda how: F.cross_entropy(x, likely, w, reduction=how, label_smoothing=0.25),
            "kl": lambda how: F.kl_div(x, likely, reduction=how),
        }.items():
            if word != "batchmean" or label == "kl":
                yield f"{label}, {word}", attempt(loss, made(word))
    for word in ("constant", "reflect", "circular"):
        yield f"pad, {word}", F.pad(x, (2, 1), made(word))[0]
    for word in ("nearest", "area"):
        yield f"interpolate, {word}", F.interpolate(x[None], scale_factor=1.5, mode=made(word))[0, 0]
    for word in ("same", "valid"):
        yield f"convolution, {word}", F.conv1d(x[:, None], w[None, None, :2], padding=made(word))[0, 0]
    yield "gain", init.calculate_gain(made("leaky_relu"), 0.5)
    torch.manual_seed(0)
    yield "start", init.kaiming_normal_(torch.ones(1, 3), mode=made("FAN_OUT"))


@scenario(cites="torch.nn.functional.grid_sample", needs=NEEDS)
def points_that_are_nowhere(torch):
    """At a point that is infinite or no number an image has the value that its mode and its padding say, and no slope."""
    sample, nan, inf = torch.nn.functional.grid_sample, float("nan"), float("inf")
    x = torch.tensor([[[[1.0, 2.0, 4.0], [8.0, 16.0, 32.0]]]])
    points = torch.tensor([[[[nan, 0.0], [0.5, inf], [-inf, nan], [0.5, -0.25]]]])
    for mode in ("nearest", "bilinear", "bicubic"):
        for padding in ("zeros", "border", "reflection") if mode == "bilinear" else ("border",):
            yield f"{mode}, {padding}", sample(x, points, mode, padding, True)
    yield "slopes", slopes(torch, lambda *given: sample(*given, "bilinear", align_corners=False), x, points)


@scenario(cites="torch.nn.functional.scaled_dot_product_attention", needs=(*NEEDS, "matmul"))
def attention_to_nothing(torch):
    """Attention of no queries, to no keys, or without values is zero, and so are its gradients; nothing is dropped below zero."""
    attend, x = torch.nn.functional.scaled_dot_product_attention, numbers(torch, 2, 3)
    for label, shapes in {
        "no queries": ((2, 0, 3), (2, 4, 3), (2, 4, 5)),
        "no keys": ((2, 2, 3), (2, 0, 3), (2, 0, 5)),
        "no values": ((1, 2, 3), (1, 4, 3), (1, 4, 0)),
        "no width": ((2, 0), (3, 0), (3, 1)),
        "no batch": ((0, 2, 3), (0, 4, 3), (0, 4, 5)),
        "no queries of two dimensions": ((0, 3), (4, 3), (4, 5)),
    }.items():
        inputs = [torch.ones(shape, requires_grad=True) for shape in shapes]
        y = attend(*inputs)
        y.sum().backward()
        yield label, (y, *(each.grad for each in inputs))
    yield "no queries, doubles", attend(*[torch.ones(0, 2).double() for _ in range(3)])
    for p in (-0.5, float("nan"), 1.0, 1.5):
        yield f"dropped by {p}", attempt(attend, x, x, x, None, p)
    for heads in ((4, 3, 2), (4, 2, 3), (4, 2, 1)):
        given = [torch.ones(1, n, 1, 2) for n in heads]
        yield f"heads {heads}", attempt(lambda: attend(*given, enable_gqa=True).shape)
    yield "a negative scale", attend(x, x, x, scale=-0.5)
    yield "a mask, and order", attend(x, x, x, torch.tensor([[True, False], [True, True]]))


@scenario(cites="torch.nn.functional.layer_norm", needs=NEEDS)
def shapes_of_normalisations(torch):
    """What is normalised ends in the shape that is said, and what scales it has that shape, or a number a channel."""
    F, ones = torch.nn.functional, torch.ones
    x, image = numbers(torch, 2, 3), numbers(torch, 1, 2, 3, 4)
    for shape in ((), (4,), (2,), (2, 3), (1, 3), (1, 2, 3)):
        yield f"layer {shape}", attempt(lambda: F.layer_norm(x, shape).sum(-1))
        yield f"layer {shape}, weighed", attempt(lambda: F.layer_norm(x, (3,), ones(shape)).shape)
        yield f"layer {shape}, moved", attempt(lambda: F.layer_norm(x, (3,), None, ones(shape)).shape)
        yield f"root {shape}", attempt(lambda: F.rms_norm(x, shape)[0])
        yield f"root {shape}, weighed", attempt(lambda: F.rms_norm(x, (3,), ones(shape)).shape)
    for shape, groups in (((1, 3), 2), ((1, 2), 2), ((2, 1), 1), ((1, 4), 2), ((0, 2), 2), ((2, 2), 0), ((2, 2), -1)):
        yield f"{groups} groups of {shape}", attempt(F.group_norm, ones(shape), groups)
    for shape in ((2, 2, 3), (1, 3, 2, 2), (1, 2, 1, 1, 1), (2, 3), (0, 2, 3)):
        yield f"neighbours in whole {shape}", attempt(F.local_response_norm, ones(shape).long(), 1)
        for size in (0, 1):
            yield f"{size} neighbours in {shape}", attempt(lambda: F.local_response_norm(ones(shape), size, 1.0)[:1])
    for bias in (ones(1, 2), ones(2, 1), ones(2), ones(2)[:0]):
        for weight in (None, ones(2, 1))[: bias.ndim]:

            def moved(bias, weight=weight):
                return slopes(torch, lambda bias: F.batch_norm(image, None, None, weight, bias, True), bias)[1]

            error = attempt(moved, bias).error  # says more for some
            yield f"batch, {list(bias.shape)}, {weight is None}", type(error).__name__
    for eps in (-0.5, 0.0, 0.5):
        yield f"batch, {eps}", attempt(F.batch_norm, x, None, None, training=True, eps=eps)
        yield f"batch by memory, {eps}", attempt(F.batch_norm, x, x[0], x[0] + 5, eps=eps)
    for shape in ((3,), (2, 3), (2, 3, 1), (0, 3, 2)):
        mean, var = torch.zeros(3), ones(3)
        yield f"instances {shape}", attempt(lambda: F.instance_norm(ones(shape), mean, var).shape)
        yield f"instances {shape}, versions", (mean._version, var._version)
    for label, (one, other) in {
        "truth": (x > 0, x),
        "nothing": (x * 0, x),
        "truth at last": (x, x > 0),
        "whole": (x.long(), x),
        "doubles": (x, x.double()),
    }.items():
        yield f"cosine, {label}", attempt(F.cosine_similarity, one, other)
    for kind in (torch.int8, torch.float16, torch.float64):
        for label, call in {
            "layer": lambda: F.layer_norm(x.to(kind), (3,), ones(3)),
            "layer's weight": lambda: F.layer_norm(x, (3,), ones(3, dtype=kind)),
            "layer, both": lambda: F.layer_norm(x.to(kind), (3,), ones(3), ones(3, dtype=kind)),
            "instance": lambda: F.instance_norm(image.to(kind), ones(2), ones(2)),
            "instance's mean": lambda: F.instance_norm(image, ones(2, dtype=kind), ones(2)),
            "instance's variance": lambda: F.instance_norm(image, ones(2), ones(2, dtype=kind)),
            "instance's memory": lambda: F.instance_norm(image, ones(2, dtype=kind), ones(2, dtype=kind)),
            "instance, and its mean": lambda: F.instance_norm(image.to(kind), ones(2, dtype=kind), ones(2)),
        }.items():
            yield f"{label}, {kind}", attempt(lambda: str(call().dtype))


@scenario(cites="torch.nn.functional.dropout", needs=(*NEEDS, "random"))
def settings_of_activations(torch):
    """The settings of activations and of dropout are as many as there are, of the kind that they are of, and in their range."""
    F, nan, inf = torch.nn.functional, float("nan"), float("inf")
    x, leaf = numbers(torch, 2, 3), numbers(torch, 2, 3).requires_grad_()
    for name in ("relu", "elu", "hardtanh", "softplus"):
        for given in ((), (1,), (1, 2), (1, 2, 3), (1, 2, 3, 4)):
            yield f"{name}, {len(given)} settings", attempt(lambda: getattr(F, name)(x, *given)[0])
    for name in ("dropout", "alpha_dropout", "feature_alpha_dropout", "dropout1d", "dropout2d", "dropout3d"):
        drop, cube = getattr(F, name), x.reshape(1, 2, 3)
        volume = x.reshape(1, 2, 3, 1, 1) if name == "dropout3d" else cube
        for p in (-0.5, 0.0, 1.0, 1.5):
            torch.manual_seed(0)
            yield f"{name} by {p}", attempt(lambda: drop(volume, p, True))
        yield f"{name}, training by a number", attempt(drop, cube[None] if name == "dropout2d" else volume, 0.5, 1)
        yield f"{name}, left alone", attempt(lambda: drop(volume)._version)
        yield f"{name}, versions", [drop(volume, p, True)._version for p in (0.0, 0.5, 1.0)]
        yield f"{name}, in place", [drop(volume.clone(), p, True, True)._version for p in (0.0, 0.5, 1.0)]
    yield "dropout by what is no number", attempt(F.dropout, x, nan)
    yield "all dropped", slopes(torch, lambda x: F.alpha_dropout(x, 1.0, True), x)
    for name in (
        "relu",
        "relu6",
        "hardtanh",
        "leaky_relu",
        "elu",
        "celu",
        "selu",
        "silu",
        "mish",
        "hardsigmoid",
        "hardswish",
    ):
        getattr(F, name)(x)
        yield f"{name}, left alone", x._version
    for value in ("a", None, -1, 1, 1.5, 3.5e38, inf, nan):
        yield f"softshrink, {value}", attempt(F.softshrink, x[0], value)
        yield f"rrelu from {value}", attempt(F.rrelu, x[0], value)
        if value != 3.5e38:
            yield f"rrelu to {value}", attempt(F.rrelu, x[0], 0.125, value)
    for dim in (-3, -2, -1, 0, 1, 2, "a"):
        yield f"glu, {dim}", attempt(F.glu, x, dim)
    yield "glu of a number", attempt(F.glu, torch.tensor(1.0))
    for shape, dim in (((2, 3), -1), ((2, 3), 0), ((4,), 0)):
        torch.manual_seed(0)
        yield f"drawn along {dim} of {shape}", F.gumbel_softmax(torch.zeros(shape), 2.0, True, dim=dim)
    yield "softmax of one dtype", leaf.softmax(0, torch.float64).grad_fn.name()


@scenario(cites="torch.nn.functional.linear", needs=(*NEEDS, "matmul"))
def dtypes_of_layers(torch):
    """A layer takes an input, a weight and a bias of one dtype, and says which of them has another."""
    F, ones = torch.nn.functional, torch.ones
    kinds = (torch.float32, torch.float64)
    for a in kinds:
        for b in kinds:
            for c in kinds:
                for shape in ((2, 3), (1, 2, 3)):
                    x, w, bias = ones(shape, dtype=a), ones(4, 3, dtype=b), ones(4, dtype=c)
                    yield f"{a}, {b}, {c}, {shape}", attempt(lambda: str(F.linear(x, w, bias).dtype))
                if a != b or b != c:
                    x, w, bias = ones(1, 3, 4, dtype=a), ones(3, 3, 2, dtype=b), ones(3, dtype=c)
                    if a == b:
                        yield f"{a}, {b}, {c}, convolved", attempt(lambda: str(F.conv1d(x, w, bias).dtype))
                    yield f"{a}, {b}, {c}, back", attempt(lambda: str(F.conv_transpose1d(x, w, bias).dtype))
    cube = numbers(torch, 2, 3, 2)
    for label, call in {
        "a vector, to a number": lambda: F.linear(ones(3), ones(3), torch.tensor(2.0)),
        "rows, to a number": lambda: F.linear(ones(2, 3), ones(3), torch.tensor(2.0)),
        "a cube, to a number": lambda: F.linear(cube, ones(2), torch.tensor(2.0)),
        "a cube, to one": lambda: F.linear(cube, ones(2), ones(1)),
        "a cube, by a row": lambda: F.linear(cube, ones(1, 2), torch.tensor(2.0)),
        "a turned cube": lambda: F.linear(cube.mT, ones(1, 3), ones(1)),
        "a row, and a number": lambda: F.linear(ones(2, 3), ones(1, 3), 2.0),
        "no space": lambda: F.conv1d(ones(1, 1, 3), ones(1)),
        "memory of no dimensions": lambda: F.batch_norm(ones(2, 1), torch.tensor(0.0), ones(1)),
        "pairs, fewer": lambda: F.bilinear(ones(2, 3), ones(3), ones(1, 3, 3)),
        "pairs, more": lambda: F.bilinear(ones(3), ones(2, 3), ones(1, 3, 3)),
        "pairs, and a number": lambda: F.bilinear(ones(2), ones(3), ones(1, 2, 3), torch.tensor(1.0)),
    }.items():
        yield label, attempt(call)
    x, w = ones(1, 2, 4, dtype=torch.int64), ones(2, 2, 2, dtype=torch.int64)
    for dilation in (1, 2):
        yield f"whole numbers, {dilation} apart", attempt(F.conv1d, x, w, dilation=dilation)
        yield f"whole numbers, {dilation} apart, 2", attempt(F.conv2d, x[..., None], w[..., None], dilation=dilation)
    for kind in (torch.int64, torch.bool, torch.float16):
        target = torch.tensor([[1, -1, 1]]).to(kind)
        y = numbers(torch, 1, 3)
        yield f"{kind}, soft margin", attempt(lambda: slopes(torch, lambda y: F.soft_margin_loss(y, target), y))
        yield f"{kind}, margins", attempt(F.multi_margin_loss, y, target[0, :1])
        yield f"{kind}, margins of labels", attempt(F.multilabel_margin_loss, y, target)
        yield f"{kind}, classes", attempt(F.nll_loss, y, target[:, 0])
        yield f"{kind}, classes of places", attempt(F.nll_loss, y[..., None], target[:, :1])
        for weight in (None, ones(3).double()):
            logits = y.double() if weight is None else y
            for more in ({"weight": weight}, {"pos_weight": weight}):
                yield (
                    f"{kind}, {[*more]}, {weight is None}",
                    attempt(lambda: F.binary_cross_entropy_with_logits(logits, target.abs(), **more)),
                )
    y = numbers(torch, 1, 3)
    image = y.reshape(1, 3, 1, 1).requires_grad_()
    yield "classes of an image", F.nll_loss(image, torch.tensor([[[1]]]))
    yield "classes of a line", F.nll_loss(image[..., 0], torch.tensor([[1]]))
    for size in ((1, 1, 1, 2), (1, 1, 2, 1), (1, 1, 2, 2)):
        yield f"a grid of halves, {size}", attempt(F.affine_grid, ones(1, 2, 3).half(), size, False)
    yield "bytes of places", attempt(F.nll_loss, y[..., None], ones(1, 1, dtype=torch.uint8))
    yield "bytes", attempt(F.nll_loss, y, ones(1, dtype=torch.uint8))
    yield "a number", attempt(F.cross_entropy, y[0, 0], y)
    for key in ("weight", "pos_weight"):
        more = {key: ones(3)}
        yield (
            f"doubles, {key}",
            attempt(lambda: str(F.binary_cross_entropy_with_logits(y, y.double().abs(), **more).dtype)),
        )
    yield "a row of places", attempt(F.linear_cross_entropy, y, ones(2, 4, 3), torch.tensor([[1, 0, 1, 1]]))
    for kind in (torch.float64, torch.float16):
        for label, one in {"constant": y.to(kind), "leaf": y.to(kind).requires_grad_()}.items():
            yield (
                f"logits of {kind}, {label}",
                attempt(lambda: str(F.binary_cross_entropy_with_logits(one, y.abs()).dtype)),
            )
        yield f"soft margin of {kind}", attempt(lambda: str(F.soft_margin_loss(y, y.sign().to(kind)).dtype))
        yield f"margins of {kind}", attempt(F.multi_margin_loss, y, torch.tensor([1], dtype=kind))


@scenario(cites="torch.nn.functional.unfold", needs=NEEDS)
def kinds_of_sizes(torch):
    """The sizes of blocks and windows are whole numbers, as many as there are dimensions, and great enough."""
    F, image = torch.nn.functional, torch.ones(1, 1, 3, 4)
    columns = F.unfold(image, 2)
    for value in (2.5, True, (2, 2, 2), (2, 2.5), 0, (1, 0), -1):
        settings = {"kernel_size": 2, "dilation": 1, "padding": 0, "stride": 1}
        for key in settings if value not in (2.5, (2, 2, 2)) else ("dilation", "stride"):
            yield f"{key}, {value}", attempt(lambda: F.unfold(image, **settings | {key: value}).shape)
    for value in ("a", (2,), (2, 2.5)):
        for key in settings:
            yield f"{key}, {value}, back", attempt(lambda: F.fold(columns, (3, 4), **settings | {key: value}))
        yield f"output, {value}", attempt(lambda: F.fold(columns, value, 2))
    for kernel in ((1, 1, 0, 2), (1, 1, 2, 0), (1, 1, 1, 2, 0), (1, 1, 0, 2, 1)):
        x = torch.ones(1, 1, *[3] * (len(kernel) - 2))
        yield f"kernel {kernel}", attempt(getattr(F, f"conv{len(kernel) - 2}d"), x, torch.ones(kernel))
    for dims in (1, 2, 3):
        x, w = torch.ones([1, 1] + [3] * dims), torch.ones([1, 1] + [2] * dims)
        yield f"{dims}, -1 apart", attempt(getattr(F, f"conv{dims}d"), x, w, dilation=-1)
        for kernel in ((2,) * (dims - 1), (2,) * (dims + 1)) if dims > 1 else ():
            yield f"norm of {dims}, {kernel}", attempt(lambda: getattr(F, f"lp_pool{dims}d")(x, 2.0, kernel).shape)
        for size in ((2,) * (dims + 1), (2,) * (dims + 2), (2,) * (dims + 3)):
            yield f"to {size} of {dims}", attempt(getattr(F, f"adaptive_avg_pool{dims}d"), x[0], size)
    for kind in ("avg", "max"):
        pool = getattr(F, f"adaptive_{kind}_pool2d")
        for shape in ((2, 0, 3, 3), (0, 2, 3, 3), (2, 3, 3)):
            for size in ((2, 2), (2, 0)):
                leaf = torch.ones(shape, requires_grad=True)
                yield f"{kind} of {shape} to {size}, back", attempt(lambda: pool(leaf, size).sum().backward())
    row, inf = numbers(torch, 1, 2, 5), float("inf")
    yield "about twice", F.interpolate(row[..., :2], scale_factor=2.4)[0]
    for factor in (1.2, 2.4):
        enlarged = slopes(torch, lambda x: F.interpolate(x, scale_factor=(factor, 1.6)), row[None, ..., :2])
        yield f"enlarged by {factor}", enlarged
    for norm in (inf, -inf, 2.0):
        yield f"norm {norm}", F.lp_pool1d(row, norm, 2)[0]
    for size in (1, 2, 5, 6, 9):
        undone = attempt(
            lambda: F.max_unpool1d(row[..., :2], torch.tensor([[[0, 1]] * 2]), 2, output_size=(size,)).shape
        )
        yield f"maxima back in {size}", undone
    yield "versions", [F.max_pool1d(each, 2)._version for each in (row, row[0], row.clone().requires_grad_())]
    for widths in ((1, 1), (3, -1), (0, 0), (-3, 2)):
        around = F.pad(row, widths, mode="circular")
        yield f"padded by {widths}", (around[0, 0], around._version)
    for value in (0, -1.0, float("nan")):
        yield f"padded with {value}", attempt(lambda: F.pad(row[0], (1, 1), "reflect", value)[0])


@scenario(cites="torch.nn.functional.embedding_bag", needs=NEEDS)
def rows_that_are_not_there(torch):
    """Indices name rows that are there, and classes are less than their number, which is at least one."""
    F, i, table = torch.nn.functional, torch.tensor, torch.arange(8.0).reshape(4, 2)
    empty = torch.zeros(0, dtype=torch.int64)
    for mode in ("sum", "mean", "max", "min"):
        for rows in ([[0, 4]], [[-1, 0]]):
            yield f"{mode} of {rows}", attempt(F.embedding_bag, i(rows), table, mode=mode)
        yield f"{mode} of nothing", attempt(F.embedding_bag, empty, table, i([0, 0]), mode=mode)
        yield (
            f"{mode}, a bag empty",
            attempt(
                lambda: slopes(torch, lambda w: F.embedding_bag(i([1, 2, 2]), w, i([0, 0, 2, 3]), mode=mode), table)
            ),
        )
    for count in (-2, -1, 0, 1, 2, 3):
        yield f"{count} classes", attempt(F.one_hot, i([0, 2]), count)
        yield f"{count} classes, negative", attempt(F.one_hot, i([0, -1]), count)
        yield f"{count} classes of nothing", attempt(F.one_hot, empty, count)
    yield "shortened", F.embedding(i([0, 3]), table.clone(), max_norm=5.0)
    yield "versions", [F.one_hot(each, 3)._version for each in (empty, i([0, 2]))]
    for rows in (empty, i([0])):
        yield f"of no rows, {list(rows.shape)}", attempt(F.embedding, rows, table[:0])
    for rows, padding in (([4], None), ([-1], None), ([3], -5), ([3], -4), ([3], 3), ([3], 4)):
        yield f"row {rows}, {padding}", attempt(F.embedding, i(rows), table, padding)


@scenario(cites="torch.nn.functional.conv1d", needs=(*NEEDS, "matmul"))
def layers_of_hundreds(torch):
    """Sizes of layers are compared by their value, also where they are large: 300 fits 300, and nothing else."""
    F, n = torch.nn.functional, 300
    v = torch.arange(n, dtype=torch.float32)
    m = v[None]
    for label, call in {
        "conv1d": lambda: F.conv1d(m[..., None], m[..., None]).sum(),
        "conv1d, bias": lambda: F.conv1d(torch.ones(1, 1, 1), torch.ones(n, 1, 1), v).sum(),
        "conv1d, same": lambda: F.conv1d(torch.ones(1, 1, 5), torch.ones(1, 1, 2 * n + 1), padding="same").sum(),
        "conv_transpose1d": lambda: F.conv_transpose1d(m[..., None], torch.ones(n, 1, 1)).sum(),
        "linear": lambda: F.linear(m, m, v[:1]).sum(),
        "bilinear": lambda: F.bilinear(m.T, m.T, torch.ones(1, 1, 1)).sum(),
        "layer_norm": lambda: F.layer_norm(m, (n,), v, v).sum().round(),
        "group_norm": lambda: F.group_norm(m, 1, v, v).shape,
        "batch_norm": lambda: F.batch_norm(m, v, v + 1, v, v).sum(),
        "instance_norm": lambda: F.instance_norm(m[..., None].expand(1, n, 2), v.clone(), v + 1, v, v).shape,
        "nll_loss": lambda: F.nll_loss(m, torch.tensor([n - 1]), v),
        "nll_loss of hundreds": lambda: F.nll_loss(v[:, None], torch.zeros(n, dtype=torch.int64)),
        "nll_loss of rows": lambda: F.nll_loss(v[:, None], torch.zeros(n - 1, dtype=torch.int64)),
        "multi_margin_loss": lambda: F.multi_margin_loss(m, torch.tensor([n - 1]), weight=v),
        "multi_margin_loss of rows": lambda: F.multi_margin_loss(m.T, torch.zeros(n, dtype=torch.int64)),
        "grid_sample": lambda: F.grid_sample(torch.ones(n, 1, 1, 1), torch.zeros(n, 1, 1, 2), align_corners=True).sum(),
        "affine_grid": lambda: F.affine_grid(torch.ones(n, 2, 3), (n, 1, 1, 1), False).sum(),
        "interpolate": lambda: F.interpolate(m[None], n).sum(),
        "linear interpolation": lambda: F.interpolate(m[None], scale_factor=1.001, mode="linear").sum(),
        "max_unpool1d": lambda: F.max_unpool1d(m[None], torch.arange(n)[None, None], 1).sum(),
        "fold": lambda: F.fold(m[None], (1, n), 1).sum(),
        "embedding_bag": lambda: F.embedding_bag(
            torch.zeros(1, n, dtype=torch.int64), torch.ones(1, 1), per_sample_weights=m, mode="sum"
        ),
        "cosine_embedding_loss": lambda: F.cosine_embedding_loss(m.T, m.T, torch.ones(n)),
    }.items():
        yield label, attempt(call)


@scenario(cites="torch.nn.Module.named_buffers", needs=NEEDS)
def parts_that_are_shared(torch):
    """What two modules share is named once unless all names are asked for, and is cast wherever it stands."""
    nn = torch.nn

    class Holder(nn.Module):
        def __init__(self, shared):
            super().__init__()
            self.register_buffer("first", shared)
            self.register_buffer("second", shared)
            self.register_buffer("none", None)

        def forward(self, x):
            return x + self.first

    shared = torch.ones(2)
    both = nn.Sequential(Holder(shared), Holder(shared))
    yield "once", [name for name, _ in both.named_buffers()]
    yield "all names", [name for name, _ in both.named_buffers(remove_duplicate=False)]
    yield "by place", [name for name, _ in both.named_buffers("at", False, False)]
    yield "of one, below a prefix", [name for name, _ in both[0].named_buffers("at", True, False)]
    yield (
        "parameters",
        [name for name, _ in nn.Sequential(*[nn.Linear(1, 1)] * 2).named_parameters(remove_duplicate=False)],
    )
    both.double()
    yield "cast", [str(b.dtype) for _, b in both.named_buffers(remove_duplicate=False)]
    yield "nothing in a row", (len(nn.Sequential()), nn.Sequential()(shared))
    layers = nn.ModuleList([nn.ReLU(), nn.ReLU(), nn.Tanh(), nn.ReLU(), nn.ReLU(), nn.ReLU()])
    yield "counted", repr(layers)
    yield "nothing", repr(nn.ModuleList())
    one = nn.Linear(1, 1)
    state = dict(one.state_dict())
    for label, given in {
        "all": state,
        "missing": {"weight": state["weight"]},
        "less": state | {"weight": torch.ones(0, 1)},
        "unexpected": state | {"more": state["bias"]},
        "below what is not": state | {"weight.more": state["bias"]},
    }.items():
        yield f"loaded, {label}", attempt(lambda: repr(one.load_state_dict(given, strict=False)))
        yield f"loaded strictly, {label}", attempt(lambda: repr(one.load_state_dict(given)))
    yield "norm of parameters", nn.utils.get_total_norm([torch.nn.Parameter(torch.tensor([3.0, 4.0]))])
    for fill in (nn.init.uniform_, nn.init.normal_, nn.init.xavier_uniform_, nn.init.kaiming_normal_):
        torch.manual_seed(0)
        yield fill.__name__, fill(torch.ones(2, 1))
