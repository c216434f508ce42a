"""Minimising the cost x**2 - 5 by following its gradient.

From: Autograd lecture, the opening: a differentiable cost, a forward step, a backward step. The lecture names the
cost and does not carry the search out. The minimum is -5, at x = 0; a rate of 0.25 halves x with each step.
"""

import torch

x = torch.tensor(4.0, requires_grad=True)
for step in range(6):
    # Forward propagation computes the cost, backward propagation its derivative.
    cost = x**2 - 5
    cost.backward()
    print("step", step, "x", x.item(), "cost", cost.item(), "gradient", x.grad.item())
    with torch.no_grad():
        x -= 0.25 * x.grad
    x.grad.zero_()
print("x:", x)
print("cost:", x**2 - 5)
