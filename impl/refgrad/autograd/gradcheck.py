"""Checking derivatives: what the backward pass gives is held against small differences of the function itself."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from refgrad import autograd, functions, messages, random
from refgrad.autograd.function import Function
from refgrad.creation import default_generator
from refgrad.tensor import Tensor, wrap

__all__ = [
    "GradcheckError", "get_analytical_jacobian", "get_numerical_jacobian", "get_numerical_jacobian_wrt_specific_input",
    "gradcheck", "gradgradcheck",
]  # fmt: skip


class GradcheckError(RuntimeError):
    """The derivative is wrong, or not as a backward pass must be."""


# -- Jacobians, by small differences of the function's results and by backward passes

# the part of complex outputs that is looked at: how to take it from an array, and the gradient that asks for it
PARTS: dict[str, tuple[Callable, complex]] = {"imaginary": (np.imag, 1j), "real": (np.real, 1), "": (np.asarray, 1)}


def as_tuple(value: Any) -> tuple:
    return tuple(value) if isinstance(value, (tuple, list)) else (value,)


def differentiable(outputs: Any) -> tuple:
    return tuple(o for o in as_tuple(outputs) if o.requires_grad)


def needing_grad(inputs: tuple) -> list[Tensor]:
    return [t for t in inputs if isinstance(t, Tensor) and t.requires_grad]


class Jacobians(NamedTuple):
    """A function at a point; the size of the steps; the part of complex outputs that is looked at."""

    func: Callable
    inputs: tuple
    eps: float
    part: str = ""

    @property
    def wanted(self) -> list[Tensor]:
        return needing_grad(self.inputs)

    def run(self) -> list[np.ndarray]:
        take = PARTS[self.part][0]
        return [np.array(take(o._data)) for o in as_tuple(self.func(*self.inputs))]

    def difference(self, x: Tensor, where: Any, step: Any) -> list:
        """The derivative of each output in the direction `step` from `x[where]`, flat; None of what is no float."""
        data = x._array()
        before = data[where].copy()
        ends = []
        try:
            for end in (before - step, before + step):
                data[where] = end
                ends.append(self.run())
        finally:
            data[where] = before
        place = "" if where is ... else f"on index {where} "
        pairs = list(zip(*ends))
        for a, b in ((wrap(a), wrap(b)) for a, b in pairs):
            messages.require_same(a.shape, b.shape, "gradcheck.other_shape", place, self.eps, a.shape, b.shape)
            messages.require_same(a.dtype, b.dtype, "gradcheck.other_dtype", place, self.eps, a.dtype, b.dtype)
        return [((b - a) / (2 * self.eps)).reshape(-1) if a.dtype.kind in "fc" else None for a, b in pairs]

    def derivative(self, x: Tensor, where: Any, *steps: Any) -> list:
        """The same, for a complex `x` with respect to both parts: d/d(real) + i d/d(imaginary)."""
        real = self.difference(x, where, steps[0])
        if not x.is_complex():
            return real
        imaginary = self.difference(x, where, steps[-1] * 1j)
        return [r if r is None else r + 1j * i for r, i in zip(real, imaginary)]

    def numerical(self, x: Tensor, outputs: tuple) -> list:
        """Of each output the Jacobian with respect to `x`: (elements of x, elements of the output)."""
        rows = [self.derivative(x, where, self.eps) for where in np.ndindex(x._data.shape)]
        if not rows:
            return [np.zeros((0, o.numel()), o._data.dtype) for o in outputs]
        return [column[0] if column[0] is None else np.stack(column) for column in zip(*rows)]

    def backward(self, out: Tensor, weights: Any) -> list[np.ndarray]:
        """The Jacobian of `out` with respect to each input, by backward passes: (elements of the input, `weights`)."""
        count, factor = len(weights), PARTS[self.part][1] if out.is_complex() else 1
        rows = wrap((weights * factor).astype(out._data.dtype).reshape(count, *out.shape))
        found = autograd.grad(out, self.wanted, rows, retain_graph=True, allow_unused=True, is_grads_batched=True)
        shaped = [(g, (count, x.numel()), x._data.dtype) for g, x in zip(found, self.wanted)]
        return [np.zeros(shape, dtype).T if g is None else g._data.reshape(shape).T for g, shape, dtype in shaped]


def basis(out: Tensor) -> np.ndarray:
    return np.eye(out.numel(), dtype=out._data.real.dtype)


def direction(t: Tensor, generator: random.Generator) -> np.ndarray:
    """A random vector of length 1, an element for each of `t`'s."""
    vector = random.rand(generator, (t.numel(),), np.float32).astype(t._data.real.dtype)
    return vector / np.linalg.norm(vector)


