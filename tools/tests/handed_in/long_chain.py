"""Nodes that know the name of their operation, and one function with a branch for each."""

import math


class Tensor:
    def __init__(self, data, requires_grad=False, op=None, a=None, b=None):
        self.data = data
        self.op = op
        self.a = a
        self.b = b
        self.grad = None
        self.requires_grad = requires_grad
        if a is not None and a.requires_grad:
            self.requires_grad = True
        if b is not None and b.requires_grad:
            self.requires_grad = True

    def __add__(self, other):
        if not isinstance(other, Tensor):
            other = Tensor(other)
        return Tensor(self.data + other.data, op="add", a=self, b=other)

    def __sub__(self, other):
        if not isinstance(other, Tensor):
            other = Tensor(other)
        return Tensor(self.data - other.data, op="sub", a=self, b=other)

    def __mul__(self, other):
        if not isinstance(other, Tensor):
            other = Tensor(other)
        return Tensor(self.data * other.data, op="mul", a=self, b=other)

    def __truediv__(self, other):
        if not isinstance(other, Tensor):
            other = Tensor(other)
        return Tensor(self.data / other.data, op="div", a=self, b=other)

    def __pow__(self, n):
        return Tensor(self.data**n, op="pow", a=self, b=Tensor(n))

    def __neg__(self):
        return Tensor(-self.data, op="neg", a=self)

    def __radd__(self, other):
        return self + other

    def __rmul__(self, other):
        return self * other

    def exp(self):
        return Tensor(math.exp(self.data), op="exp", a=self)

    def relu(self):
        if self.data > 0:
            return Tensor(self.data, op="relu", a=self)
        return Tensor(0.0, op="relu", a=self)

    def item(self):
        return self.data

    def backward(self, g=1.0):
        if self.op is None:
            if self.requires_grad:
                if self.grad is None:
                    self.grad = Tensor(g)
                else:
                    self.grad = Tensor(self.grad.data + g)
            return
        if self.op == "add":
            self.a.backward(g)
            self.b.backward(g)
        elif self.op == "sub":
            self.a.backward(g)
            self.b.backward(-g)
        elif self.op == "mul":
            self.a.backward(g * self.b.data)
            self.b.backward(g * self.a.data)
        elif self.op == "div":
            self.a.backward(g / self.b.data)
            self.b.backward(-g * self.a.data / self.b.data**2)
        elif self.op == "pow":
            self.a.backward(g * self.b.data * self.a.data ** (self.b.data - 1))
        elif self.op == "neg":
            self.a.backward(-g)
        elif self.op == "exp":
            self.a.backward(g * self.data)
        elif self.op == "relu":
            if self.a.data > 0:
                self.a.backward(g)
            else:
                self.a.backward(0.0)


def tensor(data, requires_grad=False):
    return Tensor(data, requires_grad)
