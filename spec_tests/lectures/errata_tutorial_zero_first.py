"""There is nothing to zero before the first backward pass.

Corrects: Tutorial, first tip and summary: always call `x.grad.zero_()` before computing new gradients. Before the
first ones it fails, and accumulation that is wanted (the tutorial's exercise 3) forbids it.
"""

import torch

x = torch.tensor(1.0, requires_grad=True)
try:
    x.grad.zero_()
except AttributeError as error:
    print("AttributeError:", error)

# None works at any time: the next backward pass starts afresh.
for _ in range(2):
    x.grad = None
    (x * 2).backward()
    print("x.grad:", x.grad)

# A gradient returned instead of stored needs no zeroing at all.
for _ in range(2):
    print("returned:", torch.autograd.grad(x * 2, x)[0])
print("x.grad:", x.grad)
