"""The gradient argument has the shape of the output, not of x.

Corrects: Autograd lecture, which asks for a tensor with the same shape as x. In its example the two shapes agree.
"""

import torch

x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
loss = torch.stack([x**2 - 5, 2 * x])
print("shapes of x and of the loss:", x.shape, loss.shape)

try:
    loss.backward(gradient=torch.ones(3))
except RuntimeError as error:
    print("RuntimeError:", error)

loss.backward(gradient=torch.ones(2, 3))
print("x.grad:", x.grad)
