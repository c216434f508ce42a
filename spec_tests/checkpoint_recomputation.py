"""Recomputation in checkpoints: random numbers, how far it goes, what it must do again, and what it runs in."""

import contextlib

from gradspec import attempt, scenario

NEEDS = ("checkpoint", "functions")
PAGE = "torch.utils.checkpoint"
CALL = f"{PAGE}.checkpoint"
RNG, CONTEXT, CHECK = f"{CALL}: preserve_rng_state", f"{CALL}: context_fn", f"{CALL}: determinism_check"
REENTRANT, EARLY, GROUP = f"{CALL}: use_reentrant", f"{PAGE}.set_checkpoint_early_stop", f"{PAGE}.GraphExecGroup"


def first_lines(result):
    """Of an error its type and its words up to the first empty line; what follows is advice for other machinery."""
    return [type(result.error).__name__, str(result.error).partition("\n\n")[0].rstrip()]


# -- random numbers


@scenario(cites=RNG, needs=(*NEEDS, "random"))
def random_numbers_are_repeated(torch):
    """The function draws the same random numbers when it runs again."""
    drawn = []

    def function(x):
        drawn.append(torch.rand(2))
        return (torch.exp(x) * drawn[-1]).sum()

    for reentrant in (False, True):
        x = torch.tensor([0.0, 0.0], requires_grad=True)
        torch.utils.checkpoint.checkpoint(function, x, use_reentrant=reentrant).backward()
        yield f"reentrant={reentrant}, the gradient", x.grad
        yield f"reentrant={reentrant}, what was drawn", list(drawn)
        drawn.clear()


@scenario(cites=RNG, needs=(*NEEDS, "random"))
def random_numbers_outside_go_on(torch):
    """Running again does not disturb the random numbers that are drawn outside."""

    def function(x):
        return torch.exp(x) * torch.rand(1)

    x = torch.tensor([0.0], requires_grad=True)
    for reentrant in (False, True):
        torch.manual_seed(0)
        y = torch.utils.checkpoint.checkpoint(function, x, use_reentrant=reentrant)
        torch.rand(1)
        y.sum().backward()
        yield f"reentrant={reentrant}, the next number", torch.rand(1)
    torch.manual_seed(0)
    torch.rand(2)
    yield "as without a pass", torch.rand(1)


@scenario(cites=RNG, needs=(*NEEDS, "random"))
def random_numbers_need_not_be_repeated(torch):
    """With preserve_rng_state=False the function goes on with the next random numbers when it runs again."""
    drawn = []

    def function(x):
        drawn.append(torch.rand(1).item())
        return torch.exp(x) * drawn[-1]

    for reentrant in (False, True):
        x = torch.tensor([0.0], requires_grad=True)
        y = torch.utils.checkpoint.checkpoint(function, x, use_reentrant=reentrant, preserve_rng_state=False)
        y.sum().backward()
    yield "what was drawn", drawn


# -- early stop


def steps(torch, done):
    """A function whose last step saves nothing, and which writes down how far it has come."""

    def function(x):
        done.append("start")
        y = torch.sin(torch.exp(x))
        done.append("saved all")
        return y + 1

    return function


@scenario(cites=EARLY, needs=NEEDS)
def recomputation_stops_early(torch):
    """Recomputation ends as soon as every saved tensor is there again; what comes after is not run."""
    done = []
    x = torch.tensor(0.5, requires_grad=True)
    torch.utils.checkpoint.checkpoint(steps(torch, done), x, use_reentrant=False).backward()
    yield "the steps", done


@scenario(cites=EARLY, needs=NEEDS)
def early_stop_can_be_switched_off(torch):
    """Checkpoints made within set_checkpoint_early_stop(False) run to their end again, wherever the pass is run."""
    done = []
    x = torch.tensor(0.5, requires_grad=True)
    with torch.utils.checkpoint.set_checkpoint_early_stop(False):
        y = torch.utils.checkpoint.checkpoint(steps(torch, done), x, use_reentrant=False)
    y.backward()
    yield "the steps", done


