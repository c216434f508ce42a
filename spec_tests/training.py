"""Training: what autograd promises to modules and optimizers."""

import copy

from gradspec import attempt, scenario


def linear(torch, weight, bias=None):
    """A linear layer with the given numbers."""
    layer = torch.nn.Linear(len(weight[0]), len(weight), bias=bias is not None)
    with torch.no_grad():
        layer.weight.copy_(torch.tensor(weight))
        if bias is not None:
            layer.bias.copy_(torch.tensor(bias))
    return layer


# -- parameters


@scenario(cites="torch.nn.parameter.Parameter", needs=("tensor", "flags", "nn"))
def a_parameter_requires_grad(torch):
    """A Parameter is a leaf that requires grad, although the tensor that it is made of does not."""
    p = torch.nn.Parameter(torch.tensor([1.0, 2.0]))
    yield "the parameter", p
    yield "it is a tensor", isinstance(p, torch.Tensor)
    (p * p).sum().backward()
    yield "its gradient", p.grad


@scenario(cites="torch.nn.parameter.Parameter: requires_grad", needs=("tensor", "flags", "nn"))
def a_parameter_may_be_made_frozen(torch):
    """Parameter(data, requires_grad=False) is a parameter that gets no gradient."""
    p = torch.nn.Parameter(torch.tensor([1.0, 2.0]), requires_grad=False)
    yield "requires grad", p.requires_grad
    yield "does what is computed from it", (p * 2).requires_grad


@scenario(cites="torch.nn.parameter.Parameter", needs=("tensor", "inplace", "nn"))
def a_parameter_shares_the_memory_of_its_data(torch):
    """A Parameter is made without a copy: a change to the tensor it was made of is a change to it."""
    data = torch.tensor([1.0, 2.0])
    p = torch.nn.Parameter(data)
    data.add_(10.0)
    yield "the parameter", p


@scenario(cites="torch.nn.parameter.Parameter", needs=("tensor", "flags", "nn"))
def a_parameter_made_of_a_result_is_a_leaf(torch):
    """A Parameter made of a computed tensor takes the numbers, and leaves the history behind."""
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    p = torch.nn.Parameter(x * 3)
    yield "the parameter", p
    p.sum().backward()
    yield "gradient of the parameter", p.grad
    yield "gradient of what it was made of", x.grad


@scenario(cites="torch.nn.parameter.Parameter", needs=("tensor", "nn"))
def what_is_computed_from_a_parameter_is_a_tensor(torch):
    """An operation on a Parameter gives an ordinary tensor, not a Parameter."""
    p = torch.nn.Parameter(torch.tensor([1.0, 2.0]))
    yield "is a product a Parameter", isinstance(p * 2, torch.nn.Parameter)
    yield "is the detached tensor one", isinstance(p.detach(), torch.nn.Parameter)


@scenario(cites="torch.nn.parameter.Parameter", needs=("tensor", "dtypes", "nn"))
def integers_are_no_parameter(torch):
    """A tensor of integers can be a Parameter only if it does not require grad."""
    yield "by default", attempt(torch.nn.Parameter, torch.tensor([1, 2]))
    yield "without grad", torch.nn.Parameter(torch.tensor([1, 2]), requires_grad=False)


@scenario(cites="torch.nn.parameter.Parameter", needs=("tensor", "printing", "nn"))
def a_parameter_says_so_when_printed(torch):
    """A Parameter is printed as a tensor that requires grad, under a line that says that it is a parameter."""
    yield "printed", repr(torch.nn.Parameter(torch.tensor([1.0, 2.5])))


@scenario(cites="torch.nn.parameter.Parameter", needs=("tensor", "nn"))
def assigning_a_parameter_registers_it(torch):
    """A Parameter assigned to a module's attribute is among its parameters; any other tensor is not."""
    module = torch.nn.Module()
    module.learned = torch.nn.Parameter(torch.tensor([1.0]))
    module.fixed = torch.tensor([2.0], requires_grad=True)
    yield "parameters", [name for name, _ in module.named_parameters()]


@scenario(cites="torch.nn.Module.register_parameter", needs=("tensor", "nn"))
def a_parameter_is_not_replaced_by_a_tensor(torch):
    """Where a module has a Parameter, only a Parameter or None may be assigned."""
    module = torch.nn.Module()
    module.w = torch.nn.Parameter(torch.tensor([1.0]))
    yield "a tensor", attempt(setattr, module, "w", torch.tensor([2.0]))
    yield "None", attempt(setattr, module, "w", None)
    yield "parameters left", [name for name, _ in module.named_parameters()]


@scenario(cites="torch.nn.Module", needs=("tensor", "nn"))
def the_base_is_initialised_first(torch):
    """A Parameter cannot be assigned before the module's own initialisation has run."""

    class Hasty(torch.nn.Module):
        def __init__(self):
            self.w = torch.nn.Parameter(torch.tensor([1.0]))

    yield "made", attempt(Hasty)


# -- forward and backward


@scenario(cites="Autograd mechanics: How autograd encodes the history", needs=("tensor", "matmul", "graph", "nn"))
def calling_a_module_records_its_operations(torch):
    """Calling a module records the operations of its forward; the module itself leaves no mark in the graph."""
    y = linear(torch, [[1.0, 2.0]], [3.0])(torch.tensor([[1.0, 1.0]]))
    yield "the output", y
    yield "what made it", y.grad_fn.name()
    yield "and that of", [type(node).__name__ for node, _ in y.grad_fn.next_functions]


