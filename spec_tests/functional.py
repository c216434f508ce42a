"""torch.autograd.functional: Jacobians, Hessians and their products with vectors."""

from gradspec import attempt, scenario


@scenario(cites="torch.autograd.functional.jacobian: Returns", needs=("functional", "tensor"))
def jacobian_of_a_vector_function(torch):
    """Entry [i, j] of the Jacobian is the derivative of output i with respect to input j."""

    def f(x):
        return x * x * torch.tensor([1.0, 10.0, 100.0])

    x = torch.tensor([1.0, 2.0, 3.0])
    yield "of x²·(1, 10, 100)", torch.autograd.functional.jacobian(f, x)
    yield "of x·Σx", torch.autograd.functional.jacobian(lambda x: x * x.sum(), x)


@scenario(cites="torch.autograd.functional.jacobian: Returns", needs=("functional", "tensor", "broadcasting"))
def jacobian_has_the_output_shape_first(torch):
    """The shape of the Jacobian is the shape of the output followed by the shape of the input."""
    x = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
    jacobian = torch.autograd.functional.jacobian(lambda x: x.sum(1) * x.sum(), x)
    yield "output of shape (2,), input of shape (2, 3)", jacobian
    yield "a number of a number", torch.autograd.functional.jacobian(lambda x: x**3, torch.tensor(2.0))


@scenario(cites="torch.autograd.functional.jacobian: Returns", needs=("functional", "tensor"))
def tuple_of_inputs_gives_a_tuple(torch):
    """For a tuple of inputs and a single output the result is a tuple, a Jacobian for each input."""
    inputs = (torch.tensor([1.0, 2.0]), torch.tensor([3.0, 4.0]))
    yield "of 2x + x·y", torch.autograd.functional.jacobian(lambda x, y: 2 * x + x * y, inputs)


@scenario(cites="torch.autograd.functional.jacobian: Returns", needs=("functional", "tensor"))
def tuple_of_outputs_gives_a_tuple(torch):
    """For a single input and a tuple of outputs the result is a tuple, a Jacobian for each output."""
    x = torch.tensor([1.0, 2.0])
    yield "of (x², Σx)", torch.autograd.functional.jacobian(lambda x: (x * x, x.sum()), x)


@scenario(cites="torch.autograd.functional.jacobian: Returns", needs=("functional", "tensor"))
def tuples_on_both_sides_give_a_tuple_of_tuples(torch):
    """For tuples of inputs and outputs, entry [i][j] is the Jacobian of output i with respect to input j."""
    inputs = (torch.tensor([1.0, 2.0]), torch.tensor(3.0))
    yield "of (x·y, y²)", torch.autograd.functional.jacobian(lambda x, y: (x * y, y * y), inputs)


@scenario(cites="torch.autograd.functional.jacobian: Returns", needs=("functional", "tensor"))
def a_tuple_of_one_stays_a_tuple(torch):
    """A tuple of one input is a tuple: the result is a tuple of one, not a tensor."""
    yield "inputs=(x,)", torch.autograd.functional.jacobian(lambda x: x * x, (torch.tensor([1.0, 2.0]),))
    yield "an output (y,)", torch.autograd.functional.jacobian(lambda x: (x * x,), torch.tensor([1.0, 2.0]))


@scenario(cites="torch.autograd.functional.jacobian: inputs", needs=("functional", "tensor"))
def inputs_need_not_require_grad(torch):
    """The inputs need not require grad, and neither their flag nor their `.grad` is touched."""
    x = torch.tensor([1.0, 2.0])
    torch.autograd.functional.jacobian(lambda x: x * x, x)
    yield "the input", x
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    yield "the Jacobian of an input that does require grad", torch.autograd.functional.jacobian(lambda x: x * x, w)
    yield "its .grad", w.grad


@scenario(cites="torch.autograd.functional.jacobian: inputs", needs=("functional", "tensor", "grad_modes"))
def works_under_no_grad(torch):
    """Under no_grad the function is recorded all the same, and the Jacobian is right."""
    with torch.no_grad():
        yield "of x³", torch.autograd.functional.jacobian(lambda x: x**3, torch.tensor([1.0, 2.0]))
        yield "recording afterwards", torch.is_grad_enabled()


