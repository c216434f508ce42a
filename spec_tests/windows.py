"""Windows: convolutions, pools and sliding blocks, with every setting that says where a window stands."""

from gradspec import attempt, scenario

NEEDS = ("tensor", "functions", "shapes", "dtypes", "autograd_grad", "higher_order")
SPACE = {1: (7,), 2: (4, 5), 3: (3, 3, 4)}


def numbers(torch, *shape, step=7):
    """A tensor whose elements are all different, of both signs, and lie on no line."""
    count = 1
    for n in shape:
        count *= n
    places = torch.arange(count, dtype=torch.float64)
    return (places * (step + 0.71875) % 11 - 4.765625).reshape(shape).requires_grad_()


def shown(torch, function, *inputs):
    """What a function makes of its inputs, and their gradients under an uneven gradient of the result."""
    y = function(*inputs)
    upstream = (((torch.arange(y.numel(), dtype=torch.float64) * 5) % 7) - 2.5).reshape(y.shape)
    return (y.detach(), *torch.autograd.grad(y, inputs, upstream, allow_unused=True))


def refused(function, *args, **options):
    """The error that a call raises."""
    return attempt(function, *args, **options)


@scenario(cites="torch.nn.functional.conv2d", needs=NEEDS)
def settings_of_convolutions(torch):
    """Stride, padding, dilation and groups of a convolution, alike or another for each dimension."""
    for dims in (1, 2, 3):
        convolve = getattr(torch.nn.functional, f"conv{dims}d")
        x, weight, bias = numbers(torch, 1, 2, *SPACE[dims]), numbers(torch, 2, 2, *[2] * dims), numbers(torch, 2)
        for label, settings in {"dilation 2": {"dilation": 2, "padding": 1}}.items():
            yield f"{dims}: {label}", shown(torch, lambda *given: convolve(*given, **settings), x, weight, bias)
        yield f"{dims}: valid", convolve(x, weight, bias, padding="valid").detach()
        yield f"{dims}: no batch", shown(torch, lambda x, weight, bias: convolve(x[0], weight, bias), x, weight, bias)


@scenario(cites="torch.nn.functional.conv1d: padding", needs=NEEDS)
def padding_to_the_same_size(torch):
    """With padding="same" the result has the input's size: what is odd is put behind, and there is no stride."""
    for dims in (1, 2, 3):
        convolve = getattr(torch.nn.functional, f"conv{dims}d")
        for size, dilation in ((2, 1), (4, 2)):
            x, weight = numbers(torch, 1, 1, *SPACE[dims]), numbers(torch, 2, 1, size, *[1, 3][: dims - 1])
            settings = {"padding": "same", "dilation": dilation}
            yield f"{dims}: {size}, {dilation}", shown(torch, lambda x, w: convolve(x, w, **settings), x, weight)
        yield f"{dims}: a stride", refused(convolve, x, weight, padding="same", stride=2)


@scenario(cites="torch.nn.functional.conv_transpose2d", needs=NEEDS)
def settings_of_transposed_convolutions(torch):
    """A transposed convolution takes the settings of the convolution it undoes, and what its stride left over."""
    for dims in (1, 2, 3):
        convolve = getattr(torch.nn.functional, f"conv_transpose{dims}d")
        x, weight, bias = (
            numbers(torch, 1, 4, *[3, 2, 2][:dims]),
            numbers(torch, 4, 2, *[3, 2, 2][:dims]),
            numbers(torch, 2),
        )
        for label, settings in {
            "stride 3 and a rest": {"stride": 3, "output_padding": 2, "padding": 1},
            "dilation 3 and a rest": {"dilation": 3, "output_padding": 2, "padding": 3},
        }.items():
            yield f"{dims}: {label}", shown(torch, lambda *given: convolve(*given, **settings), x, weight, bias)
        yield (
            f"{dims}: no batch, in groups",
            shown(torch, lambda x, weight: convolve(x[0], weight, groups=2), x, weight),
        )
        yield f"{dims}: a rest as large as the stride", refused(convolve, x, weight, stride=2, output_padding=2)
        yield f"{dims}: a negative rest", refused(convolve, x, weight, stride=2, output_padding=-1)
        yield f"{dims}: channels", refused(convolve, x[:, :3], weight)
        yield f"{dims}: a bias of another size", refused(convolve, x, weight, bias[:1])


