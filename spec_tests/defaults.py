"""Defaults: what a call does with the arguments that it is not given."""

import math

from gradspec import attempt, scenario

NEEDS = ("tensor", "functions", "shapes", "dtypes", "flags", "autograd_grad")


def numbers(torch, *shape, step=7):
    """A tensor whose elements lie on no line, of both signs."""
    places = range(math.prod(shape))
    values = [n * step % 11 * 0.5 - 2.25 - n % 3 + n * 0.03125 for n in places]
    return torch.tensor(values, dtype=torch.float64).reshape(shape)


def outcome(function):
    """What a call gives, or that it raises: of what type, and in which words, is not what is specified here."""
    found = attempt(function)
    if found.error is not None:
        return "refused"
    value = found.value
    return list(value) if isinstance(value, (tuple, list)) else value


@scenario(cites="torch.nn.functional.linear_cross_entropy", needs=NEEDS)
def settings_left_alone(torch):
    """What is not given has its default, which is another thing than any other value of it."""
    F = torch.nn.functional
    x, w, b = numbers(torch, 4, 3), numbers(torch, 5, 3, step=5), numbers(torch, 5, step=3)
    rows = torch.tensor([0, 4, 2, 1])
    table = numbers(torch, 5, 3)
    for label, function in {
        "linear_cross_entropy": lambda: F.linear_cross_entropy(x, w, rows),
        "linear_cross_entropy, bias": lambda: F.linear_cross_entropy(x, w, rows, linear_bias=b),
        "linear_cross_entropy, sum": lambda: F.linear_cross_entropy(x, w, rows, reduction="sum", ignore_index=4),
        "linear_cross_entropy, smoothed": lambda: F.linear_cross_entropy(
            x, w, rows, label_smoothing=0.25, weight=b.abs()
        ),
        "linear_cross_entropy of one": lambda: F.linear_cross_entropy(x[0], w, rows[1]),
        "embedding, shortened": lambda: F.embedding(rows, table.clone(), max_norm=2.0),
        "embedding_bag, shortened": lambda: F.embedding_bag(rows[None], table.clone(), max_norm=2.0),
        "embedding_bag": lambda: F.embedding_bag(rows[None], table),
        "multi_margin_loss": lambda: F.multi_margin_loss(x, rows % 3),
        "margin_ranking_loss": lambda: F.margin_ranking_loss(x, x * 2 - 1, torch.ones(4, 3)),
        "hinge_embedding_loss": lambda: F.hinge_embedding_loss(x, torch.ones(4, 3) - 2 * (x > 0)),
        "triplet_margin_loss": lambda: F.triplet_margin_loss(x, x * 1.5, x - 1),
        "huber_loss": lambda: F.huber_loss(x, x * 2),
        "smooth_l1_loss": lambda: F.smooth_l1_loss(x, x * 2),
        "threshold": lambda: F.threshold(x, 0.5, 0.25),
        "hardtanh": lambda: F.hardtanh(x),
        "leaky_relu": lambda: F.leaky_relu(x),
        "elu": lambda: F.elu(x),
        "celu": lambda: F.celu(x),
        "softplus": lambda: F.softplus(x * 8),
        "softshrink": lambda: F.softshrink(x),
        "hardshrink": lambda: F.hardshrink(x),
        "rrelu": lambda: F.rrelu(x),
        "glu": lambda: F.glu(x[:, :2]),
        "normalize": lambda: F.normalize(x),
        "cosine_similarity": lambda: F.cosine_similarity(x, x + 1),
        "pairwise_distance": lambda: F.pairwise_distance(x, x + 1),
        "pdist": lambda: F.pdist(x),
        "layer_norm": lambda: F.layer_norm(x, (3,)),
        "group_norm": lambda: F.group_norm(x[:, :, None].expand(4, 3, 2), 3),
        "local_response_norm": lambda: F.local_response_norm(x[:, :, None], 2),
        "unique": lambda: torch.unique(torch.tensor([3, 1, 2, 1])),
        "unique_consecutive": lambda: torch.unique_consecutive(torch.tensor([3, 1, 1, 2])),
        "bucketize": lambda: torch.bucketize(torch.tensor([1.0, 2.0]), torch.tensor([1.0, 2.0])),
        "bucketize, right": lambda: torch.bucketize(torch.tensor([1.0, 2.0]), torch.tensor([1.0, 2.0]), right=True),
        "searchsorted": lambda: torch.searchsorted(torch.tensor([1.0, 2.0]), torch.tensor([1.0, 2.0])),
        "searchsorted, side": lambda: torch.searchsorted(
            torch.tensor([1.0, 2.0]), torch.tensor([1.0, 2.0]), side="right"
        ),
        "searchsorted, narrow": lambda: torch.searchsorted(
            torch.tensor([1.0, 2.0]), torch.tensor([1.0, 2.0]), out_int32=True
        ),
        "searchsorted, sorter": lambda: torch.searchsorted(
            torch.tensor([2.0, 1.0]), torch.tensor([1.5, 2.0]), sorter=torch.tensor([1, 0])
        ),
        "searchsorted, rows of sorters": lambda: torch.searchsorted(
            torch.tensor([[2.0, 1.0, 3.0], [1.0, 3.0, 2.0]]),
            torch.tensor([[1.5], [2.5]]),
            sorter=torch.tensor([[1, 0, 2], [0, 2, 1]]),
        ),
        "sort": lambda: torch.sort(x),
        "argsort": lambda: torch.argsort(x),
        "topk": lambda: torch.topk(x, 2),
        "kthvalue": lambda: torch.kthvalue(x, 2),
        "median": lambda: torch.median(x, 1),
        "mode": lambda: torch.mode(rows),
        "diff": lambda: torch.diff(x),
        "roll": lambda: torch.roll(x, 1),
        "rot90": lambda: torch.rot90(x),
        "diagonal": lambda: torch.diagonal(x),
        "linalg.diagonal": lambda: torch.linalg.diagonal(numbers(torch, 2, 3, 3)),
        "diag_embed": lambda: torch.diag_embed(x),
        "tril": lambda: torch.tril(x),
        "trapezoid": lambda: torch.trapezoid(x),
        "gradient": lambda: torch.gradient(x),
        "var": lambda: torch.var(x, 0),
        "std": lambda: torch.std(x),
        "norm": lambda: torch.norm(x),
        "softmax": lambda: torch.softmax(x, 1),
        "logit": lambda: torch.logit(x.abs() / 8),
        "nan_to_num": lambda: torch.nan_to_num(torch.tensor([float("nan"), float("inf"), 1.0])),
        "isclose": lambda: torch.isclose(x, x + 1e-9),
        "allclose": lambda: torch.allclose(x, x * (1 + 1e-4)),
        "isclose, nan": lambda: torch.isclose(
            torch.tensor([float("nan")]), torch.tensor([float("nan")]), equal_nan=True
        ),
        "round": lambda: torch.round(x),
        "addcmul": lambda: torch.addcmul(x, x, x),
        "cdist": lambda: torch.cdist(x, w),
        "cov": lambda: torch.cov(x),
        "fill_diagonal_": lambda: torch.zeros(7, 3).fill_diagonal_(1.0),
        "float_power_": lambda: x.clone().abs().float_power_(2),
        "storage_offset": lambda: [x[1:].storage_offset(), x[:, 1:].storage_offset(), x.storage_offset()],
        "resize_": lambda: torch.zeros(2).resize_(2, 0),
        "gumbel_softmax": lambda: F.gumbel_softmax(x * 0, dim=1).sum(1),
        "ldl_factor_ex": lambda: list(torch.linalg.ldl_factor_ex(torch.zeros(2, 2)))[2],
        "lu_factor of none": lambda: torch.linalg.lu_factor(torch.zeros(2, 2)),
        "lu_factor_ex of none": lambda: torch.linalg.lu_factor_ex(torch.zeros(2, 2)),
        "dropout": lambda: F.dropout(torch.zeros(3)),
        "full_like": lambda: torch.full_like(x, 2),
        "a seed too large": lambda: torch.manual_seed(2**64),
        "a seed too small": lambda: torch.manual_seed(-(2**63) - 1),
        "the smallest seed": lambda: torch.manual_seed(-(2**63)).initial_seed() and torch.rand(2),
        "the largest seed": lambda: torch.manual_seed(2**64 - 1).initial_seed() and torch.rand(2),
        "complex": lambda: (
            torch.manual_seed(3) and torch.rand(3, dtype=torch.complex64),
            torch.randn(3, dtype=torch.complex64),
            torch.randn(20, dtype=torch.complex128),
        ),
        "half": lambda: (
            torch.manual_seed(3) and torch.rand(3, dtype=torch.float16),
            torch.randn(3, dtype=torch.float16),
            torch.randn(20, dtype=torch.float16),
        ),
        "too many for half": lambda: torch.randperm(2050, dtype=torch.float16),
        "almost too many for half": lambda: torch.randperm(2049, dtype=torch.float16)[:3] * 0,
        "chances of integers": lambda: torch.bernoulli(torch.tensor([0, 1])),
    }.items():
        torch.manual_seed(0)
        yield label, outcome(function)