@scenario(cites="torch.nn.Linear", needs=("tensor", "matmul", "nn"))
def gradients_of_a_linear_layer(torch):
    """A linear layer's weight gets the products of output gradients and inputs, its bias the sum of the former."""
    layer = linear(torch, [[1.0, 2.0], [3.0, 4.0]], [0.5, -0.5])
    x = torch.tensor([[1.0, 2.0], [3.0, 5.0], [7.0, 11.0]], requires_grad=True)
    (layer(x) * torch.tensor([1.0, 10.0])).sum().backward()
    yield "weight", layer.weight.grad
    yield "bias", layer.bias.grad
    yield "input", x.grad


@scenario(cites="torch.nn.Linear: bias", needs=("tensor", "matmul", "nn"))
def a_linear_layer_without_bias(torch):
    """A linear layer made with bias=False has None in the place of its bias, and one parameter."""
    layer = torch.nn.Linear(2, 3, bias=False)
    yield "bias", layer.bias
    yield "parameters", [(name, tuple(p.shape)) for name, p in layer.named_parameters()]


@scenario(cites="torch.nn.Linear: Variables", needs=("tensor", "random", "nn"))
def a_linear_layer_starts_from_the_seed(torch):
    """A linear layer starts with uniform numbers up to 1/√in_features either way, the same for the same seed."""
    torch.manual_seed(42)
    layer = torch.nn.Linear(4, 2)
    yield "weight", layer.weight
    yield "bias", layer.bias


@scenario(cites="torch.nn.Sequential", needs=("tensor", "matmul", "functions", "nn"))
def sequential_is_composition(torch):
    """Sequential calls its modules one after the other, and the gradient passes back through all of them."""
    net = torch.nn.Sequential(linear(torch, [[1.0], [-1.0]]), torch.nn.ReLU(), linear(torch, [[2.0, 5.0]]))
    x = torch.tensor([[3.0], [-4.0]], requires_grad=True)
    y = net(x)
    yield "the output", y
    y.sum().backward()
    yield "gradients", [p.grad for p in net.parameters()]
    yield "and of the input", x.grad


@scenario(cites="torch.nn.Module.named_parameters", needs=("tensor", "nn"))
def parameters_are_named_by_their_path(torch):
    """named_parameters gives the parameters of a module and of all below it, under the path that leads to each."""
    net = torch.nn.Sequential(torch.nn.Linear(1, 2), torch.nn.ModuleDict({"inner": torch.nn.Linear(2, 1, bias=False)}))
    yield "all", [name for name, _ in net.named_parameters()]
    yield "its own", [name for name, _ in net.named_parameters(recurse=False)]


@scenario(cites="Autograd mechanics: Setting requires_grad", needs=("tensor", "matmul", "nn"))
def a_layer_used_twice_gets_both_gradients(torch):
    """A module called twice in one forward pass gets the sum of the gradients of both calls."""
    layer = linear(torch, [[3.0]], [1.0])
    x = torch.tensor([[2.0]])
    layer(layer(x)).sum().backward()
    yield "weight", layer.weight.grad
    yield "bias", layer.bias.grad


@scenario(cites="torch.nn.Module.parameters", needs=("tensor", "matmul", "nn"))
def a_shared_parameter_is_listed_once(torch):
    """A parameter that stands in two modules is listed once among the parameters, and its gradients are added."""
    first, second = linear(torch, [[2.0]]), linear(torch, [[5.0]])
    second.weight = first.weight
    net = torch.nn.Sequential(first, second)
    yield "parameters", [name for name, _ in net.named_parameters()]
    net(torch.tensor([[3.0]])).sum().backward()
    yield "d(3w²)/dw at 2", first.weight.grad
    yield "the same tensor", second.weight.grad is first.weight.grad


@scenario(cites="Autograd mechanics: No-grad Mode", needs=("tensor", "matmul", "grad_modes", "nn"))
def a_module_called_under_no_grad_records_nothing(torch):
    """A module called under no_grad gives a result without history, although its parameters require grad."""
    layer = linear(torch, [[2.0]], [1.0])
    with torch.no_grad():
        y = layer(torch.tensor([[3.0]]))
    yield "the output", y


@scenario(cites="Autograd mechanics: Evaluation Mode (nn.Module.eval())", needs=("tensor", "matmul", "nn"))
def eval_does_not_stop_recording(torch):
    """A module in evaluation mode records as in training mode: eval() has nothing to do with gradients."""
    layer = linear(torch, [[2.0]], [1.0]).eval()
    yield "training", layer.training
    layer(torch.tensor([[3.0]])).sum().backward()
    yield "the gradient", layer.weight.grad


@scenario(cites="torch.nn.Dropout", needs=("tensor", "random", "functions", "nn"))
def dropout_drops_the_gradient_too(torch):
    """The gradient passes dropout where the elements passed, and is scaled as they are."""
    dropout = torch.nn.Dropout(0.4)
    x = torch.tensor([1.0, 2.0, 3.0, 4.0, 5.0, 6.0], requires_grad=True)
    y = dropout(x)
    yield "the output", y
    y.sum().backward()
    yield "the gradient", x.grad


@scenario(cites="torch.nn.Dropout", needs=("tensor", "nn"))
def dropout_does_nothing_in_evaluation(torch):
    """In evaluation mode dropout gives back its very input."""
    dropout = torch.nn.Dropout(0.4).eval()
    x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    yield "the same tensor", dropout(x) is x


# -- losses


