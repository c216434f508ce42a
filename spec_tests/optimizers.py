"""Optimizers and modules: what they refuse, what they print, and the state that they keep."""

from gradspec import attempt, scenario

NEEDS = ("tensor", "nn", "optim")


def parameter(torch, *values):
    return torch.nn.Parameter(torch.tensor(values or (1.0, 2.0)))


@scenario(cites="torch.optim.SGD", needs=NEEDS)
def settings_that_make_no_sense(torch):
    """Optimizers refuse negative rates and decays, betas beyond 0 and 1, and a rate of several elements."""
    p = parameter(torch)
    for label, make in (
        ("a negative rate", lambda: torch.optim.SGD([p], lr=-1.0)),
        ("a negative momentum", lambda: torch.optim.SGD([p], lr=0.1, momentum=-1.0)),
        ("a negative decay", lambda: torch.optim.SGD([p], lr=0.1, weight_decay=-1.0)),
        ("nesterov without momentum", lambda: torch.optim.SGD([p], lr=0.1, nesterov=True)),
        ("a rate of two elements", lambda: torch.optim.SGD([p], lr=torch.tensor([0.1, 0.2]))),
        ("a negative eps", lambda: torch.optim.Adam([p], eps=-1.0)),
        ("a beta of one", lambda: torch.optim.Adam([p], betas=(1.0, 0.9))),
        ("a negative second beta", lambda: torch.optim.AdamW([p], betas=(0.9, -0.1))),
    ):
        yield label, attempt(lambda make=make: make() and None)


@scenario(cites="torch.optim.Optimizer.add_param_group", needs=NEEDS)
def groups_are_dictionaries_of_lists(torch):
    """A group of parameters is a dictionary with a list of tensors, in order, that are leaves."""
    p = parameter(torch)
    optimizer = torch.optim.SGD([p], lr=0.1)
    yield "a list", attempt(optimizer.add_param_group, [parameter(torch)])
    yield "a set", attempt(optimizer.add_param_group, {"params": {parameter(torch)}})
    yield "a number", attempt(optimizer.add_param_group, {"params": [1.0]})
    yield "a result", attempt(optimizer.add_param_group, {"params": [p * 2]})
    yield "a tensor that is there", attempt(optimizer.add_param_group, {"params": p})


@scenario(cites="torch.optim.Optimizer.add_param_group", needs=NEEDS)
def a_group_added_later_learns_too(torch):
    """A group that is added to an optimizer takes the defaults that it does not set."""
    p, q = parameter(torch), parameter(torch)
    optimizer = torch.optim.SGD([p], lr=0.5)
    optimizer.add_param_group({"params": q, "lr": 0.25})
    (p.sum() + q.sum()).backward()
    optimizer.step()
    yield "the first", p.detach()
    yield "the second", q.detach()
    yield "its momentum", optimizer.param_groups[1]["momentum"]


@scenario(cites="torch.optim.Optimizer.add_param_group", needs=NEEDS)
def a_parameter_twice_in_a_group(torch):
    """A parameter that stands twice in one group is warned about."""
    p = parameter(torch)
    yield "twice", attempt(lambda: len(torch.optim.SGD([p, p], lr=0.1).param_groups))


@scenario(cites="torch.optim.Optimizer.load_state_dict", needs=NEEDS)
def states_of_another_form(torch):
    """An optimizer refuses a state with another number of groups, or of parameters in them."""
    one = torch.optim.SGD([parameter(torch)], lr=0.1)
    two = torch.optim.SGD([parameter(torch), parameter(torch)], lr=0.1)
    groups = torch.optim.SGD([{"params": [parameter(torch)]}, {"params": [parameter(torch)]}], lr=0.1)
    yield "two parameters", attempt(one.load_state_dict, two.state_dict())
    yield "two groups", attempt(one.load_state_dict, groups.state_dict())


