"""Grad modes: where operations are recorded, and where they are not."""

from gradspec import attempt, scenario


def run_to_end(coroutine):
    """What `coroutine`, which waits for nothing, returns."""
    try:
        coroutine.send(None)
    except StopIteration as stop:
        return stop.value


@scenario(cites="torch.is_grad_enabled", needs=("grad_modes",))
def recording_is_on_by_default(torch):
    """Grad mode is enabled by default."""
    yield "is_grad_enabled", torch.is_grad_enabled()


@scenario(cites="tutorial: Common Pitfalls and Tips: torch.no_grad()", needs=("grad_modes", "flags"))
def results_under_no_grad_do_not_require_grad(torch):
    """Under no_grad the result of an operation does not require grad and is a leaf, whatever its inputs."""
    x = torch.tensor(3.0, requires_grad=True)
    with torch.no_grad():
        y = x * 3
    yield "requires grad", y.requires_grad
    yield "is a leaf", y.is_leaf
    yield "its value", y


@scenario(cites="Autograd lecture: no_grad", needs=("grad_modes",))
def results_under_no_grad_are_constants(torch):
    """What was computed under no_grad is a constant for everything computed from it later."""
    x = torch.tensor(3.0, requires_grad=True)
    with torch.no_grad():
        y = x * x
    (y * x).backward()
    yield "9, not 27", x.grad


@scenario(cites="torch.no_grad", needs=("grad_modes", "flags"))
def inputs_stay_as_they_are(torch):
    """no_grad does not alter existing tensors: a leaf goes on requiring grad, inside and after."""
    x = torch.tensor(3.0, requires_grad=True)
    with torch.no_grad():
        yield "inside", x.requires_grad
    (x * x).backward()
    yield "the gradient afterwards", x.grad


@scenario(cites="torch.no_grad: factory functions", needs=("grad_modes", "flags"))
def leaves_can_be_created_under_no_grad(torch):
    """A tensor created under no_grad with requires_grad=True does require grad."""
    with torch.no_grad():
        x = torch.tensor(3.0, requires_grad=True)
    yield "requires grad", x.requires_grad
    (x * x).backward()
    yield "its gradient", x.grad


@scenario(cites="Autograd mechanics: Setting requires_grad", needs=("grad_modes", "flags"))
def the_flag_can_be_set_under_no_grad(torch):
    """`requires_grad_()` works under no_grad."""
    x = torch.tensor(3.0)
    with torch.no_grad():
        x.requires_grad_()
    (x * x).backward()
    yield "the gradient", x.grad


@scenario(cites="torch.is_grad_enabled", needs=("grad_modes",))
def no_grad_switches_off_and_restores(torch):
    """Grad mode is disabled inside a no_grad block and enabled again after it."""
    with torch.no_grad():
        yield "inside", torch.is_grad_enabled()
    yield "after", torch.is_grad_enabled()


@scenario(cites="torch.no_grad", needs=("grad_modes",))
def blocks_nest(torch):
    """The end of an inner block restores the mode of the block around it, not the default."""
    with torch.no_grad():
        with torch.no_grad():
            pass
        yield "after an inner no_grad", torch.is_grad_enabled()
        with torch.enable_grad():
            yield "in an inner enable_grad", torch.is_grad_enabled()
        yield "after an inner enable_grad", torch.is_grad_enabled()
    yield "after all", torch.is_grad_enabled()


@scenario(cites="torch.no_grad", needs=("grad_modes", "flags"))
def an_error_inside_restores_the_mode(torch):
    """A no_grad block that is left by an error restores the mode all the same."""
    x = torch.tensor(3.0, requires_grad=True)
    try:
        with torch.no_grad():
            raise KeyError("left early")
    except KeyError:
        yield "after the error", torch.is_grad_enabled()
    yield "recorded again", (x * 2).requires_grad


@scenario(cites="torch.enable_grad", needs=("grad_modes",))
def enable_grad_records_inside_no_grad(torch):
    """Inside no_grad an enable_grad block records, and gradients flow through what it recorded."""
    x = torch.tensor(3.0, requires_grad=True)
    with torch.no_grad():
        with torch.enable_grad():
            y = x * x
    (y * 5).backward()
    yield "d(5x²)/dx at 3", x.grad


@scenario(cites="torch.enable_grad", needs=("grad_modes", "flags"))
def enable_grad_does_not_make_constants_variable(torch):
    """enable_grad records only what depends on a tensor that requires grad: constants stay constants."""
    c = torch.tensor(3.0)
    with torch.no_grad(), torch.enable_grad():
        y = c * 2
    yield "requires grad", y.requires_grad


