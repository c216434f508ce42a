"""`.data[0]` gives a tensor.

Corrects: Lecture 4 slides, which print `forward(4).data[0]`, `w.grad.data[0]` and `l.data[0]` and show plain numbers.
Taking an element of a tensor gives a tensor without dimensions; the number comes from `.item()`.
"""

import torch
from torch.autograd import Variable

w = Variable(torch.Tensor([1.0]), requires_grad=True)
loss = (2.0 * w - 4.0) * (2.0 * w - 4.0)
loss.backward()

print("predict", 4, (4 * w).data[0])
print("grad:", w.grad.data[0])
print("progress:", loss.data[0])
print("with item():", (4 * w).item(), w.grad.item(), loss.item())

# A weight made the way of today has no dimension, and then there is no element 0.
w = torch.tensor(1.0, requires_grad=True)
loss = (2.0 * w - 4.0) ** 2
try:
    print(loss.data[0])
except IndexError as error:
    print("IndexError:", error)
