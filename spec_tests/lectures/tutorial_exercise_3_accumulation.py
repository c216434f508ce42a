"""Exercise 3 of the tutorial, worked: gradients accumulated over several forward passes before one update.

The model is w * x + b on four points of y = 2x + 1. Two passes over half of the data each, with losses scaled by the
number of passes, leave in `.grad` what one pass over all of it leaves.
"""

import torch

x = torch.tensor([1.0, 2.0, 3.0, 4.0])
y = torch.tensor([3.0, 5.0, 7.0, 9.0])
halves = [slice(0, 2), slice(2, 4)]


def mean_squared_error(w, b, part):
    return ((w * x[part] + b - y[part]) ** 2).mean()


# All four points at once.
w = torch.tensor(0.0, requires_grad=True)
b = torch.tensor(0.0, requires_grad=True)
mean_squared_error(w, b, slice(0, 4)).backward()
print("one pass over all:", w.grad, b.grad)

# Two passes, and no zeroing in between: here the accumulation is wanted.
w = torch.tensor(0.0, requires_grad=True)
b = torch.tensor(0.0, requires_grad=True)
for half in halves:
    loss = mean_squared_error(w, b, half) / len(halves)
    loss.backward()
    print("loss", loss.item(), "leaves", w.grad, b.grad)

# The same gradient also comes from adding the losses first, at the price of keeping both graphs.
w = torch.tensor(0.0, requires_grad=True)
b = torch.tensor(0.0, requires_grad=True)
total = sum(mean_squared_error(w, b, half) / len(halves) for half in halves)
total.backward()
print("the losses added first:", w.grad, b.grad)

# Training: two passes, one update, zero, and again.
w = torch.tensor(0.0, requires_grad=True)
b = torch.tensor(0.0, requires_grad=True)
for update in range(51):
    total = 0.0
    for half in halves:
        loss = mean_squared_error(w, b, half) / len(halves)
        loss.backward()
        total += loss.item()
    with torch.no_grad():
        w -= 0.1 * w.grad
        b -= 0.1 * b.grad
    if update % 10 == 0:
        print(f"update {update:3}  loss {total:.4f}  w {w.item():.3f}  b {b.item():.3f}")
    w.grad.zero_()
    b.grad.zero_()
