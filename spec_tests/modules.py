"""Modules: containers, how parameters start, what a module says of itself."""

from gradspec import attempt, scenario

NEEDS = ("tensor", "nn")


def names(module):
    """The names of a module's parameters."""
    return tuple(name for name, _ in module.named_parameters())


# -- containers


@scenario(cites="torch.nn.Sequential", needs=NEEDS)
def members_of_a_sequential_are_numbered(torch):
    """A Sequential numbers its modules from 0, and the names of parameters begin with the number."""
    net = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.ReLU(), torch.nn.Linear(3, 1))
    yield "names", names(net)
    yield "length", len(net)
    yield "the last", repr(net[-1])
    yield "beyond the end", attempt(lambda: net[3])


@scenario(cites="torch.nn.Sequential", needs=NEEDS)
def a_sequential_may_name_its_modules(torch):
    """A Sequential made of an ordered dictionary keeps the names of its modules."""
    from collections import OrderedDict

    net = torch.nn.Sequential(OrderedDict([("first", torch.nn.Linear(2, 2)), ("then", torch.nn.Tanh())]))
    yield "names", names(net)
    yield "as text", repr(net)


@scenario(cites="torch.nn.Sequential", needs=NEEDS)
def a_slice_of_a_sequential_shares_its_modules(torch):
    """A slice of a Sequential is a Sequential of the same modules, not of copies."""
    net = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.ReLU(), torch.nn.Linear(3, 1))
    part = net[:2]
    yield "its type", type(part).__name__
    yield "its length", len(part)
    yield "the same module", part[0] is net[0]


@scenario(cites="torch.nn.Sequential: append", needs=NEEDS)
def a_sequential_can_grow_and_shrink(torch):
    """append, extend, insert and del renumber the modules of a Sequential."""
    net = torch.nn.Sequential(torch.nn.ReLU())
    net.append(torch.nn.Tanh())
    net.insert(0, torch.nn.Sigmoid())
    yield "after append and insert", repr(net)
    del net[1]
    yield "after del", repr(net)
    net.extend(torch.nn.Sequential(torch.nn.Identity()))
    net[0] = torch.nn.ReLU()
    yield "after extend and assignment", repr(net)


