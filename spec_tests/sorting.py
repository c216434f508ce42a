"""Sorting and rank: a gradient finds the place that its value came from."""

from gradspec import attempt, scenario

NAN = float("nan")
MATRIX = [[3.0, -1.0, 2.0], [0.5, 4.0, -2.0]]
TIES = [[1.0, 3.0, 3.0, 2.0], [2.0, 2.0, -1.0, 3.0]]
KINKS = "Autograd mechanics: Gradients for non-differentiable functions"


def weighted(torch, y):
    """The sum of y's elements times 1, 2, 3, ...: no two of them count the same."""
    return (y.reshape(-1) * torch.arange(1.0, y.numel() + 1)).sum()


def both(torch, function, data):
    """The result of `function` on the data, and the gradient with weights 1, 2, 3, ..."""
    x = torch.tensor(data, requires_grad=True)
    y = function(x)
    weighted(torch, y).backward()
    return y.detach(), x.grad


def pair(torch, function, data):
    """Values and indices of `function` on the data, and the gradient with weights 1, 2, 3, ..."""
    x = torch.tensor(data, requires_grad=True)
    values, indices = function(x)
    weighted(torch, values).backward()
    return values.detach(), indices, x.grad


def twice(torch, function, data):
    """The second derivative: of the gradient (with weights 1, 2, 3, ...), summed with weights again."""
    x = torch.tensor(data, dtype=torch.float64, requires_grad=True)
    (first,) = torch.autograd.grad(weighted(torch, function(x)), x, create_graph=True)
    (second,) = torch.autograd.grad(weighted(torch, first), x)
    return first.detach(), second


@scenario(cites="torch.sort", needs=("tensor", "functions", "shapes"))
def sort_carries_each_gradient_home(torch):
    """`sort` sends the gradient of each value to the place that the value had before."""
    yield "along the last dimension", pair(torch, lambda x: x.sort(), MATRIX)
    yield "along the first", pair(torch, lambda x: x.sort(0), MATRIX)
    yield "falling", pair(torch, lambda x: torch.sort(x, dim=-1, descending=True), MATRIX)


@scenario(cites="torch.sort: stable", needs=("tensor", "functions", "shapes"))
def a_stable_sort_keeps_the_order_of_equals(torch):
    """With stable=True equal values stay in the order in which they were, rising or falling."""
    yield "rising", pair(torch, lambda x: torch.sort(x, stable=True), TIES)
    yield "falling", pair(torch, lambda x: torch.sort(x, stable=True, descending=True), TIES)
    yield "argsort", torch.argsort(torch.tensor(TIES), dim=1, stable=True)


@scenario(cites="torch.sort", needs=("tensor", "functions"))
def nan_sorts_last(torch):
    """`sort` counts nan as the greatest: it stands last when rising and first when falling."""
    yield "rising", pair(torch, lambda x: x.sort(), [2.0, NAN, -1.0])
    yield "falling", pair(torch, lambda x: x.sort(descending=True), [2.0, NAN, -1.0])


@scenario(cites="torch.sort", needs=("tensor", "functions", "dtypes"))
def whole_numbers_and_truth_values_can_be_sorted(torch):
    """Integers and booleans are sorted in their own dtype; the indices are int64."""
    yield "int32", tuple(torch.tensor([5, -7, 2], dtype=torch.int32).sort())
    yield "uint8, falling", tuple(torch.tensor([5, 0, 200], dtype=torch.uint8).sort(descending=True))
    yield "booleans", torch.tensor([True, False]).sort().values


@scenario(cites="torch.argsort", needs=("tensor", "functions", "flags"))
def argsort_is_a_constant(torch):
    """`argsort` gives the indices of `sort` alone, which do not require grad."""
    x = torch.tensor(MATRIX, requires_grad=True)
    yield "argsort", x.argsort()
    yield "along 0, falling", torch.argsort(x, 0, True)


