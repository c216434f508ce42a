"""Zeroing the gradient before the next backward pass.

From: Tutorial, section "Zeroing Gradients". Figures: tensor(2.), then tensor(2.) again.
"""

import torch

x = torch.tensor(1.0, requires_grad=True)

y = x * 2
y.backward()
print("after the first backward:", x.grad)

x.grad.zero_()
print("after zero_():", x.grad)

y = x * 2
y.backward()
print("after the second backward:", x.grad)

# The other way: forget the gradient altogether.
x.grad = None
print("after assigning None:", x.grad)

y = x * 2
y.backward()
print("after the third backward:", x.grad)
