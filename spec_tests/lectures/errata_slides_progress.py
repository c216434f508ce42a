"""Two meanings of "progress".

Corrects: Lecture 4 slides, which print `progress: 0 4.919240100095999` for the hand-written gradient and
`progress: 0 7.315943717956543` for PyTorch, with the same gradients. The methods agree; the first program computes
the loss of the last sample anew after the update, the second prints the one from before.
"""

import torch

x_data = [1.0, 2.0, 3.0]
y_data = [2.0, 4.0, 6.0]


def loss(w, x, y):
    return (x * w - y) * (x * w - y)


# Each program can print both figures.
w = 1.0
for x, y in zip(x_data, y_data, strict=True):
    before = loss(w, x, y)
    w = w - 0.01 * 2 * x * (x * w - y)
print(f"by hand:  before the update {before:.6f}, after it {loss(w, x, y):.6f}")

w = torch.tensor([1.0], requires_grad=True)
for x, y in zip(x_data, y_data, strict=True):
    before = loss(w, x, y)
    before.backward()
    with torch.no_grad():
        w -= 0.01 * w.grad
    w.grad.zero_()
print(f"PyTorch:  before the update {before.item():.6f}, after it {loss(w, x, y).item():.6f}")

# Either figure is the loss of one sample. The loss over the data is another one.
print(f"all three samples, after it: {sum(loss(w, x, y).item() for x, y in zip(x_data, y_data, strict=True)):.6f}")
