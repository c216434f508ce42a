"""Pools: windows of every size, where they stand, and which of them cannot be."""

from gradspec import attempt, scenario

NEEDS = ("tensor", "functions", "shapes", "dtypes", "autograd_grad", "higher_order")
UNEVEN = {1: (11,), 2: (7, 6), 3: (5, 4, 6)}  # sizes of space, of kernels and all else no two of which are alike
DILATION = (1, 2, 3)


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


@scenario(cites="torch.nn.functional.avg_pool2d", needs=NEEDS)
def uneven_pools(torch):
    """Each dimension of a pool goes by its own kernel, stride, padding and dilation, whether or not the last window fits."""
    F = torch.nn.functional
    for dims in (1, 2, 3):
        x = numbers(torch, 1, 1, *UNEVEN[dims])
        largest, mean = getattr(F, f"max_pool{dims}d"), getattr(F, f"avg_pool{dims}d")
        cases = (
            ((3, 2, 4), (2, 3, 1), (1, 0, 2), True, True),
            ((2, 4, 3), (1, 2, 3), (0, 2, 1), False, False),
            ((5, 1, 3), (4, 5, 2), (0, 0, 1), True, False),
        )
        for kernel, stride, padding, up, inside in (cases[dims - 3], cases[dims - 2]):  # each pair of them once
            settings = {
                "kernel_size": kernel[:dims],
                "stride": stride[:dims],
                "padding": padding[:dims],
                "ceil_mode": up,
            }
            yield f"max {settings}", shown(torch, lambda x: largest(x, **settings), x)
            low, far = x.detach() - 9, {"dilation": DILATION[:dims], "return_indices": True}
            yield f"dilated {settings}", attempt(largest, low, **far, **settings)
            settings["count_include_pad"] = inside
            yield f"mean {settings}", shown(torch, lambda x: mean(x, **settings), x)
        if dims > 1:
            yield f"divided {settings}", shown(torch, lambda x: mean(x, divisor_override=-5, **settings), x)
            yield f"{dims}: integers", largest((x.detach() * 4).long(), 2)
        yield f"{dims}: no batch", shown(torch, lambda x: mean(x[0], (3, 2, 2)[:dims], None, (1, 0, 1)[:dims]), x)
        yield f"{dims}: no batch, max", shown(torch, lambda x: largest(x[0], (3, 2, 2)[:dims], (1, 2, 3)[:dims]), x)
        yield f"{dims}: nothing in the batch", (mean(x[:0], 2).detach(), largest(x[:0], 2).detach())
        low = torch.full_like(x, float("-inf")).detach()
        yield f"{dims}: minus infinity", largest(low, 3, 2, 1, return_indices=True)
        for n in (2, 3, 4):  # the last window would begin behind the end, at it, and before it
            few = numbers(torch, 1, 1, *[n] * dims).detach()
            yield (
                f"{dims}: far apart on {n}",
                (largest(few, 2, 4, 1, ceil_mode=True), mean(few, 2, 4, 1, ceil_mode=True)),
            )
        yield (
            f"{dims}: single sizes in lists",
            (largest(x, [3], [2], [1], [1]).detach(), mean(x, [3], [2], [1]).detach()),
        )


