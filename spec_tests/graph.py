"""The graph: the nodes that operations leave behind, and the edges between them."""

from gradspec import attempt, scenario

HISTORY = "Autograd mechanics: How autograd encodes the history"
NODE = "torch.autograd.graph.Node"
EDGE = "torch.autograd.graph.get_gradient_edge"


def names(node):
    """The names of all nodes that `node` leads to, depth first, each as often as an edge leads there."""
    if node is None:
        return "none"
    return [node.name(), *(names(following) for following, _ in node.next_functions)]


# -- grad_fn


@scenario(cites=HISTORY, needs=("graph",))
def a_result_knows_its_operation(torch):
    """The result of an operation has the node of that operation as `grad_fn`; leaves and constants have None."""
    x = torch.tensor(2.0, requires_grad=True)
    c = torch.tensor(3.0)
    yield "a product", (x * c).grad_fn.name()
    yield "a leaf", x.grad_fn
    yield "a constant", (c * c).grad_fn


@scenario(cites="torch.autograd.graph.Node.name", needs=("graph",))
def a_node_has_a_name(torch):
    """`name()` of an operation's node is the name of its type."""
    x = torch.tensor(2.0, requires_grad=True)
    node = (x - 5).grad_fn
    yield "the name", node.name()
    yield "is the type's", node.name() == type(node).__name__


@scenario(cites=HISTORY, needs=("graph", "functions"))
def nodes_are_named_after_operations(torch):
    """A node is named after its operation, whatever the notation: `a / b` and `torch.div(a, b)` leave the same node."""
    x = torch.tensor(2.0, requires_grad=True)
    results = (x + 1, x - 1, x * 3, x / 3, -x, x.exp(), torch.sin(x), torch.div(x, 3), x.tanh(), abs(x))
    yield "the names", [result.grad_fn.name() for result in results]


@scenario(cites=HISTORY, needs=("graph",))
def powers_are_numbered_by_what_is_a_tensor(torch):
    """A power's node is numbered by what is a tensor: 0 for the base alone, 1 for both, 2 for the exponent alone."""
    x = torch.tensor(2.0, requires_grad=True)
    yield "x ** 3", (x**3).grad_fn.name()
    yield "x ** x", (x**x).grad_fn.name()
    yield "3 ** x", (3**x).grad_fn.name()


@scenario(cites=HISTORY, needs=("graph", "tensor"))
def reductions_are_numbered_by_their_dimensions(torch):
    """A reduction's node is numbered by its form: over everything it is another one than over a dimension."""
    x = torch.tensor([[2.0, 3.0], [5.0, 7.0]], requires_grad=True)
    yield "sum() and sum(0)", (x.sum().grad_fn.name(), x.sum(0).grad_fn.name())
    yield "mean() and mean(0)", (x.mean().grad_fn.name(), x.mean(0).grad_fn.name())


@scenario(cites=HISTORY, needs=("graph", "tensor", "functions"))
def a_maximum_is_numbered_too(torch):
    """`max()` leaves another node than `max(0)`, which gives indices as well, and these have no node."""
    x = torch.tensor([2.0, 3.0], requires_grad=True)
    values, indices = x.max(0)
    yield "max()", x.max().grad_fn.name()
    yield "max(0)", values.grad_fn.name()
    yield "its indices", indices


@scenario(cites=HISTORY, needs=("graph",))
def grad_fn_is_one_object(torch):
    """`grad_fn` gives the same node every time; the same operation run again leaves another one."""
    x = torch.tensor(2.0, requires_grad=True)
    y, again = x * 3, x * 3
    yield "twice of one result", y.grad_fn is y.grad_fn
    yield "of two results", y.grad_fn is again.grad_fn


@scenario(cites=HISTORY, needs=("graph", "inplace"))
def a_change_in_place_is_the_new_grad_fn(torch):
    """A change in place gives the tensor a new `grad_fn`, which leads on to the old one."""
    x = torch.tensor(2.0, requires_grad=True)
    y = x * 3
    before = y.grad_fn
    y.add_(1)
    yield "the new one", y.grad_fn.name()
    yield "leads to the old one", y.grad_fn.next_functions[0][0] is before