@scenario(cites=f"{CALL}: early_stop", needs=NEEDS)
def early_stop_of_one_checkpoint(torch):
    """early_stop=False does it for one checkpoint; set_checkpoint_early_stop has the last word."""
    x = torch.tensor(0.5, requires_grad=True)
    done = []
    torch.utils.checkpoint.checkpoint(steps(torch, done), x, use_reentrant=False, early_stop=False).backward()
    yield "early_stop=False", list(done)
    done.clear()
    with torch.utils.checkpoint.set_checkpoint_early_stop(True):
        y = torch.utils.checkpoint.checkpoint(steps(torch, done), x, use_reentrant=False, early_stop=False)
    y.backward()
    yield "within set_checkpoint_early_stop(True)", done


@scenario(cites=f"{REENTRANT}, early stop", needs=NEEDS)
def reentrant_checkpoints_run_to_the_end(torch):
    """A reentrant checkpoint always runs the whole function again."""
    done = []
    x = torch.tensor(0.5, requires_grad=True)
    torch.utils.checkpoint.checkpoint(steps(torch, done), x, use_reentrant=True).backward()
    yield "the steps", done


# -- determinism


@scenario(cites=CHECK, needs=NEEDS)
def fewer_saved_tensors_are_an_error(torch):
    """A function that saves fewer tensors when it runs again is a CheckpointError that says how many."""
    calls = []

    def function(x):
        calls.append("call")
        return torch.sin(torch.exp(x)) if len(calls) == 1 else torch.exp(x)

    x = torch.tensor(0.5, requires_grad=True)
    y = torch.utils.checkpoint.checkpoint(function, x, use_reentrant=False)
    failure = attempt(y.backward)
    yield "the pass", first_lines(failure)
    yield "a CheckpointError", isinstance(failure.error, torch.utils.checkpoint.CheckpointError)


@scenario(cites=CHECK, needs=NEEDS)
def more_saved_tensors_are_an_error(torch):
    """A function that saves more tensors when it runs again is a CheckpointError, unless recomputation stops before."""
    calls = []

    def function(x):
        calls.append("call")
        return torch.exp(x) if len(calls) % 2 else torch.exp(torch.sin(x))

    x = torch.tensor(0.5, requires_grad=True)
    y = torch.utils.checkpoint.checkpoint(function, x, use_reentrant=False, early_stop=False)
    yield "run to the end", first_lines(attempt(y.backward))
    y = torch.utils.checkpoint.checkpoint(function, x, use_reentrant=False)
    yield "stopped early", attempt(y.backward)


@scenario(cites=CHECK, needs=(*NEEDS, "tensor"))
def other_shapes_are_an_error(torch):
    """A saved tensor of another shape or dtype, when the function runs again, is a CheckpointError that describes both."""
    calls = []

    def function(x):
        calls.append("call")
        return torch.exp(x).sum() if len(calls) == 1 else torch.exp(x.reshape(2, 1)).sum()

    x = torch.tensor([0.5, 1.5], requires_grad=True)
    y = torch.utils.checkpoint.checkpoint(function, x, use_reentrant=False)
    yield "the pass", first_lines(attempt(y.backward))


@scenario(cites=CHECK, needs=(*NEEDS, "tensor", "shapes"))
def the_check_can_be_switched_off(torch):
    """With determinism_check="none" other shapes are let through."""
    calls = []

    def function(x):
        calls.append("call")
        return torch.exp(x).sum() if len(calls) == 1 else torch.exp(x.reshape(1, 2)).sum()

    x = torch.tensor([0.0, 1.0], requires_grad=True)
    torch.utils.checkpoint.checkpoint(function, x, use_reentrant=False, determinism_check="none").backward()
    yield "the gradient", x.grad


@scenario(cites=CHECK, needs=NEEDS)
def other_values_go_unnoticed(torch):
    """Other values of the same shapes are not noticed: the gradient is made of what the second run saved."""
    shifts = iter([0, 1])
    x = torch.tensor(0.5, requires_grad=True)
    y = torch.utils.checkpoint.checkpoint(lambda x: torch.sin(torch.exp(x + next(shifts))), x, use_reentrant=False)
    y.backward()
    yield "the result", y
    yield "the gradient", x.grad


