"""Derivatives of functions: products of a vector with the Jacobian or Hessian, and these matrices themselves."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from refgrad import autograd, functions, messages
from refgrad.autograd.grad_mode import enable_grad
from refgrad.tensor import Tensor, wrap

__all__ = ["hessian", "hvp", "jacobian", "jvp", "vhp", "vjp"]

STRATEGIES = {"reverse-mode": False, "forward-mode": True}  # whether forward


def as_tuple(value: Any, what: str, name: str) -> tuple[bool, tuple]:
    """Whether `value` is a tuple, and its tensors as one."""
    many = isinstance(value, tuple)
    values = value if many else (value,)
    for i, v in enumerate(values):
        key = "autograd.not_tensors" if many else "autograd.not_tensor"
        messages.require(isinstance(v, Tensor), key, what, name, type(v), i)
    return many, values


def gradients(outputs: tuple, inputs: tuple, weights: tuple | None, **options: Any) -> tuple:
    """`autograd.grad`, with None for every input that no output depends on."""
    pairs = zip(outputs, weights or [None] * len(outputs))
    used = [(o, w) for o, w in pairs if o is not None and o.requires_grad]
    if not used:
        return (None,) * len(inputs)
    return autograd.grad([o for o, _ in used], inputs, [w for _, w in used], allow_unused=True, **options)


def zeros(like: Tensor, requires_grad: bool = False) -> Tensor:
    return wrap(np.zeros_like(like._data)).requires_grad_(requires_grad)


class Problem:
    """A function, a point, and what is asked of the derivative there."""

    def __init__(self, name: str, func: Callable, inputs: Any, create_graph: bool, strict: bool) -> None:
        self.name, self.func, self.create_graph, self.strict = name, func, create_graph, strict
        self.many_inputs, given = as_tuple(inputs, "inputs", name)
        self.inputs = self.prepared(given, True)

    def prepared(self, tensors: tuple, requires_grad: bool) -> tuple:
        """Leaves of their own; views of the caller's tensors where the result shall be differentiable in these."""
        kept = [self.create_graph and t.requires_grad for t in tensors]
        pairs = zip(tensors, kept)
        return tuple(functions.view(t, t.shape) if k else t.detach().requires_grad_(requires_grad) for t, k in pairs)

    def run(self, *inputs: Tensor, number: bool = False) -> None:
        """Call the function at its inputs, or at others. number: its result must be a single one."""
        outputs = self.func(*(inputs or self.inputs))
        self.many_outputs, self.outputs = as_tuple(outputs, "outputs of the user-provided function", self.name)
        self.need(self.outputs, "autograd.constant_output")
        if number:
            messages.require(not self.many_outputs, "autograd.many_outputs", self.name)
            messages.require_same(self.outputs[0].numel(), 1, "autograd.many_elements", self.name)

    def need(self, tensors: tuple, constant: str, missing: str = "autograd.unused", **output: int) -> None:
        """In strict mode, refuse what does not depend on the inputs, in the words of these keys."""
        for i, t in enumerate(tensors if self.strict else ()):
            if t is None or (constant and not t.requires_grad):
                raise messages.error(missing if t is None else constant, i, **output)

    def gradient(self) -> tuple:
        """The gradient of a function of a single result, ready to be differentiated again."""
        self.run(number=True)
        jac = gradients(self.outputs, self.inputs, None, create_graph=True)
        self.need(jac, "autograd.constant_jacobian")
        return jac

    def vector(self, v: Any, like: tuple, many: bool, none: str = "autograd.vector_none_input") -> Any:
        """`v`, which must be shaped as `like`; None where one element leaves no choice."""
        if v is None:
            messages.require(len(like) == 1 and like[0].numel() == 1, none)
            return None
        vs = self.prepared(as_tuple(v, "v", self.name)[1], False)
        key = "autograd.vector_count" if many else "autograd.vector_single"
        messages.require_same(len(vs), len(like), key, len(like), len(vs))
        key = "autograd.vector_entry" if many else "autograd.vector_shape"
        for i, (mine, theirs) in enumerate(zip(vs, like)):
            messages.require_same(mine.shape, theirs.shape, key, theirs.shape, mine.shape, i)
        return vs

    def product(self, outputs: tuple, v: Any, inputs: tuple, like: tuple, missing: str) -> tuple:
        """The gradients of `outputs` weighted by `v`, zeros in the shape of `like` where there is none."""
        found = gradients(outputs, inputs, v, create_graph=self.create_graph)
        flat = "autograd.flat_hessian" if "h" in self.name else "autograd.flat_jacobian"
        self.need(found, flat if self.create_graph else "", missing)
        return tuple(zeros(t) if g is None else g for g, t in zip(found, like))

    def result(self, tensors: tuple, many: bool) -> Any:
        if not self.create_graph:
            tensors = tuple(t.detach() for t in tensors)
        return tensors if many else tensors[0]


