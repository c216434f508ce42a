"""Contractions: products of vectors, matrices and tensors of every number of dimensions, and statistics made of them."""

import math

from gradspec import attempt, scenario

NEEDS = ("tensor", "matmul", "functions", "shapes", "dtypes", "autograd_grad", "higher_order")


def numbers(torch, *shape, step=7):
    """A tensor whose elements lie on no line, of both signs."""
    places = range(math.prod(shape))
    values = [n * step % 11 * 0.5 - 2.25 - n % 3 + n * 0.03125 for n in places]
    return torch.tensor(values, dtype=torch.float64).reshape(shape)


def upstream(y):
    """A gradient for `y` that is another for each of its elements."""
    return y.detach() * 0.5 + 1.0


def shown(torch, function, *inputs):
    """What a function makes of its inputs, and their gradients under an uneven gradient of the result; and theirs, once more."""
    inputs = [each.clone().requires_grad_() for each in inputs]
    y = function(*inputs)
    first = torch.autograd.grad(y, inputs, upstream(y), create_graph=True, allow_unused=True)
    found = [each for each in first if each is not None and each.requires_grad]
    second = torch.autograd.grad(found, inputs, [upstream(each) for each in found], allow_unused=True) if found else ()
    return (y.detach(), *(None if each is None else each.detach() for each in first), *second)


def once(torch, function, *inputs):
    """The same, without the last."""
    inputs = [each.clone().requires_grad_() for each in inputs]
    y = function(*inputs)
    return (y.detach(), *torch.autograd.grad(y, inputs, upstream(y), allow_unused=True))


def refused(function, *args, **options):
    """Whether a call raises an error: of what type, and in which words, is not what is specified here."""
    return attempt(function, *args, **options).error is not None


@scenario(cites="torch.matmul", needs=NEEDS)
def products_of_every_number_of_dimensions(torch):
    """`matmul` of vectors, matrices and batches of them, which stretch; each of the two may be turned, or have no elements."""
    shapes = {
        (3,): ((3,), (3, 2), (2, 1, 3, 2)),
        (2, 3): ((3,), (3, 2), (2, 3, 2)),
        (2, 2, 3): ((3,), (3, 2), (1, 3, 2), (3, 1, 3, 2)),
        (2, 1, 2, 3): ((3, 2), (1, 2, 3, 1)),
    }
    for one, others in shapes.items():
        for other in others:
            a, b = numbers(torch, *one), numbers(torch, *other, step=5)
            yield f"{one} @ {other}", shown(torch, torch.matmul, a, b)
    for one, other in (
        ((0,), (0,)),
        ((2, 0), (0, 3)),
        ((0, 2), (2, 3)),
        ((2, 0, 2), (2, 3)),
        ((3, 2, 0), (3, 0, 2)),
        ((2, 3), (3, 0)),
    ):
        yield f"{one} @ {other}", torch.zeros(one) @ torch.zeros(other)
    for one, other in (
        ((3,), (2,)),
        ((2, 3), (2,)),
        ((2, 3), (2, 3)),
        ((3,), (2, 3)),
        ((2, 2, 3), (3, 3, 2)),
        ((), (3,)),
        ((3,), ()),
        ((2, 2, 3), (2, 2, 2)),
    ):
        yield f"{one} @ {other}, refused", refused(torch.matmul, torch.zeros(one), torch.zeros(other))
    yield "of two dtypes", refused(torch.matmul, torch.zeros(2, 2), torch.zeros(2, 2).double())
    yield "of integers", torch.tensor([[1, 2], [3, 4]]) @ torch.tensor([[5, 6], [7, 8]])


