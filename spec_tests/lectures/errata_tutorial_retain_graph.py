"""What a graph is, what of it is freed, and when `retain_graph` is needed.

Corrects: Tutorial, "Using retain_graph Parameter". It retains the graph of y for a backward pass from z and says that
this pass uses the same graph. And "the graph is freed" means: the values saved in it.
"""

import torch

# The tutorial's example without retain_graph. y and z share a leaf, not an operation.
x = torch.tensor(2.0, requires_grad=True)
y = x**2
z = x**3
y.backward()
print("dy/dx:", x.grad)
x.grad.zero_()
z.backward()
print("dz/dx:", x.grad)

# It is needed for a second pass over saved values...
x = torch.tensor(2.0, requires_grad=True)
y = x**2
y.backward()
try:
    y.backward()
except RuntimeError as error:
    print("RuntimeError:", str(error).split(".")[0])

# ...and not for one over operations that saved none. The graph itself is still there.
y = x + 3
x.grad = None
y.backward()
y.backward()
print("x + 3, backward twice:", x.grad)

# A number counts as a saved value like any other: it becomes a tensor before it is multiplied.
y = 5 * x
x.grad = None
y.backward()
try:
    y.backward()
except RuntimeError as error:
    print("RuntimeError:", str(error).split(".")[0])
print("5 * x, after the refused second pass:", x.grad)