@scenario(cites="torch.nn.functional.avg_pool2d", needs=NEEDS)
def sizes_that_no_pool_has(torch):
    """What is said of a pool's arguments when one of them is wrong names it, with the sizes that do not fit."""
    F = torch.nn.functional
    for dims in (1, 2, 3):
        x = numbers(torch, 1, 1, *UNEVEN[dims])
        last, ones = [1] * (dims - 1), [0] * (dims - 1)
        for kind in ("max", "avg"):
            pool, name = getattr(F, f"{kind}_pool{dims}d"), f"{kind}, {dims}"
            for label, settings in {
                "no kernel": {"kernel_size": [*last, 0], "stride": 1},
                "no stride": {"stride": [*last, 0]},
                "a negative stride": {"stride": [*last, -1]},
                "negative padding": {"padding": [*ones, -1]},
                "half": {"kernel_size": [*last, 5], "padding": [*ones, 2]},
                "more than half": {"kernel_size": [*last, 5], "padding": [*ones, 3]},
                "more than half of two": {"kernel_size": [*last, 2], "padding": [*ones, 2]},
                "kernels": {"kernel_size": [2] * (dims + 1)},
                "strides": {"stride": [2] * (dims + 1)},
                "paddings": {"padding": [1] * (dims + 1)},
                "no strides": {"stride": []},
                "no paddings": {"padding": []},
                "all of it": {"kernel_size": UNEVEN[dims]},
                "more than all": {"kernel_size": [*UNEVEN[dims][:-1], UNEVEN[dims][-1] + 1]},
                "more than all, padded": {
                    "kernel_size": [*UNEVEN[dims][:-1], UNEVEN[dims][-1] + 1],
                    "padding": [*ones, 1],
                },
                "far more": {"kernel_size": [*last, UNEVEN[dims][-1] + 5], "stride": 2},
            }.items():
                yield (
                    f"{name}: {label}",
                    refused(lambda x, **given: pool(x, **given).detach(), x, **{"kernel_size": 2, **settings}),
                )
            if dims == 2:
                for place in range(3):
                    for wrong in (1.5, True, [0.5, 0.5], [1, 0.5]):
                        given = [*[2, 2][:place], wrong]
                        yield f"{name}: {given}", refused(pool, x, *given)
            yield f"{name}: nothing but space", refused(pool, x[0, 0], 2)
            yield f"{name}: too many dimensions", refused(pool, x[None], 2)
            yield f"{name}: no channels", refused(pool, x[:, :0], 2)
            yield f"{name}: no channels or batch", refused(pool, x[0, :0], 2)
            yield f"{name}: no space", refused(pool, x[..., :0], 2)
            yield f"{name}: no space at first", refused(pool, x[:, :, :0], 2)
        pool = getattr(F, f"max_pool{dims}d")
        for label, settings in {
            "no dilation": {"dilation": [*last, 0]},
            "negative dilation": {"dilation": [*last, -2]},
            "dilations": {"dilation": [1] * (dims + 1)},
            "dilation of one and a half": {"dilation": 1.5},
            "half of what is dilated": {"dilation": 3, "padding": [*ones, 2]},
            "half of what is dilated, first": {"dilation": 3, "padding": [2, *ones]},
            "too far": {"dilation": [*last, UNEVEN[dims][-1]]},
            "just so far": {"dilation": [*last, UNEVEN[dims][-1] - 1]},
        }.items():
            yield f"{dims}: {label}", refused(lambda **given: pool(x, 2, 1, **given).detach(), **settings)
        if dims > 1:
            yield f"{dims}: divided by nothing", refused(getattr(F, f"avg_pool{dims}d"), x, 2, divisor_override=0)


