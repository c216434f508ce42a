"""Exercise 4-3 of the slides, worked: a computational graph with backpropagation, in NumPy alone.

A gate knows two things: how to compute its result, and how to turn the gradient of its result into gradients of its
inputs. The graph is the record of the gates that ran; backward walks it from the end. It repeats the slides' figures,
first for x = 1, y = 2, w = 1 (gradient -2), then for all three samples at once.
"""

import numpy as np


class Node:
    """A value, the nodes that it was made from, and the rule that sends its gradient back to them."""

    def __init__(self, value, inputs=(), rule=None):
        self.value = np.asarray(value, dtype=np.float64)
        self.inputs = inputs
        self.rule = rule
        self.grad = np.zeros_like(self.value)

    def __mul__(self, other):
        return Node(self.value * other.value, (self, other), lambda grad: (grad * other.value, grad * self.value))

    def __add__(self, other):
        return Node(self.value + other.value, (self, other), lambda grad: (grad, grad))

    def __sub__(self, other):
        return Node(self.value - other.value, (self, other), lambda grad: (grad, -grad))

    def square(self):
        return Node(self.value**2, (self,), lambda grad: (2 * grad * self.value,))

    def sum(self):
        return Node(self.value.sum(), (self,), lambda grad: (grad * np.ones_like(self.value),))

    def backward(self):
        """Fill `grad` of every node that this one depends on."""
        order, seen = [], set()

        def visit(node):
            if id(node) not in seen:
                seen.add(id(node))
                for parent in node.inputs:
                    visit(parent)
                order.append(node)

        visit(self)
        self.grad = np.ones_like(self.value)
        # Users come before what they used, so each gradient is complete when it is passed on.
        for node in reversed(order):
            if node.rule is None:
                continue
            for parent, grad in zip(node.inputs, node.rule(node.grad), strict=True):
                # A number that was broadcast over an array collects what all its copies receive.
                parent.grad = parent.grad + (grad.sum() if parent.value.ndim < grad.ndim else grad)


def loss(w, x, y):
    return (Node(x) * w - Node(y)).square().sum()


w = Node(1.0)
result = loss(w, 1.0, 2.0)
result.backward()
print("x = 1, y = 2, w = 1: loss", float(result.value), "gradient", float(w.grad))

w = Node(1.0)
result = loss(w, 2.0, 4.0)
result.backward()
print("x = 2, y = 4, w = 1: loss", float(result.value), "gradient", float(w.grad))

# The bias of exercise 4-2.
w, b = Node(1.0), Node(2.0)
result = (Node(1.0) * w + b - Node(2.0)).square()
result.backward()
print("with b = 2: loss", float(result.value), "gradients", float(w.grad), float(b.grad))

# All samples in one graph: the gradients of the three losses add up.
w = Node(1.0)
result = loss(w, [1.0, 2.0, 3.0], [2.0, 4.0, 6.0])
result.backward()
print("three samples: loss", float(result.value), "gradient", float(w.grad))

# A node used twice receives from both uses: d(w * w)/dw = 2 * w.
w = Node(3.0)
(w * w).backward()
print("w * w at 3: gradient", float(w.grad))

# Training, ten epochs over the three samples.
w = Node(1.0)
for _ in range(10):
    for x, y in [(1.0, 2.0), (2.0, 4.0), (3.0, 6.0)]:
        loss(w, x, y).backward()
        w = Node(w.value - 0.01 * w.grad)
print(f"after training: 4 * w = {4 * float(w.value):.6f}")
