"""One class, `Value`, which names its operation in a string; a single `match` holds all of calculus. It never frees a graph."""

import numpy as np

from gradspec.adapters import BASIC_FACETS, Adapter, Unsupported
from gradspec.adapters.renaming import Namespace


class Value:
    __slots__ = ("__weakref__", "_grad", "a", "array", "b", "op")
    # Whatever is no result takes part in every pass: there is no requires_grad, and so no flag to speak of.

    def __init__(self, data, op="", a=None, b=None):
        self.array, self.op, self.a, self.b, self._grad = np.asarray(data, float), op, a, b, None

    @staticmethod
    def of(op, a, b=None):
        a, b = (each if each is None or isinstance(each, Value) else Constant(each) for each in (a, b))
        x, y = a.array, None if b is None else b.array
        match op:
            case "+":
                data = x + y
            case "-":
                data = x - y
            case "*":
                data = x * y
            case "/":
                data = x / y
            case "^":
                data = x**y
            case "Σ":
                data = x.sum()
            case "@":
                data = x @ y
        return Value(data, op, a, b)

    def parts(self, g):
        """What the operands receive of `g`."""
        a, b = self.a.array, None if self.b is None else self.b.array
        match self.op:
            case "+":
                return g, g
            case "-":
                return g, -g
            case "*":
                return g * b, g * a
            case "/":
                return g / b, -g * a / b**2
            case "^":
                slope = np.where(b == 0, 0, b * a ** np.where(b == 0, 1, b - 1))
                return g * slope, g * self.array * np.log(np.where(a > 0, a, 1))
            case "Σ":
                return (g + 0 * a,)
            case "@" if a.ndim == 2 and b.ndim == 2:
                return g @ b.T, a.T @ g
            case "@" if a.ndim == 2:
                return np.outer(g, b), a.T @ g
        raise Unsupported(f"no derivative of {self.op}")

    def backward(self, gradient=None, retain_graph=True):
        if not retain_graph:
            raise Unsupported("graphs are never freed")
        if gradient is None and self.array.size != 1:
            raise ValueError("a gradient is needed")
        if gradient is not None and (not isinstance(gradient, Value) or gradient.array.shape != self.array.shape):
            raise ValueError("a gradient is a value of the same shape")
        seed = np.ones_like(self.array) if gradient is None else gradient.array
        order = []
        mark(self, order, set())
        received = {id(self): seed}
        for value in reversed(order):
            g = received[id(value)]
            for operand, part in zip((value.a, value.b), value.parts(g) if value.op else (), strict=False):
                received[id(operand)] = received.get(id(operand), 0) + shrunk(np.asarray(part), operand.array.shape)
        for value in order:
            if not value.op and not isinstance(value, Constant):
                g = received[id(value)] + np.zeros_like(value.array)
                value.grad = Constant(g if value.grad is None else value.grad.array + g)

    @property
    def grad(self):
        return self._grad

    @grad.setter
    def grad(self, other):
        wrong = not isinstance(other, Value) or other is self or other.array.shape != self.array.shape
        if other is not None and wrong:
            raise TypeError("no gradient of this value")
        self._grad = other

    @grad.deleter
    def grad(self):
        self._grad = None

    def zero_(self):
        self.array[...] = 0
        return self

    def detach(self):
        return Constant(self.array)

    def clone(self):
        return self + 0

    def sum(self, *dims, **options):
        if dims or options:
            raise Unsupported("values are summed as a whole")
        return Value.of("Σ", self)

    def mean(self, *dims, **options):
        return self.sum(*dims, **options) / self.array.size

    def __neg__(self):
        return 0 - self

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        raise Unsupported(f"a Value has no {name}")


class Constant(Value):
    """A number of the program: it is given no gradient."""

    __slots__ = ()


def shrunk(part, shape):
    """`part`, summed over what was broadcast from `shape`."""
    part = part.sum(axis=tuple(range(part.ndim - len(shape))))
    return part.sum(axis=tuple(i for i, n in enumerate(shape) if n == 1), keepdims=True)


def mark(root, order, seen):
    pending = [(root, iter((root.a, root.b)))]
    seen.add(id(root))
    while pending:
        value, operands = pending[-1]
        operand = next((each for each in operands if each is not None and id(each) not in seen), None)
        if operand is None:
            pending.pop()
            order.append(value)
        else:
            seen.add(id(operand))
            pending.append((operand, iter((operand.a, operand.b))))


for _dunder, _op in {"add": "+", "sub": "-", "mul": "*", "truediv": "/", "pow": "^", "matmul": "@"}.items():
    setattr(Value, f"__{_dunder}__", lambda self, other, op=_op: Value.of(op, self, other))
    setattr(Value, f"__r{_dunder}__", lambda self, other, op=_op: Value.of(op, other, self))


def tensor(data, requires_grad=False):
    return (Value if requires_grad else Constant)(data)


def describe(value):
    return (
        {"values": value.array.ravel().tolist(), "shape": list(value.array.shape)} if isinstance(value, Value) else None
    )


NAMES = {"ones": lambda *n: Constant(np.ones(n)), "zeros": lambda *n: Constant(np.zeros(n))}
adapter = Adapter(
    "single class",
    Namespace("single class", tensor=tensor, Tensor=Value, **NAMES),
    frozenset("tensor broadcasting matmul detach clear_grad grad_argument".split()),
    BASIC_FACETS | {"shape"},
    describe,
)
