"""Checking derivatives: what the backward pass gives is held against small differences of the function itself."""

from __future__ import annotations

import functools
import warnings
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from refgrad import autograd, random
from refgrad.autograd.function import Function
from refgrad.autograd.jacobians import PARTS, Jacobians, as_tuple, basis, differentiable, direction, needing_grad
from refgrad.creation import default_generator
from refgrad.functions import clone
from refgrad.tensor import Tensor, wrap

__all__ = [
    "GradcheckError", "get_analytical_jacobian", "get_numerical_jacobian", "get_numerical_jacobian_wrt_specific_input",
    "gradcheck", "gradgradcheck",
]  # fmt: skip

PRECISION = (
    "Input #{i} requires gradient and is not a double precision floating point or complex. This check will likely fail if "
    "all the inputs are not of double precision floating point or complex. "
)
OVERLAPPING = (
    "The {i}th input has a dimension with stride 0. gradcheck only supports inputs that are non-overlapping to be able to "
    "compute the numerical gradients correctly. You should call .contiguous on the input before passing it to gradcheck."
)
NOTHING_TO_CHECK = (
    "gradcheck expects at least one input tensor to require gradient, but none of them have requires_grad=True."
)
WORKAROUNDS = """\
If you are adding a new operator, please file an issue and then use one of the
workarounds. The workaround depends on how your test invokes gradcheck/gradgradcheck{colon}
If the test
- manually invokes gradcheck/gradgradcheck, then call gradcheck/gradgradcheck
  with `{setting}` as a keyword argument.
- is OpInfo-based (e.g., in test_ops_gradients.py), then modify the OpInfo for the test
  to have `gradcheck_{setting}`{stop}
- is a Module test (e.g., in common_nn.py), then modify the corresponding
  module_test entry to have `gradcheck_{setting}`"""
NOT_REENTRANT = (
    """\
Backward is not reentrant, i.e., running backward with same input and grad_output multiple times gives different values, \
although analytical gradient matches numerical gradient.The tolerance for nondeterminism was {tolerance}.

NOTE: If your op relies on non-deterministic operations i.e., it is listed here:
https://pytorch.org/docs/stable/generated/torch.use_deterministic_algorithms.html
this failure might be expected.

"""
    + WORKAROUNDS.format(colon=".", setting="nondet_tol=<tol>", stop=".")
    + "\n"
)
SLOWLY = """
The above quantities relating the numerical and analytical jacobians are computed \n\
in fast mode. See: https://github.com/pytorch/pytorch/issues/53876 for more background \n\
about fast mode. Below, we recompute numerical and analytical jacobians in slow mode:

Numerical:
 {numerical}
Analytical:
{analytical}

The max per-element difference (slow mode) is: {difference}.
"""
SLOWLY_FINE = """\
Fast gradcheck failed but element-wise differences are small. This means that the
test might've passed in slow_mode!

""" + WORKAROUNDS.format(colon=":\n", setting="fast_mode=False", stop="")
ZERO_EXPECTED = "Numerical gradient for function expected to be zero"
UNDEFINED_WARNING = (
    "Backwards compatibility: New undefined gradient support checking feature is enabled by default, but it may break "
    "existing callers of this function. If this is true for you, you can call this function with "
    '"check_undefined_grad=False" to disable the feature'
)
UNDEFINED_NOTE = 'Please look at "Notes about undefined output gradients" in "tools/autograd/derivatives.yaml"'


class GradcheckError(RuntimeError):
    """The derivative is wrong, or not as a backward pass must be."""


def analytical(check: Jacobians, out: Tensor, weights: Any, nondet_tol: float) -> list[np.ndarray]:
    """The Jacobians by backward passes, all of them run twice and compared."""
    first, second = check.backward(out, weights), check.backward(out, weights)
    if not agree(first, second, nondet_tol):
        raise GradcheckError(NOT_REENTRANT.format(tolerance=nondet_tol))
    return first


def agree(first: list, second: list, tolerance: float) -> bool:
    return all(np.abs(a - b).max(initial=0) <= tolerance for a, b in zip(first, second, strict=True))


def mismatch(part: str, a: Any, n: Any, out: Tensor, output: int, input: int) -> str:
    where = f"While considering the {part} part of complex outputs only, " if out.is_complex() else ""
    return (
        f"{where}Jacobian mismatch for output {output} with respect to input {input},\n"
        f"numerical:{wrap(n)}\nanalytical:{wrap(a)}\n"
    )


