"""Message passing: nodes know nothing of each other but addresses, and answer letters; a post office carries them."""

from collections import deque

from calculus import RULES, SAVES_NOTHING, fit
from surface import Surface, adapt


class Actor:
    """First everyone is asked ("expect"), which counts the letters that will come; then gradients are sent."""

    def __init__(self, tensor, work=None):
        self.tensor, self.work, self.freed = tensor, work, False
        self.expected, self.sum = 0, 0.0

    def expect(self, post, _):
        if self.freed:
            raise RuntimeError("this graph has been used up")
        self.expected += 1
        if self.expected == 1 and self.work:
            post.extend((operand, "expect", None) for operand in self.work[1] if operand.requires_grad)

    def gradient(self, post, part):
        self.sum, self.expected = self.sum + part, self.expected - 1
        if self.expected:
            return None
        whole, self.sum = self.sum, 0.0
        if self.work:
            name, operands, options, values = self.work
            parts = RULES[name][1](whole, self.tensor.values, *values, **options)
            for operand, each in zip(operands, parts, strict=True):
                if operand.requires_grad:
                    post.append((operand, "gradient", fit(each, operand.shape)))
        return whole


class Tensor(Surface):
    _actor = None

    @property
    def actor(self):
        self._actor = self._actor or Actor(self, self.history)
        return self._actor

    def _record(self, name, operands, options, values):
        self.history = name, operands, options, values

    def _gradients(self, seed, keep):
        post, met = deque([(self, "expect", None)]), {}
        try:
            while post:
                tensor, letter, content = post.popleft()
                met[id(tensor)] = tensor
                getattr(tensor.actor, letter)(post, content)
        except RuntimeError:
            for tensor in met.values():
                tensor.actor.expected = 0
            raise
        post, found = deque([(self, "gradient", seed)]), []
        while post:
            tensor, letter, content = post.popleft()
            whole = getattr(tensor.actor, letter)(post, content)
            found += [] if whole is None else [(tensor, whole)]
        for tensor, _ in found:
            tensor.actor.freed |= not (keep or tensor.is_leaf or tensor.history[0] in SAVES_NOTHING)
        return found


adapter = adapt("messages", Tensor)
