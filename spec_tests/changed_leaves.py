"""Changed leaves: leaves, gradients and saved values that get another shape, memory or history between two passes."""

import math

from gradspec import attempt, scenario

NEEDS = ("tensor", "functions", "shapes", "views", "inplace", "clear_grad", "grad_modes", "flags", "versions", "detach")


def numbers(torch, *shape, step=7):
    """A tensor whose elements lie on no line, of both signs."""
    places = range(math.prod(shape))
    values = [n * step % 11 * 0.5 - 2.25 - n % 3 + n * 0.03125 for n in places]
    return torch.tensor(values, dtype=torch.float64).reshape(shape).clone()


def outcome(change, *args):
    """That something was done, or why not."""
    found = attempt(change, *args)
    return "done" if found.error is None else found


RESHAPED = {
    "t_": lambda t: t.t_(),
    "transpose_": lambda t: t.transpose_(0, 1),
    "unsqueeze_": lambda t: t.unsqueeze_(0),
    "unsqueeze_ behind": lambda t: t.unsqueeze_(-1),
    "squeeze_": lambda t: t.unsqueeze_(0).squeeze_(0),
    "swapaxes_": lambda t: t.swapaxes_(0, -1),
}


@scenario(cites="torch.Tensor.t_", needs=NEEDS)
def leaves_that_get_another_shape(torch):
    """A leaf that got another shape without grad mode takes what comes in the shape before, if it can be stretched to its own."""
    for label, shape, change in (
        ("t_", (2, 3), lambda t: t.t_()),
        ("unsqueeze_", (2, 3), lambda t: t.unsqueeze_(0)),
        ("data", (2, 3), lambda t: setattr(t, "data", t.data[:, :2])),
    ):
        x = numbers(torch, *shape).requires_grad_()
        y = x * 2
        with torch.no_grad():
            change(x)
        name = f"{label}, {shape}"
        yield name, [tuple(x.shape), x._version, x.is_leaf]
        yield f"{name}, back", outcome((y * numbers(torch, *shape, step=3)).sum().backward)
        yield f"{name}, the gradient", x.grad
        yield f"{name}, once more", outcome((x * 3).sum().backward)
        yield f"{name}, both", x.grad
        x = numbers(torch, *shape).requires_grad_()
        y = x * 2
        with torch.no_grad():
            change(x)
        y = None
        yield f"{name}, where nothing else was made of it", outcome((x * 3).sum().backward)
        yield f"{name}, its gradient", [y, x.grad]


@scenario(cites="torch.Tensor.t_", needs=(*NEEDS, "graph", "autograd_grad"))
def results_that_get_another_shape(torch):
    """A result that gets another shape in place has a node more; its views go on, and so does the gradient."""
    for label, change in RESHAPED.items():
        x = numbers(torch, 2, 3).requires_grad_()
        y = x * 2
        view, flat = y[1], y.view(-1)
        former = y.grad_fn
        change(y)
        yield label, [tuple(y.shape), y._version, y.grad_fn.name(), y.grad_fn is former, view.grad_fn.name()]
        yield f"{label}, the former", [each[0].name() for each in y.grad_fn.next_functions]
        y.mul_(3)
        yield f"{label}, changed", [y.detach(), view.detach(), flat.detach(), view.grad_fn.name(), flat.grad_fn.name()]
        upstream = numbers(torch, *y.shape, step=5)
        yield f"{label}, back", outcome(y.backward, upstream, True)
        yield f"{label}, the gradient", x.grad
        given = attempt(torch.autograd.grad, view.sum() + flat.sum(), x)
        yield f"{label}, through the views", given
        base = numbers(torch, 2, 3)
        part = base.view(6)[1:5].view(2, 2)
        change(part)
        part.add_(10)
        yield f"{label} of a view", [base, part]
        made = (x * 1).view(6)[1:5].view(2, 2)
        change(made)
        yield f"{label} of a recorded view", [made.grad_fn.name(), torch.autograd.grad((made * made).sum(), x)]


