"""The loss x**2 - 5 on five values, without and with gradient tracking.

From: Autograd lecture, the first session: a plain tensor, then the same one with `requires_grad=True`, and its
`grad_fn`.
The lecture leaves the five values open.
"""

import torch

values = [1.0, -2.0, 3.5, 0.0, 5.0]

# Without requires_grad this is array arithmetic and nothing is remembered.
x = torch.tensor(values)
loss = x**2 - 5
print("x:", x)
print("loss:", loss)
print("requires_grad:", x.requires_grad, loss.requires_grad)
print("grad_fn:", loss.grad_fn)

# With it, the result knows the last operation that made it: the subtraction.
x = torch.tensor(values, requires_grad=True)
loss = x**2 - 5
print("x:", x)
print("loss:", loss)
print("requires_grad:", x.requires_grad, loss.requires_grad)
print("grad_fn:", loss.grad_fn.name())

# The numbers are the same either way.
print("values:", loss.tolist())

# x itself was made by nobody: a leaf.
print("x.grad_fn:", x.grad_fn)
