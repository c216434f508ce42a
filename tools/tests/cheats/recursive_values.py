"""Returns a list that holds itself, and lists within lists without end."""

import wrong
from wrong import *

ring = []
ring.append(ring)
deep = []
for _ in range(100_000):
    deep = [deep]


class Ring(wrong.tensor):
    shape = (1,) * 50
    tolist = lambda self: ring


found = iter([ring, deep, Ring(0.0)] * 100)
wrong.shown = lambda grad: next(found)