@enable_grad()
def vjp(func: Callable, inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False) -> tuple:
    """The outputs of `func` at `inputs`, and the product vᵀJ with its Jacobian: the shapes of `inputs`.

    func: of tensors, gives a tensor or a tuple of them. v: the shapes of the outputs; needless for a single number.
    create_graph: both can be differentiated. strict: an input that does not matter is an error, not zeros.
    Raises TypeError for what is no tensor, RuntimeError for a `v` that does not fit and for what `strict` forbids.
    """
    p = Problem("vjp", func, inputs, create_graph, strict)
    p.run()
    v = p.vector(v, p.outputs, p.many_outputs, "autograd.vector_none_output")
    g = p.product(p.outputs, v, p.inputs, p.inputs, "autograd.unused")
    return p.result(p.outputs, p.many_outputs), p.result(g, p.many_inputs)


@enable_grad()
def jvp(func: Callable, inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False) -> tuple:
    """The outputs of `func` at `inputs`, and the product Jv with its Jacobian: the shapes of the outputs.

    v has the shapes of `inputs`. Everything else is as for `vjp`. uᵀJ is linear in u, and its derivative is J: so it
    takes two backward passes.
    """
    p = Problem("jvp", func, inputs, create_graph, strict)
    v = p.vector(v, p.inputs, p.many_inputs)
    p.run()
    u = tuple(zeros(o, True) for o in p.outputs)
    back = gradients(p.outputs, p.inputs, u, create_graph=True)
    p.need(back, "autograd.constant_gradient")
    g = p.product(back, v, u, p.outputs, "autograd.unused_entry")
    return p.result(p.outputs, p.many_outputs), p.result(g, p.many_outputs)


@enable_grad()
def vhp(func: Callable, inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False) -> tuple:
    """The output of `func`, a single number, at `inputs`, and the product vᵀH with its Hessian: the shapes of `inputs`.

    v has the shapes of `inputs`. Everything else is as for `vjp`.
    """
    p = Problem("vhp", func, inputs, create_graph, strict)
    v = p.vector(v, p.inputs, p.many_inputs)
    g = p.product(p.gradient(), v, p.inputs, p.inputs, "autograd.unused_jacobian")
    return p.result(p.outputs, False), p.result(g, p.many_inputs)


@enable_grad()
def hvp(func: Callable, inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False) -> tuple:
    """The output of `func`, a single number, at `inputs`, and the product Hv with its Hessian: the shapes of `inputs`.

    As `vhp`, by one more backward pass: for a function that is twice continuously differentiable the two are equal.
    """
    p = Problem("hvp", func, inputs, create_graph, strict)
    v = p.vector(v, p.inputs, p.many_inputs)
    jac, u = p.gradient(), tuple(zeros(x, True) for x in p.inputs)
    g = p.product(gradients(jac, p.inputs, u, create_graph=True), v, u, p.inputs, "autograd.unused_hessian")
    return p.result(p.outputs, False), p.result(g, p.many_inputs)


