"""Slopes: differences, slopes and integrals along dimensions of every size, at places that are not evenly apart."""

import math

from gradspec import attempt, scenario

NEEDS = ("tensor", "functions", "shapes", "indexing", "dtypes", "autograd_grad", "higher_order")
SIZES = ((5,), (2, 4), (4, 3, 2))


def numbers(torch, *shape, step=7):
    """A tensor whose elements lie on no line, of both signs."""
    places = range(math.prod(shape))
    values = [n * step % 11 * 0.5 - 2.25 - n % 3 + n * 0.03125 for n in places]
    return torch.tensor(values, dtype=torch.float64).reshape(shape)


def uneven(torch, n):
    """Places that lie ever further apart."""
    return torch.arange(n, dtype=torch.float64) ** 1.5 + 0.25


def upstream(y):
    """A gradient for `y` that is another for each of its elements."""
    return y.detach() * 0.5 + 1.0


def shown(torch, function, *inputs):
    """What a function makes of its inputs, and their gradients under an uneven gradient of the results."""
    inputs = [each.clone().requires_grad_() for each in inputs]
    found = function(*inputs)
    found = list(found) if isinstance(found, (tuple, list)) else [found]
    given = torch.autograd.grad(found, inputs, [upstream(y) for y in found], allow_unused=True)
    return (*[y.detach() for y in found], *given)


@scenario(cites="torch.gradient", needs=NEEDS)
def slopes_at_even_distances(torch):
    """`gradient` takes both neighbours in the middle, and one or two at the edges, as far apart as is said for each dimension."""
    for shape in SIZES:
        x = numbers(torch, *shape)
        for d in range(len(shape)):
            order = 2 if shape[d] > 2 and (len(shape) + d) % 2 else 1
            at = d if order == 1 else d - len(shape)
            yield (
                f"{shape}, along {at}, {order}",
                shown(torch, lambda x: torch.gradient(x, spacing=0.7, dim=at, edge_order=order), x),
            )
        apart = [0.5 + 0.75 * d for d in range(len(shape))]
        order = 2 if min(shape) > 2 else 1
        yield (
            f"{shape}, each by itself, {order}",
            shown(torch, lambda x: torch.gradient(x, spacing=apart, edge_order=order), x),
        )
    yield "one of one", torch.gradient(numbers(torch, 5), spacing=[1.5])
    x = numbers(torch, 4, 3, 5)
    yield "two of three", torch.gradient(x, spacing=(0.5, 2), dim=(2, 0))
    yield "an integer", torch.gradient(x, spacing=3, dim=(-1, 1))
    yield "a tensor without dimensions", torch.gradient(x, spacing=torch.tensor(0.5), dim=0)
    for n in (2, 3, 4):
        yield f"{n} elements", torch.gradient(x[0, 0, :n] if n < 4 else x[:, 0, 0])
    for n in (3, 4):
        yield f"{n} elements, to the second neighbour", torch.gradient(x[:n, 0, 0], edge_order=2)


@scenario(cites="torch.gradient", needs=NEEDS)
def slopes_at_uneven_places(torch):
    """At places that are given, `gradient` weighs each neighbour by how far it is, in the middle and at the edges."""
    for shape in SIZES:
        x = numbers(torch, *shape)
        for d in range(len(shape)):
            order, places = 2 if shape[d] > 2 and (len(shape) + d) % 2 else 1, uneven(torch, shape[d])
            yield (
                f"{shape}, along {d}, {order}",
                shown(torch, lambda x, p: torch.gradient(x, spacing=[p], dim=d, edge_order=order), x, places),
            )
        turned, order = places.flip(0) * -0.3, 3 - order
        yield (
            f"{shape}, along the last, {order}, the other way round",
            torch.gradient(x, spacing=(turned,), dim=-1, edge_order=order),
        )
        places, order = [uneven(torch, n) * (1 + d) for d, n in enumerate(shape)], 2 if min(shape) > 2 else 1
        yield f"{shape}, each by itself, {order}", torch.gradient(x, spacing=places, edge_order=order)
    x = numbers(torch, 4, 3)
    yield "places, and a number", attempt(torch.gradient, x, spacing=(uneven(torch, 4), 0.5))
    yield "a number, and places", attempt(torch.gradient, x, spacing=(0.5, uneven(torch, 3)))
    yield "one list for two dimensions", attempt(torch.gradient, x, spacing=[1.5], dim=(0, 1))
    yield "one list for all dimensions", attempt(torch.gradient, x, spacing=[1.5])
    yield "three for two", attempt(torch.gradient, x, spacing=(0.5, 1.0, 2.0), dim=(0, 1))
    yield "along no dimension", len(torch.gradient(x, dim=()))
    for n in (2, 3, 4):
        yield f"{n} places", torch.gradient(x[:n, 0], spacing=[uneven(torch, n)])
    for n in (3, 4):
        yield f"{n} places, to the second neighbour", torch.gradient(x[:n, 0], spacing=[uneven(torch, n)], edge_order=2)