@scenario(cites="torch.no_grad", needs=("grad_modes",))
def backward_runs_under_no_grad(torch):
    """A graph recorded outside can be run backward under no_grad: the gradient is the usual one."""
    x = torch.tensor(3.0, requires_grad=True)
    y = x * x
    with torch.no_grad():
        y.backward()
    yield "d(x²)/dx at 3", x.grad


@scenario(cites="torch.no_grad", needs=("grad_modes", "flags"))
def backward_leaves_the_mode_as_it_was(torch):
    """After a backward pass recording is what it was before: off under no_grad, on outside."""
    x = torch.tensor(3.0, requires_grad=True)
    y = x * x
    with torch.no_grad():
        y.backward()
        yield "recording under no_grad", torch.is_grad_enabled()
        yield "a result under no_grad", x * 2
    (x * 5).backward()
    yield "recording outside", torch.is_grad_enabled()
    yield "a result outside", x * 2


@scenario(cites="torch.autograd.grad: create_graph", needs=("grad_modes", "autograd_grad", "higher_order", "flags"))
def create_graph_records_under_no_grad(torch):
    """create_graph=True records the backward pass even under no_grad."""
    x = torch.tensor(3.0, requires_grad=True)
    y = x * x * x
    with torch.no_grad():
        (first,) = torch.autograd.grad(y, x, create_graph=True)
    yield "requires grad", first.requires_grad
    yield "the second derivative", torch.autograd.grad(first, x)


@scenario(cites="Backpropagation lecture: the update inside no_grad", needs=("grad_modes", "inplace", "flags"))
def a_leaf_updated_under_no_grad_stays_a_leaf(torch):
    """A leaf updated in place under no_grad stays a leaf that requires grad."""
    w = torch.tensor(1.0, requires_grad=True)
    with torch.no_grad():
        w -= 0.25
    yield "the weight", w
    yield "requires grad", w.requires_grad
    yield "is a leaf", w.is_leaf


@scenario(cites="Backpropagation lecture: the update inside no_grad", needs=("grad_modes", "inplace"))
def an_update_under_no_grad_is_no_part_of_the_graph(torch):
    """The gradient after an update under no_grad is that of the new value alone: the update is no part of the graph."""
    w = torch.tensor(1.0, requires_grad=True)
    with torch.no_grad():
        w *= 3
    (w * w).backward()
    yield "2w at 3", w.grad


@scenario(cites="Autograd mechanics: No-grad Mode", needs=("grad_modes", "flags"))
def an_update_out_of_place_makes_another_tensor(torch):
    """`w = w - step` under no_grad binds the name to a new tensor, which does not require grad."""
    w = torch.tensor(1.0, requires_grad=True)
    with torch.no_grad():
        w = w - 0.25
    yield "requires grad", w.requires_grad


@scenario(cites="torch.set_grad_enabled", needs=("grad_modes", "flags"))
def set_grad_enabled_works_at_once(torch):
    """Called as a function, set_grad_enabled switches the mode from there on."""
    x = torch.tensor(3.0, requires_grad=True)
    try:
        torch.set_grad_enabled(False)
        yield "after switching off", (torch.is_grad_enabled(), (x * 2).requires_grad)
        torch.set_grad_enabled(True)
        yield "after switching on", (torch.is_grad_enabled(), (x * 2).requires_grad)
    finally:
        torch.set_grad_enabled(True)


@scenario(cites="torch.set_grad_enabled", needs=("grad_modes", "flags"))
def set_grad_enabled_is_a_block_too(torch):
    """As a context manager set_grad_enabled(mode) sets the mode that it is given and restores the one before."""
    x = torch.tensor(3.0, requires_grad=True)
    for train in (True, False):
        with torch.set_grad_enabled(train):
            y = x * 2
        yield f"recorded with {train}", y.requires_grad
        yield f"the mode after {train}", torch.is_grad_enabled()


@scenario(cites="torch.set_grad_enabled", needs=("grad_modes", "flags"))
def set_grad_enabled_true_lifts_no_grad(torch):
    """set_grad_enabled(True) inside no_grad records, and no_grad is back in force after its block."""
    x = torch.tensor(3.0, requires_grad=True)
    with torch.no_grad():
        with torch.set_grad_enabled(True):
            yield "inside", (x * 2).requires_grad
        yield "after", (x * 2).requires_grad


