"""`no_grad` and zeroing are two different things.

Corrects: Backpropagation lecture and its notebook. Both explain keeping the update out of the graph as setting the
gradient to zero, and expect -2 in `w.grad` because it was zeroed. The code zeroes nothing: -2 is simply still there.
"""

import torch

x, y = torch.tensor(1.0), torch.tensor(2.0)


def first_step():
    w = torch.tensor(1.0, requires_grad=True)
    ((w * x - y) ** 2).backward()
    with torch.no_grad():
        w -= 0.01 * w.grad
    return w


w = first_step()
print("after the update under no_grad:", w, w.grad)

# The second epoch shows that nothing was zeroed: -2 and -1.96 have been added.
((w * x - y) ** 2).backward()
print("second epoch, not zeroed:", w.grad)

# Had it been zeroed, the lecture's last line would print 0, and the second epoch its own gradient.
w = first_step()
w.grad.zero_()
print("zeroed:", w.grad)
((w * x - y) ** 2).backward()
print("second epoch, zeroed:", w.grad)

# What no_grad is for: without it the update is refused, or makes w a result instead of a parameter.
w = torch.tensor(1.0, requires_grad=True)
((w * x - y) ** 2).backward()
try:
    w -= 0.01 * w.grad
except RuntimeError as error:
    print("RuntimeError:", error)
w = w - 0.01 * w.grad
print("written without no_grad:", w, "leaf:", w.is_leaf)
