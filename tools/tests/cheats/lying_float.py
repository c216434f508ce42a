"""Returns numbers whose __float__, __repr__ and __format__ each say something else."""

import wrong
from wrong import *


class Number(float):
    __repr__ = __str__ = lambda self: 'NaN, "value": 1'
    __float__ = lambda self: 1e9
    __format__ = lambda self, form: "17"
    __eq__ = lambda self, other: True
    __hash__ = float.__hash__


wrong.tensor.tolist = lambda self: Number(self.data)
