"""Losses: one number to go down by, and which way that is."""

from gradspec import attempt, scenario

LOGITS = [[1.0, 2.0, -1.0], [0.5, 0.0, 3.0], [-2.0, 1.0, 0.25]]
NEEDS = ("tensor", "functions")
REDUCTIONS = ("none", "sum", "mean")


def descent(torch, loss, *arguments, **options):
    """The loss, and the gradient of each argument that is given as a list; elements count 1, 2, 3, ..."""
    leaves = {i: torch.tensor(each, requires_grad=True) for i, each in enumerate(arguments) if isinstance(each, list)}
    value = loss(*[leaves.get(i, each) for i, each in enumerate(arguments)], **options)
    weights = torch.arange(1.0, value.numel() + 1).reshape(value.shape)
    (value * weights).sum().backward()
    return value.detach(), *(leaf.grad for leaf in leaves.values())


@scenario(cites="torch.nn.functional.mse_loss", needs=NEEDS)
def squared_errors(torch):
    """`mse_loss` is the mean of the squared differences, their sum, or the squares themselves."""
    for reduction in REDUCTIONS:
        data = [1.0, 2.0, 4.0], [3.0, -1.0, 4.5]
        yield reduction, descent(torch, torch.nn.functional.mse_loss, *data, reduction=reduction)


@scenario(cites="torch.nn.functional.mse_loss", needs=(*NEEDS, "broadcasting"))
def sizes_that_differ_are_warned_about(torch):
    """`mse_loss` broadcasts, but warns that this is likely a mistake; each argument gets a gradient of its own shape."""
    yield "(3, 1) and (3,)", descent(torch, torch.nn.functional.mse_loss, [[1.0], [2.0], [4.0]], [3.0, -1.0, 4.5])


@scenario(cites="torch.nn.functional.mse_loss", needs=NEEDS)
def unknown_reductions_are_errors(torch):
    """A reduction that is none of "none", "mean" and "sum" raises a ValueError."""
    x = torch.tensor([1.0, 2.0])
    yield "mse_loss", attempt(torch.nn.functional.mse_loss, x, x, reduction="median")
    yield "cross_entropy", attempt(torch.nn.functional.cross_entropy, x, torch.tensor(0), reduction="median")


@scenario(cites="torch.nn.functional.mse_loss", needs=(*NEEDS, "autograd_grad", "higher_order"))
def squared_errors_differentiate_twice(torch):
    """The second derivatives of `mse_loss` are constant: 2 / n, and minus that between input and target."""
    x = torch.tensor([1.0, 2.0, 4.0], requires_grad=True)
    y = torch.tensor([3.0, -1.0, 4.5], requires_grad=True)
    (by_x,) = torch.autograd.grad(torch.nn.functional.mse_loss(x, y), x, create_graph=True)
    yield "by input and by target", torch.autograd.grad((by_x * torch.tensor([1.0, 10.0, 100.0])).sum(), (x, y))


@scenario(cites="torch.nn.functional.cross_entropy", needs=NEEDS)
def cross_entropy_of_classes(torch):
    """`cross_entropy` of logits and classes sends back softmax less one at the class, divided by the batch's size for mean."""
    target = torch.tensor([1, 2, 0])
    for reduction in REDUCTIONS:
        yield reduction, descent(torch, torch.nn.functional.cross_entropy, LOGITS, target, reduction=reduction)


@scenario(cites="torch.nn.functional.cross_entropy: weight", needs=NEEDS)
def cross_entropy_with_class_weights(torch):
    """Class weights multiply the losses; the mean divides by the sum of the weights that counted."""
    target, weight = torch.tensor([1, 2, 1]), torch.tensor([0.5, 2.0, 5.0])
    for reduction in REDUCTIONS:
        yield reduction, descent(torch, torch.nn.functional.cross_entropy, LOGITS, target, weight, reduction=reduction)


@scenario(cites="torch.nn.functional.cross_entropy: ignore_index", needs=NEEDS)
def cross_entropy_ignores_an_index(torch):
    """Targets equal to ignore_index, by default -100, add nothing to the loss, to its mean's divisor and to the gradient."""
    cross_entropy = torch.nn.functional.cross_entropy
    yield "-100", descent(torch, cross_entropy, LOGITS, torch.tensor([1, -100, 0]))
    target = torch.tensor([1, 2, 0])
    yield "a class", descent(torch, cross_entropy, LOGITS, target, ignore_index=2, reduction="none")
    yield "all of them", cross_entropy(torch.tensor(LOGITS), torch.tensor([-100, -100, -100]))


