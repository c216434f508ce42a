"""What is a leaf, and what is not.

Corrects: Autograd lecture, for which the leaves are the input tensors.
"""

import torch

x = torch.tensor(2.0, requires_grad=True)
data = torch.tensor(3.0)

# An input that requires grad is a leaf. So is every tensor that does not require grad, even if it was computed.
print("input:", x.is_leaf)
print("data:", data.is_leaf)
print("computed from data:", (data * 2 + 1).is_leaf)
print("detached:", (x * data).detach().is_leaf)
print("computed under no_grad:", torch.no_grad()(lambda: x * data)().is_leaf)
print("computed from the input:", (x * data).is_leaf)

# In the graph itself only those leaves appear that collect a gradient: the branch of `data` ends in None.
product = x * data
print("branches:", [node and type(node).__name__ for node, _ in product.grad_fn.next_functions])

# And what looks like an input is none, if it was scaled after the flag was set.
weight = torch.ones(2, requires_grad=True) * 0.1
print("a scaled weight:", weight.is_leaf)
weight = (torch.ones(2) * 0.1).requires_grad_()
print("flagged after scaling:", weight.is_leaf)
