"""A tensor on NumPy, with a closure for each operation."""

import numpy as np


def unbroadcast(g, shape):
    while g.ndim > len(shape):
        g = g.sum(axis=0)
    for i, n in enumerate(shape):
        if n == 1 and g.shape[i] != 1:
            g = g.sum(axis=i, keepdims=True)
    return g


class Tensor:
    def __init__(self, data, requires_grad=False, parents=()):
        self.data = np.asarray(data, dtype=np.float32)
        self.requires_grad = requires_grad or any(p.requires_grad for p in parents)
        self.parents = parents
        self.push = None
        self.grad = None

    @property
    def shape(self):
        return self.data.shape

    @property
    def is_leaf(self):
        return not self.parents

    def tolist(self):
        return self.data.tolist()

    def receive(self, g):
        g = unbroadcast(g, self.data.shape)
        self.grad = g if self.grad is None else self.grad + g

    def __add__(self, o):
        o = wrap(o)
        r = Tensor(self.data + o.data, parents=(self, o))

        def push(g):
            if self.requires_grad:
                self.receive(g)
            if o.requires_grad:
                o.receive(g)

        r.push = push
        return r

    def __mul__(self, o):
        o = wrap(o)
        r = Tensor(self.data * o.data, parents=(self, o))

        def push(g):
            if self.requires_grad:
                self.receive(g * o.data)
            if o.requires_grad:
                o.receive(g * self.data)

        r.push = push
        return r

    def __matmul__(self, o):
        r = Tensor(self.data @ o.data, parents=(self, o))

        def push(g):
            self.receive(g @ o.data.T)
            o.receive(self.data.T @ g)

        r.push = push
        return r

    def sum(self):
        r = Tensor(self.data.sum(), parents=(self,))
        r.push = lambda g: self.receive(np.ones_like(self.data) * g)
        return r

    def relu(self):
        r = Tensor(np.maximum(self.data, 0), parents=(self,))
        r.push = lambda g: self.receive(g * (self.data > 0))
        return r

    __radd__ = __add__
    __rmul__ = __mul__

    def __neg__(self):
        return self * -1.0

    def __sub__(self, o):
        return self + (-wrap(o))

    def backward(self, g=None):
        g = np.ones_like(self.data) if g is None else wrap(g).data
        order, seen = [], set()
        stack = [(self, False)]
        while stack:
            t, done = stack.pop()
            if done:
                order.append(t)
            elif id(t) not in seen:
                seen.add(id(t))
                stack.append((t, True))
                stack.extend((p, False) for p in t.parents)
        self.receive(g)
        for t in reversed(order):
            if t.push is not None:
                t.push(t.grad)
                t.grad = None


def wrap(x):
    return x if isinstance(x, Tensor) else Tensor(x)


def tensor(data, requires_grad=False):
    return Tensor(data, requires_grad)
