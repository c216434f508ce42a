"""Nodes: what can be asked of a node of the graph, and what it does when it is called alone."""

from gradspec import attempt, scenario

NODE = "torch.autograd.graph.Node"
SAVED = "Autograd mechanics: Saved tensors"


@scenario(cites=NODE, needs=("tensor", "graph"))
def a_node_called_alone(torch):
    """A node can be called with the gradients of its outputs; it gives those of its inputs, unhooked and unaccumulated."""
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = torch.tensor([3.0, 4.0], requires_grad=True)
    node = (x * y).grad_fn
    yield "the gradients", node(torch.tensor([1.0, 10.0]))
    yield "what x has", x.grad


@scenario(cites=NODE, needs=("tensor", "graph", "functions"))
def a_node_of_one_input_called_alone(torch):
    """A node with one input gives its gradient itself, not in a tuple."""
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    yield "exp", x.exp().grad_fn(torch.ones(2))
    yield "a sum, of a number", x.sum().grad_fn(torch.tensor(3.0))


@scenario(cites=NODE, needs=("tensor", "graph", "broadcasting"))
def a_node_called_alone_does_not_reduce(torch):
    """A node called alone leaves its gradients broadcast, which the engine would undo; constants have none."""
    x = torch.tensor([[1.0], [2.0]], requires_grad=True)
    node = (x * torch.tensor([3.0, 4.0])).grad_fn
    yield "the gradients", node(torch.ones(2, 2))


@scenario(cites=NODE, needs=("tensor", "graph", "functions"))
def a_node_of_several_outputs_called_alone(torch):
    """A node with several outputs takes as many gradients, of which some may be None."""
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    node = x.unbind()[0].grad_fn
    yield "both", node(torch.tensor(1.0), torch.tensor(2.0))
    yield "one", node(None, torch.tensor(2.0))


@scenario(cites=NODE, needs=("tensor", "graph"))
def a_node_is_called_with_tensors(torch):
    """A node refuses too many or too few gradients, and what is no tensor."""
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    node = (x * 2).grad_fn
    yield "none", attempt(node)
    yield "two", attempt(node, torch.ones(2), torch.ones(2))
    yield "a number", attempt(node, 1.0)


@scenario(cites=NODE, needs=("tensor", "graph"))
def a_node_without_gradient(torch):
    """Called with None a node gives None for every input."""
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = torch.tensor([1.0, 2.0], requires_grad=True)
    yield "a product", (x * y).grad_fn(None)


@scenario(cites=NODE, needs=("graph",))
def accumulate_grad_called_alone(torch):
    """The node of a leaf, called with a gradient, adds it to `.grad`."""
    x = torch.tensor(2.0, requires_grad=True)
    node = (x * 3).grad_fn.next_functions[0][0]
    yield "what it gives", node(torch.tensor(5.0))
    yield "what x has", x.grad
    node(torch.tensor(5.0))
    yield "what x has after two calls", x.grad


@scenario(cites=NODE, needs=("tensor", "graph", "dtypes"))
def a_node_knows_its_outputs(torch):
    """A node knows shape and dtype of each of its outputs."""
    x = torch.tensor([[1.0, 2.0]], dtype=torch.float64, requires_grad=True)
    (of_product,) = (x * 2).grad_fn._input_metadata
    yield "a product's", (list(of_product.shape), str(of_product.dtype), str(of_product.device))
    yield "whether it is nested", (of_product.is_nested_tensor, of_product.is_cpp_nested_tensor)
    yield "unbind's", [list(each.shape) for each in x.unbind(1)[0].grad_fn._input_metadata]


@scenario(cites=NODE, needs=("graph", "hooks"))
def the_order_of_nodes_can_be_changed(torch):
    """Nodes are served by falling sequence number; `_set_sequence_nr` changes it, and with it the order."""
    for label, number in (("as it was", None), ("turned round", 10**9)):
        order = []
        x = torch.tensor(2.0, requires_grad=True)
        first, second = x * 3, x * 4
        total = first + second
        if number:
            first.grad_fn._set_sequence_nr(number)
        first.grad_fn.register_prehook(lambda *_, order=order: order.append("first"))
        second.grad_fn.register_prehook(lambda *_, order=order: order.append("second"))
        total.backward()
        yield label, order


@scenario(cites="torch.autograd.graph.Node.next_functions", needs=("graph", "functions"))
def what_is_saved_is_listed(torch):
    """`dir` of a node lists what it saves, by name."""
    x = torch.tensor(2.0, requires_grad=True)
    for label, node in (("a product", (x * x).grad_fn), ("exp", x.exp().grad_fn), ("a power", (x**3).grad_fn)):
        yield label, [name for name in dir(node) if "_saved_" in name]


@scenario(cites=SAVED, needs=("graph", "saved_tensors"))
def saved_tensors_cannot_be_made(torch):
    """What a node has saved cannot be made by hand, and takes two functions as hooks, once."""
    x = torch.tensor(2.0, requires_grad=True)
    y = x.exp()
    raw = y.grad_fn._raw_saved_result  # valid as long as its node lives
    yield "made by hand", attempt(type(raw))
    raw.register_hooks(lambda t: t, lambda t: t)
    yield "registered twice", attempt(raw.register_hooks, lambda t: t, lambda t: t)


@scenario(cites="torch.autograd.graph.get_gradient_edge", needs=("tensor", "graph", "autograd_grad"))
def an_edge_needs_its_gradient(torch):
    """From an edge of a vector backward needs a gradient, of its shape."""
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    edge = torch.autograd.graph.get_gradient_edge(x * 2)
    yield "none", attempt(torch.autograd.grad, edge, x)
    yield "another shape", attempt(torch.autograd.grad, edge, x, torch.ones(3))


@scenario(cites="torch.autograd.graph.increment_version", needs=("tensor", "versions"))
def versions_of_several_tensors(torch):
    """`increment_version` counts up for one tensor or each of several, and refuses anything else."""
    x, y = torch.zeros(1), torch.zeros(1)
    torch.autograd.graph.increment_version([x, y])
    torch.autograd.graph.increment_version(x)
    yield "the versions", (x._version, y._version)
    yield "a number", attempt(torch.autograd.graph.increment_version, 3)