def slowly(check: Jacobians, outputs: tuple, atol: float, rtol: float, nondet_tol: float) -> None:
    """Compare whole Jacobians, element by element."""
    numerical = [check.numerical(x, outputs) for x in check.wanted]
    if not differentiable(outputs) and any(n is not None and n.any() for jacobians in numerical for n in jacobians):
        raise GradcheckError(ZERO_EXPECTED)
    for nr, (k, out) in enumerate((k, o) for k, o in enumerate(outputs) if o.requires_grad):
        for i, a in enumerate(analytical(check, out, basis(out), nondet_tol)):
            n = numerical[i][k]
            if not np.allclose(a, n, rtol, atol):
                raise GradcheckError(mismatch(check.part, a, n, out, nr, i))


def quickly(check: Jacobians, outputs: tuple, atol: float, rtol: float, nondet_tol: float) -> None:
    """Compare vᵀJu of random directions u and v: two runs of the function for each input, one pass for each output."""
    generator = random.Generator()
    us = [[direction(x, generator) for _ in range(1 + x.is_complex())] for x in check.wanted]
    outs = [(k, o, direction(o, generator)) for k, o in enumerate(outputs) if o.requires_grad]
    numerical = []
    for x, u in zip(check.wanted, us, strict=True):
        steps = [check.eps * part.reshape(x._data.shape) for part in u]
        numerical.append(check.derivative(x, ..., steps[0], steps[-1]))
        if not outs and any(n is not None and np.abs(n).max(initial=0) > nondet_tol for n in numerical[-1]):
            raise GradcheckError(ZERO_EXPECTED)
    passes = [analytical(check, out, v[None], nondet_tol) for _, out, v in outs]
    for i, u in enumerate(us):
        for nr, (k, out, v) in enumerate(outs):
            a, n = passes[nr][i][:, 0], (v * numerical[i][k]).sum()
            a = a.real @ u[0] + 1j * (a.imag @ u[1]) if len(u) > 1 else a @ u[0]
            # each of J's elements may be off by atol, so vᵀJu may be by the sum of what multiplies them
            if not np.allclose(a, n, rtol, atol * float(sum(part.sum() for part in u)) * float(v.sum())):
                slow_n = check.numerical(check.wanted[i], outputs)[k]
                slow_a = check.backward(out, basis(out))[i]
                difference = wrap(np.abs(slow_n - slow_a).max())
                report = SLOWLY.format(numerical=wrap(slow_n), analytical=wrap(slow_a), difference=difference)
                fine = SLOWLY_FINE if np.allclose(slow_a, slow_n, rtol, atol) else ""
                raise GradcheckError(mismatch(check.part, a, n, out, nr, i) + report + fine)


def check_inputs(inputs: tuple) -> None:
    for i, t in enumerate(inputs):
        if isinstance(t, Tensor) and t.requires_grad:
            if t._data.dtype not in (np.float64, np.complex128):
                warnings.warn(PRECISION.format(i=i), UserWarning, stacklevel=4)
            if any(step <= 0 and n > 1 for step, n in zip(t._array().strides, t._data.shape, strict=True)):
                raise RuntimeError(OVERLAPPING.format(i=i))
    if not needing_grad(inputs):
        raise ValueError(NOTHING_TO_CHECK)


def zeros_back(outputs: Any, inputs: list[Tensor]) -> list[Tensor]:
    """The gradients for output gradients of zero."""
    zeros = [wrap(np.zeros_like(o._data)) for o in outputs]
    return [g for g in autograd.grad(outputs, inputs, zeros, allow_unused=True) if g is not None]


class Undefined(Function):
    """The identity, of which no gradient comes back."""

    @staticmethod
    def forward(ctx: Any, input: Tensor) -> Tensor:
        return clone(input)

    @staticmethod
    def backward(ctx: Any, grad: Any) -> None:
        return None


