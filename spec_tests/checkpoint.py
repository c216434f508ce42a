"""Checkpoints: values that are computed again instead of being kept."""

from gradspec import attempt, scenario

NEEDS = ("checkpoint", "functions")
PAGE = "torch.utils.checkpoint"
CALL = f"{PAGE}.checkpoint"
REENTRANT = f"{CALL}: use_reentrant"
SEQUENTIAL = f"{PAGE}.checkpoint_sequential"


def first_lines(result):
    """Of an error its type and its words up to the first empty line; what follows is advice for other machinery."""
    return [type(result.error).__name__, str(result.error).partition("\n\n")[0].rstrip()]


# -- the same result, computed twice


@scenario(cites=REENTRANT, needs=NEEDS)
def same_result_and_gradient(torch):
    """A checkpoint that is not reentrant gives the result and the gradient of the function itself."""
    x = torch.tensor(0.5, requires_grad=True)
    y = torch.utils.checkpoint.checkpoint(lambda x: torch.exp(torch.sin(x)), x, use_reentrant=False)
    yield "the result", y
    (y * 3).backward()
    yield "the gradient", x.grad


@scenario(cites=REENTRANT, needs=NEEDS)
def same_result_and_gradient_reentrant(torch):
    """A reentrant checkpoint gives the same, with a grad_fn of its own in the place of the function's."""
    x = torch.tensor(0.5, requires_grad=True)
    y = torch.utils.checkpoint.checkpoint(lambda x: torch.exp(torch.sin(x)), x, use_reentrant=True)
    yield "the result", y
    (y * 3).backward()
    yield "the gradient", x.grad


@scenario(cites=CALL, needs=NEEDS)
def the_function_runs_again_in_backward(torch):
    """The function runs once when it is called and once more in the backward pass."""
    runs = []

    def function(x):
        runs.append(x.item())
        return torch.exp(x)

    for reentrant in (False, True):
        x = torch.tensor(0.5, requires_grad=True)
        y = torch.utils.checkpoint.checkpoint(function, x * 2, use_reentrant=reentrant)
        called = len(runs)
        y.backward()
        yield f"reentrant={reentrant}", (called, len(runs))
        runs.clear()


@scenario(cites=CALL, needs=(*NEEDS, "retain_graph"))
def every_pass_runs_it_again(torch):
    """Each pass over a graph that is kept runs the function once more."""
    runs = []

    def function(x):
        runs.append("run")
        return torch.exp(x)

    x = torch.tensor(0.5, requires_grad=True)
    y = torch.utils.checkpoint.checkpoint(function, x, use_reentrant=False)
    y.backward(retain_graph=True)
    y.backward()
    yield "runs", len(runs)
    yield "both counted", x.grad


@scenario(cites=CALL, needs=(*NEEDS, "graph"))
def looking_at_a_saved_tensor_runs_it_again(torch):
    """Reading a saved tensor from a node of the checkpoint runs the function again, each time that it is read."""
    runs = []

    def function(x):
        runs.append("run")
        return torch.sin(torch.exp(x))

    y = torch.utils.checkpoint.checkpoint(function, torch.tensor(0.5, requires_grad=True), use_reentrant=False)
    yield "once", (y.grad_fn._saved_self.item(), len(runs))
    yield "again", (y.grad_fn._saved_self.item(), len(runs))


@scenario(cites=CALL, needs=NEEDS)
def one_run_serves_all_saved_tensors(torch):
    """However many values the backward pass needs, one run of the function gives them all."""
    runs = []

    def function(x):
        runs.append("run")
        return torch.exp(torch.sin(torch.exp(x))) * torch.sin(x)

    x = torch.tensor(0.5, requires_grad=True)
    torch.utils.checkpoint.checkpoint(function, x, use_reentrant=False).backward()
    yield "runs", len(runs)


