"""Tape-based: one list of all that was ever computed, played backwards from the place of the result."""

from calculus import RULES, SAVES_NOTHING, fit
from surface import Surface, adapt

TAPE = []  # (name, result, operands, options, values); None where it was wiped
WIPED = None


class Tensor(Surface):
    def _record(self, name, operands, options, values):
        self.history = len(TAPE)
        TAPE.append((name, self, operands, options, values))

    def _gradients(self, seed, keep):
        arrived, wiping = {id(self): (self, seed)}, []
        for place in range(-1 if self.is_leaf else self.history, -1, -1):
            if TAPE[place] is WIPED:
                continue
            name, result, operands, options, values = TAPE[place]
            if id(result) not in arrived:
                continue
            wiping += [] if name in SAVES_NOTHING else [place]
            parts = RULES[name][1](arrived[id(result)][1], result.values, *values, **options)
            for operand, part in zip(operands, parts, strict=True):
                if operand.requires_grad:
                    before = arrived[id(operand)][1] if id(operand) in arrived else 0.0
                    arrived[id(operand)] = operand, before + fit(part, operand.shape)
        if any(not tensor.is_leaf and TAPE[tensor.history] is WIPED for tensor, _ in arrived.values()):
            raise RuntimeError("this part of the tape has been wiped")
        for place in wiping:
            TAPE[place] = TAPE[place] if keep else WIPED
        return arrived.values()


adapter = adapt("tape", Tensor)
