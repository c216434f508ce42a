"""Second derivatives with `create_graph=True`.

From: Tutorial, section "Using create_graph Parameter".
Figures: tensor(12., grad_fn=<MulBackward0>) for 3 * x**2 and tensor(12.) for 6 * x, at x = 2.
"""

import torch

x = torch.tensor(2.0, requires_grad=True)
y = x**3

# The first derivative is itself a result that can be differentiated...
first = torch.autograd.grad(y, x, create_graph=True)[0]
print("first derivative:", first)

# ...the second, asked for without create_graph, is a plain number.
second = torch.autograd.grad(first, x)[0]
print("second derivative:", second)

# `autograd.grad` returns its results and leaves `.grad` alone.
print("x.grad:", x.grad)

# Without create_graph there is nothing to differentiate a second time.
first = torch.autograd.grad(x**3, x)[0]
print("first derivative, no graph:", first)
try:
    torch.autograd.grad(first, x)
except RuntimeError as error:
    print("RuntimeError:", error)
