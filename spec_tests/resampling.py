"""Resampling: images made larger and smaller, sampled at points, and their channels moved into space."""

from gradspec import attempt, scenario

NEEDS = ("tensor", "functions", "shapes", "dtypes", "autograd_grad", "higher_order")
WIDTHS = {1: [5], 2: [4, 5], 3: [2, 3, 4]}


def image(torch, *shape):
    """An image whose elements are all different, of both signs, and lie on no line."""
    count = 1
    for n in shape:
        count *= n
    places = torch.arange(count, dtype=torch.float64)
    return (places * 7.71875 % 11 - 4.765625).reshape(shape).requires_grad_()


def upstream(torch, y):
    """A gradient for `y` that is another number for every element."""
    return (((torch.arange(y.numel(), dtype=torch.float64) * 5) % 7) - 2.5).reshape(y.shape).to(y.dtype)


def shown(torch, function, *inputs):
    """What a function makes of its inputs, and their gradients under an uneven gradient of the result."""
    y = function(*inputs)
    return (y.detach(), *torch.autograd.grad(y, inputs, upstream(torch, y), allow_unused=True))


def refused(function, *args, **options):
    """The error that a call raises."""
    return attempt(function, *args, **options)


@scenario(cites="torch.nn.functional.interpolate", needs=NEEDS)
def interpolation_to_a_size(torch):
    """`interpolate` gives an image of the size that is asked for, larger or smaller, in every mode and dimension."""
    resize = torch.nn.functional.interpolate
    modes = {"nearest": (1, 2, 3), "nearest-exact": (1, 2, 3), "linear": (1,), "bilinear": (2,), "bicubic": (2,)}
    for mode, dimensions in (modes | {"trilinear": (3,)}).items():
        for dims in dimensions:
            x = image(torch, 2, 1, *WIDTHS[dims])
            for size in (3, [n + 1 for n in WIDTHS[dims]]):
                yield f"{mode} in {dims}, size={size}", shown(torch, lambda x: resize(x, size=size, mode=mode), x)
        yield f"{mode} to its own size", resize(x, size=WIDTHS[dims], mode=mode).detach()


@scenario(cites="torch.nn.functional.interpolate", needs=NEEDS)
def interpolation_by_a_factor(torch):
    """`interpolate` with a scale factor rounds the size down, and uses the factor itself unless it is to be computed again."""
    resize = torch.nn.functional.interpolate
    modes = {"nearest": 1, "nearest-exact": 2, "linear": 1, "bilinear": 2, "bicubic": 2, "trilinear": 3, "area": 2}
    for mode, dims in modes.items():
        x = image(torch, 1, 2, *WIDTHS[dims])
        for factor, again in ((1.5, True), (0.7, None)):
            settings = {"scale_factor": factor, "mode": mode, "recompute_scale_factor": again}
            yield f"{mode}, factor {factor}, again={again}", shown(torch, lambda x: resize(x, **settings), x)
    for mode, factor in (("bilinear", 2), ("bicubic", [1.3, 1.3])):
        x = image(torch, 1, 2, *WIDTHS[2])
        for again in (None, True):
            settings = {"scale_factor": factor, "mode": mode, "recompute_scale_factor": again}
            yield f"{mode}, factor {factor}, again={again}", shown(torch, lambda x: resize(x, **settings), x)


@scenario(cites="torch.nn.functional.interpolate", needs=NEEDS)
def interpolation_with_aligned_corners(torch):
    """With align_corners the middles of the corners stay where they are; nearest and area have no corners to align."""
    resize = torch.nn.functional.interpolate
    for mode, dims in {"linear": 1, "bilinear": 2, "bicubic": 2, "trilinear": 3}.items():
        x = image(torch, 1, 2, *WIDTHS[dims])
        for size, align in ((1, True), (3, False), (6, True)):
            settings = {"size": size, "mode": mode, "align_corners": align}
            yield f"{mode}, {align}, size={size}", shown(torch, lambda x: resize(x, **settings), x)
    for mode in ("nearest", "nearest-exact", "area"):
        yield mode, refused(resize, image(torch, 1, 1, 4), size=3, mode=mode, align_corners=False)


