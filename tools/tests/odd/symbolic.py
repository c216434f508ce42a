"""Symbolic: a derivative is another expression of tensors, so that it can be differentiated in its turn."""

import heapq
import itertools

import numpy as np
from modes import Modes

from gradspec.adapters import BASIC_FACETS, Adapter, Unsupported
from gradspec.adapters.renaming import Namespace

MODES = Modes()
AGES = itertools.count()


def log_of(x):
    return np.log(x, where=x != 0, out=np.zeros_like(x))


# name: (what it computes, and for each operand the expression of its part; y is the result, a and b the operands).
CALCULUS = {
    "add": (np.add, lambda g, y, a, b: g, lambda g, y, a, b: g),
    "mul": (np.multiply, lambda g, y, a, b: g * b, lambda g, y, a, b: g * a),
    "pow": (np.power, lambda g, y, a, b: g * power_rule(a, b), lambda g, y, a, b: g * y * make("log_of", a)),
    "neg": (np.negative, lambda g, y, a: -g),
    "sum_to": (None, lambda g, y, a: make("expand", g, shape=a.shape)),
    "expand": (None, lambda g, y, a: make("sum_to", g, shape=a.shape)),
    "sin": (np.sin, lambda g, y, a: g * make("cos", a)),
    "cos": (np.cos, lambda g, y, a: -(g * make("sin", a))),
    "exp": (np.exp, lambda g, y, a: g * y),
    "log": (np.log, lambda g, y, a: g / a),
    "log_of": (log_of, lambda g, y, a: g / a),
    "tanh": (np.tanh, lambda g, y, a: g * (1 - y * y)),
}


def power_rule(a, b):
    if not b.requires_grad and np.all(b.array == 0):
        return a * 0.0
    return b * a ** (b - 1)


def sum_to(array, shape):
    array = array.sum(axis=tuple(range(array.ndim - len(shape))))
    return array.sum(axis=tuple(i for i, n in enumerate(shape) if n == 1), keepdims=True)


SHAPED = {"sum_to": sum_to, "expand": np.broadcast_to}


class Tensor:
    def __init__(self, data, requires_grad=False):
        self.array, self.age = np.array(data, np.float64), next(AGES)
        self._requires_grad, self._grad, self.retains = requires_grad, None, False
        self.made_by, self.used_up = None, False

    shape = property(lambda self: self.array.shape)
    is_leaf = property(lambda self: self.made_by is None)

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        raise Unsupported(f"symbolic tensors have no {name}")

    def __add__(self, other):
        return elementwise("add", self, other)

    def __mul__(self, other):
        return elementwise("mul", self, other)

    def __pow__(self, other):
        return elementwise("pow", self, other)

    def __rpow__(self, other):
        return elementwise("pow", other, self)

    def __neg__(self):
        return make("neg", self)

    def __sub__(self, other):
        return self + -lift(other)

    def __rsub__(self, other):
        return -self + other

    def __truediv__(self, other):
        return self * lift(other) ** -1.0

    def __rtruediv__(self, other):
        return other * self**-1.0

    __radd__, __rmul__ = __add__, __mul__

    def sum(self, *dims, **options):
        if dims or options:
            raise Unsupported("symbolic sums are over everything")
        return make("sum_to", self, shape=())

    def mean(self, *dims, **options):
        return self.sum(*dims, **options) / self.array.size

    def __float__(self):
        return float(self.array)

    def item(self):
        return self.array.item()

    def detach(self):
        result = Tensor(0.0)
        result.array = self.array
        return result

    def clone(self):
        return self + 0.0

    @property
    def requires_grad(self):
        return self._requires_grad

    @requires_grad.setter
    def requires_grad(self, flag):
        if not (flag or self.is_leaf):
            raise RuntimeError("only leaves can be constants again")
        self._requires_grad = flag

    def requires_grad_(self, flag=True):
        self.requires_grad = flag
        return self

    def retain_grad(self):
        if not self.requires_grad:
            raise RuntimeError("there will be no gradient")
        self.retains = True

    @property
    def grad(self):
        return self._grad

    @grad.setter
    def grad(self, other):
        if other is not None and (not isinstance(other, Tensor) or other is self or other.shape != self.shape):
            raise TypeError("a gradient is another tensor of the same shape")
        self._grad = other

    @grad.deleter
    def grad(self):
        self._grad = None

    def zero_(self):
        self.array[...] = 0.0
        return self

    def backward(self, gradient=None, retain_graph=None, create_graph=False, inputs=None):
        inputs = [inputs] if isinstance(inputs, Tensor) else inputs
        if inputs is not None and not all(each.requires_grad for each in inputs or [Tensor(0.0)]):
            raise RuntimeError("inputs are tensors that require grad")
        for tensor, found in differentiate([(self, gradient)], retain_graph, create_graph, inputs):
            wanted = tensor.is_leaf if inputs is None else any(tensor is each for each in inputs)
            if tensor.requires_grad and (wanted or tensor.retains):
                tensor._grad = (found + 0.0) if tensor._grad is None else accumulate(tensor._grad, found, create_graph)


def accumulate(old, new, create_graph):
    if create_graph:
        return old + new
    old.array = old.array + new.array
    return old


def lift(value):
    return value if isinstance(value, Tensor) else Tensor(value)


