"""Arrangements: the shapes of tensors changed in every way, along dimensions counted from the front and from behind."""

import math

from gradspec import attempt, scenario

NEEDS = ("tensor", "functions", "shapes", "indexing", "dtypes", "autograd_grad", "higher_order")


def numbers(torch, *shape, step=7):
    """A tensor whose elements lie on no line, of both signs."""
    places = range(math.prod(shape))
    values = [n * step % 11 * 0.5 - 2.25 - n % 3 + n * 0.03125 for n in places]
    return torch.tensor(values, dtype=torch.float64).reshape(shape)


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


def refused(function, *args, **options):
    """The type of the error that a call raises: its words are not what is specified here."""
    return type(attempt(function, *args, **options).error).__name__


@scenario(cites="torch.reshape", needs=NEEDS)
def shapes_given_and_inferred(torch):
    """`reshape`, `view`, `flatten`, `unflatten`, `squeeze`, `unsqueeze` and `expand` take sizes that are given,
    kept or inferred."""
    x = numbers(torch, 2, 1, 3, 4)
    for label, function in {
        "reshape": lambda x: x.reshape(3, 8),
        "reshape, inferred": lambda x: x.reshape(-1, 6),
        "reshape, inferred in between": lambda x: x.reshape((2, -1, 2)),
        "view": lambda x: x.view(6, -1),
        "view of one": lambda x: x.view(-1),
        "view of a part": lambda x: x[:, :, 1:].view(2, 8),
        "view_as": lambda x: x.view_as(torch.zeros(4, 6)),
        "flatten": lambda x: x.flatten(),
        "flatten from to": lambda x: torch.flatten(x, -2, -1),
        "flatten one": lambda x: x.flatten(2, 2),
        "unflatten, inferred": lambda x: x.unflatten(-1, (-1, 1, 2)),
        "squeeze": lambda x: x.squeeze(),
        "squeeze one": lambda x: x.squeeze(1),
        "squeeze none": lambda x: x.squeeze(-1),
        "squeeze several": lambda x: x.squeeze((0, 1, -1)),
        "unsqueeze": lambda x: x.unsqueeze(0),
        "unsqueeze behind": lambda x: x.unsqueeze(-1),
        "unsqueeze in between": lambda x: x.unsqueeze(-3),
        "expand": lambda x: x.expand(2, 5, 3, 4),
        "expand to more": lambda x: x.expand(3, -1, -1, -1, -1),
        "expand_as": lambda x: x.expand_as(torch.zeros(2, 2, 3, 4)),
        "broadcast_to": lambda x: torch.broadcast_to(x, (2, 2, 2, 3, 4)),
        "repeat": lambda x: x.repeat(1, 2, 1, 3),
        "repeat to more": lambda x: x.repeat(2, 1, 1, 2, 1),
        "repeat nothing": lambda x: x.repeat(1, 0, 1, 1),
        "tile": lambda x: x.tile(2, 3),
        "tile to more": lambda x: x.tile((2, 1, 2, 1, 1)),
        "sum_to_size": lambda x: x.sum_to_size(1, 1, 3, 1),
        "sum_to_size of fewer": lambda x: x.sum_to_size(3, 1),
        "atleast_1d": lambda x: torch.atleast_1d(x[0, 0, 0, 0]),
        "atleast_2d": lambda x: torch.atleast_2d(x[0, 0, 0]),
        "atleast_3d": lambda x: torch.atleast_3d(x[0, 0, 0], x[0, 0], x[0, 0, 0, 0], x),
        "as_strided": lambda x: x.as_strided((2, 3), (4, 5), 1),
        "as_strided, overlapping": lambda x: x.as_strided((3, 4), (2, 1)),
        "ravel": lambda x: torch.ravel(x.transpose(2, 3)),
        "unfold": lambda x: x.unfold(3, 2, 1),
        "unfold, in steps": lambda x: x.unfold(-2, 2, 3),
        "unfold, all": lambda x: x.unfold(2, 3, 1),
        "narrow": lambda x: x.narrow(3, 1, 2),
        "narrow from behind": lambda x: x.narrow(-1, -3, 2),
        "narrow to nothing": lambda x: x.narrow(2, 3, 0),
        "select": lambda x: x.select(2, -1),
        "select the first": lambda x: x.select(-1, 0),
    }.items():
        yield label, shown(torch, function, x)
    for label, function in {
        "reshape to more": lambda: x.reshape(5, 5),
        "reshape, inferred twice": lambda: x.reshape(-1, -1),
        "reshape to what does not divide": lambda: x.reshape(-1, 5),
        "reshape to a negative size": lambda: x.reshape(-2, 12),
        "view of what is turned": lambda: x.transpose(2, 3).view(-1),
        "flatten the wrong way round": lambda: x.flatten(2, 1),
        "flatten beyond": lambda: x.flatten(0, 4),
        "unflatten to other sizes": lambda: x.unflatten(3, (3, 2)),
        "unflatten, not inferred": lambda: x.unflatten(3, (-1, 3)),
        "squeeze beyond": lambda: x.squeeze(4),
        "squeeze before": lambda: x.squeeze(-5),
        "unsqueeze beyond": lambda: x.unsqueeze(5),
        "unsqueeze before": lambda: x.unsqueeze(-6),
        "expand what is not one": lambda: x.expand(2, 1, 6, 4),
        "expand to fewer": lambda: x.expand(3, 4),
        "expand in front by -1": lambda: x.expand(-1, 2, 1, 3, 4),
        "repeat fewer": lambda: x.repeat(2, 2),
        "repeat less than nothing": lambda: x.repeat(1, 1, 1, -1),
        "sum to what it is not": lambda: x.sum_to_size(2, 3),
        "as_strided beyond": lambda: x.as_strided((5, 5), (5, 1)),
        "as_strided by negative steps": lambda: x.as_strided((2, 2), (-1, 1)),
        "as_strided from before": lambda: x.as_strided((2, 2), (2, 1), -1),
        "as_strided of other lengths": lambda: x.as_strided((2, 2), (1,)),
        "unfold beyond": lambda: x.unfold(3, 5, 1),
        "unfold in no steps": lambda: x.unfold(3, 2, 0),
        "unfold to less than nothing": lambda: x.unfold(3, -1, 1),
        "narrow beyond": lambda: x.narrow(3, 2, 3),
        "narrow from beyond": lambda: x.narrow(3, 5, 0),
        "narrow to less than nothing": lambda: x.narrow(3, 1, -1),
        "select beyond": lambda: x.select(3, 4),
        "select before": lambda: x.select(3, -5),
        "broadcast to fewer": lambda: torch.broadcast_to(x, (3, 4)),
    }.items():
        yield label, refused(function)


