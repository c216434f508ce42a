"""Node hooks: functions that a backward pass calls around a node of the graph, and around several tensors."""

from gradspec import attempt, scenario

FIRED = "Autograd mechanics: Whether a particular hook will be fired"
ORDER = "Autograd mechanics: The order in which the different hooks are fired"


# -- on nodes


@scenario(cites="torch.autograd.graph.Node.register_hook", needs=("hooks", "graph"))
def a_node_hook_is_given_both_sides(torch):
    """A hook on a node is called with the gradients of its inputs and those of its outputs, None for a constant."""
    seen = []
    x = torch.tensor(2.0, requires_grad=True)
    y = x * torch.tensor(3.0)
    y.grad_fn.register_hook(lambda grad_inputs, grad_outputs: seen.append((grad_inputs, grad_outputs)))
    (y * 5).backward()
    yield "grad_inputs, grad_outputs", seen


@scenario(cites="torch.autograd.graph.Node.register_hook", needs=("hooks", "graph"))
def a_node_hook_may_replace_the_inputs_gradients(torch):
    """The tuple that a hook on a node returns takes the place of the gradients of the node's inputs."""
    x = torch.tensor(2.0, requires_grad=True)
    w = torch.tensor(3.0, requires_grad=True)
    y = x * w
    y.grad_fn.register_hook(lambda grad_inputs, grad_outputs: (grad_inputs[0] * 10, grad_inputs[1]))
    y.backward()
    yield "the first input's, ten times", x.grad
    yield "the second's, as it was", w.grad


@scenario(cites="torch.autograd.graph.Node.register_hook", needs=("hooks", "graph"))
def a_node_hook_may_take_a_gradient_away(torch):
    """None in the tuple that a hook on a node returns is an undefined gradient: nothing is accumulated there."""
    x = torch.tensor(2.0, requires_grad=True)
    w = torch.tensor(3.0, requires_grad=True)
    y = x * w
    y.grad_fn.register_hook(lambda grad_inputs, grad_outputs: (None, grad_inputs[1]))
    y.backward()
    yield "the first input's", x.grad
    yield "the second's", w.grad


@scenario(cites="torch.autograd.graph.Node.register_hook", needs=("hooks", "graph"))
def a_node_hook_returns_a_tuple(torch):
    """A hook on a node that returns a single tensor is an error in the backward pass."""
    x = torch.tensor(2.0, requires_grad=True)
    y = x * 3
    y.grad_fn.register_hook(lambda grad_inputs, grad_outputs: grad_inputs[0])
    yield "the pass", attempt(y.backward)


@scenario(cites="torch.autograd.graph.Node.register_hook", needs=("hooks", "graph"))
def a_node_hook_returns_as_many_as_there_are(torch):
    """A hook on a node that returns fewer gradients than the node has inputs is an error that names the hook."""
    x = torch.tensor(2.0, requires_grad=True)
    y = x * 3

    def one_of_two(grad_inputs, grad_outputs):
        return (grad_inputs[0],)

    y.grad_fn.register_hook(one_of_two)
    yield "the pass", attempt(y.backward)


@scenario(cites="torch.autograd.graph.Node.register_prehook", needs=("hooks", "graph"))
def a_node_prehook_may_replace_the_outputs_gradients(torch):
    """The tuple that a pre-hook returns is what the node is run with; the node's hooks are shown it as well."""
    seen = []
    x = torch.tensor(2.0, requires_grad=True)
    y = x * 3
    y.grad_fn.register_prehook(lambda grad_outputs: (grad_outputs[0] * 10,))
    y.grad_fn.register_hook(lambda grad_inputs, grad_outputs: seen.append(grad_outputs))
    (y * 5).backward()
    yield "5 · 10 · 3", x.grad
    yield "grad_outputs of the hook", seen


@scenario(cites="torch.autograd.graph.Node.register_prehook", needs=("hooks", "graph", "tensor"))
def a_node_prehook_keeps_the_shape(torch):
    """A pre-hook that returns a gradient of another shape is an error that names the hook."""
    x = torch.tensor([2.0, 3.0], requires_grad=True)
    y = x * 3

    def add_up(grad_outputs):
        return (grad_outputs[0].sum(),)

    y.grad_fn.register_prehook(add_up)
    yield "the pass", attempt(y.sum().backward)


@scenario(cites=ORDER, needs=("hooks", "graph"))
def tensor_hooks_run_before_node_hooks(torch):
    """Around a node run, in this order: hooks of its result, its pre-hooks, its hooks, however they were registered."""
    seen = []
    x = torch.tensor(2.0, requires_grad=True)
    y = x * 3
    y.grad_fn.register_hook(lambda grad_inputs, grad_outputs: seen.append("node"))
    y.grad_fn.register_prehook(lambda grad_outputs: seen.append("node, before"))
    y.register_hook(lambda grad: seen.append("tensor"))
    y.backward()
    yield "the order", seen


