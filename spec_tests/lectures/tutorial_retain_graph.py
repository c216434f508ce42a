"""`retain_graph=True`, and gradients of two functions of one variable.

From: Tutorial, section "Using retain_graph Parameter". Figures: tensor(4.), then tensor(12.).
The tutorial's two functions do not share a graph, so the example is completed by one that does.
"""

import torch

x = torch.tensor(2.0, requires_grad=True)
y = x**2
z = x**3

y.backward(retain_graph=True)
print("dy/dx:", x.grad)

x.grad.zero_()
z.backward()
print("dz/dx:", x.grad)

# y's graph was kept and can be used again; z's was not.
x.grad.zero_()
y.backward()
print("dy/dx, from the kept graph:", x.grad)
try:
    z.backward()
except RuntimeError as error:
    print("RuntimeError:", error)

# Two functions that share a part: the first backward must keep it for the second.
x = torch.tensor(2.0, requires_grad=True)
shared = x**2
y = 3 * shared
z = shared**2
y.backward(retain_graph=True)
print("d(3 x**2)/dx:", x.grad)
x.grad.zero_()
z.backward()
print("d(x**4)/dx:", x.grad)
