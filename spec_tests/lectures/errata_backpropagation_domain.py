"""A composition g(f(x)) needs the image of f inside the domain of g, and PyTorch does not check it.

Corrects: Backpropagation lecture and its notebook, which require the image of f to be the domain of g.
"""

import torch


def f(x):
    return x - 5


# The image of f is the whole line; sqrt is defined on half of it. Where f(x) is positive the composition is fine...
x = torch.tensor(9.0, requires_grad=True)
w = torch.sqrt(f(x))
w.backward()
print("x = 9:", w, "gradient", x.grad)

# ...and where it is not, the result is no error: it is not-a-number, forward and backward.
x = torch.tensor(1.0, requires_grad=True)
w = torch.sqrt(f(x))
w.backward()
print("x = 1:", w, "gradient", x.grad)

# On the border the value is good and the slope is infinite.
x = torch.tensor(5.0, requires_grad=True)
w = torch.sqrt(f(x))
w.backward()
print("x = 5:", w, "gradient", x.grad)

# An image smaller than the domain is no obstacle either: exp never reaches what sin could take.
x = torch.tensor(0.0, requires_grad=True)
w = torch.exp(torch.sin(x))
w.backward()
print("exp(sin(0)):", w, "gradient", x.grad)
