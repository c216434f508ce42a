"""Draws: layers and losses that draw random numbers, or spread labels over time, with every setting."""

from gradspec import attempt, scenario

NEEDS = ("tensor", "functions", "shapes", "dtypes", "autograd_grad", "random")
PLAIN = ("tensor", "functions", "shapes", "dtypes", "autograd_grad", "higher_order")


def numbers(torch, *shape, step=7):
    """A tensor of float32 whose elements lie on no line, of both signs."""
    count = 1
    for n in shape:
        count *= n
    places = torch.arange(count, dtype=torch.float32)
    return (places * (step + 0.71875) % 11 - 4.765625).reshape(shape)


def shown(torch, function, *inputs):
    """What a function makes of its inputs, and their gradients under an uneven gradient of the result."""
    inputs = [each.clone().requires_grad_() for each in inputs]
    y = function(*inputs)
    upstream = (((torch.arange(y.numel(), dtype=y.dtype) * 5) % 7) - 2.5).reshape(y.shape)
    return (y.detach(), *torch.autograd.grad(y, inputs, upstream, allow_unused=True))


def refused(function, *args, **options):
    """The type of the error that a call raises: its words are not what is specified here."""
    return type(attempt(function, *args, **options).error).__name__


@scenario(cites="torch.nn.functional.dropout", needs=NEEDS)
def dropout_in_all_its_forms(torch):
    """Dropout of elements and of whole channels, with any probability, leaves what it leaves alone and scales the rest."""
    F = torch.nn.functional
    forms = {"dropout": (3, 4), "dropout1d": (2, 3, 4), "dropout2d": (2, 3, 2, 2), "dropout3d": (2, 3, 1, 2, 2)}
    forms |= {"alpha_dropout": (3, 4), "feature_alpha_dropout": (2, 3, 2)}
    for name, shape in forms.items():
        function = getattr(F, name)
        for p in (0.0, 0.3):
            torch.manual_seed(3)
            yield f"{name}, {p}", shown(torch, lambda x: function(x, p, training=True), numbers(torch, *shape))
        yield f"{name}, of nothing", function(torch.zeros((0, *shape[1:])), 0.5, training=True)
    for name, shape in (("dropout1d", (3, 4)), ("dropout3d", (3, 1, 2, 2))):
        torch.manual_seed(5)
        yield f"{name} without a batch", attempt(getattr(F, name), numbers(torch, *shape), 0.5)
    torch.manual_seed(6)
    yield "float64", F.dropout(numbers(torch, 2, 5).double(), 0.5)


@scenario(cites="torch.nn.functional.rrelu", needs=NEEDS)
def slopes_that_are_drawn(torch):
    """`rrelu` draws a slope for each negative element while training, and takes the mean of the bounds afterwards."""
    F = torch.nn.functional
    x = numbers(torch, 3, 4)
    for bounds in ((0.2, 0.2), (0.1, 0.9)):
        torch.manual_seed(1)
        yield f"training, {bounds}", shown(torch, lambda x: F.rrelu(x, *bounds, training=True), x)
        yield f"afterwards, {bounds}", shown(torch, lambda x: F.rrelu(x, *bounds), x)
    y = x.clone()
    torch.manual_seed(2)
    yield "in place", (F.rrelu(y, 0.1, 0.5, training=True, inplace=True), y)
    y = x.clone()
    yield "in place, afterwards", (F.rrelu(y, inplace=True), y)
    yield "bounds the wrong way round", refused(F.rrelu, x, 0.5, 0.25, training=True)
    yield "zero", shown(torch, lambda x: F.rrelu(x, 0.1, 0.5, training=True), torch.zeros(3))


@scenario(cites="torch.nn.functional.gumbel_softmax", needs=NEEDS)
def classes_that_are_drawn(torch):
    """`gumbel_softmax` draws soft or hard, along any dimension, and hard draws have the gradient of soft ones."""
    F = torch.nn.functional
    logits = numbers(torch, 3, 4) * 0.5
    for hard, dim, tau in ((False, 0, 0.5), (False, -1, 1), (True, 0, 1), (True, 1, 3.0), (True, -1, 0.5)):
        torch.manual_seed(7)
        settings = {"tau": tau, "hard": hard, "dim": dim}
        yield f"{settings}", shown(torch, lambda x: F.gumbel_softmax(x, **settings), logits)


