"""An output of one element needs no gradient argument, whatever its dimensions.

Corrects: Tutorial, "Computing Gradients for Non-Scalar Outputs", which demands the argument whenever the output is no
scalar. The tutorial's own first example calls `backward()` on a tensor of shape [1].
"""

import torch

for shape in [(), (1,), (1, 1), (1, 1, 1)]:
    x = torch.full(shape, 2.0, requires_grad=True)
    (x**2).backward()
    print(tuple(x.shape), x.grad)

x = torch.full((2,), 2.0, requires_grad=True)
try:
    (x**2).backward()
except RuntimeError as error:
    print(tuple(x.shape), "RuntimeError:", error)
