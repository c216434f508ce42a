"""Data and `Variable`: the spelling of the slides.

From: Lecture 4 slides, "Data and Variable": `from torch.autograd import Variable`, and a weight made from
`torch.Tensor([1.0])`.
A Variable was once a wrapper round a tensor; now the two are one, and the old spelling still works.
"""

import torch
from torch.autograd import Variable

x_data = [1.0, 2.0, 3.0]
y_data = [2.0, 4.0, 6.0]

w = Variable(torch.Tensor([1.0]), requires_grad=True)
print("w:", w)
print("type:", type(w).__name__, "dtype:", w.dtype, "shape:", w.shape)
print("leaf:", w.is_leaf, "requires_grad:", w.requires_grad)

# `.data` is the same storage without history.
print("w.data:", w.data)
print("w.data.requires_grad:", w.data.requires_grad)

for x, y in zip(x_data, y_data, strict=True):
    loss = (x * w - y) * (x * w - y)
    loss.backward()
    print("x", x, "y", y, "loss", loss, "w.grad", w.grad)

# Without the flag a Variable is constant.
constant = Variable(torch.Tensor([2.0, 3.0]))
print("constant:", constant, constant.requires_grad)
print("w * constant:", w * constant)

# The spelling of today.
print("today:", torch.tensor([1.0], requires_grad=True))