@scenario(cites="torch.nn.functional.interpolate", needs=NEEDS)
def antialiased_interpolation(torch):
    """With antialias=True a smaller image is made of all elements of the larger one, in the modes bilinear and bicubic."""
    resize = torch.nn.functional.interpolate
    for mode in ("bilinear", "bicubic"):
        x = image(torch, 1, 1, 5, 8)
        for size, align in (([2, 3], False), ([1, 1], True), ([9, 4], True), ([5, 8], False)):
            settings = {"size": size, "mode": mode, "align_corners": align, "antialias": True}
            yield f"{mode}, {size}, {align}", shown(torch, lambda x: resize(x, **settings), x)
    for mode, dims in (("nearest", 2), ("area", 2), ("linear", 1), ("trilinear", 3)):
        yield mode, refused(resize, image(torch, 1, 1, *WIDTHS[dims]), size=2, mode=mode, antialias=True)


@scenario(cites="torch.nn.functional.interpolate", needs=NEEDS)
def interpolation_that_cannot_be(torch):
    """`interpolate` takes a size or a factor, one for each dimension, an image of 1 to 3 dimensions, and a mode that fits it."""
    resize = torch.nn.functional.interpolate
    x = image(torch, 1, 1, 3, 4)
    for label, settings in {
        "neither": {},
        "both": {"size": 2, "scale_factor": 2.0},
        "computed again from a size": {"size": 2, "recompute_scale_factor": True},
        "three sizes": {"size": (1, 2, 3)},
        "one size in a tuple": {"size": (2,)},
        "three factors": {"scale_factor": (1.0, 2.0, 3.0)},
        "a size that is no integer": {"size": (2.5, 2)},
        "a size of nothing": {"size": (0, 2)},
        "a factor that leaves nothing": {"scale_factor": 0.1},
        "a mode of one dimension": {"size": 2, "mode": "linear"},
        "a mode of three dimensions": {"size": 2, "mode": "trilinear"},
        "no mode": {"size": 2, "mode": "cubic"},
    }.items():
        yield label, refused(resize, x, **settings)
    yield "no dimensions of space", refused(resize, image(torch, 2, 3), size=2)
    yield "four dimensions of space", refused(resize, image(torch, 1, 1, 2, 2, 2, 2), size=2)
    yield "bicubic in one", refused(resize, image(torch, 1, 1, 4), size=2, mode="bicubic")


@scenario(cites="torch.nn.functional.grid_sample", needs=NEEDS)
def sampling_an_image_at_points(torch):
    """`grid_sample` takes an image at points between -1 and 1, in every mode, with every kind of padding."""
    sample = torch.nn.functional.grid_sample
    points = [[-1.4, -0.9], [-0.35, 0.15], [0.3, 0.55], [0.95, 1.7], [2.6, -3.3], [0.05, -1.05]]
    for mode, padding, align in (
        ("bilinear", "zeros", True), ("bilinear", "border", False), ("nearest", "zeros", True),
        ("nearest", "reflection", False), ("bicubic", "zeros", True), ("bicubic", "border", False),
    ):  # fmt: skip
        x = image(torch, 1, 2, 4, 3)
        grid = torch.tensor(points, dtype=torch.float64).reshape(1, 2, 3, 2).requires_grad_()
        settings = {"mode": mode, "padding_mode": padding, "align_corners": align}
        yield f"{mode}, {padding}, {align}", shown(torch, lambda x, g: sample(x, g, **settings), x, grid)


@scenario(cites="torch.nn.functional.grid_sample", needs=NEEDS)
def sampling_a_volume_at_points(torch):
    """`grid_sample` of three dimensions takes points of three coordinates, the last dimension of the image first."""
    sample = torch.nn.functional.grid_sample
    points = [[-0.9, 0.2, 0.45], [0.1, 1.3, -0.6], [-1.6, 0.7, 0.35], [0.85, -0.25, 2.2]]
    for mode, padding in (
        ("bilinear", "zeros"),
        ("bilinear", "border"),
        ("nearest", "zeros"),
        ("nearest", "reflection"),
    ):
        x = image(torch, 2, 1, 2, 3, 4)
        grid = torch.tensor([points, points[::-1]], dtype=torch.float64).reshape(2, 1, 2, 2, 3).requires_grad_()
        settings = {"mode": mode, "padding_mode": padding, "align_corners": False}
        yield f"{mode}, {padding}", shown(torch, lambda x, g: sample(x, g, **settings), x, grid)


