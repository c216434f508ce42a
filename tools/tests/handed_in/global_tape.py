"""A tape: every operation is written down, and read from the end."""

import math

TAPE = []


class Var:
    def __init__(self, value, requires_grad=False):
        self.data, self.requires_grad, self.grad = float(value), requires_grad, None

    def item(self):
        return self.data

    def __add__(self, b):
        return record(self.data + value(b), [(self, 1.0), (b, 1.0)])

    def __sub__(self, b):
        return record(self.data - value(b), [(self, 1.0), (b, -1.0)])

    def __rsub__(self, a):
        return record(a - self.data, [(self, -1.0)])

    def __mul__(self, b):
        return record(self.data * value(b), [(self, value(b)), (b, self.data)])

    def __truediv__(self, b):
        d = value(b)
        return record(self.data / d, [(self, 1 / d), (b, -self.data / d**2)])

    def __rtruediv__(self, a):
        return record(a / self.data, [(self, -a / self.data**2)])

    def __pow__(self, n):
        return record(self.data**n, [(self, n * self.data ** (n - 1))])

    def __neg__(self):
        return record(-self.data, [(self, -1.0)])

    __radd__ = __add__
    __rmul__ = __mul__

    def sin(self):
        return record(math.sin(self.data), [(self, math.cos(self.data))])

    def log(self):
        return record(math.log(self.data), [(self, 1 / self.data)])

    def backward(self):
        adjoint = {self: 1.0}
        for result, slopes in reversed(TAPE):
            if result in adjoint:
                bar = adjoint.pop(result)
                for source, slope in slopes:
                    adjoint[source] = adjoint.get(source, 0.0) + bar * slope
        for leaf, bar in adjoint.items():
            if leaf.requires_grad:
                leaf.grad = Var(bar if leaf.grad is None else leaf.grad.data + bar)


def value(x):
    return x.data if isinstance(x, Var) else x


def record(data, slopes):
    slopes = [(v, s) for v, s in slopes if isinstance(v, Var) and v.requires_grad]
    result = Var(data, bool(slopes))
    if slopes:
        TAPE.append((result, slopes))
    return result


def tensor(x, requires_grad=False):
    return Var(x, requires_grad)