@scenario(cites="torch.diff", needs=NEEDS)
def differences_of_differences(torch):
    """`diff` takes differences so many times, until nothing is left, with what is put before and behind; of truth values
    what differs."""
    for shape in SIZES:
        x = numbers(torch, *shape)
        for d in range(len(shape)):
            at = d if d % 2 else d - len(shape)
            for n in sorted({1, shape[d] - 1}):
                yield f"{shape}, along {at}, {n}", shown(torch, lambda x: torch.diff(x, n, at), x)
    for n in (0, 2, 5, 6):
        yield f"{n}", shown(torch, lambda x: torch.diff(x, n), numbers(torch, 2, 5))
    x = numbers(torch, 2, 4)
    for d, label, ends in (
        (0, "before", {"prepend": x - 0.5}),
        (-1, "behind", {"append": x[:, :1] * 2}),
        (-2, "both", {"prepend": x[:1] * 2, "append": x - 0.5}),
        (1, "both", {"prepend": x[:, :1], "append": x * 2}),
    ):
        yield f"along {d}, {label}", shown(torch, lambda x: torch.diff(x, 2, d, **ends), x)
    yield "truth values", torch.diff(torch.tensor([[True, False, False], [True, True, False]]), 1, 1)
    yield "truth values, twice", torch.diff(torch.tensor([True, False, False, True]), 2)
    yield "small whole numbers", torch.diff(torch.tensor([3, 1, 7], dtype=torch.uint8))


@scenario(cites="torch.trapezoid", needs=(*NEEDS, "broadcasting"))
def areas_under_lines(torch):
    """`trapezoid` and `cumulative_trapezoid` add up areas between neighbours, at distances, or at places, which stretch."""
    for shape in SIZES:
        y = numbers(torch, *shape)
        for n, name in enumerate(("trapezoid", "cumulative_trapezoid")):
            function = getattr(torch, name)
            for d in range(len(shape)):
                at, given = (d, {}) if (n + d) % 2 else (d - len(shape), {"dx": 0.7})
                yield f"{name} {shape}, along {at}, {given}", shown(torch, lambda y: function(y, dim=at, **given), y)
                places = uneven(torch, shape[d]) if given else numbers(torch, *shape, step=5)
                yield (
                    f"{name} {shape}, along {at}, at places of {places.dim()}",
                    shown(torch, lambda y, x: function(y, x, dim=at), y, places),
                )
    y = numbers(torch, 3, 5, 2)
    for name in ("trapezoid", "cumulative_trapezoid"):
        function = getattr(torch, name)
        for d in (1, -1):
            yield f"{name}, places of fewer dimensions, {d}", function(y, numbers(torch, 5, 2, step=3), dim=d)
        yield f"{name}, places that stretch", function(y, uneven(torch, 2).reshape(1, 1, 2))
        yield f"{name} of one", function(y[:, :1], dim=1)
        yield f"{name} of two", function(y[:, :2], dim=1)
    yield "of nothing", torch.trapezoid(y[:, :0], dim=1)
    yield "of whole numbers", torch.trapezoid(torch.tensor([[1, 2, 4], [3, 5, 9]]), dx=2)