@scenario(cites=CHECK, needs=NEEDS)
def the_check_has_two_names(torch):
    """determinism_check is "default" or "none"; anything else is an error."""
    x = torch.tensor(0.5, requires_grad=True)
    call = torch.utils.checkpoint.checkpoint
    yield "the call", attempt(call, torch.exp, x, use_reentrant=False, determinism_check="some")


# -- contexts


@scenario(cites=CONTEXT, needs=NEEDS)
def two_contexts(torch):
    """context_fn gives two context managers: one around the call, the other around the recomputation."""
    seen = []

    @contextlib.contextmanager
    def noting(name):
        seen.append(f"into {name}")
        yield
        seen.append(f"out of {name}")

    def function(x):
        seen.append("function")
        return torch.exp(x) + 1

    x = torch.tensor(0.5, requires_grad=True)
    y = torch.utils.checkpoint.checkpoint(
        function,
        x,
        use_reentrant=False,
        early_stop=False,
        context_fn=lambda: (noting("forward"), noting("recomputation")),
    )
    yield "called", list(seen)
    seen.clear()
    y.backward()
    yield "in backward", seen


@scenario(cites=CONTEXT, needs=(*NEEDS, "grad_modes"))
def no_contexts_without_recording(torch):
    """In no_grad mode the function is called outside of the forward context."""
    seen = []

    @contextlib.contextmanager
    def noting():
        seen.append("into the context")
        yield

    x = torch.tensor(0.5, requires_grad=True)
    with torch.no_grad():
        torch.utils.checkpoint.checkpoint(
            torch.exp, x, use_reentrant=False, context_fn=lambda: (noting(), contextlib.nullcontext())
        )
    yield "seen", seen


@scenario(cites=CONTEXT, needs=NEEDS)
def contexts_are_not_for_reentrant_ones(torch):
    """context_fn and debug are errors for a reentrant checkpoint."""
    x = torch.tensor(0.5, requires_grad=True)
    call = torch.utils.checkpoint.checkpoint
    contexts = lambda: (contextlib.nullcontext(), contextlib.nullcontext())  # noqa: E731
    yield "context_fn", attempt(call, torch.exp, x, use_reentrant=True, context_fn=contexts)
    yield "debug", attempt(call, torch.exp, x, use_reentrant=True, debug=True)


@scenario(cites=CONTEXT, needs=NEEDS)
def a_context_may_not_suppress(torch):
    """A forward context that suppresses the function's error is itself an error."""

    def function(x):
        raise ValueError("hushed up")

    x = torch.tensor(0.5, requires_grad=True)
    call = torch.utils.checkpoint.checkpoint
    contexts = lambda: (contextlib.suppress(ValueError), contextlib.nullcontext())  # noqa: E731
    yield "the call", attempt(call, function, x, use_reentrant=False, context_fn=contexts)


@scenario(cites=GROUP, needs=NEEDS)
def passes_may_share_a_recomputation(torch):
    """Passes within a GraphExecGroup that need different values share one recomputation."""
    runs = []

    def function(x, y):
        runs.append("run")
        return torch.exp(x), torch.exp(y)

    x = torch.tensor(0.5, requires_grad=True)
    y = torch.tensor(1.5, requires_grad=True)
    first, second = torch.utils.checkpoint.checkpoint(function, x, y, use_reentrant=False)
    with torch.utils.checkpoint.GraphExecGroup():
        first.backward()
        second.backward()
    yield "runs", len(runs)
    yield "the gradients", (x.grad, y.grad)


@scenario(cites=GROUP, needs=(*NEEDS, "retain_graph"))
def passes_that_share_may_not_overlap(torch):
    """Two passes within a GraphExecGroup that need the same value are an error."""
    x = torch.tensor(0.5, requires_grad=True)
    y = torch.utils.checkpoint.checkpoint(torch.exp, x, use_reentrant=False)
    with torch.utils.checkpoint.GraphExecGroup():
        y.backward(retain_graph=True)
        failure = attempt(y.backward)
    yield "the second pass", first_lines(failure)
