"""Layers: normalisations, linear maps, rows of tables and dropout, of uneven sizes, and which sizes they refuse."""

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


@scenario(cites="torch.nn.functional.layer_norm", needs=NEEDS)
def uneven_normalisations(torch):
    """Normalisations go by the dimensions that they are of, weigh each channel by itself, and remember by their momentum."""
    F = torch.nn.functional
    for shape, momentum, eps in (((5, 3), 0.1, 1e-5), ((4, 3, 2), 0.7, 0.25), ((2, 3, 2, 4), 0.1, 0.25)):
        x, weight, bias = numbers(torch, *shape), numbers(torch, 3, step=5), numbers(torch, 3, step=4)
        mean, var = numbers(torch, 3), numbers(torch, 3, step=3).abs() + 0.5
        settings = {"momentum": momentum, "eps": eps}
        yield (
            f"batch {shape}, {settings}",
            shown(torch, lambda x, w, b: F.batch_norm(x, mean, var, w, b, True, **settings), x, weight, bias),
        )
        yield f"batch {shape}, remembered", (mean.clone(), var.clone())
        yield (
            f"batch {shape}, by memory",
            shown(torch, lambda x, w, b: F.batch_norm(x, mean, var, w, b, **settings), x, weight, bias),
        )
        if len(shape) > 2:
            yield (
                f"instance {shape}, {settings}",
                shown(torch, lambda x, w, b: F.instance_norm(x, mean, var, w, b, True, **settings), x, weight, bias),
            )
            yield f"instance {shape}, remembered", (mean, var)
            yield (
                f"instance {shape}, by memory",
                shown(torch, lambda x, w: F.instance_norm(x, mean, var, w, None, False, **settings), x, weight),
            )
    x = numbers(torch, 2, 3, 2, 1, 3)
    yield "batch of volumes, nothing given", shown(torch, lambda x: F.batch_norm(x, None, None, training=True), x)
    yield "instances of volumes", shown(torch, lambda x: F.instance_norm(x), x)
    for shape, d in (((5, 3), 2), ((4, 3, 2), 2), ((2, 3, 2, 2), 3), ((2, 3, 2, 1, 3), 1)):
        x, of = numbers(torch, *shape), shape[-d:]
        scale, shift = numbers(torch, *of, step=5), numbers(torch, *of, step=4)
        yield f"layer {shape}, {of}", shown(torch, lambda x, w, b: F.layer_norm(x, of, w, b, 0.25), x, scale, shift)
        yield f"root {shape}, {of}", shown(torch, lambda x, w: F.rms_norm(x, of, w, 0.25), x, scale)
    yield f"layer {of}, plain", shown(torch, lambda x: F.layer_norm(x, list(of)), x)
    yield f"root {of}, plain", shown(torch, lambda x: F.rms_norm(x, of), x)
    yield f"layer {of}, shifted", shown(torch, lambda x, b: F.layer_norm(x, of, None, b), x, shift)
    for shape, groups in (((4, 6), 3), ((2, 6, 3), 2), ((2, 6, 2, 2), 6)):
        x, weight, bias = numbers(torch, *shape), numbers(torch, 6, step=5), numbers(torch, 6, step=4)
        yield (
            f"group {shape}, {groups}",
            shown(torch, lambda x, w, b: F.group_norm(x, groups, w, b, 0.25), x, weight, bias),
        )
        yield f"group {shape}, plain", shown(torch, lambda x: F.group_norm(x, groups // 2), x)
    for shape, size in (((2, 5, 3), 1), ((1, 4, 2, 3), 2), ((5, 1, 2), 3), ((1, 4, 2, 3), 7)):
        x = numbers(torch, *shape)
        yield f"response {shape}, {size}", shown(torch, lambda x: F.local_response_norm(x, size, 0.3, 0.6, 1.5), x)


@scenario(cites="torch.nn.functional.layer_norm", needs=NEEDS)
def sizes_that_no_normalisation_takes(torch):
    """Normalisations say which shapes, weights and statistics do not go with their input."""
    F, one = torch.nn.functional, torch.ones
    x, y, mean, var = one(2, 3, 4), one(4, 6, 2), torch.zeros(3), one(3)
    for name in ("layer_norm", "rms_norm"):
        for label, given in {
            "nothing": (x, ()),
            "nothing of a number": (one(()), ()),
            "of a batch": (one(0, 4), (4,)),
            "of no size": (one(2, 0), (0,)),
            "a size": (x, (3,)) if name == "layer_norm" else (x, ()),
            "two sizes": (x, (3, 4)),
            "weights": (x, (4,), one(3)),
            "more weights": (x, (3, 4), one(4)),
            "weights in a row": (x, (4,), one(1, 4)),
            "a number": (x, (4,), 2.0),
        }.items():
            yield f"{name}: {label}", attempt(getattr(F, name), *given)
    for label, given in {
        "too many sizes": (x, (1, 2, 3, 4)),
        "other sizes": (x, (2, 4)),
        "biases": (x, (4,), None, one(3)),
        "biases in columns": (x, (4,), one(4), one(4, 1)),
        "a number": (x, (4,), None, 1.0),
    }.items():
        yield f"layer: {label}", attempt(F.layer_norm, *given)
    for label, given in {
        "negative": (y, -2),
        "not dividing": (y, 4),
        "more than channels": (y, 7),
        "a vector": (one(6), 2),
        "a number": (one(()), 1),
        "weights": (y, 2, one(5)),
        "weights in columns": (y, 2, one(6, 1)),
        "one value": (one(1, 6), 6),
        "one place": (one(1, 6, 1), 6),
        "one channel": (one(1, 1, 1), 1),
        "two rows": (one(2, 6), 6),
        "two channels": (one(1, 6), 3),
        "two places": (one(1, 2, 2), 2),
        "no batch": (one(0, 6, 2), 2),
        "no space": (one(2, 6, 0), 2),
        "a number for weights": (y, 2, 1.0),
        "biases": (y, 2, None, one(5)),
    }.items():
        found = attempt(F.group_norm, *given)
        yield f"group: {label}", type(found.error).__name__ if label == "biases" else found
    for label, given in {
        "a vector": (one(3), mean, var),
        "means": (x, one(4), var),
        "variances": (x, mean, one(2)),
        "weights": (x, mean, var, one(4)),
        "biases": (x, mean, var, None, one(4)),
        "weights in columns": (x, mean, var, one(3, 1)),
        "no memory": (x, None, None),
        "means in columns": (x, one(3, 1), one(3, 1)),
        "no variances": (x, mean, None),
        "no means": (x, None, var),
        "means alone": (x, mean, None, None, None, True),
        "variances alone": (x, None, var, None, None, True),
        "one value": (one(1, 3), None, None, None, None, True),
        "one place": (one(1, 3, 1), mean, var, None, None, True),
        "one channel": (one(1, 1, 1, 1), None, None, None, None, True),
        "one value, by memory": (one(1, 3), mean, var),
        "two values": (one(2, 3), None, None, None, None, True),
        "two places": (one(1, 3, 2), None, None, None, None, True),
        "learned means": (x, one(3, requires_grad=True), var),
        "learned variances": (x, mean, one(3, requires_grad=True), None, None, True),
        "no batch": (one(0, 3, 4), mean, var),
        "no elements": (one(0), None, None, None, None, True),
    }.items():
        if label != "a vector":
            yield f"batch: {label}", attempt(F.batch_norm, *given)
    for label, given in {
        "a vector": (one(3),),
        "a matrix": (one(2, 3),),
        "one place": (one(2, 3, 1),),
        "one place of two": (one(2, 3, 1, 1),),
        "one place, by memory": (one(2, 3, 1), mean, var, None, None, False),
        "no memory": (x, None, None, None, None, False),
        "no variances": (x, mean, None, None, None, False),
        "means alone": (x, mean, None),
        "variances alone": (x, None, var),
        "weights": (x, None, None, one(4)),
        "means": (x, one(4), var),
        "variances": (x, mean, one(2)),
        "biases": (x, None, None, None, one(2)),
        "no batch": (one(0, 3, 4),),
        "no space": (one(2, 3, 0),),
    }.items():
        yield f"instance: {label}", attempt(F.instance_norm, *given)
    for label, given in {
        "a matrix": (one(2, 3), 2),
        "a vector": (one(3), 2),
        "one": (x, 1),
        "more than channels": (x, 9),
        "no batch": (one(0, 3, 4), 2),
        "no space": (one(2, 3, 0), 2),
        "no channels": (one(2, 0, 4), 2),
        "volumes": (one(2, 3, 4, 2, 2), 2),
        "six dimensions": (one(1, 2, 1, 1, 1, 1), 2),
    }.items():
        yield f"response: {label}", attempt(F.local_response_norm, *given)


@scenario(cites="torch.nn.functional.linear", needs=(*NEEDS, "matmul"))
def uneven_linear_maps(torch):
    """Linear and bilinear maps are of the last dimension, whatever stands before it, and say which sizes do not fit."""
    F, one = torch.nn.functional, torch.ones
    weight, bias, cube = numbers(torch, 4, 3), numbers(torch, 4, step=5), numbers(torch, 5, 3, 2)
    for lead in ((), (0,), (2, 1, 3)):
        x, y = numbers(torch, *lead, 3), numbers(torch, *lead, 2, step=5)
        yield f"linear of {lead}, shifted", shown(torch, lambda *given: F.linear(*given), x, weight, bias)
        yield f"linear of {lead}, to a number", shown(torch, lambda x, w: F.linear(x, w), x, weight[0])
        yield f"linear of {lead}, all shifted alike", F.linear(x, weight, bias[:1])
        yield (
            f"bilinear of {lead}, shifted",
            shown(torch, lambda *given: F.bilinear(*given), x, y, cube, numbers(torch, 5)),
        )
    yield "linear", shown(torch, lambda x, w: F.linear(x, w), x, weight)
    yield "linear of a row", F.linear(x[0, 0, 0], weight)
    yield "linear of rows, to a number", F.linear(x[0], weight[0])
    yield "linear, turned round", F.linear(x.transpose(0, -1).contiguous().transpose(0, -1), weight, bias)
    yield "bilinear", shown(torch, lambda *given: F.bilinear(*given), x, y, cube)
    x = one(2, 3)
    for label, given in {
        "another width": (x, one(4, 2)),
        "vectors": (x, one(3), one(2)),
        "a vector and a number": (x, one(3), one(())),
        "a number": (one(()), one(3)),
        "to a number alone": (one(3), one(())),
        "three dimensions": (x, one(2, 4, 3)),
        "four dimensions": (x, one(1, 2, 4, 3)),
        "biases": (x, one(4, 3), one(3)),
        "biases of rows": (x, one(4, 3), one(2, 4)),
        "biases of three": (one(5, 2, 3), one(4, 3), one(3)),
        "three dimensions, shifted": (x, one(2, 4, 3), one(4)),
        "no rows": (one(0, 3), one(4, 3), one(4)),
        "no columns": (one(2, 0), one(4, 0), one(4)),
        "a dtype": (x, one(4, 3).double()),
    }.items():
        yield f"linear: {label}", attempt(F.linear, *given)
    y, w = one(2, 4), one(5, 3, 4)
    for label, given in {
        "rows": (x, one(3, 4), w),
        "dimensions": (x, one(1, 2, 4), w),
        "first width": (one(2, 2), y, w),
        "second width": (x, one(2, 5), w),
        "biases": (x, y, w, one(4)),
        "rows of rows": (one(6, 2, 3), one(6, 3, 4), w),
        "dtypes": (x, y.double(), w),
    }.items():
        yield f"bilinear: {label}", attempt(F.bilinear, *given)
    for name, given in {
        "cosine_similarity": (numbers(torch, 2, 3, 4), numbers(torch, 3, 1, step=5)),
        "pairwise_distance": (x, y[:, :3]),
    }.items():
        yield f"{name}, broadcast", shown(torch, lambda a, b: getattr(F, name)(a, b), *given)
    for dim in (-3, 1, 2):
        yield (
            f"angles along {dim}",
            attempt(F.cosine_similarity, numbers(torch, 2, 3), numbers(torch, 2, 3, step=5), dim),
        )
        yield f"unit length along {dim}", attempt(F.normalize, numbers(torch, 2, 3), 3.0, dim, 0.5)
    for eps in (1e-8, 20.0):
        yield (
            f"angles of at least {eps}",
            shown(
                torch,
                lambda a, b: F.cosine_similarity(a, b, 0, eps),
                numbers(torch, 3, 2),
                numbers(torch, 3, 2, step=5),
            ),
        )
        yield f"length of at least {eps}", shown(torch, lambda a: F.normalize(a, 1.5, 0, eps), numbers(torch, 3, 2))
    for a, b in ((x.long(), x), (x, x.long()), (x.long(), x.long()), (x > 0, x > 0), (x, one(4, 3))):
        yield f"angles of {a.dtype}, {b.dtype}, {list(b.shape)}", attempt(F.cosine_similarity, a, b)
    for shape in ((3,), (2, 3, 1), (1, 3), (0, 3), (3, 0), (4, 3)):
        yield f"distances of {shape}", attempt(F.pdist, numbers(torch, *shape))
    for p in (0.0, 0.5, float("inf"), -1.0):
        yield f"distances by {p}", attempt(F.pdist, numbers(torch, 3, 2), p)
    for given in ((2.0, 0.5, True), (1.0, 0.25), (float("inf"),), (0.5, 0.1, True)):
        yield (
            f"distances {given}",
            shown(
                torch, lambda a, b: F.pairwise_distance(a, b, *given), numbers(torch, 2, 3), numbers(torch, 3, step=5)
            ),
        )


@scenario(cites="torch.nn.functional.dropout", needs=(*NEEDS, "random"))
def what_dropout_drops(torch):
    """Dropout drops elements, or whole channels of images, as often as it is said, and nothing after training."""
    F = torch.nn.functional
    for name in ("dropout", "dropout1d", "dropout2d", "dropout3d", "alpha_dropout", "feature_alpha_dropout"):
        drop = getattr(F, name)
        for p, shape in (
            (0.3, (3, 4)),
            (0.8, (2, 3, 4)),
            (0.3, (2, 3, 2, 2)),
            (0.8, (2, 2, 2, 1, 2)),
            (0.5, (4,)),
            (0.5, ()),
            (1.0, (3, 4)),  # last: nothing is drawn for it, and what is drawn next shows that
        ):
            torch.manual_seed(len(shape))
            yield f"{name} of {shape}, {p}", attempt(drop, numbers(torch, *shape), p, True)
        for p in (-0.1, 1.1):
            yield f"{name}, {p}", attempt(drop, torch.ones(2, 2, 2), p)
        x = torch.ones(2, 3, 2)
        yield f"{name}, nothing", drop(x[:0], 0.5, True)
        yield f"{name} after training", drop(x, 0.5, False)
        changed = drop(x, 0.5, True, True)
        yield f"{name} in place", (changed is x, x)
        yield f"{name} in place, of a leaf", attempt(drop, torch.ones(2, 3, 2, requires_grad=True), 0.5, True, True)
        x = numbers(torch, 2, 3, 2)
        torch.manual_seed(1)
        yield f"{name}, gradient", shown(torch, lambda x: drop(x, 0.4, True), x)


@scenario(cites="torch.nn.functional.embedding_bag", needs=NEEDS)
def bags_of_uneven_sizes(torch):
    """Bags of rows begin at their offsets, leave out what pads them, weigh their rows, and say what they cannot be made of."""
    F = torch.nn.functional
    table, flat = numbers(torch, 5, 3), torch.tensor([4, 0, 2, 2, 1, 3, 4])
    rows = flat[:6].reshape(2, 3)
    for mode in ("sum", "mean", "max"):
        for offsets, padding, last in (
            ([0, 0, 2, 7], None, False),
            ([0, 1, 4, 4, 6], -1, False),
            ([0, 2, 4, 4, 7], 2, True),
        ):
            settings = {"mode": mode, "padding_idx": padding, "include_last_offset": last}
            starts = torch.tensor([*offsets[:-1], 7] if last else offsets)
            yield f"{offsets}, {settings}", shown(torch, lambda t: F.embedding_bag(flat, t, starts, **settings), table)
        yield f"{mode} of rows", shown(torch, lambda t: F.embedding_bag(rows, t, mode=mode), table)
        yield f"{mode} of nothing", F.embedding_bag(flat[:0], table, torch.tensor([0, 0]), mode=mode)
    for offsets in (None, [0, 2, 2, 5]):
        given = rows if offsets is None else flat[:6]
        starts = None if offsets is None else torch.tensor(offsets)
        weights = numbers(torch, *given.shape, step=5)
        settings = {"mode": "sum", "per_sample_weights": weights}
        yield (
            f"weighted, {offsets}",
            shown(
                torch, lambda t, w: F.embedding_bag(given, t, starts, mode="sum", per_sample_weights=w), table, weights
            ),
        )
    shortened = table.clone()
    yield "shortened", (F.embedding_bag(rows, shortened, None, 2.5, 1.0), shortened)
    for norm, power in ((1.0, 2.0), (4.0, float("inf"))):
        shortened = table.clone()
        yield f"one by one, {norm} by {power}", (F.embedding(rows, shortened, None, norm, power), shortened)
    for padding in (None, 0, 4, -5, 5, -6):
        yield (
            f"rows, {padding}",
            attempt(lambda: shown(torch, lambda t: F.embedding(rows, t, padding, None, 2.0, padding == 4), table)),
        )
    starts = torch.tensor([0, 2])
    for label, (args, settings) in {
        "a number": ((flat[0], table), {}),
        "three dimensions": ((rows[None], table), {}),
        "rows and offsets": ((rows, table, starts), {}),
        "no offsets": ((flat, table), {}),
        "offsets in rows": ((flat, table, starts[None]), {}),
        "a first offset": ((flat, table, starts + 1), {}),
        "a last offset": ((flat, table, starts * 4), {}),
        "just the last offset": ((flat, table, torch.tensor([0, 7])), {}),
        "a mode": ((rows, table), {"mode": "min"}),
        "weights of another shape": ((rows, table), {"per_sample_weights": table}),
        "weights of a mean": ((rows, table), {"per_sample_weights": numbers(torch, 2, 3)}),
    }.items():
        found = attempt(F.embedding_bag, *args, **settings)
        yield label, type(found.error).__name__ if label == "a first offset" else found
    for label, given in {
        "behind": (flat + 1, table),
        "before": (flat - 1, table),
        "floats": (flat.double(), table),
        "small": (flat.int(), table),
        "smaller": (flat.short(), table),
        "a vector": (flat, table[0]),
        "a cube": (flat, table[None]),
        "a number": (flat[0], table),
    }.items():
        found = attempt(F.embedding, *given)
        yield f"row {label}", type(found.error).__name__ if label in ("a vector", "a cube") else found
    for given in (
        (flat,),
        (flat, 5),
        (flat, 6),
        (flat, 4),
        (flat - 1,),
        (flat - 1, 5),
        (flat.int(),),
        (flat[:0], 3),
        (flat[:0],),
        (rows, 5),
        (flat[0],),
    ):
        yield (
            f"classes {[getattr(each, 'shape', each) for each in given]}, {given[0].dtype}, {given[0].sum()}",
            attempt(F.one_hot, *given),
        )
