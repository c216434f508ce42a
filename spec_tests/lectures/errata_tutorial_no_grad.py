"""Under `no_grad` some things track gradients nevertheless.

Corrects: Tutorial, third tip, whose comment says that no operation inside the block tracks gradients.
"""

import torch

x = torch.tensor([1.0, 2.0], requires_grad=True)

with torch.no_grad():
    print("x * 3:", (x * 3).requires_grad)

    # A tensor created inside with the flag has the flag.
    w = torch.tensor(2.0, requires_grad=True)
    print("a new leaf:", w.requires_grad, w.is_leaf)
    print("used inside:", (w * 3).requires_grad)

    # Recording can be switched on again.
    with torch.enable_grad():
        y = x * w
    print("under enable_grad:", y.requires_grad)

# Both work outside as if nothing had been.
y.sum().backward()
print("x.grad:", x.grad)
print("w.grad:", w.grad)
