"""Graph lifetime: what a backward pass frees, and what survives it."""

import gc
import weakref

from gradspec import attempt, scenario


@scenario(cites="torch.Tensor.backward: retain_graph")
def kept_graph_gives_the_same_gradient_again(torch):
    """A second pass over a kept graph adds exactly the gradient of the first: no node remembers what it received."""
    x = torch.tensor(2.0, requires_grad=True)
    y = x * x
    z = y * 3
    z.backward(retain_graph=True)
    yield "first pass", x.grad
    z.backward(retain_graph=True)
    yield "second pass", x.grad
    z.backward(retain_graph=True)
    yield "third pass", x.grad


@scenario(cites="tutorial: Using retain_graph Parameter", needs=("retain_graph",))
def second_backward_is_an_error(torch):
    """A second pass over a graph whose saved values were freed by the first raises an error and adds nothing."""
    x = torch.tensor(3.0, requires_grad=True)
    y = x * x
    y.backward()
    yield "the second pass", attempt(y.backward)
    yield "the gradient", x.grad


@scenario(cites="torch.Tensor.backward: retain_graph", needs=("retain_graph",))
def retain_graph_holds_for_one_pass(torch):
    """retain_graph=True keeps the graph through that pass only: the next pass without it frees the graph."""
    x = torch.tensor(3.0, requires_grad=True)
    y = x * x
    y.backward(retain_graph=True)
    yield "the second pass", attempt(y.backward)
    yield "the third pass", attempt(y.backward)
    yield "two passes counted", x.grad


@scenario(cites="Autograd mechanics: Saved tensors")
def addition_saves_nothing(torch):
    """Sums, differences and negation save no values: a graph of these alone can be run again without retain_graph."""
    x = torch.tensor(3.0, requires_grad=True)
    y = -(x + 4) - (2 - x - x)
    y.backward()
    yield "first pass", x.grad
    y.backward()
    yield "second pass", x.grad


@scenario(cites="Autograd mechanics: Saved tensors", needs=("retain_graph",))
def factors_that_are_numbers_are_saved(torch):
    """A product with a Python number saves that number: a second pass raises an error."""
    x = torch.tensor(3.0, requires_grad=True)
    y = x * 4
    y.backward()
    yield "the second pass", attempt(y.backward)


@scenario(cites="Autograd mechanics: Saved tensors", needs=("tensor",))
def sum_saves_no_values(torch):
    """`sum` saves the shape of its input but none of its values: its graph can be run again."""
    x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    y = (x + 1).sum()
    y.backward()
    yield "the second pass", attempt(y.backward)
    yield "both counted", x.grad


@scenario(cites="Autograd mechanics: Saved tensors", needs=("retain_graph", "functions"))
def saved_results_are_freed_too(torch):
    """`exp` saves its result, and a pass frees that as well: a second pass raises an error."""
    x = torch.tensor(0.5, requires_grad=True)
    y = torch.exp(x)
    y.backward()
    yield "the second pass", attempt(y.backward)


@scenario(cites="torch.Tensor.backward: retain_graph", needs=("retain_graph",))
def a_shared_part_is_freed_for_all(torch):
    """A pass frees the whole graph behind its result, also the part that another result shares."""
    x = torch.tensor(2.0, requires_grad=True)
    shared = x * x
    first = shared + 3
    second = shared + 5
    first.backward()
    yield "the other result", attempt(second.backward)
    yield "the gradient", x.grad


@scenario(cites="tutorial: Using retain_graph Parameter")
def graphs_that_share_only_a_leaf_are_separate(torch):
    """Two results that share nothing but a leaf need no retain_graph: each pass frees its own graph."""
    x = torch.tensor(3.0, requires_grad=True)
    square = x**2
    cube = x**3
    square.backward()
    yield "after the square", x.grad
    cube.backward()
    yield "after the cube as well", x.grad