# -- comparing them


def analytical(check: Jacobians, out: Tensor, weights: Any, nondet_tol: float) -> list[np.ndarray]:
    """The Jacobians by backward passes, all of them run twice and compared."""
    first, second = check.backward(out, weights), check.backward(out, weights)
    if not agree(first, second, nondet_tol):
        raise GradcheckError(messages.text("gradcheck.not_reentrant", nondet_tol))
    return first


def agree(first: list, second: list, tolerance: float) -> bool:
    return all((np.abs(a - b) <= tolerance).all() for a, b in zip(first, second))


def mismatch(part: str, a: Any, n: Any, out: Tensor, output: int, input: int) -> str:
    where = messages.text("gradcheck.part", part) if out.is_complex() else ""
    return where + messages.text("gradcheck.mismatch", output, input, wrap(n), wrap(a))


def slowly(check: Jacobians, outputs: tuple, atol: float, rtol: float, nondet_tol: float) -> None:
    """Compare whole Jacobians, element by element."""
    numerical = [check.numerical(x, outputs) for x in check.wanted]
    if not differentiable(outputs) and any(n is not None and n.any() for jacobians in numerical for n in jacobians):
        raise GradcheckError(messages.text("gradcheck.zero_expected"))
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
    for x, u in zip(check.wanted, us):
        numerical.append(check.derivative(x, ..., *[check.eps * part.reshape(x._data.shape) for part in u]))
        if not outs and any(n is not None and (np.abs(n) > nondet_tol).any() for n in numerical[-1]):
            raise GradcheckError(messages.text("gradcheck.zero_expected"))
    passes = [analytical(check, out, v[None], nondet_tol) for _, out, v in outs]
    for i, u in enumerate(us):
        for nr, (k, out, v) in enumerate(outs):
            a, n = passes[nr][i].ravel(), (v * numerical[i][k]).sum()
            a = a.real @ u[0] + 1j * (a.imag @ u[1]) if len(u) > 1 else a @ u[0]
            # each of J's elements may be off by atol, so vᵀJu may be by the sum of what multiplies them
            if not np.allclose(a, n, rtol, atol * float(sum(part.sum() for part in u)) * float(v.sum())):
                slow_n, slow_a = check.numerical(check.wanted[i], outputs)[k], check.backward(out, basis(out))[i]
                report = messages.text("gradcheck.slowly", *map(wrap, (slow_n, slow_a, np.abs(slow_n - slow_a).max())))
                fine = messages.text("gradcheck.slowly_fine") if np.allclose(slow_a, slow_n, rtol, atol) else ""
                raise GradcheckError(mismatch(check.part, a, n, out, nr, i) + report + fine)


def check_inputs(inputs: tuple) -> None:
    for i, t in enumerate(inputs):
        if isinstance(t, Tensor) and t.requires_grad:
            if t._data.dtype not in (np.float64, np.complex128):
                messages.warn("gradcheck.precision", i)
            steps = zip(t._array().strides, t._data.shape)
            apart = not t.numel() or all(step > 0 or n < 2 for step, n in steps)
            messages.require(apart, "gradcheck.overlapping", i)
    messages.require(needing_grad(inputs), "gradcheck.nothing")


def zeros_back(outputs: Any, inputs: list[Tensor]) -> list[Tensor]:
    """The gradients for output gradients of zero."""
    zeros = [wrap(np.zeros_like(o._data)) for o in outputs]
    return [g for g in autograd.grad(outputs, inputs, zeros, allow_unused=True) if g is not None]


class Undefined(Function):
    """The identity, of which no gradient comes back."""

    forward = staticmethod(lambda ctx, input: functions.clone(input))
    backward = staticmethod(lambda ctx, grad: None)