@scenario(cites="torch.optim.Optimizer", needs=(*NEEDS, "printing"))
def an_optimizer_prints_its_settings(torch):
    """The text of an optimizer lists its groups with their settings."""
    yield "SGD", repr(torch.optim.SGD([parameter(torch)], lr=0.1, momentum=0.5))


@scenario(cites="torch.optim.SGD: lr", needs=NEEDS)
def a_rate_may_be_a_tensor(torch):
    """The learning rate may be a tensor with one element."""
    p = parameter(torch)
    p.sum().backward()
    torch.optim.SGD([p], lr=torch.tensor(0.25)).step()
    yield "SGD", p.detach()
    torch.optim.Adam([p], lr=torch.tensor(0.5)).step()
    yield "Adam", p.detach()


@scenario(cites="torch.optim.Adam: amsgrad", needs=NEEDS)
def amsgrad_remembers_the_greatest(torch):
    """With amsgrad Adam divides by the greatest mean of squares so far."""
    p = parameter(torch)
    optimizer = torch.optim.Adam([p], lr=0.1, amsgrad=True)
    for factor in (10.0, 1.0, 0.1):
        optimizer.zero_grad()
        (p * factor).sum().backward()
        optimizer.step()
        yield f"after a gradient of {factor}", p.detach().clone()


@scenario(cites="torch.optim.Adam: maximize", needs=NEEDS)
def climbing_instead_of_descending(torch):
    """With maximize=True the parameters follow the gradient up."""
    for name in ("SGD", "Adam"):
        p = parameter(torch)
        (p * p).sum().backward()
        getattr(torch.optim, name)([p], lr=0.1, maximize=True).step()
        yield name, p.detach()


@scenario(cites="torch.optim.lr_scheduler.StepLR", needs=NEEDS)
def a_schedule_needs_an_optimizer(torch):
    """A schedule refuses what is no optimizer."""
    yield "a list", attempt(torch.optim.lr_scheduler.StepLR, [1.0], 2)


@scenario(cites="torch.nn.utils.clip_grad_norm_: error_if_nonfinite", needs=NEEDS)
def a_norm_that_is_not_finite(torch):
    """`clip_grad_norm_` may be told to raise an error where the norm is nan or infinite."""
    p = parameter(torch)
    (p * float("inf")).sum().backward()
    yield "an error", attempt(torch.nn.utils.clip_grad_norm_, [p], 1.0, error_if_nonfinite=True)
    yield "of nothing", torch.nn.utils.clip_grad_norm_([parameter(torch)], 1.0)
    yield "get_total_norm", torch.nn.utils.get_total_norm([torch.tensor([3.0]), torch.tensor([4.0])])


@scenario(cites="torch.nn.utils.vector_to_parameters", needs=NEEDS)
def a_vector_is_a_tensor(torch):
    """`vector_to_parameters` refuses what is no tensor."""
    yield "a list", attempt(torch.nn.utils.vector_to_parameters, [1.0, 2.0], [parameter(torch)])


@scenario(cites="torch.nn.Module.load_state_dict", needs=(*NEEDS, "serialization"))
def states_that_are_no_states(torch):
    """`load_state_dict` refuses what is no dictionary, other sizes and what is no tensor, and names keys that are missing."""
    layer = torch.nn.Linear(1, 2)
    yield "a list", attempt(layer.load_state_dict, [1.0])
    yield "another size", attempt(layer.load_state_dict, {"weight": torch.ones(2, 1), "bias": torch.ones(3)})
    yield "a number", attempt(layer.load_state_dict, {"weight": torch.ones(2, 1), "bias": 1.0})
    loose = layer.load_state_dict({"weight": torch.ones(2, 1), "more": torch.ones(1)}, strict=False)
    yield "what was not found", repr(loose)
    yield "all found", repr(layer.load_state_dict(layer.state_dict()))


