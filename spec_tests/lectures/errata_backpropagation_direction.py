"""`w.grad` is the gradient of the loss with respect to w, and not the other way round.

Corrects: Backpropagation lecture, which calls `w.grad` the gradient of w with respect to some scalar.
"""

import torch

w = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
loss = (w**2).sum()

# d(loss)/dw: one number for each element of w, so it has w's shape.
(gradient,) = torch.autograd.grad(loss, w, retain_graph=True)
print("loss:", loss)
print("gradient of the loss with respect to w:", gradient)

# dw/d(loss): w does not depend on the loss, and PyTorch says so.
try:
    torch.autograd.grad(w.sum(), loss)
except RuntimeError as error:
    print("RuntimeError:", error)

loss.backward()
print("w.grad:", w.grad)