@scenario(cites="torch.nn.ModuleList", needs=NEEDS)
def a_module_list_registers_its_modules(torch):
    """The parameters of modules in a ModuleList are the owner's; those in a Python list are not."""

    class Net(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.seen = torch.nn.ModuleList([torch.nn.Linear(1, 1, bias=False) for _ in range(2)])
            self.unseen = [torch.nn.Linear(1, 1)]

    net = Net()
    yield "names", names(net)
    yield "as text", repr(net)
    yield "calling the list", attempt(net.seen, torch.ones(1))


@scenario(cites="torch.nn.ModuleDict", needs=NEEDS)
def a_module_dict_registers_its_modules(torch):
    """A ModuleDict keeps modules by name, in the order in which they came."""
    net = torch.nn.ModuleDict({"b": torch.nn.Linear(1, 1, bias=False), "a": torch.nn.ReLU()})
    net["c"] = torch.nn.Linear(1, 1, bias=False)
    yield "keys", tuple(net.keys())
    yield "names", names(net)
    yield "is it there", "a" in net
    net.update([("a", torch.nn.Tanh())])
    yield "replaced", repr(net["a"])
    removed = net.pop("b")
    yield "removed", repr(removed)
    yield "what is left", tuple(net)
    net.clear()
    yield "in the end", len(net)
    yield "what is no mapping", attempt(net.update, 3)


@scenario(cites="torch.nn.ParameterList", needs=NEEDS)
def a_parameter_list_makes_parameters(torch):
    """A tensor that enters a ParameterList becomes a parameter of the owner."""
    parameters = torch.nn.ParameterList([torch.nn.Parameter(torch.ones(2)), torch.zeros(1, 2)])
    yield "names", names(parameters)
    yield "types", tuple(type(p).__name__ for p in parameters)
    yield "as text", repr(parameters)
    (parameters[0] * parameters[1]).sum().backward()
    yield "gradient of the second", parameters[1].grad


# -- layers


@scenario(cites="torch.nn.Embedding: padding_idx", needs=NEEDS)
def the_padding_of_an_embedding_gets_no_gradient(torch):
    """The row of padding_idx starts as zeros and gets no gradient, however often it is looked up."""
    table = torch.nn.Embedding(3, 2, padding_idx=-1)
    yield "the padding", table.weight[2]
    table(torch.tensor([[0, 2], [2, 0]])).sum().backward()
    yield "gradient of the table", table.weight.grad
    yield "as text", repr(table)
    yield "padding beyond the table", attempt(torch.nn.Embedding, 3, 2, 5)


@scenario(cites="torch.nn.Embedding", needs=NEEDS)
def rows_looked_up_twice_get_the_sum(torch):
    """A row of an Embedding that is looked up several times gets the sum of its gradients."""
    table = torch.nn.Embedding(3, 2)
    rows = table(torch.tensor([1, 1, 0]))
    rows.backward(torch.tensor([[1.0, 2.0], [10.0, 20.0], [3.0, 4.0]]))
    yield "gradient of the table", table.weight.grad


@scenario(cites="torch.nn.Dropout: p", needs=(*NEEDS, "random"))
def dropout_scales_what_it_keeps(torch):
    """In training, dropout zeroes elements at random and divides the others by 1 - p; the gradient goes the same way."""
    drop = torch.nn.Dropout(0.5)
    x = torch.arange(1.0, 9.0, requires_grad=True)
    y = drop(x)
    yield "result", y.detach()
    y.sum().backward()
    yield "gradient", x.grad
    yield "in evaluation", drop.eval()(x).detach()
    yield "as text", repr(drop)
    yield "an impossible p", attempt(torch.nn.Dropout, 1.5)


@scenario(cites="torch.nn.Identity", needs=NEEDS)
def identity_and_flatten_change_no_element(torch):
    """Identity gives back its very input; Flatten keeps the first dimension."""
    x = torch.ones(2, 3, 1)
    yield "the same object", torch.nn.Identity(5, unused=True)(x) is x
    yield "shape after Flatten", tuple(torch.nn.Flatten()(x).shape)
    yield "as text", repr(torch.nn.Flatten(0, 1))


# -- how parameters start


@scenario(cites="torch.nn.init.calculate_gain", needs=NEEDS)
def gains_by_nonlinearity(torch):
    """calculate_gain knows how much each nonlinearity narrows what passes it."""
    gain = torch.nn.init.calculate_gain
    yield "of linear, tanh and relu", (gain("linear"), gain("tanh"), gain("relu"))
    yield "of leaky_relu", (gain("leaky_relu"), gain("leaky_relu", 0.2))
    yield "of something else", attempt(gain, "nothing")
    yield "with a slope that is none", attempt(gain, "leaky_relu", "steep")


@scenario(cites="torch.nn.init.constant_", needs=NEEDS)
def fills_are_not_recorded(torch):
    """The functions of nn.init change a parameter in place, unrecorded, and give it back."""
    p = torch.nn.Parameter(torch.zeros(2, 2))
    yield "what comes back is the parameter", torch.nn.init.constant_(p, 0.5) is p
    yield "after constant_", p
    yield "after ones_", torch.nn.init.ones_(p)
    yield "after zeros_", torch.nn.init.zeros_(p)
    yield "its version", p._version


@scenario(cites="torch.nn.init.xavier_uniform_", needs=(*NEEDS, "random"))
def xavier_looks_at_both_sides(torch):
    """The Xavier initialisations widen by the gain and narrow by fan_in + fan_out."""
    init = torch.nn.init
    yield "uniform", init.xavier_uniform_(torch.empty(3, 2), gain=2.0)
    yield "normal", init.xavier_normal_(torch.empty(2, 3))
    yield "of a vector", attempt(init.xavier_uniform_, torch.empty(3))


@scenario(cites="torch.nn.init.kaiming_uniform_", needs=(*NEEDS, "random"))
def kaiming_looks_at_one_side(torch):
    """The Kaiming initialisations narrow by fan_in or by fan_out."""
    init = torch.nn.init
    yield "uniform, by fan_in", init.kaiming_uniform_(torch.empty(2, 3), nonlinearity="relu")
    yield "normal, by fan_out", init.kaiming_normal_(torch.empty(2, 3), mode="fan_out", a=0.1)
    yield "by something else", attempt(init.kaiming_normal_, torch.empty(2, 3), mode="sideways")
    yield "of nothing", tuple(init.kaiming_uniform_(torch.empty(0, 3)).shape)


@scenario(cites="torch.nn.Linear", needs=(*NEEDS, "random"))
def a_linear_layer_starts_from_the_seed(torch):
    """Weight and bias of a Linear layer are drawn uniformly, up to 1/sqrt(in_features) either way."""
    torch.manual_seed(1)
    layer = torch.nn.Linear(4, 2)
    yield "weight", layer.weight
    yield "bias", layer.bias


# -- what a module says and does


@scenario(cites="torch.nn.Module: register_module", needs=NEEDS)
def names_of_members_are_checked(torch):
    """A member's name is a string without dots, not empty, and not an attribute already."""
    module = torch.nn.Module()
    yield "a number", attempt(module.add_module, 3, torch.nn.ReLU())
    yield "with a dot", attempt(module.add_module, "a.b", torch.nn.ReLU())
    yield "empty", attempt(module.register_parameter, "", None)
    yield "taken", attempt(module.add_module, "forward", torch.nn.ReLU())
    yield "what is no module", attempt(module.add_module, "a", 3)
    yield "what is no parameter", attempt(module.register_parameter, "p", torch.ones(1))
    yield "what is no buffer", attempt(module.register_buffer, "b", 3)


@scenario(cites="torch.nn.Module", needs=NEEDS)
def members_stay_of_their_kind(torch):
    """What was registered as a parameter or module can be replaced by its like or by None, not by anything else."""
    module = torch.nn.Linear(1, 1)
    module.inner = torch.nn.ReLU()
    yield "a tensor for a parameter", attempt(setattr, module, "weight", torch.ones(1, 1))
    yield "a number for a module", attempt(setattr, module, "inner", 3)
    module.bias = None
    yield "None for a parameter", names(module)
    del module.inner
    yield "after del", tuple(name for name, _ in module.named_children())
    yield "del of what is not there", attempt(delattr, module, "inner")
    yield "reading it", attempt(getattr, module, "inner")


@scenario(cites="torch.nn.Module", needs=NEEDS)
def members_need_the_constructor_of_module(torch):
    """Before `Module.__init__` has run no parameter and no module can be assigned."""

    class Net(torch.nn.Module):
        def __init__(self, member):
            self.member = member

    yield "a parameter", attempt(Net, torch.nn.Parameter(torch.ones(1)))
    yield "a module", attempt(Net, torch.nn.ReLU())


@scenario(cites="torch.nn.Module: forward", needs=NEEDS)
def a_module_needs_a_forward(torch):
    """Calling a module that defines no forward raises NotImplementedError."""
    yield "a call", attempt(torch.nn.Module(), torch.ones(1))


@scenario(cites="torch.nn.Module: apply", needs=NEEDS)
def apply_goes_from_the_inside_out(torch):
    """apply(f) calls f with every module, the members before their owner, and gives back the owner."""
    net = torch.nn.Sequential(torch.nn.Sequential(torch.nn.ReLU()), torch.nn.Tanh())
    order = []
    yield "what comes back", net.apply(lambda m: order.append(type(m).__name__)) is net
    yield "the order", tuple(order)


@scenario(cites="torch.nn.Module: to", needs=(*NEEDS, "dtypes"))
def a_module_changes_its_dtype_in_place(torch):
    """double() converts parameters, gradients and floating buffers of the module itself, and keeps the parameters."""
    layer = torch.nn.Linear(1, 1, bias=False)
    weight = layer.weight
    layer.register_buffer("count", torch.tensor(1))
    layer.register_buffer("mean", torch.ones(1))
    layer(torch.ones(1, 1)).sum().backward()
    yield "the same module", layer.double() is layer
    yield "the same parameter", layer.weight is weight
    yield "dtypes", tuple(str(t.dtype) for t in (weight, weight.grad, layer.count, layer.mean))
    yield "back with to", str(layer.to(torch.float32).weight.dtype)


@scenario(cites="torch.nn.utils.parameters_to_vector", needs=NEEDS)
def parameters_go_to_a_vector_and_back(torch):
    """parameters_to_vector joins all parameters, recorded; vector_to_parameters writes a vector back into them."""
    layer = torch.nn.Linear(2, 1)
    utils = torch.nn.utils
    vector = utils.parameters_to_vector(layer.parameters())
    yield "length", vector.numel()
    vector.sum().backward()
    yield "gradient of the weight", layer.weight.grad
    utils.vector_to_parameters(torch.tensor([1.0, 2.0, 3.0]), layer.parameters())
    yield "weight", layer.weight
    yield "bias", layer.bias


@scenario(cites="torch.nn.utils.clip_grad_value_", needs=NEEDS)
def gradients_can_be_clipped_by_value(torch):
    """clip_grad_value_ clamps every element of the gradients in place, and leaves missing gradients alone."""
    p, q = torch.nn.Parameter(torch.ones(3)), torch.nn.Parameter(torch.ones(1))
    (p * torch.tensor([0.5, -4.0, 3.0])).sum().backward()
    torch.nn.utils.clip_grad_value_([p, q], 1.0)
    yield "clipped", p.grad
    yield "missing", q.grad


@scenario(cites="torch.optim.lr_scheduler.StepLR", needs=(*NEEDS, "optim"))
def a_step_scheduler_lowers_the_rate(torch):
    """StepLR multiplies the learning rate by gamma each step_size steps."""
    p = torch.nn.Parameter(torch.ones(1))
    optimizer = torch.optim.SGD([p], lr=1.0)
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, step_size=2, gamma=0.1)
    rates = []
    for _ in range(5):
        rates.append(optimizer.param_groups[0]["lr"])
        p.sum().backward()
        optimizer.step()
        scheduler.step()
    yield "learning rates", tuple(rates)
    yield "the last", tuple(scheduler.get_last_lr())