@scenario(cites="torch.nn.functional.grid_sample", needs=NEEDS)
def sampling_that_cannot_be(torch):
    """`grid_sample` takes an image and points of as many dimensions and as large a batch, and of one dtype."""
    sample = torch.nn.functional.grid_sample

    def at(image_shape, grid_shape, **settings):
        x, grid = torch.zeros(image_shape), torch.zeros(grid_shape)
        return refused(sample, x, grid, align_corners=False, **settings)

    yield "an unknown mode", at((1, 1, 2, 2), (1, 1, 1, 2), mode="linear")
    yield "an unknown padding", at((1, 1, 2, 2), (1, 1, 1, 2), padding_mode="circular")
    yield "a line", at((1, 1, 2), (1, 1, 1))
    yield "a grid of fewer dimensions", at((1, 1, 2, 2), (1, 1, 2))
    yield "another batch", at((1, 1, 2, 2), (2, 1, 1, 2))
    yield "points of three coordinates", at((1, 1, 2, 2), (1, 1, 1, 3))
    yield "an empty image", at((1, 1, 0, 2), (1, 1, 1, 2))
    yield "bicubic in three dimensions", at((1, 1, 2, 2, 2), (1, 1, 1, 1, 3), mode="bicubic")
    yield (
        "another dtype",
        refused(sample, torch.zeros(1, 1, 2, 2), torch.zeros(1, 1, 1, 2).double(), align_corners=True),
    )
    yield "corners that are not said", attempt(sample, torch.ones(1, 1, 2, 2), torch.zeros(1, 1, 1, 2))


@scenario(cites="torch.nn.functional.affine_grid", needs=NEEDS)
def grids_of_affine_maps(torch):
    """`affine_grid` maps the points of an image of a size, whose corners' middles or edges are at -1 and 1."""
    make = torch.nn.functional.affine_grid
    for size in ((2, 1, 3, 4), (2, 1, 1, 3), (2, 1, 2, 3, 2)):
        for align in (True, False):
            theta = image(torch, 2, len(size) - 2, len(size) - 1)
            yield f"{size}, {align}", shown(torch, lambda theta: make(theta, size, align_corners=align), theta)
    theta = torch.ones(1, 2, 3)
    yield "corners that are not said", attempt(make, theta, (1, 1, 2, 2))
    yield "another batch", refused(make, theta, (2, 1, 2, 2), align_corners=False)
    yield "maps of three dimensions", refused(make, theta, (1, 1, 2, 2, 2), align_corners=False)
    yield "maps of vectors", refused(make, torch.ones(2, 3), (1, 1, 2, 2), align_corners=False)
    yield "a line", refused(make, theta, (1, 1, 2), align_corners=False)
    yield "nothing", refused(make, theta, (1, 1, 0, 2), align_corners=False)
    yield "integers", refused(make, torch.ones(1, 2, 3, dtype=torch.int64), (1, 1, 2, 2), align_corners=False)


@scenario(cites="torch.nn.functional.pixel_shuffle", needs=NEEDS)
def channels_become_pixels(torch):
    """`pixel_shuffle` makes r · r channels into r rows and columns, `pixel_unshuffle` is its inverse, and sizes have to fit."""
    F = torch.nn.functional
    for factor, shape in ((2, (2, 8, 2, 3)), (3, (9, 1, 2)), (1, (2, 1, 2))):
        yield f"shuffled by {factor}", shown(torch, lambda x: F.pixel_shuffle(x, factor), image(torch, *shape))
    for factor, shape in ((2, (2, 1, 4, 6)), (3, (2, 6, 3)), (1, (1, 2, 3))):
        yield f"unshuffled by {factor}", shown(torch, lambda x: F.pixel_unshuffle(x, factor), image(torch, *shape))
    yield "in groups", shown(torch, lambda x: F.channel_shuffle(x, 2), image(torch, 1, 6, 2, 1))
    yield "in three groups", shown(torch, lambda x: F.channel_shuffle(x, 3), image(torch, 2, 6, 2))
    for label, function, shape, factor in (
        ("two dimensions", F.pixel_shuffle, (4, 4), 2),
        ("channels that do not fit", F.pixel_shuffle, (1, 6, 2, 2), 2),
        ("no factor", F.pixel_shuffle, (1, 4, 2, 2), 0),
        ("rows that do not fit", F.pixel_unshuffle, (1, 1, 3, 4), 2),
        ("columns that do not fit", F.pixel_unshuffle, (1, 1, 4, 3), 2),
        ("a negative factor", F.pixel_unshuffle, (1, 1, 4, 4), -2), ("a plane", F.pixel_unshuffle, (4, 4), 2),
        ("groups that do not fit", F.channel_shuffle, (1, 5, 2, 2), 2),
        ("no groups", F.channel_shuffle, (1, 4, 2, 2), 0), ("channels alone", F.channel_shuffle, (1, 4), 2),
    ):  # fmt: skip
        yield label, refused(function, torch.zeros(shape), factor)


