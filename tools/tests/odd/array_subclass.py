"""A subclass of ndarray: NumPy itself is what records, through `__array_ufunc__` and `__array_function__`."""

import numpy as np

from gradspec.adapters import BASIC_FACETS, Adapter, Unsupported
from gradspec.adapters.renaming import Namespace

SLOPES = {  # what each operand receives of g: y is the result
    np.add: lambda g, y, a, b: (g, g),
    np.subtract: lambda g, y, a, b: (g, -g),
    np.multiply: lambda g, y, a, b: (g * b, g * a),
    np.true_divide: lambda g, y, a, b: (g / b, -g * y / b),
    np.negative: lambda g, y, a: (-g,),
    np.exp: lambda g, y, a: (g * y,),
    np.log: lambda g, y, a: (g / a,),
    np.sin: lambda g, y, a: (g * np.cos(a),),
    np.tanh: lambda g, y, a: (g * (1 - y**2),),
    np.power: lambda g, y, a, b: (
        g * np.where(b == 0, 0.0, b * a ** np.where(b == 0, 1.0, b - 1)),
        g * y * np.log(np.where(a > 0, a, 1.0)),
    ),
    np.sum: lambda g, y, a: (np.broadcast_to(g, a.shape),),
}


class Array(np.ndarray):
    cause, taught, _gradient = None, False, None

    def __new__(cls, data, taught=False):
        self = np.array(data, dtype=np.float64).view(cls)
        self.taught = taught
        return self

    def __array_ufunc__(self, ufunc, method, *inputs, out=None, **options):
        if out is not None or method != "__call__":
            raise Unsupported(f"{ufunc.__name__}.{method} is not recorded")
        return recorded(ufunc, inputs)

    def __array_function__(self, function, types, args, kwargs):
        return recorded(function, args) if function in SLOPES and not kwargs else NotImplemented

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        raise Unsupported(f"an array has no {name}")

    def __pow__(self, other):  # NumPy's own would take a short cut for squares
        return np.power(self, other)

    def sum(self, *dims, **options):
        if dims or options:
            raise Unsupported("arrays are summed as a whole")
        return np.sum(self)

    def mean(self, *dims, **options):
        return self.sum(*dims, **options) / self.size

    def clone(self):
        return self + 0.0

    def detach(self):
        return Array(self)

    def zero_(self):
        self.view(np.ndarray)[...] = 0.0
        return self

    @property
    def grad(self):
        return self._gradient

    @grad.setter
    def grad(self, other):
        if other is not None and (not isinstance(other, Array) or other is self or other.shape != self.shape):
            raise TypeError("that is no gradient of this array")
        self._gradient = other

    @grad.deleter
    def grad(self):
        self._gradient = None

    requires_grad = property(lambda self: self.taught)
    is_leaf = property(lambda self: self.cause is None)

    def backward(self, gradient=None, retain_graph=True):
        if not self.taught or (gradient is None and self.size != 1):
            raise ValueError("no derivative of this")
        if gradient is not None and (not isinstance(gradient, Array) or gradient.shape != self.shape):
            raise ValueError("a gradient is an array of this shape")
        seed = np.ones(self.shape) if gradient is None else gradient.view(np.ndarray)
        levels = {}  # arrays by their height above the leaves; each is done before those below it
        received = {id(self): seed}
        levels.setdefault(height(self), {})[id(self)] = self
        while levels:
            for array in levels.pop(max(levels)).values():
                g = received[id(array)]
                if array.is_leaf:
                    array.grad = Array(g if array.grad is None else array.grad.view(np.ndarray) + g)
                    continue
                function, operands, values = array.cause
                for operand, part in zip(operands, SLOPES[function](g, array.view(np.ndarray), *values), strict=True):
                    if operand is not None:
                        received[id(operand)] = received.get(id(operand), 0.0) + shrunk(np.asarray(part), operand.shape)
                        levels.setdefault(height(operand), {})[id(operand)] = operand


def shrunk(part, shape):
    while part.ndim > len(shape):
        part = part.sum(axis=0)
    for axis, size in enumerate(shape):
        part = part.sum(axis=axis, keepdims=True) if size == 1 else part
    return part


def height(array):
    return array._height if array.cause else 0


def recorded(function, inputs):
    values = [np.asarray(each).view(np.ndarray) for each in inputs]
    result = Array(function(*values))
    operands = [each if isinstance(each, Array) and each.taught else None for each in inputs]
    if any(each is not None for each in operands):
        result.taught, result.cause = True, (function, operands, values)
        result._height = 1 + max(height(each) for each in operands if each is not None)
    return result


def describe(value):
    if not isinstance(value, Array):
        return None
    flags = {"requires_grad": value.requires_grad, "is_leaf": value.is_leaf}
    return {"values": value.view(np.ndarray).ravel().tolist(), "shape": list(value.shape), **flags}


NAMES = {
    "tensor": lambda data, requires_grad=False: Array(data, requires_grad),
    "Tensor": Array,
    "ones": lambda *shape: Array(np.ones(shape)),
    "zeros": lambda *shape: Array(np.zeros(shape)),
    **{each.__name__: each for each in (np.exp, np.log, np.sin, np.tanh)},
}
adapter = Adapter(
    "a subclass of ndarray",
    Namespace("a subclass of ndarray", **NAMES),
    frozenset("tensor broadcasting clear_grad grad_argument".split()),
    BASIC_FACETS | {"shape", "requires_grad", "is_leaf"},
    describe,
)
