"""The three local gradients of the least-squares graph, and the two that nobody needs.

From: the notebook that goes with the Backpropagation lecture, sections on local gradients and on minimising the loss.
The graph is y_hat = w * x, s = y_hat - y, loss = s**2; the notebook lists dloss/ds, ds/dy_hat and dy_hat/dw.
"""

import torch


def local_gradients(w, x, y):
    w = torch.tensor(w, requires_grad=True)
    x = torch.tensor(x)
    y = torch.tensor(y)

    y_hat = w * x
    s = y_hat - y
    loss = s**2
    y_hat.retain_grad()
    s.retain_grad()
    loss.backward()

    # What arrives at a node is the product of all local gradients between the loss and that node.
    print("loss:", loss)
    print("  at s:    ", s.grad, "= 2 * s =", 2 * s.item())
    print("  at y_hat:", y_hat.grad, "= 2 * s * 1")
    print("  at w:    ", w.grad, "= 2 * s * 1 * x =", 2 * s.item() * x.item())

    # x and y do not require grad, so their branches are not followed.
    print("  at x and y:", x.grad, y.grad)


local_gradients(w=1.0, x=1.0, y=2.0)
local_gradients(w=1.0, x=3.0, y=2.0)

# Were x a parameter too, it would get its gradient in the same backward pass.
w = torch.tensor(1.0, requires_grad=True)
x = torch.tensor(3.0, requires_grad=True)
loss = (w * x - 2.0) ** 2
loss.backward()
print("x as a parameter: w.grad", w.grad, "x.grad", x.grad)
