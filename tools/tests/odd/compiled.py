"""Compiled: each backward pass is first written as the source of a Python function, which is then run."""

import numpy as np
from calculus import RULES, SAVES_NOTHING, fit
from surface import Surface, adapt


class Tensor(Surface):
    freed = False

    def _record(self, name, operands, options, values):
        self.history = name, operands, options, values

    def _gradients(self, seed, keep):
        tensors, names = self.program()
        if any(each.freed for each in tensors):
            raise RuntimeError("this graph has been used up")
        lines = ["def run(g0, zeros):", *(f"    g{n} = zeros({n})" for n in range(1, len(tensors)))]
        for number, tensor in enumerate(tensors):
            if tensor.is_leaf:
                continue
            operands = tensor.history[1]
            taught = [(place, each) for place, each in enumerate(operands) if each.requires_grad]
            lines.append(f"    parts = backward_{tensor.history[0]}(g{number}, y{number}, *v{number}, **o{number})")
            for place, each in taught:
                target = names[id(each)]
                lines.append(f"    g{target} = g{target} + fit(parts[{place}], g{target}.shape)")
        lines.append(f"    return [{', '.join(f'g{n}' for n in range(len(tensors)))}]")
        scope = {"fit": fit} | {f"backward_{name}": rule[1] for name, rule in RULES.items()}
        for number, tensor in enumerate(tensors):
            if tensor.history:
                scope |= {f"y{number}": tensor.values, f"v{number}": tensor.history[3], f"o{number}": tensor.history[2]}
        exec("\n".join(lines), scope)
        for each in tensors:
            each.freed |= not (keep or each.is_leaf or each.history[0] in SAVES_NOTHING)
        return zip(tensors, scope["run"](seed, lambda number: np.zeros(tensors[number].shape)), strict=True)

    def program(self):
        """The tensors behind this one, each before what it came from, and their numbers by id."""
        order, seen, pending = [], set(), [(self, False)]
        while pending:
            tensor, finished = pending.pop()
            if finished:
                order.append(tensor)
            elif id(tensor) not in seen:
                seen.add(id(tensor))
                behind = [each for each in (tensor.history[1] if tensor.history else ()) if each.requires_grad]
                pending += [(tensor, True), *((each, False) for each in behind)]
        order.reverse()
        return order, {id(each): number for number, each in enumerate(order)}


adapter = adapt("compiled", Tensor)