@scenario(cites="torch.nn.MSELoss", needs=("tensor", "nn"))
def mean_squared_error_divides_by_all_elements(torch):
    """MSELoss averages over all elements, of the batch and of each sample: its gradient is 2(x - y)/n."""
    x = torch.tensor([[1.0, 2.0], [3.0, 5.0]], requires_grad=True)
    loss = torch.nn.MSELoss()(x, torch.tensor([[0.0, 2.0], [1.0, 1.0]]))
    yield "the loss", loss
    loss.backward()
    yield "the gradient", x.grad


@scenario(cites="torch.nn.MSELoss", needs=("tensor", "broadcasting", "nn"))
def sizes_that_differ_are_warned_about(torch):
    """MSELoss of a column and a row broadcasts them to a matrix, and warns."""
    x = torch.tensor([[1.0], [2.0]], requires_grad=True)
    loss = torch.nn.MSELoss()(x, torch.tensor([1.0, 2.0]))
    yield "the loss", loss
    loss.backward()
    yield "the gradient", x.grad


@scenario(cites="torch.nn.CrossEntropyLoss", needs=("tensor", "functions", "indexing", "nn"))
def cross_entropy_wants_raw_scores(torch):
    """CrossEntropyLoss takes scores before softmax: its gradient is the probabilities minus the target, averaged."""
    scores = torch.tensor([[1.0, 2.0, 3.0], [0.0, 0.0, 0.0]], requires_grad=True)
    loss = torch.nn.CrossEntropyLoss()(scores, torch.tensor([2, 0]))
    yield "the loss", loss
    loss.backward()
    yield "the gradient", scores.grad


@scenario(cites="torch.nn.CrossEntropyLoss: ignore_index", needs=("tensor", "functions", "indexing", "nn"))
def ignored_targets_get_no_gradient(torch):
    """A sample whose target is ignore_index counts neither in the average nor in the gradient."""
    scores = torch.tensor([[1.0, 2.0], [3.0, 1.0], [0.0, 0.5]], requires_grad=True)
    loss = torch.nn.CrossEntropyLoss()(scores, torch.tensor([1, -100, 0]))
    yield "the loss", loss
    loss.backward()
    yield "the gradient", scores.grad


@scenario(cites="torch.nn.BCEWithLogitsLoss", needs=("tensor", "functions", "nn"))
def logits_keep_the_gradient_where_probabilities_lose_it(torch):
    """The gradient of BCEWithLogitsLoss is right where sigmoid has rounded to 1, and that through BCELoss is lost."""
    target = torch.tensor([0.0])
    x = torch.tensor([40.0], requires_grad=True)
    torch.nn.BCEWithLogitsLoss()(x, target).backward()
    yield "from logits", x.grad
    x = torch.tensor([40.0], requires_grad=True)
    torch.nn.BCELoss()(torch.sigmoid(x), target).backward()
    yield "through probabilities", x.grad


@scenario(cites="torch.nn.BCELoss", needs=("tensor", "nn"))
def binary_cross_entropy_is_never_infinite(torch):
    """BCELoss keeps its logarithms at -100 or above, so that a sure and wrong prediction costs 100."""
    x = torch.tensor([0.0, 1.0], requires_grad=True)
    yield "the loss", torch.nn.BCELoss()(x, torch.tensor([1.0, 1.0]))


# -- clearing and accumulating


@scenario(cites="torch.nn.Module.zero_grad", needs=("tensor", "matmul", "nn"))
def zero_grad_of_a_module_sets_none(torch):
    """zero_grad of a module sets the gradients to None, not to zero."""
    layer = linear(torch, [[2.0]], [1.0])
    layer(torch.tensor([[3.0]])).sum().backward()
    yield "before", [p.grad for p in layer.parameters()]
    layer.zero_grad()
    yield "after", [p.grad for p in layer.parameters()]


@scenario(cites="torch.nn.Module.zero_grad: set_to_none", needs=("tensor", "matmul", "nn"))
def zero_grad_may_keep_the_tensors(torch):
    """zero_grad(set_to_none=False) writes zeros into the gradients that there are, and keeps the tensors, not their history."""
    layer = linear(torch, [[2.0]])
    layer(torch.tensor([[3.0]])).sum().backward()
    grad = layer.weight.grad
    layer.zero_grad(set_to_none=False)
    yield "the gradient", layer.weight.grad
    yield "the same tensor", layer.weight.grad is grad
    layer.weight.grad = layer.weight * 5
    layer.zero_grad(set_to_none=False)
    yield "one with a history", layer.weight.grad


@scenario(cites="torch.optim.Optimizer.zero_grad", needs=("tensor", "nn", "optim"))
def zero_grad_of_an_optimizer_reaches_its_own(torch):
    """zero_grad of an optimizer clears the gradients of its own parameters, and of no others."""
    a = torch.nn.Parameter(torch.tensor([1.0]))
    b = torch.nn.Parameter(torch.tensor([1.0]))
    optimizer = torch.optim.SGD([a], lr=0.1)
    (a * b).sum().backward()
    optimizer.zero_grad()
    yield "its own", a.grad
    yield "another", b.grad


@scenario(cites="torch.nn.Module.zero_grad", needs=("tensor", "matmul", "nn"))
def small_batches_add_up_to_a_large_one(torch):
    """The gradients of two half batches, each loss halved, add up to the gradient of the mean over the whole."""
    x = torch.tensor([[1.0], [2.0], [3.0], [4.0]])
    y = torch.tensor([[2.0], [3.0], [5.0], [9.0]])
    loss = torch.nn.MSELoss()
    whole, halves = linear(torch, [[1.5]], [0.5]), linear(torch, [[1.5]], [0.5])
    loss(whole(x), y).backward()
    yield "one batch", whole.weight.grad
    for part in (slice(0, 2), slice(2, 4)):
        (loss(halves(x[part]), y[part]) / 2).backward()
    yield "two half batches", halves.weight.grad


