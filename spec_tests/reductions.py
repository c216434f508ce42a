"""Reductions: many elements become few, and the gradient finds its way back to each."""

from gradspec import attempt, scenario

MATRIX = [[1.0, -2.0, 3.0], [4.0, 5.0, -6.0]]
BLOCK = [[[1.0, 2.0], [3.0, -4.0], [5.0, 6.0]], [[-7.0, 8.0], [9.0, 10.0], [11.0, -12.0]]]
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


@scenario(cites="torch.sum", needs=("tensor", "shapes"))
def sum_repeats_the_gradient(torch):
    """`sum` over a dimension sends each gradient back to all the elements that went into it."""
    yield "over all", both(torch, lambda x: x.sum(), MATRIX)
    yield "over the rows", both(torch, lambda x: x.sum(0), MATRIX)
    yield "over the columns", both(torch, lambda x: x.sum(1), MATRIX)
    yield "over two of three", both(torch, lambda x: x.sum((0, 2)), BLOCK)


@scenario(cites="torch.mean", needs=("tensor", "shapes"))
def mean_divides_the_gradient(torch):
    """`mean` sends back the gradient divided by the number of elements that it was taken over."""
    yield "over all", both(torch, lambda x: x.mean(), MATRIX)
    yield "over the rows", both(torch, lambda x: x.mean(0), MATRIX)
    yield "over two of three", both(torch, lambda x: x.mean((0, 2)), BLOCK)


@scenario(cites="torch.sum: dim", needs=("tensor", "shapes"))
def dimensions_count_from_either_end(torch):
    """A negative `dim` counts from the last dimension."""
    yield "sum over -1", both(torch, lambda x: x.sum(-1), BLOCK)
    yield "mean over -3", both(torch, lambda x: x.mean(-3), BLOCK)
    yield "sum over -1 and 0", both(torch, lambda x: x.sum((-1, 0)), BLOCK)


@scenario(cites="torch.sum: keepdim", needs=("tensor", "shapes"))
def reduced_dimensions_can_be_kept(torch):
    """With keepdim=True the reduced dimensions stay, in size one."""
    yield "sum", both(torch, lambda x: x.sum(1, keepdim=True), MATRIX)
    yield "mean over two", both(torch, lambda x: x.mean((0, 2), keepdim=True), BLOCK)
    yield "sum over all", both(torch, lambda x: x.sum(dim=None, keepdim=True), MATRIX)


@scenario(cites="torch.sum: dim", needs=("tensor", "shapes", "functions"))
def no_dimensions_are_all(torch):
    """An empty list of dimensions stands for all of them."""
    yield "sum", both(torch, lambda x: x.sum([]), MATRIX)
    yield "mean", both(torch, lambda x: x.mean(()), MATRIX)
    yield "amax", both(torch, lambda x: x.amax(()), MATRIX)


@scenario(cites="torch.sum: dim", needs=("tensor", "functions"))
def dimensions_must_exist(torch):
    """A `dim` beyond the last raises an IndexError, one that is named twice a RuntimeError."""
    x = torch.tensor(MATRIX)
    yield "dim=2", attempt(x.sum, 2)
    yield "dim=-3", attempt(x.mean, -3)
    yield "twice the same", attempt(x.sum, (0, -2))
    yield "max", attempt(x.max, 5)


@scenario(cites="torch.sum; torch.mean", needs=("tensor", "dtypes", "functions"))
def integers_are_summed_in_64_bits(torch):
    """Sums and products of small integers and booleans are int64; a mean of integers is an error."""
    yield "int8", torch.tensor([100, 100], dtype=torch.int8).sum()
    yield "booleans", torch.tensor([True, True, False]).sum()
    yield "a product of uint8", torch.tensor([20, 20], dtype=torch.uint8).prod()
    yield "a cumulative sum of int32", torch.tensor([1, 2], dtype=torch.int32).cumsum(0)
    yield "a mean", attempt(torch.tensor([1, 2]).mean)


@scenario(cites="torch.sum: dtype", needs=("tensor", "dtypes"))
def a_reduction_can_be_computed_in_another_dtype(torch):
    """dtype= casts before reducing; the gradient comes back in the input's dtype."""
    x = torch.tensor([1.5, 2.5], requires_grad=True)
    y = x.sum(dtype=torch.float64)
    yield "the sum", y.detach()
    y.backward()
    yield "the gradient", x.grad
    yield "the mean of integers", torch.tensor([1, 2]).mean(dtype=torch.float32)
    yield "a product", torch.tensor([1, 2]).prod(dtype=torch.float64)


