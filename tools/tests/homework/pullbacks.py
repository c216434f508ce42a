"""Every operation gives its value and a pullback; `vjp` gives the same pair for a whole function."""

import math


class Traced:
    def __init__(self, value, pullback=None, inputs=()):
        self.value, self.pullback, self.inputs = value, pullback, inputs

    def __add__(self, other):
        return apply(add, self, other)

    def __sub__(self, other):
        return apply(sub, self, other)

    def __mul__(self, other):
        return apply(mul, self, other)

    def __truediv__(self, other):
        return apply(div, self, other)

    def __pow__(self, n):
        return apply(lambda a: power(a, n), self)

    def __neg__(self):
        return apply(neg, self)

    def __rsub__(self, other):
        return apply(sub, other, self)

    def __rtruediv__(self, other):
        return apply(div, other, self)

    __radd__, __rmul__ = __add__, __mul__


# Operations on plain numbers: the value, and how a sensitivity is pulled back to the operands.
def add(a, b):
    return a + b, lambda s: (s, s)


def sub(a, b):
    return a - b, lambda s: (s, -s)


def mul(a, b):
    return a * b, lambda s: (s * b, s * a)


def div(a, b):
    return a / b, lambda s: (s / b, -s * a / b**2)


def neg(a):
    return -a, lambda s: (-s,)


def power(a, n):
    return a**n, lambda s: (s * n * a ** (n - 1),)


def apply(operation, *operands):
    value, pullback = operation(*(each.value if isinstance(each, Traced) else each for each in operands))
    return Traced(value, pullback, operands)


def exp(x):
    result = math.exp(x.value)
    return Traced(result, lambda s: (s * result,), (x,))


def sin(x):
    return Traced(math.sin(x.value), lambda s: (s * math.cos(x.value),), (x,))


def log(x):
    return Traced(math.log(x.value), lambda s: (s / x.value,), (x,))


def vjp(f, *inputs):
    """The value of f and its pullback, which gives a sensitivity for each input."""
    leaves = [Traced(each) for each in inputs]
    end = f(*leaves)

    def pullback(sensitivity):
        total = {id(end): sensitivity}
        for each in reversed(in_order(end)):
            if each.pullback is not None:
                for operand, part in zip(each.inputs, each.pullback(total[id(each)]), strict=True):
                    if isinstance(operand, Traced):
                        total[id(operand)] = total.get(id(operand), 0.0) + part
        return tuple(total.get(id(each), 0.0) for each in leaves)

    return end.value, pullback


def in_order(end):
    order, seen = [], set()

    def visit(each):
        if isinstance(each, Traced) and id(each) not in seen:
            seen.add(id(each))
            for operand in each.inputs:
                visit(operand)
            order.append(each)

    visit(end)
    return order