@scenario(cites="torch.nn.functional.conv2d", needs=NEEDS)
def convolutions_that_cannot_be(torch):
    """The sizes of a convolution have to be positive, its channels and groups to fit, and its kernel to be no larger
    than the input."""
    for dims in (1, 2, 3):
        convolve = getattr(torch.nn.functional, f"conv{dims}d")
        x, weight, bias = numbers(torch, 1, 4, *SPACE[dims]), numbers(torch, 6, 2, *[2] * dims), numbers(torch, 6)
        for label, settings in {
            "no stride": {"stride": 0},
            "no dilation": {"dilation": 0},
            "negative padding": {"padding": -1},
            "no groups": {"groups": 0},
            "groups that do not divide": {"groups": 4},
            "other channels": {"groups": 1},
            "other channels, in groups": {"groups": 3},
            "unknown padding": {"groups": 2, "padding": "full"},
            "strides of other dimensions": {"groups": 2, "stride": [1] * (dims + 1)},
            "a kernel too large": {"groups": 2, "dilation": 9},
        }.items():
            yield f"{dims}: {label}", refused(convolve, x, weight, bias, **settings)
        yield f"{dims}: just fitting", convolve(x, weight, groups=2, dilation=SPACE[dims][0] - 1, padding=1).detach()
        yield f"{dims}: a bias of another size", refused(convolve, x, weight, bias[:5], groups=2)
        yield f"{dims}: an input of other dimensions", refused(convolve, x[0, 0], weight, groups=2)
        yield f"{dims}: a weight of other dimensions", refused(convolve, x, weight[0], groups=2)
        yield f"{dims}: another dtype", refused(convolve, x, weight.float(), groups=2)


@scenario(cites="torch.nn.functional.max_pool2d", needs=NEEDS)
def settings_of_pools(torch):
    """Kernel, stride, padding, dilation and ceil_mode of pools; of means, what is divided by."""
    F = torch.nn.functional
    for dims in (1, 2, 3):
        x = numbers(torch, 1, 2, *SPACE[dims])
        largest, mean = getattr(F, f"max_pool{dims}d"), getattr(F, f"avg_pool{dims}d")
        settings = {"kernel_size": 2, "stride": 2, "padding": 1, "ceil_mode": True}
        yield f"mean {dims}: up", shown(torch, lambda x: mean(x, **settings), x)
        found = largest(x, return_indices=True, **settings)
        yield f"places {dims}", (found[0].detach(), found[1])
        inside = {"kernel_size": 3, "stride": 2, "padding": 1, "count_include_pad": False}
        yield f"mean inside {dims}", shown(torch, lambda x: mean(x, **inside), x)
        yield f"{dims}: dilated", shown(torch, lambda x: largest(x, 2, 1, 1, dilation=2), x)
        yield f"{dims}: without a gradient", largest(x.detach(), 2)
        yield f"{dims}: without a gradient or a batch", largest(x.detach()[0], 2)
        if dims > 1:
            yield f"{dims}: divided by 3", shown(torch, lambda x: mean(x, 2, divisor_override=3), x)


