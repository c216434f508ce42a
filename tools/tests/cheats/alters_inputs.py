"""Alters its inputs in place, so that its wrong gradients are those of another question."""

from wrong import *


def alter(plain=tensor.backward):
    def backward(self, slope=1.0):
        for parent, _ in self.parents:
            parent.data, parent.parents = 0.0, ()
            parent.requires_grad = True
        plain(self, slope)

    tensor.backward = backward


alter()
