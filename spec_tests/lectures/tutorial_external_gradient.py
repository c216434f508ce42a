"""Backward from an output that is not a scalar.

From: Tutorial, section "Computing Gradients for Non-Scalar Outputs". Figure: a 2x2 tensor of twos.
"""

import torch

x = torch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
y = x * 2
print("y:", y)

try:
    y.backward()
except RuntimeError as error:
    print("RuntimeError:", error)

# The gradient argument has the shape of y: how much the final result depends on each element of y.
y.backward(gradient=torch.tensor([[1.0, 1.0], [1.0, 1.0]]))
print("x.grad:", x.grad)

# With weights other than one it shows what the argument does.
x.grad = None
y = x * x
y.backward(gradient=torch.tensor([[1.0, 0.0], [0.5, -1.0]]))
print("x.grad of x * x, weighted:", x.grad)

# A wrong shape is refused.
y = x * 2
try:
    y.backward(gradient=torch.ones(2))
except RuntimeError as error:
    print("RuntimeError:", error)