@scenario(cites="torch.Tensor.backward: retain_graph", needs=("retain_graph",))
def a_pass_frees_only_what_is_behind_it(torch):
    """A pass from an intermediate result frees what is behind it: a later pass from the end raises an error."""
    x = torch.tensor(2.0, requires_grad=True)
    y = x * x
    z = y + 7
    y.backward()
    yield "from the intermediate", x.grad
    yield "from the end", attempt(z.backward)


@scenario(cites="torch.Tensor.backward: retain_graph", needs=("retain_graph",))
def building_on_a_freed_graph_does_not_revive_it(torch):
    """New operations may be built on a result whose graph was freed, but a pass through them raises an error."""
    x = torch.tensor(2.0, requires_grad=True)
    y = x * x
    y.backward()
    yield "a pass through the new part", attempt((y + 1).backward)
    yield "the gradient", x.grad


@scenario(cites="slides: A graph is created on the fly", needs=("clear_grad",))
def every_forward_pass_builds_a_new_graph(torch):
    """Running the same Python code again builds a new graph, which has its own backward pass."""
    x = torch.tensor(3.0, requires_grad=True)
    for turn in (1, 2):
        x.grad = None
        y = x * x * x
        y.backward()
        yield f"gradient of turn {turn}", x.grad


@scenario(cites="slides: A graph is created on the fly")
def control_flow_decides_what_is_recorded(torch):
    """The graph holds what was executed: Python's `if` and `for` may make it another one in every pass."""
    for growing in (True, False):
        x = torch.tensor(2.0, requires_grad=True)
        y = x
        for _ in range(3 if growing else 1):
            y = y * x if growing else y * 10
        y.backward()
        yield "d(x⁴)/dx at 2" if growing else "d(10x)/dx", x.grad


@scenario(cites="Autograd mechanics: How autograd encodes the history")
def the_graph_outlives_the_names(torch):
    """A result keeps the graph behind it alive, though no name refers to the intermediate results any more."""
    x = torch.tensor(2.0, requires_grad=True)
    y = x * x
    z = y * y
    del y
    z.backward()
    yield "d(x⁴)/dx at 2", x.grad


@scenario(cites="Autograd mechanics: Saved tensors")
def results_die_with_their_last_name(torch):
    """Results are in no reference cycle: each is freed as soon as nothing refers to it, without the cycle collector."""
    x = torch.tensor(2.0, requires_grad=True)
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        y = torch.tensor(5.0) * x
        z = y * y
        intermediate, result = weakref.ref(y), weakref.ref(z)
        yield "alive while named", (intermediate() is not None, result() is not None)
        del y, z
        yield "alive afterwards", (intermediate() is not None, result() is not None)
    finally:
        if was_enabled:
            gc.enable()


@scenario(cites="torch.autograd.grad: retain_graph", needs=("retain_graph", "autograd_grad"))
def autograd_grad_frees_as_well(torch):
    """`torch.autograd.grad` frees the graph as `backward` does."""
    x = torch.tensor(3.0, requires_grad=True)
    y = x * x
    yield "grad", torch.autograd.grad(y, x)
    yield "backward afterwards", attempt(y.backward)


@scenario(cites="torch.autograd.grad: retain_graph", needs=("autograd_grad",))
def autograd_grad_can_retain(torch):
    """`torch.autograd.grad(..., retain_graph=True)` keeps the graph for another pass."""
    x = torch.tensor(3.0, requires_grad=True)
    y = x * x
    yield "grad", torch.autograd.grad(y, x, retain_graph=True)
    y.backward()
    yield "backward afterwards", x.grad


@scenario(cites="torch.autograd.grad: inputs", needs=("autograd_grad",))
def what_was_not_needed_is_not_freed(torch):
    """`torch.autograd.grad` with respect to an intermediate result leaves the graph behind that result usable."""
    x = torch.tensor(2.0, requires_grad=True)
    y = x * x
    z = y * y
    yield "dz/dy", torch.autograd.grad(z, y)
    y.backward()
    yield "dy/dx afterwards", x.grad