@scenario(cites="torch.autograd.functional.jacobian: func", needs=("functional", "tensor"))
def closed_over_tensors_are_constants(torch):
    """Tensors that the function uses but does not take are constants: their `.grad` stays None."""
    w = torch.tensor([5.0, 7.0], requires_grad=True)
    yield "of w·x", torch.autograd.functional.jacobian(lambda x: w * x, torch.tensor([1.0, 2.0]))
    yield "w.grad", w.grad


@scenario(cites="torch.autograd.functional.jacobian: strict", needs=("functional", "tensor", "detach"))
def independent_outputs_have_zero_jacobians(torch):
    """Without strict, the Jacobian with respect to an input that does not matter is zeros."""
    inputs = (torch.tensor([1.0, 2.0]), torch.tensor([3.0, 4.0, 5.0]))
    yield "an unused input", torch.autograd.functional.jacobian(lambda x, y: x * x, inputs)
    yield "a detached output", torch.autograd.functional.jacobian(lambda x: x.detach() * 2, inputs[0])


@scenario(cites="torch.autograd.functional.jacobian: strict", needs=("functional", "tensor"))
def strict_refuses_an_unused_input(torch):
    """With strict=True, an input that an output does not depend on is an error that names both."""
    inputs = (torch.tensor([1.0, 2.0]), torch.tensor([3.0, 4.0, 5.0]))
    jacobian = torch.autograd.functional.jacobian
    yield "the second input unused", attempt(jacobian, lambda x, y: x * x, inputs, strict=True)
    yield "by the second output", attempt(jacobian, lambda x, y: (x.sum() * y, y * y), inputs, strict=True)


@scenario(cites="torch.autograd.functional.jacobian: strict", needs=("functional", "tensor", "detach"))
def strict_refuses_a_detached_output(torch):
    """With strict=True, an output that does not require grad is an error, whatever the product or matrix asked for."""
    x = torch.tensor(2.0)
    for name in ("jacobian", "hessian", "vjp", "jvp", "vhp", "hvp"):
        yield name, attempt(getattr(torch.autograd.functional, name), lambda x: x.detach() * 3, x, strict=True)


@scenario(
    cites="torch.autograd.functional.jacobian: create_graph", needs=("functional", "tensor", "higher_order", "flags")
)
def the_result_has_no_history(torch):
    """Without create_graph the Jacobian has no history, even where the input requires grad."""
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    jacobian = torch.autograd.functional.jacobian(lambda x: x**3, x)
    yield "requires grad", jacobian.requires_grad


@scenario(
    cites="torch.autograd.functional.jacobian: create_graph", needs=("functional", "tensor", "higher_order", "flags")
)
def create_graph_makes_it_differentiable(torch):
    """With create_graph=True the Jacobian can itself be differentiated with respect to inputs that require grad."""
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    jacobian = torch.autograd.functional.jacobian(lambda x: x**3, x, create_graph=True)
    yield "requires grad", jacobian.requires_grad
    jacobian.sum().backward()
    yield "6x", x.grad


@scenario(
    cites="torch.autograd.functional.jacobian: create_graph", needs=("functional", "tensor", "higher_order", "graph")
)
def create_graph_of_a_linear_function(torch):
    """With create_graph=True the Jacobian of a linear function is a constant; with strict=True that is an error."""
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    jacobian = torch.autograd.functional.jacobian
    yield "not strict", jacobian(lambda x: 3 * x, x, create_graph=True)
    yield "strict", attempt(jacobian, lambda x: 3 * x, x, create_graph=True, strict=True)


@scenario(cites="torch.autograd.functional.jacobian: vectorize", needs=("functional", "tensor"))
def vectorize_gives_the_same_jacobian(torch):
    """vectorize=True gives the same Jacobian, also for tuples and inputs that do not matter."""
    inputs = (torch.tensor([1.0, 2.0]), torch.tensor(3.0), torch.tensor([4.0]))
    yield (
        "of (x·y, y²), a third input unused",
        torch.autograd.functional.jacobian(lambda x, y, z: (x * y, y * y), inputs, vectorize=True),
    )