@scenario(cites="torch.nn.functional.interpolate", needs=NEEDS)
def uneven_interpolation(torch):
    """Each dimension of an image is made larger or smaller by itself, from one element or to one, in either precision."""
    resize = torch.nn.functional.interpolate
    modes = {"linear": 1, "bilinear": 2, "bicubic": 2, "trilinear": 3, "nearest": 2, "nearest-exact": 3, "area": 3}
    for mode, dims in modes.items():
        for space, key, amount, align in (
            ((5, 4, 3), "size", (3, 7, 1), True),
            ((2, 1, 5), "size", (5, 1, 6), None),
            ((1, 3, 2), "size", (11, 2, 4), True),
            ((5, 4, 3), "scale_factor", (2.6, 1.7, 1.4), False),
        ):
            settings = {key: amount[:dims], "mode": mode}
            if "linear" in mode or mode == "bicubic":
                settings["align_corners"] = align
            x = image(torch, 1, 1, *space[:dims])
            yield f"{space[:dims]}, {settings}", shown(torch, lambda x: resize(x, **settings), x)
        settings = {"scale_factor": (0.45, 0.8, 0.61)[:dims], "mode": mode, "recompute_scale_factor": dims < 3}
        x = image(torch, 1, 2, *(9, 5, 7)[:dims]).float().detach().requires_grad_()
        yield f"{settings}, float32", shown(torch, lambda x: resize(x, **settings), x)


@scenario(cites="torch.nn.functional.interpolate", needs=NEEDS)
def uneven_antialiasing(torch):
    """Each dimension of an antialiased image takes as many elements together as it has for one."""
    resize = torch.nn.functional.interpolate
    for mode in ("bilinear", "bicubic", "lanczos"):
        x = image(torch, 1, 2, 7, 11)
        for settings in (
            {"size": [2, 11]},
            {"size": [1, 6], "align_corners": False},
            {"scale_factor": (0.3, 0.55)},
            {"scale_factor": (1.6, 0.21)},
            {"size": [7, 1], "align_corners": mode != "lanczos"},
        ):
            settings |= {"mode": mode, "antialias": True}
            yield f"{settings}", shown(torch, lambda x: resize(x, **settings), x)
    for settings in ({"antialias": True, "align_corners": True}, {}, {"align_corners": False}):
        yield f"lanczos, {settings}", refused(resize, x, size=2, mode="lanczos", **settings)


@scenario(cites="torch.nn.functional.interpolate", needs=NEEDS)
def images_that_no_mode_takes(torch):
    """`interpolate` says which dimensions, sizes and modes do not go together."""
    resize = torch.nn.functional.interpolate
    fitting = {"nearest": (1, 2, 3), "nearest-exact": (2,), "linear": (1,), "bilinear": (2,), "trilinear": (3,)}
    fitting |= {"bicubic": (2,), "area": (1, 3), "lanczos": (2,), "cubic": ()}
    for mode, fits in fitting.items():
        for dims in (0, 1, 2, 3, 4) if mode in ("nearest", "bilinear", "cubic") else (1, 2, 3):
            x = image(torch, 2, 3, *(4, 5, 2, 3)[:dims])
            yield f"{mode} of {dims}", refused(lambda x: resize(x, size=2, mode=mode).shape, x)
            if 0 < dims < 4 and (dims == 2 or dims in fits):
                yield (
                    f"{mode} of {dims}, antialiased",
                    refused(lambda x: resize(x, None, 2.0, mode, None, None, True).shape, x),
                )
            if dims in fits:
                for settings in (
                    {"size": [2] * (dims - 1) + [0]},
                    {"size": -1},
                    {"scale_factor": 0.1},
                    {"scale_factor": 0.5} if dims < 3 else {"size": 0},
                ):
                    yield f"{mode} of {dims}, {settings}", refused(lambda x: resize(x, mode=mode, **settings).shape, x)
                empties = {"space": x[..., :0]} | ({"batch": x[:0], "channels": x[:, :0]} if dims == 2 else {})
                for label, empty in empties.items():
                    yield f"{mode} of {dims}, no {label}", refused(lambda x: resize(x, size=2, mode=mode).shape, empty)
        for align in (True, False):
            yield (
                f"{mode}, {align}",
                refused(lambda x: resize(x, 2, align_corners=align, mode=mode).shape, image(torch, 1, 1, 3, 4)),
            )
    x = image(torch, 1, 1, 3, 4)
    for label, settings in {
        "sizes": {"size": (2, 3, 4)},
        "factors": {"scale_factor": (2.0, 3.0, 4.0)},
        "a size of halves": {"size": (2, 2.5)},
        "sizes of text": {"size": ("2", 2)},
        "computed again": {"size": 2, "recompute_scale_factor": True},
        "not computed again": {"size": 2, "recompute_scale_factor": False},
        "with corners": {"size": 2, "align_corners": False},
        "both": {"size": 2, "scale_factor": 2.0},
        "neither": {"recompute_scale_factor": True},
    }.items():
        yield label, refused(lambda **given: resize(x, **given).detach(), **settings)
    F = torch.nn.functional
    for function in (F.upsample, F.upsample_nearest, F.upsample_bilinear):
        yield f"{function.__name__}, size", shown(torch, lambda x: function(x, (2, 7)), x)
        yield f"{function.__name__}, factor", shown(torch, lambda x: function(x, scale_factor=1.5), x)
    yield "upsample, in a mode", shown(torch, lambda x: F.upsample(x, 5, None, "bilinear", True), x)
    yield "upsample, in another", shown(torch, lambda x: F.upsample(x, mode="bicubic", size=(2, 5)), x)


