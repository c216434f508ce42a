"""How a tensor behaves towards its user, for implementations that differ in how they find gradients.

A subclass records and differentiates: `_record(name, operands, options, values)` notes how a result came about, and
`_gradients(seed, keep)` gives pairs of a tensor and the gradient that reaches it. That is all that is known of it here.
"""

import numpy as np
from calculus import RULES, SAVES_NOTHING
from modes import Modes

from gradspec.adapters import BASIC_FACETS, Adapter, Unsupported
from gradspec.adapters.renaming import Namespace

CAPABILITIES = frozenset(
    """tensor broadcasting functions matmul flags grad_modes detach clear_grad grad_argument retain_graph autograd_grad
    partial inplace printing""".split()
)
FLAGS = BASIC_FACETS | {"shape", "requires_grad", "is_leaf"}


class Surface:
    modes = Modes()
    dtype_inside = np.float32

    def __init_subclass__(cls):
        cls.modes = Modes()

    def __init__(self, values, requires_grad=False):
        self.values = np.array(values, self.dtype_inside)
        self._requires_grad, self._grad, self._retains, self.history = bool(requires_grad), None, False, None
        self.version, self.guards = [0], []  # of its memory; and for a result, those of what its derivative needs

    # What a subclass fills in.
    def _record(self, name, operands, options, values):
        """Note in `self`, a new result, that it is `name` of `operands`, whose values then were `values`."""
        raise NotImplementedError

    def _gradients(self, seed, keep):
        """Pairs of a tensor and its whole gradient, each tensor once; without `keep` the graph is used up."""
        raise NotImplementedError

    # Operations.
    def _apply(self, name, *operands, **options):
        operands = tuple(each if isinstance(each, Surface) else type(self)(each) for each in operands)
        values = tuple(each.values for each in operands)
        result = type(self)(RULES[name][0](*values, **options))
        if self.modes.recording and any(each.requires_grad for each in operands):
            result._requires_grad = True
            operands = tuple(
                each if each.requires_grad else each.detach() for each in operands
            )  # constants stay constant
            needed = () if name in SAVES_NOTHING else (*operands, result)
            result.guards = [(each.version, each.version[0]) for each in needed]
            result._record(name, operands, options, values)
        return result

    def _change(self, name, *others):
        """The operation `name` in place. Only what is not recorded can be changed so."""
        others = [each if isinstance(each, Surface) else type(self)(each) for each in others]
        if self.modes.recording and any(each.requires_grad for each in (self, *others)):
            if self.requires_grad and self.is_leaf:
                raise RuntimeError("a leaf that requires grad is not changed in place")
            raise Unsupported("changes in place are not recorded")
        self.values[...] = RULES[name][0](self.values, *(each.values for each in others))
        self.version[0] += 1
        return self

    def sum(self, dim=None, keepdim=False):
        return self._apply("sum", self, dim=dim, keepdim=keepdim)

    def mean(self, dim=None, keepdim=False):
        return self._apply("mean", self, dim=dim, keepdim=keepdim)

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        if name in RULES:
            return lambda *others: self._apply(name, self, *others)
        raise Unsupported(f"{type(self).__name__} has no {name}")

    def __getitem__(self, index):
        return self._apply("getitem", self, index=index.values.astype(int) if isinstance(index, Surface) else index)

    # Flags.
    @property
    def requires_grad(self):
        return self._requires_grad

    @requires_grad.setter
    def requires_grad(self, flag):
        if not flag and not self.is_leaf:
            raise RuntimeError("only leaves can be switched off")
        self._requires_grad = flag

    def requires_grad_(self, flag=True):
        self.requires_grad = flag
        return self

    @property
    def is_leaf(self):
        return self.history is None

    def retain_grad(self):
        if not self.requires_grad:
            raise RuntimeError("nothing to retain: it does not require grad")
        self._retains = True

    # Gradients.
    @property
    def grad(self):
        return self._grad

    @grad.setter
    def grad(self, gradient):
        if gradient is not None and (not isinstance(gradient, Surface) or gradient is self):
            raise TypeError("a gradient is another tensor, or None")
        if gradient is not None and gradient.values.shape != self.values.shape:
            raise RuntimeError("a gradient has the shape of its tensor")
        self._grad = gradient

    @grad.deleter
    def grad(self):
        self._grad = None

    def _seed(self, gradient):
        if not self.requires_grad:
            raise RuntimeError("it does not require grad")
        if gradient is None and self.values.size != 1:
            raise RuntimeError("only a single number needs no gradient")
        if gradient is None:
            return np.ones_like(self.values)
        if not isinstance(gradient, Surface):
            raise TypeError("a gradient is a tensor")
        if gradient.values.shape != self.values.shape:
            raise RuntimeError("a gradient has the shape of the result")
        return gradient.values

    def backward(self, gradient=None, retain_graph=None, create_graph=False, inputs=None):
        if create_graph:
            raise Unsupported("gradients have no history")
        inputs = [inputs] if isinstance(inputs, Surface) else inputs
        if inputs is not None and not inputs:
            raise RuntimeError("inputs are not empty")
        if inputs is not None and not all(each.requires_grad for each in inputs):
            raise RuntimeError("an input does not require grad")
        for tensor, found in self._checked(self._seed(gradient), bool(retain_graph)):
            wanted = tensor.is_leaf if inputs is None else any(tensor is each for each in inputs)
            if tensor.requires_grad and (wanted or tensor._retains):
                tensor._receive(found)

    def _checked(self, seed, keep):
        found = list(self._gradients(seed, keep))
        if any(version[0] != then for tensor, _ in found for version, then in tensor.guards):
            raise RuntimeError("a value that a derivative needs was changed in place")
        return found

    def _receive(self, found):
        if self._grad is None:
            self._grad = type(self)(found)
        else:
            self._grad.values[...] += found
            self._grad.version[0] += 1

    @classmethod
    def derivatives(
        cls, outputs, inputs, grad_outputs=None, retain_graph=None, create_graph=False, allow_unused=False, **others
    ):
        """torch.autograd.grad of one output."""
        inputs = [inputs] if isinstance(inputs, Surface) else list(inputs)
        if others or create_graph or not isinstance(outputs, Surface):
            raise Unsupported("one output, and gradients have no history")
        if not all(each.requires_grad for each in inputs):
            raise RuntimeError("an input does not require grad")
        seed = outputs._seed(grad_outputs[0] if isinstance(grad_outputs, tuple | list) else grad_outputs)
        found = {id(tensor): gradient for tensor, gradient in outputs._checked(seed, bool(retain_graph))}
        if not allow_unused and any(id(each) not in found for each in inputs):
            raise RuntimeError("an input is not used")
        return tuple(cls(found[id(each)]) if id(each) in found else None for each in inputs)

    # Values.
    @property
    def shape(self):
        return self.values.shape

    def item(self):
        return self.values.item()

    def tolist(self):
        return self.values.tolist()

    def __format__(self, spec):
        return format(self.item(), spec) if not self.shape else repr(self)

    def __repr__(self):
        if not self.is_leaf:
            raise Unsupported("results have nodes without a name")
        return f"tensor({printed(self.values)}{', requires_grad=True' if self.requires_grad else ''})"

    def __float__(self):
        return float(self.values)

    def detach(self):
        result = type(self)(0.0)
        result.values, result.version = self.values, self.version
        return result

    @property
    def data(self):
        return self.detach()

    @data.setter
    def data(self, other):
        self.values = other.values

    def zero_(self):
        return self._change("mul", 0.0)


