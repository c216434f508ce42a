"""Threads: whatever is ready is worked on by three threads at once, which share a lock and a queue."""

import queue
import threading

from calculus import RULES, SAVES_NOTHING, fit
from surface import Surface, adapt

HANDS = 3


class Pass:
    """One backward pass: how many parts each tensor still waits for, what has come, and what is ready."""

    def __init__(self, root, seed):
        self.lock, self.ready, self.errors = threading.Lock(), queue.Queue(), []
        self.tensors, self.waiting, self.sums = {id(root): root}, {id(root): 0}, {id(root): seed}
        pending = [root]
        while pending:
            for operand in pending.pop().taught():
                if id(operand) not in self.tensors:
                    self.tensors[id(operand)] = operand
                    pending.append(operand)
                self.waiting[id(operand)] = self.waiting.get(id(operand), 0) + 1
        if any(each.freed for each in self.tensors.values()):
            raise RuntimeError("this graph has been used up")
        self.left = len(self.tensors)
        self.ready.put(root)

    def hand(self):
        while (tensor := self.ready.get()) is not None:
            try:
                parts = tensor.parts(self.sums[id(tensor)])
            except Exception as error:  # noqa: BLE001 (raised again by the thread that asked)
                self.errors.append(error)
                self.stop()
                continue
            with self.lock:
                for operand, part in parts:
                    key = id(operand)
                    self.sums[key] = self.sums[key] + part if key in self.sums else part
                    self.waiting[key] -= 1
                    if not self.waiting[key]:
                        self.ready.put(operand)
                self.left -= 1
                if not self.left:
                    self.stop()

    def stop(self):
        for _ in range(HANDS):
            self.ready.put(None)


class Tensor(Surface):
    freed = False

    def _record(self, name, operands, options, values):
        self.history = name, operands, options, values

    def taught(self):
        return [each for each in self.history[1] if each.requires_grad] if self.history else []

    def parts(self, gradient):
        if self.is_leaf:
            return []
        name, operands, options, values = self.history
        parts = RULES[name][1](gradient, self.values, *values, **options)
        return [(each, fit(part, each.shape)) for each, part in zip(operands, parts, strict=True) if each.requires_grad]

    def _gradients(self, seed, keep):
        work = Pass(self, seed)
        hands = [threading.Thread(target=work.hand) for _ in range(HANDS)]
        for each in hands:
            each.start()
        for each in hands:
            each.join()
        if work.errors:
            raise work.errors[0]
        for each in work.tensors.values():
            each.freed |= not (keep or each.is_leaf or each.history[0] in SAVES_NOTHING)
        return [(tensor, work.sums[key]) for key, tensor in work.tensors.items()]


adapter = adapt("threads", Tensor)
