"""The figures marked "computational graph" are double precision, and the "numeric gradient" is not numeric.

Corrects: Lecture 4 slides. `grad: 2.0 4.0 -7.84` stands under "computational graph", and beside the backward pass;
PyTorch's default tensors hold single precision, where that gradient prints as -7.840000152587891 (as another slide
has it). The output marked "numeric gradient computation" comes from a formula; a gradient computed numerically has an
error of its own.
"""

import torch


def loss(w, x, y):
    return (x * w - y) * (x * w - y)


# After the first sample's update w is 1.02. The second sample has x = 2, y = 4.
for dtype in (torch.float32, torch.float64):
    w = torch.tensor([1.0], dtype=dtype, requires_grad=True)
    loss(w, 1.0, 2.0).backward()
    with torch.no_grad():
        w -= 0.01 * w.grad
    w.grad.zero_()
    loss(w, 2.0, 4.0).backward()
    print(dtype, "grad:", w.grad.item())

# By formula, as in the slides' code.
w = 1.02
print("formula:", 2 * 2.0 * (2.0 * w - 4.0))

# Numerically: the loss at two points near w, and no derivative anywhere.
for step in (1e-1, 1e-3):
    difference = (loss(w + step, 2.0, 4.0) - loss(w, 2.0, 4.0)) / step
    print(f"forward difference, step {step}: {difference:.6f}")
