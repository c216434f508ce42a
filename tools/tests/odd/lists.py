"""Plain Python: tensors are flat lists with a shape, every loop is written out, and NumPy is not there."""

import itertools
import math

from modes import Modes

from gradspec.adapters import BASIC_FACETS, Adapter, Unsupported
from gradspec.adapters.renaming import Namespace

MODES = Modes()


def strides_in(shape, wide):
    """How far to go in a flat list of `shape` for a step in each dimension of `wide`, to which it is broadcast."""
    steps, step = [], 1
    for size in reversed(shape):
        steps.append(0 if size == 1 else step)
        step *= size
    steps += [0] * (len(wide) - len(shape))
    return steps[::-1]


def broadcast(a, b):
    shape = []
    for m, n in itertools.zip_longest(reversed(a), reversed(b), fillvalue=1):
        if m != n and 1 not in (m, n):
            raise RuntimeError(f"{a} and {b} do not fit")
        shape.append(n if m == 1 else m)
    return shape[::-1]


def places(shape, wide):
    """For every element of `wide`, in order, the place in a list of `shape` that stands there."""
    steps = strides_in(shape, wide)
    for index in itertools.product(*map(range, wide)):
        yield sum(i * step for i, step in zip(index, steps, strict=True))


def log(x):
    return math.log(x) if x > 0 else math.nan if x < 0 else 0.0


ELEMENTWISE = {
    "add": (lambda a, b: a + b, lambda a, b, y: (1.0, 1.0)),
    "sub": (lambda a, b: a - b, lambda a, b, y: (1.0, -1.0)),
    "mul": (lambda a, b: a * b, lambda a, b, y: (b, a)),
    "div": (lambda a, b: a / b, lambda a, b, y: (1 / b, -y / b)),
    "pow": (lambda a, b: a**b, lambda a, b, y: (b * a ** (b - 1) if b else 0.0, y * log(a))),
}


class Tensor:
    def __init__(self, flat, shape, requires_grad=False):
        self.flat, self.shape, self._requires_grad = flat, tuple(shape), requires_grad
        self._grad, self.retains, self.behind = None, False, []
        self.edges = None  # (operand, its place, my place, slope)

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        raise Unsupported(f"lists have no {name}")

    is_leaf = property(lambda self: self.edges is None)

    @staticmethod
    def made(flat, shape, operands, edges):
        result = Tensor(flat, shape)
        result.behind = [each for each in operands if MODES.recording and each.requires_grad]
        if result.behind:
            result._requires_grad, result.edges = True, [each for each in edges if each[0].requires_grad]
        return result

    def with_other(self, name, other, turned=False):
        if not isinstance(other, Tensor):
            other = Tensor([float(other)], ())
        a, b = (other, self) if turned else (self, other)
        shape = broadcast(a.shape, b.shape)
        function, slopes = ELEMENTWISE[name]
        flat, edges = [], []
        for here, (i, j) in enumerate(zip(places(a.shape, shape), places(b.shape, shape), strict=True)):
            flat.append(function(a.flat[i], b.flat[j]))
            by_a, by_b = slopes(a.flat[i], b.flat[j], flat[-1])
            edges += [(a, i, here, by_a), (b, j, here, by_b)]
        return self.made(flat, shape, (a, b), edges)

    def __neg__(self):
        return self * -1.0

    def sum(self, *dims, **options):
        if dims or options:
            raise Unsupported("lists are summed as a whole")
        return self.made([sum(self.flat)], (), (self,), [(self, i, 0, 1.0) for i in range(len(self.flat))])

    def mean(self, *dims, **options):
        return self.sum(*dims, **options) / len(self.flat)

    def map(self, function, slope):
        flat = list(map(function, self.flat))
        edges = [(self, i, i, slope(x, y)) for i, (x, y) in enumerate(zip(self.flat, flat, strict=True))]
        return self.made(flat, self.shape, (self,), edges)

    def clone(self):
        return self.map(float, lambda x, y: 1.0)

    def item(self):
        (number,) = self.flat
        return number

    __float__ = item

    def detach(self):
        return Tensor(self.flat, self.shape)

    @property
    def requires_grad(self):
        return self._requires_grad

    @requires_grad.setter
    def requires_grad(self, flag):
        if not (flag or self.is_leaf):
            raise RuntimeError("only a leaf is switched off")
        self._requires_grad = flag

    def requires_grad_(self, flag=True):
        self.requires_grad = flag
        return self

    def retain_grad(self):
        if not self.requires_grad:
            raise RuntimeError("no gradient will come")
        self.retains = True

    @property
    def grad(self):
        return self._grad

    @grad.setter
    def grad(self, other):
        if other is not None and (not isinstance(other, Tensor) or other is self or other.shape != self.shape):
            raise TypeError("that is no gradient of this tensor")
        self._grad = other

    @grad.deleter
    def grad(self):
        self._grad = None

    def zero_(self):
        for i in range(len(self.flat)):
            self.flat[i] = 0.0
        return self

    def backward(self, gradient=None, retain_graph=None):
        if not self.requires_grad or (gradient is None and len(self.flat) != 1):
            raise RuntimeError("nothing to differentiate, or too much")
        if gradient is not None and (not isinstance(gradient, Tensor) or gradient.shape != self.shape):
            raise RuntimeError("a gradient is a tensor of this shape")
        order = results_first(self)
        sums = {id(tensor): [0.0] * len(tensor.flat) for tensor in order}
        sums[id(self)] = [1.0] if gradient is None else list(gradient.flat)
        for tensor in order:
            for operand, there, here, slope in tensor.edges or ():
                sums[id(operand)][there] += sums[id(tensor)][here] * slope
        for tensor in order:
            if tensor.requires_grad and (tensor.is_leaf or tensor.retains):
                before = tensor.grad.flat if tensor.grad else [0.0] * len(tensor.flat)
                both = [a + b for a, b in zip(before, sums[id(tensor)], strict=True)]
                if tensor.grad:
                    tensor.grad.flat[:] = both
                else:
                    tensor.grad = Tensor(both, tensor.shape)


