"""Backward from five losses at once: `backward(gradient=...)`.

From: Autograd lecture, the call with `gradient=torch.ones(5)`, and the check of the result against 2 * x.
"""

import torch

x = torch.tensor([1.0, -2.0, 3.5, 0.0, 5.0], requires_grad=True)
loss = x**2 - 5

# Five numbers have no single gradient, so PyTorch asks how to weigh them.
try:
    loss.backward()
except RuntimeError as error:
    print("RuntimeError:", error)
print("x.grad after the refusal:", x.grad)

# Ones: the gradient of the plain sum. The refused call did not use up the graph.
loss.backward(gradient=torch.ones(5))
print("x.grad:", x.grad)
print("2 * x: ", 2 * x)
print("equal, element by element:", x.grad == 2 * x)

# Other weights scale the rows of the Jacobian; it is diagonal here, so each element scales its own.
x.grad.zero_()
loss = x**2 - 5
loss.backward(gradient=torch.tensor([1.0, 0.0, 10.0, 1.0, -1.0]))
print("with other weights:", x.grad)

# The sum, written out, needs no argument.
x.grad.zero_()
(x**2 - 5).sum().backward()
print("through sum():", x.grad)