@scenario(cites="torch.sum; torch.mean", needs=("tensor", "functions"))
def reductions_of_nothing(torch):
    """Over no elements the sum is 0, the product 1 and the mean nan; each gradient has no elements."""
    for name in ("sum", "prod", "mean"):
        x = torch.tensor([], requires_grad=True)
        y = getattr(x, name)()
        y.backward()
        yield name, y.detach()
        yield f"the gradient of {name}", x.grad


@scenario(cites="torch.max; torch.amax", needs=("tensor", "functions"))
def nothing_has_no_maximum(torch):
    """Over no elements max and amax raise an error."""
    x = torch.tensor([])
    yield "max", attempt(x.max)
    yield "amax over a dimension of size 0", attempt(torch.zeros(0, 2).amax, 0)


@scenario(cites="torch.argmax; torch.amax", needs=("tensor", "functions"))
def nothing_has_no_index(torch):
    """Over no elements argmax, amin and max along a dimension raise errors; along the other dimension they give nothing."""
    x = torch.zeros(0, 2)
    yield "argmax", attempt(x.argmax)
    yield "argmin along 0", attempt(x.argmin, 0)
    yield "amin", attempt(x.amin)
    yield "max along 0", attempt(x.max, 0)
    yield "max along 1", tuple(x.max(1))


@scenario(cites="torch.sum: dim", needs=("tensor", "shapes"))
def a_dimension_of_size_zero(torch):
    """Reducing a dimension of size zero gives zeros; reducing the other gives nothing."""
    x = torch.zeros(0, 2, requires_grad=True)
    yield "over the empty dimension", x.sum(0).detach()
    yield "over the other", x.sum(1).detach()
    (x.sum(0) * 3).sum().backward()
    yield "the gradient", x.grad


@scenario(cites="torch.sum", needs=("functions",))
def scalars_can_be_reduced(torch):
    """A tensor without dimensions is its own sum, mean, product and maximum, over dimension 0 or -1, too."""
    for name, function in (
        ("sum", lambda x: x.sum(0)),
        ("mean", lambda x: x.mean(-1)),
        ("prod", lambda x: x.prod()),
        ("prod over 0", lambda x: x.prod(0)),
        ("max over 0", lambda x: x.max(0).values),
        ("amin", lambda x: x.amin()),
        ("cumsum", lambda x: x.cumsum(0)),
        ("logsumexp", lambda x: x.logsumexp(0)),
    ):
        x = torch.tensor(3.0, requires_grad=True)
        y = function(x)
        (y * 5).backward()
        yield name, y.detach()
        yield f"the gradient of {name}", x.grad


@scenario(cites="torch.prod", needs=("tensor", "functions", "shapes"))
def products_leave_one_out(torch):
    """Each factor of `prod` receives the gradient times the product of all the others."""
    yield "over all", both(torch, lambda x: x.prod(), MATRIX)
    yield "over the rows", both(torch, lambda x: x.prod(0), MATRIX)
    yield "over the columns, kept", both(torch, lambda x: x.prod(1, keepdim=True), MATRIX)


@scenario(cites="torch.prod", needs=("tensor", "functions"))
def products_with_a_zero(torch):
    """With one zero among the factors the zero alone receives a gradient; with two nobody does."""
    yield "one zero", both(torch, lambda x: x.prod(), [2.0, 0.0, 5.0])
    yield "two zeros", both(torch, lambda x: x.prod(), [0.0, 3.0, 0.0])


@scenario(cites="torch.prod", needs=("tensor", "functions", "shapes"))
def products_with_zeros_along_a_dimension(torch):
    """Zeros count along their own dimension: rows with none, one and two of them have gradients of their own."""
    data = [[2.0, 3.0, 4.0], [2.0, 0.0, 4.0], [0.0, 3.0, 0.0]]
    yield "over the columns", both(torch, lambda x: x.prod(1), data)
    yield "over the rows", both(torch, lambda x: x.prod(0), data)
    yield "kept", both(torch, lambda x: x.prod(-1, keepdim=True), data)


