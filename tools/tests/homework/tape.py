"""A tape: it is switched on, it writes down what happens, and is asked for gradients afterwards."""

import math

ACTIVE = []


class GradientTape:
    def __init__(self):
        self.entries = []

    def __enter__(self):
        ACTIVE.append(self)
        return self

    def __exit__(self, *_):
        ACTIVE.pop()

    def gradient(self, target, sources):
        sensitivity = {target.number: 1.0}
        for result, partials in reversed(self.entries):
            arrived = sensitivity.get(result, 0.0)
            for operand, partial in partials:
                sensitivity[operand] = sensitivity.get(operand, 0.0) + arrived * partial
        return [sensitivity.get(each.number, 0.0) for each in sources]


class Quantity:
    count = 0

    def __init__(self, value):
        Quantity.count += 1
        self.value, self.number = value, Quantity.count

    @classmethod
    def computed(cls, value, *partials):
        result = cls(value)
        for tape in ACTIVE:
            tape.entries.append((result.number, [(each.number, partial) for each, partial in partials]))
        return result

    def __add__(self, other):
        other = lift(other)
        return Quantity.computed(self.value + other.value, (self, 1.0), (other, 1.0))

    def __sub__(self, other):
        other = lift(other)
        return Quantity.computed(self.value - other.value, (self, 1.0), (other, -1.0))

    def __mul__(self, other):
        other = lift(other)
        return Quantity.computed(self.value * other.value, (self, other.value), (other, self.value))

    def __truediv__(self, other):
        return self * lift(other) ** -1

    def __pow__(self, n):
        return Quantity.computed(self.value**n, (self, n * self.value ** (n - 1)))

    def __neg__(self):
        return Quantity.computed(-self.value, (self, -1.0))

    def __radd__(self, other):
        return self + other

    def __rsub__(self, other):
        return lift(other) - self

    def __rmul__(self, other):
        return self * other

    def __rtruediv__(self, other):
        return lift(other) / self


def lift(x):
    return x if isinstance(x, Quantity) else Quantity(x)


def exp(x):
    e = math.exp(x.value)
    return Quantity.computed(e, (x, e))


def sin(x):
    return Quantity.computed(math.sin(x.value), (x, math.cos(x.value)))
