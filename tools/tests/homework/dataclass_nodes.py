"""Nodes as plain data; the gradients come back in a dictionary, and no node is ever changed."""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass


@dataclass(frozen=True, eq=False)
class Node:
    value: float
    local_gradients: tuple[tuple[Node, float], ...] = ()

    def __add__(self, other):
        other = constant(other)
        return Node(self.value + other.value, ((self, 1.0), (other, 1.0)))

    def __mul__(self, other):
        other = constant(other)
        return Node(self.value * other.value, ((self, other.value), (other, self.value)))

    def __neg__(self):
        return Node(-self.value, ((self, -1.0),))

    def __sub__(self, other):
        return self + (-constant(other))

    def __truediv__(self, other):
        return self * reciprocal(constant(other))

    def __pow__(self, exponent):
        return Node(self.value**exponent, ((self, exponent * self.value ** (exponent - 1)),))

    def __radd__(self, other):
        return constant(other) + self

    def __rmul__(self, other):
        return constant(other) * self

    def __rsub__(self, other):
        return constant(other) - self

    def __rtruediv__(self, other):
        return constant(other) / self


def constant(x):
    return x if isinstance(x, Node) else Node(x)


def reciprocal(x):
    return Node(1.0 / x.value, ((x, -1.0 / x.value**2),))


def exp(x):
    return Node(math.exp(x.value), ((x, math.exp(x.value)),))


def log(x):
    return Node(math.log(x.value), ((x, 1.0 / x.value),))


def cos(x):
    return Node(math.cos(x.value), ((x, -math.sin(x.value)),))


def get_gradients(node):
    """The derivative of `node` with respect to each node that it was computed from, along every path."""
    uses = defaultdict(int)
    pending = [node]
    while pending:
        for parent, _ in pending.pop().local_gradients:
            uses[parent] += 1
            if uses[parent] == 1:
                pending.append(parent)
    gradients = defaultdict(float)
    gradients[node] = 1.0
    ready = [node]
    while ready:
        current = ready.pop()
        for parent, local in current.local_gradients:
            gradients[parent] += gradients[current] * local
            uses[parent] -= 1
            if not uses[parent]:
                ready.append(parent)
    return gradients
