"""Linear regression by gradient descent: y = 2x + 1 with noise, 100 points, 100 epochs.

From: Tutorial, section "Real-World Example: Linear Regression", with its seed 42 and without its plots.
The figures that the tutorial prints do not come from its code: see ERRATA.md and errata_tutorial_regression.py.
Losses are printed to two decimals and parameters to three, which is what float32 sums in any order agree on.
"""

import torch

torch.manual_seed(42)
x = torch.linspace(0, 10, 100)
y_true = 2 * x + 1 + 1.5 * torch.randn(100)
print("the first five x:", x[:5])
print("the first five y:", y_true[:5])

w = torch.tensor(0.0, requires_grad=True)
b = torch.tensor(0.0, requires_grad=True)
learning_rate = 0.01

for epoch in range(100):
    loss = ((w * x + b - y_true) ** 2).mean()
    loss.backward()
    if epoch % 10 == 0:
        print(f"epoch {epoch:2}  loss {loss.item():.2f}")
    if epoch < 3:
        print(f"          dloss/dw {w.grad.item():.2f}  dloss/db {b.grad.item():.2f}")

    # The update is no part of the model, and the gradients used are done with.
    with torch.no_grad():
        w -= learning_rate * w.grad
        b -= learning_rate * b.grad
    w.grad.zero_()
    b.grad.zero_()

print(f"found: w = {w.item():.3f}, b = {b.item():.3f}")
print("true:  w = 2.000, b = 1.000")

# What the tutorial hands to its plot: values outside the graph.
line = (w * x + b).detach().numpy()
print(f"the line runs from {line[0]:.2f} to {line[-1]:.2f}")
