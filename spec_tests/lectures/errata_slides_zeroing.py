"""Where the slides zero the gradient, and where their output says it was zeroed.

Corrects: Lecture 4 slides, "Training". The code zeroes once an epoch, after the inner loop; the output shown beside
it, `grad: 2.0 4.0 -7.840000152587891`, belongs to a program that zeroes after every sample.
"""

import torch
from torch.autograd import Variable

x_data = [1.0, 2.0, 3.0]
y_data = [2.0, 4.0, 6.0]


def train(epochs, zero_after):
    w = Variable(torch.Tensor([1.0]), requires_grad=True)
    for epoch in range(epochs):
        for x, y in zip(x_data, y_data, strict=True):
            loss = (x * w - y) * (x * w - y)
            loss.backward()
            print("grad:", x, y, w.grad.item())
            w.data = w.data - 0.01 * w.grad.data
            if zero_after == "sample":
                w.grad.data.zero_()
        if zero_after == "epoch":
            w.grad.data.zero_()
        print("progress:", epoch, loss.item())
    print("predict (after training)", 4, (4 * w).item())


# -9.84 is -2 + -7.84: the second sample's gradient on top of the first one's.
print("as the code says, zeroing after each epoch")
train(epochs=10, zero_after="epoch")

print("as the output says, zeroing after each sample")
train(epochs=3, zero_after="sample")