@scenario(cites="torch.sort; torch.topk", needs=("functions",))
def a_scalar_is_sorted(torch):
    """Sorting, choosing by rank and running extrema leave a tensor without dimensions as it is, with the index 0."""
    for name, function in (
        ("sort", lambda x: x.sort()),
        ("topk", lambda x: x.topk(1)),
        ("kthvalue", lambda x: x.kthvalue(1)),
        ("median", lambda x: x.median(0)),
        ("mode", lambda x: x.mode()),
        ("cummax", lambda x: x.cummax(0)),
        ("cummin", lambda x: x.cummin(-1)),
    ):
        x = torch.tensor(3.0, requires_grad=True)
        values, indices = function(x)
        (values * 5).backward()
        yield name, (values.detach(), indices, x.grad)


@scenario(cites="torch.sort", needs=("tensor", "functions"))
def nothing_is_sorted(torch):
    """Of no elements `sort` makes none."""
    x = torch.zeros(0, requires_grad=True)
    values, indices = x.sort()
    values.sum().backward()
    yield "no elements", (values.detach(), indices, x.grad)
    yield "no rows", tuple(torch.zeros(0, 2).sort(1))


@scenario(cites="torch.sort; torch.topk", needs=("tensor", "functions"))
def ranks_need_a_dimension_that_exists(torch):
    """Sorting along a dimension that does not exist raises an IndexError."""
    x = torch.tensor(MATRIX)
    yield "sort", attempt(x.sort, 2)
    yield "topk", attempt(x.topk, 1, -3)
    yield "cummax", attempt(x.cummax, 2)
    yield "median", attempt(x.median, 5)


@scenario(cites="torch.topk", needs=("tensor", "functions", "shapes"))
def topk_reaches_the_chosen_alone(torch):
    """`topk` sends gradients to the k greatest (or smallest) elements and zero to all others."""
    yield "two of three", pair(torch, lambda x: x.topk(2), MATRIX)
    yield "the smallest", pair(torch, lambda x: x.topk(1, largest=False), MATRIX)
    yield "along the first dimension", pair(torch, lambda x: torch.topk(x, 1, 0), MATRIX)
    yield "none", pair(torch, lambda x: x.topk(0), MATRIX)


@scenario(cites="torch.topk", needs=("tensor", "functions"))
def topk_needs_so_many(torch):
    """`topk` of more elements than there are, or of fewer than none, raises a RuntimeError."""
    x = torch.tensor(MATRIX)
    yield "four of three", attempt(x.topk, 4)
    yield "less than none", attempt(x.topk, -1)


@scenario(cites="torch.kthvalue", needs=("tensor", "functions", "shapes"))
def kthvalue_counts_from_one(torch):
    """`kthvalue` gives the k-th smallest along a dimension, counted from one, and sends the gradient there."""
    yield "the smallest", pair(torch, lambda x: x.kthvalue(1), MATRIX)
    yield "the second along 0", pair(torch, lambda x: x.kthvalue(2, 0), MATRIX)
    yield "kept", pair(torch, lambda x: torch.kthvalue(x, 3, -1, keepdim=True), MATRIX)


@scenario(cites="torch.kthvalue", needs=("tensor", "functions"))
def kthvalue_needs_so_many(torch):
    """`kthvalue` raises an error for a rank that no element has."""
    x = torch.tensor(MATRIX)
    yield "the zeroth", attempt(x.kthvalue, 0)
    yield "the fourth of three", attempt(x.kthvalue, 4)


@scenario(cites="torch.median", needs=("tensor", "functions", "shapes"))
def the_median_is_the_lower_of_two(torch):
    """`median` is an element: of an even number the lower of the two in the middle, which alone has a gradient."""
    yield "of all six", both(torch, lambda x: x.median(), MATRIX)
    yield "of three", pair(torch, lambda x: x.median(1), MATRIX)
    yield "of two, kept", pair(torch, lambda x: torch.median(x, 0, keepdim=True), MATRIX)


@scenario(cites=KINKS, needs=("tensor", "functions"))
def the_median_of_all_shares_among_equals(torch):
    """`median` over everything divides its gradient among the elements that are equal to it."""
    yield "two equals", both(torch, lambda x: x.median(), [1.0, 2.0, 2.0, 5.0])
    yield "all equal", both(torch, lambda x: x.median(), [4.0, 4.0, 4.0])


