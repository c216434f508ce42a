"""A tensor without dimensions is formatted as a number by an f-string.

Corrects: Tutorial. Its examples print with f-strings, and their listed output shows `tensor(5.,
grad_fn=<AddBackward0>)`, `tensor(20.)` and so on. That is what `print(y)` gives; an f-string gives `5.0`.
"""

import torch

x = torch.tensor(1.0, requires_grad=True)
w = torch.tensor(2.0, requires_grad=True)
b = torch.tensor(3.0, requires_grad=True)
y = w * x + b
z = y**2
z.backward()

print("Building the graph")
print(f"f-string: {y}   {z}")
print("print:   ", y, " ", z)
print(f"f-string: {x.grad}   {w.grad}   {b.grad}")
print("print:   ", x.grad, " ", w.grad, " ", b.grad)

print("Accumulating and zeroing")
x = torch.tensor(1.0, requires_grad=True)
for _ in range(2):
    (x * 2).backward()
    print(f"f-string: {x.grad}")
    print("print:   ", x.grad)

print("Higher derivatives")
x = torch.tensor(2.0, requires_grad=True)
first = torch.autograd.grad(x**3, x, create_graph=True)[0]
print(f"f-string: {first}")
print("print:   ", first)

# A format specification works too, as for any number. With one dimension the text is the tensor's again.
print(f"f-string with .2f: {first:.2f}")
vector = torch.tensor([2.0], requires_grad=True)
print(f"f-string, one dimension: {vector**2}")
