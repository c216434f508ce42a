"""An honest implementation of the little that the tiny suite asks for: what the fakes of the tests are made from."""


class MulBackward0:
    """The node of a product."""


class Tensor:
    dtype = "torch.float32"
    shape = ()
    grad = None

    def __init__(self, data, requires_grad=False, grad_fn=None, inputs=()):
        self.data, self.requires_grad, self.grad_fn, self.inputs = float(data), requires_grad, grad_fn, inputs

    @property
    def is_leaf(self):
        return self.grad_fn is None

    def __mul__(self, factor):
        if not self.requires_grad:
            return Tensor(self.data * factor)
        return Tensor(self.data * factor, True, MulBackward0(), ((self, factor),))

    def item(self):
        return self.data

    def tolist(self):
        return self.data

    def backward(self, upstream=1.0):
        if not self.requires_grad:
            raise RuntimeError("element 0 of tensors does not require grad and does not have a grad_fn")
        if self.is_leaf:
            self.grad = Tensor(upstream + (self.grad.data if self.grad else 0.0))
        for tensor, factor in self.inputs:
            tensor.backward(upstream * factor)


def tensor(data, requires_grad=False):
    return Tensor(data, requires_grad)