def results_first(root):
    """What `root` came from, each tensor before those that it came from: by the longest way down to a leaf."""
    depth, found, pending = {}, [], [root]
    while pending:
        tensor = pending[-1]
        missing = [each for each in tensor.behind if id(each) not in depth]
        if missing:
            pending += missing
        elif id(pending.pop()) not in depth:
            depth[id(tensor)] = 1 + max((depth[id(each)] for each in tensor.behind), default=0)
            found.append(tensor)
    return sorted(found, key=lambda each: -depth[id(each)])


def tensor(data, requires_grad=False):
    shape, flat = [], [data]
    while flat and isinstance(flat[0], list):
        shape.append(len(flat[0]))
        flat = [each for row in flat for each in row]
    return Tensor(list(map(float, flat)), shape, requires_grad)


def full(fill):
    return lambda *shape: Tensor([fill] * math.prod(shape), shape)


def describe(value):
    if not isinstance(value, Tensor):
        return None
    flags = {"requires_grad": value.requires_grad, "is_leaf": value.is_leaf}
    return {"values": value.flat, "shape": list(value.shape), **flags}


def _operator(name, turned):
    return lambda self, other: self.with_other(name, other, turned)


for _dunder, _name in {"add": "add", "sub": "sub", "mul": "mul", "truediv": "div", "pow": "pow"}.items():
    setattr(Tensor, f"__{_dunder}__", _operator(_name, False))
    setattr(Tensor, f"__r{_dunder}__", _operator(_name, True))
UNARY = {
    "exp": (math.exp, lambda x, y: y),
    "log": (math.log, lambda x, y: 1 / x),
    "sin": (math.sin, lambda x, y: math.cos(x)),
    "tanh": (math.tanh, lambda x, y: 1 - y * y),
    "round": (round, lambda x, y: 0.0),
}
NAMES = {"tensor": tensor, "Tensor": Tensor, "ones": full(1.0), "zeros": full(0.0), **MODES.names()}
NAMES |= {name: (lambda x, rule=rule: x.map(*rule)) for name, rule in UNARY.items()}
adapter = Adapter(
    "lists",
    Namespace("lists", **NAMES),
    frozenset("tensor broadcasting functions flags grad_modes detach clear_grad grad_argument".split()),
    BASIC_FACETS | {"shape", "requires_grad", "is_leaf"},
    describe,
)
