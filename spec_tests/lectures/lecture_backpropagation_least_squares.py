"""Least squares with one weight: forward pass, backward pass, local gradients, one update.

From: Backpropagation lecture, the least-squares graph and the PyTorch session at its end.
Figures: x = 1, y = 2, w = 1; loss 1, gradient -2, and w = 1.02 after a step with learning rate 0.01.
"""

import torch

x = torch.tensor(1.0)
y = torch.tensor(2.0)
w = torch.tensor(1.0, requires_grad=True)

# Forward pass, node by node as in the lecture's graph.
y_hat = w * x
difference = y_hat - y
loss = difference**2
print("prediction:", y_hat)
print("difference:", difference)
print("loss:", loss)

# Each arrow of the graph has a local gradient...
(dloss_ddifference,) = torch.autograd.grad(loss, difference, retain_graph=True)
(ddifference_dy_hat,) = torch.autograd.grad(difference, y_hat, retain_graph=True)
(dy_hat_dw,) = torch.autograd.grad(y_hat, w, retain_graph=True)
print("local gradients:", dloss_ddifference, ddifference_dy_hat, dy_hat_dw)
print("their product:", dloss_ddifference * ddifference_dy_hat * dy_hat_dw)

# ...and the backward pass multiplies them. Asking for gradients through `autograd.grad` left `w.grad` untouched.
print("w.grad before backward:", w.grad)
loss.backward()
print("w.grad after backward:", w.grad)

# The data are given, not learned: no gradient is computed for them.
print("x.grad:", x.grad)
print("y.grad:", y.grad)

# The update must not become part of the graph, or w would no longer be a leaf.
with torch.no_grad():
    w -= 0.01 * w.grad
print("w after one step:", w)
print("is w still a leaf?", w.is_leaf)
print("w.grad after the step:", w.grad)
