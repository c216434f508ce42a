"""Not every operation on every tensor is differentiated.

Corrects: Autograd lecture and Tutorial, which promise automatic differentiation for all operations on tensors, and
the lecture's remark that `requires_grad=True` makes every operation on a tensor tracked.
"""

import torch

x = torch.tensor([1.0, -2.0, 3.0], requires_grad=True)

# Results that take no part in calculus: truth values and positions.
for name, result in [("x > 0", x > 0), ("argmax", x.argmax())]:
    print(f"{name}:", result, "requires_grad:", result.requires_grad, "grad_fn:", result.grad_fn)

# Whole numbers cannot require grad. Five values typed without a decimal point are whole numbers.
try:
    torch.tensor([1, 2, 3, 4, 5], requires_grad=True)
except RuntimeError as error:
    print("RuntimeError:", error)

# Nor is anything tracked where recording is switched off.
with torch.no_grad():
    print("under no_grad:", (x * 2).requires_grad)
print("in the open:", (x * 2).requires_grad)