@scenario(cites="torch.no_grad: decorator", needs=("grad_modes", "flags"))
def no_grad_decorates_functions(torch):
    """As a decorator no_grad holds while the function runs, and not after."""

    @torch.no_grad()
    def double(tensor):
        return tensor * 2

    x = torch.tensor(3.0, requires_grad=True)
    yield "the function's result", double(x)
    yield "the same outside", (x * 2).requires_grad


@scenario(cites="torch.no_grad: decorator", needs=("grad_modes", "flags"))
def the_decorator_needs_no_parentheses(torch):
    """`@torch.no_grad` decorates as `@torch.no_grad()` does."""

    @torch.no_grad
    def double(tensor):
        return tensor * 2

    x = torch.tensor(3.0, requires_grad=True)
    yield "the function's result", double(x)


@scenario(cites="torch.no_grad: decorator", needs=("grad_modes",))
def a_decorated_function_keeps_its_name(torch):
    """A decorated function keeps its name and docstring."""

    @torch.no_grad()
    def double(tensor):
        """Twice as much."""
        return tensor * 2

    yield "name", double.__name__
    yield "docstring", double.__doc__


@scenario(cites="torch.no_grad: decorator", needs=("grad_modes",))
def a_decorated_function_that_raises_restores_the_mode(torch):
    """A decorated function that raises an error leaves the mode as it found it."""

    @torch.no_grad()
    def fail():
        raise KeyError("left early")

    yield "the error", attempt(fail)
    yield "the mode", torch.is_grad_enabled()


@scenario(cites="torch.enable_grad: decorator", needs=("grad_modes", "flags"))
def enable_grad_decorates_functions(torch):
    """As a decorator enable_grad records inside the function, though it is called under no_grad."""

    @torch.enable_grad()
    def double(tensor):
        return tensor * 2

    x = torch.tensor(3.0, requires_grad=True)
    with torch.no_grad():
        y = double(x)
    yield "requires grad", y.requires_grad


@scenario(cites="torch.set_grad_enabled", needs=("grad_modes", "flags"))
def set_grad_enabled_decorates_functions(torch):
    """As a decorator set_grad_enabled(False) acts inside the function alone, not from the definition on."""

    @torch.set_grad_enabled(False)
    def double(tensor):
        return tensor * 2

    x = torch.tensor(3.0, requires_grad=True)
    yield "the mode after the definition", torch.is_grad_enabled()
    yield "the function's result requires grad", double(x).requires_grad
    yield "the mode after the call", torch.is_grad_enabled()


@scenario(cites="torch.no_grad: decorator", needs=("grad_modes",))
def decorated_generators_do_not_leak_their_mode(torch):
    """A decorated generator runs under no_grad, and between its values its caller has its own mode."""

    @torch.no_grad()
    def modes():
        yield torch.is_grad_enabled()
        yield torch.is_grad_enabled()

    generator = modes()
    yield "inside, first value", next(generator)
    yield "the caller, in between", torch.is_grad_enabled()
    yield "inside, second value", next(generator)


@scenario(cites="torch.no_grad", needs=("grad_modes", "flags"))
def nothing_is_kept_for_a_backward_pass(torch):
    """Under no_grad no graph is there to be extended: backward of a result is an error."""
    x = torch.tensor(3.0, requires_grad=True)
    with torch.no_grad():
        y = x * x + 1
    yield "backward", attempt(y.backward)


@scenario(cites="torch.no_grad: decorator", needs=("grad_modes",))
def decorated_coroutines(torch):
    """Decorating a coroutine function covers the making of its coroutine alone: what runs in it has its caller's mode."""

    @torch.no_grad()
    async def mode():
        return torch.is_grad_enabled()

    coroutine = mode()
    yield "before it runs", torch.is_grad_enabled()
    yield "inside", run_to_end(coroutine)
    yield "afterwards", torch.is_grad_enabled()


@scenario(cites="torch.no_grad: decorator", needs=("grad_modes",))
def decorated_generators_receive_values_and_errors(torch):
    """A decorated generator gets what is sent and thrown into it, under its own mode, and gives back what it returns."""

    @torch.no_grad()
    def conversation():
        heard = yield "hello"
        try:
            yield (heard, torch.is_grad_enabled())
        except KeyError:
            yield ("caught", torch.is_grad_enabled())
        return "the end"

    generator = conversation()
    yield "first", next(generator)
    yield "after a value was sent", generator.send("an answer")
    yield "after an error was thrown", generator.throw(KeyError())
    try:
        next(generator)
    except StopIteration as stop:
        yield "returned", stop.value