@scenario(cites=CALL, needs=(*NEEDS, "hooks"))
def nothing_of_the_inside_is_saved(torch):
    """What the function's operations would save is not saved: only the checkpoint's inputs are."""

    def function(x):
        return torch.exp(torch.exp(torch.exp(x)))

    def saved(call):
        packed = []
        with torch.autograd.graph.saved_tensors_hooks(lambda t: packed.append(t.item()), lambda _: None):
            call(torch.tensor(0.0, requires_grad=True))
        return packed

    yield "the function itself", saved(function)
    yield "its checkpoint", saved(lambda x: torch.utils.checkpoint.checkpoint(function, x, use_reentrant=False))
    yield "reentrant", saved(lambda x: torch.utils.checkpoint.checkpoint(function, x, use_reentrant=True))


@scenario(cites=CALL, needs=(*NEEDS, "grad_modes"))
def without_recording_it_is_a_plain_call(torch):
    """In no_grad mode a checkpoint just calls the function."""
    x = torch.tensor(0.5, requires_grad=True)
    with torch.no_grad():
        y = torch.utils.checkpoint.checkpoint(torch.exp, x, use_reentrant=False)
    yield "the result", y


@scenario(cites=CALL, needs=NEEDS)
def several_arguments_and_results(torch):
    """The function may take further arguments and return a tuple; arguments that are no tensors are handed on."""

    def function(x, word, factor, y):
        return torch.exp(x) * factor, y * y, word

    for reentrant in (False, True):
        x = torch.tensor(0.0, requires_grad=True)
        y = torch.tensor(3.0, requires_grad=True)
        grown, squared, word = torch.utils.checkpoint.checkpoint(function, x, "word", 5, y, use_reentrant=reentrant)
        (grown + squared * 10).backward()
        yield f"reentrant={reentrant}", (word, x.grad, y.grad)


@scenario(cites=CALL, needs=NEEDS)
def checkpoints_nest(torch):
    """A checkpoint within a checkpoint is computed again with the outer one, and again for itself."""
    runs = []

    def inner(x):
        runs.append("inner")
        return torch.sin(torch.exp(x))

    def outer(x):
        runs.append("outer")
        return torch.exp(torch.utils.checkpoint.checkpoint(inner, x, use_reentrant=False))

    x = torch.tensor(0.5, requires_grad=True)
    y = torch.utils.checkpoint.checkpoint(outer, x, use_reentrant=False)
    yield "called", list(runs)
    runs.clear()
    y.backward()
    yield "in backward", runs
    yield "the gradient", x.grad


@scenario(cites=CALL, needs=(*NEEDS, "inplace"))
def inputs_are_watched(torch):
    """An input of a checkpoint that is modified in place before the pass is an error."""
    x = torch.tensor(0.5, requires_grad=True) * 1
    y = torch.utils.checkpoint.checkpoint(lambda x: torch.exp(torch.sin(x)), x, use_reentrant=False)
    x.add_(1)
    yield "the pass", attempt(y.backward)


@scenario(cites=CALL, needs=(*NEEDS, "retain_graph"))
def a_freed_checkpoint_stays_freed(torch):
    """A second pass over a graph that was not kept is an error, although the values could be computed again."""
    x = torch.tensor(0.5, requires_grad=True)
    y = torch.utils.checkpoint.checkpoint(torch.exp, x, use_reentrant=False)
    y.backward()
    yield "the second pass", attempt(y.backward)


@scenario(cites=CALL, needs=NEEDS)
def errors_in_the_function_pass_through(torch):
    """An error that the function raises reaches the caller as it is."""

    def function(x):
        raise ValueError("not today")

    x = torch.tensor(0.5, requires_grad=True)
    yield "not reentrant", attempt(torch.utils.checkpoint.checkpoint, function, x, use_reentrant=False)
    yield "reentrant", attempt(torch.utils.checkpoint.checkpoint, function, x, use_reentrant=True)
    yield "an operation afterwards", torch.exp(x)


# -- the two kinds


@scenario(cites=REENTRANT, needs=NEEDS)
def the_kind_should_be_given(torch):
    """Without `use_reentrant` the checkpoint is reentrant, and warns."""
    x = torch.tensor(0.5, requires_grad=True)
    yield "the result", torch.utils.checkpoint.checkpoint(torch.exp, x)


