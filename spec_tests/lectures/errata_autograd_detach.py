"""`detach` makes a new tensor, but no new memory; and it does not silence the rest of an expression.

Corrects: Autograd lecture, which describes the result as a new tensor with the same values, from which no gradient
function arises when a loss is computed.
"""

import torch

a = torch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)

# Writing into the detached tensor writes into the original.
b = a.detach()
b[0, 0] = 10.0
print("a after b[0, 0] = 10:", a)

# A copy of one's own takes a clone.
c = a.detach().clone()
c[0, 0] = -1.0
print("a after c[0, 0] = -1:", a)

# A loss from b has a graph all the same, as soon as anything else in it requires grad.
w = torch.tensor(2.0, requires_grad=True)
loss = (w * b).sum()
print("loss:", loss)
loss.backward()
print("w.grad:", w.grad)
print("a.grad:", a.grad)

# Autograd notices such a write when it needs the old value.
a = torch.tensor([1.0, 2.0], requires_grad=True)
result = (a**2).sum()
a.detach().zero_()
try:
    result.backward()
except RuntimeError as error:
    print("RuntimeError:", str(error).split(":")[0])