@scenario(cites="torch.median", needs=("tensor", "functions"))
def the_median_of_nan_is_nan(torch):
    """Where there is a nan the median is nan, and the first nan receives the gradient along a dimension, all of them else."""
    yield "of all", both(torch, lambda x: x.median(), [1.0, NAN, 3.0, NAN])
    yield "along a dimension", pair(torch, lambda x: x.median(1), [[1.0, NAN, NAN], [1.0, 3.0, 2.0]])


@scenario(cites="torch.nanmedian", needs=("tensor", "functions"))
def nanmedian_does_not_see_nan(torch):
    """`nanmedian` is the median of what is a number; of nothing but nan it is nan."""
    yield "of all", both(torch, lambda x: x.nanmedian(), [1.0, NAN, 3.0, NAN, 9.0])
    yield "along a dimension", pair(torch, lambda x: x.nanmedian(1), [[1.0, NAN, 5.0], [1.0, 3.0, 2.0]])
    yield "nothing but nan", torch.tensor([NAN, NAN]).nanmedian()


@scenario(cites="torch.median", needs=("tensor", "functions"))
def the_median_of_nothing(torch):
    """The median of no elements is nan; along a dimension of size zero it is an error."""
    yield "of all", torch.zeros(0).median()
    yield "along a dimension", attempt(torch.zeros(0, 2).median, 0)


@scenario(cites="torch.mode", needs=("tensor", "functions", "shapes"))
def the_mode_is_the_most_frequent(torch):
    """`mode` is the most frequent value along a dimension, the smallest of several, and one of its places has the gradient."""
    yield "with a winner", pair(torch, lambda x: x.mode(), [[1.0, 3.0, 3.0, 2.0], [2.0, 2.0, 2.0, 3.0]])
    yield "all once", pair(torch, lambda x: x.mode(), MATRIX)
    yield "along the first dimension, kept", pair(torch, lambda x: torch.mode(x, 0, keepdim=True), MATRIX)
    yield "of integers", torch.tensor([4, 1, 4, 1, 0]).mode().values


@scenario(cites="torch.cummax; torch.cummin", needs=("tensor", "functions", "shapes"))
def running_extrema_remember_where(torch):
    """`cummax` and `cummin` send each gradient to the place where the extremum so far was reached; of equals, the last."""
    yield "cummax", pair(torch, lambda x: x.cummax(1), TIES)
    yield "cummin", pair(torch, lambda x: x.cummin(1), TIES)
    yield "along the first dimension", pair(torch, lambda x: torch.cummax(x, dim=0), TIES)


@scenario(cites="torch.cummax; torch.cummin", needs=("tensor", "functions"))
def a_running_extremum_stays_nan(torch):
    """From the first nan on a running extremum is nan."""
    yield "cummax", pair(torch, lambda x: x.cummax(0), [1.0, NAN, 3.0])
    yield "cummin", pair(torch, lambda x: x.cummin(0), [1.0, NAN, 0.0])


@scenario(cites="torch.aminmax", needs=("tensor", "functions", "shapes"))
def both_extrema_at_once(torch):
    """`aminmax` gives the least and the greatest; each shares its gradient among equals, and the two add up."""
    for label, settings in (("of all", {}), ("along 1", {"dim": 1}), ("along 0, kept", {"dim": 0, "keepdim": True})):
        x = torch.tensor(TIES, requires_grad=True)
        least, greatest = torch.aminmax(x, **settings)
        (weighted(torch, least) + 10 * weighted(torch, greatest)).backward()
        yield label, (least.detach(), greatest.detach(), x.grad)


@scenario(cites="torch.aminmax", needs=("tensor", "functions"))
def one_of_both_extrema_can_be_used(torch):
    """The gradient of `aminmax` comes from the result that was used."""
    yield "the least", both(torch, lambda x: x.aminmax().min, MATRIX)
    yield "the greatest", both(torch, lambda x: x.aminmax(dim=1).max, MATRIX)


@scenario(cites="torch.aminmax", needs=("tensor", "functions"))
def nothing_has_no_extrema(torch):
    """`aminmax` of no elements raises a RuntimeError, along a dimension of size zero an IndexError."""
    yield "of nothing", attempt(torch.zeros(0).aminmax)
    yield "along a dimension", attempt(torch.aminmax, torch.zeros(0, 2), dim=0)
    yield "along the other", tuple(torch.aminmax(torch.zeros(0, 2), dim=1))