# -- freezing


@scenario(cites="Autograd mechanics: Setting requires_grad", needs=("tensor", "matmul", "flags", "nn"))
def a_frozen_layer_passes_the_gradient_on(torch):
    """A frozen layer gets no gradient itself, but passes it on to the layers before it."""
    first, second = linear(torch, [[2.0]]), linear(torch, [[5.0]])
    second.requires_grad_(False)
    second(first(torch.tensor([[3.0]]))).sum().backward()
    yield "the layer before", first.weight.grad
    yield "the frozen layer", second.weight.grad


@scenario(cites="Autograd mechanics: Setting requires_grad", needs=("tensor", "matmul", "flags", "nn"))
def a_module_that_is_frozen_records_nothing(torch):
    """Of a module whose parameters are all frozen the output has no history, unless the input has one."""
    layer = linear(torch, [[2.0]], [1.0]).requires_grad_(False)
    yield "a plain input", layer(torch.tensor([[3.0]])).requires_grad
    yield "an input that requires grad", layer(torch.tensor([[3.0]], requires_grad=True)).requires_grad


@scenario(cites="Autograd mechanics: Setting requires_grad", needs=("tensor", "matmul", "flags", "nn", "optim"))
def freezing_does_not_clear_the_gradient(torch):
    """A parameter frozen after a backward pass keeps its gradient, and a step still moves it."""
    layer = linear(torch, [[2.0]])
    optimizer = torch.optim.SGD(layer.parameters(), lr=0.1)
    layer(torch.tensor([[3.0]])).sum().backward()
    layer.requires_grad_(False)
    optimizer.step()
    yield "the gradient", layer.weight.grad
    yield "the weight", layer.weight


@scenario(cites="torch.nn.Module.register_buffer", needs=("tensor", "nn"))
def buffers_are_kept_but_not_learned(torch):
    """A buffer is part of a module's state, but not among its parameters, and gets no gradient."""
    module = torch.nn.Module()
    module.w = torch.nn.Parameter(torch.tensor([2.0]))
    module.register_buffer("scale", torch.tensor([3.0]))
    (module.w * module.scale).sum().backward()
    yield "parameters", [name for name, _ in module.named_parameters()]
    yield "state", list(module.state_dict())
    yield "gradient of the buffer", module.scale.grad


# -- state


@scenario(cites="torch.nn.Module.state_dict", needs=("tensor", "inplace", "nn"))
def a_state_dict_shares_the_memory(torch):
    """state_dict gives no copies: its tensors share the parameters' memory, and do not require grad."""
    layer = linear(torch, [[2.0]])
    state = layer.state_dict()
    yield "requires grad", state["weight"].requires_grad
    state["weight"].fill_(7.0)
    yield "the parameter", layer.weight


@scenario(cites="torch.nn.Module.load_state_dict", needs=("tensor", "matmul", "inplace", "nn"))
def loading_a_state_keeps_parameters_and_gradients(torch):
    """load_state_dict writes into the parameters: they stay the same leaves, with the gradients they had."""
    layer = linear(torch, [[2.0]])
    weight = layer.weight
    layer(torch.tensor([[3.0]])).sum().backward()
    layer.load_state_dict({"weight": torch.tensor([[9.0]])})
    yield "the same parameter", layer.weight is weight
    yield "its value", layer.weight
    yield "its gradient", layer.weight.grad


@scenario(cites="torch.nn.Module.load_state_dict", needs=("tensor", "matmul", "inplace", "nn"))
def loading_a_state_spoils_a_recorded_graph(torch):
    """Loading a state between forward and backward changes weights that were saved: the backward pass fails."""
    net = torch.nn.Sequential(linear(torch, [[2.0]]), linear(torch, [[3.0]]))
    y = net(torch.tensor([[1.0]])).sum()
    net.load_state_dict({"0.weight": torch.tensor([[9.0]]), "1.weight": torch.tensor([[9.0]])})
    yield "backward", attempt(y.backward)


@scenario(cites="torch.nn.Module.load_state_dict: assign", needs=("tensor", "nn"))
def assigning_a_state_makes_new_parameters(torch):
    """load_state_dict(assign=True) puts new parameters in the place of the old, which require grad as those did."""
    layer = linear(torch, [[2.0]]).requires_grad_(False)
    weight = layer.weight
    layer.load_state_dict({"weight": torch.tensor([[9.0]])}, assign=True)
    yield "the same parameter", layer.weight is weight
    yield "the new one", layer.weight


@scenario(cites="torch.nn.Module.load_state_dict: strict", needs=("tensor", "nn"))
def a_state_that_does_not_fit_is_refused(torch):
    """load_state_dict names everything that is missing, unexpected or of another size in one error."""
    layer = torch.nn.Linear(2, 1)
    yield (
        "loaded",
        attempt(layer.load_state_dict, {"weight": torch.tensor([[1.0, 2.0, 3.0]]), "scale": torch.tensor(1.0)}),
    )


