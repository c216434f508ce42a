"""The training loop of the slides: forward, backward, update, ten epochs over three samples.

From: Lecture 4 slides, "Training: forward, backward, and update weight" and its output.
Figures: `grad: 2.0 4.0 -7.840000152587891`, `progress: 0 7.315943717956543`, and on into epoch 8, where the slide ends.
Two changes to the slides' code make it print the slides' figures: the gradient is zeroed after each sample, not after
each epoch, and numbers are read by `.item()`. See errata_slides_zeroing.py and errata_slides_data_index.py.
"Progress" is the loss of the last sample before its update.
"""

import torch
from torch.autograd import Variable

x_data = [1.0, 2.0, 3.0]
y_data = [2.0, 4.0, 6.0]
w = Variable(torch.Tensor([1.0]), requires_grad=True)


def forward(x):
    return x * w


def loss(x, y):
    difference = forward(x) - y
    return difference * difference


print("predict (before training)", 4, forward(4).item())
for epoch in range(10):
    for x, y in zip(x_data, y_data, strict=True):
        current = loss(x, y)
        current.backward()
        print("grad:", x, y, w.grad.item())
        w.data = w.data - 0.01 * w.grad.data
        w.grad.data.zero_()
    print("progress:", epoch, current.item())
print("predict (after training)", 4, forward(4).item())
