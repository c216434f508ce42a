"""Exercise 4 of the tutorial, worked: the third derivative of sin at 0.

sin, cos, -sin, -cos: at 0 the values are 0, 1, -0 and -1. Every derivative but the last one keeps its own graph.
"""

import torch

x = torch.tensor(0.0, requires_grad=True)
y = torch.sin(x)
print("sin(0):", y)

first = torch.autograd.grad(y, x, create_graph=True)[0]
print("first derivative:", first)

second = torch.autograd.grad(first, x, create_graph=True)[0]
print("second derivative:", second)

third = torch.autograd.grad(second, x)[0]
print("third derivative:", third)

# In a loop, as far as one likes; the signs go round in fours.
derivative = torch.sin(x)
signs = []
for _ in range(8):
    derivative = torch.autograd.grad(derivative, x, create_graph=True)[0]
    signs.append(derivative.item())
print("the first eight:", signs)