@scenario(cites="torch.Tensor.backward: retain_graph", needs=("higher_order", "detach", "clear_grad"))
def create_graph_retains(torch):
    """retain_graph defaults to the value of create_graph: create_graph=True keeps the graph."""
    x = torch.tensor(3.0, requires_grad=True)
    y = x * x
    y.backward(create_graph=True)
    yield "first pass", x.grad.detach()
    x.grad = None
    y.backward()
    yield "second pass", x.grad


@scenario(cites="torch.Tensor.backward: retain_graph", needs=("retain_graph", "autograd_grad", "higher_order"))
def create_graph_can_be_told_to_free(torch):
    """With create_graph=True and retain_graph=False the pass frees the graph that it went through."""
    x = torch.tensor(3.0, requires_grad=True)
    y = x * x
    torch.autograd.grad(y, x, create_graph=True, retain_graph=False)
    yield "another pass", attempt(y.backward)


@scenario(cites="torch.Tensor.backward: inputs", needs=("partial",))
def inputs_limits_who_receives(torch):
    """With `inputs` given, only those leaves accumulate a gradient; the others are left as they are."""
    w = torch.tensor(2.0, requires_grad=True)
    b = torch.tensor(5.0, requires_grad=True)
    (w * b * b).backward(inputs=[b])
    yield "the leaf among the inputs", b.grad
    yield "the other", w.grad


@scenario(cites="torch.Tensor.backward: inputs", needs=("partial",))
def inputs_may_be_one_tensor(torch):
    """`inputs` may be a single tensor instead of a sequence."""
    w = torch.tensor(2.0, requires_grad=True)
    b = torch.tensor(5.0, requires_grad=True)
    (w * b * b).backward(inputs=w)
    yield "the input", w.grad
    yield "the other", b.grad


@scenario(cites="torch.Tensor.backward: inputs", needs=("partial",))
def each_of_several_inputs_gets_its_gradient(torch):
    """backward(inputs=[a, b]) adds to the `.grad` of a and of b, in whichever order they stand, and of no other leaf."""
    a, b, c = (torch.tensor(number, requires_grad=True) for number in (2.0, 3.0, 5.0))
    (a * b * c).backward(inputs=[b, a])
    yield "the first that was asked for", b.grad
    yield "the second", a.grad
    yield "the other leaf", c.grad


@scenario(cites="torch.Tensor.backward: inputs", needs=("partial", "flags"))
def inputs_may_be_a_non_leaf(torch):
    """A non-leaf among the `inputs` receives its gradient in `.grad`, and nothing behind it receives any."""
    x = torch.tensor(2.0, requires_grad=True)
    y = x * 3
    (y * y).backward(inputs=[y])
    yield "the non-leaf", y.grad
    yield "the leaf behind it", x.grad


@scenario(cites="torch.Tensor.backward: inputs", needs=("partial",))
def inputs_that_are_not_reached_get_nothing(torch):
    """An input that the result does not depend on is no error and keeps None as its `.grad`."""
    x = torch.tensor(2.0, requires_grad=True)
    stranger = torch.tensor(3.0, requires_grad=True)
    yield "the pass", attempt((x * 4).backward, inputs=[stranger])
    yield "the stranger", stranger.grad
    yield "the leaf that was not asked for", x.grad


@scenario(cites="torch.Tensor.backward: inputs", needs=("partial",))
def inputs_may_not_be_empty(torch):
    """An empty sequence of `inputs` raises an error."""
    x = torch.tensor(2.0, requires_grad=True)
    yield "inputs=[]", attempt((x * 4).backward, inputs=[])


@scenario(cites="torch.Tensor.backward: inputs", needs=("partial",))
def inputs_leaves_the_rest_of_the_graph(torch):
    """A pass with `inputs` runs and frees only what leads to them: the rest of the graph can be run afterwards."""
    x = torch.tensor(2.0, requires_grad=True)
    w = torch.tensor(5.0, requires_grad=True)
    y = x * x
    (y * w).backward(inputs=[w])
    y.backward()
    yield "the input", w.grad
    yield "the leaf behind the part that was not run", x.grad