@scenario(cites="torch.permute", needs=NEEDS)
def dimensions_moved(torch):
    """Dimensions are permuted, moved, exchanged, flipped, rolled and turned by right angles, wherever they are counted from."""
    x = numbers(torch, 2, 3, 4)
    for label, function in {
        "permute": lambda x: x.permute(2, 0, 1),
        "permute from behind": lambda x: x.permute((-1, 0, -2)),
        "transpose": lambda x: x.transpose(0, -1),
        "transpose nothing": lambda x: x.transpose(1, 1),
        "t": lambda x: x[0].t(),
        "mT": lambda x: x.mT,
        "movedim of several": lambda x: x.movedim((0, 2), (1, 0)),
        "moveaxis": lambda x: torch.moveaxis(x, -1, -3),
        "flip": lambda x: x.flip(0, 2),
        "flip from behind": lambda x: x.flip(-1),
        "flip nothing": lambda x: x.flip(()),
        "fliplr": lambda x: x.fliplr(),
        "flipud": lambda x: x.flipud(),
        "roll": lambda x: x.roll(1, 1),
        "roll back": lambda x: x.roll(-5, -1),
        "roll several": lambda x: x.roll((1, -2, 1), (0, 2, 2)),
        "roll all": lambda x: x.roll(5),
        "rot90": lambda x: x.rot90(),
        "rot90 twice": lambda x: x.rot90(2, (1, 2)),
        "rot90 thrice": lambda x: x.rot90(3, (0, -1)),
        "rot90 back": lambda x: x.rot90(-1, (2, 0)),
        "rot90 not": lambda x: x.rot90(4, (0, 1)),
        "diagonal": lambda x: x.diagonal(),
        "diagonal above": lambda x: x.diagonal(1, 1, 2),
        "diagonal below": lambda x: x.diagonal(-1, -2, -1),
        "diagonal beyond": lambda x: x.diagonal(9),
        "diag": lambda x: torch.diag(x[0], 1),
        "diag of a vector": lambda x: torch.diag(x[0, 0], -1),
        "diag_embed": lambda x: torch.diag_embed(x),
        "diag_embed below": lambda x: torch.diag_embed(x, -1, 0, 2),
        "diag_embed above": lambda x: torch.diag_embed(x, 2, -1, 1),
        "diagonal_scatter": lambda x: x.diagonal_scatter(x[:, 0, :3] * 2, 0, 1, 2),
        "tril": lambda x: x.tril(),
        "tril above": lambda x: x.tril(1),
        "triu": lambda x: x.triu(),
        "triu below": lambda x: x.triu(-1),
        "trace": lambda x: x[0].trace(),
        "combinations again": lambda x: torch.combinations(x[0, 0], 3, True),
    }.items():
        yield label, shown(torch, function, x)
    yield "vander", [torch.vander(x[0, 0] * 0.5), torch.vander(x[0, 0], 3, True), torch.vander(x[0, 0], 1)]
    for label, function in {
        "permute fewer": lambda: x.permute(0, 1),
        "permute one twice": lambda: x.permute(0, 1, 1),
        "permute beyond": lambda: x.permute(0, 1, 3),
        "transpose beyond": lambda: x.transpose(0, 3),
        "t of more": lambda: x.t(),
        "movedim twice": lambda: x.movedim((0, 0), (1, 2)),
        "movedim of other lengths": lambda: x.movedim((0, 1), (1,)),
        "flip twice": lambda: x.flip(1, -2),
        "flip beyond": lambda: x.flip(3),
        "fliplr of a vector": lambda: x[0, 0].fliplr(),
        "flipud of a scalar": lambda: x[0, 0, 0].flipud(),
        "roll of other lengths": lambda: x.roll((1, 2), 1),
        "rot90 in one dimension": lambda: x.rot90(1, (1, 1)),
        "rot90 in three": lambda: x.rot90(1, (0, 1, 2)),
        "diagonal of one dimension": lambda: x.diagonal(0, 1, 1),
        "diagonal of a vector": lambda: x[0, 0].diagonal(),
        "diag of more": lambda: torch.diag(x),
        "diag_embed in one dimension": lambda: torch.diag_embed(x, 0, 1, 1),
        "tril of a vector": lambda: x[0, 0].tril(),
        "trace of more": lambda: x.trace(),
        "combinations of more": lambda: torch.combinations(x[0]),
        "combinations of none": lambda: torch.combinations(x[0, 0], -1),
        "meshgrid of matrices": lambda: torch.meshgrid(x[0], indexing="ij"),
        "meshgrid of another kind": lambda: torch.meshgrid(x[0, 0], indexing="xz"),
        "vander of a matrix": lambda: torch.vander(x[0]),
    }.items():
        yield label, refused(function)


