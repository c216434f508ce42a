"""Operator overloading on a subclass of float: a number that remembers the slopes by which it came about."""

import itertools
import math

from gradspec.adapters import BASIC_FACETS, Adapter, Unsupported
from gradspec.adapters.renaming import Namespace

AGES = itertools.count()


class Number(float):
    requires_grad, is_leaf, shape = False, True, ()

    def __new__(cls, value, slopes=(), requires_grad=False):
        self = super().__new__(cls, value)
        slopes = [(each, slope) for each, slope in slopes if isinstance(each, Number) and each.requires_grad]
        self.age, self.slopes, self.grad = next(AGES), slopes, None
        self.is_leaf, self.requires_grad = not slopes, bool(slopes) or requires_grad
        return self

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        raise Unsupported(f"a float has no {name}")

    def __add__(self, other):
        return Number(float(self) + float(other), [(self, 1.0), (other, 1.0)])

    def __sub__(self, other):
        return Number(float(self) - float(other), [(self, 1.0), (other, -1.0)])

    def __rsub__(self, other):
        return Number(float(other) - float(self), [(self, -1.0)])

    def __mul__(self, other):
        return Number(float(self) * float(other), [(self, float(other)), (other, float(self))])

    def __truediv__(self, other):
        a, b = float(self), float(other)
        return Number(a / b, [(self, 1 / b), (other, -a / b**2)])

    def __rtruediv__(self, other):
        return Number(other) / self

    def __pow__(self, other):
        a, b = float(self), float(other)
        by_exponent = a**b * math.log(a) if a > 0 else 0.0
        return Number(a**b, [(self, b * a ** (b - 1) if b else 0.0), (other, by_exponent)])

    def __rpow__(self, other):
        return Number(other) ** self

    def __neg__(self):
        return Number(-float(self), [(self, -1.0)])

    __radd__, __rmul__ = __add__, __mul__
    __hash__, __eq__ = object.__hash__, object.__eq__

    def __bool__(self):
        return True

    def item(self):
        return float(self)

    def detach(self):
        return Number(self)

    def clone(self):
        return Number(self, [(self, 1.0)])

    def backward(self, gradient=None, retain_graph=None):
        if not self.requires_grad:
            raise RuntimeError("a constant has no slopes")
        if gradient is not None and not isinstance(gradient, Number):
            raise TypeError("a gradient is a Number")
        waiting = {self.age: (self, 1.0 if gradient is None else float(gradient))}
        while waiting:
            number, received = waiting.pop(max(waiting))  # the youngest: nothing that is left can lead to it
            if number.is_leaf:
                number.grad = Number(received + float(number.grad or 0.0))
            for operand, slope in number.slopes:
                _, before = waiting.get(operand.age, (operand, 0.0))
                waiting[operand.age] = operand, before + received * slope


def tensor(data, requires_grad=False):
    if not isinstance(data, int | float):
        raise Unsupported("floats have no dimensions")
    return Number(data, requires_grad=requires_grad)


def describe(value):
    if not isinstance(value, Number):
        return None
    return {"values": [float(value)], "shape": [], "requires_grad": value.requires_grad, "is_leaf": value.is_leaf}


adapter = Adapter(
    "a subclass of float",
    Namespace("a subclass of float", tensor=tensor, Tensor=Number),
    frozenset("flags detach grad_argument".split()),
    BASIC_FACETS | {"shape", "requires_grad", "is_leaf"},
    describe,
)