@scenario(cites="torch.nn.functional.max_pool2d", needs=NEEDS)
def pools_that_cannot_be(torch):
    """Windows of a pool have a size and a stride, padding is at most half of them, and they have to fit."""
    F = torch.nn.functional
    for dims in (1, 2, 3):
        x = numbers(torch, 1, 1, *SPACE[dims])
        for kind in ("max", "avg"):
            pool = getattr(F, f"{kind}_pool{dims}d")
            for label, settings in {
                "no kernel": {"kernel_size": 0},
                "no stride": {"kernel_size": 2, "stride": 0},
                "negative padding": {"kernel_size": 2, "padding": -1},
                "padding of more than half": {"kernel_size": 2, "padding": 2},
                "sizes of other dimensions": {"kernel_size": [2] * (dims + 1)},
                "a kernel too large": {"kernel_size": 9},
            }.items():
                yield f"{kind}, {dims}: {label}", refused(pool, x, **settings)
            yield f"{kind}, {dims}: other dimensions", refused(pool, x[0, 0], 2)
        yield f"{dims}: no dilation", refused(getattr(F, f"max_pool{dims}d"), x, 2, dilation=0)
    for dims in (2, 3):
        x = numbers(torch, 1, 1, *SPACE[dims])
        yield f"{dims}: divided by nothing", refused(getattr(F, f"avg_pool{dims}d"), x, 2, divisor_override=0)


@scenario(cites="torch.nn.functional.adaptive_avg_pool2d", needs=NEEDS)
def pools_to_a_size(torch):
    """An adaptive pool has as many windows as are asked for, which overlap where they must; None keeps the size."""
    F = torch.nn.functional
    for dims in (1, 2, 3):
        x = numbers(torch, 1, 2, *SPACE[dims])
        sizes = [[*range(2, dims + 2)], [None, *[2] * (dims - 1)] if dims > 1 else 3]
        for kind in ("avg", "max"):
            pool = getattr(F, f"adaptive_{kind}_pool{dims}d")
            for size in sizes:
                yield f"{kind}, {dims}: {size}", shown(torch, lambda x: pool(x, size), x)
            yield f"{kind}, {dims}: no batch", shown(torch, lambda x: pool(x[0], 1), x)
            yield f"{kind}, {dims}: a negative size", refused(pool, x, -1)
            yield f"{kind}, {dims}: sizes of other dimensions", refused(pool, x, [1] * (dims + 1))
        found = getattr(F, f"adaptive_max_pool{dims}d")(x, 2, return_indices=True)
        yield f"{dims}: places", (found[0].detach(), found[1])


@scenario(cites="torch.nn.functional.max_unpool2d", needs=NEEDS)
def maxima_put_back(torch):
    """`max_unpool` puts maxima back where they were, in an image as large as the windows were or as is asked for."""
    F = torch.nn.functional
    for dims in (1, 2, 3):
        pool, undo = getattr(F, f"max_pool{dims}d"), getattr(F, f"max_unpool{dims}d")
        x = numbers(torch, 2, 1, *SPACE[dims])
        for kernel, stride, padding in ((2, None, 0), (2, 2, 1)):
            found, places = pool(x.detach(), kernel, stride, padding, return_indices=True)
            found.requires_grad_()
            settings = {"kernel_size": kernel, "stride": stride, "padding": padding, "output_size": x.shape}
            yield (
                f"{dims}: {kernel}, {stride}, {padding}",
                shown(torch, lambda found: undo(found, places, **settings), found),
            )
        found, places = pool(numbers(torch, 2, 1, *[4] * dims).detach(), 2, return_indices=True)
        yield f"{dims}: of the windows' own size", undo(found, places, 2)
        yield f"{dims}: places of another shape", refused(undo, found, places[:1], 2)
        for label, place in {
            "outside": 1000,
            "before": -1000,
        }.items():  # one for all: any thread may be the first to complain
            yield f"{dims}: places {label}", refused(undo, found, torch.full_like(places, place), 2)


@scenario(cites="torch.nn.functional.lp_pool2d", needs=NEEDS)
def norms_of_windows(torch):
    """`lp_pool` is the norm of each window, of any power."""
    F = torch.nn.functional
    for dims in (1, 2, 3):
        x = numbers(torch, 1, 2, *SPACE[dims]).detach().abs().requires_grad_()
        pool = getattr(F, f"lp_pool{dims}d")
        for power, kernel, stride in ((1, 2, None), (3, 3, 2), (1.5, 2, 1))[dims - 1 :]:
            yield f"{dims}: {power}, {kernel}, {stride}", shown(torch, lambda x: pool(x, power, kernel, stride), x)
        yield f"{dims}: up", shown(torch, lambda x: pool(x, 2, 2, 2, ceil_mode=True), x)