@scenario(cites="torch.prod", needs=("tensor", "functions", "autograd_grad", "higher_order"))
def products_with_a_zero_differentiate_twice(torch):
    """The second derivatives of a product are the products that leave out two, where a factor is zero as well."""
    for label, data in (("no zero", [2.0, 3.0, 5.0]), ("one", [2.0, 0.0, 5.0]), ("two", [0.0, 3.0, 0.0])):
        x = torch.tensor(data, dtype=torch.float64, requires_grad=True)
        (first,) = torch.autograd.grad(x.prod(), x, create_graph=True)
        (second,) = torch.autograd.grad((first * torch.tensor([1.0, 10.0, 100.0])).sum(), x)
        yield label, second


@scenario(cites="torch.prod", needs=("tensor", "functions", "autograd_grad", "higher_order"))
def products_with_a_zero_differentiate_three_times(torch):
    """The third derivatives of a product are the products that leave out three, where a factor is zero as well."""
    counts = torch.tensor([1.0, 10.0, 100.0, 1000.0], dtype=torch.float64)
    for label, data in (
        ("no zero", [2.0, 3.0, 5.0, 7.0]),
        ("one", [2.0, 0.0, 5.0, 7.0]),
        ("two", [0.0, 3.0, 0.0, 7.0]),
    ):
        x = torch.tensor(data, dtype=torch.float64, requires_grad=True)
        y = x.prod()
        for _ in range(3):
            (first,) = torch.autograd.grad(y, x, create_graph=True)
            y = (first * counts).sum()
        yield label, first.detach()


@scenario(cites=KINKS, needs=("tensor", "functions"))
def the_maximum_of_all_shares_among_ties(torch):
    """`max` and `min` over everything divide the gradient evenly among the elements that are equal to the result."""
    data = [[1.0, 3.0, 3.0], [-2.0, 3.0, -2.0]]
    yield "max", both(torch, lambda x: x.max(), data)
    yield "min", both(torch, lambda x: x.min(), data)


@scenario(cites=KINKS, needs=("tensor", "functions", "shapes"))
def amax_shares_among_ties(torch):
    """`amax` and `amin` over dimensions divide the gradient evenly among equals."""
    data = [[1.0, 3.0, 3.0], [-2.0, -2.0, -2.0]]
    yield "amax over 1", both(torch, lambda x: x.amax(1), data)
    yield "amin over 0, kept", both(torch, lambda x: x.amin(0, keepdim=True), data)
    yield "amax over both", both(torch, lambda x: x.amax((0, 1)), data)


@scenario(cites=KINKS, needs=("tensor", "functions", "shapes"))
def max_along_a_dimension_chooses_one(torch):
    """`max` and `min` over one dimension send the gradient to the element at the index that they return."""
    data = [[1.0, 3.0, 3.0], [-2.0, -2.0, -2.0]]
    for name in ("max", "min"):
        x = torch.tensor(data, requires_grad=True)
        values, indices = getattr(x, name)(1)
        weighted(torch, values).backward()
        yield f"the values of {name}", values.detach()
        yield f"the indices of {name}", indices
        yield f"the gradient of {name}", x.grad


@scenario(cites="torch.max", needs=("tensor", "functions", "flags"))
def max_along_a_dimension_has_two_results(torch):
    """`max(dim)` gives values and indices by name; the indices are int64 and do not require grad."""
    x = torch.tensor(MATRIX, requires_grad=True)
    result = x.max(0, keepdim=True)
    yield "values", result.values.detach()
    yield "indices", result.indices
    yield "the values require grad", result.values.requires_grad
    yield "torch.min", torch.min(x.detach(), 1)[1]


@scenario(cites="torch.max", needs=("tensor", "functions"))
def nan_is_the_greatest_and_the_least(torch):
    """`max`, `min`, `amax` and `argmax` find nan where there is one."""
    x = torch.tensor([1.0, float("nan"), 3.0])
    yield "max", x.max()
    yield "min", x.min()
    yield "amax", x.amax(0)
    yield "max over a dimension", tuple(x.max(0))
    yield "argmax", x.argmax()
    yield "argmin", x.argmin()


@scenario(cites="torch.argmax", needs=("tensor", "functions", "flags"))
def arguments_of_the_maximum(torch):
    """`argmax` and `argmin` give the first index, in the flattened tensor or along a dimension, and are constants."""
    x = torch.tensor([[1.0, 3.0, 3.0], [-2.0, 0.0, -2.0]], requires_grad=True)
    yield "argmax", x.argmax()
    yield "argmin", x.argmin()
    yield "argmax along 1", x.argmax(1)
    yield "argmin along 0, kept", torch.argmin(x, dim=0, keepdim=True)
    yield "of all, kept", x.argmax(keepdim=True)