def _construct_standard_basis_for(tensors: tuple, tensor_numels: tuple) -> tuple:
    """For each tensor its columns of the identity: row k over all of them is the k-th direction. PyTorch's own name."""
    eye, ends = np.eye(sum(tensor_numels)), np.cumsum(tensor_numels)
    columns = zip(tensors, ends - tensor_numels, ends)
    return tuple(wrap(eye[:, start:end].astype(t._data.dtype)) for t, start, end in columns)


def block(p: Problem, nr: int, outputs: tuple, before: int) -> tuple:
    """The Jacobians of output `nr` with respect to each input: a backward pass for each of its elements, stacked.

    outputs: what is differentiated together, so many elements `before` those of output `nr`.
    """
    shape, count = p.outputs[nr].shape, p.outputs[nr].numel()
    basis = _construct_standard_basis_for(outputs, tuple(o.numel() for o in outputs))
    weights = tuple(each[before : before + count] for each in basis)
    options = {"retain_graph": True, "create_graph": p.create_graph, "is_grads_batched": True}
    found = gradients(tuple(functions.reshape(o, -1) for o in outputs), p.inputs, weights, **options)
    p.need(found, "autograd.flat_output" if p.create_graph else "", "autograd.unused_by", output=nr)
    columns = [functions.stack([zeros(x)] * count) if g is None else g for g, x in zip(found, p.inputs)]
    return tuple(functions.view(g, (*shape, *x.shape)) for g, x in zip(columns, p.inputs))


@enable_grad()
def jacobian(
    func: Callable, inputs: Any, create_graph: bool = False, strict: bool = False, vectorize: bool = False,
    strategy: str = "reverse-mode",
) -> Any:  # fmt: skip
    """The Jacobian of `func` at `inputs`: of shape output.shape + input.shape; for tuples, a tuple for each of them.

    A tuple of outputs gives a tuple, whose entries are tuples where `inputs` is one. vectorize and strategy give the
    same numbers, here by the same row after row. Errors are as for `vjp`; AssertionError for an unknown strategy.
    """
    messages.require(strategy in STRATEGIES, "autograd.strategy")
    if STRATEGIES[strategy]:
        messages.require(not create_graph, "autograd.forward_graph")
        messages.require(not strict, "autograd.forward_strict")
        messages.require(vectorize, "autograd.forward_rows")
    p = Problem("jacobian", func, inputs, create_graph, strict)
    p.run()
    messages.require(not (vectorize and strict), "autograd.strict_vectorized")
    found, before = [], 0
    for nr, out in enumerate(p.outputs):
        row = block(p, nr, p.outputs, before) if vectorize else block(p, nr, (out,), 0)
        found.append(p.result(row, p.many_inputs))
        before += out.numel()
    return tuple(found) if p.many_outputs else found.pop()


def hessian(
    func: Callable, inputs: Any, create_graph: bool = False, strict: bool = False, vectorize: bool = False,
    outer_jacobian_strategy: str = "reverse-mode",
) -> Any:  # fmt: skip
    """The Hessian of `func`, which gives a single number, at `inputs`: of shape input.shape + input.shape.

    A tuple of inputs gives a tuple of tuples: entry [i][j] is with respect to inputs i and j. It is the Jacobian of the
    Jacobian; arguments and errors are as for `jacobian`.
    """
    p = Problem("hessian", func, inputs, create_graph, strict)
    messages.require(outer_jacobian_strategy in STRATEGIES, "autograd.outer_strategy")

    def number(*x: Tensor) -> Tensor:
        p.run(*x, number=True)
        return functions.squeeze(p.outputs[0])

    def gradient(*x: Tensor) -> tuple:
        jac = jacobian(number, x, create_graph=True)
        p.need(jac, "autograd.constant_jacobian")
        return jac

    given = inputs if p.many_inputs else (inputs,)
    found = jacobian(gradient, given, create_graph, strict, vectorize, outer_jacobian_strategy)
    return found if p.many_inputs else found[0][0]