@scenario(cites="torch.Tensor.grad", needs=(*NEEDS, "higher_order", "retain_graph"))
def gradients_that_were_put_there(torch):
    """What comes is added to the gradient that is there, wherever that lies: in place, so that all who see its memory see it."""
    places = {
        "in order": lambda: numbers(torch, 2, 3),
        "a part": lambda: numbers(torch, 4, 3)[1:3],
        "a result": lambda: numbers(torch, 2, 3).requires_grad_() * 2,
        "a leaf": lambda: numbers(torch, 2, 3).requires_grad_(),
        "float32": lambda: numbers(torch, 2, 3).float(),
        "of one row": lambda: numbers(torch, 3),
        "of one row, seen twice": lambda: numbers(torch, 3).expand(2, 3),
        "of one more": lambda: numbers(torch, 1, 2, 3),
        "a number": lambda: 1.0,
    }
    for label, make in places.items():
        for memory in ("in order", "turned"):
            x, there = numbers(torch, 2, 3).requires_grad_(), make()
            if memory == "turned":
                x = numbers(torch, 3, 2).t().requires_grad_()
                there = there.t().contiguous().t() if isinstance(there, torch.Tensor) and there.dim() == 2 else there
            yield f"{label}, {memory}", outcome(setattr, x, "grad", there)
            if x.grad is None:
                continue
            seen = there.detach()
            yield f"{label}, {memory}, back", outcome((x * x).sum().backward)
            yield f"{label}, {memory}, the gradient", [x.grad.detach(), x.grad is there, seen, there._version]
            recorded = outcome(lambda x=x: (x * x).sum().backward(create_graph=True))
            yield f"{label}, {memory}, recorded", [recorded, x.grad.detach(), x.grad is there, x.grad.requires_grad]
    x = numbers(torch, 2, 3).requires_grad_()
    x.grad = torch.zeros(2, 3, dtype=torch.float64)
    row, view = x.grad[1], x.grad.view(6)
    (x * x).sum().backward()
    yield "views of the gradient", [row, view]
    turned = numbers(torch, 3, 2).t().detach().requires_grad_()
    (turned * turned).sum().backward()
    yield "none, of what lies turned", [turned.grad, turned.grad.stride()]
    one = torch.tensor(1.5, requires_grad=True)
    (one * 2).backward()
    there = one.grad
    (one * 3).backward()
    yield "of no dimensions", [one.grad, one.grad is there, there._version]
    del one.grad
    yield "deleted", one.grad is None
    (one * 5).backward()
    yield "anew", one.grad
    with torch.inference_mode():
        fixed = torch.zeros(2, 3, dtype=torch.float64)
    x.grad = fixed
    yield "made in inference mode", outcome((x * x).sum().backward)
    yield "of a result", outcome(lambda: (x * 2).grad)
    yield "of a view without history", x.detach()[0].grad is None


@scenario(cites="Autograd mechanics: In-place correctness checks", needs=(*NEEDS, "graph", "indexing", "dtypes"))
def saved_values_that_were_changed(torch):
    """A saved value that was changed is named, by its dtype and shape, by the node that it comes from, and with both versions."""
    place = torch.tensor([1, 0])
    for label, function, change in (
        ("a leaf", lambda x, t: x * t, lambda x, t, y: (x.data.add_(1), x.detach().add_(1))),
        ("a constant", lambda x, t: x * t, lambda x, t, y: t.add_(1)),
        ("a constant, twice", lambda x, t: x * t, lambda x, t, y: t.add_(1).mul_(2)),
        ("a constant through a view", lambda x, t: x * t, lambda x, t, y: t[0].zero_()),
        ("a part of a constant", lambda x, t: x[0] * t[0], lambda x, t, y: t[1].zero_()),
        ("a float32 constant", lambda x, t: x.float() * t.float().fill_(2), lambda x, t, y: None),
        ("a result", lambda x, t: x.exp(), lambda x, t, y: y.add_(1)),
        ("a result through a view", lambda x, t: x.exp(), lambda x, t, y: y[0].add_(1)),
        ("a number through its data", lambda x, t: x.sum().exp(), lambda x, t, y: y.data.add_(1)),
        ("a result that was saved", lambda x, t: (x * 2).sin_(), lambda x, t, y: y.add_(1)),
        ("a result in between", lambda x, t: (x * 2).exp().tanh(), lambda x, t, y: y.add_(1)),
        ("a maximum", lambda x, t: x.max(), lambda x, t, y: y.add_(1)),
        ("a maximum along", lambda x, t: x.max(1).values, lambda x, t, y: y.add_(1)),
        ("indices", lambda x, t: x.max(1), lambda x, t, y: y.indices.zero_()),
        ("sorted", lambda x, t: x.sort(1), lambda x, t, y: y.indices.zero_()),
        ("an index", lambda x, t: x[place], lambda x, t, y: place.zero_()),
        ("an index of two", lambda x, t: x[place, place], lambda x, t, y: place.zero_()),
        ("places", lambda x, t: x.gather(1, place[None]), lambda x, t, y: place.zero_()),
        ("a mask", lambda x, t: x.masked_fill(t > 0, 1.0), lambda x, t, y: None),
        ("one of several", lambda x, t: torch.var_mean(x, 1), lambda x, t, y: y[0].add_(1)),
        ("a product of matrices", lambda x, t: x @ t.t(), lambda x, t, y: t.add_(1)),
        ("complex numbers", lambda x, t: (x * 1j).exp(), lambda x, t, y: y.add_(1)),
        ("detached in place", lambda x, t: (x * 2).exp(), lambda x, t, y: y.detach_()),
        ("copied into", lambda x, t: x.exp(), lambda x, t, y: y.copy_(t)),
        ("zeroed", lambda x, t: x.exp(), lambda x, t, y: y.zero_()),
        ("under no_grad", lambda x, t: x * t, lambda x, t, y: torch.no_grad()(lambda: t.add_(1))()),
    ):
        x, t = numbers(torch, 2, 2).requires_grad_(), numbers(torch, 2, 2, step=5)
        place.copy_(torch.tensor([1, 0]))
        y = function(x, t)
        total = sum(each.abs().sum() for each in (y if isinstance(y, tuple) else (y,)) if each.requires_grad)
        change(x, t, y)
        yield label, [outcome(total.backward), x.grad, outcome(total.backward)]