@scenario(cites="torch.autograd.functional.jacobian: vectorize", needs=("functional", "tensor"))
def vectorize_excludes_strict(torch):
    """vectorize=True together with strict=True is an error."""
    x = torch.tensor([1.0, 2.0])
    yield "both", attempt(torch.autograd.functional.jacobian, lambda x: x * x, x, vectorize=True, strict=True)


@scenario(cites="torch.autograd.functional.jacobian: strategy", needs=("functional", "tensor"))
def unknown_strategies_are_refused(torch):
    """A strategy other than "reverse-mode" and "forward-mode" is an error, of jacobian and of hessian."""
    x = torch.tensor([1.0, 2.0])
    yield "jacobian", attempt(torch.autograd.functional.jacobian, lambda x: x * x, x, strategy="backward")
    yield (
        "hessian",
        attempt(torch.autograd.functional.hessian, lambda x: x.sum(), x, outer_jacobian_strategy="backward"),
    )


@scenario(cites="torch.autograd.functional.jacobian: strategy", needs=("functional", "tensor"))
def forward_mode_excludes(torch):
    """strategy="forward-mode" is an error with create_graph=True, with strict=True and without vectorize=True."""
    x = torch.tensor([1.0, 2.0])
    for argument in ({"create_graph": True}, {"strict": True}, {"vectorize": False}):
        yield (
            ", ".join(argument),
            attempt(torch.autograd.functional.jacobian, lambda x: x * x, x, strategy="forward-mode", **argument),
        )


@scenario(cites="torch.autograd.functional.jacobian: inputs", needs=("functional", "tensor"))
def inputs_must_be_tensors(torch):
    """Inputs that are not a tensor or a tuple of tensors are a TypeError, a list of tensors included."""
    x = torch.tensor([1.0, 2.0])
    yield "a number", attempt(torch.autograd.functional.jacobian, lambda x: x, 3)
    yield "a tuple with a number", attempt(torch.autograd.functional.vjp, lambda x, y: x * y, (x, 3.0))
    yield "a list", attempt(torch.autograd.functional.hessian, lambda x: x, [x])


@scenario(cites="torch.autograd.functional.jacobian: func", needs=("functional", "tensor"))
def outputs_must_be_tensors(torch):
    """A function that gives something other than a tensor or a tuple of tensors is a TypeError."""
    x = torch.tensor([1.0, 2.0])
    yield "None", attempt(torch.autograd.functional.jacobian, lambda x: None, x)
    yield "a tuple with a number", attempt(torch.autograd.functional.jvp, lambda x: (x, 3), x, x)


@scenario(cites="torch.autograd.functional.hessian: Returns", needs=("functional", "tensor", "higher_order"))
def hessian_of_one_input(torch):
    """Entry [i, j] of the Hessian is the second derivative with respect to elements i and j: input.shape twice."""
    yield "of Σx³", torch.autograd.functional.hessian(lambda x: (x**3).sum(), torch.tensor([1.0, 2.0]))
    yield "of (Σx)³", torch.autograd.functional.hessian(lambda x: x.sum() ** 3, torch.tensor([[1.0, 2.0]]))


@scenario(cites="torch.autograd.functional.hessian: Returns", needs=("functional", "tensor", "higher_order"))
def hessian_of_a_tuple(torch):
    """For a tuple of inputs entry [i][j] is the mixed second derivative with respect to inputs i and j."""
    inputs = (torch.tensor([1.0, 2.0]), torch.tensor(3.0))
    yield "of Σx²·y³", torch.autograd.functional.hessian(lambda x, y: (x * x).sum() * y**3, inputs)


@scenario(cites="torch.autograd.functional.hessian: vectorize", needs=("functional", "tensor", "higher_order"))
def vectorize_gives_the_same_hessian(torch):
    """vectorize=True gives the same Hessian."""
    inputs = (torch.tensor([1.0, 2.0]), torch.tensor(3.0))
    found = torch.autograd.functional.hessian(lambda x, y: (x * x).sum() * y**3, inputs, vectorize=True)
    yield "of Σx²·y³", found