@scenario(cites="torch.nn.Module: zero_grad", needs=(*NEEDS, "clear_grad"))
def a_module_zeroes_all_that_is_in_it(torch):
    """zero_grad of a module reaches the parameters of the modules in it, and passes over those without a gradient."""
    net = torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.Sequential(torch.nn.Linear(2, 1)))
    yield "before any pass", attempt(net.zero_grad, set_to_none=False)
    yield "nothing came of that", [p.grad for p in net.parameters()]
    net(torch.ones(1, 2)).sum().backward()
    held = [p.grad for p in net.parameters()]
    net.zero_grad(set_to_none=False)
    yield "zeroed", [p.grad for p in net.parameters()]
    yield "for who holds them, too", held
    net.zero_grad()
    yield "cleared", [p.grad for p in net.parameters()]


@scenario(cites="torch.nn.Module", needs=NEEDS)
def members_at_their_edges(torch):
    """Members are counted from either end, and a name is that of one parameter, buffer or module alone."""
    nn = torch.nn
    for make in (nn.Sequential, lambda *layers: nn.ModuleList(layers)):
        layers = make(nn.ReLU(), nn.Tanh(), nn.Sigmoid())
        for place in (-4, -3, -2, -1, 0, 1, 2, 3):
            found = attempt(lambda: type(layers[place]).__name__)
            yield f"{type(layers).__name__}, {place}", found
    for place in (-5, -4, -1, 0, 3, 4, None):
        found = attempt(nn.Embedding, 4, 2, padding_idx=place)
        yield f"padding {place}", found if found.error is not None else found.value.padding_idx

    def kinds():
        return {
            "parameter": lambda m: m.register_parameter("x", nn.Parameter(torch.ones(1))),
            "buffer": lambda m: m.register_buffer("x", torch.ones(1)),
            "module": lambda m: m.add_module("x", nn.ReLU()),
            "assigned parameter": lambda m: setattr(m, "x", nn.Parameter(torch.ones(1))),
            "assigned module": lambda m: setattr(m, "x", nn.ReLU()),
            "assigned tensor": lambda m: setattr(m, "x", torch.ones(1)),
            "attribute": lambda m: setattr(m, "x", 3),
            "none": lambda m: setattr(m, "x", None),
        }

    for first, set_first in kinds().items():
        for second, set_second in kinds().items():
            module = nn.Module()
            set_first(module)
            found = attempt(set_second, module)
            said = "taken" if found.error is None else type(found.error).__name__ if "assigned" in second else found
            names = [name for name, _ in module.named_parameters()], [name for name, _ in module.named_buffers()]
            children = [name for name, _ in module.named_children()]
            yield f"{first}, then {second}", (said, *names, children)
    for name in ("MSELoss", "L1Loss", "SmoothL1Loss", "BCELoss", "NLLLoss", "CrossEntropyLoss"):
        for settings in (
            {},
            {"reduction": "sum"},
            {"size_average": False},
            {"reduce": False},
            {"size_average": True, "reduce": True},
        ):
            yield f"{name}, {settings}", attempt(lambda: getattr(nn, name)(**settings).reduction)
    for settings in ({}, {"error_if_nonfinite": False}, {"error_if_nonfinite": True}):
        p = torch.zeros(2, requires_grad=True)
        p.grad = torch.tensor([1.0, float("inf")])
        yield f"no end, {settings}", attempt(nn.utils.clip_grad_norm_, [p], 1.0, **settings)


