"""Lazy: nothing is computed before somebody looks; a result is a recipe until its value is asked for."""

import functools
import weakref

import numpy as np
from calculus import RULES, SAVES_NOTHING, fit
from surface import Surface, adapt

PENDING = weakref.WeakSet()  # results that nobody has looked at yet


class Tensor(Surface):
    freed = False

    @property
    def values(self):
        PENDING.discard(self)
        return self.cell()

    @values.setter
    def values(self, array):
        self.cell = lambda: array

    def _apply(self, name, *operands, **options):
        operands = tuple(each if isinstance(each, Surface) else Tensor(each) for each in operands)
        cells = tuple(each.cell for each in operands)
        result = Tensor(0.0)
        result.cell = functools.cache(
            lambda: np.asarray(RULES[name][0](*(each() for each in cells), **options), Tensor.dtype_inside)
        )
        PENDING.add(result)
        if self.modes.recording and any(each.requires_grad for each in operands):
            needed = () if name in SAVES_NOTHING else (*operands, result)
            result.guards = [(each.version, each.version[0]) for each in needed]
            operands = tuple(each if each.requires_grad else None for each in operands)
            result._requires_grad, result.history = True, (name, operands, options, cells)
        return result

    def _change(self, name, *others):
        look_at_everything()
        return super()._change(name, *others)

    def _receive(self, found):
        look_at_everything()
        super()._receive(found)

    def _gradients(self, seed, keep):
        order, seen, pending = [], set(), [(self, False)]
        while pending:
            tensor, finished = pending.pop()
            if finished:
                order.append(tensor)
            elif id(tensor) not in seen:
                seen.add(id(tensor))
                behind = [
                    each
                    for each in (tensor.history[1] if tensor.history else ())
                    if each is not None and each.requires_grad
                ]
                pending += [(tensor, True), *((each, False) for each in behind)]
        if any(each.freed for each in order):
            raise RuntimeError("this graph has been used up")
        sums = {id(self): lambda: seed}  # gradients are recipes, too

        def part(tensor, place):
            name, operands, options, then = tensor.history
            parts = RULES[name][1](sums[id(tensor)](), tensor.values, *(each() for each in then), **options)
            return fit(parts[place], operands[place].shape)

        for tensor in reversed(order):
            for place, operand in enumerate(tensor.history[1] if tensor.history else ()):
                if operand is not None and operand.requires_grad:
                    sums[id(operand)] = plus(sums.get(id(operand)), functools.partial(part, tensor, place))
        found = [(tensor, sums[id(tensor)]()) for tensor in reversed(order)]
        for tensor in order:
            tensor.freed |= not (keep or tensor.is_leaf or tensor.history[0] in SAVES_NOTHING)
        return found


def look_at_everything():
    """Memory is about to change, and recipes may still have to read it."""
    for each in list(PENDING):
        each.cell()
    PENDING.clear()


def plus(first, second):
    return functools.cache(second if first is None else lambda: first() + second())


adapter = adapt("lazy", Tensor)
