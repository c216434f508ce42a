"""The graph of (x * w - y)**2, forward and backward, node by node.

From: Lecture 4 slides, "Computational graph" and "Backward propagation" with x = 1, y = 2, w = 1.
Figures: y_hat = 1, s = -1, loss = 1; dloss/dy_hat = -2 * 1 = -2 and dloss/dw = -2 * x = -2.
"""

import torch

x = 1.0
y = 2.0
w = torch.tensor(1.0, requires_grad=True)

# Forward pass: three gates.
y_hat = x * w
s = y_hat - y
loss = s**2
print("y_hat:", y_hat)
print("s:", s)
print("loss:", loss)

# Each gate's local gradient, from its formula.
dloss_ds = 2 * s.item()
ds_dy_hat = 1.0
dy_hat_dw = x

# Backward pass by hand, from the loss to the weight.
dloss_dy_hat = dloss_ds * ds_dy_hat
dloss_dw = dloss_dy_hat * dy_hat_dw
print("by hand:  dloss/dy_hat", dloss_dy_hat, "dloss/dw", dloss_dw)

# Backward pass by PyTorch.
y_hat.retain_grad()
loss.backward()
print("backward: dloss/dy_hat", y_hat.grad.item(), "dloss/dw", w.grad.item())