@scenario(cites="torch.addmm", needs=NEEDS)
def products_by_their_names(torch):
    """`mm`, `mv`, `dot`, `outer`, `bmm` and their like take their shapes alone; those that add weigh what is added,
    and the product."""
    x, y, u, v = (
        numbers(torch, 2, 3),
        numbers(torch, 3, 2, step=5),
        numbers(torch, 3, step=3),
        numbers(torch, 3, step=2),
    )
    X, Y = numbers(torch, 2, 2, 3), numbers(torch, 2, 3, 2, step=5)
    given = {
        "mm": (x, y),
        "mv": (x, u),
        "dot": (u, v),
        "vdot": (u, v),
        "inner": (x, x.flip(0)),
        "outer": (u, v[:2]),
        "ger": (u, v[:2]),
        "bmm": (X, Y),
        "kron": (x, y),
        "chain_matmul": (x, y, x),
        "addmm": (numbers(torch, 2, 2), x, y),
        "addmv": (numbers(torch, 2), x, u),
        "addr": (numbers(torch, 3, 2), u, v[:2]),
        "baddbmm": (numbers(torch, 2, 2, 2), X, Y),
        "addbmm": (numbers(torch, 2, 2), X, Y),
    }
    for name, tensors in given.items():
        if len(tensors) == 2:
            yield name, shown(torch, getattr(torch, name), *tensors)
        if len(tensors) == 3 and name != "chain_matmul":
            for beta, alpha in ((2, 3), (0, 1), (0.5, -1.5), (1, 0)) if name == "addmm" else ((0.5, -1.5), (0, 3)):
                yield (
                    f"{name}, {beta}, {alpha}",
                    (shown if beta == 0.5 else once)(
                        torch, lambda *t: getattr(torch, name)(*t, beta=beta, alpha=alpha), *tensors
                    ),
                )
            small = tensors[0][(slice(0, 1),) * tensors[0].dim()]
            yield f"{name}, stretched", once(torch, getattr(torch, name), small, *tensors[1:])
            yield f"{name}, of what does not stretch", refused(getattr(torch, name), torch.zeros(5, 5, 5), *tensors[1:])
        yield (
            f"{name} of a vector that does not fit",
            refused(getattr(torch, name), *tensors[:-1], torch.zeros(7).double())
            if name not in ("outer", "ger", "kron", "addr")
            else None,
        )
        yield (
            f"{name} of matrices that do not fit",
            refused(getattr(torch, name), *tensors[:-1], torch.zeros(5, 5).double()) if name != "kron" else None,
        )
        yield (
            f"{name} of another dtype",
            refused(getattr(torch, name), *tensors[:-1], tensors[-1].float())
            if name in ("mm", "mv", "dot", "bmm", "addmm")
            else None,
        )
    yield "cross along columns", shown(torch, lambda a, b: torch.cross(a, b, dim=0), y, y.flip(1))
    yield "linalg.cross", shown(torch, torch.linalg.cross, x, u.unsqueeze(0))
    yield "linalg.cross of other sizes", refused(torch.linalg.cross, y, y)
    yield "vecdot", shown(torch, lambda a, b: torch.linalg.vecdot(a, b, dim=0), y, y.flip(1))
    yield "a scalar product with a scalar", shown(torch, torch.inner, x, torch.tensor(2.0).double())
    yield "kron of more", shown(torch, torch.kron, u, X)
    for value, seen in ((1, once), (-2.5, shown)):
        yield f"addcmul, {value}", seen(torch, lambda a, b, c: torch.addcmul(a, b, c, value=value), x, x.flip(0), u)
        yield (
            f"addcdiv, {value}",
            seen(torch, lambda a, b, c: torch.addcdiv(a, b, c, value=value), x, x.flip(0), u + 5),
        )
    for weight in (0.25, 0.5, 2.0):
        yield f"lerp, {weight}", once(torch, lambda a, b: torch.lerp(a, b, weight), x, x.flip(0))
    yield "lerp, each", shown(torch, torch.lerp, x, x.flip(0), u)
    for p in (0.0, 0.5, 1.0, 2.0, 3.0, float("inf")):
        found = (
            once(torch, lambda a, b: torch.cdist(a, b, p), X, X.flip(0) + 0.3) if p else torch.cdist(X, X.flip(0), p)
        )
        yield f"cdist, {p}", found
        yield (
            f"dist, {p}",
            once(torch, lambda a, b: torch.dist(a, b, p), x, x.flip(0) + 0.3) if p else torch.dist(x, x.flip(0), p),
        )
    for way in ("use_mm_for_euclid_dist_if_necessary", "use_mm_for_euclid_dist", "donot_use_mm_for_euclid_dist"):
        yield f"cdist, {way}", torch.cdist(X, X.flip(0) + 0.3, compute_mode=way)


