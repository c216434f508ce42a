"""Resampling: images made larger and smaller, sampled at points, and their channels moved into space."""

from gradspec import attempt, scenario

NEEDS = ("tensor", "functions", "shapes", "dtypes", "autograd_grad", "higher_order")
WIDTHS = {1: [5], 2: [4, 5], 3: [2, 3, 4]}


def image(torch, *shape):
    """An image whose elements are all different, and lie on no line."""
    count = 1
    for n in shape:
        count *= n
    places = torch.arange(count, dtype=torch.float64)
    return (((places * 7) % 11) * 0.5 - (places % 3) + places * 0.125).reshape(shape).requires_grad_()


def upstream(torch, y):
    """A gradient for `y` that is another number for every element."""
    return (((torch.arange(y.numel(), dtype=torch.float64) * 5) % 7) - 2.5).reshape(y.shape).to(y.dtype)


def shown(torch, function, *inputs):
    """What a function makes of its inputs, and their gradients under an uneven gradient of the result."""
    y = function(*inputs)
    return (y.detach(), *torch.autograd.grad(y, inputs, upstream(torch, y), allow_unused=True))


def refused(function, *args, **options):
    """The type of the error that a call raises: its words are not what is specified here."""
    return type(attempt(function, *args, **options).error).__name__


@scenario(cites="torch.nn.functional.interpolate", needs=NEEDS)
def interpolation_to_a_size(torch):
    """`interpolate` gives an image of the size that is asked for, larger or smaller, in every mode and dimension."""
    resize = torch.nn.functional.interpolate
    modes = {
        "nearest": (1, 2, 3),
        "nearest-exact": (1, 2, 3),
        "linear": (1,),
        "bilinear": (2,),
        "bicubic": (2,),
        "trilinear": (3,),
    }
    for mode, dimensions in modes.items():
        for dims in dimensions:
            x = image(torch, 2, 1, *WIDTHS[dims])
            for size in (3, 7, 1, WIDTHS[dims], [n + 1 for n in WIDTHS[dims]]):
                yield f"{mode} in {dims}, size={size}", shown(torch, lambda x: resize(x, size=size, mode=mode), x)


@scenario(cites="torch.nn.functional.interpolate", needs=NEEDS)
def interpolation_by_a_factor(torch):
    """`interpolate` with a scale factor rounds the size down, and uses the factor itself unless it is to be computed again."""
    resize = torch.nn.functional.interpolate
    modes = {"nearest": 1, "nearest-exact": 2, "linear": 1, "bilinear": 2, "bicubic": 2, "trilinear": 3, "area": 2}
    for mode, dims in modes.items():
        x = image(torch, 1, 2, *WIDTHS[dims])
        for factor in (2, 1.5, 0.7, [1.3] * dims):
            for again in (None, True):
                settings = {"scale_factor": factor, "mode": mode, "recompute_scale_factor": again}
                yield f"{mode}, factor {factor}, again={again}", shown(torch, lambda x: resize(x, **settings), x)


@scenario(cites="torch.nn.functional.interpolate", needs=NEEDS)
def interpolation_with_aligned_corners(torch):
    """With align_corners the middles of the corners stay where they are; nearest and area have no corners to align."""
    resize = torch.nn.functional.interpolate
    for mode, dims in {"linear": 1, "bilinear": 2, "bicubic": 2, "trilinear": 3}.items():
        x = image(torch, 1, 2, *WIDTHS[dims])
        for align in (True, False):
            for size in (1, 3, 6):
                settings = {"size": size, "mode": mode, "align_corners": align}
                yield f"{mode}, {align}, size={size}", shown(torch, lambda x: resize(x, **settings), x)
    for mode in ("nearest", "nearest-exact", "area"):
        yield mode, refused(resize, image(torch, 1, 1, 4), size=3, mode=mode, align_corners=False)


@scenario(cites="torch.nn.functional.interpolate", needs=NEEDS)
def antialiased_interpolation(torch):
    """With antialias=True a smaller image is made of all elements of the larger one, in the modes bilinear and bicubic."""
    resize = torch.nn.functional.interpolate
    for mode in ("bilinear", "bicubic"):
        x = image(torch, 1, 2, 5, 8)
        for size in ([2, 3], [1, 1], [5, 8], [9, 4]):
            for align in (False, True):
                settings = {"size": size, "mode": mode, "align_corners": align, "antialias": True}
                yield f"{mode}, {size}, {align}", shown(torch, lambda x: resize(x, **settings), x)
        settings = {"scale_factor": 0.4, "mode": mode, "antialias": True}
        yield f"{mode}, 0.4", shown(torch, lambda x: resize(x, **settings), x)
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
    for mode in ("bilinear", "nearest", "bicubic"):
        for padding in ("zeros", "border", "reflection"):
            for align in (True, False):
                x = image(torch, 1, 2, 4, 3)
                grid = torch.tensor(points, dtype=torch.float64).reshape(1, 2, 3, 2).requires_grad_()
                settings = {"mode": mode, "padding_mode": padding, "align_corners": align}
                yield f"{mode}, {padding}, {align}", shown(torch, lambda x, g: sample(x, g, **settings), x, grid)


@scenario(cites="torch.nn.functional.grid_sample", needs=NEEDS)
def sampling_a_volume_at_points(torch):
    """`grid_sample` of three dimensions takes points of three coordinates, the last dimension of the image first."""
    sample = torch.nn.functional.grid_sample
    points = [[-0.9, 0.2, 0.45], [0.1, 1.3, -0.6], [-1.6, 0.7, 0.35], [0.85, -0.25, 2.2]]
    for mode in ("bilinear", "nearest"):
        for padding in ("zeros", "border", "reflection"):
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
        ("a negative factor", F.pixel_unshuffle, (1, 1, 4, 4), -2),
        ("a plane", F.pixel_unshuffle, (4, 4), 2),
        ("groups that do not fit", F.channel_shuffle, (1, 5, 2, 2), 2),
        ("no groups", F.channel_shuffle, (1, 4, 2, 2), 0),
        ("channels alone", F.channel_shuffle, (1, 4), 2),
    ):
        yield label, refused(function, torch.zeros(shape), factor)
