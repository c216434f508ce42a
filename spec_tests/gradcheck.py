"""gradcheck: derivatives held against finite differences."""

import sys

from gradspec import attempt, scenario


@scenario(cites="torch.autograd.gradcheck.gradcheck: Returns", needs=("gradcheck", "tensor", "dtypes"))
def a_right_derivative_gives_true(torch):
    """`gradcheck` of a function whose backward pass is right gives True."""
    x = torch.tensor([1.0, 2.0], dtype=torch.float64, requires_grad=True)
    y = torch.tensor([3.0, 4.0], dtype=torch.float64, requires_grad=True)
    yield "of x³", torch.autograd.gradcheck(lambda x: x**3, x)
    yield "of (x·y, Σx)", torch.autograd.gradcheck(lambda x, y: (x * y, x.sum()), (x, y))


@scenario(
    cites="torch.autograd.gradcheck.gradcheck: raise_exception", needs=("gradcheck", "tensor", "dtypes", "detach")
)
def a_wrong_derivative_is_an_error(torch):
    """A backward pass that disagrees raises GradcheckError, which shows both Jacobians."""
    x = torch.tensor([1.0, 2.0], dtype=torch.float64, requires_grad=True)
    yield "of x·x.detach()", attempt(torch.autograd.gradcheck, lambda x: x * x.detach(), x)


@scenario(
    cites="torch.autograd.gradcheck.gradcheck: raise_exception", needs=("gradcheck", "tensor", "dtypes", "detach")
)
def the_mismatch_says_where(torch):
    """The error names the first output and input that disagree, outputs counted before inputs."""
    x = torch.tensor([1.0], dtype=torch.float64, requires_grad=True)
    y = torch.tensor([3.0], dtype=torch.float64, requires_grad=True)
    yield "output 1, input 0", attempt(torch.autograd.gradcheck, lambda x, y: (x * y, x * x.detach()), (x, y))
    yield "output 0, input 1", attempt(torch.autograd.gradcheck, lambda x, y: (x * y * y.detach(), x * 2), (x, y))


@scenario(
    cites="torch.autograd.gradcheck.gradcheck: raise_exception", needs=("gradcheck", "tensor", "dtypes", "detach")
)
def the_jacobian_has_a_row_for_each_input_element(torch):
    """In the report rows belong to elements of the input and columns to elements of the output."""
    x = torch.tensor([1.0, 2.0], dtype=torch.float64, requires_grad=True)

    def f(x):
        return x.detach().sum() * x.sum() * torch.tensor([1.0, 10.0, 100.0], dtype=torch.float64)

    yield "two elements in, three out", attempt(torch.autograd.gradcheck, f, x)


@scenario(
    cites="torch.autograd.gradcheck.gradcheck: raise_exception", needs=("gradcheck", "tensor", "dtypes", "detach")
)
def without_exceptions_it_gives_false(torch):
    """With raise_exception=False a wrong derivative gives False."""
    x = torch.tensor([1.0, 2.0], dtype=torch.float64, requires_grad=True)
    yield "of x·x.detach()", torch.autograd.gradcheck(lambda x: x * x.detach(), x, raise_exception=False)


@scenario(cites="torch.autograd.gradcheck.gradcheck: raise_exception", needs=("gradcheck", "tensor", "dtypes"))
def other_errors_pass_through(torch):
    """Errors that are no GradcheckError, the function's own or of a refused input, pass through raise_exception=False."""
    x = torch.tensor([1.0, 2.0], dtype=torch.float64, requires_grad=True)

    def broken(x):
        raise RuntimeError("the function's own")

    yield "the function's", attempt(torch.autograd.gradcheck, broken, x, raise_exception=False)
    yield (
        "no input requires grad",
        attempt(torch.autograd.gradcheck, lambda x: x * 2, torch.tensor([1.0]), raise_exception=False),
    )


@scenario(cites="torch.autograd.gradcheck.gradcheck: inputs", needs=("gradcheck", "tensor", "dtypes"))
def an_input_must_require_grad(torch):
    """At least one input has to require grad; the others are left alone."""
    x = torch.tensor([1.0, 2.0], dtype=torch.float64)
    w = torch.tensor([3.0, 4.0], dtype=torch.float64, requires_grad=True)
    yield "none does", attempt(torch.autograd.gradcheck, lambda x: x * x, x)
    yield "one of two does", torch.autograd.gradcheck(lambda x, w: x * w, (x, w))
    yield "a number among them", torch.autograd.gradcheck(lambda w, n: w * n, (w, 3))