@scenario(cites="torch.cumprod", needs=("tensor", "functions", "shapes"))
def running_products(torch):
    """A factor of `cumprod` receives, from each product that it is in, the gradient times the factors beside it."""
    yield "along the last dimension", both(torch, lambda x: x.cumprod(1), MATRIX)
    yield "along the first", both(torch, lambda x: torch.cumprod(x, 0), MATRIX)
    yield "of a scalar", both(torch, lambda x: x.cumprod(0), 3.0)
    yield "of integers", torch.tensor([2, 3, 4], dtype=torch.int32).cumprod(0)


@scenario(cites="torch.cumprod", needs=("tensor", "functions", "shapes"))
def running_products_with_zeros(torch):
    """Beyond a zero `cumprod` is zero, and the zero alone receives gradients from there, up to the next zero."""
    yield "one zero", both(torch, lambda x: x.cumprod(0), [2.0, 0.0, 5.0, 3.0])
    yield "two zeros", both(torch, lambda x: x.cumprod(0), [2.0, 0.0, 5.0, 0.0, 7.0])
    yield "the first", both(torch, lambda x: x.cumprod(0), [0.0, 4.0, 5.0])
    yield "in some rows", both(torch, lambda x: x.cumprod(-1), [[2.0, 3.0, 4.0], [2.0, 0.0, 4.0]])


@scenario(cites="torch.cumprod", needs=("tensor", "functions", "autograd_grad", "higher_order"))
def running_products_differentiate_twice(torch):
    """The second derivatives of `cumprod` are right where a factor is zero as well."""
    yield "no zero", twice(torch, lambda x: x.cumprod(0), [2.0, 3.0, 5.0])
    yield "one", twice(torch, lambda x: x.cumprod(0), [2.0, 0.0, 5.0])
    yield "two", twice(torch, lambda x: x.cumprod(0), [0.0, 3.0, 0.0])


@scenario(cites="torch.logcumsumexp", needs=("tensor", "functions", "shapes"))
def running_logarithms_of_sums(torch):
    """`logcumsumexp` divides each gradient among the places so far, as softmax would, without overflow."""
    yield "along 1", both(torch, lambda x: x.logcumsumexp(1), MATRIX)
    yield "along 0", both(torch, lambda x: torch.logcumsumexp(x, 0), MATRIX)
    yield "great and small", both(torch, lambda x: x.double().logcumsumexp(0), [1000.0, -1000.0, 1001.0])
    yield "of a scalar", both(torch, lambda x: x.logcumsumexp(0), 2.0)
    yield (
        "falling gradients",
        both(torch, lambda x: x.logcumsumexp(0) * torch.tensor([1.0, -1.0, 0.0]), [0.5, 1.0, 2.0]),
    )


@scenario(cites="torch.logcumsumexp", needs=("tensor", "functions", "autograd_grad", "higher_order"))
def running_logarithms_of_sums_differentiate_twice(torch):
    """`logcumsumexp` can be differentiated twice."""
    yield "first and second", twice(torch, lambda x: x.logcumsumexp(0), [0.5, -1.0, 2.0])


@scenario(cites="torch.sort; torch.Tensor.grad_fn", needs=("tensor", "functions", "graph"))
def names_of_what_chooses_by_rank(torch):
    """Each way of choosing by rank has a node of its own, which the values lead to."""
    x = torch.tensor(MATRIX, requires_grad=True)
    results = [x.sort(), x.topk(1), x.kthvalue(1), x.median(0), x.nanmedian(0), x.mode(0), x.cummax(0), x.aminmax()]
    for name, result in zip("sort topk kthvalue median nanmedian mode cummax aminmax".split(), results, strict=True):
        yield name, result[0].grad_fn.name()
    for name in ("median", "nanmedian"):
        yield f"{name} of all", getattr(x, name)().grad_fn.name()


@scenario(cites="torch.sort", needs=("tensor", "functions", "printing"))
def results_print_their_fields(torch):
    """Values and indices come as a named tuple whose printed text says which function made it."""
    x = torch.tensor([2.0, 1.0])
    yield "sort", repr(x.sort())
    yield "aminmax", repr(x.aminmax())
    yield "mode", repr(x.mode())
