"""The four parts of autograd at work: tensor, requires_grad, backward(), grad.

From: Tutorial, section "Key Components in PyTorch Autograd".
Figures: y = tensor([4.], grad_fn=<PowBackward0>) and dy/dx = tensor([4.]).
"""

import torch

x = torch.tensor([2.0], requires_grad=True)
print("x =", x)
print("x.grad before backward:", x.grad)

y = x**2
print("y =", y)

# One element counts as a scalar: no gradient argument is needed.
y.backward()
print("dy/dx =", x.grad)
