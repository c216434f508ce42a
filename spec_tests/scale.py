"""Scale: long chains, many paths, wide fans; every node is visited once."""

import weakref

from gradspec import scenario


def add_up(terms):
    """The sum of `terms`, added in pairs, so that no path through it is long."""
    while len(terms) > 1:
        pairs = [left + right for left, right in zip(terms[::2], terms[1::2], strict=False)]
        terms = pairs + terms[len(pairs) * 2 :]
    return terms[0]


@scenario(cites="Autograd mechanics: How autograd encodes the history")
def a_long_chain_needs_no_recursion(torch):
    """A chain of 5,000 operations is differentiated, though it is longer than Python's recursion limit."""
    x = torch.tensor(0.5, requires_grad=True)
    y = x
    for _ in range(5_000):
        y = y + x
    y.backward()
    yield "5,001 uses of x", x.grad


@scenario(cites="Autograd mechanics: How autograd encodes the history")
def a_longer_chain_costs_no_more_for_each_node(torch):
    """A chain of 30,000 operations is differentiated in the time of a scenario: what a node costs does not grow."""
    x = torch.tensor(0.5, requires_grad=True)
    y = x
    for _ in range(30_000):
        y = y + x
    y.backward()
    yield "30,001 uses of x", x.grad


@scenario(cites="slides: Chain rule")
def a_long_chain_multiplies_all_its_factors(torch):
    """Along a chain of 5,001 products every local gradient counts."""
    x = torch.tensor(3.0, requires_grad=True)
    y = x
    for turn in range(5_001):
        y = y * (2.0 if turn % 2 else -0.5)
    y.backward()
    yield "2,500 factors of 2 and 2,501 of -0.5", x.grad


@scenario(cites="torch.Tensor.backward: retain_graph")
def a_long_chain_can_be_run_again(torch):
    """A second pass over a kept chain of 2,000 operations doubles the gradient."""
    x = torch.tensor(0.5, requires_grad=True)
    y = x
    for _ in range(2_000):
        y = -(y - x)
    y = y + x * 3
    y.backward(retain_graph=True)
    yield "first pass", x.grad
    y.backward(retain_graph=True)
    yield "second pass", x.grad


@scenario(cites="slides: Chain rule")
def a_ladder_has_more_paths_than_can_be_walked(torch):
    """In a ladder of 100 doublings the 2^100 paths are counted without being walked."""
    x = torch.tensor(1.5, requires_grad=True)
    y = x
    for _ in range(100):
        y = y + y
    y.backward()
    yield "2 to the power of 100", x.grad


@scenario(cites="slides: Chain rule")
def a_ladder_of_unequal_rungs(torch):
    """In a ladder of 203 rungs with different weights on its two sides, each rung multiplies by their sum."""
    x = torch.tensor(1.5, requires_grad=True)
    y = x
    for rung in range(203):
        left, right = (0.125, 0.375) if rung % 2 else (0.75, 1.25)
        y = y * left + y * right
    y.backward()
    yield "102 sums of 2 and 101 of 0.5", x.grad


@scenario(cites="torch.autograd.backward")
def a_thousand_uses_of_one_leaf(torch):
    """A leaf that is used 1,000 times collects 1,000 contributions."""
    x = torch.tensor(2.0, requires_grad=True)
    add_up([x * weight for weight in range(1, 1_001)]).backward()
    yield "1 + 2 + ... + 1000", x.grad


@scenario(cites="torch.autograd.backward")
def a_thousand_uses_of_an_intermediate(torch):
    """An intermediate result used 1,000 times passes on the sum of 1,000 contributions."""
    x = torch.tensor(3.0, requires_grad=True)
    y = x * x
    add_up([y * weight for weight in range(1, 1_001)]).backward()
    yield "500500 · 2x", x.grad


@scenario(cites="torch.cat", needs=("tensor", "shapes"))
def a_thousand_inputs_to_one_operation(torch):
    """One operation may have 1,000 inputs; each receives its own part of the gradient."""
    x = torch.tensor([1.0, -2.0], requires_grad=True)
    y = torch.cat([x * (place % 7) for place in range(1_000)])
    (y * y).sum().backward()
    yield "2x · the sum of the squared weights", x.grad


@scenario(cites="torch.autograd.backward")
def many_leaves_each_get_their_own(torch):
    """In a graph of 1,000 leaves every one receives its own gradient."""
    leaves = [torch.tensor(float(value), requires_grad=True) for value in range(1_000)]
    add_up([leaf * leaf for leaf in leaves]).backward()
    for place in (0, 1, 499, 512, 999):
        yield f"leaf {place}", leaves[place].grad


@scenario(cites="slides: A graph is created on the fly")
def a_recurrence_shares_its_weight(torch):
    """A weight used in each of 300 steps of a recurrence collects from every step."""
    w = torch.tensor(0.5, requires_grad=True)
    h = torch.tensor(0.0)
    for _ in range(300):
        h = h * w + 1.0
    h.backward()
    yield "the derivative of 1 / (1 - w), in the limit", w.grad


@scenario(cites="torch.Tensor.register_hook", needs=("hooks",))
def each_rung_of_a_ladder_is_visited_once(torch):
    """Each intermediate result of a ladder is visited once, with its whole gradient, however many paths lead there."""
    visits = []
    x = torch.tensor(1.0, requires_grad=True)
    y = x
    for _ in range(12):
        y = y + y
        y.register_hook(lambda gradient: visits.append(float(gradient)))
    y.backward()
    yield "gradients in the order of the visits", visits