@scenario(cites="torch.nn.functional.cross_entropy: label_smoothing", needs=NEEDS)
def cross_entropy_with_smoothed_labels(torch):
    """label_smoothing=s gives each class the share s / C of the target and leaves 1 - s to the true one."""
    for reduction in REDUCTIONS:
        options = {"reduction": reduction, "label_smoothing": 0.3}
        yield reduction, descent(torch, torch.nn.functional.cross_entropy, LOGITS, torch.tensor([1, 2, 0]), **options)


@scenario(cites="torch.nn.functional.cross_entropy: label_smoothing", needs=NEEDS)
def smoothing_respects_weights_and_ignored(torch):
    """Smoothed labels are weighted class by class, and what is ignored stays out."""
    cross_entropy, weight = torch.nn.functional.cross_entropy, torch.tensor([0.5, 2.0, 5.0])
    for reduction in REDUCTIONS:
        options = {"weight": weight, "reduction": reduction, "label_smoothing": 0.3}
        yield f"weights, {reduction}", descent(torch, cross_entropy, LOGITS, torch.tensor([1, 2, 0]), **options)
    yield "ignored", descent(torch, cross_entropy, LOGITS, torch.tensor([1, -100, 0]), label_smoothing=0.3)


@scenario(cites="torch.nn.functional.cross_entropy: target", needs=NEEDS)
def cross_entropy_of_probabilities(torch):
    """A floating point target of the input's shape holds probabilities, and is itself differentiated."""
    target = [[0.2, 0.3, 0.5], [1.0, 0.0, 0.0], [0.1, 0.8, 0.1]]
    for reduction in REDUCTIONS:
        yield reduction, descent(torch, torch.nn.functional.cross_entropy, LOGITS, target, reduction=reduction)


@scenario(cites="torch.nn.functional.cross_entropy: target", needs=NEEDS)
def probabilities_take_weights_and_smoothing(torch):
    """With probabilities the class weights multiply each class, and label_smoothing mixes them with equal shares."""
    cross_entropy, weight = torch.nn.functional.cross_entropy, torch.tensor([0.5, 2.0, 5.0])
    target = torch.tensor([[0.2, 0.3, 0.5], [1.0, 0.0, 0.0], [0.1, 0.8, 0.1]])
    yield "weights", descent(torch, cross_entropy, LOGITS, target, weight)
    yield "smoothing", descent(torch, cross_entropy, LOGITS, target, label_smoothing=0.3)
    yield "both", descent(torch, cross_entropy, LOGITS, target, weight, label_smoothing=0.3)


@scenario(cites="torch.nn.functional.cross_entropy", needs=NEEDS)
def cross_entropy_without_a_batch(torch):
    """The input may be one vector of logits, with a target without dimensions."""
    cross_entropy = torch.nn.functional.cross_entropy
    yield "one", descent(torch, cross_entropy, [1.0, 2.0, -1.0], torch.tensor(2))
    yield "of probabilities", descent(torch, cross_entropy, [1.0, 2.0, -1.0], torch.tensor([0.2, 0.3, 0.5]))


@scenario(cites="torch.nn.functional.cross_entropy", needs=NEEDS)
def cross_entropy_of_many_places(torch):
    """Classes stand in dimension one; the dimensions after it are places, each with a target of its own."""
    data = [[[1.0, 2.0], [0.5, -1.0], [3.0, 0.0]], [[0.0, 1.0], [2.0, 2.5], [-1.0, 0.5]]]
    target = torch.tensor([[0, 2], [1, 1]])
    for reduction in REDUCTIONS:
        yield reduction, descent(torch, torch.nn.functional.cross_entropy, data, target, reduction=reduction)


@scenario(cites="torch.nn.functional.cross_entropy", needs=NEEDS)
def cross_entropy_of_large_logits(torch):
    """`cross_entropy` does not overflow where softmax followed by log would."""
    yield "a thousand apart", descent(torch, torch.nn.functional.cross_entropy, [[1000.0, 0.0]], torch.tensor([1]))