@scenario(cites="torch.nn.Module.load_state_dict: assign", needs=(*NEEDS, "serialization", "flags"))
def a_state_assigned(torch):
    """With assign=True parameters and buffers are replaced, and keep their kind."""
    module = torch.nn.Linear(1, 1)
    module.register_buffer("count", torch.tensor(1.0))
    weight = torch.tensor([[5.0]])
    state = {"weight": weight, "bias": torch.nn.Parameter(torch.tensor([1.0])), "count": torch.tensor(7.0)}
    module.load_state_dict(state, assign=True)
    yield "the weight is a parameter", isinstance(module.weight, torch.nn.Parameter)
    yield "the bias is the one given", module.bias is state["bias"]
    yield "the buffer", module.count
    module.weight.data[0] = 6.0
    yield "the tensor given shows", weight


@scenario(cites="torch.nn.Module.to", needs=(*NEEDS, "dtypes"))
def modules_stay_floating(torch):
    """A module is not cast to integers; `half` and `to` without a dtype give the module itself."""
    layer = torch.nn.Linear(1, 1)
    yield "to int64", attempt(layer.to, torch.int64)
    yield "to nothing", layer.to("cpu") is layer
    yield "half", layer.half().weight.dtype == torch.float16
    yield "like a tensor", layer.to(torch.zeros(1, dtype=torch.float64)).weight.dtype == torch.float64


@scenario(cites="torch.nn.Module.train; torch.nn.Module.requires_grad_", needs=(*NEEDS, "flags"))
def modes_of_a_module(torch):
    """`train` wants a boolean, and reaches all modules inside; `requires_grad_` switches all parameters."""
    layer = torch.nn.Sequential(torch.nn.Sequential(torch.nn.Linear(1, 1)))
    yield "train(1)", attempt(layer.train, "yes")
    layer.train(False)
    yield "inside", layer[0].training
    yield "further inside", layer[0][0].training
    layer.requires_grad_(False)
    yield "frozen", [p.requires_grad for p in layer.parameters()]


@scenario(cites="torch.nn.Module.named_modules", needs=NEEDS)
def modules_are_listed(torch):
    """`modules` lists a shared module once, or as often as it is there; children are what stands directly below."""
    shared = torch.nn.Linear(1, 1)
    module = torch.nn.Sequential(shared, torch.nn.Sequential(shared))
    yield "once", [name for name, _ in module.named_modules()]
    yield "each time", [name for name, _ in module.named_modules(remove_duplicate=False)]
    yield "children", [name for name, _ in module.named_children()]
    yield "parameters each time", [name for name, _ in module.named_parameters(remove_duplicate=False)]
    yield "how many buffers", len(list(module.buffers()))


@scenario(cites="torch.nn.Module.register_forward_hook: prepend", needs=(*NEEDS, "hooks"))
def hooks_that_come_first(torch):
    """With prepend=True a hook runs before those that were there."""
    calls = []
    layer = torch.nn.Linear(1, 1)
    layer.register_forward_hook(lambda *_: calls.append("first"))
    layer.register_forward_hook(lambda *_: calls.append("second"), prepend=True)
    layer.register_forward_pre_hook(lambda *_: calls.append("before"))
    layer.register_forward_pre_hook(lambda *_: calls.append("before that"), prepend=True)
    layer(torch.ones(1))
    yield "the order", calls


@scenario(cites="torch.nn.Module.register_full_backward_hook", needs=(*NEEDS, "hooks"))
def backward_hooks_want_tensors(torch):
    """A module with backward hooks whose output is no tensor warns, and the hooks do not fire."""

    class Named(torch.nn.Module):
        def forward(self, x):
            return {"y": x * 2}

    module = Named()
    calls = []
    module.register_full_backward_hook(lambda *_: calls.append("fired"))
    x = torch.tensor([1.0], requires_grad=True)
    y = module(x)["y"]
    yield "the result", y.detach()
    y.sum().backward()
    yield "the hooks", calls


@scenario(cites="torch.nn.Module", needs=(*NEEDS, "printing"))
def modules_print_their_settings(torch):
    """The text of a module names its settings."""
    for make in (
        lambda: torch.nn.LeakyReLU(0.2),
        lambda: torch.nn.Softmax(dim=1),
        torch.nn.ELU,
        torch.nn.GELU,
        torch.nn.Softplus,
        lambda: torch.nn.Sequential(torch.nn.Linear(2, 1), torch.nn.Tanh()),
    ):
        module = make()
        yield type(module).__name__, repr(module)