@scenario(cites="torch.var; torch.std", needs=("tensor", "functions", "shapes"))
def variance_divides_by_one_less(torch):
    """`var` and `std` divide by n - 1 unless told otherwise, and their gradients too."""
    data = [[1.0, 2.0, 4.0], [-3.0, 5.0, 9.0]]
    yield "var", both(torch, lambda x: x.var(), data)
    yield "std", both(torch, lambda x: x.std(), data)
    yield "var over the rows", both(torch, lambda x: x.var(0), data)
    yield "std over the columns, kept", both(torch, lambda x: x.std(1, keepdim=True), data)
    yield "var over both", both(torch, lambda x: x.var((0, 1)), data)


@scenario(cites="torch.var: correction", needs=("tensor", "functions", "shapes"))
def the_correction_can_be_chosen(torch):
    """correction=c divides by n - c; unbiased=False stands for 0."""
    data = [[1.0, 2.0, 4.0], [-3.0, 5.0, 9.0]]
    yield "correction=0", both(torch, lambda x: x.var(1, correction=0), data)
    yield "correction=2", both(torch, lambda x: x.std(1, correction=2), data)
    yield "unbiased=False", both(torch, lambda x: x.var(1, unbiased=False), data)
    yield "False alone", both(torch, lambda x: x.std(False), data)


@scenario(cites="torch.var_mean", needs=("tensor", "functions", "shapes"))
def variance_and_mean_at_once(torch):
    """`var_mean` gives both, each with its gradient, whether one of them is used or both are."""
    data = [[1.0, 2.0, 4.0], [-3.0, 5.0, 9.0]]
    yield "the variance", both(torch, lambda x: torch.var_mean(x, 1)[0], data)
    yield "the mean", both(torch, lambda x: torch.var_mean(x, 0, keepdim=True)[1], data)
    yield "both", both(torch, lambda x: torch.stack(torch.var_mean(x, correction=0)), data)


@scenario(cites="torch.var", needs=("tensor", "functions"))
def one_element_has_no_variance(torch):
    """The variance of one element is nan, with a warning; without correction it is zero."""
    x = torch.tensor([3.0], requires_grad=True)
    y = x.var()
    yield "var", y.detach()
    y.backward()
    yield "the gradient", x.grad
    yield "var of one, uncorrected", x.detach().var(correction=0)
    yield "std of one", x.detach().std()


@scenario(cites=KINKS, needs=("tensor", "functions"))
def std_of_equals_is_flat(torch):
    """Where all elements are equal the standard deviation is zero, and so is its gradient."""
    yield "std", both(torch, lambda x: x.std(), [2.0, 2.0, 2.0])


@scenario(cites="torch.var", needs=("tensor", "functions", "dtypes"))
def integers_have_no_variance(torch):
    """`var` and `std` of integers raise an error."""
    yield "var", attempt(torch.tensor([1, 2]).var)
    yield "std", attempt(torch.tensor([1, 2]).std, 0)


@scenario(cites="torch.cumsum", needs=("tensor", "functions", "shapes"))
def cumulative_sums_collect_what_follows(torch):
    """An element of `cumsum` receives the gradients of its own place and of all that follow along the dimension."""
    yield "down", both(torch, lambda x: x.cumsum(0), MATRIX)
    yield "across", both(torch, lambda x: x.cumsum(-1), MATRIX)


@scenario(cites="torch.logsumexp", needs=("tensor", "functions", "shapes"))
def logsumexp_sends_back_the_softmax(torch):
    """The gradient of `logsumexp` is the softmax, over one dimension or several."""
    yield "over the columns", both(torch, lambda x: x.logsumexp(1), MATRIX)
    yield "kept", both(torch, lambda x: torch.logsumexp(x, 0, keepdim=True), MATRIX)
    yield "over both", both(torch, lambda x: x.logsumexp((0, 1)), MATRIX)


@scenario(cites="torch.logsumexp", needs=("tensor", "functions", "shapes"))
def logsumexp_does_not_overflow(torch):
    """`logsumexp` of large and of infinite numbers is exact where exp alone would overflow."""
    yield "large", both(torch, lambda x: x.logsumexp(0), [1000.0, 1000.0, 999.0])
    yield "very negative", both(torch, lambda x: x.logsumexp(0), [-1000.0, -1001.0])
    yield "infinite", torch.tensor([[float("inf"), 1.0], [float("-inf"), float("-inf")]]).logsumexp(1)
    yield "of integers", torch.tensor([0, 1, 2]).logsumexp(0)