@scenario(cites="torch.nn.functional.ctc_loss", needs=PLAIN)
def labels_spread_over_time(torch):
    """`ctc_loss` sums over all ways in which labels, with repeats and of any length, can be spread over the time there is."""
    F = torch.nn.functional
    scores = numbers(torch, 6, 3, 4).double() * 0.5
    logs = scores.log_softmax(2)
    lengths, sizes = torch.tensor([6, 5, 4]), torch.tensor([3, 2, 1])
    padded = torch.tensor([[1, 2, 2], [3, 1, 0], [2, 0, 0]])
    joined = torch.tensor([1, 2, 2, 3, 1, 2])
    yield "joined", F.ctc_loss(logs, joined, lengths, sizes, reduction="sum")
    yield "through scores", shown(torch, lambda x: F.ctc_loss(x.log_softmax(2), padded, lengths, sizes), scores)
    yield "lengths in tuples", F.ctc_loss(logs, padded, (6, 5, 4), (3, 2, 1))
    yield (
        "another blank",
        shown(torch, lambda x: F.ctc_loss(x, padded % 3, lengths, sizes, blank=3, reduction="none"), logs),
    )
    yield "repeats", shown(torch, lambda x: F.ctc_loss(x, torch.tensor([[1, 1, 1]]), (6,), (3,)), logs[:, :1])
    yield "a label alone", shown(torch, lambda x: F.ctc_loss(x, torch.tensor([[2]]), (1,), (1,)), logs[:, :1])
    yield (
        "no labels",
        shown(torch, lambda x: F.ctc_loss(x, torch.zeros(1, 0, dtype=torch.int64), (4,), (0,)), logs[:, :1]),
    )
    short = torch.tensor([[1, 1, 2], [1, 2, 3], [3, 3, 3]])
    for zero in (False, True):
        settings = {"zero_infinity": zero, "reduction": "none"}
        yield (
            f"too little time, {zero}",
            shown(torch, lambda x: F.ctc_loss(x, short, (3, 3, 6), (3, 3, 3), **settings), logs),
        )
    yield (
        "one sequence, without a batch",
        shown(torch, lambda x: F.ctc_loss(x, torch.tensor([1, 2]), torch.tensor(5), torch.tensor(2)), logs[:, 0]),
    )
    yield "float32", shown(torch, lambda x: F.ctc_loss(x, padded, lengths, sizes), logs.float())


@scenario(cites="torch.nn.functional.embedding", needs=PLAIN)
def rows_and_bags_of_rows(torch):
    """`embedding` and `embedding_bag` with shortened rows, rows without a gradient, and bags of sums, means and maxima."""
    F = torch.nn.functional
    table = numbers(torch, 5, 3).double() * 0.5
    rows = torch.tensor([[0, 2, 2], [4, 1, 2]])
    for label, settings in {
        "plain": {},
        "padding from behind": {"padding_idx": -1},
        "both": {"padding_idx": 0, "scale_grad_by_freq": True},
    }.items():
        yield f"rows, {label}", shown(torch, lambda table: F.embedding(rows, table, **settings), table)
    shortened = table.clone()
    yield "shortened by 3", (F.embedding(rows, shortened, max_norm=1.25, norm_type=3.0), shortened)
    flat, starts = torch.tensor([1, 2, 4, 4, 0, 3]), torch.tensor([0, 2, 2, 5])
    for mode, label, given, settings in (
        ("sum", "in rows", rows, {}),
        ("mean", "one after the other", flat, {"offsets": starts}),
        ("max", "with an end", flat, {"offsets": torch.tensor([0, 2, 2, 6]), "include_last_offset": True}),
        ("mean", "without one", flat, {"offsets": starts, "padding_idx": 4}),
        ("max", "without the last", rows, {"padding_idx": -3}),
    ):
        yield (
            f"bags, {mode}, {label}",
            shown(torch, lambda table: F.embedding_bag(given, table, mode=mode, **settings), table),
        )
    weights = numbers(torch, 6, step=5).double()
    settings = {"offsets": starts, "mode": "sum"}
    yield (
        "weighted",
        shown(torch, lambda table, w: F.embedding_bag(flat, table, per_sample_weights=w, **settings), table, weights),
    )
    for label, given, settings in (
        ("neither", flat, {}),
        ("places that do not begin with 0", flat, {"offsets": starts + 1}),
        ("places behind the end", flat, {"offsets": torch.tensor([0, 7])}),
        ("three dimensions", rows.reshape(1, 2, 3), {}),
    ):
        yield label, refused(F.embedding_bag, given, table, **settings)
    yield "a table that is none", refused(F.embedding, rows, table[0])
    yield "padding before the first", refused(F.embedding, rows, table, padding_idx=-6)
    yield "padding behind the last", refused(F.embedding, rows, table, padding_idx=5)


