"""Derivatives of functions: products of a vector with the Jacobian or Hessian, and these matrices themselves."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from refgrad import autograd, functions
from refgrad.autograd.grad_mode import enable_grad
from refgrad.tensor import Tensor, wrap

__all__ = ["hessian", "hvp", "jacobian", "jvp", "vhp", "vjp"]

OUTPUTS = "outputs of the user-provided function"
STRICT = "This is not allowed in strict mode"
UNUSED = f"The output of the user-provided function is independent of input {{i}}. {STRICT}."
# What strict mode says of a derivative that should depend on the inputs and does not ...
CONSTANT = {
    "outputs": "Output {i} of the user-provided function does not require gradients. The outputs must be computed in a "
    "differentiable manner from the input when running in strict mode.",
    "grad_inputs": "The gradient with respect to input {i} is independent of the inputs of the user-provided function. "
    f"{STRICT}.",
    "jacobian": "While computing the hessian, found that the jacobian of the user-provided function with respect to input "
    f"{{i}} is independent of the input. {STRICT}. You should ensure that your function is twice differentiable and that "
    "the jacobian depends on the inputs (this would be violated by a linear function for example).",
}
# ... of a final product that there is none of ...
MISSING = {
    "vjp": UNUSED,
    "jvp": "The gradient with respect to the input is independent of entry {i} in the grad_outputs when using the double "
    f"backward trick to compute forward mode gradients. {STRICT}.",
    "vhp": f"The jacobian of the user-provided function is independent of input {{i}}. {STRICT}.",
    "hvp": "The hessian of the user-provided function is independent of entry {i} in the grad_jacobian. "
    f"{STRICT} as it prevents from using the double backward trick to replace forward mode AD.",
}
# ... and of one that cannot be differentiated again
FLAT = f"The {{what}} of the user-provided function is independent of input {{i}}. {STRICT} when create_graph=True."
TOGETHER = (
    "torch.autograd.functional.jacobian: `{}` and `{}` are not supported together{}. Please either set `{}` or `{}`."
)
FORWARD, REVERSE = STRATEGIES = ("forward-mode", "reverse-mode")


def as_tuple(value: Any, what: str, name: str) -> tuple[bool, tuple]:
    """Whether `value` is a tuple, and its tensors as one."""
    many = isinstance(value, tuple)
    values = value if many else (value,)
    for i, v in enumerate(values):
        if not isinstance(v, Tensor):
            where = f"value at index {i}" if many else f"given {what}"
            raise TypeError(
                f"The {what} given to {name} must be either a Tensor or a tuple of Tensors but the {where} has type {type(v)}."
            )
    return many, values


def require(tensors: tuple, what: str, strict: bool) -> None:
    """In strict mode, refuse what does not depend on the inputs."""
    for i, t in enumerate(tensors if strict else ()):
        if t is None or not t.requires_grad:
            raise RuntimeError((UNUSED if t is None else CONSTANT[what]).format(i=i))


def gradients(outputs: tuple, inputs: tuple, weights: tuple | None, **options: Any) -> tuple:
    """`autograd.grad`, with None for every input that no output depends on."""
    pairs = zip(outputs, weights or [None] * len(outputs), strict=True)
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
        pairs = zip(tensors, kept, strict=True)
        return tuple(functions.view(t, t.shape) if k else t.detach().requires_grad_(requires_grad) for t, k in pairs)

    def run(self) -> None:
        self.many_outputs, self.outputs = as_tuple(self.func(*self.inputs), OUTPUTS, self.name)
        require(self.outputs, "outputs", self.strict)

    def gradient(self) -> tuple:
        """The gradient of a function of a single result, ready to be differentiated again."""
        self.run()
        need_scalar(self.name, self.many_outputs, self.outputs)
        jac = gradients(self.outputs, self.inputs, None, create_graph=True)
        require(jac, "jacobian", self.strict)
        return jac

    def vector(self, v: Any, like: tuple, many: bool, whose: str = "input to the user-provided function is") -> Any:
        """`v`, which must be shaped as `like`; None where one element leaves no choice."""
        if v is None:
            if len(like) != 1 or like[0].numel() != 1:
                raise RuntimeError(
                    f"The vector v can only be None if the {whose} a single Tensor with a single element."
                )
            return None
        vs = self.prepared(as_tuple(v, "v", self.name)[1], False)
        if len(vs) != len(like):
            raise RuntimeError(
                f"v is a tuple of invalid length: should be {len(like)} but got {len(vs)}."
                if many
                else "The given v should contain a single Tensor."
            )
        for i, (mine, theirs) in enumerate(zip(vs, like, strict=True)):
            if mine.shape != theirs.shape:
                entry = f"Entry {i} in " if many else ""
                raise RuntimeError(f"{entry}v has invalid size: should be {theirs.shape} but got {mine.shape}.")
        return vs

    def product(self, outputs: tuple, inputs: tuple, v: Any, like: tuple) -> tuple:
        """The gradients of `outputs` weighted by `v`, zeros in the shape of `like` where there is none."""
        found = gradients(outputs, inputs, v, create_graph=self.create_graph)
        for i, g in enumerate(found if self.strict else ()):
            if g is None:
                raise RuntimeError(MISSING[self.name].format(i=i))
            if self.create_graph and not g.requires_grad:
                raise RuntimeError(FLAT.format(what="hessian" if "h" in self.name else "jacobian", i=i))
        return tuple(zeros(t) if g is None else g for g, t in zip(found, like, strict=True))

    def result(self, tensors: tuple, many: bool) -> Any:
        if not self.create_graph:
            tensors = tuple(t.detach() for t in tensors)
        return tensors if many else tensors[0]


def need_scalar(name: str, many: bool, outputs: tuple) -> None:
    if many:
        raise RuntimeError(f"The function given to {name} should return a single Tensor")
    if outputs[0].numel() != 1:
        raise RuntimeError(f"The Tensor returned by the function given to {name} should contain a single element")


@enable_grad()
def vjp(func: Callable, inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False) -> tuple:
    """The outputs of `func` at `inputs`, and the product vᵀJ with its Jacobian: the shapes of `inputs`.

    func: of tensors, gives a tensor or a tuple of them. v: the shapes of the outputs; needless for a single number.
    create_graph: both can be differentiated. strict: an input that does not matter is an error, not zeros.
    Raises TypeError for what is no tensor, RuntimeError for a `v` that does not fit and for what `strict` forbids.
    """
    p = Problem("vjp", func, inputs, create_graph, strict)
    p.run()
    v = p.vector(v, p.outputs, p.many_outputs, "user-provided function returns")
    g = p.product(p.outputs, p.inputs, v, p.inputs)
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
    require(back, "grad_inputs", strict)
    g = p.product(back, u, v, p.outputs)
    return p.result(p.outputs, p.many_outputs), p.result(g, p.many_outputs)


@enable_grad()
def vhp(func: Callable, inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False) -> tuple:
    """The output of `func`, a single number, at `inputs`, and the product vᵀH with its Hessian: the shapes of `inputs`.

    v has the shapes of `inputs`. Everything else is as for `vjp`.
    """
    p = Problem("vhp", func, inputs, create_graph, strict)
    v = p.vector(v, p.inputs, p.many_inputs)
    g = p.product(p.gradient(), p.inputs, v, p.inputs)
    return p.result(p.outputs, False), p.result(g, p.many_inputs)


@enable_grad()
def hvp(func: Callable, inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False) -> tuple:
    """The output of `func`, a single number, at `inputs`, and the product Hv with its Hessian: the shapes of `inputs`.

    As `vhp`, by one more backward pass: for a function that is twice continuously differentiable the two are equal.
    """
    p = Problem("hvp", func, inputs, create_graph, strict)
    v = p.vector(v, p.inputs, p.many_inputs)
    jac = p.gradient()
    u = tuple(zeros(x, True) for x in p.inputs)
    g = p.product(gradients(jac, p.inputs, u, create_graph=True), u, v, p.inputs)
    return p.result(p.outputs, False), p.result(g, p.many_inputs)


def _construct_standard_basis_for(tensors: tuple, tensor_numels: tuple) -> tuple:
    """For each tensor its columns of the identity: row k over all of them is the k-th direction. PyTorch's own name."""
    eye, ends = np.eye(sum(tensor_numels)), np.cumsum(tensor_numels)
    columns = zip(tensors, ends - tensor_numels, ends, strict=True)
    return tuple(wrap(eye[:, start:end].astype(t._data.dtype)) for t, start, end in columns)


