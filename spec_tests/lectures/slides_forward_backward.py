"""One forward pass, one backward pass, one update, in the spelling of the slides.

From: Lecture 4 slides, "PyTorch forward/backward": the loss at x = 1, y = 2, then `backward()`, `w.grad`, and the
update of `w.data`. The gradient is -2, the weight after the step 1.02.
"""

import torch
from torch.autograd import Variable

w = Variable(torch.Tensor([1.0]), requires_grad=True)


def forward(x):
    return x * w


def loss(x, y):
    difference = forward(x) - y
    return difference * difference


# Forward pass.
result = loss(x=1, y=2)
print("loss:", result)
print("w.grad before:", w.grad)

# Back-propagation.
result.backward()
print("w.grad after:", w.grad)

# Weight update. Only the values are exchanged: w stays the leaf that it was.
w.data = w.data - 0.01 * w.grad.data
print("w:", w)
print("leaf:", w.is_leaf, "grad_fn:", w.grad_fn)
print("w.grad still:", w.grad)
