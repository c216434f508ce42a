"""float64 inside, float32 at the surface: what is seen is rounded, what is computed with is not."""

import dataclasses
import heapq
import itertools

import numpy as np
from calculus import RULES, SAVES_NOTHING, fit
from surface import Surface, adapt
from surface import describe as describe_inside

AGES = itertools.count()


class Tensor(Surface):
    dtype_inside = np.float64

    def __init__(self, values, requires_grad=False):
        super().__init__(values, requires_grad)
        self.age = next(AGES)

    def _record(self, name, operands, options, values):
        self.history = [name, operands, options, values]

    def item(self):
        return float(np.float32(self.values.item()))

    def _gradients(self, seed, keep):
        """Youngest first, from a heap: whatever used a tensor is younger than it."""
        sums, heap, met = {self.age: seed}, [(-self.age, self)], []
        while heap:
            _, tensor = heapq.heappop(heap)
            met.append(tensor)
            if tensor.is_leaf:
                continue
            name, operands, options, values = tensor.history
            if values is None:
                raise RuntimeError("this graph has been used up")
            for operand, part in zip(
                operands, RULES[name][1](sums[tensor.age], tensor.values, *values, **options), strict=True
            ):
                if operand.requires_grad:
                    if operand.age not in sums:
                        heapq.heappush(heap, (-operand.age, operand))
                    sums[operand.age] = sums.get(operand.age, 0.0) + fit(part, operand.shape)
        for tensor in met:
            if not (keep or tensor.is_leaf or tensor.history[0] in SAVES_NOTHING):
                tensor.history[3] = None
        return [(tensor, sums[tensor.age]) for tensor in met]


def describe(value):
    seen = describe_inside(value)
    if seen is not None:
        with np.errstate(over="ignore"):
            seen |= {"values": np.float32(value.values).ravel().tolist(), "dtype": "float32"}
    return seen


adapter = adapt("double inside", Tensor)
adapter = dataclasses.replace(adapter, facets=adapter.facets | {"dtype"}, describe=describe)