def check_undefined(check: Jacobians, every: range) -> None:
    """All output gradients undefined, then one at a time: what comes back must be zero or undefined, too."""
    for some in dict.fromkeys([tuple(every), *((k,) for k in every)]):
        outs = differentiable(check.func(*check.inputs))
        outputs = [Undefined.apply(o) if k in some else o for k, o in enumerate(outs)]
        wrong, cause = "", None
        try:
            if any(g._data.any() for g in zeros_back(outputs, check.wanted)):
                wrong = "all input grads to be undefined or zero when all output grads are undefined or zero"
        except RuntimeError as error:
            wrong, cause = "backward function to handle undefined output grads", error
        if wrong:
            messages.warn("gradcheck.undefined_check")
            raise GradcheckError(messages.text("gradcheck.undefined", wrong)) from cause


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
    messages.require(check_forward_ad or check_backward_ad, "gradcheck.no_check")
    messages.require(check_backward_ad or not check_batched_grad, "gradcheck.batched")
    messages.require(check_forward_ad or not check_batched_forward_grad, "gradcheck.batched_forward")
    messages.require(check_backward_ad, "gradcheck.forward")
    check = Jacobians(func, as_tuple(inputs), eps)
    compare = functools.partial(quickly if fast_mode else slowly, atol=atol, rtol=rtol, nondet_tol=nondet_tol)
    try:
        check_inputs(check.inputs)
        outputs = as_tuple(func(*check.inputs))
        found = differentiable(outputs)
        for part in ("imaginary", "real") if any(o.is_complex() for o in outputs) else ("",):
            compare(check._replace(part=part), outputs)
        near = functools.partial(np.allclose, b=0) if masked else lambda a: not a.any()
        if found and not all(near(g._data) for g in zeros_back(found, check.wanted)):
            raise GradcheckError(messages.text("gradcheck.not_multiplied"))
        if found and check_undefined_grad:
            check_undefined(check, range(len(found)))
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
    return wrap(data[..., 1::2] if gaps else data).requires_grad_()


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
    messages.require(check_fwd_over_rev or check_rev_over_rev, "gradcheck.no_second_check")
    messages.require(check_rev_over_rev or not check_undefined_grad, "gradcheck.undefined_second")
    messages.require(check_rev_over_rev or not check_batched_grad, "gradcheck.batched_second")
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


def deprecated(name: str, grad_out: float) -> None:
    messages.warn("gradcheck.deprecated", name)
    messages.require_same(grad_out, 1.0, "gradcheck.grad_out", name)


def get_numerical_jacobian_wrt_specific_input(
    fn: Callable, input_idx: int, inputs: Any, outputs: Any, eps: float, input: Any = None, is_forward_ad: bool = False
) -> tuple:
    """The Jacobian of each output, by differences: (elements of the input, elements of the output)."""
    x = inputs[input_idx] if input is None else input
    return tuple(wrap(n) for n in Jacobians(fn, as_tuple(inputs), eps).numerical(x, as_tuple(outputs)) if n is not None)


def get_numerical_jacobian(
    fn: Callable, inputs: Any, target: Any = None, eps: float = 1e-3, grad_out: float = 1.0
) -> tuple:  # fmt: skip
    """The Jacobian of `fn(inputs)`, a function of a tuple, by differences: with respect to each of `target`."""
    deprecated("get_numerical_jacobian", grad_out)
    inputs = as_tuple(inputs)
    outputs = as_tuple(fn(inputs))
    messages.require(not any(o.is_complex() for o in outputs), "gradcheck.complex", "get_numerical_jacobian")
    check = Jacobians(lambda *args: fn(args), inputs, eps)
    wanted = needing_grad(inputs if target is None else as_tuple(target))
    return tuple(wrap(check.numerical(x, outputs)[0]) for x in wanted)


def get_analytical_jacobian(inputs: Any, output: Tensor, nondet_tol: float = 0.0, grad_out: float = 1.0) -> tuple:
    """The Jacobian of `output` by backward passes; whether a second one agreed; whether sizes and dtypes are right."""
    deprecated("get_analytical_jacobian", grad_out)
    messages.require(not output.is_complex(), "gradcheck.complex", "get_analytical_jacobian")
    check = Jacobians(lambda: None, as_tuple(inputs), 0.0)
    first, second = check.backward(output, basis(output)), check.backward(output, basis(output))
    return tuple(map(wrap, first)), agree(first, second, nondet_tol), True, True
