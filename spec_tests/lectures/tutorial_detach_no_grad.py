"""Stopping the tracking: `detach()` and `no_grad()`.

From: Tutorial, section "Common Pitfalls and Tips", third tip. Figures: requires_grad is False both times.
"""

import torch

x = torch.tensor([1.0, 2.0], requires_grad=True)
y = x * 2
detached = y.detach()
print("y:", y)
print("detached:", detached)
print("detached.requires_grad:", detached.requires_grad)

with torch.no_grad():
    z = x * 3
print("z:", z)
print("z.requires_grad:", z.requires_grad)

# Either way the original graph is whole.
y.sum().backward()
print("x.grad:", x.grad)