@scenario(cites=ORDER, needs=("hooks", "graph", "flags"))
def a_retained_gradient_is_taken_before_the_prehooks(torch):
    """`retain_grad()` keeps the gradient as the tensor's hooks left it, before the pre-hooks of its node."""
    x = torch.tensor(2.0, requires_grad=True)
    y = x * 3
    y.grad_fn.register_prehook(lambda grad_outputs: (grad_outputs[0] * 10,))
    y.retain_grad()
    (y * 5).backward()
    yield "the retained gradient", y.grad
    yield "the leaf's", x.grad


@scenario(cites=ORDER, needs=("hooks", "graph"))
def the_order_around_a_leaf(torch):
    """Around a leaf run: its tensor hooks, pre-hooks of its node, post-accumulate hooks, hooks of its node."""
    seen = []
    x = torch.tensor(2.0, requires_grad=True)
    y = x * 3
    accumulate = y.grad_fn.next_functions[0][0]
    accumulate.register_hook(lambda grad_inputs, grad_outputs: seen.append("node"))
    accumulate.register_prehook(lambda grad_outputs: seen.append("node, before"))
    x.register_post_accumulate_grad_hook(lambda leaf: seen.append("post-accumulate"))
    x.register_hook(lambda grad: seen.append("tensor"))
    y.backward()
    yield "the order", seen


@scenario(cites=FIRED, needs=("hooks", "graph", "autograd_grad"))
def node_hooks_run_only_where_the_node_runs(torch):
    """`torch.autograd.grad` runs no hook on the nodes of its inputs, unless another input lies behind them."""
    seen = []
    x = torch.tensor(2.0, requires_grad=True)
    y = x * 3
    y.grad_fn.register_hook(lambda grad_inputs, grad_outputs: seen.append("node"))
    y.grad_fn.register_prehook(lambda grad_outputs: seen.append("node, before"))
    z = y * 5
    torch.autograd.grad(z, y, retain_graph=True)
    yield "with respect to the result", list(seen)
    torch.autograd.grad(z, (y, x))
    yield "and to what lies behind it", seen


@scenario(cites=FIRED, needs=("hooks", "graph", "partial"))
def backward_runs_the_nodes_of_its_inputs(torch):
    """`backward(inputs=...)` runs the nodes of its inputs with their hooks, though nothing comes of it."""
    seen = []
    x = torch.tensor(2.0, requires_grad=True)
    y = x * x
    y.grad_fn.register_hook(lambda grad_inputs, grad_outputs: seen.append((grad_inputs, grad_outputs)))
    (y * 5).backward(inputs=[y])
    yield "grad_inputs, grad_outputs", seen
    yield "the leaf behind it", x.grad


@scenario(cites="torch.autograd.graph.Node.register_hook", needs=("hooks", "graph"))
def node_hooks_can_be_removed(torch):
    """The handle of a hook or a pre-hook on a node removes it."""
    x = torch.tensor(2.0, requires_grad=True)
    y = x + 3
    hook = y.grad_fn.register_hook(lambda grad_inputs, grad_outputs: (grad_inputs[0] * 10, grad_inputs[1]))
    prehook = y.grad_fn.register_prehook(lambda grad_outputs: (grad_outputs[0] * 7,))
    y.backward()
    yield "with both", x.grad
    hook.remove()
    y.backward()
    yield "and with one", x.grad
    prehook.remove()
    y.backward()
    yield "and with none", x.grad


# -- on several tensors


@scenario(cites="torch.autograd.graph.register_multi_grad_hook", needs=("hooks",))
def a_multi_grad_hook_waits_for_all(torch):
    """A multi-grad hook is called once, when the gradients of all its tensors are known, with these in their order."""
    seen = []
    a = torch.tensor(2.0, requires_grad=True)
    b = torch.tensor(3.0, requires_grad=True)
    c = a * b
    torch.autograd.graph.register_multi_grad_hook((a, c, b), seen.append)
    (c * 5).backward()
    yield "the calls", seen


@scenario(cites="torch.autograd.graph.register_multi_grad_hook", needs=("hooks",))
def a_multi_grad_hook_does_not_wait_for_strangers(torch):
    """Tensors that a pass does not reach are not waited for: a multi-grad hook gets None in their places."""
    seen = []
    a = torch.tensor(2.0, requires_grad=True)
    b = torch.tensor(3.0, requires_grad=True)
    stranger = torch.tensor(7.0, requires_grad=True)
    torch.autograd.graph.register_multi_grad_hook((a, stranger, b), seen.append)
    (a * b * 5).backward()
    yield "the calls", seen


@scenario(cites="torch.autograd.graph.register_multi_grad_hook", needs=("hooks", "partial", "retain_graph"))
def a_multi_grad_hook_heeds_inputs(torch):
    """In a pass with `inputs`, a multi-grad hook gets None for the tensors whose gradients are not needed."""
    seen = []
    a = torch.tensor(2.0, requires_grad=True)
    b = torch.tensor(3.0, requires_grad=True)
    c = a * b
    torch.autograd.graph.register_multi_grad_hook((a, b, c), seen.append)
    (c * 5).backward(inputs=[a], retain_graph=True)
    yield "the calls", seen