@scenario(cites="torch.softmax", needs=("tensor", "functions", "shapes"))
def softmax_competes_along_a_dimension(torch):
    """`softmax` sums to one along its dimension, and its gradient sums to zero there."""
    yield "across", both(torch, lambda x: x.softmax(1), MATRIX)
    yield "down", both(torch, lambda x: torch.softmax(x, dim=0), MATRIX)


@scenario(cites="torch.log_softmax", needs=("tensor", "functions", "shapes"))
def log_softmax_sends_back_less_the_softmax(torch):
    """`log_softmax` is the logarithm of softmax, and sends back the gradient less softmax times its sum."""
    yield "across", both(torch, lambda x: x.log_softmax(1), MATRIX)
    yield "down", both(torch, lambda x: torch.log_softmax(x, dim=0), MATRIX)


@scenario(cites="torch.softmax", needs=("tensor", "functions", "shapes"))
def softmax_of_extremes(torch):
    """softmax and log_softmax do not overflow, give -inf the weight zero, and nan where everything is -inf."""
    yield "large", both(torch, lambda x: x.softmax(0), [1000.0, 998.0])
    yield "its logarithm", both(torch, lambda x: x.log_softmax(0), [1000.0, 0.0])
    yield "one at -inf", both(torch, lambda x: x.softmax(0), [1.0, float("-inf"), 2.0])
    yield "all at -inf", torch.tensor([float("-inf"), float("-inf")]).softmax(0)
    yield "no elements", torch.zeros(0, 3).softmax(0)
    yield "without dimensions", torch.tensor(3.0).softmax(0)
    yield "its logarithm without dimensions", torch.tensor(3.0).log_softmax(-1)


@scenario(cites="torch.softmax: dtype", needs=("tensor", "functions", "dtypes"))
def softmax_in_another_dtype(torch):
    """dtype= casts before softmax is computed."""
    yield "of integers", torch.tensor([1, 2]).softmax(0, dtype=torch.float64)
    yield "log_softmax", torch.tensor([1.0, 3.0]).log_softmax(0, dtype=torch.float64)


@scenario(cites="torch.softmax", needs=("tensor", "functions", "dtypes"))
def softmax_needs_floating_point(torch):
    """softmax and log_softmax of integers raise an error, unless another dtype is given."""
    yield "softmax", attempt(torch.tensor([1, 2]).softmax, 0)
    yield "log_softmax", attempt(torch.tensor([[1], [2]]).log_softmax, 0)


@scenario(cites="torch.softmax", needs=("tensor", "functions", "autograd_grad", "higher_order"))
def reductions_differentiate_twice(torch):
    """Second derivatives of softmax, log_softmax, logsumexp, var, std and cumsum squared are those of calculus."""
    for label, function in (
        ("softmax", lambda x: x.softmax(0)),
        ("log_softmax", lambda x: x.log_softmax(0)),
        ("logsumexp", lambda x: x.logsumexp(0)),
        ("var", lambda x: x.var()),
        ("std", lambda x: x.std()),
        ("cumsum squared", lambda x: x.cumsum(0) ** 2),
        ("norm", lambda x: x.norm()),
        ("max squared", lambda x: x.max() ** 2),
        ("max(0) cubed", lambda x: x.max(0).values ** 3),
        ("amax cubed", lambda x: x.amax(0) ** 3),
    ):
        x = torch.tensor([0.5, -1.0, 3.0], dtype=torch.float64, requires_grad=True)
        y = (function(x) * torch.tensor([1.0, 2.0, 4.0], dtype=torch.float64)).sum()
        (first,) = torch.autograd.grad(y, x, create_graph=True)
        (second,) = torch.autograd.grad((first * torch.tensor([1.0, -3.0, 5.0])).sum(), x)
        yield label, second


@scenario(cites="torch.norm", needs=("tensor", "functions", "shapes"))
def norms_of_several_orders(torch):
    """`norm` is the Euclidean norm unless p says otherwise: 1, 3, and infinity for the greatest absolute value."""
    yield "2", both(torch, lambda x: x.norm(), MATRIX)
    yield "1", both(torch, lambda x: x.norm(p=1), MATRIX)
    yield "3", both(torch, lambda x: x.norm(p=3), MATRIX)
    yield "inf", both(torch, lambda x: x.norm(p=float("inf")), MATRIX)
    yield "-inf", both(torch, lambda x: x.norm(p=float("-inf")), MATRIX)
    yield "over the columns, kept", both(torch, lambda x: torch.norm(x, dim=1, keepdim=True), MATRIX)
    yield "0 counts", both(torch, lambda x: x.norm(p=0), [1.5, 0.0, -2.0])
    yield "1.5, with a zero", both(torch, lambda x: x.norm(p=1.5), [4.0, 0.0, -9.0])
    yield "of integers", attempt(torch.tensor([3, 4]).norm)


