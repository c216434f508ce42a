"""Week 5: backpropagation for arrays."""

import numpy as np


def undo_broadcasting(g, shape):
    while g.ndim > len(shape):
        g = g.sum(axis=0)
    for i, n in enumerate(shape):
        if n == 1 and g.shape[i] != 1:
            g = g.sum(axis=i, keepdims=True)
    return g


class Tensor:
    def __init__(self, data, requires_grad=False, parents=(), backward_fn=None):
        if data is None:
            raise TypeError("a tensor is made of numbers")
        self.data = np.asarray(data, dtype=np.float64)
        self.requires_grad = requires_grad
        self.grad = None
        self.parents, self.backward_fn = parents, backward_fn

    def _result(self, data, parents, backward_fn):
        if any(p.requires_grad for p in parents):
            return Tensor(data, True, parents, backward_fn)
        return Tensor(data)

    def __add__(self, other):
        other = other if isinstance(other, Tensor) else Tensor(other)
        return self._result(self.data + other.data, (self, other), lambda g: (g, g))

    def __mul__(self, other):
        other = other if isinstance(other, Tensor) else Tensor(other)
        return self._result(self.data * other.data, (self, other), lambda g: (g * other.data, g * self.data))

    def __pow__(self, n):
        return self._result(self.data**n, (self,), lambda g: (g * n * self.data ** (n - 1) if n else 0 * g,))

    def __matmul__(self, other):
        def pull(g):
            a, b = self.data, other.data
            if a.ndim == b.ndim == 1:
                return g * b, g * a
            if b.ndim == 1:
                return g[..., None] * b, g[..., None] * a
            if a.ndim == 1:
                return (b @ g[..., None])[..., 0], a[:, None] * g[..., None, :]
            return g @ b.swapaxes(-1, -2), a.swapaxes(-1, -2) @ g

        return self._result(self.data @ other.data, (self, other), pull)

    def __neg__(self):
        return self * -1.0

    def __sub__(self, other):
        return self + (-other)

    def __rsub__(self, other):
        return (-self) + other

    def __truediv__(self, other):
        return self * (other**-1 if isinstance(other, Tensor) else 1.0 / other)

    def __rtruediv__(self, other):
        return self**-1 * other

    __radd__, __rmul__ = __add__, __mul__

    def sum(self, axis=None, keepdims=False):
        def pull(g):
            if axis is not None and not keepdims:
                g = np.expand_dims(g, axis)
            return (np.broadcast_to(g, self.data.shape).copy(),)

        return self._result(self.data.sum(axis=axis, keepdims=keepdims), (self,), pull)

    def mean(self):
        return self.sum() * (1.0 / self.data.size)

    def exp(self):
        out = np.exp(self.data)
        return self._result(out, (self,), lambda g: (g * out,))

    def relu(self):
        return self._result(np.maximum(self.data, 0), (self,), lambda g: (g * (self.data > 0),))

    def reshape(self, *shape):
        return self._result(self.data.reshape(*shape), (self,), lambda g: (g.reshape(self.data.shape),))

    def backward(self, grad=None):
        if not self.requires_grad:
            raise RuntimeError("backward of a constant")
        if grad is None:
            if self.data.size != 1:
                raise RuntimeError("backward of a tensor with several elements needs a gradient")
            grad = np.ones_like(self.data)
        order, seen = [], set()

        def visit(t):
            if id(t) not in seen:
                seen.add(id(t))
                for p in t.parents:
                    visit(p)
                order.append(t)

        visit(self)
        arrived = {id(self): np.array(grad, dtype=np.float64)}
        for t in reversed(order):
            g = arrived.pop(id(t), None)
            if g is None:
                continue
            if t.backward_fn is None:
                if t.requires_grad:
                    t.grad = g if t.grad is None else t.grad + g
                continue
            for p, part in zip(t.parents, t.backward_fn(g), strict=True):
                if p.requires_grad:
                    mine = undo_broadcasting(np.asarray(part), p.data.shape)
                    arrived[id(p)] = arrived[id(p)] + mine if id(p) in arrived else mine