@scenario(cites="torch.nn.parameter.Parameter", needs=("tensor", "matmul", "nn"))
def a_copied_module_has_no_gradients(torch):
    """A deep copy of a module has parameters of its own with the same values, and without gradients."""
    layer = linear(torch, [[2.0]])
    layer(torch.tensor([[3.0]])).sum().backward()
    twin = copy.deepcopy(layer)
    yield "the same parameter", twin.weight is layer.weight
    yield "its value", twin.weight
    yield "its gradient", twin.weight.grad


@scenario(cites="torch.nn.Module.double", needs=("tensor", "matmul", "dtypes", "nn"))
def casting_a_module_casts_its_gradients(torch):
    """Casting a module keeps its parameters the same objects, and casts the gradients with them."""
    layer = linear(torch, [[2.0]])
    weight = layer.weight
    layer(torch.tensor([[3.0]])).sum().backward()
    layer.double()
    yield "the same parameter", layer.weight is weight
    yield "its value", layer.weight
    yield "its gradient", layer.weight.grad


# -- hooks


@scenario(cites="torch.nn.Module.register_full_backward_hook", needs=("tensor", "matmul", "hooks", "nn"))
def a_backward_hook_sees_both_gradients(torch):
    """A full backward hook is called with the gradients of the module's inputs and of its outputs, as tuples."""
    layer = linear(torch, [[1.0, 2.0], [3.0, 4.0]])
    seen = []
    layer.register_full_backward_hook(lambda module, grad_input, grad_output: seen.append((grad_input, grad_output)))
    x = torch.tensor([[1.0, 1.0]], requires_grad=True)
    (layer(x) * torch.tensor([1.0, 10.0])).sum().backward()
    yield "of the inputs", seen[0][0]
    yield "of the outputs", seen[0][1]


@scenario(cites="torch.nn.Module.register_full_backward_hook", needs=("tensor", "matmul", "hooks", "nn"))
def a_backward_hook_changes_what_goes_on(torch):
    """What a full backward hook returns goes on in the place of the inputs' gradients; the weights' are not touched."""
    layer = linear(torch, [[2.0]])
    layer.register_full_backward_hook(lambda module, grad_input, grad_output: (grad_input[0] * 100,))
    x = torch.tensor([[3.0]], requires_grad=True)
    layer(x).sum().backward()
    yield "the input", x.grad
    yield "the weight", layer.weight.grad


@scenario(cites="torch.nn.Module.register_full_backward_pre_hook", needs=("tensor", "matmul", "hooks", "nn"))
def a_backward_pre_hook_changes_what_comes_in(torch):
    """What a full backward pre-hook returns comes in as the outputs' gradients: the weights' follow from it."""
    layer = linear(torch, [[2.0]])
    layer.register_full_backward_pre_hook(lambda module, grad_output: (grad_output[0] * 100,))
    x = torch.tensor([[3.0]], requires_grad=True)
    layer(x).sum().backward()
    yield "the input", x.grad
    yield "the weight", layer.weight.grad


@scenario(cites="torch.nn.Module.register_full_backward_hook", needs=("tensor", "matmul", "hooks", "nn"))
def a_backward_hook_without_input_gradients_warns(torch):
    """Where no input requires grad, a full backward hook is called with None for the inputs, and a warning."""
    layer = linear(torch, [[2.0]])
    seen = []
    layer.register_full_backward_hook(lambda module, grad_input, grad_output: seen.append((grad_input, grad_output)))
    y = layer(torch.tensor([[3.0]])).sum()
    yield "backward", attempt(y.backward)
    yield "seen", seen


@scenario(cites="torch.nn.Module.register_full_backward_hook", needs=("tensor", "matmul", "hooks", "nn"))
def a_backward_hook_returns_one_gradient_for_each_input(torch):
    """A full backward hook that returns another number of gradients than there are inputs is an error."""
    layer = linear(torch, [[2.0]])
    layer.register_full_backward_hook(lambda module, grad_input, grad_output: (grad_input[0], grad_input[0]))
    y = layer(torch.tensor([[3.0]], requires_grad=True)).sum()
    yield "backward", attempt(y.backward)


@scenario(cites="torch.nn.Module.register_full_backward_hook", needs=("tensor", "matmul", "inplace", "hooks", "nn"))
def what_a_hooked_module_gives_is_not_changed_in_place(torch):
    """The output of a module that has a full backward hook may not be changed in place."""
    layer = linear(torch, [[2.0]])
    layer.register_full_backward_hook(lambda module, grad_input, grad_output: None)
    y = layer(torch.tensor([[3.0]], requires_grad=True))
    yield "what made it", y.grad_fn.name()
    yield "changing it", attempt(y.add_, 1.0)


@scenario(cites="torch.nn.Module.register_full_backward_hook", needs=("tensor", "matmul", "functions", "hooks", "nn"))
def backward_hooks_fire_from_the_end(torch):
    """The backward hooks of a chain of modules are called from the last module to the first."""
    net = torch.nn.Sequential(linear(torch, [[2.0]]), torch.nn.Tanh(), linear(torch, [[3.0]]))
    seen = []
    for module in net:
        module.register_full_backward_hook(lambda module, *grads: seen.append(type(module).__name__))
    net(torch.tensor([[0.1]], requires_grad=True)).sum().backward()
    yield "order", seen


@scenario(cites="torch.nn.Module.register_forward_hook", needs=("tensor", "matmul", "hooks", "nn"))
def a_forward_hook_may_replace_the_output(torch):
    """What a forward hook returns takes the place of the output, and is differentiated like it."""
    layer = linear(torch, [[2.0]])
    handle = layer.register_forward_hook(lambda module, args, output: output * 10)
    x = torch.tensor([[3.0]], requires_grad=True)
    y = layer(x)
    yield "with the hook", y
    y.sum().backward()
    yield "the gradient", x.grad
    handle.remove()
    yield "without it", layer(x)