def check_undefined(check: Jacobians) -> None:
    """All output gradients undefined, then one at a time: what comes back must be zero or undefined, too."""
    outs = differentiable(check.func(*check.inputs))
    trials = [[Undefined.apply(o) for o in outs]]
    for k in range(len(outs) if len(outs) > 1 else 0):
        again = differentiable(check.func(*check.inputs))
        trials.append([Undefined.apply(o) if i == k else o for i, o in enumerate(again)])
    for outputs in trials:
        wrong, cause = "", None
        try:
            if any(g._data.any() for g in zeros_back(outputs, check.wanted)):
                wrong = "all input grads to be undefined or zero when all output grads are undefined or zero"
        except RuntimeError as error:
            wrong, cause = "backward function to handle undefined output grads", error
        if wrong:
            warnings.warn(UNDEFINED_WARNING, UserWarning, stacklevel=4)
            raise GradcheckError(f"Expected {wrong}. {UNDEFINED_NOTE}") from cause


def need(checks: dict[str, bool], *implied: tuple[str, bool, str]) -> None:
    """At least one of `checks`; and each (name, asked, condition) only with the check that is its condition."""
    if not any(checks.values()):
        raise AssertionError(f"Expected at least one of {' or '.join(checks)} to be True")
    for name, asked, condition in implied:
        if asked and not checks[condition]:
            raise AssertionError(f"Setting {name}=True requires {condition} to be True")


def gradcheck(
    func: Callable, inputs: Any, *, eps: float = 1e-6, atol: float = 1e-5, rtol: float = 1e-3, raise_exception: bool = True,
    nondet_tol: float = 0.0, check_undefined_grad: bool = True, check_grad_dtypes: bool = False,
    check_batched_grad: bool = False, check_batched_forward_grad: bool = False, check_forward_ad: bool = False,
    check_backward_ad: bool = True, fast_mode: bool = False, masked: bool | None = None,
) -> bool:  # fmt: skip
    """True, if the backward pass of `func` at `inputs` agrees with central differences of step `eps`.

    func: of `inputs`, a tensor or a tuple; gives a tensor or a tuple. Looked at are the inputs that require grad, which
    should be float64. atol, rtol: as of `allclose`. nondet_tol: by how much a second pass may differ. fast_mode: along
    random directions. check_undefined_grad: outputs without a gradient, too. masked: zeros need only be close to zero.
    The engine makes every gradient of its input's dtype, runs batches one by one and has no forward mode: the other
    checks find nothing here.
    Raises GradcheckError where the derivative is wrong (raise_exception=False: gives False), ValueError where no input
    requires grad, RuntimeError for inputs with overlapping memory, AssertionError for checks that exclude each other.
    """
    need(
        {"check_forward_ad": check_forward_ad, "check_backward_ad": check_backward_ad},
        ("check_batched_grad", check_batched_grad, "check_backward_ad"),
        ("check_batched_forward_grad", check_batched_forward_grad, "check_forward_ad"),
    )
    if not check_backward_ad:
        raise NotImplementedError("There is no forward-mode differentiation to check; leave check_backward_ad=True.")
    check = Jacobians(func, as_tuple(inputs), eps)
    compare = functools.partial(quickly if fast_mode else slowly, atol=atol, rtol=rtol, nondet_tol=nondet_tol)
    try:
        check_inputs(check.inputs)
        outputs = as_tuple(func(*check.inputs))
        found = differentiable(outputs)
        for part in PARTS if any(o.is_complex() for o in outputs) else ("",):
            compare(replace(check, part=part), outputs)
        near = functools.partial(np.allclose, b=0) if masked else lambda a: not a.any()
        if found and not all(near(g._data) for g in zeros_back(found, check.wanted)):
            raise GradcheckError("backward not multiplied by grad_output")
        if found and check_undefined_grad:
            check_undefined(check)
    except GradcheckError:
        if raise_exception:
            raise
        return False
    return True


def random_like(out: Tensor, noncontiguous: bool) -> Tensor:
    """Numbers from -1 to 1 in the shape of `out`, as a leaf."""
    shape = out._data.shape
    gaps = noncontiguous and out.numel() > 1
    data = random.uniform(default_generator, (*shape[:-1], 2 * shape[-1]) if gaps else shape, out._data.dtype, -1, 1)
    return wrap(data[..., ::2] if gaps else data).requires_grad_()