@scenario(cites=f"{REENTRANT}, recording", needs=(*NEEDS, "grad_modes"))
def recording_inside(torch):
    """A reentrant checkpoint records nothing in the forward pass, the other kind does; both do when they run again."""
    seen = []

    def function(x):
        seen.append(torch.is_grad_enabled())
        return torch.exp(x)

    for reentrant in (False, True):
        x = torch.tensor(0.5, requires_grad=True)
        torch.utils.checkpoint.checkpoint(function, x, use_reentrant=reentrant).backward()
        yield f"reentrant={reentrant}", list(seen)
        seen.clear()


@scenario(cites=f"{REENTRANT}, torch.autograd.grad", needs=(*NEEDS, "autograd_grad"))
def autograd_grad_through_a_checkpoint(torch):
    """torch.autograd.grad goes through a checkpoint that is not reentrant."""
    x = torch.tensor(0.5, requires_grad=True)
    y = torch.utils.checkpoint.checkpoint(lambda x: torch.sin(torch.exp(x)), x, use_reentrant=False)
    yield "the gradient", torch.autograd.grad(y, x)


@scenario(cites=f"{REENTRANT}, torch.autograd.grad", needs=(*NEEDS, "autograd_grad"))
def autograd_grad_is_not_for_reentrant_ones(torch):
    """torch.autograd.grad through a reentrant checkpoint is an error."""
    x = torch.tensor(0.5, requires_grad=True)
    y = torch.utils.checkpoint.checkpoint(torch.exp, x, use_reentrant=True)
    yield "the gradient", attempt(torch.autograd.grad, y, x)


@scenario(cites=f"{REENTRANT}, inputs", needs=(*NEEDS, "partial"))
def backward_with_inputs(torch):
    """backward(inputs=...) goes through a checkpoint that is not reentrant, and is an error for one that is."""
    x = torch.tensor(0.5, requires_grad=True)
    y = torch.utils.checkpoint.checkpoint(torch.exp, x, use_reentrant=False)
    yield "not reentrant", attempt(y.backward, inputs=[x])
    yield "the gradient", x.grad
    y = torch.utils.checkpoint.checkpoint(torch.exp, x, use_reentrant=True)
    yield "reentrant", attempt(y.backward, inputs=[x])


@scenario(cites=f"{REENTRANT}, inputs that require grad", needs=NEEDS)
def a_reentrant_checkpoint_needs_an_input_with_grad(torch):
    """A reentrant checkpoint none of whose inputs requires grad warns, and cuts off what the function uses besides."""
    w = torch.tensor(2.0, requires_grad=True)
    x = torch.tensor(0.5)
    yield "the result", torch.utils.checkpoint.checkpoint(lambda x: torch.exp(x) * w, x, use_reentrant=True)


@scenario(cites=f"{REENTRANT}, inputs that require grad", needs=NEEDS)
def tensors_from_outside_get_gradients(torch):
    """What the function uses besides its arguments gets its gradient, even if no argument requires grad."""
    w = torch.tensor(2.0, requires_grad=True)
    x = torch.tensor(0.5)
    torch.utils.checkpoint.checkpoint(lambda x: torch.exp(x) * w, x, use_reentrant=False).backward()
    yield "the gradient", w.grad


@scenario(cites=f"{REENTRANT}, inputs that require grad", needs=NEEDS)
def tensors_from_outside_of_a_reentrant_checkpoint(torch):
    """With an input that requires grad, what a reentrant checkpoint uses besides its arguments gets its gradient, too."""
    w = torch.tensor(2.0, requires_grad=True)
    x = torch.tensor(0.5, requires_grad=True)
    torch.utils.checkpoint.checkpoint(lambda x: torch.exp(x) * w, x, use_reentrant=True).backward()
    yield "the gradients", (x.grad, w.grad)