@scenario(cites="torch.nn.functional.triplet_margin_loss", needs=PLAIN)
def losses_of_triplets(torch):
    """The losses of triplets take any margin, norm and distance, and swap where that is harder."""
    F = torch.nn.functional
    a, p, n = (numbers(torch, 3, 4, step=step).double() for step in (7, 5, 3))
    for label, settings in {
        "plain": {},
        "swap": {"swap": True, "margin": 5.0},
        "sum": {"reduction": "sum", "p": 3.0, "eps": 0.1, "margin": 6.0},
    }.items():
        yield label, shown(torch, lambda *given: F.triplet_margin_loss(*given, **settings), a, p, n)
    for label, settings in {
        "any distance": {"distance_function": lambda x, y: ((x - y) ** 2).sum(-1)},
        "any distance, swapped": {
            "distance_function": lambda x, y: (x - y).abs().amax(-1),
            "swap": True,
            "margin": 4.0,
        },
        "the usual distance": {"margin": 3.0, "reduction": "none"},
    }.items():
        yield label, shown(torch, lambda *given: F.triplet_margin_with_distance_loss(*given, **settings), a, p, n)
    for margin in (0.0, -1.0):
        yield f"margin {margin}", refused(F.triplet_margin_loss, a, p, n, margin=margin)
        yield f"margin {margin}, any distance", refused(F.triplet_margin_with_distance_loss, a, p, n, margin=margin)
    yield "other dimensions", refused(F.triplet_margin_loss, a, p[0], n)


@scenario(cites="torch.nn.functional.scaled_dot_product_attention", needs=PLAIN)
def attention_with_masks(torch):
    """Attention with masks of numbers and of truth values, causal, scaled, of grouped heads; what sees nothing is zero."""
    F = torch.nn.functional
    q, k, v = (
        numbers(torch, 2, 2, 3, 4).double(),
        numbers(torch, 2, 2, 5, 4, step=5).double(),
        numbers(torch, 2, 2, 5, 2, step=3).double(),
    )
    mask = (torch.arange(15).reshape(3, 5) % 4) != 1
    blind = mask & (torch.arange(3) != 1).unsqueeze(1)
    for label, settings in {
        "scaled by a negative number": {"scale": -0.5},
        "causal": {"is_causal": True},
        "numbers": {"attn_mask": numbers(torch, 3, 5, step=2).double()},
        "truth values": {"attn_mask": mask},
        "one that sees nothing": {"attn_mask": blind},
    }.items():
        yield label, shown(torch, lambda *given: F.scaled_dot_product_attention(*given, **settings), q, k, v)
    many = numbers(torch, 2, 4, 3, 4).double()
    yield (
        "grouped heads",
        shown(torch, lambda *given: F.scaled_dot_product_attention(*given, enable_gqa=True), many, k, v),
    )
    yield "causal and a mask", refused(F.scaled_dot_product_attention, q, k, v, attn_mask=mask, is_causal=True)
    yield "vectors", refused(F.scaled_dot_product_attention, q[0, 0, 0], k, v)
    yield "another dtype", refused(F.scaled_dot_product_attention, q, k.float(), v)
    torch.manual_seed(0)
    yield "all dropped", F.scaled_dot_product_attention(q, k, v, dropout_p=1.0)


@scenario(cites="torch.nn.functional.batch_norm", needs=PLAIN)
def statistics_that_are_kept_or_not(torch):
    """Norms of batches, instances, groups and layers, with kept statistics, with weights, and with neither."""
    F = torch.nn.functional
    x = numbers(torch, 3, 4, 2).double()
    w, b = numbers(torch, 4).double(), numbers(torch, 4, step=5).double()
    for name in ("batch_norm", "instance_norm"):
        function, flag = getattr(F, name), "training" if name == "batch_norm" else "use_input_stats"
        for now in (True, False):
            mean, var = torch.linspace(-1, 1, 4).double(), torch.linspace(0.5, 2, 4).double()
            settings = {flag: now, "momentum": 0.75, "eps": 1e-3}
            yield f"{name}, {now}", shown(torch, lambda x, w, b: function(x, mean, var, w, b, **settings), x, w, b)
            yield f"{name}, {now}: kept", (mean, var)
        yield (
            f"{name} with statistics of another size",
            refused(function, x, torch.zeros(3).double(), torch.ones(3).double(), **{flag: False}),
        )
    yield "4 groups without weights", shown(torch, lambda x: F.group_norm(x, 4), x)
    yield "layer without weights", shown(torch, lambda x: F.layer_norm(x, (4, 2)), x)
    yield "rms without weights", shown(torch, lambda x: F.rms_norm(x, (4, 2)), x)
    yield "local response", shown(torch, lambda x: F.local_response_norm(x, 2), x)
    for p in (0.0, 1.0, 2.0, 3.0):
        yield f"pdist {p}", shown(torch, lambda x: F.pdist(x, p), x[:, :, 0])
    for p in (0.0, 3.0):
        yield f"pairwise {p}", shown(torch, lambda x, y: F.pairwise_distance(x, y, p, 1e-3), x[:, :, 0], x[:, :, 1])
    yield "kept dimensions", F.pairwise_distance(x[:, :, 0], x[:, :, 1], keepdim=True)
    yield "cosine", shown(torch, lambda x, y: F.cosine_similarity(x, y, dim=0, eps=1e-3), x[:, :, 0], x[:, :, 1])
    yield "normalize", shown(torch, lambda x: F.normalize(x, 3.0, -1, 1e-3), x)