@scenario(cites="torch.nn.Module.register_forward_pre_hook", needs=("tensor", "matmul", "hooks", "nn"))
def a_forward_pre_hook_may_replace_the_input(torch):
    """What a forward pre-hook returns takes the place of the input, and is differentiated like it."""
    layer = linear(torch, [[2.0]])
    layer.register_forward_pre_hook(lambda module, args: args[0] * 10)
    x = torch.tensor([[3.0]], requires_grad=True)
    y = layer(x)
    yield "the output", y
    y.sum().backward()
    yield "the gradient", x.grad


@scenario(cites="torch.nn.Module.forward", needs=("tensor", "matmul", "hooks", "nn"))
def forward_called_directly_runs_no_hooks(torch):
    """Hooks run when the module is called; its forward, called directly, runs without them."""
    layer = linear(torch, [[2.0]])
    layer.register_forward_hook(lambda module, args, output: output * 10)
    yield "forward", layer.forward(torch.tensor([[3.0]]))


@scenario(cites="torch.Tensor.register_hook", needs=("tensor", "matmul", "hooks", "nn"))
def a_hook_on_shared_weights_is_called_once(torch):
    """A hook on a parameter that is used twice is called once, with the sum of the gradients."""
    layer = linear(torch, [[3.0]])
    seen = []
    layer.weight.register_hook(lambda grad: seen.append(grad.clone()))
    layer(layer(torch.tensor([[2.0]]))).sum().backward()
    yield "seen", seen


# -- steps


@scenario(cites="torch.optim.Optimizer.step", needs=("tensor", "versions", "nn", "optim"))
def a_step_changes_parameters_in_place(torch):
    """A step writes into the parameters: they stay the same leaves, and their version counters go up."""
    p = torch.nn.Parameter(torch.tensor([1.0, 2.0]))
    optimizer = torch.optim.SGD([p], lr=0.1)
    (p * p).sum().backward()
    before = p._version
    optimizer.step()
    yield "the parameter", p
    yield "its version went up by", p._version - before


@scenario(cites="torch.optim.Optimizer.step", needs=("tensor", "nn", "optim"))
def a_step_leaves_the_gradient_alone(torch):
    """A step neither clears nor changes the gradients, also where weight decay adds to them."""
    p = torch.nn.Parameter(torch.tensor([1.0, 2.0]))
    optimizer = torch.optim.SGD([p], lr=0.1, weight_decay=0.5)
    (p * p).sum().backward()
    optimizer.step()
    yield "the gradient", p.grad


@scenario(cites="torch.optim.Optimizer.step", needs=("tensor", "nn", "optim"))
def a_parameter_without_gradient_is_skipped(torch):
    """A step skips a parameter whose gradient is None, though momentum would have moved it on."""
    p = torch.nn.Parameter(torch.tensor([1.0]))
    optimizer = torch.optim.SGD([p], lr=0.1, momentum=0.9)
    (p * 2).sum().backward()
    optimizer.step()
    yield "after a step", p
    optimizer.zero_grad()
    optimizer.step()
    yield "after a step with None", p


@scenario(cites="torch.optim.Optimizer.zero_grad: set_to_none", needs=("tensor", "nn", "optim"))
def a_gradient_of_zero_is_not_skipped(torch):
    """A gradient of zero is not None: a step with momentum goes on in the old direction."""
    p = torch.nn.Parameter(torch.tensor([1.0]))
    optimizer = torch.optim.SGD([p], lr=0.1, momentum=0.9)
    (p * 2).sum().backward()
    optimizer.step()
    optimizer.zero_grad(set_to_none=False)
    optimizer.step()
    yield "after a step with zero", p


@scenario(cites="Autograd mechanics: In-place correctness checks", needs=("tensor", "matmul", "nn", "optim"))
def a_step_between_forward_and_backward_is_caught(torch):
    """A step changes weights that the graph has saved: a backward pass over a graph from before it fails."""
    net = torch.nn.Sequential(linear(torch, [[2.0]]), linear(torch, [[3.0]]))
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    x = torch.tensor([[1.0]])
    late = net(x).sum()
    net(x).sum().backward()
    optimizer.step()
    yield "backward", attempt(late.backward)


@scenario(cites="torch.optim.Optimizer.step: closure", needs=("tensor", "grad_modes", "nn", "optim"))
def a_closure_is_recorded(torch):
    """A step calls the closure with recording on, also inside no_grad, and gives back the loss it computed."""
    p = torch.nn.Parameter(torch.tensor([3.0]))
    optimizer = torch.optim.SGD([p], lr=0.1)

    def closure():
        optimizer.zero_grad()
        loss = (p * p).sum()
        loss.backward()
        return loss

    with torch.no_grad():
        loss = optimizer.step(closure)
    yield "the loss", loss
    yield "the parameter", p


@scenario(cites="torch.optim.SGD", needs=("tensor", "nn", "optim"))
def plain_descent(torch):
    """SGD subtracts the learning rate times the gradient."""
    p = torch.nn.Parameter(torch.tensor([1.0, -2.0]))
    (p * torch.tensor([3.0, 4.0])).sum().backward()
    torch.optim.SGD([p], lr=0.5).step()
    yield "the parameter", p