@scenario(cites=f"{REENTRANT}, nested structures", needs=NEEDS)
def tensors_in_containers(torch):
    """Tensors in lists and dictionaries take part in a checkpoint that is not reentrant."""
    x = torch.tensor(0.5, requires_grad=True)

    def function(parts):
        return torch.exp(parts["x"]) * 2

    torch.utils.checkpoint.checkpoint(function, {"x": x}, use_reentrant=False).backward()
    yield "the gradient", x.grad


@scenario(cites=f"{REENTRANT}, nested structures", needs=NEEDS)
def tensors_in_containers_of_reentrant_ones(torch):
    """A reentrant checkpoint does not see tensors in containers: without others its result requires no grad."""
    x = torch.tensor(0.5, requires_grad=True)
    yield "the result", torch.utils.checkpoint.checkpoint(lambda parts: torch.exp(parts[0]), [x], use_reentrant=True)


@scenario(cites=f"{REENTRANT}, detached tensors", needs=(*NEEDS, "detach"))
def a_detached_result_of_a_reentrant_checkpoint(torch):
    """Where nothing that a reentrant checkpoint's function returns requires grad, its backward is an error."""
    x = torch.tensor(0.5, requires_grad=True)
    y = torch.utils.checkpoint.checkpoint(lambda x: torch.exp(x).detach(), x, use_reentrant=True)
    yield "it claims to require grad", y.requires_grad
    yield "the pass", attempt(y.backward)


@scenario(cites=f"{REENTRANT}, detached tensors", needs=(*NEEDS, "detach"))
def a_detached_result_of_a_checkpoint(torch):
    """A result that the function detached requires no grad after a checkpoint that is not reentrant."""
    x = torch.tensor(0.5, requires_grad=True)
    first, second = torch.utils.checkpoint.checkpoint(
        lambda x: (torch.exp(x).detach(), torch.exp(x)), x, use_reentrant=False
    )
    yield "the results", (first, second)


@scenario(cites=f"{CALL}: kwargs", needs=NEEDS)
def keyword_arguments(torch):
    """A checkpoint that is not reentrant hands keyword arguments on, and follows tensors among them."""

    def function(x, *, scale):
        return torch.exp(x) * torch.sin(scale)

    x = torch.tensor(0.5, requires_grad=True)
    scale = torch.tensor(1.0, requires_grad=True)
    torch.utils.checkpoint.checkpoint(function, x, scale=scale, use_reentrant=False).backward()
    yield "the gradients", (x.grad, scale.grad)


@scenario(cites=f"{CALL}: kwargs", needs=NEEDS)
def keyword_arguments_of_reentrant_ones(torch):
    """A reentrant checkpoint takes no keyword arguments for the function."""
    x = torch.tensor(0.5, requires_grad=True)
    yield "the call", attempt(torch.utils.checkpoint.checkpoint, torch.exp, x, scale=3, use_reentrant=True)


@scenario(cites=f"{REENTRANT}, backward within the region", needs=(*NEEDS, "autograd_grad"))
def a_pass_within_the_function(torch):
    """The function may itself run a backward pass over what it has recorded, in a checkpoint that is not reentrant."""

    def function(x):
        y = torch.exp(x)
        (slope,) = torch.autograd.grad(torch.sin(y), y, retain_graph=True)
        return y * slope

    for early_stop in (True, False):
        x = torch.tensor(0.5, requires_grad=True)
        y = torch.utils.checkpoint.checkpoint(function, x, use_reentrant=False, early_stop=early_stop)
        y.backward()
        yield f"the result and the gradient, early_stop={early_stop}", (y, x.grad)


@scenario(cites=f"{REENTRANT}, all ways of performing the backward pass", needs=(*NEEDS, "higher_order"))
def double_backward(torch):
    """A checkpoint that is not reentrant can be differentiated twice."""
    x = torch.tensor(0.5, requires_grad=True)
    y = torch.utils.checkpoint.checkpoint(lambda x: torch.sin(torch.exp(x)), x, use_reentrant=False)
    (first,) = torch.autograd.grad(y, x, create_graph=True)
    (second,) = torch.autograd.grad(first, x)
    yield "the derivatives", [first.item(), second.item()]


