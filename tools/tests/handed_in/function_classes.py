"""Operations as classes with a forward and a backward, in PyTorch's own manner."""

import numpy as np


class Context:
    def save_for_backward(self, *values):
        self.saved = values


class Function:
    @classmethod
    def apply(cls, *inputs):
        ctx = Context()
        tensors = [i if isinstance(i, Tensor) else Tensor(i) for i in inputs]
        result = Tensor(cls.forward(ctx, *(t.data for t in tensors)))
        if any(t.requires_grad for t in tensors):
            result.requires_grad = True
            result.creator = (cls, ctx, tensors)
        return result


class Add(Function):
    @staticmethod
    def forward(ctx, a, b):
        return a + b

    @staticmethod
    def backward(ctx, grad):
        return grad, grad


class Mul(Function):
    @staticmethod
    def forward(ctx, a, b):
        ctx.save_for_backward(a, b)
        return a * b

    @staticmethod
    def backward(ctx, grad):
        a, b = ctx.saved
        return grad * b, grad * a


class Pow(Function):
    @staticmethod
    def forward(ctx, a, n):
        ctx.save_for_backward(a, n)
        return a**n

    @staticmethod
    def backward(ctx, grad):
        a, n = ctx.saved
        return grad * n * a ** (n - 1), grad * a**n * np.log(np.abs(a) + 1e-12)


class Exp(Function):
    @staticmethod
    def forward(ctx, a):
        y = np.exp(a)
        ctx.save_for_backward(y)
        return y

    @staticmethod
    def backward(ctx, grad):
        (y,) = ctx.saved
        return (grad * y,)


class Tensor:
    def __init__(self, data, requires_grad=False):
        self.data = np.array(data, dtype=np.float32)
        self.requires_grad = requires_grad
        self.grad = None
        self.creator = None

    def __add__(self, other):
        return Add.apply(self, other)

    def __mul__(self, other):
        return Mul.apply(self, other)

    def __pow__(self, other):
        return Pow.apply(self, other)

    def __neg__(self):
        return Mul.apply(self, -1.0)

    def __sub__(self, other):
        return self + (-other)

    def __truediv__(self, other):
        return self * other**-1.0

    def exp(self):
        return Exp.apply(self)

    def tolist(self):
        return self.data.tolist()

    __radd__, __rmul__ = __add__, __mul__

    def backward(self, gradient=1.0):
        pending = {id(self): [self, np.asarray(gradient, np.float32), 0]}
        counts = self.count()
        ready = [self]
        while ready:
            node = ready.pop()
            _, grad, _ = pending.pop(id(node))
            if node.creator is None:
                if node.requires_grad:
                    node.grad = Tensor(grad if node.grad is None else node.grad.data + grad)
                continue
            cls, ctx, inputs = node.creator
            for tensor, part in zip(inputs, cls.backward(ctx, grad), strict=True):
                if tensor.requires_grad:
                    entry = pending.setdefault(id(tensor), [tensor, 0.0, 0])
                    entry[1] = entry[1] + part
                    entry[2] += 1
                    if entry[2] == counts[id(tensor)]:
                        ready.append(tensor)

    def count(self):
        counts, todo, seen = {}, [self], set()
        while todo:
            node = todo.pop()
            if node.creator is None or id(node) in seen:
                continue
            seen.add(id(node))
            for tensor in node.creator[2]:
                counts[id(tensor)] = counts.get(id(tensor), 0) + 1
                todo.append(tensor)
        return counts


def tensor(data, requires_grad=False):
    return Tensor(data, requires_grad)