def points(torch, count, dims, dtype):
    """Points inside and far outside, among them the corners, the edges and the middles of elements."""
    near, far = (
        (-1.0, 1.0, 0.0, -0.5, 0.5, 0.25, -0.75, 0.3, 0.85, -0.6),
        (2.0, -2.0, 3.0, -3.0, -4.7, 5.1, 1.3, -1.9, 7.25, -9.4),
    )
    exact = [each for pair in zip(near, far, strict=True) for each in pair]
    chosen = [exact[(i * (2 * d + 3) + d * 5) % len(exact)] for i in range(count) for d in range(dims)]
    return torch.tensor(chosen, dtype=dtype)


@scenario(cites="torch.nn.functional.grid_sample", needs=NEEDS)
def points_far_away(torch):
    """`grid_sample` bends points back however far away they are, and sends nothing to those that stand still."""
    sample = torch.nn.functional.grid_sample
    for mode, padding, align in (
        ("bilinear", "border", True), ("bilinear", "reflection", False),
        ("nearest", "border", True), ("nearest", "reflection", True), ("bicubic", "reflection", False),
    ):  # fmt: skip
        settings = {"mode": mode, "padding_mode": padding, "align_corners": align}
        x, grid = image(torch, 2, 2, 4, 3), points(torch, 20, 2, torch.float64).reshape(2, 2, 5, 2) + 0.015625
        yield f"{settings}", shown(torch, lambda *g: sample(*g, **settings), x, grid.requires_grad_())
    for space, settings in (
        ((1, 5), {"mode": "bilinear", "padding_mode": "reflection", "align_corners": True}),
        ((2, 1), {"mode": "bicubic", "padding_mode": "reflection", "align_corners": True}),
        ((2, 1), {"mode": "nearest", "padding_mode": "reflection", "align_corners": False}),
    ):
        x, grid = image(torch, 1, 1, *space), points(torch, 20, 2, torch.float64).reshape(1, 4, 5, 2)
        yield f"{space}, {settings}", shown(torch, lambda *g: sample(*g, **settings), x, grid.requires_grad_())
    for mode, padding in (("bilinear", "reflection"), ("nearest", "border")):
        settings = {"mode": mode, "padding_mode": padding, "align_corners": True}
        x, grid = image(torch, 2, 1, 3, 4, 2), points(torch, 24, 3, torch.float64).reshape(2, 2, 3, 2, 3)
        yield f"3, {settings}", shown(torch, lambda *g: sample(*g, **settings), x, grid.requires_grad_())
    settings = {"mode": "bilinear", "padding_mode": "border", "align_corners": False}
    x = image(torch, 1, 2, 3, 5).detach().float().requires_grad_()
    grid = (points(torch, 10, 2, torch.float32) * 0.9 + 0.07).reshape(1, 2, 5, 2).requires_grad_()
    yield f"float32, {settings}", shown(torch, lambda *g: sample(*g, **settings), x, grid)
    for label, x, grid in (
        ("no points", torch.ones(2, 3, 2, 2), torch.ones(2, 0, 2, 2)),
        ("no channels", torch.ones(2, 0, 2, 2), torch.ones(2, 1, 2, 2)),
        ("no batch", torch.ones(0, 1, 2, 2), torch.ones(0, 1, 2, 2)),
    ):
        yield label, sample(x, grid, padding_mode="reflection", align_corners=False)