@scenario(cites="torch.nn.HuberLoss; torch.nn.L1Loss", needs=NEEDS)
def losses_as_modules(torch):
    """Loss modules compute what the functions of their names do."""
    target = torch.tensor([0.5, 0.0, 1.0])
    for name, settings in (
        ("L1Loss", {}),
        ("HuberLoss", {"delta": 0.5}),
        ("SmoothL1Loss", {"beta": 2.0, "reduction": "sum"}),
    ):
        x = torch.tensor([1.0, -1.0, 4.0], requires_grad=True)
        loss = getattr(torch.nn, name)(**settings)(x, target)
        loss.backward()
        yield name, (loss.detach(), x.grad)
    x = torch.tensor([[-0.5, -1.0], [-2.0, -0.25]], requires_grad=True)
    loss = torch.nn.NLLLoss(weight=torch.tensor([1.0, 3.0]))(x, torch.tensor([0, 1]))
    loss.backward()
    yield "NLLLoss", (loss.detach(), x.grad)


@scenario(cites="torch.nn.LogSoftmax; torch.nn.SiLU", needs=NEEDS)
def activations_as_modules(torch):
    """Activation modules compute what the functions of their names do."""
    x = torch.tensor([[1.0, -2.0, 0.5]])
    for name, settings in (
        ("Softmax", {"dim": 1}), ("LogSoftmax", {"dim": 1}), ("SiLU", {}), ("GELU", {}), ("ELU", {"alpha": 2.0}),
        ("LeakyReLU", {"negative_slope": 0.2}), ("Softplus", {"beta": 2.0}),
    ):  # fmt: skip
        yield name, getattr(torch.nn, name)(**settings)(x)


@scenario(cites="torch.optim.Optimizer.load_state_dict", needs=(*NEEDS, "dtypes", "clear_grad"))
def states_that_are_taken_over(torch):
    """A state that is loaded is cast to the dtype of its parameter, but for the count of steps; groups must be alike."""
    for name, options in {
        "SGD": {"lr": 0.1, "momentum": 0.9, "weight_decay": 0.25, "dampening": 0.5},
        "Adam": {"lr": 0.1, "weight_decay": 0.25, "amsgrad": True},
        "AdamW": {"lr": 0.1, "weight_decay": 0.25, "maximize": True},
    }.items():
        make = getattr(torch.optim, name)
        p = torch.nn.Parameter(torch.tensor([1.0, -2.0, 0.5], dtype=torch.float64))
        one = make([p], **options)
        for k in range(3):
            p.grad = torch.tensor([0.5, -1.5, 2.0], dtype=torch.float64) * (k + 1)
            one.step()
        for dtype in (torch.float64, torch.float32, torch.float16):
            q = torch.nn.Parameter(p.detach().to(dtype))
            other = make([q], lr=5.0)
            other.load_state_dict(one.state_dict())
            state = other.state_dict()["state"][0]
            kept = {key: value for key, value in state.items() if isinstance(value, torch.Tensor)}
            yield f"{name}, {dtype}", [f"{key}: {value.dtype}" for key, value in sorted(kept.items())]
            yield (
                f"{name}, {dtype}, its settings",
                sorted(f"{key}: {value}" for key, value in other.param_groups[0].items() if key in options),
            )
            if dtype != torch.float16:
                q.grad = torch.tensor([0.25, 0.5, -1.0], dtype=dtype)
                other.step()
                yield f"{name}, {dtype}, a step", q
        two = make([{"params": [p]}, {"params": [parameter(torch)]}], **options)
        yield f"{name}, other groups", attempt(two.load_state_dict, one.state_dict())
        two = make([p, parameter(torch)], **options)
        yield f"{name}, other parameters", attempt(two.load_state_dict, one.state_dict())