@scenario(cites="torch.autograd.functional.hessian: func", needs=("functional", "tensor", "higher_order"))
def hessian_needs_a_single_number(torch):
    """A function of more than one element, or a tuple, has no Hessian: an error; one element in a vector is enough."""
    x = torch.tensor([1.0, 2.0])
    hessian = torch.autograd.functional.hessian
    yield "two elements", attempt(hessian, lambda x: x * x, x)
    yield "a tuple of one", attempt(hessian, lambda x: ((x * x).sum(),), x)
    yield "one element in a vector", hessian(lambda x: x[:1] ** 3, x)


@scenario(cites="torch.autograd.functional.hessian: strict", needs=("functional", "tensor", "higher_order"))
def hessian_of_a_linear_function(torch):
    """The Hessian of a linear function is zeros; with strict=True it is an error."""
    x = torch.tensor([1.0, 2.0])
    yield "not strict", torch.autograd.functional.hessian(lambda x: (3 * x).sum(), x)
    yield "strict", attempt(torch.autograd.functional.hessian, lambda x: (3 * x).sum(), x, strict=True)


@scenario(
    cites="torch.autograd.functional.hessian: create_graph", needs=("functional", "tensor", "higher_order", "flags")
)
def hessian_with_create_graph(torch):
    """With create_graph=True the Hessian can be differentiated: third derivatives follow."""
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    hessian = torch.autograd.functional.hessian(lambda x: (x**4).sum(), x, create_graph=True)
    hessian.sum().backward()
    yield "24x", x.grad


@scenario(cites="torch.autograd.functional.vjp: Returns", needs=("functional", "tensor"))
def vjp_gives_outputs_and_product(torch):
    """`vjp` gives the function's output and vᵀJ, which has the shape of the input; neither has a history."""
    x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    v = torch.tensor([1.0, 10.0, 100.0])
    yield "of x·Σx", torch.autograd.functional.vjp(lambda x: x * x.sum(), x, v)


@scenario(cites="torch.autograd.functional.vjp: Returns", needs=("functional", "tensor"))
def vjp_of_tuples(torch):
    """For tuples `vjp` takes a v for each output and gives a product for each input, summed over the outputs."""
    inputs = (torch.tensor([1.0, 2.0]), torch.tensor(3.0))
    v = (torch.tensor([1.0, 10.0]), torch.tensor(100.0))
    yield "of (x·y, y²)", torch.autograd.functional.vjp(lambda x, y: (x * y, y * y), inputs, v)


@scenario(cites="torch.autograd.functional.vjp: v", needs=("functional", "tensor"))
def vjp_without_v(torch):
    """`vjp` takes v as 1 where the function gives a single element; else v is missing, an error."""
    x = torch.tensor([1.0, 2.0])
    yield "a single element", torch.autograd.functional.vjp(lambda x: (x * x).sum(), x)
    yield "two elements", attempt(torch.autograd.functional.vjp, lambda x: x * x, x)


@scenario(cites="torch.autograd.functional.vjp: v", needs=("functional", "tensor"))
def vjp_with_a_v_that_does_not_fit(torch):
    """A v of another shape, of another length or that is no tensor is an error."""
    x = torch.tensor([1.0, 2.0])
    vjp = torch.autograd.functional.vjp
    yield "another shape", attempt(vjp, lambda x: x * x, x, torch.tensor([1.0, 2.0, 3.0]))
    yield "one too many", attempt(vjp, lambda x: x * x, x, (x, x))
    yield "one too few", attempt(vjp, lambda x: (x * x, x), x, (x,))
    yield "another shape in a tuple", attempt(vjp, lambda x: (x * x, x), x, (x, torch.tensor(1.0)))
    yield "a number", attempt(vjp, lambda x: x * x, x, 1.0)


@scenario(cites="torch.autograd.functional.vjp: strict", needs=("functional", "tensor"))
def strict_vjp(torch):
    """With strict=True `vjp` refuses an input that does not matter; without, its product is zeros."""
    inputs = (torch.tensor([1.0, 2.0]), torch.tensor([3.0, 4.0]))
    vjp = torch.autograd.functional.vjp
    yield "not strict", vjp(lambda x, y: (x * x).sum(), inputs)
    yield "strict", attempt(vjp, lambda x, y: (x * x).sum(), inputs, strict=True)


