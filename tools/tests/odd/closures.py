"""Closures: every result holds a function that hands its gradient to its operands; they are called in topological order."""

from calculus import RULES, SAVES_NOTHING, fit
from surface import Surface, adapt


class Tensor(Surface):
    def _record(self, name, operands, options, values):
        result = self.values

        def hand_back(gradient, give):
            parts = RULES[name][1](gradient, result, *values, **options)
            for operand, part in zip(operands, parts, strict=True):
                if operand.requires_grad:
                    give(operand, fit(part, operand.shape))

        self.history, self.behind, self.lasting = hand_back, operands, name in SAVES_NOTHING

    def taught(self):
        return [] if self.is_leaf else [each for each in self.behind if each.requires_grad]

    def _gradients(self, seed, keep):
        order, seen, pending = [], set(), [(self, False)]
        while pending:
            tensor, finished = pending.pop()
            if finished:
                order.append(tensor)
            elif id(tensor) not in seen:
                seen.add(id(tensor))
                pending += [(tensor, True), *((each, False) for each in tensor.taught())]
        arrived = {id(self): seed}

        def give(tensor, gradient):
            arrived[id(tensor)] = arrived[id(tensor)] + gradient if id(tensor) in arrived else gradient

        for tensor in reversed(order):
            if not tensor.is_leaf:
                tensor.history(arrived[id(tensor)], give)
                if not (keep or tensor.lasting):
                    tensor.history = used_up
        return [(tensor, arrived[id(tensor)]) for tensor in order]


def used_up(gradient, give):
    raise RuntimeError("this graph has been used up")


adapter = adapt("closures", Tensor)
