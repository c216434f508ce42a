"""Anomaly detection: where nan comes from, and which forward call a failing backward belongs to."""

import warnings

from gradspec import attempt, scenario

NEEDS = ("anomaly",)
DETECT = "torch.autograd.detect_anomaly"
SET = "torch.autograd.set_detect_anomaly"


def warned(call):
    """The texts of the warnings that `call` gives, whether it fails or not."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        attempt(call)
    return [str(each.message) for each in caught]


# -- nan


@scenario(cites=f"{DETECT}: check_nan", needs=(*NEEDS, "functions"))
def nan_is_an_error(torch):
    """A node whose backward gives nan is an error that names the node and which of its gradients is nan."""
    x = torch.tensor(0.0, requires_grad=True)
    with torch.autograd.set_detect_anomaly(True):
        y = torch.sqrt(x) * 0
        with warnings.catch_warnings(action="ignore"):
            failure = attempt(y.backward)
    yield "the pass", failure
    yield "the gradient", x.grad


@scenario(cites=f"{DETECT}: check_nan", needs=(*NEEDS, "functions"))
def nan_is_no_error_without(torch):
    """Without anomaly mode nan goes through a backward pass like any number."""
    x = torch.tensor(0.0, requires_grad=True)
    (torch.sqrt(x) * 0).backward()
    yield "the gradient", x.grad


@scenario(cites=f"{DETECT}: check_nan", needs=(*NEEDS, "functions"))
def nan_may_be_allowed(torch):
    """With check_nan=False nan is no error in anomaly mode, either."""
    x = torch.tensor(0.0, requires_grad=True)
    with torch.autograd.set_detect_anomaly(True, check_nan=False):
        (torch.sqrt(x) * 0).backward()
    yield "the gradient", x.grad


@scenario(cites=f"{DETECT}: check_nan", needs=(*NEEDS, "functions"))
def infinity_is_no_anomaly(torch):
    """Infinite gradients are no error."""
    x = torch.tensor(0.0, requires_grad=True)
    with torch.autograd.set_detect_anomaly(True):
        torch.sqrt(x).backward()
    yield "the gradient", x.grad


@scenario(cites=f"{DETECT}: check_nan", needs=(*NEEDS, "custom_function"))
def the_output_is_counted(torch):
    """The error says which of several gradients is nan, counting from 0."""

    class Broken(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x, y):
            return x * y

        @staticmethod
        def backward(ctx, grad):
            return grad, grad * float("nan")

    x = torch.tensor(1.0, requires_grad=True)
    with torch.autograd.set_detect_anomaly(True), warnings.catch_warnings(action="ignore"):
        failure = attempt(Broken.apply(x, x).backward)
    yield "the pass", failure


@scenario(cites=f"{DETECT}: check_nan", needs=(*NEEDS, "tensor", "functions"))
def one_element_is_enough(torch):
    """One nan among the elements of a gradient is an error."""
    x = torch.tensor([0.0, 1.0, 4.0], requires_grad=True)
    with torch.autograd.set_detect_anomaly(True), warnings.catch_warnings(action="ignore"):
        failure = attempt((torch.sqrt(x) * torch.tensor([0.0, 1.0, 1.0])).sum().backward)
    yield "the pass", failure


@scenario(cites=f"{DETECT}: check_nan", needs=(*NEEDS, "grad_argument"))
def nan_that_comes_in_is_blamed_on_the_first_node(torch):
    """A pass that starts with nan fails at its first node."""
    x = torch.tensor(2.0, requires_grad=True)
    y = x * 3
    z = y + 1
    with torch.autograd.set_detect_anomaly(True), warnings.catch_warnings(action="ignore"):
        failure = attempt(z.backward, torch.tensor(float("nan")))
    yield "the pass", failure


@scenario(cites=f"{DETECT}: check_nan", needs=(*NEEDS, "hooks"))
def nan_from_a_hook_is_blamed_on_the_next_node(torch):
    """nan that a tensor's hook puts in fails at the node which made that tensor."""
    x = torch.tensor(2.0, requires_grad=True)
    y = x - 3
    y.register_hook(lambda grad: grad * float("nan"))
    with torch.autograd.set_detect_anomaly(True), warnings.catch_warnings(action="ignore"):
        failure = attempt((y * 3).backward)
    yield "the pass", failure


