"""Primitives wrapped by a decorator, and a table of their derivatives, after the tutorials on tracing."""

from collections import defaultdict

import numpy as np

VJPS = {}


class Box:
    def __init__(self, value, node=None, requires_grad=False):
        self.value, self.node, self.requires_grad, self.grad = np.asarray(value, float), node, requires_grad, None

    def tolist(self):
        return self.value.tolist()

    def backward(self, g=1.0):
        outgrads = {self.node: g}
        for node in toposort(self.node):
            outgrad = outgrads.pop(node)
            if node.leaf is not None:
                old = 0.0 if node.leaf.grad is None else node.leaf.grad.value
                node.leaf.grad = Box(old + outgrad)
            for argnum, parent in zip(node.argnums, node.parents, strict=True):
                contribution = VJPS[node.fun][argnum](outgrad, node.value, *node.args)
                outgrads[parent] = outgrads.get(parent, 0.0) + contribution


class Node:
    def __init__(self, value, fun=None, args=(), argnums=(), parents=(), leaf=None):
        self.value, self.fun, self.args, self.argnums, self.parents = value, fun, args, argnums, parents
        self.leaf = leaf


def primitive(fun):
    def wrapped(*args):
        boxes = [(i, a) for i, a in enumerate(args) if isinstance(a, Box) and a.node is not None]
        values = [a.value if isinstance(a, Box) else a for a in args]
        answer = fun(*values)
        if not boxes:
            return Box(answer)
        argnums, parents = zip(*((i, b.node) for i, b in boxes), strict=True)
        return Box(answer, Node(answer, wrapped, values, argnums, parents), True)

    return wrapped


def defvjp(fun, *makers):
    VJPS[fun] = dict(enumerate(makers))


def toposort(end):
    uses, stack = defaultdict(int), [end]
    while stack:
        node = stack.pop()
        uses[node] += 1
        if uses[node] == 1:
            stack.extend(node.parents)
    free = [end]
    while free:
        node = free.pop()
        yield node
        for parent in node.parents:
            uses[parent] -= 1
            if uses[parent] == 0:
                free.append(parent)


add = primitive(lambda x, y: x + y)
mul = primitive(lambda x, y: x * y)
sub = primitive(lambda x, y: x - y)
div = primitive(lambda x, y: x / y)
power = primitive(lambda x, y: x**y)
neg = primitive(lambda x: -x)
exp = primitive(np.exp)
log = primitive(np.log)
sin = primitive(np.sin)

defvjp(add, lambda g, ans, x, y: g, lambda g, ans, x, y: g)
defvjp(mul, lambda g, ans, x, y: y * g, lambda g, ans, x, y: x * g)
defvjp(sub, lambda g, ans, x, y: g, lambda g, ans, x, y: -g)
defvjp(div, lambda g, ans, x, y: g / y, lambda g, ans, x, y: -g * x / y**2)
defvjp(power, lambda g, ans, x, y: g * y * x ** (y - 1), lambda g, ans, x, y: g * np.log(x) * ans)
defvjp(neg, lambda g, ans, x: -g)
defvjp(exp, lambda g, ans, x: ans * g)
defvjp(log, lambda g, ans, x: g / x)
defvjp(sin, lambda g, ans, x: g * np.cos(x))

Box.__add__ = Box.__radd__ = add
Box.__mul__ = Box.__rmul__ = mul
Box.__sub__, Box.__truediv__, Box.__pow__, Box.__neg__ = sub, div, power, neg
Box.__rsub__ = lambda self, other: sub(other, self)


def tensor(value, requires_grad=False):
    box = Box(value, requires_grad=requires_grad)
    if requires_grad:
        box.node = Node(box.value, leaf=box)
    return box
