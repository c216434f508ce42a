"""The recurrent graph of the slides is not built.

Corrects: Lecture 4 slides, "A graph is created on the fly". Its four Variables are made without `requires_grad=True`;
nothing computed from them is recorded.
"""

import torch
from torch.autograd import Variable

torch.manual_seed(0)
x = Variable(torch.randn(1, 10))
prev_h = Variable(torch.randn(1, 20))
W_h = Variable(torch.randn(20, 20))
W_x = Variable(torch.randn(20, 10))

next_h = torch.tanh(torch.mm(W_h, prev_h.t()) + torch.mm(W_x, x.t()))
print("shape:", next_h.shape)
print("requires_grad:", next_h.requires_grad, "grad_fn:", next_h.grad_fn)
try:
    next_h.sum().backward()
except RuntimeError as error:
    print("RuntimeError:", error)

# One flag on one weight, and the graph is there.
W_h.requires_grad_()
next_h = torch.tanh(torch.mm(W_h, prev_h.t()) + torch.mm(W_x, x.t()))
print("requires_grad:", next_h.requires_grad, "grad_fn:", type(next_h.grad_fn).__name__)
next_h.sum().backward()
print("W_h.grad:", W_h.grad.shape, "W_x.grad:", W_x.grad)