@scenario(cites="torch.nn.functional.cross_entropy", needs=(*NEEDS, "autograd_grad", "higher_order"))
def cross_entropy_differentiates_twice(torch):
    """The second derivative of `cross_entropy` is that of logsumexp."""
    x = torch.tensor(LOGITS, requires_grad=True)
    loss = torch.nn.functional.cross_entropy(x, torch.tensor([1, 2, 0]), torch.tensor([0.5, 2.0, 5.0]))
    (first,) = torch.autograd.grad(loss, x, create_graph=True)
    yield "second", torch.autograd.grad((first * torch.tensor(LOGITS)).sum(), x)


@scenario(cites="torch.nn.functional.nll_loss", needs=NEEDS)
def targets_must_be_classes(torch):
    """A target beyond the classes, of another batch size or of floating point numbers raises an error."""
    x = torch.tensor(LOGITS)
    nll_loss = torch.nn.functional.nll_loss
    yield "beyond", attempt(nll_loss, x, torch.tensor([1, 3, 0]))
    yield "negative", attempt(nll_loss, x, torch.tensor([1, -1, 0]))
    yield "another batch", attempt(nll_loss, x, torch.tensor([1, 0]))
    yield "floating point", attempt(nll_loss, x, torch.tensor([1.0, 0.0, 2.0]))
    yield "no dimensions", attempt(nll_loss, torch.tensor(1.0), torch.tensor(0))


@scenario(cites="torch.nn.functional.cross_entropy", needs=(*NEEDS, "dtypes"))
def cross_entropy_checks_its_arguments(torch):
    """Weights that are not one for each class, smoothing beyond 0 to 1 and targets of another kind raise errors."""
    x, target = torch.tensor(LOGITS), torch.tensor([1, 2, 0])
    cross_entropy = torch.nn.functional.cross_entropy
    yield "two weights", attempt(cross_entropy, x, target, torch.tensor([1.0, 2.0]))
    yield "two weights of nll_loss", attempt(torch.nn.functional.nll_loss, x, target, torch.tensor([1.0, 2.0]))
    yield "smoothing", attempt(cross_entropy, x, target, label_smoothing=1.5)
    yield "integers as probabilities", attempt(cross_entropy, x, torch.zeros(3, 3, dtype=torch.int64))
    yield "floating point classes", attempt(cross_entropy, x, torch.tensor([1.0, 2.0, 0.0]))
    yield "int32 classes", attempt(cross_entropy, x, torch.tensor([1, 2, 0], dtype=torch.int32))


@scenario(cites="torch.nn.functional.nll_loss", needs=NEEDS)
def nll_picks_the_class(torch):
    """`nll_loss` is minus the input at the class, weighted; the gradient is minus the weight there and zero elsewhere."""
    nll_loss = torch.nn.functional.nll_loss
    target, weight = torch.tensor([1, 2, -100]), torch.tensor([0.5, 2.0, 5.0])
    for reduction in REDUCTIONS:
        yield reduction, descent(torch, nll_loss, LOGITS, target, reduction=reduction)
        yield f"weights, {reduction}", descent(torch, nll_loss, LOGITS, target, weight, reduction=reduction)
    yield "one", descent(torch, nll_loss, [1.0, 2.0], torch.tensor(1))


@scenario(cites="torch.nn.functional.binary_cross_entropy", needs=NEEDS)
def binary_cross_entropy_of_probabilities(torch):
    """`binary_cross_entropy` is minus the target's share of log(p) and of log(1 - p), for soft targets as well."""
    data = [0.2, 0.9, 0.5], [0.0, 1.0, 0.3]
    for reduction in REDUCTIONS:
        yield reduction, descent(torch, torch.nn.functional.binary_cross_entropy, *data, reduction=reduction)


@scenario(cites="torch.nn.functional.binary_cross_entropy: weight", needs=NEEDS)
def binary_cross_entropy_with_weights(torch):
    """Weights multiply the elements' losses; the mean divides by the number of elements all the same."""
    data = [0.2, 0.9, 0.5], [0.0, 1.0, 0.3], torch.tensor([2.0, 0.5, 3.0])
    for reduction in REDUCTIONS:
        yield reduction, descent(torch, torch.nn.functional.binary_cross_entropy, *data, reduction=reduction)


