"""Numbered: tensors hold no reference to the graph, but a number; the graph is a table that forgets what nobody can reach."""

import itertools
import weakref

from calculus import RULES, SAVES_NOTHING, fit
from surface import Surface, adapt

NUMBERS = itertools.count()
TENSORS = weakref.WeakValueDictionary()  # number: the tensor, while anybody has it
GRAPH = {}  # number of a result: its operation, and the numbers of its operands
USERS = {}  # number: how many operations of the graph have it as operand


class Tensor(Surface):
    def __init__(self, values, requires_grad=False):
        super().__init__(values, requires_grad)
        self.number = next(NUMBERS)
        TENSORS[self.number] = self
        weakref.finalize(self, forget, self.number)

    def _record(self, name, operands, options, values):
        numbers = [each.number if each.requires_grad else None for each in operands]
        self.history = GRAPH[self.number] = [name, numbers, options, values, self.values]
        for number in numbers:
            USERS[number] = USERS.get(number, 0) + 1

    def _gradients(self, seed, keep):
        sums, met = {self.number: seed}, []
        for number in sorted(behind(self.number), reverse=True):  # a result is younger than its operands
            if number in GRAPH:
                name, operands, options, values, result = GRAPH[number]
                if values is None:
                    raise RuntimeError("this graph has been used up")
                met.append(number)
                parts = RULES[name][1](sums[number], result, *values, **options)
                for operand, part, value in zip(operands, parts, values, strict=True):
                    if operand is not None:
                        sums[operand] = sums.get(operand, 0.0) + fit(part, value.shape)
        for number in met:
            if not keep and GRAPH[number][0] not in SAVES_NOTHING:
                GRAPH[number][3] = None
        return [(TENSORS[number], gradient) for number, gradient in sums.items() if number in TENSORS]


def behind(number):
    found, pending = set(), [number]
    while pending:
        each = pending.pop()
        if each not in found:
            found.add(each)
            pending += [operand for operand in GRAPH.get(each, (0, ()))[1] if operand is not None]
    return found


def forget(number):
    """Take what nobody can reach any more out of the table, and then what was reachable through it alone."""
    pending = [number]
    while pending:
        each = pending.pop()
        if each in TENSORS or USERS.get(each) or each not in GRAPH:
            continue
        for operand in GRAPH.pop(each)[1]:
            USERS[operand] -= 1
            pending += [] if operand is None else [operand]


adapter = adapt("numbered", Tensor, without="inplace")
