"""An in-place operation is right, or an error: there is no warning.

Corrects: Tutorial, "Common Pitfalls and Tips": its comment says that `y.add_(1)` will generate a warning, and its two
prints suggest that the in-place operation disturbs the gradient.
"""

import warnings

import torch

# The tutorial's example, with every warning collected.
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x + 2
    y.add_(1)
    z = y * y
    z.sum().backward()
print("warnings:", len(caught))
print("gradient with add_:", x.grad)

# It differs from the tutorial's other gradient because (x + 3)**2 is another function than (x + 2)**2.
x = torch.tensor([1.0, 2.0], requires_grad=True)
y = x + 2
y = y + 1
z = y * y
z.sum().backward()
print("gradient with y = y + 1:", x.grad)

# Harmful is a change after a value was saved for the backward pass. That is an error, raised by backward.
x = torch.tensor([1.0, 2.0], requires_grad=True)
y = x + 2
z = y * y
y.add_(1)
try:
    z.sum().backward()
except RuntimeError as error:
    print("RuntimeError:", error)

# The same change does no harm where the value was not needed: a sum saves nothing.
x = torch.tensor([1.0, 2.0], requires_grad=True)
y = x + 2
z = y + y
y.add_(1)
z.sum().backward()
print("gradient of y + y, changed afterwards:", x.grad)

# And on a leaf that requires grad the operation itself is refused.
try:
    x.add_(1)
except RuntimeError as error:
    print("RuntimeError:", error)
