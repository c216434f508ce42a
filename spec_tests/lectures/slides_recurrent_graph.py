"""A recurrent graph, built on the fly from W_h, W_x, h and x.

From: Lecture 4 slides, "A graph is created on the fly": x is 1x10, the state h 1x20, W_h 20x20 and W_x 20x10.
The slide shows the four tensors and the drawing; the step itself is ours: h' = tanh(W_h h + W_x x), repeated.
The slides' weights do not require grad; here they do, or there would be no graph (errata_slides_recurrent.py).
They are scaled down too, so that tanh does not saturate and the gradients can be seen.
"""

import torch
from torch.autograd import Variable

torch.manual_seed(0)
x = Variable(torch.randn(1, 10))
prev_h = Variable(torch.randn(1, 20))
W_h = Variable(0.1 * torch.randn(20, 20), requires_grad=True)
W_x = Variable(0.1 * torch.randn(20, 10), requires_grad=True)


def step(h, x):
    return torch.tanh(torch.mm(W_h, h.t()) + torch.mm(W_x, x.t())).t()


def count_operations(node, seen):
    """How many operations stand between `node` and the leaves."""
    if node is None or node in seen:
        return len(seen)
    seen.add(node)
    for parent, _ in node.next_functions:
        count_operations(parent, seen)
    return len(seen)


# One step: two products, a sum, a tanh.
next_h = step(prev_h, x)
print("next_h:", next_h.shape, type(next_h.grad_fn).__name__)
print("its first three values:", [f"{value:.3f}" for value in next_h[0, :3].tolist()])

# More steps: the graph has no size of its own, it grows as the loop runs.
for length in (1, 2, 3, 4):
    h = prev_h
    for _ in range(length):
        h = step(h, x)
    loss = (h**2).sum()
    print("steps", length, "nodes", count_operations(loss.grad_fn, set()), f"loss {loss.item():.3f}")

    # Both weights are used in every step and collect from all of them.
    W_h.grad = None
    W_x.grad = None
    loss.backward()
    print(f"  sum of W_h.grad {W_h.grad.sum().item():.3f}  sum of W_x.grad {W_x.grad.sum().item():.3f}")

print("x.grad:", x.grad, "prev_h.grad:", prev_h.grad)
