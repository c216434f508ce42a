"""Building a graph, going forward through it and back.

From: Tutorial, section "Step-by-Step Backpropagation Process", its three parts in one script.
Figures: y = tensor(5., grad_fn=<AddBackward0>), z = tensor(25., grad_fn=<PowBackward0>), gradients 20, 10, 10.
"""

import torch

x = torch.tensor(1.0, requires_grad=True)
w = torch.tensor(2.0, requires_grad=True)
b = torch.tensor(3.0, requires_grad=True)

# 1. The graph comes into being with the operations.
y = w * x + b
print("y =", y)
print("made by:", type(y.grad_fn).__name__)
print("which was given the results of:", [type(node).__name__ for node, _ in y.grad_fn.next_functions])

# 2. Forward.
z = y**2
print("z =", z)

# 3. Backward: dz/dy = 2 * y = 10, times dy/dx = w, dy/dw = x, dy/db = 1.
z.backward()
print("dz/dx:", x.grad)
print("dz/dw:", w.grad)
print("dz/db:", b.grad)
