"""The chain rule for f(g(x)), and for three functions in a row.

From: Lecture 4 slides, the "Chain rule" pages: df/dx = df/dg * dg/dx. The slides give no numbers.
Here g(x) = 3 * x and f(g) = g**2, at x = 2: df/dg = 2 * g = 12, dg/dx = 3, df/dx = 36.
"""

import torch

x = torch.tensor(2.0, requires_grad=True)
g = 3 * x
f = g**2
g.retain_grad()
f.backward()
print("g =", g)
print("f =", f)
print("df/dg =", g.grad)
print("df/dx =", x.grad)

# A longer chain: each stage hands on what came from above, times its own slope.
x = torch.tensor(0.5, requires_grad=True)
stages = [("x - 1", x - 1)]
stages.append(("square", stages[-1][1] ** 2))
stages.append(("reciprocal", 1 / stages[-1][1]))
for _, result in stages:
    result.retain_grad()
stages[-1][1].backward()
for name, result in reversed(stages):
    print(f"{name:10}", "value", result.item(), "gradient arriving", result.grad.item())
print("gradient at x", x.grad.item())
