"""The graph behind x**2 - 5: from the root to the leaf.

From: Autograd lecture, the drawings of the computational graph and the remarks on it: it is directed and acyclic, it
is built while the operations run, its leaves are inputs and its roots are outputs.
"""

import torch


def show(node, depth=0):
    """Print the operations below `node`, each one indented under the operation that used its result."""
    print("  " * depth + type(node).__name__)
    for parent, _ in node.next_functions:
        if parent is not None:
            show(parent, depth + 1)


x = torch.tensor([1.0, 2.0, 3.0, 4.0, 5.0], requires_grad=True)
loss = x**2 - 5
print("x**2 - 5")
show(loss.grad_fn)
print("leaf:", x.is_leaf, "root:", loss.is_leaf)

# The graph is dynamic: it records what ran, so a Python `if` decides which graph there is.
for start in (1.0, 3.0):
    x = torch.tensor(start, requires_grad=True)
    y = x * x if x > 2 else x + 1
    print("x =", start, "gives")
    show(y.grad_fn)

# Directed and acyclic, but not a tree: both arguments of this product come from the same node.
x = torch.tensor(2.0, requires_grad=True)
square = x**2
product = square * square
print("x**2 * x**2")
show(product.grad_fn)
first, second = (parent for parent, _ in product.grad_fn.next_functions)
print("one node, reached twice:", first is second)
product.backward()
print("d(x**4)/dx at 2:", x.grad)