@scenario(cites="torch.einsum", needs=NEEDS)
def sums_over_letters(torch):
    """`einsum` by letters or numbers, with dots, with letters that stand twice, and with a result that is said or not."""
    a, b, c = numbers(torch, 2, 3), numbers(torch, 3, 4, step=5), numbers(torch, 2, 3, 3, step=3)
    for equation, tensors in (
        ("ij->j", (a,)),
        ("ba", (a,)),
        ("ijj->ij", (c,)),
        ("ijj->i", (c,)),
        ("ijj", (c,)),
        ("...j,jk->...k", (c, b)),
        ("...ij->...ji", (c,)),
        ("ij,jk,ik->k", (a, b, numbers(torch, 2, 4, step=2))),
        ("ij, jk -> ki", (a, b)),
        ("iJ,Jk->ik", (a, b)),
        ("ij,kj->ik", (a[:1], c[0])),
        ("bij,bjk->bik", (c, c.flip(0))),
        ("ij,k->ijk", (a, b[0])),
    ):
        yield equation, once(torch, lambda *t: torch.einsum(equation, *t), *tensors)
    yield "in a list", torch.einsum("ij,jk->ik", [a, b])
    yield "numbers", shown(torch, lambda a, b: torch.einsum(a, [0, 1], b, [1, 2], [0, 2]), a, b)
    yield "numbers, not said", shown(torch, lambda a, b: torch.einsum(a, [1, 0], b, [0, 27]), a, b)
    yield "numbers and dots", shown(torch, lambda c, b: torch.einsum(c, [..., 51], b, [51, 0], [..., 0]), c, b)
    for equation, tensors in (
        ("ij,jk->ik", (a,)),
        ("ij,jk->ik", (a, b, b)),
        ("ij,jk->il", (a, b)),
        ("ij,jk->iik", (a, b)),
        ("ijk", (a,)),
        ("i", (a,)),
        ("ij,ik->jk", (a, b)),
        ("ijj->i", (numbers(torch, 2, 3, 2),)),
        ("ij,jk>ik", (a, b)),
        ("i1->i", (a,)),
        ("..ij", (a,)),
        ("......", (a,)),
        ("i j->...", (a,)),
    ):
        yield (
            f"{equation} of {len(tensors)}, {tuple(tensors[0].shape)}, refused",
            refused(torch.einsum, equation, *tensors),
        )
    yield "a number too large", refused(torch.einsum, a, [0, 52])
    yield "a negative number", refused(torch.einsum, a, [0, -1])