@scenario(cites="torch.autograd.functional.vjp: create_graph", needs=("functional", "tensor", "higher_order", "graph"))
def vjp_with_create_graph(torch):
    """With create_graph=True output and product both have a history, and the product can be differentiated by v, too."""
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    v = torch.tensor([1.0, 10.0], requires_grad=True)
    output, product = torch.autograd.functional.vjp(lambda x: x * x, x, v, create_graph=True)
    yield "output and product", (output, product)
    product.sum().backward()
    yield "2v", x.grad
    yield "2x", v.grad


@scenario(cites="torch.autograd.functional.jvp: Returns", needs=("functional", "tensor", "higher_order"))
def jvp_gives_outputs_and_product(torch):
    """`jvp` gives the function's output and Jv, which has the shape of the output."""
    x = torch.tensor([1.0, 2.0, 3.0])
    v = torch.tensor([1.0, 10.0, 100.0])
    yield "of x·Σx", torch.autograd.functional.jvp(lambda x: x * x.sum(), x, v)
    yield "of Σx²", torch.autograd.functional.jvp(lambda x: (x * x).sum(), x, v)


@scenario(cites="torch.autograd.functional.jvp: Returns", needs=("functional", "tensor", "higher_order"))
def jvp_of_tuples(torch):
    """For tuples `jvp` takes a v for each input and gives a product for each output, summed over the inputs."""
    inputs = (torch.tensor([1.0, 2.0]), torch.tensor(3.0))
    v = (torch.tensor([1.0, 10.0]), torch.tensor(100.0))
    yield "of (x·y, y²)", torch.autograd.functional.jvp(lambda x, y: (x * y, y * y), inputs, v)


@scenario(cites="torch.autograd.functional.jvp: v", needs=("functional", "tensor", "higher_order"))
def jvp_without_v(torch):
    """`jvp` takes v as 1 where the input has a single element; else v is missing, an error."""
    jvp = torch.autograd.functional.jvp
    yield "a single element", jvp(lambda x: x * torch.tensor([1.0, 2.0]), torch.tensor([3.0]))
    yield "two elements", attempt(jvp, lambda x: x.sum(), torch.tensor([1.0, 2.0]))


@scenario(cites="torch.autograd.functional.jvp: strict", needs=("functional", "tensor", "higher_order"))
def strict_jvp(torch):
    """With strict=True `jvp` refuses an input that does not matter; without, it adds nothing to the product."""
    inputs = (torch.tensor([1.0, 2.0]), torch.tensor([3.0, 4.0]))
    v = (torch.tensor([1.0, 1.0]), torch.tensor([1.0, 1.0]))
    jvp = torch.autograd.functional.jvp
    yield "not strict", jvp(lambda x, y: x * x, inputs, v)
    yield "strict", attempt(jvp, lambda x, y: x * x, inputs, v, strict=True)


@scenario(cites="torch.autograd.functional.vhp: Returns", needs=("functional", "tensor", "higher_order"))
def vhp_gives_output_and_product(torch):
    """`vhp` gives the function's output and vᵀH, which has the shape of the input."""
    x = torch.tensor([1.0, 2.0])
    yield "of Σx³", torch.autograd.functional.vhp(lambda x: (x**3).sum(), x, torch.tensor([1.0, 10.0]))


@scenario(cites="torch.autograd.functional.hvp: Returns", needs=("functional", "tensor", "higher_order"))
def hvp_equals_vhp(torch):
    """`hvp` gives Hv, which for a function that is twice continuously differentiable equals vᵀH."""
    inputs = (torch.tensor([1.0, 2.0]), torch.tensor(3.0))
    v = (torch.tensor([1.0, 10.0]), torch.tensor(100.0))
    for name in ("hvp", "vhp"):
        yield name, getattr(torch.autograd.functional, name)(lambda x, y: (x**3).sum() * y**2, inputs, v)


