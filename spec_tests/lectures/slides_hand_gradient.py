"""Training one weight with a gradient worked out on paper, in Python floats.

From: Lecture 4 slides, "Computing gradient in simple network" and the output marked as numeric gradient computation.
The model is x * w, the loss (x * w - y)**2, so dloss/dw = 2 * x * (x * w - y). Three samples, ten epochs.
Figures: `progress: 0 4.919240100095999` to `predict (after training) 4 7.804863933862125`. "Progress" is the loss of
the last sample after its update. No tensor appears in this script: it is what the graphs of the other scripts are
measured against.
"""

x_data = [1.0, 2.0, 3.0]
y_data = [2.0, 4.0, 6.0]
w = 1.0


def forward(x):
    return x * w


def loss(x, y):
    difference = forward(x) - y
    return difference * difference


def gradient(x, y):
    return 2 * x * (forward(x) - y)


print("predict (before training)", 4, forward(4))
for epoch in range(10):
    for x, y in zip(x_data, y_data, strict=True):
        slope = gradient(x, y)
        w = w - 0.01 * slope
        print("grad:", x, y, slope)
    print("progress:", epoch, loss(x, y))
print("predict (after training)", 4, forward(4))