@scenario(cites="torch.nn.functional.grid_sample", needs=NEEDS)
def points_that_no_image_takes(torch):
    """`grid_sample` says which dimensions of an image and of its points do not go together."""
    sample = torch.nn.functional.grid_sample
    for image_shape, grid_shape in (
        ((1, 1, 2), (1, 1, 1)), ((1, 1, 2, 2), (1, 1, 2)), ((1, 1, 2, 2, 2), (1, 1, 1, 3)),
        ((1, 1, 2, 2), (1, 1, 1, 1, 2)), ((1, 1, 2, 2, 2, 2), (1, 1, 1, 1, 1, 4)),
        ((2, 1, 2, 2), (1, 1, 1, 2)), ((1, 1, 2, 2), (3, 1, 1, 2)), ((1, 1, 2, 2), (1, 1, 1, 3)),
        ((1, 1, 2, 2), (1, 1, 1, 1)), ((1, 1, 2, 2, 2), (1, 1, 1, 1, 2)), ((1, 1, 2, 2, 2), (1, 1, 1, 1, 4)),
        ((1, 1, 0, 2), (1, 1, 1, 2)), ((1, 1, 2, 0), (1, 1, 1, 2)), ((1, 1, 2, 3, 0), (1, 1, 1, 1, 3)),
    ):  # fmt: skip
        for mode in ("bilinear", "bicubic"):
            x, grid = torch.zeros(image_shape), torch.zeros(grid_shape)
            yield f"{image_shape}, {grid_shape}, {mode}", refused(sample, x, grid, mode, align_corners=False)
    for one, other in (("float32", "float64"), ("float64", "float32")):
        x, grid = (
            torch.zeros(1, 1, 2, 2, dtype=getattr(torch, one)),
            torch.zeros(1, 1, 1, 2, dtype=getattr(torch, other)),
        )
        yield f"{one}, {other}", refused(sample, x, grid, align_corners=True)
    x, grid = torch.zeros(1, 1, 2, 2, 2), torch.zeros(1, 1, 1, 1, 3)
    yield "bicubic in three dimensions", refused(sample, x, grid, "bicubic", align_corners=True)
    yield "a mode", refused(sample, x, grid, "cubic", align_corners=True)
    yield "a padding", refused(sample, x, grid, padding_mode="reflect", align_corners=True)
    yield "no word of corners", refused(sample, x, grid)


@scenario(cites="torch.nn.functional.affine_grid", needs=NEEDS)
def uneven_grids(torch):
    """A grid has the sizes of the image that it is for, and says which of them no map leads to."""
    make = torch.nn.functional.affine_grid
    for size, align in (
        ((2, 3, 4, 5), True), ((2, 1, 1, 3), True), ((2, 1, 3, 1), False), ((2, 1, 5, 2, 3), False),
        ((2, 1, 1, 3, 2), True), ((2, 5, 1, 1, 1), False),
    ):  # fmt: skip
        theta = image(torch, 2, len(size) - 2, len(size) - 1)
        yield f"{size}, {align}", shown(torch, lambda theta: make(theta, size, align_corners=align), theta)
        yield f"{size}, {align}, float32", make(theta.detach().float(), list(size), align)
    for shape, size in (
        ((1, 2, 3), (1, 1, 2, 2, 2)), ((1, 3, 4), (1, 1, 2, 2)), ((1, 2, 3), (1, 1, 2)),
        ((1, 2, 3), [1, 1, 2]), ((1, 2, 3), (1, 1, 1, 1, 1, 1)), ((1, 2, 3), (1, 1, 0, 2)),
        ((1, 2, 3), (1, 0, 2, 2)), ((1, 2, 3), (1, 1, -1, 2)), ((2, 3), (1, 1, 2, 2)),
        ((1, 2, 3, 1), (1, 1, 2, 2)), ((1, 3, 3), (1, 1, 2, 2)), ((1, 2, 4), (1, 1, 2, 2)),
        ((1, 2, 3), (2, 1, 2, 2)), ((2, 2, 3), (1, 1, 2, 2)), ((1, 3, 4), (2, 1, 2, 2, 2)),
    ):  # fmt: skip
        yield f"{shape}, {size}", refused(make, torch.ones(shape), size, False)
    yield "integers", refused(make, torch.ones(1, 2, 3, dtype=torch.int64), (1, 1, 2, 2), False)
    yield "no word of corners", refused(make, torch.ones(1, 2, 3), (1, 1, 2, 2))


