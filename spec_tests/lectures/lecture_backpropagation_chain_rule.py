"""The chain rule on a composition w = g(f(x)), one local gradient at a time.

From: Backpropagation lecture, the composition of two functions and its local gradients.
The lecture leaves f and g open; here f(x) = x**2 + 1 and g(y) = 3 * y, at x = 2, so that dw/dx = 3 * 2x = 12.
"""

import torch


def f(x):
    return x**2 + 1


def g(y):
    return 3 * y


x = torch.tensor(2.0, requires_grad=True)

# Forward: x -> y -> w.
y = f(x)
w = g(y)
print("y = f(x) =", y)
print("w = g(y) =", w)

# A local gradient looks at one arrow of the graph and at nothing else.
(dw_dy,) = torch.autograd.grad(w, y, retain_graph=True)
(dy_dx,) = torch.autograd.grad(y, x, retain_graph=True)
print("local gradient dw/dy:", dw_dy)
print("local gradient dy/dx:", dy_dx)
print("their product:", dw_dy * dy_dx)

# Backward does the multiplication for us. `retain_grad` keeps what passes through y on the way.
y.retain_grad()
w.backward()
print("backward, at y:", y.grad)
print("backward, at x:", x.grad)

# The same on a tensor: f and g work element by element, so the local gradients multiply element by element.
x = torch.tensor([-1.0, 0.0, 0.5, 2.0], requires_grad=True)
y = f(x)
y.retain_grad()
w = g(y).sum()
w.backward()
print("for four values, dw/dy:", y.grad)
print("for four values, dw/dx:", x.grad)
