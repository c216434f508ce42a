"""A Variable is a tensor; there is nothing to wrap.

Corrects: Lecture 4 slides, "Data and Variable", which wrap a tensor to make it part of a graph.
"""

import torch
from torch.autograd import Variable

data = torch.Tensor([1.0])
w = Variable(data, requires_grad=True)
print("type of data and of w:", type(data).__name__, type(w).__name__)
print("a plain tensor is a Variable:", isinstance(data, Variable))

# w is a second tensor over the same memory: the flag is w's, the numbers are shared.
print("flags:", data.requires_grad, w.requires_grad)
data[0] = 5.0
print("w after data[0] = 5:", w)

# `torch.tensor` with the flag does all of it, and copies.
values = [1.0]
w = torch.tensor(values, requires_grad=True)
values[0] = 5.0
print("w after values[0] = 5:", w)