@scenario(cites="torch.nn.functional.pad", needs=NEEDS)
def padding_on_uneven_sides(torch):
    """`pad` takes each side by itself, cuts off where it is negative, and says which sizes it cannot do with."""
    pad = torch.nn.functional.pad
    amounts = (
        ((2, 3, 5), (5, 0)), ((2, 3, 5), (5, -1)), ((2, 3, 5), (1, 6)), ((2, 3, 4, 5), (1, 5, 2, 0)),
        ((2, 3, 4, 5), (1, 0, 4, 0)), ((2, 3, 4, 5), (1, 0, 0, 5)), ((3, 4, 5), (6, 0, 1, 1)),
        ((2, 3, 3, 4, 5), (5, 0, 0, 0, 0, 0)), ((3, 5), (0, 5)), ((2, 3, 3, 4, 5), (0, 0, 1, 4, 0, 0)),
        ((2, 3, 3, 4, 5), (0, 0, 0, 0, 3, 0)), ((3, 3, 4, 5), (0, 0, 0, 0, 1, 4)),
    )  # fmt: skip
    kinds = (
        ((2, 3, 5), (6, 0)), ((2, 3, 5), (-2, -3)), ((2, 3, 5), (-3, -3)),
        ((2, 3, 5), (1,)), ((2, 3, 5), (1, 1, 1)), ((2, 3, 5), (1,) * 8), ((2, 3, 5), ()), ((2, 3, 5), (1,) * 4),
        ((3,), (1, 1)), ((2, 3, 4, 5), (1,) * 8), ((2, 3, 3, 4, 5), (1, 1)),
        ((2, 3, 3, 4, 5), (1,) * 4), ((3, 4, 5), (1,) * 6), ((2, 3, 0), (1, 1)),
        ((3, 0), (1, 1)), ((2, 0, 5), (2, 3)), ((0, 3, 5), (2, 3)), ((0, 5), (2, 3)), ((2, 3, 4, 0), (1,) * 4),
        ((3, 4, 0), (1,) * 4), ((2, 0, 4, 5), (1,) * 4), ((0, 3, 4, 5), (1,) * 4),
        ((2, 3, 3, 4, 0), (1,) * 6), ((3, 3, 4, 0), (1,) * 6), ((2, 0, 3, 4, 5), (1,) * 6),
        ((0, 3, 3, 4, 5), (1,) * 6),
    )  # fmt: skip
    for mode in ("constant", "reflect", "replicate", "circular"):
        for space, widths in (
            ((5,), (4, 0)), ((5,), (3, -2)), ((4, 5), (1, 3, 2, 0)), ((4, 5), (-1, 2, -2, -1)),
            ((3, 4, 3), (2, 1, 0, 3, 2, 1)), ((3, 4, 5), (-1, 1, 2, -2, 1, -1)),
        ):  # fmt: skip
            x = image(torch, 1, 1, *space)
            yield f"{mode}, {space}, {widths}", shown(torch, lambda x: pad(x, widths, mode), x)
        for space, widths in (((5,), (2, 3)), ((4, 5), (3, 0, 1, 3)), ((3, 4, 5), (1, 3, 2, 0, 0, 2))):
            yield f"{mode}, {space}, {widths}, no batch", pad(image(torch, 1, *space), widths, mode).detach()
        few = mode in ("constant", "replicate")  # whose errors others have, too
        for shape, widths in kinds[: 10 if few else None] + (() if few else amounts):
            yield f"{mode}, {list(shape)}, {widths}", refused(lambda x: pad(x, widths, mode).shape, torch.ones(shape))
        for value in (0.0, 2.5):
            yield f"{mode}, {value}", refused(lambda x: pad(x, (1, 2), mode, value).detach(), image(torch, 2, 3))
    yield "an unknown mode", refused(pad, image(torch, 2, 3), (1, 2), "mirror")
    yield "cut off in the middle", refused(lambda x: pad(x, (0, 0, -2, -1)).detach(), image(torch, 4, 3))
    yield "cut off and put on", refused(lambda x: pad(x, (-4, 5)).detach(), image(torch, 2, 3))


