"""Recursive: a gradient is pushed along every path by itself, and what arrives is added up at the end of each."""

from calculus import RULES, SAVES_NOTHING, fit
from surface import Surface, adapt


class Tensor(Surface):
    freed = False

    def _record(self, name, operands, options, values):
        self.history = name, operands, options, values

    def _gradients(self, seed, keep):
        arrived = {}
        self.descend(seed, arrived)
        for tensor, _ in arrived.values():
            tensor.freed |= not (keep or tensor.is_leaf or tensor.history[0] in SAVES_NOTHING)
        return arrived.values()

    def descend(self, gradient, arrived):
        if self.freed:
            raise RuntimeError("this graph has been used up")
        before = arrived[id(self)][1] if id(self) in arrived else 0.0
        arrived[id(self)] = self, before + gradient
        if self.history:
            name, operands, options, values = self.history
            for operand, part in zip(operands, RULES[name][1](gradient, self.values, *values, **options), strict=True):
                if operand.requires_grad:
                    operand.descend(fit(part, operand.shape), arrived)


adapter = adapt("recursive", Tensor)
