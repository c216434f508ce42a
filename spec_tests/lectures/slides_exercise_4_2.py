"""Exercise 4-2 of the slides, worked: the model x * w + b with x = 1, y = 2, w = 1, b = 2.

By hand: y_hat = 3, s = 1, loss = 1; dloss/dy_hat = 2; the sum gate passes it on to both sides, so dloss/db = 2 and
dloss/dw = 2 * x = 2.
"""

import torch

x, y = 1.0, 2.0
w = torch.tensor(1.0, requires_grad=True)
b = torch.tensor(2.0, requires_grad=True)

product = x * w
y_hat = product + b
loss = (y_hat - y) ** 2
print("y_hat:", y_hat)
print("loss:", loss)

product.retain_grad()
y_hat.retain_grad()
loss.backward()
print("dloss/dy_hat:", y_hat.grad)
print("dloss/d(x*w):", product.grad)
print("dloss/dw:", w.grad)
print("dloss/db:", b.grad)

# With another x the two differ: the weight's share is multiplied by x, the bias's is not.
w.grad = None
b.grad = None
((3.0 * w + b - y) ** 2).backward()
print("for x = 3:", w.grad, b.grad)
