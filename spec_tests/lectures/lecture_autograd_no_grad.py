"""`no_grad`: operations that leave no trace in the graph.

From: Autograd lecture, the second of its two ways: squaring a tensor inside the wrapper. The lecture sets no seed.
"""

import torch

torch.manual_seed(0)
c = torch.rand(2, 2, requires_grad=True)
print("c:", c)

with torch.no_grad():
    squared = c**2
print("inside no_grad:", squared)
print("requires_grad:", squared.requires_grad, "grad_fn:", squared.grad_fn)

# The tensor itself keeps its flag; only what is done inside goes unrecorded.
print("c.requires_grad:", c.requires_grad)
squared = c**2
print("outside again:", squared)

# The wrapper's usual place: the update of a weight.
squared.sum().backward()
with torch.no_grad():
    c -= 0.5 * c.grad
print("c - 0.5 * 2c:", c)
print("still a leaf that requires grad:", c.is_leaf, c.requires_grad)


# It also serves as a decorator.
@torch.no_grad()
def predict(x):
    return x * 2


print("decorated:", predict(c + 1))
print("recording afterwards:", torch.is_grad_enabled())