@scenario(cites=f"{DETECT}: check_nan", needs=(*NEEDS, "autograd_grad", "functions"))
def nan_is_an_error_in_autograd_grad(torch):
    """torch.autograd.grad is watched as well."""
    x = torch.tensor(0.0, requires_grad=True)
    with torch.autograd.set_detect_anomaly(True), warnings.catch_warnings(action="ignore"):
        failure = attempt(torch.autograd.grad, torch.sqrt(x) * 0, x)
    yield "the call", failure


@scenario(cites=f"{DETECT}: check_nan", needs=(*NEEDS, "functions", "detach"))
def nan_that_nobody_needs_is_not_computed(torch):
    """nan in the forward pass alone is no anomaly: only gradients are looked at."""
    x = torch.tensor(-1.0, requires_grad=True)
    with torch.autograd.set_detect_anomaly(True):
        y = x * 2 + torch.sqrt(x.detach())
        y.backward()
    yield "the result", y
    yield "the gradient", x.grad


# -- where it comes from


@scenario(cites=DETECT, needs=(*NEEDS, "functions"))
def the_forward_call_is_shown(torch):
    """A node that fails warns with the line of the forward call that made it, if anomaly mode was on then."""
    x = torch.tensor(0.0, requires_grad=True)
    with torch.autograd.set_detect_anomaly(True):
        y = torch.sqrt(x)
        texts = warned((y * 0).backward)
    yield "warnings", len(texts)
    head, *frames = texts[0].splitlines()
    yield "the first line", head
    yield "the line is shown", any("y = torch.sqrt(x)" in line for line in frames)
    yield "the other line is shown", any("y * 0" in line for line in frames)


@scenario(cites=DETECT, needs=(*NEEDS, "functions"))
def the_way_to_the_forward_call_is_shown(torch):
    """The traceback holds every caller, the innermost last."""

    def inner(x):
        return torch.sqrt(x)

    def outer(x):
        return inner(x) * 0

    x = torch.tensor(0.0, requires_grad=True)
    with torch.autograd.set_detect_anomaly(True):
        (text,) = warned(outer(x).backward)
    lines = [line.strip() for line in text.splitlines()]
    yield "the outer call", "return inner(x) * 0" in lines
    yield "the inner one comes after it", lines.index("return torch.sqrt(x)") > lines.index("return inner(x) * 0")


@scenario(cites=DETECT, needs=(*NEEDS, "functions"))
def nothing_is_known_of_earlier_calls(torch):
    """A node made before anomaly mode was switched on fails all the same, without a traceback."""
    x = torch.tensor(0.0, requires_grad=True)
    y = torch.sqrt(x) * 0
    with torch.autograd.set_detect_anomaly(True):
        (text,) = warned(y.backward)
    yield "the warning", text.partition(" (")[0]


