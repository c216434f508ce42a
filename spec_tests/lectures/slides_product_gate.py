"""A gate that multiplies: local gradients, and a gradient that comes from above.

From: Lecture 4 slides, the gate z = x * y with x = 2, y = 3 and dL/dz = 5 given.
Figures: z = 6; the local gradients dz/dx = y = 3 and dz/dy = x = 2; so dL/dx = 15 and dL/dy = 10.
"""

import torch

x = torch.tensor(2.0, requires_grad=True)
y = torch.tensor(3.0, requires_grad=True)

# Forward pass.
z = x * y
print("z =", z)

# The gate alone.
dz_dx, dz_dy = torch.autograd.grad(z, (x, y), retain_graph=True)
print("local gradients:", dz_dx, dz_dy)

# Backward pass, with what the rest of the graph sends down.
z.backward(gradient=torch.tensor(5.0))
print("dL/dx =", x.grad)
print("dL/dy =", y.grad)

# The same with a rest that really is there: L = 5 * z.
x.grad = None
y.grad = None
loss = 5 * (x * y)
loss.backward()
print("with L = 5 * z:", x.grad, y.grad)