@scenario(cites="torch.autograd.gradcheck.gradcheck: inputs", needs=("gradcheck", "tensor", "dtypes", "flags"))
def inputs_are_left_as_they_were(torch):
    """After a check the inputs have their old values and no `.grad`."""
    x = torch.tensor([1.0, 2.0], dtype=torch.float64, requires_grad=True)
    torch.autograd.gradcheck(lambda x: x**3, x)
    yield "the input", x
    yield "its .grad", x.grad


@scenario(cites="torch.autograd.gradcheck.gradcheck: inputs", needs=("gradcheck", "tensor", "dtypes"))
def single_precision_is_warned_of(torch):
    """An input of single precision is warned of, and with the default step the check of a right derivative fails."""
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    yield "of x²", torch.autograd.gradcheck(lambda x: x * x, x, raise_exception=False)


@scenario(cites="torch.autograd.gradcheck.gradcheck: eps", needs=("gradcheck", "tensor", "dtypes"))
def eps_is_the_step(torch):
    """The function is run at x − eps and x + eps, one element of the input after the other."""
    x = torch.tensor([1.0, 2.0], dtype=torch.float64, requires_grad=True)
    seen = []

    def f(x):
        seen.append(x.tolist())
        return x * 2

    torch.autograd.gradcheck(f, x, eps=0.25, check_undefined_grad=False)
    yield "where it was run, at first", seen[:5]


@scenario(cites="torch.autograd.gradcheck.gradcheck: eps", needs=("gradcheck", "tensor", "dtypes"))
def a_large_step_sees_curvature(torch):
    """Central differences are exact for squares at any step, and off by eps² for cubes."""
    x = torch.tensor([1.0], dtype=torch.float64, requires_grad=True)
    yield "x², eps=0.5", torch.autograd.gradcheck(lambda x: x * x, x, eps=0.5)
    yield "x³, eps=0.5", attempt(torch.autograd.gradcheck, lambda x: x * x * x, x, eps=0.5)


@scenario(cites="torch.autograd.gradcheck.gradcheck: atol", needs=("gradcheck", "tensor", "dtypes", "detach"))
def atol_allows_absolute_differences(torch):
    """A difference of up to atol is allowed, whatever the size of the derivative."""
    x = torch.tensor([1.0], dtype=torch.float64, requires_grad=True)

    def off_by_one_tenth(x):
        return 0.1 * x.detach() + 3 * x

    for atol in (0.11, 0.09):
        found = torch.autograd.gradcheck(off_by_one_tenth, x, atol=atol, rtol=0.0, raise_exception=False)
        yield f"atol={atol}", found


@scenario(cites="torch.autograd.gradcheck.gradcheck: rtol", needs=("gradcheck", "tensor", "dtypes", "detach"))
def rtol_is_relative_to_the_numerical(torch):
    """A difference of up to rtol times the numerical derivative is allowed: relative to what the function does."""
    x = torch.tensor([1.0], dtype=torch.float64, requires_grad=True)

    def analytical_3_numerical_4(x):
        return x.detach() + 3 * x

    for rtol in (0.26, 0.24):
        found = torch.autograd.gradcheck(analytical_3_numerical_4, x, atol=0.0, rtol=rtol, raise_exception=False)
        yield f"rtol={rtol}", found


@scenario(cites="torch.autograd.gradcheck.gradcheck: note", needs=("gradcheck", "tensor", "dtypes", "functions"))
def kinks_are_not_differentiable(torch):
    """At a kink the central difference is the mean of both slopes and the check of a right function may fail."""
    x = torch.tensor([0.0], dtype=torch.float64, requires_grad=True)
    yield "relu at 0", attempt(torch.autograd.gradcheck, torch.relu, x)
    yield "abs at 0", torch.autograd.gradcheck(torch.abs, x)