@scenario(cites=NODE, needs=("graph",))
def nodes_are_nodes(torch):
    """The nodes of operations, and those of leaves, are instances of `torch.autograd.graph.Node`; tensors are not."""
    x = torch.tensor(2.0, requires_grad=True)
    node = (x * 3).grad_fn
    found = (node, node.next_functions[0][0], x)
    yield "an operation's, a leaf's, a tensor", [isinstance(each, torch.autograd.graph.Node) for each in found]


@scenario(cites=NODE, needs=("graph", "custom_function"))
def a_custom_functions_node_is_named_after_it(torch):
    """The node of a custom function bears the function's name and is a `torch.autograd.graph.Node` like any other."""

    class Double(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2

        @staticmethod
        def backward(ctx, grad):
            return grad * 2

    node = Double.apply(torch.tensor(2.0, requires_grad=True)).grad_fn
    yield "the name", node.name()
    yield "a node", isinstance(node, torch.autograd.graph.Node)


@scenario(cites="torch.autograd.graph.Node.metadata", needs=("graph",))
def a_node_has_room_for_metadata(torch):
    """A node's `metadata` is a dictionary of its own, empty at first, which keeps what is put into it."""
    x = torch.tensor(2.0, requires_grad=True)
    y, other = x * 3, x * 3
    yield "how much is in it", len(y.grad_fn.metadata)
    y.grad_fn.metadata["note"] = "tripled"
    yield "what was put in", y.grad_fn.metadata["note"]
    yield "another node's", len(other.grad_fn.metadata)


# -- next_functions


@scenario(cites="torch.autograd.graph.Node.next_functions", needs=("graph",))
def next_functions_lead_to_the_inputs(torch):
    """`next_functions` holds, for each input in its order, the node that made it."""
    x = torch.tensor(2.0, requires_grad=True)
    first, second = x * 3, x + 5
    y = first - second
    yield "their names", [node.name() for node, _ in y.grad_fn.next_functions]
    yield (
        "the inputs' own",
        [node is t.grad_fn for (node, _), t in zip(y.grad_fn.next_functions, (first, second), strict=True)],
    )


@scenario(cites="torch.autograd.graph.Node.next_functions", needs=("graph",))
def constants_are_none_among_next_functions(torch):
    """An input that does not require grad has the entry (None, 0) in `next_functions`."""
    x = torch.tensor(2.0, requires_grad=True)
    yield "constant * x", [node and node.name() for node, _ in (torch.tensor(3.0) * x).grad_fn.next_functions]
    yield "x * constant", [node and node.name() for node, _ in (x * torch.tensor(3.0)).grad_fn.next_functions]
    yield "the entry", (x * torch.tensor(3.0)).grad_fn.next_functions[1]


@scenario(cites="torch.autograd.graph.Node.next_functions", needs=("graph",))
def an_input_used_twice_is_there_twice(torch):
    """`x * x` has two entries in `next_functions`, which lead to the same node."""
    x = torch.tensor(2.0, requires_grad=True)
    y = x + 1
    entries = (y * y).grad_fn.next_functions
    yield "entries", len(entries)
    yield "the same node", entries[0][0] is y.grad_fn and entries[1][0] is y.grad_fn


@scenario(cites="torch.autograd.graph.Node.next_functions", needs=("graph", "tensor", "shapes"))
def the_second_number_says_which_result(torch):
    """Beside each node in `next_functions` stands which of that node's results the input was."""
    x = torch.tensor([2.0, 3.0, 5.0], requires_grad=True)
    first, _, third = x.unbind()
    yield "third * first", [number for _, number in (third * first).grad_fn.next_functions]


@scenario(cites=HISTORY, needs=("graph", "tensor", "shapes"))
def several_results_share_their_node(torch):
    """All results of one operation have the same `grad_fn`, and `output_nr` tells them apart."""
    x = torch.tensor([2.0, 3.0, 5.0], requires_grad=True)
    results = x.unbind()
    yield "the same node", [each.grad_fn is results[0].grad_fn for each in results]
    yield "output_nr", [each.output_nr for each in results]


@scenario(cites=HISTORY, needs=("graph", "functions"))
def the_graph_can_be_walked(torch):
    """From the `grad_fn` of a result, `next_functions` leads through the whole graph down to the leaves."""
    w = torch.tensor(2.0, requires_grad=True)
    b = torch.tensor(3.0, requires_grad=True)
    loss = (torch.tanh(w * torch.tensor(5.0) + b) - 1) ** 2
    yield "the nodes", names(loss.grad_fn)


@scenario(cites=HISTORY, needs=("graph", "grad_modes"))
def what_was_not_recorded_is_not_in_the_graph(torch):
    """A graph leads only through operations that were recorded: what ran under no_grad is a constant in it."""
    x = torch.tensor(2.0, requires_grad=True)
    with torch.no_grad():
        constant = x * 3
    yield "the nodes", names((constant * x).grad_fn)


# -- leaves


@scenario(cites="torch.autograd.graph.Node.next_functions", needs=("graph",))
def a_graph_ends_in_accumulate_grad(torch):
    """A leaf that requires grad is reached through an AccumulateGrad node, whose `variable` is the leaf."""
    x = torch.tensor(2.0, requires_grad=True)
    node, number = (x * 3).grad_fn.next_functions[0]
    yield "its name", node.name()
    yield "its type", type(node).__name__
    yield "its variable is the leaf", node.variable is x
    yield "the number beside it", number


@scenario(cites="torch.autograd.graph.Node.next_functions", needs=("graph",))
def nothing_comes_after_accumulate_grad(torch):
    """An AccumulateGrad node has no `next_functions`."""
    x = torch.tensor(2.0, requires_grad=True)
    yield "next_functions", (x * 3).grad_fn.next_functions[0][0].next_functions


@scenario(cites="torch.autograd.graph.Node.next_functions", needs=("graph",))
def a_leaf_has_one_accumulate_grad(torch):
    """All graphs lead to a leaf through the same AccumulateGrad node, and two leaves have two."""
    x = torch.tensor(2.0, requires_grad=True)
    w = torch.tensor(3.0, requires_grad=True)
    y, z = x * w, x + 1
    yield "in two graphs", y.grad_fn.next_functions[0][0] is z.grad_fn.next_functions[0][0]
    yield "of two leaves", y.grad_fn.next_functions[0][0] is y.grad_fn.next_functions[1][0]


# -- the order of a backward pass


@scenario(cites="Autograd mechanics: Backward Hooks execution", needs=("graph", "hooks"))
def later_operations_go_back_first(torch):
    """Of nodes that are ready, a backward pass runs the one whose operation was run last."""
    seen = []
    x = torch.tensor(2.0, requires_grad=True)
    first, second, third = x * 3, x * 5, x * 7
    for name, result in (("second", second), ("third", third), ("first", first)):
        result.grad_fn.register_prehook(lambda grad_outputs, name=name: seen.append(name))
    ((second + first) + third).backward()
    yield "the order", seen


@scenario(cites="Autograd mechanics: Backward Hooks execution", needs=("graph", "hooks"))
def a_node_waits_for_its_gradients(torch):
    """A node runs once, when the gradients from all uses of its result have come, also over paths of unequal length."""
    seen = []
    x = torch.tensor(2.0, requires_grad=True)
    y = x * 3
    y.grad_fn.register_prehook(seen.append)
    ((y * 5) * 7 + y).backward()
    yield "what it was given", seen


@scenario(cites="Autograd mechanics: Backward Hooks execution", needs=("graph", "hooks"))
def a_leaf_is_served_at_once(torch):
    """A leaf's gradient is accumulated as soon as it is complete, before the other nodes of the pass are run."""
    seen = []
    x = torch.tensor(2.0, requires_grad=True)
    late = torch.tensor(3.0, requires_grad=True)
    y = x * 5
    y.grad_fn.register_prehook(lambda grad_outputs: seen.append(late.grad))
    (y * late).backward()
    yield "the late leaf's gradient when the early node runs", seen


# -- edges


@scenario(cites=EDGE, needs=("graph",))
def an_edge_is_a_node_and_a_number(torch):
    """The gradient edge of a result is its `grad_fn`, and which of that node's results it is."""
    x = torch.tensor(2.0, requires_grad=True)
    y = x * 3
    edge = torch.autograd.graph.get_gradient_edge(y)
    yield "the node is the grad_fn", edge.node is y.grad_fn
    yield "the number", edge.output_nr


@scenario(cites=EDGE, needs=("graph", "tensor", "shapes"))
def an_edge_of_one_of_several_results(torch):
    """The gradient edge of one of several results bears its number."""
    x = torch.tensor([2.0, 3.0, 5.0], requires_grad=True)
    edge = torch.autograd.graph.get_gradient_edge(x.unbind()[2])
    yield "the node", edge.node.name()
    yield "the number", edge.output_nr


@scenario(cites=EDGE, needs=("graph",))
def an_edge_of_a_leaf(torch):
    """The gradient edge of a leaf leads to its AccumulateGrad node."""
    x = torch.tensor(2.0, requires_grad=True)
    edge = torch.autograd.graph.get_gradient_edge(x)
    yield "the node", edge.node.name()
    yield "its variable is the leaf", edge.node.variable is x


@scenario(cites=EDGE, needs=("graph",))
def a_constant_has_no_edge(torch):
    """Asking for the gradient edge of a tensor that does not require grad raises an error."""
    yield "of a constant", attempt(torch.autograd.graph.get_gradient_edge, torch.tensor(2.0))


@scenario(cites=EDGE, needs=("graph", "autograd_grad", "retain_graph"))
def gradients_with_respect_to_edges(torch):
    """`torch.autograd.grad` with respect to an edge gives what it gives with respect to the tensor."""
    x = torch.tensor(2.0, requires_grad=True)
    y = x * x
    z = y * 3
    edges = [torch.autograd.graph.get_gradient_edge(t) for t in (y, x)]
    yield "edges", torch.autograd.grad(z, edges, retain_graph=True)
    yield "tensors", torch.autograd.grad(z, [y, x])


@scenario(cites=EDGE, needs=("graph", "autograd_grad", "tensor", "shapes"))
def gradients_with_respect_to_an_edge_of_several(torch):
    """The gradient with respect to the edge of one of several results is that result's alone."""
    x = torch.tensor([2.0, 3.0, 5.0], requires_grad=True)
    first, second, _ = x.unbind()
    edge = torch.autograd.graph.get_gradient_edge(second)
    yield "of 7 · first + 11 · second", torch.autograd.grad(first * 7 + second * 11, edge)


@scenario(cites="torch.autograd.grad: outputs", needs=("graph", "autograd_grad", "tensor"))
def gradients_from_an_edge(torch):
    """A pass may start at an edge, with the gradient that comes there."""
    x = torch.tensor([2.0, 3.0], requires_grad=True)
    edge = torch.autograd.graph.get_gradient_edge(x * x)
    yield "2x · (5, 7)", torch.autograd.grad(edge, x, torch.tensor([5.0, 7.0]))


@scenario(cites="torch.autograd.grad: outputs", needs=("graph", "autograd_grad", "retain_graph", "tensor"))
def a_scalar_edge_needs_no_gradient(torch):
    """A pass from the edge of a scalar starts with 1; from another edge without a gradient it is an error."""
    x = torch.tensor([2.0, 3.0], requires_grad=True)
    y = x * x
    scalar = y.sum()
    from_edge = torch.autograd.graph.get_gradient_edge
    yield "a scalar's", torch.autograd.grad(from_edge(scalar), x, retain_graph=True)
    yield "another", attempt(torch.autograd.grad, from_edge(y), x)


@scenario(cites="torch.autograd.backward: tensors", needs=("graph", "tensor"))
def backward_from_an_edge(torch):
    """`torch.autograd.backward` from an edge accumulates into the leaves, as from the tensor."""
    x = torch.tensor([2.0, 3.0], requires_grad=True)
    edge = torch.autograd.graph.get_gradient_edge(x * x)
    torch.autograd.backward(edge, torch.tensor([5.0, 7.0]))
    yield "2x · (5, 7)", x.grad


@scenario(cites="torch.autograd.backward: inputs", needs=("graph", "partial"))
def backward_to_the_edge_of_a_leaf(torch):
    """With the edge of a leaf among `inputs`, `torch.autograd.backward` accumulates into that leaf alone."""
    x = torch.tensor(2.0, requires_grad=True)
    w = torch.tensor(3.0, requires_grad=True)
    torch.autograd.backward(x * w, inputs=[torch.autograd.graph.get_gradient_edge(w)])
    yield "the leaf of the edge", w.grad
    yield "the other", x.grad


@scenario(cites="torch.autograd.graph.GradientEdge", needs=("graph", "autograd_grad"))
def an_edge_keeps_its_graph_alive(torch):
    """An edge can be differentiated from when the tensor that it was asked of is gone."""
    x = torch.tensor(3.0, requires_grad=True)
    y = x * x
    edge = torch.autograd.graph.get_gradient_edge(y)
    del y
    yield "2x", torch.autograd.grad(edge, x)


@scenario(cites="torch.autograd.graph.GradientEdge", needs=("graph", "autograd_grad", "custom_function"))
def an_edge_of_a_custom_function_keeps_its_graph_alive(torch):
    """The edge of a custom function's result can be differentiated from when the result is gone, too."""

    class Triple(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 3

        @staticmethod
        def backward(ctx, grad):
            return grad * 3

    x = torch.tensor(2.0, requires_grad=True)
    y = Triple.apply(x * x)
    edge = torch.autograd.graph.get_gradient_edge(y)
    del y
    yield "3 · 2x", torch.autograd.grad(edge, x)


@scenario(cites="torch.autograd.grad: materialize_grads", needs=("graph", "autograd_grad"))
def edges_cannot_be_materialized(torch):
    """materialize_grads=True is an error where an edge that the pass does not reach would need zeros."""
    x = torch.tensor(2.0, requires_grad=True)
    stranger = torch.autograd.graph.get_gradient_edge(torch.tensor(3.0, requires_grad=True) * 1)
    yield "an edge", attempt(torch.autograd.grad, x * 5, [stranger], materialize_grads=True)


# -- .grad of a non-leaf


@scenario(cites="torch.Tensor.retains_grad", needs=("graph", "flags"))
def retains_grad_tells_what_retain_grad_did(torch):
    """`retains_grad` is True for a non-leaf after `retain_grad()`, and False before it and for every leaf."""
    x = torch.tensor(2.0, requires_grad=True)
    y = x * 3
    yield "before", y.retains_grad
    y.retain_grad()
    x.retain_grad()
    yield "after", y.retains_grad
    yield "a leaf", x.retains_grad


@scenario(cites="torch.Tensor.backward: inputs", needs=("graph", "flags", "partial"))
def inputs_retain_their_gradient(torch):
    """A non-leaf among the `inputs` of a pass retains its gradient in later passes as well."""
    x = torch.tensor(2.0, requires_grad=True)
    y = x + 3
    (y * 5).backward(inputs=[y])
    yield "it retains", y.retains_grad
    (y * 7).backward()
    yield "5 + 7", y.grad


@scenario(cites="torch.Tensor.grad", needs=("graph", "flags"))
def reading_the_grad_of_a_non_leaf_warns(torch):
    """Reading `.grad` of a non-leaf that does not retain it gives None and a warning, before and after the pass."""
    x = torch.tensor(2.0, requires_grad=True)
    y = x * 3
    yield "before", y.grad
    y.backward()
    yield "after", y.grad


@scenario(cites="torch.Tensor.grad", needs=("graph", "flags"))
def reading_a_retained_grad_does_not_warn(torch):
    """Once a non-leaf retains its gradient, reading `.grad` gives no warning, not even while it is None."""
    x = torch.tensor(2.0, requires_grad=True)
    y = x * 3
    y.retain_grad()
    yield "before", y.grad
    (y * 5).backward()
    yield "after", y.grad


@scenario(cites="Autograd mechanics: Saved tensors", needs=("graph", "tensor", "indexing", "saved_tensors"))
def saved_indices(torch):
    """A node that saves a list of tensors shows it as a tuple, None where a whole dimension was taken, until it is freed."""
    x = torch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    y = x[:, torch.tensor([1, 1])]
    yield "the indices", y.grad_fn._saved_indices
    yield "how many are kept", len(y.grad_fn._raw_saved_indices)
    y.sum().backward()
    yield "the indices, freed", attempt(lambda: y.grad_fn._saved_indices)
    yield "what is kept, freed", attempt(lambda: y.grad_fn._raw_saved_indices)


@scenario(cites=NODE, needs=("graph", "hooks"))
def leaves_come_first_among_equals(torch):
    """The node of a leaf has the largest sequence number, and lives as long as what leads there, with its hooks."""
    x = torch.tensor([2.0, 3.0], requires_grad=True)
    y = x * 5
    yield "a leaf's number", y.grad_fn.next_functions[0][0]._sequence_nr()
    seen = []
    y.grad_fn.next_functions[0][0].register_prehook(lambda grads: seen.append("before"))
    y.grad_fn.next_functions[0][0].register_hook(lambda *_: seen.append("after"))
    y.sum().backward()
    yield "its hooks", seen
    yield "a leaf's alone", y.grad_fn.next_functions[0][0] is (x + 1).grad_fn.next_functions[0][0]


@scenario(cites="torch.autograd.grad", needs=("graph", "tensor", "autograd_grad", "inplace"))
def gradients_that_share_memory(torch):
    """The gradient of a sum is one element seen again and again, to which nothing can be written in place."""
    x, w = torch.ones(2, 3, requires_grad=True), torch.tensor([2.0, 5.0])
    of_all, of_rows = torch.autograd.grad(x.sum(), x)[0], torch.autograd.grad((x.sum(1) * w).sum(), x)[0]
    of_columns = torch.autograd.grad((x.sum(0) * torch.tensor([1.0, 2.0, 3.0])).sum(), x)[0]
    yield "more than there is", attempt(of_all.as_strided, (2,), (1,))
    for label, g in (("of all", of_all), ("of rows", of_rows), ("of columns", of_columns)):
        yield label, g
        yield f"{label}, strides", g.stride()
        yield f"{label}, as much as there is", attempt(g.as_strided, (1,), (1,))
        yield f"{label}, added to", attempt(g.add_, 1.0)
        yield f"{label}, added to by a tensor", attempt(g.mul_, torch.ones(2, 3))
        yield f"{label}, zeroed", attempt(g.zero_)
        yield f"{label}, an element", attempt(g[0, 0].fill_, 7.0)
        yield f"{label}, afterwards", g


@scenario(cites="torch.autograd.grad", needs=("graph", "tensor", "autograd_grad", "broadcasting", "higher_order"))
def broadcast_in_front_and_between(torch):
    """The gradient of what was broadcast is summed over new dimensions and over those of size 1, also when recorded."""
    y = torch.arange(1.0, 25.0).reshape(2, 3, 4)
    z = torch.arange(1.0, 49.0).reshape(2, 2, 3, 4)
    for shape in ((3, 1), (1, 4), (1,), (4,), (1, 3, 1), (2, 1, 1), (2, 1, 4), (1, 1, 4)):
        x = torch.ones(shape, requires_grad=True)
        for label, other in (("three", y), ("four", z)):
            for create in (False, True):
                (g,) = torch.autograd.grad((x * other).sum(), x, create_graph=create)
                yield f"{shape} in {label}, create_graph={create}", g
            yield f"{shape} in {label}, the nodes", names(g.grad_fn)
