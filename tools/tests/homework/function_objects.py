"""Lab 3. Every operation is an object of a class with forward and backward. (One thing is forgotten.)"""

import numpy as np


class Function:
    def __init__(self, *inputs):
        self.inputs = inputs

    @classmethod
    def apply(cls, *inputs):
        inputs = [x if isinstance(x, Array) else Array(x) for x in inputs]
        fn = cls(*inputs)
        out = Array(fn.forward(*[x.values for x in inputs]))
        out.creator = fn
        return out


class Add(Function):
    def forward(self, a, b):
        return a + b

    def backward(self, grad):
        return grad, grad  # forgotten: an operand that was stretched


class Sub(Function):
    def forward(self, a, b):
        return a - b

    def backward(self, grad):
        return grad, -grad


class Mul(Function):
    def forward(self, a, b):
        self.a, self.b = a, b
        return a * b

    def backward(self, grad):
        return grad * self.b, grad * self.a


class Sum(Function):
    def forward(self, a):
        self.shape = a.shape
        return a.sum()

    def backward(self, grad):
        return (np.ones(self.shape) * grad,)


class Exp(Function):
    def forward(self, a):
        self.out = np.exp(a)
        return self.out

    def backward(self, grad):
        return (grad * self.out,)


class ReLU(Function):
    def forward(self, a):
        self.mask = a > 0
        return a * self.mask

    def backward(self, grad):
        return (grad * self.mask,)


class Array:
    def __init__(self, values):
        self.values = np.array(values, dtype=float)
        self.gradient = None
        self.creator = None

    def __add__(self, other):
        return Add.apply(self, other)

    def __sub__(self, other):
        return Sub.apply(self, other)

    def __mul__(self, other):
        return Mul.apply(self, other)

    def __radd__(self, other):
        return Add.apply(other, self)

    def __rmul__(self, other):
        return Mul.apply(other, self)

    def __neg__(self):
        return Mul.apply(self, -1.0)

    def sum(self):
        return Sum.apply(self)

    def backward(self):
        arrived = {self: np.ones_like(self.values)}
        for array in self._in_order():
            grad = arrived[array]
            if array.creator is None:
                array.gradient = grad if array.gradient is None else array.gradient + grad
                continue
            for each, part in zip(array.creator.inputs, array.creator.backward(grad), strict=True):
                arrived[each] = arrived[each] + part if each in arrived else part

    def _in_order(self):
        order, seen = [], set()

        def visit(array):
            if array not in seen:
                seen.add(array)
                for each in array.creator.inputs if array.creator else ():
                    visit(each)
                order.append(array)

        visit(self)
        return reversed(order)