@scenario(cites=f"{PAGE}: saved tensors in custom functions", needs=(*NEEDS, "custom_function"))
def a_saved_tensor_is_unpacked_once(torch):
    """A custom function inside a checkpoint may read `ctx.saved_tensors` once in a pass; twice is an error."""

    class Greedy(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x * x

        @staticmethod
        def backward(ctx, grad):
            return 2 * ctx.saved_tensors[0] * grad + 0 * ctx.saved_tensors[0]

    x = torch.tensor(0.5, requires_grad=True)
    y = torch.utils.checkpoint.checkpoint(lambda x: Greedy.apply(torch.exp(x)), x, use_reentrant=False)
    yield "the pass", first_lines(attempt(y.backward))


# -- checkpoint_sequential


def chain(torch, runs, length=5):
    def function(i):
        def run(x):
            runs.append(i)
            return torch.sin(x) * (i + 1)

        return run

    return [function(i) for i in range(length)]


@scenario(cites=SEQUENTIAL, needs=NEEDS)
def a_chain_in_segments(torch):
    """`checkpoint_sequential` runs functions one after the other, with the result and the gradient of the plain chain."""
    for reentrant in (False, True):
        x = torch.tensor(0.5, requires_grad=True)
        y = torch.utils.checkpoint.checkpoint_sequential(chain(torch, []), 2, x, use_reentrant=reentrant)
        y.backward()
        yield f"reentrant={reentrant}", (y.item(), x.grad)


@scenario(cites=SEQUENTIAL, needs=NEEDS)
def the_last_segment_is_kept(torch):
    """The functions of all segments but the last run again in backward; the last takes what the division leaves over."""
    runs = []
    x = torch.tensor(0.5, requires_grad=True)
    y = torch.utils.checkpoint.checkpoint_sequential(chain(torch, runs), 2, x, use_reentrant=True)
    yield "called", list(runs)
    runs.clear()
    y.backward()
    yield "in backward", runs


@scenario(cites=SEQUENTIAL, needs=NEEDS)
def the_kind_should_be_given_for_a_chain(torch):
    """Without `use_reentrant`, `checkpoint_sequential` is reentrant, and warns once."""
    x = torch.tensor(0.5, requires_grad=True)
    yield "the result", torch.utils.checkpoint.checkpoint_sequential(chain(torch, []), 2, x)


@scenario(cites=SEQUENTIAL, needs=NEEDS)
def a_chain_takes_no_other_arguments(torch):
    """`checkpoint_sequential` takes no keyword arguments for the functions."""
    x = torch.tensor(0.5, requires_grad=True)
    call = torch.utils.checkpoint.checkpoint_sequential
    yield "the call", attempt(call, chain(torch, []), 2, x, use_reentrant=False, scale=3)


@scenario(cites=SEQUENTIAL, needs=NEEDS)
def chains_that_do_not_divide(torch):
    """All segments of a chain but the last have one length, which is as great as it can be, and are run again, last first."""
    for count, segments in ((4, 1), (4, 4), (5, 2), (7, 3), (7, 4)):
        runs = []

        def step(k, runs=runs):
            def function(x):
                runs.append(k)
                return (x * (1 + k / 8)).sin()

            return function

        x = torch.tensor([0.5, -1.5], requires_grad=True)
        steps = [step(k) for k in range(count)]
        y = torch.utils.checkpoint.checkpoint_sequential(steps, segments, x, use_reentrant=False)
        forward = list(runs)
        runs.clear()
        y.sum().backward()
        yield f"{count} in {segments}", [forward, list(runs), y.detach(), x.grad]
    yield (
        "more segments than steps",
        attempt(
            torch.utils.checkpoint.checkpoint_sequential,
            [torch.sin],
            2,
            torch.ones(2, requires_grad=True),
            use_reentrant=False,
        ),
    )
