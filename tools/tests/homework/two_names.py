"""Everything has two names: the one of the lecture, and the one of the book. (And there is one mistake in it.)"""

import math


class Variable:
    def __init__(self, value, parents=(), rule=None):
        self.value = value
        self.gradient = None
        self.parents, self.rule = parents, rule

    data = property(lambda self: self.value, lambda self, new: setattr(self, "value", new))
    grad = property(lambda self: self.gradient, lambda self, new: setattr(self, "gradient", new))

    def plus(self, other):
        other = as_variable(other)
        return Variable(self.value + other.value, (self, other), lambda g: (g, g))

    def minus(self, other):
        other = as_variable(other)
        return Variable(self.value - other.value, (self, other), lambda g: (g, -g))

    def times(self, other):
        other = as_variable(other)
        return Variable(self.value * other.value, (self, other), lambda g: (g * other.value, g * self.value))

    def to_the(self, n):
        return Variable(self.value**n, (self,), lambda g: (g * n * self.value ** (n - 1),))

    def logistic(self):
        s = 1.0 / (1.0 + math.exp(-self.value))
        return Variable(s, (self,), lambda g: (g * s * (1 - s),))

    def sine(self):
        return Variable(math.sin(self.value), (self,), lambda g: (g * math.cos(self.value),))

    __add__ = __radd__ = add = plus
    __mul__ = __rmul__ = mul = times
    __sub__ = sub = minus
    __pow__ = pow = to_the
    sigmoid, sin = logistic, sine

    def __rsub__(self, other):
        return as_variable(other).minus(self)

    def __neg__(self):
        return self.times(-1.0)

    def backpropagate(self):
        self.gradient = 1.0
        for variable in self.ordered():
            if variable.rule is not None:
                for parent, part in zip(variable.parents, variable.rule(variable.gradient), strict=True):
                    parent.gradient = part

    backward = backpropagate

    def ordered(self):
        order, seen = [], set()

        def visit(variable):
            if id(variable) not in seen:
                seen.add(id(variable))
                for parent in variable.parents:
                    visit(parent)
                order.append(variable)

        visit(self)
        return reversed(order)

    def clear(self):
        self.gradient = None

    zero_grad = clear


def as_variable(x):
    return x if isinstance(x, Variable) else Variable(x)
