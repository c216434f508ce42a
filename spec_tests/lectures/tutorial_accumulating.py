"""Gradients accumulate: a second backward pass adds to what is there.

From: Tutorial, section "Accumulating Gradients". Figures: tensor(2.), then tensor(4.).
"""

import torch

x = torch.tensor(1.0, requires_grad=True)

y = x * 2
y.backward()
print("after the first backward:", x.grad)

y = x * 2
y.backward()
print("after the second backward:", x.grad)

# Nothing ties the passes to one formula: whatever is derived is added.
y = x**3
y.backward()
print("after x**3 as well:", x.grad)