@scenario(cites="torch.Tensor.register_hook", needs=("hooks",))
def a_leaf_is_visited_once(torch):
    """The hook of a leaf that is used 1,000 times runs once, with the sum."""
    visits = []
    x = torch.tensor(2.0, requires_grad=True)
    x.register_hook(lambda gradient: visits.append(float(gradient)))
    add_up([x * weight for weight in range(1, 1_001)]).backward()
    yield "what the hook was given", visits


def counting_square(torch, counts):
    """A custom square that counts its backward calls in `counts["backward"]`."""

    class Square(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x * x

        @staticmethod
        def backward(ctx, gradient):
            counts["backward"] = counts.get("backward", 0) + 1
            (x,) = ctx.saved_tensors
            return gradient * 2 * x

    return Square.apply


@scenario(cites="torch.autograd.Function", needs=("custom_function",))
def a_shared_function_runs_backward_once(torch):
    """The backward of a function whose result is used 100 times runs once, on the sum of what the uses send back."""
    counts = {}
    x = torch.tensor(3.0, requires_grad=True)
    y = counting_square(torch, counts)(x)
    add_up([y * weight for weight in range(1, 101)]).backward()
    yield "calls", counts["backward"]
    yield "5050 · 2x", x.grad


@scenario(cites="torch.autograd.Function", needs=("custom_function",))
def every_node_of_a_ladder_runs_backward_once(torch):
    """A ladder of 50 functions runs 50 backwards, not one for each path."""
    counts = {}
    square = counting_square(torch, counts)
    x = torch.tensor(1.0, requires_grad=True)
    y = x
    for _ in range(50):
        root = square(y)
        y = root * 0.25 + root * 0.25
        y = y * 2.0
    y.backward()
    yield "calls", counts["backward"]
    yield "2 to the power of 50", x.grad


@scenario(cites="torch.autograd.Function", needs=("custom_function",))
def what_the_result_does_not_depend_on_is_not_run(torch):
    """A backward pass runs no function that its result does not depend on."""
    counts = {}
    x = torch.tensor(3.0, requires_grad=True)
    aside = counting_square(torch, counts)(x)
    (x * 5).backward()
    yield "calls for the branch aside", counts.get("backward", 0)
    yield "the gradient", x.grad
    aside.backward()
    yield "calls for the branch itself", counts.get("backward", 0)


@scenario(cites="torch.autograd.grad: inputs", needs=("custom_function", "autograd_grad"))
def what_leads_to_no_input_is_not_run(torch):
    """`torch.autograd.grad` runs only what lies between the outputs and the inputs asked for."""
    counts = {}
    x = torch.tensor(3.0, requires_grad=True)
    w = torch.tensor(2.0, requires_grad=True)
    y = counting_square(torch, counts)(x)
    yield "dz/dw", torch.autograd.grad(y * w, w)
    yield "calls of what leads to x alone", counts.get("backward", 0)


@scenario(cites="torch.autograd.Function", needs=("custom_function", "flags"))
def what_leads_to_constants_is_not_recorded(torch):
    """A function of constants is not recorded: no backward pass runs it."""
    counts = {}
    c = torch.tensor(3.0)
    w = torch.tensor(2.0, requires_grad=True)
    y = counting_square(torch, counts)(c)
    (y * w).backward()
    yield "requires grad", y.requires_grad
    yield "calls", counts.get("backward", 0)
    yield "the gradient", w.grad


@scenario(cites="torch.autograd.backward: tensors", needs=("custom_function", "autograd_grad"))
def several_roots_share_one_visit(torch):
    """A pass from several results runs what they share once."""
    counts = {}
    x = torch.tensor(3.0, requires_grad=True)
    y = counting_square(torch, counts)(x)
    torch.autograd.backward([y * weight for weight in range(1, 11)])
    yield "calls", counts["backward"]
    yield "55 · 2x", x.grad


@scenario(cites="torch.autograd.grad: create_graph", needs=("autograd_grad", "higher_order"))
def a_long_chain_can_be_differentiated_twice(torch):
    """The graph of a gradient may be long, too: the second derivative of a sum of 300 cubes."""
    x = torch.tensor(2.0, requires_grad=True)
    total = torch.tensor(0.0)
    for _ in range(300):
        total = total + x * x * x
    (first,) = torch.autograd.grad(total, x, create_graph=True)
    yield "300 · 6x", torch.autograd.grad(first, x)


@scenario(cites="Autograd mechanics: How autograd encodes the history")
def a_long_chain_can_be_let_go(torch):
    """A chain of 6,000 operations that was never run backward can be dropped, and another one built in its place."""
    x = torch.tensor(0.25, requires_grad=True)
    for _ in range(2):
        y = x
        for _ in range(6_000):
            y = y + 1.0
    del y
    z = x * 3
    z.backward()
    yield "the leaf works on", x.grad


@scenario(cites="Autograd mechanics: How autograd encodes the history", needs=("custom_function",))
def a_dropped_chain_is_freed_to_its_far_end(torch):
    """When the end of a chain of 5,000 operations is dropped, what was saved at its beginning is freed at once."""

    class Token:
        """Something that can be seen to die."""

    class Identity(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.token = Token()
            tokens.append(weakref.ref(ctx.token))
            return x * 1.0

        @staticmethod
        def backward(ctx, gradient):
            return gradient

    tokens = []
    y = Identity.apply(torch.tensor(0.5, requires_grad=True))
    for _ in range(5_000):
        y = y * 1.5
    yield "alive while the chain is", tokens[0]() is not None
    del y
    yield "alive afterwards", tokens[0]() is not None