@scenario(cites="torch.optim.SGD: momentum", needs=("tensor", "nn", "optim"))
def momentum_remembers_all_gradients(torch):
    """With momentum μ a step goes along b = μb + g, where the first b is g itself."""
    p = torch.nn.Parameter(torch.tensor([0.0]))
    optimizer = torch.optim.SGD([p], lr=1.0, momentum=0.5)
    for turn in (1, 2, 3):
        optimizer.zero_grad()
        (p * 8).sum().backward()
        optimizer.step()
        yield f"after step {turn}", p.detach().clone()


@scenario(cites="torch.optim.SGD: dampening", needs=("tensor", "nn", "optim"))
def the_first_gradient_is_not_dampened(torch):
    """Dampening takes its part of every gradient but the first."""
    p = torch.nn.Parameter(torch.tensor([0.0]))
    optimizer = torch.optim.SGD([p], lr=1.0, momentum=0.5, dampening=0.75)
    for turn in (1, 2):
        optimizer.zero_grad()
        (p * 8).sum().backward()
        optimizer.step()
        yield f"after step {turn}", p.detach().clone()


@scenario(cites="torch.optim.SGD: nesterov", needs=("tensor", "nn", "optim"))
def nesterov_looks_ahead(torch):
    """Nesterov's momentum goes along g + μb, where b has taken up g already."""
    p = torch.nn.Parameter(torch.tensor([0.0]))
    optimizer = torch.optim.SGD([p], lr=1.0, momentum=0.5, nesterov=True)
    for turn in (1, 2):
        optimizer.zero_grad()
        (p * 8).sum().backward()
        optimizer.step()
        yield f"after step {turn}", p.detach().clone()


@scenario(cites="torch.optim.SGD: weight_decay, maximize", needs=("tensor", "nn", "optim"))
def weight_decay_pulls_down_even_when_maximizing(torch):
    """`maximize` turns the gradient round but not the weight decay, which is added afterwards."""
    p = torch.nn.Parameter(torch.tensor([10.0]))
    (p * 2).sum().backward()
    torch.optim.SGD([p], lr=1.0, weight_decay=0.5, maximize=True).step()
    yield "the parameter", p


@scenario(cites="torch.optim.Adam", needs=("tensor", "functions", "nn", "optim"))
def the_first_step_of_adam_is_the_learning_rate(torch):
    """The first step of Adam is the learning rate wherever the gradient is not zero, however large it is."""
    p = torch.nn.Parameter(torch.tensor([1.0, 1.0, 1.0]))
    (p * torch.tensor([1000.0, -0.001, 0.0])).sum().backward()
    torch.optim.Adam([p], lr=0.25).step()
    yield "the parameter", p


@scenario(cites="torch.optim.Adam", needs=("tensor", "functions", "nn", "optim"))
def adam_over_several_steps(torch):
    """Adam divides the running mean of the gradients by the root of that of their squares, both corrected for their start."""
    p = torch.nn.Parameter(torch.tensor([1.0, -3.0]))
    optimizer = torch.optim.Adam([p], lr=0.5, betas=(0.5, 0.75))
    for turn in (1, 2, 3):
        optimizer.zero_grad()
        (p * p * p).sum().backward()
        optimizer.step()
        yield f"after step {turn}", p.detach().clone()


@scenario(cites="torch.optim.AdamW", needs=("tensor", "functions", "nn", "optim"))
def adamw_decays_the_weights_themselves(torch):
    """Weight decay is part of the gradient in Adam, which then divides it away, and shrinks the weights in AdamW."""
    for name in ("Adam", "AdamW"):
        p = torch.nn.Parameter(torch.tensor([10.0]))
        optimizer = getattr(torch.optim, name)([p], lr=0.5, weight_decay=0.5)
        for slope in (2.0, 4.0):
            optimizer.zero_grad()
            (p * slope).sum().backward()
            optimizer.step()
        yield name, p


@scenario(cites="torch.optim: Per-parameter options", needs=("tensor", "nn", "optim"))
def groups_have_options_of_their_own(torch):
    """Each group of parameters has its own options, and the defaults for those it does not give."""
    a = torch.nn.Parameter(torch.tensor([1.0]))
    b = torch.nn.Parameter(torch.tensor([1.0]))
    optimizer = torch.optim.SGD([{"params": [a]}, {"params": [b], "lr": 0.25}], lr=0.5)
    (a + b).sum().backward()
    optimizer.step()
    yield "the default", a
    yield "its own", b


@scenario(cites="torch.optim: Constructing it", needs=("tensor", "nn", "optim"))
def only_leaves_are_optimized(torch):
    """An optimizer refuses a computed tensor: only leaves have gradients to follow."""
    p = torch.nn.Parameter(torch.tensor([1.0]))
    yield "a product", attempt(torch.optim.SGD, [p * 2], lr=0.1)


@scenario(cites="torch.optim: Constructing it", needs=("tensor", "nn", "optim"))
def an_optimizer_needs_parameters(torch):
    """An optimizer refuses an empty list of parameters."""
    yield "none", attempt(torch.optim.SGD, [], lr=0.1)


@scenario(cites="torch.optim: Constructing it", needs=("tensor", "nn", "optim"))
def a_single_tensor_is_no_list_of_parameters(torch):
    """An optimizer refuses a single tensor in the place of a list of them."""
    yield "a tensor", attempt(torch.optim.SGD, torch.nn.Parameter(torch.tensor([1.0])), lr=0.1)


