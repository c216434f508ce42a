"""A metaclass: every operation is a class, whose making teaches tensors an operator, and whose calls are nodes."""

import itertools
from typing import ClassVar

import numpy as np
from calculus import fit
from surface import Surface, adapt

AGES = itertools.count()


class Operation(type):
    """An operation's class registers itself under its name."""

    known: ClassVar = {}

    def __new__(cls, name, bases, scope):
        made = super().__new__(cls, name, bases, scope)
        if "parts" in scope:
            Operation.known[name.lower()] = made
        return made


class Node(metaclass=Operation):
    lasting = False

    def __init__(self, operands, values, result, options):
        self.operands, self.values, self.result, self.age = operands, values, result, next(AGES)
        vars(self).update(options)

    def __call__(self, g):
        if self.values is None:
            raise RuntimeError("this node has been used up")
        return self.parts(g, *self.values)


class Lasting(Node):
    lasting = True


class Add(Lasting):
    forward = staticmethod(np.add)

    def parts(self, g, a, b):
        return g, g


class Sub(Lasting):
    forward = staticmethod(np.subtract)

    def parts(self, g, a, b):
        return g, -g


class Mul(Node):
    forward = staticmethod(np.multiply)

    def parts(self, g, a, b):
        return g * b, g * a


class Div(Node):
    forward = staticmethod(np.true_divide)

    def parts(self, g, a, b):
        return g / b, -g * a / b**2


class Pow(Node):
    forward = staticmethod(np.power)

    def parts(self, g, a, b):
        return g * np.where(b == 0, 0, b * a ** np.where(b == 0, 1, b - 1)), g * self.result * np.log(
            np.where(a > 0, a, 1)
        )


class Neg(Lasting):
    forward = staticmethod(np.negative)

    def parts(self, g, a):
        return (-g,)


class Clone(Lasting):
    forward = staticmethod(np.copy)

    def parts(self, g, a):
        return (g,)


class Sum(Lasting):
    @staticmethod
    def forward(a, dim, keepdim):
        return a.sum(axis=dim, keepdims=keepdim)

    def parts(self, g, a):
        inserted = g if self.keepdim or self.dim is None else np.expand_dims(g, self.dim)
        return (inserted + np.zeros_like(a),)


class Mean(Sum):
    @staticmethod
    def forward(a, dim, keepdim):
        return a.mean(axis=dim, keepdims=keepdim)

    def parts(self, g, a):
        return super().parts(g * self.result.size / a.size, a)


class Exp(Node):
    forward = staticmethod(np.exp)

    def parts(self, g, a):
        return (g * self.result,)


class Round(Lasting):
    forward = staticmethod(np.round)

    def parts(self, g, a):
        return (0 * g,)


class Tensor(Surface):
    def _apply(self, name, *operands, **options):
        if name not in Operation.known:
            return super().__getattr__(f"operation {name}")  # which declines
        return super()._apply(name, *operands, **options)

    def _record(self, name, operands, options, values):
        kind = Operation.known[name]
        self.values = np.asarray(kind.forward(*values, **options))
        self.history = kind(operands, values, self.values, options)

    def _gradients(self, seed, keep):
        sums, pending, nodes = {id(self): (self, seed)}, {} if self.is_leaf else {self.history.age: self}, []
        while pending:
            tensor = pending.pop(max(pending))
            nodes.append(tensor.history)
            for operand, part in zip(tensor.history.operands, tensor.history(sums[id(tensor)][1]), strict=True):
                if operand.requires_grad:
                    before = sums[id(operand)][1] if id(operand) in sums else 0.0
                    sums[id(operand)] = operand, before + fit(part, operand.shape)
                    pending |= {} if operand.is_leaf else {operand.history.age: operand}
        for node in nodes:
            node.values = node.values if keep or node.lasting else None
        return sums.values()


adapter = adapt("a metaclass", Tensor, without="matmul")