@scenario(cites="torch.tensordot", needs=NEEDS)
def products_over_any_dimensions(torch):
    """`tensordot` over the last of one and the first of the other, or over pairs of dimensions; `multi_dot` in any order."""
    a, b = numbers(torch, 2, 3, 4), numbers(torch, 4, 3, 2, step=5)
    yield "1", shown(torch, lambda a, b: torch.tensordot(a, b, 1), a, b)
    yield "2", shown(torch, lambda a, b: torch.tensordot(a, b, 2), a, numbers(torch, 3, 4, 2, step=5))
    for dims in (([1], [1]), ([0, 1, 2], [2, 1, 0]), ([-1], [0]), ([-3, 1], [-1, -2])):
        yield f"{dims}", once(torch, lambda a, b: torch.tensordot(a, b, dims), a, b)
    yield "stretched", once(torch, lambda a, b: torch.tensordot(a, b, ([1], [0])), a, numbers(torch, 1, 2, step=5))
    for dims in (([0], [0]), ([1, 2], [1]), ([3], [0]), ([1, 1], [1, 1])):
        yield f"{dims}, refused", refused(torch.tensordot, a, b, dims)
    yield "over more than there are", refused(torch.tensordot, a, b, 4)
    yield "over less than none", refused(torch.tensordot, a, b, -1)
    u, v = numbers(torch, 10), numbers(torch, 2, step=3)
    A, B, C, D = (
        numbers(torch, 10, 3),
        numbers(torch, 3, 5, step=5),
        numbers(torch, 5, 2, step=3),
        numbers(torch, 2, 7, step=2),
    )
    for label, tensors in {
        "two": (A, B),
        "three": (A, B, C),
        "three, the other way round": (
            numbers(torch, 2, 9),
            numbers(torch, 9, 3, step=5),
            numbers(torch, 3, 8, step=3),
        ),
        "four": (A, B, C, D),
        "five": (A, B, C, D, numbers(torch, 7, 1)),
        "a vector first": (u, A, B),
        "a vector last": (A, B, C, v),
        "vectors on both sides": (u, A, B, C, v),
        "vectors alone": (u, u),
    }.items():
        yield label, once(torch, lambda *t: torch.linalg.multi_dot(t), *tensors)
    yield "one", refused(torch.linalg.multi_dot, [A])
    yield "of other sizes", refused(torch.linalg.multi_dot, [A, C])
    yield "of batches", refused(torch.linalg.multi_dot, [numbers(torch, 2, 3, 3), B])
    yield "a vector in between", refused(torch.linalg.multi_dot, [A, numbers(torch, 3), B])
    for indexing, n in ((False, None), (True, None), (False, 2), (True, 4)):
        yield (
            f"vander, {indexing}, {n}",
            torch.linalg.vander(numbers(torch, 2, 3), N=n) if not indexing else torch.vander(v, n, True),
        )


@scenario(cites="torch.cov", needs=NEEDS)
def covariances(torch):
    """`cov` and `corrcoef` of rows of observations, which may be counted several times, weighted, and corrected for."""
    x = numbers(torch, 3, 4)
    counts, weights = torch.tensor([1, 3, 2, 1]), torch.tensor([0.5, 1.5, 1.0, 2.0]).double()
    for correction in (0, 2):
        yield f"plain, {correction}", once(torch, lambda x: torch.cov(x, correction=correction), x)
        yield f"counted, {correction}", once(torch, lambda x: torch.cov(x, correction=correction, fweights=counts), x)
        yield (
            f"weighted, {correction}",
            shown(torch, lambda x: torch.cov(x, correction=correction, aweights=weights), x),
        )
        yield (
            f"both, {correction}",
            shown(torch, lambda x: torch.cov(x, correction=correction, fweights=counts, aweights=weights), x),
        )
    yield "of one row", shown(torch, torch.cov, x[0])
    yield "of a scalar", torch.cov(torch.tensor(2.0), correction=0)
    yield "corrcoef", shown(torch, torch.corrcoef, x)
    yield "corrcoef of one row", torch.corrcoef(x[0])
    yield "corrcoef of complex numbers", torch.corrcoef(torch.complex(x, x.flip(0)))
    yield "cov of complex numbers", torch.cov(torch.complex(x, x.flip(0)))
    yield "corrcoef of rows that are one", torch.corrcoef(torch.stack([x[0], 2 * x[0]]))
    for label, settings in {
        "negative counts": {"fweights": counts - 2},
        "counts that are floats": {"fweights": counts.double()},
        "other counts": {"fweights": counts[:3]},
        "a matrix of counts": {"fweights": counts.reshape(2, 2)},
        "negative weights": {"aweights": weights - 1},
        "weights that are integers": {"aweights": counts},
        "other weights": {"aweights": weights[:3]},
    }.items():
        yield label, refused(torch.cov, x, **settings)
    yield "of three dimensions", refused(torch.cov, numbers(torch, 2, 2, 2))