@scenario(cites="torch.optim.Optimizer.add_param_group", needs=("tensor", "nn", "optim"))
def a_parameter_is_in_one_group(torch):
    """An optimizer refuses a parameter that stands in another of its groups."""
    p = torch.nn.Parameter(torch.tensor([1.0]))
    optimizer = torch.optim.SGD([p], lr=0.1)
    yield "once more", attempt(optimizer.add_param_group, {"params": [p]})


@scenario(cites="torch.optim: Constructing it", needs=("tensor", "nn", "optim"))
def an_optimizer_follows_the_tensor_not_the_name(torch):
    """An optimizer keeps the parameters that it was given: one that is assigned to the module later is not moved."""
    layer = linear(torch, [[1.0]])
    optimizer = torch.optim.SGD(layer.parameters(), lr=0.5)
    layer.weight = torch.nn.Parameter(torch.tensor([[1.0]]))
    layer(torch.tensor([[3.0]])).sum().backward()
    optimizer.step()
    yield "the new weight", layer.weight


@scenario(cites="torch.optim.Optimizer.state_dict", needs=("tensor", "nn", "optim"))
def a_training_goes_on_from_a_state(torch):
    """An optimizer that has loaded another's state goes on as that would have: its momentum is part of the state."""
    trace = []
    for interrupted in (False, True):
        p = torch.nn.Parameter(torch.tensor([4.0]))
        optimizer = torch.optim.SGD([p], lr=0.125, momentum=0.5)
        for turn in range(4):
            if interrupted and turn == 2:
                state = optimizer.state_dict()
                optimizer = torch.optim.SGD([p], lr=99.0)
                optimizer.load_state_dict(state)
            optimizer.zero_grad()
            (p * p).sum().backward()
            optimizer.step()
        trace.append(p.detach())
    yield "in one go", trace[0]
    yield "interrupted", trace[1]


@scenario(cites="torch.optim.Optimizer.state_dict", needs=("tensor", "nn", "optim"))
def a_state_numbers_the_parameters(torch):
    """An optimizer's state_dict has numbers, in order over all groups, in the place of the parameters."""
    parameters = [torch.nn.Parameter(torch.tensor([1.0])) for _ in range(3)]
    optimizer = torch.optim.SGD([{"params": parameters[:1]}, {"params": parameters[1:]}], lr=0.1, momentum=0.5)
    parameters[2].sum().backward()
    optimizer.step()
    state = optimizer.state_dict()
    yield "groups", [group["params"] for group in state["param_groups"]]
    yield "with a state", list(state["state"])


# -- all gradients at once


@scenario(cites="torch.nn.utils.clip_grad_norm_", needs=("tensor", "functions", "nn"))
def clipping_scales_all_gradients_together(torch):
    """clip_grad_norm_ scales all gradients by one factor, as one vector, in place, and gives back what its norm was."""
    a = torch.nn.Parameter(torch.tensor([1.0]))
    b = torch.nn.Parameter(torch.tensor([1.0]))
    (a * 3 + b * 4).sum().backward()
    memory = a.grad.detach()
    yield "the norm", torch.nn.utils.clip_grad_norm_([a, b], max_norm=1.0)
    yield "gradients", (a.grad, b.grad)
    yield "the memory of the first", memory


@scenario(cites="torch.nn.utils.clip_grad_norm_", needs=("tensor", "functions", "nn"))
def short_gradients_are_not_stretched(torch):
    """clip_grad_norm_ leaves gradients alone whose norm is below the limit."""
    p = torch.nn.Parameter(torch.tensor([1.0, 1.0]))
    (p * torch.tensor([3.0, 4.0])).sum().backward()
    torch.nn.utils.clip_grad_norm_([p], max_norm=50.0)
    yield "the gradient", p.grad


@scenario(cites="torch.nn.utils.clip_grad_value_", needs=("tensor", "functions", "nn"))
def clipping_by_value_changes_the_direction(torch):
    """clip_grad_value_ cuts each element by itself."""
    p = torch.nn.Parameter(torch.tensor([1.0, 1.0, 1.0]))
    (p * torch.tensor([3.0, -0.5, -4.0])).sum().backward()
    torch.nn.utils.clip_grad_value_([p], 1.0)
    yield "the gradient", p.grad


@scenario(cites="torch.nn.utils.parameters_to_vector", needs=("tensor", "shapes", "nn"))
def parameters_as_a_vector_keep_their_history(torch):
    """parameters_to_vector is recorded: a gradient of the vector reaches every parameter."""
    a = torch.nn.Parameter(torch.tensor([[1.0, 2.0]]))
    b = torch.nn.Parameter(torch.tensor([3.0]))
    vector = torch.nn.utils.parameters_to_vector([a, b])
    yield "the vector", vector
    (vector * torch.tensor([1.0, 10.0, 100.0])).sum().backward()
    yield "gradients", (a.grad, b.grad)


# -- a whole training


@scenario(cites="torch.optim: Taking an optimization step", needs=("tensor", "matmul", "nn", "optim"))
def a_line_is_found(torch):
    """Forward, zero_grad, backward, step, repeated, find the line that the data lie on."""
    model = linear(torch, [[0.0]], [0.0])
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
    x = torch.tensor([[0.0], [1.0], [2.0], [3.0]])
    y = torch.tensor([[1.0], [3.0], [5.0], [7.0]])
    for turn in range(60):
        loss = torch.nn.functional.mse_loss(model(x), y)
        if turn in (0, 1, 10, 59):
            yield f"loss of turn {turn}", loss
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    yield "slope", model.weight
    yield "intercept", model.bias
