"""Steps: of which nodes the history of what a function makes consists, by shapes, by memory, and by what requires grad."""

import math

from gradspec import scenario

NEEDS = ("tensor", "functions", "shapes", "matmul", "indexing", "graph", "dtypes", "autograd_grad")


def numbers(torch, *shape, step=7):
    """A tensor whose elements lie on no line, of both signs."""
    places = range(math.prod(shape))
    values = [n * step % 11 * 0.5 - 2.25 - n % 3 + n * 0.03125 for n in places]
    return torch.tensor(values, dtype=torch.float64).reshape(shape)


def steps(node, depth=12):
    """A node and all that it leads to, by their names."""
    if node is None:
        return "-"
    if not depth:
        return "..."
    into = [steps(each, depth - 1) for each, _ in node.next_functions]
    return node.name() + (f"({', '.join(into)})" if into else "")


def upstream(y):
    """A gradient for `y` that is another for each of its elements."""
    return y.detach() * 0.5 + 1.0


def history(torch, function, *inputs):
    """The nodes of the results, and the gradients of the inputs that require grad."""
    found = function(*inputs)
    found = list(found) if isinstance(found, (tuple, list)) else [found]
    found = [each for each in found if each.requires_grad]
    leaves = [each for each in inputs if each.requires_grad]
    given = torch.autograd.grad(found, leaves, [upstream(y) for y in found], allow_unused=True)
    return ([steps(each.grad_fn) for each in found], [each.detach() for each in found], *given)


def leaf(torch, how, *shape, step=7):
    """A leaf of this shape, whose elements lie in memory one after the other, or turned, or with gaps, or in one place."""
    if how == "turned":
        return numbers(torch, *shape[::-1], step=step).permute(*reversed(range(len(shape)))).detach()
    if how == "matrices turned" and len(shape) > 1:
        return numbers(torch, *shape[:-2], shape[-1], shape[-2], step=step).mT.detach()
    if how == "with gaps":
        return numbers(torch, *shape[:-1], shape[-1] * 2, step=step)[..., ::2].detach()
    if how == "expanded":
        return numbers(torch, 1, *shape[1:], step=step).expand(shape).detach()
    return numbers(torch, *shape, step=step)


@scenario(cites="torch.matmul", needs=NEEDS)
def steps_of_products(torch):
    """What `matmul` is made of depends on the dimensions of both, on which requires grad, and on how they lie in memory."""
    both = ((True, True),)
    each = ((True, False), (False, True), (True, True))
    first, second = ((True, False),), ((False, True),)
    LAYOUTS = ("turned", "matrices turned", "with gaps", "expanded")
    # Of what size; which requires grad where all lies in order; how else it lies, and which requires grad then.
    for one, other, asked, layouts, alone in (
        ((3,), (3,), both, ("with gaps",), both),
        ((2, 3), (3,), each, ("turned",), both),
        ((3,), (3, 4), each, ("turned",), both),
        ((2, 3), (3, 4), each, ("turned", "with gaps"), both),
        ((2, 2, 3), (3,), each, ("turned", "with gaps"), first),
        ((2, 2, 3), (3, 4), each, LAYOUTS, first),
        ((1, 2, 3), (3, 4), both, ("matrices turned",), first),
        ((3, 2, 2, 3), (3, 2), both, ("turned", "expanded"), first),
        ((3,), (2, 3, 4), each, ("turned", "expanded"), second),
        ((2, 3), (2, 3, 4), each, LAYOUTS, second),
        ((2, 3), (1, 3, 4), both, ("matrices turned",), second),
        ((2, 3), (2, 3, 3, 2), both, ("turned", "expanded"), second),
        ((3,), (2, 3, 3, 2), second, ("turned",), both),
        ((2, 2, 3), (2, 3, 4), each, ("turned", "expanded"), both),
        ((1, 2, 3), (2, 3, 4), both, ("expanded",), both),
        ((2, 2, 3), (1, 3, 4), both, ("turned",), both),
        ((3, 1, 2, 3), (2, 3, 2), both, ("turned",), both),
        ((2, 2, 3), (3, 1, 3, 2), both, (), both),
        ((1, 2, 2, 3), (2, 3, 2), both, (), both),
        ((1, 3), (3, 1), both, ("turned",), both),
        ((2, 1, 3), (3, 1), both, ("with gaps",), first),
        ((2, 1, 3), (2, 3, 1), both, (), both),
    ):
        for how, flags in (
            *(("in order", flags) for flags in asked),
            *((how, flags) for how in layouts for flags in alone),
        ):
            a, b = leaf(torch, how, *one), leaf(torch, how, *other, step=5)
            label = f"{one} @ {other}, {how}, {'first' * flags[0]} {'second' * flags[1]}"
            a.requires_grad_(flags[0])
            b.requires_grad_(flags[1])
            yield label, history(torch, torch.matmul, a, b)


