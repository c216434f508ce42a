"""Returns of custom functions: every kind of result, from every kind of input, with grad mode and without."""

from gradspec import attempt, scenario

NEEDS = (
    "custom_function",
    "tensor",
    "views",
    "inplace",
    "graph",
    "grad_modes",
    "flags",
    "dtypes",
    "autograd_grad",
    "indexing",
)


def outcome(change, *args):
    """That something was done, or why not."""
    found = attempt(change, *args)
    return "done" if found.error is None else found


def state(x, given):
    """What a result is: whose memory it has, and what history."""
    return [
        x is given,
        x.data_ptr() == given.data_ptr(),
        x.requires_grad,
        x.is_leaf,
        x._version,
        given._version,
        x.grad_fn.name() if x.grad_fn is not None else "-",
        x._is_view(),
        x.detach(),
    ]


RESULTS = {
    "new": lambda ctx, x: x * 2,
    "the input": lambda ctx, x: x,
    "a view of the input": lambda ctx, x: x[1:],
    "all of the input": lambda ctx, x: x.view(3),
    "the input detached": lambda ctx, x: x.detach(),
    "a copy": lambda ctx, x: x.clone(),
    "a constant": lambda ctx, x: ctx.constant,
    "whole numbers": lambda ctx, x: x.long(),
    "a leaf": lambda ctx, x: ctx.leaf,
    "changed": lambda ctx, x: dirty(ctx, x.add_(1)),
    "changed, not said": lambda ctx, x: x.add_(1),
    "said, not changed": lambda ctx, x: dirty(ctx, x),
    "a changed view": lambda ctx, x: dirty(ctx, x[1:].add_(1)),
    "a constant said to be changed": lambda ctx, x: dirty(ctx, ctx.constant),
    "new without gradient": lambda ctx, x: constant(ctx, x * 2),
    "the input without gradient": lambda ctx, x: constant(ctx, x),
    "a view without gradient": lambda ctx, x: constant(ctx, x[1:]),
    "changed, without gradient": lambda ctx, x: constant(ctx, dirty(ctx, x.add_(1))),
    "a constant without gradient": lambda ctx, x: constant(ctx, ctx.constant),
}


def dirty(ctx, x):
    ctx.mark_dirty(x)
    return x


def constant(ctx, x):
    ctx.mark_non_differentiable(x)
    return x


def inputs(torch):
    """An input of each kind."""
    leaf = torch.tensor([0.5, -1.5, 2.5], requires_grad=True)
    whole = torch.arange(8.0).reshape(2, 4).requires_grad_()
    return {
        "a constant": lambda: torch.tensor([0.5, -1.5, 2.5]),
        "a leaf": lambda: leaf.detach().clone().requires_grad_(),
        "a result": lambda: leaf * 3,
        "a view of a constant": lambda: torch.arange(8.0).reshape(2, 4)[1, 1:],
        "a view of a result": lambda: (whole * 3)[1, 1:],
        "a view of a leaf": lambda: whole.detach().clone().requires_grad_()[1, 1:],
        "one of several": lambda: (whole * 3)[:, 1:].unbind()[0],
    }


@scenario(cites="torch.autograd.Function.forward", needs=NEEDS)
def results_of_every_kind(torch):
    """What `forward` returns comes back with the function's history; an input as a view of itself, unless it was changed."""

    class Custom(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x, made):
            ctx.constant = torch.tensor([7.0, 8.0, 9.0])
            ctx.leaf = torch.tensor([7.0, 8.0, 9.0], requires_grad=True)
            return made(ctx, x)

        @staticmethod
        def backward(ctx, g):
            return g.sum() * torch.tensor([2.0, 3.0, 5.0]), None

    made = inputs(torch)
    for number, (label, result) in enumerate(RESULTS.items()):
        for mode in (True, False):
            for kind in list(made)[number % 3 :: 3] if mode else list(made)[number % 5 :: 5]:
                name = f"{label} of {kind}, {'with' if mode else 'without'} grad mode"
                x = made[kind]()
                with torch.set_grad_enabled(mode):
                    found = attempt(Custom.apply, x, result)
                if found.error is not None:
                    yield name, found
                    continue
                y = found.value
                seen, back = attempt(state, y, x), outcome(lambda y=y: (y * 2.0).sum().backward(retain_graph=True))
                yield name, [seen, back, outcome(lambda y=y: y.mul_(2))]


@scenario(cites="torch.autograd.Function.forward", needs=NEEDS)
def several_results_of_every_kind(torch):
    """Of several results each has its own number; of views, and of what was changed, there may be one."""

    class Custom(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x, one, other):
            ctx.constant = torch.tensor([7.0, 8.0, 9.0])
            return one(ctx, x), 1.5, None, other(ctx, x)

        @staticmethod
        def backward(ctx, *g):
            return sum(each.sum() * k for k, each in enumerate(g, 2) if each is not None).expand(3), None, None

    kinds = ("a leaf", "a result", "a view of a result", "a constant")
    ones = ("new", "the input", "a view of the input", "whole numbers", "changed", "new without gradient")
    others = ("new", "the input", "a view of the input", "a constant", "the input without gradient")
    made = inputs(torch)
    for n, one in enumerate(ones):
        for m, other in enumerate(others):
            for kind in kinds[(n + m) % 3 :: 3]:
                name = f"{one}, and {other}, of {kind}"
                x = made[kind]()
                found = attempt(Custom.apply, x, RESULTS[one], RESULTS[other])
                if found.error is not None:
                    yield name, found
                    continue
                first, number, none, second = found.value
                states = [attempt(state, first, x), number, none is None, attempt(state, second, x)]
                total = [each.sum() * k for k, each in ((3.0, first), (5.0, second)) if each.requires_grad]
                back = outcome(lambda t=total: sum(t).backward()) if total else "none"
                numbers = [first.output_nr, second.output_nr]
                yield name, [*states, *numbers, back, outcome(first.mul_, 2), outcome(second.mul_, 2)]
