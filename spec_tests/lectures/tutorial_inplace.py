"""In-place operations inside a graph.

From: Tutorial, section "Common Pitfalls and Tips", second tip: y * y with y = x + 2, then the same after `y.add_(1)`.
The tutorial expects a warning and prints no figures; there is none, see ERRATA.md and errata_tutorial_inplace.py.
"""

import torch

x = torch.tensor([1.0, 2.0], requires_grad=True)
y = x + 2
z = y * y
z.sum().backward()
print("without an in-place operation:", x.grad)

x = torch.tensor([1.0, 2.0], requires_grad=True)
y = x + 2
y.add_(1)
print("y after add_(1):", y)
z = y * y
z.sum().backward()
print("with an in-place operation:", x.grad)
