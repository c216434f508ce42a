"""Exercise 1 of the tutorial, worked: the derivative of x**3 - 4 * x**2 + 5 at x = 3.

By hand: 3 * x**2 - 8 * x = 27 - 24 = 3, and the value is 27 - 36 + 5 = -4.
"""

import torch

x = torch.tensor(3.0, requires_grad=True)
y = x**3 - 4 * x**2 + 5
print("y =", y)

y.backward()
print("dy/dx =", x.grad)
print("by hand:", 3 * 3.0**2 - 8 * 3.0)

# Where the derivative vanishes, at 0 and 8/3, there is an extremum.
for start in (0.0, 1.0, 2.0, 3.0, 4.0):
    x = torch.tensor(start, requires_grad=True)
    (x**3 - 4 * x**2 + 5).backward()
    print("at", start, "the derivative is", x.grad.item())