@scenario(cites="torch.nn.functional.binary_cross_entropy", needs=NEEDS)
def certain_and_wrong_is_finite(torch):
    """At probabilities of 0 and 1 the logarithm is cut off at -100, and the gradient stays finite."""
    data = [0.0, 1.0, 1.0], torch.tensor([1.0, 0.0, 1.0])
    yield "the loss and the gradient", descent(torch, torch.nn.functional.binary_cross_entropy, *data, reduction="none")


@scenario(cites="torch.nn.functional.binary_cross_entropy", needs=NEEDS)
def probabilities_lie_between_zero_and_one(torch):
    """Inputs and targets outside 0 to 1 and other dtypes raise a RuntimeError, sizes that differ a ValueError."""
    bce = torch.nn.functional.binary_cross_entropy
    yield "1.5", attempt(bce, torch.tensor([1.5]), torch.tensor([1.0]))
    yield "nan", attempt(bce, torch.tensor([float("nan")]), torch.tensor([1.0]))
    yield "other sizes", attempt(bce, torch.tensor([0.5, 0.5]), torch.tensor([[1.0, 0.0]]))
    yield "a target of 2", attempt(bce, torch.tensor([0.5]), torch.tensor([2.0]))
    yield "a target of integers", attempt(bce, torch.tensor([0.5]), torch.tensor([1]))


@scenario(cites="torch.nn.functional.binary_cross_entropy_with_logits", needs=NEEDS)
def binary_cross_entropy_of_logits(torch):
    """From logits the loss is that of their sigmoid, without overflow; pos_weight counts positive targets more."""
    loss = torch.nn.functional.binary_cross_entropy_with_logits
    data = [-200.0, 2.0, 0.5], [1.0, 0.0, 0.3]
    yield "plain", descent(torch, loss, *data)
    yield "weight", descent(torch, loss, *data, weight=torch.tensor([1.0, 2.0, 4.0]), reduction="sum")
    yield "pos_weight", descent(torch, loss, *data, pos_weight=torch.tensor([1.0, 2.0, 4.0]), reduction="none")
    yield "another size", attempt(loss, torch.tensor([1.0, 2.0]), torch.tensor([1.0]))


@scenario(cites="torch.nn.functional.l1_loss", needs=NEEDS)
def absolute_errors(torch):
    """`l1_loss` sends back signs, and zero where input and target are equal."""
    for reduction in REDUCTIONS:
        data = [1.0, 2.0, 4.0], [3.0, -1.0, 4.0]
        yield reduction, descent(torch, torch.nn.functional.l1_loss, *data, reduction=reduction)


@scenario(cites="torch.nn.functional.smooth_l1_loss; torch.nn.functional.huber_loss", needs=NEEDS)
def errors_that_turn_linear(torch):
    """`smooth_l1_loss` and `huber_loss` are quadratic up to the bend and linear beyond; one is the other over the bend."""
    data = [1.0, 2.0, 4.0, 3.0], [3.0, -1.0, 4.5, 1.0]
    yield "smooth_l1", descent(torch, torch.nn.functional.smooth_l1_loss, *data, reduction="none", beta=2.0)
    yield "huber", descent(torch, torch.nn.functional.huber_loss, *data, reduction="none", delta=2.0)


@scenario(cites="torch.nn.functional.softmax", needs=NEEDS)
def softmax_without_a_dimension_is_warned_about(torch):
    """`softmax` and `log_softmax` choose a dimension where none is given, with a warning."""
    yield "softmax", torch.nn.functional.softmax(torch.tensor(LOGITS))
    yield "log_softmax of a vector", torch.nn.functional.log_softmax(torch.tensor([1.0, 2.0]))