@scenario(cites="torch.cat", needs=NEEDS)
def tensors_joined_and_parted(torch):
    """Tensors are joined, stacked, split and padded along any dimension, whatever their sizes along it, if the others agree."""
    x, y = numbers(torch, 2, 3, 4), numbers(torch, 2, 1, 4, step=5)
    for label, function in {
        "cat": lambda x, y: torch.cat([x, y], 1),
        "cat from behind": lambda x, y: torch.cat((y, x, y), -2),
        "cat with nothing": lambda x, y: torch.cat([x, torch.zeros(0).double(), y], 1),
        "cat of dtypes": lambda x, y: torch.cat([x, y.float(), torch.ones(2, 1, 4, dtype=torch.int64)], 1),
        "stack": lambda x, y: torch.stack([x[:, :1], y]),
        "stack behind": lambda x, y: torch.stack([x[:, :1], y], -1),
        "stack in between": lambda x, y: torch.stack([x[:, :1], y], 2),
        "hstack of vectors": lambda x, y: torch.hstack([x[0, 0], y[0, 0]]),
        "vstack": lambda x, y: torch.vstack([x[:, :1], y]),
        "dstack": lambda x, y: torch.dstack([x[0], x[1]]),
        "split": lambda x, y: x.split(2, 2),
        "split unevenly": lambda x, y: x.split(2, 1),
        "split into sizes": lambda x, y: x.split([1, 0, 2], -2),
        "split by more": lambda x, y: x.split(9, 1),
        "chunk": lambda x, y: x.chunk(2, 1),
        "chunk into more": lambda x, y: x.chunk(7, -1),
        "chunk into one": lambda x, y: x.chunk(1),
        "tensor_split": lambda x, y: x.tensor_split(3, 2),
        "tensor_split into more": lambda x, y: x.tensor_split(4, 1),
        "tensor_split at": lambda x, y: x.tensor_split((1, 3), 2),
        "tensor_split from behind": lambda x, y: x.tensor_split((-3, -1), -1),
        "tensor_split by a tensor": lambda x, y: x.tensor_split(torch.tensor([1, 2]), 2),
        "hsplit of a vector": lambda x, y: x[0, 0].hsplit((1,)),
        "vsplit": lambda x, y: x.vsplit(2),
        "dsplit": lambda x, y: x.dsplit((1, 2)),
        "unbind": lambda x, y: x.unbind(),
        "unbind behind": lambda x, y: x.unbind(-2),
    }.items():
        yield label, shown(torch, function, x, y)
    F = torch.nn.functional
    image = numbers(torch, 1, 2, 3, 4)
    modes = ("constant", "reflect", "replicate", "circular")
    for pad, ways in (
        ((1, 2), ("constant",)),
        ((0, 1, 2, 0), modes[2:]),
        ((1, 1, 2, 1), modes[:2]),
        ((-1, 2, 1, -1), ("constant", "replicate")),
        ((0, 0, 0, 0), modes[3:]),
    ):
        for mode in ways:
            yield f"{mode} {pad}", shown(torch, lambda x: F.pad(x, pad, mode), image)
    for mode in modes:
        yield f"{mode}, without a batch", shown(torch, lambda x: F.pad(x, (1, 0, 1, 1), mode), image[0])
    for mode in ("reflect", "replicate", "circular"):
        yield f"{mode} in one dimension", shown(torch, lambda x: F.pad(x, (2, 1), mode), image[0])
        yield (
            f"{mode} in three",
            shown(torch, lambda x: F.pad(x, (1, 0, 1, 1, 0, 1), mode), numbers(torch, 1, 1, 2, 3, 2)),
        )
        yield f"{mode} by too much", refused(F.pad, image, (5, 5, 5, 5), mode) if mode != "replicate" else None
        yield f"{mode} of too few dimensions", refused(F.pad, image[0, 0, 0], (1, 1), mode)
    yield "constant of 5", F.pad(image, (1, 0, 0, 1), value=5.0)
    yield "constant in four dimensions", F.pad(image, (0, 1, 1, 0, 0, 1, 1, 0))
    for label, function in {
        "cat of nothing": lambda: torch.cat([]),
        "cat of other sizes": lambda: torch.cat([x, y], 0),
        "cat of other dimensions": lambda: torch.cat([x, y[0]], 0),
        "cat beyond": lambda: torch.cat([x, y], 3),
        "cat of scalars": lambda: torch.cat([x[0, 0, 0], y[0, 0, 0]]),
        "stack of nothing": lambda: torch.stack([]),
        "stack of other sizes": lambda: torch.stack([x, y]),
        "stack beyond": lambda: torch.stack([x, x], 4),
        "split into other sizes": lambda: x.split([1, 1], 2),
        "split into less than nothing": lambda: x.split([5, -1], 2),
        "split by nothing": lambda: x.split(0, 2),
        "chunk into none": lambda: x.chunk(0),
        "tensor_split into none": lambda: x.tensor_split(0),
        "hsplit into what does not divide": lambda: x.hsplit(2),
        "vsplit of a vector": lambda: x[0, 0].vsplit(2),
        "dsplit of a matrix": lambda: x[0].dsplit(2),
        "unbind beyond": lambda: x.unbind(3),
        "repeat_interleave by other sizes": lambda: x.repeat_interleave(torch.tensor([1, 2]), 1),
        "repeat_interleave by less than nothing": lambda: x.repeat_interleave(-1, 1),
        "pad of odd length": lambda: F.pad(image, (1, 2, 3)),
        "pad of more dimensions": lambda: F.pad(image, (1,) * 10),
        "pad in an unknown way": lambda: F.pad(image, (1, 1), "mirror"),
        "pad by less than there is": lambda: F.pad(image, (-3, -2)),
    }.items():
        yield label, refused(function)