@scenario(cites="torch.einsum", needs=NEEDS)
def steps_of_contractions(torch):
    """`einsum`, `tensordot`, `inner`, `kron` and `chain_matmul` are made of products, sums and changes of shape."""
    x, y = numbers(torch, 2, 3, 5), numbers(torch, 5, 3, 2, step=5)
    m, n, v = numbers(torch, 2, 3), numbers(torch, 3, 4, step=5), numbers(torch, 3, step=3)
    thin = numbers(torch, 1, 3, step=2)
    for label, function, inputs in (
        *[
            (f"einsum {equation}", lambda *t, equation=equation: torch.einsum(equation, *t), inputs)
            for equation, inputs in (
                ("ij,jk->ki", (m, n)),
                ("ij,jk", (m, n)),
                ("ij,jk->j", (m, n)),
                ("ij,j->ij", (m, v)),
                ("j,ij->ij", (v, m)),
                ("ij,kj->ik", (m, m)),
                ("ij,ij->", (m, m)),
                ("ij,ij->ji", (m, m)),
                ("i,j->ji", (v, v)),
                ("i,i", (v, v)),
                ("ij->ji", (m,)),
                ("ij->", (m,)),
                ("kij->jk", (x,)),
                ("bij,jik->kb", (x, y)),
                ("bij,jik->kib", (x, y)),
                ("...j,jik->...ik", (x, y)),
                ("b...,b...->...", (x, x)),
                ("...,...->...", (m, m)),
                ("...,...j->...j", (x, numbers(torch, 5, 2))),
                ("i...->...i", (x,)),
                ("kj,ij->ki", (thin, m)),
                ("ij,kl->ijkl", (m, n)),
                ("ij,kl->jk", (m, n)),
                ("ij,kl->il", (m, n)),
                ("iij->ij", (numbers(torch, 3, 3, 2),)),
                ("iji,j->i", (numbers(torch, 3, 2, 3), numbers(torch, 2))),
            )
        ],
        *[
            (
                f"tensordot {dims} {tuple(a.shape)} {tuple(b.shape)}",
                lambda a, b, dims=dims: torch.tensordot(a, b, dims),
                (a, b),
            )
            for dims, a, b in (
                (0, m, v),
                (1, m, n),
                (2, x, y.transpose(0, 1)),
                (([0], [1]), m, numbers(torch, 5, 2)),
                (([2, 1], [0, 1]), x, y),
                (([0, 1, 2], [0, 1, 2]), x, x),
                (([1], [1]), m, thin),
                (([0], [0]), thin, m),
                (([], []), v, m),
                (([-1], [-2]), x, y.transpose(0, 1)),
            )
        ],
        ("inner", torch.inner, (m, numbers(torch, 4, 3))),
        ("inner of more", torch.inner, (x, numbers(torch, 4, 5))),
        ("inner of vectors", torch.inner, (v, v * 2)),
        ("kron", torch.kron, (m, n)),
        ("kron of fewer", torch.kron, (v, m)),
        ("kron of more", torch.kron, (x, v)),
        ("chain_matmul of two", torch.chain_matmul, (m, n)),
        ("chain_matmul of three", torch.chain_matmul, (m, n, numbers(torch, 4, 5))),
        ("chain_matmul of three, from behind", torch.chain_matmul, (numbers(torch, 6, 3), n, numbers(torch, 4, 1))),
        ("chain_matmul of one", torch.chain_matmul, (m,)),
        ("outer", torch.outer, (v, m[0])),
        ("cross", lambda a: torch.cross(a, a.flip(1), dim=1), (m,)),
        ("linalg.cross", lambda a, b: torch.linalg.cross(a, b), (m, thin)),
        ("trace", torch.trace, (numbers(torch, 3, 5),)),
        ("vdot", torch.vdot, (v, v.flip(0))),
    ):
        yield label, history(torch, function, *[each.detach().clone().requires_grad_() for each in inputs])
    for label, function, one, other in (
        ("einsum", lambda *t: torch.einsum("ij,jk->ki", *t), m, n),
        ("einsum of more", lambda *t: torch.einsum("bij,jik->kb", *t), x, y),
        ("einsum, each by each", lambda *t: torch.einsum("ij,ij->ij", *t), thin, m),
        ("tensordot", lambda *t: torch.tensordot(*t, 1), m, n),
        ("tensordot, stretched", lambda *t: torch.tensordot(*t, ([1], [1])), m, thin),
        ("inner", torch.inner, x, numbers(torch, 4, 5)),
        ("kron", torch.kron, v, m),
        ("chain_matmul", torch.chain_matmul, m, n),
        ("outer", torch.outer, v, m[0]),
        ("linalg.cross", torch.linalg.cross, m, thin),
        ("vdot", torch.vdot, v, v.flip(0)),
    ):
        yield f"{label}, the second alone", history(torch, function, one, other.detach().clone().requires_grad_())