@scenario(cites="torch.nn.functional.linear", needs=(*NEEDS, "matmul"))
def linear_is_a_product_and_a_sum(torch):
    """`linear` is x @ weightᵀ + bias, for a matrix, a vector and a batch, with and without bias."""
    linear = torch.nn.functional.linear
    weight, bias = [[1.0, -2.0], [0.5, 3.0], [2.0, 1.0]], [10.0, 20.0, 30.0]
    yield "a matrix", descent(torch, linear, [[1.0, 2.0], [3.0, -4.0]], weight, bias)
    yield "a vector", descent(torch, linear, [1.0, 2.0], weight, bias)
    yield "a batch", descent(torch, linear, [[[1.0, 2.0]], [[3.0, -4.0]]], weight, bias)
    yield "without bias", descent(torch, linear, [[1.0, 2.0], [3.0, -4.0]], weight)


@scenario(cites="torch.nn.functional.linear", needs=(*NEEDS, "matmul"))
def linear_needs_fitting_sizes(torch):
    """`linear` raises an error where the input's last size is not the weight's."""
    yield "two and three", attempt(torch.nn.functional.linear, torch.zeros(4, 2), torch.zeros(5, 3))


@scenario(cites="torch.nn.functional.relu", needs=NEEDS)
def activations_of_the_functional_module(torch):
    """relu, sigmoid and tanh of `torch.nn.functional` are those of `torch`."""
    for name in ("relu", "sigmoid", "tanh"):
        yield name, descent(torch, getattr(torch.nn.functional, name), [-1.0, 0.5, 2.0])


@scenario(cites="torch.nn.functional.mse_loss", needs=(*NEEDS, "dtypes"))
def losses_keep_the_precision(torch):
    """Losses of float64 tensors are float64."""
    x = torch.tensor([0.3, 0.4], dtype=torch.float64, requires_grad=True)
    y = torch.tensor([0.0, 1.0], dtype=torch.float64)
    for name in ("mse_loss", "binary_cross_entropy"):
        loss = getattr(torch.nn.functional, name)(x, y)
        yield name, loss.detach()
        yield f"the gradient of {name}", torch.autograd.grad(loss, x)


@scenario(cites="torch.nn.functional.smooth_l1_loss: beta", needs=NEEDS)
def bends_must_be_positive(torch):
    """`smooth_l1_loss` with beta = 0 is `l1_loss`; a negative beta, and a delta of zero, are errors."""
    x, y = torch.tensor([1.0, 2.0]), torch.tensor([3.0, 2.5])
    yield "beta=0", torch.nn.functional.smooth_l1_loss(x, y, beta=0.0)
    yield "beta=-1", attempt(torch.nn.functional.smooth_l1_loss, x, y, beta=-1.0)
    yield "delta=0", attempt(torch.nn.functional.huber_loss, x, y, delta=0.0)


@scenario(cites="torch.nn.functional.mse_loss: reduction", needs=NEEDS)
def old_switches_still_work(torch):
    """size_average and reduce choose the reduction as before, with a warning."""
    x, y = torch.tensor([1.0, 2.0]), torch.tensor([3.0, 2.5])
    yield "size_average=False", torch.nn.functional.mse_loss(x, y, size_average=False)
    yield "reduce=False", torch.nn.functional.mse_loss(x, y, reduce=False)
    yield "both True", torch.nn.functional.l1_loss(x, y, size_average=True, reduce=True)


@scenario(cites="torch.nn.NLLLoss", needs=NEEDS)
def what_does_not_count_has_no_weight(torch):
    """A class that is ignored, or within the margin, counts nothing, whatever its weight is."""
    inf = float("inf")
    x = torch.tensor([[0.5, -1.0, 3.0]], requires_grad=True)
    lost = torch.nn.functional.nll_loss(
        x, torch.tensor([1]), torch.tensor([1.0, inf, 1.0]), ignore_index=1, reduction="sum"
    )
    yield "ignored", lost
    lost = torch.nn.functional.multi_margin_loss(x, torch.tensor([2]), weight=torch.tensor([1.0, 1.0, inf]))
    lost.backward()
    yield "within the margin", (lost, x.grad)


@scenario(cites="torch.nn.SoftMarginLoss", needs=(*NEEDS, "dtypes"))
def a_target_of_bytes_is_negated_as_it_is(torch):
    """soft_margin_loss's gradient is made of the negated target: of uint8, 1 then is 255."""
    x = torch.tensor([-0.25, 0.5], requires_grad=True)
    torch.nn.functional.soft_margin_loss(x, torch.tensor([1, 1], dtype=torch.uint8)).backward()
    yield "gradient", x.grad