@scenario(cites="torch.sort", needs=NEEDS)
def orders_along_every_dimension(torch):
    """`sort`, `argsort`, `topk`, `kthvalue`, `unique`, `searchsorted` and the like, along any dimension, up or down,
    with ties."""
    x = torch.tensor([[3.0, 1.0, 2.0, 1.0], [0.5, 0.5, -1.0, 4.0], [2.0, 2.0, 2.0, -3.0]]).double()
    apart = x + numbers(torch, 3, 4) * 0.001
    for dim in (0, -1):
        for down in (False, True):
            yield (
                f"sort, {dim}, {down}",
                shown(torch, lambda x: torch.sort(x, dim=dim, descending=down, stable=True)[0], x),
            )
            yield f"argsort, {dim}, {down}", torch.argsort(x, dim=dim, descending=down, stable=True)
        for k in (1, 3) if dim else (2,):
            yield f"topk {k}, {dim}", shown(torch, lambda x: x.topk(k, dim)[0], apart)
            yield f"least {k}, {dim}", list(apart.topk(k, dim, largest=False))
            yield f"kthvalue {k}, {dim}", shown(torch, lambda x: x.kthvalue(k, dim)[0], apart)
            yield f"kthvalue {k}, {dim}, kept", list(apart.kthvalue(k, dim, keepdim=True))
        yield f"msort, {dim}", torch.msort(x.transpose(0, dim))
        yield f"unique, {dim}", list(torch.unique(x, dim=dim, return_inverse=True, return_counts=True))
    flat = torch.tensor([1, 1, 2, 2, 2, 1, 3])
    yield "unique", list(torch.unique(flat, return_inverse=True, return_counts=True))
    yield "unique_consecutive", list(torch.unique_consecutive(flat, return_inverse=True, return_counts=True))
    bounds = torch.tensor([-1.0, 0.5, 0.5, 2.0, 3.0]).double()
    for right in (False, True):
        yield (
            f"searchsorted, {right}",
            [
                torch.searchsorted(bounds, x, right=right),
                torch.searchsorted(bounds, 0.5, right=right),
                torch.bucketize(x, bounds, right=right),
            ],
        )
        yield (
            f"searchsorted in rows, {right}",
            torch.searchsorted(torch.stack([bounds, bounds + 1, bounds * 2]), x, right=right),
        )
    for label, function in {
        "topk of more": lambda: x.topk(5, 1),
        "topk of less than nothing": lambda: x.topk(-1, 1),
        "kthvalue of more": lambda: x.kthvalue(5, 1),
        "kthvalue of none": lambda: x.kthvalue(0, 1),
        "sort beyond": lambda: x.sort(2),
        "searchsorted in other rows": lambda: torch.searchsorted(torch.stack([bounds, bounds]), x),
        "bucketize in rows": lambda: torch.bucketize(x, torch.stack([bounds, bounds])),
        "searchsorted in a scalar": lambda: torch.searchsorted(bounds[0], x),
        "diff less than once": lambda: torch.diff(x, -1),
        "gradient of too few": lambda: torch.gradient(x[:1], dim=0),
        "gradient to the edge of too few": lambda: torch.gradient(x[:2], dim=0, edge_order=2),
        "gradient to an unknown edge": lambda: torch.gradient(x, edge_order=3),
        "trapezoid at other places": lambda: torch.trapezoid(x, bounds),
    }.items():
        yield label, refused(function)