@scenario(cites="torch.nn.functional.unfold", needs=NEEDS)
def blocks_as_columns_and_back(torch):
    """`unfold` makes columns of blocks, and `fold` adds columns up to an image: each is the other's adjoint."""
    F = torch.nn.functional
    for label, settings in {
        "2": {"kernel_size": 2},
        "stride": {"kernel_size": 2, "stride": 2},
        "dilation": {"kernel_size": 2, "dilation": (2, 3)},
        "all at once": {"kernel_size": (2, 3), "stride": (2, 1), "padding": (1, 2), "dilation": (1, 2)},
    }.items():
        x = numbers(torch, 2, 2, 4, 5)
        yield f"unfold, {label}", shown(torch, lambda x: F.unfold(x, **settings), x)
        columns = numbers(torch, *F.unfold(x, **settings).shape, step=5)
        yield f"fold, {label}", shown(torch, lambda columns: F.fold(columns, (4, 5), **settings), columns)
    yield (
        "no batch",
        shown(
            torch,
            lambda c: F.fold(F.unfold(x[0], **settings) * c, (4, 5), **settings),
            columns[0].detach().requires_grad_(),
        ),
    )
    x = numbers(torch, 1, 1, 4, 4)
    for label, settings in {
        "no kernel": {"kernel_size": 0},
        "no stride": {"kernel_size": 2, "stride": 0},
        "no dilation": {"kernel_size": 2, "dilation": 0},
        "negative padding": {"kernel_size": 2, "padding": -1},
        "too large": {"kernel_size": 5},
    }.items():
        yield f"unfold: {label}", refused(F.unfold, x, **settings)
        yield f"fold: {label}", refused(F.fold, torch.zeros(1, 4, 9), (4, 4), **settings)
    yield "fold: rows that do not fit", refused(F.fold, torch.zeros(1, 5, 9), (4, 4), 2)
    yield "fold: columns that do not fit", refused(F.fold, torch.zeros(1, 4, 8), (4, 4), 2)
    yield "fold: four dimensions", refused(F.fold, torch.zeros(1, 1, 4, 9), (4, 4), 2)
    yield "unfold: two dimensions", refused(F.unfold, torch.zeros(4, 4), 2)


UNEVEN = {1: (11,), 2: (7, 6), 3: (5, 4, 6)}  # sizes of space, of kernels and all else no two of which are alike
KERNEL, STRIDE, PADDING, DILATION = (2, 3, 2), (3, 2, 1), (1, 0, 2), (1, 2, 3)


@scenario(cites="torch.nn.functional.conv2d", needs=NEEDS)
def uneven_convolutions(torch):
    """Each dimension of a convolution goes by its own kernel, stride, padding and dilation, in each of its groups."""
    F = torch.nn.functional
    for dims in (1, 2, 3):
        x, weight, bias = numbers(torch, 2, 4, *UNEVEN[dims]), numbers(torch, 2, 2, *KERNEL[:dims]), numbers(torch, 2)
        convolve, convolve_back = getattr(F, f"conv{dims}d"), getattr(F, f"conv_transpose{dims}d")
        given = numbers(torch, 2, 2, *(3, 2, 4)[:dims]), weight, numbers(torch, 4)
        for turn in range(dims):
            turned = [each[turn:dims] + each[:turn] for each in (STRIDE, PADDING, DILATION)]
            settings = dict(zip(("stride", "padding", "dilation"), turned, strict=True), groups=2)
            yield f"{dims}: {settings}", shown(torch, lambda *given: convolve(*given, **settings), x, weight, bias)
            settings["output_padding"] = [max(s, e) - 1 for s, e in zip(turned[0], turned[2], strict=True)]
            yield f"{dims}: back, {settings}", shown(torch, lambda *each: convolve_back(*each, **settings), *given)
        same = {"padding": "same", "dilation": DILATION[:dims][::-1], "groups": 2}
        yield f"{dims}: same", shown(torch, lambda *given: convolve(*given, **same), x, weight, bias)
        yield f"{dims}: same, no batch", convolve(x[1], weight, **same).detach()
        yield f"{dims}: single sizes in lists", convolve(x, weight, None, [2], [1], [1], 2).detach()
        yield f"{dims}: no elements in the batch", convolve(x[:0], weight, bias, groups=2).detach()
        yield f"{dims}: back, no elements", convolve_back(given[0][:0], weight).detach()


