"""Kahn's algorithm: edges are dictionaries of dictionaries, and a tensor's turn comes when its last use is struck off."""

from collections import Counter

from calculus import RULES, SAVES_NOTHING, fit
from surface import Surface, adapt


class Tensor(Surface):
    def _record(self, name, operands, options, values):
        edges = {place: {"to": each} for place, each in enumerate(operands) if each.requires_grad}
        self.history = {"name": name, "edges": edges, "options": options, "values": values}

    def _gradients(self, seed, keep):
        nodes, uses, pending = {id(self): self}, Counter(), [self]
        while pending:
            for edge in (pending.pop().history or {"edges": {}})["edges"].values():
                uses[id(edge["to"])] += 1
                if id(edge["to"]) not in nodes:
                    nodes[id(edge["to"])] = edge["to"]
                    pending.append(edge["to"])
        if any(node.history and "values" not in node.history for node in nodes.values()):
            raise RuntimeError("this graph has been used up")
        sums, free = {id(self): seed}, [self]
        while free:
            node = free.pop()
            if node.is_leaf:
                continue
            name, history = node.history["name"], node.history
            parts = RULES[name][1](sums[id(node)], node.values, *history["values"], **history["options"])
            for place, edge in history["edges"].items():
                key = id(edge["to"])
                sums[key] = sums.get(key, 0.0) + fit(parts[place], edge["to"].shape)
                uses[key] -= 1
                if not uses[key]:
                    free.append(edge["to"])
            if not keep and name not in SAVES_NOTHING:
                del history["values"]
        return [(nodes[key], gradient) for key, gradient in sums.items()]


adapter = adapt("kahn", Tensor)
