"""Exercise 4-1 of the slides, worked: the gradient of (x * w - y)**2 at x = 2, y = 4, w = 1.

By hand: y_hat = 2, s = -2, loss = 4; dloss/ds = -4, ds/dy_hat = 1, dy_hat/dw = 2; dloss/dw = -8.
"""

import torch

x, y = 2.0, 4.0
w = torch.tensor(1.0, requires_grad=True)

y_hat = x * w
s = y_hat - y
loss = s * s
print("forward:", y_hat.item(), s.item(), loss.item())

for node in (y_hat, s):
    node.retain_grad()
loss.backward()
print("dloss/ds:", s.grad)
print("dloss/dy_hat:", y_hat.grad)
print("dloss/dw:", w.grad)
print("formula 2x(xw - y):", 2 * x * (x * 1.0 - y))