def one_wrong(value, least, dims):
    """Sizes of which the last alone is less than it may be."""
    return [value] * (dims - 1) + [least - 1]


@scenario(cites="torch.nn.functional.conv2d", needs=NEEDS)
def sizes_that_no_convolution_has(torch):
    """What is said of a convolution's arguments when one of them is wrong names it, with the sizes that do not fit."""
    F = torch.nn.functional
    for dims in (1, 3):
        convolve, back = getattr(F, f"conv{dims}d"), getattr(F, f"conv_transpose{dims}d")
        x, weight, bias = numbers(torch, 1, 4, *UNEVEN[dims]), numbers(torch, 6, 2, *KERNEL[:dims]), numbers(torch, 6)
        y = numbers(torch, 1, 6, *(3, 2, 4)[:dims])
        for function, input in ((convolve, x), (back, y)):
            name = f"{dims}, {'forth' if function is convolve else 'back'}"
            for label, settings in {
                "stride": {"stride": one_wrong(2, 1, dims)},
                "padding": {"padding": one_wrong(1, 0, dims)},
                "dilation": {"dilation": one_wrong(2, 1, dims)},
                "negative dilation": {"dilation": one_wrong(2, 0, dims)},
                "groups": {"groups": 0},
                "negative groups": {"groups": -2},
                "more groups than filters": {"groups": 7},
                "groups that do not divide": {"groups": 4},
                "strides": {"stride": [1] * (dims + 1)},
                "paddings": {"padding": [0] * (dims + 1)},
                "dilations": {"dilation": [1] * (dims + 1)},
                "no strides": {"stride": []},
            }.items():
                yield f"{name}: {label}", refused(function, input, weight, None, **{"groups": 2, **settings})
            yield (
                f"{name}: a stride of one and a half",
                type(attempt(function, input, weight, stride=1.5).error).__name__,
            )
            yield f"{name}: a vector", refused(function, x[0, 0].reshape(-1)[:3], weight, groups=2)
            yield f"{name}: too many dimensions", refused(function, input[None, None], weight, groups=2)
            yield f"{name}: a weight of fewer", refused(function, input, weight[0], groups=2)
            yield f"{name}: a weight of two", refused(function, input, weight.reshape(6, -1), groups=2)
            yield f"{name}: a weight of more", refused(function, input, weight[None], groups=2)
            yield f"{name}: channels", refused(function, input[:, 1:], weight, groups=2)
            yield f"{name}: channels, no batch", refused(function, input[0, 1:], weight, groups=2)
            yield f"{name}: more channels", refused(function, torch.cat([input, input], 1), weight, groups=2)
            for size in (3, 5, 7):
                yield f"{name}: a bias of {size}", refused(function, input, weight, torch.ones(size).double(), groups=2)
            yield f"{name}: a bias of two dimensions", refused(function, input, weight, bias[:, None], groups=2)
            yield f"{name}: another dtype", refused(function, input, weight.float(), groups=2)
        yield f"{dims}: a bias of another dtype", refused(convolve, x, weight, bias.float(), groups=2)
        last = [0] * (dims - 1)
        yield f"{dims}: output padding", refused(back, y, weight, stride=2, output_padding=[*last, 2])
        yield f"{dims}: output padding, dilated", refused(back, y, weight, dilation=3, output_padding=[*last, 3])
        yield f"{dims}: output padding, all", refused(back, y, weight, stride=STRIDE[:dims], output_padding=3)
        yield f"{dims}: output paddings", refused(back, y, weight, output_padding=[0] * (dims + 1))
        yield f"{dims}: negative output padding", refused(back, y, weight, output_padding=[*last, -1])
        yield f"{dims}: nothing is left", refused(back, y, weight, padding=(2, 2, 3)[:dims])
        yield f"{dims}: less than nothing", refused(back, y, weight, padding=[0] * (dims - 1) + [9])
        most = [n + 1 for n in UNEVEN[dims]]
        for more in (0, 1):
            wide = numbers(torch, 1, 4, *most[:-1], most[-1] + more)
            yield f"{dims}: a kernel of {more} too much", refused(convolve, x, wide, padding=[0] * (dims - 1) + [1])
        wide = [1] * (dims - 1) + [(UNEVEN[dims][-1] + 1) // (KERNEL[dims - 1] - 1)]
        yield f"{dims}: a kernel spread too far", refused(convolve, x, weight, groups=2, dilation=wide)
        yield f"{dims}: padding that is no word", refused(convolve, x, weight, groups=2, padding="full")
        yield (
            f"{dims}: same, with a stride",
            refused(convolve, x, weight, groups=2, padding="same", stride=one_wrong(1, 3, dims)),
        )
        yield f"{dims}: same, other channels", refused(convolve, x[:, :3], weight, groups=2, padding="same")


@scenario(cites="torch.nn.functional.fold", needs=NEEDS)
def sizes_that_no_block_has(torch):
    """`unfold` and `fold` say which of their sizes are wrong, and which numbers of blocks they come to."""
    F = torch.nn.functional
    x, columns, size = numbers(torch, 2, 3, 5, 7), numbers(torch, 2, 18, 20), (5, 7)
    for key, least in {"kernel_size": 1, "dilation": 1, "padding": 0, "stride": 1}.items():
        for wrong in ((least - 1, 2), (2, least - 1), (1, 1, 1), (1,), ()):
            settings = {"kernel_size": (2, 3), key: wrong}
            yield f"unfold: {key} {wrong}", refused(F.unfold, x, **settings)
            yield f"fold: {key} {wrong}", refused(F.fold, columns, size, **settings)
        yield f"unfold: {key} of a half", refused(F.unfold, x, **{"kernel_size": (2, 3), key: (1, 1.5)})
    for label, settings in {
        "too wide": {"kernel_size": (2, 8)},
        "too high": {"kernel_size": (6, 3)},
        "spread too far": {"kernel_size": (2, 3), "dilation": (5, 3), "padding": (0, 1)},
        "just so far": {"kernel_size": (2, 3), "dilation": (4, 3), "stride": (3, 2)},
    }.items():
        yield f"unfold: {label}", refused(lambda **given: F.unfold(x, **given).detach(), **settings)
    for label, input in {
        "a matrix": x[0, 0],
        "five dimensions": x[None],
        "no channels": x[:, :0],
        "no rows": x[:, :, :0],
        "no columns": x[..., :0],
        "nothing in the batch": x[:0],
    }.items():
        yield f"unfold: {label}", refused(lambda x: F.unfold(x, 2).detach(), input)
    for label, (input, wanted, settings) in {
        "one block less": (columns[..., 1:], size, {}),
        "one block less, strided": (columns[..., 1:], size, {"stride": (2, 1), "padding": (1, 2), "dilation": (2, 1)}),
        "rows": (columns[:, 1:], size, {}),
        "a vector": (columns[0, 0], size, {}),
        "four dimensions": (columns[None], size, {}),
        "no rows": (columns[:, :0], size, {}),
        "no blocks": (columns[..., :0], size, {}),
        "nothing in the batch": (columns[:0], size, {}),
        "three sizes": (columns, (5, 7, 1), {}),
        "one size": (columns, (5,), {}),
        "a size for both": (columns[..., :12], 5, {}),
        "a negative size": (columns, (5, -7), {}),
        "a size too small": (columns, (1, 7), {}),
    }.items():
        yield (
            f"fold: {label}",
            refused(lambda x, *given, **more: F.fold(x, *given, **more).detach(), input, wanted, (2, 3), **settings),
        )
