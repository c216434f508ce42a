"""Pulled from the leaves: a tensor's gradient is, by definition and by recursion, the sum of what its uses hand back."""

from calculus import RULES, SAVES_NOTHING, fit
from surface import Surface, adapt


class Tensor(Surface):
    freed = False

    def _record(self, name, operands, options, values):
        self.history = name, operands, options, values

    def _gradients(self, seed, keep):
        uses = {id(self): (self, [])}
        self.find_uses(uses)
        if any(tensor.freed for tensor, _ in uses.values()):
            raise RuntimeError("this graph has been used up")
        known = {id(self): seed}

        def gradient(tensor):
            if id(tensor) not in known:
                known[id(tensor)] = sum(handed_back(user, place) for user, place in uses[id(tensor)][1])
            return known[id(tensor)]

        def handed_back(user, place):
            name, operands, options, values = user.history
            parts = RULES[name][1](gradient(user), user.values, *values, **options)
            return fit(parts[place], operands[place].shape)

        found = [(tensor, gradient(tensor)) for tensor, _ in uses.values()]
        for tensor, _ in found:
            tensor.freed |= not (keep or tensor.is_leaf or tensor.history[0] in SAVES_NOTHING)
        return found

    def find_uses(self, uses):
        for place, operand in enumerate(self.history[1] if self.history else ()):
            if operand.requires_grad:
                new = id(operand) not in uses
                uses.setdefault(id(operand), (operand, []))[1].append((self, place))
                if new:
                    operand.find_uses(uses)


adapter = adapt("pulled", Tensor)