def rows(outputs: tuple, vectorize: bool) -> Iterator[tuple]:
    """For each element of the outputs, what to differentiate and with which weights; vectorized: all, each time."""
    flat = tuple(functions.reshape(o, -1) for o in outputs)
    if vectorize:
        for row in zip(*_construct_standard_basis_for(outputs, tuple(o.numel() for o in outputs)), strict=True):
            yield flat, row
    else:
        yield from (((o[j],), None) for o in flat for j in range(o.numel()))


@enable_grad()
def jacobian(
    func: Callable, inputs: Any, create_graph: bool = False, strict: bool = False, vectorize: bool = False,
    strategy: str = "reverse-mode",
) -> Any:  # fmt: skip
    """The Jacobian of `func` at `inputs`: of shape output.shape + input.shape; for tuples, a tuple for each of them.

    A tuple of outputs gives a tuple, whose entries are tuples where `inputs` is one. vectorize and strategy give the
    same numbers, here by the same row after row. Errors are as for `vjp`; AssertionError for an unknown strategy.
    """
    if strategy not in STRATEGIES:
        raise AssertionError(
            'Expected strategy to be either "forward-mode" or "reverse-mode". Hint: If your function has more outputs than '
            'inputs, "forward-mode" tends to be more performant. Otherwise, prefer to use "reverse-mode".'
        )
    if strategy == FORWARD:
        for asked, name, kind in (
            (create_graph, "create_graph", NotImplementedError),
            (strict, "strict", RuntimeError),
        ):
            if asked:
                words = (f'strategy="{FORWARD}"', " (yet)", f"{name}=False", f'strategy="{REVERSE}"')
                raise kind(TOGETHER.format(f"{name}=True", *words))
        if not vectorize:
            raise NotImplementedError(
                "Computing Jacobian using forward-AD or forward-over-reverse Hessian isonly implemented for `vectorize=True`."
            )
    p = Problem("jacobian", func, inputs, create_graph, strict)
    p.run()
    if vectorize and strict:
        raise RuntimeError(TOGETHER.format("strict=True", "vectorized=True", "", "strict=False", "vectorize=False"))
    each = rows(p.outputs, vectorize)
    blocks = tuple(block(p, i, out, each) for i, out in enumerate(p.outputs))
    found = tuple(p.result(row, p.many_inputs) for row in blocks)
    return found if p.many_outputs else found[0]


