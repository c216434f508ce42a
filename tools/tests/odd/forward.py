"""Forward mode: every result carries its Jacobian with respect to all that it came from; backward only multiplies."""

import numpy as np
from calculus import RULES, SAVES_NOTHING, fit
from surface import Surface, adapt


class Tensor(Surface):
    freed = False

    def jacobians(self):
        """By the id of a tensor: it, and the Jacobian of this one, a row for each element."""
        own = {id(self): (self, np.eye(self.values.size))}
        return own | self.history[1] if self.history else own

    def _record(self, name, operands, options, values):
        units = np.eye(self.values.size).reshape(self.values.size, *self.shape)
        rows = [RULES[name][1](unit, self.values, *values, **options) for unit in units]
        carried = {}
        for place, operand in enumerate(operands):
            if operand.requires_grad:
                local = np.array([fit(row[place], operand.shape).ravel() for row in rows]).reshape(
                    len(rows), operand.values.size
                )
                for key, (tensor, jacobian) in operand.jacobians().items():
                    carried[key] = tensor, local @ jacobian + (carried[key][1] if key in carried else 0.0)
        self.history = name, carried

    def _gradients(self, seed, keep):
        found = self.jacobians().values()
        if any(tensor.freed for tensor, _ in found):
            raise RuntimeError("this graph has been used up")
        for tensor, _ in found:
            tensor.freed |= not (keep or tensor.is_leaf or tensor.history[0] in SAVES_NOTHING)
        return [(tensor, (seed.ravel() @ jacobian).reshape(tensor.shape)) for tensor, jacobian in found]


adapter = adapt("forward mode", Tensor)