def gradgradcheck(
    func: Callable, inputs: Any, grad_outputs: Any = None, *, eps: float = 1e-6, atol: float = 1e-5, rtol: float = 1e-3,
    gen_non_contig_grad_outputs: bool = False, raise_exception: bool = True, nondet_tol: float = 0.0,
    check_undefined_grad: bool = True, check_grad_dtypes: bool = False, check_batched_grad: bool = False,
    check_fwd_over_rev: bool = False, check_rev_over_rev: bool = True, fast_mode: bool = False, masked: bool = False,
) -> bool:  # fmt: skip
    """`gradcheck` of the gradients of `func`, as a function of `inputs` and `grad_outputs`.

    grad_outputs: the shapes of the outputs that require grad; by default drawn from -1 to 1 (gen_non_contig_grad_outputs:
    with gaps in memory). Everything else is as for `gradcheck`.
    """
    need(
        {"check_fwd_over_rev": check_fwd_over_rev, "check_rev_over_rev": check_rev_over_rev},
        ("check_undefined_grad", check_undefined_grad, "check_rev_over_rev"),
        ("check_batched_grad", check_batched_grad, "check_rev_over_rev"),
    )
    given = as_tuple(inputs)
    if grad_outputs is None:
        weights = tuple(random_like(o, gen_non_contig_grad_outputs) for o in differentiable(func(*given)))
    else:
        weights = as_tuple(grad_outputs)

    def gradient(*args: Any) -> tuple:
        xs, gs = args[: len(given)], args[len(given) :]
        outputs = differentiable(func(*xs))
        found = autograd.grad(outputs, needing_grad(xs), gs, create_graph=True, allow_unused=True)
        return tuple(g for g in found if g is not None)

    return gradcheck(
        gradient, given + weights, eps=eps, atol=atol, rtol=rtol, raise_exception=raise_exception, nondet_tol=nondet_tol,
        check_undefined_grad=check_undefined_grad, check_grad_dtypes=check_grad_dtypes, check_batched_grad=check_batched_grad,
        check_forward_ad=check_fwd_over_rev, check_backward_ad=check_rev_over_rev, fast_mode=fast_mode, masked=masked,
    )  # fmt: skip


# -- what PyTorch keeps for old callers


def deprecated(function: Callable) -> Callable:
    name = function.__name__

    @functools.wraps(function)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        warnings.warn(
            f"`{name}` was part of PyTorch's private API and not meant to be exposed. We are deprecating it and it will be "
            "removed in a future version of PyTorch. If you have a specific use for this or feature request for this to be a "
            "stable API, please file us an issue at https://github.com/pytorch/pytorch/issues/new",
            FutureWarning,
            stacklevel=2,
        )
        return function(*args, **kwargs)

    return wrapper


def need_real(name: str, outputs: tuple, grad_out: float) -> None:
    rest = f"{name} no longer supports"
    if grad_out != 1.0:
        raise ValueError(f"Expected grad_out to be 1.0. {rest} values of grad_out != 1.0.")
    if any(o.is_complex() for o in outputs):
        raise ValueError(f"Expected output to be non-complex. {rest} functions that return complex outputs.")


def get_numerical_jacobian_wrt_specific_input(
    fn: Callable, input_idx: int, inputs: Any, outputs: Any, eps: float, input: Any = None, is_forward_ad: bool = False
) -> tuple:
    """The Jacobian of each output, by differences: (elements of the input, elements of the output)."""
    x = inputs[input_idx] if input is None else input
    return tuple(wrap(n) for n in Jacobians(fn, as_tuple(inputs), eps).numerical(x, as_tuple(outputs)) if n is not None)


@deprecated
def get_numerical_jacobian(
    fn: Callable, inputs: Any, target: Any = None, eps: float = 1e-3, grad_out: float = 1.0
) -> tuple:
    """The Jacobian of `fn(inputs)`, a function of a tuple, by differences: with respect to each of `target`."""
    inputs = as_tuple(inputs)
    outputs = as_tuple(fn(inputs))
    need_real("get_numerical_jacobian", outputs, grad_out)
    check = Jacobians(lambda *args: fn(args), inputs, eps)
    wanted = needing_grad(inputs if target is None else as_tuple(target))
    return tuple(wrap(check.numerical(x, outputs)[0]) for x in wanted)


@deprecated
def get_analytical_jacobian(inputs: Any, output: Tensor, nondet_tol: float = 0.0, grad_out: float = 1.0) -> tuple:
    """The Jacobian of `output` by backward passes; whether a second one agreed; whether sizes and dtypes are right."""
    need_real("get_analytical_jacobian", (output,), grad_out)
    check = Jacobians(lambda: None, as_tuple(inputs), 0.0)
    first, second = check.backward(output, basis(output)), check.backward(output, basis(output))
    return tuple(map(wrap, first)), agree(first, second, nondet_tol), True, True