@scenario(cites=KINKS, needs=("tensor", "functions"))
def the_norm_of_zeros_is_flat(torch):
    """At the origin, where the Euclidean norm has a kink, the gradient is zero."""
    yield "norm", both(torch, lambda x: x.norm(), [0.0, 0.0])


@scenario(cites="torch.any; torch.all", needs=("tensor", "functions", "dtypes"))
def whether_any_or_all_are_true(torch):
    """`any` and `all` take what is not zero as True, and of nothing are False and True."""
    x = torch.tensor([[0.0, 2.0], [0.0, 0.0], [1.0, -3.0]])
    yield "any", x.any()
    yield "all", x.all()
    yield "any across", x.any(1)
    yield "all down, kept", torch.all(x, dim=0, keepdim=True)
    yield "any of nothing", torch.tensor([]).any()
    yield "all of nothing", torch.tensor([]).all()
    yield "of booleans", torch.tensor([True, False]).any()


@scenario(cites="torch.sum", needs=("tensor", "shapes"))
def transposed_matrices_are_reduced(torch):
    """Reducing a transposed or strided tensor goes by its dimensions and not by its memory."""
    x = torch.tensor(MATRIX, requires_grad=True)
    weighted(torch, x.t().sum(0)).backward()
    weighted(torch, x[:, ::2].mean(1)).backward()
    yield "the gradient", x.grad
    yield "cumsum", x.detach().t().cumsum(0)
    yield "argmax", x.detach().t().argmax()


@scenario(cites="torch.sum", needs=("tensor", "functions"))
def reductions_are_functions_and_methods(torch):
    """Each reduction can be called as a function of the tensor, with `dim` as position or name."""
    x = torch.tensor(MATRIX)
    yield "sum", torch.sum(x, dim=1)
    yield "mean", torch.mean(x, 0, True)
    yield "prod", torch.prod(x, dim=0)
    yield "amin", torch.amin(x, dim=(0, 1))
    yield "std", torch.std(x, dim=1, correction=0)
    yield "of a number", attempt(torch.sum, 3.0)


@scenario(cites="torch.equal; torch.allclose", needs=("tensor", "functions"))
def whole_tensors_can_be_compared(torch):
    """`equal` and `allclose` give one Python bool, `isclose` one for each element; nan is close to nothing."""
    a, b = torch.tensor([1.0, 2.0]), torch.tensor([1.0, 2.00001])
    yield "equal", (torch.equal(a, a), torch.equal(a, b), a.equal(torch.tensor([1.0])))
    yield "allclose", (torch.allclose(a, b), torch.allclose(a, b, rtol=1e-7))
    yield "isclose", torch.isclose(torch.tensor([1.0, float("nan")]), torch.tensor([1.1, float("nan")]), atol=0.2)
    yield (
        "nan may be made equal",
        torch.allclose(torch.tensor([float("nan")]), torch.tensor([float("nan")]), equal_nan=True),
    )


@scenario(cites="torch.var", needs=("tensor", "functions"))
def a_variance_over_no_dimensions(torch):
    """`var` over `()` is that of all elements; its gradient is divided as if there were one, less the correction."""
    for dim in ((), None):
        for correction in (0, 2, 3):
            x = torch.tensor([1.0, 3.0], requires_grad=True)
            torch.var(x, dim, correction=correction).backward()
            yield f"{dim}, {correction}", x.grad


@scenario(cites="torch.sum", needs=("tensor", "functions", "dtypes", "grad_modes"))
def a_sum_in_a_dtype_without_gradients(torch):
    """To add what requires grad in a whole dtype raises, unless gradients are off."""
    x = torch.tensor([1.5, 2.0], requires_grad=True)
    yield "sum", attempt(x.sum, dtype=torch.int64)
    yield "prod", attempt(x.prod, dtype=torch.bool)
    with torch.no_grad():
        yield "gradients are off", x.sum(dtype=torch.int64)