@scenario(cites="torch.autograd.graph.register_multi_grad_hook: mode", needs=("hooks",))
def a_multi_grad_hook_of_any_gradient(torch):
    """With mode="any" the hook is called once in a pass, with the first of the gradients that is known."""
    seen = []
    a = torch.tensor(2.0, requires_grad=True)
    b = torch.tensor(3.0, requires_grad=True)
    c = a * b
    torch.autograd.graph.register_multi_grad_hook((a, b, c), seen.append, mode="any")
    (c * 5).backward()
    yield "the calls", list(seen)
    (a * b * 7).backward()
    yield "with those of another pass", len(seen)


@scenario(cites="torch.autograd.graph.register_multi_grad_hook", needs=("hooks",))
def what_a_multi_grad_hook_returns_is_not_used(torch):
    """What a multi-grad hook returns changes no gradient."""
    a = torch.tensor(2.0, requires_grad=True)
    b = torch.tensor(3.0, requires_grad=True)
    torch.autograd.graph.register_multi_grad_hook((a, b), lambda grads: [grad * 0 for grad in grads])
    (a * b).backward()
    yield "the gradients", (a.grad, b.grad)


@scenario(cites="torch.autograd.graph.register_multi_grad_hook", needs=("hooks",))
def a_multi_grad_hook_can_be_removed(torch):
    """The handle of a multi-grad hook removes it from all its tensors."""
    seen = []
    a = torch.tensor(2.0, requires_grad=True)
    b = torch.tensor(3.0, requires_grad=True)
    handle = torch.autograd.graph.register_multi_grad_hook((a, b), seen.append, mode="any")
    handle.remove()
    (a * b).backward()
    yield "the calls", seen


@scenario(cites="torch.autograd.graph.register_multi_grad_hook: mode", needs=("hooks",))
def multi_grad_hooks_have_two_modes(torch):
    """Another mode than "all" and "any" raises an error."""
    a = torch.tensor(2.0, requires_grad=True)
    register = torch.autograd.graph.register_multi_grad_hook
    yield "another", attempt(register, (a,), lambda grads: None, mode="first")


@scenario(cites="Autograd mechanics: Special hooks", needs=("hooks",))
def a_multi_grad_hook_stands_among_the_tensor_hooks(torch):
    """A multi-grad hook takes its turn among each tensor's hooks: it is given what those registered before it left."""
    seen = []
    a = torch.tensor(2.0, requires_grad=True)
    b = torch.tensor(3.0, requires_grad=True)
    a.register_hook(lambda grad: grad * 10)
    torch.autograd.graph.register_multi_grad_hook((a, b), seen.append)
    a.register_hook(lambda grad: grad * 7)
    (a * b * 5).backward()
    yield "15 · 10, and 10", seen
    yield "15 · 10 · 7", a.grad


@scenario(cites="Autograd mechanics: Special hooks", needs=("hooks",))
def a_multi_grad_hook_runs_with_the_last_gradient(torch):
    """A multi-grad hook is called when the last of its gradients is known, in the middle of the pass where that is early."""
    seen = []
    x = torch.tensor(2.0, requires_grad=True)
    first = x * 3
    second = first * 5
    third = second * 7
    first.register_hook(lambda grad: seen.append("first"))
    torch.autograd.graph.register_multi_grad_hook((second, third), lambda grads: seen.append("second and third"))
    third.register_hook(lambda grad: seen.append("third"))
    (third * 11).backward()
    yield "the order", seen


@scenario(cites="torch.autograd.graph.register_multi_grad_hook", needs=("hooks", "autograd_grad"))
def a_multi_grad_hook_on_leaves_needs_backward(torch):
    """A multi-grad hook that waits for leaves is an error under `torch.autograd.grad`."""
    x = torch.tensor(2.0, requires_grad=True)
    torch.autograd.graph.register_multi_grad_hook([x], lambda grads: None)
    yield "autograd.grad", attempt(torch.autograd.grad, x * 3, x)


@scenario(cites="torch.autograd.graph.Node.register_hook", needs=("hooks", "tensor", "functions"))
def hooks_see_only_results_that_have_gradients(torch):
    """Hooks of a node are given gradients of its differentiable results only: of `max`, not those of the indices."""
    x = torch.tensor([[1.0, 5.0], [7.0, 2.0]], requires_grad=True)
    seen = []
    values, _ = (x * 1).max(1)
    values.grad_fn.register_prehook(lambda grads: seen.append(("before", len(grads))))
    values.grad_fn.register_hook(lambda inputs, outputs: seen.append(("after", len(outputs))))
    values.sum().backward()
    yield "gradients of results", seen
