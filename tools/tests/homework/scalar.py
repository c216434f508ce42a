"""Exercise 2: a number that remembers where it came from."""

import math


class Num:
    def __init__(self, v, came_from=()):
        self.v = v
        self.g = None
        self.came_from = came_from  # pairs: which number, and how fast this one changes with it

    @staticmethod
    def of(thing):
        return thing if isinstance(thing, Num) else Num(thing)

    def __repr__(self):
        return f"Num({self.v}, g={self.g})"

    def __add__(self, other):
        other = Num.of(other)
        return Num(self.v + other.v, ((self, 1.0), (other, 1.0)))

    def __mul__(self, other):
        other = Num.of(other)
        return Num(self.v * other.v, ((self, other.v), (other, self.v)))

    def __sub__(self, other):
        other = Num.of(other)
        return Num(self.v - other.v, ((self, 1.0), (other, -1.0)))

    def __truediv__(self, other):
        other = Num.of(other)
        return Num(self.v / other.v, ((self, 1.0 / other.v), (other, -self.v / other.v**2)))

    def __pow__(self, k):
        return Num(self.v**k, ((self, k * self.v ** (k - 1)),))

    def __neg__(self):
        return Num(-self.v, ((self, -1.0),))

    __radd__ = __add__
    __rmul__ = __mul__

    def __rsub__(self, other):
        return Num.of(other) - self

    def __rtruediv__(self, other):
        return Num.of(other) / self

    def exp(self):
        e = math.exp(self.v)
        return Num(e, ((self, e),))

    def ln(self):
        return Num(math.log(self.v), ((self, 1.0 / self.v),))

    def tanh(self):
        t = math.tanh(self.v)
        return Num(t, ((self, 1.0 - t * t),))

    def rectify(self):
        return Num(max(self.v, 0.0), ((self, 1.0 if self.v > 0 else 0.0),))

    def backprop(self):
        order, seen, stack = [], set(), [(self, False)]
        while stack:
            number, done = stack.pop()
            if done:
                order.append(number)
            elif id(number) not in seen:
                seen.add(id(number))
                stack.append((number, True))
                stack.extend((parent, False) for parent, _ in number.came_from)
        flow = {id(number): 0.0 for number in order}
        flow[id(self)] = 1.0
        for number in reversed(order):
            for parent, rate in number.came_from:
                flow[id(parent)] += rate * flow[id(number)]
            if not number.came_from:
                number.g = (number.g or 0.0) + flow[id(number)]
