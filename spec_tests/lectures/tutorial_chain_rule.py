"""The chain rule: dy/dx = dy/du * du/dx.

From: Tutorial, section "The Chain Rule Refresher", which gives the formula without an example.
Here u = x**2 + 1 and y = u**3, at x = 1: dy/du = 3 * u**2 = 12, du/dx = 2 * x = 2, dy/dx = 24.
"""

import torch

x = torch.tensor(1.0, requires_grad=True)
u = x**2 + 1
y = u**3
print("u =", u)
print("y =", y)

u.retain_grad()
y.backward()
print("dy/du =", u.grad)
print("dy/dx =", x.grad)

# du/dx on its own.
(du_dx,) = torch.autograd.grad(x**2 + 1, x)
print("du/dx =", du_dx)
print("dy/du * du/dx =", u.grad * du_dx)

# Networks nest many functions; the rule is applied once for each of them.
x = torch.tensor(1.0, requires_grad=True)
y = x
for _ in range(10):
    y = 2 * y
y.backward()
print("ten doublings, dy/dx =", x.grad)
