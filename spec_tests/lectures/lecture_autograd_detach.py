"""`detach`: the same values, outside the graph.

From: Autograd lecture, the first of its two ways to keep operations out of the graph, on a 2x2 tensor made by `rand`.
The lecture sets no seed.
"""

import torch

torch.manual_seed(0)
a = torch.rand(2, 2, requires_grad=True)
b = a.detach()
print("a:", a)
print("b:", b)
print("requires_grad of a and b:", a.requires_grad, b.requires_grad)

# No graph is built on b...
loss = b**2 - 5
print("loss from b:", loss)
print("its grad_fn:", loss.grad_fn)
try:
    loss.sum().backward()
except RuntimeError as error:
    print("RuntimeError:", error)

# ...while a is tracked as before.
loss = a**2 - 5
print("grad_fn of the loss from a:", loss.grad_fn.name())
loss.sum().backward()
print("a.grad:", a.grad)

# In a product of both, b counts as a constant: the derivative is b, not 2 * a.
a.grad = None
(a * b).sum().backward()
print("a.grad of a * b:", a.grad)