@scenario(cites="torch.nn.functional.pixel_shuffle", needs=NEEDS)
def uneven_channels_and_pixels(torch):
    """Channels become pixels, and pixels channels, in images of any number of dimensions before them."""
    F = torch.nn.functional
    for lead, factor in (((), 2), ((2,), 3), ((1, 2), 1), ((1, 2, 1), 2)):
        x = image(torch, *lead, 2 * factor**2, 2, 3)
        yield f"{lead}, {factor}", shown(torch, lambda x: F.pixel_shuffle(x, factor), x)
        x = image(torch, *lead, 2, 2 * factor, 3 * factor)
        yield f"{lead}, {factor}, back", shown(torch, lambda x: F.pixel_unshuffle(x, factor), x)
    for shape, factor in (
        ((), 2), ((4,), 2), ((4, 4), 2), ((4, 2, 2), 0), ((4, 2, 2), -2), ((5, 2, 2), 2), ((2, 8, 2, 2), 3),
    ):  # fmt: skip
        yield f"shuffled, {shape}, {factor}", refused(F.pixel_shuffle, torch.ones(shape), factor)
    for shape, factor in (
        ((), 2), ((4,), 2), ((4, 4), 2), ((1, 4, 4), 0), ((1, 4, 4), -2), ((1, 3, 4), 2), ((1, 4, 6), 4),
    ):  # fmt: skip
        yield f"back, {shape}, {factor}", refused(F.pixel_unshuffle, torch.ones(shape), factor)
    for shape, groups in (((2, 6, 3), 2), ((3, 4, 2, 3), 2), ((1, 4, 1, 2, 3), 4), ((2, 4, 1), 1)):
        x = image(torch, *shape)
        yield f"{shape} in {groups} groups", shown(torch, lambda x: F.channel_shuffle(x, groups), x)
    for shape, groups in (((4,), 2), ((1, 4), 2), ((1, 4, 2), 0), ((1, 4, 2), -2), ((1, 4, 2), 3), ((1, 4, 2), 8)):
        yield f"{shape} in {groups} groups, refused", refused(F.channel_shuffle, torch.ones(shape), groups)


@scenario(cites="torch.nn.functional.scaled_dot_product_attention", needs=(*NEEDS, "matmul"))
def uneven_attention(torch):
    """Attention of queries, keys and values of sizes of their own, hidden by a mask or by order, on any scale."""
    attend = torch.nn.functional.scaled_dot_product_attention
    seen = (torch.arange(15) % 4 != 1).reshape(3, 5)
    for label, lead, settings in (
        ("plain", (), {}),
        ("a scale", (2,), {"scale": 0.7}),
        ("no scale", (), {"scale": 0.0}),
        ("in order", (), {"is_causal": True}),
        ("some for all", (2,), {"attn_mask": seen[:1]}),
        ("one sees none", (2,), {"attn_mask": seen & (torch.arange(3) != 1)[:, None]}),
        ("none sees any", (), {"attn_mask": torch.zeros(3, 5, dtype=torch.bool)}),
        ("added", (), {"attn_mask": image(torch, 3, 5).detach(), "scale": 1.5}),
        ("added for all", (2,), {"attn_mask": image(torch, 1, 5).detach()}),
        ("minus infinity", (3, 2), {"attn_mask": torch.where(seen, 0.5, float("-inf")).double()}),
    ):
        q, k, v = ((image(torch, *lead, *shape) * 0.25).detach() for shape in ((3, 4), (5, 4), (5, 2)))
        given = [each.requires_grad_() for each in (q, k, v)]
        yield f"{lead}, {label}", shown(torch, lambda *given: attend(*given, **settings), *given)
    mask = image(torch, 3, 5)
    yield "gradient of the mask", shown(torch, lambda mask: attend(q, k, v, mask), mask)
    few, many = [each.detach()[:, :1] for each in (k, v)], torch.cat([q, q * 0.5, -q], 1).detach()
    yield "shared heads", attend(many, *few, enable_gqa=True)
    yield "shared by twos", attend(many[:, :4], k.detach(), v.detach(), enable_gqa=True)
    for heads, keys, values in ((4, 3, 3), (6, 4, 4), (6, 2, 4), (4, 2, 1), (4, 1, 2), (2, 4, 4)):
        a, b, c = torch.ones(1, heads, 2, 3), torch.ones(1, keys, 2, 3), torch.ones(1, values, 2, 3)
        yield f"{heads} heads of {keys} and {values}", refused(attend, a, b, c, enable_gqa=True)
    yield "all dropped", attend(q, k, v, None, 1.0).detach()
    x = torch.ones(2, 3)
    for label, given in {
        "a query of another dtype": (x.double(), x, x),
        "keys of another dtype": (x, x.double(), x),
        "values of another dtype": (x, x, x.double()),
        "a vector for a query": (x[0], x, x),
        "vectors for keys": (x, x[0], x[0]),
        "a vector for values": (x, x, x[0]),
        "a mask of integers": (x, x, x, torch.ones(2, 2, dtype=torch.int64)),
        "a mask of another dtype": (x, x, x, torch.ones(2, 2).double()),
        "a mask and order": (x, x, x, torch.ones(2, 2), 0.0, True),
        "keys of another width": (x, torch.ones(2, 4), x),
        "fewer values": (x, x, x[:1]),
        "a mask of another shape": (x, x, x, torch.ones(3, 3)),
        "dropped too often": (x, x, x, None, 1.5),
    }.items():
        yield label, refused(attend, *given)