@scenario(cites="torch.autograd.functional.hvp: func", needs=("functional", "tensor", "higher_order"))
def hessian_products_need_a_single_number(torch):
    """`vhp` and `hvp` refuse a function that gives more than one element, or a tuple."""
    x = torch.tensor([1.0, 2.0])
    for name in ("vhp", "hvp"):
        product = getattr(torch.autograd.functional, name)
        yield f"{name} of two elements", attempt(product, lambda x: x * x, x, x)
        yield f"{name} of a tuple", attempt(product, lambda x: (x.sum(), x.sum()), x, x)


@scenario(cites="torch.autograd.functional.hvp: v", needs=("functional", "tensor", "higher_order"))
def hessian_products_check_v(torch):
    """`vhp` and `hvp` take v as 1 for an input of a single element; else v must have the shapes of the inputs."""
    x = torch.tensor([1.0, 2.0])
    for name in ("vhp", "hvp"):
        product = getattr(torch.autograd.functional, name)
        yield f"{name} of a single element", product(lambda x: x**3, torch.tensor(2.0))
        yield f"{name} without v", attempt(product, lambda x: (x**3).sum(), x)
        yield f"{name} with another shape", attempt(product, lambda x: (x**3).sum(), x, torch.tensor(1.0))


@scenario(cites="torch.autograd.functional.vhp: strict", needs=("functional", "tensor", "higher_order"))
def hessian_products_of_a_linear_function(torch):
    """The Hessian products of a linear function are zeros; with strict=True they are errors."""
    x = torch.tensor([1.0, 2.0])
    for name in ("vhp", "hvp"):
        product = getattr(torch.autograd.functional, name)
        yield name, product(lambda x: (3 * x).sum(), x, x)
        yield f"{name}, strict", attempt(product, lambda x: (3 * x).sum(), x, x, strict=True)


@scenario(cites="torch.autograd.functional.vhp: strict", needs=("functional", "tensor", "higher_order"))
def strict_products_of_a_constant_hessian(torch):
    """With create_graph=True and strict=True, a Hessian that does not depend on the inputs is an error."""
    x = torch.tensor([1.0, 2.0])
    for name in ("vhp", "hvp"):
        product = getattr(torch.autograd.functional, name)
        yield name, attempt(product, lambda x: (x * x).sum(), x, x, create_graph=True, strict=True)


@scenario(cites="torch.autograd.functional.vhp: create_graph", needs=("functional", "tensor", "higher_order", "flags"))
def hessian_products_with_create_graph(torch):
    """With create_graph=True `vhp` and `hvp` can be differentiated with respect to inputs that require grad."""
    for name in ("vhp", "hvp"):
        x = torch.tensor([1.0, 2.0], requires_grad=True)
        v = torch.tensor([1.0, 10.0])
        product = getattr(torch.autograd.functional, name)(lambda x: (x**3).sum(), x, v, create_graph=True)[1]
        product.sum().backward()
        yield f"6v, by {name}", x.grad


@scenario(cites="torch.autograd.functional.vjp: Returns", needs=("functional", "tensor", "dtypes"))
def results_keep_the_dtype(torch):
    """Matrices and products have the dtype of the tensor that they are derivatives with respect to."""
    inputs = (torch.tensor([1.0, 2.0], dtype=torch.float64), torch.tensor([1.0, 2.0]))
    yield "jacobian", torch.autograd.functional.jacobian(lambda x, y: x * y, inputs)
    yield "vjp", torch.autograd.functional.vjp(lambda x, y: (x * y).sum(), inputs)


@scenario(cites="torch.autograd.functional.vjp", needs=("functional", "tensor", "grad_modes"))
def products_without_grad_mode(torch):
    """The functions of `torch.autograd.functional` record what they need, also in no_grad mode."""
    x, v = torch.tensor([1.0, 2.0]), torch.tensor([0.5, -1.0])
    both = torch.autograd.functional
    with torch.no_grad():
        for name, arguments in (
            ("vjp", (x,)), ("jvp", (x, v)), ("vhp", (x, v)), ("hvp", (x, v)), ("jacobian", (x,)), ("hessian", (x,)),
        ):  # fmt: skip
            yield name, attempt(getattr(both, name), lambda x: (x**3).sum(), *arguments)
        yield "and nothing else", (x.clone().requires_grad_() * 2).requires_grad