@scenario(cites="torch.nn.functional.adaptive_avg_pool2d", needs=NEEDS)
def sizes_that_no_pool_comes_to(torch):
    """An adaptive pool says which sizes it was given that it cannot come to, and which inputs it cannot begin with."""
    F = torch.nn.functional
    for dims in (1, 3):
        x = numbers(torch, 1, 1, *UNEVEN[dims])
        for kind in ("max", "avg"):
            pool, name = getattr(F, f"adaptive_{kind}_pool{dims}d"), f"{kind}, {dims}"
            for label, size in {
                "more than there are": [n + 2 for n in UNEVEN[dims]],
                "none": 0,
                "none at last": [2] * (dims - 1) + [0],
                "negative": [2] * (dims - 1) + [-1],
                "negative at first": [-2] + [3] * (dims - 1),
                "sizes": [2] * (dims + 1),
                "one size in a list": [2],
                "no sizes": [],
                "too many sizes": [2] * (dims + 2),
                "one and a half": 1.5,
                "one, and a half": [*[1] * (dims - 1), 0.5],
                "true": True,
                "its own": [None] * dims,
                "its own, but the last": [None] * (dims - 1) + [1],
            }.items():
                yield f"{name}: {label}", refused(lambda size: pool(x, size).detach(), size)
            for label, input in {
                "nothing but space": x[0, 0],
                "too many dimensions": x[None],
                "no channels": x[:, :0],
                "no space": x[..., :0],
                "no space at first": x[:, :, :0],
                "no batch, no space": x[0, ..., :0],
                "nothing in the batch": x[:0],
                "a vector": x.reshape(-1)[:3],
                "a number": x.sum(),
            }.items():
                yield f"{name}: {label}", refused(lambda x: pool(x, 2).detach(), input)
            for label, input in {"no channels": x[:, :0], "no space": x[..., :0], "a number": x.sum()}.items():
                yield f"{name}: {label}, to one", refused(lambda x: pool(x, 1).detach(), input)


@scenario(cites="torch.nn.functional.max_unpool2d", needs=NEEDS)
def sizes_that_maxima_come_from(torch):
    """Maxima may come from an image less than a stride larger or smaller than their windows, where all of their places are."""
    F = torch.nn.functional
    for dims in (1, 2, 3):
        undo, size = getattr(F, f"max_unpool{dims}d"), (5, 4, 6)[:dims]
        found, places = getattr(F, f"max_pool{dims}d")(
            numbers(torch, 2, 2, *size).detach(),
            (2, 3, 2)[:dims],
            (3, 1, 2)[:dims],
            (1, 0, 1)[:dims],
            return_indices=True,
        )
        settings = {"kernel_size": (2, 3, 2)[:dims], "stride": (3, 1, 2)[:dims], "padding": (1, 0, 1)[:dims]}
        usual = [
            (n - 1) * s + k - 2 * p
            for n, s, k, p in zip(found.shape[2:], (3, 1, 2), (2, 3, 2), (1, 0, 1), strict=False)
        ]
        stride = (3, 1, 2)[dims - 1]  # of the last dimension
        for more in sorted({-stride, 1 - stride, stride - 1, stride}):
            wanted = [*usual[:-1], usual[-1] + more]
            made = attempt(lambda **given: undo(found, places, **given), output_size=wanted, **settings)
            outside = isinstance(made.error, RuntimeError)  # of several places, any thread may be the first to complain
            yield f"{dims}: {more:+}", "RuntimeError" if outside else made
        for label, wanted in {"with the channels": [2, 2, *size], "with one": [2, *size], "of none": ()}.items():
            yield f"{dims}: {label}", refused(undo, found, places, output_size=wanted, **settings)
        settings["output_size"] = size
        yield f"{dims}: gradient", shown(torch, lambda found: undo(found, places, **settings), found.requires_grad_())
        yield f"{dims}: no batch", undo(found[1], places[1], **settings).detach()
        yield f"{dims}: one dtype", refused(undo, found, places.float(), **settings)
        yield f"{dims}: small integers", refused(undo, found, places.int(), **settings)
        yield f"{dims}: nothing but space", refused(undo, found[0, 0], places[0, 0], **settings)
        yield f"{dims}: too many dimensions", refused(undo, found[None, None], places[None, None], **settings)
        yield f"{dims}: other places", refused(undo, found, places[:, :1], **settings)
        count = 1
        for n in size:
            count *= n
        yield f"{dims}: a place behind", refused(undo, found, torch.full_like(places, count), **settings)
        last = torch.full_like(places, count - 1)  # for all: ones, since any thread may be the last to write there
        yield f"{dims}: the last place", undo(torch.ones_like(found), last, **settings).sum()
        yield f"{dims}: a place before", refused(undo, found, torch.full_like(places, -1), **settings)
