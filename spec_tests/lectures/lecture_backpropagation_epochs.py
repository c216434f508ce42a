"""Several epochs of least squares, with and without zeroing the gradient.

From: Backpropagation lecture, which stops after one epoch and says that training goes on in the same way.
With x = 1, y = 2, learning rate 0.01 the distance of w from 2 shrinks by 2 % an epoch: 1, 0.98, 0.9604, ...
"""

import torch

x = torch.tensor(1.0)
y = torch.tensor(2.0)


def train(epochs, zeroing, learning_rate=0.01, show=True):
    w = torch.tensor(1.0, requires_grad=True)
    for epoch in range(epochs):
        loss = (w * x - y) ** 2
        loss.backward()
        with torch.no_grad():
            w -= learning_rate * w.grad
        if show:
            print(f"epoch {epoch}  loss {loss.item():.4f}  gradient {w.grad.item():.4f}  w {w.item():.4f}")
        if zeroing:
            w.grad.zero_()
    return w


print("with zeroing")
train(epochs=5, zeroing=True)

# Without it each gradient is added to those before: the steps grow, whatever the slope is now.
print("without zeroing")
train(epochs=5, zeroing=False)

print("with zeroing, 500 epochs:", train(epochs=500, zeroing=True, show=False))
