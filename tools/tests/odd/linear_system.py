"""A linear system: all gradients at once are the solution of (1 - Jᵀ) g = e, with J the local Jacobians of the graph."""

import numpy as np
from calculus import RULES, SAVES_NOTHING, fit
from surface import Surface, adapt


class Tensor(Surface):
    freed = False

    def _record(self, name, operands, options, values):
        self.history = name, operands, options, values

    def blocks(self):
        """Pairs of an operand and the transposed Jacobian of this result with respect to it."""
        name, operands, options, values = self.history
        units = np.eye(self.values.size).reshape(self.values.size, *self.shape)
        rows = [RULES[name][1](unit, self.values, *values, **options) for unit in units]
        for place, operand in enumerate(operands):
            if operand.requires_grad:
                jacobian = [fit(row[place], operand.shape).ravel() for row in rows]
                yield operand, np.reshape(jacobian, (len(rows), operand.values.size)).T

    def _gradients(self, seed, keep):
        places, tensors, size = {}, [self], 0
        for tensor in tensors:
            if id(tensor) in places:
                continue
            if tensor.freed:
                raise RuntimeError("this graph has been used up")
            places[id(tensor)] = tensor, slice(size, size + tensor.values.size)
            size += tensor.values.size
            tensors += [each for each in (tensor.history[1] if tensor.history else ()) if each.requires_grad]
        system, right = np.eye(size), np.zeros(size)
        right[places[id(self)][1]] = seed.ravel()
        for tensor, columns in places.values():
            for operand, block in tensor.blocks() if tensor.history else ():
                system[places[id(operand)][1], columns] -= block
        solution = np.linalg.solve(system, right)
        for tensor, _ in places.values():
            tensor.freed |= not (keep or tensor.is_leaf or tensor.history[0] in SAVES_NOTHING)
        return [(tensor, solution[place].reshape(tensor.shape)) for tensor, place in places.values()]


adapter = adapt("a linear system", Tensor)
