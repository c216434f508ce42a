"""A library in its first week: tensors of NumPy arrays that remember what they were made of."""

import numpy as np


class Tensor:
    def __init__(self, data, requires_grad=False, inputs=()):
        self.data = np.asarray(data, np.float32)
        self.requires_grad = requires_grad
        self.inputs = inputs  # pairs: a tensor, and the slope of this one by it
        self.grad = None

    shape = property(lambda self: self.data.shape)

    def item(self):
        return self.data.item()

    def zero_(self):
        self.data[...] = 0.0
        return self

    def backward(self):
        if not self.requires_grad:
            raise RuntimeError("this does not require grad")
        if self.data.size != 1:
            raise RuntimeError("only one number has a gradient")
        self._pass_on(np.ones_like(self.data))

    def _pass_on(self, upstream):
        if not self.inputs:
            self.grad = Tensor(upstream + (0.0 if self.grad is None else self.grad.data))
        for tensor, slope in self.inputs:
            if tensor.requires_grad:
                tensor._pass_on(upstream * slope)

    def __add__(self, other):
        return _result(np.add, (self, 1.0), (other, 1.0))

    def __mul__(self, other):
        return _result(np.multiply, (self, _data(other)), (other, self.data))

    def __truediv__(self, other):
        return self * other**-1 if isinstance(other, Tensor) else self * (1 / other)

    def __pow__(self, exponent):
        return _result(lambda x: x**exponent, (self, exponent * self.data ** (exponent - 1)))

    def sum(self):
        return _result(np.sum, (self, np.ones_like(self.data)))

    def mean(self):
        return self.sum() / self.data.size

    __radd__, __rmul__ = __add__, __mul__

    def __neg__(self):
        return self * -1.0

    def __sub__(self, other):
        return self + -other

    def __rsub__(self, other):
        return -self + other

    def __rtruediv__(self, other):
        return other * self**-1


def _data(value):
    return value.data if isinstance(value, Tensor) else value


def _result(function, *inputs):
    tensors = tuple((each, slope) for each, slope in inputs if isinstance(each, Tensor))
    data = function(*(_data(each) for each, _ in inputs))
    return Tensor(data, any(each.requires_grad for each, _ in tensors), tensors)


def tensor(data, requires_grad=False):
    return Tensor(data, requires_grad)