@scenario(cites="torch.cov", needs=NEEDS)
def steps_of_what_is_made_of_others(torch):
    """Statistics, differences, parts and joins are made of simpler functions, whose nodes stand in their history."""
    m, v, x = numbers(torch, 4, 3), numbers(torch, 3, step=3), numbers(torch, 2, 3, 4)
    weights = torch.tensor([0.5, 1.5, 2.0]).double()
    counts = torch.tensor([1, 3, 2])
    for label, function, inputs in (
        ("cov", torch.cov, (m,)),
        ("cov of a row", torch.cov, (v,)),
        ("cov, counted", lambda m: torch.cov(m, fweights=counts), (m,)),
        ("cov, both, uncorrected", lambda m, w: torch.cov(m, correction=0, fweights=counts, aweights=w), (m, weights)),
        ("corrcoef", torch.corrcoef, (m,)),
        ("corrcoef of a row", torch.corrcoef, (v,)),
        ("cdist", torch.cdist, (m, numbers(torch, 2, 3, step=5))),
        ("diff", lambda x: torch.diff(x, 2, 1), (x,)),
        ("diff, with ends", lambda x, a: torch.diff(x, 1, 1, a, a), (x, x[:, :1])),
        ("gradient", lambda x: torch.gradient(x, dim=(1, 2)), (x,)),
        ("gradient, to the second", lambda x: torch.gradient(x, dim=2, edge_order=2), (x,)),
        ("trapezoid, apart", lambda x: torch.trapezoid(x, dx=0.5), (x,)),
        ("trapezoid at all places", lambda x, p: torch.trapezoid(x, p, dim=1), (x, x * 2)),
        ("cumulative_trapezoid", lambda x: torch.cumulative_trapezoid(x, dim=0), (x,)),
        ("cumulative_trapezoid at places", lambda x, p: torch.cumulative_trapezoid(x, p, dim=1), (x, v)),
        ("quantile", lambda x: torch.quantile(x, 0.3), (x,)),
        ("quantile along the last", lambda x: torch.quantile(x, torch.tensor([0.3, 0.6]).double(), -1, True), (x,)),
        ("nanquantile", lambda x: torch.nanquantile(x, 0.3, 0, interpolation="lower"), (x,)),
        ("unflatten", lambda x: x.unflatten(2, (4, 1)), (x,)),
        ("reshape", lambda x: x.reshape(6, 4), (x,)),
        ("reshape of what is turned", lambda x: x.transpose(0, 1).reshape(6, 4), (x,)),
        ("reshape of a part", lambda x: x[:, :2].reshape(2, 8), (x,)),
        ("adjoint", lambda x: x.adjoint(), (x,)),
        ("tile", lambda x: x.tile(2, 1), (x,)),
        ("repeat_interleave", lambda x: x.repeat_interleave(2, 1), (x,)),
        ("repeat_interleave of all", lambda x: x.repeat_interleave(2), (x,)),
        ("repeat_interleave by a tensor", lambda x: x.repeat_interleave(torch.tensor([1, 0, 2]), 1), (x,)),
        ("vstack of vectors", lambda x, y: torch.vstack([x, y]), (v, v * 2)),
        ("dstack of vectors", lambda x, y: torch.dstack([x, y]), (v, v * 2)),
        ("column_stack", lambda x, y: torch.column_stack([x, y]), (v, m[:3])),
        ("atleast_3d", torch.atleast_3d, (v,)),
        ("block_diag", torch.block_diag, (m, v)),
        ("meshgrid", lambda x, y: torch.meshgrid(x, y, indexing="ij"), (v, v * 2)),
        ("meshgrid, turned", lambda x, y: torch.meshgrid(x, y, indexing="xy"), (v, v * 2)),
        ("cartesian_prod", torch.cartesian_prod, (v, v * 2)),
        ("combinations", torch.combinations, (v,)),
        ("broadcast_tensors", torch.broadcast_tensors, (v, m)),
        ("hsplit", lambda x: x.hsplit(3), (x,)),
        ("tensor_split", lambda x: x.tensor_split(2, 2), (x,)),
        ("diag", torch.diag, (v,)),
        ("diag of a matrix", lambda m: torch.diag(m, -1), (m,)),
        ("diagflat", torch.diagflat, (m,)),
        ("take_along_dim", lambda m: torch.take_along_dim(m, torch.tensor([[0, 2, 1]]), 0), (m,)),
        ("take_along_dim of all", lambda m: torch.take_along_dim(m, torch.tensor([[0, 7], [5, 5]])), (m,)),
        ("gather of another shape", lambda v: v.gather(0, torch.tensor(2)), (v,)),
        ("polar", lambda a, b: torch.view_as_real(torch.polar(a, b)), (v, v * 2)),
        ("float_power", lambda v: torch.float_power(v, 2), (v,)),
        ("float_power of float32", lambda v: torch.float_power(v.float(), 2), (v,)),
        ("rsub of tensors", torch.rsub, (v, weights)),
        ("rsub of tensors, scaled", lambda v, w: torch.rsub(v, w, alpha=3), (v, weights)),
        ("number over", lambda v: 2.0 / v, (v,)),
        ("clamp by tensors", lambda v, w: torch.clamp(v, w - 1, w), (v, weights)),
        ("nuclear norm", lambda m: torch.norm(m, "nuc"), (m,)),
        ("nanmean", lambda m: torch.nanmean(m, 1), (m,)),
        ("vander", lambda v: torch.linalg.vander(v), (v,)),
        ("ndtr", torch.special.ndtr, (v,)),
    ):
        yield label, history(torch, function, *[each.detach().clone().requires_grad_() for each in inputs])