def printed(array):
    """Its numbers as PyTorch prints them, where it needs neither exponents nor line breaks."""
    numbers = array.ravel().tolist()
    if array.size > 12 or not all(number == 0 or 1e-4 <= abs(number) < 1e5 for number in numbers):
        raise Unsupported("numbers are printed plainly or not at all")
    whole = all(number == int(number) for number in numbers)
    texts = [f"{number:.0f}." if whole else f"{number:.4f}" for number in numbers]
    width = max(map(len, texts), default=0) if array.ndim else 0
    rows = [text.rjust(width) for text in texts]
    for depth, size in enumerate(reversed(array.shape)):
        between = ", " if not depth else "," + "\n" * depth + " " * (7 + array.ndim - depth)
        rows = [f"[{between.join(rows[i : i + size])}]" for i in range(0, len(rows), size or 1)]
    return rows[0]


def _operator(name, turned):
    def operator(self, other):
        return self._apply(name, other, self) if turned else self._apply(name, self, other)

    return operator


def _declined(name):
    def decline(self, *others):
        raise Unsupported(f"{type(self).__name__} has no {name}")

    return decline


def _in_place(name):
    return lambda self, *others: self._change(name, *others)


for _dunder, _name in {
    "add": "add",
    "sub": "sub",
    "mul": "mul",
    "truediv": "div",
    "pow": "pow",
    "matmul": "matmul",
}.items():
    setattr(Surface, f"__{_dunder}__", _operator(_name, False))
    setattr(Surface, f"__r{_dunder}__", _operator(_name, True))
    if _name != "matmul":
        setattr(Surface, f"__i{_dunder}__", _in_place(_name))
        setattr(Surface, f"{_name}_", _in_place(_name))
for _dunder in ("setitem", "gt", "ge", "lt", "le", "len", "iter", "bool", "int", "mod", "floordiv"):
    setattr(Surface, f"__{_dunder}__", _declined(_dunder))
Surface.__neg__ = lambda self: self._apply("neg", self)


def describe(value):
    if not isinstance(value, Surface):
        return None
    flags = {"requires_grad": value.requires_grad, "is_leaf": value.is_leaf}
    return {"values": value.values.ravel().tolist(), "shape": list(value.values.shape), **flags}


def adapt(name, kind, without=""):
    """The adapter of the implementation whose tensors are of the class `kind`, less some capabilities."""

    def full(fill):
        return lambda *shape: kind(np.full(shape[0] if isinstance(shape[0], tuple | list) else shape, fill))

    def function(rule):
        return lambda x, *others, **options: getattr(x, rule)(*others, **options)

    def backward(tensors, grad_tensors=None, **options):
        if not isinstance(tensors, Surface):
            raise Unsupported(f"{name} goes backward from one result")
        tensors.backward(grad_tensors, **options)

    names = {rule: function(rule) for rule in RULES}
    names |= kind.modes.names() | {
        "tensor": lambda data, requires_grad=False: kind(data, requires_grad),
        "Tensor": kind,
    }
    names |= {"ones": full(1.0), "zeros": full(0.0)}
    names["autograd"] = Namespace(name, grad=kind.derivatives, backward=backward)
    return Adapter(name, Namespace(name, **names), CAPABILITIES - set(without.split()), FLAGS, describe)
