"""Generators: an operation is a coroutine that gives its result, waits for a gradient, and answers with its parts."""

import heapq

from calculus import RULES, SAVES_NOTHING, fit
from surface import Surface, adapt


def operation(name, options, values, result):
    parts, last = None, False
    while not last:
        gradient, last = yield parts
        parts, last = RULES[name][1](gradient, result, *values, **options), last and name not in SAVES_NOTHING
    yield parts


class Tensor(Surface):
    born = 0

    def _record(self, name, operands, options, values):
        Tensor.born += 1
        self.age, self.operands = Tensor.born, operands
        self.history = operation(name, options, values, self.values)
        next(self.history)

    def _gradients(self, seed, keep):
        arrived, youngest = {id(self): (self, seed)}, [(-getattr(self, "age", 0), self)] if self.history else []
        while youngest:
            _, tensor = heapq.heappop(youngest)
            try:
                parts = tensor.history.send((arrived[id(tensor)][1], not keep))
            except StopIteration:
                raise RuntimeError("this operation has ended") from None
            for operand, part in zip(tensor.operands, parts, strict=True):
                if operand.requires_grad:
                    if id(operand) not in arrived and operand.history:
                        heapq.heappush(youngest, (-operand.age, operand))
                    before = arrived[id(operand)][1] if id(operand) in arrived else 0.0
                    arrived[id(operand)] = operand, before + fit(part, operand.shape)
        return arrived.values()


adapter = adapt("generators", Tensor)