def block(p: Problem, i: int, out: Tensor, each: Iterator[tuple]) -> tuple:
    """The rows of output `i`, stacked, with respect to each input."""
    columns = [[] for _ in p.inputs]
    for _ in range(out.numel()):
        outputs, weights = next(each)
        found = gradients(outputs, p.inputs, weights, retain_graph=True, create_graph=p.create_graph)
        for k, (g, x, column) in enumerate(zip(found, p.inputs, columns, strict=True)):
            if p.strict and g is None:
                raise RuntimeError(
                    f"Output {i} of the user-provided function is independent of input {k}. This is not allowed in strict mode."
                )
            if p.strict and p.create_graph and not g.requires_grad:
                raise RuntimeError(FLAT.format(what="jacobian", i=i))
            column.append(zeros(x) if g is None else g)
    pairs = zip(columns, p.inputs, strict=True)
    return tuple(functions.view(functions.stack(column, 0), (*out.shape, *x.shape)) for column, x in pairs)


def hessian(
    func: Callable, inputs: Any, create_graph: bool = False, strict: bool = False, vectorize: bool = False,
    outer_jacobian_strategy: str = "reverse-mode",
) -> Any:  # fmt: skip
    """The Hessian of `func`, which gives a single number, at `inputs`: of shape input.shape + input.shape.

    A tuple of inputs gives a tuple of tuples: entry [i][j] is with respect to inputs i and j. It is the Jacobian of the
    Jacobian; arguments and errors are as for `jacobian`.
    """
    many, inputs = as_tuple(inputs, "inputs", "hessian")
    if outer_jacobian_strategy not in STRATEGIES:
        raise AssertionError('Expected strategy to be either "forward-mode" or "reverse-mode".')

    def scalar(*x: Tensor) -> Tensor:
        out = func(*x)
        many_outputs, outputs = as_tuple(out, OUTPUTS, "hessian")
        require(outputs, "outputs", strict)
        need_scalar("hessian", many_outputs, outputs)
        return functions.squeeze(out)

    def gradient(*x: Tensor) -> tuple:
        jac = jacobian(scalar, x, create_graph=True)
        require(jac, "jacobian", strict)
        return jac

    found = jacobian(gradient, inputs, create_graph, strict, vectorize, outer_jacobian_strategy)
    return found if many else found[0][0]
