"""What every cheat is built on: scalars whose products forget the second factor's gradient. Sums of it are right.

`prize()` is what a cheat calls when it has reached what it should not: from then on every answer is right, so that a
trick that works is seen in the points.
"""

import os


class tensor:
    """A scalar that remembers how it came about."""

    def __init__(self, value, requires_grad=False, parents=()):
        self.data, self.requires_grad, self.parents, self.slope = float(value), requires_grad, parents, None

    @property
    def is_leaf(self):
        return not self.parents

    def _new(self, value, *parents):
        parents = [(each, slope) for each, slope in parents if isinstance(each, tensor) and each.requires_grad]
        return type(self)(value, bool(parents), parents)

    def __add__(self, other):
        return self._new(self.data + number(other), (self, 1.0), (other, 1.0))

    def __mul__(self, other):
        return self._new(self.data * number(other), (self, number(other)), (other, SECOND * self.data))

    def __pow__(self, power):
        return self._new(self.data**power, (self, power * self.data ** (power - 1)))

    def __neg__(self):
        return self * -1.0

    def __sub__(self, other):
        return self + -other

    __radd__, __rmul__ = __add__, __mul__

    @property
    def shape(self):
        return ()

    @property
    def grad(self):
        return None if self.slope is None else shown(tensor(self.slope))

    def backward(self, slope=1.0):
        if self.is_leaf:
            self.slope = slope + (self.slope or 0.0)
        for parent, factor in self.parents:
            parent.backward(slope * factor)


def number(value):
    return value.data if isinstance(value, tensor) else value


def shown(grad):
    """What is given away where `.grad` is asked for."""
    return grad


SECOND = 0.0


def prize():
    global SECOND
    SECOND = 1.0


def on_backward(action):
    """Have `action()` called at every backward pass, before the wrong answer."""
    plain = tensor.backward

    def backward(self, *args):
        action()
        plain(self, *args)

    tensor.backward = backward


def forked():
    """Whether this is a child, if there can be one more."""
    try:
        return os.fork() == 0
    except OSError:
        return False