@scenario(cites="torch.autograd.gradcheck.gradcheck: warning", needs=("gradcheck", "tensor", "dtypes", "shapes"))
def overlapping_inputs_are_refused(torch):
    """An input whose elements share memory, as after expand, is an error."""
    x = torch.tensor([[1.0]], dtype=torch.float64, requires_grad=True)
    yield "expanded to three rows", attempt(torch.autograd.gradcheck, lambda x: x * x, x.expand(3, 1))


@scenario(cites="torch.autograd.gradcheck.gradcheck: func", needs=("gradcheck", "tensor", "dtypes", "indexing"))
def outputs_may_not_change_their_shape(torch):
    """A function whose output changes its shape near the input is an error that says where."""
    x = torch.tensor([1.0, 2.0], dtype=torch.float64, requires_grad=True)
    yield "shorter below 1", attempt(torch.autograd.gradcheck, lambda x: x[:1] if x[0] < 1 else x, x)


@scenario(cites="torch.autograd.gradcheck.gradcheck: func", needs=("gradcheck", "tensor", "dtypes", "indexing"))
def outputs_may_not_change_their_dtype(torch):
    """A function whose output changes its dtype near the input is an error that says where."""
    x = torch.tensor([1.0, 2.0], dtype=torch.float64, requires_grad=True)
    yield "float32 below 1", attempt(torch.autograd.gradcheck, lambda x: x.to(torch.float32) if x[0] < 1 else x, x)


@scenario(cites="torch.autograd.gradcheck.gradcheck: func", needs=("gradcheck", "tensor", "dtypes", "detach"))
def outputs_without_gradient_must_not_depend(torch):
    """Where no output requires grad, the numerical derivative has to be zero."""
    x = torch.tensor([1.0, 2.0], dtype=torch.float64, requires_grad=True)
    yield "2·x.detach()", attempt(torch.autograd.gradcheck, lambda x: 2 * x.detach(), x)
    yield "0·x.detach()", torch.autograd.gradcheck(lambda x: 0 * x.detach(), x)


@scenario(cites="torch.autograd.gradcheck.gradcheck: func", needs=("gradcheck", "tensor", "dtypes", "detach"))
def outputs_without_gradient_are_left_out(torch):
    """Beside an output that requires grad, one that does not is not checked, and is not counted in the report."""
    x = torch.tensor([1.0], dtype=torch.float64, requires_grad=True)
    yield "(2·x.detach(), x²)", torch.autograd.gradcheck(lambda x: (2 * x.detach(), x * x), x)
    yield (
        "(2·x.detach(), x·x.detach())",
        attempt(torch.autograd.gradcheck, lambda x: (2 * x.detach(), x * x.detach()), x),
    )


@scenario(cites="torch.autograd.gradcheck.gradcheck: func", needs=("gradcheck", "tensor", "dtypes"))
def outputs_must_be_tensors(torch):
    """A function that gives something other than a tensor, or a tuple or list of tensors, is an error."""
    x = torch.tensor([1.0], dtype=torch.float64, requires_grad=True)
    yield "a number", attempt(torch.autograd.gradcheck, lambda x: 3, x)
    yield "a list", torch.autograd.gradcheck(lambda x: [x * x], [x])