def elementwise(name, *operands):
    operands = [lift(each) for each in operands]
    shape = np.broadcast_shapes(*(each.shape for each in operands))
    return make(name, *(each if each.shape == shape else make("expand", each, shape=shape) for each in operands))


def make(name, *operands, shape=None):
    arrays = [each.array for each in operands]
    result = Tensor(CALCULUS[name][0](*arrays) if shape is None else SHAPED[name](*arrays, shape))
    if MODES.recording and any(each.requires_grad for each in operands):
        operands = [each if each.requires_grad else each.detach() for each in operands]
        result._requires_grad, result.made_by = True, (name, operands)
    return result


def leading_to(outputs, inputs):
    """The ids of those tensors behind `outputs` that lead to `inputs`, and are not such an input themselves."""
    behind, pending = {}, list(outputs)
    while pending:
        tensor = pending.pop()
        if id(tensor) not in behind:
            behind[id(tensor)] = tensor
            pending += tensor.made_by[1] if tensor.made_by else ()
    wanted, leading = {id(each) for each in inputs}, set()
    for tensor in sorted(behind.values(), key=lambda each: each.age):
        if tensor.made_by and any(id(each) in wanted | leading for each in tensor.made_by[1]):
            leading.add(id(tensor))
    return wanted, leading


def differentiate(outputs, keep, create_graph, inputs=None):
    """Pairs of a tensor and its gradient, for all that `outputs`, pairs of a tensor and its weight, came from.

    Where there are `inputs`, only what leads to them is visited.
    """
    found, youngest = {}, []
    wanted, leading = leading_to([each for each, _ in outputs], inputs) if inputs else (None, None)

    def give(tensor, part):
        if inputs and id(tensor) not in wanted | leading:
            return
        if id(tensor) not in found:
            heapq.heappush(youngest, (-tensor.age, tensor))
            found[id(tensor)] = tensor, part
        else:
            found[id(tensor)] = tensor, found[id(tensor)][1] + part

    with MODES.enable_grad() if create_graph else MODES.no_grad():
        for tensor, weight in outputs:
            give(tensor, checked(tensor, weight))
        freed = []
        while youngest:
            _, tensor = heapq.heappop(youngest)
            if inputs and id(tensor) not in leading:
                continue
            if tensor.used_up:
                raise RuntimeError("this expression has been used up")
            if tensor.made_by:
                name, operands = tensor.made_by
                freed += [] if name in ("add", "neg", "sum_to", "expand") else [tensor]
                for operand, rule in zip(operands, CALCULUS[name][1:], strict=True):
                    if operand.requires_grad:
                        give(operand, rule(found[id(tensor)][1], tensor, *operands))
    for tensor in freed:
        tensor.used_up = not (create_graph if keep is None else keep)
    return list(found.values())


def checked(tensor, weight):
    if not tensor.requires_grad:
        raise RuntimeError("it does not depend on anything that requires grad")
    if weight is None and tensor.array.size == 1:
        return Tensor(np.ones(tensor.shape))
    if not isinstance(weight, Tensor) or weight.shape != tensor.shape:
        raise RuntimeError("a gradient of the shape of the result is needed")
    return weight


def grad(outputs, inputs, grad_outputs=None, retain_graph=None, create_graph=False, allow_unused=None, **options):
    if options:
        raise Unsupported(f"nothing like {', '.join(options)}")
    outputs, inputs = ([each] if isinstance(each, Tensor) else list(each) for each in (outputs, inputs))
    weights = [grad_outputs] if isinstance(grad_outputs, Tensor) else list(grad_outputs or [None] * len(outputs))
    if not all(each.requires_grad for each in inputs):
        raise RuntimeError("an input does not require grad")
    pairs = differentiate(list(zip(outputs, weights, strict=True)), retain_graph, create_graph, inputs)
    found = {id(tensor): gradient for tensor, gradient in pairs}
    if not allow_unused and any(id(each) not in found for each in inputs):
        raise RuntimeError("an input is not used")
    return tuple(found.get(id(each)) for each in inputs)


def backward(tensors, grad_tensors=None, **options):
    if not isinstance(tensors, Tensor):
        raise Unsupported("backward of one tensor")
    tensors.backward(grad_tensors, **options)


def describe(value):
    if not isinstance(value, Tensor):
        return None
    flags = {"requires_grad": value.requires_grad, "is_leaf": value.is_leaf}
    return {"values": value.array.ravel().tolist(), "shape": list(value.shape), **flags}


NAMES = {
    "tensor": Tensor,
    "Tensor": Tensor,
    "ones": lambda *shape: Tensor(np.ones(shape)),
    "zeros": lambda *shape: Tensor(np.zeros(shape)),
    "autograd": Namespace("symbolic", grad=grad, backward=backward),
    **{name: (lambda x, name=name: make(name, x)) for name in ("sin", "cos", "exp", "log", "tanh")},
    **MODES.names(),
}
CAPABILITIES = """tensor broadcasting functions flags grad_modes detach clear_grad grad_argument autograd_grad higher_order
partial""".split()
adapter = Adapter(
    "symbolic",
    Namespace("symbolic", **NAMES),
    frozenset(CAPABILITIES),
    BASIC_FACETS | {"shape", "requires_grad", "is_leaf"},
    describe,
)