@scenario(cites="torch.nn.Conv2d", needs=(*NEEDS, "random"))
def an_image_is_classified(torch):
    """Convolution, batch norm and pooling learn together; in evaluation the running statistics are used."""
    nn = torch.nn
    net = nn.Sequential(nn.Conv2d(1, 2, 2), nn.BatchNorm2d(2), nn.ReLU(), nn.MaxPool2d(2))
    x = torch.arange(18.0).reshape(2, 1, 3, 3) / 9
    yield "as it is printed", repr(net)
    yield "its state", [(name, tuple(t.shape)) for name, t in net.state_dict().items()]
    net(x).sum().backward()
    yield "gradients", [p.grad for p in net.parameters()][2:]
    yield "statistics", [net[1].running_mean, net[1].num_batches_tracked]
    yield "in evaluation", net.eval()(x)
    yield "the path to a module", [net.get_submodule("1") is net[1], tuple(net.get_parameter("0.bias").shape)]
    yield "a path to none", attempt(net.get_submodule, "0.weight")
    yield "too few dimensions", attempt(net[1], torch.ones(2, 2))


@scenario(cites="torch.nn.GroupNorm", needs=NEEDS)
def settings_of_layers_are_printed(torch):
    """A layer prints what it was made with, where that says more than what is usual."""
    nn = torch.nn
    made = (nn.Conv1d(2, 4, 3, groups=2, padding="same", bias=False), nn.GroupNorm(1, 2), nn.LayerNorm(2, bias=False),
            nn.AvgPool1d(2), nn.AvgPool2d(2, 3, 1), nn.AdaptiveAvgPool2d((1, 2)), nn.BatchNorm1d(2, affine=False),
            nn.ReLU6(), nn.Hardtanh(), nn.CELU(2.0), nn.GLU(), nn.Softmin(dim=0), nn.Threshold(0.5, 2.0), nn.SELU())  # fmt: skip
    yield "as they are printed", [repr(each) for each in made]
    x = torch.arange(8.0).reshape(1, 2, 4)
    yield "what they give", [each(x) for each in (made[3], nn.LayerNorm(4))]
    mean = nn.BatchNorm1d(2, momentum=None)
    mean(mean(x) + 1)
    yield "a momentum of none", mean.running_mean
    yield "groups that do not fit", attempt(nn.Conv2d, 3, 2, 1, groups=2)
    yield "groups of channels that do not", attempt(nn.GroupNorm, 2, 3)
