"""Gradients are stored in the `.grad` of leaves only.

Corrects: Tutorial, summary and key components, where gradients are stored in the `.grad` of tensors.
"""

import warnings

import torch

x = torch.tensor(2.0, requires_grad=True)
y = x**2
z = 3 * y
z.backward()
print("x.grad:", x.grad)

# In between nothing is kept, and to ask for it is worth a warning.
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    print("y.grad:", y.grad)
for warning in caught:
    print(warning.category.__name__ + ":", str(warning.message).split(". ")[0])

# Unless it was ordered beforehand.
x = torch.tensor(2.0, requires_grad=True)
y = x**2
y.retain_grad()
z = 3 * y
z.backward()
print("y.grad, retained:", y.grad)

# `autograd.grad` stores nothing anywhere.
x = torch.tensor(2.0, requires_grad=True)
print("returned:", torch.autograd.grad(x**2, x)[0], "stored:", x.grad)
