"""Exercise 4-5 of the slides, worked: gradients of a quadratic model by PyTorch.

The model of slides_exercise_4_4.py with the same numbers; the gradients must be the ones found by hand.
"""

import torch

x, y = 2.0, 1.0
w2 = torch.tensor(0.5, requires_grad=True)
w1 = torch.tensor(-1.0, requires_grad=True)
b = torch.tensor(3.0, requires_grad=True)

y_hat = x**2 * w2 + x * w1 + b
y_hat.retain_grad()
loss = (y_hat - y) ** 2
print("y_hat:", y_hat)
print("loss:", loss)

loss.backward()
print("dloss/dy_hat:", y_hat.grad)
print("dloss/dw1:", w1.grad)
print("dloss/dw2:", w2.grad)
print("dloss/db:", b.grad)

# Nothing changes for several samples, except that the parameters collect from all of them.
xs = torch.tensor([-1.0, 0.0, 2.0])
ys = torch.tensor([0.0, 1.0, 4.0])
for parameter in (w1, w2, b):
    parameter.grad = None
losses = (xs**2 * w2 + xs * w1 + b - ys) ** 2
losses.sum().backward()
print("three losses:", losses)
print("dloss/dw1, dw2, db:", w1.grad, w2.grad, b.grad)