@scenario(cites=DETECT, needs=(*NEEDS, "custom_function"))
def every_error_is_traced(torch):
    """Any error in a backward is traced, not nan alone; the error itself stays as it is."""

    class Broken(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2

        @staticmethod
        def backward(ctx, grad):
            raise ValueError("not today")

    with torch.autograd.set_detect_anomaly(True):
        y = Broken.apply(torch.tensor(1.0, requires_grad=True))
        (text,) = warned(y.backward)
        with warnings.catch_warnings(action="ignore"):
            failure = attempt(y.backward)
    yield "the warning", text.splitlines()[0]
    yield "the error", failure


@scenario(cites=DETECT, needs=(*NEEDS, "inplace", "functions"))
def a_change_in_place_is_traced(torch):
    """A saved value that was modified in place is traced, and its error gives another hint than without anomaly mode."""
    with torch.autograd.set_detect_anomaly(True):
        x = torch.tensor(1.0, requires_grad=True)
        y = torch.exp(x)
        y.add_(1)
        (text,) = warned(y.backward)
        with warnings.catch_warnings(action="ignore"):
            failure = attempt(y.backward)
    yield "the warning", text.splitlines()[0]
    yield "the error", failure


@scenario(cites=DETECT, needs=(*NEEDS, "custom_function", "higher_order"))
def the_pass_that_made_a_node_is_traced(torch):
    """A node that was made in a backward pass is traced back to the node whose backward made it, and so on."""

    class Inner(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2

        @staticmethod
        def backward(ctx, grad):
            raise ValueError("too deep")

    class Outer(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x * 2

        @staticmethod
        def backward(ctx, grad):
            return Inner.apply(ctx.saved_tensors[0] * grad)

    with torch.autograd.set_detect_anomaly(True):
        x = torch.tensor(1.0, requires_grad=True)
        (gradient,) = torch.autograd.grad(Outer.apply(x), x, create_graph=True)
        texts = warned(gradient.backward)
    yield "the warnings", [text.strip().splitlines()[0] for text in texts]


@scenario(cites=DETECT, needs=(*NEEDS, "graph"))
def the_traceback_is_metadata(torch):
    """The traceback of the forward call is kept in the metadata of the node; without anomaly mode there is none."""
    x = torch.tensor(1.0, requires_grad=True)
    with torch.autograd.set_detect_anomaly(True):
        y = x * 2
    yield "the keys", sorted(y.grad_fn.metadata)
    yield "its last line", y.grad_fn.metadata["traceback_"][-1].splitlines()[-1].strip()
    yield "without anomaly mode", sorted((x * 2).grad_fn.metadata)


@scenario(cites=DETECT, needs=NEEDS)
def a_pass_without_failure_warns_of_nothing(torch):
    """A pass in anomaly mode that does not fail gives no warning and the ordinary gradient."""
    x = torch.tensor(3.0, requires_grad=True)
    with torch.autograd.set_detect_anomaly(True):
        (x * x).backward()
    yield "the gradient", x.grad


# -- the mode


def state(torch):
    return [torch.is_anomaly_enabled(), torch.is_anomaly_check_nan_enabled()]


@scenario(cites=DETECT, needs=NEEDS)
def detect_anomaly_warns(torch):
    """`detect_anomaly()` warns that it is slow when it is made, and is in force within its block alone."""
    mode = torch.autograd.detect_anomaly()
    yield "made", state(torch)
    with mode:
        inside = state(torch)
    yield "inside", inside
    yield "afterwards", state(torch)


@scenario(cites=SET, needs=NEEDS)
def set_detect_anomaly_does_not_warn(torch):
    """`set_detect_anomaly(True)` is in force from its call on, without a warning, and in a block until its end."""
    mode = torch.autograd.set_detect_anomaly(True)
    yield "made", state(torch)
    with mode:
        inside = state(torch)
    yield "inside", inside
    yield "afterwards", state(torch)


@scenario(cites=SET, needs=NEEDS)
def set_detect_anomaly_as_a_function(torch):
    """`set_detect_anomaly` as a plain call holds until the next one."""
    torch.autograd.set_detect_anomaly(True, check_nan=False)
    on = state(torch)
    torch.autograd.set_detect_anomaly(False)
    yield "on", on
    yield "off again", state(torch)


@scenario(cites=SET, needs=NEEDS)
def modes_nest(torch):
    """Modes nest, and each block puts back what was in force before it, check_nan included."""
    seen = []
    with torch.autograd.set_detect_anomaly(True, check_nan=False):
        seen.append(state(torch))
        with torch.autograd.set_detect_anomaly(True):
            seen.append(state(torch))
            with torch.autograd.set_detect_anomaly(False):
                seen.append(state(torch))
            seen.append(state(torch))
        seen.append(state(torch))
    yield "inside", seen
    yield "outside", state(torch)


@scenario(cites=DETECT, needs=NEEDS)
def an_error_leaves_the_mode(torch):
    """A block that is left by an error puts back what was in force, too."""

    def failing():
        with torch.autograd.set_detect_anomaly(True):
            raise ValueError("halfway")

    yield "the block", attempt(failing)
    yield "afterwards", state(torch)


@scenario(cites=SET, needs=NEEDS)
def the_mode_is_a_bool(torch):
    """`set_detect_anomaly` takes nothing but bools."""
    yield "a number", attempt(torch.autograd.set_detect_anomaly, 1)
    yield "check_nan=None", attempt(torch.autograd.set_detect_anomaly, True, None)
    yield "nothing is switched", state(torch)


@scenario(cites=DETECT, needs=(*NEEDS, "functions"))
def the_mode_counts_when_the_pass_runs(torch):
    """nan is looked for in passes that run while the mode is on, wherever the graph was made."""
    x = torch.tensor(0.0, requires_grad=True)
    with torch.autograd.set_detect_anomaly(True):
        inside = torch.sqrt(x) * 0
    inside.backward()
    yield "made inside, run outside", x.grad
    outside = torch.sqrt(x) * 0
    with torch.autograd.set_detect_anomaly(True), warnings.catch_warnings(action="ignore"):
        failure = attempt(outside.backward)
    yield "made outside, run inside", failure