@scenario(cites="torch.no_grad: decorator", needs=("grad_modes",))
def a_generator_that_is_closed_restores_the_mode(torch):
    """A decorated generator that is closed half way runs its `finally` under its mode; the caller's stays."""
    seen = []

    @torch.no_grad()
    def unfinished():
        try:
            yield 1
        finally:
            seen.append(torch.is_grad_enabled())

    generator = unfinished()
    next(generator)
    generator.close()
    yield "in its `finally`", seen
    yield "the caller's mode", torch.is_grad_enabled()


@scenario(cites="torch.no_grad: decorator", needs=("grad_modes",))
def decorating_a_class_is_deprecated(torch):
    """A decorated class warns, and becomes a function that makes its instances under the mode: methods are not covered."""

    class Machine:
        def __init__(self):
            self.mode_when_made = torch.is_grad_enabled()

        def mode(self):
            return torch.is_grad_enabled()

    made = torch.no_grad()(Machine)
    yield "still a class", isinstance(made, type)
    machine = made()
    yield "in __init__", machine.mode_when_made
    yield "in a method", machine.mode()


@scenario(cites="torch.no_grad: decorator", needs=("grad_modes",))
def decorated_methods(torch):
    """A decorated method runs under the mode."""

    class Machine:
        @torch.no_grad()
        def mode(self):
            return torch.is_grad_enabled()

    yield "in the method", Machine().mode()
    yield "afterwards", torch.is_grad_enabled()


@scenario(cites="torch.no_grad: decorator", needs=("grad_modes",))
def decorated_functions_can_call_themselves(torch):
    """A decorated function can be entered again while it runs; each call restores the mode that it found."""

    @torch.no_grad()
    def count_down(n):
        return [torch.is_grad_enabled(), *(count_down(n - 1) if n else [])]

    yield "inside", count_down(2)
    yield "afterwards", torch.is_grad_enabled()


@scenario(cites="torch.no_grad", needs=("grad_modes",))
def a_block_can_be_entered_again(torch):
    """One no_grad object may be used for several blocks, one after the other."""
    mode = torch.no_grad()
    for turn in ("first", "second"):
        with mode:
            yield f"inside the {turn}", torch.is_grad_enabled()
        yield f"after the {turn}", torch.is_grad_enabled()


@scenario(cites="torch.set_grad_enabled", needs=("grad_modes",))
def set_grad_enabled_takes_a_bool(torch):
    """set_grad_enabled raises an error for anything but a bool, and leaves the mode alone."""
    yield "None", attempt(torch.set_grad_enabled, None)
    yield "a number", attempt(torch.set_grad_enabled, 1)
    yield "the mode", torch.is_grad_enabled()


@scenario(cites="torch.set_grad_enabled", needs=("grad_modes",))
def set_grad_enabled_acts_before_its_block(torch):
    """set_grad_enabled acts when it is called, not when its block is entered; the block's end restores the mode before."""
    mode = torch.set_grad_enabled(False)
    yield "before the block", torch.is_grad_enabled()
    with mode:
        yield "inside", torch.is_grad_enabled()
    yield "after", torch.is_grad_enabled()


@scenario(cites="torch.no_grad", needs=("grad_modes", "tensor", "inplace", "flags"))
def constants_taking_up_a_variable_under_no_grad(torch):
    """A constant that takes up a tensor requiring grad under no_grad stays a constant."""
    total = torch.zeros(2)
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    with torch.no_grad():
        total += x
    yield "the total", total


@scenario(cites="Autograd mechanics: In-place correctness checks", needs=("grad_modes", "inplace", "versions"))
def changes_can_be_hidden_from_the_version(torch):
    """`torch.autograd._unsafe_preserve_version_counter` puts the version back: changes in its block go unnoticed."""
    x = torch.tensor(3.0, requires_grad=True)
    c = torch.tensor(2.0)
    y = x * c
    with torch.autograd._unsafe_preserve_version_counter(c):
        c.mul_(10)
    yield "the version", c._version
    y.backward()
    yield "20 instead of 2", x.grad


@scenario(cites="torch.no_grad", needs=("grad_modes",))
def conversions_under_no_grad_do_not_warn(torch):
    """Under no_grad, making a Python number of a tensor that requires grad does not warn."""
    x = torch.tensor(2.0, requires_grad=True)
    with torch.no_grad():
        yield "under no_grad", float(x)


@scenario(cites="torch.autograd.grad_mode.set_multithreading_enabled", needs=("grad_modes",))
def threads_are_not_observed(torch):
    """`set_multithreading_enabled` is accepted, as a function and as a context, and changes no gradient."""
    x = torch.tensor(2.0, requires_grad=True)
    with torch.autograd.set_multithreading_enabled(False):
        (x * x).backward()
    yield "the gradient", x.grad
