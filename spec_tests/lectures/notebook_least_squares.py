"""The least-squares session of the notebook, cell by cell.

From: the notebook that goes with the Backpropagation lecture, cells 1 to 7.
Figures: `Forward step: 1.0`, `Backward Step: -2.0`, `tensor(1.0200, requires_grad=True)`, `tensor(-2.)`.
"""

import torch

# The data, and the weight that is to be learned.
x = torch.tensor(1.0)
y = torch.tensor(2.0)
w = torch.tensor(1.0, requires_grad=True)

# A tensor without dimensions inside an f-string is formatted as the number that it holds.
loss = (w * x - y) ** 2
print(f"Forward step: {loss}")

loss.backward()
print(f"Backward Step: {w.grad}")

# In-place, on a leaf that requires grad: allowed only where nothing is recorded.
with torch.no_grad():
    w -= 0.01 * w.grad
    print(w)
print(w.grad)

# The next forward pass starts from the new weight.
print(f"Forward step: {((w * x - y) ** 2).item():.4f}")