@scenario(
    cites="torch.autograd.gradcheck.gradcheck: nondet_tol", needs=("gradcheck", "tensor", "dtypes", "custom_function")
)
def backward_is_run_twice(torch):
    """A backward pass that gives another value the second time is an error, unless within nondet_tol."""
    passes = []

    class Drifting(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2

        @staticmethod
        def backward(ctx, grad):
            passes.append(1)
            return grad * (2 + 1e-7 * len(passes))

    x = torch.tensor([1.0, 2.0], dtype=torch.float64, requires_grad=True)
    yield "the default, 0", attempt(torch.autograd.gradcheck, Drifting.apply, x)
    yield "nondet_tol=1e-5", torch.autograd.gradcheck(Drifting.apply, x, nondet_tol=1e-5)


@scenario(cites="torch.autograd.gradcheck.gradcheck: func", needs=("gradcheck", "tensor", "dtypes", "custom_function"))
def gradients_of_a_wrong_shape(torch):
    """A gradient that does not have the shape of its input is the engine's error, not the check's."""

    class Wrong(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2

        @staticmethod
        def backward(ctx, grad):
            return torch.ones(3, dtype=torch.float64)

    x = torch.tensor([1.0, 2.0], dtype=torch.float64, requires_grad=True)
    yield "three elements for two", attempt(torch.autograd.gradcheck, Wrong.apply, x)


@scenario(
    cites="torch.autograd.gradcheck.gradcheck: check_grad_dtypes",
    needs=("gradcheck", "tensor", "dtypes", "custom_function"),
)
def gradients_of_another_dtype_are_cast(torch):
    """A gradient of another dtype is cast to its input's by the engine: even check_grad_dtypes=True finds nothing."""

    class Narrow(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2

        @staticmethod
        def backward(ctx, grad):
            return (grad * 2).to(torch.float32)

    x = torch.tensor([1.0, 2.0], dtype=torch.float64, requires_grad=True)
    yield "float32 for float64", torch.autograd.gradcheck(Narrow.apply, x, check_grad_dtypes=True)


@scenario(cites="torch.autograd.gradcheck.gradcheck: func", needs=("gradcheck", "tensor", "dtypes", "hooks"))
def backward_must_scale_with_its_gradient(torch):
    """A backward pass that gives something for output gradients of zero is an error, however small it is."""
    x = torch.tensor([1.0, 2.0], dtype=torch.float64, requires_grad=True)

    def shifted(x):
        y = x * 2
        y.register_hook(lambda grad: grad + 1e-9)
        return y

    yield "1e-9 more", attempt(torch.autograd.gradcheck, shifted, x)


@scenario(cites="torch.autograd.gradcheck.gradcheck: masked", needs=("gradcheck", "tensor", "dtypes", "hooks"))
def masked_allows_almost_zero(torch):
    """With masked=True the gradients for output gradients of zero need only be close to zero."""
    x = torch.tensor([1.0, 2.0], dtype=torch.float64, requires_grad=True)

    def shifted(x):
        y = x * 2
        y.register_hook(lambda grad: grad + 1e-9)
        return y

    yield "1e-9 more", torch.autograd.gradcheck(shifted, x, masked=True, check_undefined_grad=False)


@scenario(
    cites="torch.autograd.gradcheck.gradcheck: check_undefined_grad",
    needs=("gradcheck", "tensor", "dtypes", "custom_function"),
)
def undefined_gradients_must_be_handled(torch):
    """A backward pass that raises RuntimeError for a gradient that is None fails, unless check_undefined_grad=False."""

    class Particular(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.set_materialize_grads(False)
            return x * 2

        @staticmethod
        def backward(ctx, grad):
            if grad is None:
                raise RuntimeError("no gradient")
            return grad * 2

    x = torch.tensor([1.0, 2.0], dtype=torch.float64, requires_grad=True)
    yield "checked", attempt(torch.autograd.gradcheck, Particular.apply, x)
    yield "not checked", torch.autograd.gradcheck(Particular.apply, x, check_undefined_grad=False)


@scenario(
    cites="torch.autograd.gradcheck.gradcheck: check_undefined_grad",
    needs=("gradcheck", "tensor", "dtypes", "custom_function"),
)
def undefined_gradients_must_count_as_zero(torch):
    """A backward pass that makes something of undefined gradients fails."""

    class Inventive(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.set_materialize_grads(False)
            return x * 2

        @staticmethod
        def backward(ctx, grad):
            return torch.ones(2, dtype=torch.float64) if grad is None else grad * 2

    x = torch.tensor([1.0, 2.0], dtype=torch.float64, requires_grad=True)
    yield "ones for None", attempt(torch.autograd.gradcheck, Inventive.apply, x)


@scenario(
    cites="torch.autograd.gradcheck.gradcheck: check_undefined_grad",
    needs=("gradcheck", "tensor", "dtypes", "custom_function"),
)
def gradients_are_undefined_one_at_a_time(torch):
    """Of several outputs each one's gradient is undefined once, alone, after all of them together."""
    seen = []

    class Watching(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.set_materialize_grads(False)
            return x * 2, x * 3

        @staticmethod
        def backward(ctx, *grads):
            seen.append(tuple(grad is not None for grad in grads))
            return sum((grad * n for grad, n in zip(grads, (2, 3), strict=True) if grad is not None), 0 * x.detach())

    x = torch.tensor([1.0], dtype=torch.float64, requires_grad=True)
    yield "the check", torch.autograd.gradcheck(Watching.apply, x)
    yield "which gradients were there, at last", seen[-3:]


@scenario(cites="torch.autograd.gradcheck.gradcheck: fast_mode", needs=("gradcheck", "tensor", "dtypes"))
def fast_mode_needs_two_runs_for_each_input(torch):
    """With fast_mode=True the function is run twice for a whole input; without, twice for each of its elements."""
    x = torch.tensor([1.0, 2.0, 3.0, 4.0], dtype=torch.float64, requires_grad=True)
    for fast in (False, True):
        runs = []

        def f(x, runs=runs):
            runs.append(1)
            return x * x

        torch.autograd.gradcheck(f, x, fast_mode=fast, check_undefined_grad=False)
        yield f"fast_mode={fast}", len(runs)
    for outputs in (1, 2, 3):
        runs = []

        def several(x, runs=runs, outputs=outputs):
            runs.append(1)
            return (x * x,) * outputs

        torch.autograd.gradcheck(several, x, fast_mode=True)
        yield f"outputs undefined by turns, of {outputs}", len(runs)


@scenario(cites="torch.autograd.gradcheck.gradcheck: fast_mode", needs=("gradcheck", "tensor", "dtypes", "detach"))
def fast_mode_reports_the_slow_jacobians(torch):
    """A failure in fast mode shows the two projections, and both Jacobians computed again in slow mode."""
    x = torch.tensor([2.0], dtype=torch.float64, requires_grad=True)
    yield "of x·x.detach()", attempt(torch.autograd.gradcheck, lambda x: x * x.detach(), x, fast_mode=True, eps=0.5)


@scenario(
    cites="torch.autograd.gradcheck.gradcheck: fast_mode", needs=("gradcheck", "tensor", "dtypes", "detach", "random")
)
def fast_mode_leaves_the_generator_alone(torch):
    """The random directions of fast mode come from a generator of its own."""
    x = torch.tensor([1.0, 2.0], dtype=torch.float64, requires_grad=True)
    torch.autograd.gradcheck(lambda x: x * x, x, fast_mode=True)
    yield "the next random numbers", torch.rand(2)


@scenario(cites="torch.autograd.gradcheck.gradcheck: check_backward_ad", needs=("gradcheck", "tensor", "dtypes"))
def something_has_to_be_checked(torch):
    """Checks that exclude each other are an error: neither mode, or a batched check of a mode that is not checked."""
    x = torch.tensor([1.0], dtype=torch.float64, requires_grad=True)
    check, check_twice = torch.autograd.gradcheck, torch.autograd.gradgradcheck
    yield "neither mode", attempt(check, lambda x: x, x, check_backward_ad=False)
    yield "forward batches without forward mode", attempt(check, lambda x: x, x, check_batched_forward_grad=True)
    yield "neither mode, twice", attempt(check_twice, lambda x: x, x, check_rev_over_rev=False)


@scenario(
    cites="torch.autograd.gradcheck.gradgradcheck: Returns", needs=("gradcheck", "tensor", "dtypes", "higher_order")
)
def second_derivatives_are_checked(torch):
    """`gradgradcheck` gives True where the gradient, as a function of inputs and grad_outputs, has the right gradient."""
    x = torch.tensor([1.0, 2.0], dtype=torch.float64, requires_grad=True)
    y = torch.tensor(3.0, dtype=torch.float64, requires_grad=True)
    yield "of x³", torch.autograd.gradgradcheck(lambda x: x**3, x)
    yield "of (x·y, x²)", torch.autograd.gradgradcheck(lambda x, y: (x * y, x * x), (x, y))
    yield "of 3x", torch.autograd.gradgradcheck(lambda x: 3 * x, x)


@scenario(
    cites="torch.autograd.gradcheck.gradgradcheck: grad_outputs",
    needs=("gradcheck", "tensor", "dtypes", "higher_order", "custom_function"),
)
def wrong_second_derivatives_are_found(torch):
    """A function whose gradient is right and not differentiable passes `gradcheck` and fails `gradgradcheck`."""

    class Cube(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x * x * x

        @staticmethod
        def backward(ctx, grad):
            (x,) = ctx.saved_tensors
            return 3 * x.detach() * x.detach() * grad

    x = torch.tensor([2.0], dtype=torch.float64, requires_grad=True)
    one = torch.tensor([1.0], dtype=torch.float64, requires_grad=True)
    yield "gradcheck", torch.autograd.gradcheck(Cube.apply, x)
    yield "gradgradcheck", attempt(torch.autograd.gradgradcheck, Cube.apply, x, one)
    yield "no exception", torch.autograd.gradgradcheck(Cube.apply, x, one, raise_exception=False)


@scenario(
    cites="torch.autograd.gradcheck.gradgradcheck: grad_outputs",
    needs=("gradcheck", "tensor", "dtypes", "higher_order", "random"),
)
def grad_outputs_are_drawn(torch):
    """Without grad_outputs they are drawn, from −1 to 1 of the default generator, an element for each of the outputs'."""
    x = torch.tensor([1.0, 2.0, 3.0], dtype=torch.float64, requires_grad=True)
    torch.autograd.gradgradcheck(lambda x: x * x, x)
    yield "the next random numbers", torch.rand(2)


@scenario(
    cites="torch.autograd.gradcheck.gradgradcheck: fast_mode",
    needs=("gradcheck", "tensor", "dtypes", "higher_order", "functions"),
)
def second_derivatives_in_fast_mode(torch):
    """`gradgradcheck` has a fast mode as well."""
    x = torch.tensor([0.5, 1.5], dtype=torch.float64, requires_grad=True)
    yield "of sin", torch.autograd.gradgradcheck(torch.sin, x, fast_mode=True)


@scenario(cites="torch.autograd.gradcheck.gradcheck", needs=("gradcheck", "tensor", "dtypes"))
def jacobians_for_old_callers(torch):
    """The functions that compute the two Jacobians go on working, with a warning that they will be removed."""
    module = sys.modules[
        torch.autograd.gradcheck.__module__
    ]  # torch.autograd.gradcheck is the function, not the module
    x = torch.tensor([1.0, 2.0], dtype=torch.float64, requires_grad=True)
    y = x**3
    yield "by differences", module.get_numerical_jacobian(lambda inputs: inputs[0] ** 3, (x,), eps=1e-6)
    yield "by backward passes", module.get_analytical_jacobian((x,), y)
    yield "of one input", module.get_numerical_jacobian_wrt_specific_input(lambda x: x**3, 0, (x,), (y,), 1e-6)
    yield "of two outputs", module.get_numerical_jacobian(lambda inputs: (inputs[0] * 2, inputs[0] * 3), (x,), eps=1e-6)
    yield "scaled", attempt(module.get_analytical_jacobian, (x,), y, grad_out=2.0)


@scenario(
    cites="torch.autograd.gradcheck.gradcheck: fast_mode", needs=("gradcheck", "tensor", "dtypes", "custom_function")
)
def fast_mode_weighs_atol_by_its_directions(torch):
    """In fast mode `atol` counts for each element of the Jacobian, by the directions in which it is looked at."""

    class Almost(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x, off):
            ctx.off = off
            return x.clone()

        @staticmethod
        def backward(ctx, grad):
            return grad * (1 + ctx.off), None

    x = torch.tensor([1.0, 2.0, 3.0, 4.0], dtype=torch.float64, requires_grad=True)
    for off, atol in ((0.0005, 1e-5), (0.002, 1e-5), (0.2, 0.1), (0.3, 0.1), (0.5, 0.1)):
        yield (
            f"off by {off}, atol={atol}",
            torch.autograd.gradcheck(
                Almost.apply, (x, off), atol=atol, fast_mode=True, raise_exception=False, check_undefined_grad=False
            ),
        )


@scenario(
    cites="torch.autograd.gradcheck.gradcheck", needs=("gradcheck", "tensor", "dtypes", "functions", "custom_function")
)
def complex_functions_are_checked(torch):
    """Of complex inputs and outputs both parts are looked at, and a gradient that is not conjugated is found."""

    class Turned(torch.autograd.Function):
        @staticmethod
        def forward(ctx, z):
            return z * (2 + 3j)

        @staticmethod
        def backward(ctx, grad):
            return grad * (2 + 3j)

    z = torch.tensor([1 + 2j], dtype=torch.complex128, requires_grad=True)
    x = torch.tensor([1.5, -2.0], dtype=torch.float64, requires_grad=True)

    def check(function, *inputs, fast=True):
        return torch.autograd.gradcheck(
            function, inputs, fast_mode=fast, raise_exception=False, check_undefined_grad=False
        )

    yield "a product", check(lambda z: z * (1 - 2j), z, fast=False)
    yield "a product, conjugated, fast", check(lambda z, x: torch.conj(z) * x * (1 - 2j), z, x)
    yield "parts", check(lambda z: (torch.real(z), torch.abs(z) * 3), z)
    two = torch.tensor([1 + 2j, -0.5j], dtype=torch.complex128, requires_grad=True)
    yield "not conjugated", attempt(torch.autograd.gradcheck, Turned.apply, (two,), fast_mode=True)


@scenario(cites="torch.autograd.gradcheck.gradcheck: nondet_tol", needs=("gradcheck", "tensor", "dtypes", "detach"))
def nothing_depends_where_no_output_has_a_gradient(torch):
    """Where no output requires grad, none may depend on an input: in fast mode by more than `nondet_tol`."""
    x = torch.tensor([1.0, 2.0], dtype=torch.float64, requires_grad=True)
    y = torch.tensor([3.0], dtype=torch.float64, requires_grad=True)
    functions = {
        "constant": lambda x, y: x.detach() * 0,
        "of the first": lambda x, y: x.detach() * 2,
        "of the second": lambda x, y: y.detach() * 2,
        "whole numbers": lambda x, y: (x.detach() * 0).long(),
    }
    for label, function in functions.items():
        for fast in (False, True):
            yield f"{label}, fast_mode={fast}", attempt(torch.autograd.gradcheck, function, (x, y), fast_mode=fast)
        yield (
            f"{label}, as far as 10",
            attempt(torch.autograd.gradcheck, function, (x, y), fast_mode=True, nondet_tol=10.0),
        )
    empty = torch.zeros(0, 2, dtype=torch.float64, requires_grad=True)
    yield "of nothing", attempt(torch.autograd.gradcheck, lambda x: x * 2, empty)
    yield "of nothing, fast", attempt(torch.autograd.gradcheck, lambda x: x * 2, empty, fast_mode=True)


@scenario(cites="torch.autograd.gradcheck.gradcheck: check_backward_ad", needs=("gradcheck", "tensor", "dtypes"))
def checks_that_exclude_each_other(torch):
    """A batched check needs the check that it is of, and the one for undefined gradients that of backward over backward."""
    x = torch.tensor([1.0], dtype=torch.float64, requires_grad=True)
    check, check_twice = torch.autograd.gradcheck, torch.autograd.gradgradcheck
    yield (
        "forward alone, batches backward",
        attempt(check, lambda x: x, x, check_backward_ad=False, check_forward_ad=True, check_batched_grad=True),
    )
    for undefined in (False, True):
        for batched in (False, True):
            if undefined or batched:
                yield f"forward over backward, undefined={undefined}, batched={batched}", attempt(
                    check_twice, lambda x: x, x, check_fwd_over_rev=True, check_rev_over_rev=False,
                    check_undefined_grad=undefined, check_batched_grad=batched,
                )  # fmt: skip
    yield (
        "neither, undefined",
        attempt(check_twice, lambda x: x, x, check_rev_over_rev=False, check_undefined_grad=False),
    )


@scenario(
    cites="torch.autograd.gradcheck.gradgradcheck: gen_non_contig_grad_outputs",
    needs=("gradcheck", "tensor", "dtypes", "higher_order", "random", "hooks", "shapes"),
)
def grad_outputs_that_are_drawn(torch):
    """What is drawn for grad_outputs lies between −1 and 1; with gen_non_contig_grad_outputs also with gaps in memory."""
    for shape, gaps in (((2,), True), ((1,), True), ((2, 3), True), ((), True)):
        seen = []

        def double(x, seen=seen):
            y = x * 2
            y.register_hook(lambda g: seen.append((g.detach().clone(), g.stride())))
            return y

        torch.manual_seed(7)
        x = torch.ones(shape, dtype=torch.float64, requires_grad=True)
        torch.autograd.gradgradcheck(
            double, x, gen_non_contig_grad_outputs=gaps, fast_mode=True, check_undefined_grad=False
        )
        yield f"{shape}, with gaps: {gaps}", seen[0]
    yield "the next random numbers", torch.rand(2)
