"""The training loop again, in double precision: the graph gives the Python floats of the gradient worked out by hand.

From: Lecture 4 slides, the output marked "computational graph", whose figures are those of the numeric trace.
Figures: `progress: 0 4.919240100095999` to `predict (after training) 4 7.804863933862125`. Here, as there, "progress"
is the loss of the last sample after its update. Compare slides_hand_gradient.py, line by line.
"""

import torch

x_data = [1.0, 2.0, 3.0]
y_data = [2.0, 4.0, 6.0]
w = torch.tensor([1.0], dtype=torch.float64, requires_grad=True)


def loss(x, y):
    difference = x * w - y
    return difference * difference


print("predict (before training)", 4, (4 * w).item())
for epoch in range(10):
    for x, y in zip(x_data, y_data, strict=True):
        loss(x, y).backward()
        print("grad:", x, y, w.grad.item())
        with torch.no_grad():
            w -= 0.01 * w.grad
        w.grad.zero_()
    print("progress:", epoch, loss(x, y).item())
print("predict (after training)", 4, (4 * w).item())
